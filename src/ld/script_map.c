/* script_map.c - what the map says of linker scripts: statements with the values that they came to, in the words of
   GNU ld, which folds what is written in numbers alone and puts brackets around every operation. Source: the maps that
   GNU ld 2.40 writes. */
#include <stdlib.h>
#include <string.h>

#include "ld/script_engine.h"
#include "ld/script_map.h"

/* ---- expressions ------------------------------------------------------------------------------------ */

/* Operations as they are written; functions of one and of two expressions. */
static const char *const infix[] = {
    [SX_ADD] = "+", [SX_SUB] = "-", [SX_MUL] = "*", [SX_DIV] = "/", [SX_MOD] = "%", [SX_SHL] = "<<", [SX_SHR] = ">>",
    [SX_AND] = "&", [SX_OR] = "|", [SX_XOR] = "^", [SX_LT] = "<", [SX_GT] = ">", [SX_LE] = "<=", [SX_GE] = ">=",
    [SX_EQ] = "==", [SX_NE] = "!=", [SX_ANDAND] = "&&", [SX_OROR] = "||", [SX_ASSERT] = NULL};
static const char *const prefix[] = {
    [SX_NEG] = "-", [SX_NOT] = "!", [SX_COMPL] = "~", [SX_ABSOLUTE] = "ABSOLUTE", [SX_ALIGN1] = "ALIGN",
    [SX_LOG2CEIL] = "LOG2CEIL", [SX_NEXT] = "NEXT", [SX_DATA_SEGMENT_END] = "DATA_SEGMENT_END", [SX_ASSERT] = NULL};
static const char *const pairs[] = {
    [SX_ALIGN2] = "ALIGN", [SX_MAX] = "MAX", [SX_MIN] = "MIN", [SX_DATA_SEGMENT_ALIGN] = "DATA_SEGMENT_ALIGN",
    [SX_DATA_SEGMENT_RELRO_END] = "DATA_SEGMENT_RELRO_END", [SX_ASSERT] = NULL};
static const char *const names[] = {
    [SX_ADDR] = "ADDR", [SX_LOADADDR] = "LOADADDR", [SX_SIZEOF] = "SIZEOF", [SX_ALIGNOF] = "ALIGNOF",
    [SX_DEFINED] = "DEFINED", [SX_CONSTANT] = "CONSTANT", [SX_ORIGIN] = "ORIGIN", [SX_LENGTH] = "LENGTH",
    [SX_ASSERT] = NULL};

/* Is E made of numbers alone? *V: what it comes to. */
static bool is_number(const struct ld *ld, const struct sx *e, uint64_t *v, unsigned depth)
{
    const struct sx *const parts[] = {e->a, e->b, e->c};
    struct script_env env = {.d = (struct diag *)(uintptr_t)&ld->diag, .quiet = true};
    struct sx_value out;
    bool folds = infix[e->op] || e->op == SX_NEG || e->op == SX_NOT || e->op == SX_COMPL || e->op == SX_COND ||
                 e->op == SX_MAX || e->op == SX_MIN || e->op == SX_LOG2CEIL || e->op == SX_NUM;
    if (!folds || !depth) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (parts[i] && !is_number(ld, parts[i], v, depth - 1)) {
            return false;
        }
        if (i == 1 && !*v && (e->op == SX_DIV || e->op == SX_MOD)) {
            return false;
        }
    }
    bool ok = sx_eval(&env, e, &out);
    *v = out.v;
    return ok;
}

static void expression(struct buf *b, const struct ld *ld, const struct sx *e, unsigned depth)
{
    uint64_t v;
    if (!e || !depth) {
        buf_puts(b, "...");
    } else if (is_number(ld, e, &v, depth < 60 ? depth : 60)) {
        buf_printf(b, "0x%llx", (unsigned long long)v);
    } else if (e->op == SX_DOT || e->op == SX_SYM) {
        buf_name(b, e->op == SX_DOT ? S(".") : e->name, NAME_ESCAPE);
    } else if (e->op == SX_SIZEOF_HEADERS) {
        buf_puts(b, "SIZEOF_HEADERS");
    } else if (infix[e->op]) {
        buf_c(b, '(');
        expression(b, ld, e->a, depth - 1);
        buf_printf(b, " %s ", infix[e->op]);
        expression(b, ld, e->b, depth - 1);
        buf_c(b, ')');
    } else if (prefix[e->op]) {
        buf_printf(b, "%s (", prefix[e->op]);
        expression(b, ld, e->a, depth - 1);
        buf_c(b, ')');
    } else if (names[e->op]) {
        buf_printf(b, "%s (", names[e->op]);
        buf_name(b, e->name, NAME_ESCAPE);
        buf_c(b, ')');
    } else if (pairs[e->op]) {
        bool turned = e->op == SX_DATA_SEGMENT_RELRO_END;
        buf_printf(b, "%s (", pairs[e->op]);
        expression(b, ld, turned ? e->b : e->a, depth - 1);
        buf_puts(b, ", ");
        expression(b, ld, turned ? e->a : e->b, depth - 1);
        buf_c(b, ')');
    } else if (e->op == SX_SEGMENT_START) {
        buf_puts(b, "SEGMENT_START (\"");
        buf_name(b, e->name, NAME_ESCAPE);
        buf_puts(b, "\", ");
        expression(b, ld, e->a, depth - 1);
        buf_c(b, ')');
    } else if (e->op == SX_COND) {
        expression(b, ld, e->a, depth - 1);
        buf_c(b, '?');
        expression(b, ld, e->b, depth - 1);
        buf_c(b, ':');
        expression(b, ld, e->c, depth - 1);
    } else { /* ASSERT */
        buf_puts(b, "ASSERT (");
        expression(b, ld, e->a, depth - 1);
        buf_puts(b, ", ");
        buf_name(b, e->name, NAME_ESCAPE);
        buf_c(b, ')');
    }
}

/* ---- statements ------------------------------------------------------------------------------------- */

/* An assignment that is made, or not: its symbol is not asked for. */
static void assignment(const struct script_map *m, struct buf *b, const struct sc_stmt *s, uint64_t value)
{
    bool dot = str_is(s->assign.name, "."), asks = s->assign.provide == SC_PROVIDE ||
                                                   s->assign.provide == SC_PROVIDE_HIDDEN;
    const struct sl_sym *y = dot ? NULL : sl_sym_of(m->ld->layout, s->assign.name);
    buf_fill(b, ' ', 16);
    if (!dot && !(y && y->mark)) {
        buf_puts(b, "[!provide]        ");
    } else {
        ld_map_address(b, m->ld, value);
    }
    buf_fill(b, ' ', 16);
    buf_puts(b, asks ? "PROVIDE (" : "");
    buf_name(b, s->assign.name, NAME_ESCAPE);
    buf_puts(b, " = ");
    expression(b, m->ld, s->assign.value, PLACE_DEPTH);
    buf_puts(b, asks ? ")\n" : "\n");
}

static void assertion(const struct script_map *m, struct buf *b, const struct sc_stmt *s)
{
    buf_fill(b, ' ', 16);
    ld_map_address(b, m->ld, 1); /* it holds: else there is no map */
    buf_fill(b, ' ', 16);
    expression(b, m->ld, s->expr, PLACE_DEPTH);
    buf_c(b, '\n');
}

static void exclusions(struct buf *b, const struct str *list, uint32_t n)
{
    for (uint32_t i = n; i-- > 0;) { /* GNU ld names the last first */
        buf_puts(b, i + 1 == n ? "EXCLUDE_FILE(" : " ");
        buf_name(b, list[i], NAME_ESCAPE);
    }
    buf_puts(b, n ? ") " : "");
}

static unsigned open_sort(struct buf *b, enum sort_kind k)
{
    static const char *const text[] = {
        [SORT_NAME] = "SORT_BY_NAME(", [SORT_ALIGNMENT] = "SORT_BY_ALIGNMENT(",
        [SORT_INIT_PRIORITY] = "SORT_BY_INIT_PRIORITY(", [SORT_DISABLED] = "SORT_NONE("};
    buf_puts(b, k == SORT_NONE ? "" : text[k]);
    return k != SORT_NONE;
}

static void selection(struct buf *b, const struct sc_input *in)
{
    buf_c(b, ' ');
    exclusions(b, in->exclude, in->n_exclude);
    unsigned n = open_sort(b, in->file_sort);
    buf_name(b, in->file, NAME_ESCAPE);
    buf_fill(b, ')', n);
    buf_c(b, '(');
    for (uint32_t i = 0; i < in->n_patterns; i++) {
        const struct sc_pattern *p = &in->patterns[i];
        buf_puts(b, i ? " " : "");
        n = open_sort(b, p->sort);
        n += open_sort(b, p->sort2);
        exclusions(b, p->exclude, p->n_exclude);
        buf_name(b, p->name, NAME_ESCAPE);
        buf_fill(b, ')', n);
    }
    buf_puts(b, ")\n");
}

static void data(const struct script_map *m, struct buf *b, const struct sc_stmt *s, uint64_t addr, uint64_t value)
{
    const char *name = s->data.width == 1   ? "BYTE"
                       : s->data.width == 2 ? "SHORT"
                       : s->data.width == 4 ? "LONG"
                       : s->data.is_signed  ? "SQUAD" : "QUAD";
    uint64_t v;
    buf_fill(b, ' ', 16);
    ld_map_address(b, m->ld, addr);
    ld_map_size(b, s->data.width);
    buf_printf(b, " %s 0x%llx", name, (unsigned long long)value);
    if (!is_number(m->ld, s->data.value, &v, 60)) {
        buf_c(b, ' ');
        expression(b, m->ld, s->data.value, PLACE_DEPTH);
    }
    buf_c(b, '\n');
}

static void fill(struct buf *b, const struct sc_stmt *s, uint64_t value)
{
    buf_puts(b, " FILL mask 0x");
    for (size_t i = 0; i < s->fill.bytes.len; i++) {
        buf_printf(b, "%02x", (unsigned char)s->fill.bytes.p[i]);
    }
    if (!s->fill.bytes.len) {
        buf_printf(b, "%08x", (unsigned)value);
    }
    buf_c(b, '\n');
}

/* ---- which statement selected a chunk ----------------------------------------------------------------- */

struct script_selected {
    const struct ld_chunk *c;
    const struct sc_stmt *stmt;
};

static int cmp_selected(const void *x, const void *y)
{
    uintptr_t a = (uintptr_t)((const struct script_selected *)x)->c;
    uintptr_t b = (uintptr_t)((const struct script_selected *)y)->c;
    return (a > b) - (a < b);
}

void ld_script_map_begin(struct script_map *m, struct ld *ld)
{
    const struct script_layout *l = ld->layout;
    VEC(struct script_selected) v = {0};
    *m = (struct script_map){.ld = ld};
    for (size_t i = 0; l && l->full && i < l->ins.n; i++) {
        for (size_t k = 0; k < l->ins.p[i].chunks.n; k++) {
            vec_push(&v, (struct script_selected){l->ins.p[i].chunks.p[k], l->ins.p[i].stmt});
        }
    }
    if (v.n) {
        qsort(v.p, v.n, sizeof *v.p, cmp_selected);
    }
    m->selected = v.p;
    m->n_selected = v.n;
}

void ld_script_map_end(struct script_map *m)
{
    free(m->selected);
}

static const struct sc_stmt *statement_of(const struct script_map *m, const struct ld_chunk *c)
{
    if (sl_is_mark(c)) {
        return ((const struct sl_mark *)c->priv)->stmt;
    }
    const struct script_selected key = {c, NULL};
    const struct script_selected *hit =
        m->n_selected ? bsearch(&key, m->selected, m->n_selected, sizeof key, cmp_selected) : NULL;
    return hit ? hit->stmt : NULL;
}

/* ---- the parts of the map ----------------------------------------------------------------------------- */

static void add_body(struct script_body *body, const struct sc_list *list)
{
    size_t n = body->n;
    for (const struct sc_stmt *t = list->first; t; t = t->next) {
        n++;
    }
    body->stmts = xrealloc(body->stmts, (n ? n : 1) * sizeof *body->stmts);
    for (const struct sc_stmt *t = list->first; t; t = t->next) {
        body->stmts[body->n++] = t;
    }
}

struct script_body ld_script_map_body(const struct script_map *m, const struct ld_osec *os)
{
    const struct script_layout *l = m->ld->layout;
    struct script_body body = {0};
    for (size_t i = 0; l && l->full && i < l->steps.n; i++) {
        const struct script_step *s = &l->steps.p[i];
        if (s->out && (s->os == os || (!s->os && str_eq(s->out->name, os->name)))) {
            add_body(&body, &s->out->body);
        }
    }
    return body;
}

void ld_script_map_before(const struct script_map *m, struct buf *b, struct script_body *body,
                          const struct ld_chunk *c)
{
    const struct sc_stmt *to = c ? statement_of(m, c) : NULL;
    size_t end = c ? body->next : body->n;
    if (c && (!to || to == body->last)) {
        return;
    }
    for (size_t i = body->next; to && i < body->n; i++) {
        if (body->stmts[i] == to) {
            end = i + 1;
            break;
        }
    }
    for (; body->next < end; body->next++) {
        if (body->stmts[body->next]->kind == SC_INPUT) {
            selection(b, &body->stmts[body->next]->in);
        }
    }
    body->last = to;
}

static void gap(const struct script_map *m, struct buf *b, const struct ld_chunk *c, uint64_t addr)
{
    const struct sl_mark *k = c->priv;
    buf_puts(b, " *fill*         ");
    ld_map_address(b, m->ld, addr);
    ld_map_size(b, c->size);
    buf_c(b, ' ');
    for (size_t i = 0; i < k->pattern.len; i++) {
        buf_printf(b, "%02x", (unsigned char)k->pattern.p[i]);
    }
    buf_c(b, '\n');
}

bool ld_script_map_inside(const struct script_map *m, struct buf *b, const struct ld_chunk *c, uint64_t addr)
{
    if (!sl_is_mark(c)) {
        return false;
    }
    const struct sl_mark *k = c->priv;
    const struct sc_stmt *s = k->stmt;
    switch (s->kind) {
    case SC_ASSIGN:
        assignment(m, b, s, k->value);
        if (c->size) {
            gap(m, b, c, addr);
        }
        break;
    case SC_ASSERT: assertion(m, b, s); break;
    case SC_DATA: data(m, b, s, addr, k->value); break;
    case SC_FILL: fill(b, s, k->value); break;
    case SC_ASCIZ:
        buf_fill(b, ' ', 16);
        ld_map_address(b, m->ld, addr);
        ld_map_size(b, c->size);
        buf_puts(b, " ASCIZ \"");
        buf_name(b, s->text, NAME_ESCAPE);
        buf_puts(b, "\"\n");
        break;
    case SC_OBJECT_SYMBOLS: buf_puts(b, " CREATE_OBJECT_SYMBOLS\n"); break;
    default: break;
    }
    return true;
}

/* Those that numbers alone do not settle are among the scripts as well. */
static bool is_defsym(const struct sc_stmt *t)
{
    return t->script && strcmp(t->script->path, "--defsym") == 0;
}

static void defsym(const struct script_map *m, struct buf *b, struct str text)
{
    size_t eq = str_find(text, '=');
    struct str name = str_head(text, eq), value = str_skip(text, eq + 1);
    struct script *s = ARENA_NEW(&m->ld->arena, struct script);
    const struct sx *e = script_parse_expr(s, view_of(value.p, value.len), "--defsym", &m->ld->arena, &m->ld->diag);
    uint32_t id = ld_lookup(m->ld, name);
    if (e && id != LD_NO_SYM) {
        buf_fill(b, ' ', 16);
        ld_map_address(b, m->ld, m->ld->tab.values[id]);
        buf_fill(b, ' ', 16);
        buf_name(b, name, NAME_ESCAPE);
        buf_puts(b, " = ");
        expression(b, m->ld, e, PLACE_DEPTH);
        buf_c(b, '\n');
    }
}

void ld_script_map_step(const struct script_map *m, struct buf *b, const struct script_step *s)
{
    const struct sc_stmt *t = s->stmt;
    if (s->os || !t || is_defsym(t)) {
        return;
    }
    if (t->kind == SC_ASSIGN) {
        assignment(m, b, t, s->value);
    } else if (t->kind == SC_ASSERT) {
        assertion(m, b, t);
    } else if (t->kind == SC_OUTPUT) { /* /DISCARD/, or what ONLY_IF_RO and ONLY_IF_RW leave out */
        struct script_body body = {0};
        buf_c(b, '\n');
        buf_name(b, t->out.name, NAME_ESCAPE);
        buf_c(b, '\n');
        add_body(&body, &t->out.body);
        ld_script_map_before(m, b, &body, NULL);
        free(body.stmts);
    }
}

void ld_script_map_assignments(const struct script_map *m, struct buf *b)
{
    const struct script_layout *l = m->ld->layout;
    for (size_t i = 0; i < m->ld->opt.defsym.n; i++) {
        defsym(m, b, str_c(m->ld->opt.defsym.p[i]));
    }
    for (const struct script *s = l && !l->full ? m->ld->script : NULL; s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            const struct sl_sym *y = t->kind == SC_ASSIGN ? sl_sym_of(l, t->assign.name) : NULL;
            if (is_defsym(t)) {
                continue;
            }
            if (y) {
                assignment(m, b, t, y->value.v);
            } else if (t->kind == SC_ASSERT) {
                assertion(m, b, t);
            }
        }
    }
}
