/* pe-imports.c - fuzz target: import tables of PE images. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_PE, WALK_IMPORTS, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
