/* vec.h - typed growable arrays.

       VEC(struct foo) v = {0};
       vec_push(&v, x);  v.p[i]  v.n  vec_free(&v);

   Elements move when the array grows: keep indices, not pointers. */
#ifndef OBJKIT_BASE_VEC_H
#define OBJKIT_BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#include "base/arena.h"

#define VEC(type) \
    struct {      \
        type *p;  \
        size_t n, cap; \
    }

static inline void *vec_grow_(void *p, size_t *cap, size_t need, size_t size)
{
    size_t c = *cap ? *cap : 8;
    while (c < need) {
        c += c / 2 + 1;
    }
    if (c > (size_t)-1 / 2 / size) {
        base_die_oom();
    }
    *cap = c;
    return xrealloc(p, c * size);
}

#define vec_reserve(v, extra)                                                                   \
    ((v)->n + (extra) > (v)->cap                                                                \
         ? (void)((v)->p = vec_grow_((v)->p, &(v)->cap, (v)->n + (extra), sizeof *(v)->p))      \
         : (void)0)

#define vec_push(v, ...) (vec_reserve(v, 1), (v)->p[(v)->n++] = (__VA_ARGS__))
#define vec_free(v) (free((v)->p), (v)->p = NULL, (v)->n = (v)->cap = 0)

#endif
