/* elf_sym.c - ELF symbols and section groups.

   The loop over the table is compiled once per class and byte order, so that every load in it is a
   plain one; all decisions that a symbol does not need are outside it. Section numbers come out as
   the model's: reserved ones (gABI 4, "Special Section Indexes", and the processor supplements') are
   decoded here and nowhere else. */
#include "base/ckint.h"
#include "obj/elf_int.h"

/* ---- decoding -------------------------------------------------------------------------------------- */

static const uint8_t binding_of[16] = {
    [STB_LOCAL] = BIND_LOCAL, [STB_GLOBAL] = BIND_GLOBAL, [STB_WEAK] = BIND_WEAK,
    [3] = BIND_GLOBAL, [4] = BIND_GLOBAL, [5] = BIND_GLOBAL, [6] = BIND_GLOBAL, [7] = BIND_GLOBAL,
    [8] = BIND_GLOBAL, [9] = BIND_GLOBAL, [STB_GNU_UNIQUE] = BIND_UNIQUE, [11] = BIND_GLOBAL,
    [12] = BIND_GLOBAL, [13] = BIND_GLOBAL, [14] = BIND_GLOBAL, [15] = BIND_GLOBAL,
};

static const uint8_t type_of[16] = {
    [STT_NOTYPE] = SYM_NOTYPE, [STT_OBJECT] = SYM_OBJECT, [STT_FUNC] = SYM_FUNC,
    [STT_SECTION] = SYM_SECTION, [STT_FILE] = SYM_FILE, [STT_COMMON] = SYM_COMMON,
    [STT_TLS] = SYM_TLS, [7] = SYM_OTHER, [8] = SYM_OTHER, [9] = SYM_OTHER,
    [STT_GNU_IFUNC] = SYM_IFUNC, [11] = SYM_OTHER, [12] = SYM_OTHER, [13] = SYM_OTHER,
    [14] = SYM_OTHER, [15] = SYM_OTHER,
};

/* Reserved section indexes of one processor: another kind of "common", or "undefined". */
static uint32_t reserved_section(enum machine m, uint32_t shndx)
{
    if (shndx == SHN_ABS) {
        return SEC_ABS;
    }
    if (shndx == SHN_COMMON || (m == MACH_X86_64 && shndx == SHN_X86_64_LCOMMON)) {
        return SEC_COMMON;
    }
    switch (m) {
    case MACH_MIPS:
        if (shndx == SHN_MIPS_SUNDEFINED) {
            return SEC_UNDEF;
        }
        return shndx == SHN_MIPS_SCOMMON || shndx == SHN_MIPS_ACOMMON ? SEC_COMMON : SEC_ABS;
    case MACH_PARISC:
        return shndx == SHN_PARISC_ANSI_COMMON || shndx == SHN_PARISC_HUGE_COMMON ? SEC_COMMON : SEC_ABS;
    case MACH_IA64:
        return shndx == SHN_LORESERVE ? SEC_COMMON : SEC_ABS;
    case MACH_HEXAGON:
        return shndx >= SHN_HEXAGON_SCOMMON && shndx <= SHN_HEXAGON_SCOMMON_8 ? SEC_COMMON : SEC_ABS;
    default:
        return SEC_ABS;
    }
}

/* $a $t $x $d, alone or followed by ".anything" ($x on RISC-V: by the ISA string too), mark what the
   bytes that follow are. Source: the Arm ELF supplements, "Mapping symbols"; RISC-V psABI. */
static bool is_mapping_name(enum machine m, struct str n)
{
    if (n.len < 2 || n.p[0] != '$') {
        return false;
    }
    bool end = n.len == 2 || n.p[2] == '.';
    switch (m) {
    case MACH_ARM: return end && (n.p[1] == 'a' || n.p[1] == 't' || n.p[1] == 'd');
    case MACH_ARM64: return end && (n.p[1] == 'x' || n.p[1] == 'd');
    case MACH_RISCV: return (end && n.p[1] == 'd') || n.p[1] == 'x';
    case MACH_CSKY: return end && (n.p[1] == 't' || n.p[1] == 'd');
    default: return false;
    }
}

/* What the loop found wrong: one message each, after it. */
struct sym_faults {
    uint32_t names, sections, first_name, first_section;
    uint64_t name_bytes; /* read so far; names may share tails, without end in a hostile file */
    uint64_t charged;    /* of these, up to here */
    bool stopped;        /* the work budget is used up: the rest goes without names */
};

/* A symbol of a rare kind: reserved or extended section index, or one out of range. */
static uint32_t rare_section(const struct object *obj, uint32_t shndx, struct view xindex, uint32_t i,
                             struct sym_faults *faults)
{
    if (shndx == SHN_XINDEX && view_u32(xindex, (uint64_t)i * 4, obj->big_endian, &shndx)) {
        if (shndx < elf_of(obj)->shnum) {
            return shndx;
        }
    } else if (shndx >= SHN_LORESERVE && shndx != SHN_XINDEX) {
        return reserved_section(obj->machine, shndx);
    }
    faults->first_section = faults->sections++ ? faults->first_section : i;
    return SEC_ABS;
}

static void finish_common(struct symbol *s)
{
    /* st_value of a common symbol is its alignment. */
    s->common_align_p2 = s->value ? (uint8_t)(63 - __builtin_clzll(s->value)) : 0;
    s->value = s->size;
}

enum { CHARGE_EVERY = 64 };

/* Reading each byte of the string table once is what a table costs; more than that is charged. */
static void charge_names(struct object *obj, struct sym_faults *faults)
{
    if (faults->name_bytes > faults->charged) {
        faults->stopped = faults->stopped || !obj_charge(obj, faults->name_bytes - faults->charged);
        faults->charged = faults->name_bytes;
    }
}

static inline __attribute__((always_inline)) void decode_loop(
    struct object *obj, const uint8_t *p, struct view strs, struct view xindex,
    struct symbol *out, uint32_t n, bool is64, bool be, struct sym_faults *faults)
{
    const bool mapping = obj->machine == MACH_ARM || obj->machine == MACH_ARM64 ||
                         obj->machine == MACH_RISCV || obj->machine == MACH_CSKY;
    const uint32_t n_sections = elf_of(obj)->shnum < SHN_LORESERVE ? elf_of(obj)->shnum : SHN_LORESERVE;
    const uint32_t *map = out == obj->symbols ? obj->sec_map : NULL; /* to the model's section numbers */
    for (uint32_t i = 0; i < n; i++, p += is64 ? SYM64_SIZE : SYM32_SIZE) {
        struct symbol *s = &out[i];
        uint32_t name = get_u32(p, be);
        uint8_t info = p[is64 ? 4 : 12], other = p[is64 ? 5 : 13];
        uint32_t shndx = get_u16(p + (is64 ? 6 : 14), be);
        s->value = is64 ? get_u64(p + 8, be) : get_u32(p + 4, be);
        s->size = is64 ? get_u64(p + 16, be) : get_u32(p + 8, be);
        s->raw_idx = i;
        s->alias = UINT32_MAX;
        s->raw_info = info;
        s->raw_desc = other;
        s->binding = binding_of[info >> 4];
        s->type = type_of[info & 15];
        s->visibility = other & 3;
        if (s->name.p) {
            /* the survey read it */
        } else if (name == 0 || faults->stopped) {
            s->name = (struct str){"", 0};
        } else if (!view_cstr(strs, name, &s->name)) {
            faults->first_name = faults->names++ ? faults->first_name : i;
            s->name = S("<corrupt>");
        }
        faults->name_bytes += s->name.len;
        if (i % CHARGE_EVERY == CHARGE_EVERY - 1) {
            charge_names(obj, faults);
        }
        s->sec = shndx < n_sections ? shndx : rare_section(obj, shndx, xindex, i, faults);
        if (map && s->sec != SEC_UNDEF && s->sec <= obj->n_raw_secs) {
            s->sec = map[s->sec] ? map[s->sec] : obj->lost_sec;
        }
        if (s->sec == SEC_COMMON) {
            finish_common(s);
            s->flags |= shndx == SHN_X86_64_LCOMMON && obj->machine == MACH_X86_64 ? SYMF_LARGE : 0;
        } else if (mapping && info == 0 && is_mapping_name(obj->machine, s->name)) {
            s->type = SYM_MAPPING;
        }
    }
}

void elf_decode_syms(struct object *obj, struct view tab, struct view strs, struct view shndx,
                     struct symbol *out, uint32_t n)
{
    struct sym_faults faults = {.charged = strs.len};
    if (obj->is64 && !obj->big_endian) {
        decode_loop(obj, tab.p, strs, shndx, out, n, true, false, &faults);
    } else if (obj->is64) {
        decode_loop(obj, tab.p, strs, shndx, out, n, true, true, &faults);
    } else if (!obj->big_endian) {
        decode_loop(obj, tab.p, strs, shndx, out, n, false, false, &faults);
    } else {
        decode_loop(obj, tab.p, strs, shndx, out, n, false, true, &faults);
    }
    if (faults.names) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "names of %u symbols lie outside the string table, first symbol %u",
                 faults.names, faults.first_name);
    }
    if (faults.sections && obj->n_sections > 1) { /* without section headers there is none to name */
        diag_bad(obj->diag, DIAG_NO_OFFSET, "%u symbols name a section that does not exist, first symbol %u",
                 faults.sections, faults.first_section);
    }
}

/* ---- section groups ---------------------------------------------------------------------------------- */

/* The symbol whose name is the signature; an unnamed section symbol lends its section's name. */
static bool group_signature(struct object *obj, const struct section *s, struct comdat *c)
{
    const struct elf *e = elf_of(obj);
    if (s->link != e->symtab || s->info >= obj->n_symbols) {
        return false;
    }
    const struct symbol *sym = &obj->symbols[s->info];
    c->sym = s->info;
    c->name = sym->name;
    return true;
}

/* One SHT_GROUP section: a flag word, then the numbers of its members. A group without GRP_COMDAT is
   never dropped as a duplicate, but its members still live and die together. */
static bool read_group(struct object *obj, uint32_t idx, struct comdat *c)
{
    const struct section *s = &obj->sections[idx];
    uint64_t n = s->data.len / 4;
    if (n < 1 || !group_signature(obj, s, c)) {
        return diag_bad(obj->diag, s->file_off, "section group %u has no valid signature symbol", idx);
    }
    uint32_t *members = arena_array(obj->arena, n, sizeof *members, 4, s->data.len);
    c->selection = get_u32(s->data.p, obj->big_endian) & GRP_COMDAT ? COMDAT_ANY : COMDAT_NONE;
    c->group_sec = idx;
    c->members = members;
    for (uint64_t k = 1; k < n; k++) {
        uint32_t m = get_u32(s->data.p + k * 4, obj->big_endian);
        if (m == 0 || m >= obj->n_sections || m == idx || obj->sections[m].comdat) {
            diag_bad(obj->diag, s->file_off + k * 4,
                     "section group %u: member %u is no section, or in another group", idx, m);
            continue;
        }
        members[c->n_members++] = m;
        obj->sections[m].comdat = obj->n_comdats + 1;
        obj->sections[m].flags |= SEC_COMDAT;
    }
    return true;
}

/* .gnu.linkonce.T.NAME: what compilers wrote before there were groups. Each is a group of its own,
   named by the whole section name. */
static void read_linkonce(struct object *obj, uint32_t idx)
{
    struct section *s = &obj->sections[idx];
    uint32_t *member = arena_alloc(obj->arena, sizeof *member);
    *member = idx;
    obj->comdats[obj->n_comdats++] = (struct comdat){
        .name = s->name, .sym = UINT32_MAX, .n_members = 1, .members = member, .selection = COMDAT_ANY};
    s->comdat = obj->n_comdats;
    s->flags |= SEC_COMDAT;
}

static void read_comdats(struct object *obj)
{
    const struct elf *e = elf_of(obj);
    uint64_t n = (uint64_t)e->n_groups + e->n_linkonce;
    if (n == 0) {
        return;
    }
    obj->comdats = ARENA_ARRAY(obj->arena, struct comdat, n);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        struct comdat c = {0};
        if (obj->sections[i].raw_type == SHT_GROUP && read_group(obj, i, &c)) {
            obj->comdats[obj->n_comdats++] = c;
        }
    }
    for (uint32_t i = 1; e->n_linkonce && i < obj->n_sections; i++) {
        struct section *s = &obj->sections[i];
        if (!s->comdat && str_starts(s->name, S(".gnu.linkonce."))) {
            read_linkonce(obj, i);
        }
    }
}

/* ---- the table ------------------------------------------------------------------------------------------ */

/* Section symbols have no name of their own: they go by their section's, as in every listing. */
static void name_section_symbols(struct object *obj, uint32_t n_local)
{
    for (uint32_t i = 0; i < n_local; i++) {
        struct symbol *s = &obj->symbols[i];
        if (s->type == SYM_SECTION && s->name.len == 0 && s->sec < obj->n_sections) {
            s->name = obj->sections[s->sec].name;
        }
    }
}

/* What is known of leaders before the table is read. */
static void note_leaders(struct object *obj)
{
    for (uint32_t k = 0; k < obj->n_claims; k++) {
        const struct comdat_claim *c = &obj->claims[k];
        if (c->sym < obj->n_symbols) {
            obj->symbols[c->sym].name = claim_name(c);
            obj->symbols[c->sym].flags |= c->lost ? SYMF_LOST : 0;
        }
    }
}

bool obj_names_versions(const struct object *obj)
{
    const struct elf *e = elf_of(obj);
    struct view strs = e->lean ? obj->sections[obj->sections[e->symtab].link].data : view_of(obj->bytes.p, 0);
    return !e->lean || (strs.len && memchr(strs.p, '@', (size_t)strs.len));
}

bool elf_symbols(struct object *obj)
{
    const struct elf *e = elf_of(obj);
    if (!e->symtab) {
        return true;
    }
    const struct section *tab = &obj->sections[e->symtab];
    uint64_t each = obj->is64 ? SYM64_SIZE : SYM32_SIZE;
    struct view strs = view_of(obj->bytes.p, 0), shndx = strs;
    if (tab->entsize != each && tab->entsize != 0) {
        return diag_bad(obj->diag, tab->file_off, "symbol table has entries of %llu bytes",
                        (unsigned long long)tab->entsize);
    }
    if (tab->link < obj->n_sections) {
        strs = obj->sections[tab->link].data;
    }
    if (e->symtab_shndx) {
        shndx = obj->sections[e->symtab_shndx].data;
    }
    obj->n_symbols = e->n_syms;
    obj->symbols = arena_array(obj->arena, e->n_syms, sizeof *obj->symbols, each, tab->data.len);
    if (e->lean) {
        note_leaders(obj);
    }
    elf_decode_syms(obj, tab->data, strs, shndx, obj->symbols, e->n_syms);
    obj->first_global = tab->info;
    if (tab->info > e->n_syms) {
        diag_bad(obj->diag, tab->file_off, "symbol table claims %u local symbols of %u", tab->info,
                 e->n_syms);
        obj->first_global = e->n_syms;
    }
    name_section_symbols(obj, obj->type == OBJ_TYPE_RELOCATABLE ? obj->first_global : e->n_syms);
    if (obj->type == OBJ_TYPE_RELOCATABLE && !e->lean) {
        read_comdats(obj);
        lto_read_symbols(obj);
    }
    return true;
}
