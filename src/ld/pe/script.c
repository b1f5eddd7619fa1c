/* script.c - linker scripts for Windows images: what the engine of script_layout.c asks, and the layout of
   an image that a script describes.

   The tables that we make (imports, exports, base relocations, the unwind table) are chunks of their usual
   output sections; scripts select them by the names that GNU ld's own scripts use. What a script leaves
   out follows the default rules. Source: GNU ld manual, chapter 3; spec pe-ld 1, 3. */
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

#define CNT_FLAGS (IMAGE_SCN_CNT_CODE | IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_CNT_UNINITIALIZED_DATA)

/* ---- hooks ------------------------------------------------------------------------------------------- */

/* Makes OS one of ours. A standard name has its usual flags. */
static struct pe_osec *own(struct ld *ld, struct ld_osec *os)
{
    if (!os->priv) {
        if (!pe_make_standard(ld, os->name)) {
            pe_osec(ld, os->name.p, IMAGE_SCN_MEM_READ, 0);
        }
        os->fill = 0;
    }
    return os->priv;
}

/* Contents of flags FLAGS come into OS: what is written or run decides for the whole section. */
static void join_flags(struct ld *ld, struct ld_osec *os, uint64_t flags, bool zeros)
{
    struct pe_osec *po = own(ld, os);
    uint64_t f = os->raw_flags | (flags & (IMAGE_SCN_MEM_WRITE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_SHARED |
                                           IMAGE_SCN_CNT_CODE));
    os->nobits = zeros && (!po->filled || os->nobits);
    f &= ~(uint64_t)(IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_CNT_INITIALIZED_DATA);
    if (os->nobits) {
        f |= IMAGE_SCN_CNT_UNINITIALIZED_DATA;
    } else if (!(f & IMAGE_SCN_CNT_CODE)) {
        f |= IMAGE_SCN_CNT_INITIALIZED_DATA;
    }
    os->raw_flags = f;
    os->fill = f & IMAGE_SCN_CNT_CODE ? 0x90 : 0;
    po->filled = true;
}

/* Our tables come next. */
static void add_raw_descriptors(struct ld *ld, struct ld_osec *os)
{
    struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->raw_descs.n; i++) {
        ld_osec_add(ld, os, pe->raw_descs.p[i]);
    }
    pe->raw_descs_placed = true;
}

static void hook_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c)
{
    uint64_t flags = c->file ? 0 : ld_made(c)->flags;
    bool zeros = (flags & CNT_FLAGS) == IMAGE_SCN_CNT_UNINITIALIZED_DATA || c->flags & LDC_NOBITS;
    own(ld, os);
    if (c->file) {
        const struct section *s = &c->file->obj.sections[c->sec];
        flags = pe_input_flags(c->file, c->sec);
        zeros = (s->flags & SEC_NOBITS) != 0;
        if (s->flags & (SEC_DEBUG | SEC_DISCARDABLE) && !((struct pe_osec *)os->priv)->filled) {
            os->raw_flags |= IMAGE_SCN_MEM_DISCARDABLE;
        }
    }
    if (c->file ? c->size != 0 : flags != 0) {
        join_flags(ld, os, flags, zeros);
    }
    const struct pe *pe = pe_of(ld);
    if (c == pe->idata) {
        add_raw_descriptors(ld, os);
    }
    if (ld_script_full(ld)) {
        ld_osec_add(ld, os, c);
    } else { /* INSERT: the default order holds */
        pe_bucket_add(ld, os, PE_BUCKETS - 4, c);
    }
}

static void hook_data(struct ld *ld, struct ld_osec *os, bool first)
{
    (void)first;
    join_flags(ld, os, 0, false);
}

struct ld_chunk *pe_script_mark(struct ld *ld, const char *name)
{
    static const struct ld_chunk_ops ops = {"symbol", NULL};
    struct ld_chunk *c = ld_new_chunk(ld, &ops, 0, 0, NULL);
    ld_define(ld, str_c(name), c, 0);
    return c;
}

static struct ld_chunk *hook_mark(struct ld *ld, const char *name, bool visible)
{
    (void)visible; /* what is exported is said elsewhere */
    return pe_script_mark(ld, name);
}

static struct str hook_made_name(struct ld *ld, const struct ld_osec *os, const struct ld_chunk *c, unsigned nth)
{
    const struct pe *pe = pe_of(ld);
    if (nth) {
        return (struct str){0};
    }
    if (c == pe->idata) {
        return S(".idata$2"); /* the first of the names that GNU's scripts list */
    }
    return c == pe->pseudo || c == pe->pseudo_end ? S(".rdata_runtime_pseudo_reloc") : os->name;
}

static void hook_emptied(struct ld_osec *os)
{
    (void)os;
}

static bool hook_untyped(const struct ld_osec *os)
{
    return os->priv && !((const struct pe_osec *)os->priv)->filled;
}

static uint32_t hook_flags(const struct ld_osec *os)
{
    uint64_t f = os->raw_flags;
    if (!os->priv) {
        return SLF_APART; /* what holds the headers' symbols */
    }
    return SLF_ALLOC | (f & IMAGE_SCN_MEM_DISCARDABLE ? SLF_DEBUG : 0u) | (f & IMAGE_SCN_MEM_EXECUTE ? SLF_CODE : 0u) |
           (f & IMAGE_SCN_MEM_WRITE ? 0u : SLF_READONLY) | (os->nobits ? 0u : SLF_CONTENTS | SLF_LOAD);
}

static bool hook_writable(uint64_t raw_flags)
{
    return (raw_flags & IMAGE_SCN_MEM_WRITE) != 0;
}

static void hook_entry(struct ld *ld, struct str name)
{
    if (!ld->opt.entry) {
        ld->entry = ld_reference(ld, name);
        pe_of(ld)->entry_optional = false;
    }
}

static bool hook_segment(const struct ld *ld, struct str name, uint64_t *v)
{
    (void)ld;
    (void)name;
    (void)v;
    return false;
}

bool pe_script_constant(const struct ld *ld, struct str name, uint64_t *v)
{
    const struct pe *pe = pe_of(ld);
    const struct {
        const char *name;
        uint64_t v;
    } known[] = {{"__image_base__", ld->image_base}, {"___image_base__", ld->image_base},
                 {"__ImageBase", ld->image_base}, {"__section_alignment__", pe->section_align},
                 {"__file_alignment__", pe->file_align}, {"__subsystem__", pe->subsystem},
                 {"__dll__", pe->is_dll}, {"__loader_flags__", 0}, {"__dll_characteristics__", pe->dll_flags},
                 {"__size_of_stack_reserve__", pe->stack_reserve}, {"__size_of_stack_commit__", pe->stack_commit},
                 {"__size_of_heap_reserve__", pe->heap_reserve}, {"__size_of_heap_commit__", pe->heap_commit},
                 {"__major_os_version__", pe->ver.major_os}, {"__minor_os_version__", pe->ver.minor_os},
                 {"__major_image_version__", pe->ver.major_image}, {"__minor_image_version__", pe->ver.minor_image},
                 {"__major_subsystem_version__", pe->ver.major_subsystem},
                 {"__minor_subsystem_version__", pe->ver.minor_subsystem}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_is(name, known[i].name)) {
            *v = known[i].v;
            return true;
        }
    }
    return false;
}

static void hook_env(const struct ld *ld, struct script_env *env)
{
    const struct pe *pe = pe_of(ld);
    env->max_page = env->common_page = pe->section_align;
    env->headers_size = pe->headers_len;
    env->dot.v = ld->image_base + align_up(pe->headers_len, pe->section_align);
}

static uint64_t hook_section_align(const struct ld *ld)
{
    return pe_of(ld)->section_align;
}

/* Types of output sections are ELF's: GNU's scripts for Windows say (NOLOAD) of debugging sections, which are in
   the file all the same. */
static const struct script_hooks hooks = {
    .add = hook_add, .data = hook_data, .mark = hook_mark, .made_name = hook_made_name, .emptied = hook_emptied,
    .untyped = hook_untyped, .flags = hook_flags, .writable = hook_writable, .entry = hook_entry,
    .segment = hook_segment, .constant = pe_script_constant, .env = hook_env, .section_align = hook_section_align,
    .constants = ".rdata"};

/* ---- before scanning ----------------------------------------------------------------------------------- */

/* INSERT puts the described sections beside another: between its rank and the next. */
static void rank_inserted(struct ld *ld, const struct script *s)
{
    const struct sc_stmt *from = s->stmts.first;
    for (const struct sc_stmt *t = from; t; t = t->next) {
        if (t->kind != SC_INSERT) {
            continue;
        }
        uint32_t i = strmap_get(&ld->osec_by_name, t->insert.where);
        const struct pe_osec *beside = i != STRMAP_NONE ? ld->osecs.p[i]->priv : NULL;
        for (; beside && from != t; from = from->next) {
            if (from->kind == SC_OUTPUT && !from->out.discard) {
                struct ld_osec *os = ld_osec(ld, from->out.name);
                own(ld, os)->rank = beside->rank + (t->insert.before ? -1 : 1);
            }
        }
        from = t->next;
    }
}

bool pe_script_start(struct ld *ld)
{
    if (!ld->script) {
        return true;
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        pe_drop_sections(ld, ld->files.p[k]);
    }
    return ld_script_start(ld, &hooks);
}

void pe_script_insert(struct ld *ld)
{
    if (!ld->layout) {
        return;
    }
    for (const struct script *s = ld->script; s; s = s->next) {
        if (s->has_insert) {
            rank_inserted(ld, s);
        }
    }
    ld_script_insert(ld);
}

/* ---- layout -------------------------------------------------------------------------------------------- */

/* The lists of constructors, where the script makes none: empty ones, as the C runtime has them. */
static void place_lists(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    static const uint8_t zeros[8] = {0};
    struct ld_chunk *heads[] = {pe->ctors, pe->dtors};
    const char *names[] = {"__CTOR_LIST__", "__DTOR_LIST__"};
    for (int i = 0; i < 2; i++) {
        if (!ld_script_assigns(ld, str_c(names[i]))) {
            pe_bucket_add(ld, pe->rdata, 1, heads[i]);
            pe_bucket_add(ld, pe->rdata, 1, ld_bytes_chunk(ld, zeros, pe->word, heads[i]->align_p2));
        }
    }
}

static void assign(struct ld *ld, struct ld_osec *commons)
{
    struct pe *pe = pe_of(ld);
    place_lists(ld);
    pe_flush_buckets(ld);
    ld_script_assign(ld);
    pe_keep_raw_descriptors(ld);
    for (size_t i = 0; i < commons->chunks.n; i++) { /* no description selects them */
        pe_bucket_add(ld, pe->bss, PE_BUCKETS - 2, commons->chunks.p[i]);
    }
    commons->chunks.n = 0;
    pe_assign_sections(ld);
    pe_sort_buckets(ld);
    pe_flush_buckets(ld);
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct pe_osec *po = ld->osecs.p[i]->priv;
        for (size_t k = 0; po && k < ld->osecs.p[i]->chunks.n; k++) {
            po->filled |= ld->osecs.p[i]->chunks.p[k]->size != 0;
        }
    }
    ld_script_orphans(ld);
}

static int by_address(const void *x, const void *y)
{
    const struct ld_osec *a = *(struct ld_osec *const *)x, *b = *(struct ld_osec *const *)y;
    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    return (a->idx > b->idx) - (a->idx < b->idx);
}

static void order_by_address(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    pe->order.n = 0;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        if (ld->osecs.p[i]->priv) {
            vec_push(&pe->order, ld->osecs.p[i]);
        }
    }
    qsort(pe->order.p, pe->order.n, sizeof *pe->order.p, by_address);
}

/* Addresses, until neither the header's nor .reloc's size changes them. */
static bool settle(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    for (int pass = 0; pass < 8; pass++) {
        uint64_t headers = pe->headers_len, relocs = pe->reloc ? pe->reloc->size : 0;
        if (!ld_script_walk(ld)) {
            return false;
        }
        order_by_address(ld);
        pe_size_headers(pe, 0);
        pe_size_base_relocs(ld);
        if (headers == pe->headers_len && relocs == (pe->reloc ? pe->reloc->size : 0)) {
            break;
        }
    }
    return ld_script_check(ld);
}

bool pe_script_layout(struct ld *ld, struct ld_osec *commons)
{
    struct pe *pe = pe_of(ld);
    if (pe->has_reloc_section) {
        pe_new_base_relocs(ld);
    }
    assign(ld, commons);
    pe_section_directives(ld);
    if (!settle(ld) || !pe_place_sections(ld)) {
        return false;
    }
    pe_place_pdata(ld);
    ld_script_place_symbols(ld, pe->order.p, pe->order.n);
    return ld_script_check_refs(ld);
}
