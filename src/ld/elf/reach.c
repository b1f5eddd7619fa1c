/* reach.c - images so large that 32-bit displacements do not span them.

   A load from the GOT may become the address itself only if that is near. How many GOT cells there are
   must be known before sections have addresses, so the decision rests on an estimate: sections in their
   order, with room to spare for the tables that are still to come. Two sections reach each other if all
   that lies from the first byte of one to the last of the other surely fits. Links that cannot come near
   2 GiB (nearly all) skip this. Source: x86-64 psABI, 3.5 (code models) and B.2. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

struct elf_reach {
    struct span {
        uint64_t start, end;
        bool known;
    } *spans;                  /* by index of the output section */
    size_t n;
    uint64_t limit;            /* the longest span that is sure to fit */
};

static const uint64_t GiB = UINT64_C(1) << 30;

/* Tables that have no size yet: at most so much for every symbol, and something for the rest. */
static uint64_t slack(const struct ld *ld)
{
    return (UINT64_C(32) << 20) + (uint64_t)ld->tab.cap * 256;
}

/* Bytes in memory, about. */
static uint64_t size_of(const struct ld_osec *os)
{
    uint64_t n = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        if (!(c->flags & (LDC_FOLDED | LDC_MERGE))) {
            n = align_up(n, UINT64_C(1) << c->align_p2) + c->size;
        }
    }
    return n;
}

/* Could the image be large? Sections with contents are no larger than the inputs together. */
static bool may_be_large(const struct ld *ld)
{
    const struct ld_options *o = &ld->opt;
    uint64_t n = slack(ld);
    if (ld_script_full(ld) || o->text_addr || o->data_addr || o->bss_addr || o->section_start.n ||
        o->elf.text_segment || o->pe.image_base != UINT64_MAX) {
        return true;
    }
    for (size_t i = 0; i < ld->inputs.n; i++) {
        n += ld->inputs.p[i]->file.data.len;
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        n += ld->osecs.p[i]->nobits ? size_of(ld->osecs.p[i]) : 0;
    }
    return n >= 2 * GiB;
}

static int by_rank(const void *a, const void *b)
{
    const struct ld_osec *x = *(struct ld_osec *const *)a, *y = *(struct ld_osec *const *)b;
    if (x->sort_key != y->sort_key) {
        return x->sort_key < y->sort_key ? -1 : 1;
    }
    return (x->idx > y->idx) - (x->idx < y->idx);
}

/* Where the default layout would put the sections. */
static void estimate(struct ld *ld, struct elf_reach *r)
{
    struct ld_osec **v = xmalloc(ld->osecs.n * sizeof *v);
    uint64_t at = ld->opt.pe.image_base != UINT64_MAX ? ld->opt.pe.image_base : 0x400000;
    const char *base = ld->opt.elf.text_segment;
    size_t n = 0;
    if (base) {
        ld_hex_option(ld, "-Ttext-segment", base, &at);
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        ld->osecs.p[i]->sort_key = elf_osec_rank(ld, ld->osecs.p[i]);
        if (ld->osecs.p[i]->raw_flags & SHF_ALLOC) {
            v[n++] = ld->osecs.p[i];
        }
    }
    if (n) {
        qsort(v, n, sizeof *v, by_rank);
    }
    for (size_t i = 0; i < n; i++) {
        at = v[i]->fixed_addr ? v[i]->addr : align_up(at, 64);
        r->spans[v[i]->idx] = (struct span){at, at + size_of(v[i]), true};
        at = r->spans[v[i]->idx].end;
    }
    free(v);
}

bool elf_estimate_reach(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint64_t lo = UINT64_MAX, hi = 0;
    if (ld->machine == MACH_I386 || ld->opt.elf.no_relax || !may_be_large(ld)) {
        return true;
    }
    struct elf_reach *r = ARENA_NEW(&ld->arena, struct elf_reach);
    *r = (struct elf_reach){ARENA_ARRAY(&ld->arena, struct span, ld->osecs.n), ld->osecs.n, 2 * GiB - slack(ld)};
    if (slack(ld) >= GiB) { /* more symbols than ever were: nothing is near */
        r->limit = 0;
    }
    if (!ld_script_full(ld)) {
        estimate(ld, r);
    } else if (!ld_script_walk(ld)) {
        return false;
    }
    for (size_t i = 1; i < r->n; i++) {
        const struct ld_osec *os = ld->osecs.p[i];
        if (ld_script_full(ld) && os->raw_flags & SHF_ALLOC) {
            r->spans[i] = (struct span){os->addr, os->addr + os->size, true};
        }
        if (r->spans[i].known && r->spans[i].end > r->spans[i].start) {
            lo = r->spans[i].start < lo ? r->spans[i].start : lo;
            hi = r->spans[i].end > hi ? r->spans[i].end : hi;
        }
    }
    bool low = hi < r->limit; /* absolute addresses fit too, or there are none */
    if (ld->machine == MACH_ARM64) {
        e->no_got_relax = hi > lo && hi - lo > 3 * GiB; /* ADRP reaches 4 GiB either way */
    } else if (hi > lo && (hi - lo >= r->limit || !(low || e->pic))) {
        e->reach = r;
    }
    return true;
}

static const struct ld_chunk *chunk_of(const struct ld *ld, const struct ld_file *f, uint32_t sym)
{
    uint32_t id = f->ids[sym];
    if (id != LD_NO_SYM) {
        return ld_sym_chunk(ld, id);
    }
    return f->chunks && f->syms[sym].sec < f->obj.n_sections ? &f->chunks[f->syms[sym].sec] : NULL;
}

bool elf_reaches(const struct ld *ld, const struct ld_file *f, uint32_t sec, uint32_t sym, bool *low)
{
    const struct elf_reach *r = elf_of_ld(ld)->reach;
    const struct ld_chunk *to = chunk_of(ld, f, sym);
    uint32_t a = elf_chunk_osec(&f->chunks[sec]), b = to ? elf_chunk_osec(to) : 0;
    if (a >= r->n || b >= r->n || !r->spans[a].known || !r->spans[b].known) {
        return false; /* a symbol of our own: it may be the image's end */
    }
    const struct span *x = &r->spans[a], *y = &r->spans[b];
    uint64_t start = x->start < y->start ? x->start : y->start, end = x->end > y->end ? x->end : y->end;
    *low = y->end < r->limit;
    return end - start < r->limit;
}
