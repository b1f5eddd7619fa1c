/* macho_text.c - names of Mach-O architectures, and what `nm -m` says about a symbol. Wording: spec
   ar-nm, 4.2 (darwin). */
#include "obj/macho_priv.h"

static const struct {
    uint32_t type, subtype;
    const char *name;
} archs[] = {
    {CPU_X86_64, 3, "x86_64"},    {CPU_X86_64, 8, "x86_64h"},  {CPU_ARM64, 0, "arm64"},
    {CPU_ARM64, 1, "arm64v8"},    {CPU_ARM64, 2, "arm64e"},    {CPU_ARM64_32, 0, "arm64_32"},
    {CPU_ARM64_32, 1, "arm64_32"}, {CPU_I386, 3, "i386"},      {CPU_I386, 4, "i486"},
    {CPU_I386, 0x84, "i486SX"},   {CPU_I386, 5, "pentium"},    {CPU_I386, 0x16, "pentpro"},
    {CPU_I386, 0x36, "pentIIm3"}, {CPU_I386, 0x56, "pentIIm5"}, {CPU_I386, 10, "pentium4"},
    {CPU_I386, 8, "i386h"},       {CPU_ARM, 0, "arm"},         {CPU_ARM, 5, "armv4t"},
    {CPU_ARM, 6, "armv6"},        {CPU_ARM, 7, "armv5e"},      {CPU_ARM, 8, "xscale"},
    {CPU_ARM, 9, "armv7"},        {CPU_ARM, 10, "armv7f"},     {CPU_ARM, 11, "armv7s"},
    {CPU_ARM, 12, "armv7k"},      {CPU_ARM, 13, "armv8"},      {CPU_ARM, 14, "armv6m"},
    {CPU_ARM, 15, "armv7m"},      {CPU_ARM, 16, "armv7em"},    {CPU_POWERPC, 0, "ppc"},
    {CPU_POWERPC, 1, "ppc601"},   {CPU_POWERPC, 3, "ppc603"},  {CPU_POWERPC, 4, "ppc603e"},
    {CPU_POWERPC, 5, "ppc603ev"}, {CPU_POWERPC, 6, "ppc604"},  {CPU_POWERPC, 7, "ppc604e"},
    {CPU_POWERPC, 9, "ppc750"},   {CPU_POWERPC, 10, "ppc7400"}, {CPU_POWERPC, 11, "ppc7450"},
    {CPU_POWERPC, 100, "ppc970"}, {CPU_POWERPC64, 0, "ppc64"}, {CPU_POWERPC64, 100, "ppc970-64"},
    {CPU_MC680X0, 1, "m68k"},     {CPU_MC680X0, 2, "m68040"},  {CPU_MC680X0, 3, "m68030"},
    {CPU_HPPA, 0, "hppa"},        {CPU_HPPA, 1, "hppa7100LC"}, {CPU_SPARC, 0, "sparc"},
    {CPU_MC88000, 0, "m88k"},     {CPU_I860, 0, "i860"},
};

const char *macho_arch_name(uint32_t cputype, uint32_t cpusubtype)
{
    cpusubtype &= CPU_SUBTYPE_MASK;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        if (archs[i].type == cputype && archs[i].subtype == cpusubtype) {
            return archs[i].name;
        }
    }
    return NULL;
}

bool macho_arch_known(const char *name)
{
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        if (str_is(str_c(archs[i].name), name)) {
            return true;
        }
    }
    return false;
}

const char *macho_file_arch(struct view file)
{
    uint32_t magic = 0, type = 0, subtype = 0;
    view_u32(file, 0, false, &magic);
    bool be = magic != MH_MAGIC && magic != MH_MAGIC_64;
    return view_u32(file, 4, be, &type) && view_u32(file, 8, be, &subtype) ? macho_arch_name(type, subtype) : NULL;
}

/* What dyld's tables say of a symbol, in the form of a record of the symbol table. */
static bool dyld_nlist(const struct object *obj, const struct symbol *sym, struct macho_nlist *out)
{
    bool placed = sym->sec < obj->n_sections && !sec_is_special(sym->sec);
    *out = (struct macho_nlist){.value = obj_symbol_address(obj, sym), .type = sym->raw_info, .desc = sym->raw_desc,
                                .sect = placed ? (uint8_t)sym->sec : 0};
    return true;
}

bool macho_nlist(const struct object *obj, const struct symbol *sym, struct macho_nlist *out)
{
    uint64_t entry = obj->is64 ? NLIST_SIZE_64 : NLIST_SIZE;
    if (obj->format == OBJ_MACHO && sym->raw_idx == UINT32_MAX) {
        return dyld_nlist(obj, sym, out);
    }
    if (obj->format != OBJ_MACHO || sym->raw_idx >= macho_priv(obj)->nsyms) {
        return false;
    }
    struct cursor c = cursor_at(macho_priv(obj)->symtab, sym->raw_idx * entry, obj->big_endian);
    out->strx = cur_u32(&c);
    out->type = cur_u8(&c);
    out->sect = cur_u8(&c);
    out->desc = cur_u16(&c);
    out->value = cur_addr(&c, obj->is64);
    return !c.bad;
}

bool macho_indirect_name(const struct object *obj, const struct symbol *sym, struct str *out)
{
    struct macho_nlist n;
    return sym->sec == SEC_INDIRECT && macho_nlist(obj, sym, &n) &&
           view_cstr(macho_priv(obj)->strtab, n.value, out);
}

/* "N_FUN" without its prefix, as in <mach-o/stab.h>; NULL for an unknown number. */
const char *macho_stab_name(uint8_t n_type)
{
    switch (n_type) {
    case 0x20: return "GSYM";
    case 0x22: return "FNAME";
    case 0x24: return "FUN";
    case 0x26: return "STSYM";
    case 0x28: return "LCSYM";
    case 0x2a: return "MAIN";
    case 0x2e: return "BNSYM";
    case 0x30: return "PC";
    case 0x32: return "AST";
    case 0x3c: return "OPT";
    case 0x40: return "RSYM";
    case 0x44: return "SLINE";
    case 0x4e: return "ENSYM";
    case 0x60: return "SSYM";
    case 0x64: return "SO";
    case 0x66: return "OSO";
    case 0x68: return "LIB";
    case 0x80: return "LSYM";
    case 0x82: return "BINCL";
    case 0x84: return "SOL";
    case 0x86: return "PARAM";
    case 0x88: return "VERS";
    case 0x8a: return "OLEV";
    case 0xa0: return "PSYM";
    case 0xa2: return "EINCL";
    case 0xa4: return "ENTRY";
    case 0xc0: return "LBRAC";
    case 0xc2: return "EXCL";
    case 0xe0: return "RBRAC";
    case 0xe2: return "BCOMM";
    case 0xe4: return "ECOMM";
    case 0xe8: return "ECOML";
    case 0xfe: return "LENG";
    default: return NULL;
    }
}

/* ---- nm -m ------------------------------------------------------------------------------------------- */

static void describe_place(const struct object *obj, const struct symbol *s, struct buf *b)
{
    switch (s->sec) {
    case SEC_COMMON:
        buf_puts(b, "(common) ");
        if (s->common_align_p2) {
            buf_printf(b, "(alignment 2^%u) ", s->common_align_p2);
        }
        return;
    case SEC_UNDEF:
        buf_puts(b, (s->raw_info & N_TYPE) == N_PBUD ? "(prebound undefined" : "(undefined");
        buf_puts(b, (s->raw_desc & N_REFERENCE_TYPE) == N_UNDEFINED_LAZY ? " [lazy bound]) " : ") ");
        return;
    case SEC_ABS:
        buf_puts(b, (s->raw_info & N_TYPE) == N_SECT ? "(?,?) " : "(absolute) ");
        return;
    case SEC_INDIRECT: buf_puts(b, "(indirect) "); return;
    default:
        buf_c(b, '(');
        buf_name(b, obj->segments[s->sec], NAME_ESCAPE);
        buf_c(b, ',');
        buf_name(b, obj->sections[s->sec].name, NAME_ESCAPE);
        buf_puts(b, ") ");
    }
}

static const char *linkage(const struct object *obj, const struct symbol *s)
{
    bool ext = s->raw_info & N_EXT, pext = s->raw_info & N_PEXT;
    if (!ext) {
        return pext ? "non-external (was a private external) " : "non-external ";
    }
    if (s->sec == SEC_UNDEF) {
        return s->raw_desc & N_WEAK_REF ? (s->raw_desc & N_WEAK_DEF ? "weak external automatically hidden "
                                                                    : "weak external ")
                                        : "external ";
    }
    if (s->flags & SYMF_AUTO_HIDE) {
        return "weak external automatically hidden ";
    }
    bool weak = s->flags & (SYMF_WEAK_DEF | SYMF_WEAK_REF);
    if (pext) {
        return weak && obj->type != OBJ_TYPE_EXECUTABLE ? "weak private external " : "private external ";
    }
    return weak ? "weak external " : "external ";
}

/* "- 01 0000   FUN ": a stab's section, descriptor and type. */
static void describe_stab(const struct object *obj, const struct symbol *sym, struct buf *b)
{
    struct macho_nlist n;
    const char *type = macho_stab_name(sym->raw_info);
    if (!macho_nlist(obj, sym, &n)) {
        return;
    }
    if (type) {
        buf_printf(b, "- %02x %04x %5s ", n.sect, n.desc, type);
    } else {
        buf_printf(b, "- %02x %04x    %02x ", n.sect, n.desc, n.type);
    }
}

void macho_describe(const struct object *obj, const struct symbol *sym, struct buf *b)
{
    if (sym->type == SYM_DEBUG) {
        describe_stab(obj, sym, b);
        return;
    }
    describe_place(obj, sym, b);
    if (sym->flags & SYMF_REF_DYNAMIC) {
        buf_puts(b, "[referenced dynamically] ");
    }
    buf_puts(b, linkage(obj, sym));
    if (sym->flags & SYMF_NO_DEAD_STRIP) {
        buf_puts(b, "[no dead strip] ");
    }
    if (sym->raw_desc & N_COLD_FUNC && sym->sec != SEC_UNDEF && sym->sec != SEC_COMMON &&
        obj->type == OBJ_TYPE_RELOCATABLE) {
        buf_puts(b, "[cold func] ");
    }
    if (sym->raw_desc & N_SYMBOL_RESOLVER && sym->sec != SEC_UNDEF && sym->sec != SEC_COMMON &&
        obj->type == OBJ_TYPE_RELOCATABLE) {
        buf_puts(b, "[symbol resolver] ");
    }
    if (sym->flags & SYMF_ALT_ENTRY) {
        buf_puts(b, "[alt entry] ");
    }
    if (sym->flags & SYMF_THUMB) {
        buf_puts(b, "[Thumb] ");
    }
}

void macho_describe_after(struct object *obj, const struct symbol *sym, struct buf *b)
{
    struct str name;
    if (macho_indirect_name(obj, sym, &name)) {
        buf_puts(b, " (for ");
        buf_name(b, name, NAME_ESCAPE);
        buf_c(b, ')');
        return;
    }
    if (sym->sec != SEC_UNDEF || !(obj->raw_flags & MH_TWOLEVEL) || sym->raw_info & N_STAB) {
        return;
    }
    switch (sym->version) {
    case ORDINAL_SELF: return;
    case ORDINAL_DYNAMIC_LOOKUP: buf_puts(b, " (dynamically looked up)"); return;
    case ORDINAL_EXECUTABLE: buf_puts(b, " (from executable)"); return;
    default:
        obj_load_imports(obj);
        if (sym->version > obj->n_needed) {
            buf_printf(b, " (from bad library ordinal %u)", sym->version);
            return;
        }
        buf_puts(b, " (from ");
        buf_name(b, macho_short_lib(obj->needed[sym->version - 1].name), NAME_ESCAPE);
        buf_c(b, ')');
    }
}

/* "libSystem" of "/usr/lib/libSystem.B.dylib", "Foundation" of a framework's path. */
struct str macho_short_lib(struct str path)
{
    struct str base = str_basename(path), dir = str_head(path, path.len - base.len);
    size_t fw = SIZE_MAX;
    for (size_t i = 0; base.len && i + 11 + base.len <= dir.len; i++) {
        struct str at = str_skip(dir, i);
        if (str_starts(at, base) && str_starts(str_skip(at, base.len), S(".framework/")) &&
            (i == 0 || dir.p[i - 1] == '/')) {
            fw = i;
        }
    }
    if (fw != SIZE_MAX) {
        return base;
    }
    if (str_ends(base, S(".dylib"))) {
        base.len -= 6;
        if (base.len > 2 && base.p[base.len - 2] == '.') { /* a one-letter version */
            base.len -= 2;
        }
    }
    return base;
}
