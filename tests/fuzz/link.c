/* link.c - see link.h. */
#define _GNU_SOURCE
#include "link.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ld/ld.h"

void fuzz_link_start(struct fuzz_link *l, struct view bytes, const char *emulation)
{
    memset(l, 0, sizeof *l);
    l->fd = memfd_create("input", MFD_CLOEXEC);
    if (l->fd < 0 || write(l->fd, bytes.p, (size_t)bytes.len) != (ssize_t)bytes.len) {
        abort();
    }
    snprintf(l->path, sizeof l->path, "/proc/self/fd/%d", l->fd);
    const char *const words[] = {"ld", "-m", emulation, "--threads=1", "-o", "/dev/null"};
    fuzz_link_words(l, words, sizeof words / sizeof *words);
}

void fuzz_link_word(struct fuzz_link *l, const char *fmt, ...)
{
    char *word = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&word, fmt, ap);
    va_end(ap);
    if (n < 0) {
        abort();
    }
    vec_push(&l->argv, arena_strdup(&l->arena, (struct str){word, (size_t)n}));
    free(word);
}

void fuzz_link_words(struct fuzz_link *l, const char *const *words, size_t max)
{
    for (size_t i = 0; i < max && words[i]; i++) {
        size_t n = strlen(words[i]);
        bool path = strcmp(words[i], ":") == 0, follows = n && words[i][n - 1] == '=';
        fuzz_link_word(l, "%s%s", path ? l->path : words[i], follows ? l->path : "");
    }
}

/* Turns descriptor FD to /dev/null; returns a copy of what it was. */
static int hush(FILE *f, int fd)
{
    fflush(f);
    int old = dup(fd), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (old < 0 || null < 0 || dup2(null, fd) < 0) {
        abort();
    }
    close(null);
    return old;
}

static void restore(FILE *f, int fd, int old)
{
    fflush(f);
    dup2(old, fd);
    close(old);
}

int fuzz_link_run(struct fuzz_link *l)
{
    int out = hush(stdout, 1), err = hush(stderr, 2), n = (int)l->argv.n;
    vec_push(&l->argv, NULL);
    int rc = ld_run(n, l->argv.p);
    restore(stdout, 1, out);
    restore(stderr, 2, err);
    close(l->fd);
    vec_free(&l->argv);
    arena_free(&l->arena);
    return rc;
}
