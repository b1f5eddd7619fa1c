/* report.c - -z report-relative-reloc: each address that the loader only adds the base to, in GNU ld's words. */
#include "ld/elf/elf_ld.h"

/* One record. WHERE: the section of the place, FILE: whose it is. */
static void line(struct ld *ld, uint32_t type, uint64_t place, uint64_t addend, const char *name, struct str where,
                 const char *file)
{
    char buf[16];
    const char *out = ld->opt.output;
    const struct object machine = {.format = OBJ_ELF, .machine = ld->machine, .is64 = ld->arch->word == 8};
    const char *rel = reloc_name(&machine, type, buf);
    unsigned long long at = place, plus = addend;
    if (elf_of_ld(ld)->rela) {
        diag_note(&ld->diag,
                  "%s: %s (offset: 0x%llx, info: 0x%x, addend: 0x%llx) against '%s' for section '%.*s' in %s", out, rel,
                  at, type, plus, name, Q(where), file);
    } else {
        diag_note(&ld->diag, "%s: %s (offset: 0x%llx, info: 0x%x) against '%s' for section '%.*s' in %s", out, rel, at,
                  type, name, Q(where), file);
    }
}

/* A symbol's name; a section's for the symbol that stands for it. */
static const char *name_of(struct ld_file *f, uint32_t sym)
{
    const struct symbol *y = &f->syms[sym];
    struct str n = y->name;
    if (!n.len && y->sec > 0 && (uint32_t)y->sec < f->obj.n_sections) {
        n = f->obj.sections[y->sec].name;
    }
    return arena_strdup(f->obj.arena, n);
}

static void report_section(struct ld *ld, struct ld_file *f, uint32_t sec)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    if (!obj_reloc_start(&f->obj, sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            const struct reloc *r = &block[i];
            uint8_t attr = r->kind == KIND_ABS && r->width == e->word ? elf_sym_attr(ld, f, r->sym) : EA_ABS;
            bool ifunc = attr & EA_IFUNC && !(attr & EA_PREEMPT), dead = false;
            if (attr & EA_ABS || (!ifunc && elf_word_dyn(ld, attr, true) != DYN_RELATIVE)) {
                continue;
            }
            uint64_t v = ifunc ? elf_plt_addr(ld, elf_x_of(ld, f, r->sym)) + (uint64_t)r->addend
                               : elf_sym_value(ld, f, r->sym, r->addend, &dead);
            const struct ld_chunk *c = &f->chunks[sec];
            line(ld, e->types->relative, ld_chunk_addr(ld, c) + elf_reloc_off(ld, c, r->off), v,
                 name_of(f, r->sym), f->obj.sections[sec].name, ld_file_name(ld, f));
        }
    }
}

static void report_slot(struct ld *ld, const struct elf_x *x, uint64_t place, uint32_t type, const char *where)
{
    const char *name = x->id != LD_NO_SYM ? arena_strdup(&ld->arena, ld_sym_name(ld, x->id))
                                          : name_of(x->file, x->sym);
    line(ld, type, place, type == elf_of_ld(ld)->types->irelative ? elf_x_value(ld, x) : elf_x_address(ld, x), name,
         str_c(where), ld->opt.output);
}

void elf_report_relative(struct ld *ld)
{
    const struct elf_link *e = elf_of_ld(ld);
    for (size_t k = 2; e->pic && k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
        for (size_t i = 0; ef && i < ef->dynrels.n; i++) {
            if (ef->dynrels.p[i].relative + ef->dynrels.p[i].relr) {
                report_section(ld, f, ef->dynrels.p[i].sec);
            }
        }
    }
    for (size_t i = 0; e->pic && i < e->got_x.n; i++) {
        const struct elf_x *x = &e->x.p[e->got_x.p[i] >> 3];
        if (elf_got_is_relative(ld, e->got_x.p[i])) {
            report_slot(ld, x, elf_got_cell(ld, x->got), e->types->relative, ".got");
        }
    }
    for (size_t i = e->n_jump_slots; i < e->plt_x.n; i++) {
        report_slot(ld, &e->x.p[e->plt_x.p[i]], ld_chunk_addr(ld, e->got_plt) + (3 + i) * e->word, e->types->irelative,
                    ".got.plt");
    }
    for (size_t i = 0; i < e->iplt_got.n; i++) {
        const struct elf_x *x = &e->x.p[e->iplt_got.p[i]];
        report_slot(ld, x, elf_got_cell(ld, x->got), e->types->irelative, ".got");
    }
}
