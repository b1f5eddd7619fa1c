/* symbols.c - which libraries are needed, what is exported, what may be preempted at run time, and the
   names that the linker itself defines.

   The rules, for a name with a definition in an object: hidden and internal ones, and those a version
   script makes local, stay inside. A shared library exports the rest; a program exports what a library
   of the link mentions, and all of it with --export-dynamic. What a shared library exports can be
   replaced by another module, unless it is protected or -Bsymbolic binds it. Source: gABI, "Symbol
   visibility"; GNU ld manual. */
#include <stdio.h>
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* ---- needed libraries -------------------------------------------------------------------------------- */

/* Writes: `needed` of shared libraries (only ever to true). */
static void note_needed(void *ctx, size_t i, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[i + 2];
    (void)worker;
    if (f->kind != LD_OBJECT || f->bad || f->skip) {
        return;
    }
    for (uint32_t k = f->obj.first_global; k < f->n_syms; k++) {
        const struct symbol *s = &f->syms[k];
        uint32_t id = f->ids[k];
        if (s->sec != SEC_UNDEF || s->binding == BIND_WEAK || id == LD_NO_SYM ||
            ld_sym(ld, id)->rank != RANK_SHARED) {
            continue;
        }
        bool *needed = &ld_file(ld, ld_sym(ld, id)->file)->needed;
        if (!__atomic_load_n(needed, __ATOMIC_RELAXED)) {
            __atomic_store_n(needed, true, __ATOMIC_RELAXED);
        }
    }
}

/* Is library F needed as the command line names it in another place? The definitions in use are the first one's. */
static bool is_needed_twice(const struct ld *ld, const struct ld_file *f)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *g = ld->files.p[k];
        if (g->kind == LD_SHARED && !g->bad && (g->needed || !g->state.as_needed) &&
            str_eq(elf_file(g)->soname, elf_file(f)->soname)) {
            return true;
        }
    }
    return false;
}

/* A library that nothing needs gives no definitions either: weak references to it stay undefined. */
static void drop_unneeded(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind != LD_SHARED || f->bad) {
            continue;
        }
        f->needed = f->needed || !f->state.as_needed || is_needed_twice(ld, f);
        for (uint32_t i = 0; !f->needed && i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            if (id != LD_NO_SYM && ld_sym(ld, id)->rank == RANK_SHARED &&
                ld_sym(ld, id)->file == f->idx) {
                ld_sym(ld, id)->rank = RANK_UNDEF_WEAK;
            }
        }
    }
}

/* ---- exports ----------------------------------------------------------------------------------------- */

/* --exclude-libs: is F a member of one of the named archives? */
static bool is_excluded(const struct ld *ld, const struct ld_file *f)
{
    const ld_strings *libs = &ld->opt.exclude_libs;
    if (!f->archive || !libs->n) {
        return false;
    }
    struct str path = f->origin.parent ? f->origin.parent->name : (struct str){0};
    struct str base = str_basename(path), stem = base;
    if (str_ends(stem, S(".a"))) {
        stem.len -= 2;
    }
    for (size_t i = 0; i < libs->n; i++) {
        struct str want = str_c(libs->p[i]);
        if (str_is(want, "ALL") || str_eq(want, base) || str_eq(want, stem)) {
            return true;
        }
    }
    return false;
}

static bool is_data(const struct symbol *s)
{
    return s && (s->type == SYM_OBJECT || s->type == SYM_COMMON || s->type == SYM_TLS);
}

static bool in_dynlist(const struct ld *ld, uint32_t id)
{
    const struct elf_link *e = elf_of_ld(ld);
    return (ld->opt.elf.dynamic_list_data && is_data(ld_definition(ld, id))) ||
           (e->has_dynlist && verscript_match(e->dynlist, ld_sym_name(ld, id)).found);
}

static bool wants_export(const struct ld *ld, const struct elf_link *e, uint32_t id)
{
    if (e->shared || ld->opt.export_dynamic || ld_has(ld, id, LDS_REF_SHARED)) {
        return true;
    }
    return in_dynlist(ld, id);
}

static bool is_local_by_version(const struct elf_link *e, struct str name)
{
    struct ver_match m = verscript_match(e->versions, name);
    return m.found && m.local && !memchr(name.p, '@', name.len);
}

/* A symbol that the linker has made: VIS is its own visibility, ASKED that of the references to it. */
void elf_show_made(struct ld *ld, uint32_t id, uint8_t vis, uint8_t asked)
{
    static const uint8_t rank[] = {[VIS_DEFAULT] = 0, [VIS_PROTECTED] = 1, [VIS_HIDDEN] = 2, [VIS_INTERNAL] = 3};
    struct elf_link *e = elf_of_ld(ld);
    vis = rank[asked] > rank[vis] ? asked : vis;
    ld_sym(ld, id)->vis = vis;
    if (vis == VIS_HIDDEN || vis == VIS_INTERNAL) {
        return;
    }
    if (e->has_versions && is_local_by_version(e, ld_sym_name(ld, id))) {
        ld_need(ld, id, LDS_LOCAL);
    } else if (wants_export(ld, e, id)) {
        ld_need(ld, id, LDS_EXPORT);
    }
}

/* Sets LDS_LOCAL and LDS_EXPORT of what F defines. Writes only symbols that F owns. */
static void export_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct elf_link *e = elf_of_ld(ld);
    struct ld_file *f = ld->files.p[k + 1];
    (void)worker;
    if (f->kind == LD_SHARED || f->bad || f->skip) {
        return;
    }
    bool excluded = is_excluded(ld, f);
    for (uint32_t i = f->kind == LD_OBJECT ? f->obj.first_global : 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (id == LD_NO_SYM) {
            continue;
        }
        const struct ld_sym *g = ld_sym(ld, id);
        if (g->file != f->idx || g->sym != i || g->rank < RANK_COMMON) {
            continue;
        }
        bool local = excluded || g->vis == VIS_HIDDEN || g->vis == VIS_INTERNAL;
        if (!local && e->has_versions && !(f->syms[i].flags & SYMF_EXPORTED)) {
            local = is_local_by_version(e, ld_sym_name(ld, id));
        }
        if (local) {
            ld_need(ld, id, LDS_LOCAL);
        } else if (wants_export(ld, e, id)) {
            ld_need(ld, id, LDS_EXPORT);
        }
    }
}

void elf_export_symbols(struct ld *ld)
{
    parallel_for(ld->pool, ld->files.n > 2 ? ld->files.n - 2 : 0, 4, note_needed, ld);
    drop_unneeded(ld);
    struct elf_link *e = elf_of_ld(ld);
    bool any_shared = false;
    e->has_versions = e->versions->nodes.n > 0;
    for (size_t k = 2; k < ld->files.n; k++) {
        any_shared |= ld->files.p[k]->kind == LD_SHARED;
    }
    e->dynamic = e->pic || any_shared || ld->opt.export_dynamic;
    if (ld->opt.kind == OUT_RELOCATABLE) {
        e->dynamic = false;
    }
    e->has_interp = e->dynamic && !e->shared && !ld->opt.elf.no_dynamic_linker &&
                    (any_shared || ld->opt.elf.dynamic_linker || !ld->opt.is_static);
    parallel_for(ld->pool, ld->files.n - 1, 4, export_file, ld);
}

void elf_version_symbols(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0; e->dynamic && !e->versions->anonymous && i < e->versions->nodes.n; i++) {
        struct str name = e->versions->nodes.p[i].name;
        uint32_t id = ld_lookup(ld, name);
        if (id != LD_NO_SYM && ld_sym(ld, id)->rank != RANK_NONE && ld_sym(ld, id)->rank != RANK_SHARED) {
            continue; /* what another library calls so is another version */
        }
        id = ld_define(ld, name, NULL, 0);
        struct symbol *s = &ld_file(ld, 1)->syms[ld_sym(ld, id)->sym];
        s->type = SYM_OBJECT;
        s->raw_info = STB_GLOBAL << 4 | STT_OBJECT;
        ld_need(ld, id, LDS_EXPORT);
        uint32_t at = elf_new_x(ld, id, ld_file(ld, 1), ld_sym(ld, id)->sym);
        e->x.p[at].is_version = true;
    }
}

/* ---- gc roots ---------------------------------------------------------------------------------------- */

static bool is_c_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!alpha && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return s.len > 0;
}

static uint32_t start_stop_id(const struct ld *ld, const char *prefix, struct str name)
{
    char text[300];
    int n = snprintf(text, sizeof text, "%s%.*s", prefix, Q(name));
    return n < (int)sizeof text ? ld_lookup(ld, (struct str){text, (size_t)n}) : LD_NO_SYM;
}

static bool is_wanted_range(const struct ld *ld, struct str name)
{
    if (name.len > 256 || !is_c_name(name)) {
        return false;
    }
    uint32_t a = start_stop_id(ld, "__start_", name), b = start_stop_id(ld, "__stop_", name);
    return (a != LD_NO_SYM && ld_sym(ld, a)->rank != RANK_NONE) ||
           (b != LD_NO_SYM && ld_sym(ld, b)->rank != RANK_NONE);
}

/* Is S kept whatever refers to it? */
static bool is_root(const struct section *s)
{
    static const struct str names[] = {{".init", 5}, {".fini", 5}, {".jcr", 4}, {".ctors", 6}, {".dtors", 6}};
    if (s->flags & SEC_RETAIN) {
        return true;
    }
    switch (s->raw_type) {
    case SHT_INIT_ARRAY: case SHT_FINI_ARRAY: case SHT_PREINIT_ARRAY:
        return true;
    case SHT_NOTE:
        return !s->comdat;
    default:
        break;
    }
    char second = s->name.len > 1 && s->name.p[0] == '.' ? s->name.p[1] : '\0';
    if (second && !memchr("ifjcdp", second, 6)) {
        return false; /* nearly all: .text.f, .rodata.x */
    }
    for (size_t i = 0; second && i < sizeof names / sizeof *names; i++) {
        struct str n = names[i];
        if (str_starts(s->name, n) && (s->name.len == n.len || s->name.p[n.len] == '.')) {
            return true;
        }
    }
    return str_starts(s->name, S(".init_array")) || str_starts(s->name, S(".fini_array")) ||
           str_starts(s->name, S(".preinit_array"));
}

/* While the names of F's sections are at hand: later each is a wait for memory. */
void elf_note_roots(struct ld_file *f)
{
    for (uint32_t i = 1; i < f->obj.n_sections; i++) {
        const struct section *s = &f->obj.sections[i];
        f->chunks[i].flags |= is_root(s) ? (uint32_t)LDC_ROOT : 0;
        elf_file(f)->names_ranges |= s->name.len && s->name.p[0] != '.';
    }
}

static void keep_symbol(struct ld *ld, const char *name)
{
    uint32_t id = name && *name ? ld_lookup(ld, str_c(name)) : LD_NO_SYM;
    if (id != LD_NO_SYM) {
        ld_need(ld, id, LDS_KEEP);
    }
}

/* Sections between a __start_ and a __stop_ that somebody asks for. Writes F's chunks. */
static void keep_ranges(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k];
    (void)worker;
    if (!f || f->kind != LD_OBJECT || f->bad || f->skip || !f->priv || !elf_file(f)->names_ranges) {
        return;
    }
    for (uint32_t i = 0; i < f->n_live; i++) {
        struct ld_chunk *c = &f->chunks[f->live[i]];
        struct str name = f->obj.sections[c->sec].name;
        if (c->flags & LDC_LIVE && name.len && name.p[0] != '.' && is_wanted_range(ld, name)) {
            c->flags |= LDC_ROOT;
        }
    }
}

enum { ID_RUN = 4096 };

/* What objects define and the output exports is kept: all ids in one sweep, for files' lists of them jump about. */
static void keep_exports(void *ctx, size_t i, unsigned worker)
{
    struct ld *ld = ctx;
    uint32_t id = (uint32_t)i * ID_RUN, end = id + ID_RUN < ld->tab.cap ? id + ID_RUN : ld->tab.cap;
    (void)worker;
    for (; id < end; id++) {
        const struct ld_sym *g = ld_sym(ld, id);
        bool all = ld->opt.gc_keep_exported && (g->vis == VIS_DEFAULT || g->vis == VIS_PROTECTED);
        const struct ld_file *f = g->file && (all || ld_has(ld, id, LDS_EXPORT)) ? ld_file(ld, g->file) : NULL;
        if (f && f->kind == LD_OBJECT) {
            ld_need(ld, id, LDS_KEEP);
        }
    }
}

void elf_gc_roots(struct ld *ld)
{
    keep_symbol(ld, ld->opt.entry);
    keep_symbol(ld, ld->opt.elf.init ? ld->opt.elf.init : "_init");
    keep_symbol(ld, ld->opt.elf.fini ? ld->opt.elf.fini : "_fini");
    if (!elf_of_ld(ld)->z.start_stop_gc) {
        parallel_for(ld->pool, ld->files.n, 4, keep_ranges, ld);
    }
    parallel_for(ld->pool, (ld->tab.cap + ID_RUN - 1) / ID_RUN, 4, keep_exports, ld);
}

/* ---- names the linker defines -------------------------------------------------------------------------- */

/* Is NAME mentioned by an object and not defined by one? */
static uint32_t wanted(struct ld *ld, const char *name)
{
    uint32_t id = ld_lookup(ld, str_c(name));
    if (id == LD_NO_SYM || ld_sym(ld, id)->rank > RANK_SHARED || ld_sym(ld, id)->rank == RANK_NONE) {
        return LD_NO_SYM;
    }
    bool mentioned = ld_sym(ld, id)->rank == RANK_UNDEF_WEAK || ld_has(ld, id, LDS_REF);
    return mentioned ? id : LD_NO_SYM;
}

/* Defines NAME, hidden, at an empty chunk of no section yet; its place is set by elf_place_symbols. */
struct ld_chunk *elf_define_mark(struct ld *ld, const char *name)
{
    static const struct ld_chunk_ops ops = {"symbol", NULL};
    struct ld_chunk *c = ld_new_chunk(ld, &ops, 0, 0, NULL);
    uint32_t id = ld_define(ld, str_c(name), c, 0);
    ld_sym(ld, id)->vis = VIS_HIDDEN;
    return c;
}

enum mark_kind { MARK_START, MARK_END, MARK_EHDR, MARK_GOT, MARK_ETEXT, MARK_EDATA, MARK_BSS, MARK_PROG_END,
                 MARK_TLS };
struct mark {
    struct mark *next;
    struct ld_chunk *c;
    const char *section; /* START, END */
    enum mark_kind kind;
};

static void make_mark(struct ld *ld, struct mark **list, const char *name, enum mark_kind kind, const char *section)
{
    struct mark *m = ARENA_NEW(&ld->arena, struct mark);
    *m = (struct mark){*list, elf_define_mark(ld, arena_strdup(&ld->arena, str_c(name))), section, kind};
    *list = m;
}

static void add_mark(struct ld *ld, struct mark **list, const char *name, enum mark_kind kind,
                     const char *section)
{
    if (wanted(ld, name) != LD_NO_SYM) {
        make_mark(ld, list, name, kind, section);
    }
}

/* GNU ld's default script defines these in programs whether or not anything mentions them, and --export-dynamic exports
   them: programs, debuggers and the like ask for them by name. */
static void define_ends(struct ld *ld, struct mark **list)
{
    static const struct { const char *name; enum mark_kind kind; } ends[] = {
        {"_edata", MARK_EDATA}, {"__bss_start", MARK_BSS}, {"_end", MARK_PROG_END}};
    for (size_t i = 0; i < 3; i++) {
        uint32_t id = ld_lookup(ld, str_c(ends[i].name));
        const struct ld_sym *g = id != LD_NO_SYM ? ld_sym(ld, id) : NULL;
        bool own = g && g->rank > RANK_SHARED, asked = !ld_script_full(ld);
        if (!own && (asked || wanted(ld, ends[i].name) != LD_NO_SYM || (g && ld_has(ld, id, LDS_REF_SHARED)))) {
            uint8_t vis = g ? g->vis : VIS_DEFAULT;
            make_mark(ld, list, ends[i].name, ends[i].kind, NULL);
            elf_show_made(ld, ld_lookup(ld, str_c(ends[i].name)), VIS_DEFAULT, vis);
        }
    }
}

static void define_ranges(struct ld *ld, struct mark **list)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct str n = ld->osecs.p[i]->name;
        if (n.len > 256 || !is_c_name(n)) {
            continue;
        }
        const char *sec = arena_strdup(&ld->arena, n);
        for (int end = 0; end < 2; end++) {
            const char *name = arena_printf(&ld->arena, end ? "__stop_%s" : "__start_%s", sec);
            uint32_t id = wanted(ld, name);
            uint8_t asked = id != LD_NO_SYM ? ld_sym(ld, id)->vis : 0;
            add_mark(ld, list, name, end ? MARK_END : MARK_START, sec);
            if (id != LD_NO_SYM) {
                elf_show_made(ld, id, elf_of_ld(ld)->z.start_stop_vis, asked);
            }
        }
    }
}

static const struct { const char *name; enum mark_kind kind; const char *section; } marks[] = {
    {"_GLOBAL_OFFSET_TABLE_", MARK_GOT, NULL}, {"_DYNAMIC", MARK_START, ".dynamic"},
    {"__ehdr_start", MARK_EHDR, NULL}, {"__executable_start", MARK_EHDR, NULL},
    {"_etext", MARK_ETEXT, NULL}, {"etext", MARK_ETEXT, NULL}, {"__etext", MARK_ETEXT, NULL},
    {"_edata", MARK_EDATA, NULL}, {"edata", MARK_EDATA, NULL}, {"__bss_start", MARK_BSS, NULL},
    {"_end", MARK_PROG_END, NULL}, {"end", MARK_PROG_END, NULL},
    {"__preinit_array_start", MARK_START, ".preinit_array"},
    {"__preinit_array_end", MARK_END, ".preinit_array"},
    {"__init_array_start", MARK_START, ".init_array"}, {"__init_array_end", MARK_END, ".init_array"},
    {"__fini_array_start", MARK_START, ".fini_array"}, {"__fini_array_end", MARK_END, ".fini_array"},
    {"__GNU_EH_FRAME_HDR", MARK_START, ".eh_frame_hdr"}, {"_TLS_MODULE_BASE_", MARK_TLS, NULL}};

bool elf_makes_symbol(struct str name)
{
    static const char *const more[] = {"__rela_iplt_start", "__rela_iplt_end", "__rel_iplt_start", "__rel_iplt_end",
                                       "__dso_handle"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_is(name, marks[i].name)) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (str_is(name, more[i])) {
            return true;
        }
    }
    return str_starts(name, S("__start_")) || str_starts(name, S("__stop_"));
}

void elf_define_symbols(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct mark *list = NULL;
    if (!e->shared) {
        define_ends(ld, &list);
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strcmp(marks[i].name, "_DYNAMIC") == 0 && !e->dynamic) {
            continue;
        }
        add_mark(ld, &list, marks[i].name, marks[i].kind, marks[i].section);
    }
    if (!e->dynamic) {
        const char *sec = e->rela ? ".rela.plt" : ".rel.plt";
        add_mark(ld, &list, e->rela ? "__rela_iplt_start" : "__rel_iplt_start", MARK_START, sec);
        add_mark(ld, &list, e->rela ? "__rela_iplt_end" : "__rel_iplt_end", MARK_END, sec);
    }
    if (!e->shared) { /* crtbegin.o has it; a program without crt files may still mention it */
        add_mark(ld, &list, "__dso_handle", MARK_EHDR, NULL);
    }
    define_ranges(ld, &list);
    e->marks = list;
}

static struct ld_osec *last_of(const struct elf_link *e, uint64_t with, uint64_t without, bool bits)
{
    struct ld_osec *last = NULL;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        bool tbss = os->nobits && os->raw_flags & SHF_TLS;
        if ((os->raw_flags & with) == with && !(os->raw_flags & without) && !(bits && os->nobits) &&
            !tbss) {
            last = os;
        }
    }
    return last;
}

/* The output section of that name that is in the output; with --unique, the first. */
static struct ld_osec *by_name(const struct ld *ld, const char *name)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t i = strmap_get(&ld->osec_by_name, str_c(name));
    if (i != STRMAP_NONE && ld->osecs.p[i]->number) {
        return ld->osecs.p[i];
    }
    for (size_t k = 0; ld->opt.unique.n && k < e->order.n; k++) {
        if (str_is(e->order.p[k]->name, name)) {
            return e->order.p[k];
        }
    }
    return NULL;
}

/* Where a mark stands: an output section and an offset in it. NULL: at address 0. */
static struct ld_osec *place_of_mark(const struct ld *ld, const struct mark *m, uint64_t *off)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct ld_osec *os = NULL, *first = e->order.n ? e->order.p[0] : NULL;
    *off = 0;
    switch (m->kind) {
    case MARK_START:
    case MARK_END:
        os = by_name(ld, m->section);
        *off = os && m->kind == MARK_END ? os->size : 0;
        return os;
    case MARK_EHDR:
        *off = first ? e->image_start - first->addr : 0;
        return first;
    case MARK_GOT:
        os = ld->osecs.p[elf_got_base_chunk(ld)->osec];
        *off = elf_got_base(ld) - os->addr;
        return os;
    case MARK_ETEXT:
        os = last_of(e, SHF_ALLOC | SHF_EXECINSTR, 0, false);
        break;
    case MARK_EDATA:
        os = last_of(e, SHF_ALLOC | SHF_WRITE, 0, true);
        break;
    case MARK_BSS:
        os = by_name(ld, ".bss");
        if (os) {
            return os;
        }
        os = last_of(e, SHF_ALLOC | SHF_WRITE, 0, true);
        break;
    case MARK_PROG_END:
        os = last_of(e, SHF_ALLOC, 0, false);
        break;
    case MARK_TLS:
        os = by_name(ld, ".tdata");
        os = os ? os : by_name(ld, ".tbss");
        return os;
    }
    os = os ? os : last_of(e, SHF_ALLOC, 0, false);
    *off = os ? os->size : 0;
    return os;
}

/* After layout, before values are computed. */
void elf_place_symbols(struct ld *ld)
{
    for (const struct mark *m = elf_of_ld(ld)->marks; m; m = m->next) {
        uint64_t off;
        struct ld_osec *os = place_of_mark(ld, m, &off);
        if (!os) { /* an empty range must lie somewhere within reach */
            os = elf_of_ld(ld)->order.p[0];
            off = 0;
        }
        m->c->osec = os->idx;
        m->c->off = off;
    }
}

/* ---- classification ------------------------------------------------------------------------------------ */

static uint8_t type_bits(const struct symbol *s)
{
    switch (s->type) {
    case SYM_IFUNC: return EA_IFUNC | EA_FUNC;
    case SYM_FUNC: return EA_FUNC;
    case SYM_TLS: return EA_TLS;
    default: return 0;
    }
}

uint8_t elf_sym_attr(const struct ld *ld, const struct ld_file *f, uint32_t sym)
{
    uint32_t id = f->ids[sym];
    if (id != LD_NO_SYM) {
        return elf_of_ld(ld)->attr[id];
    }
    const struct symbol *s = &f->syms[sym];
    return (uint8_t)(type_bits(s) | (s->sec == SEC_ABS || s->sec == SEC_UNDEF ? EA_ABS : 0));
}

/* Does -Bsymbolic or one of its like bind S, which the library defines, to it? */
static bool binds_itself(const struct ld *ld, const struct symbol *s)
{
    bool function = s->type == SYM_FUNC || s->type == SYM_IFUNC, weak = s->binding == BIND_WEAK;
    switch (ld->opt.elf.bsymbolic) {
    case BSYMBOLIC_ALL: return true;
    case BSYMBOLIC_FUNCTIONS: return function;
    case BSYMBOLIC_NON_WEAK: return !weak;
    case BSYMBOLIC_NON_WEAK_FUNCTIONS: return function && !weak;
    default: return false;
    }
}

bool elf_is_replaceable(const struct ld *ld, uint32_t id, const struct symbol *s)
{
    const struct elf_link *e = elf_of_ld(ld);
    if (!e->shared || ld_sym(ld, id)->vis == VIS_PROTECTED) {
        return false;
    }
    if (binds_itself(ld, s)) {
        return in_dynlist(ld, id);
    }
    return !elf_of_ld(ld)->binds_unlisted || in_dynlist(ld, id);
}

static uint8_t classify(const struct ld *ld, const struct elf_link *e, const struct ld_file *f,
                        uint32_t i)
{
    uint32_t id = f->ids[i];
    const struct ld_sym *g = ld_sym(ld, id);
    const struct symbol *s = &f->syms[i];
    if (g->rank == RANK_SHARED && g->vis != VIS_DEFAULT) { /* the definition must be in this module */
        return (uint8_t)(type_bits(s) | (ld_has(ld, id, LDS_REF) ? EA_UNDEF : EA_UNDEF0));
    }
    if (g->rank == RANK_SHARED) {
        return (uint8_t)(type_bits(s) | EA_PREEMPT | EA_SHARED);
    }
    if (g->rank < RANK_SHARED) { /* undefined */
        bool hidden = g->vis != VIS_DEFAULT;
        if (g->rank == RANK_UNDEF_WEAK) {
            bool at_run_time = e->shared || (e->has_interp && e->z.dynamic_undefined_weak);
            return (uint8_t)(type_bits(s) | EA_UNDEF0 | (at_run_time && !hidden ? EA_PREEMPT : 0));
        }
        bool warned = ld->opt.warn_unresolved || ld->opt.noinhibit_exec;
        if (e->has_interp && !hidden && g->rank == RANK_UNDEF && ld_lets_undefined(ld, id)) {
            return (uint8_t)(type_bits(s) | EA_PREEMPT | (warned ? EA_UNDEF : 0));
        }
        bool later = e->shared && !hidden && !ld->opt.no_undefined;
        return (uint8_t)(type_bits(s) | (later ? EA_PREEMPT : g->rank == RANK_UNDEF ? EA_UNDEF : EA_UNDEF0));
    }
    uint8_t bits = type_bits(s);
    if (s->sec == SEC_ABS) {
        bits |= EA_ABS;
    }
    if (f->kind == LD_INTERNAL && (!ld->internal_chunks.p[i] || ld_has(ld, id, LDS_ABS))) {
        bits |= EA_ABS;
    }
    if (ld_has(ld, id, LDS_EXPORT)) {
        bits |= elf_is_replaceable(ld, id, s) ? EA_PREEMPT : 0;
    }
    return bits;
}

/* Writes attr of the symbols that file K owns. */
static void classify_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct elf_link *e = elf_of_ld(ld);
    struct ld_file *f = ld->files.p[k + 1];
    bool gnu_abi = false;
    (void)worker;
    for (uint32_t i = f->kind == LD_OBJECT ? f->obj.first_global : 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (id != LD_NO_SYM && ld_sym(ld, id)->file == f->idx && ld_sym(ld, id)->sym == i) {
            e->attr[id] = classify(ld, e, f, i);
            gnu_abi |= f->syms[i].type == SYM_IFUNC || f->syms[i].binding == BIND_UNIQUE;
        }
    }
    if (gnu_abi && f->kind == LD_OBJECT) {
        elf_file(f)->gnu_abi = true;
    }
}

/* --no-undefined-version: the names of version scripts that nothing has. */
static void check_versions(struct ld *ld)
{
    const struct version_script *vs = elf_of_ld(ld)->versions;
    bool *hit = xcalloc(vs->patterns.n + 1, sizeof *hit);
    for (size_t k = 1; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->kind != LD_SHARED && !f->bad && !f->skip && i < f->n_syms; i++) {
            struct str name = f->syms[i].name;
            size_t at = str_find(name, '@');
            if (f->ids[i] != LD_NO_SYM && f->syms[i].sec != SEC_UNDEF) {
                struct ver_match m = verscript_match(vs, at == SIZE_MAX ? name : str_head(name, at));
                hit[m.found ? m.pattern : vs->patterns.n] = true;
            }
        }
    }
    for (size_t i = 0; i < vs->patterns.n; i++) {
        const struct ver_pattern *p = &vs->patterns.p[i];
        if (p->exact && !p->local && !hit[i]) {
            diag_error(&ld->diag, "a version script gives '%.*s' version '%.*s', but nothing defines it", Q(p->text),
                       Q(vs->nodes.p[p->node].name));
        }
    }
    free(hit);
}

bool elf_classify(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    e->attr = xcalloc(ld->tab.cap, 1);
    e->n_attr = ld->tab.cap;
    parallel_for(ld->pool, ld->files.n - 1, 4, classify_file, ld);
    for (uint32_t i = 1; i < ld->files.n; i++) {
        const struct ld_file *f = ld->files.p[i];
        e->gnu_abi |= f->kind == LD_OBJECT && elf_file(f) && elf_file(f)->gnu_abi;
    }
    for (size_t i = 0; i + 1 < e->aliases.n; i += 2) {
        e->attr[e->aliases.p[i]] = e->attr[e->aliases.p[i + 1]];
    }
    if (ld->opt.elf.no_undefined_version) {
        check_versions(ld);
    }
    return ld_checkpoint(ld);
}
