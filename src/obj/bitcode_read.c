/* bitcode_read.c - symbols of LLVM bitcode, without LLVM.

   Bitcode is a stream of bits in nested blocks. Since LLVM 5 compilers put, behind the module, a block
   with a symbol table made for linkers (SYMTAB) and one with its strings (STRTAB): plain structures in
   one blob each. Those two are read; every other block is skipped by its length. The version of the
   table is checked: an unknown one is left out with a warning, since nothing says what it looks like.

   Bitcode has no sections: three empty ones stand for code, data and thread-local data. */
#include "base/ckint.h"
#include "base/strmap.h"
#include "obj/bitcode_bits.h"
#include "obj/bitcode_fmt.h"
#include "obj/reader.h"

enum { PLACE_TEXT = 1, PLACE_DATA = 2, PLACE_TLS = 3, PLACE_CONST = 4, N_PLACES = 5 };

struct bitcode {
    struct view symtab, strtab;
    struct module {
        const struct module *next;
        struct view body;
        unsigned width;
    } *modules;
    bool known_version;
};

/* ---- blocks ------------------------------------------------------------------------------------------ */

/* The blob of the record CODE in a block. */
static void find_blob(struct view v, unsigned width, uint64_t code, struct view *out)
{
    struct bits_block k = {.b = {.v = v}, .width = width};
    struct bits_record r;
    while (bits_next_record(&k, &r)) {
        if (r.n == 1 && r.fields[0] == code) {
            *out = r.blob;
            break;
        }
    }
    bits_end_block(&k);
}

/* Walks the top-level blocks; each says how many words it has. */
static bool find_blocks(struct object *obj, struct view v, struct bitcode *bc)
{
    struct bits b = {.v = v, .pos = 32};
    while (b.pos + 64 <= v.len * 8) {
        uint64_t at = b.pos / 8, block;
        unsigned width;
        struct view body;
        if (bits_take(&b, 2) != BC_ENTER_SUBBLOCK) {
            return diag_bad(obj->diag, at, "damaged bitcode: no block where one should begin");
        }
        if (!bits_take_block(&b, &block, &width, &body)) {
            return diag_bad(obj->diag, at, "damaged bitcode: a block extends past the end");
        }
        if (block == BC_SYMTAB_BLOCK) {
            find_blob(body, width, BC_SYMTAB_BLOB, &bc->symtab);
        } else if (block == BC_STRTAB_BLOCK) {
            find_blob(body, width, BC_STRTAB_BLOB, &bc->strtab);
        } else if (block == BC_MODULE_BLOCK) {
            struct module *m = ARENA_NEW(obj->arena, struct module);
            *m = (struct module){bc->modules, body, width};
            bc->modules = m;
        }
    }
    return true;
}

/* ---- constants ---------------------------------------------------------------------------------------- */

/* The symbol table does not tell constants from variables; the modules do. Adds the names of MODULE's to
   NAMES. Since version 2 a global's record begins with where its name is in the string table. */
static void find_constants(const struct bitcode *bc, const struct module *m, struct strmap *names)
{
    struct bits_block k = {.b = {.v = m->body}, .width = m->width};
    struct bits_record r;
    while (bits_next_record(&k, &r)) {
        struct view name;
        if (r.n >= 2 && r.fields[0] == BC_MODULE_VERSION && r.fields[1] < 2) {
            break;
        }
        if (r.n >= 5 && r.fields[0] == BC_MODULE_GLOBALVAR && (r.fields[4] & 1) &&
            view_sub(bc->strtab, r.fields[1], r.fields[2], &name)) {
            strmap_put(names, (struct str){(const char *)name.p, (size_t)name.len}, 0, NULL);
        }
    }
    bits_end_block(&k);
}

/* ---- the target -------------------------------------------------------------------------------------- */

static bool get_str(const struct bitcode *bc, uint64_t at, struct str *out)
{
    uint32_t off, len;
    struct view s;
    *out = (struct str){"", 0};
    if (!view_u32(bc->symtab, at, false, &off) || !view_u32(bc->symtab, at + 4, false, &len) ||
        !view_sub(bc->strtab, off, len, &s)) {
        return false;
    }
    *out = (struct str){(const char *)s.p, (size_t)s.len};
    return true;
}

static enum machine machine_of(struct str arch)
{
    static const struct {
        const char *prefix;
        enum machine machine;
    } rows[] = {{"x86_64", MACH_X86_64}, {"amd64", MACH_X86_64}, {"aarch64", MACH_ARM64},
                {"arm64_32", MACH_ARM64_32}, {"arm64ec", MACH_ARM64EC}, {"arm64", MACH_ARM64},
                {"i386", MACH_I386}, {"i486", MACH_I386}, {"i586", MACH_I386}, {"i686", MACH_I386},
                {"arm", MACH_ARM}, {"thumb", MACH_ARM}, {"riscv", MACH_RISCV}, {"powerpc64", MACH_PPC64},
                {"powerpc", MACH_PPC}, {"mips", MACH_MIPS}, {"s390x", MACH_S390},
                {"loongarch", MACH_LOONGARCH}, {"sparcv9", MACH_SPARCV9}, {"sparc", MACH_SPARC},
                {"bpf", MACH_BPF}, {"hexagon", MACH_HEXAGON}, {"avr", MACH_AVR}, {"msp430", MACH_MSP430}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_starts(arch, str_c(rows[i].prefix))) {
            return rows[i].machine;
        }
    }
    return MACH_UNKNOWN;
}

static bool contains(struct str s, const char *word)
{
    for (size_t i = 0; i < s.len; i++) {
        if (str_starts(str_skip(s, i), str_c(word))) {
            return true;
        }
    }
    return false;
}

static bool is_apple(const struct object *obj)
{
    return contains(obj->triple, "-apple-") || contains(obj->triple, "darwin");
}

static void set_target(struct object *obj)
{
    struct str arch = str_head(obj->triple, str_find(obj->triple, '-'));
    obj->machine = machine_of(arch);
    unsigned bits = machine_info(obj->machine)->word_bits;
    obj->is64 = bits == 64 || (bits == 0 && (contains(arch, "64") || str_is(arch, "s390x")));
    bool windows = contains(obj->triple, "-windows") || contains(obj->triple, "mingw") ||
                   contains(obj->triple, "cygwin");
    obj->underscore = is_apple(obj) || (windows && obj->machine == MACH_I386);
}

/* ---- the reader ---------------------------------------------------------------------------------------- */

bool bitcode_probe(struct view v)
{
    return view_starts(v, "BC\xc0\xde", 4) || view_starts(v, "\xde\xc0\x17\x0b", 4);
}

static bool unwrap(struct object *obj, struct view *v)
{
    uint32_t off, len;
    *v = obj->bytes;
    if (view_starts(*v, "BC", 2)) {
        return true;
    }
    if (!view_u32(*v, BC_WRAPPER_OFFSET, false, &off) || !view_u32(*v, BC_WRAPPER_LEN, false, &len) ||
        !view_sub(*v, off, len, v) || !view_starts(*v, "BC\xc0\xde", 4)) {
        return diag_bad(obj->diag, 0, "bitcode wrapper points at no bitcode");
    }
    return true;
}

static bool open_bitcode(struct object *obj)
{
    struct bitcode *bc = ARENA_NEW(obj->arena, struct bitcode);
    struct view v;
    uint32_t version = 0;
    obj->priv = bc;
    obj->type = OBJ_TYPE_RELOCATABLE;
    obj->n_sections = N_PLACES;
    obj->sections = ARENA_ARRAY(obj->arena, struct section, N_PLACES);
    obj->sections[PLACE_TEXT] = (struct section){.name = S(".text"), .flags = SEC_ALLOC | SEC_EXEC | SEC_LTO};
    obj->sections[PLACE_DATA] = (struct section){.name = S(".data"), .flags = SEC_ALLOC | SEC_WRITE | SEC_LTO};
    obj->sections[PLACE_CONST] = (struct section){.name = S(".rodata"), .flags = SEC_ALLOC | SEC_LTO};
    obj->sections[PLACE_TLS] = (struct section){
        .name = S(".tdata"), .flags = SEC_ALLOC | SEC_WRITE | SEC_TLS | SEC_LTO};
    if (!unwrap(obj, &v) || !find_blocks(obj, v, bc)) {
        return false;
    }
    if (bc->symtab.len == 0 || bc->strtab.len == 0) {
        diag_warn_at(obj->diag, DIAG_NO_OFFSET, "this bitcode has no symbol table");
        return true;
    }
    if (!view_u32(bc->symtab, IRSYM_VERSION, false, &version) || !view_has(bc->symtab, 0, IRSYM_HEADER_SIZE)) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "symbol table of the bitcode is cut short");
    }
    bc->known_version = version >= IRSYM_MIN_VERSION && version <= IRSYM_MAX_VERSION;
    if (!bc->known_version) {
        diag_warn_at(obj->diag, DIAG_NO_OFFSET, "unknown version %u of the bitcode's symbol table", version);
        return true;
    }
    if (get_str(bc, IRSYM_TRIPLE, &obj->triple)) {
        set_target(obj);
    }
    return true;
}

static bool get_range(const struct bitcode *bc, uint64_t at, uint64_t each, struct view *out, uint32_t *n)
{
    uint32_t off;
    return view_u32(bc->symtab, at, false, &off) && view_u32(bc->symtab, at + 4, false, n) &&
           view_sub(bc->symtab, off, (uint64_t)*n * each, out);
}

/* Only for Apple's systems are constants told from variables: nobody shows them apart elsewhere. */
static void place_constants(struct object *obj, const struct bitcode *bc, struct view syms)
{
    struct strmap names = {0};
    for (const struct module *m = bc->modules; m && is_apple(obj); m = m->next) {
        find_constants(bc, m, &names);
    }
    for (uint32_t i = 0; i < obj->n_symbols && names.n; i++) {
        struct str name;
        uint64_t at = (uint64_t)(syms.p - bc->symtab.p) + (uint64_t)i * IRSYM_SYMBOL_SIZE;
        bool data = obj->symbols[i].sec == PLACE_DATA || obj->symbols[i].sec == PLACE_TLS;
        if (data && get_str(bc, at + IRSYM_SYMBOL_IR_NAME, &name) &&
            strmap_get(&names, name) != STRMAP_NONE) {
            obj->symbols[i].sec = PLACE_CONST;
        }
    }
    strmap_free(&names);
}

static void decode_symbol(const struct bitcode *bc, struct view sym, uint64_t at, struct symbol *s)
{
    static const uint8_t visibility[4] = {VIS_DEFAULT, VIS_HIDDEN, VIS_PROTECTED, VIS_DEFAULT};
    uint64_t table_at = (uint64_t)(sym.p - bc->symtab.p) + at;
    uint32_t f = get_u32le(sym.p + at + IRSYM_SYMBOL_FLAGS);
    if (!get_str(bc, table_at, &s->name)) {
        s->name = S("<corrupt>");
    }
    s->raw_idx = (uint32_t)(at / IRSYM_SYMBOL_SIZE);
    s->alias = UINT32_MAX;
    s->flags = SYMF_LTO;
    s->visibility = visibility[f & 3];
    s->binding = !(f & IRSYM_GLOBAL) ? BIND_LOCAL : f & IRSYM_WEAK ? BIND_WEAK : BIND_GLOBAL;
    s->type = f & IRSYM_FORMAT_SPECIFIC ? SYM_DEBUG
              : f & IRSYM_TLS           ? SYM_TLS
              : f & IRSYM_EXECUTABLE    ? SYM_FUNC
                                        : SYM_OBJECT;
    s->sec = f & IRSYM_UNDEFINED    ? SEC_UNDEF
             : f & IRSYM_COMMON     ? SEC_COMMON
             : f & IRSYM_EXECUTABLE ? PLACE_TEXT
             : f & IRSYM_TLS        ? PLACE_TLS
                                    : PLACE_DATA;
}

static bool bitcode_symbols(struct object *obj)
{
    const struct bitcode *bc = obj->priv;
    struct view syms, rare;
    uint32_t n, n_rare, next_rare = 0;
    if (!bc->known_version) {
        return true;
    }
    if (!get_range(bc, IRSYM_SYMBOLS, IRSYM_SYMBOL_SIZE, &syms, &n) ||
        !get_range(bc, IRSYM_UNCOMMONS, IRSYM_UNCOMMON_SIZE, &rare, &n_rare)) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "symbol table of the bitcode lies outside its block");
    }
    obj->symbols = arena_array(obj->arena, n, sizeof *obj->symbols, IRSYM_SYMBOL_SIZE, syms.len);
    obj->n_symbols = n;
    for (uint32_t i = 0; i < n; i++) {
        struct symbol *s = &obj->symbols[i];
        decode_symbol(bc, syms, (uint64_t)i * IRSYM_SYMBOL_SIZE, s);
        /* "Uncommon" records belong to the symbols that ask for one, in their order. */
        if (get_u32le(syms.p + (uint64_t)i * IRSYM_SYMBOL_SIZE + IRSYM_SYMBOL_FLAGS) & IRSYM_HAS_UNCOMMON &&
            next_rare < n_rare) {
            const uint8_t *u = rare.p + (uint64_t)next_rare++ * IRSYM_UNCOMMON_SIZE;
            uint32_t align = get_u32le(u + 4);
            s->size = get_u32le(u);
            s->value = s->sec == SEC_COMMON ? s->size : 0;
            s->common_align_p2 = is_pow2(align) ? (uint8_t)__builtin_ctz(align) : 0;
        }
    }
    place_constants(obj, bc, syms);
    return true;
}

/* Letters of both GNU nm with the LLVM plugin and llvm-nm. */
static char bitcode_letter(const struct object *obj, const struct symbol *sym)
{
    bool global = sym->binding != BIND_LOCAL;
    (void)obj;
    if (sym->sec == SEC_COMMON) {
        return 'C';
    }
    if (sym->sec == SEC_UNDEF) {
        return sym->binding == BIND_WEAK ? 'w' : 'U';
    }
    if (sym->binding == BIND_WEAK) {
        return 'W';
    }
    switch (sym->sec) {
    case PLACE_TEXT: return global ? 'T' : 't';
    case PLACE_CONST: return global ? 'S' : 's';
    default: return global ? 'D' : 'd';
    }
}

static const char *bitcode_target_name(const struct object *obj)
{
    (void)obj;
    return "plugin";
}

const struct reader bitcode_reader = {
    .name = "bitcode",
    .open = open_bitcode,
    .symbols = bitcode_symbols,
    .letter = bitcode_letter,
    .target_name = bitcode_target_name,
};
