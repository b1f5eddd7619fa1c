/* coff_sections.c - section headers and the string table of COFF objects and PE images.

   The string table follows the symbol table directly; its first four bytes hold its length, these
   four included. Section names of more than 8 bytes are "/123", an offset into it in decimal, or
   "//AAAAAA", the offset in base 64, once it has more than seven digits.
   Source: PE format, "Section Table" and "COFF String Table"; the base-64 form is LLVM's and GNU's. */
#include "base/ckint.h"
#include "obj/coff_common.h"
#include "obj/coff_fmt.h"

/* What lies behind the symbol table's start: the two tables, most often. The elector may have it read at once. */
static struct view tables_of(struct object *obj, const struct coff_tables *t)
{
    struct view v = view_from(obj->bytes, t->sym_off);
    const uint8_t *p = obj->elector && v.len && !t->image ? obj->elector->read(obj->elector, t->sym_off, v.len) : NULL;
    if (p) {
        v.p = p;
        obj->tables = v;
        obj->tables_off = t->sym_off;
    }
    return v;
}

void coff_find_tables(struct object *obj, struct coff_tables *t, uint64_t symptr, uint64_t nsyms)
{
    t->symtab = t->strtab = (struct view){0};
    if (symptr == 0) {
        if (nsyms != 0 && !t->image) {
            diag_bad(obj->diag, COFF_HDR_NSYMS, "%llu symbols but no symbol table",
                     (unsigned long long)nsyms);
        }
        return;
    }
    t->sym_off = symptr;
    struct view tables = tables_of(obj, t);
    uint64_t end, have = tables.len / t->rec_len;
    t->cut = have < nsyms;
    t->n_raw = (uint32_t)(t->cut ? have : nsyms);
    uint32_t len;
    (void)view_sub(tables, 0, (uint64_t)t->n_raw * t->rec_len, &t->symtab);
    if (t->image && obj->tables_only) {
        return; /* the string table is usually the only thing wanted from the end of the file */
    }
    if (t->cut || !ck_mul(nsyms, t->rec_len, &end) || !view_u32(tables, end, false, &len) || len <= 4) {
        return;
    }
    /* A table that claims more than the file has keeps what is there. Of images the loader does not care. */
    if (!view_sub(tables, end, len, &t->strtab)) {
        t->strtab = view_from(tables, end);
        if (!t->image) {
            diag_bad(obj->diag, symptr + end, "string table of %u bytes runs past the end of the file", len);
        }
    }
}

/* The same bytes in the file, for what was read elsewhere. */
static void settle_name(const struct object *obj, struct str *name)
{
    uintptr_t at = (uintptr_t)name->p - (uintptr_t)obj->tables.p;
    if (at < obj->tables.len) {
        name->p = (const char *)obj->bytes.p + obj->tables_off + at;
    }
}

/* Names and tables that were read elsewhere are those in the file from now on. */
static void settle_all(struct object *obj)
{
    struct coff_tables *t = obj->priv;
    for (uint32_t i = 0; i < obj->n_sections; i++) {
        settle_name(obj, &obj->sections[i].name);
    }
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        settle_name(obj, &obj->symbols[i].name);
    }
    for (uint32_t i = 0; i < obj->n_comdats; i++) {
        settle_name(obj, &obj->comdats[i].name);
    }
    t->symtab.p = obj->bytes.p + t->sym_off;
    t->strtab.p = t->symtab.p + t->symtab.len;
    obj->tables = (struct view){0};
}

struct view coff_leave_tables(struct object *obj)
{
    if (!obj->tables.p) {
        return obj->bytes;
    }
    settle_all(obj);
    const struct coff_tables *t = obj->priv;
    return view_of(obj->bytes.p, t->sec_table_off + (uint64_t)obj->n_raw_secs * COFF_SEC_LEN);
}

/* The value of six base-64 digits, most significant first. */
static bool base64_offset(struct str s, uint64_t *out)
{
    uint64_t x = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        unsigned d;
        if (c >= 'A' && c <= 'Z') {
            d = (unsigned)(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            d = (unsigned)(c - 'a') + 26;
        } else if (c >= '0' && c <= '9') {
            d = (unsigned)(c - '0') + 52;
        } else if (c == '+' || c == '/') {
            d = c == '+' ? 62 : 63;
        } else {
            return false;
        }
        x = x << 6 | d;
    }
    *out = x;
    return s.len > 0;
}

static struct str section_name(struct object *obj, const struct coff_tables *t, uint64_t hdr,
                               uint32_t idx)
{
    struct str name = {0}, full;
    const uint8_t *field = obj->bytes.p + hdr + COFF_SEC_NAME;
    uint64_t off = coff_name_offset(field);
    if (off == UINT32_MAX) {
        (void)view_padded(obj->bytes, hdr + COFF_SEC_NAME, 8, &name);
        if (!str_starts(name, S("//")) || !base64_offset(str_skip(name, 2), &off)) {
            return name;
        }
    }
    if (off >= 4 && view_cstr(t->strtab, off, &full)) {
        return full;
    }
    (void)view_padded(obj->bytes, hdr + COFF_SEC_NAME, 8, &name);
    /* Images keep such names when their string table is stripped; the loader does not care. */
    if (!t->image) {
        diag_bad(obj->diag, hdr, "name of section %u lies outside the string table", idx);
    }
    return name;
}

/* Debugging information, by name: the DISCARDABLE flag alone does not say so. */
static bool is_debug_name(struct str n)
{
    switch (n.len >= 5 && n.p[0] == '.' ? n.p[1] : 0) {
    case 'd': return str_starts(n, S(".debug"));
    case 'z': return str_starts(n, S(".zdebug"));
    case 's': return str_starts(n, S(".stab"));
    case 'g': return str_starts(n, S(".gnu.linkonce.wi.")) || str_starts(n, S(".gnu_debuglink")) ||
                     str_starts(n, S(".gnu_debugaltlink"));
    default: return false;
    }
}

static uint32_t flags_by_name(struct str n)
{
    switch (n.len >= 4 && n.p[0] == '.' ? n.p[1] : 0) {
    case 't': return str_starts(n, S(".tls")) && (n.len == 4 || n.p[4] == '$') ? SEC_TLS : 0;
    case 'g': return str_starts(n, S(".gnu.lto_")) ? SEC_LTO : 0;
    case 'l': return str_starts(n, S(".llvm.lto")) || str_starts(n, S(".llvmbc")) ? SEC_LTO : 0;
    default: return 0;
    }
}

static uint32_t model_flags(const struct section *s, uint32_t c, bool image)
{
    uint32_t f = 0;
    bool debug = is_debug_name(s->name);
    f |= c & IMAGE_SCN_MEM_EXECUTE ? SEC_EXEC : 0;
    f |= c & IMAGE_SCN_MEM_WRITE ? SEC_WRITE : 0;
    f |= c & IMAGE_SCN_CNT_CODE ? SEC_CODE : 0;
    f |= c & IMAGE_SCN_CNT_INITIALIZED_DATA ? SEC_DATA : 0;
    f |= c & IMAGE_SCN_MEM_DISCARDABLE ? SEC_DISCARDABLE : 0;
    f |= debug ? SEC_DEBUG : 0;
    if (image) {
        return f | SEC_ALLOC;
    }
    f |= c & IMAGE_SCN_LNK_INFO ? SEC_INFO : 0;
    f |= c & IMAGE_SCN_LNK_REMOVE ? SEC_EXCLUDE : 0;
    f |= c & IMAGE_SCN_LNK_COMDAT ? SEC_COMDAT : 0;
    f |= c & (IMAGE_SCN_LNK_INFO | IMAGE_SCN_LNK_REMOVE) || debug ? 0 : SEC_ALLOC;
    return f | flags_by_name(s->name);
}

/* Names that decide the letter before the flags do; what follows the name must be its end, '.',
   '$' or a digit. The list is GNU's (BFD's coff_section_type), which nm users compare with. */
static char letter_by_name(struct str n)
{
    static const struct {
        struct str name;
        char letter;
    } by_name[] = {
        {{".drectve", 8}, 'i'}, {{".edata", 6}, 'e'}, {{".idata", 6}, 'i'}, {{".pdata", 6}, 'p'},
    };
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        if (str_starts(n, by_name[i].name)) {
            size_t len = by_name[i].name.len;
            if (n.len == len || memchr(".$0123456789", n.p[len], 12)) {
                return by_name[i].letter;
            }
        }
    }
    return '?';
}

/* GNU's order: code, data (read-only or not), no contents, debugging, other read-only contents. */
static char section_letter(const struct section *s, uint32_t c, bool contents)
{
    char by_name = letter_by_name(s->name);
    if (by_name != '?') {
        return by_name;
    }
    bool read_only = !(c & IMAGE_SCN_MEM_WRITE), debug = (s->flags & SEC_DEBUG) != 0;
    if (c & (IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE)) {
        return 't';
    }
    if (c & IMAGE_SCN_CNT_INITIALIZED_DATA && !debug) {
        return read_only ? 'r' : 'd';
    }
    if (!contents) {
        return 'b';
    }
    if (debug || c & IMAGE_SCN_LNK_INFO) {
        return 'N';
    }
    return read_only ? 'n' : '?';
}

/* More than 65,534 relocations: the first record's address field counts them all, itself included. */
static void count_relocs(struct object *obj, struct section *s, uint32_t idx, uint32_t c)
{
    uint32_t n;
    if (!(c & IMAGE_SCN_LNK_NRELOC_OVFL) || s->n_relocs != 0xffff) {
        return;
    }
    if (!view_u32(obj->bytes, s->reloc_off + COFF_REL_VADDR, false, &n) || n == 0) {
        diag_bad(obj->diag, s->reloc_off, "section %u (%.*s) does not say how many relocations it has",
                 idx, Q(s->name));
        s->n_relocs = 0;
        return;
    }
    s->n_relocs = n - 1;
    s->reloc_off += COFF_REL_LEN;
}

/* What an image's section is: VirtualSize bytes, of which the file holds RAW from a rounded-down
   offset. A size of 0 means the raw size (old Watcom linkers). */
static void place_in_image(struct object *obj, struct section *s, uint32_t vsize, uint32_t raw,
                           uint32_t ptr)
{
    s->size = vsize ? vsize : raw;
    s->file_off = ptr & ~UINT32_C(0x1ff);
    if (ptr == 0 || raw == 0) {
        s->flags |= SEC_NOBITS;
        return;
    }
    uint64_t n = raw < s->size ? raw : s->size;
    struct view rest = view_from(obj->bytes, s->file_off);
    s->data = (struct view){rest.p, n < rest.len ? n : rest.len};
}

/* Are the contents of a debugging section compressed? */
static bool is_compressed(struct object *obj, const struct section *s)
{
    uint8_t magic[4];
    if (s->data.len < sizeof magic || (obj->elector && obj->elector->no_debug)) {
        return false;
    }
    if (!obj->elector || !obj->elector->peek(obj->elector, s->file_off, magic, sizeof magic)) {
        memcpy(magic, s->data.p, sizeof magic);
    }
    return memcmp(magic, "ZLIB", sizeof magic) == 0;
}

static void place_in_object(struct object *obj, struct section *s, uint32_t idx, uint32_t c,
                            uint32_t raw, uint32_t ptr)
{
    s->size = raw;
    s->file_off = ptr;
    unsigned align = (c & IMAGE_SCN_ALIGN_MASK) >> IMAGE_SCN_ALIGN_SHIFT;
    s->align_p2 = (align ? align - 1 : COFF_DEFAULT_ALIGN_P2) & 63;
    if (align > 14) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "section %u (%.*s) has no valid alignment", idx, Q(s->name));
        s->align_p2 = COFF_DEFAULT_ALIGN_P2;
    }
    if (c & IMAGE_SCN_CNT_UNINITIALIZED_DATA || (ptr == 0 && raw != 0)) {
        s->flags |= SEC_NOBITS;
    } else if (!view_sub(obj->bytes, ptr, raw, &s->data)) {
        diag_bad(obj->diag, ptr, "contents of section %u (%.*s) lie outside the file", idx, Q(s->name));
        s->size = 0;
    } else if (s->flags & SEC_DEBUG && is_compressed(obj, s)) {
        s->flags |= SEC_COMPRESSED;
    }
}

size_t obj_unwind_prefix(struct str name)
{
    struct str prefix = {0};
    switch (name.len > 1 ? name.p[1] : 0) {
    case 'x': prefix = S(".xdata$"); break;
    case 'p': prefix = S(".pdata$"); break;
    case 'e': prefix = S(".eh_frame$"); break;
    default: return 0;
    }
    return str_starts(name, prefix) ? prefix.len : 0;
}

char coff_section_letter(const struct object *obj, uint32_t sec)
{
    const struct section *s = &obj->sections[sec];
    return sec == 0 || obj->tables_only ? '?'
                                        : section_letter(s, (uint32_t)s->raw_flags, (s->flags & SEC_STORED) != 0);
}

bool coff_read_sections(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n)
{
    uint64_t have = off < obj->bytes.len ? (obj->bytes.len - off) / COFF_SEC_LEN : 0;
    if (have < n) {
        diag_bad(obj->diag, off, "section table of %u entries runs past the end of the file", n);
        n = (uint32_t)have;
    }
    if (obj->elector) {
        coff_elect(obj, t, off, n);
    }
    uint32_t n_kept = obj->lost_sec ? obj->lost_sec : n;
    obj->sections = arena_array(obj->arena, (uint64_t)n_kept + 1, sizeof *obj->sections, COFF_SEC_LEN,
                                obj->bytes.len + COFF_SEC_LEN);
    if (!obj->sections) {
        return diag_bad(obj->diag, off, "no room for %u sections", n);
    }
    t->sec_table_off = off;
    obj->n_raw_secs = n;
    obj->n_sections = n_kept + 1;
    if (obj->lost_sec) {
        obj->sections[obj->lost_sec].flags = SEC_LOST | SEC_EXCLUDE;
    }
    for (uint32_t i = 1; i <= n; i++) {
        if (obj->sec_map && obj->sec_map[i] == 0) {
            continue;
        }
        uint64_t hdr = off + (uint64_t)(i - 1) * COFF_SEC_LEN;
        const uint8_t *p = obj->bytes.p + hdr;
        struct section *s = &obj->sections[obj->sec_map ? obj->sec_map[i] : i];
        uint32_t c = get_u32le(p + COFF_SEC_FLAGS), ptr = get_u32le(p + COFF_SEC_RAWPTR);
        uint32_t raw = get_u32le(p + COFF_SEC_RAWSIZE);
        s->name = section_name(obj, t, hdr, i);
        s->link = i;
        s->raw_flags = c;
        s->addr = get_u32le(p + COFF_SEC_VADDR);
        s->reloc_off = get_u32le(p + COFF_SEC_RELOCPTR);
        s->n_relocs = get_u16le(p + COFF_SEC_NRELOCS);
        s->flags = model_flags(s, c, t->image) & SEC_FLAGS;
        if (t->image) {
            place_in_image(obj, s, get_u32le(p + COFF_SEC_VSIZE), raw, ptr);
        } else {
            place_in_object(obj, s, i, c, raw, ptr);
            count_relocs(obj, s, i, c);
            t->n_comdat += (c & IMAGE_SCN_LNK_COMDAT) != 0;
        }
        s->flags |= ptr != 0 ? SEC_STORED : 0;
    }
    return true;
}
