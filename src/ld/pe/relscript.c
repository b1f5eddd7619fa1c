/* relscript.c - linker scripts and -r: which sections are joined under which name, in which order, and symbols.

   Members of COMDATs stay sections of their own, whatever selects them, unless --force-group-allocation says
   otherwise. Addresses mean nothing in an object: sections have none. Source: GNU ld manual, chapter 3 and "-r". */
#include "ld/pe/relocatable.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

static struct rlink *link_of(struct ld *ld)
{
    return pe_of(ld)->rlink;
}

static void hook_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c)
{
    rlink_add(link_of(ld), os, c);
}

static void hook_data(struct ld *ld, struct ld_osec *os, bool first)
{
    (void)first;
    rlink_section(link_of(ld), os);
    os->nobits = false;
    if (!(os->raw_flags & IMAGE_SCN_CNT_CODE)) {
        os->raw_flags |= IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ;
    }
}

static struct ld_chunk *hook_mark(struct ld *ld, const char *name, bool visible)
{
    (void)visible; /* COFF has no hidden symbols */
    return pe_script_mark(ld, name);
}

static struct str hook_made_name(struct ld *ld, const struct ld_osec *os, const struct ld_chunk *c, unsigned nth)
{
    (void)ld;
    (void)c;
    return nth ? (struct str){0} : os->name;
}

static void hook_emptied(struct ld_osec *os)
{
    os->raw_flags = 0;
    os->nobits = true;
}

static bool hook_untyped(const struct ld_osec *os)
{
    return os->raw_flags == 0;
}

static uint32_t hook_flags(const struct ld_osec *os)
{
    uint64_t f = os->raw_flags;
    if (!f) {
        return 0;
    }
    bool loaded = !(f & (IMAGE_SCN_MEM_DISCARDABLE | IMAGE_SCN_LNK_INFO | IMAGE_SCN_LNK_REMOVE));
    return (loaded ? SLF_ALLOC : SLF_DEBUG) | (f & IMAGE_SCN_MEM_EXECUTE ? SLF_CODE : 0u) |
           (f & IMAGE_SCN_MEM_WRITE ? 0u : SLF_READONLY) |
           (os->nobits ? 0u : SLF_CONTENTS | (loaded ? SLF_LOAD : 0u));
}

static bool hook_writable(uint64_t raw_flags)
{
    return (raw_flags & IMAGE_SCN_MEM_WRITE) != 0;
}

static void hook_entry(struct ld *ld, struct str name) /* the last link's business */
{
    (void)ld;
    (void)name;
}

static bool hook_segment(const struct ld *ld, struct str name, uint64_t *v)
{
    (void)ld;
    (void)name;
    (void)v;
    return false;
}

static void hook_env(const struct ld *ld, struct script_env *env)
{
    env->max_page = env->common_page = pe_of(ld)->section_align;
}

static uint64_t hook_section_align(const struct ld *ld)
{
    (void)ld;
    return 1;
}

static const struct script_hooks hooks = {
    .add = hook_add, .data = hook_data, .mark = hook_mark, .made_name = hook_made_name, .emptied = hook_emptied,
    .untyped = hook_untyped, .flags = hook_flags, .writable = hook_writable, .entry = hook_entry,
    .segment = hook_segment, .constant = pe_script_constant, .env = hook_env, .section_align = hook_section_align,
    .constants = ".rdata"};

bool rlink_script_start(struct rlink *r)
{
    return ld_script_start(r->ld, &hooks);
}

void rlink_script_select(struct rlink *r)
{
    if (ld_script_full(r->ld)) {
        ld_script_assign(r->ld);
    } else if (r->ld->layout) {
        ld_script_insert(r->ld);
    }
}

/* ---- order ------------------------------------------------------------------------------------------- */

/* Sections of symbols only are there for these. */
static void take(struct rlink *r, struct ld_osec *os)
{
    struct rout *o = os->idx < r->by_idx.n ? r->by_idx.p[os->idx] : NULL;
    if (!o) {
        return;
    }
    if (!os->raw_flags) {
        os->raw_flags = IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE;
    }
    vec_push(&r->out, o);
}

static void take_all(struct rlink *r)
{
    size_t n;
    if (ld_script_full(r->ld)) {
        const struct script_step *steps = ld_script_steps(r->ld, &n);
        for (size_t i = 0; i < n; i++) {
            if (steps[i].os) {
                take(r, steps[i].os);
            }
        }
        return;
    }
    for (size_t i = 1; i < r->ld->osecs.n; i++) {
        take(r, r->ld->osecs.p[i]);
    }
}

static struct rout *named(const struct rlink *r, struct str name)
{
    uint32_t i = strmap_get(&r->ld->osec_by_name, name);
    return i == STRMAP_NONE || i >= r->by_idx.n ? NULL : r->by_idx.p[i];
}

static void move_beside(struct rlink *r, struct rout *o, const struct rout *anchor, bool before)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < r->out.n; i++) {
        if (r->out.p[i] != o) {
            r->out.p[n++] = r->out.p[i];
            at = r->out.p[i] == anchor ? n - before : at;
        }
    }
    for (size_t i = n; i > at; i--) {
        r->out.p[i] = r->out.p[i - 1];
    }
    r->out.p[at] = o;
}

/* INSERT: the descriptions before it go beside the section it names. */
static void insert(struct rlink *r, const struct script *s)
{
    const struct sc_stmt *from = s->stmts.first;
    for (const struct sc_stmt *t = from; s->has_insert && t; t = t->next) {
        const struct rout *anchor = t->kind == SC_INSERT ? named(r, t->insert.where) : NULL;
        for (; t->kind == SC_INSERT && from != t; from = from->next) {
            struct rout *o = from->kind == SC_OUTPUT ? named(r, from->out.name) : NULL;
            if (anchor && o && o != anchor) {
                move_beside(r, o, anchor, t->insert.before);
                anchor = t->insert.before ? anchor : o;
            }
        }
    }
}

static bool lay_out(struct rlink *r)
{
    struct ld *ld = r->ld;
    bool full = ld_script_full(ld);
    if (full && (!ld_script_walk(ld) || !ld_script_check(ld))) {
        return false;
    }
    take_all(r);
    for (const struct script *s = ld->script; s && !full; s = s->next) {
        insert(r, s);
    }
    for (size_t i = 0; i < r->out.n; i++) {
        r->out.p[i]->os->number = (uint32_t)i + 1;
        if (!r->out.p[i]->os->scripted) {
            ld_layout_osec(r->out.p[i]->os);
        }
    }
    if (ld->layout && !full) {
        ld_script_inserted(ld);
    }
    return full || ld_script_assignments(ld);
}

bool rlink_script_place(struct rlink *r)
{
    struct ld *ld = r->ld;
    if (ld_script_full(ld)) {
        ld_script_orphans(ld);
    }
    ld_script_symbols(ld);
    if (!lay_out(r) || !ld_script_check_refs(ld)) {
        return false;
    }
    VEC(struct ld_osec *) order = {0};
    for (size_t i = 0; i < r->out.n; i++) {
        vec_push(&order, r->out.p[i]->os);
    }
    ld_script_place_symbols(ld, order.p, order.n);
    vec_free(&order);
    return true;
}
