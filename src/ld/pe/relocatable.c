/* relocatable.c - ld -r for Windows objects: objects joined into one that can be linked again.

   Sections of one full name ('$' and suffix included) are joined. A COMDAT section stays a section of its
   own, with its selection, its leader and what it is associated with, so that the next link elects and
   drops it as it would have; unwind data of a function stays tied to the function's section the same way.
   Nothing is resolved for good: relocations are copied with their new place and symbol, commons and
   weak externals stay what they are, directives are joined. COFF keeps addends in the section, so those
   of section symbols move with their targets. Source: PE format, "COFF Object"; GNU ld manual, "-r". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/relocatable.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

enum { NO_RECORD = 0 }; /* in the maps: record number + 1 */
enum { REL_AMD64_ADDR32NB = 3, REL_I386_DIR32NB = 7 };

/* ---- sections ---------------------------------------------------------------------------------------- */

static bool is_object(const struct ld_file *f)
{
    return f->kind == LD_OBJECT && !f->bad && !f->skip;
}

/* Tables of symbol numbers, which do not outlive the object's own symbol table. */
static bool is_dropped(const struct ld *ld, const struct ld_chunk *c)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    return c->flags & LDC_DISCARDED || str_starts(s->name, S(".llvm_addrsig")) ||
           str_starts(s->name, S(".llvm.call-graph")) || str_is(s->name, ".sxdata") ||
           (c->flags & LDC_DEBUG && ld->opt.strip != STRIP_NONE);
}

struct rout *rlink_section(struct rlink *r, struct ld_osec *os)
{
    while (r->by_idx.n <= os->idx) {
        vec_push(&r->by_idx, NULL);
    }
    if (!r->by_idx.p[os->idx]) {
        struct rout *o = r->by_idx.p[os->idx] = ARENA_NEW(&r->ld->arena, struct rout);
        o->os = os;
        os->nobits = true;
        os->keep = true;
    }
    return r->by_idx.p[os->idx];
}

/* Members of COMDAT groups, and what follows one, are not joined with anything. */
static struct ld_osec *section_for(struct rlink *r, const struct ld_chunk *c)
{
    const struct ld_file *f = c->file;
    const struct section *s = &f->obj.sections[c->sec];
    if (!(s->flags & SEC_COMDAT && s->comdat) || r->ld->opt.force_groups) {
        return ld_osec(r->ld, s->name);
    }
    struct ld_osec *os = ARENA_NEW(&r->ld->arena, struct ld_osec);
    os->name = s->name;
    os->idx = (uint32_t)r->ld->osecs.n;
    vec_push(&r->ld->osecs, os);
    struct rout *o = rlink_section(r, os);
    /* tied by our own rule, or by the object: only the latter is in its records */
    bool assoc = s->assoc && f->obj.sections[s->assoc].comdat == s->comdat;
    o->follows = assoc ? &f->chunks[s->assoc] : NULL;
    o->selection = assoc ? COMDAT_ASSOCIATIVE : f->obj.comdats[s->comdat - 1].selection;
    return os;
}

/* Directives: words apart, and no zeros between. */
static void add_words(struct rlink *r, struct ld_osec *os, struct ld_chunk *c)
{
    struct view text = c->file->obj.sections[c->sec].data;
    for (; text.len && text.p[text.len - 1] == 0; text.len--) {
    }
    c->size = text.len;
    c->align_p2 = 0;
    os->fill = ' ';
    if (os->chunks.n) {
        ld_osec_add(r->ld, os, ld_bytes_chunk(r->ld, " ", 1, 0));
    }
}

void rlink_add(struct rlink *r, struct ld_osec *os, struct ld_chunk *c)
{
    const struct rout *o = rlink_section(r, os);
    uint32_t flags = c->file ? 0 : ld_made(c)->flags;
    if (c->file) {
        const struct section *s = &c->file->obj.sections[c->sec];
        flags = (uint32_t)s->raw_flags;
        if (s->flags & SEC_INFO && str_is(s->name, ".drectve")) {
            add_words(r, os, c);
        }
        c->flags |= LDC_LIVE;
    }
    os->raw_flags |= (flags & ~(IMAGE_SCN_ALIGN_MASK | IMAGE_SCN_LNK_NRELOC_OVFL | IMAGE_SCN_LNK_COMDAT)) |
                     (o->selection ? IMAGE_SCN_LNK_COMDAT : 0);
    if (flags && !(c->flags & LDC_NOBITS)) {
        os->nobits = false;
    }
    ld_osec_add(r->ld, os, c);
}

/* What no object of the output has is as if it were not there. Before scripts select. */
static void drop_all(struct rlink *r)
{
    for (size_t k = 2; k < r->ld->files.n; k++) {
        struct ld_file *f = r->ld->files.p[k];
        for (uint32_t i = 1; is_object(f) && i < f->obj.n_sections; i++) {
            struct ld_chunk *c = &f->chunks[i];
            c->flags |= c->flags & LDC_DISCARDED ? 0 : LDC_LIVE; /* directives are not live in an image */
            if (is_dropped(r->ld, c)) {
                c->flags &= ~(uint32_t)LDC_LIVE;
            }
        }
    }
}

static void assign_all(struct rlink *r)
{
    for (size_t k = 2; k < r->ld->files.n; k++) {
        struct ld_file *f = r->ld->files.p[k];
        for (uint32_t i = 1; is_object(f) && i < f->obj.n_sections; i++) {
            struct ld_chunk *c = &f->chunks[i];
            if (c->flags & LDC_LIVE && !c->osec) { /* else a script has placed it */
                rlink_add(r, section_for(r, c), c);
            }
        }
    }
}

/* Sections with contents are not of zeros; how many there are decides the format. */
static void settle(struct rlink *r)
{
    for (size_t i = 0; i < r->out.n; i++) {
        struct ld_osec *os = r->out.p[i]->os;
        if (!os->nobits && os->raw_flags & (IMAGE_SCN_CNT_CODE | IMAGE_SCN_CNT_INITIALIZED_DATA)) {
            os->raw_flags &= ~(uint64_t)IMAGE_SCN_CNT_UNINITIALIZED_DATA;
        }
    }
    r->big = r->out.n > COFF_MAX_SECS;
    r->rec_len = r->big ? BIGOBJ_SYM_LEN : COFF_SYM_LEN;
}

static void write_rsrc(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)c;
    rsrc_write(&pe_of(ld)->rsrc, 0, out);
}

/* One tree of all resources: readers expect no second one behind the first. */
static void join_rsrc(struct rlink *r)
{
    static const struct ld_chunk_ops ops = {"resources", write_rsrc};
    struct ld *ld = r->ld;
    if (pe_of(ld)->rsrc.size) {
        struct ld_osec *os = ld_osec(ld, S(".rsrc"));
        struct ld_chunk *c = ld_new_chunk(ld, &ops, pe_of(ld)->rsrc.size, 2, NULL);
        ld_note_origin(c, 0, IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ);
        rlink_add(r, os, c);
        r->rsrc = c;
    }
}

/* -d: commons become part of .bss. */
static void allocate_commons(struct rlink *r)
{
    struct ld_osec *os = ld_osec(r->ld, S(".bss"));
    rlink_section(r, os);
    os->raw_flags |= os->nobits ? IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE : 0;
    ld_alloc_commons(r->ld, os, NULL);
}

/* Sections, laid out, and the symbols of scripts. */
static bool make_sections(struct rlink *r)
{
    struct ld *ld = r->ld;
    drop_all(r);
    if (!pe_gather_rsrc(ld) || !rlink_script_start(r)) {
        return false;
    }
    bool full = ld_script_full(ld);
    if (full) {
        join_rsrc(r);
    }
    rlink_script_select(r);
    assign_all(r);
    if (!full) {
        join_rsrc(r);
    }
    if (ld->opt.define_common) {
        allocate_commons(r);
    }
    if (!rlink_script_place(r)) {
        return false;
    }
    settle(r);
    return true;
}

/* The section of the output that chunk C went to, 0 none. */
static uint32_t number_of(const struct rlink *r, const struct ld_chunk *c)
{
    return c && c->flags & LDC_LIVE && c->osec ? r->ld->osecs.p[c->osec]->number : 0;
}

/* ---- symbols ----------------------------------------------------------------------------------------- */

static uint32_t add_string(struct rlink *r, struct str s)
{
    uint32_t at = (uint32_t)r->strs.n;
    buf_str(&r->strs, s);
    buf_c(&r->strs, 0);
    return at;
}

static uint8_t *new_records(struct rlink *r, uint32_t n)
{
    static const uint8_t zero[BIGOBJ_SYM_LEN * 2];
    size_t at = r->syms.n;
    buf_add(&r->syms, zero, (size_t)n * r->rec_len);
    r->n_records += n;
    return (uint8_t *)r->syms.p + at;
}

static void put_record(const struct rlink *r, uint8_t *p, uint64_t value, uint32_t sec, uint16_t type, uint8_t cls,
                       uint8_t n_aux)
{
    put_u32le(p + COFF_SYM_VALUE, (uint32_t)value);
    if (r->big) {
        put_u32le(p + COFF_SYM_SECNUM, sec);
        p += 2;
    } else {
        put_u16le(p + COFF_SYM_SECNUM, (uint16_t)sec);
    }
    put_u16le(p + COFF_SYM_TYPE, type);
    p[COFF_SYM_CLASS] = cls;
    p[COFF_SYM_NAUX] = n_aux;
}

static void put_name(struct rlink *r, uint8_t *p, struct str name)
{
    if (name.len <= 8) {
        memcpy(p, name.p, name.len);
    } else {
        put_u32le(p + COFF_SYM_STROFF, add_string(r, name));
    }
}

/* The symbol of each section, with its COMDAT's record; the number of relocations comes later. */
static void section_symbols(struct rlink *r)
{
    for (size_t i = 0; i < r->out.n; i++) {
        struct rout *o = r->out.p[i];
        o->record = r->n_records + 1;
        uint8_t *p = new_records(r, 2), *aux = p + r->rec_len;
        if (o->os->name.len > 8) {
            put_u32le(p + COFF_SYM_STROFF, o->name_off);
        } else {
            memcpy(p, o->os->name.p, o->os->name.len);
        }
        put_record(r, p, 0, o->os->number, 0, IMAGE_SYM_CLASS_STATIC, 1);
        uint32_t to = number_of(r, o->follows);
        put_u32le(aux + COFF_AUX_SEC_LEN, (uint32_t)o->os->size);
        put_u16le(aux + COFF_AUX_SEC_NUMBER, (uint16_t)to);
        aux[COFF_AUX_SEC_SELECTION] = o->selection;
        if (r->big) {
            put_u16le(aux + COFF_AUX_SEC_NUMBER_HIGH, (uint16_t)(to >> 16));
        }
    }
}

/* Of the symbols that no other file can see: those that relocations need, and by the options -x, -X, -s. */
static bool keeps_local(const struct ld *ld, const struct ld_file *f, uint32_t i, const uint8_t *needed)
{
    const struct symbol *s = &f->syms[i];
    const struct section *sec = sec_is_special(s->sec) || !s->sec ? NULL : &f->obj.sections[s->sec];
    if (needed && needed[i]) {
        return true;
    }
    if (sec && sec->comdat && f->obj.comdats[sec->comdat - 1].sym == i) {
        return true; /* the leader, which a COMDAT cannot be without */
    }
    return ld->opt.strip != STRIP_ALL && ld->opt.discard != DISCARD_ALL &&
           !(ld->opt.discard == DISCARD_L && str_starts(s->name, S(".L")));
}

static void local_symbol(struct rlink *r, struct ld_file *f, uint32_t i, const uint8_t *needed)
{
    const struct symbol *s = &f->syms[i];
    const struct ld_chunk *c = sec_is_special(s->sec) || !s->sec ? NULL : &f->chunks[s->sec];
    uint32_t n = number_of(r, c);
    if (s->flags & SYMF_SECTION_DEF) {
        r->map[f->idx][i] = n ? r->out.p[n - 1]->record : NO_RECORD;
        return;
    }
    bool placed = n || s->sec == SEC_ABS || (s->type == SYM_SECTION && s->sec == SEC_UNDEF);
    if (!placed || s->type == SYM_FILE || s->type == SYM_DEBUG || s->type == SYM_OTHER ||
        !keeps_local(r->ld, f, i, needed)) {
        return;
    }
    r->map[f->idx][i] = r->n_records + 1;
    uint8_t *p = new_records(r, 1);
    put_name(r, p, s->name);
    put_record(r, p, s->value + (c ? c->off : 0), s->sec == SEC_ABS ? 0xffffffff : n, s->raw_desc, s->raw_info, 0);
}

/* The one record of a global name, by the file that ld->tab says has it. */
static void global_symbol(struct rlink *r, struct ld_file *f, uint32_t i)
{
    struct ld *ld = r->ld;
    uint32_t id = f->ids[i];
    const struct ld_sym *g = ld_sym(ld, id);
    const struct symbol *s = &f->syms[i];
    if (g->file != f->idx || g->sym != i || g->rank == RANK_NONE || ld->tab.aux[id]) {
        return;
    }
    bool weak = g->rank == RANK_WEAK_EXT;
    const struct ld_chunk *c = f->kind == LD_OBJECT || f->kind == LD_INTERNAL ? ld_sym_chunk(ld, id) : NULL;
    uint32_t n = number_of(r, c);
    bool made_abs = n && ld_has(ld, id, LDS_ABS); /* a number that a script gave */
    bool abs = (s->sec == SEC_ABS || made_abs) && f->kind != LD_IMPORT && f->kind != LD_SHARED;
    bool common = g->rank == RANK_COMMON;
    bool gone = f->kind == LD_IMPORT || f->kind == LD_SHARED ||
                (c && f->kind == LD_OBJECT); /* a script has discarded its section */
    if (!n && !abs && !common && !weak && gone && !ld_has(ld, id, LDS_REF)) {
        return;
    }
    ld->tab.aux[id] = r->n_records + 1;
    uint8_t *p = new_records(r, weak ? 2 : 1);
    put_name(r, p, ld_sym_name(ld, id));
    uint64_t value = n ? s->value + c->off : abs ? s->value : common ? s->size : 0;
    value += made_abs ? ld->osecs.p[c->osec]->addr : 0;
    if (abs && value > UINT32_MAX && value < UINT64_MAX - INT32_MAX) {
        diag_error(&ld->diag, "-r: '%.*s' is 0x%llx, which COFF's 32 bits do not hold", Q(ld_sym_name(ld, id)),
                   (unsigned long long)value);
    }
    put_record(r, p, value, abs ? 0xffffffff : n, s->raw_desc,
               weak ? IMAGE_SYM_CLASS_WEAK_EXTERNAL : IMAGE_SYM_CLASS_EXTERNAL, weak);
}

static void file_record(struct rlink *r, const struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms && i < 4; i++) {
        struct str name = f->syms[i].type == SYM_FILE ? f->syms[i].name : S("");
        if (!name.len || r->ld->opt.strip == STRIP_ALL) {
            continue;
        }
        uint8_t *p = new_records(r, 2), *aux = p + r->rec_len;
        memcpy(p, ".file", 5);
        put_record(r, p, 0, 0xfffffffe, 0, IMAGE_SYM_CLASS_FILE, 1);
        if (name.len <= COFF_SYM_LEN) {
            memcpy(aux, name.p, name.len);
        } else {
            put_u32le(aux + COFF_SYM_STROFF, add_string(r, name));
        }
        return;
    }
}

/* Symbols that relocations name directly, and what weak externals stand for: -x and -s must not take them away. */
static uint8_t *needed_locals(const struct rlink *r, struct ld_file *f)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    const struct ld *ld = r->ld;
    bool all = ld->opt.strip != STRIP_ALL && ld->opt.discard != DISCARD_ALL && ld->opt.discard != DISCARD_L;
    if (!is_object(f) || all) {
        return NULL;
    }
    uint8_t *needed = ARENA_ARRAY(f->obj.arena, uint8_t, f->n_syms);
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (f->syms[i].binding == BIND_WEAK_EXTERNAL && f->syms[i].alias < f->n_syms) {
            needed[f->syms[i].alias] = 1;
        }
    }
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        if (!(f->chunks[s].flags & LDC_LIVE) || !f->obj.sections[s].n_relocs || !obj_reloc_start(&f->obj, s, &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n; i++) {
                if (block[i].sym < f->n_syms) {
                    needed[block[i].sym] = 1;
                }
            }
        }
    }
    return needed;
}

static void make_symbols(struct rlink *r)
{
    struct ld *ld = r->ld;
    section_symbols(r);
    r->map = ARENA_ARRAY(&ld->arena, uint32_t *, ld->files.n);
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->bad || f->skip) {
            continue;
        }
        r->map[k] = ARENA_ARRAY(&ld->arena, uint32_t, f->n_syms ? f->n_syms : 1);
        const uint8_t *needed = needed_locals(r, f);
        file_record(r, f);
        for (uint32_t i = 0; i < f->n_syms; i++) {
            if (f->ids[i] != LD_NO_SYM) {
                global_symbol(r, f, i);
            } else if (is_object(f)) {
                local_symbol(r, f, i, needed);
            }
        }
    }
}

/* The record of symbol I of F, + 1. */
static uint32_t record_of(const struct rlink *r, const struct ld_file *f, uint32_t i)
{
    return i >= f->n_syms ? NO_RECORD : f->ids[i] != LD_NO_SYM ? r->ld->tab.aux[f->ids[i]] : r->map[f->idx][i];
}

/* What a weak external stands for, once every symbol has its number. */
static void weak_records(struct rlink *r)
{
    for (size_t k = 2; k < r->ld->files.n; k++) {
        const struct ld_file *f = r->ld->files.p[k];
        for (uint32_t i = 0; is_object(f) && i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            const struct symbol *s = &f->syms[i];
            if (id == LD_NO_SYM || s->binding != BIND_WEAK_EXTERNAL || ld_sym(r->ld, id)->rank != RANK_WEAK_EXT ||
                ld_sym(r->ld, id)->file != f->idx || ld_sym(r->ld, id)->sym != i || !r->ld->tab.aux[id]) {
                continue;
            }
            uint8_t *aux = (uint8_t *)r->syms.p + (size_t)r->ld->tab.aux[id] * r->rec_len;
            uint32_t to = record_of(r, f, s->alias);
            put_u32le(aux + COFF_AUX_WEAK_TAG, to ? to - 1 : 0);
            put_u32le(aux + COFF_AUX_WEAK_KIND, s->weak_kind);
        }
    }
}

/* ---- relocations ------------------------------------------------------------------------------------- */

static void put_reloc(struct rlink *r, uint64_t off, uint32_t record, uint16_t type)
{
    uint8_t p[COFF_REL_LEN];
    put_u32le(p + COFF_REL_VADDR, (uint32_t)off);
    put_u32le(p + COFF_REL_SYM, record - 1);
    put_u16le(p + COFF_REL_TYPE, type);
    buf_add(&r->relocs, p, sizeof p);
}

/* Each resource's contents lie in the same section. */
static void rsrc_relocs(struct rlink *r, struct rout *o, bool records)
{
    const struct rsrc_set *set = &pe_of(r->ld)->rsrc;
    uint16_t type = pe_of(r->ld)->is64 ? REL_AMD64_ADDR32NB : REL_I386_DIR32NB;
    for (size_t i = 0; records && i < set->leaves.n; i++) {
        put_reloc(r, set->dirs_len + i * RSRC_DATA_LEN, o->record, type);
    }
    o->n_relocs += records ? 0 : set->leaves.n;
}

/* With RECORDS unset only counts. A relocation whose target is gone is left out: its field is a tombstone. */
static void walk_relocs(struct rlink *r, struct rout *o, bool records)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    for (size_t k = 0; k < o->os->chunks.n; k++) {
        const struct ld_chunk *c = o->os->chunks.p[k];
        const struct ld_file *f = c->file;
        if (c == r->rsrc) {
            rsrc_relocs(r, o, records);
        }
        if (!f || c->ops || !f->obj.sections[c->sec].n_relocs || !obj_reloc_start(&f->obj, c->sec, &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n; i++) {
                uint32_t to = record_of(r, f, block[i].sym);
                o->n_relocs += to && !records;
                if (to && records) {
                    put_reloc(r, c->off + block[i].off, to, block[i].raw_type);
                }
            }
        }
    }
}

static void make_relocs(struct rlink *r)
{
    for (size_t i = 0; i < r->out.n; i++) {
        struct rout *o = r->out.p[i];
        walk_relocs(r, o, false);
        uint8_t *aux = (uint8_t *)r->syms.p + (size_t)o->record * r->rec_len;
        put_u16le(aux + 4, o->n_relocs < 0xffff ? (uint16_t)o->n_relocs : 0xffff);
        o->reloc_at = r->relocs.n;
        if (o->n_relocs >= 0xffff) { /* the first record counts, itself included */
            uint8_t p[COFF_REL_LEN] = {0};
            put_u32le(p + COFF_REL_VADDR, (uint32_t)o->n_relocs + 1);
            buf_add(&r->relocs, p, sizeof p);
        }
        walk_relocs(r, o, true);
    }
}

/* Dead places in lists that a pair of zeros ends are 1. */
static uint64_t tombstone(const struct section *s)
{
    return str_is(s->name, ".debug_ranges") || str_is(s->name, ".debug_loc");
}

void pe_adjust_addends(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    struct ld_file *f = c->file;
    if (!obj_reloc_start(&f->obj, c->sec, &it)) {
        return;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            const struct reloc *r = &block[i];
            const struct symbol *s = r->sym < f->n_syms ? &f->syms[r->sym] : NULL;
            if (!s || f->ids[r->sym] != LD_NO_SYM || sec_is_special(s->sec) || s->sec == SEC_UNDEF ||
                r->kind == KIND_NONE || r->kind == KIND_SECTION_IDX) {
                continue;
            }
            const struct ld_chunk *to = &f->chunks[s->sec];
            bool dead = !(to->flags & LDC_LIVE);
            if (!dead && (!(s->flags & SYMF_SECTION_DEF) || to->off == 0)) {
                continue;
            }
            if (r->flags & RELF_BITS) {
                ld_error_at(ld, f, c->sec, r->off, "-r: the addend of this relocation has too few bits");
                continue;
            }
            uint64_t v = dead ? tombstone(&f->obj.sections[c->sec])
                              : (uint64_t)arch_get(out + r->off, r->width) + to->off;
            arch_put(out + r->off, r->width, RELF_ANY, v);
        }
    }
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static void put_file_header(const struct rlink *r, uint8_t *h, uint64_t sym_off)
{
    struct ld *ld = r->ld;
    uint16_t machine = (uint16_t)machine_info(ld->machine)->coff;
    if (r->big) {
        memcpy(h, "\0\0\xff\xff", 4);
        put_u16le(h + BIGOBJ_HDR_VERSION, 2);
        put_u16le(h + BIGOBJ_HDR_MACHINE, machine);
        put_u32le(h + BIGOBJ_HDR_TIME, pe_timestamp(ld));
        memcpy(h + BIGOBJ_HDR_CLASS, BIGOBJ_CLASS_ID, 16);
        put_u32le(h + BIGOBJ_HDR_NSECS, (uint32_t)r->out.n);
        put_u32le(h + BIGOBJ_HDR_SYMPTR, (uint32_t)sym_off);
        put_u32le(h + BIGOBJ_HDR_NSYMS, r->n_records);
        return;
    }
    put_u16le(h + COFF_HDR_MACHINE, machine);
    put_u16le(h + COFF_HDR_NSECS, (uint16_t)r->out.n);
    put_u32le(h + COFF_HDR_TIME, pe_timestamp(ld));
    put_u32le(h + COFF_HDR_SYMPTR, (uint32_t)sym_off);
    put_u32le(h + COFF_HDR_NSYMS, r->n_records);
    put_u16le(h + COFF_HDR_FLAGS, (uint16_t)(IMAGE_FILE_LINE_NUMS_STRIPPED |
                                             (pe_of(ld)->is64 ? 0 : IMAGE_FILE_32BIT_MACHINE)));
}

/* "/1234", and from ten million on "//" and six digits to the base of 64. */
static void put_section_name(uint8_t *p, const struct rout *o)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (o->os->name.len <= 8) {
        memcpy(p, o->os->name.p, o->os->name.len);
        return;
    }
    char text[16];
    uint32_t n = o->name_off;
    if (n <= 9999999) {
        snprintf(text, sizeof text, "/%u", n);
        memcpy(p, text, strlen(text));
        return;
    }
    p[0] = p[1] = '/';
    for (int i = 7; i >= 2; i--, n /= 64) {
        p[i] = (uint8_t)digits[n % 64];
    }
}

static void put_section_table(const struct rlink *r, uint8_t *p, uint64_t reloc_off)
{
    for (size_t i = 0; i < r->out.n; i++, p += COFF_SEC_LEN) {
        const struct rout *o = r->out.p[i];
        bool many = o->n_relocs >= 0xffff;
        uint32_t align = (uint32_t)(o->os->align_p2 < 13 ? o->os->align_p2 : 13) + 1;
        put_section_name(p, o);
        put_u32le(p + COFF_SEC_RAWSIZE, (uint32_t)o->os->size);
        put_u32le(p + COFF_SEC_RAWPTR, o->os->nobits || !o->os->size ? 0 : (uint32_t)o->os->file_off);
        put_u32le(p + COFF_SEC_RELOCPTR, o->n_relocs ? (uint32_t)(reloc_off + o->reloc_at) : 0);
        put_u16le(p + COFF_SEC_NRELOCS, many ? 0xffff : (uint16_t)o->n_relocs);
        put_u32le(p + COFF_SEC_FLAGS, (uint32_t)o->os->raw_flags | align << IMAGE_SCN_ALIGN_SHIFT |
                                          (many ? IMAGE_SCN_LNK_NRELOC_OVFL : 0));
    }
}

static uint64_t add_table(struct rlink *r, const char *name, struct buf *b, uint64_t off)
{
    struct ld_osec *os = ld_osec(r->ld, str_c(name));
    ld_osec_add(r->ld, os, ld_bytes_chunk(r->ld, b->p, b->n, 0));
    ld_layout_osec(os);
    os->number = UINT32_MAX; /* written, but no section */
    os->file_off = off;
    os->file_size = os->size;
    return off + os->size;
}

static bool write_out(struct rlink *r)
{
    struct ld *ld = r->ld;
    size_t head = (r->big ? BIGOBJ_HDR_LEN : COFF_HDR_LEN) + r->out.n * COFF_SEC_LEN;
    uint64_t off = head;
    for (size_t i = 0; i < r->out.n; i++) {
        struct ld_osec *os = r->out.p[i]->os;
        os->file_size = os->nobits ? 0 : os->size;
        off = os->file_size ? align_up(off, 4) : off;
        os->file_off = off;
        off += os->file_size;
    }
    put_u32le((uint8_t *)r->strs.p, (uint32_t)r->strs.n);
    uint64_t reloc_off = align_up(off, 4);
    uint64_t sym_off = add_table(r, "*relocations*", &r->relocs, reloc_off);
    uint64_t str_off = add_table(r, "*symbols*", &r->syms, sym_off);
    ld->file_size = add_table(r, "*strings*", &r->strs, str_off);
    if (ld->file_size > UINT32_MAX) {
        return diag_error(&ld->diag, "-r: the output would be larger than 4 GiB, which a COFF object cannot be");
    }
    uint8_t *h = ARENA_ARRAY(&ld->arena, uint8_t, head);
    put_file_header(r, h, sym_off);
    put_section_table(r, h + (r->big ? BIGOBJ_HDR_LEN : COFF_HDR_LEN), reloc_off);
    ld->phase = PHASE_LAID_OUT;
    ld_pass(ld, "write");
    struct ld_image img = {.head = h, .head_len = head};
    return ld_write(ld, &img);
}

static void section_names(struct rlink *r)
{
    buf_u32(&r->strs, false, 0); /* the table's size */
    for (size_t i = 0; i < r->out.n; i++) {
        struct rout *o = r->out.p[i];
        o->name_off = o->os->name.len > 8 ? add_string(r, o->os->name) : 0;
    }
}

static bool write_object(struct rlink *r)
{
    section_names(r);
    make_symbols(r);
    weak_records(r);
    make_relocs(r);
    return ld_checkpoint(r->ld) && write_out(r);
}

bool pe_link_relocatable(struct ld *ld)
{
    struct rlink r = {.ld = ld};
    pe_of(ld)->rlink = &r;
    ld->image_base = 0;
    ld_pass(ld, "join");
    bool ok = make_sections(&r) && write_object(&r);
    pe_of(ld)->rlink = NULL;
    buf_free(&r.syms);
    buf_free(&r.strs);
    buf_free(&r.relocs);
    vec_free(&r.by_idx);
    vec_free(&r.out);
    return ok;
}
