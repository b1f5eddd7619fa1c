/* script_layout.h - laying out an image as linker scripts say (ld->script), for every output format.

   The engine selects input sections, walks the statements until nothing moves, and gives the script's
   symbols their values. What a section's flags mean, how a section is made and what the format's own
   tables are called is the backend's: struct script_hooks.

   Order of calls: start (before gc), symbols (which may be defined early), assign with the backend's own
   orphans after it, orphans, then walk as often as sizes change, check, place_symbols. Source: GNU ld
   manual, chapter 3; spec elf-ld 7. */
#ifndef OBJKIT_LD_SCRIPT_LAYOUT_H
#define OBJKIT_LD_SCRIPT_LAYOUT_H

#include "ld/ld.h"
#include "ld/script.h"

/* What an output section is to scripts: what decides where orphans go and which memory a section is in. */
enum {
    SLF_CONTENTS = 1,  /* not zeros only */
    SLF_ALLOC = 2,     /* has an address */
    SLF_LOAD = 4,      /* comes from the file */
    SLF_READONLY = 8, SLF_CODE = 16, SLF_TLS = 32, SLF_DEBUG = 64,
    SLF_NOTE = 128, SLF_RELOCS = 256,
    SLF_APART = 512    /* scripts do not place it */
};

struct script_hooks {
    /* NULL: all of one name are one. Another output section NAME, for a script that describes two. */
    struct ld_osec *(*another)(struct ld *ld, struct str name);
    /* Puts C, an input section or a made chunk (ld_made: its old section's type and flags), into OS, whose
       flags follow. A made chunk without type and flags stands for an assignment: it says nothing of OS. */
    void (*add)(struct ld *ld, struct ld_osec *os, struct ld_chunk *c);
    /* BYTE, LONG and the like stand in OS: it has contents. FIRST: before all else. */
    void (*data)(struct ld *ld, struct ld_osec *os, bool first);
    /* NULL: nothing. '.' was moved inside OS: it takes memory. */
    void (*gap)(struct ld_osec *os);
    /* A script assigns NAME: defines it at a chunk that place_symbols puts in place. VISIBLE: not HIDDEN. */
    struct ld_chunk *(*mark)(struct ld *ld, const char *name, bool visible);
    /* The names by which scripts select made chunk C of OS, the NTH one; without length: no more. */
    struct str (*made_name)(struct ld *ld, const struct ld_osec *os, const struct ld_chunk *c, unsigned nth);
    /* NULL: never. Can the output be without made chunk C? */
    bool (*may_discard)(const struct ld *ld, const struct ld_chunk *c);
    /* All chunks of OS went elsewhere: it is as if new. */
    void (*emptied)(struct ld_osec *os);
    /* Nothing but assignments so far. */
    bool (*untyped)(const struct ld_osec *os);
    uint32_t (*flags)(const struct ld_osec *os); /* SLF_* */
    /* NULL: 0. The type of an output section that only holds statements. */
    uint32_t (*type_by_name)(struct str name);
    bool (*writable)(uint64_t raw_flags);
    /* NULL: nothing. (NOLOAD), (READONLY) and the like; NUMBER: of (TYPE=...). */
    void (*retype)(struct ld_osec *os, enum sc_sec_type type, uint64_t number);
    /* NULL: never. No loader moves the image: its addresses are numbers. */
    bool (*fixed)(const struct ld *ld);
    /* The script's ENTRY. */
    void (*entry)(struct ld *ld, struct str name);
    /* SEGMENT_START; false: the default of the script. */
    bool (*segment)(const struct ld *ld, struct str name, uint64_t *v);
    /* Names of the format that are no symbols (PT_LOAD, __section_alignment__); false: none of that name. */
    bool (*constant)(const struct ld *ld, struct str name, uint64_t *v);
    /* headers_size, page sizes, and where the location counter starts (else 0). */
    void (*env)(const struct ld *ld, struct script_env *env);
    /* What every section with contents starts at a multiple of, unless its address is given. */
    uint64_t (*section_align)(const struct ld *ld);
    const char *constants; /* the name of the section of constants */
};

/* Of an empty table that GNU ld makes and drops again: what it would be in is aligned for it. */
extern const struct ld_chunk_ops ld_script_absent;

/* One statement of the walk, in order: an output section (with its description, or an orphan) or
   something else. */
struct script_step {
    const struct sc_stmt *stmt;
    const struct sc_output *out;
    struct ld_osec *os;
    const struct sc_output *like; /* an orphan: in that one's memory and segments; NULL: in none */
    bool filled;               /* before orphans came */
    bool named;                /* symbols are assigned to in it: it moves '.' to its start, be it left out */
    struct str load_region;    /* of the section before it, which is in the same region */
    bool kept;                 /* stays, be it empty: it moves '.' */
    bool after_end;            /* behind an assignment to "_end" or the like */
    size_t n_added;            /* chunks that this description brought */
    uint64_t size;             /* INSERT: before addresses are known */
    uint64_t value;            /* an assignment: what came of it */
};

/* Selects input sections by the scripts' patterns; KEEP makes roots, /DISCARD/ drops. True if there are no
   scripts; false after a diagnostic. */
bool ld_script_start(struct ld *ld, const struct script_hooks *hooks);
/* Does a script place everything (SECTIONS without INSERT)? */
bool ld_script_full(const struct ld *ld);
/* icf: chunk offsets tell the descriptions apart. */
void ld_script_note_places(struct ld *ld);
/* Defines what the scripts assign to. */
void ld_script_symbols(struct ld *ld);
/* Is NAME assigned to by a script? */
bool ld_script_assigns(const struct ld *ld, struct str name);
/* Fills the described output sections. Then the backend gives what is left its sections (those of
   chunks without osec), and ld_script_orphans finds places for these. */
void ld_script_assign(struct ld *ld);
void ld_script_orphans(struct ld *ld);
/* --orphan-handling=discard: what no description selects is left out. */
bool ld_drops_orphans(const struct ld *ld);
/* --orphan-handling where no script is in charge and C would go to the output section TO: says so or leaves it out. */
void ld_orphan(struct ld *ld, struct ld_chunk *c, struct str to);
/* Scripts with INSERT, before the default assignment: what they select goes where they say. */
void ld_script_insert(struct ld *ld);
/* What moves '.' right before OS (or BEHIND it) in an INSERT script: *DOT is where it stands. False after a
   diagnostic. */
bool ld_script_counter(struct ld *ld, const struct ld_osec *os, bool behind, uint64_t *dot);
/* ... and once the sizes of all sections are known: what stands in inserted sections beside inputs. */
void ld_script_inserted(struct ld *ld);
/* Addresses of all sections. False after a diagnostic. */
bool ld_script_walk(struct ld *ld);
/* What DATA_SEGMENT_ALIGN and DATA_SEGMENT_RELRO_END enclosed in the last walk; false: nothing. */
bool ld_script_relro(const struct ld *ld, uint64_t *start, uint64_t *end);
/* Are both in one MEMORY region, or in none? After a walk. */
bool ld_script_same_region(const struct ld *ld, const struct ld_osec *a, const struct ld_osec *b);
/* Has SIZEOF_HEADERS been asked for? */
bool ld_script_wants_headers(const struct ld *ld);
/* Once all is settled: errors and assertions. */
bool ld_script_check(struct ld *ld);
/* Assignments of scripts that place no sections, after the default layout. */
bool ld_script_assignments(struct ld *ld);
/* Values of the script's symbols; ORDER: the sections as they stand in memory. */
void ld_script_place_symbols(struct ld *ld, struct ld_osec *const *order, size_t n);
/* --print-memory-usage: how full the MEMORY regions are. */
void ld_script_print_memory(struct ld *ld);
/* The MEMORY regions, a line each, for the map. */
void ld_script_map_memory(const struct ld *ld, struct buf *b);
void ld_script_free(struct ld *ld);

/* emulations.c: OUTPUT_ARCH of script WHO. False after a diagnostic: no machine, or not that of the link. */
bool ld_output_arch(struct ld *ld, struct str name, const char *who);

/* default_script.c: does the layout without a script describe output section NAME? */
bool ld_default_describes(const struct ld *ld, struct str name);

/* script_refs.c: what NOCROSSREFS forbids; once output sections are assigned. */
bool ld_script_check_refs(struct ld *ld);

/* For PHDRS: the steps, and expressions outside of any section. */
const struct script_step *ld_script_steps(const struct ld *ld, size_t *n);
/* Output sections in the order of the output, those of full scripts; does OS stay? */
struct ld_osec *const *ld_script_sections(const struct ld *ld, size_t *n);
bool ld_script_keeps(const struct ld *ld, const struct ld_osec *os);
uint64_t ld_script_number(struct ld *ld, const struct sx *e);

#endif
