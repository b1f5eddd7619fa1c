/* pdata.c - .pdata: the table of functions for unwinding, sorted by address.

   Windows searches it by bisection, so all input sections become one table which is sorted as it is
   written. Entries of functions that are not in the image are moved to its end and not counted.
   Source: PE format, "The .pdata Section"; spec pe-ld 3.4. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "ld/pe/pe.h"

enum { ENTRY = 12 };

struct pdata {
    struct ld_chunk **inputs;
    size_t n;
    uint64_t made_off; /* entries of the linker's own functions */
};

/* By the functions' addresses; 0, a dead function, is last. */
static void sort_entries(uint8_t *table, size_t n)
{
    uint64_t *keys = xmalloc((2 * n + 1) * sizeof *keys);
    uint8_t *from = xmalloc(n * ENTRY + 1);
    memcpy(from, table, n * ENTRY);
    for (size_t i = 0; i < n; i++) {
        keys[i] = (uint64_t)(get_u32le(from + i * ENTRY) - 1) << 32 | i;
    }
    sort_by_upper_half(keys, keys + n, n);
    for (size_t i = 0; i < n; i++) {
        memcpy(table + i * ENTRY, from + (size_t)(uint32_t)keys[i] * ENTRY, ENTRY);
    }
    free(from);
    free(keys);
}

/* Entries of folded functions: the kept one has its own. */
static void drop_folded(const struct ld *ld, const struct ld_chunk *in, uint8_t *out)
{
    const struct ld_file *f = in->file;
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    if (!f->obj.sections[in->sec].n_relocs || !obj_reloc_start(&f->obj, in->sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].sym >= f->n_syms) {
                continue; /* of type ABSOLUTE: it does nothing */
            }
            uint32_t id = f->ids[block[i].sym], sec = f->syms[block[i].sym].sec;
            const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(ld, id)
                                       : sec == SEC_UNDEF || sec_is_special(sec) ? NULL : &f->chunks[sec];
            if (block[i].off % ENTRY == 0 && c && c->flags & LDC_FOLDED) {
                memset(out + block[i].off, 0, ENTRY);
            }
        }
    }
}

static void write_pdata(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pdata *pd = c->priv;
    for (size_t i = 0; i < pd->n; i++) {
        const struct ld_chunk *in = pd->inputs[i];
        ld_fetch_ahead(pd->inputs, i, pd->n);
        struct view v = in->file->obj.sections[in->sec].data;
        memcpy(out + (in->off - c->off), v.p, (size_t)v.len);
        pe_relocate(ld, in, out + (in->off - c->off));
        if (ld->opt.icf != ICF_NONE) {
            drop_folded(ld, in, out + (in->off - c->off));
        }
    }
    (void)pe_delay_pdata(ld, out + pd->made_off);
    size_t n = (size_t)c->size / ENTRY;
    sort_entries(out, n);
    while (n && get_u32le(out + (n - 1) * ENTRY) == 0) {
        n--;
        memset(out + n * ENTRY, 0, ENTRY);
    }
    pe_of(ld)->n_pdata = (uint32_t)n;
}

/* ---- gc ------------------------------------------------------------------------------------------ */

static uint32_t local_section(const struct ld_file *f, const struct reloc *r)
{
    uint32_t sec = r->sym < f->n_syms ? f->syms[r->sym].sec : SEC_UNDEF;
    return sec_is_special(sec) ? 0 : sec;
}

static void add_follower(struct pe_file *pf, uint32_t text, struct pe_follow w)
{
    for (uint32_t i = pf->follow_head[text]; i; i = pf->follow.p[i - 1].next) {
        const struct pe_follow *have = &pf->follow.p[i - 1];
        if (have->sec == w.sec && have->addend == w.addend) {
            return;
        }
    }
    w.next = pf->follow_head[text];
    vec_push(&pf->follow, w);
    pf->follow_head[text] = (uint32_t)pf->follow.n;
}

/* A function keeps its entry and its unwind data alive, never the other way round. */
static void tie_section(struct ld_file *f, uint32_t sec)
{
    struct pe_file *pf = pe_file_of(f);
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    uint32_t text = 0;
    uint64_t text_entry = UINT64_MAX;
    if (!f->obj.sections[sec].n_relocs || !obj_reloc_start(&f->obj, sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            uint32_t to = local_section(f, &block[i]);
            if (block[i].off % ENTRY == 0) {
                text = to;
                text_entry = block[i].off / ENTRY;
                if (text) {
                    add_follower(pf, text, (struct pe_follow){.sec = sec, .is_entry = true});
                }
            } else if (block[i].off % ENTRY == 8 && block[i].off / ENTRY == text_entry && text && to) {
                int64_t at = (int64_t)f->syms[block[i].sym].value + block[i].addend;
                add_follower(pf, text, (struct pe_follow){.sec = to, .addend = at});
            }
        }
    }
}

void pe_tie_unwind(struct ld_file *f)
{
    struct pe_file *pf = pe_file_of(f);
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        struct str name = f->obj.sections[s].name;
        if (!str_starts(name, S(".pdata")) || f->obj.machine != MACH_X86_64) {
            continue;
        }
        if (!pf->follow_head) {
            pf->follow_head = ARENA_ARRAY(f->obj.arena, uint32_t, f->obj.n_sections);
        }
        f->chunks[s].flags |= LDC_NO_WALK;
        tie_section(f, s);
    }
}

void pe_gc_extra(struct ld *ld, const struct ld_chunk *c,
                 void (*mark_symbol)(void *ctx, struct ld_file *f, uint32_t sym), void *ctx)
{
    const struct pe_file *pf = pe_file_of(c->file);
    (void)ld;
    (void)mark_symbol;
    for (uint32_t i = pf->follow_head ? pf->follow_head[c->sec] : 0; i; i = pf->follow.p[i - 1].next) {
        ld_gc_mark(ctx, &c->file->chunks[pf->follow.p[i - 1].sec]);
    }
}

/* icf: a table of one entry goes with its function. */
void pe_icf_folded(struct ld *ld, struct ld_chunk *c)
{
    const struct pe_file *pf = pe_file_of(c->file);
    (void)ld;
    for (uint32_t i = pf->follow_head ? pf->follow_head[c->sec] : 0; i; i = pf->follow.p[i - 1].next) {
        struct ld_chunk *entry = &c->file->chunks[pf->follow.p[i - 1].sec];
        if (pf->follow.p[i - 1].is_entry && entry->size == ENTRY) {
            entry->flags &= ~(uint32_t)LDC_LIVE;
        }
    }
}

/* ---- the table ------------------------------------------------------------------------------------ */

void pe_place_pdata(struct ld *ld)
{
    const struct ld_chunk *table = pe_of(ld)->pdata_chunk;
    const struct pdata *pd = table ? table->priv : NULL;
    for (size_t i = 0; pd && i < pd->n; i++) {
        pd->inputs[i]->osec = table->osec;
        pd->inputs[i]->off += table->off;
    }
}

/* Replaces the input sections of .pdata by the table. After assignment, before ordering. */
bool pe_make_pdata(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"unwind table", write_pdata};
    struct pe *pe = pe_of(ld);
    struct pe_bucket *b = &((struct pe_osec *)pe->pdata->priv)->buckets[1];
    uint64_t off = 0;
    bool ok = true;
    uint32_t n_made = pe_delay_pdata(ld, NULL);
    if (!(b->v.n || n_made) || ld->machine != MACH_X86_64) {
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
    pd->made_off = off;
    off += (uint64_t)n_made * ENTRY;
    pe->pdata_chunk = ld_new_chunk(ld, &ops, off, 2, pd);
    pe_bucket_add(ld, pe->pdata, 1, pe->pdata_chunk);
    return ld_checkpoint(ld) && ok;
}
