/* base: views, checked integers, arena, strings, escaping, options. */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ckint.h"
#include "base/file.h"
#include "base/opt.h"
#include "base/pool.h"
#include "base/sort.h"
#include "base/strmap.h"
#include "base/view.h"
#include "tests/unit/tap.h"

static void test_view(void)
{
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 'a', 0, 'b'};
    struct view v = view_of(bytes, sizeof bytes), sub;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    struct str s = {0};
    ok(view_sub(v, 0, 11, &sub) && sub.len == 11, "a view holds itself");
    ok(view_sub(v, 11, 0, &sub), "the empty view at the end is inside");
    ok(!view_sub(v, 12, 0, &sub), "nothing lies past the end");
    ok(!view_sub(v, 1, 11, &sub), "one byte too many fails");
    ok(!view_sub(v, UINT64_MAX, 2, &sub), "off + len cannot wrap");
    ok(!view_sub(v, 2, UINT64_MAX, &sub), "len cannot wrap");
    ok(view_u32(v, 0, false, &u32) && u32 == 0x04030201, "little endian load");
    ok(view_u32(v, 0, true, &u32) && u32 == 0x01020304, "big endian load");
    ok(!view_u64(v, 4, false, &u64), "load past the end fails");
    ok(view_cstr(v, 8, &s) && s.len == 1 && s.p[0] == 'a', "string with its NUL");
    ok(!view_cstr(v, 10, &s), "string without NUL fails");
    struct cursor c = cursor_at(v, 8, false);
    cur_u32(&c);
    ok(c.bad, "cursor turns bad");
    is_u64(cur_u8(&c), 0, "and stays bad");
}

static void test_leb(void)
{
    const uint8_t ok1[] = {0xe5, 0x8e, 0x26}, neg[] = {0x7f}, cut[] = {0x80},
                  big[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
                  over[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    struct cursor c = cursor_at(view_of(ok1, sizeof ok1), 0, false);
    is_u64(cur_uleb(&c), 624485, "uleb");
    c = cursor_at(view_of(neg, 1), 0, false);
    is_u64(cur_sleb(&c), (uint64_t)-1, "sleb -1");
    c = cursor_at(view_of(cut, 1), 0, false);
    cur_uleb(&c);
    ok(c.bad, "cut uleb is bad");
    c = cursor_at(view_of(big, sizeof big), 0, false);
    ok(cur_uleb(&c) == UINT64_MAX && !c.bad, "largest uleb");
    c = cursor_at(view_of(over, sizeof over), 0, false);
    cur_uleb(&c);
    ok(c.bad, "uleb over 64 bits is bad");
}

static void test_ckint(void)
{
    uint64_t x;
    ok(!ck_add(UINT64_MAX, 1, &x), "add overflow");
    ok(!ck_mul(UINT64_MAX / 2, 3, &x), "mul overflow");
    ok(ck_align(5, 4, &x) && x == 8, "align");
    ok(!ck_align(UINT64_MAX, 16, &x), "align overflow");
}

static void test_arena(void)
{
    struct arena a = {0};
    ok(arena_alloc(&a, 0) != NULL, "nothing of an empty arena is a pointer too");
    ok(arena_array(&a, 10, 8, 4, 40) != NULL, "array backed by its bytes");
    ok(arena_array(&a, 11, 8, 4, 43) == NULL, "array larger than its bytes");
    ok(arena_array(&a, UINT64_MAX, 8, 1, UINT64_MAX) == NULL, "array that overflows");
    char *big = arena_alloc(&a, 3 << 20);
    memset(big, 1, 3 << 20);
    ok(strcmp(arena_printf(&a, "%d-%s", 7, "x"), "7-x") == 0, "printf");
    arena_free(&a);
    ok(a.head == NULL, "freed");
}

/* What is needed for a while lies behind what is not, and goes first. */
static void test_arena_rewind(void)
{
    struct arena a = {.large_from = ARENA_LARGE};
    bool all_zero = true;
    char *kept = arena_strdup(&a, S("kept"));
    uint8_t *brief = arena_alloc(&a, 4000), *zero;
    memset(brief, 1, 4000);
    arena_rewind(&a, brief + 1000);
    ok(strcmp(kept, "kept") == 0, "what stands before stays");
    zero = arena_zalloc(&a, 3000);
    ok(zero >= brief + 1000 && zero < brief + 1016, "its place is used again");
    for (int i = 0; i < 3000; i++) {
        all_zero = all_zero && zero[i] == 0;
    }
    ok(all_zero, "and cleared");
    arena_alloc(&a, 9 << 20); /* a block of its own, or a longer one */
    arena_rewind(&a, zero);
    ok(arena_alloc(&a, 1) != NULL && brief[999] == 1, "another block or not");
    arena_free(&a);
}

/* Blocks of 4 MiB out of addresses mapped ahead, past the end of the first 64 MiB. */
static void test_large_arena(void)
{
    struct arena a = {.large_from = 1 << 20}, b = {.large_from = 1 << 20}, c = {.large_from = 1 << 20};
    bool zero = true, kept = true;
    uint32_t *v[1500];
    for (uint32_t i = 0; i < 1500; i++) {
        v[i] = arena_zalloc(&a, 64 << 10);
        zero = zero && v[i][0] == 0 && v[i][(16 << 10) - 1] == 0;
        v[i][0] = v[i][(16 << 10) - 1] = i;
    }
    for (uint32_t i = 0; i < 1500; i++) {
        kept = kept && v[i][0] == i && v[i][(16 << 10) - 1] == i;
    }
    ok(zero, "94 MiB of a large arena are zero");
    ok(kept, "and do not overlap");
    arena_alloc(&b, 5 << 20);
    arena_adopt(&b, &a);
    ok(v[1499][0] == 1499 && a.head == NULL, "adopted by one in use");
    arena_adopt(&c, &b);
    ok(v[7][0] == 7, "adopted by an empty one");
    arena_free(&c);
}

/* Huge pages given up, in the middle of an arena and before another: it goes on, with zeros and the same bytes. */
static void test_dear_pages(void)
{
    _Atomic unsigned dear = 0, other = 0;
    struct arena a = {.large_from = ARENA_LARGE, .dear = &dear}, b = {.large_from = ARENA_LARGE, .dear = &dear};
    struct arena c = {.large_from = ARENA_LARGE, .dear = &other};
    bool zero = true, kept = true;
    uint32_t *v[64];
    for (uint32_t i = 0; i < 64; i++) {
        if (i == 20) {
            dear = 1000;
        }
        v[i] = arena_zalloc(i < 40 ? &a : &b, 300 << 10);
        zero = zero && v[i][0] == 0 && v[i][(75 << 10) - 1] == 0;
        v[i][0] = v[i][(75 << 10) - 1] = i;
    }
    for (uint32_t i = 0; i < 64; i++) {
        kept = kept && v[i][0] == i && v[i][(75 << 10) - 1] == i;
    }
    ok(zero && kept, "small pages after huge ones");
    ok(dear == 1000, "it stays so");
    arena_adopt(&c, &a);
    ok(c.dear == &other && v[39][0] == 39, "who adopts keeps to his own");
    arena_free(&b);
    ok(b.dear == &dear, "an arena that is emptied does");
    arena_free(&c);
}

static int cmp_u32(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

static bool sorts(struct pool *p, size_t n)
{
    uint32_t *v = xmalloc(n * sizeof *v);
    for (size_t i = 0; i < n; i++) {
        v[i] = (uint32_t)(i * UINT32_C(2654435761)); /* an odd factor: all differ */
    }
    uint32_t *w = xmalloc(n * sizeof *w);
    memcpy(w, v, n * sizeof *w);
    parallel_sort(p, v, n, sizeof *v, cmp_u32);
    qsort(w, n, sizeof *w, cmp_u32);
    bool same = memcmp(v, w, n * sizeof *w) == 0;
    free(v);
    free(w);
    return same;
}

static int cmp_sort_names(const void *x, const void *y)
{
    const struct sort_name *a = x, *b = y;
    int c = str_cmp(a->name, b->name);
    return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

/* Sorts V with qsort too. */
static bool sorts_as_qsort(struct sort_name *v, size_t n)
{
    struct sort_name *want = xmalloc(n * sizeof *want);
    bool same = true;
    memcpy(want, v, n * sizeof *v);
    qsort(want, n, sizeof *want, cmp_sort_names);
    sort_names(v, n);
    for (size_t i = 0; i < n; i++) {
        same = same && v[i].seq == want[i].seq && v[i].item == want[i].item && v[i].name.p == want[i].name.p;
    }
    free(want);
    return same;
}

/* Names over few letters, one of them NUL, with beginnings in common; some are the same. */
static void test_sort_names(void)
{
    enum { N = 20000, LONG = 9000, ROOM = 40 };
    struct sort_name *v = xmalloc(N * sizeof *v);
    char *text = xmalloc((size_t)N * ROOM), *same = xmalloc(LONG + 1);
    uint32_t x = 1;
    for (uint32_t i = 0; i < N; i++) {
        char *p = text + (size_t)i * ROOM;
        size_t len = 0, common = x >> 9 & 24;
        memset(p, 'a', common);
        for (len = common; len < ROOM && (x >> 28) != 0; len++) {
            x = x * 1664525 + 1013904223;
            p[len] = "ab\0\377"[x >> 30];
        }
        x = x * 1664525 + 1013904223;
        v[i] = (struct sort_name){.name = {p, len}, .seq = N - i, .item = p};
    }
    ok(sorts_as_qsort(v, N), "names");
    ok(sorts_as_qsort(v, N), "names in order");
    ok(sorts_as_qsort(v, 1) && sorts_as_qsort(v, 0), "one name, none");
    memset(same, 'x', LONG + 1);
    for (uint32_t i = 0; i < 300; i++) {
        v[i] = (struct sort_name){.name = {same, LONG - (i % 3) * 8}, .seq = i * 7 % 300, .item = v};
    }
    ok(sorts_as_qsort(v, 300), "long names that differ in their length only");
    free(same);
    free(text);
    free(v);
}

static void test_sort_numbers(void)
{
    enum { N = 5000 };
    uint64_t *v = xmalloc(2 * N * sizeof *v);
    uint32_t x = 7;
    bool sorted = true;
    for (uint32_t i = 0; i < N; i++) {
        x = x * 1664525 + 1013904223;
        v[i] = (uint64_t)(i % 3 ? x : x & 0xff000000) << 32 | i;
    }
    sort_by_upper_half(v, v + N, N);
    for (uint32_t i = 1; i < N; i++) {
        sorted = sorted && v[i - 1] < v[i]; /* lower halves ascended among equal upper ones */
    }
    ok(sorted, "numbers");
    sort_by_upper_half(v, v + N, 0);
    free(v);
}

static void test_sort(void)
{
    static const size_t sizes[] = {1, 100, 8191, 8192, 8193, 8199, 8200, 20011, 65536, 100003};
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pool *p = pool_new(threads);
        bool all = true;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            all = all && sorts(p, sizes[i]);
        }
        ok(all, "parallel_sort with %u threads", threads);
        pool_free(p);
    }
}

static void test_str(void)
{
    uint64_t x = 0;
    ok(str_u64(S("123"), 10, &x) && x == 123, "decimal");
    ok(!str_u64(S("12x"), 10, &x), "trailing junk fails");
    ok(!str_u64(S(""), 10, &x), "empty fails");
    ok(!str_u64(S("18446744073709551616"), 10, &x), "too large fails");
    ok(str_u64(S("0x1F"), 0, &x) && x == 31, "prefix 0x");
    ok(str_glob(S("lib*.a"), S("libfoo.a")), "glob *");
    ok(str_glob(S("*a*b*c"), S("xxaxxbxxbc")), "glob backtracks");
    ok(!str_glob(S("*a*b*c"), S("xxaxxbxxb")), "glob refuses");
    ok(str_glob(S("[!a-c]x?"), S("dxy")) && !str_glob(S("[!a-c]x?"), S("bxy")), "glob sets");
    ok(str_glob(S("a\\*"), S("a*")) && !str_glob(S("a\\*"), S("ab")), "glob escape");
    ok(str_glob_fold(S("KERNEL*.d[l]?"), S("kernel32.DLL")) && !str_glob_fold(S("a@b"), S("a`b")), "glob without case");
    ok(str_casecmp(S("KERNEL32"), S("kernel32")) == 0, "case folding");
}

static void test_strmap(void)
{
    struct strmap m = {.fold_case = true};
    char keys[1000][8];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(keys[i], sizeof keys[i], "k%u", i);
        strmap_put(&m, str_c(keys[i]), i, NULL);
    }
    bool all = true, added = true;
    for (uint32_t i = 0; i < 1000; i++) {
        all = all && strmap_get(&m, str_c(keys[i])) == i;
    }
    ok(all, "1000 keys found");
    is_u64(strmap_get(&m, S("K7")), 7, "case folded");
    is_u64(*strmap_put(&m, S("K8"), 99, &added), 8, "put keeps the old value");
    ok(!added, "and says so");
    is_u64(strmap_get(&m, S("none")), STRMAP_NONE, "missing");
    strmap_free(&m);
}

static void test_names(void)
{
    struct buf b = {0};
    buf_name(&b, S("a\033[31m\n\xff\xe2\x80\xae"), NAME_ESCAPE);
    is_str(((struct str){b.p, b.n}), "a\\x1b[31m\\n\\xff\\xe2\\x80\\xae", "terminal escape");
    b.n = 0;
    buf_name(&b, S("a\n\xff"), NAME_RAW);
    is_str(((struct str){b.p, b.n}), "a\\n\xff", "raw keeps bytes but newline");
    b.n = 0;
    buf_json(&b, S("q\"\\\x01\xff\xc3\xa9"));
    is_str(((struct str){b.p, b.n}), "\"q\\\"\\\\\\u0001\\u00ff\xc3\xa9\"", "json");
    buf_free(&b);
}

static void test_opt(void)
{
    enum { A = 1, OUT, DEF };
    static const struct opt_row rows[] = {{A, 'a', "all", OPT_NONE, NULL, "h"},
                                          {OUT, 'o', "output", OPT_REQUIRED, "F", "h"},
                                          {DEF, 0, "defined-only", OPT_NONE, NULL, "h"},
                                          {0}};
    char *argv[] = {(char[]){"-ao"}, (char[]){"f"}, (char[]){"x"}, (char[]){"--def"},
                    (char[]){"--output=g"}, (char[]){"--"}, (char[]){"-a"}, (char[]){""}};
    struct diag d;
    struct opt_parser p;
    diag_init(&d, "t");
    opt_start(&p, rows, 7, argv, &d);
    ok(opt_next(&p) && p.id == A, "cluster");
    ok(opt_next(&p) && p.id == OUT && strcmp(p.arg, "f") == 0, "value in the next word");
    ok(opt_next(&p) && p.id == 0 && strcmp(p.arg, "x") == 0, "operand between options");
    ok(opt_next(&p) && p.id == DEF, "abbreviation");
    ok(opt_next(&p) && p.id == OUT && strcmp(p.arg, "g") == 0, "--long=value");
    ok(opt_next(&p) && p.id == 0 && strcmp(p.arg, "-a") == 0, "-- ends options");
    ok(!opt_next(&p), "end");
}

/* Pages of files that are in the process's memory; -1 where the system does not say. */
static long file_pages(void)
{
    long total, resident, shared = -1;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        shared = fscanf(f, "%ld %ld %ld", &total, &resident, &shared) == 3 ? shared : -1;
        fclose(f);
    }
    return shared;
}

static uint64_t sum_of(struct view v)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < v.len; i++) {
        sum += v.p[i] * (i % 251 + 1);
    }
    return sum;
}

/* Two files in memory, of which parts are given back together. */
static void test_drop(void)
{
    enum { LEN = 1 << 20, FILES = 2 };
    struct file files[FILES];
    struct view parts[80] = {{0}};
    uint64_t sums[FILES];
    char path[] = "base-drop-XXXXXX";
    uint8_t *bytes = xmalloc(LEN);
    int fd = mkstemp(path);
    for (size_t i = 0; i < LEN; i++) {
        bytes[i] = (uint8_t)(i * 7 >> 3);
    }
    ok(fd >= 0 && write(fd, bytes, LEN) == LEN, "a file");
    for (int i = 0; i < FILES; i++) {
        ok(file_open(&files[i], path, 0) == 0 && files[i].mapped, "is mapped");
        sums[i] = sum_of(files[i].data);
    }
    long before = file_pages();
    for (size_t i = 0; i < 64; i++) { /* more than one call takes; most of them less than a page */
        parts[i] = view_of(files[0].data.p + i * 100 + 1, 4000);
    }
    parts[70] = view_of(files[0].data.p + 5000, LEN - 5000);
    parts[75] = files[1].data;
    file_drop_many(parts, 80);
    long after = file_pages();
    ok(before < 0 || before - after > LEN / sysconf(_SC_PAGESIZE) * 3 / 2, "ranges of two files are given back");
    for (int i = 0; i < FILES; i++) {
        is_u64(sum_of(files[i].data), sums[i], "and are read again");
        file_close(&files[i]);
    }
    close(fd);
    unlink(path);
    free(bytes);
}

int main(void)
{
    test_view();
    test_leb();
    test_ckint();
    test_arena();
    test_arena_rewind();
    test_large_arena();
    test_dear_pages();
    test_sort();
    test_sort_names();
    test_sort_numbers();
    test_str();
    test_strmap();
    test_names();
    test_opt();
    test_drop();
    return done_testing();
}
