/* coff_common.h - what COFF objects and PE images share: section headers, the string table, the
   symbol table, nm's letters. For the two readers only.

   The reader's private state begins with a struct coff_tables; obj->priv points to it. */
#ifndef OBJKIT_OBJ_COFF_COMMON_H
#define OBJKIT_OBJ_COFF_COMMON_H

#include "obj/reader.h"

struct coff_tables {
    struct view strtab;    /* string table with its length word; empty if there is none */
    uint64_t sym_off;      /* file offset of the symbol table, 0 none */
    uint64_t sec_table_off;/* file offset of the section headers */
    uint32_t n_raw;        /* its records, auxiliary ones included, that lie in the file */
    uint8_t rec_len;       /* COFF_SYM_LEN or BIGOBJ_SYM_LEN */
    bool image;            /* a PE image: sections are mapped at RVAs */
    bool cut;              /* the symbol table runs past the end of the file */
    uint32_t n_comdat;     /* sections flagged LNK_COMDAT */
    uint32_t n_kept;       /* symbols that the model has, if an elector left sections out */
    uint32_t *to_model;    /* record number -> model index, UINT32_MAX for auxiliary records */
};

/* Is a symbol of storage class CLS one that other files do not see? (coff_syms.c) */
bool coff_is_local(uint8_t cls);

/* Finds symbol and string table from the file header's two fields. Never fails: what is damaged is
   reported, and what lies in the file is kept. Call before coff_read_sections. */
void coff_find_tables(struct object *obj, struct coff_tables *t, uint64_t symptr, uint64_t nsyms);

/* Reads N section headers at file offset OFF into obj->sections (1-based). Headers that lie outside
   the file are reported and left out; false only if nothing could be allocated for them. */
bool coff_read_sections(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n);

/* Surveys the COMDATs of N sections whose headers lie at OFF, and asks obj->elector; sets obj->sec_map and
   obj->lost_sec if any lost, obj->claims. Says nothing of damage: the readers will (coff_elect.c). */
void coff_elect(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n);

/* nm's letter of a section, lower case. */
char coff_section_letter(const struct object *obj, uint32_t sec);

/* The symbols hook of both readers: obj->symbols, obj->comdats, t->to_model. */
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
