/* drectve.h - what an object asks of the linker: the words of its .drectve section.

   A pure function from bytes to lists; it acts on nothing. Words are separated by white space,
   quotes protect it and are dropped; "-opt:value" or "/opt:value", the option in any case.
   Source: PE format, "The .drectve Section"; MSVC LINK options; spec pe-ld 3.8. */
#ifndef OBJKIT_LD_PE_DRECTVE_H
#define OBJKIT_LD_PE_DRECTVE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/view.h"

struct drectve_export {
    struct str name;       /* as the DLL exports it */
    struct str internal;   /* the symbol; empty: as name */
    struct str export_as;  /* EXPORTAS: the exported name; else empty */
    uint32_t ordinal;      /* with has_ordinal */
    bool has_ordinal, noname, data, is_private;
};

struct drectve_pair {
    struct str name, value;
};

struct drectve {
    VEC(struct drectve_export) exports;
    VEC(struct drectve_pair) aligncomm;     /* name, log2 in decimal */
    VEC(struct drectve_pair) alternatename; /* name, its default */
    VEC(struct drectve_pair) mismatch;      /* key, value that all objects must share */
    VEC(struct drectve_pair) merges;        /* section, the one it joins */
    VEC(struct drectve_pair) sections;      /* section, attribute letters */
    VEC(struct str) exclude_symbols, includes, default_libs, no_libs;
    VEC(struct str) guardsyms;              /* functions whose address is taken */
    struct str entry, subsystem, stack, heap; /* empty: not given */
    bool no_default_libs;                   /* nodefaultlib without a name */
    bool acts_on_link;                      /* has any word beyond exports, aligncomm, exclude, include */
};

/* Reads the words of TEXT; strings borrow from it or live in A. Unknown words are warned of in D. */
void drectve_parse(struct view text, struct arena *a, struct diag *d, struct drectve *out);
void drectve_free(struct drectve *dv);

#endif
