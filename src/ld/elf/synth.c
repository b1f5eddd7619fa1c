/* synth.c - GOT, PLT, copied data and dynamic relocations.

   Needs noted by the scan become slots in the order of (file, symbol) of what is needed, so that the
   tables do not depend on threads. .got holds addresses, TLS offsets and module/offset pairs; .got.plt
   the cells of lazy PLT entries after three that the loader owns. RELATIVE relocations come first in
   .rela.dyn (DT_RELACOUNT), or go to .relr.dyn. IRELATIVE ones stand in .rela.plt, after the jump slots:
   static programs find them there between __rela_iplt_start and _end. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

const struct elf_dyn_types elf_types_x86_64 = {1, 6, 7, 8, 37, 5, 16, 17, 18, 36};
const struct elf_dyn_types elf_types_i386 = {1, 6, 7, 8, 42, 5, 35, 36, 14, 41};
const struct elf_dyn_types elf_types_arm64 = {257, 1025, 1026, 1027, 1032, 1024, 1028, 1029, 1030, 1031};

enum cell_kind { CELL_ADDR, CELL_TP, CELL_GD, CELL_DESC, CELL_LD };

/* ---- assignment -------------------------------------------------------------------------------------- */

static int cmp_need(const void *a, const void *b)
{
    const struct elf_need *x = a, *y = b;
    if (x->file != y->file) {
        return x->file < y->file ? -1 : 1;
    }
    if (x->sym != y->sym) {
        return x->sym < y->sym ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

uint32_t elf_new_x(struct ld *ld, uint32_t id, struct ld_file *f, uint32_t sym)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t *cell = id != LD_NO_SYM ? &ld->tab.aux[id] : &elf_file(f)->local_x[sym];
    if (!*cell) {
        *cell = (uint32_t)e->x.n;
        vec_push(&e->x, (struct elf_x){.id = id, .file = f, .sym = sym, .got = -1, .gottp = -1, .tlsgd = -1,
                                       .tlsdesc = -1, .plt = -1, .pltgot = -1});
    }
    struct elf_x *x = &e->x.p[*cell];
    x->need = id != LD_NO_SYM ? (uint32_t)ld_sym(ld, id)->flags : elf_file(f)->local_need[sym];
    return *cell;
}

static void collect(struct ld *ld)
{
    VEC(struct elf_need) all = {0};
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
        for (size_t i = 0; ef && i < ef->needs.n; i++) {
            vec_push(&all, ef->needs.p[i]);
        }
    }
    if (all.n) {
        qsort(all.p, all.n, sizeof *all.p, cmp_need);
    }
    vec_reserve(&elf_of_ld(ld)->x, all.n);
    for (size_t i = 0; i < all.n; i++) {
        elf_new_x(ld, all.p[i].id, ld_file(ld, all.p[i].file), all.p[i].sym);
    }
    vec_free(&all);
}

static uint8_t x_attr(const struct ld *ld, const struct elf_x *x)
{
    return x->id != LD_NO_SYM ? elf_of_ld(ld)->attr[x->id] : elf_sym_attr(ld, x->file, x->sym);
}

/* Does the loader add its base to this cell of .got? CELL: as in got_x. */
bool elf_got_is_relative(const struct ld *ld, uint32_t cell)
{
    const struct elf_link *e = elf_of_ld(ld);
    const struct elf_x *x = &e->x.p[cell >> 3];
    if ((cell & 7) != CELL_ADDR || !e->pic) {
        return false;
    }
    uint8_t attr = x_attr(ld, x);
    return !(attr & (EA_PREEMPT | EA_ABS | EA_UNDEF0)) && !(attr & EA_IFUNC && !(x->need & LDS_CANON_PLT));
}

static int32_t add_cells(struct elf_link *e, size_t xi, enum cell_kind kind)
{
    int32_t at = (int32_t)e->n_cells;
    vec_push(&e->got_x, (uint32_t)xi << 3 | kind);
    e->n_cells += kind == CELL_ADDR || kind == CELL_TP ? 1 : 2;
    return at;
}

/* The dynamic relocations that a slot of .got costs. */
static void count_cell(struct elf_link *e, enum cell_kind kind, uint8_t attr, uint32_t need)
{
    bool far = attr & EA_PREEMPT;
    switch (kind) {
    case CELL_ADDR:
        if (far) {
            e->n_symbolic++;
        } else if (attr & EA_IFUNC && !(need & LDS_CANON_PLT)) {
            e->n_irelative++;
        } else if (e->pic && !(attr & (EA_ABS | EA_UNDEF0))) {
            *(e->z.pack_relr ? &e->n_relr_max : &e->n_relative) += 1;
        }
        break;
    case CELL_TP: e->n_symbolic += far || e->shared; break;
    case CELL_GD: e->n_symbolic += far ? 2 : e->shared; break;
    case CELL_DESC: e->n_symbolic++; break;
    case CELL_LD: e->n_symbolic += e->shared; break;
    }
}

static void assign_got(struct ld *ld, size_t i)
{
    struct elf_link *e = elf_of_ld(ld);
    uint8_t attr = x_attr(ld, &e->x.p[i]);
    uint32_t need = e->x.p[i].need;
    struct { uint32_t bit; enum cell_kind kind; int32_t *slot; } kinds[] = {
        {LDS_GOT, CELL_ADDR, &e->x.p[i].got}, {LDS_TLSIE, CELL_TP, &e->x.p[i].gottp},
        {LDS_TLSGD, CELL_GD, &e->x.p[i].tlsgd}, {LDS_TLSDESC, CELL_DESC, &e->x.p[i].tlsdesc}};
    for (size_t k = 0; k < 4; k++) {
        if (need & kinds[k].bit) {
            *kinds[k].slot = add_cells(e, i, kinds[k].kind);
            count_cell(e, kinds[k].kind, attr, need);
            if (kinds[k].kind == CELL_ADDR && attr & EA_IFUNC && !(attr & EA_PREEMPT) &&
                !(need & LDS_CANON_PLT)) {
                vec_push(&e->iplt_got, (uint32_t)i);
            }
        }
    }
}

/* The PLT entry of the program would be the function's address everywhere, but a library does not ask for the
   address of its own protected function: pointers would differ. */
static void check_address(struct ld *ld, const struct elf_x *x)
{
    const struct ld_sym *g = ld_sym(ld, x->id);
    const struct ld_file *f = ld_file(ld, g->file);
    if (f->kind == LD_SHARED && f->syms[g->sym].visibility == VIS_PROTECTED) {
        diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                    "the address of protected function '%.*s' is needed when the program is linked; "
                    "recompile with -fPIC",
                    Q(f->syms[g->sym].name));
    }
}

static void assign_plt(struct ld *ld, bool ifunc)
{
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 1; i < e->x.n; i++) {
        struct elf_x *x = &e->x.p[i];
        uint8_t attr = x_attr(ld, x);
        bool far = attr & EA_PREEMPT;
        if (!(x->need & LDS_PLT) || far == ifunc || (!far && !(attr & EA_IFUNC)) || (far && !e->dynamic)) {
            continue;
        }
        if (far && x->need & LDS_CANON_PLT) {
            check_address(ld, x);
        }
        if (far && x->got >= 0 && !(x->need & LDS_CANON_PLT)) {
            x->pltgot = (int32_t)e->pltgot_x.n;
            vec_push(&e->pltgot_x, (uint32_t)i);
        } else {
            x->plt = (int32_t)e->plt_x.n;
            vec_push(&e->plt_x, (uint32_t)i);
        }
    }
}

/* ---- copies ------------------------------------------------------------------------------------------ */

static uint8_t copy_align(const struct ld_file *f, const struct symbol *s)
{
    unsigned p2 = s->sec < f->obj.n_sections ? f->obj.sections[s->sec].align_p2 : 4;
    unsigned by_value = s->value ? (unsigned)__builtin_ctzll(s->value) : p2;
    p2 = by_value < p2 ? by_value : p2;
    return (uint8_t)(p2 > 12 ? 12 : p2);
}

/* Every other name that the library has for the same data must mean the copy too. */
static void copy_aliases(struct ld *ld, struct ld_file *f, const struct symbol *s, uint64_t off,
                         bool relro)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *t = &f->syms[i];
        uint32_t id = f->ids[i];
        if (t->sec != s->sec || t->value != s->value || id == LD_NO_SYM ||
            t->type == SYM_FUNC || ld_sym(ld, id)->file != f->idx || ld_sym(ld, id)->sym != i) {
            continue;
        }
        ld_need(ld, id, LDS_COPY | LDS_DYNSYM);
        uint32_t at = elf_new_x(ld, id, f, i); /* may move the array */
        struct elf_x *x = &elf_of_ld(ld)->x.p[at];
        x->copy_off = off + 1;
        x->copy_relro = relro;
    }
}

static void assign_copies(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n = e->x.n;
    for (size_t i = 1; i < n; i++) {
        if (!(e->x.p[i].need & LDS_COPY) || e->x.p[i].copy_off || e->x.p[i].id == LD_NO_SYM) {
            continue;
        }
        const struct ld_sym *g = ld_sym(ld, e->x.p[i].id);
        struct ld_file *f = ld_file(ld, g->file);
        const struct symbol *s = &f->syms[g->sym];
        if (s->size == 0 || s->visibility == VIS_PROTECTED) {
            diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                        "cannot copy %s symbol '%.*s' into the program; recompile with -fPIC",
                        s->size ? "protected" : "empty", Q(s->name));
            continue;
        }
        bool relro = s->sec < f->obj.n_sections && !(f->obj.sections[s->sec].raw_flags & SHF_WRITE) &&
                     !e->z.norelro;
        uint64_t *size = relro ? &e->copy_ro_size : &e->copy_size;
        struct ld_chunk *c = relro ? e->copy_ro : e->copy;
        uint8_t p2 = copy_align(f, s);
        *size = align_up(*size, UINT64_C(1) << p2);
        c->align_p2 = p2 > c->align_p2 ? p2 : c->align_p2;
        e->x.p[i].copy_off = *size + 1;
        e->x.p[i].copy_relro = relro;
        vec_push(&e->copy_x, (uint32_t)i);
        copy_aliases(ld, f, s, *size, relro);
        *size += s->size;
        e->n_symbolic++;
    }
}

/* ---- sizes ------------------------------------------------------------------------------------------- */

static void count_sections(struct ld *ld, struct elf_link *e)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
        for (size_t i = 0; ef && i < ef->dynrels.n; i++) {
            struct elf_dyn_count *n = &ef->dynrels.p[i];
            n->rel_at = (uint32_t)e->n_relative;
            n->sym_at = (uint32_t)e->n_symbolic;
            e->n_relative += n->relative;
            e->n_symbolic += n->symbolic;
            e->n_relr_max += n->relr;
        }
    }
}

void elf_assign_slots(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const struct arch *a = ld->arch;
    e->types = ld->machine == MACH_X86_64 ? &elf_types_x86_64
               : ld->machine == MACH_I386 ? &elf_types_i386 : &elf_types_arm64;
    bool guarded = a->plt_guarded_len && (e->z.ibtplt || e->z.pac_plt);
    e->plt_each = guarded ? a->plt_guarded_len : a->plt_entry_len;
    e->plt_got_each = guarded ? a->plt_guarded_len : a->plt_got_len;
    collect(ld);
    for (size_t i = 1, n = e->x.n; i < n; i++) {
        assign_got(ld, i);
    }
    if (e->need_tlsld) {
        e->tlsld = add_cells(e, 0, CELL_LD);
        count_cell(e, CELL_LD, 0, 0);
    }
    assign_plt(ld, false);
    e->n_jump_slots = (uint32_t)e->plt_x.n;
    e->plt_header = e->n_jump_slots > 0;
    assign_plt(ld, true);
    assign_copies(ld);
    count_sections(ld, e);
    size_t n_plt = e->plt_x.n;
    e->got->size = (uint64_t)e->n_cells * e->word;
    bool base = n_plt || e->need_gotplt || ld_lookup(ld, S("_GLOBAL_OFFSET_TABLE_")) != LD_NO_SYM;
    e->got_plt->size = base ? (3 + n_plt) * e->word : 0;
    e->plt->size = n_plt ? (e->plt_header ? a->plt_header_len : 0) + n_plt * e->plt_each : 0;
    e->plt_sec->size = e->z.ibtplt && a->plt_sec_len ? n_plt * a->plt_sec_len : 0;
    e->plt_got->size = e->pltgot_x.n * e->plt_got_each;
    e->rel_plt->size = (n_plt + e->iplt_got.n) * e->rel_size;
    if (e->copy) {
        e->copy->size = e->copy_size;
        e->copy_ro->size = e->copy_ro_size;
    }
    if (e->rel_dyn) {
        e->rel_dyn->size = (e->n_relative + e->n_symbolic) * e->rel_size;
    }
}

/* ---- addresses --------------------------------------------------------------------------------------- */

uint64_t elf_got_cell(const struct ld *ld, int32_t cell)
{
    const struct elf_link *e = elf_of_ld(ld);
    return ld_chunk_addr(ld, e->got) + (uint64_t)(uint32_t)cell * e->word;
}

/* _GLOBAL_OFFSET_TABLE_: the loader's three cells on x86, the table itself on AArch64. */
const struct ld_chunk *elf_got_base_chunk(const struct ld *ld)
{
    const struct elf_link *e = elf_of_ld(ld);
    return ld->machine == MACH_ARM64 ? e->got : e->got_plt;
}

uint64_t elf_got_base(const struct ld *ld)
{
    return ld_chunk_addr(ld, elf_got_base_chunk(ld));
}

static uint64_t got_plt_base(const struct ld *ld)
{
    return ld_chunk_addr(ld, elf_of_ld(ld)->got_plt);
}

static uint64_t plt_entry_addr(const struct ld *ld, int32_t i)
{
    const struct elf_link *e = elf_of_ld(ld);
    return ld_chunk_addr(ld, e->plt) + (e->plt_header ? ld->arch->plt_header_len : 0) +
           (uint64_t)(uint32_t)i * e->plt_each;
}

uint64_t elf_plt_addr(const struct ld *ld, const struct elf_x *x)
{
    const struct elf_link *e = elf_of_ld(ld);
    if (x->pltgot >= 0) {
        return ld_chunk_addr(ld, e->plt_got) + (uint64_t)(uint32_t)x->pltgot * e->plt_got_each;
    }
    if (e->plt_sec->size) {
        return ld_chunk_addr(ld, e->plt_sec) + (uint64_t)(uint32_t)x->plt * ld->arch->plt_sec_len;
    }
    return plt_entry_addr(ld, x->plt);
}

/* What copies and canonical PLT entries do to the symbols' values. After ld_set_values. */
void elf_final_values(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 1; i < e->x.n; i++) {
        const struct elf_x *x = &e->x.p[i];
        if (x->id == LD_NO_SYM) {
            continue;
        }
        if (x->copy_off) {
            ld->tab.values[x->id] = ld_chunk_addr(ld, x->copy_relro ? e->copy_ro : e->copy) + x->copy_off - 1;
        } else if (x->need & LDS_CANON_PLT && x->plt >= 0 && x_attr(ld, x) & EA_PREEMPT) {
            ld->tab.values[x->id] = elf_plt_addr(ld, x);
        }
    }
}

/* The address of what X names: IFUNCs answer with the resolver's address. */
uint64_t elf_x_value(const struct ld *ld, const struct elf_x *x)
{
    bool dead;
    if (x->id != LD_NO_SYM) {
        return ld->tab.values[x->id];
    }
    return elf_sym_value(ld, x->file, x->sym, 0, &dead);
}

uint64_t elf_x_address(const struct ld *ld, const struct elf_x *x)
{
    bool canon = x->need & LDS_CANON_PLT && x->plt >= 0;
    return canon ? elf_plt_addr(ld, x) : elf_x_value(ld, x);
}

/* ---- contents ---------------------------------------------------------------------------------------- */

static void put_word(const struct elf_link *e, uint8_t *p, uint64_t v)
{
    if (e->word == 8) {
        put_u64le(p, v);
    } else {
        put_u32le(p, (uint32_t)v);
    }
}

void elf_put_rel(const struct elf_link *e, uint8_t *p, uint64_t place, uint32_t sym, uint32_t type,
                 uint64_t addend)
{
    if (e->word == 8) {
        put_u64le(p, place);
        put_u64le(p + 8, (uint64_t)sym << 32 | type);
        put_u64le(p + 16, addend);
    } else {
        put_u32le(p, (uint32_t)place);
        put_u32le(p + 4, sym << 8 | (type & 0xff));
    }
}

/* One slot of .got: its contents into OUT (may be NULL), its dynamic relocations through ADD. */
struct rel_sink {
    struct ld *ld;
    uint64_t n_rel, n_sym; /* next free records of .rela.dyn */
    VEC(uint64_t) relr;    /* places */
};

static void sink_sym(struct rel_sink *s, uint64_t place, uint32_t sym, uint32_t type, uint64_t addend)
{
    struct elf_link *e = elf_of_ld(s->ld);
    elf_put_rel(e, e->rel_dyn_bytes + (e->n_relative + s->n_sym++) * e->rel_size, place, sym, type, addend);
}

static void got_rels(struct rel_sink *s, const struct elf_x *x, enum cell_kind kind, uint64_t place)
{
    const struct ld *ld = s->ld;
    const struct elf_link *e = elf_of_ld(ld);
    const struct elf_dyn_types *t = e->types;
    uint8_t attr = kind == CELL_LD ? 0 : x_attr(ld, x);
    bool far = attr & EA_PREEMPT;
    uint32_t sym = far ? x->dynsym : 0;
    uint64_t tls = kind == CELL_ADDR || kind == CELL_LD || far ? 0 : elf_x_value(ld, x) - e->tls_start;
    switch (kind) {
    case CELL_ADDR:
        if (far) {
            sink_sym(s, place, sym, t->glob_dat, 0);
        } else if (!(attr & EA_IFUNC && !(x->need & LDS_CANON_PLT)) && e->pic &&
                   !(attr & (EA_ABS | EA_UNDEF0))) {
            if (e->z.pack_relr) {
                vec_push(&s->relr, place);
            } else {
                elf_put_rel(e, e->rel_dyn_bytes + s->n_rel++ * e->rel_size, place, 0, t->relative,
                            elf_x_address(ld, x));
            }
        }
        break;
    case CELL_TP:
        if (far || e->shared) {
            sink_sym(s, place, sym, t->tpoff, tls);
        }
        break;
    case CELL_GD:
        if (far || e->shared) {
            sink_sym(s, place, sym, t->dtpmod, 0);
        }
        if (far) {
            sink_sym(s, place + e->word, sym, t->dtpoff, 0);
        }
        break;
    case CELL_DESC:
        sink_sym(s, place, sym, t->tlsdesc, tls);
        break;
    case CELL_LD:
        if (e->shared) {
            sink_sym(s, place, 0, t->dtpmod, 0);
        }
        break;
    }
}

static void got_contents(const struct ld *ld, const struct elf_x *x, enum cell_kind kind, uint8_t *p)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint8_t attr = kind == CELL_LD ? 0 : x_attr(ld, x);
    if (kind == CELL_LD) {
        put_word(e, p, e->shared ? 0 : 1);
        return;
    }
    if (attr & EA_PREEMPT) {
        return;
    }
    uint64_t v = elf_x_value(ld, x);
    switch (kind) {
    case CELL_ADDR: put_word(e, p, attr & EA_UNDEF0 ? 0 : elf_x_address(ld, x)); break;
    case CELL_TP: put_word(e, p, e->shared ? v - e->tls_start : v - e->tp); break;
    case CELL_GD:
        put_word(e, p, e->shared ? 0 : 1);
        put_word(e, p + e->word, v - e->tls_start);
        break;
    case CELL_DESC: put_word(e, p + e->word, e->rela ? 0 : v - e->tls_start); break;
    case CELL_LD: break;
    }
}

void elf_write_got(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    memset(out, 0, (size_t)c->size);
    uint32_t cell = 0;
    for (size_t i = 0; i < e->got_x.n; i++) {
        enum cell_kind kind = (enum cell_kind)(e->got_x.p[i] & 7);
        got_contents(ld, &e->x.p[e->got_x.p[i] >> 3], kind, out + cell * e->word);
        cell += kind == CELL_ADDR || kind == CELL_TP ? 1 : 2;
    }
}

static struct plt_env plt_env(const struct ld *ld, size_t i)
{
    const struct elf_link *e = elf_of_ld(ld);
    return (struct plt_env){.plt_va = ld_chunk_addr(ld, e->plt), .entry_va = plt_entry_addr(ld, (int32_t)i),
                            .slot_va = got_plt_base(ld) + (3 + i) * e->word, .gotplt_va = got_plt_base(ld),
                            .index = (uint32_t)i, .pic = e->pic, .pac = e->z.pac_plt,
                            .ibt = ld->arch->plt_sec ? e->plt_sec->size != 0 : e->z.ibtplt};
}

void elf_write_got_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    memset(out, 0, (size_t)c->size);
    put_word(e, out, e->dyn ? ld_chunk_addr(ld, e->dyn) : 0);
    for (size_t i = 0; i < e->plt_x.n; i++) {
        struct plt_env env = plt_env(ld, i);
        uint64_t v = i < e->n_jump_slots ? ld->arch->plt_lazy_target(&env) : elf_x_value(ld, &e->x.p[e->plt_x.p[i]]);
        put_word(e, out + (3 + i) * e->word, v);
    }
}

void elf_write_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    unsigned head = e->plt_header ? ld->arch->plt_header_len : 0;
    (void)c;
    for (size_t i = 0; i < e->plt_x.n; i++) {
        struct plt_env env = plt_env(ld, i);
        if (i == 0 && head) {
            ld->arch->plt_header(out, &env);
        }
        ld->arch->plt_entry(out + head + i * e->plt_each, &env);
    }
}

void elf_write_plt_sec(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0; i < e->plt_x.n; i++) {
        struct plt_env env = plt_env(ld, i);
        env.entry_va = ld_chunk_addr(ld, c) + i * ld->arch->plt_sec_len;
        ld->arch->plt_sec(out + i * ld->arch->plt_sec_len, &env);
    }
}

void elf_write_plt_got(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0; i < e->pltgot_x.n; i++) {
        struct plt_env env = {.entry_va = ld_chunk_addr(ld, c) + i * e->plt_got_each,
                              .slot_va = elf_got_cell(ld, e->x.p[e->pltgot_x.p[i]].got),
                              .gotplt_va = got_plt_base(ld), .pic = e->pic, .ibt = e->z.ibtplt,
                              .pac = e->z.pac_plt};
        ld->arch->plt_got(out + i * e->plt_got_each, &env);
    }
}

void elf_write_rel_plt(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    (void)c;
    for (size_t i = 0; i < e->plt_x.n; i++, out += e->rel_size) {
        const struct elf_x *x = &e->x.p[e->plt_x.p[i]];
        uint64_t slot = got_plt_base(ld) + (3 + i) * e->word;
        if (i < e->n_jump_slots) {
            elf_put_rel(e, out, slot, x->dynsym, e->types->jump_slot, 0);
        } else {
            elf_put_rel(e, out, slot, 0, e->types->irelative, elf_x_value(ld, x));
        }
    }
    for (size_t i = 0; i < e->iplt_got.n; i++, out += e->rel_size) {
        const struct elf_x *x = &e->x.p[e->iplt_got.p[i]];
        elf_put_rel(e, out, elf_got_cell(ld, x->got), 0, e->types->irelative, elf_x_value(ld, x));
    }
}

/* ---- dynamic relocations of sections ----------------------------------------------------------------- */

static void section_rels(struct ld *ld, struct ld_file *f, const struct elf_dyn_count *n)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t sec = n->sec;
    uint64_t base = ld_chunk_addr(ld, &f->chunks[sec]);
    uint32_t rel = n->rel_at, sym = n->sym_at, rel_end = rel + n->relative, sym_end = sym + n->symbolic;
    bool writable = f->obj.sections[sec].raw_flags & SHF_WRITE;
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    if (!obj_reloc_start(&f->obj, sec, &it)) {
        return;
    }
    for (size_t k; (k = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < k; i++) {
            const struct reloc *r = &block[i];
            if (r->kind != KIND_ABS || r->width != e->word) {
                continue;
            }
            uint8_t attr = elf_sym_attr(ld, f, r->sym);
            uint64_t place = base + elf_reloc_off(ld, &f->chunks[sec], r->off);
            enum elf_dyn_kind kind = attr & EA_IFUNC && !(attr & EA_PREEMPT)
                                         ? (e->pic ? DYN_RELATIVE : DYN_NONE)
                                         : elf_word_dyn(ld, attr, writable);
            bool dead = false;
            if (kind == DYN_RELATIVE && !elf_in_relr(e, &f->obj.sections[sec], r->off) && rel < rel_end) {
                uint64_t v = elf_sym_value(ld, f, r->sym, r->addend, &dead);
                if (attr & EA_IFUNC && !(attr & EA_PREEMPT)) {
                    v = elf_plt_addr(ld, elf_x_of(ld, f, r->sym)) + (uint64_t)r->addend;
                }
                elf_put_rel(e, e->rel_dyn_bytes + (uint64_t)rel++ * e->rel_size, place, 0,
                            e->types->relative, v);
            } else if (kind == DYN_SYMBOLIC && sym < sym_end) {
                const struct elf_x *x = elf_x_of(ld, f, r->sym);
                elf_put_rel(e, e->rel_dyn_bytes + (e->n_relative + sym++) * e->rel_size, place,
                            x ? x->dynsym : 0, e->types->abs, (uint64_t)r->addend);
            }
        }
    }
}

/* Writes the records counted for file K. */
static void file_rels(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k + 2];
    struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
    (void)worker;
    for (size_t i = 0; ef && i < ef->dynrels.n; i++) {
        const struct elf_dyn_count *n = &ef->dynrels.p[i];
        if (n->relative + n->symbolic) {
            section_rels(ld, f, n);
        }
    }
}

static int cmp_rela(const void *a, const void *b)
{
    const uint8_t *x = a, *y = b;
    uint64_t sx = get_u64le(x + 8), sy = get_u64le(y + 8);
    if (sx != sy) {
        return sx < sy ? -1 : 1;
    }
    uint64_t px = get_u64le(x), py = get_u64le(y);
    return (px > py) - (px < py);
}

/* Orders the records that name symbols by symbol, so that the loader looks each up once: they are dealt
   out by symbol, and then each symbol's few are sorted. */
static void sort_symbolic(struct elf_link *e)
{
    uint8_t *recs = e->rel_dyn_bytes + e->n_relative * e->rel_size;
    size_t n = (size_t)e->n_symbolic, size = e->rel_size, n_syms = e->dynsyms.n;
    size_t *at = xcalloc(n_syms + 1, sizeof *at);
    uint8_t *sorted = xmalloc(n * size);
    for (size_t i = 0; i < n; i++) {
        at[get_u32le(recs + i * size + 12) + 1]++;
    }
    for (size_t k = 1; k <= n_syms; k++) {
        at[k] += at[k - 1];
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(sorted + at[get_u32le(recs + i * size + 12)]++ * size, recs + i * size, size);
    }
    memcpy(recs, sorted, n * size);
    for (size_t k = 0; k < n_syms; k++) { /* at[k] is now the end of symbol k's */
        size_t first = k ? at[k - 1] : 0;
        if (at[k] - first > 1) {
            qsort(recs + first * size, at[k] - first, size, cmp_rela);
        }
    }
    free(at);
    free(sorted);
}

bool elf_make_dynrels(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (!e->rel_dyn || !e->rel_dyn->size) {
        return true;
    }
    uint64_t total = e->n_relative + e->n_symbolic;
    e->rel_dyn_bytes = xcalloc(1, arena_bytes(total, e->rel_size));
    struct rel_sink s = {.ld = ld};
    for (size_t i = 0, cell = 0; i < e->got_x.n; i++) {
        enum cell_kind kind = (enum cell_kind)(e->got_x.p[i] & 7);
        got_rels(&s, &e->x.p[e->got_x.p[i] >> 3], kind, elf_got_cell(ld, (int32_t)cell));
        cell += kind == CELL_ADDR || kind == CELL_TP ? 1 : 2;
    }
    vec_free(&s.relr);
    for (size_t i = 0; i < e->copy_x.n; i++) {
        const struct elf_x *x = &e->x.p[e->copy_x.p[i]];
        sink_sym(&s, ld->tab.values[x->id], x->dynsym, e->types->copy, 0);
    }
    parallel_for(ld->pool, ld->files.n - 2, 4, file_rels, ld);
    if (e->word == 8 && e->n_symbolic > 1) {
        sort_symbolic(e);
    }
    return true;
}

/* ---- .relr.dyn --------------------------------------------------------------------------------------- */

typedef VEC(uint64_t) u64_vec;

static int cmp_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void relr_places(struct ld *ld, u64_vec *out)
{
    struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0, cell = 0; i < e->got_x.n; i++) {
        enum cell_kind kind = (enum cell_kind)(e->got_x.p[i] & 7);
        if (elf_got_is_relative(ld, e->got_x.p[i])) {
            vec_push(out, elf_got_cell(ld, (int32_t)cell));
        }
        cell += kind == CELL_ADDR || kind == CELL_TP ? 1 : 2;
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
        for (size_t k2 = 0; ef && k2 < ef->dynrels.n; k2++) {
            struct reloc block[RELOC_BLOCK];
            struct reloc_iter it;
            uint32_t i = ef->dynrels.p[k2].sec;
            if (!ef->dynrels.p[k2].relr || !obj_reloc_start(&f->obj, i, &it)) {
                continue;
            }
            uint64_t base = ld_chunk_addr(ld, &f->chunks[i]);
            for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
                for (size_t j = 0; j < n; j++) {
                    const struct reloc *r = &block[j];
                    uint8_t attr = r->kind == KIND_ABS && r->width == e->word ? elf_sym_attr(ld, f, r->sym)
                                                                              : EA_ABS;
                    if (!(attr & EA_ABS) && elf_word_dyn(ld, attr, true) == DYN_RELATIVE &&
                        elf_in_relr(e, &f->obj.sections[i], r->off)) {
                        vec_push(out, base + elf_reloc_off(ld, &f->chunks[i], r->off));
                    }
                }
            }
        }
    }
    if (out->n) {
        qsort(out->p, out->n, sizeof *out->p, cmp_u64);
    }
}

/* An even word is an address; each odd word after it a bitmap of the words that follow. */
static void relr_encode(const u64_vec *places, uint32_t word, u64_vec *out)
{
    unsigned bits = word * 8 - 1;
    for (size_t i = 0; i < places->n;) {
        uint64_t base = places->p[i++] + word;
        vec_push(out, base - word);
        for (;;) {
            uint64_t map = 0;
            for (; i < places->n; i++) {
                uint64_t d = places->p[i] - base;
                if (d >= (uint64_t)bits * word || d % word) {
                    break;
                }
                map |= UINT64_C(1) << (d / word);
            }
            if (!map) {
                break;
            }
            vec_push(out, map << 1 | 1);
            base += (uint64_t)bits * word;
        }
    }
}

bool elf_size_relr(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (!e->relr || !e->n_relr_max) {
        return false;
    }
    u64_vec places = {0}, words = {0};
    relr_places(ld, &places);
    relr_encode(&places, e->word, &words);
    uint64_t old = e->relr->size, need = words.n * e->word;
    bool grew = need > old;
    while (!grew && words.n * e->word < old) {
        vec_push(&words, 1); /* an empty bitmap: the size does not shrink again */
    }
    free(e->relr_bytes);
    e->relr_bytes = xcalloc(words.n ? words.n : 1, e->word);
    for (size_t i = 0; i < words.n; i++) {
        put_word(e, e->relr_bytes + i * e->word, words.p[i]);
    }
    e->relr->size = words.n * e->word;
    vec_free(&places);
    vec_free(&words);
    return grew;
}
