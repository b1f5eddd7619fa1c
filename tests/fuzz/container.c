/* container.c - fuzz target: containers through libarchive (and what is no container), with all that lies in them.
   Names and sizes of entries and how deep they nest are the file's; what libarchive makes of it is its own affair. */
#include "fuzz.h"
#include "input/input.h"

struct walk {
    struct buf *out;
};

static enum input_next visit(void *ctx, const struct input_item *item)
{
    struct walk *w = ctx;
    buf_printf(w->out, "event %d %s %llu ", (int)item->event, obj_format_name(item->format),
               (unsigned long long)item->bytes.len);
    origin_print(w->out, item->origin);
    buf_c(w->out, '\n');
    return INPUT_CONTINUE;
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct walk w = {out};
    input_walk_bytes(bytes, origin, 0, d, visit, &w);
}

FUZZ_TARGET(walk)
