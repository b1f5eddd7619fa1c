/* order.c - --symbol-ordering-file and --section-ordering-file: which input sections come first in their
   output section.

   A symbol file names one symbol per line; the section that defines it gets the line's place. A section
   file names one input section, or a pattern, per line. Symbols come before sections; what neither names
   keeps its place behind them. */
#include <stdlib.h>
#include <string.h>

#include "ld/ld.h"

struct ranked {
    const struct ld_chunk *c;
    uint32_t rank;
};

struct ld_order {
    VEC(struct ranked) v;     /* sorted by chunk once complete */
};

/* The next line of TEXT without blanks at its ends; false at the end. Empty lines and comments are left out. */
static bool next_line(struct view *text, struct str *out)
{
    while (text->len) {
        const uint8_t *e = memchr(text->p, '\n', (size_t)text->len);
        size_t n = e ? (size_t)(e - text->p) : (size_t)text->len;
        struct str s = {(const char *)text->p, n};
        text->p += n + (e != NULL);
        text->len -= n + (e != NULL);
        while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t' || s.p[s.len - 1] == '\r')) {
            s.len--;
        }
        while (s.len && (s.p[0] == ' ' || s.p[0] == '\t')) {
            s = str_skip(s, 1);
        }
        if (s.len && s.p[0] != '#') {
            *out = s;
            return true;
        }
    }
    return false;
}

static void rank_chunk(struct ld_order *o, const struct ld_chunk *c)
{
    struct ld_chunk *kept = (struct ld_chunk *)(uintptr_t)ld_chunk_kept(c);
    if (kept->flags & LDC_LIVE && !(kept->flags & LDC_ORDERED)) {
        kept->flags |= LDC_ORDERED;
        vec_push(&o->v, (struct ranked){kept, (uint32_t)o->v.n});
    }
}

/* Local symbols by name: chains of those of one name. */
struct locals {
    struct strmap by_name;    /* first in v, + 1 */
    VEC(struct local {
        struct ld_chunk *c;
        uint32_t next;
    }) v;
};

static void add_locals(struct locals *l, struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (f->ids[i] != LD_NO_SYM || s->sec == SEC_UNDEF || sec_is_special(s->sec) || !s->name.len ||
            s->type == SYM_SECTION || s->type == SYM_FILE || s->flags & SYMF_SECTION_DEF) {
            continue;
        }
        bool is_new;
        uint32_t *first = strmap_put(&l->by_name, s->name, 0, &is_new);
        vec_push(&l->v, (struct local){&f->chunks[s->sec], *first});
        *first = (uint32_t)l->v.n;
    }
}

static bool rank_locals(struct ld_order *o, const struct locals *l, struct str name)
{
    uint32_t first = strmap_get(&l->by_name, name);
    if (first == STRMAP_NONE) {
        return false;
    }
    /* chains run backwards; the order is that of the files */
    uint32_t n = 0;
    for (uint32_t i = first; i; i = l->v.p[i - 1].next) {
        n++;
    }
    uint32_t *list = xmalloc(n * sizeof *list);
    for (uint32_t i = first, k = n; i; i = l->v.p[i - 1].next) {
        list[--k] = i - 1;
    }
    for (uint32_t k = 0; k < n; k++) {
        rank_chunk(o, l->v.p[list[k]].c);
    }
    free(list);
    return true;
}

static bool read_symbols(struct ld *ld, struct ld_order *o)
{
    struct ld_input *in = ld_open_text(ld, ld->opt.symbol_ordering_file, true);
    struct locals l = {0};
    struct str name;
    if (!in) {
        return false;
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        if (ld->files.p[k]->kind == LD_OBJECT && ld->files.p[k]->chunks) {
            add_locals(&l, ld->files.p[k]);
        }
    }
    for (struct view text = in->file.data; next_line(&text, &name);) {
        uint32_t id = ld_lookup(ld, name);
        const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(ld, id) : NULL;
        bool known = rank_locals(o, &l, name);
        if (c && c->file) {
            rank_chunk(o, c);
        } else if (!known && !ld->opt.no_warn_ordering) {
            diag_warning(&ld->diag, "%s: %s symbol: %s", ld->opt.symbol_ordering_file,
                         id != LD_NO_SYM && ld_sym(ld, id)->rank > RANK_NONE ? "cannot order this" : "no such",
                         ld_show(ld, &ld->arena, name));
        }
    }
    strmap_free(&l.by_name);
    vec_free(&l.v);
    return true;
}

static void rank_sections(struct ld *ld, struct ld_order *o, struct str pattern)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t s = 1; f->kind == LD_OBJECT && f->chunks && s < f->obj.n_sections; s++) {
            if (f->chunks[s].flags & LDC_LIVE && str_glob(pattern, f->obj.sections[s].name)) {
                rank_chunk(o, &f->chunks[s]);
            }
        }
    }
}

static int by_chunk(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->c > y->c) - (x->c < y->c);
}

bool ld_read_order(struct ld *ld)
{
    if (!ld->opt.symbol_ordering_file && !ld->opt.section_ordering_file) {
        return true;
    }
    struct ld_order *o = ARENA_NEW(&ld->arena, struct ld_order);
    if (ld->opt.symbol_ordering_file && !read_symbols(ld, o)) {
        return false;
    }
    if (ld->opt.section_ordering_file) {
        struct ld_input *in = ld_open_text(ld, ld->opt.section_ordering_file, true);
        struct str pattern;
        if (!in) {
            return false;
        }
        for (struct view text = in->file.data; next_line(&text, &pattern);) {
            rank_sections(ld, o, pattern);
        }
    }
    if (o->v.n) {
        qsort(o->v.p, o->v.n, sizeof *o->v.p, by_chunk);
        struct ranked *keep = ARENA_ARRAY(&ld->arena, struct ranked, o->v.n);
        memcpy(keep, o->v.p, o->v.n * sizeof *keep);
        free(o->v.p);
        o->v.p = keep;
        ld->order = o;
    }
    return true;
}

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

void ld_order_list(const struct ld *ld, struct ld_chunk **v, size_t n)
{
    const struct ld_order *o = ld->order;
    VEC(struct ranked) first = {0};
    for (size_t i = 0; o && i < n; i++) {
        if (v[i]->flags & LDC_ORDERED) {
            struct ranked key = {.c = v[i]};
            const struct ranked *hit = bsearch(&key, o->v.p, o->v.n, sizeof *o->v.p, by_chunk);
            vec_push(&first, hit ? *hit : key);
        }
    }
    if (!first.n) {
        return;
    }
    qsort(first.p, first.n, sizeof *first.p, by_rank);
    size_t to = n;
    for (size_t i = n; i-- > 0;) { /* the others move to the end, in their order */
        if (!(v[i]->flags & LDC_ORDERED)) {
            v[--to] = v[i];
        }
    }
    for (size_t i = 0; i < first.n; i++) {
        v[i] = (struct ld_chunk *)(uintptr_t)first.p[i].c;
    }
    vec_free(&first);
}
