/* ld-layout.c - fuzz target: whole links laid out by a linker script, to /dev/null, of a small committed object: a
   program, a library and an object of -r for ELF, a program for Windows. The last byte is no part of the script: it
   chooses which, and whether the bytes are the expression of a --defsym instead. Beyond ld-script, which only
   parses: selection, the walks until nothing moves, expressions over addresses and sizes, regions, headers, writing. */
#include <stdlib.h>

#include "fuzz.h"
#include "link.h"

enum { N_KINDS = 8, MAX_OPTIONS = 4, MAX_EXPRESSION = 4000 };

static const struct kind {
    const char *emulation, *object, *options[MAX_OPTIONS];
} kinds[N_KINDS] = {
    {"elf_x86_64", "good-elf-x86_64.o", {"-static"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"-shared", "--gc-sections", "-Map=/dev/null"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"-r"}},
    {"elf_x86_64", "good-elf-comdat.o", {"-pie", "-q", "--print-memory-usage"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"--oformat=binary"}},
    {"i386pep", "good-coff-x86_64.o", {"--gc-sections", "-Map=/dev/null"}},
    {"i386pe", "good-coff-i386.o", {"-shared"}},
    {"elf_i386", "good-elf-i386.o", {"-N", "--cref", "-Map=/dev/null"}},
};

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    (void)origin;
    (void)d;
    if (bytes.len == 0 || obj_detect(bytes) != OBJ_TEXT) {
        return;
    }
    const char *top = getenv("top_srcdir"); /* make check and make fuzz set it */
    unsigned last = bytes.p[bytes.len - 1];
    bytes.len--;
    const struct kind *k = &kinds[last % N_KINDS];
    struct fuzz_link l;
    fuzz_link_start(&l, bytes, k->emulation);
    fuzz_link_word(&l, "--unresolved-symbols=ignore-all");
    fuzz_link_words(&l, k->options, MAX_OPTIONS);
    fuzz_link_word(&l, "%s/tests/files/%s", top ? top : ".", k->object);
    if (last & N_KINDS && bytes.len && bytes.len <= MAX_EXPRESSION) {
        fuzz_link_word(&l, "--defsym=fuzzed=%.*s", (int)bytes.len, (const char *)bytes.p);
    } else {
        fuzz_link_word(&l, "-T%s", l.path);
    }
    buf_printf(out, "%d\n", fuzz_link_run(&l));
}

FUZZ_TARGET(walk)
