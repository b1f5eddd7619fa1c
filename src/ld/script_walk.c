/* script_walk.c - the statements of linker scripts in order, again and again until no address and no symbol
   moves; then once more for errors. Source: GNU ld manual, chapter 3. */
#include "ld/script_engine.h"

#include <stdio.h>
#include <string.h>

#include "base/ckint.h"

/* ---- evaluation ------------------------------------------------------------------------------------------------ */

uint64_t sl_va_of(const struct script_layout *l, const struct ld_osec *os)
{
    return l->ld->image_base + os->addr;
}

static struct sx_value place_in(const struct script_layout *l, const struct ld_osec *os, uint64_t v)
{
    return (struct sx_value){v, os, os ? sl_va_of(l, os) : 0, false};
}

static struct sx_value address(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, false};
}

static struct sx_value plain_number(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, true};
}

/* Of S, defined by an object in chunk C; NULL: it is absolute. */
static struct sx_value defined_value(const struct script_layout *l, const struct ld_chunk *c, const struct symbol *s)
{
    if (!c) {
        return address(s->value);
    }
    const struct ld_osec *os = l->ld->osecs.p[ld_chunk_kept(c)->osec];
    uint64_t addr = c->flags & LDC_MERGE ? ld_merge_addr(l->ld, c, s->value)
                    : os                 ? ld_chunk_addr(l->ld, c) + s->value : 0;
    return place_in(l, os, l->ld->image_base + addr);
}

static bool q_symbol(void *ctx, struct str name, struct sx_value *v)
{
    struct script_layout *l = ctx;
    const struct sl_sym *y = sl_sym_of(l, name);
    if (y && y->mark && y->in_object && y->walk != l->n_walks) { /* "x = x + 1" adds to what an object says */
        struct ld_file *f = ld_file(l->ld, y->was.file);
        const struct symbol *was = &f->syms[y->was.sym];
        bool in_sec = !sec_is_special(was->sec) && was->sec != SEC_UNDEF && f->chunks;
        *v = defined_value(l, in_sec ? &f->chunks[was->sec] : NULL, was);
        return true;
    }
    if (y && y->mark) {
        *v = y->value;
        return y->set || !l->final;
    }
    uint32_t id = ld_lookup(l->ld, name);
    if (id != LD_NO_SYM && ld_sym(l->ld, id)->rank > RANK_SHARED) {
        *v = defined_value(l, ld_sym_chunk(l->ld, id), ld_definition(l->ld, id));
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
    const struct sl_sym *y = sl_sym_of(l, name);
    struct sx_value v;
    return y && y->mark ? y->in_object || y->walk == l->n_walks : q_symbol(ctx, name, &v);
}

static bool q_section(void *ctx, struct str name, enum sx_query what, struct sx_value *v)
{
    struct script_layout *l = ctx;
    uint32_t i = strmap_get(&l->ld->osec_by_name, name);
    bool there;
    if (i == STRMAP_NONE) {
        return false;
    }
    const struct ld_osec *os = l->ld->osecs.p[i];
    switch (what) {
    case SX_Q_ADDR: *v = place_in(l, os, sl_va_of(l, os)); break;
    case SX_Q_LOADADDR: *v = address(sl_va_of(l, os) + os->lma_delta); break;
    case SX_Q_SIZE: *v = plain_number(os->size); break;
    case SX_Q_ALIGN: /* nothing was put into it: GNU ld has no such section */
        there = os->chunks.n || strmap_get(&l->spoken, name) != STRMAP_NONE;
        *v = plain_number(there ? UINT64_C(1) << os->align_p2 : 0);
        break;
    }
    return true;
}

/* What NAME stands for by a REGION_ALIAS; NAME itself if by none. */
static struct str region_alias(const struct ld *ld, struct str name)
{
    for (const struct script *s = ld->script; s; s = s->next) {
        for (size_t i = 0; i + 1 < s->region_aliases.n; i += 2) {
            if (str_eq(s->region_aliases.p[i], name)) {
                return s->region_aliases.p[i + 1];
            }
        }
    }
    return name;
}

struct sl_region *sl_find_region(struct script_layout *l, struct str name)
{
    enum { MOST = 64 }; /* aliases of aliases; each is of an earlier one, but several scripts may make a ring */
    for (int i = 0; i < MOST; i++) {
        name = region_alias(l->ld, name);
    }
    for (size_t i = 0; i < l->regions.n; i++) {
        if (str_eq(l->regions.p[i].r->name, name)) {
            return &l->regions.p[i];
        }
    }
    return NULL;
}

/* What MEMORY does not have is warned of, and is all memory, as in GNU ld. */
static bool q_region(void *ctx, struct str name, uint64_t *origin, uint64_t *length)
{
    struct script_layout *l = ctx;
    const struct sl_region *r = sl_find_region(l, name);
    if (!r && l->final && strmap_get(&l->undeclared, name) == STRMAP_NONE) {
        strmap_put(&l->undeclared, name, 0, NULL);
        diag_warning(&l->ld->diag, "memory region '%.*s' is not declared", Q(name));
    }
    *origin = r ? r->origin : 0;
    *length = r ? r->length : UINT64_MAX;
    return true;
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
        const struct sl_sym *y = sl_sym_of(l, e->name);
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

/* Does E need the value of NAME, which is not defined yet? */
static bool mentions(const struct sx *e, struct str name, unsigned depth)
{
    if (e && depth && e->op == SX_COND && e->a->op == SX_DEFINED && str_eq(e->a->name, name)) {
        return mentions(e->c, name, depth - 1); /* NAME = DEFINED(NAME) ? NAME : default */
    }
    return e && depth &&
           ((e->op == SX_SYM && str_eq(e->name, name)) || mentions(e->a, name, depth - 1) ||
            mentions(e->b, name, depth - 1) || mentions(e->c, name, depth - 1));
}

static void set_symbol(struct script_layout *l, const struct sc_stmt *s)
{
    struct sl_sym *y = sl_sym_of(l, s->assign.name);
    struct sx_value v;
    bool provide = s->assign.provide == SC_PROVIDE || s->assign.provide == SC_PROVIDE_HIDDEN;
    if (!y || !y->mark || (provide && y->provider != s)) {
        return;
    }
    if (!y->set && !y->in_object && mentions(s->assign.value, y->name, PLACE_DEPTH)) {
        script_error(&l->ld->diag, s->script->text, s->script->path, s->pos,
                     "symbol '%.*s' is made of itself, and has no value yet", Q(y->name));
        l->failed = true;
        return;
    }
    if (!eval(l, s->assign.value, &v)) {
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
    y->of_dot = l->final && l->full && l->env.of_dot && !v.sec ? sl_section_of_dot(l) : NULL;
    l->named |= l->env.cur_sec != NULL;
}

/* What S has just made of its symbol. */
static uint64_t value_of(const struct script_layout *l, const struct sc_stmt *s)
{
    const struct sl_sym *y = sl_sym_of(l, s->assign.name);
    return y ? y->value.v : 0;
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

/* Is E one of the expressions that move '.' nowhere and keep no section: 0, ". + 0", ALIGN(. != 0 ? ... : 1)? */
static bool keeps(const struct sx *e)
{
    const struct sx *a = e->a;
    if (e->op == SX_NUM || e->op == SX_SYM) {
        return false;
    }
    if (e->op == SX_ADD) {
        return !(a->op == SX_DOT && (e->b->op == SX_SYM || (e->b->op == SX_NUM && !e->b->num)));
    }
    bool align = e->op == SX_ALIGN1 && a->op == SX_COND && a->a->op == SX_NE && a->a->a->op == SX_DOT;
    return !align;
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
    l->env.dot = place_in(l, os, sl_va_of(l, os) + *off);
    l->env.has_dot = true;
    switch (s->kind) {
    case SC_ASSIGN:
        if (!str_is(s->assign.name, ".")) {
            set_symbol(l, s);
            m->value = value_of(l, s);
        } else if (eval(l, s->assign.value, &v)) {
            uint64_t to = v.number ? v.v : v.v - sl_va_of(l, os);
            if (to < *off) {
                if (l->final) {
                    script_error(&l->ld->diag, s->script->text, s->script->path, s->pos,
                                 "cannot move the location counter backwards (from 0x%llx to 0x%llx)",
                                 (unsigned long long)*off, (unsigned long long)to);
                    l->failed = true;
                }
                break;
            }
            if (to != *off && l->hooks->gap) {
                l->hooks->gap(os);
            }
            c->size = to - *off;
            *off = to;
            m->value = sl_va_of(l, os) + to;
            l->kept |= to != 0 || keeps(s->assign.value);
        }
        break;
    case SC_DATA:
        l->env.cur_sec = NULL; /* as between sections: numbers are addresses, and so is '.' */
        l->env.dot = address(l->env.dot.v);
        m->value = eval_num(l, s->data.value);
        l->env.cur_sec = os;
        c->size = s->data.width;
        *off += c->size;
        break;
    case SC_ASCIZ:
        c->size = s->text.len + 1;
        *off += c->size;
        break;
    case SC_FILL:
        *pattern = s->fill.bytes.len ? s->fill.bytes : fill_word(l, s->fill.value);
        m->value = s->fill.bytes.len ? 0 : eval_num(l, s->fill.value);
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

const struct ld_chunk_ops ld_script_absent = {"absent table", NULL};

/* Tables of the linker that have nothing in them leave no trace. */
static bool is_wanted(const struct ld_chunk *c)
{
    return c->file || c->size;
}

static void body(struct script_layout *l, struct ld_osec *os, const struct sc_output *o)
{
    uint64_t off = 0, sub = o && o->subalign ? eval_num(l, o->subalign) : 0;
    sub = o && o->subalign && !sub ? 1 : sub;
    struct str pattern = o ? o->fill_bytes : (struct str){0};
    size_t n = 0;
    l->kept = l->named = false;
    if (o && o->fill && !pattern.len) {
        pattern = fill_word(l, o->fill);
    }
    os->fills = NULL;
    add_fill(l, os, 0, pattern);
    l->env.cur_sec = os;
    l->env.cur_sec_addr = sl_va_of(l, os);
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        if (sl_is_mark(c)) {
            run_mark(l, os, c, &off, &pattern);
        } else if (!(c->flags & LDC_LIVE) || c->flags & (LDC_FOLDED | LDC_MERGE)) {
            continue;
        } else {
            l->kept |= (c->flags & LDC_KEPT) != 0;
            uint64_t va = l->env.cur_sec_addr; /* which need not be aligned, if the script says where it is */
            uint64_t align = sub && is_pow2(sub) ? sub : UINT64_C(1) << c->align_p2;
            off = is_wanted(c) ? align_up(va + off, align) - va : off;
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

static uint8_t power_of(struct script_layout *l, const struct sx *e)
{
    uint64_t v = e ? eval_num(l, e) : 0;
    uint8_t p2 = 0;
    while (is_pow2(v) && UINT64_C(1) << p2 < v) {
        p2++;
    }
    return p2;
}

/* SUBALIGN counts from the second walk on: what it adds to a section in the first one keeps that, as in GNU ld. */
static uint8_t align_of(struct script_layout *l, const struct ld_osec *os, const struct sc_output *o)
{
    uint8_t p2 = power_of(l, o ? o->align : NULL), sub = power_of(l, o && l->n_walks > 1 ? o->subalign : NULL);
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        bool counts = is_wanted(c) || (o && c->ops == &ld_script_absent);
        uint8_t own = sl_is_mark(c) || !counts ? 0 : sub > c->align_p2 ? sub : c->align_p2;
        p2 = own > p2 ? own : p2;
    }
    return p2;
}

static bool is_tbss(const struct script_layout *l, const struct ld_osec *os)
{
    return (l->hooks->flags(os) & (SLF_TLS | SLF_LOAD)) == SLF_TLS;
}

/* What a section is in that names no region: the first one whose attributes want it; else all memory. */
static struct sl_region *default_region(struct script_layout *l, const struct ld_osec *os)
{
    uint32_t f = l->hooks->flags(os), attrs;
    attrs = (f & SLF_READONLY ? SC_ATTR_R : 0u) | (f & SLF_CODE ? SC_ATTR_X : 0u) | (f & SLF_ALLOC ? SC_ATTR_A : 0u) |
            (f & SLF_LOAD ? SC_ATTR_L : 0u) |
            (!(f & SLF_CODE) && (f & SLF_LOAD || !(f & SLF_READONLY)) ? SC_ATTR_W : 0u); /* as GNU ld: all data */
    for (size_t i = 0; f & (SLF_ALLOC | SLF_LOAD) && i < l->regions.n; i++) {
        const struct sc_region *r = l->regions.p[i].r;
        if (r->attrs & attrs && !(r->not_attrs & attrs)) {
            return &l->regions.p[i];
        }
    }
    return &l->all;
}

static struct sl_region *named_region(struct script_layout *l, const struct sc_stmt *stmt, struct str name)
{
    struct sl_region *r = sl_find_region(l, name);
    if (l->final && (!r || (r->r->undeclared && !r->said))) {
        script_note(&l->ld->diag, SEV_WARNING, stmt->script->text, stmt->script->path, stmt->pos,
                    "memory region '%.*s' is not declared", Q(name));
    }
    if (r) {
        r->said |= l->final;
    }
    return r ? r : &l->all;
}

/* What the description of S says, an orphan's is that of the section before. */
static struct str load_name_of(const struct script_step *s)
{
    const struct sc_output *o = s->out ? s->out : s->like;
    struct str name = o ? o->lma_region : (struct str){0};
    if (s->stmt && s->stmt->kind == SC_OVERLAY && !name.len) {
        name = s->stmt->overlay.lma_region;
    }
    return name;
}

/* The region that S lies in. NAMED: what stands there in the script, an orphan's is that of the section before. */
static struct sl_region *region_of(struct script_layout *l, const struct script_step *s)
{
    const struct sc_output *o = s->out ? s->out : s->like;
    const struct sc_stmt *stmt = s->stmt;
    struct str name = o ? o->region : (struct str){0};
    if (stmt && stmt->kind == SC_OVERLAY && !name.len) {
        name = stmt->overlay.region;
    }
    if (!name.len && o && !(s->out && o->addr)) {
        name = load_name_of(s);
    }
    if (name.len) {
        return stmt ? named_region(l, stmt, name) : sl_find_region(l, name) ? sl_find_region(l, name) : &l->all;
    }
    bool in_overlay = stmt && stmt->kind == SC_OVERLAY && (stmt->overlay.addr || l->overlay);
    return in_overlay || (s->out && o->addr) ? &l->all : default_region(l, s->os);
}

/* The region that the description of S names, NULL: none. */
static const struct sl_region *described_region(struct script_layout *l, const struct script_step *s)
{
    const struct sc_output *o = s->out ? s->out : s->like;
    struct str name = o ? o->region : (struct str){0};
    if (s->stmt && s->stmt->kind == SC_OVERLAY && !name.len) {
        name = s->stmt->overlay.region;
    }
    if (!name.len && o && !(s->out && o->addr)) {
        name = load_name_of(s);
    }
    return name.len ? sl_find_region(l, name) : NULL;
}

/* Without a load address of its own, a section of the same region as the one before it is in its load region. */
static void share_load_regions(struct script_layout *l)
{
    const struct sl_region *last = NULL;
    struct str load = {0};
    for (size_t i = 0; i < l->steps.n; i++) {
        struct script_step *s = &l->steps.p[i];
        const struct sc_output *o = s->out;
        if (!s->os && !(s->stmt && s->stmt->kind == SC_OUTPUT)) {
            continue;
        }
        bool overlay = s->stmt && s->stmt->kind == SC_OVERLAY;
        bool orphan = s->os && !o && !(l->hooks->flags(s->os) & (SLF_ALLOC | SLF_LOAD));
        const struct sl_region *r = described_region(l, s);
        struct str own = load_name_of(s);
        if (!own.len && r == last && !orphan && !overlay && !(o && (o->at || o->addr))) {
            s->load_region = own = load;
        }
        last = r;
        load = own;
    }
}

static struct sl_region *load_region_of(struct script_layout *l, const struct script_step *s)
{
    struct str name = load_name_of(s);
    name = name.len ? name : s->load_region;
    return !name.len ? NULL : s->stmt ? named_region(l, s->stmt, name) : sl_find_region(l, name);
}

/* As far from its address as the section before it in region R; where '.' went back, no distance. */
static uint64_t load_like(const struct script_layout *l, const struct ld_osec *os, const struct sl_region *r,
                          uint8_t p2)
{
    uint64_t at = sl_va_of(l, os), last = sl_va_of(l, r->last);
    if (at < last && os->size && at + os->size <= last) {
        if (r->last->lma_delta && l->final) {
            diag_warning(&l->ld->diag, "dot moved backwards before `%.*s'", Q(os->name));
        }
        return at;
    }
    return align_up(at + r->last->lma_delta, UINT64_C(1) << p2);
}

/* The load address. R: its region; MOVED: what aligning the address added; P2: how far it was aligned. */
static void set_lma(struct script_layout *l, const struct script_step *s, struct sl_region *r, uint64_t moved,
                    uint8_t p2)
{
    struct ld_osec *os = s->os;
    const struct sc_output *o = s->out;
    struct sl_region *lr = load_region_of(l, s);
    const struct sc_overlay *v = s->stmt && s->stmt->kind == SC_OVERLAY ? &s->stmt->overlay : NULL;
    uint64_t old = os->lma_delta, at = sl_va_of(l, os);
    if (o && (o->at || (v && v->at && !l->overlay))) {
        at = eval_num(l, o->at ? o->at : v->at);
    } else if (lr) {
        at = lr->cur;
        p2 = lr == r ? p2 : power_of(l, o ? o->align : NULL); /* of another region: only what the script asks for */
        at = o && o->align_with_input ? at + moved : align_up(at, UINT64_C(1) << p2);
    } else if (r->last && v && l->overlay) {
        at = align_up(sl_va_of(l, r->last) + r->last->lma_delta + r->last->size, UINT64_C(1) << p2);
    } else if (r->last && l->hooks->flags(os) & SLF_ALLOC) {
        at = load_like(l, os, r, p2);
    }
    os->lma_delta = at - sl_va_of(l, os);
    l->changed |= old != os->lma_delta;
    const bool seen = os->size || (!r->last && os->lma_delta) || (r->last && sl_va_of(l, os) >= sl_va_of(l, r->last));
    if (((sl_counts(l, os) && seen) || (v && !l->overlay)) && !lr && l->ld->opt.kind != OUT_RELOCATABLE) {
        r->last = os;
    }
}

/* Memory is described, and OS is in none: then most likely it was forgotten. */
static void check_described(struct script_layout *l, const struct script_step *s, const struct sl_region *r)
{
    bool error = !l->ld->opt.check_sections_off;
    if (r != &l->all || !l->regions.n || (s->out && s->out->addr) || !l->final || !sl_counts(l, s->os) ||
        !(s->os->size || s->kept) || l->ld->opt.kind == OUT_RELOCATABLE) {
        return;
    }
    diag_report(&l->ld->diag, error ? SEV_ERROR : SEV_WARNING, NULL, DIAG_NO_OFFSET,
                "no memory region specified for loadable section `%.*s'", Q(s->os->name));
    l->failed |= error;
}

/* What is not loaded and that no description speaks of has no address: what it holds counts from 0. */
static void place_unloaded(struct script_layout *l, const struct script_step *s)
{
    s->os->addr = 0 - l->ld->image_base;
    s->os->align_p2 = align_of(l, s->os, s->out);
    struct sx_value dot = l->env.dot;
    body(l, s->os, s->out);
    l->env.dot = dot;
}

/* Where S begins, if nothing else says so. *MOVED: what aligning it added; *P2: how far. */
static uint64_t start_of(struct script_layout *l, const struct script_step *s, const struct sl_region *r,
                         uint64_t *moved, uint8_t *p2)
{
    const struct ld_osec *os = s->os;
    const struct sc_output *o = s->out;
    uint64_t addr = r->cur, least;
    if (!o && l->ld->opt.kind == OUT_RELOCATABLE) { /* orphans count from 0, and so does what follows them */
        *p2 = 0;
        return 0;
    }
    *p2 = os->align_p2;
    if (o && o->addr) {
        addr = eval_num(l, o->addr);
        *p2 = power_of(l, o->align);
    } else if (o && s->stmt && s->stmt->kind == SC_OVERLAY && (l->overlay || s->stmt->overlay.addr)) {
        addr = l->overlay ? sl_va_of(l, l->overlay) : eval_num(l, s->stmt->overlay.addr);
        *p2 = 0;
    }
    least = align_up(addr, UINT64_C(1) << *p2);
    if (!(o && o->addr) && !l->hooks->untyped(os)) {
        least = align_up(least, l->hooks->section_align(l->ld));
    }
    *moved = least - addr;
    return least;
}

static void apply_type(struct script_layout *l, const struct script_step *s)
{
    const struct sc_output *o = s->out;
    if (o && o->type != SC_TYPE_NORMAL && l->hooks->retype) {
        l->hooks->retype(s->os, o->type, o->type_num ? eval_num(l, o->type_num) : 0);
    }
}

static void note_region(struct script_layout *l, const struct ld_osec *os, const struct sl_region *r)
{
    if (os->idx >= l->n_region_of) {
        size_t n = l->ld->osecs.n + 16;
        const struct sl_region **v = ARENA_ARRAY(&l->ld->arena, const struct sl_region *, n);
        for (size_t i = 0; i < l->n_region_of; i++) {
            v[i] = l->region_of[i];
        }
        l->region_of = v;
        l->n_region_of = n;
    }
    l->region_of[os->idx] = r;
}

bool ld_script_same_region(const struct ld *ld, const struct ld_osec *a, const struct ld_osec *b)
{
    const struct script_layout *l = ld->layout;
    const struct sl_region *ra = a->idx < l->n_region_of ? l->region_of[a->idx] : NULL,
                           *rb = b->idx < l->n_region_of ? l->region_of[b->idx] : NULL;
    return ra == rb;
}

/* Does the program load anything of what OS was made of? */
static bool has_loaded_input(const struct ld_osec *os)
{
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        uint32_t f = c->file ? c->file->obj.sections[c->sec].flags : SEC_NOBITS;
        if (f & SEC_ALLOC && !(f & SEC_NOBITS)) {
            return true;
        }
    }
    return false;
}

static void place_output(struct script_layout *l, struct script_step *s)
{
    struct ld_osec *os = s->os;
    const struct sc_output *o = s->out;
    apply_type(l, s);
    bool unloaded = !l->hooks->untyped(os) && !(l->hooks->flags(os) & SLF_ALLOC);
    if (unloaded && !o) {
        place_unloaded(l, s);
        return;
    }
    uint64_t moved = 0, addr;
    uint8_t p2;
    struct sl_region *r = region_of(l, s);
    note_region(l, os, r);
    check_described(l, s, r);
    os->align_p2 = align_of(l, os, o);
    const struct sx_value before = l->env.dot;
    l->env.dot.v += l->ahead;
    addr = os->fixed_addr ? sl_va_of(l, os) : start_of(l, s, r, &moved, &p2); /* -Ttext, --section-start */
    p2 = os->fixed_addr ? 0 : p2;
    l->changed |= sl_va_of(l, os) != addr;
    os->addr = addr - l->ld->image_base;
    l->env.dot = address(addr);
    body(l, os, o);
    if (o && o->type == SC_NOALLOC) {
        apply_type(l, s); /* whatever statements would make of it */
    }
    s->kept |= l->kept || (o && o->subalign && l->n_walks == 1 && os->size);
    s->named |= l->named;
    l->last = os;
    set_lma(l, s, r, moved, p2);
    if (!os->size && !s->kept && !s->named) { /* without contents it leaves no trace, its alignment neither */
        l->env.dot = before;
        l->ahead = o && o->addr ? addr - moved - before.v : l->ahead;
        return;
    }
    l->ahead = 0;
    if (l->hooks->flags(os) & SLF_ALLOC) {
        l->current = l->at;
        l->prefer_next = false;
    }
    uint64_t size = is_tbss(l, os) && l->ld->opt.kind != OUT_RELOCATABLE ? 0 : os->size;
    l->env.dot = address(addr + size);
    uint32_t f = l->hooks->flags(os);
    if (f & (SLF_ALLOC | SLF_LOAD) || (unloaded && o->type == SC_NOALLOC && has_loaded_input(os))) {
        struct sl_region *lr = load_region_of(l, s);
        r->cur = addr + size;
        sl_check_region(l, r, os, o && o->addr, addr);
        if (lr && lr != r && (f & SLF_LOAD || (o && o->align_with_input))) {
            lr->cur = addr + os->lma_delta + size;
            sl_check_region(l, lr, os, false, addr + os->lma_delta);
        }
    }
}

/* ---- the walk --------------------------------------------------------------------------------------------------- */

static void start_regions(struct script_layout *l)
{
    for (size_t i = 0; i < l->regions.n; i++) {
        struct sl_region *r = &l->regions.p[i];
        r->origin = r->r->origin ? eval_num(l, r->r->origin) : 0;
        r->length = r->r->length ? eval_num(l, r->r->length) : UINT64_MAX;
        r->cur = r->origin;
        r->last = NULL;
    }
    l->all.cur = l->env.dot.v;
    l->all.last = NULL;
}

static void top_statement(struct script_layout *l, const struct sc_stmt *s)
{
    struct sx_value v;
    l->env.has_dot = s->in_sections;
    const uint64_t at = l->env.dot.v;
    l->env.has_dot |= l->full;
    if (s->kind == SC_ASSIGN && str_is(s->assign.name, ".")) {
        l->env.dot.v += l->ahead;
        l->all.cur = eval_num(l, s->assign.value);
        l->env.dot.v = at;
        if (eval(l, s->assign.value, &v)) {
            l->env.dot = address(v.v);
        }
        l->ahead = l->all.cur - l->env.dot.v;
        l->prefer_next = true;
    } else if (s->kind == SC_ASSIGN) { /* of whatever symbol: what is in no region goes on at '.' */
        l->env.dot.v += l->final ? 0 : l->ahead; /* until the end symbols are what the layout sees */
        set_symbol(l, s);
        l->env.dot.v = at;
        l->all.cur = at + l->ahead;
    } else if (s->kind == SC_ASSERT && l->final) {
        eval(l, s->expr, &v);
    }
}

static bool is_last_of_overlay(const struct script_layout *l, size_t i)
{
    const struct sc_stmt *t = l->steps.p[i].stmt;
    for (i++; i < l->steps.n; i++) {
        if (l->steps.p[i].stmt == t && l->steps.p[i].os) {
            return false;
        }
    }
    return true;
}

/* The sections of an OVERLAY begin where the first one does and are loaded one behind the other; what follows begins
   behind the longest. Orphans may stand between them. */
static void place_in_overlay(struct script_layout *l, size_t i)
{
    struct script_step *s = &l->steps.p[i];
    if (l->overlay_stmt != s->stmt) {
        l->overlay_stmt = s->stmt;
        l->overlay = NULL;
        l->longest = 0;
    }
    place_output(l, s);
    l->overlay = l->overlay ? l->overlay : s->os;
    l->longest = s->os->size > l->longest ? s->os->size : l->longest;
    if (is_last_of_overlay(l, i)) {
        l->env.dot = address(sl_va_of(l, l->overlay) + l->longest);
        region_of(l, s)->cur = l->env.dot.v;
    }
}

/* Without relro: would data that begin at a common page's border take a page less? */
static bool saves_page(const struct script_env *env)
{
    uint64_t page = env->data_common;
    if (!env->seen_data_end || (env->relro && env->seen_relro_end) || !is_pow2(page)) {
        return false;
    }
    uint64_t first = (0 - env->data_align_base) & (page - 1), last = env->data_end & (page - 1);
    return first && last && env->data_align_base / page != env->data_end / page && first + last <= page;
}

static void walk(struct script_layout *l)
{
    l->ahead = 0;
    l->overlay_stmt = NULL;
    if (l->n_walks == 1) {
        share_load_regions(l);
    }
    start_regions(l);
    for (size_t i = 0; i < l->steps.n && !l->failed; i++) {
        l->at = i;
        if (l->steps.p[i].os) {
            l->env.has_dot = true;
            const struct sc_stmt *t = l->steps.p[i].stmt;
            if (t && t->kind == SC_OVERLAY) {
                place_in_overlay(l, i);
            } else {
                place_output(l, &l->steps.p[i]);
            }
        } else if (l->steps.p[i].stmt) {
            const struct sc_stmt *t = l->steps.p[i].stmt;
            top_statement(l, t);
            if (t->kind == SC_ASSIGN) {
                l->steps.p[i].value = str_is(t->assign.name, ".") ? l->env.dot.v : value_of(l, t);
            }
        }
    }
    l->wants_headers |= l->env.seen_headers;
    if (!l->data_adjust && saves_page(&l->env)) {
        l->changed = l->data_adjust = true;
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

bool ld_script_wants_headers(const struct ld *ld)
{
    return ld->layout->wants_headers;
}

static void start_env(struct script_layout *l)
{
    l->env = (struct script_env){.ctx = l, .d = &l->ld->diag, .symbol = q_symbol,
                                 .defined = q_defined, .section = q_section,
                                 .region = q_region, .segment_start = q_segment, .quiet = true};
    l->hooks->env(l->ld, &l->env);
    l->last = NULL;
    l->current = SIZE_MAX;
    l->prefer_next = false;
    l->env.relro_size = l->env.relro ? l->relro_size : 0;
    l->env.data_adjust = l->data_adjust;
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
    sl_note_ends(l);
    start_env(l);
    l->env.quiet = false;
    walk(l);
    sl_check_sections(l);
    return !l->failed && !l->misfits && diag_ok(&ld->diag);
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

/* The end of what lies before OS in memory. */
static uint64_t end_before(const struct script_layout *l, const struct ld_osec *os)
{
    uint64_t end = 0, va = sl_va_of(l, os);
    for (size_t i = 1; i < l->ld->osecs.n; i++) {
        const struct ld_osec *o = l->ld->osecs.p[i];
        uint64_t stop = sl_va_of(l, o) + o->size;
        if (o != os && o->number && l->hooks->flags(o) & SLF_ALLOC && !is_tbss(l, o) && stop <= va && stop > end) {
            end = stop;
        }
    }
    return end ? end : va;
}

/* Where the location counter stands at T, the first statement of those that one INSERT places. Where '.' is moved
   before the first section, that is where the section before ends. */
static struct sx_value counter_at(const struct script_layout *l, const struct sc_stmt *t)
{
    const struct ld_osec *os = NULL;
    bool moved = false;
    for (const struct sc_stmt *u = t; u && u->kind != SC_INSERT && !os; u = u->next) {
        os = u->kind == SC_OUTPUT && !u->out.discard ? osec_of(l, u->out.name) : NULL;
        moved = moved || (u->kind == SC_ASSIGN && str_is(u->assign.name, "."));
    }
    if (os && moved) {
        return address(end_before(l, os));
    }
    for (; t && t->kind != SC_INSERT && !os;) {
        t = t->next;
    }
    if (!os && t) {
        os = osec_of(l, t->insert.where);
        return address(!os ? 0 : sl_va_of(l, os) + (t->insert.before ? 0 : os->size));
    }
    return address(os ? sl_va_of(l, os) : 0);
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
            l->env.dot = address(sl_va_of(l, os) + os->size);
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

bool ld_script_assigns(const struct ld *ld, struct str name)
{
    const struct sl_sym *y = ld->layout ? sl_sym_of(ld->layout, name) : NULL;
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
