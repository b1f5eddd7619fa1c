/* walk.h - opens an object and visits everything that it has, printing it into a buffer: what the
   fuzz targets, the replay programs and the dump tool share. */
#ifndef OBJKIT_TESTS_FUZZ_WALK_H
#define OBJKIT_TESTS_FUZZ_WALK_H

#include "base/buf.h"
#include "obj/obj.h"

enum {
    WALK_SECTIONS = 1,
    WALK_SYMBOLS = 2,
    WALK_RELOCS = 4,
    WALK_IMPORTS = 8,
    WALK_EXPORTS = 16,
    WALK_DATA = 32, /* contents, decompressed, as a checksum */
    WALK_ALL = 63
};

/* The parts WHAT of an open object. */
void walk_object(struct object *obj, unsigned what, struct buf *out);

/* Opens BYTES as an object and walks it. False if it did not open. Checks the memory budget (spec
   hardening, 3) and aborts the program when it is not kept. */
bool walk_bytes(struct view bytes, const struct origin *origin, unsigned what, struct diag *d,
                struct buf *out);

#endif
