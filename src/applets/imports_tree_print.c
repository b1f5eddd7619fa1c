/* imports_tree_print.c - prints the graph: as a tree for people, as rows, as JSON, for Graphviz. */
#include <stdlib.h>

#include "applets/imports_tree.h"

static const char *status_word(const struct tree_node *n)
{
    switch (n->status) {
    case LIB_FOUND: return "found";
    case LIB_SYSTEM: return "system";
    case LIB_STUB: return "stub";
    case LIB_MISSING: return n->optional ? "optional" : "missing";
    }
    return "missing";
}

/* The dependency by which the parent asks for node IDX: its own wording of the name. */
static const struct tree_dep *dep_of(const struct tree *t, uint32_t idx)
{
    const struct tree_node *n = t->nodes.p[idx];
    if (n->parent == UINT32_MAX) {
        return NULL;
    }
    const struct tree_node *p = t->nodes.p[n->parent];
    for (size_t i = 0; i < p->deps.n; i++) {
        if (p->deps.p[i].node == idx) {
            return &p->deps.p[i];
        }
    }
    return NULL;
}

/* First child and next sibling of each node: the order of the nodes is that of asking. */
struct family {
    uint32_t *child, *next;
};

static struct family make_family(struct tree *t)
{
    size_t n = t->nodes.n;
    struct family f = {ARENA_ARRAY(&t->arena, uint32_t, n), ARENA_ARRAY(&t->arena, uint32_t, n)};
    for (uint32_t i = (uint32_t)n; i-- > 1;) {
        uint32_t p = t->nodes.p[i]->parent;
        f.next[i] = f.child[p];
        f.child[p] = i;
    }
    return f;
}

/* The next node in depth-first order, and its depth; 0 at the end. */
static uint32_t next_node(const struct tree *t, const struct family *f, uint32_t i, unsigned *depth)
{
    if (f->child[i]) {
        ++*depth;
        return f->child[i];
    }
    while (i && !f->next[i]) {
        i = t->nodes.p[i]->parent;
        --*depth;
    }
    return i ? f->next[i] : 0;
}

static void print_where(struct buf *b, const struct tree_node *n, const struct imp_opts *o)
{
    switch (n->status) {
    case LIB_FOUND:
        buf_puts(b, " => ");
        imp_name(b, str_c(n->path));
        break;
    case LIB_SYSTEM: buf_puts(b, " (system)"); break;
    case LIB_STUB: buf_puts(b, " (stub)"); break;
    case LIB_MISSING:
        buf_puts(b, o->color ? " => \033[1;31mnot found\033[0m" : " => not found");
        buf_puts(b, n->optional ? " (optional)" : "");
        break;
    }
}

static void print_gnu_node(struct imp_out *out, struct tree *t, uint32_t i, unsigned depth)
{
    struct buf *b = out->b;
    const struct tree_node *n = t->nodes.p[i];
    const struct tree_dep *dep = dep_of(t, i);
    buf_fill(b, ' ', (size_t)depth * 4);
    imp_name(b, dep ? dep->asked : n->name);
    if (dep && dep->api_set_host.len) {
        buf_puts(b, " => ");
        imp_name(b, dep->api_set_host);
    }
    if (dep && dep->kind == IMPORT_DELAY) {
        buf_puts(b, " (delay)");
    }
    print_where(b, n, out->o);
    buf_c(b, '\n');
}

/* NAME, PATH or -, STATUS, depth, who asks. */
static void print_row(struct imp_out *out, struct tree *t, uint32_t i, unsigned depth,
                      struct str file)
{
    struct buf *b = out->b;
    const struct tree_node *n = t->nodes.p[i];
    const struct tree_dep *dep = dep_of(t, i);
    if (out->o->file_names) {
        buf_str(b, file);
        buf_c(b, '\t');
    }
    imp_name(b, dep ? dep->asked : n->name);
    buf_c(b, '\t');
    imp_name(b, n->path ? str_c(n->path) : S("-"));
    buf_c(b, '\t');
    buf_puts(b, status_word(n));
    buf_c(b, '\t');
    buf_dec(b, depth, 0);
    buf_c(b, '\t');
    imp_name(b, t->nodes.p[n->parent]->name);
    buf_c(b, '\n');
}

void tree_print(struct imp_out *out, struct tree *t)
{
    struct buf *b = out->b;
    struct family f = make_family(t);
    struct str file = imp_origin(out, &t->nodes.p[0]->origin);
    bool table = out->o->format == FMT_GNU;
    if (table && !out->o->file_names) {
        buf_str(b, file);
        buf_puts(b, ": ");
        buf_puts(b, obj_target_name(t->nodes.p[0]->obj));
        buf_c(b, '\n');
    }
    unsigned depth = 0;
    for (uint32_t i = 0; (i = next_node(t, &f, i, &depth)) != 0;) {
        if (!table) {
            print_row(out, t, i, depth, file);
            continue;
        }
        if (out->o->file_names) {
            buf_str(b, file);
            buf_puts(b, ": ");
        }
        print_gnu_node(out, t, i, depth);
    }
    out->any = true;
}

void tree_json_node(struct buf *b, const struct tree_node *n)
{
    buf_puts(b, "{\"name\": ");
    buf_json(b, n->name);
    buf_puts(b, ", \"status\": \"");
    buf_puts(b, status_word(n));
    buf_puts(b, "\", \"path\": ");
    if (n->path) {
        buf_json(b, str_c(n->path));
    } else {
        buf_puts(b, "null");
    }
}

void tree_print_json(struct imp_out *out, struct tree *t)
{
    struct buf *b = out->b;
    imp_json_head(out, t->nodes.p[0]->obj, &t->nodes.p[0]->origin,
                  obj_target_name(t->nodes.p[0]->obj));
    buf_puts(b, ",\n   \"tree\": [");
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *n = t->nodes.p[i];
        buf_puts(b, i ? ",\n    " : "\n    ");
        tree_json_node(b, n);
        buf_puts(b, ", \"needs\": [");
        for (size_t k = 0; k < n->deps.n; k++) {
            const struct tree_dep *dep = &n->deps.p[k];
            buf_puts(b, k ? ", {\"name\": " : "{\"name\": ");
            buf_json(b, dep->asked);
            buf_puts(b, ", \"node\": ");
            buf_dec(b, dep->node, 0);
            if (dep->api_set_host.len) {
                buf_puts(b, ", \"host\": ");
                buf_json(b, dep->api_set_host);
            }
            if (dep->kind == IMPORT_DELAY || dep->kind == IMPORT_WEAK) {
                buf_puts(b, dep->kind == IMPORT_DELAY ? ", \"kind\": \"delay\""
                                                      : ", \"kind\": \"weak\"");
            }
            buf_c(b, '}');
        }
        buf_puts(b, "]}");
    }
    buf_c(b, ']');
    out->any = true;
}

void tree_dot_string(struct buf *b, struct str s)
{
    struct buf name = {0};
    imp_name(&name, s);
    buf_c(b, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\') {
            buf_c(b, '\\');
        }
        buf_c(b, name.p[i]);
    }
    buf_c(b, '"');
    buf_free(&name);
}

void tree_dot_head(struct buf *b, const struct tree *t)
{
    buf_puts(b, "digraph ");
    tree_dot_string(b, str_basename(t->nodes.p[0]->name));
    buf_puts(b, " {\n  node [shape=box];\n");
}

void tree_dot_node(struct buf *b, const struct tree *t, uint32_t i)
{
    const struct tree_node *n = t->nodes.p[i];
    buf_puts(b, "  n");
    buf_dec(b, i, 0);
    buf_puts(b, " [label=");
    tree_dot_string(b, str_basename(n->name));
    if (n->status == LIB_MISSING) {
        buf_puts(b, ", color=red, style=dashed");
    } else if (n->status != LIB_FOUND) {
        buf_puts(b, ", color=gray");
    }
    buf_puts(b, "];\n");
}

void tree_print_dot(struct imp_out *out, struct tree *t)
{
    struct buf *b = out->b;
    tree_dot_head(b, t);
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        tree_dot_node(b, t, i);
    }
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        for (size_t k = 0; k < t->nodes.p[i]->deps.n; k++) {
            const struct tree_dep *dep = &t->nodes.p[i]->deps.p[k];
            buf_printf(b, "  n%u -> n%u", i, dep->node);
            if (dep->api_set_host.len) {
                buf_puts(b, " [label=");
                tree_dot_string(b, dep->asked);
                buf_c(b, ']');
            } else if (dep->kind == IMPORT_DELAY || dep->kind == IMPORT_WEAK) {
                buf_puts(b, " [style=dashed]");
            }
            buf_puts(b, ";\n");
        }
    }
    buf_puts(b, "}\n");
    out->any = true;
}
