/* scan.c - walking all relocations once, and reporting what they miss. */
#include <stdlib.h>
#include <string.h>

#include "base/demangle.h"
#include "ld/backend.h"
#include "ld/ld.h"

struct scan_job {
    struct ld *ld;
    bool debug;
    ld_scan_fn fn;         /* one of these */
    ld_scan_sec_fn sec_fn;
    _Atomic bool bad;
};

static bool scan_section(struct scan_job *job, struct ld_file *f, struct ld_chunk *c)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    if (!obj_reloc_start(&f->obj, c->sec, &it)) {
        return false;
    }
    if (job->sec_fn) {
        job->sec_fn(job->ld, f, c, &it);
        return !it.bad;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        job->fn(job->ld, f, c, block, n);
    }
    return !it.bad;
}

static void scan_file(void *ctx, size_t i, unsigned worker)
{
    struct scan_job *job = ctx;
    struct ld_file *f = job->ld->files.p[i + 2];
    (void)worker;
    if (f->kind != LD_OBJECT || f->bad || f->skip) {
        return;
    }
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        struct ld_chunk *c = &f->chunks[s];
        if (f->obj.sections[s].n_relocs == 0 || !(c->flags & LDC_LIVE) ||
            (c->flags & LDC_DEBUG && !job->debug)) {
            continue;
        }
        if (!scan_section(job, f, c)) {
            job->bad = true;
        }
    }
}

static bool scan_all(struct scan_job *job)
{
    struct ld *ld = job->ld;
    if (ld->files.n > 2) {
        parallel_for(ld->pool, ld->files.n - 2, 1, scan_file, job);
    }
    return ld_checkpoint(ld) && !job->bad;
}

bool ld_scan_relocs(struct ld *ld, bool debug, ld_scan_fn fn)
{
    struct scan_job job = {.ld = ld, .debug = debug, .fn = fn};
    return scan_all(&job);
}

bool ld_scan_sections(struct ld *ld, ld_scan_sec_fn fn)
{
    struct scan_job job = {.ld = ld, .sec_fn = fn};
    return scan_all(&job);
}

/* ---- messages ---------------------------------------------------------------------------------- */

const char *ld_show(struct ld *ld, struct arena *a, struct str name)
{
    struct buf b = {0};
    bool strip = ld->be && ld->machine == MACH_I386 && ld->be == &pe_backend;
    if (ld->opt.no_demangle || !demangle(&b, name, strip)) {
        return arena_strdup(a, name);
    }
    const char *nice = arena_strdup(a, (struct str){b.p, b.n});
    buf_free(&b);
    return nice;
}

__attribute__((format(printf, 6, 0))) static void report_at(struct ld *ld, struct ld_file *f,
                                                            enum severity sev, uint32_t sec,
                                                            uint64_t off, const char *fmt, va_list ap)
{
    (void)ld;
    struct buf b = {0};
    if (sec && sec < f->obj.n_sections) {
        buf_str(&b, f->obj.sections[sec].name);
        buf_printf(&b, "+0x%llx: ", (unsigned long long)off);
    }
    buf_vprintf(&b, fmt, ap);
    diag_report(&f->diag, sev, ld_file_origin(f), DIAG_NO_OFFSET, "%.*s", (int)b.n, b.p);
    buf_free(&b);
}

void ld_error_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report_at(ld, f, SEV_ERROR, sec, off, fmt, ap);
    va_end(ap);
}

void ld_warn_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report_at(ld, f, SEV_WARNING, sec, off, fmt, ap);
    va_end(ap);
}

bool ld_checkpoint(struct ld *ld)
{
    for (size_t i = 1; i < ld->files.n; i++) {
        diag_merge(&ld->diag, &ld->files.p[i]->diag);
    }
    return diag_ok(&ld->diag);
}

/* ---- undefined symbols ----------------------------------------------------------------------------- */

void ld_note_undef(struct ld_file *f, uint32_t id, uint32_t sec, uint64_t off)
{
    /* One note per symbol and section is enough: references cluster. */
    if (f->undefs.n && f->undefs.p[f->undefs.n - 1].id == id &&
        f->undefs.p[f->undefs.n - 1].sec == sec) {
        return;
    }
    vec_push(&f->undefs, (struct ld_undef){id, sec, off});
}

/* "main" for a reference inside it, else the section's name and offset. */
static void print_place(struct ld *ld, const struct ld_file *f, const struct ld_undef *u)
{
    const struct symbol *best = NULL;
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (s->sec == u->sec && s->value <= u->off && s->type != SYM_SECTION &&
            !(s->flags & SYMF_SECTION_DEF) && (!best || s->value > best->value)) {
            best = s;
        }
    }
    diag_continue(&ld->diag, ">>> referenced by %s:(%.*s+0x%llx)%s%s", ld_file_name(ld, f),
                  Q(f->obj.sections[u->sec].name), (unsigned long long)u->off, best ? " in " : "",
                  best ? ld_show(ld, &ld->arena, best->name) : "");
}

struct missing {
    uint32_t id, n;
    struct {
        struct ld_file *f;
        struct ld_undef u;
    } refs[3];
};

/* A defined name that differs from NAME only by decoration, or NULL. */
static const char *hint(struct ld *ld, struct str name)
{
    static const char *const forms[] = {"_", "__imp_", "__imp__"};
    struct arena *a = &ld->arena;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *cand = arena_printf(a, "%s%.*s", forms[i], Q(name));
        uint32_t id = ld_lookup(ld, str_c(cand));
        if (id != LD_NO_SYM && ld_is_defined(ld_sym(ld, id))) {
            return cand;
        }
        struct str pre = str_c(forms[i]);
        if (str_starts(name, pre)) {
            id = ld_lookup(ld, str_skip(name, pre.len));
            if (id != LD_NO_SYM && ld_is_defined(ld_sym(ld, id))) {
                return arena_strdup(a, str_skip(name, pre.len));
            }
        }
    }
    return NULL;
}

/* A C++ definition whose plain name is NAME: a missing extern "C". */
static const char *hint_cxx(struct ld *ld, struct str name)
{
    const char *prefix = arena_printf(&ld->arena, "_Z%zu%.*s", name.len, Q(name));
    for (size_t k = 1; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_syms; i++) {
            if (f->ids[i] != LD_NO_SYM && f->syms[i].sec != SEC_UNDEF &&
                str_starts(f->syms[i].name, str_c(prefix))) {
                return ld_show(ld, &ld->arena, f->syms[i].name);
            }
        }
    }
    return NULL;
}

static void report_one(struct ld *ld, const struct missing *m)
{
    struct str name = ld_sym_name(ld, m->id);
    enum severity sev = ld->opt.warn_unresolved || ld->opt.noinhibit_exec ? SEV_WARNING : SEV_ERROR;
    diag_report(&ld->diag, sev, NULL, DIAG_NO_OFFSET, "undefined reference to '%s'",
                ld_show(ld, &ld->arena, name));
    for (uint32_t i = 0; i < m->n && i < 3; i++) {
        print_place(ld, m->refs[i].f, &m->refs[i].u);
    }
    if (m->n > 3) {
        diag_continue(&ld->diag, ">>> referenced %u more times", m->n - 3);
    }
    const char *near = hint(ld, name);
    if (near) {
        diag_continue(&ld->diag, ">>> did you mean: %s", near);
    } else if (!str_starts(name, S("_Z")) && (near = hint_cxx(ld, name)) != NULL) {
        diag_continue(&ld->diag, ">>> did you mean to declare %s as extern \"C\"?", near);
    }
}

/* --unresolved-symbols: are undefined symbols of objects to be let through? Shared libraries' are the
   backend's business. */
static bool lets_through(struct ld *ld)
{
    const char *how = ld->opt.unresolved_symbols;
    if (!how || strcmp(how, "report-all") == 0 || strcmp(how, "ignore-in-shared-libs") == 0) {
        return false;
    }
    if (strcmp(how, "ignore-all") != 0 && strcmp(how, "ignore-in-object-files") != 0) {
        diag_error(&ld->diag, "--unresolved-symbols=%s: unknown method", how);
    }
    return true;
}

bool ld_report_undefined(struct ld *ld)
{
    if (lets_through(ld)) {
        return diag_ok(&ld->diag);
    }
    VEC(struct missing) list = {0};
    uint32_t *seen = NULL; /* by id: index + 1 in list */
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (size_t i = 0; i < f->undefs.n; i++) {
            const struct ld_undef *u = &f->undefs.p[i];
            seen = seen ? seen : xcalloc(ld->tab.cap, sizeof *seen);
            if (!seen[u->id]) {
                vec_push(&list, (struct missing){.id = u->id});
                seen[u->id] = (uint32_t)list.n;
            }
            struct missing *m = &list.p[seen[u->id] - 1];
            if (m->n < 3) {
                m->refs[m->n].f = f;
                m->refs[m->n].u = *u;
            }
            m->n++;
        }
    }
    for (size_t i = 0; i < list.n; i++) {
        if (ld->opt.error_limit && i >= ld->opt.error_limit) {
            diag_error(&ld->diag, "too many errors: %zu more undefined symbols (--error-limit=0 shows all)",
                       list.n - i);
            break;
        }
        report_one(ld, &list.p[i]);
    }
    vec_free(&list);
    free(seen);
    return diag_ok(&ld->diag);
}
