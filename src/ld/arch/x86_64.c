/* x86_64.c - AMD64.

   Instructions are bytes, so a relocated field is 1, 2, 4 or 8 little-endian bytes and all kinds are
   written alike. Code reaches +-2 GiB by %rip-relative displacements, which count from the end of the
   instruction; compilers fold that distance into the addend (usually -4).

   %r11 may be clobbered between caller and callee, which PLT stubs could use; ours are the GNU ones,
   because debuggers and disassemblers know them by their bytes. The thread pointer is %fs:0 and the
   TLS block stands below it (variant 2). Sources: the x86-64 psABI, chapters 4 (relocation), 5.2 (PLT),
   11 and B (TLS and GOTPCRELX optimisation); Intel CET for the IBT forms. */
#include "base/bytes.h"
#include "ld/arch/arch.h"

static enum arch_status encode(const struct reloc *r, uint8_t *p, uint64_t value, uint64_t place)
{
    (void)place;
    if (r->flags & RELF_BITS) { /* SECREL7: the low bits of a byte */
        *p = (uint8_t)((*p & 0x80) | (value & 0x7f));
        return ARCH_OK;
    }
    return arch_put(p, r->width, r->flags, value);
}

/* The distance from the end of a 4-byte field at VA + OFF to DST. */
static uint32_t rel(uint64_t dst, uint64_t va, unsigned off)
{
    return (uint32_t)(dst - (va + off + 4));
}

enum { DELAY_TAIL_LEN = 126 };

static void import_thunk(uint8_t *p, uint64_t va, uint64_t slot_va)
{
    memcpy(p, "\xff\x25\0\0\0\0\x90\x90", 8); /* jmp *slot(%rip); nop; nop */
    put_u32le(p + 2, rel(slot_va, va, 2));
}

static void delay_stub(uint8_t *p, uint64_t va, uint64_t cell_va, uint64_t tail_va)
{
    memcpy(p, "\x48\x8d\x05\0\0\0\0"    /* lea cell(%rip), %rax */
              "\xe9\0\0\0\0", 12);      /* jmp tail */
    put_u32le(p + 3, rel(cell_va, va, 3));
    put_u32le(p + 8, rel(tail_va, va, 8));
}

/* The integer arguments go to their home in the caller's frame, the others to ours, above the home
   of the helper's arguments. The frame keeps the stack at a multiple of 16. */
static void delay_tail(uint8_t *p, uint64_t va, uint64_t desc_va, uint64_t helper_va)
{
    static const uint8_t code[] = {
        0x48, 0x83, 0xec, 0x68,             /*  0 sub $0x68, %rsp */
        0x48, 0x89, 0x4c, 0x24, 0x70,       /*  4 mov %rcx, 0x70(%rsp) */
        0x48, 0x89, 0x54, 0x24, 0x78,       /*  9 mov %rdx, 0x78(%rsp) */
        0x4c, 0x89, 0x84, 0x24, 0x80, 0, 0, 0, /* 14 mov %r8, 0x80(%rsp) */
        0x4c, 0x89, 0x8c, 0x24, 0x88, 0, 0, 0, /* 22 mov %r9, 0x88(%rsp) */
        0x66, 0x0f, 0x7f, 0x44, 0x24, 0x20, /* 30 movdqa %xmm0, 0x20(%rsp) */
        0x66, 0x0f, 0x7f, 0x4c, 0x24, 0x30, /* 36 movdqa %xmm1, 0x30(%rsp) */
        0x66, 0x0f, 0x7f, 0x54, 0x24, 0x40, /* 42 movdqa %xmm2, 0x40(%rsp) */
        0x66, 0x0f, 0x7f, 0x5c, 0x24, 0x50, /* 48 movdqa %xmm3, 0x50(%rsp) */
        0x48, 0x89, 0xc2,                   /* 54 mov %rax, %rdx */
        0x48, 0x8d, 0x0d, 0, 0, 0, 0,       /* 57 lea descriptor(%rip), %rcx */
        0xe8, 0, 0, 0, 0,                   /* 64 call __delayLoadHelper2 */
        0x66, 0x0f, 0x6f, 0x44, 0x24, 0x20, /* 69 movdqa 0x20(%rsp), %xmm0 */
        0x66, 0x0f, 0x6f, 0x4c, 0x24, 0x30,
        0x66, 0x0f, 0x6f, 0x54, 0x24, 0x40,
        0x66, 0x0f, 0x6f, 0x5c, 0x24, 0x50,
        0x48, 0x8b, 0x4c, 0x24, 0x70,       /* mov 0x70(%rsp), %rcx */
        0x48, 0x8b, 0x54, 0x24, 0x78,
        0x4c, 0x8b, 0x84, 0x24, 0x80, 0, 0, 0,
        0x4c, 0x8b, 0x8c, 0x24, 0x88, 0, 0, 0,
        0x48, 0x83, 0xc4, 0x68,             /* add $0x68, %rsp */
        0x48, 0xff, 0xe0,                   /* rex.w jmp *%rax: an epilogue's form */
    };
    _Static_assert(sizeof code == DELAY_TAIL_LEN, "the table below says how long it is");
    memcpy(p, code, sizeof code);
    put_u32le(p + 60, rel(desc_va, va, 60));
    put_u32le(p + 65, rel(helper_va, va, 65));
}

/* Version 1, no handler; prologue of 4 bytes; one code: at 4, 0x68 bytes allocated. */
static const uint8_t delay_unwind[] = {1, 4, 1, 0, 4, (0x68 / 8 - 1) << 4 | 2, 0, 0};

static const struct arch_delay delay = {
    .stub_len = 12,
    .tail_len = DELAY_TAIL_LEN,
    .stub_abs = -1,
    .tail_abs = -1,
    .unwind_len = sizeof delay_unwind,
    .unwind = delay_unwind,
    .stub = delay_stub,
    .tail = delay_tail,
};

static void plt_header(uint8_t *p, const struct plt_env *e)
{
    memcpy(p, "\xff\x35\0\0\0\0"       /* push GOT+8(%rip) */
              "\xff\x25\0\0\0\0"       /* jmp *GOT+16(%rip) */
              "\x0f\x1f\x40\0", 16);   /* nopl */
    put_u32le(p + 2, rel(e->gotplt_va + 8, e->plt_va, 2));
    put_u32le(p + 8, rel(e->gotplt_va + 16, e->plt_va, 8));
}

static void plt_entry(uint8_t *p, const struct plt_env *e)
{
    if (e->ibt) {
        memcpy(p, "\xf3\x0f\x1e\xfa"   /* endbr64 */
                  "\x68\0\0\0\0"       /* push index */
                  "\xe9\0\0\0\0"       /* jmp plt header */
                  "\x66\x90", 16);
        put_u32le(p + 5, e->index);
        put_u32le(p + 10, rel(e->plt_va, e->entry_va, 10));
        return;
    }
    memcpy(p, "\xff\x25\0\0\0\0"       /* jmp *slot(%rip) */
              "\x68\0\0\0\0"           /* push index */
              "\xe9\0\0\0", 16);       /* jmp plt header */
    put_u32le(p + 2, rel(e->slot_va, e->entry_va, 2));
    put_u32le(p + 7, e->index);
    put_u32le(p + 12, rel(e->plt_va, e->entry_va, 12));
}

static uint64_t plt_lazy_target(const struct plt_env *e)
{
    return e->ibt ? e->entry_va : e->entry_va + 6;
}

static void plt_sec(uint8_t *p, const struct plt_env *e)
{
    memcpy(p, "\xf3\x0f\x1e\xfa"              /* endbr64 */
              "\xff\x25\0\0\0\0"              /* jmp *slot(%rip) */
              "\x66\x0f\x1f\x44\0", 16);      /* nopw */
    put_u32le(p + 6, rel(e->slot_va, e->entry_va, 6));
}

static void plt_got(uint8_t *p, const struct plt_env *e)
{
    if (e->ibt) {
        plt_sec(p, e);
        return;
    }
    memcpy(p, "\xff\x25\0\0\0\0\x66\x90\x0f\x1f\x84\0\0\0\0", 16);
    put_u32le(p + 2, rel(e->slot_va, e->entry_va, 2));
}

const struct arch arch_x86_64 = {
    .name = "x86-64",
    .word = 8,
    .plt_header_len = 16,
    .plt_entry_len = 16,
    .plt_got_len = 16,
    .plt_sec_len = 16,
    .import_thunk_len = 8,
    .thunk_abs_off = -1,
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

/* ---- GOTPCRELX ------------------------------------------------------------------------------------

   `op foo@GOTPCREL(%rip), %reg` where foo turns out to be near: the load from the GOT is not needed.
   The opcode and ModRM bytes stand before the field, a REX prefix before those. */

enum { OP_MOV = 0x8b, OP_TEST = 0x85 };

/* add or adc sub ... %reg, mem: 00xxx011; the operation number is bits 3-5. */
static bool is_binop(uint8_t op)
{
    return (op & 0xc7) == 0x03;
}

enum got_relax x86_64_got_relax(const uint8_t *p, uint64_t before, bool rex, bool imm_ok)
{
    if (before < 2u + rex) {
        return GOT_KEEP;
    }
    uint8_t op = p[-2], modrm = p[-1];
    if (op == 0xff && modrm == 0x15) {
        return GOT_TO_CALL;
    }
    if (op == 0xff && modrm == 0x25) {
        return GOT_TO_JMP;
    }
    if ((modrm & 0xc7) != 0x05) { /* not %rip-relative */
        return GOT_KEEP;
    }
    if (op == OP_MOV) {
        return GOT_TO_LEA;
    }
    return rex && imm_ok && (op == OP_TEST || is_binop(op)) ? GOT_TO_IMM : GOT_KEEP;
}

/* reg <- reg OP mem becomes reg <- reg OP imm32: the register moves from ModRM.reg to ModRM.rm, and
   with it its fourth bit from REX.R to REX.B. */
static void to_immediate(uint8_t *p)
{
    uint8_t op = p[-2], reg = (p[-1] >> 3) & 7, rex = p[-3];
    p[-3] = (uint8_t)((rex & ~5) | (rex & 4) >> 2);
    if (op == OP_MOV) {
        p[-2] = 0xc7;
        p[-1] = (uint8_t)(0xc0 | reg);
    } else if (op == OP_TEST) {
        p[-2] = 0xf7;
        p[-1] = (uint8_t)(0xc0 | reg);
    } else {
        p[-2] = 0x81;
        p[-1] = (uint8_t)(0xc0 | (op & 0x38) | reg);
    }
}

enum arch_status x86_64_got_rewrite(uint8_t *p, enum got_relax how, uint64_t s, uint64_t place)
{
    switch (how) {
    case GOT_TO_LEA:
        p[-2] = 0x8d;
        return arch_put(p, 4, RELF_SIGNED, s - place - 4);
    case GOT_TO_CALL: /* addr32 call: the prefix fills the byte that is saved */
        p[-2] = 0x67;
        p[-1] = 0xe8;
        return arch_put(p, 4, RELF_SIGNED, s - place - 4);
    case GOT_TO_JMP:
        p[-2] = 0xe9;
        p[3] = 0x90;
        return arch_put(p - 1, 4, RELF_SIGNED, s - place - 3);
    case GOT_TO_IMM:
        to_immediate(p);
        return arch_put(p, 4, RELF_SIGNED, s);
    case GOT_KEEP:
        break;
    }
    return ARCH_UNSUPPORTED;
}

/* ---- TLS --------------------------------------------------------------------------------------- */

static bool bytes_are(const uint8_t *p, const char *want, unsigned n)
{
    return memcmp(p, want, n) == 0;
}

/* Of the large code model, behind lea x@tlsgd(%rip),%rdi or lea x@tlsld(%rip),%rdi: movabs $__tls_get_addr@pltoff,%rax;
   add %r15 or %rbx,%rax; call *%rax. 22 bytes in all. */
static bool is_large(const uint8_t *p, uint64_t before, uint64_t after)
{
    return before >= 3 && after >= 19 && bytes_are(p - 3, "\x48\x8d\x3d", 3) && bytes_are(p + 4, "\x48\xb8", 2) &&
           (bytes_are(p + 14, "\x4c\x01\xf8", 3) || bytes_are(p + 14, "\x48\x01\xd8", 3)) &&
           bytes_are(p + 17, "\xff\xd0", 2);
}

/* lea x@tlsgd(%rip),%rdi with its padding prefix, then call __tls_get_addr in one of the forms. */
static bool is_gd(const uint8_t *p, uint64_t before, uint64_t after)
{
    return before >= 4 && after >= 12 && bytes_are(p - 4, "\x66\x48\x8d\x3d", 4) &&
           (bytes_are(p + 4, "\x66\x66\x48\xe8", 4) || bytes_are(p + 4, "\x66\x48\xff\x15", 4));
}

static bool is_ld(const uint8_t *p, uint64_t before, uint64_t after)
{
    return before >= 3 && bytes_are(p - 3, "\x48\x8d\x3d", 3) &&
           ((after >= 9 && p[4] == 0xe8) || (after >= 10 && bytes_are(p + 4, "\xff\x15", 2)));
}

bool x86_64_tls_can(const uint8_t *p, uint64_t before, uint64_t after, enum tls_relax how)
{
    switch (how) {
    case TLS_GD_IE:
    case TLS_GD_LE:
        return is_gd(p, before, after) || is_large(p, before, after);
    case TLS_LD_LE:
        return is_ld(p, before, after) || is_large(p, before, after);
    case TLS_IE_LE: /* mov or add x@gottpoff(%rip),%reg */
        return before >= 3 && (p[-3] & 0xfb) == 0x48 && (p[-2] == OP_MOV || p[-2] == 0x03) &&
               (p[-1] & 0xc7) == 0x05;
    case TLS_DESC_IE:
    case TLS_DESC_LE: /* lea x@tlsdesc(%rip),%reg */
        return before >= 3 && (p[-3] & 0xfb) == 0x48 && p[-2] == 0x8d && (p[-1] & 0xc7) == 0x05;
    case TLS_KEEP:
        break;
    }
    return false;
}

/* The long sequences have room for a nop. */
static enum arch_status rewrite_large(uint8_t *p, enum tls_relax how, uint64_t value, uint64_t place)
{
    if (how == TLS_LD_LE) {
        memcpy(p - 3, "\x66\x66\x66\x66\x2e\x0f\x1f\x84\0\0\0\0\0\x64\x48\x8b\x04\x25\0\0\0\0", 22);
        return ARCH_OK;
    }
    memcpy(p - 3, "\x64\x48\x8b\x04\x25\0\0\0\0\x48", 10);
    memcpy(p + 7, how == TLS_GD_LE ? "\x8d\x80" : "\x03\x05", 2);
    memcpy(p + 13, "\x66\x0f\x1f\x44\0\0", 6);
    return arch_put(p + 9, 4, RELF_SIGNED, how == TLS_GD_LE ? value : value - place - 13);
}

enum arch_status x86_64_tls_rewrite(uint8_t *p, enum tls_relax how, uint64_t value, uint64_t place)
{
    if ((how == TLS_GD_LE || how == TLS_GD_IE || how == TLS_LD_LE) && bytes_are(p + 4, "\x48\xb8", 2)) {
        return rewrite_large(p, how, value, place);
    }
    switch (how) {
    case TLS_GD_LE: /* mov %fs:0,%rax; lea tpoff(%rax),%rax */
        memcpy(p - 4, "\x64\x48\x8b\x04\x25\0\0\0\0\x48\x8d\x80", 12);
        return arch_put(p + 8, 4, RELF_SIGNED, value);
    case TLS_GD_IE: /* mov %fs:0,%rax; add cell(%rip),%rax */
        memcpy(p - 4, "\x64\x48\x8b\x04\x25\0\0\0\0\x48\x03\x05", 12);
        return arch_put(p + 8, 4, RELF_SIGNED, value - place - 12);
    case TLS_LD_LE: /* mov %fs:0,%rax, padded to the length of lea and call */
        if (p[4] == 0xe8) {
            memcpy(p - 3, "\x66\x66\x66\x64\x48\x8b\x04\x25\0\0\0\0", 12);
        } else {
            memcpy(p - 3, "\x66\x66\x66\x66\x64\x48\x8b\x04\x25\0\0\0\0", 13);
        }
        return ARCH_OK;
    case TLS_IE_LE:
        to_immediate(p);
        return arch_put(p, 4, RELF_SIGNED, value);
    case TLS_DESC_LE:
        p[-2] = OP_MOV;
        to_immediate(p);
        return arch_put(p, 4, RELF_SIGNED, value);
    case TLS_DESC_IE:
        p[-2] = OP_MOV;
        return arch_put(p, 4, RELF_SIGNED, value - place - 4);
    case TLS_KEEP:
        break;
    }
    return ARCH_UNSUPPORTED;
}

bool x86_64_tlsdesc_call_nop(uint8_t *p, uint64_t after)
{
    if (after < 2 || p[0] != 0xff || p[1] != 0x10) {
        return false;
    }
    p[0] = 0x66;
    p[1] = 0x90;
    return true;
}
