/* files.c - descriptors: opening, status, reading and writing, attributes. */
#include "base/win32/w32.h"

#include <stdarg.h>

#include "base/arena.h"

enum { MOST = 1 << 30 }; /* bytes per call: Windows' counts have 32 bits */

void *w32_handle(int fd)
{
    intptr_t h = fd < 0 ? -1 : _get_osfhandle(fd);
    if (h == -1 || h == -2) {
        errno = EBADF;
        return INVALID_HANDLE_VALUE;
    }
    return (HANDLE)h;
}

/* ---- opening ---- */

static DWORD disposition(int flags)
{
    if (flags & _O_CREAT) {
        return flags & _O_EXCL ? CREATE_NEW : flags & _O_TRUNC ? CREATE_ALWAYS : OPEN_ALWAYS;
    }
    return flags & _O_TRUNC ? TRUNCATE_EXISTING : OPEN_EXISTING;
}

/* Takes H. Everything may be shared: POSIX has no such locks. */
static int fd_of(HANDLE h, int flags)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    if (flags & (W32_O_NOFOLLOW | W32_O_DIRECTORY) &&
        GetFileInformationByHandleEx(h, FileAttributeTagInfo, &tag, sizeof tag)) {
        bool link = tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT;
        if ((flags & W32_O_NOFOLLOW && link) ||
            (flags & W32_O_DIRECTORY && !(tag.FileAttributes & FILE_ATTRIBUTE_DIRECTORY))) {
            CloseHandle(h);
            errno = ENOTDIR;
            return -1;
        }
    }
    int fd = _open_osfhandle((intptr_t)h, _O_BINARY | _O_NOINHERIT | (flags & (_O_RDONLY | _O_APPEND)));
    if (fd < 0) {
        CloseHandle(h);
    }
    return fd;
}

static int open_wide(const wchar_t *w, int flags)
{
    int access = flags & (_O_WRONLY | _O_RDWR);
    DWORD want = access == _O_RDWR ? GENERIC_READ | GENERIC_WRITE : access ? GENERIC_WRITE : GENERIC_READ;
    DWORD how = FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS |
                (flags & W32_O_NOFOLLOW ? FILE_FLAG_OPEN_REPARSE_POINT : 0u);
    HANDLE h = CreateFileW(w, want, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           disposition(flags), how, NULL);
    return h == INVALID_HANDLE_VALUE ? w32_fail() : fd_of(h, flags);
}

int w32_openat(int dirfd, const char *path, int flags, ...)
{
    wchar_t *w = w32_wide_at(dirfd, path);
    int fd = w ? open_wide(w, flags) : -1;
    free(w);
    return fd;
}

int w32_open(const char *path, int flags, ...)
{
    return w32_openat(W32_AT_FDCWD, path, flags);
}

int w32_memfd_create(const char *name, unsigned flags)
{
    (void)name, (void)flags;
    wchar_t dir[MAX_PATH + 1], path[MAX_PATH + 1];
    if (GetTempPathW(MAX_PATH + 1, dir) == 0 || GetTempFileNameW(dir, L"obj", 0, path) == 0) {
        return w32_fail();
    }
    HANDLE h = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                           CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    return h == INVALID_HANDLE_VALUE ? w32_fail() : fd_of(h, _O_RDWR);
}

FILE *w32_fopen(const char *path, const char *mode)
{
    bool reads = mode[0] == 'r', both = strchr(mode, '+') != NULL;
    int flags = both ? _O_RDWR : reads ? _O_RDONLY : _O_WRONLY;
    flags |= reads ? 0 : _O_CREAT | (mode[0] == 'a' ? _O_APPEND : _O_TRUNC);
    int fd = w32_open(path, flags);
    FILE *f = fd < 0 ? NULL : _fdopen(fd, reads ? (both ? "r+b" : "rb") : mode[0] == 'a' ? "ab" : "wb");
    if (fd >= 0 && !f) {
        _close(fd);
    }
    return f;
}

/* ---- status ---- */

/* Windows counts 100 ns from 1601. */
static const int64_t epoch_1601 = 116444736000000000;

static int64_t unix_time(FILETIME t)
{
    int64_t ticks = (int64_t)(((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime)) - epoch_1601;
    return ticks / 10000000 - (ticks % 10000000 < 0);
}

static int stat_handle(HANDLE h, struct w32_stat *st)
{
    *st = (struct w32_stat){.st_nlink = 1};
    DWORD type = GetFileType(h);
    BY_HANDLE_FILE_INFORMATION i;
    if (type == FILE_TYPE_CHAR) {
        st->st_mode = S_IFCHR | 0666;
        return 0;
    }
    if (type == FILE_TYPE_PIPE) {
        st->st_mode = S_IFIFO | 0600;
        return 0;
    }
    if (!GetFileInformationByHandle(h, &i)) {
        return w32_fail();
    }
    bool dir = i.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
    bool read_only = i.dwFileAttributes & FILE_ATTRIBUTE_READONLY;
    st->st_dev = i.dwVolumeSerialNumber;
    st->st_ino = (uint64_t)i.nFileIndexHigh << 32 | i.nFileIndexLow;
    st->st_mode = dir ? S_IFDIR | 0755u : S_IFREG | (read_only ? 0444u : 0644u);
    st->st_nlink = i.nNumberOfLinks;
    st->st_size = (int64_t)((uint64_t)i.nFileSizeHigh << 32 | i.nFileSizeLow);
    st->st_mtime = unix_time(i.ftLastWriteTime);
    return 0;
}

int w32_fstat(int fd, struct w32_stat *st)
{
    HANDLE h = w32_handle(fd);
    return h == INVALID_HANDLE_VALUE ? -1 : stat_handle(h, st);
}

static int stat_path(const char *path, struct w32_stat *st, DWORD extra)
{
    wchar_t *w = w32_wide(path);
    HANDLE h = w ? CreateFileW(w, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                               NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | extra, NULL)
                 : INVALID_HANDLE_VALUE;
    if (h == INVALID_HANDLE_VALUE) {
        if (w) {
            w32_fail();
        }
        free(w);
        return -1;
    }
    int rc = stat_handle(h, st);
    CloseHandle(h);
    if (rc == 0 && extra) {
        DWORD a = GetFileAttributesW(w);
        bool link = a != INVALID_FILE_ATTRIBUTES && a & FILE_ATTRIBUTE_REPARSE_POINT;
        st->st_mode = link ? S_IFLNK | 0777u : st->st_mode;
    }
    free(w);
    return rc;
}

int w32_stat(const char *path, struct w32_stat *st)
{
    return stat_path(path, st, 0);
}

int w32_lstat(const char *path, struct w32_stat *st)
{
    return stat_path(path, st, FILE_FLAG_OPEN_REPARSE_POINT);
}

int w32_isatty(int fd)
{
    HANDLE h = w32_handle(fd);
    DWORD mode;
    if (h == INVALID_HANDLE_VALUE || !GetConsoleMode(h, &mode)) {
        return 0;
    }
    return fd == 0 || mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING;
}

/* ---- reading and writing ---- */

ssize_t w32_read(int fd, void *p, size_t n)
{
    return _read(fd, p, n < MOST ? (unsigned)n : MOST);
}

ssize_t w32_write(int fd, const void *p, size_t n)
{
    return _write(fd, p, n < MOST ? (unsigned)n : MOST);
}

typedef union {
    void *in;
    const void *out;
} memory;

/* Windows moves the position even if the place is given: it is put back. */
static ssize_t at_offset(int fd, memory m, size_t n, int64_t off, bool writes)
{
    HANDLE h = w32_handle(fd);
    LARGE_INTEGER before;
    if (h == INVALID_HANDLE_VALUE) {
        return -1;
    }
    if (!SetFilePointerEx(h, (LARGE_INTEGER){.QuadPart = 0}, &before, FILE_CURRENT)) {
        errno = ESPIPE;
        return -1;
    }
    OVERLAPPED o = {.Offset = (DWORD)off, .OffsetHigh = (DWORD)((uint64_t)off >> 32)};
    DWORD want = n < MOST ? (DWORD)n : MOST, done = 0;
    BOOL ok = writes ? WriteFile(h, m.out, want, &done, &o) : ReadFile(h, m.in, want, &done, &o);
    if (!ok && !(GetLastError() == ERROR_HANDLE_EOF && !writes)) {
        return w32_fail();
    }
    SetFilePointerEx(h, before, NULL, FILE_BEGIN);
    return (ssize_t)done;
}

ssize_t w32_pread(int fd, void *p, size_t n, int64_t off)
{
    return at_offset(fd, (memory){.in = p}, n, off, false);
}

ssize_t w32_pwrite(int fd, const void *p, size_t n, int64_t off)
{
    return at_offset(fd, (memory){.out = p}, n, off, true);
}

ssize_t w32_copy_file_range(int in, int64_t *in_off, int out, int64_t *out_off, size_t n, unsigned flags)
{
    (void)in, (void)in_off, (void)out, (void)out_off, (void)n, (void)flags;
    errno = ENOSYS;
    return -1;
}

/* ---- attributes ---- */

int w32_ftruncate(int fd, int64_t size)
{
    HANDLE h = w32_handle(fd);
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = size};
    if (h == INVALID_HANDLE_VALUE) {
        return -1;
    }
    if (GetFileType(h) != FILE_TYPE_DISK) {
        errno = EINVAL;
        return -1;
    }
    return SetFileInformationByHandle(h, FileEndOfFileInfo, &end, sizeof end) ? 0 : w32_fail();
}

int w32_fallocate(int fd, int64_t off, int64_t len)
{
    return w32_ftruncate(fd, off + len) == 0 ? 0 : errno;
}

int w32_fchmod(int fd, uint32_t mode)
{
    HANDLE h = w32_handle(fd);
    FILE_BASIC_INFO info = {.FileAttributes = mode & 0200 ? FILE_ATTRIBUTE_NORMAL : FILE_ATTRIBUTE_READONLY};
    if (h == INVALID_HANDLE_VALUE) {
        return -1;
    }
    return SetFileInformationByHandle(h, FileBasicInfo, &info, sizeof info) ? 0 : w32_fail();
}

static FILETIME file_time(struct timespec t)
{
    uint64_t ticks = (uint64_t)((int64_t)t.tv_sec * 10000000 + t.tv_nsec / 100 + epoch_1601);
    return (FILETIME){.dwLowDateTime = (DWORD)ticks, .dwHighDateTime = (DWORD)(ticks >> 32)};
}

int w32_futimens(int fd, const struct timespec t[2])
{
    HANDLE h = w32_handle(fd);
    FILETIME read = file_time(t[0]), written = file_time(t[1]);
    if (h == INVALID_HANDLE_VALUE) {
        return -1;
    }
    return SetFileTime(h, NULL, &read, &written) ? 0 : w32_fail();
}

/* Windows' locks forbid reading what they cover: one byte is locked that no file has. */
int w32_flock(int fd, int operation)
{
    (void)operation;
    HANDLE h = w32_handle(fd);
    OVERLAPPED o = {.Offset = 0xffff0000, .OffsetHigh = 0x7ffffffe};
    if (h == INVALID_HANDLE_VALUE) {
        return -1;
    }
    return LockFileEx(h, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &o) ? 0 : w32_fail();
}
