/* emitrelocs.c - --emit-relocs: the relocations that were applied stay in the output, one table per section,
   for tools that change a linked program (BOLT, kernels that relocate themselves).

   Places are addresses. Symbols are those of .symtab; what has no symbol there is counted from the symbol of
   its section. An instruction that was rewritten not to load from the GOT gets the type of what it now is; a
   TLS sequence keeps the types it had, as with GNU ld. Targets that are gone become R_*_NONE. */
#include "ld/elf/elf_ld.h"

static void put_none(const struct elf_link *e, uint8_t *out, uint64_t place)
{
    elf_put_rel(e, out, place, 0, 0, 0);
}

/* The type of a rewritten GOT load; *PLACE moves with a shortened jump. */
static uint32_t final_type(struct ld *ld, const struct ld_file *f, uint32_t sec, const struct reloc *r,
                           uint64_t *place, uint64_t *addend)
{
    const struct section *s = &f->obj.sections[sec];
    bool x86_64 = ld->machine == MACH_X86_64;
    if (r->kind != KIND_GOTPCREL_RELAX || ld->machine == MACH_ARM64 || s->flags & SEC_COMPRESSED) {
        return r->raw_type;
    }
    switch (elf_got_relax(ld, f, sec, r, elf_sym_attr(ld, f, r->sym), s->data.p, s->data.len)) {
    case GOT_TO_JMP:
        *place -= 1;
        return x86_64 ? R_X86_64_PC32 : R_386_PC32;
    case GOT_TO_CALL:
        *place -= elf_of_ld(ld)->z.call_nop_behind;
        return x86_64 ? R_X86_64_PC32 : R_386_PC32;
    case GOT_TO_LEA:
        return x86_64 ? R_X86_64_PC32 : R_386_GOTOFF;
    case GOT_TO_IMM:
        *addend = 0;
        return x86_64 ? R_X86_64_32S : R_386_32;
    case GOT_KEEP:
        break;
    }
    return r->raw_type;
}

static void put_one(struct ld *ld, const struct ld_file *f, uint32_t sec, const struct reloc *r, uint64_t place,
                    uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    const struct symbol *s = &f->syms[r->sym];
    uint64_t addend = (uint64_t)r->addend;
    uint32_t type = final_type(ld, f, sec, r, &place, &addend), sym = elf_symtab_index(ld, f, r->sym);
    bool dead = false;
    if (sym == 0 && f->ids[r->sym] == LD_NO_SYM && s->sec != SEC_UNDEF && !sec_is_special(s->sec)) {
        const struct ld_chunk *c = ld_chunk_kept(&f->chunks[s->sec]);
        uint64_t v = elf_sym_value(ld, f, r->sym, (int64_t)addend, &dead);
        const struct ld_osec *os = dead ? NULL : ld->osecs.p[elf_chunk_osec(c)];
        sym = os && os->number <= e->n_section_syms ? os->number : 0;
        addend = sym ? v - os->addr : 0;
    }
    if (sym == 0 && r->sym != 0 && s->sec != SEC_ABS) {
        put_none(e, out, place);
        return;
    }
    elf_put_rel(e, out, place, sym, type, addend);
}

static void write_section(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct ld_chunk *in = c->priv;
    const struct elf_link *e = elf_of_ld(ld);
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    uint64_t addr = ld_chunk_addr(ld, in), left = c->size / e->rel_size;
    if (obj_reloc_start(&in->file->obj, in->sec, &it)) {
        for (size_t n; left && (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n && left; i++, left--, out += e->rel_size) {
                put_one(ld, in->file, in->sec, &block[i],
                        addr + elf_reloc_off(ld, in, block[i].off), out);
            }
        }
    }
    memset(out, 0, (size_t)(left * e->rel_size));
}

/* The records of .eh_frame that are in the output. */
static void write_eh_frame(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct ld_file *f = c->priv;
    const struct elf_file *ef = elf_file(f);
    const struct elf_link *e = elf_of_ld(ld);
    for (uint32_t i = 0; i < ef->n_fdes; i++) {
        const struct elf_fde *d = &ef->fdes[i];
        for (uint32_t k = 0; d->live && k < d->n_rels; k++, out += e->rel_size) {
            const struct reloc *r = &ef->eh_rels[d->rel + k];
            put_one(ld, f, d->sec, r, e->os_eh_frame->addr + d->out + (r->off - d->off), out);
        }
    }
}

static uint64_t count_eh_frame(const struct elf_file *ef)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < ef->n_fdes; i++) {
        n += ef->fdes[i].live ? ef->fdes[i].n_rels : 0;
    }
    return n;
}

/* Marks the global symbols that relocations of C name. */
static void note_chunk(const struct ld_chunk *c, uint64_t *used)
{
    const struct ld_file *f = c->file;
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    if (!obj_reloc_start(&f->obj, c->sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            uint32_t id = block[i].sym < f->n_syms ? f->ids[block[i].sym] : LD_NO_SYM;
            if (id != LD_NO_SYM) {
                used[id / 64] |= UINT64_C(1) << id % 64;
            }
        }
    }
}

static void note_eh_frame(const struct ld_file *f, uint64_t *used)
{
    const struct elf_file *ef = elf_file(f);
    for (uint32_t i = 0; i < ef->n_eh_rels; i++) {
        uint32_t id = ef->eh_rels[i].sym < f->n_syms ? f->ids[ef->eh_rels[i].sym] : LD_NO_SYM;
        if (id != LD_NO_SYM) {
            used[id / 64] |= UINT64_C(1) << id % 64;
        }
    }
}

static bool has_emitted(const struct ld_chunk *c)
{
    return c->file && !(c->flags & LDC_NO_RELOC) && c->file->obj.sections[c->sec].n_relocs;
}

static bool is_unwinding(const struct ld_chunk *c)
{
    return c->ops && c->ops->write == elf_write_eh_frame;
}

void elf_note_emitted(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    e->emit_used = ARENA_ARRAY(&ld->arena, uint64_t, ld->tab.cap / 64 + 1);
    for (size_t i = 0; i < e->order.n; i++) {
        const struct ld_osec *os = e->order.p[i];
        for (size_t k = 0; k < os->chunks.n; k++) {
            const struct ld_chunk *c = os->chunks.p[k];
            if (has_emitted(c)) {
                note_chunk(c, e->emit_used);
            } else if (is_unwinding(c)) {
                note_eh_frame(c->priv, e->emit_used);
            }
        }
    }
}

struct emit {
    struct ld *ld;
    struct ld_osec *os, *rel; /* REL is made when it is needed */
};

static void add(struct emit *m, const struct ld_chunk_ops *ops, uint64_t n, void *priv)
{
    const struct elf_link *e = elf_of_ld(m->ld);
    if (!m->rel) {
        const char *name = arena_printf(&m->ld->arena, "%s%.*s", e->rela ? ".rela" : ".rel", Q(m->os->name));
        m->rel = elf_osec(m->ld, name, e->rela ? SHT_RELA : SHT_REL, 0, e->rel_size);
        m->rel->relocates = m->os->idx;
    }
    ld_osec_add(m->ld, m->rel, ld_new_chunk(m->ld, ops, n * e->rel_size, e->word == 8 ? 3 : 2, priv));
}

/* Sizes are known once it is settled what is live; barrier: no input section is added after this. */
void elf_make_emit_relocs(struct ld *ld)
{
    static const struct ld_chunk_ops section_ops = {"relocations", write_section},
                                     eh_ops = {"relocations", write_eh_frame};
    struct elf_link *e = elf_of_ld(ld);
    size_t n = e->order.n;
    for (size_t i = 0; i < n; i++) {
        struct emit m = {.ld = ld, .os = e->order.p[i]};
        for (size_t k = 0; k < m.os->chunks.n; k++) {
            struct ld_chunk *c = m.os->chunks.p[k];
            if (has_emitted(c)) {
                add(&m, &section_ops, c->file->obj.sections[c->sec].n_relocs, c);
            } else if (is_unwinding(c) && count_eh_frame(elf_file(c->priv))) {
                add(&m, &eh_ops, count_eh_frame(elf_file(c->priv)), c->priv);
            }
        }
    }
}
