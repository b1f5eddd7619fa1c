/* image.c - layout, headers, data directories and checksum of a Windows image.

   DOS header and stub, "PE\0\0", COFF header, optional header, section table; then the sections, each
   at a multiple of FileAlignment in the file and of SectionAlignment in memory, ascending and without
   gaps; then the symbol table. Source: PE format; spec pe-ld 3.2, 5.1-5.8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

enum {
    DOS_LEN = 0x80,  /* e_lfanew */
    OPT32_LEN = 224,
    OPT64_LEN = 240,
    SECTION_LEN = 40,
    OFF_COFF = DOS_LEN + 4,
    OFF_OPT = OFF_COFF + 20,
    OFF_CHECKSUM = OFF_OPT + 64,
    MAX_HEADERS = 16 << 20 /* zeros between the headers and the first section are in the file */
};

enum { DIR_EXPORT, DIR_IMPORT, DIR_RESOURCE, DIR_EXCEPTION, DIR_SECURITY, DIR_BASERELOC, DIR_DEBUG,
       DIR_TLS = 9, DIR_LOAD_CONFIG = 10, DIR_IAT = 12, DIR_DELAY = 13 };

/* ---- layout -------------------------------------------------------------------------------------- */

static uint32_t section_count(const struct pe *pe)
{
    uint32_t n = 0;
    for (size_t i = 0; i < pe->order.n; i++) {
        n += pe->order.p[i]->size != 0;
    }
    return n;
}

void pe_size_headers(struct pe *pe, unsigned more)
{
    uint32_t n = section_count(pe) + more;
    pe->headers_len = (size_t)align_up((uint64_t)OFF_OPT + (pe->is64 ? OPT64_LEN : OPT32_LEN) +
                                           (uint64_t)n * SECTION_LEN, pe->file_align);
}

/* Loaders want sections to ascend without a gap, at multiples of the section alignment. */
static bool check_place(struct ld *ld, const struct ld_osec *os, const struct ld_osec *before, uint64_t free)
{
    if (os->addr % pe_of(ld)->section_align) {
        return diag_error(&ld->diag, "section %.*s at 0x%llx does not begin at a multiple of the section alignment",
                          Q(os->name), (unsigned long long)(ld->image_base + os->addr));
    }
    if (os->addr > INT64_MAX) {
        return diag_error(&ld->diag, "section %.*s at 0x%llx is below the image's base, 0x%llx", Q(os->name),
                          (unsigned long long)(ld->image_base + os->addr), (unsigned long long)ld->image_base);
    }
    if (os->addr < free) {
        return diag_error(&ld->diag, "section %.*s at 0x%llx overlaps %.*s, which ends at 0x%llx", Q(os->name),
                          (unsigned long long)(ld->image_base + os->addr),
                          Q(before ? before->name : S("the headers")), (unsigned long long)(ld->image_base + free));
    }
    return true;
}

/* A first section that lies farther off than the headers reach: they are made to reach it. */
static bool stretch_headers(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_osec *first = NULL;
    for (size_t i = 0; i < pe->order.n && !first; i++) {
        first = pe->order.p[i]->size ? pe->order.p[i] : NULL;
    }
    if (!first || first->addr <= align_up(pe->headers_len, pe->section_align) || first->addr > INT64_MAX ||
        first->addr % pe->section_align) { /* the last two: check_place says so */
        return true;
    }
    uint64_t len = first->addr - pe->section_align + pe->file_align;
    if (len > MAX_HEADERS) {
        return diag_error(&ld->diag, "section %.*s at 0x%llx is too far from the image's base, 0x%llx",
                          Q(first->name), (unsigned long long)(ld->image_base + first->addr),
                          (unsigned long long)ld->image_base);
    }
    pe->headers_len = (size_t)len;
    return true;
}

bool pe_place_sections(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (!stretch_headers(ld)) {
        return false;
    }
    uint64_t off = pe->headers_len, free = pe->headers_len;
    struct ld_osec *before = NULL;
    for (size_t i = 0; i < pe->order.n; i++) {
        struct ld_osec *os = pe->order.p[i];
        os->number = 0;
        if (!os->size) {
            continue;
        }
        if (!check_place(ld, os, before, free)) {
            return false;
        }
        if (before && os->addr > align_up(before->addr + before->size, pe->section_align)) {
            ((struct pe_osec *)before->priv)->span = os->addr - before->addr;
        }
        os->number = ++pe->n_sections;
        free = os->addr + os->size;
        os->file_off = os->nobits ? 0 : off;
        os->file_size = os->nobits ? 0 : align_up(os->size, pe->file_align);
        off += os->file_size;
        before = os;
    }
    pe->image_size = align_up(free, pe->section_align);
    pe->symtab_off = off;
    ld->file_size = off;
    if (pe->n_sections > 96) {
        diag_warning(&ld->diag, "%u sections; loaders before Windows Vista refuse more than 96", pe->n_sections);
    }
    if (pe->image_size > INT32_MAX) {
        return diag_error(&ld->diag, "the image would have %llu bytes of addresses; 2 GiB is the limit",
                          (unsigned long long)pe->image_size);
    }
    if (!pe->is64 && ld->image_base + pe->image_size > UINT64_C(0x100000000)) {
        return diag_error(&ld->diag, "image base 0x%llx leaves no room for %llu bytes below 4 GiB",
                          (unsigned long long)ld->image_base, (unsigned long long)pe->image_size);
    }
    ld->phase = PHASE_LAID_OUT;
    return true;
}

/* '.' before (or BEHIND) OS, where an INSERT script moves it. */
static bool move_counter(struct ld *ld, const struct ld_osec *os, bool behind, uint64_t *rva)
{
    uint64_t dot = ld->image_base + *rva;
    if (!ld_script_counter(ld, os, behind, &dot)) {
        return false;
    }
    *rva = dot - ld->image_base;
    return true;
}

/* Sizes of all sections first, for the number of those that have any decides where the first one
   begins; .reloc's size is known only when the ones before it have addresses. */
bool pe_layout(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    bool reloc = pe->has_reloc_section;
    for (size_t i = 0; i < pe->order.n; i++) {
        ld_layout_osec(pe->order.p[i]);
    }
    ld_script_inserted(ld);
    pe_size_headers(pe, reloc);
    uint64_t rva = align_up(pe->headers_len, pe->section_align);
    for (size_t i = 0; i < pe->order.n; i++) {
        struct ld_osec *os = pe->order.p[i];
        if (ld->script && os->size && !move_counter(ld, os, false, &rva)) {
            return false;
        }
        rva = align_up(rva, pe->section_align);
        if (os->fixed_addr && os->size) { /* -Ttext, --section-start; what follows moves with it */
            rva = os->addr;
        }
        os->addr = rva;
        if (os == pe->reloc_os && reloc) {
            pe_new_base_relocs(ld);
            pe_size_base_relocs(ld);
            ld_layout_osec(os);
        }
        rva += os->size;
        if (ld->script && os->size && !move_counter(ld, os, true, &rva)) {
            return false;
        }
    }
    return pe_place_sections(ld);
}

/* ---- headers --------------------------------------------------------------------------------------- */

static void put_dos(uint8_t *h)
{
    /* push cs; pop ds; mov dx, text; mov ah, 9; int 21h; mov ax, 4c01h; int 21h */
    static const char stub[] = "\x0e\x1f\xba\x0e\0\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21"
                               "This program cannot be run in DOS mode.\r\r\n$";
    memcpy(h, "MZ", 2);
    put_u16le(h + 2, 0x90);   /* bytes on the last page */
    put_u16le(h + 4, 3);      /* pages */
    put_u16le(h + 8, 4);      /* header paragraphs */
    put_u16le(h + 12, 0xffff);/* maximum extra paragraphs */
    put_u16le(h + 16, 0xb8);  /* initial SP */
    put_u16le(h + 24, 0x40);  /* relocation table */
    put_u32le(h + 60, DOS_LEN);
    memcpy(h + 64, stub, sizeof stub - 1);
    memcpy(h + DOS_LEN, "PE\0", 4);
}

uint32_t pe_timestamp(const struct ld *ld)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t t;
    if (epoch && str_u64(str_c(epoch), 10, &t)) {
        return (uint32_t)t;
    }
    return ld->opt.pe.insert_timestamp == TRI_ON ? (uint32_t)time(NULL) : 0;
}

static bool has_debug(const struct pe *pe)
{
    for (size_t i = 0; i < pe->order.n; i++) {
        const struct ld_osec *os = pe->order.p[i];
        if (os->number && (str_starts(os->name, S(".debug")) || str_starts(os->name, S(".stab")) ||
                           str_starts(os->name, S(".zdebug")))) {
            return true;
        }
    }
    return false;
}

static void put_coff_header(struct ld *ld, uint8_t *h)
{
    const struct pe *pe = pe_of(ld);
    unsigned flags = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_LINE_NUMS_STRIPPED;
    flags |= pe->has_reloc_section ? 0 : IMAGE_FILE_RELOCS_STRIPPED;
    flags |= pe->is64 || ld->opt.pe.large_address_aware == TRI_ON ? IMAGE_FILE_LARGE_ADDRESS_AWARE : 0;
    flags |= pe->is64 ? 0 : IMAGE_FILE_32BIT_MACHINE;
    flags |= pe->is_dll ? IMAGE_FILE_DLL : 0;
    flags |= ld->opt.strip == STRIP_ALL ? IMAGE_FILE_LOCAL_SYMS_STRIPPED : 0;
    flags |= has_debug(pe) ? 0 : IMAGE_FILE_DEBUG_STRIPPED;
    put_u16le(h, (uint16_t)machine_info(ld->machine)->coff);
    put_u16le(h + 2, (uint16_t)pe->n_sections);
    put_u32le(h + 4, pe_timestamp(ld));
    put_u32le(h + 8, pe->has_strings ? (uint32_t)pe->symtab_off : 0);
    put_u32le(h + 12, pe->n_symbols);
    put_u16le(h + 16, pe->is64 ? OPT64_LEN : OPT32_LEN);
    put_u16le(h + 18, (uint16_t)flags);
}

static uint32_t sum_sizes(const struct pe *pe, uint64_t flag)
{
    uint64_t n = 0;
    for (size_t i = 0; i < pe->order.n; i++) {
        const struct ld_osec *os = pe->order.p[i];
        if (os->number && os->raw_flags & flag) {
            n += os->nobits ? align_up(os->size, pe->file_align) : os->file_size;
        }
    }
    return (uint32_t)n;
}

static uint32_t first_rva(const struct pe *pe, uint64_t flag)
{
    for (size_t i = 0; i < pe->order.n; i++) {
        if (pe->order.p[i]->number && pe->order.p[i]->raw_flags & flag) {
            return (uint32_t)pe->order.p[i]->addr;
        }
    }
    return 0;
}

static void put_word(const struct pe *pe, uint8_t **p, uint64_t x)
{
    pe->is64 ? put_u64le(*p, x) : put_u32le(*p, (uint32_t)x);
    *p += pe->word;
}

static void put_optional_header(struct ld *ld, uint8_t *h)
{
    const struct pe *pe = pe_of(ld);
    put_u16le(h, pe->is64 ? 0x20b : 0x10b);
    h[2] = PE_LINKER_MAJOR;
    h[3] = PE_LINKER_MINOR;
    put_u32le(h + 4, sum_sizes(pe, IMAGE_SCN_CNT_CODE));
    put_u32le(h + 8, sum_sizes(pe, IMAGE_SCN_CNT_INITIALIZED_DATA));
    put_u32le(h + 12, sum_sizes(pe, IMAGE_SCN_CNT_UNINITIALIZED_DATA));
    put_u32le(h + 16, pe->entry_rva);
    put_u32le(h + 20, first_rva(pe, IMAGE_SCN_CNT_CODE));
    if (pe->is64) {
        put_u64le(h + 24, ld->image_base);
    } else {
        put_u32le(h + 24, first_rva(pe, IMAGE_SCN_CNT_INITIALIZED_DATA));
        put_u32le(h + 28, (uint32_t)ld->image_base);
    }
    put_u32le(h + 32, (uint32_t)pe->section_align);
    put_u32le(h + 36, (uint32_t)pe->file_align);
    put_u16le(h + 40, (uint16_t)pe->ver.major_os);
    put_u16le(h + 42, (uint16_t)pe->ver.minor_os);
    put_u16le(h + 44, (uint16_t)pe->ver.major_image);
    put_u16le(h + 46, (uint16_t)pe->ver.minor_image);
    put_u16le(h + 48, (uint16_t)pe->ver.major_subsystem);
    put_u16le(h + 50, (uint16_t)pe->ver.minor_subsystem);
    put_u32le(h + 56, (uint32_t)pe->image_size);
    put_u32le(h + 60, (uint32_t)pe->headers_len);
    put_u16le(h + 68, (uint16_t)pe->subsystem);
    put_u16le(h + 70, (uint16_t)pe->dll_flags);
    uint8_t *p = h + 72;
    put_word(pe, &p, pe->stack_reserve);
    put_word(pe, &p, pe->stack_commit);
    put_word(pe, &p, pe->heap_reserve);
    put_word(pe, &p, pe->heap_commit);
    put_u32le(p + 4, 16);
    for (int i = 0; i < 16; i++) {
        put_u32le(p + 8 + 8 * i, pe->dirs[i].rva);
        put_u32le(p + 12 + 8 * i, pe->dirs[i].size);
    }
}

/* "/N", or, of more digits than fit, "//" and N in six digits of base 64, the highest first. */
static void put_name_offset(uint8_t *p, uint32_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[16];
    if (n <= 9999999) {
        snprintf(text, sizeof text, "/%u", n);
        memcpy(p, text, strlen(text));
        return;
    }
    p[0] = p[1] = '/';
    for (int i = 7; i > 1; i--, n /= 64) {
        p[i] = (uint8_t)digits[n % 64];
    }
}

/* A name of more than 8 bytes is its offset in the string table, if there is one. */
static void put_section_name(uint8_t *p, const struct ld_osec *os, uint32_t str_off)
{
    if (os->name.len <= 8 || !str_off) {
        memcpy(p, os->name.p, os->name.len < 8 ? os->name.len : 8);
    } else {
        put_name_offset(p, str_off);
    }
}

static void put_section_table(const struct pe *pe, uint8_t *p)
{
    for (size_t i = 0; i < pe->order.n; i++) {
        const struct ld_osec *os = pe->order.p[i];
        if (!os->number) {
            continue;
        }
        put_section_name(p, os, ((const struct pe_osec *)os->priv)->name_off);
        const struct pe_osec *po = os->priv;
        put_u32le(p + 8, (uint32_t)(po->span ? po->span : os->size));
        put_u32le(p + 12, (uint32_t)os->addr);
        put_u32le(p + 16, (uint32_t)os->file_size);
        put_u32le(p + 20, (uint32_t)os->file_off);
        put_u32le(p + 36, (uint32_t)os->raw_flags);
        p += SECTION_LEN;
    }
}

/* ---- directories ------------------------------------------------------------------------------------- */

static void set_dir(struct pe *pe, int i, uint64_t rva, uint64_t size)
{
    pe->dirs[i].rva = size ? (uint32_t)rva : 0;
    pe->dirs[i].size = (uint32_t)size;
}

static void section_dir(struct ld *ld, int i, const char *name)
{
    uint32_t idx = strmap_get(&ld->osec_by_name, str_c(name));
    if (idx != STRMAP_NONE && ld->osecs.p[idx]->number) {
        set_dir(pe_of(ld), i, ld->osecs.p[idx]->addr, ld->osecs.p[idx]->size);
    }
}

/* The address of a symbol spelled as in C, 0 if it is not defined. */
static uint64_t symbol_rva(struct ld *ld, const char *name)
{
    const char *s = arena_printf(&ld->arena, "%.*s%s", Q(pe_of(ld)->prefix), name);
    uint32_t id = ld_lookup(ld, str_c(s));
    const struct ld_chunk *c = id == LD_NO_SYM ? NULL : ld_sym_chunk(ld, id);
    return c && ld_chunk_kept(c)->flags & LDC_LIVE ? ld->tab.values[id] : 0;
}

static void set_directories(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    section_dir(ld, DIR_EXPORT, ".edata");
    section_dir(ld, DIR_RESOURCE, ".rsrc");
    section_dir(ld, DIR_EXCEPTION, ".pdata");
    section_dir(ld, DIR_BASERELOC, ".reloc");
    if (pe->idata) {
        uint64_t base = ld_chunk_addr(ld, pe->idata);
        set_dir(pe, DIR_IMPORT, base - pe->raw_desc_len, pe->raw_desc_len + pe->idata_desc_len);
        set_dir(pe, DIR_IAT, base + pe->idata_iat_off, pe->idata_iat_len);
        if (pe->raw_desc_len) { /* the loader lets itself write to this range only */
            struct pe_range r = pe_address_tables(ld);
            set_dir(pe, DIR_IAT, r.rva, r.size);
        }
    }
    struct pe_range delay = pe_delay_directory(ld);
    set_dir(pe, DIR_DELAY, delay.rva, delay.size);
    if (pe->debug) {
        int entries = ld->opt.pe.insert_timestamp == TRI_ON ? 1 : 2;
        set_dir(pe, DIR_DEBUG, ld_chunk_addr(ld, pe->debug), (uint64_t)entries * PE_DEBUG_ENTRY_LEN);
    }
    uint64_t tls = symbol_rva(ld, "_tls_used"), config = symbol_rva(ld, "_load_config_used");
    set_dir(pe, DIR_TLS, tls, tls ? (pe->is64 ? 0x28 : 0x18) : 0);
    if (config) {
        uint32_t id = ld_lookup(ld, str_c(arena_printf(&ld->arena, "%.*s_load_config_used",
                                                       Q(pe->prefix))));
        const struct ld_chunk *c = ld_sym_chunk(ld, id);
        const struct symbol *s = ld_definition(ld, id);
        uint32_t size = 0;
        if (c && !c->ops && s) {
            (void)view_u32(c->file->obj.sections[c->sec].data, s->value, false, &size);
        }
        set_dir(pe, DIR_LOAD_CONFIG, config, size);
    }
}

/* ---- checksum ---------------------------------------------------------------------------------------- */

/* Eight words at a time: two of what a processor adds in one step, for wider ones live in memory between steps where
   it has none. */
typedef uint64_t words8 __attribute__((vector_size(16)));

/* A sum of the N little-endian bytes at P that counts as that of their 16-bit words does where 0x10000 counts as 1;
   N is a multiple of two words8, and no lane overflows in a file of less than 2^34 bytes. */
static uint64_t sum_wide(const uint8_t *p, size_t n)
{
    words8 sum[4] = {{0}}, x, y;
    for (size_t i = 0; i < n; i += 2 * sizeof x) {
        memcpy(&x, p + i, sizeof x);
        memcpy(&y, p + i + sizeof x, sizeof y);
        sum[0] += x & UINT32_MAX;
        sum[1] += x >> 32;
        sum[2] += y & UINT32_MAX;
        sum[3] += y >> 32;
    }
    sum[0] += sum[1] + sum[2] + sum[3];
    return sum[0][0] + sum[0][1];
}

/* The sum of little-endian 16-bit words with end-around carry does not care for order, so every block
   adds its own part. A block at an odd offset counts its bytes swapped. */
static uint64_t sum_bytes(uint64_t off, const uint8_t *p, size_t n)
{
    uint64_t sum = 0;
    if (n && off & 1) {
        sum += (uint64_t)*p++ << 8;
        n--;
    }
    size_t wide = OBJKIT_HOST_BE ? 0 : n / (2 * sizeof(words8)) * (2 * sizeof(words8));
    sum += sum_wide(p, wide);
    p += wide;
    n -= wide;
    for (; n >= 2; p += 2, n -= 2) {
        sum += get_u16le(p);
    }
    return n ? sum + *p : sum;
}

static void after_block(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker)
{
    pe_of(ld)->sums[worker] += sum_bytes(off, p, n);
    if (pe_of(ld)->hash_id) {
        pe_hash_block(ld, off, p, n, worker);
    }
}

/* The id, where the debug directory has kept zeros for it. */
static bool patch_id(struct ld *ld, struct outfile *out)
{
    struct pe *pe = pe_of(ld);
    uint8_t id[16];
    if (!pe->hash_id) {
        return true;
    }
    pe_final_id(ld, id);
    uint64_t at = ld->osecs.p[pe->debug->osec]->file_off + pe->debug->off + PE_BUILD_ID_OFF;
    pe->sums[0] += sum_bytes(at, id, sizeof id);
    int err = outfile_pwrite(out, id, sizeof id, at);
    return err ? diag_errno(&ld->diag, ld->opt.output, err) : true;
}

/* Reads N written bytes at RVA; *AT is where they stand in the file. False: the image has none, or the
   output is a device, which nobody will run. */
static bool read_back(const struct ld *ld, const struct outfile *out, uint64_t rva, uint8_t *p, size_t n,
                      uint64_t *at)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->order.n; i++) {
        const struct ld_osec *os = pe->order.p[i];
        if (os->number && rva >= os->addr && rva + n <= os->addr + os->file_size) {
            *at = os->file_off + (rva - os->addr);
            return pread(out->fd, p, n, (off_t)*at) == (ssize_t)n;
        }
    }
    return false;
}

/* Writes NOW over the bytes OLD. */
static bool write_over(struct ld *ld, struct outfile *out, uint64_t at, const uint8_t *old,
                       const uint8_t *now, size_t n)
{
    struct pe *pe = pe_of(ld);
    pe->sums[0] -= sum_bytes(at, old, n); /* taken out again; the total stays positive */
    pe->sums[0] += sum_bytes(at, now, n);
    int err = outfile_pwrite(out, now, n, at);
    return err ? diag_errno(&ld->diag, ld->opt.output, err) : true;
}

/* The TLS directory's Characteristics hold the template's alignment, which the crt cannot know. */
static bool patch_tls(struct ld *ld, struct outfile *out)
{
    const struct pe *pe = pe_of(ld);
    uint32_t rva = pe->dirs[DIR_TLS].rva, idx = strmap_get(&ld->osec_by_name, S(".tls"));
    uint8_t old[4], now[4];
    uint64_t at;
    if (!rva || idx == STRMAP_NONE || !read_back(ld, out, rva + (pe->is64 ? 36 : 20), old, 4, &at)) {
        return true;
    }
    unsigned p2 = ld->osecs.p[idx]->align_p2;
    put_u32le(now, (get_u32le(old) & ~0x00f00000u) | (p2 + 1) << 20);
    return write_over(ld, out, at, old, now, 4);
}

/* The load configuration is the C runtime's: what it must agree with is checked, and DependentLoadFlags,
   which no symbol stands for, is put in. */
static bool finish_load_config(struct ld *ld, struct outfile *out)
{
    const struct pe *pe = pe_of(ld);
    uint8_t config[256] = {0};
    uint32_t rva = pe->dirs[DIR_LOAD_CONFIG].rva, size = pe->dirs[DIR_LOAD_CONFIG].size;
    uint64_t at = 0, flags = ld->opt.pe.dependent_load_flag;
    unsigned off = pe->is64 ? 78 : 54;
    size = size < sizeof config ? size : sizeof config;
    bool there = rva && size && read_back(ld, out, rva, config, size, &at);
    pe_check_guard(ld, there ? config : NULL, size);
    if (flags == UINT64_MAX) {
        return true;
    }
    if (!there || size < off + 2) {
        diag_warning(&ld->diag, "--dependent-load-flag: there is no _load_config_used with room for it");
        return true;
    }
    uint8_t now[2];
    put_u16le(now, (uint16_t)flags);
    return write_over(ld, out, at + off, config + off, now, 2);
}

static bool finish(struct ld *ld, struct outfile *out)
{
    struct pe *pe = pe_of(ld);
    uint8_t *h = pe->headers;
    if (!patch_tls(ld, out) || !finish_load_config(ld, out) || !patch_id(ld, out)) {
        return false;
    }
    if (pe->pdata_chunk && pe->dirs[DIR_EXCEPTION].size != pe->n_pdata * 12) {
        /* entries of functions that are gone stand at the end, all zeros */
        put_u32le(h + OFF_OPT + (pe->is64 ? 112 : 96) + 8 * DIR_EXCEPTION + 4, pe->n_pdata * 12);
    }
    uint64_t sum = sum_bytes(0, h, pe->headers_len);
    for (unsigned i = 0; i < pool_threads(ld->pool); i++) {
        sum += pe->sums[i];
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    put_u32le(h + OFF_CHECKSUM, (uint32_t)(sum + ld->file_size));
    int err = outfile_pwrite(out, h, pe->headers_len, 0);
    return err ? diag_errno(&ld->diag, ld->opt.output, err) : true;
}

static bool write_beside(struct ld *ld)
{
    return pe_write_def(ld) && pe_write_implib(ld);
}

bool pe_write(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    set_directories(ld);
    pe->headers = ARENA_ARRAY(&ld->arena, uint8_t, pe->headers_len);
    put_dos(pe->headers);
    put_coff_header(ld, pe->headers + OFF_COFF);
    put_optional_header(ld, pe->headers + OFF_OPT);
    put_section_table(pe, pe->headers + OFF_OPT + (pe->is64 ? OPT64_LEN : OPT32_LEN));
    pe->hashes = ARENA_ARRAY(&ld->arena, struct pe_hashes, pool_threads(ld->pool));
    pe->sums = ARENA_ARRAY(&ld->arena, uint64_t, pool_threads(ld->pool));
    struct ld_image img = {pe->headers, pe->headers_len, after_block, finish, write_beside};
    return ld_write(ld, &img);
}
