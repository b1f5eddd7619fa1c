/* fuzz.h - what every fuzz target is made of.

   A target is one file with a function that reads the bytes and prints what it found, and the line

       FUZZ_TARGET(function)

   which makes LLVMFuzzerTestOneInput of it: the function runs twice and must print the same both
   times, diagnostics included. libFuzzer (make fuzz) or replay_main.c (make check) calls that. Crashes,
   leaks, undefined behaviour and hangs are the sanitizers' and the caller's to find. */
#ifndef OBJKIT_TESTS_FUZZ_FUZZ_H
#define OBJKIT_TESTS_FUZZ_FUZZ_H

#include "walk.h"

typedef void (*fuzz_fn)(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out);

void fuzz_twice(fuzz_fn fn, const uint8_t *data, size_t size);

/* Walks BYTES if they are detected as FORMAT. */
void fuzz_format(enum obj_format format, unsigned what, struct view bytes, const struct origin *origin,
                 struct diag *d, struct buf *out);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_TARGET(fn)                                                 \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)        \
    {                                                                   \
        fuzz_twice(fn, data, size);                                     \
        return 0;                                                       \
    }

#endif
