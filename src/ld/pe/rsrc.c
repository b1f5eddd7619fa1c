/* rsrc.c - merging and writing resources.

   All inputs become one flat list of leaves. Sorted by type, name and language it is the tree's order
   already: names, compared without case, before numbers. Writing walks the list once per level.

   The section written: the directories (root, then per type, then per name), the data entries, the
   names, then the contents, each at a multiple of 8. */
#include "ld/pe/rsrc.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ckint.h"
#include "ld/pe/rsrc_priv.h"

void rsrc_init(struct rsrc_set *set, struct diag *d)
{
    *set = (struct rsrc_set){.d = d};
}

void rsrc_free(struct rsrc_set *set)
{
    vec_free(&set->leaves);
    arena_free(&set->arena);
}

void rsrc_push(struct rsrc_set *set, struct rsrc_leaf leaf)
{
    leaf.order = set->leaves.n;
    vec_push(&set->leaves, leaf);
}

void rsrc_add_leaf(struct rsrc_set *set, uint16_t type, uint16_t name, uint16_t lang, struct view data,
                   const struct origin *origin)
{
    rsrc_push(set, (struct rsrc_leaf){.type = {.id = type},
                                      .name = {.id = name},
                                      .lang = lang,
                                      .data = data,
                                      .origin = origin});
}

/* ---- order ------------------------------------------------------------------------------------ */

/* Names compare without case. Resource compilers write capitals; the fold covers what they may leave:
   ASCII and Latin-1. */
static unsigned fold(unsigned c)
{
    bool lower = (c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7);
    return lower ? c - 32 : c;
}

static int cmp_key(const struct rsrc_key *a, const struct rsrc_key *b)
{
    if (a->named != b->named) {
        return a->named ? -1 : 1;
    }
    if (!a->named) {
        return (a->id > b->id) - (a->id < b->id);
    }
    uint64_t n = a->text.len < b->text.len ? a->text.len : b->text.len;
    for (uint64_t i = 0; i < n; i += 2) {
        unsigned x = fold(get_u16le(a->text.p + i)), y = fold(get_u16le(b->text.p + i));
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

static int cmp_leaf(const struct rsrc_leaf *a, const struct rsrc_leaf *b)
{
    int c = cmp_key(&a->type, &b->type);
    c = c ? c : cmp_key(&a->name, &b->name);
    return c ? c : (a->lang > b->lang) - (a->lang < b->lang);
}

static int cmp_order(const void *pa, const void *pb)
{
    const struct rsrc_leaf *a = pa, *b = pb;
    int c = cmp_leaf(a, b);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool same_name(const struct rsrc_leaf *a, const struct rsrc_leaf *b)
{
    return cmp_key(&a->type, &b->type) == 0 && cmp_key(&a->name, &b->name) == 0;
}

/* ---- messages ---------------------------------------------------------------------------------- */

static void print_key(struct buf *b, const struct rsrc_key *k)
{
    if (!k->named) {
        buf_printf(b, "%u", k->id);
        return;
    }
    for (uint64_t i = 0; i < k->text.len && i < 128; i += 2) {
        unsigned c = get_u16le(k->text.p + i);
        buf_c(b, c >= 0x20 && c < 0x7f ? (char)c : '?');
    }
}

static bool conflict(struct rsrc_set *set, const struct rsrc_leaf *a, const struct rsrc_leaf *b,
                     const char *what)
{
    struct buf msg = {0};
    buf_puts(&msg, what);
    buf_puts(&msg, " (type ");
    print_key(&msg, &a->type);
    buf_puts(&msg, ", name ");
    print_key(&msg, &a->name);
    buf_printf(&msg, ", language %u); the other one is in ", b->lang);
    if (a->origin) {
        origin_print(&msg, a->origin);
    }
    diag_report(set->d, SEV_ERROR, b->origin, DIAG_NO_OFFSET, "%.*s", (int)msg.n, msg.p);
    buf_free(&msg);
    return false;
}

/* ---- merging ----------------------------------------------------------------------------------- */

/* String tables come in blocks of 16: a length, then that many characters, each time. */
static bool split_block(struct view v, struct view out[16])
{
    uint64_t off = 0;
    for (int i = 0; i < 16; i++) {
        uint16_t n;
        if (!view_u16(v, off, false, &n) || !view_sub(v, off + 2, (uint64_t)n * 2, &out[i])) {
            return false;
        }
        off += 2 + (uint64_t)n * 2;
    }
    return true;
}

static bool same_bytes(struct view a, struct view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, (size_t)a.len) == 0);
}

/* Merges the strings of B into A's block. */
static bool merge_strings(struct rsrc_set *set, struct rsrc_leaf *a, const struct rsrc_leaf *b)
{
    struct view x[16], y[16];
    struct buf out = {0};
    bool good = true;
    if (!split_block(a->data, x) || !split_block(b->data, y)) {
        return conflict(set, a, b, "damaged string table cannot be merged");
    }
    for (int i = 0; i < 16; i++) {
        if (x[i].len && y[i].len && !same_bytes(x[i], y[i])) {
            char what[64];
            snprintf(what, sizeof what, "string %u is defined twice", (a->name.id - 1u) * 16 + (unsigned)i);
            good = conflict(set, a, b, what);
        }
        struct view v = x[i].len ? x[i] : y[i];
        buf_u16(&out, false, (uint16_t)(v.len / 2));
        buf_add(&out, v.p, (size_t)v.len);
    }
    struct str s = arena_str(&set->arena, (struct str){out.p, out.n});
    a->data = view_of(s.p, s.len);
    buf_free(&out);
    return good;
}

/* The manifests of one name, leaves[first, end): the default one (language 0) yields, and then there
   must be one. Gives the new end after removing what yields. */
static size_t merge_manifests(struct rsrc_set *set, size_t first, size_t end, bool *good)
{
    struct rsrc_leaf *v = set->leaves.p;
    if (end - first > 1 && v[first].lang == 0) {
        memmove(&v[first], &v[first + 1], (end - first - 1) * sizeof *v);
        end--;
    }
    if (end - first > 1) {
        *good = conflict(set, &v[first], &v[first + 1], "two manifests in different languages");
    }
    return end;
}

/* Drops equal leaves; reports unequal ones. Then the list is strictly ascending. */
static bool drop_duplicates(struct rsrc_set *set)
{
    struct rsrc_leaf *v = set->leaves.p;
    size_t n = 0;
    bool good = true;
    for (size_t i = 0; i < set->leaves.n; i++) {
        if (n > 0 && cmp_leaf(&v[n - 1], &v[i]) == 0) {
            if (same_bytes(v[n - 1].data, v[i].data)) {
                continue;
            }
            bool strings = !v[i].type.named && v[i].type.id == RSRC_RT_STRING && !v[i].name.named;
            good = (strings ? merge_strings(set, &v[n - 1], &v[i])
                            : conflict(set, &v[n - 1], &v[i], "resource is defined twice")) && good;
            continue;
        }
        v[n++] = v[i];
    }
    set->leaves.n = n;
    return good;
}

static bool merge_all_manifests(struct rsrc_set *set)
{
    bool good = true;
    size_t n = 0;
    for (size_t i = 0, end; i < set->leaves.n; i = end) {
        struct rsrc_leaf *v = set->leaves.p;
        for (end = i + 1; end < set->leaves.n && same_name(&v[i], &v[end]); end++) {
        }
        size_t keep = end;
        if (!v[i].type.named && v[i].type.id == RSRC_RT_MANIFEST) {
            keep = merge_manifests(set, i, end, &good);
        }
        memmove(&v[n], &v[i], (keep - i) * sizeof *v);
        n += keep - i;
    }
    set->leaves.n = n;
    return good;
}

/* ---- layout ------------------------------------------------------------------------------------ */

/* Does leaf I begin a new type / a new name? */
static bool new_type(const struct rsrc_set *set, size_t i)
{
    return i == 0 || cmp_key(&set->leaves.p[i - 1].type, &set->leaves.p[i].type) != 0;
}

static bool new_name(const struct rsrc_set *set, size_t i)
{
    return i == 0 || !same_name(&set->leaves.p[i - 1], &set->leaves.p[i]);
}

static uint64_t key_len(const struct rsrc_key *k)
{
    return k->named ? 2 + k->text.len : 0;
}

static bool layout(struct rsrc_set *set)
{
    uint64_t dirs = RSRC_DIR_LEN, names = 0, data = 0;
    for (size_t i = 0; i < set->leaves.n; i++) {
        const struct rsrc_leaf *leaf = &set->leaves.p[i];
        if (new_type(set, i)) {
            dirs += RSRC_ENTRY_LEN + RSRC_DIR_LEN;
            names += key_len(&leaf->type);
        }
        if (new_name(set, i)) {
            dirs += RSRC_ENTRY_LEN + RSRC_DIR_LEN;
            names += key_len(&leaf->name);
        }
        dirs += RSRC_ENTRY_LEN;
        data += align_up(leaf->data.len, 8);
    }
    uint64_t entries = (uint64_t)set->leaves.n * RSRC_DATA_LEN;
    names = align_up(dirs + entries + names, 8) - dirs - entries;
    if (dirs + entries + names + data > INT32_MAX) {
        return diag_error(set->d, "resources take more than 2 GiB");
    }
    set->dirs_len = (uint32_t)dirs;
    set->entries_len = (uint32_t)entries;
    set->names_len = (uint32_t)names;
    set->size = (uint32_t)(dirs + entries + names + data);
    return true;
}

bool rsrc_merge(struct rsrc_set *set)
{
    if (set->leaves.n == 0) {
        set->size = 0;
        return true;
    }
    qsort(set->leaves.p, set->leaves.n, sizeof *set->leaves.p, cmp_order);
    bool good = drop_duplicates(set);
    good = merge_all_manifests(set) && good;
    return good && layout(set);
}

/* ---- writing ----------------------------------------------------------------------------------- */

struct writer {
    const struct rsrc_set *set;
    uint8_t *out;
    uint32_t dir, entry, name, data; /* where the next of each goes */
};

/* Starts a directory; its counts are raised as entries come. */
static uint32_t begin_dir(struct writer *w)
{
    uint32_t at = w->dir;
    w->dir += RSRC_DIR_LEN;
    return at;
}

/* The entry at AT of directory DIR. */
static void put_entry(struct writer *w, uint32_t dir, uint32_t at, const struct rsrc_key *k, uint32_t target)
{
    uint8_t *count = w->out + dir + (k->named ? RSRC_DIR_N_NAMED : RSRC_DIR_N_IDS);
    put_u16le(count, (uint16_t)(get_u16le(count) + 1));
    uint32_t key = k->id;
    if (k->named) {
        key = w->name | RSRC_HIGH_BIT;
        put_u16le(w->out + w->name, (uint16_t)(k->text.len / 2));
        memcpy(w->out + w->name + 2, k->text.p, (size_t)k->text.len);
        w->name += (uint32_t)key_len(k);
    }
    put_u32le(w->out + at, key);
    put_u32le(w->out + at + 4, target);
}

static void put_leaf(struct writer *w, const struct rsrc_leaf *leaf, uint32_t rva)
{
    put_u32le(w->out + w->entry, rva + w->data);
    put_u32le(w->out + w->entry + 4, (uint32_t)leaf->data.len);
    put_u32le(w->out + w->entry + 8, leaf->codepage);
    if (leaf->data.len) {
        memcpy(w->out + w->data, leaf->data.p, (size_t)leaf->data.len);
    }
    w->entry += RSRC_DATA_LEN;
    w->data += (uint32_t)align_up(leaf->data.len, 8);
}

static size_t count(const struct rsrc_set *set, size_t i, bool (*fresh)(const struct rsrc_set *, size_t),
                    bool (*ends)(const struct rsrc_set *, size_t))
{
    size_t n = 1;
    for (i++; i < set->leaves.n && !(ends && ends(set, i)); i++) {
        n += !fresh || fresh(set, i);
    }
    return n;
}

/* The directory of one name: its languages. */
static void put_languages(struct writer *w, size_t first, uint32_t rva)
{
    uint32_t dir = begin_dir(w), at = w->dir;
    size_t n = count(w->set, first, NULL, new_name);
    w->dir += (uint32_t)n * RSRC_ENTRY_LEN;
    for (size_t i = 0; i < n; i++, at += RSRC_ENTRY_LEN) {
        const struct rsrc_leaf *leaf = &w->set->leaves.p[first + i];
        put_entry(w, dir, at, &(struct rsrc_key){.id = leaf->lang}, w->entry);
        put_leaf(w, leaf, rva);
    }
}

/* The directory of one type: its names, and below each its languages. */
static void put_names(struct writer *w, size_t first, uint32_t rva)
{
    const struct rsrc_set *set = w->set;
    uint32_t dir = begin_dir(w), at = w->dir;
    w->dir += (uint32_t)count(set, first, new_name, new_type) * RSRC_ENTRY_LEN;
    for (size_t i = first; i < set->leaves.n && (i == first || !new_type(set, i)); i++) {
        if (i == first || new_name(set, i)) {
            put_entry(w, dir, at, &set->leaves.p[i].name, w->dir | RSRC_HIGH_BIT);
            put_languages(w, i, rva);
            at += RSRC_ENTRY_LEN;
        }
    }
}

void rsrc_write(const struct rsrc_set *set, uint32_t rva, uint8_t *out)
{
    struct writer w = {.set = set, .out = out, .entry = set->dirs_len};
    if (set->size == 0) {
        return;
    }
    w.name = w.entry + set->entries_len;
    w.data = w.name + set->names_len;
    memset(out, 0, set->size);
    uint32_t dir = begin_dir(&w), at = w.dir;
    w.dir += (uint32_t)count(set, 0, new_type, NULL) * RSRC_ENTRY_LEN;
    for (size_t i = 0; i < set->leaves.n; i++) {
        if (new_type(set, i)) {
            put_entry(&w, dir, at, &set->leaves.p[i].type, w.dir | RSRC_HIGH_BIT);
            put_names(&w, i, rva);
            at += RSRC_ENTRY_LEN;
        }
    }
}
