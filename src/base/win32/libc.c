/* libc.c - functions that Microsoft's C library lacks or has otherwise. */
#include "base/win32/w32.h"

#include "base/arena.h"

char *w32_getenv(const char *name)
{
    wchar_t *w = w32_wide(name);
    DWORD n = w ? GetEnvironmentVariableW(w, NULL, 0) : 0;
    char *s = NULL;
    if (n) {
        wchar_t *value = xmalloc(n * sizeof *value);
        value[0] = L'\0';
        GetEnvironmentVariableW(w, value, n);
        s = w32_utf8(value);
        free(value);
    }
    free(w);
    return s;
}

/* Merges the runs [0,HALF) and [HALF,N) of FROM into TO. */
static void merge_runs(char *to, const char *from, size_t half, size_t n, size_t size,
                       int (*compare)(const void *, const void *))
{
    size_t i = 0, j = half;
    for (size_t k = 0; k < n; k++) {
        bool left = i < half && (j >= n || compare(from + i * size, from + j * size) <= 0);
        memcpy(to + k * size, from + (left ? i++ : j++) * size, size);
    }
}

void w32_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    if (n < 2 || size == 0) {
        return;
    }
    char *a = base, *b = xmalloc(n * size), *from = a, *to = b;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += run * 2) {
            size_t len = n - i < run * 2 ? n - i : run * 2;
            merge_runs(to + i * size, from + i * size, len < run ? len : run, len, size, compare);
        }
        char *t = from;
        from = to;
        to = t;
        if (run > n / 2) {
            break;
        }
    }
    if (from != a) {
        memcpy(a, from, n * size);
    }
    free(b);
}

ssize_t w32_getline(char **line, size_t *cap, FILE *f)
{
    size_t n = 0;
    for (int c; (c = getc(f)) != EOF;) {
        if (n + 2 > *cap) {
            *cap = *cap ? *cap * 2 : 128;
            *line = xrealloc(*line, *cap);
        }
        (*line)[n++] = (char)c;
        if (c == '\n') {
            break;
        }
    }
    if (n == 0) {
        return -1;
    }
    (*line)[n] = '\0';
    return (ssize_t)n;
}

void *w32_memmem(const void *hay, size_t hay_len, const void *needle, size_t len)
{
    const char *h = hay, *first = needle;
    if (len == 0) {
        return (void *)(uintptr_t)hay;
    }
    for (size_t left = hay_len; left >= len;) {
        const char *at = memchr(h, *first, left - len + 1);
        if (!at || memcmp(at, needle, len) == 0) {
            return (void *)(uintptr_t)at;
        }
        left -= (size_t)(at + 1 - h);
        h = at + 1;
    }
    return NULL;
}

void *w32_memrchr(const void *p, int c, size_t n)
{
    const unsigned char *s = p;
    while (n--) {
        if (s[n] == (unsigned char)c) {
            return (void *)(uintptr_t)(s + n);
        }
    }
    return NULL;
}

char *w32_strndup(const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *p = xmalloc(len + 1);
    memcpy(p, s, len);
    p[len] = '\0';
    return p;
}
