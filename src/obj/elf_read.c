/* elf_read.c - ELF: the header and the section table.

   An ELF file is a header that points at two tables: section headers, for linkers, and program
   headers, for loaders. Either may be missing: objects have no segments, stripped programs may have
   no sections. Everything else is found through them. Class (32 or 64 bit) and byte order are set by
   the first bytes and change the layout of every record.

   Section numbers above 0xfeff do not fit the 16-bit fields: e_shnum is then 0 and the true count
   stands in sh_size of section 0, e_shstrndx is SHN_XINDEX and stands in its sh_link, and e_phnum is
   PN_XNUM and stands in its sh_info (gABI 4, "ELF Header").

   Opening is one walk over the section table; contents are touched only when they are asked for.
   Source: System V gABI, chapters 4 and 5. Where it is silent, GNU's readers decide. */
#include "base/ckint.h"
#include "obj/elf_int.h"

bool elf_probe(struct view v)
{
    return view_starts(v, "\177ELF", 4);
}

/* ---- header ------------------------------------------------------------------------------------ */

/* The fields of section 0 that hold the overflow of header fields; the rest of its life it is null. */
static bool extended_counts(struct object *obj, struct elf *e)
{
    if (e->shoff == 0 || (e->shnum != 0 && e->shstrndx != SHN_XINDEX && e->phnum != PN_XNUM)) {
        return true;
    }
    struct view h;
    if (!view_sub(obj->bytes, e->shoff, obj->is64 ? SHDR64_SIZE : SHDR32_SIZE, &h)) {
        return diag_bad(obj->diag, e->shoff, "section headers lie outside the file");
    }
    struct cursor c = cursor_at(h, obj->is64 ? 32 : 20, obj->big_endian);
    uint64_t size = cur_addr(&c, obj->is64);
    uint32_t link = cur_u32(&c), info = cur_u32(&c);
    if (e->shnum == 0) {
        if (size > UINT32_MAX - 16) {
            return diag_bad(obj->diag, e->shoff, "impossible number of sections");
        }
        e->shnum = (uint32_t)size;
    }
    if (e->shstrndx == SHN_XINDEX) {
        e->shstrndx = link;
    }
    if (e->phnum == PN_XNUM) {
        e->phnum = info;
    }
    return true;
}

static enum obj_type type_of(uint16_t e_type)
{
    switch (e_type) {
    case ET_REL: return OBJ_TYPE_RELOCATABLE;
    case ET_EXEC: return OBJ_TYPE_EXECUTABLE;
    case ET_DYN: return OBJ_TYPE_SHARED;
    case ET_CORE: return OBJ_TYPE_CORE;
    default: return OBJ_TYPE_OTHER;
    }
}

static bool read_header(struct object *obj, struct elf *e)
{
    struct view v = obj->bytes;
    uint8_t class, data;
    if (!view_u8(v, EI_CLASS, &class) || !view_u8(v, EI_DATA, &data)) {
        return diag_bad(obj->diag, 0, "ELF header is cut short");
    }
    if (class != ELFCLASS32 && class != ELFCLASS64) {
        return diag_bad(obj->diag, EI_CLASS, "unknown ELF class %u", class);
    }
    if (data != ELFDATA2LSB && data != ELFDATA2MSB) {
        return diag_bad(obj->diag, EI_DATA, "unknown ELF byte order %u", data);
    }
    obj->is64 = class == ELFCLASS64;
    obj->big_endian = data == ELFDATA2MSB;
    struct cursor c = cursor_at(v, EI_OSABI, obj->big_endian);
    obj->osabi = cur_u8(&c);
    c.off = EI_NIDENT;
    e->e_type = cur_u16(&c);
    obj->raw_machine = cur_u16(&c);
    cur_skip(&c, 4);
    obj->entry = cur_addr(&c, obj->is64);
    e->phoff = cur_addr(&c, obj->is64);
    e->shoff = cur_addr(&c, obj->is64);
    obj->raw_flags = obj->raw_subtype = cur_u32(&c);
    cur_skip(&c, 2);
    e->phentsize = cur_u16(&c);
    e->phnum = cur_u16(&c);
    e->shentsize = cur_u16(&c);
    e->shnum = cur_u16(&c);
    e->shstrndx = cur_u16(&c);
    if (c.bad) {
        return diag_bad(obj->diag, 0, "ELF header is cut short");
    }
    obj->type = type_of(e->e_type);
    obj->machine = machine_from_elf(obj->raw_machine);
    return true;
}

/* ---- sections ------------------------------------------------------------------------------------ */

static bool is_debug_name(struct str n)
{
    return str_starts(n, S(".debug")) || str_starts(n, S(".zdebug")) ||
           str_starts(n, S(".gnu.debuglto_.debug_")) || str_starts(n, S(".gnu.linkonce.wi.")) ||
           str_starts(n, S(".line")) || str_starts(n, S(".stab")) || str_is(n, ".gdb_index");
}

static uint32_t flags_of(const struct object *obj, const struct section *s)
{
    uint64_t f = s->raw_flags;
    uint32_t out = 0;
    out |= f & SHF_ALLOC ? SEC_ALLOC : 0;
    out |= f & SHF_EXECINSTR ? SEC_EXEC : 0;
    out |= f & SHF_WRITE ? SEC_WRITE : 0;
    out |= f & SHF_MERGE ? SEC_MERGE : 0;
    out |= f & SHF_STRINGS ? SEC_STRINGS : 0;
    out |= f & SHF_TLS ? SEC_TLS : 0;
    out |= f & SHF_LINK_ORDER ? SEC_LINK_ORDER : 0;
    out |= f & SHF_EXCLUDE ? SEC_EXCLUDE : 0;
    out |= f & SHF_GNU_RETAIN ? SEC_RETAIN : 0;
    out |= f & SHF_COMPRESSED ? SEC_COMPRESSED : 0;
    out |= s->raw_type == SHT_NOBITS ? SEC_NOBITS : 0;
    out |= s->raw_type == SHT_GROUP ? SEC_INFO : 0;
    if (f & SHF_SMALL && (obj->machine == MACH_MIPS || obj->machine == MACH_ALPHA ||
                          obj->machine == MACH_IA64)) {
        out |= SEC_SMALL;
    }
    if (!(f & SHF_ALLOC) && s->name.len > 4 && s->name.p[0] == '.') {
        out |= is_debug_name(s->name) ? SEC_DEBUG : 0;
        out |= str_starts(s->name, S(".zdebug_")) ? SEC_COMPRESSED : 0;
        if (str_starts(s->name, S(".gnu.lto_")) || str_starts(s->name, S(".llvmbc")) ||
            str_starts(s->name, S(".llvm.lto"))) {
            out |= SEC_LTO;
        }
    }
    return out;
}

enum { NO_ALIGN = 63 }; /* until check_section reports it */

/* Decodes one record; the name stays an offset in *name. */
static void decode_shdr(const uint8_t *p, bool is64, bool be, struct section *s, uint32_t *name)
{
    uint64_t align, entsize;
    *name = get_u32(p, be);
    s->raw_type = get_u32(p + 4, be);
    if (is64) {
        s->raw_flags = (uint32_t)get_u64(p + 8, be);
        s->addr = get_u64(p + 16, be);
        s->file_off = get_u64(p + 24, be);
        s->size = get_u64(p + 32, be);
        s->link = get_u32(p + 40, be);
        s->info = get_u32(p + 44, be);
        align = get_u64(p + 48, be);
        entsize = get_u64(p + 56, be);
    } else {
        s->raw_flags = get_u32(p + 8, be);
        s->addr = get_u32(p + 12, be);
        s->file_off = get_u32(p + 16, be);
        s->size = get_u32(p + 20, be);
        s->link = get_u32(p + 24, be);
        s->info = get_u32(p + 28, be);
        align = get_u32(p + 32, be);
        entsize = get_u32(p + 36, be);
    }
    s->entsize = entsize > UINT32_MAX ? UINT32_MAX : (uint32_t)entsize;
    s->align_p2 = (align <= 1 ? 0 : is_pow2(align) ? (unsigned)__builtin_ctzll(align) : NO_ALIGN) & NO_ALIGN;
}

static void check_section(struct object *obj, uint32_t i, struct section *s)
{
    if (s->align_p2 > 32) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "section %u (%.*s): alignment is not a power of two up to 2^32",
                 i, Q(s->name));
        s->align_p2 = 0;
    }
    if (s->raw_type == SHT_NOBITS || s->raw_type == SHT_NULL || s->size == 0) {
        s->data = view_of(obj->bytes.p, 0);
    } else if (!view_sub(obj->bytes, s->file_off, s->size, &s->data)) {
        diag_bad(obj->diag, s->file_off, "section %u (%.*s) extends past the end of the file", i,
                 Q(s->name));
        s->data = view_of(obj->bytes.p, 0);
    }
}

/* Remembers where the tables are that have a meaning of their own. */
static void note_section(struct object *obj, struct elf *e, uint32_t i, struct section *s)
{
    switch (s->raw_type) {
    case SHT_SYMTAB:
        e->symtab = e->symtab ? e->symtab : i;
        break;
    case SHT_SYMTAB_SHNDX:
        e->symtab_shndx = e->symtab_shndx ? e->symtab_shndx : i;
        break;
    case SHT_DYNSYM:
        e->dynsym = e->dynsym ? e->dynsym : i;
        break;
    case SHT_GNU_VERSYM: e->versym = i; break;
    case SHT_GNU_VERDEF: e->verdef = i; break;
    case SHT_GNU_VERNEED: e->verneed = i; break;
    case SHT_GROUP: e->n_groups++; break;
    case SHT_REL:
    case SHT_RELA:
    case SHT_CREL:
        if (e->reloc_sec && s->info != 0 && s->info < e->shnum) {
            uint32_t *r = &e->reloc_sec[s->info];
            *r = *r ? *r | ELF_RELOC_TWICE : i;
        }
        break;
    default:
        break;
    }
    if (s->raw_flags & SHF_LINK_ORDER) {
        s->assoc = s->link < e->shnum ? s->link : 0;
    }
    if (obj->type == OBJ_TYPE_RELOCATABLE && str_starts(s->name, S(".gnu.linkonce."))) {
        e->n_linkonce++;
    }
}

/* Relocation counts go to the sections that the relocations are for. */
static void count_relocs(struct object *obj, const struct elf *e)
{
    for (uint32_t i = 1; e->reloc_sec && i < e->shnum; i++) {
        uint32_t r = e->reloc_sec[i] & ~ELF_RELOC_TWICE;
        if (r == 0) {
            continue;
        }
        const struct section *rel = &obj->sections[r];
        if (rel->raw_type != SHT_CREL) {
            obj->sections[i].n_relocs = (uint32_t)(rel->data.len / elf_reloc_size(obj, rel->raw_type));
        }
    }
}

static bool read_section_names(struct object *obj, const struct elf *e, struct view *names)
{
    *names = view_of(obj->bytes.p, 0);
    if (e->shstrndx == SHN_UNDEF) {
        return true;
    }
    struct view h;
    uint64_t each = obj->is64 ? SHDR64_SIZE : SHDR32_SIZE;
    if (e->shstrndx >= e->shnum ||
        !view_sub(obj->bytes, e->shoff + (uint64_t)e->shstrndx * e->shentsize, each, &h)) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "section name table number %u is out of range",
                        e->shstrndx);
    }
    struct section s = {0};
    uint32_t name;
    decode_shdr(h.p, obj->is64, obj->big_endian, &s, &name);
    if (s.raw_type == SHT_NOBITS || !view_sub(obj->bytes, s.file_off, s.size, names)) {
        return diag_bad(obj->diag, s.file_off, "section name table lies outside the file");
    }
    return true;
}

enum { LONG_NAME = 256 };

/* What elf_elect.c knows of section S, number RAW in the file. */
static void note_lean(const struct object *obj, const struct elf *e, uint32_t raw, struct section *s)
{
    if (s->link != 0 && s->link < e->shnum) {
        s->link = obj->sec_map[s->link] ? obj->sec_map[s->link] : obj->lost_sec;
    }
    s->n_relocs = e->rels[raw].n;
    s->reloc_off = e->rels[raw].off;
}

static void note_groups(struct object *obj)
{
    obj->sections[obj->lost_sec].flags = SEC_LOST | SEC_EXCLUDE;
    for (uint32_t k = 0; k < obj->n_comdats; k++) {
        const struct comdat *c = &obj->comdats[k];
        for (uint32_t m = 0; m < c->n_members; m++) {
            obj->sections[c->members[m]].comdat = k + 1;
            obj->sections[c->members[m]].flags |= SEC_COMDAT;
        }
    }
}

/* Section contents are checked against the file here, so that everyone after may use ->data. */
static bool read_sections(struct object *obj, struct elf *e)
{
    uint64_t each = obj->is64 ? SHDR64_SIZE : SHDR32_SIZE;
    uint64_t total;
    struct view table, names;
    if (e->shentsize < each) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "section header size %u is too small", e->shentsize);
    }
    if (!ck_mul(e->shnum, e->shentsize, &total) || !view_sub(obj->bytes, e->shoff, total, &table)) {
        return diag_bad(obj->diag, e->shoff, "section headers extend past the end of the file");
    }
    bool named = read_section_names(obj, e, &names);
    obj->n_sections = e->shnum;
    if (obj->elector && obj->type == OBJ_TYPE_RELOCATABLE && named && elf_elect(obj, e, table, names)) {
        obj->n_sections = obj->lost_sec + 1;
    } else if (obj->type == OBJ_TYPE_RELOCATABLE) {
        e->reloc_sec = ARENA_ARRAY(obj->arena, uint32_t, e->shnum);
    }
    obj->sections = arena_array(obj->arena, obj->n_sections, sizeof *obj->sections, e->lean ? 1 : each, table.len);
    uint32_t bad_names = 0;
    for (uint32_t i = 1; i < e->shnum; i++) {
        uint32_t to = e->lean ? obj->sec_map[i] : i;
        struct section *s = &obj->sections[to];
        uint32_t name;
        if (to == 0) {
            continue;
        }
        decode_shdr(table.p + (uint64_t)i * e->shentsize, obj->is64, obj->big_endian, s, &name);
        if (!view_cstr(names, name, &s->name) && names.len != 0) {
            bad_names++;
        }
        if (s->name.len > LONG_NAME && !obj_charge(obj, s->name.len / 16)) {
            elf_end_election(e);
            return false; /* many headers that share one endless name */
        }
        s->flags = flags_of(obj, s) & SEC_FLAGS;
        check_section(obj, i, s);
        if (e->lean) {
            note_lean(obj, e, i, s);
        }
        note_section(obj, e, to, s);
    }
    if (e->lean) {
        elf_end_election(e);
        note_groups(obj);
    }
    if (bad_names) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "names of %u sections lie outside the name table", bad_names);
    }
    count_relocs(obj, e);
    return true;
}

static bool open_elf(struct object *obj)
{
    struct elf *e = ARENA_NEW(obj->arena, struct elf);
    obj->priv = e;
    if (!read_header(obj, e)) {
        return false;
    }
    if (e->shoff == 0) {
        e->shnum = 0;
    } else if (!extended_counts(obj, e) || (e->shnum != 0 && !read_sections(obj, e))) {
        /* An image still runs without its section headers, and its imports can be read. */
        if (obj->type != OBJ_TYPE_EXECUTABLE && obj->type != OBJ_TYPE_SHARED) {
            return false;
        }
        e->shnum = 0;
    }
    if (e->shnum == 0) {
        obj->sections = ARENA_NEW(obj->arena, struct section);
        obj->n_sections = e->shnum = 1;
    }
    if (e->symtab) {
        uint64_t n = obj->sections[e->symtab].data.len / (obj->is64 ? SYM64_SIZE : SYM32_SIZE);
        e->n_syms = n > UINT32_MAX - 16 ? UINT32_MAX - 16 : (uint32_t)n;
    }
    /* A position-independent program is an ET_DYN too; only its dynamic section tells: by a flag or, in old ones, by
       the debugger's cell, which libraries that have an interpreter lack. */
    if (e->e_type == ET_DYN) {
        const struct elf_dyn *d = elf_read_dyn(obj);
        if (d->flags_1 & DF_1_PIE || (e->pt_interp.len && d->has_debug)) {
            obj->type = OBJ_TYPE_EXECUTABLE;
        }
    }
    return true;
}

/* ---- program headers ------------------------------------------------------------------------------ */

static void read_phdr(struct object *obj, struct elf *e, const uint8_t *p)
{
    bool be = obj->big_endian;
    uint32_t type = get_u32(p, be);
    uint64_t off = obj->is64 ? get_u64(p + 8, be) : get_u32(p + 4, be);
    uint64_t va = obj->is64 ? get_u64(p + 16, be) : get_u32(p + 8, be);
    uint64_t len = obj->is64 ? get_u64(p + 32, be) : get_u32(p + 16, be);
    if (type != PT_LOAD && type != PT_DYNAMIC && type != PT_INTERP) {
        return;
    }
    if (off > obj->bytes.len) {
        len = 0;
    } else if (len > obj->bytes.len - off) {
        len = obj->bytes.len - off;
    }
    if (type == PT_LOAD) {
        e->loads[e->n_loads++] = (struct elf_load){va, off, len};
    } else if (type == PT_DYNAMIC) {
        (void)view_sub(obj->bytes, off, len, &e->pt_dynamic);
    } else {
        (void)view_sub(obj->bytes, off, len, &e->pt_interp);
    }
}

void elf_read_phdrs(struct object *obj)
{
    struct elf *e = elf_of(obj);
    if (e->loads_read) {
        return;
    }
    e->loads_read = true;
    uint64_t each = obj->is64 ? PHDR64_SIZE : PHDR32_SIZE;
    uint64_t total;
    struct view table;
    if (e->phnum == 0 || e->phoff == 0) {
        return;
    }
    if (e->phentsize < each || !ck_mul(e->phnum, e->phentsize, &total) ||
        !view_sub(obj->bytes, e->phoff, total, &table)) {
        diag_bad(obj->diag, e->phoff, "program headers extend past the end of the file");
        return;
    }
    e->loads = arena_array(obj->arena, e->phnum, sizeof *e->loads, each, table.len);
    for (uint32_t i = 0; i < e->phnum; i++) {
        read_phdr(obj, e, table.p + (uint64_t)i * e->phentsize);
    }
}

bool elf_va(struct object *obj, uint64_t va, struct view *out)
{
    elf_read_phdrs(obj);
    const struct elf *e = elf_of(obj);
    /* The last segment wins where several cover an address, as it does when they are mapped. */
    for (uint32_t i = e->n_loads; i-- > 0;) {
        const struct elf_load *l = &e->loads[i];
        if (va >= l->va && va - l->va < l->len) {
            return view_sub(obj->bytes, l->off + (va - l->va), l->len - (va - l->va), out);
        }
    }
    return false;
}

const struct reader elf_reader = {
    .name = "elf",
    .open = open_elf,
    .symbols = elf_symbols,
    .dynsyms = elf_dynsyms,
    .imports = elf_imports,
    .exports = elf_exports,
    .reloc_start = elf_reloc_start,
    .reloc_next = elf_reloc_next,
    .synthetic = elf_synthetic,
    .letter = elf_letter,
    .target_name = elf_target_name,
};
