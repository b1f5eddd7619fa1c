/* scan.c - one walk over the relocations of live sections, in parallel: what does each need?

   Needs are bits on the symbol (atomic for globals, in the file's own table for locals); whoever sets a
   bit first notes the symbol, and the notes are sorted afterwards, so slots do not depend on threads.
   Dynamic relocations are only counted here, per section. The decisions made here are made again when
   relocations are applied, by the same functions. Source: the psABIs; spec elf-ld, section 5. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

struct scan {
    struct ld *ld;
    struct elf_link *e;
    struct ld_file *f;
    struct elf_file *ef;
    uint32_t sec;
    bool writable;
    struct view data;
    bool skip_next; /* the call of a rewritten TLS sequence, the second half of a pair */
    struct elf_pairs pairs;
};

/* ---- decisions that scanning and applying share ------------------------------------------------------------ */

enum got_relax elf_got_relax(const struct ld *ld, const struct ld_file *f, uint32_t sec, const struct reloc *r,
                             uint8_t attr, const uint8_t *data, uint64_t len)
{
    const struct elf_link *e = elf_of_ld(ld);
    bool low = true;
    if (ld->opt.elf.no_relax || attr & (EA_PREEMPT | EA_IFUNC | EA_UNDEF) || r->off + 4 > len ||
        (e->reach && !(attr & (EA_ABS | EA_UNDEF0)) && !elf_reaches(ld, f, sec, r->sym, &low))) {
        return GOT_KEEP;
    }
    bool constant = attr & (EA_ABS | EA_UNDEF0);
    if (ld->machine == MACH_X86_64) {
        if (constant && e->pic) {
            return GOT_KEEP;
        }
        enum got_relax how =
            x86_64_got_relax(data + r->off, r->off, r->raw_type != 41, !e->pic && low && r->raw_type == 42);
        /* an absolute or undefined-weak address may be out of %rip's reach */
        return constant && how != GOT_TO_IMM ? GOT_KEEP : r->addend == -4 ? how : GOT_KEEP;
    }
    if (ld->machine == MACH_I386) {
        return constant && e->pic ? GOT_KEEP : i386_got_relax(data + r->off, r->off, e->pic);
    }
    return GOT_KEEP;
}

static enum tls_relax wanted_tls(const struct elf_link *e, const struct reloc *r, uint8_t attr)
{
    bool far = attr & EA_PREEMPT;
    if (e->shared) {
        return TLS_KEEP;
    }
    switch (r->kind) {
    case KIND_TLS_GD: return far ? TLS_GD_IE : TLS_GD_LE;
    case KIND_TLS_LD: return TLS_LD_LE;
    case KIND_TLS_IE: return far ? TLS_KEEP : TLS_IE_LE;
    case KIND_TLS_DESC:
    case KIND_TLS_DESC_CALL: return far ? TLS_DESC_IE : TLS_DESC_LE;
    default: return TLS_KEEP;
    }
}

enum tls_relax elf_tls_relax(const struct ld *ld, const struct reloc *r, uint8_t attr,
                             const uint8_t *data, uint64_t len)
{
    enum tls_relax how = wanted_tls(elf_of_ld(ld), r, attr);
    if (how == TLS_KEEP || r->kind == KIND_TLS_DESC_CALL) {
        return how;
    }
    uint64_t after = r->off <= len ? len - r->off : 0;
    switch (ld->machine) {
    case MACH_X86_64:
        return x86_64_tls_can(data + r->off, r->off, after, how) ? how : TLS_KEEP;
    case MACH_I386:
        return i386_tls_can(data + r->off, r->off, after, how) ? how : TLS_KEEP;
    default: /* arm64: descriptors and initial exec are rewritten word by word */
        return how == TLS_GD_IE || how == TLS_GD_LE || how == TLS_LD_LE ? TLS_KEEP : how;
    }
}

enum elf_dyn_kind elf_word_dyn(const struct ld *ld, uint8_t attr, bool writable)
{
    const struct elf_link *e = elf_of_ld(ld);
    if (attr & EA_PREEMPT) {
        /* In a program's read-only data the address is fixed by a copy or a PLT entry instead, and a
           missing weak symbol is zero. */
        return !e->pic && (!writable || attr & EA_UNDEF0) ? DYN_NONE : DYN_SYMBOLIC;
    }
    return !e->pic || attr & (EA_ABS | EA_UNDEF0 | EA_UNDEF) ? DYN_NONE : DYN_RELATIVE;
}

/* ---- noting needs ------------------------------------------------------------------------------------------ */

static void need(struct scan *s, uint32_t sym, uint16_t bits)
{
    uint32_t id = s->f->ids[sym];
    if (id != LD_NO_SYM) {
        if (ld_need(s->ld, id, bits)) {
            const struct ld_sym *g = ld_sym(s->ld, id);
            vec_push(&s->ef->needs, (struct elf_need){g->file, g->sym, id});
        }
        return;
    }
    if (!s->ef->local_need) {
        s->ef->local_need = ARENA_ARRAY(s->f->obj.arena, uint16_t, s->f->n_syms);
        s->ef->local_x = ARENA_ARRAY(s->f->obj.arena, uint32_t, s->f->n_syms);
    }
    if ((s->ef->local_need[sym] & bits) != bits) {
        s->ef->local_need[sym] |= bits;
        vec_push(&s->ef->needs, (struct elf_need){s->f->idx, sym, LD_NO_SYM});
    }
}

bool elf_in_relr(const struct elf_link *e, const struct section *s, uint64_t off)
{
    return e->z.pack_relr && e->dynamic && s->align_p2 >= 1 && off % 2 == 0;
}

static void count_dyn(struct scan *s, uint64_t off, enum elf_dyn_kind kind)
{
    size_t len = s->ef->dynrels.n;
    if (!len || s->ef->dynrels.p[len - 1].sec != s->sec) {
        vec_push(&s->ef->dynrels, (struct elf_dyn_count){.sec = s->sec});
        len++;
    }
    struct elf_dyn_count *n = &s->ef->dynrels.p[len - 1];
    if (kind == DYN_RELATIVE) {
        *(elf_in_relr(s->e, &s->f->obj.sections[s->sec], off) ? &n->relr : &n->relative) += 1;
    } else {
        n->symbolic++;
    }
}

static const char *sym_text(struct scan *s, uint32_t sym)
{
    struct str n = s->f->syms[sym].name;
    return n.len ? arena_strdup(s->f->obj.arena, n) : "a local symbol";
}

static void recompile(struct scan *s, const struct reloc *r)
{
    char buf[16];
    ld_error_at(s->ld, s->f, s->sec, r->off,
                "relocation %s against '%s' cannot be used when making a %s; recompile with -fPIC",
                reloc_name(&s->f->obj, r->raw_type, buf), sym_text(s, r->sym),
                s->e->shared ? "shared object" : "PIE object");
}

/* A reference that is fixed at link time to something that run time may place: data is copied into the
   program, functions get a PLT entry that stands for their address everywhere. */
static void fix_address(struct scan *s, const struct reloc *r, uint8_t attr)
{
    if (attr & EA_UNDEF0) { /* a weak reference that resolves to zero here, and so everywhere */
        uint32_t id = s->f->ids[r->sym];
        if (!s->e->shared && s->f->obj.sections[s->sec].raw_flags & SHF_EXECINSTR && id != LD_NO_SYM &&
            ld_sym(s->ld, id)->rank == RANK_UNDEF_WEAK) {
            vec_push(&s->ef->zeros, id);
        }
        return;
    }
    if (!s->e->pic && s->f->ids[r->sym] != LD_NO_SYM && ld_sym(s->ld, s->f->ids[r->sym])->rank == RANK_UNDEF) {
        return; /* nothing defines it, and an option lets that be */
    }
    if (s->e->shared || !(attr & EA_SHARED)) {
        recompile(s, r);
    } else if (attr & EA_FUNC) {
        need(s, r->sym, LDS_PLT | LDS_CANON_PLT | LDS_DYNSYM);
    } else if (attr & EA_TLS) {
        recompile(s, r);
    } else if (s->e->z.nocopyreloc) {
        ld_error_at(s->ld, s->f, s->sec, r->off, "'%s' would need a copy relocation, which -z %s forbids",
                    sym_text(s, r->sym), s->e->z.indirect_extern == TRI_ON ? "indirect-extern-access" : "nocopyreloc");
    } else {
        need(s, r->sym, LDS_COPY | LDS_DYNSYM);
    }
}

static void scan_ifunc_address(struct scan *s, const struct reloc *r)
{
    need(s, r->sym, LDS_PLT | LDS_CANON_PLT);
}

static void scan_word(struct scan *s, const struct reloc *r, uint8_t attr)
{
    if (attr & EA_IFUNC && !(attr & EA_PREEMPT)) {
        scan_ifunc_address(s, r);
        if (s->e->pic) {
            count_dyn(s, r->off, DYN_RELATIVE);
        }
        return;
    }
    enum elf_dyn_kind kind = elf_word_dyn(s->ld, attr, s->writable);
    if (kind == DYN_NONE) {
        if (attr & EA_PREEMPT) {
            fix_address(s, r, attr);
        }
        return;
    }
    if (!s->writable) {
        if (!s->e->z.notext) {
            recompile(s, r);
            return;
        }
        s->e->textrel = true;
    }
    if (kind == DYN_SYMBOLIC) {
        need(s, r->sym, LDS_DYNSYM);
    }
    count_dyn(s, r->off, kind);
}

static void scan_abs(struct scan *s, const struct reloc *r, uint8_t attr)
{
    if (r->width == s->e->word && !(r->flags & RELF_BITS)) {
        scan_word(s, r, attr);
    } else if (attr & EA_IFUNC && !(attr & EA_PREEMPT) && !s->e->pic) {
        scan_ifunc_address(s, r);
    } else if (attr & EA_PREEMPT) {
        if (s->e->pic && !(attr & EA_UNDEF0)) {
            recompile(s, r);
        } else {
            fix_address(s, r, attr);
        }
    } else if (s->e->pic && !(attr & (EA_ABS | EA_UNDEF0 | EA_UNDEF))) {
        recompile(s, r);
    }
}

/* Code of i386 that is not position-independent calls by R_386_PC32. It can do nothing else with it: there are
   no addresses relative to the instruction, so the PLT entry need not stand for the function. */
static bool is_plain_call(const struct scan *s, uint8_t attr)
{
    return s->ld->machine == MACH_I386 && !s->e->shared && (attr & (EA_SHARED | EA_FUNC)) == (EA_SHARED | EA_FUNC) &&
           !(attr & EA_UNDEF0) && s->f->obj.sections[s->sec].raw_flags & SHF_EXECINSTR;
}

static void scan_pcrel(struct scan *s, const struct reloc *r, uint8_t attr)
{
    if (attr & EA_PREEMPT && is_plain_call(s, attr)) {
        need(s, r->sym, LDS_PLT | LDS_DYNSYM);
    } else if (attr & EA_PREEMPT) {
        fix_address(s, r, attr);
    } else if (attr & EA_IFUNC) {
        scan_ifunc_address(s, r);
    }
}

/* A thread-local reference to something that is defined, and not thread-local. */
static bool is_misplaced_tls(const struct scan *s, const struct reloc *r, uint8_t attr)
{
    uint32_t id = s->f->ids[r->sym];
    if (attr & (EA_TLS | EA_UNDEF0) || r->kind == KIND_TLS_LD || s->f->syms[r->sym].type == SYM_SECTION) {
        return false;
    }
    const struct ld_sym *g = id != LD_NO_SYM ? ld_sym(s->ld, id) : NULL;
    return g ? g->file != 1 && ld_is_defined(g) : s->f->syms[r->sym].sec != SEC_UNDEF;
}

/* i386: @indntpoff is the address of a GOT cell, which only a program at a fixed address knows; @gottpoff, of the time
   before the GNU dialect, wants a cell of the opposite sign. */
static void scan_odd_ie(struct scan *s, const struct reloc *r)
{
    char buf[16];
    if (r->raw_type == 15) {
        recompile(s, r);
    } else {
        ld_error_at(s->ld, s->f, s->sec, r->off, "relocation %s against '%s' is not supported",
                    reloc_name(&s->f->obj, r->raw_type, buf), sym_text(s, r->sym));
    }
}

/* An offset in this module's block of threads says nothing of a variable that is in another one. */
static void check_own_tls(struct scan *s, const struct reloc *r, uint8_t attr)
{
    uint32_t id = s->f->ids[r->sym];
    char buf[16];
    if (attr & EA_PREEMPT && id != LD_NO_SYM && ld_sym(s->ld, id)->rank <= RANK_SHARED) {
        ld_error_at(s->ld, s->f, s->sec, r->off, "relocation %s against '%s', which is not defined in the output; it "
                    "is for thread-local variables of its own",
                    reloc_name(&s->f->obj, r->raw_type, buf), sym_text(s, r->sym));
    }
}

static void scan_tls(struct scan *s, const struct reloc *r, uint8_t attr)
{
    if (is_misplaced_tls(s, r, attr)) {
        char buf[16];
        ld_error_at(s->ld, s->f, s->sec, r->off,
                    "relocation %s against '%s', which is not thread-local where it is defined",
                    reloc_name(&s->f->obj, r->raw_type, buf), sym_text(s, r->sym));
        return;
    }
    enum tls_relax how = elf_tls_relax(s->ld, r, attr, s->data.p, s->data.len);
    switch (r->kind) {
    case KIND_TLS_GD:
        if (how == TLS_KEEP) {
            need(s, r->sym, LDS_TLSGD);
        } else if (how == TLS_GD_IE) {
            need(s, r->sym, LDS_TLSIE);
        }
        break;
    case KIND_TLS_LD:
        if (how == TLS_KEEP) {
            s->e->need_tlsld = true;
        }
        break;
    case KIND_TLS_IE:
        if (s->ld->machine == MACH_I386 && (r->raw_type == 33 || (how == TLS_KEEP && s->e->pic && r->raw_type == 15))) {
            scan_odd_ie(s, r);
        } else if (how == TLS_KEEP) {
            need(s, r->sym, LDS_TLSIE);
            s->e->static_tls = true;
        }
        break;
    case KIND_TLS_DESC:
        if (how == TLS_KEEP) {
            need(s, r->sym, LDS_TLSDESC);
        } else if (how == TLS_DESC_IE) {
            need(s, r->sym, LDS_TLSIE);
        }
        break;
    case KIND_TLS_LE:
        if (s->e->shared) {
            recompile(s, r);
        } else {
            check_own_tls(s, r, attr);
        }
        break;
    default:
        break;
    }
}

/* i386: a field without a base register is the address of a GOT cell, which position-independent code cannot know. */
static bool is_bare_got(struct scan *s, const struct reloc *r)
{
    char buf[16];
    if (s->ld->machine != MACH_I386 || !s->e->pic || r->off < 1 || r->off >= s->data.len ||
        (s->data.p[r->off - 1] & 0xc7) != 0x05) {
        return false;
    }
    ld_error_at(s->ld, s->f, s->sec, r->off,
                "direct GOT relocation %s against '%s' without base register cannot be used when making a %s",
                reloc_name(&s->f->obj, r->raw_type, buf), sym_text(s, r->sym),
                s->e->shared ? "shared object" : "PIE object");
    return true;
}

static void scan_one(struct scan *s, const struct reloc *r)
{
    if (r->kind == KIND_NONE) {
        return;
    }
    uint8_t attr = elf_sym_attr(s->ld, s->f, r->sym);
    if (attr & EA_UNDEF) {
        ld_note_undef(s->f, s->f->ids[r->sym], s->sec, r->off);
        if (!(attr & EA_PREEMPT)) {
            return;
        }
    }
    switch (r->kind) {
    case KIND_ABS:
    case KIND_MOVW:
        scan_abs(s, r, attr);
        break;
    case KIND_PCREL:
    case KIND_PAGE:
        scan_pcrel(s, r, attr);
        break;
    case KIND_PAGEOFF:
        break;
    case KIND_PLT:
    case KIND_BRANCH:
    case KIND_PLTOFF:
        if (attr & (EA_PREEMPT | EA_IFUNC)) {
            need(s, r->sym, LDS_PLT);
        }
        if (r->kind == KIND_PLTOFF) {
            s->e->need_gotplt = true;
        }
        break;
    case KIND_GOTPCREL_RELAX:
        if (s->ld->machine == MACH_I386) {
            s->e->need_gotplt = true; /* the field counts from the GOT */
        }
        if (elf_got_relax(s->ld, s->f, s->sec, r, attr, s->data.p, s->data.len) != GOT_KEEP) {
            break;
        }
        if (!is_bare_got(s, r)) {
            need(s, r->sym, LDS_GOT);
        }
        break;
    case KIND_GOT:
        if (is_bare_got(s, r)) {
            break;
        }
        __attribute__((fallthrough));
    case KIND_GOT_ABS:
        s->e->need_gotplt = true;
        need(s, r->sym, LDS_GOT);
        break;
    case KIND_GOTPCREL:
    case KIND_GOT_PAGE:
    case KIND_GOT_PAGEOFF:
        need(s, r->sym, LDS_GOT);
        break;
    case KIND_GOTOFF:
        s->e->need_gotplt = true;
        scan_pcrel(s, r, attr);
        break;
    case KIND_GOTPC:
        s->e->need_gotplt = true;
        break;
    case KIND_TLS_GD: case KIND_TLS_LD: case KIND_TLS_IE: case KIND_TLS_LE: case KIND_TLS_DESC:
        scan_tls(s, r, attr);
        break;
    case KIND_TLS_DTPOFF:
        check_own_tls(s, r, attr);
        break;
    case KIND_TLS_DESC_CALL: case KIND_SIZE: case KIND_VTABLE:
        break;
    default: {
        char buf[16];
        ld_error_at(s->ld, s->f, s->sec, r->off, "unsupported relocation %s",
                    reloc_name(&s->f->obj, r->raw_type, buf));
        break;
    }
    }
}

static void start(struct scan *s, struct ld *ld, struct ld_file *f, uint32_t sec)
{
    const struct section *os = &f->obj.sections[sec];
    *s = (struct scan){ld, elf_of_ld(ld), f, elf_file(f), sec, (os->raw_flags & SHF_WRITE) != 0, os->data, false, {0}};
    if (os->flags & SEC_COMPRESSED) {
        s->data.len = 0;
    }
}

/* elf_got_relax for a symbol that is a place in this image and for code that can be looked at. */
bool elf_plain_got_relax(const struct ld *ld, uint32_t type, uint64_t off, int64_t addend, const uint8_t *data,
                         uint64_t len, enum got_relax *how)
{
    const struct elf_link *e = elf_of_ld(ld);
    bool keep = ld->opt.elf.no_relax || addend != -4;
    *how = GOT_KEEP;
    if (off > len || len - off < 4 || e->reach) {
        return false;
    }
    if (!keep) {
        bool rex = type == R_X86_64_REX_GOTPCRELX;
        *how = x86_64_got_relax(data + off, off, rex, !e->pic && rex);
    }
    return true;
}

struct plain {
    uint64_t off;
    int64_t addend;
    uint32_t type, sym;
    uint8_t attr;
};

/* Notes what a relocation of a common type needs. False: it is for the general path. */
static inline bool scan_plain(struct scan *s, const struct plain *r, bool count)
{
    uint8_t attr = r->attr;
    bool plain = !(attr & (EA_PREEMPT | EA_IFUNC | EA_UNDEF | EA_UNDEF0 | EA_ABS));
    enum got_relax how = GOT_KEEP;
    switch (r->type) {
    case R_X86_64_PLT32:
        if (attr & EA_UNDEF) {
            return false;
        }
        if (attr & (EA_PREEMPT | EA_IFUNC)) {
            need(s, r->sym, LDS_PLT);
        }
        return true;
    case R_X86_64_PC32:
        return plain;
    case R_X86_64_64:
        if (plain && count) {
            count_dyn(s, r->off, DYN_RELATIVE);
        }
        return plain && (count || !s->e->pic);
    case R_X86_64_32:
    case R_X86_64_32S:
        return plain && !s->e->pic;
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
        if (!(attr & (EA_PREEMPT | EA_IFUNC)) &&
            (!plain || !elf_plain_got_relax(s->ld, r->type, r->off, r->addend, s->data.p, s->data.len, &how))) {
            return false;
        }
        __attribute__((fallthrough));
    case R_X86_64_GOTPCREL:
        if (how == GOT_KEEP && !(attr & EA_UNDEF)) {
            need(s, r->sym, LDS_GOT);
        }
        return !(attr & EA_UNDEF);
    default:
        return false;
    }
}

/* Passes over relocations of the commonest kinds of x86-64: to the next that is none, or the end. What is
   wrong with one is for the general path to say. */
static void skip_plain(struct scan *s, struct reloc_iter *it, const uint8_t *rows)
{
    const struct ld_file *f = s->f;
    const uint8_t *attrs = s->e->attr;
    uint64_t len = it->sec->size < 8 ? 0 : it->sec->size - 7; /* a little less than there is */
    bool count = s->e->pic && s->writable;
    for (const uint8_t *p = rows + it->next * RELA64_SIZE; it->next < it->end; it->next++, p += RELA64_SIZE) {
        struct plain r = {get_u64le(p), (int64_t)get_u64le(p + 16), get_u32le(p + 8), get_u32le(p + 12), 0};
        if (r.off >= len || r.sym >= f->n_syms) {
            return;
        }
        uint32_t id = f->ids[r.sym];
        r.attr = id != LD_NO_SYM ? attrs[id] : elf_sym_attr(s->ld, f, r.sym);
        if (!scan_plain(s, &r, count)) {
            return;
        }
    }
}

static void scan_section(struct ld *ld, struct ld_file *f, struct ld_chunk *c, struct reloc_iter *it)
{
    struct scan s;
    struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
    const uint8_t *rows = ld->machine == MACH_X86_64 ? obj_reloc_rela64(it) : NULL;
    uint64_t end = it->end;
    start(&s, ld, f, c->sec);
    elf_pairs_start(ld, it, s.data, &s.pairs);
    for (;;) {
        if (rows && !s.skip_next) {
            skip_plain(&s, it, rows);
            it->end = it->next < end ? it->next + 1 : end;
        }
        size_t n = obj_reloc_next(it, block);
        for (size_t i = 0; i < n; i++) {
            if (s.skip_next) {
                s.skip_next = false;
                continue;
            }
            const struct reloc *r = &block[i];
            if (s.pairs.got && r->kind == KIND_GOT_PAGE &&
                elf_is_got_pair(&s.pairs, it->next - n + i, elf_sym_attr(ld, f, r->sym))) {
                s.skip_next = true;
                continue;
            }
            scan_one(&s, r);
            /* the call of a rewritten GD or LD sequence is not made: it needs no PLT entry */
            s.skip_next = (r->kind == KIND_TLS_GD || r->kind == KIND_TLS_LD) &&
                          elf_tls_relax(ld, r, elf_sym_attr(ld, f, r->sym), s.data.p, s.data.len) != TLS_KEEP;
        }
        if (n == 0) {
            return;
        }
        it->end = end;
    }
}

static int cmp_dyn_count(const void *a, const void *b)
{
    const struct elf_dyn_count *x = a, *y = b;
    return (x->sec > y->sec) - (x->sec < y->sec);
}

/* Sections come in their order, but records of .eh_frame after them: puts these where they belong. */
static void order_counts(struct elf_file *ef)
{
    size_t n = 0;
    qsort(ef->dynrels.p, ef->dynrels.n, sizeof *ef->dynrels.p, cmp_dyn_count);
    for (size_t i = 0; i < ef->dynrels.n; i++) {
        struct elf_dyn_count c = ef->dynrels.p[i];
        if (n && ef->dynrels.p[n - 1].sec == c.sec) {
            struct elf_dyn_count *same = &ef->dynrels.p[n - 1];
            same->relative += c.relative;
            same->relr += c.relr;
            same->symbolic += c.symbolic;
        } else {
            ef->dynrels.p[n++] = c;
        }
    }
    ef->dynrels.n = n;
}

/* The relocations of .eh_frame records, which are not a section any more. */
static void scan_eh_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k + 2];
    struct elf_file *ef = f->kind == LD_OBJECT ? elf_file(f) : NULL;
    size_t n_counts = ef ? ef->dynrels.n : 0;
    (void)worker;
    for (uint32_t i = 0; ef && i < ef->n_fdes; i++) {
        const struct elf_fde *d = &ef->fdes[i];
        struct scan s;
        if (!d->live || (!d->is_cie && d->n_rels < 2)) {
            continue;
        }
        start(&s, ld, f, d->sec);
        for (uint32_t j = d->is_cie ? 0 : 1; j < d->n_rels; j++) {
            scan_one(&s, &ef->eh_rels[d->rel + j]);
        }
    }
    if (ef && ef->dynrels.n > n_counts) {
        order_counts(ef);
    }
}

/* What a program's code takes for 0 is that for all of it, not what the loader finds. */
static void settle_zeros(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct elf_file *ef = ld->files.p[k]->kind == LD_OBJECT ? elf_file(ld->files.p[k]) : NULL;
        for (size_t i = 0; ef && i < ef->zeros.n; i++) {
            elf_of_ld(ld)->attr[ef->zeros.p[i]] &= (uint8_t)~EA_PREEMPT;
            ld_sym(ld, ef->zeros.p[i])->flags &= (uint16_t)~LDS_DYNSYM;
        }
    }
}

bool elf_scan(struct ld *ld)
{
    bool ok = ld_scan_sections(ld, scan_section);
    parallel_for(ld->pool, ld->files.n > 2 ? ld->files.n - 2 : 0, 16, scan_eh_file, ld);
    settle_zeros(ld);
    return ld_checkpoint(ld) && ok;
}
