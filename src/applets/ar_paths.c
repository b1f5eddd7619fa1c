/* ar_paths.c - see ar_paths.h. */
#include "applets/ar_paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

struct str ar_clean_path(struct arena *a, struct str path)
{
    bool absolute = path_is_absolute(path);
    char *out = arena_alloc(a, path.len + 2);
    size_t n = path_drive(path), floor; /* below floor stand leading ".." that cannot be dropped */
    memcpy(out, path.p, n);
    path = str_skip(path, n);
    if (absolute) {
        out[n++] = '/';
    }
    floor = n;
    while (path.len) {
        size_t len = 0;
        while (len < path.len && !path_is_sep(path.p[len])) {
            len++;
        }
        struct str part = str_head(path, len);
        path = str_skip(path, len + (len < path.len));
        if (part.len == 0 || str_is(part, ".")) {
            continue;
        }
        if (str_is(part, "..") && n > floor) {
            while (n > floor && out[n - 1] != '/') {
                n--;
            }
            n -= n > floor; /* the slash before it */
            continue;
        }
        if (str_is(part, "..") && absolute) {
            continue;
        }
        if (n && out[n - 1] != '/') {
            out[n++] = '/';
        }
        memcpy(out + n, part.p, part.len);
        n += part.len;
        floor = str_is(part, "..") ? n : floor;
    }
    if (n == 0) {
        out[n++] = '.';
    }
    return (struct str){out, n};
}

static struct str in_cwd(struct arena *a, const char *path)
{
    if (path_is_absolute(str_c(path))) {
        return str_c(path);
    }
    char *cwd = getcwd(NULL, 0);
    struct str s = str_c(arena_printf(a, "%s/%s", cwd ? cwd : ".", path));
    free(cwd);
    return s;
}

struct str ar_absolute_path(struct arena *a, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real) {
        return ar_clean_path(a, in_cwd(a, path));
    }
    struct str s = arena_str(a, str_c(real));
    free(real);
    return s;
}

/* The directory part of PATH, resolved, with a slash at the end. */
static struct str real_directory(struct ar_path_cache *c, unsigned slot, const char *path)
{
    size_t len = path_dir_len(str_c(path));
    struct str given = len == 0 ? S(".") : str_head(str_c(path), len);
    if (c->slots[slot].given.p && str_eq(c->slots[slot].given, given)) {
        return c->slots[slot].real;
    }
    char *dir = arena_strdup(c->arena, given);
    struct str s = ar_absolute_path(c->arena, dir);
    if (s.len == 0 || s.p[s.len - 1] != '/') {
        s = str_c(arena_printf(c->arena, "%.*s/", (int)s.len, s.p));
    }
    c->slots[slot].given = str_c(dir);
    c->slots[slot].real = s;
    return s;
}

struct str ar_relative_path(struct ar_path_cache *c, const char *archive, const char *file)
{
    if (path_is_absolute(str_c(file))) {
        return str_c(file);
    }
    struct str dir = real_directory(c, 0, archive), base = real_directory(c, 1, file);
    struct str name = str_basename(str_c(file));
    size_t common = 0; /* up to the last slash that both share */
    for (size_t i = 0; i < dir.len && i < base.len && dir.p[i] == base.p[i]; i++) {
        common = dir.p[i] == '/' ? i + 1 : common;
    }
    struct buf b = {0};
    for (size_t i = common; i < dir.len; i++) {
        if (dir.p[i] == '/') {
            buf_puts(&b, "../");
        }
    }
    if (common == 0 && path_is_absolute(base)) {
        buf_free(&b); /* another drive: no relative path leads there */
        b = (struct buf){0};
    }
    buf_str(&b, str_skip(base, common));
    buf_str(&b, name);
    struct str s = arena_str(c->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return s;
}
