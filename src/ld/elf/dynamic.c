/* dynamic.c - what the dynamic linker reads: symbols, their hash tables and versions, .dynamic.

   .dynsym holds imports first, then definitions in the order of their .gnu.hash buckets (the format
   wants them so). Source: gABI 5; LSB, "Symbol Versioning"; the GNU hash format as the loader reads it. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* ---- strings ----------------------------------------------------------------------------------------- */

static uint32_t add_str(struct ld *ld, struct str s)
{
    struct elf_link *e = elf_of_ld(ld);
    if (!e->dynstr_buf.n) {
        buf_c(&e->dynstr_buf, 0);
    }
    if (!s.len) {
        return 0;
    }
    bool added;
    uint32_t *cell = strmap_put(&e->dynstr_map, s, (uint32_t)e->dynstr_buf.n, &added);
    uint32_t at = *cell;
    if (added) {
        buf_str(&e->dynstr_buf, s);
        buf_c(&e->dynstr_buf, 0);
    }
    return at;
}

/* NAME of NAME@VERSION. */
static struct str plain_name(const struct ld *ld, const struct elf_x *x)
{
    struct str n = ld_sym_name(ld, x->id);
    size_t at = str_find(n, '@');
    return at == SIZE_MAX || at == 0 ? n : str_head(n, at);
}

/* ---- which symbols ----------------------------------------------------------------------------------- */

/* Has ID no export to become, or become one already? Most symbols of a file are other files' too. */
static bool is_done(const struct ld *ld, uint32_t id)
{
    return id == LD_NO_SYM || !ld_has(ld, id, LDS_EXPORT) || (ld_has(ld, id, LDS_DYNSYM) && ld->tab.aux[id]);
}

static void export_of(struct ld *ld, struct ld_file *f)
{
    enum { AHEAD = 12 };
    for (uint32_t i = f->kind == LD_OBJECT ? f->obj.first_global : 0; i < f->n_syms; i++) {
        uint32_t id = f->ids[i];
        if (i + AHEAD < f->n_syms && f->ids[i + AHEAD] != LD_NO_SYM) {
            __builtin_prefetch(ld_sym(ld, f->ids[i + AHEAD]));
        }
        if (is_done(ld, id)) {
            continue;
        }
        const struct ld_sym *g = ld_sym(ld, id);
        if (g->rank >= RANK_COMMON) {
            const struct ld_chunk *c = ld_sym_chunk(ld, id);
            if (!c || c->flags & (LDC_LIVE | LDC_FOLDED | LDC_MERGE)) {
                ld_need(ld, id, LDS_DYNSYM);
                elf_new_x(ld, id, ld_file(ld, g->file), g->sym);
            }
        }
    }
}

static void collect_exports(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    bool all = e->shared || ld->opt.export_dynamic || e->has_dynlist;
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (!f->bad && !f->skip && (all ? f->kind != LD_SHARED : f->kind == LD_SHARED)) {
            export_of(ld, f);
        }
    }
}

static bool is_defined_here(const struct ld *ld, const struct elf_x *x)
{
    return !(elf_of_ld(ld)->attr[x->id] & EA_SHARED) && ld_sym(ld, x->id)->rank >= RANK_COMMON;
}

/* Definitions, copies and functions whose PLT entry stands for them are found by name. */
static bool is_hashed(const struct ld *ld, const struct elf_x *x)
{
    return is_defined_here(ld, x) || x->copy_off || (x->need & LDS_CANON_PLT && x->plt >= 0);
}

static uint32_t gnu_hash(struct str s)
{
    uint32_t h = 5381;
    for (size_t i = 0; i < s.len; i++) {
        h = h * 33 + (uint8_t)s.p[i];
    }
    return h;
}

static uint32_t n_buckets_for(size_t n)
{
    return (uint32_t)(n / 4 + 1);
}

/* Appends the definitions DEFS (indices in e->x) to the dynamic symbols in the order of their hash
   buckets; inside one they keep theirs. */
static void add_by_bucket(struct elf_link *e, const uint32_t *defs, size_t n)
{
    uint32_t n_buckets = n_buckets_for(n), first = (uint32_t)e->dynsyms.n;
    uint32_t *at = xcalloc(n_buckets + (size_t)1, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        at[e->x.p[defs[i]].gnu_hash % n_buckets + 1]++;
    }
    for (uint32_t k = 1; k < n_buckets; k++) {
        at[k] += at[k - 1];
    }
    vec_reserve(&e->dynsyms, n);
    for (size_t i = 0; i < n; i++) {
        struct elf_x *x = &e->x.p[defs[i]];
        x->dynsym = first + at[x->gnu_hash % n_buckets]++;
        e->dynsyms.p[x->dynsym] = defs[i];
    }
    e->dynsyms.n += n;
    free(at);
}

/* Names lie all over the inputs: they are read by all threads. */
enum { NAME_RUN = 256 };

struct name_job {
    struct ld *ld;
    const uint32_t *x; /* in e->x */
    size_t n;
};

static void for_names(struct ld *ld, void (*fn)(void *ctx, size_t i, unsigned worker), const uint32_t *x,
                      size_t n)
{
    struct name_job job = {ld, x, n};
    parallel_for(ld->pool, (n + NAME_RUN - 1) / NAME_RUN, 4, fn, &job);
}

/* Asks for the names that are read a few steps after the Ith. */
static void fetch_ahead(const struct name_job *job, size_t i)
{
    const struct elf_link *e = elf_of_ld(job->ld);
    if (i + 16 < job->n) {
        uint32_t id = e->x.p[job->x[i + 16]].id;
        __builtin_prefetch(&job->ld->tab.shards[id % LD_SHARDS].names[id / LD_SHARDS]);
        __builtin_prefetch(ld_sym_name(job->ld, e->x.p[job->x[i + 8]].id).p);
    }
}

/* Writes name_len and gnu_hash of one run. */
static void measure_names(void *ctx, size_t run, unsigned worker)
{
    const struct name_job *job = ctx;
    (void)worker;
    for (size_t i = run * NAME_RUN; i < job->n && i < (run + 1) * NAME_RUN; i++) {
        fetch_ahead(job, i);
        struct elf_x *x = &elf_of_ld(job->ld)->x.p[job->x[i]];
        struct str name = plain_name(job->ld, x);
        x->name_len = (uint32_t)name.len;
        x->gnu_hash = gnu_hash(name);
    }
}

static bool is_plain(const struct ld *ld, const struct elf_x *x)
{
    size_t len = ld_sym_name(ld, x->id).len;
    return len && len == x->name_len && !x->is_version;
}

/* Writes the bytes of .dynstr that one run's names take. */
static void copy_names(void *ctx, size_t run, unsigned worker)
{
    const struct name_job *job = ctx;
    const struct elf_link *e = elf_of_ld(job->ld);
    (void)worker;
    for (size_t i = run * NAME_RUN; i < job->n && i < (run + 1) * NAME_RUN; i++) {
        const struct elf_x *x = &e->x.p[job->x[i]];
        fetch_ahead(job, i);
        if (is_plain(job->ld, x)) {
            struct str name = ld_sym_name(job->ld, x->id);
            memcpy(e->dynstr_buf.p + x->dynstr, name.p, name.len);
            e->dynstr_buf.p[x->dynstr + name.len] = 0;
        }
    }
}

static void choose_symbols(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    VEC(uint32_t) defs = {0};
    for (uint32_t i = 1; i < e->x.n; i++) {
        struct elf_x *x = &e->x.p[i];
        uint32_t any = LDS_GOT | LDS_PLT | LDS_COPY | LDS_TLSGD | LDS_TLSIE | LDS_TLSDESC | LDS_DYNSYM;
        if (x->id == LD_NO_SYM) {
            continue;
        }
        x->need = ld_sym(ld, x->id)->flags;
        uint8_t attr = e->attr[x->id];
        bool wanted = attr & EA_PREEMPT ? (x->need & any) != 0 : (x->need & LDS_EXPORT) != 0;
        if (!wanted) {
            continue;
        }
        if (is_hashed(ld, x)) {
            vec_push(&defs, i);
        } else {
            x->dynsym = (uint32_t)e->dynsyms.n;
            vec_push(&e->dynsyms, i);
        }
    }
    e->first_hashed = (uint32_t)e->dynsyms.n;
    for_names(ld, measure_names, e->dynsyms.p + 1, e->dynsyms.n - 1);
    for_names(ld, measure_names, defs.p, defs.n);
    add_by_bucket(e, defs.p, defs.n);
    vec_free(&defs);
}

/* Every name is its symbol's alone and stands in .dynstr once; those of NAME@VERSION and of versions may be
   another's. */
static void add_names(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct buf *b = &e->dynstr_buf;
    for (size_t i = 1; i < e->dynsyms.n; i++) {
        struct elf_x *x = &e->x.p[e->dynsyms.p[i]];
        struct str name = ld_sym_name(ld, x->id);
        if (!is_plain(ld, x)) {
            x->dynstr = add_str(ld, str_head(name, x->name_len));
            continue;
        }
        x->dynstr = (uint32_t)b->n;
        buf_reserve(b, name.len + 1);
        b->n += name.len + 1;
    }
    for_names(ld, copy_names, e->dynsyms.p + 1, e->dynsyms.n - 1);
}

/* ---- versions ---------------------------------------------------------------------------------------- */

static uint32_t sysv_hash(struct str s)
{
    uint32_t h = 0;
    for (size_t i = 0; i < s.len; i++) {
        h = (h << 4) + (uint8_t)s.p[i];
        uint32_t g = h & 0xf0000000u;
        h = (h ^ g >> 24) & ~g;
    }
    return h;
}

/* The version a definition of ours carries: 1 for none. Adds nodes that only .symver names. */
static uint16_t own_version(struct ld *ld, const struct elf_x *x)
{
    struct elf_link *e = elf_of_ld(ld);
    const struct ld_sym *g = ld_sym(ld, x->id);
    const struct ld_file *f = ld_file(ld, g->file);
    struct str name = ld_sym_name(ld, x->id), ver = {0};
    size_t at = x->name_len;
    bool hidden = at < name.len;
    if (hidden) {
        ver = str_skip(name, at + 1);
    } else if (f->kind == LD_OBJECT && (!f->priv || elf_file(f)->names_versions) &&
               f->syms[g->sym].flags & SYMF_EXPORTED) {
        const char *n = f->syms[g->sym].name.p + f->syms[g->sym].name.len;
        n += strspn(n, "@");
        ver = str_c(n);
    } else if (x->is_version) {
        ver = name;
    }
    if (ver.len) {
        uint32_t node = verscript_node(e->versions, ver);
        if (node == UINT32_MAX && e->shared) {
            diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                        "symbol '%.*s' has version '%.*s', which no version script has", Q(name), Q(ver));
            return 1;
        }
        if (node == UINT32_MAX) {
            vec_push(&e->versions->nodes, (struct ver_node){.name = ver});
            node = (uint32_t)e->versions->nodes.n - 1;
        }
        return (uint16_t)((node + 2) | (hidden ? VERSYM_HIDDEN : 0));
    }
    if (e->has_versions && !e->versions->anonymous) {
        struct ver_match m = verscript_match(e->versions, name);
        if (m.found && !m.local) {
            return (uint16_t)(m.node + 2);
        }
    }
    return 1;
}

struct verneed_lib {
    struct ld_file *f;
    VEC(uint16_t) versions; /* of the library, in order of first use */
};

typedef VEC(struct verneed_lib) verneed_libs;

static uint16_t need_version(verneed_libs *libs, struct ld_file *f, uint16_t version, uint16_t *next)
{
    uint16_t *out = &elf_file(f)->ver_out[version];
    if (!*out) {
        if (!elf_file(f)->verneed_n) {
            vec_push(libs, (struct verneed_lib){.f = f});
            elf_file(f)->verneed_n = (uint32_t)libs->n;
        }
        vec_push(&libs->p[elf_file(f)->verneed_n - 1].versions, version);
        *out = (*next)++;
    }
    return *out;
}

/* glibc refuses packed relative relocations without this mark of a loader that knows them. */
static void need_relr_abi(struct ld *ld, verneed_libs *libs, uint16_t *next)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t v = 1; f->kind == LD_SHARED && f->needed && v < f->obj.n_versions; v++) {
            if (f->obj.versions[v].is_def && str_is(f->obj.versions[v].name, "GLIBC_ABI_DT_RELR")) {
                need_version(libs, f, (uint16_t)v, next);
                return;
            }
        }
    }
}

/* Gives each version that is needed an index, library by library. */
static void write_verneed(struct ld *ld, uint16_t next)
{
    struct elf_link *e = elf_of_ld(ld);
    verneed_libs libs = {0};
    for (size_t i = 1; i < e->dynsyms.n; i++) {
        struct elf_x *x = &e->x.p[e->dynsyms.p[i]];
        if (!(e->attr[x->id] & EA_SHARED)) {
            continue;
        }
        struct ld_file *f = ld_file(ld, ld_sym(ld, x->id)->file);
        const struct symbol *s = &f->syms[ld_sym(ld, x->id)->sym];
        x->version = 1;
        if (!s->version || s->version >= f->obj.n_versions || f->obj.versions[s->version].is_base ||
            !f->obj.versions[s->version].name.len) {
            continue;
        }
        x->version = need_version(&libs, f, s->version, &next);
    }
    if (e->relr && e->n_relr_max) {
        need_relr_abi(ld, &libs, &next);
    }
    struct buf *b = &e->verneed_buf;
    for (size_t k = 0; k < libs.n; k++) {
        const struct verneed_lib *l = &libs.p[k];
        uint32_t n = (uint32_t)l->versions.n;
        buf_u16(b, false, 1);
        buf_u16(b, false, (uint16_t)n);
        buf_u32(b, false, add_str(ld, elf_file(l->f)->soname));
        buf_u32(b, false, VERNEED_SIZE);
        buf_u32(b, false, k + 1 < libs.n ? VERNEED_SIZE + n * VERNAUX_SIZE : 0);
        for (uint32_t i = 0; i < n; i++) {
            struct str name = l->f->obj.versions[l->versions.p[i]].name;
            buf_u32(b, false, sysv_hash(name));
            buf_u16(b, false, 0);
            buf_u16(b, false, elf_file(l->f)->ver_out[l->versions.p[i]]);
            buf_u32(b, false, add_str(ld, name));
            buf_u32(b, false, i + 1 < n ? VERNAUX_SIZE : 0);
        }
        vec_free(&libs.p[k].versions);
    }
    e->n_verneed = (uint32_t)libs.n;
    vec_free(&libs);
}

static void one_verdef(struct ld *ld, struct buf *b, uint16_t flags, uint16_t idx, struct str name,
                       const struct ver_node *node, bool last)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t n = 1 + (node ? (uint32_t)node->parents.n : 0);
    buf_u16(b, false, 1);
    buf_u16(b, false, flags);
    buf_u16(b, false, idx);
    buf_u16(b, false, (uint16_t)n);
    buf_u32(b, false, sysv_hash(name));
    buf_u32(b, false, VERDEF_SIZE);
    buf_u32(b, false, last ? 0 : VERDEF_SIZE + n * VERDAUX_SIZE);
    buf_u32(b, false, add_str(ld, name));
    buf_u32(b, false, n > 1 ? VERDAUX_SIZE : 0);
    for (uint32_t i = 1; i < n; i++) {
        buf_u32(b, false, add_str(ld, e->versions->nodes.p[node->parents.p[i - 1]].name));
        buf_u32(b, false, i + 1 < n ? VERDAUX_SIZE : 0);
    }
}

static void write_verdef(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n = e->versions->anonymous ? 0 : e->versions->nodes.n;
    if (!n) {
        return;
    }
    const char *base = ld->opt.elf.soname ? ld->opt.elf.soname : ld->opt.output;
    one_verdef(ld, &e->verdef_buf, VER_FLG_BASE, 1,
               ld->opt.elf.soname ? str_c(base) : str_basename(str_c(base)), NULL, false);
    for (size_t i = 0; i < n; i++) {
        const struct ver_node *v = &e->versions->nodes.p[i];
        one_verdef(ld, &e->verdef_buf, 0, (uint16_t)(i + 2), v->name, v, i + 1 == n);
    }
    e->n_verdef = (uint32_t)n + 1;
}

/* The finished bytes of B are C's, and live as long as the link. */
static void keep_bytes(struct ld *ld, struct ld_chunk *c, struct buf *b)
{
    struct buf kept = {.n = b->n};
    kept.p = arena_alloc(&ld->arena, b->n);
    if (b->n) {
        memcpy(kept.p, b->p, b->n);
    }
    buf_free(b);
    *b = kept;
    c->priv = b;
    c->size = b->n;
}

static void make_versions(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 1; i < e->dynsyms.n; i++) {
        struct elf_x *x = &e->x.p[e->dynsyms.p[i]];
        x->version = is_defined_here(ld, x) ? own_version(ld, x) : 1;
    }
    write_verdef(ld);
    write_verneed(ld, (uint16_t)(e->versions->anonymous ? 2 : e->versions->nodes.n + 2));
    e->verdef->size = e->verdef_buf.n;
    e->verneed->size = e->verneed_buf.n;
    if (!e->n_verdef && !e->n_verneed) {
        return;
    }
    struct buf *b = ARENA_NEW(&ld->arena, struct buf);
    for (size_t i = 0; i < e->dynsyms.n; i++) {
        buf_u16(b, false, i ? e->x.p[e->dynsyms.p[i]].version : 0);
    }
    keep_bytes(ld, e->versym, b);
}

/* ---- hash tables ------------------------------------------------------------------------------------- */

static void make_gnu_hash(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t n = (uint32_t)e->dynsyms.n - e->first_hashed, n_buckets = n_buckets_for(n), n_bloom = 1;
    unsigned bits = e->word * 8, shift = 26;
    while (n_bloom * bits < n * 12) {
        n_bloom *= 2;
    }
    uint64_t *bloom = xcalloc(n_bloom, sizeof *bloom);
    uint32_t *buckets = xcalloc(n_buckets, sizeof *buckets);
    uint32_t *hashes = xmalloc((n + (size_t)1) * sizeof *hashes);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = hashes[i] = e->x.p[e->dynsyms.p[e->first_hashed + i]].gnu_hash;
        bloom[h / bits % n_bloom] |= UINT64_C(1) << (h % bits) | UINT64_C(1) << ((h >> shift) % bits);
        if (!buckets[h % n_buckets]) {
            buckets[h % n_buckets] = e->first_hashed + i;
        }
    }
    struct buf *b = ARENA_NEW(&ld->arena, struct buf);
    buf_u32(b, false, n_buckets);
    buf_u32(b, false, e->first_hashed);
    buf_u32(b, false, n_bloom);
    buf_u32(b, false, shift);
    for (uint32_t i = 0; i < n_bloom; i++) {
        if (e->word == 8) {
            buf_u64(b, false, bloom[i]);
        } else {
            buf_u32(b, false, (uint32_t)bloom[i]);
        }
    }
    for (uint32_t i = 0; i < n_buckets; i++) {
        buf_u32(b, false, buckets[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool last = i + 1 == n || hashes[i + 1] % n_buckets != hashes[i] % n_buckets;
        buf_u32(b, false, (hashes[i] & ~1u) | last);
    }
    free(hashes);
    free(bloom);
    free(buckets);
    keep_bytes(ld, e->gnu_hash, b);
}

static void make_sysv_hash(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t n = (uint32_t)e->dynsyms.n, n_buckets = n / 2 + 1;
    uint32_t *buckets = xcalloc(n_buckets, sizeof *buckets), *chain = xcalloc(n, sizeof *chain);
    struct buf *b = ARENA_NEW(&ld->arena, struct buf);
    for (uint32_t i = 1; i < n; i++) {
        uint32_t h = sysv_hash(plain_name(ld, &e->x.p[e->dynsyms.p[i]])) % n_buckets;
        chain[i] = buckets[h];
        buckets[h] = i;
    }
    buf_u32(b, false, n_buckets);
    buf_u32(b, false, n);
    for (uint32_t i = 0; i < n_buckets; i++) {
        buf_u32(b, false, buckets[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        buf_u32(b, false, chain[i]);
    }
    free(buckets);
    free(chain);
    keep_bytes(ld, e->hash, b);
}

/* ---- the symbol table -------------------------------------------------------------------------------- */

static uint8_t dyn_info(const struct ld *ld, const struct elf_x *x, const struct symbol *s, bool here)
{
    uint8_t type = s->raw_info & 15, bind = STB_GLOBAL;
    bool canon = x->need & LDS_CANON_PLT && x->plt >= 0;
    if (s->type == SYM_COMMON) {
        type = STT_OBJECT;
    }
    if (type == STT_GNU_IFUNC && (!here || canon)) {
        type = STT_FUNC;
    }
    if (s->binding == BIND_UNIQUE && here) {
        bind = STB_GNU_UNIQUE;
    } else if (here || x->copy_off ? s->binding == BIND_WEAK : !ld_has(ld, x->id, LDS_REF)) {
        bind = STB_WEAK; /* a copy is what the library defines; what stays undefined, what the program wants */
    }
    return (uint8_t)(bind << 4 | type);
}

/* The loader looks whether it is 0 or SHN_ABS, and has no table of long numbers. */
static uint16_t section_number(const struct ld *ld, uint32_t osec)
{
    uint32_t n = ld->osecs.p[osec] ? ld->osecs.p[osec]->number : 0;
    return (uint16_t)(n < SHN_LORESERVE ? n : SHN_LORESERVE - 1);
}

static void put_sym(const struct elf_link *e, uint8_t *p, uint32_t name, uint8_t info, uint8_t other,
                    uint16_t shndx, uint64_t value, uint64_t size)
{
    put_u32le(p, name);
    if (e->word == 8) {
        p[4] = info;
        p[5] = other;
        put_u16le(p + 6, shndx);
        put_u64le(p + 8, value);
        put_u64le(p + 16, size);
    } else {
        put_u32le(p + 4, (uint32_t)value);
        put_u32le(p + 8, (uint32_t)size);
        p[12] = info;
        p[13] = other;
        put_u16le(p + 14, shndx);
    }
}

/* A function that keeps more registers than others: the lazy resolver must not be called for it. */
static bool is_variant_pcs(const struct ld *ld, const struct symbol *s)
{
    return ld->machine == MACH_ARM64 && s->raw_desc & STO_AARCH64_VARIANT_PCS;
}

/* Asks for what the symbols a few places after the Ith are made of: it lies all over the inputs. */
static void fetch_symbols(const struct ld *ld, size_t i)
{
    enum { X = 24, SYM = 16, DEF = 8, CHUNK = 4 };
    const struct elf_link *e = elf_of_ld(ld);
    if (i + X < e->dynsyms.n) {
        __builtin_prefetch(&e->x.p[e->dynsyms.p[i + X]]);
        __builtin_prefetch(&e->x.p[e->dynsyms.p[i + X]].version);
        uint32_t id = e->x.p[e->dynsyms.p[i + SYM]].id;
        __builtin_prefetch(ld_sym(ld, id));
        __builtin_prefetch(&ld->tab.values[id]);
        const struct ld_sym *g = ld_sym(ld, e->x.p[e->dynsyms.p[i + DEF]].id);
        __builtin_prefetch(&ld_file(ld, g->file)->syms[g->sym].sec);
        __builtin_prefetch(ld_sym_chunk(ld, e->x.p[e->dynsyms.p[i + CHUNK]].id));
    }
}

static void write_dynsym(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t each = e->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    memset(out, 0, (size_t)c->size);
    for (size_t i = 1; i < e->dynsyms.n; i++) {
        fetch_symbols(ld, i);
        const struct elf_x *x = &e->x.p[e->dynsyms.p[i]];
        const struct ld_sym *g = ld_sym(ld, x->id);
        const struct symbol *s = &ld_file(ld, g->file)->syms[g->sym];
        bool here = is_defined_here(ld, x);
        uint16_t shndx = SHN_UNDEF;
        uint64_t value = 0, size = here || x->copy_off ? s->size : 0;
        if (x->copy_off) {
            shndx = section_number(ld, (x->copy_relro ? e->copy_ro : e->copy)->osec);
            value = ld->tab.values[x->id];
        } else if (here) {
            const struct ld_chunk *ch = ld_sym_chunk(ld, x->id);
            bool canon = x->need & LDS_CANON_PLT && x->plt >= 0;
            bool abs = !ch || ld_has(ld, x->id, LDS_ABS); /* scripts' numbers stand in a chunk, too */
            shndx = canon ? section_number(ld, e->plt->osec) : abs ? SHN_ABS : section_number(ld, elf_chunk_osec(ch));
            value = canon ? elf_plt_addr(ld, x) : ld->tab.values[x->id];
            if (s->type == SYM_TLS) {
                value -= e->tls_start;
            }
        } else if (x->need & LDS_CANON_PLT && x->plt >= 0) {
            value = elf_plt_addr(ld, x);
        }
        uint8_t other = g->vis == VIS_PROTECTED && here ? 3 : 0;
        if (is_variant_pcs(ld, s)) {
            other = (uint8_t)(other | STO_AARCH64_VARIANT_PCS);
        }
        put_sym(e, out + i * each, x->dynstr, dyn_info(ld, x, s, here), other, shndx,
                value, size);
    }
}

/* ---- .dynamic ---------------------------------------------------------------------------------------- */

struct dyn_out {
    struct ld *ld;
    struct buf *b;
};

static void tag(struct dyn_out *o, uint64_t t, uint64_t v)
{
    if (elf_of_ld(o->ld)->word == 8) {
        buf_u64(o->b, false, t);
        buf_u64(o->b, false, v);
    } else {
        buf_u32(o->b, false, (uint32_t)t);
        buf_u32(o->b, false, (uint32_t)v);
    }
}

static struct str join(struct ld *ld, const ld_strings *v)
{
    struct buf b = {0};
    for (size_t i = 0; i < v->n; i++) {
        if (i) {
            buf_c(&b, ':');
        }
        buf_puts(&b, v->p[i]);
    }
    struct str s = arena_str(&ld->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return s;
}

static void libraries(struct dyn_out *o)
{
    struct ld *ld = o->ld;
    const struct ld_elf_options *opt = &ld->opt.elf;
    struct strmap seen = {0};
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind != LD_SHARED || !f->needed || f->bad || f->skip) {
            continue;
        }
        bool added;
        strmap_put(&seen, elf_file(f)->soname, 0, &added);
        if (added) {
            tag(o, DT_NEEDED, add_str(ld, elf_file(f)->soname));
        }
    }
    strmap_free(&seen);
    for (size_t i = 0; i < opt->auxiliary.n; i++) {
        tag(o, DTO_AUXILIARY, add_str(ld, str_c(opt->auxiliary.p[i])));
    }
    for (size_t i = 0; i < opt->filter.n; i++) {
        tag(o, DTO_FILTER, add_str(ld, str_c(opt->filter.p[i])));
    }
    if (opt->soname) {
        tag(o, DT_SONAME, add_str(ld, str_c(opt->soname)));
    }
    if (opt->rpath.n) {
        tag(o, opt->new_dtags_off ? DT_RPATH : DT_RUNPATH, add_str(ld, join(ld, &opt->rpath)));
    }
    if (opt->audit) {
        tag(o, DTO_AUDIT, add_str(ld, str_c(opt->audit)));
    }
    if (opt->depaudit) {
        tag(o, DTO_DEPAUDIT, add_str(ld, str_c(opt->depaudit)));
    }
}

static void initialisers(struct dyn_out *o)
{
    static const struct { const char *sec; uint32_t addr, size; } arrays[] = {
        {".preinit_array", DTO_PREINIT_ARRAY, DTO_PREINIT_ARRAYSZ},
        {".init_array", DTO_INIT_ARRAY, DTO_INIT_ARRAYSZ},
        {".fini_array", DTO_FINI_ARRAY, DTO_FINI_ARRAYSZ}};
    struct ld *ld = o->ld;
    const char *names[2] = {ld->opt.elf.init ? ld->opt.elf.init : "_init",
                            ld->opt.elf.fini ? ld->opt.elf.fini : "_fini"};
    for (int i = 0; i < 2; i++) {
        uint32_t id = ld_lookup(ld, str_c(names[i]));
        if (id != LD_NO_SYM && ld_sym(ld, id)->rank >= RANK_COMMON) {
            tag(o, i ? DTO_FINI : DTO_INIT, ld->tab.values[id]);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        uint32_t k = strmap_get(&ld->osec_by_name, str_c(arrays[i].sec));
        const struct ld_osec *os = k == STRMAP_NONE ? NULL : ld->osecs.p[k];
        if (os && os->chunks.n) {
            tag(o, arrays[i].addr, os->addr);
            tag(o, arrays[i].size, os->size);
        }
    }
}

static void table(struct dyn_out *o, uint64_t t, const struct ld_chunk *c)
{
    if (c && c->size) {
        tag(o, t, ld_chunk_addr(o->ld, c));
    }
}

/* What the loader must know of the PLT's code. */
static void arm64_plt(struct dyn_out *o)
{
    const struct elf_link *e = elf_of_ld(o->ld);
    bool variant = false;
    for (uint32_t i = 0; i < e->n_jump_slots && !variant; i++) {
        const struct symbol *s = ld_definition(o->ld, e->x.p[e->plt_x.p[i]].id);
        variant = s && is_variant_pcs(o->ld, s);
    }
    if (e->z.ibtplt) {
        tag(o, DTO_AARCH64_BTI_PLT, 0);
    }
    if (e->z.pac_plt) {
        tag(o, DTO_AARCH64_PAC_PLT, 0);
    }
    if (variant) {
        tag(o, DTO_AARCH64_VARIANT_PCS, 0);
    }
}

static void relocations(struct dyn_out *o)
{
    struct ld *ld = o->ld;
    const struct elf_link *e = elf_of_ld(ld);
    if (e->got_plt->size) {
        table(o, DTO_PLTGOT, e->got_plt);
    }
    if (e->rel_plt->size) {
        tag(o, DT_PLTRELSZ, e->rel_plt->size);
        tag(o, DT_PLTREL, e->rela ? DT_RELA : DT_REL);
        table(o, DT_JMPREL, e->rel_plt);
    }
    if (ld->machine == MACH_ARM64 && e->rel_plt->size) {
        arm64_plt(o);
    }
    if (e->rel_dyn->size) {
        table(o, e->rela ? DT_RELA : DT_REL, e->rel_dyn);
        tag(o, e->rela ? DT_RELASZ : DT_RELSZ, e->rel_dyn->size);
        tag(o, e->rela ? DTO_RELAENT : DTO_RELENT, e->rel_size);
        if (e->n_relative) {
            tag(o, e->rela ? DTO_RELACOUNT : DTO_RELCOUNT, e->n_relative);
        }
    }
    if (e->relr && e->n_relr_max) {
        tag(o, DTO_RELR, ld_chunk_addr(ld, e->relr));
        tag(o, DTO_RELRSZ, e->relr->size);
        tag(o, DTO_RELRENT, e->word);
    }
}

/* May a loader look into the library first for all that it refers to? Not where a list says what others replace. */
static bool symbolic(const struct elf_link *e)
{
    return e->shared && !e->has_dynlist;
}

static void flags(struct dyn_out *o)
{
    const struct elf_link *e = elf_of_ld(o->ld);
    const struct elf_z *z = &e->z;
    uint32_t f = (z->origin ? DFO_ORIGIN : 0u) | (z->now ? DFO_BIND_NOW : 0u) |
                 (e->textrel ? DFO_TEXTREL : 0u) | (e->static_tls && e->shared ? DFO_STATIC_TLS : 0u) |
                 (o->ld->opt.elf.bsymbolic == BSYMBOLIC_ALL && symbolic(e) ? DFO_SYMBOLIC : 0u);
    uint32_t f1 = (z->now ? DF1_NOW : 0u) | (z->global ? DF1_GLOBAL : 0u) |
                  (z->nodelete && e->shared ? DF1_NODELETE : 0u) |
                  (z->initfirst && e->shared ? DF1_INITFIRST : 0u) |
                  (z->nodlopen && e->shared ? DF1_NOOPEN : 0u) | (z->loadfltr ? DF1_LOADFLTR : 0u) |
                  (z->globalaudit ? DF1_GLOBAUDIT : 0u) | (o->ld->opt.elf.bgroup ? DF1_GROUP : 0u) |
                  (z->origin ? DF1_ORIGIN : 0u) |
                  (z->interpose ? DF1_INTERPOSE : 0u) | (z->nodefaultlib ? DF1_NODEFLIB : 0u) |
                  (z->nodump ? DF1_NODUMP : 0u) | (o->ld->opt.kind == OUT_PIE ? DF1_PIE : 0u);
    if (o->ld->opt.elf.bsymbolic == BSYMBOLIC_ALL && symbolic(e)) {
        tag(o, DTO_SYMBOLIC, 0);
    }
    if (e->textrel) {
        tag(o, DTO_TEXTREL, 0);
    }
    if (f) {
        tag(o, DTO_FLAGS, f);
    }
    if (f1) {
        tag(o, DT_FLAGS_1, f1);
    }
    if (z->unique) {
        tag(o, DTO_GNU_FLAGS_1, DF_GNU_1_UNIQUE);
    }
}

static void build(struct ld *ld, struct buf *b)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct dyn_out o = {ld, b};
    libraries(&o);
    initialisers(&o);
    table(&o, DT_HASH, e->hash);
    table(&o, DT_GNU_HASH, e->gnu_hash);
    table(&o, DT_STRTAB, e->dynstr);
    table(&o, DT_SYMTAB, e->dynsym);
    tag(&o, DT_STRSZ, e->dynstr_buf.n);
    tag(&o, DT_SYMENT, e->word == 8 ? SYM64_SIZE : SYM32_SIZE);
    if (!e->shared) {
        tag(&o, DTO_DEBUG, 0);
    }
    relocations(&o);
    flags(&o);
    if (e->n_verdef) {
        table(&o, DT_VERDEF, e->verdef);
        tag(&o, DT_VERDEFNUM, e->n_verdef);
    }
    if (e->n_verneed) {
        table(&o, DT_VERNEED, e->verneed);
        tag(&o, DT_VERNEEDNUM, e->n_verneed);
    }
    table(&o, DT_VERSYM, e->versym);
    tag(&o, DT_NULL, 0);
}

static void write_dynamic(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct buf b = {0};
    build(ld, &b);
    memset(out, 0, (size_t)c->size);
    memcpy(out, b.p, b.n < c->size ? b.n : (size_t)c->size);
    buf_free(&b);
}

/* Barrier: after this no dynamic symbol is added and the sizes of all tables stand. */
void elf_make_dynamic(struct ld *ld)
{
    static const struct ld_chunk_ops sym_ops = {"dynamic symbols", write_dynsym},
                                     dyn_ops = {"dynamic section", write_dynamic};
    struct elf_link *e = elf_of_ld(ld);
    if (!e->dynamic) {
        return;
    }
    collect_exports(ld);
    choose_symbols(ld);
    add_str(ld, S(""));
    make_versions(ld);
    add_names(ld);
    if (e->gnu_hash) {
        make_gnu_hash(ld);
    }
    if (e->hash) {
        make_sysv_hash(ld);
    }
    e->dynsym->ops = &sym_ops;
    e->dynsym->size = e->dynsyms.n * (e->word == 8 ? SYM64_SIZE : SYM32_SIZE);
    e->dyn->ops = &dyn_ops;
    if (e->relr && e->n_relr_max) {
        e->relr->size = e->word;
    }
    struct buf b = {0};
    build(ld, &b); /* adds the strings; the addresses in it are not final */
    e->dyn->size = b.n;
    e->dynstr->size = e->dynstr_buf.n;
    b.n = 0;
    build(ld, &b);
    e->dyn->size = b.n;
    buf_free(&b);
}
