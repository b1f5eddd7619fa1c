/* view.h - bounded views over untrusted bytes.

   Every byte that comes from a file is reached through a view: a pointer and a length that can only
   shrink. Offsets and lengths are uint64_t and never wrap: the test is
   `off <= len && n <= len - off`. No structure is ever cast over file bytes.

   Two styles, no third:
   - view_sub / view_uN return false when the bytes are not there: for tables and single fields;
   - struct cursor reads freely, turns sticky-bad on the first overrun, and is tested once per record.

   Source of the rules: spec "hardening", section 2. */
#ifndef OBJKIT_BASE_VIEW_H
#define OBJKIT_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/str.h"

struct view {
    const uint8_t *p;
    uint64_t len;
};

static inline struct view view_of(const void *p, uint64_t len)
{
    return (struct view){(const uint8_t *)p, len};
}

static inline bool view_has(struct view v, uint64_t off, uint64_t n)
{
    return off <= v.len && n <= v.len - off;
}

/* The sub-view [off, off+n). False, and *out untouched, if it does not lie inside V. */
static inline bool view_sub(struct view v, uint64_t off, uint64_t n, struct view *out)
{
    if (!view_has(v, off, n)) {
        return false;
    }
    *out = (struct view){v.p + off, n};
    return true;
}

/* The rest of V from OFF on; empty when OFF lies at or past the end. */
static inline struct view view_from(struct view v, uint64_t off)
{
    if (off >= v.len) {
        return (struct view){v.p + v.len, 0};
    }
    return (struct view){v.p + off, v.len - off};
}

static inline bool view_u8(struct view v, uint64_t off, uint8_t *out)
{
    if (!view_has(v, off, 1)) {
        return false;
    }
    *out = v.p[off];
    return true;
}

static inline bool view_u16(struct view v, uint64_t off, bool be, uint16_t *out)
{
    if (!view_has(v, off, 2)) {
        return false;
    }
    *out = get_u16(v.p + off, be);
    return true;
}

static inline bool view_u32(struct view v, uint64_t off, bool be, uint32_t *out)
{
    if (!view_has(v, off, 4)) {
        return false;
    }
    *out = get_u32(v.p + off, be);
    return true;
}

static inline bool view_u64(struct view v, uint64_t off, bool be, uint64_t *out)
{
    if (!view_has(v, off, 8)) {
        return false;
    }
    *out = get_u64(v.p + off, be);
    return true;
}

/* The NUL-terminated string at OFF, without its NUL. False if OFF is outside V or no NUL follows
   inside V. The string borrows from V. */
static inline bool view_cstr(struct view v, uint64_t off, struct str *out)
{
    if (off >= v.len) {
        return false;
    }
    const uint8_t *s = v.p + off;
    const uint8_t *e = memchr(s, 0, (size_t)(v.len - off));
    if (!e) {
        return false;
    }
    *out = (struct str){(const char *)s, (size_t)(e - s)};
    return true;
}

/* A fixed-width field that is NUL-padded, not necessarily NUL-terminated (COFF and Mach-O names). */
static inline bool view_padded(struct view v, uint64_t off, uint64_t width, struct str *out)
{
    if (!view_has(v, off, width)) {
        return false;
    }
    const uint8_t *s = v.p + off;
    const uint8_t *e = memchr(s, 0, (size_t)width);
    *out = (struct str){(const char *)s, e ? (size_t)(e - s) : (size_t)width};
    return true;
}

static inline bool view_starts(struct view v, const void *magic, size_t n)
{
    return v.len >= n && memcmp(v.p, magic, n) == 0;
}

/* A reading position with a sticky failure flag. After an overrun every read gives 0 and BAD stays
   set; callers test it once per record, before they use what they read. */
struct cursor {
    struct view v;
    uint64_t off;
    bool be;
    bool bad;
};

static inline struct cursor cursor_at(struct view v, uint64_t off, bool be)
{
    return (struct cursor){v, off, be, off > v.len};
}

static inline bool cur_take(struct cursor *c, uint64_t n)
{
    if (c->bad || !view_has(c->v, c->off, n)) {
        c->bad = true;
        return false;
    }
    c->off += n;
    return true;
}

static inline uint8_t cur_u8(struct cursor *c)
{
    return cur_take(c, 1) ? c->v.p[c->off - 1] : 0;
}

static inline uint16_t cur_u16(struct cursor *c)
{
    return cur_take(c, 2) ? get_u16(c->v.p + c->off - 2, c->be) : 0;
}

static inline uint32_t cur_u32(struct cursor *c)
{
    return cur_take(c, 4) ? get_u32(c->v.p + c->off - 4, c->be) : 0;
}

static inline uint64_t cur_u64(struct cursor *c)
{
    return cur_take(c, 8) ? get_u64(c->v.p + c->off - 8, c->be) : 0;
}

/* An address-sized field: 8 bytes when IS64, else 4. */
static inline uint64_t cur_addr(struct cursor *c, bool is64)
{
    return is64 ? cur_u64(c) : cur_u32(c);
}

static inline void cur_skip(struct cursor *c, uint64_t n)
{
    (void)cur_take(c, n);
}

/* LEB128. At most ten bytes are read; a value that does not fit 64 bits sets BAD. */
uint64_t cur_uleb(struct cursor *c);
int64_t cur_sleb(struct cursor *c);

/* A NUL-terminated string; BAD if it does not end inside the view. */
struct str cur_cstr(struct cursor *c);

#endif
