/* ldcache.c - reading ld.so.cache.

   The file may begin with a table in the format of libc5 days, "ld.so-1.7.0"; what counts is the
   later one, which begins with its own signature at the next multiple of eight: 48 bytes of header,
   entries of 24 bytes, strings. Its byte order is the machine's: the count that fits tells. */
#include "obj/ldcache.h"

#include <string.h>

#include "base/ckint.h"

#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"
enum { OLD_HEADER = 16, OLD_ENTRY = 12, NEW_HEADER = 48, NEW_ENTRY = 24 };
#define HWCAP_EXTENSION (UINT64_C(1) << 62)

static bool counts_fit(struct ldcache *c, bool be)
{
    uint32_t n = get_u32(c->v.p + 20, be);
    c->be = be;
    c->n = n;
    return n <= (c->v.len - NEW_HEADER) / NEW_ENTRY;
}

bool ldcache_open(struct ldcache *c, struct view bytes)
{
    *c = (struct ldcache){.v = bytes};
    uint32_t n;
    if (view_starts(bytes, OLD_MAGIC, sizeof OLD_MAGIC - 1) && view_u32(bytes, 12, false, &n)) {
        c->v = view_from(bytes, align_up(OLD_HEADER + (uint64_t)n * OLD_ENTRY, 8));
    }
    return c->v.len >= NEW_HEADER && view_starts(c->v, NEW_MAGIC, sizeof NEW_MAGIC - 1) &&
           (counts_fit(c, false) || counts_fit(c, true));
}

/* A path on disk is no longer than this; and no scan for the end of a string goes further. */
enum { MAX_STRING = 4096 };

static bool string_at(struct view v, uint32_t off, struct str *out)
{
    struct view rest = view_from(v, off);
    rest.len = rest.len < MAX_STRING ? rest.len : MAX_STRING;
    return view_cstr(rest, 0, out);
}

bool ldcache_is(const struct ldcache *c, uint32_t i, struct str name)
{
    const uint8_t *p = c->v.p + NEW_HEADER + (uint64_t)i * NEW_ENTRY;
    struct view v;
    return view_sub(c->v, get_u32(p + 4, c->be), name.len + 1, &v) && v.p[name.len] == 0 &&
           memcmp(v.p, name.p, name.len) == 0;
}

bool ldcache_at(const struct ldcache *c, uint32_t i, struct ldcache_entry *out)
{
    const uint8_t *p = c->v.p + NEW_HEADER + (uint64_t)i * NEW_ENTRY;
    uint64_t hwcap = get_u64(p + 16, c->be);
    /* Without the extension bit the field means nothing any more; loaders read it as 0. */
    out->hwcaps = (hwcap & HWCAP_EXTENSION) != 0;
    return string_at(c->v, get_u32(p + 4, c->be), &out->name) &&
           string_at(c->v, get_u32(p + 8, c->be), &out->path);
}
