/* script_segments.c - segments and file offsets of an image that a script lays out: by load addresses, as GNU ld
   makes them.

   Without PHDRS the loaded sections, sorted by load address, are cut into PT_LOAD segments: where the distance to
   the address changes, sections overlap, a page would be skipped, contents follow zeros, or protection changes
   at a page's border. A section that shares a page with the one before it shares its segment: a page has only one
   protection. Source: GNU ld manual, "PHDRS"; gABI 5, "Program Header"; observed behaviour of GNU ld 2.40. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

struct seg {
    struct elf_phdr *h;
    struct ld_osec **secs;      /* sorted */
    uint32_t n;
    bool filehdr, phdrs, flags_given, lma_given;
    bool apart;                 /* the headers alone: its addresses are set */
};

struct elf_segments {
    struct seg *p;
    uint32_t n;
};

static bool is_tbss(const struct ld_osec *os)
{
    return os->nobits && os->raw_flags & SHF_TLS;
}

static uint64_t lma_of(const struct ld_osec *os)
{
    return os->addr + os->lma_delta;
}

static bool is_paged(const struct ld *ld)
{
    return !ld->opt.elf.omagic && !ld->opt.elf.nmagic;
}

static int by_lma(const void *x, const void *y)
{
    const struct ld_osec *a = *(struct ld_osec *const *)x, *b = *(struct ld_osec *const *)y;
    uint64_t la = lma_of(a), lb = lma_of(b);
    bool ea = a->nobits && !is_tbss(a) && a->size, eb = b->nobits && !is_tbss(b) && b->size;
    if (la != lb) {
        return la < lb ? -1 : 1;
    }
    if (a->addr != b->addr) {
        return a->addr < b->addr ? -1 : 1;
    }
    if (ea != eb) {
        return ea ? 1 : -1;
    }
    uint64_t sa = a->nobits ? 0 : a->size, sb = b->nobits ? 0 : b->size;
    if (sa != sb) { /* .tbss before what stands at its address */
        return sa < sb ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* The loaded sections, sorted; *N of them. */
static struct ld_osec **sorted_sections(struct ld *ld, uint32_t *n)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct ld_osec **v = ARENA_ARRAY(&ld->arena, struct ld_osec *, e->order.n + 1);
    *n = 0;
    for (size_t i = 0; i < e->order.n; i++) {
        if (e->order.p[i]->raw_flags & SHF_ALLOC) {
            v[(*n)++] = e->order.p[i];
        }
    }
    if (*n) {
        qsort(v, *n, sizeof *v, by_lma);
    }
    return v;
}

/* ---- cutting ----------------------------------------------------------------------------------------- */

struct cut {
    const struct ld_osec *last;
    uint64_t last_size;
    bool writable, executable;
};

/* Does S begin a segment? */
static bool starts_segment(const struct ld *ld, const struct cut *c, const struct ld_osec *s)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t page = e->max_page, end = lma_of(c->last) + c->last_size, at = lma_of(s);
    bool write = s->raw_flags & SHF_WRITE, exec = s->raw_flags & SHF_EXECINSTR;
    uint64_t next_page = align_up(end, page) + page;
    if (!ld_script_same_region(ld, c->last, s) || c->last->lma_delta != s->lma_delta || at < end ||
        end < lma_of(c->last)) {
        return true;
    }
    if (is_paged(ld) && (end - 1) / page == at / page) {
        return false;
    }
    if (next_page > lma_of(c->last) && next_page <= at) {
        return true;
    }
    if (c->last->nobits && !is_tbss(c->last) && (!s->nobits || is_tbss(s))) {
        return true;
    }
    if (!is_paged(ld)) {
        return false;
    }
    return (e->z.separate_code && c->executable != exec) || (!c->writable && write);
}

static struct seg *new_seg(struct elf_link *e, uint32_t type, uint32_t flags, uint64_t align)
{
    struct seg *s = &e->segments->p[e->segments->n++];
    *s = (struct seg){.h = elf_add_phdr(e, type, flags, align)};
    return s;
}

/* Where the headers are loaded. */
struct heads {
    enum { HEADS_NOWHERE, HEADS_FIRST, HEADS_APART } where; /* in front of the first section, or in their own segment */
    uint64_t addr, lma;                                     /* HEADS_APART */
};

/* The end of what passes the end of memory and begins again at 0; 0: nothing does. */
static uint64_t wraps_to(struct ld_osec *const *v, uint32_t n, uint64_t mask)
{
    uint64_t to = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t end = (lma_of(v[i]) + v[i]->size) & mask;
        to = end < (lma_of(v[i]) & mask) ? end : to;
    }
    return to;
}

/* The headers are loaded if the script asks for their size or there is room for them anyway. In front of code they
   have a page of their own, be it the one before. */
static struct heads place_heads(struct ld *ld, struct ld_osec *const *v, uint32_t n)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct heads h = {.where = HEADS_NOWHERE};
    const uint64_t mask = e->word == 8 ? UINT64_MAX : UINT32_MAX, page = e->max_page, len = e->head_len;
    if (!n || (!is_paged(ld) && !elf_needs_headers(ld))) {
        return h;
    }
    uint64_t first = lma_of(v[0]) & mask, at = (first - len) & mask & (0 - page);
    if (!elf_needs_headers(ld) && !ld_script_wants_headers(ld) && first % page < len % page) {
        return h;
    }
    bool apart = e->z.separate_code && v[0]->raw_flags & SHF_EXECINSTR && is_paged(ld);
    if (apart && ((at + len - 1) & mask & (0 - page)) == (first & (0 - page))) {
        apart = at >= page;
        at -= apart ? page : 0;
    }
    if (first < at || first < len || at < wraps_to(v, n, mask)) {
        return h;
    }
    h.where = apart ? HEADS_APART : HEADS_FIRST;
    h.addr = (v[0]->addr - len) & mask & (0 - page);
    h.lma = at;
    return h;
}

void elf_script_loads(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    uint32_t n;
    struct ld_osec **v = sorted_sections(ld, &n);
    struct cut c = {0};
    struct seg *s = NULL;
    struct heads heads = place_heads(ld, v, n);
    if (heads.where == HEADS_APART) {
        s = new_seg(e, PT_LOAD, PF_R, e->max_page);
        s->filehdr = s->phdrs = s->lma_given = s->apart = true;
        s->h->addr = heads.addr;
        s->h->lma = heads.lma;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ld_osec *os = v[i];
        if (!i || starts_segment(ld, &c, os)) {
            if (i == n - 1 && is_tbss(os)) { /* not for that alone */
                break;
            }
            s = new_seg(e, PT_LOAD, PF_R, e->max_page);
            s->secs = v + i;
            s->filehdr = s->phdrs = heads.where == HEADS_FIRST && i == 0;
            c.writable = c.executable = false;
        }
        s->n++;
        c.writable |= (os->raw_flags & SHF_WRITE) != 0;
        c.executable |= (os->raw_flags & SHF_EXECINSTR) != 0;
        c.last = os;
        c.last_size = is_tbss(os) ? 0 : os->size;
    }
}

/* ---- PHDRS ------------------------------------------------------------------------------------------- */

/* The description that says which segments the section of step I is in: its own; an orphan's is that of the section
   behind which it went; else that of the section before, or the first one that says anything. */
static const struct sc_output *names_of(const struct script_step *steps, size_t n, size_t i,
                                        const struct sc_output *last)
{
    const struct sc_output *o = steps[i].out ? steps[i].out : steps[i].like;
    if (o && o->n_phdrs) {
        return o;
    }
    if (!(steps[i].os->raw_flags & SHF_ALLOC) || (o && o->type == SC_NOLOAD && steps[i].out)) {
        return NULL;
    }
    for (size_t k = i + 1; !last && k < n; k++) {
        last = steps[k].out && steps[k].out->n_phdrs ? steps[k].out : NULL;
    }
    return last;
}

static bool lists(const struct sc_output *o, struct str name)
{
    for (uint32_t k = 0; o && k < o->n_phdrs; k++) {
        if (str_eq(o->phdrs[k], name)) {
            return true;
        }
    }
    return false;
}

static void take_sections(struct ld *ld, struct seg *s, const struct sc_phdr *p)
{
    size_t n;
    const struct script_step *steps = ld_script_steps(ld, &n);
    const struct sc_output *last = NULL;
    s->secs = ARENA_ARRAY(&ld->arena, struct ld_osec *, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!steps[i].os) {
            continue;
        }
        const struct sc_output *own = steps[i].out && steps[i].out->n_phdrs ? steps[i].out : NULL;
        const struct sc_output *o = names_of(steps, n, i, last);
        last = own ? own : last;
        if (!own && s->h->type == PT_INTERP) {
            continue;
        }
        if (steps[i].os->number && lists(o, p->name)) {
            s->secs[s->n++] = steps[i].os;
        }
    }
    if (s->n) {
        qsort(s->secs, s->n, sizeof *s->secs, by_lma);
    }
}

/* The script whose PHDRS counts: the last one's. NULL: none has any. */
static const struct script *with_phdrs(const struct ld *ld)
{
    const struct script *with = NULL;
    for (const struct script *s = ld_script_full(ld) ? ld->script : NULL; s; s = s->next) {
        with = s->has_phdrs ? s : with;
    }
    return with;
}

bool elf_script_has_phdrs(const struct ld *ld)
{
    return with_phdrs(ld) != NULL;
}

bool elf_script_phdrs(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    const struct script *with = with_phdrs(ld);
    if (!with) {
        return false;
    }
    for (size_t i = 0; i < with->phdrs.n; i++) {
        const struct sc_phdr *p = &with->phdrs.p[i];
        uint32_t type = (uint32_t)ld_script_number(ld, p->type);
        struct seg *s = new_seg(e, type, 0, 1);
        s->filehdr = p->filehdr;
        s->phdrs = p->phdrs;
        s->flags_given = p->flags != NULL;
        s->h->flags = p->flags ? (uint32_t)ld_script_number(ld, p->flags) : 0;
        s->lma_given = p->at != NULL;
        s->h->lma = p->at ? ld_script_number(ld, p->at) : 0;
        take_sections(ld, s, p);
        s->h->align = type == PT_LOAD && is_paged(ld) ? e->max_page : s->n ? 1 : e->word;
    }
    return true;
}

/* Every :NAME must be one of PHDRS, some section must be in one, and their types must be known. */
bool elf_script_check_phdrs(struct ld *ld)
{
    size_t n;
    const struct script_step *steps = ld_script_steps(ld, &n);
    const struct script *with = with_phdrs(ld);
    bool ok = true, any = !with;
    for (size_t i = 0; with && i < n; i++) {
        const struct sc_output *o = steps[i].out;
        any |= o && o->n_phdrs;
        for (uint32_t k = 0; o && steps[i].os && k < o->n_phdrs; k++) {
            bool known = str_is(o->phdrs[k], "NONE");
            for (size_t j = 0; j < with->phdrs.n; j++) {
                known |= str_eq(with->phdrs.p[j].name, o->phdrs[k]);
            }
            const struct sc_stmt *t = steps[i].stmt;
            if (!known) {
                ok = script_error(&ld->diag, t->script->text, t->script->path, t->pos,
                                  "section `%.*s' assigned to non-existent phdr `%.*s'", Q(o->name), Q(o->phdrs[k]));
            }
        }
    }
    for (size_t i = 0; with && i < with->phdrs.n; i++) {
        const struct sx *type = with->phdrs.p[i].type;
        uint64_t known;
        if (type->op == SX_SYM && !elf_script_constant(ld, type->name, &known)) {
            ok = script_error(&ld->diag, type->script->text, type->script->path, type->pos,
                              "unknown phdr type '%.*s' (try an integer literal)", Q(type->name));
        }
    }
    if (!any) {
        ok = diag_error(&ld->diag, "%s: no sections assigned to phdrs", with->path);
    }
    return ok;
}

/* ---- file offsets ------------------------------------------------------------------------------------ */

static bool before(const struct seg *a, const struct seg *b)
{
    uint64_t la = a->lma_given ? a->h->lma : a->n ? lma_of(a->secs[0]) : 0;
    uint64_t lb = b->lma_given ? b->h->lma : b->n ? lma_of(b->secs[0]) : 0;
    if (a->filehdr != b->filehdr) {
        return a->filehdr;
    }
    return la < lb;
}

/* PT_LOAD segments by load address, that with the file header first. */
static uint32_t sorted_loads(const struct elf_segments *all, struct seg **out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->p[i].h->type != PT_LOAD) {
            continue;
        }
        uint32_t to = n++;
        for (; to > 0 && before(&all->p[i], out[to - 1]); to--) {
            out[to] = out[to - 1];
        }
        out[to] = &all->p[i];
    }
    return n;
}

static uint32_t flags_of(const struct seg *s)
{
    uint32_t f = s->n || s->filehdr || s->phdrs ? PF_R : 0;
    for (uint32_t i = 0; i < s->n; i++) {
        f |= (s->secs[i]->raw_flags & SHF_WRITE ? PF_W : 0u) | (s->secs[i]->raw_flags & SHF_EXECINSTR ? PF_X : 0u);
    }
    return f;
}

/* What the program headers take in front of S's sections. False after a diagnostic. */
static bool load_headers(struct ld *ld, struct seg *s, uint64_t off)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t ehdr = e->word == 8 ? EHDR64_SIZE : EHDR32_SIZE, from = s->filehdr ? 0 : ehdr;
    struct elf_phdr *h = s->h;
    if (s->n && (h->addr < off - from || (!s->lma_given && h->lma < off - from))) {
        return diag_error(&ld->diag, "not enough room for program headers, try linking with -N");
    }
    h->off = from;
    h->addr -= s->n ? off - from : 0;
    h->lma -= s->n && !s->lma_given ? off - from : 0;
    h->filesz = h->memsz = s->n ? off - from : (s->phdrs ? e->head_len : ehdr) - from;
    return true;
}

/* Section OS of S: *OFF is the next free place of the file, of SHIFT the part that only addresses want. */
static void load_section(struct ld *ld, struct seg *s, struct ld_osec *os, bool first, uint64_t *off, uint64_t *shift)
{
    struct elf_phdr *h = s->h;
    /* by load addresses: overlays share their addresses */
    uint64_t end = (s->lma_given ? h->addr : h->lma) + h->memsz, at = s->lma_given ? os->addr : lma_of(os);
    uint64_t gap = at > end ? at - end : 0;
    if (at < end && !s->lma_given && !is_tbss(os)) {
        diag_warning(&ld->diag, "section %.*s lma 0x%llx adjusted to 0x%llx", Q(os->name), (unsigned long long)at,
                     (unsigned long long)end);
    }
    if (!is_tbss(os)) {
        h->memsz += gap;
        if (!os->nobits) {
            *shift = 0;
            if (h->filesz + gap < h->memsz) { /* contents behind zeros: those are in the file, too */
                gap = h->memsz - h->filesz;
            }
            h->filesz += gap;
        }
        if (!os->nobits || first) {
            *off += gap;
            *shift += os->nobits ? gap : 0;
        }
    }
    os->file_off = *off;
    os->file_size = os->nobits ? 0 : os->size;
    *off += os->file_size;
    h->filesz += os->file_size;
    h->memsz += is_tbss(os) ? 0 : os->size;
}

/* Places S's sections in the file from *OFF on. */
static bool place_load(struct ld *ld, struct seg *s, uint64_t *off)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct elf_phdr *h = s->h;
    uint64_t page = is_paged(ld) ? e->max_page : 1, align = page, shift = 0;
    bool contents = false;
    h->align = is_paged(ld) ? e->max_page : 1;
    for (uint32_t i = 0; i < s->n; i++) {
        uint64_t a = UINT64_C(1) << s->secs[i]->align_p2;
        align = a > align ? a : align;
        h->align = !is_paged(ld) && a > h->align ? a : h->align;
        contents |= !s->secs[i]->nobits;
    }
    h->addr = s->n ? s->secs[0]->addr : s->apart ? h->addr : 0;
    h->lma = s->lma_given ? h->lma : s->n ? lma_of(s->secs[0]) : 0;
    h->filesz = h->memsz = 0;
    if (s->n) {
        uint64_t move = (h->addr - *off) % align;
        *off += move;
        shift = contents ? 0 : move;
    }
    h->off = s->n && !contents ? *off % align : *off;
    if ((s->filehdr || s->phdrs) && !load_headers(ld, s, *off)) {
        return false;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        load_section(ld, s, s->secs[i], i == 0, off, &shift);
    }
    *off -= shift;
    h->flags = s->flags_given ? h->flags : flags_of(s);
    h->lma_known = true;
    return true;
}

/* What PHDRS says of other segments: they cover their sections, wherever those are loaded. */
static void cover(struct ld *ld, struct seg *s, const struct seg *headers)
{
    const struct elf_link *e = elf_of_ld(ld);
    struct elf_phdr *h = s->h;
    uint64_t ehdr = e->word == 8 ? EHDR64_SIZE : EHDR32_SIZE;
    h->flags = s->flags_given ? h->flags : flags_of(s);
    h->lma_known = true;
    if (h->type == PT_GNU_STACK) {
        h->memsz = e->z.stack_size;
    }
    if (h->type == PT_PHDR || (s->phdrs && !s->filehdr)) {
        h->off = ehdr;
        h->addr = headers ? headers->h->addr + ehdr - headers->h->off : 0;
        h->lma = s->lma_given ? h->lma : headers ? headers->h->lma + ehdr - headers->h->off : 0;
        h->filesz = h->memsz = e->head_len - ehdr;
        h->align = e->word;
        return;
    }
    if (!s->n) {
        return;
    }
    const struct ld_osec *a = s->secs[0];
    h->off = a->file_off;
    h->addr = a->addr;
    h->lma = s->lma_given ? h->lma : lma_of(a);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct ld_osec *os = s->secs[i];
        uint64_t align = UINT64_C(1) << os->align_p2;
        h->memsz = os->addr + os->size - h->addr;
        h->filesz = os->nobits ? h->filesz : os->file_off + os->size - h->off;
        h->align = align > h->align ? align : h->align;
    }
}

/* What is in no segment: .tbss that stands alone, and what PHDRS leaves out. */
static void place_others(struct ld *ld, uint64_t *off)
{
    const struct elf_link *e = elf_of_ld(ld);
    for (size_t i = 0; i < e->order.n; i++) {
        struct ld_osec *os = e->order.p[i];
        if (!(os->raw_flags & SHF_ALLOC) || os->file_off) {
            continue;
        }
        uint64_t align = is_paged(ld) && os->size && !is_tbss(os) ? e->max_page : UINT64_C(1) << os->align_p2;
        if (os->size && !is_tbss(os)) {
            diag_warning(&ld->diag, "allocated section `%.*s' not in segment", Q(os->name));
        }
        os->file_off = *off + (os->addr - *off) % align;
        os->file_size = os->nobits ? 0 : os->size;
        *off = is_tbss(os) ? *off : os->file_off + os->file_size;
    }
}

/* Offsets of sections and segments; the headers are in the first segment, if there is room in front of it. False
   after a diagnostic. */
bool elf_script_offsets(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    struct seg **loads = ARENA_ARRAY(&ld->arena, struct seg *, e->segments->n + 1);
    uint32_t n = sorted_loads(e->segments, loads);
    const struct seg *headers = NULL;
    uint64_t off = e->head_len;
    for (size_t i = 0; i < e->order.n; i++) {
        e->order.p[i]->file_off = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!place_load(ld, loads[i], &off)) {
            return false;
        }
        headers = !headers && (loads[i]->filehdr || loads[i]->phdrs) ? loads[i] : headers;
    }
    for (uint32_t i = 0; i < e->segments->n; i++) {
        if (e->segments->p[i].h->type != PT_LOAD) {
            cover(ld, &e->segments->p[i], headers);
        }
    }
    place_others(ld, &off);
    for (uint32_t i = 0; i < e->segments->n && !headers; i++) {
        if (e->segments->p[i].h->type == PT_PHDR) {
            return diag_error(&ld->diag, "PHDR segment not covered by LOAD segment");
        }
    }
    e->headers_unloaded = !headers || headers->h->off != 0;
    e->image_start = headers ? headers->h->addr - headers->h->off : 0;
    e->rest_off = off;
    return true;
}

void elf_script_new_segments(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    size_t n = e->order.n + 16;
    for (const struct script *s = ld->script; s; s = s->next) {
        n += s->phdrs.n;
    }
    e->segments = ARENA_NEW(&ld->arena, struct elf_segments);
    e->segments->p = ARENA_ARRAY(&ld->arena, struct seg, n);
}
