/* ld.c - the linker: the front pass list, shared by all output formats.

   options -> load -> resolve -> the backend's own list (ld/pe/link.c, ld/elf/link.c), which calls the
   shared passes of ld.h between its own: gc, icf, merge, layout, write.

   Barriers: after ld_load every unconditional input is parsed; after ld_resolve no symbol changes its
   definition and no file is added; layout fixes sizes and addresses; nothing but bytes changes after
   that. An error ends the link at the next checkpoint, before any output appears. */
#include "ld/ld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "applets/applet.h"
#include "config.h"
#include "ld/backend.h"
#include "ld/claims.h"
#include "ld/lto.h"
#include "ld/script.h"

/* ---- --stats ------------------------------------------------------------------------------------- */

struct ld_passes {
    struct pass_time {
        const char *name;
        double start, wall, cpu;
        uint64_t resident; /* MB at its end */
    } *p;
    size_t n, cap;
    VEC(struct count {
        const char *what;
        uint64_t n;
    }) counts;
    const char *current;
    double begin, wall0, cpu0;
};

static double clock_seconds(clockid_t c)
{
    struct timespec t;
    clock_gettime(c, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Megabytes of memory that the process holds now, 0 if the system does not say. */
static uint64_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long long total = 0, pages = 0;
    if (f) {
        if (fscanf(f, "%llu %llu", &total, &pages) != 2) {
            pages = 0;
        }
        fclose(f);
    }
    return pages * 4096 >> 20;
}

void ld_pass(struct ld *ld, const char *name)
{
    struct ld_passes *p = ld->passes;
    if (!p) {
        return;
    }
    double wall = clock_seconds(CLOCK_MONOTONIC), cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (p->current) {
        if (p->n == p->cap) {
            p->cap = p->cap ? p->cap * 2 : 32;
            p->p = xrealloc(p->p, p->cap * sizeof *p->p);
        }
        p->p[p->n++] = (struct pass_time){p->current, p->wall0 - p->begin, wall - p->wall0, cpu - p->cpu0, resident()};
    }
    p->current = name;
    p->wall0 = wall;
    p->cpu0 = cpu;
}

void ld_count(struct ld *ld, const char *what, uint64_t n)
{
    if (ld->passes) {
        vec_push(&ld->passes->counts, (struct count){what, n});
    }
}

/* --time-trace: the passes as chrome://tracing and its like read them. */
static void write_trace(struct ld *ld)
{
    const struct ld_passes *p = ld->passes;
    const char *path = *ld->opt.time_trace ? ld->opt.time_trace
                                           : arena_printf(&ld->arena, "%s.time-trace", ld->opt.output);
    struct buf b = {0};
    struct outfile out;
    buf_puts(&b, "{\"traceEvents\":[");
    for (size_t i = 0; i < p->n; i++) {
        buf_printf(&b, "%s{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":%.0f,\"dur\":%.0f,\"name\":", i ? "," : "",
                   p->p[i].start * 1e6, p->p[i].wall * 1e6);
        buf_json(&b, str_c(p->p[i].name));
        buf_printf(&b, ",\"args\":{\"cpu_us\":%.0f,\"resident_mb\":%llu}}", p->p[i].cpu * 1e6,
                   (unsigned long long)p->p[i].resident);
    }
    buf_puts(&b, "],\"displayTimeUnit\":\"ms\"}\n");
    int err = outfile_begin(&out, path, 0666);
    if (!err) {
        err = outfile_pwrite(&out, b.p, b.n, 0);
        err = err ? (outfile_abort(&out), err) : outfile_commit(&out);
    }
    if (err) {
        diag_errno(&ld->diag, path, err);
    }
    buf_free(&b);
}

static void print_stats(struct ld *ld)
{
    struct ld_passes *p = ld->passes;
    double wall = 0, cpu = 0;
    ld_pass(ld, NULL);
    if (ld->opt.time_trace && ld_check_outputs(ld)) {
        write_trace(ld);
    }
    if (!ld->opt.stats) {
        goto done;
    }
    fprintf(stderr, "%10s %10s %8s  pass\n", "wall ms", "cpu ms", "RSS MB");
    for (size_t i = 0; i < p->n; i++) {
        fprintf(stderr, "%10.2f %10.2f %8llu  %s\n", p->p[i].wall * 1e3, p->p[i].cpu * 1e3,
                (unsigned long long)p->p[i].resident, p->p[i].name);
        wall += p->p[i].wall;
        cpu += p->p[i].cpu;
    }
    fprintf(stderr, "%10.2f %10.2f %8s  total\n", wall * 1e3, cpu * 1e3, "");
    for (size_t i = 0; i < p->counts.n; i++) {
        fprintf(stderr, "%10llu %s\n", (unsigned long long)p->counts.p[i].n, p->counts.p[i].what);
    }
done:
    free(p->p);
    vec_free(&p->counts);
    free(p);
    ld->passes = NULL;
}

/* ---- what to link for ------------------------------------------------------------------------------ */

/* The system that this program runs on. */
static const char *host_emulation(void)
{
#if defined _WIN32 && defined __i386__
    return "i386pe";
#elif defined _WIN32
    return "i386pep";
#elif defined __aarch64__
    return "aarch64linux";
#elif defined __i386__
    return "elf_i386";
#else
    return "elf_x86_64";
#endif
}

/* The emulation by -m, else by the triplet in our own name, else by the first object, else the host's. */
static const struct ld_emulation *choose_emulation(struct ld *ld, const char *argv0)
{
    if (ld->opt.emulation) {
        return ld_find_emulation(str_c(ld->opt.emulation));
    }
    struct str prog = str_basename(str_c(argv0));
    static const struct {
        const char *prefix, *emulation;
    } triplets[] = {{"x86_64-w64-mingw32", "i386pep"},
                    {"i686-w64-mingw32", "i386pe"},
                    {"x86_64-linux", "elf_x86_64"},
                    {"i686-linux", "elf_i386"},
                    {"aarch64-linux", "aarch64linux"}};
    for (size_t i = 0; i < sizeof triplets / sizeof *triplets; i++) {
        if (str_starts(prog, str_c(triplets[i].prefix))) {
            return ld_find_emulation(str_c(triplets[i].emulation));
        }
    }
    for (size_t i = 0; i < ld->opt.args.n; i++) {
        const struct ld_arg *a = &ld->opt.args.p[i];
        struct file f;
        if (a->kind != ARG_FILE || file_open(&f, a->text, 0) != 0) {
            continue;
        }
        struct object obj;
        struct diag d;
        struct origin origin = {NULL, str_c(a->text), ORIGIN_FILE};
        const struct ld_emulation *hit = NULL;
        diag_child(&d, &ld->diag);
        if (obj_format_readable(obj_detect(f.data)) && obj_open(&obj, f.data, &origin, &d)) {
            bool elf = obj.format == OBJ_ELF;
            for (const struct ld_emulation *e = ld_emulations; e->name && !hit; e++) {
                hit = e->machine == obj.machine && elf == (strcmp(e->be->name, "elf") == 0) ? e : NULL;
            }
            obj_close(&obj);
        }
        diag_drop(&d);
        file_close(&f);
        if (hit) {
            return hit;
        }
    }
    return ld_find_emulation(str_c(host_emulation()));
}

/* Configure scripts read the first line. Linux's wants "GNU ld" as its first words and a version as the last one,
   CMake and glibc one behind "GNU ld (...)", meson takes the first number it sees, and libtool, which drops what
   stands in parentheses, gives no version scripts to a linker with a word that begins with 0. or 1. The version is
   that of the GNU ld whose features there are; ours has a line of its own, and -v, which is one line, says nothing
   of it. */
static void print_version(FILE *f, const struct ld_options *opt)
{
    fprintf(f, "GNU ld (%s, compatible with GNU linkers) 2.40\n", PACKAGE_NAME);
    if (opt->print_version || opt->print_emulations) {
        fprintf(f, "%s ld %s\n", PACKAGE_NAME, PACKAGE_VERSION);
    }
    if (opt->print_emulations) {
        fprintf(f, "  Supported emulations:\n");
        for (const struct ld_emulation *e = ld_emulations; e->name; e++) {
            fprintf(f, "   %s\n", e->name);
        }
    }
}

static bool start(struct ld *ld, const char *argv0)
{
    const struct ld_emulation *e = choose_emulation(ld, argv0);
    ld->emulation = e->name;
    ld->be = e->be;
    ld->machine = e->machine;
    ld->arch = ld_find_arch(e->machine);
    ld->diag.fatal_warnings = ld->opt.fatal_warnings;
    ld->diag.no_warnings = ld->opt.no_warnings;
    ld->pool = pool_new((unsigned)ld->opt.threads);
    ld->worker_arena = xcalloc(pool_threads(ld->pool), sizeof *ld->worker_arena);
    ld->scratch = xcalloc(pool_threads(ld->pool), sizeof *ld->scratch);
    ld->brief_arena = xcalloc(pool_threads(ld->pool), sizeof *ld->brief_arena);
    for (unsigned i = 0; i < pool_threads(ld->pool); i++) {
        ld->worker_arena[i].large_from = ld->brief_arena[i].large_from = 1 << 20; /* files' tables */
        ld->worker_arena[i].dear = ld->brief_arena[i].dear = &ld->dear_pages;
    }
    ld->arena.large_from = 8 << 20;
    ld->arena.dear = &ld->dear_pages;
    if (ld->opt.stats || ld->opt.time_trace) {
        ld->passes = xcalloc(1, sizeof *ld->passes);
        ld->passes->begin = clock_seconds(CLOCK_MONOTONIC);
    }
    vec_push(&ld->osecs, NULL);
    vec_push(&ld->files, NULL);
    struct ld_file *self = ARENA_NEW(&ld->arena, struct ld_file);
    self->idx = 1;
    self->kind = LD_INTERNAL;
    diag_child(&self->diag, &ld->diag);
    vec_push(&ld->files, self);
    ld->opt.output_named = ld->opt.output != NULL;
    return ld_lto_check(ld) && ld->be->start(ld) &&
           (!ld->opt.output_format || ld_output_format(ld, str_c(ld->opt.output_format), "--oformat"));
}

/* Memory that resolution alone needed: several megabytes of a large link. */
static void drop_brief(struct ld *ld)
{
    for (unsigned i = 0; ld->pool && i < pool_threads(ld->pool); i++) {
        arena_free(&ld->brief_arena[i]);
        buf_free(&ld->scratch[i]);
    }
    ld_claims_free(ld);
}

static bool link_passes(struct ld *ld)
{
    if (ld->opt.verbose && !ld_print_script(ld)) {
        return false;
    }
    if (ld->opt.print_output_format) {
        const struct ld_emulation *e = ld_find_emulation(str_c(ld->emulation));
        printf("%s\n", ld->opt.kind == OUT_RELOCATABLE ? e->object_format : e->format);
    }
    if ((ld->opt.verbose || ld->opt.print_output_format) && ld->opt.args.n == 0) {
        return true;
    }
    ld_pass(ld, "load");
    if ((ld->opt.args.n || ld->opt.scripts.n || ld->opt.mri_scripts.n) &&
        (!ld_begin_defsyms(ld) || !ld_read_retained(ld) || !ld_load(ld))) {
        return false;
    }
    if (ld->opt.args.n == 0 && ld->items.n == 0) { /* scripts may name some */
        return diag_error(&ld->diag, "no input files");
    }
    /* Beyond this point every input of the command line is known. */
    ld_pass(ld, "resolve");
    if (!ld_resolve(ld) || !ld_undefined_globs(ld) || !ld_lto_run(ld)) {
        return false;
    }
    /* Beyond this point no file is added and no symbol changes its definition. */
    if (!ld_finish_defsyms(ld)) {
        return false;
    }
    ld_trace_symbols(ld);
    ld_why_without_gc(ld);
    if (!ld_check_resolution(ld)) {
        return false;
    }
    drop_brief(ld);
    return ld->be->link(ld) && diag_ok(&ld->diag);
}

/* What is mapped or allocated is given back to keep leak checkers and fuzzers honest; a process that
   ends anyway leaves it to the system. */
static void end(struct ld *ld)
{
    ld_lto_end(ld);
    if (ld->be && ld->be->end) {
        ld->be->end(ld);
    }
    ld_merge_free(ld);
    for (size_t i = 1; i < ld->files.n; i++) {
        vec_free(&ld->files.p[i]->undefs);
    }
    for (size_t k = 0; k < ld->items.n; k++) {
        if (ld->items.p[k].file) {
            diag_drop(&ld->items.p[k].file->diag);
            obj_close(&ld->items.p[k].file->obj);
        }
    }
    for (size_t k = 0; k < ld->archives.n; k++) {
        struct ld_archive *a = ld->archives.p[k];
        free(a->gnames);
        for (uint32_t m = 0; m < a->n_members; m++) {
            if (a->members[m].file) {
                diag_drop(&a->members[m].file->diag);
                obj_close(&a->members[m].file->obj);
            }
        }
        arena_free(&a->arena);
    }
    for (size_t i = 0; i < ld->inputs.n; i++) {
        file_close(&ld->inputs.p[i]->file);
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        vec_free(&ld->osecs.p[i]->chunks);
    }
    drop_brief(ld);
    for (unsigned i = 0; ld->pool && i < pool_threads(ld->pool); i++) {
        arena_free(&ld->worker_arena[i]);
    }
    free(ld->worker_arena);
    free(ld->brief_arena);
    free(ld->scratch);
    if (ld->pool) {
        pool_free(ld->pool);
    }
    ld_symtab_free(&ld->tab);
    free(ld->open_entry);
    for (struct script *sc = ld->script; sc; sc = sc->next) {
        script_free(sc);
    }
    if (ld->versions) {
        verscript_free(ld->versions);
    }
    strmap_free(&ld->input_by_path);
    strmap_free(&ld->libs_found);
    strmap_free(&ld->retained);
    strmap_free(&ld->osec_by_name);
    vec_free(&ld->files);
    vec_free(&ld->inputs);
    vec_free(&ld->items);
    vec_free(&ld->archives);
    vec_free(&ld->osecs);
    vec_free(&ld->internal_chunks);
    ld_free_options(&ld->opt);
    arena_free(&ld->arena);
}

/* --color-diagnostics[=always|auto|never]; off unless asked for, as in GNU ld. */
static bool wants_color(const char *when)
{
    return when && (strcmp(when, "always") == 0 || (strcmp(when, "auto") == 0 && isatty(STDERR_FILENO)));
}

static int run(int argc, char **argv, bool process_ends)
{
    struct ld ld = {.entry = LD_NO_SYM, .argc = argc, .argv = argv};
    file_set_prog("objkit ld: error");
    diag_init(&ld.diag, "objkit ld");
    ld.diag.name_severity = true;
    bool ok = ld_parse_options(&ld, argc, argv);
    ld.diag.color = wants_color(ld.opt.color);
    if (ok && ld.opt.print_sysroot) {
        printf("%s\n", ld.opt.sysroot ? ld.opt.sysroot : "");
        goto done;
    }
    if (ok && (ld.opt.print_help || ld.opt.print_version || ld.opt.version_and_go_on || ld.opt.print_emulations)) {
        if (ld.opt.print_help) {
            ld_print_help();
        } else {
            print_version(stdout, &ld.opt);
        }
        if (ld.opt.print_help || ld.opt.print_version || ld.opt.args.n == 0) {
            goto done;
        }
    }
    ok = ok && start(&ld, argv[0]);
    bool started = ok;
    ok = ok && link_passes(&ld);
    ok = (!started || ld_reproduce(&ld)) && ok;
    if (ld.passes) {
        print_stats(&ld);
    }
done:
    if (ld.files.n) {
        ld_checkpoint(&ld);
    }
    ok = diag_finish(&ld.diag) && ok;
    if (process_ends) {
        ld_lto_end(&ld);
    } else {
        end(&ld);
    }
    return ok ? 0 : 1;
}

int ld_run(int argc, char **argv)
{
    return run(argc, argv, false);
}

int ld_main(int argc, char **argv)
{
    return applet_close_stdout("objkit ld", run(argc, argv, !BASE_SANITIZED));
}
