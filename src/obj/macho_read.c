/* macho_read.c - Mach-O files, 32 and 64 bits, both byte orders: header, load commands, sections and
   symbols. Relocations are in macho_reloc.c, what dyld reads in macho_dyld.c, texts and names in
   macho_text.c. Format: macho_fmt.h. Symbol letters: spec ar-nm, 4.3. */
#include <stdlib.h>

#include "base/ckint.h"
#include "base/limits.h"
#include "obj/macho_priv.h"

bool macho_probe(struct view v)
{
    uint32_t magic;
    return view_u32(v, 0, true, &magic) &&
           (magic == MH_MAGIC || magic == MH_MAGIC_64 || magic == __builtin_bswap32(MH_MAGIC) ||
            magic == __builtin_bswap32(MH_MAGIC_64));
}

/* ---- header ----------------------------------------------------------------------------------- */

static enum obj_type type_of(uint32_t filetype)
{
    switch (filetype) {
    case MH_OBJECT: return OBJ_TYPE_RELOCATABLE;
    case MH_EXECUTE:
    case MH_PRELOAD:
    case MH_DYLINKER:
    case MH_FILESET: return OBJ_TYPE_EXECUTABLE;
    case MH_FVMLIB:
    case MH_DYLIB:
    case MH_DYLIB_STUB:
    case MH_BUNDLE:
    case MH_KEXT_BUNDLE: return OBJ_TYPE_SHARED;
    case MH_CORE: return OBJ_TYPE_CORE;
    case MH_DSYM: return OBJ_TYPE_DEBUG;
    default: return OBJ_TYPE_OTHER;
    }
}

static bool read_header(struct object *obj, uint32_t *ncmds, uint64_t *sizeofcmds)
{
    uint32_t magic = 0;
    view_u32(obj->bytes, 0, false, &magic);
    obj->big_endian = magic != MH_MAGIC && magic != MH_MAGIC_64;
    magic = obj->big_endian ? __builtin_bswap32(magic) : magic;
    obj->is64 = magic == MH_MAGIC_64;

    struct cursor c = cursor_at(obj->bytes, 4, obj->big_endian);
    obj->raw_machine = cur_u32(&c);
    obj->raw_subtype = cur_u32(&c);
    uint32_t filetype = cur_u32(&c);
    *ncmds = cur_u32(&c);
    *sizeofcmds = cur_u32(&c);
    obj->raw_flags = cur_u32(&c);
    cur_skip(&c, obj->is64 ? 4 : 0);
    if (c.bad) {
        return diag_bad(obj->diag, 0, "the Mach-O header is cut short (%llu bytes)",
                        (unsigned long long)obj->bytes.len);
    }
    obj->type = type_of(filetype);
    obj->machine = machine_from_macho(obj->raw_machine);
    return true;
}

/* The commands, each bounded; a damaged one ends the list. */
static void read_commands(struct object *obj, struct macho *m, uint32_t ncmds, uint64_t size)
{
    uint64_t start = obj->is64 ? MH_HEADER_SIZE_64 : MH_HEADER_SIZE;
    struct view all;
    if (!view_sub(obj->bytes, start, size, &all)) {
        diag_bad(obj->diag, start, "the load commands (%llu bytes) extend past the end of the file",
                 (unsigned long long)size);
        all = view_from(obj->bytes, start);
    }
    m->cmds = arena_array(obj->arena, ncmds, sizeof *m->cmds, LC_SIZE_MIN, all.len);
    if (!m->cmds) {
        diag_bad(obj->diag, start, "%u load commands cannot be in %llu bytes", ncmds,
                 (unsigned long long)all.len);
        return;
    }
    uint64_t off = 0;
    for (uint32_t i = 0; i < ncmds; i++) {
        uint32_t cmd, len;
        struct view bytes;
        if (!view_u32(all, off, obj->big_endian, &cmd) ||
            !view_u32(all, off + 4, obj->big_endian, &len) || len < LC_SIZE_MIN ||
            !view_sub(all, off, len, &bytes)) {
            diag_bad(obj->diag, start + off, "load command %u does not fit", i);
            return;
        }
        m->cmds[m->n_cmds++] = (struct macho_cmd){cmd, start + off, bytes};
        off += len;
    }
}

bool macho_lc_str(struct object *obj, const struct macho_cmd *c, uint64_t field, struct str *out)
{
    uint32_t off;
    *out = (struct str){"", 0};
    if (!view_u32(c->bytes, field, obj->big_endian, &off) || off < LC_SIZE_MIN || off > c->bytes.len) {
        return diag_bad(obj->diag, c->off, "the string of load command 0x%x lies outside it", c->cmd);
    }
    return view_padded(c->bytes, off, c->bytes.len - off, out);
}

/* ---- segments and sections ---------------------------------------------------------------------- */

static bool is_zerofill(uint32_t type)
{
    return type == S_ZEROFILL || type == S_GB_ZEROFILL || type == S_THREAD_LOCAL_ZEROFILL;
}

static uint32_t flags_of_type(struct section *s, uint32_t type, uint32_t ptr_size)
{
    switch (type) {
    case S_CSTRING_LITERALS: s->entsize = 1; return SEC_MERGE | SEC_STRINGS;
    case S_4BYTE_LITERALS: s->entsize = 4; return SEC_MERGE;
    case S_8BYTE_LITERALS: s->entsize = 8; return SEC_MERGE;
    case S_16BYTE_LITERALS: s->entsize = 16; return SEC_MERGE;
    case S_LITERAL_POINTERS: s->entsize = ptr_size; return 0;
    case S_SYMBOL_STUBS: s->entsize = s->info; return 0; /* reserved2: size of a stub */
    case S_THREAD_LOCAL_REGULAR:
    case S_THREAD_LOCAL_ZEROFILL: return SEC_TLS;
    default: return 0;
    }
}

/* SEC_*: from type and attributes; from the segment's protection in images. Objects have one segment
   without a name and with all rights, so there the section's own segment name decides. */
static uint32_t section_flags(const struct object *obj, struct section *s, struct str segment,
                              const struct macho_segment *seg)
{
    uint32_t raw = s->raw_flags;
    uint32_t f = flags_of_type(s, s->raw_type, obj->is64 ? 8 : 4);
    bool code = raw & (S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS);
    bool object = obj->type == OBJ_TYPE_RELOCATABLE;
    if (raw & S_ATTR_DEBUG || str_is(segment, "__DWARF")) {
        f |= SEC_DEBUG;
    } else if (str_is(segment, "__LLVM") && str_starts(s->name, S("__bit"))) {
        f |= SEC_LTO;
    } else {
        f |= SEC_ALLOC;
        f |= object ? (str_is(segment, "__TEXT") ? 0 : SEC_WRITE)
                    : (seg->prot & VM_PROT_WRITE ? SEC_WRITE : 0);
        f |= code && (object || seg->prot & VM_PROT_EXECUTE) ? SEC_EXEC : 0;
    }
    f |= code ? SEC_CODE : 0;
    f |= is_zerofill(s->raw_type) ? SEC_NOBITS : SEC_DATA;
    f |= raw & S_ATTR_NO_DEAD_STRIP ? SEC_RETAIN : 0;
    return f;
}

static void read_section(struct object *obj, struct cursor *c, const struct macho_segment *seg,
                         struct section *s, struct str *segment)
{
    uint64_t at = c->off;
    view_padded(c->v, c->off, 16, &s->name);
    view_padded(c->v, c->off + 16, 16, segment);
    cur_skip(c, 32);
    s->addr = cur_addr(c, obj->is64);
    s->size = cur_addr(c, obj->is64);
    s->file_off = cur_u32(c);
    uint32_t align = cur_u32(c);
    s->reloc_off = cur_u32(c);
    s->n_relocs = cur_u32(c);
    uint32_t raw = cur_u32(c);
    s->link = cur_u32(c);
    s->info = cur_u32(c);
    cur_skip(c, obj->is64 ? 4 : 0);
    s->raw_flags = raw;
    s->raw_type = raw & SECTION_TYPE;
    s->flags = section_flags(obj, s, *segment, seg) & SEC_FLAGS;
    if (align > 32) {
        diag_bad(obj->diag, at, "section %.*s,%.*s: the alignment 2^%u is too large", Q(*segment),
                 Q(s->name), align);
        align = 0;
    }
    s->align_p2 = align & 63;
    /* Debug companions keep the section headers of the program and none of its contents. */
    if (obj->type == OBJ_TYPE_DEBUG && seg->file_size == 0) {
        s->flags |= SEC_NOBITS;
    }
    if (!(s->flags & SEC_NOBITS) && !view_sub(obj->bytes, s->file_off, s->size, &s->data)) {
        diag_bad(obj->diag, at, "section %.*s,%.*s (%llu bytes at 0x%llx) extends past the end of the file",
                 Q(*segment), Q(s->name), (unsigned long long)s->size,
                 (unsigned long long)s->file_off);
    }
    uint64_t bytes = (uint64_t)s->n_relocs * RELOC_SIZE;
    if (s->n_relocs && !view_has(obj->bytes, s->reloc_off, bytes)) {
        diag_bad(obj->diag, at, "%u relocations of section %.*s,%.*s extend past the end of the file",
                 s->n_relocs, Q(*segment), Q(s->name));
        s->n_relocs = 0;
    }
}

static bool is_segment(const struct macho_cmd *c)
{
    return c->cmd == LC_SEGMENT || c->cmd == LC_SEGMENT_64;
}

/* The segment header: how many sections it says it has and how many its command holds. */
static bool segment_counts(struct object *obj, const struct macho_cmd *c, uint32_t *n)
{
    bool is64 = c->cmd == LC_SEGMENT_64;
    uint32_t head = is64 ? SEGMENT_SIZE_64 : SEGMENT_SIZE;
    if (is64 != obj->is64) {
        return diag_bad(obj->diag, c->off, "a %d-bit segment in a %d-bit file", is64 ? 64 : 32,
                        obj->is64 ? 64 : 32);
    }
    if (!view_u32(c->bytes, head - 8, obj->big_endian, n) ||
        *n > (c->bytes.len - head) / (is64 ? SECTION_SIZE_64 : SECTION_SIZE)) {
        return diag_bad(obj->diag, c->off, "the segment command does not hold its sections");
    }
    return true;
}

static void read_segment(struct object *obj, struct macho *m, const struct macho_cmd *c, uint32_t n,
                         struct str *segments)
{
    struct macho_segment *seg = &m->segs[m->n_segs++];
    struct cursor cur = cursor_at(c->bytes, 8, obj->big_endian);
    view_padded(c->bytes, 8, 16, &seg->name);
    cur_skip(&cur, 16);
    seg->addr = cur_addr(&cur, obj->is64);
    seg->size = cur_addr(&cur, obj->is64);
    seg->file_off = cur_addr(&cur, obj->is64);
    seg->file_size = cur_addr(&cur, obj->is64);
    cur_skip(&cur, 4);
    seg->prot = cur_u32(&cur);
    cur_skip(&cur, 8);
    if (!m->text && seg->file_off == 0 && seg->file_size != 0 && obj->type != OBJ_TYPE_RELOCATABLE) {
        m->text = seg;
    }
    for (uint32_t i = 0; i < n; i++, obj->n_sections++) {
        read_section(obj, &cur, seg, &obj->sections[obj->n_sections], &segments[obj->n_sections]);
    }
}

static int by_addr(const void *a, const void *b)
{
    const struct section *x = *(const struct section *const *)a, *y = *(const struct section *const *)b;
    return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : x < y ? -1 : x > y;
}

/* Relocations of 32-bit machines name their targets by address. */
static void sort_sections(struct object *obj, struct macho *m)
{
    m->by_addr = arena_array(obj->arena, obj->n_sections, sizeof *m->by_addr, 1, obj->bytes.len);
    for (uint32_t i = 1; m->by_addr && i < obj->n_sections; i++) {
        m->by_addr[i - 1] = &obj->sections[i];
    }
    if (m->by_addr) {
        qsort(m->by_addr, obj->n_sections - 1, sizeof *m->by_addr, by_addr);
    }
}

uint32_t macho_section_at(const struct object *obj, uint64_t addr)
{
    const struct macho *m = macho_priv(obj);
    uint32_t lo = 0, hi = m->by_addr ? obj->n_sections - 1 : 0;
    while (lo < hi) { /* the first section that begins after ADDR */
        uint32_t mid = lo + (hi - lo) / 2;
        if (m->by_addr[mid]->addr <= addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    /* Step back over empty sections to one that holds the address. */
    for (uint32_t i = lo; i > 0 && i + 8 > lo; i--) {
        const struct section *s = m->by_addr[i - 1];
        if (addr - s->addr < s->size || (addr == s->addr + s->size && i == lo)) {
            return (uint32_t)(s - obj->sections);
        }
    }
    return 0;
}

static bool read_segments(struct object *obj, struct macho *m)
{
    uint64_t total = 1;
    uint32_t n, segs = 0;
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        if (is_segment(&m->cmds[i])) {
            if (segment_counts(obj, &m->cmds[i], &n)) {
                total += n;
                segs++;
            } else {
                m->cmds[i].cmd = 0; /* diagnosed: nobody looks at it again */
            }
        }
    }
    obj->sections = arena_array(obj->arena, total, sizeof *obj->sections, 1, obj->bytes.len);
    struct str *segments = arena_array(obj->arena, total, sizeof *segments, 1, obj->bytes.len);
    obj->segments = segments;
    m->segs = arena_array(obj->arena, segs, sizeof *m->segs, SEGMENT_SIZE, obj->bytes.len);
    if (!obj->sections || !segments || !m->segs) {
        return diag_bad(obj->diag, 0, "the file is too small for its sections");
    }
    obj->sections[0] = (struct section){.name = {"", 0}};
    segments[0] = (struct str){"", 0};
    obj->n_sections = 1;
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        if (is_segment(&m->cmds[i]) && segment_counts(obj, &m->cmds[i], &n)) {
            read_segment(obj, m, &m->cmds[i], n, segments);
        }
    }
    if (!obj->is64) {
        sort_sections(obj, m);
    }
    /* Relocation tables that overlap multiply the work of whoever reads them all. */
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (!obj_charge(obj, obj->sections[i].n_relocs)) {
            return false;
        }
    }
    return true;
}

/* ---- the other commands that open needs ---------------------------------------------------------- */

static void read_symtab_cmd(struct object *obj, struct macho *m, const struct macho_cmd *c)
{
    struct cursor cur = cursor_at(c->bytes, 8, obj->big_endian);
    uint64_t symoff = cur_u32(&cur);
    uint32_t nsyms = cur_u32(&cur);
    uint64_t stroff = cur_u32(&cur), strsize = cur_u32(&cur);
    uint64_t entry = obj->is64 ? NLIST_SIZE_64 : NLIST_SIZE;
    if (cur.bad || m->symtab.p) {
        diag_bad(obj->diag, c->off, "%s", cur.bad ? "the symbol table command is cut short"
                                                  : "a second symbol table command");
        return;
    }
    if (!view_sub(obj->bytes, symoff, nsyms * entry, &m->symtab)) {
        diag_bad(obj->diag, c->off, "the symbol table (%u symbols at 0x%llx) extends past the end of the file",
                 nsyms, (unsigned long long)symoff);
        m->symtab = view_from(obj->bytes, symoff);
    }
    if (!view_sub(obj->bytes, stroff, strsize, &m->strtab)) {
        diag_bad(obj->diag, c->off, "the string table (%llu bytes at 0x%llx) extends past the end of the file",
                 (unsigned long long)strsize, (unsigned long long)stroff);
        m->strtab = view_from(obj->bytes, stroff);
    }
    m->symtab_off = symoff;
    m->nsyms = (uint32_t)(m->symtab.len / entry < nsyms ? m->symtab.len / entry : nsyms);
}

/* Where the program counter lies in the first thread state, by machine: flavor, byte offset. */
static bool thread_pc(uint32_t cputype, uint32_t flavor, uint64_t *off)
{
    static const struct {
        uint32_t cputype, flavor, off;
    } table[] = {{CPU_X86_64, 4, 16 * 8}, {CPU_I386, 1, 10 * 4},    {CPU_ARM, 1, 15 * 4},
                 {CPU_ARM64, 6, 32 * 8},  {CPU_POWERPC, 1, 0},      {CPU_POWERPC64, 5, 0},
                 {CPU_MC680X0, 1, 17 * 4}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].cputype == cputype && table[i].flavor == flavor) {
            *off = table[i].off;
            return true;
        }
    }
    return false;
}

static void read_entry(struct object *obj, const struct macho *m, const struct macho_cmd *c)
{
    uint64_t off, entry;
    uint32_t flavor;
    if (c->cmd == LC_MAIN) {
        if (view_u64(c->bytes, 8, obj->big_endian, &entry)) {
            obj->entry = (m->text ? m->text->addr : 0) + entry;
        }
    } else if (view_u32(c->bytes, 8, obj->big_endian, &flavor) &&
               thread_pc(obj->raw_machine, flavor, &off)) {
        struct cursor cur = cursor_at(c->bytes, 16 + off, obj->big_endian);
        obj->entry = cur_addr(&cur, obj->is64);
    }
}

static bool open_macho(struct object *obj)
{
    struct macho *m = ARENA_NEW(obj->arena, struct macho);
    uint32_t ncmds;
    uint64_t size;
    obj->priv = m;
    if (!read_header(obj, &ncmds, &size)) {
        return false;
    }
    read_commands(obj, m, ncmds, size);
    if (!read_segments(obj, m)) {
        return false;
    }
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        switch (m->cmds[i].cmd) {
        case LC_SYMTAB: read_symtab_cmd(obj, m, &m->cmds[i]); break;
        case LC_MAIN:
        case LC_UNIXTHREAD: read_entry(obj, m, &m->cmds[i]); break;
        default: break;
        }
    }
    return true;
}

/* ---- symbols ------------------------------------------------------------------------------------- */

static void set_place(const struct object *obj, struct symbol *s, uint8_t n_sect)
{
    switch (s->raw_info & N_TYPE) {
    case N_UNDF:
        if (s->raw_info & N_EXT && s->value != 0) {
            s->sec = SEC_COMMON;
            s->type = SYM_COMMON;
            s->size = s->value;
            s->common_align_p2 = N_DESC_COMMON_ALIGN(s->raw_desc);
        }
        break;
    case N_ABS: s->sec = SEC_ABS; break;
    case N_INDR: s->sec = SEC_INDIRECT; break;
    case N_SECT:
        if (n_sect == 0 || n_sect >= obj->n_sections) {
            s->sec = SEC_ABS; /* counted by the caller; nm shows where the value points */
            break;
        }
        s->sec = n_sect;
        s->value -= obj->type == OBJ_TYPE_RELOCATABLE ? obj->sections[n_sect].addr : 0;
        s->type = obj->sections[n_sect].flags & SEC_CODE  ? SYM_FUNC
                  : obj->sections[n_sect].flags & SEC_TLS ? SYM_TLS
                                                          : SYM_OBJECT;
        break;
    default: break; /* N_PBUD: undefined, prebound */
    }
}

static uint16_t desc_flags(const struct object *obj, const struct symbol *s)
{
    uint16_t d = s->raw_desc, f = 0;
    bool undef = s->sec == SEC_UNDEF, common = s->sec == SEC_COMMON;
    f |= d & REFERENCED_DYNAMICALLY ? SYMF_REF_DYNAMIC : 0;
    f |= d & N_WEAK_REF ? SYMF_WEAK_REF : 0;
    if (d & N_WEAK_DEF && !undef) {
        f |= SYMF_WEAK_DEF;
        f = d & N_WEAK_REF ? (uint16_t)((f & ~SYMF_WEAK_REF) | SYMF_AUTO_HIDE) : f;
    }
    if (!undef && !common) {
        f |= d & N_ARM_THUMB_DEF ? SYMF_THUMB : 0;
        f |= d & N_ALT_ENTRY && obj->type == OBJ_TYPE_RELOCATABLE ? SYMF_ALT_ENTRY : 0;
    }
    if (d & N_NO_DEAD_STRIP && obj->type == OBJ_TYPE_RELOCATABLE) {
        f |= SYMF_NO_DEAD_STRIP;
    }
    return f;
}

static void read_symbol(const struct object *obj, struct symbol *s, uint8_t n_sect)
{
    s->alias = UINT32_MAX;
    if (s->raw_info & N_STAB) {
        s->sec = SEC_DEBUGSYM;
        s->type = SYM_DEBUG;
        return;
    }
    bool ext = s->raw_info & N_EXT, pext = s->raw_info & N_PEXT;
    set_place(obj, s, n_sect);
    s->flags = desc_flags(obj, s);
    s->flags |= pext ? SYMF_PRIVATE_EXTERN : 0;
    s->visibility = pext ? VIS_HIDDEN : VIS_DEFAULT;
    bool weak = s->sec == SEC_UNDEF ? s->flags & SYMF_WEAK_REF : s->flags & SYMF_WEAK_DEF;
    s->binding = !ext ? BIND_LOCAL : weak ? BIND_WEAK : BIND_GLOBAL;
    if (s->type == SYM_FUNC && s->raw_desc & N_SYMBOL_RESOLVER &&
        obj->type == OBJ_TYPE_RELOCATABLE) {
        s->type = SYM_IFUNC;
    }
    if (s->sec == SEC_UNDEF && obj->raw_flags & MH_TWOLEVEL) {
        s->version = N_DESC_ORDINAL(s->raw_desc);
    }
    if (ext && obj->type != OBJ_TYPE_RELOCATABLE) {
        s->flags |= s->sec == SEC_UNDEF ? SYMF_IMPORTED : pext ? 0 : SYMF_EXPORTED;
    }
}

/* The name at STRX; offset 0 is "no name" by convention, whatever stands there. */
static bool symbol_name(struct object *obj, const struct macho *m, uint32_t strx, struct str *out)
{
    *out = (struct str){"", 0};
    if (strx == 0) {
        return true;
    }
    return view_cstr(m->strtab, strx, out) && obj_charge(obj, out->len / 16);
}

static bool macho_symbols(struct object *obj)
{
    const struct macho *m = macho_priv(obj);
    uint64_t entry = obj->is64 ? NLIST_SIZE_64 : NLIST_SIZE;
    if (!obj_charge(obj, m->nsyms)) {
        return false;
    }
    obj->symbols = arena_array(obj->arena, m->nsyms, sizeof *obj->symbols, entry, m->symtab.len);
    if (!obj->symbols) {
        return diag_bad(obj->diag, m->symtab_off, "the symbol table is cut short");
    }
    uint32_t bad_sect = 0;
    for (uint32_t i = 0; i < m->nsyms; i++) {
        const uint8_t *p = m->symtab.p + i * entry;
        struct symbol *s = &obj->symbols[i];
        s->raw_idx = i;
        s->raw_info = p[4];
        s->raw_desc = get_u16(p + 6, obj->big_endian);
        s->value = obj->is64 ? get_u64(p + 8, obj->big_endian) : get_u32(p + 8, obj->big_endian);
        if (!symbol_name(obj, m, get_u32(p, obj->big_endian), &s->name)) {
            if (obj->work_left == 0) {
                return false;
            }
            diag_bad(obj->diag, m->symtab_off + i * entry,
                     "symbol %u: its name lies outside the string table", i);
        }
        read_symbol(obj, s, p[5]);
        bad_sect += !(p[4] & N_STAB) && (p[4] & N_TYPE) == N_SECT && (p[5] == 0 || p[5] >= obj->n_sections);
        obj->n_symbols = i + 1;
    }
    if (bad_sect) {
        diag_bad(obj->diag, m->symtab_off, "%u symbols are in sections that do not exist", bad_sect);
    }
    return true;
}

/* ---- letters and names ---------------------------------------------------------------------------- */

static char section_letter(const struct object *obj, uint32_t sec)
{
    const struct section *s = &obj->sections[sec];
    struct str segment = obj->segments[sec];
    if ((str_is(segment, "__TEXT") || str_is(segment, "__TEXT_EXEC")) && str_is(s->name, "__text")) {
        return 't';
    }
    if (str_is(segment, "__DATA")) {
        return str_is(s->name, "__data") ? 'd' : str_is(s->name, "__bss") ? 'b' : 's';
    }
    return 's';
}

static char macho_letter(const struct object *obj, const struct symbol *sym)
{
    char c;
    if (sym->type == SYM_DEBUG) {
        return '-';
    }
    switch (sym->sec) {
    case SEC_UNDEF: c = 'u'; break;
    case SEC_COMMON: c = 'c'; break;
    case SEC_ABS: c = (sym->raw_info & N_TYPE) == N_SECT ? 's' : 'a'; break;
    case SEC_INDIRECT: c = 'i'; break;
    default: c = section_letter(obj, sym->sec); break;
    }
    return sym->raw_info & N_EXT ? (char)(c - 'a' + 'A') : c;
}

/* BFD's names; the cases without one of their own are its generic targets. */
static const char *macho_target_name(const struct object *obj)
{
    switch (obj->raw_machine) {
    case CPU_X86_64: return "mach-o-x86-64";
    case CPU_I386: return "mach-o-i386";
    case CPU_ARM64:
    case CPU_ARM64_32: return "mach-o-arm64";
    case CPU_ARM: return "mach-o-arm";
    default: return obj->big_endian ? "mach-o-be" : "mach-o-le";
    }
}

const struct reader macho_reader = {
    .name = "macho",
    .open = open_macho,
    .symbols = macho_symbols,
    .dynsyms = macho_dynsyms,
    .imports = macho_imports,
    .exports = macho_exports,
    .reloc_start = macho_reloc_start,
    .reloc_next = macho_reloc_next,
    .letter = macho_letter,
    .target_name = macho_target_name,
};
