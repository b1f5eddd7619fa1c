/* ld-object.c - fuzz target: a link of one input (object, archive, image, script), to /dev/null; and of an object
   twice, so that its COMDATs lose to themselves: whether what loses is left out early or elected with everything read
   (which -y asks for) must not matter. */
#include <stdlib.h>

#include "fuzz.h"
#include "link.h"

/* Links BYTES, a second time if TWICE, with -y if READ_ALL. */
static int link_one(struct view bytes, const char *emulation, bool twice, bool read_all)
{
    struct fuzz_link l;
    fuzz_link_start(&l, bytes, emulation);
    fuzz_link_word(&l, "%s", l.path);
    if (twice) {
        fuzz_link_word(&l, "%s", l.path);
    }
    if (read_all) {
        fuzz_link_word(&l, "-ynosuch");
    }
    return fuzz_link_run(&l);
}

static void link_twice(struct view bytes, const char *emulation, struct buf *out)
{
    int early = link_one(bytes, emulation, true, false);
    if (early != link_one(bytes, emulation, true, true)) {
        abort();
    }
    buf_printf(out, "%s twice %d\n", emulation, early);
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    static const char *const emulations[] = {"i386pep", "i386pe", "elf_x86_64"};
    enum obj_format f = obj_detect(bytes);
    (void)origin;
    (void)d;
    for (size_t i = 0; i < 3; i++) {
        if ((f == OBJ_ELF) == (i == 2) || f == OBJ_AR || f == OBJ_TEXT) {
            buf_printf(out, "%s %d\n", emulations[i], link_one(bytes, emulations[i], false, false));
            if (f != OBJ_AR && f != OBJ_TEXT) {
                link_twice(bytes, emulations[i], out);
            }
        }
    }
}

FUZZ_TARGET(walk)
