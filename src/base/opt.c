/* opt.c - GNU-style option parsing from tables, response files, help. */
#include "base/opt.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"

/* Splits a response file into words: white space separates, '...' and "..." quote, a backslash
   takes the next character as it is (not inside '...'). */
static void split_words(argvec *out, struct view v, struct arena *a)
{
    const char *s = (const char *)v.p, *end = s + v.len;
    struct buf w = {0};
    while (s < end) {
        if (memchr(" \t\r\n\f\v", *s, 6)) {
            s++;
            continue;
        }
        char quote = 0;
        w.n = 0;
        for (; s < end && (quote || !memchr(" \t\r\n\f\v", *s, 6)); s++) {
            if (*s == quote) {
                quote = 0;
            } else if (!quote && (*s == '\'' || *s == '"')) {
                quote = *s;
            } else if (*s == '\\' && quote != '\'' && s + 1 < end) {
                buf_c(&w, *++s);
            } else {
                buf_c(&w, *s);
            }
        }
        vec_push(out, arena_strdup(a, (struct str){w.p, w.n}));
    }
    buf_free(&w);
}

/* The same by the rules of Windows' C runtime: "..." quotes, 2n backslashes before a quote are n, one more
   takes the quote itself, other backslashes are what they are; "" inside quotes is a quote. */
static void split_windows(argvec *out, struct view v, struct arena *a)
{
    const char *s = (const char *)v.p, *end = s + v.len;
    struct buf w = {0};
    while (s < end) {
        bool quoted = false;
        if (memchr(" \t\r\n", *s, 4)) {
            s++;
            continue;
        }
        w.n = 0;
        while (s < end && (quoted || !memchr(" \t\r\n", *s, 4))) {
            size_t slashes = 0;
            while (s < end && *s == '\\') {
                slashes++;
                s++;
            }
            bool quote = s < end && *s == '"';
            for (size_t i = 0; i < (quote ? slashes / 2 : slashes); i++) {
                buf_c(&w, '\\');
            }
            if (quote && slashes % 2) {
                buf_c(&w, *s++);
            } else if (quote && quoted && s + 1 < end && s[1] == '"') {
                buf_c(&w, '"');
                s += 2;
            } else if (quote) {
                quoted = !quoted;
                s++;
            } else if (!slashes) {
                buf_c(&w, *s++);
            }
        }
        vec_push(out, arena_strdup(a, (struct str){w.p, w.n}));
    }
    buf_free(&w);
}

/* What one command line has expanded: files that name each other several times double with each level. */
struct expansion {
    argvec *out;
    bool windows;
    struct arena *a;
    struct diag *d;
    uint32_t n_files;
    uint64_t len;
};

static bool within_limits(struct expansion *e, const char *name, uint64_t len, int depth)
{
    e->n_files++;
    e->len += len;
    if (depth >= LIMIT_RESPONSE_DEPTH) {
        return diag_error(e->d, "%s: response files nest deeper than %d", name, LIMIT_RESPONSE_DEPTH);
    }
    if (e->n_files > LIMIT_RESPONSE_FILES) {
        return diag_error(e->d, "%s: more than %u response files are named", name, LIMIT_RESPONSE_FILES);
    }
    return e->len <= LIMIT_RESPONSE_LEN ||
           diag_error(e->d, "%s: response files have more than %llu bytes in all", name,
                      (unsigned long long)LIMIT_RESPONSE_LEN);
}

static bool expand(struct expansion *e, size_t n, char **words, int depth)
{
    for (size_t i = 0; i < n; i++) {
        struct file f;
        if (words[i][0] != '@' || file_open(&f, words[i] + 1, FILE_ANY_TYPE) != 0) {
            vec_push(e->out, words[i]);
            continue;
        }
        bool ok = within_limits(e, words[i] + 1, f.data.len, depth);
        argvec inner = {0};
        if (ok) {
            (e->windows ? split_windows : split_words)(&inner, f.data, e->a);
            ok = expand(e, inner.n, inner.p, depth + 1);
        }
        vec_free(&inner);
        file_close(&f);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool opt_expand(argvec *out, int argc, char **argv, struct arena *a, struct diag *d)
{
    return expand(&(struct expansion){out, false, a, d, 0, 0}, (size_t)argc, argv, 0);
}

bool opt_expand_windows(argvec *out, int argc, char **argv, struct arena *a, struct diag *d)
{
    return expand(&(struct expansion){out, true, a, d, 0, 0}, (size_t)argc, argv, 0);
}

void opt_start(struct opt_parser *p, const struct opt_row *rows, int argc, char **argv, struct diag *d)
{
    *p = (struct opt_parser){.rows = rows, .argv = argv, .argc = argc, .d = d};
}

static bool fail(struct opt_parser *p, const char *fmt, const char *what)
{
    struct buf b = {0};
    for (; *fmt; fmt++) {
        if (fmt[0] == '%') {
            buf_puts(&b, what);
        } else {
            buf_c(&b, *fmt);
        }
    }
    diag_error(p->d, "%.*s", (int)b.n, b.p);
    buf_free(&b);
    p->id = -1;
    return true;
}

/* The row whose long name is NAME or which NAME abbreviates unambiguously. */
static const struct opt_row *find_long(const struct opt_row *rows, struct str name, bool *ambiguous)
{
    const struct opt_row *hit = NULL;
    *ambiguous = false;
    for (const struct opt_row *r = rows; r->id; r++) {
        if (!r->name || !str_starts(str_c(r->name), name)) {
            continue;
        }
        if (strlen(r->name) == name.len) {
            *ambiguous = false;
            return r;
        }
        *ambiguous = *ambiguous || (hit && hit->id != r->id);
        hit = hit ? hit : r;
    }
    return *ambiguous ? NULL : hit;
}

static bool take_long(struct opt_parser *p, const char *word)
{
    const char *eq = strchr(word, '=');
    struct str name = eq ? (struct str){word, (size_t)(eq - word)} : str_c(word);
    bool ambiguous;
    const struct opt_row *r = find_long(p->rows, name, &ambiguous);
    if (!r) {
        return fail(p, ambiguous ? "option '--%' is ambiguous" : "unrecognized option '--%'", word);
    }
    p->row = r;
    p->id = r->id;
    p->arg = eq ? eq + 1 : NULL;
    if (r->arg == OPT_NONE && eq) {
        return fail(p, "option '--%' doesn't allow an argument", r->name);
    }
    if (r->arg == OPT_REQUIRED && !eq) {
        if (p->i >= p->argc) {
            return fail(p, "option '--%' requires an argument", r->name);
        }
        p->arg = p->argv[p->i++];
    }
    return true;
}

static bool take_short(struct opt_parser *p)
{
    char c = *p->cluster++;
    const struct opt_row *r = p->rows;
    while (r->id && r->short_name != c) {
        r++;
    }
    char name[2] = {c, '\0'};
    if (!r->id) {
        return fail(p, "invalid option -- '%'", name);
    }
    p->row = r;
    p->id = r->id;
    p->arg = NULL;
    if (r->arg == OPT_NONE) {
        return true;
    }
    if (*p->cluster) {
        p->arg = p->cluster;
        p->cluster = NULL;
    } else if (r->arg == OPT_REQUIRED) {
        if (p->i >= p->argc) {
            return fail(p, "option requires an argument -- '%'", name);
        }
        p->arg = p->argv[p->i++];
    }
    return true;
}

bool opt_next(struct opt_parser *p)
{
    p->row = NULL;
    if (p->cluster && *p->cluster) {
        return take_short(p);
    }
    p->cluster = NULL;
    if (p->i >= p->argc) {
        return false;
    }
    char *w = p->argv[p->i++];
    if (p->only_operands || w[0] != '-' || w[1] == '\0') {
        p->id = 0;
        p->arg = w;
        return true;
    }
    if (strcmp(w, "--") == 0) {
        p->only_operands = true;
        return opt_next(p);
    }
    if (w[1] == '-') {
        return take_long(p, w + 2);
    }
    p->cluster = w + 1;
    return take_short(p);
}

void opt_help(struct buf *b, const struct opt_row *rows)
{
    for (const struct opt_row *r = rows; r->id; r++) {
        if (!r->help) {
            continue;
        }
        size_t from = b->n;
        const char *a = r->arg_name ? r->arg_name : "ARG";
        buf_puts(b, "  ");
        if (r->short_name) {
            buf_printf(b, "-%c", r->short_name);
        } else {
            buf_puts(b, "  ");
        }
        if (r->name) {
            buf_printf(b, "%s--%s", r->short_name ? ", " : "  ", r->name);
        }
        if (r->arg == OPT_REQUIRED) {
            buf_printf(b, "%s%s", r->name ? "=" : " ", a);
        } else if (r->arg == OPT_OPTIONAL) {
            buf_printf(b, "[%s%s]", r->name ? "=" : "", a);
        }
        if (b->n - from > 28) {
            buf_c(b, '\n');
            from = b->n;
        }
        buf_fill(b, ' ', 30 - (b->n - from));
        buf_puts(b, r->help);
        buf_c(b, '\n');
    }
}
