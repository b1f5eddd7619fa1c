/* relocate.c - applying relocations to a section's copy in the output.

   The hot loop of a link: symbol values lie in a flat table, local symbols cost one look at their
   chunk. What a relocation becomes was decided by the scan; the same functions decide again here.
   Source: the psABIs' tables of relocation formulas. */
#include "ld/elf/elf_ld.h"

struct rel {
    struct ld *ld;
    struct elf_link *e;
    struct ld_file *f;
    const struct arch *arch;
    uint32_t sec;
    bool alloc, writable, x86_64, folded_dead; /* folded_dead: debug sections; what was folded is gone */
    uint8_t *start;      /* of the section's copy */
    uint64_t len;
    uint64_t addr;       /* of the section */
    uint64_t tombstone;
    bool skip_next;      /* the call of a rewritten TLS sequence, the second half of a pair */
    struct elf_pairs pairs;
    const struct ld_chunk *strings; /* merged ones that were referred to last, by the symbol of their section */
    uint32_t strings_sym;
};

uint64_t elf_sym_value(const struct ld *ld, const struct ld_file *f, uint32_t sym, int64_t addend,
                       bool *dead)
{
    uint64_t addr = sym < f->n_addrs ? f->addrs[sym] : LD_ADDR_ASK;
    *dead = addr == LD_ADDR_DEAD;
    if (addr != LD_ADDR_ASK) {
        return *dead ? 0 : addr + (uint64_t)addend;
    }
    const struct symbol *s = &f->syms[sym];
    uint32_t id = f->ids[sym];
    if (id != LD_NO_SYM) {
        return ld->tab.values[id] + (uint64_t)addend;
    }
    if (s->sec == SEC_UNDEF || sec_is_special(s->sec)) {
        return s->value + (uint64_t)addend;
    }
    const struct ld_chunk *c = &f->chunks[s->sec];
    uint32_t flags = c->flags;
    if (flags & LDC_MERGE) {
        if (s->type == SYM_SECTION) {
            return ld_merge_addr(ld, c, s->value + (uint64_t)addend);
        }
        return ld_merge_addr(ld, c, s->value) + (uint64_t)addend;
    }
    if (!(flags & (LDC_LIVE | LDC_FOLDED))) {
        *dead = true;
        return 0;
    }
    return ld_chunk_addr(ld, c) + s->value + (uint64_t)addend;
}

/* Is C no place for debugging information to speak of? Debuggers want one function at an address, so what
   was folded is gone as well; line tables name all of them, so that a breakpoint on any works. */
static bool is_dead(const struct rel *c, const struct ld_chunk *to)
{
    return to && (!(to->flags & (LDC_LIVE | LDC_FOLDED | LDC_MERGE)) || (c->folded_dead && to->flags & LDC_FOLDED));
}

/* ---- errors ------------------------------------------------------------------------------------------ */

static __attribute__((cold, noinline)) void bad(struct rel *c, const struct reloc *r,
                                                enum arch_status st, uint64_t v)
{
    struct buf b = {0};
    char name[16];
    arch_explain(&b, st, reloc_name(&c->f->obj, r->raw_type, name), r, v);
    struct str sym = c->f->syms[r->sym].name;
    if (sym.len) {
        buf_puts(&b, " against '");
        buf_str(&b, sym);
        buf_c(&b, '\'');
    }
    ld_error_at(c->ld, c->f, c->sec, r->off, "%.*s", (int)b.n, b.p);
    buf_free(&b);
}

static void put(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t v, uint64_t place)
{
    enum arch_status st = c->arch->encode(r, p, v, place);
    if (__builtin_expect(st != ARCH_OK, 0)) {
        bad(c, r, st, v);
    }
}

/* ---- sections that are not loaded -------------------------------------------------------------------- */

static void apply_debug(struct rel *c, const struct reloc *r, uint8_t *p)
{
    bool dead = false;
    uint32_t id = c->f->ids[r->sym];
    uint64_t v = elf_sym_value(c->ld, c->f, r->sym, r->addend, &dead);
    const struct symbol *s = &c->f->syms[r->sym];
    if (id != LD_NO_SYM) {
        dead = is_dead(c, ld_sym_chunk(c->ld, id));
    } else if (s->sec != SEC_UNDEF && !sec_is_special(s->sec)) {
        dead = is_dead(c, &c->f->chunks[s->sec]);
    }
    if (dead) {
        v = c->tombstone;
    }
    switch (r->kind) {
    case KIND_ABS:
    case KIND_SIZE:
        if (r->kind == KIND_SIZE) {
            v = c->f->syms[r->sym].size + (uint64_t)r->addend;
        }
        put(c, r, p, v, 0);
        break;
    case KIND_PCREL:
        put(c, r, p, v - (c->addr + r->off), 0);
        break;
    case KIND_TLS_DTPOFF:
        put(c, r, p, dead ? 0 : v - c->e->tls_start, 0);
        break;
    case KIND_TLS_LE:
        put(c, r, p, dead ? 0 : v - c->e->tp, 0);
        break;
    case KIND_NONE:
    case KIND_VTABLE:
        break;
    default:
        bad(c, r, ARCH_UNSUPPORTED, v);
    }
}

/* ---- TLS --------------------------------------------------------------------------------------------- */

static enum arch_status rewrite_tls(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place,
                                    enum tls_relax how, uint64_t v)
{
    switch (c->ld->machine) {
    case MACH_X86_64: return x86_64_tls_rewrite(p, how, v, place);
    case MACH_I386: return i386_tls_rewrite(p, how, v);
    default: return arm64_tls_rewrite(p, r, how, v, place);
    }
}

static void apply_tls(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place, uint8_t attr)
{
    const struct elf_link *e = c->e;
    bool dead;
    uint64_t s = elf_sym_value(c->ld, c->f, r->sym, 0, &dead), v = 0;
    enum tls_relax how = elf_tls_relax(c->ld, r, attr, c->start, c->len);
    const struct elf_x *x = elf_x_of(c->ld, c->f, r->sym);
    uint64_t got = c->ld->machine == MACH_I386 ? elf_got_base(c->ld) : 0;
    bool pcrel = c->x86_64;
    uint64_t at = pcrel ? place : 0;
    switch (how) {
    case TLS_GD_LE: case TLS_IE_LE: case TLS_DESC_LE:
        v = attr & EA_UNDEF0 ? 0 : s - e->tp;
        break;
    case TLS_GD_IE: case TLS_DESC_IE:
        v = elf_got_cell(c->ld, x->gottp) - got;
        break;
    default:
        break;
    }
    if (how != TLS_KEEP) {
        if (r->kind == KIND_TLS_DESC_CALL && c->ld->machine != MACH_ARM64) {
            x86_64_tlsdesc_call_nop(p, c->len - r->off);
            return;
        }
        enum arch_status st = rewrite_tls(c, r, p, place, how, v);
        if (st != ARCH_OK) {
            bad(c, r, st, v);
        }
        c->skip_next = r->kind == KIND_TLS_GD || r->kind == KIND_TLS_LD;
        return;
    }
    switch (r->kind) {
    case KIND_TLS_GD: v = x ? elf_got_cell(c->ld, x->tlsgd) : 0; break;
    case KIND_TLS_LD: v = e->tlsld >= 0 ? elf_got_cell(c->ld, e->tlsld) : 0; break;
    case KIND_TLS_IE: v = x ? elf_got_cell(c->ld, x->gottp) : 0; break;
    case KIND_TLS_DESC: v = x ? elf_got_cell(c->ld, x->tlsdesc) : 0; break;
    case KIND_TLS_LE:
        v = attr & EA_UNDEF0 ? 0 : s - e->tp;
        at = got = 0;
        if (c->ld->machine == MACH_I386 && r->raw_type == 34) { /* R_386_TLS_LE_32: the distance below it */
            v = 0 - v;
        }
        break;
    case KIND_TLS_DTPOFF: /* x86 programs have no local dynamic sequences left */
        v = e->shared || c->ld->machine == MACH_ARM64 ? s - e->tls_start : s - e->tp;
        at = got = 0;
        break;
    default: return;
    }
    if (c->ld->machine == MACH_I386 && r->kind == KIND_TLS_IE && r->raw_type == 15) {
        got = 0; /* R_386_TLS_IE: the cell's address, not its offset */
    }
    put(c, r, p, v + (uint64_t)r->addend - at - got, place);
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

/* What a call through the GOT becomes; S: its target. -z call-nop has a say in the byte that is saved. */
static enum arch_status rewrite_got(const struct rel *c, uint8_t *p, enum got_relax how, uint64_t s, uint64_t place)
{
    const struct elf_z *z = &c->e->z;
    enum arch_status st = c->x86_64 ? x86_64_got_rewrite(p, how, s, place)
                                    : i386_got_rewrite(p, how, s, place, elf_got_base(c->ld));
    if (how == GOT_TO_CALL && z->call_nop && st == ARCH_OK) {
        p[-2] = z->call_nop_byte;
        if (z->call_nop_behind) {
            p[-2] = 0xe8;
            p[3] = z->call_nop_byte;
            st = arch_put(p - 1, 4, c->x86_64 ? RELF_SIGNED : RELF_ANY, s - place - 3);
        }
    }
    return st;
}

static void apply_got(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place, uint8_t attr)
{
    struct ld *ld = c->ld;
    bool dead;
    if (r->kind == KIND_GOTPCREL_RELAX) {
        enum got_relax how = elf_got_relax(ld, c->f, c->sec, r, attr, c->start, c->len);
        if (how != GOT_KEEP) {
            uint64_t s = elf_sym_value(ld, c->f, r->sym, 0, &dead);
            enum arch_status st = rewrite_got(c, p, how, s, place);
            if (st != ARCH_OK) {
                bad(c, r, st, s - place);
            }
            return;
        }
    }
    const struct elf_x *x = elf_x_of(ld, c->f, r->sym);
    uint64_t cell = x && x->got >= 0 ? elf_got_cell(ld, x->got) : 0;
    uint64_t v = cell + (uint64_t)r->addend;
    switch (r->kind) {
    case KIND_GOTPCREL: v -= place; break;
    case KIND_GOTPCREL_RELAX:
        if (ld->machine != MACH_I386) {
            v -= place;
            break;
        }
        __attribute__((fallthrough)); /* R_386_GOT32X counts from the GOT like GOT32 */
    case KIND_GOT:
        /* without a base register (i386, mod 00 rm 101) the cell's address is meant */
        if (!(ld->machine == MACH_I386 && r->off >= 1 && (p[-1] & 0xc7) == 0x05)) {
            v -= elf_got_base(ld);
        }
        break;
    case KIND_GOT_PAGEOFF:
        v -= r->width == 15 ? elf_got_base(ld) & ~UINT64_C(0xfff) : 0;
        break;
    default: break; /* pages and absolute cells take the address */
    }
    put(c, r, p, v, place);
}

static void apply_word(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t v, uint8_t attr)
{
    if (attr & EA_IFUNC && !(attr & EA_PREEMPT)) {
        const struct elf_x *x = elf_x_of(c->ld, c->f, r->sym);
        v = x && x->plt >= 0 ? elf_plt_addr(c->ld, x) + (uint64_t)r->addend : v;
    } else if (elf_word_dyn(c->ld, attr, c->writable) == DYN_SYMBOLIC) {
        v = (uint64_t)r->addend;
    }
    put(c, r, p, v, 0);
}

static uint64_t branch_target(struct rel *c, const struct reloc *r, uint64_t v, uint8_t attr)
{
    if (attr & (EA_PREEMPT | EA_IFUNC)) {
        const struct elf_x *x = elf_x_of(c->ld, c->f, r->sym);
        if (x && (x->plt >= 0 || x->pltgot >= 0)) {
            return elf_plt_addr(c->ld, x) + (uint64_t)r->addend;
        }
    }
    return v;
}

/* AArch64: a branch to an undefined weak symbol goes on behind itself, a call does nothing (ELF for the Arm 64-bit
   Architecture, "Weak References"). */
static void branch_nowhere(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place)
{
    if (r->width == 26) {
        put_u32le(p, 0xd503201f); /* nop */
    } else {
        put(c, r, p, 4, place);
    }
}

/* Branches that do not reach go by a thunk. */
static uint64_t branch_distance(const struct rel *c, const struct reloc *r, uint64_t v, uint64_t place)
{
    int64_t reach = c->arch->branch_reach, d = (int64_t)(v - place);
    if (r->width == 26 && c->e->thunks.n && (d < -reach || d >= reach)) {
        uint64_t thunk = elf_thunk_address(c->ld, &c->f->chunks[c->sec], r);
        v = thunk ? thunk : v;
    }
    return v - place;
}

static void apply_rare(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place, uint64_t v,
                       uint8_t attr)
{
    switch (r->kind) {
    case KIND_GOTPCREL: case KIND_GOTPCREL_RELAX: case KIND_GOT: case KIND_GOT_ABS: case KIND_GOT_PAGE:
    case KIND_GOT_PAGEOFF:
        apply_got(c, r, p, place, attr);
        break;
    case KIND_GOTOFF:
        put(c, r, p, branch_target(c, r, v, attr) - elf_got_base(c->ld), place);
        break;
    case KIND_GOTPC:
        put(c, r, p, elf_got_base(c->ld) + (uint64_t)r->addend - place, place);
        break;
    case KIND_PLTOFF:
        put(c, r, p, branch_target(c, r, v, attr) - elf_got_base(c->ld), place);
        break;
    case KIND_PAGE: case KIND_PAGEOFF: case KIND_MOVW:
        put(c, r, p, attr & EA_IFUNC ? branch_target(c, r, v, attr) : v, place);
        break;
    case KIND_SIZE: {
        uint32_t id = c->f->ids[r->sym];
        const struct symbol *d = id != LD_NO_SYM ? ld_definition(c->ld, id) : NULL;
        put(c, r, p, (d ? d : &c->f->syms[r->sym])->size + (uint64_t)r->addend, place);
        break;
    }
    case KIND_TLS_GD: case KIND_TLS_LD: case KIND_TLS_IE: case KIND_TLS_LE: case KIND_TLS_DESC:
    case KIND_TLS_DESC_CALL: case KIND_TLS_DTPOFF:
        apply_tls(c, r, p, place, attr);
        break;
    case KIND_NONE: case KIND_VTABLE:
        break;
    default:
        bad(c, r, ARCH_UNSUPPORTED, v);
    }
}

static __attribute__((cold, noinline)) void report_dead(struct rel *c, const struct reloc *r)
{
    ld_error_at(c->ld, c->f, c->sec, r->off, "refers to a discarded section: %.*s",
                Q(obj_file_section_name(&c->f->obj, &c->f->syms[r->sym])));
}

static void apply(struct rel *c, const struct reloc *r, uint8_t *p, uint64_t place)
{
    bool dead;
    if (c->skip_next) {
        c->skip_next = false;
        return;
    }
    uint64_t v = elf_sym_value(c->ld, c->f, r->sym, r->addend, &dead);
    if (__builtin_expect(dead, 0) && r->kind != KIND_NONE) {
        report_dead(c, r);
        return;
    }
    uint8_t attr = elf_sym_attr(c->ld, c->f, r->sym);
    switch (r->kind) {
    case KIND_PLT:
        v = branch_target(c, r, v, attr);
        put(c, r, p, v - place, place);
        break;
    case KIND_BRANCH:
        if (__builtin_expect(attr & EA_UNDEF0 && c->ld->machine == MACH_ARM64, 0)) {
            branch_nowhere(c, r, p, place);
            break;
        }
        put(c, r, p, branch_distance(c, r, branch_target(c, r, v, attr), place), place);
        break;
    case KIND_PCREL:
        if (attr & EA_IFUNC || (attr & (EA_PREEMPT | EA_FUNC)) == (EA_PREEMPT | EA_FUNC)) {
            v = branch_target(c, r, v, attr);
        }
        put(c, r, p, v - place, place);
        break;
    case KIND_ABS:
        if (r->width == c->e->word) {
            apply_word(c, r, p, v, attr);
        } else {
            put(c, r, p, attr & EA_IFUNC ? branch_target(c, r, v, attr) : v, place);
        }
        break;
    default:
        apply_rare(c, r, p, place, v, attr);
    }
}

static void start(struct rel *c, struct ld *ld, struct ld_file *f, uint32_t sec)
{
    const struct section *s = &f->obj.sections[sec];
    *c = (struct rel){.ld = ld, .e = elf_of_ld(ld), .f = f, .arch = ld->arch, .sec = sec};
    c->alloc = s->raw_flags & SHF_ALLOC;
    c->writable = s->raw_flags & SHF_WRITE;
    c->x86_64 = ld->machine == MACH_X86_64;
}

void elf_relocate_one(struct ld *ld, struct ld_file *f, uint32_t sec, const struct reloc *r,
                      uint8_t *out, uint64_t place)
{
    struct rel c;
    struct reloc here = *r;
    start(&c, ld, f, sec);
    here.off = 0; /* nothing before or after the field is looked at */
    c.start = out;
    c.len = 8;
    apply(&c, &here, out, place);
}

/* ---- the commonest relocations of x86-64 ------------------------------------------------------------------ */

/* The value of symbol SYM if it is a place in this image that nothing replaces; else false. */
static inline bool plain_value(struct rel *c, uint32_t sym, uint64_t addend, uint64_t *v)
{
    const struct ld *ld = c->ld;
    const struct ld_file *f = c->f;
    uint64_t addr = sym < f->n_addrs ? f->addrs[sym] : LD_ADDR_ASK;
    if (addr < LD_ADDR_DEAD) {
        *v = addr + addend;
        return true;
    }
    if (addr == LD_ADDR_DEAD) {
        *v = c->tombstone;
        return !c->alloc;
    }
    uint32_t id = f->ids[sym];
    if (id != LD_NO_SYM) {
        uint64_t value = ld->tab.values[id];
        *v = value + addend;
        if (!c->alloc) { /* what was left out has the value 0 */
            return (value != 0 && !c->folded_dead) || !is_dead(c, ld_sym_chunk(ld, id));
        }
        return !(c->e->attr[id] & (EA_PREEMPT | EA_IFUNC | EA_UNDEF | EA_UNDEF0));
    }
    const struct symbol *s = &f->syms[sym];
    if (s->sec == SEC_UNDEF || sec_is_special(s->sec) || s->type == SYM_IFUNC) {
        return false;
    }
    const struct ld_chunk *ch = &f->chunks[s->sec];
    uint32_t flags = ch->flags;
    if (flags & LDC_MERGE) {
        bool whole = s->type == SYM_SECTION;
        if (whole && s->value == 0) {
            c->strings = ch;
            c->strings_sym = sym;
        }
        *v = ld_merge_addr(ld, ch, s->value + (whole ? addend : 0)) + (whole ? 0 : addend);
        return true;
    }
    return false;
}

/* Stores V as a relocation of TYPE does. False: another type, or V does not fit. */
static inline bool store_plain(const struct rel *c, uint32_t type, uint64_t off, uint64_t v)
{
    uint8_t *p = c->start + off;
    switch (type) {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
        v -= c->addr + off;
        __attribute__((fallthrough));
    case R_X86_64_32S:
        if ((int64_t)v != (int32_t)v || !c->alloc) {
            return false;
        }
        put_u32le(p, (uint32_t)v);
        return true;
    case R_X86_64_32:
        if (v > UINT32_MAX) {
            return false;
        }
        put_u32le(p, (uint32_t)v);
        return true;
    case R_X86_64_64:
        if (off + 8 > c->len) {
            return false;
        }
        put_u64le(p, v);
        return true;
    default:
        return false;
    }
}

/* Calls that may go through the PLT, and loads from the GOT. False: not one of these, or it failed. */
static bool apply_linkage(struct rel *c, uint32_t type, uint32_t sym, uint64_t off, int64_t addend)
{
    const struct ld *ld = c->ld;
    uint8_t attr = elf_sym_attr(ld, c->f, sym);
    uint8_t *p = c->start + off;
    uint64_t v, place = c->addr + off;
    enum got_relax how = GOT_KEEP;
    bool got = type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
    if (!c->alloc || attr & EA_UNDEF || (!got && type != R_X86_64_PLT32)) {
        return false;
    }
    const struct elf_x *x = elf_x_of(ld, c->f, sym);
    if (!got) {
        if (!(attr & (EA_PREEMPT | EA_IFUNC)) || !x || (x->plt < 0 && x->pltgot < 0)) {
            return false;
        }
        v = elf_plt_addr(ld, x) + (uint64_t)addend - place;
    } else {
        if (type != R_X86_64_GOTPCREL && !(attr & (EA_PREEMPT | EA_IFUNC)) &&
            (attr & (EA_ABS | EA_UNDEF0) ||
             !elf_plain_got_relax(ld, type, off, addend, c->start, c->len, &how))) {
            return false;
        }
        if (how != GOT_KEEP) {
            return plain_value(c, sym, 0, &v) && rewrite_got(c, p, how, v, place) == ARCH_OK;
        }
        if (!x || x->got < 0) {
            return false;
        }
        v = elf_got_cell(ld, x->got) + (uint64_t)addend - place;
    }
    if ((int64_t)v != (int32_t)v) {
        return false;
    }
    put_u32le(p, (uint32_t)v);
    return true;
}

/* Debugging information refers to strings all over the place: what the relocation at ROW will look up is asked for
   before its turn. */
enum { FAR = 32, NEAR = 16 };

static inline void fetch_string(const struct rel *c, const uint8_t *row, bool cell_is_there)
{
    if (get_u32le(row + 12) == c->strings_sym) {
        ld_merge_fetch(c->strings, get_u64le(row + 16), cell_is_there);
    }
}

/* Applies relocations from IT's next on while they are plain. The first that is not, and whatever is
   wrong with one, is left to the general path. */
static void apply_plain(struct rel *c, struct reloc_iter *it, const uint8_t *rows)
{
    const uint8_t *p = rows + it->next * RELA64_SIZE;
    for (; it->next < it->end; it->next++, p += RELA64_SIZE) {
        if (c->strings && it->end - it->next > FAR) {
            fetch_string(c, p + FAR * RELA64_SIZE, false);
            fetch_string(c, p + NEAR * RELA64_SIZE, true);
        }
        uint64_t off = get_u64le(p), v;
        uint32_t sym = get_u32le(p + 12);
        if (off > c->len || c->len - off < 4 || sym >= c->f->n_syms) {
            return;
        }
        if (!(plain_value(c, sym, get_u64le(p + 16), &v) && store_plain(c, get_u32le(p + 8), off, v)) &&
            !apply_linkage(c, get_u32le(p + 8), sym, off, (int64_t)get_u64le(p + 16))) {
            return;
        }
    }
}

/* AArch64: relocation I and the one behind it, if they are rewritten together. False: they are not. */
static bool apply_pair(struct rel *c, const struct reloc *r, uint64_t i, uint8_t *p, uint64_t place)
{
    bool dead, got = r->kind == KIND_GOT_PAGE;
    uint8_t attr = elf_sym_attr(c->ld, c->f, r->sym);
    bool page = r->kind == KIND_PAGE && !(attr & (EA_PREEMPT | EA_IFUNC));
    if (c->skip_next || !(got ? elf_is_got_pair(&c->pairs, i, attr) : page && elf_is_page_pair(&c->pairs, i))) {
        return false;
    }
    uint64_t v = elf_sym_value(c->ld, c->f, r->sym, r->addend, &dead);
    if (dead) {
        return false;
    }
    enum arch_status st = arm64_make_address(p, v, place, got);
    if (st != ARCH_OK && got) {
        bad(c, r, st, v);
    }
    c->skip_next = st == ARCH_OK || got;
    return c->skip_next;
}

/* Words of a list that is written last first. */
static void reverse_words(uint8_t *p, uint64_t len, uint32_t word)
{
    for (uint64_t a = 0, b = len; b - a >= 2 * (uint64_t)word; a += word) {
        uint8_t t[8];
        b -= word;
        memcpy(t, p + a, word);
        memcpy(p + a, p + b, word);
        memcpy(p + b, t, word);
    }
}

void elf_relocate(struct ld *ld, const struct ld_chunk *ch, uint8_t *out)
{
    struct ld_file *f = ch->file;
    struct rel c;
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    struct reloc_iter it;
    if (ld->opt.kind == OUT_RELOCATABLE) {
        elf_adjust_addends(ld, ch, out);
        return;
    }
    start(&c, ld, f, ch->sec);
    c.start = out;
    c.len = ch->size;
    c.addr = ld_chunk_addr(ld, ch);
    struct str name = f->obj.sections[ch->sec].name;
    if (!c.alloc && (str_is(name, ".debug_ranges") || str_is(name, ".debug_loc"))) {
        c.tombstone = 1;
    }
    c.folded_dead = ld->opt.icf != ICF_NONE && !str_is(name, ".debug_line");
    if (!obj_reloc_start(&f->obj, ch->sec, &it)) {
        return;
    }
    const uint8_t *rows = c.x86_64 && !(ch->flags & LDC_REVERSED) ? obj_reloc_rela64(&it) : NULL;
    if (ch->flags & LDC_REVERSED) {
        reverse_words(out, ch->size, c.e->word);
    }
    uint64_t end = it.end;
    if (c.alloc) {
        elf_pairs_start(ld, &it, f->obj.sections[ch->sec].data, &c.pairs);
    }
    for (;;) {
        if (rows && !c.skip_next) {
            apply_plain(&c, &it, rows);
            it.end = it.next < end ? it.next + 1 : end;
        }
        size_t n = obj_reloc_next(&it, block);
        for (size_t i = 0; i < n; i++) {
            struct reloc *r = &block[i];
            r->off = elf_reloc_off(ld, ch, r->off);
            if (c.pairs.rows && apply_pair(&c, r, it.next - n + i, out + r->off, c.addr + r->off)) {
                continue;
            }
            if (c.alloc) {
                apply(&c, r, out + r->off, c.addr + r->off);
            } else {
                apply_debug(&c, r, out + r->off);
            }
        }
        if (n == 0) {
            return;
        }
        it.end = end;
    }
}
