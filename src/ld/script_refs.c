/* script_refs.c - NOCROSSREFS, NOCROSSREFS_TO and OVERLAY's NOCROSSREFS: output sections that must not refer
   to each other, for they are never in memory together; and what /DISCARD/ took, to which nothing that is loaded may
   refer. Source: GNU ld manual, 3.4.5, 3.6.7 and 3.6.9. */
#include "ld/script_engine.h"
#include "obj/reloc.h"

static bool listed(const struct script *s, const struct sc_nocross *l, struct str name, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to && i < l->n; i++) {
        if (str_eq(s->nocrossrefs.p[l->first + i], name)) {
            return true;
        }
    }
    return false;
}

/* Does list L forbid a reference from FROM to TO? */
static bool forbids(const struct script *s, const struct sc_nocross *l, struct str from, struct str to)
{
    if (str_eq(from, to)) {
        return false;
    }
    return l->to_first ? listed(s, l, to, 0, 1) && listed(s, l, from, 1, l->n)
                       : listed(s, l, to, 0, l->n) && listed(s, l, from, 0, l->n);
}

static const struct ld_osec *target(const struct ld *ld, const struct ld_file *f, uint32_t sym)
{
    const struct ld_chunk *c = NULL;
    if (sym >= f->n_syms) {
        return NULL;
    }
    if (f->ids[sym] != LD_NO_SYM) {
        c = ld_sym_chunk(ld, f->ids[sym]);
    } else if (!sec_is_special(f->syms[sym].sec) && f->syms[sym].sec != SEC_UNDEF) {
        c = &f->chunks[f->syms[sym].sec];
    }
    c = c ? ld_chunk_kept(c) : NULL;
    return c && c->flags & LDC_LIVE && c->osec ? ld->osecs.p[c->osec] : NULL;
}

static void check(struct ld *ld, struct ld_file *f, struct ld_chunk *c, const struct reloc *r, size_t n)
{
    const struct ld_osec *from = c->osec ? ld->osecs.p[c->osec] : NULL;
    for (size_t i = 0; from && i < n; i++) {
        const struct ld_osec *to = target(ld, f, r[i].sym);
        bool bad = false;
        for (const struct script *s = ld->script; to && to != from && s && !bad; s = s->next) {
            for (size_t k = 0; k < s->nocross_lists.n && !bad; k++) {
                bad = forbids(s, &s->nocross_lists.p[k], from->name, to->name);
            }
        }
        if (bad) {
            ld_error_at(ld, f, c->sec, r[i].off, "prohibited cross reference from %.*s to '%.*s' in %.*s",
                        Q(from->name), Q(f->syms[r[i].sym].name), Q(to->name));
        }
    }
}

/* Unwind tables lose what describes it. */
static bool may_refer(const struct section *s)
{
    return !(s->flags & SEC_ALLOC) || str_starts(s->name, S(".eh_frame")) ||
           str_starts(s->name, S(".gcc_except_table")) ||
           str_starts(s->name, S(".pdata")) || str_starts(s->name, S(".xdata"));
}

static void check_discarded(struct ld *ld, struct ld_file *f, struct ld_chunk *c, const struct reloc *r, size_t n)
{
    const struct section *from = &f->obj.sections[c->sec];
    if (may_refer(from)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t id = r[i].sym < f->n_syms ? f->ids[r[i].sym] : LD_NO_SYM;
        const struct ld_chunk *to = id != LD_NO_SYM ? ld_sym_chunk(ld, id) : NULL;
        if (to && !(to->flags & LDC_LIVE) && to->flags & LDC_DISCARDED && r[i].kind != KIND_NONE) {
            struct str in = to->file ? to->file->obj.sections[to->sec].name : S("COMMON");
            struct str of = to->file ? ld_file_origin(to->file)->name : (struct str){0};
            ld_error_at(ld, f, c->sec, r[i].off, "refers to '%.*s', defined in discarded section '%.*s'%s%.*s",
                        Q(f->syms[r[i].sym].name), Q(in), of.len ? " of " : "", Q(of));
        }
    }
}

bool ld_script_check_refs(struct ld *ld)
{
    bool any = false, discards = (ld->layout && ld->layout->discards) || ld_drops_orphans(ld);
    if (discards && ld->opt.kind != OUT_RELOCATABLE &&
        !(ld_scan_relocs(ld, false, check_discarded) && ld_checkpoint(ld))) {
        return false;
    }
    for (const struct script *s = ld->script; s; s = s->next) {
        any |= s->nocross_lists.n != 0;
    }
    return !any || (ld_scan_relocs(ld, false, check) && ld_checkpoint(ld));
}
