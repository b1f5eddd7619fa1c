/* imports_data.c - facts about Windows that no file tells: names behind ordinals. */
#include <stdio.h>

#include "applets/imports.h"

const char *imp_ordinal_name(struct str dll, uint32_t ordinal)
{
    (void)dll; (void)ordinal;
    return NULL;
}

bool imp_imphash(struct buf *b, const struct object *obj)
{
    (void)b; (void)obj;
    return false;
}
