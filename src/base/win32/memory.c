/* memory.c - mappings and libraries. */
#include "base/win32/w32.h"

#include "base/arena.h"
#include "base/os.h"

static void *map_file(size_t n, int fd, int64_t off)
{
    HANDLE h = w32_handle(fd);
    HANDLE section = h == INVALID_HANDLE_VALUE ? NULL : CreateFileMappingW(h, NULL, PAGE_READONLY, 0, 0, NULL);
    void *p = section ? MapViewOfFile(section, FILE_MAP_READ, (DWORD)((uint64_t)off >> 32), (DWORD)off, n) : NULL;
    if (!p) {
        w32_fail();
    }
    if (section) {
        CloseHandle(section); /* the view keeps it */
    }
    return p ? p : MAP_FAILED;
}

void *w32_mmap(void *at, size_t n, int prot, int flags, int fd, int64_t off)
{
    (void)at, (void)prot;
    if (!(flags & MAP_ANONYMOUS)) {
        return map_file(n, fd, off);
    }
    void *p = VirtualAlloc(NULL, n, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (!p) {
        errno = ENOMEM;
    }
    return p ? p : MAP_FAILED;
}

int w32_munmap(void *p, size_t n)
{
    (void)n;
    MEMORY_BASIC_INFORMATION i;
    bool view = VirtualQuery(p, &i, sizeof i) == sizeof i && i.Type == MEM_MAPPED;
    bool ok = view ? UnmapViewOfFile(p) : VirtualFree(p, 0, MEM_RELEASE);
    return ok ? 0 : w32_fail();
}

/* Unlocking pages that are not locked takes them out of the working set: only file views are given. */
int w32_madvise(void *p, size_t n, int advice)
{
    if (advice == MADV_DONTNEED) {
        VirtualUnlock(p, n);
    }
    return 0;
}

void os_drop_pages(const struct view *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        w32_madvise((void *)(uintptr_t)v[i].p, (size_t)v[i].len, MADV_DONTNEED);
    }
}

long w32_sysconf(int name)
{
    SYSTEM_INFO i;
    GetSystemInfo(&i);
    return name == _SC_PAGESIZE ? (long)i.dwPageSize : (long)i.dwNumberOfProcessors;
}

void *w32_dlopen(const char *path, int flags)
{
    (void)flags;
    wchar_t *w = w32_wide(path);
    for (wchar_t *p = w; p && *p; p++) {
        *p = *p == L'/' ? L'\\' : *p;
    }
    void *h = w ? (void *)LoadLibraryW(w) : NULL;
    free(w);
    return h;
}

void *w32_dlsym(void *handle, const char *name)
{
    union {
        FARPROC f;
        void *p;
    } u = {.f = GetProcAddress(handle, name)};
    return u.p;
}

int w32_dlclose(void *handle)
{
    return FreeLibrary(handle) ? 0 : -1;
}

char *w32_dlerror(void)
{
    static _Thread_local char text[256];
    DWORD code = GetLastError();
    DWORD n = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0x0409, text,
                             sizeof text, NULL);
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == '.')) {
        text[--n] = '\0';
    }
    if (n == 0) {
        snprintf(text, sizeof text, "error %lu", (unsigned long)code);
    }
    return text;
}
