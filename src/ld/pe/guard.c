/* guard.c - control flow guard: the tables that a load configuration directory points at.

   Compilers list, by symbol number, the functions whose address is taken (.gfids$y), the imports whose
   address is (.giats$y), the places that longjmp returns to (.gljmp$y), exception continuations
   (.gehcont$y) and, on i386, safe exception handlers (.sxdata). Here they become tables of addresses,
   sorted and without duplicates. An object that was compiled without guard says nothing: there every
   function that a relocation other than a call refers to counts. Source: PE format, "The Load
   Configuration Structure"; spec pe-ld 5.10, 2.9. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ld/pe/pe.h"

enum table { T_FIDS, T_IATS, T_LONGJMP, T_EHCONT, T_SEH, N_TABLES };

static const struct {
    const char *section, *table, *count;
} tables[N_TABLES] = {
    {".gfids$y", "__guard_fids_table", "__guard_fids_count"},
    {".giats$y", "__guard_iat_table", "__guard_iat_count"},
    {".gljmp$y", "__guard_longjmp_table", "__guard_longjmp_count"},
    {".gehcont$y", "__guard_eh_cont_table", "__guard_eh_cont_count"},
    {".sxdata", "__safe_se_handler_table", "__safe_se_handler_count"},
};

enum { FEAT_SAFE_SEH = 1, FEAT_GUARD_CF = 0x800, FEAT_GUARD_EHCONT = 0x4000 };

/* Bits of GuardFlags. */
enum {
    CF_INSTRUMENTED = 0x100,
    CF_FUNCTION_TABLE_PRESENT = 0x400,
    PROTECT_DELAYLOAD_IAT = 0x1000,
    DELAYLOAD_IAT_IN_ITS_OWN_SECTION = 0x2000,
    CF_LONGJUMP_TABLE_PRESENT = 0x10000,
    EH_CONTINUATION_TABLE_PRESENT = 0x400000
};

/* Something with an address: at OFF of CHUNK, or (CHUNK NULL) the slot or the thunk of import REC. */
struct place {
    const struct ld_chunk *chunk;
    uint64_t off;
    uint32_t rec;
    bool thunk;
};

struct pe_guard {
    struct guard_table {
        VEC(struct place) v;
        struct ld_chunk *chunk;
        uint32_t count_sym; /* in the linker's own file; LD_NO_SYM: nobody wants it */
    } tables[N_TABLES];
    bool on, seh;
};

/* ---- collecting ------------------------------------------------------------------------------------ */

static void add_chunk(struct guard_table *t, const struct ld_chunk *c, uint64_t off)
{
    while (c->flags & LDC_FOLDED) {
        c = c->repl;
    }
    if (c->flags & LDC_LIVE) {
        vec_push(&t->v, (struct place){c, off, 0, false});
    }
}

static void add_global(struct ld *ld, struct guard_table *t, uint32_t id)
{
    struct pe *pe = pe_of(ld);
    const struct pe_import *im = pe_import_of(ld, id);
    if (im) {
        bool thunk = !str_starts(ld_sym_name(ld, id), S("__imp_"));
        if (ld_has(ld, im->imp_id, thunk ? LDS_THUNK : LDS_SLOT)) {
            vec_push(&t->v, (struct place){NULL, 0, (uint32_t)(im - pe->imports.p), thunk});
        }
        return;
    }
    const struct symbol *s = ld_definition(ld, id);
    const struct ld_chunk *c = ld_sym_chunk(ld, id);
    if (s && c) {
        add_chunk(t, c, s->value);
    }
}

static void add_symbol(struct ld *ld, struct guard_table *t, const struct ld_file *f, uint32_t i)
{
    const struct symbol *s = &f->syms[i];
    if (f->ids[i] != LD_NO_SYM) {
        add_global(ld, t, f->ids[i]);
    } else if (s->sec != SEC_UNDEF && !sec_is_special(s->sec)) {
        add_chunk(t, &f->chunks[s->sec], s->value);
    }
}

static void read_list(struct ld *ld, struct guard_table *t, struct ld_file *f, uint32_t sec)
{
    struct view v = f->obj.sections[sec].data;
    if (v.len % 4) {
        ld_error_at(ld, f, sec, 0, "size %llu is not a multiple of 4", (unsigned long long)v.len);
        return;
    }
    for (uint64_t off = 0; off < v.len; off += 4) {
        uint32_t raw = get_u32le(v.p + off), i = obj_coff_symbol(&f->obj, raw);
        if (i == UINT32_MAX) {
            ld_error_at(ld, f, sec, off, "there is no symbol %u", raw);
            return;
        }
        add_symbol(ld, t, f, i);
    }
}

static uint64_t features(const struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (f->syms[i].sec == SEC_ABS && str_is(f->syms[i].name, "@feat.00")) {
            return f->syms[i].value;
        }
    }
    return 0;
}

static int cmp_key(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Section and offset of every function of F, sorted: gas refers to local functions by their section. */
static uint64_t *function_keys(const struct ld_file *f, size_t *n)
{
    uint64_t *keys = xcalloc(f->n_syms + 1, sizeof *keys);
    *n = 0;
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (s->type == SYM_FUNC && s->sec != SEC_UNDEF && !sec_is_special(s->sec)) {
            keys[(*n)++] = (uint64_t)s->sec << 32 | (s->value & UINT32_MAX);
        }
    }
    qsort(keys, *n, sizeof *keys, cmp_key);
    return keys;
}

static void take_reference(struct ld *ld, struct guard_table *t, struct ld_file *f, const struct reloc *r,
                           const uint64_t *keys, size_t n_keys)
{
    if (r->sym >= f->n_syms || r->kind == KIND_NONE) {
        return;
    }
    const struct symbol *s = &f->syms[r->sym];
    bool placed = s->sec != SEC_UNDEF && !sec_is_special(s->sec);
    if (s->type == SYM_FUNC || (f->ids[r->sym] != LD_NO_SYM && !placed)) {
        const struct symbol *def = f->ids[r->sym] == LD_NO_SYM ? s : ld_definition(ld, f->ids[r->sym]);
        const struct pe_import *im = f->ids[r->sym] == LD_NO_SYM ? NULL : pe_import_of(ld, f->ids[r->sym]);
        if (im ? !str_starts(s->name, S("__imp_")) : def && def->type == SYM_FUNC) {
            add_symbol(ld, t, f, r->sym);
        }
    } else if (placed && f->ids[r->sym] == LD_NO_SYM && f->obj.sections[s->sec].flags & SEC_EXEC) {
        int64_t a = r->addend + (r->kind == KIND_PCREL ? 4 : 0);
        uint64_t off = s->value + (uint64_t)a, key = (uint64_t)s->sec << 32 | (off & UINT32_MAX);
        if (bsearch(&key, keys, n_keys, sizeof *keys, cmp_key)) {
            add_chunk(t, &f->chunks[s->sec], off);
        }
    }
}

/* F was compiled without guard. */
static void take_references(struct ld *ld, struct guard_table *t, struct ld_file *f)
{
    size_t n_keys;
    uint64_t *keys = function_keys(f, &n_keys);
    for (uint32_t sec = 1; sec < f->obj.n_sections; sec++) {
        struct reloc block[RELOC_BLOCK];
        struct reloc_iter it;
        const struct section *s = &f->obj.sections[sec];
        if (!(f->chunks[sec].flags & LDC_LIVE) || f->chunks[sec].flags & LDC_DEBUG || !s->n_relocs ||
            str_starts(s->name, S(".pdata")) || str_starts(s->name, S(".xdata")) ||
            str_starts(s->name, S(".eh_frame")) || !obj_reloc_start(&f->obj, sec, &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n; i++) {
                if (!(block[i].kind == KIND_PCREL && s->flags & SEC_EXEC &&
                      pe_is_branch(f, sec, block[i].off))) {
                    take_reference(ld, t, f, &block[i], keys, n_keys);
                }
            }
        }
    }
    free(keys);
}

static void collect_file(struct ld *ld, struct pe_guard *g, struct ld_file *f)
{
    uint64_t feat = features(f);
    if (g->on && !(feat & FEAT_GUARD_CF)) {
        take_references(ld, &g->tables[T_FIDS], f);
    }
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        for (int k = 0; k < N_TABLES; k++) {
            bool wanted = k == T_SEH      ? g->seh
                          : k == T_EHCONT ? g->on && feat & FEAT_GUARD_EHCONT
                          : k == T_LONGJMP ? g->on && ld->opt.pe.guard_longjmp != TRI_OFF
                                          : g->on;
            if (wanted && str_is(f->obj.sections[s].name, tables[k].section)) {
                read_list(ld, &g->tables[k], f, s);
            }
        }
    }
}

/* What the loader and other images may call, and what objects ask for by name. */
static void collect_others(struct ld *ld, struct pe_guard *g)
{
    struct pe *pe = pe_of(ld);
    const uint32_t *ids;
    size_t n = pe_guard_symbols(ld, &ids);
    struct guard_table *fids = &g->tables[T_FIDS];
    if (ld->entry != LD_NO_SYM) {
        add_global(ld, fids, ld->entry);
    }
    for (size_t i = 0; i < pe->exports.n; i++) {
        if (!pe->exports.p[i].forward.len && !pe->exports.p[i].data) {
            add_global(ld, fids, pe->exports.p[i].id);
        }
    }
    for (size_t i = 0; i < n; i++) {
        add_global(ld, fids, ids[i]);
    }
    for (size_t i = 0; i < pe->imports.n; i++) {
        if (pe->dlls.p[pe->imports.p[i].dll].delayed && ld_has(ld, pe->imports.p[i].imp_id, LDS_SLOT)) {
            vec_push(&g->tables[T_IATS].v, (struct place){NULL, 0, (uint32_t)i, false});
        }
    }
}

/* ---- tables -------------------------------------------------------------------------------------------- */

static int cmp_place(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    uint64_t ka = a->chunk && a->chunk->file ? a->chunk->file->idx : 0;
    uint64_t kb = b->chunk && b->chunk->file ? b->chunk->file->idx : 0;
    if (ka != kb) {
        return ka < kb ? -1 : 1;
    }
    ka = a->chunk ? (uint64_t)a->chunk->sec + 1 : 0;
    kb = b->chunk ? (uint64_t)b->chunk->sec + 1 : 0;
    if (ka != kb) {
        return ka < kb ? -1 : 1;
    }
    ka = a->chunk ? a->off : (uint64_t)a->rec << 1 | a->thunk;
    kb = b->chunk ? b->off : (uint64_t)b->rec << 1 | b->thunk;
    return (ka > kb) - (ka < kb);
}

static void write_table(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    const struct guard_table *t = c->priv;
    uint64_t *rvas = xcalloc(t->v.n + 1, sizeof *rvas);
    for (size_t i = 0; i < t->v.n; i++) {
        const struct place *p = &t->v.p[i];
        const struct pe_import *im = p->chunk ? NULL : &pe->imports.p[p->rec];
        rvas[i] = im ? (p->thunk ? im->thunk_rva : im->slot_rva) : ld_chunk_addr(ld, p->chunk) + p->off;
    }
    qsort(rvas, t->v.n, sizeof *rvas, cmp_key);
    for (size_t i = 0; i < t->v.n; i++) {
        put_u32le(out + 4 * i, (uint32_t)rvas[i]);
    }
    free(rvas);
}

static struct str spelled(struct ld *ld, const char *name)
{
    return str_c(arena_printf(&ld->arena, "%.*s%s", Q(pe_of(ld)->prefix), name));
}

static bool is_wanted(const struct ld *ld, struct str name)
{
    uint32_t id = ld_lookup(ld, name);
    return id != LD_NO_SYM && ld_sym(ld, id)->rank != RANK_NONE && !ld_is_defined(ld_sym(ld, id));
}

static uint32_t define_number(struct ld *ld, const char *name, uint64_t value)
{
    struct str s = spelled(ld, name);
    if (!is_wanted(ld, s)) {
        return LD_NO_SYM;
    }
    return ld_sym(ld, ld_define(ld, s, NULL, value))->sym;
}

static bool any_section(const struct ld *ld, const char *name)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t s = 1; f->kind == LD_OBJECT && f->chunks && s < f->obj.n_sections; s++) {
            if (f->obj.sections[s].size && str_is(f->obj.sections[s].name, name)) {
                return true;
            }
        }
    }
    return false;
}

/* The safe handlers of i386 are worth listing only if every object says that its own are listed. */
static bool all_safe_seh(const struct ld *ld)
{
    bool any = false;
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && f->chunks && !f->bad && !f->skip) {
            any = true;
            if (!(features(f) & FEAT_SAFE_SEH)) {
                return false;
            }
        }
    }
    return any;
}

static uint64_t guard_flags(const struct ld *ld, const struct pe_guard *g)
{
    uint64_t flags = 0;
    if (g->on) {
        flags = CF_INSTRUMENTED | CF_FUNCTION_TABLE_PRESENT;
        flags |= ld->opt.pe.guard_longjmp != TRI_OFF ? CF_LONGJUMP_TABLE_PRESENT : 0;
        flags |= g->tables[T_EHCONT].chunk ? EH_CONTINUATION_TABLE_PRESENT : 0;
        flags |= ld->opt.pe.delayload.n ? PROTECT_DELAYLOAD_IAT | DELAYLOAD_IAT_IN_ITS_OWN_SECTION : 0;
    }
    return flags;
}

/* Before scanning: the symbols, 0 where there is no table. */
void pe_define_guard(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"guard table", write_table};
    struct pe *pe = pe_of(ld);
    struct pe_guard *g = ARENA_NEW(&ld->arena, struct pe_guard);
    pe->guard = g;
    g->on = ld->opt.pe.guard_cf == TRI_ON;
    bool seh_wanted = !pe->is64 && is_wanted(ld, spelled(ld, tables[T_SEH].table));
    g->seh = seh_wanted && all_safe_seh(ld);
    for (int k = 0; k < N_TABLES; k++) {
        struct guard_table *t = &g->tables[k];
        bool made = k == T_FIDS   ? g->on
                    : k == T_SEH  ? g->seh
                    : k == T_IATS ? g->on && (any_section(ld, tables[k].section) || pe->delay)
                                  : g->on && any_section(ld, tables[k].section);
        struct str name = spelled(ld, tables[k].table);
        t->count_sym = define_number(ld, tables[k].count, 0);
        if (made) {
            t->chunk = ld_new_chunk(ld, &ops, 0, 2, t);
            pe_bucket_add(ld, pe->rdata, PE_BUCKETS - 2, t->chunk);
        }
        if (is_wanted(ld, name)) {
            ld_define(ld, name, t->chunk, 0);
        }
    }
    (void)define_number(ld, "__guard_flags", guard_flags(ld, g));
    (void)define_number(ld, "__enclave_config", 0);
    (void)define_number(ld, "__volatile_metadata", 0);
    if (pe->debug && is_wanted(ld, spelled(ld, "__buildid"))) {
        ld_define(ld, spelled(ld, "__buildid"), pe->debug, PE_BUILD_ID_OFF);
    }
}

/* After scanning, when the imports in use are known: contents and counts. */
bool pe_build_guard(struct ld *ld)
{
    struct pe_guard *g = pe_of(ld)->guard;
    if (!g->on && !g->seh) {
        return true;
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && f->chunks && !f->bad && !f->skip) {
            collect_file(ld, g, f);
        }
    }
    if (g->on) {
        collect_others(ld, g);
    }
    for (int k = 0; k < N_TABLES; k++) {
        struct guard_table *t = &g->tables[k];
        size_t n = 0;
        if (t->v.n) {
            qsort(t->v.p, t->v.n, sizeof *t->v.p, cmp_place);
        }
        for (size_t i = 0; i < t->v.n; i++) {
            if (!n || cmp_place(&t->v.p[n - 1], &t->v.p[i]) != 0) {
                t->v.p[n++] = t->v.p[i];
            }
        }
        t->v.n = t->chunk ? n : 0;
        if (t->chunk) {
            t->chunk->size = n * 4;
        }
        if (t->count_sym != LD_NO_SYM) {
            ld_file(ld, 1)->syms[t->count_sym].value = t->v.n;
        }
    }
    return ld_checkpoint(ld);
}

/* ---- the load configuration -------------------------------------------------------------------------- */

/* Does the program's directory, SIZE bytes at P, point at our tables? It is the C runtime's. */
void pe_check_guard(struct ld *ld, const uint8_t *p, uint32_t size)
{
    struct pe *pe = pe_of(ld);
    const struct pe_guard *g = pe->guard;
    unsigned w = pe->word, table = pe->is64 ? 128 : 80;
    if (!g->on) {
        return;
    }
    if (!p) {
        diag_warning(&ld->diag, "--guard-cf: _load_config_used is missing, so the loader will not find the tables");
        return;
    }
    if (size < table + 2 * w + 4) {
        diag_warning(&ld->diag, "--guard-cf: _load_config_used is too small (%u bytes) to hold GuardFlags", size);
        return;
    }
    const struct guard_table *t = &g->tables[T_FIDS];
    uint64_t at = pe->is64 ? get_u64le(p + table) : get_u32le(p + table);
    uint64_t n = pe->is64 ? get_u64le(p + table + w) : get_u32le(p + table + w);
    if (at != ld->image_base + ld_chunk_addr(ld, t->chunk) || n != t->v.n) {
        diag_warning(&ld->diag, "--guard-cf: _load_config_used does not refer to __guard_fids_table and "
                     "__guard_fids_count");
    }
    if (get_u32le(p + table + 2 * w) != guard_flags(ld, g)) {
        diag_warning(&ld->diag, "--guard-cf: GuardFlags of _load_config_used is not __guard_flags");
    }
}

void pe_guard_end(struct ld *ld)
{
    struct pe_guard *g = pe_of(ld)->guard;
    for (int k = 0; g && k < N_TABLES; k++) {
        vec_free(&g->tables[k].v);
    }
}
