/* ld-pe.c - fuzz target: whole links for Windows of one input (object, archive, image, resources, .def),
   to /dev/null, with undefined symbols let pass so that layout, relocation and the tables run too. The
   last byte of the input chooses the other options: as a rule it is the end of a string table or
   padding, so it can be changed without harm to the rest. */
#include "fuzz.h"
#include "link.h"

enum { MAX_OPTIONS = 6, N_KINDS = 8 };

static const char *const kinds[N_KINDS][MAX_OPTIONS] = {
    {"-e", ""},
    {"-shared", "--export-all-symbols", "--kill-at", "--gc-sections"},
    {"-r"},
    {"--gc-sections", "--icf=all", "-Map=/dev/null", "--cref"},
    {"-s", "--guard-cf", "--build-id", "--delayload=kernel32.dll"},
    {"-shared", "--out-implib=/dev/null", "--output-def=/dev/null", "--add-stdcall-alias"},
    {"--whole-archive", "--allow-multiple-definition", "--enable-stdcall-fixup", ":"}, /* its own COMDATs lose */
    {"--just-symbols=", "--export-all-symbols", "--why-live=main"},
};

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    (void)origin;
    (void)d;
    enum obj_format f = obj_detect(bytes);
    if (f == OBJ_ELF || f == OBJ_TEXT || bytes.len == 0) {
        return; /* ld-object and ld-script have those */
    }
    unsigned last = bytes.p[bytes.len - 1], machine = bytes.len > 1 ? get_u16le(bytes.p) : 0;
    bool i386 = machine == 0x14c || (machine != 0x8664 && (last & N_KINDS));
    struct fuzz_link l;
    fuzz_link_start(&l, bytes, i386 ? "i386pe" : "i386pep");
    fuzz_link_word(&l, "--unresolved-symbols=ignore-all");
    fuzz_link_words(&l, kinds[last % N_KINDS], MAX_OPTIONS);
    fuzz_link_word(&l, "%s", l.path);
    buf_printf(out, "%d\n", fuzz_link_run(&l));
}

FUZZ_TARGET(walk)
