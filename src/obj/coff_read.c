/* coff_read.c */
#include "obj/reader.h"

bool coff_probe(struct view v)
{
    return view_starts(v, "\x64\x86", 2);
}

static bool open_coff(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader coff_reader = {.name = "coff", .open = open_coff};

bool bigobj_probe(struct view v)
{
    return view_starts(v, "\0\0\xff\xff\2\0", 6);
}
