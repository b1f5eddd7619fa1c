/* def_file.h - module definition files (.def).

   A pure function from text to lists. Keywords in upper or lower case, ';' begins a comment, names may
   be quoted. Source: MSVC "Module-Definition (.Def) Files"; GNU ld manual, "WIN32"; spec pe-ld 5.4. */
#ifndef OBJKIT_ARCHIVE_DEF_FILE_H
#define OBJKIT_ARCHIVE_DEF_FILE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/view.h"

struct def_export {
    struct str name;      /* as exported */
    struct str internal;  /* symbol, or DLL.name for a forwarder; empty: as name */
    struct str real_name; /* "== name": its name in the DLL, where `name` is the import library's; else empty */
    uint32_t ordinal;     /* with has_ordinal */
    bool has_ordinal, noname, data, is_private;
    uint32_t line;
};

/* internal = dll.name */
struct def_import {
    struct str internal, dll, name; /* internal empty: as name */
    uint32_t ordinal;
    bool by_ordinal;
    uint32_t line;
};

/* SECTIONS, and CODE and DATA as .text and .data. */
struct def_section {
    struct str name;
    bool read, write, execute; /* none: as the objects say */
    bool shared, nonshared;
    uint32_t line;
};

struct def_file {
    struct str name;      /* NAME or LIBRARY; empty: not given */
    bool is_library;
    bool decimal;         /* set before parsing: ordinals are, even with a leading 0, as for Microsoft's tools */
    bool has_base, has_stack, has_heap, has_version;
    uint64_t base, stack_reserve, stack_commit, heap_reserve, heap_commit;
    uint32_t major, minor;
    VEC(struct def_export) exports;
    VEC(struct def_import) imports;
    VEC(struct def_section) sections;
};

/* Parses TEXT; strings borrow from it. Errors go to D as "PATH:line: text"; false if there was one. */
bool def_parse(struct view text, const char *path, struct diag *d, struct def_file *out);
void def_free(struct def_file *f);

#endif
