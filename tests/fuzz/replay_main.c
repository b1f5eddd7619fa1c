/* replay_main.c - a plain main for a fuzz target: runs it over files, prints TAP.

       TARGET [--truncate] [--flip] FILE...

   --truncate: also over every prefix of each file (long files: every prefix of the first and last
   4 KiB, a sample between). --flip: also with single bytes changed, two ways each (all of the first and
   last 640, a sample between). The bytes lie in a fresh allocation of exactly their size, so that
   AddressSanitizer sees a read past their end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "fuzz.h"

enum { DENSE_CUTS = 4096, DENSE_FLIPS = 640, SAMPLES = 256 };

static void run(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy) {
        abort();
    }
    if (n) {
        memcpy(copy, p, n);
    }
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

/* The next offset worth a run: all in the first and last DENSE bytes, a sample in the middle. */
static size_t next_at(size_t at, size_t n, size_t dense)
{
    if (at < dense || at + dense >= n) {
        return at + 1;
    }
    size_t step = (n - 2 * dense) / SAMPLES + 1;
    return at + step + dense < n ? at + step : n - dense;
}

static void truncations(const uint8_t *p, size_t n)
{
    for (size_t k = 0; k < n; k = next_at(k, n, DENSE_CUTS)) {
        run(p, k);
    }
}

static void flips(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n + 1);
    if (!copy) {
        abort();
    }
    memcpy(copy, p, n);
    for (size_t k = 0; k < n; k = next_at(k, n, DENSE_FLIPS)) {
        static const uint8_t masks[] = {0xff, 0x01};
        for (size_t i = 0; i < sizeof masks; i++) {
            copy[k] = p[k] ^ masks[i];
            run(copy, n);
        }
        copy[k] = p[k];
    }
    free(copy);
}

int main(int argc, char **argv)
{
    bool truncate = false, flip = false;
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--truncate") == 0) {
            truncate = true;
            continue;
        }
        if (strcmp(argv[i], "--flip") == 0) {
            flip = true;
            continue;
        }
        struct file f;
        int err = file_open(&f, argv[i], 0);
        if (err) {
            printf("not ok %d - %s: %s\n", ++n, argv[i], strerror(err));
            continue;
        }
        run(f.data.p, (size_t)f.data.len);
        if (truncate) {
            truncations(f.data.p, (size_t)f.data.len);
        }
        if (flip && f.data.len) {
            flips(f.data.p, (size_t)f.data.len);
        }
        printf("ok %d - %s\n", ++n, argv[i]);
        fflush(stdout);
        file_close(&f);
    }
    printf("1..%d\n", n);
    return 0;
}
