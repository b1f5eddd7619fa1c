/* rsrc_priv.h - shared by rsrc.c (merge, write) and rsrc_read.c (parse). */
#ifndef OBJKIT_LD_PE_RSRC_PRIV_H
#define OBJKIT_LD_PE_RSRC_PRIV_H

#include "ld/pe/rsrc.h"

/* PE format, "Resource Directory Table", "... Entries", "Resource Data Entry" */
enum {
    RSRC_DIR_N_NAMED = 12,
    RSRC_DIR_N_IDS = 14,
    RSRC_DIR_LEN = 16,
    RSRC_ENTRY_LEN = 8
};
#define RSRC_HIGH_BIT 0x80000000u /* in an entry: a name's offset; a subdirectory's offset */

void rsrc_push(struct rsrc_set *set, struct rsrc_leaf leaf);

#endif
