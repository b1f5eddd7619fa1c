/* dirs.c - listing directories, and glob(3) for patterns in the last part of a path. */
#include "base/win32/w32.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

struct w32_dir {
    HANDLE find;
    bool first; /* found is not yet given out */
    WIN32_FIND_DATAW found;
    struct w32_dirent entry;
};

struct w32_dir *w32_opendir(const char *path)
{
    size_t n = strlen(path);
    char *pattern = xmalloc(n + 3);
    memcpy(pattern, path, n);
    memcpy(pattern + n, "/*", 3);
    wchar_t *w = w32_wide(pattern);
    free(pattern);
    struct w32_dir *d = xcalloc(1, sizeof *d);
    d->find = w ? FindFirstFileW(w, &d->found) : INVALID_HANDLE_VALUE;
    d->first = true;
    if (d->find == INVALID_HANDLE_VALUE) {
        if (w) {
            w32_fail();
        }
        free(d);
        d = NULL;
    }
    free(w);
    return d;
}

struct w32_dirent *w32_readdir(struct w32_dir *d)
{
    if (!d->first && !FindNextFileW(d->find, &d->found)) {
        return NULL;
    }
    d->first = false;
    char *name = w32_utf8(d->found.cFileName);
    snprintf(d->entry.d_name, sizeof d->entry.d_name, "%s", name);
    free(name);
    return &d->entry;
}

int w32_closedir(struct w32_dir *d)
{
    FindClose(d->find);
    free(d);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int w32_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *g)
{
    (void)flags, (void)on_error;
    *g = (glob_t){0};
    struct str p = str_c(pattern), name = str_basename(p);
    char *dir = xmalloc(p.len + 2);
    size_t n = p.len - name.len;
    memcpy(dir, n ? pattern : ".", n ? n : 1);
    dir[n ? n : 1] = '\0';
    struct w32_dir *d = w32_opendir(dir);
    VEC(char *) found = {0};
    for (struct w32_dirent *e; d && (e = w32_readdir(d));) {
        if (e->d_name[0] != '.' && str_glob(name, str_c(e->d_name))) {
            size_t size = n + strlen(e->d_name) + 1;
            char *path = xmalloc(size);
            snprintf(path, size, "%.*s%s", (int)n, pattern, e->d_name);
            vec_push(&found, path);
        }
    }
    if (d) {
        w32_closedir(d);
    }
    free(dir);
    if (found.n) {
        w32_qsort(found.p, found.n, sizeof *found.p, by_name);
    }
    g->gl_pathc = found.n;
    g->gl_pathv = found.p;
    return found.n ? 0 : 3;
}

void w32_globfree(glob_t *g)
{
    for (size_t i = 0; i < g->gl_pathc; i++) {
        free(g->gl_pathv[i]);
    }
    free(g->gl_pathv);
}
