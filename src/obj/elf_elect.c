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

struct survey {
    const struct object *obj;
    struct elf *e;
    struct view table, names, symbols, strings;
    uint32_t n;          /* sections, with the null one */
    uint32_t *group_of;  /* [n]: 1 + the index in groups of the one that has the section, 0: none */
    uint32_t *groups;    /* [n_groups]: section numbers */
    uint32_t n_groups, cap_groups, symtab, rel_link;
    uint8_t rel_type;    /* SHT_RELA, SHT_REL, 0: none so far */
    struct comdat_claim *claims; /* [n_groups] */
};

/* The fields of a section header that the survey looks at. */
struct header {
    uint32_t name, type, link, info;
    uint64_t flags, off, size, align, entsize;
};

static struct header header(const struct survey *s, uint32_t i)
{
    const uint8_t *p = s->table.p + (uint64_t)i * s->e->shentsize;
    bool be = s->obj->big_endian;
    if (s->obj->is64) {
        return (struct header){get_u32(p, be), get_u32(p + 4, be), get_u32(p + 40, be), get_u32(p + 44, be),
                               get_u64(p + 8, be), get_u64(p + 24, be), get_u64(p + 32, be), get_u64(p + 48, be),
                               get_u64(p + 56, be)};
    }
    return (struct header){get_u32(p, be), get_u32(p + 4, be), get_u32(p + 24, be), get_u32(p + 28, be),
                           get_u32(p + 8, be), get_u32(p + 16, be), get_u32(p + 20, be), get_u32(p + 32, be),
                           get_u32(p + 36, be)};
}

static uint64_t sym_size(const struct survey *s)
{
    return s->obj->is64 ? SYM64_SIZE : SYM32_SIZE;
}

static bool survey_relocs(struct survey *s, uint32_t i, const struct header *h)
{
    uint64_t each = elf_reloc_size(s->obj, h->type);
    if (h->info == 0 || h->info >= s->n || s->e->rel_of[h->info] || (h->entsize != each && h->entsize != 0) ||
        h->size % each != 0 || h->size / each > UINT32_MAX || h->off > UINT32_MAX ||
        h->flags & (SHF_ALLOC | SHF_COMPRESSED) || (s->rel_type && s->rel_type != h->type) ||
        (s->rel_link && s->rel_link != h->link)) {
        return false;
    }
    s->e->rel_of[h->info] = i;
    s->rel_type = (uint8_t)h->type;
    s->rel_link = h->link;
    return true;
}

static void add_group(struct survey *s, uint32_t i)
{
    if (s->n_groups == s->cap_groups) {
        s->cap_groups = s->cap_groups ? s->cap_groups * 2 : 64;
        s->groups = xrealloc(s->groups, s->cap_groups * sizeof *s->groups);
    }
    s->groups[s->n_groups++] = i;
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
    if (h.name >= s->names.len || h.align & (h.align - 1) || h.align > UINT64_C(1) << 32 || !is_plain(s, h.name) ||
        (h.type != SHT_NOBITS && h.type != SHT_NULL && !view_sub(s->obj->bytes, h.off, h.size, &data))) {
        return false;
    }
    switch (h.type) {
    case SHT_SYMTAB:
        s->symbols = data;
        s->symtab = s->symtab ? NONE : i;
        return s->symtab == i && h.link != 0 && h.link < s->n;
    case SHT_RELA: case SHT_REL:
        return survey_relocs(s, i, &h);
    case SHT_GROUP:
        add_group(s, i);
        return true;
    case SHT_CREL: case SHT_DYNSYM: case SHT_DYNAMIC:
        return false;
    default:
        return true;
    }
}

/* A group's members note that they are in it. */
static bool survey_group(struct survey *s, uint32_t g, struct comdat_claim *c)
{
    uint32_t idx = s->groups[g];
    struct header h = header(s, idx);
    bool be = s->obj->big_endian;
    const uint8_t *p = s->obj->bytes.p + h.off;
    if (h.size < 4 || h.size % 4 != 0 || h.link != s->symtab || h.info == 0 ||
        h.info >= s->symbols.len / sym_size(s)) {
        return false;
    }
    *c = (struct comdat_claim){.raw = h.info, .sym = NONE};
    uint32_t at = get_u32(s->symbols.p + h.info * sym_size(s), be);
    if (at == 0 || !view_cstr(s->strings, at, &c->name)) {
        return false; /* a section symbol: goes by its section's name */
    }
    for (uint64_t k = 4; k < h.size; k += 4) {
        uint32_t m = get_u32(p + k, be);
        if (m == 0 || m >= s->n || s->group_of[m]) {
            return false;
        }
        s->group_of[m] = g + 1;
    }
    return true;
}

/* Does claim C's symbol name the group's own definition, so that it is a reference to another file's if that is
   taken? A weak one: it asks nothing of that. */
static bool is_leader(const struct survey *s, uint32_t g, const struct comdat_claim *c)
{
    const uint8_t *p = s->symbols.p + c->raw * sym_size(s);
    uint8_t info = p[s->obj->is64 ? 4 : 12], other = p[s->obj->is64 ? 5 : 13];
    uint32_t sec = get_u16(p + (s->obj->is64 ? 6 : 14), s->obj->big_endian);
    return info >> 4 == STB_WEAK && (info & 15) != STT_SECTION && (info & 15) != STT_FILE && other == 0 && sec < s->n &&
           s->group_of[sec] == g + 1 && !memchr(c->name.p, '@', c->name.len);
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
    s->claims = xmalloc((size_t)s->n_groups * sizeof *s->claims);
    for (uint32_t g = 0; g < s->n_groups; g++) {
        if (!survey_group(s, g, &s->claims[g])) {
            return false;
        }
    }
    for (uint32_t g = 0; g < s->n_groups; g++) {
        if (s->group_of[s->groups[g]]) {
            return false; /* a group in a group */
        }
    }
    return true;
}

/* ---- the outcome ------------------------------------------------------------------------------------ */

/* A group without GRP_COMDAT is never dropped as a duplicate. */
static bool is_comdat(const struct survey *s, uint32_t g)
{
    return get_u32(s->obj->bytes.p + header(s, s->groups[g]).off, s->obj->big_endian) & GRP_COMDAT;
}

/* Asks the elector about the COMDATs and returns by group: its claim, or NONE. */
static uint32_t *elect(const struct survey *s, uint32_t *n_claims)
{
    uint32_t n = 0, *of = xmalloc((size_t)s->n_groups * sizeof *of);
    for (uint32_t g = 0; g < s->n_groups; g++) {
        of[g] = NONE;
        if (is_comdat(s, g)) {
            struct comdat_claim c = s->claims[g];
            c.sym = is_leader(s, g, &c) ? c.raw : NONE;
            of[g] = n;
            s->claims[n++] = c;
        }
    }
    s->obj->elector->elect(s->obj->elector, s->claims, n);
    *n_claims = n;
    return of;
}

static bool is_table(uint32_t type)
{
    return type == SHT_RELA || type == SHT_REL || type == SHT_GROUP;
}

/* Numbers the sections that stay. */
static void number_sections(const struct survey *s, struct object *obj, const uint32_t *claim_of)
{
    uint32_t n = 1;
    obj->n_raw_secs = s->n - 1;
    obj->sec_map = arena_alloc(obj->arena, (size_t)s->n * sizeof *obj->sec_map);
    obj->sec_map[0] = 0;
    for (uint32_t i = 1; i < s->n; i++) {
        uint32_t g = s->group_of[i], c = g ? claim_of[g - 1] : NONE;
        bool out = is_table(get_u32(s->table.p + (uint64_t)i * s->e->shentsize + 4, obj->big_endian)) ||
                   (c != NONE && s->claims[c].lost);
        obj->sec_map[i] = out ? 0 : n++;
    }
    obj->lost_sec = n;
}

/* The groups that stay, by the numbers of the model. */
static void list_comdats(const struct survey *s, struct object *obj, const uint32_t *claim_of)
{
    uint64_t n_members = 0;
    for (uint32_t i = 1; i < s->n; i++) {
        n_members += s->group_of[i] && obj->sec_map[i];
    }
    uint32_t *members = arena_alloc(obj->arena, (size_t)n_members * sizeof *members);
    obj->comdats = arena_alloc(obj->arena, (size_t)s->n_groups * sizeof *obj->comdats);
    for (uint32_t g = 0; g < s->n_groups; g++) {
        struct header h = header(s, s->groups[g]);
        struct comdat_claim *c = claim_of[g] == NONE ? NULL : &s->claims[claim_of[g]];
        struct comdat k = {.sym = h.info, .members = members, .group_sec = obj->lost_sec,
                           .selection = c ? COMDAT_ANY : COMDAT_NONE};
        if (c && c->lost) {
            continue;
        }
        (void)view_cstr(s->strings, get_u32(s->symbols.p + h.info * sym_size(s), obj->big_endian), &k.name);
        for (uint64_t at = 4; at < h.size; at += 4) {
            uint32_t m = obj->sec_map[get_u32(obj->bytes.p + h.off + at, obj->big_endian)];
            if (m) {
                members[k.n_members++] = m;
            }
        }
        members += k.n_members;
        if (c) {
            c->comdat = obj->n_comdats;
        }
        obj->comdats[obj->n_comdats++] = k;
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
    obj->claims = arena_alloc(obj->arena, (size_t)n_kept * sizeof *obj->claims);
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
    e->rel_of = xcalloc(s.n, sizeof *e->rel_of);
    bool ok = survey_all(&s);
    if (ok) {
        uint32_t n_claims, *claim_of = elect(&s, &n_claims);
        number_sections(&s, obj, claim_of);
        list_comdats(&s, obj, claim_of);
        keep_claims(&s, obj, n_claims);
        free(claim_of);
        e->lean = true;
        e->lean_rela = s.rel_type != SHT_REL;
    } else {
        elf_end_election(e);
    }
    free(s.group_of);
    free(s.groups);
    free(s.claims);
    return ok;
}

void elf_end_election(struct elf *e)
{
    free(e->rel_of);
    e->rel_of = NULL;
}

struct str elf_lost_name(const struct object *obj, uint32_t raw)
{
    struct elf *e = elf_of(obj);
    const struct section *tab = &obj->sections[e->symtab];
    struct survey s = {.obj = obj, .e = e};
    uint16_t sec;
    struct str name;
    if (!view_u16(tab->data, raw * sym_size(&s) + (obj->is64 ? 6 : 14), obj->big_endian, &sec) || sec >= e->shnum ||
        !view_sub(obj->bytes, e->shoff, (uint64_t)e->shnum * e->shentsize, &s.table)) {
        return S("?");
    }
    struct header strings = header(&s, e->shstrndx);
    bool named = view_sub(obj->bytes, strings.off, strings.size, &s.names) &&
                 view_cstr(s.names, header(&s, sec).name, &name);
    return named ? name : S("?");
}
