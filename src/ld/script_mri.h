/* script_mri.h - MRI scripts (-c) as linker scripts. */
#ifndef OBJKIT_LD_SCRIPT_MRI_H
#define OBJKIT_LD_SCRIPT_MRI_H

#include "ld/ld.h"

/* The linker script that says what MRI script IN says, in LD's arena. False after a diagnostic. */
bool ld_translate_mri(struct ld *ld, struct ld_input *in, struct view *out);

/* script_input.c: a file that a script names, as it is or along the library search path; NULL: there is none. */
struct ld_input *ld_find_script(struct ld *ld, struct str name);

#endif
