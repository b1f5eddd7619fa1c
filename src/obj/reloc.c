/* reloc.c - the relocation tables: (format, machine, raw type) -> name, kind, width, flags, bias.

   Each machine's .def file is read three times: once for an enum that numbers its rows, once for the
   rows, once per format for a byte index raw type -> row. Raw numbers are sparse (AArch64's ELF ones
   reach 1032), rows are not: the index has no pointers, so a big one costs nothing at start-up. */
#include <stdio.h>

#include "obj/model.h"

#define RELOC(fmt, raw, name, kind, width, flags, bias) ROW_##name,
enum x86_64_row {
#include "obj/reloc_x86_64.def"
};
enum i386_row {
#include "obj/reloc_i386.def"
};
enum arm64_row {
#include "obj/reloc_arm64.def"
};
#undef RELOC

#define RELOC(fmt, raw, name, kind, width, flags, bias) {raw, KIND_##kind, width, flags, bias, #name},
static const struct reloc_row x86_64_rows[] = {
#include "obj/reloc_x86_64.def"
};
static const struct reloc_row i386_rows[] = {
#include "obj/reloc_i386.def"
};
static const struct reloc_row arm64_rows[] = {
#include "obj/reloc_arm64.def"
};
#undef RELOC

/* An index keeps the rows of its own format and drops the others. Its element 0xffff of "no rows"
   must exist even for a format without any: hence the entry for raw type 0, overridden by a row. */
#define RELOC(fmt, raw, name, kind, width, flags, bias) INDEX_##fmt(raw, name)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

#define INDEX_ELF(raw, name) [raw] = ROW_##name + 1,
#define INDEX_COFF(raw, name)
#define INDEX_MACHO(raw, name)
static const uint8_t x86_64_elf[] = {
    [0] = 0,
#include "obj/reloc_x86_64.def"
};
static const uint8_t i386_elf[] = {
    [0] = 0,
#include "obj/reloc_i386.def"
};
static const uint8_t arm64_elf[] = {
    [0] = 0,
#include "obj/reloc_arm64.def"
};
#undef INDEX_ELF
#undef INDEX_COFF

#define INDEX_ELF(raw, name)
#define INDEX_COFF(raw, name) [raw] = ROW_##name + 1,
static const uint8_t x86_64_coff[] = {
    [0] = 0,
#include "obj/reloc_x86_64.def"
};
static const uint8_t i386_coff[] = {
    [0] = 0,
#include "obj/reloc_i386.def"
};
static const uint8_t arm64_coff[] = {
    [0] = 0,
#include "obj/reloc_arm64.def"
};
#undef INDEX_COFF
#undef INDEX_MACHO

#define INDEX_COFF(raw, name)
#define INDEX_MACHO(raw, name) [raw] = ROW_##name + 1,
static const uint8_t x86_64_macho[] = {
    [0] = 0,
#include "obj/reloc_x86_64.def"
};
static const uint8_t i386_macho[] = {
    [0] = 0,
#include "obj/reloc_i386.def"
};
static const uint8_t arm64_macho[] = {
    [0] = 0,
#include "obj/reloc_arm64.def"
};
#undef RELOC
#pragma GCC diagnostic pop

enum { COLUMN_ELF, COLUMN_COFF, COLUMN_MACHO, N_COLUMNS };
#define COLUMNS(m) \
    { \
        [COLUMN_ELF] = {m##_rows, m##_elf, sizeof m##_elf}, \
        [COLUMN_COFF] = {m##_rows, m##_coff, sizeof m##_coff}, \
        [COLUMN_MACHO] = {m##_rows, m##_macho, sizeof m##_macho} \
    }
static const struct reloc_table x86_64_tables[N_COLUMNS] = COLUMNS(x86_64);
static const struct reloc_table i386_tables[N_COLUMNS] = COLUMNS(i386);
static const struct reloc_table arm64_tables[N_COLUMNS] = COLUMNS(arm64);
static const struct reloc_table no_table;

const struct reloc_table *reloc_table_of(const struct object *obj)
{
    const struct reloc_table *tables;
    switch (obj->machine) {
    case MACH_X86_64: tables = x86_64_tables; break;
    case MACH_I386: tables = i386_tables; break;
    case MACH_ARM64:
    case MACH_ARM64EC: /* ARM64 code with x64 conventions: the same instructions */
    case MACH_ARM64_32: tables = arm64_tables; break; /* Mach-O only: the same numbers */
    default: return &no_table;
    }
    switch (obj->format) {
    case OBJ_ELF: return &tables[COLUMN_ELF];
    case OBJ_COFF:
    case OBJ_BIGOBJ: return &tables[COLUMN_COFF];
    case OBJ_MACHO: return &tables[COLUMN_MACHO];
    default: return &no_table;
    }
}

const struct reloc_row *reloc_find(const struct object *obj, uint32_t raw_type)
{
    return reloc_table_row(reloc_table_of(obj), raw_type);
}

const char *reloc_name(const struct object *obj, uint32_t raw_type, char buf[16])
{
    const struct reloc_row *row = reloc_find(obj, raw_type);
    if (row) {
        return row->name;
    }
    snprintf(buf, 16, "0x%x", raw_type);
    return buf;
}
