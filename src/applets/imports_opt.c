/* imports_opt.c - the command line of imports. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/imports.h"
#include "config.h"

enum {
    O_FILE_NAMES = 1,
    O_DEMANGLE,
    O_LIBS,
    O_UNDEF,
    O_UNUSED,
    O_PATHS,
    O_ORDINALS,
    O_ORDINALS_OF,
    O_FORMAT,
    O_POSIX,
    O_ARCH,
    O_LIB,
    O_SYMBOL,
    O_KIND,
    O_EXPORTS,
    O_EC,
    O_TREE,
    O_DIR,
    O_SYSROOT,
    O_APISET,
    O_ENV,
    O_HWCAPS,
    O_MISSING,
    O_CHECK,
    O_WHY,
    O_DIFF,
    O_WINDOWS,
    O_IMPHASH,
    O_COLOR,
    O_THREADS,
    O_HELP,
    O_VERSION
};

static const struct opt_row rows[] = {
    {O_FILE_NAMES, 'A', "print-file-name", OPT_NONE, NULL, "name the file on each line"},
    {O_FILE_NAMES, 'o', NULL, OPT_NONE, NULL, NULL},
    {O_DEMANGLE, 'C', "demangle", OPT_NONE, NULL, "print C++, Rust and D names as in the source"},
    {O_LIBS, 'L', "libraries", OPT_NONE, NULL, "libraries only"},
    {O_UNDEF, 'u', "undefined-only", OPT_NONE, NULL, "symbols only, no lines for libraries alone"},
    {O_UNUSED, 0, "unused", OPT_NONE, NULL, "libraries that no symbol is taken from"},
    {O_PATHS, 0, "paths", OPT_NONE, NULL, "also interpreter, RPATH and RUNPATH"},
    {O_ORDINALS, 0, "name-ordinals", OPT_NONE, NULL, "name the ordinals of well-known system DLLs"},
    {O_ORDINALS_OF, 0, "ordinals", OPT_REQUIRED, "FILE",
     "and those that FILE names (.def, import library, list); may be repeated"},
    {O_FORMAT, 'f', "format", OPT_REQUIRED, "FORMAT",
     "gnu, posix, tsv, json, cgo, sysv, plain or dot"},
    {O_POSIX, 'P', "portability", OPT_NONE, NULL, "same as --format=posix"},
    {O_ARCH, 0, "arch", OPT_REQUIRED, "ARCH",
     "only this slice of universal files (all: every one)"},
    {O_LIB, 0, "lib", OPT_REQUIRED, "GLOB", "only libraries whose name matches"},
    {O_SYMBOL, 0, "symbol", OPT_REQUIRED, "GLOB", "only symbols whose name matches"},
    {O_KIND, 0, "kind", OPT_REQUIRED, "LIST",
     "only these: normal,delay,bound,clr,undef,weak,lazy,ec or all"},
    {O_EXPORTS, 0, "exports", OPT_NONE, NULL, "what the file exports instead"},
    {O_EC, 0, "ec", OPT_NONE, NULL, "ARM64X images: what the ARM64EC code imports or exports"},
    {O_TREE, 'r', "tree", OPT_NONE, NULL, "find the libraries, and theirs, as the system would"},
    {O_DIR, 'p', NULL, OPT_REQUIRED, "DIR", "search DIR for libraries; may be repeated"},
    {O_SYSROOT, 0, "sysroot", OPT_REQUIRED, "DIR", "the system's own directories lie below DIR"},
    {O_APISET, 0, "apiset", OPT_REQUIRED, "FILE",
     "Windows API sets from FILE (text or apisetschema.dll)"},
    {O_ENV, 0, "env", OPT_NONE, NULL, "also search PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH"},
    {O_HWCAPS, 0, "hwcaps", OPT_REQUIRED, "LEVEL",
     "ELF: prefer copies for x86-64-v2, -v3 or -v4, as ld.so does on such a processor"},
    {O_MISSING, 0, "missing", OPT_NONE, NULL, "only libraries that are not found; exit 2 if any"},
    {O_CHECK, 0, "check", OPT_NONE, NULL, "also symbols that the libraries lack; exit 2 if any"},
    {O_WHY, 0, "why", OPT_REQUIRED, "NAME", "the shortest chain to a library or symbol"},
    {O_DIFF, 0, "diff", OPT_NONE, NULL, "what changed between two files, OLD and NEW"},
    {O_WINDOWS, 0, "requires-windows", OPT_NONE, NULL, "the lowest Windows that has all imports"},
    {O_IMPHASH, 0, "imphash", OPT_NONE, NULL, "the import hash of PE images"},
    {O_COLOR, 0, "color", OPT_OPTIONAL, "WHEN", "always, never or auto (terminals only)"},
    {O_THREADS, 0, "threads", OPT_REQUIRED, "N", "threads for several files; 0: one per processor"},
    {O_HELP, 'h', "help", OPT_NONE, NULL, "print this help"},
    {O_VERSION, 'V', "version", OPT_NONE, NULL, "print the version"},
    {0},
};

static void print_help(void)
{
    struct buf b = {0};
    buf_puts(&b,
             "Usage: objkit imports [OPTION...] FILE...\n"
             "What programs, libraries, objects and import libraries need: ELF, PE/COFF, Mach-O,\n"
             "archives, universal files, directories and containers (zip, tar, deb, ...).\n"
             "FILE//ENTRY//MEMBER selects inside.\n\n");
    opt_help(&b, rows);
    buf_puts(&b,
             "\nExit status: 0 done, 1 a file failed, 2 --missing or --check found something.\n");
    fwrite(b.p, 1, b.n, stdout); /* applet_close_stdout reports a failure */
    buf_free(&b);
}

static bool parse_format(struct imp_opts *o, const char *s)
{
    static const char *const names[] = {"gnu", "posix", "tsv",   "json",
                                        "cgo", "sysv",  "plain", "dot"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(s, names[i]) == 0) {
            o->format = (enum imp_format)i;
            return true;
        }
    }
    return false;
}

static bool parse_kinds(struct imp_opts *o, const char *s)
{
    struct str rest = str_c(s);
    o->kinds = 0;
    for (;;) {
        size_t comma = str_find(rest, ',');
        if (!imp_kind_parse(str_head(rest, comma), &o->kinds)) {
            return false;
        }
        if (comma == SIZE_MAX) {
            return true;
        }
        rest = str_skip(rest, comma + 1);
    }
}

static bool parse_color(struct imp_opts *o, const char *s)
{
    if (!s || strcmp(s, "always") == 0) {
        o->color = true;
    } else if (strcmp(s, "never") == 0) {
        o->color = false;
    } else if (strcmp(s, "auto") != 0) {
        return false;
    }
    return true;
}

/* --tree, --missing, --check and --why go together; the others each print something of their own. */
static void set_mode(struct imp_opts *o, enum imp_mode m)
{
    o->two_modes = o->two_modes || (o->mode != MODE_LIST && o->mode != m && (o->mode < MODE_TREE || m < MODE_TREE));
    o->mode = m > o->mode ? m : o->mode;
}

/* One option with a value. False if the value is wrong. */
static bool take_value(struct imp_opts *o, int id, const char *arg)
{
    uint64_t n = 0;
    switch (id) {
    case O_FORMAT: return parse_format(o, arg);
    case O_KIND: return parse_kinds(o, arg);
    case O_COLOR: return parse_color(o, arg);
    case O_ARCH: o->arch = strcmp(arg, "all") == 0 ? NULL : arg; return true;
    case O_LIB: o->lib_glob = arg; return true;
    case O_SYMBOL: o->symbol_glob = arg; return true;
    case O_SYSROOT: o->sysroot = arg; return true;
    case O_APISET: o->apiset = arg; return true;
    case O_HWCAPS:
        o->hwcaps = arg;
        return strcmp(arg, "x86-64-v2") == 0 || strcmp(arg, "x86-64-v3") == 0 || strcmp(arg, "x86-64-v4") == 0;
    case O_ORDINALS_OF:
        vec_push(&o->ordinals, (char *)(uintptr_t)arg);
        o->name_ordinals = true;
        return true;
    case O_DIR: vec_push(&o->dirs, (char *)(uintptr_t)arg); return true;
    case O_WHY:
        o->why = arg;
        set_mode(o, MODE_WHY);
        return true;
    case O_THREADS:
        if (!str_u64(str_c(arg), 10, &n) || n > 64) {
            return false;
        }
        o->threads = n ? (unsigned)n : 64;
        return true;
    default: return false;
    }
}

static void take_flag(struct imp_opts *o, int id)
{
    switch (id) {
    case O_FILE_NAMES: o->file_names = true; break;
    case O_DEMANGLE: o->demangle = true; break;
    case O_LIBS: o->libs_only = true; break;
    case O_UNDEF: o->symbols_only = true; break;
    case O_UNUSED: o->unused = true; break;
    case O_PATHS: o->paths = true; break;
    case O_ORDINALS: o->name_ordinals = true; break;
    case O_POSIX: o->format = FMT_POSIX; break;
    case O_ENV: o->env = true; break;
    case O_EC: o->ec = true; break;
    case O_EXPORTS: set_mode(o, MODE_EXPORTS); break;
    case O_IMPHASH: set_mode(o, MODE_IMPHASH); break;
    case O_WINDOWS: set_mode(o, MODE_WINDOWS); break;
    case O_DIFF: set_mode(o, MODE_DIFF); break;
    case O_TREE: set_mode(o, MODE_TREE); break;
    case O_MISSING: o->missing = true; set_mode(o, MODE_MISSING); break;
    case O_CHECK: o->check = true; set_mode(o, MODE_MISSING); break;
    default: break;
    }
}

static int usage(struct imp_opts *o, struct diag *d, int *status)
{
    (void)o;
    diag_note(d, "try 'objkit help imports'");
    *status = 1;
    return 1;
}

int imp_options(struct imp_opts *o, int argc, char **argv, struct diag *d, struct arena *a,
                int *status)
{
    argvec words = {0};
    if (!opt_expand(&words, argc - 1, argv + 1, a, d)) {
        vec_free(&words);
        return usage(o, d, status);
    }
    *o = (struct imp_opts){.color = isatty(STDOUT_FILENO) != 0};
    struct opt_parser p;
    int stop = 0;
    for (opt_start(&p, rows, (int)words.n, words.p, d); !stop && opt_next(&p);) {
        if (p.id < 0) {
            stop = usage(o, d, status);
        } else if (p.id == 0) {
            vec_push(&o->files, (char *)(uintptr_t)p.arg);
        } else if (p.id == O_HELP) {
            print_help();
            stop = 1;
        } else if (p.id == O_VERSION) {
            fputs("objkit imports " PACKAGE_VERSION "\n", stdout);
            stop = 1;
        } else if (p.row->arg == OPT_NONE) {
            take_flag(o, p.id);
        } else if (!take_value(o, p.id, p.arg)) {
            diag_error(d, "invalid value '%s' for --%s", p.arg, p.row->name);
            stop = usage(o, d, status);
        }
    }
    vec_free(&words);
    if (stop) {
        return stop;
    }
    if (o->two_modes) {
        diag_error(d, "--exports, --imphash, --requires-windows, --diff and --tree exclude each other");
        return usage(o, d, status);
    }
    if (o->format == FMT_DOT && o->mode != MODE_LIST && o->mode < MODE_TREE) {
        diag_error(d, "--format=dot draws trees only");
        return usage(o, d, status);
    }
    if (o->format == FMT_DOT && o->mode == MODE_LIST) {
        set_mode(o, MODE_TREE);
    }
    if (o->ec && !o->kinds && o->mode != MODE_EXPORTS) {
        imp_kind_parse(S("ec"), &o->kinds);
    }
    if (o->mode == MODE_DIFF ? o->files.n != 2 : o->files.n == 0) {
        diag_error(d,
                   o->mode == MODE_DIFF ? "--diff wants two files, OLD and NEW" : "no input files");
        return usage(o, d, status);
    }
    return 0;
}
