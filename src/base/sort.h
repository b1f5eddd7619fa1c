/* sort.h - sorting of what links have many of: numbers, and names that begin alike.

   Both orders are total, so the result depends on nothing but the input. */
#ifndef OBJKIT_BASE_SORT_H
#define OBJKIT_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Sorts N words V ascending by their upper half; equal ones keep their order. TMP: room for N more. Linear. */
void sort_by_upper_half(uint64_t *v, uint64_t *tmp, size_t n);

struct sort_name {
    struct str name;
    uint64_t part;  /* the sort's own */
    void *item;     /* the caller's */
    uint32_t seq;   /* order among equal names; the caller's, no two alike */
};

/* Sorts N names bytewise (str_cmp), equal ones by seq. Eight bytes are compared at a time and names that agree in
   them are sorted by the next eight: C++ names have long beginnings in common. */
void sort_names(struct sort_name *v, size_t n);

#endif
