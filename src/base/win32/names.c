/* names.c - the names of files: removing, renaming, making directories, access. */
#include "base/win32/w32.h"

#include "base/arena.h"

/* Old files that something still had open when they were replaced, to be removed at the end. */
enum { MAX_ASIDE = 16 };
static wchar_t *aside[MAX_ASIDE];
static volatile LONG n_aside;

static void remove_aside(void)
{
    for (LONG i = 0; i < n_aside && i < MAX_ASIDE; i++) {
        DeleteFileW(aside[i]);
    }
}

static bool make_writable(const wchar_t *w)
{
    DWORD a = GetFileAttributesW(w);
    return a != INVALID_FILE_ATTRIBUTES && a & FILE_ATTRIBUTE_READONLY &&
           SetFileAttributesW(w, a & ~(DWORD)FILE_ATTRIBUTE_READONLY);
}

int w32_unlinkat(int dirfd, const char *path, int flags)
{
    (void)flags;
    wchar_t *w = w32_wide_at(dirfd, path);
    int rc = -1;
    if (w) {
        bool ok = DeleteFileW(w) || (GetLastError() == ERROR_ACCESS_DENIED && make_writable(w) && DeleteFileW(w));
        rc = ok ? 0 : w32_fail();
    }
    free(w);
    return rc;
}

int w32_unlink(const char *path)
{
    return w32_unlinkat(W32_AT_FDCWD, path, 0);
}

/* The rename that Windows 10 has for POSIX programs: an open target does not hinder it. */
static bool rename_posix(const wchar_t *from, const wchar_t *to)
{
    enum { RENAME_INFO_EX = 22, REPLACE = 1, POSIX_SEMANTICS = 2, IGNORE_READONLY = 0x40 };
    HANDLE h = CreateFileW(from, DELETE | SYNCHRONIZE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    DWORD n = h == INVALID_HANDLE_VALUE ? 0 : GetFullPathNameW(to, 0, NULL, NULL);
    if (n == 0) {
        return false;
    }
    size_t size = sizeof(FILE_RENAME_INFO) + n * sizeof(wchar_t);
    FILE_RENAME_INFO *info = xcalloc(1, size);
    DWORD flags = REPLACE | POSIX_SEMANTICS | IGNORE_READONLY;
    memcpy(info, &flags, sizeof flags); /* the union's other half has no name in older headers */
    n = GetFullPathNameW(to, n, info->FileName, NULL);
    info->FileNameLength = n * (DWORD)sizeof(wchar_t);
    bool ok = SetFileInformationByHandle(h, (FILE_INFO_BY_HANDLE_CLASS)RENAME_INFO_EX, info, (DWORD)size);
    CloseHandle(h);
    free(info);
    return ok;
}

/* Moves TO out of the way, which works while it is open or mapped, and FROM there. */
static bool rename_around(const wchar_t *from, const wchar_t *to)
{
    size_t n = wcslen(to);
    wchar_t *old = xmalloc((n + 48) * sizeof *old);
    bool moved = false;
    for (unsigned i = 0; i < 100 && !moved; i++) {
        _snwprintf(old, n + 48, L"%ls.objkit-%lu-%u.old", to, (unsigned long)GetCurrentProcessId(), i);
        moved = MoveFileExW(to, old, 0);
        if (!moved && GetLastError() != ERROR_ALREADY_EXISTS && GetLastError() != ERROR_FILE_EXISTS) {
            break;
        }
    }
    if (!moved || !MoveFileExW(from, to, 0)) {
        DWORD err = GetLastError();
        if (moved) {
            MoveFileExW(old, to, 0);
        }
        free(old);
        SetLastError(err);
        return false;
    }
    LONG slot = DeleteFileW(old) ? MAX_ASIDE : InterlockedIncrement(&n_aside) - 1;
    if (slot < MAX_ASIDE) {
        aside[slot] = old;
        if (slot == 0) {
            atexit(remove_aside);
        }
    } else {
        free(old);
    }
    return true;
}

static bool move(const wchar_t *from, const wchar_t *to, bool replace)
{
    if (MoveFileExW(from, to, replace ? MOVEFILE_REPLACE_EXISTING : 0)) {
        return true;
    }
    DWORD err = GetLastError();
    if (!replace || (err != ERROR_ACCESS_DENIED && err != ERROR_SHARING_VIOLATION && err != ERROR_USER_MAPPED_FILE)) {
        return false;
    }
    DWORD a = GetFileAttributesW(to);
    if (a != INVALID_FILE_ATTRIBUTES && a & FILE_ATTRIBUTE_DIRECTORY) {
        SetLastError(err);
        return false;
    }
    return (make_writable(to) && MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING)) || rename_posix(from, to) ||
           rename_around(from, to);
}

int w32_renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    wchar_t *a = w32_wide_at(fromfd, from), *b = w32_wide_at(tofd, to);
    int rc = -1;
    if (a && b) {
        rc = move(a, b, !(flags & RENAME_NOREPLACE)) ? 0 : w32_fail();
    }
    free(a);
    free(b);
    return rc;
}

int w32_renameat(int fromfd, const char *from, int tofd, const char *to)
{
    return w32_renameat2(fromfd, from, tofd, to, 0);
}

int w32_rename(const char *from, const char *to)
{
    return w32_renameat2(W32_AT_FDCWD, from, W32_AT_FDCWD, to, 0);
}

int w32_mkdirat(int dirfd, const char *path, unsigned mode)
{
    (void)mode;
    wchar_t *w = w32_wide_at(dirfd, path);
    int rc = w ? (CreateDirectoryW(w, NULL) ? 0 : w32_fail()) : -1;
    free(w);
    return rc;
}

int w32_mkdir(const char *path, unsigned mode)
{
    return w32_mkdirat(W32_AT_FDCWD, path, mode);
}

int w32_faccessat(int dirfd, const char *path, int mode, int flags)
{
    (void)flags;
    wchar_t *w = w32_wide_at(dirfd, path);
    DWORD a = w ? GetFileAttributesW(w) : 0;
    int rc = 0;
    if (!w) {
        rc = -1;
    } else if (a == INVALID_FILE_ATTRIBUTES) {
        rc = w32_fail();
    } else if (mode & W_OK && a & FILE_ATTRIBUTE_READONLY && !(a & FILE_ATTRIBUTE_DIRECTORY)) {
        errno = EACCES;
        rc = -1;
    }
    free(w);
    return rc;
}

int w32_access(const char *path, int mode)
{
    return w32_faccessat(W32_AT_FDCWD, path, mode, 0);
}
