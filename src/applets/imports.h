/* imports.h - what the files of the imports applet share. The contract of the applet: man page and
   spec "imports". The applet knows no object format: it prints and follows obj/model.h. */
#ifndef OBJKIT_APPLETS_IMPORTS_H
#define OBJKIT_APPLETS_IMPORTS_H

#include "base/opt.h"
#include "input/input.h"

enum imp_format {
    FMT_GNU,   /* a table grouped by library, for people */
    FMT_POSIX, /* "FILE: NAME LIBRARY KIND HINT" */
    FMT_TSV,
    FMT_JSON,
    FMT_CGO,   /* //go:cgo_import_dynamic directives */
    FMT_SYSV,  /* columns separated by | */
    FMT_PLAIN, /* "NAME:LIBRARY" */
    FMT_DOT    /* the tree for Graphviz */
};

enum imp_mode {
    MODE_LIST,
    MODE_EXPORTS,
    MODE_IMPHASH,
    MODE_WINDOWS, /* --requires-windows */
    MODE_DIFF,
    MODE_TREE,
    MODE_MISSING, /* --missing, --check or both: see opts.missing and .check */
    MODE_WHY
};

struct imp_tables;
struct imp_known;

struct imp_opts {
    enum imp_format format;
    enum imp_mode mode;
    bool file_names;   /* -A */
    bool demangle;     /* -C */
    bool libs_only;    /* -L */
    bool symbols_only; /* -u */
    bool ec;           /* the second view of ARM64X images */
    bool unused;       /* --unused */
    bool paths;        /* --paths: interpreter, rpath, runpath */
    bool name_ordinals;
    bool two_modes; /* options that exclude each other */
    bool color;
    bool missing, check;
    bool env;          /* PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH count */
    unsigned kinds;    /* mask of 1 << enum import_kind */
    unsigned threads;
    const char *arch;  /* NULL: all */
    const char *lib_glob, *symbol_glob, *why, *sysroot, *apiset, *hwcaps;
    argvec dirs, files, ordinals; /* -p, operands, --ordinals */
    struct imp_tables *tables; /* made only for what needs it; read-only from then on */
};

/* Fills O from the command line. 0: go on; else exit with *STATUS. */
int imp_options(struct imp_opts *o, int argc, char **argv, struct diag *d, struct arena *a,
                int *status);

/* ---- one thing to print --------------------------------------------------------------------- */

/* A library and what is taken from it: imports[order[first .. first+n)]. */
struct imp_group {
    struct str lib;              /* empty: not known */
    const struct needed *needed; /* NULL: only symbols name this library */
    uint32_t first, n;
};

/* What only import libraries know of a symbol. */
struct imp_extra {
    struct str symbol; /* what a program calls it; empty: as it is imported */
    bool data;         /* there is no thunk to call */
};

/* An object's imports, or those of all members of an archive together, grouped by library. */
struct imp_view {
    const struct origin *origin;
    const struct object *obj;    /* the object; for an archive: one that stands for its members */
    const char *target;          /* "pei-x86-64" */
    const struct needed *needed;
    const struct import *imports;
    const struct imp_extra *extra; /* parallel to imports, or NULL */
    uint32_t n_needed, n_imports;
    struct imp_group *groups;
    uint32_t n_groups;
    const uint32_t *order;       /* NULL: the imports are in group order */
};

/* Groups V's imports by library, in the order of V's needed list, then of first mention. */
void imp_view_group(struct imp_view *v, struct arena *a);

static inline const struct import *imp_view_at(const struct imp_view *v, uint32_t i)
{
    return &v->imports[v->order ? v->order[i] : i];
}

/* Do the filters (--kind, --lib, --symbol) let it pass? */
bool imp_lib_passes(const struct imp_opts *o, const struct object *obj, const struct imp_group *g);
bool imp_passes(const struct imp_opts *o, const struct import *im);

/* "normal", "delay" … and for a library "needed", "weak", "reexport" … */
const char *imp_kind_name(unsigned kind);
const char *imp_needed_name(const struct needed *n);
bool imp_kind_parse(struct str s, unsigned *mask);

/* Where dyld looks for a Mach-O image's import that names no library: "self", "executable" (the
   program), "flat" (every image), "weak" (every weak definition). NULL: nothing to say. */
const char *imp_lookup(const struct object *obj, const struct import *im);

/* Undefined symbols of OBJ, a relocatable object, as imports of kind undef or weak without library.
   In A. */
bool imp_undefined(struct object *obj, struct arena *a, struct import **out, uint32_t *n);

/* ---- the members of an archive together (imports_lib.c) ------------------------------------- */

struct imp_lib;
struct imp_lib *imp_lib_new(const struct origin *origin);

/* Adds a member. KEEP: its bytes live as long as the archive, names need no copy. False if it is no
   relocatable object or import object: then it speaks for itself. */
bool imp_lib_add(struct imp_lib *l, struct object *obj, bool keep);

/* Joins what was added. NULL if nothing was. The view lives as long as L. */
const struct imp_view *imp_lib_view(struct imp_lib *l, struct diag *d);
void imp_lib_free(struct imp_lib *l);

/* ---- printing ------------------------------------------------------------------------------- */

/* A name from a file: bytes outside printable ASCII as \xHH. */
void imp_name(struct buf *b, struct str s);

/* Where to print, and what was printed so far. */
struct imp_out {
    const struct imp_opts *o;
    struct buf *b;
    struct buf scratch; /* a name being demangled, a file name being printed */
    bool any;           /* something was printed: JSON wants commas */
};

void imp_print(struct imp_out *out, const struct imp_view *v);
void imp_print_json(struct imp_out *out, const struct imp_view *v);
void imp_print_exports(struct imp_out *out, struct object *obj);
void imp_json_head(struct imp_out *out, const struct object *obj, const struct origin *origin,
                   const char *target);
void imp_json_strings(struct buf *b, const char *key, const struct str *s, uint32_t n);

/* --diff of two listings in the tsv format. */
void imp_print_diff(struct imp_out *out, struct str old_rows, struct str new_rows);

/* The symbol as it is shown: demangled on request, "#115" for an ordinal (with its known name when
   asked for), "@VERSION" appended. */
void imp_symbol(struct imp_out *out, const struct object *obj, const struct import *im,
                char version_mark);

/* The origin, escaped, in OUT->scratch until the next call. */
struct str imp_origin(struct imp_out *out, const struct origin *o);

/* ---- data tables (imports_data.c) ----------------------------------------------------------- */

/* ORDINALS_TOO: also the names that imp_ordinal_name has built in. */
struct imp_tables *imp_tables_new(bool ordinals_too);
void imp_tables_free(struct imp_tables *t);

/* Ordinal ORDINAL of DLL is NAME; the first one said counts, and before the built-in ones. In A. */
void imp_tables_name(struct imp_tables *t, struct str dll, uint32_t ordinal, struct str name,
                     struct arena *a);

/* Adds the names that file PATH gives to ordinals: a module definition file, an import library, or
   lines of an ordinal and a name for the DLL that the file is called after (imports_ordinals.c). In
   A. False, reported. */
bool imp_tables_add(struct imp_tables *t, const char *path, struct arena *a, struct diag *d);

/* The built-in names of ordinals (imports_known.c), read on request. Names borrow from the program. */
struct imp_known *imp_known_new(void);
struct str imp_known_name(const struct imp_known *k, struct str dll, uint32_t ordinal);
void imp_known_free(struct imp_known *k);

/* The name of ordinal ORDINAL of DLL; empty if it is not known. */
struct str imp_ordinal_name(const struct imp_tables *t, struct str dll, uint32_t ordinal);

static inline struct str known_name(const struct imp_opts *o, const struct import *im)
{
    return o->name_ordinals ? imp_ordinal_name(o->tables, im->lib, im->ordinal) : S("");
}

/* Appends the imphash of PE imports in hexadecimal; false if there are no imports to hash. */
bool imp_imphash(struct buf *b, const struct imp_tables *t, const struct object *obj);

/* --requires-windows for one PE image. */
void imp_print_windows(struct imp_out *out, struct object *obj);

#endif
