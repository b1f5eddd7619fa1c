/* ld.h - the link context and what all passes share.

   A whole link hangs off one struct ld: no globals, so tests and fuzzers run it again and again in
   one process. ld.c lists the passes; each pass says what it may write. Vocabulary:

   file     one input object (also: a shared library, a short import object), in load order. The
            order is that of the command line and of archive extraction; every table we write
            follows it, so output does not depend on threads.
   symbol   a name with global scope has a flat 32-bit id; ids index ld->syms and the arrays beside
            it. An id is a *name*: it exists as soon as any file mentions it. Ids are deterministic
            but in hash order: never walk ids to produce output, walk files.
   chunk    anything that occupies output: an input section or a synthesised table.
   osec     an output section: an ordered list of chunks.

   Addresses are relative to ld->image_base (PE: they are RVAs; ELF: image_base is 0). */
#ifndef OBJKIT_LD_LD_H
#define OBJKIT_LD_LD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "archive/ar_file.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/pool.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "ld/arch/arch.h"
#include "ld/options.h"
#include "obj/obj.h"

struct ld;
struct ld_claims;
struct ld_file;
struct ld_chunk;
struct backend;
struct script;
struct script_layout;
struct version_script;

/* ---- inputs -------------------------------------------------------------------------------- */

/* A mapped file of the command line or a library search. Owns the mapping and the origin. */
struct ld_input {
    const char *path;
    struct file file;
    struct origin origin;
    enum obj_format format;
    struct ld_archive *archive; /* format AR or AR_THIN: once opened */
    bool in_script;             /* a linker script that is being read: it must not name itself */
};

enum ld_file_kind {
    LD_OBJECT,  /* relocatable object */
    LD_SHARED,  /* ELF shared library, PE DLL given as input: gives symbols, no contents */
    LD_IMPORT,  /* COFF short import object */
    LD_INTERNAL /* made by the linker: its symbols have no file behind them */
};

/* Positional state of the command line, as it stood at an input. */
struct ld_state {
    bool is_static;     /* -Bstatic */
    bool whole_archive;
    bool as_needed;
    bool just_symbols;
    bool binary;        /* -b binary */
    bool copy_needed;   /* --copy-dt-needed-entries */
    bool found;         /* a library that the search found, by -l */
};

/* One global name of a file, or of an archive's index: made while parsing, sorted by shard, dropped after
   interning. */
struct ld_gname {
    uint64_t hash;
    uint32_t sym;
};

enum { LD_SHARDS = 64 };

/* An archive, opened once however often it is named. */
struct ld_archive {
    struct ld_input *input;
    struct ar ar;
    struct arena arena;
    struct diag diag;
    struct armap map;            /* the index, read or (if the archive has none) built */
    struct ld_gname *gnames;     /* [map.n]: its names by shard, sym: the entry; malloc'ed, until interned */
    uint32_t shard_end[LD_SHARDS];
    uint32_t *entry_ids;         /* [map.n]: symbol ids */
    uint32_t *entry_member;      /* [map.n]: index in members */
    uint64_t n_open;             /* the first so many are searched: the others' members are in the link */
    struct ld_member {
        uint64_t hdr_off;
        struct ld_file *file;    /* once parsed */
        bool guessed;            /* parsed ahead of a search */
        bool absent;             /* no member is where the index says, or it cannot be read; reported */
    } *members;                  /* those the index names, or all; by header offset */
    uint32_t n_members;
    bool named;                  /* an input of the command line in hand or before: it is in ld->archives */
    bool interned, has_all;      /* members holds every member of the archive */
    bool unread;                 /* its index: it was opened for --whole-archive */
    bool bad;
};

/* The command line as a list of what to add, libraries found and scripts expanded. */
enum ld_item_kind { ITEM_FILE, ITEM_ARCHIVE, ITEM_WHOLE_ARCHIVE, ITEM_GROUP_START, ITEM_GROUP_END };
struct ld_item {
    enum ld_item_kind kind;
    struct ld_file *file;
    struct ld_archive *archive;
    struct ld_state state;
};

/* A reference to a symbol that nobody defines, for reports. */
struct ld_undef {
    uint32_t id, sec;
    uint64_t off;
    uint32_t more; /* others beside it, not noted */
};

#define LD_NO_SYM UINT32_MAX

/* In ld_file.addrs: no simple place (merged, folded, a number, an IFUNC, an import); in a section left out. */
#define LD_ADDR_ASK UINT64_MAX
#define LD_ADDR_DEAD (UINT64_MAX - 1)

struct ld_file {
    uint32_t idx;            /* in ld->files: load order, from 1; 0: not (yet) added */
    uint32_t pos;            /* place among the files that are linked whatever happens, from 1; 0: none (claims.c) */
    uint8_t kind;            /* enum ld_file_kind */
    bool bad;                /* could not be parsed; diagnosed */
    bool interned;           /* its names have ids */
    bool needed;             /* LD_SHARED: a strong reference is satisfied by it */
    bool skip;               /* not an object of this link (rlib metadata, .res): no symbols */
    bool has_largest;        /* has COMDATs of selection LARGEST */
    bool has_common, has_assoc, has_lto; /* has common symbols; sections that follow others; SEC_LTO ones */
    bool odd_comdats;        /* ... NODUPLICATES or NEWEST */
    struct ld_state state;
    struct ld_archive *archive; /* the archive it is a member of, or NULL */
    struct ld_input *input;
    struct object obj;
    struct origin origin;    /* of a member; files use input->origin */
    struct diag diag;        /* its messages, merged in load order */
    struct symbol *syms;     /* obj.symbols, obj.dynsyms, or what the backend made of them */
    uint32_t n_syms;
    uint32_t *ids;           /* [n_syms]: global id, or LD_NO_SYM for a local symbol */
    uint64_t *addrs;         /* [n_addrs]: of local symbols, COFF: of all; ld_set_values: an address or LD_ADDR_* */
    uint32_t n_addrs;
    struct ld_gname *gnames; /* names to intern, until resolved */
    uint32_t n_gnames, shard_end[LD_SHARDS];
    struct ld_chunk *chunks; /* [obj.n_sections]; [0] is unused */
    uint32_t *live;          /* [n_live]: indices of those that live, in order; most sections of a file are tables */
    uint32_t n_live;         /* or lost COMDATs. What dies after the file was added stays here: look at its flags */
    uint32_t *comdat_ids;    /* [obj.n_comdats]: id of the signature's name */
    VEC(struct ld_undef) undefs;
    void *priv;              /* the backend's */
    bool offered;            /* it was offered to the plugin */
    uint32_t why_id, why_file; /* member: the symbol it was taken for, and who first wanted that */
    bool claimed;            /* compiler intermediate code that the plugin took (lto.h) */
};

/* ---- symbols ----------------------------------------------------------------------------------- */

/* What stands behind a name now; a larger rank wins. Source: spec pe-ld 2.2, elf-ld 3. */
enum ld_rank {
    RANK_NONE,        /* only mentioned (a lazy archive has it, or a name the linker looked up) */
    RANK_UNDEF_WEAK,
    RANK_UNDEF,       /* a strong reference */
    RANK_WEAK_EXT,    /* COFF weak external: the fallback in def->alias */
    RANK_SHARED,      /* a shared library defines it (file, sym); weak ones too */
    RANK_COMMON,
    RANK_WEAK,        /* ELF weak definition */
    RANK_COMDAT,      /* COFF leader of a COMDAT section */
    RANK_STRONG
};

/* Bits of ld_sym.flags; set with ld_need(), which is atomic. Below 1 << 8: shared; above: backend. */
enum {
    LDS_REF = 1 << 0,        /* referenced strongly by a live relocatable object */
    LDS_REF_SHARED = 1 << 1, /* ... by a shared library */
    LDS_EXPORT = 1 << 2,
    LDS_ABS = 1 << 3,        /* its value is not an address in the image */
    LDS_TRACE = 1 << 4,      /* -y */
    LDS_WRAPPED = 1 << 5,
    LDS_LOCAL = 1 << 6,      /* made local by a version script or visibility */
    LDS_KEEP = 1 << 7,       /* gc root */
    LDS_GOT = 1 << 8,
    LDS_PLT = 1 << 9,        /* or an import thunk */
    LDS_COPY = 1 << 10,
    LDS_TLSGD = 1 << 11,
    LDS_TLSIE = 1 << 12,
    LDS_TLSDESC = 1 << 13,
    LDS_CANON_PLT = 1 << 14,
    LDS_DYNSYM = 1 << 15
};

struct ld_sym {
    uint32_t file;  /* ld->files index of the definition (or of the first reference); 0 none */
    uint32_t sym;   /* index in that file's syms */
    uint8_t rank;   /* enum ld_rank */
    uint8_t vis;    /* most constraining visibility over all objects */
    _Atomic uint16_t flags;
};

struct ld_symtab {
    struct ld_sym *syms;     /* by id */
    uint64_t *values;        /* by id: address (or plain value with LDS_ABS); set by ld_set_values */
    uint32_t *aux;           /* by id: the backend's (import record, GOT slot), 0 at first */
    uint32_t *comdat;        /* by id: ld->files index of the file whose COMDAT of this name won */
    uint32_t cap;            /* ids are below this */
    struct ld_shard {
        struct ld_slot {
            uint32_t id, tag; /* id + 1, 0 empty; tag: low half of the hash */
        } *slots;
        uint32_t n_slots, n, cap;
        struct str *names;    /* [n]: of the ids shard + LD_SHARDS * i */
    } shards[LD_SHARDS];
};

/* ---- chunks and output sections ----------------------------------------------------------------- */

enum {
    LDC_LIVE = 1 << 0,      /* takes part in the output */
    LDC_DISCARDED = 1 << 1, /* lost a COMDAT election, or /DISCARD/ */
    LDC_MARKED = 1 << 2,    /* reached by gc; set atomically */
    LDC_MERGE = 1 << 3,     /* replaced by pieces: priv is a struct ld_merge_map */
    LDC_ROOT = 1 << 4,      /* gc root */
    LDC_DEBUG = 1 << 5,
    LDC_NOBITS = 1 << 6,
    LDC_FOLDED = 1 << 7,    /* identical code folding: repl stands for it */
    LDC_NO_RELOC = 1 << 8,  /* its relocations are not applied (the backend rewrote it) */
    LDC_COMDAT = 1 << 9,
    LDC_WEAK_REFS = 1 << 10, /* gc: its relocations to local code keep nothing alive */
    LDC_NO_WALK = 1 << 11,   /* gc: none of its relocations does (be->gc_extra says what follows) */
    LDC_KEPT = 1 << 12,      /* KEEP of a script: its output section stays, be it empty */
    LDC_OF_INPUT = 1 << 13,  /* made of a section of one file, priv: an orphan like that section */
    LDC_ORDERED = 1 << 21,  /* an ordering file names it */
    LDC_REVERSED = 1 << 22, /* .ctors among .init_array: its words are written last first */
    LDC_PATCHED = 1 << 23,  /* be->patch changes the finished bytes */
    LDC_PARTS = 1 << 20      /* ops is the first member of a struct ld_part_ops */
};

struct ld_chunk_ops {
    const char *name; /* for the map file */
    /* Writes exactly c->size bytes. Parallel: writes only OUT. */
    void (*write)(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
};

/* What the ops of an LDC_PARTS chunk are: it may be large, and several threads write it. */
struct ld_part_ops {
    struct ld_chunk_ops ops;
    /* Writes N of its bytes, from FROM on. Parallel: writes only OUT. */
    void (*write_part)(struct ld *ld, const struct ld_chunk *c, uint64_t from, uint64_t n, uint8_t *out);
};

/* One cache line: passes walk arrays of them. */
struct ld_chunk {
    uint64_t off;                   /* in its output section */
    uint64_t size;
    const struct ld_chunk_ops *ops; /* NULL: an input section */
    struct ld_file *file;           /* input section: its file */
    union {
        struct ld_chunk *repl;      /* LDC_FOLDED: the kept twin */
        void *priv;                 /* LDC_MERGE: its struct ld_merge_map; else of whoever made it */
    };
    _Atomic uint32_t flags;         /* LDC_* */
    uint32_t sec;                   /* input section: index in file->obj.sections */
    uint32_t osec;                  /* index in ld->osecs, 0 none */
    uint8_t align_p2;
    uint8_t place, order;           /* the backend's: which output section, and where in it, by its name */
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct ld_chunk) == 56, "there are hundreds of thousands");

/* What ld_new_chunk made: such a chunk has no file. */
struct ld_made_chunk {
    struct ld_chunk c;
    uint32_t type, flags; /* a script moves it: its section's */
};

static inline struct ld_made_chunk *ld_made(struct ld_chunk *c)
{
    return c->file ? NULL : (struct ld_made_chunk *)c;
}

/* A made chunk leaves a section of TYPE and FLAGS for where a script puts it; others have theirs from their file. */
static inline void ld_note_origin(struct ld_chunk *c, uint32_t type, uint32_t flags)
{
    struct ld_made_chunk *m = ld_made(c);
    if (m) {
        m->type = type;
        m->flags = flags;
    }
}

struct ld_osec {
    struct str name;
    uint32_t idx;        /* in ld->osecs */
    uint32_t number;     /* in the output's section table, once laid out; 0 none */
    uint32_t flags;      /* SEC_* */
    uint64_t raw_flags;  /* Characteristics or sh_flags */
    uint32_t raw_type;   /* sh_type */
    uint8_t align_p2;
    uint8_t fill;        /* byte between chunks */
    bool nobits;
    uint64_t addr;       /* relative to image_base */
    uint64_t size;       /* in memory */
    uint64_t file_off, file_size;
    VEC(struct ld_chunk *) chunks;
    size_t n_laid;       /* so many of them have their places */
    void *priv;
    uint64_t entsize;    /* ELF sh_entsize */
    uint64_t sort_key;   /* the backend's order of output sections */
    uint32_t name_off;   /* of the name in the section name table */
    bool keep;           /* present even if empty */
    bool fixed_addr;     /* addr was given by an option or a script */
    bool relro;          /* read-only after relocation */
    uint32_t info;       /* sh_info, where nothing else gives it */
    uint32_t order_at;   /* place among the output's sections, for SHF_LINK_ORDER */
    uint32_t relocates;  /* index of the section that this one's relocations are for, 0 none */
    bool scripted;       /* a script's statements lay it out */
    uint64_t lma_delta;  /* load address minus address: scripts' AT */
    struct ld_fill *fills; /* what gaps hold, by place; NULL: `fill` */
};

/* From offset OFF of a section on, until the next: gaps hold PATTERN again and again. */
struct ld_fill {
    uint64_t off;
    struct str pattern;
    struct ld_fill *next;
};

/* ---- the link ------------------------------------------------------------------------------------ */

enum ld_phase { PHASE_OPTIONS, PHASE_LOADED, PHASE_RESOLVED, PHASE_LAID_OUT, PHASE_WRITTEN };

struct ld {
    struct ld_options opt;
    struct diag diag;
    struct arena arena;      /* what lives as long as the link; main thread only */
    struct arena *worker_arena; /* [pool_threads]: for parallel passes */
    uint64_t n_read_aside;      /* files whose tables were read, not mapped (claims.c) */
    _Atomic unsigned dear_pages; /* see struct arena */
    struct buf *scratch;        /* [pool_threads]: for what is read of a file while it is parsed */
    struct arena *brief_arena;  /* [pool_threads]: for what nobody asks for once all symbols are resolved */
    struct pool *pool;
    const struct backend *be;
    void *be_priv;           /* the backend's own state */
    const struct arch *arch;
    enum machine machine;
    const char *emulation;
    enum ld_phase phase;

    VEC(struct ld_file *) files; /* [0] is NULL, [1] the linker's own file (LD_INTERNAL) */
    VEC(struct ld_chunk *) internal_chunks; /* of the linker's own symbols; NULL: absolute */
    VEC(struct ld_item) items;   /* what the command line adds, in order */
    VEC(struct ld_input *) inputs;
    struct strmap input_by_path;
    unsigned n_open;             /* inputs whose descriptors are kept */
    struct strmap libs_found;
    struct strmap retained;      /* names of --retain-symbols-file */
    struct ld_symtab tab;
    uint32_t *open_entry;        /* by id, while archives are searched: see resolve.c */
    uint32_t open_entry_cap;
    VEC(struct ld_archive *) archives; /* in order of first appearance */

    VEC(struct ld_osec *) osecs; /* [0] is NULL */
    struct strmap osec_by_name;
    uint64_t image_base;
    uint64_t file_size;      /* of the output */
    bool any_largest;        /* an input has COMDATs of selection LARGEST */
    bool odd_comdats;        /* ... NODUPLICATES or NEWEST */
    bool outputs_checked, outputs_good; /* ld_check_outputs */
    bool reproduced;                    /* ld_reproduce has run */
    int argc;                           /* the command line */
    char **argv;
    bool rescanning;         /* all archives are searched once more: --trace tells */
    uint32_t entry;          /* symbol id, LD_NO_SYM none */
    struct ld_passes *passes;/* --stats */
    struct script *script;   /* the scripts of -T and of text inputs, a list in order; NULL: none */
    struct script_layout *layout; /* script_layout.c: NULL until there is a script */
    struct version_script *versions; /* --version-script and VERSION; NULL: none */
    struct ld_order *order;  /* ordering files; NULL: none */
    struct ld_late *late;    /* late.c: NULL except while the output is written */
    bool lean;               /* ELF: tables of input files need no sections of their own (claims.c) */
    struct ld_claims *claims;/* claims.c: NULL if COMDATs are not elected early */
    struct ld_lto *lto;      /* lto.c: NULL until an input holds intermediate code */
};

/* ---- files ------------------------------------------------------------------------------------- */

static inline struct ld_file *ld_file(const struct ld *ld, uint32_t idx) { return ld->files.p[idx]; }
/* For messages: "libx.a(foo.o)". */
const struct origin *ld_file_origin(const struct ld_file *f);
/* The name as ld prints it, in the link's arena. */
const char *ld_file_name(struct ld *ld, const struct ld_file *f);

/* load.c: maps and parses the inputs of the command line, in parallel; makes ld->items. False on a
   fatal error. */
bool ld_load(struct ld *ld);
/* Adds an input to ld->items: an object, an archive, or the files that a linker script names. */
bool ld_add_input(struct ld *ld, struct ld_input *in, const struct ld_state *st);
/* "-b binary": the file's bytes as an object with symbols around them. */
bool ld_add_binary(struct ld *ld, const struct ld_input *in, const struct ld_state *st);
/* script_input.c: IN is a text file among the inputs, such as /usr/lib/libc.so: adds what its INPUT and
   GROUP name where it stands. Anything else in it joins ld->script. */
bool ld_add_script(struct ld *ld, struct ld_input *in, const struct ld_state *st);
/* Reads the scripts of -T into ld->script. */
bool ld_read_scripts(struct ld *ld);
/* A new file over BYTES, not parsed. */
struct ld_file *ld_new_file(struct ld *ld, struct ld_input *in, struct ld_archive *a);
/* Opens, checks and reads the symbols of N files, in parallel. Writes each file's own things. */
void ld_parse_files(struct ld *ld, struct ld_file **files, size_t n);
/* The same of files that were parsed before, none of which is in the link, as if for the first time. */
void ld_parse_again(struct ld *ld, struct ld_file **files, size_t n);
/* The file of a member, made (not parsed) if this is the first time; NULL if the member is damaged. */
struct ld_file *ld_member_file(struct ld *ld, struct ld_archive *a, uint32_t member);
/* Opens PATH as an input once; NULL, diagnosed, if it cannot be read. */
struct ld_input *ld_open_input(struct ld *ld, const char *path, bool must_exist);
/* The same for scripts and lists, which may come from a pipe or a device. */
struct ld_input *ld_open_text(struct ld *ld, const char *path, bool must_exist);
/* Gives the memory of the inputs' pages back to the system; what is still needed is read again. On the calling
   thread: for a loop's body. */
void ld_forget_inputs(const struct ld *ld);

/* output.c: V[I] is used next, of END chunks, which come from many places: asks the memory for what those behind it
   will read. */
void ld_fetch_ahead(struct ld_chunk *const *v, size_t i, size_t end);
/* -lNAME along the search path, by the backend's patterns; NULL if not found (not diagnosed). */
struct ld_input *ld_find_library(struct ld *ld, struct str name, const struct ld_state *st);

/* ---- resolution (resolve.c) ------------------------------------------------------------------------- */

/* Adds all inputs in command-line order, extracting archive members in GNU order, then rescans the
   archives until no undefined symbol finds a member. May be called again after a backend has made
   new references. Writes files, tab. */
bool ld_resolve(struct ld *ld);
bool ld_resolve_more(struct ld *ld);
/* Parses, interns and adds files that join after resolution (what LTO compiled). */
bool ld_add_late(struct ld *ld, struct ld_file **files, size_t n);

/* comdat.c: gives the names of COMDATs with selection LARGEST to the largest of FILES and of what
   came before. Before what lost is discarded. */
void ld_elect_largest(struct ld *ld, struct ld_file *const *files, size_t n);
/* F lost COMDAT K: complains in F's diag if the selections forbid that or the winner is not alike. */
void ld_check_comdat(struct ld *ld, struct ld_file *f, uint32_t k);
/* resolve.c: sections associated with discarded ones go too. */
void ld_discard_associated(struct ld_file *f);

/* ---- symbols (symtab.c) --------------------------------------------------------------------------- */

/* Gives every global name of the files its id (f->ids, f->comdat_ids). Parallel over shards. */
void ld_intern_files(struct ld *ld, struct ld_file **files, size_t n);
/* Reads all members of A in place of its index, which may be out of date. False: this was done before. */
bool ld_renew_index(struct ld *ld, struct ld_archive *a);
/* The names of the indexes of N archives. Parallel over shards. */
void ld_intern_archives(struct ld *ld, struct ld_archive **archives, size_t n);
/* Sorts the names of A's index by shard; parallel, writes only A. */
void ld_sort_archive(struct ld_archive *a);
/* symopts.c: renames what --wrap renames. Writes only F. */
void ld_wrap_names(struct ld *ld, struct ld_file *f);
/* symopts.c: reads --retain-symbols-file into ld->retained. */
bool ld_read_retained(struct ld *ld);
/* Does the output's symbol table keep NAME? */
static inline bool ld_retains(const struct ld *ld, struct str name)
{
    return !ld->opt.retain_symbols.n || strmap_get(&ld->retained, name) != STRMAP_NONE;
}
/* Makes the list of global names of F; parallel, writes only F. */
void ld_collect_names(struct ld_file *f, struct arena *brief);
void ld_symtab_free(struct ld_symtab *tab);

/* The id of NAME; interned if new. Main thread, between parallel passes. NAME must outlive the link. */
uint32_t ld_intern(struct ld *ld, struct str name);
/* The id of NAME, or LD_NO_SYM if no one has mentioned it. */
uint32_t ld_lookup(const struct ld *ld, struct str name);

static inline struct ld_sym *ld_sym(const struct ld *ld, uint32_t id) { return &ld->tab.syms[id]; }
static inline struct str ld_sym_name(const struct ld *ld, uint32_t id)
{
    return ld->tab.shards[id % LD_SHARDS].names[id / LD_SHARDS];
}
static inline bool ld_is_defined(const struct ld_sym *s) { return s->rank >= RANK_SHARED; }
/* Sets need bits; true if any of them is new. */
static inline bool ld_need(const struct ld *ld, uint32_t id, uint16_t bits)
{
    struct ld_sym *s = &ld->tab.syms[id];
    if ((atomic_load_explicit(&s->flags, memory_order_relaxed) & bits) == bits) {
        return false;
    }
    return (atomic_fetch_or_explicit(&s->flags, bits, memory_order_relaxed) & bits) != bits;
}
static inline bool ld_has(const struct ld *ld, uint32_t id, uint16_t bits)
{
    return (atomic_load_explicit(&ld->tab.syms[id].flags, memory_order_relaxed) & bits) != 0;
}
/* The struct symbol of the definition, or NULL. */
static inline const struct symbol *ld_definition(const struct ld *ld, uint32_t id)
{
    const struct ld_sym *s = &ld->tab.syms[id];
    return s->rank >= RANK_WEAK_EXT && s->file ? &ld->files.p[s->file]->syms[s->sym] : NULL;
}
/* The chunk a definition lies in, or NULL (absolute, common, shared, undefined). */
struct ld_chunk *ld_sym_chunk(const struct ld *ld, uint32_t id);

/* A strong reference from the linker itself (entry, -u, tables). Does not load anything. */
uint32_t ld_reference(struct ld *ld, struct str name);
/* Defines NAME in the linker's own file: at OFF of chunk C, or as an absolute value (C NULL).
   An existing strong definition wins and is returned unchanged. */
uint32_t ld_define(struct ld *ld, struct str name, struct ld_chunk *c, uint64_t off);

/* names.c: --defsym before anything is loaded (so that no archive member is taken for them), and their final
   values once all symbols are resolved; --trace-symbol. */
bool ld_begin_defsyms(struct ld *ld);
bool ld_finish_defsyms(struct ld *ld);
/* --just-symbols: the global symbols of the object or image IN become numbers. */
bool ld_just_symbols(struct ld *ld, struct ld_input *in);
void ld_trace_symbols(struct ld *ld);

/* ---- chunks (chunk.c) -------------------------------------------------------------------------------- */

/* The output section NAME, made if new. Main thread. */
/* options.c: PATH with the sysroot in place of a leading '=' or $SYSROOT; PATH itself where there is none. */
const char *ld_in_sysroot(struct ld *ld, const char *path);
struct ld_osec *ld_osec(struct ld *ld, struct str name);
/* What stands for C after identical code folding. */
static inline const struct ld_chunk *ld_chunk_kept(const struct ld_chunk *c)
{
    while (c->flags & LDC_FOLDED) {
        c = c->repl;
    }
    return c;
}
static inline uint64_t ld_chunk_addr(const struct ld *ld, const struct ld_chunk *c)
{
    while (c->flags & LDC_FOLDED) {
        c = c->repl;
    }
    return ld->osecs.p[c->osec]->addr + c->off;
}
void ld_osec_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c);
/* A synthesised chunk in the link's arena, not yet in any output section. */
struct ld_chunk *ld_new_chunk(struct ld *ld, const struct ld_chunk_ops *ops, uint64_t size,
                              uint8_t align_p2, void *priv);
/* Chunk of constant bytes (copied). */
struct ld_chunk *ld_bytes_chunk(struct ld *ld, const void *p, size_t n, uint8_t align_p2);
/* Gives each live chunk its offset; sets size and align_p2. */
void ld_layout_osec(struct ld_osec *os);
/* -Ttext, -Tdata, -Tbss, --section-start: fixed_addr and addr of the sections named. */
bool ld_fixed_addresses(struct ld *ld);
/* TEXT as a hexadecimal number, as GNU ld reads the values of address options; OPT: for the message. */
bool ld_hex_option(struct ld *ld, const char *opt, const char *text, uint64_t *out);

/* ---- shared passes ----------------------------------------------------------------------------------- */

/* Calls FN once per live input section that has relocations and is not debug (unless DEBUG), with
   its relocations in blocks. Parallel over files: FN may write its own file's things and set atomic
   bits. A damaged relocation table is reported and fails the link. */
typedef void (*ld_scan_fn)(struct ld *ld, struct ld_file *f, struct ld_chunk *c,
                           const struct reloc *r, size_t n);
bool ld_scan_relocs(struct ld *ld, bool debug, ld_scan_fn fn);
/* The same without debug sections; FN decodes the relocations itself, to the end. */
typedef void (*ld_scan_sec_fn)(struct ld *ld, struct ld_file *f, struct ld_chunk *c, struct reloc_iter *it);
bool ld_scan_sections(struct ld *ld, ld_scan_sec_fn fn);

/* gc.c: clears LDC_LIVE of what no root reaches. Roots: LDC_ROOT chunks, LDS_KEEP symbols. Debug
   sections follow what they describe and keep nothing alive. */
bool ld_gc(struct ld *ld);
/* --why-live where nothing is left out. */
void ld_why_without_gc(struct ld *ld);
/* For be->gc_extra: marks a section; CTX is the hook's. */
void ld_gc_mark(void *ctx, struct ld_chunk *c);
/* icf.c: folds identical sections (--icf): all but one lose LDC_LIVE and get LDC_FOLDED. */
bool ld_icf(struct ld *ld);

/* merge.c: replaces SEC_MERGE|SEC_STRINGS input sections by unique strings, one table per (output
   section, entry size, alignment). MAY decides per section. Runs after sections have their osec. */
struct ld_merge_map;
bool ld_merge_strings(struct ld *ld);
void ld_merge_free(struct ld *ld);
void ld_merge_free_section(const struct ld_osec *os); /* of a section whose contents are kept elsewhere */
/* Where byte OFF of merged section C went. */
uint64_t ld_merge_addr(const struct ld *ld, const struct ld_chunk *c, uint64_t off);
/* Asks the memory for what ld_merge_addr will read: first a cell, and some time later what that leads to. */
void ld_merge_fetch(const struct ld_chunk *c, uint64_t off, bool cell_is_there);

/* Gives every common symbol that won a place in OS, in load order; it becomes a symbol of the
   linker's own file. OTHER (may be NULL) gives the section of those that do not belong in OS, of large code models
   and of threads, made when there is one; NULL for the rest. */
typedef struct ld_osec *ld_commons_fn(struct ld *ld, const struct symbol *won);
void ld_alloc_commons(struct ld *ld, struct ld_osec *os, ld_commons_fn *other);

/* Computes values[] of all defined symbols and addrs[] of the files, after layout. Parallel. */
void ld_set_values(struct ld *ld);

/* The address a relocation's symbol stands for: SYM of file F plus ADDEND folded in where the
   section was merged. *ABS: it is a plain number. Values must be set. */
uint64_t ld_reloc_target(const struct ld *ld, const struct ld_file *f, const struct reloc *r,
                         bool *abs);

/* ---- errors ------------------------------------------------------------------------------------------ */

/* Notes an unresolved reference; reported by ld_report_undefined, three per symbol. */
void ld_note_undef(struct ld_file *f, uint32_t id, uint32_t sec, uint64_t off);
bool ld_report_undefined(struct ld *ld);
/* Does an option let ID stay undefined? The loader may find it. */
bool ld_lets_undefined(const struct ld *ld, uint32_t id);
/* --ignore-unresolved-symbol. */
bool ld_ignores_unresolved(const struct ld *ld, struct str name);
/* "FILE: .text+0x14: " and the message; for passes that run in parallel: into F's own diag. */
void ld_error_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void ld_warn_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same of a relocation against SYMBOL: of one symbol, only so many are listed. */
void ld_reloc_error(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, struct str symbol,
                    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* late.c: between begin and end, messages may come from several workers for one file. They are held, and
   reported by file and place. */
void ld_late_begin(struct ld *ld);
void ld_late_add(struct ld *ld, struct ld_file *f, enum severity sev, uint32_t sec, uint64_t off,
                 struct str symbol, struct str text);
void ld_late_end(struct ld *ld);
/* Moves the files' messages to the link's diag, in load order; false if there is any error. The
   checkpoint between passes. */
bool ld_checkpoint(struct ld *ld);
/* A symbol's name as messages show it (demangled unless --no-demangle), in A. */
const char *ld_show(struct ld *ld, struct arena *a, struct str name);

/* checks.c: --undefined-glob, before LTO; what the --warn options ask of a finished resolution. */
bool ld_undefined_globs(struct ld *ld);
bool ld_check_resolution(struct ld *ld);

/* reproduce.c: the tar of --reproduce. */
bool ld_reproduce(struct ld *ld);

/* order.c: reads the ordering files, once it is settled what is live. */
bool ld_read_order(struct ld *ld);
/* Brings those of the N chunks that an ordering file names to the front. */
void ld_order_list(const struct ld *ld, struct ld_chunk **v, size_t n);

/* ---- writing (output.c) ------------------------------------------------------------------------------ */

/* Writes the image: the HEAD bytes at offset 0, then every output section with file contents; each
   chunk is copied, relocated by be->relocate and written while it is hot. AFTER_BLOCK, if not NULL,
   sees every finished run of bytes (any order, in parallel): for checksums and build ids. Patches
   made by FINISH come last. Nothing appears under the output's name unless all went well. */
struct ld_image {
    const uint8_t *head;
    size_t head_len;
    void (*after_block)(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker);
    /* Main thread, all else written: may patch by outfile_pwrite. */
    bool (*finish)(struct ld *ld, struct outfile *out);
    bool (*beside)(struct ld *ld); /* after that: writes other files; if it fails, the image does not appear */
};
bool ld_write(struct ld *ld, const struct ld_image *img);

/* B to standard output. A failure is reported with its reason; what is lost later, when the rest leaves stdio's memory,
   is when stdout is closed. */
bool ld_print(struct ld *ld, const struct buf *b);

/* Are all files that will be written different from each other and from every input? Said once; to be asked before
   any of them is opened for writing. */
bool ld_check_outputs(struct ld *ld);

/* The contents of OS as they would be written, os->file_size bytes into OUT. Parallel inside. */
void ld_build_section(struct ld *ld, const struct ld_osec *os, uint8_t *out);

/* The map file of -Map and -M with --cref, and the make rule of --dependency-file (mapfile.c).
   ld_write calls them before the image is put in place; true if they were not asked for. */
bool ld_write_map(struct ld *ld);
bool ld_write_dependencies(struct ld *ld);

/* ---- timing ------------------------------------------------------------------------------------------ */

/* Starts the pass NAME (a literal); ends the one before. Shown by --stats. */
void ld_pass(struct ld *ld, const char *name);
void ld_count(struct ld *ld, const char *what, uint64_t n);

/* default_script.c: --verbose on standard output. */
bool ld_print_script(struct ld *ld);

/* Runs a whole link: argv as main gets it. Returns the exit status. */
int ld_run(int argc, char **argv);

#endif
