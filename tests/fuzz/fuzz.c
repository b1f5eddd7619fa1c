/* fuzz.c - see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static void once(fuzz_fn fn, const uint8_t *data, size_t size, struct buf *out)
{
    struct origin origin = {.name = S("input"), .kind = ORIGIN_FILE};
    struct diag d;
    diag_init(&d, "fuzz");
    d.origin = &origin;
    fn(view_of(data, size), &origin, &d, out);
    for (int i = 0; i < 5; i++) {
        buf_printf(out, " %llu", (unsigned long long)d.counts[i]);
    }
    if (d.counts[SEV_BUG]) {
        diag_flush(&d);
        abort();
    }
    diag_drop(&d);
}

void fuzz_twice(fuzz_fn fn, const uint8_t *data, size_t size)
{
    struct buf a = {0}, b = {0};
    once(fn, data, size, &a);
    once(fn, data, size, &b);
    if (!str_eq((struct str){a.p, a.n}, (struct str){b.p, b.n})) {
        fprintf(stderr, "two runs over the same bytes differ:\n%.*s\n---\n%.*s\n", (int)a.n, a.p, (int)b.n, b.p);
        abort();
    }
    buf_free(&a);
    buf_free(&b);
}

void fuzz_format(enum obj_format format, unsigned what, struct view bytes, const struct origin *origin,
                 struct diag *d, struct buf *out)
{
    if (obj_detect(bytes) == format) {
        walk_bytes(bytes, origin, what, d, out);
    }
}
