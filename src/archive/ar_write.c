/* ar_write.c - streams an archive out: special members, then header and contents of each member.

   Every offset is known before the first byte is written, so members are written in parallel, each
   segment of about a megabyte by one thread at its own place: writes to one file wait for each other
   in the kernel, but reading the inputs does not have to wait for them. Contents go through a buffer
   that stays in the second-level cache. */
#include "archive/ar_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/ar_fmt.h"
#include "archive/ar_layout.h"
#include "base/ckint.h"

enum {
    OUT_BUF = 256 << 10,
    /* Members from here on are copied by the kernel, which saves a copy but holds the output's lock
       while it reads: with several threads only what would not fit the buffer many times over. */
    COPY_FROM_ALONE = 16 << 10,
    COPY_FROM_SHARED = 4 << 20,
    SEGMENT = 1 << 20
};

struct writer {
    struct outfile *o;
    const char *path;
    struct diag *d;
    uint8_t *buf;
    size_t n;
    uint64_t pos;     /* where the buffer will go */
    uint64_t copy_from;
    bool sequential;  /* the output has no positions: a pipe or a device */
};

static bool fail(struct writer *w, const char *path, int err)
{
    return diag_errno(w->d, path, err);
}

static bool put_out(struct writer *w, const void *p, size_t n)
{
    int err = w->sequential ? outfile_write(w->o, p, n) : outfile_pwrite(w->o, p, n, w->pos);
    w->pos += n;
    return err ? fail(w, w->path, err) : true;
}

static bool flush(struct writer *w)
{
    size_t n = w->n;
    w->n = 0;
    return put_out(w, w->buf, n);
}

static bool put(struct writer *w, const void *p, size_t n)
{
    if (n > OUT_BUF) {
        return flush(w) && put_out(w, p, n);
    }
    if (n > OUT_BUF - w->n && !flush(w)) {
        return false;
    }
    if (n) {
        memcpy(w->buf + w->n, p, n);
    }
    w->n += n;
    return true;
}

static bool put_fill(struct writer *w, uint8_t c, uint64_t n)
{
    uint8_t pad[8];
    memset(pad, c, sizeof pad);
    return put(w, pad, n < sizeof pad ? (size_t)n : sizeof pad);
}

static bool copy_large(struct writer *w, int fd, uint64_t off, uint64_t size)
{
    if (!flush(w)) {
        return false;
    }
    int err = outfile_copy_at(w->o, fd, off, size, w->pos);
    w->pos += size;
    return err ? fail(w, w->path, err) : true;
}

/* SIZE bytes at OFF of FD, read straight into the output buffer; large ones go from file to file. */
static bool put_fd(struct writer *w, const char *from, int fd, uint64_t off, uint64_t size)
{
    if (size >= w->copy_from && !w->sequential) {
        return copy_large(w, fd, off, size);
    }
    while (size) {
        if (w->n == OUT_BUF && !flush(w)) {
            return false;
        }
        size_t k = size < OUT_BUF - w->n ? (size_t)size : OUT_BUF - w->n;
        ssize_t r = pread(fd, w->buf + w->n, k, (off_t)off);
        if (r == 0) {
            return diag_error(w->d, "%s: file was cut short while it was read", from);
        }
        if (r < 0 && errno != EINTR) {
            return fail(w, from, errno);
        }
        if (r > 0) {
            w->n += (size_t)r;
            off += (uint64_t)r;
            size -= (uint64_t)r;
        }
    }
    return true;
}

static bool put_contents(struct writer *w, const struct ar_item *it)
{
    if (it->path) {
        int fd = open(it->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            return fail(w, it->path, errno);
        }
        bool good = put_fd(w, it->path, fd, 0, it->size);
        close(fd);
        return good;
    }
    if (it->fd >= 0) {
        return put_fd(w, w->path, it->fd, it->fd_off, it->size);
    }
    return put(w, it->data.p, (size_t)it->size);
}

/* ---- members --------------------------------------------------------------------------------- */

static bool is_bsd(const struct layout *l)
{
    return l->dialect == AR_DIALECT_BSD || l->dialect == AR_DIALECT_DARWIN;
}

/* What stands before item I's contents, into B; returns the padding that its size field counts. */
static uint64_t make_header(const struct layout *l, size_t i, struct buf *b)
{
    const struct ar_item *it = &l->items[i];
    char field[AR_NAME_LEN + 8];
    struct str name = it->name;
    uint64_t len = it->size, name_len = 0, pad = layout_data_pad(l, it);
    bool bsd = is_bsd(l);
    if (bsd) {
        name_len = layout_bsd_name_len(it->hdr_off, name.len);
        len += name_len + pad;
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
    b->n = 0;
    put_header(b, name, it->mtime, it->uid, it->gid, it->mode, len);
    if (bsd) {
        buf_str(b, it->name);
        buf_fill(b, '\0', (size_t)name_len - it->name.len);
    }
    return pad + (len & 1);
}

static bool put_regular(struct writer *w, const struct layout *l, size_t i, struct buf *b)
{
    uint64_t pad = make_header(l, i, b);
    return put(w, b->p, b->n) &&
           (l->opts->thin || (put_contents(w, &l->items[i]) && put_fill(w, '\n', pad)));
}

static bool put_big(struct writer *w, const struct layout *l, size_t i, struct buf *b)
{
    const struct ar_item *it = &l->items[i];
    uint64_t next = i + 1 < l->n ? it[1].hdr_off : l->end_off;
    b->n = 0;
    put_big_header(b, it, next, i ? it[-1].hdr_off : 0);
    return put(w, b->p, b->n) && put_contents(w, it) && put_fill(w, '\0', it->size & 1);
}

/* The members did not change; did the part before them, or its length? */
static bool is_unchanged(const struct layout *l, const struct buf *front)
{
    struct view old = l->opts->old;
    if (l->dialect == AR_DIALECT_BIG || old.len < front->n || !l->opts->same ||
        memcmp(old.p, front->p, front->n) != 0) {
        return false;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].old_off != l->items[i].hdr_off) {
            return false;
        }
    }
    return l->n ? old.len == l->end_off || old.len + 1 == l->end_off : old.len == front->n;
}

/* ---- segments ---------------------------------------------------------------------------------- */

struct segment {
    size_t first, n; /* items */
    bool run;        /* they follow each other in the old file just as they will in the new one */
    struct diag d;
    bool good;
};

struct job {
    const struct layout *l;
    struct outfile *o;
    const char *path;
    uint64_t copy_from;
    bool sequential;
    VEC(struct segment) segments;
};

/* Is what stands between the contents of items I-1 and I in the old file, padding and header, what
   will stand there in the new one? PAD: of I-1. */
static bool follows(const struct layout *l, size_t i, uint64_t pad, struct buf *b, uint64_t *next_pad)
{
    const struct ar_item *it = &l->items[i], *last = it - 1;
    uint64_t from = last->fd_off + last->size;
    uint8_t old[8 + AR_HDR_LEN + 512];
    if (it->fd != last->fd || it->path || it->fd_off < from || it->fd_off - from > sizeof old) {
        return false;
    }
    size_t n = (size_t)(it->fd_off - from);
    *next_pad = make_header(l, i, b);
    return n == pad + b->n && pread(it->fd, old, n, (off_t)from) == (ssize_t)n &&
           memcmp(old + pad, b->p, b->n) == 0 && (pad == 0 || memcmp(old, "\n\n\n\n\n\n\n\n", (size_t)pad) == 0);
}

/* The end of the run that begins with item I: I + 1 if it is alone. */
static size_t run_end(const struct layout *l, size_t i, struct buf *b)
{
    if (l->opts->thin || l->dialect == AR_DIALECT_BIG || l->items[i].fd < 0 || l->items[i].path) {
        return i + 1;
    }
    uint64_t pad = make_header(l, i, b);
    do {
        i++;
    } while (i < l->n && follows(l, i, pad, b, &pad));
    return i;
}

static void cut_segments(struct job *j, struct diag *d)
{
    const struct layout *l = j->l;
    struct buf b = {0};
    size_t tried = 0;
    for (size_t i = 0; i < l->n;) {
        size_t first = i, end = !j->sequential && i >= tried ? tried = run_end(l, i, &b) : i;
        bool run = end > i && l->items[end - 1].hdr_off - l->items[first].hdr_off >= SEGMENT;
        while (run ? i < end : i < l->n && l->items[i].hdr_off - l->items[first].hdr_off < SEGMENT) {
            i++;
        }
        struct segment s = {.first = first, .n = i - first, .run = run};
        vec_push(&j->segments, s);
    }
    buf_free(&b);
    for (size_t i = 0; i < j->segments.n; i++) {
        diag_child(&j->segments.p[i].d, d);
    }
}

static bool write_items(struct writer *w, const struct layout *l, size_t first, size_t n)
{
    struct buf b = {0};
    bool good = true;
    for (size_t i = first; good && i < first + n; i++) {
        good = l->dialect == AR_DIALECT_BIG ? put_big(w, l, i, &b) : put_regular(w, l, i, &b);
    }
    buf_free(&b);
    return good && flush(w);
}

/* The first header, then everything up to the last one's contents in one piece. */
static bool write_run(struct writer *w, const struct layout *l, size_t first, size_t n)
{
    const struct ar_item *a = &l->items[first], *z = a + n - 1;
    struct buf b = {0};
    make_header(l, first, &b);
    bool good = put(w, b.p, b.n) && copy_large(w, a->fd, a->fd_off, z->fd_off + z->size - a->fd_off);
    uint64_t pad = make_header(l, first + n - 1, &b);
    buf_free(&b);
    return good && put_fill(w, '\n', pad) && flush(w);
}

/* Writes segment I's part of the file and its own state. */
static void write_segment(void *ctx, size_t i, unsigned worker)
{
    struct job *j = ctx;
    struct segment *s = &j->segments.p[i];
    (void)worker;
    struct writer w = {.o = j->o, .path = j->path, .d = &s->d, .pos = j->l->items[s->first].hdr_off,
                       .sequential = j->sequential, .copy_from = j->copy_from};
    w.buf = xmalloc(OUT_BUF);
    s->good = s->run ? write_run(&w, j->l, s->first, s->n) : write_items(&w, j->l, s->first, s->n);
    free(w.buf);
}

static bool write_members(struct job *j, struct pool *pool, struct diag *d)
{
    cut_segments(j, d);
    if (pool && !j->sequential) {
        parallel_for(pool, j->segments.n, 1, write_segment, j);
    } else {
        for (size_t i = 0; i < j->segments.n; i++) {
            write_segment(j, i, 0);
        }
    }
    bool good = true;
    for (size_t i = 0; i < j->segments.n; i++) {
        good = good && j->segments.p[i].good;
        diag_merge(d, &j->segments.p[i].d);
    }
    vec_free(&j->segments);
    return good;
}

/* What stands before the members, and for AIX behind them. *SAME: the old archive has just that. */
static bool write_front(struct job *j, struct buf *tail, bool *same, struct diag *d)
{
    const struct layout *l = j->l;
    bool compare = l->opts->old.len && l->opts->same;
    struct buf b = compare ? (struct buf){0} : buf_to_fd(j->o->fd);
    if (l->dialect == AR_DIALECT_BIG) {
        armap_big_tail(l, tail, &b);
    } else {
        buf_puts(&b, l->opts->thin ? AR_THIN_MAGIC : AR_MAGIC);
        armap_front(l, &b);
    }
    *same = compare && is_unchanged(l, &b);
    int err = 0;
    if (compare) {
        err = *same ? 0 : outfile_write(j->o, b.p, b.n);
        buf_free(&b);
    } else {
        err = buf_finish(&b);
    }
    return err ? diag_errno(d, j->path, err) : true;
}

static bool write_all(struct job *j, struct diag *d)
{
    const struct layout *l = j->l;
    struct buf tail = {0};
    bool same;
    bool good = write_front(j, &tail, &same, d);
    if (good && same) {
        *l->opts->same = true;
        return false;
    }
    good = good && write_members(j, l->opts->pool, d);
    if (good && tail.n) {
        int err = j->sequential ? outfile_write(j->o, tail.p, tail.n)
                                : outfile_pwrite(j->o, tail.p, tail.n, l->end_off);
        good = !err || diag_errno(d, j->path, err);
    }
    buf_free(&tail);
    return good;
}

bool ar_write(struct outfile *o, const char *path, struct ar_item *items, size_t n,
              const struct ar_write_opts *opts, struct diag *d)
{
    struct layout l = {.items = items, .n = n, .opts = opts, .dialect = opts->dialect};
    if (l.dialect == AR_DIALECT_NONE) {
        l.dialect = AR_DIALECT_GNU;
    }
    struct job j = {.l = &l, .o = o, .path = path};
    j.copy_from = opts->pool && pool_threads(opts->pool) > 1 ? COPY_FROM_SHARED : COPY_FROM_ALONE;
    j.sequential = opts->sequential || lseek(o->fd, 0, SEEK_CUR) != 0;
    bool good = layout_make(&l, path, d) && write_all(&j, d);
    layout_free(&l);
    return good;
}
