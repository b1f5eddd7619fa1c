/* icf.c - what identical code folding needs to know of Windows objects.

   A function's entry in .pdata and its unwind data in .xdata belong to it: functions fold only if their
   unwind data does, and the entry of a folded function goes (pdata.c). On i386 unwind data lies in
   .eh_frame, which is not taken apart here: files with exception tables keep their code there. */
#include "ld/pe/pe.h"
#include "obj/coff_fmt.h"

static bool has_except_table(const struct ld_file *f)
{
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        if (str_starts(f->obj.sections[s].name, S(".gcc_except_table"))) {
            return true;
        }
    }
    return false;
}

/* Before the pass: ties unwind data to functions. */
void pe_icf_prepare(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (!f->chunks || f->kind != LD_OBJECT) {
            continue;
        }
        pe_file_of(f)->fixed_code = ld->machine == MACH_I386 && has_except_table(f);
        if (!pe_file_of(f)->follow_head) {
            pe_tie_unwind(f);
        }
    }
}

enum icf_kind pe_icf_kind(struct ld *ld, const struct ld_chunk *c, uint64_t *place)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    struct str n = s->name;
    (void)ld;
    *place = pe_file_of(c->file)->places[c->sec].rule;
    if (s->flags & SEC_WRITE || s->raw_flags & IMAGE_SCN_MEM_SHARED) {
        return ICF_IS_FIXED;
    }
    if (str_starts(n, S(".text"))) {
        return s->flags & SEC_EXEC && !pe_file_of(c->file)->fixed_code ? ICF_IS_CODE : ICF_IS_FIXED;
    }
    return str_starts(n, S(".rdata")) || str_starts(n, S(".xdata")) ? ICF_IS_DATA : ICF_IS_FIXED;
}

/* Imports and weak externals are known by their names only. */
bool pe_icf_bound(const struct ld *ld, uint32_t id)
{
    return ld_sym(ld, id)->rank < RANK_WEAK || ld->tab.aux[id] != 0;
}

void pe_icf_extra(struct ld *ld, const struct ld_chunk *c, icf_add_fn add, void *ctx)
{
    const struct pe_file *pf = pe_file_of(c->file);
    (void)ld;
    for (uint32_t i = pf->follow_head ? pf->follow_head[c->sec] : 0; i; i = pf->follow.p[i - 1].next) {
        const struct pe_follow *w = &pf->follow.p[i - 1];
        if (!w->is_entry) {
            struct reloc r = {.kind = KIND_IMAGE_REL, .sym = UINT32_MAX, .sec = w->sec, .addend = w->addend};
            add(ctx, NULL, 0, &r, 1, 0);
        }
    }
}
