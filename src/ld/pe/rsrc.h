/* rsrc.h - resources: the trees of all inputs merged into the image's .rsrc section.

   A resource is a leaf in a tree of three levels: type, name, language. Inputs are .rsrc sections of
   objects (windres; cvtres' .rsrc$01 and .rsrc$02) and .res files. Use: init, add each input in
   command-line order, merge, then size and write when the section's RVA is known.

   Ownership: leaves borrow their data from the inputs; the set owns the rest. Errors are reported in
   D with the input's origin. Source: PE format, "The .rsrc Section"; spec pe-ld 3.6. */
#ifndef OBJKIT_LD_PE_RSRC_H
#define OBJKIT_LD_PE_RSRC_H

#include "base/vec.h"
#include "obj/obj.h"

enum { RSRC_RT_STRING = 6, RSRC_RT_MANIFEST = 24 };
enum { RSRC_DATA_LEN = 16 }; /* of a data entry; its first word is the RVA of the contents */

/* A type or a name: a number, or UTF-16LE characters. */
struct rsrc_key {
    bool named;
    uint16_t id;
    struct view text; /* named: 2 bytes per character, no NUL */
};

struct rsrc_leaf {
    struct rsrc_key type, name;
    uint16_t lang;
    uint32_t codepage;
    struct view data;
    const struct origin *origin;
    size_t order;     /* of input: sorting is stable by it */
};

struct rsrc_set {
    struct diag *d;
    struct arena arena;
    VEC(struct rsrc_leaf) leaves; /* after rsrc_merge: sorted, each once */
    uint32_t dirs_len, entries_len, names_len; /* parts of the section, in this order; an entry for each leaf */
    uint32_t size;                             /* of the whole, data included */
};

void rsrc_init(struct rsrc_set *set, struct diag *d);
void rsrc_free(struct rsrc_set *set);

/* Adds the resources of OBJ, whose symbols are loaded. True if it has none. */
bool rsrc_add_object(struct rsrc_set *set, const struct object *obj);
/* Adds those of a .res file. */
bool rsrc_add_res(struct rsrc_set *set, struct view bytes, const struct origin *origin);
/* Adds one, with numbers for type and name. */
void rsrc_add_leaf(struct rsrc_set *set, uint16_t type, uint16_t name, uint16_t lang, struct view data,
                   const struct origin *origin);

/* Sorts and merges. Equal leaves become one; string tables merge string by string; a manifest of
   language 0 yields to any other. Anything else that two inputs define differently is an error that
   names both. */
bool rsrc_merge(struct rsrc_set *set);

/* Writes set->size bytes to OUT, for a section at RVA. */
void rsrc_write(const struct rsrc_set *set, uint32_t rva, uint8_t *out);

#endif
