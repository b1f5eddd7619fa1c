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

/* ---- nesting ----

   libiberty recurses with each level of a type; for D nothing but the name's length bounds it. What nests is counted
   before it is asked: groups that end with a letter of their own, and the chain of modifiers (pointer to array of ...)
   that stands before a type. Source names and substitutions are passed over. */
struct nesting {
    const char *open, *close, *modifiers; /* letters */
    bool counted_lists;                   /* D: B and G are followed by a number that is no name's length */
};

static size_t digits(struct str s, size_t i, size_t *value)
{
    size_t n = 0;
    for (*value = 0; i + n < s.len && s.p[i + n] >= '0' && s.p[i + n] <= '9'; n++) {
        *value = *value > s.len ? *value : *value * 10 + (size_t)(s.p[i + n] - '0');
    }
    return n;
}

/* C++: where the literal or the name at S[I], an 'L', ends: "Li5E", "L_Z". I if a type follows. */
static size_t skip_literal(struct str s, size_t i)
{
    size_t at = i + 1, len;
    if (at < s.len && (s.p[at] == '_' || (s.p[at] >= '0' && s.p[at] <= '9'))) {
        return at + 1 < s.len && s.p[at] == '_' ? at + 2 : at; /* a name: nothing ends it */
    }
    if (at < s.len && s.p[at] >= 'a' && s.p[at] <= 'z') {
        at += at + 1 < s.len && s.p[at + 1] == 'n' ? 2 : 1;
        at += digits(s, at, &len);
        return at < s.len && s.p[at] == 'E' ? at + 1 : i;
    }
    return i;
}

static bool one_of(const char *set, char c)
{
    return c && strchr(set, c) != NULL;
}

/* How deep S nests, at most LIMIT_DEMANGLE_DEPTH + 1. */
static size_t depth(const struct nesting *g, struct str s)
{
    size_t open = 0, run = 0, most = 0, len;
    for (size_t i = 0; i < s.len && most <= LIMIT_DEMANGLE_DEPTH; i++) {
        char c = s.p[i];
        size_t n = digits(s, i, &len), literal = !g->counted_lists && c == 'L' ? skip_literal(s, i) : i;
        if (literal > i) {
            i = literal - 1;
            run = 0;
        } else if (n) { /* a source name */
            i += n + (len < s.len ? len : s.len) - 1;
            run = 0;
        } else if (one_of(g->open, c)) {
            open++;
        } else if (one_of(g->close, c)) {
            open -= open > 0;
            run = 0;
        } else if (one_of(g->modifiers, c)) {
            run++;
            i += g->counted_lists && (c == 'B' || c == 'G') ? digits(s, i + 1, &len) : 0;
        } else {
            run = 0;
        }
        most = open + run > most ? open + run : most;
    }
    return most;
}

static bool too_deep(struct str s)
{
    static const struct nesting cxx = {"INFXJZL", "E", "PROKVCGAMUD", false}, rust = {"ITFD", "E", "PROQSAMXYN", false},
                                d = {"FUWVRY", "Z", "APOHGDNxyB", true};
    bool is_rust = str_starts(s, S("_R")), is_d = str_starts(s, S("_D"));
    struct str body = str_skip(s, str_find(s, 'Z') == 3 ? 4 : 2);
    if (is_rust) { /* the letter behind N says what kind of name follows: no end of the chain */
        size_t run = 0;
        for (size_t i = 0; i + 1 < body.len && body.p[i] == 'N'; i += 2) {
            run++;
        }
        return run > LIMIT_DEMANGLE_DEPTH || depth(&rust, body) > LIMIT_DEMANGLE_DEPTH;
    }
    return depth(is_d ? &d : &cxx, body) > LIMIT_DEMANGLE_DEPTH;
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
    /* a longer name than this cannot be a real symbol, only an attack */
    if ((style != DEMANGLE_ADA && (!looks_mangled(rest) || too_deep(rest))) || rest.len > LIMIT_DEMANGLED_LEN) {
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
