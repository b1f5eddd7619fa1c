/* xcoff_read.c - AIX objects, as far as ar and nm need them: sections and symbols.

   XCOFF is COFF's big-endian cousin. The 32-bit and the 64-bit form have the same records with other
   widths; a symbol takes 18 bytes in both, and its last auxiliary record tells whether it defines a
   control section (csect), a label in one, or a common block. Linking is not supported.
   Source: IBM, "XCOFF Object File Format". */
#include "obj/reader.h"

enum {
    HDR32_LEN = 20, HDR64_LEN = 24,
    SEC32_LEN = 40, SEC64_LEN = 72,
    SYM_LEN = 18,
    STYP_TEXT = 0x20, STYP_DATA = 0x40, STYP_BSS = 0x80, STYP_TDATA = 0x400, STYP_TBSS = 0x800,
    C_EXT = 2, C_HIDEXT = 107, C_WEAKEXT = 111, C_FILE = 103,
    XTY_CM = 3,
    N_ABS = 0xffff, N_DEBUG = 0xfffe
};

struct xcoff_priv {
    uint64_t sym_off;
    uint32_t n_records;
    struct view strings;
};

static bool read_sections(struct object *obj, uint64_t off, uint32_t n)
{
    const uint64_t len = obj->is64 ? SEC64_LEN : SEC32_LEN;
    struct view table;
    if (!view_sub(obj->bytes, off, n * len, &table)) {
        return diag_bad(obj->diag, off, "section headers lie outside the file");
    }
    obj->sections = ARENA_ARRAY(obj->arena, struct section, (size_t)n + 1);
    obj->n_sections = n + 1;
    for (uint32_t i = 0; i < n; i++) {
        struct section *s = &obj->sections[i + 1];
        struct cursor c = cursor_at(table, i * len, true);
        view_padded(table, c.off, 8, &s->name);
        cur_skip(&c, 8);
        cur_addr(&c, obj->is64);
        s->addr = cur_addr(&c, obj->is64);
        s->size = cur_addr(&c, obj->is64);
        s->file_off = cur_addr(&c, obj->is64);
        cur_skip(&c, obj->is64 ? 24 : 12); /* relocations, line numbers, their counts */
        uint32_t flags = cur_u32(&c);
        s->raw_flags = flags;
        s->flags = flags & STYP_TEXT ? SEC_ALLOC | SEC_EXEC | SEC_CODE : 0;
        s->flags |= flags & (STYP_DATA | STYP_TDATA) ? SEC_ALLOC | SEC_WRITE | SEC_DATA : 0;
        s->flags |= flags & (STYP_BSS | STYP_TBSS) ? SEC_ALLOC | SEC_WRITE | SEC_NOBITS : 0;
        if (!(s->flags & SEC_NOBITS) && !view_sub(obj->bytes, s->file_off, s->size, &s->data)) {
            diag_warn_at(obj->diag, off + i * len, "section %u lies outside the file", i + 1);
        }
    }
    return true;
}

static bool open_xcoff(struct object *obj)
{
    struct view v = obj->bytes;
    struct xcoff_priv *p = ARENA_NEW(obj->arena, struct xcoff_priv);
    obj->priv = p;
    obj->is64 = v.p[1] == 0xf7;
    obj->big_endian = true;
    obj->type = OBJ_TYPE_RELOCATABLE;
    obj->machine = obj->is64 ? MACH_PPC64 : MACH_PPC;
    struct cursor c = cursor_at(v, 2, true);
    uint32_t n_sections = cur_u16(&c);
    cur_u32(&c); /* time */
    p->sym_off = cur_addr(&c, obj->is64);
    p->n_records = obj->is64 ? 0 : cur_u32(&c);
    uint32_t opt_len = cur_u16(&c);
    obj->raw_flags = cur_u16(&c);
    p->n_records = obj->is64 ? cur_u32(&c) : p->n_records;
    if (c.bad) {
        return diag_bad(obj->diag, 0, "file is too short for its header");
    }
    return read_sections(obj, (obj->is64 ? HDR64_LEN : HDR32_LEN) + (uint64_t)opt_len, n_sections);
}

/* A name of up to 8 bytes in the record (32-bit form only), or an offset into the string table. */
static bool symbol_name(const struct object *obj, struct view table, uint64_t at, struct str *out)
{
    const struct xcoff_priv *p = obj->priv;
    uint32_t off = get_u32be(table.p + at + (obj->is64 ? 8 : 4));
    if (!obj->is64 && get_u32be(table.p + at) != 0) {
        return view_padded(table, at, 8, out);
    }
    if (off == 0) {
        *out = (struct str){"", 0};
        return true;
    }
    return view_cstr(p->strings, off, out);
}

/* The visibility bits of n_type; SYM_V_EXPORTED (4) is the default made explicit. */
static uint8_t visibility_of(uint16_t n_type)
{
    switch (n_type >> 12) {
    case 1: return VIS_INTERNAL;
    case 2: return VIS_HIDDEN;
    case 3: return VIS_PROTECTED;
    default: return VIS_DEFAULT;
    }
}

static void place_symbol(const struct object *obj, struct symbol *s, uint16_t sec)
{
    if (sec == N_ABS || sec == N_DEBUG) {
        s->sec = sec == N_ABS ? SEC_ABS : SEC_DEBUGSYM;
    } else {
        s->sec = sec < obj->n_sections ? sec : SEC_UNDEF;
        s->value -= s->sec ? obj->sections[s->sec].addr : 0; /* the file has addresses */
    }
    s->visibility = visibility_of(s->raw_desc);
    s->binding = s->raw_info == C_EXT ? BIND_GLOBAL : s->raw_info == C_WEAKEXT ? BIND_WEAK : BIND_LOCAL;
    if (s->raw_info == C_FILE) {
        s->type = SYM_FILE;
    } else if (s->binding == BIND_LOCAL && s->raw_info != C_HIDEXT) {
        s->type = SYM_DEBUG;
    }
}

static bool read_symbol(struct object *obj, struct view table, uint32_t rec, uint32_t *n_aux)
{
    struct symbol *s = &obj->symbols[obj->n_symbols];
    uint64_t at = (uint64_t)rec * SYM_LEN;
    const uint8_t *r = table.p + at;
    *s = (struct symbol){.raw_idx = rec, .alias = UINT32_MAX, .raw_info = r[16], .raw_desc = get_u16(r + 14, true)};
    s->value = obj->is64 ? get_u64be(r) : get_u32be(r + 8);
    *n_aux = r[17];
    if (!symbol_name(obj, table, at, &s->name)) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "name of symbol %u lies outside the string table", rec);
    }
    place_symbol(obj, s, get_u16(r + 12, true));
    /* the csect record is the last one */
    uint64_t aux = at + (uint64_t)*n_aux * SYM_LEN;
    if (*n_aux && s->binding != BIND_LOCAL && view_has(table, aux, SYM_LEN) && (table.p[aux + 10] & 7) == XTY_CM) {
        s->size = get_u32be(table.p + aux);
        s->type = SYM_COMMON;
    }
    obj->n_symbols++;
    return true;
}

static bool read_symbols(struct object *obj)
{
    struct xcoff_priv *p = obj->priv;
    struct view table;
    uint64_t len = (uint64_t)p->n_records * SYM_LEN;
    if (p->n_records == 0) {
        return true;
    }
    if (!view_sub(obj->bytes, p->sym_off, len, &table)) {
        return diag_bad(obj->diag, p->sym_off, "symbol table lies outside the file");
    }
    p->strings = view_from(obj->bytes, p->sym_off + len);
    obj->symbols = arena_array(obj->arena, p->n_records, sizeof *obj->symbols, SYM_LEN, len);
    if (!obj->symbols || !obj_charge(obj, p->n_records)) {
        return false;
    }
    for (uint64_t i = 0; i < p->n_records;) {
        uint32_t n_aux;
        if (!read_symbol(obj, table, (uint32_t)i, &n_aux)) {
            return false;
        }
        i += 1 + (uint64_t)n_aux;
    }
    return true;
}

static char symbol_letter(const struct object *obj, const struct symbol *s)
{
    bool global = s->binding != BIND_LOCAL;
    char c = '?';
    if (s->sec == SEC_UNDEF) {
        return s->binding == BIND_WEAK ? 'w' : 'U';
    }
    if (s->binding == BIND_WEAK) {
        return 'W';
    }
    if (s->sec == SEC_ABS || s->type == SYM_FILE) {
        c = s->type == SYM_FILE ? 'f' : 'a';
    } else if (s->sec == SEC_DEBUGSYM) {
        return 'N';
    } else {
        uint32_t f = obj->sections[s->sec].flags;
        c = f & SEC_EXEC ? 't' : f & SEC_NOBITS ? 'b' : f & SEC_WRITE ? 'd' : 'n';
    }
    return global ? (char)(c - 'a' + 'A') : c;
}

static const char *target_name(const struct object *obj)
{
    return obj->is64 ? "aixcoff64-rs6000" : "aixcoff-rs6000";
}

const struct reader xcoff_reader = {
    .name = "xcoff",
    .open = open_xcoff,
    .symbols = read_symbols,
    .letter = symbol_letter,
    .target_name = target_name,
};
