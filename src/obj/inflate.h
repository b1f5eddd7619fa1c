/* inflate.h - compressed bytes into memory that the caller has. The only door to zlib and zstd. */
#ifndef OBJKIT_OBJ_INFLATE_H
#define OBJKIT_OBJ_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum inflate_method { INFLATE_ZLIB, INFLATE_ZSTD };

/* Could IN expand to LEN bytes? Decided before anything is allocated; a larger claim is a lie.
   *WHY says what is wrong. */
bool inflate_plausible(enum inflate_method m, struct view in, uint64_t len, const char **why);

/* Expands IN into exactly LEN bytes at OUT. NULL, or what is wrong with the stream. */
const char *inflate_into(enum inflate_method m, struct view in, uint8_t *out, uint64_t len);

#endif
