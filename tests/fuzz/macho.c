/* macho.c - fuzz target: Mach-O objects and images. */
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    fuzz_format(OBJ_MACHO, WALK_ALL, bytes, origin, d, out);
}

FUZZ_TARGET(walk)
