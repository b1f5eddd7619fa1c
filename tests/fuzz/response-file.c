/* response-file.c - fuzz target: @FILE, split by both kinds of quoting. The file may name itself. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/opt.h"
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    char word[64];
    (void)origin;
    int fd = memfd_create("words", MFD_CLOEXEC);
    if (fd < 0 || dup2(fd, 300) < 0 || write(fd, bytes.p, (size_t)bytes.len) != (ssize_t)bytes.len) {
        abort();
    }
    snprintf(word, sizeof word, "@/proc/self/fd/300"); /* a seed can say that */
    for (int windows = 0; windows < 2; windows++) {
        struct arena a = {0};
        argvec words = {0};
        char *argv[] = {word, NULL};
        bool ok = (windows ? opt_expand_windows : opt_expand)(&words, 1, argv, &a, d);
        buf_printf(out, "%d %zu\n", ok, words.n);
        for (size_t i = 0; i < words.n && i < 1000; i++) {
            buf_name(out, str_head(str_c(words.p[i]), 4096), NAME_ESCAPE);
            buf_c(out, '\n');
        }
        vec_free(&words);
        arena_free(&a);
    }
    close(300);
    close(fd);
}

FUZZ_TARGET(walk)
