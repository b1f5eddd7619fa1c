/* pe_hybrid.c - images with two views: ARM64X (ARM64 and ARM64EC in one file) and CHPE (x86 with
   ARM64 code inside).

   The load configuration's CHPEMetadataPointer marks them. The file as it stands is the native view
   of an ARM64X image; for an x64 process the loader first applies "dynamic value relocations" of
   kind ARM64X, which among others overwrite fields of the headers: the machine, the entry point,
   and data directories. So the second view's directories are the headers' after these patches.
   Source: <winnt.h>, IMAGE_DYNAMIC_RELOCATION_TABLE and IMAGE_DVRT_ARM64X_*. */
#include "obj/coff_fmt.h"
#include "obj/pe_image.h"

/* The headers of the second view, as they are patched. */
struct patched {
    uint8_t *p;
    uint64_t len;
};

static void put_le(uint8_t *p, uint64_t n, uint64_t x)
{
    for (uint64_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(x >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *p, uint64_t n)
{
    uint64_t x = 0;
    for (uint64_t i = n; i-- > 0;) {
        x = x << 8 | p[i];
    }
    return x;
}

/* One fixup record at the cursor: a word of 12 bits offset, 2 bits kind, 2 bits argument, and the
   kind's data. Patches outside the headers are read over. */
static void apply_fixup(struct cursor *c, uint64_t page, struct patched *hdr)
{
    uint16_t word = cur_u16(c);
    uint64_t at = page + (word & 0xfff), arg = word >> 14, size = UINT64_C(1) << arg, x = 0;
    unsigned kind = word >> 12 & 3;
    uint8_t bytes[8] = {0};
    if (word == 0) {
        return; /* padding of a block */
    }
    if (kind == ARM64X_FIXUP_VALUE) {
        for (uint64_t i = 0; i < size; i++) {
            bytes[i] = cur_u8(c);
        }
        x = get_le(bytes, size);
    } else if (kind == ARM64X_FIXUP_DELTA) {
        /* argument bit 1: in units of 8, else 4; bit 0: negative */
        x = (uint64_t)cur_u16(c) * (arg & 2 ? 8 : 4);
        x = arg & 1 ? 0 - x : x;
        size = 4;
    }
    if (c->bad || at > hdr->len || size > hdr->len - at) {
        return;
    }
    put_le(hdr->p + at, size, kind == ARM64X_FIXUP_DELTA ? get_le(hdr->p + at, size) + x : x);
}

/* Blocks as in .reloc: page RVA, size, records. */
static void apply_blocks(struct object *obj, struct view v, struct patched *hdr)
{
    struct cursor c = cursor_at(v, 0, false);
    while (!c.bad && c.off < v.len) {
        uint64_t start = c.off;
        uint32_t page = cur_u32(&c), size = cur_u32(&c);
        if (c.bad || size < 8 || size > v.len - start || !obj_charge(obj, size)) {
            return;
        }
        struct cursor in = cursor_at((struct view){v.p, start + size}, start + 8, false);
        while (!in.bad && in.off < start + size) {
            apply_fixup(&in, page, hdr);
        }
        c.off = start + size;
    }
}

/* The dynamic relocation table: version and size; per symbol: number (address-sized), size, data. */
static void apply_table(struct object *obj, struct view v, struct patched *hdr)
{
    struct cursor c = cursor_at(v, 0, false);
    uint32_t version = cur_u32(&c), len = cur_u32(&c);
    if (c.bad || version != 1 || len > v.len - 8) {
        return;
    }
    v.len = 8 + (uint64_t)len;
    while (c.off < v.len) {
        uint64_t symbol = cur_addr(&c, obj->is64);
        uint32_t size = cur_u32(&c);
        struct view part;
        if (c.bad || !view_sub(v, c.off, size, &part)) {
            return;
        }
        if (symbol == DVRT_SYMBOL_ARM64X) {
            apply_blocks(obj, part, hdr);
        }
        c.off += size;
    }
}

/* The load configuration's field of N bytes at OFF; 0 if the structure is too short to have it. */
static uint64_t config_field(struct object *obj, uint32_t config, uint32_t off, uint32_t n)
{
    uint8_t b[8] = {0};
    if (!pe_copy(obj, config, b, 4) || get_u32le(b) < off + n ||
        !pe_copy(obj, (uint64_t)config + off, b, n)) {
        return 0;
    }
    return get_le(b, n);
}

bool pe_hybrid_dirs(struct object *obj, struct pe_dir dirs[PE_N_DIRS])
{
    struct pe_image *im = obj->priv;
    uint32_t config = im->dirs[PE_DIR_LOAD_CONFIG].rva;
    if (config == 0 || config_field(obj, config, obj->is64 ? PE_LC64_CHPE : PE_LC32_CHPE,
                                    obj->is64 ? 8 : 4) == 0) {
        return false;
    }
    obj->is_pe_hybrid = true;
    uint64_t off = config_field(obj, config, obj->is64 ? PE_LC64_DVRT_OFF : PE_LC32_DVRT_OFF, 4);
    uint64_t sec = config_field(obj, config, obj->is64 ? PE_LC64_DVRT_SEC : PE_LC32_DVRT_SEC, 2);
    struct view table;
    uint64_t zeros, have = obj->bytes.len < im->size_of_headers ? obj->bytes.len : im->size_of_headers;
    if (off == 0 || sec == 0 || sec >= obj->n_sections ||
        !pe_span(obj, obj->sections[sec].addr + off, &table, &zeros) || !obj_charge(obj, have / 16)) {
        return false;
    }
    struct patched hdr = {arena_alloc(obj->arena, (size_t)have), have};
    memcpy(hdr.p, obj->bytes.p, (size_t)have);
    apply_table(obj, table, &hdr);
    uint64_t at = im->opt_off + (obj->is64 ? PE_OPT_DIRS64 : PE_OPT_DIRS32);
    memcpy(dirs, im->dirs, sizeof im->dirs);
    for (int i = 0; i < PE_N_DIRS; i++, at += 8) {
        if (at + 8 <= have && im->dirs[i].rva != 0) {
            dirs[i] = (struct pe_dir){get_u32le(hdr.p + at), get_u32le(hdr.p + at + 4)};
        }
    }
    return true;
}
