/* mapfile.c - -Map and -M: what lies where in the output, in GNU ld's layout.

   First the archive members that were taken, then each output section with its parts in address
   order: an input section with its file, or a table that the linker made, and under it the global
   symbols it defines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ld/ld.h"

/* A symbol by its place in its file. */
struct placed {
    uint32_t sec, sym;
    uint64_t value;
};

static int cmp_placed(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    if (a->sec != b->sec) {
        return (a->sec > b->sec) - (a->sec < b->sec);
    }
    return a->value != b->value ? (a->value > b->value) - (a->value < b->value)
                                : (a->sym > b->sym) - (a->sym < b->sym);
}

struct file_symbols {
    struct placed *p;
    size_t n;
};

static struct file_symbols sort_symbols(const struct ld *ld, const struct ld_file *f)
{
    struct file_symbols out = {0};
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (uint32_t i = 0; i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            const struct symbol *s = &f->syms[i];
            if (id == LD_NO_SYM || ld_sym(ld, id)->file != f->idx || ld_sym(ld, id)->sym != i ||
                s->sec == SEC_UNDEF || sec_is_special(s->sec)) {
                continue;
            }
            if (pass) {
                out.p[n] = (struct placed){s->sec, i, s->value};
            }
            n++;
        }
        if (!pass) {
            out.p = xcalloc(n, sizeof *out.p);
            out.n = n;
        }
    }
    if (out.n) {
        qsort(out.p, out.n, sizeof *out.p, cmp_placed);
    }
    return out;
}

/* A name and, at column 16, what follows; a long name gets a line of its own. */
static void put_name(struct buf *b, struct str name, bool indent)
{
    size_t width = name.len + indent;
    if (indent) {
        buf_c(b, ' ');
    }
    buf_name(b, name, NAME_RAW);
    if (width >= 16) {
        buf_c(b, '\n');
        width = 0;
    }
    buf_fill(b, ' ', 16 - width);
}

static void put_place(struct buf *b, uint64_t addr, uint64_t size)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)size);
    buf_printf(b, "0x%016llx %10s", (unsigned long long)addr, text);
}

static void put_symbols(struct ld *ld, struct buf *b, const struct ld_chunk *c, uint64_t addr,
                        const struct file_symbols *fs)
{
    size_t lo = 0, hi = fs->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        *(fs->p[mid].sec < c->sec ? &lo : &hi) = fs->p[mid].sec < c->sec ? mid + 1 : mid;
    }
    for (; lo < fs->n && fs->p[lo].sec == c->sec; lo++) {
        buf_fill(b, ' ', 16);
        buf_printf(b, "0x%016llx                ", (unsigned long long)(addr + fs->p[lo].value));
        buf_puts(b, ld_show(ld, &ld->arena, c->file->syms[fs->p[lo].sym].name));
        buf_c(b, '\n');
    }
}

static void put_chunk(struct ld *ld, struct buf *b, const struct ld_osec *os, const struct ld_chunk *c,
                      struct file_symbols *symbols)
{
    uint64_t addr = ld->image_base + os->addr + c->off;
    if (c->ops) {
        if (c->size) {
            put_name(b, str_c(c->ops->name ? c->ops->name : "table"), true);
            put_place(b, addr, c->size);
            buf_puts(b, " (linker)\n");
        }
        return;
    }
    put_name(b, c->file->obj.sections[c->sec].name, true);
    put_place(b, addr, c->size);
    buf_printf(b, " %s\n", ld_file_name(ld, c->file));
    struct file_symbols *fs = &symbols[c->file->idx];
    if (!fs->p) {
        *fs = sort_symbols(ld, c->file);
    }
    put_symbols(ld, b, c, addr, fs);
}

static void put_members(struct ld *ld, struct buf *b)
{
    bool any = false;
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        if (f->archive) {
            buf_puts(b, any ? "" : "Archive member included\n\n");
            any = true;
            buf_puts(b, ld_file_name(ld, f));
            buf_c(b, '\n');
        }
    }
    buf_puts(b, any ? "\n" : "");
}

static int cmp_addr(const void *x, const void *y)
{
    const struct ld_osec *a = *(struct ld_osec *const *)x, *b = *(struct ld_osec *const *)y;
    return a->addr != b->addr ? (a->addr > b->addr) - (a->addr < b->addr)
                              : (a->idx > b->idx) - (a->idx < b->idx);
}

static void put_map(struct ld *ld, struct buf *b)
{
    struct file_symbols *symbols = xcalloc(ld->files.n, sizeof *symbols);
    VEC(struct ld_osec *) order = {0};
    put_members(ld, b);
    buf_puts(b, "\nLinker script and memory map\n\n");
    for (size_t i = 1; i < ld->osecs.n; i++) {
        if (ld->osecs.p[i]->number && ld->osecs.p[i]->number != UINT32_MAX) {
            vec_push(&order, ld->osecs.p[i]);
        }
    }
    if (order.n) {
        qsort(order.p, order.n, sizeof *order.p, cmp_addr);
    }
    for (size_t i = 0; i < order.n; i++) {
        const struct ld_osec *os = order.p[i];
        buf_c(b, '\n');
        put_name(b, os->name, false);
        put_place(b, ld->image_base + os->addr, os->size);
        buf_c(b, '\n');
        for (size_t k = 0; k < os->chunks.n; k++) {
            put_chunk(ld, b, os, os->chunks.p[k], symbols);
        }
    }
    for (size_t k = 0; k < ld->files.n; k++) {
        free(symbols[k].p);
    }
    free(symbols);
    vec_free(&order);
}

bool ld_write_map(struct ld *ld)
{
    const char *path = ld->opt.map_file;
    struct buf b = {0};
    if (!path && !ld->opt.print_map) {
        return true;
    }
    put_map(ld, &b);
    int err = 0;
    if (!path || strcmp(path, "-") == 0) {
        fwrite(b.p, 1, b.n, stdout);
    } else {
        struct outfile o;
        err = outfile_begin(&o, path, 0666);
        if (!err) {
            err = outfile_write(&o, b.p, b.n);
            if (err) {
                outfile_abort(&o);
            } else {
                err = outfile_commit(&o);
            }
        }
    }
    buf_free(&b);
    return err ? diag_errno(&ld->diag, path, err) : true;
}
