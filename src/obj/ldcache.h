/* ldcache.h - ld.so.cache: which file glibc's dynamic loader opens for a library's name. Written by
   ldconfig. Source: glibc's sysdeps/generic/dl-cache.h. */
#ifndef OBJKIT_OBJ_LDCACHE_H
#define OBJKIT_OBJ_LDCACHE_H

#include "base/str.h"
#include "base/view.h"

struct ldcache {
    struct view v;   /* from the header of the new format on: string offsets count from here */
    uint32_t n;
    bool be;
};

struct ldcache_entry {
    struct str name, path; /* borrowed from the cache */
    bool hwcaps;           /* only for processors that have more than the base architecture */
};

/* False if BYTES are no cache with a part in the new format (all since glibc 2.2). */
bool ldcache_open(struct ldcache *c, struct view bytes);

/* Is entry I < c->n for NAME? Costs no more than comparing the name: a cache is searched from end to end
   for each library. */
bool ldcache_is(const struct ldcache *c, uint32_t i, struct str name);

/* Entry I < c->n. False if it is damaged. */
bool ldcache_at(const struct ldcache *c, uint32_t i, struct ldcache_entry *out);

#endif
