/* elf_ld.h - the ELF backend's own state and the interfaces between its files.

   start.c     options, defaults, which inputs belong
   symver.c    versions in symbol names and in shared libraries
   symbols.c   who may be preempted, what is exported
   sections.c  input sections to output sections; order; synthesised sections
   icf.c       what identical code folding asks
   order.c     the order inside an output section
   ehframe.c   .eh_frame editing and .eh_frame_hdr
   reach.c     images larger than 2 GiB: what reaches what
   scan.c      what relocations need: GOT, PLT, copies, dynamic relocations
   synth.c     GOT, PLT and dynamic relocations
   dynamic.c   dynamic symbols, hash tables, versions, the dynamic section
   layout.c    addresses, file offsets, segments
   relocate.c  applying relocations
   notes.c     property notes, build id
   report.c    -z report-relative-reloc
   symtab.c    .symtab and .strtab
   needed.c    libraries that libraries need
   thunks.c    branches that do not reach
   pairs.c     AArch64: instructions that make an address in two steps
   emitrelocs.c --emit-relocs
   compress.c  --compress-debug-sections
   script.c    hooks of the script engine
   script_segments.c segments and file offsets of images that scripts lay out, PHDRS
   write.c     headers
   link.c      the pass list

   Addresses are absolute (ld->image_base is 0). Sources: the gABI, the psABIs, spec elf-ld. */
#ifndef OBJKIT_LD_ELF_ELF_LD_H
#define OBJKIT_LD_ELF_ELF_LD_H

#include "base/ckint.h"
#include "ld/backend.h"
#include "ld/elf/elf_out.h"
#include "ld/ld.h"
#include "ld/script_layout.h"
#include "ld/verscript.h"
#include "obj/elf_fmt.h"

/* -z keywords. */
struct elf_z {
    bool now, origin, nodelete, nodlopen, initfirst, interpose, nodefaultlib, global, nodump;
    bool loadfltr, globalaudit, unique, common, nocommon;
    bool norelro, notext, nocopyreloc, ibtplt, force_ibt, force_bti, pac_plt, shstk, pack_relr, start_stop_gc;
    bool keep_text_prefix, defs, separate_code, execstack, noexecstack, static_tls, muldefs;
    bool dynamic_undefined_weak, text_seen, unique_symbol, separate_segments;
    uint64_t stack_size;
    uint8_t start_stop_vis; /* VIS_*: of __start_X and __stop_X */
    uint8_t cet_report; /* objects without the properties: 0 silence, 1 warnings, 2 errors */
    uint8_t lam_u48_report, lam_u57_report;
    uint32_t features;  /* claimed for the output, whatever the inputs say */
    uint32_t isa_level; /* ... needed: a bit of GNU_PROPERTY_X86_ISA_1_NEEDED */
    uint8_t indirect_extern; /* TRI_*: the output reaches other modules' symbols through the GOT only */
    bool report_relative;
    bool call_nop, call_nop_behind; /* calls that leave the GOT are filled up, before or behind them, */
    uint8_t call_nop_byte;          /* with this */
};

/* A property of an object or of the output, as .note.gnu.property has it. */
struct elf_prop {
    uint32_t type, size; /* size: 0, 4 or 8 */
    uint32_t seen;       /* of the output: number of the last object that had it, if all before it did */
    uint64_t value;
    struct elf_prop *next;
};

/* What is known of a global symbol after resolution; by id. */
enum {
    EA_PREEMPT = 1,   /* bound at run time: defined elsewhere, or replaceable */
    EA_UNDEF = 2,     /* nobody defines it, and somebody must */
    EA_IFUNC = 4,
    EA_TLS = 8,
    EA_FUNC = 16,
    EA_UNDEF0 = 32,   /* undefined, and that is allowed: its address is 0 */
    EA_ABS = 64,
    EA_SHARED = 128   /* defined by a shared library */
};

/* The commonest relocations of x86-64, which the hot loops know by number. */
enum { R_X86_64_64 = 1, R_X86_64_PC32 = 2, R_X86_64_PLT32 = 4, R_X86_64_GOTPCREL = 9, R_X86_64_32 = 10,
       R_X86_64_32S = 11, R_X86_64_GOTPCRELX = 41, R_X86_64_REX_GOTPCRELX = 42,
       R_386_32 = 1, R_386_PC32 = 2, R_386_GOTOFF = 9 };

/* A symbol that has slots: global (id) or local (file, sym). Slots are -1 when there is none. */
struct elf_x {
    uint32_t id;
    struct ld_file *file;
    uint32_t sym;
    uint32_t need;              /* LDS_GOT ... */
    int32_t got, gottp, tlsgd, tlsdesc; /* cell numbers in .got */
    int32_t plt;                /* entry in .plt (and cell 3 + plt of .got.plt) */
    int32_t pltgot;             /* entry in .plt.got: jumps through `got` */
    uint32_t dynsym;            /* index in .dynsym, 0 none */
    uint32_t dynstr;            /* of its name in .dynstr */
    uint32_t name_len;          /* without @VERSION */
    uint64_t copy_off;          /* in the copy area */
    uint32_t gnu_hash;
    uint16_t version;           /* index in .gnu.version, hidden bit included */
    bool copy_relro;
    bool is_version;            /* the symbol of a version: its name stands in .dynstr once */
};

struct elf_need {               /* noted while scanning, sorted later */
    uint32_t file, sym, id;
};

/* One CIE or FDE. */
struct elf_fde {
    uint32_t off, len;          /* in its input section, length word included; without nops at the end, once sized */
    uint32_t cie;               /* FDE: index of its CIE in the file's list */
    uint32_t rel, n_rels;       /* its relocations, in rels */
    uint32_t out;               /* offset in the output .eh_frame */
    uint32_t target_sec;        /* FDE: section of its function, 0 unknown */
    uint32_t sec;               /* input section */
    uint8_t is_cie : 1, gc_done : 1; /* CIE: what it refers to has been marked */
    uint8_t live, merged;
};

struct elf_dyn_count {          /* dynamic relocations of one section */
    uint32_t sec;
    uint32_t relative, relr, symbolic;
    uint32_t rel_at, sym_at;    /* where they go in .rela.dyn */
};

struct elf_file {
    struct elf_fde *fdes;
    uint32_t n_fdes;
    struct reloc *eh_rels;
    uint32_t n_eh_rels;
    bool eh_bad;                /* .eh_frame is kept as it is */
    bool eh_ends;               /* it has the terminator, as crtend.o's */
    bool gnu_abi;               /* defines IFUNC or unique symbols that the link uses */
    uint32_t *eh_by_sec;        /* [n_sections + 1]: FDEs sorted by function section: start in eh_order */
    uint32_t *eh_order;
    uint32_t *eh_secs, *eh_cies;/* its .eh_frame sections; which of fdes are CIEs */
    uint32_t n_eh_secs, n_eh_cies;
    uint32_t eh_len, n_eh_live; /* of the live FDEs: bytes in the output, number */
    uint32_t eh_start;          /* where they stand in it */
    uint16_t *local_need;       /* by symbol number, allocated when first needed */
    uint32_t *local_x;          /* ... index in ld->x */
    uint32_t n_local_x;
    VEC(struct elf_need) needs;
    VEC(uint32_t) zeros;        /* weak undefined symbols whose address code has for a constant: ids */
    VEC(struct elf_dyn_count) dynrels; /* of the sections that have any, in their order */
    /* shared libraries */
    struct str soname;
    bool dup_soname;
    uint16_t *ver_out;          /* by version: index in the output, 0 none yet */
    uint32_t verneed_n;
    /* symbol table of the output */
    uint32_t n_locals, n_globals;
    uint64_t str_local, str_global;
    uint16_t *sym_where;        /* by symbol: which part of the output's table, and its output section (symtab.c) */
    uint32_t *sym_out;          /* --emit-relocs: by symbol: 1 + place among its kind, globals' with bit 31 */
    uint32_t first_local, first_global; /* numbers in the output's table */
    struct ld_chunk *str_local_chunk, *str_global_chunk;
    uint32_t features;          /* GNU_PROPERTY_X86_FEATURE_1_AND */
    struct elf_prop *props;     /* all others, in no order */
    bool has_features, has_stack_note, exec_stack;
    bool uses_static_tls;
    bool names_versions;        /* has symbols called NAME@VERSION */
    bool names_ranges;          /* --gc-sections: has sections that __start_NAME may be asked for */
};

struct elf_link {
    struct elf_z z;
    bool pic, shared, dynamic, has_interp, rela;
    bool own_start; /* _start is the entry for want of another: nobody asks for it */
    bool own_entry; /* opt.entry is the default or a script's: a shared library may do without */
    uint32_t word, rel_size;    /* bytes of an address and of one dynamic relocation record */
    uint32_t max_page, common_page;
    uint8_t *attr;              /* by id */
    uint32_t n_attr;
    struct version_script *versions, *dynlist;
    bool has_versions, has_dynlist;
    bool binds_unlisted;        /* --dynamic-list and its like: a library binds other symbols to itself */
    size_t n_user_dirs;         /* of opt.lib_dirs: those of -L */

    VEC(struct elf_x) x;        /* [0] unused */
    VEC(uint32_t) got_x;        /* slots of .got in order: x index << 3 | kind */
    VEC(uint32_t) plt_x, pltgot_x, copy_x, iplt_got; /* iplt_got: x with IRELATIVE in .got */
    uint32_t n_jump_slots;      /* the first of plt_x; the others are IFUNCs */
    uint32_t n_cells;           /* of .got */
    bool plt_header;
    uint32_t plt_each, plt_got_each; /* bytes of one entry */
    const struct elf_dyn_types *types;
    int32_t tlsld;              /* cell number in .got, -1 none */
    _Atomic bool need_tlsld, need_got, static_tls, textrel, need_gotplt;
    uint64_t copy_size, copy_ro_size;

    struct ld_chunk *interp, *hash, *gnu_hash, *dynsym, *dynstr, *versym, *verdef, *verneed;
    struct ld_chunk *rel_dyn, *relr, *rel_plt, *plt, *plt_sec, *plt_got, *got, *got_plt, *dyn;
    struct ld_chunk *copy, *copy_ro, *eh_hdr, *eh_frame, *property, *build_id, *comment;
    struct ld_osec *os_eh_frame, *os_symtab, *os_strtab, *os_shstrtab;
    uint64_t n_relative, n_symbolic, n_irelative; /* in .rela.dyn; .rela.plt counts apart */
    uint8_t *rel_dyn_bytes, *relr_bytes;
    uint64_t n_relr_max;

    VEC(uint32_t) dynsyms;      /* x indices, [0] unused */
    struct buf dynstr_buf;
    struct strmap dynstr_map;
    uint32_t first_hashed;      /* of the dynamic symbols, the first that .gnu.hash covers */
    struct buf verneed_buf, verdef_buf;
    uint32_t n_verneed, n_verdef;

    VEC(struct ld_osec *) order;/* output sections as they lie in the file */
    struct elf_phdr *phdrs;
    uint32_t n_phdrs;
    uint64_t head_len, shoff, rest_off; /* rest_off: where what is not loaded begins in the file */
    uint32_t shnum, shstrndx;
    uint64_t tls_start, tls_size, tls_align, tp;
    uint64_t relro_end;         /* as a script has it, 0: by sections */
    uint64_t n_eh_fdes;
    uint32_t features;
    struct elf_prop *props;     /* all other properties, by type */
    size_t needed_at;           /* where in the note the value of 1_NEEDED stands, 0: nowhere */
    bool exec_stack;
    uint32_t n_local_syms;      /* of .symtab */
    uint32_t n_section_syms;    /* of these: the output sections', by number (--emit-relocs) */
    uint8_t *head;
    struct elf_hashes *hashes;
    struct script *script;
    bool no_got_relax;          /* AArch64: the image may be too large for pairs of instructions */
    struct elf_reach *reach;    /* x86-64: NULL: every part of the image reaches every other */
    struct elf_segments *segments; /* of an image that a script lays out */
    bool headers_unloaded;      /* the ELF header is in no segment */
    bool gnu_abi;               /* IFUNC or unique symbols, with -r retained sections: ELFOSABI_GNU */
    uint64_t *emit_used;        /* a bit for each id that .symtab has; NULL: they all are wanted */
    struct mark *marks;
    uint64_t image_start;       /* address of the ELF header */
    struct elf_errata *errata;  /* NULL: none was looked for */
    VEC(struct ld_chunk *) thunks; /* groups of range thunks, by place */
    VEC(uint32_t) aliases;      /* NAME@V bound to NAME: pairs of ids */
};

static inline struct elf_link *elf_of_ld(const struct ld *ld) { return ld->be_priv; }
static inline struct elf_file *elf_file(const struct ld_file *f) { return f->priv; }

/* symver.c */
bool elf_object_versions(struct ld *ld, struct ld_file *f);
bool elf_shared_versions(struct ld *ld, struct ld_file *f);
bool elf_bind_versions(struct ld *ld); /* names NAME@V that are undefined: true if one was bound */

/* icf.c: the backend's hooks */
enum icf_kind elf_icf_kind(struct ld *ld, const struct ld_chunk *c, uint64_t *place);
bool elf_icf_bound(const struct ld *ld, uint32_t id);
void elf_icf_extra(struct ld *ld, const struct ld_chunk *c, icf_add_fn add, void *ctx);

/* symbols.c */
/* Can another module replace the exported definition S of ID? */
bool elf_is_replaceable(const struct ld *ld, uint32_t id, const struct symbol *s);
void elf_export_symbols(struct ld *ld); /* needed libraries; LDS_LOCAL, LDS_EXPORT */
/* Each version of a script is a symbol as well, absolute and exported, as Solaris and GNU ld have it: tools that keep
   account of a library's symbols (dpkg-gensymbols) list them. */
void elf_version_symbols(struct ld *ld);
bool elf_classify(struct ld *ld);       /* fills attr */
void elf_gc_roots(struct ld *ld);
void elf_note_roots(struct ld_file *f);
bool elf_makes_symbol(struct str name); /* is NAME one of what elf_define_symbols makes? */
void elf_define_symbols(struct ld *ld); /* __start_X, _end ..., if mentioned */
void elf_show_made(struct ld *ld, uint32_t id, uint8_t vis, uint8_t asked);
struct ld_chunk *elf_define_mark(struct ld *ld, const char *name);
void elf_place_symbols(struct ld *ld);  /* after layout: where they stand */

/* sections.c */
/* Decides by its name where a section goes, while the name is at hand. Writes only C. */
void elf_classify_section(const struct section *s, struct ld_chunk *c);
void elf_assign_sections(struct ld *ld);
void elf_add_input(struct ld *ld, struct ld_osec *os, struct ld_chunk *c);
struct str elf_output_name(const struct ld *ld, const struct section *s);
bool elf_is_relro(const struct ld *ld, const struct ld_osec *os);
/* The order of output sections without a script. */
unsigned elf_osec_rank(const struct ld *ld, const struct ld_osec *os);
/* Data that only the medium and large code models reach. */
static inline bool elf_is_large(const struct ld *ld, const struct ld_osec *os)
{
    return os->raw_flags & SHF_X86_64_LARGE && ld->machine == MACH_X86_64;
}
void elf_make_synthetic(struct ld *ld);
struct ld_chunk *elf_buf_chunk(struct ld *ld, const char *name, uint32_t type, uint64_t flags,
                               uint64_t entsize, uint8_t align_p2, struct buf *b);
void elf_order_sections(struct ld *ld);
bool elf_is_known_in_r(struct str name);
bool elf_is_unique(const struct ld *ld, struct str name);
/* One more output section, even if there is one of the name. */
struct ld_osec *elf_new_osec(struct ld *ld, struct str name);
/* Commons into .bss, .tbss and .lbss. */
void elf_alloc_commons(struct ld *ld);
/* The section, by these names, of a common of threads or of a large code model; NULL for any other. */
struct ld_osec *elf_other_commons(struct ld *ld, const struct symbol *won, const char *tls, const char *large);
struct ld_osec *elf_osec(struct ld *ld, const char *name, uint32_t type, uint64_t flags, uint64_t entsize);

/* order.c */
/* Order in .text, by name, as GNU ld's default script has it: ld_chunk.order. */
enum { TEXT_UNLIKELY, TEXT_EXIT, TEXT_STARTUP, TEXT_HOT, TEXT_SORTED, TEXT_REST };
bool elf_check_sort(struct ld *ld);
void elf_order_inside(struct ld *ld);
void elf_order_links(struct ld *ld);
/* The section that OS, of SHF_LINK_ORDER sections, belongs to; NULL: none. */
struct ld_osec *elf_link_target(const struct ld *ld, const struct ld_osec *os);

/* cfa.c: instructions of unwinding. Records come with their length words; lengths are in bytes. */
struct elf_cie {
    unsigned pointer; /* bytes of a pointer in its FDEs */
    bool has_data;    /* its FDEs have augmentation data */
    uint64_t insns;   /* where its own instructions begin */
};
bool elf_read_cie(struct view cie, unsigned word, struct elf_cie *out); /* false: in no form that is known */
/* The record's length without the DW_CFA_nop at its end; all of it if an instruction is not known. */
uint32_t elf_cfa_len(struct view rec, uint64_t from);
uint32_t elf_fde_len(struct view fde, const struct elf_cie *cie);

/* ehframe.c */
bool elf_parse_eh_frame(struct ld *ld, struct ld_file *f);
void elf_gc_extra(struct ld *ld, const struct ld_chunk *c,
                  void (*mark)(void *g, struct ld_file *f, uint32_t sym), void *g);
void elf_build_eh_frame(struct ld *ld);
void elf_write_eh_frame(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_eh_hdr(struct ld *ld, const struct ld_chunk *c, uint8_t *out);

/* reach.c: before sections have addresses, for they depend on how many GOT cells there are. */
/* Estimates the image if it may be larger than 32-bit displacements span. After merging. False: diagnosed. */
bool elf_estimate_reach(struct ld *ld);
/* Can section SEC of F be sure to reach the definition of its symbol SYM? *LOW: and that lies below 2 GiB. */
bool elf_reaches(const struct ld *ld, const struct ld_file *f, uint32_t sec, uint32_t sym, bool *low);

/* scan.c */
bool elf_scan(struct ld *ld);
/* How a TLS reference will be rewritten; scan and relocate must agree. */
enum tls_relax elf_tls_relax(const struct ld *ld, const struct reloc *r, uint8_t attr,
                             const uint8_t *data, uint64_t len);
/* Can this GOT load be replaced by the address itself? */
enum got_relax elf_got_relax(const struct ld *ld, const struct ld_file *f, uint32_t sec, const struct reloc *r,
                             uint8_t attr, const uint8_t *data, uint64_t len);
/* The same for x86-64 and a symbol that is a place in this image. False: DATA does not hold the field, or it
   depends on where the symbol is. */
bool elf_plain_got_relax(const struct ld *ld, uint32_t type, uint64_t off, int64_t addend, const uint8_t *data,
                         uint64_t len, enum got_relax *how);
uint8_t elf_sym_attr(const struct ld *ld, const struct ld_file *f, uint32_t sym);
/* Must an absolute word of this symbol become a dynamic relocation? 0 no, else which. */
enum elf_dyn_kind { DYN_NONE, DYN_RELATIVE, DYN_SYMBOLIC, DYN_IRELATIVE, DYN_BAD };
enum elf_dyn_kind elf_word_dyn(const struct ld *ld, uint8_t attr, bool writable);

/* pairs.c: AArch64 only, elsewhere there are no pairs. DATA: the section's input bytes; scan and relocate must
   agree. */
struct elf_pairs {
    const uint8_t *rows; /* of the section's relocations; NULL: none is looked at */
    uint64_t n;
    struct view data;
    bool got;            /* GOT loads may be rewritten */
};
void elf_pairs_start(const struct ld *ld, const struct reloc_iter *it, struct view data, struct elf_pairs *p);
/* Do relocations I and I + 1 load an address from the GOT that needs no cell? ATTR: of the symbol. */
bool elf_is_got_pair(const struct elf_pairs *p, uint64_t i, uint8_t attr);
/* ... make an address by ADRP and ADD? */
bool elf_is_page_pair(const struct elf_pairs *p, uint64_t i);

/* synth.c */
void elf_assign_slots(struct ld *ld);
/* The slots' record of a symbol, made if new; an index in e->x. */
uint32_t elf_new_x(struct ld *ld, uint32_t id, struct ld_file *f, uint32_t sym);
void elf_write_got(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_got_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_plt_sec(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_plt_got(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_write_rel_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
bool elf_make_dynrels(struct ld *ld);
bool elf_size_relr(struct ld *ld); /* true if the size changed: lay out again */
void elf_final_values(struct ld *ld);
uint64_t elf_x_value(const struct ld *ld, const struct elf_x *x);   /* an IFUNC's: its resolver */
uint64_t elf_x_address(const struct ld *ld, const struct elf_x *x); /* ...: its PLT entry, if that stands for it */
bool elf_got_is_relative(const struct ld *ld, uint32_t cell);
/* Is a RELATIVE relocation at OFF of input section S packed into .relr.dyn? */
bool elf_in_relr(const struct elf_link *e, const struct section *s, uint64_t off);
extern const struct elf_dyn_types elf_types_x86_64, elf_types_i386, elf_types_arm64;
void elf_put_rel(const struct elf_link *e, uint8_t *p, uint64_t place, uint32_t sym, uint32_t type,
                 uint64_t addend);
uint64_t elf_got_cell(const struct ld *ld, int32_t cell);
uint64_t elf_plt_addr(const struct ld *ld, const struct elf_x *x);
uint64_t elf_got_base(const struct ld *ld); /* _GLOBAL_OFFSET_TABLE_ */
const struct ld_chunk *elf_got_base_chunk(const struct ld *ld);
static inline struct elf_x *elf_x_of(const struct ld *ld, const struct ld_file *f, uint32_t sym)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t id = f->ids[sym];
    uint32_t i = id != LD_NO_SYM ? ld->tab.aux[id]
                 : elf_file(f)->local_x ? elf_file(f)->local_x[sym] : 0;
    return i ? &e->x.p[i] : NULL;
}

/* dynamic.c */
static inline uint32_t elf_chunk_osec(const struct ld_chunk *c)
{
    while (c->flags & LDC_FOLDED) {
        c = c->repl;
    }
    return c->osec;
}
void elf_make_dynamic(struct ld *ld);

/* layout.c */
bool elf_layout(struct ld *ld);
/* File offsets of what is not loaded, again: its sizes have changed. */
void elf_place_rest(struct elf_link *e);

/* script.c */
/* -r by a script with SECTIONS: sections to output sections; their order, with places in them, in e->order, false
   after a diagnostic. */
void elf_script_join(struct ld *ld);
bool elf_script_join_order(struct ld *ld);
bool elf_script_start(struct ld *ld);
void elf_script_assign(struct ld *ld);  /* instead of elf_assign_sections */
void elf_script_orphans(struct ld *ld); /* what no description selects: output sections of its own names */
void elf_script_order(struct ld *ld);
struct elf_phdr *elf_add_phdr(struct elf_link *e, uint32_t type, uint32_t flags, uint64_t align);
/* script_segments.c, in this order: a fresh list; the segments of PHDRS (false: the script has none), or else those
   that the sections make; then offsets. */
void elf_script_new_segments(struct ld *ld);
/* PT_LOAD and the like in expressions; false: none of that name. */
bool elf_script_constant(const struct ld *ld, struct str name, uint64_t *v);
bool elf_script_has_phdrs(const struct ld *ld);
bool elf_script_phdrs(struct ld *ld);
bool elf_script_check_phdrs(struct ld *ld);
/* Programs look at their headers: the loader does, or __ehdr_start is asked for. */
bool elf_needs_headers(struct ld *ld);
void elf_script_loads(struct ld *ld);
bool elf_script_offsets(struct ld *ld);
void elf_script_beside(struct ld *ld);  /* INSERT: changes the order of sections */
/* sections.c: adds a chunk, made or read, to an output section of a script. */
void elf_script_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c);
/* The linkage table of a static program says what it is once it has entries. */
void elf_script_join_plt(struct ld *ld, struct ld_osec *os);

/* Where the field at OFF of input section C lies in its copy. */
static inline uint64_t elf_reloc_off(const struct ld *ld, const struct ld_chunk *c, uint64_t off)
{
    uint32_t word = elf_of_ld(ld)->word;
    return __builtin_expect((c->flags & LDC_REVERSED) != 0, 0) && off + word <= c->size ? c->size - word - off : off;
}

/* relocate.c */
void elf_relocate(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
uint64_t elf_sym_value(const struct ld *ld, const struct ld_file *f, uint32_t sym, int64_t addend,
                       bool *dead);
/* One relocation, for eh_frame pieces: OUT is the field. */
void elf_relocate_one(struct ld *ld, struct ld_file *f, uint32_t sec, const struct reloc *r,
                      uint8_t *out, uint64_t place);

/* notes.c */
void elf_read_notes(struct ld *ld, struct ld_file *f);
void elf_make_notes(struct ld *ld);
void elf_settle_indirect(struct ld *ld);
void elf_hash_block(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker);
bool elf_finish_build_id(struct ld *ld, struct outfile *out);
void elf_end_build_id(struct ld *ld); /* frees the hashes; also when nothing could be written */

/* symtab.c */
void elf_make_symtab(struct ld *ld);

/* The number of F's symbol SYM in .symtab, 0 if it is not there. --emit-relocs only. */
/* NAME.N, N counted by name. */
struct str elf_numbered(struct ld *ld, struct strmap *count, struct str name);
/* The number of a section as .symtab_shndx has it: 0 if a symbol's own field holds it. */
uint32_t elf_long_shndx(uint32_t shndx);
uint32_t elf_symtab_index(const struct ld *ld, const struct ld_file *f, uint32_t sym);

/* emitrelocs.c */
void elf_make_emit_relocs(struct ld *ld);
void elf_note_emitted(struct ld *ld); /* with -s: which symbols the relocations name (elf_link.emit_used) */

/* needed.c */
bool elf_copy_needed(struct ld *ld);  /* --copy-dt-needed-entries: true if libraries joined the link */
bool elf_check_needed(struct ld *ld); /* what libraries leave undefined; false: an error */

/* thunks.c */
bool elf_make_thunks(struct ld *ld, bool *made);
/* The thunk for branch R of section C, 0 if there is none. */
uint64_t elf_thunk_address(const struct ld *ld, const struct ld_chunk *c, const struct reloc *r);
void elf_free_thunks(struct elf_link *e);

/* errata.c: --fix-cortex-a53-* */
bool elf_fix_errata(struct ld *ld, bool *made); /* as elf_make_thunks, and after it */
void elf_patch(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
void elf_free_errata(struct elf_link *e);

/* compress.c */
bool elf_compress_debug(struct ld *ld);

/* report.c */
void elf_report_relative(struct ld *ld);

/* write.c */
void elf_name_sections(struct ld *ld);
bool elf_write(struct ld *ld);

/* relocatable.c */
bool elf_link_relocatable(struct ld *ld);
void elf_adjust_addends(struct ld *ld, const struct ld_chunk *c, uint8_t *out);

bool elf_link(struct ld *ld);

#endif
