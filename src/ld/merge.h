/* merge.h - tail merging of a finished string table (-O2): merge.c has the table, merge_tail.c merges. */
#ifndef OBJKIT_LD_MERGE_H
#define OBJKIT_LD_MERGE_H

#include "ld/ld.h"

/* IN: different NUL-terminated strings, one behind the other, N bytes. Writes to OUT, which has room for N
   bytes, a table in which a string that is the end of another has no place of its own, and into MAP, for each
   offset of IN where a string begins, where it is in OUT. Returns the bytes of OUT. Parallel inside; the
   result does not depend on threads. */
uint64_t merge_tails(struct ld *ld, const uint8_t *in, uint64_t n, uint8_t *out, uint32_t *map);

#endif
