/* rawimports.c - import tables that come in pieces which no import library's pattern fits: sections .idata$2
   (descriptors), $4 and $5 (lookup and address tables), $6, $7 of plain objects.

   They are kept as they are, each kind sorted by archive and member, as GNU ld has them. Their descriptors
   stand before ours, so that one null descriptor ends them all. Source: spec pe-ld 3.3. */
#include <stdlib.h>
#include <string.h>

#include "ld/pe/pe.h"
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

uint64_t pe_place_raw_descriptors(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct pe_osec *po = pe->idata_os->priv;
    struct pe_bucket *from = &po->buckets[2], *to = &po->buckets[0];
    uint64_t total = 0;
    size_t n = 0;
    for (size_t i = 0; i < from->v.n; i++) {
        total += str_is(kind_of(from->v.p[i]), ".idata$2") ? from->v.p[i]->size : 0;
    }
    if (from->v.n) {
        sort_by_member(ld, from);
        pe->idata_os->raw_flags |= IMAGE_SCN_MEM_WRITE; /* dlltool's delay libraries write their tables */
    }
    if (!total) {
        return 0;
    }
    static const uint8_t zeros[8] = {0};
    /* our table begins at a multiple of 8, and nothing may stand between */
    pe_bucket_add(ld, pe->idata_os, 0, ld_bytes_chunk(ld, zeros, (size_t)(-total & 7), 3));
    for (size_t i = 0; i < from->v.n; i++) {
        struct ld_chunk *c = from->v.p[i];
        if (!str_is(kind_of(c), ".idata$2")) {
            from->v.p[n++] = c;
            continue;
        }
        if (c->size % DESCRIPTOR_LEN) {
            ld_error_at(ld, c->file, c->sec, 0, "size %llu is not a multiple of %d",
                        (unsigned long long)c->size, DESCRIPTOR_LEN);
        }
        c->align_p2 = 2;
        vec_push(&to->v, c);
    }
    from->v.n = n;
    return total;
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
            const struct implib_member *tail = pass == IMPLIB_TAIL ? m : part_of(ld, ld_lookup(ld, m->link));
            if (tail && tail->part == IMPLIB_TAIL) {
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

struct pe_range pe_raw_addresses(struct ld *ld)
{
    const struct ld_osec *os = pe_of(ld)->idata_os;
    uint64_t from = UINT64_MAX, to = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *c = os->chunks.p[i];
        if (c->size && str_is(kind_of(c), ".idata$5")) {
            uint64_t at = ld_chunk_addr(ld, c);
            from = at < from ? at : from;
            to = at + c->size > to ? at + c->size : to;
        }
    }
    return (struct pe_range){(uint32_t)(to ? from : 0), (uint32_t)(to ? to - from : 0)};
}
