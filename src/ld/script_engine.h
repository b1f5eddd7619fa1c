/* script_engine.h - shared by the parts of the script engine; nobody else includes it.

   script_layout.c  which description selects an input section, the script's symbols, output sections
   script_orphan.c  where sections go that no description selects
   script_walk.c    addresses
   script_check.c   what is wrong with them
   script_place.c   the sections of symbols */
#ifndef OBJKIT_LD_SCRIPT_ENGINE_H
#define OBJKIT_LD_SCRIPT_ENGINE_H

#include "ld/script_layout.h"

struct sl_in {                 /* an input description and what it selected */
    const struct sc_stmt *stmt;
    const struct sc_output *out;
    VEC(struct ld_chunk *) chunks;
};

struct sl_sym {                /* a symbol that the script assigns to */
    struct str name;
    struct ld_chunk *mark;     /* NULL: an unused PROVIDE */
    struct sx_value value;
    const struct sc_stmt *provider; /* the PROVIDE that counts; others do not */
    bool set, in_object;
    struct ld_sym was;         /* ... that the object gives it, until it is assigned to */
    uint32_t walk;             /* in which it was last assigned to */
    const struct ld_osec *after; /* ... behind this section */
    const struct ld_osec *of_dot; /* what was assigned is made of '.', which is in this section */
    enum { PLACE_UNKNOWN, PLACE_ASKED, IS_NUMBER, IS_PLACE } place; /* is it an address in the image? */
};

struct sl_region {
    const struct sc_region *r; /* NULL: the memory of what names no region, all of it */
    uint64_t origin, length, cur;
    const struct ld_osec *last; /* whose distance of load addresses holds for the next one */
    bool full;                 /* said so */
    bool said;                 /* ... that MEMORY does not have it */
};

struct script_layout {
    struct ld *ld;
    const struct script_hooks *hooks;
    bool full;                 /* SECTIONS without INSERT: the script places everything */
    VEC(struct sl_in) ins;
    struct strmap by_name;     /* section -> the first of ins that names it, of those that only name */
    VEC(uint32_t) rest;        /* the others */
    struct strmap keep_by_name; /* the same for those with KEEP: what one of them names stays, whoever selects it */
    VEC(uint32_t) keep_rest;
    VEC(struct sl_sym) syms;
    struct strmap sym_by_name;
    struct strmap undeclared;  /* regions that only expressions name: said so */
    struct strmap plain;       /* names that are assigned to without PROVIDE */
    struct strmap mentioned;   /* names in the scripts' expressions */
    bool more_names;
    VEC(struct sl_assign {
        const struct sc_stmt *stmt;
        bool in_body;          /* of an output section: numbers count from its start */
    }) assigns;                /* all assignments to symbols */
    VEC(struct sl_region) regions;
    struct sl_region all;      /* what is in no region */
    const struct sl_region **region_of; /* by index of output section; NULL: in none */
    size_t n_region_of;
    VEC(struct script_step) steps;
    VEC(struct ld_osec *) list; /* output sections as they stand in the output: in the order in which they were made */
    VEC(uint8_t) listed;       /* by index of output section */
    VEC(uint32_t) step_of;     /* by index of output section: 1 + its step; 0: none */
    struct script_env env;
    const struct ld_osec *last; /* section of the walk so far */
    /* The OVERLAY at hand, its first section once that has its place, and the size of the longest so far. */
    const struct sc_stmt *overlay_stmt;
    const struct ld_osec *overlay;
    uint64_t longest;
    /* What sections without contents add to '.' by the addresses that they ask for: the layout counts it, symbols
       do not. */
    uint64_t ahead;
    uint64_t relro_size;       /* of the walk before */
    bool data_adjust;
    uint32_t n_walks;
    size_t at;                 /* the step at hand */
    size_t current;            /* the last one of a section that takes memory; SIZE_MAX: none so far */
    bool prefer_next;          /* '.' was moved since */
    bool kept;                 /* what the section at hand says keeps it, be it empty */
    bool named;                /* it assigns to symbols */
    struct strmap described;   /* output sections that have a description so far */
    struct strmap spoken;      /* output sections that statements ask for, ADDR and LOADADDR */
    bool wants_headers;        /* SIZEOF_HEADERS was asked for */
    bool discards;             /* /DISCARD/ took something */
    bool changed, failed, misfits, final;
};

struct sl_mark {               /* a statement inside an output section */
    const struct sc_stmt *stmt;
    uint64_t value;            /* ... of what it assigns, puts or fills */
    struct str pattern;
};

/* OS is made: it comes behind all others in the output. */
void sl_list(struct script_layout *l, struct ld_osec *os);
/* Does OS have a step, and stay? */
bool sl_keeps(const struct script_layout *l, const struct ld_osec *os);
struct sl_sym *sl_sym_of(const struct script_layout *l, struct str name);
/* NAME, or what it is an alias of; NULL: there is none. */
struct sl_region *sl_find_region(struct script_layout *l, struct str name);
/* Is C a statement inside an output section? Its priv is a struct sl_mark then. */
bool sl_is_mark(const struct ld_chunk *c);
/* Scripts speak of virtual addresses, sections of those relative to the image's base. */
uint64_t sl_va_of(const struct script_layout *l, const struct ld_osec *os);
/* Does OS count in the image? */
bool sl_counts(const struct script_layout *l, const struct ld_osec *os);
/* In the last walk: says that OS, which begins at BASE, does not fit in R. FIXED: its address was given. */
void sl_check_region(struct script_layout *l, struct sl_region *r, const struct ld_osec *os, bool fixed,
                     uint64_t base);
/* ... and at its end: overlaps, and how full regions are that are too small. */
void sl_check_sections(struct script_layout *l);

/* Can NAME, which the script assigns, be an address in the image? Before layout. */
bool sl_may_be_place(struct script_layout *l, struct str name);
/* Before the last walk: what stands behind an assignment to "_end" or the like. */
void sl_note_ends(struct script_layout *l);
/* In the last walk, outside of all sections: the one that '.' is in. NULL: none. */
const struct ld_osec *sl_section_of_dot(const struct script_layout *l);

enum { PLACE_DEPTH = 200 };    /* of symbols that are made of symbols */

#endif
