/* apiset.h - the API set schema of a Windows version: which DLL stands behind a contract such as
   api-ms-win-core-file-l1-2-0.dll. It is section .apiset of System32/apisetschema.dll. */
#ifndef OBJKIT_OBJ_APISET_H
#define OBJKIT_OBJ_APISET_H

#include "obj/obj.h"

struct apiset {
    struct str
        name; /* of the contract, without ".dll" and without the last "-N", which does not count */
    struct str host; /* the DLL; empty: this Windows knows the contract and has nothing behind it */
};

/* The contracts of the schema in OBJ, an open PE image, with the hosts for every importing DLL that
   is not an exception. Strings and the array live in A. False, diagnosed, if OBJ has no schema, one
   of a version that is not known (2, 4 and 6 are), or a damaged one. */
bool apiset_read(struct object *obj, struct arena *a, struct apiset **out, uint32_t *n);

#endif
