/* demangle.c - fuzz target: any bytes as a name to demangle. */
#include <stdlib.h>

#include "base/demangle.h"
#include "base/limits.h"
#include "fuzz.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct str name = {(const char *)bytes.p, (size_t)bytes.len};
    (void)origin;
    (void)d;
    for (int strip = 0; strip < 2; strip++) {
        size_t before = out->n;
        bool yes = demangle(out, name, strip);
        if (!yes && out->n != before) {
            abort(); /* the contract: untouched */
        }
        if (out->n - before > LIMIT_DEMANGLED_LEN + bytes.len + 64) {
            abort();
        }
        buf_printf(out, " %d\n", yes);
    }
}

FUZZ_TARGET(walk)
