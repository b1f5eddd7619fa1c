/* detect.c - every format of formats.def is recognised by its first bytes, and by nothing else's. */
#include "obj/obj.h"
#include "tests/unit/tap.h"

#define BYTES(lit) lit, sizeof(lit) - 1

static const struct {
    enum obj_format want;
    const char *bytes;
    size_t len;
    const char *what;
} samples[] = {
    {OBJ_EMPTY, BYTES(""), "nothing at all"},
    {OBJ_AR, BYTES("!<arch>\n"), "archive"},
    {OBJ_AR_THIN, BYTES("!<thin>\n"), "thin archive"},
    {OBJ_AR_BIG, BYTES("<bigaf>\n"), "AIX big archive"},
    {OBJ_AR_AIX_OLD, BYTES("<aiaff>\n"), "old AIX archive"},
    {OBJ_ELF, BYTES("\177ELF"), "ELF, cut after the magic"},
    {OBJ_FAT, BYTES("\xca\xfe\xba\xbe\0\0\0\2"), "universal file with two slices"},
    {OBJ_FAT, BYTES("\xca\xfe\xba\xbf\0\0\0\1"), "universal file, 64-bit offsets"},
    {OBJ_FAT, BYTES("\xca\xfe\xba\xbe\0\0\0\0"), "universal file without slices"},
    {OBJ_JAVA, BYTES("\xca\xfe\xba\xbe\0\0\0\x34\0\x10"), "Java 8 class file"},
    {OBJ_JAVA, BYTES("\xca\xfe\xba\xbe\0\3\0\x2d\0\x10"), "Java 1.1 class file"},
    {OBJ_JAVA, BYTES("\xca\xfe\xba\xbe\xff\xff\0\x41\0\x10"), "Java preview class file"},
    {OBJ_MACHO, BYTES("\xce\xfa\xed\xfe"), "Mach-O 32 little-endian"},
    {OBJ_MACHO, BYTES("\xcf\xfa\xed\xfe"), "Mach-O 64 little-endian"},
    {OBJ_MACHO, BYTES("\xfe\xed\xfa\xce"), "Mach-O 32 big-endian"},
    {OBJ_MACHO, BYTES("\xfe\xed\xfa\xcf"), "Mach-O 64 big-endian"},
    {OBJ_DOS, BYTES("MZ\x90\0\3\0\0\0"), "DOS program"},
    {OBJ_DOS, BYTES("ZM\x90\0\3\0\0\0"), "DOS program, the other way round"},
    {OBJ_BITCODE, BYTES("BC\xc0\xde\x35\x14\0\0"), "LLVM bitcode"},
    {OBJ_WASM, BYTES("\0asm\1\0\0\0"), "WebAssembly"},
    {OBJ_ANON, BYTES("\0\0\xff\xff\1\0\x64\x86\0\0\0\0" "0123456789abcdef"), "MSVC /GL object"},
    {OBJ_RES, BYTES("\0\0\0\0\x20\0\0\0\xff\xff\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "Windows resources"},
    {OBJ_XCOFF, BYTES("\1\xdf\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "XCOFF32"},
    {OBJ_XCOFF, BYTES("\1\xf7\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "XCOFF64"},
    {OBJ_GOOBJ, BYTES("go object linux amd64 go1.19 X:none\n"), "Go object, text header"},
    {OBJ_GOOBJ, BYTES("\0go120ld\1\2\3"), "Go object, binary part"},
    {OBJ_COFF, BYTES("\x64\x86\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "COFF x86-64 without sections"},
    {OBJ_COFF, BYTES("\x4c\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "COFF i386 without sections"},
    {OBJ_COFF, BYTES("\x64\xaa\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "COFF arm64 without sections"},
    {OBJ_TEXT, BYTES("SECTIONS { }\n"), "linker script"},
    {OBJ_TEXT, BYTES("EXPORTS\r\n f\r\n"), "definition file"},
    {OBJ_TEXT, BYTES("\xff\xfe" "a\0b\0"), "UTF-16 text"},
    {OBJ_TEXT, BYTES("gr\xc3\xb6\xc3\x9f" "e"), "UTF-8 text"},
    {OBJ_UNKNOWN, BYTES("\1\2\3\4"), "noise"},
    {OBJ_UNKNOWN, BYTES("\0"), "one NUL"},
    {OBJ_UNKNOWN, BYTES("\xca\xfe\xba\xbe\0\0\0\x2b"), "a magic with a count that fits neither"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        enum obj_format got = obj_detect(view_of(samples[i].bytes, samples[i].len));
        if (!ok(got == samples[i].want, "%s", samples[i].what)) {
            printf("# got %s, wanted %s\n", obj_format_name(got), obj_format_name(samples[i].want));
        }
    }
    for (unsigned f = 0; f < OBJ_N_FORMATS; f++) {
        ok(*obj_format_name((enum obj_format)f) && *obj_format_text((enum obj_format)f), "format %u has a name", f);
    }
    return done_testing();
}
