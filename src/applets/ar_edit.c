/* ar_edit.c - an archive is loaded, changed in memory, and written anew beside the old one.

   What is loaded is a list of items: where each member's bytes are, never the bytes. Members that
   stay keep their header fields as they were. The archive is locked while it is changed; two
   commands that create the same archive at once find out when the second renames, and it starts over
   on what the first made. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "applets/ar_app.h"
#include "applets/ar_paths.h"
#include "base/limits.h"

enum { COPY_BY_FD = 4 << 20 /* archives from here on are copied from the file, not from memory */ };

/* ---- opening --------------------------------------------------------------------------------- */

/* Locks the archive at PATH; what was locked must still be what PATH names. Locks that the file
   system does not have are done without. */
static int lock_archive(const char *path)
{
    for (int i = 0; i < 1000; i++) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat a, b;
        if (fd < 0) {
            return -1;
        }
        if (fstat(fd, &a) < 0 || !S_ISREG(a.st_mode) || flock(fd, LOCK_EX) < 0) {
            return fd;
        }
        if (stat(path, &b) == 0 && file_same(&a, &b)) {
            return fd;
        }
        close(fd);
    }
    return -1;
}

static struct ar_item old_item(struct ar_edit *e, const struct ar_member *m)
{
    /* The name is looked at again and again: not in the mapped archive, of which it would keep a page. */
    struct ar_item it = {.name = arena_str(&e->app->arena, m->name), .data = m->data,
                         .fd_off = m->data_off, .size = m->size,
                         .fd = e->file.mapped ? e->file.fd : -1, .mtime = m->mtime, .uid = m->uid,
                         .gid = m->gid, .mode = m->mode, .old_off = m->hdr_off};
    if (m->thin) {
        it.path = ar_thin_path(&e->ar, e->path, m);
        it.fd = -1;
    }
    return it;
}

/* Headers lie among the contents: gives the pages back that were only passed. */
static void drop_passed(const struct ar_edit *e, uint64_t *from, uint64_t to)
{
    struct view v;
    if (e->file.mapped && view_sub(e->ar.bytes, *from, to - *from, &v)) {
        file_drop_pages(v);
        *from = to;
    }
}

static bool load_members(struct ar_edit *e)
{
    struct ar_iter iter;
    struct ar_member m;
    uint64_t dropped = 0;
    ar_iter_start(&iter, &e->ar, true);
    while (ar_iter_next(&iter, &m)) {
        if (m.hdr_off > dropped && m.hdr_off - dropped > (32u << 20)) {
            drop_passed(e, &dropped, m.hdr_off);
        }
        if (m.nested_off) {
            return diag_error(&e->app->d, "%s: member '%.*s' lies inside another archive: it cannot be "
                              "rewritten; use `L', or repack", e->path, Q(m.name));
        }
        if (m.special == AR_MEMBER) {
            vec_push(&e->items, old_item(e, &m));
        } else if (m.special == AR_SP_OTHER) {
            vec_push(&e->extra, old_item(e, &m));
        }
    }
    e->n_old = e->items.n;
    drop_passed(e, &dropped, e->ar.bytes.len);
    return !iter.bad && diag_ok(&e->app->d);
}

bool edit_open(struct ar_edit *e, struct ar_app *app, const char *path, bool update)
{
    *e = (struct ar_edit){.app = app, .path = path, .lock_fd = -1};
    e->file.fd = -1;
    e->thin = app->o.thin;
    if (update && strcmp(path, "-") == 0) {
        return true; /* a new archive, to standard output */
    }
    e->origin = (struct origin){NULL, str_c(path), ORIGIN_FILE};
    if (update) {
        e->lock_fd = lock_archive(path);
    }
    int err = file_open(&e->file, path, update ? FILE_KEEP_FD : FILE_ANY_TYPE | FILE_KEEP_FD);
    if (!err && !update && e->file.fd >= 0 && e->file.data.len < COPY_BY_FD) {
        close(e->file.fd); /* a merge may have more archives than there are descriptors */
        e->file.fd = -1;
    }
    if (update && err == ENOENT) {
        return true;
    }
    if (err == EISDIR || err == ENODEV) {
        return diag_error(&app->d, "%s: %s", path, err == EISDIR ? "is a directory" : "not a regular file");
    }
    if (err) {
        return ar_cannot_open(app, path, err);
    }
    e->existed = true;
    if (update && e->file.data.len == 0) {
        return true; /* an empty file is a new archive */
    }
    if (obj_detect(e->file.data) == OBJ_FAT) {
        return diag_error(&app->d, "%s: archives in a universal file can be listed and extracted; "
                          "'objkit libtool -static' makes one", path);
    }
    if (!ar_open_bytes(app, &e->ar, e->file.data, &e->origin) || !load_members(e)) {
        return false;
    }
    e->dialect = e->ar.dialect;
    if (e->app->o.thin && !e->ar.thin && e->items.n) {
        return diag_error(&app->d, "Cannot convert existing library %s to thin format", path);
    }
    e->thin = e->thin || e->ar.thin;
    return true;
}

void edit_close(struct ar_edit *e)
{
    file_close(&e->file);
    if (e->lock_fd >= 0) {
        close(e->lock_fd);
    }
    vec_free(&e->items);
    vec_free(&e->extra);
    for (struct ar_edit *l = e->libs; l; l = l->next) {
        edit_close(l); /* a library has no libraries of its own: no deeper than this */
    }
    e->libs = NULL;
}

/* ---- saving ---------------------------------------------------------------------------------- */

static void warn_duplicates(struct ar_edit *e)
{
    struct strmap seen = {0};
    for (size_t i = 0; i < e->items.n; i++) {
        const struct ar_item *it = &e->items.p[i];
        const char *p = it->sym_names;
        for (uint32_t k = 0; k < it->n_syms; k++) {
            struct str s = str_c(p);
            bool added;
            uint32_t first = *strmap_put(&seen, s, (uint32_t)i, &added);
            if (!added && first != i) {
                diag_warning(&e->app->d, "%s: '%.*s' is defined by %.*s and %.*s", e->path, Q(s),
                             Q(e->items.p[first].name), Q(it->name));
            }
            p += s.len + 1;
        }
    }
    strmap_free(&seen);
}

static bool refuse_fat(struct ar_edit *e)
{
    for (size_t i = 0; i < e->items.n; i++) {
        const struct ar_item *it = &e->items.p[i];
        if (it->fresh && it->format == OBJ_FAT) {
            return diag_error(&e->app->d, "%.*s: a universal file cannot be a member that linkers find; "
                              "use 'objkit libtool -static'", Q(it->name));
        }
    }
    return true;
}

static enum ar_dialect choose_dialect(const struct ar_edit *e)
{
    const struct ar_options *o = &e->app->o;
    if (o->format) {
        return o->format;
    }
    if (e->dialect == AR_DIALECT_RAW && o->force_index) {
        return AR_DIALECT_GNU;
    }
    enum ar_dialect by_members = ar_dialect_for(e->items.p, e->items.n);
    if (e->dialect == AR_DIALECT_BSD && o->op == 's' && by_members == AR_DIALECT_DARWIN) {
        return AR_DIALECT_DARWIN; /* ranlib makes the alignment right that Apple's linker needs */
    }
    if (e->dialect && e->items.n) {
        return e->dialect;
    }
    return e->thin || !by_members ? AR_DIALECT_GNU : by_members;
}

static void warn_clamped(struct ar_edit *e)
{
    for (size_t i = 0; i < e->items.n; i++) {
        const struct ar_item *it = &e->items.p[i];
        if (it->fresh && (it->uid > 999999 || it->gid > 999999)) {
            diag_warning(&e->app->d, "%s: ids above 999999 do not fit an archive header: 0 is stored",
                         e->path);
            return;
        }
    }
}

static bool collect(struct ar_edit *e, bool index)
{
    struct ar_app *app = e->app;
    struct ar_collect_opts c = {.index = index || app->o.warn_duplicates,
                                .deterministic = app->o.deterministic, .max_mtime = app->max_mtime,
                                .pool = app->pool, .arena = &app->arena, .archive = &e->origin,
                                .thin = e->thin};
    struct stat self;
    c.self = stat(e->path, &self) == 0 ? &self : NULL;
    if (!ar_collect(e->items.p, e->items.n, &c, &app->d) || !refuse_fat(e)) {
        return false;
    }
    warn_clamped(e);
    if (app->o.warn_duplicates) {
        warn_duplicates(e);
    }
    return true;
}

/* Opaque linker members speak of the members as they were. */
static void drop_extra(struct ar_edit *e)
{
    if (e->extra.n && e->changed) {
        for (size_t i = 0; i < e->extra.n; i++) {
            diag_warning(&e->app->d, "%s: member %.*s is dropped: it described the old members", e->path,
                         Q(e->extra.p[i].name));
        }
        e->extra.n = 0;
    }
}

/* Beside the old file, then over it. EEXIST: somebody else made the archive meanwhile. */
static bool write_out(struct ar_edit *e, struct ar_write_opts *w, bool *again)
{
    struct ar_app *app = e->app;
    struct outfile out = {.fd = -1, .slot = -1};
    w->sequential = strcmp(e->path, "-") == 0;
    int err = 0;
    if (w->sequential) {
        buf_flush(&app->out);
        out.fd = dup(STDOUT_FILENO);
        err = out.fd < 0 ? errno : 0;
    } else {
        err = outfile_begin(&out, e->path, 0666);
    }
    if (err) {
        return diag_errno(&app->d, e->path, err);
    }
    out.no_replace = !e->existed;
    bool same = false;
    w->same = &same;
    bool good = ar_write(&out, e->path, e->items.p, e->items.n, w, &app->d);
    w->same = NULL;
    if (!good || same) {
        outfile_abort(&out);
        return same;
    }
    err = outfile_commit(&out);
    *again = err == EEXIST && !e->existed;
    return err && !*again ? diag_errno(&app->d, e->path, err) : true;
}

static bool save(struct ar_edit *e, bool *again)
{
    struct ar_app *app = e->app;
    bool raw = e->dialect == AR_DIALECT_RAW && !app->o.format && !app->o.force_index;
    bool index = app->o.index >= 0 && !raw;
    if (!collect(e, index)) {
        return false;
    }
    drop_extra(e);
    struct ar_write_opts w = {.dialect = choose_dialect(e), .pool = app->pool, .thin = e->thin, .index = index,
                              .sym64_threshold = app->o.sym64_threshold, .extra = e->extra.p,
                              .n_extra = e->extra.n, .deterministic = app->o.deterministic,
                              .index_mtime = app->o.deterministic ? 0 : app->now};
    if (!e->changed && w.dialect == e->dialect) {
        w.old = e->file.data;
    }
    if (app->o.verbose && e->dialect && e->n_old && w.dialect != e->dialect) {
        diag_note(&app->d, "%s: the archive is converted to another format", e->path);
    }
    return write_out(e, &w, again);
}

bool edit_save(struct ar_edit *e)
{
    bool again = false;
    return save(e, &again) && !again;
}

/* ---- items from outside ------------------------------------------------------------------------- */

struct str ar_match_name(const struct ar_app *app, struct str name)
{
    name = app->o.full_paths ? name : str_basename(name);
    return app->o.truncate ? str_head(name, 15) : name;
}

struct ar_item edit_file_item(struct ar_edit *e, const char *path)
{
    struct ar_app *app = e->app;
    struct ar_item it = {.path = path, .fd = -1, .fresh = true};
    if (e->thin) {
        it.name = ar_relative_path(&app->paths, e->path, path);
    } else {
        it.name = ar_match_name(app, str_c(path));
    }
    return it;
}

static bool wanted_member(struct str name, char **wanted, int n)
{
    for (int i = 0; i < n; i++) {
        if (str_is(name, wanted[i])) {
            return true;
        }
    }
    return n == 0;
}

/* Members of a thin archive are files, wherever they are added. */
static struct ar_item library_item(struct ar_edit *e, const struct ar_item *from)
{
    struct ar_item it = *from;
    if (from->path && e->thin) {
        it.name = ar_relative_path(&e->app->paths, e->path, from->path);
    } else if (from->path) {
        it.name = str_basename(from->name);
    }
    it.fresh = from->path != NULL;
    it.old_off = 0;
    return it;
}

static bool has_item(struct ar_edit *lib, const char *name)
{
    for (size_t i = 0; i < lib->items.n; i++) {
        if (str_is(lib->items.p[i].name, name)) {
            return true;
        }
    }
    return diag_error(&lib->app->d, "no entry %s in archive %s", name, lib->path);
}

static bool is_archive(const char *path)
{
    char magic[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool yes = fd >= 0 && read(fd, magic, 8) == 8 &&
               (memcmp(magic, "!<arch>\n", 8) == 0 || memcmp(magic, "!<thin>\n", 8) == 0);
    if (fd >= 0) {
        close(fd);
    }
    return yes;
}

static bool add_library(struct ar_edit *e, const char *path, char **wanted, int n_wanted, unsigned depth)
{
    struct ar_app *app = e->app;
    struct ar_edit *lib = ARENA_NEW(&app->arena, struct ar_edit);
    bool thin = app->o.thin;
    if (depth > LIMIT_NESTING) { /* such as two thin archives that name each other */
        return diag_error(&app->d, "%s: archives nest deeper than %d levels", path, LIMIT_NESTING);
    }
    app->o.thin = false;
    bool good = edit_open(lib, app, path, false);
    app->o.thin = thin;
    lib->next = e->libs;
    e->libs = lib;
    if (!good) {
        return false;
    }
    if (e->thin && !lib->thin) {
        return diag_error(&app->d, "%s: members of a regular archive cannot be referenced by a thin one; "
                          "extract them, or make a regular archive with `L'", path);
    }
    for (size_t i = 0; good && i < lib->items.n; i++) {
        const struct ar_item *it = &lib->items.p[i];
        if (!wanted_member(it->name, wanted, n_wanted)) {
            continue;
        }
        if (e->thin && is_archive(it->path)) { /* as if it had been named itself */
            good = add_library(e, it->path, NULL, 0, depth + 1);
        } else {
            vec_push(&e->items, library_item(e, it));
        }
    }
    for (int i = 0; i < n_wanted; i++) {
        good = has_item(lib, wanted[i]) && good;
    }
    e->changed = true;
    return good; /* LIB stays open: the items' bytes are in it */
}

bool edit_add_library(struct ar_edit *e, const char *path, char **wanted, int n_wanted)
{
    return add_library(e, path, wanted, n_wanted, 1);
}

/* ---- d, m, q, r, s ----------------------------------------------------------------------------- */

/* Old members by name: each list is in archive order and used up from its front. */
struct finder {
    struct strmap map;
    uint32_t *next;        /* per old member: the next of its name */
    struct strmap by_base; /* thin: the same by the last part of the name; made when it is first needed */
    uint32_t *next_base;
    bool *used;            /* found once: not found again */
    bool *gone;            /* does not stay where it is */
};

static struct str match_key(const struct ar_edit *e, struct str name, const char *path)
{
    if (e->thin && path) {
        return ar_absolute_path(&e->app->arena, path);
    }
    return ar_match_name(e->app, name);
}

static void finder_make(struct finder *f, const struct ar_edit *e)
{
    *f = (struct finder){0};
    f->next = xcalloc(e->n_old, sizeof *f->next);
    f->used = xcalloc(e->n_old, sizeof *f->used);
    f->gone = xcalloc(e->n_old, sizeof *f->gone);
    for (size_t i = e->n_old; i-- > 0;) {
        const struct ar_item *it = &e->items.p[i];
        bool added;
        uint32_t *cell = strmap_put(&f->map, match_key(e, it->name, it->path), (uint32_t)i, &added);
        f->next[i] = added ? STRMAP_NONE : *cell;
        *cell = (uint32_t)i;
    }
}

static void finder_free(struct finder *f)
{
    strmap_free(&f->map);
    strmap_free(&f->by_base);
    free(f->next);
    free(f->next_base);
    free(f->used);
    free(f->gone);
}

static void make_by_base(struct finder *f, const struct ar_edit *e)
{
    f->next_base = xcalloc(e->n_old, sizeof *f->next_base);
    for (size_t i = e->n_old; i-- > 0;) {
        bool added;
        uint32_t *cell = strmap_put(&f->by_base, str_basename(e->items.p[i].name), (uint32_t)i, &added);
        f->next_base[i] = added ? STRMAP_NONE : *cell;
        *cell = (uint32_t)i;
    }
}

/* The app's COUNTth (with N, else the first) of a list that is not used up. */
static uint32_t take_from(struct finder *f, const struct ar_edit *e, uint32_t i, const uint32_t *next)
{
    uint64_t k = e->app->o.counted ? e->app->o.count : 1;
    for (; i != STRMAP_NONE; i = next[i]) {
        if (!f->used[i] && --k == 0) {
            f->used[i] = f->gone[i] = true;
            return i;
        }
    }
    return STRMAP_NONE;
}

/* The member NAME. In a thin archive that is a path; what is only named, not added, goes by the last part
   of it too, as with GNU. */
static uint32_t finder_take(struct finder *f, const struct ar_edit *e, const char *name)
{
    uint32_t i = strmap_get(&f->map, match_key(e, str_c(name), name));
    if (i != STRMAP_NONE || !e->thin || (e->app->o.op != 'd' && e->app->o.op != 'm') || strchr(name, '/')) {
        return take_from(f, e, i, f->next);
    }
    if (!f->next_base) {
        make_by_base(f, e);
    }
    return take_from(f, e, strmap_get(&f->by_base, str_c(name)), f->next_base);
}

/* Has a member of that name been taken? */
static bool finder_had(const struct finder *f, const struct ar_edit *e, const char *name)
{
    uint32_t i = strmap_get(&f->map, match_key(e, str_c(name), name));
    return i != STRMAP_NONE && f->used[i];
}

/* What r and m put in another place: groups in the final order. */
struct plan {
    struct finder f;
    VEC(struct ar_item) placed;   /* at relpos */
    VEC(struct ar_item) appended; /* at the end */
};

static bool find_relpos(struct ar_edit *e, size_t *at)
{
    const struct ar_options *o = &e->app->o;
    if (!o->pos) {
        return true;
    }
    struct str want = o->relpos ? ar_match_name(e->app, str_c(o->relpos)) : S("");
    for (size_t i = 0; i < e->n_old; i++) {
        if (str_eq(ar_match_name(e->app, e->items.p[i].name), want)) {
            *at = i;
            return true;
        }
    }
    return diag_error(&e->app->d, "%s: no entry %s in archive to insert at", e->path,
                      o->relpos ? o->relpos : "");
}

/* Joins what stays in place, what stands at relpos and what was appended. As GNU's, `a' puts each
   member directly behind relpos, so that the last one named comes first. */
static void join(struct ar_edit *e, struct plan *p, size_t at)
{
    VEC(struct ar_item) all = {0};
    vec_reserve(&all, e->items.n + p->placed.n + p->appended.n);
    char pos = e->app->o.pos;
    for (size_t i = 0; i < e->n_old; i++) {
        for (size_t k = 0; i == at && pos == 'b' && k < p->placed.n; k++) {
            vec_push(&all, p->placed.p[k]);
        }
        if (!p->f.gone[i]) {
            vec_push(&all, e->items.p[i]);
        }
        for (size_t k = p->placed.n; i == at && pos == 'a' && k-- > 0;) {
            vec_push(&all, p->placed.p[k]);
        }
    }
    for (size_t k = 0; k < p->appended.n; k++) {
        vec_push(&all, p->appended.p[k]);
    }
    for (size_t i = 0; e->app->o.truncate && !e->thin && e->changed && i < all.n; i++) {
        all.p[i].name = str_head(all.p[i].name, 15); /* as GNU: those of members that stay too */
    }
    vec_free(&e->items);
    e->items.p = all.p;
    e->items.n = all.n;
    e->items.cap = all.cap;
    vec_free(&p->placed);
    vec_free(&p->appended);
    finder_free(&p->f);
}

static void place(struct ar_edit *e, struct plan *p, struct ar_item it)
{
    if (e->app->o.pos) {
        vec_push(&p->placed, it);
    } else {
        vec_push(&p->appended, it);
    }
}

static void say(struct ar_edit *e, char what, const char *name)
{
    if (e->app->o.verbose) {
        buf_c(&e->app->out, what);
        buf_puts(&e->app->out, " - ");
        buf_name(&e->app->out, str_c(name), name_style_for(1));
        buf_c(&e->app->out, '\n');
    }
}

static bool add_archive_members(struct ar_edit *e, struct plan *p, const char *path)
{
    size_t n = e->items.n;
    if (!edit_add_library(e, path, NULL, 0)) {
        return false;
    }
    for (size_t i = n; i < e->items.n; i++) {
        place(e, p, e->items.p[i]);
    }
    e->items.n = n;
    say(e, 'a', path);
    return true;
}

/* u: is the file newer than the member? */
static bool is_newer(const char *path, const struct ar_item *old)
{
    struct stat st;
    return stat(path, &st) < 0 || (int64_t)st.st_mtime > old->mtime;
}

static bool add_file(struct ar_edit *e, struct plan *p, const char *path, size_t at)
{
    struct ar_app *app = e->app;
    if ((app->o.flatten || e->thin) && is_archive(path)) {
        return add_archive_members(e, p, path);
    }
    struct ar_item it = edit_file_item(e, path);
    uint32_t old = app->o.op == 'q' ? STRMAP_NONE : finder_take(&p->f, e, path);
    if (old == STRMAP_NONE) {
        say(e, 'a', path);
        place(e, p, it);
    } else if (app->o.update && !is_newer(path, &e->items.p[old])) {
        p->f.used[old] = p->f.gone[old] = false;
        return true;
    } else if (app->o.pos && old != at) { /* relpos itself keeps its place */
        say(e, 'r', path);
        place(e, p, it);
    } else {
        say(e, 'r', path);
        p->f.gone[old] = false;
        e->items.p[old] = it;
    }
    e->changed = true;
    return true;
}

static void add_libdeps(struct ar_edit *e, struct plan *p)
{
    const char *text = e->app->o.libdeps;
    if (text) {
        struct ar_item it = {.name = S("__.LIBDEP"), .data = view_of(text, strlen(text) + 1), .fd = -1,
                             .size = strlen(text) + 1, .mode = 0644};
        place(e, p, it);
        e->changed = true;
    }
}

static bool replace(struct ar_edit *e)
{
    struct ar_app *app = e->app;
    struct plan p = {0};
    size_t at = SIZE_MAX;
    if (!find_relpos(e, &at)) {
        return false;
    }
    finder_make(&p.f, e);
    bool good = true;
    for (int i = 0; i < app->o.n_members; i++) {
        good = add_file(e, &p, app->o.members[i], at) && good;
    }
    add_libdeps(e, &p);
    join(e, &p, at);
    return good;
}

static bool delete(struct ar_edit *e)
{
    struct plan p = {0};
    finder_make(&p.f, e);
    for (int i = 0; i < e->app->o.n_members; i++) {
        const char *name = e->app->o.members[i];
        if (finder_take(&p.f, e, name) != STRMAP_NONE) {
            say(e, 'd', name);
            e->changed = true;
        } else if (e->app->o.verbose) {
            buf_puts(&e->app->out, "No member named `");
            buf_name(&e->app->out, str_c(name), name_style_for(1));
            buf_puts(&e->app->out, "'\n");
        }
    }
    join(e, &p, SIZE_MAX);
    return true;
}

static bool move(struct ar_edit *e)
{
    struct plan p = {0};
    size_t at = SIZE_MAX;
    if (!find_relpos(e, &at)) {
        return false;
    }
    finder_make(&p.f, e);
    bool good = true;
    for (int i = 0; i < e->app->o.n_members; i++) {
        const char *name = e->app->o.members[i];
        uint32_t k = finder_take(&p.f, e, name);
        if (k == STRMAP_NONE && finder_had(&p.f, e, name)) {
            continue; /* named twice */
        } else if (k == STRMAP_NONE) {
            good = diag_error(&e->app->d, "no entry %s in archive %s!", name, e->path);
        } else if (k == at) {
            p.f.gone[k] = false; /* relpos itself: it stays where it is */
        } else {
            say(e, 'm', name);
            place(e, &p, e->items.p[k]);
            e->changed = true;
        }
    }
    join(e, &p, at);
    return good;
}

bool edit_change(struct ar_edit *e)
{
    e->n_old = e->items.n; /* a script's earlier additions are members like others */
    switch (e->app->o.op) {
    case 'd': return delete(e);
    case 'm': return move(e);
    case 's': return true;
    default: return replace(e);
    }
}

/* d, m and s need an archive; r and q make one. */
static bool open_for_change(struct ar_edit *e, struct ar_app *app, bool first)
{
    char op = app->o.op;
    if (!edit_open(e, app, app->o.archive, true)) {
        return false;
    }
    if (!e->existed && op == 's') {
        return diag_error(&app->d, "'%s': No such file", app->o.archive);
    }
    if (!e->existed && op != 'r' && op != 'q') {
        return diag_errno(&app->d, app->o.archive, ENOENT);
    }
    if (!e->existed && first && !app->o.create && strcmp(e->path, "-") != 0) {
        diag_note(&app->d, "creating %s", app->o.archive);
    }
    return true;
}

int ar_update(struct ar_app *app)
{
    enum { TRIES = 8 };
    bool again = true, good = true;
    for (int i = 0; good && again && i < TRIES; i++) {
        struct ar_edit e;
        again = false;
        size_t shown = app->out.n;
        good = open_for_change(&e, app, i == 0) && edit_change(&e);
        bool needed = e.changed || !e.existed || app->o.index > 0 || app->o.format || e.file.data.len == 0;
        if (good && needed) {
            good = save(&e, &again);
        }
        if (again) {
            app->out.n = shown;
        }
        edit_close(&e);
    }
    if (again) {
        good = diag_error(&app->d, "%s: other commands keep making this archive", app->o.archive);
    }
    return good ? 0 : 1;
}

int ar_index_archive(struct ar_app *app, const char *path, bool rewrite)
{
    struct ar_edit e;
    bool good = edit_open(&e, app, path, true);
    if (good && !e.existed) {
        good = diag_error(&app->d, "'%s': No such file", path);
    } else if (good && e.file.data.len == 0) {
        good = diag_error(&app->d, "%s: file format not recognized", path);
    } else if (good) {
        e.changed = rewrite && e.extra.n == 0;
        good = edit_save(&e);
    }
    edit_close(&e);
    return good ? 0 : 1;
}
