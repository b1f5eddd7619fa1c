/* verscript.h - version scripts (--version-script, VERSION in linker scripts) and dynamic lists.

   A version script sorts global names into version nodes and says which become local. Precedence,
   as GNU ld decides: an exact name beats any pattern; a pattern beats the lone "*"; global beats local at
   equal strength; among patterns of one strength the last one wins. Source: GNU ld manual, "VERSION
   Command"; patterns in extern "C++" match demangled names. */
#ifndef OBJKIT_LD_VERSCRIPT_H
#define OBJKIT_LD_VERSCRIPT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "ld/script_lex.h"

struct ver_node {
    struct str name;         /* empty: anonymous */
    VEC(uint32_t) parents;   /* node indices */
    bool used;               /* set by the backend: a symbol carries it */
};

struct ver_pattern {
    struct str text;
    uint32_t node;
    bool local, cxx, exact, star;
    uint64_t pos;
};

struct version_script {
    VEC(struct ver_node) nodes; /* in script order; the file's version index is position + 2 */
    VEC(struct ver_pattern) patterns;
    struct strmap exact, exact_cxx; /* name -> pattern index */
    bool has_cxx, has_patterns;
    bool anonymous;             /* one node without a tag: only hides and exports */
};

struct ver_match {
    bool found, local;
    uint32_t node;
    uint32_t pattern; /* index, to tell which exact ones matched nothing */
};

/* Adds the script TEXT; PATH for messages. Names borrow from TEXT. False if an error was reported.
   verscript_parse_lex parses the inside of VERSION { ... } up to (not including) its '}'. */
bool verscript_parse(struct version_script *vs, struct view text, const char *path, struct diag *d);
bool verscript_parse_lex(struct version_script *vs, struct script_lex *lx);
/* A dynamic list: { names; }; everything in it is global. */
bool dynlist_parse(struct version_script *vs, struct view text, const char *path, struct diag *d);
/* One name or pattern from the command line (--export-dynamic-symbol). TEXT must outlive VS. */
void verscript_add(struct version_script *vs, struct str text, bool local);

/* What the script says of NAME (as in the symbol table, mangled). Thread-safe. */
struct ver_match verscript_match(const struct version_script *vs, struct str name);
/* Index of the node called NAME, or UINT32_MAX. */
uint32_t verscript_node(const struct version_script *vs, struct str name);
void verscript_free(struct version_script *vs);

#endif
