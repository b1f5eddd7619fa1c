/* rsrc.c - resources parsed, merged and written. Called with files (objects or .res) it merges them
   and writes the section for RVA 0x3000 to the first argument: what tests/ld/pe-rsrc.t compares. */
#include "tests/unit/tap.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "ld/pe/rsrc.h"

enum { RVA = 0x3000 };

static int merge_files(char **argv, int n)
{
    struct rsrc_set set;
    struct diag d;
    struct file files[16];
    struct object objs[16] = {0};
    struct origin origins[16];
    bool good = true;
    diag_init(&d, "rsrc");
    rsrc_init(&set, &d);
    for (int i = 1; i < n && i < 16; i++) {
        origins[i] = (struct origin){NULL, str_c(argv[i]), ORIGIN_FILE};
        if (file_open(&files[i], argv[i], 0) != 0) {
            return 2;
        }
        if (obj_detect(files[i].data) == OBJ_RES) {
            good = rsrc_add_res(&set, files[i].data, &origins[i]) && good;
        } else {
            good = obj_open(&objs[i], files[i].data, &origins[i], &d) && obj_load_symbols(&objs[i]) &&
                   rsrc_add_object(&set, &objs[i]) && good;
        }
    }
    good = rsrc_merge(&set) && good;
    if (good) {
        uint8_t *out = xmalloc(set.size + 1);
        rsrc_write(&set, RVA, out);
        FILE *f = fopen(argv[0], "wb");
        good = f && fwrite(out, 1, set.size, f) == set.size && fclose(f) == 0;
        free(out);
    }
    rsrc_free(&set);
    for (int i = 1; i < n && i < 16; i++) {
        obj_close(&objs[i]);
        file_close(&files[i]);
    }
    return diag_finish(&d) && good ? 0 : 1;
}

static void u16s(struct buf *b, const char *s)
{
    for (; *s; s++) {
        buf_u16(b, false, (uint8_t)*s);
    }
}

/* A .res record. A NULL name: the number instead. */
static void record(struct buf *b, unsigned type, const char *name, unsigned id, unsigned lang,
                   const char *data, size_t len)
{
    size_t start = b->n;
    buf_u32(b, false, (uint32_t)len);
    buf_u32(b, false, 0);
    buf_u16(b, false, 0xffff);
    buf_u16(b, false, (uint16_t)type);
    if (name) {
        u16s(b, name);
        buf_u16(b, false, 0);
    } else {
        buf_u16(b, false, 0xffff);
        buf_u16(b, false, (uint16_t)id);
    }
    buf_fill(b, 0, (4 - b->n % 4) % 4);
    buf_u32(b, false, 0);
    buf_u16(b, false, 0);
    buf_u16(b, false, (uint16_t)lang);
    buf_u32(b, false, 0);
    buf_u32(b, false, 0);
    put_u32le((uint8_t *)b->p + start + 4, (uint32_t)(b->n - start));
    buf_add(b, data, len);
    buf_fill(b, 0, (4 - b->n % 4) % 4);
}

struct merged {
    struct rsrc_set set;
    struct diag d;
    bool good;
};

static void merge_two(struct merged *m, const struct buf *a, const struct buf *b)
{
    static const struct origin oa = {NULL, {"a.res", 5}, ORIGIN_FILE}, ob = {NULL, {"b.res", 5}, ORIGIN_FILE};
    diag_init(&m->d, "test");
    rsrc_init(&m->set, &m->d);
    m->good = rsrc_add_res(&m->set, view_of(a->p, a->n), &oa) &&
              rsrc_add_res(&m->set, view_of(b->p, b->n), &ob) && rsrc_merge(&m->set);
}

static void end(struct merged *m, struct buf *a, struct buf *b)
{
    rsrc_free(&m->set);
    diag_drop(&m->d);
    (void)diag_finish(&m->d);
    buf_free(a);
    buf_free(b);
}

/* The data entry of the path of three entry numbers, in the written section. */
static struct view entry_at(const uint8_t *p, unsigned a, unsigned b, unsigned c)
{
    uint32_t off = get_u32le(p + 16 + a * 8 + 4) & 0x7fffffff;
    off = get_u32le(p + off + 16 + b * 8 + 4) & 0x7fffffff;
    off = get_u32le(p + off + 16 + c * 8 + 4);
    return view_of(p + get_u32le(p + off) - RVA, get_u32le(p + off + 4));
}

static void test_tree(void)
{
    struct buf a = {0}, b = {0};
    struct merged m;
    record(&a, 0, NULL, 0, 0, "", 0);
    record(&a, 10, "zeta", 0, 0x409, "Z", 1);
    record(&a, 10, NULL, 2, 0x409, "two", 3);
    record(&b, 0, NULL, 0, 0, "", 0);
    record(&b, 3, NULL, 1, 0, "icon", 4);
    record(&b, 10, "ALPHA", 0, 0x409, "A", 1);
    record(&b, 10, NULL, 2, 0x407, "zwei", 4);
    record(&b, 10, NULL, 2, 0x409, "two", 3); /* equal: dropped */
    merge_two(&m, &a, &b);
    ok(m.good, "two files merge");
    is_u64(m.set.leaves.n, 5, "equal leaves are one");
    uint8_t *p = xmalloc(m.set.size);
    rsrc_write(&m.set, RVA, p);
    ok(get_u16le(p + 12) == 0 && get_u16le(p + 14) == 2, "two types");
    ok(get_u32le(p + 16) == 3 && get_u32le(p + 24) == 10, "in ascending order");
    uint32_t names = get_u32le(p + 28) & 0x7fffffff;
    ok(get_u16le(p + names + 12) == 2 && get_u16le(p + names + 14) == 1, "names before numbers");
    uint32_t first = get_u32le(p + names + 16);
    ok(first & 0x80000000 && get_u16le(p + (first & 0x7fffffff)) == 5 && p[(first & 0x7fffffff) + 2] == 'A',
       "ALPHA before zeta");
    is_str(((struct str){(const char *)entry_at(p, 0, 0, 0).p, 4}), "icon", "contents");
    is_str(((struct str){(const char *)entry_at(p, 1, 2, 0).p, 4}), "zwei", "languages ascend: 0x407");
    is_str(((struct str){(const char *)entry_at(p, 1, 2, 1).p, 3}), "two", "0x409");
    ok((uint64_t)(entry_at(p, 1, 2, 1).p - p) % 8 == 0, "contents are aligned");
    free(p);
    end(&m, &a, &b);
}

static void test_conflicts(void)
{
    struct buf a = {0}, b = {0};
    struct merged m;
    record(&a, 10, NULL, 1, 0, "x", 1);
    record(&b, 10, NULL, 1, 0, "y", 1);
    merge_two(&m, &a, &b);
    ok(!m.good && m.d.counts[SEV_ERROR] == 1, "different contents are an error");
    end(&m, &a, &b);
    record(&a, RSRC_RT_MANIFEST, NULL, 1, 0, "default", 7);
    record(&b, RSRC_RT_MANIFEST, NULL, 1, 0x409, "mine", 4);
    merge_two(&m, &a, &b);
    ok(m.good && m.set.leaves.n == 1 && m.set.leaves.p[0].lang == 0x409, "the default manifest yields");
    end(&m, &a, &b);
    record(&a, RSRC_RT_MANIFEST, NULL, 1, 0x407, "one", 3);
    record(&b, RSRC_RT_MANIFEST, NULL, 1, 0x409, "two", 3);
    merge_two(&m, &a, &b);
    ok(!m.good, "two other manifests are an error");
    end(&m, &a, &b);
}

static void block(struct buf *b, const char *first, const char *sixth)
{
    struct buf s = {0};
    for (int i = 0; i < 16; i++) {
        const char *text = i == 0 ? first : i == 5 ? sixth : "";
        buf_u16(&s, false, (uint16_t)strlen(text));
        u16s(&s, text);
    }
    record(b, RSRC_RT_STRING, NULL, 2, 0x409, s.p, s.n);
    buf_free(&s);
}

static void test_strings(void)
{
    struct buf a = {0}, b = {0}, want = {0};
    struct merged m;
    block(&a, "one", "");
    block(&b, "", "six");
    block(&want, "one", "six");
    merge_two(&m, &a, &b);
    ok(m.good && m.set.leaves.n == 1, "string blocks merge");
    struct view v = m.good ? m.set.leaves.p[0].data : view_of("", 0);
    ok(v.len == 32 + 12 && memcmp(v.p, want.p + 32, 44) == 0, "string by string");
    end(&m, &a, &b);
    buf_free(&want);
    block(&a, "one", "x");
    block(&b, "two", "x");
    merge_two(&m, &a, &b);
    ok(!m.good && m.d.counts[SEV_ERROR] == 1, "a string with two texts is an error");
    end(&m, &a, &b);
}

static void test_damage(void)
{
    struct buf a = {0}, b = {0};
    record(&a, 10, "name", 0, 0, "data", 4);
    record(&a, 10, NULL, 7, 0, "data", 4);
    size_t n = a.n, bad = 0;
    for (size_t k = 0; k < n; k++) {
        struct merged m;
        uint8_t *copy = xmalloc(k + 1); /* exact size: a reader's overrun is seen by the sanitizer */
        memcpy(copy, a.p, k);
        struct buf cut = {.p = (char *)copy, .n = k};
        merge_two(&m, &cut, &b);
        bad += !m.good;
        rsrc_free(&m.set);
        diag_drop(&m.d);
        (void)diag_finish(&m.d);
        free(copy);
    }
    is_u64(bad, n - 2, "cut anywhere but between records is an error");
    buf_free(&a);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        return merge_files(argv + 1, argc - 1);
    }
    test_tree();
    test_conflicts();
    test_strings();
    test_damage();
    return done_testing();
}
