/* pairs.c - AArch64: two instructions that make one address.

   ADRP and LDR fetch an address from the GOT; where it is known when linking, ADRP and ADD make it without
   the memory access, and the cell is not needed. ADRP and ADD in turn become NOP and ADR when the target is
   within 1 MiB. The second instruction must follow the first, use its register and overwrite it, so that
   nobody else sees what the first one left there. Code may jump to the second half of a pair from another
   first half: GOT pairs are rewritten only in sections where every half has its other one, as lld does.
   Source: ELF for the Arm 64-bit Architecture, "Relocation optimization". */
#include "ld/elf/elf_ld.h"

enum { ADR_PREL_PG_HI21 = 275, ADD_ABS_LO12_NC = 277, ADR_GOT_PAGE = 311, LD64_GOT_LO12_NC = 312 };

struct row {
    uint64_t off, addend;
    uint32_t type, sym;
};

static struct row row_at(const struct elf_pairs *p, uint64_t i)
{
    const uint8_t *r = p->rows + i * RELA64_SIZE;
    return (struct row){get_u64le(r), get_u64le(r + 16), get_u32le(r + 8), get_u32le(r + 12)};
}

/* Does row I begin a pair of relocations whose types are these? */
static bool is_pair(const struct elf_pairs *p, uint64_t i, uint32_t first, uint32_t second)
{
    if (i + 1 >= p->n) {
        return false;
    }
    struct row a = row_at(p, i), b = row_at(p, i + 1);
    return a.type == first && b.type == second && a.sym == b.sym && a.addend == b.addend && b.off == a.off + 4;
}

/* adrp xN; then an instruction that reads xN and writes xN. */
static bool same_register(const struct elf_pairs *p, uint64_t i, uint32_t mask, uint32_t insn)
{
    uint64_t off = row_at(p, i).off;
    uint32_t a, b;
    if (!view_u32(p->data, off, false, &a) || !view_u32(p->data, off + 4, false, &b)) {
        return false;
    }
    return (a & 0x9f000000) == 0x90000000 && (b & mask) == insn && (b & 31) == (a & 31) && (b >> 5 & 31) == (a & 31);
}

static bool all_paired(const struct elf_pairs *p)
{
    for (uint64_t i = 0; i < p->n; i++) {
        uint32_t type = row_at(p, i).type;
        if (type != ADR_GOT_PAGE && type != LD64_GOT_LO12_NC) {
            continue;
        }
        if (!is_pair(p, i, ADR_GOT_PAGE, LD64_GOT_LO12_NC)) {
            return false;
        }
        i++;
    }
    return true;
}

void elf_pairs_start(const struct ld *ld, const struct reloc_iter *it, struct view data, struct elf_pairs *p)
{
    *p = (struct elf_pairs){.data = data};
    if (ld->machine != MACH_ARM64 || ld->opt.elf.no_relax) {
        return;
    }
    p->rows = obj_reloc_rela64(it);
    p->n = p->rows ? it->end : 0;
    p->got = all_paired(p) && !elf_of_ld(ld)->no_got_relax;
}

bool elf_is_got_pair(const struct elf_pairs *p, uint64_t i, uint8_t attr)
{
    return p->got && is_pair(p, i, ADR_GOT_PAGE, LD64_GOT_LO12_NC) && row_at(p, i).addend == 0 &&
           !(attr & (EA_PREEMPT | EA_IFUNC | EA_UNDEF | EA_UNDEF0 | EA_ABS)) &&
           same_register(p, i, 0xffc00000, 0xf9400000);
}

bool elf_is_page_pair(const struct elf_pairs *p, uint64_t i)
{
    return is_pair(p, i, ADR_PREL_PG_HI21, ADD_ABS_LO12_NC) && same_register(p, i, 0xffc00000, 0x91000000);
}
