/* ld-pe.c - fuzz target: whole links for Windows of one input (object, archive, image, resources, .def),
   to /dev/null, with undefined symbols let pass so that layout, relocation and the tables run too. The
   last byte of the input chooses the other options: as a rule it is the end of a string table or
   padding, so it can be changed without harm to the rest. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ld/ld.h"

enum { MAX_WORDS = 16, N_KINDS = 8 };

static const char *const kinds[N_KINDS][MAX_WORDS] = {
    {"-e", ""},
    {"-shared", "--export-all-symbols", "--kill-at", "--gc-sections"},
    {"-r"},
    {"--gc-sections", "--icf=all", "-Map=/dev/null", "--cref"},
    {"-s", "--guard-cf", "--build-id", "--delayload=kernel32.dll"},
    {"-shared", "--out-implib=/dev/null", "--output-def=/dev/null", "--add-stdcall-alias"},
    {"--whole-archive", "--allow-multiple-definition", "--enable-stdcall-fixup", ":"},
    {"--just-symbols=", "--export-all-symbols", "--why-live=main"},
};

static int link_one(const char *path, const char *emulation, unsigned kind)
{
    char words[MAX_WORDS][96], *argv[MAX_WORDS + 1];
    const char *first[] = {"ld", "-m", emulation, "--threads=1", "--unresolved-symbols=ignore-all", "-o", "/dev/null"};
    int n = 0;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        snprintf(words[n++], sizeof words[0], "%s", first[i]);
    }
    for (const char *const *w = kinds[kind]; *w; w++) {
        bool takes_path = (*w)[0] && (*w)[strlen(*w) - 1] == '=', twice = **w == ':'; /* its own COMDATs lose */
        snprintf(words[n++], sizeof words[0], "%s%s", twice ? path : *w, takes_path ? path : "");
    }
    snprintf(words[n++], sizeof words[0], "%s", path);
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
    enum obj_format f = obj_detect(bytes);
    if (f == OBJ_ELF || f == OBJ_TEXT || bytes.len == 0) {
        return; /* ld-object and ld-script have those */
    }
    int fd = memfd_create("input", MFD_CLOEXEC), null = open("/dev/null", O_WRONLY | O_CLOEXEC), err = dup(2);
    if (fd < 0 || null < 0 || err < 0 || write(fd, bytes.p, (size_t)bytes.len) != (ssize_t)bytes.len) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    unsigned last = bytes.p[bytes.len - 1], machine = bytes.len > 1 ? get_u16le(bytes.p) : 0;
    bool i386 = machine == 0x14c || (machine != 0x8664 && (last & N_KINDS));
    fflush(stderr);
    dup2(null, 2);
    buf_printf(out, "%d\n", link_one(path, i386 ? "i386pe" : "i386pep", last % N_KINDS));
    dup2(err, 2);
    close(err);
    close(null);
    close(fd);
}

FUZZ_TARGET(walk)
