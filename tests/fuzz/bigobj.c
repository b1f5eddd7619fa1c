/* bigobj.c - fuzz target: COFF objects with 32-bit section numbers. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_BIGOBJ, WALK_ALL, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
