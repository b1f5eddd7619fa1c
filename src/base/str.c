/* str.c - string comparison, number parsing, patterns, hashing; LEB128. */
#include "base/str.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/path.h"
#include "base/view.h"

int str_cmp(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static unsigned fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned)(c + 32) : (unsigned char)c;
}

int str_casecmp(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned x = fold(a.p[i]), y = fold(b.p[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

size_t str_find(struct str a, char c)
{
    const char *q = a.len ? memchr(a.p, c, a.len) : NULL;
    return q ? (size_t)(q - a.p) : SIZE_MAX;
}

size_t str_rfind(struct str a, char c)
{
    for (size_t i = a.len; i > 0; i--) {
        if (a.p[i - 1] == c) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

struct str str_basename(struct str path)
{
    return str_skip(path, path_dir_len(path));
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    unsigned f = fold(c);
    return f >= 'a' && f <= 'f' ? f - 'a' + 10 : 99;
}

bool str_u64(struct str a, unsigned base, uint64_t *out)
{
    if (base == 0) {
        base = 10;
        if (a.len > 2 && a.p[0] == '0' && fold(a.p[1]) == 'x') {
            base = 16;
            a = str_skip(a, 2);
        } else if (a.len > 1 && a.p[0] == '0') {
            base = 8;
            a = str_skip(a, 1);
        }
    }
    if (a.len == 0) {
        return false;
    }
    uint64_t x = 0;
    for (size_t i = 0; i < a.len; i++) {
        unsigned d = digit(a.p[i]);
        if (d >= base || __builtin_mul_overflow(x, (uint64_t)base, &x) ||
            __builtin_add_overflow(x, (uint64_t)d, &x)) {
            return false;
        }
    }
    *out = x;
    return true;
}

/* Matches C against the set that starts after '[' at PAT[*i]; moves *i past ']'. -1: no closing ]. */
static int match_set(struct str pat, size_t *i, char c)
{
    size_t k = *i;
    bool negate = k < pat.len && (pat.p[k] == '!' || pat.p[k] == '^');
    bool hit = false;
    k += negate;
    for (size_t first = k; k < pat.len; k++) {
        if (pat.p[k] == ']' && k > first) {
            *i = k + 1;
            return hit != negate;
        }
        unsigned char lo = (unsigned char)pat.p[k], hi = lo;
        if (k + 2 < pat.len && pat.p[k + 1] == '-' && pat.p[k + 2] != ']') {
            hi = (unsigned char)pat.p[k + 2];
            k += 2;
        }
        hit = hit || ((unsigned char)c >= lo && (unsigned char)c <= hi);
    }
    return -1;
}

/* Does the single pattern element at PAT[*i] match C? Moves *i past it. */
static bool match_one(struct str pat, size_t *i, char c)
{
    char p = pat.p[(*i)++];
    if (p == '?') {
        return true;
    }
    if (p == '[') {
        int r = match_set(pat, i, c);
        if (r >= 0) {
            return r;
        }
    } else if (p == '\\' && *i < pat.len) {
        p = pat.p[(*i)++];
    }
    return p == c;
}

/* match_one, or without regard to case. */
static inline bool match_char(struct str pat, size_t *i, char c, bool fold)
{
    size_t at = *i;
    if (match_one(pat, i, c)) {
        return true;
    }
    *i = at;
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return fold && letter && match_one(pat, i, (char)(c ^ 0x20));
}

static inline bool glob_match(struct str pat, struct str name, bool fold)
{
    /* One level of backtracking suffices: a later '*' makes an earlier one's choice final. */
    size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;
    while (k < name.len) {
        size_t next = i;
        if (i < pat.len && pat.p[i] == '*') {
            star = ++i;
            mark = k;
        } else if (i < pat.len && match_char(pat, &next, name.p[k], fold)) {
            i = next;
            k++;
        } else if (star != SIZE_MAX) {
            i = star;
            k = ++mark;
        } else {
            return false;
        }
    }
    while (i < pat.len && pat.p[i] == '*') {
        i++;
    }
    return i == pat.len;
}

bool str_glob(struct str pat, struct str name)
{
    return glob_match(pat, name, false);
}

bool str_glob_fold(struct str pat, struct str name)
{
    return glob_match(pat, name, true);
}

bool str_has_glob(struct str pattern)
{
    return str_find(pattern, '*') != SIZE_MAX || str_find(pattern, '?') != SIZE_MAX ||
           str_find(pattern, '[') != SIZE_MAX;
}

uint64_t str_hash(struct str a)
{
    return XXH3_64bits(a.p, a.len);
}

uint64_t cur_uleb(struct cursor *c)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t b = cur_u8(c);
        if (shift == 63 && b > 1) {
            break;
        }
        x |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            return c->bad ? 0 : x;
        }
    }
    c->bad = true;
    return 0;
}

int64_t cur_sleb(struct cursor *c)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t b = cur_u8(c);
        if (shift == 63 && b != 0 && b != 0x7f) {
            break;
        }
        x |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            if (shift < 57 && (b & 0x40)) {
                x |= ~UINT64_C(0) << (shift + 7);
            }
            return c->bad ? 0 : (int64_t)x;
        }
    }
    c->bad = true;
    return 0;
}

struct str cur_cstr(struct cursor *c)
{
    struct str s = {"", 0};
    if (c->bad || !view_cstr(c->v, c->off, &s)) {
        c->bad = true;
        return (struct str){"", 0};
    }
    c->off += s.len + 1;
    return s;
}

struct str str_take(struct str *rest, char c)
{
    size_t n = str_find(*rest, c);
    struct str s = str_head(*rest, n);
    *rest = n == SIZE_MAX ? (struct str){rest->p + rest->len, 0} : str_skip(*rest, n + 1);
    return s;
}
