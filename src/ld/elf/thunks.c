/* thunks.c - branches that do not reach: on AArch64 a call spans 128 MiB.

   When the code may be longer than that, thunks are put between the input sections of each code section,
   one group behind every 96 MiB of it. After a first layout every branch is measured; one that may not
   reach its target, with room for what the thunks themselves take, goes to the group that follows it, which
   every branch of its stretch reaches. A thunk loads the address and jumps; where one of a group has to
   go beyond 4 GiB, all of that group are longer. Source: the AArch64 ELF
   specification, "Call and Jump relocations". */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"
#include "ld/script_layout.h"

enum { STRETCH = 96 << 20, SLACK = 16 << 20 };

struct target {
    struct ld_file *f;
    uint32_t sym;
    int64_t addend;
};

struct thunks {
    VEC(struct target) v;
    struct strmap by_key; /* index in v */
    bool far;
};

struct key {
    uint64_t who;
    int64_t addend;
};

static struct key key_of(const struct ld_file *f, const struct reloc *r)
{
    uint32_t id = f->ids[r->sym];
    return (struct key){id != LD_NO_SYM ? id : (uint64_t)f->idx << 32 | r->sym, r->addend};
}

static struct str key_text(const struct key *k)
{
    return (struct str){(const char *)k, sizeof *k};
}

static uint64_t target_address(const struct ld *ld, const struct ld_file *f, uint32_t sym, int64_t addend)
{
    const struct elf_x *x = elf_sym_attr(ld, f, sym) & (EA_PREEMPT | EA_IFUNC) ? elf_x_of(ld, f, sym) : NULL;
    bool dead;
    return x && (x->plt >= 0 || x->pltgot >= 0) ? elf_plt_addr(ld, x) + (uint64_t)addend
                                                : elf_sym_value(ld, f, sym, addend, &dead);
}

static uint32_t thunk_len(const struct ld *ld, const struct thunks *t)
{
    return t->far ? ld->arch->far_thunk_len : ld->arch->range_thunk_len;
}

static void write_thunks(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct thunks *t = c->priv;
    uint64_t va = ld_chunk_addr(ld, c);
    uint32_t len = thunk_len(ld, t);
    void (*put)(uint8_t *p, uint64_t at, uint64_t dst) = t->far ? ld->arch->far_thunk : ld->arch->range_thunk;
    for (size_t i = 0; i < t->v.n; i++) {
        const struct target *g = &t->v.p[i];
        put(out + i * len, va + i * len, target_address(ld, g->f, g->sym, g->addend));
    }
}

/* Gives the branches of input section C that may not reach a place in T. */
static bool measure(struct ld *ld, const struct ld_chunk *c, struct thunks *t)
{
    struct ld_file *f = c->file;
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    uint64_t addr = ld_chunk_addr(ld, c);
    int64_t reach = ld->arch->branch_reach - SLACK;
    if (!f || c->flags & LDC_NO_RELOC || !f->obj.sections[c->sec].n_relocs) {
        return true;
    }
    if (!obj_reloc_start(&f->obj, c->sec, &it)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            const struct reloc *r = &block[i];
            if (r->kind != KIND_BRANCH || r->width != 26) {
                continue;
            }
            int64_t d = (int64_t)(target_address(ld, f, r->sym, r->addend) - (addr + r->off));
            struct key k = key_of(f, r);
            int64_t wide = ld->arch->range_thunk_reach - 2 * ld->arch->branch_reach;
            t->far |= d < -wide || d >= wide;
            if ((d >= -reach && d < reach) || strmap_get(&t->by_key, key_text(&k)) != STRMAP_NONE) {
                continue;
            }
            strmap_put(&t->by_key, arena_str(&ld->arena, key_text(&k)), (uint32_t)t->v.n, NULL);
            vec_push(&t->v, (struct target){f, r->sym, r->addend});
        }
    }
    return !it.bad;
}

/* Cuts OS into stretches with a group of thunks behind each that needs one. */
static bool cut(struct ld *ld, struct ld_osec *os)
{
    static const struct ld_chunk_ops ops = {"range thunks", write_thunks};
    struct elf_link *e = elf_of_ld(ld);
    VEC(struct ld_chunk *) out = {0};
    struct thunks *t = NULL;
    uint64_t start = 0;
    bool ok = true;
    for (size_t i = 0; i < os->chunks.n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        t = t ? t : ARENA_NEW(&ld->arena, struct thunks);
        ok = measure(ld, c, t) && ok;
        vec_push(&out, c);
        const struct ld_chunk *next = i + 1 < os->chunks.n ? os->chunks.p[i + 1] : NULL;
        if (next && next->off + next->size - start <= STRETCH) {
            continue;
        }
        if (t->v.n) {
            struct ld_chunk *th = ld_new_chunk(ld, &ops, t->v.n * thunk_len(ld, t), 2, t);
            th->osec = os->idx;
            vec_push(&out, th);
            vec_push(&e->thunks, th);
            t = NULL;
        }
        start = next ? next->off : 0;
    }
    free(os->chunks.p);
    os->chunks.p = out.p;
    os->chunks.n = out.n;
    os->chunks.cap = out.cap;
    return ok;
}

/* Is there a global symbol that is a number, and farther from code between LO and HI than branches reach? */
static bool far_numbers(const struct ld *ld, uint64_t lo, uint64_t hi)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t reach = (uint64_t)ld->arch->branch_reach - SLACK;
    for (uint32_t id = 0; id < e->n_attr; id++) {
        if ((e->attr[id] & (EA_ABS | EA_SHARED | EA_UNDEF0)) == EA_ABS && ld_sym(ld, id)->rank > RANK_SHARED) {
            const struct symbol *s = ld_definition(ld, id);
            uint64_t v = s ? s->value : lo;
            if (v + reach < hi || v > lo + reach) {
                return true;
            }
        }
    }
    return false;
}

/* After a layout, and before values are final. *MADE: sizes changed, lay out again. */
bool elf_make_thunks(struct ld *ld, bool *made)
{
    struct elf_link *e = elf_of_ld(ld);
    uint64_t lo = UINT64_MAX, hi = 0;
    *made = false;
    for (size_t i = 0; i < e->order.n; i++) {
        const struct ld_osec *os = e->order.p[i];
        if (os->raw_flags & SHF_EXECINSTR) {
            lo = os->addr < lo ? os->addr : lo;
            hi = os->addr + os->size > hi ? os->addr + os->size : hi;
        }
    }
    if (!ld->arch->range_thunk_len || hi <= lo ||
        (hi - lo < (uint64_t)ld->arch->branch_reach - SLACK && !far_numbers(ld, lo, hi))) {
        return true;
    }
    elf_place_symbols(ld);
    ld_script_place_symbols(ld, e->order.p, e->order.n);
    ld_set_values(ld);
    elf_final_values(ld);
    bool ok = true;
    for (size_t i = 0; i < e->order.n; i++) {
        if (e->order.p[i]->raw_flags & SHF_EXECINSTR) {
            ok = cut(ld, e->order.p[i]) && ok;
        }
    }
    *made = e->thunks.n > 0;
    ld_count(ld, "groups of range thunks", e->thunks.n);
    return ld_checkpoint(ld) && ok;
}

uint64_t elf_thunk_address(const struct ld *ld, const struct ld_chunk *c, const struct reloc *r)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct key k = key_of(c->file, r);
    for (size_t i = 0; i < e->thunks.n; i++) {
        const struct ld_chunk *th = e->thunks.p[i];
        if (th->osec != c->osec || th->off < c->off) {
            continue;
        }
        const struct thunks *t = th->priv;
        uint32_t n = strmap_get(&t->by_key, key_text(&k));
        return n == STRMAP_NONE ? 0 : ld_chunk_addr(ld, th) + (uint64_t)n * thunk_len(ld, t);
    }
    return 0;
}

void elf_free_thunks(struct elf_link *e)
{
    for (size_t i = 0; i < e->thunks.n; i++) {
        struct thunks *t = e->thunks.p[i]->priv;
        vec_free(&t->v);
        strmap_free(&t->by_key);
    }
    vec_free(&e->thunks);
}
