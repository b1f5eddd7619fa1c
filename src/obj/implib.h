/* implib.h - the members of long import libraries (dlltool's and GNU ld's), recognised by
   structure.

   Such a library has for one DLL a head, an entry per function, and a tail:

     entry  .idata$7: one image-relative pointer to the head's symbol (_head_libfoo_a)
            .idata$4, .idata$5: the thunk value: a pointer to .idata$6, or an ordinal
            .idata$6: hint and name
            .text: jmp *__imp_NAME (missing for data)
     head   .idata$2: the import descriptor; its Name field points to the tail's symbol
     tail   .idata$7: the DLL's name, at the symbol (libfoo_a_iname)

   Microsoft's long format: the head holds the DLL's name itself, in its .idata$6; an entry has no .idata$7 and
   asks for the head by an undefined symbol, __IMPORT_DESCRIPTOR_LIB.

   Who joins the three (imports by name maps, ld by its symbol table) follows the symbols:
   entry.link is the head's `defines`, head.link the tail's. Source: spec pe-ld, 3.3. */
#ifndef OBJKIT_OBJ_IMPLIB_H
#define OBJKIT_OBJ_IMPLIB_H

#include "obj/obj.h"

enum implib_part {
    IMPLIB_NONE,  /* an ordinary object */
    IMPLIB_HEAD,
    IMPLIB_ENTRY,
    IMPLIB_TAIL
};

struct implib_member {
    enum implib_part part;
    struct str link;     /* entry, head: the symbol that it points to */
    struct str defines;  /* head, tail: the symbol that others point to */
    struct str dll;      /* tail; Microsoft's head, which has no link */
    /* entry */
    struct str name;     /* empty: by ordinal */
    struct str symbol;   /* what programs call it: __imp_SYMBOL without the prefix */
    uint32_t ordinal;
    uint16_t hint;
    bool by_ordinal;
    bool data;           /* no thunk: only __imp_SYMBOL is defined */
    uint32_t imp_sym;    /* model index of __imp_SYMBOL */
};

/* Classifies OBJ, a COFF object whose symbols it loads. IMPLIB_NONE, and nothing reported, when it
   does not fit the pattern exactly. Names borrow from the object. */
void implib_classify(struct object *obj, struct implib_member *out);

#endif
