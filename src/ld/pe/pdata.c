/* pdata.c - .pdata: the table of functions for unwinding, sorted by address.

   Windows searches it by bisection, so all input sections become one table which is sorted as it is
   written. Entries of functions that are not in the image are moved to its end and not counted.
   Source: PE format, "The .pdata Section"; spec pe-ld 3.4. */
#include <stdlib.h>
#include <string.h>

#include "ld/pe/pe.h"

enum { ENTRY = 12 };

struct pdata {
    struct ld_chunk **inputs;
    size_t n;
};

static int cmp_entry(const void *x, const void *y)
{
    uint32_t a = get_u32le(x) - 1, b = get_u32le(y) - 1; /* 0, a dead function, is last */
    return (a > b) - (a < b);
}

static void write_pdata(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pdata *pd = c->priv;
    for (size_t i = 0; i < pd->n; i++) {
        const struct ld_chunk *in = pd->inputs[i];
        struct view v = in->file->obj.sections[in->sec].data;
        memcpy(out + (in->off - c->off), v.p, (size_t)v.len);
        pe_relocate(ld, in, out + (in->off - c->off));
    }
    size_t n = (size_t)c->size / ENTRY;
    qsort(out, n, ENTRY, cmp_entry);
    while (n && get_u32le(out + (n - 1) * ENTRY) == 0) {
        n--;
        memset(out + n * ENTRY, 0, ENTRY);
    }
    pe_of(ld)->n_pdata = (uint32_t)n;
}

/* Replaces the input sections of .pdata by the table. After assignment, before ordering. */
bool pe_make_pdata(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"unwind table", write_pdata};
    struct pe *pe = pe_of(ld);
    struct pe_bucket *b = &((struct pe_osec *)pe->pdata->priv)->buckets[1];
    uint64_t off = 0;
    bool ok = true;
    if (!b->v.n || ld->machine != MACH_X86_64) {
        return true;
    }
    struct pdata *pd = ARENA_NEW(&ld->arena, struct pdata);
    pd->inputs = ARENA_ARRAY(&ld->arena, struct ld_chunk *, b->v.n);
    for (size_t i = 0; i < b->v.n; i++) {
        struct ld_chunk *c = b->v.p[i];
        if (c->size % ENTRY || c->ops || c->file->obj.sections[c->sec].data.len != c->size) {
            ld_error_at(ld, c->file, c->sec, 0, "size %llu is not a multiple of %d",
                        (unsigned long long)c->size, ENTRY);
            ok = false;
            continue;
        }
        c->off = off;
        off += c->size;
        pd->inputs[pd->n++] = c;
    }
    b->v.n = 0;
    pe->pdata_chunk = ld_new_chunk(ld, &ops, off, 2, pd);
    pe_bucket_add(ld, pe->pdata, 1, pe->pdata_chunk);
    return ld_checkpoint(ld) && ok;
}
