/* armap.c - fuzz target: archive symbol indexes, and the members that their entries name. */
#include <stdlib.h>

#include "archive/ar_file.h"
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct ar ar;
    struct armap map = {0};
    if (ar_open(&ar, bytes, origin, d, &a) && ar_read_armap(&ar, &map)) {
        for (uint64_t i = 0; i < map.n; i++) {
            struct ar_member m;
            buf_printf(out, "%llu %d ", (unsigned long long)map.entries[i].hdr_off, map.entries[i].ec);
            buf_name(out, str_head(map.entries[i].name, 4096), NAME_ESCAPE);
            if (i < 1000 && ar_member_at(&ar, map.entries[i].hdr_off, &m)) {
                buf_c(out, ' ');
                buf_name(out, str_head(m.name, 4096), NAME_ESCAPE);
            }
            buf_c(out, '\n');
        }
    }
    if (a.total > (UINT64_C(64) << 20) + 4 * bytes.len) {
        abort();
    }
    arena_free(&a);
}

FUZZ_TARGET(walk)
