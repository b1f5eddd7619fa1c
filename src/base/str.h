/* str.h - strings that need no NUL: a pointer and a length.

   Names from files are such strings; they borrow from the file's bytes. Literals become one with
   S("text"). Nothing here allocates. */
#ifndef OBJKIT_BASE_STR_H
#define OBJKIT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t len;
};

#define S(lit) ((struct str){"" lit, sizeof(lit) - 1})

static inline struct str str_c(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || a.p == b.p || memcmp(a.p, b.p, a.len) == 0);
}

/* Is A the C string LIT? */
static inline bool str_is(struct str a, const char *lit)
{
    return str_eq(a, str_c(lit));
}

static inline bool str_starts(struct str a, struct str prefix)
{
    return a.len >= prefix.len && memcmp(a.p, prefix.p, prefix.len) == 0;
}

static inline bool str_ends(struct str a, struct str suffix)
{
    return a.len >= suffix.len && memcmp(a.p + a.len - suffix.len, suffix.p, suffix.len) == 0;
}

static inline struct str str_skip(struct str a, size_t n)
{
    /* NULL + 0 is no C */
    return n < a.len ? (struct str){a.p + n, a.len - n} : (struct str){a.len ? a.p + a.len : a.p, 0};
}

static inline struct str str_head(struct str a, size_t n)
{
    return (struct str){a.p, n < a.len ? n : a.len};
}

/* Bytewise order, a shorter prefix first: the order of every sorted table we write. */
int str_cmp(struct str a, struct str b);

/* ASCII case folding only: what Windows module names and keyword tables need, whatever the locale. */
int str_casecmp(struct str a, struct str b);
static inline bool str_caseeq(struct str a, struct str b)
{
    return a.len == b.len && str_casecmp(a, b) == 0;
}

/* Index of the first/last byte C, or SIZE_MAX. */
size_t str_find(struct str a, char c);
size_t str_rfind(struct str a, char c);

/* The part after the directories (path.h); the whole string if there are none. */
struct str str_basename(struct str path);

/* Parses all of A as an unsigned number in BASE (8, 10 or 16; 0: by a 0x or 0 prefix, as strtoul).
   False if A is empty, has another character, or does not fit 64 bits. */
bool str_u64(struct str a, unsigned base, uint64_t *out);

/* Shell-style pattern (* ? [set] with !/^ and ranges, backslash escape) against the whole of NAME. */
bool str_glob(struct str pattern, struct str name);
bool str_glob_fold(struct str pattern, struct str name); /* without regard to ASCII case */
bool str_has_glob(struct str pattern);

/* 64-bit hash of the bytes (XXH3): stable within one run of one build, never written to a file. */
uint64_t str_hash(struct str a);

/* Takes the text up to the next C off the front of *REST, and that C with it; all of it if there is none. */
struct str str_take(struct str *rest, char c);

#endif
