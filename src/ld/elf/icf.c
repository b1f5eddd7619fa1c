/* icf.c - what identical code folding needs to know of ELF: which sections may be folded, which references
   another module may rebind, and the unwinding records of a function. */
#include "ld/elf/elf_ld.h"

static bool is_named(struct str name, struct str prefix)
{
    return str_starts(name, prefix) && (name.len == prefix.len || name.p[prefix.len] == '.');
}

enum icf_kind elf_icf_kind(struct ld *ld, const struct ld_chunk *c, uint64_t *place)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    const struct elf_link *e = elf_of_ld(ld);
    struct str to = elf_output_name(ld, s);
    if (!(s->raw_flags & SHF_ALLOC) || s->raw_type != SHT_PROGBITS || s->raw_flags & SHF_LINK_ORDER ||
        elf_file(c->file)->eh_bad) {
        return ICF_IS_FIXED;
    }
    *place = ld->layout ? c->off : 0; /* a script's input description; below: which output section */
    if (s->raw_flags & SHF_WRITE) { /* what is written only by the loader is as good as constant */
        *place = *place << 3 | 3;
        return is_named(s->name, S(".data.rel.ro")) ? ICF_IS_DATA : ICF_IS_FIXED;
    }
    if (s->raw_flags & SHF_EXECINSTR) {
        bool text = is_named(s->name, S(".text")) || is_named(s->name, S(".gnu.linkonce.t"));
        *place <<= 3;
        return text && (!e->z.keep_text_prefix || str_is(to, ".text")) ? ICF_IS_CODE : ICF_IS_FIXED;
    }
    *place = *place << 3 | 1;
    if (is_named(s->name, S(".rodata")) || is_named(s->name, S(".gnu.linkonce.r"))) {
        return ICF_IS_DATA;
    }
    *place += 1;
    return is_named(s->name, S(".gcc_except_table")) ? ICF_IS_DATA : ICF_IS_FIXED;
}

bool elf_icf_bound(const struct ld *ld, uint32_t id)
{
    const struct ld_sym *g = ld_sym(ld, id);
    if (g->rank < RANK_WEAK) {
        return true;
    }
    return ld_has(ld, id, LDS_EXPORT) && elf_is_replaceable(ld, id, &ld_file(ld, g->file)->syms[g->sym]);
}

/* The FDEs of a function, from behind the words that say where they lie, and their CIEs. */
void elf_icf_extra(struct ld *ld, const struct ld_chunk *c, icf_add_fn add, void *ctx)
{
    struct ld_file *f = c->file;
    const struct elf_file *ef = elf_file(f);
    (void)ld;
    for (uint32_t i = ef->eh_by_sec ? ef->eh_by_sec[c->sec] : 0;
         ef->eh_by_sec && i < ef->eh_by_sec[c->sec + 1]; i++) {
        const struct elf_fde *d = &ef->fdes[ef->eh_order[i]], *cie = &ef->fdes[d->cie];
        const uint8_t *bytes = f->obj.sections[d->sec].data.p;
        add(ctx, bytes + d->off + 8, d->len - 8, ef->eh_rels + d->rel, d->n_rels, d->off);
        add(ctx, bytes + cie->off, cie->len, ef->eh_rels + cie->rel, cie->n_rels, cie->off);
    }
}
