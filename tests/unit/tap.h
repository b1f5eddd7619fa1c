/* tap.h - TAP for unit tests: ok(condition, "name"), is_u64, is_str; main ends with
   return done_testing(). */
#ifndef OBJKIT_TESTS_TAP_H
#define OBJKIT_TESTS_TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_n, tap_failed;

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool good, const char *file, int line,
                                                                const char *fmt, ...)
{
    __builtin_va_list ap;
    printf("%sok %d - ", good ? "" : "not ", ++tap_n);
    __builtin_va_start(ap, fmt);
    vprintf(fmt, ap);
    __builtin_va_end(ap);
    putchar('\n');
    if (!good) {
        tap_failed++;
        printf("# at %s:%d\n", file, line);
    }
    return good;
}

#define is_u64(got, want, name)                                                                   \
    do {                                                                                          \
        uint64_t g_ = (uint64_t)(got), w_ = (uint64_t)(want);                                     \
        if (!ok(g_ == w_, "%s", name)) {                                                          \
            printf("# got 0x%" PRIx64 ", wanted 0x%" PRIx64 "\n", g_, w_);                        \
        }                                                                                         \
    } while (0)

/* GOT is a struct str. */
#define is_str(got, want, name)                                                                   \
    do {                                                                                          \
        struct str g_ = (got);                                                                    \
        if (!ok(g_.len == strlen(want) && (g_.len == 0 || memcmp(g_.p, want, g_.len) == 0), "%s", name)) {         \
            printf("# got '%.*s', wanted '%s'\n", (int)g_.len, g_.p, want);                       \
        }                                                                                         \
    } while (0)

static inline int done_testing(void)
{
    printf("1..%d\n", tap_n);
    return tap_failed != 0;
}

#endif
