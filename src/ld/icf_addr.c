/* icf_addr.c - whose address matters? Folding gives two functions one address, which a program notices
   only where it compares pointers.

   clang leaves a table of the symbols whose address is taken beside the code (.llvm_addrsig). For objects
   without one a function counts as taken unless every reference to it is a call, and named data counts
   always. With --icf=all the addresses of functions do not count; those of data still do, unless
   --ignore-data-address-equality says otherwise. */
#include <stdlib.h>

#include "ld/icf.h"

struct addr_job {
    struct ld *ld;
    const struct icf_index *x;
    uint8_t *keep;
    _Atomic bool bad;
};

static void mark_chunk(struct addr_job *j, const struct ld_chunk *c)
{
    if (!c || !c->file) {
        return;
    }
    const struct section *s = &c->file->obj.sections[c->sec];
    if (j->ld->opt.icf == ICF_SAFE || !(s->flags & (SEC_EXEC | SEC_CODE))) {
        __atomic_store_n(&j->keep[icf_number(j->x, c)], 1, __ATOMIC_RELAXED);
    }
}

static void mark_symbol(struct addr_job *j, struct ld_file *f, uint32_t i)
{
    const struct symbol *s = &f->syms[i];
    uint32_t id = f->ids[i];
    if (id != LD_NO_SYM) {
        mark_chunk(j, ld_sym_chunk(j->ld, id));
    } else if (s->sec != SEC_UNDEF && !sec_is_special(s->sec)) {
        mark_chunk(j, &f->chunks[s->sec]);
    }
}

/* The model's number of the symbol that the file counts as RAW. */
static uint32_t by_number(const struct ld_file *f, uint64_t raw)
{
    if (f->obj.format != OBJ_ELF) {
        return obj_coff_symbol(&f->obj, raw);
    }
    return raw < f->n_syms ? (uint32_t)raw : UINT32_MAX;
}

/* The table is a list of ULEB128 symbol numbers. False: it has none, or another tool has renumbered the
   symbols and cut its link to them. */
static bool read_addrsig(struct addr_job *j, struct ld_file *f)
{
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        const struct section *sec = &f->obj.sections[s];
        if (!str_is(sec->name, ".llvm_addrsig") || (f->obj.format == OBJ_ELF && sec->link == 0)) {
            continue;
        }
        struct cursor c = cursor_at(sec->data, 0, false);
        while (c.off < sec->data.len) {
            uint64_t raw = cur_uleb(&c);
            uint32_t i = c.bad ? UINT32_MAX : by_number(f, raw);
            if (i == UINT32_MAX) {
                ld_error_at(j->ld, f, s, c.off, "names a symbol that is not there");
                j->bad = true;
                return true;
            }
            mark_symbol(j, f, i);
        }
        return true;
    }
    return false;
}

static bool is_x86_branch(const struct section *s, uint64_t off)
{
    if (off < 1 || off > s->data.len) {
        return false;
    }
    uint8_t op = s->data.p[off - 1], before = off >= 2 ? s->data.p[off - 2] : 0;
    return op == 0xe8 || op == 0xe9 || (before == 0x0f && (op & 0xf0) == 0x80) ||
           (before == 0xff && (op == 0x15 || op == 0x25)); /* call or jmp through a slot */
}

static bool is_call(const struct ld_file *f, const struct section *s, const struct reloc *r)
{
    switch (r->kind) {
    case KIND_PLT: case KIND_BRANCH:
        return true;
    case KIND_PCREL: case KIND_GOTPCREL: case KIND_GOTPCREL_RELAX:
        return f->obj.machine != MACH_ARM64 && is_x86_branch(s, r->off);
    default:
        return false;
    }
}

/* Every reference that is not a call takes an address. */
static void mark_references(struct addr_job *j, struct ld_file *f, uint32_t sec)
{
    const struct section *s = &f->obj.sections[sec];
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    if (!obj_reloc_start(&f->obj, sec, &it)) {
        j->bad = true;
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].sym < f->n_syms && !is_call(f, s, &block[i])) {
                mark_symbol(j, f, block[i].sym);
            }
        }
    }
    if (it.bad) {
        j->bad = true;
    }
}

static bool describes_code(const struct ld_file *f, uint32_t sec)
{
    struct str n = f->obj.sections[sec].name;
    return f->chunks[sec].flags & LDC_DEBUG || str_starts(n, S(".eh_frame")) ||
           str_starts(n, S(".pdata")) || str_starts(n, S(".xdata")) ||
           str_starts(n, S(".gcc_except_table"));
}

static void mark_without_table(struct addr_job *j, struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (s->sec == SEC_UNDEF || sec_is_special(s->sec) || s->type == SYM_SECTION ||
            s->flags & SYMF_SECTION_DEF || f->obj.sections[s->sec].flags & (SEC_EXEC | SEC_CODE) ||
            describes_code(f, s->sec)) {
            continue;
        }
        mark_symbol(j, f, i);
    }
    for (uint32_t s = 1; j->ld->opt.icf == ICF_SAFE && s < f->obj.n_sections; s++) {
        if (f->chunks[s].flags & LDC_LIVE && f->obj.sections[s].n_relocs && !describes_code(f, s)) {
            mark_references(j, f, s);
        }
    }
}

/* What other modules see may be compared by them. */
static void mark_exports(struct addr_job *j, struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (id != LD_NO_SYM && ld_sym(j->ld, id)->file == f->idx && ld_has(j->ld, id, LDS_EXPORT)) {
            mark_symbol(j, f, i);
        }
    }
}

static void mark_file(void *ctx, size_t k, unsigned worker)
{
    struct addr_job *j = ctx;
    struct ld_file *f = j->ld->files.p[k + 2];
    (void)worker;
    if (f->kind != LD_OBJECT || f->bad || f->skip) {
        return;
    }
    mark_exports(j, f);
    if (!read_addrsig(j, f)) {
        mark_without_table(j, f);
    }
}

bool icf_mark_addresses(struct ld *ld, const struct icf_index *x, uint8_t *keep)
{
    struct addr_job j = {ld, x, keep, false};
    const ld_strings *names = &ld->opt.keep_unique;
    if (!(ld->opt.icf == ICF_ALL && ld->opt.ignore_data_address_equality)) {
        parallel_for(ld->pool, ld->files.n - 2, 1, mark_file, &j);
    }
    for (size_t i = 0; i < names->n; i++) {
        uint32_t id = ld_lookup(ld, str_c(names->p[i]));
        const struct ld_chunk *c = id == LD_NO_SYM ? NULL : ld_sym_chunk(ld, id);
        if (c && c->file) {
            keep[icf_number(x, c)] = 1;
        } else {
            diag_warning(&ld->diag, "--keep-unique=%s: no section of this link defines it", names->p[i]);
        }
    }
    return ld_checkpoint(ld) && !j.bad;
}
