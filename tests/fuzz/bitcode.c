/* bitcode.c - fuzz target: LLVM bitcode's symbol tables. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_BITCODE, WALK_ALL, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
