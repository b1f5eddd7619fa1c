/* icf.h - what the two halves of identical code folding share: icf.c finds equal sections,
   icf_addr.c says which must keep an address of their own. */
#ifndef OBJKIT_LD_ICF_H
#define OBJKIT_LD_ICF_H

#include "ld/backend.h"

/* Input sections by one number: those of a file follow each other. Owns both arrays. */
struct icf_index {
    uint32_t *base; /* [ld->files.n + 1] */
    uint32_t n;     /* of all sections */
};
static inline uint32_t icf_number(const struct icf_index *x, const struct ld_chunk *c)
{
    return x->base[c->file->idx] + c->sec;
}

/* Fills KEEP, [x->n] bytes: 1 where the address of a section's contents may be compared, so that the section
   must not share it. Parallel. False: a damaged table, diagnosed. */
bool icf_mark_addresses(struct ld *ld, const struct icf_index *x, uint8_t *keep);

#endif
