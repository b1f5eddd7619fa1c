/* merge.c - sections of mergeable strings and constants become one table of unique pieces.

   One table per (output section, entry size, alignment, strings or constants). Two steps: the
   sections are cut into pieces and hashed in parallel, then each shard of the table, chosen by the
   hash, is filled by one thread walking the sections in load order. A shard is a contiguous part of
   the table, so offsets follow without another pass over the pieces, and no thread waits for
   another. What a piece is: a NUL-terminated string of entsize-wide characters, or entsize bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"
#include "ld/ld.h"

enum { MERGE_SHARDS = 32 };

struct piece {
    uint64_t hash;
    uint32_t start;  /* in the input section */
    uint32_t unique; /* index among its shard's unique pieces */
};

struct ld_merge_map {
    struct merge_table *table;
    struct view data;
    struct piece *pieces;
    uint32_t n;
    uint32_t *order; /* piece numbers by shard, while the table is filled */
    uint32_t shard_end[MERGE_SHARDS];
};

struct unique {
    const uint8_t *p;
    uint32_t len;
    uint32_t off; /* in the shard */
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
    } shards[MERGE_SHARDS];
};

typedef VEC(struct merge_table *) table_list;

static inline unsigned shard_of(uint64_t hash)
{
    return (unsigned)(hash >> 59);
}

/* ---- cutting ----------------------------------------------------------------------------------- */

/* Length of the piece at OFF: up to and with its terminator. 0: the last one has none. */
static uint64_t piece_len(struct view v, uint64_t off, uint64_t entsize, bool strings)
{
    if (!strings) {
        return v.len - off < entsize ? 0 : entsize;
    }
    if (entsize == 1) {
        const uint8_t *e = memchr(v.p + off, 0, (size_t)(v.len - off));
        return e ? (uint64_t)(e - (v.p + off)) + 1 : 0;
    }
    for (uint64_t at = off; v.len - at >= entsize; at += entsize) {
        bool zero = true;
        for (uint64_t k = 0; k < entsize; k++) {
            zero = zero && v.p[at + k] == 0;
        }
        if (zero) {
            return at - off + entsize;
        }
    }
    return 0;
}

/* Lists a section's pieces by shard, so that a shard's thread looks at its own only. */
static void sort_by_shard(struct ld_merge_map *m)
{
    uint32_t at[MERGE_SHARDS] = {0}, sum = 0;
    m->order = xmalloc((size_t)m->n * sizeof *m->order + 1);
    for (uint32_t i = 0; i < m->n; i++) {
        at[shard_of(m->pieces[i].hash)]++;
    }
    for (int s = 0; s < MERGE_SHARDS; s++) {
        uint32_t count = at[s];
        at[s] = sum;
        sum += count;
        m->shard_end[s] = sum;
    }
    for (uint32_t i = 0; i < m->n; i++) {
        m->order[at[shard_of(m->pieces[i].hash)]++] = i;
    }
}

struct merge_job {
    struct ld *ld;
    struct ld_chunk **chunks;
    struct merge_table *table;
};

/* Cuts one section; writes only its own map. A section whose last string does not end is refused. */
static void cut_one(void *ctx, size_t i, unsigned worker)
{
    struct merge_job *job = ctx;
    struct ld_chunk *c = job->chunks[i];
    struct ld_merge_map *m = c->priv;
    (void)worker;
    uint64_t entsize = m->table->entsize;
    bool strings = m->table->strings;
    VEC(struct piece) v = {0};
    for (uint64_t off = 0; off < m->data.len;) {
        uint64_t n = piece_len(m->data, off, entsize, strings);
        if (n == 0) {
            ld_error_at(job->ld, c->file, c->sec, off,
                        strings ? "string is not terminated" : "size is no multiple of the entry size");
            break;
        }
        struct str s = {(const char *)m->data.p + off, (size_t)n};
        vec_push(&v, (struct piece){str_hash(s), (uint32_t)off, 0});
        off += n;
    }
    m->pieces = v.p;
    m->n = (uint32_t)v.n;
    sort_by_shard(m);
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

static uint32_t insert(struct merge_shard *sh, const uint8_t *p, uint32_t len, uint64_t hash,
                       uint8_t align_p2)
{
    if (sh->uniques.n >= sh->n_slots / 2) {
        grow(sh);
    }
    uint32_t tag = (uint32_t)hash, mask = sh->n_slots - 1, j = tag & mask;
    for (; sh->slots[j].id; j = (j + 1) & mask) {
        const struct unique *u = &sh->uniques.p[sh->slots[j].id - 1];
        if (sh->slots[j].tag == tag && u->len == len && memcmp(u->p, p, len) == 0) {
            return sh->slots[j].id - 1;
        }
    }
    uint64_t off = align_up(sh->size, UINT64_C(1) << align_p2);
    vec_push(&sh->uniques, (struct unique){p, len, (uint32_t)off});
    sh->size = off + len;
    sh->slots[j] = (struct ld_slot){(uint32_t)sh->uniques.n, tag};
    return (uint32_t)sh->uniques.n - 1;
}

static void fill_shard(void *ctx, size_t s, unsigned worker)
{
    struct merge_table *t = ((struct merge_job *)ctx)->table;
    struct merge_shard *sh = &t->shards[s];
    (void)worker;
    for (size_t k = 0; k < t->inputs.n; k++) {
        struct ld_merge_map *m = t->inputs.p[k]->priv;
        for (uint32_t k2 = s ? m->shard_end[s - 1] : 0; k2 < m->shard_end[s]; k2++) {
            uint32_t i = m->order[k2];
            struct piece *p = &m->pieces[i];
            uint64_t end = i + 1 < m->n ? m->pieces[i + 1].start : m->data.len;
            p->unique = insert(sh, m->data.p + p->start, (uint32_t)(end - p->start), p->hash,
                               t->align_p2);
        }
    }
    free(sh->slots);
    sh->slots = NULL;
}

/* ---- tables -------------------------------------------------------------------------------------- */

static void write_table(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct merge_table *t = c->priv;
    (void)ld;
    memset(out, 0, (size_t)c->size);
    for (int s = 0; s < MERGE_SHARDS; s++) {
        const struct merge_shard *sh = &t->shards[s];
        for (size_t i = 0; i < sh->uniques.n; i++) {
            memcpy(out + sh->base + sh->uniques.p[i].off, sh->uniques.p[i].p, sh->uniques.p[i].len);
        }
    }
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
    static const struct ld_chunk_ops ops = {"merged", write_table};
    struct merge_table *t = ARENA_NEW(&ld->arena, struct merge_table);
    *t = (struct merge_table){.os = ld->osecs.p[c->osec], .entsize = s->entsize,
                              .align_p2 = s->align_p2, .strings = strings};
    t->chunk = ld_new_chunk(ld, &ops, 0, s->align_p2, t);
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

bool ld_merge_strings(struct ld *ld)
{
    table_list tables = {0};
    for (size_t i = 1; i < ld->osecs.n; i++) {
        take_inputs(ld, ld->osecs.p[i], &tables);
    }
    for (size_t i = 0; i < tables.n; i++) {
        struct merge_table *t = tables.p[i];
        struct merge_job job = {ld, t->inputs.p, t};
        parallel_for(ld->pool, t->inputs.n, 4, cut_one, &job);
        parallel_for(ld->pool, MERGE_SHARDS, t->inputs.n < 4 ? MERGE_SHARDS : 1, fill_shard, &job);
        for (size_t k = 0; k < t->inputs.n; k++) {
            struct ld_merge_map *m = t->inputs.p[k]->priv;
            free(m->order);
            m->order = NULL;
        }
        uint64_t size = 0;
        for (int s = 0; s < MERGE_SHARDS; s++) {
            size = align_up(size, UINT64_C(1) << t->align_p2);
            t->shards[s].base = size;
            size += t->shards[s].size;
        }
        t->chunk->size = size;
        if (size > UINT32_MAX) {
            diag_error(&ld->diag, "merged strings of %.*s exceed 4 GiB", Q(t->os->name));
        }
    }
    vec_free(&tables);
    return ld_checkpoint(ld);
}

uint64_t ld_merge_addr(const struct ld *ld, const struct ld_chunk *c, uint64_t off)
{
    const struct ld_merge_map *m = c->priv;
    const struct merge_table *t = m->table;
    uint32_t lo = 0, hi = m->n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        *(m->pieces[mid].start <= off ? &lo : &hi) = mid;
    }
    uint64_t base = ld_chunk_addr(ld, t->chunk);
    if (m->n == 0) {
        return base;
    }
    const struct piece *p = &m->pieces[lo];
    const struct merge_shard *sh = &t->shards[shard_of(p->hash)];
    return base + sh->base + sh->uniques.p[p->unique].off + (off - p->start);
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
            for (size_t j = 0; j < t->inputs.n; j++) {
                free(((struct ld_merge_map *)t->inputs.p[j]->priv)->pieces);
            }
            for (int s = 0; s < MERGE_SHARDS; s++) {
                vec_free(&t->shards[s].uniques);
            }
            vec_free(&t->inputs);
        }
    }
}
