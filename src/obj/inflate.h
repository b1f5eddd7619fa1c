/* inflate.h - compressed bytes into memory that the caller has, and back. The only door to zlib and zstd. */
#ifndef OBJKIT_OBJ_INFLATE_H
#define OBJKIT_OBJ_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

enum inflate_method { INFLATE_ZLIB, INFLATE_ZSTD };

/* Could IN expand to LEN bytes? Decided before anything is allocated; a larger claim is a lie.
   *WHY says what is wrong. */
bool inflate_plausible(enum inflate_method m, struct view in, uint64_t len, const char **why);

/* Expands IN into exactly LEN bytes at OUT. NULL, or what is wrong with the stream. */
const char *inflate_into(enum inflate_method m, struct view in, uint8_t *out, uint64_t len);

/* *LEN: to how many bytes the zlib stream that IN begins with expands, where no one says; bytes may follow it.
   NULL, or what is wrong with it, such as a LEN above MAX. */
const char *inflate_length(struct view in, uint64_t max, uint64_t *len);

/* Compressing in blocks that are independent of each other, so that threads can share the work: a zlib stream
   is deflate_head, blocks, deflate_tail; a zstd stream is its blocks. */

bool deflate_available(enum inflate_method m);
/* Appends the N bytes at P, compressed. LAST: nothing follows. LEVEL: zlib's, 1 to 9. *CHECK: what deflate_tail
   needs of the block. False: no memory. */
bool deflate_block(enum inflate_method m, int level, const uint8_t *p, size_t n, bool last, struct buf *out,
                   uint32_t *check);
void deflate_head(enum inflate_method m, int level, struct buf *out);
/* The checksum of a zlib stream; CHECKS and LENS: of its N blocks. */
void deflate_tail(enum inflate_method m, const uint32_t *checks, const uint64_t *lens, size_t n, struct buf *out);

#endif
