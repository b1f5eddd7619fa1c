/* gc.c - which sections does the program need?

   Marks chunks from the roots over relocations. Debug sections keep nothing alive; a section that
   is associated with another lives with it.

   The walk goes in rounds. What a round marks is sorted by file, and the next round walks each file's
   share on one thread: a file's symbols stay in that thread's cache, and messages about a file come from
   one thread, in the order of its sections. Which chunks end up marked does not depend on any of this. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ld/backend.h"
#include "ld/ld.h"

struct found {
    struct ld_chunk *c;
    const struct ld_chunk *from; /* what referred to it; NULL: a root */
};

/* Symbols wait until there are so many: the waits for memory on the way to their chunks overlap. */
enum { WAITING = 64 };

/* What one thread has in hand. */
struct marker {
    struct ld *ld;
    VEC(struct found) found;     /* marked in this round: to be walked in the next */
    const struct ld_chunk *from; /* whose references are walked */
    uint64_t *seen;              /* a bit for each id that this thread has marked: most are referred to often */
    struct ld_file *f;           /* the file of those that wait */
    uint32_t n_waiting, waiting[WAITING];
};

/* A file's share of a round: [first, end) of gc.todo. */
struct share {
    uint32_t file, first, end;
};

struct gc {
    struct ld *ld;
    struct marker *markers;   /* [pool_threads] */
    struct found *todo;       /* what the round walks, by file */
    size_t n_todo, cap_todo;
    struct share *shares;     /* [files.n] at most */
    size_t n_shares;
    uint32_t *first;          /* [files.n + 1]: where each file's share begins, while it is made */
    VEC(struct found) walked; /* --why-live: what each chunk was reached from */
    _Atomic bool bad;
};

static void mark(struct marker *m, struct ld_chunk *c)
{
    if (!c || atomic_load_explicit(&c->flags, memory_order_relaxed) & (LDC_MARKED | LDC_DISCARDED)) {
        return;
    }
    uint32_t was = atomic_fetch_or_explicit(&c->flags, LDC_MARKED, memory_order_relaxed);
    if (c->file && !(was & LDC_MARKED)) {
        vec_push(&m->found, (struct found){c, m->from});
    }
}

/* A weak external stands for its default, which may be one as well. A chain that does not end is
   reported where its relocation is applied; here it must only end. */
enum { ALIAS_STEPS = 64 };

static void mark_local(struct marker *m, struct ld_file *f, uint32_t i)
{
    uint32_t sec = f->syms[i].sec;
    if (sec != SEC_UNDEF && !sec_is_special(sec)) {
        mark(m, &f->chunks[sec]);
    }
}

static void mark_global(struct marker *m, uint32_t id)
{
    const struct ld *ld = m->ld;
    for (int step = 0; step < ALIAS_STEPS; step++) {
        mark(m, ld_sym_chunk(ld, id));
        const struct symbol *def = ld_definition(ld, id);
        if (ld_sym(ld, id)->rank != RANK_WEAK_EXT) {
            return;
        }
        struct ld_file *f = ld_file(ld, ld_sym(ld, id)->file);
        if (def->alias >= f->n_syms) {
            return;
        }
        id = f->ids[def->alias];
        if (id == LD_NO_SYM) {
            mark_local(m, f, def->alias);
            return;
        }
    }
}

/* Where the definition of ID is written down, NULL if there is none in an object. */
static const struct symbol *definition_at(const struct ld *ld, uint32_t id)
{
    const struct ld_sym *g = ld_sym(ld, id);
    return g->rank >= RANK_WEAK && g->file ? &ld_file(ld, g->file)->syms[g->sym] : NULL;
}

/* Marks what waits: from symbol to id, to definition, to chunk, each step asked of the memory ahead. */
static void flush(struct marker *m)
{
    const struct ld *ld = m->ld;
    struct ld_file *f = m->f;
    for (uint32_t i = 0; i < m->n_waiting; i++) {
        uint32_t id = f->ids[m->waiting[i]];
        __builtin_prefetch(id == LD_NO_SYM ? (const void *)&f->syms[m->waiting[i]].sec : ld_sym(ld, id));
    }
    for (uint32_t i = 0; i < m->n_waiting; i++) {
        uint32_t sym = m->waiting[i], id = f->ids[sym];
        if (id != LD_NO_SYM) {
            const struct symbol *def = definition_at(ld, id);
            __builtin_prefetch(def ? &def->sec : NULL);
        } else if (f->chunks && f->syms[sym].sec < f->obj.n_sections) {
            __builtin_prefetch(&f->chunks[f->syms[sym].sec].flags, 1);
        }
    }
    for (uint32_t i = 0; i < m->n_waiting; i++) {
        uint32_t id = f->ids[m->waiting[i]];
        const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(ld, id) : NULL;
        __builtin_prefetch(c ? &c->flags : NULL, 1);
    }
    for (uint32_t i = 0; i < m->n_waiting; i++) {
        uint32_t id = f->ids[m->waiting[i]];
        if (id == LD_NO_SYM) {
            mark_local(m, f, m->waiting[i]);
        } else {
            mark_global(m, id);
        }
    }
    m->n_waiting = 0;
}

static bool is_new(struct marker *m, uint32_t id)
{
    uint64_t bit = UINT64_C(1) << id % 64;
    if (id == LD_NO_SYM) {
        return true;
    }
    if (m->seen[id / 64] & bit) {
        return false;
    }
    m->seen[id / 64] |= bit;
    return true;
}

static void mark_symbol(void *ctx, struct ld_file *f, uint32_t sym)
{
    struct marker *m = ctx;
    if (m->n_waiting == WAITING || m->f != f) {
        flush(m);
        m->f = f;
    }
    if (sym < f->n_syms && is_new(m, f->ids[sym])) {
        m->waiting[m->n_waiting++] = sym;
    }
}

void ld_gc_mark(void *ctx, struct ld_chunk *c)
{
    mark(ctx, c);
}

static bool is_local_code(const struct ld_file *f, const struct reloc *r)
{
    if (r->sym >= f->n_syms || f->ids[r->sym] != LD_NO_SYM) {
        return false;
    }
    uint32_t sec = f->syms[r->sym].sec;
    return !sec_is_special(sec) && f->obj.sections[sec].flags & (SEC_CODE | SEC_EXEC);
}

/* The sections of an ELF group live together: one describes another without a reference. */
static void mark_group(struct marker *m, const struct ld_chunk *c)
{
    const struct object *o = &c->file->obj;
    uint32_t k = o->sections[c->sec].comdat;
    if (k == 0 || k > o->n_comdats || !o->comdats[k - 1].group_sec) {
        return;
    }
    for (uint32_t i = 0; i < o->comdats[k - 1].n_members; i++) {
        struct ld_chunk *to = &c->file->chunks[o->comdats[k - 1].members[i]];
        if ((to->flags & (LDC_LIVE | LDC_DEBUG)) == LDC_LIVE) {
            mark(m, to);
        }
    }
}

enum { RELA64_LEN = 24 }; /* of obj_reloc_rela64's records */

static bool walk(struct marker *m, struct ld_chunk *c)
{
    if (m->ld->be->gc_extra) {
        m->ld->be->gc_extra(m->ld, c, mark_symbol, m);
    }
    struct ld_file *f = c->file;
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    mark_group(m, c);
    if (c->flags & (LDC_DEBUG | LDC_NO_WALK) || f->obj.sections[c->sec].n_relocs == 0) {
        return true;
    }
    if (!obj_reloc_start(&f->obj, c->sec, &it)) {
        return false;
    }
    const uint8_t *rows = c->flags & LDC_WEAK_REFS ? NULL : obj_reloc_rela64(&it);
    for (; rows && it.next < it.end; it.next++) { /* only the symbol counts */
        uint32_t sym = get_u32le(rows + it.next * RELA64_LEN + 12);
        if (sym >= f->n_syms) {
            break; /* what is wrong with it is said below */
        }
        mark_symbol(m, f, sym);
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (c->flags & LDC_WEAK_REFS && is_local_code(f, &block[i])) {
                continue;
            }
            if (block[i].sym < f->n_syms) {
                mark_symbol(m, f, block[i].sym);
            } else if (block[i].sec) {
                mark(m, &f->chunks[block[i].sec]);
            }
        }
    }
    return !it.bad;
}

/* ---- rounds ---------------------------------------------------------------------------------------- */

/* Chunks of a file are one array: by address is by section. */
static int cmp_found(const void *a, const void *b)
{
    const struct ld_chunk *x = ((const struct found *)a)->c, *y = ((const struct found *)b)->c;
    return (x > y) - (x < y);
}

/* Relocations of what is walked a few steps later. */
static void fetch_ahead(const struct found *x)
{
    const struct section *s = &x->c->file->obj.sections[x->c->sec];
    const struct view *bytes = &x->c->file->obj.bytes;
    __builtin_prefetch(s->reloc_off < bytes->len ? bytes->p + s->reloc_off : NULL);
}

static void walk_share(void *ctx, size_t i, unsigned worker)
{
    struct gc *g = ctx;
    const struct share *s = &g->shares[i];
    struct marker *m = &g->markers[worker];
    bool why = g->ld->opt.why_live.n > 0;
    qsort(g->todo + s->first, s->end - s->first, sizeof *g->todo, cmp_found);
    enum { AHEAD = 4 };
    for (uint32_t k = s->first; k < s->end; k++) {
        if (k + AHEAD < s->end) {
            fetch_ahead(&g->todo[k + AHEAD]);
        }
        m->from = g->todo[k].c;
        if (!walk(m, g->todo[k].c)) {
            g->bad = true;
        }
        if (why) {
            flush(m); /* `from` must be theirs */
        }
    }
    flush(m);
}

/* What the threads found becomes the next round. */
static void gather(struct gc *g)
{
    unsigned n_threads = pool_threads(g->ld->pool);
    size_t n_files = g->ld->files.n;
    memset(g->first, 0, (n_files + 1) * sizeof *g->first);
    g->n_todo = g->n_shares = 0;
    for (unsigned t = 0; t < n_threads; t++) {
        g->n_todo += g->markers[t].found.n;
        for (size_t i = 0; i < g->markers[t].found.n; i++) {
            g->first[g->markers[t].found.p[i].c->file->idx]++;
        }
    }
    if (g->n_todo > g->cap_todo) {
        g->cap_todo = g->n_todo * 2;
        free(g->todo);
        g->todo = xmalloc(g->cap_todo * sizeof *g->todo);
    }
    uint32_t at = 0;
    for (size_t k = 0; k < n_files; k++) {
        uint32_t n = g->first[k];
        if (n) {
            g->shares[g->n_shares++] = (struct share){(uint32_t)k, at, at + n};
        }
        g->first[k] = at;
        at += n;
    }
    for (unsigned t = 0; t < n_threads; t++) {
        for (size_t i = 0; i < g->markers[t].found.n; i++) {
            const struct found *x = &g->markers[t].found.p[i];
            g->todo[g->first[x->c->file->idx]++] = *x;
        }
        g->markers[t].found.n = 0;
    }
    for (size_t i = 0; g->ld->opt.why_live.n && i < g->n_todo; i++) {
        vec_push(&g->walked, g->todo[i]);
    }
}

/* Waking threads costs more than a few chunks. With --why-live one thread does all: who reached a chunk
   first must not depend on chance. */
static size_t grain(const struct gc *g, size_t items, size_t work)
{
    return work < 256 || g->ld->opt.why_live.n ? items + 1 : 1;
}

/* Associative sections of marked ones. */
static void mark_followers(void *ctx, size_t k, unsigned worker)
{
    struct gc *g = ctx;
    struct ld_file *f = g->ld->files.p[k];
    struct marker *m = &g->markers[worker];
    for (uint32_t i = 0; f && f->has_assoc && i < f->n_live; i++) {
        uint32_t s = f->live[i], assoc = f->obj.sections[s].assoc;
        if (assoc && assoc < f->obj.n_sections && f->chunks[assoc].flags & LDC_MARKED &&
            f->chunks[s].flags & LDC_LIVE) {
            m->from = &f->chunks[assoc];
            mark(m, &f->chunks[s]);
        }
    }
}

static void mark_roots(void *ctx, size_t k, unsigned worker)
{
    struct gc *g = ctx;
    struct ld_file *f = g->ld->files.p[k];
    for (uint32_t i = 0; f && i < f->n_live; i++) {
        struct ld_chunk *c = &f->chunks[f->live[i]];
        if ((c->flags & (LDC_ROOT | LDC_LIVE)) == (LDC_ROOT | LDC_LIVE)) {
            mark(&g->markers[worker], c);
        }
    }
}

enum { ID_RUN = 4096 };

static void mark_kept_ids(void *ctx, size_t i, unsigned worker)
{
    struct gc *g = ctx;
    uint32_t id = (uint32_t)i * ID_RUN, end = id + ID_RUN < g->ld->tab.cap ? id + ID_RUN : g->ld->tab.cap;
    for (; id < end; id++) {
        if (ld_has(g->ld, id, LDS_KEEP)) {
            mark_global(&g->markers[worker], id);
        }
    }
}

static void mark_all(struct gc *g)
{
    struct ld *ld = g->ld;
    size_t n_files = ld->files.n, n_runs = (ld->tab.cap + ID_RUN - 1) / ID_RUN;
    g->ld->be->gc_roots(ld);
    parallel_for(ld->pool, n_files, grain(g, n_files, ld->tab.cap), mark_roots, g);
    parallel_for(ld->pool, n_runs, grain(g, n_runs, ld->tab.cap), mark_kept_ids, g);
    for (gather(g); g->n_todo;) {
        do {
            parallel_for(ld->pool, g->n_shares, grain(g, g->n_shares, g->n_todo), walk_share, g);
            gather(g);
        } while (g->n_todo);
        parallel_for(ld->pool, n_files, grain(g, n_files, ld->tab.cap), mark_followers, g);
        gather(g);
    }
}

static void sweep_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ((struct gc *)ctx)->ld;
    struct ld_file *f = ld->files.p[k];
    (void)worker;
    for (uint32_t i = 0; f && i < f->n_live; i++) {
        uint32_t s = f->live[i];
        struct ld_chunk *c = &f->chunks[s];
        if (!(c->flags & LDC_LIVE) || c->flags & (LDC_MARKED | LDC_DEBUG)) {
            continue;
        }
        c->flags &= ~(uint32_t)LDC_LIVE;
        if (ld->opt.print_gc_sections) { /* then on one thread */
            diag_report(&ld->diag, SEV_NOTE, ld_file_origin(f), DIAG_NO_OFFSET,
                        "removing unused section '%.*s'", Q(f->obj.sections[s].name));
        }
    }
}

/* Did any thread come to ID? */
static bool is_reached(const struct gc *g, uint32_t id)
{
    bool seen = ld_has(g->ld, id, LDS_KEEP);
    for (unsigned t = 0; !seen && t < pool_threads(g->ld->pool); t++) {
        seen = g->markers[t].seen[id / 64] >> id % 64 & 1;
    }
    return seen;
}

/* Common symbols have no section yet that could be swept. One that nothing needs is defined here, in a place
   that is not in the output. With -r commons stay what they are. */
static void sweep_commons(struct gc *g)
{
    static const struct ld_chunk_ops ops = {"COMMON", NULL};
    struct ld *ld = g->ld;
    for (size_t k = 2; k < ld->files.n && ld->opt.kind != OUT_RELOCATABLE; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f && f->has_common && i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            if (f->syms[i].sec != SEC_COMMON || id == LD_NO_SYM || ld_sym(ld, id)->rank != RANK_COMMON ||
                is_reached(g, id)) {
                continue;
            }
            struct ld_chunk *c = ld_new_chunk(ld, &ops, 0, 0, NULL);
            c->flags = LDC_NOBITS | LDC_DISCARDED;
            ld_define(ld, ld_sym_name(ld, id), c, 0);
            if (ld->opt.print_gc_sections) {
                diag_report(&ld->diag, SEV_NOTE, ld_file_origin(f), DIAG_NO_OFFSET,
                            "removing unused common symbol '%.*s'", Q(f->syms[i].name));
            }
        }
    }
}

/* ---- --why-live ---------------------------------------------------------------------------------- */

/* "libx.a(y.o):(.text.f)". */
static void print_section(struct ld *ld, struct buf *b, const struct ld_chunk *c)
{
    enum name_style style = name_style_for(STDOUT_FILENO);
    buf_name(b, str_c(ld_file_name(ld, c->file)), style);
    buf_puts(b, ":(");
    buf_name(b, c->file->obj.sections[c->sec].name, style);
    buf_puts(b, ")");
}

/* What was C reached from? False: it is a root. */
static bool reached_from(const struct gc *g, const struct ld_chunk **c)
{
    for (size_t i = 0; i < g->walked.n; i++) {
        if (g->walked.p[i].c == *c) {
            *c = g->walked.p[i].from;
            return *c != NULL;
        }
    }
    return false;
}

/* The section that defines NAME, a global symbol or else the first local one. */
static const struct ld_chunk *defining(struct ld *ld, const char *name)
{
    uint32_t id = ld_lookup(ld, str_c(name));
    const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(ld, id) : NULL;
    for (size_t k = 2; k < ld->files.n && !c; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->kind == LD_OBJECT && i < f->n_syms && !c; i++) {
            const struct symbol *s = &f->syms[i];
            if (f->ids[i] == LD_NO_SYM && s->sec != SEC_UNDEF && !sec_is_special(s->sec) && str_is(s->name, name)) {
                c = &f->chunks[s->sec];
            }
        }
    }
    return c && c->file ? c : NULL;
}

/* The chain of references from a root to what defines NAME. */
static void say_why(struct gc *g, const char *name)
{
    struct ld *ld = g->ld;
    const struct ld_chunk *c = defining(ld, name);
    struct buf b = {0};
    buf_puts(&b, c && c->flags & LDC_MARKED ? "live symbol: " : c ? "dead symbol: " : "no such symbol: ");
    buf_name(&b, str_c(name), name_style_for(STDOUT_FILENO));
    if (c) {
        buf_puts(&b, " in ");
        print_section(ld, &b, c);
    }
    buf_c(&b, '\n');
    for (const struct ld_chunk *at = c; at && at->flags & LDC_MARKED && reached_from(g, &at);) {
        buf_puts(&b, ">>> referenced by ");
        print_section(ld, &b, at);
        buf_c(&b, '\n');
    }
    if (c && c->flags & LDC_MARKED) {
        buf_puts(&b, ">>> which is kept in any case\n");
    }
    ld_print(ld, &b);
    buf_free(&b);
}

void ld_why_without_gc(struct ld *ld)
{
    for (size_t i = 0; !ld->opt.gc_sections && i < ld->opt.why_live.n; i++) {
        const struct ld_chunk *c = defining(ld, ld->opt.why_live.p[i]);
        struct buf b = {0};
        buf_puts(&b, c ? "live symbol: " : "no such symbol: ");
        buf_name(&b, str_c(ld->opt.why_live.p[i]), name_style_for(STDOUT_FILENO));
        if (c) {
            buf_puts(&b, " in ");
            print_section(ld, &b, c);
            buf_puts(&b, "\n>>> which is kept in any case: there is no --gc-sections");
        }
        buf_c(&b, '\n');
        ld_print(ld, &b);
        buf_free(&b);
    }
}

bool ld_gc(struct ld *ld)
{
    struct gc g = {.ld = ld};
    unsigned n_threads = pool_threads(ld->pool);
    g.markers = xcalloc(n_threads, sizeof *g.markers);
    g.shares = xmalloc(ld->files.n * sizeof *g.shares);
    g.first = xmalloc((ld->files.n + 1) * sizeof *g.first);
    for (unsigned t = 0; t < n_threads; t++) {
        g.markers[t].ld = ld;
        g.markers[t].seen = xcalloc(ld->tab.cap / 64 + 1, sizeof *g.markers[t].seen);
    }
    mark_all(&g);
    parallel_for(ld->pool, ld->files.n, ld->opt.print_gc_sections ? SIZE_MAX : grain(&g, ld->files.n, ld->tab.cap),
                 sweep_file, &g);
    sweep_commons(&g);
    for (size_t i = 0; i < ld->opt.why_live.n; i++) {
        say_why(&g, ld->opt.why_live.p[i]);
    }
    for (unsigned t = 0; t < n_threads; t++) {
        vec_free(&g.markers[t].found);
        free(g.markers[t].seen);
    }
    free(g.markers);
    free(g.shares);
    free(g.first);
    free(g.todo);
    vec_free(&g.walked);
    return ld_checkpoint(ld) && !g.bad;
}
