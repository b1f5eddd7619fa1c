/* relocs.c - relocations: what they need (scan), what becomes of them (relocate), and the tables that
   remain for run time (base relocations, pseudo-relocations).

   All relocations are walked once before layout: imports get their slots and thunks, places that
   hold absolute addresses are noted for .reloc, undefined symbols are noted for the report. They are
   walked a second time when their section is written. Source: spec pe-ld 2.6, 2.7, 4, 5.6. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"

/* ---- scanning ---------------------------------------------------------------------------------- */

/* A weak external that nobody defined stands for its default; follows the chain. NULL: a cycle. */
static const struct symbol *weak_target(const struct ld *ld, uint32_t id, const struct ld_file **file,
                                        uint32_t *sym_id)
{
    for (int step = 0; step < 16; step++) {
        const struct ld_sym *g = ld_sym(ld, id);
        const struct ld_file *f = ld_file(ld, g->file);
        const struct symbol *s = &f->syms[g->sym];
        if (s->alias >= f->n_syms) {
            return NULL;
        }
        uint32_t next = f->ids[s->alias];
        *file = f;
        *sym_id = next;
        if (next == LD_NO_SYM || ld_sym(ld, next)->rank != RANK_WEAK_EXT) {
            return &f->syms[s->alias];
        }
        id = next;
    }
    return NULL;
}

/* e8, e9, 0f 8x before it */
bool pe_is_branch(const struct ld_file *f, uint32_t sec, uint64_t off)
{
    struct view v = f->obj.sections[sec].data;
    if (off < 1 || off > v.len) {
        return false;
    }
    uint8_t op = v.p[off - 1];
    return op == 0xe8 || op == 0xe9 || (off >= 2 && v.p[off - 2] == 0x0f && (op & 0xf0) == 0x80);
}

/* A reference to an auto-imported variable or function. */
static void scan_auto(struct ld *ld, struct ld_file *f, const struct ld_chunk *c,
                      const struct reloc *r, struct pe_import *im)
{
    if (r->kind == KIND_PCREL && pe_is_branch(f, c->sec, r->off)) {
        ld_need(ld, im->imp_id, LDS_SLOT | LDS_THUNK);
        return;
    }
    struct pe_site site = {c->sec, (uint32_t)r->off, (uint32_t)(im - pe_of(ld)->imports.p), r->width};
    vec_push(&pe_file_of(f)->pseudos, site);
    ld_need(ld, im->imp_id, LDS_SLOT);
}

/* Notes what a reference to global ID needs. False: it stands for 0 (an undefined weak symbol). */
static bool scan_global(struct ld *ld, struct ld_file *f, const struct ld_chunk *c,
                        const struct reloc *r, uint32_t id)
{
    const struct ld_sym *g = ld_sym(ld, id);
    const struct ld_file *df = f;
    if (g->rank == RANK_WEAK_EXT) {
        const struct symbol *s = weak_target(ld, id, &df, &id);
        if (!s) {
            ld_error_at(ld, f, c->sec, r->off, "weak symbol '%.*s' has no end in its aliases",
                        Q(ld_sym_name(ld, f->ids[r->sym])));
            return false;
        }
        if (id == LD_NO_SYM) {
            return !sec_is_special(s->sec) && s->sec != SEC_UNDEF;
        }
        g = ld_sym(ld, id);
    }
    struct pe_import *im = pe_import_of(ld, id);
    if (im) {
        if (ld_has(ld, id, LDS_AUTO)) {
            scan_auto(ld, f, c, r, im);
        } else if (id == im->imp_id || ld_has(ld, id, LDS_REFPTR) ||
                   str_starts(ld_sym_name(ld, id), S("__imp_"))) {
            ld_need(ld, im->imp_id, LDS_SLOT);
        } else {
            ld_need(ld, im->imp_id, LDS_SLOT | LDS_THUNK);
        }
        return true;
    }
    if (g->rank == RANK_UNDEF || g->rank == RANK_NONE) {
        ld_note_undef(f, id, c->sec, r->off);
        return false;
    }
    if (g->rank == RANK_UNDEF_WEAK) {
        return false;
    }
    const struct symbol *s = ld_definition(ld, id);
    return s && s->sec != SEC_ABS && !ld_has(ld, id, LDS_ABS);
}

/* False after a diagnostic. Debugging information is not scanned: the first look is when it is written. */
static bool is_known(struct ld *ld, struct ld_file *f, uint32_t sec, const struct reloc *r)
{
    char buf[16];
    if (r->kind != KIND_UNKNOWN && r->kind != KIND_OTHER) {
        return true;
    }
    ld_error_at(ld, f, sec, r->off, "unsupported relocation %s", reloc_name(&f->obj, r->raw_type, buf));
    return false;
}

static void scan_block(struct ld *ld, struct ld_file *f, struct ld_chunk *c, const struct reloc *r,
                       size_t n)
{
    struct pe_file *pf = pe_file_of(f);
    for (size_t i = 0; i < n; i++, r++) {
        if (r->kind == KIND_NONE || !is_known(ld, f, c->sec, r)) {
            continue;
        }
        uint32_t id = f->ids[r->sym];
        bool placed;
        if (id != LD_NO_SYM) {
            placed = scan_global(ld, f, c, r, id);
        } else {
            placed = f->syms[r->sym].sec != SEC_ABS;
        }
        if (placed && r->kind == KIND_ABS && r->width >= 4) {
            if (r->width < pe_of(ld)->word && ld->opt.pe.high_entropy_va == TRI_ON) {
                ld_error_at(ld, f, c->sec, r->off, "an address of 32 bits cannot follow an image anywhere in "
                            "memory, as --high-entropy-va lets it move; refer to it relative to %%rip or in "
                            "64 bits, or give --disable-high-entropy-va");
            }
            vec_push(&pf->sites, (struct pe_site){c->sec, (uint32_t)r->off, 0, r->width});
        }
    }
}

/* ---- the commonest relocations of x86-64 ------------------------------------------------------- */

enum { REL_ADDR64 = 1, REL_ADDR32NB = 3, REL_REL32 = 4, REL_REL32_5 = 9, REL_SECREL = 11, REL_LEN = 10 };

/* Records in place: what obj_reloc_coff gives. The loops below keep a copy, of which the compiler knows that nothing
   they write changes it. */
struct plain_rels {
    const uint8_t *rows;
    struct coff_index index;
    uint64_t addr, len;      /* of the section: what offsets count from, bytes that are there */
};

struct plain_rel {
    uint64_t off;
    uint32_t sym, type;
};

static bool plain_rels(const struct ld *ld, const struct reloc_iter *it, struct plain_rels *p)
{
    p->rows = ld->machine == MACH_X86_64 ? obj_reloc_coff(it, &p->index) : NULL;
    p->addr = it->sec->addr;
    p->len = it->sec->data.len;
    return p->rows;
}

/* Relocation I, if it is of a common type and its field and symbol are there. */
static inline bool plain_at(const struct plain_rels *p, uint64_t i, struct plain_rel *r)
{
    const uint8_t *row = p->rows + i * REL_LEN;
    uint32_t raw_sym = get_u32le(row + 4);
    r->off = get_u32le(row) - p->addr;
    r->type = get_u16le(row + 8);
    uint64_t width = r->type == REL_ADDR64 ? 8 : 4;
    if (raw_sym >= p->index.n || r->off > p->len || p->len - r->off < width ||
        !(r->type == REL_ADDR64 || (r->type >= REL_ADDR32NB && r->type <= REL_REL32_5) || r->type == REL_SECREL)) {
        return false;
    }
    r->sym = coff_index_at(&p->index, raw_sym);
    return r->sym != UINT32_MAX;
}

/* Passes over relocations that need nothing, or only a note for .reloc: to the next that needs more. */
static void scan_plain(const struct ld *ld, struct ld_file *f, uint32_t sec, struct reloc_iter *it,
                       const struct plain_rels *plain)
{
    const struct plain_rels p = *plain;
    const uint32_t *ids = f->ids;
    struct pe_file *pf = pe_file_of(f);
    struct plain_rel r;
    for (; it->next < it->end && plain_at(&p, it->next, &r); it->next++) {
        uint32_t id = ids[r.sym];
        if (id != LD_NO_SYM && (ld_sym(ld, id)->rank < RANK_COMMON || ld->tab.aux[id])) {
            return;
        }
        if (r.type == REL_ADDR64) {
            const struct symbol *s = id != LD_NO_SYM ? ld_definition(ld, id) : &f->syms[r.sym];
            bool number = id != LD_NO_SYM && ld_has(ld, id, LDS_ABS); /* a script says so */
            if (s && s->sec != SEC_ABS && !number) {
                vec_push(&pf->sites, (struct pe_site){sec, (uint32_t)r.off, 0, 8});
            }
        }
    }
}

static void scan_section(struct ld *ld, struct ld_file *f, struct ld_chunk *c, struct reloc_iter *it)
{
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct plain_rels plain;
    bool common = plain_rels(ld, it, &plain);
    uint64_t end = it->end;
    for (;;) {
        if (common) {
            scan_plain(ld, f, c->sec, it, &plain);
            it->end = it->next < end ? it->next + 1 : end;
        }
        size_t n = obj_reloc_next(it, block);
        scan_block(ld, f, c, block, n);
        if (n == 0) {
            return;
        }
        it->end = end;
    }
}

bool pe_scan(struct ld *ld)
{
    bool ok = ld_scan_sections(ld, scan_section);
    struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->cells.n; i++) {
        struct pe_import *im = pe_import_of(ld, pe->cells.p[i]->id);
        if (im) {
            ld_need(ld, im->imp_id, LDS_SLOT | LDS_THUNK);
        }
    }
    pe_trace_refptrs(ld);
    return ld_report_undefined(ld) && ok;
}

/* ---- values ------------------------------------------------------------------------------------ */

/* After ld_set_values and pe_place_imports: weak externals get their default's value. */
void pe_set_weak_values(struct ld *ld)
{
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        const struct ld_file *f;
        uint32_t to;
        if (ld_sym(ld, id)->rank != RANK_WEAK_EXT) {
            continue;
        }
        const struct symbol *s = weak_target(ld, id, &f, &to);
        bool abs = !s || s->sec == SEC_UNDEF || sec_is_special(s->sec);
        if (to != LD_NO_SYM && s) {
            ld->tab.values[id] = ld->tab.values[to];
            abs = ld_has(ld, to, LDS_ABS) || ld_sym(ld, to)->rank <= RANK_UNDEF;
        } else if (!abs && ld_chunk_kept(&f->chunks[s->sec])->flags & LDC_LIVE) {
            ld->tab.values[id] = ld_chunk_addr(ld, &f->chunks[s->sec]) + s->value;
        } else {
            ld->tab.values[id] = s && s->sec == SEC_ABS ? s->value : 0;
        }
        if (abs) {
            ld_need(ld, id, LDS_ABS);
        }
    }
}

/* ---- applying ---------------------------------------------------------------------------------- */

/* Where a relocation points. */
struct target {
    uint64_t value;          /* address, or a plain number */
    const struct ld_osec *os;/* output section, if known */
    bool abs, dead, zero;    /* plain number; lies in what was left out; undefined weak */
};

static struct target chunk_target(const struct ld *ld, const struct ld_chunk *c, uint64_t value)
{
    struct target t = {0};
    c = ld_chunk_kept(c);
    if (!(c->flags & LDC_LIVE)) {
        t.dead = true;
        return t;
    }
    t.os = ld->osecs.p[c->osec];
    t.value = t.os->addr + c->off + value;
    return t;
}

static struct target find_target(const struct ld *ld, const struct ld_file *f, const struct reloc *r)
{
    uint32_t id = f->ids[r->sym];
    const struct symbol *s = &f->syms[r->sym];
    if (id == LD_NO_SYM) {
        if (sec_is_special(s->sec) || s->sec == SEC_UNDEF) {
            return (struct target){.value = s->value, .abs = true};
        }
        return chunk_target(ld, &f->chunks[s->sec], s->value);
    }
    struct target t = {.value = ld->tab.values[id], .abs = ld_has(ld, id, LDS_ABS)};
    uint8_t rank = ld_sym(ld, id)->rank;
    if (rank <= RANK_UNDEF && !ld->tab.aux[id]) {
        t.abs = t.zero = true;
        return t;
    }
    if (rank == RANK_WEAK_EXT) {
        t.zero = t.abs && t.value == 0;
        return t;
    }
    if (!ld->tab.aux[id]) {
        const struct ld_chunk *c = ld_sym_chunk(ld, id);
        c = c ? ld_chunk_kept(c) : NULL;
        if (c && !(c->flags & LDC_LIVE)) {
            t.dead = true;
        } else if (c) {
            t.os = ld->osecs.p[c->osec];
        }
    }
    return t;
}

const struct ld_osec *pe_osec_at(const struct ld *ld, uint64_t addr)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = pe->order.n; i-- > 0;) {
        if (pe->order.p[i]->number && addr >= pe->order.p[i]->addr) {
            return pe->order.p[i];
        }
    }
    return NULL;
}

/* The value of R's field; P is the field's address. */
static uint64_t field_value(const struct ld *ld, const struct reloc *r, const struct target *t,
                            uint64_t place)
{
    uint64_t a = (uint64_t)r->addend, rva = t->abs ? t->value - ld->image_base : t->value;
    const struct ld_osec *os = t->os;
    switch (r->kind) {
    case KIND_ABS:
        return rva + ld->image_base + a;
    case KIND_PCREL:
    case KIND_PLT:
        return rva + a - place;
    case KIND_IMAGE_REL:
        return t->zero ? 0 : rva + a;
    case KIND_SECTION_REL:
        os = os || t->abs ? os : pe_osec_at(ld, rva);
        return os ? rva - os->addr + a : 0;
    case KIND_SECTION_IDX:
        os = os || t->abs ? os : pe_osec_at(ld, rva);
        return os ? os->number + a : 0;
    default:
        return rva + a;
    }
}

#define HIGH_HINT "; refer to it relative to %rip or in 64 bits, or link below 4 GiB (--image-base=0x400000)"

static void report_field(struct ld *ld, const struct ld_chunk *c, const struct reloc *r,
                         enum arch_status st, uint64_t value)
{
    struct buf b = {0};
    char name[16];
    struct ld_file *f = c->file;
    bool high = st == ARCH_RANGE && r->kind == KIND_ABS && r->width == 4 && pe_of(ld)->is64;
    arch_explain(&b, st, reloc_name(&f->obj, r->raw_type, name), r, value);
    ld_reloc_error(ld, f, c->sec, r->off, f->syms[r->sym].name, "%.*s against symbol '%.*s'%s", (int)b.n,
                   b.p, Q(f->syms[r->sym].name), high ? HIGH_HINT : "");
    buf_free(&b);
}

static void report_dead(struct ld *ld, const struct ld_chunk *c, const struct reloc *r)
{
    struct ld_file *f = c->file;
    struct str name = f->syms[r->sym].name;
    if (name.len == 0) {
        name = obj_coff_reloc_name(&f->obj, c->sec, r->off);
    }
    ld_reloc_error(ld, f, c->sec, r->off, name, "refers to '%.*s' in a discarded section", Q(name));
}

/* Sections that keep entries for functions that lost their COMDAT election. gcc puts the jump tables
   of such functions into the plain .rdata: nothing reaches them any more. */
static bool tolerates_dead(const struct ld_chunk *c)
{
    struct str name = c->file->obj.sections[c->sec].name;
    return c->flags & LDC_DEBUG || str_starts(name, S(".eh_frame")) ||
           str_starts(name, S(".gcc_except_table")) || str_starts(name, S(".pdata")) ||
           str_starts(name, S(".xdata")) || str_is(name, ".rdata");
}

/* Ranges and location lists before DWARF 5 end at a pair of zeros: a dead address there is 1. */
static uint64_t tombstone(const struct ld_chunk *c)
{
    struct str name = c->file->obj.sections[c->sec].name;
    return str_is(name, ".debug_ranges") || str_is(name, ".debug_loc");
}

static void apply(struct ld *ld, const struct ld_chunk *c, const struct reloc *r, uint8_t *out,
                  uint64_t addr)
{
    struct ld_file *f = c->file;
    struct target t = find_target(ld, f, r);
    uint64_t value;
    if (t.dead) {
        if (!tolerates_dead(c)) {
            report_dead(ld, c, r);
            return;
        }
        value = tombstone(c);
    } else {
        uint32_t id = f->ids[r->sym];
        if (id != LD_NO_SYM && ld->tab.aux[id] && ld_has(ld, id, LDS_AUTO) && r->kind == KIND_PCREL &&
            pe_is_branch(f, c->sec, r->off)) {
            t.value = pe_import_of(ld, id)->thunk_rva;
        }
        if (t.zero && (r->kind == KIND_PCREL || r->kind == KIND_PLT)) {
            value = 0; /* a call of an undefined weak function is never made */
        } else {
            value = field_value(ld, r, &t, addr + r->off);
        }
    }
    enum arch_status st = ld->arch->encode(r, out + r->off, value, addr + r->off);
    if (st != ARCH_OK) {
        report_field(ld, c, r, st, value);
    }
}

/* Offsets in sections: the output section of the last one is tried first. */
static const struct ld_osec *osec_with(const struct ld *ld, const struct ld_osec *last, uint64_t addr)
{
    return last && addr - last->addr < last->size ? last : pe_osec_at(ld, addr);
}

/* Applies relocations from IT's next on while they are plain; the first that is not, and whatever is wrong
   with one, is left to the general path. */
static void apply_plain(const struct ld *ld, const struct ld_chunk *c, struct reloc_iter *it,
                        const struct plain_rels *plain, uint8_t *out, uint64_t addr)
{
    const struct plain_rels p = *plain;
    const uint64_t *addrs = c->file->addrs, base = ld->image_base, end = it->end;
    bool debug = c->flags & LDC_DEBUG;
    uint64_t dead = debug ? tombstone(c) : 0; /* names are far away */
    const struct ld_osec *os = NULL;
    struct plain_rel r;
    uint64_t i = it->next;
    for (; i < end && plain_at(&p, i, &r); i++) {
        uint8_t *field = out + r.off;
        uint64_t t = addrs[r.sym];
        if (t == LD_ADDR_ASK || (t == LD_ADDR_DEAD && !debug)) {
            break;
        }
        if (r.type == REL_ADDR64) {
            put_u64le(field, t == LD_ADDR_DEAD ? dead : t + base + get_u64le(field));
            continue;
        }
        uint64_t v = t + (uint64_t)(int64_t)(int32_t)get_u32le(field);
        if (t == LD_ADDR_DEAD) {
            v = dead;
        } else if (r.type == REL_SECREL) {
            os = osec_with(ld, os, t);
            if (!os || t - os->addr - 1 >= os->size - 1) { /* an address of two sections: one's end, one's start */
                break;
            }
            v -= os->addr;
        } else if (r.type != REL_ADDR32NB) {
            v -= addr + r.off + r.type; /* counted from 4, 5, ... bytes behind its start */
            if ((int64_t)v != (int32_t)v) {
                break;
            }
            v = (uint32_t)v;
        }
        if (v > UINT32_MAX) {
            break;
        }
        put_u32le(field, (uint32_t)v);
    }
    it->next = i;
}

void pe_relocate(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    struct plain_rels plain;
    if (ld->opt.kind == OUT_RELOCATABLE) {
        pe_adjust_addends(ld, c, out);
        return;
    }
    uint64_t addr = ld_chunk_addr(ld, c);
    if (!obj_reloc_start(&c->file->obj, c->sec, &it)) {
        return;
    }
    it.contents = out; /* as yet unrelocated where the next block's fields are */
    uint64_t end = it.end;
    bool common = plain_rels(ld, &it, &plain);
    for (;;) {
        if (common) {
            apply_plain(ld, c, &it, &plain, out, addr);
            it.end = it.next < end ? it.next + 1 : end;
        }
        size_t n = obj_reloc_next(&it, block);
        for (size_t i = 0; i < n; i++) {
            if (block[i].kind != KIND_NONE && is_known(ld, c->file, c->sec, &block[i])) {
                apply(ld, c, &block[i], out, addr);
            }
        }
        if (n == 0) {
            return;
        }
        it.end = end;
    }
}

static void write_cell(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe_cell *cell = c->priv;
    uint64_t v = ld->image_base + ld->tab.values[cell->id];
    c->size == 8 ? put_u64le(out, v) : put_u32le(out, (uint32_t)v);
}
const struct ld_chunk_ops pe_cell_ops = {"local import", write_cell};

/* ---- pseudo-relocations -------------------------------------------------------------------------- */

static void write_pseudo(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct pe *pe = pe_of(ld);
    (void)c;
    memset(out, 0, 12);
    put_u32le(out + 8, 1); /* version 2 */
    out += 12;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct pe_file *pf = pe_file_of(f);
        for (size_t i = 0; pf && i < pf->pseudos.n; i++, out += 12) {
            const struct pe_site *s = &pf->pseudos.p[i];
            put_u32le(out, (uint32_t)pe->imports.p[s->rec].slot_rva);
            put_u32le(out + 4, (uint32_t)(ld_chunk_addr(ld, &f->chunks[s->sec]) + s->off));
            put_u32le(out + 8, s->width * 8u);
        }
    }
}

/* Before scanning, with no size: the list's symbols must exist. */
void pe_define_pseudo(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"pseudo-relocations", write_pseudo};
    struct pe *pe = pe_of(ld);
    pe->pseudo = ld_new_chunk(ld, &ops, 0, 2, NULL);
    struct ld_chunk *end = pe->pseudo_end = ld_bytes_chunk(ld, NULL, 0, 0);
    pe_bucket_add(ld, pe->rdata, PE_BUCKETS - 2, pe->pseudo);
    pe_bucket_add(ld, pe->rdata, PE_BUCKETS - 2, end);
    ld_define(ld, S("__RUNTIME_PSEUDO_RELOC_LIST__"), pe->pseudo, 0);
    ld_define(ld, S("___RUNTIME_PSEUDO_RELOC_LIST__"), pe->pseudo, 0);
    ld_define(ld, S("__RUNTIME_PSEUDO_RELOC_LIST_END__"), end, 0);
    ld_define(ld, S("___RUNTIME_PSEUDO_RELOC_LIST_END__"), end, 0);
}

/* After scanning: the size, and warnings for fields that cannot hold every address. */
bool pe_size_pseudo(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const char *narrow = ld->opt.pe.pseudo_reloc_narrow;
    bool error = narrow && strcmp(narrow, "error") == 0;
    size_t total = 0;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct pe_file *pf = pe_file_of(f);
        for (size_t i = 0; pf && i < pf->pseudos.n; i++, total++) {
            const struct pe_site *s = &pf->pseudos.p[i];
            struct str name = str_skip(ld_sym_name(ld, pe->imports.p[s->rec].imp_id), 6);
            if (ld->opt.pe.runtime_pseudo_reloc == TRI_OFF) {
                ld_error_at(ld, f, s->sec, s->off,
                            "variable '%.*s' cannot be auto-imported without run-time relocation",
                            Q(name));
            } else if (s->width < pe->word && !(narrow && strcmp(narrow, "ignore") == 0)) {
                (error ? ld_error_at : ld_warn_at)(
                    ld, f, s->sec, s->off,
                    "'%.*s' comes from a DLL, but this field of %u bits cannot hold every address; "
                    "declare it dllimport", Q(name), s->width * 8u);
            }
        }
    }
    pe->pseudo->size = total ? 12 + total * 12 : 0;
    return ld_checkpoint(ld);
}

/* ---- base relocations ------------------------------------------------------------------------------ */

enum { REL_BASED_HIGHLOW = 3, REL_BASED_DIR64 = 10 };

static int cmp_site(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void write_reloc(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct pe *pe = pe_of(ld);
    uint8_t *block = NULL, *p = out;
    uint64_t page = UINT64_MAX;
    memset(out, 0, (size_t)c->size);
    for (size_t i = 0; i < pe->base_sites.n; i++) {
        uint64_t rva = pe->base_sites.p[i] >> 4, type = pe->base_sites.p[i] & 15;
        if (rva >> 12 != page) {
            if (block) {
                p = out + align_up((uint64_t)(p - out), 4);
                put_u32le(block + 4, (uint32_t)(p - block));
            }
            page = rva >> 12;
            block = p;
            put_u32le(block, (uint32_t)(page << 12));
            p += 8;
        }
        put_u16le(p, (uint16_t)(type << 12 | (rva & 0xfff)));
        p += 2;
    }
    if (!block) { /* nothing to fix: one block of padding, so that the image may still move */
        put_u32le(out + 4, 12);
        return;
    }
    p = out + align_up((uint64_t)(p - out), 4);
    put_u32le(block + 4, (uint32_t)(p - block));
}

static uint64_t reloc_size(const struct pe *pe)
{
    uint64_t size = 0, page = UINT64_MAX;
    for (size_t i = 0; i < pe->base_sites.n; i++) {
        uint64_t rva = pe->base_sites.p[i] >> 4;
        if (rva >> 12 != page) {
            page = rva >> 12;
            size = align_up(size, 4) + 8;
        }
        size += 2;
    }
    return size ? align_up(size, 4) : 12;
}

void pe_new_base_relocs(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"base relocations", write_reloc};
    struct pe *pe = pe_of(ld);
    pe->reloc = ld_new_chunk(ld, &ops, 12, 2, NULL);
    ld_osec_add(ld, pe->reloc_os, pe->reloc);
}

void pe_size_base_relocs(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (!pe->reloc) {
        return;
    }
    pe->base_sites.n = 0;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct pe_file *pf = pe_file_of(f);
        for (size_t i = 0; pf && i < pf->sites.n; i++) {
            const struct pe_site *s = &pf->sites.p[i];
            const struct ld_chunk *c = &f->chunks[s->sec];
            if (c->flags & LDC_LIVE) {
                uint64_t rva = ld_chunk_addr(ld, c) + s->off;
                vec_push(&pe->base_sites,
                         rva << 4 | (s->width == 8 ? REL_BASED_DIR64 : REL_BASED_HIGHLOW));
            }
        }
    }
    uint64_t type = pe->is64 ? REL_BASED_DIR64 : REL_BASED_HIGHLOW;
    for (size_t i = 0; i < pe->cells.n; i++) {
        vec_push(&pe->base_sites, ld_chunk_addr(ld, pe->cells.p[i]->chunk) << 4 | type);
    }
    for (size_t i = 0; ld->arch->thunk_abs_off >= 0 && i < pe->thunk_recs.n; i++) {
        uint64_t rva = ld_chunk_addr(ld, pe->thunks) + i * ld->arch->import_thunk_len;
        vec_push(&pe->base_sites, (rva + (uint64_t)ld->arch->thunk_abs_off) << 4 | type);
    }
    pe_delay_base_sites(ld);
    if (pe->base_sites.n) {
        qsort(pe->base_sites.p, pe->base_sites.n, sizeof *pe->base_sites.p, cmp_site);
    }
    pe->reloc->size = reloc_size(pe);
}
