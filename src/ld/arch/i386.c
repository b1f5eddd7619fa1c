/* i386.c - Intel 386.

   Addresses are 32 bits and arithmetic wraps, so a 4-byte field holds any value and only the narrow
   fields can overflow. There is no PC-relative data access: position-independent code keeps the GOT's
   address in a register (%ebx for PLT calls) and reaches everything relative to that. The thread
   pointer is %gs:0, the TLS block stands below it; ___tls_get_addr (three underscores) takes its
   argument in %eax. Sources: the i386 psABI; the ELF TLS paper, section 4.4.6. */
#include "base/bytes.h"
#include "ld/arch/arch.h"

static enum arch_status encode(const struct reloc *r, uint8_t *p, uint64_t value, uint64_t place)
{
    (void)place;
    if (r->flags & RELF_BITS) { /* SECREL7: the low bits of a byte */
        *p = (uint8_t)((*p & 0x80) | (value & 0x7f));
        return ARCH_OK;
    }
    if (r->width == 4) {
        return arch_put(p, 4, RELF_ANY, value);
    }
    return arch_put(p, r->width, r->flags, (uint64_t)(int64_t)(int32_t)value);
}

static void import_thunk(uint8_t *p, uint64_t va, uint64_t slot_va)
{
    (void)va;
    memcpy(p, "\xff\x25\0\0\0\0\x90\x90", 8); /* jmp *slot; nop; nop */
    put_u32le(p + 2, (uint32_t)slot_va);
}

static void delay_stub(uint8_t *p, uint64_t va, uint64_t cell_va, uint64_t tail_va)
{
    memcpy(p, "\xb8\0\0\0\0"          /* mov $cell, %eax */
              "\xe9\0\0\0\0", 10);    /* jmp tail */
    put_u32le(p + 1, (uint32_t)cell_va);
    put_u32le(p + 6, (uint32_t)(tail_va - (va + 10)));
}

/* fastcall passes arguments in %ecx and %edx; the helper takes its own two off the stack. */
static void delay_tail(uint8_t *p, uint64_t va, uint64_t desc_va, uint64_t helper_va)
{
    memcpy(p, "\x51\x52"               /* push %ecx; push %edx */
              "\x50"                   /* push %eax: the cell */
              "\x68\0\0\0\0"          /* push $descriptor */
              "\xe8\0\0\0\0"          /* call ___delayLoadHelper2@8 */
              "\x5a\x59"               /* pop %edx; pop %ecx */
              "\xff\xe0", 17);         /* jmp *%eax */
    put_u32le(p + 4, (uint32_t)desc_va);
    put_u32le(p + 9, (uint32_t)(helper_va - (va + 13)));
}

static const struct arch_delay delay = {
    .stub_len = 10,
    .tail_len = 17,
    .stub_abs = 1,
    .tail_abs = 4,
    .stub = delay_stub,
    .tail = delay_tail,
};

static void plt_header(uint8_t *p, const struct plt_env *e)
{
    if (e->pic) {
        memcpy(p, "\xff\xb3\4\0\0\0"     /* push 4(%ebx) */
                  "\xff\xa3\x8\0\0\0"    /* jmp *8(%ebx) */
                  "\x0f\x1f\x40\0", 16);
        return;
    }
    memcpy(p, "\xff\x35\0\0\0\0\xff\x25\0\0\0\0\x0f\x1f\x40\0", 16);
    put_u32le(p + 2, (uint32_t)e->gotplt_va + 4);
    put_u32le(p + 8, (uint32_t)e->gotplt_va + 8);
}

/* jmp *slot, by its address or relative to the GOT in %ebx: 6 bytes. */
static void jump_slot(uint8_t *p, const struct plt_env *e)
{
    p[0] = 0xff;
    p[1] = e->pic ? 0xa3 : 0x25;
    put_u32le(p + 2, (uint32_t)(e->slot_va - (e->pic ? e->gotplt_va : 0)));
}

static void plt_entry(uint8_t *p, const struct plt_env *e)
{
    unsigned at = e->ibt ? 4 : 6;
    if (e->ibt) {
        memcpy(p, "\xf3\x0f\x1e\xfb", 4); /* endbr32 */
    } else {
        jump_slot(p, e);
    }
    p[at] = 0x68; /* push: byte offset of an 8-byte REL record */
    put_u32le(p + at + 1, e->index * 8);
    p[at + 5] = 0xe9;
    put_u32le(p + at + 6, (uint32_t)(e->plt_va - (e->entry_va + at + 10)));
    if (e->ibt) {
        memcpy(p + 14, "\x66\x90", 2);
    }
}

static uint64_t plt_lazy_target(const struct plt_env *e)
{
    return e->ibt ? e->entry_va : e->entry_va + 6;
}

static void plt_sec(uint8_t *p, const struct plt_env *e)
{
    memcpy(p, "\xf3\x0f\x1e\xfb\0\0\0\0\0\0\x66\x0f\x1f\x44\0", 16);
    jump_slot(p + 4, e);
}

static void plt_got(uint8_t *p, const struct plt_env *e)
{
    if (e->ibt) {
        plt_sec(p, e);
        return;
    }
    memcpy(p, "\0\0\0\0\0\0\x66\x90\x0f\x1f\x84\0\0\0\0", 16);
    jump_slot(p, e);
}

const struct arch arch_i386 = {
    .name = "i386",
    .word = 4,
    .plt_header_len = 16,
    .plt_entry_len = 16,
    .plt_got_len = 16,
    .plt_sec_len = 16,
    .import_thunk_len = 8,
    .thunk_abs_off = 2,
    .max_page = 0x1000,
    .common_page = 0x1000,
    .encode = encode,
    .import_thunk = import_thunk,
    .delay = &delay,
    .plt_header = plt_header,
    .plt_entry = plt_entry,
    .plt_got = plt_got,
    .plt_sec = plt_sec,
    .plt_lazy_target = plt_lazy_target,
};

/* ---- GOT32X ------------------------------------------------------------------------------------- */

/* mod 10: a displacement off a base register; mod 00 rm 101: an absolute address. */
static bool has_base(uint8_t modrm)
{
    return (modrm & 0xc0) == 0x80 && (modrm & 7) != 4;
}

enum got_relax i386_got_relax(const uint8_t *p, uint64_t before, bool pic)
{
    if (before < 2) {
        return GOT_KEEP;
    }
    uint8_t op = p[-2], modrm = p[-1];
    bool absolute = (modrm & 0xc7) == 0x05;
    if (!has_base(modrm) && !(absolute && !pic)) {
        return GOT_KEEP;
    }
    if (op == 0x8b) {
        return absolute ? GOT_TO_IMM : GOT_TO_LEA;
    }
    if (op == 0xff && (modrm & 0x38) == 0x10) {
        return GOT_TO_CALL;
    }
    return op == 0xff && (modrm & 0x38) == 0x20 ? GOT_TO_JMP : GOT_KEEP;
}

enum arch_status i386_got_rewrite(uint8_t *p, enum got_relax how, uint64_t s, uint64_t place,
                                  uint64_t got_va)
{
    switch (how) {
    case GOT_TO_LEA:
        p[-2] = 0x8d;
        return arch_put(p, 4, RELF_ANY, s - got_va);
    case GOT_TO_IMM:
        p[-2] = 0xc7;
        p[-1] = (uint8_t)(0xc0 | ((p[-1] >> 3) & 7));
        return arch_put(p, 4, RELF_ANY, s);
    case GOT_TO_CALL:
        p[-2] = 0x67;
        p[-1] = 0xe8;
        return arch_put(p, 4, RELF_ANY, s - place - 4);
    case GOT_TO_JMP:
        p[-2] = 0xe9;
        p[3] = 0x90;
        return arch_put(p - 1, 4, RELF_ANY, s - place - 3);
    case GOT_KEEP:
        break;
    }
    return ARCH_UNSUPPORTED;
}

/* ---- TLS --------------------------------------------------------------------------------------- */

enum tls_form {
    FORM_NONE,
    FORM_SIB,  /* lea x(,%ebx,1),%eax; call rel32: 7 + 5 bytes, the field at 3 */
    FORM_NOP,  /* lea x(%reg),%eax; call rel32; nop: 6 + 5 + 1, the field at 2 */
    FORM_MEM,  /* lea x(%reg),%eax; call *mem: 6 + 6 */
    FORM_SHORT /* lea x(%reg),%eax; call rel32: 6 + 5 (local dynamic) */
};

static enum tls_form lea_form(const uint8_t *p, uint64_t before, uint64_t after, bool ld)
{
    if (before >= 3 && after >= 9 && memcmp(p - 3, "\x8d\x04\x1d", 3) == 0 && p[4] == 0xe8) {
        return ld ? FORM_NONE : FORM_SIB;
    }
    if (before < 2 || after < 9 || p[-2] != 0x8d || (p[-1] & 0xf8) != 0x80 || (p[-1] & 7) == 4) {
        return FORM_NONE;
    }
    if (after >= 10 && p[4] == 0xff && (p[5] & 0xf8) == 0x90) {
        return FORM_MEM;
    }
    if (p[4] != 0xe8) {
        return FORM_NONE;
    }
    if (ld) {
        return FORM_SHORT;
    }
    return after >= 10 && p[9] == 0x90 ? FORM_NOP : FORM_NONE;
}

bool i386_tls_can(const uint8_t *p, uint64_t before, uint64_t after, enum tls_relax how)
{
    switch (how) {
    case TLS_GD_IE:
    case TLS_GD_LE:
        return lea_form(p, before, after, false) != FORM_NONE;
    case TLS_LD_LE:
        return lea_form(p, before, after, true) != FORM_NONE;
    case TLS_IE_LE: /* mov/add by address or off a register, or the short mov to %eax */
        if (before >= 1 && p[-1] == 0xa1) {
            return true;
        }
        return before >= 2 && (p[-2] == 0x8b || p[-2] == 0x03) &&
               (has_base(p[-1]) || (p[-1] & 0xc7) == 0x05);
    case TLS_DESC_IE:
    case TLS_DESC_LE: /* lea x@tlsdesc(%reg),%eax */
        return before >= 2 && p[-2] == 0x8d && has_base(p[-1]);
    case TLS_KEEP:
        break;
    }
    return false;
}

static enum arch_status gd_rewrite(uint8_t *p, enum tls_relax how, uint64_t value)
{
    uint8_t base = p[-1] & 7; /* FORM_NOP, FORM_MEM: the register that holds the GOT */
    uint8_t *at = p[-1] == 0x1d && p[-2] == 0x04 ? p - 3 : p - 2;
    if (at == p - 3) {
        base = 3;
    }
    memcpy(at, "\x65\xa1\0\0\0\0", 6); /* mov %gs:0,%eax */
    at[6] = how == TLS_GD_LE ? 0x8d : 0x03;
    at[7] = how == TLS_GD_LE ? 0x80 : (uint8_t)(0x80 | base); /* lea x(%eax) / add x(%ebx) */
    return arch_put(at + 8, 4, RELF_ANY, value);
}

static enum arch_status ie_rewrite(uint8_t *p, uint64_t value)
{
    if (p[-1] == 0xa1) {
        p[-1] = 0xb8; /* mov $imm,%eax */
    } else {
        p[-2] = p[-2] == 0x8b ? 0xc7 : 0x81;
        p[-1] = (uint8_t)(0xc0 | ((p[-1] >> 3) & 7));
    }
    return arch_put(p, 4, RELF_ANY, value);
}

enum arch_status i386_tls_rewrite(uint8_t *p, enum tls_relax how, uint64_t value)
{
    switch (how) {
    case TLS_GD_IE:
    case TLS_GD_LE:
        return gd_rewrite(p, how, value);
    case TLS_LD_LE:
        if (p[4] == 0xe8) { /* mov %gs:0,%eax; nop; lea 0(%esi,1),%esi */
            memcpy(p - 2, "\x65\xa1\0\0\0\0\x90\x8d\x74\x26\0", 11);
        } else {
            memcpy(p - 2, "\x65\xa1\0\0\0\0\x8d\xb6\0\0\0\0", 12);
        }
        return ARCH_OK;
    case TLS_IE_LE:
        return ie_rewrite(p, value);
    case TLS_DESC_LE: /* lea ntpoff,%eax */
        p[-1] = (uint8_t)((p[-1] & 0x38) | 5);
        return arch_put(p, 4, RELF_ANY, value);
    case TLS_DESC_IE: /* mov x@gotntpoff(%reg),%eax */
        p[-2] = 0x8b;
        return arch_put(p, 4, RELF_ANY, value);
    case TLS_KEEP:
        break;
    }
    return ARCH_UNSUPPORTED;
}
