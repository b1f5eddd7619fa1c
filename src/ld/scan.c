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
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
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

/* The relocations of the sections that come next are asked for. */
static void fetch_ahead(const struct ld_file *f, uint32_t k)
{
    enum { AHEAD = 4 };
    if (k + AHEAD < f->n_live) {
        uint32_t s = f->live[k + AHEAD];
        uint64_t at = f->obj.sections[s].reloc_off;
        __builtin_prefetch(at < f->obj.bytes.len ? f->obj.bytes.p + at : NULL);
        __builtin_prefetch(&f->chunks[s]);
    }
}

static void scan_file(void *ctx, size_t i, unsigned worker)
{
    struct scan_job *job = ctx;
    struct ld_file *f = job->ld->files.p[i + 2];
    (void)worker;
    if (f->kind != LD_OBJECT || f->bad || f->skip) {
        return;
    }
    for (uint32_t k = 0; k < f->n_live; k++) {
        uint32_t s = f->live[k];
        struct ld_chunk *c = &f->chunks[s];
        fetch_ahead(f, k);
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

__attribute__((format(printf, 7, 0))) static void report_at(struct ld *ld, struct ld_file *f,
                                                            enum severity sev, uint32_t sec,
                                                            uint64_t off, struct str symbol,
                                                            const char *fmt, va_list ap)
{
    struct buf b = {0};
    if (sec && sec < f->obj.n_sections) {
        buf_str(&b, f->obj.sections[sec].name);
        buf_printf(&b, "+0x%llx: ", (unsigned long long)off);
    }
    buf_vprintf(&b, fmt, ap);
    if (ld->late) {
        ld_late_add(ld, f, sev, sec, off, symbol, (struct str){b.p, b.n});
    } else {
        diag_report(&f->diag, sev, ld_file_origin(f), DIAG_NO_OFFSET, "%.*s", (int)b.n, b.p);
    }
    buf_free(&b);
}

void ld_error_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report_at(ld, f, SEV_ERROR, sec, off, S(""), fmt, ap);
    va_end(ap);
}

void ld_reloc_error(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, struct str symbol,
                    const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report_at(ld, f, SEV_ERROR, sec, off, symbol, fmt, ap);
    va_end(ap);
}

void ld_warn_at(struct ld *ld, struct ld_file *f, uint32_t sec, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report_at(ld, f, SEV_WARNING, sec, off, S(""), fmt, ap);
    va_end(ap);
}

bool ld_checkpoint(struct ld *ld)
{
    for (size_t i = 1; i < ld->files.n; i++) {
        diag_merge(&ld->diag, &ld->files.p[i]->diag);
    }
    return diag_ok(&ld->diag);
}
