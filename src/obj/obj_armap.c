/* obj_armap.c - which symbols ar's index names.

   The index answers "which member defines X?" for a linker, so it holds every definition that another
   file can refer to: global and weak ones, in any section, commons and absolutes too, whatever their
   visibility (hidden symbols bind within the output file, not within the member). The table that
   this follows, with what GNU and LLVM do, is spec ar-nm, section 2. */
#include "obj/obj.h"

bool obj_symbol_in_armap(const struct object *obj, const struct symbol *sym)
{
    if (sym->binding == BIND_LOCAL || sym->name.len == 0 || sym->sec == SEC_DEBUGSYM ||
        sym->type == SYM_FILE || sym->type == SYM_DEBUG) {
        return false;
    }
    /* Slim LTO: the native table holds only a marker; the intermediate code's symbols count. */
    if (obj->slim_lto && !(sym->flags & SYMF_LTO)) {
        return false;
    }
    if (sym->binding == BIND_WEAK_EXTERNAL) {
        /* clang's definitions that may be replaced are aliases (3); 1 and 2 only search for one. */
        return sym->weak_kind == 3 || (sym->sec != SEC_UNDEF && sym->weak_kind == 0);
    }
    return sym->sec != SEC_UNDEF;
}
