/* imports_ordinals.c - --ordinals: names of ordinals from files that the user has: the module definition
   file of a DLL, its import library (Visual C++ comes with MFC's, such as mfc140u.lib), or a list of
   lines "ORDINAL NAME" as collections of such names have it. */
#include <string.h>

#include "applets/imports.h"
#include "archive/def_file.h"

struct ordinal_file {
    struct imp_tables *t;
    const char *path;
    struct arena *a;
    struct diag *d;
    struct imp_lib *lib;
    bool good, text;
};

/* S with ".dll" unless it has an extension. */
static struct str dll_of(struct str s, struct arena *a)
{
    return str_find(s, '.') != SIZE_MAX ? s : str_c(arena_printf(a, "%.*s.dll", Q(s)));
}

/* The DLL that a file without a LIBRARY line is for: "x/mfc42.ord" is for mfc42.dll. */
static struct str dll_of_path(const char *path, struct arena *a)
{
    struct str s = str_basename(str_c(path));
    return dll_of(str_head(s, str_rfind(s, '.')), a);
}

static void add_def(struct ordinal_file *f, struct view bytes)
{
    struct def_file def = {.decimal = true};
    f->good = def_parse(bytes, f->path, f->d, &def);
    struct str dll = def.name.len ? dll_of(def.name, f->a) : dll_of_path(f->path, f->a);
    for (size_t i = 0; f->good && i < def.exports.n; i++) {
        const struct def_export *e = &def.exports.p[i];
        if (e->has_ordinal) {
            imp_tables_name(f->t, dll, e->ordinal, e->name, f->a);
        }
    }
    def_free(&def);
}

static struct str word(struct str *line)
{
    size_t n = 0, end;
    while (n < line->len && (line->p[n] == ' ' || line->p[n] == '\t' || line->p[n] == '\r')) {
        n++;
    }
    *line = str_skip(*line, n);
    for (end = 0; end < line->len && !strchr(" \t\r", line->p[end]); end++) {
    }
    struct str w = str_head(*line, end);
    *line = str_skip(*line, end);
    return w;
}

static void add_list(struct ordinal_file *f, struct str text)
{
    struct str dll = dll_of_path(f->path, f->a);
    for (unsigned n = 1; text.len; n++) {
        size_t nl = str_find(text, '\n');
        struct str line = str_head(text, nl);
        text = nl == SIZE_MAX ? (struct str){0} : str_skip(text, nl + 1);
        struct str number = word(&line), name = word(&line);
        uint64_t ordinal;
        if (!number.len || number.p[0] == '#' || number.p[0] == ';') {
            continue;
        }
        if (!str_u64(number, 10, &ordinal) || ordinal > 0xffff || !name.len || word(&line).len) {
            diag_error(f->d, "%s: line %u: not an ordinal and a name", f->path, n);
            f->good = false;
            return;
        }
        imp_tables_name(f->t, dll, (uint32_t)ordinal, name, f->a);
    }
}

/* A list begins with a number, a module definition file never does. */
static bool is_list(struct str text)
{
    struct str line = text;
    while (line.len && strchr(" \t\r\n", line.p[0])) {
        line = str_skip(line, 1);
    }
    return line.len && ((line.p[0] >= '0' && line.p[0] <= '9') || line.p[0] == '#');
}

static enum input_next on_item(void *ctx, const struct input_item *item)
{
    struct ordinal_file *f = ctx;
    if (item->event != INPUT_FILE) {
        return INPUT_CONTINUE;
    }
    if (obj_format_readable(item->format)) {
        struct object obj;
        if (obj_open(&obj, item->bytes, item->origin, f->d)) {
            imp_lib_add(f->lib, &obj, false);
        }
        obj_close(&obj);
    } else if (item->origin->kind == ORIGIN_FILE) {
        f->text = true;
        struct str text = {(const char *)item->bytes.p, (size_t)item->bytes.len};
        if (is_list(text)) {
            add_list(f, text);
        } else {
            add_def(f, item->bytes);
        }
    }
    return INPUT_CONTINUE;
}

static void add_library(struct ordinal_file *f)
{
    const struct imp_view *v = imp_lib_view(f->lib, f->d);
    uint32_t n = 0;
    for (uint32_t i = 0; v && i < v->n_imports; i++) {
        const struct import *im = &v->imports[i];
        struct str name = v->extra[i].symbol.len ? v->extra[i].symbol : im->name;
        if (im->by_ordinal && name.len && im->lib.len) {
            if (obj_leading_underscore(v->obj) && str_starts(name, S("_"))) {
                name = str_skip(name, 1);
            }
            imp_tables_name(f->t, im->lib, im->ordinal, name, f->a);
            n++;
        }
    }
    if (n == 0) {
        diag_warning(f->d, "%s: names no ordinals", f->path);
    }
}

bool imp_tables_add(struct imp_tables *t, const char *path, struct arena *a, struct diag *d)
{
    struct origin origin = {.name = str_c(path), .kind = ORIGIN_FILE};
    struct ordinal_file f = {.t = t, .path = path, .a = a, .d = d, .lib = imp_lib_new(&origin),
                             .good = true};
    bool read = input_walk(path, INPUT_NO_CONTAINERS, d, on_item, &f);
    if (read && !f.text) {
        add_library(&f);
    }
    imp_lib_free(f.lib);
    return read && f.good;
}
