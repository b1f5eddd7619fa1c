/* coff_unwind.c - which unwind data belongs to which function, told by relocations.

   gas gives a COMDAT function .text$f two COMDAT sections of their own for its unwind data: .xdata$f, what to do,
   and .pdata$f, entries of three addresses each: where the function begins and ends, and its .xdata$f. These entries
   say beyond doubt whose they are. So do the names, but they are the longest strings of an object, a third of a large
   link's input together.
   Source: PE format, ".pdata Section"; x64 exception handling, "struct RUNTIME_FUNCTION". */
#include "obj/coff_common.h"
#include "obj/coff_fmt.h"

enum {
    ENTRY_LEN = 12,
    ENTRY_RELOCS = 3,
    ADDR32NB = 3 /* IMAGE_REL_AMD64_ADDR32NB */
};

/* The section of record RAW of the symbol table; 0: there is no such record, or it has none. */
static uint32_t section_of(const struct object *obj, struct view table, uint32_t rec_len, uint32_t raw)
{
    struct view rec;
    if (!view_sub(table, (uint64_t)raw * rec_len, rec_len, &rec)) {
        return 0;
    }
    return obj->bigobj ? get_u32le(rec.p + COFF_SYM_SECNUM) : get_u16le(rec.p + COFF_SYM_SECNUM);
}

bool coff_is_unwound(const struct object *obj, const struct coff_tables *t, struct view headers, uint32_t text)
{
    struct view h, relocs, table = t->symtab;
    if (obj->machine != MACH_X86_64 || text == 0 ||
        !view_sub(headers, (uint64_t)(text + 1) * COFF_SEC_LEN, COFF_SEC_LEN, &h)) {
        return false;
    }
    uint32_t n = get_u16le(h.p + COFF_SEC_NRELOCS), size = get_u32le(h.p + COFF_SEC_RAWSIZE);
    if (n == 0 || n % ENTRY_RELOCS != 0 || n / ENTRY_RELOCS * ENTRY_LEN != size ||
        get_u32le(h.p + COFF_SEC_FLAGS) & IMAGE_SCN_LNK_NRELOC_OVFL ||
        !view_sub(obj->bytes, get_u32le(h.p + COFF_SEC_RELOCPTR), (uint64_t)n * COFF_REL_LEN, &relocs)) {
        return false;
    }
    for (uint32_t k = 0; k < n; k++) {
        const uint8_t *r = relocs.p + (size_t)k * COFF_REL_LEN;
        uint32_t to = text + (k % ENTRY_RELOCS == ENTRY_RELOCS - 1);
        if (get_u32le(r + COFF_REL_VADDR) != k * 4 || get_u16le(r + COFF_REL_TYPE) != ADDR32NB ||
            section_of(obj, table, t->rec_len, get_u32le(r + COFF_REL_SYM)) != to) {
            return false;
        }
    }
    return true;
}

bool obj_is_unwound(const struct object *obj, uint32_t text)
{
    const struct coff_tables *t = obj->priv;
    const struct section *s = &obj->sections[text];
    struct view headers;
    bool coff = obj->format == OBJ_COFF || obj->format == OBJ_BIGOBJ;
    return coff && obj->n_sections - text > 2 && s[1].link == s->link + 1 && s[2].link == s->link + 2 &&
           view_sub(obj->bytes, t->sec_table_off, (uint64_t)obj->n_raw_secs * COFF_SEC_LEN, &headers) &&
           coff_is_unwound(obj, t, headers, s->link);
}
