/* pe-resources.c - fuzz target: resource trees of COFF objects, and .res files; what was read is merged
   with itself, which must change nothing, and written. */
#include "fuzz.h"
#include "ld/pe/rsrc.h"

#include <stdlib.h>

static bool add(struct rsrc_set *set, struct view bytes, const struct origin *origin, struct object *obj,
                bool is_object)
{
    return is_object ? obj->n_sections > 0 && rsrc_add_object(set, obj) : rsrc_add_res(set, bytes, origin);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    enum obj_format f = obj_detect(bytes);
    bool is_object = f == OBJ_COFF || f == OBJ_BIGOBJ;
    struct rsrc_set set;
    struct object obj;
    bool good = !is_object || obj_open(&obj, bytes, origin, d);
    rsrc_init(&set, d);
    if (good && is_object) {
        (void)obj_load_symbols(&obj);
    }
    good = good && add(&set, bytes, origin, &obj, is_object);
    size_t n = set.leaves.n;
    good = good && add(&set, bytes, origin, &obj, is_object) && rsrc_merge(&set);
    if (good) {
        if (set.leaves.n > n) {
            abort(); /* equal leaves must have become one */
        }
        uint8_t *p = malloc((size_t)set.size + 1);
        if (p) {
            rsrc_write(&set, 0x1000, p);
            buf_printf(out, "%zu leaves, %u bytes, %016llx", set.leaves.n, set.size,
                       (unsigned long long)str_hash((struct str){(const char *)p, set.size}));
        }
        free(p);
    }
    rsrc_free(&set);
    if (is_object) {
        obj_close(&obj);
    }
}

FUZZ_TARGET(walk)
