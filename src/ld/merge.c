/* merge.c - sections of mergeable strings and constants become one table of unique pieces.

   One table per (output section, entry size, alignment, strings or constants). Sections are taken in
   batches that fit the cache, in two steps each: the batch is cut into pieces and hashed in parallel;
   then the shards of the table, chosen by the hash, are filled, each by one thread that walks the
   sections in load order. A shard is a contiguous part of the table, so what the table holds and where
   does not depend on threads. What a piece is: a NUL-terminated string of entsize-wide characters, or
   entsize bytes. */
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ckint.h"
#include "ld/merge.h"

enum {
    MERGE_SHARDS = 32,
    INDEX_SHIFT = 6,  /* one entry of a section's index stands for so many bytes of it (log2) */
    BATCH = 512 << 10 /* bytes per thread */
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
    uint8_t *shards; /* by piece: the shard it went to */
};

struct merge_table {
    struct ld_osec *os;
    uint64_t entsize;
    uint8_t align_p2;
    bool strings;
    struct ld_chunk *chunk;
    VEC(struct ld_chunk *) inputs;
    struct merge_shard {
        struct merge_slot {
            uint32_t end, tag; /* offset in bytes + 1, 0 empty; the hash */
        } *slots;
        uint32_t n_slots, n;
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
    size_t first, end, n_groups; /* the batch, and into how many parts the shards are divided */
    struct cuts {
        VEC(struct piece) v;
    } *cuts;                     /* per worker: the pieces of the section in hand */
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
    struct ld_chunk *c = job->table->inputs.p[job->first + i];
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
    m->shards = arena_alloc(keep, m->n);
    for (uint32_t k = 0; k < m->n; k++) {
        m->shards[k] = (uint8_t)shard_of(m->pieces[k].out);
    }
    if (strings) {
        m->index = arena_alloc(keep, (size_t)((m->data.len >> INDEX_SHIFT) + 1) * sizeof *m->index);
        make_index(m);
    }
}

/* ---- inserting --------------------------------------------------------------------------------- */

static void grow(struct merge_shard *sh)
{
    uint32_t n = sh->n_slots ? sh->n_slots * 4 : 256;
    struct merge_slot *slots = xcalloc(n, sizeof *slots);
    for (uint32_t i = 0; i < sh->n_slots; i++) {
        if (sh->slots[i].end) {
            uint32_t j = sh->slots[i].tag & (n - 1);
            while (slots[j].end) {
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
static uint32_t append(struct merge_shard *sh, const uint8_t *p, uint64_t len, uint8_t align_p2)
{
    uint64_t off = align_up(sh->size, UINT64_C(1) << align_p2), end = off + len;
    if (end > UINT32_MAX - 1) {
        sh->full = true;
        return 0;
    }
    if (end > sh->cap) {
        sh->cap = sh->cap ? sh->cap * 2 : 4096;
        sh->cap = sh->cap < end ? end : sh->cap;
        sh->bytes = xrealloc(sh->bytes, (size_t)sh->cap);
    }
    memset(sh->bytes + sh->size, 0, (size_t)(off - sh->size));
    memcpy(sh->bytes + off, p, (size_t)len);
    sh->size = end;
    sh->n++;
    return (uint32_t)off;
}

/* The offset of the piece in its shard. Pieces are compared with the shard's copy, which is at hand, not
   with the input that was there first; a terminator that is equal too makes the lengths equal. */
static inline uint32_t insert(struct merge_shard *sh, const uint8_t *p, uint64_t len, uint32_t hash,
                              uint8_t align_p2)
{
    if (sh->n >= sh->n_slots / 2) {
        grow(sh);
    }
    uint32_t mask = sh->n_slots - 1, j = hash & mask;
    for (; sh->slots[j].end; j = (j + 1) & mask) {
        uint32_t off = sh->slots[j].end - 1;
        if (sh->slots[j].tag == hash && len <= sh->size - off && memcmp(sh->bytes + off, p, (size_t)len) == 0) {
            return off;
        }
    }
    uint32_t off = append(sh, p, len, align_p2);
    if (!sh->full) {
        sh->slots[j] = (struct merge_slot){off + 1, hash};
    }
    return off;
}

enum { FAR = 12, NEAR = 6 }; /* pieces ahead whose slots, and whose twins, are asked for */

/* Asks for what the insertion of piece I will touch. */
static inline void prefetch(const struct merge_table *t, const struct ld_merge_map *m, uint32_t i, bool twin)
{
    const struct merge_shard *sh = &t->shards[m->shards[i]];
    if (sh->n_slots) {
        const struct merge_slot *slot = &sh->slots[m->pieces[i].out & (sh->n_slots - 1)];
        if (!twin) {
            __builtin_prefetch(slot);
        } else if (slot->end) {
            __builtin_prefetch(sh->bytes + slot->end - 1);
        }
    }
}

/* Fills the shards [LO, HI) with their pieces of M. */
static void fill_from(struct merge_table *t, struct ld_merge_map *m, unsigned lo, unsigned hi)
{
    for (uint32_t i = 0; i < m->n; i++) {
        if (i + FAR < m->n && m->shards[i + FAR] >= lo && m->shards[i + FAR] < hi) {
            prefetch(t, m, i + FAR, false);
        }
        if (i + NEAR < m->n && m->shards[i + NEAR] >= lo && m->shards[i + NEAR] < hi) {
            prefetch(t, m, i + NEAR, true);
        }
        if (m->shards[i] < lo || m->shards[i] >= hi) {
            continue;
        }
        struct piece *p = &m->pieces[i];
        uint64_t end = i + 1 < m->n ? m->pieces[i + 1].start
                       : t->strings ? m->data.len : p->start + t->entsize;
        p->out = insert(&t->shards[m->shards[i]], m->data.p + p->start, end - p->start, p->out, t->align_p2);
    }
}

static void fill_group(void *ctx, size_t g, unsigned worker)
{
    const struct merge_job *job = ctx;
    (void)worker;
    for (size_t k = job->first; k < job->end; k++) {
        fill_from(job->table, job->table->inputs.p[k]->priv, (unsigned)(g * MERGE_SHARDS / job->n_groups),
                  (unsigned)((g + 1) * MERGE_SHARDS / job->n_groups));
    }
}

/* Offsets in shards become offsets in the table. Writes only the section's own map. */
static void settle_one(void *ctx, size_t i, unsigned worker)
{
    const struct merge_table *t = ((struct merge_job *)ctx)->table;
    struct ld_merge_map *m = t->inputs.p[i]->priv;
    (void)worker;
    for (uint32_t k = 0; k < m->n; k++) {
        m->pieces[k].out += (uint32_t)t->shards[m->shards[k]].base;
    }
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
        if (t->os->idx == c->osec && t->entsize == s->entsize && t->align_p2 == c->align_p2 &&
            t->strings == strings) {
            return t;
        }
    }
    static const struct ld_part_ops ops = {{"merged", write_table}, write_part};
    struct merge_table *t = ARENA_NEW(&ld->arena, struct merge_table);
    *t = (struct merge_table){.os = ld->osecs.p[c->osec], .entsize = s->entsize,
                              .align_p2 = c->align_p2, .strings = strings};
    t->chunk = ld_new_chunk(ld, &ops.ops, 0, c->align_p2, t);
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

struct tail_remap {
    struct merge_table *table;
    const uint32_t *map;
};

static void remap_one(void *ctx, size_t i, unsigned worker)
{
    const struct tail_remap *r = ctx;
    struct ld_merge_map *m = r->table->inputs.p[i]->priv;
    (void)worker;
    for (uint32_t k = 0; k < m->n; k++) {
        m->pieces[k].out = r->map[m->pieces[k].out];
    }
}

/* -O2: strings that end others lose their place. The table becomes one shard. */
static void shorten_table(struct ld *ld, struct merge_table *t)
{
    uint64_t n = t->chunk->size;
    if (ld->opt.optimize < 2 || !t->strings || t->entsize != 1 || t->align_p2 || n == 0 || !diag_ok(&ld->diag)) {
        return;
    }
    uint8_t *in = xmalloc((size_t)n), *out = xmalloc((size_t)n);
    uint32_t *map = xmalloc((size_t)n * sizeof *map);
    write_part(ld, t->chunk, 0, n, in);
    t->chunk->size = merge_tails(ld, in, n, out, map);
    for (int s = 0; s < MERGE_SHARDS; s++) {
        free(t->shards[s].bytes);
        t->shards[s].bytes = s == 0 ? out : NULL;
        t->shards[s].size = s == 0 ? t->chunk->size : 0;
        t->shards[s].base = s == 0 ? 0 : t->chunk->size;
    }
    struct tail_remap r = {t, map};
    parallel_for(ld->pool, t->inputs.n, 64, remap_one, &r);
    free(in);
    free(map);
}

static void fill_table(struct ld *ld, struct merge_table *t)
{
    unsigned n = pool_threads(ld->pool);
    struct merge_job job = {.ld = ld, .table = t, .cuts = xcalloc(n, sizeof *job.cuts)};
    while (job.end < t->inputs.n) {
        uint64_t bytes = 0;
        for (job.first = job.end; job.end < t->inputs.n && bytes < (uint64_t)BATCH * n; job.end++) {
            bytes += t->inputs.p[job.end]->size;
        }
        size_t grain = bytes < BATCH / 16 ? SIZE_MAX : 1; /* not worth waking threads */
        job.n_groups = grain != 1 ? 1 : n < MERGE_SHARDS ? n : MERGE_SHARDS;
        parallel_for(ld->pool, job.end - job.first, grain, cut_one, &job);
        parallel_for(ld->pool, job.n_groups, 1, fill_group, &job);
    }
    place_shards(ld, t);
    parallel_for(ld->pool, t->inputs.n, 64, settle_one, &job);
    shorten_table(ld, t);
    for (int s = 0; s < MERGE_SHARDS; s++) {
        free(t->shards[s].slots);
    }
    for (unsigned i = 0; i < n; i++) {
        vec_free(&job.cuts[i].v);
    }
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

void ld_merge_fetch(const struct ld_chunk *c, uint64_t off, bool cell_is_there)
{
    const struct ld_merge_map *m = c->priv;
    if (m->index && off < m->data.len) {
        const uint32_t *cell = &m->index[off >> INDEX_SHIFT];
        __builtin_prefetch(cell_is_there ? (const void *)&m->pieces[*cell] : cell);
    }
}

/* The tables' own memory, when they have been written. */
void ld_merge_free_section(const struct ld_osec *os)
{
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

void ld_merge_free(struct ld *ld)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        ld_merge_free_section(ld->osecs.p[i]);
    }
}
