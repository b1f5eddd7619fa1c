/* posix.h - the part of POSIX that objkit uses, on Windows.

   A Windows build includes this file before every source (configure adds -include), so that the code
   elsewhere is written for POSIX alone and has no #ifdef. System headers come first; then each name
   whose function in Microsoft's C library does less than POSIX asks (file names in the ANSI code
   page and of 259 characters at most, text mode, no inodes, 31-bit counts) stands for one of ours.
   Headers that mingw-w64 does not have are in include/ beside this file and include this one.

   File names are UTF-8 with either slash; all calls are the wide ones, long paths get the \\?\ prefix.
   Errors are in errno. Descriptors are the C library's, always in binary mode. Source of the
   semantics: POSIX.1-2017; where Windows has no such thing (owners, extended attributes) the function
   succeeds and does nothing. The implementation includes this file with W32_IMPLEMENTATION defined. */
#ifndef OBJKIT_BASE_WIN32_POSIX_H
#define OBJKIT_BASE_WIN32_POSIX_H

#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef __USE_MINGW_ANSI_STDIO
#define __USE_MINGW_ANSI_STDIO 1 /* C99's formats */
#endif
#define _POSIX_THREAD_SAFE_FUNCTIONS 200112L /* localtime_r */

#include <direct.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <process.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* ---- files ---- */
struct w32_stat {
    uint64_t st_dev, st_ino; /* volume serial number and file index */
    uint32_t st_mode;        /* type and 0644, 0444 if read-only, 0755 for directories */
    uint32_t st_nlink, st_uid, st_gid; /* owners are 0 */
    int64_t st_size;
    int64_t st_mtime;
};
int w32_stat(const char *path, struct w32_stat *st);
int w32_lstat(const char *path, struct w32_stat *st);
int w32_fstat(int fd, struct w32_stat *st);

#define W32_O_NOFOLLOW 0x10000000
#define W32_O_DIRECTORY 0x20000000
#define W32_AT_FDCWD (-100)
int w32_open(const char *path, int flags, ...);
int w32_openat(int dirfd, const char *path, int flags, ...);
ssize_t w32_read(int fd, void *p, size_t n);
ssize_t w32_write(int fd, const void *p, size_t n);
/* These do not touch the position, and may run in several threads on one descriptor. */
ssize_t w32_pread(int fd, void *p, size_t n, int64_t off);
ssize_t w32_pwrite(int fd, const void *p, size_t n, int64_t off);
int w32_ftruncate(int fd, int64_t size);
int w32_memfd_create(const char *name, unsigned flags); /* a temporary file that goes when it is closed */
int w32_flock(int fd, int operation);
/* The mode's owner-write bit becomes the read-only attribute. */
int w32_fchmod(int fd, uint32_t mode);
int w32_futimens(int fd, const struct timespec t[2]);
static inline uint32_t w32_umask(uint32_t mask)
{
    (void)mask;
    return 022;
}
int w32_fallocate(int fd, int64_t off, int64_t len);
ssize_t w32_copy_file_range(int in, int64_t *in_off, int out, int64_t *out_off, size_t n, unsigned flags);

int w32_unlink(const char *path);
int w32_unlinkat(int dirfd, const char *path, int flags);
/* Replaces an existing file at once, also one that is open or mapped somewhere. */
int w32_rename(const char *from, const char *to);
int w32_renameat(int fromfd, const char *from, int tofd, const char *to);
int w32_renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags);
int w32_mkdir(const char *path, unsigned mode);
int w32_mkdirat(int dirfd, const char *path, unsigned mode);
int w32_access(const char *path, int mode);
int w32_faccessat(int dirfd, const char *path, int mode, int flags);
char *w32_realpath(const char *path, char *must_be_null); /* with forward slashes */
ssize_t w32_readlink(const char *path, char *p, size_t n);
char *w32_getcwd(char *must_be_null, size_t ignored);
FILE *w32_fopen(const char *path, const char *mode);
int w32_isatty(int fd); /* a console that draws colours */

/* ---- directories ---- */
struct w32_dirent {
    char d_name[260 * 3 + 1];
};
struct w32_dir;
struct w32_dir *w32_opendir(const char *path);
struct w32_dirent *w32_readdir(struct w32_dir *d);
int w32_closedir(struct w32_dir *d);

typedef struct {
    size_t gl_pathc;
    char **gl_pathv;
} glob_t;
int w32_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *g);
void w32_globfree(glob_t *g);

/* ---- memory ---- */
enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 32 };
enum { MADV_RANDOM = 1, MADV_WILLNEED = 3, MADV_DONTNEED = 4, MADV_HUGEPAGE = 14 };
#define MAP_FAILED ((void *)-1)
void *w32_mmap(void *at, size_t n, int prot, int flags, int fd, int64_t off);
int w32_munmap(void *p, size_t n);
int w32_madvise(void *p, size_t n, int advice);

enum { _SC_PAGESIZE = 1, _SC_NPROCESSORS_ONLN = 2 };
long w32_sysconf(int name);

/* ---- libraries ---- */
enum { RTLD_NOW = 2, RTLD_LOCAL = 0, RTLD_NODELETE = 0 };
void *w32_dlopen(const char *path, int flags);
void *w32_dlsym(void *handle, const char *name);
int w32_dlclose(void *handle);
char *w32_dlerror(void); /* of the last failure in this thread */

/* ---- the C library ---- */
/* UTF-8; NULL if unset. What it returns stays allocated. */
char *w32_getenv(const char *name);
/* Stable, as glibc's is: outputs do not depend on the system. */
void w32_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
ssize_t w32_getline(char **line, size_t *cap, FILE *f);
void *w32_memmem(const void *hay, size_t hay_len, const void *needle, size_t len);
void *w32_memrchr(const void *p, int c, size_t n);
char *w32_strndup(const char *s, size_t n);

#ifndef W32_IMPLEMENTATION
#undef stat
#undef lstat
#undef fstat
#undef ftruncate
#undef fopen
#undef lseek
#define stat w32_stat
#define lstat w32_lstat
#define fstat w32_fstat
#define open w32_open
#define openat w32_openat
#define read w32_read
#define write w32_write
#define pread w32_pread
#define pwrite w32_pwrite
#define lseek _lseeki64
#define ftruncate w32_ftruncate
#define memfd_create w32_memfd_create
#define flock w32_flock
#define fchmod w32_fchmod
#define futimens w32_futimens
#define posix_fallocate w32_fallocate
#define copy_file_range w32_copy_file_range
#define unlink w32_unlink
#define unlinkat w32_unlinkat
#define rename w32_rename
#define renameat w32_renameat
#define renameat2 w32_renameat2
#define mkdir w32_mkdir
#define mkdirat w32_mkdirat
#define access w32_access
#define faccessat w32_faccessat
#define realpath w32_realpath
#define readlink w32_readlink
#define getcwd w32_getcwd
#define fopen w32_fopen
#define isatty w32_isatty
#define dirent w32_dirent
#define DIR struct w32_dir
#define opendir w32_opendir
#define readdir w32_readdir
#define closedir w32_closedir
#define glob w32_glob
#define globfree w32_globfree
#define mmap w32_mmap
#define munmap w32_munmap
#define madvise w32_madvise
#define sysconf w32_sysconf
#define dlopen w32_dlopen
#define dlsym w32_dlsym
#define dlclose w32_dlclose
#define dlerror w32_dlerror
#define getenv w32_getenv
#define qsort w32_qsort
#define getline w32_getline
#define memmem w32_memmem
#define memrchr w32_memrchr
#define strndup w32_strndup
#define mode_t uint32_t
#define umask w32_umask
#define fchown(fd, uid, gid) ((void)(fd), (void)(uid), (void)(gid), 0)
#define listxattr(path, p, n) ((void)(path), (void)(p), (void)(n), (ssize_t)0)
#define getxattr(path, name, p, n) ((void)(path), (void)(name), (void)(p), (void)(n), (ssize_t)-1)
#define fsetxattr(fd, name, p, n, flags) ((void)(fd), (void)(name), (void)(p), (void)(n))
#endif

#define O_CLOEXEC _O_NOINHERIT
#define O_NONBLOCK 0
#define O_NOFOLLOW W32_O_NOFOLLOW
#define O_DIRECTORY W32_O_DIRECTORY
#define AT_FDCWD W32_AT_FDCWD
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS 0x200
#define RENAME_NOREPLACE 1u
#define LOCK_EX 2
#define MFD_CLOEXEC 1u
#ifndef S_IFLNK
#define S_IFLNK 0120000
#endif
#ifndef S_ISLNK
#define S_ISLNK(m) (((m) & 0170000) == S_IFLNK)
#endif
#ifndef S_ISSOCK
#define S_ISSOCK(m) false
#endif

#endif
