/* coff_common.h - what COFF objects and PE images share: section headers, the string table, the
   symbol table, nm's letters. For the two readers only.

   The reader's private state begins with a struct coff_tables; obj->priv points to it. */
#ifndef OBJKIT_OBJ_COFF_COMMON_H
#define OBJKIT_OBJ_COFF_COMMON_H

#include "base/bytes.h"
#include "obj/coff_fmt.h"
#include "obj/reader.h"

struct coff_tables {
    struct view symtab;    /* the records that lie in the file */
    struct view strtab;    /* string table with its length word; empty if there is none */
    uint64_t sym_off;      /* file offset of the symbol table, 0 none */
    uint64_t sec_table_off;/* file offset of the section headers */
    uint32_t n_raw;        /* its records, auxiliary ones included, that lie in the file */
    uint8_t rec_len;       /* COFF_SYM_LEN or BIGOBJ_SYM_LEN */
    bool image;            /* a PE image: sections are mapped at RVAs */
    bool cut;              /* the symbol table runs past the end of the file */
    uint32_t n_comdat;     /* sections flagged LNK_COMDAT */
    uint32_t n_kept;       /* symbols that the model has, if an elector left sections out */
    uint32_t *to_model;    /* record number -> model index, UINT32_MAX for auxiliary records; while they are read */
    struct coff_index index; /* the same afterwards */
};

/* gas fills code up to its alignment after it has written the size into the section's auxiliary record: less than so
   many bytes. */
enum { COFF_MAX_FILL = 64 };

/* Is a symbol of storage class CLS one that other files do not see? */
static inline bool coff_is_local(uint8_t cls)
{
    return cls != IMAGE_SYM_CLASS_EXTERNAL && cls != IMAGE_SYM_CLASS_WEAK_EXTERNAL && cls != C_WEAKEXT &&
           cls != C_SYSTEM;
}

/* The offset that a section's NAME field, "/" and up to seven decimal digits, gives; UINT32_MAX: it is no such field.
   All digits at once, for there are hundreds of thousands of such names in a large link. */
static inline uint32_t coff_name_offset(const uint8_t *name)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), zeros = '0' * ones;
    uint64_t x = get_u64le(name);
    if ((x & 0xff) != '/') {
        return UINT32_MAX;
    }
    x >>= 8;
    unsigned n = (unsigned)__builtin_ctzll((x - ones) & ~x & 0x80 * ones) / 8; /* the first zero byte: the 8th is one */
    if (n == 0) {
        return UINT32_MAX;
    }
    unsigned room = (8 - n) * 8;
    x = x << room | zeros >> n * 8; /* the last digit in the highest byte, '0' before the first */
    if ((x & 0xf0 * ones) != zeros || ((x + 6 * ones) & 0xf0 * ones) != zeros) {
        return UINT32_MAX;
    }
    x = (x & 0x0f * ones) * (1 + (10 << 8)) >> 8; /* pairs, then fours, then all */
    x = (x & UINT64_C(0x00ff00ff00ff00ff)) * (1 + (100 << 16)) >> 16;
    return (uint32_t)((x & UINT64_C(0x0000ffff0000ffff)) * (1 + (UINT64_C(10000) << 32)) >> 32);
}

/* Finds symbol and string table from the file header's two fields. Never fails: what is damaged is
   reported, and what lies in the file is kept. Call before coff_read_sections. */
void coff_find_tables(struct object *obj, struct coff_tables *t, uint64_t symptr, uint64_t nsyms);

/* Reads N section headers at file offset OFF into obj->sections (1-based). Headers that lie outside
   the file are reported and left out; false only if nothing could be allocated for them. */
bool coff_read_sections(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n);

/* The leave_tables hook of both readers. */
struct view coff_leave_tables(struct object *obj);

/* Surveys the COMDATs of N sections whose headers lie at OFF, and asks obj->elector; sets obj->sec_map and
   obj->lost_sec if any lost, obj->claims. Says nothing of damage: the readers will (coff_elect.c). */
void coff_elect(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n);

/* Are the two sections behind section TEXT, all as numbered in the file, its unwind data? HEADERS: the section table.
   (coff_unwind.c) */
bool coff_is_unwound(const struct object *obj, const struct coff_tables *t, struct view headers, uint32_t text);

/* nm's letter of a section, lower case. */
char coff_section_letter(const struct object *obj, uint32_t sec);

/* The symbols hook of both readers: obj->symbols, obj->comdats, t->index. */
bool coff_read_symbols(struct object *obj);

/* The letter hook. Source: spec ar-nm, 4.3; the order of tests is GNU nm's. */
char coff_letter(const struct object *obj, const struct symbol *sym);

/* Builds obj->comdats from what the symbol walk has seen (coff_comdat.c). */
struct coff_comdat_state {
    uint32_t leader;     /* model index, UINT32_MAX none yet */
    uint32_t parent;     /* ASSOCIATIVE: the section it follows */
    uint8_t selection;
    bool defined;        /* its section definition has been seen */
    bool matched;        /* leader is the symbol named after the section's $suffix */
};
void coff_build_comdats(struct object *obj, const struct coff_comdat_state *st);

#endif
