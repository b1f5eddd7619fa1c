/* script_parse.h - shared by the parser's two files; nobody else includes it. */
#ifndef OBJKIT_LD_SCRIPT_PARSE_H
#define OBJKIT_LD_SCRIPT_PARSE_H

#include "ld/script.h"

struct sp {
    struct script_lex lx;
    struct script *s;      /* what is declared goes here */
    struct script *source; /* whose text is being read: s, or an included one */
    struct arena *a;
    struct version_script *versions;
    script_include_fn include;
    void *include_ctx;
    struct sc_list *include_list; /* where an INCLUDE inside a section adds */
    unsigned depth, n_includes;
    bool in_sections;
    bool binary;           /* TARGET(binary) holds */
};

bool sp_bad(struct sp *p, struct lex_token t, const char *wanted);
bool sp_name(struct sp *p, enum lex_mode mode, struct str *out);
bool sp_region(struct sp *p, struct str *out);
bool sp_paren_name(struct sp *p, struct str *out); /* ( NAME ) */
struct sc_stmt *sp_stmt(struct sp *p, struct sc_list *list, enum sc_kind kind, uint64_t pos);
const struct sx *sp_expr(struct sp *p);
const struct sx *sp_assert(struct sp *p, uint64_t pos); /* (expr, "text") */
bool sp_at_assignment(struct sp *p);
/* An assignment, PROVIDE or ASSERT, if one stands here: 1 done, 0 something else, -1 reported. */
int sp_common(struct sp *p, struct sc_list *list);
/* INCLUDE file: PARSE reads its text as if it stood here. */
bool sp_include(struct sp *p, bool (*parse)(struct sp *p));
bool sp_top(struct sp *p);
bool sp_sections(struct sp *p); /* SECTIONS { ... } */

#endif
