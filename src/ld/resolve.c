/* resolve.c - which definition stands behind each name.

   Inputs are added in command-line order. Runs of files that are linked unconditionally are added at
   once: COMDATs are elected (the file that comes first wins), then each shard of the symbol table is
   resolved by one thread that walks the files in order. Archives are searched in GNU order: entries
   of the index in turn, a member is taken when its symbol is undefined at that moment, again until a
   whole turn takes nothing; a group is a turn over several archives.

   To parse members in parallel all the same, the members that a search can reach are guessed first
   (the closure of what is undefined now) and parsed ahead; the search then only looks up. A wrong
   guess costs time, never changes the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "ld/backend.h"
#include "ld/ld.h"
#include "obj/source_line.h"

struct duplicate {
    uint32_t id, file_a, sym_a, file_b, sym_b;
};

struct batch {
    struct ld *ld;
    struct ld_file **files;
    size_t n;
    struct dup_list {
        VEC(struct duplicate) v;
    } dups[LD_SHARDS];
};

enum { AHEAD = 8 }; /* so many COMDATs ahead memory is asked for what will be read */

/* ---- COMDAT election ------------------------------------------------------------------------------- */

/* ld->tab.comdat holds ~(file index) of the best candidate, so that the first file is the largest
   value and an absent one is 0. */
static void elect_file(void *ctx, size_t i, unsigned worker)
{
    struct batch *b = ctx;
    struct ld_file *f = b->files[i];
    (void)worker;
    for (uint32_t k = 0; k < f->obj.n_comdats; k++) {
        if (k + AHEAD < f->obj.n_comdats && f->comdat_ids[k + AHEAD] != LD_NO_SYM) {
            __builtin_prefetch(&b->ld->tab.comdat[f->comdat_ids[k + AHEAD]], 1);
        }
        if (f->comdat_ids[k] == LD_NO_SYM) {
            continue;
        }
        uint32_t *cell = &b->ld->tab.comdat[f->comdat_ids[k]], mine = ~f->idx;
        uint32_t cur = __atomic_load_n(cell, __ATOMIC_RELAXED);
        while (cur < mine && !__atomic_compare_exchange_n(cell, &cur, mine, true, __ATOMIC_RELAXED,
                                                          __ATOMIC_RELAXED)) {
        }
    }
}

/* Drops the sections of lost elections, and sections associated with dropped ones. */
static void discard_file(void *ctx, size_t i, unsigned worker)
{
    struct batch *b = ctx;
    struct ld_file *f = b->files[i];
    bool any = false;
    (void)worker;
    for (uint32_t k = 0; k < f->obj.n_comdats; k++) {
        const struct comdat *c = &f->obj.comdats[k];
        if (k + AHEAD < f->obj.n_comdats && f->comdat_ids[k + AHEAD] != LD_NO_SYM) {
            __builtin_prefetch(&b->ld->tab.comdat[f->comdat_ids[k + AHEAD]]);
            __builtin_prefetch(c[AHEAD].n_members ? &f->chunks[c[AHEAD].members[0]].flags : NULL, 1);
        }
        if (f->comdat_ids[k] == LD_NO_SYM ||
            ~b->ld->tab.comdat[f->comdat_ids[k]] == f->idx) {
            continue;
        }
        for (uint32_t m = 0; m < c->n_members; m++) {
            struct ld_chunk *ch = &f->chunks[c->members[m]];
            ch->flags = (ch->flags & ~(uint32_t)LDC_LIVE) | LDC_DISCARDED;
            any = true;
        }
    }
    /* what follows sections that COFF's reader left out is left out too */
    if ((any || (f->obj.lost_sec && f->obj.format == OBJ_ELF)) && f->has_assoc) {
        ld_discard_associated(f);
    }
}

void ld_discard_associated(struct ld_file *f)
{
    /* Associations may chain; each round settles at least one link of every chain. */
    for (bool again = true; again;) {
        again = false;
        for (uint32_t s = 1; s < f->obj.n_sections; s++) {
            uint32_t assoc = f->obj.sections[s].assoc;
            if (assoc && assoc < f->obj.n_sections && !(f->chunks[s].flags & LDC_DISCARDED) &&
                f->chunks[assoc].flags & LDC_DISCARDED) {
                f->chunks[s].flags =
                    (f->chunks[s].flags & ~(uint32_t)LDC_LIVE) | LDC_DISCARDED;
                again = assoc > s || again;
            }
        }
    }
}

/* ---- symbols ------------------------------------------------------------------------------------- */

static enum ld_rank rank_of(const struct ld_file *f, const struct symbol *s)
{
    if (f->kind == LD_SHARED) {
        return s->sec == SEC_UNDEF ? RANK_NONE : RANK_SHARED;
    }
    if (s->sec == SEC_UNDEF) {
        return s->binding == BIND_WEAK_EXTERNAL ? RANK_WEAK_EXT
               : s->binding == BIND_WEAK        ? RANK_UNDEF_WEAK
                                                : RANK_UNDEF;
    }
    if (s->sec == SEC_COMMON) {
        return RANK_COMMON;
    }
    if (!sec_is_special(s->sec) && f->chunks) {
        uint32_t flags = f->chunks[s->sec].flags;
        if (flags & LDC_DISCARDED) {
            return s->binding == BIND_WEAK ? RANK_UNDEF_WEAK : RANK_UNDEF;
        }
        if (flags & LDC_COMDAT && f->obj.format != OBJ_ELF && s->binding != BIND_WEAK) {
            return RANK_COMDAT;
        }
    }
    return s->binding == BIND_WEAK ? RANK_WEAK : RANK_STRONG;
}

static void merge_visibility(struct ld_sym *g, const struct symbol *s)
{
    /* internal < hidden < protected constrain more than default does */
    static const uint8_t order[] = {
        [VIS_DEFAULT] = 0, [VIS_PROTECTED] = 1, [VIS_HIDDEN] = 2, [VIS_INTERNAL] = 3};
    if (s->visibility < sizeof order && order[s->visibility] > order[g->vis]) {
        g->vis = s->visibility;
    }
}

static void resolve_one(struct batch *b, struct ld_file *f, uint32_t i, struct dup_list *dups)
{
    struct ld *ld = b->ld;
    uint32_t id = f->ids[i];
    struct ld_sym *g = ld_sym(ld, id);
    const struct symbol *s = &f->syms[i];
    enum ld_rank r = rank_of(f, s);
    if (f->kind != LD_SHARED) {
        merge_visibility(g, s);
        if (r == RANK_UNDEF) {
            ld_need(ld, id, LDS_REF);
        }
    } else {
        ld_need(ld, id, LDS_REF_SHARED); /* or defined there: a program's own definition replaces it */
    }
    const struct symbol *was = ld_definition(ld, id);
    bool larger = r == RANK_COMMON && g->rank == RANK_COMMON && was && s->size > was->size;
    if (r > g->rank || larger) {
        g->rank = (uint8_t)r;
        g->file = f->idx;
        g->sym = i;
    } else if (r == RANK_STRONG && g->rank == RANK_STRONG && g->file != 1) {
        vec_push(&dups->v, (struct duplicate){id, g->file, g->sym, f->idx, i});
    }
}

/* As names are interned in symtab.c: in batches, so that the waits for memory overlap. */
enum { RESOLVE_BATCH = 32 };

struct waiting {
    struct ld_file *f;
    uint32_t sym;
};

static void resolve_batch(struct batch *b, const struct waiting *v, uint32_t n, struct dup_list *dups)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct ld_file *f = v[i].f;
        uint32_t sec = f->syms[v[i].sym].sec;
        __builtin_prefetch(ld_sym(b->ld, f->ids[v[i].sym]), 1);
        if (f->chunks && sec < f->obj.n_sections) {
            __builtin_prefetch(&f->chunks[sec]);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        resolve_one(b, v[i].f, v[i].sym, dups);
    }
}

/* The names [from, end) of F's list wait in V. */
static uint32_t resolve_names(struct batch *b, struct ld_file *f, uint32_t from, uint32_t end,
                              struct waiting *v, uint32_t n, struct dup_list *dups)
{
    for (uint32_t i = from; i < end; i++) {
        uint32_t sym = f->gnames[i].sym;
        if (sym >= f->n_syms) {
            continue; /* a COMDAT's name */
        }
        __builtin_prefetch(&f->syms[sym].sec);
        __builtin_prefetch(&f->ids[sym]);
        v[n++] = (struct waiting){f, sym};
        if (n == RESOLVE_BATCH) {
            resolve_batch(b, v, n, dups);
            n = 0;
        }
    }
    return n;
}

static void resolve_shard(void *ctx, size_t shard, unsigned worker)
{
    struct batch *b = ctx;
    (void)worker;
    struct waiting v[RESOLVE_BATCH];
    uint32_t n = 0;
    for (size_t k = 0; k < b->n; k++) {
        struct ld_file *f = b->files[k];
        n = resolve_names(b, f, shard ? f->shard_end[shard - 1] : 0, f->shard_end[shard], v, n, &b->dups[shard]);
    }
    resolve_batch(b, v, n, &b->dups[shard]);
}

/* All shards at once, for a few names. */
static void resolve_here(struct batch *b)
{
    struct waiting v[RESOLVE_BATCH];
    uint32_t n = 0;
    for (size_t k = 0; k < b->n; k++) {
        n = resolve_names(b, b->files[k], 0, b->files[k]->n_gnames, v, n, &b->dups[0]);
    }
    resolve_batch(b, v, n, &b->dups[0]);
}

static int cmp_dup(const void *x, const void *y)
{
    const struct duplicate *a = x, *b = y;
    return a->file_b != b->file_b ? (a->file_b > b->file_b) - (a->file_b < b->file_b)
                                  : (a->sym_b > b->sym_b) - (a->sym_b < b->sym_b);
}

/* Debugging information is read for so many duplicates; more of them have one cause. */
enum { DUPLICATES_WITH_LINES = 10 };

/* ".text+0x10", and the source line of a function if WITH_LINE and the object knows it. */
static const char *place_of(struct ld *ld, struct ld_file *f, uint32_t sym, bool with_line)
{
    const struct symbol *s = &f->syms[sym];
    struct str source;
    unsigned line;
    if (sec_is_special(s->sec) || s->sec >= f->obj.n_sections) {
        return "*ABS*";
    }
    struct str name = f->obj.sections[s->sec].name;
    const char *place = arena_printf(&ld->arena, "%.*s+0x%llx", (int)(name.len > 40 ? 40 : name.len), name.p,
                                     (unsigned long long)s->value);
    if (with_line && f->kind == LD_OBJECT &&
        obj_source_line(&f->obj, s->sec, s->value, &ld->arena, &source, &line)) {
        place = arena_printf(&ld->arena, "%s (%.*s:%u)", place, Q(source), line);
    }
    return place;
}

/* Two import libraries offer one name: the first has it. Source: spec pe-ld 3.3. */
static bool same_import(struct ld *ld, const struct duplicate *d)
{
    const struct ld_file *fa = ld_file(ld, d->file_a), *fb = ld_file(ld, d->file_b);
    if (fa->kind != LD_IMPORT || fb->kind != LD_IMPORT) {
        return false;
    }
    if (ld->opt.trace && str_starts(ld_sym_name(ld, d->id), S("__imp_"))) {
        diag_note(&ld->diag, "%s: '%s' is taken from %s", ld_file_name(ld, fb),
                  ld_show(ld, &ld->arena, str_skip(ld_sym_name(ld, d->id), 6)), ld_file_name(ld, fa));
    }
    return true;
}

static void report_duplicates(struct batch *b)
{
    struct ld *ld = b->ld;
    VEC(struct duplicate) all = {0};
    for (int s = 0; s < LD_SHARDS; s++) {
        for (size_t i = 0; i < b->dups[s].v.n; i++) {
            vec_push(&all, b->dups[s].v.p[i]);
        }
        vec_free(&b->dups[s].v);
    }
    if (all.n) {
        qsort(all.p, all.n, sizeof *all.p, cmp_dup);
    }
    unsigned n_shown = 0;
    for (size_t i = 0; i < all.n && !ld->opt.allow_multiple_definition; i++) {
        const struct duplicate *d = &all.p[i];
        struct ld_file *fa = ld_file(ld, d->file_a), *fb = ld_file(ld, d->file_b);
        /* The defaults of weak externals have names of their own making: spec pe-ld 2.3. */
        if (str_starts(ld_sym_name(ld, d->id), S(".weak.")) || same_import(ld, d)) {
            continue;
        }
        bool lines = n_shown++ < DUPLICATES_WITH_LINES;
        diag_report(&ld->diag, SEV_ERROR, ld_file_origin(fb), DIAG_NO_OFFSET,
                    "%s: multiple definition of '%s'; first defined in %s: %s",
                    place_of(ld, fb, d->sym_b, lines),
                    ld_show(ld, &ld->arena, ld_sym_name(ld, d->id)), ld_file_name(ld, fa),
                    place_of(ld, fa, d->sym_a, lines));
    }
    vec_free(&all);
}

/* Takes what lost an election off the list: in large programs, that is most of it. */
static void thin_live(struct ld_file *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_live; i++) {
        if (f->chunks[f->live[i]].flags & LDC_LIVE) {
            f->live[n++] = f->live[i];
        }
    }
    f->n_live = n;
}

/* COFF: lost COMDATs whose selection, or whose winner's, asks for more than any. */
static void check_comdats(void *ctx, size_t i, unsigned worker)
{
    struct batch *b = ctx;
    struct ld_file *f = b->files[i];
    (void)worker;
    if (f->obj.n_comdats) {
        thin_live(f);
    }
    for (uint32_t k = 0; f->obj.format != OBJ_ELF && k < f->obj.n_comdats; k++) {
        if ((f->obj.comdats[k].selection != COMDAT_ANY || b->ld->odd_comdats) &&
            f->comdat_ids[k] != LD_NO_SYM && ~b->ld->tab.comdat[f->comdat_ids[k]] != f->idx) {
            ld_check_comdat(b->ld, f, k);
        }
    }
}

/* ---- adding files -------------------------------------------------------------------------------- */

static void trace_file(struct ld *ld, const struct ld_file *f)
{
    if (ld->opt.trace) {
        struct buf b = {0};
        buf_name(&b, str_c(ld_file_name(ld, f)), name_style_for(STDOUT_FILENO));
        buf_puts(&b, ld->rescanning ? " (found by searching all archives again)\n" : "\n");
        ld_print(ld, &b);
        buf_free(&b);
    }
}

/* Adds parsed and interned files to the link: from here on they take part. */
static bool add_files(struct ld *ld, struct ld_file **files, size_t n)
{
    struct batch b = {.ld = ld};
    bool ok = true;
    uint64_t names = 0;
    b.files = xcalloc(n, sizeof(struct ld_file *));
    for (size_t i = 0; i < n; i++) {
        struct ld_file *f = files[i];
        if (f->idx) {
            continue;
        }
        f->idx = (uint32_t)ld->files.n;
        vec_push(&ld->files, f);
        trace_file(ld, f);
        diag_merge(&ld->diag, &f->diag);
        ok = ok && !f->bad;
        names += f->n_gnames;
        if (!f->bad && !f->skip) {
            b.files[b.n++] = f;
        }
    }
    bool few = names < 4096;
    size_t grain = few ? SIZE_MAX : 1;
    parallel_for(ld->pool, b.n, grain, elect_file, &b);
    ld_elect_largest(ld, b.files, b.n);
    parallel_for(ld->pool, b.n, grain, discard_file, &b);
    if (few) {
        resolve_here(&b);
    } else {
        parallel_for(ld->pool, LD_SHARDS, 1, resolve_shard, &b);
    }
    report_duplicates(&b);
    parallel_for(ld->pool, b.n, grain, check_comdats, &b);
    for (size_t i = 0; i < b.n; i++) {
        ok = (b.files[i]->claimed || ld->be->added(ld, b.files[i])) && ok;
        b.files[i]->gnames = NULL;
        b.files[i]->n_gnames = 0;
    }
    free(b.files);
    return ok;
}

/* ---- archives ------------------------------------------------------------------------------------ */

struct search {
    struct ld *ld;
    struct ld_archive **archives;
    size_t n;
    bool ok;
};

static bool is_wanted(const struct ld *ld, uint32_t id)
{
    return ld_sym(ld, id)->rank == RANK_UNDEF;
}

static bool may_define_common(const struct ld *ld, uint32_t id)
{
    return ld->be->commons_take_members && ld_sym(ld, id)->rank == RANK_COMMON;
}

static bool defines_data(const struct ld_file *f, uint32_t id)
{
    for (uint32_t i = 0; !f->bad && !f->skip && i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (f->ids[i] == id) {
            return s->sec != SEC_UNDEF && s->sec != SEC_COMMON && s->binding == BIND_GLOBAL && s->type != SYM_FUNC;
        }
    }
    return false;
}

/* Is every member of A in the link? */
static bool is_used_up(const struct ld_archive *a)
{
    uint32_t n = 0;
    while (n < a->n_members && a->members[n].file && a->members[n].file->idx) {
        n++;
    }
    return n == a->n_members;
}

/* Leaves the entries of members that are in the link out of every later search. */
static void drop_taken(struct ld_archive *a)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < a->n_open; i++) {
        const struct ld_file *f = a->members[a->entry_member[i]].file;
        if (!f || !f->idx) {
            a->entry_ids[n] = a->entry_ids[i];
            a->entry_member[n++] = a->entry_member[i];
        }
    }
    a->n_open = n;
}

/* Parsing ahead: the members that a search will take are guessed, parsed and interned in parallel, wave
   by wave. ld->open_entry says by id which entry of the archives in hand defines a name that nothing has
   mentioned so far: 1 + its number, counted through all of them. */
struct guess {
    struct search *s;
    VEC(struct ld_file *) wave;
};

/* Adds the member behind entry I of A to the next wave, unless it was parsed before. */
static void guess_member(struct guess *g, struct ld_archive *a, uint64_t i)
{
    struct ld_member *m = &a->members[a->entry_member[i]];
    if (m->guessed) {
        return;
    }
    m->guessed = true; /* an index sorted by name comes back to it */
    struct ld_file *f = ld_member_file(g->s->ld, a, a->entry_member[i]);
    if (f && !f->interned && !f->skip && !f->bad) {
        vec_push(&g->wave, f);
    }
}

/* SET: notes the entries whose names are unknown yet; else takes all notes back. */
static void note_entries(struct search *s, bool set)
{
    struct ld *ld = s->ld;
    uint32_t number = 0;
    for (size_t k = 0; k < s->n; k++) {
        const struct ld_archive *a = s->archives[k];
        for (uint64_t i = 0; i < a->n_open; i++) {
            uint32_t *cell = &ld->open_entry[a->entry_ids[i]];
            number++;
            if (!set) {
                *cell = 0;
            } else if (!*cell && ld_sym(ld, a->entry_ids[i])->rank == RANK_NONE) {
                *cell = number;
            }
        }
    }
}

/* What F refers to and an archive in hand has comes with the next wave. */
static void guess_for(struct guess *g, const struct ld_file *f)
{
    struct ld *ld = g->s->ld;
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (i + AHEAD < f->n_syms && f->ids[i + AHEAD] < ld->open_entry_cap) {
            __builtin_prefetch(&ld->open_entry[f->ids[i + AHEAD]]);
        }
        if (id == LD_NO_SYM || id >= ld->open_entry_cap || !ld->open_entry[id] ||
            f->syms[i].sec != SEC_UNDEF || f->syms[i].binding != BIND_GLOBAL) {
            continue;
        }
        uint64_t number = ld->open_entry[id] - 1;
        ld->open_entry[id] = 0;
        size_t k = 0;
        while (number >= g->s->archives[k]->n_open) {
            number -= g->s->archives[k++]->n_open;
        }
        guess_member(g, g->s->archives[k], number);
    }
}

static void parse_ahead(struct search *s)
{
    struct ld *ld = s->ld;
    struct guess g = {.s = s};
    for (size_t k = 0; k < s->n; k++) {
        struct ld_archive *a = s->archives[k];
        for (uint64_t i = 0; i < a->n_open; i++) {
            if (is_wanted(ld, a->entry_ids[i])) {
                guess_member(&g, a, i);
            }
        }
    }
    if (!g.wave.n) {
        return;
    }
    if (ld->open_entry_cap < ld->tab.cap) {
        ld->open_entry = xrealloc(ld->open_entry, ld->tab.cap * sizeof *ld->open_entry);
        memset(ld->open_entry + ld->open_entry_cap, 0,
               (ld->tab.cap - ld->open_entry_cap) * sizeof *ld->open_entry);
        ld->open_entry_cap = ld->tab.cap;
    }
    note_entries(s, true);
    while (g.wave.n) {
        size_t n = g.wave.n;
        struct ld_file **files = g.wave.p;
        ld_parse_files(ld, files, n);
        ld_intern_files(ld, files, n);
        g.wave.p = NULL;
        g.wave.n = g.wave.cap = 0;
        for (size_t k = 0; k < n; k++) {
            guess_for(&g, files[k]);
        }
        free(files);
    }
    note_entries(s, false);
}

/* One turn over the index of A; true if it took a member. */
static bool search_turn(struct search *s, struct ld_archive *a)
{
    struct ld *ld = s->ld;
    bool any = false;
    for (uint64_t i = 0; i < a->n_open; i++) {
        bool wanted = is_wanted(ld, a->entry_ids[i]);
        if (!wanted && !may_define_common(ld, a->entry_ids[i])) {
            continue;
        }
        struct ld_file *f = ld_member_file(ld, a, a->entry_member[i]);
        if (!f) {
            s->ok = s->ok && a->members[a->entry_member[i]].absent;
            continue;
        }
        if (f->idx) {
            continue;
        }
        if (!f->interned && !f->skip) { /* parsed it may be: --whole-archive may come later */
            ld_parse_files(ld, &f, 1);
            ld_intern_files(ld, &f, 1);
        }
        if (f->skip || (!wanted && !defines_data(f, a->entry_ids[i]))) {
            continue;
        }
        f->why_id = a->entry_ids[i];
        f->why_file = ld_sym(ld, f->why_id)->file;
        s->ok = add_files(ld, &f, 1) && s->ok;
        any = true;
    }
    if (any) {
        drop_taken(a);
    }
    return any;
}

/* Searches the archives as a group until a turn takes nothing. True if anything was taken. */
static bool search_archives(struct search *s)
{
    bool any = false;
    VEC(struct ld_archive *) fresh = {0};
    for (size_t k = 0; k < s->n; k++) {
        struct ld_archive *a = s->archives[k];
        if (is_used_up(a)) {
            a->n_open = 0; /* all of --whole-archive */
        } else if (!a->interned) {
            a->interned = true; /* a group may name it twice */
            vec_push(&fresh, a);
        }
    }
    ld_intern_archives(s->ld, fresh.p, fresh.n);
    vec_free(&fresh);
    parse_ahead(s);
    for (bool again = true; again;) {
        again = false;
        for (size_t k = 0; k < s->n; k++) {
            while (search_turn(s, s->archives[k])) {
                again = any = true;
            }
        }
        again = again && s->n > 1;
    }
    return any;
}

/* ---- the command line ------------------------------------------------------------------------------ */

/* Adds the files of items [I, result) that are linked unconditionally. */
static size_t add_run(struct ld *ld, size_t i, bool *ok)
{
    VEC(struct ld_file *) run = {0};
    for (; i < ld->items.n; i++) {
        const struct ld_item *it = &ld->items.p[i];
        if (it->kind == ITEM_FILE) {
            vec_push(&run, it->file);
        } else if (it->kind == ITEM_WHOLE_ARCHIVE) {
            for (uint32_t m = 0; m < it->archive->n_members; m++) {
                struct ld_file *f = it->archive->members[m].file;
                if (f && !f->idx) {
                    f->state.whole_archive = true;
                    vec_push(&run, f);
                }
            }
        } else {
            break;
        }
    }
    ld_intern_files(ld, run.p, run.n);
    *ok = add_files(ld, run.p, run.n) && *ok;
    vec_free(&run);
    return i;
}

/* A group: its files first (they stand there unconditionally), then its archives together. */
static size_t add_group(struct ld *ld, size_t i, bool *ok)
{
    VEC(struct ld_archive *) group = {0};
    for (i++; i < ld->items.n && ld->items.p[i].kind != ITEM_GROUP_END;) {
        if (ld->items.p[i].kind == ITEM_ARCHIVE) {
            vec_push(&group, ld->items.p[i++].archive);
        } else {
            i = add_run(ld, i, ok);
        }
    }
    struct search s = {ld, group.p, group.n, true};
    search_archives(&s);
    *ok = *ok && s.ok;
    vec_free(&group);
    return i + 1;
}

/* Searches every archive again, in order, until none has anything: adds links that GNU ld would
   refuse, changes none that it makes. */
static bool rescan(struct ld *ld, bool *ok)
{
    bool any = false;
    ld->rescanning = true;
    for (bool again = true; again;) {
        again = false;
        for (size_t k = 0; k < ld->archives.n; k++) {
            struct search s = {ld, &ld->archives.p[k], 1, true};
            again = (!s.archives[0]->bad && search_archives(&s)) || again;
            *ok = *ok && s.ok;
        }
        any = any || again;
    }
    ld->rescanning = false;
    return any;
}

bool ld_add_late(struct ld *ld, struct ld_file **files, size_t n)
{
    ld_parse_files(ld, files, n);
    ld_intern_files(ld, files, n);
    return add_files(ld, files, n);
}

bool ld_resolve_more(struct ld *ld)
{
    bool ok = true;
    do {
        rescan(ld, &ok);
    } while (ok && ld->be->unresolved(ld));
    return ok && diag_ok(&ld->diag);
}

/* Is anything undefined that the backend does not define itself? */
static bool any_undefined(const struct ld *ld)
{
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        if (is_wanted(ld, id) && !ld->be->makes_symbol(ld_sym_name(ld, id))) {
            return true;
        }
    }
    return false;
}

/* An archive's index is a hint: before something is said to be undefined, the members themselves are asked. */
static bool renew_indexes(struct ld *ld)
{
    bool any = false;
    if (ld->archives.n && ld->be->makes_symbol && any_undefined(ld)) {
        for (size_t k = 0; k < ld->archives.n; k++) {
            any = ld_renew_index(ld, ld->archives.p[k]) || any;
        }
    }
    return any;
}

bool ld_resolve(struct ld *ld)
{
    bool ok = true;
    for (size_t i = 0; i < ld->items.n;) {
        switch (ld->items.p[i].kind) {
        case ITEM_FILE:
        case ITEM_WHOLE_ARCHIVE:
            i = add_run(ld, i, &ok);
            break;
        case ITEM_ARCHIVE: {
            struct search s = {ld, &ld->items.p[i].archive, 1, true};
            if (!s.archives[0]->bad) {
                search_archives(&s);
            }
            ok = ok && s.ok;
            i++;
            break;
        }
        case ITEM_GROUP_START:
            i = add_group(ld, i, &ok);
            break;
        case ITEM_GROUP_END:
            i++;
            break;
        }
    }
    ok = ok && ld_resolve_more(ld) && (!renew_indexes(ld) || ld_resolve_more(ld));
    ld->phase = PHASE_RESOLVED;
    return ok;
}
