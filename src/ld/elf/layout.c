/* layout.c - addresses, file offsets and segments.

   Sections that need the same protection make one PT_LOAD. Between segments the address moves to the next
   page; with -z separate-code so does the file offset, so that no code page holds anything else, else
   the file has no gap and one page of it is mapped twice. RELRO sections open the writable segment and
   end on a page. Source: gABI 5, "Program Loading". */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* Not in the file: a segment of the larger code models' data is apart from others. */
enum { SEG_LARGE = 1u << 16 };

static uint32_t seg_flags(const struct ld *ld, const struct ld_osec *os)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t f = PF_R | (os->raw_flags & SHF_WRITE ? PF_W : 0u) | (os->raw_flags & SHF_EXECINSTR ? PF_X : 0u);
    if (ld->opt.elf.omagic) {
        return PF_R | PF_W | PF_X;
    }
    bool large = elf_is_large(ld, os);
    if (!(f & PF_W) && !large && (!e->z.separate_code || ld->opt.elf.no_rosegment)) {
        f |= PF_X;
    }
    return f | (large ? SEG_LARGE : 0);
}

static bool is_tbss(const struct ld_osec *os)
{
    return os->nobits && os->raw_flags & SHF_TLS;
}

static bool is_alloc(const struct ld_osec *os)
{
    return os->raw_flags & SHF_ALLOC;
}

/* ---- program headers ---------------------------------------------------------------------------------- */

struct phdr_list {
    struct elf_phdr *p;
    uint32_t n, cap;
};

struct elf_phdr *elf_add_phdr(struct elf_link *e, uint32_t type, uint32_t flags, uint64_t align)
{
    flags &= ~(uint32_t)SEG_LARGE;
    e->phdrs[e->n_phdrs] = (struct elf_phdr){.type = type, .flags = flags, .align = align, .first = 1};
    return &e->phdrs[e->n_phdrs++];
}

static struct ld_osec *present(const struct ld *ld, const struct ld_chunk *c)
{
    struct ld_osec *os = c ? ld->osecs.p[c->osec] : NULL;
    return os && os->number ? os : NULL;
}

/* The interpreter's path: ours, or a section of that name that an object brings (a library that is a program too). */
static struct ld_osec *interpreter(const struct ld *ld)
{
    struct ld_osec *os = present(ld, elf_of_ld(ld)->interp);
    uint32_t i = os ? STRMAP_NONE : strmap_get(&ld->osec_by_name, S(".interp"));
    if (i != STRMAP_NONE && ld->osecs.p[i]->number && is_alloc(ld->osecs.p[i]) && !ld->osecs.p[i]->nobits) {
        os = ld->osecs.p[i];
    }
    return os;
}

static void over(struct elf_link *e, uint32_t type, uint32_t flags, uint64_t align, const struct ld_osec *os)
{
    struct elf_phdr *h = elf_add_phdr(e, type, flags, align);
    h->first = h->last = os->number - 1;
}

static void add_notes(struct elf_link *e)
{
    for (uint32_t i = 0; i < e->order.n; i++) {
        const struct ld_osec *os = e->order.p[i];
        if (os->raw_type != SHT_NOTE || !is_alloc(os)) {
            continue;
        }
        uint32_t last = i;
        while (last + 1 < e->order.n && e->order.p[last + 1]->raw_type == SHT_NOTE &&
               is_alloc(e->order.p[last + 1]) && e->order.p[last + 1]->align_p2 == os->align_p2) {
            last++;
        }
        struct elf_phdr *h = elf_add_phdr(e, PT_NOTE, PF_R, UINT64_C(1) << os->align_p2);
        h->first = i;
        h->last = last;
        i = last;
    }
}

/* Does section I begin a segment? FLAGS: of the segment so far. */
static bool starts_segment(const struct ld *ld, uint32_t i, uint32_t *flags)
{
    const struct ld_osec *os = elf_of_ld(ld)->order.p[i];
    uint32_t want = seg_flags(ld, os);
    bool start = !i || want != *flags || os->fixed_addr;
    *flags = want;
    return start;
}

static void add_loads(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct elf_phdr *cur = NULL;
    if (!(e->order.n && is_alloc(e->order.p[0]) && seg_flags(ld, e->order.p[0]) == PF_R) &&
        !e->headers_unloaded) {
        uint32_t first = e->order.n && is_alloc(e->order.p[0]) ? seg_flags(ld, e->order.p[0]) : PF_R;
        /* the headers share the first segment when its protection allows */
        if (first & PF_W || e->z.separate_code) {
            cur = elf_add_phdr(e, PT_LOAD, PF_R, e->max_page);
        }
    }
    uint32_t flags = cur ? cur->flags : 0;
    for (uint32_t i = 0; i < e->order.n && is_alloc(e->order.p[i]); i++) {
        bool joins = cur && i == 0 && flags == seg_flags(ld, e->order.p[0]) && !e->order.p[0]->fixed_addr;
        if (!joins && starts_segment(ld, i, &flags)) {
            cur = elf_add_phdr(e, PT_LOAD, flags, ld->opt.elf.omagic || ld->opt.elf.nmagic ? e->word : e->max_page);
            cur->first = i;
        }
        cur->flags = flags & ~(uint32_t)SEG_LARGE;
        if (cur->first > i || cur->first > cur->last + 1) {
            cur->first = i;
        }
        cur->last = i;
    }
}

static void range_phdr(struct elf_link *e, uint32_t type, uint32_t flags, uint64_t align,
                       bool (*pick)(const struct ld_osec *os))
{
    struct elf_phdr *h = NULL;
    for (uint32_t i = 0; i < e->order.n; i++) {
        if (is_alloc(e->order.p[i]) && pick(e->order.p[i])) {
            if (!h) {
                h = elf_add_phdr(e, type, flags, align);
                h->first = i;
            }
            h->last = i;
        }
    }
}

static bool pick_tls(const struct ld_osec *os) { return os->raw_flags & SHF_TLS; }
static bool pick_relro(const struct ld_osec *os) { return os->relro; }

static void make_phdrs(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (!e->phdrs) {
        size_t n = ld->osecs.n * 2 + 16;
        for (const struct script *k = ld->script; k; k = k->next) {
            n += k->phdrs.n;
        }
        e->phdrs = ARENA_ARRAY(&ld->arena, struct elf_phdr, n);
    }
    e->n_phdrs = 0;
    bool by_script = ld_script_full(ld);
    uint64_t from = 0, to = 0;
    bool any = by_script ? ld_script_relro(ld, &from, &to) && to > from
                         : !e->z.norelro && !ld->opt.elf.omagic && !ld->opt.elf.nmagic;
    for (uint32_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        os->relro = any && is_alloc(os) && (by_script ? os->addr >= from && os->addr < to : elf_is_relro(ld, os));
    }
    e->relro_end = any ? to : 0;
    struct ld_osec *interp = interpreter(ld), *dyn = present(ld, e->dyn),
                   *hdr = present(ld, e->eh_hdr), *prop = present(ld, e->property);
    if (by_script) {
        elf_script_new_segments(ld);
        if (elf_script_phdrs(ld)) {
            goto done;
        }
    }
    if (interp) {
        elf_add_phdr(e, PT_PHDR, PF_R, e->word);
        over(e, PT_INTERP, PF_R, 1, interp);
    }
    if (by_script) {
        elf_script_loads(ld);
    } else {
        add_loads(ld);
    }
    if (dyn) {
        over(e, PT_DYNAMIC, PF_R | PF_W, e->word, dyn);
    }
    add_notes(e);
    range_phdr(e, PT_TLS, PF_R, 1, pick_tls);
    if (prop) {
        over(e, PT_GNU_PROPERTY, PF_R, e->word, prop);
    }
    if (hdr) {
        over(e, PT_GNU_EH_FRAME, PF_R, 4, hdr);
    }
    struct elf_phdr *stack = elf_add_phdr(e, PT_GNU_STACK, PF_R | PF_W | (e->exec_stack ? PF_X : 0u), 16);
    stack->memsz = e->z.stack_size;
    range_phdr(e, PT_GNU_RELRO, PF_R, 1, pick_relro);
done:
    e->head_len = (e->word == 8 ? EHDR64_SIZE : EHDR32_SIZE) +
                  (uint64_t)e->n_phdrs * (e->word == 8 ? PHDR64_SIZE : PHDR32_SIZE);
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static uint64_t default_base(const struct ld *ld)
{
    if (elf_of_ld(ld)->pic) {
        return 0;
    }
    return ld->machine == MACH_I386 ? 0x8048000 : 0x400000;
}

struct place {
    uint64_t addr, off;         /* next free */
    uint64_t seg_addr, seg_off; /* of the current segment */
    uint32_t flags;
    bool relro;
};

/* Begins a segment at the next page. */
static void new_segment(const struct ld *ld, struct place *p, const struct ld_osec *os, uint32_t flags)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t page = ld->opt.elf.omagic || ld->opt.elf.nmagic ? 1 : e->max_page;
    bool apart = e->z.separate_segments || (e->z.separate_code && (flags & PF_X || p->flags & PF_X));
    if (os->fixed_addr) {
        p->off = align_up(p->off, page) + os->addr % page;
        p->addr = os->addr;
    } else if (apart && page > 1) {
        p->addr = align_up(p->addr, page);
        p->off = align_up(p->off, page);
    } else { /* with -n, memory has pages though the file has none */
        page = ld->opt.elf.nmagic ? e->max_page : page;
        p->addr = align_up(p->addr, page) + p->off % page;
    }
    p->seg_addr = p->addr;
    p->seg_off = p->off;
    p->flags = flags;
}

/* False after a diagnostic. */
static bool place_one(struct ld *ld, struct place *p, struct ld_osec *os)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t flags = seg_flags(ld, os);
    uint64_t align = UINT64_C(1) << os->align_p2;
    if (flags != p->flags || os->fixed_addr) {
        new_segment(ld, p, os, flags);
    }
    if (p->relro && !os->relro) {
        p->addr = align_up(p->addr, e->common_page);
    }
    p->relro = os->relro;
    if (ld->script && !ld_script_counter(ld, os, false, &p->addr)) {
        return false;
    }
    uint64_t at = align_up(p->addr, align);
    os->addr = at;
    os->file_off = p->seg_off + (at - p->seg_addr);
    os->file_size = os->nobits ? 0 : os->size;
    if (is_tbss(os)) {
        return true;
    }
    p->addr = at + os->size;
    if (!os->nobits) {
        p->off = os->file_off + os->size;
    }
    return !ld->script || ld_script_counter(ld, os, true, &p->addr);
}

void elf_place_rest(struct elf_link *e)
{
    uint64_t off = e->rest_off;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (is_alloc(os)) {
            continue;
        }
        off = align_up(off, UINT64_C(1) << os->align_p2);
        os->addr = 0;
        os->file_off = off;
        os->file_size = os->nobits ? 0 : os->size;
        off += os->file_size;
    }
    e->shoff = align_up(off, 8);
}

/* The TLS block: its size is rounded up so that the thread pointer is aligned; variant 1 machines put
   the block after the pointer and a gap. */
static void place_tls(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint64_t end = 0, align = 1;
    bool any = false;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (!is_alloc(os) || !(os->raw_flags & SHF_TLS)) {
            continue;
        }
        if (!any) {
            e->tls_start = os->addr;
            any = true;
        } else if (os->nobits && os->addr < end) {
            os->addr = align_up(end, UINT64_C(1) << os->align_p2);
        }
        end = os->addr + os->size;
        align = UINT64_C(1) << os->align_p2 > align ? UINT64_C(1) << os->align_p2 : align;
    }
    e->tls_size = any ? end - e->tls_start : 0;
    e->tls_align = align;
    if (ld->arch->tls_tp_first) {
        e->tp = e->tls_start - align_up(ld->arch->tp_gap, align);
    } else {
        e->tp = align_up(e->tls_start + e->tls_size, align);
    }
}

/* ---- filling in the headers ---------------------------------------------------------------------------- */

static void fill_range(const struct elf_link *e, struct elf_phdr *h)
{
    const struct ld_osec *a = e->order.p[h->first];
    uint64_t mem_end = a->addr, file_end = a->file_off, align = h->align;
    h->off = a->file_off;
    h->addr = a->addr;
    for (uint32_t i = h->first; i <= h->last; i++) {
        const struct ld_osec *os = e->order.p[i];
        if (is_tbss(os) && h->type != PT_TLS) {
            continue;
        }
        mem_end = os->addr + os->size > mem_end ? os->addr + os->size : mem_end; /* a script may have them overlap */
        if (!os->nobits) {
            file_end = os->file_off + os->size;
        }
        if (h->type == PT_TLS || h->type == PT_NOTE) {
            uint64_t s = UINT64_C(1) << os->align_p2;
            align = s > align ? s : align;
        }
        if (h->type == PT_LOAD && UINT64_C(1) << os->align_p2 > align) {
            align = UINT64_C(1) << os->align_p2;
        }
    }
    while (h->type == PT_LOAD && (h->addr - h->off) % align) { /* -N and -n: the file has no pages */
        align >>= 1;
    }
    h->memsz = mem_end - h->addr;
    h->filesz = file_end - h->off;
    h->align = align;
}

static void fill_phdrs(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    bool first_load = true, by_script = ld_script_full(ld);
    for (uint32_t i = 0; i < e->n_phdrs; i++) {
        struct elf_phdr *h = &e->phdrs[i];
        bool covers = h->first <= h->last;
        if (by_script && h->type == PT_LOAD) { /* done */
            continue;
        }
        if (covers) {
            fill_range(e, h);
        }
        if (covers && e->order.p[h->first]->lma_delta && !h->lma) {
            h->lma = h->addr + e->order.p[h->first]->lma_delta;
        }
        if (h->type == PT_LOAD && first_load && !e->headers_unloaded) {
            uint64_t grow = covers ? h->addr - e->image_start : 0;
            h->addr = e->image_start;
            h->off = 0;
            h->memsz = covers ? h->memsz + grow : e->head_len;
            h->filesz = covers ? h->filesz + grow : e->head_len;
        }
        first_load = first_load && h->type != PT_LOAD;
        if (h->type == PT_PHDR) {
            h->off = e->word == 8 ? EHDR64_SIZE : EHDR32_SIZE;
            h->addr = e->image_start + h->off;
            h->filesz = h->memsz = e->head_len - h->off;
        } else if (h->type == PT_GNU_RELRO && e->relro_end) { /* a script's: it may end inside a section */
            h->memsz = e->relro_end - h->addr;
            h->filesz = h->filesz < h->memsz ? h->filesz : h->memsz;
        } else if (h->type == PT_GNU_RELRO) {
            uint64_t end = align_up(h->addr + h->memsz, e->common_page);
            const struct ld_osec *next = h->last + 1 < e->order.n ? e->order.p[h->last + 1] : NULL;
            if (!next || !is_alloc(next) || next->addr >= end) {
                h->memsz = end - h->addr;
            }
        }
    }
}

static int cmp_load(const void *a, const void *b)
{
    const struct elf_phdr *x = a, *y = b;
    return (x->addr > y->addr) - (x->addr < y->addr);
}

static int cmp_addr(const void *a, const void *b)
{
    struct ld_osec *const *x = a, *const *y = b;
    return (*x)->addr != (*y)->addr ? ((*x)->addr > (*y)->addr) - ((*x)->addr < (*y)->addr)
                                    : ((*x)->idx > (*y)->idx) - ((*x)->idx < (*y)->idx);
}

/* Sections that were given addresses may stand anywhere, but not in each other; segments are listed by address (gABI).
   False after a diagnostic. */
static bool check_fixed(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct ld_osec **v = xmalloc((e->order.n + 1) * sizeof *v);
    size_t n = 0, loads = 0, first = 0;
    bool ok = true;
    for (size_t i = 0; i < e->order.n && is_alloc(e->order.p[i]); i++) {
        if (e->order.p[i]->size && !e->order.p[i]->nobits) {
            v[n++] = e->order.p[i];
        }
    }
    qsort(v, n, sizeof *v, cmp_addr);
    for (size_t i = 1; i < n && !ld->opt.check_sections_off; i++) {
        uint64_t end = v[i - 1]->addr + v[i - 1]->size - 1;
        if (v[i]->addr <= end) {
            ok = diag_error(&ld->diag, "section %.*s LMA [%016llx,%016llx] overlaps section %.*s LMA [%016llx,%016llx]",
                            Q(v[i]->name), (unsigned long long)v[i]->addr,
                            (unsigned long long)(v[i]->addr + v[i]->size - 1), Q(v[i - 1]->name),
                            (unsigned long long)v[i - 1]->addr, (unsigned long long)end);
        }
    }
    free(v);
    for (uint32_t i = 0; i < e->n_phdrs; i++) {
        first = e->phdrs[i].type == PT_LOAD && !loads ? i : first;
        loads += e->phdrs[i].type == PT_LOAD;
    }
    if (loads > 1) {
        qsort(e->phdrs + first, loads, sizeof *e->phdrs, cmp_load);
    }
    return ok;
}

static bool layout_script(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint64_t len = 0;
    for (size_t i = 0; i < e->order.n; i++) {
        if (!e->order.p[i]->scripted) {
            ld_layout_osec(e->order.p[i]);
        }
    }
    for (int pass = 0; pass < 8; pass++) {
        if (!ld_script_walk(ld)) {
            return false;
        }
        make_phdrs(ld);
        if (e->head_len == len) {
            break;
        }
        len = e->head_len;
    }
    if (!elf_script_check_phdrs(ld) || !elf_script_offsets(ld)) {
        return false;
    }
    place_tls(ld);
    elf_place_rest(e);
    if (!elf_script_has_phdrs(ld)) {
        fill_phdrs(ld);
    }
    ld->phase = PHASE_LAID_OUT;
    return ld_script_check(ld);
}

/* The TLS block starts at an address of its own alignment: loaders and our offsets count on that. */
static void align_tls(struct elf_link *e)
{
    struct ld_osec *first = NULL;
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (is_alloc(os) && os->raw_flags & SHF_TLS) {
            first = first ? first : os;
            first->align_p2 = os->align_p2 > first->align_p2 ? os->align_p2 : first->align_p2;
        }
    }
}

/* Sections that are dropped for being empty: symbols may still point where they would be. */
static void place_dropped(struct ld *ld)
{
    const struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (os->number) {
            continue;
        }
        unsigned rank = elf_osec_rank(ld, os);
        os->addr = e->image_start + e->head_len;
        for (size_t k = 0; k < e->order.n && is_alloc(e->order.p[k]) && e->order.p[k]->sort_key <= rank; k++) {
            os->addr = e->order.p[k]->addr + (is_tbss(e->order.p[k]) ? 0 : e->order.p[k]->size);
        }
    }
}

bool elf_needs_headers(struct ld *ld)
{
    return interpreter(ld) || ld_lookup(ld, S("__ehdr_start")) != LD_NO_SYM;
}

/* Where the headers are loaded, if not at the usual base. A first section that was given its address has them in the
   pages before it, and there may be none; with -N and -n no page is theirs. True: the segments are to be made anew. */
static bool place_headers(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const struct ld_osec *first = e->order.n && is_alloc(e->order.p[0]) ? e->order.p[0] : NULL;
    bool needed = elf_needs_headers(ld);
    if (ld->opt.elf.omagic || ld->opt.elf.nmagic) {
        return e->headers_unloaded = !needed;
    }
    if (!first || !first->fixed_addr || ld->opt.elf.text_segment || ld->opt.pe.image_base != UINT64_MAX) {
        return false;
    }
    uint64_t room = align_up(e->head_len, e->max_page), at = first->addr - first->addr % e->max_page;
    if (at >= room) {
        e->image_start = at - room;
        return false;
    }
    return e->headers_unloaded = !needed;
}

static void warn_of_page(struct ld *ld, const char *name, const char *text, uint64_t v)
{
    if (v % elf_of_ld(ld)->max_page) {
        diag_warning(&ld->diag, "%s %s is not a multiple of the page size", name, text);
    }
}

/* Gives the segment that begins with section OS the address that option NAME asks for in TEXT. */
static bool fix_segment(struct ld *ld, struct ld_osec *os, const char *name, const char *text)
{
    uint64_t v;
    if (os->fixed_addr) { /* by --section-start, or when this was laid out before */
        return true;
    }
    if (!ld_hex_option(ld, name, text, &v)) {
        return false;
    }
    warn_of_page(ld, name, text, v);
    os->addr = v;
    os->fixed_addr = true;
    return true;
}

/* -Trodata-segment, -Tldata-segment. */
static bool fix_segments(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const char *rodata = ld->opt.elf.rodata_segment, *ldata = ld->opt.elf.ldata_segment;
    bool code = false;
    for (size_t i = 0; (rodata || ldata) && i < e->order.n && is_alloc(e->order.p[i]); i++) {
        struct ld_osec *os = e->order.p[i];
        if (elf_is_large(ld, os)) {
            return !ldata || fix_segment(ld, os, "-Tldata-segment", ldata);
        }
        code = code || os->raw_flags & SHF_EXECINSTR;
        if (code && rodata && e->z.separate_code && seg_flags(ld, os) == PF_R) {
            if (!fix_segment(ld, os, "-Trodata-segment", rodata)) {
                return false;
            }
            rodata = NULL;
        }
    }
    return true;
}

bool elf_layout(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const char *base = ld->opt.elf.text_segment;
    if (ld_script_full(ld)) {
        return layout_script(ld);
    }
    e->image_start = default_base(ld);
    if (ld->opt.pe.image_base != UINT64_MAX) {
        e->image_start = ld->opt.pe.image_base;
    }
    if (base && !ld_hex_option(ld, "-Ttext-segment", base, &e->image_start)) {
        return false;
    }
    if (base && !e->phdrs) {
        warn_of_page(ld, "-Ttext-segment", base, e->image_start);
    }
    e->image_start -= base ? e->image_start % e->max_page : 0;
    for (size_t i = 0; i < e->order.n; i++) {
        ld_layout_osec(e->order.p[i]);
    }
    ld_script_inserted(ld);
    align_tls(e);
    if (!fix_segments(ld)) {
        return false;
    }
    make_phdrs(ld);
    if (place_headers(ld)) {
        make_phdrs(ld);
    }
    struct place p = {.addr = e->image_start + e->head_len, .off = e->head_len,
                      .seg_addr = e->image_start, .seg_off = 0};
    for (uint32_t i = 0; i < e->n_phdrs; i++) {
        if (e->phdrs[i].type == PT_LOAD) {
            p.flags = e->phdrs[i].flags; /* of the segment that holds the headers */
            break;
        }
    }
    for (size_t i = 0; i < e->order.n && is_alloc(e->order.p[i]); i++) {
        if (!place_one(ld, &p, e->order.p[i])) {
            return false;
        }
    }
    place_dropped(ld);
    place_tls(ld);
    e->rest_off = p.off;
    elf_place_rest(e);
    fill_phdrs(ld);
    for (size_t i = 0; i < e->order.n; i++) {
        if (e->order.p[i]->fixed_addr) {
            ld->phase = PHASE_LAID_OUT;
            return check_fixed(ld);
        }
    }
    ld->phase = PHASE_LAID_OUT;
    return true;
}
