/* ehframe.c - .eh_frame as records instead of bytes.

   Every input .eh_frame is a list of CIEs (how to unwind) and FDEs (which code, by which CIE). The
   output keeps the FDEs of live functions and one copy of each distinct CIE, and .eh_frame_hdr gets a
   table of them sorted by address, which the unwinder searches. An FDE belongs to the section that its
   first relocation points into. A section that does not parse is kept as it is, with a warning, and
   then there is no table. Source: LSB, "Exception Frames". */
#include <stdlib.h>

#include "base/sort.h"
#include "ld/elf/elf_ld.h"

/* ---- parsing ----------------------------------------------------------------------------------------- */

static int cmp_rel(const void *a, const void *b)
{
    const struct reloc *x = a, *y = b;
    return (x->off > y->off) - (x->off < y->off);
}

typedef VEC(struct reloc) rel_vec;
typedef VEC(struct elf_fde) fde_vec;

static bool read_rels(struct ld_file *f, uint32_t sec, rel_vec *out)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    size_t first = out->n;
    bool sorted = true;
    if (!f->obj.sections[sec].n_relocs) {
        return true;
    }
    if (!obj_reloc_start(&f->obj, sec, &it)) {
        return false;
    }
    vec_reserve(out, f->obj.sections[sec].n_relocs);
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].kind == KIND_NONE) {
                continue;
            }
            sorted = sorted && (out->n == first || out->p[out->n - 1].off <= block[i].off);
            vec_push(out, block[i]);
        }
    }
    if (!sorted) {
        qsort(out->p + first, out->n - first, sizeof *out->p, cmp_rel);
    }
    return !it.bad;
}

typedef VEC(uint32_t) u32_vec;

/* The CIE at OFF among those of a section, which are listed by offset; UINT32_MAX: none. Nearly all
   FDEs are of the last one. */
static uint32_t find_cie(const u32_vec *cies, size_t first, const fde_vec *fdes, uint64_t off)
{
    size_t lo = first, hi = cies->n;
    if (hi > lo && fdes->p[cies->p[hi - 1]].off == off) {
        return cies->p[hi - 1];
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        uint32_t at = fdes->p[cies->p[mid]].off;
        if (at == off) {
            return cies->p[mid];
        }
        if (at < off) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return UINT32_MAX;
}

static uint32_t section_of(const struct ld_file *f, const struct reloc *r)
{
    uint32_t sec = r->sym < f->obj.n_symbols ? f->obj.symbols[r->sym].sec : 0;
    return sec_is_special(sec) || sec >= f->obj.n_sections ? 0 : sec;
}

/* Records R, whose relocations stand from FROM on, unless its function was left out with a COMDAT that lost.
   Relocations move down to those of the records before. */
static void keep_record(const struct ld_file *f, struct elf_fde *r, size_t from, rel_vec *rels, size_t *n_kept,
                        fde_vec *out)
{
    if (!r->is_cie && r->n_rels) {
        r->target_sec = section_of(f, &rels->p[from]);
        if (f->obj.sections[r->target_sec].flags & SEC_LOST) {
            return;
        }
    }
    r->rel = (uint32_t)*n_kept;
    for (uint32_t i = 0; i < r->n_rels; i++) {
        rels->p[(*n_kept)++] = rels->p[from + i];
    }
    vec_push(out, *r);
}

/* Splits the section into records. False: not in the form we know (the caller keeps it whole). */
static bool split(const struct ld_file *f, uint32_t sec, rel_vec *rels, size_t first_rel, fde_vec *out, u32_vec *cies)
{
    struct view v = f->obj.sections[sec].data;
    size_t rel = first_rel, first = cies->n, n_rels = rels->n, n_kept = first_rel;
    for (uint64_t off = 0; off < v.len;) {
        uint32_t len, id;
        if (!view_u32(v, off, false, &len) || v.len > UINT32_MAX) {
            return false;
        }
        if (len == 0) { /* the end; nothing may follow but more zeros */
            elf_file(f)->eh_ends = true;
            break;
        }
        if (len < 8 || len >= 0xfffffff0u || !view_has(v, off, (uint64_t)len + 4) ||
            !view_u32(v, off + 4, false, &id)) {
            return false;
        }
        struct elf_fde r = {.off = (uint32_t)off, .len = len + 4, .sec = sec, .is_cie = id == 0};
        size_t from = rel;
        while (rel < n_rels && rels->p[rel].off < off + r.len) {
            rel++;
            r.n_rels++;
        }
        if (r.is_cie) {
            vec_push(cies, (uint32_t)out->n);
        } else {
            r.cie = find_cie(cies, first, out, off + 4 - id);
            if (r.cie == UINT32_MAX) {
                return false;
            }
        }
        keep_record(f, &r, from, rels, &n_kept, out);
        off += r.len;
    }
    rels->n = n_kept;
    return true;
}

static void *keep(struct arena *a, const void *p, size_t n)
{
    void *out = arena_alloc(a, n ? n : 1);
    if (n) {
        memcpy(out, p, n);
    }
    return out;
}

static void index_by_section(struct ld_file *f, struct elf_file *ef)
{
    uint32_t n = f->obj.n_sections;
    ef->eh_by_sec = ARENA_ARRAY(f->obj.arena, uint32_t, n + 2);
    ef->eh_order = ARENA_ARRAY(f->obj.arena, uint32_t, ef->n_fdes + 1);
    for (uint32_t i = 0; i < ef->n_fdes; i++) {
        ef->eh_by_sec[ef->fdes[i].target_sec + 2]++;
    }
    for (uint32_t i = 2; i < n + 2; i++) {
        ef->eh_by_sec[i] += ef->eh_by_sec[i - 1];
    }
    for (uint32_t i = 0; i < ef->n_fdes; i++) {
        ef->eh_order[ef->eh_by_sec[ef->fdes[i].target_sec + 1]++] = i;
    }
}

static bool is_eh_frame(const struct section *s)
{
    return s->raw_flags & SHF_ALLOC && str_is(s->name, ".eh_frame");
}

bool elf_parse_eh_frame(struct ld *ld, struct ld_file *f)
{
    struct elf_file *ef = elf_file(f);
    rel_vec rels = {0};
    fde_vec fdes = {0};
    u32_vec cies = {0}, secs = {0};
    bool ok = true;
    if (ld->opt.kind == OUT_RELOCATABLE) {
        return true;
    }
    for (uint32_t i = 1; i < f->obj.n_sections && ok; i++) {
        if (!is_eh_frame(&f->obj.sections[i]) || !(f->chunks[i].flags & LDC_LIVE)) {
            continue;
        }
        size_t first_rel = rels.n, first = fdes.n;
        ok = read_rels(f, i, &rels);
        size_t first_cie = cies.n;
        if (ok && split(f, i, &rels, first_rel, &fdes, &cies)) {
            f->chunks[i].flags |= LDC_DEBUG | LDC_NO_RELOC; /* its records are handled here */
            vec_push(&secs, i);
        } else if (ok) {
            fdes.n = first;
            cies.n = first_cie;
            ef->eh_bad = true;
            diag_warn_at(&f->diag, DIAG_NO_OFFSET,
                         ".eh_frame is malformed: kept as it is, and no search table is made");
        }
    }
    ef->eh_rels = keep(f->obj.arena, rels.p, rels.n * sizeof *rels.p);
    ef->fdes = keep(f->obj.arena, fdes.p, fdes.n * sizeof *fdes.p);
    ef->eh_cies = keep(f->obj.arena, cies.p, cies.n * sizeof *cies.p);
    ef->eh_secs = keep(f->obj.arena, secs.p, secs.n * sizeof *secs.p);
    ef->n_eh_cies = (uint32_t)cies.n;
    ef->n_eh_secs = (uint32_t)secs.n;
    ef->n_fdes = (uint32_t)fdes.n;
    ef->n_eh_rels = (uint32_t)rels.n;
    if ((ld->opt.gc_sections || ld->opt.icf != ICF_NONE) && ef->n_fdes) {
        index_by_section(f, ef);
    }
    vec_free(&rels);
    vec_free(&fdes);
    vec_free(&cies);
    vec_free(&secs);
    return ok;
}

/* What a live function's FDEs refer to lives too: the language-specific data, the personality. */
void elf_gc_extra(struct ld *ld, const struct ld_chunk *c,
                  void (*mark)(void *g, struct ld_file *f, uint32_t sym), void *g)
{
    struct ld_file *f = c->file;
    struct elf_file *ef = elf_file(f);
    (void)ld;
    if (!ef || !ef->eh_by_sec || c->sec == 0) {
        return;
    }
    for (uint32_t i = ef->eh_by_sec[c->sec]; i < ef->eh_by_sec[c->sec + 1]; i++) {
        const struct elf_fde *d = &ef->fdes[ef->eh_order[i]];
        struct elf_fde *cie = &ef->fdes[d->cie];
        for (uint32_t k = 1; k < d->n_rels; k++) {
            mark(g, f, ef->eh_rels[d->rel + k].sym);
        }
        for (uint32_t k = 0; !cie->gc_done && k < cie->n_rels; k++) {
            mark(g, f, ef->eh_rels[cie->rel + k].sym);
        }
        cie->gc_done = 1;
    }
}

/* ---- building ---------------------------------------------------------------------------------------- */

/* Is the function of FDE D in the output? */
static bool is_live(const struct ld *ld, const struct ld_file *f, const struct elf_file *ef,
                    const struct elf_fde *d)
{
    if (!d->n_rels) {
        return true;
    }
    uint32_t sec = d->target_sec, sym = ef->eh_rels[d->rel].sym;
    if (sec) {
        return (f->chunks[sec].flags & (LDC_LIVE | LDC_FOLDED)) == LDC_LIVE;
    }
    uint32_t id = sym < f->n_syms ? f->ids[sym] : LD_NO_SYM;
    const struct ld_chunk *c = id != LD_NO_SYM ? ld_sym_chunk(ld, id) : NULL;
    return c && (c->flags & (LDC_LIVE | LDC_FOLDED)) == LDC_LIVE;
}

/* Two CIEs are one if their bytes and what their relocations point at are the same. */
static struct str cie_key(const struct ld *ld, const struct ld_file *f, const struct elf_file *ef,
                          const struct elf_fde *c, struct buf *b)
{
    b->n = 0;
    buf_add(b, f->obj.sections[c->sec].data.p + c->off, c->len);
    for (uint32_t i = 0; i < c->n_rels; i++) {
        const struct reloc *r = &ef->eh_rels[c->rel + i];
        uint32_t id = r->sym < f->n_syms ? f->ids[r->sym] : LD_NO_SYM;
        buf_u32(b, false, (uint32_t)(r->off - c->off));
        buf_u32(b, false, r->raw_type);
        buf_u32(b, false, id);
        buf_u32(b, false, id == LD_NO_SYM ? f->idx : 0);
        buf_u32(b, false, id == LD_NO_SYM ? r->sym : 0);
        buf_u64(b, false, (uint64_t)r->addend);
    }
    (void)ld;
    return (struct str){b->p, b->n};
}


struct eh_build {
    struct ld *ld;
    struct strmap cies; /* key -> offset in the output */
    struct buf key;
    uint32_t off;
    uint64_t n_fdes;
};

static struct elf_file *eh_file(const struct ld *ld, size_t k)
{
    const struct ld_file *f = ld->files.p[k];
    return f->kind == LD_OBJECT && !f->bad && !f->skip ? elf_file(f) : NULL;
}

/* Records are aligned to 4 bytes, as GNU ld has them: nothing reads them in larger pieces. */
enum { RECORD_ALIGN = 4 };

static bool ends_in_zeros(struct view v)
{
    uint32_t last;
    return v.len >= 12 && view_u32(v, v.len - 4, false, &last) && last == 0;
}

static struct view bytes_of(const struct ld_file *f, const struct elf_fde *d)
{
    struct view v = {0};
    (void)view_sub(f->obj.sections[d->sec].data, d->off, d->len, &v);
    return v;
}

/* Leaves the padding of D away; CIE is that of *KNOWN, once that was looked at. */
static void trim(const struct ld *ld, const struct ld_file *f, const struct elf_file *ef, struct elf_fde *d,
                 const struct elf_fde **known, struct elf_cie *cie)
{
    struct view rec = bytes_of(f, d);
    const struct elf_fde *of = d->is_cie ? d : &ef->fdes[d->cie];
    if (!ends_in_zeros(rec)) {
        return;
    }
    if (of != *known) {
        *known = of;
        if (!elf_read_cie(bytes_of(f, of), ld->arch->word, cie)) {
            cie->pointer = 0;
        }
    }
    if (!cie->pointer) {
        return;
    }
    uint32_t len = d->is_cie ? elf_cfa_len(rec, cie->insns) : elf_fde_len(rec, cie);
    if (!d->n_rels || ef->eh_rels[d->rel + d->n_rels - 1].off < (uint64_t)d->off + len) {
        d->len = len;
    }
}

/* Which FDEs of file K live, where they stand among each other, and which CIEs they need. */
static void size_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k + 2];
    struct elf_file *ef = eh_file(ld, k + 2);
    const struct elf_fde *known = NULL;
    struct elf_cie cie = {0};
    (void)worker;
    for (uint32_t i = 0; ef && i < ef->n_fdes; i++) {
        struct elf_fde *d = &ef->fdes[i];
        if (!d->is_cie && !(f->chunks[d->sec].flags & LDC_DISCARDED) && is_live(ld, f, ef, d)) {
            d->live = true;
            trim(ld, f, ef, d, &known, &cie);
            if (!ef->fdes[d->cie].live) {
                ef->fdes[d->cie].live = true;
                trim(ld, f, ef, &ef->fdes[d->cie], &known, &cie);
            }
            d->out = ef->eh_len;
            ef->eh_len += (uint32_t)align_up(d->len, RECORD_ALIGN);
            ef->n_eh_live++;
        }
    }
}

/* Gives the FDEs of file K their places in the section. */
static void move_file(void *ctx, size_t k, unsigned worker)
{
    struct elf_file *ef = eh_file(ctx, k + 2);
    (void)worker;
    for (uint32_t i = 0; ef && i < ef->n_fdes; i++) {
        struct elf_fde *d = &ef->fdes[i];
        d->out += d->live && !d->is_cie ? ef->eh_start : 0;
    }
}

static void place_cie(struct eh_build *b, const struct ld_file *f, const struct elf_file *ef,
                      struct elf_fde *c)
{
    struct str key = cie_key(b->ld, f, ef, c, &b->key);
    uint32_t known = strmap_get(&b->cies, key);
    if (known != STRMAP_NONE) {
        c->out = known;
        c->merged = true;
        c->live = false;
        return;
    }
    c->out = b->off;
    b->off += (uint32_t)align_up(c->len, RECORD_ALIGN);
    strmap_put(&b->cies, arena_str(&b->ld->arena, key), c->out, NULL);
}

static const struct ld_chunk_ops eh_ops = {"unwind tables", elf_write_eh_frame};

/* Gives F's records a chunk of the output section: its new CIEs, then its FDEs. */
static void place_file(struct eh_build *b, struct ld_file *f, struct ld_osec *os)
{
    struct elf_file *ef = elf_file(f);
    uint32_t start = b->off;
    for (uint32_t i = 0; i < ef->n_eh_cies; i++) {
        struct elf_fde *c = &ef->fdes[ef->eh_cies[i]];
        if (c->live) {
            place_cie(b, f, ef, c);
        }
    }
    ef->eh_start = b->off;
    b->off += ef->eh_len;
    b->n_fdes += ef->n_eh_live;
    if (b->off > start) {
        uint8_t p2 = start == 0 && b->ld->arch->word == 8 ? 3 : 2; /* the section is aligned as its inputs are */
        struct ld_chunk *c = ld_new_chunk(b->ld, &eh_ops, b->off - start, p2, f);
        c->flags |= LDC_OF_INPUT;
        c->off = start; /* the section begins with ours: offsets are final */
        ld_osec_add(b->ld, os, c);
    }
}

static void write_zero(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    memset(out, 0, (size_t)c->size);
}

void elf_build_eh_frame(struct ld *ld)
{
    static const struct ld_chunk_ops end_ops = {"unwind tables' end", write_zero},
                                     hdr_ops = {"unwind table", elf_write_eh_hdr};
    struct elf_link *e = elf_of_ld(ld);
    struct eh_build b = {.ld = ld};
    bool bad = false, any = false, ends = !ld_script_full(ld); /* with a script nothing is added to what it places */
    struct ld_osec *os = NULL;
    size_t n_files = ld->files.n > 2 ? ld->files.n - 2 : 0;
    parallel_for(ld->pool, n_files, 16, size_file, ld);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = eh_file(ld, k);
        if (!ef) {
            continue;
        }
        for (uint32_t i = 0; i < ef->n_eh_secs; i++) {
            struct ld_chunk *c = &f->chunks[ef->eh_secs[i]];
            if (c->flags & LDC_LIVE) {
                /* crtbegin.o and crtend.o mark the table's ends by symbols in it */
                os = os ? os : elf_osec(ld, ".eh_frame", SHT_PROGBITS, SHF_ALLOC, 0);
                c->osec = os->idx;
                c->off = b.off;
                any = true;
            }
        }
        bad |= ef->eh_bad;
        ends |= ef->eh_ends;
        if (ef->n_fdes) {
            os = os ? os : elf_osec(ld, ".eh_frame", SHT_PROGBITS, SHF_ALLOC, 0);
            place_file(&b, f, os);
        }
    }
    parallel_for(ld->pool, n_files, 16, move_file, ld);
    if (os && (b.off || any)) {
        if (!bad && ends) {
            ld_osec_add(ld, os, ld_new_chunk(ld, &end_ops, 4, 0, NULL));
        }
        e->os_eh_frame = os;
        e->n_eh_fdes = b.n_fdes;
        if (ld->opt.elf.eh_frame_hdr && !bad && b.n_fdes) {
            e->eh_hdr = ld_new_chunk(ld, &hdr_ops, 12 + 8 * b.n_fdes, 2, NULL);
            ld_osec_add(ld, elf_osec(ld, ".eh_frame_hdr", SHT_PROGBITS, SHF_ALLOC, 0), e->eh_hdr);
        }
    }
    strmap_free(&b.cies);
    buf_free(&b.key);
}

/* ---- writing ----------------------------------------------------------------------------------------- */

static void write_record(struct ld *ld, struct ld_file *f, const struct elf_file *ef,
                         const struct elf_fde *d, uint8_t *out, uint64_t addr)
{
    uint32_t padded = (uint32_t)align_up(d->len, RECORD_ALIGN);
    memcpy(out, f->obj.sections[d->sec].data.p + d->off, d->len);
    memset(out + d->len, 0, padded - d->len); /* DW_CFA_nop */
    put_u32le(out, padded - 4);
    for (uint32_t i = 0; i < d->n_rels; i++) {
        const struct reloc *r = &ef->eh_rels[d->rel + i];
        uint64_t at = r->off - d->off;
        if (at + 8 <= padded + 4 && at + (r->flags & RELF_BITS ? 4 : r->width) <= d->len) {
            elf_relocate_one(ld, f, d->sec, r, out + at, addr + at);
        }
    }
}

void elf_write_eh_frame(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct ld_file *f = c->priv;
    const struct elf_file *ef = elf_file(f);
    uint64_t base = ld->osecs.p[c->osec]->addr;
    for (uint32_t i = 0; i < ef->n_fdes; i++) {
        const struct elf_fde *d = &ef->fdes[i];
        if (!d->live) {
            continue;
        }
        uint8_t *p = out + (d->out - c->off);
        write_record(ld, f, ef, d, p, base + d->out);
        if (!d->is_cie) {
            put_u32le(p + 4, d->out + 4 - ef->fdes[d->cie].out);
        }
    }
}

void elf_write_eh_hdr(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t hdr = ld_chunk_addr(ld, c), frame = e->os_eh_frame->addr;
    size_t n = 0, max = (size_t)e->n_eh_fdes;
    uint64_t *v = xmalloc(max * 16 + 16);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        const struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
        for (uint32_t i = 0; ef && i < ef->n_fdes && n < max; i++) {
            const struct elf_fde *d = &ef->fdes[i];
            if (d->is_cie || !d->live) {
                continue;
            }
            bool dead = false;
            const struct reloc *r = d->n_rels ? &ef->eh_rels[d->rel] : NULL;
            uint64_t pc = r ? elf_sym_value(ld, f, r->sym, r->addend, &dead) : 0;
            uint32_t loc = (uint32_t)(pc - hdr) ^ 0x80000000u; /* signed order as unsigned */
            v[n++] = (uint64_t)loc << 32 | (uint32_t)(frame + d->out - hdr);
        }
    }
    sort_by_upper_half(v, v + max, n);
    memcpy(out, "\x01\x1b\x03\x3b", 4); /* pcrel sdata4, udata4, datarel sdata4 */
    put_u32le(out + 4, (uint32_t)(frame - (hdr + 4)));
    put_u32le(out + 8, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        put_u32le(out + 12 + i * 8, (uint32_t)(v[i] >> 32) ^ 0x80000000u);
        put_u32le(out + 16 + i * 8, (uint32_t)v[i]);
    }
    memset(out + 12 + n * 8, 0, (size_t)(c->size - 12 - n * 8));
    free(v);
}
