/* imports_tree.c - builds the graph of libraries below an image, breadth first.

   Files stay open until the tree is freed: names are views into them, and --check asks for their
   exports later. Each library is one node, however many ask for it, so cycles end by themselves. */
#include "applets/imports_tree.h"
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

/* A root that asks for more libraries than this, directly or not, is a bomb. */
enum { MAX_NODES = 20000 };

/* One node being looked for. */
struct seek {
    struct tree *t;
    struct tree_node *node;
    struct tree_node *asking;
    bool weak;
};

static char *dir_of(struct arena *a, const char *path)
{
    if (!path) {
        return NULL;
    }
    size_t n = path_dir_len(str_c(path)), drive = path_drive(str_c(path));
    if (n == 0) {
        return arena_strdup(a, S("."));
    }
    n -= n > drive + 1; /* the separator, unless it is the root */
    return arena_strdup(a, (struct str){path, n});
}

static uint32_t add_node(struct tree *t, struct str name, uint32_t parent)
{
    struct tree_node *n = ARENA_NEW(&t->arena, struct tree_node);
    n->name = name;
    n->parent = parent;
    n->status = LIB_MISSING;
    n->file.fd = -1;
    n->obj = &n->own_obj;
    vec_push(&t->nodes, n);
    return (uint32_t)t->nodes.n - 1;
}

/* Can an image of this kind be loaded into the root's process? */
static bool fits(const struct object *root, const struct object *obj)
{
    if (obj->format != root->format) {
        return false;
    }
    if (obj->format == OBJ_PE && (obj->is_pe_hybrid || obj->is_clr)) {
        return true; /* hybrids serve two machines; managed code may serve all */
    }
    return obj->machine == root->machine && obj->is64 == root->is64 &&
           obj->big_endian == root->big_endian;
}

/* The slice of a universal file that the root's machine can use; the bytes themselves otherwise. */
static struct view slice_for(struct seek *k, struct view bytes)
{
    struct fat_slice *slices;
    uint32_t n;
    const struct object *root = k->t->nodes.p[0]->obj;
    if (obj_detect(bytes) != OBJ_FAT || !fat_read(bytes, &k->node->fat, k->t->d, &slices, &n)) {
        return bytes;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (machine_from_macho(slices[i].cputype) == root->machine) {
            return slices[i].bytes;
        }
    }
    return bytes;
}

static void drop_file(struct tree_node *n)
{
    obj_close(n->obj);
    arena_free(&n->fat);
    file_close(&n->file);
}

/* search_try: opens the candidate and keeps it if it can be loaded. */
static bool accept(void *ctx, const char *path)
{
    struct seek *k = ctx;
    struct tree_node *n = k->node;
    int err = file_open(&n->file, path, 0);
    if (err) {
        diag_errno(k->t->d, path, err);
        return false;
    }
    n->path = arena_strdup(&k->t->arena, str_c(path));
    n->origin = (struct origin){.name = str_c(n->path), .kind = ORIGIN_FILE};
    k->t->d->origin = &n->origin;
    n->own_obj = (struct object){0};
    struct view bytes = slice_for(k, n->file.data);
    enum obj_format f = obj_detect(bytes);
    const struct object *root = k->t->nodes.p[0]->obj;
    if (f != root->format) {
        diag_report(k->t->d, SEV_NOTE, &n->origin, DIAG_NO_OFFSET, "skipped: %s",
                    obj_format_text(f));
    } else if (obj_open(n->obj, bytes, &n->origin, k->t->d)) {
        if (fits(root, n->obj)) {
            n->dir = dir_of(&k->t->arena, n->path);
            return true;
        }
        diag_report(k->t->d, SEV_NOTE, &n->origin, DIAG_NO_OFFSET, "skipped: it is for %s",
                    obj_target_name(n->obj));
    }
    drop_file(n);
    n->path = NULL;
    return false;
}

/* A file that is already in the tree under another name (a link, another path). */
static uint32_t same_file(const struct tree *t, const struct tree_node *n)
{
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        const struct tree_node *m = t->nodes.p[i];
        if (m != n && m->path && file_same(&m->file.st, &n->file.st) && m->file.file_len) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* The node of what ASKING wants as NAME: known already, or looked for now. */
static uint32_t resolve(struct tree *t, uint32_t asking, struct str name, struct str *host)
{
    struct tree_node *from = t->nodes.p[asking];
    struct str key = search_key(t->search, from, name, host);
    uint32_t known = strmap_get(&t->by_name, key);
    if (known != STRMAP_NONE) {
        return known;
    }
    uint32_t idx = add_node(t, key, asking);
    struct tree_node *n = t->nodes.p[idx];
    struct seek k = {.t = t, .node = n, .asking = from};
    n->status = search_find(t->search, from, name, host, accept, &k);
    if (n->status == LIB_FOUND) {
        uint32_t other = same_file(t, n);
        if (other != UINT32_MAX) {
            drop_file(n);
            t->nodes.n--;
            idx = other;
        }
    }
    *strmap_put(&t->by_name, key, idx, NULL) = idx;
    n = t->nodes.p[idx];
    if (n->status == LIB_FOUND && n->obj->format == OBJ_ELF && obj_load_imports(n->obj) &&
        n->obj->soname.len) {
        strmap_put(&t->by_name, n->obj->soname, idx, NULL); /* ld.so compares sonames too */
    }
    return idx;
}

static bool is_weak(uint8_t kind)
{
    return kind == IMPORT_WEAK;
}

static void add_dep(struct tree *t, uint32_t asking, const struct needed *want)
{
    struct tree_node *from = t->nodes.p[asking];
    bool added;
    strmap_put(&from->dep_index, want->name, (uint32_t)from->deps.n, &added);
    if (!added) {
        return;
    }
    if (t->nodes.n >= MAX_NODES) {
        diag_bad(t->d, DIAG_NO_OFFSET, "needs more than %d libraries, the limit", (int)MAX_NODES);
        return;
    }
    struct str host;
    size_t before = t->nodes.n;
    uint32_t to = resolve(t, asking, want->name, &host);
    struct tree_node *n = t->nodes.p[to];
    n->optional = is_weak(want->kind) && (n->optional || t->nodes.n > before);
    vec_push(&from->deps, (struct tree_dep){.asked = want->name, .api_set_host = host, .node = to,
                                            .kind = want->kind});
}

/* Libraries of kinds that --kind leaves out are not followed. */
static void expand_node(struct tree *t, uint32_t idx)
{
    struct tree_node *n = t->nodes.p[idx];
    if (n->status != LIB_FOUND) {
        return;
    }
    t->d->origin = &n->origin;
    obj_load_imports(n->obj);
    for (uint32_t i = 0; i < n->obj->n_needed; i++) {
        struct imp_group g = {.lib = n->obj->needed[i].name, .needed = &n->obj->needed[i]};
        struct imp_opts kinds_only = {.kinds = t->o->kinds};
        if (g.lib.len && imp_lib_passes(&kinds_only, n->obj, &g)) {
            add_dep(t, idx, &n->obj->needed[i]);
        }
    }
}

void tree_build(struct tree *t, const struct imp_opts *o, struct object *root, const char *path,
                struct diag *d)
{
    *t = (struct tree){.o = o, .d = d};
    t->by_name.fold_case = root->format == OBJ_PE;
    t->search = search_new(o, t);
    uint32_t idx = add_node(t, str_c(path ? path : "-"), UINT32_MAX);
    struct tree_node *n = t->nodes.p[idx];
    n->path = path ? arena_strdup(&t->arena, str_c(path)) : NULL;
    n->dir = dir_of(&t->arena, path);
    n->status = LIB_FOUND;
    n->obj = root; /* borrowed: tree_free does not close it */
    n->origin = *root->origin;
    if (path && stat(path, &n->file.st) == 0) {
        n->file.file_len = (uint64_t)n->file.st.st_size; /* for same_file */
    }
    if (root->format == OBJ_ELF && obj_load_imports(root) && root->soname.len) {
        strmap_put(&t->by_name, root->soname, idx, NULL);
    }
    for (uint32_t i = 0; i < t->nodes.n; i++) {
        expand_node(t, i);
    }
}

void tree_free(struct tree *t)
{
    for (size_t i = 0; i < t->nodes.n; i++) {
        struct tree_node *n = t->nodes.p[i];
        if (i > 0 && n->status == LIB_FOUND) {
            drop_file(n);
        }
        strmap_free(&n->exports);
        strmap_free(&n->dep_index);
        free(n->next_export);
        free(n->by_ordinal);
        vec_free(&n->deps);
    }
    search_free(t->search);
    vec_free(&t->nodes);
    strmap_free(&t->by_name);
    arena_free(&t->arena);
}

struct tree_node *tree_lib_of(struct tree *t, struct tree_node *node, struct str lib)
{
    uint32_t i = strmap_get(&node->dep_index, lib);
    return i < node->deps.n ? t->nodes.p[node->deps.p[i].node] : NULL;
}

struct tree_node *tree_resolve(struct tree *t, uint32_t asking, struct str name)
{
    struct str host;
    return t->nodes.n < MAX_NODES ? t->nodes.p[resolve(t, asking, name, &host)] : NULL;
}
