/* lto.h - link-time optimisation through the linker plugin interface, for every backend.

   gcc passes -plugin on every link: it costs nothing until an input holds compiler intermediate
   code. Then the plugin is loaded, each such file is offered to it as it joins the link, and files
   it claims count as objects whose symbols are the plugin's. When all symbols are resolved, the
   plugin is told who won, compiles, and hands back ordinary objects, which take the claimed files'
   place at the end of the inputs.

   The plugin interface passes no context to its callbacks, so one link at a time may use a plugin:
   the only exception to "no mutable globals" in ld, and confined to lto.c. */
#ifndef OBJKIT_LD_LTO_H
#define OBJKIT_LD_LTO_H

#include "ld/ld.h"

/* Is the plugin there? It is loaded only when an input needs it; a name without '/' is looked for then, too. */
bool ld_lto_check(struct ld *ld);

/* Does OBJ hold intermediate code a plugin could claim (.gnu.lto_* sections or bitcode)? */
bool ld_lto_candidate(const struct object *obj);

/* Offers F to the plugin; loads the plugin at the first call. Main thread, before F's names are
   interned: a claimed file's f->syms become the plugin's symbols and f->claimed is set. False with a
   diagnostic for a slim object that nothing claims (no -plugin given, or the plugin refuses, or has compiled
   already), or when the plugin fails. */
bool ld_lto_offer(struct ld *ld, struct ld_file *f);

/* After resolution: runs the plugin's compilation and adds what it hands back; then the claimed
   files define nothing any more. True at once if nothing was claimed. */
bool ld_lto_run(struct ld *ld);

/* Lets the plugin remove its temporary files; unloads it. */
void ld_lto_end(struct ld *ld);

#endif
