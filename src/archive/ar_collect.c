/* ar_collect.c - what must be known of every member before the first byte can be written. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/ar_write.h"

enum {
    CACHE_FILE = 16 << 10,   /* files up to here are kept from the first look to the copy ... */
    CACHE_TOTAL = 24 << 20,  /* ... as long as they are not more than this together */
    DROP_MAPPED = 256 << 10  /* larger members of a mapped archive give their pages back at once */
};

/* One worker's own memory. */
struct worker_state {
    struct arena keep; /* names and cached files: joined to the result's arena at the end */
    struct buf names;
};

struct collect {
    struct ar_item *items;
    const struct ar_collect_opts *opts;
    struct diag *diags; /* one per item, merged in order */
    struct worker_state *workers;
    atomic_size_t cached;
};

/* ---- symbols --------------------------------------------------------------------------------- */

static bool machine_is_ec(const struct object *obj)
{
    return obj->machine == MACH_ARM64EC || obj->machine == MACH_ARM64X;
}

static void collect_names(struct ar_item *it, const struct object *obj, struct worker_state *w)
{
    w->names.n = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->name.len && obj_symbol_in_armap(obj, s)) {
            buf_add(&w->names, s->name.p, s->name.len);
            buf_c(&w->names, '\0');
            n++;
        }
    }
    if (n && w->names.n <= UINT32_MAX) {
        char *p = arena_alloc(&w->keep, w->names.n);
        memcpy(p, w->names.p, w->names.n);
        it->sym_names = p;
        it->sym_len = (uint32_t)w->names.n;
        it->n_syms = n;
    }
}

static void read_symbols(struct ar_item *it, struct view bytes, const struct origin *archive,
                         struct diag *d, struct worker_state *w)
{
    it->format = obj_detect(bytes);
    if (!obj_format_readable(it->format)) {
        return;
    }
    struct origin origin = {NULL, it->path ? str_c(it->path) : it->name, ORIGIN_FILE};
    if (!it->path && archive) {
        origin = (struct origin){archive, it->name, ORIGIN_MEMBER};
    }
    struct object obj;
    /* A damaged object is stored as it is; only its symbols are missing from the index. */
    d->errors_are_warnings = true;
    if (obj_open(&obj, bytes, &origin, d)) {
        it->machine = obj.machine;
        it->big_endian = obj.big_endian;
        it->is64 = obj.is64;
        it->ec = machine_is_ec(&obj);
        if (obj_load_symbols(&obj)) {
            collect_names(it, &obj, w);
        }
    }
    obj_close(&obj);
    d->errors_are_warnings = false;
}

/* ---- one item -------------------------------------------------------------------------------- */

static void take_attributes(struct ar_item *it, const struct stat *st, const struct ar_collect_opts *o)
{
    if (o->deterministic) {
        it->mtime = 0;
        it->uid = it->gid = 0;
        it->mode = 0644;
        return;
    }
    it->mtime = (int64_t)st->st_mtime < o->max_mtime ? (int64_t)st->st_mtime : o->max_mtime;
    it->uid = st->st_uid;
    it->gid = st->st_gid;
    it->mode = st->st_mode;
}

static bool cannot_read(struct ar_item *it, struct diag *d, int err)
{
    it->failed = true;
    if (err == EISDIR || err == ENODEV) {
        return diag_error(d, "%s: %s", it->path, err == EISDIR ? "is a directory" : "not a regular file");
    }
    return diag_errno(d, it->path, err);
}

/* A file: attributes, symbols, and its bytes if they are few. */
static void collect_file(struct collect *c, struct ar_item *it, struct diag *d, struct worker_state *w)
{
    struct file f;
    int err = file_open(&f, it->path, 0);
    if (err) {
        cannot_read(it, d, err);
        return;
    }
    it->size = f.data.len;
    if (it->fresh) {
        take_attributes(it, &f.st, c->opts);
    }
    if (c->opts->index) {
        read_symbols(it, f.data, NULL, d, w);
    } else {
        it->format = obj_detect(f.data);
    }
    if (!c->opts->thin && f.data.len <= CACHE_FILE &&
        atomic_fetch_add_explicit(&c->cached, (size_t)f.data.len, memory_order_relaxed) < CACHE_TOTAL) {
        uint8_t *p = arena_alloc(&w->keep, (size_t)f.data.len);
        if (f.data.len) {
            memcpy(p, f.data.p, (size_t)f.data.len);
        }
        it->data = view_of(p, f.data.len);
        it->fd = -1;
        it->path = NULL;
    }
    file_close(&f);
}

/* A member of the mapped old archive. Its pages are given back, so that reading a large archive does
   not make the process as large. */
static void collect_mapped(struct collect *c, struct ar_item *it, struct diag *d, struct worker_state *w)
{
    if (c->opts->index) {
        read_symbols(it, it->data, c->opts->archive, d, w);
    } else {
        it->format = obj_detect(it->data);
    }
    if (it->fd >= 0 && it->data.len >= DROP_MAPPED) {
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t from = ((uintptr_t)it->data.p + page - 1) & ~(page - 1);
        uintptr_t to = ((uintptr_t)it->data.p + (uintptr_t)it->data.len) & ~(page - 1);
        madvise((void *)from, to - from, MADV_DONTNEED);
    }
}

/* Writes item I, its diag, and worker WORKER's state. */
static void collect_one(void *ctx, size_t i, unsigned worker)
{
    struct collect *c = ctx;
    struct ar_item *it = &c->items[i];
    if (it->path) {
        collect_file(c, it, &c->diags[i], &c->workers[worker]);
    } else {
        collect_mapped(c, it, &c->diags[i], &c->workers[worker]);
    }
}

bool ar_collect(struct ar_item *items, size_t n, const struct ar_collect_opts *opts, struct diag *d)
{
    struct collect c = {.items = items, .opts = opts};
    unsigned n_workers = pool_threads(opts->pool);
    c.diags = xcalloc(n, sizeof *c.diags);
    c.workers = xcalloc(n_workers, sizeof *c.workers);
    for (size_t i = 0; i < n; i++) {
        diag_child(&c.diags[i], d);
    }
    parallel_for(opts->pool, n, 4, collect_one, &c);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good = good && !items[i].failed;
        diag_merge(d, &c.diags[i]);
    }
    for (unsigned w = 0; w < n_workers; w++) {
        buf_free(&c.workers[w].names);
        arena_adopt(opts->arena, &c.workers[w].keep);
    }
    free(c.diags);
    free(c.workers);
    return good;
}

enum ar_dialect ar_dialect_for(const struct ar_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (items[i].format) {
        case OBJ_ELF:
        case OBJ_WASM:
            return AR_DIALECT_GNU;
        case OBJ_COFF:
        case OBJ_BIGOBJ:
        case OBJ_SHORTIMP:
        case OBJ_PE:
            return AR_DIALECT_COFF;
        case OBJ_MACHO:
            return AR_DIALECT_DARWIN;
        case OBJ_XCOFF:
            return AR_DIALECT_BIG;
        default:
            break;
        }
    }
    return AR_DIALECT_NONE;
}
