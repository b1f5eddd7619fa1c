/* gc.c - which sections does the program need?

   Marks chunks from the roots over relocations. Debug sections keep nothing alive; a section that
   is associated with another lives with it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "ld/backend.h"
#include "ld/ld.h"

struct gc {
    struct ld *ld;
    VEC(struct ld_chunk *) queue;
    const struct ld_chunk *from;            /* whose references are walked; NULL: a root */
    VEC(const struct ld_chunk *) reached;   /* --why-live: as queue, what each was reached from */
};

static void mark(struct gc *g, struct ld_chunk *c)
{
    if (!c || c->flags & (LDC_MARKED | LDC_DISCARDED)) {
        return;
    }
    c->flags |= LDC_MARKED;
    if (c->file) {
        vec_push(&g->queue, c);
        if (g->ld->opt.why_live.n) {
            vec_push(&g->reached, g->from);
        }
    }
}

/* A weak external stands for its default, which may be one as well. A chain that does not end is
   reported where its relocation is applied; here it must only end. */
enum { ALIAS_STEPS = 64 };

static void mark_symbol(struct gc *g, struct ld_file *f, uint32_t i)
{
    for (int step = 0; step < ALIAS_STEPS; step++) {
        uint32_t id = f->ids[i];
        if (id == LD_NO_SYM) {
            uint32_t sec = f->syms[i].sec;
            if (sec != SEC_UNDEF && !sec_is_special(sec)) {
                mark(g, &f->chunks[sec]);
            }
            return;
        }
        mark(g, ld_sym_chunk(g->ld, id));
        const struct symbol *def = ld_definition(g->ld, id);
        if (ld_sym(g->ld, id)->rank != RANK_WEAK_EXT) {
            return;
        }
        f = ld_file(g->ld, ld_sym(g->ld, id)->file);
        if (def->alias >= f->n_syms) {
            return;
        }
        i = def->alias;
    }
}

static void mark_extra(void *g, struct ld_file *f, uint32_t sym)
{
    mark_symbol(g, f, sym);
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

enum { RELA64_LEN = 24 }; /* of obj_reloc_rela64's records */

static bool walk(struct gc *g, struct ld_chunk *c)
{
    if (g->ld->be->gc_extra) {
        g->ld->be->gc_extra(g->ld, c, mark_extra, g);
    }
    struct ld_file *f = c->file;
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
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
        mark_symbol(g, f, sym);
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (c->flags & LDC_WEAK_REFS && is_local_code(f, &block[i])) {
                continue;
            }
            if (block[i].sym < f->n_syms) {
                mark_symbol(g, f, block[i].sym);
            } else if (block[i].sec) {
                mark(g, &f->chunks[block[i].sec]);
            }
        }
    }
    return !it.bad;
}

/* Associative sections of marked ones. True if any was new. */
static bool mark_followers(struct gc *g)
{
    size_t before = g->queue.n;
    for (size_t k = 2; k < g->ld->files.n; k++) {
        struct ld_file *f = g->ld->files.p[k];
        for (uint32_t i = 0; f->has_assoc && i < f->n_live; i++) {
            uint32_t s = f->live[i], assoc = f->obj.sections[s].assoc;
            if (assoc && assoc < f->obj.n_sections && f->chunks[assoc].flags & LDC_MARKED &&
                f->chunks[s].flags & LDC_LIVE) {
                g->from = &f->chunks[assoc];
                mark(g, &f->chunks[s]);
            }
        }
    }
    return g->queue.n > before;
}

static void sweep(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_live; i++) {
            uint32_t s = f->live[i];
            struct ld_chunk *c = &f->chunks[s];
            if (!(c->flags & LDC_LIVE) || c->flags & (LDC_MARKED | LDC_DEBUG)) {
                continue;
            }
            c->flags &= ~(uint32_t)LDC_LIVE;
            if (ld->opt.print_gc_sections) {
                diag_report(&ld->diag, SEV_NOTE, ld_file_origin(f), DIAG_NO_OFFSET,
                            "removing unused section '%.*s'", Q(f->obj.sections[s].name));
            }
        }
    }
}

/* ---- --why-live ---------------------------------------------------------------------------------- */

/* "libx.a(y.o):(.text.f)". */
static void print_section(struct ld *ld, struct buf *b, const struct ld_chunk *c)
{
    buf_puts(b, ld_file_name(ld, c->file));
    buf_puts(b, ":(");
    buf_name(b, c->file->obj.sections[c->sec].name, NAME_RAW);
    buf_puts(b, ")");
}

/* What was C reached from? False: it is a root. */
static bool reached_from(const struct gc *g, const struct ld_chunk **c)
{
    for (size_t i = 0; i < g->queue.n; i++) {
        if (g->queue.p[i] == *c) {
            *c = g->reached.p[i];
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
    buf_name(&b, str_c(name), NAME_RAW);
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
    (void)fwrite(b.p, 1, b.n, stdout); /* a failure is reported when stdout is closed */
    buf_free(&b);
}

bool ld_gc(struct ld *ld)
{
    struct gc g = {.ld = ld};
    bool ok = true;
    ld->be->gc_roots(ld);
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_live; i++) {
            struct ld_chunk *c = &f->chunks[f->live[i]];
            if (c->flags & LDC_ROOT && c->flags & LDC_LIVE) {
                mark(&g, c);
            }
        }
        for (uint32_t i = 0; i < f->n_syms; i++) {
            if (f->ids[i] != LD_NO_SYM && ld_has(ld, f->ids[i], LDS_KEEP)) {
                mark_symbol(&g, f, i);
            }
        }
    }
    size_t done = 0;
    do {
        for (; done < g.queue.n; done++) {
            g.from = g.queue.p[done];
            ok = walk(&g, g.queue.p[done]) && ok;
        }
    } while (mark_followers(&g));
    sweep(ld);
    for (size_t i = 0; i < ld->opt.why_live.n; i++) {
        say_why(&g, ld->opt.why_live.p[i]);
    }
    vec_free(&g.queue);
    vec_free(&g.reached);
    return ld_checkpoint(ld) && ok;
}
