/* imports_view.c - grouping imports by library, and the filters. */
#include <string.h>

#include "applets/imports.h"
#include "base/strmap.h"

static const char *const kind_names[] = {"normal", "delay", "bound", "clr",
                                         "undef",  "weak",  "lazy",  "ec"};
enum { N_KINDS = sizeof kind_names / sizeof *kind_names };

/* Bound references repeat what the import table says and module references of .NET metadata are
   names for the run-time library: both only on request. */
enum { DEFAULT_KINDS = ~(1 << IMPORT_BOUND | 1 << IMPORT_CLR) };

const char *imp_kind_name(unsigned kind)
{
    return kind < N_KINDS ? kind_names[kind] : "other";
}

bool imp_kind_parse(struct str s, unsigned *mask)
{
    if (str_is(s, "all")) {
        *mask = ~0u;
        return true;
    }
    for (unsigned i = 0; i < N_KINDS; i++) {
        if (str_is(s, kind_names[i])) {
            *mask |= 1u << i;
            return true;
        }
    }
    return false;
}

const char *imp_needed_name(const struct needed *n)
{
    if (n->kind == IMPORT_NORMAL || n->kind == IMPORT_UNDEF) {
        return n->reexport ? "reexport" : n->upward ? "upward" : "needed";
    }
    return imp_kind_name(n->kind);
}

const char *imp_lookup(const struct object *obj, const struct import *im)
{
    static const char *const names[] = {"self", "executable", "flat", "weak"};
    bool image = obj && obj->format == OBJ_MACHO && obj->type != OBJ_TYPE_RELOCATABLE;
    if (!image || im->lib.len || im->lib_ordinal > 0 || im->lib_ordinal < -3) {
        return NULL;
    }
    return names[-im->lib_ordinal];
}

static bool kind_passes(const struct imp_opts *o, unsigned kind)
{
    return (o->kinds ? o->kinds : (unsigned)DEFAULT_KINDS) >> kind & 1;
}

bool imp_lib_passes(const struct imp_opts *o, const struct object *obj, const struct imp_group *g)
{
    bool windows = obj && obj->format != OBJ_ELF && obj->format != OBJ_MACHO; /* names of DLLs have no case */
    if (o->lib_glob && !(windows ? str_glob_fold : str_glob)(str_c(o->lib_glob), g->lib)) {
        return false;
    }
    return !g->needed || g->n != 0 || kind_passes(o, g->needed->kind);
}

bool imp_passes(const struct imp_opts *o, const struct import *im)
{
    if (!kind_passes(o, im->kind)) {
        return false;
    }
    struct str name = im->name.len || !o->symbol_glob ? im->name : known_name(o, im);
    return !o->symbol_glob || (name.len && str_glob(str_c(o->symbol_glob), name));
}

/* PE readers give each library the range of its imports. True if those ranges, in order, are all
   there is: nothing needs to be sorted. */
static bool ranges_cover(const struct imp_view *v)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < v->n_needed; i++) {
        const struct needed *n = &v->needed[i];
        if (n->n == 0) {
            continue;
        }
        if (n->first != at || n->n > v->n_imports - at) {
            return false;
        }
        at += n->n;
    }
    return at == v->n_imports;
}

static void add_group(struct imp_view *v, struct str lib, const struct needed *n)
{
    v->groups[v->n_groups++] = (struct imp_group){.lib = lib, .needed = n};
}

/* The group of each import: by the range of its library where there is one, else by name. */
static void assign_groups(struct imp_view *v, uint32_t *group_of)
{
    struct strmap by_name = {0};
    memset(group_of, 0xff, v->n_imports * sizeof *group_of);
    for (uint32_t g = 0; g < v->n_needed; g++) {
        const struct needed *n = &v->needed[g];
        strmap_put(&by_name, n->name, g, NULL);
        for (uint32_t i = n->first; i < v->n_imports && i - n->first < n->n; i++) {
            group_of[i] = g;
        }
    }
    for (uint32_t i = 0; i < v->n_imports; i++) {
        if (group_of[i] == UINT32_MAX) {
            bool added;
            uint32_t *cell = strmap_put(&by_name, v->imports[i].lib, v->n_groups, &added);
            group_of[i] = *cell;
            if (added) {
                add_group(v, v->imports[i].lib, NULL);
            }
        }
    }
    strmap_free(&by_name);
}

void imp_view_group(struct imp_view *v, struct arena *a)
{
    /* At worst every import names a library of its own. */
    bool ranges = ranges_cover(v);
    v->groups = ARENA_ARRAY(a, struct imp_group, v->n_needed + (ranges ? 0 : v->n_imports));
    for (uint32_t i = 0; i < v->n_needed; i++) {
        add_group(v, v->needed[i].name, &v->needed[i]);
        v->groups[i].first = v->needed[i].first;
        v->groups[i].n = v->needed[i].n;
    }
    if (ranges) {
        return;
    }
    uint32_t *group_of = ARENA_ARRAY(a, uint32_t, v->n_imports);
    uint32_t *order = ARENA_ARRAY(a, uint32_t, v->n_imports);
    assign_groups(v, group_of);
    for (uint32_t g = 0; g < v->n_groups; g++) {
        v->groups[g].n = 0;
    }
    for (uint32_t i = 0; i < v->n_imports; i++) {
        v->groups[group_of[i]].n++;
    }
    uint32_t at = 0;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        v->groups[g].first = at;
        at += v->groups[g].n;
        v->groups[g].n = 0;
    }
    for (uint32_t i = 0; i < v->n_imports; i++) {
        struct imp_group *g = &v->groups[group_of[i]];
        order[g->first + g->n++] = i;
    }
    v->order = order;
}
