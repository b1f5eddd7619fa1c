/* source_line.h - the source line behind a place in an object, for messages.

   Reads DWARF through libdw, which is loaded when it is first asked; without it there are no lines. */
#ifndef OBJKIT_OBJ_SOURCE_LINE_H
#define OBJKIT_OBJ_SOURCE_LINE_H

#include "base/arena.h"
#include "obj/obj.h"

/* The line of the instruction that holds byte OFF of section SEC of a relocatable object; *FILE as the
   debugging information names it, in A. False if it has none. Damage in the debugging information is
   silent: the message that asks is about something else. */
bool obj_source_line(struct object *obj, uint32_t sec, uint64_t off, struct arena *a, struct str *file,
                     unsigned *line);

#endif
