/* cfa.c - where do the instructions of an unwinding record end?

   Assemblers fill records with DW_CFA_nop up to their alignment. Zeros at the end of a record may as well be the
   operands of its last instruction, so the instructions are walked. What is not understood is left as long as it is.
   Source: DWARF 5, 6.4.2; LSB, "Exception Frames". */
#include "ld/elf/elf_ld.h"

/* The operands of the instructions below 0x40: a letter each. u: LEB128, of either sign; b: a block with its
   length; digits: bytes; '-': none; NULL: not known. */
static const char *operands_of(uint8_t op)
{
    static const char *const table[0x30] = {
        [0x00] = "-", [0x02] = "1", [0x03] = "2", [0x04] = "4", [0x05] = "uu", [0x06] = "u", [0x07] = "u",
        [0x08] = "u", [0x09] = "uu", [0x0a] = "-", [0x0b] = "-", [0x0c] = "uu", [0x0d] = "u", [0x0e] = "u",
        [0x0f] = "b", [0x10] = "ub", [0x11] = "uu", [0x12] = "uu", [0x13] = "u", [0x14] = "uu", [0x15] = "uu",
        [0x16] = "ub", [0x2d] = "-", [0x2e] = "u", [0x2f] = "uu"};
    return op < sizeof table / sizeof *table ? table[op] : NULL;
}

/* One instruction. False: not known. */
static bool skip_instruction(struct cursor *c, uint8_t op)
{
    if (op >= 0x40) { /* DW_CFA_offset alone has an operand that is not in the same byte */
        if (op >> 6 == 2) {
            (void)cur_uleb(c);
        }
        return !c->bad;
    }
    const char *what = operands_of(op);
    for (; what && *what && *what != '-'; what++) {
        if (*what == 'u') {
            (void)cur_uleb(c);
        } else {
            cur_skip(c, *what == 'b' ? cur_uleb(c) : (uint64_t)(*what - '0'));
        }
    }
    return what && !c->bad;
}

uint32_t elf_cfa_len(struct view rec, uint64_t from)
{
    struct cursor c = cursor_at(rec, from, false);
    uint64_t used = from;
    while (!c.bad && c.off < rec.len) {
        uint8_t op = cur_u8(&c);
        if (op && !skip_instruction(&c, op)) {
            return (uint32_t)rec.len;
        }
        used = op ? c.off : used;
    }
    return (uint32_t)(c.bad ? rec.len : used);
}

/* Bytes of a pointer in the encoding ENC; 0: not a fixed number. */
static unsigned pointer_size(uint8_t enc, unsigned word)
{
    switch (enc & 0x0f) {
    case 0x00: return word;
    case 0x02: case 0x0a: return 2;
    case 0x03: case 0x0b: return 4;
    case 0x04: case 0x0c: return 8;
    default: return 0;
    }
}

/* The data that the letters of a CIE's augmentation string say are there. The pointers of its FDEs; 0: not known. */
static unsigned read_augmentation(struct cursor *c, struct str letters, unsigned word)
{
    unsigned pointer = word;
    for (size_t i = 1; i < letters.len; i++) {
        uint8_t enc;
        switch (letters.p[i]) {
        case 'P':
            enc = cur_u8(c);
            if ((enc & 0x70) == 0x50 || !pointer_size(enc, word)) { /* aligned */
                return 0;
            }
            cur_skip(c, pointer_size(enc, word));
            break;
        case 'L':
            (void)cur_u8(c);
            break;
        case 'R':
            pointer = pointer_size(cur_u8(c), word);
            break;
        case 'S': case 'B':
            break;
        default:
            return 0;
        }
    }
    return pointer;
}

bool elf_read_cie(struct view cie, unsigned word, struct elf_cie *out)
{
    struct cursor c = cursor_at(cie, 8, false);
    uint8_t version = cur_u8(&c);
    struct str letters = cur_cstr(&c);
    *out = (struct elf_cie){.pointer = word};
    if ((version != 1 && version != 3) || (letters.len && letters.p[0] != 'z')) {
        return false;
    }
    (void)cur_uleb(&c);
    (void)cur_sleb(&c);
    if (version == 1) {
        (void)cur_u8(&c);
    } else {
        (void)cur_uleb(&c);
    }
    if (letters.len) {
        uint64_t n = cur_uleb(&c), at = c.off;
        out->has_data = true;
        out->pointer = read_augmentation(&c, letters, word);
        if (c.bad || n > cie.len - at || c.off - at > n) {
            return false;
        }
        c.off = at + n;
    }
    out->insns = c.off;
    return !c.bad && out->pointer;
}

uint32_t elf_fde_len(struct view fde, const struct elf_cie *cie)
{
    struct cursor c = cursor_at(fde, 8 + 2 * (uint64_t)cie->pointer, false);
    if (cie->has_data) {
        cur_skip(&c, cur_uleb(&c));
    }
    return c.bad ? (uint32_t)fde.len : elf_cfa_len(fde, c.off);
}
