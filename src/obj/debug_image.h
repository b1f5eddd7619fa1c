/* debug_image.h - an object's debugging information as an ELF image that a DWARF library can read.

   ELF executables and libraries are that already. For everything else (objects, whose addresses are
   still relocations; PE and Mach-O files) the .debug_* sections are inflated, relocated and put into a
   small ELF file in memory. Sections of a relocatable object have no addresses; each gets one here, so
   that functions in different sections are told apart. */
#ifndef OBJKIT_OBJ_DEBUG_IMAGE_H
#define OBJKIT_OBJ_DEBUG_IMAGE_H

#include "obj/obj.h"

struct debug_image {
    struct view bytes;     /* an ELF file; borrows from the object, or in its arena */
    const uint64_t *bases; /* relocatable objects: address given to each section; else NULL */
};

/* False if OBJ has no debugging information, or it is damaged (diagnosed). */
bool obj_debug_image(struct object *obj, struct debug_image *out);

/* The address of SYM in the image. */
uint64_t debug_image_address(const struct debug_image *img, const struct object *obj, const struct symbol *sym);

#endif
