/* arch.c - what all machines share: plain data fields and the wording of a failed encoding. */
#include <inttypes.h>

#include "base/bytes.h"
#include "ld/arch/arch.h"

static bool fits(uint64_t v, unsigned bits, unsigned flags)
{
    int64_t s = (int64_t)v;
    if (bits >= 64 || (flags & RELF_ANY)) {
        return true;
    }
    if (flags & RELF_WIDE) {
        return s >= -(INT64_C(1) << bits) && s < INT64_C(1) << bits;
    }
    int64_t half = INT64_C(1) << (bits - 1);
    bool as_signed = s >= -half && s < half, as_unsigned = v >> bits == 0;
    if (flags & RELF_SIGNED) {
        return as_signed;
    }
    return flags & RELF_UNSIGNED ? as_unsigned : as_signed || as_unsigned;
}

enum arch_status arch_put(uint8_t *p, unsigned width, unsigned flags, uint64_t v)
{
    switch (width) {
    case 1: *p = (uint8_t)v; break;
    case 2: put_u16le(p, (uint16_t)v); break;
    case 4: put_u32le(p, (uint32_t)v); break;
    case 8: put_u64le(p, v); break;
    default: return ARCH_UNSUPPORTED;
    }
    return fits(v, width * 8, flags) ? ARCH_OK : ARCH_RANGE;
}

int64_t arch_get(const uint8_t *p, unsigned width)
{
    switch (width) {
    case 1: return (int8_t)*p;
    case 2: return (int16_t)get_u16le(p);
    case 4: return (int32_t)get_u32le(p);
    case 8: return (int64_t)get_u64le(p);
    default: return 0;
    }
}

void arch_explain(struct buf *b, enum arch_status s, const char *name, const struct reloc *r,
                  uint64_t value)
{
    unsigned bits = r->flags & RELF_BITS ? r->width : r->width * 8u;
    if (r->kind == KIND_BRANCH) {
        bits += 2; /* the field counts instructions */
    } else if (r->kind == KIND_PAGE || r->kind == KIND_GOT_PAGE) {
        bits = 33;
    }
    switch (s) {
    case ARCH_RANGE:
        buf_printf(b, "relocation %s out of range: %" PRId64 " is not in ", name, (int64_t)value);
        if (r->flags & RELF_UNSIGNED) {
            buf_printf(b, "[0, 2^%u)", bits);
        } else {
            buf_printf(b, "[-2^%u, 2^%u)", r->flags & RELF_WIDE ? bits : bits - 1,
                       r->flags & RELF_SIGNED ? bits - 1 : bits);
        }
        break;
    case ARCH_MISALIGNED:
        buf_printf(b, "relocation %s: 0x%" PRIx64 " is not aligned as its instruction needs", name,
                   value);
        break;
    case ARCH_BAD_INSN:
        buf_printf(b, "relocation %s does not stand at an instruction of its kind", name);
        break;
    case ARCH_UNSUPPORTED:
    case ARCH_OK:
        buf_printf(b, "relocation %s cannot be used in this output", name);
        break;
    }
}
