/* diag.c - collecting and printing messages. */
#include "base/diag.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"

struct diag_msg {
    struct diag_msg *next;
    enum severity sev;
    bool is_continued; /* a further line of the message before */
    size_t len;
    char text[]; /* the whole line, unescaped, without program name and newline */
};

void origin_print(struct buf *b, const struct origin *o)
{
    if (o->parent) {
        origin_print(b, o->parent);
    }
    switch (o->kind) {
    case ORIGIN_FILE: buf_str(b, o->name); break;
    case ORIGIN_ENTRY: buf_c(b, ':'); buf_str(b, o->name); break;
    case ORIGIN_MEMBER: buf_c(b, '('); buf_str(b, o->name); buf_c(b, ')'); break;
    case ORIGIN_SLICE: buf_c(b, '['); buf_str(b, o->name); buf_c(b, ']'); break;
    }
}

unsigned origin_depth(const struct origin *o)
{
    unsigned n = 0;
    for (; o; o = o->parent) {
        n++;
    }
    return n;
}

void diag_init(struct diag *d, const char *prog)
{
    *d = (struct diag){.prog = prog};
    d->last = &d->first;
}

void diag_child(struct diag *d, const struct diag *parent)
{
    *d = *parent;
    memset(d->counts, 0, sizeof d->counts);
    d->immediate = false;
    d->in_origin = 0;
    d->limited = NULL;
    d->first = NULL;
    d->last = &d->first;
}

static const char *severity_word(enum severity sev)
{
    static const char *const words[] = {"note: ", "warning: ", "error: ", "fatal error: ",
                                        "internal error: "};
    return words[sev];
}

static void print_prefix(const struct diag *d, struct buf *b, enum severity sev)
{
    static const char *const colors[] = {"\033[36m", "\033[35m", "\033[31m", "\033[31m", "\033[31m"};
    buf_puts(b, d->prog);
    buf_puts(b, ": ");
    if (d->name_severity || sev == SEV_BUG) {
        if (d->color) {
            buf_puts(b, colors[sev]);
        }
        buf_puts(b, severity_word(sev));
        if (d->color) {
            buf_puts(b, "\033[0m");
        }
    } else if (sev == SEV_WARNING) {
        buf_puts(b, "warning: ");
    }
}

static void print_msg(const struct diag *d, struct buf *b, const struct diag_msg *m)
{
    if (!m->is_continued) {
        print_prefix(d, b, m->sev);
    }
    buf_name(b, (struct str){m->text, m->len}, NAME_ESCAPE);
    buf_c(b, '\n');
}

void diag_flush(struct diag *d)
{
    struct buf b = buf_to_fd(STDERR_FILENO);
    for (struct diag_msg *m = d->first, *next; m; m = next) {
        next = m->next;
        print_msg(d, &b, m);
        free(m);
    }
    d->first = NULL;
    d->last = &d->first;
    buf_finish(&b);
}

static void append(struct diag *d, struct diag_msg *m)
{
    m->next = NULL;
    *d->last = m;
    d->last = &m->next;
    if (d->immediate) {
        diag_flush(d);
    }
}

void diag_merge(struct diag *parent, struct diag *child)
{
    for (int i = 0; i < 5; i++) {
        parent->counts[i] += child->counts[i];
        child->counts[i] = 0;
    }
    if (child->first) {
        *parent->last = child->first;
        parent->last = child->last;
    }
    child->first = NULL;
    child->last = &child->first;
    if (parent->immediate) {
        diag_flush(parent);
    }
}

void diag_drop(struct diag *d)
{
    for (struct diag_msg *m = d->first, *next; m; m = next) {
        next = m->next;
        free(m);
    }
    d->first = NULL;
    d->last = &d->first;
    memset(d->counts, 0, sizeof d->counts);
    d->in_origin = 0;
}

bool diag_finish(struct diag *d)
{
    bool ok = diag_ok(d);
    diag_flush(d);
    return ok;
}

/* Counts; false if the message is beyond LIMIT_DIAGS for its origin. */
static bool admit(struct diag *d, const struct origin *origin, enum severity sev)
{
    d->counts[sev]++;
    if (!origin) {
        return true;
    }
    if (origin != d->limited) {
        d->limited = origin;
        d->in_origin = 0;
    }
    return ++d->in_origin <= LIMIT_DIAGS + 1;
}

/* Takes the text out of B. */
static void append_text(struct diag *d, enum severity sev, bool is_continued, struct buf *b)
{
    struct diag_msg *m = xmalloc(sizeof *m + b->n);
    m->sev = sev;
    m->is_continued = is_continued;
    m->len = b->n;
    if (b->n) {
        memcpy(m->text, b->p, b->n);
    }
    buf_free(b);
    d->shown = true;
    append(d, m);
}

bool diag_vreport(struct diag *d, enum severity sev, const struct origin *origin, uint64_t off,
                  const char *fmt, va_list ap)
{
    d->shown = false;
    if (sev == SEV_ERROR && d->errors_are_warnings) {
        sev = SEV_WARNING;
    }
    if (sev == SEV_WARNING && d->no_warnings) {
        return true;
    }
    if (sev == SEV_WARNING && d->fatal_warnings) {
        sev = SEV_ERROR;
    }
    bool ok = sev < SEV_ERROR;
    if (!admit(d, origin, sev)) {
        return ok;
    }
    struct buf b = {0};
    if (origin) {
        origin_print(&b, origin);
        buf_puts(&b, ": ");
    }
    if (off != DIAG_NO_OFFSET) {
        buf_printf(&b, "at offset 0x%llx: ", (unsigned long long)off);
    }
    if (origin && d->in_origin > LIMIT_DIAGS) {
        buf_puts(&b, "more messages for this file are not shown");
    } else {
        buf_vprintf(&b, fmt, ap);
    }
    append_text(d, sev, false, &b);
    return ok;
}

void diag_continue(struct diag *d, const char *fmt, ...)
{
    if (d->shown) {
        struct buf b = {0};
        va_list ap;
        va_start(ap, fmt);
        buf_vprintf(&b, fmt, ap);
        va_end(ap);
        append_text(d, SEV_NOTE, true, &b);
    }
}

bool diag_report(struct diag *d, enum severity sev, const struct origin *origin, uint64_t off,
                 const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bool ok = diag_vreport(d, sev, origin, off, fmt, ap);
    va_end(ap);
    return ok;
}

bool diag_bad(struct diag *d, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(d, SEV_ERROR, d->origin, off, fmt, ap);
    va_end(ap);
    return false;
}

void diag_warn_at(struct diag *d, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(d, SEV_WARNING, d->origin, off, fmt, ap);
    va_end(ap);
}

bool diag_error(struct diag *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(d, SEV_ERROR, NULL, DIAG_NO_OFFSET, fmt, ap);
    va_end(ap);
    return false;
}

void diag_warning(struct diag *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(d, SEV_WARNING, NULL, DIAG_NO_OFFSET, fmt, ap);
    va_end(ap);
}

void diag_note(struct diag *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(d, SEV_NOTE, NULL, DIAG_NO_OFFSET, fmt, ap);
    va_end(ap);
}

bool diag_errno(struct diag *d, const char *path, int err)
{
    return diag_error(d, "%s: %s", path, file_strerror(err));
}
