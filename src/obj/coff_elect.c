/* coff_elect.c - COMDAT sections that are known to lose, left out before anything is read of them.

   A large C++ program is mostly copies: of ten COMDAT functions, eight or nine lose their election, and
   each costs three sections and four symbols in tables that are never looked at again. A linker that
   parses files in order knows of most of them while it parses: another file has the name. So the
   section headers and the symbol table are surveyed first, the elector is asked, and the sections
   that lost get no place in the model. They share one section (obj->lost_sec, SEC_LOST); their local
   symbols share one symbol in it; their other symbols keep theirs, for these are references now.

   The survey takes only what it understands beyond doubt. Of an object with anything unusual nothing
   is left out, and it is elected as any other.
   Source: PE format, "COMDAT Sections (Object Only)"; spec pe-ld 2.4. */
#include "obj/coff_common.h"
#include "obj/coff_fmt.h"

#define NONE UINT32_MAX

enum {
    AHEAD = 12,           /* so many sections ahead names are asked for */
    FAR = 768            /* bytes ahead in tables that are read from one end to the other */
};

/* What the survey knows of a section. */
struct surveyed {
    uint32_t leader;   /* COMDAT: number of the symbol that stands for it, NONE none yet */
    uint32_t parent;   /* ASSOCIATIVE: the section it follows */
    uint32_t root;     /* the section whose fate it shares, 0: it stays */
    uint32_t claim;    /* of a root: index of its claim, NONE none */
    uint32_t n_local;  /* symbols in it that no other file sees */
    uint8_t selection;
    bool comdat, code, defined, several, matched;
};

struct survey {
    const struct object *obj;
    const struct coff_tables *t;
    struct view headers, table;
    uint32_t n_secs;
    struct surveyed *secs; /* [n_secs + 1] */
    struct comdat_claim *claims;
    uint32_t n_claims, n_syms; /* symbols: all records but auxiliary ones */
};

static const uint8_t *header(const struct survey *s, uint32_t sec)
{
    return s->headers.p + (uint64_t)(sec - 1) * COFF_SEC_LEN;
}

static const uint8_t *record(const struct survey *s, uint32_t raw)
{
    return s->table.p + (uint64_t)raw * s->t->rec_len;
}

/* The string at OFF of the string table, to the end of the table; empty if there is none. */
static struct str tail(const struct survey *s, uint64_t off)
{
    struct view t = s->t->strtab;
    return off >= 4 && off < t.len ? (struct str){(const char *)t.p + off, (size_t)(t.len - off)} : S("");
}

/* A section's name: what lies at its place in the string table, not cut at its end, or the field. */
static struct str long_name(const struct survey *s, uint32_t sec)
{
    const uint8_t *field = header(s, sec) + COFF_SEC_NAME;
    uint32_t off = coff_name_offset(field);
    return off != NONE ? tail(s, off) : (struct str){(const char *)field, 8};
}

static bool symbol_name(const struct survey *s, uint32_t raw, struct str *out)
{
    const uint8_t *p = record(s, raw);
    if (get_u32le(p) != 0) {
        *out = (struct str){(const char *)p, strnlen((const char *)p, 8)};
        return true;
    }
    uint32_t off = get_u32le(p + COFF_SYM_STROFF);
    return off >= 4 && view_cstr(s->t->strtab, off, out);
}

/* Does A begin with the string WHOLE and its end? */
static bool begins_with_all(struct str a, struct str whole)
{
    return a.len > whole.len && a.p[whole.len] == 0 && memcmp(a.p, whole.p, whole.len) == 0;
}

/* What a section's name makes of it. */
enum kind {
    PLAIN,
    TEXT,   /* a function's: .text$f */
    UNWIND, /* gas's for a function: such a section has no leader */
    STRANGE /* the object is something else than plain code: intermediate code, a part of an import library */
};

static enum kind kind_of(struct str name)
{
    switch (name.len > 1 ? name.p[1] : 0) {
    case 't': return str_starts(name, S(".text$")) ? TEXT : PLAIN;
    case 'x':
    case 'p':
    case 'e': return obj_unwind_prefix(name) ? UNWIND : PLAIN;
    case 'i': return str_starts(name, S(".idata$")) ? STRANGE : PLAIN;
    case 'g': return str_starts(name, S(".gnu.lto_")) ? STRANGE : PLAIN;
    case 'l': return str_starts(name, S(".llvm.lto")) || str_starts(name, S(".llvmbc")) ? STRANGE : PLAIN;
    default: return PLAIN;
    }
}

/* Are there COMDATs? */
static bool survey_sections(struct survey *s)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i <= s->n_secs; i++) {
        const uint8_t *h = header(s, i);
        uint32_t flags = get_u32le(h + COFF_SEC_FLAGS);
        bool comdat = (flags & IMAGE_SCN_LNK_COMDAT) != 0;
        __builtin_prefetch(h + FAR);
        s->secs[i] = (struct surveyed){
            .leader = NONE, .claim = NONE, .comdat = comdat, .code = (flags & IMAGE_SCN_CNT_CODE) != 0};
        n += comdat;
    }
    return n > 0;
}

/* Is the record at P, of LEN bytes, the definition of the section whose header is H? Its auxiliary record repeats the
   header, then; but gas fills code up to its alignment after the record was made. No other symbol has a selection in
   such a record. */
static inline bool defines(const uint8_t *p, size_t len, const uint8_t *h)
{
    const uint8_t *aux = p + len, *cls = p + len - 2;
    if (cls[0] != IMAGE_SYM_CLASS_STATIC || cls[1] == 0 || get_u32le(p + COFF_SYM_VALUE) != 0 ||
        get_u16le(cls - 2) != 0) {
        return false;
    }
    uint32_t fill = get_u32le(h + COFF_SEC_RAWSIZE) - get_u32le(aux + COFF_AUX_SEC_LEN);
    return fill < COFF_MAX_FILL && aux[COFF_AUX_SEC_SELECTION] != 0 &&
           get_u16le(aux + COFF_AUX_SEC_NRELOCS) == get_u16le(h + COFF_SEC_NRELOCS);
}

/* Is symbol RAW the one that section SEC is named after: .text$f? */
static bool is_named_after(const struct survey *s, uint32_t sec, uint32_t raw)
{
    struct str name, whole = long_name(s, sec), suffix;
    size_t dollar;
    whole.len = strnlen(whole.p, whole.len);
    dollar = str_find(whole, '$');
    if (dollar == SIZE_MAX || !symbol_name(s, raw, &name)) {
        return false;
    }
    suffix = str_skip(whole, dollar + 1);
    bool underscore = s->obj->machine == MACH_I386 && name.len > 0 && name.p[0] == '_';
    return suffix.len > 0 && (str_eq(suffix, name) || (underscore && str_eq(suffix, str_skip(name, 1))));
}

/* The leader is the symbol that the section is named after, or else the first (note_comdat). */
static void note_leader(const struct survey *s, uint32_t sec, uint32_t raw)
{
    struct surveyed *c = &s->secs[sec];
    if (c->leader == NONE) {
        c->leader = raw;
        return;
    }
    if (!c->several) {
        c->several = true;
        c->matched = is_named_after(s, sec, c->leader);
    }
    if (!c->matched && is_named_after(s, sec, raw)) {
        c->matched = true;
        c->leader = raw;
    }
}

/* The record behind the symbol RAW, which has N_AUX auxiliary ones: none or one, most often, and the processor may
   guess which. To add the number would have it wait for each. */
static inline uint32_t next_record(uint32_t raw, uint32_t n_aux)
{
    if (__builtin_expect_with_probability(n_aux == 0, 1, 0.5)) {
        return raw + 1;
    }
    return n_aux == 1 ? raw + 2 : raw + 1 + n_aux;
}

/* One pass over the symbol table; false if there is anything unusual about COMDATs in it. Compiled twice, for records
   of either length. */
static inline __attribute__((always_inline)) bool survey_records(struct survey *s, const bool big)
{
    const size_t len = big ? BIGOBJ_SYM_LEN : COFF_SYM_LEN;
    const uint32_t n_raw = s->t->n_raw, n_secs = s->n_secs;
    const uint8_t *table = s->table.p;
    uint32_t n_syms = 0;
    for (uint32_t raw = 0, next; raw < n_raw; raw = next, n_syms++) {
        const uint8_t *p = table + (uint64_t)raw * len;
        uint32_t n_aux = p[len - 1];
        __builtin_prefetch(p + FAR);
        next = next_record(raw, n_aux);
        /* The special numbers are negative: no section has one so large. */
        uint32_t sec = big ? get_u32le(p + COFF_SYM_SECNUM) : get_u16le(p + COFF_SYM_SECNUM);
        if (n_aux >= n_raw - raw) {
            return false;
        }
        struct surveyed *c = &s->secs[sec - 1 < n_secs ? sec : 0];
        if (!c->comdat) {
            continue;
        }
        if (!c->defined) { /* the definition comes first */
            const uint8_t *aux = p + len;
            if (!defines(p, len, header(s, sec))) {
                return false;
            }
            c->defined = true;
            c->n_local = 1;
            c->selection = aux[COFF_AUX_SEC_SELECTION];
            c->parent = get_u16le(aux + COFF_AUX_SEC_NUMBER);
            c->parent |= big ? (uint32_t)get_u16le(aux + COFF_AUX_SEC_NUMBER_HIGH) << 16 : 0;
            continue;
        }
        c->n_local += coff_is_local(p[len - 2]);
        if (!defines(p, len, header(s, sec))) {
            note_leader(s, sec, raw);
        }
    }
    s->n_syms = n_syms;
    return true;
}

static bool survey_symbols(struct survey *s)
{
    return s->obj->bigobj ? survey_records(s, true) : survey_records(s, false);
}

/* COMDAT SEC stands for itself: a claim, if any copy will do and other files see its leader. */
static bool claim(struct survey *s, uint32_t sec)
{
    struct surveyed *c = &s->secs[sec];
    struct str name;
    c->root = sec;
    if (c->selection != COMDAT_ANY || c->leader == NONE ||
        record(s, c->leader)[s->t->rec_len - 2] != IMAGE_SYM_CLASS_EXTERNAL) {
        return true;
    }
    if (!symbol_name(s, c->leader, &name) || name.len == 0 || name.len > CLAIM_NAME_MAX) {
        return false;
    }
    c->claim = s->n_claims;
    s->claims[s->n_claims++] =
        (struct comdat_claim){.name = name.p, .name_len = name.len & CLAIM_NAME_MAX, .raw = c->leader};
    return true;
}

/* The suffix of a function's section, of which NAME is what follows ".text$": up to its end, which most often
   is where CLAIM's name, the leader's, has it. False: it has none. */
static bool whole_suffix(struct str name, const struct comdat_claim *claim, struct str *out)
{
    if (claim && begins_with_all(name, claim_name(claim))) {
        *out = (struct str){name.p, claim->name_len};
        return true;
    }
    const char *end = name.len ? memchr(name.p, 0, name.len) : NULL;
    *out = end ? (struct str){name.p, (size_t)(end - name.p)} : name;
    return end != NULL;
}

/* What is read once, in the order of the file, is asked for before it is needed: the name of SEC's leader, and the
   relocations of what may be its unwind data. */
static void fetch_names(const struct survey *s, uint32_t sec)
{
    enum { LINE = 64, MOST = 4 * LINE };
    const struct surveyed *c = &s->secs[sec];
    if (c->leader == NONE) {
        return;
    }
    if (get_u32le(record(s, c->leader)) == 0) {
        struct str name = tail(s, get_u32le(record(s, c->leader) + COFF_SYM_STROFF));
        for (size_t at = 0; at < MOST && at < name.len; at += LINE) {
            __builtin_prefetch(name.p + at);
        }
    }
    if (s->n_secs - sec >= 2 && c[2].leader == NONE) {
        __builtin_prefetch(view_from(s->obj->bytes, get_u32le(header(s, sec + 2) + COFF_SEC_RELOCPTR)).p);
    }
}

/* Does a section without a leader stand for nothing itself, as far as its symbols tell? */
static bool is_appendix(const struct surveyed *c)
{
    return c->comdat && !c->code && c->defined && c->leader == NONE && c->selection == COMDAT_ANY;
}

/* Is SEC a function that makes a claim, with its unwind data in the two sections behind it? That is told by their
   relocations, not by their names: these are the longest strings of the file, and of most nobody asks for more. */
static bool is_unwound(const struct survey *s, uint32_t sec)
{
    const struct surveyed *c = &s->secs[sec];
    return c->claim != NONE && c->code && s->n_secs - sec >= 2 && is_appendix(&c[1]) && is_appendix(&c[2]) &&
           coff_is_unwound(s->obj, s->t, s->headers, sec);
}

/* The last section .text$f so far. */
struct function {
    uint32_t sec;      /* 0: there is none with a name that ends */
    struct str suffix; /* f */
};

/* By its name and symbols: whose fate COMDAT section SEC shares. False: it is unusual. */
static bool find_root(struct survey *s, uint32_t sec, enum kind kind, struct str name, struct function *f)
{
    struct surveyed *c = &s->secs[sec];
    if (c->selection == COMDAT_ASSOCIATIVE) {
        const struct surveyed *p = c->parent <= s->n_secs ? &s->secs[c->parent] : NULL;
        if (!p || !p->comdat || !p->defined || p->selection == COMDAT_ASSOCIATIVE) {
            return false;
        }
        c->root = c->parent;
    } else if (kind == UNWIND) {
        struct str suffix = str_skip(name, obj_unwind_prefix(name));
        if (c->leader != NONE || c->selection != COMDAT_ANY || !f->sec || !begins_with_all(suffix, f->suffix)) {
            return false;
        }
        c->root = f->sec;
    }
    if (kind == TEXT) {
        const struct comdat_claim *claim = c->claim != NONE ? &s->claims[c->claim] : NULL;
        f->sec = whole_suffix(str_skip(name, 6), claim, &f->suffix) ? sec : 0;
    }
    return true;
}

/* Whose fate each COMDAT section shares. False: one of them is unusual. */
static bool find_roots(struct survey *s)
{
    struct function f = {0};
    for (uint32_t i = 1; i <= s->n_secs; i++) {
        struct surveyed *c = &s->secs[i];
        if (i + AHEAD <= s->n_secs) {
            fetch_names(s, i + AHEAD);
        }
        if (c->comdat && c->leader != NONE && c->selection != COMDAT_ASSOCIATIVE && !claim(s, i)) {
            return false;
        }
        if (is_unwound(s, i)) {
            c[1].root = c[2].root = i;
            f.sec = 0; /* its name is not looked at: what follows it by name, is unusual */
            i += 2;
            continue;
        }
        struct str name = long_name(s, i);
        enum kind kind = kind_of(name);
        if (kind == STRANGE || (c->comdat && (!c->defined || !find_root(s, i, kind, name, &f)))) {
            return false;
        }
    }
    return true;
}

/* Did the section at the end of what C follows lose? What follows unwind sections follows their function. */
static bool is_lost(const struct survey *s, const struct surveyed *c)
{
    uint32_t root = s->secs[c->root].root, claim = s->secs[root].claim;
    return root && claim != NONE && s->claims[claim].lost;
}

/* Numbers the sections that stay, and counts the symbols. */
static void number_sections(const struct survey *s, struct object *obj, struct coff_tables *t)
{
    bool any = false;
    for (uint32_t i = 0; i < s->n_claims; i++) {
        any = any || s->claims[i].lost;
    }
    if (!any) {
        obj->sec_map = NULL;
        return;
    }
    uint32_t *map = obj->sec_map, n = 1, n_gone = 0;
    map[0] = 0;
    for (uint32_t i = 1; i <= s->n_secs; i++) {
        const struct surveyed *c = &s->secs[i];
        bool lost = c->comdat && is_lost(s, c);
        map[i] = lost ? 0 : n;
        n += !lost;
        n_gone += lost ? c->n_local : 0;
    }
    obj->lost_sec = n;
    t->n_kept = s->n_syms + 1 - n_gone; /* one stands for those left out */
}

void coff_elect(struct object *obj, struct coff_tables *t, uint64_t off, uint32_t n)
{
    struct survey s = {.obj = obj, .t = t, .n_secs = n};
    if (t->image || t->cut || n == 0 || t->n_raw == 0 ||
        !view_sub(obj->bytes, off, (uint64_t)n * COFF_SEC_LEN, &s.headers)) {
        return;
    }
    s.table = t->symtab;
    /* In one arena: what is asked for until all symbols are resolved, until the object's are read, and here. */
    struct arena *brief = obj->elector->brief;
    s.claims = arena_alloc(brief, (size_t)n * sizeof *s.claims);
    obj->sec_map = arena_alloc(brief, ((size_t)n + 1) * sizeof *obj->sec_map);
    s.secs = arena_alloc(brief, ((size_t)n + 1) * sizeof *s.secs);
    s.secs[0] = (struct surveyed){.leader = NONE, .claim = NONE};
    if (survey_sections(&s) && survey_symbols(&s) && find_roots(&s)) {
        obj->elector->elect(obj->elector, s.claims, s.n_claims);
        number_sections(&s, obj, t);
        obj->claims = s.claims;
        obj->n_claims = s.n_claims;
        arena_rewind(brief, s.secs);
    } else {
        obj->sec_map = NULL;
        arena_rewind(brief, s.claims);
    }
}
