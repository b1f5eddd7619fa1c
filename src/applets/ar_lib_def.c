/* ar_lib_def.c - lib /def:X.def: an import library in Microsoft's format from a module definition file.

   Names of a .def file are C's: on x86 the symbols that programs refer to have an underscore more,
   unless the name is decorated already (stdcall's and fastcall's "@", C++'s "?"). */
#include "applets/ar_extras.h"

#include "archive/def_file.h"
#include "archive/implib_write.h"

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

static bool write_library(struct ar_app *app, const struct lib_def *l, const struct def_file *def)
{
    VEC(struct implib_export) exports = {0};
    for (size_t i = 0; i < def->exports.n; i++) {
        const struct def_export *d = &def->exports.p[i];
        if (!d->is_private) {
            vec_push(&exports, export_of(d, l->machine, i, &app->arena));
        }
    }
    struct implib_spec spec = {.machine = (uint32_t)machine_info(l->machine)->coff,
                               .dll = dll_name(l, def, &app->arena), .format = IMPLIB_FORMAT_SHORT,
                               .exports = exports.p, .n_exports = exports.n};
    bool good = implib_save(&spec, l->out, app->pool, &app->d);
    vec_free(&exports);
    return good;
}

bool ar_lib_def(struct ar_app *app, struct lib_def *l)
{
    struct def_file def = {0};
    struct file f;
    if (l->machine == MACH_UNKNOWN) {
        return diag_error(&app->d, "/def: needs /machine: too, which nothing else tells");
    }
    int err = file_open(&f, l->def, 0);
    if (err) {
        return diag_errno(&app->d, l->def, err);
    }
    bool good = def_parse(f.data, l->def, &app->d, &def);
    if (good && !l->out) {
        struct str stem = def.name.len ? def.name : str_basename(str_c(l->def));
        stem = str_head(stem, str_rfind(stem, '.'));
        l->out = arena_printf(&app->arena, "%.*s.lib", (int)stem.len, stem.p);
    }
    good = good && write_library(app, l, &def);
    def_free(&def);
    file_close(&f);
    return good;
}
