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

void fuzz_link_keep(struct fuzz_link *l)
{
    const char *tmp = getenv("TMPDIR");
    char path[256];
    snprintf(path, sizeof path, "%s/fuzz-link-%ld", tmp && *tmp ? tmp : "/tmp", (long)getpid());
    l->output = arena_strdup(&l->arena, (struct str){path, strlen(path)});
    fuzz_link_word(l, "-o");
    fuzz_link_word(l, "%s", l->output);
}

/* The hash of the file PATH, which is removed; 0: there is none. */
static uint64_t hash_and_remove(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    uint64_t hash = 1;
    char block[65536];
    for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;) {
        hash = hash * 31 + str_hash((struct str){block, (size_t)n});
    }
    close(fd);
    unlink(path);
    return hash;
}

/* The sanitizers' way to be told where reports go; not there in a plain build. */
extern void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

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
    if (__sanitizer_set_report_fd) {
        __sanitizer_set_report_fd((void *)(intptr_t)err);
    }
    vec_push(&l->argv, NULL);
    int rc = ld_run(n, l->argv.p);
    if (__sanitizer_set_report_fd) {
        __sanitizer_set_report_fd((void *)(intptr_t)2);
    }
    restore(stdout, 1, out);
    restore(stderr, 2, err);
    l->hash = l->output ? hash_and_remove(l->output) : 0;
    close(l->fd);
    vec_free(&l->argv);
    arena_free(&l->arena);
    return rc;
}
