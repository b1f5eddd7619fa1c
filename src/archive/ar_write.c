/* ar_write.c - the finished archive, in windows.

   Every offset is known before the first byte is written. Behind the special members the file is cut
   at multiples of WINDOW; each window is put together in memory, contents read straight into their
   place, and written in one call. Windows are independent, so threads share them; and a write that
   begins and ends on such a border is the cheapest that a kernel has, cheaper by a quarter than
   letting it copy from file to file at an odd distance, which is what a member is always at. */
#include "archive/ar_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/ar_fmt.h"
#include "archive/ar_layout.h"
#include "base/ckint.h"

enum { WINDOW = 128 << 10 }; /* larger pages of the cache than this are not always to be had */

/* ---- headers --------------------------------------------------------------------------------- */

static bool is_bsd(const struct layout *l)
{
    return l->dialect == AR_DIALECT_BSD || l->dialect == AR_DIALECT_DARWIN;
}

static bool is_big(const struct layout *l)
{
    return l->dialect == AR_DIALECT_BIG;
}

static uint64_t item_end(const struct layout *l, size_t i)
{
    return i + 1 < l->n ? l->items[i + 1].hdr_off : l->end_off;
}

/* Where item I's contents begin. */
static uint64_t data_off(const struct layout *l, size_t i)
{
    const struct ar_item *it = &l->items[i];
    if (is_big(l)) {
        return it->hdr_off + AR_BIG_HDR_LEN + align_up(it->name.len, 2) + AR_END_LEN;
    }
    return it->hdr_off + AR_HDR_LEN + (is_bsd(l) ? layout_bsd_name_len(it->hdr_off, it->name.len) : 0);
}

static void regular_header(const struct layout *l, size_t i, struct buf *b)
{
    const struct ar_item *it = &l->items[i];
    char field[AR_NAME_LEN + 8];
    struct str name = it->name;
    uint64_t name_len = is_bsd(l) ? data_off(l, i) - it->hdr_off - AR_HDR_LEN : 0;
    if (is_bsd(l)) {
        snprintf(field, sizeof field, "#1/%llu", (unsigned long long)name_len);
        name = str_c(field);
    } else if (l->name_off[i] != NAME_INLINE) {
        snprintf(field, sizeof field, "/%llu", (unsigned long long)l->name_off[i]);
        name = str_c(field);
    } else if (l->dialect != AR_DIALECT_RAW) {
        memcpy(field, name.p, name.len);
        field[name.len] = '/';
        name = (struct str){field, name.len + 1};
    }
    put_header(b, name, it->mtime, it->uid, it->gid, it->mode, name_len + it->size + layout_data_pad(l, it));
    if (is_bsd(l)) {
        buf_str(b, it->name);
        buf_fill(b, '\0', (size_t)name_len - it->name.len);
    }
}

/* What stands before item I's contents. */
static void make_header(const struct layout *l, size_t i, struct buf *b)
{
    b->n = 0;
    if (is_big(l)) {
        put_big_header(b, &l->items[i], item_end(l, i), i ? l->items[i - 1].hdr_off : 0);
    } else {
        regular_header(l, i, b);
    }
}

/* ---- one window ------------------------------------------------------------------------------- */

struct job {
    const struct layout *l;
    struct outfile *o;
    const char *path;
    bool sequential;      /* the output has no positions: a pipe or a device */
    uint64_t first;       /* the number of the window that the first member begins in */
    size_t n_windows;
    uint8_t **buffers;    /* one per worker, WINDOW bytes, once it has needed it */
    struct diag *diags;   /* one per window, and a last one for what stands in front */
    atomic_size_t failed; /* the first window that failed; those behind it need not be tried */
};

struct window {
    const struct job *job;
    struct diag *d;
    uint8_t *p;
    uint64_t off, len; /* the part of the output that P holds */
    struct span {      /* contents to be read, of one file: members with what is between them */
        int fd;
        uint64_t from, to, len; /* offsets in the file and in the output */
    } span;
};

/* The part of [OFF, OFF + LEN) that lies in W: how much of it is before, and how long it is. */
static uint64_t clip(const struct window *w, uint64_t off, uint64_t len, uint64_t *skip)
{
    uint64_t from = off > w->off ? off : w->off;
    uint64_t end = off + len < w->off + w->len ? off + len : w->off + w->len;
    *skip = from - off;
    return end > from ? end - from : 0;
}

static void place(struct window *w, uint64_t off, const void *p, uint64_t len)
{
    uint64_t skip, n = clip(w, off, len, &skip);
    if (n) {
        memcpy(w->p + (off + skip - w->off), (const uint8_t *)p + skip, (size_t)n);
    }
}

static bool read_at(struct window *w, const char *path, int fd, uint64_t from, uint64_t to, uint64_t len)
{
    while (len) {
        ssize_t r = pread(fd, w->p + (to - w->off), (size_t)len, (off_t)from);
        if (r == 0) {
            return diag_error(w->d, "%s: file was cut short while it was read", path);
        }
        if (r < 0 && errno != EINTR) {
            return diag_errno(w->d, path, errno);
        }
        if (r > 0) {
            from += (uint64_t)r;
            to += (uint64_t)r;
            len -= (uint64_t)r;
        }
    }
    return true;
}

static bool read_span(struct window *w)
{
    struct span s = w->span;
    w->span.len = 0;
    return s.len == 0 || read_at(w, w->job->path, s.fd, s.from, s.to, s.len);
}

static bool read_file(struct window *w, const char *path, uint64_t from, uint64_t to, uint64_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return diag_errno(w->d, path, errno);
    }
    bool good = read_at(w, path, fd, from, to, len);
    close(fd);
    return good;
}

/* Members that keep their distance to each other are read in one piece: the headers between them are
   put in place afterwards. */
static bool contents(struct window *w, size_t i)
{
    const struct ar_item *it = &w->job->l->items[i];
    uint64_t skip, to = data_off(w->job->l, i);
    uint64_t len = clip(w, to, it->size, &skip);
    if (len == 0) {
        return true;
    }
    if (it->path) {
        return read_file(w, it->path, skip, to + skip, len);
    }
    if (it->fd < 0) {
        place(w, to, it->data.p, it->size);
        return true;
    }
    struct span *s = &w->span;
    uint64_t from = it->fd_off + skip;
    to += skip;
    if (s->len && (s->fd != it->fd || from < s->from || from - s->from != to - s->to) && !read_span(w)) {
        return false;
    }
    if (s->len == 0) {
        *s = (struct span){it->fd, from, to, 0};
    }
    s->len = to + len - s->to;
    return true;
}

/* Header and padding of item I. */
static void frame(struct window *w, size_t i, struct buf *b)
{
    static const char newlines[16] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", zeros[16];
    const struct layout *l = w->job->l;
    uint64_t skip, data = data_off(l, i), data_end = data + l->items[i].size;
    if (clip(w, l->items[i].hdr_off, data - l->items[i].hdr_off, &skip)) {
        make_header(l, i, b);
        place(w, l->items[i].hdr_off, b->p, b->n);
    }
    if (!l->opts->thin) { /* an odd byte, and what Darwin aligns by: less than 16 */
        place(w, data_end, is_big(l) ? zeros : newlines, item_end(l, i) - data_end);
    }
}

/* The item that holds the byte at OFF. */
static size_t item_at(const struct layout *l, uint64_t off)
{
    size_t lo = 0, hi = l->n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->items[mid].hdr_off <= off) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static bool fill_window(struct window *w)
{
    const struct layout *l = w->job->l;
    size_t first = item_at(l, w->off), end = first;
    bool good = true;
    for (; good && end < l->n && l->items[end].hdr_off < w->off + w->len; end++) {
        good = l->opts->thin || contents(w, end);
    }
    good = good && read_span(w);
    struct buf b = {0};
    for (size_t i = first; good && i < end; i++) {
        frame(w, i, &b);
    }
    buf_free(&b);
    return good;
}

static bool write_window(struct job *j, size_t k, uint8_t *p)
{
    const struct layout *l = j->l;
    uint64_t off = (j->first + k) * WINDOW, end = off + WINDOW;
    off = off > l->front_len ? off : l->front_len;
    end = end < l->end_off ? end : l->end_off;
    struct window w = {.job = j, .d = &j->diags[k], .p = p, .off = off, .len = end - off};
    if (!fill_window(&w)) {
        return false;
    }
    int err = j->sequential ? outfile_write(j->o, p, (size_t)w.len) : outfile_pwrite(j->o, p, (size_t)w.len, off);
    return !err || diag_errno(w.d, j->path, err);
}

/* ---- the file ---------------------------------------------------------------------------------- */
static void front_bytes(const struct layout *l, struct buf *tail, struct buf *b)
{
    if (is_big(l)) {
        armap_big_tail(l, tail, b);
    } else {
        buf_puts(b, l->opts->thin ? AR_THIN_MAGIC : AR_MAGIC);
        armap_front(l, b);
    }
}

/* What stands before the members, made and written in pieces. */
static bool write_front(struct job *j, struct diag *d)
{
    struct buf tail = {0}, b = buf_to_fd(j->o->fd);
    front_bytes(j->l, &tail, &b);
    int err = buf_finish(&b);
    if (!err && tail.n && !j->sequential) { /* a stream's is written when its turn comes */
        err = outfile_pwrite(j->o, tail.p, tail.n, j->l->end_off);
    }
    buf_free(&tail);
    return !err || diag_errno(d, j->path, err);
}

static bool write_tail(struct job *j, struct diag *d)
{
    struct buf tail = {0}, front = {0};
    front_bytes(j->l, &tail, &front);
    int err = tail.n ? outfile_write(j->o, tail.p, tail.n) : 0;
    buf_free(&tail);
    buf_free(&front);
    return !err || diag_errno(d, j->path, err);
}

/* Keeps the least I that failed. */
static void note_failure(struct job *j, size_t i)
{
    size_t least = atomic_load(&j->failed);
    while (i < least && !atomic_compare_exchange_weak(&j->failed, &least, i)) {
    }
}

/* Piece 0 is the front, piece I window I - 1. Writes that part of the file, its own diag, and
   WORKER's buffer. */
static void write_piece(void *ctx, size_t i, unsigned worker)
{
    struct job *j = ctx;
    if (i > atomic_load_explicit(&j->failed, memory_order_relaxed)) {
        return;
    }
    bool good;
    if (i == 0) {
        good = write_front(j, &j->diags[j->n_windows]);
    } else {
        j->buffers[worker] = j->buffers[worker] ? j->buffers[worker] : xmalloc(WINDOW);
        good = write_window(j, i - 1, j->buffers[worker]);
    }
    if (!good) {
        note_failure(j, i);
    }
}

static bool write_all(struct job *j, struct pool *pool, struct diag *d)
{
    const struct layout *l = j->l;
    size_t n = j->n_windows + 1;
    unsigned n_workers = pool ? pool_threads(pool) : 1;
    j->buffers = xcalloc(n_workers, sizeof *j->buffers);
    j->diags = xcalloc(n, sizeof *j->diags);
    for (size_t i = 0; i < n; i++) {
        diag_child(&j->diags[i], d);
    }
    atomic_init(&j->failed, SIZE_MAX);
    if (pool && !j->sequential) {
        parallel_for(pool, n, 1, write_piece, j);
    } else {
        for (size_t i = 0; i < n; i++) {
            write_piece(j, i, 0);
        }
    }
    /* What went wrong first is what is told: a full disk fails every window. */
    size_t failed = atomic_load(&j->failed);
    for (size_t i = 0; i < n; i++) {
        struct diag *own = &j->diags[i ? i - 1 : j->n_windows];
        if (i <= failed) {
            diag_merge(d, own);
        } else {
            diag_drop(own);
        }
    }
    for (unsigned w = 0; w < n_workers; w++) {
        free(j->buffers[w]);
    }
    free(j->buffers);
    free(j->diags);
    return failed == SIZE_MAX && (!j->sequential || !is_big(l) || write_tail(j, d));
}

/* Is every member where it will be, and nothing behind the last one? */
static bool members_stay(const struct layout *l)
{
    struct view old = l->opts->old;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].old_off != l->items[i].hdr_off) {
            return false;
        }
    }
    return old.len == l->end_off || (l->n && old.len + 1 == l->end_off);
}

/* Does the old archive already have just what would be written? */
static bool nothing_to_do(const struct layout *l)
{
    struct view old = l->opts->old;
    if (old.len == 0 || !l->opts->same || is_big(l) || !members_stay(l)) {
        return false;
    }
    struct buf front = {0};
    front_bytes(l, NULL, &front);
    bool same = old.len >= front.n && memcmp(old.p, front.p, front.n) == 0;
    buf_free(&front);
    return same;
}

bool ar_write(struct outfile *o, const char *path, struct ar_item *items, size_t n,
              const struct ar_write_opts *opts, struct diag *d)
{
    struct layout l = {.items = items, .n = n, .opts = opts, .dialect = opts->dialect};
    if (l.dialect == AR_DIALECT_NONE) {
        l.dialect = AR_DIALECT_GNU;
    }
    bool good = layout_make(&l, path, d);
    if (good && nothing_to_do(&l)) {
        *opts->same = true;
        good = false;
    }
    if (good) {
        struct job j = {.l = &l, .o = o, .path = path};
        j.first = l.front_len / WINDOW;
        j.n_windows = n ? (size_t)((l.end_off + WINDOW - 1) / WINDOW - j.first) : 0;
        j.sequential = opts->sequential || lseek(o->fd, 0, SEEK_CUR) != 0;
        good = write_all(&j, opts->pool, d);
    }
    layout_free(&l);
    return good;
}
