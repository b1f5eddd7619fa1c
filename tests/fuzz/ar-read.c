/* ar-read.c - fuzz target: archives of every dialect, all members, special ones too. */
#include <stdlib.h>

#include "archive/ar_file.h"
#include "fuzz.h"

static void member(const struct ar_member *m, struct view bytes, struct buf *out)
{
    buf_printf(out, "%llu %llu %lld %llu %llu %o %d%d%d %d ", (unsigned long long)m->hdr_off,
               (unsigned long long)m->size, (long long)m->mtime, (unsigned long long)m->uid,
               (unsigned long long)m->gid, m->mode, m->bad_fields, m->truncated, m->thin, m->special);
    buf_name(out, m->name, NAME_ESCAPE);
    buf_c(out, '\n');
    if (m->data.len && !view_has(bytes, (uint64_t)(m->data.p - bytes.p), m->data.len)) {
        abort();
    }
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct ar ar;
    if (ar_open(&ar, bytes, origin, d, &a)) {
        for (int special = 0; special < 2; special++) {
            struct ar_iter it;
            struct ar_member m;
            ar_iter_start(&it, &ar, special);
            while (ar_iter_next(&it, &m)) {
                member(&m, bytes, out);
            }
            buf_printf(out, "bad=%d\n", it.bad);
        }
    }
    if (a.total > (UINT64_C(64) << 20) + 4 * bytes.len) {
        abort();
    }
    arena_free(&a);
}

FUZZ_TARGET(walk)
