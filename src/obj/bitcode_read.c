/* bitcode_read.c */
#include "obj/reader.h"

bool bitcode_probe(struct view v)
{
    return view_starts(v, "BC\xc0\xde", 4);
}

static bool open_bitcode(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader bitcode_reader = {.name = "bitcode", .open = open_bitcode};
