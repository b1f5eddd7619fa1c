/* pool.h - data parallelism: one loop over many independent items.

   Determinism: the body for item I writes only what belongs to item I (each pass says in its comment
   what that is); results are combined by the caller in item order. */
#ifndef OBJKIT_BASE_POOL_H
#define OBJKIT_BASE_POOL_H

#include <stddef.h>

struct pool;

/* N_THREADS 0: as many as the machine has online, at most 64. Threads start at the first loop that
   can use them. */
struct pool *pool_new(unsigned n_threads);
void pool_free(struct pool *p);
unsigned pool_threads(const struct pool *p);

/* Calls BODY(ctx, i, worker) for every i in [0, n), items handed out in ascending order in runs of
   GRAIN; WORKER is in [0, pool_threads) and is the same for all calls that run on one thread.
   Returns when all are done. Not to be nested. */
void parallel_for(struct pool *p, size_t n, size_t grain,
                  void (*body)(void *ctx, size_t i, unsigned worker), void *ctx);

/* Sorts N items of SIZE bytes as qsort does, with all threads if there are enough of them. CMP must order any two
   items (never 0), so that the result does not depend on threads. Not to be called from a loop's body. */
void parallel_sort(struct pool *p, void *items, size_t n, size_t size, int (*cmp)(const void *, const void *));

#endif
