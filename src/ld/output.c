/* output.c - writing the image: each chunk is copied, relocated and written while it is hot.

   The output is cut into blocks of about a quarter of a megabyte along chunk borders. A worker builds a block in
   its own buffer (which stays in its cache) and writes it with one pwrite: no page of the output is
   ever mapped, and no input byte is touched twice.

   The system lets one thread at a time write to a file; the others would wait for it, spinning. So a worker that
   finds another one writing keeps its block and builds the next: they are written together. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ld/backend.h"
#include "ld/ld.h"
#include "ld/script_layout.h"

enum {
    BLOCK = 256 << 10, /* what a block is read from, itself, and what is read beside it fit into a processor's cache */
    LARGE_BLOCK = 4 * BLOCK,
    MAX_READY = 3,
    FORGET_FROM = 32 << 20
};

struct block {
    const struct ld_osec *os;
    size_t first, end;        /* chunks */
    uint64_t off, len;        /* in the section */
    bool part;                /* of the one chunk */
};

struct write_job {
    struct ld *ld;
    const struct ld_image *img;
    uint8_t *memory;          /* ld_build_section: where the section is built; else NULL */
    struct outfile out;
    VEC(struct block) blocks;
    struct writer {           /* per worker: blocks that are built and not yet written */
        struct ready {
            uint8_t *p;
            size_t cap, len;
            uint64_t off;     /* in the file */
        } v[MAX_READY];
        unsigned n;
    } *writers;
    pthread_mutex_t writing;
    uint64_t forget_every;    /* bytes of output */
    _Atomic int err;
    _Atomic uint64_t written;
};

/* The output goes section by section through all inputs: what was read for one section is seldom needed for the
   next. It is given back when it may have become twice as much as the link's own tables: mapping pages again
   costs time. */
static uint64_t forget_every(const struct ld *ld)
{
    uint64_t own = ld->arena.total;
    for (unsigned i = 0; i < pool_threads(ld->pool); i++) {
        own += ld->worker_arena[i].total;
    }
    return own * 2 > FORGET_FROM ? own * 2 : FORGET_FROM;
}

/* Cuts a section into blocks; the last one ends with the section. */
static void cut_section(struct write_job *job, const struct ld_osec *os)
{
    uint64_t total = os->file_size < os->size ? os->file_size : os->size;
    size_t first = 0;
    uint64_t start = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        uint64_t next = i + 1 < os->chunks.n ? os->chunks.p[i + 1]->off : total;
        if (c->flags & (LDC_PARTS | LDC_NOBITS) && c->size > BLOCK) { /* a small input may ask for many zeros */
            vec_push(&job->blocks, (struct block){os, first, i, start, c->off - start, false});
            for (start = c->off; start < next; start += BLOCK) {
                uint64_t n = next - start < BLOCK ? next - start : BLOCK;
                vec_push(&job->blocks, (struct block){os, i, i + 1, start, n, true});
            }
            first = i + 1;
            start = next;
        } else if (next - start >= BLOCK || i + 1 == os->chunks.n) {
            vec_push(&job->blocks, (struct block){os, first, i + 1, start, next - start, false});
            first = i + 1;
            start = next;
        }
    }
}

/* A large section is read straight into the block: cheaper than faulting its pages in. */
enum { READ_FROM = 32 << 10 };

static void copy_section(const struct ld_file *f, struct view v, uint8_t *out, size_t n)
{
    const struct file *in = f->input ? &f->input->file : NULL;
    if (n >= READ_FROM && in && in->fd >= 0 && in->mapped && v.p >= in->data.p &&
        v.p < in->data.p + in->data.len) {
        size_t got = 0;
        while (got < n) {
            ssize_t r = pread(in->fd, out + got, n - got, (off_t)(v.p - in->data.p) + (off_t)got);
            if (r <= 0) {
                break;
            }
            got += (size_t)r;
        }
        if (got == n) {
            return;
        }
    }
    memcpy(out, v.p, n);
}

/* Two sections of one file may be inflated by two workers: nothing of the file is changed. */
static void inflate_chunk(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    uint64_t len;
    const char *why = NULL;
    if (obj_section_size(&c->file->obj, c->sec, &len)) { /* what is wrong with the header was said when it was read */
        len = len < c->size ? len : c->size;
        why = obj_section_inflate(&c->file->obj, c->sec, out, len);
        memset(out + len, 0, (size_t)(c->size - len));
    }
    if (why) {
        ld_error_at(ld, c->file, c->sec, 0, "the compressed section %s", why);
    }
}

static void build_chunk(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    if (c->flags & LDC_NOBITS || c->size == 0) {
        memset(out, 0, (size_t)c->size);
    } else if (c->ops) {
        c->ops->write(ld, c, out);
    } else {
        const struct section *s = &c->file->obj.sections[c->sec];
        if (s->flags & SEC_COMPRESSED) {
            inflate_chunk(ld, c, out);
        } else {
            size_t n = (size_t)(s->data.len < c->size ? s->data.len : c->size);
            if (n) {
                copy_section(c->file, s->data, out, n);
            }
            memset(out + n, 0, (size_t)c->size - n);
        }
        if (!(c->flags & LDC_NO_RELOC) && c->file->obj.sections[c->sec].n_relocs) {
            ld->be->relocate(ld, c, out);
        }
        if (c->flags & LDC_PATCHED) {
            ld->be->patch(ld, c, out);
        }
    }
}

/* N bytes at P, offset OFF of OS, that no chunk fills. */
static void fill_gap(const struct ld_osec *os, uint64_t off, uint8_t *p, uint64_t n)
{
    const struct ld_fill *with = NULL;
    for (const struct ld_fill *f = os->fills; f && f->off <= off; f = f->next) {
        with = f;
    }
    if (!with || !with->pattern.len) {
        memset(p, os->fill, (size_t)n);
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        p[i] = (uint8_t)with->pattern.p[i % with->pattern.len];
    }
}

void ld_fetch_ahead(struct ld_chunk *const *v, size_t i, size_t end)
{
    enum { CHUNK = 12, SECTION = 8, BYTES = 4, LINE = 64, MOST = 4 * LINE };
    if (i + CHUNK >= end) {
        return;
    }
    __builtin_prefetch(v[i + CHUNK]);
    const struct ld_chunk *c = v[i + SECTION];
    if (c->sec && !c->ops) {
        __builtin_prefetch(&c->file->obj.sections[c->sec]);
        __builtin_prefetch(&c->file->obj.sections[c->sec].reloc_off);
    }
    c = v[i + BYTES];
    if (c->sec && !c->ops) {
        const struct section *s = &c->file->obj.sections[c->sec];
        for (uint64_t at = 0; at < s->data.len && at < MOST; at += LINE) {
            __builtin_prefetch(s->data.p + at);
        }
        if (s->n_relocs && s->reloc_off < c->file->obj.bytes.len) {
            __builtin_prefetch(c->file->obj.bytes.p + s->reloc_off);
        }
    }
}

static void build_block(struct ld *ld, const struct block *b, uint8_t *p)
{
    uint64_t at = 0;
    if (b->part) {
        const struct ld_chunk *c = b->os->chunks.p[b->first];
        uint64_t from = b->off - c->off, n = from < c->size ? c->size - from : 0;
        at = n < b->len ? n : b->len;
        if (c->flags & LDC_NOBITS) {
            memset(p, 0, (size_t)at);
        } else {
            ((const struct ld_part_ops *)(const void *)c->ops)->write_part(ld, c, from, at, p);
        }
    }
    for (size_t i = b->first; !b->part && i < b->end; i++) {
        const struct ld_chunk *c = b->os->chunks.p[i];
        uint64_t off = c->off - b->off;
        ld_fetch_ahead(b->os->chunks.p, i, b->end);
        fill_gap(b->os, b->off + at, p + at, off - at);
        build_chunk(ld, c, p + off);
        at = off + c->size;
    }
    fill_gap(b->os, b->off + at, p + at, b->len - at);
}

/* Writes what W has; unless it MUST, only if nobody else is writing. */
static void write_ready(struct write_job *job, struct writer *w, bool must)
{
    if (w->n == 0 || (must ? pthread_mutex_lock(&job->writing) : pthread_mutex_trylock(&job->writing)) != 0) {
        return;
    }
    for (unsigned i = 0; i < w->n; i++) {
        int err = outfile_pwrite(&job->out, w->v[i].p, w->v[i].len, w->v[i].off);
        if (err) {
            job->err = err;
        }
    }
    w->n = 0;
    pthread_mutex_unlock(&job->writing);
}

/* Where W builds a block of N bytes. */
static struct ready *next_ready(struct write_job *job, struct writer *w, uint64_t n)
{
    if (n > LARGE_BLOCK) {
        write_ready(job, w, true); /* one large buffer is enough */
    }
    struct ready *r = &w->v[w->n++];
    if (r->cap < n) {
        free(r->p);
        r->cap = (size_t)n + (n < 2 * BLOCK ? 2 * BLOCK : 0);
        r->p = xmalloc(r->cap);
    }
    return r;
}

static void write_block(void *ctx, size_t i, unsigned worker)
{
    struct write_job *job = ctx;
    const struct block *b = &job->blocks.p[i];
    if (job->err || b->len == 0) {
        return;
    }
    struct writer *w = &job->writers[worker];
    struct ready *r = next_ready(job, w, b->len);
    r->len = (size_t)b->len;
    r->off = b->os->file_off + b->off;
    build_block(job->ld, b, r->p);
    if (job->img->after_block) {
        job->img->after_block(job->ld, r->off, r->p, r->len, worker);
    }
    write_ready(job, w, w->n == MAX_READY || r->len > LARGE_BLOCK);
    uint64_t before = atomic_fetch_add(&job->written, b->len);
    if (before / job->forget_every != (before + b->len) / job->forget_every) {
        ld_forget_inputs(job->ld);
    }
}

static void write_blocks(struct write_job *job)
{
    unsigned n = pool_threads(job->ld->pool);
    job->writers = xcalloc(n, sizeof *job->writers);
    pthread_mutex_init(&job->writing, NULL);
    ld_late_begin(job->ld);
    parallel_for(job->ld->pool, job->blocks.n, 1, write_block, job);
    ld_late_end(job->ld);
    for (unsigned i = 0; i < n; i++) {
        write_ready(job, &job->writers[i], true);
        for (int k = 0; k < MAX_READY; k++) {
            free(job->writers[i].v[k].p);
        }
    }
    pthread_mutex_destroy(&job->writing);
    free(job->writers);
}

static void build_in_memory(void *ctx, size_t i, unsigned worker)
{
    struct write_job *job = ctx;
    const struct block *b = &job->blocks.p[i];
    (void)worker;
    if (b->len) {
        build_block(job->ld, b, job->memory + b->off);
    }
}

void ld_build_section(struct ld *ld, const struct ld_osec *os, uint8_t *out)
{
    struct write_job job = {.ld = ld, .memory = out};
    cut_section(&job, os);
    ld_late_begin(ld);
    parallel_for(ld->pool, job.blocks.n, 1, build_in_memory, &job);
    ld_late_end(ld);
    vec_free(&job.blocks);
}

static bool fail(struct write_job *job, int err)
{
    outfile_abort(&job->out);
    return err ? diag_errno(&job->ld->diag, job->ld->opt.output, err) : false;
}

bool ld_write(struct ld *ld, const struct ld_image *img)
{
    struct write_job job = {.ld = ld, .img = img, .forget_every = forget_every(ld)};
    if (ld->file_size > LIMIT_LD_OUTPUT && !ld->opt.force_large_output) {
        return diag_error(&ld->diag, "the output would have %llu bytes; --force-large-output allows it",
                          (unsigned long long)ld->file_size);
    }
    if (!ld_check_outputs(ld)) {
        return false;
    }
    int err = outfile_begin(&job.out, ld->opt.output, ld->opt.kind == OUT_RELOCATABLE ? 0666 : 0777);
    if (err) {
        return diag_errno(&ld->diag, ld->opt.output, err);
    }
    if (ftruncate(job.out.fd, (off_t)ld->file_size) != 0 && errno != EINVAL) {
        return fail(&job, errno);
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        const struct ld_osec *os = ld->osecs.p[i];
        if (os->number && !os->nobits && os->file_size) {
            cut_section(&job, os);
        }
    }
    write_blocks(&job);
    vec_free(&job.blocks);
    err = job.err;
    if (!err) {
        err = outfile_pwrite(&job.out, img->head, img->head_len, 0);
    }
    if (err) {
        return fail(&job, err);
    }
    if (!ld_checkpoint(ld) || (img->finish && !img->finish(ld, &job.out))) {
        return fail(&job, 0);
    }
    /* The files beside the image come first: without them there is none. */
    ld_pass(ld, "reports");
    if (ld->opt.print_memory_usage) {
        ld_script_print_memory(ld);
    }
    if (!ld_write_map(ld) || !ld_write_dependencies(ld) || !ld_reproduce(ld) || (img->beside && !img->beside(ld))) {
        return fail(&job, 0);
    }
    ld_pass(ld, "rename");
    err = outfile_commit(&job.out);
    ld->phase = PHASE_WRITTEN;
    return err ? diag_errno(&ld->diag, ld->opt.output, err) : true;
}
