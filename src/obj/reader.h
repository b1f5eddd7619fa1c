/* reader.h - what a format's reader provides to obj.c. Included by readers and obj.c only. */
#ifndef OBJKIT_OBJ_READER_H
#define OBJKIT_OBJ_READER_H

#include "obj/obj.h"

/* Every hook returns false after diag_bad() when nothing usable could be read; a part that is
   damaged is reported, left out, and the rest is kept (hook returns true; obj->failed records it
   through obj_part_failed). A NULL hook: the format has no such thing; the array stays empty. */
struct reader {
    const char *name;
    /* Header and sections; type, machine, entry. Must be cheap: one walk over the section table. */
    bool (*open)(struct object *obj);
    /* obj->symbols and obj->comdats. */
    bool (*symbols)(struct object *obj);
    /* See obj_leave_tables; NULL: names stay where they are. */
    struct view (*leave_tables)(struct object *obj);
    /* obj->dynsyms and obj->versions. */
    bool (*dynsyms)(struct object *obj);
    /* obj->needed, obj->imports, soname, rpaths, interp. */
    bool (*imports)(struct object *obj);
    bool (*exports)(struct object *obj);
    bool (*reloc_start)(const struct object *obj, uint32_t sec, struct reloc_iter *it);
    size_t (*reloc_next)(struct reloc_iter *it, struct reloc *block);
    /* The nm letter (spec ar-nm 4.3). */
    char (*letter)(const struct object *obj, const struct symbol *sym);
    /* Symbols for PLT entries (obj_load_synthetic). */
    bool (*synthetic)(struct object *obj, struct symbol **out, uint32_t *n);
    /* The GNU (BFD) target name: elf64-x86-64, pe-x86-64, pei-i386, mach-o-arm64. */
    const char *(*target_name)(const struct object *obj);
};

extern const struct reader elf_reader, coff_reader, pe_reader, macho_reader, shortimp_reader,
    bitcode_reader, xcoff_reader;

/* Probes: pure, total, silent. True if V starts like the format (see formats.def for the order). */
#define FORMAT(id, name, text, probe, reader) bool probe(struct view v);
#include "obj/formats.def"
#undef FORMAT

/* Spends N units of the object's work budget; false, with one diagnostic, when it is used up. */
bool obj_charge(struct object *obj, uint64_t n);

/* Adds the symbols of a slim LTO object (obj_is_slim_lto) behind its own; readers of relocatable
   objects call it when their symbols are read. */
void lto_read_symbols(struct object *obj);

#endif
