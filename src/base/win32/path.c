/* path.c - UTF-8 file names for the wide calls, and what Windows' errors are in POSIX. */
#include "base/win32/w32.h"

#include "base/arena.h"

/* From this length of the absolute name on the \\?\ form is used: 260 is the limit, and a directory
   needs room for an 8.3 name in it. */
enum { LONG_PATH = 248 };

int w32_fail(void)
{
    static const struct {
        DWORD code;
        int err;
    } map[] = {
        {ERROR_FILE_NOT_FOUND, ENOENT}, {ERROR_PATH_NOT_FOUND, ENOENT}, {ERROR_INVALID_DRIVE, ENOENT},
        {ERROR_BAD_NETPATH, ENOENT}, {ERROR_BAD_PATHNAME, ENOENT}, {ERROR_INVALID_NAME, ENOENT},
        {ERROR_MOD_NOT_FOUND, ENOENT}, {ERROR_NO_MORE_FILES, ENOENT}, {ERROR_ACCESS_DENIED, EACCES},
        {ERROR_SHARING_VIOLATION, EACCES}, {ERROR_LOCK_VIOLATION, EACCES}, {ERROR_WRITE_PROTECT, EROFS},
        {ERROR_USER_MAPPED_FILE, EACCES}, {ERROR_FILE_EXISTS, EEXIST}, {ERROR_ALREADY_EXISTS, EEXIST},
        {ERROR_DIRECTORY, ENOTDIR}, {ERROR_DIR_NOT_EMPTY, ENOTEMPTY}, {ERROR_DISK_FULL, ENOSPC},
        {ERROR_HANDLE_DISK_FULL, ENOSPC}, {ERROR_NOT_ENOUGH_MEMORY, ENOMEM}, {ERROR_OUTOFMEMORY, ENOMEM},
        {ERROR_COMMITMENT_LIMIT, ENOMEM}, {ERROR_TOO_MANY_OPEN_FILES, EMFILE}, {ERROR_NOT_SAME_DEVICE, EXDEV},
        {ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG}, {ERROR_BROKEN_PIPE, EPIPE}, {ERROR_NO_DATA, EPIPE},
        {ERROR_INVALID_HANDLE, EBADF}, {ERROR_NOT_SUPPORTED, ENOSYS}, {ERROR_INVALID_PARAMETER, EINVAL},
        {ERROR_NOT_READY, EIO},
    };
    DWORD code = GetLastError();
    errno = EIO;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        if (map[i].code == code) {
            errno = map[i].err;
        }
    }
    return -1;
}

static wchar_t *to_wide(const char *s)
{
    int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, NULL, 0);
    if (n <= 0) {
        errno = ENOENT; /* no file can have this name */
        return NULL;
    }
    wchar_t *w = xmalloc((size_t)n * sizeof *w);
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, s, -1, w, n);
    return w;
}

char *w32_utf8(const wchar_t *w)
{
    int n = WideCharToMultiByte(CP_UTF8, 0, w, -1, NULL, 0, NULL, NULL);
    char *s = xmalloc(n > 0 ? (size_t)n : 1);
    s[0] = '\0';
    WideCharToMultiByte(CP_UTF8, 0, w, -1, s, n, NULL, NULL);
    return s;
}

/* W, absolute and behind \\?\ if its absolute form is long. Frees W. */
static wchar_t *lengthen(wchar_t *w)
{
    static const wchar_t drive[] = L"\\\\?\\", share[] = L"\\\\?\\UNC\\";
    DWORD n = GetFullPathNameW(w, 0, NULL, NULL);
    if (n < LONG_PATH || wcsncmp(w, drive, 4) == 0) {
        return w;
    }
    wchar_t *full = xmalloc((n + 10) * sizeof *full), *at = full + 8;
    if (GetFullPathNameW(w, n, at, NULL) == 0) {
        free(full);
        return w;
    }
    bool unc = at[0] == L'\\' && at[1] == L'\\';
    const wchar_t *prefix = unc ? share : drive;
    wchar_t *rest = unc ? at + 2 : at;
    size_t k = wcslen(prefix);
    memmove(full + k, rest, (wcslen(rest) + 1) * sizeof *rest);
    memcpy(full, prefix, k * sizeof *prefix);
    free(w);
    return full;
}

wchar_t *w32_wide(const char *path)
{
    if (path[0] == '\0') {
        errno = ENOENT;
        return NULL;
    }
    wchar_t *w = to_wide(strcmp(path, "/dev/null") == 0 ? "NUL" : path);
    return w ? lengthen(w) : NULL;
}

wchar_t *w32_name_of(int fd)
{
    HANDLE h = w32_handle(fd);
    if (h == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    DWORD n = GetFinalPathNameByHandleW(h, NULL, 0, FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);
    wchar_t *w = xmalloc((n + 1) * sizeof *w);
    DWORD got = n ? GetFinalPathNameByHandleW(h, w, n + 1, FILE_NAME_NORMALIZED | VOLUME_NAME_DOS) : 0;
    if (got == 0 || got > n) {
        w32_fail();
        free(w);
        return NULL;
    }
    return w;
}

wchar_t *w32_wide_at(int dirfd, const char *path)
{
    if (dirfd == W32_AT_FDCWD) {
        return w32_wide(path);
    }
    wchar_t *dir = w32_name_of(dirfd), *name = dir ? to_wide(path) : NULL, *w = NULL;
    if (name) {
        size_t a = wcslen(dir), b = wcslen(name);
        w = xmalloc((a + b + 2) * sizeof *w);
        memcpy(w, dir, a * sizeof *w);
        w[a] = L'\\';
        memcpy(w + a + 1, name, (b + 1) * sizeof *w);
    }
    free(dir);
    free(name);
    return w;
}

char *w32_realpath(const char *path, char *must_be_null)
{
    (void)must_be_null;
    int fd = w32_open(path, _O_RDONLY);
    wchar_t *w = fd >= 0 ? w32_name_of(fd) : NULL;
    if (fd >= 0) {
        int err = errno;
        _close(fd);
        errno = err;
    }
    if (!w) {
        return NULL;
    }
    bool unc = wcsncmp(w, L"\\\\?\\UNC\\", 8) == 0;
    const wchar_t *from = unc ? w + 6 : wcsncmp(w, L"\\\\?\\", 4) == 0 ? w + 4 : w;
    char *s = w32_utf8(from);
    if (unc) {
        s[0] = '/';
    }
    for (char *p = s; *p; p++) {
        *p = *p == '\\' ? '/' : *p;
    }
    free(w);
    return s;
}

ssize_t w32_readlink(const char *path, char *p, size_t n)
{
    (void)path, (void)p, (void)n;
    errno = EINVAL; /* realpath has followed what it can */
    return -1;
}

char *w32_getcwd(char *must_be_null, size_t ignored)
{
    (void)must_be_null, (void)ignored;
    DWORD n = GetCurrentDirectoryW(0, NULL);
    wchar_t *w = xmalloc((n + 1) * sizeof *w);
    if (GetCurrentDirectoryW(n + 1, w) == 0) {
        w32_fail();
        free(w);
        return NULL;
    }
    char *s = w32_utf8(w);
    for (char *q = s; *q; q++) {
        *q = *q == '\\' ? '/' : *q;
    }
    free(w);
    return s;
}
