/* script_place.c - which section a script's symbols are in, or that they are numbers.

   What is assigned inside an output section is in that one. '.' outside of all is in the section before, or behind an
   assignment to '.' in the next one; other values outside of all are numbers. A symbol of a section that is left out
   is in one of its neighbours. Where a loader may move the image, a symbol that is made of an address counts as
   one, whatever is done with it: else it would not move along. Source: GNU ld manual, "The Section of an Expression";
   observed behaviour of GNU ld 2.40. */
#include "ld/script_engine.h"

static bool is_place(struct script_layout *l, const struct sx *e, unsigned depth);

static bool symbol_is_place(struct script_layout *l, struct str name, unsigned depth)
{
    struct sl_sym *y = sl_sym_of(l, name);
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

bool sl_may_be_place(struct script_layout *l, struct str name)
{
    return symbol_is_place(l, name, PLACE_DEPTH);
}

/* ---- the section of '.' ------------------------------------------------------------------------------------- */

/* "end", "_end", "__end": behind that nothing belongs to the next section. */
static bool is_end(struct str name)
{
    while (name.len && name.p[0] == '_') {
        name = str_skip(name, 1);
    }
    return str_is(name, "end");
}

static bool assigns_end(const struct sc_stmt *s)
{
    bool found = s->kind == SC_ASSIGN && is_end(s->assign.name);
    for (const struct sc_stmt *b = s->kind == SC_OUTPUT ? s->out.body.first : NULL; b && !found; b = b->next) {
        found = b->kind == SC_ASSIGN && is_end(b->assign.name);
    }
    return found;
}

void sl_note_ends(struct script_layout *l)
{
    bool found = false;
    for (size_t i = 0; i < l->steps.n; i++) {
        l->steps.p[i].after_end = found;
        found = found || (l->steps.p[i].stmt && assigns_end(l->steps.p[i].stmt));
    }
}

bool sl_keeps(const struct script_layout *l, const struct ld_osec *os)
{
    uint32_t i = os->idx < l->step_of.n ? l->step_of.p[os->idx] : 0;
    return i && (os->size || l->steps.p[i - 1].kept);
}

struct ld_osec *const *ld_script_sections(const struct ld *ld, size_t *n)
{
    *n = ld->layout->list.n;
    return ld->layout->list.p;
}

bool ld_script_keeps(const struct ld *ld, const struct ld_osec *os)
{
    return sl_keeps(ld->layout, os);
}

/* Is OS in the output, and not for what the linker says of itself alone? */
static bool is_there(const struct script_layout *l, const struct ld_osec *os)
{
    return sl_keeps(l, os) && !(os->chunks.n == 1 && !os->chunks.p[0]->file && str_is(os->name, ".comment"));
}

/* May it have symbols of the script? */
static bool holds_dot(const struct script_layout *l, const struct ld_osec *os)
{
    uint32_t f = sl_keeps(l, os) ? l->hooks->flags(os) : 0;
    return f & SLF_ALLOC && !(f & SLF_TLS);
}

/* Where OS stands in the list. */
static size_t in_list(const struct script_layout *l, const struct ld_osec *os)
{
    size_t i = 0;
    while (i < l->list.n && l->list.p[i] != os) {
        i++;
    }
    return i;
}

/* The last such section before place I of the list; NULL: none. */
static const struct ld_osec *holder_before(const struct script_layout *l, size_t i)
{
    i = i < l->list.n ? i : l->list.n;
    while (i > 0) {
        if (holds_dot(l, l->list.p[--i])) {
            return l->list.p[i];
        }
    }
    return NULL;
}

static const struct ld_osec *first_holder(const struct script_layout *l)
{
    for (size_t i = 0; i < l->list.n; i++) {
        if (holds_dot(l, l->list.p[i])) {
            return l->list.p[i];
        }
    }
    return NULL;
}

const struct ld_osec *sl_section_of_dot(const struct script_layout *l)
{
    if (l->current == SIZE_MAX || l->prefer_next) {
        size_t next = l->at + 1;
        while (next < l->steps.n &&
               (!l->steps.p[next].os || !(l->steps.p[next].after_end || sl_keeps(l, l->steps.p[next].os)))) {
            next++;
        }
        if (l->current == SIZE_MAX || next == l->steps.n || !l->steps.p[next].after_end) {
            return holder_before(l, next < l->steps.n ? in_list(l, l->steps.p[next].os) + 1 : l->list.n);
        }
    }
    const struct ld_osec *os = holder_before(l, in_list(l, l->steps.p[l->current].os) + 1);
    return os ? os : first_holder(l);
}

/* The neighbour that stands for OS, which is left out: the one that would be in the same segment. */
static const struct ld_osec *neighbour(const struct script_layout *l, const struct ld_osec *os, uint64_t va)
{
    enum { SEGMENT = SLF_ALLOC | SLF_TLS };
    size_t i = in_list(l, os), before = i, after = i + 1;
    while (before > 0 && !is_there(l, l->list.p[before - 1])) {
        before--;
    }
    while (after < l->list.n && !is_there(l, l->list.p[after])) {
        after++;
    }
    const struct ld_osec *prev = before ? l->list.p[before - 1] : NULL;
    const struct ld_osec *next = after < l->list.n ? l->list.p[after] : NULL;
    if (!prev || !next) {
        return prev ? prev : next;
    }
    uint32_t p = l->hooks->flags(prev), n = l->hooks->flags(next), f = l->hooks->flags(os);
    if ((p ^ n) & (SEGMENT | SLF_LOAD)) {
        return (n ^ f) & SEGMENT || (p & SLF_LOAD && !(n & SLF_LOAD)) ? prev : next;
    }
    if ((p ^ n) & SLF_READONLY) {
        return (n ^ f) & SLF_READONLY ? prev : next;
    }
    if ((p ^ n) & SLF_CODE) {
        return (n ^ f) & SLF_CODE ? prev : next;
    }
    return va < sl_va_of(l, next) ? prev : next;
}

/* ---- in the end --------------------------------------------------------------------------------------------- */

/* The last section that begins at V or before; else the first. */
static const struct ld_osec *section_before(const struct script_layout *l, struct ld_osec *const *order, size_t n,
                                            uint64_t v)
{
    const struct ld_osec *best = order[0];
    for (size_t i = 0; i < n; i++) {
        if (l->hooks->flags(order[i]) & SLF_ALLOC && sl_va_of(l, order[i]) <= v) {
            best = order[i];
        }
    }
    return best;
}

/* OS, or what stands for it; NULL: nothing. */
static const struct ld_osec *there(const struct script_layout *l, const struct ld_osec *os, uint64_t va)
{
    bool left_out = l->full && l->ld->opt.kind != OUT_RELOCATABLE && !sl_keeps(l, os);
    if (left_out && os->idx < l->listed.n && l->listed.p[os->idx]) {
        return neighbour(l, os, va);
    }
    return os;
}

/* The section that Y counts from; NULL: any. */
static const struct ld_osec *home_of(const struct script_layout *l, const struct sl_sym *y)
{
    if (y->place != IS_PLACE) {
        return NULL;
    }
    return y->value.sec ? there(l, y->value.sec, y->value.v) : y->of_dot;
}

/* Where nothing moves, only what is assigned decides. */
static void settle(struct ld *ld, struct sl_sym *y)
{
    uint32_t id = ld_lookup(ld, y->name);
    y->place = y->value.sec || y->of_dot ? IS_PLACE : IS_NUMBER;
    ld->tab.syms[id].flags &= (uint16_t)~LDS_ABS;
    if (y->place == IS_NUMBER) {
        ld_need(ld, id, LDS_ABS);
    }
}

void ld_script_place_symbols(struct ld *ld, struct ld_osec *const *order, size_t n)
{
    struct script_layout *l = ld->layout;
    bool joined = ld->opt.kind == OUT_RELOCATABLE; /* where addresses say nothing */
    bool fixed = !joined && l && l->full && l->hooks->fixed && l->hooks->fixed(ld);
    for (size_t i = 0; l && n && i < l->syms.n; i++) {
        struct sl_sym *y = &l->syms.p[i];
        if (!y->mark) {
            continue;
        }
        if (fixed && y->set) {
            settle(ld, y);
        }
        const struct ld_osec *os = home_of(l, y);
        os = joined && y->after && !(os && y->value.sec) ? y->after : os ? os : section_before(l, order, n, y->value.v);
        y->mark->osec = os->idx;
        y->mark->off = y->value.v - sl_va_of(l, os);
        if (y->place != IS_PLACE) { /* numbers are not counted from the image */
            y->mark->off += ld->image_base;
        }
    }
}
