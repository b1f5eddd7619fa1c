/* pe_read.c */
#include "obj/reader.h"

bool pe_probe(struct view v)
{
    return view_starts(v, "MZ", 2);
}

static bool open_pe(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader pe_reader = {.name = "pe", .open = open_pe};
