/* script_parse.c - linker scripts into statements: recursive descent, one function per construct.
   Output section bodies are in script_sect.c, expressions at the end of this file. */
#include "ld/script_parse.h"

#include <stdlib.h>

bool sp_bad(struct sp *p, struct lex_token t, const char *wanted)
{
    if (t.kind == LEX_END) {
        return lex_error_at(&p->lx, t.pos, "%s expected, but the script ends", wanted);
    }
    return lex_error_at(&p->lx, t.pos, "%s expected, not '%.*s'", wanted, Q(t.text));
}

bool sp_name(struct sp *p, enum lex_mode mode, struct str *out)
{
    struct lex_token t = lex_next(&p->lx, mode);
    if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
        return sp_bad(p, t, "a name");
    }
    *out = t.text;
    return true;
}

/* The name of a memory region may have hyphens, which are operators elsewhere in such places. */
bool sp_region(struct sp *p, struct str *out)
{
    struct lex_token t = lex_peek(&p->lx, LEX_EXPR);
    if (!sp_name(p, LEX_EXPR, out)) {
        return false;
    }
    const struct view *v = &p->lx.text;
    for (uint64_t end = p->lx.pos; t.kind == LEX_WORD && end + 1 < v->len && v->p[end] == '-'; end = p->lx.pos) {
        struct lex_token more;
        p->lx.pos++;
        more = lex_peek(&p->lx, LEX_EXPR);
        if ((more.kind != LEX_WORD && more.kind != LEX_NUMBER) || more.pos != end + 1) {
            p->lx.pos = end;
            break;
        }
        lex_next(&p->lx, LEX_EXPR);
        out->len = (size_t)(p->lx.pos - t.pos);
    }
    return true;
}

bool sp_paren_name(struct sp *p, struct str *out)
{
    return lex_expect(&p->lx, LEX_NAME, '(') && sp_name(p, LEX_NAME, out) &&
           lex_expect(&p->lx, LEX_NAME, ')');
}

struct sc_stmt *sp_stmt(struct sp *p, struct sc_list *list, enum sc_kind kind, uint64_t pos)
{
    struct sc_stmt *s = ARENA_NEW(p->a, struct sc_stmt);
    s->kind = (uint8_t)kind;
    s->pos = pos;
    s->script = p->source;
    s->in_sections = p->in_sections;
    if (!list->last) {
        list->last = &list->first;
    }
    *list->last = s;
    list->last = &s->next;
    return s;
}

/* ---- expressions ----------------------------------------------------------------------------------- */

static struct sx *mk(struct sp *p, enum sx_op op, uint64_t pos, const struct sx *a,
                     const struct sx *b)
{
    struct sx *e = ARENA_NEW(p->a, struct sx);
    e->op = (uint8_t)op;
    e->pos = pos;
    e->a = a;
    e->b = b;
    e->script = p->source;
    return e;
}

static const struct {
    const char *name;
    uint8_t op;
    char args; /* n: a section/symbol name; 1, 2: expressions; N: name, expression */
} functions[] = {
    {"ABSOLUTE", SX_ABSOLUTE, '1'}, {"ADDR", SX_ADDR, 'n'}, {"ALIGNOF", SX_ALIGNOF, 'n'},
    {"LOADADDR", SX_LOADADDR, 'n'}, {"SIZEOF", SX_SIZEOF, 'n'}, {"DEFINED", SX_DEFINED, 'n'},
    {"CONSTANT", SX_CONSTANT, 'n'}, {"ORIGIN", SX_ORIGIN, 'n'}, {"LENGTH", SX_LENGTH, 'n'},
    {"MAX", SX_MAX, '2'}, {"MIN", SX_MIN, '2'}, {"LOG2CEIL", SX_LOG2CEIL, '1'},
    {"NEXT", SX_NEXT, '1'}, {"BLOCK", SX_ALIGN1, '1'}, {"SEGMENT_START", SX_SEGMENT_START, 'N'},
    {"DATA_SEGMENT_ALIGN", SX_DATA_SEGMENT_ALIGN, '2'},
    {"DATA_SEGMENT_RELRO_END", SX_DATA_SEGMENT_RELRO_END, '2'},
    {"DATA_SEGMENT_END", SX_DATA_SEGMENT_END, '1'}};

static struct sx *call(struct sp *p, size_t f, uint64_t pos)
{
    struct sx *e = mk(p, (enum sx_op)functions[f].op, pos, NULL, NULL);
    char args = functions[f].args;
    if (!lex_expect(&p->lx, LEX_EXPR, '(')) {
        return NULL;
    }
    if (args == 'n' || args == 'N') {
        if (!sp_name(p, args == 'n' ? LEX_NAME : LEX_EXPR, &e->name)) {
            return NULL;
        }
        if (args == 'N' && (!lex_expect(&p->lx, LEX_EXPR, ',') || !(e->a = sp_expr(p)))) {
            return NULL;
        }
    } else {
        if (!(e->a = sp_expr(p)) ||
            (args == '2' && (!lex_expect(&p->lx, LEX_EXPR, ',') || !(e->b = sp_expr(p))))) {
            return NULL;
        }
    }
    return lex_expect(&p->lx, LEX_EXPR, ')') ? e : NULL;
}

/* ALIGN(align) or ALIGN(value, align); ASSERT(expr, text). */
static struct sx *align_call(struct sp *p, uint64_t pos)
{
    struct sx *e = mk(p, SX_ALIGN1, pos, NULL, NULL);
    if (!lex_expect(&p->lx, LEX_EXPR, '(') || !(e->a = sp_expr(p))) {
        return NULL;
    }
    if (lex_accept(&p->lx, LEX_EXPR, ',')) {
        e->op = SX_ALIGN2;
        if (!(e->b = sp_expr(p))) {
            return NULL;
        }
    }
    return lex_expect(&p->lx, LEX_EXPR, ')') ? e : NULL;
}

const struct sx *sp_assert(struct sp *p, uint64_t pos)
{
    struct sx *e = mk(p, SX_ASSERT, pos, NULL, NULL);
    return lex_expect(&p->lx, LEX_EXPR, '(') && (e->a = sp_expr(p)) != NULL &&
                   lex_expect(&p->lx, LEX_EXPR, ',') && sp_name(p, LEX_EXPR, &e->name) &&
                   lex_expect(&p->lx, LEX_EXPR, ')')
               ? e
               : NULL;
}

static struct sx *word(struct sp *p, struct lex_token t)
{
    struct sx *e;
    bool is_call = t.kind == LEX_WORD && lex_peek(&p->lx, LEX_EXPR).kind == '(';
    for (size_t i = 0; is_call && i < sizeof functions / sizeof *functions; i++) {
        if (str_is(t.text, functions[i].name)) {
            return call(p, i, t.pos);
        }
    }
    if (is_call && str_is(t.text, "ALIGN")) {
        return align_call(p, t.pos);
    }
    if (is_call && str_is(t.text, "ASSERT")) {
        return (struct sx *)(uintptr_t)sp_assert(p, t.pos);
    }
    if (t.kind == LEX_WORD && (str_is(t.text, "SIZEOF_HEADERS") || str_is(t.text, "sizeof_headers"))) {
        return mk(p, SX_SIZEOF_HEADERS, t.pos, NULL, NULL);
    }
    e = mk(p, str_is(t.text, ".") ? SX_DOT : SX_SYM, t.pos, NULL, NULL);
    e->name = t.text;
    return e;
}

static const struct sx *primary(struct sp *p)
{
    struct lex_token t = lex_next(&p->lx, LEX_EXPR);
    struct sx *e;
    switch (t.kind) {
    case LEX_NUMBER:
        e = mk(p, SX_NUM, t.pos, NULL, NULL);
        e->num = t.num;
        return e;
    case LEX_WORD:
    case LEX_QUOTED:
        return word(p, t);
    case '(': {
        const struct sx *inner = sp_expr(p);
        return inner && lex_expect(&p->lx, LEX_EXPR, ')') ? inner : NULL;
    }
    case '-': case '!': case '~': case '+': {
        if (++p->depth > 200) {
            lex_error_at(&p->lx, t.pos, "expression nests too deep");
            return NULL;
        }
        const struct sx *a = primary(p);
        p->depth--;
        if (!a || t.kind == '+') {
            return a;
        }
        return mk(p, t.kind == '-' ? SX_NEG : t.kind == '!' ? SX_NOT : SX_COMPL, t.pos, a, NULL);
    }
    default:
        sp_bad(p, t, "an expression");
        return NULL;
    }
}

static int precedence(int kind, enum sx_op *op)
{
    static const struct { int kind; uint8_t op; uint8_t prec; } ops[] = {
        {'*', SX_MUL, 10}, {'/', SX_DIV, 10}, {'%', SX_MOD, 10}, {'+', SX_ADD, 9}, {'-', SX_SUB, 9},
        {LEX_SHL, SX_SHL, 8}, {LEX_SHR, SX_SHR, 8}, {'<', SX_LT, 7}, {'>', SX_GT, 7},
        {LEX_LE, SX_LE, 7}, {LEX_GE, SX_GE, 7}, {LEX_EQ, SX_EQ, 6}, {LEX_NE, SX_NE, 6},
        {'&', SX_AND, 5}, {'^', SX_XOR, 4}, {'|', SX_OR, 3}, {LEX_ANDAND, SX_ANDAND, 2},
        {LEX_OROR, SX_OROR, 1}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (ops[i].kind == kind) {
            *op = (enum sx_op)ops[i].op;
            return ops[i].prec;
        }
    }
    return 0;
}

static const struct sx *climb(struct sp *p, int min)
{
    const struct sx *left = primary(p);
    while (left) {
        enum sx_op op;
        struct lex_token t = lex_peek(&p->lx, LEX_EXPR);
        int prec = precedence(t.kind, &op);
        if (prec == 0 || prec < min) {
            return left;
        }
        lex_next(&p->lx, LEX_EXPR);
        const struct sx *right = climb(p, prec + 1);
        left = right ? mk(p, op, t.pos, left, right) : NULL;
    }
    return NULL;
}

const struct sx *sp_expr(struct sp *p)
{
    if (++p->depth > 200) {
        lex_error_at(&p->lx, p->lx.pos, "expression nests too deep");
        return NULL;
    }
    const struct sx *e = climb(p, 1);
    struct lex_token t = lex_peek(&p->lx, LEX_EXPR);
    if (e && t.kind == '?') {
        lex_next(&p->lx, LEX_EXPR);
        struct sx *c = mk(p, SX_COND, t.pos, e, NULL);
        e = (c->b = sp_expr(p)) && lex_expect(&p->lx, LEX_EXPR, ':') && (c->c = sp_expr(p)) ? c
                                                                                           : NULL;
    }
    p->depth--;
    return e;
}

/* ---- assignments ----------------------------------------------------------------------------------- */

static bool is_assign_op(int kind)
{
    return kind == '=' || (kind >= LEX_SET_ADD && kind <= LEX_SET_XOR);
}

bool sp_at_assignment(struct sp *p)
{
    uint64_t pos = p->lx.pos;
    struct lex_token t = lex_next(&p->lx, LEX_EXPR);
    bool yes = (t.kind == LEX_WORD || t.kind == LEX_QUOTED) &&
               is_assign_op(lex_next(&p->lx, LEX_EXPR).kind);
    p->lx.pos = pos;
    return yes && !p->lx.failed;
}

/* NAME op= EXPR, without what ends it. */
static bool assignment(struct sp *p, struct sc_list *list, enum sc_provide provide)
{
    static const uint8_t ops[] = {SX_ADD, SX_SUB, SX_MUL, SX_DIV, SX_SHL, SX_SHR, SX_AND, SX_OR, SX_XOR};
    struct lex_token n = lex_next(&p->lx, LEX_EXPR);
    if (n.kind != LEX_WORD && n.kind != LEX_QUOTED) {
        return sp_bad(p, n, "a symbol name");
    }
    struct lex_token op = lex_next(&p->lx, LEX_EXPR);
    if (!is_assign_op(op.kind)) {
        return sp_bad(p, op, "'='");
    }
    const struct sx *v = sp_expr(p);
    if (!v) {
        return false;
    }
    if (op.kind != '=') {
        struct sx *old = mk(p, str_is(n.text, ".") ? SX_DOT : SX_SYM, n.pos, NULL, NULL);
        old->name = n.text;
        v = mk(p, (enum sx_op)ops[op.kind - LEX_SET_ADD], op.pos, old, v);
    }
    struct sc_stmt *s = sp_stmt(p, list, SC_ASSIGN, n.pos);
    s->assign.name = n.text;
    s->assign.value = v;
    s->assign.provide = provide;
    s->assign.op = op.kind;
    return true;
}

/* After an assignment: ';' or ',' (GNU takes both); nothing before '}'. */
static bool end_of_statement(struct sp *p)
{
    struct lex_token t = lex_peek(&p->lx, LEX_EXPR);
    if (t.kind == ';' || t.kind == ',') {
        lex_next(&p->lx, LEX_EXPR);
        return true;
    }
    return t.kind == '}' || (t.kind == LEX_END && !p->lx.failed) ? true : sp_bad(p, t, "';'");
}

int sp_common(struct sp *p, struct sc_list *list)
{
    struct lex_token t = lex_peek(&p->lx, LEX_NAME);
    static const struct { const char *name; enum sc_provide kind; } provides[] = {
        {"PROVIDE", SC_PROVIDE}, {"PROVIDE_HIDDEN", SC_PROVIDE_HIDDEN}, {"HIDDEN", SC_HIDDEN}};
    if (sp_at_assignment(p)) {
        return assignment(p, list, SC_PLAIN) && end_of_statement(p) ? 1 : -1;
    }
    if (t.kind != LEX_WORD) {
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        if (str_is(t.text, provides[i].name)) {
            lex_next(&p->lx, LEX_NAME);
            bool good = lex_expect(&p->lx, LEX_EXPR, '(') && assignment(p, list, provides[i].kind) &&
                        lex_expect(&p->lx, LEX_EXPR, ')');
            lex_accept(&p->lx, LEX_EXPR, ';');
            return good ? 1 : -1;
        }
    }
    if (str_is(t.text, "ASSERT")) {
        lex_next(&p->lx, LEX_NAME);
        const struct sx *e = sp_assert(p, t.pos);
        if (!e) {
            return -1;
        }
        sp_stmt(p, list, SC_ASSERT, t.pos)->expr = e;
        lex_accept(&p->lx, LEX_EXPR, ';');
        return 1;
    }
    return 0;
}

/* ---- commands about files ------------------------------------------------------------------------ */

/* a b, c AS_NEEDED(d e) -lf "g h") */
static bool file_list(struct sp *p, bool as_needed)
{
    for (;;) {
        struct lex_token t = lex_next(&p->lx, LEX_NAME);
        if (t.kind == ')') {
            return true;
        }
        if (t.kind == ',') {
            continue;
        }
        if (t.kind == LEX_WORD && str_is(t.text, "AS_NEEDED")) {
            if (as_needed) {
                return lex_error_at(&p->lx, t.pos, "AS_NEEDED inside AS_NEEDED");
            }
            if (!lex_expect(&p->lx, LEX_NAME, '(') || !file_list(p, true)) {
                return false;
            }
            continue;
        }
        if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
            return sp_bad(p, t, "a file name");
        }
        vec_push(&p->s->files, (struct sc_file){SC_FILE_INPUT, t.text, as_needed, p->binary});
    }
}

static bool input_command(struct sp *p, bool group)
{
    if (!lex_expect(&p->lx, LEX_NAME, '(')) {
        return false;
    }
    if (group) {
        vec_push(&p->s->files, (struct sc_file){.kind = SC_FILE_GROUP_START});
    }
    if (!file_list(p, false)) {
        return false;
    }
    if (group) {
        vec_push(&p->s->files, (struct sc_file){.kind = SC_FILE_GROUP_END});
    }
    return true;
}

static bool output_format(struct sp *p)
{
    struct str *out[] = {&p->s->format, &p->s->format_big, &p->s->format_little};
    if (!lex_expect(&p->lx, LEX_NAME, '(')) {
        return false;
    }
    for (int i = 0;; i++) {
        if (i == 3) {
            return lex_error_at(&p->lx, p->lx.pos, "OUTPUT_FORMAT takes one or three names");
        }
        if (!sp_name(p, LEX_NAME, out[i])) {
            return false;
        }
        if (!lex_accept(&p->lx, LEX_NAME, ',')) {
            return lex_expect(&p->lx, LEX_NAME, ')');
        }
    }
}

static bool names(struct sp *p, void (*each)(struct script *s, struct str name))
{
    if (!lex_expect(&p->lx, LEX_NAME, '(')) {
        return false;
    }
    while (!lex_accept(&p->lx, LEX_NAME, ')')) {
        struct str n;
        if (!sp_name(p, LEX_NAME, &n)) {
            return false;
        }
        each(p->s, n);
        lex_accept(&p->lx, LEX_NAME, ',');
    }
    return true;
}

static void add_extern(struct script *s, struct str n) { vec_push(&s->externs, n); }
static void add_dir(struct script *s, struct str n) { vec_push(&s->search_dirs, n); }
static void add_alias(struct script *s, struct str n) { vec_push(&s->region_aliases, n); }
static void add_nocross(struct script *s, struct str n) { vec_push(&s->nocrossrefs, n); }

static bool nocross(struct sp *p, bool to_first)
{
    size_t first = p->s->nocrossrefs.n;
    bool ok = names(p, add_nocross);
    struct sc_nocross l = {first, (uint32_t)(p->s->nocrossrefs.n - first), to_first};
    vec_push(&p->s->nocross_lists, l);
    return ok;
}

/* ---- MEMORY, PHDRS -------------------------------------------------------------------------------- */

static bool region_attrs(struct sp *p, struct sc_region *r)
{
    struct lex_token t = lex_next(&p->lx, LEX_NAME);
    uint32_t *set = &r->attrs;
    for (size_t i = 0; i < t.text.len; i++) {
        switch (t.text.p[i] | 32) {
        case '!' | 32: set = set == &r->attrs ? &r->not_attrs : &r->attrs; break;
        case 'r': *set |= SC_ATTR_R; break;
        case 'w': *set |= SC_ATTR_W; break;
        case 'x': *set |= SC_ATTR_X; break;
        case 'a': *set |= SC_ATTR_A; break;
        case 'i':
        case 'l': *set |= SC_ATTR_L; break;
        default: return lex_error_at(&p->lx, t.pos, "bad memory attribute '%.*s'", Q(t.text));
        }
    }
    return lex_expect(&p->lx, LEX_NAME, ')');
}

/* ORIGIN, org or o; LENGTH, len or l. */
static bool region_field(struct sp *p, const char *a, const char *b, const char *c,
                         const struct sx **out)
{
    struct lex_token t = lex_next(&p->lx, LEX_EXPR);
    if (t.kind != LEX_WORD || !(str_is(t.text, a) || str_is(t.text, b) || str_is(t.text, c))) {
        return sp_bad(p, t, a);
    }
    return lex_expect(&p->lx, LEX_EXPR, '=') && (*out = sp_expr(p)) != NULL;
}

/* Up to the closing brace (left) or the end of an included script. */
static bool memory_entries(struct sp *p)
{
    for (;;) {
        struct sc_region r = {0};
        if (lex_accept(&p->lx, LEX_NAME, ';')) {
            continue;
        }
        int next = lex_peek(&p->lx, LEX_NAME).kind;
        if (next == '}' || next == LEX_END) {
            return !p->lx.failed;
        }
        struct lex_token at = lex_peek(&p->lx, LEX_EXPR);
        if (lex_accept_word(&p->lx, LEX_NAME, "INCLUDE")) {
            if (!sp_include(p, memory_entries)) {
                return false;
            }
            continue;
        }
        if (!sp_region(p, &r.name) ||
            (lex_accept(&p->lx, LEX_EXPR, '(') && !region_attrs(p, &r)) ||
            !lex_expect(&p->lx, LEX_EXPR, ':') || !region_field(p, "ORIGIN", "org", "o", &r.origin)) {
            return false;
        }
        lex_accept(&p->lx, LEX_EXPR, ',');
        if (!region_field(p, "LENGTH", "len", "l", &r.length)) {
            return false;
        }
        lex_accept(&p->lx, LEX_EXPR, ',');
        struct sc_region *old = NULL;
        for (size_t i = 0; i < p->s->regions.n && !old; i++) {
            old = str_eq(p->s->regions.p[i].name, r.name) ? &p->s->regions.p[i] : NULL;
        }
        if (old) { /* the last word counts */
            script_note(p->lx.d, SEV_WARNING, p->lx.text, p->lx.path, at.pos, "redeclaration of memory region '%.*s'",
                        Q(r.name));
            *old = r;
            continue;
        }
        vec_push(&p->s->regions, r);
    }
}

static bool memory(struct sp *p)
{
    return lex_expect(&p->lx, LEX_NAME, '{') && memory_entries(p) && lex_expect(&p->lx, LEX_NAME, '}');
}

static bool phdrs(struct sp *p)
{
    p->s->has_phdrs = true;
    if (!lex_expect(&p->lx, LEX_NAME, '{')) {
        return false;
    }
    while (!lex_accept(&p->lx, LEX_NAME, '}')) {
        struct sc_phdr h = {0};
        if (!sp_name(p, LEX_NAME, &h.name) || !(h.type = sp_expr(p))) {
            return false;
        }
        while (!lex_accept(&p->lx, LEX_EXPR, ';')) {
            struct lex_token t = lex_next(&p->lx, LEX_EXPR);
            if (str_is(t.text, "FILEHDR")) {
                h.filehdr = true;
            } else if (str_is(t.text, "PHDRS")) {
                h.phdrs = true;
            } else if (str_is(t.text, "AT") || str_is(t.text, "FLAGS")) {
                const struct sx **to = str_is(t.text, "AT") ? &h.at : &h.flags;
                if (!lex_expect(&p->lx, LEX_EXPR, '(') || !(*to = sp_expr(p)) ||
                    !lex_expect(&p->lx, LEX_EXPR, ')')) {
                    return false;
                }
            } else {
                return sp_bad(p, t, "FILEHDR, PHDRS, AT, FLAGS or ';'");
            }
        }
        vec_push(&p->s->phdrs, h);
    }
    return true;
}

/* ---- INCLUDE and the top level ----------------------------------------------------------------------- */

bool sp_include(struct sp *p, bool (*parse)(struct sp *p))
{
    struct lex_token t = lex_next(&p->lx, LEX_NAME);
    struct view text;
    const char *path;
    if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
        return sp_bad(p, t, "a file name");
    }
    if (p->n_includes >= 16) {
        return lex_error_at(&p->lx, t.pos, "INCLUDE nests too deep");
    }
    if (!p->include || !p->include(p->include_ctx, t.text, &text, &path)) {
        return lex_error_at(&p->lx, t.pos, "cannot open included script '%.*s'", Q(t.text));
    }
    /* what it declares belongs to the outer script; statements remember their own text for messages */
    struct script *source = ARENA_NEW(p->a, struct script), *outer = p->source;
    source->text = text;
    source->path = path;
    struct script_lex lx = p->lx;
    p->source = source;
    lex_start(&p->lx, text, path, lx.d);
    p->n_includes++;
    bool good = parse(p) && !p->lx.failed;
    if (good && lex_peek(&p->lx, LEX_NAME).kind != LEX_END) {
        good = sp_bad(p, lex_peek(&p->lx, LEX_NAME), "the end of the included script");
    }
    p->n_includes--;
    p->source = outer;
    p->lx = lx;
    p->lx.failed = !good;
    return good;
}

static bool insert(struct sp *p, uint64_t pos)
{
    struct lex_token t = lex_next(&p->lx, LEX_NAME);
    bool before = str_is(t.text, "BEFORE");
    struct str where;
    if (!before && !str_is(t.text, "AFTER")) {
        return sp_bad(p, t, "AFTER or BEFORE");
    }
    if (!sp_name(p, LEX_NAME, &where)) {
        return false;
    }
    struct sc_stmt *s = sp_stmt(p, &p->s->stmts, SC_INSERT, pos);
    s->insert.where = where;
    s->insert.before = before;
    p->s->has_insert = true;
    return true;
}

/* The format of inputs is found from their bytes; but those of TARGET(binary) are bytes. */
static bool target(struct sp *p, uint64_t pos)
{
    static const char *const known[] = {"default", "elf32-*", "elf64-*", "pe-*", "pei-*", "pe-bigobj-*", "binary",
                                        "plugin", NULL};
    struct str name;
    if (!sp_paren_name(p, &name)) {
        return false;
    }
    p->binary = str_is(name, "binary");
    for (const char *const *k = known; *k; k++) {
        if (str_glob(str_c(*k), name)) {
            return true;
        }
    }
    return lex_error_at(&p->lx, pos, "target '%.*s' not found", Q(name));
}

static bool version(struct sp *p, uint64_t pos)
{
    if (!p->versions) {
        return lex_error_at(&p->lx, pos, "VERSION is not allowed here");
    }
    return lex_expect(&p->lx, LEX_NAME, '{') && verscript_parse_lex(p->versions, &p->lx) &&
           lex_expect(&p->lx, LEX_NAME, '}');
}

enum command { C_NONE, C_SECTIONS, C_MEMORY, C_PHDRS, C_ENTRY, C_INPUT, C_GROUP, C_FORMAT, C_ARCH,
               C_OUTPUT, C_DIR, C_EXTERN, C_STARTUP, C_TARGET, C_VERSION, C_INSERT, C_INCLUDE,
               C_FORCE, C_INHIBIT, C_FORCE_GROUP, C_NOCROSS, C_NOCROSS_TO, C_ALIAS, C_LD_FEATURE, C_ASSERT };

static enum command command_of(struct str w)
{
    static const struct { const char *name; enum command c; } table[] = {
        {"SECTIONS", C_SECTIONS}, {"MEMORY", C_MEMORY}, {"PHDRS", C_PHDRS}, {"ENTRY", C_ENTRY},
        {"INPUT", C_INPUT}, {"GROUP", C_GROUP}, {"OUTPUT_FORMAT", C_FORMAT}, {"OUTPUT_ARCH", C_ARCH},
        {"OUTPUT", C_OUTPUT}, {"SEARCH_DIR", C_DIR}, {"EXTERN", C_EXTERN}, {"STARTUP", C_STARTUP},
        {"TARGET", C_TARGET}, {"VERSION", C_VERSION}, {"INSERT", C_INSERT}, {"INCLUDE", C_INCLUDE},
        {"FORCE_COMMON_ALLOCATION", C_FORCE}, {"INHIBIT_COMMON_ALLOCATION", C_INHIBIT},
        {"FORCE_GROUP_ALLOCATION", C_FORCE_GROUP}, {"NOCROSSREFS", C_NOCROSS},
        {"NOCROSSREFS_TO", C_NOCROSS_TO}, {"REGION_ALIAS", C_ALIAS}, {"LD_FEATURE", C_LD_FEATURE}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (str_is(w, table[i].name)) {
            return table[i].c;
        }
    }
    return C_NONE;
}

static bool run_command(struct sp *p, enum command c, struct lex_token t)
{
    struct script *s = p->s;
    struct str ignored;
    switch (c) {
    case C_SECTIONS: return sp_sections(p);
    case C_MEMORY: return memory(p);
    case C_PHDRS: return phdrs(p);
    case C_ENTRY: return sp_paren_name(p, &s->entry);
    case C_INPUT: return input_command(p, false);
    case C_GROUP: return input_command(p, true);
    case C_FORMAT: return output_format(p);
    case C_ARCH: return sp_paren_name(p, &s->arch);
    case C_OUTPUT: return sp_paren_name(p, &s->output);
    case C_DIR: return names(p, add_dir);
    case C_EXTERN: return names(p, add_extern);
    case C_STARTUP: return sp_paren_name(p, &s->startup);
    case C_TARGET: return target(p, t.pos);
    case C_LD_FEATURE:
        if (!sp_paren_name(p, &ignored)) {
            return false;
        }
        s->sane_expr |= str_is(ignored, "SANE_EXPR");
        return str_is(ignored, "SANE_EXPR") || lex_error_at(&p->lx, t.pos, "unknown feature '%.*s'", Q(ignored));
    case C_VERSION: return version(p, t.pos);
    case C_INSERT: return insert(p, t.pos);
    case C_INCLUDE: return sp_include(p, sp_top);
    case C_FORCE: return s->force_common = true;
    case C_INHIBIT: return s->inhibit_common = true;
    case C_FORCE_GROUP: return s->force_group_allocation = true;
    case C_NOCROSS: return nocross(p, false);
    case C_NOCROSS_TO: return nocross(p, true);
    case C_ALIAS: return names(p, add_alias);
    default: return sp_bad(p, t, "a linker script command");
    }
}

bool sp_top(struct sp *p)
{
    for (;;) {
        struct lex_token t = lex_peek(&p->lx, LEX_NAME);
        if (p->lx.failed) {
            return false;
        }
        if (t.kind == LEX_END) {
            return true;
        }
        if (t.kind == ';') {
            lex_next(&p->lx, LEX_NAME);
            continue;
        }
        int r = sp_common(p, &p->s->stmts);
        if (r < 0) {
            return false;
        }
        if (r == 0) {
            lex_next(&p->lx, LEX_NAME);
            if (!run_command(p, t.kind == LEX_WORD ? command_of(t.text) : C_NONE, t)) {
                if (!p->lx.failed) {
                    lex_error_at(&p->lx, t.pos, "bad '%.*s'", Q(t.text));
                }
                return false;
            }
        }
    }
}

bool script_parse(struct script *s, struct view text, const char *path, struct arena *a,
                  struct diag *d, struct version_script *versions, script_include_fn include,
                  void *ctx)
{
    *s = (struct script){.text = text, .path = path, .arena = a, .versions = versions};
    struct sp p = {.s = s, .source = s, .a = a, .versions = versions, .include = include, .include_ctx = ctx};
    lex_start(&p.lx, text, path, d);
    return sp_top(&p) && !p.lx.failed;
}

const struct sx *script_parse_expr(struct script *s, struct view text, const char *path,
                                   struct arena *a, struct diag *d)
{
    *s = (struct script){.text = text, .path = path, .arena = a};
    struct sp p = {.s = s, .source = s, .a = a};
    lex_start(&p.lx, text, path, d);
    const struct sx *e = sp_expr(&p);
    struct lex_token t = lex_next(&p.lx, LEX_EXPR);
    if (e && t.kind != LEX_END) {
        sp_bad(&p, t, "the end of the expression");
        return NULL;
    }
    return p.lx.failed ? NULL : e;
}

void script_free(struct script *s)
{
    vec_free(&s->regions);
    vec_free(&s->phdrs);
    vec_free(&s->files);
    vec_free(&s->search_dirs);
    vec_free(&s->externs);
    vec_free(&s->region_aliases);
    vec_free(&s->nocrossrefs);
    vec_free(&s->nocross_lists);
}
