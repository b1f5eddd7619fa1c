/* link.c - the ELF link after resolution, pass by pass. */
#include "config.h"

#include "ld/elf/elf_ld.h"

/* Who linked this: a string of .comment, as compilers leave theirs. */
static void add_comment(struct ld *ld)
{
    static const char text[] = "Linker: objkit " PACKAGE_VERSION;
    if (ld_script_full(ld) && ld_drops_orphans(ld)) {
        return;
    }
    struct ld_osec *os = elf_osec(ld, ".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, 1);
    ld_osec_add(ld, os, ld_bytes_chunk(ld, text, sizeof text, 0));
}

static bool layout(struct ld *ld)
{
    do {
        if (!elf_layout(ld)) {
            return false;
        }
    } while (elf_size_relr(ld));
    return true;
}

/* Numbers the output sections: those that have contents. */
static void order(struct ld *ld)
{
    if (!ld_script_full(ld)) {
        elf_order_sections(ld);
        return;
    }
    ld_script_walk(ld); /* sizes */
    elf_script_order(ld);
}

/* --no-define-common: a library's commons are left to whoever loads it. */
static void forget_commons(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->has_common && i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            if (f->syms[i].sec == SEC_COMMON && id != LD_NO_SYM && ld_sym(ld, id)->rank == RANK_COMMON) {
                ld_sym(ld, id)->rank = RANK_UNDEF;
                ld_need(ld, id, LDS_REF);
            }
        }
    }
}

/* Gaps in code hold instructions that do nothing, unless a script says otherwise: parts of .init run into each
   other. */
static void fill_code(struct ld *ld)
{
    static const char arm_nop[] = {0x1f, 0x20, 0x03, (char)0xd5};
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (!(os->raw_flags & SHF_EXECINSTR) || os->nobits) {
            continue;
        }
        os->fill = 0x90;
        if (ld->machine == MACH_ARM64) {
            os->fill = 0;
            if (!os->fills) {
                os->fills = ARENA_NEW(&ld->arena, struct ld_fill);
                os->fills->pattern = (struct str){arm_nop, sizeof arm_nop};
            }
        }
    }
}

/* What a careful loader would not like. */
static void warn_of_protection(struct ld *ld)
{
    const struct elf_link *e = elf_of_ld(ld);
    const char *out = ld->opt.output;
    for (uint32_t i = 0; i < e->n_phdrs && ld->opt.elf.warn_rwx != TRI_OFF; i++) {
        const struct elf_phdr *h = &e->phdrs[i];
        if (h->type == PT_LOAD && h->memsz && (h->flags & (PF_R | PF_W | PF_X)) == (PF_R | PF_W | PF_X)) {
            diag_warning(&ld->diag, "%s has a LOAD segment with RWX permissions", out);
            break;
        }
        if (h->type == PT_TLS && h->memsz && h->flags & PF_X) {
            diag_warning(&ld->diag, "%s has a TLS segment with execute permission", out);
        }
    }
    if (e->textrel && ld->opt.elf.warn_textrel) {
        diag_warning(&ld->diag, "%s has relocations in read-only segments (DT_TEXTREL)", out);
    }
}

/* Which input sections take part, and in what order. */
static bool choose_sections(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    ld_pass(ld, "exports");
    if (ld->opt.no_define_common && e->shared) {
        forget_commons(ld);
    }
    if (!elf_script_start(ld)) {
        return false;
    }
    elf_export_symbols(ld);
    elf_version_symbols(ld);
    if (!elf_check_needed(ld)) {
        return false;
    }
    if (ld->opt.gc_sections) {
        ld_pass(ld, "gc");
        if (!ld_gc(ld)) {
            return false;
        }
    }
    if (ld->opt.icf != ICF_NONE) {
        ld_pass(ld, "icf");
        ld_script_note_places(ld);
        if (!ld_icf(ld)) {
            return false;
        }
    }
    return ld_read_order(ld);
}

/* Output sections, and every name that can be defined. */
static bool assign_sections(struct ld *ld)
{
    ld_pass(ld, "sections");
    elf_make_notes(ld);
    elf_build_eh_frame(ld);
    elf_make_synthetic(ld);
    add_comment(ld);
    if (ld_script_full(ld)) {
        elf_script_assign(ld);
    } else {
        ld_script_insert(ld);
        elf_assign_sections(ld);
        elf_alloc_commons(ld);
    }
    ld_script_symbols(ld);
    elf_define_symbols(ld);
    /* Barrier: every name that can be defined is. */
    return elf_classify(ld) && ld_fixed_addresses(ld);
}

/* What the linker itself puts into the image: merged strings, slots, tables for the dynamic linker. */
static bool make_tables(struct ld *ld)
{
    ld_pass(ld, "merge strings");
    if (!ld_merge_strings(ld) || !elf_estimate_reach(ld)) {
        return false;
    }
    ld_pass(ld, "scan");
    bool scanned = elf_scan(ld);
    if (!ld_report_undefined(ld) || !scanned) {
        return false;
    }
    ld_pass(ld, "dynamic");
    elf_assign_slots(ld);
    elf_settle_indirect(ld);
    elf_make_dynamic(ld);
    return ld_checkpoint(ld);
}

static bool lay_out(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    /* Barrier: after this no section, symbol or table entry is added. */
    ld_pass(ld, "layout");
    order(ld);
    elf_make_symtab(ld);
    if (ld->opt.emit_relocs && e->os_symtab) {
        elf_make_emit_relocs(ld);
    }
    order(ld);
    elf_name_sections(ld);
    bool longer;
    if (!layout(ld) || !elf_make_thunks(ld, &longer) || (longer && !layout(ld)) || !elf_fix_errata(ld, &longer) ||
        (longer && !layout(ld))) {
        return false;
    }
    if (!ld_script_check_refs(ld) || !ld_script_assignments(ld)) {
        return false;
    }
    elf_place_symbols(ld);
    ld_script_place_symbols(ld, e->order.p, e->order.n);
    warn_of_protection(ld);
    return true;
}

static bool settle_values(struct ld *ld)
{
    ld_pass(ld, "values");
    ld_set_values(ld);
    elf_final_values(ld);
    elf_make_dynrels(ld);
    if (elf_of_ld(ld)->z.report_relative) {
        elf_report_relative(ld);
    }
    return elf_compress_debug(ld);
}

bool elf_link(struct ld *ld)
{
    if (ld->opt.kind == OUT_RELOCATABLE) {
        return elf_link_relocatable(ld);
    }
    if (!choose_sections(ld) || !assign_sections(ld) || !make_tables(ld) || !lay_out(ld) || !settle_values(ld)) {
        return false;
    }
    fill_code(ld);
    ld_pass(ld, "write");
    return elf_write(ld);
}
