/* ar_options.c - ar's command line: the historic letters, long options, operands.
   Grammar and meanings: spec ar-nm, 3.1; where GNU and LLVM differ its arrow column decides. */
#include <stdlib.h>
#include <string.h>

#include "applets/ar_app.h"
#include "base/str.h"
#include "config.h"

enum { O_HELP = 1, O_VERSION, O_THIN, O_OUTPUT, O_TARGET, O_FORMAT, O_PLUGIN, O_RSP, O_LIBDEPS, O_QUIET,
       O_NORMALIZE, O_KEEP_PATHS, O_PRESERVE, O_UNIQUE, O_TRIM, O_FORCE_INDEX, O_DUPLICATES, O_THREADS,
       O_ARCH, O_SYM64 };

static const struct opt_row rows[] = {
    {O_HELP, 0, "help", OPT_NONE, NULL, "show this help"},
    {O_VERSION, 0, "version", OPT_NONE, NULL, "show the version"},
    {O_THIN, 0, "thin", OPT_NONE, NULL, "make a thin archive: members stay where they are"},
    {O_FORMAT, 0, "format", OPT_REQUIRED, "KIND",
     "gnu, bsd, darwin, coff, bigarchive or default; json with t"},
    {O_TARGET, 0, "target", OPT_REQUIRED, "NAME", "a BFD target name: chooses the format"},
    {O_ARCH, 0, "arch", OPT_REQUIRED, "NAME", "t, p, x: which archive of a universal file"},
    {O_OUTPUT, 0, "output", OPT_REQUIRED, "DIR", "directory for extracted files; made if missing"},
    {O_LIBDEPS, 0, "record-libdeps", OPT_REQUIRED, "TEXT", "store TEXT as the library's dependencies"},
    {O_PLUGIN, 0, "plugin", OPT_REQUIRED, "FILE", "accepted and ignored: LTO objects need no plugin"},
    {O_RSP, 0, "rsp-quoting", OPT_REQUIRED, "STYLE", "how @FILE quotes: posix (default) or windows"},
    {O_QUIET, 0, "quiet", OPT_NONE, NULL, "no note that u has no effect with D"},
    {O_NORMALIZE, 0, "normalize", OPT_NONE, NULL, "t: thin members' paths without x/.."},
    {O_KEEP_PATHS, 0, "keep-paths", OPT_NONE, NULL, "x: make the directories in member names"},
    {O_PRESERVE, 0, "preserve-mode", OPT_NONE, NULL, "x: keep set-id bits and ignore the umask"},
    {O_UNIQUE, 0, "unique", OPT_NONE, NULL, "x: the second member of a name is written as NAME.2"},
    {O_TRIM, 0, "trim-padding", OPT_NONE, NULL, "x, p: cut newlines behind a Mach-O object"},
    {O_FORCE_INDEX, 0, "force-index", OPT_NONE, NULL, "index even archives of plain names (Go, .deb)"},
    {O_DUPLICATES, 0, "warn-duplicates", OPT_NONE, NULL, "warn of symbols that two members define"},
    {O_THREADS, 0, "threads", OPT_REQUIRED, "N", "threads for reading symbols"},
    {O_SYM64, 0, "sym64-threshold", OPT_REQUIRED, "N", NULL}, /* tests: where a 64-bit index begins */
    {0, 0, NULL, OPT_NONE, NULL, NULL},
};

void ar_usage(struct buf *b)
{
    buf_puts(b, "Usage: ar [-]{dmpqrstx}[abcCDfilLNoOPsSTuUvV] [OPTION...] [RELPOS] [COUNT] ARCHIVE [FILE...]\n"
                "       ar -M [SCRIPT]\n"
                "       ar {which|verify|diff|merge|convert} ...   (see below)\n"
                " operations:\n"
                "  d  delete members        m  move members           p  print members' contents\n"
                "  q  append files          r  insert or replace      s  make the symbol index\n"
                "  t  list members          x  extract members        M  run an MRI script\n"
                " modifiers:\n" /* in brackets, as GNU's: Meson looks for [D], [T] and @< to know what it may use */
                "  [a] [b] [i]  place behind / before RELPOS\n"
                "  [c]          no note that ARCHIVE is new\n"
                "  [C]          x: overwrite no file\n"
                "  [D] [U]      zeros (default) / real dates and ids\n"
                "  [f]          cut names to 15 bytes\n"
                "  [l]          with r, q: TEXT of dependencies follows\n"
                "  [L]          add an archive's members\n"
                "  [N]          the COUNTth member of a name\n"
                "  [o]          x: keep dates\n"
                "  [O]          t: show data offsets\n"
                "  [P]          whole paths as member names\n"
                "  [s] [S]      make / do not make the index\n"
                "  [T]          thin (deprecated)\n"
                "  [u]          r: only files newer than the member\n"
                "  [v] [V]      verbose; show the version\n"
                "  @<file>      words from <file>\n"
                " options:\n");
    opt_help(b, rows);
    buf_puts(b, " extras:\n"
                "  which SYMBOL... --in PATH...   members that define or use SYMBOL\n"
                "  verify ARCHIVE...              check index, padding, duplicates, determinism\n"
                "  diff A B                       members and symbols that differ\n"
                "  merge OUT IN...                join archives without losing members\n"
                "  convert --format=KIND ARCHIVE [OUT]   change the dialect; --thin, --no-thin\n");
}

enum ar_dialect ar_format_named(const char *name)
{
    static const struct {
        const char *name;
        enum ar_dialect dialect;
    } names[] = {{"gnu", AR_DIALECT_GNU}, {"svr4", AR_DIALECT_GNU}, {"bsd", AR_DIALECT_BSD},
                 {"darwin", AR_DIALECT_DARWIN}, {"coff", AR_DIALECT_COFF},
                 {"bigarchive", AR_DIALECT_BIG}, {"big", AR_DIALECT_BIG}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].dialect;
        }
    }
    return AR_DIALECT_NONE;
}

/* BFD names: the part that tells the container format, or that it is what the members say. False if it is none. */
static bool format_of_target(const char *target, enum ar_dialect *out)
{
    static const struct {
        const char *prefix;
        enum ar_dialect dialect;
    } targets[] = {{"mach-o", AR_DIALECT_DARWIN}, {"aix", AR_DIALECT_BIG}, {"rs6000", AR_DIALECT_BIG},
                {"xcoff", AR_DIALECT_BIG}, {"elf", AR_DIALECT_NONE}, {"pe", AR_DIALECT_NONE},
                {"coff", AR_DIALECT_NONE}, {"ecoff", AR_DIALECT_NONE}, {"a.out", AR_DIALECT_NONE},
                {"binary", AR_DIALECT_NONE}, {"srec", AR_DIALECT_NONE}, {"symbolsrec", AR_DIALECT_NONE},
                {"verilog", AR_DIALECT_NONE}, {"tekhex", AR_DIALECT_NONE}, {"ihex", AR_DIALECT_NONE},
                {"pdb", AR_DIALECT_NONE}, {"plugin", AR_DIALECT_NONE}, {"default", AR_DIALECT_NONE}};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if (str_starts(str_c(target), str_c(targets[i].prefix))) {
            *out = targets[i].dialect;
            return true;
        }
    }
    return false;
}

static bool bad_usage(struct ar_app *app, int *status)
{
    *status = 1;
    diag_flush(&app->d);
    struct buf b = buf_to_fd(2);
    ar_usage(&b);
    buf_finish(&b);
    return false;
}

static bool set_op(struct ar_app *app, char c)
{
    if (app->o.op && app->o.op != c) {
        return diag_error(&app->d, "two different operation options specified");
    }
    app->o.op = c;
    return true;
}

/* One letter of the historic cluster. False, reported, if it is none. */
static bool take_letter(struct ar_app *app, char c)
{
    struct ar_options *o = &app->o;
    switch (c) {
    case 'd': case 'm': case 'p': case 'q': case 'r': case 't': case 'x':
        return set_op(app, c);
    case 'a': o->pos = 'a'; break;
    case 'b': case 'i': o->pos = 'b'; break;
    case 'c': o->create = true; break;
    case 'C': o->no_overwrite = true; break;
    case 'D': o->deterministic = o->explicit_d = true; break;
    case 'U': o->deterministic = false; break;
    case 'f': o->truncate = true; break;
    case 'L': o->flatten = true; break;
    case 'M': o->script = "-"; break;
    case 'N': o->counted = true; break;
    case 'o': o->dates = true; break;
    case 'O': o->offsets = true; break;
    case 'P': o->full_paths = true; break;
    case 's': o->index = 1; break;
    case 'S': o->index = -1; break;
    case 'T': o->thin = true; break;
    case 'u': o->update = true; break;
    case 'v': o->verbose = true; break;
    case 'l': case 'j': case 'z': break; /* l: handled with the operands; j, z: elftoolchain's no-ops */
    default:
        return diag_error(&app->d, "invalid option -- '%c'", c);
    }
    return true;
}

struct parse {
    struct ar_app *app;
    argvec words;
    VEC(char *) operands;
    bool have_letters, wants_libdeps, index_op, version, help, only_operands;
    int status;
};

/* AIX object modes: everything is always shown. */
static bool take_mode(struct parse *p, const char *m)
{
    return strcmp(m, "32") == 0 || strcmp(m, "64") == 0 || strcmp(m, "32_64") == 0 || strcmp(m, "any") == 0 ||
           diag_error(&p->app->d, "-X: expected 32, 64, 32_64 or any");
}

static bool take_format(struct parse *p, const char *name)
{
    struct ar_options *o = &p->app->o;
    if (strcmp(name, "json") == 0) {
        o->json = true;
    } else if (strcmp(name, "default") != 0) {
        o->format = ar_format_named(name);
        return o->format != AR_DIALECT_NONE || diag_error(&p->app->d, "invalid format '%s'", name);
    }
    return true;
}

static bool take_cluster(struct parse *p, const char *s, bool dashed)
{
    if (s[0] == 'X') {
        return take_mode(p, s + 1);
    }
    if (s[0] == 'F') {
        return take_format(p, s + 1);
    }
    p->have_letters = true;
    for (; *s; s++) {
        if (*s == 'V') {
            p->version = true;
        } else if (*s == 'h') {
            p->help = true;
        } else if (*s == '-' && !dashed) {
            p->only_operands = true; /* to GNU each letter is an option word of its own, this one "--" */
        } else if (!take_letter(p->app, *s)) {
            return false;
        }
        p->wants_libdeps = p->wants_libdeps || *s == 'l';
        p->index_op = p->index_op || *s == 's';
    }
    return true;
}

static bool take_number(struct parse *p, const char *text, uint64_t *out)
{
    return str_u64(str_c(text), 0, out) ||
           diag_error(&p->app->d, "'%s' is not a number", text);
}

static bool take_target(struct parse *p, const char *target)
{
    struct ar_options *o = &p->app->o;
    enum ar_dialect d;
    if (!format_of_target(target, &d)) {
        return diag_error(&p->app->d, "'%s': invalid bfd target", target);
    }
    o->target = target;
    o->format = o->format ? o->format : d;
    return true;
}

static bool take_long(struct parse *p, const struct opt_parser *op)
{
    struct ar_options *o = &p->app->o;
    uint64_t n = 0;
    switch (op->id) {
    case O_HELP: p->help = true; break;
    case O_VERSION: p->version = true; break;
    case O_THIN: o->thin = true; break;
    case O_ARCH: o->arch = op->arg; break;
    case O_OUTPUT: o->output = op->arg; break;
    case O_TARGET: return take_target(p, op->arg);
    case O_FORMAT: return take_format(p, op->arg);
    case O_PLUGIN: break;
    case O_RSP:
        return strcmp(op->arg, "posix") == 0 || strcmp(op->arg, "windows") == 0 ||
               diag_error(&p->app->d, "invalid response file quoting style '%s'", op->arg);
    case O_LIBDEPS: o->libdeps = op->arg; break;
    case O_QUIET: o->quiet = true; break;
    case O_NORMALIZE: o->normalize = true; break;
    case O_KEEP_PATHS: o->keep_paths = true; break;
    case O_PRESERVE: o->preserve_mode = true; break;
    case O_UNIQUE: o->unique = true; break;
    case O_TRIM: o->trim_padding = true; break;
    case O_FORCE_INDEX: o->force_index = true; break;
    case O_DUPLICATES: o->warn_duplicates = true; break;
    case O_THREADS:
        if (!take_number(p, op->arg, &n)) {
            return false;
        }
        o->threads = (unsigned)(n < 64 ? n : 64);
        break;
    case O_SYM64: return take_number(p, op->arg, &o->sym64_threshold);
    default: return false;
    }
    return true;
}

/* Text for l, which no cluster of letters looks like: "-L/dir", "-lname", or several words. */
static bool is_libdeps(const struct parse *p, const char *w)
{
    return p->wants_libdeps && p->operands.n == 0 &&
           (strchr(w, ' ') || (w[0] == '-' && (w[1] == 'L' || w[1] == 'l') && w[2]));
}

/* Letters may come as the first word without a dash, or as any word with one. */
static bool take_words(struct parse *p)
{
    int i = 1;
    while (i < (int)p->words.n) {
        char *w = p->words.p[i];
        if (!p->only_operands && strcmp(w, "--") == 0) {
            p->only_operands = true;
            i++;
        } else if (!p->only_operands && w[0] == '-' && w[1] == '-') {
            struct opt_parser op;
            opt_start(&op, rows, (int)p->words.n, p->words.p, &p->app->d);
            op.i = i;
            if (!opt_next(&op) || op.id < 0 || !take_long(p, &op)) {
                return false;
            }
            i = op.i;
        } else if (!p->only_operands && is_libdeps(p, w)) {
            i++;
            p->wants_libdeps = false;
            p->app->o.libdeps = w;
        } else if (!p->only_operands && (strcmp(w, "-X") == 0 || strcmp(w, "-F") == 0) && i + 1 < (int)p->words.n) {
            i += 2;
            if (!(w[1] == 'X' ? take_mode : take_format)(p, p->words.p[i - 1])) {
                return false;
            }
        } else if (!p->only_operands && w[0] == '-' && w[1]) {
            i++;
            if (!take_cluster(p, w + 1, true)) {
                return false;
            }
        } else if (!p->only_operands && !p->have_letters && p->operands.n == 0) {
            i++;
            if (!take_cluster(p, w, false)) {
                return false;
            }
        } else {
            i++;
            vec_push(&p->operands, w);
        }
    }
    return true;
}

/* RELPOS and COUNT stand before the archive. */
static bool take_operands(struct parse *p)
{
    struct ar_options *o = &p->app->o;
    size_t k = 0;
    if (o->pos && (o->op == 'r' || o->op == 'm' || o->op == 'q') && k < p->operands.n) {
        o->relpos = p->operands.p[k++];
    }
    if (o->counted) {
        if (o->op != 'x' && o->op != 'd' && o->op != 'p' && o->op != 't') {
            return diag_error(&p->app->d, "`N' is only meaningful with the `x', `d', `p' and `t' options.");
        }
        const char *text = k < p->operands.n ? p->operands.p[k++] : "";
        if (!str_u64(str_c(text), 10, &o->count) || o->count == 0) {
            return diag_error(&p->app->d, "Value for `N' must be positive.");
        }
    }
    if (k < p->operands.n) {
        o->archive = p->operands.p[k++];
    }
    o->n_members = (int)(p->operands.n - k);
    o->members = ARENA_ARRAY(&p->app->arena, char *, (size_t)o->n_members + 1);
    for (int i = 0; i < o->n_members; i++) {
        o->members[i] = p->operands.p[k + (size_t)i];
    }
    return true;
}

static bool check(struct parse *p)
{
    struct ar_app *app = p->app;
    struct ar_options *o = &app->o;
    if (!o->op && p->index_op) {
        o->op = 's'; /* sS: the archive is looked at, and left without */
    }
    if (o->script) {
        o->op = 'M';
        if (o->archive) {
            o->script = o->archive;
        }
        return true;
    }
    if (!o->op) {
        diag_error(&app->d, "no operation specified");
        return bad_usage(app, &p->status);
    }
    if (!o->archive) {
        return bad_usage(app, &p->status);
    }
    if (o->op == 't' && o->index == 1) {
        o->op = 's'; /* as GNU: ts makes the index and lists nothing */
    }
    if (o->op == 'q' && o->index) {
        o->op = 'r'; /* as GNU: q with s, and with S, replaces */
    }
    if (o->update && o->op != 'r') {
        return diag_error(&app->d, "`u' is only meaningful with the `r' option.");
    }
    if (o->update && o->deterministic && !o->explicit_d && !o->quiet) {
        diag_flush(&app->d);
        diag_note(&app->d, "`u' modifier ignored since `D' is the default (see `U')");
    } else if (o->update && o->deterministic && o->explicit_d) {
        return diag_error(&app->d, "`u' is not meaningful with the `D' option.");
    }
    return true;
}

static bool print_version(struct ar_app *app)
{
    buf_puts(&app->out, "objkit ar (objkit) " PACKAGE_VERSION "\n"
                        "Licence GPLv3+: GNU GPL version 3 or later. There is NO WARRANTY, to the "
                        "extent permitted by law.\n");
    return false;
}

/* --rsp-quoting tells how response files are read, so it is looked for before them. */
static bool asks_windows_quoting(int argc, char **argv)
{
    bool windows = false;
    for (int i = 1; i < argc; i++) {
        const char *style = strncmp(argv[i], "--rsp-quoting=", 14) == 0 ? argv[i] + 14
                            : strcmp(argv[i], "--rsp-quoting") == 0 && i + 1 < argc ? argv[i + 1] : NULL;
        windows = style ? strcmp(style, "windows") == 0 : windows;
    }
    return windows;
}

bool ar_parse_options(struct ar_app *app, int argc, char **argv, int *status)
{
    struct parse p = {.app = app, .status = 1};
    bool (*read_words)(argvec *, int, char **, struct arena *, struct diag *) =
        asks_windows_quoting(argc, argv) ? opt_expand_windows : opt_expand;
    bool good = read_words(&p.words, argc, argv, &app->arena, &app->d) && take_words(&p);
    if (!good) {
        bad_usage(app, &p.status);
    } else if (p.help) {
        ar_usage(&app->out);
        good = false;
        p.status = 0;
    } else if (p.version) {
        good = print_version(app);
        p.status = 0;
    } else {
        good = take_operands(&p) && check(&p);
    }
    *status = p.status;
    vec_free(&p.words);
    vec_free(&p.operands);
    return good;
}
