/* bytes.h - loads and stores of integers in either byte order, at any alignment.

   The only place that turns bytes into integers. Callers have already checked that the bytes are
   there (see view.h); these functions do not. */
#ifndef OBJKIT_BASE_BYTES_H
#define OBJKIT_BASE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define OBJKIT_HOST_BE true
#else
#define OBJKIT_HOST_BE false
#endif

static inline uint16_t get_u16(const uint8_t *p, bool be)
{
    uint16_t x;
    memcpy(&x, p, sizeof x);
    return be == OBJKIT_HOST_BE ? x : __builtin_bswap16(x);
}

static inline uint32_t get_u32(const uint8_t *p, bool be)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return be == OBJKIT_HOST_BE ? x : __builtin_bswap32(x);
}

static inline uint64_t get_u64(const uint8_t *p, bool be)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return be == OBJKIT_HOST_BE ? x : __builtin_bswap64(x);
}

static inline void put_u16(uint8_t *p, bool be, uint16_t x)
{
    x = be == OBJKIT_HOST_BE ? x : __builtin_bswap16(x);
    memcpy(p, &x, sizeof x);
}

static inline void put_u32(uint8_t *p, bool be, uint32_t x)
{
    x = be == OBJKIT_HOST_BE ? x : __builtin_bswap32(x);
    memcpy(p, &x, sizeof x);
}

static inline void put_u64(uint8_t *p, bool be, uint64_t x)
{
    x = be == OBJKIT_HOST_BE ? x : __builtin_bswap64(x);
    memcpy(p, &x, sizeof x);
}

static inline uint16_t get_u16le(const uint8_t *p) { return get_u16(p, false); }
static inline uint32_t get_u32le(const uint8_t *p) { return get_u32(p, false); }
static inline uint64_t get_u64le(const uint8_t *p) { return get_u64(p, false); }
static inline uint16_t get_u16be(const uint8_t *p) { return get_u16(p, true); }
static inline uint32_t get_u32be(const uint8_t *p) { return get_u32(p, true); }
static inline uint64_t get_u64be(const uint8_t *p) { return get_u64(p, true); }
static inline void put_u16le(uint8_t *p, uint16_t x) { put_u16(p, false, x); }
static inline void put_u32le(uint8_t *p, uint32_t x) { put_u32(p, false, x); }
static inline void put_u64le(uint8_t *p, uint64_t x) { put_u64(p, false, x); }
static inline void put_u32be(uint8_t *p, uint32_t x) { put_u32(p, true, x); }
static inline void put_u64be(uint8_t *p, uint64_t x) { put_u64(p, true, x); }

#endif
