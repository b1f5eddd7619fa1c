/* rawimports.c - import tables that come in pieces which no import library's pattern fits: sections .idata$2
   (descriptors), $4 and $5 (lookup and address tables), $6, $7 of plain objects.

   They are kept as they are, each kind sorted by archive and member, as GNU ld has them. Their descriptors
   stand before ours, so that one null descriptor ends them all, wherever a script wants our tables.
   Source: spec pe-ld 3.3. */
#include <stdlib.h>
#include <string.h>

#include "ld/pe/pe.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

enum { DESCRIPTOR_LEN = 20 };

static struct str kind_of(const struct ld_chunk *c)
{
    return c->file ? c->file->obj.sections[c->sec].name : (struct str){"", 0};
}

struct piece {
    const char *archive, *member;
    size_t seq;
    struct ld_chunk *c;
};

static int by_member(const void *x, const void *y)
{
    const struct piece *a = x, *b = y;
    int c = strcmp(a->archive, b->archive);
    c = c ? c : strcmp(a->member, b->member);
    return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

static void sort_by_member(struct ld *ld, struct pe_bucket *b)
{
    struct piece *v = xmalloc(b->v.n * sizeof *v);
    for (size_t i = 0; i < b->v.n; i++) {
        const struct ld_file *f = b->v.p[i]->file;
        const char *path = f && f->archive ? f->archive->input->path : f && f->input ? f->input->path : "";
        v[i] = (struct piece){path, f && f->archive ? ld_file_name(ld, f) : "", i, b->v.p[i]};
    }
    qsort(v, b->v.n, sizeof *v, by_member);
    for (size_t i = 0; i < b->v.n; i++) {
        b->v.p[i] = v[i].c;
    }
    free(v);
}

/* Takes the descriptors out of B. */
static void take_descriptors(struct ld *ld, struct pe_bucket *b)
{
    struct pe *pe = pe_of(ld);
    size_t n = 0;
    for (size_t i = 0; i < b->v.n; i++) {
        if (str_is(kind_of(b->v.p[i]), ".idata$2")) {
            vec_push(&pe->raw_descs, b->v.p[i]);
        } else {
            b->v.p[n++] = b->v.p[i];
        }
    }
    b->v.n = n;
}

/* Under a full script nothing has a place yet. */
static void find_pieces(struct ld *ld, struct pe_bucket *b)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        bool object = f->kind == LD_OBJECT && !f->bad && !f->skip;
        for (uint32_t i = 0; object && i < f->n_live; i++) {
            struct ld_chunk *c = &f->chunks[f->live[i]];
            if (c->flags & LDC_LIVE && str_is(kind_of(c), ".idata$2") && !c->osec) {
                vec_push(&b->v, c);
            }
        }
    }
}

uint64_t pe_take_raw_descriptors(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct pe_osec *po = pe->idata_os->priv;
    struct pe_bucket all = {0}, *from = ld_script_full(ld) ? &all : &po->buckets[2];
    uint64_t total = 0;
    if (from == &all) {
        find_pieces(ld, from);
    }
    if (from->v.n) {
        sort_by_member(ld, from);
        pe->idata_os->raw_flags |= IMAGE_SCN_MEM_WRITE; /* dlltool's delay libraries write their tables */
    }
    take_descriptors(ld, from);
    vec_free(&all.v);
    for (size_t i = 0; i < pe->raw_descs.n; i++) {
        struct ld_chunk *c = pe->raw_descs.p[i];
        if (c->size % DESCRIPTOR_LEN) {
            ld_error_at(ld, c->file, c->sec, 0, "size %llu is not a multiple of %d",
                        (unsigned long long)c->size, DESCRIPTOR_LEN);
        }
        c->align_p2 = 2;
        c->osec = pe->idata_os->idx; /* a script's own descriptions do not take it */
        total += c->size;
    }
    if (total) { /* our table begins at a multiple of 8, and nothing may stand between */
        size_t k = 0;
        while (!pe->raw_descs.p[k]->size) {
            k++;
        }
        pe->raw_descs.p[k]->align_p2 = total % 8 ? 2 : 3; /* the padding may be empty */
        static const uint8_t zeros[8] = {0};
        struct ld_chunk *pad = ld_bytes_chunk(ld, zeros, (size_t)(-total & 7), 3);
        vec_push(&pe->raw_descs, pad);
        memmove(pe->raw_descs.p + 1, pe->raw_descs.p, (pe->raw_descs.n - 1) * sizeof *pe->raw_descs.p);
        pe->raw_descs.p[0] = pad;
    }
    return total;
}

void pe_keep_raw_descriptors(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (!pe->raw_descs.n || pe->raw_descs_placed) {
        return;
    }
    struct ld_osec *os = pe->idata_os;
    size_t n = pe->raw_descs.n, at = 0;
    while (at < os->chunks.n && os->chunks.p[at] != pe->idata) {
        at++;
    }
    for (size_t i = 0; i < n; i++) {
        ld_osec_add(ld, os, pe->raw_descs.p[i]);
    }
    memmove(os->chunks.p + at + n, os->chunks.p + at, (os->chunks.n - n - at) * sizeof *os->chunks.p);
    memcpy(os->chunks.p + at, pe->raw_descs.p, n * sizeof *os->chunks.p);
}

/* ---- the parts of long import libraries, by their names --------------------------------------------- */

static const struct implib_member *part_of(const struct ld *ld, uint32_t id)
{
    const struct ld_file *f = id == LD_NO_SYM ? NULL : ld_file(ld, ld_sym(ld, id)->file);
    return f && f->kind == LD_IMPORT && !f->bad ? &pe_file_of(f)->member : NULL;
}

/* What names DLL and its place in our tables: NAME, which F defines, stands for that from here on. */
static void stand_in(struct ld *ld, struct str name, struct str dll, bool head)
{
    struct pe *pe = pe_of(ld);
    uint32_t id = ld_lookup(ld, name), at = strmap_get(&pe->dll_by_name, dll);
    bool alone = at == STRMAP_NONE; /* nothing is imported from it */
    struct ld_chunk *c = ld_bytes_chunk(ld, arena_strdup(&ld->arena, dll), alone && !head ? dll.len + 1 : 0,
                                        alone ? 1 : 3);
    pe_bucket_add(ld, pe->idata_os, alone ? 3 : 0, c);
    if (!alone) {
        vec_push(&pe->library_parts, (struct pe_library_part){id, at, head});
    }
    ld_sym(ld, id)->rank = RANK_UNDEF;
    ld_define(ld, name, c, 0);
}

/* Our tables take the place of the members that begin and end a library (_head_LIB, LIB_iname). Other objects
   may speak of these all the same, dlltool's delay libraries of the DLL's name: they get the descriptor
   and the name. After all records are known. */
void pe_define_library_parts(struct ld *ld)
{
    for (int pass = IMPLIB_HEAD; pass <= IMPLIB_TAIL; pass += IMPLIB_TAIL - IMPLIB_HEAD) {
        for (size_t k = 2; k < ld->files.n; k++) {
            const struct ld_file *f = ld->files.p[k];
            const struct implib_member *m = f->kind == LD_IMPORT && !f->bad ? &pe_file_of(f)->member : NULL;
            if (!m || (int)m->part != pass || part_of(ld, ld_lookup(ld, m->defines)) != m) {
                continue;
            }
            const struct implib_member *tail = m->dll.len ? m : part_of(ld, ld_lookup(ld, m->link));
            if (tail && tail->dll.len) {
                stand_in(ld, m->defines, tail->dll, pass == IMPLIB_HEAD);
            }
        }
    }
}

/* Once the tables are sized. A script may lay our tables out away from what stood in so far. */
void pe_place_library_parts(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->library_parts.n; i++) {
        const struct pe_library_part *part = &pe->library_parts.p[i];
        const struct ld_sym *g = ld_sym(ld, part->id);
        uint64_t off = part->head ? 0 : pe->dlls.p[part->dll].name_off;
        for (uint32_t d = 0; part->head && d < part->dll; d++) {
            off += pe->dlls.p[d].imports.n && !pe->dlls.p[d].delayed ? DESCRIPTOR_LEN : 0;
        }
        ld_file(ld, g->file)->syms[g->sym].value = off;
        if (g->file == 1 && pe->idata) {
            ld->internal_chunks.p[g->sym] = pe->idata;
        }
    }
}

/* ---- the loader's range ---------------------------------------------------------------------------------- */

struct pe_range pe_address_tables(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    const struct ld_osec *os = ld->osecs.p[pe->idata->osec];
    uint64_t from = UINT64_MAX, to = 0;
    if (pe->idata_iat_len) {
        from = ld_chunk_addr(ld, pe->idata) + pe->idata_iat_off;
        to = from + pe->idata_iat_len;
    }
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        if (c->size && str_is(kind_of(c), ".idata$5")) {
            uint64_t at = ld_chunk_addr(ld, c);
            from = at < from ? at : from;
            to = at + c->size > to ? at + c->size : to;
        }
    }
    return (struct pe_range){(uint32_t)(to > from ? from : 0), (uint32_t)(to > from ? to - from : 0)};
}
