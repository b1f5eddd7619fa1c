/* elf_plt.c - names for the entries of the procedure linkage table ("puts@plt").

   A PLT entry jumps through a GOT cell, and a dynamic relocation of that cell names the symbol. So:
   collect cell -> symbol from the relocations, decode the jumps in the sections called .plt*, and look
   their cells up. Only the instruction that loads the cell is recognised, wherever it stands in an
   entry: that covers lazy and non-lazy tables, .plt.sec and .plt.got, of every linker.

   Sources: the psABI of each machine, "Procedure Linkage Table". */
#include <stdlib.h>

#include "obj/elf_int.h"

struct cell {
    uint64_t va;
    uint64_t addend; /* of a cell without symbol: the resolver of an indirect function */
    uint32_t sym;
};

struct cells {
    struct cell *p;
    size_t n;
};

static void collect(struct object *obj, uint64_t va, uint64_t len, bool rela, struct cells *out)
{
    struct view v;
    uint64_t each = obj->is64 ? (rela ? RELA64_SIZE : REL64_SIZE) : (rela ? RELA32_SIZE : REL32_SIZE);
    if (va == 0 || !elf_va(obj, va, &v)) {
        return;
    }
    uint64_t n = (len < v.len ? len : v.len) / each;
    struct cell *p = arena_alloc(obj->arena, arena_bytes(out->n + n, sizeof *p));
    if (out->n) {
        memcpy(p, out->p, out->n * sizeof *p);
    }
    out->p = p;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *r = v.p + i * each;
        uint64_t off = obj->is64 ? get_u64(r, obj->big_endian) : get_u32(r, obj->big_endian);
        uint64_t info = obj->is64 ? get_u64(r + 8, obj->big_endian) : get_u32(r + 4, obj->big_endian);
        uint64_t sym = obj->is64 ? info >> 32 : info >> 8;
        const struct reloc_row *row = reloc_find(obj, (uint32_t)(obj->is64 ? info : info & 0xff));
        uint64_t addend = !rela ? 0 : obj->is64 ? get_u64(r + 16, obj->big_endian) : get_u32(r + 8, obj->big_endian);
        if ((sym != 0 && sym < obj->n_dynsyms) || (sym == 0 && rela && row && row->kind == KIND_IRELATIVE)) {
            out->p[out->n++] = (struct cell){off, addend, (uint32_t)sym};
        }
    }
}

static int by_va(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return x->va < y->va ? -1 : x->va > y->va;
}

static const struct cell *find_cell(const struct cells *c, uint64_t va)
{
    struct cell key = {.va = va};
    return c->n ? bsearch(&key, c->p, c->n, sizeof key, by_va) : NULL;
}

/* One recognised entry: where it starts and which cell it goes through. */
struct entry {
    uint64_t start, cell;
};

/* x86: jmp *cell, as ff 25 disp32 (relative on x86-64, absolute on i386) or ff a3 disp32 (from the
   GOT, in ebx), behind an optional bnd prefix and endbr. */
static size_t x86_entry(const struct object *obj, const struct section *s, uint64_t got, size_t at,
                        struct entry *e)
{
    const uint8_t *p = s->data.p + at;
    if (s->data.len - at < 6 || p[0] != 0xff || (p[1] != 0x25 && (p[1] != 0xa3 || obj->is64))) {
        return 1;
    }
    int32_t disp = (int32_t)get_u32le(p + 2);
    e->cell = obj->machine == MACH_X86_64 ? s->addr + at + 6 + (uint64_t)(int64_t)disp
              : p[1] == 0x25             ? (uint32_t)disp
                                         : (uint32_t)(got + (uint64_t)(int64_t)disp);
    size_t start = at;
    start -= start >= 1 && p[-1] == 0xf2;
    start -= start >= 4 && view_starts(view_from(s->data, start - 4), "\xf3\x0f\x1e", 3) ? 4 : 0;
    e->start = s->addr + start;
    return 6;
}

/* AArch64: adrp x16, page; ldr x17, [x16, #low]; optionally behind bti c. */
static size_t arm64_entry(const struct section *s, size_t at, struct entry *e)
{
    if (s->data.len - at < 8) {
        return 4;
    }
    uint32_t adrp = get_u32le(s->data.p + at), ldr = get_u32le(s->data.p + at + 4);
    if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211) {
        return 4;
    }
    int64_t pages = (int64_t)((adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3));
    pages = (pages ^ 0x100000) - 0x100000;
    e->cell = ((s->addr + at) & ~UINT64_C(0xfff)) + (uint64_t)(pages * 4096) + (uint64_t)(ldr >> 10 & 0xfff) * 8;
    bool bti = at >= 4 && get_u32le(s->data.p + at - 4) == 0xd503245f;
    e->start = s->addr + at - (bti ? 4 : 0);
    return 8;
}

/* RISC-V: auipc t3, hi; l[wd] t3, lo(t3). */
static size_t riscv_entry(const struct object *obj, const struct section *s, size_t at, struct entry *e)
{
    if (s->data.len - at < 8) {
        return 4;
    }
    uint32_t auipc = get_u32le(s->data.p + at), load = get_u32le(s->data.p + at + 4);
    if ((auipc & 0xfff) != 0xe17 || (load & 0xfffff) != (obj->is64 ? 0xe3e03u : 0xe2e03u)) {
        return 4;
    }
    int64_t hi = (int32_t)(auipc & 0xfffff000), lo = (int32_t)load >> 20;
    e->cell = s->addr + at + (uint64_t)(hi + lo);
    e->cell &= obj->is64 ? UINT64_MAX : UINT32_MAX;
    e->start = s->addr + at;
    return 8;
}

static size_t next_entry(const struct object *obj, const struct section *s, uint64_t got, size_t at,
                         struct entry *e)
{
    switch (obj->machine) {
    case MACH_X86_64:
    case MACH_I386: return x86_entry(obj, s, got, at, e);
    case MACH_ARM64: return arm64_entry(s, at, e);
    case MACH_RISCV: return riscv_entry(obj, s, at, e);
    default: return SIZE_MAX;
    }
}

/* An entry whose cell has no symbol goes by its resolver's address, as GNU tools show it. */
static void name_entry(struct object *obj, uint32_t sec, const struct entry *e, const struct cell *c,
                       struct symbol *out)
{
    const struct symbol *target = &obj->dynsyms[c->sym];
    const char *name = c->sym ? arena_printf(obj->arena, "%.*s@plt", Q(target->name))
                              : arena_printf(obj->arena, "*ABS*+0x%llx@plt", (unsigned long long)c->addend);
    *out = (struct symbol){.name = str_c(name),
                           .value = e->start,
                           .sec = sec,
                           .raw_idx = UINT32_MAX,
                           .alias = UINT32_MAX,
                           .binding = c->sym ? target->binding : BIND_GLOBAL,
                           .type = SYM_FUNC,
                           .raw_info = STT_FUNC};
}

static void scan_plt(struct object *obj, uint32_t sec, uint64_t got, const struct cells *cells,
                     struct symbol *out, uint32_t *n)
{
    const struct section *s = &obj->sections[sec];
    for (size_t at = 0; at < s->data.len;) {
        struct entry e = {0, 0};
        size_t step = next_entry(obj, s, got, at, &e);
        const struct cell *c = e.start ? find_cell(cells, e.cell) : NULL;
        /* No more names than cells, however often a damaged table repeats an entry. */
        if (c && *n < cells->n) {
            name_entry(obj, sec, &e, c, &out[(*n)++]);
        }
        at = step > s->data.len - at ? (size_t)s->data.len : at + step;
    }
}

bool elf_synthetic(struct object *obj, struct symbol **out, uint32_t *n)
{
    if (obj->type != OBJ_TYPE_EXECUTABLE && obj->type != OBJ_TYPE_SHARED) {
        return true;
    }
    if (!obj_load_dynsyms(obj)) {
        return false;
    }
    const struct elf_dyn *d = elf_read_dyn(obj);
    struct cells cells = {0};
    collect(obj, d->jmprel_va, d->jmprel_len, d->jmprel_is_rela, &cells);
    collect(obj, d->rela_va, d->rela_len, true, &cells);
    collect(obj, d->rel_va, d->rel_len, false, &cells);
    if (cells.n == 0 || cells.n > UINT32_MAX) {
        return true;
    }
    qsort(cells.p, cells.n, sizeof *cells.p, by_va);
    uint64_t got = 0;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (str_is(obj->sections[i].name, ".got.plt") || (!got && str_is(obj->sections[i].name, ".got"))) {
            got = obj->sections[i].addr;
        }
    }
    *out = ARENA_ARRAY(obj->arena, struct symbol, cells.n);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        if (s->flags & SEC_EXEC && (str_is(s->name, ".plt") || str_starts(s->name, S(".plt.")))) {
            scan_plt(obj, i, got, &cells, *out, n);
        }
    }
    return true;
}
