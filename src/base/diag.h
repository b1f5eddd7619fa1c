/* diag.h - origins, severities, counting; the only writer to standard error.

   Readers never print and never exit: they call diag_bad() and return its result, false. What was
   reported is held in the struct diag until its owner flushes it, so that work done in parallel
   reports in input order: give each task a struct diag, then diag_merge() them in order.

   Names inside messages come from strangers: pass them through diag's "%.*s" only with the helper
   Q(), and every message is escaped as a whole before it is printed (NAME_ESCAPE).

   Message styles: binutils applets print "nm: FILE: text"; ld prints
   "objkit ld: error: FILE: text" (see EXAMPLES: lower case, no full stop, origin first). */
#ifndef OBJKIT_BASE_DIAG_H
#define OBJKIT_BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Where bytes came from: file, entry of a container, member of an archive, slice of a universal
   file, nested as deep as they are. Prints as x.zip:lib/libx.a(foo.o) and f.dylib[arm64]. Nodes are
   owned by whoever opened the thing; they outlive all objects below them. */
enum origin_kind { ORIGIN_FILE, ORIGIN_ENTRY, ORIGIN_MEMBER, ORIGIN_SLICE };
struct origin {
    const struct origin *parent; /* NULL for ORIGIN_FILE */
    struct str name;
    enum origin_kind kind;
};

/* Appends the whole chain, unescaped. */
void origin_print(struct buf *b, const struct origin *o);
unsigned origin_depth(const struct origin *o);

enum severity { SEV_NOTE, SEV_WARNING, SEV_ERROR, SEV_FATAL, SEV_BUG };

#define DIAG_NO_OFFSET UINT64_MAX

struct diag_msg;

struct diag {
    const char *prog;         /* "nm", "objkit ld": printed first */
    bool name_severity;       /* print "error: " and "warning: " */
    bool immediate;           /* print at once instead of holding (single-threaded commands) */
    bool fatal_warnings;
    bool no_warnings;
    bool color;
    const struct origin *origin; /* what diag_bad and diag_warn speak of; set by who opens an input */
    uint64_t counts[5];       /* by severity; suppressed ones too */
    bool shown;               /* the newest message is printed, not suppressed */
    uint64_t in_origin;       /* printed for this origin, for LIMIT_DIAGS */
    const struct origin *limited; /* the origin in_origin counts for */
    struct diag_msg *first, **last;
    bool errors_are_warnings; /* damage that does not stop the command (ar stores any file) */
};

/* A diag that prints as PROG; release with diag_finish. */
void diag_init(struct diag *d, const char *prog);

/* A child for one parallel task: same style, holds its messages. */
void diag_child(struct diag *d, const struct diag *parent);

/* Moves CHILD's messages to the end of PARENT's (printing them if the parent is immediate), adds
   its counts, and leaves CHILD empty. */
void diag_merge(struct diag *parent, struct diag *child);

/* Prints what is held to standard error and forgets it. */
void diag_flush(struct diag *d);

/* Flushes; says how many messages were withheld; frees. True if no error was counted. */
bool diag_finish(struct diag *d);

/* Drops what is held and its counts (a probe that is allowed to fail). */
void diag_drop(struct diag *d);

/* Reports an error in the bytes of d->origin at file offset OFF (DIAG_NO_OFFSET: none). Always
   returns false, so `return diag_bad(...)` reports and fails in one expression. */
bool diag_bad(struct diag *d, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));
void diag_warn_at(struct diag *d, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

/* The general form; ORIGIN may be NULL. Returns false for an error or worse, else true. */
bool diag_report(struct diag *d, enum severity sev, const struct origin *origin, uint64_t off,
                 const char *fmt, ...) __attribute__((format(printf, 5, 6), cold));
bool diag_vreport(struct diag *d, enum severity sev, const struct origin *origin, uint64_t off,
                  const char *fmt, va_list ap) __attribute__((format(printf, 5, 0), cold));

/* A further line of the message before (">>> referenced by ..."), printed without program name and
   severity. Dropped if that message was. */
void diag_continue(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* Without any origin: "PROG: text". */
bool diag_error(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));
void diag_warning(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));
void diag_note(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* "PROG: PATH: reason" for an errno, or one of file.h's own, in file_strerror's words; false. */
bool diag_errno(struct diag *d, const char *path, int err) __attribute__((cold));

static inline bool diag_ok(const struct diag *d)
{
    return d->counts[SEV_ERROR] + d->counts[SEV_FATAL] + d->counts[SEV_BUG] == 0;
}

/* For "%.*s". */
#define Q(s) ((int)((s).len > 4096 ? 4096 : (s).len)), ((s).p ? (s).p : "")

#endif
