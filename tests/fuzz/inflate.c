/* inflate.c - fuzz target: compressed streams. The first byte chooses the method, the next three the
   claimed length; the rest is the stream. */
#include <stdlib.h>

#include "fuzz.h"
#include "obj/inflate.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    const char *why = "";
    (void)origin;
    (void)d;
    if (bytes.len < 4) {
        return;
    }
    enum inflate_method m = bytes.p[0] & 1 ? INFLATE_ZSTD : INFLATE_ZLIB;
    uint64_t len = bytes.p[1] | (uint64_t)bytes.p[2] << 8 | (uint64_t)(bytes.p[3] & 15) << 16;
    struct view in = view_from(bytes, 4);
    if (inflate_plausible(m, in, len, &why)) {
        uint8_t *mem = calloc(1, len ? (size_t)len : 1); /* of exactly the size, for the sanitizer */
        if (!mem) {
            abort();
        }
        const char *bad = inflate_into(m, in, mem, len);
        buf_puts(out, bad ? bad : "good");
        if (!bad) {
            buf_add(out, mem, (size_t)len);
        }
        free(mem);
    } else {
        buf_puts(out, why);
    }
}

FUZZ_TARGET(walk)
