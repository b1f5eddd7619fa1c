/* elf_read.c */
#include "obj/reader.h"

bool elf_probe(struct view v)
{
    return view_starts(v, "\177ELF", 4);
}

static bool open_elf(struct object *obj)
{
    return diag_bad(obj->diag, 0, "not readable");
}

const struct reader elf_reader = {.name = "elf", .open = open_elf};
