/* input.c - walks files, directories, archives and universal files; containers are container.c.

   The walk is one recursion, walk_any, whose depth is bounded by LIMIT_NESTING. Whatever it opens
   it closes on the way back, so memory is bounded by what lies on the way from the file to the
   thing that is being looked at. Spec "hardening", sections 3 and 6. */
#define _GNU_SOURCE
#include "base/path.h"
#include "input/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "input/walk.h"

enum { HEAD_LEN = 4096 };
enum { DIR_DEPTH = 256 /* directories inside directories; PATH_MAX ends real ones earlier */ };

enum input_next walk_event(struct walk *w, enum input_event event, struct view bytes,
                           enum obj_format format, const struct place *p, struct ar *ar)
{
    if (w->stop) {
        return INPUT_STOP;
    }
    w->d->origin = p->origin;
    struct input_item item = {
        .event = event,
        .bytes = bytes,
        .origin = p->origin,
        .format = format,
        .ar = ar ? ar : p->ar,
        .member = p->member,
        .slice = p->slice,
        .source = p->source,
        .st = p->st,
        .mapped = p->mapped,
        .diag = w->d,
    };
    enum input_next next = w->fn(w->ctx, &item);
    w->stop = w->stop || next == INPUT_STOP;
    w->d->origin = p->origin;
    return next;
}

static struct str plain_name(struct str s)
{
    while (str_starts(s, S("./"))) {
        s = str_skip(s, 2);
    }
    while (str_starts(s, S("/"))) {
        s = str_skip(s, 1);
    }
    return s;
}

bool walk_selects(const struct selector *s, struct str name)
{
    return !s || str_eq(plain_name(s->name), plain_name(name));
}

static bool is_archive(enum obj_format f)
{
    return f == OBJ_AR || f == OBJ_AR_THIN || f == OBJ_AR_BIG || f == OBJ_AR_AIX_OLD;
}

bool walk_interesting(const struct walk *w, struct view head)
{
    enum obj_format f = obj_detect(head);
    return obj_format_readable(f) || is_archive(f) || f == OBJ_FAT ||
           (!(w->flags & INPUT_NO_CONTAINERS) && container_probe(head));
}

/* ---- thin members --------------------------------------------------------------------------- */

/* Is the file ST already open on the way here: an archive that names itself? */
static bool is_open_above(const struct place *p, const struct stat *st)
{
    for (; p; p = p->parent) {
        if (p->path && p->st && file_same(p->st, st)) {
            return true;
        }
    }
    return false;
}

/* GNU ar lets a thin archive refer to a member of a regular one, BYTES. */
static void walk_nested(struct walk *w, struct ar *ar, const struct ar_member *m, struct view bytes,
                        struct place *here)
{
    struct ar in;
    struct ar_member inner;
    if (ar_nested_member(ar, m, bytes, &in, &inner)) {
        struct origin o = {here->origin->parent, inner.name, ORIGIN_MEMBER};
        inner.thin = true; /* its bytes go when the file they are in is closed */
        here->origin = &o;
        here->member = &inner;
        walk_any(w, inner.data, here);
    }
}

/* The contents of a thin archive's member lie in a file of their own. */
static void walk_thin(struct walk *w, struct ar *ar, const struct ar_member *m, struct place *here)
{
    const struct place *above = here->parent;
    if (!above->path) {
        diag_bad(w->d, m->hdr_off,
                 "a thin archive inside another file: its members cannot be found");
        return;
    }
    char *path = ar_thin_path(ar, above->path, m);
    struct file f;
    int err = file_open(&f, path, 0);
    if (err) {
        diag_bad(w->d, m->hdr_off, "%s", file_strerror(err));
        return;
    }
    if (is_open_above(above, &f.st)) {
        diag_bad(w->d, m->hdr_off, "the thin archive is its own member");
    } else {
        here->path = path;
        here->st = &f.st;
        if (m->nested_off) {
            walk_nested(w, ar, m, f.data, here);
        } else {
            walk_any(w, f.data, here);
        }
    }
    file_close(&f);
}

/* ---- archives and universal files ----------------------------------------------------------- */

static void walk_members(struct walk *w, struct ar *ar, const struct place *p)
{
    struct ar_iter it;
    struct ar_member m;
    bool found = false;
    for (ar_iter_start(&it, ar, false); !w->stop && ar_iter_next(&it, &m);) {
        if (!walk_selects(p->sel, m.name)) {
            continue;
        }
        found = true;
        struct origin o = {.parent = p->origin, .name = m.name, .kind = ORIGIN_MEMBER};
        struct place here = {.origin = &o, .depth = p->depth + 1, .st = p->st, .parent = p,
                             .sel = p->sel ? p->sel->next : NULL, .ar = ar, .member = &m,
                             .mapped = p->mapped && !m.thin,
                             .listed = p->listed && !p->sel};
        w->d->origin = &o;
        w->d->limited = NULL; /* the next member may have this one's address */
        if (m.thin) {
            walk_thin(w, ar, &m, &here);
        } else {
            walk_any(w, m.data, &here);
        }
        w->d->origin = p->origin;
    }
    if (p->sel && !found && !w->stop) {
        diag_bad(w->d, DIAG_NO_OFFSET, "no member '%.*s'", Q(p->sel->name));
    }
}

static void walk_archive(struct walk *w, struct view bytes, enum obj_format f,
                         const struct place *p)
{
    struct arena arena = {0};
    struct ar ar;
    if (ar_open(&ar, bytes, p->origin, w->d, &arena)) {
        enum input_next next = INPUT_CONTINUE;
        if (!p->sel) {
            next = walk_event(w, INPUT_ARCHIVE, bytes, f, p, &ar);
        }
        if (next == INPUT_CONTINUE) {
            walk_members(w, &ar, p);
        }
        if (!p->sel) {
            walk_event(w, INPUT_ARCHIVE_END, bytes, f, p, &ar);
        }
    }
    arena_free(&arena);
}

static void walk_slices(struct walk *w, struct fat_slice *slices, uint32_t n, const struct place *p)
{
    bool found = false;
    for (uint32_t i = 0; i < n && !w->stop; i++) {
        struct str name = str_c(slices[i].arch);
        if (!walk_selects(p->sel, name)) {
            continue;
        }
        found = true;
        struct origin o = {.parent = p->origin, .name = name, .kind = ORIGIN_SLICE};
        struct place here = {.origin = &o, .depth = p->depth + 1, .st = p->st, .parent = p,
                             .sel = p->sel ? p->sel->next : NULL, .ar = p->ar, .member = p->member,
                             .slice = &slices[i], .mapped = p->mapped,
                             .listed = p->listed && !p->sel};
        w->d->limited = NULL;
        walk_any(w, slices[i].bytes, &here);
    }
    if (p->sel && !found && !w->stop) {
        diag_bad(w->d, DIAG_NO_OFFSET, "no architecture '%.*s'", Q(p->sel->name));
    }
}

static void walk_fat(struct walk *w, struct view bytes, const struct place *p)
{
    struct arena arena = {0};
    struct fat_slice *slices;
    uint32_t n;
    if (fat_read(bytes, &arena, w->d, &slices, &n)) {
        enum input_next next = INPUT_CONTINUE;
        if (!p->sel) {
            next = walk_event(w, INPUT_FAT, bytes, OBJ_FAT, p, NULL);
        }
        if (next == INPUT_CONTINUE) {
            walk_slices(w, slices, n, p);
        }
        if (!p->sel) {
            walk_event(w, INPUT_FAT_END, bytes, OBJ_FAT, p, NULL);
        }
    }
    arena_free(&arena);
}

bool input_is_container(struct view v)
{
    enum obj_format f = obj_detect(v);
    return !obj_format_readable(f) && !is_archive(f) && f != OBJ_FAT && container_probe(v);
}

void walk_any(struct walk *w, struct view bytes, const struct place *p)
{
    if (w->stop) {
        return;
    }
    w->d->origin = p->origin;
    enum obj_format f = obj_detect(bytes);
    bool archive = is_archive(f) && (!(w->flags & INPUT_NO_ARCHIVES) || p->sel);
    bool container = !(w->flags & INPUT_NO_CONTAINERS) && input_is_container(bytes);
    if ((archive || container || f == OBJ_FAT) && p->depth >= LIMIT_NESTING) {
        diag_bad(w->d, DIAG_NO_OFFSET, "archives nest deeper than %d levels", LIMIT_NESTING);
    } else if (archive) {
        walk_archive(w, bytes, f, p);
    } else if (f == OBJ_FAT) {
        walk_fat(w, bytes, p);
    } else if (container) {
        container_walk(w, bytes, p);
    } else if (p->sel) {
        diag_bad(w->d, DIAG_NO_OFFSET, "nothing can be selected inside this file");
    } else if (!p->listed || !(w->flags & INPUT_ONLY_OBJECTS) || obj_format_readable(f)) {
        walk_event(w, INPUT_FILE, bytes, f, p, NULL);
    }
    w->d->origin = p->origin;
}

/* ---- paths ---------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_dir(const char *path, unsigned depth, struct arena *a, argvec *out,
                     struct diag *d);

/* One directory entry. Links are passed over: their targets are listed where they are, and a link
   to a directory above would never end. */
static bool list_entry(const char *path, unsigned depth, struct arena *a, argvec *out,
                       struct diag *d)
{
    struct stat st;
    if (lstat(path, &st) < 0) {
        return diag_errno(d, path, errno);
    }
    if (S_ISDIR(st.st_mode)) {
        return list_dir(path, depth + 1, a, out, d);
    }
    if (S_ISREG(st.st_mode)) {
        vec_push(out, (char *)(uintptr_t)path);
    }
    return true;
}

static bool list_dir(const char *path, unsigned depth, struct arena *a, argvec *out, struct diag *d)
{
    if (depth > DIR_DEPTH) {
        return diag_error(d, "%s: directories nest deeper than %d levels", path, DIR_DEPTH);
    }
    DIR *dir = opendir(path);
    if (!dir) {
        return diag_errno(d, path, errno);
    }
    argvec names = {0};
    size_t n = strlen(path);
    const char *slash = n && path_is_sep(path[n - 1]) ? "" : "/";
    errno = 0; /* readdir says nothing else at the end and at an error */
    for (struct dirent *e; (e = readdir(dir)); errno = 0) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            vec_push(&names, arena_printf(a, "%s%s%s", path, slash, e->d_name));
        }
    }
    bool ok = errno == 0 || diag_errno(d, path, errno);
    closedir(dir);
    if (names.n) {
        qsort(names.p, names.n, sizeof *names.p, by_name);
    }
    for (size_t i = 0; i < names.n; i++) {
        ok = list_entry(names.p[i], depth, a, out, d) && ok;
    }
    vec_free(&names);
    return ok;
}

bool input_list(const char *path, struct arena *a, argvec *out, bool *is_dir, struct diag *d)
{
    struct stat st;
    *is_dir = strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (*is_dir) {
        return list_dir(path, 0, a, out, d);
    }
    vec_push(out, arena_strdup(a, str_c(path)));
    return true;
}

/* The source of a file of which only the head was read. A few pages are read; for more the file is
   mapped. */
static const uint8_t *lazy_fetch(struct obj_source *s, struct arena *a, uint64_t off, uint64_t len)
{
    enum { READ_AT_MOST = 64 << 10 };
    struct file *f = s->ctx;
    struct view v;
    if (file_is_head(f) && len <= READ_AT_MOST) {
        uint8_t *p = arena_alloc(a, (size_t)len);
        return pread(f->fd, p, (size_t)len, (off_t)off) == (ssize_t)len ? p : NULL;
    }
    if (file_load(f) != 0) {
        return NULL;
    }
    return view_sub(f->data, off, len, &v) ? v.p : NULL;
}

/* Cuts PATH at its "//": the first prefix that is a file, and the names to select inside it. 0, or
   the errno of opening PATH as it stands. */
static int open_selecting(struct file *f, const char *path, struct arena *a, const char **file_path,
                          const struct selector **sel, uint8_t head[HEAD_LEN])
{
    *file_path = path;
    *sel = NULL;
    int err = file_open_head(f, path, FILE_ANY_TYPE, head, head ? HEAD_LEN : 0);
    if (err != ENOENT && err != ENOTDIR) {
        return err;
    }
    for (const char *cut = path; (cut = strstr(cut, "//")); cut += 2) {
        char *prefix = arena_strdup(a, (struct str){path, (size_t)(cut - path)});
        if (cut == path || file_open(f, prefix, 0) != 0) {
            continue;
        }
        *file_path = prefix;
        const struct selector **last = sel;
        for (const char *s = cut; s; s = strstr(s + 2, "//")) {
            const char *e = strstr(s + 2, "//");
            struct selector *one = ARENA_NEW(a, struct selector);
            one->name = (struct str){s + 2, e ? (size_t)(e - s) - 2 : strlen(s + 2)};
            if (one->name.len) {
                *last = one;
                last = &one->next;
            }
        }
        return 0;
    }
    return err;
}

/* Work in containers is bounded by the size of what was given, not by what it claims to hold. */
static struct walk new_walk(uint64_t len, unsigned flags, struct diag *d, input_fn fn, void *ctx)
{
    uint64_t entry = LIMIT_UNPACK_ENTRY_BASE + len * LIMIT_UNPACK_RATIO;
    return (struct walk){.flags = flags, .d = d, .fn = fn, .ctx = ctx,
                         .unpack_limit = LIMIT_UNPACK_BASE + len * LIMIT_UNPACK_RATIO,
                         .entry_limit = entry < LIMIT_ENTRY_LEN ? entry : LIMIT_ENTRY_LEN};
}

/* True if PATH is a directory that somebody else is to walk. */
static bool walk_file(const char *path, unsigned flags, bool listed, struct diag *d, input_fn fn,
                      void *ctx, bool *stop)
{
    bool is_dir = false;
    struct arena arena = {0};
    struct file f;
    const char *file_path;
    const struct selector *sel;
    uint8_t head[HEAD_LEN];
    int err = open_selecting(&f, path, &arena, &file_path, &sel, flags & INPUT_LAZY ? head : NULL);
    bool lazy = !err && file_is_head(&f) && obj_has_source(obj_detect(view_of(head, HEAD_LEN)));
    if (!err && !lazy) {
        err = file_load(&f);
    }
    if (err == EISDIR && flags & (INPUT_TELL_DIRS | INPUT_WALK_DIRS)) {
        is_dir = true;
        if (flags & INPUT_TELL_DIRS) {
            struct input_item item = {.event = INPUT_DIR, .diag = d};
            fn(ctx, &item);
        }
    } else if (err == ENOENT && flags & INPUT_GNU_WORDS) {
        diag_error(d, "'%s': No such file", path);
    } else if (err) {
        diag_errno(d, path, err);
    } else {
        struct origin o = {.name = str_c(file_path), .kind = ORIGIN_FILE};
        struct place p = {
            .origin = &o, .path = file_path, .st = &f.st, .sel = sel, .mapped = f.mapped, .listed = listed};
        struct walk w = new_walk(f.file_len, flags, d, fn, ctx);
        d->limited = NULL;
        if (lazy) {
            struct obj_source source = {lazy_fetch, f.file_len, &f};
            p.source = &source;
            walk_event(&w, INPUT_FILE, view_of(head, HEAD_LEN), obj_detect(view_of(head, HEAD_LEN)),
                       &p, NULL);
        } else {
            walk_any(&w, f.data, &p);
        }
        *stop = w.stop;
        file_close(&f);
    }
    d->origin = NULL;
    d->limited = NULL;
    arena_free(&arena);
    return is_dir;
}

bool input_walk(const char *path, unsigned flags, struct diag *d, input_fn fn, void *ctx)
{
    uint64_t before = d->counts[SEV_ERROR];
    bool stop = false;
    if (walk_file(path, flags, false, d, fn, ctx, &stop) && flags & INPUT_WALK_DIRS) {
        struct arena arena = {0};
        argvec files = {0};
        bool is_dir;
        input_list(path, &arena, &files, &is_dir, d);
        for (size_t i = 0; i < files.n && !stop; i++) {
            walk_file(files.p[i], flags & ~(unsigned)INPUT_WALK_DIRS, true, d, fn, ctx, &stop);
        }
        vec_free(&files);
        arena_free(&arena);
    }
    return !stop && d->counts[SEV_ERROR] == before;
}

bool input_walk_listed(const char *path, unsigned flags, struct diag *d, input_fn fn, void *ctx)
{
    uint64_t before = d->counts[SEV_ERROR];
    bool stop = false;
    walk_file(path, flags, true, d, fn, ctx, &stop);
    return !stop && d->counts[SEV_ERROR] == before;
}

bool input_walk_bytes(struct view bytes, const struct origin *origin, unsigned flags,
                      struct diag *d, input_fn fn, void *ctx)
{
    uint64_t before = d->counts[SEV_ERROR];
    struct walk w = new_walk(bytes.len, flags, d, fn, ctx);
    struct place p = {.origin = origin, .depth = origin ? origin_depth(origin) - 1 : 0};
    walk_any(&w, bytes, &p);
    d->origin = origin;
    return !w.stop && d->counts[SEV_ERROR] == before;
}
