/* outputs.c - reports to standard output; and the files of one link must be different ones: an output that is also
   an input, or two outputs of one name, are refused before anything is opened for writing (spec "hardening",
   section 5). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "ld/ld.h"

bool ld_print(struct ld *ld, const struct buf *b)
{
    if (fwrite(b->p, 1, b->n, stdout) == b->n) {
        return true;
    }
    int err = errno;
    if (!ferror(stdout)) {
        return true;
    }
    clearerr(stdout); /* it is said */
    return diag_errno(&ld->diag, "standard output", err);
}

enum { MAX_OUTPUTS = 8 };

struct output {
    const char *what, *path;
    bool exists;
    struct stat st, dir; /* of the file, or of the directory that it will be in */
};

struct outputs {
    struct ld *ld;
    struct output v[MAX_OUTPUTS];
    size_t n;
};

/* Devices, pipes and the like may be named as often as one likes. */
static void add(struct outputs *o, const char *what, const char *path)
{
    struct output *p = &o->v[o->n];
    if (!path || !*path || strcmp(path, "-") == 0) {
        return;
    }
    *p = (struct output){.what = what, .path = path};
    p->exists = stat(path, &p->st) == 0;
    if (p->exists) {
        o->n += S_ISREG(p->st.st_mode);
        return;
    }
    size_t dir_len = path_dir_len(str_c(path));
    const char *dir = arena_strdup(&o->ld->arena, dir_len ? str_head(str_c(path), dir_len) : S("."));
    o->n += stat(dir, &p->dir) == 0; /* else it cannot be made, which is told when that is tried */
}

static bool same(const struct output *a, const struct output *b)
{
    if (a->exists || b->exists) {
        return a->exists && b->exists && file_same(&a->st, &b->st);
    }
    struct str x = str_c(a->path), y = str_c(b->path);
    return file_same(&a->dir, &b->dir) && str_eq(str_skip(x, path_dir_len(x)), str_skip(y, path_dir_len(y)));
}

/* The time trace is written when all is done: too late to learn that it cannot be. */
static bool check_trace(struct ld *ld)
{
    const char *path = ld->opt.time_trace;
    struct stat st;
    if (!path || !*path) {
        return true; /* beside the output */
    }
    bool special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    if (special && S_ISDIR(st.st_mode)) {
        return diag_errno(&ld->diag, path, EISDIR);
    }
    size_t dir_len = path_dir_len(str_c(path));
    const char *dir = arena_strdup(&ld->arena, dir_len ? str_head(str_c(path), dir_len) : S("."));
    return access(special ? path : dir, W_OK) == 0 || diag_errno(&ld->diag, path, errno);
}

bool ld_check_outputs(struct ld *ld)
{
    struct outputs o = {.ld = ld};
    const struct ld_options *opt = &ld->opt;
    if (ld->outputs_checked) {
        return ld->outputs_good;
    }
    add(&o, "the output", opt->output);
    add(&o, "the map", opt->map_file);
    if (opt->pe.force_exe_suffix) {
        add(&o, "the copy of the output", arena_printf(&ld->arena, "%s.exe", opt->output));
    }
    add(&o, "the dependency file", opt->dependency_file);
    add(&o, "the import library", opt->pe.out_implib);
    add(&o, "the .def file", opt->pe.output_def);
    add(&o, "the tar of --reproduce", opt->reproduce);
    add(&o, "the time trace", opt->time_trace);
    bool good = check_trace(ld);
    for (size_t i = 0; i < o.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (same(&o.v[i], &o.v[k])) {
                good = diag_error(&ld->diag, "%s and %s are the same file: %s", o.v[k].what, o.v[i].what, o.v[i].path);
            }
        }
        for (size_t k = 0; o.v[i].exists && k < ld->inputs.n; k++) {
            if (file_same(&o.v[i].st, &ld->inputs.p[k]->file.st)) {
                good = diag_error(&ld->diag, "%s %s is also an input", o.v[i].what, o.v[i].path);
                break;
            }
        }
    }
    ld->outputs_checked = true;
    ld->outputs_good = good;
    return good;
}
