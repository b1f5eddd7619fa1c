/* script_layout.c - laying out the image as a linker script says: what goes where.

   Before gc each input section is given to the first input description that selects it (KEEP makes it a
   root, /DISCARD/ drops it). Then the statements are walked in order, again and again until no address
   and no symbol moves: an assignment may use what comes later. What no description selects is an orphan
   and goes behind the last section of its kind. Assignments and data inside an output section are chunks
   of it, so that merging and writing need not know of scripts. Source: GNU ld manual, chapter 3. */
#include "ld/script_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"

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
            if (d->keep) {
                vec_push(&l->keep_rest, (uint32_t)i);
            }
            continue;
        }
        for (uint32_t k = 0; d->keep && k < d->n_patterns; k++) {
            strmap_put(&l->keep_by_name, d->patterns[k].name, (uint32_t)i, NULL);
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
        if ((apart && !in->out->discard) || in->out->left_out ||
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

/* ONLY_IF_RO, ONLY_IF_RW: all that OUT would select decides whether it stays, not each section. */
static void decide(struct ld *ld, struct script_layout *l, struct sc_output *out)
{
    bool read_only = true;
    for (size_t k = 2; k < ld->files.n && read_only; k++) {
        struct ld_file *f = ld->files.p[k];
        struct str archive, file;
        if (f->kind != LD_OBJECT || f->bad || f->skip) {
            continue;
        }
        file_names(f, &archive, &file);
        for (uint32_t i = 1; i < f->obj.n_sections && read_only; i++) {
            const struct section *s = &f->obj.sections[i];
            struct sl_in *in = !(f->chunks[i].flags & LDC_LIVE) || !l->hooks->writable(s->raw_flags) ? NULL
                               : select_in(l, archive, file, s->name, s->raw_flags, false);
            read_only = !in || in->out != out;
        }
    }
    out->left_out = read_only != (out->constraint == SC_ONLY_IF_RO);
}

static void decide_all(struct ld *ld, struct script_layout *l)
{
    for (struct script *s = ld->script; s; s = s->next) {
        for (struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && t->out.constraint != SC_ANY) {
                decide(ld, l, &t->out);
            }
        }
    }
}

/* Does any description keep the section, IN being the one that selects it (NULL: none)? */
static bool is_kept(const struct script_layout *l, const struct sl_in *in, struct str archive, struct str file,
                    struct str name)
{
    bool kept = (in && in->stmt->in.keep) || strmap_get(&l->keep_by_name, name) != STRMAP_NONE;
    for (size_t k = 0; k < l->keep_rest.n && !kept; k++) {
        kept = script_input_match(&l->ins.p[l->keep_rest.p[k]].stmt->in, archive, file, name) >= 0;
    }
    return kept;
}

static void select_all(struct ld *ld, struct script_layout *l)
{
    bool drops = ld_drops_orphans(ld) && ld_script_full(ld);
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
            if (in ? in->out->discard : drops && c->flags & LDC_LIVE) {
                l->discards = true;
                c->flags &= ~(uint32_t)LDC_LIVE;
                c->flags |= LDC_DISCARDED;
                continue;
            }
            if (c->flags & LDC_LIVE && is_kept(l, in, archive, file, s->name)) {
                c->flags |= LDC_ROOT | LDC_KEPT;
            }
            if (in) {
                vec_push(&in->chunks, c);
            }
        }
    }
}

/* ---- symbols ------------------------------------------------------------------------------------------------ */

struct sl_sym *sl_sym_of(const struct script_layout *l, struct str name)
{
    uint32_t i = strmap_get(&l->sym_by_name, name);
    return i == STRMAP_NONE ? NULL : &l->syms.p[i];
}

static bool is_provide(const struct sc_stmt *s)
{
    return s->assign.provide == SC_PROVIDE || s->assign.provide == SC_PROVIDE_HIDDEN;
}

/* Notes the symbols that E names: what PROVIDE offers may be wanted by the script alone. */
static void note_names(struct script_layout *l, const struct sx *e, unsigned depth)
{
    if (!e || !depth) {
        return;
    }
    if (e->op == SX_SYM && strmap_get(&l->mentioned, e->name) == STRMAP_NONE) {
        strmap_put(&l->mentioned, e->name, 0, NULL);
        l->more_names = true;
    }
    note_names(l, e->a, depth - 1);
    note_names(l, e->b, depth - 1);
    note_names(l, e->c, depth - 1);
}

/* An unused PROVIDE wants nothing. */
static void note_list(struct ld *ld, struct script_layout *l, const struct sc_stmt *s)
{
    for (; s; s = s->next) {
        if (s->kind == SC_ASSIGN) {
            uint32_t id = is_provide(s) ? ld_lookup(ld, s->assign.name) : LD_NO_SYM;
            bool used = !is_provide(s) || strmap_get(&l->mentioned, s->assign.name) != STRMAP_NONE ||
                        (id != LD_NO_SYM && ld_has(ld, id, LDS_REF));
            note_names(l, used ? s->assign.value : NULL, PLACE_DEPTH);
        } else if (s->kind == SC_ASSERT) {
            note_names(l, s->expr, PLACE_DEPTH);
        } else if (s->kind == SC_DATA) {
            note_names(l, s->data.value, PLACE_DEPTH);
        } else if (s->kind == SC_OUTPUT) {
            note_names(l, s->out.addr, PLACE_DEPTH);
            note_names(l, s->out.at, PLACE_DEPTH);
            note_names(l, s->out.align, PLACE_DEPTH);
            note_list(ld, l, s->out.body.first);
        } else if (s->kind == SC_OVERLAY) {
            note_names(l, s->overlay.addr, PLACE_DEPTH);
            note_names(l, s->overlay.at, PLACE_DEPTH);
            note_list(ld, l, s->overlay.sections.first);
        }
    }
}

/* NAME = DEFINED(NAME) ? NAME : what is not asked for if --defsym has said it. */
static bool has_default(const struct sc_stmt *s)
{
    const struct sx *e = s->assign.value;
    return e->op == SX_COND && e->a->op == SX_DEFINED && str_eq(e->a->name, s->assign.name) && e->b->op == SX_SYM &&
           str_eq(e->b->name, s->assign.name);
}

/* Does the script want what PROVIDE offers as NAME? Not if it assigns NAME itself: only what objects refer to is
   provided before that. */
static bool is_wanted(const struct ld *ld, const struct script_layout *l, struct str name, uint32_t id)
{
    bool own = strmap_get(&l->plain, name) != STRMAP_NONE;
    return (!own && strmap_get(&l->mentioned, name) != STRMAP_NONE) ||
           (id != LD_NO_SYM && ld_sym(ld, id)->rank != RANK_NONE &&
            (ld_has(ld, id, LDS_REF) || ld_sym(ld, id)->rank == RANK_UNDEF_WEAK));
}

static void define_one(struct ld *ld, struct script_layout *l, const struct sc_stmt *s)
{
    struct str name = s->assign.name;
    struct sl_sym *known = sl_sym_of(l, name);
    if (str_is(name, ".") || (known && (known->mark || is_provide(s)))) {
        return;
    }
    uint32_t id = ld_lookup(ld, name);
    bool provide = is_provide(s) || (id != LD_NO_SYM && ld_sym(ld, id)->file == 1 && has_default(s));
    struct sl_sym y = {.name = name};
    bool defined = id != LD_NO_SYM && ld_sym(ld, id)->rank > RANK_SHARED;
    if (!provide || (is_wanted(ld, l, name, id) && !defined)) {
        if (defined && ld_sym(ld, id)->file != 1) {
            struct ld_sym was = *ld_sym(ld, id);
            ld_sym(ld, id)->rank = RANK_NONE; /* the script's word is final */
            y.in_object = true;
            y.was = was;
        }
        bool visible = s->assign.provide == SC_PLAIN || s->assign.provide == SC_PROVIDE;
        y.mark = l->hooks->mark(ld, arena_strdup(&ld->arena, name), visible);
        y.provider = is_provide(s) ? s : NULL;
    }
    if (known) {
        *known = y;
        return;
    }
    strmap_put(&l->sym_by_name, name, (uint32_t)l->syms.n, NULL);
    vec_push(&l->syms, y);
}

static void note_plain(struct script_layout *l, const struct sc_stmt *s)
{
    for (; s; s = s->next) {
        if (s->kind == SC_ASSIGN && !is_provide(s)) {
            strmap_put(&l->plain, s->assign.name, 0, NULL);
        } else if (s->kind == SC_OUTPUT) {
            note_plain(l, s->out.body.first);
        } else if (s->kind == SC_OVERLAY) {
            note_plain(l, s->overlay.sections.first);
        }
    }
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

void ld_script_symbols(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    do {
        if (l) {
            l->more_names = false;
        }
        for (const struct script *s = l ? ld->script : NULL; s; s = s->next) {
            note_list(ld, l, s->stmts.first);
        }
    } while (l && l->more_names);
    for (const struct script *s = l ? ld->script : NULL; s; s = s->next) {
        note_plain(l, s->stmts.first);
    }
    for (const struct script *s = l ? ld->script : NULL; s; s = s->next) {
        define_list(ld, l, s->stmts.first, false);
    }
    for (size_t i = 0; l && i < l->syms.n; i++) {
        struct sl_sym *y = &l->syms.p[i];
        if (y->mark && !sl_may_be_place(l, y->name)) {
            ld_need(ld, ld_lookup(ld, y->name), LDS_ABS);
        }
    }
}

/* ---- start ------------------------------------------------------------------------------------------------ */

/* REGION_ALIAS: of regions that there are. */
static bool check_aliases(struct ld *ld, const struct script_layout *l)
{
    bool ok = true;
    for (const struct script *s = ld->script; s; s = s->next) {
        for (size_t i = 0; i + 1 < s->region_aliases.n; i += 2) {
            bool known = false;
            for (size_t k = 0; k < l->regions.n; k++) {
                known |= str_eq(l->regions.p[k].r->name, s->region_aliases.p[i + 1]);
            }
            bool twice = false;
            for (size_t k = 0; k + 1 < i; k += 2) {
                known |= str_eq(s->region_aliases.p[k], s->region_aliases.p[i + 1]);
                twice |= str_eq(s->region_aliases.p[k], s->region_aliases.p[i]);
            }
            for (size_t k = 0; k < l->regions.n; k++) {
                twice |= str_eq(l->regions.p[k].r->name, s->region_aliases.p[i]);
            }
            if (twice) {
                ok = diag_error(&ld->diag, "%s: redefinition of memory region alias '%.*s'", s->path,
                                Q(s->region_aliases.p[i]));
            }
            if (!known) {
                ok = diag_error(&ld->diag, "%s: memory region '%.*s' for alias '%.*s' does not exist", s->path,
                                Q(s->region_aliases.p[i + 1]), Q(s->region_aliases.p[i]));
            }
        }
    }
    return ok;
}

static bool is_described(const struct ld *ld, struct str name)
{
    for (const struct script *s = ld->script; s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && str_eq(t->out.name, name)) {
                return true;
            }
        }
    }
    return false;
}

/* INSERT: beside a section that a script or the default layout describes. */
static bool check_inserts(struct ld *ld)
{
    bool ok = true;
    for (const struct script *s = ld->script; s; s = s->next) {
        for (const struct sc_stmt *t = s->has_insert ? s->stmts.first : NULL; t; t = t->next) {
            if (t->kind == SC_INSERT && !is_described(ld, t->insert.where) &&
                (ld->layout->full || !ld_default_describes(ld, t->insert.where))) {
                ok = script_error(&ld->diag, t->script->text, t->script->path, t->pos, "%.*s not found for insert",
                                  Q(t->insert.where));
            }
        }
    }
    return ok;
}

/* SECTIONS without INSERT place everything; so does MEMORY alone, by the regions' attributes. */
static bool places_all(const struct ld *ld)
{
    bool sections = false, insert = false, memory = false;
    for (const struct script *s = ld->script; s; s = s->next) {
        sections |= s->has_sections && !s->has_insert;
        insert |= s->has_insert;
        memory |= s->regions.n != 0;
    }
    return sections || (memory && !insert);
}

static void add_region(struct script_layout *l, struct str name)
{
    if (!name.len || sl_find_region(l, name)) {
        return;
    }
    struct sc_region *r = ARENA_NEW(&l->ld->arena, struct sc_region);
    *r = (struct sc_region){.name = name, .undeclared = true};
    vec_push(&l->regions, (struct sl_region){.r = r});
}

/* What >REGION names without MEMORY having it: all memory from 0 on. It is warned of later. */
static void add_undeclared(struct script_layout *l, const struct sc_stmt *s)
{
    for (; s; s = s->next) {
        if (s->kind == SC_OUTPUT) {
            add_region(l, s->out.region);
            add_region(l, s->out.lma_region);
        } else if (s->kind == SC_OVERLAY) {
            add_region(l, s->overlay.region);
            add_region(l, s->overlay.lma_region);
        }
    }
}

bool ld_script_start(struct ld *ld, const struct script_hooks *hooks)
{
    if (!ld->script) {
        return true;
    }
    struct script_layout *l = ARENA_NEW(&ld->arena, struct script_layout);
    l->ld = ld;
    l->hooks = hooks;
    l->full = places_all(ld);
    ld->layout = l;
    for (struct script *s = ld->script; s; s = s->next) {
        if (s->entry.len) {
            hooks->entry(ld, s->entry);
        }
        add_ins(l, s->stmts.first);
        for (size_t i = 0; i < s->regions.n; i++) {
            vec_push(&l->regions, (struct sl_region){.r = &s->regions.p[i]});
        }
    }
    for (const struct script *s = ld->script; l->full && s; s = s->next) {
        add_undeclared(l, s->stmts.first);
    }
    if (!check_aliases(ld, l) || !check_inserts(ld)) {
        return false;
    }
    if (l->ins.n) {
        index_ins(l);
        decide_all(ld, l);
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
        strmap_free(&l->keep_by_name);
        vec_free(&l->keep_rest);
        vec_free(&l->syms);
        vec_free(&l->regions);
        vec_free(&l->assigns);
        vec_free(&l->steps);
        vec_free(&l->list);
        vec_free(&l->listed);
        vec_free(&l->step_of);
        strmap_free(&l->sym_by_name);
        strmap_free(&l->mentioned);
        strmap_free(&l->plain);
        strmap_free(&l->undeclared);
        strmap_free(&l->spoken);
        strmap_free(&l->described);
    }
}

/* ---- output sections ------------------------------------------------------------------------------------------ */

static struct str in_name(const struct ld_chunk *c)
{
    return c->file->obj.sections[c->sec].name;
}

/* The number behind the last dot; those of .ctors run the other way. -1: none. */
static int64_t priority(struct str n)
{
    size_t dot = str_rfind(n, '.');
    uint64_t v;
    if (dot == SIZE_MAX || dot == 0 || !str_u64(str_skip(n, dot + 1), 10, &v) || v > INT32_MAX) {
        return -1;
    }
    bool ctors = dot == 6 && (str_starts(n, S(".ctors")) || str_starts(n, S(".dtors")));
    return ctors ? 65535 - (int64_t)v : (int64_t)v;
}

static int compare(enum sort_kind k, const struct ld_chunk *a, const struct ld_chunk *b)
{
    switch (k) {
    case SORT_NAME: return str_cmp(in_name(a), in_name(b));
    case SORT_ALIGNMENT: return (a->align_p2 < b->align_p2) - (a->align_p2 > b->align_p2);
    case SORT_INIT_PRIORITY: {
        int64_t x = priority(in_name(a)), y = priority(in_name(b));
        return x < 0 || y < 0 || x == y ? str_cmp(in_name(a), in_name(b)) : x < y ? -1 : 1;
    }
    default: return 0;
    }
}

struct sorting {
    enum sort_kind sort, sort2;
    bool reverse;
};

/* How what PT selects is sorted. --sort-section sorts wildcards that say nothing, and is the second key of those
   that sort by one. */
static struct sorting sorting_of(const struct ld *ld, const struct sc_pattern *pt)
{
    const char *how = ld->opt.sort_section;
    enum sort_kind k = !how ? SORT_NONE : how[0] == 'a' ? SORT_ALIGNMENT : how[1] == 'a' ? SORT_NAME : SORT_NONE;
    struct sorting s = {pt->sort == SORT_DISABLED ? SORT_NONE : pt->sort, pt->sort2, pt->reverse};
    if (k != SORT_NONE && pt->sort == SORT_NONE && str_has_glob(pt->name)) {
        s.sort = k;
    } else if (k != SORT_NONE && pt->sort2 == SORT_NONE && k != s.sort &&
               (s.sort == SORT_NAME || s.sort == SORT_ALIGNMENT)) {
        s.sort2 = k;
    }
    return s;
}

/* Archives by their names, their members by theirs. */
static int compare_files(const struct ld_chunk *a, const struct ld_chunk *b)
{
    struct str aa, af, ba, bf;
    file_names(a->file, &aa, &af);
    file_names(b->file, &ba, &bf);
    int r = str_cmp(aa.len ? aa : af, ba.len ? ba : bf);
    return r || !(aa.len || ba.len) ? r : str_cmp(af, bf);
}

/* A before B? */
static bool comes_first(const struct sc_input *d, struct sorting s, const struct ld_chunk *a, const struct ld_chunk *b)
{
    int r = d->file_sort == SORT_NAME ? compare_files(a, b) : 0;
    if (!r && s.sort != SORT_NONE) {
        r = compare(s.sort, a, b);
        r = r ? r : compare(s.sort2, a, b);
        r = s.reverse ? -r : r;
    }
    return r < 0;
}

/* Patterns that are sorted in different ways: as GNU ld does it, a binary tree into which each section goes once for
   each pattern that selects it, by that pattern's order. What is not sorted goes to its right end. */
struct sort_node {
    struct ld_chunk *c;
    uint32_t left, right;      /* 1 + index, 0 none */
};

static uint32_t *descend(const struct sc_input *d, struct sorting s, const struct ld_chunk *c, struct sort_node *v,
                         uint32_t *root)
{
    while (*root) {
        struct sort_node *n = &v[*root - 1];
        root = comes_first(d, s, c, n->c) ? &n->left : &n->right;
    }
    return root;
}

/* In order, each one where it comes first. DONE: by place, which ones are out. */
static void in_order(const struct sort_node *v, uint32_t root, struct ld_chunk **out, uint8_t *done, uint32_t n)
{
    uint32_t *stack = xmalloc((n + 1) * sizeof *stack), depth = 0;
    size_t k = 0;
    for (uint32_t at = root; at || depth;) {
        for (; at; at = v[at - 1].left) {
            stack[depth++] = at;
        }
        at = stack[--depth];
        if (!done[v[at - 1].c->off]) {
            done[v[at - 1].c->off] = 1;
            out[k++] = v[at - 1].c;
        }
        at = v[at - 1].right;
    }
    free(stack);
}

static void insert_in(const struct ld *ld, struct sl_in *in, size_t n)
{
    const struct sc_input *d = &in->stmt->in;
    struct sc_input one = *d;
    struct sort_node *v = xmalloc((n * d->n_patterns + 1) * sizeof *v);
    uint8_t *done = xcalloc(n, 1);
    uint32_t root = 0, n_nodes = 0, *rightmost = &root;
    one.n_patterns = 1;
    for (size_t i = 0; i < n; i++) {
        struct ld_chunk *c = in->chunks.p[i];
        struct str archive, file;
        file_names(c->file, &archive, &file);
        c->off = i; /* until layout it has no other meaning */
        for (uint32_t k = 0; k < d->n_patterns; k++) {
            struct sorting s = sorting_of(ld, &d->patterns[k]);
            one.patterns = &d->patterns[k];
            if (script_input_match(&one, archive, file, in_name(c)) >= 0) {
                bool end = s.sort == SORT_NONE && d->file_sort != SORT_NAME;
                uint32_t *to = end ? rightmost : descend(d, s, c, v, &root);
                v[n_nodes] = (struct sort_node){c, 0, 0};
                *to = ++n_nodes;
                rightmost = to == rightmost ? &v[n_nodes - 1].right : rightmost;
            }
        }
    }
    in_order(v, root, in->chunks.p, done, n_nodes);
    free(v);
    free(done);
}

/* A merge sort: equal elements stay in order. */
static void merge_sort(const struct sc_input *d, struct sorting s, struct ld_chunk **all, size_t n)
{
    struct ld_chunk **from = all, **to = xmalloc(n * sizeof *to);
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n, hi = mid + run < n ? mid + run : n, a = lo, b = mid;
            for (size_t k = lo; k < hi; k++) {
                bool left = a < mid && (b >= hi || !comes_first(d, s, from[b], from[a]));
                to[k] = left ? from[a++] : from[b++];
            }
        }
        struct ld_chunk **t = from;
        from = to;
        to = t;
    }
    if (from != all) {
        memcpy(all, from, n * sizeof *from);
        to = from;
    }
    free(to);
}

static void sort_in(const struct ld *ld, struct sl_in *in)
{
    const struct sc_input *d = &in->stmt->in;
    struct sorting first = d->n_patterns ? sorting_of(ld, &d->patterns[0]) : (struct sorting){0};
    bool same = true;
    for (uint32_t i = 1; i < d->n_patterns; i++) {
        struct sorting s = sorting_of(ld, &d->patterns[i]);
        same = same && s.sort == first.sort && s.sort2 == first.sort2 && s.reverse == first.reverse;
    }
    size_t n = 0; /* what the linker makes stays at the end */
    while (n < in->chunks.n && in->chunks.p[n]->file) {
        n++;
    }
    if (n < 2) {
        return;
    }
    if (!same) {
        insert_in(ld, in, n);
    } else if (first.sort != SORT_NONE || d->file_sort == SORT_NAME) {
        merge_sort(d, first, in->chunks.p, n);
    }
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
    static const struct ld_chunk_ops fill = {"*fill*", write_mark}, data = {"data", write_mark};
    struct sl_mark *m = ARENA_NEW(&ld->arena, struct sl_mark);
    m->stmt = s;
    struct ld_chunk *c = ld_new_chunk(ld, s->kind == SC_DATA || s->kind == SC_ASCIZ ? &data : &fill, 0, 0, m);
    ld->layout->hooks->add(ld, os, c);
}

bool sl_is_mark(const struct ld_chunk *c)
{
    return c->ops && c->ops->write == write_mark;
}

void sl_list(struct script_layout *l, struct ld_osec *os)
{
    while (l->listed.n <= os->idx) {
        vec_push(&l->listed, 0);
    }
    if (!l->listed.p[os->idx]) {
        l->listed.p[os->idx] = 1;
        vec_push(&l->list, os);
    }
}

static const struct sc_output *description(const struct ld *ld, struct str name)
{
    for (const struct script *s = ld->script; s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && str_eq(t->out.name, name) && !t->out.discard && !t->out.left_out) {
                return &t->out;
            }
        }
    }
    return NULL;
}

/* Notes the output sections whose address E wants: they are there from then on, be nothing in them. */
static void speak(struct script_layout *l, const struct sx *e, unsigned depth)
{
    if (!e || !depth) {
        return;
    }
    if ((e->op == SX_ADDR || e->op == SX_LOADADDR) && strmap_get(&l->spoken, e->name) == STRMAP_NONE) {
        strmap_put(&l->spoken, e->name, 0, NULL);
        const struct sc_output *o = l->full ? description(l->ld, e->name) : NULL;
        if (o) {
            sl_list(l, ld_osec(l->ld, e->name));
            speak(l, o->addr, depth - 1);
            speak(l, o->at, depth - 1);
        }
    }
    speak(l, e->a, depth - 1);
    speak(l, e->b, depth - 1);
    speak(l, e->c, depth - 1);
}

static void speak_statement(struct script_layout *l, const struct sc_stmt *s)
{
    speak(l, s->kind == SC_ASSIGN   ? s->assign.value
             : s->kind == SC_ASSERT ? s->expr
             : s->kind == SC_DATA   ? s->data.value : NULL, PLACE_DEPTH);
}

/* Something is in OS. */
static void make_section(struct script_layout *l, struct ld_osec *os, const struct sc_output *o)
{
    if (l->listed.n <= os->idx || !l->listed.p[os->idx]) {
        sl_list(l, os);
        speak(l, o->addr, PLACE_DEPTH);
        speak(l, o->at, PLACE_DEPTH);
    }
}

static void fill_output(struct ld *ld, struct script_layout *l, const struct sc_output *o, size_t *next)
{
    bool first = true;
    strmap_put(&l->described, o->name, 0, &first);
    bool same = first || !l->full || !l->hooks->another;
    struct ld_osec *os = same ? ld_osec(ld, o->name) : l->hooks->another(ld, o->name);
    size_t before = os->chunks.n;
    for (const struct sc_stmt *b = o->body.first; b; b = b->next) {
        if (b->kind == SC_CONSTRUCTORS) { /* ELF and PE have them as sections */
            continue;
        }
        if (b->kind != SC_INPUT) {
            bool fresh = os->chunks.n == 0 && strmap_get(&l->spoken, o->name) == STRMAP_NONE;
            make_section(l, os, o);
            speak_statement(l, b);
            if (b->kind == SC_DATA || b->kind == SC_ASCIZ) {
                l->hooks->data(ld, os, fresh);
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
                make_section(l, os, o);
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
            return in;
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
            if (in && !in->out->discard && str_is(os->name, ".comment") && !str_is(in->out->name, ".comment")) {
                in = NULL; /* what we say of ourselves is no part of a program that takes all sections */
            }
            if (in && in->out->discard && l->hooks->may_discard && l->hooks->may_discard(ld, c)) {
                c->flags = (c->flags & ~(uint32_t)LDC_LIVE) | LDC_DISCARDED;
                l->discards = true;
            } else if (in && !in->out->discard) {
                ld_note_origin(c, os->raw_type, (uint32_t)os->raw_flags);
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
            if (t->kind == SC_OUTPUT && (t->out.discard || t->out.left_out)) {
                skip_inputs(&t->out, &next);
                vec_push(&l->steps, (struct script_step){.stmt = t});
            } else if (t->kind == SC_OUTPUT) {
                fill_output(ld, l, &t->out, &next);
                l->steps.p[l->steps.n - 1].stmt = t;
            } else if (t->kind == SC_OVERLAY) {
                for (const struct sc_stmt *c = t->overlay.sections.first; c; c = c->next) {
                    fill_output(ld, l, &c->out, &next);
                    l->steps.p[l->steps.n - 1].stmt = t;
                }
            } else {
                speak_statement(l, t);
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
    for (size_t i = 0; i < l->steps.n; i++) {
        const struct ld_osec *os = l->steps.p[i].os;
        l->steps.p[i].filled = os && (os->chunks.n || strmap_get(&l->spoken, os->name) != STRMAP_NONE);
    }
}

/* INSERT scripts only name output sections: what they select goes there, and the default order holds. */
void ld_script_insert(struct ld *ld)
{
    struct script_layout *l = ld->layout;
    size_t next = 0;
    for (const struct script *s = ld->script; l && !l->full && s; s = s->next) {
        for (const struct sc_stmt *t = s->stmts.first; t; t = t->next) {
            if (t->kind == SC_OUTPUT && !t->out.discard && !t->out.left_out) {
                fill_output(ld, l, &t->out, &next);
            } else if (t->kind == SC_OUTPUT) {
                skip_inputs(&t->out, &next);
            }
        }
    }
}

