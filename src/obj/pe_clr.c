/* pe_clr.c - the native libraries that a .NET image calls (P/Invoke) and the assemblies that it
   refers to, from its CLI metadata.

   Directory 14 leads to the CLI header, that to the metadata root "BSJB", a list of named streams.
   The stream "#~" (or "#-") is a set of tables without any offsets: where a table starts follows from
   the row counts and row sizes of all tables before it, and row sizes follow from the row counts of
   the tables that columns point to. Three tables are wanted: ModuleRef (0x1a), the names of native
   libraries, ImplMap (0x1c), one row per imported method, and AssemblyRef (0x23).
   Source: ECMA-335, partition II, 22 ("Metadata logical format") and 24 ("physical layout"). */
#include "obj/pe_image.h"

/* ECMA-335 bounds no name; the runtime does, at 1023 bytes. */
enum { CLR_NAME_MAX = 1023 };
#define N_TABLES 0x2d
#define T_METHODDEF 0x06
#define T_FIELD 0x04
#define T_MODULEREF 0x1a
#define T_IMPLMAP 0x1c
#define T_ASSEMBLYREF 0x23

/* Columns: a digit is that many bytes; s, g, b are heap indices (#Strings, #GUID, #Blob); the others
   are indices into tables, simple or coded. */
static const char *const columns[T_ASSEMBLYREF + 1] = {
    [0x00] = "2sggg", [0x01] = "Rss",  [0x02] = "4ssTFM", [0x03] = "F",    [0x04] = "2sb",
    [0x05] = "M",     [0x06] = "422sbP", [0x07] = "P",    [0x08] = "22s",  [0x09] = "DT",
    [0x0a] = "psb",   [0x0b] = "2cb",  [0x0c] = "CAb",    [0x0d] = "fb",   [0x0e] = "2Sb",
    [0x0f] = "24D",   [0x10] = "4F",   [0x11] = "b",      [0x12] = "DE",   [0x13] = "E",
    [0x14] = "2sT",   [0x15] = "DY",   [0x16] = "Y",      [0x17] = "2sb",  [0x18] = "2MH",
    [0x19] = "Ddd",   [0x1a] = "s",    [0x1b] = "b",      [0x1c] = "2wsO",
    [0x1d] = "4F",    [0x1e] = "44",  [0x1f] = "4",      [0x20] = "422224bss", [0x21] = "4",
    [0x22] = "444",   [0x23] = "22224bssb",
};

/* An index column: the tables it may point to, 0xff ends; with more than one, TAG bits tell which. */
struct index_kind {
    char letter;
    uint8_t tag;
    uint8_t tables[23];
};
static const struct index_kind kinds[] = {
    {'F', 0, {0x04, 0xff}},             /* Field */
    {'M', 0, {0x06, 0xff}},             /* MethodDef */
    {'P', 0, {0x08, 0xff}},             /* Param */
    {'D', 0, {0x02, 0xff}},             /* TypeDef */
    {'E', 0, {0x14, 0xff}},             /* Event */
    {'Y', 0, {0x17, 0xff}},             /* Property */
    {'O', 0, {0x1a, 0xff}},             /* ModuleRef */
    {'T', 2, {0x02, 0x01, 0x1b, 0xff}}, /* TypeDefOrRef */
    {'R', 2, {0x00, 0x1a, 0x23, 0x01, 0xff}}, /* ResolutionScope */
    {'p', 3, {0x02, 0x01, 0x1a, 0x06, 0x1b, 0xff}}, /* MemberRefParent */
    {'c', 2, {0x04, 0x08, 0x17, 0xff}}, /* HasConstant */
    {'A', 3, {0x06, 0x0a, 0xff}},       /* CustomAttributeType */
    {'f', 1, {0x04, 0x08, 0xff}},       /* HasFieldMarshal */
    {'S', 2, {0x02, 0x06, 0x20, 0xff}}, /* HasDeclSecurity */
    {'H', 1, {0x14, 0x17, 0xff}},       /* HasSemantics */
    {'d', 1, {0x06, 0x0a, 0xff}},       /* MethodDefOrRef */
    {'w', 1, {0x04, 0x06, 0xff}},       /* MemberForwarded */
    {'C', 5, {0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x0e, 0x17, 0x14, 0x11, 0x1a, 0x1b,
              0x20, 0x23, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b, 0xff}}, /* HasCustomAttribute */
};

static uint8_t column_width(char col, uint8_t heap_sizes, const uint32_t rows[64])
{
    switch (col) {
    case '2': return 2;
    case '4': return 4;
    case 's': return heap_sizes & 1 ? 4 : 2;
    case 'g': return heap_sizes & 2 ? 4 : 2;
    case 'b': return heap_sizes & 4 ? 4 : 2;
    default: break;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].letter == col) {
            uint32_t max = 0;
            for (const uint8_t *t = kinds[i].tables; *t != 0xff; t++) {
                max = rows[*t] > max ? rows[*t] : max;
            }
            return max < UINT32_C(1) << (16 - kinds[i].tag) ? 2 : 4;
        }
    }
    return 0;
}

static uint32_t row_size(const char *cols, uint8_t heap_sizes, const uint32_t rows[64])
{
    uint32_t n = 0;
    for (; *cols; cols++) {
        n += column_width(*cols, heap_sizes, rows);
    }
    return n;
}

static bool bad_clr(struct object *obj, const char *what)
{
    obj->failed |= LOADED_IMPORTS;
    return diag_bad(obj->diag, DIAG_NO_OFFSET, ".NET metadata: %s", what);
}

/* Finds the streams #~ (or #-) and #Strings below the root. */
static bool find_streams(struct object *obj, struct view root, struct view *tables, struct view *strings)
{
    struct cursor c = cursor_at(root, 0, false);
    if (cur_u32(&c) != 0x424a5342) {
        return bad_clr(obj, "no BSJB signature");
    }
    cur_skip(&c, 8);
    cur_skip(&c, cur_u32(&c)); /* the version string, padded */
    cur_skip(&c, 2);
    uint16_t n = cur_u16(&c);
    for (uint16_t i = 0; i < n && !c.bad; i++) {
        uint32_t off = cur_u32(&c), size = cur_u32(&c);
        uint64_t at = c.off;
        struct str name = cur_cstr(&c);
        struct view v;
        c.off = at + ((name.len + 4) & ~(uint64_t)3);
        if (c.bad || !view_sub(root, off, size, &v)) {
            return bad_clr(obj, "a stream lies outside it");
        }
        if (str_eq(name, S("#~")) || str_eq(name, S("#-"))) {
            *tables = v;
        } else if (str_eq(name, S("#Strings"))) {
            *strings = v;
        }
    }
    return !c.bad || bad_clr(obj, "its stream list is cut");
}

static bool find_tables(struct object *obj, struct view v, struct pe_clr *clr)
{
    struct cursor c = cursor_at(v, 6, false);
    uint32_t rows[64] = {0};
    uint8_t heap_sizes = cur_u8(&c);
    cur_skip(&c, 1);
    uint64_t valid = cur_u64(&c);
    cur_skip(&c, 8);
    for (int t = 0; t < 64; t++) {
        rows[t] = valid >> t & 1 ? cur_u32(&c) : 0;
    }
    if (heap_sizes & 0x40) { /* extra data in edit-and-continue images */
        cur_skip(&c, 4);
    }
    for (int t = 0; t <= T_ASSEMBLYREF && !c.bad; t++) {
        uint32_t size = row_size(columns[t], heap_sizes, rows);
        struct view rows_of = view_from(v, c.off);
        cur_skip(&c, (uint64_t)rows[t] * size);
        rows_of.len = (uint64_t)rows[t] * size;
        if (t == T_MODULEREF) {
            clr->modrefs = rows_of;
        } else if (t == T_IMPLMAP) {
            clr->implmaps = rows_of;
        } else if (t == T_ASSEMBLYREF) {
            clr->asmrefs = rows_of;
        }
    }
    if (c.bad) {
        return bad_clr(obj, "its tables are cut");
    }
    clr->n_modrefs = rows[T_MODULEREF];
    clr->n_implmaps = rows[T_IMPLMAP];
    clr->n_asmrefs = rows[T_ASSEMBLYREF];
    clr->blob_len = column_width('b', heap_sizes, rows);
    clr->str_len = column_width('s', heap_sizes, rows);
    clr->member_len = column_width('w', heap_sizes, rows);
    clr->modref_idx_len = column_width('O', heap_sizes, rows);
    return obj_charge(obj, (uint64_t)clr->n_modrefs + clr->n_implmaps + clr->n_asmrefs);
}

bool pe_clr_open(struct object *obj, struct pe_clr *clr)
{
    const struct pe_image *im = obj->priv;
    uint8_t h[16];
    struct view root, tables = {0};
    uint64_t zeros;
    *clr = (struct pe_clr){0};
    if (im->dirs[PE_DIR_CLR].rva == 0) {
        return false;
    }
    if (!pe_copy(obj, im->dirs[PE_DIR_CLR].rva, h, sizeof h) ||
        !pe_span(obj, get_u32le(h + 8), &root, &zeros)) {
        return bad_clr(obj, "it lies outside the image");
    }
    uint32_t size = get_u32le(h + 12);
    root.len = size < root.len ? size : root.len;
    return find_streams(obj, root, &tables, &clr->strings) && find_tables(obj, tables, clr);
}

static uint32_t get_index(const uint8_t *p, uint8_t len)
{
    return len == 4 ? get_u32le(p) : get_u16le(p);
}

static struct str heap_string(const struct pe_clr *clr, uint32_t off)
{
    struct str s;
    return view_cstr(clr->strings, off, &s) ? s : S("");
}

struct str pe_clr_modref(const struct pe_clr *clr, uint32_t i)
{
    return heap_string(clr, get_index(clr->modrefs.p + (uint64_t)i * clr->str_len, clr->str_len));
}

struct str pe_clr_implmap(const struct pe_clr *clr, uint32_t i, uint32_t *modref)
{
    uint32_t size = 2u + clr->member_len + clr->str_len + clr->modref_idx_len;
    const uint8_t *p = clr->implmaps.p + (uint64_t)i * size + 2 + clr->member_len;
    uint32_t idx = get_index(p + clr->str_len, clr->modref_idx_len);
    *modref = idx <= clr->n_modrefs ? idx : 0;
    return heap_string(clr, get_index(p, clr->str_len));
}

struct str pe_clr_asmref(const struct pe_clr *clr, uint32_t i, struct arena *a)
{
    uint32_t size = 12u + 2u * clr->blob_len + 2u * clr->str_len;
    const uint8_t *p = clr->asmrefs.p + (uint64_t)i * size;
    struct str name = heap_string(clr, get_index(p + 12 + clr->blob_len, clr->str_len));
    /* the long names of many rows may be one string */
    name = str_head(name, CLR_NAME_MAX);
    return str_c(arena_printf(a, "%.*s, Version=%u.%u.%u.%u", (int)name.len, name.p, get_u16le(p),
                              get_u16le(p + 2), get_u16le(p + 4), get_u16le(p + 6)));
}
