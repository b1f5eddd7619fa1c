/* ar_merge.c - ar diff, merge and convert: whole archives against and into each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/ar_extras.h"

/* ---- diff ------------------------------------------------------------------------------------ */

struct side {
    struct ar_edit e;
    VEC(struct str) keys; /* per item: its name, made unique with its number */
    struct strmap map;
};

struct diff {
    struct ar_app *app;
    unsigned n;
};

static void report(struct diff *x, char sign, struct str member, const char *what, struct str detail)
{
    struct buf *b = &x->app->out;
    x->n++;
    if (x->app->o.json) {
        buf_printf(b, "{\"change\":\"%s\",\"member\":", sign == '+' ? "added" : sign == '-' ? "removed"
                                                                                       : "changed");
        buf_json(b, member);
        buf_puts(b, ",\"what\":");
        buf_json(b, str_c(what));
        if (detail.len) {
            buf_puts(b, ",\"detail\":");
            buf_json(b, detail);
        }
        buf_puts(b, "}\n");
        return;
    }
    buf_c(b, sign);
    buf_c(b, ' ');
    buf_name(b, member, name_style_for(1));
    if (what[0]) {
        buf_puts(b, ": ");
        buf_puts(b, what);
    }
    if (detail.len) {
        buf_c(b, ' ');
        buf_name(b, detail, name_style_for(1));
    }
    buf_c(b, '\n');
}

static bool load_side(struct ar_app *app, struct side *s, const char *path)
{
    if (!edit_open(&s->e, app, path, false)) {
        return false;
    }
    struct ar_collect_opts c = {.index = true, .deterministic = true, .max_mtime = INT64_MAX,
                                .pool = app->pool, .arena = &app->arena, .archive = &s->e.origin,
                                .thin = true};
    if (!ar_collect(s->e.items.p, s->e.items.n, &c, &app->d)) {
        return false;
    }
    struct strmap counts = {0};
    for (size_t i = 0; i < s->e.items.n; i++) {
        struct str name = s->e.items.p[i].name;
        uint32_t *k = strmap_put(&counts, name, 0, NULL);
        if (++*k > 1) {
            name = str_c(arena_printf(&app->arena, "%.*s#%u", (int)name.len, name.p, *k));
        }
        vec_push(&s->keys, name);
        strmap_put(&s->map, name, (uint32_t)i, NULL);
    }
    strmap_free(&counts);
    return true;
}

static void free_side(struct side *s)
{
    edit_close(&s->e);
    vec_free(&s->keys);
    strmap_free(&s->map);
}

static void put_names(struct strmap *m, const struct ar_item *it)
{
    const char *p = it->sym_names;
    for (uint32_t k = 0; k < it->n_syms; k++) {
        struct str s = str_c(p);
        strmap_put(m, s, 0, NULL);
        p += s.len + 1;
    }
}

/* Symbols that only one of the two members defines. */
static void diff_symbols(struct diff *x, struct str member, const struct ar_item *a,
                         const struct ar_item *b)
{
    struct strmap in_a = {0}, in_b = {0};
    put_names(&in_a, a);
    put_names(&in_b, b);
    for (uint32_t i = 0; i < in_a.n; i++) {
        if (strmap_get(&in_b, in_a.entries[i].key) == STRMAP_NONE) {
            report(x, '~', member, "no longer defines", in_a.entries[i].key);
        }
    }
    for (uint32_t i = 0; i < in_b.n; i++) {
        if (strmap_get(&in_a, in_b.entries[i].key) == STRMAP_NONE) {
            report(x, '~', member, "now defines", in_b.entries[i].key);
        }
    }
    strmap_free(&in_a);
    strmap_free(&in_b);
}

static void diff_member(struct diff *x, struct str name, const struct ar_item *a, const struct ar_item *b)
{
    char detail[96];
    if (a->mode != b->mode) {
        snprintf(detail, sizeof detail, "%o -> %o", a->mode, b->mode);
        report(x, '~', name, "mode", str_c(detail));
    }
    if (a->mtime != b->mtime) {
        snprintf(detail, sizeof detail, "%lld -> %lld", (long long)a->mtime, (long long)b->mtime);
        report(x, '~', name, "date", str_c(detail));
    }
    if (a->uid != b->uid || a->gid != b->gid) {
        snprintf(detail, sizeof detail, "%llu/%llu -> %llu/%llu", (unsigned long long)a->uid,
                 (unsigned long long)a->gid, (unsigned long long)b->uid, (unsigned long long)b->gid);
        report(x, '~', name, "ids", str_c(detail));
    }
    if (a->size != b->size) {
        snprintf(detail, sizeof detail, "%llu -> %llu", (unsigned long long)a->size,
                 (unsigned long long)b->size);
        report(x, '~', name, "size", str_c(detail));
    } else if (!a->path && !b->path && a->size && memcmp(a->data.p, b->data.p, (size_t)a->size) != 0) {
        size_t at = 0;
        while (a->data.p[at] == b->data.p[at]) {
            at++;
        }
        snprintf(detail, sizeof detail, "differ from byte %zu", at);
        report(x, '~', name, "contents", str_c(detail));
    }
    diff_symbols(x, name, a, b);
}

/* Member I of S has been compared. */
static void passed(struct file_trail *t, const struct side *s, size_t i)
{
    if (s->e.file.mapped && !s->e.items.p[i].path) {
        file_passed(t, s->e.items.p[i].data);
    }
}

static void diff_sides(struct diff *x, const struct side *a, const struct side *b)
{
    if (a->e.dialect != b->e.dialect || a->e.thin != b->e.thin) {
        report(x, '~', S("(archive)"), "another kind of archive", S(""));
    }
    size_t last = 0;
    bool ordered = true;
    struct file_trail in_a = {0}, in_b = {0};
    for (size_t i = 0; i < a->keys.n; i++) {
        uint32_t k = strmap_get(&b->map, a->keys.p[i]);
        if (k == STRMAP_NONE) {
            report(x, '-', a->keys.p[i], "", S(""));
            continue;
        }
        ordered = ordered && k >= last;
        last = k;
        diff_member(x, a->keys.p[i], &a->e.items.p[i], &b->e.items.p[k]);
        passed(&in_a, a, i);
        passed(&in_b, b, k);
    }
    for (size_t i = 0; i < b->keys.n; i++) {
        if (strmap_get(&a->map, b->keys.p[i]) == STRMAP_NONE) {
            report(x, '+', b->keys.p[i], "", S(""));
        }
    }
    if (!ordered) {
        report(x, '~', S("(archive)"), "members are in another order", S(""));
    }
}

int ar_diff(struct ar_app *app, int argc, char **argv)
{
    const char *paths[2];
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--format=json") == 0 || strcmp(argv[i], "--json") == 0) {
            app->o.json = true;
        } else if (n < 2 && argv[i][0] != '-') {
            paths[n++] = argv[i];
        } else {
            n = 3;
        }
    }
    if (n != 2) {
        return ar_extras_usage(app, "diff [--format=json] A B");
    }
    struct diff x = {.app = app};
    struct side a = {0}, b = {0};
    a.e.file.fd = b.e.file.fd = -1;
    a.e.lock_fd = b.e.lock_fd = -1;
    bool good = load_side(app, &a, paths[0]) && load_side(app, &b, paths[1]);
    if (good) {
        diff_sides(&x, &a, &b);
    }
    free_side(&a);
    free_side(&b);
    return !good ? 2 : x.n ? 1 : 0;
}

/* ---- merge ----------------------------------------------------------------------------------- */

/* A name that no other member has: "lib-NAME.o" for --rename=prefix, "NAME-1a2b3c4d.o" for =hash. */
static struct str new_name(struct ar_app *app, struct str name, const char *lib, bool by_hash,
                           const struct ar_item *it, unsigned number)
{
    size_t dot = str_rfind(name, '.');
    struct str stem = str_head(name, dot == SIZE_MAX ? name.len : dot);
    struct str ext = str_skip(name, stem.len);
    struct str base = str_basename(str_c(lib));
    if (by_hash) {
        uint32_t h = 2166136261u; /* FNV-1a: the same in every build, unlike str_hash */
        for (uint64_t i = 0; i < it->data.len; i++) {
            h = (h ^ it->data.p[i]) * 16777619u;
        }
        return str_c(arena_printf(&app->arena, "%.*s-%08x%.*s", (int)stem.len, stem.p, h + number,
                                  (int)ext.len, ext.p));
    }
    if (str_ends(base, S(".a"))) {
        base.len -= 2;
    }
    if (number) {
        return str_c(arena_printf(&app->arena, "%.*s-%u-%.*s", (int)base.len, base.p, number,
                                  (int)name.len, name.p));
    }
    return str_c(arena_printf(&app->arena, "%.*s-%.*s", (int)base.len, base.p, (int)name.len, name.p));
}

struct merge {
    struct ar_app *app;
    struct ar_edit e;
    struct strmap names;   /* with the last number that made a new name of it */
    struct strmap imports; /* names of short imports, and so of their whole library's members: the DLL's */
    enum { KEEP, PREFIX, HASH } rename;
};

static void rename_item(struct merge *g, struct ar_item *it, const char *lib)
{
    struct str name = it->name;
    bool added, hash = g->rename == HASH;
    struct str first = new_name(g->app, name, lib, hash, it, 0);
    uint32_t k = *strmap_put(&g->names, first, 0, &added);
    for (it->name = first; !added; ) {
        it->name = new_name(g->app, name, lib, hash, it, ++k);
        strmap_put(&g->names, it->name, 0, &added);
    }
    *strmap_put(&g->names, first, 0, NULL) = k;
}

/* Members of import libraries all have the DLL's name, which says nothing and harms nothing. */
static void rename_new(struct merge *g, size_t from, const char *lib)
{
    for (size_t i = from; i < g->e.items.n; i++) {
        const struct ar_item *it = &g->e.items.p[i];
        if (!it->path && obj_detect(it->data) == OBJ_SHORTIMP) {
            strmap_put(&g->imports, it->name, 0, NULL);
        }
    }
    for (size_t i = from; i < g->e.items.n; i++) {
        struct ar_item *it = &g->e.items.p[i];
        bool added;
        strmap_put(&g->names, it->name, 0, &added);
        if (!added && g->rename != KEEP && strmap_get(&g->imports, it->name) == STRMAP_NONE) {
            rename_item(g, it, lib);
        }
    }
}

static bool is_archive_file(const char *path)
{
    struct file f;
    bool yes = false;
    if (file_open(&f, path, 0) == 0) {
        enum obj_format k = obj_detect(f.data);
        yes = k == OBJ_AR || k == OBJ_AR_THIN || k == OBJ_AR_BIG;
        file_close(&f);
    }
    return yes;
}

static bool merge_one(struct merge *g, const char *path)
{
    size_t from = g->e.items.n;
    bool good = true;
    if (is_archive_file(path)) {
        good = edit_add_library(&g->e, path, NULL, 0);
    } else {
        vec_push(&g->e.items, edit_file_item(&g->e, path));
    }
    if (good) {
        rename_new(g, from, path);
    }
    return good;
}

int ar_merge(struct ar_app *app, int argc, char **argv)
{
    struct merge g = {.app = app};
    char **paths = ARENA_ARRAY(&app->arena, char *, (size_t)argc);
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--rename=prefix") == 0) {
            g.rename = PREFIX;
        } else if (strcmp(argv[i], "--rename=hash") == 0) {
            g.rename = HASH;
        } else if (strncmp(argv[i], "--format=", 9) == 0 && ar_format_named(argv[i] + 9)) {
            app->o.format = ar_format_named(argv[i] + 9);
        } else if (argv[i][0] == '-' && argv[i][1]) {
            n = argc + 1;
            break;
        } else {
            paths[n++] = argv[i];
        }
    }
    if (n < 2 || n > argc) {
        return ar_extras_usage(app, "merge [--rename=prefix|hash] [--format=KIND] OUT IN...");
    }
    g.e = (struct ar_edit){.app = app, .path = paths[0], .lock_fd = -1, .existed = true, .changed = true};
    g.e.file.fd = -1;
    bool good = true;
    for (int i = 1; i < n; i++) {
        good = merge_one(&g, paths[i]) && good;
    }
    good = good && edit_save(&g.e);
    strmap_free(&g.names);
    strmap_free(&g.imports);
    edit_close(&g.e);
    return good ? 0 : 1;
}

/* ---- convert --------------------------------------------------------------------------------- */

int ar_convert(struct ar_app *app, int argc, char **argv)
{
    const char *in = NULL, *out = NULL;
    bool no_thin = false, bad = false;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strncmp(a, "--format=", 9) == 0) {
            app->o.format = ar_format_named(a + 9);
            bad = bad || !app->o.format;
        } else if (strcmp(a, "--no-thin") == 0) {
            no_thin = true;
        } else if (a[0] == '-' && a[1]) {
            bad = true;
        } else if (!in) {
            in = a;
        } else {
            bad = bad || out;
            out = a;
        }
    }
    if (bad || !in || (!app->o.format && !no_thin)) {
        return ar_extras_usage(app, "convert [--format=gnu|bsd|darwin|coff|bigarchive] [--no-thin] "
                                    "ARCHIVE [OUT]");
    }
    struct ar_edit e;
    bool good = edit_open(&e, app, in, true);
    if (good && !e.existed) {
        good = diag_error(&app->d, "%s: No such file or directory", in);
    }
    if (good && e.thin && app->o.format && app->o.format != AR_DIALECT_GNU && !no_thin) {
        good = diag_error(&app->d, "%s: only the gnu format has thin archives; use --no-thin", in);
    }
    if (good) {
        for (size_t i = 0; no_thin && e.thin && i < e.items.n; i++) {
            e.items.p[i].name = str_basename(e.items.p[i].name);
        }
        e.thin = e.thin && !no_thin;
        e.changed = true;
        e.path = out ? out : in;
        good = edit_save(&e);
    }
    edit_close(&e);
    return good ? 0 : 1;
}
