/* demangle.c - the only user of libiberty. */
#include "base/demangle.h"

#include <stdlib.h>

#include <libiberty/demangle.h>

#include "base/arena.h"
#include "base/limits.h"

static const char *const prefixes[] = {"__imp_", ".refptr.", ".weak.", "__emutls_v.", "__emutls_t."};

static struct str skip_prefixes(struct str name)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (str_starts(name, str_c(prefixes[i]))) {
            return str_skip(name, strlen(prefixes[i]));
        }
    }
    return name;
}

static bool looks_mangled(struct str s)
{
    return str_starts(s, S("_Z")) || str_starts(s, S("_R")) || str_starts(s, S("_D")) ||
           str_starts(s, S("___Z")) || str_starts(s, S("_GLOBAL_"));
}

bool demangle(struct buf *b, struct str name, bool strip_underscore)
{
    struct str rest = skip_prefixes(name);
    size_t kept = name.len - rest.len;
    if (strip_underscore && rest.len && rest.p[0] == '_') {
        rest = str_skip(rest, 1);
    }
    /* libiberty bounds its recursion by the length of the name: a longer one than this cannot be a
       real symbol, only an attack on the stack. */
    if (!looks_mangled(rest) || rest.len > LIMIT_DEMANGLED_LEN) {
        return false;
    }
    char small[512];
    char *z = rest.len < sizeof small ? small : xmalloc(rest.len + 1);
    memcpy(z, rest.p, rest.len);
    z[rest.len] = '\0';
    char *out = cplus_demangle(z, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
    if (z != small) {
        free(z);
    }
    size_t n = out ? strlen(out) : 0;
    bool ok = n != 0 && n <= LIMIT_DEMANGLED_LEN;
    if (ok) {
        buf_add(b, name.p, kept);
        buf_add(b, out, n);
    }
    free(out);
    return ok;
}
