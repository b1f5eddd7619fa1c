/* nm.c - the nm applet: options. Behaviour is GNU nm's unless an option of LLVM's or our own asks for
   something else; spec ar-nm, 4.1, is the table. */
#include "applets/nm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applets/applet.h"
#include "base/file.h"
#include "config.h"

enum {
    O_DEBUG_SYMS = 1, O_FILE_NAMES, O_O, O_BSD, O_DEMANGLE, O_NO_DEMANGLE, O_DYNAMIC, O_FORMAT, O_EXTERN, O_JUST,
    O_LINES, O_NUMERIC, O_NO_SORT, O_POSIX, O_REVERSE, O_SIZE, O_ARMAP, O_QUIET, O_SIZE_SORT,
    O_SPECIAL, O_SYNTHETIC, O_RADIX, O_UNDEFINED, O_DEFINED, O_NO_WEAK, O_VERSIONS, O_NO_VERSIONS,
    O_BITS, O_IGNORED, O_IGNORED_ARG, O_IFUNC, O_UNICODE, O_DARWIN, O_HEX, O_ARCH, O_EXPORTS, O_RVA,
    O_EC, O_VERBOSE, O_THREADS, O_NO_BITCODE, O_HELP, O_VERSION
};

static const struct opt_row rows[] = {
    {O_DEBUG_SYMS, 'a', "debug-syms", OPT_NONE, NULL, "show debugging symbols too"},
    {O_FILE_NAMES, 'A', "print-file-name", OPT_NONE, NULL, "print the file's name before every symbol"},
    {O_O, 'o', NULL, OPT_NONE, NULL, "the same as -A (octal values if POSIXLY_CORRECT is set)"},
    {O_BSD, 'B', NULL, OPT_NONE, NULL, "the same as --format=bsd"},
    {O_DEMANGLE, 'C', NULL, OPT_NONE, NULL, "decode C++, Rust and D names"},
    {O_DEMANGLE, 0, "demangle", OPT_OPTIONAL, "STYLE", "the same; auto, none, gnu-v3, rust, dlang, java or gnat"},
    {O_NO_DEMANGLE, 0, "no-demangle", OPT_NONE, NULL, "show names as they are (default)"},
    {O_DYNAMIC, 'D', "dynamic", OPT_NONE, NULL, "dynamic symbols; of PE and Mach-O images, exports and imports"},
    {O_DEFINED, 'U', "defined-only", OPT_NONE, NULL, "only defined symbols"},
    {O_EC, 0, "ec", OPT_NONE, NULL, "-D on ARM64X images: what the ARM64EC code exports and imports"},
    {O_EXPORTS, 0, "export-symbols", OPT_NONE, NULL, "only symbols that are really exported"},
    {O_EXTERN, 'g', "extern-only", OPT_NONE, NULL, "only external symbols"},
    {O_FORMAT, 'f', "format", OPT_REQUIRED, "FORMAT", "bsd, sysv, posix, just-symbols, darwin or json"},
    {O_IFUNC, 0, "ifunc-chars", OPT_REQUIRED, "GL", "letters of global and local indirect functions"},
    {O_JUST, 'j', "just-symbols", OPT_NONE, NULL, "only names"},
    {O_JUST, 0, "just-symbol-name", OPT_NONE, NULL, NULL},
    {O_LINES, 'l', "line-numbers", OPT_NONE, NULL, "find source lines in the debugging information"},
    {O_DARWIN, 'm', NULL, OPT_NONE, NULL, "the same as --format=darwin"},
    {O_HEX, 'x', NULL, OPT_NONE, NULL, "Mach-O symbol table entries in hexadecimal"},
    {O_NUMERIC, 'n', "numeric-sort", OPT_NONE, NULL, "sort by address"},
    {O_NUMERIC, 'v', NULL, OPT_NONE, NULL, "the same as -n"},
    {O_NO_SORT, 'p', "no-sort", OPT_NONE, NULL, "do not sort"},
    {O_POSIX, 'P', "portability", OPT_NONE, NULL, "the same as --format=posix"},
    {O_QUIET, 0, "quiet", OPT_NONE, NULL, "do not say 'no symbols'"},
    {O_RADIX, 't', "radix", OPT_REQUIRED, "RADIX", "of values: d, o or x"},
    {O_REVERSE, 'r', "reverse-sort", OPT_NONE, NULL, "reverse the order"},
    {O_RVA, 0, "rva", OPT_NONE, NULL, "addresses in PE images without the image base"},
    {O_SIZE, 'S', "print-size", OPT_NONE, NULL, "sizes of defined symbols"},
    {O_ARMAP, 's', "print-armap", OPT_NONE, NULL, "the index of archives too"},
    {O_SIZE_SORT, 0, "size-sort", OPT_NONE, NULL, "sort by size"},
    {O_SPECIAL, 0, "special-syms", OPT_NONE, NULL, "mapping symbols ($x, $d) too"},
    {O_SYNTHETIC, 0, "synthetic", OPT_NONE, NULL, "names for PLT entries (puts@plt) too"},
    {O_THREADS, 0, "threads", OPT_REQUIRED, "N", "threads to use (default: one per processor)"},
    {O_UNDEFINED, 'u', "undefined-only", OPT_NONE, NULL, "only undefined symbols"},
    {O_UNICODE, 0, "unicode", OPT_REQUIRED, "HOW", "default, show, invalid, hex, escape or highlight"},
    {O_VERBOSE, 0, "verbose", OPT_NONE, NULL, "name archive members that are no objects"},
    {O_NO_WEAK, 'W', "no-weak", OPT_NONE, NULL, "no weak symbols"},
    {O_VERSIONS, 0, "with-symbol-versions", OPT_NONE, NULL, "versions after dynamic names (default)"},
    {O_NO_VERSIONS, 0, "without-symbol-versions", OPT_NONE, NULL, "names without versions"},
    {O_BITS, 'X', NULL, OPT_REQUIRED, "BITS", "only 32- or 64-bit objects: 32, 64, 32_64 or any"},
    {O_ARCH, 0, "arch", OPT_REQUIRED, "NAME", "slice of universal files to list, or all"},
    {O_NO_BITCODE, 0, "no-llvm-bc", OPT_NONE, NULL, "skip LLVM bitcode"},
    {O_IGNORED, 'e', NULL, OPT_NONE, NULL, NULL},
    {O_DYNAMIC, 0, "dyldinfo-only", OPT_NONE, NULL, "the same: what dyld sees of a Mach-O image"},
    {O_IGNORED, 0, "add-dyldinfo", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "no-dyldinfo", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "add-inlinedinfo", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "no-rsrc", OPT_NONE, NULL, NULL},
    {O_IGNORED, 'J', NULL, OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "inlines", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "recurse-limit", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "no-recurse-limit", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "recursion-limit", OPT_NONE, NULL, NULL},
    {O_IGNORED, 0, "no-recursion-limit", OPT_NONE, NULL, NULL},
    {O_IGNORED_ARG, 0, "plugin", OPT_REQUIRED, "NAME", "ignored: LTO symbols need no plugin"},
    {O_IGNORED_ARG, 0, "target", OPT_REQUIRED, "NAME", "ignored: formats are recognised"},
    {O_HELP, 'h', "help", OPT_NONE, NULL, "show this help"},
    {O_VERSION, 'V', "version", OPT_NONE, NULL, "show the version"},
    {0, 0, NULL, OPT_NONE, NULL, NULL},
};

static void print_help(void)
{
    struct buf b = {0};
    buf_puts(&b, "usage: nm [OPTION...] [FILE...]\n"
                 "Lists the symbols of object files, archives, images and what containers hold of them\n"
                 "(a.out by default, - for standard input).\n\n");
    opt_help(&b, rows);
    buf_puts(&b, "  @FILE                       read options and files from FILE\n");
    fwrite(b.p, 1, b.n, stdout); /* applet_close_stdout reports a failure */
    buf_free(&b);
}

/* The first letter decides, as in GNU nm, but an unknown one is an error. */
static bool set_format(struct nm_opts *o, const char *arg, struct diag *d)
{
    switch (arg[0]) {
    case 'b': case 'B': o->format = NM_BSD; return true;
    case 'p': case 'P': o->format = NM_POSIX; return true;
    case 's': case 'S': o->format = NM_SYSV; return true;
    case 'd': case 'D': case 'm': case 'M': o->format = NM_DARWIN; return true;
    case 'j': case 'J': o->format = str_is(str_c(arg), "json") ? NM_JSON : NM_JUST; return true;
    default: return diag_error(d, "%s: invalid output format", arg);
    }
}

static bool set_radix(struct nm_opts *o, const char *arg, struct diag *d)
{
    switch (arg[0]) {
    case 'd': o->radix = 10; return true;
    case 'o': o->radix = 8; return true;
    case 'x': o->radix = 16; return true;
    default: return diag_error(d, "%s: invalid radix", arg);
    }
}

static bool set_bits(struct nm_opts *o, const char *arg, struct diag *d)
{
    struct str a = str_c(arg);
    o->word_bits = str_is(a, "32") ? 32 : str_is(a, "64") ? 64 : 0;
    return o->word_bits || str_is(a, "32_64") || str_is(a, "any") ||
           diag_error(d, "-X %s: not one of 32, 64, 32_64 and any", arg);
}

static bool set_unicode(struct nm_opts *o, const char *arg, struct diag *d)
{
    static const struct {
        const char *word, *letter;
        enum unicode_style how;
    } styles[] = {{"default", "d", UNICODE_AS_IS}, {"show", "s", UNICODE_AS_IS}, {"locale", "l", UNICODE_AS_IS},
                  {"none", "n", UNICODE_AS_IS}, {"hex", "x", UNICODE_HEX}, {"invalid", "i", UNICODE_INVALID},
                  {"escape", "e", UNICODE_ESCAPE}, {"highlight", "h", UNICODE_HIGHLIGHT}};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (strcmp(arg, styles[i].word) == 0 || strcmp(arg, styles[i].letter) == 0) {
            bool plain = styles[i].how == UNICODE_HIGHLIGHT && !isatty(1); /* colours are for terminals */
            o->unicode = plain ? UNICODE_ESCAPE : styles[i].how;
            return true;
        }
    }
    return diag_error(d, "invalid argument to --unicode: %s", arg);
}

static bool set_threads(struct nm_opts *o, const char *arg, struct diag *d)
{
    uint64_t n;
    if (!str_u64(str_c(arg), 10, &n) || n < 1 || n > 64) {
        return diag_error(d, "--threads: %s is not a number from 1 to 64", arg);
    }
    o->threads = (unsigned)n;
    return true;
}

static bool set_ifunc(struct nm_opts *o, const char *arg, struct diag *d)
{
    if (!arg[0]) {
        return diag_error(d, "--ifunc-chars takes one or two characters");
    }
    o->ifunc[0] = arg[0];
    o->ifunc[1] = arg[1] ? arg[1] : 'i';
    return true;
}

static bool set_demangle(struct nm_opts *o, const struct opt_parser *p)
{
    o->demangle = !p->arg || strcmp(p->arg, "none") != 0;
    return !p->arg || !o->demangle || demangle_style_named(p->arg, &o->style) ||
           diag_error(p->d, "unknown demangling style `%s'", p->arg);
}

/* Does a later word ask for Apple's format? */
static bool darwin_follows(const struct opt_parser *p)
{
    for (int i = p->i; i < p->argc; i++) {
        if (strcmp(p->argv[i], "-m") == 0 || strcmp(p->argv[i], "--format=darwin") == 0) {
            return true;
        }
    }
    return false;
}

/* `-s SEG SECT` is LLVM's filter for Mach-O sections, `-s` alone GNU's request for the index. */
static void set_armap(struct nm_opts *o, struct opt_parser *p)
{
    bool llvm = o->format == NM_DARWIN || strstr(o->prog, "llvm-nm") || darwin_follows(p);
    if (llvm && p->argc - p->i >= 2 && strncmp(p->argv[p->i], "__", 2) == 0 &&
        strncmp(p->argv[p->i + 1], "__", 2) == 0) {
        o->seg = p->argv[p->i++];
        o->sect = p->argv[p->i++];
    } else {
        o->armap = true;
    }
}

static bool take_flag(struct nm_opts *o, const struct opt_parser *p)
{
    switch (p->id) {
    case O_DEBUG_SYMS: o->debug_syms = true; return true;
    case O_FILE_NAMES: o->file_names = true; return true;
    case O_BSD: o->format = NM_BSD; return true;
    case O_NO_DEMANGLE: o->demangle = false; return true;
    case O_DEMANGLE: return set_demangle(o, p);
    case O_DYNAMIC: o->set = NM_DYNAMIC; return true;
    case O_EXPORTS: o->set = NM_EXPORTS; return true;
    case O_EXTERN: o->extern_only = true; return true;
    case O_JUST: o->format = NM_JUST; return true;
    case O_LINES: o->lines = true; return true;
    case O_NUMERIC: o->order = NM_BY_VALUE; return true;
    case O_NO_SORT: o->order = NM_UNSORTED; return true;
    case O_POSIX: o->format = NM_POSIX; return true;
    case O_REVERSE: o->reverse = true; return true;
    case O_SIZE: o->print_size = true; return true;
    case O_QUIET: o->quiet = true; return true;
    case O_SIZE_SORT: o->order = NM_BY_SIZE; return true;
    case O_SPECIAL: o->special_syms = true; return true;
    case O_SYNTHETIC: o->synthetic = true; return true;
    case O_UNDEFINED: o->undefined_only = true; return true;
    case O_DEFINED: o->defined_only = true; return true;
    case O_NO_WEAK: o->no_weak = true; return true;
    case O_VERSIONS: o->versions = true; return true;
    case O_NO_VERSIONS: o->versions = false; return true;
    case O_DARWIN: o->format = NM_DARWIN; return true;
    case O_HEX: o->format = NM_DARWIN; o->hex_nlist = true; return true;
    case O_RVA: o->rva = true; return true;
    case O_EC: o->ec = true; return true;
    case O_VERBOSE: o->verbose = true; return true;
    case O_NO_BITCODE: o->no_bitcode = true; return true;
    default: return p->id == O_IGNORED || p->id == O_IGNORED_ARG;
    }
}

static bool add_arch(struct nm_opts *o, const char *name, struct diag *d)
{
    if (strcmp(name, "all") == 0) {
        o->all_archs = true;
        return true;
    }
    if (!macho_arch_known(name)) {
        return diag_error(d, "--arch: unknown architecture '%s'", name);
    }
    vec_push(&o->archs, (char *)(uintptr_t)name);
    return true;
}

static bool take_option(struct nm_opts *o, struct opt_parser *p, struct diag *d)
{
    switch (p->id) {
    case O_FORMAT: return set_format(o, p->arg, d);
    case O_RADIX: return set_radix(o, p->arg, d);
    case O_BITS: return set_bits(o, p->arg, d);
    case O_IFUNC: return set_ifunc(o, p->arg, d);
    case O_UNICODE: return set_unicode(o, p->arg, d);
    case O_THREADS: return set_threads(o, p->arg, d);
    case O_ARCH: return add_arch(o, p->arg, d);
    case O_O:
        o->file_names = o->file_names || !getenv("POSIXLY_CORRECT");
        o->radix = getenv("POSIXLY_CORRECT") ? 8 : o->radix;
        return true;
    case O_ARMAP: set_armap(o, p); return true;
    default: return take_flag(o, p);
    }
}

/* What remains to be said once all options are known. */
static bool settle(struct nm_opts *o, struct diag *d)
{
    if (o->undefined_only && o->defined_only) {
        return diag_error(d, "--undefined-only and --defined-only exclude each other");
    }
    if (o->order == NM_BY_SIZE && o->undefined_only) {
        diag_note(d, "Using the --size-sort and --undefined-only options together");
        diag_note(d, "will produce no output, since undefined symbols have no size.");
        o->quiet = true;
    }
    if (o->radix == 0) {
        o->radix = 16;
    }
    return true;
}

/* Parses into O and FILES. -1: go on; else the exit status. */
static int parse(struct nm_opts *o, int argc, char **argv, argvec *files, struct diag *d)
{
    struct opt_parser p;
    opt_start(&p, rows, argc, argv, d);
    while (opt_next(&p)) {
        if (p.id == 0) {
            vec_push(files, (char *)(uintptr_t)p.arg);
        } else if (p.id == O_HELP) {
            print_help();
            return applet_close_stdout(o->prog, 0);
        } else if (p.id == O_VERSION) {
            printf("objkit nm %s (compatible with GNU nm)\n", PACKAGE_VERSION);
            return applet_close_stdout(o->prog, 0);
        } else if (p.id < 0 || !take_option(o, &p, d)) {
            diag_finish(d);
            fprintf(stderr, "%s: '--help' lists the options\n", o->prog);
            return 1;
        }
    }
    if (!settle(o, d)) {
        diag_finish(d);
        return 1;
    }
    return -1;
}

int nm_main(int argc, char **argv)
{
    struct diag d;
    struct arena arena = {0};
    argvec args = {0}, files = {0};
    struct nm_opts o = {.prog = applet_prog(argv[0]), .versions = true, .names = name_style_for(1)};
    char a_out[] = "a.out";
    int status = 1;
    file_set_prog(o.prog);
    diag_init(&d, o.prog);
    if (opt_expand(&args, argc - 1, argv + 1, &arena, &d)) {
        status = parse(&o, (int)args.n, args.p, &files, &d);
    } else {
        diag_finish(&d);
    }
    if (status < 0) {
        if (files.n == 0) {
            vec_push(&files, a_out);
        }
        status = nm_run(&o, &files, &d);
    }
    vec_free(&files);
    vec_free(&args);
    vec_free(&o.archs);
    arena_free(&arena);
    return status;
}
