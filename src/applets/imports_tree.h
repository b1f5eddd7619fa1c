/* imports_tree.h - the graph of libraries that an image brings in, and the search that finds them.

   The search rules belong to the system of the root image (spec "imports", section 6) and are in
   imports_search.c; the graph is built breadth first in imports_tree.c, so that each library's
   parent is on the shortest chain to it. */
#ifndef OBJKIT_APPLETS_IMPORTS_TREE_H
#define OBJKIT_APPLETS_IMPORTS_TREE_H

#include "applets/imports.h"
#include "base/file.h"
#include "base/strmap.h"

enum lib_status {
    LIB_FOUND,
    LIB_MISSING,
    LIB_SYSTEM, /* the system's own, known by name; not looked for without --sysroot */
    LIB_STUB    /* an SDK has a .tbd text for it: it exists, but there is nothing to follow */
};

/* An edge: what an image asks for by a name, and the library that answers. */
struct tree_dep {
    struct str asked;
    struct str api_set_host; /* Windows: asked is an API set and this DLL implements it */
    uint32_t node;
    uint8_t kind;            /* enum import_kind */
};

struct tree_node {
    struct str name;       /* as first asked for; the path of the root */
    char *path;            /* where it was found, NULL if it was not */
    char *dir;             /* of path, with no slash at the end */
    enum lib_status status;
    bool optional;         /* so far only weak references ask for it */
    uint32_t parent;       /* on the shortest chain; UINT32_MAX for the root */
    struct origin origin;
    struct file file;
    struct object *obj;    /* own_obj, but the root's belongs to the caller */
    struct object own_obj;
    struct arena fat;      /* slices of a universal file */
    VEC(struct tree_dep) deps;
    struct strmap dep_index; /* asked name -> index into deps */
    struct strmap exports; /* name -> first of it in obj->exports; made when first asked for */
    uint32_t *next_export; /* chains exports of one name (ELF versions) */
    uint32_t *by_ordinal;  /* PE: ordinal -> index + 1 into obj->exports, 65,536 of them */
    bool exports_ready;
};

struct tree {
    const struct imp_opts *o;
    struct diag *d;
    struct arena arena;
    VEC(struct tree_node *) nodes; /* [0] is the root */
    struct strmap by_name;         /* folded for Windows; ELF: names and sonames; Mach-O: paths */
    struct search *search;
};

/* Builds the graph below ROOT, an open image whose PATH (NULL: inside a container) says where the
   program's directory is. */
void tree_build(struct tree *t, const struct imp_opts *o, struct object *root, const char *path,
                struct diag *d);
void tree_free(struct tree *t);

/* ---- what is printed (imports_tree_print.c, _check.c, _why.c) -------------------------------- */

void tree_print(struct imp_out *out, struct tree *t);
void tree_print_dot(struct imp_out *out, struct tree *t);

/* Leaves the file's object open: the caller may add to it, and ends it with "}". */
void tree_print_json(struct imp_out *out, struct tree *t);

/* The beginning of a node's JSON object: "name", "status", "path". */
void tree_json_node(struct buf *b, const struct tree_node *n);

/* Parts of a drawing: its first lines, the node with index I, a quoted string. */
void tree_dot_head(struct buf *b, const struct tree *t);
void tree_dot_node(struct buf *b, const struct tree *t, uint32_t i);
void tree_dot_string(struct buf *b, struct str s);

/* The image's name where -A asks for it. */
void tree_line_start(struct imp_out *out, struct tree *t);

/* --missing: how many libraries are missing. --check: how many findings, missing libraries
   included; for JSON it adds "lacking" to the tree. */
uint64_t tree_missing(struct imp_out *out, struct tree *t);
uint64_t tree_check(struct imp_out *out, struct tree *t);

/* --why: false if nothing in the tree is called NAME. */
bool tree_why(struct imp_out *out, struct tree *t, struct str name);

/* The node that NODE's imports from LIB come from, or NULL. */
struct tree_node *tree_lib_of(struct tree *t, struct tree_node *node, struct str lib);

/* The node of a library that NODE (by index) names outside its import table: a forwarder's
   target. */
struct tree_node *tree_resolve(struct tree *t, uint32_t asking, struct str name);

/* Does NODE, or what it forwards to or re-exports, give IM? 1 yes, 0 no, -1 not known. */
int tree_exports(struct tree *t, struct tree_node *node, const struct import *im, unsigned depth);

/* ---- search --------------------------------------------------------------------------------- */

struct search;
struct search *search_new(const struct imp_opts *o, struct tree *t);
void search_free(struct search *s);

/* Is CANDIDATE, a path, acceptable? Then the search ends. */
typedef bool (*search_try)(void *ctx, const char *candidate);

/* Looks for NAME, which NODE asks for. LIB_FOUND once TRY accepted a candidate. *HOST: the DLL
   behind an API set, else empty. *KEY: the name under which the tree knows the library. */
enum lib_status search_find(struct search *s, struct tree_node *node, struct str name,
                            struct str *host, search_try accept, void *ctx);

/* The name under which the tree knows what NODE asks for as NAME (and *HOST as above). In T's
   arena. */
struct str search_key(struct search *s, struct tree_node *node, struct str name, struct str *host);

/* ---- Windows tables (imports_data.c) -------------------------------------------------------- */

/* The DLL that implements API set NAME on current Windows, empty if the table has none. */
struct str imp_api_set_host(struct str name);
bool imp_is_api_set(struct str name);

/* Is NAME a DLL that every Windows installation has? */
bool imp_is_system_dll(const struct imp_tables *t, struct str name);

/* The first Windows version that exports FUNCTION from DLL: major << 48 | minor << 32 | build, 0
   unknown. */
uint64_t imp_windows_of(const struct imp_tables *t, struct str dll, struct str function);
uint64_t imp_windows_of_api_set(struct str set);

/* Appends "Windows 8.1 (6.3)". */
void imp_windows_name(struct buf *b, uint64_t version);

#endif
