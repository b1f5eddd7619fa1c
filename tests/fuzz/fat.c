/* fat.c - fuzz target: universal files. */
#include <stdlib.h>

#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct fat_slice *s;
    uint32_t n;
    if (obj_detect(bytes) == OBJ_FAT) {
        bool ok = fat_read(bytes, &a, d, &s, &n);
        if (!ok && diag_ok(d)) {
            abort(); /* a failure is always explained */
        }
        for (uint32_t i = 0; i < n; i++) {
            if (!view_has(bytes, s[i].off, s[i].bytes.len) || s[i].bytes.p != bytes.p + s[i].off) {
                abort();
            }
            buf_printf(out, "%s %llu %u\n", s[i].arch, (unsigned long long)s[i].bytes.len, s[i].align_p2);
            walk_bytes(s[i].bytes, origin, WALK_SECTIONS | WALK_SYMBOLS, d, out);
        }
    }
    arena_free(&a);
}

FUZZ_TARGET(walk)
