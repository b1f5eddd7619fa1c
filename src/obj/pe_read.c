/* pe_read.c - PE images: headers, section table, and the hooks that the other pe_*.c files fill.

   An MZ program whose field e_lfanew leads to "PE\0\0"; then the COFF file header, the optional
   header (PE32 or PE32+, which ends in up to 16 directories, each an RVA and a size), the section
   table. Opening reads these and nothing else: a directory's pages are touched when it is asked for.
   Source: PE format, "File Headers"; spec imports, section 2. */
#include "obj/coff_fmt.h"
#include "obj/obj.h"
#include "obj/pe_image.h"

bool pe_probe(struct view v)
{
    uint32_t pe_off;
    struct view sig;
    return view_starts(v, "MZ", 2) && view_u32(v, DOS_E_LFANEW, false, &pe_off) &&
           view_sub(v, pe_off, PE_SIG_LEN, &sig) && view_starts(sig, "PE\0\0", 4);
}

/* The optional header at im->opt_off. Images may be so small that it runs past the end of the file:
   what is missing reads as zeros, as the loader's mapping has it. */
static bool read_optional_header(struct object *obj, uint32_t *section_align)
{
    struct pe_image *im = obj->priv;
    uint8_t h[PE_OPT_DIRS64 + PE_N_DIRS * 8] = {0};
    struct view v = view_from(obj->bytes, im->opt_off);
    if (v.len < PE_OPT_MAGIC + 2) {
        return diag_bad(obj->diag, im->opt_off, "optional header lies outside the file");
    }
    memcpy(h, v.p, (size_t)(v.len < sizeof h ? v.len : sizeof h));
    uint16_t magic = get_u16le(h);
    if (magic != PE32_MAGIC && magic != PE32PLUS_MAGIC) {
        return diag_bad(obj->diag, im->opt_off, "unknown optional header magic 0x%x", magic);
    }
    obj->is64 = magic == PE32PLUS_MAGIC;
    obj->entry = get_u32le(h + PE_OPT_ENTRY);
    obj->image_base = obj->is64 ? get_u64le(h + PE_OPT_BASE64) : get_u32le(h + PE_OPT_BASE32);
    *section_align = get_u32le(h + PE_OPT_SECTION_ALIGN);
    im->size_of_image = get_u32le(h + PE_OPT_SIZE_OF_IMAGE);
    im->size_of_headers = get_u32le(h + PE_OPT_SIZE_OF_HEADERS);
    uint32_t n = get_u32le(h + (obj->is64 ? PE_OPT_NDIRS64 : PE_OPT_NDIRS32));
    const uint8_t *d = h + (obj->is64 ? PE_OPT_DIRS64 : PE_OPT_DIRS32);
    for (uint32_t i = 0; i < n && i < PE_N_DIRS; i++, d += 8) {
        im->dirs[i] = (struct pe_dir){get_u32le(d), get_u32le(d + 4)};
    }
    obj->is_clr = im->dirs[PE_DIR_CLR].rva != 0;
    return true;
}

/* The headers are used as they lie in obj->bytes: fetches the file if they are longer than its head. */
static bool load_headers(struct object *obj)
{
    uint32_t pe_off, headers = 0;
    if (!obj->source || !view_u32(obj->bytes, DOS_E_LFANEW, false, &pe_off)) {
        return true;
    }
    uint64_t hdr = (uint64_t)pe_off + PE_SIG_LEN, end = hdr + COFF_HDR_LEN;
    uint16_t n_secs, opt_len;
    if (view_u16(obj->bytes, hdr + COFF_HDR_NSECS, false, &n_secs) &&
        view_u16(obj->bytes, hdr + COFF_HDR_OPTSIZE, false, &opt_len)) {
        end += opt_len + (uint64_t)n_secs * COFF_SEC_LEN;
    }
    (void)view_u32(obj->bytes, hdr + COFF_HDR_LEN + PE_OPT_SIZE_OF_HEADERS, false, &headers);
    if (end <= obj->bytes.len && headers <= obj->bytes.len) {
        return true;
    }
    const uint8_t *p = obj->source->fetch(obj->source, obj->arena, 0, obj->file_len);
    if (!p) {
        return diag_bad(obj->diag, 0, "the file cannot be read");
    }
    obj->bytes = view_of(p, obj->file_len);
    return true;
}

static bool open_pe(struct object *obj)
{
    struct pe_image *im = ARENA_NEW(obj->arena, struct pe_image);
    uint32_t pe_off, section_align = 0;
    obj->priv = im;
    if (!load_headers(obj)) {
        return false;
    }
    if (!view_u32(obj->bytes, DOS_E_LFANEW, false, &pe_off) ||
        !view_has(obj->bytes, pe_off, PE_SIG_LEN + COFF_HDR_LEN)) {
        return diag_bad(obj->diag, DOS_E_LFANEW, "file header lies outside the file");
    }
    uint64_t hdr = (uint64_t)pe_off + PE_SIG_LEN;
    const uint8_t *h = obj->bytes.p + hdr;
    obj->raw_machine = get_u16le(h + COFF_HDR_MACHINE);
    obj->machine = machine_from_coff(obj->raw_machine);
    obj->raw_flags = get_u16le(h + COFF_HDR_FLAGS);
    obj->type = obj->raw_flags & IMAGE_FILE_DLL ? OBJ_TYPE_SHARED : OBJ_TYPE_EXECUTABLE;
    im->opt_off = hdr + COFF_HDR_LEN;
    if (!read_optional_header(obj, &section_align)) {
        return false;
    }
    im->t.image = true;
    im->t.rec_len = COFF_SYM_LEN;
    coff_find_tables(obj, &im->t, get_u32le(h + COFF_HDR_SYMPTR), get_u32le(h + COFF_HDR_NSYMS));
    if (!coff_read_sections(obj, &im->t, im->opt_off + get_u16le(h + COFF_HDR_OPTSIZE),
                            get_u16le(h + COFF_HDR_NSECS))) {
        return false;
    }
    pe_map_sections(obj, section_align);
    return true;
}

/* GNU's names where GNU has one; the same pattern for the other machines. */
static const char *target_name(const struct object *obj)
{
    switch (obj->raw_machine) {
    case IMAGE_FILE_MACHINE_I386: return "pei-i386";
    case IMAGE_FILE_MACHINE_AMD64: return "pei-x86-64";
    case IMAGE_FILE_MACHINE_ARM64: return "pei-aarch64-little";
    case 0x1c0:
    case 0x1c2: return "pei-arm-little";
    case 0x1c4: return "pei-arm-wince-little";
    case 0x166: return "pei-mips";
    case 0x1a2:
    case 0x1a6: return "pei-shl";
    case 0x200: return "pei-ia64";
    default: return arena_printf(obj->arena, "pei-%s", machine_info(obj->machine)->name);
    }
}

const struct reader pe_reader = {
    .name = "pe",
    .open = open_pe,
    .symbols = coff_read_symbols,
    .leave_tables = coff_leave_tables,
    .dynsyms = pe_read_dynsyms,
    .imports = pe_read_imports,
    .exports = pe_read_exports,
    .letter = coff_letter,
    .target_name = target_name,
};
