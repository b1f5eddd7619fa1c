/* late.c - errors found while the output is written.

   Blocks of the output are made by all workers at once, two sections of one file among them, so what they
   find is collected under a lock and reported afterwards, by file and place: the same lines at any thread
   count. Of one symbol, 20 at most (spec pe-ld 4). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ld/ld.h"

enum { PER_SYMBOL = 20 };

struct late_msg {
    struct ld_file *file;
    uint32_t sec;
    enum severity sev;
    uint64_t off;
    struct str symbol; /* empty: counted with no other */
    char *text;
};

struct ld_late {
    pthread_mutex_t lock;
    VEC(struct late_msg) v;
};

void ld_late_begin(struct ld *ld)
{
    ld->late = ARENA_NEW(&ld->arena, struct ld_late);
    pthread_mutex_init(&ld->late->lock, NULL);
}

void ld_late_add(struct ld *ld, struct ld_file *f, enum severity sev, uint32_t sec, uint64_t off,
                 struct str symbol, struct str text)
{
    struct late_msg m = {f, sec, sev, off, symbol, xmalloc(text.len + 1)};
    memcpy(m.text, text.p, text.len);
    m.text[text.len] = '\0';
    pthread_mutex_lock(&ld->late->lock);
    vec_push(&ld->late->v, m);
    pthread_mutex_unlock(&ld->late->lock);
}

static int by_place(const void *x, const void *y)
{
    const struct late_msg *a = x, *b = y;
    if (a->file->idx != b->file->idx) {
        return a->file->idx < b->file->idx ? -1 : 1;
    }
    if (a->sec != b->sec || a->off != b->off) {
        return a->sec != b->sec ? (a->sec < b->sec ? -1 : 1) : a->off < b->off ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

void ld_late_end(struct ld *ld)
{
    struct ld_late *late = ld->late;
    struct strmap counts = {0};
    ld->late = NULL;
    if (late->v.n) {
        qsort(late->v.p, late->v.n, sizeof *late->v.p, by_place);
    }
    for (size_t i = 0; i < late->v.n; i++) {
        struct late_msg *m = &late->v.p[i];
        uint32_t n = m->symbol.len ? ++*strmap_put(&counts, m->symbol, 0, NULL) : 0;
        if (n <= PER_SYMBOL) {
            diag_report(&m->file->diag, m->sev, ld_file_origin(m->file), DIAG_NO_OFFSET, "%s", m->text);
        }
        if (n == PER_SYMBOL) {
            diag_continue(&m->file->diag, ">>> further errors against '%.*s' are not listed", Q(m->symbol));
        }
        free(m->text);
    }
    strmap_free(&counts);
    vec_free(&late->v);
    pthread_mutex_destroy(&late->lock);
}
