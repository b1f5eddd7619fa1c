/* sections.c - which output section an input section goes to, and in which order they lie.

   Names fold as GNU ld's default script folds them: .text.f into .text, .data.rel.ro.x into .data.rel.ro.
   The order keeps what needs equal protection together: read-only tables that the loader reads, code,
   read-only data, then what is written only by the loader (RELRO), then data, then zeros. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* ---- names ------------------------------------------------------------------------------------------- */

/* What may follow a prefix: nothing or a dot; a dot; nothing; anything. */
enum fold_how { FOLD_PART, FOLD_DOT, FOLD_WHOLE, FOLD_ANY };

#define TO(how, from, to) {{from, sizeof from - 1}, {to, sizeof to - 1}, how}
static const struct {
    struct str prefix, to;
    enum fold_how how;
} folds[] = {
    TO(FOLD_PART, ".text", ".text"),
    TO(FOLD_PART, ".rodata", ".rodata"),
    TO(FOLD_PART, ".data.rel.ro", ".data.rel.ro"),
    TO(FOLD_PART, ".data", ".data"),
    TO(FOLD_PART, ".bss.rel.ro", ".bss.rel.ro"),
    TO(FOLD_PART, ".bss", ".bss"),
    TO(FOLD_PART, ".tdata", ".tdata"),
    TO(FOLD_PART, ".tbss", ".tbss"),
    TO(FOLD_PART, ".init_array", ".init_array"),
    TO(FOLD_PART, ".fini_array", ".fini_array"),
    TO(FOLD_PART, ".preinit_array", ".preinit_array"),
    TO(FOLD_PART, ".ctors", ".ctors"),
    TO(FOLD_PART, ".dtors", ".dtors"),
    TO(FOLD_PART, ".gcc_except_table", ".gcc_except_table"),
    TO(FOLD_DOT, ".gnu.linkonce.t", ".text"),
    TO(FOLD_DOT, ".gnu.linkonce.r", ".rodata"),
    TO(FOLD_DOT, ".gnu.linkonce.d.rel.ro", ".data.rel.ro"),
    TO(FOLD_DOT, ".gnu.linkonce.d", ".data"),
    TO(FOLD_DOT, ".gnu.linkonce.b", ".bss"),
    TO(FOLD_DOT, ".gnu.linkonce.td", ".tdata"),
    TO(FOLD_DOT, ".gnu.linkonce.tb", ".tbss"),
    TO(FOLD_DOT, ".gnu.linkonce.wi", ".debug_info"),
    TO(FOLD_DOT, ".gnu.linkonce.lr", ".lrodata"),
    TO(FOLD_DOT, ".gnu.linkonce.lb", ".lbss"),
    TO(FOLD_DOT, ".gnu.linkonce.l", ".ldata"),
    TO(FOLD_PART, ".eh_frame", ".eh_frame"),
    TO(FOLD_PART, ".ltext", ".ltext"),
    TO(FOLD_PART, ".lrodata", ".lrodata"),
    TO(FOLD_PART, ".ldata", ".ldata"),
    TO(FOLD_PART, ".lbss", ".lbss"),
    TO(FOLD_PART, ".note.gnu.build-id", ".note.gnu.build-id"),
    TO(FOLD_PART, ".debug_line", ".debug_line"), /* gas --gdwarf-sections */
    TO(FOLD_WHOLE, ".debug_line_end", ".debug_line"),
    TO(FOLD_ANY, ".exception_ranges", ".exception_ranges"),
    TO(FOLD_ANY, ".gnu_extab", ".gnu_extab"),
    TO(FOLD_WHOLE, ".stub", ".text"),
    TO(FOLD_WHOLE, ".tcommon", ".tbss"),
    TO(FOLD_WHOLE, ".dynbss", ".bss"),
    TO(FOLD_WHOLE, ".dynlbss", ".lbss"),
};
#undef TO
enum { N_FOLDS = sizeof folds / sizeof *folds };

static bool may_follow(enum fold_how how, struct str rest)
{
    switch (how) {
    case FOLD_PART: return rest.len == 0 || rest.p[0] == '.';
    case FOLD_DOT: return rest.len && rest.p[0] == '.';
    case FOLD_WHOLE: return rest.len == 0;
    default: return true;
    }
}

static unsigned fold_of(struct str name)
{
    if (name.len < 4 || name.p[0] != '.') {
        return N_FOLDS;
    }
    for (unsigned i = 0; i < N_FOLDS; i++) {
        size_t n = folds[i].prefix.len;
        if (name.len >= n && name.p[1] == folds[i].prefix.p[1] && memcmp(name.p, folds[i].prefix.p, n) == 0 &&
            may_follow(folds[i].how, str_skip(name, n))) {
            return i;
        }
    }
    return N_FOLDS;
}

static uint8_t text_order(struct str n)
{
    if (n.len < 9) {
        return TEXT_REST;
    }
    switch (n.p[6]) { /* behind ".text." */
    case 'u': return str_starts(n, S(".text.unlikely")) ? TEXT_UNLIKELY : TEXT_REST;
    case 'e': return str_starts(n, S(".text.exit")) ? TEXT_EXIT : TEXT_REST;
    case 's':
        return str_starts(n, S(".text.startup"))   ? TEXT_STARTUP
               : str_starts(n, S(".text.sorted.")) ? TEXT_SORTED : TEXT_REST;
    case 'h': return str_starts(n, S(".text.hot")) ? TEXT_HOT : TEXT_REST;
    default: return TEXT_REST;
    }
}

void elf_classify_section(const struct section *s, struct ld_chunk *c)
{
    c->place = (uint8_t)fold_of(s->name);
    c->order = text_order(s->name);
}

/* .text.hot.f and its like stay apart with -z keep-text-section-prefix. */
static const char *kept_prefix(struct str name)
{
    static const char *const prefixes[] = {".text.hot", ".text.unlikely", ".text.startup", ".text.exit",
                                           NULL};
    for (int i = 0; prefixes[i]; i++) {
        struct str p = str_c(prefixes[i]);
        if (str_starts(name, p) && (name.len == p.len || name.p[p.len] == '.')) {
            return prefixes[i];
        }
    }
    return NULL;
}

/* Flags that describe the input file, not the image. */
static const uint64_t dropped_flags = SHF_GROUP | SHF_COMPRESSED | SHF_GNU_RETAIN | SHF_EXCLUDE;

static uint32_t model_flags(uint64_t f)
{
    return (f & SHF_ALLOC ? SEC_ALLOC : 0u) | (f & SHF_WRITE ? SEC_WRITE : 0u) |
           (f & SHF_EXECINSTR ? SEC_EXEC : 0u) | (f & SHF_TLS ? SEC_TLS : 0u);
}

void elf_add_input(struct ld *ld, struct ld_osec *os, struct ld_chunk *c)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    uint64_t flags = s->raw_flags & ~dropped_flags;
    bool first = os->chunks.n == 0 && os->raw_type == SHT_NULL;
    if (first) {
        os->raw_type = s->raw_type;
        os->raw_flags = flags;
        os->entsize = s->entsize;
        os->nobits = s->raw_type == SHT_NOBITS;
    } else {
        uint64_t both = SHF_MERGE | SHF_STRINGS | SHF_LINK_ORDER;
        os->raw_flags = ((os->raw_flags | flags) & ~both) | (os->raw_flags & flags & both);
        if (os->entsize != s->entsize) {
            os->entsize = 0;
            os->raw_flags &= ~(uint64_t)(SHF_MERGE | SHF_STRINGS);
        }
        bool array = os->raw_type == SHT_INIT_ARRAY || os->raw_type == SHT_FINI_ARRAY;
        if (os->raw_type != s->raw_type && s->size && !(array && c->flags & LDC_REVERSED)) {
            os->raw_type = os->raw_type == SHT_NOBITS ? s->raw_type
                           : s->raw_type == SHT_NOBITS ? os->raw_type : SHT_PROGBITS;
        }
        os->nobits = os->raw_type == SHT_NOBITS;
    }
    os->flags = model_flags(os->raw_flags);
    ld_osec_add(ld, os, c);
}

/* What comes first gives the type, unless the name does; zeros become contents when contents join them. */
static void join_type(struct ld_osec *os, uint32_t type, uint64_t flags, uint64_t entsize)
{
    bool init = str_starts(os->name, S(".init_array")), fini = str_starts(os->name, S(".fini_array"));
    uint64_t both = SHF_MERGE | SHF_STRINGS | SHF_LINK_ORDER, own = os->keep ? SHF_ALLOC : 0;
    if (os->raw_type == SHT_NULL) {
        os->raw_type = type == SHT_NOBITS && os->keep ? SHT_PROGBITS : type;
        os->raw_flags = flags | own;
        os->entsize = entsize;
        if ((init || fini) && (os->name.len == 11 || os->name.p[11] == '.')) {
            os->raw_type = init ? SHT_INIT_ARRAY : SHT_FINI_ARRAY;
        }
    } else {
        os->raw_flags = ((os->raw_flags | flags) & ~both) | (os->raw_flags & flags & both);
        if (os->raw_type == SHT_NOBITS && type != SHT_NOBITS) {
            os->raw_type = SHT_PROGBITS;
        }
        if (os->raw_flags & SHF_MERGE && os->entsize != entsize) {
            os->raw_flags &= ~(uint64_t)(SHF_MERGE | SHF_STRINGS);
        }
        os->entsize = os->raw_flags & SHF_MERGE || os->entsize == entsize ? os->entsize : 0;
    }
    os->nobits = os->raw_type == SHT_NOBITS;
    os->flags = model_flags(os->raw_flags);
}

/* Of the entries of tables that the linker makes. */
static uint64_t made_entsize(const struct ld *ld, uint32_t type)
{
    const struct elf_link *e = elf_of_ld(ld);
    switch (type) {
    case SHT_DYNSYM: return e->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    case SHT_RELA: case SHT_REL: return e->rel_size;
    case SHT_DYNAMIC: return e->word * 2;
    case SHT_RELR: return e->word;
    case SHT_HASH: return 4;
    case SHT_GNU_VERSYM: return 2;
    default: return 0;
    }
}

void elf_script_add(struct ld *ld, struct ld_osec *os, struct ld_chunk *c)
{
    if (c->file) {
        const struct section *s = &c->file->obj.sections[c->sec];
        join_type(os, s->raw_type, s->raw_flags & ~dropped_flags, s->entsize);
    } else if (ld_made(c)->type != SHT_NULL && !(c == elf_of_ld(ld)->plt && !elf_of_ld(ld)->dynamic && !c->size)) {
        const struct ld_made_chunk *m = ld_made(c);
        join_type(os, m->type, m->flags, m->flags & SHF_STRINGS ? 1 : made_entsize(ld, m->type));
    }
    ld_osec_add(ld, os, c);
}

void elf_script_join_plt(struct ld *ld, struct ld_osec *os)
{
    struct ld_chunk *c = elf_of_ld(ld)->plt;
    const struct ld_made_chunk *m = c ? ld_made(c) : NULL;
    if (m && c->osec == os->idx && c->size && m->type != SHT_NULL && !elf_of_ld(ld)->dynamic) {
        join_type(os, m->type, m->flags, made_entsize(ld, m->type));
    }
}

struct ld_osec *elf_osec(struct ld *ld, const char *name, uint32_t type, uint64_t flags,
                         uint64_t entsize)
{
    struct ld_osec *os = ld_osec(ld, str_c(name));
    if (os->raw_type == SHT_NULL || os->raw_type == SHT_NOBITS) {
        os->raw_type = type;
    }
    os->nobits = os->raw_type == SHT_NOBITS;
    os->raw_flags |= flags;
    os->entsize = os->chunks.n ? os->entsize : entsize;
    os->flags = model_flags(os->raw_flags);
    return os;
}

struct ld_osec *elf_other_commons(struct ld *ld, const struct symbol *won, const char *tls, const char *large)
{
    return won->type == SYM_TLS      ? elf_osec(ld, tls, SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS, 0)
           : won->flags & SYMF_LARGE ? elf_osec(ld, large, SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_X86_64_LARGE, 0)
                                     : NULL;
}

static struct ld_osec *other_bss(struct ld *ld, const struct symbol *won)
{
    return elf_other_commons(ld, won, ".tbss", ".lbss");
}

void elf_alloc_commons(struct ld *ld)
{
    ld_alloc_commons(ld, elf_osec(ld, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0), other_bss);
}

struct str elf_output_name(const struct ld *ld, const struct section *s)
{
    const struct elf_link *e = elf_of_ld(ld);
    unsigned k = fold_of(s->name);
    if (k < N_FOLDS) {
        const char *kept = k == 0 && e->z.keep_text_prefix ? kept_prefix(s->name) : NULL;
        return kept ? str_c(kept) : folds[k].to;
    }
    if (str_starts(s->name, S(".zdebug_"))) {
        return S("");
    }
    return s->name;
}

enum { RANK_NOTE = 4 };

static unsigned named_rank(struct str n)
{
    static const struct { const char *name; unsigned rank; } table[] = {
        {".interp", 1}, {".note.gnu.property", 2}, {".note.gnu.build-id", RANK_NOTE}, {".hash", 5},
        {".gnu.hash", 6}, {".dynsym", 7}, {".dynstr", 8}, {".gnu.version", 9}, {".gnu.version_d", 10},
        {".gnu.version_r", 11}, {".rela.dyn", 12}, {".rel.dyn", 12}, {".relr.dyn", 13},
        {".rela.plt", 14}, {".rel.plt", 14}, {".init", 20}, {".plt", 21}, {".plt.got", 22},
        {".plt.sec", 23}, {".text", 24}, {".fini", 26}, {".rodata", 30}, {".eh_frame_hdr", 33},
        {".eh_frame", 34}, {".gcc_except_table", 35}, {".rodata1", 32},
        {".gnu_extab", 36}, {".exception_ranges", 37}, {".tdata", 40}, {".tbss", 41},
        {".preinit_array", 42}, {".init_array", 43}, {".fini_array", 44}, {".ctors", 45},
        {".dtors", 46}, {".jcr", 47}, {".data.rel.ro", 48}, {".bss.rel.ro", 49}, {".dynamic", 50},
        {".got", 51}, {".got.plt", 60}, {".data", 61}, {".data1", 63}, {".bss", 70}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (str_is(n, table[i].name)) {
            return table[i].rank;
        }
    }
    return 0;
}

/* Does GNU ld's default script for -r speak of sections of this name? */
bool elf_is_known_in_r(struct str name)
{
    return named_rank(name) || str_is(name, ".comment") || str_is(name, ".line") || str_starts(name, S(".debug")) ||
           str_starts(name, S(".stab"));
}

/* ... for images, which brings together what -r leaves apart. */
static bool is_known(struct str name)
{
    return fold_of(name) != N_FOLDS || elf_is_known_in_r(name);
}

/* --unique: does an input section get an output section of its own? */
bool elf_is_unique(const struct ld *ld, struct str name)
{
    for (size_t i = 0; i < ld->opt.unique.n; i++) {
        struct str p = str_c(ld->opt.unique.p[i]);
        if (p.len ? str_glob(p, name) : !is_known(name)) {
            return true;
        }
    }
    return false;
}

/* Old compilers' lists of constructors run from the end: they join the arrays of today, turned round. The
   ends of the lists, in crtbegin.o and crtend.o, stay. */
static const char *array_of(const struct ld *ld, const struct ld_chunk *c)
{
    struct str n = c->file->obj.sections[c->sec].name, file = str_basename(ld_file_origin(c->file)->name);
    bool ctors = str_starts(n, S(".ctors")), dtors = str_starts(n, S(".dtors"));
    if (!(ctors || dtors) || !(n.len == 6 || n.p[6] == '.') || ld->opt.elf.no_ctors_in_init_array ||
        c->size % elf_of_ld(ld)->word || str_glob(S("*crtbegin.o"), file) || str_glob(S("*crtbegin?.o"), file) ||
        str_glob(S("*crtend.o"), file) || str_glob(S("*crtend?.o"), file)) {
        return NULL;
    }
    return ctors ? ".init_array" : ".fini_array";
}

static struct ld_osec *osec_for(struct ld *ld, struct ld_chunk *c, struct ld_osec **cache)
{
    const struct elf_link *e = elf_of_ld(ld);
    unsigned k = c->place;
    if (ld->opt.unique.n && elf_is_unique(ld, c->file->obj.sections[c->sec].name)) {
        return elf_new_osec(ld, c->file->obj.sections[c->sec].name);
    }
    const char *array = k < N_FOLDS && folds[k].to.p[2] == 't' ? array_of(ld, c) : NULL; /* .ctors, .dtors */
    if (array) {
        c->flags |= LDC_REVERSED;
        return elf_osec(ld, array, array[1] == 'i' ? SHT_INIT_ARRAY : SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE, 0);
    }
    if (k < N_FOLDS && !(k == 0 && e->z.keep_text_prefix)) {
        if (!cache[k]) {
            cache[k] = ld_osec(ld, folds[k].to);
        }
        return cache[k];
    }
    const struct section *s = &c->file->obj.sections[c->sec];
    struct str name = elf_output_name(ld, s);
    if (name.len == 0) { /* .zdebug_info inflates into .debug_info */
        name = str_c(arena_printf(&ld->arena, ".%.*s", Q(str_skip(s->name, 2))));
    }
    return ld_osec(ld, name);
}

/* Calls PLACE for each input section that is in no output section. */
static void each_unplaced(struct ld *ld, void (*place)(struct ld *ld, struct ld_chunk *c, void *ctx), void *ctx)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind != LD_OBJECT || f->bad || f->skip) {
            continue;
        }
        for (uint32_t i = 0; i < f->n_live; i++) {
            struct ld_chunk *c = &f->chunks[f->live[i]];
            if (c->flags & LDC_LIVE && !c->osec && !(c->flags & (LDC_FOLDED | LDC_MERGE))) {
                place(ld, c, ctx);
            }
        }
    }
}

static void place_by_fold(struct ld *ld, struct ld_chunk *c, void *cache)
{
    elf_add_input(ld, osec_for(ld, c, cache), c);
}

/* --orphan-handling: there is no script, but GNU ld's has no place for some sections either. */
static void look_at_orphan(struct ld *ld, struct ld_chunk *c, void *ctx)
{
    struct str name = c->file->obj.sections[c->sec].name;
    (void)ctx;
    if (!is_known(name)) {
        ld_orphan(ld, c, name);
    }
}

void elf_assign_sections(struct ld *ld)
{
    struct ld_osec *cache[N_FOLDS] = {0};
    if (ld->opt.orphan_handling) {
        each_unplaced(ld, look_at_orphan, NULL);
    }
    each_unplaced(ld, place_by_fold, cache);
}

/* By their own names, as they come: no description selects them. Sections of one name that are in the file and
   not, or have an address and not, stay apart. */
static struct ld_osec *orphan_osec(struct ld *ld, const struct ld_chunk *c)
{
    const struct section *s = &c->file->obj.sections[c->sec];
    struct str name = s->name;
    if (str_starts(name, S(".zdebug_"))) {
        name = str_c(arena_printf(&ld->arena, ".%.*s", Q(str_skip(name, 2))));
    }
    if (ld->opt.unique.n && elf_is_unique(ld, name)) {
        return elf_new_osec(ld, name);
    }
    struct ld_osec *os = ld_osec(ld, name);
    if (os->raw_type != SHT_NULL && os->chunks.n &&
        ((os->raw_flags ^ s->raw_flags) & SHF_ALLOC || os->nobits != (s->raw_type == SHT_NOBITS))) {
        return elf_new_osec(ld, name);
    }
    return os;
}

static void place_orphan(struct ld *ld, struct ld_chunk *c, void *seq)
{
    struct ld_osec *os = orphan_osec(ld, c);
    if (os->sort_key == 0 || os->sort_key == UINT64_MAX) {
        os->sort_key = ++*(uint64_t *)seq;
    }
    elf_script_add(ld, os, c);
}

void elf_script_orphans(struct ld *ld)
{
    uint64_t seq = 0;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        ld->osecs.p[i]->sort_key = UINT64_MAX; /* made ones come last */
    }
    each_unplaced(ld, place_orphan, &seq);
}

/* ---- order of output sections ------------------------------------------------------------------------------ */

/* Data of the larger code models stands behind all else, so that the rest keeps together. */
static unsigned large_rank(uint64_t f, bool nobits)
{
    return f & SHF_EXECINSTR ? 79 : !(f & SHF_WRITE) ? 80 : nobits ? 82 : 81;
}

unsigned elf_osec_rank(const struct ld *ld, const struct ld_osec *os)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint64_t f = os->raw_flags;
    unsigned r = named_rank(os->name);
    if (!(f & SHF_ALLOC)) {
        return 100;
    }
    if (elf_is_large(ld, os)) {
        return large_rank(f, os->nobits);
    }
    unsigned lo = f & SHF_WRITE ? (f & SHF_TLS ? 40 : 40) : f & SHF_EXECINSTR ? 20 : 0;
    unsigned hi = f & SHF_WRITE ? 99 : f & SHF_EXECINSTR ? 29 : 39;
    if (f & SHF_EXECINSTR && f & SHF_WRITE) {
        lo = 20;
        hi = 29;
    }
    if (str_is(os->name, ".got.plt") && e->z.now) {
        return 52;
    }
    if (r >= lo && r <= hi && r && !(r >= 20 && r < 30 && !(f & SHF_EXECINSTR))) {
        return os->nobits && r == 61 ? 69 : r;
    }
    if (f & SHF_EXECINSTR) {
        return 25;
    }
    if (!(f & SHF_WRITE)) {
        return os->raw_type == SHT_NOTE ? RANK_NOTE : 31;
    }
    if (f & SHF_TLS) {
        return os->nobits ? 41 : 40;
    }
    return os->nobits ? 71 : 62;
}

bool elf_is_relro(const struct ld *ld, const struct ld_osec *os)
{
    unsigned r = elf_osec_rank(ld, os);
    return r >= 40 && r < 60;
}

static int cmp_osec(const void *a, const void *b)
{
    struct ld_osec *const *x = a, *const *y = b;
    uint64_t rx = (*x)->sort_key, ry = (*y)->sort_key;
    if (rx != ry) {
        return rx < ry ? -1 : 1;
    }
    if (rx == RANK_NOTE) { /* notes of one alignment stand together, so that they share a header */
        bool id_x = str_is((*x)->name, ".note.gnu.build-id"), id_y = str_is((*y)->name, ".note.gnu.build-id");
        if ((*x)->align_p2 != (*y)->align_p2) {
            return (*x)->align_p2 > (*y)->align_p2 ? -1 : 1;
        }
        if (id_x != id_y) {
            return id_x ? -1 : 1;
        }
    }
    return (*x)->idx < (*y)->idx ? -1 : 1;
}

/* Is there anything to write? Sections that stayed empty are dropped. */
static bool is_present(const struct ld_osec *os)
{
    return os->size || os->keep;
}

void elf_order_sections(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    elf_order_inside(ld);
    e->order.n = 0;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (!os->n_laid || os->n_laid != os->chunks.n) {
            ld_layout_osec(os);
        }
        os->number = 0;
        if (is_present(os)) {
            os->sort_key = elf_osec_rank(ld, os);
            vec_push(&e->order, os);
        }
    }
    if (e->order.n) {
        qsort(e->order.p, e->order.n, sizeof *e->order.p, cmp_osec);
    }
    elf_order_links(ld);
    if (ld->script) {
        elf_script_beside(ld);
    }
    for (size_t i = 0; i < e->order.n; i++) {
        e->order.p[i]->number = (uint32_t)i + 1;
    }
    e->shnum = (uint32_t)e->order.n + 1;
}

/* ---- sections that the linker makes ---------------------------------------------------------------------- */

static struct ld_chunk *make(struct ld *ld, const char *name, uint32_t type, uint64_t flags,
                             uint64_t entsize, uint8_t align_p2, const struct ld_chunk_ops *ops)
{
    struct ld_osec *os = elf_osec(ld, name, type, flags | SHF_ALLOC, entsize);
    struct ld_chunk *c = ld_new_chunk(ld, ops, 0, align_p2, NULL);
    ld_osec_add(ld, os, c);
    return c;
}

/* Tables that are ready in memory: large ones are written in parts. */

static void part_of_buf(struct ld *ld, const struct ld_chunk *c, uint64_t from, uint64_t n, uint8_t *out)
{
    (void)ld;
    const struct buf *b = c->priv;
    uint64_t have = b && b->n > from ? b->n - from : 0;
    have = have < n ? have : n;
    if (have) {
        memcpy(out, b->p + from, (size_t)have);
    }
    memset(out + have, 0, (size_t)(n - have));
}

static void write_buf(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    part_of_buf(ld, c, 0, c->size, out);
}

static void part_of_rel_dyn(struct ld *ld, const struct ld_chunk *c, uint64_t from, uint64_t n, uint8_t *out)
{
    (void)c;
    memcpy(out, elf_of_ld(ld)->rel_dyn_bytes + from, (size_t)n);
}

static void write_rel_dyn(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    part_of_rel_dyn(ld, c, 0, c->size, out);
}

static void write_relr(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    memcpy(out, elf_of_ld(ld)->relr_bytes, (size_t)c->size);
}

static const struct ld_part_ops buf_ops = {{"table", write_buf}, part_of_buf};

static struct ld_chunk *make_table(struct ld *ld, const char *name, uint32_t type, uint64_t entsize,
                                   uint8_t align_p2, const struct ld_part_ops *ops)
{
    struct ld_chunk *c = make(ld, name, type, 0, entsize, align_p2, &ops->ops);
    c->flags |= LDC_PARTS;
    return c;
}

struct ld_chunk *elf_buf_chunk(struct ld *ld, const char *name, uint32_t type, uint64_t flags,
                               uint64_t entsize, uint8_t align_p2, struct buf *b)
{
    struct ld_chunk *c = make(ld, name, type, flags, entsize, align_p2, &buf_ops.ops);
    c->flags |= LDC_PARTS;
    c->priv = b;
    return c;
}

static void make_dynamic_sections(struct ld *ld, struct elf_link *e, uint8_t word_p2)
{
    static const struct ld_part_ops rel_ops = {{"dynamic relocations", write_rel_dyn}, part_of_rel_dyn};
    static const struct ld_chunk_ops relr_ops = {"dynamic relocations", write_relr};
    bool w64 = e->word == 8;
    const char *style = ld->opt.elf.hash_style ? ld->opt.elf.hash_style : "both";
    if (e->has_interp && ld->opt.elf.dynamic_linker) {
        const char *path = ld->opt.elf.dynamic_linker;
        e->interp = ld_bytes_chunk(ld, path, strlen(path) + 1, 0);
        ld_osec_add(ld, elf_osec(ld, ".interp", SHT_PROGBITS, SHF_ALLOC, 0), e->interp);
    }
    if (strcmp(style, "gnu") != 0) {
        e->hash = make_table(ld, ".hash", SHT_HASH, 4, word_p2, &buf_ops);
    }
    if (strcmp(style, "sysv") != 0) {
        e->gnu_hash = make_table(ld, ".gnu.hash", SHT_GNU_HASH, 0, word_p2, &buf_ops);
    }
    e->dynsym = make(ld, ".dynsym", SHT_DYNSYM, 0, w64 ? SYM64_SIZE : SYM32_SIZE, word_p2, NULL);
    e->dynstr = elf_buf_chunk(ld, ".dynstr", SHT_STRTAB, 0, 0, 0, &e->dynstr_buf);
    e->versym = make_table(ld, ".gnu.version", SHT_GNU_VERSYM, 2, 1, &buf_ops);
    e->verdef = elf_buf_chunk(ld, ".gnu.version_d", SHT_GNU_VERDEF, 0, 0, word_p2, &e->verdef_buf);
    e->verneed = elf_buf_chunk(ld, ".gnu.version_r", SHT_GNU_VERNEED, 0, 0, word_p2, &e->verneed_buf);
    e->rel_dyn = make_table(ld, e->rela ? ".rela.dyn" : ".rel.dyn", e->rela ? SHT_RELA : SHT_REL,
                            e->rel_size, word_p2, &rel_ops);
    if (e->z.pack_relr) {
        e->relr = make(ld, ".relr.dyn", SHT_RELR, 0, e->word, word_p2, &relr_ops);
    }
    e->dyn = make(ld, ".dynamic", SHT_DYNAMIC, SHF_WRITE, e->word * 2, word_p2, NULL);
}

void elf_make_synthetic(struct ld *ld)
{
    static const struct ld_chunk_ops got = {"GOT", elf_write_got}, got_plt = {"GOT", elf_write_got_plt},
                                     plt = {"PLT", elf_write_plt}, plt_sec = {"PLT", elf_write_plt_sec},
                                     plt_got = {"PLT", elf_write_plt_got},
                                     rel_plt = {"PLT relocations", elf_write_rel_plt},
                                     copy = {"copied data", NULL};
    struct elf_link *e = elf_of_ld(ld);
    uint8_t word_p2 = e->word == 8 ? 3 : 2;
    if (e->dynamic) {
        make_dynamic_sections(ld, e, word_p2);
    }
    e->rel_plt = make(ld, e->rela ? ".rela.plt" : ".rel.plt", e->rela ? SHT_RELA : SHT_REL, 0,
                      e->rel_size, word_p2, &rel_plt);
    e->plt = make(ld, ".plt", SHT_PROGBITS, SHF_EXECINSTR, 16, 4, &plt);
    e->plt_sec = make(ld, ".plt.sec", SHT_PROGBITS, SHF_EXECINSTR, 16, 4, &plt_sec);
    e->plt_got = make(ld, ".plt.got", SHT_PROGBITS, SHF_EXECINSTR, 16, 4, &plt_got);
    e->got = make(ld, ".got", SHT_PROGBITS, SHF_WRITE, e->word, word_p2, &got);
    e->got_plt = make(ld, ".got.plt", SHT_PROGBITS, SHF_WRITE, e->word, word_p2, &got_plt);
    if (e->dynamic && !e->shared) {
        e->copy = make(ld, ".bss", SHT_NOBITS, SHF_WRITE, 0, 0, &copy);
        e->copy->flags |= LDC_NOBITS;
        e->copy_ro = make(ld, ".bss.rel.ro", SHT_NOBITS, SHF_WRITE, 0, 0, &copy);
        e->copy_ro->flags |= LDC_NOBITS;
    }
}
