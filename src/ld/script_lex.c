/* script_lex.c - see script_lex.h. */
#include <stdio.h>

#include "ld/script_lex.h"

void lex_start(struct script_lex *lx, struct view text, const char *path, struct diag *d)
{
    *lx = (struct script_lex){.text = text, .path = path, .d = d};
}

/* ---- errors ------------------------------------------------------------------------------------ */

__attribute__((format(printf, 6, 0))) static bool vreport(struct diag *d, enum severity sev, struct view text,
                                                          const char *path, uint64_t pos, const char *fmt, va_list ap)
{
    uint64_t line = 1, bol = 0, eol;
    pos = pos < text.len ? pos : text.len;
    for (uint64_t i = 0; i < pos; i++) {
        if (text.p[i] == '\n') {
            line++;
            bol = i + 1;
        }
    }
    for (eol = pos; eol < text.len && text.p[eol] != '\n' && text.p[eol] != '\r'; eol++) {
    }
    struct buf msg = {0};
    buf_vprintf(&msg, fmt, ap);
    buf_c(&msg, 0);
    uint64_t shown = eol - bol < 200 ? eol - bol : 200;
    struct buf src = {0};
    buf_add(&src, text.p + bol, (size_t)shown);
    struct buf caret = {0};
    for (uint64_t i = bol; i < pos && i - bol < shown; i++) {
        buf_c(&caret, text.p[i] == '\t' ? '\t' : ' ');
    }
    bool r = diag_report(d, sev, NULL, DIAG_NO_OFFSET, "%s:%llu:%llu: %s", path, (unsigned long long)line,
                        (unsigned long long)(pos - bol + 1), msg.p);
    diag_continue(d, "    %.*s", (int)src.n, src.n ? src.p : "");
    diag_continue(d, "    %.*s^", (int)caret.n, caret.n ? caret.p : "");
    buf_free(&msg);
    buf_free(&src);
    buf_free(&caret);
    return r;
}

bool script_error(struct diag *d, struct view text, const char *path, uint64_t pos,
                  const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bool r = vreport(d, SEV_ERROR, text, path, pos, fmt, ap);
    va_end(ap);
    return r;
}

void script_note(struct diag *d, enum severity sev, struct view text, const char *path, uint64_t pos, const char *fmt,
                 ...)
{
    va_list ap;
    va_start(ap, fmt);
    vreport(d, sev, text, path, pos, fmt, ap);
    va_end(ap);
}

bool lex_error_at(struct script_lex *lx, uint64_t pos, const char *fmt, ...)
{
    if (!lx->failed) {
        va_list ap;
        va_start(ap, fmt);
        vreport(lx->d, SEV_ERROR, lx->text, lx->path, pos, fmt, ap);
        va_end(ap);
        lx->failed = true;
    }
    return false;
}

/* ---- words ------------------------------------------------------------------------------------- */

static int at(const struct script_lex *lx, uint64_t i)
{
    return i < lx->text.len ? lx->text.p[i] : -1;
}

static bool is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$' ||
           c >= 0x80;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Comments and white space; '#' begins a comment at the start of a line (and anywhere in version
   scripts). False at an unterminated comment. */
static bool skip_space(struct script_lex *lx, enum lex_mode mode)
{
    for (;;) {
        int c = at(lx, lx->pos);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
            lx->pos++;
        } else if (c == '/' && at(lx, lx->pos + 1) == '*') {
            uint64_t start = lx->pos;
            lx->pos += 2;
            while (at(lx, lx->pos) >= 0 && !(at(lx, lx->pos) == '*' && at(lx, lx->pos + 1) == '/')) {
                lx->pos++;
            }
            if (at(lx, lx->pos) < 0) {
                return lex_error_at(lx, start, "comment does not end");
            }
            lx->pos += 2;
        } else if (c == '#' && (mode == LEX_VERSION || lx->pos == 0 || at(lx, lx->pos - 1) == '\n')) {
            while (at(lx, lx->pos) >= 0 && at(lx, lx->pos) != '\n') {
                lx->pos++;
            }
        } else {
            return true;
        }
    }
}

static bool word_char(const struct script_lex *lx, uint64_t i, enum lex_mode mode, bool first)
{
    int c = at(lx, i), next = at(lx, i + 1);
    if (is_alpha(c) || is_digit(c)) {
        return true;
    }
    switch (mode) {
    case LEX_EXPR:
        return false;
    case LEX_VERSION:
        if (c == ':') { /* only as "::" */
            return (next == ':' && !first) || (!first && at(lx, i - 1) == ':' && i >= 2 &&
                                               at(lx, i - 2) != ':');
        }
        return c >= 0 && strchr("*?[]-!^\\~@+", c) != NULL && c != 0;
    case LEX_NAME:
        if (c == ':') { /* archive:member, archive: and :file */
            return is_alpha(next) || is_digit(next) || next == '/' || next == '*' || (!first && next == '(');
        }
        if (next == '=' && (c == '+' || c == '-' || c == '*' || c == '/' || c == '^')) {
            return false;
        }
        if (c == '=' && first) { /* of the sysroot */
            return next == '/';
        }
        if (c == '/' && next == '*') {
            return !(first); /* a pattern such as lib/ *.o; a comment cannot begin inside a word */
        }
        if (c == '!' && next == '=') {
            return false;
        }
        return c > 0 && strchr("/\\-+~?*[]^!@%", c) != NULL;
    }
    return false;
}

static struct lex_token quoted(struct script_lex *lx)
{
    uint64_t start = lx->pos++;
    while (at(lx, lx->pos) >= 0 && at(lx, lx->pos) != '"' && at(lx, lx->pos) != '\n') {
        lx->pos++;
    }
    struct lex_token t = {.kind = LEX_QUOTED, .pos = start};
    t.text = (struct str){(const char *)lx->text.p + start + 1, (size_t)(lx->pos - start - 1)};
    if (at(lx, lx->pos) != '"') {
        lex_error_at(lx, start, "string does not end on its line");
        t.kind = LEX_BAD;
        return t;
    }
    lx->pos++;
    return t;
}

/* 10 0x10 010 10K 2M $10 10h 101b 17o 10d: GNU's forms. */
static bool number(struct str s, uint64_t *out)
{
    uint64_t mul = 1;
    char last = s.len ? s.p[s.len - 1] : 0;
    bool hex = s.len > 1 && s.p[0] == '0' && (s.p[1] | 32) == 'x';
    if (s.len && s.p[0] == '$') {
        return str_u64(str_skip(s, 1), 16, out);
    }
    if (last == 'K' || last == 'k' || last == 'M' || last == 'm') {
        mul = (last | 32) == 'k' ? 1024 : 1024 * 1024;
        s.len--;
    } else if (!hex && s.len > 1 && (last | 32) == 'h') {
        s.len--;
        return str_u64(s, 16, out);
    } else if (!hex && s.len > 1 && ((last | 32) == 'o' || (last | 32) == 'd')) {
        s.len--;
        return str_u64(s, (last | 32) == 'o' ? 8 : 10, out);
    } else if (!hex && s.len > 1 && (last | 32) == 'b') {
        s.len--;
        return str_u64(s, 2, out);
    }
    return str_u64(s, 0, out) && !__builtin_mul_overflow(*out, mul, out);
}

static int operator_at(struct script_lex *lx, unsigned *len)
{
    static const struct { const char *text; int kind; } ops[] = {
        {"<<=", LEX_SET_SHL}, {">>=", LEX_SET_SHR}, {"<<", LEX_SHL}, {">>", LEX_SHR},
        {"<=", LEX_LE}, {">=", LEX_GE}, {"==", LEX_EQ}, {"!=", LEX_NE}, {"&&", LEX_ANDAND},
        {"||", LEX_OROR}, {"+=", LEX_SET_ADD}, {"-=", LEX_SET_SUB}, {"*=", LEX_SET_MUL},
        {"/=", LEX_SET_DIV}, {"&=", LEX_SET_AND}, {"|=", LEX_SET_OR}, {"^=", LEX_SET_XOR}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].text);
        if (view_has(lx->text, lx->pos, n) && !memcmp(lx->text.p + lx->pos, ops[i].text, n)) {
            *len = (unsigned)n;
            return ops[i].kind;
        }
    }
    *len = 1;
    return at(lx, lx->pos);
}

struct lex_token lex_next(struct script_lex *lx, enum lex_mode mode)
{
    if (lx->failed || !skip_space(lx, mode)) {
        return (struct lex_token){.kind = LEX_END, .pos = lx->pos};
    }
    struct lex_token t = {.pos = lx->pos};
    int c = at(lx, lx->pos);
    if (c < 0) {
        return t;
    }
    if (c == '"') {
        return quoted(lx);
    }
    static const struct str discard = {"/DISCARD/", 9};
    struct str rest = {(const char *)lx->text.p + lx->pos, (size_t)(lx->text.len - lx->pos)};
    if (mode == LEX_EXPR && str_starts(rest, discard)) { /* behind an expression: the next section's name */
        t.kind = LEX_WORD;
        t.text = str_head(rest, discard.len);
        lx->pos += discard.len;
        return t;
    }
    if (!word_char(lx, lx->pos, mode, true)) {
        unsigned n;
        t.kind = operator_at(lx, &n);
        t.text = (struct str){(const char *)lx->text.p + lx->pos, n};
        lx->pos += n;
        if (c < 32 || c == 127) {
            lex_error_at(lx, t.pos, "unexpected character 0x%02x", (unsigned)c);
            t.kind = LEX_END;
        }
        return t;
    }
    while (word_char(lx, lx->pos, mode, lx->pos == t.pos)) {
        lx->pos++;
    }
    t.kind = LEX_WORD;
    t.text = (struct str){(const char *)lx->text.p + t.pos, (size_t)(lx->pos - t.pos)};
    if (mode == LEX_EXPR && (is_digit(c) || (c == '$' && t.text.len > 1))) {
        if (number(t.text, &t.num)) {
            t.kind = LEX_NUMBER;
        } else if (is_digit(c)) {
            lex_error_at(lx, t.pos, "bad number '%.*s'", Q(t.text));
            t.kind = LEX_BAD;
        }
    }
    return t;
}

struct lex_token lex_peek(struct script_lex *lx, enum lex_mode mode)
{
    uint64_t pos = lx->pos;
    struct lex_token t = lex_next(lx, mode);
    lx->pos = pos;
    return t;
}

bool lex_accept(struct script_lex *lx, enum lex_mode mode, int kind)
{
    uint64_t pos = lx->pos;
    if (lex_next(lx, mode).kind == kind && !lx->failed) {
        return true;
    }
    lx->pos = pos;
    return false;
}

bool lex_accept_word(struct script_lex *lx, enum lex_mode mode, const char *word)
{
    uint64_t pos = lx->pos;
    struct lex_token t = lex_next(lx, mode);
    if (t.kind == LEX_WORD && str_is(t.text, word)) {
        return true;
    }
    lx->pos = pos;
    return false;
}

bool lex_expect(struct script_lex *lx, enum lex_mode mode, int kind)
{
    struct lex_token t = lex_next(lx, mode);
    if (t.kind == kind && !lx->failed) {
        return true;
    }
    char want[16];
    snprintf(want, sizeof want, kind < 256 ? "'%c'" : "a name", kind);
    if (t.kind == LEX_END) {
        return lex_error_at(lx, t.pos, "%s expected, but the script ends", want);
    }
    return lex_error_at(lx, t.pos, "%s expected, not '%.*s'", want, Q(t.text));
}

bool lex_expect_word(struct script_lex *lx, enum lex_mode mode, const char *word)
{
    struct lex_token t = lex_peek(lx, mode);
    return lex_accept_word(lx, mode, word) || lex_error_at(lx, t.pos, "%s expected, not '%.*s'", word, Q(t.text));
}
