/* file.c - input mapping, SIGBUS, temp-and-rename output. */
#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/os.h"
#include "base/path.h"

enum {
    READ_WHOLE = 16 << 10, /* at most this is read instead of mapped: a mapping costs two faults */
    MAX_TEMPS = 16
};

/* The only process-wide state of the project: what a signal handler must be able to reach. */
static const char *volatile temps[MAX_TEMPS];
static volatile int temp_dirs[MAX_TEMPS]; /* what their names are relative to */
static const char *volatile last_prog = "objkit";

void file_set_prog(const char *prog)
{
    last_prog = prog;
}

/* S behind the N bytes of LINE; returns how many there are then. */
static size_t say_more(char line[512], size_t n, size_t max, const char *s)
{
    for (; *s && n < max; s++) {
        line[n++] = *s;
    }
    return n;
}

void file_last_words(const char *text)
{
    char line[512];
    size_t n = say_more(line, 0, 100, last_prog);
    n = say_more(line, n, sizeof line, ": ");
    n = say_more(line, n, sizeof line, text);
    ssize_t ignored = write(STDERR_FILENO, line, n);
    (void)ignored;
}

void outfile_remove_all(void)
{
    for (int i = 0; i < MAX_TEMPS; i++) {
        if (temps[i] && temp_dirs[i] == AT_FDCWD) {
            unlink(temps[i]);
        } else if (temps[i]) {
            unlinkat(temp_dirs[i], temps[i], 0);
        }
    }
}

int file_remember_temp(int dir, const char *name)
{
    static const char taken[] = "";
    for (int i = 0; i < MAX_TEMPS; i++) {
        const char *expected = NULL;
        if (__atomic_compare_exchange_n(&temps[i], &expected, taken, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            temp_dirs[i] = dir;
            __atomic_store_n(&temps[i], name, __ATOMIC_SEQ_CST);
            return i;
        }
    }
    return -1;
}

void file_forget_temp(int slot)
{
    if (slot >= 0) {
        __atomic_store_n(&temps[slot], NULL, __ATOMIC_SEQ_CST);
    }
}

void file_temp_name(char name[FILE_TEMP_NAME])
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(name, FILE_TEMP_NAME, ".objkit-%ld-%lld%09ld.tmp", (long)getpid(), (long long)now.tv_sec, now.tv_nsec);
}

static int read_all(int fd, uint8_t *p, size_t n, size_t *got)
{
    *got = 0;
    while (*got < n) {
        ssize_t r = read(fd, p + *got, n - *got);
        if (r == 0) {
            break;
        }
        if (r > 0) {
            *got += (size_t)r;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

const char *file_strerror(int err)
{
    _Static_assert(LIMIT_DEVICE_LEN == UINT64_C(64) << 20 && LIMIT_ENTRY_LEN == UINT64_C(2) << 30, "the words below");
    return err == FILE_LONG_DEVICE ? "more than 64 MiB, the limit for a device"
           : err == FILE_LONG_PIPE ? "more than 2 GiB, the limit for what is no regular file"
                                   : strerror(err);
}

/* Reads a pipe or device to its end, behind the N bytes that were read before. */
static int spool(struct file *f, int fd, const uint8_t *head, size_t n)
{
    const bool device = S_ISCHR(f->st.st_mode);
    const uint64_t limit = device ? LIMIT_DEVICE_LEN : LIMIT_ENTRY_LEN;
    size_t cap = 1 << 16;
    uint8_t *p = xmalloc(cap);
    if (n) {
        memcpy(p, head, n);
    }
    for (;;) {
        if (n == cap) {
            cap *= 2;
            cap = cap > limit ? (size_t)limit + 1 : cap;
            p = xrealloc(p, cap);
        }
        size_t got;
        int err = read_all(fd, p + n, cap - n, &got);
        n += got;
        if (!err && n > limit) {
            err = device ? FILE_LONG_DEVICE : FILE_LONG_PIPE;
        }
        if (err) {
            free(p);
            return err;
        }
        if (n < cap) {
            break;
        }
    }
    f->data = view_of(p, n);
    f->file_len = n;
    return 0;
}

/* The same of a descriptor that was opened with O_NONBLOCK: an error if it is a FIFO that nobody writes. */
static int spool_pipe(struct file *f, int fd)
{
    uint8_t first;
    ssize_t n = read(fd, &first, 1);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        return errno;
    }
    if (n == 0 && S_ISFIFO(f->st.st_mode)) {
        return ENODEV;
    }
    os_wait_for_data(fd);
    return spool(f, fd, &first, n > 0);
}

static int load(struct file *f, int fd)
{
    uint64_t n = (uint64_t)f->st.st_size;
    f->file_len = n;
    if (n > READ_WHOLE) {
        if (n > SIZE_MAX) {
            return EFBIG;
        }
        void *p = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p != MAP_FAILED) {
            f->data = view_of(p, n);
            f->mapped = true;
            return 0;
        }
    }
    uint8_t *p = xmalloc((size_t)n);
    size_t got;
    int err = read_all(fd, p, (size_t)n, &got);
    if (err) {
        free(p);
        return err;
    }
    f->data = view_of(p, got);
    f->file_len = got;
    return 0;
}

static int open_as(struct file *f, int dirfd, const char *path, unsigned flags, void *head, size_t cap)
{
    *f = (struct file){.fd = -1};
    bool is_stdin = strcmp(path, "-") == 0;
    /* O_NONBLOCK: a FIFO named as an input must not hang the open. */
    int fd = is_stdin ? dup(STDIN_FILENO)
                      : openat(dirfd, path,
                               O_RDONLY | O_CLOEXEC | (flags & FILE_ANY_TYPE ? 0 : O_NONBLOCK));
    if (fd < 0) {
        return errno;
    }
    int err = 0;
    if (fstat(fd, &f->st) < 0) {
        err = errno;
    } else if (S_ISDIR(f->st.st_mode)) {
        err = EISDIR;
    } else if (S_ISREG(f->st.st_mode) && head && f->st.st_size > READ_WHOLE &&
               pread(fd, head, cap, 0) == (ssize_t)cap) {
        f->file_len = (uint64_t)f->st.st_size;
        f->head_only = true;
        f->fd = fd;
        return 0;
    } else if (S_ISREG(f->st.st_mode)) {
        err = load(f, fd);
    } else if (is_stdin || flags & FILE_ANY_TYPE) {
        err = spool(f, fd, NULL, 0);
    } else if (flags & FILE_PIPES) {
        err = spool_pipe(f, fd);
    } else {
        err = ENODEV;
    }
    if (err || !(flags & FILE_KEEP_FD)) {
        close(fd);
    } else {
        f->fd = fd;
    }
    return err;
}

int file_openat(struct file *f, int dirfd, const char *path, unsigned flags)
{
    return open_as(f, dirfd, path, flags, NULL, 0);
}

int file_open_head(struct file *f, const char *path, unsigned flags, void *head, size_t cap)
{
    return open_as(f, AT_FDCWD, path, flags, head, cap);
}

int file_load(struct file *f)
{
    int err = f->head_only ? load(f, f->fd) : 0;
    f->head_only = f->head_only && err;
    return err;
}

int file_open(struct file *f, const char *path, unsigned flags)
{
    return file_openat(f, AT_FDCWD, path, flags);
}

void file_close(struct file *f)
{
    if (f->mapped) {
        munmap((void *)(uintptr_t)f->data.p, (size_t)f->data.len);
    } else {
        free((void *)(uintptr_t)f->data.p);
    }
    if (f->fd >= 0) {
        close(f->fd);
    }
    *f = (struct file){.fd = -1};
}

static uintptr_t page_size(void)
{
    return (uintptr_t)sysconf(_SC_PAGESIZE);
}

/* The whole pages of V. */
static struct view whole_pages(struct view v)
{
    uintptr_t page = page_size();
    uintptr_t from = ((uintptr_t)v.p + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)v.p + (uintptr_t)v.len) & ~(page - 1);
    return to > from ? view_of((const void *)from, to - from) : (struct view){0};
}

void file_drop_many(const struct view *v, size_t n)
{
    enum { MOST = 64 };
    struct view pages[MOST];
    for (size_t i = 0, k = 0; i < n; i++) {
        pages[k] = whole_pages(v[i]);
        k += pages[k].len != 0;
        if (k == MOST || i + 1 == n) {
            os_drop_pages(pages, k);
            k = 0;
        }
    }
}

void file_drop_pages(struct view v)
{
    file_drop_many(&v, 1);
}

void file_passed(struct file_trail *t, struct view v)
{
    enum { EVERY = 16 << 20 };
    const uint8_t *end = v.p + v.len;
    if (!t->from || v.p < t->from) {
        t->from = v.p;
    }
    if (end - t->from >= EVERY) {
        file_drop_pages(view_of(t->from, (uint64_t)(end - t->from)));
        t->from = end;
    }
}

void file_read_sparsely(const struct file *f)
{
    if (f->mapped) {
        madvise((void *)(uintptr_t)f->data.p, (size_t)f->data.len, MADV_RANDOM);
    }
}

void file_will_need(struct view v)
{
    uintptr_t from = (uintptr_t)v.p & ~(page_size() - 1);
    madvise((void *)from, (uintptr_t)v.p + (uintptr_t)v.len - from, MADV_WILLNEED);
}

bool file_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* What the symbolic link PATH says, from where PATH is seen. NULL if it is no link. */
static char *follow_link(const char *path)
{
    char link[PATH_MAX];
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n <= 0) {
        return NULL;
    }
    link[n] = '\0';
    struct buf b = {0};
    if (!path_is_absolute(str_c(link))) {
        buf_add(&b, path, path_dir_len(str_c(path)));
    }
    buf_add(&b, link, (size_t)n + 1);
    return b.p;
}

/* The path with every symbolic link resolved; for a dangling link, where the last one points. ELOOP, ... */
static int resolve_target(const char *path, char **target)
{
    enum { MAX_LINKS = 40 }; /* as the kernel's */
    *target = realpath(path, NULL);
    if (*target) {
        return 0;
    }
    if (errno == ELOOP) {
        return ELOOP;
    }
    char *at = xstrdup(path), *next;
    for (int i = 0; i < MAX_LINKS && (next = follow_link(at)) != NULL; i++) {
        free(at);
        at = next;
    }
    *target = at;
    return 0;
}

/* A file without a name in the directory PATH, of DIR_LEN bytes: it goes when the process does, whatever ends that. */
static int open_unnamed(struct outfile *o, const char *path, size_t dir_len)
{
#ifdef O_TMPFILE
    struct buf dir = {0};
    buf_add(&dir, dir_len ? path : ".", dir_len ? dir_len : 1);
    buf_c(&dir, '\0');
    o->fd = open(dir.p, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    int err = o->fd < 0 ? errno : 0;
    buf_free(&dir);
    o->unnamed = !err;
    return err;
#else
    (void)o, (void)path, (void)dir_len;
    return EOPNOTSUPP;
#endif
}

enum { TEMP_TRIES = 100 };

/* Takes a new name beside the target and registers it, before there is a file of that name. */
static void take_temp(struct outfile *o)
{
    char name[FILE_TEMP_NAME];
    struct buf b = {0};
    file_temp_name(name);
    buf_add(&b, o->path, path_dir_len(str_c(o->path)));
    buf_add(&b, name, strlen(name) + 1);
    o->temp = b.p;
    o->slot = file_remember_temp(AT_FDCWD, o->temp);
}

static void forget_temp(struct outfile *o)
{
    file_forget_temp(o->slot);
    free(o->temp);
    o->temp = NULL;
    o->slot = -1;
}

static int open_temp(struct outfile *o)
{
    int err = EEXIST;
    for (unsigned try = 0; err == EEXIST && try < TEMP_TRIES; try++) {
        take_temp(o);
        o->fd = open(o->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        err = o->fd < 0 ? errno : 0;
        if (err) {
            forget_temp(o);
        }
    }
    return err;
}

/* The directory cannot be written to, the old file in it can: the new contents are made elsewhere. */
static int open_elsewhere(struct outfile *o)
{
    const char *dir = getenv("TMPDIR");
    int err = dir && *dir ? open_unnamed(o, dir, strlen(dir)) : ENOENT;
    err = err ? open_unnamed(o, "/tmp", 4) : 0;
    if (err) {
        o->fd = memfd_create("objkit-output", MFD_CLOEXEC);
        o->unnamed = o->fd >= 0;
        err = o->fd < 0 ? errno : 0;
    }
    o->in_place = true;
    return err;
}

int outfile_begin(struct outfile *o, const char *path, mode_t mode)
{
    *o = (struct outfile){.fd = -1, .slot = -1};
    int err = resolve_target(path, &o->path);
    if (err) {
        return err;
    }
    if (stat(o->path, &o->old) == 0) {
        if (!S_ISREG(o->old.st_mode)) {
            o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
            err = o->fd < 0 ? errno : 0;
            if (err) {
                outfile_abort(o);
            }
            return err;
        }
        if (faccessat(AT_FDCWD, o->path, W_OK, AT_EACCESS) < 0) {
            err = errno;
            outfile_abort(o);
            return err;
        }
        o->existed = true;
        o->in_place = o->old.st_nlink > 1;
        o->mode = o->old.st_mode & 07777;
    } else {
        mode_t mask = umask(0);
        umask(mask);
        o->mode = mode & ~mask;
    }
    err = open_unnamed(o, o->path, path_dir_len(str_c(o->path)));
    if (err) {
        err = open_temp(o);
        if (o->existed && (err == EACCES || err == EPERM)) {
            err = open_elsewhere(o);
        }
    }
    if (err) {
        outfile_abort(o);
    }
    return err;
}

int outfile_write(struct outfile *o, const void *p, size_t n)
{
    const uint8_t *s = p;
    while (n) {
        ssize_t w = write(o->fd, s, n);
        if (w >= 0) {
            s += w;
            n -= (size_t)w;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int outfile_pwrite(struct outfile *o, const void *p, size_t n, uint64_t off)
{
    const uint8_t *s = p;
    while (n) {
        ssize_t w = pwrite(o->fd, s, n, (off_t)off);
        if (w >= 0) {
            s += w;
            n -= (size_t)w;
            off += (uint64_t)w;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/* read/write fallback for descriptors that the kernel will not copy between. */
static int copy_by_hand(int in, uint64_t in_off, struct outfile *o, uint64_t n)
{
    enum { CHUNK = 256 << 10 };
    uint8_t *p = xmalloc(CHUNK);
    int err = 0;
    while (n && !err) {
        ssize_t r = pread(in, p, n < CHUNK ? (size_t)n : CHUNK, (off_t)in_off);
        if (r == 0) {
            err = EIO; /* the input shrank */
        } else if (r < 0) {
            err = errno == EINTR ? 0 : errno;
        } else {
            err = outfile_write(o, p, (size_t)r);
            in_off += (uint64_t)r;
            n -= (uint64_t)r;
        }
    }
    free(p);
    return err;
}

int outfile_copy(struct outfile *o, int in_fd, uint64_t in_off, uint64_t n)
{
    off_t off = (off_t)in_off;
    while (n) {
        ssize_t r = copy_file_range(in_fd, &off, o->fd, NULL, n < SSIZE_MAX ? (size_t)n : SSIZE_MAX, 0);
        if (r <= 0) {
            return copy_by_hand(in_fd, (uint64_t)off, o, n);
        }
        n -= (uint64_t)r;
    }
    return 0;
}

int outfile_copy_at(struct outfile *o, int in_fd, uint64_t in_off, uint64_t n, uint64_t out_off)
{
    enum { CHUNK = 64 << 10 };
    off_t from = (off_t)in_off, to = (off_t)out_off;
    while (n) {
        ssize_t r = copy_file_range(in_fd, &from, o->fd, &to, n < SSIZE_MAX ? (size_t)n : SSIZE_MAX, 0);
        if (r <= 0) {
            break;
        }
        n -= (uint64_t)r;
    }
    if (n == 0) {
        return 0;
    }
    uint8_t *p = xmalloc(CHUNK);
    int err = 0;
    while (n && !err) {
        ssize_t r = pread(in_fd, p, n < CHUNK ? (size_t)n : CHUNK, from);
        if (r == 0) {
            err = EIO; /* the input shrank */
        } else if (r < 0) {
            err = errno == EINTR ? 0 : errno;
        } else {
            err = outfile_pwrite(o, p, (size_t)r, (uint64_t)to);
            from += r;
            to += r;
            n -= (uint64_t)r;
        }
    }
    free(p);
    return err;
}

static void copy_xattrs(const char *from, int to)
{
    char names[4096];
    ssize_t n = listxattr(from, names, sizeof names);
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
        char value[4096];
        ssize_t len = getxattr(from, names + i, value, sizeof value);
        if (len >= 0) {
            fsetxattr(to, names + i, value, (size_t)len, 0);
        }
    }
}

/* The new content is complete in the temporary: make sure that it fits, then copy it over the old
   inode, which other names share. */
static int rewrite_in_place(struct outfile *o)
{
    struct stat st;
    if (fstat(o->fd, &st) < 0) {
        return errno;
    }
    struct outfile dst = {.fd = open(o->path, O_WRONLY | O_CLOEXEC), .slot = -1};
    if (dst.fd < 0) {
        return errno;
    }
    int err = 0;
    if (st.st_size > o->old.st_size) {
        err = posix_fallocate(dst.fd, 0, st.st_size);
    }
    if (!err) {
        err = outfile_copy(&dst, o->fd, 0, (uint64_t)st.st_size);
    }
    if (!err && ftruncate(dst.fd, st.st_size) < 0) {
        err = errno;
    }
    if (close(dst.fd) < 0 && !err) {
        err = errno;
    }
    return err;
}

static int give_attributes(struct outfile *o)
{
    if (o->existed) {
        if (fchown(o->fd, o->old.st_uid, o->old.st_gid) < 0) {
            /* Not ours to give away: keep the mode only, without set-id bits. */
            o->mode &= 0777;
        }
        copy_xattrs(o->path, o->fd);
    }
    return fchmod(o->fd, o->mode) < 0 ? errno : 0;
}

/* An old file is swapped with the new one and then removed: ext4 and others write a file out before it may replace
   another, which makes a large output wait for the disk. A signal in between finds the old file under the temporary's
   name, and removes it. */
static int move_into_place(const struct outfile *o)
{
    if (o->no_replace) {
        if (renameat2(AT_FDCWD, o->temp, AT_FDCWD, o->path, RENAME_NOREPLACE) == 0) {
            return 0;
        }
        if (errno != EINVAL && errno != ENOSYS) { /* these: the file system cannot do it */
            return errno;
        }
    }
#ifdef RENAME_EXCHANGE
    if (o->existed && renameat2(AT_FDCWD, o->temp, AT_FDCWD, o->path, RENAME_EXCHANGE) == 0) {
        unlink(o->temp);
        return 0;
    }
#endif
    return rename(o->temp, o->path) < 0 ? errno : 0;
}

/* Gives the finished file without a name one, beside the target. */
static int name_unnamed(struct outfile *o)
{
#ifdef O_TMPFILE
    char fd[64];
    snprintf(fd, sizeof fd, "/proc/self/fd/%d", o->fd);
    int err = EEXIST;
    for (unsigned try = 0; err == EEXIST && try < TEMP_TRIES; try++) {
        take_temp(o);
        err = linkat(AT_FDCWD, fd, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) < 0 ? errno : 0;
        if (!err) {
            return 0;
        }
        forget_temp(o);
    }
    if (err == EEXIST || err == ENOSPC || err == EDQUOT) {
        return err;
    }
    /* Without /proc there is no way to name it: it is copied. */
    struct stat st;
    int unnamed = o->fd;
    err = fstat(unnamed, &st) < 0 ? errno : open_temp(o);
    if (!err) {
        err = outfile_copy(o, unnamed, 0, (uint64_t)st.st_size);
        err = err ? err : give_attributes(o);
    }
    if (o->fd != unnamed) {
        close(unnamed);
    }
    return err;
#else
    (void)o;
    return EOPNOTSUPP;
#endif
}

/* Another's file in a directory like /tmp, where only owners rename: it is rewritten. */
static int rewrite_from_temp(struct outfile *o, int err)
{
    o->fd = open(o->temp, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return o->fd < 0 ? err : rewrite_in_place(o);
}

int outfile_commit(struct outfile *o)
{
    int err = 0;
    if (o->in_place) {
        err = rewrite_in_place(o);
    } else if (o->temp || o->unnamed) {
        err = give_attributes(o);
        err = !err && o->unnamed ? name_unnamed(o) : err;
    }
    if (close(o->fd) < 0 && !err) {
        err = errno;
    }
    o->fd = -1;
    if (o->temp && !err && !o->in_place) {
        err = move_into_place(o);
        if (!err) {
            forget_temp(o);
        } else if (o->existed && (err == EPERM || err == EACCES)) {
            err = rewrite_from_temp(o, err);
        }
    }
    outfile_abort(o);
    return err;
}

void outfile_abort(struct outfile *o)
{
    if (o->fd >= 0) {
        close(o->fd);
    }
    if (o->temp) {
        unlink(o->temp);
        forget_temp(o);
    }
    free(o->path);
    *o = (struct outfile){.fd = -1, .slot = -1};
}
