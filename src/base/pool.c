/* pool.c - worker threads that share one counter per loop. */
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

enum { MAX_THREADS = 64 };

struct pool {
    unsigned n_threads; /* the caller's thread included */
    bool started;
    pthread_t tids[MAX_THREADS];
    struct worker {
        struct pool *pool;
        unsigned id;
    } workers[MAX_THREADS];
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    unsigned generation; /* counts loops: a worker runs each once */
    unsigned busy;
    bool quit;
    /* the current loop */
    size_t n, grain;
    void (*body)(void *, size_t, unsigned);
    void *ctx;
    atomic_size_t next;
};

struct pool *pool_new(unsigned n_threads)
{
    if (n_threads == 0) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        n_threads = n > 0 ? (unsigned)n : 1;
    }
    struct pool *p = xcalloc(1, sizeof *p);
    p->n_threads = n_threads < MAX_THREADS ? n_threads : MAX_THREADS;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    return p;
}

unsigned pool_threads(const struct pool *p)
{
    return p->n_threads;
}

static void work(struct pool *p, unsigned id)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&p->next, p->grain, memory_order_relaxed);
        if (i >= p->n) {
            return;
        }
        size_t end = p->n - i < p->grain ? p->n : i + p->grain;
        for (; i < end; i++) {
            p->body(p->ctx, i, id);
        }
    }
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    unsigned seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->generation == seen && !p->quit) {
            pthread_cond_wait(&p->wake, &p->lock);
        }
        if (p->quit) {
            break;
        }
        seen = p->generation;
        pthread_mutex_unlock(&p->lock);
        work(p, w->id);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0) {
            pthread_cond_signal(&p->done);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* A machine that will not give us threads still links: with fewer. */
static void start(struct pool *p)
{
    p->started = true;
    for (unsigned i = 1; i < p->n_threads; i++) {
        p->workers[i] = (struct worker){p, i};
        if (pthread_create(&p->tids[i], NULL, worker_main, &p->workers[i]) != 0) {
            p->n_threads = i;
            break;
        }
    }
}

void parallel_for(struct pool *p, size_t n, size_t grain,
                  void (*body)(void *ctx, size_t i, unsigned worker), void *ctx)
{
    grain = grain ? grain : 1;
    if (p->n_threads == 1 || n <= grain) {
        for (size_t i = 0; i < n; i++) {
            body(ctx, i, 0);
        }
        return;
    }
    if (!p->started) {
        start(p);
    }
    pthread_mutex_lock(&p->lock);
    p->n = n;
    p->grain = grain;
    p->body = body;
    p->ctx = ctx;
    atomic_store(&p->next, 0);
    p->busy = p->n_threads - 1;
    p->generation++;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    work(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy) {
        pthread_cond_wait(&p->done, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

/* ---- sorting --------------------------------------------------------------------------------------- */

enum { SORT_FROM = 8192, SORT_PARTS = 8 };

/* A merge sort over parts: each is sorted on its own, then pairs of neighbours are merged into the other array. */
struct sort {
    uint8_t *from, *to;
    size_t n, size, width; /* width: items in a part; the last has fewer */
    int (*cmp)(const void *, const void *);
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void sort_part(void *ctx, size_t i, unsigned worker)
{
    const struct sort *s = ctx;
    size_t first = i * s->width;
    (void)worker;
    qsort(s->from + first * s->size, least(s->width, s->n - first), s->size, s->cmp);
}

static void merge_pair(void *ctx, size_t i, unsigned worker)
{
    const struct sort *s = ctx;
    size_t a = 2 * i * s->width, mid = least(a + s->width, s->n), end = least(mid + s->width, s->n), b = mid;
    uint8_t *out = s->to + a * s->size;
    (void)worker;
    while (a < mid && b < end) {
        bool second = s->cmp(s->from + b * s->size, s->from + a * s->size) < 0;
        memcpy(out, s->from + (second ? b++ : a++) * s->size, s->size);
        out += s->size;
    }
    memcpy(out, s->from + a * s->size, (mid - a) * s->size);
    out += (mid - a) * s->size;
    memcpy(out, s->from + b * s->size, (end - b) * s->size);
}

void parallel_sort(struct pool *p, void *items, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    if (p->n_threads == 1 || n < SORT_FROM) {
        if (n) {
            qsort(items, n, size, cmp);
        }
        return;
    }
    uint8_t *other = xmalloc(n * size);
    struct sort s = {items, other, n, size, (n + SORT_PARTS - 1) / SORT_PARTS, cmp};
    parallel_for(p, SORT_PARTS, 1, sort_part, &s);
    for (size_t parts = SORT_PARTS; parts > 1; parts /= 2) {
        parallel_for(p, parts / 2, 1, merge_pair, &s);
        uint8_t *sorted = s.to;
        s.to = s.from;
        s.from = sorted;
        s.width *= 2;
    }
    if (s.from != items) {
        memcpy(items, s.from, n * size);
    }
    free(other);
}

void pool_free(struct pool *p)
{
    if (p->started) {
        pthread_mutex_lock(&p->lock);
        p->quit = true;
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->lock);
        for (unsigned i = 1; i < p->n_threads; i++) {
            pthread_join(p->tids[i], NULL);
        }
    }
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
