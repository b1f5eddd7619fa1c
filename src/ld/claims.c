/* claims.c - COMDATs that lose their election while their file is parsed.

   The first file that has a name wins it (resolve.c). Files that are linked whatever happens stand in
   a known order: f->pos, from 1. Each claims its COMDATs as its headers are read; where a file before
   it has claimed the name, its own copy is known to lose, and the reader leaves it out
   (obj_open_electing). Members of archives claim nothing, for nobody knows yet whether they will be
   taken; they lose what a file has claimed that is already in the link.

   What is left out depends on which thread comes first, the outcome does not: whatever is still there
   is elected in add_files as if nothing had been left out. That is so because only COMDATs of which
   any copy will do claim and lose. An object with selections that look at the others (LARGEST,
   NODUPLICATES, NEWEST) ends it: what lost by then and is not in the link is parsed again.

   A leader that lost is a reference to the winner's symbol: it takes its id from the claim, and is
   neither hashed nor looked up again.

   ELF's reader leaves out relocation sections and section groups as well (elf_elect.c), which only -r and
   --emit-relocs want as sections: its objects are opened this way even where nothing can lose. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ld/backend.h"
#include "ld/claims.h"
#include "ld/ld.h"

enum { CLAIM_SHARDS = 64 };

/* A name, and the first file known to have it. */
struct claim {
    struct str name;
    struct ld_file *file;
    _Atomic uint32_t id; /* of the name, once a file that has it is interned */
};

struct ld_claims {
    bool ended;
    struct claim_shard {
        pthread_mutex_t lock;
        struct claim_slot {
            uint32_t at, tag; /* index + 1 in v, 0 empty; low half of the hash */
        } *slots;
        uint32_t n_slots, n, cap;
        struct claim *v;
    } shards[CLAIM_SHARDS];
};

/* The elector of one file. */
struct elector {
    struct comdat_elector base;
    struct ld_claims *claims;
    struct ld_file *f;
    struct buf *scratch;
};

void ld_claims_begin(struct ld *ld)
{
    const struct ld_options *o = &ld->opt;
    ld->lean = ld->be == &elf_backend && o->kind != OUT_RELOCATABLE && !o->emit_relocs;
    /* Reports list what lost, -r keeps its references, --wrap renames leaders. */
    if (o->kind == OUT_RELOCATABLE || (ld->be == &elf_backend && !ld->lean) || o->wrap.n || o->map_file ||
        o->print_map || o->cref || o->trace_symbol.n ||
        o->why_live.n) {
        return;
    }
    ld->claims = ARENA_NEW(&ld->arena, struct ld_claims);
    for (int i = 0; i < CLAIM_SHARDS; i++) {
        pthread_mutex_init(&ld->claims->shards[i].lock, NULL);
    }
}

void ld_claims_free(struct ld *ld)
{
    for (int i = 0; ld->claims && i < CLAIM_SHARDS; i++) {
        struct claim_shard *sh = &ld->claims->shards[i];
        pthread_mutex_destroy(&sh->lock);
        free(sh->slots);
        free(sh->v);
    }
    ld->claims = NULL;
}

/* ---- claiming -------------------------------------------------------------------------------------- */

static void grow(struct claim_shard *sh)
{
    uint32_t n = sh->n_slots ? sh->n_slots * 2 : 64;
    struct claim_slot *slots = xcalloc(n, sizeof *slots);
    for (uint32_t i = 0; i < sh->n_slots; i++) {
        struct claim_slot s = sh->slots[i];
        uint32_t j = s.tag & (n - 1);
        while (s.at && slots[j].at) {
            j = (j + 1) & (n - 1);
        }
        if (s.at) {
            slots[j] = s;
        }
    }
    free(sh->slots);
    sh->slots = slots;
    sh->n_slots = n;
}

/* The index of NAME, or where it would be put (*SLOT) and UINT32_MAX. */
static uint32_t find(const struct claim_shard *sh, struct str name, uint32_t tag, uint32_t *slot)
{
    uint32_t mask = sh->n_slots - 1, j = tag & mask;
    for (; sh->slots[j].at; j = (j + 1) & mask) {
        if (sh->slots[j].tag == tag && str_eq(sh->v[sh->slots[j].at - 1].name, name)) {
            return sh->slots[j].at - 1;
        }
    }
    *slot = j;
    return UINT32_MAX;
}

/* A COFF string table is large and mostly given back when it has been read; what names are compared with stays. */
static struct str own_name(struct ld_file *f, struct str name)
{
    return f->obj.format == OBJ_ELF ? name : arena_str(f->obj.arena, name);
}

static uint32_t add(struct claim_shard *sh, struct str name, struct ld_file *f, uint32_t tag, uint32_t slot)
{
    if (sh->n == sh->cap) {
        sh->cap = sh->cap ? sh->cap * 2 : 64;
        sh->v = xrealloc(sh->v, sh->cap * sizeof *sh->v);
    }
    sh->slots[slot] = (struct claim_slot){sh->n + 1, tag};
    sh->v[sh->n] = (struct claim){.name = own_name(f, name), .file = f, .id = LD_NO_SYM};
    return sh->n++;
}

/* C's shard is locked. */
static void claim_one(struct claim_shard *sh, uint32_t shard, struct ld_file *f, struct comdat_claim *c, uint32_t tag)
{
    uint32_t slot = 0;
    if (f->pos && sh->n >= sh->n_slots / 2) {
        grow(sh);
    }
    uint32_t at = sh->n_slots ? find(sh, claim_name(c), tag, &slot) : UINT32_MAX;
    c->token = LD_NO_TOKEN;
    if (at == UINT32_MAX) {
        if (!f->pos) {
            return;
        }
        at = add(sh, claim_name(c), f, tag, slot);
    } else if (!f->pos) {
        c->lost = sh->v[at].file->idx != 0;
        if (!c->lost) {
            return;
        }
    } else if (sh->v[at].file->pos < f->pos) {
        c->lost = true;
    } else {
        sh->v[at].file = f;
    }
    c->token = at * CLAIM_SHARDS + shard;
    c->name = f->obj.format == OBJ_ELF ? c->name : sh->v[at].name.p;
}

/* Asks the memory for what N claims will be compared with. The shard is locked. */
static void fetch_claims(const struct claim_shard *sh, const uint32_t *order, const uint64_t *hashes, uint32_t n)
{
    uint32_t mask = sh->n_slots - 1;
    for (uint32_t k = 0; k < n; k++) {
        __builtin_prefetch(&sh->slots[(uint32_t)hashes[order[k]] & mask]);
    }
    for (uint32_t k = 0; k < n; k++) {
        const struct claim_slot *slot = &sh->slots[(uint32_t)hashes[order[k]] & mask];
        __builtin_prefetch(slot->at ? &sh->v[slot->at - 1] : NULL, 1);
    }
    for (uint32_t k = 0; k < n; k++) {
        uint32_t tag = (uint32_t)hashes[order[k]];
        const struct claim_slot *slot = &sh->slots[tag & mask];
        if (slot->at && slot->tag == tag) {
            struct str name = sh->v[slot->at - 1].name;
            __builtin_prefetch(name.p);
            __builtin_prefetch(name.p + name.len / 2);
            __builtin_prefetch(name.p + name.len);
        }
    }
}

/* The N claims of ORDER are of shard S, which is locked; it is not, afterwards. */
static void claim_in(const struct elector *e, uint32_t s, struct comdat_claim *claims, const uint64_t *hashes,
                     const uint32_t *order, uint32_t n)
{
    struct claim_shard *sh = &e->claims->shards[s];
    if (sh->n_slots) {
        fetch_claims(sh, order, hashes, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        claim_one(sh, s, e->f, &claims[order[i]], (uint32_t)hashes[order[i]]);
    }
    pthread_mutex_unlock(&sh->lock);
}

/* The claims of a file, a shard at a time, so that a lock is taken once for each. */
static void elect(struct comdat_elector *base, struct comdat_claim *claims, uint32_t n)
{
    struct elector *e = (struct elector *)base;
    uint64_t *hashes = arena_alloc(base->brief, (size_t)n * sizeof *hashes);
    uint32_t *order = arena_alloc(base->brief, (size_t)n * sizeof *order), at[CLAIM_SHARDS + 1] = {0};
    for (uint32_t i = 0; i < n; i++) {
        hashes[i] = str_hash(claim_name(&claims[i]));
        at[hashes[i] >> 58]++;
    }
    for (uint32_t s = 0, sum = 0; s <= CLAIM_SHARDS; s++) {
        uint32_t count = at[s];
        at[s] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++) {
        order[at[hashes[i] >> 58]++] = i;
    }
    /* Another thread is at one shard at a time: that one has its turn in the second round. */
    uint64_t done = 0;
    for (int round = 0; round < 2; round++) {
        for (uint32_t s = 0; s < CLAIM_SHARDS; s++) {
            uint32_t from = s ? at[s - 1] : 0;
            pthread_mutex_t *lock = &e->claims->shards[s].lock;
            if (from == at[s] || done >> s & 1 ||
                (round ? pthread_mutex_lock(lock) : pthread_mutex_trylock(lock)) != 0) {
                continue;
            }
            claim_in(e, s, claims, hashes, order + from, at[s] - from);
            done |= UINT64_C(1) << s;
        }
    }
    arena_rewind(base->brief, hashes);
}

/* Nothing loses. */
static void elect_none(struct comdat_elector *base, struct comdat_claim *claims, uint32_t n)
{
    (void)base;
    for (uint32_t i = 0; i < n; i++) {
        claims[i].token = LD_NO_TOKEN;
    }
}

static bool peek(struct comdat_elector *base, uint64_t off, void *p, size_t n)
{
    const struct ld_file *f = ((struct elector *)base)->f;
    const struct file *in = &f->input->file;
    const uint8_t *at = f->obj.bytes.p + off;
    return in->fd >= 0 && in->mapped && at >= in->data.p && at < in->data.p + in->data.len &&
           pread(in->fd, p, n, (off_t)(at - in->data.p)) == (ssize_t)n;
}

/* Less is not worth a call; much more than a processor's cache has is as well looked at where it is. */
enum { READ_FROM = 64 << 10, READ_MOST = 4 << 20 };

/* A third of a large COFF object is its symbol and string table, which are gone through once, while the object is
   parsed. To read them into memory that is in the cache already costs less than to map their pages and give these
   back. */
static const uint8_t *read_tables(struct comdat_elector *base, uint64_t off, uint64_t len)
{
    const struct elector *e = (struct elector *)base;
    struct buf *b = e->scratch;
    if (len < READ_FROM || len > READ_MOST) {
        return NULL;
    }
    buf_reserve(b, (size_t)len);
    return peek(base, off, b->p, (size_t)len) ? (const uint8_t *)b->p : NULL;
}

bool ld_open_object(struct ld *ld, struct ld_file *f, unsigned worker)
{
    struct view bytes = f->obj.bytes;
    const struct origin *origin = ld_file_origin(f);
    struct arena *arena = &ld->worker_arena[worker];
    struct elector e = {{elect, peek, read_tables, &ld->brief_arena[worker], ld->opt.strip != STRIP_NONE},
                        ld->claims, f, &ld->scratch[worker]};
    if (!ld->claims || ld->claims->ended || (!f->pos && !f->archive)) {
        e.base.elect = elect_none;
        if (!ld->lean) {
            return obj_open_in(&f->obj, bytes, origin, &f->diag, arena);
        }
    }
    bool ok = obj_open_electing(&f->obj, bytes, origin, &f->diag, arena, &e.base);
    f->obj.elector = NULL;
    return ok;
}

/* ---- what lost -------------------------------------------------------------------------------------- */

struct settle_job {
    struct ld *ld;
    struct ld_file **files;
    bool lost; /* the round of those that lost */
};

static void settle_file(void *ctx, size_t i, unsigned worker)
{
    const struct settle_job *job = ctx;
    struct ld *ld = job->ld;
    struct ld_file *f = job->files[i];
    (void)worker;
    bool elf = f->obj.format == OBJ_ELF;
    for (uint32_t k = 0; k < f->obj.n_claims; k++) {
        const struct comdat_claim *c = &f->obj.claims[k];
        bool by_group = elf && !c->lost;
        if (c->lost != job->lost || c->token == LD_NO_TOKEN ||
            (by_group ? c->comdat >= f->obj.n_comdats : c->sym >= f->n_syms)) {
            continue;
        }
        struct claim *to = &ld->claims->shards[c->token % CLAIM_SHARDS].v[c->token / CLAIM_SHARDS];
        if (!c->lost) {
            atomic_store_explicit(&to->id, by_group ? f->comdat_ids[c->comdat] : f->ids[c->sym],
                                  memory_order_relaxed);
            continue;
        }
        f->ids[c->sym] = atomic_load_explicit(&to->id, memory_order_relaxed);
        if (!elf && f->ids[c->sym] != LD_NO_SYM) { /* ELF leaders are weak; no id: the winner is damaged, and the
                                                      link ends soon */
            ld_need(ld, f->ids[c->sym], LDS_REF);
        }
    }
    if (job->lost) {
        f->obj.claims = NULL;
        f->obj.n_claims = 0;
    }
}

void ld_settle_claims(struct ld *ld, struct ld_file **files, size_t n)
{
    struct settle_job job = {ld, files, false};
    if (ld->claims) {
        parallel_for(ld->pool, n, n < 8 ? n : 1, settle_file, &job);
        job.lost = true;
        parallel_for(ld->pool, n, n < 8 ? n : 1, settle_file, &job);
    }
}

/* ---- the end of it ----------------------------------------------------------------------------------- */

typedef VEC(struct ld_file *) file_list;

static void add_lost(struct ld_file *f, bool claimant, file_list *v)
{
    if (f && !f->idx && f->obj.lost_sec && (f->pos != 0) == claimant) {
        vec_push(v, f);
    }
}

void ld_end_claims(struct ld *ld)
{
    file_list again = {0};
    if (ld->claims->ended) {
        return;
    }
    ld->claims->ended = true;
    for (size_t i = 0; i < ld->items.n; i++) {
        const struct ld_item *it = &ld->items.p[i];
        add_lost(it->file, true, &again);
        for (uint32_t m = 0; it->kind == ITEM_WHOLE_ARCHIVE && m < it->archive->n_members; m++) {
            add_lost(it->archive->members[m].file, true, &again);
        }
    }
    size_t n_claimants = again.n; /* these are interned when their turn comes */
    for (size_t k = 0; k < ld->archives.n; k++) {
        for (uint32_t m = 0; m < ld->archives.p[k]->n_members; m++) {
            add_lost(ld->archives.p[k]->members[m].file, false, &again);
        }
    }
    ld_parse_again(ld, again.p, again.n);
    ld_intern_files(ld, again.p + n_claimants, again.n - n_claimants);
    vec_free(&again);
}
