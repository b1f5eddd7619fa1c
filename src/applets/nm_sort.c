/* nm_sort.c - sorting symbols by name: a three-way radix quicksort on eight bytes at a time.

   Mangled names share long prefixes, so comparing them whole costs most where it tells least. Here
   each item carries the eight bytes of its name that matter at the current depth as one big-endian
   number; a partition whose numbers are equal moves eight bytes on. Quicksort's bad case is cut off
   by heap sort. Items whose names are equal keep the order of the file. */
#include "applets/nm.h"

struct sorter {
    const struct symbol *syms;
    bool ties_down; /* equal names in descending file order: they are about to be reversed */
};

/* Eight bytes of NAME from DEPTH on, zero-padded. Names hold no NUL: zero is past every end. */
static inline uint64_t key_at(struct str name, size_t depth)
{
    uint64_t k = 0;
    if (name.len >= depth + 8) {
        memcpy(&k, name.p + depth, 8);
    } else if (name.len > depth) {
        memcpy(&k, name.p + depth, name.len - depth);
    }
    return OBJKIT_HOST_BE ? k : __builtin_bswap64(k);
}

static void load_keys(const struct sorter *s, struct nm_item *a, size_t n, size_t depth)
{
    for (size_t i = 0; i < n; i++) {
        a[i].key = key_at(s->syms[a[i].sym].name, depth);
    }
}

/* Full order of two items whose keys are the bytes at DEPTH, and equal before it. */
static bool item_less(const struct sorter *s, const struct nm_item *a, const struct nm_item *b, size_t depth)
{
    if (a->key != b->key) {
        return a->key < b->key;
    }
    int c = str_cmp(str_skip(s->syms[a->sym].name, depth), str_skip(s->syms[b->sym].name, depth));
    return c ? c < 0 : s->ties_down ? a->sym > b->sym : a->sym < b->sym;
}

static void insertion_sort(const struct sorter *s, struct nm_item *a, size_t n, size_t depth)
{
    for (size_t i = 1; i < n; i++) {
        struct nm_item x = a[i];
        size_t j = i;
        for (; j > 0 && item_less(s, &x, &a[j - 1], depth); j--) {
            a[j] = a[j - 1];
        }
        a[j] = x;
    }
}

static void sift_down(const struct sorter *s, struct nm_item *a, size_t i, size_t n, size_t depth)
{
    struct nm_item x = a[i];
    for (size_t c; (c = 2 * i + 1) < n; i = c) {
        c += c + 1 < n && item_less(s, &a[c], &a[c + 1], depth);
        if (!item_less(s, &x, &a[c], depth)) {
            break;
        }
        a[i] = a[c];
    }
    a[i] = x;
}

static void heap_sort(const struct sorter *s, struct nm_item *a, size_t n, size_t depth)
{
    for (size_t i = n / 2; i-- > 0;) {
        sift_down(s, a, i, n, depth);
    }
    while (n > 1) {
        struct nm_item x = a[--n];
        a[n] = a[0];
        a[0] = x;
        sift_down(s, a, 0, n, depth);
    }
}

static uint64_t median3(uint64_t a, uint64_t b, uint64_t c)
{
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

static uint64_t pivot_of(const struct nm_item *a, size_t n)
{
    if (n < 64) {
        return median3(a[0].key, a[n / 2].key, a[n - 1].key);
    }
    size_t e = n / 8;
    return median3(median3(a[0].key, a[e].key, a[2 * e].key),
                   median3(a[3 * e].key, a[4 * e].key, a[5 * e].key),
                   median3(a[6 * e].key, a[7 * e].key, a[n - 1].key));
}

enum { SMALL = 12 };

/* Splits A into keys below, equal to and above PIVOT: [0, lt), [lt, gt), [gt, n). */
static void partition(struct nm_item *a, size_t n, uint64_t pivot, size_t *lt, size_t *gt)
{
    size_t lo = 0, i = 0, hi = n;
    while (i < hi) {
        struct nm_item x = a[i];
        if (x.key < pivot) {
            a[i++] = a[lo];
            a[lo++] = x;
        } else if (x.key > pivot) {
            a[i] = a[--hi];
            a[hi] = x;
        } else {
            i++;
        }
    }
    *lt = lo;
    *gt = hi;
}

/* READ: bytes of the names that are equal in all of A; the keys are what follows (or numbers, then
   IS_NUMBER and READ is 0). BUDGET bounds the recursion; it is used up only by bad pivots. */
static void sort_range(const struct sorter *s, struct nm_item *a, size_t n, size_t read, bool is_number,
                       unsigned budget)
{
    while (n > SMALL && budget > 0) {
        size_t lt, gt;
        uint64_t pivot = pivot_of(a, n);
        partition(a, n, pivot, &lt, &gt);
        sort_range(s, a, lt, read, is_number, budget - 1);
        sort_range(s, a + gt, n - gt, read, is_number, budget - 1);
        a += lt;
        n = gt - lt;
        if (!is_number && (pivot & 0xff) == 0) { /* the names end here: all equal */
            break;
        }
        read += is_number ? 0 : 8;
        is_number = false;
        load_keys(s, a, n, read);
    }
    if (n > SMALL) {
        heap_sort(s, a, n, read);
    } else {
        insertion_sort(s, a, n, read);
    }
}

void nm_sort(struct nm_item *items, size_t n, const struct symbol *syms, bool keys_set, bool reverse)
{
    struct sorter s = {syms, reverse};
    unsigned budget = 8;
    for (size_t i = n; i; i >>= 1) {
        budget += 2;
    }
    if (!keys_set) {
        load_keys(&s, items, n, 0);
    }
    sort_range(&s, items, n, 0, keys_set, budget);
    for (size_t i = 0; reverse && i < n / 2; i++) {
        struct nm_item x = items[i];
        items[i] = items[n - 1 - i];
        items[n - 1 - i] = x;
    }
}
