/* ar_extras.c - what neither GNU nor LLVM has: ar which, verify, diff (spec ar-nm, section 5). */
#include "applets/ar_extras.h"

#include <stdlib.h>
#include <string.h>

#include "input/input.h"
#include "obj/obj.h"

int ar_subcommand(struct ar_app *app, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct ar_app *, int, char **);
    } commands[] = {{"which", ar_which}, {"verify", ar_verify}, {"diff", ar_diff},
                    {"merge", ar_merge}, {"convert", ar_convert}};
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(app, argc - 1, argv + 1);
        }
    }
    return -1;
}

int ar_extras_usage(struct ar_app *app, const char *text)
{
    diag_flush(&app->d);
    diag_error(&app->d, "usage: ar %s", text);
    return 2;
}

/* ---- which ----------------------------------------------------------------------------------- */

struct which {
    struct ar_app *app;
    char **names;
    uint32_t n_names;
    struct strmap map;   /* exact names -> index in names */
    bool globs, references, no_index;
    bool *found;
    struct file_trail passed;
};

static bool asked_for(const struct which *w, struct str name)
{
    bool hit = strmap_get(&w->map, name) != STRMAP_NONE;
    for (uint32_t k = 0; !hit && w->globs && k < w->n_names; k++) {
        hit = str_glob(str_c(w->names[k]), name);
    }
    return hit;
}

/* Marks NAME as found if it is asked for. */
static bool wanted(struct which *w, struct str name)
{
    uint32_t i = strmap_get(&w->map, name);
    bool hit = i != STRMAP_NONE;
    if (hit) {
        w->found[i] = true;
    }
    for (uint32_t k = 0; w->globs && k < w->n_names; k++) {
        if (str_glob(str_c(w->names[k]), name)) {
            w->found[k] = hit = true;
        }
    }
    return hit;
}

static void print_which(struct which *w, const struct object *obj, const struct symbol *s)
{
    struct buf *b = &w->app->out;
    struct buf where = {0};
    origin_print(&where, obj->origin);
    struct str file = {where.p, where.n};
    char letter = obj_symbol_letter(obj, s);
    if (w->app->o.json) {
        buf_puts(b, "{\"file\":");
        buf_json(b, file);
        buf_puts(b, ",\"symbol\":");
        buf_json(b, s->name);
        buf_printf(b, ",\"letter\":\"%c\",\"defined\":%s}\n", letter,
                   s->sec == SEC_UNDEF ? "false" : "true");
    } else {
        buf_name(b, file, name_style_for(1));
        buf_printf(b, ": %c ", letter);
        buf_name(b, s->name, name_style_for(1));
        buf_c(b, '\n');
    }
    buf_free(&where);
}

static void search_object(struct which *w, struct view bytes, const struct origin *origin)
{
    struct object obj;
    if (obj_open(&obj, bytes, origin, &w->app->d) && obj_load_symbols(&obj)) {
        for (uint32_t i = 0; i < obj.n_symbols; i++) {
            const struct symbol *s = &obj.symbols[i];
            bool here = obj_symbol_in_armap(&obj, s) ||
                        (w->references && s->binding != BIND_LOCAL && s->sec == SEC_UNDEF);
            if (here && wanted(w, s->name)) {
                print_which(w, &obj, s);
            }
        }
    }
    obj_close(&obj);
}

struct index_search {
    struct which *w;
    struct ar *ar;
    VEC(uint64_t) members; /* header offsets, as the index names them for the symbols */
    bool lies;
};

/* Collects before anything is printed: an index that is wrong somewhere is not asked at all. */
static void search_entry(void *ctx, const struct armap_entry *e)
{
    struct index_search *s = ctx;
    if (s->lies || !asked_for(s->w, e->name)) {
        return;
    }
    if (!ar_has_header(s->ar, e->hdr_off)) {
        s->lies = true;
        diag_report(s->ar->diag, SEV_WARNING, s->ar->origin, DIAG_NO_OFFSET, "index entry '%.*s' points to offset "
                    "%llu, where no member is", Q(e->name), (unsigned long long)e->hdr_off);
    } else if (s->members.n == 0 || s->members.p[s->members.n - 1] != e->hdr_off) {
        vec_push(&s->members, e->hdr_off);
    }
}

static int compare_offsets(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Only the members that the index names for the symbols. False: there is no index to ask. */
static bool search_index(struct which *w, struct ar *ar, const struct origin *origin)
{
    struct index_search s = {.w = w, .ar = ar};
    if (w->references || w->no_index || ar->thin || !ar_armap_is_good(ar)) {
        return false;
    }
    ar_each_armap(ar, false, search_entry, &s);
    if (s.members.n) { /* an index sorted by name has a member's symbols in several places */
        qsort(s.members.p, s.members.n, sizeof *s.members.p, compare_offsets);
    }
    for (size_t i = 0; !s.lies && i < s.members.n; i++) {
        struct ar_member m;
        if ((i == 0 || s.members.p[i] != s.members.p[i - 1]) && ar_member_at(ar, s.members.p[i], &m)) {
            struct origin o = {origin, m.name, ORIGIN_MEMBER};
            search_object(w, m.data, &o);
            if (ar->mapped) {
                file_drop_pages(m.data);
            }
        }
    }
    vec_free(&s.members);
    return !s.lies;
}

static enum input_next which_item(void *ctx, const struct input_item *item)
{
    struct which *w = ctx;
    if (item->event == INPUT_ARCHIVE) {
        item->ar->mapped = item->mapped;
        return search_index(w, item->ar, item->origin) ? INPUT_SKIP : INPUT_CONTINUE;
    }
    if (item->event == INPUT_FILE && obj_format_readable(item->format)) {
        search_object(w, item->bytes, item->origin);
    }
    if (item->event == INPUT_FILE && item->mapped && item->member) {
        file_passed(&w->passed, item->bytes);
    }
    return INPUT_CONTINUE;
}

static bool which_names(struct which *w)
{
    for (uint32_t i = 0; i < w->n_names; i++) {
        strmap_put(&w->map, str_c(w->names[i]), i, NULL);
        w->globs = w->globs || str_has_glob(str_c(w->names[i]));
    }
    w->found = xcalloc(w->n_names, sizeof *w->found);
    return w->n_names > 0;
}

int ar_which(struct ar_app *app, int argc, char **argv)
{
    struct which w = {.app = app};
    int i = 1, in = 0;
    w.names = ARENA_ARRAY(&app->arena, char *, (size_t)argc);
    for (; i < argc && !in; i++) {
        if (strcmp(argv[i], "--in") == 0) {
            in = i + 1;
        } else if (strcmp(argv[i], "--references") == 0) {
            w.references = true;
        } else if (strcmp(argv[i], "--no-index") == 0) {
            w.no_index = true;
        } else if (strcmp(argv[i], "--format=json") == 0) {
            app->o.json = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            in = argc;
        } else {
            w.names[w.n_names++] = argv[i];
        }
    }
    if (!which_names(&w) || in == 0 || in >= argc) {
        strmap_free(&w.map);
        free(w.found);
        strmap_free(&w.map);
        return ar_extras_usage(app, "which [--references] [--no-index] [--format=json] SYMBOL... --in "
                                    "PATH...");
    }
    bool good = true;
    for (i = in; i < argc; i++) {
        good = input_walk(argv[i], INPUT_WALK_DIRS | INPUT_ONLY_OBJECTS, &app->d, which_item, &w) && good;
    }
    for (uint32_t k = 0; k < w.n_names; k++) {
        if (!w.found[k]) {
            good = diag_error(&app->d, "%s: not found", w.names[k]);
        }
    }
    strmap_free(&w.map);
    free(w.found);
    return good ? 0 : 1;
}

/* ---- verify ---------------------------------------------------------------------------------- */

struct verify {
    struct ar_app *app;
    const char *path;
    struct ar ar;
    bool reproducible;
    unsigned problems;
    struct strmap strong;    /* symbol -> index of the member that defines it */
    VEC(struct ar_member) members;
    VEC(struct armap_entry) real; /* what the index should hold */
    enum machine machine;    /* of the first object */
    enum obj_format format;
    bool objects;
};

static void problem(struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct verify *v, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    v->problems++;
    if (v->app->o.json) {
        buf_puts(&v->app->out, "{\"archive\":");
        buf_json(&v->app->out, str_c(v->path));
        buf_puts(&v->app->out, ",\"problem\":");
        buf_json(&v->app->out, (struct str){b.p, b.n});
        buf_puts(&v->app->out, "}\n");
    } else {
        buf_name(&v->app->out, str_c(v->path), name_style_for(1));
        buf_puts(&v->app->out, ": ");
        buf_name(&v->app->out, (struct str){b.p, b.n}, name_style_for(1));
        buf_c(&v->app->out, '\n');
    }
    buf_free(&b);
}

static bool is_strong(const struct object *obj, const struct symbol *s)
{
    return s->binding == BIND_GLOBAL && s->sec != SEC_COMMON && !sec_is_special(s->sec) &&
           s->sec < obj->n_sections && obj->sections[s->sec].comdat == 0 &&
           !(s->flags & SYMF_WEAK_DEF);
}

static void verify_symbols(struct verify *v, struct object *obj, uint32_t member)
{
    const struct ar_member *m = &v->members.p[member];
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (!obj_symbol_in_armap(obj, s)) {
            continue;
        }
        struct str name = arena_str(&v->app->arena, s->name);
        vec_push(&v->real, (struct armap_entry){name, m->hdr_off, false});
        if (is_strong(obj, s)) {
            bool added;
            uint32_t first = *strmap_put(&v->strong, name, member, &added);
            if (!added && first != member) {
                problem(v, "%.*s is defined by %.*s and %.*s", Q(name), Q(v->members.p[first].name),
                        Q(m->name));
            }
        }
    }
}

/* ARM64EC code lives beside x86-64's, and in libraries for both views beside ARM64's. */
static bool may_mix(enum machine a, enum machine b)
{
    bool ec = a == MACH_ARM64EC || b == MACH_ARM64EC;
    enum machine other = a == MACH_ARM64EC ? b : a;
    return a == b || (ec && (other == MACH_X86_64 || other == MACH_ARM64));
}

static void verify_object(struct verify *v, struct view bytes, uint32_t member)
{
    enum obj_format f = obj_detect(bytes);
    if (!obj_format_readable(f)) {
        return;
    }
    const struct ar_member *m = &v->members.p[member];
    struct origin o = {v->ar.origin, m->name, ORIGIN_MEMBER};
    struct object obj;
    if (obj_open(&obj, bytes, &o, &v->app->d)) {
        if (v->objects && !may_mix(obj.machine, v->machine) && f != OBJ_BITCODE) {
            problem(v, "%.*s is for %s, others for %s", Q(m->name), machine_info(obj.machine)->name,
                    machine_info(v->machine)->name);
        }
        v->machine = v->objects ? v->machine : obj.machine;
        v->objects = true;
        if (obj_load_symbols(&obj)) {
            verify_symbols(v, &obj, member);
        }
    }
    obj_close(&obj);
    if (f == OBJ_MACHO && v->ar.dialect != AR_DIALECT_NONE && m->data_off % 8 != 0) {
        problem(v, "%.*s is not on an 8-byte boundary: Apple's linker refuses it", Q(m->name));
    }
}

static void verify_member(struct verify *v, uint32_t i)
{
    const struct ar_member *m = &v->members.p[i];
    /* Darwin: members of one name have dates 1, 2, ... to tell them apart */
    bool numbered = v->ar.dialect == AR_DIALECT_DARWIN && m->mtime > 0 &&
                    (uint64_t)m->mtime <= v->members.n;
    if (v->reproducible && ((m->mtime && !numbered) || m->uid || m->gid)) {
        problem(v, "%.*s has date %lld and ids %llu/%llu: not reproducible", Q(m->name),
                (long long)m->mtime, (unsigned long long)m->uid, (unsigned long long)m->gid);
    }
    if (!m->thin && str_find(m->name, '/') != SIZE_MAX) {
        problem(v, "%.*s: a path as member name", Q(m->name));
    }
    if (m->bad_fields) {
        problem(v, "%.*s: date, id or mode is not numeric", Q(m->name));
    }
    uint64_t end = m->data_off + m->size;
    if (!m->thin && v->ar.dialect != AR_DIALECT_BIG && (end & 1) && end < v->ar.bytes.len &&
        v->ar.bytes.p[end] != '\n') {
        problem(v, "%.*s: the pad byte behind it is 0x%02x", Q(m->name), v->ar.bytes.p[end]);
    }
    if (!m->thin) {
        verify_object(v, m->data, i);
        return;
    }
    struct file f;
    if (file_open(&f, ar_thin_path(&v->ar, v->path, m), 0) != 0) {
        problem(v, "%.*s: the file of this thin member is missing", Q(m->name));
        return;
    }
    if (f.data.len != m->size) {
        problem(v, "%.*s: the file has %llu bytes, the archive says %llu", Q(m->name),
                (unsigned long long)f.data.len, (unsigned long long)m->size);
    }
    verify_object(v, f.data, i);
    file_close(&f);
}

static int compare_entries(const void *a, const void *b)
{
    const struct armap_entry *x = a, *y = b;
    int c = str_cmp(x->name, y->name);
    return c ? c : x->hdr_off < y->hdr_off ? -1 : x->hdr_off > y->hdr_off;
}

/* COFF tables hold each name once. */
static uint64_t unique_names(struct armap_entry *e, uint64_t n)
{
    uint64_t k = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (k == 0 || !str_eq(e[k - 1].name, e[i].name)) {
            e[k++] = e[i];
        }
    }
    return k;
}

static void compare_index(struct verify *v, struct armap *map)
{
    uint64_t n = map->n, n_real = v->real.n, i = 0, k = 0;
    qsort(map->entries, (size_t)n, sizeof *map->entries, compare_entries);
    qsort(v->real.p, v->real.n, sizeof *v->real.p, compare_entries);
    bool coff = v->ar.dialect == AR_DIALECT_COFF;
    if (coff) {
        n = unique_names(map->entries, n);
        n_real = unique_names(v->real.p, n_real);
    }
    while (i < n || k < n_real) {
        int c = i == n ? 1 : k == n_real ? -1
                : coff ? str_cmp(map->entries[i].name, v->real.p[k].name)
                       : compare_entries(&map->entries[i], &v->real.p[k]);
        if (c < 0) {
            problem(v, "stale index: it names %.*s at offset %llu, where it is not defined",
                    Q(map->entries[i].name), (unsigned long long)map->entries[i].hdr_off);
        } else if (c > 0) {
            problem(v, "stale index: %.*s is missing", Q(v->real.p[k].name));
        }
        i += c <= 0;
        k += c >= 0;
    }
}

/* The second linker member must name the same members as the archive has. */
static void compare_second(struct verify *v)
{
    struct view d = v->ar.armap2.data;
    uint32_t n = 0, off = 0;
    if (v->ar.dialect != AR_DIALECT_COFF || !v->ar.armap2.hdr_off) {
        return;
    }
    if (!view_u32(d, 0, false, &n) || n != v->members.n) {
        problem(v, "the second linker member counts %u members, the archive has %zu", n, v->members.n);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!view_u32(d, 4 + (uint64_t)i * 4, false, &off) || off != v->members.p[i].hdr_off) {
            problem(v, "the second linker member puts member %u at offset %u", i + 1, off);
            return;
        }
    }
}

/* Gives back what the headers and then the contents of a large archive have been read from. */
static void passed(const struct verify *v, struct file_trail *t, const struct ar_member *m)
{
    if (v->ar.mapped && !m->thin) {
        file_passed(t, m->data);
    }
}

static void verify_archive(struct verify *v)
{
    struct ar_iter it;
    struct ar_member m;
    struct file_trail headers = {0}, contents = {0};
    ar_iter_start(&it, &v->ar, false);
    while (ar_iter_next(&it, &m)) {
        m.name = arena_str(&v->app->arena, m.name); /* asked for again: not from where it was read */
        vec_push(&v->members, m);
        passed(v, &headers, &m);
    }
    v->problems += it.bad;
    for (size_t i = 0; i < v->members.n; i++) {
        verify_member(v, (uint32_t)i);
        passed(v, &contents, &v->members.p[i]);
    }
    struct armap map;
    ar_read_armap(&v->ar, &map);
    if (map.present) {
        compare_index(v, &map);
        compare_second(v);
    } else if (v->ar.armap.hdr_off) {
        problem(v, "the symbol index is damaged");
    } else if (v->objects && v->ar.dialect != AR_DIALECT_RAW) {
        problem(v, "there is no symbol index");
    }
    if (v->reproducible && v->ar.armap.hdr_off && v->ar.armap.mtime) {
        problem(v, "the index has a date: not reproducible");
    }
}

static bool verify_opened(struct ar_app *app, struct ar *ar, void *ctx)
{
    struct verify *v = ctx;
    (void)app;
    v->ar = *ar;
    verify_archive(v);
    return v->problems == 0;
}

static bool verify_file(struct ar_app *app, const char *path, bool reproducible)
{
    struct verify v = {.app = app, .path = path, .reproducible = reproducible};
    bool good = ar_with_archive(app, path, verify_opened, &v);
    if (good && app->o.verbose) {
        buf_name(&app->out, str_c(path), name_style_for(1));
        buf_puts(&app->out, ": ok\n");
    }
    strmap_free(&v.strong);
    vec_free(&v.members);
    vec_free(&v.real);
    return good;
}

int ar_verify(struct ar_app *app, int argc, char **argv)
{
    bool reproducible = false, good = true;
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--reproducible") == 0) {
            reproducible = true;
        } else if (strcmp(argv[i], "--format=json") == 0) {
            app->o.json = true;
        } else if (strcmp(argv[i], "-v") == 0) {
            app->o.verbose = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            n = 0;
            break;
        } else {
            n++;
        }
    }
    if (n == 0) {
        return ar_extras_usage(app, "verify [--reproducible] [--format=json] [-v] ARCHIVE...");
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1]) {
            good = verify_file(app, argv[i], reproducible) && good;
        }
    }
    return good ? 0 : 1;
}
