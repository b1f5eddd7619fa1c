/* elf_letter.c - the nm letter of an ELF symbol, and the names GNU tools give to ELF targets.

   The letters follow GNU nm, which sees an ELF section through flags that fit every format; the order
   of the tests is theirs and is part of what users rely on. Source: spec ar-nm, 4.3, and the manual
   of GNU nm. */
#include "obj/elf_int.h"

/* Section names that decide before any flag does, whatever the format: "NAME" followed by the end,
   '.', '$' or a digit. */
static char letter_by_name(struct str name)
{
    static const struct {
        struct str name;
        char letter;
    } table[] = {
        {{".drectve", 8}, 'i'}, {{".edata", 6}, 'e'}, {{".idata", 6}, 'i'}, {{".pdata", 6}, 'p'}};
    if (name.len < 6 || name.p[0] != '.') {
        return 0;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (str_starts(name, table[i].name)) {
            size_t n = table[i].name.len;
            char c = name.len == n ? 0 : name.p[n];
            if (c == 0 || c == '.' || c == '$' || (c >= '0' && c <= '9')) {
                return table[i].letter;
            }
        }
    }
    return 0;
}

static char letter_by_flags(const struct section *s)
{
    if (s->flags & SEC_EXEC) {
        return 't';
    }
    if (s->flags & SEC_ALLOC && !(s->flags & SEC_NOBITS)) {
        return !(s->flags & SEC_WRITE) ? 'r' : s->flags & SEC_SMALL ? 'g' : 'd';
    }
    if (s->flags & SEC_NOBITS) {
        return s->flags & SEC_SMALL ? 's' : 'b';
    }
    if (s->flags & SEC_DEBUG) {
        return 'N';
    }
    return !(s->flags & SEC_WRITE) ? 'n' : '?';
}

char elf_letter(const struct object *obj, const struct symbol *sym)
{
    bool object = sym->type == SYM_OBJECT && !(sym->flags & SYMF_LTO); /* as where a plugin reads them */
    char c;
    if (sym->sec == SEC_COMMON) {
        return 'C';
    }
    if (sym->sec == SEC_UNDEF) {
        return sym->binding != BIND_WEAK ? 'U' : object ? 'v' : 'w';
    }
    if (sym->type == SYM_IFUNC) {
        return 'i';
    }
    if (sym->binding == BIND_WEAK) {
        return object ? 'V' : 'W';
    }
    if (sym->binding == BIND_UNIQUE) {
        return 'u';
    }
    if (sym->sec == SEC_ABS) {
        c = 'a';
    } else if (sym->sec < obj->n_sections) {
        const struct section *s = &obj->sections[sym->sec];
        c = letter_by_name(s->name);
        c = c ? c : letter_by_flags(s);
    } else {
        return '?';
    }
    return sym->binding == BIND_LOCAL || c == '?' ? c : (char)(c & ~0x20);
}

/* ---- target names ------------------------------------------------------------------------------------ */

struct target_row {
    uint16_t machine;
    const char *le32, *be32, *le64, *be64;
};

static const struct target_row targets[] = {
    {MACH_X86_64, "elf32-x86-64", NULL, "elf64-x86-64", NULL},
    {MACH_I386, "elf32-i386", NULL, NULL, NULL},
    {MACH_IAMCU, "elf32-iamcu", NULL, NULL, NULL},
    {MACH_ARM64, "elf32-littleaarch64", "elf32-bigaarch64", "elf64-littleaarch64", "elf64-bigaarch64"},
    {MACH_ARM, "elf32-littlearm", "elf32-bigarm", NULL, NULL},
    {MACH_RISCV, "elf32-littleriscv", "elf32-bigriscv", "elf64-littleriscv", "elf64-bigriscv"},
    {MACH_PPC, "elf32-powerpcle", "elf32-powerpc", NULL, NULL},
    {MACH_PPC64, NULL, NULL, "elf64-powerpcle", "elf64-powerpc"},
    {MACH_S390, NULL, "elf32-s390", NULL, "elf64-s390"},
    {MACH_MIPS, "elf32-tradlittlemips", "elf32-tradbigmips", "elf64-tradlittlemips", "elf64-tradbigmips"},
    {MACH_SPARC, NULL, "elf32-sparc", NULL, NULL},
    {MACH_SPARC32PLUS, NULL, "elf32-sparc", NULL, NULL},
    {MACH_SPARCV9, NULL, NULL, NULL, "elf64-sparc"},
    {MACH_LOONGARCH, "elf32-loongarch", NULL, "elf64-loongarch", NULL},
    {MACH_ALPHA, NULL, NULL, "elf64-alpha", NULL},
    {MACH_IA64, "elf32-ia64-little", "elf32-ia64-big", "elf64-ia64-little", "elf64-ia64-big"},
    {MACH_M68K, NULL, "elf32-m68k", NULL, NULL},
    {MACH_SH, "elf32-shl", "elf32-sh", NULL, NULL},
    {MACH_PARISC, NULL, "elf32-hppa", NULL, "elf64-hppa"},
    {MACH_AVR, "elf32-avr", NULL, NULL, NULL},
    {MACH_MSP430, "elf32-msp430", NULL, NULL, NULL},
    {MACH_XTENSA, "elf32-xtensa-le", "elf32-xtensa-be", NULL, NULL},
    {MACH_BPF, NULL, NULL, "elf64-bpfle", "elf64-bpfbe"},
    {MACH_ARC, "elf32-littlearc", "elf32-bigarc", NULL, NULL},
    {MACH_ARC_COMPACT, "elf32-littlearc", "elf32-bigarc", NULL, NULL},
    {MACH_ARCV2, "elf32-littlearc", "elf32-bigarc", NULL, NULL},
    {MACH_CSKY, "elf32-csky-little", "elf32-csky-big", NULL, NULL},
    {MACH_MICROBLAZE, "elf32-microblazeel", "elf32-microblaze", NULL, NULL},
    {MACH_NIOS2, "elf32-littlenios2", "elf32-bignios2", NULL, NULL},
    {MACH_OPENRISC, NULL, "elf32-or1k", NULL, NULL},
    {MACH_TRICORE, "elf32-tricore", NULL, NULL, NULL},
    {MACH_VAX, "elf32-vax", NULL, NULL, NULL},
};

const char *elf_target_name(const struct object *obj)
{
    static const char *const plain[4] = {"elf32-little", "elf32-big", "elf64-little", "elf64-big"};
    unsigned which = (obj->is64 ? 2u : 0) | (obj->big_endian ? 1u : 0);
    if (obj->machine == MACH_X86_64 && obj->is64 && obj->osabi == ELFOSABI_FREEBSD) {
        return "elf64-x86-64-freebsd";
    }
    if (obj->machine == MACH_X86_64 && obj->is64 && obj->osabi == ELFOSABI_SOLARIS) {
        return "elf64-x86-64-sol2";
    }
    if (obj->machine == MACH_MIPS && !obj->is64 && obj->raw_flags & 0x20) { /* EF_MIPS_ABI2: n32 */
        return obj->big_endian ? "elf32-ntradbigmips" : "elf32-ntradlittlemips";
    }
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target_row *t = &targets[i];
        if (t->machine == obj->machine) {
            const char *names[4] = {t->le32, t->be32, t->le64, t->be64};
            return names[which] ? names[which] : plain[which];
        }
    }
    return plain[which];
}
