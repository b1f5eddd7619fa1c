/* ar_app.h - what the files of the ar applet share. ar.c chooses; ar_options.c parses; ar_edit.c
   loads, changes and saves; ar_show.c prints; ar_extract.c extracts; the others are fronts. */
#ifndef OBJKIT_APPLETS_AR_APP_H
#define OBJKIT_APPLETS_AR_APP_H

#include <sys/stat.h>

#include "applets/ar_paths.h"
#include "archive/ar_write.h"
#include "base/arena.h"
#include "base/opt.h"
#include "base/strmap.h"
#include "base/vec.h"

struct ar_options {
    char op;               /* one of dmpqrtx, 's' alone, 'M' for a script; 0: none yet */
    char pos;              /* 'a' or 'b': place new and moved members by relpos */
    const char *relpos;
    bool create, deterministic, explicit_d, update, truncate, dates, offsets, full_paths;
    bool flatten, thin, verbose;
    bool no_overwrite;     /* C */
    bool counted;
    uint64_t count;        /* N */
    int index;             /* 1: s, -1: S, 0: neither */
    bool quiet, normalize, keep_paths, preserve_mode, unique, trim_padding, force_index;
    bool warn_duplicates, json;
    const char *output, *target, *libdeps, *script;
    const char *arch;      /* of a universal file, the archive that is read; NULL: this machine's, or the only one */
    enum ar_dialect format; /* NONE: choose */
    uint64_t sym64_threshold;
    unsigned threads;
    const char *archive;
    char **members;
    int n_members;
};

struct ar_app {
    struct ar_options o;
    struct diag d;
    struct arena arena;
    struct pool *pool;
    const char *prog;
    struct buf out;        /* standard output */
    int status;            /* what the exit status will be at least */
    int64_t now;           /* SOURCE_DATE_EPOCH or the time */
    int64_t max_mtime;
    struct ar_path_cache paths;
    VEC(struct file) kept; /* files that items borrow from, closed at the end */
    bool mapped;           /* the archive being read is a mapped file: pages can be given back */
};

/* An archive in memory: the old members and what shall become of them. */
struct ar_edit {
    struct ar_app *app;
    const char *path;
    bool existed;
    struct file file;      /* mapped while it exists */
    struct origin origin;
    struct ar ar;
    VEC(struct ar_item) items;
    VEC(struct ar_item) extra;  /* opaque special members */
    size_t n_old;          /* items[0, n_old) are the old members */
    bool thin, changed;
    enum ar_dialect dialect; /* of the old archive */
    int lock_fd;
    struct ar_edit *libs;  /* libraries whose members are among the items: open as long as this */
    struct ar_edit *next;  /* in such a list */
};

/* ar.c: what ar and ranlib begin and end with. */
void ar_app_start(struct ar_app *app, const char *prog);
int ar_app_finish(struct ar_app *app, int status);

/* ar_options.c: false after a message; *STATUS is then the exit status (0 after --help). */
bool ar_parse_options(struct ar_app *app, int argc, char **argv, int *status);
void ar_usage(struct buf *b);
enum ar_dialect ar_format_named(const char *name);

/* ar_edit.c. Opening for UPDATE locks and allows a missing or empty file. */
bool edit_open(struct ar_edit *e, struct ar_app *app, const char *path, bool update);
void edit_close(struct ar_edit *e);
bool edit_save(struct ar_edit *e);
/* Lets the app's operation (d, m, q, r) work on the items. */
bool edit_change(struct ar_edit *e);
/* Adds the members of the archive at PATH (all if N_WANTED is 0) to the end, in their order. */
bool edit_add_library(struct ar_edit *e, const char *path, char **wanted, int n_wanted);
struct ar_item edit_file_item(struct ar_edit *e, const char *path);
int ar_update(struct ar_app *app);       /* d m q r s */
int ar_index_archive(struct ar_app *app, const char *path, bool rewrite);

/* The name that a member is matched by: full path or base name. */
struct str ar_match_name(const struct ar_app *app, struct str name);

/* Members chosen by the operands (all without operands), GNU's way: each operand takes the next
   member of that name, or with N the one of that number. Calls FN in the operands' order. */
typedef void (*ar_member_fn)(struct ar_app *app, struct ar *ar, const struct ar_member *m, void *ctx);
bool ar_for_members(struct ar_app *app, struct ar *ar, ar_member_fn fn, void *ctx);

/* ar_show.c */
/* Opens the archive PATH, be it inside a container (x.zip//lib/libx.a), and calls FN. */
typedef bool (*ar_archive_fn)(struct ar_app *app, struct ar *ar, void *ctx);
bool ar_with_archive(struct ar_app *app, const char *path, ar_archive_fn fn, void *ctx);

/* V from ORIGIN as an archive; says where archives in a container are found. */
bool ar_open_bytes(struct ar_app *app, struct ar *ar, struct view v, const struct origin *origin);

/* PATH cannot be opened: reports ERR, and what can be done with archives in containers if it names one. False. */
bool ar_cannot_open(struct ar_app *app, const char *path, int err);
int ar_show(struct ar_app *app);         /* t p */
void ar_mode_text(uint32_t mode, char text[10]);
void ar_print_member(struct ar_app *app, struct ar *ar, const struct ar_member *m, const char *path);
/* Opens the file that a thin member names; INNER is M with its contents, or the member of another
   archive that M refers to. False, reported, and nothing to close. */
bool ar_open_thin(struct ar_app *app, struct ar *ar, const char *archive, const struct ar_member *m,
                  struct file *f, struct ar_member *inner);

/* ar_extract.c */
int ar_extract(struct ar_app *app);      /* x */
bool ar_extract_item(struct ar_app *app, const struct ar_item *it, const char *archive);
struct view ar_trimmed(struct view v);   /* a Mach-O object without the newlines behind it */

/* ar_mri.c */
int ar_script(struct ar_app *app);       /* M */

/* ar_extras.c, ar_merge.c: subcommands that neither GNU nor LLVM has. -1: ARGV[1] is none of them. */
int ar_subcommand(struct ar_app *app, int argc, char **argv);

#endif
