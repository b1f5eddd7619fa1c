/* claims.h - COMDATs that lose their election while their file is parsed (claims.c). */
#ifndef OBJKIT_LD_CLAIMS_H
#define OBJKIT_LD_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ld;
struct ld_file;

#define LD_NO_TOKEN UINT32_MAX

/* Makes ld->claims, unless an option of this link wants to see what lost. Main thread, options read. */
void ld_claims_begin(struct ld *ld);
void ld_claims_free(struct ld *ld);

/* Opens f->obj over its bytes, with everything in WORKER's arenas; what F is known to lose is left out. Parallel:
   writes F, and the claims under their locks. */
bool ld_open_object(struct ld *ld, struct ld_file *f, unsigned worker);

/* N files have just been interned: leaders that lost get their ids. */
void ld_settle_claims(struct ld *ld, struct ld_file **files, size_t n);

/* Some of N files, parsed and not in the link, have COMDATs that are elected by comparing: from now on nothing is left
   out, and files not in the link that left anything out are parsed again. */
void ld_end_claims(struct ld *ld);

#endif
