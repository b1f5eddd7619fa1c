/* container_ole.c - compound files: the storages and streams of .msi and .doc. The only user of libgsf,
   which is opened when the first such file is met; its few functions are declared here, so that
   building needs no headers of it. Their types never change within one SONAME.

   Installers are compound files whose streams are the tables of a database, icons, programs that run
   during installation, and cabinets with the files to install. Their names are packed: two characters
   of base 64 in one of U+3800 and up, one alone from U+4800, and U+4840 before the name of a table.
   Source: [MS-CFB]; Wine's and msitools' decoders agree on the packing. */
#include <stdlib.h>

#include "base/limits.h"
#include "config.h"
#include "input/walk.h"

#ifdef LIBGSF_SONAME

#include <dlfcn.h>

typedef struct gsf_input gsf_input;

struct gsf {
    void (*gsf_init)(void);
    gsf_input *(*gsf_input_memory_new)(const uint8_t *p, int64_t len, int needs_free);
    gsf_input *(*gsf_infile_msole_new)(gsf_input *source, void **error);
    int (*gsf_infile_num_children)(gsf_input *storage); /* -1: a stream */
    const char *(*gsf_infile_name_by_index)(gsf_input *storage, int i); /* UTF-8 */
    gsf_input *(*gsf_infile_child_by_index)(gsf_input *storage, int i);
    int64_t (*gsf_input_size)(gsf_input *in);
    const uint8_t *(*gsf_input_read)(gsf_input *in, size_t n, uint8_t *buf);
    void (*g_object_unref)(void *object);
    void (*g_clear_error)(void **error);
    void *(*g_log_set_default_handler)(void (*f)(const char *, int, const char *, void *), void *);
};

/* What libgsf thinks of a damaged file goes to standard error otherwise, unescaped. */
static void say_nothing(const char *domain, int level, const char *message, void *data)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

static bool gsf_load(struct gsf *g, struct diag *d)
{
    void *h = dlopen(LIBGSF_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!h) {
        return diag_bad(d, DIAG_NO_OFFSET, "%s is needed to look into compound files (.msi, .doc) and "
                        "cannot be loaded", LIBGSF_SONAME);
    }
    bool ok = true;
    /* POSIX lets a function's address be stored through a void pointer. */
#define RESOLVE(f) *(void **)(void *)&g->f = dlsym(h, #f); ok = ok && g->f
    RESOLVE(gsf_init);
    RESOLVE(gsf_input_memory_new);
    RESOLVE(gsf_infile_msole_new);
    RESOLVE(gsf_infile_num_children);
    RESOLVE(gsf_infile_name_by_index);
    RESOLVE(gsf_infile_child_by_index);
    RESOLVE(gsf_input_size);
    RESOLVE(gsf_input_read);
    RESOLVE(g_object_unref);
    RESOLVE(g_clear_error);
    RESOLVE(g_log_set_default_handler);
#undef RESOLVE
    return ok || diag_bad(d, DIAG_NO_OFFSET, "%s lacks functions that objkit needs", LIBGSF_SONAME);
}

struct ole {
    struct gsf g;
    struct walk *w;
    uint32_t n_entries;
    bool found;
};

/* The code point at the front of S, which then begins behind it. Anything else but three bytes of
   UTF-8 is taken bytewise: names are packed into that range only. */
static uint32_t next_char(struct str *s)
{
    const uint8_t *p = (const uint8_t *)s->p;
    bool three = s->len >= 3 && p[0] >> 4 == 0xe && p[1] >> 6 == 2 && p[2] >> 6 == 2;
    uint32_t c = three ? (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63) : p[0];
    *s = str_skip(*s, three ? 3 : 1);
    return c;
}

static char packed_char(uint32_t c)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    return digits[c & 63];
}

static struct str unpacked_name(const char *name, struct buf *b)
{
    struct str rest = str_c(name);
    b->n = 0;
    while (rest.len) {
        struct str at = rest;
        uint32_t c = next_char(&rest);
        if (c >= 0x3800 && c < 0x4800) {
            buf_c(b, packed_char(c - 0x3800));
            buf_c(b, packed_char((c - 0x3800) >> 6));
        } else if (c >= 0x4800 && c < 0x4840) {
            buf_c(b, packed_char(c - 0x4800));
        } else if (c != 0x4840) {
            buf_add(b, at.p, at.len - rest.len);
        }
    }
    return (struct str){b->p ? b->p : "", b->n};
}

/* Walks the stream IN, SIZE bytes; its origin is set. */
static void walk_stream(struct ole *o, gsf_input *in, uint64_t size, const struct place *here)
{
    struct walk *w = o->w;
    w->unpacked += size;
    if (size > w->entry_limit || w->unpacked > w->unpack_limit) {
        diag_bad(w->d, DIAG_NO_OFFSET, "streams unpack to more than the limit for a file of its size");
        return;
    }
    uint8_t *p = xmalloc((size_t)size);
    if (size && !o->g.gsf_input_read(in, (size_t)size, p)) {
        diag_bad(w->d, DIAG_NO_OFFSET, "the stream cannot be read");
    } else if (!here->listed || !(w->flags & INPUT_ONLY_OBJECTS) || walk_interesting(w, view_of(p, size))) {
        walk_any(w, view_of(p, size), here);
    }
    free(p);
}

static void walk_storage(struct ole *o, gsf_input *storage, const struct place *p, struct str prefix,
                         unsigned depth);

static void walk_child(struct ole *o, gsf_input *child, struct str name, const struct place *p, unsigned depth)
{
    struct walk *w = o->w;
    if (o->g.gsf_infile_num_children(child) >= 0) {
        if (depth < LIMIT_NESTING) {
            walk_storage(o, child, p, name, depth + 1);
        }
        return;
    }
    if (!walk_selects(p->sel, name)) {
        return;
    }
    struct origin origin = {.parent = p->origin, .name = name, .kind = ORIGIN_ENTRY};
    struct place here = {.origin = &origin, .depth = p->depth + 1, .st = p->st, .parent = p,
                         .sel = p->sel ? p->sel->next : NULL, .listed = !p->sel};
    int64_t size = o->g.gsf_input_size(child);
    o->found = true;
    w->d->origin = &origin;
    w->d->limited = NULL;
    if (size >= 0) {
        walk_stream(o, child, (uint64_t)size, &here);
    }
    w->d->origin = p->origin;
}

static void walk_storage(struct ole *o, gsf_input *storage, const struct place *p, struct str prefix,
                         unsigned depth)
{
    struct walk *w = o->w;
    int n = o->g.gsf_infile_num_children(storage);
    struct buf name = {0}, full = {0};
    for (int i = 0; i < n && !w->stop && w->unpacked <= w->unpack_limit; i++) {
        gsf_input *child = o->g.gsf_infile_child_by_index(storage, i);
        const char *stored = o->g.gsf_infile_name_by_index(storage, i);
        if (o->n_entries++ >= LIMIT_ENTRIES) {
            diag_bad(w->d, DIAG_NO_OFFSET, "more than %u entries, the limit", LIMIT_ENTRIES);
            i = n;
        } else if (child) {
            full.n = 0;
            buf_str(&full, prefix);
            buf_puts(&full, prefix.len ? "/" : "");
            buf_str(&full, unpacked_name(stored ? stored : "?", &name));
            walk_child(o, child, (struct str){full.p ? full.p : "", full.n}, p, depth);
        }
        if (child) {
            o->g.g_object_unref(child);
        }
    }
    buf_free(&name);
    buf_free(&full);
}

void container_walk_ole(struct walk *w, struct view bytes, const struct place *p)
{
    struct ole o = {.w = w};
    void *error = NULL;
    if (!gsf_load(&o.g, w->d)) {
        return;
    }
    o.g.g_log_set_default_handler(say_nothing, NULL);
    o.g.gsf_init();
    gsf_input *in = o.g.gsf_input_memory_new(bytes.p, (int64_t)bytes.len, 0);
    gsf_input *root = in ? o.g.gsf_infile_msole_new(in, &error) : NULL;
    if (!root) {
        diag_bad(w->d, DIAG_NO_OFFSET, "the compound file is damaged");
    } else if (p->sel || walk_event(w, INPUT_CONTAINER, bytes, OBJ_UNKNOWN, p, NULL) == INPUT_CONTINUE) {
        walk_storage(&o, root, p, S(""), 0);
        if (p->sel && !o.found && !w->stop) {
            diag_bad(w->d, DIAG_NO_OFFSET, "no entry '%.*s'", Q(p->sel->name));
        }
    }
    if (root && !p->sel) {
        walk_event(w, INPUT_CONTAINER_END, bytes, OBJ_UNKNOWN, p, NULL);
    }
    o.g.g_clear_error(&error);
    if (root) {
        o.g.g_object_unref(root);
    }
    if (in) {
        o.g.g_object_unref(in);
    }
}

#else

void container_walk_ole(struct walk *w, struct view bytes, const struct place *p)
{
    (void)bytes;
    (void)p;
    diag_bad(w->d, DIAG_NO_OFFSET, "objkit was built without libgsf and cannot look into compound files");
}

#endif
