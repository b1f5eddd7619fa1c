/* pe_image.h - a PE image as the Windows loader sees it: RVAs resolved to file bytes.

   For the files of the PE reader only. Rules: spec imports, section 2, point 4. */
#ifndef OBJKIT_OBJ_PE_IMAGE_H
#define OBJKIT_OBJ_PE_IMAGE_H

#include "obj/coff_common.h"
#include "obj/pe_fmt.h"

struct pe_dir {
    uint32_t rva, size;
};

/* One mapping of the loader: MEM_LEN bytes at RVA, of which the first FILE_LEN come from the file at
   OFF; the rest are zeros. */
struct pe_range {
    uint32_t rva;
    uint64_t mem_len, off, file_len;
    const uint8_t *data;       /* the FILE_LEN bytes; NULL until they are first asked for */
    bool cut;                  /* the file ends before the section's data does */
};

struct pe_image {
    struct coff_tables t;      /* first: see coff_common.h */
    struct pe_dir dirs[PE_N_DIRS];
    struct pe_range *ranges;   /* headers, then sections, in mapping order */
    uint32_t n_ranges;
    uint32_t last;             /* the range hit last: neighbours follow each other */
    bool cut_reported;
    bool ascending;            /* ranges ascend without overlap: binary search */
    uint64_t opt_off;          /* file offset of the optional header */
    uint32_t size_of_headers, size_of_image;
};

/* Reads the section table's mappings; after coff_read_sections. */
void pe_map_sections(struct object *obj, uint32_t section_align);

/* What lies at RVA: *bytes is the part from RVA on that comes from the file, possibly empty, and
   *zeros the number of zero bytes after it. False, silently, if RVA is in no mapping. */
bool pe_span(struct object *obj, uint64_t rva, struct view *bytes, uint64_t *zeros);

/* Copies N bytes at RVA. False, silently, if they are not all in one mapping. */
bool pe_copy(struct object *obj, uint64_t rva, uint8_t *to, uint64_t n);

/* The NUL-terminated string at RVA; a NUL may be the zero fill's. Charges its length. */
bool pe_cstr(struct object *obj, uint64_t rva, struct str *out);

/* A hint and the name behind it, at RVA. */
bool pe_hint_name(struct object *obj, uint64_t rva, uint16_t *hint, struct str *name);

/* Index of the section that RVA falls into, 0 if none. */
uint32_t pe_section_at(struct object *obj, uint64_t rva);

/* True (and no work) for images without a second view. Else *DIRS are the directories of the EC view
   of an ARM64X image. Sets obj->is_pe_hybrid. */
bool pe_hybrid_dirs(struct object *obj, struct pe_dir dirs[PE_N_DIRS]);

/* Appends the module references of .NET metadata to the counts and then to the arrays. */
bool pe_read_imports(struct object *obj);
bool pe_read_exports(struct object *obj);
bool pe_read_dynsyms(struct object *obj);

/* P/Invoke references of CLI metadata: how many there are, and then themselves. Damage in the
   metadata is reported once, by the counting call. */
struct pe_clr {
    struct view strings;      /* the #Strings heap */
    struct view modrefs;      /* rows of table ModuleRef */
    struct view implmaps;     /* rows of table ImplMap */
    struct view asmrefs;      /* rows of table AssemblyRef */
    uint32_t n_modrefs, n_implmaps, n_asmrefs;
    uint8_t str_len, blob_len, member_len, modref_idx_len;
};
bool pe_clr_open(struct object *obj, struct pe_clr *clr);
struct str pe_clr_modref(const struct pe_clr *clr, uint32_t i);
/* The I-th imported method: its name and the 1-based module reference. */
struct str pe_clr_implmap(const struct pe_clr *clr, uint32_t i, uint32_t *modref);
/* The I-th assembly, as .NET writes it: "System.Xml, Version=4.0.0.0". In A. */
struct str pe_clr_asmref(const struct pe_clr *clr, uint32_t i, struct arena *a);

#endif
