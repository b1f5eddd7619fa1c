/* ld-script.c - fuzz target: linker scripts, and the same bytes as one expression. */
#include "fuzz.h"
#include "ld/script.h"
#include "ld/verscript.h"

/* Only the script itself can be included: enough to test the depth limit. */
static bool include(void *ctx, struct str name, struct view *text, const char **path)
{
    *text = *(struct view *)ctx;
    *path = "self";
    return name.len != 0;
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct script s = {0};
    struct version_script vs = {0};
    (void)origin;
    bool ok = script_parse(&s, bytes, "script", &a, d, &vs, include, &bytes);
    buf_printf(out, "script %d files=%zu phdrs=%zu\n", ok, s.files.n, s.phdrs.n);
    buf_name(out, str_head(s.entry, 4096), NAME_ESCAPE);
    struct script e = {0};
    buf_printf(out, "expr %d\n", script_parse_expr(&e, bytes, "expr", &a, d) != NULL);
    script_free(&e);
    script_free(&s);
    verscript_free(&vs);
    arena_free(&a);
}

FUZZ_TARGET(walk)
