/* script_orphan.c - where output sections go that no description of a script selects: as GNU ld places them.

   A section goes behind the one that gives its kind the name (.text, .rodata, .data ...) if the script describes
   that; else behind the last section of the same flags; else behind the last one that it may follow. Those of one
   kind stand together in the order in which they come. What is assigned behind a section marks its end and stays
   with it; what moves '.' belongs to the next one. Source: GNU ld manual, "Orphan Sections"; observed behaviour of
   GNU ld 2.40. */
#include "ld/script_engine.h"

#include <stdlib.h>
#include <string.h>

enum hold { H_TEXT, H_RODATA, H_TDATA, H_DATA, H_BSS, H_REL, H_NOTE, H_NONALLOC, N_HOLDS, H_END };
enum { LOADED = SLF_CONTENTS | SLF_ALLOC | SLF_LOAD };
#define NO_NODE SIZE_MAX

/* The statements in order, as a list: node 0 stands before all of them. */
struct node {
    struct script_step step;
    size_t next;
    bool is_os;             /* describes an output section, even one that is not there */
    uint32_t flags;         /* of its section; of its name's kind as long as nothing is in it */
    bool used;              /* something is in it */
    uint64_t since;         /* ... from this orphan on */
};

struct orphans {
    struct ld *ld;
    struct script_layout *l;
    VEC(struct node) nodes;
    struct {
        size_t os;          /* the section that gives the place */
        size_t stmt;        /* the last orphan put there */
        const struct ld_osec *last; /* ... and in the list of sections; NULL: none so far */
    } hold[N_HOLDS];
    size_t last;            /* the node that nothing follows */
    size_t n_described;
    bool any_late;          /* described sections that only hold orphans */
};

/* Of a description of .sdata in which nothing is: threads' data may follow it, other data may not. */
enum { SLF_SMALL = 1u << 30 };

static const uint32_t hold_flags[N_HOLDS] = {
    [H_TEXT] = LOADED | SLF_READONLY | SLF_CODE, [H_RODATA] = LOADED | SLF_READONLY, [H_TDATA] = LOADED | SLF_TLS,
    [H_DATA] = LOADED, [H_BSS] = SLF_ALLOC, [H_REL] = LOADED | SLF_READONLY, [H_NOTE] = LOADED | SLF_READONLY,
    [H_NONALLOC] = SLF_CONTENTS};

/* The name of the section that stands for a kind; "" where none does. */
static const char *hold_name(const struct script_layout *l, int h)
{
    static const char *const names[N_HOLDS] = {".text", "", ".tdata", ".data", ".bss", "", ".interp", ""};
    return h == H_RODATA ? l->hooks->constants : names[h];
}

static enum hold hold_of(uint32_t f)
{
    if (f & SLF_DEBUG) {
        return H_END;
    }
    if (!(f & SLF_ALLOC)) {
        return H_NONALLOC;
    }
    if (f & SLF_LOAD && f & SLF_NOTE) {
        return H_NOTE;
    }
    if (!(f & (SLF_LOAD | SLF_CONTENTS | SLF_TLS))) {
        return H_BSS;
    }
    return f & SLF_TLS          ? H_TDATA
           : !(f & SLF_READONLY) ? H_DATA
           : f & SLF_RELOCS      ? H_REL
           : f & SLF_CODE        ? H_TEXT
                                 : H_RODATA;
}

static uint32_t flags_of(const struct script_layout *l, const struct ld_osec *os)
{
    uint32_t f = l->hooks->flags(os);
    return f & SLF_DEBUG ? 0 : f; /* nothing goes by these */
}

/* ... once the script has had its say: types are applied when sections are placed. */
static uint32_t described_flags(const struct script_layout *l, const struct script_step *s)
{
    uint32_t f = flags_of(l, s->os);
    enum sc_sec_type type = s->out ? s->out->type : SC_TYPE_NORMAL;
    return type == SC_NOLOAD    ? f & ~(uint32_t)(SLF_LOAD | SLF_CONTENTS)
           : type == SC_NOALLOC ? f & ~(uint32_t)SLF_ALLOC
                                : f;
}

static size_t find_name(const struct orphans *o, const char *name)
{
    for (size_t i = o->nodes.p[0].next; *name && i != NO_NODE; i = o->nodes.p[i].next) {
        const struct node *n = &o->nodes.p[i];
        if (n->is_os && n->step.os && str_is(n->step.os->name, name)) {
            return i;
        }
    }
    return NO_NODE;
}

/* What may stand before a section of flags F. */
static bool may_precede(uint32_t look, uint32_t f)
{
    uint32_t differ = look ^ f;
    if (f & SLF_CODE && f & SLF_ALLOC) {
        return !(differ & (LOADED | SLF_CODE | SLF_TLS));
    }
    if (f & SLF_READONLY && f & SLF_ALLOC) {
        return !(differ & (LOADED | SLF_READONLY | SLF_SMALL));
    }
    if (f & SLF_CONTENTS && f & SLF_ALLOC) {
        return !(differ & (LOADED | SLF_TLS | SLF_SMALL));
    }
    return f & SLF_ALLOC ? !(differ & SLF_ALLOC) : !(differ & SLF_DEBUG);
}

/* .tdata may follow .data, and .tbss .tdata. */
static size_t behind_tls(const struct orphans *o, uint32_t f)
{
    size_t found = NO_NODE;
    bool seen = false;
    for (size_t i = o->nodes.p[0].next; i != NO_NODE; i = o->nodes.p[i].next) {
        const struct node *n = &o->nodes.p[i];
        uint32_t differ = n->flags ^ (f | SLF_LOAD | SLF_CONTENTS);
        if (!n->is_os) {
            continue;
        }
        if (!(differ & (SLF_TLS | SLF_ALLOC))) {
            if (!(n->flags & SLF_LOAD) && f & SLF_LOAD) {
                break;
            }
            found = i;
            seen = true;
        } else if (seen) {
            break;
        } else if (!(differ & LOADED)) {
            found = i;
        }
    }
    return found;
}

/* That of what came first; its name's, if nothing did. Commons have no type. */
static uint32_t type_of(const struct script_layout *l, const struct ld_osec *os)
{
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        if (!sl_is_mark(c)) {
            return c->file ? c->file->obj.sections[c->sec].raw_type
                   : c->ops && strcmp(c->ops->name, "COMMON") == 0 ? 0 : os->raw_type;
        }
    }
    return l->hooks->type_by_name ? l->hooks->type_by_name(os->name) : 0;
}

/* The last section of OS's type and flags F; else the last one of its type that it may follow; else that of any
   type. EXACT: the first. */
static size_t find_flags(const struct orphans *o, const struct ld_osec *os, uint32_t f, bool by_type, bool *exact)
{
    size_t same = NO_NODE, found = NO_NODE;
    for (size_t i = o->nodes.p[0].next; i != NO_NODE; i = o->nodes.p[i].next) {
        const struct node *n = &o->nodes.p[i];
        bool alloc = (f & SLF_ALLOC) != 0;
        if (!n->is_os) {
            continue;
        }
        bool empty = n->step.out && n->step.out->type == SC_NOLOAD; /* has no contents, whatever was put into it */
        bool fits = !by_type || !n->used || type_of(o->l, n->step.os) == type_of(o->l, os);
        bool alike = by_type && (fits || (empty && !(f & SLF_CONTENTS)));
        if (alike && !((n->flags ^ f) & (LOADED | SLF_READONLY | SLF_CODE | SLF_TLS | SLF_SMALL))) {
            same = i;
        }
        if ((fits || !alloc) && may_precede(n->flags, f)) {
            found = i;
        }
    }
    *exact = same != NO_NODE;
    bool tls = f & SLF_TLS && f & SLF_ALLOC && !(f & (SLF_CODE | SLF_READONLY));
    found = same != NO_NODE ? same : tls ? behind_tls(o, f) : found;
    bool ignored;
    return found == NO_NODE && by_type && f & SLF_ALLOC ? find_flags(o, os, f, false, &ignored) : found;
}

/* Does '.' move here? */
static bool moves(const struct script_step *s)
{
    return s->stmt && !s->os && s->stmt->kind == SC_ASSIGN && str_is(s->stmt->assign.name, ".");
}

static bool has_inputs(const struct ld_osec *os)
{
    for (size_t i = 0; i < os->chunks.n; i++) {
        if (!sl_is_mark(os->chunks.p[i])) {
            return true;
        }
    }
    return false;
}

/* The node behind which an orphan goes that follows AFTER. */
static size_t insertion(const struct orphans *o, size_t after)
{
    size_t at = after, before_move = NO_NODE;
    bool ignore_first = after == 0;
    for (;; at = o->nodes.p[at].next) {
        size_t next = o->nodes.p[at].next;
        if (next == NO_NODE) {
            return at;
        }
        const struct node *n = &o->nodes.p[next];
        if (n->is_os) {
            bool counts = !n->used || n->flags & SLF_ALLOC || !has_inputs(n->step.os);
            return before_move != NO_NODE && counts ? before_move : at;
        }
        if (before_move == NO_NODE && moves(&n->step)) {
            before_move = ignore_first ? NO_NODE : at;
            ignore_first = false;
        }
    }
}

/* Described sections that only hold orphans are empty until the first one comes. */
static void use_filled(struct orphans *o, uint64_t key)
{
    for (size_t i = 1; o->any_late && i < o->n_described; i++) {
        struct node *n = &o->nodes.p[i];
        if (n->is_os && !n->used && n->since < key) {
            n->used = true;
            sl_list(o->l, n->step.os);
            n->flags = described_flags(o->l, &n->step);
        }
    }
}

/* Moves OS in the list of sections behind BEHIND; NULL: to its start. */
static void move_in_list(struct script_layout *l, struct ld_osec *os, const struct ld_osec *behind)
{
    size_t from = l->list.n - 1, to = 0;
    while (from > 0 && l->list.p[from] != os) {
        from--;
    }
    memmove(l->list.p + from, l->list.p + from + 1, (l->list.n - from - 1) * sizeof *l->list.p);
    while (behind && to < l->list.n - 1 && l->list.p[to++] != behind) {
        continue;
    }
    memmove(l->list.p + to + 1, l->list.p + to, (l->list.n - to - 1) * sizeof *l->list.p);
    l->list.p[to] = os;
}

/* Where OS, an orphan of kind H that follows node AFTER, stands in the list of sections: behind that one's section, or
   the last one before it. */
static void list_orphan(struct orphans *o, struct ld_osec *os, enum hold h, size_t after)
{
    const struct ld_osec *behind = o->hold[h].last;
    sl_list(o->l, os);
    for (size_t i = o->nodes.p[0].next, left = after ? 1 : 0; !behind && left && i != NO_NODE; i = o->nodes.p[i].next) {
        const struct ld_osec *at = o->nodes.p[i].is_os ? o->nodes.p[i].step.os : NULL;
        bool listed = at && at->idx < o->l->listed.n && o->l->listed.p[at->idx];
        o->hold[h].last = listed ? at : o->hold[h].last;
        left = i != after;
    }
    move_in_list(o->l, os, behind ? behind : o->hold[h].last);
    o->hold[h].last = os;
}

static void place(struct orphans *o, struct ld_osec *os)
{
    uint32_t f = o->l->hooks->flags(os);
    enum hold h = hold_of(f);
    size_t after = NO_NODE, at = o->last, me = o->nodes.n;
    bool exact = true;
    if (h != H_END && o->hold[h].stmt != NO_NODE) {
        after = at = o->hold[h].stmt;
    } else if (h != H_END) {
        after = o->hold[h].os = find_name(o, hold_name(o->l, (int)h));
        if (after == NO_NODE) {
            after = find_flags(o, os, f, true, &exact);
        }
        after = after == NO_NODE ? 0 : after;
        at = insertion(o, after);
    }
    struct node n = {.step = {.os = os}, .next = o->nodes.p[at].next, .is_os = true, .used = true};
    n.flags = flags_of(o->l, os);
    if (after != NO_NODE && f & (SLF_ALLOC | SLF_LOAD)) {
        const struct script_step *s = &o->nodes.p[after].step;
        n.step.like = s->out ? s->out : s->like;
    }
    vec_push(&o->nodes, n);
    o->nodes.p[at].next = me;
    o->last = at == o->last ? me : o->last;
    if (h != H_END) {
        list_orphan(o, os, h, after);
        o->hold[h].stmt = me;
    } else {
        sl_list(o->l, os);
    }
}

/* ---- the list ---------------------------------------------------------------------------------------------- */

static void make_list(struct orphans *o)
{
    struct script_layout *l = o->l;
    vec_push(&o->nodes, (struct node){.next = NO_NODE});
    for (size_t i = 0; i < l->steps.n; i++) {
        const struct script_step *s = &l->steps.p[i];
        struct node n = {.step = *s, .next = NO_NODE, .is_os = s->os || (s->stmt && s->stmt->kind == SC_OUTPUT)};
        n.used = s->filled;
        n.since = s->os && !s->filled && s->os->chunks.n ? s->os->sort_key : UINT64_MAX;
        o->any_late |= n.since != UINT64_MAX;
        n.flags = n.used ? described_flags(l, s) : 0;
        for (int h = 0; s->os && !n.used && !(s->out && s->out->left_out) && h < N_HOLDS; h++) {
            n.flags = *hold_name(l, h) && str_is(s->os->name, hold_name(l, h)) ? hold_flags[h] : n.flags;
        }
        if (s->os && !n.used && !n.flags && !(s->out && s->out->left_out) && str_is(s->os->name, ".sdata")) {
            n.flags = LOADED | SLF_SMALL;
        }
        o->nodes.p[o->nodes.n - 1].next = o->nodes.n;
        vec_push(&o->nodes, n);
    }
    o->last = o->nodes.n - 1;
    for (int h = 0; h < N_HOLDS; h++) {
        o->hold[h].os = o->hold[h].stmt = NO_NODE;
    }
}

static void take_list(struct orphans *o)
{
    struct script_layout *l = o->l;
    l->steps.n = 0;
    for (size_t i = o->nodes.p[0].next; i != NO_NODE; i = o->nodes.p[i].next) {
        vec_push(&l->steps, o->nodes.p[i].step);
    }
    vec_free(&o->nodes);
}

bool ld_drops_orphans(const struct ld *ld)
{
    return ld->opt.orphan_handling && strcmp(ld->opt.orphan_handling, "discard") == 0;
}

static void report(struct ld *ld, const struct ld_file *f, struct str name, struct str to)
{
    bool error = strcmp(ld->opt.orphan_handling, "error") == 0;
    if (error || strcmp(ld->opt.orphan_handling, "warn") == 0) {
        diag_report(&ld->diag, error ? SEV_ERROR : SEV_WARNING, ld_file_origin(f), DIAG_NO_OFFSET,
                    error ? "unplaced orphan section '%.*s'" : "orphan section '%.*s' is placed in '%.*s'", Q(name),
                    Q(to));
    }
}

void ld_orphan(struct ld *ld, struct ld_chunk *c, struct str to)
{
    if (ld_drops_orphans(ld)) {
        c->flags &= ~(uint32_t)LDC_LIVE;
        c->flags |= LDC_DISCARDED;
    } else {
        report(ld, c->file, c->file->obj.sections[c->sec].name, to);
    }
}

/* --orphan-handling: says that no description selects OS, if input sections are in it. */
static void report_orphan(struct ld *ld, const struct ld_osec *os)
{
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        const struct ld_file *f = c->flags & LDC_OF_INPUT ? c->priv : c->file;
        if (f && c->size) {
            report(ld, f, c->ops ? os->name : f->obj.sections[c->sec].name, os->name);
            return;
        }
    }
}

/* Holds tables that are not there, and nothing else. */
static bool is_absent(const struct ld_osec *os)
{
    size_t n = 0;
    while (n < os->chunks.n && os->chunks.p[n]->ops == &ld_script_absent) {
        n++;
    }
    return os->chunks.n && n == os->chunks.n;
}

static int by_first(const void *x, const void *y)
{
    const struct ld_osec *a = *(struct ld_osec *const *)x, *b = *(struct ld_osec *const *)y;
    if (a->sort_key != b->sort_key) {
        return a->sort_key < b->sort_key ? -1 : 1;
    }
    return a->idx < b->idx ? -1 : 1;
}

/* Barrier: every output section exists after this. */
void ld_script_orphans(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    struct orphans o = {.ld = ld, .l = l};
    VEC(struct ld_osec *) v = {0};
    for (size_t i = 0; i < l->steps.n; i++) {
        if (l->steps.p[i].os) {
            l->steps.p[i].os->scripted = true;
        }
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (!os->scripted) {
            if (ld->opt.orphan_handling) {
                report_orphan(ld, os);
            }
            if (!(l->hooks->flags(os) & SLF_APART) && !is_absent(os)) {
                vec_push(&v, os);
            }
        }
        os->scripted = true;
    }
    if (v.n) {
        qsort(v.p, v.n, sizeof *v.p, by_first);
        make_list(&o);
        o.n_described = o.nodes.n;
        for (size_t i = 0; i < v.n; i++) {
            use_filled(&o, v.p[i]->sort_key);
            place(&o, v.p[i]);
        }
        take_list(&o);
    }
    vec_free(&v);
    for (size_t i = 0; i < l->steps.n; i++) {
        const struct ld_osec *os = l->steps.p[i].os;
        while (os && l->step_of.n <= os->idx) {
            vec_push(&l->step_of, 0);
        }
        if (os) {
            l->step_of.p[os->idx] = (uint32_t)i + 1;
        }
        if (os && os->chunks.n) {
            sl_list(l, l->steps.p[i].os);
        }
    }
}
