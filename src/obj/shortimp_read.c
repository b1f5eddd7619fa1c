/* shortimp_read.c */
#include "obj/reader.h"

bool shortimp_probe(struct view v)
{
    return view_starts(v, "\0\0\xff\xff\0\0", 6);
}

static bool open_shortimp(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader shortimp_reader = {.name = "shortimp", .open = open_shortimp};
