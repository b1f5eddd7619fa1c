/* directives.c - what the objects' .drectve sections do to the link.

   Header values from the command line and a .def file come first; of several objects the first one
   counts. Source: PE format, "The .drectve Section"; MSVC LINK options; spec pe-ld 3.8. */
#include <stdio.h>
#include <string.h>

#include "ld/pe/pe.h"
#include "obj/coff_fmt.h"

struct asked {
    struct str name, value;
    struct ld_file *file;
};

struct pe_directives {
    struct strmap by_key, by_alternate, by_lib, without_libs;
    VEC(struct asked) mismatches, alternates, libs, merges, sections;
    VEC(uint32_t) guard_ids;
    size_t libs_loaded;
    bool no_default_libs, has_subsystem, has_entry, has_stack, has_heap;
};

static struct pe_directives *state(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (!pe->directives) {
        pe->directives = ARENA_NEW(&ld->arena, struct pe_directives);
    }
    return pe->directives;
}

/* ---- as each file is added ------------------------------------------------------------------------ */

static void check_mismatch(struct ld *ld, struct ld_file *f, const struct drectve_pair *p)
{
    struct pe_directives *d = state(ld);
    bool added;
    uint32_t i = *strmap_put(&d->by_key, p->name, (uint32_t)d->mismatches.n, &added);
    if (added) {
        vec_push(&d->mismatches, (struct asked){p->name, p->value, f});
    } else if (!str_eq(d->mismatches.p[i].value, p->value)) {
        diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                    "'%.*s' is '%.*s' here and '%.*s' in %s; objects with different values cannot be linked "
                    "together", Q(p->name), Q(p->value), Q(d->mismatches.p[i].value),
                    ld_file_name(ld, d->mismatches.p[i].file));
    }
}

static void take_libs(struct ld *ld, struct ld_file *f, const struct drectve *dv)
{
    struct pe_directives *d = state(ld);
    for (size_t i = 0; i < dv->no_libs.n; i++) {
        strmap_put(&d->without_libs, dv->no_libs.p[i], 1, NULL);
    }
    d->no_default_libs = d->no_default_libs || dv->no_default_libs;
    for (size_t i = 0; i < dv->default_libs.n; i++) {
        bool added;
        strmap_put(&d->by_lib, dv->default_libs.p[i], 1, &added);
        if (added) {
            vec_push(&d->libs, (struct asked){dv->default_libs.p[i], S(""), f});
        }
    }
}

static void take_header_values(struct ld *ld, struct ld_file *f, const struct drectve *dv)
{
    struct pe *pe = pe_of(ld);
    struct pe_directives *d = state(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    const char *name = ld_file_name(ld, f);
    if (dv->subsystem.len && !o->subsystem && !d->has_subsystem) {
        d->has_subsystem = true;
        pe_set_subsystem(ld, dv->subsystem, name);
    }
    if (dv->entry.len && !ld->opt.entry && !d->has_entry) {
        d->has_entry = true;
        pe->entry_optional = false;
        uint32_t id = ld_lookup(ld, dv->entry);
        struct str plain = str_c(arena_printf(&ld->arena, "%.*s%.*s", Q(pe->prefix), Q(dv->entry)));
        bool as_is = id != LD_NO_SYM && ld_is_defined(ld_sym(ld, id));
        ld->entry = ld_reference(ld, as_is ? dv->entry : plain);
    }
    if (dv->stack.len && !o->stack && !pe->def.has_stack && !d->has_stack) {
        d->has_stack = true;
        pe_set_sizes(ld, arena_printf(&ld->arena, "%s: stack:", name), dv->stack, &pe->stack_reserve,
                     &pe->stack_commit);
    }
    if (dv->heap.len && !o->heap && !pe->def.has_heap && !d->has_heap) {
        d->has_heap = true;
        pe_set_sizes(ld, arena_printf(&ld->arena, "%s: heap:", name), dv->heap, &pe->heap_reserve, &pe->heap_commit);
    }
}

bool pe_take_directives(struct ld *ld, struct ld_file *f)
{
    struct pe *pe = pe_of(ld);
    const struct drectve *dv = &pe_file_of(f)->dv;
    for (size_t i = 0; i < dv->exclude_symbols.n; i++) {
        strmap_put(&pe->excluded, dv->exclude_symbols.p[i], 1, NULL);
    }
    for (size_t i = 0; i < dv->includes.n; i++) {
        ld_reference(ld, dv->includes.p[i]);
    }
    if (!dv->acts_on_link) {
        return true;
    }
    struct pe_directives *d = state(ld);
    for (size_t i = 0; i < dv->mismatch.n; i++) {
        check_mismatch(ld, f, &dv->mismatch.p[i]);
    }
    for (size_t i = 0; i < dv->alternatename.n; i++) {
        bool added;
        const struct drectve_pair *p = &dv->alternatename.p[i];
        uint32_t k = *strmap_put(&d->by_alternate, p->name, (uint32_t)d->alternates.n, &added);
        if (added) {
            vec_push(&d->alternates, (struct asked){p->name, p->value, f});
        } else if (!str_eq(d->alternates.p[k].value, p->value)) {
            diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                        "the alternate of '%.*s' is '%.*s' here and '%.*s' in %s", Q(p->name), Q(p->value),
                        Q(d->alternates.p[k].value), ld_file_name(ld, d->alternates.p[k].file));
        }
    }
    for (size_t i = 0; i < dv->merges.n; i++) {
        vec_push(&d->merges, (struct asked){dv->merges.p[i].name, dv->merges.p[i].value, f});
    }
    for (size_t i = 0; i < dv->sections.n; i++) {
        vec_push(&d->sections, (struct asked){dv->sections.p[i].name, dv->sections.p[i].value, f});
    }
    for (size_t i = 0; i < dv->guardsyms.n; i++) {
        vec_push(&d->guard_ids, ld_intern(ld, dv->guardsyms.p[i]));
    }
    take_libs(ld, f, dv);
    take_header_values(ld, f, dv);
    return diag_ok(&ld->diag);
}

/* ---- when symbols are still undefined ---------------------------------------------------------------- */

/* "foo", "foo.lib", "libfoo.a" or a path. */
static struct ld_input *find_default_lib(struct ld *ld, struct str name)
{
    struct ld_state st = {0};
    bool path = str_find(name, '/') != SIZE_MAX || str_find(name, '\\') != SIZE_MAX;
    if (path) {
        return ld_open_input(ld, arena_strdup(&ld->arena, name), false);
    }
    struct str exact = str_c(arena_printf(&ld->arena, ":%.*s", Q(name)));
    struct ld_input *in = ld_find_library(ld, exact, &st);
    struct str ext = name.len > 4 ? str_skip(name, name.len - 4) : S("");
    struct str stem = str_caseeq(ext, S(".lib")) ? str_head(name, name.len - 4) : name;
    return in ? in : ld_find_library(ld, stem, &st);
}

/* Adds the libraries that directives ask for, behind those of the command line. True if there is one. */
static bool load_default_libs(struct ld *ld, struct pe_directives *d)
{
    bool more = false;
    for (; d->libs_loaded < d->libs.n; d->libs_loaded++) {
        const struct asked *a = &d->libs.p[d->libs_loaded];
        struct ld_state st = {0};
        if (d->no_default_libs || strmap_get(&d->without_libs, a->name) != STRMAP_NONE) {
            continue;
        }
        struct ld_input *in = find_default_lib(ld, a->name);
        if (!in) {
            diag_report(&ld->diag, SEV_WARNING, ld_file_origin(a->file), DIAG_NO_OFFSET,
                        "cannot find library '%.*s', which a directive asks for", Q(a->name));
            continue;
        }
        size_t first = ld->items.n;
        if (!ld_add_input(ld, in, &st)) {
            return false;
        }
        for (size_t i = first; i < ld->items.n; i++) {
            if (ld->items.p[i].kind == ITEM_FILE) {
                (void)ld_add_late(ld, &ld->items.p[i].file, 1);
            }
        }
        more = true;
    }
    return more;
}

/* alternatename:A=B: an undefined A is B. */
static bool use_alternates(struct ld *ld, struct pe_directives *d)
{
    bool more = false;
    for (size_t i = 0; i < d->alternates.n; i++) {
        uint32_t id = ld_lookup(ld, d->alternates.p[i].name);
        if (id == LD_NO_SYM || ld_sym(ld, id)->rank != RANK_UNDEF || ld_has(ld, id, LDS_AUTO)) {
            continue;
        }
        uint32_t to = ld_lookup(ld, d->alternates.p[i].value);
        if (to == LD_NO_SYM || ld_sym(ld, to)->rank < RANK_UNDEF) {
            ld_reference(ld, d->alternates.p[i].value);
            more = true;
        } else if (ld_sym(ld, to)->rank >= RANK_WEAK_EXT) {
            pe_alias_to(ld, id, to);
        }
    }
    return more;
}

/* --weak-library-search: weak externals of kind 2 (SEARCH_LIBRARY) take archive members, as a plain
   reference does. For one search they are such references; the ones that found nothing get their default
   back. True if there is something to search for. */
static bool search_weak(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (pe->searching) {
        for (size_t i = 0; i < pe->searched.n; i++) {
            struct ld_sym *g = ld_sym(ld, pe->searched.p[i]);
            g->rank = g->rank == RANK_UNDEF ? RANK_WEAK_EXT : g->rank;
        }
        pe->searching = false;
        return false;
    }
    pe->searched.n = 0;
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        struct ld_sym *g = ld_sym(ld, id);
        const struct symbol *s = g->rank == RANK_WEAK_EXT ? ld_definition(ld, id) : NULL;
        if (s && s->weak_kind == 2) {
            g->rank = RANK_UNDEF;
            vec_push(&pe->searched, id);
        }
    }
    pe->searching = pe->searched.n > 0;
    pe->searched_all = true;
    return pe->searching;
}

bool pe_unresolved(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (ld->opt.pe.weak_library_search && (pe->searching || !pe->searched_all) && search_weak(ld)) {
        return true;
    }
    struct pe_directives *d = pe_of(ld)->directives;
    if (d && load_default_libs(ld, d)) {
        return true;
    }
    bool more = d && use_alternates(ld, d);
    return pe_auto_import(ld) || more;
}

/* ---- sections ------------------------------------------------------------------------------------------ */

/* Sections whose contents, or whose directory, are made by the linker. */
static bool is_fixed(struct str name)
{
    static const char *const fixed[] = {".rsrc", ".reloc", ".pdata", ".idata", ".edata", ".didat", ".tls",
                                        ".buildid"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (str_is(name, fixed[i])) {
            return true;
        }
    }
    return false;
}

const char *pe_merged_name(struct ld *ld, const char *name)
{
    const struct pe_directives *d = pe_of(ld)->directives;
    struct str cur = str_c(name);
    for (size_t step = 0; d && step <= d->merges.n; step++) {
        size_t i = 0;
        while (i < d->merges.n && !str_eq(d->merges.p[i].name, cur)) {
            i++;
        }
        if (i == d->merges.n) {
            break;
        }
        if (is_fixed(cur) || is_fixed(d->merges.p[i].value)) {
            diag_report(&ld->diag, SEV_WARNING, ld_file_origin(d->merges.p[i].file), DIAG_NO_OFFSET,
                        "section %.*s cannot be merged into %.*s; the directive is ignored", Q(cur),
                        Q(d->merges.p[i].value));
            break;
        }
        cur = d->merges.p[i].value;
    }
    return str_is(cur, name) ? name : arena_strdup(&ld->arena, cur);
}

/* "RWS", "ERW!S" ...: E, R and W say all of the access; the others are set, or cleared after '!'. */
static bool apply_attributes(uint64_t *flags, struct str text)
{
    enum { ACCESS = IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE | IMAGE_SCN_MEM_EXECUTE };
    static const struct {
        char letter;
        uint32_t flag;
    } letters[] = {{'E', IMAGE_SCN_MEM_EXECUTE}, {'X', IMAGE_SCN_MEM_EXECUTE}, {'R', IMAGE_SCN_MEM_READ},
                   {'W', IMAGE_SCN_MEM_WRITE}, {'S', IMAGE_SCN_MEM_SHARED},
                   {'D', IMAGE_SCN_MEM_DISCARDABLE}, {'K', 0x04000000}, {'P', 0x08000000}};
    uint32_t set = 0, clear = 0;
    bool no = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i] >= 'a' && text.p[i] <= 'z' ? (char)(text.p[i] - 32) : text.p[i];
        size_t k = 0;
        if (c == '!') {
            no = true;
            continue;
        }
        while (k < sizeof letters / sizeof *letters && letters[k].letter != c) {
            k++;
        }
        if (k == sizeof letters / sizeof *letters) {
            return false;
        }
        *(no ? &clear : &set) |= letters[k].flag;
        no = false;
    }
    *flags &= ~(uint64_t)(clear | (set & ACCESS ? (uint32_t)ACCESS : 0));
    *flags |= set;
    return true;
}

/* SECTIONS, CODE and DATA of a .def file. Access that is named is all of it, as in a directive. */
static void apply_def_sections(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->def.sections.n; i++) {
        const struct def_section *s = &pe->def.sections.p[i];
        uint32_t idx = strmap_get(&ld->osec_by_name, s->name);
        if (idx == STRMAP_NONE) {
            diag_warning(&ld->diag, "%s:%u: there is no section '%.*s'", pe->def_path, s->line, Q(s->name));
            continue;
        }
        char text[8];
        snprintf(text, sizeof text, "%s%s%s%s", s->read ? "R" : "", s->write ? "W" : "", s->execute ? "E" : "",
                 s->shared ? "S" : s->nonshared ? "!S" : "");
        (void)apply_attributes(&ld->osecs.p[idx]->raw_flags, str_c(text));
    }
}

void pe_section_directives(struct ld *ld)
{
    apply_def_sections(ld);
    const struct pe_directives *d = pe_of(ld)->directives;
    for (size_t i = 0; d && i < d->sections.n; i++) {
        const struct asked *a = &d->sections.p[i];
        uint32_t idx = strmap_get(&ld->osec_by_name, a->name);
        if (idx != STRMAP_NONE && !apply_attributes(&ld->osecs.p[idx]->raw_flags, a->value)) {
            diag_report(&ld->diag, SEV_WARNING, ld_file_origin(a->file), DIAG_NO_OFFSET,
                        "directive 'section:%.*s,%.*s' is malformed", Q(a->name), Q(a->value));
        }
    }
}

size_t pe_guard_symbols(const struct ld *ld, const uint32_t **ids)
{
    const struct pe_directives *d = pe_of(ld)->directives;
    *ids = d ? d->guard_ids.p : NULL;
    return d ? d->guard_ids.n : 0;
}

void pe_directives_end(struct ld *ld)
{
    struct pe_directives *d = pe_of(ld)->directives;
    if (d) {
        strmap_free(&d->by_key);
        strmap_free(&d->by_alternate);
        strmap_free(&d->by_lib);
        strmap_free(&d->without_libs);
        vec_free(&d->mismatches);
        vec_free(&d->alternates);
        vec_free(&d->libs);
        vec_free(&d->merges);
        vec_free(&d->sections);
        vec_free(&d->guard_ids);
    }
}
