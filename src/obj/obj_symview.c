/* obj_symview.c - how listings show the symbols of each format, so that no applet needs to know one.

   Sources: spec ar-nm, 4.2 and 4.3; the manual of GNU nm. */
#include <stdio.h>

#include "obj/elf_fmt.h"
#include "obj/obj.h"

bool obj_symbol_is_debugging(const struct object *obj, const struct symbol *sym)
{
    return sym->type == SYM_FILE || sym->type == SYM_DEBUG ||
           (sym->type == SYM_SECTION && obj->format == OBJ_ELF);
}

bool obj_has_symbol_sizes(const struct object *obj)
{
    return obj->format == OBJ_ELF && !obj->slim_lto;
}

bool obj_has_addresses(const struct object *obj)
{
    return obj->format != OBJ_BITCODE;
}

uint32_t obj_first_symbol(const struct object *obj)
{
    return obj->format == OBJ_ELF ? 1 : 0;
}

unsigned obj_address_digits(const struct object *obj)
{
    /* Intermediate code has no addresses; GNU tools show it as a 32-bit target. */
    return obj->is64 && !obj->slim_lto && obj_has_addresses(obj) ? 16 : 8;
}

struct str obj_symbol_section_name(const struct object *obj, const struct symbol *sym)
{
    switch (sym->sec) {
    case SEC_UNDEF: return S("*UND*");
    case SEC_ABS: return S("*ABS*");
    case SEC_COMMON: return S("*COM*");
    case SEC_INDIRECT: return S("*IND*");
    case SEC_DEBUGSYM: return S("*DEBUG*");
    default: return sym->sec < obj->n_sections ? obj->sections[sym->sec].name : S("");
    }
}

static const char *elf_type_name(const struct symbol *sym, char buf[32])
{
    static const char *const names[] = {"NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS"};
    unsigned type = sym->raw_info & 15;
    if (type < sizeof names / sizeof names[0]) {
        return names[type];
    }
    snprintf(buf, 32, "%s: %u", type >= 13 ? "<processor specific>" : type >= 10 ? "<OS specific>" : "<unknown>",
             type);
    return buf;
}

static const char *coff_type_name(const struct symbol *sym)
{
    static const char *const derived[] = {NULL, "Pointer", "Function", "Array"};
    static const char *const basic[] = {"None", "Void", "Char", "Short", "Int", "Long", "Float", "Double",
                                        "Struct", "Union", "Enum", "Member", "UChar", "UShort", "UInt",
                                        "ULong"};
    switch (sym->raw_info) { /* storage class */
    case 100: return "Block";
    case 103: return "File";
    default: break;
    }
    const char *d = derived[sym->raw_desc >> 4 & 3];
    return d ? d : basic[sym->raw_desc & 15];
}

const char *obj_symbol_type_name(const struct object *obj, const struct symbol *sym, char buf[32])
{
    switch (obj->format) {
    case OBJ_ELF: return sym->flags & SYMF_LTO ? "" : elf_type_name(sym, buf);
    case OBJ_COFF:
    case OBJ_BIGOBJ: return coff_type_name(sym);
    case OBJ_PE: return sym->raw_idx == UINT32_MAX ? "" : coff_type_name(sym);
    case OBJ_MACHO: {
        const char *stab = sym->raw_info >= 0x20 ? macho_stab_name(sym->raw_info) : NULL;
        return stab ? stab : "";
    }
    default: return "";
    }
}

/* ---- the dynamic view ---------------------------------------------------------------------------------- */

static struct str joined(struct object *obj, struct str a, const char *between, struct str b)
{
    return str_c(arena_printf(obj->arena, "%.*s%s%.*s", Q(a), between, Q(b)));
}

static struct str numbered(struct object *obj, uint32_t ordinal)
{
    return str_c(arena_printf(obj->arena, "#%u", ordinal));
}

static void view_export(struct object *obj, const struct export *e, struct symbol *s)
{
    *s = (struct symbol){.name = e->name.len ? e->name : numbered(obj, e->ordinal),
                         .value = e->addr,
                         .size = e->size,
                         .sec = e->sec ? e->sec : SEC_ABS,
                         .raw_idx = UINT32_MAX,
                         .alias = UINT32_MAX,
                         .flags = SYMF_EXPORTED,
                         .binding = e->weak ? BIND_WEAK : BIND_GLOBAL,
                         .type = e->is_data ? SYM_OBJECT : SYM_NOTYPE};
    if (e->forward.len) {
        s->name = joined(obj, s->name, " -> ", e->forward);
        s->sec = SEC_INDIRECT;
        s->value = 0;
    }
}

static void view_import(struct object *obj, const struct import *im, struct symbol *s)
{
    struct str name = im->by_ordinal ? numbered(obj, im->ordinal) : im->name;
    *s = (struct symbol){.name = im->lib.len ? joined(obj, name, "@", im->lib) : name,
                         .raw_idx = UINT32_MAX,
                         .alias = UINT32_MAX,
                         .flags = SYMF_IMPORTED,
                         .binding = im->kind == IMPORT_WEAK ? BIND_WEAK : BIND_GLOBAL};
}

/* Is it in the view asked for? Hybrid images import twice: for their native and their EC code. */
static bool in_view(const struct object *obj, const struct import *im, bool ec)
{
    bool named = im->name.len || im->by_ordinal;
    return named && (!obj->is_pe_hybrid || (im->kind == IMPORT_EC) == ec);
}

bool obj_load_dynamic_view(struct object *obj, bool ec)
{
    if (obj->loaded & LOADED_DYNSYMS || obj->format != OBJ_PE) {
        return obj_load_dynsyms(obj);
    }
    obj->ec_view = ec;
    bool ok = obj_load_exports(obj);
    ok = obj_load_imports(obj) && ok;
    obj->loaded |= LOADED_DYNSYMS;
    obj->failed |= ok ? 0 : LOADED_DYNSYMS;
    uint32_t n = 0;
    obj->dynsyms = ARENA_ARRAY(obj->arena, struct symbol, (size_t)obj->n_exports + obj->n_imports);
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        view_export(obj, &obj->exports[i], &obj->dynsyms[n++]);
    }
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        if (in_view(obj, &obj->imports[i], ec)) {
            view_import(obj, &obj->imports[i], &obj->dynsyms[n++]);
        }
    }
    obj->n_dynsyms = n;
    return ok;
}

bool obj_symbol_is_exported(const struct object *obj, const struct symbol *sym)
{
    /* XCOFF: .f is the code behind f, which other modules see as a descriptor */
    bool code_name = obj->format == OBJ_XCOFF && sym->name.len && sym->name.p[0] == '.';
    return sym->flags & SYMF_EXPORTED ||
           (sym->binding != BIND_LOCAL && sym->sec != SEC_UNDEF && !(sym->flags & SYMF_PRIVATE_EXTERN) && !code_name &&
            (sym->visibility == VIS_DEFAULT || sym->visibility == VIS_PROTECTED));
}
