/* coff_syms.c - the COFF symbol table, of objects and of images that still have one.

   A table of 18-byte records (20 in bigobj files). Each symbol may be followed by auxiliary records,
   which have numbers of their own but no meaning of their own; relocations count them, so the
   reader keeps a map from record number to model index. What a record is, is told by its storage
   class together with its section number and value:

       EXTERNAL, section 0, value 0        undefined
       EXTERNAL, section 0, value n        common, n bytes
       EXTERNAL, section k                 global definition
       WEAK_EXTERNAL                       undefined, but a default is named (auxiliary record)
       STATIC                              local, or the definition of its section
       FILE                                the source file's name, in the auxiliary records

   Source: PE format, "COFF Symbol Table" and "Auxiliary Symbol Records". Where the specification
   leaves a choice, GNU's reading (BFD) is taken, for nm is compared with GNU's. */
#include <stdlib.h>

#include "obj/coff_common.h"
#include "obj/coff_fmt.h"

#define NONE UINT32_MAX

/* One record, decoded. */
struct raw_sym {
    const uint8_t *p;
    uint32_t value;
    int32_t scnum; /* as the model counts, if it is a section */
    uint16_t type;
    uint8_t cls, naux;
};

static inline struct raw_sym decode(const uint8_t *p, bool big)
{
    struct raw_sym r = {.p = p, .value = get_u32le(p + COFF_SYM_VALUE)};
    if (big) {
        r.scnum = (int32_t)get_u32le(p + COFF_SYM_SECNUM);
        p += 2;
    } else {
        uint16_t n = get_u16le(p + COFF_SYM_SECNUM);
        r.scnum = n > COFF_MAX_SECS ? (int16_t)n : n;
    }
    r.type = get_u16le(p + COFF_SYM_TYPE);
    r.cls = p[COFF_SYM_CLASS];
    r.naux = p[COFF_SYM_NAUX];
    return r;
}

/* What the walk over the table carries. */
struct walk {
    struct object *obj;
    struct coff_tables *t;
    struct coff_comdat_state *comdat; /* per section, NULL if no section is COMDAT */
    uint32_t raw;                     /* number of the current record */
    uint32_t n_mapped;                /* sections in obj->sec_map, 0 if there is none */
    uint32_t n_weak;                  /* weak externals, whose aliases are still record numbers */
    uint32_t lost;                    /* the local symbol of what is left out; NONE: not yet made */
};

/* Reports a damaged symbol; it is left out, and relocations against it fail. */
static bool bad_symbol(struct walk *w, const char *what)
{
    w->obj->failed |= LOADED_SYMBOLS;
    return diag_bad(w->obj->diag, w->t->sym_off + (uint64_t)w->raw * w->t->rec_len, "symbol %u: %s",
                    w->raw, what);
}

/* Is the string at OFF of the string table GUESS? Costs less than to find its end and compare then. */
static bool is_string(const struct walk *w, uint32_t off, struct str guess)
{
    struct view t = w->t->strtab;
    return guess.len > 8 && off < t.len && t.len - off > guess.len && t.p[off + guess.len] == 0 &&
           memcmp(t.p + off, guess.p, guess.len) == 0;
}

/* The likely name of a symbol: its section's, or what stands behind '$' there. */
static struct str guess_name(const struct walk *w, const struct raw_sym *r)
{
    if (r->scnum <= 0 || (uint32_t)r->scnum >= w->obj->n_sections) {
        return (struct str){0};
    }
    struct str name = w->obj->sections[r->scnum].name;
    if (r->cls == IMAGE_SYM_CLASS_EXTERNAL) {
        for (size_t i = 4; i < 8 && i < name.len; i++) { /* .text$f, .rdata$f, .bss$f */
            if (name.p[i] == '$') {
                return str_skip(name, i + 1);
            }
        }
        return (struct str){0};
    }
    return r->value == 0 && r->naux > 0 ? name : (struct str){0};
}

/* Is this the definition of a section beyond doubt? Its auxiliary record repeats the section's header. (The survey of
   coff_elect.c asks the same of the bytes.) */
static bool repeats_header(const struct walk *w, const struct raw_sym *r)
{
    if (r->cls != IMAGE_SYM_CLASS_STATIC || r->value != 0 || r->type != 0 || r->naux == 0 || r->scnum <= 0 ||
        (uint32_t)r->scnum >= w->obj->n_sections) {
        return false;
    }
    const uint8_t *aux = r->p + w->t->rec_len;
    const struct section *s = &w->obj->sections[r->scnum];
    uint64_t fill = s->size - get_u32le(aux + COFF_AUX_SEC_LEN);
    return (fill == 0 || (fill < COFF_MAX_FILL && aux[COFF_AUX_SEC_SELECTION] != 0)) &&
           get_u16le(aux + COFF_AUX_SEC_NRELOCS) == s->n_relocs;
}

static bool symbol_name(struct walk *w, const struct raw_sym *r, struct str *out)
{
    const uint8_t *p = r->p;
    if (get_u32le(p) != 0) {
        size_t n = 0;
        while (n < 8 && p[n]) {
            n++;
        }
        *out = (struct str){(const char *)p, n};
        return true;
    }
    uint32_t claim = w->t->to_model[w->raw];
    if (claim) {
        *out = claim_name(&w->obj->claims[claim - 1]);
        return true;
    }
    uint32_t off = get_u32le(p + COFF_SYM_STROFF);
    if (off == 0) {
        *out = (struct str){(const char *)p, 0};
        return true;
    }
    struct str guess = guess_name(w, r);
    if (off >= 4 && is_string(w, off, guess)) {
        *out = guess; /* the same bytes: whoever compares the two need not */
        return true;
    }
    if (off < 4 || !view_cstr(w->t->strtab, off, out)) {
        return bad_symbol(w, "name lies outside the string table");
    }
    return true;
}

/* The source name behind a .file symbol: spread over its auxiliary records, or, when the first four
   bytes are 0, an offset into the string table. */
static struct str file_name(struct walk *w, const struct raw_sym *r, struct str own)
{
    const uint8_t *aux = r->p + w->t->rec_len;
    struct str name;
    if (r->naux == 0) {
        return own;
    }
    if (get_u32le(aux) == 0) {
        return view_cstr(w->t->strtab, get_u32le(aux + 4), &name) ? name : own;
    }
    uint64_t max = (uint64_t)r->naux * w->t->rec_len;
    (void)view_padded(view_of(aux, max), 0, max, &name);
    return name;
}

/* Does this static symbol define its section? gas gives static functions an auxiliary record too,
   so the record alone does not tell. */
static bool defines_section(const struct raw_sym *r, const struct symbol *s, const struct section *sec)
{
    return r->value == 0 && r->type == 0 && r->naux > 0 && str_eq(s->name, sec->name);
}

static void note_comdat(struct walk *w, const struct raw_sym *r, const struct symbol *s, uint32_t idx, bool claimed)
{
    struct coff_comdat_state *st = &w->comdat[s->sec];
    const struct section *sec = &w->obj->sections[s->sec];
    if (s->flags & SYMF_SECTION_DEF) {
        const uint8_t *aux = r->p + w->t->rec_len;
        if (!st->defined) {
            st->defined = true;
            st->selection = aux[COFF_AUX_SEC_SELECTION];
            st->parent = get_u16le(aux + COFF_AUX_SEC_NUMBER);
            if (w->obj->bigobj) {
                st->parent |= (uint32_t)get_u16le(aux + COFF_AUX_SEC_NUMBER_HIGH) << 16;
            }
            if (w->obj->sec_map && st->parent <= w->obj->n_raw_secs) {
                st->parent = w->obj->sec_map[st->parent];
            }
        }
        return;
    }
    if (st->matched || !st->defined) {
        return;
    }
    if (claimed) { /* the survey went by the same rule */
        st->matched = true;
        st->leader = idx;
        return;
    }
    /* The leader is the symbol that the section is named after (gas: .text$f), or else the first
       one after the section's definition (Microsoft). */
    size_t dollar = str_find(sec->name, '$');
    struct str suffix = dollar == SIZE_MAX ? (struct str){0} : str_skip(sec->name, dollar + 1);
    struct str plain = s->name;
    if (w->obj->machine == MACH_I386 && plain.len > 0 && plain.p[0] == '_') {
        plain = str_skip(plain, 1);
    }
    st->matched = suffix.len > 0 && (str_eq(suffix, plain) || str_eq(suffix, s->name));
    if (st->matched || st->leader == NONE) {
        st->leader = idx;
    }
}

static void set_common(struct symbol *s, uint32_t size)
{
    s->sec = SEC_COMMON;
    s->type = SYM_COMMON;
    s->size = size;
    /* No format field says it: GNU's rule, overridden by .drectve's -aligncomm. */
    while (s->common_align_p2 < 5 && (UINT32_C(1) << s->common_align_p2) < size) {
        s->common_align_p2++;
    }
}

/* External and weak external symbols. */
static void classify_global(struct walk *w, const struct raw_sym *r, struct symbol *s)
{
    s->binding = BIND_GLOBAL;
    if ((r->type & IMAGE_SYM_DTYPE_MASK) == IMAGE_SYM_DTYPE_FUNCTION) {
        s->type = SYM_FUNC;
    }
    if (r->cls == IMAGE_SYM_CLASS_WEAK_EXTERNAL || r->cls == C_WEAKEXT) {
        s->binding = BIND_WEAK;
        if (s->sec == SEC_UNDEF && r->naux > 0) {
            const uint8_t *aux = r->p + w->t->rec_len;
            uint32_t kind = get_u32le(aux + COFF_AUX_WEAK_KIND);
            s->binding = BIND_WEAK_EXTERNAL;
            s->alias = get_u32le(aux + COFF_AUX_WEAK_TAG);
            s->weak_kind = (uint8_t)(kind > UINT8_MAX ? UINT8_MAX : kind);
            s->flags |= kind == IMAGE_WEAK_EXTERN_SEARCH_LIBRARY ? SYMF_LIBRARY_SEARCH : 0;
            w->n_weak++;
        }
    } else if (s->sec == SEC_UNDEF && r->value != 0) {
        set_common(s, r->value);
    }
}

/* Sets what the storage class decides. The section is already decoded. */
static void classify(struct walk *w, const struct raw_sym *r, struct symbol *s)
{
    bool placed = s->sec != SEC_UNDEF && !sec_is_special(s->sec);
    switch (r->cls) {
    case IMAGE_SYM_CLASS_EXTERNAL:
    case C_SYSTEM:
    case IMAGE_SYM_CLASS_WEAK_EXTERNAL:
    case C_WEAKEXT:
        classify_global(w, r, s);
        break;
    case IMAGE_SYM_CLASS_STATIC:
    case IMAGE_SYM_CLASS_LABEL:
        if (s->sec == SEC_DEBUGSYM) {
            s->type = SYM_DEBUG;
        } else if (placed && r->cls == IMAGE_SYM_CLASS_STATIC &&
                   defines_section(r, s, &w->obj->sections[s->sec])) {
            s->type = SYM_SECTION;
            s->flags |= SYMF_SECTION_DEF;
        } else if ((r->type & IMAGE_SYM_DTYPE_MASK) == IMAGE_SYM_DTYPE_FUNCTION) {
            s->type = SYM_FUNC;
        }
        break;
    case IMAGE_SYM_CLASS_SECTION:
        /* Import descriptors: a section, or a reference to one that other members bring. The value
           is garbage in some images. */
        s->type = SYM_SECTION;
        s->value = 0;
        break;
    case IMAGE_SYM_CLASS_FILE:
        s->type = SYM_FILE;
        s->name = file_name(w, r, s->name);
        break;
    case IMAGE_SYM_CLASS_BLOCK:
    case IMAGE_SYM_CLASS_FUNCTION:
    case IMAGE_SYM_CLASS_END_OF_FUNCTION:
        s->type = SYM_OTHER;
        break;
    default:
        s->type = SYM_DEBUG;
        break;
    }
}

static bool place(struct walk *w, const struct raw_sym *r, struct symbol *s)
{
    if (r->scnum > 0 && (uint32_t)r->scnum < w->obj->n_sections) {
        s->sec = (uint32_t)r->scnum;
        /* Values of images count from their section too; the model wants the address. */
        if (w->t->image) {
            s->value += w->obj->sections[s->sec].addr;
        }
        return true;
    }
    switch (r->scnum) {
    case IMAGE_SYM_UNDEFINED: s->sec = SEC_UNDEF; return true;
    case IMAGE_SYM_ABSOLUTE: s->sec = SEC_ABS; return true;
    case IMAGE_SYM_DEBUG: s->sec = SEC_DEBUGSYM; return true;
    default: return bad_symbol(w, "section number out of range");
    }
}

/* Weak externals name their default by record number. */
static void resolve_aliases(struct walk *w)
{
    struct object *obj = w->obj;
    for (uint32_t i = 0; i < obj->n_symbols && w->n_weak > 0; i++) {
        struct symbol *s = &obj->symbols[i];
        if (s->binding != BIND_WEAK_EXTERNAL) {
            continue;
        }
        w->n_weak--;
        w->raw = s->raw_idx;
        if (s->alias >= w->t->n_raw || w->t->to_model[s->alias] == NONE) {
            /* Linkers leave the number of the object's table in images, where nobody needs it. */
            if (!w->t->image) {
                bad_symbol(w, "its weak default is no symbol");
            }
            s->alias = NONE;
        } else {
            s->alias = w->t->to_model[s->alias];
        }
    }
}

/* R->scnum is the file's: makes it the model's. */
static inline void to_model_section(const struct walk *w, struct raw_sym *r)
{
    if ((uint32_t)r->scnum - 1 < w->n_mapped) {
        uint32_t sec = w->obj->sec_map[r->scnum];
        r->scnum = (int32_t)(sec ? sec : w->obj->lost_sec);
    }
}

/* The model's symbol for a local one in a section that is left out: the first of them stands for all. */
static uint32_t lost_symbol(struct walk *w, uint32_t *n)
{
    if (w->lost == NONE) {
        w->lost = (*n)++;
        w->obj->symbols[w->lost] =
            (struct symbol){.alias = NONE, .raw_idx = w->raw, .sec = w->obj->lost_sec, .type = SYM_SECTION};
    }
    return w->lost;
}

/* Reads record w->raw into *S; false if it is to be left out. */
static bool read_one(struct walk *w, const struct raw_sym *r, struct symbol *s)
{
    *s = (struct symbol){.alias = NONE, .raw_idx = w->raw, .value = r->value};
    s->raw_desc = r->type;
    s->raw_info = r->cls;
    if (!symbol_name(w, r, &s->name) || !place(w, r, s)) {
        return false;
    }
    classify(w, r, s);
    return true;
}

/* A local symbol of a section that is left out, of which a large link has more than of all others: nothing but its
   number is looked at. */
static inline bool is_lost_local(const struct walk *w, const uint8_t *p, const bool big)
{
    const uint8_t *cls = p + (big ? BIGOBJ_SYM_LEN : COFF_SYM_LEN) - 2;
    uint32_t sec = big ? get_u32le(p + COFF_SYM_SECNUM) : get_u16le(p + COFF_SYM_SECNUM);
    return sec - 1 < w->n_mapped && w->obj->sec_map[sec] == 0 && coff_is_local(*cls);
}

/* The definition of a section, which has its name: true if that is all that R is. */
static inline bool read_definition(const struct walk *w, const struct raw_sym *r, struct symbol *s)
{
    if (!w->obj->by_section_name || !repeats_header(w, r)) {
        return false;
    }
    *s = (struct symbol){.name = w->obj->sections[r->scnum].name, .sec = (uint32_t)r->scnum, .alias = NONE,
                         .raw_idx = w->raw, .raw_info = r->cls, .type = SYM_SECTION, .flags = SYMF_SECTION_DEF};
    return true;
}

/* Compiled twice, for records of either length. */
static inline __attribute__((always_inline)) void walk_table(struct walk *w, const uint8_t *table, const bool big)
{
    struct object *obj = w->obj;
    const struct coff_tables *t = w->t;
    const uint32_t n_raw = t->n_raw, rec_len = big ? BIGOBJ_SYM_LEN : COFF_SYM_LEN;
    uint32_t *to_model = t->to_model, n = 0;
    for (uint32_t raw = 0; raw < n_raw; raw++) {
        const uint8_t *p = table + (uint64_t)raw * rec_len;
        uint32_t naux = p[rec_len - 1];
        w->raw = raw;
        if (naux >= n_raw - raw) {
            if (!t->cut) {
                bad_symbol(w, "auxiliary records run past the end of the table");
            }
            naux = n_raw - raw - 1;
        }
        if (is_lost_local(w, p, big)) {
            to_model[raw] = lost_symbol(w, &n);
        } else {
            struct raw_sym r = decode(p, big);
            struct symbol *s = &obj->symbols[n];
            bool claimed = to_model[raw] != 0;
            r.naux = (uint8_t)naux;
            to_model_section(w, &r);
            if (read_definition(w, &r, s) || read_one(w, &r, s)) {
                to_model[raw] = n;
                if (w->comdat && !sec_is_special(s->sec) && obj->sections[s->sec].flags & SEC_COMDAT) {
                    note_comdat(w, &r, s, n, claimed);
                }
                n++;
            } else {
                to_model[raw] = NONE;
            }
        }
        if (naux) {
            to_model[++raw] = NONE; /* mostly the only one */
        }
        for (unsigned k = 1; k < naux; k++) {
            to_model[++raw] = NONE;
        }
    }
    obj->n_symbols = n;
}

static void walk_records(struct walk *w, struct view table)
{
    if (w->obj->bigobj) {
        walk_table(w, table.p, true);
    } else {
        walk_table(w, table.p, false);
    }
}

/* How many symbols the model has: auxiliary records, often half of the table, need no room, nor do local
   symbols of sections that are left out. */
static uint32_t count_symbols(const struct object *obj, const struct coff_tables *t, struct view table)
{
    uint32_t n = 0;
    if (obj->sec_map) {
        return t->n_kept;
    }
    for (uint64_t raw = 0; raw < t->n_raw; n++) {
        raw += 1u + table.p[raw * t->rec_len + t->rec_len - 1];
    }
    return n;
}

/* Until a record is read, its cell in to_model says which claim, from 1, is of its symbol: that knows the name. */
static void mark_claimed(const struct object *obj, const struct coff_tables *t)
{
    for (uint32_t i = 0; i < obj->n_claims; i++) {
        t->to_model[obj->claims[i].raw] = i + 1;
    }
}

/* Tells the elector's claims their symbols. */
static void settle_claims(struct object *obj, const struct coff_tables *t)
{
    for (uint32_t i = 0; i < obj->n_claims; i++) {
        struct comdat_claim *c = &obj->claims[i];
        c->sym = t->to_model[c->raw];
        if (c->lost && c->sym != NONE) {
            obj->symbols[c->sym].flags |= SYMF_LOST;
        }
    }
}

/* Which record is which symbol is kept, in as little memory as will do. */
static void keep_map(struct object *obj, struct coff_tables *t)
{
    const uint32_t *map = t->to_model;
    t->index = (struct coff_index){.n = t->n_raw};
    if (obj->n_symbols < UINT16_MAX) {
        uint16_t *narrow = arena_alloc(obj->arena, t->n_raw * sizeof *narrow);
        for (uint32_t i = 0; i < t->n_raw; i++) {
            narrow[i] = (uint16_t)map[i]; /* NONE is the largest of either */
        }
        t->index.narrow = narrow;
    } else {
        t->index.wide = memcpy(arena_alloc(obj->arena, t->n_raw * sizeof *map), map, t->n_raw * sizeof *map);
    }
    free(t->to_model);
    t->to_model = NULL;
}

bool coff_read_symbols(struct object *obj)
{
    struct coff_tables *t = obj->priv;
    struct walk w = {.obj = obj, .t = t, .lost = NONE, .n_mapped = obj->sec_map ? obj->n_raw_secs : 0};
    struct view table = t->symtab;
    if (t->cut) {
        obj->failed |= LOADED_SYMBOLS;
        diag_bad(obj->diag, t->sym_off, "symbol table runs past the end of the file");
    }
    if (t->symtab.len == 0 || !obj_charge(obj, t->n_raw)) {
        return !t->cut;
    }
    uint32_t n = count_symbols(obj, t, table);
    obj->symbols = arena_alloc(obj->arena, (size_t)n * sizeof *obj->symbols);
    t->to_model = xcalloc(t->n_raw, sizeof *t->to_model); /* not for the arena: see keep_map */
    if (t->n_comdat > 0) {
        w.comdat = xcalloc(obj->n_sections, sizeof *w.comdat); /* not for the arena: it is needed here only */
        for (uint32_t i = 0; i < obj->n_sections; i++) {
            w.comdat[i].leader = NONE;
        }
    }
    mark_claimed(obj, t);
    walk_records(&w, table);
    resolve_aliases(&w);
    settle_claims(obj, t);
    keep_map(obj, t);
    obj->sec_map = NULL; /* sections know their numbers */
    if (w.comdat) {
        coff_build_comdats(obj, w.comdat);
        free(w.comdat);
    }
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        lto_read_symbols(obj);
    }
    return true;
}

/* Where a weak external ends up when nothing else defines it. Aliases of aliases are rare; eight
   steps end any cycle. */
static const struct symbol *weak_default(const struct object *obj, const struct symbol *s)
{
    for (int step = 0; step < 8 && s && s->binding == BIND_WEAK_EXTERNAL; step++) {
        s = s->alias < obj->n_symbols ? &obj->symbols[s->alias] : NULL;
    }
    return s;
}

char coff_letter(const struct object *obj, const struct symbol *sym)
{
    if (sym->sec == SEC_COMMON) {
        return 'C';
    }
    if (sym->sec == SEC_INDIRECT) {
        return 'I';
    }
    if (sym->sec == SEC_UNDEF) {
        if (sym->binding == BIND_WEAK_EXTERNAL && sym->weak_kind == IMAGE_WEAK_EXTERN_SEARCH_ALIAS) {
            const struct symbol *d = weak_default(obj, sym);
            return d && d->sec != SEC_UNDEF && d->sec != SEC_ABS ? 'W' : 'w';
        }
        if (sym->type == SYM_SECTION) {
            return 'i';
        }
        return sym->binding == BIND_LOCAL || sym->binding == BIND_GLOBAL ? 'U' : 'w';
    }
    if (sym->binding == BIND_WEAK) {
        return 'W';
    }
    if (sym->sec == SEC_DEBUGSYM) {
        return '?'; /* .file and other records without a place: as GNU nm -a shows them */
    }
    char c = 'N';
    if (sym->sec == SEC_ABS) {
        c = 'a';
    } else if (sym->flags & SYMF_LTO) {
        uint32_t flags = obj->sections[sym->sec].flags; /* a place that stands for code to come */
        c = flags & SEC_EXEC ? 't' : flags & SEC_NOBITS ? 'b' : 'd';
    } else if (sym->sec < obj->n_sections) {
        c = coff_section_letter(obj, sym->sec);
    }
    return sym->binding == BIND_LOCAL || c == '?' ? c : (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}
