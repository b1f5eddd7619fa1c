/* emulations.c - the names that -m and --oformat take, and the machines behind them. */
#include "ld/backend.h"
#include "ld/script_layout.h"

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

/* OUTPUT_ARCH(NAME): of a script WHO. */
bool ld_output_arch(struct ld *ld, struct str name, const char *who)
{
    static const struct { const char *name; enum machine machine; } archs[] = {
        {"i386:x86-64", MACH_X86_64}, {"i386:x86-64:intel", MACH_X86_64}, {"i386", MACH_I386},
        {"i386:intel", MACH_I386}, {"aarch64", MACH_ARM64}};
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        if (str_is(name, archs[i].name)) {
            return archs[i].machine == ld->machine ||
                   diag_error(&ld->diag, "%s: the output cannot be for %.*s with -m %s", who, Q(name), ld->emulation);
        }
    }
    return diag_error(&ld->diag, "%s: cannot represent machine `%.*s'", who, Q(name));
}

bool ld_output_format(struct ld *ld, struct str name, const char *who)
{
    static const struct { const char *name, *emulation; } formats[] = {
        {"elf64-x86-64", "elf_x86_64"},   {"elf32-i386", "elf_i386"},
        {"elf64-littleaarch64", "aarch64linux"}, {"pei-x86-64", "i386pep"},
        {"pe-x86-64", "i386pep"},         {"pei-i386", "i386pe"},
        {"pe-i386", "i386pe"}};
    if (str_is(name, "default")) {
        return true;
    }
    if (str_is(name, "binary") && ld->be == &elf_backend && ld->opt.kind != OUT_RELOCATABLE) {
        return ld->opt.flat_binary = true;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct ld_emulation *e = ld_find_emulation(str_c(formats[i].emulation));
        if (str_starts(name, str_c(formats[i].name))) {
            return (e->be == ld->be && e->machine == ld->machine) ||
                   diag_error(&ld->diag, "%s: the output cannot be %.*s with -m %s; use -m %s", who, Q(name),
                              ld->emulation, e->name);
        }
    }
    return diag_error(&ld->diag, "%s: output format '%.*s' is not supported", who, Q(name));
}
