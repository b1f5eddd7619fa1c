/* elf_reloc.c - ELF relocations, decoded a block at a time.

   REL sections (i386, Arm, MIPS) keep the addend in the bytes that are to be relocated: it is read
   here, so that users see explicit addends everywhere. Records whose place or symbol does not exist
   end the iteration with one message.

   Sources: gABI 4, "Relocation"; MIPS64 ELF object file specification for its split r_info. */
#include "base/ckint.h"
#include "obj/elf_int.h"

static const struct section *reloc_section(const struct object *obj, const struct section *target)
{
    const struct elf *e = elf_of(obj);
    uint32_t r = e->reloc_sec[target - obj->sections] & ~ELF_RELOC_TWICE;
    return &obj->sections[r];
}

/* Where the relocations of section SEC are, in an object of which nothing was left out. */
static bool find_relocs(const struct object *obj, uint32_t sec, struct reloc_iter *it)
{
    const struct elf *e = elf_of(obj);
    if (e->reloc_sec[sec] & ELF_RELOC_TWICE) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "section %u (%.*s) has two relocation sections", sec,
                        Q(it->sec->name));
    }
    const struct section *rel = reloc_section(obj, it->sec);
    if (rel->raw_type == SHT_CREL) {
        return diag_bad(obj->diag, rel->file_off,
                        "section %u (%.*s): compact relocations (SHT_CREL) are not supported",
                        e->reloc_sec[sec], Q(rel->name));
    }
    uint64_t each = elf_reloc_size(obj, rel->raw_type);
    if ((rel->entsize != 0 && rel->entsize != each) || rel->data.len % each != 0) {
        return diag_bad(obj->diag, rel->file_off, "section %u (%.*s) has a wrong size for relocations",
                        e->reloc_sec[sec], Q(rel->name));
    }
    if (rel->link != e->symtab && rel->data.len != 0) {
        return diag_bad(obj->diag, rel->file_off, "relocations of section %u (%.*s) use symbol table %u", sec,
                        Q(it->sec->name), rel->link);
    }
    it->rows = rel->data.p;
    it->end = rel->data.len / each;
    it->rela = rel->raw_type == SHT_RELA;
    return true;
}

bool elf_reloc_start(const struct object *obj, uint32_t sec, struct reloc_iter *it)
{
    const struct elf *e = elf_of(obj);
    if (e->lean ? it->sec->n_relocs == 0 : !e->reloc_sec || !e->reloc_sec[sec]) {
        return true;
    }
    if (e->lean) { /* elf_elect.c has checked all that */
        it->rows = obj->bytes.p + it->sec->reloc_off;
        it->end = it->sec->n_relocs;
        it->rela = e->lean_rela;
    } else if (!find_relocs(obj, sec, it)) {
        return false;
    }
    it->table = reloc_table_of(obj);
    it->n_syms = e->n_syms;
    it->sec_len = it->sec->size;
    if (it->sec->flags & SEC_COMPRESSED && /* they apply to the inflated bytes */
        !obj_section_size((struct object *)(uintptr_t)obj, sec, &it->sec_len)) {
        return false;
    }
    if (!it->rela && it->sec->flags & SEC_COMPRESSED && it->end != 0) {
        struct view ignored; /* addends lie in the inflated bytes; they stay cached */
        return obj_section_data((struct object *)(uintptr_t)obj, sec, &ignored);
    }
    return true;
}

const uint8_t *obj_reloc_rela64(const struct reloc_iter *it)
{
    const struct object *obj = it->obj;
    if (obj->format != OBJ_ELF || it->bad || it->end == 0 || !obj->is64 || obj->big_endian ||
        obj->machine == MACH_MIPS || !it->rela || it->sec->flags & SEC_COMPRESSED) {
        return NULL;
    }
    return it->rows;
}

/* The addend that REL-style relocations keep in the section: the field's old value. */
static int64_t implicit_addend(const struct object *obj, struct view data, const struct reloc *r)
{
    bool be = obj->big_endian;
    if (r->flags & RELF_BITS || !view_has(data, r->off, r->width)) {
        return 0;
    }
    const uint8_t *p = data.p + r->off;
    switch (r->width) {
    case 1: return (int8_t)p[0];
    case 2: return (int16_t)get_u16(p, be);
    case 4: return (int32_t)get_u32(p, be);
    case 8: return (int64_t)get_u64(p, be);
    default: return 0;
    }
}

/* r_info: symbol and type. MIPS64 splits it into a symbol, a special symbol and three types. */
static inline void split_info(const struct object *obj, const uint8_t *p, bool is64, bool be,
                              struct reloc *r)
{
    uint32_t type;
    if (!is64) {
        uint32_t info = get_u32(p, be);
        r->sym = info >> 8;
        type = info & 0xff;
    } else if (__builtin_expect(obj->machine == MACH_MIPS, 0)) {
        r->sym = get_u32(p, be);
        type = p[7];
    } else {
        uint64_t info = get_u64(p, be);
        r->sym = (uint32_t)(info >> 32);
        type = (uint32_t)info;
        if (obj->machine == MACH_SPARCV9) {
            type &= 0xff;
        }
    }
    r->raw_type = type > UINT16_MAX ? UINT16_MAX : (uint16_t)type;
}

static __attribute__((cold, noinline)) void bad_record(struct reloc_iter *it, uint64_t number)
{
    it->bad = true;
    it->next = it->end;
    diag_bad(it->obj->diag, DIAG_NO_OFFSET,
             "relocation %llu of section %u (%.*s) lies outside it or has no valid symbol",
             (unsigned long long)number, obj_section_number(it->obj, (uint32_t)(it->sec - it->obj->sections)),
             Q(it->sec->name));
}

static inline __attribute__((always_inline)) size_t decode_block(struct reloc_iter *it, struct reloc *block,
                                                                 bool is64, bool be, bool rela)
{
    const struct object *obj = it->obj;
    const uint32_t each = is64 ? (rela ? RELA64_SIZE : REL64_SIZE) : (rela ? RELA32_SIZE : REL32_SIZE);
    const uint8_t *p = (const uint8_t *)it->rows + it->next * each;
    static const struct reloc_row no_row = {0};
    struct view data = it->sec->data;
    if (!rela && obj->inflated && obj->inflated[it->sec - obj->sections].len) {
        data = obj->inflated[it->sec - obj->sections];
    }
    size_t n = it->end - it->next < RELOC_BLOCK ? (size_t)(it->end - it->next) : RELOC_BLOCK;
    for (size_t i = 0; i < n; i++, p += each) {
        struct reloc *r = &block[i];
        r->off = is64 ? get_u64(p, be) : get_u32(p, be);
        split_info(obj, p + (is64 ? 8 : 4), is64, be, r);
        const struct reloc_row *row = reloc_table_row(it->table, r->raw_type);
        row = row ? row : &no_row;
        r->kind = row->kind;
        r->width = row->width;
        r->flags = row->flags;
        r->sym2 = UINT32_MAX;
        r->sec = r->sec2 = 0;
        unsigned field = reloc_field_bytes(r->width, r->flags);
        if (__builtin_expect(r->off > it->sec_len || field > it->sec_len - r->off ||
                                 r->sym >= it->n_syms, 0)) {
            bad_record(it, it->next + i);
            return i;
        }
        r->addend = rela ? (is64 ? (int64_t)get_u64(p + 16, be) : (int32_t)get_u32(p + 8, be))
                         : implicit_addend(obj, data, r);
    }
    it->next += n;
    return n;
}

size_t elf_reloc_next(struct reloc_iter *it, struct reloc *block)
{
    const struct object *obj = it->obj;
    bool rela = it->rela;
    if (rela && obj->is64 && !obj->big_endian) {
        return decode_block(it, block, true, false, true);
    }
    if (!rela && !obj->is64 && !obj->big_endian) {
        return decode_block(it, block, false, false, false);
    }
    return decode_block(it, block, obj->is64, obj->big_endian, rela);
}
