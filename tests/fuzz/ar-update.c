/* ar-update.c - fuzz target: an archive is read, its last member is left out and its first one added
   again, the result written in the same dialect and read back: the members must be the same, whatever
   the old archive looked like. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/ar_write.h"
#include "base/vec.h"
#include "fuzz.h"

typedef VEC(struct ar_item) items;

/* The members in order. False if the archive is damaged or does not hold contents. */
static bool members(struct ar *ar, items *out)
{
    struct ar_iter it;
    struct ar_member m;
    ar_iter_start(&it, ar, false);
    while (ar_iter_next(&it, &m)) {
        if (m.truncated || m.thin || m.bad_fields) {
            return false;
        }
        vec_push(out, (struct ar_item){.name = m.name, .data = m.data, .fd = -1, .size = m.data.len,
                                       .mtime = m.mtime, .uid = m.uid, .gid = m.gid, .mode = m.mode,
                                       .old_off = m.hdr_off});
    }
    return !it.bad;
}

/* Is B's data A's, with nothing but a Darwin archive's padding behind it? */
static bool same_data(struct view a, struct view b)
{
    if (b.len < a.len || b.len - a.len >= 8 || (a.len && memcmp(a.p, b.p, (size_t)a.len) != 0)) {
        return false;
    }
    for (uint64_t i = a.len; i < b.len; i++) {
        if (b.p[i] != '\n') {
            return false;
        }
    }
    return true;
}

static void compare(const char *path, const struct origin *origin, const items *want, struct diag *d)
{
    struct file f;
    struct arena a = {0};
    struct ar ar;
    items got = {0};
    if (file_open(&f, path, 0) != 0 || !ar_open(&ar, f.data, origin, d, &a) || !members(&ar, &got) ||
        got.n != want->n) {
        fprintf(stderr, "the archive that was written does not read back: %zu of %zu members\n", got.n, want->n);
        diag_flush(d);
        abort();
    }
    for (size_t i = 0; i < want->n; i++) {
        if (!str_eq(got.p[i].name, want->p[i].name) || !same_data(want->p[i].data, got.p[i].data)) {
            fprintf(stderr, "member %zu differs: %.*s, %.*s\n", i, Q(want->p[i].name), Q(got.p[i].name));
            abort();
        }
    }
    vec_free(&got);
    arena_free(&a);
    file_close(&f);
}

static void rewrite(struct ar *ar, items *all, const struct origin *origin, struct diag *d, struct buf *out)
{
    char path[] = "/tmp/objkit-fuzz-ar-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) {
        abort();
    }
    close(fd);
    struct pool *pool = pool_new(1);
    struct outfile o;
    bool index = ar->dialect != AR_DIALECT_RAW;
    struct ar_collect_opts collect = {.index = index, .max_mtime = INT64_MAX, .pool = pool, .arena = ar->arena,
                                      .archive = origin};
    struct ar_write_opts write = {.dialect = ar->dialect == AR_DIALECT_NONE ? AR_DIALECT_GNU : ar->dialect,
                                  .index = index, .sym64_threshold = UINT64_C(1) << 32};
    bool ok = ar_collect(all->p, all->n, &collect, d) && outfile_begin(&o, path, 0600) == 0;
    if (ok) {
        ok = ar_write(&o, path, all->p, all->n, &write, d);
        if (ok && outfile_commit(&o) == 0) {
            compare(path, origin, all, d);
        } else if (!ok) {
            outfile_abort(&o); /* a name or number that the dialect cannot say: reported */
        }
    }
    buf_printf(out, "written %d\n", ok);
    if (!ok && diag_ok(d)) {
        abort();
    }
    pool_free(pool);
    unlink(path);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct ar ar;
    items all = {0};
    if (bytes.len < (1u << 20) && ar_open(&ar, bytes, origin, d, &a) && members(&ar, &all) && all.n > 1) {
        struct ar_item first = all.p[0];
        all.n--;
        vec_push(&all, first);
        diag_drop(d);
        rewrite(&ar, &all, origin, d, out);
    }
    vec_free(&all);
    arena_free(&a);
}

FUZZ_TARGET(walk)
