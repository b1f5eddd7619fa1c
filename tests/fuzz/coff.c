/* coff.c - fuzz target: COFF objects with 16-bit section numbers. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_COFF, WALK_ALL, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
