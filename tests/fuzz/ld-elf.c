/* ld-elf.c - fuzz target: whole links of one ELF input (object, library, archive), to /dev/null, with undefined symbols
   let pass so that sections are chosen, laid out, relocated and written. The last byte of the input, as a rule the end
   of a header or padding, chooses the other options; the emulation is the one that the input's machine asks for. Each
   input is linked again with everything read (which -y asks for), as what a linker leaves out while it reads must not
   matter: the same exit status and the same bytes. Some are given twice, so that their groups lose to themselves. */
#include <stdlib.h>

#include "fuzz.h"
#include "link.h"

enum { MAX_OPTIONS = 6, N_KINDS = 16, EM_386 = 3, EM_AARCH64 = 183, E_MACHINE = 18 };

static const char *const kinds[N_KINDS][MAX_OPTIONS] = {
    {"-static", "-e0"},
    {"-shared", "--gc-sections", "-Map=/dev/null", "--hash-style=both"},
    {"-r"},
    {"-pie", "--emit-relocs", "-zpack-relative-relocs"},
    {"--gc-sections", "--icf=all", "--print-gc-sections", "--cref", "-M"},
    {"-r", "--whole-archive", "-d", "--unique"},
    {"-shared", "-Bsymbolic", "-znocombreloc", "-zpack-relative-relocs", "-S"},
    {"-pie", "--no-relax", "-znow", "-zseparate-code", "--build-id=md5"},
    {"--whole-archive", "--allow-multiple-definition", ":"}, /* its own groups lose */
    {"-s", "-O2", "--compress-debug-sections=zlib", "--export-dynamic", "-pie"},
    {"--just-symbols=", "--why-live=main", "--trace"},
    {"--version-script=", "-shared"},
    {"--oformat=binary", "-Ttext=0x1000", "-e0"},
    {"-shared", "--discard-all", "--sort-section=name", "-zstart-stop-gc", "--gc-sections"},
    {"-r", "-S", "--gc-sections", "-umain"},
    {"-n", "--eh-frame-hdr", "--emit-relocs", "-zkeep-text-section-prefix"},
};

/* One link with the options that LAST chooses; with everything read if READ_ALL. *HASH is that of the output. */
static int link_one(struct view bytes, const char *emulation, unsigned last, bool read_all, uint64_t *hash)
{
    struct fuzz_link l;
    fuzz_link_start(&l, bytes, emulation);
    fuzz_link_keep(&l);
    fuzz_link_word(&l, "--unresolved-symbols=ignore-all");
    fuzz_link_words(&l, kinds[last % N_KINDS], MAX_OPTIONS);
    if (read_all) {
        fuzz_link_word(&l, "-ynosuch");
    }
    fuzz_link_word(&l, "%s", l.path);
    if (last & N_KINDS) {
        fuzz_link_word(&l, "--allow-multiple-definition");
        fuzz_link_word(&l, "%s", l.path);
    }
    int rc = fuzz_link_run(&l);
    *hash = l.hash;
    return rc;
}

static void walk(struct view bytes, const struct origin *origin, struct diag *d, struct buf *out)
{
    enum obj_format f = obj_detect(bytes);
    (void)origin;
    (void)d;
    if ((f != OBJ_ELF && f != OBJ_AR) || bytes.len <= E_MACHINE + 1) {
        return;
    }
    unsigned last = bytes.p[bytes.len - 1], machine = f == OBJ_ELF ? get_u16le(bytes.p + E_MACHINE) : 0;
    const char *emulation = machine == EM_386 ? "elf_i386" : machine == EM_AARCH64 ? "aarch64linux" : "elf_x86_64";
    uint64_t early, all;
    int rc = link_one(bytes, emulation, last, false, &early);
    if (rc != link_one(bytes, emulation, last, true, &all) || early != all) {
        abort();
    }
    buf_printf(out, "%d %llx\n", rc, (unsigned long long)early);
}

FUZZ_TARGET(walk)
