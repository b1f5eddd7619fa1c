/* script_lex.h - words of linker scripts, version scripts and dynamic lists.

   The language has no single lexical grammar: `a-b` is one file name in a list of files and a
   subtraction in an expression. So the parser says which kind of word it wants with each call; there
   is no lookahead buffer to be in the wrong mode. */
#ifndef OBJKIT_LD_SCRIPT_LEX_H
#define OBJKIT_LD_SCRIPT_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/view.h"

enum lex_mode {
    LEX_NAME,   /* file names and patterns: - + * ? [ ] / : ~ ^ ! belong to words */
    LEX_EXPR,   /* C-like expressions */
    LEX_VERSION /* symbol patterns of version scripts: * ? [ ] :: belong to words */
};

enum lex_kind {
    LEX_END = 0, /* single-character punctuation is its own character */
    LEX_WORD = 256,
    LEX_QUOTED,  /* "text", without its quotes */
    LEX_NUMBER,
    LEX_SHL, LEX_SHR, LEX_LE, LEX_GE, LEX_EQ, LEX_NE, LEX_ANDAND, LEX_OROR,
    /* assignment operators, '=' included, stand together */
    LEX_SET_ADD, LEX_SET_SUB, LEX_SET_MUL, LEX_SET_DIV, LEX_SET_SHL, LEX_SET_SHR, LEX_SET_AND,
    LEX_SET_OR, LEX_SET_XOR,
    LEX_BAD      /* reported */
};

struct lex_token {
    int kind;
    struct str text;
    uint64_t num;
    uint64_t pos; /* offset in the script, for messages */
};

struct script_lex {
    struct view text;
    const char *path;
    struct diag *d;
    uint64_t pos;
    bool failed; /* an error has been reported; all later words are LEX_END */
};

void lex_start(struct script_lex *lx, struct view text, const char *path, struct diag *d);
struct lex_token lex_next(struct script_lex *lx, enum lex_mode mode);
/* The same without moving on. */
struct lex_token lex_peek(struct script_lex *lx, enum lex_mode mode);
/* Consumes the word or punctuation KIND if it is next. */
bool lex_accept(struct script_lex *lx, enum lex_mode mode, int kind);
bool lex_accept_word(struct script_lex *lx, enum lex_mode mode, const char *word);
/* ... and reports an error if it is not. */
bool lex_expect(struct script_lex *lx, enum lex_mode mode, int kind);
bool lex_expect_word(struct script_lex *lx, enum lex_mode mode, const char *word);

/* "PATH:LINE:COLUMN: text", the line, and a caret under POS. Returns false. */
bool lex_error_at(struct script_lex *lx, uint64_t pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));
/* The same for a position kept from an earlier parse of TEXT. */
bool script_error(struct diag *d, struct view text, const char *path, uint64_t pos,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6), cold));
/* ... that is no error. */
void script_note(struct diag *d, enum severity sev, struct view text, const char *path, uint64_t pos, const char *fmt,
                 ...) __attribute__((format(printf, 6, 7), cold));

#endif
