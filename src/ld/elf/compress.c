/* compress.c - --compress-debug-sections: debugging information in the form of SHF_COMPRESSED.

   When all addresses are known, each debug section is built in memory, cut into blocks that are compressed
   in parallel, and replaced by the result if that is smaller. Then the sections behind it move up in the
   file. Source: gABI, "Section Compression". */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"
#include "obj/inflate.h"

enum { BLOCK = 1 << 20 };

struct pack {
    enum inflate_method method;
    int level;
    const uint8_t *in;
    uint64_t len;
    size_t n;              /* blocks */
    struct buf *out;       /* [n] */
    uint32_t *checks;
    uint64_t *lens;
    _Atomic bool failed;
};

static void pack_block(void *ctx, size_t i, unsigned worker)
{
    struct pack *p = ctx;
    uint64_t from = (uint64_t)i * BLOCK;
    (void)worker;
    p->lens[i] = p->len - from < BLOCK ? p->len - from : BLOCK;
    if (!deflate_block(p->method, p->level, p->in + from, (size_t)p->lens[i], i + 1 == p->n, &p->out[i],
                       &p->checks[i])) {
        p->failed = true;
    }
}

static void put_header(const struct elf_link *e, const struct pack *p, const struct ld_osec *os, struct buf *b)
{
    uint32_t type = p->method == INFLATE_ZLIB ? ELFCOMPRESS_ZLIB : ELFCOMPRESS_ZSTD;
    uint64_t align = UINT64_C(1) << os->align_p2;
    buf_u32(b, false, type);
    if (e->word == 8) {
        buf_u32(b, false, 0);
        buf_u64(b, false, p->len);
        buf_u64(b, false, align);
    } else {
        buf_u32(b, false, (uint32_t)p->len);
        buf_u32(b, false, (uint32_t)align);
    }
}

/* The compressed section in B; false if it is no smaller. */
static bool pack_section(struct ld *ld, struct pack *p, const struct ld_osec *os, struct buf *b)
{
    p->n = (size_t)((p->len + BLOCK - 1) / BLOCK);
    p->out = xcalloc(p->n, sizeof *p->out);
    p->checks = xcalloc(p->n, sizeof *p->checks);
    p->lens = xcalloc(p->n, sizeof *p->lens);
    parallel_for(ld->pool, p->n, 1, pack_block, p);
    put_header(elf_of_ld(ld), p, os, b);
    deflate_head(p->method, p->level, b);
    for (size_t i = 0; i < p->n; i++) {
        buf_add(b, p->out[i].p, p->out[i].n);
        buf_free(&p->out[i]);
    }
    deflate_tail(p->method, p->checks, p->lens, p->n, b);
    free(p->out);
    free(p->checks);
    free(p->lens);
    return !p->failed && b->n < p->len;
}

static void write_packed(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    memcpy(out, c->priv, (size_t)c->size);
}

static void replace(struct ld *ld, struct ld_osec *os, const struct buf *b)
{
    static const struct ld_chunk_ops ops = {"compressed", write_packed};
    void *keep = arena_alloc(&ld->arena, b->n);
    memcpy(keep, b->p, b->n);
    struct ld_chunk *c = ld_new_chunk(ld, &ops, b->n, elf_of_ld(ld)->word == 8 ? 3 : 2, keep);
    ld_merge_free_section(os);
    os->chunks.n = 0;
    os->align_p2 = 0;
    ld_osec_add(ld, os, c);
    ld_layout_osec(os);
    os->raw_flags |= SHF_COMPRESSED;
    os->raw_flags &= ~(uint64_t)(SHF_MERGE | SHF_STRINGS);
    os->entsize = 0;
    os->file_size = os->size;
}

/* The method that --compress-debug-sections names; false: none, or an error. */
static bool method_of(struct ld *ld, enum inflate_method *m)
{
    const char *how = ld->opt.elf.compress_debug;
    if (!how || strcmp(how, "none") == 0) {
        return false;
    }
    *m = strcmp(how, "zstd") == 0 ? INFLATE_ZSTD : INFLATE_ZLIB;
    if (*m == INFLATE_ZLIB && strcmp(how, "zlib") != 0 && strcmp(how, "zlib-gabi") != 0) {
        return diag_error(&ld->diag, "--compress-debug-sections=%s: it is none, zlib, zlib-gabi or zstd", how);
    }
    return deflate_available(*m) ||
           diag_error(&ld->diag, "--compress-debug-sections=%s: this build has no zstd", how);
}

/* After values are set: the contents are final. */
bool elf_compress_debug(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    enum inflate_method m = INFLATE_ZLIB;
    if (!method_of(ld, &m)) {
        return diag_ok(&ld->diag);
    }
    ld_pass(ld, "compress");
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (os->raw_flags & SHF_ALLOC || os->nobits || os->size == 0 || os->raw_type != SHT_PROGBITS ||
            !str_starts(os->name, S(".debug_"))) {
            continue;
        }
        struct buf b = {0};
        uint8_t *in = xmalloc((size_t)os->size);
        struct pack p = {.method = m, .level = ld->opt.optimize >= 2 ? 6 : 1, .in = in, .len = os->size};
        ld_build_section(ld, os, in);
        if (ld_checkpoint(ld) && pack_section(ld, &p, os, &b)) {
            replace(ld, os, &b);
        }
        buf_free(&b);
        free(in);
    }
    elf_place_rest(e);
    return diag_ok(&ld->diag);
}
