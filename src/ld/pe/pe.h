/* pe.h - the PE backend's own state and passes. Source of the rules: spec pe-ld. */
#ifndef OBJKIT_LD_PE_PE_H
#define OBJKIT_LD_PE_PE_H

#include "ld/backend.h"
#include "ld/ld.h"

struct pe {
    bool is64;
    struct str prefix;  /* what C names begin with: "_" on i386 */
};

static inline struct pe *pe_of(const struct ld *ld) { return ld->be_priv; }

#endif
