/* implib_write.h - writes import libraries: what programs link against instead of the DLL itself.

   Two formats. The long one is GNU's: real COFF objects, one per name, which any linker places like
   code and data (obj/implib.h shows how they hang together). The short one is Microsoft's: a header
   and two strings per name. Both are deterministic: the bytes follow from the arguments alone.
   Sources: spec pe-ld 3.3 and 5.5; PE format, "Import Library Format". */
#ifndef OBJKIT_ARCHIVE_IMPLIB_WRITE_H
#define OBJKIT_ARCHIVE_IMPLIB_WRITE_H

#include "archive/ar_write.h"

enum implib_format { IMPLIB_FORMAT_LONG, IMPLIB_FORMAT_SHORT };

struct implib_export {
    struct str symbol;   /* what programs refer to, decorated, without __imp_ */
    struct str old_imp;  /* long format: another name of the slot, or empty */
    struct str name;     /* what the DLL exports (or "== name" of a .def file); ignored with noname */
    uint32_t ordinal;    /* with noname: the number that is imported */
    uint16_t hint;       /* place in the DLL's sorted name table */
    bool noname;
    bool data;           /* only __imp_SYMBOL: no thunk */
    bool ec;             /* for ARM64EC code, which also has its mark in `symbol`; the machine is ARM64 */
};

struct implib_spec {
    uint32_t machine;    /* COFF machine number: i386, AMD64 or ARM64 */
    struct str dll;      /* as it shall stand in import tables */
    enum implib_format format;
    const struct implib_export *exports; /* PRIVATE ones are left out by the caller */
    size_t n_exports;
    const struct implib_object {
        struct str name;     /* as a member */
        struct view bytes;
    } *objects;              /* whole objects that programs get instead of importing what they define */
    size_t n_objects;
    bool nul_prefixed;   /* long format: an empty entry stands before the first of each table */
};

/* Makes the archive's members, in order, in A. False, reported, for a machine without thunks here. */
bool implib_members(const struct implib_spec *spec, struct arena *a, struct ar_item **items, size_t *n,
                    struct diag *d);

/* Writes the library to PATH; a file that has these bytes already is left alone, so that make sees no
   change. False, reported. */
bool implib_save(const struct implib_spec *spec, const char *path, struct pool *pool, struct diag *d);

#endif
