/* shortimp_read.c - short import objects: one imported function or variable in some 60 bytes.

   Members of import libraries written by lib, llvm-dlltool, lld and rustc. After a 20-byte header
   come two or three NUL-terminated strings: the symbol, the DLL, and (EXPORTAS) the name under which
   the DLL exports it. The linker makes an IAT slot, __imp_symbol, and for code the symbol itself, a
   jump through the slot. The name in the DLL is the symbol with its decoration taken off as the name
   type says. Source: PE format, "Import Library Format". */
#include "obj/coff_fmt.h"
#include "obj/ec_name.h"
#include "obj/reader.h"

struct shortimp_priv {
    struct str symbol, dll, export_as;
    uint16_t ordinal;
    uint8_t type, name_type;
};

bool shortimp_probe(struct view v)
{
    return view_starts(v, "\0\0\xff\xff\0\0", 6);
}

static bool open_shortimp(struct object *obj)
{
    struct view v = obj->bytes, strings;
    struct shortimp_priv *p = ARENA_NEW(obj->arena, struct shortimp_priv);
    obj->priv = p;
    obj->type = OBJ_TYPE_IMPORT;
    if (v.len < SHORTIMP_LEN) {
        return diag_bad(obj->diag, 0, "file is too short for its header");
    }
    obj->raw_machine = get_u16le(v.p + SHORTIMP_MACHINE);
    obj->machine = machine_from_coff(obj->raw_machine);
    obj->is64 = machine_info(obj->machine)->word_bits == 64;
    p->ordinal = get_u16le(v.p + SHORTIMP_ORDINAL);
    unsigned bits = get_u16le(v.p + SHORTIMP_TYPE);
    p->type = bits & 3;
    p->name_type = bits >> 2 & 7;
    /* Archives pad members to an even size; anything else that differs from the header is damage. */
    uint32_t size = get_u32le(v.p + SHORTIMP_SIZE);
    if (!view_sub(v, SHORTIMP_LEN, size, &strings) || v.len - SHORTIMP_LEN - size > 1) {
        return diag_bad(obj->diag, SHORTIMP_SIZE, "size %u of the strings does not match the file", size);
    }
    if (!view_cstr(strings, 0, &p->symbol) || !view_cstr(strings, p->symbol.len + 1, &p->dll)) {
        return diag_bad(obj->diag, SHORTIMP_LEN, "symbol or library name is not terminated");
    }
    if (p->symbol.len == 0 || p->dll.len == 0) {
        return diag_bad(obj->diag, SHORTIMP_LEN, "symbol or library name is empty");
    }
    if (p->type > IMPORT_OBJECT_CONST || p->name_type > IMPORT_OBJECT_NAME_EXPORTAS) {
        return diag_bad(obj->diag, SHORTIMP_TYPE, "unknown import type %u or name type %u", p->type,
                        p->name_type);
    }
    if (p->name_type == IMPORT_OBJECT_NAME_EXPORTAS &&
        !view_cstr(strings, p->symbol.len + p->dll.len + 2, &p->export_as)) {
        return diag_bad(obj->diag, SHORTIMP_LEN, "export name is not terminated");
    }
    obj->soname = p->dll;
    /* section 1 stands for whatever the linker will make, so that the symbols are defined */
    obj->sections = ARENA_ARRAY(obj->arena, struct section, 2);
    obj->n_sections = 2;
    obj->sections[1].name = p->type == IMPORT_OBJECT_CODE ? S(".text") : S(".idata");
    return true;
}

static void add_symbol(struct object *obj, const char *prefix, struct str name, unsigned sym_type)
{
    size_t n = strlen(prefix);
    if (n) {
        char *p = arena_alloc(obj->arena, n + name.len);
        memcpy(p, prefix, n);
        memcpy(p + n, name.p, name.len);
        name = (struct str){p, n + name.len};
    }
    struct symbol *s = &obj->symbols[obj->n_symbols];
    *s = (struct symbol){.name = name, .sec = 1, .raw_idx = obj->n_symbols, .alias = UINT32_MAX};
    s->binding = BIND_GLOBAL;
    s->type = (uint8_t)sym_type;
    s->flags = SYMF_IMPORTED;
    obj->n_symbols++;
}

/* ARM64EC: the names are those of the EC view, __imp_f and f, and __imp_aux_f, #f beside them. */
static bool read_symbols(struct object *obj)
{
    const struct shortimp_priv *p = obj->priv;
    bool ec = obj->machine == MACH_ARM64EC;
    struct str name = ec ? ec_plain_name(p->symbol, obj->arena) : p->symbol;
    unsigned kind = p->type == IMPORT_OBJECT_CODE ? SYM_FUNC : SYM_OBJECT;
    obj->symbols = ARENA_ARRAY(obj->arena, struct symbol, 4);
    add_symbol(obj, "__imp_", name, SYM_OBJECT);
    if (p->type != IMPORT_OBJECT_DATA) {
        add_symbol(obj, "", name, kind);
    }
    if (p->type != IMPORT_OBJECT_DATA && ec) {
        add_symbol(obj, "__imp_aux_", name, SYM_OBJECT);
        add_symbol(obj, "", p->symbol, kind);
    }
    return true;
}

/* The name that the DLL exports. */
static struct str dll_name_of(const struct shortimp_priv *p)
{
    struct str n = p->symbol;
    switch (p->name_type) {
    case IMPORT_OBJECT_NAME_EXPORTAS:
        return p->export_as;
    case IMPORT_OBJECT_NAME_NO_PREFIX:
    case IMPORT_OBJECT_NAME_UNDECORATE:
        if (n.len > 0 && (n.p[0] == '?' || n.p[0] == '@' || n.p[0] == '_')) {
            n = str_skip(n, 1);
        }
        if (p->name_type == IMPORT_OBJECT_NAME_UNDECORATE) {
            n = str_head(n, str_find(n, '@'));
        }
        return n;
    default:
        return n;
    }
}

static bool read_imports(struct object *obj)
{
    const struct shortimp_priv *p = obj->priv;
    struct import *i = obj->imports = ARENA_NEW(obj->arena, struct import);
    obj->n_imports = 1;
    i->lib = p->dll;
    i->kind = IMPORT_NORMAL;
    if (p->name_type == IMPORT_OBJECT_ORDINAL) {
        i->by_ordinal = true;
        i->ordinal = p->ordinal;
    } else {
        i->name = dll_name_of(p);
        i->hint = p->ordinal;
    }
    obj->needed = ARENA_NEW(obj->arena, struct needed);
    obj->n_needed = 1;
    *obj->needed = (struct needed){.name = p->dll, .kind = IMPORT_NORMAL, .n = 1};
    return true;
}

/* Spec ar-nm, 4.3: the slot is import data; the thunk is code; a constant reads as data. */
static char letter(const struct object *obj, const struct symbol *sym)
{
    (void)obj;
    return sym->raw_idx % 2 == 0 ? 'I' : sym->type == SYM_FUNC ? 'T' : 'R';
}

static const char *target_name(const struct object *obj)
{
    switch (obj->raw_machine) {
    case IMAGE_FILE_MACHINE_I386: return "pe-i386";
    case IMAGE_FILE_MACHINE_AMD64: return "pe-x86-64";
    case IMAGE_FILE_MACHINE_ARM64: return "pe-aarch64-little";
    default: return "coff-import-file";
    }
}

const struct reader shortimp_reader = {
    .name = "shortimp",
    .open = open_shortimp,
    .symbols = read_symbols,
    .imports = read_imports,
    .letter = letter,
    .target_name = target_name,
};
