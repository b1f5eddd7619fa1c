/* sections.c - which input section goes where.

   An output section's name is what stands before '$' (and before a second '.' for the standard
   ones). Inside an output section the order is: lists of the standard places, each in input order or
   sorted by full name. COMDAT sections of the standard names (.text$_ZN...) are not sorted: their
   suffix is only the symbol's name, and the order of input is the better locality.
   Source: spec pe-ld 3.1, 3.2; the order is that of GNU ld's built-in script. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "ld/pe/pe.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

enum {
    F_CODE = IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ,
    F_RO = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ,
    F_DISCARD = F_RO | IMAGE_SCN_MEM_DISCARDABLE
};
#define F_RW (F_RO | IMAGE_SCN_MEM_WRITE)
#define F_BSS (IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE)

/* Order in the image. Orphans stand behind the standard section with the same access. */
enum {
    RANK_OS_TEXT = 0,
    RANK_OS_CODE = 5,
    RANK_OS_DATA = 10,
    RANK_OS_RW = 15,
    RANK_OS_RDATA = 20,
    RANK_OS_RO = 25,
    RANK_OS_BUILDID = 30,
    RANK_OS_EH_FRAME = 35,
    RANK_OS_PDATA = 40,
    RANK_OS_XDATA = 45,
    RANK_OS_BSS = 50,
    RANK_OS_ZEROS = 52,
    RANK_OS_EDATA = 55,
    RANK_OS_IDATA = 60,
    RANK_OS_DIDAT = 62,
    RANK_OS_CRT = 65,
    RANK_OS_TLS = 70,
    RANK_OS_RSRC = 80,
    RANK_OS_RELOC = 90,
    RANK_OS_DEBUG = 100
};

struct rule {
    struct str prefix;  /* the name, or the name and '$' or '.' */
    const char *os;
    int bucket;
    bool by_name;
    unsigned flags;
    int rank;
};

#define P(lit) {"" lit, sizeof(lit) - 1}

/* The first rule whose prefix is the whole name or ends where '$' or '.' follows. */
static const struct rule rules[] = {
    {P(".text"), ".text", 1, true, F_CODE, RANK_OS_TEXT},
    {P(".init"), ".text", 0, false, F_CODE, RANK_OS_TEXT},
    {P(".fini"), ".text", 8, false, F_CODE, RANK_OS_TEXT},
    {P(".gcc_except_table"), ".text", 9, false, F_CODE, RANK_OS_TEXT},
    {P(".gnu.linkonce.t"), ".text", 4, false, F_CODE, RANK_OS_TEXT},
    {P(".ctors"), ".text", TEXT_CTORS, true, F_CODE, RANK_OS_TEXT},
    {P(".ctor"), ".text", TEXT_CTORS, true, F_CODE, RANK_OS_TEXT},
    {P(".dtors"), ".text", TEXT_DTORS, true, F_CODE, RANK_OS_TEXT},
    {P(".dtor"), ".text", TEXT_DTORS, true, F_CODE, RANK_OS_TEXT},
    {P(".data"), ".data", 1, true, F_RW, RANK_OS_DATA},
    {P(".gnu.linkonce.d"), ".data", 4, false, F_RW, RANK_OS_DATA},
    {P(".jcr"), ".data", 5, false, F_RW, RANK_OS_DATA},
    {P(".rdata"), ".rdata", 1, true, F_RO, RANK_OS_RDATA},
    {P(".gnu.linkonce.r"), ".rdata", 4, false, F_RO, RANK_OS_RDATA},
    {P(".eh_frame"), ".eh_frame", 1, false, F_RO, RANK_OS_EH_FRAME},
    {P(".pdata"), ".pdata", 1, false, F_RO, RANK_OS_PDATA},
    {P(".xdata"), ".xdata", 1, false, F_RO, RANK_OS_XDATA},
    {P(".bss"), ".bss", 1, true, F_BSS, RANK_OS_BSS},
    {P(".gnu.linkonce.b"), ".bss", 4, false, F_BSS, RANK_OS_BSS},
    {P(".CRT"), ".CRT", 1, true, F_RO, RANK_OS_CRT},
    {P(".tls"), ".tls", 1, true, F_RW, RANK_OS_TLS},
    {P(".rsrc"), ".rsrc", 1, true, F_RO, RANK_OS_RSRC},
    {P(".idata"), ".idata", 1, true, F_RO, RANK_OS_IDATA},
    {P(".didat"), ".didat", 1, true, F_RW, RANK_OS_DIDAT},
    {P(".edata"), ".edata", 1, true, F_RO, RANK_OS_EDATA},
    {P(".buildid"), ".buildid", 1, false, F_RO, RANK_OS_BUILDID},
};

struct ld_osec *pe_osec(struct ld *ld, const char *name, uint32_t raw_flags, int rank)
{
    struct ld_osec *os = ld_osec(ld, str_c(name));
    if (!os->priv) {
        struct pe_osec *po = ARENA_NEW(&ld->arena, struct pe_osec);
        os->priv = po;
        po->rank = rank;
        os->raw_flags = raw_flags;
        os->nobits = (raw_flags & IMAGE_SCN_CNT_UNINITIALIZED_DATA) != 0;
        os->fill = raw_flags & IMAGE_SCN_CNT_CODE ? 0x90 : 0;
    }
    return os;
}

void pe_bucket_add(struct ld *ld, struct ld_osec *os, int bucket, struct ld_chunk *c)
{
    struct pe_osec *po = os->priv;
    (void)ld;
    c->osec = os->idx;
    vec_push(&po->buckets[bucket].v, c);
}

struct ld_osec *pe_make_standard(struct ld *ld, struct str name)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (str_is(name, rules[i].os)) {
            return pe_osec(ld, rules[i].os, rules[i].flags, rules[i].rank);
        }
    }
    return NULL;
}

struct ld_osec *pe_standard_osec(struct ld *ld, const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (str_is(rules[i].prefix, name)) {
            return pe_osec(ld, name, rules[i].flags, rules[i].rank);
        }
    }
    return pe_osec(ld, name, F_DISCARD, RANK_OS_RELOC);
}

/* ld_alloc_commons has put them straight into the section. */
void pe_take_commons(struct ld *ld)
{
    struct ld_osec *os = pe_of(ld)->bss;
    for (size_t i = 0; i < os->chunks.n; i++) {
        pe_bucket_add(ld, os, PE_BUCKETS - 2, os->chunks.p[i]);
    }
    os->chunks.n = 0;
}

/* Does NAME fit R: is the prefix all of it, or do '$' or '.' follow? */
static inline bool fits(const struct rule *r, struct str name)
{
    size_t n = r->prefix.len;
    return str_starts(name, r->prefix) &&
           (name.len == n || name.p[n] == '$' || name.p[n] == '.');
}

/* No name fits two rules. Prefixes are told apart by their second and third characters before they are
   compared. */
static const struct rule *find_rule(struct str name)
{
    for (size_t i = 0; name.len > 3 && i < sizeof rules / sizeof *rules; i++) {
        const char *p = rules[i].prefix.p;
        if (p[1] == name.p[1] && p[2] == name.p[2] && fits(&rules[i], name)) {
            return &rules[i];
        }
    }
    return NULL;
}

/* The same for many names: RECENT, by the second character, holds what fitted before, 1 + number. */
static const struct rule *find_again(struct str name, uint8_t recent[32])
{
    uint8_t *last = &recent[name.len > 1 ? (uint8_t)name.p[1] & 31 : 0];
    if (*last && fits(&rules[*last - 1], name)) {
        return &rules[*last - 1];
    }
    const struct rule *r = find_rule(name);
    *last = r ? (uint8_t)(r - rules + 1) : *last;
    return r;
}

/* Lists of a standard section: 1 the plain name, 2 name$suffix by suffix, 3 name.suffix. */
static int bucket_of(const struct rule *r, struct str name, bool comdat)
{
    size_t n = r->prefix.len;
    if (str_starts(name, S(".tls$"))) { /* the C runtime's first and last place of the TLS template */
        return str_is(name, ".tls$AAA") ? 0 : str_is(name, ".tls$ZZZ") ? PE_BUCKETS - 2 : 2;
    }
    if (r->bucket != 1 || !r->by_name || name.len == n) {
        return r->bucket;
    }
    if (name.p[n] == '$') {
        return comdat && r->rank <= RANK_OS_RDATA ? 3 : 2;
    }
    return 4;
}

/* Is list B of R's section sorted by name? */
static bool is_sorted(const struct rule *r, int b)
{
    return b == 2 || (r->by_name && r->bucket != 1);
}

/* Contents with FLAGS join OS: a section of zeros gets a place in the file. */
static struct ld_osec *take_contents(struct ld_osec *os, unsigned flags)
{
    if (os->nobits && flags & (IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_CNT_CODE)) {
        os->raw_flags = (os->raw_flags & ~(uint64_t)IMAGE_SCN_CNT_UNINITIALIZED_DATA) |
                        IMAGE_SCN_CNT_INITIALIZED_DATA;
        os->nobits = false;
    }
    return os;
}

static struct ld_osec *orphan(struct ld *ld, struct ld_chunk *c, struct str name)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    unsigned flags = (unsigned)s->raw_flags &
                     (IMAGE_SCN_CNT_CODE | IMAGE_SCN_CNT_INITIALIZED_DATA |
                      IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_EXECUTE |
                      IMAGE_SCN_MEM_WRITE | IMAGE_SCN_MEM_SHARED);
    flags |= IMAGE_SCN_MEM_READ;
    int rank = !(flags & IMAGE_SCN_MEM_WRITE) ? flags & IMAGE_SCN_MEM_EXECUTE ? RANK_OS_CODE : RANK_OS_RO
               : flags & IMAGE_SCN_CNT_UNINITIALIZED_DATA ? RANK_OS_ZEROS
                                                          : RANK_OS_RW;
    if (s->flags & (SEC_DEBUG | SEC_DISCARDABLE)) {
        flags = F_DISCARD;
        rank = RANK_OS_DEBUG;
    }
    const char *plain = arena_strdup(&ld->arena, str_head(name, str_find(name, '$')));
    const char *out = pe_merged_name(ld, plain);
    const struct rule *r = out == plain ? NULL : find_rule(str_c(out));
    if (r) { /* what joins a standard section has that one's access */
        return take_contents(pe_osec(ld, out, r->flags, r->rank), flags);
    }
    struct ld_osec *os = pe_osec(ld, out, flags, rank);
    uint32_t cnt = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_CNT_CODE;
    os->raw_flags |= flags;
    if (os->raw_flags & cnt) { /* contents beside zeros: the zeros are written out */
        os->raw_flags &= ~(uint64_t)IMAGE_SCN_CNT_UNINITIALIZED_DATA;
    }
    os->nobits = (os->raw_flags & IMAGE_SCN_CNT_UNINITIALIZED_DATA) != 0;
    struct pe_osec *po = os->priv;
    if (!os->nobits && po->rank == RANK_OS_ZEROS) {
        po->rank = RANK_OS_RW;
    }
    return os;
}

static bool is_dropped(struct str name)
{
    return str_is(name, ".drectve") || str_starts(name, S(".llvm_addrsig")) ||
           str_starts(name, S(".llvm.call-graph")) || str_is(name, ".note.GNU-stack") ||
           str_starts(name, S(".gnu.lto_")) || str_starts(name, S(".debug$")) ||
           str_is(name, ".sxdata") || str_starts(name, S(".gfids")) || str_starts(name, S(".giats")) ||
           str_starts(name, S(".gljmp")) || str_starts(name, S(".gehcont")) || str_starts(name, S(".gnu_debug"));
}

enum { PLACE_DROPPED = 0, PLACE_ORPHAN = 255 };

/* Decides by name where each section goes, while the names are at hand. Parallel: writes only F. */
void pe_classify_sections(struct ld_file *f)
{
    struct pe_file *pf = pe_file_of(f);
    uint8_t recent[32] = {0};
    pf->places = arena_alloc(f->obj.arena, f->obj.n_sections * sizeof *pf->places);
    for (uint32_t i = 1; i < f->obj.n_sections; i++) {
        const struct section *s = &f->obj.sections[i];
        const struct rule *r = s->flags & SEC_DEBUG ? NULL : find_again(s->name, recent);
        if (r) {
            int b = bucket_of(r, s->name, (s->flags & SEC_COMDAT) != 0);
            pf->places[i] = (struct pe_place){(uint8_t)(r - rules + 1), (uint8_t)b};
            if (is_sorted(r, b)) { /* the name is read again */
                pe_own_name(f, &f->obj.sections[i].name);
            }
        } else {
            pf->places[i].rule = is_dropped(s->name) ? PLACE_DROPPED : PLACE_ORPHAN;
            if (pf->places[i].rule == PLACE_ORPHAN) { /* a debugging section, most often */
                pe_own_name(f, &f->obj.sections[i].name);
            }
        }
    }
}

bool pe_is_rsrc(const struct ld_file *f, uint32_t sec)
{
    const struct pe_place *places = pe_file_of(f)->places;
    if (!places) { /* -r */
        return str_starts(f->obj.sections[sec].name, S(".rsrc"));
    }
    uint8_t rule = places[sec].rule;
    return rule != PLACE_DROPPED && rule != PLACE_ORPHAN && rules[rule - 1].rank == RANK_OS_RSRC;
}

static void add_orphan(struct ld *ld, struct ld_chunk *c)
{
    struct str name = c->file->obj.sections[c->sec].name;
    if (str_starts(name, S(".gnu.linkonce.wi."))) {
        name = S(".debug_info");
    }
    if (ld->opt.orphan_handling && !(c->flags & LDC_DEBUG)) {
        ld_orphan(ld, c, name);
        if (!(c->flags & LDC_LIVE)) {
            return;
        }
    }
    struct ld_osec *os = orphan(ld, c, name);
    ((struct pe_osec *)os->priv)->buckets[2].by_name = true;
    pe_bucket_add(ld, os, str_find(name, '$') != SIZE_MAX ? 2 : 1, c);
}

static bool drops(const struct ld *ld, const struct ld_chunk *c, struct pe_place place)
{
    return place.rule == PLACE_DROPPED || (c->flags & LDC_DEBUG && ld->opt.strip != STRIP_NONE);
}

void pe_drop_sections(struct ld *ld, struct ld_file *f)
{
    if (f->kind != LD_OBJECT || f->bad || f->skip) {
        return;
    }
    for (uint32_t i = 0; i < f->n_live; i++) {
        uint32_t s = f->live[i];
        if (drops(ld, &f->chunks[s], pe_file_of(f)->places[s])) {
            f->chunks[s].flags &= ~(uint32_t)LDC_LIVE;
        }
    }
}

uint64_t pe_input_flags(const struct ld_file *f, uint32_t sec)
{
    const struct pe_place *places = pe_file_of(f)->places;
    uint8_t rule = places ? places[sec].rule : PLACE_ORPHAN; /* none for -r */
    return rule == PLACE_DROPPED || rule == PLACE_ORPHAN ? f->obj.sections[sec].raw_flags : rules[rule - 1].flags;
}

void pe_gather_pdata(struct ld *ld)
{
    struct ld_osec *pdata = pe_of(ld)->pdata;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        bool object = f->kind == LD_OBJECT && !f->bad && !f->skip;
        for (uint32_t i = 0; object && i < f->n_live; i++) {
            uint32_t s = f->live[i];
            uint8_t rule = pe_file_of(f)->places[s].rule;
            if (f->chunks[s].flags & LDC_LIVE && rule != PLACE_DROPPED && rule != PLACE_ORPHAN &&
                rules[rule - 1].rank == RANK_OS_PDATA) {
                pe_bucket_add(ld, pdata, 1, &f->chunks[s]);
            }
        }
    }
}

static void assign_file(struct ld *ld, struct ld_file *f, struct ld_osec **by_rule)
{
    const struct pe_place *places = pe_file_of(f)->places;
    for (uint32_t i = 0; i < f->n_live; i++) {
        uint32_t s = f->live[i];
        struct ld_chunk *c = &f->chunks[s];
        if (!(c->flags & LDC_LIVE) || c->osec) { /* a script may have taken it */
            continue;
        }
        if (drops(ld, c, places[s])) {
            c->flags &= ~(uint32_t)LDC_LIVE;
            continue;
        }
        if (c->size == 0 && !(c->flags & LDC_ROOT)) {
            c->align_p2 = 0; /* nothing to place, but symbols may stand in it */
        }
        if (places[s].rule == PLACE_ORPHAN) {
            add_orphan(ld, c);
            continue;
        }
        const struct rule *r = &rules[places[s].rule - 1];
        struct ld_osec **os = &by_rule[places[s].rule - 1];
        if (!*os) {
            const char *to = pe_merged_name(ld, r->os);
            const struct rule *tr = to == r->os ? r : find_rule(str_c(to));
            tr = tr ? tr : r;
            *os = take_contents(pe_osec(ld, to, tr->flags, tr->rank), r->flags);
        }
        int b = places[s].bucket;
        ((struct pe_osec *)(*os)->priv)->buckets[b].by_name = is_sorted(r, b);
        pe_bucket_add(ld, *os, b, c);
    }
}

void pe_assign_sections(struct ld *ld)
{
    struct ld_osec *by_rule[sizeof rules / sizeof *rules] = {0};
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_OBJECT && !f->bad && !f->skip) {
            assign_file(ld, f, by_rule);
        }
    }
}

/* ---- order --------------------------------------------------------------------------------------- */

/* .ctor and .dtor come between the plain lists and those with a priority. */
static struct str name_of(const struct ld_chunk *c)
{
    struct str name = c->file ? c->file->obj.sections[c->sec].name : pe_mark_name(c);
    return str_is(name, ".ctor") ? S(".ctors\001") : str_is(name, ".dtor") ? S(".dtors\001") : name;
}

static void sort_bucket(struct pe_bucket *b)
{
    struct sort_name *v = xmalloc(b->v.n * sizeof *v);
    for (size_t i = 0; i < b->v.n; i++) {
        v[i] = (struct sort_name){.name = name_of(b->v.p[i]), .seq = (uint32_t)i, .item = b->v.p[i]};
    }
    sort_names(v, b->v.n);
    for (size_t i = 0; i < b->v.n; i++) {
        b->v.p[i] = v[i].item;
    }
    free(v);
}

/* Puts the ends around a constructor list. */
static void frame_list(struct ld *ld, int bucket, struct ld_chunk *head)
{
    struct pe *pe = pe_of(ld);
    struct pe_bucket *b = &((struct pe_osec *)pe->text->priv)->buckets[bucket];
    uint8_t tail[8] = {0};
    vec_push(&b->v, head);
    memmove(b->v.p + 1, b->v.p, (b->v.n - 1) * sizeof *b->v.p);
    b->v.p[0] = head;
    head->osec = pe->text->idx;
    pe_bucket_add(ld, pe->text, bucket, ld_bytes_chunk(ld, tail, pe->word, head->align_p2));
}

/* The place of debugging section NAME among those that GNU's script lists; others come behind them. */
static unsigned debug_place(struct str name)
{
    static const char *const known[] = {
        "aranges", "pubnames", "info", "abbrev", "line", "frame", "str", "loc", "macinfo", "weaknames", "funcnames",
        "typenames", "varnames", "pubtypes", "ranges", "types", "addr", "line_str", "loclists", "macro", "names",
        "rnglists", "str_offsets", "sup", "gdb_scripts"};
    enum { N_KNOWN = sizeof known / sizeof *known };
    bool packed = str_starts(name, S(".zdebug_"));
    if (str_starts(name, S(".stab"))) {
        return 0;
    }
    struct str rest = packed || str_starts(name, S(".debug_")) ? str_skip(name, packed ? 8 : 7) : S("");
    for (unsigned i = 0; i < N_KNOWN; i++) {
        if (str_is(rest, known[i])) {
            return (i + 1) * 2 + packed;
        }
    }
    return (N_KNOWN + 1) * 2;
}

static int cmp_osec(const void *x, const void *y)
{
    const struct ld_osec *a = *(struct ld_osec *const *)x, *b = *(struct ld_osec *const *)y;
    const struct pe_osec *pa = a->priv, *pb = b->priv;
    if (pa->rank != pb->rank) {
        return (pa->rank > pb->rank) - (pa->rank < pb->rank);
    }
    if (pa->rank == RANK_OS_DEBUG) {
        unsigned i = debug_place(a->name), k = debug_place(b->name);
        if (i != k) {
            return (i > k) - (i < k);
        }
    }
    return (a->idx > b->idx) - (a->idx < b->idx);
}

void pe_sort_buckets(struct ld *ld)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct pe_osec *po = ld->osecs.p[i]->priv;
        for (int b = 0; po && b < PE_BUCKETS; b++) {
            if (po->buckets[b].by_name && po->buckets[b].v.n > 1) {
                sort_bucket(&po->buckets[b]);
            }
            if (po && ld->order && b > 0 && b < PE_BUCKETS - 1) {
                ld_order_list(ld, po->buckets[b].v.p, po->buckets[b].v.n);
            }
        }
    }
}

void pe_flush_buckets(struct ld *ld)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        struct pe_osec *po = os->priv;
        for (int b = 0; po && b < PE_BUCKETS; b++) {
            for (size_t k = 0; k < po->buckets[b].v.n; k++) {
                vec_push(&os->chunks, po->buckets[b].v.p[k]);
            }
            vec_free(&po->buckets[b].v);
            po->buckets[b].v.n = 0;
        }
    }
}

/* Lists become the chunk order of each section, and the sections get their order. */
void pe_order_sections(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    pe_sort_buckets(ld);
    frame_list(ld, TEXT_CTORS, pe->ctors);
    frame_list(ld, TEXT_DTORS, pe->dtors);
    pe_flush_buckets(ld);
    for (size_t i = 1; i < ld->osecs.n; i++) {
        if (ld->osecs.p[i]->priv) {
            vec_push(&pe->order, ld->osecs.p[i]);
        }
    }
    qsort(pe->order.p, pe->order.n, sizeof *pe->order.p, cmp_osec);
}
