/* detect.c - fuzz target: detection is total, and every probe can be asked about any bytes. */
#include <stdlib.h>

#include "fuzz.h"
#include "obj/reader.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    static bool (*const probes[])(struct view) = {
#define FORMAT(id, name, text, probe, reader) probe,
#include "obj/formats.def"
#undef FORMAT
    };
    (void)origin;
    (void)d;
    enum obj_format f = obj_detect(bytes);
    if (f >= OBJ_N_FORMATS || !probes[f](bytes)) {
        abort();
    }
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        bool yes = probes[i](bytes);
        buf_c(out, yes ? '1' : '0');
        if (yes && i < f) {
            abort(); /* the first probe that says yes decides */
        }
    }
    buf_puts(out, obj_format_text(f));
}

FUZZ_TARGET(walk)
