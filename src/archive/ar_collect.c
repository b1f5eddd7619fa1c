/* ar_collect.c - what must be known of every member before the first byte can be written. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/ar_write.h"

enum {
    CACHE_FILE = 16 << 10,   /* files up to here are kept from the first look to the copy ... */
    CACHE_TOTAL = 24 << 20,  /* ... as long as they are not more than this together */
    HEAD_LEN = 64,           /* of a larger file: enough to know the simple case by */
    KEEP_SCRATCH = 4 << 20,  /* tables of one object beyond this are given back after it */
    DROP_MAPPED = 4 << 20    /* pages of a mapped archive are given back after this many bytes */
};

/* One worker's own memory. */
struct worker_state {
    struct arena keep; /* names and cached files: joined to the result's arena at the end */
    struct arena scratch; /* tables of the object being looked at */
    struct buf names;
    const uint8_t *dropped; /* mapped members up to here were given back; bytes looked at since */
    uint64_t touched;
    uint8_t *look; /* CACHE_FILE bytes: the file being looked at */
};

struct collect {
    struct ar_item *items;
    const struct ar_collect_opts *opts;
    struct diag *diags; /* one per item, merged in order */
    struct worker_state *workers;
    atomic_size_t cached;
    _Atomic unsigned dear_pages; /* see struct arena */
};

/* ---- symbols --------------------------------------------------------------------------------- */

static bool machine_is_ec(const struct object *obj)
{
    return obj->machine == MACH_ARM64EC || obj->machine == MACH_ARM64X;
}

/* What W's names hold are the N names of IT. */
static void keep_names(struct ar_item *it, uint32_t n, struct worker_state *w)
{
    if (n && w->names.n <= UINT32_MAX) {
        char *p = arena_alloc(&w->keep, w->names.n);
        memcpy(p, w->names.p, w->names.n);
        it->sym_names = p;
        it->sym_len = (uint32_t)w->names.n;
        it->n_syms = n;
    }
    w->names.n = 0;
}

static void collect_names(struct ar_item *it, const struct object *obj, struct worker_state *w)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->name.len && obj_symbol_in_armap(obj, s)) {
            buf_add(&w->names, s->name.p, s->name.len);
            buf_c(&w->names, '\0');
            n++;
        }
    }
    keep_names(it, n, w);
}

static bool in_triple(const struct object *obj, const char *part)
{
    return obj->triple.len && memmem(obj->triple.p, obj->triple.len, part, strlen(part));
}

/* Where the bytes of the object being looked at are: V has the first, a file those behind, from BASE. */
struct bytes_source {
    struct view v;
    int fd;
    uint64_t base;
};

static const uint8_t *fetch_bytes(struct obj_source *s, struct arena *a, uint64_t off, uint64_t len)
{
    const struct bytes_source *b = s->ctx;
    struct view v;
    if (view_sub(b->v, off, len, &v)) {
        return v.p;
    }
    uint8_t *p = arena_alloc(a, (size_t)len);
    return pread(b->fd, p, (size_t)len, (off_t)(b->base + off)) == (ssize_t)len ? p : NULL;
}

/* The LEN bytes of B are an ELF object like most: its names, without looking at the rest of it. */
static bool index_quickly(struct ar_item *it, struct bytes_source b, uint64_t len, struct worker_state *w)
{
    struct obj_source src = {fetch_bytes, len, &b};
    struct obj_index found;
    bool good = elf_index_names(&src, &w->scratch, &found, &w->names);
    if (good) {
        it->format = OBJ_ELF;
        it->machine = found.machine;
        it->big_endian = found.big_endian;
        it->is64 = found.is64;
        keep_names(it, found.n_names, w);
    }
    if (w->scratch.total > KEEP_SCRATCH) {
        arena_free(&w->scratch);
    } else {
        arena_reset(&w->scratch);
    }
    return good;
}

static void read_symbols(struct ar_item *it, struct view bytes, const struct origin *archive,
                         struct diag *d, struct worker_state *w)
{
    it->format = obj_detect(bytes);
    if (!obj_format_readable(it->format) ||
        (it->format == OBJ_ELF && index_quickly(it, (struct bytes_source){bytes, -1, 0}, bytes.len, w))) {
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
        it->for_darwin = in_triple(&obj, "-apple-") || in_triple(&obj, "-darwin");
        it->for_windows = in_triple(&obj, "-windows") || in_triple(&obj, "-mingw");
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
    if (err == ELOOP) {
        return diag_error(d, "%s: an archive cannot be a member of itself", it->path);
    }
    if (err == EISDIR || err == ENODEV) {
        return diag_error(d, "%s: %s", it->path, err == EISDIR ? "is a directory" : "not a regular file");
    }
    return diag_errno(d, it->path, err);
}

/* The bytes of the file FD: read into the worker's buffer if they are few (a mapping costs faults and
   their undoing), else mapped. 0 or an errno. */
static int look_at(int fd, uint64_t size, struct worker_state *w, struct view *out, bool *mapped)
{
    *mapped = size > CACHE_FILE;
    if (*mapped) {
        void *p = size <= SIZE_MAX ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
        *out = view_of(p, size);
        return p == MAP_FAILED ? errno : 0;
    }
    if (!w->look) {
        w->look = xmalloc(CACHE_FILE);
    }
    size_t n = 0;
    while (n < size) {
        ssize_t r = read(fd, w->look + n, (size_t)size - n);
        if (r == 0) {
            break;
        }
        if (r < 0 && errno != EINTR) {
            return errno;
        }
        n += r > 0 ? (size_t)r : 0;
    }
    *out = view_of(w->look, n);
    return 0;
}

/* Bytes of a file that is not small, of which what is needed may be had without reading it all. */
static bool look_quickly(const struct collect *c, struct ar_item *it, int fd, uint64_t base, uint64_t size,
                         struct worker_state *w)
{
    uint8_t head[HEAD_LEN];
    if (size <= CACHE_FILE || pread(fd, head, sizeof head, (off_t)base) != sizeof head ||
        obj_detect(view_of(head, sizeof head)) != OBJ_ELF) {
        return false;
    }
    it->size = size;
    it->format = OBJ_ELF;
    return !c->opts->index || index_quickly(it, (struct bytes_source){view_of(head, sizeof head), fd, base}, size, w);
}

static void collect_bytes(struct collect *c, struct ar_item *it, struct view v, struct diag *d,
                          struct worker_state *w)
{
    it->size = v.len;
    if (c->opts->index) {
        read_symbols(it, v, NULL, d, w);
    } else {
        it->format = obj_detect(v);
    }
    if (!c->opts->thin && v.len <= CACHE_FILE &&
        atomic_fetch_add_explicit(&c->cached, (size_t)v.len, memory_order_relaxed) < CACHE_TOTAL) {
        uint8_t *p = arena_alloc(&w->keep, (size_t)v.len);
        if (v.len) {
            memcpy(p, v.p, (size_t)v.len);
        }
        it->data = view_of(p, v.len);
        it->fd = -1;
        it->path = NULL;
    }
}

/* A file: attributes, symbols, and its bytes if they are few. */
static void collect_file(struct collect *c, struct ar_item *it, struct diag *d, struct worker_state *w)
{
    struct stat st;
    struct view v;
    bool mapped = false;
    /* O_NONBLOCK: a FIFO named as a member must not hang the open. */
    int fd = open(it->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int err = fd < 0 || fstat(fd, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR
              : !S_ISREG(st.st_mode) ? ENODEV
              : c->opts->self && it->fresh && file_same(&st, c->opts->self) ? ELOOP : 0;
    bool done = !err && look_quickly(c, it, fd, 0, (uint64_t)st.st_size, w);
    if (!err && !done) {
        err = look_at(fd, (uint64_t)st.st_size, w, &v, &mapped);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (err) {
        cannot_read(it, d, err);
        return;
    }
    if (it->fresh) {
        take_attributes(it, &st, c->opts);
    }
    if (!done) {
        collect_bytes(c, it, v, d, w);
    }
    if (mapped) {
        munmap((void *)(uintptr_t)v.p, (size_t)v.len);
    }
}

/* A member of the mapped old archive. Pages are given back, so that reading a large archive does not
   make the process as large. */
static void collect_mapped(struct collect *c, struct ar_item *it, struct diag *d, struct worker_state *w)
{
    if (it->fd >= 0 && look_quickly(c, it, it->fd, it->fd_off, it->size, w)) {
        return;
    }
    if (c->opts->index) {
        read_symbols(it, it->data, c->opts->archive, d, w);
    } else {
        it->format = obj_detect(it->data);
    }
    if (it->fd < 0) {
        return;
    }
    /* everything from the last drop to here; what another worker still needs it reads again */
    w->touched += it->data.len;
    if (!w->dropped || it->data.p < w->dropped) {
        w->dropped = it->data.p;
    }
    if (w->touched >= DROP_MAPPED) {
        file_drop_pages(view_of(w->dropped, (uint64_t)(it->data.p + it->data.len - w->dropped)));
        w->dropped = it->data.p + it->data.len;
        w->touched = 0;
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
    for (unsigned w = 0; w < n_workers; w++) {
        c.workers[w].keep.large_from = 1 << 20;
        c.workers[w].keep.dear = &c.dear_pages;
    }
    parallel_for(opts->pool, n, 4, collect_one, &c);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good = good && !items[i].failed;
        diag_merge(d, &c.diags[i]);
    }
    for (unsigned w = 0; w < n_workers; w++) {
        buf_free(&c.workers[w].names);
        arena_free(&c.workers[w].scratch);
        free(c.workers[w].look);
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
        case OBJ_BITCODE:
            return items[i].for_darwin ? AR_DIALECT_DARWIN
                   : items[i].for_windows ? AR_DIALECT_COFF : AR_DIALECT_GNU;
        default:
            break;
        }
    }
    return AR_DIALECT_NONE;
}
