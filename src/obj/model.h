/* model.h - the object model: what every reader produces and every applet and linker pass sees.

   A reader turns its format into these arrays once, in one arena (obj->arena). Names and contents
   are views into the file and live as long as the file's bytes do. Nothing here prints or writes.

   Index conventions, the same for every format:
   - sections[0] is a null section; real sections have the format's own 1-based numbers (ELF's own
     numbers include its null section), so sections[i] is "section i" in every message and dump;
   - symbols have model indices 0..n_symbols-1 in file order. COFF auxiliary records take no index:
     symbol.raw_idx keeps the number in the file; relocations already carry model indices. ELF keeps
     its null symbol at index 0; Mach-O has none. */
#ifndef OBJKIT_OBJ_MODEL_H
#define OBJKIT_OBJ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/str.h"
#include "base/view.h"
#include "obj/reloc.h"

/* ---- formats ------------------------------------------------------------------------------- */

enum obj_format {
#define FORMAT(id, name, ...) OBJ_##id,
#include "obj/formats.def"
#undef FORMAT
    OBJ_N_FORMATS
};

/* What kind of file it is, whatever the format. */
enum obj_type {
    OBJ_TYPE_OTHER,      /* recognised by name only, or not applicable */
    OBJ_TYPE_RELOCATABLE,/* ET_REL, COFF object, MH_OBJECT */
    OBJ_TYPE_EXECUTABLE, /* ET_EXEC, static or PIE program, PE exe, MH_EXECUTE */
    OBJ_TYPE_SHARED,     /* ET_DYN library, PE DLL, MH_DYLIB, MH_BUNDLE */
    OBJ_TYPE_CORE,
    OBJ_TYPE_IMPORT,     /* short import object */
    OBJ_TYPE_DEBUG       /* dSYM and other debug companions */
};

/* ---- machines ------------------------------------------------------------------------------ */

enum machine {
    MACH_UNKNOWN,
#define MACHINE(id, name, ...) MACH_##id,
#include "obj/machine.def"
#undef MACHINE
    MACH_N
};

/* ---- sections ------------------------------------------------------------------------------ */

enum {
    SEC_ALLOC = 1 << 0,      /* occupies memory at run time */
    SEC_EXEC = 1 << 1,
    SEC_WRITE = 1 << 2,
    SEC_NOBITS = 1 << 3,     /* size bytes of zeros, none in the file */
    SEC_CODE = 1 << 4,       /* contains instructions by its type (COFF CNT_CODE, Mach-O pure instr.) */
    SEC_DATA = 1 << 5,       /* COFF CNT_INITIALIZED_DATA */
    SEC_MERGE = 1 << 6,      /* constants of entsize bytes may be merged */
    SEC_STRINGS = 1 << 7,    /* ... and they are NUL-terminated strings */
    SEC_TLS = 1 << 8,
    SEC_DEBUG = 1 << 9,      /* debugging information by name or flag */
    SEC_COMDAT = 1 << 10,    /* member of comdats[comdat] */
    SEC_LINK_ORDER = 1 << 11,/* ordered by, and lives with, section `assoc` */
    SEC_EXCLUDE = 1 << 12,   /* not for the image: SHF_EXCLUDE, LNK_REMOVE */
    SEC_INFO = 1 << 13,      /* for the linker only: LNK_INFO (.drectve), SHT_GROUP */
    SEC_RETAIN = 1 << 14,    /* gc root: SHF_GNU_RETAIN, S_ATTR_NO_DEAD_STRIP */
    SEC_COMPRESSED = 1 << 15,/* contents are compressed: use obj_section_data */
    SEC_DISCARDABLE = 1 << 16,/* IMAGE_SCN_MEM_DISCARDABLE */
    SEC_SMALL = 1 << 17,     /* small data: nm letters G and S */
    SEC_LTO = 1 << 18,       /* .gnu.lto_*, .llvmbc: compiler intermediate code */
    SEC_STORED = 1 << 19,    /* COFF: the header says where contents are, if only zero bytes of them */
    SEC_LOST = 1 << 20,      /* stands for the sections that an elector left out */
    SEC_FLAGS = (1 << 26) - 1 /* all there can be */
};

/* Programs built with a section per function have millions: the size counts, and so does the order. */
struct section {
    struct str name;      /* full name (long COFF names resolved); Mach-O: the section name, see obj->segments */
    uint64_t size;        /* bytes in memory (or in the file for unmapped sections) */
    uint32_t flags : 26;  /* SEC_* */
    uint32_t align_p2 : 6;/* log2 of the alignment */
    uint32_t n_relocs;    /* relocations that obj_reloc_* will give (as stored) */
    uint32_t assoc;       /* section this one follows (link order, COFF associative), 0 none */
    uint32_t comdat;      /* index + 1 into obj->comdats, 0 none */
    uint32_t raw_type;    /* sh_type, or Mach-O section type */
    uint32_t raw_flags;   /* sh_flags (the low half: no other is in use), Characteristics, Mach-O flags */
    struct view data;     /* contents as stored; empty for SEC_NOBITS */
    uint64_t addr;        /* virtual address; PE: an RVA (add obj->image_base) */
    uint64_t file_off;    /* where `data` starts in the file */
    uint32_t entsize;
    uint32_t link, info;  /* ELF sh_link, sh_info; Mach-O reserved1, reserved2; COFF: link is the number in the file */
    uint32_t reloc_off;   /* COFF, Mach-O, ELF with lost_sec: where the relocations lie in the file */
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct section) == 96, "one and a half cache lines");

/* Which duplicate wins. COFF selections by their PE numbers; ELF GRP_COMDAT and linkonce are ANY. */
enum comdat_selection {
    COMDAT_NONE,
    COMDAT_NODUPLICATES = 1,
    COMDAT_ANY = 2,
    COMDAT_SAME_SIZE = 3,
    COMDAT_EXACT_MATCH = 4,
    COMDAT_ASSOCIATIVE = 5,
    COMDAT_LARGEST = 6,
    COMDAT_NEWEST = 7
};

struct comdat {
    struct str name;       /* ELF: signature; COFF: the leader's name */
    uint32_t sym;          /* the leader or signature symbol, UINT32_MAX if there is none */
    uint32_t n_members;
    const uint32_t *members; /* section indices */
    uint32_t group_sec;    /* ELF: the SHT_GROUP section; else 0 */
    uint8_t selection;
};

/* A COMDAT of which any copy will do, named by a symbol that other files see. */
struct comdat_claim {
    const char *name;          /* name_len bytes */
    uint32_t name_len : 31;    /* CLAIM_NAME_MAX at most */
    uint32_t lost : 1;         /* another file's copy is known to be taken */
    union {
        uint32_t raw;      /* the symbol's number in the file's table */
        uint32_t comdat;   /* ELF, asked and not lost: its place in obj->comdats */
    };
    uint32_t sym;          /* its model index, once the symbols are loaded; ELF: UINT32_MAX if that symbol is not
                              the COMDAT's own weak definition */
    uint32_t token;        /* the elector's, UINT32_MAX: it will not ask for this one */
};
#define CLAIM_NAME_MAX (UINT32_MAX >> 1)

static inline struct str claim_name(const struct comdat_claim *c)
{
    return (struct str){c->name, c->name_len};
}

/* Whom a reader asks before it reads what may be left out. See obj_open_electing. */
struct comdat_elector {
    /* Sets token and lost of N claims. */
    void (*elect)(struct comdat_elector *e, struct comdat_claim *claims, uint32_t n);
    /* Reads N of the object's bytes, which exist, at OFF: a few of a large section, of which no more may ever be wanted
       and whose pages would be mapped. False: they are to be looked at where they are. */
    bool (*peek)(struct comdat_elector *e, uint64_t off, void *p, size_t n);
    /* Reads the LEN bytes at OFF, which exist, to where they stay until the next object is opened: tables that are gone
       through once, and need not be mapped for that. NULL: they are to be looked at where they are. */
    const uint8_t *(*read)(struct comdat_elector *e, uint64_t off, uint64_t len);
    struct arena *brief;  /* for what nobody asks for once all symbols are resolved: the elector's, not the object's */
    bool no_debug;        /* debugging sections will not be read: whether they are compressed need not be known */
};

/* ---- symbols ------------------------------------------------------------------------------- */

/* symbol.sec: a section index, or one of these. 0 is "undefined". */
#define SEC_UNDEF 0u
#define SEC_ABS 0xffffffffu
#define SEC_COMMON 0xfffffffeu   /* value: size for COFF/Mach-O too; see common_align_p2 */
#define SEC_DEBUGSYM 0xfffffffdu /* COFF -2: a symbol without a place */
#define SEC_INDIRECT 0xfffffffcu /* Mach-O N_INDR: another name for `alias_name` */
static inline bool sec_is_special(uint32_t sec) { return sec >= 0xfffffff0u; }

enum sym_binding { BIND_LOCAL, BIND_GLOBAL, BIND_WEAK, BIND_UNIQUE, BIND_WEAK_EXTERNAL };

enum sym_type {
    SYM_NOTYPE,
    SYM_OBJECT,
    SYM_FUNC,
    SYM_SECTION,
    SYM_FILE,
    SYM_COMMON,
    SYM_TLS,
    SYM_IFUNC,
    SYM_DEBUG,   /* stabs, COFF .bf/.ef, type records */
    SYM_MAPPING, /* $x, $d, $a, $t: hidden by default */
    SYM_OTHER
};

enum sym_visibility { VIS_DEFAULT, VIS_INTERNAL, VIS_HIDDEN, VIS_PROTECTED };

enum {
    SYMF_EXPORTED = 1 << 0,     /* in a dynamic symbol or export table */
    SYMF_IMPORTED = 1 << 1,     /* comes from another module */
    SYMF_NO_DEAD_STRIP = 1 << 2,
    SYMF_REF_DYNAMIC = 1 << 3,  /* Mach-O REFERENCED_DYNAMICALLY */
    SYMF_WEAK_REF = 1 << 4,
    SYMF_WEAK_DEF = 1 << 5,
    SYMF_PRIVATE_EXTERN = 1 << 6,
    SYMF_ALT_ENTRY = 1 << 7,
    SYMF_THUMB = 1 << 8,
    SYMF_SECTION_DEF = 1 << 9,  /* COFF: defines its section (has a section auxiliary record) */
    SYMF_VERSION_HIDDEN = 1 << 10, /* ELF: sym@V, not the default sym@@V */
    SYMF_LTO = 1 << 11,         /* from compiler intermediate code */
    SYMF_AUTO_HIDE = 1 << 12,   /* Mach-O: weak external automatically hidden */
    SYMF_LIBRARY_SEARCH = 1 << 13, /* COFF weak external with characteristics 2 */
    SYMF_LARGE = 1 << 14,       /* ELF x86-64: a common of the larger code models */
    SYMF_LOST = 1 << 15         /* leader of a COMDAT that an elector left out */
};

struct symbol {
    struct str name;      /* as stored (with leading underscore, @version of .symver) */
    uint64_t value;       /* objects: offset in section; images: virtual address (PE: an RVA) */
    uint64_t size;        /* 0 when the format has none; commons: size */
    uint32_t sec;         /* section index or SEC_* above */
    uint32_t raw_idx;     /* number in the file's own table */
    uint32_t alias;       /* BIND_WEAK_EXTERNAL: model index of the fallback; else UINT32_MAX */
    uint16_t version;     /* ELF: index into obj->versions, 0 none; Mach-O: library ordinal */
    uint16_t flags;       /* SYMF_* */
    uint16_t raw_desc;    /* Mach-O n_desc; COFF type; ELF st_other */
    uint8_t raw_info;     /* Mach-O n_type; COFF storage class; ELF st_info */
    uint8_t weak_kind;    /* COFF weak external characteristics (1 nolibrary, 2 library, 3 alias, 4) */
    uint8_t binding, type, visibility;
    uint8_t common_align_p2;
};

/* ---- what an image takes from and gives to others --------------------------------------------- */

enum import_kind {
    IMPORT_NORMAL,
    IMPORT_DELAY,
    IMPORT_BOUND,     /* a forwarder reference of a bound import: library only */
    IMPORT_CLR,       /* module reference of .NET metadata: library only or a method name */
    IMPORT_UNDEF,     /* ELF and Mach-O undefined symbol */
    IMPORT_WEAK,      /* ... that may be missing */
    IMPORT_LAZY,      /* Mach-O lazy bind */
    IMPORT_EC         /* the second view of ARM64X images */
};

struct import {
    struct str lib;      /* as stored; empty: not known which library (ELF unversioned, flat lookup) */
    struct str name;     /* empty: by ordinal */
    struct str version;  /* ELF symbol version, else empty */
    uint64_t slot;       /* address of the IAT, GOT or bound cell (PE: an RVA), 0 unknown */
    int64_t addend;      /* Mach-O bind addend */
    uint32_t ordinal;    /* by ordinal: the number */
    uint16_t hint;
    uint8_t kind;        /* enum import_kind */
    bool by_ordinal;
    int16_t lib_ordinal; /* Mach-O: 0 self, -1 executable, -2 flat, -3 weak lookup */
};

/* A library an image asks for, whether or not any symbol is taken from it. */
struct needed {
    struct str name;
    uint8_t kind;           /* enum import_kind */
    bool reexport, upward;  /* Mach-O */
    uint32_t first, n;      /* PE: its imports are obj->imports[first, first+n) */
    uint32_t timestamp;     /* PE bound timestamp; Mach-O timestamp */
    uint32_t current_version, compat_version; /* Mach-O */
};

struct export {
    struct str name;      /* empty: by ordinal only */
    struct str forward;   /* "dll.name" or a re-exported library's symbol; empty: defined here */
    struct str version;   /* ELF */
    uint64_t addr;        /* virtual address (PE: an RVA) */
    uint64_t size;        /* ELF */
    uint32_t ordinal;     /* PE */
    uint32_t sec;         /* section index or SEC_ABS, 0 unknown */
    bool is_data, weak, is_default;
};

/* ELF symbol version (index = the model's, not the file's vna_other). [0] is "no version". */
struct sym_version {
    struct str name;
    struct str lib;       /* verneed: which library has it; empty for our own definitions */
    bool is_def, is_base, weak;
};

/* ---- the object ------------------------------------------------------------------------------ */

/* Bytes of a large file that are fetched when they are asked for: an image's tables are a few pages, and
   mapping the file costs more than reading those. */
struct obj_source {
    /* The LEN bytes at OFF, for as long as A (or the file) lives. NULL if they cannot be read. */
    const uint8_t *(*fetch)(struct obj_source *s, struct arena *a, uint64_t off, uint64_t len);
    uint64_t len; /* of the whole file */
    void *ctx;    /* of whoever made it */
};

struct reader; /* obj/reader.h: the format's functions */

struct object {
    const struct origin *origin;
    struct view bytes;        /* the whole file, member or slice */
    struct diag *diag;        /* where this object's problems go; diag->origin == origin */
    struct arena *arena;      /* owns all arrays below; usually &own_arena */
    struct arena own_arena;
    const struct reader *reader;
    void *priv;               /* the reader's own state, in the arena */

    enum obj_format format;
    enum obj_type type;
    enum machine machine;
    uint32_t raw_machine;     /* e_machine, COFF machine, Mach-O cputype */
    uint32_t raw_subtype;     /* Mach-O cpusubtype; ELF e_flags */
    uint32_t raw_flags;       /* e_flags, COFF characteristics, Mach-O flags */
    bool is64, big_endian;
    bool bigobj;              /* COFF with 32-bit section numbers */
    bool is_pe_hybrid;        /* ARM64X or CHPE */
    bool is_clr;              /* PE with CLI metadata */
    uint8_t osabi;            /* ELF */

    uint64_t entry;           /* PE: an RVA */
    uint64_t image_base;      /* PE ImageBase; 0 elsewhere */

    struct section *sections; uint32_t n_sections;
    const struct str *segments;                   /* [n_sections]: Mach-O segment names; else NULL */
    struct symbol *symbols; uint32_t n_symbols;   /* obj_load_symbols */
    uint32_t first_global;                        /* ELF sh_info of .symtab; else 0 */
    struct symbol *dynsyms; uint32_t n_dynsyms;   /* obj_load_dynsyms */
    struct comdat *comdats; uint32_t n_comdats;   /* with the symbols */
    struct sym_version *versions; uint32_t n_versions; /* with the dynsyms */
    struct comdat_elector *elector;               /* obj_open_electing; else NULL */
    struct comdat_claim *claims; uint32_t n_claims; /* what it was asked; in the elector's arena, of which what lies
                                                     behind them is for loading the symbols */
    uint32_t lost_sec;                            /* the section of all that is left out, 0 none */
    uint32_t *sec_map; uint32_t n_raw_secs;       /* [n_raw_secs + 1]: the file's section numbers -> the model's,
                                                     0: left out; NULL: they are the same, or the symbols are
                                                     loaded */

    struct view tables; uint64_t tables_off;      /* what the elector has read, and where that lies in `bytes`:
                                                     names are there until obj_leave_tables */

    struct needed *needed; uint32_t n_needed;     /* obj_load_imports */
    struct import *imports; uint32_t n_imports;   /* obj_load_imports */
    struct export *exports; uint32_t n_exports;   /* obj_load_exports */
    uint32_t export_base;                         /* PE ordinal base */
    bool ec_view;             /* set before they are loaded: the exports that ARM64EC code sees (ARM64X) */

    struct str soname;        /* DT_SONAME, PE export directory's name, LC_ID_DYLIB */
    struct str interp;        /* PT_INTERP, LC_LOAD_DYLINKER */
    const struct str *rpaths; uint32_t n_rpaths;     /* DT_RPATH or LC_RPATH, split */
    const struct str *runpaths; uint32_t n_runpaths; /* DT_RUNPATH, split */

    uint64_t work_left;       /* budget; see obj_charge */
    bool tables_only;         /* opened by obj_open_tables or obj_open_source: see there */
    struct obj_source *source;/* where bytes beyond `bytes` come from; NULL: there are none */
    uint64_t file_len;        /* bytes.len, or the source's */
    unsigned loaded;          /* which obj_load_* have run (LOADED_*) */
    unsigned failed;          /* ... and failed */

    struct view *inflated;    /* by section: what obj_section_data made; NULL before the first */
    bool by_section_name;     /* set before the symbols are loaded: COFF section symbols, known by their auxiliary
                                 records, may go by their sections' names, which costs less than reading theirs */
    bool slim_lto;            /* obj_is_slim_lto: known once the symbols are loaded */
    bool underscore;          /* bitcode: C names carry an underscore on its target */
    struct str triple;        /* bitcode: target triple */
};

#endif
