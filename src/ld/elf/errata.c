/* errata.c - AArch64: two faults of the Cortex-A53 that linkers work around.

   843419: an ADRP in one of the last two words of a 4 KiB page, then a load or store, then, at once or one instruction
   later, a load or store with an unsigned offset whose base is the register of the ADRP, may use a wrong address. An
   ADRP whose page is within 1 MiB becomes an ADR; else the last of the three moves out of line, into a veneer that
   jumps back. 835769: a 64-bit multiply-accumulate directly behind a memory access that it does not depend on may give
   a wrong result; the multiply-accumulate moves out of line.

   Sites are looked for in the input's bytes after a layout: for 843419 only the ends of pages can be any. Veneers stand
   behind the code they serve, in groups that are whole pages long when 843419 is in play, so that no other code moves
   to another place in its page. Whether a site still is one is looked at again once its bytes are relocated, for that
   may rewrite an ADRP. Only what mapping symbols call code is looked at.
   Sources: Arm's notices "Cortex-A53 MPCore Software Developers Errata Notice", 843419 and 835769; ELF for the Arm
   64-bit Architecture, "Mapping symbols"; which accesses count follows GNU ld. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

enum { VENEER = 8, ERRATA_STRETCH = 64 << 20, PAGE = 4096 };

struct fix {
    struct ld_chunk *c;
    uint64_t off;        /* of the instruction that moves */
    uint64_t adrp;       /* 843419: of the ADRP */
    uint64_t at;         /* of its veneer, in the group */
    struct reloc reloc;  /* of the instruction that moves, if has_reloc */
    bool is_843419, has_reloc;
    bool veneer;         /* has one */
};

/* What LDC_PATCHED chunks have as priv. */
struct site {
    size_t first, n;     /* in the list of fixes */
    const struct ld_chunk *group;
};

/* Of a group: its fixes. */
struct group {
    size_t first, end;
};

struct mapping {
    uint32_t sec;
    bool code;
    uint64_t value;
};

struct elf_errata {
    VEC(struct fix) fixes;
    VEC(struct ld_chunk *) out; /* the chunks of the section at hand, groups included */
    bool any;               /* a group was made */
    struct ld_file *mapped; /* whose mapping symbols these are */
    VEC(struct mapping) map;
};

/* ---- instructions (Arm ARM, C4.1) ------------------------------------------------------------------- */

struct access {
    unsigned rt, rt2;
    bool pair, load;
};

static bool is_adrp(uint32_t insn)
{
    return (insn & 0x9f000000) == 0x90000000;
}

static bool is_unsigned_offset(uint32_t insn)
{
    return (insn & 0x3b000000) == 0x39000000;
}

/* Loads and stores, prefetches among them. */
static bool is_access(uint32_t insn, struct access *a)
{
    if ((insn & 0x0a000000) != 0x08000000) {
        return false;
    }
    *a = (struct access){insn & 31, insn & 31, false, insn >> 22 & 1};
    if ((insn & 0x3f000000) == 0x08000000) { /* exclusive */
        a->rt2 = insn >> 10 & 31;
        a->pair = insn >> 21 & 1;
        return true;
    }
    if ((insn & 0x3a000000) == 0x28000000) { /* pairs */
        a->rt2 = insn >> 10 & 31;
        a->pair = true;
        return true;
    }
    if ((insn & 0x3b000000) == 0x18000000) { /* literal */
        a->load = true;
        return true;
    }
    if ((insn & 0x3a000000) == 0x38000000) { /* one register: any addressing mode */
        unsigned opc = insn >> 22 & 3;
        a->load = opc == 1 || opc == 3 || (opc == 2 && !(insn >> 26 & 1));
        return true;
    }
    return (insn & 0xbe000000) == 0x0c000000; /* vectors of structures */
}

static bool is_843419(uint32_t first, uint32_t second, uint32_t last)
{
    struct access a;
    return is_adrp(first) && is_access(second, &a) && !(a.pair && a.load) && is_unsigned_offset(last) &&
           (last >> 5 & 31) == (first & 31);
}

/* 64-bit multiply-accumulate: MADD, MSUB, SMADDL ... with an accumulator. */
static bool is_accumulate(uint32_t insn)
{
    unsigned op = insn >> 21 & 7;
    return (insn & 0xff000000) == 0x9b000000 && (op == 0 || op == 1 || op == 5) && (insn >> 10 & 31) != 31;
}

static bool is_835769(uint32_t first, uint32_t second)
{
    struct access a;
    if (!is_accumulate(second) || !is_access(first, &a)) {
        return false;
    }
    if (first >> 26 & 1 || !a.load) { /* a vector's access depends on nothing of it */
        return true;
    }
    unsigned rn = second >> 5 & 31, rm = second >> 16 & 31, ra = second >> 10 & 31;
    bool uses = a.rt == rn || a.rt == rm || a.rt == ra;
    return !uses && !(a.pair && (a.rt2 == rn || a.rt2 == rm || a.rt2 == ra));
}

static bool put_jump(uint8_t *p, uint64_t from, uint64_t to)
{
    uint64_t d = to - from;
    put_u32le(p, 0x14000000 | ((uint32_t)(d >> 2) & 0x03ffffff));
    return d + (UINT64_C(1) << 27) < UINT64_C(1) << 28;
}

/* ---- finding them ----------------------------------------------------------------------------------- */

static int cmp_mapping(const void *x, const void *y)
{
    const struct mapping *a = x, *b = y;
    return a->sec != b->sec ? (a->sec > b->sec) - (a->sec < b->sec) : (a->value > b->value) - (a->value < b->value);
}

static void read_mapping(struct elf_errata *w, struct ld_file *f)
{
    w->mapped = f;
    w->map.n = 0;
    for (uint32_t i = 0; i < f->n_syms && i < f->obj.first_global; i++) {
        const struct symbol *s = &f->syms[i];
        struct str n = s->name;
        if (n.len >= 2 && n.p[0] == '$' && (n.p[1] == 'x' || n.p[1] == 'd') && (n.len == 2 || n.p[2] == '.')) {
            vec_push(&w->map, (struct mapping){s->sec, n.p[1] == 'x', s->value});
        }
    }
    if (w->map.n) {
        qsort(w->map.p, w->map.n, sizeof *w->map.p, cmp_mapping);
    }
}

/* Are the bytes FROM to TO of section C one stretch of code? */
static bool is_code(struct elf_errata *w, const struct ld_chunk *c, uint64_t from, uint64_t to)
{
    if (w->mapped != c->file) {
        read_mapping(w, c->file);
    }
    size_t lo = 0, hi = w->map.n; /* the last that begins at or before FROM */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct mapping *m = &w->map.p[mid];
        if (m->sec < c->sec || (m->sec == c->sec && m->value <= from)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (!lo || w->map.p[lo - 1].sec != c->sec || !w->map.p[lo - 1].code) {
        return false;
    }
    while (lo < w->map.n && w->map.p[lo].sec == c->sec && w->map.p[lo].code) {
        lo++;
    }
    return lo == w->map.n || w->map.p[lo].sec != c->sec || w->map.p[lo].value >= to;
}

static void find_843419(struct ld *ld, struct elf_errata *w, struct ld_chunk *c, struct view v)
{
    uint64_t addr = ld_chunk_addr(ld, c);
    uint64_t off = (PAGE - 8 - addr) & (PAGE - 1);
    off = addr % PAGE == PAGE - 4 ? 0 : off;
    while (off + 12 <= v.len) {
        uint32_t a = get_u32le(v.p + off), b = get_u32le(v.p + off + 4), d = get_u32le(v.p + off + 8);
        uint64_t last = is_843419(a, b, d) ? off + 8 : 0;
        if (!last && off + 16 <= v.len && is_843419(a, b, get_u32le(v.p + off + 12))) {
            last = off + 12;
        }
        if (last && is_code(w, c, off, last + 4)) {
            bool veneer = ld->opt.elf.fix_843419 != FIX_ADR;
            vec_push(&w->fixes,
                     (struct fix){.c = c, .off = last, .adrp = off, .is_843419 = true, .veneer = veneer});
        }
        off += (addr + off) % PAGE == PAGE - 8 ? 4 : PAGE - 4;
    }
}

static int cmp_fix(const void *x, const void *y)
{
    const struct fix *a = x, *b = y;
    return (a->off > b->off) - (a->off < b->off);
}

/* One instruction may end two sites: then it moves once. */
static void sort_fixes(struct elf_errata *w, size_t first)
{
    size_t n = first;
    qsort(w->fixes.p + first, w->fixes.n - first, sizeof *w->fixes.p, cmp_fix);
    for (size_t i = first; i < w->fixes.n; i++) {
        if (n > first && w->fixes.p[n - 1].off == w->fixes.p[i].off) {
            w->fixes.p[n - 1].veneer |= w->fixes.p[i].veneer;
        } else {
            w->fixes.p[n++] = w->fixes.p[i];
        }
    }
    w->fixes.n = n;
}

static void find_835769(struct elf_errata *w, struct ld_chunk *c, struct view v)
{
    for (uint64_t off = 4; off + 4 <= v.len; off += 4) {
        if (is_835769(get_u32le(v.p + off - 4), get_u32le(v.p + off)) && is_code(w, c, off - 4, off + 4)) {
            vec_push(&w->fixes, (struct fix){.c = c, .off = off, .veneer = true});
        }
    }
}

/* The relocations of what moves. */
static bool note_relocs(struct elf_errata *w, struct ld_chunk *c, size_t first)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    if (!c->file->obj.sections[c->sec].n_relocs || c->flags & LDC_NO_RELOC) {
        return true;
    }
    if (!obj_reloc_start(&c->file->obj, c->sec, &it)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            const struct fix key = {.off = block[i].off};
            struct fix *f = bsearch(&key, w->fixes.p + first, w->fixes.n - first, sizeof key, cmp_fix);
            if (f && block[i].kind != KIND_NONE) {
                f->reloc = block[i];
                f->has_reloc = true;
            }
        }
    }
    return !it.bad;
}

static bool find_sites(struct ld *ld, struct elf_errata *w, struct ld_chunk *c)
{
    if (!c->file || c->ops || !(c->flags & LDC_LIVE) || c->flags & (LDC_FOLDED | LDC_MERGE | LDC_NOBITS)) {
        return true;
    }
    const struct section *s = &c->file->obj.sections[c->sec];
    size_t first = w->fixes.n;
    if (s->flags & SEC_COMPRESSED || !(s->raw_flags & SHF_EXECINSTR)) {
        return true;
    }
    if (ld->opt.elf.fix_843419) {
        find_843419(ld, w, c, s->data);
    }
    if (ld->opt.elf.fix_835769) {
        find_835769(w, c, s->data);
    }
    if (w->fixes.n == first) {
        return true;
    }
    sort_fixes(w, first);
    c->flags |= LDC_PATCHED;
    struct site *site = ARENA_NEW(&ld->arena, struct site);
    *site = (struct site){.first = first, .n = w->fixes.n - first};
    c->priv = site;
    return note_relocs(w, c, first);
}

/* ---- veneers ---------------------------------------------------------------------------------------- */

static void write_veneers(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_errata *w = elf_of_ld(ld)->errata;
    const struct group *g = c->priv;
    uint64_t va = ld_chunk_addr(ld, c);
    memset(out, 0, (size_t)c->size);
    for (size_t i = g->first; i < g->end; i++) {
        const struct fix *f = &w->fixes.p[i];
        if (f->veneer) {
            uint8_t *p = out + f->at;
            memcpy(p, f->c->file->obj.sections[f->c->sec].data.p + f->off, 4);
            if (f->has_reloc) {
                elf_relocate_one(ld, f->c->file, f->c->sec, &f->reloc, p, va + f->at);
            }
            put_jump(p + 4, va + f->at + 4, ld_chunk_addr(ld, f->c) + f->off + 4);
        }
    }
}

/* A group of veneers for the fixes FROM on, if they need any. */
static void add_group(struct ld *ld, struct elf_errata *w, const struct ld_osec *os, size_t from)
{
    static const struct ld_chunk_ops ops = {"veneers", write_veneers};
    uint64_t size = 0;
    bool pages = false;
    for (size_t i = from; i < w->fixes.n; i++) {
        struct fix *f = &w->fixes.p[i];
        f->at = size;
        size += f->veneer ? VENEER : 0;
        pages |= f->is_843419;
    }
    if (size) {
        struct group *g = ARENA_NEW(&ld->arena, struct group);
        *g = (struct group){from, w->fixes.n};
        struct ld_chunk *c = ld_new_chunk(ld, &ops, pages ? align_up(size, PAGE) : size, 2, g);
        c->osec = os->idx;
        for (size_t i = from; i < w->fixes.n; i++) {
            ((struct site *)w->fixes.p[i].c->priv)->group = c;
        }
        vec_push(&w->out, c);
        w->any = true;
    }
}

static bool fix_section(struct ld *ld, struct elf_errata *w, struct ld_osec *os)
{
    size_t from = w->fixes.n;
    uint64_t start = 0;
    bool ok = true;
    w->out.n = 0;
    w->any = false;
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        ok = find_sites(ld, w, c) && ok;
        vec_push(&w->out, c);
        if (i + 1 == os->chunks.n || os->chunks.p[i + 1]->off + os->chunks.p[i + 1]->size - start > ERRATA_STRETCH) {
            add_group(ld, w, os, from);
            from = w->fixes.n;
            start = c->off + c->size;
        }
    }
    if (w->any) {
        os->chunks.n = 0;
        for (size_t i = 0; i < w->out.n; i++) {
            vec_push(&os->chunks, w->out.p[i]);
        }
    }
    return ok;
}

bool elf_fix_errata(struct ld *ld, bool *made)
{
    struct elf_link *e = elf_of_ld(ld);
    *made = false;
    if (ld->machine != MACH_ARM64 || !(ld->opt.elf.fix_843419 || ld->opt.elf.fix_835769)) {
        return true;
    }
    struct elf_errata *w = e->errata = ARENA_NEW(&ld->arena, struct elf_errata);
    bool ok = true;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (os->raw_flags & SHF_EXECINSTR && !os->nobits) {
            ok = fix_section(ld, w, os) && ok;
            *made |= w->any;
        }
    }
    ld_count(ld, "places of Cortex-A53 errata", w->fixes.n);
    return ld_checkpoint(ld) && ok;
}

/* ---- applying --------------------------------------------------------------------------------------- */

/* Makes the ADRP at P, which is at PLACE, an ADR if that reaches its page. */
static bool make_adr(uint8_t *p, uint64_t place)
{
    uint32_t insn = get_u32le(p);
    int64_t pages = (int64_t)((insn >> 5 & 0x7ffff) << 2 | (insn >> 29 & 3));
    pages -= pages & 0x100000 ? 0x200000 : 0;
    int64_t d = pages * PAGE - (int64_t)(place & (PAGE - 1));
    if (d < -0x100000 || d >= 0x100000) {
        return false;
    }
    uint32_t low = (uint32_t)d & 3, high = (uint32_t)(d >> 2) & 0x7ffff;
    put_u32le(p, 0x10000000 | low << 29 | high << 5 | (insn & 31));
    return true;
}

/* Does F, relocated, still have what the processor mistakes? */
static bool is_site(const struct fix *f, const uint8_t *out)
{
    return !f->is_843419 || is_843419(get_u32le(out + f->adrp), get_u32le(out + f->adrp + 4), get_u32le(out + f->off));
}

void elf_patch(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_errata *w = elf_of_ld(ld)->errata;
    const struct site *s = c->priv;
    uint64_t va = ld_chunk_addr(ld, c);
    for (size_t i = s->first; i < s->first + s->n; i++) {
        const struct fix *f = &w->fixes.p[i];
        if (!is_site(f, out) || (f->is_843419 && ld->opt.elf.fix_843419 != FIX_ADRP &&
                                 make_adr(out + f->adrp, va + f->adrp))) {
            continue;
        }
        if (!f->veneer) {
            ld_error_at(ld, c->file, c->sec, f->adrp, "erratum 843419: the page is too far away for ADR, which "
                        "--fix-cortex-a53-843419=adr asks for");
        } else if (!put_jump(out + f->off, va + f->off, ld_chunk_addr(ld, s->group) + f->at)) {
            ld_error_at(ld, c->file, c->sec, f->off, "the veneer for an erratum of Cortex-A53 is out of reach");
        }
    }
}

void elf_free_errata(struct elf_link *e)
{
    if (e->errata) {
        vec_free(&e->errata->fixes);
        vec_free(&e->errata->out);
        vec_free(&e->errata->map);
    }
}
