/* imports_data.c - facts about Windows that no file tells: names behind ordinals. */
#include <stdio.h>

#include "applets/imports_tree.h"

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

struct str imp_api_set_host(struct str name) { (void)name; return (struct str){0}; }
bool imp_is_api_set(struct str name)
{
    return str_caseeq(str_head(name, 4), S("api-")) || str_caseeq(str_head(name, 4), S("ext-"));
}
bool imp_is_system_dll(struct str name) { return str_caseeq(name, S("kernel32.dll")); }
