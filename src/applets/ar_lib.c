/* ar_lib.c - the front that Microsoft's builds call: lib /out:X.lib IN...

   Options may begin with / or -, in either case; an operand that begins with / and is no option is a
   path. Libraries among the inputs give their members. With /def: the output is an import library
   (ar_lib_def.c). Source: spec ar-nm, 3.1; llvm-lib. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets/ar_extras.h"
#include "base/path.h"

struct lib {
    struct ar_app *app;
    const char *out, *def, *native, *dll;
    enum machine machine;  /* UNKNOWN: the first object's */
    bool list, thin, allow_empty, help;
    argvec inputs, dirs;
    struct strmap seen;
    struct ar_edit e;
};

static void usage(struct buf *b)
{
    buf_puts(b, "Usage: lib [/out:FILE] [OPTION...] FILE...\n"
                "Make a library of COFF objects and of the members of other libraries.\n"
                "  /out:FILE       the output (default: the first input's name with .lib)\n"
                "  /def:FILE       make the import library of a DLL from its .def file\n"
                "  /defarm64native:FILE  with /def: and /machine:arm64ec or arm64x: what native code sees\n"
                "  /name:DLL       with /def: the DLL's name, instead of the file's LIBRARY line\n"
                "  /list           list the members of a library\n"
                "  /machine:NAME   x86, x64, arm, arm64, arm64ec, arm64x: other objects are refused\n"
                "  /libpath:DIR    where inputs are looked for too\n"
                "  /llvmlibthin    make a thin archive\n"
                "  /llvmlibempty   make an empty library of no inputs\n"
                "  /wx             warnings are errors\n"
                "  /ignore:N, /nologo, /ltcg, /subsystem:X, /verbose  accepted and ignored\n");
}

static bool set_machine(struct lib *l, struct str name)
{
    static const struct {
        const char *name;
        enum machine machine;
    } names[] = {{"x86", MACH_I386}, {"i386", MACH_I386}, {"x64", MACH_X86_64}, {"amd64", MACH_X86_64},
                 {"arm", MACH_ARM}, {"arm64", MACH_ARM64}, {"arm64ec", MACH_ARM64EC},
                 {"arm64x", MACH_ARM64X}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_caseeq(name, str_c(names[i].name))) {
            l->machine = names[i].machine;
            return true;
        }
    }
    return diag_error(&l->app->d, "unknown /machine: '%.*s'", Q(name));
}

/* -1: the word is no option; 0: a wrong one; 1: taken. */
static int take_option(struct lib *l, const char *word)
{
    struct str s = str_skip(str_c(word), 1), value = {"", 0};
    size_t colon = str_find(s, ':');
    if (colon != SIZE_MAX) {
        value = str_skip(s, colon + 1);
        s = str_head(s, colon);
    }
    char *text = arena_strdup(&l->app->arena, value);
#define IS(name) str_caseeq(s, S(name))
    if (IS("out")) {
        l->out = text;
    } else if (IS("list")) {
        l->list = true;
    } else if (IS("machine")) {
        return set_machine(l, value);
    } else if (IS("libpath")) {
        vec_push(&l->dirs, text);
    } else if (IS("llvmlibthin")) {
        l->thin = true;
    } else if (IS("llvmlibempty")) {
        l->allow_empty = true;
    } else if (IS("wx")) {
        l->app->d.fatal_warnings = value.len == 0 || !str_caseeq(value, S("no"));
    } else if (IS("help") || IS("?")) {
        l->help = true;
    } else if (IS("def")) {
        l->def = text;
    } else if (IS("name")) {
        l->dll = text;
    } else if (IS("defarm64native")) {
        l->native = text;
    } else if (!IS("ignore") && !IS("nologo") && !IS("ltcg") && !IS("subsystem") && !IS("verbose")) {
        return -1;
    }
#undef IS
    return 1;
}

static bool parse(struct lib *l, int argc, char **argv)
{
    argvec w = {0};
    bool good = opt_expand(&w, argc, argv, &l->app->arena, &l->app->d);
    for (size_t i = 1; good && i < w.n; i++) {
        const char *a = w.p[i];
        int r = (a[0] == '/' || a[0] == '-') && a[1] ? take_option(l, a) : -1;
        if (r < 0 && a[0] == '-' && a[1]) {
            good = diag_error(&l->app->d, "unknown option '%s'", a);
        } else if (r < 0) {
            vec_push(&l->inputs, w.p[i]);
        }
        good = good && r != 0;
    }
    vec_free(&w);
    return good;
}

/* PATH, or PATH in one of the directories of /libpath. */
static const char *find_input(struct lib *l, const char *path)
{
    for (size_t i = 0; access(path, F_OK) != 0 && !path_is_absolute(str_c(path)) && i < l->dirs.n; i++) {
        const char *p = arena_printf(&l->app->arena, "%s/%s", l->dirs.p[i], path);
        if (access(p, F_OK) == 0) {
            return p;
        }
    }
    return path;
}

static bool check_machine(struct lib *l, const char *path, struct view v)
{
    struct origin o = {NULL, str_c(path), ORIGIN_FILE};
    enum obj_format f = obj_detect(v);
    struct object obj;
    if (f != OBJ_COFF && f != OBJ_BIGOBJ && f != OBJ_SHORTIMP && f != OBJ_BITCODE) {
        return f == OBJ_RES || diag_report(&l->app->d, SEV_ERROR, &o, DIAG_NO_OFFSET,
                                           "not a COFF object (%s)", obj_format_text(f));
    }
    bool good = obj_open(&obj, v, &o, &l->app->d);
    enum machine m = obj.machine;
    obj_close(&obj);
    bool ec = l->machine == MACH_ARM64EC || l->machine == MACH_ARM64X;
    bool fits = m == l->machine || m == MACH_UNKNOWN || l->machine == MACH_UNKNOWN ||
                (ec && (m == MACH_X86_64 || m == MACH_ARM64 || m == MACH_ARM64EC));
    if (good && !fits) {
        good = diag_report(&l->app->d, SEV_ERROR, &o, DIAG_NO_OFFSET,
                           "is for %s, the library for %s", machine_info(m)->name,
                           machine_info(l->machine)->name);
    }
    l->machine = l->machine == MACH_UNKNOWN ? m : l->machine;
    return good;
}

static bool add_input(struct lib *l, const char *given)
{
    const char *path = find_input(l, given);
    struct file f;
    bool added;
    strmap_put(&l->seen, str_c(path), 0, &added);
    if (!added) {
        return true; /* named twice: once is enough */
    }
    int err = file_open(&f, path, 0);
    if (err) {
        return diag_errno(&l->app->d, path, err);
    }
    enum obj_format k = obj_detect(f.data);
    bool archive = k == OBJ_AR || k == OBJ_AR_THIN;
    bool good = archive || check_machine(l, path, f.data);
    file_close(&f);
    if (archive) {
        return edit_add_library(&l->e, path, NULL, 0);
    }
    if (good) {
        struct ar_item it = edit_file_item(&l->e, path);
        it.name = l->thin ? it.name : str_c(given); /* Microsoft's tool keeps names as typed */
        vec_push(&l->e.items, it);
    }
    return good;
}

/* Microsoft's tool puts the last input first, and link order in a library can matter. */
static void reverse(struct ar_edit *e)
{
    for (size_t i = 0, k = e->items.n; i + 1 < k; i++) {
        k--;
        struct ar_item t = e->items.p[i];
        e->items.p[i] = e->items.p[k];
        e->items.p[k] = t;
    }
}

static bool make_library(struct lib *l)
{
    struct ar_app *app = l->app;
    if (!l->out) {
        struct str first = str_c(l->inputs.n ? l->inputs.p[0] : "out.lib");
        size_t dot = str_rfind(first, '.');
        bool has_dot = dot != SIZE_MAX && dot >= path_dir_len(first);
        first = has_dot ? str_head(first, dot) : first;
        l->out = arena_printf(&app->arena, "%.*s.lib", Q(first));
    }
    app->o.format = l->thin ? AR_DIALECT_GNU : AR_DIALECT_COFF;
    l->e = (struct ar_edit){.app = app, .path = l->out, .lock_fd = -1, .existed = true, .changed = true,
                            .thin = l->thin};
    l->e.file.fd = -1;
    bool good = true;
    for (size_t i = 0; i < l->inputs.n; i++) {
        good = add_input(l, l->inputs.p[i]) && good;
    }
    reverse(&l->e);
    good = good && diag_ok(&app->d) && edit_save(&l->e);
    edit_close(&l->e);
    strmap_free(&l->seen);
    return good;
}

int ar_lib(struct ar_app *app, int argc, char **argv)
{
    struct lib l = {.app = app};
    bool good = parse(&l, argc, argv);
    if (good && l.help) {
        usage(&app->out);
    } else if (good && l.list) {
        app->o.op = 't';
        for (size_t i = 0; i < l.inputs.n; i++) {
            app->o.archive = l.inputs.p[i];
            good = ar_show(app) == 0 && good;
        }
    } else if (good && l.def && l.inputs.n) {
        good = diag_error(&app->d, "%s: objects cannot be joined with an import library", l.inputs.p[0]);
    } else if (good && l.def) {
        struct lib_def d = {l.def, l.native, l.out, l.dll, l.machine};
        good = ar_lib_def(app, &d);
    } else if (good && (l.inputs.n || l.allow_empty)) {
        good = make_library(&l);
    }
    vec_free(&l.inputs);
    vec_free(&l.dirs);
    return good ? 0 : 1;
}
