/* macho_reloc.c - Mach-O relocations into the model.

   A record is 8 bytes, plain or (32-bit machines only) scattered. A plain one names a symbol (extern)
   or a section, whose address in the object is then already in the field; a scattered one names an
   address. Some come in pairs: the second record of SECTDIFF and SUBTRACTOR gives the subtrahend or
   the minuend, of HALF the other 16 bits of the value, and ADDEND precedes what it adds to. Each pair
   becomes one struct reloc. Field layout: macho_fmt.h; types: <mach-o/reloc.h>,
   <mach-o/{x86_64,arm64,arm,ppc}/reloc.h>.

   Addends. The model's rule for KIND_PCREL is S + A - P with P the field's first byte.
   - x86-64, extern: the field holds A + 4 whatever the suffix of SIGNED_n is (the assembler subtracts
     n itself), so A = field - 4.
   - a section, pc-relative: the field is a displacement to a fixed place in the object, so that place
     minus the section's address, with the distance from P to the end of the field cancelled out:
     A = field + P - section address.
   - 32-bit machines, extern, pc-relative: the displacement as if the symbol were 0: A = field + P. */
#include "base/ckint.h"
#include "obj/macho_priv.h"

struct raw {
    uint32_t address, target; /* target: symbol, section or (scattered) address */
    uint8_t type, length;
    bool pcrel, ext, scattered;
};

enum { X86_64_SUBTRACTOR = 5, ARM64_SUBTRACTOR = 1, ARM64_POINTER_TO_GOT = 7, ARM64_ADDEND = 10,
       ARM64_AUTHENTICATED_POINTER = 11, RELOC_PAIR = 1,
       ARM_BR24 = 5, ARM_THUMB_BR22 = 6, ARM_HALF = 8, ARM_HALF_SECTDIFF = 9,
       PPC_BR14 = 2, PPC_BR24 = 3, PPC_HI16 = 4, PPC_HA16 = 6, PPC_HI16_SECTDIFF = 10,
       PPC_HA16_SECTDIFF = 12, PPC_JBSR = 13 };

/* What a 32-bit machine's types mean, by bit. PowerPC and ARM have their own numbers. */
struct families {
    uint32_t paired;   /* followed by a PAIR record */
    uint32_t diff;     /* the pair's value is a subtrahend */
    uint32_t half;     /* the pair's address has the other half */
};

static struct families families_of(uint32_t cputype)
{
    switch (cputype) {
    case CPU_ARM: return (struct families){1 << 2 | 1 << 3 | 1 << 8 | 1 << 9, 1 << 2 | 1 << 3 | 1 << 9,
                                           1 << 8 | 1 << 9};
    case CPU_POWERPC:
    case CPU_POWERPC64: return (struct families){0xfdf0, 0xdd00, 0x5cf0};
    default: return (struct families){1 << 2 | 1 << 4, 1 << 2 | 1 << 4, 0};
    }
}

static struct raw decode(const struct object *obj, const struct section *sec, uint64_t i)
{
    bool be = obj->big_endian;
    const uint8_t *p = obj->bytes.p + sec->reloc_off + i * RELOC_SIZE; /* checked by open */
    uint32_t w0 = get_u32(p, be), w1 = get_u32(p + 4, be);
    if (w0 & R_SCATTERED && !(obj->raw_machine & CPU_ARCH_ABI64)) {
        return (struct raw){.address = w0 & 0xffffff, .type = w0 >> 24 & 0xf, .length = w0 >> 28 & 3,
                            .pcrel = w0 >> 30 & 1, .scattered = true, .target = w1};
    }
    struct raw r = {.address = w0};
    if (be) {
        r.target = w1 >> 8;
        r.pcrel = w1 >> 7 & 1;
        r.length = w1 >> 5 & 3;
        r.ext = w1 >> 4 & 1;
        r.type = w1 & 0xf;
    } else {
        r.target = w1 & 0xffffff;
        r.pcrel = w1 >> 24 & 1;
        r.length = w1 >> 25 & 3;
        r.ext = w1 >> 27 & 1;
        r.type = (uint8_t)(w1 >> 28);
    }
    return r;
}

/* ---- fields -------------------------------------------------------------------------------------- */

static bool bad_reloc(struct reloc_iter *it, uint64_t i, const char *what)
{
    it->bad = true;
    return diag_bad(it->obj->diag, it->sec->reloc_off + i * RELOC_SIZE,
                    "relocation %llu of section %.*s,%.*s %s", (unsigned long long)i,
                    Q(it->obj->segments[it->sec - it->obj->sections]), Q(it->sec->name), what);
}

/* The field as a signed number of LENGTH_P2 bytes; the caller has checked that it is there. */
static int64_t field_value(const struct object *obj, const struct section *s, uint64_t off, unsigned p2)
{
    const uint8_t *p = s->data.p + off;
    switch (p2) {
    case 0: return (int8_t)*p;
    case 1: return (int16_t)get_u16(p, obj->big_endian);
    case 2: return (int32_t)get_u32(p, obj->big_endian);
    default: return (int64_t)get_u64(p, obj->big_endian);
    }
}

static int64_t sign_extend(uint32_t x, unsigned bits)
{
    uint32_t top = UINT32_C(1) << (bits - 1);
    return (int64_t)((x & (top * 2 - 1)) ^ top) - (int64_t)top;
}

/* ARM: movw/movt with 16 bits of the value; low bit of the length: high half, next: Thumb. */
static uint32_t arm_half(const struct object *obj, const uint8_t *p, unsigned length)
{
    if (length & 2) {
        uint32_t a = get_u16(p, obj->big_endian), b = get_u16(p + 2, obj->big_endian);
        return (a & 0xf) << 12 | (a >> 10 & 1) << 11 | (b >> 12 & 7) << 8 | (b & 0xff);
    }
    uint32_t x = get_u32(p, obj->big_endian);
    return (x >> 4 & 0xf000) | (x & 0xfff);
}

static int64_t arm_thumb_branch(const struct object *obj, const uint8_t *p)
{
    uint32_t a = get_u16(p, obj->big_endian), b = get_u16(p + 2, obj->big_endian);
    uint32_t s = a >> 10 & 1, i1 = !((b >> 13 & 1) ^ s), i2 = !((b >> 11 & 1) ^ s);
    return sign_extend(s << 24 | i1 << 23 | i2 << 22 | (a & 0x3ff) << 12 | (b & 0x7ff) << 1, 25);
}

/* The value that a field of a 32-bit machine encodes; OTHER is the pair's half of it. */
static int64_t stored_value(const struct object *obj, const struct section *s, const struct raw *r,
                            uint32_t other)
{
    const uint8_t *p = s->data.p + r->address;
    other &= 0xffff;
    if (obj->raw_machine == CPU_ARM) {
        switch (r->type) {
        case ARM_HALF:
        case ARM_HALF_SECTDIFF: {
            uint32_t h = arm_half(obj, p, r->length);
            return (int32_t)(r->length & 1 ? h << 16 | other : other << 16 | h);
        }
        case ARM_BR24: return sign_extend(get_u32(p, obj->big_endian) << 2, 26);
        case ARM_THUMB_BR22: return arm_thumb_branch(obj, p);
        default:
            if (r->type > ARM_THUMB_BR22) { /* another instruction: four bytes, whatever length says */
                return field_value(obj, s, r->address, 2);
            }
        }
    } else if (obj->raw_machine == CPU_POWERPC || obj->raw_machine == CPU_POWERPC64) {
        uint32_t x = r->length == 2 ? get_u32(p, obj->big_endian) : 0;
        switch (r->type) {
        case PPC_BR14: return sign_extend(x & 0xfffc, 16);
        case PPC_JBSR:
        case PPC_BR24: return sign_extend(x & 0x3fffffc, 26);
        case PPC_HI16:
        case PPC_HI16_SECTDIFF: return (int32_t)(x << 16 | other);
        case PPC_HA16:
        case PPC_HA16_SECTDIFF: return (int32_t)((x << 16) + other - (other >> 15 << 16));
        default: break;
        }
        if (families_of(obj->raw_machine).half >> r->type & 1) { /* LO16, LO14 and their differences */
            return (int32_t)(other << 16 | (x & 0xffff));
        }
    }
    return field_value(obj, s, r->address, r->length);
}

/* ---- targets -------------------------------------------------------------------------------------- */

/* Symbol or section of R into SYM or SEC; BASE is the address that the field already contains. */
static bool target_of(struct reloc_iter *it, uint64_t i, const struct raw *r, uint32_t *sym,
                      uint32_t *sec, uint64_t *base)
{
    const struct object *obj = it->obj;
    *sym = UINT32_MAX;
    *sec = 0;
    *base = 0;
    if (r->scattered) {
        *sec = macho_section_at(obj, r->target);
        if (*sec == 0) {
            return bad_reloc(it, i, "refers to an address in no section");
        }
    } else if (r->ext) {
        if (r->target >= macho_priv(obj)->nsyms) {
            return bad_reloc(it, i, "names a symbol that does not exist");
        }
        *sym = r->target;
        return true;
    } else if (r->target >= obj->n_sections) {
        return bad_reloc(it, i, "names a section that does not exist");
    } else {
        *sec = r->target; /* 0: R_ABS, an absolute address */
    }
    *base = obj->sections[*sec].addr;
    return true;
}

static bool place(struct reloc_iter *it, uint64_t i, const struct raw *r, struct reloc *out)
{
    const struct reloc_row *row = reloc_table_row(it->rows, r->type);
    *out = (struct reloc){.off = r->address, .sym = UINT32_MAX, .sym2 = UINT32_MAX, .raw_type = r->type};
    out->kind = row ? row->kind : KIND_UNKNOWN;
    out->flags = row ? row->flags : 0;
    out->width = (uint8_t)(row && row->width ? row->width : 1u << r->length);
    /* ARM codes other things than a size in the length of HALF: all instructions have four bytes. */
    bool insn = out->flags & RELF_BITS || (it->obj->raw_machine == CPU_ARM && r->type >= ARM_BR24);
    if (insn && !(out->flags & RELF_BITS)) {
        out->width = 4;
    }
    unsigned bytes = insn ? 4 : out->width > (1u << r->length) ? out->width : 1u << r->length;
    return view_has(it->sec->data, r->address, bytes) || bad_reloc(it, i, "lies outside the section");
}

/* ---- 64-bit machines --------------------------------------------------------------------------------- */

static bool pair_64(struct reloc_iter *it, uint64_t i, const struct raw *sub, struct reloc *out)
{
    struct raw r;
    uint64_t base, base2;
    uint32_t sym2, sec2;
    if (i + 1 >= it->end || (r = decode(it->obj, it->sec, i + 1)).type != 0 ||
        r.address != sub->address || r.length != sub->length) {
        return bad_reloc(it, i, "is a SUBTRACTOR without its minuend");
    }
    if (!place(it, i, sub, out) || !target_of(it, i, sub, &sym2, &sec2, &base2) ||
        !target_of(it, i + 1, &r, &out->sym, &out->sec, &base)) {
        return false;
    }
    out->kind = KIND_DIFF;
    out->sym2 = sym2;
    out->sec2 = sec2;
    out->addend = (int64_t)((uint64_t)field_value(it->obj, it->sec, sub->address, sub->length) - base + base2);
    it->next = i + 2;
    return true;
}

static bool next_x86_64(struct reloc_iter *it, uint64_t i, struct reloc *out)
{
    struct raw r = decode(it->obj, it->sec, i);
    uint64_t base;
    if (r.type == X86_64_SUBTRACTOR) {
        return pair_64(it, i, &r, out);
    }
    if (!place(it, i, &r, out) || !target_of(it, i, &r, &out->sym, &out->sec, &base)) {
        return false;
    }
    uint64_t v = (uint64_t)field_value(it->obj, it->sec, r.address, r.length) - base;
    if (r.pcrel) {
        v += r.ext ? (uint64_t)-4 : it->sec->addr + r.address;
    }
    out->addend = (int64_t)v;
    it->next = i + 1;
    return true;
}

static bool next_arm64(struct reloc_iter *it, uint64_t i, struct reloc *out)
{
    struct raw r = decode(it->obj, it->sec, i);
    uint64_t base, addend = 0;
    if (r.type == ARM64_SUBTRACTOR) {
        return pair_64(it, i, &r, out);
    }
    if (r.type == ARM64_ADDEND) {
        addend = (uint64_t)sign_extend(r.target, 24);
        if (++i >= it->end) {
            return bad_reloc(it, i - 1, "is an ADDEND without a relocation");
        }
        r = decode(it->obj, it->sec, i);
    }
    if (!place(it, i, &r, out) || !target_of(it, i, &r, &out->sym, &out->sec, &base)) {
        return false;
    }
    switch (r.type) {
    case 0:
    case ARM64_POINTER_TO_GOT:
        addend += (uint64_t)field_value(it->obj, it->sec, r.address, r.length);
        break;
    case ARM64_AUTHENTICATED_POINTER: /* the upper half says how it is signed */
        addend += (uint64_t)field_value(it->obj, it->sec, r.address, 2);
        break;
    default: break; /* instructions hold nothing */
    }
    if (r.type == ARM64_POINTER_TO_GOT && !r.pcrel) {
        out->kind = KIND_GOT_ABS;
    }
    out->addend = (int64_t)(addend - base);
    it->next = i + 1;
    return true;
}

/* ---- 32-bit machines --------------------------------------------------------------------------------- */

static bool next_32(struct reloc_iter *it, uint64_t i, struct reloc *out)
{
    struct families fam = families_of(it->obj->raw_machine);
    struct raw r = decode(it->obj, it->sec, i), pair = {0};
    bool paired = fam.paired >> r.type & 1;
    uint64_t base;
    if (paired) {
        if (i + 1 >= it->end || (pair = decode(it->obj, it->sec, i + 1)).type != RELOC_PAIR) {
            return bad_reloc(it, i, "has no PAIR after it");
        }
    } else if (r.type == RELOC_PAIR) {
        return bad_reloc(it, i, "is a PAIR without the first of it");
    }
    if (!place(it, i, &r, out) || !target_of(it, i, &r, &out->sym, &out->sec, &base)) {
        return false;
    }
    uint64_t v = (uint64_t)stored_value(it->obj, it->sec, &r, pair.address) - base;
    if (fam.diff >> r.type & 1) {
        uint64_t base2;
        if (!target_of(it, i + 1, &pair, &out->sym2, &out->sec2, &base2)) {
            return false;
        }
        out->kind = KIND_DIFF;
        v += base2;
    } else if (r.pcrel) {
        v += it->sec->addr + r.address;
        out->kind = out->kind == KIND_ABS ? KIND_PCREL : out->kind;
    }
    out->addend = (int64_t)v;
    it->next = i + (paired ? 2 : 1);
    return true;
}

/* ---- the iterator ----------------------------------------------------------------------------------- */

bool macho_reloc_start(const struct object *obj, uint32_t sec, struct reloc_iter *it)
{
    const struct section *s = &obj->sections[sec];
    it->end = s->n_relocs;
    it->rows = reloc_table_of(obj);
    if (s->n_relocs && s->flags & SEC_NOBITS) {
        return diag_bad(obj->diag, s->reloc_off, "section %.*s,%.*s has relocations and no contents",
                        Q(obj->segments[s - obj->sections]), Q(s->name));
    }
    return true;
}

size_t macho_reloc_next(struct reloc_iter *it, struct reloc *block)
{
    size_t n = 0;
    while (n < RELOC_BLOCK && it->next < it->end) {
        bool ok;
        switch (it->obj->raw_machine) {
        case CPU_X86_64: ok = next_x86_64(it, it->next, &block[n]); break;
        case CPU_ARM64:
        case CPU_ARM64_32: ok = next_arm64(it, it->next, &block[n]); break;
        default: ok = next_32(it, it->next, &block[n]); break;
        }
        if (!ok) {
            break;
        }
        n++;
    }
    return n;
}
