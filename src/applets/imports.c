/* imports.c - what does this binary need? Options are imports_opt.c; this file walks the inputs, in
   parallel when there are several, and hands each object to the printer that the mode asks for.

   Every input file is one job with its own output and diagnostics; jobs are printed in input order,
   in batches, so that memory does not grow with the number of files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/imports_tree.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/pool.h"

/* Jobs between two flushes: enough to keep the threads busy, few enough to hold in memory. */
enum { BATCH = 64 };

struct job {
    const struct imp_opts *o;
    const char *path;
    bool listed; /* found by walking a directory */
    bool is_dir; /* found out by the job: its files are jobs of their own */
    struct imp_out out;
    struct buf text;
    struct diag d;
    struct arena *arena; /* of the worker; reset for each object */
    struct imp_lib *libs[LIMIT_NESTING + 2]; /* archives being summed up; NULL: not this one */
    const struct origin *lib_origins[LIMIT_NESTING + 2];
    unsigned depth;
    uint64_t findings; /* of --missing and --check */
};

/* ---- one object ----------------------------------------------------------------------------- */

static void print_object(struct job *j, struct object *obj)
{
    struct imp_view v = {.origin = obj->origin, .obj = obj, .target = obj_target_name(obj)};
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        struct import *undef;
        imp_undefined(obj, obj->arena, &undef, &v.n_imports);
        v.imports = undef;
    } else {
        obj_load_imports(obj);
        v.imports = obj->imports;
        v.n_imports = obj->n_imports;
        v.needed = obj->needed;
        v.n_needed = obj->n_needed;
    }
    imp_view_group(&v, obj->arena);
    imp_print(&j->out, &v);
}

static void print_imphash(struct job *j, struct object *obj)
{
    struct buf *b = j->out.b;
    obj_load_imports(obj);
    struct str file = imp_origin(&j->out, obj->origin);
    if (j->o->format == FMT_JSON) {
        imp_json_head(&j->out, obj, obj->origin, obj_target_name(obj));
        buf_puts(b, ", \"imphash\": \"");
        imp_imphash(b, j->o->tables, obj);
        buf_puts(b, "\"}");
    } else if (obj->format != OBJ_PE) {
        diag_report(&j->d, SEV_ERROR, obj->origin, DIAG_NO_OFFSET, "not a PE image");
    } else {
        size_t from = b->n;
        if (imp_imphash(b, j->o->tables, obj)) {
            buf_puts(b, "  ");
            buf_str(b, file);
            buf_c(b, '\n');
        } else {
            b->n = from;
        }
    }
    j->out.any = true;
}

/* The path on disk of the file that OBJ is, or is a slice of; NULL inside archives and
   containers. */
static const char *path_of(const struct job *j, const struct object *obj)
{
    const struct origin *o = obj->origin;
    while (o->kind == ORIGIN_SLICE && o->parent) {
        o = o->parent;
    }
    return o->kind == ORIGIN_FILE && strcmp(j->path, "-") != 0 ? j->path : NULL;
}

static void show_tree(struct job *j, struct object *obj)
{
    if (obj->type != OBJ_TYPE_EXECUTABLE && obj->type != OBJ_TYPE_SHARED) {
        if (!j->listed) {
            diag_report(&j->d, SEV_ERROR, obj->origin, DIAG_NO_OFFSET, "not a program or library");
        }
        return;
    }
    struct tree t;
    tree_build(&t, j->o, obj, path_of(j, obj), &j->d);
    bool why = j->o->mode == MODE_WHY, json = j->o->format == FMT_JSON && !why;
    if (why && !tree_why(&j->out, &t, str_c(j->o->why))) {
        diag_report(&j->d, SEV_ERROR, obj->origin, DIAG_NO_OFFSET, "nothing brings in '%s'",
                    j->o->why);
    } else if (json) {
        tree_print_json(&j->out, &t);
    } else if (j->o->format == FMT_DOT && !why) {
        tree_print_dot(&j->out, &t);
    } else if (j->o->mode == MODE_TREE) {
        tree_print(&j->out, &t);
    }
    if (j->o->mode == MODE_MISSING) {
        j->findings += j->o->check ? tree_check(&j->out, &t) : tree_missing(&j->out, &t);
    }
    buf_puts(j->out.b, json ? "}" : "");
    tree_free(&t);
}

static void show_object(struct job *j, struct object *obj)
{
    switch (j->o->mode) {
    case MODE_TREE:
    case MODE_MISSING:
    case MODE_WHY: show_tree(j, obj); break;
    case MODE_EXPORTS:
        obj->ec_view = j->out.o->ec;
        obj_load_exports(obj);
        imp_print_exports(&j->out, obj);
        break;
    case MODE_IMPHASH: print_imphash(j, obj); break;
    case MODE_WINDOWS:
        obj_load_imports(obj);
        if (obj->format == OBJ_PE) {
            imp_print_windows(&j->out, obj);
        } else {
            diag_report(&j->d, SEV_ERROR, obj->origin, DIAG_NO_OFFSET, "not a PE image");
        }
        break;
    default: print_object(j, obj); break;
    }
}

/* ---- the walk ------------------------------------------------------------------------------- */

static bool arch_wanted(const struct imp_opts *o, const struct input_item *item)
{
    return !o->arch || !item->slice || str_eq(str_c(o->arch), str_c(item->slice->arch));
}

static void begin_archive(struct job *j, const struct input_item *item)
{
    bool together = j->o->mode == MODE_LIST && !j->o->file_names;
    j->libs[j->depth] = together ? imp_lib_new(item->origin) : NULL;
    j->lib_origins[j->depth] = item->origin;
    j->depth++;
}

static void end_archive(struct job *j, const struct input_item *item)
{
    struct imp_lib *l = j->libs[--j->depth];
    if (l) {
        j->d.origin = item->origin;
        const struct imp_view *v = imp_lib_view(l, &j->d);
        if (v) {
            imp_print(&j->out, v);
        }
        imp_lib_free(l);
    }
}

static void take_file(struct job *j, const struct input_item *item)
{
    /* Archives hold texts and tables too: only what an archive was made for is looked at. */
    if (item->member && !obj_format_readable(item->format)) {
        return;
    }
    struct object obj;
    bool open = item->source ? obj_open_source(&obj, item->bytes, item->source, item->origin, &j->d,
                                               j->arena)
                             : obj_open_tables(&obj, item->bytes, item->origin, &j->d, j->arena);
    if (open) {
        struct imp_lib *l = item->member && j->depth ? j->libs[j->depth - 1] : NULL;
        bool direct = l && item->origin->parent == j->lib_origins[j->depth - 1];
        if (!direct || !imp_lib_add(l, &obj, !item->member->thin)) {
            show_object(j, &obj);
        }
    }
    obj_close(&obj);
    arena_reset(j->arena);
}

static enum input_next on_item(void *ctx, const struct input_item *item)
{
    struct job *j = ctx;
    switch (item->event) {
    case INPUT_ARCHIVE:
        begin_archive(j, item);
        return arch_wanted(j->o, item) ? INPUT_CONTINUE : INPUT_SKIP;
    case INPUT_ARCHIVE_END: end_archive(j, item); break;
    case INPUT_FILE:
        if (arch_wanted(j->o, item)) {
            take_file(j, item);
        }
        break;
    case INPUT_DIR: j->is_dir = true; break;
    default: break;
    }
    return INPUT_CONTINUE;
}

static void walk_job(struct job *j)
{
    if (j->listed) {
        input_walk_listed(j->path, INPUT_ONLY_OBJECTS | INPUT_LAZY, &j->d, on_item, j);
    } else {
        input_walk(j->path, INPUT_ONLY_OBJECTS | INPUT_LAZY | INPUT_TELL_DIRS, &j->d, on_item, j);
    }
    buf_free(&j->out.scratch);
}

/* ---- all files ------------------------------------------------------------------------------ */

/* A whole run: where the output goes, and what the jobs share. */
struct run {
    const struct imp_opts *o;
    struct diag *d;
    struct buf *out;
    bool any;              /* something was printed: JSON wants a comma before more */
    uint64_t findings;
    struct pool *pool;     /* NULL until files turn out to take long */
    struct arena *arenas;  /* one per worker */
};

static void start_job(const struct run *r, struct job *j, const char *path, bool listed)
{
    *j = (struct job){.o = r->o, .path = path, .listed = listed};
    j->out = (struct imp_out){.o = r->o, .b = &j->text};
    diag_child(&j->d, r->d);
}

/* Takes over what job J said: messages stand after what was printed before them. */
static void finish_job(struct run *r, struct job *j)
{
    if (j->text.n) {
        buf_puts(r->out, r->any && r->o->format == FMT_JSON ? ",\n" : "");
        buf_add(r->out, j->text.p, j->text.n);
        r->any = true;
    }
    r->findings += j->findings;
    buf_free(&j->text);
    if (j->d.first) {
        buf_flush(r->out);
    }
    diag_merge(r->d, &j->d);
}

static void run_directory(struct run *r, const char *path);

/* One file at a time, printed as it is read. */
static void run_one(struct run *r, const char *path, bool listed)
{
    struct job j;
    start_job(r, &j, path, listed);
    j.arena = &r->arenas[0];
    j.out.b = r->out;
    j.out.any = r->any;
    walk_job(&j);
    r->any = j.out.any;
    finish_job(r, &j);
    if (j.is_dir) {
        run_directory(r, path);
    }
}

struct batch {
    struct job jobs[BATCH];
    struct arena *arenas;
};

/* Writes only its own job. */
static void batch_body(void *ctx, size_t i, unsigned worker)
{
    struct batch *b = ctx;
    b->jobs[i].arena = &b->arenas[worker];
    walk_job(&b->jobs[i]);
}

static void run_batch(struct run *r, char **paths, size_t n, bool listed)
{
    struct batch *b = xcalloc(1, sizeof *b);
    b->arenas = r->arenas;
    for (size_t i = 0; i < n; i++) {
        start_job(r, &b->jobs[i], paths[i], listed);
    }
    parallel_for(r->pool, n, 1, batch_body, b);
    for (size_t i = 0; i < n; i++) {
        finish_job(r, &b->jobs[i]);
        if (b->jobs[i].is_dir) {
            run_directory(r, paths[i]);
        }
    }
    free(b);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void start_pool(struct run *r)
{
    r->pool = pool_new(r->o->threads);
    unsigned n = pool_threads(r->pool);
    r->arenas = xrealloc(r->arenas, n * sizeof *r->arenas);
    memset(r->arenas + 1, 0, (n - 1) * sizeof *r->arenas);
}

/* Most files take some 30 microseconds, less than sharing them out costs: threads that map and
   unmap in one address space stand in each other's way. So this thread begins alone, and others
   join it only when files turn out to take long (trees, containers, big archives). Output does not
   depend on it. */
static void run_files(struct run *r, char **paths, size_t n, bool listed)
{
    const double long_run = 0.01, long_file = 0.0005;
    double start = n > 1 && r->o->threads != 1 ? seconds() : 0;
    size_t at = 0;
    if (r->o->threads > 1 && n > 1 && !r->pool) {
        start_pool(r);
    }
    while (at < n && !r->pool) {
        run_one(r, paths[at++], listed);
        double t = n - at > 1 && r->o->threads != 1 ? seconds() - start : 0;
        if (t > long_run && t > long_file * (double)at && !r->pool) {
            start_pool(r);
        }
    }
    for (; at < n; at += BATCH) {
        run_batch(r, paths + at, n - at < BATCH ? n - at : BATCH, listed);
    }
}

static void run_directory(struct run *r, const char *path)
{
    struct arena names = {0};
    argvec files = {0};
    bool is_dir;
    input_list(path, &names, &files, &is_dir, r->d);
    run_files(r, files.p, files.n, true);
    vec_free(&files);
    arena_free(&names);
}

static void run_init(struct run *r, const struct imp_opts *o, struct buf *out, struct diag *d)
{
    *r = (struct run){.o = o, .d = d, .out = out, .arenas = xcalloc(1, sizeof *r->arenas)};
}

static void run_finish(struct run *r)
{
    for (unsigned i = 0; i < (r->pool ? pool_threads(r->pool) : 1); i++) {
        arena_free(&r->arenas[i]);
    }
    if (r->pool) {
        pool_free(r->pool);
    }
    free(r->arenas);
}

static void diff_imports(const struct imp_opts *o, struct buf *out, struct diag *d)
{
    struct imp_opts rows = *o;
    rows.mode = MODE_LIST;
    rows.format = FMT_TSV;
    rows.file_names = false;
    struct buf text[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        struct run r;
        run_init(&r, &rows, &text[i], d);
        run_one(&r, o->files.p[i], false);
        run_finish(&r);
    }
    struct imp_out po = {.o = o, .b = out};
    imp_print_diff(&po, (struct str){text[0].p, text[0].n}, (struct str){text[1].p, text[1].n});
    buf_free(&text[0]);
    buf_free(&text[1]);
}

static uint64_t list_imports(const struct imp_opts *o, struct buf *out, struct diag *d)
{
    struct run r;
    run_init(&r, o, out, d);
    buf_puts(out, o->format == FMT_JSON ? "{\"objkit_imports\": 1, \"files\": [\n" : "");
    run_files(&r, o->files.p, o->files.n, false);
    buf_puts(out, o->format == FMT_JSON ? "\n]}\n" : "");
    run_finish(&r);
    return r.findings;
}

int imports_main(int argc, char **argv)
{
    struct diag d;
    struct arena arena = {0};
    struct imp_opts o = {0};
    int status = 0;
    file_set_prog(applet_prog(argv[0]));
    diag_init(&d, applet_prog(argv[0]));
    d.immediate = true;
    if (imp_options(&o, argc, argv, &d, &arena, &status) == 0) {
        struct buf out = buf_to_fd(STDOUT_FILENO);
        if (o.name_ordinals || o.mode == MODE_IMPHASH || o.mode >= MODE_WINDOWS) {
            o.tables = imp_tables_new(o.name_ordinals || o.mode == MODE_WINDOWS);
        }
        for (size_t i = 0; i < o.ordinals.n; i++) {
            imp_tables_add(o.tables, o.ordinals.p[i], &arena, &d);
        }
        uint64_t findings = 0;
        if (o.mode == MODE_DIFF) {
            diff_imports(&o, &out, &d);
        } else {
            findings = list_imports(&o, &out, &d);
        }
        int err = buf_finish(&out);
        if (err) {
            diag_error(&d, "standard output: %s", strerror(err));
        }
        status = !diag_ok(&d) ? 1 : findings ? 2 : 0;
    }
    imp_tables_free(o.tables);
    vec_free(&o.files);
    vec_free(&o.dirs);
    vec_free(&o.ordinals);
    diag_finish(&d);
    arena_free(&arena);
    return applet_close_stdout(d.prog, status);
}
