/* drectve.c - fuzz target: the words of a .drectve section. */
#include "fuzz.h"
#include "ld/pe/drectve.h"

static void name(struct buf *out, struct str s)
{
    buf_c(out, ' ');
    buf_name(out, str_head(s, 4096), NAME_ESCAPE);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct drectve dv = {0};
    struct arena a = {0};
    (void)origin;
    drectve_parse(bytes, &a, d, &dv);
    for (size_t i = 0; i < dv.exports.n; i++) {
        const struct drectve_export *e = &dv.exports.p[i];
        buf_printf(out, "\n%u%d%d%d%d", e->ordinal, e->has_ordinal, e->noname, e->data, e->is_private);
        name(out, e->name);
        name(out, e->internal);
        name(out, e->export_as);
    }
    for (size_t i = 0; i < dv.aligncomm.n; i++) {
        name(out, dv.aligncomm.p[i].name);
        name(out, dv.aligncomm.p[i].value);
    }
    for (size_t i = 0; i < dv.includes.n; i++) {
        name(out, dv.includes.p[i]);
    }
    name(out, dv.entry);
    name(out, dv.subsystem);
    drectve_free(&dv);
    arena_free(&a);
}

FUZZ_TARGET(walk)
