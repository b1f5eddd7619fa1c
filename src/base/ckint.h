/* ckint.h - checked arithmetic for values that came from a file. False means it did not fit. */
#ifndef OBJKIT_BASE_CKINT_H
#define OBJKIT_BASE_CKINT_H

#include <stdbool.h>
#include <stdint.h>

static inline bool ck_add(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool ck_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Rounds A up to a multiple of ALIGN, a power of two. */
static inline bool ck_align(uint64_t a, uint64_t align, uint64_t *out)
{
    uint64_t x;
    if (__builtin_add_overflow(a, align - 1, &x)) {
        return false;
    }
    *out = x & ~(align - 1);
    return true;
}

/* The same for our own sizes, where wrapping is impossible by construction. */
static inline uint64_t align_up(uint64_t a, uint64_t align)
{
    return (a + align - 1) & ~(align - 1);
}

static inline bool is_pow2(uint64_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

static inline bool ck_u32(uint64_t a, uint32_t *out)
{
    *out = (uint32_t)a;
    return a <= UINT32_MAX;
}

#endif
