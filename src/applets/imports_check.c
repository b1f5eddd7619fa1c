/* imports_check.c - questions to the graph: what is missing, what do libraries lack. */
#include <stdlib.h>
#include <string.h>

#include "applets/imports_tree.h"

/* A forwarder may forward; Windows stops at a cycle only by running out of stack. */
enum { FORWARD_DEPTH = 32 };

static uint32_t index_of(const struct tree *t, const struct tree_node *n)
{
    uint32_t i = 0;
    while (i < t->nodes.n && t->nodes.p[i] != n) {
        i++;
    }
    return i;
}

void tree_line_start(struct imp_out *out, struct tree *t)
{
    if (out->o->file_names) {
        buf_str(out->b, imp_origin(out, &t->nodes.p[0]->origin));
        buf_puts(out->b, out->o->format == FMT_TSV ? "\t" : ": ");
    }
}

/* JSON and dot show the whole tree, the missing ones marked. */
static bool lists(const struct imp_out *out)
{
    return out->o->format != FMT_JSON && out->o->format != FMT_DOT;
}

/* ---- missing -------------------------------------------------------------------------------- */

uint64_t tree_missing(struct imp_out *out, struct tree *t)
{
    uint64_t n_missing = 0;
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *n = t->nodes.p[i];
        if (n->status != LIB_MISSING || n->optional) {
            continue;
        }
        n_missing++;
        if (!lists(out)) {
            continue;
        }
        tree_line_start(out, t);
        imp_name(out->b, n->name);
        if (out->o->format == FMT_TSV) {
            buf_c(out->b, '\t');
            imp_name(out->b, t->nodes.p[n->parent]->name);
        }
        buf_c(out->b, '\n');
    }
    return n_missing;
}

/* ---- exports of a library ------------------------------------------------------------------- */

static void index_exports(struct tree_node *n)
{
    n->exports_ready = true;
    obj_load_exports(n->obj);
    n->next_export = xcalloc(n->obj->n_exports + 1, sizeof *n->next_export);
    n->by_ordinal = n->obj->format == OBJ_PE ? xcalloc(65536, sizeof *n->by_ordinal) : NULL;
    for (uint32_t i = n->obj->n_exports; i-- > 0;) {
        const struct export *e = &n->obj->exports[i];
        if (n->by_ordinal && e->ordinal < 65536) {
            n->by_ordinal[e->ordinal] = i + 1;
        }
        if (e->name.len) {
            uint32_t *cell = strmap_put(&n->exports, e->name, STRMAP_NONE, NULL);
            n->next_export[i] = *cell;
            *cell = i;
        }
    }
}

/* "NTDLL.RtlAllocateHeap", "foo.#12": follows a forwarder of NODE. */
static int follow_forward(struct tree *t, struct tree_node *node, struct str forward,
                          unsigned depth)
{
    size_t dot = str_rfind(forward, '.');
    if (dot == SIZE_MAX || dot == 0 || depth > FORWARD_DEPTH) {
        return 0;
    }
    struct str dll = str_head(forward, dot), name = str_skip(forward, dot + 1);
    char *file = arena_printf(&t->arena, "%.*s.dll", Q(dll));
    struct tree_node *to = tree_resolve(t, index_of(t, node), str_c(file));
    struct import im = {.name = name};
    uint64_t ordinal;
    if (str_starts(name, S("#")) && str_u64(str_skip(name, 1), 10, &ordinal) && ordinal < 65536) {
        im = (struct import){.by_ordinal = true, .ordinal = (uint32_t)ordinal};
    }
    return to ? tree_exports(t, to, &im, depth + 1) : -1;
}

static int exported(struct tree *t, struct tree_node *node, uint32_t idx, unsigned depth)
{
    const struct export *e = &node->obj->exports[idx];
    if (node->obj->format == OBJ_PE && e->forward.len) {
        return follow_forward(t, node, e->forward, depth);
    }
    return 1;
}

/* Mach-O: what NODE re-exports counts as its own. */
static int reexported(struct tree *t, struct tree_node *node, const struct import *im,
                      unsigned depth)
{
    int result = 0;
    for (uint32_t i = 0; i < node->obj->n_needed && depth < FORWARD_DEPTH; i++) {
        const struct needed *n = &node->obj->needed[i];
        struct tree_node *to = n->reexport ? tree_lib_of(t, node, n->name) : NULL;
        int r = to ? tree_exports(t, to, im, depth + 1) : 0;
        if (r > 0) {
            return 1;
        }
        result = r < 0 ? -1 : result;
    }
    return result;
}

int tree_exports(struct tree *t, struct tree_node *node, const struct import *im, unsigned depth)
{
    if (node->status != LIB_FOUND) {
        return -1;
    }
    if (!node->exports_ready) {
        index_exports(node);
    }
    if (node->obj->failed & LOADED_EXPORTS) {
        return -1;
    }
    if (im->by_ordinal) {
        uint32_t i = node->by_ordinal && im->ordinal < 65536 ? node->by_ordinal[im->ordinal] : 0;
        return i ? exported(t, node, i - 1, depth) : 0;
    }
    for (uint32_t i = strmap_get(&node->exports, im->name); i != STRMAP_NONE;
         i = node->next_export[i]) {
        const struct export *e = &node->obj->exports[i];
        if (!im->version.len || !e->version.len || str_eq(im->version, e->version)) {
            return exported(t, node, i, depth);
        }
    }
    return node->obj->format == OBJ_MACHO ? reexported(t, node, im, depth) : 0;
}

/* ---- check ---------------------------------------------------------------------------------- */

/* Any image of the tree may define it: ELF's global scope, flat Mach-O lookups. */
static int anywhere(struct tree *t, const struct import *im)
{
    int result = 0;
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        int r = tree_exports(t, t->nodes.p[i], im, 0);
        if (r > 0) {
            return 1;
        }
        result = r < 0 ? -1 : result;
    }
    return result;
}

/* 1 there, 0 not there, -1 cannot be told. */
static int check_import(struct tree *t, struct tree_node *n, const struct import *im,
                        struct tree_node **lib)
{
    *lib = im->lib.len ? tree_lib_of(t, n, im->lib) : NULL;
    if (im->kind == IMPORT_WEAK || im->kind == IMPORT_CLR || im->kind == IMPORT_BOUND ||
        (!im->by_ordinal && !im->name.len)) {
        return -1;
    }
    if (n->obj->format == OBJ_PE) {
        return *lib ? tree_exports(t, *lib, im, 0) : -1;
    }
    if (*lib && (*lib)->status != LIB_FOUND) {
        return -1;
    }
    int r = *lib ? tree_exports(t, *lib, im, 0) : 0;
    bool flat = n->obj->format == OBJ_ELF || !im->lib.len;
    return r == 0 && flat ? anywhere(t, im) : r;
}

static void report_lack(struct imp_out *out, struct tree *t, struct tree_node *n,
                        const struct import *im, const struct tree_node *lib)
{
    struct buf *b = out->b;
    tree_line_start(out, t);
    char sep = out->o->format == FMT_TSV ? '\t' : ' ';
    imp_name(b, n->name);
    buf_puts(b, sep == ' ' ? ": " : "\t");
    imp_symbol(out, n->obj, im, '@');
    buf_puts(b, sep == ' ' ? " is not in " : "\t");
    imp_name(b, lib ? lib->name : im->lib.len ? im->lib : S("any library"));
    if (lib && lib->path && sep == ' ') {
        buf_puts(b, " (");
        imp_name(b, str_c(lib->path));
        buf_c(b, ')');
    }
    buf_c(b, '\n');
}

/* {"by", "library", "name" or "ordinal", "version"?} */
static void json_lack(struct buf *b, const struct tree_node *n, const struct import *im,
                      const struct tree_node *lib)
{
    buf_puts(b, "{\"by\": ");
    buf_json(b, n->name);
    buf_puts(b, ", \"library\": ");
    if (lib || im->lib.len) {
        buf_json(b, lib ? lib->name : im->lib);
    } else {
        buf_puts(b, "null");
    }
    if (im->by_ordinal) {
        buf_puts(b, ", \"ordinal\": ");
        buf_dec(b, im->ordinal, 0);
    } else {
        buf_puts(b, ", \"name\": ");
        buf_json(b, im->name);
    }
    if (im->version.len) {
        buf_puts(b, ", \"version\": ");
        buf_json(b, im->version);
    }
    buf_c(b, '}');
}

uint64_t tree_check(struct imp_out *out, struct tree *t)
{
    uint64_t findings = tree_missing(out, t);
    const char *sep = "\n    ";
    bool json = out->o->format == FMT_JSON;
    buf_puts(out->b, json ? ",\n   \"lacking\": [" : "");
    size_t n_nodes = t->nodes.n; /* forwarders may add libraries; theirs are not asked for */
    for (uint32_t i = 0; i < n_nodes; i++) {
        struct tree_node *n = t->nodes.p[i];
        for (uint32_t k = 0; n->status == LIB_FOUND && k < n->obj->n_imports; k++) {
            struct tree_node *lib;
            const struct import *im = &n->obj->imports[k];
            if (!imp_passes(out->o, im) || check_import(t, n, im, &lib) != 0) {
                continue;
            }
            findings++;
            if (json) {
                buf_puts(out->b, sep);
                json_lack(out->b, n, im, lib);
                sep = ",\n    ";
            } else if (lists(out)) {
                report_lack(out, t, n, im, lib);
            }
        }
    }
    buf_puts(out->b, json ? "]" : "");
    return findings;
}
