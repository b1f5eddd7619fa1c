/* pe.h - the PE backend's own state and passes. Source of the rules: spec pe-ld.

   link.c      hooks and the pass list
   directives.c what .drectve sections do to the link
   delay.c     imports of --delayload
   guard.c     control flow guard tables, load configuration
   imports.c   import records, one descriptor per DLL, thunks, auto-import
   rawimports.c import tables in pieces that no import library's pattern fits
   script.c    linker scripts
   sections.c  which input section goes where, constructor lists
   defined.c   symbols that the linker defines
   relocs.c    scanning and applying relocations, base relocations, pseudo-relocations
   image.c     layout, headers, data directories, checksum
   relocatable.c  -r; relscript.c: with scripts
   coffsyms.c  the image's symbol table */
#ifndef OBJKIT_LD_PE_PE_H
#define OBJKIT_LD_PE_PE_H

#include "ld/backend.h"
#include "ld/ld.h"
#include "archive/def_file.h"
#include "ld/pe/drectve.h"
#include "ld/pe/rsrc.h"
#include "ld/verscript.h"
#include "obj/implib.h"

/* The optional header's linker version: objkit's own. Not 0.0, which Windows 7 takes for unsigned. */
enum { PE_LINKER_MAJOR = 0, PE_LINKER_MINOR = 1 };

/* A place that needs a base relocation, or a pseudo-relocation of import `rec`. */
struct pe_site {
    uint32_t sec, off;
    uint32_t rec;   /* pseudo-relocation: index in pe->imports */
    uint8_t width;  /* bytes */
};

/* gc: a section that lives when another does. */
struct pe_follow {         /* what lives with a function: its entry in .pdata, its unwind data */
    uint32_t sec, next;
    int64_t addend;        /* unwind data: where in its section */
    bool is_entry;
};

/* Where a section goes: the rule that its name fits, and the list in that output section. */
struct pe_place {
    uint8_t rule, bucket;
};

/* A symbol of the output's COFF table. */
struct pe_listed {
    uint32_t sym;     /* its index in the file that has it */
    uint32_t value;   /* offset in the section */
    uint16_t section; /* number, 0xffff: absolute */
    uint16_t type;
    uint8_t cls;      /* storage class */
};

/* What the backend keeps of an input file (ld_file.priv). */
struct pe_file {
    struct implib_member member; /* of a long import library */
    struct drectve dv;           /* its .drectve */
    struct pe_place *places;     /* by section */
    VEC(struct pe_site) sites, pseudos;
    uint32_t *follow_head;       /* gc: by section: first of its followers + 1, or NULL */
    VEC(struct pe_follow) follow;
    bool fixed_code;             /* icf: its code is not folded */
    struct pe_listed *syms_out;  /* its symbols in the output's table, */
    uint32_t n_listed;           /* ... so many */
    uint32_t n_syms_out;         /* records in the output's symbol table */
    uint64_t sym_first, str_off; /* where they begin */
    uint64_t str_len;
};

static inline struct pe_file *pe_file_of(const struct ld_file *f) { return f->priv; }

struct pe_import {
    struct str name;       /* empty: by ordinal */
    uint32_t dll;          /* index in pe->dlls */
    uint32_t ordinal;
    uint16_t hint;
    bool by_ordinal, is_code;
    uint32_t imp_id;       /* __imp_NAME: LDS_GOT a slot is needed, LDS_PLT a thunk */
    struct ld_file *file;
    uint32_t slot;         /* number among its DLL's slots */
    uint64_t slot_rva, thunk_rva;
    uint32_t name_off;     /* of hint and name, from the start of .idata */
};

struct pe_delay;
struct pe_directives;
struct pe_guard;

struct pe_dll {
    struct str name;
    VEC(uint32_t) imports; /* live ones, in order of appearance */
    uint32_t first_slot;   /* number of its first cell in the tables */
    bool delayed;          /* --delayload: its tables are delay.c's */
    uint32_t name_off;
};

/* A pointer to a symbol of our own, for __imp_X where X is defined in this link. */
struct pe_cell {
    uint32_t imp, id;
    struct ld_chunk *chunk;
};
/* A name that stands for another (stdcall fixup). */
struct pe_alias {
    uint32_t id, to;
};
extern const struct ld_chunk_ops pe_cell_ops; /* relocs.c */

struct pe_export {
    struct str name;        /* as exported */
    struct str forward;     /* "DLL.name"; else empty */
    struct str decorated;   /* --kill-at: what programs call it, `name` with its @N; else empty */
    struct str real_name;   /* .def "==": its name in the DLL, where `name` is the import library's; else empty */
    uint32_t id, ordinal;
    bool has_ordinal, noname, data, is_private, is_explicit, comdat;
    const char *why;        /* --why-export */
    const struct ld_file *file; /* which defines or asks for it; NULL: the .def file */
};

/* Places of an output section, in order: which list an input section joins. */
enum { PE_BUCKETS = 12 };
struct pe_osec {
    int rank; /* order in the image */
    uint32_t name_off; /* of a long name in the string table, 0 none */
    bool filled;       /* scripts: there is more in it than assignments */
    uint64_t span;     /* bytes up to the next section, where there is a gap; else 0 */
    struct pe_bucket {
        VEC(struct ld_chunk *) v;
        bool by_name;
    } buckets[PE_BUCKETS];
};

/* Buckets of .text that others add to. */
enum { TEXT_THUNKS = 5, TEXT_CTORS = 6, TEXT_DTORS = 7 };

/* The need bits of ELF that mean something else here. */
enum {
    LDS_SLOT = LDS_GOT,
    LDS_THUNK = LDS_PLT,
    LDS_AUTO = LDS_TLSGD,  /* undefined, resolved by auto-import: aux is the record */
    LDS_REFPTR = LDS_TLSIE /* .refptr.X of an auto-imported X: stands for the slot */
};

/* Symbols whose offsets are known once the tables are sized: pe->late. */
enum { PE_LATE_IAT_START, PE_LATE_IAT_END, PE_LATE_PSEUDO, PE_LATE_KINDS };

/* A name of a long import library's first or last member: a descriptor, or a DLL's name. */
struct pe_library_part {
    uint32_t id, dll;
    bool head;
};

/* A finished block of the output, for --build-id. */
struct pe_block_hash {
    uint64_t off;
    uint8_t digest[16];
};

struct pe {
    bool is64;
    uint8_t word;
    bool is_dll, has_reloc_section;
    bool asked_base; /* --image-base or a .def file says where the image is loaded */
    bool entry_optional, entry_at_text; /* no option names the entry; it is missing, so .text's start is it */
    struct str prefix;      /* what C names begin with: "_" on i386 */
    VEC(struct pe_import) imports;
    VEC(struct pe_dll) dlls;
    struct strmap dll_by_name;
    struct ld_chunk *idata, *thunks, *pseudo, *pseudo_end, *reloc, *symtab, *head, *ctors, *dtors;
    VEC(uint32_t) thunk_recs; /* imports with a thunk, in order */
    VEC(uint32_t) late[PE_LATE_KINDS]; /* ids */
    VEC(struct pe_library_part) library_parts;
    struct ld_osec *text, *data, *rdata, *bss, *pdata, *xdata, *idata_os, *reloc_os;
    VEC(struct ld_osec *) order;  /* output sections as they stand in the image */
    uint64_t stack_reserve, stack_commit, heap_reserve, heap_commit;
    uint32_t subsystem, dll_flags;
    struct {
        uint32_t major_os, minor_os, major_image, minor_image, major_subsystem, minor_subsystem;
    } ver;
    uint64_t file_align, section_align;
    VEC(struct pe_export) exports; /* sorted by name */
    uint32_t ordinal_base, n_ordinals, n_names;
    struct str dll_name;
    struct strmap excluded; /* names that directives hide */
    struct def_file def;
    const char *def_path;
    bool has_def;
    uint8_t *headers;
    size_t headers_len;
    uint32_t n_sections;
    uint64_t symtab_off;
    uint32_t n_symbols;
    bool has_strings;        /* a string table is written, perhaps after no symbols */
    uint64_t image_size;
    uint32_t entry_rva;
    bool any_auto, relocator; /* auto-import is used; the run-time relocator is referenced */
    VEC(struct pe_cell *) cells;
    struct rsrc_set rsrc;
    struct ld_chunk *debug;      /* .buildid, or NULL */
    uint8_t given_id[16];
    bool hash_id;                /* the id is the hash of the contents */
    struct pe_hashes {
        struct pe_block_hash *p;
        size_t n, cap;
    } *hashes;                   /* per worker */
    VEC(struct ld_input *) res_inputs;
    VEC(struct pe_alias) aliases;
    struct pe_directives *directives; /* .drectve; NULL: none that acts on the link */
    struct pe_guard *guard;
    struct version_script *dynlist; /* --dynamic-list; NULL: none */
    const char *lib_patterns[9];
    VEC(uint32_t) searched;         /* --weak-library-search: ids that are references for a while */
    bool searching, searched_all;
    struct pe_delay *delay;      /* --delayload; NULL: not given */
    uint32_t idata_ilt_off, idata_iat_off, idata_iat_len, idata_desc_len;
    VEC(struct ld_chunk *) raw_descs; /* descriptors of plain objects, straight before ours */
    uint32_t raw_desc_len;
    bool raw_descs_placed;       /* by a full script */
    struct {
        uint32_t rva, size;
    } dirs[16];
    uint64_t *sums;          /* per worker: checksum so far */
    struct ld_chunk *pdata_chunk;
    uint32_t n_pdata;        /* entries of functions that are in the image */
    VEC(uint64_t) base_sites;/* rva << 4 | type, sorted */
    uint32_t n_pseudo;
    const char *base_name;   /* of the output */
    struct rlink *rlink;     /* -r, while it runs */
};

/* Names that C does not put its prefix before: fastcall, vectorcall, C++ as MSVC spells it. */
static inline bool pe_is_bare(struct str name)
{
    size_t at = str_find(name, '@');
    return name.len && (name.p[0] == '@' || name.p[0] == '?' ||
                        (at + 1 < name.len && at != SIZE_MAX && name.p[at + 1] == '@'));
}

static inline struct pe *pe_of(const struct ld *ld) { return ld->be_priv; }

/* rawimports.c */
void pe_define_library_parts(struct ld *ld);
void pe_place_library_parts(struct ld *ld);
uint64_t pe_take_raw_descriptors(struct ld *ld);  /* into pe->raw_descs; gives their size, 0 if there are none */
void pe_keep_raw_descriptors(struct ld *ld);      /* where a full script has no place for our tables */
struct pe_range pe_address_tables(struct ld *ld); /* from the first to the last, theirs and ours */

/* imports.c */
bool pe_auto_import(struct ld *ld);         /* true if there are new references */
/* ID, undefined, stands for what TO is. */
void pe_alias_to(struct ld *ld, uint32_t id, uint32_t to);
void pe_collect_imports(struct ld *ld);
bool pe_build_imports(struct ld *ld);
void pe_place_imports(struct ld *ld);       /* after layout: slot and thunk addresses, values */
bool pe_dll_symbols(struct ld *ld, struct ld_file *f);

/* delay.c */
struct pe_range {
    uint32_t rva, size;
};
bool pe_delay_start(struct ld *ld);
bool pe_build_delay(struct ld *ld);
void pe_place_delay(struct ld *ld);
void pe_delay_base_sites(struct ld *ld);
/* The number of .pdata entries; writes them at OUT unless it is NULL. */
uint32_t pe_delay_pdata(const struct ld *ld, uint8_t *out);
struct pe_range pe_delay_directory(const struct ld *ld);
void pe_delay_end(struct ld *ld);

/* directives.c */
bool pe_take_directives(struct ld *ld, struct ld_file *f); /* be->added */
bool pe_unresolved(struct ld *ld);                         /* be->unresolved */
/* NAME, or the section that a merge directive puts it into. */
const char *pe_merged_name(struct ld *ld, const char *name);
void pe_section_directives(struct ld *ld);
size_t pe_guard_symbols(const struct ld *ld, const uint32_t **ids);
void pe_directives_end(struct ld *ld);

/* guard.c */
void pe_define_guard(struct ld *ld);
bool pe_build_guard(struct ld *ld);
/* P: the load configuration as written, or NULL. */
void pe_check_guard(struct ld *ld, const uint8_t *p, uint32_t size);
void pe_guard_end(struct ld *ld);

/* sections.c */
void pe_classify_sections(struct ld_file *f);
bool pe_is_rsrc(const struct ld_file *f, uint32_t sec);
void pe_assign_sections(struct ld *ld);
void pe_order_sections(struct ld *ld);
/* An output section of the rule table (or .reloc). */
struct ld_osec *pe_standard_osec(struct ld *ld, const char *name);
/* Commons go behind the .bss of the inputs. */
void pe_take_commons(struct ld *ld);
struct ld_osec *pe_osec(struct ld *ld, const char *name, uint32_t raw_flags, int rank);
/* relocs.c: the last one in the image that begins at RVA or before it, or NULL. */
const struct ld_osec *pe_osec_at(const struct ld *ld, uint64_t rva);
/* The one of the rule table called NAME, or NULL. */
struct ld_osec *pe_make_standard(struct ld *ld, struct str name);
/* Takes out of F what no image holds: directives, and debugging information with -s or -S. */
void pe_drop_sections(struct ld *ld, struct ld_file *f);
/* The flags that section SEC of F brings to an image: a standard name's, else its own. */
uint64_t pe_input_flags(const struct ld_file *f, uint32_t sec);
/* With a script: .pdata's inputs, which pe_assign_sections collects otherwise. */
void pe_gather_pdata(struct ld *ld);
void pe_sort_buckets(struct ld *ld);
void pe_flush_buckets(struct ld *ld); /* the lists become the sections' chunks */
void pe_bucket_add(struct ld *ld, struct ld_osec *os, int bucket, struct ld_chunk *c);

/* defined.c */
void pe_define_lists(struct ld *ld);
void pe_define_symbols(struct ld *ld);
struct str pe_mark_name(const struct ld_chunk *c); /* what a made chunk is sorted by among sections */
void pe_set_late(struct ld *ld);            /* offsets in tables, once these are sized */
void pe_free_late(struct pe *pe);

/* relocs.c */
bool pe_scan(struct ld *ld);
/* Does the field at OFF of section SEC belong to a call or jump? */
bool pe_is_branch(const struct ld_file *f, uint32_t sec, uint64_t off);
void pe_relocate(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void pe_define_pseudo(struct ld *ld);
bool pe_size_pseudo(struct ld *ld);
void pe_new_base_relocs(struct ld *ld);  /* the chunk of .reloc, with no size yet */
void pe_size_base_relocs(struct ld *ld); /* when addresses are known, as often as they change */
void pe_set_weak_values(struct ld *ld);
/* The record that symbol ID stands for, or NULL. */
struct pe_import *pe_import_of(const struct ld *ld, uint32_t id);

/* link.c: takes the resources of all inputs into pe->rsrc, merged; their sections are no longer live. */
bool pe_gather_rsrc(struct ld *ld);

/* relocatable.c */
bool pe_link_relocatable(struct ld *ld);
void pe_adjust_addends(struct ld *ld, const struct ld_chunk *c, uint8_t *out);

/* script.c */
bool pe_script_start(struct ld *ld);  /* before gc */
/* Two of the engine's hooks, for images and -r. */
struct ld_chunk *pe_script_mark(struct ld *ld, const char *name);
bool pe_script_constant(const struct ld *ld, struct str name, uint64_t *v);
void pe_script_insert(struct ld *ld); /* before pe_assign_sections */
/* Instead of pe_order_sections and pe_layout, where a script places everything. COMMONS: the section that
   holds them. */
bool pe_script_layout(struct ld *ld, struct ld_osec *commons);

/* refptr.c: after the scan, before the report of what is undefined */
void pe_trace_refptrs(struct ld *ld);

/* image.c */
uint32_t pe_timestamp(const struct ld *ld); /* of the file header */
void pe_size_headers(struct pe *pe, unsigned more); /* MORE: sections that have no size yet */
/* Numbers and file offsets of the sections, whose addresses are known. */
bool pe_place_sections(struct ld *ld);
bool pe_layout(struct ld *ld);
bool pe_write(struct ld *ld);

/* coffsyms.c */
void pe_place_symbols(struct ld *ld);

/* exports.c */
bool pe_collect_exports(struct ld *ld);
void pe_make_edata(struct ld *ld);
bool pe_write_def(struct ld *ld);
bool pe_write_implib(struct ld *ld);

/* debugdir.c */
/* pe->debug: two directory entries, then the CodeView record with the id. The second entry says that the
   image is reproducible; it is not counted when the time stamp makes it otherwise. */
enum { PE_DEBUG_ENTRY_LEN = 28, PE_BUILD_ID_OFF = 2 * PE_DEBUG_ENTRY_LEN + 4 };
bool pe_make_debug_directory(struct ld *ld);
void pe_hash_block(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker);
void pe_final_id(struct ld *ld, uint8_t id[16]);

/* link.c: NAME is in memory of its own, if it was in F's bytes */
void pe_own_name(struct ld_file *f, struct str *name);

/* pdata.c */
bool pe_make_pdata(struct ld *ld);
void pe_place_pdata(struct ld *ld); /* with a script: the table may stand anywhere */
void pe_tie_unwind(struct ld_file *f);
void pe_gc_extra(struct ld *ld, const struct ld_chunk *c,
                 void (*mark_symbol)(void *ctx, struct ld_file *f, uint32_t sym), void *ctx);

/* ehframe.c: after gc and icf; FDEs of dead functions are no longer part of their sections. */
void pe_trim_eh_frame(struct ld *ld);

/* icf.c: the backend's hooks */
void pe_icf_prepare(struct ld *ld);
enum icf_kind pe_icf_kind(struct ld *ld, const struct ld_chunk *c, uint64_t *place);
bool pe_icf_bound(const struct ld *ld, uint32_t id);
void pe_icf_extra(struct ld *ld, const struct ld_chunk *c, icf_add_fn add, void *ctx);
void pe_icf_folded(struct ld *ld, struct ld_chunk *c); /* pdata.c */

/* settings.c: header fields from the options */
bool pe_settings(struct ld *ld);
void pe_become_dll(struct ld *ld);
/* What an object asks for; WHO names it in messages. */
bool pe_set_subsystem(struct ld *ld, struct str text, const char *who);
bool pe_set_sizes(struct ld *ld, const char *who, struct str text, uint64_t *reserve, uint64_t *commit);
bool pe_sizes_fit(const struct ld *ld, uint64_t reserve, uint64_t commit); /* of a stack or a heap, in bytes */
bool pe_base_fits(const struct ld *ld); /* ld->image_base: a multiple of 64 KiB that the header can hold */

#endif
