/* nm-object.c - fuzz target: what nm prints of one object, with source lines (libdw reads the debugging information,
   objkit relocates and inflates it before) or another choice of format, order and set of symbols. The last byte
   chooses. */
#include "applets/nm.h"
#include "fuzz.h"
#include "input/input.h"

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    enum obj_format f = obj_detect(bytes);
    if (!obj_format_readable(f) || bytes.len == 0) {
        return;
    }
    unsigned last = bytes.p[bytes.len - 1];
    struct nm_opts o = {
        .prog = last & 64 ? "llvm-nm" : "nm", .format = (enum nm_format)(last % 6),
        .order = (enum nm_order)(last / 6 % 4),
        .set = (enum nm_set)(last / 24 % 3), .radix = 16, .names = NAME_RAW, .demangle = last & 1, .versions = last & 2,
        .debug_syms = last & 4, .synthetic = last & 8, .print_size = last & 16, .many_files = last & 32,
        .lines = true, .libdw = nm_libdw_load(d),
    };
    struct arena a = {0};
    struct input_item item = {.event = INPUT_FILE, .bytes = bytes, .origin = origin, .format = f, .diag = d};
    nm_object(&o, &item, &a, out);
    nm_libdw_free(o.libdw);
    arena_free(&a);
}

FUZZ_TARGET(walk)
