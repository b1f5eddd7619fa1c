/* imports_search.c - where each system looks for libraries.

   Windows: the program's directory, -p directories, System32 (SysWOW64 for i386) and the Windows
   directory below --sysroot, PATH with --env; names compare without case. API sets are mapped
   first. Source: "Dynamic-link library search order" in Microsoft's documentation; ReactOS ldrpe.c.

   ELF: ld.so(8): DT_RPATH of the asking image and its loaders (unless it has DT_RUNPATH), -p
   directories and LD_LIBRARY_PATH (--env), DT_RUNPATH, ld.so.cache, ld.so.conf, the default
   directories. musl: its own path file and defaults. $ORIGIN, $LIB and $PLATFORM are replaced. Of a
   library built several times over for better processors (glibc-hwcaps) the copy for all of them is
   taken, unless --hwcaps names a processor: then what ld.so takes there.

   Mach-O: dyld(1): @rpath with the LC_RPATHs of the asking image and its loaders, @loader_path,
   @executable_path, absolute paths. */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "applets/imports_tree.h"
#include "base/limits.h"
#include "base/path.h"
#include "obj/apiset.h"
#include "obj/ldcache.h"

typedef VEC(const char *) pathvec;

/* One directory's entries without regard to case. */
struct listing {
    struct strmap names; /* value: index into entries */
    argvec entries;
};

struct search {
    const struct imp_opts *o;
    struct tree *t;
    struct strmap dir_index;
    VEC(struct listing *) listings;
    struct strmap api_sets; /* from --apiset; value: index into api_hosts */
    VEC(struct str) api_hosts;
    struct file api_file;
    bool api_loaded;
    pathvec system_dirs;    /* ELF: ld.so.conf and defaults */
    bool system_ready;
    struct file cache_file; /* ld.so.cache; n == 0: none */
    struct ldcache cache;
};

static const char *sysroot(const struct search *s)
{
    return s->o->sysroot ? s->o->sysroot : "";
}

static struct tree_node *root_of(const struct search *s)
{
    return s->t->nodes.p[0];
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char *joined(struct search *s, const char *dir, struct str name)
{
    return arena_printf(&s->t->arena, "%s/%.*s", dir, Q(name));
}

/* ---- Windows -------------------------------------------------------------------------------- */

static struct listing *list_folded(struct search *s, const char *dir)
{
    bool added;
    uint32_t i = *strmap_put(&s->dir_index, str_c(dir), (uint32_t)s->listings.n, &added);
    if (!added) {
        return s->listings.p[i];
    }
    struct listing *l = xcalloc(1, sizeof *l);
    l->names.fold_case = true;
    vec_push(&s->listings, l);
    errno = 0; /* readdir says nothing else at the end and at an error */
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *name = arena_strdup(&s->t->arena, str_c(e->d_name));
        strmap_put(&l->names, str_c(name), (uint32_t)l->entries.n, NULL);
        vec_push(&l->entries, name);
        errno = 0;
    }
    if (errno && errno != ENOENT && errno != ENOTDIR) { /* else what is there may seem not to be */
        diag_errno(s->t->d, dir, errno);
    }
    if (d) {
        closedir(d);
    }
    return l;
}

/* DIR/NAME in the spelling it has on disk, or NULL. */
static const char *folded(struct search *s, const char *dir, struct str name)
{
    struct listing *l = list_folded(s, dir);
    uint32_t i = strmap_get(&l->names, name);
    return i == STRMAP_NONE ? NULL : joined(s, dir, str_c(l->entries.p[i]));
}

static struct str with_dll(struct search *s, struct str name)
{
    if (str_find(name, '.') != SIZE_MAX) {
        return name;
    }
    return str_c(arena_printf(&s->t->arena, "%.*s.dll", Q(name)));
}

static void add_api_set(struct search *s, struct str name, struct str host)
{
    strmap_put(&s->api_sets, name, (uint32_t)s->api_hosts.n, NULL);
    vec_push(&s->api_hosts, host);
}

/* Lines "NAME<TAB>HOST"; '#' begins a comment. */
static void read_api_text(struct search *s, struct str rest)
{
    while (rest.len) {
        size_t nl = str_find(rest, '\n');
        struct str line = str_head(rest, nl);
        rest = nl == SIZE_MAX ? (struct str){0} : str_skip(rest, nl + 1);
        if (str_ends(line, S("\r"))) {
            line.len--;
        }
        size_t tab = str_find(line, '\t');
        if (tab != SIZE_MAX && !str_starts(line, S("#"))) {
            add_api_set(s, str_head(line, tab), str_skip(line, tab + 1));
        }
    }
}

/* --apiset=FILE: a table in text, or a Windows version's own apisetschema.dll. */
static void load_api_sets(struct search *s)
{
    s->api_loaded = true;
    if (!s->o->apiset) {
        return;
    }
    int err = file_open(&s->api_file, s->o->apiset, 0);
    if (err) {
        diag_errno(s->t->d, s->o->apiset, err);
        return;
    }
    if (obj_detect(s->api_file.data) != OBJ_PE) {
        read_api_text(s,
                      (struct str){(const char *)s->api_file.data.p, (size_t)s->api_file.data.len});
        return;
    }
    struct origin origin = {.name = str_c(s->o->apiset), .kind = ORIGIN_FILE};
    struct object obj;
    struct apiset *sets;
    uint32_t n;
    if (obj_open(&obj, s->api_file.data, &origin, s->t->d) &&
        apiset_read(&obj, &s->t->arena, &sets, &n)) {
        for (uint32_t i = 0; i < n; i++) {
            add_api_set(s, sets[i].name, sets[i].host);
        }
    }
    obj_close(&obj);
    s->t->d->origin = NULL;
}

static struct str api_host(struct search *s, struct str name)
{
    if (!imp_is_api_set(name)) {
        return (struct str){0};
    }
    if (!s->api_loaded) {
        load_api_sets(s);
    }
    struct str bare = name;
    if (str_caseeq(str_skip(bare, bare.len > 4 ? bare.len - 4 : 0), S(".dll"))) {
        bare.len -= 4;
    }
    if (!s->o->apiset) {
        return imp_api_set_host(bare);
    }
    uint32_t i = strmap_get(&s->api_sets, bare);
    i = i == STRMAP_NONE ? strmap_get(&s->api_sets, name) : i;
    size_t dash = str_rfind(bare, '-');
    i = i == STRMAP_NONE && dash != SIZE_MAX ? strmap_get(&s->api_sets, str_head(bare, dash)) : i;
    return i == STRMAP_NONE ? (struct str){0} : s->api_hosts.p[i];
}

/* Tries DIR/NAME. */
static bool try_folded(struct search *s, const char *dir, struct str name, search_try accept,
                       void *ctx)
{
    const char *path = dir ? folded(s, dir, name) : NULL;
    return path && exists(path) && accept(ctx, path);
}

/* Windows, Windows/System32 … below the sysroot, whatever their case. */
static bool try_windows_dirs(struct search *s, struct str name, search_try accept, void *ctx)
{
    const char *win = folded(s, s->o->sysroot, S("windows"));
    if (!win) {
        return try_folded(s, s->o->sysroot, name, accept, ctx);
    }
    bool wow = root_of(s)->obj->machine == MACH_I386;
    const char *first = wow ? folded(s, win, S("syswow64")) : NULL;
    if (!first) {
        first = folded(s, win, S("system32"));
    }
    return try_folded(s, first, name, accept, ctx) || try_folded(s, win, name, accept, ctx);
}

/* The directories of an environment variable, separated as the system does it. */
static bool try_env(struct search *s, const char *var, struct str name, bool fold,
                    search_try accept, void *ctx)
{
    const char *value = s->o->env ? getenv(var) : NULL;
    struct str rest = str_c(value);
    while (rest.len) {
        size_t colon = str_find(rest, OS_WINDOWS_PATHS ? ';' : ':');
        char *dir = arena_strdup(&s->t->arena, str_head(rest, colon));
        rest = colon == SIZE_MAX ? (struct str){0} : str_skip(rest, colon + 1);
        if (!*dir) {
            continue;
        }
        const char *path = fold ? folded(s, dir, name) : joined(s, dir, name);
        if (path && exists(path) && accept(ctx, path)) {
            return true;
        }
    }
    return false;
}

static enum lib_status find_windows(struct search *s, struct str asked, search_try accept,
                                    void *ctx)
{
    struct str name = with_dll(s, str_basename(asked));
    if (try_folded(s, root_of(s)->dir, name, accept, ctx)) {
        return LIB_FOUND;
    }
    for (size_t i = 0; i < s->o->dirs.n; i++) {
        if (try_folded(s, s->o->dirs.p[i], name, accept, ctx)) {
            return LIB_FOUND;
        }
    }
    if (s->o->sysroot && try_windows_dirs(s, name, accept, ctx)) {
        return LIB_FOUND;
    }
    if (try_env(s, "PATH", name, true, accept, ctx)) {
        return LIB_FOUND;
    }
    bool api_set = imp_is_api_set(name) && !s->o->apiset; /* of a given table, none is left over */
    bool known = !s->o->sysroot && (imp_is_system_dll(s->o->tables, name) || api_set);
    return known ? LIB_SYSTEM : LIB_MISSING;
}

/* ---- ELF ------------------------------------------------------------------------------------ */

static void read_conf(struct search *s, const char *path, unsigned depth);

static void conf_include(struct search *s, struct str pattern, unsigned depth)
{
    const char *root = pattern.len && pattern.p[0] == '/' ? sysroot(s) : "";
    const char *base = *root || (pattern.len && pattern.p[0] == '/') ? "" : "/etc/";
    char *full =
        arena_printf(&s->t->arena, "%s%s%.*s", *base ? sysroot(s) : root, base, Q(pattern));
    glob_t g;
    if (glob(full, 0, NULL, &g) == 0) {
        for (size_t i = 0; i < g.gl_pathc; i++) {
            read_conf(s, g.gl_pathv[i], depth + 1);
        }
        globfree(&g);
    }
}

static void conf_line(struct search *s, struct str line, unsigned depth)
{
    line = str_head(line, str_find(line, '#'));
    while (line.len && (line.p[0] == ' ' || line.p[0] == '\t')) {
        line = str_skip(line, 1);
    }
    while (line.len && strchr(" \t\r", line.p[line.len - 1])) {
        line.len--;
    }
    if (str_starts(line, S("include ")) || str_starts(line, S("include\t"))) {
        conf_include(s, str_skip(line, 8), depth);
    } else if (line.len && line.p[0] == '/') {
        vec_push(&s->system_dirs, arena_printf(&s->t->arena, "%s%.*s", sysroot(s), Q(line)));
    }
}

/* ld.so.conf, and musl's path file, which has the same lines. */
static void read_conf(struct search *s, const char *path, unsigned depth)
{
    struct file f;
    if (depth > LIMIT_RESPONSE_DEPTH || file_open(&f, path, 0) != 0) {
        return;
    }
    struct str rest = {(const char *)f.data.p, (size_t)f.data.len};
    while (rest.len) {
        size_t nl = str_find(rest, '\n');
        conf_line(s, str_head(rest, nl), depth);
        rest = nl == SIZE_MAX ? (struct str){0} : str_skip(rest, nl + 1);
    }
    file_close(&f);
}

/* Names that glibc and Debian give a machine: multiarch directory and $PLATFORM. */
static const char *multiarch(const struct object *obj, const char **platform)
{
    static const struct {
        enum machine m;
        const char *dir, *platform;
    } table[] = {{MACH_X86_64, "x86_64-linux-gnu", "x86_64"},
                 {MACH_I386, "i386-linux-gnu", "i686"},
                 {MACH_ARM64, "aarch64-linux-gnu", "aarch64"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].m == obj->machine) {
            *platform = table[i].platform;
            return table[i].dir;
        }
    }
    *platform = "";
    return NULL;
}

static void add_default(struct search *s, const char *dir)
{
    vec_push(&s->system_dirs, arena_printf(&s->t->arena, "%s%s", sysroot(s), dir));
}

static void load_cache(struct search *s)
{
    const char *path = arena_printf(&s->t->arena, "%s/etc/ld.so.cache", sysroot(s));
    if (file_open(&s->cache_file, path, 0) == 0 && !ldcache_open(&s->cache, s->cache_file.data)) {
        s->cache.n = 0;
    }
}

static void load_elf_dirs(struct search *s)
{
    const struct object *obj = root_of(s)->obj;
    s->system_ready = true;
    struct str interp = str_basename(obj->interp);
    if (str_starts(interp, S("ld-musl-"))) {
        struct str arch = str_skip(interp, 8);
        size_t dot = str_find(arch, '.');
        char *path = arena_printf(&s->t->arena, "%s/etc/ld-musl-%.*s.path", sysroot(s),
                                  Q(str_head(arch, dot)));
        if (exists(path)) {
            read_conf(s, path, 0);
            return;
        }
        add_default(s, "/lib");
        add_default(s, "/usr/local/lib");
        add_default(s, "/usr/lib");
        return;
    }
    load_cache(s);
    read_conf(s, arena_printf(&s->t->arena, "%s/etc/ld.so.conf", sysroot(s)), 0);
    const char *platform, *ma = multiarch(obj, &platform);
    if (ma) {
        add_default(s, arena_printf(&s->t->arena, "/lib/%s", ma));
        add_default(s, arena_printf(&s->t->arena, "/usr/lib/%s", ma));
    }
    add_default(s, obj->is64 ? "/lib64" : "/lib32");
    add_default(s, obj->is64 ? "/usr/lib64" : "/usr/lib32");
    add_default(s, "/lib");
    add_default(s, "/usr/lib");
}

/* What $LIB stands for on the system below the sysroot. */
static const char *lib_token(struct search *s)
{
    const struct object *obj = root_of(s)->obj;
    const char *platform, *ma = multiarch(obj, &platform);
    if (ma && is_dir(arena_printf(&s->t->arena, "%s/lib/%s", sysroot(s), ma))) {
        return arena_printf(&s->t->arena, "lib/%s", ma);
    }
    return obj->is64 ? "lib64" : "lib";
}

/* If TEXT begins with $NAME or ${NAME}: its length, else 0. */
static size_t token_len(struct str text, const char *name)
{
    size_t n = strlen(name);
    if (str_starts(str_skip(text, 1), str_c(name))) {
        return n + 1;
    }
    if (str_starts(text, S("${")) && str_starts(str_skip(text, 2), str_c(name)) &&
        text.len > n + 2 && text.p[n + 2] == '}') {
        return n + 3;
    }
    return 0;
}

/* A directory of RPATH or RUNPATH with its tokens replaced. $ORIGIN is where the image really is;
   other absolute paths are below the sysroot. */
static char *expand(struct search *s, struct str dir, const struct tree_node *node)
{
    struct buf b = {0};
    const char *platform;
    multiarch(root_of(s)->obj, &platform);
    if (dir.len && dir.p[0] == '/') {
        buf_puts(&b, sysroot(s));
    }
    while (dir.len) {
        size_t n;
        if (dir.p[0] != '$') {
            buf_c(&b, dir.p[0]);
            dir = str_skip(dir, 1);
        } else if ((n = token_len(dir, "ORIGIN")) != 0) {
            buf_puts(&b, node->dir ? node->dir : ".");
            dir = str_skip(dir, n);
        } else if ((n = token_len(dir, "LIB")) != 0) {
            buf_puts(&b, lib_token(s));
            dir = str_skip(dir, n);
        } else if ((n = token_len(dir, "PLATFORM")) != 0) {
            buf_puts(&b, platform);
            dir = str_skip(dir, n);
        } else {
            buf_c(&b, '$');
            dir = str_skip(dir, 1);
        }
    }
    char *r = arena_strdup(&s->t->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return r;
}

static bool try_path(struct search *s, const char *dir, struct str name, search_try accept,
                     void *ctx)
{
    const char *path = joined(s, dir, name);
    return exists(path) && accept(ctx, path);
}

/* The subdirectories of glibc-hwcaps/, best first. */
static const char *const hwcaps_levels[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
enum { N_HWCAPS = 3 };

static bool try_hwcaps(struct search *s, const char *dir, struct str name, search_try accept, void *ctx)
{
    const char *caps = arena_printf(&s->t->arena, "%s/glibc-hwcaps", dir);
    if (root_of(s)->obj->machine != MACH_X86_64 || !is_dir(caps)) {
        return false;
    }
    bool any = !s->o->hwcaps; /* no processor is named: every one that there is a copy for */
    for (int i = 0; i < N_HWCAPS; i++) {
        const char *level = hwcaps_levels[s->o->hwcaps ? i : N_HWCAPS - 1 - i];
        any = any || strcmp(level, s->o->hwcaps) == 0;
        if (any && try_path(s, arena_printf(&s->t->arena, "%s/%s", caps, level), name, accept, ctx)) {
            return true;
        }
    }
    return false;
}

/* A directory as glibc's loader searches it. */
static bool try_elf_dir(struct search *s, const char *dir, struct str name, search_try accept, void *ctx)
{
    return (s->o->hwcaps && try_hwcaps(s, dir, name, accept, ctx)) ||
           try_path(s, dir, name, accept, ctx) ||
           (!s->o->hwcaps && try_hwcaps(s, dir, name, accept, ctx));
}

/* The file that the cache names for NAME; with --hwcaps, the copy beside it that is better. */
static bool try_cached(struct search *s, struct str name, bool hwcaps, search_try accept, void *ctx)
{
    for (uint32_t i = 0; i < s->cache.n; i++) {
        struct ldcache_entry e;
        if (!ldcache_is(&s->cache, i, name) || !ldcache_at(&s->cache, i, &e) || e.hwcaps != hwcaps) {
            continue;
        }
        size_t slash = str_rfind(e.path, '/');
        const char *dir = arena_printf(&s->t->arena, "%s%.*s", sysroot(s),
                                       Q(str_head(e.path, slash == SIZE_MAX ? 0 : slash)));
        if (s->o->hwcaps ? try_elf_dir(s, dir, name, accept, ctx) : try_path(s, dir, name, accept, ctx)) {
            return true;
        }
    }
    return false;
}

static bool try_cache(struct search *s, struct str name, search_try accept, void *ctx)
{
    return try_cached(s, name, false, accept, ctx) ||
           (!s->o->hwcaps && try_cached(s, name, true, accept, ctx));
}

static bool try_runpaths(struct search *s, const struct tree_node *node, const struct str *dirs,
                         uint32_t n, struct str name, search_try accept, void *ctx)
{
    for (uint32_t i = 0; i < n; i++) {
        if (dirs[i].len && try_elf_dir(s, expand(s, dirs[i], node), name, accept, ctx)) {
            return true;
        }
    }
    return false;
}

static struct tree_node *loader_of(const struct search *s, const struct tree_node *node)
{
    return node->parent == UINT32_MAX ? NULL : s->t->nodes.p[node->parent];
}

static enum lib_status find_elf(struct search *s, struct tree_node *node, struct str name,
                                search_try accept, void *ctx)
{
    if (str_find(name, '/') != SIZE_MAX) {
        const char *path = expand(s, name, node);
        return exists(path) && accept(ctx, path) ? LIB_FOUND : LIB_MISSING;
    }
    if (!node->obj->n_runpaths) {
        for (const struct tree_node *at = node; at; at = loader_of(s, at)) {
            if (!at->obj->n_runpaths &&
                try_runpaths(s, at, at->obj->rpaths, at->obj->n_rpaths, name, accept, ctx)) {
                return LIB_FOUND;
            }
        }
    }
    for (size_t i = 0; i < s->o->dirs.n; i++) {
        if (try_elf_dir(s, s->o->dirs.p[i], name, accept, ctx)) {
            return LIB_FOUND;
        }
    }
    if (try_env(s, "LD_LIBRARY_PATH", name, false, accept, ctx) ||
        try_runpaths(s, node, node->obj->runpaths, node->obj->n_runpaths, name, accept, ctx)) {
        return LIB_FOUND;
    }
    if (!s->system_ready) {
        load_elf_dirs(s);
    }
    if (try_cache(s, name, accept, ctx)) {
        return LIB_FOUND;
    }
    for (size_t i = 0; i < s->system_dirs.n; i++) {
        if (try_elf_dir(s, s->system_dirs.p[i], name, accept, ctx)) {
            return LIB_FOUND;
        }
    }
    return LIB_MISSING;
}

/* ---- Mach-O --------------------------------------------------------------------------------- */

/* NAME with @loader_path of NODE, @executable_path or the sysroot put in; NULL for @rpath names. */
static const char *macho_path(struct search *s, struct str name, const struct tree_node *node)
{
    const char *dir = "";
    if (str_starts(name, S("@loader_path"))) {
        dir = node->dir ? node->dir : ".";
        name = str_skip(name, 12);
    } else if (str_starts(name, S("@executable_path"))) {
        dir = root_of(s)->dir ? root_of(s)->dir : ".";
        name = str_skip(name, 16);
    } else if (str_starts(name, S("@rpath"))) {
        return NULL;
    } else if (str_starts(name, S("/"))) {
        dir = sysroot(s);
    }
    return arena_printf(&s->t->arena, "%s%.*s", dir, Q(name));
}

static bool try_rpaths(struct search *s, const struct tree_node *node, struct str rest,
                       search_try accept, void *ctx)
{
    for (const struct tree_node *at = node; at; at = loader_of(s, at)) {
        for (uint32_t i = 0; i < at->obj->n_rpaths; i++) {
            const char *dir = macho_path(s, at->obj->rpaths[i], at);
            const char *path = dir ? joined(s, dir, rest) : NULL;
            if (path && exists(path) && accept(ctx, path)) {
                return true;
            }
        }
    }
    return false;
}

static enum lib_status find_macho(struct search *s, struct tree_node *node, struct str name,
                                  search_try accept, void *ctx)
{
    struct str leaf = str_basename(name);
    for (size_t i = 0; i < s->o->dirs.n; i++) {
        if (try_path(s, s->o->dirs.p[i], leaf, accept, ctx)) {
            return LIB_FOUND;
        }
    }
    if (try_env(s, "DYLD_LIBRARY_PATH", leaf, false, accept, ctx)) {
        return LIB_FOUND;
    }
    const char *path = macho_path(s, name, node);
    if (!path) {
        struct str rest = str_skip(name, str_starts(name, S("@rpath/")) ? 7 : 6);
        return try_rpaths(s, node, rest, accept, ctx) ? LIB_FOUND : LIB_MISSING;
    }
    if (exists(path)) {
        return accept(ctx, path) ? LIB_FOUND : LIB_MISSING;
    }
    struct str stem = str_c(path);
    if (str_ends(stem, S(".dylib"))) {
        stem.len -= 6;
    }
    if (exists(arena_printf(&s->t->arena, "%.*s.tbd", Q(stem)))) {
        return LIB_STUB;
    }
    /* Since macOS 11 the system's libraries are not files: they live in one shared cache. */
    bool system = str_starts(name, S("/usr/lib/")) || str_starts(name, S("/System/"));
    return system && !s->o->sysroot ? LIB_SYSTEM : LIB_MISSING;
}

/* ---- by system ------------------------------------------------------------------------------ */

struct str search_key(struct search *s, struct tree_node *node, struct str name, struct str *host)
{
    *host = (struct str){0};
    switch (root_of(s)->obj->format) {
    case OBJ_PE:
        *host = api_host(s, name);
        return with_dll(s, str_basename(host->len ? *host : name));
    case OBJ_MACHO: {
        const char *path = macho_path(s, name, node);
        return path ? str_c(path) : name;
    }
    default: return name;
    }
}

enum lib_status search_find(struct search *s, struct tree_node *node, struct str name,
                            struct str *host, search_try accept, void *ctx)
{
    switch (root_of(s)->obj->format) {
    case OBJ_PE: {
        enum lib_status r = find_windows(s, host->len ? *host : name, accept, ctx);
        if (host->len && r != LIB_FOUND && find_windows(s, name, accept, ctx) == LIB_FOUND) {
            return LIB_FOUND; /* no such host here, but a file of the API set's own name */
        }
        return r;
    }
    case OBJ_MACHO: return find_macho(s, node, name, accept, ctx);
    default: return find_elf(s, node, name, accept, ctx);
    }
}

struct search *search_new(const struct imp_opts *o, struct tree *t)
{
    struct search *s = xcalloc(1, sizeof *s);
    s->o = o;
    s->t = t;
    s->api_file.fd = -1;
    s->cache_file.fd = -1;
    s->api_sets.fold_case = true;
    return s;
}

void search_free(struct search *s)
{
    for (size_t i = 0; i < s->listings.n; i++) {
        strmap_free(&s->listings.p[i]->names);
        vec_free(&s->listings.p[i]->entries);
        free(s->listings.p[i]);
    }
    vec_free(&s->listings);
    strmap_free(&s->dir_index);
    strmap_free(&s->api_sets);
    vec_free(&s->api_hosts);
    vec_free(&s->system_dirs);
    file_close(&s->api_file);
    file_close(&s->cache_file);
    free(s);
}
