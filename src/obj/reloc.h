/* reloc.h - relocations: the raw type of the file and a normalised kind.

   A relocation has a place (section, offset), a symbol and an addend. Readers fold everything that
   is implicit into the explicit addend: REL-style addends are read from the section bytes, COFF
   REL32_1..5 biases and the "relative to the end of the field" rule are folded, Mach-O pairs become
   KIND_DIFF with sym2. After that, for every format:

       KIND_PCREL:  value = S + A - P          (P: address of the first byte of the field)

   The raw type stays beside the kind, for messages and for -r. Per machine one table file
   (reloc_<machine>.def) maps (format, raw type) to name, kind and width; one function in ld/arch
   encodes a kind into instruction bytes. */
#ifndef OBJKIT_OBJ_RELOC_H
#define OBJKIT_OBJ_RELOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reloc_kind {
    KIND_UNKNOWN,     /* the table has no row: the linker reports number, machine, place */
    KIND_NONE,
    KIND_ABS,         /* S + A */
    KIND_PCREL,       /* S + A - P */
    KIND_IMAGE_REL,   /* S + A - image base (an RVA) */
    KIND_SECTION_REL, /* S + A - start of S's output section */
    KIND_SECTION_IDX, /* 1-based number of S's output section */
    KIND_GOT,         /* GOT slot of S, relative to the GOT: G + A */
    KIND_GOTPCREL,    /* address of S's GOT slot + A - P */
    KIND_GOTPCREL_RELAX, /* the same, and the instruction may be rewritten (GOTPCRELX, GOT_LOAD) */
    KIND_GOT_ABS,     /* address of S's GOT slot + A (i386 GOT32 without base register) */
    KIND_GOTOFF,      /* S + A - GOT */
    KIND_GOTPC,       /* GOT + A - P */
    KIND_PLT,         /* a branch: S or its PLT entry/thunk + A - P */
    KIND_PLTOFF,      /* PLT entry + A - GOT */
    KIND_BRANCH,      /* an arm64 branch field of `width` bits: (S + A - P) >> 2 */
    KIND_PAGE,        /* arm64 ADRP: page(S + A) - page(P) */
    KIND_PAGEOFF,     /* arm64 low 12 bits, scaled by the instruction; raw type says how */
    KIND_GOT_PAGE,    /* ADRP of the GOT slot */
    KIND_GOT_PAGEOFF,
    KIND_MOVW,        /* arm64 MOVZ/MOVK group; raw type says which */
    KIND_SIZE,        /* size of S + A */
    KIND_TLS_GD,
    KIND_TLS_LD,
    KIND_TLS_DTPOFF,
    KIND_TLS_IE,
    KIND_TLS_LE,
    KIND_TLS_DESC,
    KIND_TLS_DESC_CALL,
    KIND_TLS_MODULE,
    KIND_TLV,         /* Mach-O thread-local variable descriptor */
    KIND_DIFF,        /* S + A - S2 */
    KIND_COPY,        /* dynamic */
    KIND_GLOB_DAT,
    KIND_JUMP_SLOT,
    KIND_RELATIVE,
    KIND_IRELATIVE,
    KIND_VTABLE,      /* GNU_VTINHERIT / VTENTRY: ignored */
    KIND_OTHER,       /* known by name, not linkable */
    KIND_N
};

enum {
    RELF_SIGNED = 1,      /* the field is range-checked as signed; default: either fits */
    RELF_UNSIGNED = 2,
    RELF_IMPLICIT = 4,    /* the format keeps the addend in the section bytes (REL) */
    RELF_BITS = 8,        /* an instruction's bit field: width is in bits, arch encodes */
    RELF_ANY = 16,        /* no range check: the field wraps */
    RELF_WIDE = 32        /* n bits hold [-2^n, 2^n): 16-bit code reaches all of its 64 KiB, either way round */
};

struct reloc {
    uint64_t off;      /* of the field, from the start of the section */
    int64_t addend;
    uint32_t sym;      /* model symbol index; UINT32_MAX: none (section in sec, Mach-O) */
    uint32_t sym2;     /* KIND_DIFF: the subtrahend; else UINT32_MAX */
    uint32_t sec;      /* when sym is none: the target is section `sec` + addend (0: the addend is an
                          absolute address); else 0 */
    uint32_t sec2;     /* KIND_DIFF without sym2: the start of this section is subtracted; else 0 */
    uint16_t raw_type;
    uint8_t kind;      /* enum reloc_kind */
    uint8_t width;     /* bytes of the field (bits with RELF_BITS); 0 for KIND_NONE */
    uint8_t flags;     /* RELF_* */
};

/* One row of a machine's table. */
struct reloc_row {
    uint16_t raw_type;
    uint8_t kind, width, flags;
    int8_t bias;          /* added to the addend: COFF REL32_k is -4-k, ELF 0 */
    const char *name;     /* spec spelling: R_X86_64_PC32, IMAGE_REL_AMD64_REL32 */
};

struct object;
struct section;

/* All rows of one (format, machine) with their index by raw type: what a reader fetches once before
   it decodes many. Machines without a table file have an empty one. */
struct reloc_table {
    const struct reloc_row *rows;
    const uint8_t *index; /* raw type -> row + 1, 0: no row */
    uint32_t n_index;
};
const struct reloc_table *reloc_table_of(const struct object *obj);

static inline const struct reloc_row *reloc_table_row(const struct reloc_table *t, uint32_t raw_type)
{
    return raw_type < t->n_index && t->index[raw_type] ? &t->rows[t->index[raw_type] - 1] : NULL;
}

/* Bytes of the section that a field of this width and these flags occupies. Bit fields (RELF_BITS)
   lie in a 32-bit instruction of arm64, or, SECREL7, in a byte. */
static inline unsigned reloc_field_bytes(unsigned width, unsigned flags)
{
    return !(flags & RELF_BITS) ? width : width < 8 ? 1 : 4;
}

/* The row for RAW_TYPE of the object's format and machine, or NULL. Constant time. */
const struct reloc_row *reloc_find(const struct object *obj, uint32_t raw_type);

/* Its name, or "0x%x" form in BUF. */
const char *reloc_name(const struct object *obj, uint32_t raw_type, char buf[16]);

/* Decodes relocations of one section in file order, a block at a time:

       struct reloc_iter it;
       struct reloc block[RELOC_BLOCK];
       if (!obj_reloc_start(obj, sec_idx, &it)) ...;      // diagnosed
       for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) ...
       if (it.bad) ...;                                   // diagnosed

   Every relocation handed out has off + field width inside the section and a valid symbol. */
enum { RELOC_BLOCK = 64 };

/* For a block in a function that runs once for every section of a link: filled before it is read, so not zeroed where
   the build zeroes what is on the stack (-ftrivial-auto-var-init); three percent of a large link. */
#if defined __has_attribute
#if __has_attribute(uninitialized)
#define RELOC_BLOCK_RAW __attribute__((uninitialized))
#endif
#endif
#ifndef RELOC_BLOCK_RAW
#define RELOC_BLOCK_RAW
#endif

struct reloc_iter {
    const struct object *obj;
    const struct section *sec;
    uint64_t next, end;  /* record numbers */
    const void *rows;    /* reader-private, set by start */
    const uint8_t *contents; /* implicit addends are read here: a copy of the section's bytes that is
                                at hand; NULL: from the file. Set after start. */
    bool bad;
    /* what the ELF reader looked up at the start: loops may ask for one record at a time */
    const struct reloc_table *table;
    uint64_t sec_len;        /* inflated, if the section is compressed */
    uint32_t n_syms;
    bool rela;
};
bool obj_reloc_start(const struct object *obj, uint32_t sec_idx, struct reloc_iter *it);

/* The records of a started iteration if they are those of 64-bit little-endian ELF with addends, 24 bytes
   each (offset, type, symbol number which is the model's, addend); else NULL. For loops that handle the
   common types themselves, with their own checks; it->next may be moved. */
const uint8_t *obj_reloc_rela64(const struct reloc_iter *it);
/* COFF: which symbol of the model a record of the symbol table is. Most objects have few enough symbols for half the
   memory, which every relocation passes through. */
struct coff_index {
    const uint32_t *wide;   /* by record: UINT32_MAX is none; NULL: */
    const uint16_t *narrow; /* UINT16_MAX is none */
    uint32_t n;             /* records */
};
static inline uint32_t coff_index_at(const struct coff_index *x, uint32_t record)
{
    if (x->wide) {
        return x->wide[record];
    }
    uint16_t i = x->narrow[record];
    return i == UINT16_MAX ? UINT32_MAX : i;
}
/* The same for COFF: 10 bytes each (address, symbol record, type). */
const uint8_t *obj_reloc_coff(const struct reloc_iter *it, struct coff_index *index);
/* ELF, symbols loaded: may a symbol be called NAME@VERSION? Cheaper than looking at each name. */
bool obj_names_versions(const struct object *obj);
/* COFF, symbols loaded: the model's number of the symbol that the file counts as RAW; UINT32_MAX: there is none. */
uint32_t obj_coff_symbol(const struct object *obj, uint64_t raw);
/* COFF: the name of the symbol that the relocation at OFF of section SEC is against, as the file has it; for symbols
   that share one in the model (obj->lost_sec). Empty if there is no such relocation. */
struct str obj_coff_reloc_name(const struct object *obj, uint32_t sec, uint64_t off);
size_t obj_reloc_next(struct reloc_iter *it, struct reloc block[RELOC_BLOCK]);

#endif
