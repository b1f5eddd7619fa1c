/* def_file.c - parses module definition files. */
#include "archive/def_file.h"

struct lexer {
    struct view v;
    uint64_t at;
    uint32_t line;
    const char *path;
    struct diag *d;
    struct str tok;  /* current token; empty at the end */
    uint64_t line_at; /* where this line begins */
    uint32_t tok_line, tok_col;
    bool quoted;
    bool exact;      /* in a list that a keyword in capitals began: "name" and "version" are symbols */
    const char *reported; /* the token that the last message was about: one is enough */
    bool ok;
};

static bool bad(struct lexer *lx, const char *what)
{
    bool again = !lx->ok && lx->reported == lx->tok.p;
    lx->ok = false;
    lx->reported = lx->tok.p;
    if (again) {
        return false;
    }
    if (lx->tok.len || lx->quoted) {
        return diag_error(lx->d, "%s:%u:%u: %s at '%.*s'", lx->path, lx->tok_line, lx->tok_col, what,
                          Q(lx->tok));
    }
    return diag_error(lx->d, "%s:%u: %s at the end of the file", lx->path, lx->line, what);
}

static bool is_punct(uint8_t c)
{
    return c == '=' || c == ',';
}

/* '#' and a blank, or more of them; "#name" is a name of ARM64EC code. */
static bool is_hash_comment(const struct lexer *lx)
{
    uint8_t after = lx->at + 1 < lx->v.len ? lx->v.p[lx->at + 1] : ' ';
    return lx->v.p[lx->at] == '#' && (after <= ' ' || after == '#');
}

static bool is_directive(struct str word)
{
    static const char *const words[] = {"#include", "#define", "#undef", "#if", "#ifdef", "#ifndef", "#elif",
                                        "#else", "#endif"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

static void skip_space(struct lexer *lx)
{
    while (lx->at < lx->v.len) {
        uint8_t c = lx->v.p[lx->at];
        if (c == ';' || is_hash_comment(lx)) {
            while (lx->at < lx->v.len && lx->v.p[lx->at] != '\n') {
                lx->at++;
            }
        } else if (c <= ' ') {
            lx->at++;
            lx->line += c == '\n';
            lx->line_at = c == '\n' ? lx->at : lx->line_at;
        } else {
            return;
        }
    }
}

/* Reads the next token: a word, a quoted string, "=", "==" or ",". */
static void next(struct lexer *lx)
{
    skip_space(lx);
    lx->tok_line = lx->line;
    lx->tok_col = (uint32_t)(lx->at - lx->line_at + 1);
    lx->quoted = false;
    uint64_t start = lx->at;
    const char *p = (const char *)lx->v.p;
    if (start >= lx->v.len) {
        lx->tok = (struct str){NULL, 0};
        return;
    }
    uint8_t c = lx->v.p[start];
    if (c == '"' || c == '\'') {
        lx->at++;
        while (lx->at < lx->v.len && lx->v.p[lx->at] != c && lx->v.p[lx->at] != '\n') {
            lx->at++;
        }
        lx->tok = (struct str){p + start + 1, (size_t)(lx->at - start - 1)};
        lx->quoted = true;
        if (lx->at < lx->v.len && lx->v.p[lx->at] == c) {
            lx->at++;
        } else {
            bad(lx, "unterminated string");
        }
        return;
    }
    if (is_punct(c)) {
        bool twice = c == '=' && lx->at + 1 < lx->v.len && lx->v.p[lx->at + 1] == '=';
        lx->at += twice ? 2 : 1;
    } else {
        while (lx->at < lx->v.len && lx->v.p[lx->at] > ' ' && !is_punct(lx->v.p[lx->at]) &&
               lx->v.p[lx->at] != ';' && lx->v.p[lx->at] != '"') {
            lx->at++;
        }
    }
    lx->tok = (struct str){p + start, (size_t)(lx->at - start)};
    if (c == '#' && is_directive(lx->tok)) {
        bad(lx, "a line for the preprocessor: the file must be preprocessed first (cpp -P)");
    }
}

static bool is(const struct lexer *lx, const char *text)
{
    return !lx->quoted && str_is(lx->tok, text);
}

static bool is_word(const struct lexer *lx, const char *keyword)
{
    return !lx->quoted && str_caseeq(lx->tok, str_c(keyword));
}

static bool is_keyword(const struct lexer *lx)
{
    static const char *const words[] = {"NAME", "LIBRARY", "DESCRIPTION", "STACKSIZE", "HEAPSIZE",
                                        "CODE", "DATA", "SECTIONS", "SEGMENTS", "EXPORTS",
                                        "IMPORTS", "VERSION"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (lx->exact ? !lx->quoted && str_is(lx->tok, words[i]) : is_word(lx, words[i])) {
            return true;
        }
    }
    return false;
}

/* "VERS_1.0 {", on one line or two: a version script. */
static bool opens_version(const struct lexer *lx)
{
    uint64_t at = lx->at;
    while (at < lx->v.len && lx->v.p[at] <= ' ') {
        at++;
    }
    return at < lx->v.len && lx->v.p[at] == '{';
}

static bool number(struct lexer *lx, uint64_t *out)
{
    if (!str_u64(lx->tok, 0, out)) {
        return bad(lx, "a number is expected");
    }
    next(lx);
    return true;
}

/* NAME and LIBRARY: [name] [BASE=number] */
static void parse_name(struct lexer *lx, struct def_file *out, bool library)
{
    next(lx);
    out->is_library = library;
    if (lx->tok.len && !is_word(lx, "BASE") && (lx->quoted || !is_keyword(lx))) {
        out->name = lx->tok;
        next(lx);
    }
    if (is_word(lx, "BASE")) {
        next(lx);
        if (!is(lx, "=")) {
            bad(lx, "'=' is expected");
            return;
        }
        next(lx);
        out->has_base = number(lx, &out->base);
    }
}

/* reserve[,commit] */
static bool parse_sizes(struct lexer *lx, uint64_t *reserve, uint64_t *commit)
{
    next(lx);
    if (!number(lx, reserve)) {
        return false;
    }
    if (is(lx, ",")) {
        next(lx);
        return number(lx, commit);
    }
    return true;
}

static void parse_version(struct lexer *lx, struct def_file *out)
{
    next(lx);
    size_t dot = str_find(lx->tok, '.');
    uint64_t major, minor = 0;
    if (!str_u64(str_head(lx->tok, dot), 10, &major) ||
        (dot != SIZE_MAX && !str_u64(str_skip(lx->tok, dot + 1), 10, &minor)) || major > UINT16_MAX ||
        minor > UINT16_MAX) {
        bad(lx, "a version MAJOR.MINOR is expected");
        return;
    }
    out->major = (uint32_t)major;
    out->minor = (uint32_t)minor;
    out->has_version = true;
    next(lx);
}

/* "@12", "@ 12"; as everywhere in GNU's files "0x" begins hexadecimal and "0" octal digits */
static bool parse_ordinal(struct lexer *lx, bool decimal, struct def_export *e)
{
    struct str digits = str_skip(lx->tok, 1);
    uint64_t n;
    if (!digits.len) {
        next(lx);
        digits = lx->tok;
    }
    if (!str_u64(digits, decimal ? 10 : 0, &n) || n == 0 || n > UINT16_MAX) {
        return bad(lx, "an ordinal is a number from 1 to 65535");
    }
    if (e->has_ordinal) {
        return bad(lx, "a second ordinal");
    }
    e->ordinal = (uint32_t)n;
    e->has_ordinal = true;
    next(lx);
    return true;
}

static bool is_ordinal(const struct lexer *lx)
{
    return !lx->quoted && lx->tok.len && lx->tok.p[0] == '@' &&
           (lx->tok.len == 1 || (lx->tok.p[1] >= '0' && lx->tok.p[1] <= '9' &&
                                 str_find(str_skip(lx->tok, 1), '@') == SIZE_MAX));
}

/* What "=" and "==" need: a name, in TOK. */
static struct str parse_symbol(struct lexer *lx)
{
    struct str s = lx->tok;
    if (!s.len || (!lx->quoted && is_punct((uint8_t)s.p[0]))) {
        bad(lx, "a symbol is expected");
    }
    next(lx);
    return s;
}

/* name[=internal] [@ordinal [NONAME]] [DATA|CONSTANT] [PRIVATE] [==real] */
static void parse_export(struct lexer *lx, struct def_file *out)
{
    struct def_export e = {.name = lx->tok, .line = lx->tok_line};
    if (!lx->tok.len || (!lx->quoted && is_punct((uint8_t)lx->tok.p[0]))) {
        bad(lx, "an exported name is expected");
        next(lx);
        return;
    }
    next(lx);
    if (is(lx, "=")) {
        next(lx);
        e.internal = parse_symbol(lx);
    }
    for (;;) {
        if (is_ordinal(lx)) {
            if (!parse_ordinal(lx, out->decimal, &e)) {
                next(lx);
                return;
            }
        } else if (is_word(lx, "NONAME")) {
            e.noname = true;
            next(lx);
        } else if (lx->tok_line == e.line && (is_word(lx, "DATA") || is_word(lx, "CONSTANT"))) {
            e.data = true;
            next(lx);
        } else if (is_word(lx, "PRIVATE")) {
            e.is_private = true;
            next(lx);
        } else if (is(lx, "==")) {
            next(lx);
            e.real_name = parse_symbol(lx);
        } else if (is(lx, ",")) {
            next(lx);
        } else {
            break;
        }
    }
    vec_push(&out->exports, e);
}

/* [internal=]dll.name or dll.ordinal */
static void parse_import(struct lexer *lx, struct def_file *out)
{
    struct def_import im = {.line = lx->tok_line};
    struct str spec = lx->tok;
    next(lx);
    if (is(lx, "=")) {
        next(lx);
        im.internal = spec;
        spec = lx->tok;
        next(lx);
    }
    size_t dot = str_rfind(spec, '.');
    uint64_t n;
    if (dot == SIZE_MAX || dot + 1 == spec.len) {
        bad(lx, "an import is DLL.NAME");
        return;
    }
    im.dll = str_head(spec, dot);
    im.name = str_skip(spec, dot + 1);
    if (str_u64(im.name, 10, &n) && n <= UINT16_MAX) {
        im.by_ordinal = true;
        im.ordinal = (uint32_t)n;
    }
    vec_push(&out->imports, im);
}

/* READ, WRITE, EXECUTE, SHARED, with or without commas; what 16-bit systems had is passed over. False: TOK
   is none of them. */
static bool take_attribute(struct lexer *lx, struct def_section *s)
{
    static const char *const old[] = {"SINGLE", "MULTIPLE", "NONE", "PRELOAD", "LOADONCALL", "MOVEABLE", "FIXED",
                                      "DISCARDABLE", "NONDISCARDABLE", "CONFORMING", "IOPL"};
    bool known = is(lx, ",");
    const struct {
        const char *word;
        bool *field;
    } words[] = {{"READ", &s->read}, {"WRITE", &s->write}, {"EXECUTE", &s->execute}, {"SHARED", &s->shared},
                 {"NONSHARED", &s->nonshared}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(lx, words[i].word)) {
            *words[i].field = known = true;
        }
    }
    for (size_t i = 0; !known && i < sizeof old / sizeof *old; i++) {
        known = is_word(lx, old[i]);
    }
    if (known) {
        next(lx);
    }
    return known;
}

/* Attributes until something else comes; TOK is the word before them. */
static void parse_attributes(struct lexer *lx, struct def_file *out, struct str name)
{
    struct def_section s = {.name = name, .line = lx->tok_line};
    uint64_t before = out->sections.n;
    next(lx);
    if (is_word(lx, "CLASS")) { /* CLASS 'name', from 16-bit systems */
        next(lx);
        next(lx);
    }
    while (lx->tok.len && take_attribute(lx, &s)) {
        before += 1;
    }
    if (before == out->sections.n) {
        bad(lx, "READ, WRITE, EXECUTE or SHARED is expected");
        return;
    }
    vec_push(&out->sections, s);
}

static void parse_sections(struct lexer *lx, struct def_file *out)
{
    next(lx);
    while (lx->ok && lx->tok.len && (lx->quoted || !is_keyword(lx))) {
        parse_attributes(lx, out, lx->tok);
    }
}

static void skip_to_keyword(struct lexer *lx)
{
    do {
        next(lx);
    } while (lx->tok.len && !is_keyword(lx));
}

static void parse_statement(struct lexer *lx, struct def_file *out)
{
    if (is_word(lx, "NAME") || is_word(lx, "LIBRARY")) {
        parse_name(lx, out, is_word(lx, "LIBRARY"));
    } else if (is_word(lx, "EXPORTS") || is_word(lx, "IMPORTS")) {
        bool exports = is_word(lx, "EXPORTS");
        lx->exact = str_is(lx->tok, "EXPORTS") || str_is(lx->tok, "IMPORTS");
        next(lx);
        while (lx->quoted || (lx->tok.len && !is_keyword(lx))) {
            exports ? parse_export(lx, out) : parse_import(lx, out);
        }
        lx->exact = false;
    } else if (is_word(lx, "STACKSIZE")) {
        out->has_stack = parse_sizes(lx, &out->stack_reserve, &out->stack_commit);
    } else if (is_word(lx, "HEAPSIZE")) {
        out->has_heap = parse_sizes(lx, &out->heap_reserve, &out->heap_commit);
    } else if (is_word(lx, "VERSION")) {
        parse_version(lx, out);
    } else if (is_word(lx, "SECTIONS") || is_word(lx, "SEGMENTS")) {
        parse_sections(lx, out);
    } else if (is_word(lx, "CODE") || is_word(lx, "DATA")) {
        parse_attributes(lx, out, is_word(lx, "CODE") ? S(".text") : S(".data"));
    } else if (is_keyword(lx)) { /* DESCRIPTION: nothing that an image keeps */
        next(lx);
        if (!lx->quoted && (!lx->tok.len || is_keyword(lx))) {
            bad(lx, "a description is expected");
        } else {
            skip_to_keyword(lx);
        }
    } else {
        if (is(lx, "{") || opens_version(lx)) {
            bad(lx, "this looks like a version script (--version-script), not a module definition");
        } else {
            bad(lx, "a keyword (EXPORTS, LIBRARY, NAME ...) is expected");
        }
        skip_to_keyword(lx);
    }
}

bool def_parse(struct view text, const char *path, struct diag *d, struct def_file *out)
{
    struct lexer lx = {.v = text, .line = 1, .path = path, .d = d, .ok = true};
    if (view_starts(text, "\xef\xbb\xbf", 3)) {
        lx.at = 3;
    }
    next(&lx);
    while (lx.tok.len || lx.quoted) {
        uint64_t before = lx.at;
        parse_statement(&lx, out);
        if (lx.at == before && (lx.tok.len || lx.quoted)) {
            next(&lx); /* an error that consumed nothing */
        }
        if (!lx.ok && d->counts[SEV_ERROR] > 20) {
            break;
        }
    }
    return lx.ok;
}

void def_free(struct def_file *f)
{
    vec_free(&f->exports);
    vec_free(&f->imports);
    vec_free(&f->sections);
}
