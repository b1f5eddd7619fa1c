/* armap_read.c - the symbol index in all its forms (spec ar-nm, 1.2-1.4, 1.7).

   GNU "/" and "/SYM64/", AIX    big-endian count, count header offsets, count NUL-terminated names
   BSD __.SYMDEF[_64][ SORTED]   byte length of {strx, offset} pairs, pairs, string table; target's order
   COFF second linker member     little-endian member offsets, then 1-based 16-bit indices into them;
                                 only ARM64EC's table, which has no offsets of its own, needs it here

   An index is a hint that anyone can rebuild: one that lies is ignored with a warning, never fatal.
   It is either kept whole, or walked twice, to see whether it is good and to hand out its entries; then
   pages of a mapped archive are given back, so that a large index needs no memory. */
#include "archive/ar_priv.h"

#include <string.h>

#include "archive/ar_fmt.h"
#include "base/file.h"
#include "base/limits.h"

enum {
    HEADERS_KEPT = 256,     /* each brings some pages around it into memory */
    NAMES_KEPT = 4 << 20
};

struct builder {
    struct ar *ar;
    struct armap *out;    /* receives the entries, */
    armap_fn fn;          /* or this does; neither: only damage is looked for */
    void *ctx;
    bool damaged;
    bool unchecked;       /* do not look whether headers are where entries say */
    uint64_t cap;
    uint64_t checked_off; /* the last header offset looked at, and whether a header is there */
    bool checked_ok;
    uint64_t work;        /* left: BSD string offsets may all name one long string */
    uint64_t headers, low, high; /* looked at since pages were given back, and where */
    uint64_t names_from;  /* names from here on are in memory */
};

/* Gives back the pages from FROM to TO of an archive that is walked. */
static void forget(struct builder *b, uint64_t from, uint64_t to)
{
    struct view v;
    if (b->ar->mapped && !b->out && view_sub(b->ar->bytes, from, to - from, &v)) {
        file_drop_pages(v);
    }
}

static void count_header(struct builder *b, uint64_t off)
{
    b->low = b->headers && b->low < off ? b->low : off;
    b->high = b->headers && b->high > off ? b->high : off;
    if (++b->headers == HEADERS_KEPT) {
        forget(b, b->low, b->high);
        b->headers = 0;
    }
}

/* The names before offset OFF of the archive have been read, in their order. */
static void names_passed(struct builder *b, uint64_t off)
{
    b->names_from = b->names_from && b->names_from < off ? b->names_from : off;
    if (off - b->names_from >= NAMES_KEPT) {
        forget(b, b->names_from, off);
        b->names_from = off;
    }
}

bool ar_has_header(const struct ar *ar, uint64_t off)
{
    if (ar->dialect == AR_DIALECT_BIG) {
        struct ar_member m;
        return ar_big_header(ar, false, off, &m);
    }
    return off >= AR_MAGIC_LEN && view_has(ar->bytes, off, AR_HDR_LEN) &&
           memcmp(ar->bytes.p + off + AR_END_OFF, AR_END_MARK, AR_END_LEN) == 0;
}

static bool header_is_at(struct builder *b, uint64_t off)
{
    if (off != b->checked_off) {
        b->checked_off = off;
        count_header(b, off);
        b->checked_ok = ar_has_header(b->ar, off);
    }
    return b->checked_ok;
}

static void add(struct builder *b, struct str name, uint64_t off, bool ec)
{
    struct armap_entry e = {name, off, ec};
    if (!b->out && !b->fn) {
        return;
    }
    if (!b->unchecked && !header_is_at(b, off)) {
        ar_warn(b->ar, DIAG_NO_OFFSET, "index entry '%.*s' points to offset %llu, where no member is",
                Q(name), (unsigned long long)off);
        return;
    }
    if (b->out) {
        b->out->entries[b->out->n++] = e;
    } else {
        b->fn(b->ctx, &e);
    }
}

static void damaged(struct builder *b, const struct ar_member *m, const char *what)
{
    ar_warn(b->ar, m->data_off, "%s: the symbol index is ignored", what);
    b->damaged = true;
}

/* Makes room for N more entries of at least MIN bytes in V. */
static bool reserve(struct builder *b, uint64_t n, uint64_t min, struct view v)
{
    struct armap *out = b->out;
    if (n > v.len / min || !out) {
        return n <= v.len / min;
    }
    struct armap_entry *old = out->entries;
    b->cap = out->n + n;
    out->entries = arena_array(b->ar->arena, b->cap, sizeof *old, 1, b->cap);
    if (out->n) {
        memcpy(out->entries, old, (size_t)out->n * sizeof *old);
    }
    return true;
}

/* Counted offsets of W bytes, then names. */
static void read_gnu(struct builder *b, const struct ar_member *m, unsigned w)
{
    struct view v = m->data;
    uint64_t n = 0;
    uint32_t n32 = 0;
    bool good = w == 8 ? view_u64(v, 0, true, &n) : view_u32(v, 0, true, &n32);
    n = w == 8 ? n : n32;
    if (v.len == 0) {
        return;
    }
    /* Each entry takes an offset and at least the NUL of its name. */
    if (!good || !reserve(b, n, w + 1u, view_from(v, w))) {
        damaged(b, m, "index says it has more symbols than it has room for");
        return;
    }
    uint64_t at = w + n * w;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = v.p + w + i * w;
        struct str name;
        if (!view_cstr(v, at, &name)) {
            damaged(b, m, "index with a name that does not end");
            return;
        }
        at += name.len + 1;
        add(b, name, w == 8 ? get_u64be(p) : get_u32be(p), false);
        names_passed(b, m->data_off + at);
    }
}

static uint64_t load_word(const uint8_t *p, bool be, unsigned w)
{
    return w == 8 ? get_u64(p, be) : get_u32(p, be);
}

/* Do the two lengths of a BSD index make sense in this byte order? */
static bool bsd_lengths(struct view v, bool be, unsigned w, uint64_t *n_bytes, struct view *strings)
{
    if (v.len < 2 * w) {
        return false;
    }
    *n_bytes = load_word(v.p, be, w);
    if (*n_bytes % (2 * w) != 0 || *n_bytes > v.len - 2 * w) {
        return false;
    }
    uint64_t len = load_word(v.p + w + *n_bytes, be, w);
    return view_sub(v, 2 * w + *n_bytes, len, strings);
}

static void read_bsd(struct builder *b, const struct ar_member *m, unsigned w)
{
    struct view v = m->data, strings;
    uint64_t n_bytes;
    bool be = false;
    if (!bsd_lengths(v, be, w, &n_bytes, &strings)) {
        be = true;
        if (!bsd_lengths(v, be, w, &n_bytes, &strings)) {
            damaged(b, m, "index whose lengths do not fit it");
            return;
        }
    }
    uint64_t n = n_bytes / (2 * w);
    reserve(b, n, 2 * w, v);
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = v.p + w + i * 2 * w;
        struct str name;
        if (!view_cstr(strings, load_word(p, be, w), &name)) {
            damaged(b, m, "index with a name outside its string table");
            return;
        }
        if (name.len / 16 + 1 > b->work) {
            damaged(b, m, "index names overlap so often that reading them exceeds the work limit");
            return;
        }
        b->work -= name.len / 16 + 1;
        add(b, name, load_word(p + w, be, w), false);
    }
}

/* ARM64EC symbols: their member numbers index the second linker member's offsets. */
static void read_ec(struct builder *b)
{
    const struct ar_member *m = &b->ar->ec;
    struct view v = m->data, offs;
    uint32_t n, n_members;
    if (!view_u32(b->ar->armap2.data, 0, false, &n_members) ||
        !view_sub(b->ar->armap2.data, 4, (uint64_t)n_members * 4, &offs)) {
        damaged(b, m, "ARM64EC index without a second linker member");
        return;
    }
    if (!view_u32(v, 0, false, &n) || !reserve(b, n, 3, view_from(v, 4))) {
        damaged(b, m, "ARM64EC index says it has more symbols than it has room for");
        return;
    }
    uint64_t at = 4 + (uint64_t)n * 2;
    for (uint32_t i = 0; i < n; i++) {
        struct str name;
        uint32_t idx = get_u16le(v.p + 4 + (uint64_t)i * 2);
        uint32_t off;
        if (!view_cstr(v, at, &name)) {
            damaged(b, m, "ARM64EC index with a name that does not end");
            return;
        }
        at += name.len + 1;
        if (idx == 0 || !view_u32(offs, ((uint64_t)idx - 1) * 4, false, &off)) {
            ar_warn(b->ar, DIAG_NO_OFFSET, "ARM64EC index entry '%.*s' names member %u of %u", Q(name),
                    idx, n_members);
            continue;
        }
        add(b, name, off, true);
    }
}

bool ar_has_armap(const struct ar *ar)
{
    return ar->armap.hdr_off || (ar->dialect == AR_DIALECT_BIG && ar->armap2.hdr_off);
}

static void walk(struct builder *b)
{
    struct ar *ar = b->ar;
    const struct ar_state *st = ar->priv;
    struct str name = ar->armap.name;
    b->checked_off = UINT64_MAX;
    b->work = LIMIT_WORK_BASE + ar->armap.data.len * LIMIT_WORK_PER_BYTE;
    if (ar->dialect == AR_DIALECT_BIG) {
        read_gnu(b, &ar->armap, st->aix_old ? 4 : 8);
        read_gnu(b, &ar->armap2, 8);
        return;
    }
    if (str_is(name, "/")) {
        read_gnu(b, &ar->armap, 4);
    } else if (str_is(name, "/SYM64/")) {
        read_gnu(b, &ar->armap, 8);
    } else {
        read_bsd(b, &ar->armap, str_starts(name, S("__.SYMDEF_64")) ? 8 : 4);
    }
    if (ar->ec.hdr_off) {
        read_ec(b);
    }
}

bool ar_read_armap(struct ar *ar, struct armap *out)
{
    struct builder b = {.ar = ar, .out = out, .unchecked = ar->index_unchecked};
    *out = (struct armap){.present = ar_has_armap(ar)};
    if (out->present) {
        walk(&b);
    }
    if (b.damaged) {
        out->n = 0;
        out->present = false;
    }
    return true;
}

bool ar_armap_is_good(struct ar *ar)
{
    struct builder b = {.ar = ar};
    if (ar_has_armap(ar)) {
        walk(&b);
        forget(&b, ar->armap.data_off, ar->armap.next_off);
    }
    return ar_has_armap(ar) && !b.damaged;
}

void ar_each_armap(struct ar *ar, bool check, armap_fn fn, void *ctx)
{
    struct builder b = {.ar = ar, .fn = fn, .ctx = ctx, .unchecked = !check};
    walk(&b);
    forget(&b, b.low, b.high);
    forget(&b, ar->armap.data_off, ar->armap.next_off);
}
