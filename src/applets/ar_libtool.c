/* ar_libtool.c - the front that Apple's builds call: libtool -static -o OUT IN...

   Inputs are Mach-O objects, archives and universal files of them, taken apart by architecture. One
   architecture gives an archive, several a universal file of archives, each 8-byte aligned. Options:
   those of llvm-libtool-darwin (spec ar-nm, 3.1). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "applets/ar_extras.h"
#include "base/ckint.h"
#include "base/limits.h"

struct arch {
    uint32_t cputype, cpusubtype;
    bool is64;
    VEC(struct ar_item) items;
};

struct libtool {
    struct ar_app *app;
    const char *out, *arch_only, *dependency_info;
    bool is_static, no_symbols_ok, fatal_warnings, done;
    argvec inputs, libs, dirs; /* libs: of -l, behind the other inputs as LLVM has them */
    VEC(struct arch) archs;
    struct strmap seen;
};

/* ---- inputs ------------------------------------------------------------------------------------ */

static struct arch *find_arch(struct libtool *t, uint32_t cputype, uint32_t subtype, bool is64)
{
    for (size_t i = 0; i < t->archs.n; i++) {
        if (t->archs.p[i].cputype == cputype && t->archs.p[i].cpusubtype == subtype) {
            return &t->archs.p[i];
        }
    }
    struct arch a = {.cputype = cputype, .cpusubtype = subtype, .is64 = is64};
    vec_push(&t->archs, a);
    return &t->archs.p[t->archs.n - 1];
}

static bool wrong_arch(const struct libtool *t, uint32_t cputype, uint32_t subtype)
{
    const char *name = macho_arch_name(cputype, subtype);
    return t->arch_only && (!name || strcmp(name, t->arch_only) != 0);
}

static bool add_object(struct libtool *t, struct view v, struct str name, const struct origin *origin,
                       const struct stat *st)
{
    enum { CPU_SUBTYPE_MASK = 0xffffff };
    struct object obj;
    enum obj_format f = obj_detect(v);
    if (f != OBJ_MACHO && f != OBJ_BITCODE) {
        return diag_report(&t->app->d, SEV_ERROR, origin, DIAG_NO_OFFSET, "not a Mach-O object (%s)",
                           obj_format_text(f));
    }
    bool good = obj_open(&obj, v, origin, &t->app->d);
    uint32_t cpu = obj.raw_machine, sub = obj.raw_subtype & CPU_SUBTYPE_MASK;
    if (f == OBJ_BITCODE) {
        cpu = (uint32_t)machine_info(obj.machine)->macho;
        sub = obj.machine == MACH_X86_64 || obj.machine == MACH_I386 ? 3 : 0;
    }
    bool is64 = obj.is64 || (cpu & 0x01000000);
    bool no_symbols = good && obj_load_symbols(&obj) && obj.n_symbols == 0;
    obj_close(&obj);
    if (!good || wrong_arch(t, cpu, sub)) {
        return good;
    }
    if (no_symbols && !t->no_symbols_ok) {
        diag_report(&t->app->d, SEV_WARNING, origin, DIAG_NO_OFFSET, "has no symbols");
    }
    struct ar_item it = {.name = name, .data = v, .fd = -1, .size = v.len, .mode = 0644};
    if (!t->app->o.deterministic) {
        it.mtime = (int64_t)st->st_mtime;
        it.uid = st->st_uid;
        it.gid = st->st_gid;
        it.mode = st->st_mode;
    }
    vec_push(&find_arch(t, cpu, sub, is64)->items, it);
    return true;
}

static bool add_bytes(struct libtool *t, struct view v, struct str name, const struct origin *origin,
                      const struct stat *st, unsigned depth);

static bool add_archive(struct libtool *t, struct view v, const struct origin *origin,
                        const struct stat *st, unsigned depth)
{
    struct arena *a = &t->app->arena;
    struct ar *ar = ARENA_NEW(a, struct ar);
    struct ar_iter it;
    struct ar_member m;
    if (!ar_open(ar, v, origin, &t->app->d, a)) {
        return false;
    }
    bool good = true;
    ar_iter_start(&it, ar, false);
    while (ar_iter_next(&it, &m)) {
        struct origin *o = ARENA_NEW(a, struct origin);
        *o = (struct origin){origin, m.name, ORIGIN_MEMBER};
        /* the padding that Darwin archives count in the size is not the object's */
        good = add_bytes(t, ar_trimmed(m.data), str_basename(m.name), o, st, depth + 1) && good;
    }
    return good && !it.bad;
}

static bool add_fat(struct libtool *t, struct view v, struct str name, const struct origin *origin,
                    const struct stat *st, unsigned depth)
{
    struct fat_slice *slices;
    uint32_t n;
    if (!fat_read(v, &t->app->arena, &t->app->d, &slices, &n)) {
        return false;
    }
    bool good = true;
    for (uint32_t i = 0; i < n; i++) {
        struct origin *o = ARENA_NEW(&t->app->arena, struct origin);
        *o = (struct origin){origin, str_c(slices[i].arch), ORIGIN_SLICE};
        if (!wrong_arch(t, slices[i].cputype, slices[i].cpusubtype & 0xffffff)) {
            good = add_bytes(t, slices[i].bytes, name, o, st, depth + 1) && good;
        }
    }
    return good;
}

static bool add_bytes(struct libtool *t, struct view v, struct str name, const struct origin *origin,
                      const struct stat *st, unsigned depth)
{
    t->app->d.origin = origin;
    if (depth > LIMIT_NESTING) {
        return diag_report(&t->app->d, SEV_ERROR, origin, DIAG_NO_OFFSET, "nested more than %d deep",
                           LIMIT_NESTING);
    }
    switch (obj_detect(v)) {
    case OBJ_AR:
        return add_archive(t, v, origin, st, depth);
    case OBJ_FAT:
        return add_fat(t, v, name, origin, st, depth);
    default:
        return add_object(t, v, name, origin, st);
    }
}

/* The files stay mapped until the end: the items' bytes are in them. */
static bool add_input(struct libtool *t, const char *path)
{
    struct arena *a = &t->app->arena;
    struct file f;
    int err = file_open(&f, path, 0);
    if (err) {
        return diag_errno(&t->app->d, path, err);
    }
    vec_push(&t->app->kept, f);
    bool added;
    strmap_put(&t->seen, str_c(path), 0, &added);
    if (!added) {
        diag_warning(&t->app->d, "file '%s' was specified multiple times", path);
    }
    struct origin *o = ARENA_NEW(a, struct origin);
    *o = (struct origin){NULL, str_c(path), ORIGIN_FILE};
    return add_bytes(t, f.data, str_basename(str_c(path)), o, &f.st, 0);
}

/* ---- output ------------------------------------------------------------------------------------ */

static bool write_arch(struct libtool *t, struct arch *a, struct outfile *o)
{
    struct ar_app *app = t->app;
    struct ar_collect_opts c = {.index = true, .deterministic = app->o.deterministic, .thin = true,
                                .max_mtime = app->max_mtime, .pool = app->pool, .arena = &app->arena};
    struct ar_write_opts w = {.dialect = AR_DIALECT_DARWIN, .index = true, .pool = app->pool,
                              .sym64_threshold = app->o.sym64_threshold,
                              .deterministic = app->o.deterministic,
                              .index_mtime = app->o.deterministic ? 0 : app->now};
    return ar_collect(a->items.p, a->items.n, &c, &app->d) &&
           ar_write(o, t->out, a->items.p, a->items.n, &w, &app->d);
}

static bool is_arm64(const struct arch *a)
{
    return a->cputype == 0x0100000c;
}

/* As lipo orders slices: arm64 last, then by processor. */
static int compare_archs(const void *x, const void *y)
{
    const struct arch *a = x, *b = y;
    if (is_arm64(a) != is_arm64(b)) {
        return is_arm64(a) - is_arm64(b);
    }
    return a->cputype != b->cputype ? (a->cputype < b->cputype ? -1 : 1)
           : a->cpusubtype != b->cpusubtype ? (a->cpusubtype < b->cpusubtype ? -1 : 1) : 0;
}

/* Writes each architecture's archive into memory, then the universal file around them. */
static bool write_fat(struct libtool *t, struct outfile *o)
{
    size_t n = t->archs.n;
    struct outfile *parts = ARENA_ARRAY(&t->app->arena, struct outfile, n);
    struct buf head = {0};
    uint64_t off = 8 + 20 * n;
    bool good = true;
    buf_u32(&head, true, 0xcafebabeu);
    buf_u32(&head, true, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        struct arch *a = &t->archs.p[i];
        parts[i] = (struct outfile){.fd = memfd_create("libtool", MFD_CLOEXEC), .slot = -1};
        good = good && (parts[i].fd >= 0 ? write_arch(t, a, &parts[i]) : diag_errno(&t->app->d, t->out, errno));
        uint64_t len = good ? (uint64_t)lseek(parts[i].fd, 0, SEEK_END) : 0;
        off = align_up(off, 8);
        if (off + len > UINT32_MAX) {
            good = diag_error(&t->app->d, "%s: slices beyond 4 GiB do not fit a universal file", t->out);
        }
        const uint32_t fields[] = {a->cputype, a->cpusubtype, (uint32_t)off, (uint32_t)len,
                                   a->is64 ? 3u : 2u};
        for (size_t k = 0; k < 5; k++) {
            buf_u32(&head, true, fields[k]);
        }
        int err = good ? outfile_copy_at(o, parts[i].fd, 0, len, off) : 0;
        good = good && (!err || diag_errno(&t->app->d, t->out, err));
        off += len;
        if (parts[i].fd >= 0) {
            close(parts[i].fd);
        }
    }
    int err = good ? outfile_pwrite(o, head.p, head.n, 0) : 0;
    buf_free(&head);
    return good && (!err || diag_errno(&t->app->d, t->out, err));
}

static bool write_dependency_info(struct libtool *t)
{
    struct outfile o;
    struct buf b = {0};
    if (!t->dependency_info) {
        return true;
    }
    buf_c(&b, '\0'); /* records: opcode, text, NUL; 0 version, 0x10 input, 0x40 output */
    buf_puts(&b, "objkit libtool");
    buf_c(&b, '\0');
    for (size_t i = 0; i < t->inputs.n; i++) {
        buf_c(&b, '\x10');
        buf_puts(&b, t->inputs.p[i]);
        buf_c(&b, '\0');
    }
    buf_c(&b, '\x40');
    buf_puts(&b, t->out);
    buf_c(&b, '\0');
    int err = outfile_begin(&o, t->dependency_info, 0666);
    if (!err) {
        err = outfile_write(&o, b.p, b.n);
        err = err ? err : outfile_commit(&o);
        outfile_abort(&o);
    }
    buf_free(&b);
    return !err || diag_errno(&t->app->d, t->dependency_info, err);
}

static bool write_output(struct libtool *t)
{
    struct outfile o;
    if (t->archs.n == 0) {
        return diag_error(&t->app->d, "no object for the wanted architecture");
    }
    int err = outfile_begin(&o, t->out, 0666);
    if (err) {
        return diag_errno(&t->app->d, t->out, err);
    }
    qsort(t->archs.p, t->archs.n, sizeof *t->archs.p, compare_archs);
    if (!(t->archs.n == 1 ? write_arch(t, &t->archs.p[0], &o) : write_fat(t, &o))) {
        outfile_abort(&o);
        return false;
    }
    err = outfile_commit(&o);
    return (!err || diag_errno(&t->app->d, t->out, err)) && write_dependency_info(t);
}

/* ---- options ----------------------------------------------------------------------------------- */

static void usage(struct buf *b)
{
    buf_puts(b, "Usage: libtool -static -o OUT [OPTION...] FILE...\n"
                "Make a static library of Mach-O objects, archives and universal files.\n"
                "  -static               make a static library (needed)\n"
                "  -o OUT                the output\n"
                "  -arch_only ARCH       only this architecture\n"
                "  -filelist F[,DIR]     take inputs from the lines of F\n"
                "  -L DIR, -l NAME       search libNAME.a (NAME itself if it ends in .o)\n"
                "  -D, -U                zero (default) or real dates and ids\n"
                "  -dependency_info F    write what was read, for Xcode\n"
                "  -no_warning_for_no_symbols, -warnings_as_errors\n"
                "  -V, -version, -help\n");
}

static bool add_filelist(struct libtool *t, const char *arg)
{
    struct arena *a = &t->app->arena;
    struct str s = str_c(arg), dir = {0};
    size_t comma = str_rfind(s, ',');
    if (comma != SIZE_MAX) {
        dir = str_skip(s, comma + 1);
        s = str_head(s, comma);
    }
    const char *path = arena_strdup(a, s);
    struct file f;
    int err = file_open(&f, path, 0);
    if (err) {
        return diag_errno(&t->app->d, path, err);
    }
    struct str rest = {(const char *)f.data.p, (size_t)f.data.len};
    while (rest.len) {
        size_t nl = str_find(rest, '\n');
        struct str line = str_head(rest, nl == SIZE_MAX ? rest.len : nl);
        rest = nl == SIZE_MAX ? (struct str){"", 0} : str_skip(rest, nl + 1);
        if (line.len) {
            vec_push(&t->inputs, dir.len ? arena_printf(a, "%.*s/%.*s", Q(dir), Q(line))
                                         : arena_strdup(a, line));
        }
    }
    file_close(&f);
    return true;
}

static bool add_library(struct libtool *t, const char *name)
{
    struct arena *a = &t->app->arena;
    static const char *const defaults[] = {"/lib", "/usr/lib", "/usr/local/lib"};
    bool object = str_ends(str_c(name), S(".o"));
    for (size_t i = 0; i < t->dirs.n + 3; i++) {
        const char *dir = i < t->dirs.n ? t->dirs.p[i] : defaults[i - t->dirs.n];
        char *path = arena_printf(a, object ? "%s/%s" : "%s/lib%s.a", dir, name);
        if (access(path, R_OK) == 0) {
            vec_push(&t->libs, path);
            return true;
        }
    }
    return diag_error(&t->app->d, "cannot locate library '-l%s'", name);
}

/* The value of an option that takes one: in the same word behind SHORT letters, or the next word. */
static const char *value_of(const argvec *w, size_t *i, size_t prefix)
{
    const char *arg = w->p[*i];
    if (prefix && arg[prefix]) {
        return arg + prefix;
    }
    return ++*i < w->n ? w->p[*i] : NULL;
}

static bool take_option(struct libtool *t, const argvec *w, size_t *i)
{
    const char *a = w->p[*i], *v = "";
#define IS(text) (strcmp(a, text) == 0)
    if (IS("-static")) {
        t->is_static = true;
    } else if (IS("-D") || IS("-U")) {
        t->app->o.deterministic = a[1] == 'D';
    } else if (IS("-no_warning_for_no_symbols")) {
        t->no_symbols_ok = true;
    } else if (IS("-warnings_as_errors")) {
        t->app->d.fatal_warnings = true;
    } else if (IS("-V") || IS("-version") || IS("--version")) {
        buf_puts(&t->app->out, "objkit libtool\n");
        t->done = true;
    } else if (IS("-help") || IS("--help") || IS("-h")) {
        usage(&t->app->out);
        t->done = true;
    } else if (IS("-o")) {
        t->out = v = value_of(w, i, 0);
    } else if (IS("-arch_only")) {
        t->arch_only = v = value_of(w, i, 0);
    } else if (IS("-dependency_info")) {
        t->dependency_info = v = value_of(w, i, 0);
    } else if (IS("-filelist")) {
        v = value_of(w, i, 0);
        return v ? add_filelist(t, v) : diag_error(&t->app->d, "option '%s' requires an argument", a);
    } else if (strncmp(a, "-L", 2) == 0) {
        v = value_of(w, i, 2);
        if (v) {
            vec_push(&t->dirs, (char *)(uintptr_t)v);
        }
    } else if (strncmp(a, "-l", 2) == 0) {
        v = value_of(w, i, 2);
        return v ? add_library(t, v) : diag_error(&t->app->d, "option '%s' requires an argument", a);
    } else {
        return diag_error(&t->app->d, "unknown option '%s'", a);
    }
#undef IS
    return v || diag_error(&t->app->d, "option '%s' requires an argument", a);
}

static bool parse(struct libtool *t, int argc, char **argv)
{
    argvec w = {0};
    bool good = opt_expand(&w, argc, argv, &t->app->arena, &t->app->d);
    for (size_t i = 1; good && !t->done && i < w.n; i++) {
        if (w.p[i][0] == '-' && w.p[i][1]) {
            good = take_option(t, &w, &i);
        } else {
            vec_push(&t->inputs, w.p[i]);
        }
    }
    vec_free(&w);
    for (size_t i = 0; i < t->libs.n; i++) {
        vec_push(&t->inputs, t->libs.p[i]);
    }
    if (good && !t->done && (!t->is_static || !t->out || t->inputs.n == 0)) {
        good = diag_error(&t->app->d, !t->is_static ? "-static is needed"
                                      : !t->out ? "-o is needed" : "no input files specified");
    }
    return good;
}

int ar_libtool(struct ar_app *app, int argc, char **argv)
{
    struct libtool t = {.app = app};
    bool good = parse(&t, argc, argv);
    for (size_t i = 0; good && !t.done && i < t.inputs.n; i++) {
        good = add_input(&t, t.inputs.p[i]);
    }
    if (good && !t.done) {
        good = diag_ok(&app->d) && write_output(&t);
    }
    for (size_t i = 0; i < t.archs.n; i++) {
        vec_free(&t.archs.p[i].items);
    }
    vec_free(&t.archs);
    vec_free(&t.inputs);
    vec_free(&t.libs);
    vec_free(&t.dirs);
    strmap_free(&t.seen);
    return good ? 0 : 1;
}
