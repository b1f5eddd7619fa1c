/* ec_name.c - the marks of ARM64EC names, put on and taken off. */
#include "obj/ec_name.h"

#define MARK S("$$h")

static size_t find_mark(struct str s)
{
    for (size_t i = 0; i + 3 <= s.len; i++) {
        if (memcmp(s.p + i, "$$h", 3) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static struct str join(struct arena *a, struct str x, struct str y, struct str z)
{
    char *p = arena_alloc(a, x.len + y.len + z.len + 1), *q = p;
    const struct str parts[] = {x, y, z};
    for (int i = 0; i < 3; i++) {
        if (parts[i].len) {
            memcpy(q, parts[i].p, parts[i].len);
        }
        q += parts[i].len;
    }
    *q = '\0';
    return (struct str){p, (size_t)(q - p)};
}

struct str ec_plain_name(struct str name, struct arena *a)
{
    size_t at = str_starts(name, S("?")) ? find_mark(name) : SIZE_MAX;
    if (at != SIZE_MAX) {
        return join(a, str_head(name, at), S(""), str_skip(name, at + 3));
    }
    return str_starts(name, S("#")) ? str_skip(name, 1) : name;
}

/* The length of one part of a qualified name that begins at S; 0: not known here. Parts are identifiers
   and anonymous namespaces, which end with '@', digits that repeat an earlier part, and, FIRST, an
   operator: '?' and a character, or '?_' and one, or '?__' and one. */
static size_t part_len(struct str s, bool first)
{
    size_t end = str_find(s, '@');
    if (s.p[0] >= '0' && s.p[0] <= '9') {
        return 1;
    }
    if (s.p[0] != '?') {
        return end == SIZE_MAX ? 0 : end + 1;
    }
    if (!first) {
        return s.len > 1 && s.p[1] == 'A' && end != SIZE_MAX ? end + 1 : 0;
    }
    if (s.len > 1 && (s.p[1] == '$' || s.p[1] == '?')) {
        return 0;
    }
    return str_starts(s, S("?__")) ? 4 : str_starts(s, S("?_")) ? 3 : 2;
}

/* Where the qualified name ends: behind the '@' that has no part before it. SIZE_MAX: not known. */
static size_t qualified_len(struct str name)
{
    size_t at = 1;
    for (bool first = true; at < name.len; first = false) {
        struct str rest = str_skip(name, at);
        if (!first && rest.p[0] == '@') {
            return at + 1;
        }
        size_t n = part_len(rest, first);
        if (n == 0 || n > rest.len) {
            return SIZE_MAX;
        }
        at += n;
    }
    return SIZE_MAX;
}

bool ec_marked_name(struct str name, struct arena *a, struct str *out)
{
    *out = name;
    if (str_starts(name, S("#")) || (str_starts(name, S("?")) && find_mark(name) != SIZE_MAX)) {
        return true;
    }
    if (!str_starts(name, S("?"))) {
        *out = join(a, S("#"), name, S(""));
        return true;
    }
    size_t at = qualified_len(name);
    if (at == SIZE_MAX) {
        return false;
    }
    *out = join(a, str_head(name, at), MARK, str_skip(name, at));
    return true;
}
