/* pe-exports.c - fuzz target: export tables and symbols of PE images. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_PE, WALK_EXPORTS | WALK_SECTIONS | WALK_SYMBOLS, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
