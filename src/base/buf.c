/* buf.c - output buffers and the printing of untrusted names. */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

enum { FLUSH_AT = 64 << 10 };

struct buf buf_to_fd(int fd)
{
    return (struct buf){.fd = fd + 1};
}

static void grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need) {
        if (cap > SIZE_MAX / 2) {
            base_die_oom();
        }
        cap *= 2;
    }
    b->p = xrealloc(b->p, cap);
    b->cap = cap;
}

void buf_reserve(struct buf *b, size_t extra)
{
    if (b->fd && b->n >= FLUSH_AT) {
        buf_flush(b);
    }
    if (extra > SIZE_MAX - b->n) {
        base_die_oom();
    }
    if (b->n + extra > b->cap) {
        grow(b, b->n + extra);
    }
}

void buf_add_slow(struct buf *b, const void *p, size_t n)
{
    buf_reserve(b, n);
    if (n) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    }
}

void buf_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.len);
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list ap2;
    va_copy(ap2, ap);
    int n = vsnprintf(NULL, 0, fmt, ap2);
    va_end(ap2);
    if (n < 0) {
        return;
    }
    buf_reserve(b, (size_t)n + 1);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_fill(struct buf *b, char c, size_t n)
{
    buf_reserve(b, n);
    if (n) {
        memset(b->p + b->n, c, n);
        b->n += n;
    }
}

void buf_u16(struct buf *b, bool be, uint16_t x)
{
    buf_c(b, (char)(be ? x >> 8 : x));
    buf_c(b, (char)(be ? x : x >> 8));
}

void buf_u32(struct buf *b, bool be, uint32_t x)
{
    buf_u16(b, be, (uint16_t)(be ? x >> 16 : x));
    buf_u16(b, be, (uint16_t)(be ? x : x >> 16));
}

void buf_u64(struct buf *b, bool be, uint64_t x)
{
    buf_u32(b, be, (uint32_t)(be ? x >> 32 : x));
    buf_u32(b, be, (uint32_t)(be ? x : x >> 32));
}

/* Digits of X in BASE, at least WIDTH of them. Inlined for each base, so that none divides. */
static inline void put_number(struct buf *b, uint64_t x, unsigned base, unsigned width)
{
    char tmp[64];
    unsigned n = 0;
    do {
        tmp[sizeof tmp - ++n] = "0123456789abcdef"[x % base];
        x /= base;
    } while (x);
    if (width > n) {
        buf_fill(b, '0', width - n);
    }
    buf_add(b, tmp + sizeof tmp - n, n);
}

void buf_hex(struct buf *b, uint64_t x, unsigned width)
{
    put_number(b, x, 16, width);
}

void buf_dec(struct buf *b, uint64_t x, unsigned width)
{
    put_number(b, x, 10, width);
}

void buf_oct(struct buf *b, uint64_t x, unsigned width)
{
    put_number(b, x, 8, width);
}

void buf_flush(struct buf *b)
{
    if (!b->fd) {
        return;
    }
    size_t done = 0;
    while (done < b->n && !b->error) {
        ssize_t w = write(b->fd - 1, b->p + done, b->n - done);
        if (w >= 0) {
            done += (size_t)w;
        } else if (errno != EINTR) {
            b->error = errno;
        }
    }
    b->n = 0;
}

int buf_finish(struct buf *b)
{
    buf_flush(b);
    int error = b->error;
    buf_free(b);
    return error;
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.fd = b->fd};
}

enum name_style name_style_for(int fd)
{
    return isatty(fd) ? NAME_ESCAPE : NAME_RAW;
}

/* Decodes one UTF-8 sequence. Its length, or 0 if the bytes are not well-formed UTF-8. */
static size_t utf8_decode(const uint8_t *s, size_t n, uint32_t *cp)
{
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > n) {
        return 0;
    }
    uint32_t x = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        x = x << 6 | (s[i] & 0x3f);
    }
    if (x < least[len] || x > 0x10ffff || (x >= 0xd800 && x < 0xe000)) {
        return 0;
    }
    *cp = x;
    return len;
}

static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c || (cp >= 0x200e && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static void put_escaped(struct buf *b, const uint8_t *s, size_t n, enum name_style style)
{
    for (size_t i = 0; i < n; i++) {
        switch (style == NAME_ASCII ? 0 : s[i]) {
        case '\n': buf_puts(b, "\\n"); break;
        case '\t': buf_puts(b, "\\t"); break;
        default:
            buf_puts(b, "\\x");
            buf_hex(b, s[i], 2);
        }
    }
}

/* How many of the first bytes, in steps of eight, are printable ASCII. */
static size_t plain_run(const uint8_t *s, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t x, del;
        memcpy(&x, s + i, 8);
        del = x ^ ones * 0x7f;
        /* a byte above 0x7f, one below 0x20 (it borrows), one equal to 0x7f */
        if ((x | ((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) & high) {
            break;
        }
    }
    return i;
}

void buf_name(struct buf *b, struct str name, enum name_style style)
{
    const uint8_t *s = (const uint8_t *)name.p;
    size_t run = 0;
    for (size_t i = plain_run(s, name.len); i < name.len;) {
        uint32_t cp = s[i];
        size_t len = 1;
        bool bad;
        if (cp >= 0x20 && cp < 0x7f) {
            bad = false;
        } else if (style == NAME_RAW) {
            bad = cp == '\n' || cp == '\r';
        } else if (style == NAME_ASCII) {
            bad = true;
        } else {
            len = utf8_decode(s + i, name.len - i, &cp);
            bad = len == 0 || is_control(cp);
            len = len ? len : 1;
        }
        if (bad) {
            buf_add(b, s + run, i - run);
            put_escaped(b, s + i, len, style);
            run = i + len;
        }
        i += len;
    }
    if (run < name.len) { /* an empty name may have no bytes at all */
        buf_add(b, s + run, name.len - run);
    }
}

/* The character CP, whose bytes are S. */
static void put_character(struct buf *b, struct str s, uint32_t cp, enum unicode_style how)
{
    if (how == UNICODE_ESCAPE || how == UNICODE_HIGHLIGHT) {
        buf_puts(b, how == UNICODE_HIGHLIGHT ? "\x1b[31;47m\\u" : "\\u");
        buf_hex(b, cp, cp > 0xffff ? 6 : 4);
        buf_puts(b, how == UNICODE_HIGHLIGHT ? "\x1b[0m" : "");
        return;
    }
    buf_puts(b, how == UNICODE_HEX ? "<0x" : "{0x");
    for (size_t i = 0; i < s.len; i++) {
        buf_hex(b, (uint8_t)s.p[i], 2);
    }
    buf_c(b, how == UNICODE_HEX ? '>' : '}');
}

void buf_unicode(struct buf *b, struct str name, enum unicode_style how, enum name_style style)
{
    size_t run = 0;
    for (size_t i = 0; i < name.len;) {
        uint32_t cp;
        size_t len = utf8_decode((const uint8_t *)name.p + i, name.len - i, &cp);
        if (len > 1) {
            buf_name(b, str_head(str_skip(name, run), i - run), style);
            put_character(b, str_head(str_skip(name, i), len), cp, how);
            run = i + len;
        }
        i += len ? len : 1;
    }
    buf_name(b, str_skip(name, run), style);
}

void buf_json(struct buf *b, struct str str)
{
    const uint8_t *s = (const uint8_t *)str.p;
    buf_c(b, '"');
    for (size_t i = 0; i < str.len;) {
        uint32_t cp;
        size_t len = utf8_decode(s + i, str.len - i, &cp);
        if (len == 0 || is_control(cp)) {
            buf_puts(b, "\\u");
            buf_hex(b, len ? cp : s[i], 4);
            len = len ? len : 1;
        } else if (cp == '"' || cp == '\\') {
            buf_c(b, '\\');
            buf_c(b, (char)cp);
        } else {
            buf_add(b, s + i, len);
        }
        i += len;
    }
    buf_c(b, '"');
}
