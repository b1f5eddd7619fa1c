/* opt.h - option tables: one row gives parsing and help.

   Grammar (the GNU one): -x, -xVALUE, -x VALUE, clusters -xyz, --long, --long=VALUE, --long VALUE,
   unambiguous abbreviations, "--" ends options, operands may stand between options. @FILE is
   expanded first by opt_expand (quotes and backslash; nested to LIMIT_RESPONSE_DEPTH, at most
   LIMIT_RESPONSE_FILES of LIMIT_RESPONSE_LEN bytes; a missing file
   is an ordinary word). ld has a grammar of its own in src/ld/options.c, on the same expansion. */
#ifndef OBJKIT_BASE_OPT_H
#define OBJKIT_BASE_OPT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"

enum opt_arg { OPT_NONE, OPT_REQUIRED, OPT_OPTIONAL /* only as --long=VALUE or -xVALUE */ };

struct opt_row {
    int id;           /* the applet's enum; rows with the same id are synonyms */
    char short_name;  /* 0: none */
    const char *name; /* NULL: none; without the dashes */
    enum opt_arg arg;
    const char *arg_name; /* for help */
    const char *help;     /* NULL: not listed */
};

typedef VEC(char *) argvec;

/* Appends ARGV[0..argc) to OUT with each @FILE replaced by its words. False with a diagnostic when
   files pass a limit. Strings live in A. */
bool opt_expand(argvec *out, int argc, char **argv, struct arena *a, struct diag *d);
/* The same, with words quoted as Windows' C runtime reads them. */
bool opt_expand_windows(argvec *out, int argc, char **argv, struct arena *a, struct diag *d);

struct opt_parser {
    const struct opt_row *rows; /* ends with a row of id 0 */
    char **argv;
    int argc, i;
    const char *cluster; /* rest of -xyz */
    bool only_operands;
    struct diag *d;
    /* the current result */
    int id;            /* 0: an operand, in arg; -1: error, reported */
    const char *arg;   /* value, or NULL */
    const struct opt_row *row;
};

void opt_start(struct opt_parser *p, const struct opt_row *rows, int argc, char **argv, struct diag *d);

/* Next option or operand; false at the end. */
bool opt_next(struct opt_parser *p);

/* The option list of --help. */
void opt_help(struct buf *b, const struct opt_row *rows);

#endif
