/* object.c - fuzz target: open whatever it is, then walk everything; slices and members too. */
#include "archive/ar_file.h"
#include "base/limits.h"
#include "fuzz.h"
#include "input/input.h"

struct walk {
    struct buf *out;
    struct diag *d;
};

static enum input_next visit(void *ctx, const struct input_item *item)
{
    struct walk *w = ctx;
    buf_printf(w->out, "event %d %s ", (int)item->event, obj_format_name(item->format));
    origin_print(w->out, item->origin);
    buf_c(w->out, '\n');
    if (item->event == INPUT_FILE) {
        walk_bytes(item->bytes, item->origin, WALK_ALL, item->diag, w->out);
    }
    return INPUT_CONTINUE;
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct walk w = {out, d};
    input_walk_bytes(bytes, origin, INPUT_NO_CONTAINERS, d, visit, &w);
}

FUZZ_TARGET(walk)
