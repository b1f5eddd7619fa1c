/* script_map.h - statements of linker scripts in the map (-Map). Everything is appended to a buffer of the caller's. */
#ifndef OBJKIT_LD_SCRIPT_MAP_H
#define OBJKIT_LD_SCRIPT_MAP_H

#include "ld/ld.h"
#include "ld/script_layout.h"

/* What the map needs to know of the scripts of a finished link: which statement selected which chunk. */
struct script_map {
    struct ld *ld;
    struct script_selected *selected; /* sorted by chunk */
    size_t n_selected;
};

/* The statements inside one output section, in order, and how many are printed. */
struct script_body {
    const struct sc_stmt **stmts; /* owned */
    size_t n, next;
    const struct sc_stmt *last;   /* selected the chunk before */
};

void ld_script_map_begin(struct script_map *m, struct ld *ld);
void ld_script_map_end(struct script_map *m);

/* The statements that describe output section OS; none without a full script. Free stmts. */
struct script_body ld_script_map_body(const struct script_map *m, const struct ld_osec *os);
/* Before chunk C: what stands before it and selected nothing. C NULL: the rest. */
void ld_script_map_before(const struct script_map *m, struct buf *b, struct script_body *body,
                          const struct ld_chunk *c);
/* If C is a statement inside of a section, at ADDR: its line, and one for the gap that it makes; else false. */
bool ld_script_map_inside(const struct script_map *m, struct buf *b, const struct ld_chunk *c, uint64_t addr);
/* A statement outside of sections: an assignment, an assertion, what is discarded; else nothing. */
void ld_script_map_step(const struct script_map *m, struct buf *b, const struct script_step *s);
/* --defsym, and the assignments of scripts that place no sections. */
void ld_script_map_assignments(const struct script_map *m, struct buf *b);

/* mapfile.c: an address as the map has them, 18 columns wide. */
void ld_map_address(struct buf *b, const struct ld *ld, uint64_t addr);
void ld_map_size(struct buf *b, uint64_t size);

#endif
