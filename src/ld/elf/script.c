/* script.c - linker scripts for ELF: what the engine of script_layout.c asks, the order of sections, and
   PHDRS. Source: GNU ld manual, chapter 3. */
#include <string.h>

#include "ld/elf/elf_ld.h"
#include "ld/script_layout.h"

/* ---- hooks ------------------------------------------------------------------------------------------- */

static void hook_data(struct ld *ld, struct ld_osec *os)
{
    elf_osec(ld, os->name.p, SHT_PROGBITS, SHF_ALLOC, 0);
    os->keep = true; /* before its size is known */
}

static struct ld_chunk *hook_mark(struct ld *ld, const char *name, bool visible)
{
    uint32_t id = ld_lookup(ld, str_c(name));
    uint8_t asked = id != LD_NO_SYM ? ld_sym(ld, id)->vis : VIS_DEFAULT;
    struct ld_chunk *c = elf_define_mark(ld, name);
    if (visible) {
        elf_show_made(ld, ld_lookup(ld, str_c(name)), VIS_DEFAULT, asked);
    }
    return c;
}

/* GNU ld's scripts put the bounds of a static program's IRELATIVE table around the name of that. The one table of
   dynamic relocations goes where a script has those of one input section: GNU ld makes a table for each. */
static struct str hook_made_name(struct ld *ld, const struct ld_osec *os, const struct ld_chunk *c, unsigned nth)
{
    static const char *const of[] = {"rela.data", "rela.got", "rela.data.rel.ro", "rela.text", "rela.rodata"};
    const struct elf_link *e = elf_of_ld(ld);
    bool iplt = c == e->rel_plt && !e->dynamic;
    if (!nth) {
        return !iplt ? os->name : e->rela ? S(".rela.iplt") : S(".rel.iplt");
    }
    if (c != e->rel_dyn || nth > sizeof of / sizeof *of) {
        return (struct str){0};
    }
    const char *name = of[nth - 1];
    return e->rela ? str_c(arena_printf(&ld->arena, ".%s", name)) : str_c(arena_printf(&ld->arena, ".rel%s", name + 4));
}

static void hook_emptied(struct ld_osec *os)
{
    os->raw_type = SHT_NULL;
    os->raw_flags = 0;
    os->nobits = false;
}

static bool hook_untyped(const struct ld_osec *os)
{
    return os->raw_type == SHT_NULL;
}

static enum script_kind hook_kind(const struct ld_osec *os)
{
    if (!(os->raw_flags & SHF_ALLOC)) {
        return SL_NOT_LOADED;
    }
    if (os->raw_flags & SHF_EXECINSTR) {
        return SL_CODE;
    }
    if (!(os->raw_flags & SHF_WRITE)) {
        return os->raw_type == SHT_PROGBITS ? SL_RO : SL_TABLE;
    }
    return os->nobits ? SL_BSS : os->raw_flags & SHF_TLS ? SL_TLS : SL_RW;
}

static bool hook_writable(uint64_t raw_flags)
{
    return (raw_flags & SHF_WRITE) != 0;
}

static void hook_noload(struct ld_osec *os)
{
    os->raw_type = SHT_NOBITS;
    os->nobits = true;
}

static void hook_entry(struct ld *ld, struct str name)
{
    if (ld->opt.kind != OUT_RELOCATABLE && (!ld->opt.entry || strcmp(ld->opt.entry, "_start") == 0)) {
        ld->opt.entry = arena_strdup(&ld->arena, name);
        ld_reference(ld, name);
    }
}

static bool hook_segment(const struct ld *ld, struct str name, uint64_t *v)
{
    const struct ld_elf_options *o = &ld->opt.elf;
    const char *text = str_is(name, "text-segment") ? (o->text_segment ? o->text_segment : ld->opt.text_addr)
                       : str_is(name, "data-segment") ? ld->opt.data_addr
                       : str_is(name, "bss-segment") ? ld->opt.bss_addr : NULL;
    struct str t = str_c(text);
    if (!text) {
        *v = 0;
        return str_is(name, "text-segment") && elf_of_ld(ld)->pic;
    }
    if (str_starts(t, S("0x"))) {
        t = str_skip(t, 2);
    }
    return str_u64(t, 16, v);
}

static bool hook_constant(const struct ld *ld, struct str name, uint64_t *v)
{
    (void)ld;
    static const struct { const char *name; uint64_t v; } types[] = {
        {"PT_NULL", 0}, {"PT_LOAD", 1}, {"PT_DYNAMIC", 2}, {"PT_INTERP", 3}, {"PT_NOTE", 4}, {"PT_SHLIB", 5},
        {"PT_PHDR", 6}, {"PT_TLS", 7}, {"PT_GNU_EH_FRAME", PT_GNU_EH_FRAME}, {"PT_GNU_STACK", PT_GNU_STACK},
        {"PT_GNU_RELRO", PT_GNU_RELRO}, {"PT_GNU_PROPERTY", PT_GNU_PROPERTY}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_is(name, types[i].name)) {
            *v = types[i].v;
            return true;
        }
    }
    return false;
}

static void hook_env(const struct ld *ld, struct script_env *env)
{
    const struct elf_link *e = elf_of_ld(ld);
    env->max_page = e->max_page;
    env->common_page = e->common_page;
    env->headers_size = e->head_len;
    env->relro = !e->z.norelro && !ld->opt.elf.omagic && !ld->opt.elf.nmagic;
}

static uint64_t hook_section_align(const struct ld *ld)
{
    (void)ld;
    return 1;
}

static const struct script_hooks hooks = {
    elf_script_add, hook_data, hook_mark, hook_made_name, hook_emptied, hook_untyped, hook_kind, hook_writable,
    hook_noload, hook_entry, hook_segment, hook_constant, hook_env, hook_section_align};

bool elf_script_start(struct ld *ld)
{
    return ld_script_start(ld, &hooks);
}

/* ---- sections ---------------------------------------------------------------------------------------- */

static const char large_common[] = "LARGE_COMMON";

static struct ld_osec *large_commons(struct ld *ld)
{
    return elf_osec(ld, large_common, SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_X86_64_LARGE, 0);
}

/* What no description selects goes by the name that a section of its kind would have. */
static void name_commons(struct ld *ld)
{
    const char *names[] = {"COMMON", large_common}, *to[] = {".bss.COMMON", ".lbss.COMMON"};
    for (int i = 0; i < 2; i++) {
        uint32_t k = strmap_get(&ld->osec_by_name, str_c(names[i]));
        if (k != STRMAP_NONE && ld->osecs.p[k]->chunks.n) {
            ld->osecs.p[k]->name = str_c(to[i]);
        }
    }
}

static void take_commons(struct ld *ld)
{
    ld_alloc_commons(ld, elf_osec(ld, "COMMON", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0), large_commons);
}

/* Instead of the default assignment. */
void elf_script_assign(struct ld *ld)
{
    take_commons(ld);
    ld_script_assign(ld);
    elf_assign_sections(ld); /* orphans: by their own folded names */
    name_commons(ld);
    ld_script_orphans(ld);
}

/* ---- -r ---------------------------------------------------------------------------------------------- */

void elf_script_join(struct ld *ld)
{
    if (ld->opt.define_common) {
        take_commons(ld);
    }
    ld_script_assign(ld);
    if (ld->opt.define_common) {
        name_commons(ld);
    }
}

/* A section that has only assignments is there for their symbols. */
static void make_real(struct ld_osec *os)
{
    if (os->raw_type == SHT_NULL && os->chunks.n) {
        os->raw_type = os->size ? SHT_NOBITS : SHT_PROGBITS;
        os->nobits = os->size != 0;
        os->raw_flags = SHF_ALLOC | SHF_WRITE;
    }
}

bool elf_script_join_order(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n;
    if (!ld_script_walk(ld) || !ld_script_check(ld)) {
        return false;
    }
    const struct script_step *steps = ld_script_steps(ld, &n);
    for (size_t i = 0; i < n; i++) {
        struct ld_osec *os = steps[i].os;
        if (os) {
            make_real(os);
        }
        if (os && os->raw_type != SHT_NULL && os->raw_type != SHT_GROUP) {
            vec_push(&e->order, os);
        }
    }
    return true;
}

void elf_script_order(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n_steps;
    const struct script_step *steps = ld_script_steps(ld, &n_steps);
    e->order.n = 0;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        ld->osecs.p[i]->number = 0;
    }
    for (int alloc = 1; alloc >= 0; alloc--) {
        for (size_t i = 0; i < n_steps; i++) {
            struct ld_osec *os = steps[i].os;
            if (!os || (os->raw_type == SHT_NULL && !os->size) || !os->size ||
                ((os->raw_flags & SHF_ALLOC) != 0) != alloc) {
                continue;
            }
            if (os->raw_type == SHT_NULL) { /* only a gap: '.' was moved inside it */
                os->raw_type = SHT_PROGBITS;
            }
            if (!os->number) {
                vec_push(&e->order, os);
                os->number = (uint32_t)e->order.n;
            }
        }
    }
    for (size_t i = 1; i < ld->osecs.n; i++) { /* made since: the symbol table */
        struct ld_osec *os = ld->osecs.p[i];
        if (!os->scripted) {
            ld_layout_osec(os);
            os->number = os->size ? (uint32_t)e->order.n + 1 : 0;
            if (os->size) {
                vec_push(&e->order, os);
            }
        }
    }
    e->shnum = (uint32_t)e->order.n + 1;
}

/* ---- INSERT ------------------------------------------------------------------------------------------ */

static void move_beside(struct elf_link *e, struct ld_osec *os, const struct ld_osec *anchor, bool before)
{
    size_t from = 0, n = e->order.n, to = 0;
    while (from < n && e->order.p[from] != os) {
        from++;
    }
    if (from == n || os == anchor) {
        return;
    }
    memmove(e->order.p + from, e->order.p + from + 1, (n - from - 1) * sizeof *e->order.p);
    while (to < n - 1 && e->order.p[to] != anchor) {
        to++;
    }
    to += !before && to < n - 1;
    memmove(e->order.p + to + 1, e->order.p + to, (n - 1 - to) * sizeof *e->order.p);
    e->order.p[to] = os;
}

/* The sections described since the INSERT before go beside the one that this INSERT names, in their order. */
void elf_script_beside(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    for (const struct script *s = ld->script; s && !ld_script_full(ld); s = s->next) {
        const struct sc_stmt *from = s->stmts.first;
        for (const struct sc_stmt *t = from; s->has_insert && t; t = t->next) {
            if (t->kind != SC_INSERT) {
                continue;
            }
            uint32_t i = strmap_get(&ld->osec_by_name, t->insert.where);
            const struct ld_osec *anchor = i == STRMAP_NONE ? NULL : ld->osecs.p[i];
            for (; from != t; from = from->next) {
                uint32_t k = from->kind == SC_OUTPUT ? strmap_get(&ld->osec_by_name, from->out.name) : STRMAP_NONE;
                if (anchor && k != STRMAP_NONE) {
                    move_beside(e, ld->osecs.p[k], anchor, t->insert.before);
                    anchor = t->insert.before ? anchor : ld->osecs.p[k];
                }
            }
        }
    }
}

/* ---- PHDRS ------------------------------------------------------------------------------------------------------ */

static bool in_phdr(const struct ld *ld, const struct ld_osec *os, struct str name, bool *inherit)
{
    size_t n_steps;
    const struct script_step *steps = ld_script_steps(ld, &n_steps);
    for (size_t i = 0; i < n_steps; i++) {
        const struct sc_output *o = steps[i].os == os ? steps[i].out : NULL;
        if (o && o->n_phdrs) {
            *inherit = false;
            for (uint32_t k = 0; k < o->n_phdrs; k++) {
                if (str_eq(o->phdrs[k], name)) {
                    return true;
                }
            }
            return false;
        }
    }
    *inherit = true;
    return false;
}

/* The program headers that PHDRS asks for. False: there is no PHDRS command. */
bool elf_script_phdrs(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const struct script *with = NULL;
    for (const struct script *s = ld->script; s; s = s->next) {
        with = s->has_phdrs ? s : with;
    }
    if (!with) {
        return false;
    }
    for (size_t i = 0; i < with->phdrs.n; i++) {
        const struct sc_phdr *p = &with->phdrs.p[i];
        struct elf_phdr *h = &e->phdrs[e->n_phdrs++];
        *h = (struct elf_phdr){.type = (uint32_t)ld_script_number(ld, p->type), .first = 1, .align = 1};
        bool any = false, was_in = false;
        uint32_t flags = PF_R;
        for (uint32_t k = 0; k < e->order.n && e->order.p[k]->raw_flags & SHF_ALLOC; k++) {
            const struct ld_osec *os = e->order.p[k];
            bool inherit, in = in_phdr(ld, os, p->name, &inherit);
            in = inherit ? was_in && h->type == PT_LOAD : in;
            was_in = in;
            if (!in) {
                continue;
            }
            flags |= (os->raw_flags & SHF_WRITE ? PF_W : 0u) | (os->raw_flags & SHF_EXECINSTR ? PF_X : 0u);
            h->first = any ? h->first : k;
            h->last = k;
            any = true;
        }
        h->flags = p->flags ? (uint32_t)ld_script_number(ld, p->flags) : flags;
        h->align = h->type == PT_LOAD ? e->max_page : 1;
        h->has_headers = p->filehdr;
        if (p->at) {
            h->lma = ld_script_number(ld, p->at);
        }
    }
    return true;
}
