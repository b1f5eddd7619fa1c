/* lto.c - link-time optimisation through the linker plugin interface.

   The life of a claimed file: parsed like any object; offered; its symbols replaced by the plugin's
   (so that resolution, archive search and COMDAT rules see them); after resolution told to the plugin
   (get_symbols); retired, while the objects that the plugin compiled take its place in load order.

   The interface gives callbacks no context: `current` is the link that uses a plugin. */
#include "ld/lto.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ld/backend.h"
#include "ld/plugin_api.h"

/* What GNU ld calls itself in LDPT_GNU_LD_VERSION (major * 100 + minor): plugins choose by it which
   later callbacks they may use. We offer what 2.40 does. */
enum { LIKE_GNU_LD = 240 };

struct lto_file {
    struct ld_file *file;
    struct plugin_symbol *syms; /* our copy, for their order */
    int n_syms, fd;
    bool described;             /* add_symbols was called */
};

struct ld_lto {
    struct ld *ld;
    void *dl;
    plugin_claim_fn claim;
    plugin_event_fn all_symbols_read, cleanup;
    VEC(struct lto_file *) files;
    const struct lto_file *offered; /* the one that the plugin is looking at */
    ld_strings new_files;
    uint8_t *outside;           /* by symbol id: mentioned by something the plugin does not see */
    const char **wrapped;
    bool failed;
    bool compiled;              /* the plugin has compiled: it claims no more */
};

static struct ld_lto *current;

/* ---- callbacks --------------------------------------------------------------------------------- */

static struct lto_file *file_of(const void *handle)
{
    for (size_t i = 0; i < current->files.n; i++) {
        if (current->files.p[i] == handle) {
            return current->files.p[i];
        }
    }
    return NULL;
}

static enum plugin_status cb_register_claim(plugin_claim_fn fn)
{
    current->claim = fn;
    return LDPS_OK;
}

static enum plugin_status cb_register_all_symbols_read(plugin_event_fn fn)
{
    current->all_symbols_read = fn;
    return LDPS_OK;
}

static enum plugin_status cb_register_cleanup(plugin_event_fn fn)
{
    current->cleanup = fn;
    return LDPS_OK;
}

/* A hook that tells of inputs which the plugin itself added; we add them ourselves. */
static enum plugin_status cb_register_new_input(void *fn)
{
    (void)fn;
    return LDPS_OK;
}

static void convert(struct arena *a, const struct plugin_symbol *p, struct symbol *s)
{
    static const uint8_t vis[] = {VIS_DEFAULT, VIS_PROTECTED, VIS_INTERNAL, VIS_HIDDEN};
    *s = (struct symbol){.name = arena_str(a, str_c(p->name)), .flags = SYMF_LTO, .alias = UINT32_MAX};
    bool weak = p->def == LDPK_WEAKDEF || p->def == LDPK_WEAKUNDEF;
    /* A COMDAT function may be defined by every file: like weak ones, the first stands for all. */
    weak = weak || (p->def == LDPK_DEF && p->comdat_key);
    s->binding = weak ? BIND_WEAK : BIND_GLOBAL;
    s->visibility = (unsigned)p->visibility < sizeof vis ? vis[p->visibility] : VIS_DEFAULT;
    s->size = p->size;
    s->type = p->symbol_type == 1 ? SYM_FUNC : p->symbol_type == 2 ? SYM_OBJECT : SYM_NOTYPE;
    switch (p->def) {
    case LDPK_DEF:
    case LDPK_WEAKDEF: s->sec = SEC_ABS; break;
    case LDPK_COMMON:
        s->sec = SEC_COMMON;
        s->value = p->size;
        break;
    default: s->sec = SEC_UNDEF; break;
    }
}

static enum plugin_status cb_add_symbols(void *handle, int n, const struct plugin_symbol *syms)
{
    struct lto_file *lf = file_of(handle);
    if (!lf || n < 0 || lf != current->offered) { /* later, all tables have been made for what it said then */
        return LDPS_BAD_HANDLE;
    }
    for (int i = 0; i < n; i++) {
        if (!syms[i].name) {
            return LDPS_ERR;
        }
    }
    struct ld_file *f = lf->file;
    struct arena *a = f->obj.arena;
    f->syms = ARENA_ARRAY(a, struct symbol, (size_t)n);
    f->n_syms = (uint32_t)n;
    for (int i = 0; i < n; i++) {
        convert(a, &syms[i], &f->syms[i]);
    }
    lf->syms = arena_alloc(a, (size_t)n * sizeof *syms);
    if (n) {
        memcpy(lf->syms, syms, (size_t)n * sizeof *syms);
    }
    lf->n_syms = n;
    lf->described = true;
    return LDPS_OK;
}

/* Is the definition that stands behind a name claimed intermediate code? */
static bool defined_by_plugin(const struct ld *ld, const struct ld_sym *g)
{
    return g->file && ld_file(ld, g->file)->claimed;
}

static bool is_exported(const struct ld *ld, const struct ld_sym *g)
{
    bool visible = g->vis == VIS_DEFAULT || g->vis == VIS_PROTECTED;
    bool dynamic = ld->opt.kind == OUT_SHARED || ld->opt.export_dynamic ||
                   ld->opt.pe.export_all_symbols;
    return visible && (dynamic || (g->flags & (LDS_EXPORT | LDS_REF_SHARED)));
}

static enum plugin_resolution resolution(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    uint32_t id = f->ids[i];
    if (id == LD_NO_SYM) {
        return LDPR_PREVAILING_DEF_IRONLY;
    }
    const struct ld_sym *g = ld_sym(ld, id);
    bool is_ref = f->syms[i].sec == SEC_UNDEF;
    if (is_ref) {
        return !ld_is_defined(g)          ? LDPR_UNDEF
               : defined_by_plugin(ld, g) ? LDPR_RESOLVED_IR
               : ld_file(ld, g->file)->kind == LD_SHARED ? LDPR_RESOLVED_DYN
                                                         : LDPR_RESOLVED_EXEC;
    }
    if (g->file != f->idx) {
        return defined_by_plugin(ld, g) ? LDPR_PREEMPTED_IR : LDPR_PREEMPTED_REG;
    }
    if (current->outside[id] || g->flags & LDS_KEEP || ld->opt.kind == OUT_RELOCATABLE) {
        return LDPR_PREVAILING_DEF;
    }
    return is_exported(ld, g) ? LDPR_PREVAILING_DEF_IRONLY_EXP : LDPR_PREVAILING_DEF_IRONLY;
}

/* VERSION 1 knows no LDPR_PREVAILING_DEF_IRONLY_EXP; 3 may say that the file is not in the link. */
static enum plugin_status get_symbols(const void *handle, int n, struct plugin_symbol *syms, int version)
{
    struct lto_file *lf = file_of(handle);
    if (!lf || n > lf->n_syms || n < 0 || !current->outside) {
        return LDPS_BAD_HANDLE;
    }
    bool in_link = lf->file->idx != 0;
    for (int i = 0; i < n; i++) {
        enum plugin_resolution r = in_link ? resolution(current->ld, lf->file, (uint32_t)i)
                                   : syms[i].def == LDPK_UNDEF || syms[i].def == LDPK_WEAKUNDEF
                                       ? LDPR_UNDEF
                                       : LDPR_PREEMPTED_REG;
        if (version == 1 && r == LDPR_PREVAILING_DEF_IRONLY_EXP) {
            r = LDPR_PREVAILING_DEF;
        }
        syms[i].resolution = (int)r;
    }
    return in_link || version < 3 ? LDPS_OK : LDPS_NO_SYMS;
}

static enum plugin_status cb_get_symbols(const void *h, int n, struct plugin_symbol *s)
{
    return get_symbols(h, n, s, 1);
}

static enum plugin_status cb_get_symbols_v2(const void *h, int n, struct plugin_symbol *s)
{
    return get_symbols(h, n, s, 2);
}

static enum plugin_status cb_get_symbols_v3(const void *h, int n, struct plugin_symbol *s)
{
    return get_symbols(h, n, s, 3);
}

static enum plugin_status cb_add_input_file(const char *path)
{
    if (!path) {
        return LDPS_ERR;
    }
    vec_push(&current->new_files, arena_strdup(&current->ld->arena, str_c(path)));
    return LDPS_OK;
}

/* GCC's plugin names the libraries that the driver told it to pass through. They stand on the command
   line as well, and every archive is searched again after the compilation. */
static enum plugin_status cb_add_input_library(const char *name)
{
    (void)name;
    return LDPS_OK;
}

static enum plugin_status cb_set_extra_library_path(const char *path)
{
    if (!path) {
        return LDPS_ERR;
    }
    vec_push(&current->ld->opt.lib_dirs, arena_strdup(&current->ld->arena, str_c(path)));
    return LDPS_OK;
}

/* A plugin does not expect to go on after a fatal message: it says so where it has no other way to fail. Its
   cleaner removes what it left in the directory for temporaries. */
_Noreturn static void end_at_once(void)
{
    plugin_event_fn cleanup = current->cleanup;
    current->cleanup = NULL;
    if (cleanup) {
        cleanup();
    }
    diag_flush(&current->ld->diag);
    fflush(stdout);
    outfile_remove_all();
    _exit(1);
}

__attribute__((format(printf, 2, 3))) static enum plugin_status cb_message(int level, const char *fmt,
                                                                           ...)
{
    static const enum severity sev[] = {SEV_NOTE, SEV_WARNING, SEV_ERROR, SEV_FATAL};
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    while (b.n && b.p[b.n - 1] == '\n') {
        b.n--;
    }
    bool known = level >= LDPL_INFO && level <= LDPL_FATAL;
    diag_report(&current->ld->diag, known ? sev[level] : SEV_ERROR, NULL, DIAG_NO_OFFSET, "%.*s",
                (int)b.n, b.p);
    current->failed = current->failed || level >= LDPL_ERROR;
    buf_free(&b);
    if (level == LDPL_FATAL) {
        end_at_once();
    }
    return LDPS_OK;
}

static void describe(struct lto_file *lf, struct plugin_input_file *out)
{
    struct ld_file *f = lf->file;
    struct view whole = f->input->file.data, part = f->obj.bytes;
    bool inside = part.p >= whole.p && part.p <= whole.p + whole.len;
    *out = (struct plugin_input_file){
        .name = f->input->path,
        .fd = lf->fd,
        .offset = inside ? (off_t)(part.p - whole.p) : 0,
        .filesize = (off_t)part.len,
        .handle = lf,
    };
}

static bool open_for_plugin(struct lto_file *lf)
{
    if (lf->fd < 0) {
        lf->fd = open(lf->file->input->path, O_RDONLY | O_CLOEXEC);
    }
    return lf->fd >= 0 ||
           diag_report(&current->ld->diag, SEV_ERROR, NULL, DIAG_NO_OFFSET, "cannot open %s: %s",
                       lf->file->input->path, strerror(errno));
}

static void close_for_plugin(struct lto_file *lf)
{
    if (lf->fd >= 0) {
        close(lf->fd);
    }
    lf->fd = -1;
}

static enum plugin_status cb_get_input_file(const void *handle, struct plugin_input_file *out)
{
    struct lto_file *lf = file_of(handle);
    if (!lf || !open_for_plugin(lf)) {
        return LDPS_BAD_HANDLE;
    }
    describe(lf, out);
    return LDPS_OK;
}

static enum plugin_status cb_release_input_file(const void *handle)
{
    struct lto_file *lf = file_of(handle);
    if (!lf) {
        return LDPS_BAD_HANDLE;
    }
    close_for_plugin(lf);
    return LDPS_OK;
}

static enum plugin_status cb_get_view(const void *handle, const void **out)
{
    struct lto_file *lf = file_of(handle);
    if (!lf) {
        return LDPS_BAD_HANDLE;
    }
    *out = lf->file->obj.bytes.p;
    return LDPS_OK;
}

static enum plugin_status cb_get_wrap_symbols(uint64_t *n, const char ***list)
{
    *n = current->ld->opt.wrap.n;
    *list = current->ld->opt.wrap.p;
    return LDPS_OK;
}

/* ---- loading the plugin --------------------------------------------------------------------------- */

/* GCC's plugin is told of its lto-wrapper. */
static bool is_gcc_plugin(const struct ld *ld)
{
    bool found = false;
    for (size_t i = 0; i < ld->opt.plugin_opts.n && !found; i++) {
        found = strstr(ld->opt.plugin_opts.p[i], "lto-wrapper") != NULL;
    }
    return found;
}

/* A Windows program of 64 bits stands above 4 GiB and moves. GCC knows that; LLVM, told of a program that is not
   position independent, makes addresses of 32 bits. */
static enum plugin_output output_type(const struct ld *ld)
{
    bool moves = ld->be == &pe_backend && ld->machine != MACH_I386 && !is_gcc_plugin(ld);
    switch (ld->opt.kind) {
    case OUT_RELOCATABLE: return LDPO_REL;
    case OUT_SHARED: return LDPO_DYN;
    case OUT_PIE: return LDPO_PIE;
    default: return moves ? LDPO_PIE : LDPO_EXEC;
    }
}

/* dlsym gives an object pointer where a function is wanted: POSIX allows the copy. */
#define FN(f) {.fn = fn_ptr((void (*)(void))(f))}
static void *fn_ptr(void (*f)(void))
{
    void *p;
    memcpy(&p, &f, sizeof p);
    return p;
}

static bool call_onload(struct ld_lto *lto, plugin_onload_fn onload)
{
    struct ld *ld = lto->ld;
    const struct plugin_tv fixed[] = {
        {LDPT_MESSAGE, FN(cb_message)},
        {LDPT_API_VERSION, {.val = 1}},
        {LDPT_GNU_LD_VERSION, {.val = LIKE_GNU_LD}},
        {LDPT_LINKER_OUTPUT, {.val = (int)output_type(ld)}},
        {LDPT_OUTPUT_NAME, {.string = ld->opt.output ? ld->opt.output : "a.out"}},
        {LDPT_REGISTER_CLAIM_FILE_HOOK, FN(cb_register_claim)},
        {LDPT_REGISTER_ALL_SYMBOLS_READ_HOOK, FN(cb_register_all_symbols_read)},
        {LDPT_REGISTER_CLEANUP_HOOK, FN(cb_register_cleanup)},
        {LDPT_REGISTER_NEW_INPUT_HOOK, FN(cb_register_new_input)},
        {LDPT_ADD_SYMBOLS, FN(cb_add_symbols)},
        {LDPT_ADD_SYMBOLS_V2, FN(cb_add_symbols)},
        {LDPT_GET_SYMBOLS, FN(cb_get_symbols)},
        {LDPT_GET_SYMBOLS_V2, FN(cb_get_symbols_v2)},
        {LDPT_GET_SYMBOLS_V3, FN(cb_get_symbols_v3)},
        {LDPT_ADD_INPUT_FILE, FN(cb_add_input_file)},
        {LDPT_ADD_INPUT_LIBRARY, FN(cb_add_input_library)},
        {LDPT_SET_EXTRA_LIBRARY_PATH, FN(cb_set_extra_library_path)},
        {LDPT_GET_INPUT_FILE, FN(cb_get_input_file)},
        {LDPT_RELEASE_INPUT_FILE, FN(cb_release_input_file)},
        {LDPT_GET_VIEW, FN(cb_get_view)},
        {LDPT_GET_WRAP_SYMBOLS, FN(cb_get_wrap_symbols)},
    };
    size_t n = 0, n_fixed = sizeof fixed / sizeof *fixed;
    struct plugin_tv *tv =
        ARENA_ARRAY(&ld->arena, struct plugin_tv, n_fixed + ld->opt.plugin_opts.n + 1);
    for (; n < n_fixed; n++) {
        tv[n] = fixed[n];
    }
    for (size_t i = 0; i < ld->opt.plugin_opts.n; i++) {
        tv[n++] = (struct plugin_tv){LDPT_OPTION, {.string = ld->opt.plugin_opts.p[i]}};
    }
    tv[n].tag = LDPT_NULL;
    return onload(tv) == LDPS_OK && lto->claim;
}

/* NULL, diagnosed, if the system cannot load it. */
static void *open_plugin(struct ld *ld)
{
    void *dl = dlopen(ld->opt.plugin, RTLD_NOW);
    if (!dl) {
        diag_error(&ld->diag, "cannot load plugin %s: %s", ld->opt.plugin, dlerror());
    }
    return dl;
}

/* Loads the plugin once; false, diagnosed, if that fails. */
static bool load_plugin(struct ld *ld)
{
    if (ld->lto) {
        return ld->lto->claim != NULL;
    }
    struct ld_lto *lto = ld->lto = ARENA_NEW(&ld->arena, struct ld_lto);
    lto->ld = ld;
    current = lto;
    lto->dl = open_plugin(ld);
    if (!lto->dl) {
        return false;
    }
    void *sym = dlsym(lto->dl, "onload");
    plugin_onload_fn onload;
    memcpy(&onload, &sym, sizeof onload);
    if (!sym || !call_onload(lto, onload)) {
        lto->claim = NULL;
        return diag_error(&ld->diag, "plugin %s: it does not start", ld->opt.plugin);
    }
    return true;
}

/* Drivers name a plugin whether or not anything needs it. One with a path is only looked for; where the system
   searches, its search tells. */
bool ld_lto_check(struct ld *ld)
{
    const char *name = ld->opt.plugin;
    if (!name || strchr(name, '/')) {
        return !name || access(name, R_OK) == 0 ||
               diag_error(&ld->diag, "cannot load plugin %s: %s", name, strerror(errno));
    }
    void *dl = open_plugin(ld);
    return dl && dlclose(dl) == 0;
}

/* ---- claiming ------------------------------------------------------------------------------------- */

bool ld_lto_candidate(const struct object *obj)
{
    if (obj->format == OBJ_BITCODE) {
        return true;
    }
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (obj->sections[i].flags & SEC_LTO) {
            return true;
        }
    }
    return false;
}

/* An object without code of its own: GCC marks it by a symbol. */
static bool is_slim(const struct object *obj)
{
    if (obj->format == OBJ_BITCODE || obj_is_slim_lto(obj)) {
        return true;
    }
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        struct str name = obj->symbols[i].name;
        if (str_is(name, "__gnu_lto_slim") || str_is(name, "___gnu_lto_slim")) {
            return true;
        }
    }
    return false;
}

/* The plugin has it: nothing of the object itself takes part any more. */
static void take_over(struct ld *ld, struct ld_file *f)
{
    f->claimed = true;
    f->obj.n_comdats = 0;
    for (uint32_t i = 1; f->chunks && i < f->obj.n_sections; i++) {
        f->chunks[i].flags &= ~(uint32_t)LDC_LIVE;
    }
    ld_collect_names(f, &ld->brief_arena[0]);
}

static bool unclaimed(struct ld *ld, struct ld_file *f)
{
    if (!is_slim(&f->obj)) {
        return true; /* a fat object: its native code is linked */
    }
    f->bad = true;
    return diag_bad(&f->diag, DIAG_NO_OFFSET, "%s",
                    ld->opt.plugin
                        ? "holds only compiler intermediate code, and the plugin does not know it"
                        : "holds only compiler intermediate code (-flto): a plugin is needed (-plugin, "
                          "which the compiler driver passes)");
}

/* What comes after the compilation: the plugin's own output, which is intermediate code again with -r, and
   members that only this output asks for. */
static bool offered_too_late(struct ld *ld, struct ld_file *f)
{
    if (ld->opt.kind == OUT_RELOCATABLE || !is_slim(&f->obj)) {
        return true;
    }
    f->bad = true;
    return diag_bad(&f->diag, DIAG_NO_OFFSET, "holds only compiler intermediate code (-flto), and is needed by "
                                              "what the compiler made of the other files");
}

bool ld_lto_offer(struct ld *ld, struct ld_file *f)
{
    if (ld->lto && ld->lto->compiled) {
        return offered_too_late(ld, f);
    }
    if (!ld->opt.plugin) {
        return unclaimed(ld, f);
    }
    if (!load_plugin(ld)) {
        f->bad = true;
        return false;
    }
    struct lto_file *lf = ARENA_NEW(&ld->arena, struct lto_file);
    lf->file = f;
    lf->fd = -1;
    vec_push(&ld->lto->files, lf);
    if (!open_for_plugin(lf)) {
        f->bad = true;
        return false;
    }
    struct plugin_input_file in;
    describe(lf, &in);
    int claimed = 0;
    struct symbol *own = f->syms;
    uint32_t n_own = f->n_syms;
    ld->lto->offered = lf;
    enum plugin_status st = ld->lto->claim(&in, &claimed);
    ld->lto->offered = NULL;
    close_for_plugin(lf);
    if (st != LDPS_OK) {
        f->bad = true;
        return diag_bad(&f->diag, DIAG_NO_OFFSET, "the plugin failed on it");
    }
    if (!claimed) {
        ld->lto->files.n--;
        f->syms = own; /* it may have described what it does not want */
        f->n_syms = n_own;
        return unclaimed(ld, f);
    }
    if (!lf->described) {
        f->syms = NULL;
        f->n_syms = 0;
    }
    take_over(ld, f);
    return true;
}

/* ---- compiling ------------------------------------------------------------------------------------ */

/* Which names does something besides the claimed files mention? */
static void mark_outside(struct ld_lto *lto)
{
    struct ld *ld = lto->ld;
    lto->outside = xcalloc(ld->tab.cap, 1);
    for (size_t k = 1; k < ld->files.n; k++) {
        const struct ld_file *f = ld_file(ld, (uint32_t)k);
        for (uint32_t i = 0; !f->claimed && f->kind != LD_SHARED && i < f->n_syms; i++) {
            if (f->ids && f->ids[i] != LD_NO_SYM) {
                lto->outside[f->ids[i]] = 1;
            }
        }
    }
    const ld_strings *named[] = {&ld->opt.undefined, &ld->opt.require_defined};
    for (size_t l = 0; l < sizeof named / sizeof *named; l++) {
        for (size_t i = 0; i < named[l]->n; i++) {
            uint32_t id = ld_lookup(ld, str_c(named[l]->p[i]));
            if (id != LD_NO_SYM) {
                lto->outside[id] = 1;
            }
        }
    }
    /* the compiled objects call both: a compiler knows __real_S and S as different names */
    for (size_t i = 0; i < ld->opt.wrap.n * 2; i++) {
        const char *name = ld->opt.wrap.p[i / 2];
        uint32_t id = ld_lookup(ld, i % 2 ? str_c(name) : str_c(arena_printf(&ld->arena, "__wrap_%s", name)));
        if (id != LD_NO_SYM) {
            lto->outside[id] = 1;
        }
    }
    if (ld->entry != LD_NO_SYM) {
        lto->outside[ld->entry] = 1;
    }
}

/* The claimed files define and refer to nothing any more. What others still refer to is undefined
   until the compiled objects are added. */
static void retire(struct ld_lto *lto)
{
    struct ld *ld = lto->ld;
    for (size_t k = 0; k < lto->files.n; k++) {
        struct ld_file *f = lto->files.p[k]->file;
        for (uint32_t i = 0; i < f->n_syms && f->idx; i++) {
            uint32_t id = f->ids[i];
            if (id == LD_NO_SYM || ld_sym(ld, id)->file != f->idx) {
                continue;
            }
            struct ld_sym *g = ld_sym(ld, id);
            g->rank = lto->outside[id] ? RANK_UNDEF : RANK_NONE;
            g->file = g->sym = 0;
            if (!lto->outside[id]) {
                g->flags &= (uint16_t)~LDS_REF;
            }
        }
        f->skip = true;
        f->n_syms = 0;
    }
}

static bool add_compiled(struct ld_lto *lto)
{
    struct ld *ld = lto->ld;
    VEC(struct ld_file *) files = {0};
    bool ok = true;
    for (size_t i = 0; i < lto->new_files.n; i++) {
        struct ld_input *in = ld_open_input(ld, lto->new_files.p[i], true);
        if (in && in->format == OBJ_EMPTY) {
            continue; /* the compiler had nothing to put there */
        }
        struct ld_file *f = in ? ld_new_file(ld, in, NULL) : NULL;
        ok = ok && f;
        if (f) {
            vec_push(&ld->items, (struct ld_item){ITEM_FILE, f, NULL, f->state});
            vec_push(&files, f);
        }
    }
    ok = ok && ld_add_late(ld, files.p, files.n);
    vec_free(&files);
    return ok;
}

/* Moves files [FIRST, end) of the load order to stand behind the last claimed one: crtend.o and the
   like must stay last. Everything that names files by index is told. */
static void reorder(struct ld_lto *lto, uint32_t first)
{
    struct ld *ld = lto->ld;
    uint32_t n = (uint32_t)ld->files.n, at = 0;
    for (size_t k = 0; k < lto->files.n; k++) {
        uint32_t idx = lto->files.p[k]->file->idx;
        at = idx > at ? idx : at;
    }
    if (at == 0 || first >= n) {
        return;
    }
    struct ld_file **order = xmalloc(n * sizeof(struct ld_file *));
    uint32_t *moved = xcalloc(n, sizeof *moved);
    uint32_t k = 0;
    for (uint32_t i = 0; i <= at; i++) {
        order[k++] = ld->files.p[i];
    }
    for (uint32_t i = first; i < n; i++) {
        order[k++] = ld->files.p[i];
    }
    for (uint32_t i = at + 1; i < first; i++) {
        order[k++] = ld->files.p[i];
    }
    for (uint32_t i = 1; i < n; i++) {
        moved[order[i]->idx] = i;
    }
    for (uint32_t i = 1; i < n; i++) {
        order[i]->idx = i;
        ld->files.p[i] = order[i];
    }
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        uint32_t owner = ~ld->tab.comdat[id];
        ld->tab.syms[id].file = moved[ld->tab.syms[id].file];
        if (owner < n) {
            ld->tab.comdat[id] = ~moved[owner];
        }
    }
    free(order);
    free(moved);
}

bool ld_lto_run(struct ld *ld)
{
    struct ld_lto *lto = ld->lto;
    if (!lto || !lto->claim || lto->files.n == 0) {
        return true;
    }
    ld_pass(ld, "lto");
    mark_outside(lto);
    bool ok = !lto->all_symbols_read || lto->all_symbols_read() == LDPS_OK;
    if (!ok || lto->failed) {
        return diag_error(&ld->diag, "link-time optimisation failed");
    }
    retire(lto);
    lto->compiled = true;
    uint32_t first = (uint32_t)ld->files.n;
    ok = add_compiled(lto);
    reorder(lto, first);
    ld_pass(ld, "resolve after lto");
    /* The compiler may call functions that no source names: memcpy, the arithmetic helpers. */
    return ok && ld_resolve_more(ld);
}

void ld_lto_end(struct ld *ld)
{
    struct ld_lto *lto = ld->lto;
    if (!lto) {
        return;
    }
    if (lto->cleanup) {
        lto->cleanup();
    }
    free(lto->outside);
    vec_free(&lto->files);
    vec_free(&lto->new_files);
    /* The plugin stays loaded: LLVM's registers exit handlers in its own text. */
    current = NULL;
    ld->lto = NULL;
}
