/* imports_lib.c - the members of an archive seen as one: for an import library, DLLs and what they
   are asked for; for a static library, the symbols that no member of it defines. */
#include <stdlib.h>

#include "applets/imports.h"
#include "base/strmap.h"
#include "obj/implib.h"

struct imp_lib {
    struct arena arena;
    struct object rep; /* stands for the members: format, machine, type */
    struct imp_view view;
    bool any;
    struct strmap dlls; /* name -> index of needed; case does not count */
    VEC(struct needed) needed;
    VEC(struct import) imports;
    VEC(struct imp_extra) extra;
    VEC(struct str) links;      /* parallel to imports: the head of a long entry, or empty */
    struct strmap heads, tails; /* symbol -> index into the next two */
    VEC(struct str) head_links, tail_dlls;
    struct strmap defined;
    struct strmap undefined;    /* value: is it weak everywhere? */
};

struct imp_lib *imp_lib_new(const struct origin *origin)
{
    struct imp_lib *l = xcalloc(1, sizeof *l);
    l->view.origin = origin;
    l->dlls.fold_case = true;
    return l;
}

void imp_lib_free(struct imp_lib *l)
{
    if (!l) {
        return;
    }
    struct strmap *maps[] = {&l->dlls, &l->heads, &l->tails, &l->defined, &l->undefined};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        strmap_free(maps[i]);
    }
    vec_free(&l->needed);
    vec_free(&l->imports);
    vec_free(&l->extra);
    vec_free(&l->links);
    vec_free(&l->head_links);
    vec_free(&l->tail_dlls);
    arena_free(&l->arena);
    free(l);
}

static bool is_undefined(const struct symbol *s)
{
    return s->sec == SEC_UNDEF && s->name.len && s->binding != BIND_LOCAL && s->type != SYM_FILE &&
           s->type != SYM_SECTION && s->type != SYM_DEBUG;
}

bool imp_undefined(struct object *obj, struct arena *a, struct import **out, uint32_t *n)
{
    bool ok = obj_load_symbols(obj);
    *n = 0;
    *out = ARENA_ARRAY(a, struct import, obj->n_symbols);
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (is_undefined(s)) {
            bool weak = s->binding != BIND_GLOBAL || s->flags & SYMF_WEAK_REF;
            (*out)[(*n)++] =
                (struct import){.name = s->name, .kind = weak ? IMPORT_WEAK : IMPORT_UNDEF};
        }
    }
    return ok;
}

static struct str kept(struct imp_lib *l, struct str s, bool keep)
{
    return keep || !s.len ? s : arena_str(&l->arena, s);
}

static void add_import(struct imp_lib *l, struct import im, struct imp_extra x, struct str link)
{
    vec_push(&l->imports, im);
    vec_push(&l->extra, x);
    vec_push(&l->links, link);
}

/* The one spelling of DLL NAME that this library uses. */
static struct str dll_name(struct imp_lib *l, struct str name)
{
    bool added;
    uint32_t *cell = strmap_put(&l->dlls, name, (uint32_t)l->needed.n, &added);
    if (added) {
        vec_push(&l->needed, (struct needed){.name = name, .kind = IMPORT_NORMAL});
    }
    return l->needed.p[*cell].name;
}

/* The name a program uses for what a short import object gives: its symbol without __imp_. */
static void short_symbol(const struct object *obj, struct imp_extra *x)
{
    x->data = true;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        struct str s = obj->symbols[i].name;
        if (str_starts(s, S("__imp_"))) {
            x->symbol = x->symbol.len ? x->symbol : str_skip(s, 6);
        } else if (s.len && !str_starts(s, S("__nm_"))) {
            x->symbol = s;
            x->data = false;
        }
    }
}

/* What an entry of an import library defines is no undefined symbol of the other members. */
static void add_defined(struct imp_lib *l, const struct object *obj, bool keep)
{
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec != SEC_UNDEF && s->binding != BIND_LOCAL && s->name.len &&
            strmap_get(&l->defined, s->name) == STRMAP_NONE) {
            strmap_put(&l->defined, kept(l, s->name, keep), 0, NULL);
        }
    }
}

static void add_short(struct imp_lib *l, struct object *obj, bool keep)
{
    if (!obj_load_imports(obj) || !obj_load_symbols(obj)) {
        return;
    }
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        struct import im = obj->imports[i];
        struct imp_extra x = {0};
        short_symbol(obj, &x);
        x.symbol = str_eq(x.symbol, im.name) ? (struct str){0} : kept(l, x.symbol, false);
        im.name = kept(l, im.name, keep);
        im.lib = kept(l, im.lib, keep);
        im.lib = dll_name(l, im.lib);
        add_import(l, im, x, (struct str){0});
    }
    add_defined(l, obj, false); /* the reader made __imp_NAME */
}

static bool add_long(struct imp_lib *l, struct object *obj, bool keep)
{
    struct implib_member m;
    implib_classify(obj, &m);
    struct str defines = kept(l, m.defines, keep);
    switch (m.part) {
    case IMPLIB_NONE: return false;
    case IMPLIB_HEAD:
        strmap_put(&l->heads, defines, (uint32_t)l->head_links.n, NULL);
        vec_push(&l->head_links, m.dll.len ? defines : kept(l, m.link, keep));
        if (m.dll.len) {
            strmap_put(&l->tails, defines, (uint32_t)l->tail_dlls.n, NULL);
            vec_push(&l->tail_dlls, kept(l, m.dll, keep));
        }
        break;
    case IMPLIB_TAIL:
        strmap_put(&l->tails, defines, (uint32_t)l->tail_dlls.n, NULL);
        vec_push(&l->tail_dlls, kept(l, m.dll, keep));
        break;
    case IMPLIB_ENTRY: {
        struct import im = {.name = kept(l, m.name, keep), .ordinal = m.ordinal, .hint = m.hint,
                            .by_ordinal = m.by_ordinal, .kind = IMPORT_NORMAL};
        struct imp_extra x = {.data = m.data};
        if (!str_eq(m.symbol, m.name)) {
            x.symbol = kept(l, m.symbol, keep);
        }
        add_import(l, im, x, kept(l, m.link, keep));
        add_defined(l, obj, keep);
        break;
    }
    }
    return true;
}

static void add_plain(struct imp_lib *l, struct object *obj, bool keep)
{
    obj_load_symbols(obj);
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->binding == BIND_LOCAL || !s->name.len) {
            continue;
        }
        struct strmap *map = s->sec == SEC_UNDEF ? &l->undefined : &l->defined;
        if (s->sec == SEC_UNDEF && !is_undefined(s)) {
            continue;
        }
        bool weak = s->binding != BIND_GLOBAL || s->flags & SYMF_WEAK_REF;
        if (strmap_get(map, s->name) == STRMAP_NONE) {
            strmap_put(map, kept(l, s->name, keep), weak, NULL);
        } else if (!weak) {
            *strmap_put(map, s->name, 0, NULL) = 0;
        }
    }
}

bool imp_lib_add(struct imp_lib *l, struct object *obj, bool keep)
{
    if (obj->type != OBJ_TYPE_RELOCATABLE && obj->type != OBJ_TYPE_IMPORT) {
        return false;
    }
    if (!l->any) {
        l->any = true;
        l->rep = (struct object){.format = obj->format, .type = OBJ_TYPE_RELOCATABLE,
                                 .machine = obj->machine, .is64 = obj->is64};
        l->view.target = obj_target_name(obj);
    }
    if (obj->type == OBJ_TYPE_IMPORT) {
        l->rep.type = OBJ_TYPE_IMPORT;
        add_short(l, obj, keep);
    } else if ((obj->format == OBJ_COFF || obj->format == OBJ_BIGOBJ) && add_long(l, obj, keep)) {
        l->rep.type = OBJ_TYPE_IMPORT;
    } else {
        add_plain(l, obj, keep);
    }
    return true;
}

/* Follows entry -> head -> tail for the DLL of each long entry. */
static void join_long(struct imp_lib *l, struct diag *d)
{
    for (size_t i = 0; i < l->imports.n; i++) {
        struct str link = l->links.p[i];
        if (!link.len) {
            continue;
        }
        uint32_t head = strmap_get(&l->heads, link), tail = STRMAP_NONE;
        if (head != STRMAP_NONE) {
            tail = strmap_get(&l->tails, l->head_links.p[head]);
        }
        if (tail == STRMAP_NONE) {
            diag_warn_at(d, DIAG_NO_OFFSET, "no member names the DLL behind '%.*s'", Q(link));
        } else {
            l->imports.p[i].lib = dll_name(l, l->tail_dlls.p[tail]);
        }
    }
}

/* Descriptor symbols tie the members of an import library together: they are not imports. */
static void add_undefined(struct imp_lib *l)
{
    for (uint32_t i = 0; i < l->undefined.n; i++) {
        struct strmap_entry *e = &l->undefined.entries[i];
        if (strmap_get(&l->defined, e->key) == STRMAP_NONE &&
            strmap_get(&l->heads, e->key) == STRMAP_NONE &&
            strmap_get(&l->tails, e->key) == STRMAP_NONE) {
            struct import im = {.name = e->key, .kind = e->value ? IMPORT_WEAK : IMPORT_UNDEF};
            add_import(l, im, (struct imp_extra){0}, (struct str){0});
        }
    }
}

const struct imp_view *imp_lib_view(struct imp_lib *l, struct diag *d)
{
    if (!l->any) {
        return NULL;
    }
    join_long(l, d);
    add_undefined(l);
    l->view.obj = &l->rep;
    l->view.needed = l->needed.p;
    l->view.n_needed = (uint32_t)l->needed.n;
    l->view.imports = l->imports.p;
    l->view.n_imports = (uint32_t)l->imports.n;
    l->view.extra = l->extra.p;
    imp_view_group(&l->view, &l->arena);
    return &l->view;
}
