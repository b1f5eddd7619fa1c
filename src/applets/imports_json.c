/* imports_json.c - the JSON of imports. The schema is in the man page; version 1:

     {"objkit_imports": 1, "files": [FILE...]}
     FILE: {"file", "format", "type", "machine", "bits", "soname"?, "interpreter"?, "rpath"?,
            "runpath"?, "libraries": [LIBRARY...]}
     LIBRARY: {"name": string or null, "kind", "symbols": [SYMBOL...]}
     SYMBOL: {"name": string or null, "kind", "ordinal"?, "hint"?, "version"?, "slot"?, "lookup"?, "symbol"?}

   Written directly: a JSON library would cost more to load than all the work of a small run. */
#include "applets/imports.h"
#include "base/demangle.h"

static void put_null_or(struct buf *b, struct str s)
{
    if (s.len) {
        buf_json(b, s);
    } else {
        buf_puts(b, "null");
    }
}

void imp_json_strings(struct buf *b, const char *key, const struct str *s, uint32_t n)
{
    if (n == 0) {
        return;
    }
    buf_puts(b, ", \"");
    buf_puts(b, key);
    buf_puts(b, "\": [");
    for (uint32_t i = 0; i < n; i++) {
        buf_puts(b, i ? ", " : "");
        buf_json(b, s[i]);
    }
    buf_c(b, ']');
}

void imp_json_head(struct imp_out *out, const struct object *obj, const struct origin *origin,
                   const char *target)
{
    static const char *const types[] = {
        [OBJ_TYPE_OTHER] = "other",         [OBJ_TYPE_RELOCATABLE] = "object",
        [OBJ_TYPE_EXECUTABLE] = "program",  [OBJ_TYPE_SHARED] = "library",
        [OBJ_TYPE_CORE] = "core",           [OBJ_TYPE_IMPORT] = "import library",
        [OBJ_TYPE_DEBUG] = "debug"};
    struct buf *b = out->b;
    if (out->any) {
        buf_puts(b, ",\n");
    }
    struct buf name = {0};
    origin_print(&name, origin);
    buf_puts(b, "  {\"file\": ");
    buf_json(b, (struct str){name.p, name.n});
    buf_free(&name);
    buf_puts(b, ", \"format\": ");
    buf_json(b, str_c(target));
    buf_puts(b, ", \"type\": ");
    buf_json(b, str_c(types[obj->type]));
    buf_puts(b, ", \"machine\": ");
    buf_json(b, str_c(machine_info(obj->machine)->name));
    buf_puts(b, ", \"bits\": ");
    buf_puts(b, obj->is64 ? "64" : "32");
    if (obj->soname.len) {
        buf_puts(b, ", \"soname\": ");
        buf_json(b, obj->soname);
    }
    if (obj->interp.len) {
        buf_puts(b, ", \"interpreter\": ");
        buf_json(b, obj->interp);
    }
    imp_json_strings(b, "rpath", obj->rpaths, obj->n_rpaths);
    imp_json_strings(b, "runpath", obj->runpaths, obj->n_runpaths);
}

static void json_symbol(struct imp_out *out, const struct imp_view *v, const struct import *im)
{
    struct buf *b = out->b;
    buf_puts(b, "{\"name\": ");
    put_null_or(b, im->name);
    buf_puts(b, ", \"kind\": \"");
    buf_puts(b, imp_kind_name(im->kind));
    buf_c(b, '"');
    struct buf plain = {0};
    if (out->o->demangle && demangle(&plain, im->name, obj_leading_underscore(v->obj))) {
        buf_puts(b, ", \"demangled\": ");
        buf_json(b, (struct str){plain.p, plain.n});
    }
    buf_free(&plain);
    if (im->by_ordinal) {
        buf_puts(b, ", \"ordinal\": ");
        buf_dec(b, im->ordinal, 0);
        struct str known = known_name(out->o, im);
        if (known.len) {
            buf_puts(b, ", \"known_as\": ");
            buf_json(b, known);
        }
    } else if (im->name.len &&
               (im->kind == IMPORT_NORMAL || im->kind == IMPORT_DELAY || im->kind == IMPORT_EC)) {
        buf_puts(b, ", \"hint\": ");
        buf_dec(b, im->hint, 0);
    }
    if (im->version.len) {
        buf_puts(b, ", \"version\": ");
        buf_json(b, im->version);
    }
    if (im->slot) {
        buf_puts(b, ", \"slot\": ");
        buf_dec(b, im->slot, 0);
    }
    const char *lookup = imp_lookup(v->obj, im);
    if (lookup) {
        buf_printf(b, ", \"lookup\": \"%s\"", lookup);
    }
    const struct imp_extra *x = v->extra ? &v->extra[im - v->imports] : NULL;
    if (x && x->symbol.len) {
        buf_puts(b, ", \"symbol\": ");
        buf_json(b, x->symbol);
    }
    if (x && x->data) {
        buf_puts(b, ", \"data\": true");
    }
    buf_c(b, '}');
}

static void json_group(struct imp_out *out, const struct imp_view *v, const struct imp_group *g)
{
    struct buf *b = out->b;
    buf_puts(b, "{\"name\": ");
    put_null_or(b, g->lib);
    buf_puts(b, ", \"kind\": \"");
    buf_puts(b, g->needed ? imp_needed_name(g->needed) : "undef");
    buf_c(b, '"');
    if (g->needed && v->obj->format == OBJ_MACHO) {
        buf_printf(b, ", \"current_version\": %u, \"compatibility_version\": %u",
                   g->needed->current_version, g->needed->compat_version);
    }
    buf_puts(b, ", \"symbols\": [");
    const char *sep = "\n      ";
    for (uint32_t k = 0; !out->o->libs_only && k < g->n; k++) {
        const struct import *im = imp_view_at(v, g->first + k);
        if (imp_passes(out->o, im)) {
            buf_puts(b, sep);
            json_symbol(out, v, im);
            sep = ",\n      ";
        }
    }
    buf_puts(b, "]}");
}

static bool group_shown(const struct imp_out *out, const struct imp_view *v,
                        const struct imp_group *g)
{
    const struct imp_opts *o = out->o;
    if (!imp_lib_passes(o, v->obj, g) || (o->unused && g->n) || (o->libs_only && !g->lib.len)) {
        return false;
    }
    for (uint32_t k = 0; k < g->n; k++) {
        if (imp_passes(o, imp_view_at(v, g->first + k))) {
            return true;
        }
    }
    return g->n == 0 && !o->symbols_only && !o->symbol_glob;
}

void imp_print_json(struct imp_out *out, const struct imp_view *v)
{
    struct buf *b = out->b;
    imp_json_head(out, v->obj, v->origin, v->target);
    buf_puts(b, ",\n   \"libraries\": [");
    const char *sep = "\n    ";
    for (uint32_t i = 0; i < v->n_groups; i++) {
        if (group_shown(out, v, &v->groups[i])) {
            buf_puts(b, sep);
            json_group(out, v, &v->groups[i]);
            sep = ",\n    ";
        }
    }
    buf_puts(b, "]}");
}
