/* script_check.c - what a script's layout is checked for: memory that is full, sections that overlap; and
   --print-memory-usage. Messages are worded as GNU ld's, for which people search. Source: GNU ld manual, "MEMORY". */
#include "ld/script_engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Does OS count in the image? */
bool sl_counts(const struct script_layout *l, const struct ld_osec *os)
{
    uint32_t f = l->hooks->flags(os);
    return f & SLF_TLS ? (f & SLF_LOAD) != 0 : (f & SLF_ALLOC) != 0;
}

/* Says it once of each region; by how much is said at the end. BASE: where the section begins. */
void sl_check_region(struct script_layout *l, struct sl_region *r, const struct ld_osec *os, bool fixed,
                     uint64_t base)
{
    bool fits = r->cur >= r->origin && r->cur - r->origin <= r->length;
    if (!l->final || !r->r || fits || (r->cur == r->origin + r->length && base)) {
        return;
    }
    l->misfits = true;
    if (fixed) {
        diag_error(&l->ld->diag, "address 0x%llx of section '%.*s' is not within region '%.*s'",
                   (unsigned long long)r->cur, Q(os->name), Q(r->r->name));
    } else if (!r->full) {
        r->full = true;
        diag_error(&l->ld->diag, "section `%.*s' will not fit in region `%.*s'", Q(os->name), Q(r->r->name));
    }
}

static void report_overflows(const struct script_layout *l)
{
    for (size_t i = 0; i < l->regions.n; i++) {
        const struct sl_region *r = &l->regions.p[i];
        uint64_t over = r->cur - (r->origin + r->length);
        if (r->full) {
            diag_error(&l->ld->diag, "region `%.*s' overflowed by %llu byte%s", Q(r->r->name),
                       (unsigned long long)over, over == 1 ? "" : "s");
        }
    }
}

/* ---- overlaps ---------------------------------------------------------------------------------------- */

struct span {
    const struct ld_osec *os;
    uint64_t start, end;       /* the last byte */
};

static int by_start(const void *x, const void *y)
{
    const struct span *a = x, *b = y;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    return (a->os->idx > b->os->idx) - (a->os->idx < b->os->idx);
}

/* V is sorted. Reports each one that begins before the end of the one before. */
static void report_spans(struct script_layout *l, const struct span *v, size_t n, const char *what)
{
    for (size_t i = 1; i < n; i++) {
        const struct span *p = &v[i - 1], *s = &v[i];
        if (s->start <= p->end || p->end < p->start) {
            l->misfits = true;
            diag_error(&l->ld->diag,
                       "section %.*s %s [%016" PRIx64 ",%016" PRIx64 "] overlaps section %.*s %s [%016" PRIx64
                       ",%016" PRIx64 "]",
                       Q(s->os->name), what, s->start, s->end, Q(p->os->name), what, p->start, p->end);
        }
    }
}

/* Load addresses never overlap. Addresses do so where the script makes overlays, which begin at one place. */
static void check_overlaps(struct script_layout *l)
{
    struct span *v = xmalloc((l->steps.n + 1) * sizeof *v);
    for (int vma = 0; vma < 2; vma++) {
        size_t n = 0;
        bool overlays = false;
        for (size_t i = 0; i < l->steps.n; i++) {
            const struct ld_osec *os = l->steps.p[i].os;
            if (os && os->size && sl_counts(l, os) && (vma || l->hooks->flags(os) & SLF_LOAD)) {
                uint64_t at = sl_va_of(l, os) + (vma ? 0 : os->lma_delta);
                v[n++] = (struct span){os, at, at + os->size - 1};
            }
        }
        if (n) {
            qsort(v, n, sizeof *v, by_start);
        }
        for (size_t i = 1; vma && i < n; i++) {
            overlays |= v[i].start == v[i - 1].start;
        }
        if (!overlays) {
            report_spans(l, v, n, vma ? "VMA" : "LMA");
        }
    }
    free(v);
}

void sl_check_sections(struct script_layout *l)
{
    if (!l->ld->opt.check_sections_off && l->ld->opt.kind != OUT_RELOCATABLE && !l->failed) {
        check_overlaps(l);
    }
    report_overflows(l);
}

/* ---- --print-memory-usage ---------------------------------------------------------------------------- */

static void print_size(struct buf *b, int width, uint64_t n)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    unsigned u = 0;
    for (; u < 3 && n && n % 1024 == 0; u++) {
        n /= 1024;
    }
    char text[32];
    snprintf(text, sizeof text, "%llu %s", (unsigned long long)n, units[u]);
    buf_printf(b, "%*s", width, text);
}

/* The letters of a region's attributes, in GNU ld's order. */
static void print_attrs(struct buf *b, uint32_t attrs)
{
    static const struct { uint32_t bit; char letter; } letters[] = {
        {SC_ATTR_A, 'a'}, {SC_ATTR_X, 'x'}, {SC_ATTR_R, 'r'}, {SC_ATTR_W, 'w'}, {SC_ATTR_L, 'l'}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (attrs & letters[i].bit) {
            buf_c(b, letters[i].letter);
        }
    }
}

void ld_script_map_memory(const struct ld *ld, struct buf *b)
{
    const struct script_layout *l = ld->layout;
    for (size_t i = 0; l && i < l->regions.n; i++) {
        const struct sl_region *r = &l->regions.p[i];
        size_t from = b->n;
        buf_name(b, r->r->name, NAME_ESCAPE);
        buf_fill(b, ' ', b->n - from < 16 ? 16 - (b->n - from) : 0);
        buf_puts(b, " 0x");
        buf_hex(b, r->origin, 16);
        buf_puts(b, " 0x");
        buf_hex(b, r->length, 16);
        buf_c(b, ' ');
        print_attrs(b, r->r->attrs);
        if (r->r->not_attrs) {
            buf_c(b, '!');
            print_attrs(b, r->r->not_attrs);
        }
        buf_c(b, '\n');
    }
}

void ld_script_print_memory(struct ld *ld)
{
    const struct script_layout *l = ld->layout;
    struct buf b = {0};
    buf_puts(&b, "Memory region         Used Size  Region Size  %age Used\n");
    for (size_t i = 0; l && i < l->regions.n; i++) {
        const struct sl_region *r = &l->regions.p[i];
        uint64_t used = r->cur - r->origin;
        size_t pad = r->r->name.len < 16 ? 16 - r->r->name.len : 0;
        buf_fill(&b, ' ', pad);
        buf_name(&b, r->r->name, name_style_for(1));
        buf_c(&b, ':');
        print_size(&b, 14, used);
        print_size(&b, 13, r->length);
        buf_printf(&b, "%10.2f%%\n", r->length ? (double)used * 100.0 / (double)r->length : 0.0);
    }
    ld_print(ld, &b);
    buf_free(&b);
}
