/* backend.h - what an output format provides. A backend owns the order of its passes: link() is a
   list that calls shared passes of ld.h between its own. */
#ifndef OBJKIT_LD_BACKEND_H
#define OBJKIT_LD_BACKEND_H

#include "ld/ld.h"

enum icf_kind { ICF_IS_FIXED, ICF_IS_CODE, ICF_IS_DATA };
typedef void (*icf_add_fn)(void *ctx, const uint8_t *bytes, size_t n_bytes, const struct reloc *r, size_t n,
                           uint64_t base);

struct backend {
    const char *name;              /* "pe", "elf" */
    bool commons_take_members;     /* a common symbol takes the member of an archive that defines it as data */

    /* After the options are read, before any input: defaults, entry name, references of its own
       (ld_reference), be_priv. */
    bool (*start)(struct ld *ld);

    /* Patterns that -lNAME is looked for by, per directory in this order, NULL-terminated; '*'
       stands for the name. */
    const char *const *(*lib_patterns)(const struct ld *ld, bool is_static);

    /* Does OBJ belong in this link (format and machine)? If not: a named error in obj->diag, or
       silence and false when SEARCHED (then the library search goes on). */
    bool (*accept)(struct ld *ld, struct object *obj, bool searched);

    /* An input that is neither object, archive nor linker script (a .def file, resources): takes it
       and returns true, or says what is wrong with it. NULL: there are none. Main thread. */
    bool (*other_input)(struct ld *ld, struct ld_input *in);

    /* A file has been parsed (obj_load_symbols, or dynsyms for LD_SHARED): may set f->kind, replace
       f->syms, adjust chunk flags, parse directives. Parallel: writes only F and what hangs off
       it. */
    bool (*parsed)(struct ld *ld, struct ld_file *f);

    /* Frees what parsed() made of F outside arenas. May be NULL. */
    void (*forget)(const struct ld_file *f);

    /* The file has become part of the link: directives that act on the link. In load order, main
       thread; its symbols are resolved. */
    bool (*added)(struct ld *ld, struct ld_file *f);

    /* All inputs are in, and symbols are still undefined: make remedies (auto-import, aliases) and
       references. True if there are new references: archives are searched again, then this is
       called again. */
    bool (*unresolved)(struct ld *ld);

    /* Does the backend define NAME itself if nothing else does? NULL: archives' indexes are not doubted when symbols
       stay undefined, and an entry that points to no member is an error. */
    bool (*makes_symbol)(struct str name);

    /* Marks gc roots: LDC_ROOT and LDS_KEEP. */
    void (*gc_roots)(struct ld *ld);

    /* gc: calls MARK for what lives because section C does, beyond C's own relocations (the unwind data
       of its functions). May be NULL. Parallel over files: reads, and writes only what hangs off C's file. */
    void (*gc_extra)(struct ld *ld, const struct ld_chunk *c,
                     void (*mark)(void *g, struct ld_file *f, uint32_t sym), void *g);

    /* icf: may C share its place with an equal section? *PLACE: a number that sections of one output section
       have in common. */
    enum icf_kind (*icf_kind)(struct ld *ld, const struct ld_chunk *c, uint64_t *place);
    /* icf: may a reference to ID be bound to another definition at run time? */
    bool (*icf_bound)(const struct ld *ld, uint32_t id);
    /* icf: calls ADD with what belongs to C besides its contents (unwind data): bytes, and relocations
       whose places count from BASE. Parallel: reads only. */
    void (*icf_extra)(struct ld *ld, const struct ld_chunk *c, icf_add_fn add, void *ctx);
    /* icf: C has been folded. May be NULL. */
    void (*icf_folded)(struct ld *ld, struct ld_chunk *c);

    /* Synthesise, lay out, write. The pass list of the format. */
    bool (*link)(struct ld *ld);

    /* Applies the relocations of input section C to its copy at OUT. Parallel: writes only OUT and
       F's diag. */
    void (*relocate)(struct ld *ld, const struct ld_chunk *c, uint8_t *out);
    /* Changes LDC_PATCHED chunk C at OUT, once it is relocated; as parallel. NULL: there are none. */
    void (*patch)(struct ld *ld, const struct ld_chunk *c, uint8_t *out);

    /* Frees be_priv. */
    void (*end)(struct ld *ld);
};

extern const struct backend pe_backend, elf_backend;

/* The emulations (-m) of all backends. */
struct ld_emulation {
    const char *name;
    const struct backend *be;
    enum machine machine;
    const char *format, *object_format; /* what BFD calls its output, and that of -r */
};
extern const struct ld_emulation ld_emulations[]; /* ends with a NULL name; emulations.c */
const struct ld_emulation *ld_find_emulation(struct str name);
/* --oformat and OUTPUT_FORMAT: is NAME what this link writes, or "binary", which sets opt.flat_binary? WHO asks.
   False: diagnosed. */
bool ld_output_format(struct ld *ld, struct str name, const char *who);
/* NULL for a machine that objkit cannot link. */
const struct arch *ld_find_arch(enum machine m);

#endif
