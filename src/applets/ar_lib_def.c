/* ar_lib_def.c - lib /def:X.def: an import library in Microsoft's format from a module definition file.

   Names of a .def file are C's: on x86 the symbols that programs refer to have an underscore more,
   unless the name is decorated already (stdcall's and fastcall's "@", C++'s "?"). */
#include "applets/ar_extras.h"

#include "archive/def_file.h"
#include "archive/implib_write.h"
#include "obj/ec_name.h"

static bool is_decorated(struct str s)
{
    return s.p[0] == '?' || str_find(s, '@') != SIZE_MAX;
}

static struct implib_export export_of(const struct def_export *d, enum machine m, size_t hint, struct arena *a)
{
    struct implib_export e = {.symbol = d->name, .name = d->real_name.len ? d->real_name : d->name,
                              .ordinal = d->ordinal, .noname = d->noname, .data = d->data,
                              .hint = (uint16_t)(d->has_ordinal ? d->ordinal : hint)};
    if (m == MACH_I386 && !is_decorated(d->name)) {
        e.symbol = str_c(arena_printf(a, "_%.*s", (int)d->name.len, d->name.p));
    }
    return e;
}

/* The DLL's name: /name, LIBRARY, or the library's own. */
static struct str dll_name(const struct lib_def *l, const struct def_file *def, struct arena *a)
{
    struct str s = l->dll ? str_c(l->dll) : def->name;
    if (!s.len) {
        s = str_basename(str_c(l->out));
        s = str_head(s, str_rfind(s, '.'));
    }
    return str_find(s, '.') != SIZE_MAX ? s : str_c(arena_printf(a, "%.*s.dll", (int)s.len, s.p));
}

typedef VEC(struct implib_export) export_list;

/* As ARM64EC code sees E: a function's symbol has the mark, the DLL exports it without. */
static bool make_ec(struct ar_app *app, struct implib_export *e)
{
    e->ec = true;
    if (e->data) {
        return true;
    }
    bool renamed = !str_eq(e->name, e->symbol);
    struct str plain = ec_plain_name(e->symbol, &app->arena);
    if (!ec_marked_name(e->symbol, &app->arena, &e->symbol)) {
        return diag_error(&app->d, "%.*s: where $$h belongs in this name must be said: write it into the .def file",
                          Q(e->symbol));
    }
    e->name = renamed ? e->name : plain;
    return true;
}

static bool add_exports(struct ar_app *app, export_list *list, const struct def_file *def, enum machine m, bool ec)
{
    bool good = true;
    for (size_t i = 0; i < def->exports.n; i++) {
        const struct def_export *d = &def->exports.p[i];
        if (!d->is_private) {
            struct implib_export e = export_of(d, m, i, &app->arena);
            good = (!ec || make_ec(app, &e)) && good;
            vec_push(list, e);
        }
    }
    return good;
}

/* NATIVE: NULL unless there are two views. */
static bool write_library(struct ar_app *app, const struct lib_def *l, const struct def_file *def,
                          const struct def_file *native)
{
    export_list exports = {0};
    bool ec = l->machine == MACH_ARM64EC || l->machine == MACH_ARM64X;
    enum machine m = ec ? MACH_ARM64 : l->machine;
    bool good = add_exports(app, &exports, def, m, ec) && (!native || add_exports(app, &exports, native, m, false));
    struct implib_spec spec = {.machine = (uint32_t)machine_info(m)->coff,
                               .dll = dll_name(l, def, &app->arena), .format = IMPLIB_FORMAT_SHORT,
                               .exports = exports.p, .n_exports = exports.n};
    good = good && implib_save(&spec, l->out, app->pool, &app->d);
    vec_free(&exports);
    return good;
}

/* Reads the file at PATH; its strings are in F. */
static bool read_def(struct ar_app *app, const char *path, struct file *f, struct def_file *def)
{
    int err = file_open(f, path, 0);
    return err ? diag_errno(&app->d, path, err) : def_parse(f->data, path, &app->d, def);
}

bool ar_lib_def(struct ar_app *app, struct lib_def *l)
{
    struct def_file def = {.decimal = true}, native = {.decimal = true};
    struct file f = {.fd = -1}, nf = {.fd = -1};
    bool two_views = l->machine == MACH_ARM64EC || l->machine == MACH_ARM64X;
    if (l->machine == MACH_UNKNOWN) {
        return diag_error(&app->d, "/def: needs /machine: too, which nothing else tells");
    }
    if (l->native && !two_views) {
        diag_warning(&app->d, "/defarm64native: has no effect without /machine:arm64ec or arm64x");
        l->native = NULL;
    }
    bool good = read_def(app, l->def, &f, &def) && (!l->native || read_def(app, l->native, &nf, &native));
    if (good && !l->out) {
        struct str stem = def.name.len ? def.name : str_basename(str_c(l->def));
        stem = str_head(stem, str_rfind(stem, '.'));
        l->out = arena_printf(&app->arena, "%.*s.lib", (int)stem.len, stem.p);
    }
    good = good && write_library(app, l, &def, l->native ? &native : NULL);
    def_free(&def);
    def_free(&native);
    file_close(&f);
    file_close(&nf);
    return good;
}
