/* fault.c - an LD_PRELOAD library that makes the n-th call of a system function fail.

       OBJKIT_FAULT=KIND:N OBJKIT_FAULT_HIT=FILE LD_PRELOAD=fault.so objkit ...

   KIND is malloc, open, read, write, short (a write that takes half), close, rename, mmap, truncate, stat, or shrink
   (the file is cut to a page once it is mapped). FILE is
   created when the call was reached, so that a loop over N knows when to stop. Calls before main are not
   counted: they are the dynamic linker's. glibc only (__libc_malloc). Used by fault.t. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char kind[16];
static long left;
static bool armed;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

__attribute__((constructor)) static void start(void)
{
    const char *s = getenv("OBJKIT_FAULT"), *colon = s ? strchr(s, ':') : NULL;
    if (colon && (size_t)(colon - s) < sizeof kind) {
        memcpy(kind, s, (size_t)(colon - s));
        left = atol(colon + 1);
        armed = true;
    }
}

/* Is this the call that fails? */
static bool hit(const char *what)
{
    if (!armed || strcmp(kind, what) != 0 || __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) != 0) {
        return false;
    }
    const char *file = getenv("OBJKIT_FAULT_HIT");
    if (file) {
        long fd = syscall(SYS_openat, AT_FDCWD, file, O_CREAT | O_WRONLY, 0600);
        if (fd >= 0) {
            syscall(SYS_close, fd);
        }
    }
    return true;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL(what, err, value) \
    if (hit(what)) {           \
        errno = err;           \
        return value;          \
    }

void *malloc(size_t n)
{
    FAIL("malloc", ENOMEM, NULL)
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    FAIL("malloc", ENOMEM, NULL)
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    FAIL("malloc", ENOMEM, NULL)
    return __libc_realloc(p, n);
}

#define OPEN_MODE(flags)                         \
    mode_t mode = 0;                             \
    if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { \
        va_list ap;                              \
        va_start(ap, flags);                     \
        mode = (mode_t)va_arg(ap, int);          \
        va_end(ap);                              \
    }

int open(const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    FAIL("open", EACCES, -1)
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    FAIL("open", EACCES, -1)
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    FAIL("open", EACCES, -1)
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
    OPEN_MODE(flags)
    FAIL("open", EACCES, -1)
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* What _FORTIFY_SOURCE turns an open without a mode into. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
int __open_2(const char *path, int flags) { return open(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open(path, flags, 0); }
int __openat_2(int dir, const char *path, int flags) { return openat(dir, path, flags, 0); }
int __openat64_2(int dir, const char *path, int flags) { return openat(dir, path, flags, 0); }

ssize_t read(int fd, void *p, size_t n)
{
    FAIL("read", EIO, -1)
    return syscall(SYS_read, fd, p, n);
}

ssize_t pread(int fd, void *p, size_t n, off_t off)
{
    FAIL("read", EIO, -1)
    return syscall(SYS_pread64, fd, p, n, off);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t off)
{
    FAIL("read", EIO, -1)
    return syscall(SYS_pread64, fd, p, n, off);
}

/* Output, not messages: a message that cannot be written has nobody to be told. */
ssize_t write(int fd, const void *p, size_t n)
{
    if (fd != STDERR_FILENO) {
        FAIL("write", ENOSPC, -1)
        if (n > 1 && hit("short")) {
            n /= 2;
        }
    }
    return syscall(SYS_write, fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t off)
{
    FAIL("write", ENOSPC, -1)
    return syscall(SYS_pwrite64, fd, p, n, off);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t off)
{
    FAIL("write", ENOSPC, -1)
    return syscall(SYS_pwrite64, fd, p, n, off);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    FAIL("write", ENOSPC, -1)
    return syscall(SYS_writev, fd, v, n);
}

ssize_t copy_file_range(int in, off64_t *in_off, int out, off64_t *out_off, size_t n, unsigned flags)
{
    FAIL("write", ENOSPC, -1)
    return syscall(SYS_copy_file_range, in, in_off, out, out_off, n, flags);
}

int close(int fd)
{
    long rc = syscall(SYS_close, fd);
    FAIL("close", EIO, -1)
    return (int)rc;
}

int rename(const char *a, const char *b)
{
    REAL(rename);
    FAIL("rename", EACCES, -1)
    return real(a, b);
}

int renameat(int da, const char *a, int db, const char *b)
{
    REAL(renameat);
    FAIL("rename", EACCES, -1)
    return real(da, a, db, b);
}

int renameat2(int da, const char *a, int db, const char *b, unsigned flags)
{
    FAIL("rename", EACCES, -1)
    return (int)syscall(SYS_renameat2, da, a, db, b, flags);
}

int linkat(int da, const char *a, int db, const char *b, int flags)
{
    REAL(linkat);
    FAIL("rename", EACCES, -1)
    return real(da, a, db, b, flags);
}

/* As if another program cut the file just now. */
static void shrink(int fd)
{
    char path[64] = "/proc/self/fd/";
    size_t k = strlen(path);
    for (int div = 1000; div; div /= 10) {
        path[k++] = (char)('0' + fd / div % 10);
    }
    for (k = 14; path[k] == '0' && path[k + 1]; k++) { /* no leading zeros */
    }
    memmove(path + 14, path + k, strlen(path + k) + 1);
    long w = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY);
    if (w >= 0) {
        syscall(SYS_ftruncate, w, 4096);
        syscall(SYS_close, w);
    }
}

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
    FAIL("mmap", ENOMEM, MAP_FAILED)
    REAL(mmap);
    void *p = real(at, n, prot, flags, fd, off);
    if (fd >= 0 && hit("shrink")) {
        shrink(fd);
    }
    return p;
}

void *mmap64(void *at, size_t n, int prot, int flags, int fd, off64_t off)
{
    FAIL("mmap", ENOMEM, MAP_FAILED)
    REAL(mmap64);
    void *p = real(at, n, prot, flags, fd, off);
    if (fd >= 0 && hit("shrink")) {
        shrink(fd);
    }
    return p;
}

int ftruncate(int fd, off_t n)
{
    FAIL("truncate", ENOSPC, -1)
    return (int)syscall(SYS_ftruncate, fd, n);
}

int ftruncate64(int fd, off64_t n)
{
    FAIL("truncate", ENOSPC, -1)
    return (int)syscall(SYS_ftruncate, fd, n);
}

int posix_fallocate(int fd, off_t off, off_t n)
{
    if (hit("truncate")) {
        return ENOSPC;
    }
    return syscall(SYS_fallocate, fd, 0, off, n) ? errno : 0;
}

int fallocate(int fd, int mode, off_t off, off_t n)
{
    FAIL("truncate", ENOSPC, -1)
    return (int)syscall(SYS_fallocate, fd, mode, off, n);
}

int fstat(int fd, struct stat *st)
{
    REAL(fstat);
    FAIL("stat", EIO, -1)
    return real(fd, st);
}

int fstat64(int fd, struct stat64 *st)
{
    REAL(fstat64);
    FAIL("stat", EIO, -1)
    return real(fd, st);
}
