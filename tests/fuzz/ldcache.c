/* ldcache.c - fuzz target: ld.so.cache. */
#include "fuzz.h"
#include "obj/ldcache.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct ldcache c;
    struct ldcache_entry e;
    (void)origin;
    (void)d;
    if (!ldcache_open(&c, bytes)) {
        return;
    }
    buf_printf(out, "%u", c.n);
    for (uint32_t i = 0; i < c.n; i++) {
        bool good = ldcache_at(&c, i, &e);
        buf_printf(out, "\n%d%d", good, ldcache_is(&c, i, S("libmd.so.0")));
        if (good) {
            buf_c(out, ' ');
            buf_name(out, str_head(e.name, 4096), NAME_ESCAPE);
            buf_c(out, ' ');
            buf_name(out, str_head(e.path, 4096), NAME_ESCAPE);
            buf_printf(out, " %d", e.hwcaps);
        }
    }
}

FUZZ_TARGET(walk)
