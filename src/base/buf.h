/* buf.h - growable output bytes, and a buffered, checked writer for standard output.

   A struct buf grows in memory. With a descriptor attached (buf_to_fd) it is flushed when it is
   large; the first write error is kept and reported by buf_close, so that `> /dev/full` fails. */
#ifndef OBJKIT_BASE_BUF_H
#define OBJKIT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap;
    int fd;    /* descriptor + 1; 0: memory only */
    int error; /* errno of the first failed write */
};

struct buf buf_to_fd(int fd);

void buf_reserve(struct buf *b, size_t extra);
void buf_add_slow(struct buf *b, const void *p, size_t n);
static inline void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n - 1 < b->cap - b->n) { /* n is not 0, and there is room */
        memcpy(b->p + b->n, p, n);
        b->n += n;
    } else {
        buf_add_slow(b, p, n);
    }
}
void buf_str(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_fill(struct buf *b, char c, size_t n);
void buf_u16(struct buf *b, bool be, uint16_t x);
void buf_u32(struct buf *b, bool be, uint32_t x);
void buf_u64(struct buf *b, bool be, uint64_t x);

/* X in lower-case hex / decimal / octal, zero-padded to WIDTH (0: no padding). No printf: these are
   nm's inner loop. */
void buf_hex(struct buf *b, uint64_t x, unsigned width);
void buf_dec(struct buf *b, uint64_t x, unsigned width);
void buf_oct(struct buf *b, uint64_t x, unsigned width);

static inline void buf_c(struct buf *b, char c)
{
    if (b->n == b->cap) {
        buf_reserve(b, 1);
    }
    b->p[b->n++] = c;
}

/* Writes out what is held (only with a descriptor). Called by the add functions past 64 KiB. */
void buf_flush(struct buf *b);

/* Flushes, releases the memory, returns 0 or the errno of the first failure. Does not close fd. */
int buf_finish(struct buf *b);

void buf_free(struct buf *b);

/* How a name from a file is printed. Source: spec "hardening", section 4. */
enum name_style {
    NAME_RAW,   /* to a pipe: bytes as they are, but newline and CR escaped, so that no name forges
                   a second line */
    NAME_ESCAPE,/* to a terminal or stderr: control characters, DEL, invalid UTF-8, C1 and
                   bidirectional controls as \xNN */
    NAME_ASCII  /* everything outside printable ASCII as \xNN: the same bytes in every locale */
};

/* The one function that prints names. */
void buf_name(struct buf *b, struct str name, enum name_style style);

/* How GNU's tools show characters beyond ASCII when they are asked not to show them as they are:
   <0xc3a4>, {0xc3a4}, \\u00e4, or that in red. */
enum unicode_style { UNICODE_AS_IS, UNICODE_HEX, UNICODE_INVALID, UNICODE_ESCAPE, UNICODE_HIGHLIGHT };

/* buf_name with those characters in that way. */
void buf_unicode(struct buf *b, struct str name, enum unicode_style how, enum name_style style);

/* A JSON string with its quotes; bytes that are not UTF-8 become \u00NN of the byte. Control characters, C1 and
   bidirectional ones too, are escaped: that is the same string, and harmless on a terminal. */
void buf_json(struct buf *b, struct str s);

/* NAME_ESCAPE if FD is a terminal, else NAME_RAW. */
enum name_style name_style_for(int fd);

#endif
