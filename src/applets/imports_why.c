/* imports_why.c - --why: the shortest chain from an image to a library or a symbol, as text, JSON or a
   drawing. Each node's parent is on the shortest chain to it (imports_tree.c). */
#include "applets/imports_tree.h"

/* What brings a name in: the last library of the chain, and the import for a symbol. */
struct reason {
    uint32_t node;
    const struct import *symbol; /* NULL: a library was asked for */
};

typedef VEC(uint32_t) node_chain;

static bool names_node(const struct tree *t, const struct tree_node *n, struct str name)
{
    bool fold = t->nodes.p[0]->obj->format == OBJ_PE;
    struct str base = str_basename(n->name);
    return fold ? str_caseeq(n->name, name) || str_caseeq(base, name)
                : str_eq(n->name, name) || str_eq(base, name);
}

/* NAME may also be the API set by which somebody asks for the library. */
static bool find_library(const struct tree *t, struct str name, struct reason *r)
{
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        if (i > 0 && names_node(t, t->nodes.p[i], name)) {
            *r = (struct reason){i, NULL};
            return true;
        }
        for (size_t k = 0; k < t->nodes.p[i]->deps.n; k++) {
            const struct tree_dep *dep = &t->nodes.p[i]->deps.p[k];
            if (dep->api_set_host.len && str_caseeq(dep->asked, name)) {
                *r = (struct reason){dep->node, NULL};
                return true;
            }
        }
    }
    return false;
}

static bool find_symbol(const struct tree *t, struct str name, struct reason *r)
{
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *n = t->nodes.p[i];
        for (uint32_t k = 0; n->status == LIB_FOUND && k < n->obj->n_imports; k++) {
            if (str_eq(n->obj->imports[k].name, name)) {
                *r = (struct reason){i, &n->obj->imports[k]};
                return true;
            }
        }
    }
    return false;
}

static void text_chain(struct imp_out *out, struct tree *t, const node_chain *c,
                       const struct import *im)
{
    struct buf *b = out->b;
    unsigned level = 0;
    for (size_t k = c->n; k-- > 0; level++) {
        const struct tree_node *n = t->nodes.p[c->p[k]];
        tree_line_start(out, t);
        buf_fill(b, ' ', (size_t)level * 2);
        imp_name(b, n->name);
        if (level && n->path) {
            buf_puts(b, " => ");
            imp_name(b, str_c(n->path));
        } else if (n->status == LIB_MISSING) {
            buf_puts(b, " => not found");
        }
        buf_c(b, '\n');
    }
    if (!im) {
        return;
    }
    tree_line_start(out, t);
    buf_fill(b, ' ', (size_t)level * 2);
    imp_symbol(out, t->nodes.p[c->p[0]]->obj, im, '@');
    if (im->lib.len) {
        buf_puts(b, " from ");
        imp_name(b, im->lib);
    }
    buf_c(b, '\n');
}

/* "why": the chain, the image first; "symbol" and "library" when a symbol was asked for. */
static void json_chain(struct imp_out *out, struct tree *t, const node_chain *c,
                       const struct import *im)
{
    struct buf *b = out->b;
    const struct tree_node *root = t->nodes.p[0];
    imp_json_head(out, root->obj, &root->origin, obj_target_name(root->obj));
    buf_puts(b, ",\n   \"why\": [");
    for (size_t k = c->n; k-- > 0;) {
        const struct tree_node *n = t->nodes.p[c->p[k]];
        buf_puts(b, k + 1 < c->n ? ",\n    " : "\n    ");
        tree_json_node(b, n);
        buf_c(b, '}');
    }
    buf_c(b, ']');
    if (im) {
        buf_puts(b, ", \"symbol\": ");
        buf_json(b, im->name);
        buf_puts(b, ", \"library\": ");
        if (im->lib.len) {
            buf_json(b, im->lib);
        } else {
            buf_puts(b, "null");
        }
    }
    buf_c(b, '}');
}

static void dot_chain(struct imp_out *out, struct tree *t, const node_chain *c,
                      const struct import *im)
{
    struct buf *b = out->b;
    tree_dot_head(b, t);
    for (size_t k = c->n; k-- > 0;) {
        tree_dot_node(b, t, c->p[k]);
        if (k + 1 < c->n) {
            buf_printf(b, "  n%u -> n%u;\n", c->p[k + 1], c->p[k]);
        }
    }
    if (im) {
        buf_puts(b, "  s [shape=plain, label=");
        tree_dot_string(b, im->name);
        buf_printf(b, "];\n  n%u -> s;\n", c->p[0]);
    }
    buf_puts(b, "}\n");
}

bool tree_why(struct imp_out *out, struct tree *t, struct str name)
{
    struct reason r;
    if (!find_library(t, name, &r) && !find_symbol(t, name, &r)) {
        return false;
    }
    node_chain chain = {0};
    for (uint32_t i = r.node; i != UINT32_MAX; i = t->nodes.p[i]->parent) {
        vec_push(&chain, i);
    }
    if (out->o->format == FMT_JSON) {
        json_chain(out, t, &chain, r.symbol);
    } else if (out->o->format == FMT_DOT) {
        dot_chain(out, t, &chain, r.symbol);
    } else {
        text_chain(out, t, &chain, r.symbol);
    }
    vec_free(&chain);
    out->any = true;
    return true;
}
