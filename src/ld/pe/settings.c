/* settings.c - header fields from the options and GNU ld's defaults. Source: spec pe-ld 5.3. */
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"

enum {
    DLL_HIGH_ENTROPY_VA = 0x20,
    DLL_DYNAMIC_BASE = 0x40,
    DLL_FORCE_INTEGRITY = 0x80,
    DLL_NX_COMPAT = 0x100,
    DLL_NO_ISOLATION = 0x200,
    DLL_NO_SEH = 0x400,
    DLL_NO_BIND = 0x800,
    DLL_APPCONTAINER = 0x1000,
    DLL_WDM_DRIVER = 0x2000,
    DLL_GUARD_CF = 0x4000,
    DLL_TS_AWARE = 0x8000
};

static const struct {
    const char *name, *entry;
    uint8_t number;
} subsystems[] = {
    {"native", "NtProcessStartup", 1},  {"windows", "WinMainCRTStartup", 2},
    {"console", "mainCRTStartup", 3},   {"posix", "__PosixProcessStartup", 7},
    {"wince", "WinMainCRTStartup", 9},  {"efi-app", "efi_main", 10},
    {"efi-bsd", "efi_main", 11},        {"efi-rtd", "efi_main", 12},
    {"efi-bootservice", "efi_main", 11},{"efi-runtime", "efi_main", 12},
    {"xbox", "mainCRTStartup", 14},
};

/* A version of the header: 16 bits. */
static bool pick(struct ld *ld, const char *name, uint32_t *field, uint64_t option, uint32_t fallback)
{
    *field = option == UINT64_MAX ? fallback : (uint32_t)option;
    return option == UINT64_MAX || option <= UINT16_MAX ||
           diag_error(&ld->diag, "%s version %llu does not fit 16 bits", name, (unsigned long long)option);
}

/* NAME[:MAJOR[.MINOR]] or a number. *ENTRY: what such a program starts with. */
static bool parse_subsystem(struct ld *ld, struct str text, const char *who, const char **entry)
{
    struct pe *pe = pe_of(ld);
    struct ld_pe_options *o = &ld->opt.pe;
    struct str whole = text;
    pe->subsystem = 3;
    *entry = "mainCRTStartup";
    if (!text.len) {
        return true;
    }
    /* an object's directive has a comma where the option has a colon */
    size_t colon = str_find(text, ':') != SIZE_MAX ? str_find(text, ':') : str_find(text, ',');
    if (colon != SIZE_MAX) {
        struct str version = str_skip(text, colon + 1);
        size_t dot = str_find(version, '.');
        uint64_t minor = o->minor_subsystem_version; /* as GNU ld: NAME:6 sets the major one only */
        if (!str_u64(str_head(version, dot), 10, &o->major_subsystem_version) ||
            (dot != SIZE_MAX && !str_u64(str_skip(version, dot + 1), 10, &minor))) {
            return diag_error(&ld->diag, "%s%.*s: bad version", who, Q(whole));
        }
        o->minor_subsystem_version = minor;
        text.len = colon;
    }
    uint64_t number;
    bool numeric = str_u64(text, 0, &number);
    for (size_t i = 0; i < sizeof subsystems / sizeof *subsystems; i++) {
        if (numeric ? number == subsystems[i].number : str_caseeq(text, str_c(subsystems[i].name))) {
            pe->subsystem = subsystems[i].number;
            *entry = subsystems[i].entry;
            return true;
        }
    }
    if (numeric && number <= UINT16_MAX) {
        pe->subsystem = (uint32_t)number;
        return true;
    }
    return diag_error(&ld->diag, "%s%.*s: unknown subsystem", who, Q(whole));
}

/* Do the header's fields hold them? */
bool pe_sizes_fit(const struct ld *ld, uint64_t reserve, uint64_t commit)
{
    return pe_of(ld)->is64 || (reserve <= UINT32_MAX && commit <= UINT32_MAX);
}

bool pe_base_fits(const struct ld *ld)
{
    return ld->image_base % 0x10000 == 0 && (pe_of(ld)->is64 || ld->image_base <= UINT32_MAX);
}

/* RESERVE[,COMMIT] */
bool pe_set_sizes(struct ld *ld, const char *who, struct str s, uint64_t *reserve, uint64_t *commit)
{
    size_t comma = str_find(s, ',');
    if (!s.len) {
        return true;
    }
    if (!str_u64(str_head(s, comma), 0, reserve) ||
        (comma != SIZE_MAX && !str_u64(str_skip(s, comma + 1), 0, commit))) {
        return diag_error(&ld->diag, "%s%.*s: it is RESERVE[,COMMIT]", who, Q(s));
    }
    return pe_sizes_fit(ld, *reserve, *commit) || diag_error(&ld->diag, "%s%.*s: more than 4 GiB", who, Q(s));
}

/* GNU ld's place, by its hash, for the name without its directory: builds in two places agree. */
static uint64_t auto_base(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    uint64_t start = ld->opt.pe.auto_image_base_from, hash = 0, len = strlen(pe->base_name);
    for (size_t i = 0; i <= len; i++) {
        uint64_t c = i < len ? (uint8_t)pe->base_name[i] : len;
        hash += c + (c << 17);
        hash ^= hash >> 2;
    }
    if (pe->is64) {
        return (start ? start : UINT64_C(0x1c0000000)) + ((hash << 16) & UINT64_C(0x1ffff0000));
    }
    return (start ? start : UINT64_C(0x61500000)) + ((hash << 16) & UINT64_C(0x0ffc0000));
}

static bool set_base(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    uint64_t base = ld->opt.pe.image_base;
    if (base != UINT64_MAX) {
        ld->image_base = base;
        pe->asked_base = true;
    } else if (pe->is_dll && ld->opt.pe.auto_image_base == TRI_ON) {
        ld->image_base = auto_base(ld);
    } else if (pe->is64) {
        ld->image_base = pe->is_dll ? UINT64_C(0x180000000) : UINT64_C(0x140000000);
    } else {
        ld->image_base = pe->is_dll ? 0x10000000 : 0x400000;
    }
    if (!pe_base_fits(ld)) {
        return diag_error(&ld->diag, "image base 0x%llx is not a multiple of 64 KiB in range",
                          (unsigned long long)ld->image_base);
    }
    return true;
}

static void set_dll_flags(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    uint32_t f = 0;
    bool move = o->dynamicbase != TRI_OFF && pe->has_reloc_section;
    f |= move ? DLL_DYNAMIC_BASE : 0;
    f |= move && pe->is64 && o->high_entropy_va != TRI_OFF ? DLL_HIGH_ENTROPY_VA : 0;
    f |= o->nxcompat != TRI_OFF ? DLL_NX_COMPAT : 0;
    f |= o->tsaware == TRI_ON || (o->tsaware == TRI_DEFAULT && !pe->is_dll) ? DLL_TS_AWARE : 0;
    f |= o->no_seh == TRI_ON ? DLL_NO_SEH : 0;
    f |= o->forceinteg == TRI_ON ? DLL_FORCE_INTEGRITY : 0;
    f |= o->no_isolation == TRI_ON ? DLL_NO_ISOLATION : 0;
    f |= o->no_bind == TRI_ON ? DLL_NO_BIND : 0;
    f |= o->wdmdriver == TRI_ON ? DLL_WDM_DRIVER : 0;
    f |= o->appcontainer == TRI_ON ? DLL_APPCONTAINER : 0;
    f |= o->guard_cf == TRI_ON ? DLL_GUARD_CF : 0;
    pe->dll_flags = f;
}

static bool set_alignments(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    pe->file_align = o->file_alignment == UINT64_MAX ? 0x200 : o->file_alignment;
    pe->section_align = o->section_alignment == UINT64_MAX ? 0x1000 : o->section_alignment;
    if (!is_pow2(pe->file_align) || !is_pow2(pe->section_align) || pe->file_align > 0x10000 ||
        pe->file_align < 2 || pe->section_align > 0x10000000 || pe->file_align > pe->section_align) {
        return diag_error(&ld->diag,
                          "file alignment %llu and section alignment %llu must be powers of two, the "
                          "first not above the second", (unsigned long long)pe->file_align,
                          (unsigned long long)pe->section_align);
    }
    /* The loader reads sections from multiples of 512 bytes, except of images that lie in memory as in the
       file. */
    if (pe->file_align != pe->section_align && (pe->file_align < 0x200 || pe->section_align < 0x1000)) {
        return diag_error(&ld->diag, "file alignment 0x%llx and section alignment 0x%llx: below 0x200 and 0x1000 "
                          "they must be equal", (unsigned long long)pe->file_align,
                          (unsigned long long)pe->section_align);
    }
    return true;
}

/* The entry: -e, else what the subsystem begins with. "" is none. */
static void set_entry(struct ld *ld, const char *fallback)
{
    struct pe *pe = pe_of(ld);
    const char *name = ld->opt.entry;
    if (!name) {
        const char *dll = pe->is64 ? "DllMainCRTStartup" : "DllMainCRTStartup@12";
        name = arena_printf(&ld->arena, "%.*s%s", Q(pe->prefix), pe->is_dll ? dll : fallback);
        pe->entry_optional = true;
    }
    uint64_t address;
    if (str_u64(str_c(name), 0, &address)) { /* "-e 0": none */
        pe->entry_rva = address ? (uint32_t)(address - ld->image_base) : 0;
    } else if (name[0]) {
        ld->entry = ld_reference(ld, str_c(name));
    }
}

static struct str option_text(const char *text)
{
    return text ? str_c(text) : S("");
}

static bool set_subsystem_version(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    return pick(ld, "subsystem's major", &pe->ver.major_subsystem, o->major_subsystem_version, pe->is64 ? 5 : 4) &&
           pick(ld, "subsystem's minor", &pe->ver.minor_subsystem, o->minor_subsystem_version, pe->is64 ? 2 : 0);
}

static bool set_versions(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct ld_pe_options *o = &ld->opt.pe;
    return pick(ld, "system's major", &pe->ver.major_os, o->major_os_version, 4) &&
           pick(ld, "system's minor", &pe->ver.minor_os, o->minor_os_version, 0) &&
           pick(ld, "image's major", &pe->ver.major_image, o->major_image_version, pe->is64 ? 0 : 1) &&
           pick(ld, "image's minor", &pe->ver.minor_image, o->minor_image_version, 0) &&
           set_subsystem_version(ld);
}

bool pe_set_subsystem(struct ld *ld, struct str text, const char *who)
{
    const char *entry;
    if (!parse_subsystem(ld, text, arena_printf(&ld->arena, "%s: subsystem:", who), &entry)) {
        return false;
    }
    if (!set_subsystem_version(ld)) {
        return false;
    }
    if (!ld->opt.entry && !pe_of(ld)->is_dll) {
        set_entry(ld, entry);
    }
    return true;
}

/* Segments are ELF's. */
static bool refuse_segments(struct ld *ld)
{
    const char *rodata = ld->opt.elf.rodata_segment, *ldata = ld->opt.elf.ldata_segment;
    return !(rodata || ldata) || diag_error(&ld->diag, "option '-T%s-segment %s' is not supported for Windows images",
                                            rodata ? "rodata" : "ldata", rodata ? rodata : ldata);
}

static bool check_words(struct ld *ld)
{
    const char *narrow = ld->opt.pe.pseudo_reloc_narrow, *format = ld->opt.pe.implib_format;
    if (narrow && strcmp(narrow, "error") != 0 && strcmp(narrow, "warn") != 0 && strcmp(narrow, "ignore") != 0) {
        return diag_error(&ld->diag, "--pseudo-reloc-narrow=%s: it is error, warn or ignore", narrow);
    }
    return !format || strcmp(format, "short") == 0 || strcmp(format, "long") == 0 ||
           diag_error(&ld->diag, "--implib-format=%s: it is long or short", format);
}

/* LIBRARY of a .def file; base and entry stay a program's, as with GNU ld. */
void pe_become_dll(struct ld *ld)
{
    pe_of(ld)->is_dll = true;
    set_dll_flags(ld);
}

bool pe_settings(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct ld_pe_options *o = &ld->opt.pe;
    const char *entry;
    if (!ld->opt.output) {
        ld->opt.output = ld->opt.kind == OUT_SHARED ? "a.dll" : "a.exe";
    }
    pe->base_name = str_basename(str_c(ld->opt.output)).p;
    pe->dll_name = str_c(pe->base_name);
    pe->is_dll = ld->opt.kind == OUT_SHARED;
    pe->has_reloc_section = o->reloc_section != TRI_OFF;
    pe->stack_reserve = 0x200000;
    pe->stack_commit = 0x1000;
    pe->heap_reserve = 0x100000;
    pe->heap_commit = 0x1000;
    if (!refuse_segments(ld) || !check_words(ld) ||
        !parse_subsystem(ld, option_text(o->subsystem), "--subsystem=", &entry) ||
        !pe_set_sizes(ld, "--stack=", option_text(o->stack), &pe->stack_reserve, &pe->stack_commit) ||
        !pe_set_sizes(ld, "--heap=", option_text(o->heap), &pe->heap_reserve, &pe->heap_commit) ||
        !set_alignments(ld) || !set_base(ld)) {
        return false;
    }
    if (!set_versions(ld)) {
        return false;
    }
    set_dll_flags(ld);
    if (ld->opt.kind != OUT_RELOCATABLE) {
        set_entry(ld, entry);
    }
    for (size_t i = 0; i < ld->opt.elf.z.n; i++) { /* the one keyword that means something here */
        ld->opt.allow_multiple_definition |= strcmp(ld->opt.elf.z.p[i], "muldefs") == 0;
    }
    for (size_t i = 0; i < ld->opt.undefined.n; i++) {
        ld_reference(ld, str_c(ld->opt.undefined.p[i]));
    }
    for (size_t i = 0; i < ld->opt.require_defined.n; i++) {
        ld_reference(ld, str_c(ld->opt.require_defined.p[i]));
    }
    return true;
}
