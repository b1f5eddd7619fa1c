/* arena.c - bump allocator and the never-NULL malloc family. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

struct arena_block {
    struct arena_block *next;
    size_t size;   /* of the data part */
    size_t mapped; /* length of the mapping; 0: from malloc */
    _Alignas(16) uint8_t data[];
};

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

enum {
    ALIGN = 16,
    FIRST_BLOCK = 8 << 10,
    MAX_BLOCK = 1 << 20,
    MAP_FROM = 128 << 10,    /* blocks of this size are mapped: they come zeroed and untouched */
    HUGE_PAGE = 2 << 20,     /* what the pages of a large arena are asked for by */
    RESERVE = 64 << 20       /* addresses that a large arena sets aside at a time */
};

_Noreturn void base_die_oom(void)
{
    file_last_words("out of memory\n");
    outfile_remove_all();
    _exit(1);
}

void *xmalloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p) {
        base_die_oom();
    }
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) {
        base_die_oom();
    }
    return p;
}

void *xrealloc(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (!p) {
        base_die_oom();
    }
    return p;
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}

static void *map_pages(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

#ifdef MADV_POPULATE_WRITE
/* RESERVE bytes of addresses that begin where a huge page can; NULL: there are none. */
static uint8_t *map_reserve(void)
{
    uint8_t *p = map_pages(RESERVE + HUGE_PAGE);
    if (!p) {
        return NULL;
    }
    size_t head = (size_t)(-(uintptr_t)p & (HUGE_PAGE - 1));
    if (head) {
        munmap(p, head);
    }
    munmap(p + head + RESERVE, HUGE_PAGE - head);
    (void)madvise(p + head, RESERVE, MADV_HUGEPAGE); /* a kernel without them is as good */
    return p + head;
}

static uint64_t thread_ns(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0 ? (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec : 0;
}

/* A huge page is cleared in 0.1 to 0.5 ms. One that a virtual machine has returned to its host takes ten times as long:
   it costs what six others win. Small pages are mostly still there, for only large areas are returned. After six such
   in a row arenas get small ones. Other threads count too, and what one of them miscounts does not matter. */
enum { DEAR_NS = 1000000, DEAR = 3, GIVE_UP = 6 * DEAR };

static bool gave_up(const struct arena *a)
{
    return a->dear && *a->dear >= GIVE_UP;
}

static void note_cost(struct arena *a, uint64_t ns)
{
    unsigned old = *a->dear;
    if (old < GIVE_UP) {
        *a->dear = ns > DEAR_NS ? old + DEAR : old - (old > 0);
    }
}

/* Gets pages for the N bytes at P, all at once, which costs less than a fault for each. */
static void populate(struct arena *a, uint8_t *p, size_t n)
{
    uint64_t start = a->huge && a->dear ? thread_ns() : 0;
    bool done = madvise(p, n, MADV_POPULATE_WRITE) == 0; /* older kernels give them one by one */
    if (start && done) {
        note_cost(a, (thread_ns() - start) / (n / HUGE_PAGE));
    }
}
#endif

static void drop_reserve(struct arena *a)
{
    if (a->reserve != a->reserve_end) {
        munmap(a->reserve, (size_t)(a->reserve_end - a->reserve));
    }
    a->reserve = a->reserve_end = NULL;
}

/* The next N bytes, whole huge pages, of a large arena's addresses; NULL if there are none. Mapping stops every other
   thread that maps or faults, so it is done for many at once. They are used to the end, so pages are had for all. Huge
   pages make that and every later access cheaper (a tenth of a large link). */
static void *take_reserve(struct arena *a, size_t n)
{
#ifdef MADV_POPULATE_WRITE
    if (BASE_SANITIZED || n > RESERVE) {
        return NULL;
    }
    if (n > (size_t)(a->reserve_end - a->reserve)) {
        drop_reserve(a);
        a->reserve = map_reserve();
        a->reserve_end = a->reserve ? a->reserve + RESERVE : NULL;
        a->huge = true;
    }
    uint8_t *p = a->reserve;
    if (p && a->huge && gave_up(a)) {
        (void)madvise(p, (size_t)(a->reserve_end - p), MADV_NOHUGEPAGE);
        a->huge = false;
    }
    if (p) {
        a->reserve += n;
        populate(a, p, n);
    }
    return p;
#else
    (void)a, (void)n;
    return NULL;
#endif
}

static size_t huge_pages(size_t n)
{
    return (n + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* Makes the newest block of a large arena longer by what NEED bytes lack, if the addresses behind it are set aside:
   nothing is lost where one block ends and the next begins. */
static bool grow_block(struct arena *a, size_t need)
{
    struct arena_block *b = a->head;
    size_t n = huge_pages(need - (size_t)(a->end - a->p));
    if (!b || !a->reserve || (uint8_t *)b + b->mapped != a->reserve || n > (size_t)(a->reserve_end - a->reserve)) {
        return false;
    }
    (void)take_reserve(a, n);
    b->mapped += n;
    b->size += n;
    a->end += n;
    a->total += n;
    return true;
}

static struct arena_block *get_block(struct arena *a, size_t size)
{
    size_t n = sizeof(struct arena_block) + size;
    struct arena_block *b = NULL;
    if (a->large_from && (a->total >= a->large_from || a->large_from == ARENA_LARGE) && size >= MAX_BLOCK) {
        size_t whole = huge_pages(n);
        b = take_reserve(a, whole);
        n = b ? whole : n;
    }
    if (!b && !BASE_SANITIZED && size >= MAP_FROM) {
        n = (n + 4095) & ~(size_t)4095;
        b = map_pages(n);
    }
    if (b) {
        b->mapped = n;
    } else {
        b = xmalloc(n);
        b->mapped = 0;
    }
    b->size = n - sizeof *b;
    return b;
}

static void free_block(struct arena_block *b)
{
    if (b->mapped) {
        munmap(b, b->mapped);
    } else {
        free(b);
    }
}

/* Blocks double from 8 KiB to 1 MiB; a larger request gets a block of its own. */
static void new_block(struct arena *a, size_t need)
{
    if (a->large_from && grow_block(a, need)) {
        return;
    }
    size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
    if (size > MAX_BLOCK || a->large_from == ARENA_LARGE) {
        size = MAX_BLOCK;
    }
    if (size < need + ALIGN) {
        size = need + ALIGN; /* malloc may align less */
    }
    if (size > SIZE_MAX / 2) {
        base_die_oom();
    }
    struct arena_block *b = get_block(a, size);
    b->next = a->head;
    a->head = b;
    a->p = b->data;
    a->end = b->data + b->size;
    a->total += b->size;
    a->clean = b->mapped != 0;
}

static size_t to_aligned(const uint8_t *p)
{
    return -(uintptr_t)p & (ALIGN - 1);
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2) {
        base_die_oom();
    }
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    size_t skip = to_aligned(a->p); /* behind a string */
    if (n + skip > (size_t)(a->end - a->p) || !a->p) { /* nothing asked of an empty arena is no null either */
        new_block(a, n + skip);
        skip = to_aligned(a->p);
    }
    void *p = a->p + skip;
    a->p += skip + n;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);
    return a->clean ? p : memset(p, 0, n);
}

void *arena_array(struct arena *a, uint64_t n, size_t size, uint64_t min_encoded, uint64_t backing)
{
    if (n != 0 && (min_encoded == 0 || n > backing / min_encoded)) {
        return NULL;
    }
    uint64_t bytes;
    if (__builtin_mul_overflow(n, (uint64_t)size, &bytes) || bytes > SIZE_MAX / 2) {
        return NULL;
    }
    return arena_zalloc(a, (size_t)bytes);
}

struct str arena_str(struct arena *a, struct str s)
{
    return (struct str){arena_strdup(a, s), s.len};
}

char *arena_strdup(struct arena *a, struct str s)
{
    char *p = (char *)a->p;
    if (s.len < (size_t)(a->end - a->p)) {
        a->p += s.len + 1; /* strings lie side by side */
    } else {
        p = arena_alloc(a, s.len + 1);
    }
    if (s.len) {
        memcpy(p, s.p, s.len);
    }
    p[s.len] = '\0';
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, ap2;
    va_start(ap, fmt);
    va_copy(ap2, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        n = 0;
    }
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap2);
    va_end(ap2);
    return p;
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->head, *next; b; b = next) {
        next = b->next;
        free_block(b);
    }
    drop_reserve(a);
    *a = (struct arena){.large_from = a->large_from, .dear = a->dear};
}

void arena_reset(struct arena *a)
{
    if (!a->head) {
        return;
    }
    for (struct arena_block *b = a->head->next, *next; b; b = next) {
        next = b->next;
        a->total -= b->size;
        free_block(b);
    }
    a->head->next = NULL;
    a->p = a->head->data;
    a->end = a->p + a->head->size;
    a->clean = false;
}

void arena_rewind(struct arena *a, void *p)
{
    uint8_t *to = p;
    if (a->head && to >= a->head->data && to < a->p) {
        a->p = to;
        a->clean = false;
    }
}

void arena_adopt(struct arena *a, struct arena *from)
{
    if (from->head && a->head) {
        struct arena_block *last = from->head;
        while (last->next) {
            last = last->next;
        }
        last->next = a->head->next; /* A's newest block stays the one that is filled */
        a->head->next = from->head;
        a->total += from->total;
        drop_reserve(from);
    } else if (from->head) {
        _Atomic unsigned *dear = a->dear; /* FROM's owner may be gone soon */
        drop_reserve(a);
        *a = *from;
        a->dear = dear;
    }
    *from = (struct arena){0};
}
