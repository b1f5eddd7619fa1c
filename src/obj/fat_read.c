/* fat_read.c */
#include "obj/reader.h"

bool fat_probe(struct view v)
{
    return view_starts(v, "\xca\xfe\xba\xbe", 4);
}
