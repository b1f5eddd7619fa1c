/* version-script.c - fuzz target: version scripts and dynamic lists, and what they say of some names. */
#include "fuzz.h"
#include "ld/verscript.h"

static void match(const struct version_script *vs, struct str name, struct buf *out)
{
    struct ver_match m = verscript_match(vs, name);
    buf_printf(out, "%d %d %u %u\n", m.found, m.local, m.found ? m.node : 0, m.found ? m.pattern : 0);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    (void)origin;
    for (int dynlist = 0; dynlist < 2; dynlist++) {
        struct version_script vs = {0};
        bool ok = dynlist ? dynlist_parse(&vs, bytes, "list", d) : verscript_parse(&vs, bytes, "script", d);
        buf_printf(out, "%d nodes=%zu patterns=%zu\n", ok, vs.nodes.n, vs.patterns.n);
        if (ok) {
            match(&vs, S("foo"), out);
            match(&vs, S("_ZN3fooIiE3barEv"), out);
            match(&vs, S(""), out);
            match(&vs, S("a*b[c-"), out);
        }
        verscript_free(&vs);
    }
}

FUZZ_TARGET(walk)
