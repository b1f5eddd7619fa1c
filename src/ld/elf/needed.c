/* needed.c - libraries that libraries need.

   A program must find what its libraries leave undefined. Their own libraries are looked for as GNU ld does:
   -rpath-link, -rpath, LD_RUN_PATH and LD_LIBRARY_PATH, the library's own DT_RUNPATH or DT_RPATH, ld.so.cache, the
   default directories, not -L. They take part in that check only; after --copy-dt-needed-entries they are inputs like
   those on the command line behind --as-needed. They are opened only if something is missing or that option is
   given. Source: GNU ld manual, "-rpath-link", "--copy-dt-needed-entries". */
#include <stdlib.h>

#include "base/path.h"
#include "ld/elf/elf_ld.h"
#include "obj/ldcache.h"

struct search {
    struct ld *ld;
    struct strmap seen;             /* sonames of what the link has */
    VEC(struct ld_file *) files;    /* libraries whose needs are looked at; those found join them */
    bool warn;                      /* of those that are not found */
};

static struct ld_file *try_path(const struct search *s, const char *path)
{
    struct ld *ld = s->ld;
    struct ld_input *in = ld_open_input(ld, path, false);
    if (!in || in->format != OBJ_ELF) {
        return NULL;
    }
    struct ld_file *f = ld_new_file(ld, in, NULL);
    struct object probe;
    struct diag quiet;
    diag_child(&quiet, &ld->diag);
    bool fits = obj_open(&probe, in->file.data, ld_file_origin(f), &quiet);
    if (fits) {
        fits = probe.machine == ld->machine && probe.type == OBJ_TYPE_SHARED;
        obj_close(&probe);
    }
    diag_drop(&quiet);
    return fits ? f : NULL;
}

static struct ld_file *try_dir(const struct search *s, struct str dir, const struct ld_file *by, struct str name)
{
    struct ld *ld = s->ld;
    const char *root = ld->opt.sysroot ? ld->opt.sysroot : "";
    if (str_starts(dir, S("$ORIGIN")) || str_starts(dir, S("${ORIGIN}"))) {
        const char *path = by->input ? by->input->path : "";
        struct str rest = str_skip(dir, dir.p[1] == '{' ? 9 : 7);
        size_t n = path_dir_len(str_c(path));
        return try_path(s, arena_printf(&ld->arena, "%.*s.%.*s/%.*s", (int)n, path, Q(rest), Q(name)));
    }
    if (str_starts(dir, S("=")) || str_starts(dir, S("$SYSROOT"))) {
        dir = str_skip(dir, dir.p[0] == '=' ? 1 : 8);
        return try_path(s, arena_printf(&ld->arena, "%s%.*s/%.*s", root, Q(dir), Q(name)));
    }
    return dir.len ? try_path(s, arena_printf(&ld->arena, "%.*s/%.*s", Q(dir), Q(name))) : NULL;
}

/* Directories separated by colons. */
static struct ld_file *try_list(const struct search *s, const char *list, const struct ld_file *by, struct str name)
{
    struct ld_file *f = NULL;
    for (struct str rest = str_c(list ? list : ""); rest.len && !f;) {
        size_t colon = str_find(rest, ':');
        f = try_dir(s, str_head(rest, colon), by, name);
        rest = colon == SIZE_MAX ? (struct str){0} : str_skip(rest, colon + 1);
    }
    return f;
}

static struct ld_file *try_lists(const struct search *s, const ld_strings *lists, const struct ld_file *by,
                                 struct str name)
{
    struct ld_file *f = NULL;
    for (size_t i = 0; i < lists->n && !f; i++) {
        f = try_list(s, lists->p[i], by, name);
    }
    return f;
}

static struct ld_file *try_own(const struct search *s, const struct ld_file *by, struct str name)
{
    const struct object *o = &by->obj;
    const struct str *dirs = o->n_runpaths ? o->runpaths : o->rpaths;
    uint32_t n = o->n_runpaths ? o->n_runpaths : o->n_rpaths;
    struct ld_file *f = NULL;
    for (uint32_t i = 0; i < n && !f; i++) {
        f = try_dir(s, dirs[i], by, name);
    }
    return f;
}

static struct ld_file *try_cache(const struct search *s, struct str name)
{
    struct ld_input *in = ld_open_input(s->ld, "/etc/ld.so.cache", false);
    struct ldcache cache;
    struct ldcache_entry e;
    struct ld_file *f = NULL;
    if (in && ldcache_open(&cache, in->file.data)) {
        for (uint32_t i = 0; i < cache.n && !f; i++) {
            if (ldcache_at(&cache, i, &e) && str_eq(e.name, name)) {
                f = try_path(s, arena_strdup(&s->ld->arena, e.path));
            }
        }
    }
    return f;
}

/* Is the output for this system? Then its environment and its cache count. */
static bool is_native(const struct ld *ld)
{
#if defined __x86_64__ && defined __linux__
    return !ld->opt.sysroot && (ld->machine == MACH_X86_64 || ld->machine == MACH_I386);
#elif defined __aarch64__ && defined __linux__
    return !ld->opt.sysroot && ld->machine == MACH_ARM64;
#elif defined __i386__ && defined __linux__
    return !ld->opt.sysroot && ld->machine == MACH_I386;
#else
    (void)ld;
    return false;
#endif
}

static struct ld_file *find(const struct search *s, const struct ld_file *by, struct str name)
{
    const struct ld_options *o = &s->ld->opt;
    bool native = is_native(s->ld);
    struct ld_file *f = NULL;
    if (str_find(name, '/') != SIZE_MAX) {
        return try_path(s, arena_strdup(&s->ld->arena, name));
    }
    f = try_lists(s, &o->elf.rpath_link, by, name);
    f = f ? f : try_lists(s, &o->elf.rpath, by, name);
    if (native) {
        f = f || o->elf.rpath_link.n || o->elf.rpath.n ? f : try_list(s, getenv("LD_RUN_PATH"), by, name);
        f = f ? f : try_list(s, getenv("LD_LIBRARY_PATH"), by, name);
    }
    f = f ? f : try_own(s, by, name);
    f = f || !native ? f : try_cache(s, name);
    for (size_t i = elf_of_ld(s->ld)->n_user_dirs; i < o->lib_dirs.n && !f; i++) {
        struct str dir = str_c(o->lib_dirs.p[i]);
        f = try_dir(s, dir, by, name);
    }
    return f;
}

static struct str soname_of(const struct ld_file *f)
{
    struct str file = f->input ? str_basename(str_c(f->input->path)) : (struct str){0};
    return f->obj.soname.len ? f->obj.soname : file;
}

/* A library of the command line that the link turned out not to need. */
static struct ld_file *unneeded(const struct ld *ld, struct str name)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_SHARED && !f->bad && !f->needed && str_eq(soname_of(f), name)) {
            return f;
        }
    }
    return NULL;
}

/* The libraries that F needs and that are not there yet: parsed, at the end of s->files from their number on. */
static void follow(struct search *s, struct ld_file *f)
{
    if (f->bad || !obj_load_imports(&f->obj)) {
        return;
    }
    for (uint32_t i = 0; i < f->obj.n_needed; i++) {
        struct str name = f->obj.needed[i].name;
        bool added;
        strmap_put(&s->seen, name, 0, &added);
        if (!added) {
            continue;
        }
        struct ld_file *g = unneeded(s->ld, name);
        g = g ? g : find(s, f, name);
        if (g) {
            vec_push(&s->files, g);
        } else if (s->warn) {
            diag_warning(&s->ld->diag, "%.*s, needed by %s, not found (try using -rpath or -rpath-link)", Q(name),
                         ld_file_name(s->ld, f));
        }
    }
}

/* ALL: also libraries that may turn out not to be needed. */
static void begin(struct ld *ld, struct search *s, bool all)
{
    *s = (struct search){.ld = ld, .warn = true};
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_SHARED && !f->bad && (all || f->needed)) {
            strmap_put(&s->seen, soname_of(f), 0, NULL);
        }
    }
}

static void end(struct search *s)
{
    strmap_free(&s->seen);
    vec_free(&s->files);
}

/* ---- --copy-dt-needed-entries ------------------------------------------------------------------------- */

bool elf_copy_needed(struct ld *ld)
{
    struct search s;
    size_t n = ld->files.n, from;
    bool any = false;
    for (size_t k = 2; k < n && !any; k++) {
        const struct ld_file *f = ld->files.p[k];
        any = f->kind == LD_SHARED && f->state.copy_needed;
    }
    if (!any) {
        return false;
    }
    begin(ld, &s, true);
    for (size_t k = 2; k < n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind != LD_SHARED || !f->state.copy_needed) {
            continue;
        }
        f->state.copy_needed = false; /* done */
        from = s.files.n;
        follow(&s, f);
        for (size_t i = from; i < s.files.n; i++) {
            s.files.p[i]->state = f->state;
            s.files.p[i]->state.as_needed = s.files.p[i]->state.copy_needed = true;
        }
    }
    any = s.files.n > 0 && ld_add_late(ld, s.files.p, s.files.n);
    end(&s);
    return any;
}

/* ---- what libraries leave undefined ------------------------------------------------------------------- */

/* Are references of libraries to be looked at? Programs' are, by default. */
static bool wants_check(const struct ld *ld)
{
    const struct ld_options *o = &ld->opt;
    const char *how = o->unresolved_symbols ? o->unresolved_symbols : "";
    if (o->kind == OUT_RELOCATABLE || o->elf.shlib_undefined != SHLIB_DEFAULT) {
        return o->kind != OUT_RELOCATABLE && o->elf.shlib_undefined == SHLIB_REFUSE;
    }
    bool ignore = strcmp(how, "ignore-all") == 0 || strcmp(how, "ignore-in-shared-libs") == 0;
    return !ignore && (o->kind != OUT_SHARED || strcmp(how, "report-all") == 0);
}

/* F is in the link, or is looked at for this check only: then its names have no ids. */
static bool is_hole(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    const struct symbol *y = &f->syms[i];
    if (y->sec != SEC_UNDEF || y->binding == BIND_WEAK || !y->name.len) {
        return false;
    }
    uint32_t id = f->idx ? f->ids[i] : ld_lookup(ld, str_head(y->name, str_find(y->name, '@')));
    return id == LD_NO_SYM ? !f->idx : !ld_is_defined(ld_sym(ld, id));
}

static bool has_holes(const struct ld *ld, const struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (is_hole(ld, f, i)) {
            return true;
        }
    }
    return false;
}

/* All that the link's libraries need, and what these define. */
static void load_all(struct search *s, struct strmap *defined)
{
    struct ld *ld = s->ld;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_SHARED && f->needed) {
            follow(s, f);
        }
    }
    for (size_t i = 0; i < s->files.n; i++) { /* grows */
        struct ld_file *f = s->files.p[i];
        if (!f->idx) {
            ld_parse_files(ld, &f, 1);
        }
        for (uint32_t k = 0; !f->bad && k < f->n_syms; k++) {
            if (f->syms[k].sec != SEC_UNDEF) {
                size_t at = str_find(f->syms[k].name, '@');
                strmap_put(defined, str_head(f->syms[k].name, at), 0, NULL);
            }
        }
        follow(s, f);
    }
}

static void report(struct ld *ld, struct ld_file *f, const struct strmap *defined)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        struct str name = f->syms[i].name;
        name = str_head(name, str_find(name, '@'));
        if (is_hole(ld, f, i) && strmap_get(defined, name) == STRMAP_NONE && !ld_ignores_unresolved(ld, name)) {
            diag_report(&ld->diag, ld->opt.warn_unresolved || ld->opt.noinhibit_exec ? SEV_WARNING : SEV_ERROR,
                        ld_file_origin(f), DIAG_NO_OFFSET, "undefined reference to '%s'%s",
                        ld_show(ld, &ld->arena, f->syms[i].name),
                        ld->opt.elf.shlib_undefined == SHLIB_REFUSE ? " (--no-allow-shlib-undefined)" : "");
        }
    }
}

bool elf_check_needed(struct ld *ld)
{
    struct search s;
    struct strmap defined = {0};
    bool any = false;
    if (!wants_check(ld)) {
        return true;
    }
    for (size_t k = 2; k < ld->files.n && !any; k++) {
        const struct ld_file *f = ld->files.p[k];
        any = f->kind == LD_SHARED && f->needed && !f->bad && has_holes(ld, f);
    }
    if (!any) {
        return true;
    }
    begin(ld, &s, false);
    load_all(&s, &defined);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_SHARED && f->needed && !f->bad) {
            report(ld, f, &defined);
        }
    }
    for (size_t i = 0; i < s.files.n; i++) {
        if (!s.files.p[i]->idx && !s.files.p[i]->bad) {
            report(ld, s.files.p[i], &defined);
        }
    }
    strmap_free(&defined);
    end(&s);
    return diag_ok(&ld->diag);
}
