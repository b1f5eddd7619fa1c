/* apiset.c - fuzz target: the API set schema of a Windows version, a section of a PE image. */
#include "fuzz.h"
#include "obj/apiset.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct object obj;
    struct arena a = {0};
    struct apiset *sets;
    uint32_t n = 0;
    if (obj_detect(bytes) == OBJ_PE && obj_open(&obj, bytes, origin, d)) {
        buf_printf(out, "%d", apiset_read(&obj, &a, &sets, &n));
        for (uint32_t i = 0; i < n; i++) {
            buf_c(out, '\n');
            buf_name(out, sets[i].name, NAME_ESCAPE);
            buf_c(out, ' ');
            buf_name(out, sets[i].host, NAME_ESCAPE);
        }
    }
    if (obj_detect(bytes) == OBJ_PE) {
        obj_close(&obj);
    }
    arena_free(&a);
}

FUZZ_TARGET(walk)
