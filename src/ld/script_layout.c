/* script.c - laying out the image as a linker script says.

   Before gc each input section is given to the first input description that selects it (KEEP makes it a
   root, /DISCARD/ drops it). Then the statements are walked in order, again and again until no address
   and no symbol moves: an assignment may use what comes later. What no description selects is an orphan
   and goes behind the last section of its kind. Assignments and data inside an output section are chunks
   of it, so that merging and writing need not know of scripts. Source: GNU ld manual, chapter 3. */
#include "ld/script_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"

struct sl_in {                 /* an input description and what it selected */
    const struct sc_stmt *stmt;
    const struct sc_output *out;
    VEC(struct ld_chunk *) chunks;
};

struct sl_sym {                /* a symbol that the script assigns to */
    struct str name;
    struct ld_chunk *mark;     /* NULL: an unused PROVIDE */
    struct sx_value value;
    bool set, in_object;
    uint32_t walk;             /* in which it was last assigned to */
    const struct ld_osec *after; /* ... behind this section */
    enum { PLACE_UNKNOWN, PLACE_ASKED, IS_NUMBER, IS_PLACE } place; /* is it an address in the image? */
};

struct sl_region {
    const struct sc_region *r;
    uint64_t origin, length, cur;
    const struct ld_osec *last;
};

struct script_layout {
    struct ld *ld;
    const struct script_hooks *hooks;
    bool full;                 /* SECTIONS without INSERT: the script places everything */
    VEC(struct sl_in) ins;
    struct strmap by_name;     /* section -> the first of ins that names it, of those that only name */
    VEC(uint32_t) rest;        /* the others */
    VEC(struct sl_sym) syms;
    struct strmap sym_by_name;
    VEC(struct sl_assign {
        const struct sc_stmt *stmt;
        bool in_body;          /* of an output section: numbers count from its start */
    }) assigns;                /* all assignments to symbols */
    VEC(struct sl_region) regions;
    VEC(struct script_step) steps;
    struct script_env env;
    const struct ld_osec *last; /* section of the walk so far */
    uint64_t relro_size;       /* of the walk before */
    uint32_t n_walks;
    bool changed, failed, final;
};

struct sl_mark {               /* a statement inside an output section */
    const struct sc_stmt *stmt;
    uint64_t value;
    struct str pattern;
};

bool ld_script_full(const struct ld *ld)
{
    return ld->layout && ld->layout->full;
}

/* ---- selecting input sections ---------------------------------------------------------------------------- */

static void add_ins(struct script_layout *l, const struct sc_stmt *s)
{
    for (; s; s = s->next) {
        if (s->kind == SC_OVERLAY) {
            add_ins(l, s->overlay.sections.first);
        } else if (s->kind == SC_OUTPUT) {
            for (const struct sc_stmt *b = s->out.body.first; b; b = b->next) {
                if (b->kind == SC_INPUT) {
                    vec_push(&l->ins, (struct sl_in){.stmt = b, .out = &s->out});
                }
            }
        }
    }
}

/* Does IN do no more than name sections? */
static bool is_plain(const struct sl_in *in)
{
    const struct sc_input *d = &in->stmt->in;
    bool plain = str_is(d->file, "*") && !d->n_exclude && !d->all_sections && !d->with_flags && !d->without_flags &&
                 in->out->constraint == SC_ANY && !in->out->discard;
    for (uint32_t i = 0; plain && i < d->n_patterns; i++) {
        plain = !d->patterns[i].n_exclude && !str_has_glob(d->patterns[i].name);
    }
    return plain;
}

/* Names without wildcards are found at once; a script may have thousands. */
static void index_ins(struct script_layout *l)
{
    for (size_t i = 0; i < l->ins.n; i++) {
        const struct sc_input *d = &l->ins.p[i].stmt->in;
        if (!is_plain(&l->ins.p[i])) {
            vec_push(&l->rest, (uint32_t)i);
            continue;
        }
        for (uint32_t k = 0; k < d->n_patterns; k++) {
            if (strmap_get(&l->by_name, d->patterns[k].name) == STRMAP_NONE) {
                strmap_put(&l->by_name, d->patterns[k].name, (uint32_t)i, NULL);
            }
        }
    }
}

/* The first description that selects the section. APART: it keeps an output section of its own, unless it is
   discarded. */
static struct sl_in *select_in(struct script_layout *l, struct str archive, struct str file, struct str name,
                               uint64_t flags, bool apart)
{
    uint32_t first = apart ? STRMAP_NONE : strmap_get(&l->by_name, name);
    for (size_t k = 0; k < l->rest.n && l->rest.p[k] < first; k++) {
        struct sl_in *in = &l->ins.p[l->rest.p[k]];
        const struct sc_input *d = &in->stmt->in;
        if ((apart && !in->out->discard) ||
            (in->out->constraint == SC_ONLY_IF_RO && l->hooks->writable(flags)) ||
            (in->out->constraint == SC_ONLY_IF_RW && !l->hooks->writable(flags)) ||
            (flags & d->with_flags) != d->with_flags || flags & d->without_flags) {
            continue;
        }
        if (script_input_match(d, archive, file, name) >= 0) {
            return in;
        }
    }
    return first == STRMAP_NONE ? NULL : &l->ins.p[first];
}

static void file_names(const struct ld_file *f, struct str *archive, struct str *file)
{
    const struct origin *o = ld_file_origin(f);
    *file = o ? o->name : (struct str){"", 0};
    *archive = f->archive && o && o->parent ? o->parent->name : (struct str){"", 0};
}

/* Members of groups in relocatable output, and what --unique names: no description brings them together. */
static bool stays_apart(const struct ld *ld, const struct ld_file *f, const struct section *s)
{
    bool grouped = s->comdat && (f->obj.comdats[s->comdat - 1].group_sec || f->obj.format != OBJ_ELF);
    if (ld->opt.kind == OUT_RELOCATABLE && !ld->opt.force_groups && grouped) {
        return true;
    }
    for (size_t i = 0; i < ld->opt.unique.n; i++) {
        if (*ld->opt.unique.p[i] && str_glob(str_c(ld->opt.unique.p[i]), s->name)) {
            return true;
        }
    }
    return false;
}

static void select_all(struct ld *ld, struct script_layout *l)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct str archive, file;
        if (f->kind != LD_OBJECT || f->bad || f->skip) {
            continue;
        }
        file_names(f, &archive, &file);
        for (uint32_t i = 1; i < f->obj.n_sections; i++) {
            struct ld_chunk *c = &f->chunks[i];
            const struct section *s = &f->obj.sections[i];
            struct sl_in *in = !(c->flags & LDC_LIVE) ? NULL
                               : select_in(l, archive, file, s->name, s->raw_flags, stays_apart(ld, f, s));
            if (!in) {
                continue;
            }
            if (in->out->discard) {
                c->flags &= ~(uint32_t)LDC_LIVE;
                c->flags |= LDC_DISCARDED;
                continue;
            }
            if (in->stmt->in.keep) {
                c->flags |= LDC_ROOT;
            }
            vec_push(&in->chunks, c);
        }
    }
}

/* ---- symbols ------------------------------------------------------------------------------------------------ */

static struct sl_sym *sym_of(const struct script_layout *l, struct str name)
{
    uint32_t i = strmap_get(&l->sym_by_name, name);
    return i == STRMAP_NONE ? NULL : &l->syms.p[i];
}

static void define_one(struct ld *ld, struct script_layout *l, const struct sc_stmt *s)
{
    struct str name = s->assign.name;
    if (str_is(name, ".") || sym_of(l, name)) {
        return;
    }
    uint32_t id = ld_lookup(ld, name);
    bool provide = s->assign.provide == SC_PROVIDE || s->assign.provide == SC_PROVIDE_HIDDEN;
    struct sl_sym y = {.name = name};
    bool defined = id != LD_NO_SYM && ld_sym(ld, id)->rank > RANK_SHARED;
    bool wanted = id != LD_NO_SYM && ld_sym(ld, id)->rank != RANK_NONE &&
                  (ld_has(ld, id, LDS_REF) || ld_sym(ld, id)->rank == RANK_UNDEF_WEAK);
    if (!provide || (wanted && !defined)) {
        if (defined && ld_sym(ld, id)->file != 1) {
            ld_sym(ld, id)->rank = RANK_NONE; /* the script's word is final */
            y.in_object = true;
        }
        bool visible = s->assign.provide == SC_PLAIN || s->assign.provide == SC_PROVIDE;
        y.mark = l->hooks->mark(ld, arena_strdup(&ld->arena, name), visible);
    }
    strmap_put(&l->sym_by_name, name, (uint32_t)l->syms.n, NULL);
    vec_push(&l->syms, y);
}

static void define_list(struct ld *ld, struct script_layout *l, const struct sc_stmt *s, bool in_body)
{
    for (; s; s = s->next) {
        if (s->kind == SC_ASSIGN) {
            define_one(ld, l, s);
            vec_push(&l->assigns, (struct sl_assign){s, in_body});
        } else if (s->kind == SC_OUTPUT) {
            define_list(ld, l, s->out.body.first, true);
        } else if (s->kind == SC_OVERLAY) {
            define_list(ld, l, s->overlay.sections.first, false);
        }
    }
}

/* ---- places and numbers ------------------------------------------------------------------------------------- */

enum { PLACE_DEPTH = 200 };    /* of symbols that are made of symbols */

static bool is_place(struct script_layout *l, const struct sx *e, unsigned depth);

static bool symbol_is_place(struct script_layout *l, struct str name, unsigned depth)
{
    struct sl_sym *y = sym_of(l, name);
    uint32_t id = ld_lookup(l->ld, name);
    bool place = false;
    if (y && y->mark) {
        if (y->place == PLACE_UNKNOWN && depth) {
            y->place = PLACE_ASKED;
            for (size_t i = 0; i < l->assigns.n && !place; i++) {
                const struct sl_assign *a = &l->assigns.p[i];
                const struct sx *e = a->stmt->assign.value;
                place = str_eq(a->stmt->assign.name, name) &&
                        (a->in_body ? e->op != SX_ABSOLUTE : is_place(l, e, depth - 1));
            }
            y->place = place ? IS_PLACE : IS_NUMBER;
        }
        return y->place == IS_PLACE;
    }
    return id != LD_NO_SYM && ld_sym_chunk(l->ld, id) != NULL;
}

/* Is E an address in the image, or a number? Before layout, for what refers to the symbol must know. */
static bool is_place(struct script_layout *l, const struct sx *e, unsigned depth)
{
    if (!e) {
        return false;
    }
    switch (e->op) {
    case SX_DOT: case SX_ADDR: case SX_ORIGIN: case SX_SEGMENT_START:
    case SX_DATA_SEGMENT_ALIGN: case SX_DATA_SEGMENT_END: case SX_DATA_SEGMENT_RELRO_END: case SX_NEXT:
    case SX_ALIGN1:
        return true;
    case SX_SYM:
        return symbol_is_place(l, e->name, depth);
    case SX_SUB:
        return is_place(l, e->a, depth) && !is_place(l, e->b, depth);
    case SX_ADD: case SX_AND: case SX_OR: case SX_ALIGN2: case SX_MAX: case SX_MIN:
        return is_place(l, e->a, depth) || is_place(l, e->b, depth);
    case SX_COND:
        return is_place(l, e->b, depth) || is_place(l, e->c, depth);
    default:
        return false;
    }
}

void ld_script_symbols(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    for (const struct script *s = l ? ld->script : NULL; s; s = s->next) {
        define_list(ld, l, s->stmts.first, false);
    }
    for (size_t i = 0; l && i < l->syms.n; i++) {
        struct sl_sym *y = &l->syms.p[i];
        if (y->mark && !symbol_is_place(l, y->name, PLACE_DEPTH)) {
            ld_need(ld, ld_lookup(ld, y->name), LDS_ABS);
        }
    }
}

/* ---- start ------------------------------------------------------------------------------------------------ */

bool ld_script_start(struct ld *ld, const struct script_hooks *hooks)
{
    if (!ld->script) {
        return true;
    }
    struct script_layout *l = ARENA_NEW(&ld->arena, struct script_layout);
    l->ld = ld;
    l->hooks = hooks;
    ld->layout = l;
    for (struct script *s = ld->script; s; s = s->next) {
        l->full |= s->has_sections && !s->has_insert;
        if (s->entry.len) {
            hooks->entry(ld, s->entry);
        }
        add_ins(l, s->stmts.first);
        for (size_t i = 0; i < s->regions.n; i++) {
            vec_push(&l->regions, (struct sl_region){.r = &s->regions.p[i]});
        }
    }
    if (l->ins.n) {
        index_ins(l);
        select_all(ld, l);
    }
    return diag_ok(&ld->diag);
}

/* Sections of different descriptions may lie in different memories: they are not folded together. Until
   layout a chunk's offset has no other meaning. */
void ld_script_note_places(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    for (size_t i = 0; l && i < l->ins.n; i++) {
        for (size_t k = 0; k < l->ins.p[i].chunks.n; k++) {
            l->ins.p[i].chunks.p[k]->off = i + 1;
        }
    }
}

void ld_script_free(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    for (size_t i = 0; l && i < l->ins.n; i++) {
        vec_free(&l->ins.p[i].chunks);
    }
    if (l) {
        vec_free(&l->ins);
        vec_free(&l->rest);
        strmap_free(&l->by_name);
        vec_free(&l->syms);
        vec_free(&l->regions);
        vec_free(&l->assigns);
        vec_free(&l->steps);
        strmap_free(&l->sym_by_name);
    }
}

/* ---- output sections ------------------------------------------------------------------------------------------ */

static struct str in_name(const struct ld_chunk *c)
{
    return c->file ? c->file->obj.sections[c->sec].name : (struct str){"", 0};
}

static uint64_t priority(struct str n)
{
    size_t dot = str_rfind(n, '.');
    uint64_t v = 65536;
    if (dot != SIZE_MAX && dot > 0 && str_u64(str_skip(n, dot + 1), 10, &v) && v <= 65535) {
        return str_starts(n, S(".ctors")) || str_starts(n, S(".dtors")) ? 65535 - v : v;
    }
    return 65536;
}

static int compare(enum sort_kind k, const struct ld_chunk *a, const struct ld_chunk *b)
{
    switch (k) {
    case SORT_NAME: return str_cmp(in_name(a), in_name(b));
    case SORT_ALIGNMENT: return (a->align_p2 < b->align_p2) - (a->align_p2 > b->align_p2);
    case SORT_INIT_PRIORITY: {
        uint64_t x = priority(in_name(a)), y = priority(in_name(b));
        return (x > y) - (x < y);
    }
    default: return 0;
    }
}

/* How the sections of a description are sorted: as its first pattern says, or wildcards by --sort-section. */
static struct sc_pattern sorting_of(const struct ld *ld, const struct sl_in *in)
{
    const struct sc_input *d = &in->stmt->in;
    const char *how = ld->opt.sort_section;
    struct sc_pattern p = d->n_patterns ? d->patterns[0] : (struct sc_pattern){.sort = SORT_NONE};
    for (uint32_t i = 0; how && p.sort == SORT_NONE && i < d->n_patterns; i++) {
        if (str_has_glob(d->patterns[i].name)) {
            p.sort = how[0] == 'a' ? SORT_ALIGNMENT : how[1] == 'a' ? SORT_NAME : SORT_NONE;
        }
    }
    return p;
}

/* A merge sort: equal elements stay in order. */
static void sort_in(const struct ld *ld, struct sl_in *in)
{
    const struct sc_pattern p = sorting_of(ld, in);
    size_t n = in->chunks.n;
    if (p.sort == SORT_NONE || p.sort == SORT_DISABLED || n < 2) {
        return;
    }
    struct ld_chunk **from = in->chunks.p, **to = xmalloc(n * sizeof *to);
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n, hi = mid + run < n ? mid + run : n, a = lo, b = mid;
            for (size_t k = lo; k < hi; k++) {
                int r = a >= mid || b >= hi ? 0 : compare(p.sort, from[a], from[b]);
                r = r || a >= mid || b >= hi ? r : compare(p.sort2, from[a], from[b]);
                bool left = a < mid && (b >= hi || (p.reverse ? -r : r) <= 0);
                to[k] = left ? from[a++] : from[b++];
            }
        }
        struct ld_chunk **t = from;
        from = to;
        to = t;
    }
    if (from != in->chunks.p) {
        memcpy(in->chunks.p, from, n * sizeof *from);
        to = from;
    }
    free(to);
}

static void write_mark(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct sl_mark *m = c->priv;
    if (m->stmt->kind == SC_DATA) {
        for (uint64_t i = 0; i < c->size; i++) {
            out[i] = (uint8_t)(m->value >> (8 * i));
        }
    } else if (m->stmt->kind == SC_ASCIZ) {
        memset(out, 0, (size_t)c->size);
        memcpy(out, m->stmt->text.p, m->stmt->text.len);
    } else {
        const struct ld_osec *os = ld->osecs.p[c->osec];
        struct str pattern = m->pattern.len || !os->fills ? m->pattern : os->fills->pattern;
        for (uint64_t i = 0; i < c->size; i++) {
            out[i] = pattern.len ? (uint8_t)pattern.p[i % pattern.len] : os->fill;
        }
    }
}

static void add_mark(struct ld *ld, struct ld_osec *os, const struct sc_stmt *s)
{
    static const struct ld_chunk_ops ops = {"script", write_mark};
    struct sl_mark *m = ARENA_NEW(&ld->arena, struct sl_mark);
    m->stmt = s;
    struct ld_chunk *c = ld_new_chunk(ld, &ops, 0, 0, m);
    ld->layout->hooks->add(ld, os, c);
}

static bool is_script_mark(const struct ld_chunk *c)
{
    return c->ops && c->ops->write == write_mark;
}

static void fill_output(struct ld *ld, struct script_layout *l, const struct sc_output *o, size_t *next)
{
    struct ld_osec *os = ld_osec(ld, o->name);
    size_t before = os->chunks.n;
    for (const struct sc_stmt *b = o->body.first; b; b = b->next) {
        if (b->kind != SC_INPUT) {
            if (b->kind == SC_DATA || b->kind == SC_ASCIZ) {
                l->hooks->data(ld, os);
            }
            add_mark(ld, os, b);
            continue;
        }
        struct sl_in *in = &l->ins.p[(*next)++];
        sort_in(ld, in);
        for (size_t i = 0; i < in->chunks.n; i++) {
            struct ld_chunk *c = in->chunks.p[i];
            if (c->flags & LDC_LIVE && (!c->osec || !c->file)) {
                c->osec = 0;
                l->hooks->add(ld, os, c);
            }
        }
    }
    vec_push(&l->steps, (struct script_step){.out = o, .os = os, .n_added = os->chunks.n - before});
}

/* The description that takes made chunk C. */
static struct sl_in *select_one_made(struct ld *ld, struct script_layout *l, const struct ld_osec *os,
                                     const struct ld_chunk *c)
{
    struct str name;
    for (unsigned nth = 0; !c->file && (name = l->hooks->made_name(ld, os, c, nth)).len; nth++) {
        struct sl_in *in = select_in(l, S(""), S(""), name, os->raw_flags, false);
        if (in) {
            return in->out->discard ? NULL : in;
        }
    }
    return NULL;
}

/* Made sections and commons are inputs too: the script may say where .got or COMMON go. */
static void select_made(struct ld *ld, struct script_layout *l)
{
    size_t n = ld->osecs.n;
    for (size_t i = 1; i < n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        size_t kept = 0;
        for (size_t k = 0; k < os->chunks.n; k++) {
            struct ld_chunk *c = os->chunks.p[k];
            struct sl_in *in = select_one_made(ld, l, os, c);
            if (in) {
                c->made_flags = (uint32_t)os->raw_flags;
                c->made_type = os->raw_type;
                vec_push(&in->chunks, c);
            } else {
                os->chunks.p[kept++] = c;
            }
        }
        os->chunks.n = kept;
        if (!kept) {
            l->hooks->emptied(os);
        }
    }
}

/* The step after which an orphan of KIND goes: the section that gives the kind its name, else the last one of a
   kind that comes no later. SIZE_MAX: none. */
static size_t orphan_anchor(const struct script_layout *l, enum script_kind kind)
{
    static const char *const names[] = {[SL_CODE] = ".text", [SL_RO] = ".rodata", [SL_TLS] = ".tdata",
                                        [SL_RW] = ".data", [SL_BSS] = ".bss"};
    const char *name = kind <= SL_BSS ? names[kind] : NULL;
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < l->steps.n; i++) {
        const struct ld_osec *os = l->steps.p[i].os;
        if (os && name && str_is(os->name, name)) {
            return i;
        }
        if (os && os->chunks.n && l->hooks->kind(os) <= kind && l->hooks->kind(os) != SL_NOT_LOADED) {
            at = i;
        }
    }
    return at;
}

/* Symbols that follow a section mark its end; what moves '.' belongs to what comes next. At the beginning it is the
   other way about. Gives the step before which an orphan behind ANCHOR goes. */
static size_t behind(const struct script_layout *l, size_t anchor)
{
    size_t at = anchor + 1;
    for (bool start = at == 0; at < l->steps.n && !l->steps.p[at].os; at++) {
        const struct sc_stmt *t = l->steps.p[at].stmt;
        if (t && t->kind == SC_ASSIGN && str_is(t->assign.name, ".")) {
            if (!start) {
                break;
            }
            start = false;
        }
    }
    return at;
}

static void skip_inputs(const struct sc_output *o, size_t *next)
{
    for (const struct sc_stmt *b = o->body.first; b; b = b->next) {
        *next += b->kind == SC_INPUT;
    }
}

static void make_steps(struct ld *ld, struct script_layout *l)
{
    size_t next = 0;
    for (const struct script *s = ld->script; s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && t->out.discard) {
                skip_inputs(&t->out, &next);
            } else if (t->kind == SC_OUTPUT) {
                fill_output(ld, l, &t->out, &next);
                l->steps.p[l->steps.n - 1].stmt = t;
            } else if (t->kind == SC_OVERLAY) {
                for (const struct sc_stmt *c = t->overlay.sections.first; c; c = c->next) {
                    fill_output(ld, l, &c->out, &next);
                    l->steps.p[l->steps.n - 1].stmt = t;
                }
            } else {
                vec_push(&l->steps, (struct script_step){.stmt = t});
            }
        }
    }
}

/* A name may be described twice (ONLY_IF_RO and ONLY_IF_RW): the description that brought something
   says where the section lies. */
static void one_place_each(struct script_layout *l)
{
    for (size_t k = 0; k < l->steps.n; k++) { /* sort_key has no other meaning yet: 1 + the step of a section */
        struct ld_osec *os = l->steps.p[k].os;
        if (!os) {
            continue;
        }
        size_t i = (size_t)os->sort_key;
        if (i) {
            bool first = l->steps.p[i - 1].n_added != 0;
            struct script_step *drop = &l->steps.p[first ? k : i - 1];
            drop->os = NULL;
            drop->stmt = NULL;
            os->sort_key = first ? i : k + 1;
        } else {
            os->sort_key = k + 1;
        }
    }
    for (size_t k = 0; k < l->steps.n; k++) {
        if (l->steps.p[k].os) {
            l->steps.p[k].os->sort_key = 0;
        }
    }
}

void ld_script_assign(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    select_made(ld, l);
    make_steps(ld, l);
    one_place_each(l);
}

/* --orphan-handling: says that no description selects OS, if input sections are in it. */
static void report_orphan(struct ld *ld, const struct ld_osec *os)
{
    const char *how = ld->opt.orphan_handling;
    const struct ld_chunk *c = NULL;
    for (size_t i = 0; !c && i < os->chunks.n; i++) {
        c = os->chunks.p[i]->file && os->chunks.p[i]->size ? os->chunks.p[i] : NULL;
    }
    if (!c || strcmp(how, "place") == 0) {
        return;
    }
    struct str name = c->ops ? os->name : c->file->obj.sections[c->sec].name;
    bool error = strcmp(how, "error") == 0;
    diag_report(&ld->diag, error ? SEV_ERROR : SEV_WARNING, ld_file_origin(c->file), DIAG_NO_OFFSET,
                error ? "unplaced orphan section '%.*s'" : "orphan section '%.*s' is placed in '%.*s'", Q(name),
                Q(os->name));
}

struct orphan {
    size_t anchor, before; /* steps; anchor 0: none */
    enum script_kind kind;
    struct ld_osec *os;
};

static int by_step(const void *x, const void *y)
{
    const struct orphan *a = x, *b = y;
    if (a->before != b->before) {
        return a->before < b->before ? -1 : 1;
    }
    if (a->anchor != b->anchor) {
        return a->anchor < b->anchor ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->os->idx < b->os->idx ? -1 : 1;
}

/* Puts the orphans among the steps: V is sorted. */
static void merge_orphans(struct script_layout *l, const struct orphan *v, size_t n)
{
    size_t had = l->steps.n, to = had + n;
    for (size_t i = 0; i < n; i++) {
        vec_push(&l->steps, (struct script_step){0});
    }
    for (size_t i = n; i-- > 0;) {
        while (had > v[i].before) {
            l->steps.p[--to] = l->steps.p[--had];
        }
        l->steps.p[--to] = (struct script_step){.os = v[i].os};
    }
}

/* Barrier: every output section exists after this. */
void ld_script_orphans(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    struct orphan *v = xmalloc(ld->osecs.n * sizeof *v);
    size_t n = 0, anchors[SL_APART + 1];
    for (int k = 0; k <= SL_APART; k++) {
        anchors[k] = orphan_anchor(l, (enum script_kind)k);
    }
    for (size_t i = 0; i < l->steps.n; i++) {
        if (l->steps.p[i].os) {
            l->steps.p[i].os->scripted = true;
        }
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (!os->scripted) {
            enum script_kind kind = l->hooks->kind(os);
            if (ld->opt.orphan_handling) {
                report_orphan(ld, os);
            }
            if (kind != SL_APART) {
                v[n++] = (struct orphan){anchors[kind] + 1, behind(l, anchors[kind]), kind, os};
            }
        }
        os->scripted = true;
    }
    if (n) {
        qsort(v, n, sizeof *v, by_step);
        merge_orphans(l, v, n);
    }
    free(v);
}

/* INSERT scripts only name output sections: what they select goes there, and the default order holds. */
void ld_script_insert(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    size_t next = 0;
    for (const struct script *s = ld->script; l && !l->full && s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && !t->out.discard) {
                fill_output(ld, l, &t->out, &next);
            } else if (t->kind == SC_OUTPUT) {
                skip_inputs(&t->out, &next);
            }
        }
    }
}

/* ---- evaluation ------------------------------------------------------------------------------------------------ */

/* Scripts speak of virtual addresses, sections of those relative to the image's base. */
static uint64_t va_of(const struct script_layout *l, const struct ld_osec *os)
{
    return l->ld->image_base + os->addr;
}

static struct sx_value place_in(const struct script_layout *l, const struct ld_osec *os, uint64_t v)
{
    return (struct sx_value){v, os, os ? va_of(l, os) : 0, false};
}

static struct sx_value address(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, false};
}

static struct sx_value plain_number(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, true};
}

static bool q_symbol(void *ctx, struct str name, struct sx_value *v)
{
    struct script_layout *l = ctx;
    const struct sl_sym *y = sym_of(l, name);
    if (y && y->mark) {
        *v = y->value;
        return y->set || !l->final;
    }
    uint32_t id = ld_lookup(l->ld, name);
    if (id != LD_NO_SYM && ld_sym(l->ld, id)->rank > RANK_SHARED) {
        const struct ld_chunk *c = ld_sym_chunk(l->ld, id);
        const struct symbol *s = ld_definition(l->ld, id);
        if (!c) {
            *v = address(s->value);
            return true;
        }
        const struct ld_osec *os = l->ld->osecs.p[ld_chunk_kept(c)->osec];
        uint64_t addr = c->flags & LDC_MERGE ? ld_merge_addr(l->ld, c, s->value)
                        : os                 ? ld_chunk_addr(l->ld, c) + s->value : 0;
        *v = place_in(l, os, l->ld->image_base + addr);
        return true;
    }
    uint64_t number;
    if (l->hooks->constant(l->ld, name, &number)) {
        *v = address(number);
        return true;
    }
    return false;
}

/* Does an object define NAME, or has a statement before this one? */
static bool q_defined(void *ctx, struct str name)
{
    struct script_layout *l = ctx;
    const struct sl_sym *y = sym_of(l, name);
    struct sx_value v;
    return y && y->mark ? y->in_object || y->walk == l->n_walks : q_symbol(ctx, name, &v);
}

static bool q_section(void *ctx, struct str name, enum sx_query what, struct sx_value *v)
{
    struct script_layout *l = ctx;
    uint32_t i = strmap_get(&l->ld->osec_by_name, name);
    if (i == STRMAP_NONE) {
        return false;
    }
    const struct ld_osec *os = l->ld->osecs.p[i];
    switch (what) {
    case SX_Q_ADDR: *v = place_in(l, os, va_of(l, os)); break;
    case SX_Q_LOADADDR: *v = address(va_of(l, os) + os->lma_delta); break;
    case SX_Q_SIZE: *v = plain_number(os->size); break;
    case SX_Q_ALIGN: *v = plain_number(UINT64_C(1) << os->align_p2); break;
    }
    return true;
}

static struct sl_region *find_region(struct script_layout *l, struct str name)
{
    for (const struct script *s = l->ld->script; s; s = s->next) {
        for (size_t i = 0; i + 1 < s->region_aliases.n; i += 2) {
            if (str_eq(s->region_aliases.p[i], name)) {
                name = s->region_aliases.p[i + 1];
            }
        }
    }
    for (size_t i = 0; i < l->regions.n; i++) {
        if (str_eq(l->regions.p[i].r->name, name)) {
            return &l->regions.p[i];
        }
    }
    return NULL;
}

static bool q_region(void *ctx, struct str name, uint64_t *origin, uint64_t *length)
{
    struct sl_region *r = find_region(ctx, name);
    if (r) {
        *origin = r->origin;
        *length = r->length;
    }
    return r != NULL;
}

static bool q_segment(void *ctx, struct str name, uint64_t *v)
{
    struct script_layout *l = ctx;
    return l->hooks->segment(l->ld, name, v);
}

static bool eval(struct script_layout *l, const struct sx *e, struct sx_value *v)
{
    if (sx_eval(&l->env, e, v)) {
        return true;
    }
    l->failed = true;
    *v = plain_number(0);
    return false;
}

static uint64_t eval_num(struct script_layout *l, const struct sx *e)
{
    struct sx_value v;
    eval(l, e, &v);
    return v.v;
}

/* The section whose start E, an address of no section, counts from: that of the first symbol or section that it
   names; else the last one so far. For relocatable output, where addresses say nothing. */
static const struct ld_osec *anchor_of(const struct script_layout *l, const struct sx *e, unsigned depth)
{
    if (!e || !depth) {
        return NULL;
    }
    if (e->op == SX_SYM) {
        const struct sl_sym *y = sym_of(l, e->name);
        uint32_t id = ld_lookup(l->ld, e->name);
        const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(l->ld, id) : NULL;
        if (y && y->mark) {
            return y->value.sec ? y->value.sec : y->after;
        }
        return c ? l->ld->osecs.p[ld_chunk_kept(c)->osec] : NULL;
    }
    if (e->op == SX_ADDR) {
        uint32_t i = strmap_get(&l->ld->osec_by_name, e->name);
        return i != STRMAP_NONE ? l->ld->osecs.p[i] : NULL;
    }
    const struct ld_osec *a = anchor_of(l, e->a, depth - 1);
    a = a ? a : anchor_of(l, e->b, depth - 1);
    return a ? a : anchor_of(l, e->c, depth - 1);
}

static void set_symbol(struct script_layout *l, const struct sc_stmt *s)
{
    struct sl_sym *y = sym_of(l, s->assign.name);
    struct sx_value v;
    if (!y || !y->mark || !eval(l, s->assign.value, &v)) {
        return;
    }
    /* a number inside an output section counts from its start */
    if (v.number && l->env.cur_sec) {
        v = (struct sx_value){v.v + l->env.cur_sec_addr, l->env.cur_sec, l->env.cur_sec_addr, false};
    }
    l->changed |= !y->set || y->value.v != v.v;
    y->value = v;
    y->set = true;
    y->walk = l->n_walks;
    y->after = anchor_of(l, s->assign.value, PLACE_DEPTH);
    y->after = y->after ? y->after : l->last;
}

/* ---- one output section --------------------------------------------------------------------------------------- */

/* The four bytes of a fill that is an expression, most significant first. */
static struct str fill_word(struct script_layout *l, const struct sx *e)
{
    uint32_t v = (uint32_t)eval_num(l, e);
    char *p = arena_alloc(&l->ld->arena, 4);
    for (int i = 0; i < 4; i++) {
        p[i] = (char)(v >> (24 - 8 * i));
    }
    return (struct str){p, 4};
}

/* Gaps of OS hold PATTERN from OFF on. */
static void add_fill(struct script_layout *l, struct ld_osec *os, uint64_t off, struct str pattern)
{
    struct ld_fill **end = &os->fills;
    if (!pattern.len && !os->fills) {
        return;
    }
    while (*end) {
        end = &(*end)->next;
    }
    *end = ARENA_NEW(&l->ld->arena, struct ld_fill);
    **end = (struct ld_fill){off, pattern, NULL};
}

static void run_mark(struct script_layout *l, struct ld_osec *os, struct ld_chunk *c, uint64_t *off,
                     struct str *pattern)
{
    struct sl_mark *m = c->priv;
    const struct sc_stmt *s = m->stmt;
    struct sx_value v;
    c->off = *off;
    c->size = 0;
    m->pattern = *pattern;
    l->env.dot = place_in(l, os, va_of(l, os) + *off);
    l->env.has_dot = true;
    switch (s->kind) {
    case SC_ASSIGN:
        if (!str_is(s->assign.name, ".")) {
            set_symbol(l, s);
        } else if (eval(l, s->assign.value, &v)) {
            uint64_t to = v.number ? v.v : v.v - va_of(l, os);
            if (to < *off) {
                if (l->final) {
                    script_error(&l->ld->diag, s->script->text, s->script->path, s->pos,
                                 "cannot move the location counter backwards (from 0x%llx to 0x%llx)",
                                 (unsigned long long)*off, (unsigned long long)to);
                    l->failed = true;
                }
                break;
            }
            c->size = to - *off;
            *off = to;
        }
        break;
    case SC_DATA:
        m->value = eval_num(l, s->data.value);
        c->size = s->data.width;
        *off += c->size;
        break;
    case SC_ASCIZ:
        c->size = s->text.len + 1;
        *off += c->size;
        break;
    case SC_FILL:
        *pattern = s->fill.bytes.len ? s->fill.bytes : fill_word(l, s->fill.value);
        add_fill(l, os, *off, *pattern);
        break;
    case SC_ASSERT:
        if (l->final) {
            eval(l, s->expr, &v);
        }
        break;
    default:
        break;
    }
}

static void body(struct script_layout *l, struct ld_osec *os, const struct sc_output *o)
{
    uint64_t off = 0, sub = o && o->subalign ? eval_num(l, o->subalign) : 0;
    struct str pattern = o ? o->fill_bytes : (struct str){0};
    size_t n = 0;
    if (o && o->fill && !pattern.len) {
        pattern = fill_word(l, o->fill);
    }
    os->fills = NULL;
    add_fill(l, os, 0, pattern);
    l->env.cur_sec = os;
    l->env.cur_sec_addr = va_of(l, os);
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        if (is_script_mark(c)) {
            run_mark(l, os, c, &off, &pattern);
        } else if (!(c->flags & LDC_LIVE) || c->flags & (LDC_FOLDED | LDC_MERGE)) {
            continue;
        } else {
            off = align_up(off, sub > 1 && is_pow2(sub) ? sub : UINT64_C(1) << c->align_p2);
            c->off = off;
            off += c->size;
        }
        os->chunks.p[n++] = c;
    }
    os->chunks.n = n;
    l->changed |= os->size != off;
    os->size = off;
    l->env.cur_sec = NULL;
}

static uint8_t align_of(struct script_layout *l, const struct ld_osec *os, const struct sc_output *o)
{
    uint8_t p2 = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        p2 = os->chunks.p[i]->align_p2 > p2 ? os->chunks.p[i]->align_p2 : p2;
    }
    for (int k = 0; k < 2; k++) {
        const struct sx *e = !o ? NULL : k ? o->subalign : o->align;
        uint64_t v = e ? eval_num(l, e) : 0;
        while (is_pow2(v) && UINT64_C(1) << p2 < v) {
            p2++;
        }
    }
    return p2;
}

static void check_region(struct script_layout *l, const struct sl_region *r, const struct ld_osec *os, uint64_t end)
{
    if (l->final && end - r->origin > r->length && end > r->origin) {
        diag_error(&l->ld->diag, "section '%.*s' does not fit in region '%.*s': it overflows by %llu bytes",
                   Q(os->name), Q(r->r->name), (unsigned long long)(end - r->origin - r->length));
        l->failed = true;
    }
}

/* The load address: AT(), AT>region, else as far from the address as that of the section before it in
   the same region. */
static void set_lma(struct script_layout *l, struct ld_osec *os, const struct sc_output *o, struct sl_region *r)
{
    uint64_t old = os->lma_delta;
    struct sl_region *lr = o && o->lma_region.len ? find_region(l, o->lma_region) : NULL;
    if (o && o->at) {
        os->lma_delta = eval_num(l, o->at) - va_of(l, os);
    } else if (lr && lr != r) {
        uint64_t align = o->align ? eval_num(l, o->align) : 1; /* only what the script asks for, as in GNU ld */
        uint64_t at = align > 1 && is_pow2(align) ? align_up(lr->cur, align) : lr->cur;
        os->lma_delta = at - va_of(l, os);
        if (!os->nobits) {
            lr->cur = at + os->size;
            check_region(l, lr, os, lr->cur);
        }
    } else if (r && r->last && !(o && o->addr)) {
        os->lma_delta = r->last->lma_delta;
    } else {
        os->lma_delta = 0;
    }
    l->changed |= old != os->lma_delta;
}

static void place_output(struct script_layout *l, const struct script_step *s, struct sl_region **region)
{
    struct ld_osec *os = s->os;
    const struct sc_output *o = s->out;
    /* What is not loaded has the address that its description says, or '.'; without a description it has none. */
    bool loaded = l->hooks->untyped(os) || l->hooks->kind(os) != SL_NOT_LOADED;
    if (!loaded && !o) {
        os->addr = 0;
        os->align_p2 = align_of(l, os, o);
        body(l, os, o);
        return;
    }
    if (o && o->region.len) {
        *region = find_region(l, o->region);
        if (!*region) {
            script_error(&l->ld->diag, s->stmt->script->text, s->stmt->script->path, s->stmt->pos,
                         "there is no memory region '%.*s'", Q(o->region));
            l->failed = true;
        }
    } else if (o) {
        *region = NULL;
    }
    struct sl_region *r = *region;
    uint64_t addr = r ? r->cur : l->env.dot.v;
    os->align_p2 = align_of(l, os, o);
    if (o && o->addr) {
        addr = eval_num(l, o->addr);
    }
    /* what has only assignments, and tables that stayed empty, do not move what follows */
    bool empty = l->hooks->untyped(os) || (!o && os->size == 0 && r);
    uint64_t align = o && o->addr ? 1 : l->hooks->section_align(l->ld);
    addr = align_up(addr, UINT64_C(1) << (empty ? 0 : os->align_p2));
    addr = empty ? addr : align_up(addr, align);
    if (!o && l->ld->opt.kind == OUT_RELOCATABLE) { /* orphans count from 0, and so does what follows them */
        addr = 0;
    }
    if (os->fixed_addr) { /* -Ttext, --section-start */
        addr = va_of(l, os);
    }
    l->changed |= va_of(l, os) != addr;
    os->addr = addr - l->ld->image_base;
    body(l, os, o);
    l->last = os;
    if (!o && !os->size) { /* an orphan without contents leaves no trace, its alignment neither */
        return;
    }
    if (o && o->type == SC_NOLOAD) {
        l->hooks->noload(os);
    }
    set_lma(l, os, o, r);
    uint64_t end = addr + os->size;
    if (os->nobits && os->flags & SEC_TLS) {
        end = addr;
    }
    if (r && loaded) {
        check_region(l, r, os, end);
        r->cur = end;
        r->last = os;
    }
    l->env.dot = address(end);
}

/* ---- the walk --------------------------------------------------------------------------------------------------- */

static void start_regions(struct script_layout *l)
{
    for (size_t i = 0; i < l->regions.n; i++) {
        struct sl_region *r = &l->regions.p[i];
        r->origin = eval_num(l, r->r->origin);
        r->length = eval_num(l, r->r->length);
        r->cur = r->origin;
        r->last = NULL;
    }
}

static void top_statement(struct script_layout *l, const struct sc_stmt *s)
{
    struct sx_value v;
    l->env.has_dot = s->in_sections;
    if (s->kind == SC_ASSIGN && str_is(s->assign.name, ".")) {
        if (eval(l, s->assign.value, &v)) {
            l->env.dot = address(v.v);
        }
    } else if (s->kind == SC_ASSIGN) {
        set_symbol(l, s);
    } else if (s->kind == SC_ASSERT && l->final) {
        eval(l, s->expr, &v);
    }
}

/* The sections of an OVERLAY share one address and are loaded one behind the other. Returns the last step. */
static size_t place_overlay(struct script_layout *l, size_t i, struct sl_region **region)
{
    const struct sc_stmt *t = l->steps.p[i].stmt;
    uint64_t start = t->overlay.addr ? eval_num(l, t->overlay.addr) : l->env.dot.v, end = start, align = 1;
    size_t n = i;
    for (; n < l->steps.n && l->steps.p[n].stmt == t; n++) {
        uint64_t a = l->steps.p[n].os ? UINT64_C(1) << align_of(l, l->steps.p[n].os, l->steps.p[n].out) : 1;
        align = a > align ? a : align;
    }
    start = t->overlay.addr ? start : align_up(start, align);
    uint64_t load = t->overlay.at ? eval_num(l, t->overlay.at) : start;
    for (; i < n && !l->failed; i++) {
        struct ld_osec *os = l->steps.p[i].os;
        if (!os) {
            continue;
        }
        l->env.dot = address(start);
        place_output(l, &l->steps.p[i], region);
        os->lma_delta = load - va_of(l, os);
        load += os->size;
        end = l->env.dot.v > end ? l->env.dot.v : end;
    }
    l->env.dot = address(end);
    return n - 1;
}

static void walk(struct script_layout *l)
{
    struct sl_region *region = NULL;
    start_regions(l);
    for (size_t i = 0; i < l->steps.n && !l->failed; i++) {
        if (l->steps.p[i].os) {
            l->env.has_dot = true;
            const struct sc_stmt *t = l->steps.p[i].stmt;
            if (t && t->kind == SC_OVERLAY) {
                i = place_overlay(l, i, &region);
                continue;
            }
            place_output(l, &l->steps.p[i], &region);
        } else if (l->steps.p[i].stmt) {
            top_statement(l, l->steps.p[i].stmt);
        }
    }
    if (l->env.seen_relro_end && l->env.relro) {
        /* alignments inside make the size depend on the start: the largest seen fits everywhere */
        uint64_t size = l->env.relro_used - l->env.data_align_base;
        l->changed |= size > l->relro_size;
        l->relro_size = size > l->relro_size ? size : l->relro_size;
    }
}

bool ld_script_relro(const struct ld *ld, uint64_t *start, uint64_t *end)
{
    const struct script_env *env = &ld->layout->env;
    *start = env->data_align_base;
    *end = env->relro_end;
    return env->relro && env->seen_relro_end;
}

static void start_env(struct script_layout *l)
{
    l->env = (struct script_env){.ctx = l, .d = &l->ld->diag, .symbol = q_symbol,
                                 .defined = q_defined, .section = q_section,
                                 .region = q_region, .segment_start = q_segment, .quiet = true};
    l->hooks->env(l->ld, &l->env);
    l->last = NULL;
    l->env.relro_size = l->env.relro ? l->relro_size : 0;
    l->n_walks++;
}

/* Addresses of all sections; ends when nothing moves. */
bool ld_script_walk(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    for (int pass = 0; pass < 12; pass++) {
        l->changed = false;
        l->final = false;
        start_env(l);
        walk(l);
        if (!l->changed || l->failed) {
            break;
        }
    }
    return !l->failed;
}

/* Once more, when all is settled: now errors and assertions count. */
bool ld_script_check(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    l->final = true;
    start_env(l);
    l->env.quiet = false;
    walk(l);
    return !l->failed && diag_ok(&ld->diag);
}

/* The largest ". = ALIGN(N)" inside: sections that start at a multiple of it have the same size wherever they
   lie. */
static uint8_t inner_align(struct script_layout *l, const struct sc_output *o)
{
    uint8_t p2 = 0;
    for (const struct sc_stmt *b = o->body.first; b; b = b->next) {
        bool align = b->kind == SC_ASSIGN && str_is(b->assign.name, ".") && b->assign.value->op == SX_ALIGN1;
        uint64_t v = align ? eval_num(l, b->assign.value->a) : 0;
        while (is_pow2(v) && UINT64_C(1) << p2 < v) {
            p2++;
        }
    }
    return p2;
}

/* Runs the statements inside of inserted sections. Then the size of each is settled, unless it depends on
   its address. */
void ld_script_inserted(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    if (!l || l->full) {
        return;
    }
    start_env(l);
    l->final = false;
    for (size_t i = 0; i < l->steps.n; i++) {
        struct script_step *p = &l->steps.p[i];
        uint8_t p2 = align_of(l, p->os, p->out), inner = inner_align(l, p->out);
        p->os->align_p2 = p2 > inner ? p2 : inner;
        body(l, p->os, p->out);
        p->size = p->os->size;
    }
}

/* The same once addresses are known. */
static void run_inserted(struct script_layout *l)
{
    for (size_t i = 0; i < l->steps.n; i++) {
        struct ld_osec *os = l->steps.p[i].os;
        body(l, os, l->steps.p[i].out);
        if (os->size != l->steps.p[i].size && !l->failed) {
            diag_error(&l->ld->diag, "section '%.*s', which a script inserts, changes its size with its address",
                       Q(os->name));
            l->failed = true;
        }
    }
}

/* Runs the statements from T up to END that move '.'. */
static bool move_counter(struct script_layout *l, const struct sc_stmt *t, const struct sc_stmt *end, uint64_t *dot)
{
    for (; t != end; t = t->next) {
        struct sx_value v;
        if (t->kind != SC_ASSIGN || !str_is(t->assign.name, ".")) {
            continue;
        }
        l->env.dot = address(*dot);
        l->env.has_dot = true;
        if (!eval(l, t->assign.value, &v)) {
            return false;
        }
        if (v.v < *dot) {
            script_error(&l->ld->diag, t->script->text, t->script->path, t->pos,
                         "cannot move the location counter backwards (from 0x%llx to 0x%llx)",
                         (unsigned long long)*dot, (unsigned long long)v.v);
            return false;
        }
        *dot = v.v;
    }
    return true;
}

/* The statements of one INSERT, from T on; its end. A section's own statements stand before it, the last one's
   also behind; without sections they stand beside the one that INSERT names. */
static const struct sc_stmt *counter_group(struct script_layout *l, const struct sc_stmt *t, const struct ld_osec *os,
                                           bool behind, uint64_t *dot, bool *ok)
{
    const struct sc_stmt *from = t, *insert = t;
    bool any = false;
    while (insert && insert->kind != SC_INSERT) {
        insert = insert->next;
    }
    for (; t != insert; t = t->next) {
        if (t->kind != SC_OUTPUT || t->out.discard) {
            continue;
        }
        if (!behind && str_eq(t->out.name, os->name)) {
            *ok = *ok && move_counter(l, from, t, dot);
        }
        any = true;
        from = t;
    }
    bool here = any ? behind && str_eq(from->out.name, os->name)
                    : insert && str_eq(insert->insert.where, os->name) && behind != insert->insert.before;
    if (insert && here) {
        *ok = *ok && move_counter(l, from, insert, dot);
    }
    return insert;
}

bool ld_script_counter(struct ld *ld, const struct ld_osec *os, bool behind, uint64_t *dot)
{
    struct script_layout *l = ld->layout;
    bool ok = true;
    for (const struct script *s = l && !l->full ? ld->script : NULL; ok && s; s = s->next) {
        for (const struct sc_stmt *t = s->has_insert ? s->stmts.first : NULL; ok && t;) {
            const struct sc_stmt *insert = counter_group(l, t, os, behind, dot, &ok);
            t = insert ? insert->next : NULL;
        }
    }
    return ok;
}

static const struct ld_osec *osec_of(const struct script_layout *l, struct str name)
{
    uint32_t i = strmap_get(&l->ld->osec_by_name, name);
    return i == STRMAP_NONE ? NULL : l->ld->osecs.p[i];
}

/* Where the location counter stands at T, the first statement of those that one INSERT places. */
static struct sx_value counter_at(const struct script_layout *l, const struct sc_stmt *t)
{
    const struct ld_osec *os = NULL;
    for (const struct sc_stmt *u = t; u && u->kind != SC_INSERT && !os; u = u->next) {
        os = u->kind == SC_OUTPUT && !u->out.discard ? osec_of(l, u->out.name) : NULL;
    }
    for (; t && t->kind != SC_INSERT && !os;) {
        t = t->next;
    }
    if (!os && t) {
        os = osec_of(l, t->insert.where);
        return address(!os ? 0 : va_of(l, os) + (t->insert.before ? 0 : os->size));
    }
    return address(os ? va_of(l, os) : 0);
}

/* Assignments and assertions of S, the sections that it describes having their places. */
static void run_around(struct script_layout *l, const struct script *s)
{
    bool fresh = true;
    for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
        if (fresh) {
            l->env.dot = counter_at(l, t);
        }
        fresh = t->kind == SC_INSERT;
        const struct ld_osec *os = t->kind == SC_OUTPUT && !t->out.discard ? osec_of(l, t->out.name) : NULL;
        if (os) {
            l->env.dot = address(va_of(l, os) + os->size);
        } else if (t->kind == SC_ASSIGN || t->kind == SC_ASSERT) {
            top_statement(l, t);
        }
    }
}

/* Assignments of a script that places no sections, after the default layout. */
bool ld_script_assignments(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    for (int pass = 0; l && !l->full && pass < 3; pass++) {
        l->final = pass == 2;
        start_env(l);
        l->env.quiet = !l->final;
        run_inserted(l);
        for (const struct script *s = ld->script; s; s = s->next) {
            run_around(l, s);
        }
    }
    return !l || !l->failed;
}

/* The last section that begins at V or before; else the first. */
static const struct ld_osec *section_before(const struct script_layout *l, struct ld_osec *const *order, size_t n,
                                            uint64_t v)
{
    const struct ld_osec *best = order[0];
    for (size_t i = 0; i < n; i++) {
        if (l->hooks->kind(order[i]) != SL_NOT_LOADED && va_of(l, order[i]) <= v) {
            best = order[i];
        }
    }
    return best;
}

/* In their section, or as far from another one as it takes. */
void ld_script_place_symbols(struct ld *ld, struct ld_osec *const *order, size_t n)
{
    struct script_layout *l = ld->layout;
    bool joined = ld->opt.kind == OUT_RELOCATABLE; /* where addresses say nothing */
    for (size_t i = 0; l && n && i < l->syms.n; i++) {
        struct sl_sym *y = &l->syms.p[i];
        if (!y->mark) {
            continue;
        }
        const struct ld_osec *os = y->place == IS_PLACE && y->value.sec ? y->value.sec
                                   : joined && y->after                 ? y->after
                                                        : section_before(l, order, n, y->value.v);
        y->mark->osec = os->idx;
        y->mark->off = y->value.v - va_of(l, os);
        if (y->place != IS_PLACE) { /* numbers are not counted from the image */
            y->mark->off += ld->image_base;
        }
    }
}

bool ld_script_assigns(const struct ld *ld, struct str name)
{
    const struct sl_sym *y = ld->layout ? sym_of(ld->layout, name) : NULL;
    return y && y->mark;
}

const struct script_step *ld_script_steps(const struct ld *ld, size_t *n)
{
    *n = ld->layout->steps.n;
    return ld->layout->steps.p;
}

uint64_t ld_script_number(struct ld *ld, const struct sx *e)
{
    start_env(ld->layout);
    return eval_num(ld->layout, e);
}

/* ---- --print-memory-usage ---------------------------------------------------------------------------- */

static void print_size(struct buf *b, int width, uint64_t n)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    unsigned u = 0;
    for (; u < 3 && n && n % 1024 == 0; u++) {
        n /= 1024;
    }
    char text[32];
    snprintf(text, sizeof text, "%llu %s", (unsigned long long)n, units[u]);
    buf_printf(b, "%*s", width, text);
}

void ld_script_print_memory(struct ld *ld)
{
    const struct script_layout *l = ld->layout;
    struct buf b = {0};
    buf_puts(&b, "Memory region         Used Size  Region Size  %age Used\n");
    for (size_t i = 0; l && i < l->regions.n; i++) {
        const struct sl_region *r = &l->regions.p[i];
        uint64_t used = r->cur - r->origin;
        size_t pad = r->r->name.len < 16 ? 16 - r->r->name.len : 0;
        buf_fill(&b, ' ', pad);
        buf_name(&b, r->r->name, name_style_for(1));
        buf_c(&b, ':');
        print_size(&b, 14, used);
        print_size(&b, 13, r->length);
        buf_printf(&b, "%10.2f%%\n", r->length ? (double)used * 100.0 / (double)r->length : 0.0);
    }
    ld_print(ld, &b);
    buf_free(&b);
}
