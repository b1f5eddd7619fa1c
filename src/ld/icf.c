/* icf.c - identical code folding: sections that do the same become one.

   Two sections are equal if their bytes and flags are, and their relocations, one by one, have the same
   place, type and addend and lead to the same symbol, or to sections that are equal themselves. The last
   part is circular, so the pass is optimistic: it begins with classes that ignore which section a
   relocation leads to, and splits classes until nothing contradicts them (partition refinement). When a
   class is split, only the sections that refer to the parts that got a new number are looked at again, and
   the largest part keeps the old number, so the work grows with the number of references. Unwinding data
   belongs to its function (be->icf_extra). References to mergeable strings are compared by the string.

   Hashes have 128 bits; equal hashes count as equal contents. Hashing and reading of references run in
   parallel, numbering follows load order, so the result does not depend on threads. The first section of a
   class in load order stands for the others (ld_chunk.repl). After gc, before sections are assigned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ld/icf.h"

#define NO_SEC UINT32_MAX

struct icf_sec {
    struct ld_chunk *c;
    XXH128_hash_t hash;  /* of all but the sections referred to; later: of the last signature */
    uint64_t place;      /* sections of different outputs are different */
    uint32_t cls;        /* class: sections that are equal as far as is known */
    uint32_t n_refs;
    uint32_t *refs;      /* sections referred to, in order; only where a class has several members */
    uint8_t kind;
};

struct icf {
    struct ld *ld;
    struct icf_index x;
    uint32_t *sec_of;    /* by section number: index in v, NO_SEC not foldable */
    uint8_t *keep;
    VEC(struct icf_sec) v;
    uint32_t *first_of;  /* by file: its first section in v; one more at the end */
    uint32_t *count;     /* by class: members */
    uint32_t n_classes, cap_classes;
    uint32_t *back, *back_at; /* who refers to a section: back[back_at[i] .. back_at[i + 1]) */
    _Atomic bool bad;
};

/* ---- a table of hashes --------------------------------------------------------------------------- */

struct hash_table {
    struct { XXH128_hash_t h; uint32_t value; } *slots; /* value + 1; 0: empty */
    size_t mask;
};

static void table_init(struct hash_table *t, size_t n)
{
    size_t cap = 64;
    while (cap < n * 2) {
        cap *= 2;
    }
    t->slots = xcalloc(cap, sizeof *t->slots);
    t->mask = cap - 1;
}

/* The value that stands for H: VALUE if H is new. */
static uint32_t table_put(struct hash_table *t, XXH128_hash_t h, uint32_t value)
{
    size_t i = (size_t)h.low64 & t->mask;
    while (t->slots[i].value) {
        if (t->slots[i].h.low64 == h.low64 && t->slots[i].h.high64 == h.high64) {
            return t->slots[i].value - 1;
        }
        i = (i + 1) & t->mask;
    }
    t->slots[i].h = h;
    t->slots[i].value = value + 1;
    return value;
}

/* ---- which sections ------------------------------------------------------------------------------ */

/* Followers that are not unwinding data tie a section to its own address: lists of places in it. */
static void keep_followed(struct icf *j, const struct ld_file *f)
{
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        uint32_t to = f->obj.sections[s].assoc;
        uint64_t place;
        if (to && to < f->obj.n_sections && f->chunks[s].flags & LDC_LIVE && !(f->chunks[s].flags & LDC_DEBUG) &&
            j->ld->be->icf_kind(j->ld, &f->chunks[s], &place) == ICF_IS_FIXED) {
            j->keep[j->x.base[f->idx] + to] = 1;
        }
    }
}

static void collect(struct icf *j)
{
    struct ld *ld = j->ld;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t s = 1; f->chunks && f->kind == LD_OBJECT && s < f->obj.n_sections; s++) {
            struct ld_chunk *c = &f->chunks[s];
            uint32_t number = j->x.base[k] + s;
            struct icf_sec u = {.c = c};
            if (!(c->flags & LDC_LIVE) || c->flags & (LDC_ROOT | LDC_DEBUG | LDC_NOBITS) || c->size == 0 ||
                j->keep[number] || f->obj.sections[s].flags & (SEC_MERGE | SEC_COMPRESSED | SEC_TLS) ||
                (u.kind = (uint8_t)ld->be->icf_kind(ld, c, &u.place)) == ICF_IS_FIXED) {
                continue;
            }
            j->sec_of[number] = (uint32_t)j->v.n;
            vec_push(&j->v, u);
        }
    }
}

/* Drops sections that no other has the size and number of relocations of: most of them, without a look at
   their contents. */
static void drop_odd_sizes(struct icf *j)
{
    size_t n = 0;
    uint32_t *seen = xcalloc(j->v.n + 1, sizeof *seen), *which = xmalloc((j->v.n + 1) * sizeof *which);
    struct hash_table t;
    table_init(&t, j->v.n);
    for (uint32_t i = 0; i < j->v.n; i++) {
        const struct icf_sec *u = &j->v.p[i];
        uint64_t key[3] = {u->c->size, u->c->file->obj.sections[u->c->sec].n_relocs, u->place << 4 | u->kind};
        which[i] = table_put(&t, XXH3_128bits(key, sizeof key), i);
        seen[which[i]]++;
    }
    for (uint32_t i = 0; i < j->v.n; i++) {
        uint32_t number = icf_number(&j->x, j->v.p[i].c);
        j->sec_of[number] = seen[which[i]] > 1 ? (uint32_t)n : NO_SEC;
        if (seen[which[i]] > 1) {
            j->v.p[n++] = j->v.p[i];
        }
    }
    j->v.n = n;
    free(t.slots);
    free(seen);
    free(which);
}

/* ---- what a relocation leads to ------------------------------------------------------------------ */

enum ref_kind { REF_SECTION, REF_SYMBOL, REF_PLAIN, REF_FIXED, REF_STRING };
struct ref {
    enum ref_kind kind;
    uint32_t sec;             /* REF_SECTION: index in v */
    uint64_t id;              /* what else tells targets apart */
    uint64_t off;             /* in the section, addend apart */
    int64_t addend;
};

/* A constant in a mergeable section is what it says, wherever it lies. */
static bool string_ref(const struct ld_chunk *c, const struct symbol *s, struct ref *out)
{
    const struct section *sec = &c->file->obj.sections[c->sec];
    struct view data = sec->data;
    uint64_t off = out->off, n = sec->entsize;
    if (!(sec->flags & SEC_MERGE) || sec->flags & (SEC_COMPRESSED | SEC_NOBITS) || !n || sec->n_relocs) {
        return false;
    }
    if (!s || s->type == SYM_SECTION) {
        off += (uint64_t)out->addend;
        out->addend = 0;
    }
    if (off >= data.len || data.len - off < n) {
        return false;
    }
    out->off = 0;
    if (sec->flags & SEC_STRINGS && n == 1) {
        const uint8_t *e = memchr(data.p + off, 0, (size_t)(data.len - off));
        n = e ? (uint64_t)(e - (data.p + off)) : data.len - off;
    } else if (sec->flags & SEC_STRINGS) {
        return false;
    } else {
        out->off = off % n;
        off -= out->off;
    }
    out->kind = REF_STRING;
    out->id = XXH3_64bits_withSeed(data.p + off, (size_t)n, sec->align_p2 + (sec->entsize << 8));
    return true;
}

static struct ref chunk_ref(const struct icf *j, const struct ld_chunk *c, const struct symbol *s,
                            uint64_t off, int64_t addend)
{
    struct ref r = {.off = off, .addend = addend};
    if (string_ref(c, s, &r)) {
        return r;
    }
    r.off = off;
    r.addend = addend;
    uint32_t number = icf_number(&j->x, c);
    r.sec = j->sec_of[number];
    r.kind = r.sec != NO_SEC ? REF_SECTION : REF_FIXED;
    r.id = r.sec != NO_SEC ? 0 : number;
    return r;
}

static struct ref ref_of(const struct icf *j, const struct ld_file *f, const struct reloc *r)
{
    struct ld *ld = j->ld;
    const struct symbol *s = r->sym < f->n_syms ? &f->syms[r->sym] : NULL;
    if (!s) {
        return r->sec ? chunk_ref(j, &f->chunks[r->sec], NULL, 0, r->addend)
                      : (struct ref){.kind = REF_PLAIN, .addend = r->addend};
    }
    uint32_t id = f->ids[r->sym];
    if (id == LD_NO_SYM) {
        if (s->sec == SEC_UNDEF || sec_is_special(s->sec)) {
            return (struct ref){.kind = REF_PLAIN, .id = s->sec, .off = s->value, .addend = r->addend};
        }
        return chunk_ref(j, &f->chunks[s->sec], s, s->value, r->addend);
    }
    const struct ld_chunk *c = r->kind == KIND_SIZE || ld->be->icf_bound(ld, id) ? NULL : ld_sym_chunk(ld, id);
    const struct symbol *def = c && c->file ? ld_definition(ld, id) : NULL;
    return def ? chunk_ref(j, c, def, def->value, r->addend)
               : (struct ref){.kind = REF_SYMBOL, .id = id, .addend = r->addend};
}

/* ---- the first hash ------------------------------------------------------------------------------ */

struct visit {
    struct icf *j;
    const struct ld_file *f;
    XXH128_hash_t h;
    uint32_t *refs;           /* collecting: sections referred to; else NULL */
    uint32_t n_refs, cap_refs;
    bool collect;
};

static void add_bytes(struct visit *v, const void *p, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(p, n);
    uint64_t both[4] = {v->h.low64, v->h.high64, h.low64, h.high64};
    v->h = XXH3_128bits(both, sizeof both);
}

static void add_relocs(struct visit *v, const struct reloc *r, size_t n, uint64_t base)
{
    uint64_t words[2 + 4 * RELOC_BLOCK] RELOC_BLOCK_RAW;
    while (n) {
        size_t now = n < RELOC_BLOCK ? n : RELOC_BLOCK, w = 2;
        words[0] = v->h.low64;
        words[1] = v->h.high64;
        for (size_t i = 0; i < now; i++) {
            struct ref t = ref_of(v->j, v->f, &r[i]);
            if (t.kind == REF_SECTION && v->collect) {
                if (v->n_refs == v->cap_refs) {
                    v->cap_refs = v->cap_refs ? v->cap_refs * 2 : 64;
                    v->refs = xrealloc(v->refs, v->cap_refs * sizeof *v->refs);
                }
                v->refs[v->n_refs++] = t.sec;
            }
            words[w++] = (r[i].off - base) << 20 | (uint64_t)r[i].raw_type << 4 | (unsigned)t.kind;
            words[w++] = t.id;
            words[w++] = t.off;
            words[w++] = (uint64_t)t.addend;
        }
        if (!v->collect) {
            v->h = XXH3_128bits(words, w * sizeof *words);
        }
        r += now;
        n -= now;
    }
}

static void extra(void *ctx, const uint8_t *bytes, size_t n_bytes, const struct reloc *r, size_t n, uint64_t base)
{
    struct visit *v = ctx;
    if (!v->collect) {
        add_bytes(v, bytes, n_bytes);
    }
    add_relocs(v, r, n, base);
}

static void visit_section(struct visit *v, const struct icf_sec *u)
{
    const struct ld_file *f = u->c->file;
    const struct section *s = &f->obj.sections[u->c->sec];
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    v->f = f;
    if (!v->collect) {
        uint64_t head[3] = {u->place, s->raw_flags & ~UINT64_C(0x200), u->kind}; /* SHF_GROUP is no difference */
        add_bytes(v, head, sizeof head);
        add_bytes(v, s->data.p, (size_t)s->data.len);
    }
    if (s->n_relocs && !obj_reloc_start(&f->obj, u->c->sec, &it)) {
        v->j->bad = true;
        return;
    }
    for (size_t n; s->n_relocs && (n = obj_reloc_next(&it, block)) > 0;) {
        add_relocs(v, block, n, 0);
    }
    if (s->n_relocs && it.bad) {
        v->j->bad = true;
    }
    v->j->ld->be->icf_extra(v->j->ld, u->c, extra, v);
}

/* Parallel over files: damage is reported to the file. */
static void hash_file(void *ctx, size_t k, unsigned worker)
{
    struct icf *j = ctx;
    (void)worker;
    for (uint32_t i = j->first_of[k]; i < j->first_of[k + 1]; i++) {
        struct visit v = {.j = j};
        visit_section(&v, &j->v.p[i]);
        j->v.p[i].hash = v.h;
    }
}

/* The references of the sections that may have an equal. */
static void read_refs(void *ctx, size_t k, unsigned worker)
{
    struct icf *j = ctx;
    struct visit v = {.j = j, .collect = true};
    for (uint32_t i = j->first_of[k]; i < j->first_of[k + 1]; i++) {
        struct icf_sec *u = &j->v.p[i];
        if (j->count[u->cls] < 2) {
            continue;
        }
        v.n_refs = 0;
        visit_section(&v, u);
        if (v.n_refs) {
            u->refs = arena_alloc(&j->ld->worker_arena[worker], v.n_refs * sizeof *u->refs);
            memcpy(u->refs, v.refs, v.n_refs * sizeof *u->refs);
            u->n_refs = v.n_refs;
        }
    }
    free(v.refs);
}

/* ---- classes ------------------------------------------------------------------------------------- */

static void first_classes(struct icf *j)
{
    struct hash_table t;
    uint32_t *number = xmalloc((j->v.n + 1) * sizeof *number);
    table_init(&t, j->v.n);
    j->cap_classes = (uint32_t)j->v.n + 1;
    j->count = xcalloc(j->cap_classes, sizeof *j->count);
    for (uint32_t i = 0; i < j->v.n; i++) {
        uint32_t first = table_put(&t, j->v.p[i].hash, i);
        number[i] = first == i ? j->n_classes++ : number[first];
        j->v.p[i].cls = number[i];
        j->count[number[i]]++;
    }
    free(number);
    free(t.slots);
}

/* Who refers to whom, turned round; only sections whose class may still change matter. */
static void turn_round(struct icf *j)
{
    size_t total = 0;
    j->back_at = xcalloc(j->v.n + 2, sizeof *j->back_at);
    for (uint32_t i = 0; i < j->v.n; i++) {
        for (uint32_t k = 0; k < j->v.p[i].n_refs; k++) {
            j->back_at[j->v.p[i].refs[k] + 2]++;
            total++;
        }
    }
    for (size_t i = 2; i < j->v.n + 2; i++) {
        j->back_at[i] += j->back_at[i - 1];
    }
    j->back = xmalloc((total + 1) * sizeof *j->back);
    for (uint32_t i = 0; i < j->v.n; i++) {
        for (uint32_t k = 0; k < j->v.p[i].n_refs; k++) {
            j->back[j->back_at[j->v.p[i].refs[k] + 1]++] = i;
        }
    }
}

typedef VEC(uint32_t) number_list;

struct sign_job {
    struct icf *j;
    const uint32_t *touched;
};

/* The signature: its own class and those of what it refers to. */
static void sign(void *ctx, size_t k, unsigned worker)
{
    struct sign_job *s = ctx;
    struct icf *j = s->j;
    struct icf_sec *u = &j->v.p[s->touched[k]];
    XXH128_hash_t h = {u->cls, 0};
    (void)worker;
    for (uint32_t i = 0; i < u->n_refs;) {
        uint32_t words[4 + 64], w = 4;
        memcpy(words, &h, sizeof h);
        for (; i < u->n_refs && w < 4 + 64; i++) {
            words[w++] = j->v.p[u->refs[i]].cls;
        }
        h = XXH3_128bits(words, w * sizeof *words);
    }
    u->hash = h;
}

/* One part of a class: those touched sections with one signature. */
struct part {
    uint32_t old, n, cls;
};

/* Splits the classes of the touched sections. Those that got a new class go to CHANGED. */
static void split(struct icf *j, const number_list *touched, number_list *changed)
{
    VEC(struct part) parts = {0};
    struct hash_table t;
    uint32_t *of = xmalloc((touched->n + 1) * sizeof *of);
    uint32_t *seen = xcalloc(j->n_classes + 1, sizeof *seen), *best = xcalloc(j->n_classes + 1, sizeof *best);
    table_init(&t, touched->n);
    for (size_t k = 0; k < touched->n; k++) {
        const struct icf_sec *u = &j->v.p[touched->p[k]];
        of[k] = table_put(&t, u->hash, (uint32_t)parts.n);
        if (of[k] == parts.n) {
            vec_push(&parts, (struct part){.old = u->cls});
        }
        parts.p[of[k]].n++;
        seen[u->cls]++;
    }
    for (uint32_t p = 0; p < parts.n; p++) { /* best: the largest part + 1 of a class touched as a whole */
        uint32_t old = parts.p[p].old;
        if (seen[old] == j->count[old] && (!best[old] || parts.p[p].n > parts.p[best[old] - 1].n)) {
            best[old] = p + 1;
        }
    }
    uint32_t n_old = j->n_classes;
    for (uint32_t p = 0; p < parts.n; p++) {
        uint32_t old = parts.p[p].old;
        parts.p[p].cls = best[old] == p + 1 ? old : j->n_classes++;
    }
    if (j->n_classes > j->cap_classes) {
        j->cap_classes = j->n_classes * 2;
        j->count = xrealloc(j->count, j->cap_classes * sizeof *j->count);
    }
    memset(j->count + n_old, 0, (j->n_classes - n_old) * sizeof *j->count);
    for (size_t k = 0; k < touched->n; k++) {
        struct icf_sec *u = &j->v.p[touched->p[k]];
        uint32_t now = parts.p[of[k]].cls;
        if (now != u->cls) {
            j->count[u->cls]--;
            j->count[now]++;
            u->cls = now;
            vec_push(changed, touched->p[k]);
        }
    }
    vec_free(&parts);
    free(t.slots);
    free(of);
    free(seen);
    free(best);
}

/* Whoever refers to a section of CHANGED is looked at again, in load order. */
static void touch(struct icf *j, const number_list *changed, number_list *touched, uint8_t *stamp)
{
    touched->n = 0;
    for (size_t k = 0; k < changed->n; k++) {
        uint32_t to = changed->p[k];
        for (uint32_t b = j->back_at[to]; b < j->back_at[to + 1]; b++) {
            uint32_t from = j->back[b];
            if (!stamp[from] && j->count[j->v.p[from].cls] > 1) {
                stamp[from] = 1;
                vec_push(touched, from);
            }
        }
    }
    for (size_t k = 0; k < touched->n; k++) {
        stamp[touched->p[k]] = 0;
    }
}

static void refine(struct icf *j)
{
    number_list touched = {0}, changed = {0};
    uint8_t *stamp = xcalloc(j->v.n + 1, 1);
    uint64_t rounds = 0;
    for (uint32_t i = 0; i < j->v.n; i++) {
        if (j->v.p[i].n_refs) {
            vec_push(&touched, i);
        }
    }
    while (touched.n) {
        struct sign_job s = {j, touched.p};
        parallel_for(j->ld->pool, touched.n, 256, sign, &s);
        changed.n = 0;
        split(j, &touched, &changed);
        touch(j, &changed, &touched, stamp);
        rounds++;
    }
    ld_count(j->ld, "rounds of identical code folding", rounds);
    vec_free(&touched);
    vec_free(&changed);
    free(stamp);
}

/* ---- folding ------------------------------------------------------------------------------------- */

static void print_section(struct ld *ld, struct buf *b, const char *what, const struct ld_chunk *c)
{
    buf_puts(b, what);
    enum name_style style = name_style_for(STDOUT_FILENO);
    buf_name(b, str_c(ld_file_name(ld, c->file)), style);
    buf_puts(b, ":(");
    buf_name(b, c->file->obj.sections[c->sec].name, style);
    buf_puts(b, ")\n");
}

/* The list of --print-icf-sections, class by class. */
static void print_classes(struct icf *j, const uint32_t *first)
{
    uint32_t *next = xmalloc((j->v.n + 1) * sizeof *next), *last = xcalloc(j->n_classes + 1, sizeof *last);
    for (uint32_t i = 0; i < j->v.n; i++) {
        uint32_t c = j->v.p[i].cls;
        next[i] = NO_SEC;
        if (first[c] != i + 1) {
            next[last[c]] = i;
        }
        last[c] = i;
    }
    struct buf b = {0};
    for (uint32_t i = 0; i < j->v.n; i++) {
        uint32_t k = first[j->v.p[i].cls] == i + 1 ? next[i] : NO_SEC;
        if (k != NO_SEC) {
            print_section(j->ld, &b, "selected section ", j->v.p[i].c);
        }
        for (; k != NO_SEC; k = next[k]) {
            print_section(j->ld, &b, "  removing identical section ", j->v.p[k].c);
        }
    }
    ld_print(j->ld, &b);
    buf_free(&b);
    free(next);
    free(last);
}

static void fold(struct icf *j)
{
    uint32_t *first = xcalloc(j->n_classes + 1, sizeof *first); /* by class: index + 1 */
    uint64_t n = 0, bytes = 0;
    for (uint32_t i = 0; i < j->v.n; i++) {
        struct icf_sec *u = &j->v.p[i];
        if (!first[u->cls]) {
            first[u->cls] = i + 1;
            continue;
        }
        struct ld_chunk *to = j->v.p[first[u->cls] - 1].c;
        u->c->repl = to;
        u->c->flags = (u->c->flags & ~(uint32_t)LDC_LIVE) | LDC_FOLDED;
        to->align_p2 = u->c->align_p2 > to->align_p2 ? u->c->align_p2 : to->align_p2;
        n++;
        bytes += u->c->size;
    }
    for (uint32_t i = 0; i < j->v.n && j->ld->be->icf_folded; i++) {
        if (j->v.p[i].c->flags & LDC_FOLDED) {
            j->ld->be->icf_folded(j->ld, j->v.p[i].c);
        }
    }
    if (j->ld->opt.print_icf_sections) {
        print_classes(j, first);
    }
    ld_count(j->ld, "sections folded", n);
    ld_count(j->ld, "bytes folded", bytes);
    free(first);
}

/* ---- the pass ------------------------------------------------------------------------------------ */

static void number_sections(struct icf *j)
{
    struct ld *ld = j->ld;
    j->x.base = xcalloc(ld->files.n + 1, sizeof *j->x.base);
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        j->x.base[k] = j->x.n;
        j->x.n += f->chunks ? f->obj.n_sections : 0;
    }
    j->keep = xcalloc(j->x.n + 1, 1);
    j->sec_of = xmalloc((j->x.n + 1) * sizeof *j->sec_of);
    memset(j->sec_of, 0xff, (j->x.n + 1) * sizeof *j->sec_of);
}

/* Where each file's sections begin in v, which is in load order. */
static void index_files(struct icf *j)
{
    size_t n = j->ld->files.n, k = 0;
    j->first_of = xcalloc(n + 1, sizeof *j->first_of);
    for (uint32_t i = 0; i < j->v.n; i++) {
        for (; k <= j->v.p[i].c->file->idx; k++) {
            j->first_of[k] = i;
        }
    }
    for (; k <= n; k++) {
        j->first_of[k] = (uint32_t)j->v.n;
    }
}

static bool find_and_fold(struct icf *j)
{
    struct ld *ld = j->ld;
    for (size_t k = 2; k < ld->files.n; k++) {
        if (ld->files.p[k]->kind == LD_OBJECT && ld->files.p[k]->chunks) {
            keep_followed(j, ld->files.p[k]);
        }
    }
    collect(j);
    drop_odd_sizes(j);
    index_files(j);
    parallel_for(ld->pool, ld->files.n, 1, hash_file, j);
    if (!ld_checkpoint(ld) || j->bad) {
        return false;
    }
    first_classes(j);
    parallel_for(ld->pool, ld->files.n, 1, read_refs, j);
    turn_round(j);
    refine(j);
    fold(j);
    return true;
}

bool ld_icf(struct ld *ld)
{
    struct icf j = {.ld = ld};
    if (ld->files.n <= 2) {
        return true;
    }
    number_sections(&j);
    bool ok = icf_mark_addresses(ld, &j.x, j.keep) && find_and_fold(&j);
    free(j.x.base);
    free(j.keep);
    free(j.first_of);
    free(j.sec_of);
    free(j.count);
    free(j.back);
    free(j.back_at);
    vec_free(&j.v);
    return ok;
}
