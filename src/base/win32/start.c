/* start.c - what must hold before main goes on: binary streams, UTF-8 arguments, a console that shows
   UTF-8 and colours, temporaries removed when the user ends the program. */
#include "base/win32/w32.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/os.h"

/* Not in the headers: the C library's own parser of the command line, which also expands * and ?. */
__declspec(dllimport) int __cdecl __wgetmainargs(int *argc, wchar_t ***argv, wchar_t ***env, int wildcards,
                                                 int *new_mode);

static UINT old_code_page;

static void restore_code_page(void)
{
    SetConsoleOutputCP(old_code_page);
}

static void prepare_console(void)
{
    bool any = false;
    for (int fd = 1; fd < 3; fd++) {
        HANDLE h = w32_handle(fd);
        DWORD mode;
        if (h != INVALID_HANDLE_VALUE && GetConsoleMode(h, &mode)) {
            any = true;
            SetConsoleMode(h, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
        }
    }
    if (any) {
        old_code_page = GetConsoleOutputCP();
        if (old_code_page != CP_UTF8 && SetConsoleOutputCP(CP_UTF8)) {
            atexit(restore_code_page);
        }
    }
}

static BOOL WINAPI on_terminate(DWORD event)
{
    (void)event;
    outfile_remove_all();
    return FALSE; /* the next handler ends the program */
}

/* A mapped input that cannot be read any more, on a network drive say, is this exception. */
static LONG WINAPI on_exception(EXCEPTION_POINTERS *e)
{
    if (e->ExceptionRecord->ExceptionCode == EXCEPTION_IN_PAGE_ERROR) {
        file_last_words("an input file could not be read any more\n");
        outfile_remove_all();
        _exit(1);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

void file_init(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (w32_handle(fd) == INVALID_HANDLE_VALUE) {
            w32_open("/dev/null", fd == 0 ? _O_WRONLY : _O_RDONLY); /* the lowest free one is FD */
        } else {
            _setmode(fd, _O_BINARY);
        }
    }
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    SetUnhandledExceptionFilter(on_exception);
    SetConsoleCtrlHandler(on_terminate, TRUE);
    prepare_console();
}

void os_arguments(int *argc, char ***argv)
{
    wchar_t **wide, **env;
    int n, new_mode = 0;
    if (__wgetmainargs(&n, &wide, &env, 1, &new_mode) != 0 || n < 1) {
        return;
    }
    char **args = xmalloc(((size_t)n + 1) * sizeof *args);
    for (int i = 0; i < n; i++) {
        args[i] = w32_utf8(wide[i]);
    }
    args[n] = NULL;
    *argc = n;
    *argv = args;
}

bool os_random(void *p, size_t n)
{
    /* SystemFunction036 is RtlGenRandom: there in every Windows, needs no set-up. */
    HMODULE lib = LoadLibraryW(L"advapi32.dll");
    union {
        FARPROC f;
        BOOLEAN(WINAPI *random)(void *, ULONG);
    } u = {.f = lib ? GetProcAddress(lib, "SystemFunction036") : NULL};
    bool ok = u.f && u.random(p, (ULONG)n);
    if (lib) {
        FreeLibrary(lib);
    }
    return ok;
}

static bool is_device(struct str part)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
    struct str stem = str_head(part, str_find(part, '.'));
    while (stem.len && stem.p[stem.len - 1] == ' ') {
        stem.len--;
    }
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (str_caseeq(stem, str_c(devices[i]))) {
            return true;
        }
    }
    return stem.len == 4 && stem.p[3] >= '0' && stem.p[3] <= '9' &&
           (str_caseeq(str_head(stem, 3), S("com")) || str_caseeq(str_head(stem, 3), S("lpt")));
}

bool os_name_is_file(struct str name)
{
    while (name.len) {
        size_t n = 0;
        while (n < name.len && name.p[n] != '/' && name.p[n] != '\\') {
            if ((unsigned char)name.p[n] < ' ' || strchr("<>:\"|?*", name.p[n])) {
                return false;
            }
            n++;
        }
        struct str part = str_head(name, n);
        bool dots = str_is(part, ".") || str_is(part, "..");
        if (is_device(part) || (n && !dots && (part.p[n - 1] == '.' || part.p[n - 1] == ' '))) {
            return false;
        }
        name = str_skip(name, n + (n < name.len));
    }
    return true;
}

void os_expect_threads(unsigned n_files)
{
    (void)n_files;
}

/* There is no O_NONBLOCK here. */
void os_wait_for_data(int fd)
{
    (void)fd;
}
