/* ar_write.c - streams an archive out: special members, then header and contents of each member. */
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
    OUT_BUF = 64 << 10,   /* stays in the second-level cache between read and write */
    COPY_FROM = 1 << 20   /* members from here on are copied by the kernel */
};

struct writer {
    struct outfile *o;
    const char *path;
    struct diag *d;
    uint8_t *buf;
    size_t n;
    bool failed;
};

static bool fail(struct writer *w, const char *path, int err)
{
    w->failed = true;
    return diag_errno(w->d, path, err);
}

static bool flush(struct writer *w)
{
    int err = outfile_write(w->o, w->buf, w->n);
    w->n = 0;
    return err ? fail(w, w->path, err) : true;
}

static bool put(struct writer *w, const void *p, size_t n)
{
    const uint8_t *s = p;
    while (n) {
        if (w->n == OUT_BUF && !flush(w)) {
            return false;
        }
        size_t k = n < OUT_BUF - w->n ? n : OUT_BUF - w->n;
        memcpy(w->buf + w->n, s, k);
        w->n += k;
        s += k;
        n -= k;
    }
    return true;
}

static bool put_fill(struct writer *w, uint8_t c, uint64_t n)
{
    uint8_t pad[8];
    memset(pad, c, sizeof pad);
    return put(w, pad, n < sizeof pad ? (size_t)n : sizeof pad);
}

/* SIZE bytes at OFF of FD, read straight into the output buffer; large ones go from file to file. */
static bool put_fd(struct writer *w, const char *from, int fd, uint64_t off, uint64_t size)
{
    if (size >= COPY_FROM) {
        if (!flush(w)) {
            return false;
        }
        int err = outfile_copy(w->o, fd, off, size);
        return err ? fail(w, w->path, err) : true;
    }
    while (size) {
        if (w->n == OUT_BUF && !flush(w)) {
            return false;
        }
        size_t k = size < OUT_BUF - w->n ? (size_t)size : OUT_BUF - w->n;
        ssize_t r = pread(fd, w->buf + w->n, k, (off_t)off);
        if (r == 0) {
            w->failed = true;
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

static bool put_regular(struct writer *w, const struct layout *l, size_t i, struct buf *b)
{
    const struct ar_item *it = &l->items[i];
    char field[AR_NAME_LEN + 8];
    struct str name = it->name;
    uint64_t len = it->size, name_len = 0, pad = layout_data_pad(l, it);
    bool bsd = l->dialect == AR_DIALECT_BSD || l->dialect == AR_DIALECT_DARWIN;
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
    if (!put(w, b->p, b->n)) {
        return false;
    }
    return l->opts->thin || (put_contents(w, it) && put_fill(w, '\n', pad + ((len & 1) ? 1 : 0)));
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

static bool write_all(struct writer *w, const struct layout *l)
{
    struct buf b = {0}, tail = {0};
    bool big = l->dialect == AR_DIALECT_BIG;
    if (big) {
        armap_big_tail(l, &tail, &b);
    } else {
        buf_puts(&b, l->opts->thin ? AR_THIN_MAGIC : AR_MAGIC);
        armap_front(l, &b);
    }
    if (is_unchanged(l, &b)) {
        *l->opts->same = true;
        buf_free(&b);
        return false;
    }
    bool good = put(w, b.p, b.n);
    for (size_t i = 0; good && i < l->n; i++) {
        good = big ? put_big(w, l, i, &b) : put_regular(w, l, i, &b);
    }
    good = good && put(w, tail.p, tail.n) && flush(w);
    buf_free(&b);
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
    struct writer w = {.o = o, .path = path, .d = d};
    bool good = layout_make(&l, path, d);
    if (good) {
        w.buf = xmalloc(OUT_BUF);
        good = write_all(&w, &l);
        free(w.buf);
    }
    layout_free(&l);
    return good;
}
