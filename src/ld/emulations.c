/* emulations.c - the names that -m takes, and the machines behind them. */
#include "ld/backend.h"

const struct ld_emulation ld_emulations[] = {
    {"i386pep", &pe_backend, MACH_X86_64, "pei-x86-64", "pe-x86-64"},
    {"i386pe", &pe_backend, MACH_I386, "pei-i386", "pe-i386"},
    {"elf_x86_64", &elf_backend, MACH_X86_64, "elf64-x86-64", "elf64-x86-64"},
    {"elf_i386", &elf_backend, MACH_I386, "elf32-i386", "elf32-i386"},
    {"aarch64linux", &elf_backend, MACH_ARM64, "elf64-littleaarch64", "elf64-littleaarch64"},
    {"aarch64elf", &elf_backend, MACH_ARM64, "elf64-littleaarch64", "elf64-littleaarch64"},
    {NULL, NULL, MACH_UNKNOWN, NULL, NULL},
};

const struct ld_emulation *ld_find_emulation(struct str name)
{
    for (const struct ld_emulation *e = ld_emulations; e->name; e++) {
        if (str_is(name, e->name)) {
            return e;
        }
    }
    return NULL;
}

const struct arch *ld_find_arch(enum machine m)
{
    switch (m) {
    case MACH_X86_64:
        return &arch_x86_64;
    case MACH_I386:
        return &arch_i386;
    case MACH_ARM64:
        return &arch_arm64;
    default:
        return NULL;
    }
}
