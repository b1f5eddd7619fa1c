/* imports.c - what does this binary need? Options are imports_opt.c; this file walks the inputs, in
   parallel when there are several, and hands each object to the printer that the mode asks for.

   Every input file is one job with its own output and diagnostics; jobs are printed in input order,
   in batches, so that memory does not grow with the number of files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/imports_tree.h"
#include "base/limits.h"
#include "base/pool.h"

/* Jobs between two flushes: enough to keep the threads busy, few enough to hold in memory. */
enum { BATCH = 64 };

struct job {
    const struct imp_opts *o;
    const char *path;
    bool listed; /* found by walking a directory */
    struct imp_out out;
    struct buf text;
    struct diag d;
    struct imp_lib *libs[LIMIT_NESTING + 2]; /* archives being summed up; NULL: not this one */
    const struct origin *lib_origins[LIMIT_NESTING + 2];
    unsigned depth;
    uint64_t findings; /* of --missing and --check */
};

/* ---- one object ------------------------------------------------------------------------------------ */

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

/* The path on disk of the file that OBJ is, or is a slice of; NULL inside archives and containers. */
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
    if (j->o->format == FMT_DOT) {
        tree_print_dot(&j->out, &t);
    } else if (j->o->format == FMT_JSON && j->o->mode != MODE_WHY) {
        tree_print_json(&j->out, &t);
    } else if (j->o->mode == MODE_TREE) {
        tree_print(&j->out, &t);
    }
    if (j->o->mode == MODE_MISSING) {
        j->findings += j->o->check ? tree_check(&j->out, &t) : tree_missing(&j->out, &t);
    } else if (j->o->mode == MODE_WHY && !tree_why(&j->out, &t, str_c(j->o->why))) {
        diag_report(&j->d, SEV_ERROR, obj->origin, DIAG_NO_OFFSET, "nothing brings in '%s'", j->o->why);
    }
    tree_free(&t);
}

static void show_object(struct job *j, struct object *obj)
{
    switch (j->o->mode) {
    case MODE_TREE:
    case MODE_MISSING:
    case MODE_WHY: show_tree(j, obj); break;
    case MODE_EXPORTS:
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

/* ---- the walk ---------------------------------------------------------------------------------------- */

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
    if (obj_open(&obj, item->bytes, item->origin, &j->d)) {
        struct imp_lib *l = item->member && j->depth ? j->libs[j->depth - 1] : NULL;
        bool direct = l && item->origin->parent == j->lib_origins[j->depth - 1];
        if (!direct || !imp_lib_add(l, &obj, !item->member->thin)) {
            show_object(j, &obj);
        }
    }
    obj_close(&obj);
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
    default: break;
    }
    return INPUT_CONTINUE;
}

static void run_job(void *ctx, size_t i, unsigned worker)
{
    struct job *j = &((struct job *)ctx)[i];
    (void)worker;
    if (j->listed) {
        input_walk_listed(j->path, INPUT_ONLY_OBJECTS, &j->d, on_item, j);
    } else {
        input_walk(j->path, INPUT_ONLY_OBJECTS, &j->d, on_item, j);
    }
    buf_free(&j->out.scratch);
}

/* ---- all files ------------------------------------------------------------------------------------- */

struct file_list {
    argvec paths;
    VEC(bool) listed;
};

static void list_files(struct file_list *l, const struct imp_opts *o, struct arena *a, struct diag *d)
{
    for (size_t i = 0; i < o->files.n; i++) {
        bool is_dir;
        input_list(o->files.p[i], a, &l->paths, &is_dir, d);
        while (l->listed.n < l->paths.n) {
            vec_push(&l->listed, is_dir);
        }
    }
}

static void start_job(struct job *j, const struct imp_opts *o, const struct file_list *l, size_t i,
                      const struct diag *d)
{
    *j = (struct job){.o = o, .path = l->paths.p[i], .listed = l->listed.p[i]};
    j->out = (struct imp_out){.o = o, .b = &j->text};
    diag_child(&j->d, d);
}

/* One file needs no thread and no copy of its output. */
static uint64_t run_single(const struct imp_opts *o, const struct file_list *l, struct buf *out,
                           struct diag *d)
{
    struct job j;
    start_job(&j, o, l, 0, d);
    j.out.b = out;
    run_job(&j, 0, 0);
    buf_flush(out);
    diag_merge(d, &j.d);
    return j.findings;
}

static void finish_job(struct job *j, struct buf *out, bool *any, struct diag *d)
{
    if (j->text.n) {
        if (*any && j->o->format == FMT_JSON) {
            buf_puts(out, ",\n");
        }
        buf_add(out, j->text.p, j->text.n);
        *any = true;
    }
    buf_free(&j->text);
    if (j->d.first) {
        buf_flush(out); /* messages stand after what was printed before them */
    }
    diag_merge(d, &j->d);
}

static uint64_t run_all(const struct imp_opts *o, const struct file_list *l, struct buf *out,
                        struct diag *d)
{
    uint64_t findings = 0;
    struct pool *pool = pool_new(o->threads);
    struct job *jobs = xcalloc(BATCH, sizeof *jobs);
    bool any = false;
    for (size_t at = 0; at < l->paths.n; at += BATCH) {
        size_t n = l->paths.n - at < BATCH ? l->paths.n - at : BATCH;
        for (size_t i = 0; i < n; i++) {
            start_job(&jobs[i], o, l, at + i, d);
        }
        parallel_for(pool, n, 1, run_job, jobs);
        for (size_t i = 0; i < n; i++) {
            findings += jobs[i].findings;
            finish_job(&jobs[i], out, &any, d);
        }
    }
    free(jobs);
    pool_free(pool);
    return findings;
}

static void diff_imports(const struct imp_opts *o, struct buf *out, struct diag *d)
{
    struct imp_opts rows = *o;
    rows.mode = MODE_LIST;
    rows.format = FMT_TSV;
    rows.file_names = false;
    struct buf text[2] = {{0}, {0}};
    bool not_listed = false;
    for (int i = 0; i < 2; i++) {
        struct file_list one = {.paths = {&o->files.p[i], 1, 1}, .listed = {&not_listed, 1, 1}};
        run_single(&rows, &one, &text[i], d);
    }
    struct imp_out po = {.o = o, .b = out};
    imp_print_diff(&po, (struct str){text[0].p, text[0].n}, (struct str){text[1].p, text[1].n});
    buf_free(&text[0]);
    buf_free(&text[1]);
}

static uint64_t list_imports(const struct imp_opts *o, struct arena *a, struct buf *out, struct diag *d)
{
    struct file_list l = {0};
    list_files(&l, o, a, d);
    if (o->format == FMT_JSON) {
        buf_puts(out, "{\"objkit_imports\": 1, \"files\": [\n");
    }
    uint64_t findings =
        l.paths.n == 1 ? run_single(o, &l, out, d) : run_all(o, &l, out, d);
    if (o->format == FMT_JSON) {
        buf_puts(out, "\n]}\n");
    }
    vec_free(&l.paths);
    vec_free(&l.listed);
    return findings;
}

int imports_main(int argc, char **argv)
{
    struct diag d;
    struct arena arena = {0};
    struct imp_opts o = {0};
    int status = 0;
    diag_init(&d, applet_prog(argv[0]));
    d.immediate = true;
    if (imp_options(&o, argc, argv, &d, &arena, &status) == 0) {
        struct buf out = buf_to_fd(STDOUT_FILENO);
        if (o.name_ordinals || o.mode == MODE_IMPHASH || o.mode >= MODE_WINDOWS) {
            o.tables = imp_tables_new();
        }
        uint64_t findings = 0;
        if (o.mode == MODE_DIFF) {
            diff_imports(&o, &out, &d);
        } else {
            findings = list_imports(&o, &arena, &out, &d);
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
    diag_finish(&d);
    arena_free(&arena);
    return applet_close_stdout(d.prog, status);
}
