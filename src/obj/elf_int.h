/* elf_int.h - what the files of the ELF reader share. Included by src/obj/elf_*.c only.

   elf_read.c   header, section table, program headers
   elf_elect.c  what a linker leaves out of the section table
   elf_sym.c    symbols and section groups
   elf_reloc.c  relocations
   elf_dyn.c    the dynamic section, dynamic symbols, versions
   elf_imports.c  imports and exports
   elf_plt.c    names for PLT entries
   elf_letter.c nm letters and GNU target names */
#ifndef OBJKIT_OBJ_ELF_INT_H
#define OBJKIT_OBJ_ELF_INT_H

#include "obj/elf_fmt.h"
#include "obj/reader.h"

/* One PT_LOAD: what a virtual address means in the file. */
struct elf_load {
    uint64_t va, off, len;
};

/* The dynamic section, decoded. Views are empty where the entry is missing or wrong. */
struct elf_dyn {
    bool present;
    struct view strtab, symtab;
    uint64_t symtab_off;
    uint64_t hash_va, gnu_hash_va, versym_va, verdef_va, verneed_va;
    uint64_t rela_va, rela_len, rel_va, rel_len, jmprel_va, jmprel_len;
    uint64_t n_verdef, n_verneed, soname, rpath, runpath, flags_1;
    uint64_t *needed; /* string offsets */
    uint32_t n_needed;
    bool has_soname, has_debug, has_rpath, has_runpath, jmprel_is_rela;
};

/* reloc_sec[i]: the section that holds section i's relocations, 0 none; this bit: there is a second. */
#define ELF_RELOC_TWICE 0x80000000u

struct elf {
    uint64_t phoff, shoff;
    uint32_t phnum, phentsize, shnum, shentsize, shstrndx;
    uint16_t e_type;
    /* section numbers, 0: none */
    uint32_t symtab, symtab_shndx, dynsym, versym, verdef, verneed;
    uint32_t n_groups, n_linkonce;
    uint32_t n_syms;         /* entries of .symtab */
    uint32_t *reloc_sec;     /* relocatable files only, unless lean: by target section */
    bool lean, lean_rela;    /* elf_elect.c has left sections out; relocations are SHT_RELA */
    struct elf_rels {
        uint32_t off;        /* of section's relocations in the file */
        uint32_t n : 31, known : 1;
    } *rels;                 /* while its sections are read: by the file's numbers */
    struct elf_load *loads;  /* read when first needed */
    uint32_t n_loads;
    bool loads_read;
    struct view pt_dynamic, pt_interp;
    bool dyn_read;
    struct elf_dyn dyn;
};

static inline struct elf *elf_of(const struct object *obj)
{
    return obj->priv;
}

/* Bytes of one record in a section of TYPE, SHT_RELA or SHT_REL. */
static inline uint64_t elf_reloc_size(const struct object *obj, uint32_t type)
{
    return type == SHT_RELA ? (obj->is64 ? RELA64_SIZE : RELA32_SIZE) : (obj->is64 ? REL64_SIZE : REL32_SIZE);
}

/* Program headers into loads, pt_dynamic, pt_interp. Runs once. */
void elf_read_phdrs(struct object *obj);

/* The bytes of the file from virtual address VA to the end of its segment; false if unmapped. */
bool elf_va(struct object *obj, uint64_t va, struct view *out);

/* Decodes N symbols of TAB (whole entries) into OUT; names from STRS, long section numbers from SHNDX. */
void elf_decode_syms(struct object *obj, struct view tab, struct view strs, struct view shndx,
                     struct symbol *out, uint32_t n);

/* Surveys the section headers of a relocatable object, TABLE, and asks obj->elector; makes obj->sec_map, lost_sec,
   claims, comdats and e->rels, which elf_end_election frees. False: nothing is left out of this one. */
bool elf_elect(struct object *obj, struct elf *e, struct view table, struct view names);
void elf_end_election(struct elf *e);
/* The name of the section that symbol RAW of such an object is in. */
struct str elf_lost_name(const struct object *obj, uint32_t raw);

bool elf_symbols(struct object *obj);
bool elf_dynsyms(struct object *obj);
bool elf_imports(struct object *obj);
bool elf_exports(struct object *obj);
bool elf_synthetic(struct object *obj, struct symbol **out, uint32_t *n);
bool elf_reloc_start(const struct object *obj, uint32_t sec, struct reloc_iter *it);
size_t elf_reloc_next(struct reloc_iter *it, struct reloc *block);

char elf_letter(const struct object *obj, const struct symbol *sym);
const char *elf_target_name(const struct object *obj);

/* The dynamic section; ->present is false without one. Runs once. */
struct elf_dyn *elf_read_dyn(struct object *obj);

/* String at OFF of the dynamic string table; reports and gives an empty string if there is none. */
struct str elf_dyn_str(struct object *obj, uint64_t off, const char *what);

#endif
