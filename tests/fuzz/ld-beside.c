/* ld-beside.c - fuzz target: whole links of a small committed object with the bytes beside it: a library that it is
   linked against (DLL, import library, shared object, archive, resources) or one of the files that options name. The
   last byte is no part of them: it chooses which. Beyond ld-object and ld-pe, where nothing refers to what the bytes
   define. */
#include <stdlib.h>

#include "fuzz.h"
#include "link.h"

enum { N_KINDS = 16, MAX_OPTIONS = 6 };

static const struct kind {
    const char *emulation, *object, *options[MAX_OPTIONS];
} kinds[N_KINDS] = {
    {"i386pep", "good-coff-x86_64.o", {":"}},
    {"i386pep", "good-coff-x86_64.o", {"-shared", "--export-all-symbols", ":", "--out-implib=/dev/null"}},
    {"i386pe", "good-coff-i386.o", {":", "--enable-stdcall-fixup", "-Map=/dev/null"}},
    {"i386pe", "good-coff-i386.o", {"-shared", "--kill-at", ":", "--output-def=/dev/null", "--delayload=kernel32.dll"}},
    {"elf_x86_64", "good-elf-x86_64.o", {":", "-pie", "--cref", "-Map=/dev/null"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"--as-needed", ":", "-znow", "--gc-sections"}},
    {"elf_i386", "good-elf-i386.o", {":", "-shared", "--no-undefined"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"-shared", "--version-script="}},
    {"elf_x86_64", "good-elf-comdat.o", {"-shared", "--dynamic-list=", "-Map=/dev/null"}},
    {"elf_x86_64", "good-elf-comdat.o", {"-pie", "--export-dynamic-symbol-list=", "--gc-sections"}},
    {"elf_x86_64", "good-elf-comdat.o", {"--symbol-ordering-file="}},
    {"elf_x86_64", "good-elf-comdat.o", {"--section-ordering-file="}},
    {"elf_x86_64", "good-elf-x86_64.o", {"--retain-symbols-file=", "--emit-relocs"}},
    {"elf_x86_64", "good-elf-x86_64.o", {"--just-symbols="}},
    {"i386pep", "good-coff-comdat.o", {"-shared", "--version-script=", "--symbol-ordering-file="}},
    {"i386pep", "good-coff-x86_64.o", {"--manifest=", "--mri-script="}},
};

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    (void)origin;
    (void)d;
    if (bytes.len == 0) {
        return;
    }
    const char *top = getenv("top_srcdir"); /* make check and make fuzz set it */
    const struct kind *k = &kinds[bytes.p[--bytes.len] % N_KINDS];
    struct fuzz_link l;
    fuzz_link_start(&l, bytes, k->emulation);
    fuzz_link_keep(&l);
    fuzz_link_word(&l, "--unresolved-symbols=ignore-all");
    fuzz_link_word(&l, "%s/tests/files/%s", top ? top : ".", k->object);
    fuzz_link_words(&l, k->options, MAX_OPTIONS);
    int rc = fuzz_link_run(&l);
    buf_printf(out, "%d %llx\n", rc, (unsigned long long)l.hash);
}

FUZZ_TARGET(walk)
