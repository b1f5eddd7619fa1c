/* relocatable.h - what relocatable.c (joining, symbols, the file) and relscript.c (linker scripts) share of -r. */
#ifndef OBJKIT_LD_PE_RELOCATABLE_H
#define OBJKIT_LD_PE_RELOCATABLE_H

#include "ld/pe/pe.h"

struct rout {               /* a section of the output; os->raw_flags: Characteristics, alignment apart */
    struct ld_osec *os;
    const struct ld_chunk *follows; /* associative: the section it belongs to */
    uint32_t record;        /* of its symbol, + 1 */
    uint64_t n_relocs, reloc_at; /* at: in the table of all relocations */
    uint32_t name_off;
    uint8_t selection;
};

typedef VEC(struct rout *) rout_vec;

struct rlink {
    struct ld *ld;
    rout_vec by_idx;        /* by osec; NULL: not a section of the output */
    rout_vec out;           /* in their order: os->number is the place + 1 */
    const struct ld_chunk *rsrc; /* the tree of all resources, or NULL */
    uint32_t **map;         /* by file: symbol -> record + 1 */
    struct buf syms, strs, relocs;
    uint32_t n_records, rec_len;
    bool big;
};

/* relocatable.c: makes OS a section of the output. */
struct rout *rlink_section(struct rlink *r, struct ld_osec *os);
/* Puts C, an input section or a made chunk, into OS. */
void rlink_add(struct rlink *r, struct ld_osec *os, struct ld_chunk *c);

/* relscript.c. Each is true, and does nothing, without a script. */
bool rlink_script_start(struct rlink *r);   /* selects input sections */
void rlink_script_select(struct rlink *r);  /* full scripts: before the others are assigned */
bool rlink_script_place(struct rlink *r);   /* after that: sections in order in r->out, laid out; symbols */

#endif
