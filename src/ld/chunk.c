/* chunk.c - chunks, output sections, and the addresses of symbols. */
#include <string.h>

#include "base/ckint.h"
#include "ld/ld.h"

struct ld_osec *ld_osec(struct ld *ld, struct str name)
{
    uint32_t known = strmap_get(&ld->osec_by_name, name);
    if (known != STRMAP_NONE) {
        return ld->osecs.p[known];
    }
    struct ld_osec *os = ARENA_NEW(&ld->arena, struct ld_osec);
    os->name = arena_str(&ld->arena, name);
    os->idx = (uint32_t)ld->osecs.n;
    strmap_put(&ld->osec_by_name, os->name, os->idx, NULL);
    vec_push(&ld->osecs, os);
    return os;
}

void ld_osec_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c)
{
    (void)ld;
    c->osec = os->idx;
    vec_push(&os->chunks, c);
}

struct ld_chunk *ld_new_chunk(struct ld *ld, const struct ld_chunk_ops *ops, uint64_t size,
                              uint8_t align_p2, void *priv)
{
    struct ld_chunk *c = &ARENA_NEW(&ld->arena, struct ld_made_chunk)->c;
    c->ops = ops;
    c->size = size;
    c->align_p2 = align_p2;
    c->priv = priv;
    atomic_init(&c->flags, LDC_LIVE | LDC_ROOT);
    return c;
}

static void write_bytes(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    if (c->size) {
        memcpy(out, c->priv, (size_t)c->size);
    }
}

struct ld_chunk *ld_bytes_chunk(struct ld *ld, const void *p, size_t n, uint8_t align_p2)
{
    static const struct ld_chunk_ops ops = {"constant", write_bytes};
    void *copy = arena_alloc(&ld->arena, n);
    if (n) {
        memcpy(copy, p, n);
    }
    return ld_new_chunk(ld, &ops, n, align_p2, copy);
}

void ld_layout_osec(struct ld_osec *os)
{
    uint64_t off = 0;
    size_t n = 0;
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        if (!(c->flags & LDC_LIVE) || c->flags & (LDC_FOLDED | LDC_MERGE)) {
            continue;
        }
        off = align_up(off, UINT64_C(1) << c->align_p2);
        c->off = off;
        off += c->size;
        if (c->align_p2 > os->align_p2) {
            os->align_p2 = c->align_p2;
        }
        os->chunks.p[n++] = c;
    }
    os->chunks.n = os->n_laid = n;
    os->size = off;
}

/* ---- addresses that options give ------------------------------------------------------------------ */

bool ld_hex_option(struct ld *ld, const char *opt, const char *text, uint64_t *out)
{
    struct str s = str_c(text);
    if (str_starts(s, S("0x")) || str_starts(s, S("0X"))) {
        s = str_skip(s, 2);
    }
    if (!str_u64(s, 16, out)) { /* GNU ld reads these as hexadecimal */
        return diag_error(&ld->diag, "%s: '%s' is not a hexadecimal number", opt, text);
    }
    return true;
}

static bool fix(struct ld *ld, const char *name, const char *opt, const char *text)
{
    uint32_t i = strmap_get(&ld->osec_by_name, str_c(name));
    uint64_t v;
    if (!text || !ld_hex_option(ld, opt, text, &v)) {
        return !text;
    }
    if (v < ld->image_base) {
        return diag_error(&ld->diag, "%s: 0x%llx is below the image's base, 0x%llx", opt, (unsigned long long)v,
                          (unsigned long long)ld->image_base);
    }
    if (i != STRMAP_NONE) {
        ld->osecs.p[i]->fixed_addr = true;
        ld->osecs.p[i]->addr = v - ld->image_base;
    }
    return true;
}

bool ld_fixed_addresses(struct ld *ld)
{
    const struct ld_options *o = &ld->opt;
    bool ok = fix(ld, ".text", "-Ttext", o->text_addr) && fix(ld, ".data", "-Tdata", o->data_addr) &&
              fix(ld, ".bss", "-Tbss", o->bss_addr);
    for (size_t i = 0; ok && i < o->section_start.n; i++) {
        const char *eq = strchr(o->section_start.p[i], '=');
        if (!eq) {
            return diag_error(&ld->diag, "--section-start %s: SECTION=ADDRESS expected", o->section_start.p[i]);
        }
        struct str n = {o->section_start.p[i], (size_t)(eq - o->section_start.p[i])};
        ok = fix(ld, arena_strdup(&ld->arena, n), "--section-start", eq + 1);
    }
    return ok;
}

/* ---- the linker's own symbols -------------------------------------------------------------------- */

static uint32_t internal_symbol(struct ld *ld, uint32_t id, const struct symbol *sym,
                                struct ld_chunk *c)
{
    struct ld_file *f = ld_file(ld, 1);
    uint32_t i = f->n_syms;
    if ((i & (i - 1)) == 0) {
        size_t cap = i ? (size_t)i * 2 : 64;
        if (cap >= 64 && (i >= 64 || i == 0)) {
            struct symbol *syms = arena_alloc(&ld->arena, cap * sizeof *syms);
            uint32_t *ids = arena_alloc(&ld->arena, cap * sizeof *ids);
            if (i) {
                memcpy(syms, f->syms, i * sizeof *syms);
                memcpy(ids, f->ids, i * sizeof *ids);
            }
            f->syms = syms;
            f->ids = ids;
        }
    }
    f->syms[i] = *sym;
    f->syms[i].name = ld_sym_name(ld, id);
    f->ids[i] = id;
    f->n_syms++;
    vec_push(&ld->internal_chunks, c);
    return i;
}

uint32_t ld_reference(struct ld *ld, struct str name)
{
    uint32_t id = ld_intern(ld, name);
    struct ld_sym *g = ld_sym(ld, id);
    ld_need(ld, id, LDS_REF | LDS_KEEP);
    if (g->rank < RANK_UNDEF) {
        struct symbol sym = {.sec = SEC_UNDEF, .binding = BIND_GLOBAL, .alias = UINT32_MAX};
        uint32_t i = internal_symbol(ld, id, &sym, NULL);
        *g = (struct ld_sym){1, i, RANK_UNDEF, g->vis, g->flags};
    }
    return id;
}

uint32_t ld_define(struct ld *ld, struct str name, struct ld_chunk *c, uint64_t off)
{
    uint32_t id = ld_intern(ld, name);
    struct ld_sym *g = ld_sym(ld, id);
    if (g->rank == RANK_STRONG && g->file != 1) {
        return id;
    }
    struct symbol sym = {.sec = c ? 1 : SEC_ABS, .value = off, .binding = BIND_GLOBAL,
                         .alias = UINT32_MAX};
    uint32_t i = internal_symbol(ld, id, &sym, c);
    *g = (struct ld_sym){1, i, RANK_STRONG, g->vis, g->flags};
    if (!c) {
        ld_need(ld, id, LDS_ABS);
    }
    return id;
}

struct ld_chunk *ld_sym_chunk(const struct ld *ld, uint32_t id)
{
    const struct ld_sym *g = ld_sym(ld, id);
    if (g->rank < RANK_WEAK || !g->file) {
        return NULL;
    }
    struct ld_file *f = ld_file(ld, g->file);
    const struct symbol *s = &f->syms[g->sym];
    if (sec_is_special(s->sec) || s->sec == SEC_UNDEF) {
        return NULL;
    }
    return f->kind == LD_INTERNAL ? ld->internal_chunks.p[g->sym]
           : f->chunks           ? &f->chunks[s->sec]
                                 : NULL;
}

/* WON: the definition of a common symbol. */
static struct ld_osec *commons_of(struct ld *ld, const struct symbol *won, struct ld_osec *os, ld_commons_fn *other)
{
    struct ld_osec *to = other ? other(ld, won) : NULL;
    return to ? to : os;
}

/* --sort-common. As in GNU ld, all alignments of 16 and more count alike. */
static unsigned common_key(const struct ld *ld, const struct ld_chunk *c)
{
    unsigned p2 = c->align_p2 < 4 ? c->align_p2 : 4;
    return ld->opt.sort_common == SORT_COMMON_UP ? p2 : 4 - p2;
}

/* The chunks of OS from FROM on are commons. */
static void sort_commons(const struct ld *ld, struct ld_osec *os, size_t from)
{
    size_t n = os->chunks.n - from, to = from;
    struct ld_chunk **old = xmalloc((n + 1) * sizeof *old);
    for (size_t i = 0; i < n; i++) {
        old[i] = os->chunks.p[from + i];
    }
    for (unsigned key = 0; key <= 4; key++) {
        for (size_t i = 0; i < n; i++) {
            if (common_key(ld, old[i]) == key) {
                os->chunks.p[to++] = old[i];
            }
        }
    }
    free(old);
}

void ld_alloc_commons(struct ld *ld, struct ld_osec *os, ld_commons_fn *other)
{
    static const struct ld_chunk_ops ops = {"COMMON", NULL};
    size_t from = os->chunks.n;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->has_common && i < f->n_syms; i++) {
            const struct symbol *s = &f->syms[i];
            if (s->sec != SEC_COMMON || f->ids[i] == LD_NO_SYM ||
                ld_sym(ld, f->ids[i])->rank != RANK_COMMON) {
                continue;
            }
            /* Every file's wish for an alignment counts, so the chunk is made at the first one. */
            uint32_t id = f->ids[i], *slot = &ld->tab.aux[id];
            const struct symbol *won = ld_definition(ld, id);
            struct ld_osec *to = commons_of(ld, won, os, other);
            if (!*slot) {
                struct ld_chunk *c = ld_new_chunk(ld, &ops, won->size, 0, NULL);
                atomic_init(&c->flags, LDC_LIVE | LDC_NOBITS);
                ld_osec_add(ld, to, c);
                *slot = (uint32_t)to->chunks.n;
            }
            struct ld_chunk *c = to->chunks.p[*slot - 1];
            c->align_p2 = s->common_align_p2 > c->align_p2 ? s->common_align_p2 : c->align_p2;
        }
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->has_common && i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            if (f->syms[i].sec == SEC_COMMON && id != LD_NO_SYM &&
                ld_sym(ld, id)->rank == RANK_COMMON) {
                const struct symbol won = ld_file(ld, ld_sym(ld, id)->file)->syms[ld_sym(ld, id)->sym];
                struct ld_osec *to = commons_of(ld, &won, os, other);
                struct ld_chunk *c = to->chunks.p[ld->tab.aux[id] - 1];
                ld->tab.aux[id] = 0;
                ld_define(ld, ld_sym_name(ld, id), c, 0);
                struct symbol *s = &ld_file(ld, 1)->syms[ld_sym(ld, id)->sym];
                s->size = won.size; /* programs copy it by its size */
                s->type = won.type;
                s->raw_info = won.raw_info;
            }
        }
    }
    if (ld->opt.sort_common != SORT_COMMON_NOT) {
        sort_commons(ld, os, from);
    }
}

/* ---- values -------------------------------------------------------------------------------------- */

static uint64_t place_of(const struct ld *ld, const struct ld_chunk *c, uint64_t off)
{
    if (c->flags & LDC_MERGE) {
        return ld_merge_addr(ld, c, off);
    }
    if (!(c->flags & LDC_LIVE) && !(c->flags & LDC_FOLDED)) {
        return 0;
    }
    return ld_chunk_addr(ld, c) + off;
}

enum { VALUE_RUN = 4096, VALUE_BATCH = 32 };

/* Where the definition of ID is written down, NULL if it has no value of its own. */
static const struct symbol *valued(const struct ld *ld, uint32_t id)
{
    const struct ld_sym *g = ld_sym(ld, id);
    return g->rank >= RANK_WEAK && g->file ? &ld_file(ld, g->file)->syms[g->sym] : NULL;
}

static void set_value(struct ld *ld, uint32_t id, const struct symbol *s)
{
    if (s->sec == SEC_ABS) {
        ld->tab.values[id] = s->value;
        ld_need(ld, id, LDS_ABS);
        return;
    }
    const struct ld_chunk *c = ld_sym_chunk(ld, id);
    if (c) {
        ld->tab.values[id] = place_of(ld, c, s->value);
    }
}

/* Ids are in hash order, so each symbol and each chunk is a wait for memory: batches let them overlap. */
static void set_values_run(void *ctx, size_t i, unsigned worker)
{
    struct ld *ld = ctx;
    (void)worker;
    uint32_t end = (uint32_t)(i + 1) * VALUE_RUN;
    end = end < ld->tab.cap ? end : ld->tab.cap;
    for (uint32_t id = (uint32_t)i * VALUE_RUN; id < end; id += VALUE_BATCH) {
        const struct symbol *syms[VALUE_BATCH];
        uint32_t n = end - id < VALUE_BATCH ? end - id : VALUE_BATCH;
        for (uint32_t k = 0; k < n; k++) {
            syms[k] = valued(ld, id + k);
            __builtin_prefetch(syms[k]);
            __builtin_prefetch(syms[k] ? &syms[k]->sec : NULL);
        }
        for (uint32_t k = 0; k < n; k++) {
            if (syms[k]) {
                __builtin_prefetch(ld_sym_chunk(ld, id + k));
            }
        }
        for (uint32_t k = 0; k < n; k++) {
            if (syms[k]) {
                set_value(ld, id + k, syms[k]);
            }
        }
    }
}

static uint64_t addr_of_local(const struct ld *ld, const struct ld_file *f, const struct symbol *s)
{
    if (s->sec == SEC_UNDEF || s->sec >= f->obj.n_sections || s->type == SYM_IFUNC) {
        return LD_ADDR_ASK;
    }
    const struct ld_chunk *c = &f->chunks[s->sec];
    uint32_t flags = c->flags;
    if (flags & (LDC_FOLDED | LDC_MERGE)) {
        return LD_ADDR_ASK;
    }
    if (!(flags & LDC_LIVE)) {
        return LD_ADDR_DEAD;
    }
    uint64_t addr = ld->osecs.p[c->osec]->addr + c->off + s->value;
    return addr < LD_ADDR_DEAD ? addr : LD_ADDR_ASK;
}

/* A global one of a COFF object: its value, if there is no more to know of it. What has no place has the value 0. */
static uint64_t addr_of_global(const struct ld *ld, const struct ld_file *f, uint32_t id)
{
    uint64_t value = ld->tab.values[id];
    bool plain = f->obj.format != OBJ_ELF && value != 0 && value < LD_ADDR_DEAD &&
                 ld_sym(ld, id)->rank >= RANK_COMMON && !ld->tab.aux[id] && !ld_has(ld, id, LDS_ABS);
    return plain ? value : LD_ADDR_ASK;
}

/* The symbol that comes next is looked up in several tables. */
static void fetch_symbol(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    uint32_t id = f->ids[i], sec = f->syms[i].sec;
    if (id == LD_NO_SYM) {
        __builtin_prefetch(sec < f->obj.n_sections ? &f->chunks[sec] : NULL);
    } else if (f->obj.format != OBJ_ELF) {
        __builtin_prefetch(&ld->tab.values[id]);
        __builtin_prefetch(&ld->tab.syms[id]);
        __builtin_prefetch(&ld->tab.aux[id]);
    }
}

/* Relocations ask for symbols again and again, in any order: here they are read once, in theirs. */
static void set_addrs(void *ctx, size_t k, unsigned worker)
{
    enum { AHEAD = 8 };
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k];
    if (!f || f->kind != LD_OBJECT || !f->chunks || f->bad || f->skip || !f->n_syms) {
        return;
    }
    uint32_t n = f->obj.format == OBJ_ELF ? f->obj.first_global : f->n_syms;
    f->n_addrs = n < f->n_syms ? n : f->n_syms;
    if (!f->addrs) {
        f->addrs = arena_alloc(&ld->worker_arena[worker], f->n_addrs * sizeof *f->addrs);
    }
    for (uint32_t i = 0; i < f->n_addrs; i++) {
        if (i + AHEAD < f->n_addrs) {
            fetch_symbol(ld, f, i + AHEAD);
        }
        f->addrs[i] = f->ids[i] == LD_NO_SYM ? addr_of_local(ld, f, &f->syms[i]) : addr_of_global(ld, f, f->ids[i]);
    }
}

void ld_set_values(struct ld *ld)
{
    size_t runs = (ld->tab.cap + VALUE_RUN - 1) / VALUE_RUN;
    parallel_for(ld->pool, runs, 4, set_values_run, ld);
    parallel_for(ld->pool, ld->files.n, ld->tab.cap < VALUE_RUN ? ld->files.n : 4, set_addrs, ld);
}

uint64_t ld_reloc_target(const struct ld *ld, const struct ld_file *f, const struct reloc *r,
                         bool *abs)
{
    *abs = false;
    const struct symbol *s = r->sym < f->n_syms ? &f->syms[r->sym] : NULL;
    uint32_t id = s ? f->ids[r->sym] : LD_NO_SYM;
    if (id != LD_NO_SYM) {
        *abs = ld_has(ld, id, LDS_ABS);
        return ld->tab.values[id] + (uint64_t)r->addend;
    }
    uint32_t sec = s ? s->sec : r->sec;
    if (sec == SEC_ABS || sec == SEC_UNDEF || sec_is_special(sec)) {
        *abs = true;
        return (s ? s->value : 0) + (uint64_t)r->addend;
    }
    const struct ld_chunk *c = &f->chunks[sec];
    uint64_t value = s ? s->value : 0;
    if (c->flags & LDC_MERGE && (!s || s->type == SYM_SECTION)) {
        return place_of(ld, c, value + (uint64_t)r->addend);
    }
    return place_of(ld, c, value) + (uint64_t)r->addend;
}
