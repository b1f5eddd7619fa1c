/* demangle.c - fuzz target: any bytes as a name to demangle, and to mark for ARM64EC. */
#include <stdlib.h>

#include "base/demangle.h"
#include "base/limits.h"
#include "fuzz.h"
#include "obj/ec_name.h"
#include "obj/msvc_name.h"

/* A mark that is put on can be taken off again. */
static void walk_marks(struct str name, struct buf *out)
{
    struct arena a = {0};
    struct str marked = {"", 0};
    size_t n = msvc_qualified_len(name);
    if (n != SIZE_MAX && n > name.len) {
        abort();
    }
    bool yes = ec_marked_name(name, &a, &marked);
    if (yes && !str_eq(marked, name) && !str_eq(ec_plain_name(marked, &a), name)) {
        abort();
    }
    buf_printf(out, "%d %zu\n", yes, marked.len);
    arena_free(&a);
}

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
    walk_marks(name, out);
}

FUZZ_TARGET(walk)
