/* arena.h - bump allocation: everything an object owns is allocated here and dies with it at once.

   Ownership: the caller owns the arena; pointers from it live until arena_free or arena_reset. Not
   thread-safe: one arena per thread or per file.

   Memory exhaustion is a system failure, not an input error: allocation is bounded by the size of
   the input that backs it (arena_array), so running out means the machine is out. It ends the
   program through base_die_oom() (one message, exit 1, temporaries removed), never by NULL. */
#ifndef OBJKIT_BASE_ARENA_H
#define OBJKIT_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Sanitizers see into malloc, not into mappings, and want all memory back. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BASE_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BASE_SANITIZED true
#endif
#endif
#ifndef BASE_SANITIZED
#define BASE_SANITIZED false
#endif

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block */
    uint8_t *p, *end;         /* free part of the newest block */
    size_t total;             /* bytes obtained from the system */
    bool clean;               /* the free part of the newest block has never been used: it is zero */
    size_t large_from;        /* set by the owner: once it holds so many bytes, at least 1 MiB, many more will come;
                                 0: that cannot be said, ARENA_LARGE: from the beginning */
    uint8_t *reserve, *reserve_end; /* large: addresses set aside for the next blocks */
    bool huge;                /* ... whose pages are to be huge ones */
    _Atomic unsigned *dear;   /* the owner's, from 0, for all of his large arenas, also of other threads: whether huge
                                 pages have turned out to be dear. NULL: nobody asks */
};

#define ARENA_LARGE 1

/* A zero-initialised struct arena is an empty arena. */
void arena_free(struct arena *a);

/* Keeps the newest block, drops the others: for a loop over many members. */
void arena_reset(struct arena *a);

/* Takes back all that was allocated since P, which came from A: for what is needed for a while only. Does nothing if
   the arena has begun another block since. */
void arena_rewind(struct arena *a, void *p);

/* Moves all of FROM's blocks into A: what was allocated there now lives as long as A. FROM is empty
   afterwards. For results that several threads built in arenas of their own. */
void arena_adopt(struct arena *a, struct arena *from);

/* N bytes aligned for any type; not cleared. Never NULL. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);

/* An array of N cleared elements of SIZE bytes for records of which each takes at least MIN_ENCODED
   bytes of the BACKING bytes that hold them. NULL if N records cannot be in BACKING bytes: the count
   is a lie and nothing is allocated. N == 0 gives a valid pointer. */
void *arena_array(struct arena *a, uint64_t n, size_t size, uint64_t min_encoded, uint64_t backing);

/* A NUL-terminated copy. */
char *arena_strdup(struct arena *a, struct str s);
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

_Noreturn void base_die_oom(void);

/* N * SIZE; more than the address space has ends the program, as running out of memory does. */
static inline size_t arena_bytes(uint64_t n, size_t size)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(n, (uint64_t)size, &bytes) || bytes > SIZE_MAX / 2) {
        base_die_oom();
    }
    return (size_t)bytes;
}

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zalloc((a), arena_bytes((n), sizeof(type))))

/* malloc family that never returns NULL; for buffers that grow. */
void *xmalloc(size_t n) __attribute__((malloc));
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);

#endif
