/* ld/arch: range checks, stubs and instruction rewriting, byte by byte. */
#include "base/bytes.h"
#include "ld/arch/arch.h"
#include "tests/unit/tap.h"

static void is_bytes(const uint8_t *got, const char *want, size_t n, const char *name)
{
    if (!ok(memcmp(got, want, n) == 0, "%s", name)) {
        printf("# got");
        for (size_t i = 0; i < n; i++) {
            printf(" %02x", got[i]);
        }
        printf("\n");
    }
}

static struct reloc field(enum reloc_kind kind, uint8_t width, uint8_t flags)
{
    return (struct reloc){.kind = (uint8_t)kind, .width = width, .flags = flags};
}

static void test_range(void)
{
    uint8_t b[8] = {0};
    struct reloc s32 = field(KIND_PCREL, 4, RELF_SIGNED), u32 = field(KIND_ABS, 4, RELF_UNSIGNED);
    struct reloc any16 = field(KIND_ABS, 2, 0);
    const struct arch *x = &arch_x86_64;
    ok(x->encode(&s32, b, 0x7fffffff, 0) == ARCH_OK, "largest signed 32-bit value");
    ok(x->encode(&s32, b, 0x80000000, 0) == ARCH_RANGE, "one more does not fit");
    ok(x->encode(&s32, b, (uint64_t)INT64_C(-0x80000000), 0) == ARCH_OK, "smallest signed");
    ok(x->encode(&s32, b, (uint64_t)INT64_C(-0x80000001), 0) == ARCH_RANGE, "one less");
    ok(x->encode(&u32, b, 0xffffffff, 0) == ARCH_OK, "largest unsigned 32-bit value");
    ok(x->encode(&u32, b, UINT64_C(1) << 32, 0) == ARCH_RANGE, "2^32 does not fit unsigned");
    ok(x->encode(&u32, b, (uint64_t)-1, 0) == ARCH_RANGE, "-1 does not fit unsigned");
    ok(x->encode(&any16, b, 0xffff, 0) == ARCH_OK && x->encode(&any16, b, (uint64_t)-32768, 0) == ARCH_OK,
       "either sign fits an unmarked field");
    ok(arch_i386.encode(&s32, b, 0x80000000, 0) == ARCH_OK, "32-bit addresses wrap on i386");
    is_u64(arch_get((const uint8_t *)"\xfe\xff\xff\xff", 4), (uint64_t)-2, "implicit addend sign-extends");
    struct buf m = {0};
    arch_explain(&m, ARCH_RANGE, "R_X86_64_PC32", &s32, 0x80000000);
    is_str(((struct str){m.p, m.n}),
           "relocation R_X86_64_PC32 out of range: 2147483648 is not in [-2^31, 2^31)", "the message");
    buf_free(&m);
}

static void test_stubs(void)
{
    uint8_t b[32];
    arch_x86_64.import_thunk(b, 0x1000, 0x3000);
    is_bytes(b, "\xff\x25\xfa\x1f\0\0\x90\x90", 8, "x86-64 import thunk");
    arch_i386.import_thunk(b, 0x401000, 0x403000);
    is_bytes(b, "\xff\x25\x00\x30\x40\0\x90\x90", 8, "i386 import thunk");
    struct plt_env e = {.plt_va = 0x1020, .entry_va = 0x1040, .slot_va = 0x4020,
                        .gotplt_va = 0x4000, .index = 1};
    arch_x86_64.plt_header(b, &e);
    is_bytes(b, "\xff\x35\xe2\x2f\0\0\xff\x25\xe4\x2f\0\0\x0f\x1f\x40\0", 16, "x86-64 PLT header");
    arch_x86_64.plt_entry(b, &e);
    is_bytes(b, "\xff\x25\xda\x2f\0\0\x68\1\0\0\0\xe9\xd0\xff\xff\xff", 16, "x86-64 PLT entry");
    is_u64(arch_x86_64.plt_lazy_target(&e), 0x1046, "its lazy target is the push");
    e.ibt = true;
    arch_x86_64.plt_sec(b, &e);
    is_bytes(b, "\xf3\x0f\x1e\xfa\xff\x25\xd6\x2f\0\0", 10, "x86-64 IBT stub");
    e.ibt = false;
    e.pic = true;
    arch_i386.plt_entry(b, &e);
    is_bytes(b, "\xff\xa3\x20\0\0\0\x68\x8\0\0\0\xe9\xd0\xff\xff\xff", 16, "i386 PIC PLT entry");
    arch_arm64.import_thunk(b, 0x1000, 0x3018);
    is_bytes(b, "\x10\0\0\xd0\x10\x0e\x40\xf9\0\x02\x1f\xd6", 12, "arm64 import thunk");
}

static void test_got_relax(void)
{
    uint8_t mov[] = {0x4c, 0x8b, 0x3d, 0, 0, 0, 0}, call[] = {0xff, 0x15, 0, 0, 0, 0},
            jmp[] = {0xff, 0x25, 0, 0, 0, 0}, add[] = {0x4c, 0x03, 0x3d, 0, 0, 0, 0},
            other[] = {0x48, 0x8b, 0x80, 0, 0, 0, 0};
    ok(x86_64_got_relax(mov + 3, 3, true, false) == GOT_TO_LEA, "mov from the GOT becomes lea");
    x86_64_got_rewrite(mov + 3, GOT_TO_LEA, 0x2000, 0x1003);
    is_bytes(mov, "\x4c\x8d\x3d\xf9\x0f\0\0", 7, "lea");
    ok(x86_64_got_relax(call + 2, 2, false, false) == GOT_TO_CALL, "call through the GOT");
    x86_64_got_rewrite(call + 2, GOT_TO_CALL, 0x2000, 0x1002);
    is_bytes(call, "\x67\xe8\xfa\x0f\0\0", 6, "addr32 call");
    ok(x86_64_got_relax(jmp + 2, 2, false, false) == GOT_TO_JMP, "jmp through the GOT");
    x86_64_got_rewrite(jmp + 2, GOT_TO_JMP, 0x2000, 0x1002);
    is_bytes(jmp, "\xe9\xfb\x0f\0\0\x90", 6, "jmp; nop");
    ok(x86_64_got_relax(add + 3, 3, true, false) == GOT_KEEP, "add stays where addresses move");
    ok(x86_64_got_relax(add + 3, 3, true, true) == GOT_TO_IMM, "and takes an immediate where not");
    x86_64_got_rewrite(add + 3, GOT_TO_IMM, 0x2000, 0);
    is_bytes(add, "\x49\x81\xc7\0\x20\0\0", 7, "add $imm,%r15");
    ok(x86_64_got_relax(other + 3, 3, true, true) == GOT_KEEP, "another addressing mode is kept");
    ok(x86_64_got_relax(mov + 3, 1, true, true) == GOT_KEEP, "too few bytes before the field");
    uint8_t im[] = {0x8b, 0x83, 0, 0, 0, 0};
    ok(i386_got_relax(im + 2, 2, true) == GOT_TO_LEA, "i386: mov off the GOT register");
    i386_got_rewrite(im + 2, GOT_TO_LEA, 0x1000, 0, 0x3000);
    is_bytes(im, "\x8d\x83\x00\xe0\xff\xff", 6, "i386: lea GOTOFF");
}

static void test_tls(void)
{
    uint8_t gd[] = "\x66\x48\x8d\x3d\0\0\0\0\x66\x66\x48\xe8\0\0\0\0";
    uint8_t ie[] = "\x66\x48\x8d\x3d\0\0\0\0\x66\x48\xff\x15\0\0\0\0";
    ok(x86_64_tls_can(gd + 4, 4, 12, TLS_GD_LE), "general dynamic is recognised");
    ok(!x86_64_tls_can(gd + 4, 4, 11, TLS_GD_LE), "not when it is cut");
    x86_64_tls_rewrite(gd + 4, TLS_GD_LE, (uint64_t)-8, 0x1004);
    is_bytes(gd, "\x64\x48\x8b\x04\x25\0\0\0\0\x48\x8d\x80\xf8\xff\xff\xff", 16, "GD to LE");
    ok(x86_64_tls_can(ie + 4, 4, 12, TLS_GD_IE), "the -fno-plt form too");
    x86_64_tls_rewrite(ie + 4, TLS_GD_IE, 0x3000, 0x1004);
    is_bytes(ie, "\x64\x48\x8b\x04\x25\0\0\0\0\x48\x03\x05\xf0\x1f\0\0", 16, "GD to IE");
    uint8_t ld[] = "\x48\x8d\x3d\0\0\0\0\xe8\0\0\0\0";
    ok(x86_64_tls_can(ld + 3, 3, 9, TLS_LD_LE), "local dynamic is recognised");
    x86_64_tls_rewrite(ld + 3, TLS_LD_LE, 0, 0);
    is_bytes(ld, "\x66\x66\x66\x64\x48\x8b\x04\x25\0\0\0\0", 12, "LD to LE");
    uint8_t mov[] = "\x4c\x8b\x25\0\0\0\0";
    ok(x86_64_tls_can(mov + 3, 3, 4, TLS_IE_LE), "initial exec is recognised");
    x86_64_tls_rewrite(mov + 3, TLS_IE_LE, (uint64_t)-16, 0);
    is_bytes(mov, "\x49\xc7\xc4\xf0\xff\xff\xff", 7, "IE to LE");
    uint8_t desc[] = "\x48\x8d\x05\0\0\0\0\xff\x10";
    ok(x86_64_tls_can(desc + 3, 3, 6, TLS_DESC_LE), "a descriptor is recognised");
    x86_64_tls_rewrite(desc + 3, TLS_DESC_LE, (uint64_t)-16, 0);
    ok(x86_64_tlsdesc_call_nop(desc + 7, 2), "and its call");
    is_bytes(desc, "\x48\xc7\xc0\xf0\xff\xff\xff\x66\x90", 9, "TLSDESC to LE");
    uint8_t g3[] = "\x8d\x04\x1d\0\0\0\0\xe8\0\0\0\0";
    ok(i386_tls_can(g3 + 3, 3, 9, TLS_GD_LE), "i386 general dynamic is recognised");
    i386_tls_rewrite(g3 + 3, TLS_GD_LE, (uint64_t)-8);
    is_bytes(g3, "\x65\xa1\0\0\0\0\x8d\x80\xf8\xff\xff\xff", 12, "i386 GD to LE");
}

static void test_arm64(void)
{
    uint8_t b[4];
    struct reloc br = field(KIND_BRANCH, 26, RELF_BITS), pg = field(KIND_PAGE, 21, RELF_BITS),
                 lo = field(KIND_PAGEOFF, 12, RELF_BITS);
    put_u32le(b, 0x94000000);
    ok(arch_arm64.encode(&br, b, 0x7fffffc, 0) == ARCH_OK, "the longest forward branch");
    is_u64(get_u32le(b), 0x95ffffff, "its bits");
    ok(arch_arm64.encode(&br, b, 0x8000000, 0) == ARCH_RANGE, "one word more");
    ok(arch_arm64.encode(&br, b, 2, 0) == ARCH_MISALIGNED, "a branch goes to words");
    put_u32le(b, 0x90000000);
    ok(arch_arm64.encode(&pg, b, 0x12345678, 0x1000) == ARCH_OK, "adrp");
    is_u64(get_u32le(b), 0x90091a20, "its bits: 0x12344 pages");
    put_u32le(b, 0xf9400000);
    ok(arch_arm64.encode(&lo, b, 0x12345678, 0) == ARCH_OK, "ldr x, 8-byte scale");
    is_u64(get_u32le(b), 0xf9433c00, "its bits: 0x678 / 8");
    ok(arch_arm64.encode(&lo, b, 0x12345674, 0) == ARCH_MISALIGNED, "not a multiple of the scale");
    put_u32le(b, 0x91000000);
    ok(arch_arm64.encode(&lo, b, 0x12345679, 0) == ARCH_OK, "add takes any offset");
    is_u64(get_u32le(b), 0x9119e400, "its bits");
}

int main(void)
{
    test_range();
    test_stubs();
    test_got_relax();
    test_tls();
    test_arm64();
    return done_testing();
}
