/* elf_elect.c - the section table of an object as a linker wants it: no tables, and no COMDAT groups that are
   known to lose.

   Of the sections of a C++ object, a third hold relocations and a third are groups of two or three others. None of
   these is ever placed anywhere; they are read here, once, and get no place in the model: relocations are noted with
   their target (section.reloc_off), groups are obj->comdats. Of the rest, most belong to groups that another file has
   too, and a linker that parses files in order knows of many while it parses. So the section headers are surveyed
   first, the elector is asked, and groups that lost get no place either. What is left out is one section,
   obj->lost_sec (SEC_LOST); symbols keep their numbers, and those of left out sections lie in it.

   The survey takes only what it understands beyond doubt. Of an object with anything unusual nothing is left out.
   Source: gABI 4, "Section Groups", "Relocation". */
#include <stdlib.h>

#include "obj/elf_int.h"

#define NONE UINT32_MAX

/* A section group as it is stored. */
struct group {
    struct str name;
    const uint8_t *words;  /* the flag word, then the members */
    uint32_t n_words, link, info;
    uint32_t claim;        /* index in claims, NONE: it is no COMDAT */
};

struct survey {
    const struct object *obj;
    struct elf *e;
    struct view table, names, symbols, strings;
    uint32_t n;          /* sections, with the null one */
    uint32_t *group_of;  /* [n]: 1 + the index in groups of the one that has the section, 0: none; or IS_TABLE */
    struct group *groups;
    uint32_t n_groups, cap_groups, symtab, rel_link;
    uint8_t rel_type;    /* SHT_RELA, SHT_REL, 0: none so far */
    struct comdat_claim *claims; /* [n_groups] */
};

#define IS_TABLE UINT32_MAX

/* The fields of a section header that the survey looks at. */
struct header {
    uint32_t name, type, link, info;
    uint64_t flags, off, size, align, entsize;
};

static inline __attribute__((always_inline)) struct header decode(const uint8_t *p, bool is64, bool be)
{
    if (is64) {
        return (struct header){get_u32(p, be), get_u32(p + 4, be), get_u32(p + 40, be), get_u32(p + 44, be),
                               get_u64(p + 8, be), get_u64(p + 24, be), get_u64(p + 32, be), get_u64(p + 48, be),
                               get_u64(p + 56, be)};
    }
    return (struct header){get_u32(p, be), get_u32(p + 4, be), get_u32(p + 24, be), get_u32(p + 28, be),
                           get_u32(p + 8, be), get_u32(p + 16, be), get_u32(p + 20, be), get_u32(p + 32, be),
                           get_u32(p + 36, be)};
}

static inline struct header header(const struct survey *s, uint32_t i)
{
    const uint8_t *p = s->table.p + (uint64_t)i * s->e->shentsize;
    return s->obj->is64 && !s->obj->big_endian ? decode(p, true, false) : decode(p, s->obj->is64, s->obj->big_endian);
}

static uint64_t sym_size(const struct survey *s)
{
    return s->obj->is64 ? SYM64_SIZE : SYM32_SIZE;
}

static bool survey_relocs(struct survey *s, const struct header *h)
{
    uint64_t each = elf_reloc_size(s->obj, h->type);
    if (h->info == 0 || h->info >= s->n || s->e->rels[h->info].known || (h->entsize != each && h->entsize != 0) ||
        h->size % each != 0 || h->size / each > UINT32_MAX / 2 || h->off > UINT32_MAX ||
        h->flags & (SHF_ALLOC | SHF_COMPRESSED) || (s->rel_type && s->rel_type != h->type) ||
        (s->rel_link && s->rel_link != h->link)) {
        return false;
    }
    s->e->rels[h->info] = (struct elf_rels){(uint32_t)h->off, (uint32_t)(h->size / each) & INT32_MAX, true};
    s->rel_type = (uint8_t)h->type;
    s->rel_link = h->link;
    return true;
}

static void add_group(struct survey *s, const struct header *h, const uint8_t *words)
{
    if (s->n_groups == s->cap_groups) {
        s->cap_groups = s->cap_groups ? s->cap_groups * 2 : 64;
        s->groups = xrealloc(s->groups, s->cap_groups * sizeof *s->groups);
    }
    s->groups[s->n_groups++] = (struct group){
        .words = words, .n_words = (uint32_t)(h->size / 4), .link = h->link, .info = h->info, .claim = NONE};
}

/* Names that make the object something else than plain code: intermediate code; groups from before groups. */
static bool is_plain(const struct survey *s, uint32_t name)
{
    struct str n = {(const char *)s->names.p + name, (size_t)(s->names.len - name)};
    return !str_starts(n, S(".gnu.l")) && !str_starts(n, S(".llvm.lto")) && !str_starts(n, S(".llvmbc"));
}

static bool survey_section(struct survey *s, uint32_t i)
{
    struct header h = header(s, i);
    struct view data;
    if (h.name >= s->names.len || h.align & (h.align - 1) || h.align > UINT64_C(1) << 32 ||
        (h.type != SHT_NOBITS && h.type != SHT_NULL && !view_sub(s->obj->bytes, h.off, h.size, &data))) {
        return false;
    }
    switch (h.type) {
    case SHT_SYMTAB:
        s->symbols = data;
        s->symtab = s->symtab ? NONE : i;
        return s->symtab == i && h.link != 0 && h.link < s->n;
    case SHT_RELA: case SHT_REL:
        s->group_of[i] = IS_TABLE;
        return survey_relocs(s, &h);
    case SHT_GROUP:
        s->group_of[i] = IS_TABLE;
        add_group(s, &h, data.p);
        return h.size >= 4 && h.size % 4 == 0 && h.size <= UINT32_MAX && h.info != 0;
    case SHT_CREL: case SHT_DYNSYM: case SHT_DYNAMIC:
        return false;
    default:
        return is_plain(s, h.name);
    }
}

/* A group's members note that they are in it. Relocations follow what they relocate. */
static bool survey_group(struct survey *s, uint32_t g)
{
    struct group *k = &s->groups[g];
    bool be = s->obj->big_endian;
    if (k->link != s->symtab || k->info >= s->symbols.len / sym_size(s)) {
        return false;
    }
    uint32_t at = get_u32(s->symbols.p + k->info * sym_size(s), be);
    if (at == 0 || !view_cstr(s->strings, at, &k->name) || k->name.len > CLAIM_NAME_MAX) {
        return false; /* a section symbol: goes by its section's name */
    }
    for (uint32_t w = 1; w < k->n_words; w++) {
        uint32_t m = get_u32(k->words + 4 * (uint64_t)w, be);
        if (m == 0 || m >= s->n || (s->group_of[m] && s->group_of[m] != IS_TABLE)) {
            return false;
        }
        if (s->group_of[m] == 0) {
            s->group_of[m] = g + 1;
        } else if (header(s, m).type == SHT_GROUP) {
            return false;
        }
    }
    return true;
}

static bool survey_all(struct survey *s)
{
    for (uint32_t i = 1; i < s->n; i++) {
        if (!survey_section(s, i)) {
            return false;
        }
    }
    if (!s->symtab || (s->rel_link && s->rel_link != s->symtab)) {
        return false;
    }
    struct header strings = header(s, header(s, s->symtab).link);
    if (strings.type == SHT_NOBITS || !view_sub(s->obj->bytes, strings.off, strings.size, &s->strings)) {
        return false;
    }
    for (uint32_t g = 0; g < s->n_groups; g++) {
        if (!survey_group(s, g)) {
            return false;
        }
    }
    return true;
}

/* ---- the outcome ------------------------------------------------------------------------------------ */

/* Does group G's symbol name the group's own definition, so that it is a reference to another file's if that is
   taken? A weak one: it asks nothing of that. */
static bool is_leader(const struct survey *s, uint32_t g)
{
    const struct group *k = &s->groups[g];
    const uint8_t *p = s->symbols.p + k->info * sym_size(s);
    uint8_t info = p[s->obj->is64 ? 4 : 12], other = p[s->obj->is64 ? 5 : 13];
    uint32_t sec = get_u16(p + (s->obj->is64 ? 6 : 14), s->obj->big_endian);
    return info >> 4 == STB_WEAK && (info & 15) != STT_SECTION && (info & 15) != STT_FILE && other == 0 && sec < s->n &&
           s->group_of[sec] == g + 1 && !memchr(k->name.p, '@', k->name.len);
}

/* Asks the elector about the COMDATs. Returns how many claims there are. */
static uint32_t elect(struct survey *s)
{
    uint32_t n = 0;
    s->claims = xmalloc((size_t)s->n_groups * sizeof *s->claims);
    for (uint32_t g = 0; g < s->n_groups; g++) {
        struct group *k = &s->groups[g];
        if (get_u32(k->words, s->obj->big_endian) & GRP_COMDAT) { /* others are never dropped as duplicates */
            k->claim = n;
            s->claims[n++] = (struct comdat_claim){
                .name = k->name.p, .name_len = k->name.len & CLAIM_NAME_MAX, .sym = is_leader(s, g) ? k->info : NONE};
        }
    }
    s->obj->elector->elect(s->obj->elector, s->claims, n);
    return n;
}

static bool is_lost(const struct survey *s, uint32_t claim)
{
    return claim != NONE && s->claims[claim].lost;
}

/* Numbers the sections that stay. */
static void number_sections(const struct survey *s, struct object *obj)
{
    uint32_t n = 1;
    obj->n_raw_secs = s->n - 1;
    obj->sec_map = arena_alloc(obj->arena, (size_t)s->n * sizeof *obj->sec_map);
    obj->sec_map[0] = 0;
    for (uint32_t i = 1; i < s->n; i++) {
        uint32_t g = s->group_of[i];
        bool out = g == IS_TABLE || (g && is_lost(s, s->groups[g - 1].claim));
        obj->sec_map[i] = out ? 0 : n++;
    }
    obj->lost_sec = n;
}

/* The groups that stay, by the numbers of the model. */
static void list_comdats(const struct survey *s, struct object *obj)
{
    uint64_t n_members = 0, n_kept = 0;
    for (uint32_t g = 0; g < s->n_groups; g++) {
        bool kept = !is_lost(s, s->groups[g].claim);
        n_kept += kept;
        n_members += kept ? s->groups[g].n_words - 1 : 0;
    }
    uint32_t *members = arena_alloc(obj->arena, (size_t)n_members * sizeof *members);
    obj->comdats = arena_alloc(obj->arena, (size_t)n_kept * sizeof *obj->comdats);
    for (uint32_t g = 0; g < s->n_groups; g++) {
        const struct group *k = &s->groups[g];
        struct comdat c = {.name = k->name, .sym = k->info, .members = members, .group_sec = obj->lost_sec,
                           .selection = k->claim == NONE ? COMDAT_NONE : COMDAT_ANY};
        if (is_lost(s, k->claim)) {
            continue;
        }
        for (uint32_t w = 1; w < k->n_words; w++) {
            uint32_t m = obj->sec_map[get_u32(k->words + 4 * (uint64_t)w, obj->big_endian)];
            if (m) {
                members[c.n_members++] = m;
            }
        }
        members += c.n_members;
        if (k->claim != NONE) {
            s->claims[k->claim].comdat = obj->n_comdats;
        }
        obj->comdats[obj->n_comdats++] = c;
    }
}

/* Of the claims, those that somebody will ask for. */
static void keep_claims(const struct survey *s, struct object *obj, uint32_t n)
{
    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct comdat_claim *c = &s->claims[i];
        if (c->token != NONE && (!c->lost || c->sym != NONE)) {
            s->claims[n_kept++] = *c;
        }
    }
    obj->claims = arena_alloc(obj->elector->brief, (size_t)n_kept * sizeof *obj->claims);
    memcpy(obj->claims, s->claims, (size_t)n_kept * sizeof *obj->claims);
    obj->n_claims = n_kept;
}

bool elf_elect(struct object *obj, struct elf *e, struct view table, struct view names)
{
    struct survey s = {.obj = obj, .e = e, .table = table, .names = names, .n = e->shnum};
    if (names.len == 0 || names.p[names.len - 1] != 0) {
        return false;
    }
    s.group_of = xcalloc(s.n, sizeof *s.group_of);
    e->rels = xcalloc(s.n, sizeof *e->rels);
    e->lean = survey_all(&s);
    if (e->lean) {
        uint32_t n_claims = elect(&s);
        number_sections(&s, obj);
        list_comdats(&s, obj);
        keep_claims(&s, obj, n_claims);
        e->lean_rela = s.rel_type != SHT_REL;
    } else {
        elf_end_election(e);
    }
    free(s.group_of);
    free(s.groups);
    free(s.claims);
    return e->lean;
}

void elf_end_election(struct elf *e)
{
    free(e->rels);
    e->rels = NULL;
}

struct str elf_lost_name(const struct object *obj, uint32_t raw)
{
    struct elf *e = elf_of(obj);
    const struct section *tab = &obj->sections[e->symtab];
    struct survey s = {.obj = obj, .e = e};
    uint16_t sec;
    struct str name;
    if (!view_u16(tab->data, raw * sym_size(&s) + (obj->is64 ? 6 : 14), obj->big_endian, &sec) ||
        sec >= SHN_LORESERVE || sec >= e->shnum ||
        !view_sub(obj->bytes, e->shoff, (uint64_t)e->shnum * e->shentsize, &s.table)) {
        return S("?");
    }
    struct header strings = header(&s, e->shstrndx);
    bool named = view_sub(obj->bytes, strings.off, strings.size, &s.names) &&
                 view_cstr(s.names, header(&s, sec).name, &name);
    return named ? name : S("?");
}
