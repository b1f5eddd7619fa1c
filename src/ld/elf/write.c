/* write.c - the ELF header, program headers, the section table, and the file as a whole. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

static void put_phdr(const struct elf_link *e, struct buf *b, const struct elf_phdr *h)
{
    uint64_t lma = h->lma || h->lma_known ? h->lma : h->addr;
    buf_u32(b, false, h->type);
    if (e->word == 8) {
        buf_u32(b, false, h->flags);
        uint64_t v[] = {h->off, h->addr, lma, h->filesz, h->memsz, h->align};
        for (size_t i = 0; i < 6; i++) {
            buf_u64(b, false, v[i]);
        }
    } else {
        uint64_t v[] = {h->off, h->addr, lma, h->filesz, h->memsz, h->flags, h->align};
        for (size_t i = 0; i < 7; i++) {
            buf_u32(b, false, (uint32_t)v[i]);
        }
    }
}

static void put_addr(const struct elf_link *e, struct buf *b, uint64_t v)
{
    if (e->word == 8) {
        buf_u64(b, false, v);
    } else {
        buf_u32(b, false, (uint32_t)v);
    }
}

static uint64_t entry_address(struct ld *ld)
{
    const char *name = ld->opt.entry;
    uint64_t v;
    if (!name || !*name) {
        return 0;
    }
    uint32_t id = ld_lookup(ld, str_c(name));
    if (id != LD_NO_SYM && ld_sym(ld, id)->rank >= RANK_COMMON) {
        return ld->tab.values[id];
    }
    if (str_u64(str_c(name), 0, &v)) {
        return v;
    }
    if (elf_of_ld(ld)->shared) {
        if (!elf_of_ld(ld)->own_entry) {
            diag_warning(&ld->diag, "cannot find entry symbol %s; not setting start address", name);
        }
        return 0;
    }
    uint32_t i = strmap_get(&ld->osec_by_name, S(".text"));
    if (i == STRMAP_NONE || !ld->osecs.p[i]->number) {
        diag_warning(&ld->diag, "cannot find entry symbol %s; not setting start address", name);
        return 0;
    }
    v = ld->osecs.p[i]->addr;
    diag_warning(&ld->diag, "cannot find entry symbol %s; defaulting to %0*llx", name, elf_of_ld(ld)->word * 2,
                 (unsigned long long)v);
    return v;
}

/* A PIE that does not begin at address 0 is to be loaded where it is. */
static bool has_fixed_place(const struct ld *ld)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t low = UINT64_MAX;
    for (uint32_t i = 0; i < e->n_phdrs; i++) {
        low = e->phdrs[i].type == PT_LOAD && e->phdrs[i].addr < low ? e->phdrs[i].addr : low;
    }
    return ld->opt.kind == OUT_PIE && low != UINT64_MAX && low != 0;
}

static void put_ehdr(struct ld *ld, struct buf *b)
{
    const struct elf_link *e = elf_of_ld(ld);
    bool w64 = e->word == 8;
    const uint8_t ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', w64 ? ELFCLASS64 : ELFCLASS32, ELFDATA2LSB, 1,
                                      (uint8_t)(e->gnu_abi ? 3 : 0)};
    buf_add(b, ident, sizeof ident);
    bool joined = ld->opt.kind == OUT_RELOCATABLE;
    buf_u16(b, false, joined ? ET_REL : e->pic && !has_fixed_place(ld) ? ET_DYN : ET_EXEC);
    buf_u16(b, false, (uint16_t)machine_info(ld->machine)->elf);
    buf_u32(b, false, EV_CURRENT);
    put_addr(e, b, joined ? 0 : entry_address(ld));
    put_addr(e, b, joined ? 0 : w64 ? EHDR64_SIZE : EHDR32_SIZE);
    put_addr(e, b, e->shoff);
    buf_u32(b, false, 0);
    buf_u16(b, false, w64 ? EHDR64_SIZE : EHDR32_SIZE);
    buf_u16(b, false, joined ? 0 : w64 ? PHDR64_SIZE : PHDR32_SIZE);
    buf_u16(b, false, (uint16_t)e->n_phdrs);
    buf_u16(b, false, w64 ? SHDR64_SIZE : SHDR32_SIZE);
    buf_u16(b, false, e->shnum < SHN_LORESERVE ? (uint16_t)e->shnum : 0);
    buf_u16(b, false, e->shstrndx < SHN_LORESERVE ? (uint16_t)e->shstrndx : SHN_XINDEX);
}

static uint32_t number_of(const struct ld *ld, const struct ld_chunk *c)
{
    return c && ld->osecs.p[c->osec] ? ld->osecs.p[c->osec]->number : 0;
}

/* sh_link and sh_info of the tables. */
static void link_info(const struct ld *ld, const struct ld_osec *os, uint32_t *link, uint32_t *info)
{
    const struct elf_link *e = elf_of_ld(ld);
    *link = *info = 0;
    switch (os->raw_type) {
    case SHT_SYMTAB:
        *link = e->os_strtab ? e->os_strtab->number : 0;
        *info = e->n_local_syms;
        break;
    case SHT_DYNSYM: *link = number_of(ld, e->dynstr); *info = 1; break;
    case SHT_DYNAMIC: *link = number_of(ld, e->dynstr); break;
    case SHT_HASH: case SHT_GNU_HASH: case SHT_GNU_VERSYM: *link = number_of(ld, e->dynsym); break;
    case SHT_GNU_VERDEF: *link = number_of(ld, e->dynstr); *info = e->n_verdef; break;
    case SHT_GNU_VERNEED: *link = number_of(ld, e->dynstr); *info = e->n_verneed; break;
    case SHT_RELA: case SHT_REL:
        if (os->raw_flags & SHF_ALLOC) {
            *link = number_of(ld, e->dynsym);
            if (!*link && e->os_symtab) {
                *link = e->os_symtab->number; /* as GNU ld has it in static programs */
            }
            *info = number_of(ld, e->rel_plt) == os->number ? number_of(ld, e->got_plt) : 0;
        } else {
            *link = e->os_symtab ? e->os_symtab->number : 0;
            *info = os->relocates ? ld->osecs.p[os->relocates]->number : os->info;
        }
        break;
    case SHT_SYMTAB_SHNDX: *link = e->os_symtab ? e->os_symtab->number : 0; break;
    case SHT_GROUP:
        *link = e->os_symtab ? e->os_symtab->number : 0;
        *info = os->info;
        break;
    default: break;
    }
}

static void put_shdr(const struct ld *ld, struct buf *b, const struct ld_osec *os)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t link, info;
    link_info(ld, os, &link, &info);
    uint64_t flags = os->raw_flags | (info && (os->raw_type == SHT_RELA || os->relocates) ? SHF_INFO_LINK : 0u);
    if (flags & SHF_LINK_ORDER) {
        const struct ld_osec *to = elf_link_target(ld, os);
        link = to ? to->number : 0;
        flags &= ~(uint64_t)(link ? 0 : SHF_LINK_ORDER);
    }
    buf_u32(b, false, os->name_off);
    buf_u32(b, false, os->raw_type);
    put_addr(e, b, flags);
    put_addr(e, b, os->addr);
    put_addr(e, b, os->file_off);
    put_addr(e, b, os->size);
    buf_u32(b, false, link);
    buf_u32(b, false, info);
    uint64_t align = (UINT64_C(1) << os->align_p2) | os->addr; /* a script's address may be less aligned */
    put_addr(e, b, align & (0 - align));
    put_addr(e, b, os->entsize);
}

/* .shstrtab, the last section: names of all sections, its own included. */
static void write_table(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    memcpy(out, ((const struct buf *)c->priv)->p, (size_t)c->size);
}

void elf_name_sections(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"section names", write_table};
    struct elf_link *e = elf_of_ld(ld);
    struct buf *b = ARENA_NEW(&ld->arena, struct buf);
    struct ld_osec *os = elf_osec(ld, ".shstrtab", SHT_STRTAB, 0, 0);
    os->number = (uint32_t)e->order.n + 1;
    vec_push(&e->order, os);
    e->shnum = os->number + 1;
    e->shstrndx = os->number;
    buf_c(b, 0);
    for (size_t i = 0; i < e->order.n; i++) {
        e->order.p[i]->name_off = (uint32_t)b->n;
        buf_str(b, e->order.p[i]->name);
        buf_c(b, 0);
    }
    char *keep = arena_alloc(&ld->arena, b->n);
    memcpy(keep, b->p, b->n);
    size_t n = b->n;
    buf_free(b);
    b->p = keep;
    b->n = n;
    ld_osec_add(ld, os, ld_new_chunk(ld, &ops, n, 0, b));
}

static bool finish(struct ld *ld, struct outfile *out)
{
    struct elf_link *e = elf_of_ld(ld);
    struct buf b = {0};
    buf_fill(&b, 0, e->word == 8 ? SHDR64_SIZE : SHDR32_SIZE);
    if (e->shnum >= SHN_LORESERVE) { /* the real count is in the first entry */
        put_u64le((uint8_t *)b.p + 32, e->shnum);
        put_u32le((uint8_t *)b.p + 40, e->shstrndx);
    }
    for (size_t i = 0; i < e->order.n; i++) {
        put_shdr(ld, &b, e->order.p[i]);
    }
    int err = outfile_pwrite(out, b.p, b.n, e->shoff);
    elf_hash_block(ld, e->shoff, (const uint8_t *)b.p, b.n, 0);
    buf_free(&b);
    if (err) {
        return diag_errno(&ld->diag, ld->opt.output, err);
    }
    return elf_finish_build_id(ld, out);
}

/* --oformat binary: what is loaded, from the lowest load address on, and nothing else. */
static bool write_flat(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint64_t base = UINT64_MAX;
    for (size_t i = 0; i < e->order.n; i++) {
        const struct ld_osec *os = e->order.p[i];
        uint64_t lma = os->addr + os->lma_delta;
        base = os->raw_flags & SHF_ALLOC && !os->nobits && os->size && lma < base ? lma : base;
    }
    ld->file_size = 0;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        bool in = os->raw_flags & SHF_ALLOC && !os->nobits;
        os->file_size = in ? os->size : 0;
        os->file_off = in && os->size ? os->addr + os->lma_delta - base : 0;
        uint64_t end = os->file_off + os->file_size;
        ld->file_size = end > ld->file_size ? end : ld->file_size;
    }
    struct ld_image img = {.head = (const uint8_t *)""};
    return diag_ok(&ld->diag) && ld_write(ld, &img);
}

bool elf_write(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (ld->opt.flat_binary) {
        return write_flat(ld);
    }
    struct buf head = {0};
    put_ehdr(ld, &head);
    for (uint32_t i = 0; i < e->n_phdrs; i++) {
        put_phdr(e, &head, &e->phdrs[i]);
    }
    ld->file_size = e->shoff + (uint64_t)e->shnum * (e->word == 8 ? SHDR64_SIZE : SHDR32_SIZE);
    struct ld_image img = {.head = (const uint8_t *)head.p, .head_len = head.n,
                           .after_block = e->build_id ? elf_hash_block : NULL, .finish = finish};
    bool ok = diag_ok(&ld->diag) && ld_write(ld, &img);
    elf_end_build_id(ld);
    buf_free(&head);
    return ok;
}
