/* ld-layout.c - fuzz target: whole links laid out by a linker script, to /dev/null, of a small committed object: a
   program, a library and an object of -r for ELF, a program for Windows. The last byte is no part of the script: it
   chooses which, and whether the bytes are the expression of a --defsym instead. Beyond ld-script, which only
   parses: selection, the walks until nothing moves, expressions over addresses and sizes, regions, headers, writing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ld/ld.h"

enum { N_KINDS = 8, MAX_WORDS = 16, WORD = 4400, MAX_EXPRESSION = 4000 };

static const struct kind {
    const char *emulation, *object, *options[4];
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

static int link_it(const struct kind *k, const char *script, struct view expression)
{
    static char words[MAX_WORDS][WORD];
    char *argv[MAX_WORDS + 1];
    const char *top = getenv("top_srcdir"); /* make check and make fuzz set it */
    const char *first[] = {"ld", "-m", k->emulation, "--threads=1", "--unresolved-symbols=ignore-all",
                           "-o", "/dev/null"};
    int n = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        snprintf(words[n++], WORD, "%s", first[i]);
    }
    for (size_t i = 0; i < 4 && k->options[i]; i++) {
        snprintf(words[n++], WORD, "%s", k->options[i]);
    }
    snprintf(words[n++], WORD, "%s/tests/files/%s", top ? top : ".", k->object);
    if (expression.len) {
        snprintf(words[n++], WORD, "--defsym=fuzzed=%.*s", (int)expression.len, (const char *)expression.p);
    } else {
        snprintf(words[n++], WORD, "-T%s", script);
    }
    for (int i = 0; i < n; i++) {
        argv[i] = words[i];
    }
    argv[n] = NULL;
    return ld_run(n, argv);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    char path[64];
    (void)origin;
    (void)d;
    if (bytes.len == 0 || obj_detect(bytes) != OBJ_TEXT) {
        return;
    }
    unsigned last = bytes.p[bytes.len - 1];
    bytes.len--;
    int fd = memfd_create("script", MFD_CLOEXEC), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int err = dup(2), std = dup(1);
    if (fd < 0 || null < 0 || err < 0 || std < 0 || write(fd, bytes.p, (size_t)bytes.len) != (ssize_t)bytes.len) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool expression = last & N_KINDS && bytes.len <= MAX_EXPRESSION;
    fflush(stdout);
    fflush(stderr);
    dup2(null, 1);
    dup2(null, 2);
    int rc = link_it(&kinds[last % N_KINDS], path, expression ? bytes : view_of(NULL, 0));
    fflush(stdout);
    fflush(stderr);
    dup2(std, 1);
    dup2(err, 2);
    buf_printf(out, "%d\n", rc);
    close(std);
    close(err);
    close(null);
    close(fd);
}

FUZZ_TARGET(walk)
