/* merge.c - sections of mergeable strings and constants become one table of unique pieces.

   One table per (output section, entry size, alignment, strings or constants). Two steps: the
   sections are cut into pieces and hashed in parallel, then each shard of the table, chosen by the
   hash, is filled by one thread walking the sections in load order. A shard is a contiguous part of
   the table, so offsets follow without another pass over the pieces, and no thread waits for
   another. What a piece is: a NUL-terminated string of entsize-wide characters, or entsize bytes. */
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ckint.h"
#include "ld/ld.h"

enum {
    MERGE_SHARDS = 32,
    INDEX_SHIFT = 6 /* one entry of a section's index stands for so many bytes of it (log2) */
};

/* The pieces of a section, by position. A reference to a piece is looked up by the index: one cell per
   64 bytes, the number of the last piece that starts at or before them. Constants need no index. */
struct piece {
    uint32_t start; /* in the input section */
    uint32_t out;   /* in the table; before that the upper half of the hash */
};

struct ld_merge_map {
    struct merge_table *table;
    struct view data;
    struct piece *pieces;
    uint32_t n;
    uint32_t *index;
    uint32_t *order; /* piece numbers by shard, while the table is filled */
    uint32_t shard_end[MERGE_SHARDS];
};

struct unique {
    uint32_t off, len; /* in the shard's bytes */
};

struct merge_table {
    struct ld_osec *os;
    uint64_t entsize;
    uint8_t align_p2;
    bool strings;
    struct ld_chunk *chunk;
    VEC(struct ld_chunk *) inputs;
    struct merge_shard {
        VEC(struct unique) uniques;
        struct ld_slot *slots;
        uint32_t n_slots;
        uint64_t size, base;
        uint8_t *bytes; /* what the shard's part of the table will be */
        uint64_t cap;
        bool full;      /* 4 GiB: nothing more was added */
    } shards[MERGE_SHARDS];
};

typedef VEC(struct merge_table *) table_list;

/* HASH is the upper half of a piece's. */
static inline unsigned shard_of(uint32_t hash)
{
    return hash >> 27;
}

/* ---- cutting ----------------------------------------------------------------------------------- */

struct merge_job {
    struct ld *ld;
    struct merge_table *table;
    struct arena *scratch; /* per worker: lives while the table is filled */
    struct cuts {
        VEC(struct piece) v;
    } *cuts;               /* per worker: the pieces of the section in hand */
};

static inline void add_piece(struct cuts *cuts, const uint8_t *p, uint64_t start, uint64_t end)
{
    struct str s = {(const char *)p + start, (size_t)(end - start)};
    vec_push(&cuts->v, (struct piece){(uint32_t)start, (uint32_t)(str_hash(s) >> 32)});
}

/* Cuts V into strings of bytes; where the last one that ends does so. */
static uint64_t cut_bytes(struct cuts *cuts, struct view v)
{
    uint64_t start = 0, at = 0;
#ifdef __SSE2__
    const __m128i zero = _mm_setzero_si128();
    for (; v.len - at >= 32; at += 32) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(v.p + at));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(v.p + at + 16));
        unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, zero)) |
                     (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, zero)) << 16;
        for (; m; m &= m - 1) {
            uint64_t end = at + (unsigned)__builtin_ctz(m) + 1;
            add_piece(cuts, v.p, start, end);
            start = end;
        }
    }
#endif
    for (at = at > start ? at : start; at < v.len; at++) {
        const uint8_t *e = memchr(v.p + at, 0, (size_t)(v.len - at));
        if (!e) {
            break;
        }
        at = (uint64_t)(e - v.p);
        add_piece(cuts, v.p, start, at + 1);
        start = at + 1;
    }
    return start;
}

/* The same for strings of wider characters. */
static uint64_t cut_wide(struct cuts *cuts, struct view v, uint64_t entsize)
{
    uint64_t start = 0;
    for (uint64_t at = 0; v.len - at >= entsize; at += entsize) {
        bool zero = true;
        for (uint64_t k = 0; k < entsize; k++) {
            zero = zero && v.p[at + k] == 0;
        }
        if (zero) {
            add_piece(cuts, v.p, start, at + entsize);
            start = at + entsize;
        }
    }
    return start;
}

static uint64_t cut_constants(struct cuts *cuts, struct view v, uint64_t entsize)
{
    uint64_t at = 0;
    for (; v.len - at >= entsize; at += entsize) {
        add_piece(cuts, v.p, at, at + entsize);
    }
    return at;
}

/* Lists a section's pieces by shard, so that a shard's thread looks at its own only. */
static void sort_by_shard(struct ld_merge_map *m)
{
    uint32_t at[MERGE_SHARDS] = {0}, sum = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        at[shard_of(m->pieces[i].out)]++;
    }
    for (int s = 0; s < MERGE_SHARDS; s++) {
        uint32_t count = at[s];
        at[s] = sum;
        sum += count;
        m->shard_end[s] = sum;
    }
    for (uint32_t i = 0; i < m->n; i++) {
        m->order[at[shard_of(m->pieces[i].out)]++] = i;
    }
}

static void make_index(struct ld_merge_map *m)
{
    uint64_t cells = (m->data.len >> INDEX_SHIFT) + 1, c = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        for (; c < cells && c << INDEX_SHIFT < m->pieces[i].start; c++) {
            m->index[c] = i - 1; /* the first piece starts at 0 */
        }
    }
    for (; c < cells; c++) {
        m->index[c] = m->n - 1;
    }
}

/* Cuts one section; writes only its own map. A section whose last string does not end is refused. */
static void cut_one(void *ctx, size_t i, unsigned worker)
{
    struct merge_job *job = ctx;
    struct ld_chunk *c = job->table->inputs.p[i];
    struct ld_merge_map *m = c->priv;
    struct cuts *cuts = &job->cuts[worker];
    uint64_t entsize = m->table->entsize, end;
    bool strings = m->table->strings;
    cuts->v.n = 0;
    end = !strings       ? cut_constants(cuts, m->data, entsize)
          : entsize == 1 ? cut_bytes(cuts, m->data)
                         : cut_wide(cuts, m->data, entsize);
    if (end != m->data.len) {
        ld_error_at(job->ld, c->file, c->sec, end,
                    strings ? "string is not terminated" : "size is no multiple of the entry size");
    }
    m->n = (uint32_t)cuts->v.n;
    if (m->n == 0) {
        return;
    }
    struct arena *keep = &job->ld->worker_arena[worker];
    m->pieces = arena_alloc(keep, m->n * sizeof *m->pieces);
    memcpy(m->pieces, cuts->v.p, m->n * sizeof *m->pieces);
    m->order = arena_alloc(&job->scratch[worker], m->n * sizeof *m->order);
    sort_by_shard(m);
    if (strings) {
        m->index = arena_alloc(keep, (size_t)((m->data.len >> INDEX_SHIFT) + 1) * sizeof *m->index);
        make_index(m);
    }
}

/* ---- inserting --------------------------------------------------------------------------------- */

static void grow(struct merge_shard *sh)
{
    uint32_t n = sh->n_slots ? sh->n_slots * 4 : 256;
    struct ld_slot *slots = xcalloc(n, sizeof *slots);
    for (uint32_t i = 0; i < sh->n_slots; i++) {
        if (sh->slots[i].id) {
            uint32_t j = sh->slots[i].tag & (n - 1);
            while (slots[j].id) {
                j = (j + 1) & (n - 1);
            }
            slots[j] = sh->slots[i];
        }
    }
    free(sh->slots);
    sh->slots = slots;
    sh->n_slots = n;
}

/* A new piece: its bytes join the shard's. */
static uint32_t append(struct merge_shard *sh, const uint8_t *p, uint32_t len, uint8_t align_p2)
{
    uint64_t off = align_up(sh->size, UINT64_C(1) << align_p2), end = off + len;
    if (end > UINT32_MAX) {
        sh->full = true;
        return 0;
    }
    if (end > sh->cap) {
        sh->cap = sh->cap ? sh->cap * 2 : 4096;
        sh->cap = sh->cap < end ? end : sh->cap;
        sh->bytes = xrealloc(sh->bytes, (size_t)sh->cap);
    }
    memset(sh->bytes + sh->size, 0, (size_t)(off - sh->size));
    memcpy(sh->bytes + off, p, len);
    sh->size = end;
    vec_push(&sh->uniques, (struct unique){(uint32_t)off, len});
    return (uint32_t)off;
}

/* The offset of the piece in its shard. Pieces are compared with the shard's copy, which is at hand,
   not with the input that was there first. */
static inline uint32_t insert(struct merge_shard *sh, const uint8_t *p, uint32_t len, uint32_t hash,
                              uint8_t align_p2)
{
    if (sh->uniques.n >= sh->n_slots / 2) {
        grow(sh);
    }
    uint32_t mask = sh->n_slots - 1, j = hash & mask;
    for (; sh->slots[j].id; j = (j + 1) & mask) {
        const struct unique *u = &sh->uniques.p[sh->slots[j].id - 1];
        if (sh->slots[j].tag == hash && u->len == len && memcmp(sh->bytes + u->off, p, len) == 0) {
            return u->off;
        }
    }
    uint32_t off = append(sh, p, len, align_p2);
    if (!sh->full) {
        sh->slots[j] = (struct ld_slot){(uint32_t)sh->uniques.n, hash};
    }
    return off;
}

enum { AHEAD = 8 }; /* pieces whose bytes are asked for before they are compared */

/* Shard S of the pieces of M. */
static void fill_from(const struct merge_table *t, struct merge_shard *sh, struct ld_merge_map *m,
                      size_t s)
{
    uint32_t from = s ? m->shard_end[s - 1] : 0, to = m->shard_end[s];
    for (uint32_t k = from; k < to; k++) {
        if (k + AHEAD < to) {
            __builtin_prefetch(m->data.p + m->pieces[m->order[k + AHEAD]].start);
        }
        uint32_t i = m->order[k];
        struct piece *p = &m->pieces[i];
        uint64_t end = i + 1 < m->n ? m->pieces[i + 1].start
                       : t->strings ? m->data.len : p->start + t->entsize;
        p->out = insert(sh, m->data.p + p->start, (uint32_t)(end - p->start), p->out, t->align_p2);
    }
}

static void fill_shard(void *ctx, size_t s, unsigned worker)
{
    struct merge_table *t = ((struct merge_job *)ctx)->table;
    struct merge_shard *sh = &t->shards[s];
    (void)worker;
    for (size_t k = 0; k < t->inputs.n; k++) {
        struct ld_merge_map *m = t->inputs.p[k]->priv;
        if (m->n) {
            fill_from(t, sh, m, s);
        }
    }
    free(sh->slots);
    sh->slots = NULL;
    vec_free(&sh->uniques);
}

/* Offsets in shards become offsets in the table. Writes only the section's own map. */
static void settle_one(void *ctx, size_t i, unsigned worker)
{
    struct merge_table *t = ((struct merge_job *)ctx)->table;
    struct ld_merge_map *m = t->inputs.p[i]->priv;
    (void)worker;
    for (uint32_t s = 0, k = 0; m->n && s < MERGE_SHARDS; s++) {
        uint32_t base = (uint32_t)t->shards[s].base;
        for (; k < m->shard_end[s]; k++) {
            m->pieces[m->order[k]].out += base;
        }
    }
    m->order = NULL;
}

/* ---- tables -------------------------------------------------------------------------------------- */

static void write_part(struct ld *ld, const struct ld_chunk *c, uint64_t from, uint64_t n, uint8_t *out)
{
    const struct merge_table *t = c->priv;
    (void)ld;
    memset(out, 0, (size_t)n);
    for (int s = 0; s < MERGE_SHARDS; s++) {
        const struct merge_shard *sh = &t->shards[s];
        uint64_t a = sh->base > from ? sh->base : from, end = sh->base + sh->size;
        end = end < from + n ? end : from + n;
        if (a < end) {
            memcpy(out + (a - from), sh->bytes + (a - sh->base), (size_t)(end - a));
        }
    }
}

static void write_table(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    write_part(ld, c, 0, c->size, out);
}

static struct merge_table *table_for(struct ld *ld, table_list *tables, const struct ld_chunk *c)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    bool strings = (s->flags & SEC_STRINGS) != 0;
    for (size_t i = 0; i < tables->n; i++) {
        struct merge_table *t = tables->p[i];
        if (t->os->idx == c->osec && t->entsize == s->entsize && t->align_p2 == s->align_p2 &&
            t->strings == strings) {
            return t;
        }
    }
    static const struct ld_part_ops ops = {{"merged", write_table}, write_part};
    struct merge_table *t = ARENA_NEW(&ld->arena, struct merge_table);
    *t = (struct merge_table){.os = ld->osecs.p[c->osec], .entsize = s->entsize,
                              .align_p2 = s->align_p2, .strings = strings};
    t->chunk = ld_new_chunk(ld, &ops.ops, 0, s->align_p2, t);
    t->chunk->flags |= LDC_PARTS;
    vec_push(tables, t);
    return t;
}

/* Can C be merged? Relocated contents are not constants. */
static bool mergeable(const struct ld_chunk *c)
{
    if (c->ops || !c->file || !(c->flags & LDC_LIVE)) {
        return false;
    }
    const struct section *s = &c->file->obj.sections[c->sec];
    return s->flags & SEC_MERGE && !(s->flags & (SEC_WRITE | SEC_NOBITS)) && s->entsize != 0 &&
           s->entsize <= 4096 && s->n_relocs == 0 && c->size != 0 && c->size < UINT32_MAX;
}

/* Takes the mergeable chunks of OS out of it; each table stands where its first input stood. */
static void take_inputs(struct ld *ld, struct ld_osec *os, table_list *tables)
{
    size_t n = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        struct view data;
        if (!mergeable(c) || !obj_section_data(&c->file->obj, c->sec, &data)) {
            os->chunks.p[n++] = c;
            continue;
        }
        struct merge_table *t = table_for(ld, tables, c);
        struct ld_merge_map *m = ARENA_NEW(&ld->arena, struct ld_merge_map);
        m->table = t;
        m->data = data;
        c->priv = m;
        c->flags |= LDC_MERGE;
        if (t->inputs.n == 0) {
            t->chunk->osec = os->idx;
            os->chunks.p[n++] = t->chunk;
        }
        vec_push(&t->inputs, c);
    }
    os->chunks.n = n;
}

/* The shards, one behind the other, are the table. */
static void place_shards(struct ld *ld, struct merge_table *t)
{
    uint64_t size = 0;
    bool full = false;
    for (int s = 0; s < MERGE_SHARDS; s++) {
        size = align_up(size, UINT64_C(1) << t->align_p2);
        t->shards[s].base = size;
        size += t->shards[s].size;
        full = full || t->shards[s].full;
    }
    t->chunk->size = size;
    if (size > UINT32_MAX || full) {
        diag_error(&ld->diag, "merged strings of %.*s exceed 4 GiB", Q(t->os->name));
    }
}

static void fill_table(struct ld *ld, struct merge_table *t)
{
    unsigned n = pool_threads(ld->pool);
    struct merge_job job = {ld, t, xcalloc(n, sizeof *job.scratch), xcalloc(n, sizeof *job.cuts)};
    for (unsigned i = 0; i < n; i++) {
        job.scratch[i].large = true;
    }
    parallel_for(ld->pool, t->inputs.n, 4, cut_one, &job);
    parallel_for(ld->pool, MERGE_SHARDS, t->inputs.n < 4 ? MERGE_SHARDS : 1, fill_shard, &job);
    place_shards(ld, t);
    parallel_for(ld->pool, t->inputs.n, 16, settle_one, &job);
    for (unsigned i = 0; i < n; i++) {
        arena_free(&job.scratch[i]);
        vec_free(&job.cuts[i].v);
    }
    free(job.scratch);
    free(job.cuts);
}

bool ld_merge_strings(struct ld *ld)
{
    table_list tables = {0};
    for (size_t i = 1; i < ld->osecs.n; i++) {
        take_inputs(ld, ld->osecs.p[i], &tables);
    }
    for (size_t i = 0; i < tables.n; i++) {
        fill_table(ld, tables.p[i]);
    }
    vec_free(&tables);
    return ld_checkpoint(ld);
}

/* The piece that byte OFF of M belongs to; what lies outside belongs to the last one. */
static const struct piece *piece_at(const struct ld_merge_map *m, uint64_t off)
{
    if (off >= m->data.len) {
        return &m->pieces[m->n - 1];
    }
    if (!m->index) {
        uint64_t i = off / m->table->entsize;
        return &m->pieces[i < m->n ? i : m->n - 1];
    }
    const struct piece *p = &m->pieces[m->index[off >> INDEX_SHIFT]], *last = &m->pieces[m->n - 1];
    while (p < last && p[1].start <= off) {
        p++;
    }
    return p;
}

uint64_t ld_merge_addr(const struct ld *ld, const struct ld_chunk *c, uint64_t off)
{
    const struct ld_merge_map *m = c->priv;
    uint64_t base = ld_chunk_addr(ld, m->table->chunk);
    if (m->n == 0) {
        return base;
    }
    const struct piece *p = piece_at(m, off);
    return base + p->out + (off - p->start);
}

/* The tables' own memory; called at the end of the link. */
void ld_merge_free(struct ld *ld)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        const struct ld_osec *os = ld->osecs.p[i];
        for (size_t k = 0; k < os->chunks.n; k++) {
            if (!os->chunks.p[k]->ops || os->chunks.p[k]->ops->write != write_table) {
                continue;
            }
            struct merge_table *t = os->chunks.p[k]->priv;
            for (int s = 0; s < MERGE_SHARDS; s++) {
                free(t->shards[s].bytes);
            }
            vec_free(&t->inputs);
        }
    }
}
