/* macho_read.c */
#include "obj/reader.h"

bool macho_probe(struct view v)
{
    return view_starts(v, "\xcf\xfa\xed\xfe", 4);
}

static bool open_macho(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader macho_reader = {.name = "macho", .open = open_macho};
