/* symtab.c - names become ids.

   The table is sharded by the top bits of a name's 64-bit hash. Each shard is filled by one thread,
   which walks the files in load order: no locks, and ids that do not depend on threads. A file's
   names are sorted by shard when it is parsed, so a shard's thread touches only its own.

   id = index in shard * LD_SHARDS + shard. A slot keeps 32 bits of the hash: a name's bytes are
   compared only when these are equal, and growing needs no names at all. */
#include <stdlib.h>
#include <string.h>

#include "ld/claims.h"
#include "ld/ld.h"

static inline unsigned shard_of(uint64_t hash)
{
    return (unsigned)(hash >> 58);
}

static void grow_slots(struct ld_shard *sh, uint32_t want)
{
    uint32_t n = sh->n_slots ? sh->n_slots : 64;
    while (n / 2 < want) {
        n *= 2;
    }
    if (n == sh->n_slots) {
        return;
    }
    struct ld_slot *slots = xcalloc(n, sizeof *slots);
    for (uint32_t i = 0; i < sh->n_slots; i++) {
        struct ld_slot s = sh->slots[i];
        if (s.id) {
            uint32_t j = s.tag & (n - 1);
            while (slots[j].id) {
                j = (j + 1) & (n - 1);
            }
            slots[j] = s;
        }
    }
    free(sh->slots);
    sh->slots = slots;
    sh->n_slots = n;
}

/* The index of NAME in its shard, UINT32_MAX if absent. */
static uint32_t find(const struct ld_shard *sh, struct str name, uint64_t hash)
{
    if (!sh->n_slots) {
        return UINT32_MAX;
    }
    uint32_t tag = (uint32_t)hash, mask = sh->n_slots - 1;
    for (uint32_t j = tag & mask; sh->slots[j].id; j = (j + 1) & mask) {
        if (sh->slots[j].tag == tag && str_eq(sh->names[sh->slots[j].id - 1], name)) {
            return sh->slots[j].id - 1;
        }
    }
    return UINT32_MAX;
}

static uint32_t find_or_add(struct ld_shard *sh, struct str name, uint64_t hash)
{
    if (sh->n >= sh->n_slots / 2) {
        grow_slots(sh, sh->n + 1);
    }
    uint32_t tag = (uint32_t)hash, mask = sh->n_slots - 1, j = tag & mask;
    for (; sh->slots[j].id; j = (j + 1) & mask) {
        if (sh->slots[j].tag == tag && str_eq(sh->names[sh->slots[j].id - 1], name)) {
            return sh->slots[j].id - 1;
        }
    }
    if (sh->n == sh->cap) {
        sh->cap = sh->cap ? sh->cap + sh->cap / 2 : 64;
        sh->names = xrealloc(sh->names, sh->cap * sizeof *sh->names);
    }
    sh->slots[j] = (struct ld_slot){sh->n + 1, tag};
    sh->names[sh->n] = name;
    return sh->n++;
}

static void *grow_array(void *p, size_t old, size_t n, size_t size)
{
    p = xrealloc(p, n * size);
    memset((char *)p + old * size, 0, (n - old) * size);
    return p;
}

/* Makes the arrays that ids index long enough for every id there is. */
static void cover_ids(struct ld_symtab *t)
{
    uint32_t most = 0;
    for (int s = 0; s < LD_SHARDS; s++) {
        most = t->shards[s].n > most ? t->shards[s].n : most;
    }
    uint32_t need = most * LD_SHARDS;
    if (need <= t->cap) {
        return;
    }
    uint32_t cap = t->cap + t->cap / 2;
    cap = cap > need ? cap / LD_SHARDS * LD_SHARDS : need;
    t->syms = grow_array(t->syms, t->cap, cap, sizeof *t->syms);
    t->values = grow_array(t->values, t->cap, cap, sizeof *t->values);
    t->aux = grow_array(t->aux, t->cap, cap, sizeof *t->aux);
    t->comdat = grow_array(t->comdat, t->cap, cap, sizeof *t->comdat);
    t->cap = cap;
}

/* Is symbol S of a file seen by other files? */
static bool is_global(const struct symbol *s)
{
    return s->binding != BIND_LOCAL && s->type != SYM_FILE && s->type != SYM_SECTION &&
           s->type != SYM_DEBUG && s->sec != SEC_DEBUGSYM;
}

/* Does the id of COMDAT K's symbol serve for it? A COFF COMDAT is known by its leader; one with a local leader is
   nobody else's. An ELF group's signature counts whatever its symbol is, but mostly that is a global one; a group that
   is no COMDAT loses to nobody. */
static bool goes_by_leader(const struct ld_file *f, const struct comdat *k)
{
    const struct symbol *s = k->sym < f->n_syms ? &f->syms[k->sym] : NULL;
    return f->obj.format != OBJ_ELF ||
           (s && k->selection != COMDAT_NONE && is_global(s) && s->name.p == k->name.p &&
            s->name.len == k->name.len && !(s->flags & SYMF_LOST));
}

/* Is the Ith name (symbols, then COMDATs) one to intern? */
static bool is_wanted(const struct ld_file *f, uint32_t i)
{
    if (i < f->n_syms) {
        return is_global(&f->syms[i]) && !(f->syms[i].flags & SYMF_LOST); /* claims.c knows that name's id */
    }
    const struct comdat *k = &f->obj.comdats[i - f->n_syms];
    return k->selection != COMDAT_NONE && !goes_by_leader(f, k);
}

/* From how many names each shard has, to where its part begins (AT) and ends (END). */
static void start_shards(uint32_t *at, uint32_t *end)
{
    uint32_t sum = 0;
    for (int s = 0; s < LD_SHARDS; s++) {
        uint32_t count = at[s];
        at[s] = sum;
        sum += count;
        end[s] = sum;
    }
}

void ld_collect_names(struct ld_file *f, struct arena *brief)
{
    struct arena *a = f->obj.arena;
    uint32_t n = 0, n_comdats = f->obj.n_comdats, at[LD_SHARDS] = {0};
    f->gnames = arena_alloc(brief, (size_t)(f->n_syms + n_comdats) * sizeof *f->gnames);
    struct ld_gname *found = arena_alloc(brief, (size_t)(f->n_syms + n_comdats) * sizeof *found);
    f->ids = arena_alloc(a, f->n_syms * sizeof *f->ids);
    f->comdat_ids = arena_alloc(a, n_comdats * sizeof *f->comdat_ids);
    memset(f->ids, 0xff, f->n_syms * sizeof *f->ids); /* LD_NO_SYM */
    memset(f->comdat_ids, 0xff, n_comdats * sizeof *f->comdat_ids);
    for (uint32_t i = 0; i < f->n_syms + n_comdats; i++) {
        if (is_wanted(f, i)) {
            f->has_common |= i < f->n_syms && f->syms[i].sec == SEC_COMMON;
            struct str name = i < f->n_syms ? f->syms[i].name : f->obj.comdats[i - f->n_syms].name;
            found[n] = (struct ld_gname){str_hash(name), i};
            at[shard_of(found[n++].hash)]++;
        }
    }
    f->n_gnames = n;
    start_shards(at, f->shard_end);
    for (uint32_t i = 0; i < n; i++) {
        f->gnames[at[shard_of(found[i].hash)]++] = found[i];
    }
    arena_rewind(brief, f->gnames + n);
}

void ld_sort_archive(struct ld_archive *a)
{
    uint32_t n = (uint32_t)a->map.n, at[LD_SHARDS] = {0};
    uint64_t *hashes = xmalloc((size_t)n * sizeof *hashes);
    for (uint32_t i = 0; i < n; i++) {
        hashes[i] = str_hash(a->map.entries[i].name);
        at[shard_of(hashes[i])]++;
    }
    free(a->gnames);
    a->gnames = xmalloc((size_t)n * sizeof *a->gnames);
    start_shards(at, a->shard_end);
    for (uint32_t i = 0; i < n; i++) {
        a->gnames[at[shard_of(hashes[i])]++] = (struct ld_gname){hashes[i], i};
    }
    free(hashes);
}

struct intern_job {
    struct ld *ld;
    struct ld_file **files;
    size_t n;
    struct ld_archive **archives;
    size_t n_archives;
};

/* Names are interned in batches: each step asks the memory for what the next one reads, so that the
   waits for it, several per name, overlap. */
enum { BATCH = 32 };

struct batch {
    struct ld_shard *sh;
    uint32_t shard, n;
    struct {
        const struct str *name;
        uint32_t *id; /* where it goes */
        uint64_t hash;
    } v[BATCH];
};

/* The name that stands in the slot HASH falls on, if it may be the same; else NULL. */
static const struct str *likely(const struct ld_shard *sh, uint64_t hash)
{
    const struct ld_slot *slot = sh->n_slots ? &sh->slots[(uint32_t)hash & (sh->n_slots - 1)] : NULL;
    return slot && slot->id && slot->tag == (uint32_t)hash ? &sh->names[slot->id - 1] : NULL;
}

static void intern_batch(struct batch *b)
{
    const struct ld_shard *sh = b->sh;
    for (uint32_t i = 0; i < b->n; i++) {
        __builtin_prefetch(b->v[i].name->p);
        __builtin_prefetch(likely(sh, b->v[i].hash));
    }
    for (uint32_t i = 0; i < b->n; i++) {
        const struct str *known = likely(sh, b->v[i].hash);
        if (known) {
            __builtin_prefetch(known->p);
        }
    }
    for (uint32_t i = 0; i < b->n; i++) {
        *b->v[i].id = find_or_add(b->sh, *b->v[i].name, b->v[i].hash) * LD_SHARDS + b->shard;
    }
    b->n = 0;
}

static void intern_later(struct batch *b, const struct str *name, uint32_t *id, uint64_t hash)
{
    __builtin_prefetch(name);
    __builtin_prefetch(id, 1);
    if (b->sh->n_slots) {
        __builtin_prefetch(&b->sh->slots[(uint32_t)hash & (b->sh->n_slots - 1)]);
    }
    b->v[b->n].name = name;
    b->v[b->n].id = id;
    b->v[b->n].hash = hash;
    if (++b->n == BATCH) {
        intern_batch(b);
    }
}

static void intern_shard(void *ctx, size_t s, unsigned worker)
{
    struct intern_job *job = ctx;
    (void)worker;
    struct batch b = {.sh = &job->ld->tab.shards[s], .shard = (uint32_t)s};
    for (size_t k = 0; k < job->n; k++) {
        struct ld_file *f = job->files[k];
        for (uint32_t i = s ? f->shard_end[s - 1] : 0; i < f->shard_end[s]; i++) {
            uint32_t sym = f->gnames[i].sym;
            if (sym >= f->n_syms) {
                sym -= f->n_syms;
                intern_later(&b, &f->obj.comdats[sym].name, &f->comdat_ids[sym], f->gnames[i].hash);
            } else {
                intern_later(&b, &f->syms[sym].name, &f->ids[sym], f->gnames[i].hash);
            }
        }
    }
    for (size_t k = 0; k < job->n_archives; k++) {
        struct ld_archive *a = job->archives[k];
        for (uint32_t i = s ? a->shard_end[s - 1] : 0; i < a->shard_end[s]; i++) {
            uint32_t entry = a->gnames[i].sym;
            intern_later(&b, &a->map.entries[entry].name, &a->entry_ids[entry], a->gnames[i].hash);
        }
    }
    intern_batch(&b);
}

static void comdats_by_leader(void *ctx, size_t i, unsigned worker)
{
    struct ld_file *f = ((struct ld_file **)ctx)[i];
    (void)worker;
    for (uint32_t k = 0; k < f->obj.n_comdats; k++) {
        uint32_t sym = f->obj.comdats[k].sym;
        if (goes_by_leader(f, &f->obj.comdats[k])) {
            f->comdat_ids[k] = sym < f->n_syms ? f->ids[sym] : LD_NO_SYM;
        }
    }
}

/* Waking threads costs more than a few thousand names. */
static size_t shard_grain(uint64_t names)
{
    return names < 4096 ? LD_SHARDS : 1;
}

void ld_intern_files(struct ld *ld, struct ld_file **files, size_t n)
{
    struct intern_job job = {.ld = ld, .files = files, .n = n};
    uint64_t names = 0;
    for (size_t i = 0; i < n; i++) {
        names += files[i]->n_gnames;
        files[i]->interned = true;
    }
    parallel_for(ld->pool, LD_SHARDS, shard_grain(names), intern_shard, &job);
    parallel_for(ld->pool, n, names < 4096 ? n : 4, comdats_by_leader, files);
    cover_ids(&ld->tab);
    ld_settle_claims(ld, files, n);
}

void ld_intern_archives(struct ld *ld, struct ld_archive **archives, size_t n)
{
    struct intern_job job = {.ld = ld, .archives = archives, .n_archives = n};
    uint64_t names = 0;
    for (size_t i = 0; i < n; i++) {
        struct ld_archive *a = archives[i];
        a->interned = true;
        a->n_open = a->map.n;
        names += a->map.n;
        if (!a->gnames) {
            ld_sort_archive(a);
        }
    }
    parallel_for(ld->pool, LD_SHARDS, shard_grain(names), intern_shard, &job);
    for (size_t i = 0; i < n; i++) {
        free(archives[i]->gnames);
        archives[i]->gnames = NULL;
    }
    cover_ids(&ld->tab);
}

uint32_t ld_intern(struct ld *ld, struct str name)
{
    uint64_t hash = str_hash(name);
    unsigned s = shard_of(hash);
    uint32_t id = find_or_add(&ld->tab.shards[s], name, hash) * LD_SHARDS + s;
    cover_ids(&ld->tab);
    return id;
}

uint32_t ld_lookup(const struct ld *ld, struct str name)
{
    uint64_t hash = str_hash(name);
    unsigned s = shard_of(hash);
    uint32_t i = find(&ld->tab.shards[s], name, hash);
    return i == UINT32_MAX ? LD_NO_SYM : i * LD_SHARDS + s;
}

void ld_symtab_free(struct ld_symtab *t)
{
    for (int s = 0; s < LD_SHARDS; s++) {
        free(t->shards[s].slots);
        free(t->shards[s].names);
    }
    free(t->syms);
    free(t->values);
    free(t->aux);
    free(t->comdat);
    *t = (struct ld_symtab){0};
}
