/* merge_tail.c - strings that are the end of another string: "bar" needs no place beside "foobar".

   Sorted by their reversed bytes, the longer first, a string that ends another stands right behind one it
   ends. Strings are first divided by their last character, so that the parts are sorted in parallel. */
#include <stdlib.h>
#include <string.h>

#include "ld/merge.h"

enum { PARTS = 256 };

struct tail {
    uint64_t key;  /* the last eight bytes, the last one highest */
    uint32_t off, len;
};

struct tail_job {
    const uint8_t *in;
    struct tail *v;
    size_t start[PARTS + 1];
};

static uint64_t key_of(const uint8_t *p, uint32_t len)
{
    uint64_t key = 0;
    for (uint32_t k = 0; k < 8 && k < len; k++) {
        key |= (uint64_t)p[len - 1 - k] << (56 - 8 * k);
    }
    return key;
}

/* Descending by reversed bytes. */
static int compare(const uint8_t *in, const struct tail *a, const struct tail *b)
{
    if (a->key != b->key) {
        return a->key > b->key ? -1 : 1;
    }
    const uint8_t *x = in + a->off, *y = in + b->off;
    uint32_t n = a->len < b->len ? a->len : b->len;
    for (uint32_t k = 8; k < n; k++) {
        int d = y[b->len - 1 - k] - x[a->len - 1 - k];
        if (d) {
            return d;
        }
    }
    return a->len == b->len ? 0 : a->len > b->len ? -1 : 1;
}

/* Bottom-up merge sort: its order and its time do not depend on what the strings are. */
static void sort_part(void *ctx, size_t part, unsigned worker)
{
    struct tail_job *j = ctx;
    struct tail *v = j->v + j->start[part], *from = v;
    size_t n = j->start[part + 1] - j->start[part];
    (void)worker;
    struct tail *to = n > 1 ? xmalloc(n * sizeof *to) : NULL, *spare = to;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n, hi = mid + run < n ? mid + run : n, a = lo, b = mid;
            for (size_t k = lo; k < hi; k++) {
                bool left = a < mid && (b >= hi || compare(j->in, &from[a], &from[b]) <= 0);
                to[k] = left ? from[a++] : from[b++];
            }
        }
        struct tail *t = from;
        from = to;
        to = t;
    }
    if (n > 1 && from != v) {
        memcpy(v, from, n * sizeof *v);
    }
    free(spare);
}

/* Divides the strings by their last character. */
static size_t divide(struct tail_job *j, uint64_t n)
{
    size_t count = 0, at[PARTS] = {0};
    for (uint64_t off = 0; off < n; count++) {
        size_t len = strlen((const char *)j->in + off);
        j->start[(len ? j->in[off + len - 1] : 0) + 1]++;
        off += len + 1;
    }
    for (int i = 0; i < PARTS; i++) {
        j->start[i + 1] += j->start[i];
        at[i] = j->start[i];
    }
    j->v = xmalloc((count + 1) * sizeof *j->v);
    for (uint64_t off = 0; off < n;) {
        uint32_t len = (uint32_t)strlen((const char *)j->in + off);
        uint8_t last = len ? j->in[off + len - 1] : 0;
        j->v[at[last]++] = (struct tail){key_of(j->in + off, len), (uint32_t)off, len};
        off += len + 1;
    }
    return count;
}

uint64_t merge_tails(struct ld *ld, const uint8_t *in, uint64_t n, uint8_t *out, uint32_t *map)
{
    struct tail_job j = {.in = in};
    size_t count = divide(&j, n);
    parallel_for(ld->pool, PARTS, 1, sort_part, &j);
    uint64_t size = 0, saved = 0;
    const struct tail *before = NULL;
    for (size_t k = 0; k < count; k++) {
        const struct tail *t = &j.v[(k + j.start[1]) % count]; /* part 0, the empty string, comes last */
        const uint8_t *p = in + t->off;
        if (before && before->len >= t->len &&
            memcmp(in + before->off + (before->len - t->len), p, t->len) == 0) {
            map[t->off] = map[before->off] + (before->len - t->len);
            saved++;
        } else {
            memcpy(out + size, p, t->len + 1);
            map[t->off] = (uint32_t)size;
            size += t->len + 1;
        }
        before = t;
    }
    free(j.v);
    ld_count(ld, "strings inside others", saved);
    return size;
}
