/* container.c - files that hold files: zip, tar with its compressions, 7z, cab, cpio and rpm, iso,
   xar, and single compressed files (foo.ko.xz). The only user of libarchive.

   libarchive is opened with dlopen when the first container is met: linking it would cost every
   command half a million instructions at start. Containers are known by magic, so that ordinary
   objects never get here, and only the readers that the magic asks for are switched on.

   Bounds (spec "hardening", section 3): one entry walk.entry_limit, all entries of one input file
   together walk.unpack_limit, LIMIT_ENTRIES entries. With INPUT_ONLY_OBJECTS an entry is unpacked
   only as far as it takes to see what it is. */
#include "input/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "config.h"
#include "input/walk.h"

enum {
    K_ZIP = 1,
    K_7Z = 2,
    K_CAB = 4,
    K_CPIO = 8,
    K_ISO = 16,
    K_XAR = 32,
    K_TAR = 64,
    K_STREAM = 128, /* one compressed stream: a tar, a cpio, or a single file */
    K_RPM = 256,
    K_OLE = 512     /* compound files, .msi: container_ole.c, libarchive has no reader for them */
};

static const struct {
    uint32_t off;
    uint8_t len;
    char magic[8];
    unsigned kind;
} magics[] = {
    {0, 4, "PK\3\4", K_ZIP},
    {0, 4, "PK\5\6", K_ZIP},
    {0, 6, "7z\xbc\xaf\x27\x1c", K_7Z},
    {0, 4, "MSCF", K_CAB},
    {0, 4, "xar!", K_XAR},
    {0, 4, "\xed\xab\xee\xdb", K_RPM},
    {0, 6, "070701", K_CPIO},
    {0, 6, "070702", K_CPIO},
    {0, 6, "070707", K_CPIO},
    {0, 3, "\x1f\x8b\x08", K_STREAM},
    {0, 6, "\xfd" "7zXZ\0", K_STREAM},
    {0, 4, "\x28\xb5\x2f\xfd", K_STREAM},
    {0, 3, "BZh", K_STREAM},
    {0, 4, "LZIP", K_STREAM},
    {0, 4, "\x04\x22\x4d\x18", K_STREAM},
    {257, 5, "ustar", K_TAR},
    {0x8001, 5, "CD001", K_ISO},
    {0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", K_OLE},
};

static unsigned container_kind(struct view v)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        struct view at;
        if (view_sub(v, magics[i].off, magics[i].len, &at) &&
            memcmp(at.p, magics[i].magic, magics[i].len) == 0) {
            return magics[i].kind;
        }
    }
    return 0;
}

bool container_probe(struct view v)
{
    return container_kind(v) != 0;
}

#ifdef HAVE_LIBARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>

/* The functions of libarchive that are used. */
#define LA_FUNCTIONS(X)                  \
    X(archive_read_new)                  \
    X(archive_read_free)                 \
    X(archive_read_open_memory)          \
    X(archive_read_next_header)          \
    X(archive_read_data)                 \
    X(archive_error_string)              \
    X(archive_errno)                     \
    X(archive_entry_pathname)            \
    X(archive_entry_pathname_utf8)       \
    X(archive_entry_filetype)            \
    X(archive_entry_hardlink)            \
    X(archive_read_support_format_zip)   \
    X(archive_read_support_format_7zip)  \
    X(archive_read_support_format_cab)   \
    X(archive_read_support_format_cpio)  \
    X(archive_read_support_format_iso9660) \
    X(archive_read_support_format_xar)   \
    X(archive_read_support_format_tar)   \
    X(archive_read_support_format_raw)   \
    X(archive_read_support_filter_gzip)  \
    X(archive_read_support_filter_xz)    \
    X(archive_read_support_filter_zstd)  \
    X(archive_read_support_filter_bzip2) \
    X(archive_read_support_filter_lzip)  \
    X(archive_read_support_filter_lzma)  \
    X(archive_read_support_filter_lz4)   \
    X(archive_read_support_filter_rpm)

struct la {
#define LA_MEMBER(f) __typeof__(&f) f;
    LA_FUNCTIONS(LA_MEMBER)
};

/* The library stays loaded: a second dlopen only counts a reference. False with a diagnostic. */
static bool la_load(struct la *la, struct diag *d)
{
    void *h = dlopen(LIBARCHIVE_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!h) {
        return diag_bad(d, DIAG_NO_OFFSET,
                        "%s is needed to look into this file and cannot be loaded",
                        LIBARCHIVE_SONAME);
    }
    bool ok = true;
    /* POSIX lets a function's address be stored through a void pointer. */
#define LA_RESOLVE(f)                       \
    *(void **)(void *)&la->f = dlsym(h, #f); \
    ok = ok && la->f;
    LA_FUNCTIONS(LA_RESOLVE)
#undef LA_RESOLVE
    return ok ||
           diag_bad(d, DIAG_NO_OFFSET, "%s lacks functions that objkit needs", LIBARCHIVE_SONAME);
}

/* Switches on what KIND asks for and nothing else. */
static void la_choose(const struct la *la, struct archive *a, unsigned kind)
{
    if (kind & (K_STREAM | K_RPM)) {
        la->archive_read_support_filter_gzip(a);
        la->archive_read_support_filter_xz(a);
        la->archive_read_support_filter_zstd(a);
        la->archive_read_support_filter_bzip2(a);
        la->archive_read_support_filter_lzip(a);
        la->archive_read_support_filter_lz4(a);
        if (kind & K_RPM) {
            la->archive_read_support_filter_lzma(a);
            la->archive_read_support_filter_rpm(a);
        }
    }
    if (kind & (K_TAR | K_STREAM)) {
        la->archive_read_support_format_tar(a);
    }
    if (kind & (K_CPIO | K_STREAM | K_RPM)) {
        la->archive_read_support_format_cpio(a);
    }
    if (kind & K_STREAM) {
        la->archive_read_support_format_raw(a);
    }
    if (kind & K_ZIP) {
        la->archive_read_support_format_zip(a);
    }
    if (kind & K_7Z) {
        la->archive_read_support_format_7zip(a);
    }
    if (kind & K_CAB) {
        la->archive_read_support_format_cab(a);
    }
    if (kind & K_ISO) {
        la->archive_read_support_format_iso9660(a);
    }
    if (kind & K_XAR) {
        la->archive_read_support_format_xar(a);
    }
}

/* One container being read. */
struct unpack {
    const struct la *la;
    struct archive *a;
    struct walk *w;
    const struct place *p;
    uint8_t *data; /* the entry in hand; kept from entry to entry */
    size_t n, cap;
};

static const char *la_reason(const struct unpack *u)
{
    const char *s = u->la->archive_error_string(u->a);
    return s ? s : "libarchive gives no reason";
}

/* Reads the current entry until UPTO bytes are there or it ends. False, diagnosed, on failure. */
static bool fill(struct unpack *u, size_t upto, bool *end)
{
    while (u->n < upto) {
        if (u->cap - u->n < 1 << 16) {
            u->cap = u->cap ? u->cap * 2 : 1 << 17;
            u->data = xrealloc(u->data, u->cap);
        }
        size_t want = u->cap - u->n < upto - u->n ? u->cap - u->n : upto - u->n;
        la_ssize_t got = u->la->archive_read_data(u->a, u->data + u->n, want);
        if (got == ARCHIVE_RETRY) {
            continue;
        }
        if (got < 0) {
            return diag_bad(u->w->d, DIAG_NO_OFFSET, "cannot be unpacked: %s", la_reason(u));
        }
        if (got == 0) {
            *end = true;
            return true;
        }
        u->n += (size_t)got;
        u->w->unpacked += (uint64_t)got;
        if (u->w->unpacked > u->w->unpack_limit) {
            return diag_bad(
                u->w->d, DIAG_NO_OFFSET,
                "unpacks to more than %llu bytes in all, the limit for a file of its size",
                (unsigned long long)u->w->unpack_limit);
        }
    }
    return true;
}

/* The name of the single file in a compressed stream: the container's own without its last
   suffix. */
static struct str stream_name(const struct place *p)
{
    struct str s = str_basename(p->origin ? p->origin->name : S("data"));
    size_t dot = str_rfind(s, '.');
    return dot != SIZE_MAX && dot > 0 ? str_head(s, dot) : s;
}

static struct str entry_name(const struct unpack *u, struct archive_entry *e)
{
    const char *name = u->la->archive_entry_pathname_utf8(e);
    name = name ? name : u->la->archive_entry_pathname(e);
    struct str s = str_c(name ? name : "?");
    while (str_starts(s, S("./"))) {
        s = str_skip(s, 2);
    }
    return s;
}

/* Unpacks the current entry and walks it. */
static void walk_entry(struct unpack *u, struct str name)
{
    struct walk *w = u->w;
    struct origin o = {.parent = u->p->origin, .name = name, .kind = ORIGIN_ENTRY};
    struct place here = {.origin = &o, .depth = u->p->depth + 1, .st = u->p->st, .parent = u->p,
                         .sel = u->p->sel ? u->p->sel->next : NULL, .listed = !u->p->sel};
    w->d->origin = &o;
    w->d->limited = NULL;
    bool end = false;
    u->n = 0;
    if (!fill(u, 1 << 16, &end)) {
        return;
    }
    if (here.listed && w->flags & INPUT_ONLY_OBJECTS &&
        !walk_interesting(w, view_of(u->data, u->n))) {
        return;
    }
    if (!end && !fill(u, (size_t)w->entry_limit + 1, &end)) {
        return;
    }
    if (u->n > w->entry_limit) {
        diag_bad(w->d, DIAG_NO_OFFSET,
                 "unpacks to more than %llu bytes, the limit for a file of its size",
                 (unsigned long long)w->entry_limit);
        return;
    }
    walk_any(w, view_of(u->data, u->n), &here);
    w->d->origin = u->p->origin;
}

static void walk_entries(struct unpack *u, bool stream)
{
    struct walk *w = u->w;
    bool found = false;
    for (uint32_t n = 0; !w->stop && w->unpacked <= w->unpack_limit; n++) {
        struct archive_entry *e;
        int r = u->la->archive_read_next_header(u->a, &e);
        w->d->origin = u->p->origin;
        if (r == ARCHIVE_EOF) {
            break;
        }
        if (n >= LIMIT_ENTRIES) {
            diag_bad(w->d, DIAG_NO_OFFSET, "more than %u entries, the limit", LIMIT_ENTRIES);
            break;
        }
        if (r == ARCHIVE_RETRY) {
            continue;
        }
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
            diag_bad(w->d, DIAG_NO_OFFSET, "the container is damaged: %s", la_reason(u));
            if (r == ARCHIVE_FATAL) {
                break;
            }
            continue;
        }
        struct str name = entry_name(u, e);
        if (stream && str_is(name, "data")) {
            name = stream_name(u->p);
        }
        if (u->la->archive_entry_filetype(e) != AE_IFREG || u->la->archive_entry_hardlink(e) ||
            !walk_selects(u->p->sel, name)) {
            continue;
        }
        found = true;
        walk_entry(u, name);
    }
    w->d->origin = u->p->origin;
    if (u->p->sel && !found && !w->stop) {
        diag_bad(w->d, DIAG_NO_OFFSET, "no entry '%.*s'", Q(u->p->sel->name));
    }
}

void container_walk(struct walk *w, struct view bytes, const struct place *p)
{
    unsigned kind = container_kind(bytes);
    struct la la;
    if (kind == K_OLE) {
        container_walk_ole(w, bytes, p);
        return;
    }
    if (!la_load(&la, w->d)) {
        return;
    }
    struct unpack u = {.la = &la, .a = la.archive_read_new(), .w = w, .p = p};
    if (!u.a) {
        base_die_oom();
    }
    la_choose(&la, u.a, kind);
    if (la.archive_read_open_memory(u.a, bytes.p, (size_t)bytes.len) != ARCHIVE_OK) {
        diag_bad(w->d, DIAG_NO_OFFSET, "the container cannot be opened: %s", la_reason(&u));
    } else {
        enum input_next next = INPUT_CONTINUE;
        if (!p->sel) {
            next = walk_event(w, INPUT_CONTAINER, bytes, OBJ_UNKNOWN, p, NULL);
        }
        if (next == INPUT_CONTINUE) {
            walk_entries(&u, kind == K_STREAM);
        }
        if (!p->sel) {
            walk_event(w, INPUT_CONTAINER_END, bytes, OBJ_UNKNOWN, p, NULL);
        }
    }
    la.archive_read_free(u.a);
    free(u.data);
}

/* ---- writing ------------------------------------------------------------------------------------- */

#define LA_WRITE_FUNCTIONS(X)            \
    X(archive_write_new)                 \
    X(archive_write_set_format_pax_restricted) \
    X(archive_write_open_fd)             \
    X(archive_write_header)              \
    X(archive_write_data)                \
    X(archive_write_close)               \
    X(archive_write_free)                \
    X(archive_error_string)              \
    X(archive_errno)                     \
    X(archive_entry_new)                 \
    X(archive_entry_clear)               \
    X(archive_entry_free)                \
    X(archive_entry_set_pathname)        \
    X(archive_entry_set_size)            \
    X(archive_entry_set_filetype)        \
    X(archive_entry_set_perm)            \
    X(archive_entry_set_mtime)

struct la_write {
    LA_WRITE_FUNCTIONS(LA_MEMBER)
};

static bool la_load_write(struct la_write *la, struct diag *d)
{
    void *h = dlopen(LIBARCHIVE_SONAME, RTLD_NOW | RTLD_LOCAL);
    bool ok = h != NULL;
#define LA_RESOLVE_WRITE(f)                             \
    *(void **)(void *)&la->f = h ? dlsym(h, #f) : NULL; \
    ok = ok && la->f;
    LA_WRITE_FUNCTIONS(LA_RESOLVE_WRITE)
#undef LA_RESOLVE_WRITE
    return ok || diag_error(d, "%s is needed to write a tar file and cannot be used", LIBARCHIVE_SONAME);
}

static bool put_entry(const struct la_write *la, struct archive *a, struct archive_entry *e,
                      const struct input_file *f)
{
    la->archive_entry_clear(e);
    la->archive_entry_set_pathname(e, f->name);
    la->archive_entry_set_size(e, (la_int64_t)f->bytes.len);
    la->archive_entry_set_filetype(e, AE_IFREG);
    la->archive_entry_set_perm(e, 0644);
    la->archive_entry_set_mtime(e, 0, 0); /* the same inputs give the same bytes */
    return la->archive_write_header(a, e) == ARCHIVE_OK &&
           (f->bytes.len == 0 ||
            la->archive_write_data(a, f->bytes.p, (size_t)f->bytes.len) == (la_ssize_t)f->bytes.len);
}

bool input_write_tar(const char *path, const struct input_file *v, size_t n, struct diag *d)
{
    struct la_write la = {0};
    struct outfile out;
    if (!la_load_write(&la, d)) {
        return false;
    }
    int err = outfile_begin(&out, path, 0666);
    if (err) {
        return diag_errno(d, path, err);
    }
    struct archive *a = la.archive_write_new();
    struct archive_entry *e = la.archive_entry_new();
    bool ok = a && e && la.archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
              la.archive_write_open_fd(a, out.fd) == ARCHIVE_OK;
    for (size_t i = 0; ok && i < n; i++) {
        ok = put_entry(&la, a, e, &v[i]);
    }
    ok = ok && la.archive_write_close(a) == ARCHIVE_OK;
    int why = !ok && a ? la.archive_errno(a) : 0;
    if (why > 0) { /* the system's; libarchive's words say less */
        diag_errno(d, path, why);
    } else if (!ok) {
        diag_error(d, "%s: cannot be written: %s", path, a ? la.archive_error_string(a) : "no memory");
    }
    la.archive_entry_free(e);
    if (a) {
        la.archive_write_free(a);
    }
    if (!ok) {
        outfile_abort(&out);
        return false;
    }
    err = outfile_commit(&out);
    return !err || diag_errno(d, path, err);
}

#else

bool input_write_tar(const char *path, const struct input_file *v, size_t n, struct diag *d)
{
    (void)v, (void)n;
    return diag_error(d, "%s: objkit was built without libarchive and cannot write a tar file", path);
}

void container_walk(struct walk *w, struct view bytes, const struct place *p)
{
    if (container_kind(bytes) == K_OLE) {
        container_walk_ole(w, bytes, p);
        return;
    }
    diag_bad(w->d, DIAG_NO_OFFSET,
             "objkit was built without libarchive and cannot look into this file");
}

#endif
