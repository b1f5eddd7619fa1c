/* sort.c - radix sort of numbers, and a quicksort of strings that takes eight bytes for a character.
   Source of the latter: Bentley and Sedgewick, "Fast Algorithms for Sorting and Searching Strings", 1997. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/sort.h"

enum {
    DIGIT = 11,              /* bits; three passes make 32 */
    PART = sizeof(uint64_t), /* bytes of a name that are compared at once */
    FEW = 12,                /* names that are sorted by insertion */
    DEEP = 4096              /* bytes that names have in common, beyond which it is not worth going on: each part
                                may cost a level of recursion */
};

void sort_by_upper_half(uint64_t *v, uint64_t *tmp, size_t n)
{
    enum { N_DIGITS = 1 << DIGIT };
    for (unsigned shift = 32; shift < 64; shift += DIGIT) {
        size_t count[N_DIGITS + 1] = {0};
        for (size_t i = 0; i < n; i++) {
            count[((v[i] >> shift) & (N_DIGITS - 1)) + 1]++;
        }
        for (unsigned k = 1; k < N_DIGITS; k++) {
            count[k] += count[k - 1];
        }
        for (size_t i = 0; i < n; i++) {
            tmp[count[(v[i] >> shift) & (N_DIGITS - 1)]++] = v[i];
        }
        uint64_t *t = v;
        v = tmp;
        tmp = t;
    }
    if (n) {
        memcpy(tmp, v, n * sizeof *v); /* an odd number of passes: the result is in the other array */
    }
}

/* The bytes of NAME from AT on as a number that sorts as they do; zeros behind its end. */
static uint64_t part_at(struct str name, size_t at)
{
    uint8_t b[PART] = {0};
    if (name.len >= at + PART) {
        return get_u64be((const uint8_t *)name.p + at);
    }
    if (name.len > at) {
        memcpy(b, name.p + at, name.len - at);
    }
    return get_u64be(b);
}

static int cmp_whole(const void *x, const void *y)
{
    const struct sort_name *a = x, *b = y;
    int c = str_cmp(a->name, b->name);
    return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

/* Names that agree up to AT, of which one ends there or in the part that follows: zeros in names and zeros behind
   them look the same. */
static bool one_ends(const struct sort_name *v, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].name.len <= at + PART) {
            return true;
        }
    }
    return false;
}

static void sort_from(struct sort_name *v, size_t n, size_t at);

/* V agree in the part at AT. */
static void sort_equals(struct sort_name *v, size_t n, size_t at)
{
    if (n < 2) {
        return;
    }
    if (at >= DEEP || one_ends(v, n, at)) {
        qsort(v, n, sizeof *v, cmp_whole);
    } else {
        sort_from(v, n, at + PART);
    }
}

static void swap(struct sort_name *a, struct sort_name *b)
{
    struct sort_name t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(struct sort_name *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct sort_name x = v[i];
        size_t k = i;
        for (; k > 0 && (v[k - 1].part > x.part || (v[k - 1].part == x.part && cmp_whole(&v[k - 1], &x) > 0)); k--) {
            v[k] = v[k - 1];
        }
        v[k] = x;
    }
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Sorts V, whose parts at AT are known. DEPTH: so many unlucky divisions are borne before a sort that has no such. */
static void sort_parts(struct sort_name *v, size_t n, size_t at, unsigned depth)
{
    while (n > FEW) {
        if (depth-- == 0) {
            qsort(v, n, sizeof *v, cmp_whole);
            return;
        }
        uint64_t pivot = median(v[0].part, v[n / 2].part, v[n - 1].part);
        size_t less = 0, i = 0, greater = n; /* [0, less) below, [less, i) equal, [greater, n) above */
        while (i < greater) {
            if (v[i].part < pivot) {
                swap(&v[less++], &v[i++]);
            } else if (v[i].part > pivot) {
                swap(&v[i], &v[--greater]);
            } else {
                i++;
            }
        }
        sort_equals(v + less, greater - less, at);
        sort_parts(v, less, at, depth);
        v += greater;
        n -= greater;
    }
    insertion_sort(v, n);
}

/* Sorts V, which agree in their first AT bytes and have them. */
static void sort_from(struct sort_name *v, size_t n, size_t at)
{
    unsigned depth = 8;
    for (size_t k = n; k > 1; k /= 2) {
        depth += 2;
    }
    for (size_t i = 0; i < n; i++) {
        v[i].part = part_at(v[i].name, at);
    }
    sort_parts(v, n, at, depth);
}

void sort_names(struct sort_name *v, size_t n)
{
    sort_from(v, n, 0);
}
