/* demangle.h - C++ (Itanium ABI), Rust and D names through libiberty; Java and Ada when asked for. */
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

/* As one language's names only. Ada has no mark of its own: any name that could be one is decoded, and
   one that cannot is put in angle brackets, as GNU's tools do. */
enum demangle_style { DEMANGLE_AUTO, DEMANGLE_CXX, DEMANGLE_RUST, DEMANGLE_D, DEMANGLE_JAVA, DEMANGLE_ADA };
/* GNU's names of styles. False for others. */
bool demangle_style_named(const char *name, enum demangle_style *out);
bool demangle_as(enum demangle_style style, struct buf *b, struct str name, bool strip_underscore);

#endif
