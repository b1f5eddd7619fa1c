/* nm_run.c - all files, in parallel, with output and messages in the order of the command line.

   Work is spread over threads in one of two ways: many files, one task each; or, with few files, the
   members of one archive at a time. Either way a task writes to a buffer of its own, and a turnstile
   lets the tasks write to standard output in order. The task whose turn it is writes as it goes, so
   that one big file is never held in memory; the others wait when they are too far ahead. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "applets/nm.h"
#include "base/file.h"
#include "base/pool.h"

enum {
    HOLD = 4 << 20,          /* what a task out of turn may hold before it waits */
    MANY_FILES = 4,          /* from here on, files are spread over threads, not members */
    MEMBERS_PER_ROUND = 4096,/* of an archive, between two joins ... */
    BYTES_PER_ROUND = 32 << 20, /* ... and as many bytes of it, which stay in memory so long */
    FEW_MEMBERS = 32,        /* not worth a thread */
    GRAIN = 16
};

/* ---- the turnstile -------------------------------------------------------------------------------- */

struct turnstile {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t next;            /* whose turn it is */
    struct result {
        struct buf out;
        struct diag diag;
        bool done;
    } *results;             /* by task: what finished ahead of its turn */
    struct buf *to;         /* where output goes */
    struct diag *diag;      /* where messages go */
};

static void turnstile_init(struct turnstile *t, size_t n, struct buf *to, struct diag *d)
{
    *t = (struct turnstile){.to = to, .diag = d};
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->moved, NULL);
    t->results = xcalloc(n + 1, sizeof *t->results);
}

static void turnstile_free(struct turnstile *t)
{
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->moved);
    free(t->results);
}

/* Task I has more output: lets it out if it is I's turn, else keeps it in OUT. */
static void turnstile_offer(struct turnstile *t, size_t i, struct buf *out)
{
    if (out->n < HOLD / 4) {
        return;
    }
    pthread_mutex_lock(&t->lock);
    while (t->next != i && out->n >= HOLD) {
        pthread_cond_wait(&t->moved, &t->lock);
    }
    bool mine = t->next == i;
    pthread_mutex_unlock(&t->lock);
    if (mine) { /* until this task is done nobody else writes */
        buf_add(t->to, out->p, out->n);
        buf_flush(t->to);
        out->n = 0;
    }
}

/* Task I is done: takes OUT's memory and DIAG's messages. */
static void turnstile_done(struct turnstile *t, size_t i, struct buf *out, struct diag *diag)
{
    pthread_mutex_lock(&t->lock);
    struct result *r = &t->results[i];
    r->out = *out;
    r->diag = *diag;
    if (r->diag.last == &diag->first) {
        r->diag.last = &r->diag.first;
    }
    r->done = true;
    *out = (struct buf){0};
    for (; t->results[t->next].done; t->next++) {
        r = &t->results[t->next];
        buf_add(t->to, r->out.p, r->out.n);
        buf_free(&r->out);
        diag_merge(t->diag, &r->diag);
    }
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
}

/* ---- one file ---------------------------------------------------------------------------------------- */

/* A member to be listed in parallel with its neighbours. */
struct job {
    struct input_item item;
    struct origin origin;
    struct ar_member member;
};

struct file_task {
    struct nm *nm;
    struct buf *out;
    struct arena *arena;      /* scratch of this thread */
    struct turnstile *turn;   /* of the files; NULL: OUT is standard output */
    size_t number;            /* of the file */
    VEC(struct job) jobs;     /* members of the current archive, waiting */
    bool in_parallel;         /* members may be spread over threads */
    const struct ar *ar;      /* whose members may wait: its end will be announced */
    struct file_trail passed; /* of the mapped archive, members from here on are resident */
    bool in_fat;              /* inside a universal file: */
    const char *fat_arch;     /* the only slice that is listed; NULL: all, or those that --arch names */
};

struct nm {
    const struct nm_opts *o;
    struct pool *pool;
    struct arena *arenas;     /* by worker */
    argvec *files;
    struct diag *diag;        /* where all messages end up; other threads append to it */
    struct diag style;        /* like it, and never written: children are made of this one */
    struct turnstile turn;    /* over files */
};

static void offer(void *task)
{
    struct file_task *t = task;
    if (t->turn) {
        turnstile_offer(t->turn, t->number, t->out);
    }
}

static bool listable(const struct nm_opts *o, const struct input_item *item)
{
    bool inside = item->origin->parent != NULL;
    if (o->no_bitcode && item->format == OBJ_BITCODE) {
        return false;
    }
    /* Archives hold all sorts of files; what is no object is passed over unless it is asked about. */
    return !inside || o->verbose || obj_format_readable(item->format);
}

struct round {
    struct file_task *task;
    struct turnstile turn;
};

static void run_job(void *ctx, size_t i, unsigned worker)
{
    struct round *r = ctx;
    struct nm *nm = r->task->nm;
    struct job *j = &r->task->jobs.p[i];
    struct buf out = {0};
    struct diag d;
    diag_child(&d, &nm->style);
    j->item.origin = &j->origin;
    j->item.member = &j->member;
    j->item.diag = &d;
    nm_object(nm->o, &j->item, &nm->arenas[worker], &out);
    arena_reset(&nm->arenas[worker]);
    turnstile_done(&r->turn, i, &out, &d);
}

/* Members that were passed need not stay in memory: an archive may be larger than that. */
static void drop_passed(struct file_task *t, const struct input_item *item)
{
    if (item->mapped && item->member) {
        file_passed(&t->passed, item->bytes);
    }
}

/* Lists the members that have been collected. They lie in the archive's bytes, which are still there. */
static void run_jobs(struct file_task *t, struct diag *d)
{
    struct round r = {.task = t};
    if (t->jobs.n < FEW_MEMBERS) {
        for (size_t i = 0; i < t->jobs.n; i++) {
            struct job *j = &t->jobs.p[i];
            j->item.origin = &j->origin;
            j->item.member = &j->member;
            nm_object(t->nm->o, &j->item, t->arena, t->out);
            arena_reset(t->arena);
        }
    } else {
        turnstile_init(&r.turn, t->jobs.n, t->out, d);
        parallel_for(t->nm->pool, t->jobs.n, GRAIN, run_job, &r);
        turnstile_free(&r.turn);
    }
    if (t->jobs.n) {
        t->passed.from = t->passed.from ? t->passed.from : t->jobs.p[0].item.bytes.p;
        drop_passed(t, &t->jobs.p[t->jobs.n - 1].item);
    }
    t->jobs.n = 0;
}

static void begin_archive(struct file_task *t, const struct input_item *item)
{
    const struct nm_opts *o = t->nm->o;
    bool heading = o->format == NM_BSD || o->format == NM_DARWIN;
    if (heading && (o->many_files || (item->origin->parent && !o->file_names))) { /* with -A too: GNU's */
        struct buf name = {0};
        origin_print(&name, item->origin);
        buf_c(t->out, '\n');
        buf_name(t->out, (struct str){name.p, name.n}, o->names);
        buf_puts(t->out, ":\n");
        buf_free(&name);
    }
    if (o->armap) {
        nm_print_armap(o, item, t->out, offer, t);
    }
}

static bool asked_for(const struct nm_opts *o, const char *arch)
{
    bool yes = o->all_archs || o->archs.n == 0;
    for (size_t i = 0; arch && !yes && i < o->archs.n; i++) {
        yes = strcmp(o->archs.p[i], arch) == 0;
    }
    return yes;
}

static bool has_slice(const struct fat_slice *slices, uint32_t n, const char *arch)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(slices[i].arch, arch) == 0) {
            return true;
        }
    }
    return false;
}

/* Which slices of a universal file are listed: those asked for, all, or this machine's if there is
   one (else all). */
static void begin_fat(struct file_task *t, const struct input_item *item)
{
    const struct nm_opts *o = t->nm->o;
    struct fat_slice *slices;
    struct diag quiet; /* what is wrong with the file has been said already */
    uint32_t n;
    t->in_fat = true;
    t->fat_arch = NULL;
    diag_child(&quiet, item->diag);
    bool good = !o->all_archs && fat_read(item->bytes, t->arena, &quiet, &slices, &n);
    diag_drop(&quiet);
    if (!good) {
        return;
    }
    for (size_t i = 0; i < o->archs.n; i++) {
        if (!has_slice(slices, n, o->archs.p[i])) {
            diag_bad(item->diag, DIAG_NO_OFFSET, "no architecture '%s'", o->archs.p[i]);
        }
    }
    if (o->archs.n == 1) {
        t->fat_arch = o->archs.p[0];
    } else if (o->archs.n == 0 && has_slice(slices, n, obj_host_arch())) {
        t->fat_arch = obj_host_arch();
    }
}

static bool slice_wanted(const struct file_task *t, const struct input_item *item)
{
    return !item->slice || (asked_for(t->nm->o, item->slice->arch) &&
                            (!t->fat_arch || strcmp(item->slice->arch, t->fat_arch) == 0));
}

/* A Mach-O file of its own must be what --arch asks for. False, reported. */
static bool arch_matches(struct file_task *t, const struct input_item *item)
{
    if (t->nm->o->archs.n == 0 || t->in_fat || item->format != OBJ_MACHO) {
        return true;
    }
    const char *arch = macho_file_arch(item->bytes);
    if (asked_for(t->nm->o, arch)) {
        return true;
    }
    run_jobs(t, item->diag); /* messages come in the order of members */
    return diag_bad(item->diag, DIAG_NO_OFFSET, "no architecture '%s': this is %s", t->nm->o->archs.p[0],
                    arch ? arch : "of an unknown one");
}

static void list_file(struct file_task *t, const struct input_item *item)
{
    /* A member's bytes lie in the archive's as long as nothing had to be unpacked or opened for it. */
    bool simple = item->member && item->ar == t->ar && !item->member->thin && !item->slice &&
                  item->bytes.p == item->member->data.p;
    struct input_item alone = *item;
    if (!listable(t->nm->o, item) || !slice_wanted(t, item) || !arch_matches(t, item)) {
        drop_passed(t, item); /* its first bytes were looked at */
        return;
    }
    if (item->slice && t->fat_arch) { /* the only one shown: it goes by the file's name */
        alone.slice = NULL;
        alone.origin = item->origin->parent;
        item = &alone;
    }
    if (!t->in_parallel || !simple) {
        run_jobs(t, item->diag);
        nm_object(t->nm->o, item, t->arena, t->out);
        arena_reset(t->arena);
        drop_passed(t, item);
        offer(t);
        return;
    }
    struct job j = {.item = *item, .origin = *item->origin, .member = *item->member};
    vec_push(&t->jobs, j);
    if (t->jobs.n == MEMBERS_PER_ROUND || item->bytes.p - t->jobs.p[0].item.bytes.p > BYTES_PER_ROUND) {
        run_jobs(t, item->diag);
    }
}

static enum input_next on_item(void *ctx, const struct input_item *item)
{
    struct file_task *t = ctx;
    if (item->event == INPUT_ARCHIVE && !slice_wanted(t, item)) {
        return INPUT_SKIP;
    }
    switch (item->event) {
    case INPUT_FILE: list_file(t, item); break;
    case INPUT_ARCHIVE:
        run_jobs(t, item->diag);
        begin_archive(t, item);
        t->passed = (struct file_trail){0};
        t->ar = item->ar;
        break;
    case INPUT_ARCHIVE_END:
        run_jobs(t, item->diag);
        t->ar = NULL;
        break;
    case INPUT_FAT: begin_fat(t, item); break;
    case INPUT_FAT_END:
        t->in_fat = false;
        t->fat_arch = NULL;
        break;
    default: break;
    }
    return INPUT_CONTINUE;
}

static void walk_path(struct file_task *t, const char *path, struct diag *d)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        diag_report(d, SEV_ERROR, NULL, DIAG_NO_OFFSET, "Warning: '%s' is a directory", path);
        return;
    }
    input_walk(path, INPUT_ONLY_OBJECTS | INPUT_GNU_WORDS, d, on_item, t);
}

/* ---- all files ------------------------------------------------------------------------------------------ */

static void run_file(void *ctx, size_t i, unsigned worker)
{
    struct nm *nm = ctx;
    struct buf out = {0};
    struct diag d;
    struct file_task t = {.nm = nm, .out = &out, .arena = &nm->arenas[worker], .turn = &nm->turn, .number = i};
    diag_child(&d, &nm->style);
    walk_path(&t, nm->files->p[i], &d);
    vec_free(&t.jobs);
    turnstile_done(&nm->turn, i, &out, &d);
}

static void run_in_order(struct nm *nm, struct buf *out)
{
    for (size_t i = 0; i < nm->files->n; i++) {
        struct file_task t = {.nm = nm, .out = out, .arena = &nm->arenas[0], .in_parallel = true};
        walk_path(&t, nm->files->p[i], nm->diag);
        vec_free(&t.jobs);
    }
}

int nm_run(struct nm_opts *o, argvec *files, struct diag *d)
{
    struct buf out = buf_to_fd(1);
    struct nm nm = {.o = o, .files = files, .diag = d};
    diag_child(&nm.style, d);
    nm.pool = pool_new(o->threads);
    unsigned n_workers = pool_threads(nm.pool);
    nm.arenas = xcalloc(n_workers, sizeof *nm.arenas);
    o->many_files = files->n > 1;
    o->libdw = o->lines ? nm_libdw_load(d) : NULL;
    if (files->n >= MANY_FILES && n_workers > 1) {
        turnstile_init(&nm.turn, files->n, &out, d);
        parallel_for(nm.pool, files->n, 1, run_file, &nm);
        turnstile_free(&nm.turn);
    } else {
        run_in_order(&nm, &out);
    }
    for (unsigned i = 0; i < n_workers; i++) {
        arena_free(&nm.arenas[i]);
    }
    free(nm.arenas);
    pool_free(nm.pool);
    nm_libdw_free(o->libdw);
    int err = buf_finish(&out);
    if (err) {
        diag_errno(d, "standard output", err);
    }
    return diag_finish(d) && !err ? 0 : 1;
}
