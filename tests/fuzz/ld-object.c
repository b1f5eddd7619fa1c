/* ld-object.c - fuzz target: a link of one input (object, archive, image, script), to /dev/null; and of an object
   twice, so that its COMDATs lose to themselves: whether what loses is left out early or elected with everything read
   (which -y asks for) must not matter. The linker reports on stderr: it is turned away for the time of the link. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ld/ld.h"

/* Links PATH, a second time if TWICE, with -y if READ_ALL. */
static int link_one(const char *path, const char *emulation, bool twice, bool read_all)
{
    const char *const args[] = {"ld", "-m", emulation, "--threads=1", "-o", "/dev/null", path,
                                twice ? path : NULL, read_all ? "-ynosuch" : NULL};
    char words[sizeof args / sizeof *args][80], *argv[sizeof args / sizeof *args + 1];
    int n = 0;
    for (size_t i = 0; i < sizeof args / sizeof *args; i++) {
        if (args[i]) {
            snprintf(words[n], sizeof words[n], "%s", args[i]);
            argv[n] = words[n];
            n++;
        }
    }
    argv[n] = NULL;
    return ld_run(n, argv);
}

static void link_twice(const char *path, const char *emulation, struct buf *out)
{
    int early = link_one(path, emulation, true, false);
    if (early != link_one(path, emulation, true, true)) {
        abort();
    }
    buf_printf(out, "%s twice %d\n", emulation, early);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    char path[64];
    (void)origin;
    (void)d;
    int fd = memfd_create("input", MFD_CLOEXEC), null = open("/dev/null", O_WRONLY | O_CLOEXEC), err = dup(2);
    if (fd < 0 || null < 0 || err < 0 || write(fd, bytes.p, (size_t)bytes.len) != (ssize_t)bytes.len) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    static const char *const emulations[] = {"i386pep", "i386pe", "elf_x86_64"};
    enum obj_format f = obj_detect(bytes);
    fflush(stderr);
    dup2(null, 2);
    for (size_t i = 0; i < 3; i++) {
        if ((f == OBJ_ELF) == (i == 2) || f == OBJ_AR || f == OBJ_TEXT) {
            buf_printf(out, "%s %d\n", emulations[i], link_one(path, emulations[i], false, false));
            if (f != OBJ_AR && f != OBJ_TEXT) {
                link_twice(path, emulations[i], out);
            }
        }
    }
    dup2(err, 2);
    close(err);
    close(null);
    close(fd);
}

FUZZ_TARGET(walk)
