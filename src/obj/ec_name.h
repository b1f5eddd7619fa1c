/* ec_name.h - how ARM64EC code's functions are named.

   A function that x86-64 code knows as f is "#f" to ARM64EC code; a C++ name has "$$h" behind its
   qualified name instead: ?f@N@@YAXXZ is ?f@N@@$$hYAXXZ; a name that is only a digest has it at its end.
   Source: Microsoft, "Understanding ARM64EC ABI", Name decoration. */
#ifndef OBJKIT_OBJ_EC_NAME_H
#define OBJKIT_OBJ_EC_NAME_H

#include "base/arena.h"
#include "base/str.h"

/* The name without that mark, in A; NAME itself if it has none. */
struct str ec_plain_name(struct str name, struct arena *a);

/* The name with that mark, in A; NAME itself if it has it. False for names that begin as C++ names do and
   are none. */
bool ec_marked_name(struct str name, struct arena *a, struct str *out);

#endif
