/* demangle.h - C++ (Itanium ABI), Rust and D names through libiberty. */
#ifndef OBJKIT_BASE_DEMANGLE_H
#define OBJKIT_BASE_DEMANGLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends the demangled form of NAME to B; false, and B untouched, if NAME is not a mangled name or
   is beyond LIMIT_DEMANGLE_DEPTH or LIMIT_DEMANGLED_LEN. Prefixes that stand before a mangled name
   (__imp_, .refptr., .weak., __emutls_v.) are kept and the rest is demangled. STRIP: a leading
   underscore belongs to the object format (Mach-O, i386 COFF) and is dropped first. */
bool demangle(struct buf *b, struct str name, bool strip_underscore);

#endif
