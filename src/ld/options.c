/* options.c - the command line: rows of options.def, GNU ld's grammar, positional state. */
#include "ld/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/opt.h"
#include "ld/backend.h"
#include "ld/ld.h"

struct parser {
    struct ld *ld;
    struct ld_options *o;
    argvec words;
    size_t i;
    struct ld_state state;
    VEC(struct ld_state) saved;
    int group_depth;
    const struct row *row;
    const char *name; /* as the user spelled it, for messages */
};

enum arg_kind { NONE, REQ, OPTIONAL, JOINED };
enum action { ACT_FLAG, ACT_STR, ACT_NUM, ACT_LIST, ACT_COMMA, ACT_OPTSTR, ACT_CALL, ACT_IGNORE, ACT_WARN };

typedef bool (*call_fn)(struct parser *p, const char *text);

struct row {
    const char *name;
    enum action action;
    enum arg_kind arg;
    size_t off, size;     /* of the field in struct ld_options */
    int value;            /* ACT_FLAG */
    const char *fallback; /* ACT_OPTSTR */
    call_fn call;
    const char *arg_name, *help;
};

/* ---- functions of CALL rows -------------------------------------------------------------------- */

static bool opt_emulation(struct parser *p, const char *text)
{
    if (!ld_find_emulation(str_c(text))) {
        struct buf b = {0};
        for (const struct ld_emulation *e = ld_emulations; e->name; e++) {
            buf_printf(&b, " %s", e->name);
        }
        diag_error(&p->ld->diag, "unknown emulation '%s'; there are:%.*s", text, (int)b.n, b.p);
        buf_free(&b);
        return false;
    }
    p->o->emulation = text;
    return true;
}

static bool opt_no_pie(struct parser *p, const char *text)
{
    (void)text;
    if (p->o->kind == OUT_PIE) {
        p->o->kind = OUT_EXE;
    }
    p->o->elf.pie_off = true;
    return true;
}

static void add_input(struct parser *p, enum ld_arg_kind kind, const char *text)
{
    vec_push(&p->o->args, (struct ld_arg){kind, text, p->state.is_static, p->state.whole_archive,
                                          p->state.as_needed, p->state.just_symbols,
                                          p->state.binary, p->state.copy_needed});
}

static bool opt_library(struct parser *p, const char *text)
{
    add_input(p, ARG_LIBRARY, text);
    return true;
}

static bool opt_lib_dir(struct parser *p, const char *text)
{
    vec_push(&p->o->lib_dirs, text);
    return true;
}

static bool opt_b_static(struct parser *p, const char *text)
{
    (void)text;
    p->state.is_static = true;
    return true;
}

static bool opt_nmagic(struct parser *p, const char *text)
{
    p->o->elf.nmagic = true;
    return opt_b_static(p, text);
}

static bool opt_omagic(struct parser *p, const char *text)
{
    p->o->elf.omagic = true;
    return opt_b_static(p, text);
}

static bool opt_b_static_all(struct parser *p, const char *text)
{
    p->o->is_static = true;
    return opt_b_static(p, text);
}

static bool opt_b_dynamic(struct parser *p, const char *text)
{
    (void)text;
    p->state.is_static = false;
    return true;
}

static bool opt_group_start(struct parser *p, const char *text)
{
    (void)text;
    if (p->group_depth++ > 0) {
        return diag_error(&p->ld->diag, "--start-group may not be nested");
    }
    add_input(p, ARG_GROUP_START, NULL);
    return true;
}

static bool opt_group_end(struct parser *p, const char *text)
{
    (void)text;
    if (p->group_depth == 0) {
        return diag_error(&p->ld->diag, "--end-group without --start-group");
    }
    p->group_depth--;
    add_input(p, ARG_GROUP_END, NULL);
    return true;
}

static bool opt_whole_archive(struct parser *p, const char *text)
{
    (void)text;
    p->state.whole_archive = true;
    return true;
}

static bool opt_no_whole_archive(struct parser *p, const char *text)
{
    (void)text;
    p->state.whole_archive = false;
    return true;
}

static bool opt_copy_needed(struct parser *p, const char *text)
{
    (void)text;
    p->state.copy_needed = true;
    return true;
}

static bool opt_no_copy_needed(struct parser *p, const char *text)
{
    (void)text;
    p->state.copy_needed = false;
    return true;
}

static bool opt_as_needed(struct parser *p, const char *text)
{
    (void)text;
    p->state.as_needed = true;
    return true;
}

static bool opt_no_as_needed(struct parser *p, const char *text)
{
    (void)text;
    p->state.as_needed = false;
    return true;
}

static bool opt_push_state(struct parser *p, const char *text)
{
    (void)text;
    vec_push(&p->saved, p->state);
    return true;
}

static bool opt_pop_state(struct parser *p, const char *text)
{
    (void)text;
    if (p->saved.n == 0) {
        return diag_error(&p->ld->diag, "--pop-state without --push-state");
    }
    p->state = p->saved.p[--p->saved.n];
    return true;
}

static bool opt_input_format(struct parser *p, const char *text)
{
    p->state.binary = strcmp(text, "binary") == 0;
    return true;
}

static bool opt_just_symbols(struct parser *p, const char *text)
{
    bool was = p->state.just_symbols;
    p->state.just_symbols = true;
    add_input(p, ARG_FILE, text);
    p->state.just_symbols = was;
    return true;
}

/* -R is --just-symbols for a file, and -rpath for a directory and for what is not there: it need not be before it is
   installed, and "$ORIGIN/lib" never is. */
static bool opt_r_option(struct parser *p, const char *text)
{
    struct stat st;
    if (stat(text, &st) != 0 || S_ISDIR(st.st_mode)) {
        vec_push(&p->o->elf.rpath, text);
        return true;
    }
    return opt_just_symbols(p, text);
}

static bool opt_mri_script(struct parser *p, const char *text)
{
    vec_push(&p->o->mri_scripts, text);
    return true;
}

/* Options of GNU ld whose output would be another one: better none. */
static bool opt_refused(struct parser *p, const char *text)
{
    return diag_error(&p->ld->diag, "option '-%s%s %s' is not supported", p->name[0] == 'T' ? "" : "-", p->name, text);
}

/* NAME[:MAJOR[.MINOR]]: the version counts where it stands, like the options that give it alone. */
static bool opt_subsystem(struct parser *p, const char *text)
{
    struct ld_pe_options *o = &p->o->pe;
    struct str s = str_c(text);
    size_t colon = str_find(s, ':'), dot;
    if (colon != SIZE_MAX) {
        struct str version = str_skip(s, colon + 1);
        dot = str_find(version, '.');
        if (!str_u64(str_head(version, dot), 10, &o->major_subsystem_version) ||
            (dot != SIZE_MAX && !str_u64(str_skip(version, dot + 1), 10, &o->minor_subsystem_version))) {
            return diag_error(&p->ld->diag, "--subsystem=%s: bad version", text);
        }
        text = arena_strdup(&p->ld->arena, str_head(s, colon));
    }
    o->subsystem = text;
    return true;
}

/* With GNU ld one setting says which symbols stay, and the last option counts: -S behind a list keeps all, a list
   undoes -s and -S that stand before it. */
static bool opt_strip_debug(struct parser *p, const char *text)
{
    (void)text;
    p->o->strip = STRIP_DEBUG;
    p->o->retain_symbols.n = 0;
    return true;
}

static bool opt_retain_symbols(struct parser *p, const char *text)
{
    if (p->o->strip != STRIP_NONE) {
        diag_warning(&p->ld->diag, "--retain-symbols-file overrides -s and -S before it");
        p->o->strip = STRIP_NONE;
    }
    vec_push(&p->o->retain_symbols, text);
    return true;
}

static bool opt_icf(struct parser *p, const char *text)
{
    static const char *const names[] = {"none", "safe", "all"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            p->o->icf = i;
            return true;
        }
    }
    return diag_error(&p->ld->diag, "--icf=%s: it is none, safe or all", text);
}

static bool opt_sort_common(struct parser *p, const char *text)
{
    bool up = text && strcmp(text, "ascending") == 0;
    p->o->sort_common = up ? SORT_COMMON_UP : SORT_COMMON_DOWN;
    return !text || up || strcmp(text, "descending") == 0 ||
           diag_error(&p->ld->diag, "--sort-common=%s: it is ascending or descending", text);
}

static bool opt_fix_843419(struct parser *p, const char *text)
{
    static const char *const how[] = {[FIX_FULL] = "full", [FIX_ADR] = "adr", [FIX_ADRP] = "adrp"};
    p->o->elf.fix_843419 = FIX_FULL;
    for (int i = FIX_FULL; text && i <= FIX_ADRP; i++) {
        if (strcmp(text, how[i]) == 0) {
            p->o->elf.fix_843419 = i;
            return true;
        }
    }
    return !text || diag_error(&p->ld->diag, "--fix-cortex-a53-843419=%s: it is full, adr or adrp", text);
}

static bool opt_no_entry(struct parser *p, const char *text)
{
    (void)text;
    p->o->entry = "";
    return true;
}

/* It has acted before: see windows_quoting. */
static bool opt_rsp_quoting(struct parser *p, const char *text)
{
    return strcmp(text, "windows") == 0 || strcmp(text, "posix") == 0 ||
           diag_error(&p->ld->diag, "--rsp-quoting=%s: it is posix or windows", text);
}

static bool opt_demangle(struct parser *p, const char *text)
{
    (void)text;
    p->o->no_demangle = false;
    return true;
}

static bool opt_threads(struct parser *p, const char *text)
{
    p->o->threads = 0;
    if (text && (!str_u64(str_c(text), 0, &p->o->threads) || p->o->threads == 0 ||
                 p->o->threads > 64)) {
        return diag_error(&p->ld->diag, "--threads=%s: it is a number from 1 to 64", text);
    }
    return true;
}

static bool opt_no_threads(struct parser *p, const char *text)
{
    (void)text;
    p->o->threads = 1;
    return true;
}

static bool opt_optimize(struct parser *p, const char *text)
{
    uint64_t level;
    p->o->optimize = str_u64(str_c(text), 10, &level) ? level : 1;
    return true;
}

static bool opt_orphan_handling(struct parser *p, const char *text)
{
    p->o->orphan_handling = text;
    return strcmp(text, "place") == 0 || strcmp(text, "warn") == 0 || strcmp(text, "error") == 0 ||
           strcmp(text, "discard") == 0 ||
           diag_error(&p->ld->diag, "--orphan-handling=%s: it is place, discard, warn or error", text);
}

static bool opt_unique(struct parser *p, const char *text)
{
    vec_push(&p->o->unique, text ? text : "");
    return true;
}

/* --dynamicbase and its relatives: as with GNU ld, what needs another turns it on, what takes another's ground
   turns it off, and the last word counts. */
static bool opt_aslr(struct parser *p, const char *text)
{
    struct ld_pe_options *pe = &p->o->pe;
    const char *name = p->name;
    (void)text;
    if (strcmp(name, "high-entropy-va") == 0 || strcmp(name, "dynamicbase") == 0 ||
        strcmp(name, "enable-reloc-section") == 0) {
        pe->reloc_section = TRI_ON;
        pe->dynamicbase = *name != 'e' ? TRI_ON : pe->dynamicbase;
        pe->high_entropy_va = *name == 'h' ? TRI_ON : pe->high_entropy_va;
        return true;
    }
    pe->high_entropy_va = TRI_OFF;
    pe->reloc_section = strcmp(name, "disable-reloc-section") == 0 ? TRI_OFF : pe->reloc_section;
    pe->dynamicbase = strcmp(name, "disable-high-entropy-va") != 0 ? TRI_OFF : pe->dynamicbase;
    return true;
}

static bool opt_auto_image_base(struct parser *p, const char *text)
{
    p->o->pe.auto_image_base = TRI_ON;
    if (text && !str_u64(str_c(text), 0, &p->o->pe.auto_image_base_from)) {
        return diag_error(&p->ld->diag, "--%s=%s: not an address", p->name, text);
    }
    return true;
}

/* ---- the table ---------------------------------------------------------------------------------- */

#define FIELD(f) offsetof(struct ld_options, f), sizeof(((struct ld_options *)0)->f)
static const struct row rows[] = {
#define FLAG(name, field, value, help) \
    {name, ACT_FLAG, NONE, FIELD(field), value, NULL, NULL, NULL, help},
#define STR(name, field, arg, help) {name, ACT_STR, REQ, FIELD(field), 0, NULL, NULL, arg, help},
#define NUM(name, field, arg, help) {name, ACT_NUM, REQ, FIELD(field), 0, NULL, NULL, arg, help},
#define LIST(name, field, arg, help) {name, ACT_LIST, REQ, FIELD(field), 0, NULL, NULL, arg, help},
#define COMMA(name, field, arg, help) {name, ACT_COMMA, REQ, FIELD(field), 0, NULL, NULL, arg, help},
#define OPTSTR(name, field, fallback, arg, help) \
    {name, ACT_OPTSTR, OPTIONAL, FIELD(field), 0, fallback, NULL, arg, help},
#define CALL(name, kind, function, arg, help) \
    {name, ACT_CALL, kind, 0, 0, 0, NULL, opt_##function, arg, help},
#define IGNORE(name, kind, why) {name, ACT_IGNORE, kind, 0, 0, 0, NULL, NULL, NULL, NULL},
#define WARN(name, kind, why) {name, ACT_WARN, kind, 0, 0, 0, why, NULL, NULL, NULL},
#include "ld/options.def"
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static const struct row *find_exact(struct str name)
{
    for (int i = 0; i < N_ROWS; i++) {
        if (str_is(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* The only row that NAME abbreviates; rows with one meaning may share a beginning. */
static const struct row *find_prefix(struct str name)
{
    const struct row *hit = NULL;
    for (int i = 0; i < N_ROWS; i++) {
        if (name.len > 1 && str_starts(str_c(rows[i].name), name)) {
            if (hit) {
                return NULL;
            }
            hit = &rows[i];
        }
    }
    return hit;
}

/* Edit distance, for the hint after an unknown option. */
static unsigned distance(struct str a, struct str b)
{
    unsigned d[64];
    if (a.len >= 64 || b.len >= 64) {
        return 64;
    }
    for (unsigned j = 0; j <= b.len; j++) {
        d[j] = j;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = d[0];
        d[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = d[j];
            best = best < d[j] + 1 ? best : d[j] + 1;
            d[j] = best < d[j - 1] + 1 ? best : d[j - 1] + 1;
        }
    }
    return d[b.len];
}

static bool unknown(struct parser *p, const char *word, struct str name)
{
    const struct row *near = NULL;
    unsigned best = (unsigned)name.len / 3 + 2;
    for (int i = 0; i < N_ROWS; i++) {
        unsigned d = strlen(rows[i].name) > 1 ? distance(name, str_c(rows[i].name)) : 64;
        if (d < best) {
            best = d;
            near = &rows[i];
        }
    }
    if (near) {
        return diag_error(&p->ld->diag, "unrecognized option '%s'; did you mean '--%s'?", word,
                          near->name);
    }
    return diag_error(&p->ld->diag, "unrecognized option '%s'", word);
}

static void split_commas(struct parser *p, ld_strings *list, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, ",:");
        if (n) {
            vec_push(list, arena_strdup(&p->ld->arena, (struct str){text, n}));
        }
        text += n + (text[n] != '\0');
    }
}

/* Does what the row says with TEXT, the argument or NULL. */
static bool apply(struct parser *p, const struct row *r, const char *text)
{
    char *field = (char *)p->o + r->off;
    switch (r->action) {
    case ACT_FLAG:
        if (r->size == sizeof(bool)) {
            *(bool *)field = r->value != 0;
        } else {
            memcpy(field, &r->value, sizeof r->value);
        }
        return true;
    case ACT_STR:
    case ACT_OPTSTR:
        text = text ? text : r->fallback;
        memcpy(field, &text, sizeof text);
        return true;
    case ACT_NUM: {
        uint64_t n;
        if (!str_u64(str_c(text), 0, &n)) {
            return diag_error(&p->ld->diag, "--%s: '%s' is not a number", r->name, text);
        }
        memcpy(field, &n, sizeof n);
        return true;
    }
    case ACT_LIST:
        vec_push((ld_strings *)(void *)field, text);
        return true;
    case ACT_COMMA:
        split_commas(p, (ld_strings *)(void *)field, text);
        return true;
    case ACT_CALL:
        return r->call(p, text);
    case ACT_WARN:
        diag_warning(&p->ld->diag, "option '%s%s' has no effect: %s", r->name[1] ? "--" : "-", r->name, r->fallback);
        return true;
    case ACT_IGNORE:
        return true;
    }
    return true;
}

/* Takes the argument that the row wants from TEXT (after '=' or joined; may be NULL) or the next
   word, then applies. */
static bool take(struct parser *p, const struct row *r, const char *word, const char *text)
{
    p->row = r;
    p->name = r->name;
    if (r->arg == NONE && text) {
        return diag_error(&p->ld->diag, "option '%s' takes no argument", word);
    }
    if ((r->arg == REQ || r->arg == JOINED) && !text) {
        if (p->i + 1 >= p->words.n) {
            return diag_error(&p->ld->diag, "option '%s' needs an argument", word);
        }
        text = p->words.p[++p->i];
    }
    if (r->arg != NONE && r->arg != OPTIONAL && !text) {
        return false;
    }
    return apply(p, r, text);
}

static bool one_option(struct parser *p, const char *word)
{
    bool two = word[1] == '-';
    const char *body = word + 1 + two;
    const char *eq = strchr(body, '=');
    struct str name = {body, eq ? (size_t)(eq - body) : strlen(body)};
    const struct row *r = NULL;
    /* -omagic is -o magic, as in GNU ld. */
    if (two || body[0] != 'o') {
        r = find_exact(name);
        if (r && !two && r->name[1] == '\0' && eq) {
            r = NULL; /* -l=x: the short form takes "=x" */
        }
    }
    if (!r && two) {
        r = find_prefix(name);
    }
    if (r) {
        return take(p, r, word, eq ? eq + 1 : NULL);
    }
    if (!two) {
        r = find_exact((struct str){body, 1});
        if (r && (r->arg != NONE || body[1] == '\0')) {
            return take(p, r, word, body[1] ? body + 1 : NULL);
        }
    }
    return unknown(p, word, name);
}

/* What only gcc's collect2 understands, and gets when the driver finds us under that name. */
static bool is_collect2_option(const char *word)
{
    static const char *const prefixes[] = {"-flto", "-fno-lto", "-fuse-ld=", "-debug",
                                           "-fno-fat-lto", "-ffat-lto"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strncmp(word, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void set_defaults(struct ld_options *o)
{
    struct ld_pe_options *pe = &o->pe;
    pe->major_os_version = pe->minor_os_version = UINT64_MAX;
    pe->major_image_version = pe->minor_image_version = UINT64_MAX;
    pe->major_subsystem_version = pe->minor_subsystem_version = UINT64_MAX;
    pe->image_base = pe->file_alignment = pe->section_alignment = UINT64_MAX;
    pe->dependent_load_flag = UINT64_MAX;
}

/* How response files quote is asked on the command line itself, before they are read. */
static bool windows_quoting(int argc, char **argv)
{
    bool windows = false;
    for (int i = 1; i < argc; i++) {
        const char *w = argv[i] + (argv[i][0] == '-' && argv[i][1] == '-');
        const char *value = NULL;
        if (strncmp(w, "-rsp-quoting=", 13) == 0) {
            value = w + 13;
        } else if (strcmp(w, "-rsp-quoting") == 0 && i + 1 < argc) {
            value = argv[i + 1];
        }
        windows = value ? strcmp(value, "windows") == 0 : windows;
    }
    return windows;
}

const char *ld_in_sysroot(struct ld *ld, const char *path)
{
    size_t skip = path[0] == '=' ? 1 : strncmp(path, "$SYSROOT", 8) == 0 ? 8 : 0;
    if (!skip) {
        return path;
    }
    return arena_printf(&ld->arena, "%s%s", ld->opt.sysroot ? ld->opt.sysroot : "", path + skip);
}

/* --sysroot may stand anywhere. */
static void apply_sysroot(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.lib_dirs.n; i++) {
        ld->opt.lib_dirs.p[i] = ld_in_sysroot(ld, ld->opt.lib_dirs.p[i]);
    }
    for (size_t i = 0; i < ld->opt.args.n; i++) {
        if (ld->opt.args.p[i].kind == ARG_FILE) {
            ld->opt.args.p[i].text = ld_in_sysroot(ld, ld->opt.args.p[i].text);
        }
    }
}

bool ld_parse_options(struct ld *ld, int argc, char **argv)
{
    struct parser p = {.ld = ld, .o = &ld->opt};
    struct str prog = str_basename(str_c(argv[0]));
    bool collect2 = str_is(prog, "collect2") || str_is(prog, "collect2.exe");
    set_defaults(p.o);
    bool ok = (windows_quoting(argc, argv) ? opt_expand_windows : opt_expand)(&p.words, argc - 1, argv + 1,
                                                                              &ld->arena, &ld->diag);
    for (p.i = 0; ok && p.i < p.words.n; p.i++) {
        const char *word = p.words.p[p.i];
        if (word[0] != '-' || word[1] == '\0') {
            add_input(&p, ARG_FILE, word);
        } else if (!(collect2 && is_collect2_option(word))) {
            ok = one_option(&p, word);
        }
    }
    if (ok && p.group_depth) {
        add_input(&p, ARG_GROUP_END, NULL);
    }
    apply_sysroot(ld);
    vec_free(&p.words);
    vec_free(&p.saved);
    return ok;
}

void ld_free_options(struct ld_options *o)
{
    for (int i = 0; i < N_ROWS; i++) {
        if (rows[i].action == ACT_LIST || rows[i].action == ACT_COMMA) {
            ld_strings *list = (ld_strings *)(void *)((char *)o + rows[i].off);
            vec_free(list);
        }
    }
    vec_free(&o->args);
    vec_free(&o->lib_dirs);
    vec_free(&o->unique);
    vec_free(&o->retain_symbols);
}

void ld_print_help(void)
{
    fputs("usage: objkit ld [OPTION...] FILE...\n\nLinks object files. Options:\n", stdout);
    for (int i = 0; i < N_ROWS; i++) {
        const struct row *r = &rows[i];
        if (!r->help) {
            continue;
        }
        char left[80];
        bool is_short = r->name[1] == '\0';
        const char *sep = !r->arg_name ? "" : is_short ? " " : r->arg == OPTIONAL ? "[=" : "=";
        snprintf(left, sizeof left, "%s%s%s%s%s", is_short ? "-" : "--", r->name, sep,
                 r->arg_name ? r->arg_name : "", sep[0] == '[' ? "]" : "");
        printf("  %-38s %s\n", left, r->help);
    }
    /* libtool and autoconf look for these words. */
    fputs("\nobjkit ld: supported targets: pei-x86-64 pei-i386 elf64-x86-64 elf32-i386\n"
          "objkit ld: supported emulations:",
          stdout);
    for (const struct ld_emulation *e = ld_emulations; e->name; e++) {
        printf(" %s", e->name);
    }
    fputs("\n-shared and -Bdynamic link shared libraries.\n", stdout);
}
