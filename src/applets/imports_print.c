/* imports_print.c - the text formats of imports. JSON is imports_json.c. */
#include <string.h>

#include "applets/imports.h"
#include "base/demangle.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

void imp_name(struct buf *b, struct str s)
{
    buf_name(b, s, NAME_ASCII);
}

struct str imp_origin(struct imp_out *out, const struct origin *o)
{
    struct buf raw = {0};
    origin_print(&raw, o);
    out->scratch.n = 0;
    imp_name(&out->scratch, (struct str){raw.p, raw.n});
    buf_free(&raw);
    return (struct str){out->scratch.p, out->scratch.n};
}

static void put_ordinal(struct imp_out *out, const struct import *im)
{
    struct str known = known_name(out->o, im);
    if (known.len) {
        buf_str(out->b, known);
    } else {
        buf_c(out->b, '#');
        buf_dec(out->b, im->ordinal, 0);
    }
}

void imp_symbol(struct imp_out *out, const struct object *obj, const struct import *im,
                char version_mark)
{
    struct buf *b = out->b;
    if (im->by_ordinal) {
        put_ordinal(out, im);
        return;
    }
    struct buf plain = {0};
    if (out->o->demangle && demangle(&plain, im->name, obj && obj_leading_underscore(obj))) {
        imp_name(b, (struct str){plain.p, plain.n});
    } else {
        imp_name(b, im->name);
    }
    buf_free(&plain);
    if (im->version.len) {
        buf_c(b, version_mark);
        imp_name(b, im->version);
    }
}

/* ---- gnu: the table ------------------------------------------------------------------------- */

static void line_start(struct imp_out *out, struct str file)
{
    if (out->o->file_names) {
        buf_str(out->b, file);
        buf_puts(out->b, ": ");
    }
}

static void put_version(struct buf *b, uint32_t v)
{
    buf_dec(b, v >> 16, 0);
    buf_c(b, '.');
    buf_dec(b, v >> 8 & 0xff, 0);
    buf_c(b, '.');
    buf_dec(b, v & 0xff, 0);
}

static void gnu_lib(struct imp_out *out, const struct imp_view *v, const struct imp_group *g)
{
    struct buf *b = out->b;
    if (out->o->color) {
        buf_puts(b, BOLD);
    }
    if (g->lib.len) {
        imp_name(b, g->lib);
    } else {
        bool linked = v->obj->type != OBJ_TYPE_RELOCATABLE && v->obj->type != OBJ_TYPE_IMPORT;
        buf_puts(b, linked ? "(any library)" : "(undefined)");
    }
    if (out->o->color) {
        buf_puts(b, PLAIN);
    }
    const struct needed *n = g->needed;
    if (n && n->kind != IMPORT_NORMAL && n->kind != IMPORT_UNDEF) {
        buf_puts(b, " (");
        buf_puts(b, imp_kind_name(n->kind));
        buf_c(b, ')');
    }
    if (n && (n->reexport || n->upward)) {
        buf_puts(b, n->reexport ? " (reexport)" : " (upward)");
    }
    if (n && out->o->libs_only && v->obj->format == OBJ_MACHO) {
        buf_puts(b, " (compatibility version ");
        put_version(b, n->compat_version);
        buf_puts(b, ", current version ");
        put_version(b, n->current_version);
        buf_c(b, ')');
    }
    buf_c(b, '\n');
}

/* Right-aligned in six columns: the hint, or the ordinal with its mark. */
static void gnu_number(struct buf *b, const struct import *im)
{
    uint32_t x = im->by_ordinal ? im->ordinal : im->hint;
    unsigned digits = 1;
    for (uint32_t t = x; t >= 10; t /= 10) {
        digits++;
    }
    digits += im->by_ordinal;
    buf_fill(b, ' ', digits < 6 ? 6 - digits : 1);
    if (im->by_ordinal) {
        buf_c(b, '#');
    }
    buf_dec(b, x, 0);
}

static void gnu_import(struct imp_out *out, const struct imp_view *v, const struct imp_group *g,
                       uint32_t i)
{
    struct buf *b = out->b;
    const struct import *im = imp_view_at(v, i);
    const struct imp_extra *x = v->extra ? &v->extra[im - v->imports] : NULL;
    if (im->kind == IMPORT_NORMAL || im->kind == IMPORT_DELAY || im->kind == IMPORT_EC) {
        gnu_number(b, im);
    }
    if (im->by_ordinal) {
        struct str known = known_name(out->o, im);
        buf_puts(b, known.len ? "  " : "");
        buf_str(b, known);
    } else {
        buf_puts(b, "  ");
        imp_symbol(out, v->obj, im, '@');
    }
    if (x && x->symbol.len) {
        buf_puts(b, "  as ");
        imp_name(b, x->symbol);
    }
    if (x && x->data) {
        buf_puts(b, " (data)");
    }
    const char *lookup = imp_lookup(v->obj, im);
    if (lookup && im->lib_ordinal != -2) { /* flat lookups stand below "(any library)" */
        buf_printf(b, " (%s)", lookup);
    }
    unsigned usual = g->needed && g->needed->kind != IMPORT_WEAK ? g->needed->kind : IMPORT_NORMAL;
    if (im->kind != usual && im->kind != IMPORT_NORMAL && im->kind != IMPORT_UNDEF) {
        buf_puts(b, " (");
        buf_puts(b, imp_kind_name(im->kind));
        buf_c(b, ')');
    }
    buf_c(b, '\n');
}

static void gnu_paths(struct imp_out *out, const struct object *obj, struct str file)
{
    struct buf *b = out->b;
    if (obj->interp.len) {
        line_start(out, file);
        buf_puts(b, "interpreter ");
        imp_name(b, obj->interp);
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < obj->n_rpaths; i++) {
        line_start(out, file);
        buf_puts(b, "rpath ");
        imp_name(b, obj->rpaths[i]);
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < obj->n_runpaths; i++) {
        line_start(out, file);
        buf_puts(b, "runpath ");
        imp_name(b, obj->runpaths[i]);
        buf_c(b, '\n');
    }
}

static void print_gnu(struct imp_out *out, const struct imp_view *v)
{
    const struct imp_opts *o = out->o;
    struct buf *b = out->b;
    struct str file = imp_origin(out, v->origin);
    if (!o->file_names) {
        buf_str(b, file);
        buf_puts(b, ": ");
        buf_puts(b, v->target);
        buf_c(b, '\n');
    }
    if (o->paths) {
        gnu_paths(out, v->obj, file);
    }
    for (uint32_t i = 0; i < v->n_groups; i++) {
        const struct imp_group *g = &v->groups[i];
        if (!imp_lib_passes(o, v->obj, g) || (o->unused && g->n) || (o->libs_only && !g->lib.len)) {
            continue;
        }
        bool headed = false;
        if (g->n == 0 ? !o->symbols_only && !o->symbol_glob : o->libs_only) {
            line_start(out, file);
            if (o->libs_only && !o->file_names) {
                buf_c(b, '\t');
            }
            gnu_lib(out, v, g);
            continue;
        }
        for (uint32_t k = 0; k < g->n; k++) {
            if (!imp_passes(o, imp_view_at(v, g->first + k))) {
                continue;
            }
            if (!headed && !o->symbols_only) {
                line_start(out, file);
                gnu_lib(out, v, g);
            }
            headed = true;
            line_start(out, file);
            gnu_import(out, v, g, g->first + k);
        }
    }
}

/* ---- one line per import -------------------------------------------------------------------- */

static void put_lib(struct buf *b, struct str lib)
{
    if (lib.len) {
        imp_name(b, lib);
    } else {
        buf_c(b, '-');
    }
}

/* LIBRARY NAME KIND, with the file before under -A and the architecture behind in universal
   files. */
static void tsv_line(struct imp_out *out, const struct imp_view *v, struct str file, struct str lib,
                     const struct import *im, const char *kind)
{
    struct buf *b = out->b;
    if (out->o->file_names) {
        buf_str(b, file);
        buf_c(b, '\t');
    }
    put_lib(b, lib);
    buf_c(b, '\t');
    if (im && (im->by_ordinal || im->name.len)) {
        imp_symbol(out, v->obj, im, '@');
    } else {
        buf_c(b, '-');
    }
    buf_c(b, '\t');
    buf_puts(b, kind);
    for (const struct origin *o = v->origin; o; o = o->parent) {
        if (o->kind == ORIGIN_SLICE) {
            buf_c(b, '\t');
            imp_name(b, o->name);
            break;
        }
    }
    buf_c(b, '\n');
}

static void posix_line(struct imp_out *out, const struct imp_view *v, struct str file,
                       struct str lib, const struct import *im, const char *kind)
{
    struct buf *b = out->b;
    buf_str(b, file);
    buf_puts(b, ": ");
    if (im && (im->by_ordinal || im->name.len)) {
        imp_symbol(out, v->obj, im, '@');
    } else {
        buf_c(b, '-');
    }
    buf_c(b, ' ');
    put_lib(b, lib);
    buf_c(b, ' ');
    buf_puts(b, kind);
    if (im && !im->by_ordinal && im->name.len && v->obj->format == OBJ_PE) {
        buf_c(b, ' ');
        buf_dec(b, im->hint, 0);
    }
    buf_c(b, '\n');
}

static void plain_line(struct imp_out *out, const struct imp_view *v, struct str file,
                       struct str lib, const struct import *im, const char *kind)
{
    (void)kind;
    struct buf *b = out->b;
    line_start(out, file);
    if (im && (im->by_ordinal || im->name.len)) {
        imp_symbol(out, v->obj, im, '@');
    } else {
        buf_c(b, '-');
    }
    buf_c(b, ':');
    put_lib(b, lib);
    buf_c(b, '\n');
}

/* Columns as nm --format=sysv has them: name, library, kind, hint or ordinal, slot. */
static void sysv_line(struct imp_out *out, const struct imp_view *v, struct str file,
                      struct str lib, const struct import *im, const char *kind)
{
    struct buf *b = out->b;
    line_start(out, file);
    size_t from = b->n;
    if (im && (im->by_ordinal || im->name.len)) {
        imp_symbol(out, v->obj, im, '@');
    } else {
        buf_c(b, '-');
    }
    buf_fill(b, ' ', b->n - from < 32 ? 32 - (b->n - from) : 0);
    buf_c(b, '|');
    from = b->n;
    put_lib(b, lib);
    buf_fill(b, ' ', b->n - from < 24 ? 24 - (b->n - from) : 0);
    buf_printf(b, "|%-6s|", kind);
    if (im && v->obj->format == OBJ_PE) {
        buf_printf(b, "%6u|", im->by_ordinal ? im->ordinal : im->hint);
    } else {
        buf_puts(b, "      |");
    }
    if (im && im->slot) {
        buf_hex(b, im->slot, v->obj->is64 ? 16 : 8);
    }
    buf_c(b, '\n');
}

/* A word that a cgo directive can hold. Source: cmd/cgo's checkImportSymName. */
static bool cgo_word(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\'' || c == '`' || c == ';') {
            return false;
        }
    }
    return s.len > 0;
}

/* What `cgo -dynimport` prints: ELF names carry #VERSION; Mach-O names lose their underscore and
   name no library; PE names lose a stdcall suffix on the Go side, DLL names are in lower case. */
static void cgo_line(struct imp_out *out, const struct imp_view *v, struct str file, struct str lib,
                     const struct import *im, const char *kind)
{
    (void)file;
    (void)kind;
    struct buf *b = out->b;
    if (!im || im->by_ordinal || !cgo_word(im->name)) {
        return; /* libraries follow behind the symbols */
    }
    struct str name = im->name;
    if (v->obj->format == OBJ_MACHO && str_starts(name, S("_"))) {
        name = str_skip(name, 1);
    }
    buf_puts(b, "//go:cgo_import_dynamic ");
    buf_str(b, v->obj->format == OBJ_PE ? str_head(name, str_find(name, '@')) : name);
    buf_c(b, ' ');
    buf_str(b, name);
    if (im->version.len) {
        buf_c(b, '#');
        imp_name(b, im->version);
    }
    buf_puts(b, " \"");
    for (size_t i = 0; v->obj->format != OBJ_MACHO && i < lib.len; i++) {
        char c = lib.p[i];
        c = v->obj->format == OBJ_PE && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        imp_name(b, (struct str){&c, 1});
    }
    buf_puts(b, "\"\n");
}

typedef void (*line_fn)(struct imp_out *, const struct imp_view *, struct str, struct str,
                        const struct import *, const char *);

static void print_lines(struct imp_out *out, const struct imp_view *v, line_fn line)
{
    const struct imp_opts *o = out->o;
    struct str file = imp_origin(out, v->origin);
    /* PE tables and import libraries name each library with its symbols; ELF and Mach-O have a list
       of their own. */
    bool lib_lines = v->obj->format != OBJ_PE && v->obj->type != OBJ_TYPE_IMPORT;
    for (uint32_t i = 0; i < v->n_groups; i++) {
        const struct imp_group *g = &v->groups[i];
        if (!imp_lib_passes(o, v->obj, g) || (o->unused && g->n) || (o->libs_only && !g->lib.len)) {
            continue;
        }
        if (g->needed && !o->symbols_only && !o->symbol_glob &&
            (lib_lines || g->n == 0 || o->libs_only)) {
            line(out, v, file, g->lib, NULL, imp_needed_name(g->needed));
        }
        for (uint32_t k = 0; !o->libs_only && k < g->n; k++) {
            const struct import *im = imp_view_at(v, g->first + k);
            if (imp_passes(o, im)) {
                line(out, v, file, g->lib, im, imp_kind_name(im->kind));
            }
        }
    }
}

static void print_cgo(struct imp_out *out, const struct imp_view *v)
{
    if (v->obj->interp.len && v->obj->format == OBJ_ELF) {
        buf_puts(out->b, "//go:cgo_dynamic_linker \"");
        imp_name(out->b, v->obj->interp);
        buf_puts(out->b, "\"\n");
    }
    print_lines(out, v, cgo_line);
    for (uint32_t i = 0; i < v->n_groups && v->obj->format != OBJ_PE; i++) {
        const struct imp_group *g = &v->groups[i];
        if (g->needed && !out->o->symbols_only && imp_lib_passes(out->o, v->obj, g)) {
            buf_puts(out->b, "//go:cgo_import_dynamic _ _ \"");
            imp_name(out->b, g->lib);
            buf_puts(out->b, "\"\n");
        }
    }
}

void imp_print(struct imp_out *out, const struct imp_view *v)
{
    switch (out->o->format) {
    case FMT_GNU: print_gnu(out, v); break;
    case FMT_POSIX: print_lines(out, v, posix_line); break;
    case FMT_TSV: print_lines(out, v, tsv_line); break;
    case FMT_JSON: imp_print_json(out, v); break;
    case FMT_CGO: print_cgo(out, v); break;
    case FMT_SYSV: {
        struct str file = imp_origin(out, v->origin);
        buf_puts(out->b, "\n\nImports of ");
        buf_str(out->b, file);
        buf_puts(out->b, ":\n\nName                            |Library                 |Kind  "
                         "|Hint  |Slot\n\n");
        print_lines(out, v, sysv_line);
        break;
    }
    case FMT_PLAIN: print_lines(out, v, plain_line); break;
    case FMT_DOT: break; /* only trees are drawn */
    }
    out->any = true;
}

/* ---- exports -------------------------------------------------------------------------------- */

static void export_name(struct imp_out *out, const struct object *obj, const struct export *e)
{
    struct import im = {.name = e->name, .ordinal = e->ordinal, .by_ordinal = e->name.len == 0};
    imp_symbol(out, obj, &im, '@');
    if (e->version.len) {
        buf_puts(out->b, e->is_default ? "@@" : "@");
        imp_name(out->b, e->version);
    }
}

static const char *export_kind(const struct export *e)
{
    return e->forward.len ? "forward" : e->weak ? "weak" : e->is_data ? "data" : "export";
}

/* tsv: name, ordinal, address, kind, forward target. */
static void export_fields(struct imp_out *out, const struct object *obj, const struct export *e,
                          char sep)
{
    struct buf *b = out->b;
    export_name(out, obj, e);
    buf_c(b, sep);
    if (obj->format == OBJ_PE) {
        buf_dec(b, e->ordinal, 0);
    } else {
        buf_c(b, '-');
    }
    buf_c(b, sep);
    buf_hex(b, e->addr, obj->format == OBJ_PE || !obj->is64 ? 8 : 16);
    buf_c(b, sep);
    buf_puts(b, export_kind(e));
    buf_c(b, sep);
    put_lib(b, e->forward);
    buf_c(b, '\n');
}

static void export_gnu(struct imp_out *out, const struct object *obj, const struct export *e)
{
    struct buf *b = out->b;
    if (obj->format == OBJ_PE) {
        buf_printf(b, "%6u  %08llx  ", e->ordinal, (unsigned long long)e->addr);
    } else {
        buf_puts(b, "  ");
        buf_hex(b, e->addr, obj->is64 ? 16 : 8);
        buf_puts(b, "  ");
    }
    export_name(out, obj, e);
    if (e->forward.len) {
        buf_puts(b, " -> ");
        imp_name(b, e->forward);
    } else if (e->weak || e->is_data) {
        buf_puts(b, e->weak ? " (weak)" : " (data)");
    }
    buf_c(b, '\n');
}

static void exports_json(struct imp_out *out, const struct object *obj)
{
    struct buf *b = out->b;
    imp_json_head(out, obj, obj->origin, obj_target_name(obj));
    buf_puts(b, ",\n   \"exports\": [");
    const char *sep = "\n    {\"name\": ";
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        const struct export *e = &obj->exports[i];
        if (out->o->symbol_glob && !str_glob(str_c(out->o->symbol_glob), e->name)) {
            continue;
        }
        buf_puts(b, sep);
        sep = ",\n    {\"name\": ";
        if (e->name.len) {
            buf_json(b, e->name);
        } else {
            buf_puts(b, "null");
        }
        if (obj->format == OBJ_PE) {
            buf_puts(b, ", \"ordinal\": ");
            buf_dec(b, e->ordinal, 0);
        }
        if (e->version.len) {
            buf_puts(b, ", \"version\": ");
            buf_json(b, e->version);
            buf_puts(b, e->is_default ? ", \"default\": true" : ", \"default\": false");
        }
        buf_puts(b, ", \"address\": ");
        buf_dec(b, e->addr, 0);
        buf_puts(b, ", \"kind\": \"");
        buf_puts(b, export_kind(e));
        buf_c(b, '"');
        if (e->forward.len) {
            buf_puts(b, ", \"forward\": ");
            buf_json(b, e->forward);
        }
        buf_c(b, '}');
    }
    buf_puts(b, "]}");
}

void imp_print_exports(struct imp_out *out, struct object *obj)
{
    struct buf *b = out->b;
    const struct imp_opts *o = out->o;
    if (o->format == FMT_JSON) {
        exports_json(out, obj);
        out->any = true;
        return;
    }
    struct str file = imp_origin(out, obj->origin);
    if (o->format == FMT_GNU && !o->file_names) {
        buf_str(b, file);
        buf_puts(b, ": ");
        buf_puts(b, obj_target_name(obj));
        if (obj->soname.len) {
            buf_puts(b, ", exports of ");
            imp_name(b, obj->soname);
        }
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        const struct export *e = &obj->exports[i];
        if (o->symbol_glob && !str_glob(str_c(o->symbol_glob), e->name)) {
            continue;
        }
        if (o->format == FMT_GNU) {
            line_start(out, file);
            export_gnu(out, obj, e);
        } else if (o->format == FMT_POSIX) {
            buf_str(b, file);
            buf_puts(b, ": ");
            export_fields(out, obj, e, ' ');
        } else if (o->format == FMT_PLAIN) {
            line_start(out, file);
            export_name(out, obj, e);
            buf_c(b, '\n');
        } else {
            if (o->file_names) {
                buf_str(b, file);
                buf_c(b, '\t');
            }
            export_fields(out, obj, e, '\t');
        }
    }
    out->any = true;
}
