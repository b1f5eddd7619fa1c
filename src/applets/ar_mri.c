/* ar_mri.c - M: scripts in the language of the Microtec Research librarian (spec ar-nm, 3.3).

   One command a line: a word in either case, then names set off by commas or blanks; "+" at the end of
   a line continues it, ";" or "*" begins a comment, quotes keep a name whole. Nothing is written before
   SAVE. The first error ends the script. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets/ar_app.h"

typedef VEC(char *) wordvec;

struct script {
    struct ar_app *app;
    const char *name;
    struct ar_edit edit;
    bool open, unsaved, done;
    unsigned line;
    wordvec words;      /* of the current command, the command itself first; "(" and ")" are words */
};

static bool wrong(struct script *s, const char *what)
{
    return diag_error(&s->app->d, "%s: line %u: %s", s->name, s->line, what);
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

/* Takes the words of one line. *MORE: it ends with "+" and goes on in the next. */
static bool split(struct script *s, struct str line, bool *more)
{
    size_t i = 0;
    *more = false;
    while (i < line.len) {
        char c = line.p[i];
        size_t from = i;
        if (is_separator(c)) {
            i++;
            continue;
        }
        if (c == ';' || c == '*') {
            break;
        }
        if (c == '+' && str_skip(line, i + 1).len == 0) {
            *more = true;
            break;
        }
        if (c == '"' || c == '\'') {
            size_t end = str_find(str_skip(line, i + 1), c);
            if (end == SIZE_MAX) {
                return wrong(s, "a quote is not closed");
            }
            from++;
            vec_push(&s->words, arena_strdup(&s->app->arena, (struct str){line.p + from, end}));
            i = from + end + 1;
            continue;
        }
        i++;
        while (c != '(' && c != ')' && i < line.len && !is_separator(line.p[i]) &&
               !strchr("();", line.p[i]) && !(line.p[i] == '+' && i + 1 == line.len)) {
            i++;
        }
        vec_push(&s->words, arena_strdup(&s->app->arena, (struct str){line.p + from, i - from}));
    }
    return true;
}

/* ---- the archive being made ---------------------------------------------------------------------- */

static void close_current(struct script *s)
{
    if (s->open) {
        if (s->unsaved) {
            diag_warning(&s->app->d, "%s: there was no SAVE: changes to %s are lost", s->name,
                         s->edit.path);
        }
        edit_close(&s->edit);
    }
    s->open = s->unsaved = false;
}

static bool need_open(struct script *s)
{
    return s->open || wrong(s, "no open output archive");
}

static bool need_names(struct script *s, size_t least)
{
    return s->words.n > least || wrong(s, "a name is missing");
}

static bool cmd_create(struct script *s, bool thin)
{
    if (!need_names(s, 1)) {
        return false;
    }
    close_current(s);
    /* "existed": SAVE may replace what is there. */
    s->edit = (struct ar_edit){.app = s->app, .path = s->words.p[1], .lock_fd = -1, .existed = true,
                               .thin = thin, .changed = true};
    s->edit.file.fd = -1;
    s->open = s->unsaved = true;
    return true;
}

static bool cmd_open(struct script *s)
{
    if (!need_names(s, 1)) {
        return false;
    }
    close_current(s);
    bool good = edit_open(&s->edit, s->app, s->words.p[1], true);
    if (good && !s->edit.existed) {
        good = diag_errno(&s->app->d, s->words.p[1], ENOENT);
    }
    if (!good) {
        edit_close(&s->edit);
        return false;
    }
    s->open = true;
    return true;
}

static bool has_member(const struct script *s, const char *name)
{
    struct str want = str_basename(str_c(name));
    for (size_t i = 0; i < s->edit.items.n; i++) {
        if (str_eq(str_basename(s->edit.items.p[i].name), want)) {
            return true;
        }
    }
    return false;
}

/* Lets one of ar's operations work on the open archive. MUST_EXIST: each name is a member. */
static bool apply(struct script *s, char op, bool must_exist)
{
    if (!need_open(s) || !need_names(s, 1)) {
        return false;
    }
    for (size_t i = 1; must_exist && i < s->words.n; i++) {
        if (!has_member(s, s->words.p[i])) {
            return diag_error(&s->app->d, "%s: line %u: no entry %s in archive %s", s->name, s->line,
                              s->words.p[i], s->edit.path);
        }
    }
    s->app->o.op = op;
    s->app->o.members = s->words.p + 1;
    s->app->o.n_members = (int)s->words.n - 1;
    s->unsaved = true;
    return edit_change(&s->edit);
}

/* "name ( a, b )": the names in the parentheses. */
static bool take_list(struct script *s, size_t *i, wordvec *list)
{
    if (*i >= s->words.n || strcmp(s->words.p[*i], "(") != 0) {
        return true;
    }
    for (++*i; *i < s->words.n; ++*i) {
        if (strcmp(s->words.p[*i], ")") == 0) {
            ++*i;
            return true;
        }
        vec_push(list, s->words.p[*i]);
    }
    return wrong(s, "a parenthesis is not closed");
}

static bool cmd_addlib(struct script *s)
{
    if (!need_open(s) || !need_names(s, 1)) {
        return false;
    }
    bool good = true;
    for (size_t i = 1; good && i < s->words.n;) {
        wordvec list = {0};
        const char *lib = s->words.p[i++];
        good = take_list(s, &i, &list) && edit_add_library(&s->edit, lib, list.p, (int)list.n);
        vec_free(&list);
    }
    s->unsaved = true;
    return good;
}

static bool cmd_list(struct script *s)
{
    if (!need_open(s)) {
        return false;
    }
    bool verbose = s->app->o.verbose;
    s->app->o.verbose = true;
    buf_puts(&s->app->out, "Current open archive is ");
    buf_name(&s->app->out, str_c(s->edit.path), name_style_for(1));
    buf_c(&s->app->out, '\n');
    for (size_t i = 0; i < s->edit.items.n; i++) {
        const struct ar_item *it = &s->edit.items.p[i];
        struct ar_member m = {.name = it->name, .size = it->size, .mtime = it->mtime, .uid = it->uid,
                              .gid = it->gid, .mode = it->mode, .data_off = it->fd_off};
        struct stat st;
        if (it->fresh && it->path && stat(it->path, &st) == 0) { /* not looked at before SAVE */
            m.size = (uint64_t)st.st_size;
            m.mode = 0644;
        }
        ar_print_member(s->app, &s->edit.ar, &m, s->edit.path);
    }
    s->app->o.verbose = verbose;
    return true;
}

static bool cmd_extract(struct script *s)
{
    if (!need_open(s) || !need_names(s, 1)) {
        return false;
    }
    bool good = true;
    for (size_t i = 1; i < s->words.n; i++) {
        size_t k = 0;
        while (k < s->edit.items.n && !str_is(s->edit.items.p[k].name, s->words.p[i])) {
            k++;
        }
        if (k == s->edit.items.n) {
            good = diag_error(&s->app->d, "%s: line %u: no entry %s in archive %s", s->name, s->line,
                              s->words.p[i], s->edit.path);
        } else {
            good = ar_extract_item(s->app, &s->edit.items.p[k], s->edit.path) && good;
        }
    }
    return good;
}

/* DIRECTORY lib [(members)] [file]: ar t, or tv after VERBOSE, of another archive. */
static bool cmd_directory(struct script *s)
{
    if (!need_names(s, 1)) {
        return false;
    }
    wordvec list = {0};
    size_t i = 2;
    if (!take_list(s, &i, &list)) {
        vec_free(&list);
        return false;
    }
    struct ar_app *app = s->app;
    struct ar_options saved = app->o;
    struct buf out = app->out;
    struct outfile file;
    int err = i < s->words.n ? outfile_begin(&file, s->words.p[i], 0666) : 0;
    bool good = !err || diag_errno(&app->d, s->words.p[i], err);
    if (good) {
        app->o.op = 't';
        app->o.archive = s->words.p[1];
        app->o.members = list.p;
        app->o.n_members = (int)list.n;
        if (i < s->words.n) {
            app->out = buf_to_fd(file.fd);
        }
        good = ar_show(app) == 0;
    }
    app->o = saved;
    if (!err && i < s->words.n) {
        err = buf_finish(&app->out);
        app->out = out;
        if (good && !err) {
            err = outfile_commit(&file);
        } else {
            outfile_abort(&file);
        }
        good = good && (!err || diag_errno(&app->d, s->words.p[i], err));
    }
    vec_free(&list);
    return good;
}

static bool cmd_save(struct script *s)
{
    if (!need_open(s) || !edit_save(&s->edit)) {
        return false;
    }
    s->unsaved = false;
    close_current(s);
    return true;
}

static bool cmd_clear(struct script *s)
{
    if (need_open(s)) {
        s->edit.items.n = 0;
        s->edit.changed = s->unsaved = true;
    }
    return s->open;
}

/* Words behind those that a command takes would be lost without a word. */
static bool takes(struct script *s, size_t n)
{
    return s->words.n <= n + 1 || diag_error(&s->app->d, "%s: line %u: unexpected '%s'", s->name, s->line,
                                             s->words.p[n + 1]);
}

static bool run_command(struct script *s)
{
    struct str c = str_c(s->words.p[0]);
#define IS(word) str_caseeq(c, S(word))
    if (IS("create") || IS("createthin") || IS("open")) {
        if (!takes(s, 1)) {
            return false;
        }
    } else if (IS("list") || IS("clear") || IS("save") || IS("verbose") || IS("end") || IS("quit")) {
        if (!takes(s, 0)) {
            return false;
        }
    }
    if (IS("create")) { return cmd_create(s, false); }
    if (IS("createthin")) { return cmd_create(s, true); }
    if (IS("open")) { return cmd_open(s); }
    if (IS("addmod")) { return apply(s, 'q', false); }
    if (IS("replace")) { return apply(s, 'r', true); }
    if (IS("delete")) { return apply(s, 'd', true); }
    if (IS("addlib")) { return cmd_addlib(s); }
    if (IS("list")) { return cmd_list(s); }
    if (IS("extract")) { return cmd_extract(s); }
    if (IS("directory")) { return cmd_directory(s); }
    if (IS("clear")) { return cmd_clear(s); }
    if (IS("save")) { return cmd_save(s); }
    if (IS("verbose")) { s->app->o.verbose = !s->app->o.verbose; return true; }
    if (IS("end") || IS("quit")) { s->done = true; return true; }
#undef IS
    return diag_error(&s->app->d, "%s: line %u: unknown command '%s'", s->name, s->line, s->words.p[0]);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static bool run_line(struct script *s, struct str line)
{
    bool more;
    s->line++;
    if (!split(s, line, &more)) {
        return false;
    }
    if (more || s->words.n == 0) {
        return true;
    }
    bool good = run_command(s);
    s->words.n = 0;
    return good;
}

/* From a terminal: line by line with a prompt; errors do not end the session. */
static void converse(struct script *s)
{
    char *line = NULL;
    size_t cap = 0;
    for (;;) {
        buf_puts(&s->app->out, "AR >");
        buf_flush(&s->app->out);
        ssize_t n = getline(&line, &cap, stdin);
        if (n < 0) {
            break;
        }
        n -= n && line[n - 1] == '\n';
        run_line(s, (struct str){line, (size_t)n});
        if (s->done) {
            break;
        }
    }
    free(line);
}

int ar_script(struct ar_app *app)
{
    struct script s = {.app = app, .name = app->o.script};
    bool good = true;
    app->o.create = true;
    if (strcmp(s.name, "-") == 0) {
        s.name = "script";
    }
    if (strcmp(app->o.script, "-") == 0 && isatty(STDIN_FILENO)) {
        converse(&s);
    } else {
        struct file f;
        int err = file_open(&f, app->o.script, FILE_ANY_TYPE);
        if (err) {
            diag_errno(&app->d, app->o.script, err);
            return 1;
        }
        struct str rest = {(const char *)f.data.p, (size_t)f.data.len};
        while (good && rest.len && !s.done) {
            size_t nl = str_find(rest, '\n');
            good = run_line(&s, str_head(rest, nl == SIZE_MAX ? rest.len : nl));
            rest = nl == SIZE_MAX ? (struct str){"", 0} : str_skip(rest, nl + 1);
        }
        file_close(&f);
    }
    s.unsaved = s.unsaved && good;
    close_current(&s);
    vec_free(&s.words);
    return good ? 0 : 1;
}
