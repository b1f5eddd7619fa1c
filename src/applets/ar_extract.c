/* ar_extract.c - x: members become files of the output directory, and nothing else.

   Archives come from strangers (spec "hardening", section 6). A member is written under a temporary
   name that did not exist and renamed into place, so that a symbolic link, FIFO or hard link that
   stands there is replaced and never written through. A name is one path component; with --keep-paths
   its directories are opened one by one, never through a link. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/ar_app.h"
#include "base/path.h"

struct extract {
    int dir;             /* of the output */
    const char *archive;
    struct strmap seen;  /* name -> how many */
};

static bool is_dots(struct str s)
{
    return s.len == 0 || str_is(s, ".") || str_is(s, "..");
}

/* Without the newlines behind a Mach-O: Darwin archives count their padding in the size. */
struct view ar_trimmed(struct view v)
{
    uint64_t end = obj_detect(v) == OBJ_MACHO ? macho_extent(v) : 0;
    while (end && v.len > end && v.p[v.len - 1] == '\n') {
        v.len--;
    }
    return v;
}

/* Opens the directory that NAME's parts before the last name, making it; no links on the way. */
static int open_parents(int dir, struct str *name)
{
    int fd = dup(dir);
    while (fd >= 0) {
        size_t slash = 0;
        while (slash < name->len && !path_is_sep(name->p[slash])) {
            slash++;
        }
        if (slash == name->len) {
            return fd;
        }
        char part[256];
        if (slash >= sizeof part) {
            errno = ENAMETOOLONG;
            break;
        }
        memcpy(part, name->p, slash);
        part[slash] = '\0';
        *name = str_skip(*name, slash + 1);
        if (slash == 0 || strcmp(part, ".") == 0) {
            continue;
        }
        if (strcmp(part, "..") == 0) {
            errno = EPERM;
            break;
        }
        if (mkdirat(fd, part, 0777) < 0 && errno != EEXIST) {
            break;
        }
        int next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    if (fd >= 0) {
        int err = errno;
        close(fd);
        errno = err;
    }
    return -1;
}

static bool write_file(int fd, struct view v)
{
    while (v.len) {
        ssize_t n = write(fd, v.p, v.len < (1u << 30) ? (size_t)v.len : 1u << 30);
        if (n > 0) {
            v = view_from(v, (uint64_t)n);
        } else if (n < 0 && errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool give_attributes(struct ar_app *app, int fd, const struct ar_member *m)
{
    mode_t mode = m->mode & 07777;
    if (!app->o.preserve_mode) {
        mode_t mask = umask(0);
        umask(mask);
        mode &= 0777 & ~mask;
    }
    if (fchmod(fd, mode) < 0) {
        return false;
    }
    if (app->o.dates) {
        struct timespec t[2] = {{.tv_sec = (time_t)m->mtime}, {.tv_sec = (time_t)m->mtime}};
        return futimens(fd, t) == 0;
    }
    return true;
}

/* Writes V as NAME in DIR. 0 or an errno. */
static int put_file(struct ar_app *app, int dir, const char *name, const struct ar_member *m,
                    struct view v)
{
    if (app->o.no_overwrite && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        diag_warning(&app->d, "%s: file exists: not extracted", name);
        return 0;
    }
    char temp[FILE_TEMP_NAME];
    int fd = -1, slot = -1, err = EEXIST;
    for (unsigned i = 0; fd < 0 && err == EEXIST && i < 100; i++) {
        file_temp_name(temp);
        file_forget_temp(slot);
        slot = file_remember_temp(dir, temp);
        fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        err = fd < 0 ? errno : 0;
    }
    if (fd < 0) {
        file_forget_temp(slot);
        return err;
    }
    err = write_file(fd, v) && give_attributes(app, fd, m) ? 0 : errno;
    if (close(fd) < 0 && !err) {
        err = errno;
    }
    if (!err && renameat(dir, temp, dir, name) < 0) {
        err = errno;
    }
    if (err) {
        unlinkat(dir, temp, 0);
    }
    file_forget_temp(slot);
    return err;
}

/* NAME, which may have been written before: then with --unique another. */
static struct str free_name(struct ar_app *app, struct extract *x, struct str name)
{
    bool added;
    name = arena_str(&app->arena, name); /* the file that it is in may be closed soon */
    struct str first = name;
    uint32_t n = ++*strmap_put(&x->seen, name, 0, &added);
    if (!added && !app->o.unique && !app->o.counted) {
        diag_warning(&app->d, "%s: there are several members named '%.*s': the last one stays", x->archive, Q(name));
    }
    for (; !added && app->o.unique; n++) { /* NAME.2 may be a member's own name */
        name = str_c(arena_printf(&app->arena, "%.*s.%u", (int)first.len, first.p, n));
        ++*strmap_put(&x->seen, name, 0, &added);
    }
    return name;
}

/* The file name for M, or an empty string, reported. */
static struct str output_name(struct ar_app *app, struct extract *x, const struct ar_member *m)
{
    struct str name = m->name;
    if (!app->o.keep_paths || path_is_absolute(name) || path_drive(name)) {
        name = str_basename(name);
    }
    if (memchr(name.p, '\0', name.len) || is_dots(str_basename(name)) || !os_name_is_file(name)) {
        diag_error(&app->d, "%s: illegal member name '%.*s': not extracted", x->archive, Q(m->name));
        return (struct str){"", 0};
    }
    if (name.len != m->name.len && !m->thin) { /* a thin member's name is a path by nature */
        diag_warning(&app->d, "illegal output pathname for archive member: %.*s, using '%.*s' instead",
                     Q(m->name), Q(name));
    }
    return free_name(app, x, name);
}

static bool extract_view(struct ar_app *app, struct extract *x, const struct ar_member *m, struct view v)
{
    struct str name = output_name(app, x, m);
    if (name.len == 0) {
        return false;
    }
    v = app->o.trim_padding ? ar_trimmed(v) : v;
    if (app->mapped) {
        file_will_need(v);
    }
    if (app->o.verbose) {
        const char *into = app->o.output ? app->o.output : "";
        size_t n = strlen(into);
        buf_printf(&app->out, "x - %s%s", into, n && into[n - 1] != '/' ? "/" : "");
        buf_name(&app->out, name, name_style_for(1));
        buf_c(&app->out, '\n');
    }
    struct str last = name;
    int dir = open_parents(x->dir, &last);
    int err = dir < 0 ? errno : put_file(app, dir, arena_strdup(&app->arena, last), m, v);
    if (err) {
        diag_errno(&app->d, arena_strdup(&app->arena, name), err);
    }
    if (dir >= 0) {
        close(dir);
    }
    return !err;
}

static void extract_one(struct ar_app *app, struct ar *ar, const struct ar_member *m, void *ctx)
{
    struct extract *x = ctx;
    struct file f = {.fd = -1};
    struct ar_member inner;
    if (m->truncated) {
        return; /* reported by the reader; half a file would look whole */
    }
    if (!m->thin) {
        extract_view(app, x, m, m->data);
    } else if (ar_open_thin(app, ar, x->archive, m, &f, &inner)) {
        extract_view(app, x, &inner, inner.data);
        file_close(&f);
    }
}

/* The output directory, made if it is missing. */
static int open_output(struct ar_app *app)
{
    const char *path = app->o.output ? app->o.output : ".";
    if (app->o.output && mkdir(path, 0777) < 0 && errno != EEXIST) {
        diag_errno(&app->d, path, errno);
        return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        diag_errno(&app->d, path, errno);
    }
    return fd;
}

static bool extract_all(struct ar_app *app, struct ar *ar, void *ctx)
{
    (void)ctx;
    if (ar->thin && !app->o.output) {
        return diag_error(&app->d, "`x' cannot be used on thin archives without --output.");
    }
    struct extract x = {.archive = app->o.archive, .dir = open_output(app)};
    if (x.dir < 0) {
        return false;
    }
    bool good = ar_for_members(app, ar, extract_one, &x);
    close(x.dir);
    strmap_free(&x.seen);
    return good;
}

int ar_extract(struct ar_app *app)
{
    return ar_with_archive(app, app->o.archive, extract_all, NULL) ? 0 : 1;
}

bool ar_extract_item(struct ar_app *app, const struct ar_item *it, const char *archive)
{
    struct extract x = {.archive = archive, .dir = open_output(app)};
    struct ar_member m = {.name = it->name, .mode = it->mode ? it->mode : 0644, .mtime = it->mtime};
    struct file f = {.fd = -1};
    if (x.dir < 0) {
        return false;
    }
    int err = it->path ? file_open(&f, it->path, 0) : 0;
    bool good = err ? diag_errno(&app->d, it->path, err)
                    : extract_view(app, &x, &m, it->path ? f.data : it->data);
    file_close(&f);
    close(x.dir);
    strmap_free(&x.seen);
    return good;
}
