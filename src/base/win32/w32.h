/* w32.h - what the files of this folder share. */
#ifndef OBJKIT_BASE_WIN32_W32_H
#define OBJKIT_BASE_WIN32_W32_H

#define W32_IMPLEMENTATION
#define WIN32_LEAN_AND_MEAN
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include "base/win32/posix.h"
#include <windows.h>

/* PATH for the wide calls, from malloc: as it is, or absolute behind \\?\ when it is long. NULL with
   errno set if it is no UTF-8. */
wchar_t *w32_wide(const char *path);
/* PATH seen from the directory that DIRFD has open. */
wchar_t *w32_wide_at(int dirfd, const char *path);
/* UTF-8, from malloc. */
char *w32_utf8(const wchar_t *w);
/* Sets errno from GetLastError(); -1. */
int w32_fail(void);
void *w32_handle(int fd); /* INVALID_HANDLE_VALUE with errno set if FD is closed */
/* What FD has open, by its full name; NULL with errno set. From malloc. */
wchar_t *w32_name_of(int fd);

#endif
