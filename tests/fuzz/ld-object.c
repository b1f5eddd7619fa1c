/* ld-object.c - fuzz target: a link of one input (object, archive, image, script), to /dev/null. The
   linker reports on stderr: it is turned away for the time of the link. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "ld/ld.h"

static int link_one(const char *path, const char *emulation)
{
    char words[7][80] = {"ld", "-m", "", "--threads=1", "-o", "/dev/null", ""}, *argv[8];
    for (int i = 0; i < 7; i++) {
        argv[i] = words[i];
    }
    argv[7] = NULL;
    snprintf(words[2], sizeof words[2], "%s", emulation);
    snprintf(words[6], sizeof words[6], "%s", path);
    return ld_run(7, argv);
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
            buf_printf(out, "%s %d\n", emulations[i], link_one(path, emulations[i]));
        }
    }
    dup2(err, 2);
    close(err);
    close(null);
    close(fd);
}

FUZZ_TARGET(walk)
