/* strmap.h - hash map from strings to 32-bit values. Keys borrow: they must outlive the map.

   Iteration goes over .keys/.values in insertion order: never over the table, so that output does
   not depend on hashes. */
#ifndef OBJKIT_BASE_STRMAP_H
#define OBJKIT_BASE_STRMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define STRMAP_NONE UINT32_MAX

struct strmap {
    struct strmap_entry {
        struct str key;
        uint64_t hash;
        uint32_t value;
    } *entries; /* insertion order */
    uint32_t n, cap;
    uint32_t *slots; /* index + 1, 0 empty; a power of two of them */
    uint32_t n_slots;
    bool fold_case; /* ASCII case-insensitive keys; set before the first insertion */
};

/* The value of KEY, or STRMAP_NONE. */
uint32_t strmap_get(const struct strmap *m, struct str key);

/* The value cell of KEY; a new key starts as VALUE, and *ADDED (may be NULL) says so. The cell moves
   at the next insertion. */
uint32_t *strmap_put(struct strmap *m, struct str key, uint32_t value, bool *added);
void strmap_free(struct strmap *m);

#endif
