/* demangle.c - the only user of libiberty. */
#include "base/demangle.h"

#include <setjmp.h>
#include <stdlib.h>

#include <libiberty/demangle.h>

#include "base/arena.h"
#include "base/limits.h"

static const char *const prefixes[] = {"__imp_", ".refptr.", ".weak.", "__emutls_v.", "__emutls_t."};

static struct str skip_prefixes(struct str name)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (str_starts(name, str_c(prefixes[i]))) {
            name = str_skip(name, strlen(prefixes[i]));
            break;
        }
    }
    while (name.len && (name.p[0] == '.' || name.p[0] == '$')) {
        name = str_skip(name, 1); /* a function's code on PowerPC64 and XCOFF */
    }
    return name;
}

static bool looks_mangled(struct str s)
{
    return str_starts(s, S("_Z")) || str_starts(s, S("_R")) || str_starts(s, S("_D")) ||
           str_starts(s, S("___Z")) || str_starts(s, S("_GLOBAL_"));
}

/* Substitutions let a name of a few hundred bytes expand to gigabytes: what the demangler prints is
   taken piece by piece, and it is left by a jump when that passes LIMIT_DEMANGLED_LEN. The callback
   forms of libiberty's functions hold no heap memory at that time, so nothing leaks. */
struct sink {
    struct buf out;
    jmp_buf too_long;
};

static void take(const char *p, size_t n, void *ctx)
{
    struct sink *s = ctx;
    if (n > LIMIT_DEMANGLED_LEN - s->out.n) {
        longjmp(s->too_long, 1);
    }
    buf_add(&s->out, p, n);
}

static bool run(const char *z, struct sink *s, enum demangle_style style)
{
    if (setjmp(s->too_long)) {
        return false;
    }
    if (style == DEMANGLE_JAVA) {
        return java_demangle_v3_callback(z, take, s) != 0;
    }
    if (style != DEMANGLE_CXX && rust_demangle_callback(z, DMGL_PARAMS | DMGL_ANSI, take, s)) {
        return true;
    }
    s->out.n = 0;
    return style != DEMANGLE_RUST && cplus_demangle_v3_callback(z, DMGL_PARAMS | DMGL_ANSI, take, s) != 0;
}

/* Ada's encoding has no substitutions: what it decodes to is not much longer. */
static bool run_ada(const char *z, struct sink *s)
{
    char *out = ada_demangle(z, DMGL_PARAMS | DMGL_ANSI);
    if (out) {
        buf_puts(&s->out, out);
    }
    free(out);
    return s->out.n != 0;
}

/* D has no callback form; back references expand it too, so only names without many of them. */
static bool run_d(const char *z, struct sink *s)
{
    unsigned backrefs = 0;
    for (const char *p = z; *p; p++) {
        backrefs += *p == 'Q';
    }
    char *out = backrefs <= 16 ? dlang_demangle(z, DMGL_PARAMS | DMGL_ANSI) : NULL;
    size_t n = out ? strlen(out) : 0;
    if (n && n <= LIMIT_DEMANGLED_LEN) {
        buf_add(&s->out, out, n);
    }
    free(out);
    return s->out.n != 0;
}

/* D: Z is one of that language's names. */
static bool run_as(enum demangle_style style, bool d, const char *z, struct sink *s)
{
    switch (style) {
    case DEMANGLE_ADA: return run_ada(z, s);
    case DEMANGLE_D: return d && run_d(z, s);
    case DEMANGLE_AUTO: return d ? run_d(z, s) : run(z, s, style);
    default: return !d && run(z, s, style);
    }
}

bool demangle(struct buf *b, struct str name, bool strip_underscore)
{
    return demangle_as(DEMANGLE_AUTO, b, name, strip_underscore);
}

bool demangle_style_named(const char *name, enum demangle_style *out)
{
    static const struct {
        const char *name;
        enum demangle_style style;
    } styles[] = {{"auto", DEMANGLE_AUTO}, {"gnu-v3", DEMANGLE_CXX}, {"rust", DEMANGLE_RUST},
                  {"dlang", DEMANGLE_D}, {"java", DEMANGLE_JAVA}, {"gnat", DEMANGLE_ADA}};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (strcmp(name, styles[i].name) == 0) {
            *out = styles[i].style;
            return true;
        }
    }
    return false;
}

bool demangle_as(enum demangle_style style, struct buf *b, struct str name, bool strip_underscore)
{
    struct str rest = skip_prefixes(name);
    size_t kept = name.len - rest.len, at = str_find(rest, '@');
    struct str tail = at == SIZE_MAX ? (struct str){"", 0} : str_skip(rest, at); /* a version, "@plt" */
    rest = str_head(rest, rest.len - tail.len);
    if (strip_underscore && rest.len && rest.p[0] == '_') {
        rest = str_skip(rest, 1);
    }
    /* libiberty bounds its recursion by the length of the name: a longer one than this cannot be a
       real symbol, only an attack on the stack. */
    if ((style != DEMANGLE_ADA && !looks_mangled(rest)) || rest.len > LIMIT_DEMANGLED_LEN) {
        return false;
    }
    char small[512];
    char *z = rest.len < sizeof small ? small : xmalloc(rest.len + 1);
    memcpy(z, rest.p, rest.len);
    z[rest.len] = '\0';
    struct sink s = {.out = {0}};
    bool ok = run_as(style, str_starts(rest, S("_D")), z, &s) && s.out.n != 0;
    if (z != small) {
        free(z);
    }
    if (ok) {
        buf_add(b, name.p, kept);
        buf_add(b, s.out.p, s.out.n);
        buf_str(b, tail);
    }
    buf_free(&s.out);
    return ok;
}
