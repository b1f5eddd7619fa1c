/* link.c - linking Windows images: the backend's hooks and its pass list. */
#include "ld/pe/pe.h"

static bool pe_start(struct ld *ld)
{
    struct pe *pe = ARENA_NEW(&ld->arena, struct pe);
    ld->be_priv = pe;
    pe->is64 = ld->machine != MACH_I386;
    pe->prefix = pe->is64 ? S("") : S("_");
    return true;
}

static const char *const *pe_lib_patterns(const struct ld *ld, bool is_static)
{
    static const char *const any[] = {"lib*.dll.a", "*.dll.a", "lib*.a", "*.lib",
                                      "lib*.lib",   "lib*.dll", "*.dll", NULL};
    static const char *const archives[] = {"lib*.a", "*.lib", "lib*.lib", NULL};
    (void)ld;
    return is_static ? archives : any;
}

static bool pe_accept(struct ld *ld, struct object *obj, bool searched)
{
    bool ours = obj->format == OBJ_COFF || obj->format == OBJ_BIGOBJ ||
                obj->format == OBJ_SHORTIMP || obj->format == OBJ_PE;
    if (ours && obj->machine == ld->machine) {
        return true;
    }
    return searched ? false
                    : diag_bad(obj->diag, DIAG_NO_OFFSET, "%s %s given to a link for %s",
                               machine_info(obj->machine)->name, obj_format_text(obj->format),
                               ld->emulation);
}

static bool pe_parsed(struct ld *ld, struct ld_file *f)
{
    (void)ld;
    (void)f;
    return true;
}

static bool pe_added(struct ld *ld, struct ld_file *f)
{
    (void)ld;
    (void)f;
    return true;
}

static bool pe_unresolved(struct ld *ld)
{
    (void)ld;
    return false;
}

static void pe_gc_roots(struct ld *ld)
{
    (void)ld;
}

static bool pe_link(struct ld *ld)
{
    return diag_error(&ld->diag, "no PE output yet");
}

static void pe_relocate(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    (void)c;
    (void)out;
}

const struct backend pe_backend = {
    .name = "pe",
    .start = pe_start,
    .lib_patterns = pe_lib_patterns,
    .accept = pe_accept,
    .parsed = pe_parsed,
    .added = pe_added,
    .unresolved = pe_unresolved,
    .gc_roots = pe_gc_roots,
    .link = pe_link,
    .relocate = pe_relocate,
};
