/* ec_name.c - the marks of ARM64EC names, put on and taken off. */
#include "obj/ec_name.h"

#include "obj/msvc_name.h"

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

/* Names that would be too long: "??@", 32 digits of an MD5 sum, "@". The mark stands at the end: "$$h@". */
static bool is_digest(struct str name)
{
    return str_starts(name, S("??@")) && str_find(str_skip(name, 3), '@') + 4 == name.len;
}

struct str ec_plain_name(struct str name, struct arena *a)
{
    size_t at = str_starts(name, S("?")) ? find_mark(name) : SIZE_MAX;
    if (at != SIZE_MAX && str_starts(name, S("??@")) && str_ends(name, S("@$$h@"))) {
        return str_head(name, name.len - 4);
    }
    if (at != SIZE_MAX) {
        return join(a, str_head(name, at), S(""), str_skip(name, at + 3));
    }
    return str_starts(name, S("#")) ? str_skip(name, 1) : name;
}

bool ec_marked_name(struct str name, struct arena *a, struct str *out)
{
    *out = name;
    if (is_digest(name)) {
        *out = join(a, name, S("$$h@"), S(""));
        return true;
    }
    if (str_starts(name, S("#")) || (str_starts(name, S("?")) && find_mark(name) != SIZE_MAX)) {
        return true;
    }
    if (!str_starts(name, S("?"))) {
        *out = join(a, S("#"), name, S(""));
        return true;
    }
    size_t at = msvc_qualified_len(name);
    if (at == SIZE_MAX) {
        return false;
    }
    *out = join(a, str_head(name, at), MARK, str_skip(name, at));
    return true;
}
