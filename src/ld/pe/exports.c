/* exports.c - what a DLL (or a program that exports) gives to others: which symbols, their ordinals,
   and the .edata section.

   Sources: -export in .drectve, .def files, and, for a DLL with nothing explicit or with
   --export-all-symbols, everything that is defined, less what belongs to the compiler's own
   libraries. Source: spec pe-ld 5.4, 5.5; PE format, "The .edata Section". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ckint.h"
#include "archive/implib_write.h"
#include "ld/pe/pe.h"

enum { DIRECTORY_LEN = 40, MAX_ORDINAL = 65535 };

/* ---- default exclusions ------------------------------------------------------------------------- */

static const char *const excluded_libs[] = {
    "libgcc", "libgcc_s", "libstdc++", "libmingw32", "libmingwex", "libmsvcrt", "libmsvcrt-os",
    "libucrt", "libucrtbase", "libsupc++", "libobjc", "libgcj", "libcygwin", "libclang_rt.",
    "libc++", "libc++abi", "libunwind", "libFortran"};
static const char *const excluded_objects[] = {
    "crt0.o", "crt1.o", "crt1u.o", "crt2.o", "crt2u.o", "dllcrt1.o", "dllcrt2.o", "gcrt0.o",
    "gcrt1.o", "gcrt2.o", "crtbegin.o", "crtend.o"};
static const char *const excluded_names[] = {
    "DllMain", "DllEntryPoint", "DllMainCRTStartup", "_pei386_runtime_relocator", "do_pseudo_reloc",
    "_fmode", "environ", "impure_ptr", "_impure_ptr", "__dso_handle", "_NULL_IMPORT_DESCRIPTOR"};
static const char *const excluded_prefixes[] = {
    "__nm_", "_head_", "_IMPORT_DESCRIPTOR_", "__IMPORT_DESCRIPTOR_", "__rtti_",
    "__builtin_", "__profc_", "__profd_", "__profvp_", "__NULL_IMPORT_DESCRIPTOR"};
static const char *const excluded_suffixes[] = {"_iname", "_NULL_THUNK_DATA"};

#define N(a) (sizeof(a) / sizeof *(a))

/* "libgcc", "libgcc.a", "libgcc.dll.a", "libstdc++-6.dll.a" */
static bool is_library(struct str file, struct str lib)
{
    if (!str_starts(file, lib)) {
        return false;
    }
    struct str rest = str_skip(file, lib.len);
    if ((lib.len && lib.p[lib.len - 1] == '.') || str_is(lib, "libFortran")) {
        return true; /* libclang_rt.*, libFortranRuntime */
    }
    if (rest.len > 1 && rest.p[0] == '-' && rest.p[1] >= '0' && rest.p[1] <= '9') {
        return true;
    }
    return rest.len == 0 || rest.p[0] == '.';
}

static bool listed(const ld_strings *list, struct str name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_is(name, list->p[i])) {
            return true;
        }
    }
    return false;
}

/* --exclude-modules-for-implib: objects as they were named, members by their own name. */
static bool goes_into_implib(const struct ld *ld, const struct ld_file *f)
{
    return ld->opt.pe.exclude_modules_for_implib.n && f->input &&
           listed(&ld->opt.pe.exclude_modules_for_implib,
                  f->archive ? f->origin.name : str_c(f->input->path));
}

static bool file_excluded(const struct ld *ld, const struct ld_file *f)
{
    const struct ld_options *o = &ld->opt;
    if (goes_into_implib(ld, f)) {
        return true;
    }
    if (!f->archive) {
        struct str base = f->input ? str_basename(str_c(f->input->path)) : S("");
        for (size_t i = 0; i < N(excluded_objects) && !o->pe.no_default_excludes; i++) {
            if (str_is(base, excluded_objects[i])) {
                return true;
            }
        }
        return false;
    }
    struct str lib = str_basename(str_c(f->archive->input->path));
    for (size_t i = 0; i < o->exclude_libs.n; i++) {
        const char *x = o->exclude_libs.p[i];
        if (str_caseeq(str_c(x), S("ALL")) || str_is(lib, x)) { /* whole names, as GNU ld */
            return true;
        }
    }
    if (o->pe.no_default_excludes || f->state.whole_archive) {
        return false;
    }
    for (size_t i = 0; i < N(excluded_libs); i++) {
        if (is_library(lib, str_c(excluded_libs[i]))) {
            return true;
        }
    }
    return false;
}

/* SYMBOL, and NAME, the same as in C, its prefix taken off. */
static bool name_excluded(const struct ld *ld, struct str symbol, struct str name)
{
    const struct pe *pe = pe_of(ld);
    if (strmap_get(&pe->excluded, name) != STRMAP_NONE || listed(&ld->opt.pe.exclude_symbols, name) ||
        str_starts(symbol, S("__imp_")) || str_starts(symbol, S(".")) || str_starts(name, S("__imp_"))) {
        return true;
    }
    if (ld->opt.pe.no_default_excludes) {
        return false;
    }
    if (str_starts(symbol, S("__nm_"))) { /* made by linkers, which do not know C's prefix */
        return true;
    }
    for (size_t i = 0; i < N(excluded_prefixes); i++) {
        if (str_starts(name, str_c(excluded_prefixes[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < N(excluded_suffixes); i++) {
        if (str_ends(name, str_c(excluded_suffixes[i]))) {
            return true;
        }
    }
    if (str_starts(name, S("DllMain@")) || str_starts(name, S("DllEntryPoint@")) ||
        str_starts(name, S("DllMainCRTStartup@"))) {
        return true;
    }
    for (size_t i = 0; i < N(excluded_names); i++) {
        if (str_is(name, excluded_names[i])) {
            return true;
        }
    }
    return false;
}

/* ---- collecting ---------------------------------------------------------------------------------- */

static struct str plain_name(const struct ld *ld, struct str symbol)
{
    const struct str prefix = pe_of(ld)->prefix;
    return prefix.len && str_starts(symbol, prefix) ? str_skip(symbol, prefix.len) : symbol;
}

/* The symbol that C calls NAME, or NAME itself, or with a stdcall suffix; LD_NO_SYM if undefined. */
static uint32_t find_symbol(struct ld *ld, struct str name)
{
    const char *s = arena_printf(&ld->arena, "%.*s%.*s", Q(pe_of(ld)->prefix), Q(name));
    uint32_t id = ld_lookup(ld, str_c(s));
    if (id != LD_NO_SYM && ld_sym(ld, id)->rank >= RANK_WEAK_EXT) {
        return id;
    }
    id = ld_lookup(ld, name);
    return id != LD_NO_SYM && ld_sym(ld, id)->rank >= RANK_WEAK_EXT ? id : LD_NO_SYM;
}

/* 5.4: --kill-at takes the @N of stdcall names off, and a fastcall name's leading @. */
static struct str without_at(struct str name)
{
    size_t at = str_rfind(name, '@');
    if (at == SIZE_MAX || at == 0 || at + 1 == name.len || (name.p[0] == '?')) {
        return name;
    }
    for (size_t i = at + 1; i < name.len; i++) {
        if (name.p[i] < '0' || name.p[i] > '9') {
            return name;
        }
    }
    name = str_head(name, at);
    return name.p[0] == '@' ? str_skip(name, 1) : name;
}

static void add_export(struct ld *ld, struct pe_export e)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    struct str bare = without_at(e.name);
    if (o->add_stdcall_alias && bare.len != e.name.len && !name_excluded(ld, bare, bare)) {
        struct pe_export alias = e;
        alias.name = bare;
        alias.has_ordinal = false;
        vec_push(&pe->exports, alias);
    }
    if (o->kill_at) {
        e.decorated = e.name;
        e.name = bare;
    }
    vec_push(&pe->exports, e);
}

/* DLL.NAME or DLL.#ORDINAL */
static bool is_forwarder(struct str s)
{
    struct str to = str_skip(s, str_rfind(s, '.') + 1);
    uint64_t n;
    return to.len && (to.p[0] != '#' || (str_u64(str_skip(to, 1), 10, &n) && n && n <= MAX_ORDINAL));
}

/* "DLL.name" where no such symbol is defined is a forwarder. */
static bool resolve_explicit(struct ld *ld, struct pe_export *e, struct str internal,
                             const char *where)
{
    e->id = find_symbol(ld, internal);
    if (e->id == LD_NO_SYM && pe_of(ld)->is64 && ld->opt.pe.stdcall_fixup != TRI_OFF) {
        e->id = find_symbol(ld, without_at(internal)); /* one .def file for both word sizes */
    }
    if (e->id != LD_NO_SYM) {
        ld_need(ld, e->id, LDS_KEEP | LDS_EXPORT);
        return true;
    }
    if (str_find(internal, '.') != SIZE_MAX && internal.p[0] != '.') {
        e->forward = internal;
        return is_forwarder(internal) ||
               diag_error(&ld->diag, "%s: '%.*s' is forwarded to '%.*s': it is DLL.NAME or DLL.#ORDINAL", where,
                          Q(e->name), Q(internal));
    }
    return diag_error(&ld->diag, "%s: exported symbol '%.*s' is not defined", where, Q(internal));
}

static void collect_directives(struct ld *ld, struct ld_file *f)
{
    const struct drectve *dv = &pe_file_of(f)->dv;
    for (size_t i = 0; i < dv->exports.n; i++) {
        const struct drectve_export *d = &dv->exports.p[i];
        struct pe_export e = {.name = d->export_as.len ? d->export_as : d->name,
                              .ordinal = d->ordinal, .has_ordinal = d->has_ordinal,
                              .noname = d->noname, .data = d->data, .is_private = d->is_private,
                              .file = f, .is_explicit = true};
        if (resolve_explicit(ld, &e, d->internal.len ? d->internal : d->name, ld_file_name(ld, f))) {
            /* compilers for MSVC write i386 symbols, not C's names: clients look for the latter */
            if (e.id != LD_NO_SYM && !d->internal.len && !d->export_as.len &&
                str_eq(ld_sym_name(ld, e.id), d->name)) {
                e.name = plain_name(ld, d->name);
            }
            e.why = arena_printf(&ld->arena, "a directive of %s", ld_file_name(ld, f));
            add_export(ld, e);
        }
    }
}

static void collect_def(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->def.exports.n; i++) {
        const struct def_export *d = &pe->def.exports.p[i];
        struct pe_export e = {.name = d->name, .ordinal = d->ordinal, .has_ordinal = d->has_ordinal,
                              .noname = d->noname, .data = d->data, .is_private = d->is_private,
                              .real_name = d->real_name, .is_explicit = true};
        const char *where = arena_printf(&ld->arena, "%s:%u", pe->def_path, d->line);
        if (resolve_explicit(ld, &e, d->internal.len ? d->internal : d->name, where)) {
            e.why = where;
            add_export(ld, e);
        }
    }
}

static bool is_imported(struct ld *ld, struct str symbol)
{
    const char *s = arena_printf(&ld->arena, "__imp_%.*s", Q(symbol));
    uint32_t id = ld_lookup(ld, str_c(s));
    return id != LD_NO_SYM && ld->tab.aux[id];
}

/* Does the version script name SYMBOL as global, by more than a lone "*"? */
static bool named_by_script(const struct ld *ld, struct str symbol)
{
    if (!ld->versions) {
        return false;
    }
    struct ver_match m = verscript_match(ld->versions, plain_name(ld, symbol));
    return m.found && !m.local && !ld->versions->patterns.p[m.pattern].star;
}

static bool hidden_by_script(const struct ld *ld, struct str symbol)
{
    if (!ld->versions) {
        return false;
    }
    struct ver_match m = verscript_match(ld->versions, plain_name(ld, symbol));
    return m.found && m.local;
}

/* Exports so far, by name. */
static void list_names(const struct pe *pe, struct strmap *names)
{
    for (size_t i = 0; i < pe->exports.n; i++) {
        strmap_put(names, pe->exports.p[i].name, 0, NULL);
    }
}

/* Everything that F defines, or (LIST) what the dynamic list names of it. NAMES are exported already; what has
   another name there is exported under its own as well. */
static void collect_all(struct ld *ld, struct ld_file *f, const struct version_script *list, const struct strmap *names)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        const struct symbol *s = &f->syms[i];
        if (id == LD_NO_SYM || ld_sym(ld, id)->file != f->idx || ld_sym(ld, id)->sym != i ||
            ld_sym(ld, id)->rank < RANK_COMMON || s->sec == SEC_ABS) {
            continue;
        }
        struct str name = plain_name(ld, s->name);
        if (ld_has(ld, id, LDS_EXPORT) &&
            strmap_get(names, ld->opt.pe.kill_at ? without_at(name) : name) != STRMAP_NONE) {
            continue;
        }
        if (hidden_by_script(ld, s->name) || (list ? !verscript_match(list, name).found
                                                   : name_excluded(ld, s->name, name) || is_imported(ld, s->name))) {
            continue;
        }
        bool placed = !sec_is_special(s->sec) && s->sec < f->obj.n_sections;
        bool code = placed && f->obj.sections[s->sec].flags & (SEC_CODE | SEC_EXEC);
        ld_need(ld, id, LDS_KEEP | LDS_EXPORT);
        add_export(ld, (struct pe_export){.name = name, .id = id, .file = f, .data = !code,
                                          .is_explicit = list || named_by_script(ld, s->name),
                                          .why = list ? "the dynamic list" : "everything is exported",
                                          .comdat = placed && f->obj.sections[s->sec].comdat != 0});
    }
}

/* One entry per name: the same export twice is one, with a warning if asked for; two ordinals for
   one name are an error. */
static int cmp_name(const void *x, const void *y)
{
    const struct pe_export *a = x, *b = y;
    int c = str_cmp(a->name, b->name);
    return c ? c : (int)b->has_ordinal - (int)a->has_ordinal;
}

static void drop_duplicates(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    size_t n = 0;
    for (size_t i = 0; i < pe->exports.n; i++) {
        struct pe_export *e = &pe->exports.p[i], *last = n ? &pe->exports.p[n - 1] : NULL;
        if (last && str_eq(last->name, e->name)) {
            if (e->has_ordinal && last->has_ordinal && e->ordinal != last->ordinal) {
                diag_error(&ld->diag, "%s: '%.*s' is exported with two ordinals, %u (%s) and %u", e->why, Q(e->name),
                           last->ordinal, last->why, e->ordinal);
            } else if (ld->opt.pe.warn_duplicate_exports) {
                diag_warning(&ld->diag, "duplicate export '%.*s'", Q(e->name));
            }
            last->data = last->data || e->data;
            last->is_private = last->is_private || e->is_private;
            continue;
        }
        pe->exports.p[n++] = *e;
    }
    pe->exports.n = n;
}

/* ---- more than an export table can hold ------------------------------------------------------------ */

/* Copies that every client makes for itself anyway, and needs least by name: 0 the library's own
   templates, 1 other templates and inline functions, 2 not to be left out. */
static int dispensable(const struct pe_export *e)
{
    static const char *const library[] = {"_ZNSt", "_ZNKSt", "_ZSt", "_ZNS", "_ZNKS", "_ZTI", "_ZTS",
                                          "_ZTV", "_ZN9__gnu_cxx", "_ZNK9__gnu_cxx", "_ZGV",
                                          "_ZN10__cxxabiv1"};
    if (e->is_explicit || !e->comdat) {
        return 2;
    }
    for (size_t i = 0; i < N(library); i++) {
        if (str_starts(e->name, str_c(library[i]))) {
            return 0;
        }
    }
    return 1;
}

static void count_source(struct strmap *counts, const struct pe_export *e)
{
    const struct ld_file *f = e->file;
    const char *name = !f ? "the .def file" : f->archive ? f->archive->input->path : f->input->path;
    ++*strmap_put(counts, str_c(name), 0, NULL);
}

/* Lines of the message before: which inputs, the largest counts first. Empties COUNTS. */
static void list_sources(struct ld *ld, struct strmap *counts)
{
    enum { SHOWN = 8 };
    for (uint32_t shown = 0; shown < SHOWN && shown < counts->n; shown++) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < counts->n; i++) {
            best = counts->entries[i].value > counts->entries[best].value ? i : best;
        }
        diag_continue(&ld->diag, ">>> %u from %.*s", counts->entries[best].value,
                      Q(counts->entries[best].key));
        counts->entries[best].value = 0;
    }
    uint32_t rest = 0;
    for (uint32_t i = 0; i < counts->n; i++) {
        rest += counts->entries[i].value;
    }
    if (rest) {
        diag_continue(&ld->diag, ">>> %u from %u other inputs", rest, counts->n - SHOWN);
    }
    strmap_free(counts);
}

static void report_contributors(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct strmap counts = {0};
    for (size_t i = 0; i < pe->exports.n; i++) {
        count_source(&counts, &pe->exports.p[i]);
    }
    diag_error(&ld->diag, "%zu symbols are exported; an export table holds %d", pe->exports.n,
               MAX_ORDINAL);
    list_sources(ld, &counts);
    diag_note(&ld->diag, "leave libraries out with --exclude-libs LIB,... or --exclude-libs ALL, or name "
                         "the exports in a .def file or a --version-script");
}

static void fit_ordinals(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    size_t over = pe->exports.n > MAX_ORDINAL ? pe->exports.n - MAX_ORDINAL : 0;
    size_t dropped[2] = {0};
    struct strmap counts = {0};
    for (int kind = 0; kind < 2 && over; kind++) {
        size_t n = 0;
        for (size_t i = 0; i < pe->exports.n; i++) {
            if (over && dispensable(&pe->exports.p[i]) == kind) {
                over--;
                dropped[kind]++;
                count_source(&counts, &pe->exports.p[i]);
            } else {
                pe->exports.p[n++] = pe->exports.p[i];
            }
        }
        pe->exports.n = n;
    }
    if (over) {
        strmap_free(&counts);
        report_contributors(ld);
    } else if (dropped[0] + dropped[1]) {
        diag_warning(&ld->diag,
                     "more than %d symbols to export: left out %zu copies of standard-library templates "
                     "and %zu of other templates and inline functions, which clients have of their own; "
                     "what a --version-script names or --export-dynamic-symbol=PATTERN matches is kept, and, "
                     "beside --export-all-symbols, what a .def file names", MAX_ORDINAL, dropped[0], dropped[1]);
        list_sources(ld, &counts);
    }
}

/* ---- ordinals ------------------------------------------------------------------------------------ */

/* E has the ordinal that one before it has. */
static void report_twice(struct ld *ld, const struct pe_export *e)
{
    const struct pe_export *first = pe_of(ld)->exports.p;
    while (!first->has_ordinal || first->ordinal != e->ordinal) {
        first++;
    }
    diag_error(&ld->diag, "%s: '%.*s' is given ordinal %u, which '%.*s' has (%s)", e->why, Q(e->name), e->ordinal,
               Q(first->name), first->why);
}

/* Given ordinals stay; the others fill the gaps from the base up, in name order. */
static void assign_ordinals(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    uint8_t *used = xcalloc(MAX_ORDINAL + 1, 1);
    uint32_t low = MAX_ORDINAL + 1, high = 0, n_given = 0;
    for (size_t i = 0; i < pe->exports.n; i++) {
        struct pe_export *e = &pe->exports.p[i];
        if (e->has_ordinal) {
            if (used[e->ordinal]) {
                report_twice(ld, e);
            }
            used[e->ordinal] = 1;
            n_given++;
            low = e->ordinal < low ? e->ordinal : low;
            high = e->ordinal > high ? e->ordinal : high;
        }
    }
    /* GNU's rule: from 1, unless a given ordinal lies beyond the count; then packed below it. */
    uint32_t n = (uint32_t)pe->exports.n, base = n_given && high > n ? high - n + 1 : 1;
    base = low < base ? low : base;
    uint32_t next = base;
    for (size_t i = 0; i < pe->exports.n; i++) {
        struct pe_export *e = &pe->exports.p[i];
        while (!e->has_ordinal && next <= MAX_ORDINAL && used[next]) {
            next++;
        }
        if (!e->has_ordinal) {
            if (next > MAX_ORDINAL) {
                diag_error(&ld->diag, "no ordinal is free for '%.*s'", Q(e->name));
                break;
            }
            e->ordinal = next;
            used[next] = 1;
        }
        high = e->ordinal > high ? e->ordinal : high;
    }
    pe->ordinal_base = base;
    pe->n_ordinals = pe->exports.n ? high - base + 1 : 0;
    free(used);
}

static void say(struct ld *ld, struct str name, const char *what, const char *why, const char *file)
{
    struct buf b = {0};
    buf_c(&b, '\'');
    buf_name(&b, name, name_style_for(STDOUT_FILENO));
    buf_printf(&b, "' %s: ", what);
    buf_name(&b, str_c(why), name_style_for(STDOUT_FILENO));
    if (file) {
        buf_puts(&b, "; defined in ");
        buf_name(&b, str_c(file), name_style_for(STDOUT_FILENO));
    }
    buf_c(&b, '\n');
    ld_print(ld, &b);
    buf_free(&b);
}

/* --why-export */
static void why_export(struct ld *ld, struct str name, bool all)
{
    const struct pe *pe = pe_of(ld);
    const char *why = NULL;
    for (size_t i = 0; i < pe->exports.n && !why; i++) {
        why = str_eq(pe->exports.p[i].name, name) ? pe->exports.p[i].why : NULL;
    }
    if (why) {
        say(ld, name, "is exported", why, NULL);
        return;
    }
    uint32_t id = find_symbol(ld, name);
    const struct ld_sym *g = id == LD_NO_SYM ? NULL : ld_sym(ld, id);
    const struct ld_file *f = g ? ld_file(ld, g->file) : NULL;
    if (!f) {
        why = "nothing defines it";
    } else if (f->kind != LD_OBJECT) {
        why = "it is imported, or the linker defines it";
    } else if (!all) {
        why = pe->is_dll ? "others are exported by name, and it is not among them"
                         : "a program exports only what it is asked to";
    } else if (file_excluded(ld, f)) {
        why = "the file that defines it is excluded";
    } else if (name_excluded(ld, ld_sym_name(ld, id), name)) {
        why = "its name is excluded";
    } else {
        why = hidden_by_script(ld, ld_sym_name(ld, id)) ? "the version script hides it" : "it is an import or absolute";
    }
    say(ld, name, "is not exported", why, f && f->input ? ld_file_name(ld, f) : NULL);
}

/* Is there a table in the objects already (dlltool -e)? Then nothing is exported by default: it is the table. */
static bool has_table(const struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 1; f->kind == LD_OBJECT && i < f->obj.n_sections; i++) {
            if (str_is(f->obj.sections[i].name, ".edata") && f->obj.sections[i].size) {
                return true;
            }
        }
    }
    return false;
}

/* Which symbols are exported. After resolution, before gc (they are roots). */
bool pe_collect_exports(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && pe_file_of(f)) {
            collect_directives(ld, f);
        }
    }
    collect_def(ld);
    /* the dynamic list adds: beside it a DLL exports what it would without */
    bool all = !o->exclude_all_symbols &&
               (o->export_all_symbols || (pe->is_dll && pe->exports.n == 0 && !has_table(ld)));
    struct strmap names = {0};
    list_names(pe, &names);
    for (size_t k = 2; pe->dynlist && k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && pe_file_of(f)) {
            collect_all(ld, f, pe->dynlist, &names);
        }
    }
    if (pe->dynlist) {
        list_names(pe, &names);
    }
    for (size_t k = 2; all && k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && pe_file_of(f) && !file_excluded(ld, f)) {
            collect_all(ld, f, NULL, &names);
        }
    }
    strmap_free(&names);
    if (o->why_export) {
        why_export(ld, str_c(o->why_export), all);
    }
    if (!pe->exports.n) {
        return diag_ok(&ld->diag);
    }
    qsort(pe->exports.p, pe->exports.n, sizeof *pe->exports.p, cmp_name);
    drop_duplicates(ld);
    fit_ordinals(ld);
    if (diag_ok(&ld->diag)) {
        assign_ordinals(ld);
    }
    ld_count(ld, "exports", pe->exports.n);
    return diag_ok(&ld->diag);
}

/* The DLL's name for it: with "==" in a .def file another one than the import library's. */
static struct str table_name(const struct pe_export *e)
{
    return e->real_name.len ? e->real_name : e->name;
}

static int cmp_table_name(const void *x, const void *y)
{
    const struct pe_export *const *a = x, *const *b = y;
    return str_cmp(table_name(*a), table_name(*b));
}

/* Exports with names, sorted as the loader searches them: N of them, in the arena. */
static const struct pe_export **by_table_name(struct ld *ld, uint32_t *n)
{
    const struct pe *pe = pe_of(ld);
    const struct pe_export **list = ARENA_ARRAY(&ld->arena, const struct pe_export *, pe->exports.n + 1);
    bool renamed = false;
    *n = 0;
    for (size_t i = 0; i < pe->exports.n; i++) {
        const struct pe_export *e = &pe->exports.p[i];
        renamed = renamed || e->real_name.len;
        if (!e->noname) {
            list[(*n)++] = e;
        }
    }
    if (renamed) {
        qsort(list, *n, sizeof *list, cmp_table_name);
    }
    return list;
}

/* ---- .edata -------------------------------------------------------------------------------------- */

static void write_edata(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct pe *pe = pe_of(ld);
    uint64_t base = ld_chunk_addr(ld, c);
    const struct pe_export *const *named = c->priv;
    uint32_t eat = DIRECTORY_LEN, names = eat + 4 * pe->n_ordinals, ords = names + 4 * pe->n_names;
    uint32_t text = ords + 2 * pe->n_names;
    memset(out, 0, (size_t)c->size);
    put_u32le(out + 12, (uint32_t)(base + text));
    put_u32le(out + 16, pe->ordinal_base);
    put_u32le(out + 20, pe->n_ordinals);
    put_u32le(out + 24, pe->n_names);
    put_u32le(out + 28, (uint32_t)(base + eat));
    put_u32le(out + 32, (uint32_t)(base + names));
    put_u32le(out + 36, (uint32_t)(base + ords));
    memcpy(out + text, pe->dll_name.p, pe->dll_name.len);
    text += (uint32_t)pe->dll_name.len + 1;
    for (size_t i = 0; i < pe->exports.n; i++) {
        const struct pe_export *e = &pe->exports.p[i];
        uint64_t rva;
        if (e->forward.len) {
            rva = base + text;
            memcpy(out + text, e->forward.p, e->forward.len);
            text += (uint32_t)e->forward.len + 1;
        } else {
            rva = ld->tab.values[e->id];
        }
        put_u32le(out + eat + 4 * (e->ordinal - pe->ordinal_base), (uint32_t)rva);
    }
    for (uint32_t k = 0; k < pe->n_names; k++) {
        struct str name = table_name(named[k]);
        put_u32le(out + names + 4 * k, (uint32_t)(base + text));
        put_u16le(out + ords + 2 * k, (uint16_t)(named[k]->ordinal - pe->ordinal_base));
        memcpy(out + text, name.p, name.len);
        text += (uint32_t)name.len + 1;
    }
}

/* The table's size, before layout. */
void pe_make_edata(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"exports", write_edata};
    struct pe *pe = pe_of(ld);
    if (!pe->exports.n) {
        return;
    }
    uint64_t size = DIRECTORY_LEN + 4 * (uint64_t)pe->n_ordinals + pe->dll_name.len + 1;
    for (size_t i = 0; i < pe->exports.n; i++) {
        const struct pe_export *e = &pe->exports.p[i];
        size += e->forward.len ? e->forward.len + 1 : 0;
        size += e->noname ? 0 : 6 + table_name(e).len + 1;
        struct pe_import *im = e->forward.len ? NULL : pe_import_of(ld, e->id);
        if (im) { /* what comes from another DLL is exported as its thunk */
            ld_need(ld, im->imp_id, LDS_SLOT | LDS_THUNK);
        }
    }
    struct ld_chunk *c = ld_new_chunk(ld, &ops, size, 2, by_table_name(ld, &pe->n_names));
    pe_bucket_add(ld, pe_standard_osec(ld, ".edata"), 0, c);
}

/* A name as a .def file holds it: in quotes where the parser would not take it for one word. False, with a message,
   if there is no way to write it: it would be read as something else, another line perhaps. */
static bool put_def_name(struct ld *ld, struct buf *b, struct str name, bool quote)
{
    static const char *const keywords[] = {"NAME", "LIBRARY", "DESCRIPTION", "STACKSIZE", "HEAPSIZE", "CODE",
                                           "DATA", "SECTIONS", "SEGMENTS", "EXPORTS", "IMPORTS", "VERSION",
                                           "NONAME", "CONSTANT", "PRIVATE"};
    quote = quote || !name.len || name.p[0] == '@' || name.p[0] == '#';
    for (size_t i = 0; i < name.len && !quote; i++) {
        quote = name.p[i] <= ' ' || strchr(";=,\"'{", name.p[i]) != NULL;
    }
    for (size_t i = 0; i < N(keywords) && !quote; i++) {
        quote = str_caseeq(name, str_c(keywords[i]));
    }
    bool twofold = str_find(name, '"') != SIZE_MAX;
    const char *q = !quote ? "" : twofold ? "'" : "\"";
    if (str_find(name, '\n') != SIZE_MAX || str_find(name, '\r') != SIZE_MAX ||
        (twofold && str_find(name, '\'') != SIZE_MAX)) {
        return diag_error(&ld->diag, "%s: a .def file cannot hold the name '%.*s'", ld->opt.pe.output_def, Q(name));
    }
    buf_puts(b, q);
    buf_str(b, name);
    buf_puts(b, q);
    return true;
}

/* What stands before the exports: the name, and what the .def files that were given say of the image. */
static bool put_def_head(struct ld *ld, struct buf *b)
{
    const struct pe *pe = pe_of(ld);
    const struct def_file *d = &pe->def;
    bool ok = true;
    if (pe->is_dll || d->name.len) {
        buf_puts(b, pe->is_dll ? "LIBRARY " : "NAME ");
        ok = put_def_name(ld, b, pe->is_dll ? pe->dll_name : d->name, true);
        if (pe->asked_base) { /* in decimal: llvm-dlltool reads no other numbers */
            buf_printf(b, " BASE=%llu", (unsigned long long)ld->image_base);
        }
        buf_puts(b, "\n");
    }
    if (d->has_version) {
        buf_printf(b, "VERSION %u.%u\n", d->major, d->minor);
    }
    if (d->has_stack) {
        buf_printf(b, "STACKSIZE %llu,%llu\n", (unsigned long long)pe->stack_reserve,
                   (unsigned long long)pe->stack_commit);
    }
    if (d->has_heap) {
        buf_printf(b, "HEAPSIZE %llu,%llu\n", (unsigned long long)pe->heap_reserve,
                   (unsigned long long)pe->heap_commit);
    }
    return ok;
}

/* --output-def */
bool pe_write_def(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    const char *path = ld->opt.pe.output_def;
    struct buf b = {0};
    if (!path) {
        return true;
    }
    buf_puts(&b, "; module definition file written by objkit ld\n");
    bool ok = put_def_head(ld, &b);
    buf_puts(&b, "EXPORTS\n");
    for (size_t i = 0; i < pe->exports.n; i++) {
        const struct pe_export *e = &pe->exports.p[i];
        buf_puts(&b, "    ");
        struct str from = e->forward.len || e->id == LD_NO_SYM ? e->forward
                                                               : plain_name(ld, ld_sym_name(ld, e->id));
        ok = put_def_name(ld, &b, e->name, false) && ok;
        if (from.len && !str_eq(from, e->name)) {
            buf_puts(&b, " = ");
            ok = put_def_name(ld, &b, from, false) && ok;
        }
        buf_printf(&b, " @%u%s%s%s", e->ordinal, e->noname ? " NONAME" : "", e->data ? " DATA" : "",
                   e->is_private ? " PRIVATE" : "");
        if (e->real_name.len) {
            buf_puts(&b, " == ");
            ok = put_def_name(ld, &b, e->real_name, false) && ok;
        }
        buf_c(&b, '\n');
    }
    if (!ok) {
        buf_free(&b);
        return false;
    }
    struct outfile o;
    int err = outfile_begin(&o, path, 0666);
    if (!err) {
        err = outfile_write(&o, b.p, b.n);
        err ? outfile_abort(&o) : (void)(err = outfile_commit(&o));
    }
    buf_free(&b);
    return err ? diag_errno(&ld->diag, path, err) : true;
}

/* What --exclude-modules-for-implib names, as members of the import library. */
static void list_modules(struct ld *ld, struct implib_spec *spec)
{
    size_t n = 0;
    struct implib_object *list = NULL;
    for (size_t k = 2; ld->opt.pe.exclude_modules_for_implib.n && k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && pe_file_of(f) && goes_into_implib(ld, f)) {
            list = list ? list : ARENA_ARRAY(&ld->arena, struct implib_object, ld->files.n);
            list[n++] = (struct implib_object){f->archive ? f->origin.name : str_basename(str_c(f->input->path)),
                                               f->obj.bytes};
        }
    }
    spec->objects = list;
    spec->n_objects = n;
}

/* What programs call it. --kill-at took @N off the exported name; they still use the decorated one. */
static struct str implib_symbol(struct ld *ld, const struct pe_export *e)
{
    if (e->decorated.len || !ld->opt.pe.kill_at || e->forward.len || e->id == LD_NO_SYM) {
        return e->decorated.len ? e->decorated : e->name;
    }
    struct str defined = plain_name(ld, ld_sym_name(ld, e->id));
    return str_eq(without_at(defined), e->name) ? defined : e->name;
}

/* --out-implib: what others link against. */
bool pe_write_implib(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const char *path = ld->opt.pe.out_implib, *format = ld->opt.pe.implib_format;
    if (!path) {
        return true;
    }
    struct implib_export *list = ARENA_ARRAY(&ld->arena, struct implib_export, pe->exports.n);
    struct implib_spec spec = {.machine = (uint32_t)machine_info(ld->machine)->coff,
                               .dll = pe->dll_name, .exports = list, .nul_prefixed = ld->opt.pe.nul_prefixed};
    if (format && strcmp(format, "short") == 0) {
        spec.format = IMPLIB_FORMAT_SHORT;
    }
    uint32_t n_named;
    const struct pe_export **named = by_table_name(ld, &n_named);
    uint16_t *hints = ARENA_ARRAY(&ld->arena, uint16_t, pe->exports.n + 1);
    for (uint32_t k = 0; k < n_named; k++) {
        hints[named[k] - pe->exports.p] = (uint16_t)k;
    }
    for (size_t i = 0; i < pe->exports.n; i++) {
        const struct pe_export *e = &pe->exports.p[i];
        if (e->is_private) {
            continue;
        }
        struct str symbol = implib_symbol(ld, e);
        struct str prefix = pe_is_bare(symbol) ? S("") : pe->prefix, old_imp = {"", 0};
        if (ld->opt.pe.compat_implib) {
            old_imp = str_c(arena_printf(&ld->arena, "___imp_%.*s", Q(symbol)));
        }
        symbol = str_c(arena_printf(&ld->arena, "%.*s%.*s", Q(prefix), Q(symbol)));
        list[spec.n_exports++] =
            (struct implib_export){.symbol = symbol, .old_imp = old_imp, .name = table_name(e),
                                   .ordinal = e->ordinal, .hint = hints[i], .noname = e->noname, .data = e->data};
    }
    list_modules(ld, &spec);
    return implib_save(&spec, path, ld->pool, &ld->diag);
}
