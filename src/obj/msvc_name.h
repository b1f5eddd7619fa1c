/* msvc_name.h - the parts of C++ names as Microsoft's compilers mangle them. */
#ifndef OBJKIT_OBJ_MSVC_NAME_H
#define OBJKIT_OBJ_MSVC_NAME_H

#include "base/str.h"

/* How many bytes of NAME, "?f@N@@YAXXZ", are the '?' and the qualified name with the '@' that ends it: 6.
   SIZE_MAX if NAME is not of that form, or nests deeper than LIMIT_DEMANGLE_DEPTH. */
size_t msvc_qualified_len(struct str name);

#endif
