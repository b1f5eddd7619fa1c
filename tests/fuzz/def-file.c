/* def-file.c - fuzz target: module definition files. */
#include "fuzz.h"
#include "archive/def_file.h"

static void name(struct buf *out, struct str s)
{
    buf_c(out, ' ');
    buf_name(out, str_head(s, 4096), NAME_ESCAPE);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct def_file f = {0};
    (void)origin;
    bool ok = def_parse(bytes, "a.def", d, &f);
    buf_printf(out, "%d", ok);
    name(out, f.name);
    for (size_t i = 0; i < f.exports.n; i++) {
        const struct def_export *e = &f.exports.p[i];
        buf_printf(out, "\n%u %u%d%d%d%d", e->line, e->ordinal, e->has_ordinal, e->noname, e->data, e->is_private);
        name(out, e->name);
        name(out, e->internal);
        name(out, e->real_name);
    }
    for (size_t i = 0; i < f.imports.n; i++) {
        name(out, f.imports.p[i].internal);
        name(out, f.imports.p[i].dll);
        name(out, f.imports.p[i].name);
    }
    def_free(&f);
}

FUZZ_TARGET(walk)
