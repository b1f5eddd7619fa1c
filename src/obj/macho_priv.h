/* macho_priv.h - what the Mach-O reader's files share. Not for anybody else. */
#ifndef OBJKIT_OBJ_MACHO_PRIV_H
#define OBJKIT_OBJ_MACHO_PRIV_H

#include "obj/macho_fmt.h"
#include "obj/reader.h"

/* A load command: its bytes, bounded to cmdsize. */
struct macho_cmd {
    uint32_t cmd;
    uint64_t off;      /* in the file */
    struct view bytes; /* from the command number on */
};

struct macho_segment {
    struct str name;
    uint64_t addr, size, file_off, file_size;
    uint32_t prot;
};

struct macho {
    struct macho_cmd *cmds;
    uint32_t n_cmds;
    struct macho_segment *segs;
    uint32_t n_segs;
    struct view symtab; /* whole entries only */
    struct view strtab;
    uint64_t symtab_off;
    uint32_t nsyms;
    struct section **by_addr; /* n_sections - 1 of them by address; 32-bit files only */
    struct macho_segment *text; /* the segment that holds the header, NULL: none */
};

static inline const struct macho *macho_priv(const struct object *obj)
{
    return obj->priv;
}

/* The string at offset FIELD of a command holds a string offset: lc_str. Empty and diagnosed if it lies
   outside the command. */
bool macho_lc_str(struct object *obj, const struct macho_cmd *c, uint64_t field, struct str *out);

/* The section of a 32-bit file that holds ADDR (its end counts if no other begins there), 0: none. */
uint32_t macho_section_at(const struct object *obj, uint64_t addr);

/* "libSystem" of "/usr/lib/libSystem.B.dylib", "Foundation" of a framework's path: as nm -m prints it. */
struct str macho_short_lib(struct str path);

bool macho_imports(struct object *obj);
bool macho_exports(struct object *obj);
bool macho_dynsyms(struct object *obj);
bool macho_reloc_start(const struct object *obj, uint32_t sec, struct reloc_iter *it);
size_t macho_reloc_next(struct reloc_iter *it, struct reloc *block);

#endif
