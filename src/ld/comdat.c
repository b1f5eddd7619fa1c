/* comdat.c - COFF's COMDAT selections beyond "any": the largest of several, and duplicates that must
   be alike.

   resolve.c elects the first definition of each name; LARGEST corrects that before anything is
   discarded, the comparisons come when the winner's symbol is known. gcc writes SAME_SIZE for data
   where clang writes ANY: such a pair is not worth a word. Source: PE format, "COMDAT Sections
   (Object Only)"; spec pe-ld 2.4. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ld/ld.h"

/* The section that stands for COMDAT K: its leader's. */
static uint32_t leader_sec(const struct ld_file *f, uint32_t k)
{
    const struct comdat *c = &f->obj.comdats[k];
    uint32_t sec = c->sym < f->n_syms ? f->syms[c->sym].sec : SEC_UNDEF;
    if (sec == SEC_UNDEF || sec_is_special(sec)) {
        sec = c->n_members ? c->members[0] : 0;
    }
    return sec;
}

/* ---- LARGEST -------------------------------------------------------------------------------------- */

/* What a batch of files knows of the COMDATs of its own files. */
struct largest {
    struct ld *ld;
    uint32_t *own;     /* by id: index + 1 among the COMDATs of the file that owns the name */
};

/* The COMDAT by which OWNER holds the name ID, or UINT32_MAX. */
static uint32_t owned_comdat(const struct largest *l, const struct ld_file *owner, uint32_t id)
{
    const struct ld_sym *g = ld_sym(l->ld, id);
    if (l->own[id]) {
        return l->own[id] - 1;
    }
    if (g->rank != RANK_COMDAT || g->file != owner->idx) {
        return UINT32_MAX;
    }
    return owner->obj.sections[owner->syms[g->sym].sec].comdat - 1;
}

/* COMDAT K of an earlier file loses its name: its sections go, and its symbols are references now. */
static void displace(struct ld *ld, struct ld_file *f, uint32_t k)
{
    const struct comdat *c = &f->obj.comdats[k];
    for (uint32_t m = 0; m < c->n_members; m++) {
        struct ld_chunk *ch = &f->chunks[c->members[m]];
        ch->flags = (ch->flags & ~(uint32_t)LDC_LIVE) | LDC_DISCARDED;
    }
    ld_discard_associated(f);
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i], sec = f->syms[i].sec;
        if (id != LD_NO_SYM && sec != SEC_UNDEF && !sec_is_special(sec) &&
            f->chunks[sec].flags & LDC_DISCARDED && ld_sym(ld, id)->file == f->idx &&
            ld_sym(ld, id)->sym == i && ld_sym(ld, id)->rank == RANK_COMDAT) {
            ld_sym(ld, id)->rank = RANK_UNDEF;
        }
    }
}

static void elect_one(struct largest *l, struct ld_file *f, uint32_t k, uint32_t first_idx)
{
    struct ld *ld = l->ld;
    uint32_t id = f->comdat_ids[k], owner_idx = ~ld->tab.comdat[id];
    struct ld_file *owner = owner_idx == f->idx ? NULL : ld_file(ld, owner_idx);
    uint32_t other = owner ? owned_comdat(l, owner, id) : UINT32_MAX;
    if (other == UINT32_MAX || (f->obj.comdats[k].selection != COMDAT_LARGEST &&
                                owner->obj.comdats[other].selection != COMDAT_LARGEST)) {
        return;
    }
    if (f->chunks[leader_sec(f, k)].size <= owner->chunks[leader_sec(owner, other)].size) {
        return;
    }
    if (owner_idx < first_idx) {
        displace(ld, owner, other);
    }
    ld->tab.comdat[id] = ~f->idx;
    l->own[id] = k + 1;
}

void ld_elect_largest(struct ld *ld, struct ld_file *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ld->any_largest = ld->any_largest || files[i]->has_largest;
        ld->odd_comdats = ld->odd_comdats || files[i]->odd_comdats;
    }
    if (!ld->any_largest || !n) {
        return;
    }
    struct largest l = {ld, xcalloc(ld->tab.cap, sizeof *l.own)};
    for (size_t i = 0; i < n; i++) {
        const struct ld_file *f = files[i];
        for (uint32_t k = 0; k < f->obj.n_comdats; k++) {
            if (f->comdat_ids[k] != LD_NO_SYM && ~ld->tab.comdat[f->comdat_ids[k]] == f->idx) {
                l.own[f->comdat_ids[k]] = k + 1;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < files[i]->obj.n_comdats; k++) {
            if (files[i]->comdat_ids[k] != LD_NO_SYM) {
                elect_one(&l, files[i], k, files[0]->idx);
            }
        }
    }
    free(l.own);
}

/* ---- comparing ------------------------------------------------------------------------------------- */

/* Do two relocations ask for the same? Names with global scope are compared as such, others by the
   section and offset they stand for. */
static bool same_reloc(const struct ld_file *fa, const struct reloc *a, const struct ld_file *fb,
                       const struct reloc *b)
{
    if (a->off != b->off || a->raw_type != b->raw_type || a->addend != b->addend ||
        a->sym >= fa->n_syms || b->sym >= fb->n_syms || fa->ids[a->sym] != fb->ids[b->sym]) {
        return false;
    }
    const struct symbol *sa = &fa->syms[a->sym], *sb = &fb->syms[b->sym];
    if (fa->ids[a->sym] != LD_NO_SYM) {
        return true;
    }
    if (sec_is_special(sa->sec) || sec_is_special(sb->sec)) {
        return sa->sec == sb->sec && sa->value == sb->value;
    }
    return sa->value == sb->value &&
           str_eq(fa->obj.sections[sa->sec].name, fb->obj.sections[sb->sec].name);
}

static bool same_relocs(struct ld_file *fa, uint32_t a, struct ld_file *fb, uint32_t b)
{
    struct reloc_iter ia, ib;
    struct reloc va[RELOC_BLOCK], vb[RELOC_BLOCK];
    if (fa->obj.sections[a].n_relocs != fb->obj.sections[b].n_relocs) {
        return false;
    }
    if (!fa->obj.sections[a].n_relocs) {
        return true;
    }
    if (!obj_reloc_start(&fa->obj, a, &ia) || !obj_reloc_start(&fb->obj, b, &ib)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&ia, va)) > 0;) {
        if (obj_reloc_next(&ib, vb) != n) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            if (va[i].sym >= fa->n_syms || vb[i].sym >= fb->n_syms ||
                !same_reloc(fa, &va[i], fb, &vb[i])) {
                return false;
            }
        }
    }
    return true;
}

/* Is what F has under a name that WF won what the selections ask for? NULL, or what is wrong. */
static const char *compare(struct ld_file *wf, uint32_t w, struct ld_file *f, uint32_t k)
{
    uint8_t a = wf->obj.comdats[w].selection, b = f->obj.comdats[k].selection;
    uint32_t sa = leader_sec(wf, w), sb = leader_sec(f, k);
    const struct section *x = &wf->obj.sections[sa], *y = &f->obj.sections[sb];
    if (a == COMDAT_NEWEST || b == COMDAT_NEWEST) {
        return "asks for the newest of several; the first is taken";
    }
    if (a == COMDAT_LARGEST || b == COMDAT_LARGEST || a == COMDAT_ANY || b == COMDAT_ANY) {
        return NULL;
    }
    if (x->size != y->size) {
        return "has another size than the first definition";
    }
    if (a == COMDAT_EXACT_MATCH && b == COMDAT_EXACT_MATCH &&
        (x->data.len != y->data.len ||
         (x->data.len && memcmp(x->data.p, y->data.p, (size_t)x->data.len) != 0) ||
         !same_relocs(wf, sa, f, sb))) {
        return "has other contents than the first definition";
    }
    return NULL;
}

/* In A, for this runs in parallel. */
static const char *file_name(struct arena *a, const struct ld_file *f)
{
    struct buf b = {0};
    origin_print(&b, ld_file_origin(f));
    const char *s = arena_strdup(a, (struct str){b.p, b.n});
    buf_free(&b);
    return s;
}

void ld_check_comdat(struct ld *ld, struct ld_file *f, uint32_t k)
{
    uint32_t id = f->comdat_ids[k];
    const struct ld_sym *g = ld_sym(ld, id);
    if (g->rank != RANK_COMDAT || g->file == f->idx) {
        return; /* something stronger has the name: that is reported elsewhere */
    }
    struct ld_file *wf = ld_file(ld, g->file);
    uint32_t w = wf->obj.sections[wf->syms[g->sym].sec].comdat - 1;
    if (w == UINT32_MAX) {
        return;
    }
    const struct comdat *a = &wf->obj.comdats[w], *b = &f->obj.comdats[k];
    if (a->selection == COMDAT_NODUPLICATES || b->selection == COMDAT_NODUPLICATES) {
        if (!ld->opt.allow_multiple_definition) {
            diag_report(&f->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                        "multiple definition of '%s', whose section allows no duplicates; first defined in %s",
                        ld_show(ld, f->obj.arena, b->name), file_name(f->obj.arena, wf));
        }
        return;
    }
    const char *wrong = compare(wf, w, f, k);
    if (wrong) {
        diag_report(&f->diag, SEV_WARNING, ld_file_origin(f), DIAG_NO_OFFSET,
                    "duplicate section '%.*s' %s in %s", Q(f->obj.sections[leader_sec(f, k)].name),
                    wrong, file_name(f->obj.arena, wf));
    }
}
