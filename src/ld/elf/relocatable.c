/* relocatable.c - ld -r: objects joined into one that can be linked again.

   Sections of one name are joined, members of section groups stay apart and keep their groups. Nothing is
   resolved for good: relocations are copied with their new place and symbol, section symbols stand for
   the joined sections, commons stay commons. Source: gABI 4; GNU ld manual, "-r". */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

struct group_out {
    struct ld_file *f;
    uint32_t comdat;
    struct ld_osec *os;
};

struct joined {                 /* what an output section with relocations needs */
    struct ld_osec *os, *rel;
    struct buf bytes;
};

struct rlink {
    struct ld *ld;
    struct elf_link *e;
    VEC(struct group_out) groups;
    VEC(struct joined) joined;
    uint32_t **map;             /* by file: symbol -> index in the output */
    struct buf syms, strs;
    struct buf indices;         /* section numbers of symbols, where 16 bits are too few */
    uint32_t n_syms, n_local;
    bool many_sections;
    struct strmap names;        /* -z unique-symbol: how often each was there */
    uint32_t *sec_sym;          /* by section number: its symbol */
    uint8_t *used;              /* where symbols are left out: by id, those that relocations name */
};

/* ---- sections ---------------------------------------------------------------------------------------- */

struct ld_osec *elf_new_osec(struct ld *ld, struct str name)
{
    struct ld_osec *os = ARENA_NEW(&ld->arena, struct ld_osec);
    os->name = name;
    os->idx = (uint32_t)ld->osecs.n;
    vec_push(&ld->osecs, os);
    return os;
}

static bool is_object(const struct ld_file *f)
{
    return f->kind == LD_OBJECT && !f->bad && !f->skip;
}

/* Groups that won their election come out whole, each before its members. */
static void make_groups(struct rlink *r)
{
    for (size_t k = 2; k < r->ld->files.n && !r->ld->opt.force_groups; k++) {
        struct ld_file *f = r->ld->files.p[k];
        for (uint32_t i = 0; is_object(f) && i < f->obj.n_comdats; i++) {
            const struct comdat *c = &f->obj.comdats[i];
            if (!c->group_sec || !c->n_members || !(f->chunks[c->members[0]].flags & LDC_LIVE)) {
                continue;
            }
            struct ld_osec *os = elf_new_osec(r->ld, f->obj.sections[c->group_sec].name);
            os->raw_type = SHT_GROUP;
            os->entsize = 4;
            os->keep = true;
            vec_push(&r->groups, (struct group_out){f, i, os});
        }
    }
}

static void assign(struct rlink *r)
{
    struct ld *ld = r->ld;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 1; is_object(f) && i < f->obj.n_sections; i++) {
            struct ld_chunk *c = &f->chunks[i];
            const struct section *s = &f->obj.sections[i];
            if (!(c->flags & LDC_LIVE)) {
                continue;
            }
            r->e->gnu_abi |= (s->raw_flags & SHF_GNU_RETAIN) != 0; /* in another ABI the bit means nothing */
            if (c->osec) { /* a script has placed it */
                ld->osecs.p[c->osec]->raw_flags |= s->raw_flags & (SHF_GNU_RETAIN | SHF_EXCLUDE);
                continue;
            }
            if (ld->opt.orphan_handling && !ld_script_full(ld) && !elf_is_known_in_r(s->name)) {
                ld_orphan(ld, c, s->name);
                if (!(c->flags & LDC_LIVE)) {
                    continue;
                }
            }
            bool grouped = !ld->opt.force_groups && s->comdat && f->obj.comdats[s->comdat - 1].group_sec;
            bool apart = grouped || (ld->opt.unique.n && elf_is_unique(ld, s->name));
            struct ld_osec *os = apart ? elf_new_osec(ld, s->name) : ld_osec(ld, s->name);
            elf_add_input(ld, os, c);
            os->raw_flags |= s->raw_flags & (SHF_GNU_RETAIN | SHF_EXCLUDE);
            if (grouped) {
                os->raw_flags |= SHF_GROUP;
            }
        }
    }
}

static bool has_relocs(const struct ld_osec *os)
{
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        if (c->file && c->file->obj.sections[c->sec].n_relocs) {
            return true;
        }
    }
    return false;
}

/* Where GNU ld's script for -r puts a section: code, constants, threads' data, data, .bss, what is not loaded. */
static unsigned place_of(const struct ld_osec *os)
{
    static const struct { const char *name; unsigned place; } table[] = {
        {".init", 0}, {".plt", 1}, {".text", 2}, {".fini", 4}, {".rodata", 2}, {".rodata1", 4}, {".eh_frame", 5},
        {".gcc_except_table", 6}, {".tdata", 2}, {".data", 2}, {".bss", 2}};
    uint64_t f = os->raw_flags;
    unsigned place = 3, part = !(f & SHF_ALLOC)     ? 5
                               : f & SHF_EXECINSTR  ? 0
                               : !(f & SHF_WRITE)   ? 1
                               : f & SHF_TLS        ? 2
                               : os->nobits         ? 4
                                                    : 3;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        place = str_is(os->name, table[i].name) ? table[i].place : place;
    }
    return part * 8 + place;
}

static int cmp_places(const void *a, const void *b)
{
    const struct ld_osec *x = *(struct ld_osec *const *)a, *y = *(struct ld_osec *const *)b;
    unsigned px = place_of(x), py = place_of(y);
    return px != py ? (px > py) - (px < py) : (x->idx > y->idx) - (x->idx < y->idx);
}

/* The sections in their order, in e->order. */
static bool order(struct rlink *r)
{
    struct ld *ld = r->ld;
    for (size_t i = 0; i < r->groups.n; i++) {
        vec_push(&r->e->order, r->groups.p[i].os);
    }
    if (ld_script_full(ld)) {
        return elf_script_join_order(ld);
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (os->raw_type != SHT_NULL && os->raw_type != SHT_GROUP) {
            ld_layout_osec(os);
            vec_push(&r->e->order, os);
        }
    }
    qsort(r->e->order.p + r->groups.n, r->e->order.n - r->groups.n, sizeof *r->e->order.p, cmp_places);
    if (ld->script) {
        elf_script_beside(ld);
        ld_script_inserted(ld);
    }
    return ld_script_assignments(ld);
}

/* Numbers: each section, then its relocations. */
static void number(struct rlink *r)
{
    struct elf_link *e = r->e;
    size_t n = e->order.n;
    struct ld_osec **all = e->order.p;
    e->order.p = NULL;
    e->order.n = e->order.cap = 0;
    for (size_t i = 0; i < n; i++) {
        struct ld_osec *os = all[i];
        vec_push(&e->order, os);
        os->number = (uint32_t)e->order.n;
        if (has_relocs(os)) {
            const char *name = arena_printf(&r->ld->arena, "%s%.*s", e->rela ? ".rela" : ".rel", Q(os->name));
            struct ld_osec *rel = elf_new_osec(r->ld, str_c(name));
            rel->raw_type = e->rela ? SHT_RELA : SHT_REL;
            rel->raw_flags = SHF_INFO_LINK | (os->raw_flags & SHF_GROUP);
            rel->entsize = e->rel_size;
            vec_push(&e->order, rel);
            rel->number = (uint32_t)e->order.n;
            rel->info = os->number;
            vec_push(&r->joined, (struct joined){.os = os, .rel = rel});
        }
    }
    free(all);
}

/* ---- symbols ----------------------------------------------------------------------------------------- */

/* Numbers that are no section's: there may be sections of the same numbers. */
enum { IS_ABS = UINT32_MAX, IS_COMMON = UINT32_MAX - 1, IS_LARGE_COMMON = UINT32_MAX - 2 };

static uint16_t short_index(uint32_t shndx)
{
    return (uint16_t)(shndx == IS_ABS ? SHN_ABS : shndx == IS_COMMON ? SHN_COMMON
                      : shndx == IS_LARGE_COMMON ? SHN_X86_64_LCOMMON : shndx < SHN_LORESERVE ? shndx : SHN_XINDEX);
}

static uint32_t put(struct rlink *r, struct str name, uint8_t info, uint8_t other, uint32_t shndx, uint64_t value,
                    uint64_t size)
{
    if (r->many_sections) {
        buf_u32(&r->indices, false, short_index(shndx) == SHN_XINDEX ? shndx : 0);
    }
    r->e->gnu_abi |= (info & 15) == STT_GNU_IFUNC || info >> 4 == STB_GNU_UNIQUE;
    uint32_t at = name.len ? (uint32_t)r->strs.n : 0;
    if (name.len) {
        buf_str(&r->strs, name);
        buf_c(&r->strs, 0);
    }
    buf_u32(&r->syms, false, at);
    if (r->e->word == 8) {
        buf_c(&r->syms, (char)info);
        buf_c(&r->syms, (char)other);
        buf_u16(&r->syms, false, short_index(shndx));
        buf_u64(&r->syms, false, value);
        buf_u64(&r->syms, false, size);
    } else {
        buf_u32(&r->syms, false, (uint32_t)value);
        buf_u32(&r->syms, false, (uint32_t)size);
        buf_c(&r->syms, (char)info);
        buf_c(&r->syms, (char)other);
        buf_u16(&r->syms, false, short_index(shndx));
    }
    return r->n_syms++;
}

/* Number of the output section that section SEC of F went to; 0 if it is gone. */
static uint32_t number_of(const struct rlink *r, const struct ld_file *f, uint32_t sec)
{
    const struct ld_chunk *c = sec && sec < f->obj.n_sections ? &f->chunks[sec] : NULL;
    return c && c->flags & LDC_LIVE && c->osec ? r->ld->osecs.p[c->osec]->number : 0;
}

/* -x, -X, -s, --retain-symbols-file: notes what relocations of sections that stay name. */
static void note_used(struct rlink *r, const struct ld_file *f, uint8_t *locals)
{
    for (uint32_t i = 1; i < f->obj.n_sections; i++) {
        struct reloc block[RELOC_BLOCK];
        struct reloc_iter it;
        if (!number_of(r, f, i) || !f->obj.sections[i].n_relocs || !obj_reloc_start(&f->obj, i, &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t k = 0; k < n; k++) {
                uint32_t id = f->ids[block[k].sym];
                *(id != LD_NO_SYM ? &r->used[id] : &locals[block[k].sym]) = 1;
            }
        }
    }
}

static bool is_left_out(const struct ld *ld, const struct symbol *s)
{
    bool temporary = s->name.len > 1 && s->name.p[0] == '.' && s->name.p[1] == 'L';
    return ld->opt.discard == DISCARD_ALL || ld->opt.strip == STRIP_ALL || !ld_retains(ld, s->name) ||
           (ld->opt.discard == DISCARD_L && temporary);
}

static void put_locals(struct rlink *r, struct ld_file *f, uint32_t *map)
{
    uint8_t *used = r->used ? ARENA_ARRAY(&r->ld->arena, uint8_t, f->n_syms) : NULL;
    if (used) {
        note_used(r, f, used);
    }
    for (uint32_t i = 1; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (f->ids[i] != LD_NO_SYM) {
            continue;
        }
        if (used && !used[i] && s->type != SYM_SECTION && is_left_out(r->ld, s)) {
            continue;
        }
        uint32_t n = number_of(r, f, s->sec);
        bool plain = s->type != SYM_FILE && s->type != SYM_SECTION && (n || s->sec == SEC_ABS);
        struct str name = r->e->z.unique_symbol && plain ? elf_numbered(r->ld, &r->names, s->name) : s->name;
        if (s->type == SYM_SECTION) {
            map[i] = r->sec_sym[n];
        } else if (s->type == SYM_FILE || s->sec == SEC_ABS) {
            map[i] = put(r, name, s->raw_info, (uint8_t)s->raw_desc, IS_ABS, s->value, s->size);
        } else if (n) {
            map[i] = put(r, name, s->raw_info, (uint8_t)s->raw_desc, n, f->chunks[s->sec].off + s->value, s->size);
        }
    }
}

/* Local symbols that name F's groups and stand in no section: assemblers put them into the group's own. NEXT: the
   first group that is not of a file before F. */
static void put_signatures(struct rlink *r, const struct ld_file *f, uint32_t *map, size_t *next)
{
    for (; *next < r->groups.n && r->groups.p[*next].f == f; ++*next) {
        const struct group_out *g = &r->groups.p[*next];
        uint32_t sym = f->obj.comdats[g->comdat].sym;
        if (sym < f->n_syms && f->ids[sym] == LD_NO_SYM && !map[sym]) {
            map[sym] = put(r, f->obj.comdats[g->comdat].name, STB_LOCAL << 4, 0, g->os->number, 0, 0);
        }
    }
}

/* A symbol of a script, or a common that got its place. */
static void put_made(struct rlink *r, uint32_t id, const struct ld_chunk *made, uint8_t info, uint8_t other)
{
    const struct ld_osec *os = r->ld->osecs.p[made->osec];
    const struct symbol *s = ld_definition(r->ld, id);
    uint32_t shndx = os && !ld_has(r->ld, id, LDS_ABS) ? os->number : IS_ABS;
    uint64_t v = made->off + (os && shndx == IS_ABS ? os->addr : 0);
    r->ld->tab.aux[id] = put(r, ld_sym_name(r->ld, id), info, other, shndx, v, s ? s->size : 0);
}

/* HIDDEN and PROVIDE_HIDDEN: nothing outside of this object may name it. */
static bool is_script_local(const struct ld *ld, uint32_t id)
{
    return ld_sym(ld, id)->vis == VIS_HIDDEN && ld_script_assigns(ld, ld_sym_name(ld, id));
}

static void put_script_locals(struct rlink *r)
{
    const struct ld_file *f = r->ld->files.p[1];
    for (uint32_t i = 0; r->ld->script && i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        const struct ld_chunk *made = r->ld->internal_chunks.p[i];
        if (id != LD_NO_SYM && made && ld_sym(r->ld, id)->file == 1 && ld_sym(r->ld, id)->sym == i &&
            is_script_local(r->ld, id)) {
            put_made(r, id, made, STB_LOCAL << 4, 0);
        }
    }
}

static void put_globals(struct rlink *r, struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (id == LD_NO_SYM || ld_sym(r->ld, id)->file != f->idx || ld_sym(r->ld, id)->sym != i) {
            continue;
        }
        const struct symbol *s = &f->syms[i];
        const struct ld_sym *g = ld_sym(r->ld, id);
        if ((f->kind == LD_INTERNAL && is_script_local(r->ld, id)) ||
            (r->used && !r->used[id] && !ld_retains(r->ld, ld_sym_name(r->ld, id)))) {
            continue;
        }
        uint8_t other = (uint8_t)((s->raw_desc & ~3) | (g->vis & 3));
        const struct ld_chunk *made = f->kind == LD_INTERNAL ? r->ld->internal_chunks.p[i] : NULL; /* -d */
        uint32_t n = f->kind == LD_OBJECT && !sec_is_special(s->sec) ? number_of(r, f, s->sec) : 0;
        struct str name = ld_sym_name(r->ld, id);
        if (s->flags & SYMF_EXPORTED && f->kind == LD_OBJECT) { /* foo@@V keeps its version */
            name = str_c(s->name.p);
        }
        if (f->kind == LD_INTERNAL && g->rank <= RANK_UNDEF) {
            r->ld->tab.aux[id] = put(r, name, STB_GLOBAL << 4, other, SHN_UNDEF, 0, 0);
        } else if (s->sec == SEC_COMMON) {
            uint32_t shndx = s->flags & SYMF_LARGE ? IS_LARGE_COMMON : IS_COMMON;
            uint8_t type = s->type == SYM_TLS      ? STT_TLS
                           : r->e->z.common   ? STT_COMMON
                           : r->e->z.nocommon ? STT_OBJECT
                                              : s->raw_info & 15;
            r->ld->tab.aux[id] = put(r, name, (uint8_t)((s->raw_info & 0xf0) | type), other, shndx,
                                     UINT64_C(1) << s->common_align_p2, s->size);
        } else if (s->sec == SEC_ABS) {
            uint8_t info = f->kind == LD_INTERNAL ? STB_GLOBAL << 4 : s->raw_info; /* --defsym */
            r->ld->tab.aux[id] = put(r, name, info, other, IS_ABS, s->value, s->size);
        } else if (made) {
            put_made(r, id, made, (uint8_t)(STB_GLOBAL << 4 | (s->raw_info & 15)), other);
        } else if (n) {
            r->ld->tab.aux[id] = put(r, name, s->raw_info, other, n, f->chunks[s->sec].off + s->value, s->size);
        } else if (s->sec == SEC_UNDEF || ld_has(r->ld, id, LDS_REF)) { /* else it is in a section left out */
            uint8_t bind = ld_has(r->ld, id, LDS_REF) ? STB_GLOBAL : STB_WEAK;
            r->ld->tab.aux[id] = put(r, name, (uint8_t)(bind << 4 | (s->raw_info & 15)), other, SHN_UNDEF, 0, 0);
        }
    }
}

static void make_symbols(struct rlink *r)
{
    struct ld *ld = r->ld;
    buf_c(&r->strs, 0);
    put(r, (struct str){0}, 0, 0, 0, 0, 0);
    r->sec_sym = ARENA_ARRAY(&ld->arena, uint32_t, r->e->order.n + 1);
    for (size_t i = 0; i < r->e->order.n; i++) {
        const struct ld_osec *os = r->e->order.p[i];
        if (os->raw_type != SHT_RELA && os->raw_type != SHT_REL && os->raw_type != SHT_GROUP) {
            r->sec_sym[os->number] = put(r, (struct str){0}, STT_SECTION, 0, os->number, 0, 0);
        }
    }
    if (ld->opt.discard == DISCARD_ALL || ld->opt.discard == DISCARD_L || ld->opt.strip == STRIP_ALL ||
        ld->opt.retain_symbols.n) {
        r->used = ARENA_ARRAY(&ld->arena, uint8_t, ld->tab.cap);
    }
    size_t group = 0;
    r->map = ARENA_ARRAY(&ld->arena, uint32_t *, ld->files.n);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (is_object(f)) {
            r->map[k] = ARENA_ARRAY(&ld->arena, uint32_t, f->n_syms);
            put_locals(r, f, r->map[k]);
            put_signatures(r, f, r->map[k], &group);
        }
    }
    put_script_locals(r);
    r->n_local = r->n_syms;
    for (size_t k = 1; k < ld->files.n; k++) {
        if (!ld->files.p[k]->bad && !ld->files.p[k]->skip) {
            put_globals(r, ld->files.p[k]);
        }
    }
}

/* ---- relocations ------------------------------------------------------------------------------------- */

/* How far a section symbol's target moved. */
static uint64_t moved(const struct ld_file *f, uint32_t sym)
{
    const struct symbol *s = &f->syms[sym];
    return f->ids[sym] == LD_NO_SYM && s->type == SYM_SECTION && s->sec < f->obj.n_sections
               ? f->chunks[s->sec].off + s->value : 0;
}

static void join_relocs(struct rlink *r, struct joined *j)
{
    for (size_t k = 0; k < j->os->chunks.n; k++) {
        const struct ld_chunk *c = j->os->chunks.p[k];
        struct reloc block[RELOC_BLOCK];
        struct reloc_iter it;
        if (!c->file || !c->file->obj.sections[c->sec].n_relocs ||
            !obj_reloc_start(&c->file->obj, c->sec, &it)) {
            continue;
        }
        const struct ld_file *f = c->file;
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n; i++) {
                uint32_t id = f->ids[block[i].sym], type = block[i].raw_type;
                uint32_t sym = id != LD_NO_SYM ? r->ld->tab.aux[id] : r->map[f->idx][block[i].sym];
                uint8_t rec[RELA64_SIZE];
                if (!sym && block[i].sym) {
                    type = 0; /* its target is in a group that lost */
                }
                elf_put_rel(r->e, rec, c->off + block[i].off, sym, type,
                            (uint64_t)block[i].addend + moved(f, block[i].sym));
                buf_add(&j->bytes, rec, r->e->rel_size);
            }
        }
    }
}

/* REL machines keep addends in the section: those of section symbols move with their targets. */
void elf_adjust_addends(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    if (elf_of_ld(ld)->rela || !obj_reloc_start(&c->file->obj, c->sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            uint64_t by = moved(c->file, block[i].sym);
            if (by && !(block[i].flags & RELF_BITS)) {
                arch_put(out + block[i].off, block[i].width, RELF_ANY, (uint64_t)block[i].addend + by);
            }
        }
    }
}

/* ---- the list ---------------------------------------------------------------------------------------- */

static struct ld_osec *table(struct rlink *r, const char *name, uint32_t type, uint64_t entsize, struct buf *b,
                             uint8_t p2)
{
    struct ld_osec *os = elf_new_osec(r->ld, str_c(name));
    os->raw_type = type;
    os->entsize = entsize;
    ld_osec_add(r->ld, os, ld_bytes_chunk(r->ld, b->p, b->n, p2));
    ld_layout_osec(os);
    vec_push(&r->e->order, os);
    os->number = (uint32_t)r->e->order.n;
    buf_free(b);
    return os;
}

static void fill_groups(struct rlink *r)
{
    uint32_t *rel_of = ARENA_ARRAY(&r->ld->arena, uint32_t, r->e->order.n + 1); /* by section: its relocations */
    for (size_t k = 0; k < r->joined.n; k++) {
        rel_of[r->joined.p[k].os->number] = r->joined.p[k].rel->number;
    }
    for (size_t i = 0; i < r->groups.n; i++) {
        const struct group_out *g = &r->groups.p[i];
        const struct comdat *c = &g->f->obj.comdats[g->comdat];
        struct buf b = {0};
        buf_u32(&b, false, c->selection == COMDAT_ANY ? GRP_COMDAT : 0);
        for (uint32_t m = 0; m < c->n_members; m++) {
            uint32_t n = number_of(r, g->f, c->members[m]);
            if (n) {
                buf_u32(&b, false, n);
            }
            if (rel_of[n]) {
                buf_u32(&b, false, rel_of[n]);
            }
        }
        ld_osec_add(r->ld, g->os, ld_bytes_chunk(r->ld, b.p, b.n, 2));
        ld_layout_osec(g->os);
        uint32_t id = c->sym < g->f->n_syms ? g->f->ids[c->sym] : LD_NO_SYM;
        g->os->info = id != LD_NO_SYM ? r->ld->tab.aux[id] : c->sym < g->f->n_syms ? r->map[g->f->idx][c->sym] : 0;
        buf_free(&b);
    }
}

static void place(struct elf_link *e)
{
    uint64_t off = e->head_len;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (!os->scripted) {
            ld_layout_osec(os);
            os->addr = 0;
        }
        off = align_up(off, UINT64_C(1) << os->align_p2);
        os->file_off = off;
        os->file_size = os->nobits ? 0 : os->size;
        off += os->file_size;
    }
    e->shoff = align_up(off, 8);
}

/* Output sections, and where scripts put symbols. */
static bool sections(struct rlink *r)
{
    struct ld *ld = r->ld;
    bool full = ld_script_full(ld);
    elf_make_notes(ld);
    ld_script_insert(ld);
    if (full) {
        elf_script_join(ld);
    } else {
        make_groups(r);
    }
    assign(r);
    if (ld->opt.define_common && !full) {
        elf_alloc_commons(ld);
    }
    struct ld_osec *stack = ld_osec(ld, S(".note.GNU-stack"));
    stack->raw_type = SHT_PROGBITS;
    stack->raw_flags = r->e->exec_stack ? SHF_EXECINSTR : 0;
    if (full) {
        ld_script_orphans(ld);
        make_groups(r);
    }
    ld_script_symbols(ld);
    if (!order(r) || !ld_script_check_refs(ld)) {
        return false;
    }
    ld_script_place_symbols(ld, r->e->order.p, r->e->order.n);
    return true;
}

/* An object has no entry point and exports all: what is wanted of it has to be said. */
static bool collect_garbage(struct ld *ld)
{
    const struct ld_options *o = &ld->opt;
    if (!(o->entry && *o->entry) && !o->undefined.n && !o->require_defined.n && !o->gc_keep_exported) {
        return diag_error(&ld->diag, "--gc-sections with -r requires a defined symbol root specified by -e or -u");
    }
    ld_pass(ld, "gc");
    return ld_gc(ld);
}

bool elf_link_relocatable(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct rlink r = {.ld = ld, .e = e};
    uint32_t each = e->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    uint8_t p2 = e->word == 8 ? 3 : 2;
    if (ld->opt.gc_sections && !collect_garbage(ld)) {
        return false;
    }
    ld_pass(ld, "join");
    if (!elf_script_start(ld) || !sections(&r)) {
        return false;
    }
    number(&r);
    r.many_sections = e->order.n >= SHN_LORESERVE;
    make_symbols(&r);
    for (size_t i = 0; i < r.joined.n; i++) {
        struct joined *j = &r.joined.p[i];
        join_relocs(&r, j);
        ld_osec_add(ld, j->rel, ld_bytes_chunk(ld, j->bytes.p, j->bytes.n, p2));
        buf_free(&j->bytes);
    }
    fill_groups(&r);
    e->os_symtab = table(&r, ".symtab", SHT_SYMTAB, each, &r.syms, p2);
    if (r.many_sections) {
        table(&r, ".symtab_shndx", SHT_SYMTAB_SHNDX, 4, &r.indices, 2);
    }
    e->os_strtab = table(&r, ".strtab", SHT_STRTAB, 0, &r.strs, 0);
    e->n_local_syms = r.n_local;
    elf_name_sections(ld);
    e->head_len = e->word == 8 ? EHDR64_SIZE : EHDR32_SIZE;
    place(e);
    e->rest_off = e->head_len;
    if (diag_ok(&ld->diag)) {
        elf_compress_debug(ld);
        place(e);
    }
    vec_free(&r.groups);
    vec_free(&r.joined);
    strmap_free(&r.names);
    ld_pass(ld, "write");
    ld->phase = PHASE_LAID_OUT;
    return ld_checkpoint(ld) && elf_write(ld);
}
