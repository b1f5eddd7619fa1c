/* arm64.c - AArch64.

   Every instruction is one little-endian word, and immediates are bit fields of it: a branch reaches
   +-128 MiB (26 bits of words), ADRP names a 4 KiB page within +-4 GiB, and the low 12 bits follow in an
   ADD or are scaled by the access size in a load or store. The scale is in the instruction itself, as
   is the half-word position of MOVZ/MOVK, so one encoder serves ELF's many numbers, COFF's and Mach-O's
   few. %x16 and %x17 may be clobbered between caller and callee: stubs use them. TLS is variant 1: the
   block stands above the thread pointer, after two words. Sources: "ELF for the Arm 64-bit
   Architecture"; the Arm ARM, chapter C4 for the encodings. */
#include "base/bytes.h"
#include "ld/arch/arch.h"

static enum arch_status fit(uint64_t v, unsigned bits)
{
    int64_t s = (int64_t)v, half = INT64_C(1) << (bits - 1);
    return s >= -half && s < half ? ARCH_OK : ARCH_RANGE;
}

static void put_bits(uint8_t *p, uint32_t mask, uint32_t v)
{
    put_u32le(p, (get_u32le(p) & ~mask) | (v & mask));
}

/* ADR and ADRP: 21 bits, the low two at bit 29, the rest at bit 5. */
static void put_adr(uint8_t *p, uint64_t imm)
{
    put_bits(p, 0x60ffffe0, (uint32_t)((imm & 3) << 29 | ((imm >> 2) & 0x7ffff) << 5));
}

static enum arch_status put_adrp(uint8_t *p, uint64_t target, uint64_t place)
{
    uint64_t d = (target & ~UINT64_C(0xfff)) - (place & ~UINT64_C(0xfff));
    put_adr(p, d >> 12);
    return fit(d, 33);
}

static enum arch_status put_branch(uint8_t *p, unsigned bits, uint64_t d)
{
    uint32_t words = (uint32_t)(d >> 2);
    switch (bits) {
    case 26: put_bits(p, 0x03ffffff, words); break;
    case 19: put_bits(p, 0x00ffffe0, words << 5); break;
    case 14: put_bits(p, 0x0007ffe0, words << 5); break;
    default: return ARCH_UNSUPPORTED;
    }
    if (d & 3) {
        return ARCH_MISALIGNED;
    }
    return fit(d, bits + 2);
}

/* log2 of the access size of a load/store with unsigned offset, from its size and opc fields. */
static unsigned access_p2(uint32_t insn)
{
    unsigned size = insn >> 30;
    bool vector = insn & (1u << 26);
    return vector && size == 0 && (insn & (1u << 23)) ? 4 : size;
}

static enum arch_status put_pageoff(uint8_t *p, uint64_t target)
{
    uint32_t insn = get_u32le(p);
    uint32_t lo = (uint32_t)target & 0xfff;
    if ((insn & 0x3b000000) == 0x39000000) { /* load/store, unsigned offset */
        unsigned scale = access_p2(insn);
        put_bits(p, 0x003ffc00, lo >> scale << 10);
        return lo & ((1u << scale) - 1) ? ARCH_MISALIGNED : ARCH_OK;
    }
    if ((insn & 0x1f000000) == 0x11000000) { /* add/sub immediate */
        put_bits(p, 0x003ffc00, lo << 10);
        return ARCH_OK;
    }
    return ARCH_BAD_INSN;
}

/* MOVZ/MOVN/MOVK: 16 bits of the value, which ones is in the instruction. The signed forms choose
   between MOVZ and MOVN by the value's sign. */
static enum arch_status put_movw(uint8_t *p, unsigned flags, uint64_t v)
{
    uint32_t insn = get_u32le(p);
    if ((insn & 0x1f800000) != 0x12800000) {
        return ARCH_BAD_INSN;
    }
    unsigned shift = ((insn >> 21) & 3) * 16;
    uint64_t field = v;
    bool keep = (insn >> 29 & 3) == 3; /* MOVK */
    if (flags & RELF_SIGNED && !keep) {
        bool neg = (int64_t)v < 0;
        put_bits(p, 1u << 30, neg ? 0 : 1u << 30);
        field = neg ? ~v : v;
    }
    put_bits(p, 0x001fffe0, (uint32_t)(field >> shift & 0xffff) << 5);
    if (flags & RELF_ANY || shift == 48) {
        return ARCH_OK;
    }
    if (flags & RELF_SIGNED) {
        return fit(v, shift + 17);
    }
    return v >> (shift + 16) ? ARCH_RANGE : ARCH_OK;
}

/* TLS kinds stand at any of ADRP, ADD, loads and MOVZ: the instruction tells which part is wanted. An ADD
   whose immediate is shifted by 12 takes the high half of a 24-bit offset. */
static enum arch_status put_tls(const struct reloc *r, uint8_t *p, uint64_t value, uint64_t place)
{
    uint32_t insn = get_u32le(p);
    if (!(r->flags & RELF_BITS)) {
        return arch_put(p, r->width, r->flags, value);
    }
    if ((insn & 0x9f000000) == 0x90000000) {
        return put_adrp(p, value, place);
    }
    if ((insn & 0x9f000000) == 0x10000000) {
        put_adr(p, value - place);
        return fit(value - place, 21);
    }
    if ((insn & 0x1f800000) == 0x12800000) {
        return put_movw(p, r->flags, value);
    }
    if ((insn & 0x1fc00000) == 0x11400000) {
        put_bits(p, 0x003ffc00, (uint32_t)(value >> 12 & 0xfff) << 10);
        return value >> 24 ? ARCH_RANGE : ARCH_OK;
    }
    if (!(r->flags & RELF_ANY) && value >> 12) {
        return ARCH_RANGE;
    }
    return put_pageoff(p, value);
}

static enum arch_status encode(const struct reloc *r, uint8_t *p, uint64_t value, uint64_t place)
{
    switch (r->kind) {
    case KIND_TLS_GD: case KIND_TLS_LD: case KIND_TLS_IE: case KIND_TLS_LE: case KIND_TLS_DESC:
    case KIND_TLS_DTPOFF:
        return put_tls(r, p, value, place);
    case KIND_BRANCH:
        return put_branch(p, r->width, value);
    case KIND_PAGE:
    case KIND_GOT_PAGE:
        return put_adrp(p, value, place);
    case KIND_GOT_PAGEOFF:
        if (r->width == 15) { /* from the page of the GOT's start: 12 bits of 8-byte cells */
            put_bits(p, 0x003ffc00, (uint32_t)(value >> 3 & 0xfff) << 10);
            return value >> 15 ? ARCH_RANGE : ARCH_OK;
        }
        return put_pageoff(p, value);
    case KIND_PAGEOFF:
        return put_pageoff(p, value);
    case KIND_MOVW:
        return put_movw(p, r->flags, value);
    default:
        break;
    }
    if (!(r->flags & RELF_BITS)) {
        return arch_put(p, r->width, r->flags, value);
    }
    switch (r->width) {
    case 21: /* ADR */
        put_adr(p, value);
        return fit(value, 21);
    case 26:
    case 19: /* load literal, conditional branch */
    case 14:
        return put_branch(p, r->width, value);
    default:
        return ARCH_UNSUPPORTED;
    }
}

/* adrp x16, page(cell); ldr x17|x16, [x16, #off]: how every stub fetches a pointer. */
static void load_cell(uint8_t *p, uint64_t va, uint64_t cell, unsigned reg)
{
    put_u32le(p, 0x90000010);
    put_adrp(p, cell, va);
    put_u32le(p + 4, 0xf9400200 | reg);
    put_bits(p + 4, 0x003ffc00, ((uint32_t)cell & 0xfff) >> 3 << 10);
}

enum { INSN_NOP = 0xd503201f, INSN_BTI_C = 0xd503245f, INSN_AUTIA1716 = 0xd503219f, INSN_BR_X16 = 0xd61f0200,
       INSN_BR_X17 = 0xd61f0220 };

static void import_thunk(uint8_t *p, uint64_t va, uint64_t slot_va)
{
    load_cell(p, va, slot_va, 16);
    put_u32le(p + 8, INSN_BR_X16);
}

static void plt_header(uint8_t *p, const struct plt_env *e)
{
    uint64_t cell = e->gotplt_va + 16;
    unsigned at = 0;
    if (e->ibt) {
        put_u32le(p, INSN_BTI_C);
        at = 4;
    }
    put_u32le(p + at, 0xa9bf7bf0);           /* stp x16, x30, [sp, #-16]! */
    load_cell(p + at + 4, e->plt_va + at + 4, cell, 17);
    put_u32le(p + at + 12, 0x91000210);      /* add x16, x16, #lo12 */
    put_bits(p + at + 12, 0x003ffc00, ((uint32_t)cell & 0xfff) << 10);
    put_u32le(p + at + 16, INSN_BR_X17);
    for (unsigned i = at + 20; i < 32; i += 4) {
        put_u32le(p + i, INSN_NOP);
    }
}

/* x16 must hold the cell's address when the resolver runs. 16 bytes, or 24 with one word each for bti and
   autia1716. */
static void plt_entry(uint8_t *p, const struct plt_env *e)
{
    unsigned at = 0;
    if (e->ibt) {
        put_u32le(p, INSN_BTI_C);
        at = 4;
    }
    load_cell(p + at, e->entry_va + at, e->slot_va, 17);
    put_u32le(p + at + 8, 0x91000210);
    put_bits(p + at + 8, 0x003ffc00, ((uint32_t)e->slot_va & 0xfff) << 10);
    at += 12;
    if (e->pac) {
        put_u32le(p + at, INSN_AUTIA1716);
        at += 4;
    }
    put_u32le(p + at, INSN_BR_X17);
    for (unsigned i = at + 4; i < (e->ibt || e->pac ? 24 : 16); i += 4) {
        put_u32le(p + i, INSN_NOP);
    }
}

static void plt_got(uint8_t *p, const struct plt_env *e)
{
    plt_entry(p, e);
}

static uint64_t plt_lazy_target(const struct plt_env *e)
{
    return e->plt_va;
}

static void range_thunk(uint8_t *p, uint64_t va, uint64_t dst)
{
    put_u32le(p, 0x90000010);      /* adrp x16, page(dst) */
    put_adrp(p, dst, va);
    put_u32le(p + 4, 0x91000210);  /* add x16, x16, #lo12 */
    put_bits(p + 4, 0x003ffc00, ((uint32_t)dst & 0xfff) << 10);
    put_u32le(p + 8, INSN_BR_X16);
}

/* Beyond 4 GiB: the distance is data, so that the image may lie anywhere. */
static void far_thunk(uint8_t *p, uint64_t va, uint64_t dst)
{
    put_u32le(p, 0x58000090);      /* ldr x16, the distance */
    put_u32le(p + 4, 0x10000011);  /* adr x17, here */
    put_u32le(p + 8, 0x8b110210);  /* add x16, x16, x17 */
    put_u32le(p + 12, INSN_BR_X16);
    put_u64le(p + 16, dst - (va + 4));
}

const struct arch arch_arm64 = {
    .name = "aarch64",
    .word = 8,
    .plt_header_len = 32,
    .plt_entry_len = 16,
    .plt_guarded_len = 24,
    .plt_got_len = 16,
    .import_thunk_len = 12,
    .thunk_abs_off = -1,
    .range_thunk_len = 12,
    .far_thunk_len = 24,
    .range_thunk_reach = INT64_C(1) << 32,
    .branch_reach = INT64_C(1) << 27,
    .max_page = 0x10000,
    .common_page = 0x1000,
    .tls_tp_first = true,
    .tp_gap = 16,
    .encode = encode,
    .import_thunk = import_thunk,
    .plt_header = plt_header,
    .plt_entry = plt_entry,
    .plt_got = plt_got,
    .range_thunk = range_thunk,
    .far_thunk = far_thunk,
    .plt_lazy_target = plt_lazy_target,
};

/* ---- TLS descriptors and initial exec -------------------------------------------------------------

   adrp x0, page(desc); ldr x1, [x0, lo]; add x0, x0, lo; blr x1. The result, in x0, is the offset from
   the thread pointer. For local exec: movz x0, hi, lsl 16; movk x0, lo; nop; nop. For initial exec:
   nop; nop; adrp x0, page(cell); ldr x0, [x0, lo]. Assemblers keep the four in this order. */

static enum arch_status desc_le(uint8_t *p, const struct reloc *r, uint64_t v)
{
    if (v >> 32) {
        return ARCH_RANGE;
    }
    switch (r->kind) {
    case KIND_TLS_DESC:
        if ((get_u32le(p) & 0x9f000000) == 0x90000000) { /* adrp */
            put_u32le(p, 0xd2a00000 | (uint32_t)(v >> 16 & 0xffff) << 5);
        } else if ((get_u32le(p) & 0xffc00000) == 0xf9400000) { /* ldr */
            put_u32le(p, 0xf2800000 | (uint32_t)(v & 0xffff) << 5);
        } else {
            put_u32le(p, INSN_NOP);
        }
        return ARCH_OK;
    case KIND_TLS_DESC_CALL:
        put_u32le(p, INSN_NOP);
        return ARCH_OK;
    default:
        return ARCH_UNSUPPORTED;
    }
}

static enum arch_status desc_ie(uint8_t *p, const struct reloc *r, uint64_t cell, uint64_t place)
{
    if (r->kind == KIND_TLS_DESC_CALL) {
        put_u32le(p, INSN_NOP);
        return ARCH_OK;
    }
    uint32_t insn = get_u32le(p);
    if ((insn & 0x9f000000) == 0x90000000) {
        put_u32le(p, 0x90000000);
        return put_adrp(p, cell, place);
    }
    if ((insn & 0xffc00000) == 0xf9400000) {
        put_u32le(p, 0xf9400000);
        put_bits(p, 0x003ffc00, ((uint32_t)cell & 0xfff) >> 3 << 10);
        return ARCH_OK;
    }
    put_u32le(p, INSN_NOP);
    return ARCH_OK;
}

/* adrp xN, page(cell); ldr xN, [xN, lo] becomes movz xN, hi, lsl 16; movk xN, lo. */
static enum arch_status ie_le(uint8_t *p, uint64_t v)
{
    uint32_t insn = get_u32le(p), reg = insn & 31;
    if (v >> 32) {
        return ARCH_RANGE;
    }
    if ((insn & 0x9f000000) == 0x90000000) {
        put_u32le(p, 0xd2a00000 | reg | (uint32_t)(v >> 16 & 0xffff) << 5);
        return ARCH_OK;
    }
    if ((insn & 0xffc00000) == 0xf9400000) {
        put_u32le(p, 0xf2800000 | reg | (uint32_t)(v & 0xffff) << 5);
        return ARCH_OK;
    }
    return ARCH_BAD_INSN;
}

enum arch_status arm64_tls_rewrite(uint8_t *p, const struct reloc *r, enum tls_relax how,
                                   uint64_t value, uint64_t place)
{
    switch (how) {
    case TLS_DESC_LE: return desc_le(p, r, value);
    case TLS_DESC_IE: return desc_ie(p, r, value, place);
    case TLS_IE_LE: return ie_le(p, value);
    default: return ARCH_UNSUPPORTED;
    }
}

/* ---- addresses ----------------------------------------------------------------------------------------- */

enum arch_status arm64_make_address(uint8_t *p, uint64_t target, uint64_t place, bool far)
{
    uint32_t reg = get_u32le(p) & 31;
    uint64_t d = target - (place + 4);
    if (fit(d, 21) == ARCH_OK) {
        put_u32le(p, INSN_NOP);
        put_u32le(p + 4, 0x10000000 | reg);
        put_adr(p + 4, d);
        return ARCH_OK;
    }
    if (!far) {
        return ARCH_RANGE;
    }
    put_u32le(p + 4, 0x91000000 | reg << 5 | reg);
    put_bits(p + 4, 0x003ffc00, ((uint32_t)target & 0xfff) << 10);
    return put_adrp(p, target, place);
}
