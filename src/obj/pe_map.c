/* pe_map.c - RVA to file bytes, as the Windows loader maps an image.

   - SectionAlignment below a page: the whole file is mapped flat, an RVA is a file offset;
   - headers are mapped first, then the sections in table order, a later one over an earlier one;
   - PointerToRawData is rounded down to 512; raw data ends at the raw size rounded up to 512, at the
     end of the section's last page, or at the end of the file;
   - the rest of the section's pages reads as zeros.
   Source: ReactOS' section mapping and the Windows loader's measured behaviour (spec imports, 2). */
#include "obj/pe_image.h"

#include "base/ckint.h"
#include "base/limits.h"
#include "obj/coff_fmt.h"

#define PAGE 0x1000u
#define SECTOR 0x200u

static void add_range(struct object *obj, uint32_t rva, uint64_t mem_len, uint64_t off, uint64_t file_len,
                      uint64_t must_have)
{
    struct pe_image *im = obj->priv;
    uint64_t have = off < obj->file_len ? obj->file_len - off : 0;
    bool cut = have < must_have;
    file_len = file_len < have ? file_len : have;
    file_len = file_len < mem_len ? file_len : mem_len;
    if (im->n_ranges > 0) {
        const struct pe_range *last = &im->ranges[im->n_ranges - 1];
        im->ascending = im->ascending && rva >= last->rva + last->mem_len;
    }
    im->ranges[im->n_ranges++] = (struct pe_range){rva, mem_len, off, file_len, NULL, cut};
}

void pe_map_sections(struct object *obj, uint32_t section_align)
{
    struct pe_image *im = obj->priv;
    im->ranges = ARENA_ARRAY(obj->arena, struct pe_range, obj->n_sections);
    im->ascending = true;
    if (section_align < PAGE) {
        add_range(obj, 0, obj->file_len, 0, obj->file_len, 0);
        return;
    }
    add_range(obj, 0, im->size_of_headers, 0, im->size_of_headers, 0);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        const uint8_t *hdr = obj->bytes.p + im->t.sec_table_off + (uint64_t)(i - 1) * COFF_SEC_LEN;
        uint64_t raw = get_u32le(hdr + COFF_SEC_RAWSIZE);
        if (get_u32le(hdr + COFF_SEC_RAWPTR) == 0) {
            raw = 0;
        }
        add_range(obj, (uint32_t)s->addr, align_up(s->size, PAGE), s->file_off, align_up(raw, SECTOR),
                  raw < s->size ? raw : s->size);
    }
}

/* The mapping that RVA falls into: the last one in mapping order, or NULL. */
static struct pe_range *range_at(struct object *obj, uint64_t rva)
{
    struct pe_image *im = obj->priv;
    uint32_t lo = 0, hi = im->n_ranges;
    struct pe_range *last = &im->ranges[im->last];
    if (im->ascending && hi && rva >= last->rva && rva - last->rva < last->mem_len) {
        return last;
    }
    if (!im->ascending) {
        if (!obj_charge(obj, 1 + hi / 4)) {
            return NULL;
        }
        while (hi > 0) {
            struct pe_range *r = &im->ranges[--hi];
            if (rva >= r->rva && rva - r->rva < r->mem_len) {
                return r;
            }
        }
        return NULL;
    }
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (im->ranges[mid].rva <= rva) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == 0 || rva - im->ranges[lo - 1].rva >= im->ranges[lo - 1].mem_len) {
        return NULL;
    }
    im->last = lo - 1;
    return &im->ranges[lo - 1];
}

/* The first byte of R in memory. */
static const uint8_t *range_data(struct object *obj, const struct pe_range *r)
{
    struct view v;
    if (view_sub(obj->bytes, r->off, r->file_len, &v)) {
        return v.p;
    }
    return obj->source ? obj->source->fetch(obj->source, obj->arena, r->off, r->file_len) : NULL;
}

bool pe_span(struct object *obj, uint64_t rva, struct view *bytes, uint64_t *zeros)
{
    struct pe_image *im = obj->priv;
    struct pe_range *r = range_at(obj, rva);
    if (!r) {
        return false;
    }
    if (r->cut && !im->cut_reported) {
        im->cut_reported = true;
        obj->failed |= LOADED_IMPORTS | LOADED_EXPORTS;
        diag_bad(obj->diag, obj->file_len, "the file ends here, before its sections do");
    }
    uint64_t at = rva - r->rva, left = r->mem_len - at;
    *bytes = (struct view){obj->bytes.p, 0};
    if (at < r->file_len) {
        r->data = r->data ? r->data : range_data(obj, r);
        if (!r->data) {
            return false;
        }
        *bytes = (struct view){r->data + at, r->file_len - at};
    }
    *zeros = left - bytes->len;
    return true;
}

bool pe_hint_name(struct object *obj, uint64_t rva, uint16_t *hint, struct str *name)
{
    struct view v;
    uint64_t zeros;
    uint8_t field[2];
    if (!pe_span(obj, rva, &v, &zeros)) {
        return false;
    }
    if (v.len > LIMIT_NAME_LEN + 3) { /* the hint and the NUL */
        v.len = LIMIT_NAME_LEN + 3;
    }
    if (view_cstr(v, 2, name)) { /* as nearly always: all of it in the file */
        *hint = get_u16le(v.p);
        return obj_charge(obj, 1 + name->len / 16);
    }
    if (!pe_copy(obj, rva, field, 2) || !pe_cstr(obj, rva + 2, name)) {
        return false;
    }
    *hint = get_u16le(field);
    return true;
}

bool pe_copy(struct object *obj, uint64_t rva, uint8_t *to, uint64_t n)
{
    struct view v;
    uint64_t zeros;
    if (!pe_span(obj, rva, &v, &zeros) || n > v.len + zeros) {
        return false;
    }
    uint64_t k = n < v.len ? n : v.len;
    memcpy(to, v.p, (size_t)k);
    memset(to + k, 0, (size_t)(n - k));
    return true;
}

bool pe_cstr(struct object *obj, uint64_t rva, struct str *out)
{
    struct view v;
    uint64_t zeros;
    if (!pe_span(obj, rva, &v, &zeros)) {
        return false;
    }
    bool too_long = v.len > LIMIT_NAME_LEN;
    v.len = too_long ? LIMIT_NAME_LEN + 1 : v.len;
    if (!view_cstr(v, 0, out)) {
        /* no NUL: the zero fill ends it, or it is too long (obj.c says so), or nothing ends it; the scan is
           paid for in any case */
        *out = (struct str){(const char *)v.p, (size_t)v.len};
        return obj_charge(obj, 1 + v.len / 16) && (too_long || zeros > 0);
    }
    return obj_charge(obj, 1 + out->len / 16);
}

uint32_t pe_section_at(struct object *obj, uint64_t rva)
{
    const struct pe_image *im = obj->priv;
    uint32_t lo = 1, hi = obj->n_sections;
    if (!im->ascending || im->n_ranges != obj->n_sections) {
        if (!obj_charge(obj, 1 + hi / 4)) {
            return 0;
        }
        for (; hi > 1; hi--) {
            const struct section *s = &obj->sections[hi - 1];
            if (rva >= s->addr && rva - s->addr < s->size) {
                return hi - 1;
            }
        }
        return 0;
    }
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (obj->sections[mid].addr <= rva) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo > 1 && rva - obj->sections[lo - 1].addr < obj->sections[lo - 1].size ? lo - 1 : 0;
}
