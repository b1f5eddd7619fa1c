/* script.c - linker scripts for ELF: what the engine of script_layout.c asks, the order of sections, and
   PHDRS. Source: GNU ld manual, chapter 3. */
#include <string.h>

#include "ld/elf/elf_ld.h"
#include "ld/script_layout.h"

/* ---- hooks ------------------------------------------------------------------------------------------- */

/* The type stays open: it is that of the first input section. */
static void hook_data(struct ld *ld, struct ld_osec *os, bool first)
{
    (void)ld;
    os->raw_flags |= SHF_ALLOC | (first || os->keep || os->raw_type != SHT_NULL ? 0u : SHF_WRITE);
    os->keep = true; /* before its size is known */
    if (os->raw_type == SHT_NOBITS) {
        os->raw_type = SHT_PROGBITS;
        os->nobits = false;
    }
}

static void hook_gap(struct ld_osec *os)
{
    os->raw_flags |= SHF_ALLOC | (os->raw_type == SHT_NULL && !os->keep ? SHF_WRITE : 0u);
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

/* The linker's line in .comment. */
static bool is_ident(const struct ld *ld, const struct ld_chunk *c)
{
    return !c->file && c->osec && str_is(ld->osecs.p[c->osec]->name, ".comment");
}

/* What says how to load and relocate a program, for loaders that do it on their own. */
static bool hook_may_discard(const struct ld *ld, const struct ld_chunk *c)
{
    const struct elf_link *e = elf_of_ld(ld);
    return c == e->dyn || c == e->dynsym || c == e->dynstr || c == e->hash || c == e->gnu_hash || c == e->interp ||
           c == e->versym || c == e->verdef || c == e->verneed || c == e->eh_hdr || c == e->property ||
           (c->ops && strcmp(c->ops->name, "COMMON") == 0) || is_ident(ld, c) ||
           c == e->rel_dyn || c == e->copy || c == e->copy_ro || c == e->build_id;
}

static void hook_emptied(struct ld_osec *os)
{
    os->raw_type = SHT_NULL;
    os->raw_flags = 0;
    os->nobits = false;
}

static bool hook_untyped(const struct ld_osec *os)
{
    return os->raw_type == SHT_NULL && !os->keep && !(os->raw_flags & SHF_ALLOC);
}

static bool is_debug(struct str n)
{
    return str_starts(n, S(".debug")) || str_starts(n, S(".zdebug")) || str_starts(n, S(".gnu.debuglto_.debug_")) ||
           str_starts(n, S(".gnu.linkonce.wi.")) || str_starts(n, S(".line")) || str_starts(n, S(".stab")) ||
           str_is(n, ".gdb_index");
}

static uint32_t hook_flags(const struct ld_osec *os)
{
    uint64_t f = os->raw_flags;
    bool contents = os->raw_type == SHT_NULL ? os->keep : os->raw_type != SHT_NOBITS, alloc = f & SHF_ALLOC;
    if (hook_untyped(os)) {
        return 0;
    }
    return (contents ? SLF_CONTENTS : 0u) | (alloc ? SLF_ALLOC : 0u) | (contents && alloc ? SLF_LOAD : 0u) |
           (f & SHF_WRITE ? 0u : SLF_READONLY) | (f & SHF_EXECINSTR ? SLF_CODE : 0u) | (f & SHF_TLS ? SLF_TLS : 0u) |
           (!alloc && is_debug(os->name) ? SLF_DEBUG : 0u) | (os->raw_type == SHT_NOTE ? SLF_NOTE : 0u) |
           (os->raw_type == SHT_REL || os->raw_type == SHT_RELA ? SLF_RELOCS : 0u);
}

static bool hook_writable(uint64_t raw_flags)
{
    return (raw_flags & SHF_WRITE) != 0;
}

/* Names that say what a section is in which nothing but statements stands (gABI 4, "Special Sections"). */
static const struct { const char *name; uint32_t type, flags; bool family; } special[] = {
    {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, true}, {".tbss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, true},
    {".noinit", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, true},
    {".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, true}, {".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, true},
    {".data1", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, false}, {".persistent", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, true},
    {".rodata", SHT_PROGBITS, SHF_ALLOC, true}, {".rodata1", SHT_PROGBITS, SHF_ALLOC, false},
    {".tdata", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, true},
    {".init", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, false},
    {".fini", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, false},
    {".plt", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, false}, {".got", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, false},
    {".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, true},
    {".fini_array", SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE, true},
    {".preinit_array", SHT_PREINIT_ARRAY, SHF_ALLOC | SHF_WRITE, true}};

static size_t special_of(struct str n)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        struct str t = str_c(special[i].name);
        if (str_starts(n, t) && (n.len == t.len || (special[i].family && n.p[t.len] == '.'))) {
            return i;
        }
    }
    return SIZE_MAX;
}

static uint32_t hook_type_by_name(struct str n)
{
    size_t i = special_of(n);
    return i != SIZE_MAX                                                  ? special[i].type
           : str_starts(n, S(".note")) && !str_is(n, ".note.GNU-stack") ? SHT_NOTE
                                                                        : SHT_NULL;
}

static void set_type_number(struct ld_osec *os, uint64_t number)
{
    os->raw_type = (uint32_t)number;
    os->nobits = number == SHT_NOBITS;
}

static void hook_retype(struct ld_osec *os, enum sc_sec_type type, uint64_t number)
{
    switch (type) {
    case SC_NOLOAD:
        os->raw_flags |= os->raw_type == SHT_NULL && !os->keep ? SHF_WRITE : 0u;
        os->raw_type = SHT_NOBITS;
        os->nobits = true;
        os->raw_flags |= SHF_ALLOC;
        break;
    case SC_NOALLOC:
        os->raw_flags &= ~(uint64_t)SHF_ALLOC;
        if (os->raw_type == SHT_NOBITS) {
            os->raw_type = SHT_PROGBITS;
            os->nobits = false;
        }
        break;
    case SC_READONLY:
    case SC_READONLY_NUMBER:
        if (os->chunks.n || os->keep) { /* a gap alone stays writable */
            os->raw_flags &= ~(uint64_t)SHF_WRITE;
        }
        if (type == SC_READONLY_NUMBER) {
            set_type_number(os, number);
        }
        break;
    case SC_TYPE_NUMBER:
        set_type_number(os, number);
        break;
    default:
        break;
    }
}

static void hook_entry(struct ld *ld, struct str name)
{
    if (ld->opt.kind != OUT_RELOCATABLE && (!ld->opt.entry || strcmp(ld->opt.entry, "_start") == 0)) {
        ld->opt.entry = arena_strdup(&ld->arena, name);
        elf_of_ld(ld)->own_entry = true;
        elf_of_ld(ld)->own_start &= !str_is(name, "_start");
        if (!elf_of_ld(ld)->shared) {
            ld_reference(ld, name);
        }
    }
}

static bool hook_segment(const struct ld *ld, struct str name, uint64_t *v)
{
    const struct ld_elf_options *o = &ld->opt.elf;
    const char *text = str_is(name, "text-segment") ? (o->text_segment ? o->text_segment : ld->opt.text_addr)
                       : str_is(name, "rodata-segment") ? o->rodata_segment
                       : str_is(name, "ldata-segment") ? o->ldata_segment
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

bool elf_script_constant(const struct ld *ld, struct str name, uint64_t *v)
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

static bool hook_fixed(const struct ld *ld)
{
    return !elf_of_ld(ld)->pic;
}

static const struct script_hooks hooks = {
    .another = elf_new_osec,
    .add = elf_script_add, .data = hook_data, .gap = hook_gap, .mark = hook_mark, .made_name = hook_made_name,
    .may_discard = hook_may_discard, .emptied = hook_emptied, .untyped = hook_untyped, .flags = hook_flags,
    .type_by_name = hook_type_by_name, .writable = hook_writable, .retype = hook_retype, .entry = hook_entry,
    .segment = hook_segment, .constant = elf_script_constant, .env = hook_env, .section_align = hook_section_align,
    .fixed = hook_fixed, .constants = ".rodata"};

bool elf_script_start(struct ld *ld)
{
    return ld_script_start(ld, &hooks);
}

/* ---- sections ---------------------------------------------------------------------------------------- */

static const char large_common[] = "LARGE_COMMON", tls_common[] = ".tcommon";

static struct ld_osec *other_commons(struct ld *ld, const struct symbol *won)
{
    return elf_other_commons(ld, won, tls_common, large_common);
}

/* What no description selects goes where it goes without a script. */
static void name_commons(struct ld *ld)
{
    const char *names[] = {"COMMON", large_common, tls_common}, *to[] = {".bss", ".lbss", ".tbss"};
    for (int i = 0; i < 3; i++) {
        uint32_t k = strmap_get(&ld->osec_by_name, str_c(names[i]));
        struct ld_osec *from = k != STRMAP_NONE ? ld->osecs.p[k] : NULL;
        struct ld_osec *os = from && from->chunks.n ? ld_osec(ld, str_c(to[i])) : NULL;
        for (size_t c = 0; os && c < from->chunks.n; c++) {
            ld_note_origin(from->chunks.p[c], from->raw_type, (uint32_t)from->raw_flags);
            elf_script_add(ld, os, from->chunks.p[c]);
        }
        if (os) {
            from->chunks.n = 0;
            hook_emptied(from);
        }
    }
}

static void take_commons(struct ld *ld)
{
    ld_alloc_commons(ld, elf_osec(ld, "COMMON", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0), other_commons);
}

/* On x86, GNU ld has these tables in every link. */
static void make_absent(struct ld *ld)
{
    static const char *const names[] = {".got", ".got.plt", ".rela.got", ".rel.got", ".igot.plt", ".rela.iplt",
                                        ".rel.iplt"};
    const struct elf_link *e = elf_of_ld(ld);
    if (ld->machine != MACH_X86_64 && ld->machine != MACH_I386) {
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool relocs = str_starts(str_c(names[i]), S(".rel"));
        if ((relocs && (names[i][4] == 'a') != e->rela) || (strchr(names[i], 'i') && e->dynamic)) {
            continue;
        }
        uint32_t type = !relocs ? SHT_PROGBITS : e->rela ? SHT_RELA : SHT_REL;
        struct ld_osec *os = elf_osec(ld, names[i], type, relocs ? SHF_ALLOC : SHF_ALLOC | SHF_WRITE, 0);
        ld_osec_add(ld, os, ld_new_chunk(ld, &ld_script_absent, 0, e->word == 8 ? 3 : 2, NULL));
    }
}

/* Instead of the default assignment. */
void elf_script_assign(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    take_commons(ld);
    make_absent(ld);
    ld_script_assign(ld);
    if (e->build_id && !(e->build_id->flags & LDC_LIVE)) {
        diag_warning(&ld->diag, ".note.gnu.build-id section discarded, --build-id ignored");
        e->build_id = NULL;
    }
    elf_script_orphans(ld);
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

/* What only holds statements has no type yet; arrays have entries, whatever is in them. .text is not written to,
   unless that is asked for. */
static void settle_type(const struct ld *ld, struct ld_osec *os)
{
    if (os->raw_type == SHT_NULL) {
        bool gap = os->raw_flags & SHF_ALLOC && !os->keep;
        uint32_t named = hook_type_by_name(os->name);
        os->raw_type = gap ? SHT_NOBITS : named && named != SHT_NOBITS ? named : SHT_PROGBITS;
        os->nobits = gap;
        os->raw_flags |= os->raw_flags & SHF_ALLOC || os->keep ? 0u : SHF_WRITE;
        size_t known = os->size ? special_of(os->name) : SIZE_MAX;
        os->raw_flags |= known != SIZE_MAX ? special[known].flags : 0;
    }
    if (os->raw_type == SHT_INIT_ARRAY || os->raw_type == SHT_FINI_ARRAY || os->raw_type == SHT_PREINIT_ARRAY) {
        os->entsize = elf_of_ld(ld)->word;
    }
    if (str_is(os->name, ".text") && os->raw_flags & SHF_ALLOC) {
        os->raw_flags = ld->opt.elf.omagic ? os->raw_flags | SHF_WRITE : os->raw_flags & ~(uint64_t)SHF_WRITE;
    }
}

void elf_script_order(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n;
    struct ld_osec *const *list = ld_script_sections(ld, &n);
    e->order.n = 0;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        ld->osecs.p[i]->number = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (ld_script_keeps(ld, list[i])) {
            elf_script_join_plt(ld, list[i]);
            settle_type(ld, list[i]);
            vec_push(&e->order, list[i]);
            list[i]->number = (uint32_t)e->order.n;
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
