/* implib_write.c - the members of import libraries, byte by byte.

   Long format, for one DLL: a head (the import descriptor), an entry per name, a tail (the ends of
   the two tables, and the DLL's name), and a null descriptor. GNU ld sorts these sections by member
   name, so the names count up: NAME_dNNNNNN.o. The null descriptor has the name and the shape of
   Microsoft's, and the head asks for it: link.exe, which ends the table only by such a member, gets
   exactly one, from whichever library comes first.

   Short format: Microsoft's three descriptor members, then 20 bytes and two strings per name. */
#include "archive/implib_write.h"

#include <stdlib.h>
#include <unistd.h>

#include "obj/coff_fmt.h"

enum { MAX_SECS = 5, MAX_RELOCS = 3, MAX_SYMS = 10 };
#define IDATA (IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE)
#define ALIGN(log2) (((log2) + 1u) << IMAGE_SCN_ALIGN_SHIFT)

/* What differs between machines. */
struct target {
    uint16_t machine, image_rel; /* the relocation for an RVA */
    unsigned word;               /* bytes of a thunk table's entry */
    const char *prefix;          /* of C names */
    uint8_t jump[12];            /* jmp *__imp_X, with its relocations against the slot */
    unsigned jump_len, n_jump_relocs;
    struct {
        uint16_t off, type;
    } jump_relocs[2];
};
static const struct target targets[] = {
    {IMAGE_FILE_MACHINE_AMD64, 3, 8, "", {0xff, 0x25, 0, 0, 0, 0, 0x90, 0x90}, 8, 1, {{2, 4}}},
    {IMAGE_FILE_MACHINE_I386, 7, 4, "_", {0xff, 0x25, 0, 0, 0, 0, 0x90, 0x90}, 8, 1, {{2, 6}}},
    /* adrp x16, slot; ldr x16, [x16, slot]; br x16 */
    {IMAGE_FILE_MACHINE_ARM64, 2, 8, "",
     {0x10, 0, 0, 0x90, 0x10, 0x02, 0x40, 0xf9, 0, 0x02, 0x1f, 0xd6}, 12, 2, {{0, 4}, {4, 7}}},
};

/* ---- one object ------------------------------------------------------------------------------- */

struct piece {
    const char *name;
    uint32_t flags;
    uint8_t *data;
    uint32_t len;
    unsigned n_relocs;
    struct {
        uint32_t off, sym;
        uint16_t type;
    } relocs[MAX_RELOCS];
};

struct object_maker {
    const struct target *t;
    struct piece secs[MAX_SECS];
    unsigned n_secs;
    struct {
        struct str name;
        unsigned sec; /* 1-based, 0 undefined */
        uint8_t cls;
    } syms[MAX_SYMS];
    unsigned n_syms;
};

static struct piece *add_section(struct object_maker *m, struct arena *a, const char *name, uint32_t flags,
                                 uint32_t len)
{
    struct piece *p = &m->secs[m->n_secs++];
    *p = (struct piece){.name = name, .flags = flags, .len = len, .data = arena_zalloc(a, len + 1)};
    return p;
}

static uint32_t add_symbol(struct object_maker *m, struct str name, unsigned sec, uint8_t cls)
{
    m->syms[m->n_syms].name = name;
    m->syms[m->n_syms].sec = sec;
    m->syms[m->n_syms].cls = cls;
    return m->n_syms++;
}

static void add_reloc(struct piece *p, uint32_t off, uint32_t sym, uint16_t type)
{
    p->relocs[p->n_relocs].off = off;
    p->relocs[p->n_relocs].sym = sym;
    p->relocs[p->n_relocs].type = type;
    p->n_relocs++;
}

static void put_padded(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.len);
    buf_fill(b, 0, 8 - s.len);
}

static void put_sections(struct buf *b, const struct object_maker *m)
{
    uint32_t off = COFF_HDR_LEN + m->n_secs * COFF_SEC_LEN;
    for (unsigned i = 0; i < m->n_secs; i++) {
        const struct piece *p = &m->secs[i];
        uint32_t relocs = off + p->len;
        put_padded(b, str_c(p->name));
        buf_u64(b, false, 0);
        buf_u32(b, false, p->len);
        buf_u32(b, false, p->len ? off : 0);
        buf_u32(b, false, p->n_relocs ? relocs : 0);
        buf_u32(b, false, 0);
        buf_u32(b, false, p->n_relocs);
        buf_u32(b, false, p->flags);
        off = relocs + p->n_relocs * COFF_REL_LEN;
    }
    for (unsigned i = 0; i < m->n_secs; i++) {
        const struct piece *p = &m->secs[i];
        buf_add(b, p->data, p->len);
        for (unsigned k = 0; k < p->n_relocs; k++) {
            buf_u32(b, false, p->relocs[k].off);
            buf_u32(b, false, p->relocs[k].sym);
            buf_u16(b, false, p->relocs[k].type);
        }
    }
}

static void put_symbols(struct buf *b, const struct object_maker *m)
{
    uint32_t str_off = 4;
    for (unsigned i = 0; i < m->n_syms; i++) {
        struct str name = m->syms[i].name;
        if (name.len <= 8) {
            put_padded(b, name);
        } else {
            buf_u32(b, false, 0);
            buf_u32(b, false, str_off);
            str_off += (uint32_t)name.len + 1;
        }
        buf_u32(b, false, 0);
        buf_u16(b, false, (uint16_t)m->syms[i].sec);
        buf_u16(b, false, 0);
        buf_c(b, (char)m->syms[i].cls);
        buf_c(b, 0);
    }
    buf_u32(b, false, str_off);
    for (unsigned i = 0; i < m->n_syms; i++) {
        if (m->syms[i].name.len > 8) {
            buf_str(b, m->syms[i].name);
            buf_c(b, 0);
        }
    }
}

static struct view finish_object(const struct object_maker *m, struct arena *a)
{
    struct buf b = {0};
    uint32_t symptr = COFF_HDR_LEN + m->n_secs * COFF_SEC_LEN;
    for (unsigned i = 0; i < m->n_secs; i++) {
        symptr += m->secs[i].len + m->secs[i].n_relocs * COFF_REL_LEN;
    }
    buf_u16(&b, false, m->t->machine);
    buf_u16(&b, false, (uint16_t)m->n_secs);
    buf_u32(&b, false, 0); /* time: none, or the library would differ from itself */
    buf_u32(&b, false, symptr);
    buf_u32(&b, false, m->n_syms);
    buf_u16(&b, false, 0);
    buf_u16(&b, false, m->t->word == 4 ? IMAGE_FILE_32BIT_MACHINE : 0);
    put_sections(&b, m);
    put_symbols(&b, m);
    struct str bytes = arena_str(a, (struct str){b.p, b.n});
    buf_free(&b);
    return view_of(bytes.p, bytes.len);
}

/* ---- the library ------------------------------------------------------------------------------ */

struct library {
    const struct implib_spec *spec;
    const struct target *t;
    struct arena *a;
    struct str id;       /* the DLL's name with everything but letters and digits replaced by _ */
    struct ar_item *items;
    size_t n;
};

static struct str fmt_str(struct arena *a, const char *before, struct str s, const char *after)
{
    size_t n1 = strlen(before), n2 = strlen(after);
    char *p = arena_alloc(a, n1 + s.len + n2 + 1);
    memcpy(p, before, n1);
    if (s.len) {
        memcpy(p + n1, s.p, s.len);
    }
    memcpy(p + n1 + s.len, after, n2 + 1);
    return (struct str){p, n1 + s.len + n2};
}

static struct str prefixed(const struct library *l, const char *before, const char *after)
{
    return fmt_str(l->a, l->t->prefix, fmt_str(l->a, before, l->id, after), "");
}

static void add_item(struct library *l, struct str name, struct view data)
{
    l->items[l->n++] = (struct ar_item){
        .name = name, .data = data, .fd = -1, .size = data.len, .mode = 0644};
}

static struct str counted_name(const struct library *l)
{
    return str_c(arena_printf(l->a, "%.*s_d%06zu.o", Q(l->id), l->n));
}

#define NULL_DESCRIPTOR S("__NULL_IMPORT_DESCRIPTOR")

static void add_head(struct library *l)
{
    struct object_maker m = {.t = l->t};
    uint32_t table = IDATA | ALIGN(l->t->word == 8 ? 3u : 2u);
    struct piece *desc = add_section(&m, l->a, ".idata$2", IDATA | ALIGN(2u), 20);
    uint32_t before = l->spec->nul_prefixed ? l->t->word : 0;
    add_section(&m, l->a, ".idata$5", table, before);
    add_section(&m, l->a, ".idata$4", table, before);
    put_u32le(desc->data, before);
    put_u32le(desc->data + 16, before);
    uint32_t slots = add_symbol(&m, S(".idata$5"), 2, IMAGE_SYM_CLASS_STATIC);
    uint32_t lookup = add_symbol(&m, S(".idata$4"), 3, IMAGE_SYM_CLASS_STATIC);
    add_symbol(&m, prefixed(l, "_head_", ""), 1, IMAGE_SYM_CLASS_EXTERNAL);
    uint32_t name = add_symbol(&m, prefixed(l, "", "_iname"), 0, IMAGE_SYM_CLASS_EXTERNAL);
    add_symbol(&m, NULL_DESCRIPTOR, 0, IMAGE_SYM_CLASS_EXTERNAL);
    add_reloc(desc, 0, lookup, l->t->image_rel);
    add_reloc(desc, 12, name, l->t->image_rel);
    add_reloc(desc, 16, slots, l->t->image_rel);
    add_item(l, counted_name(l), finish_object(&m, l->a));
}

/* The two table entries of E, an ordinal or the place of its name, and the name. */
static uint32_t add_tables(struct library *l, struct object_maker *m, const struct implib_export *e)
{
    uint32_t table = IDATA | ALIGN(l->t->word == 8 ? 3u : 2u), slot_sec;
    struct piece *p[2];
    p[0] = add_section(m, l->a, ".idata$5", table, l->t->word);
    slot_sec = m->n_secs;
    p[1] = add_section(m, l->a, ".idata$4", table, l->t->word);
    if (e->noname) {
        for (int i = 0; i < 2; i++) {
            put_u16le(p[i]->data, (uint16_t)e->ordinal);
            p[i]->data[l->t->word - 1] = 0x80;
        }
        return slot_sec;
    }
    uint32_t len = (uint32_t)(2 + e->name.len + 1 + 1) & ~UINT32_C(1);
    struct piece *names = add_section(m, l->a, ".idata$6", IDATA | ALIGN(1u), len);
    put_u16le(names->data, e->hint);
    memcpy(names->data + 2, e->name.p, e->name.len);
    uint32_t sym = add_symbol(m, S(".idata$6"), m->n_secs, IMAGE_SYM_CLASS_STATIC);
    add_reloc(p[0], 0, sym, l->t->image_rel);
    add_reloc(p[1], 0, sym, l->t->image_rel);
    return slot_sec;
}

static void add_entry(struct library *l, const struct implib_export *e)
{
    struct object_maker m = {.t = l->t};
    struct piece *text = NULL;
    if (!e->data) {
        text = add_section(&m, l->a, ".text",
                           IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ | ALIGN(2u),
                           l->t->jump_len);
        memcpy(text->data, l->t->jump, l->t->jump_len);
    }
    struct piece *link = add_section(&m, l->a, ".idata$7", IDATA | ALIGN(2u), 4);
    uint32_t slot_sec = add_tables(l, &m, e);
    if (text) {
        add_symbol(&m, e->symbol, 1, IMAGE_SYM_CLASS_EXTERNAL);
    }
    uint32_t imp = add_symbol(&m, fmt_str(l->a, "__imp_", e->symbol, ""), slot_sec,
                              IMAGE_SYM_CLASS_EXTERNAL);
    if (e->old_imp.len) {
        add_symbol(&m, e->old_imp, slot_sec, IMAGE_SYM_CLASS_EXTERNAL);
    }
    for (unsigned i = 0; text && i < l->t->n_jump_relocs; i++) {
        add_reloc(text, l->t->jump_relocs[i].off, imp, l->t->jump_relocs[i].type);
    }
    if (e->data && !e->noname) {
        /* what GNU ld's automatic import of data looks for */
        add_symbol(&m, fmt_str(l->a, "__nm_", e->symbol, ""), m.n_secs, IMAGE_SYM_CLASS_EXTERNAL);
    }
    add_reloc(link, 0, add_symbol(&m, prefixed(l, "_head_", ""), 0, IMAGE_SYM_CLASS_EXTERNAL),
              l->t->image_rel);
    add_item(l, counted_name(l), finish_object(&m, l->a));
}

static void add_tail(struct library *l)
{
    struct object_maker m = {.t = l->t};
    uint32_t table = IDATA | ALIGN(l->t->word == 8 ? 3u : 2u);
    add_section(&m, l->a, ".idata$4", table, l->t->word);
    add_section(&m, l->a, ".idata$5", table, l->t->word);
    struct piece *name = add_section(&m, l->a, ".idata$7", IDATA | ALIGN(2u),
                                     (uint32_t)(l->spec->dll.len + 4) & ~UINT32_C(3));
    memcpy(name->data, l->spec->dll.p, l->spec->dll.len);
    add_symbol(&m, prefixed(l, "", "_iname"), 3, IMAGE_SYM_CLASS_EXTERNAL);
    add_item(l, counted_name(l), finish_object(&m, l->a));
}

static void add_null_descriptor(struct library *l, struct str member)
{
    struct object_maker m = {.t = l->t};
    add_section(&m, l->a, ".idata$3", IDATA | ALIGN(2u), 20);
    add_symbol(&m, NULL_DESCRIPTOR, 1, IMAGE_SYM_CLASS_EXTERNAL);
    add_item(l, member, finish_object(&m, l->a));
}

/* ---- short format ------------------------------------------------------------------------------ */

/* The DLL's name without its extension, as Microsoft's symbols have it. */
static struct str stem(const struct library *l)
{
    size_t dot = str_rfind(l->spec->dll, '.');
    return dot == SIZE_MAX ? l->spec->dll : str_head(l->spec->dll, dot);
}

static void add_descriptors(struct library *l)
{
    struct object_maker m = {.t = l->t};
    struct str dll = l->spec->dll;
    uint32_t table = IDATA | ALIGN(l->t->word == 8 ? 3u : 2u);
    struct str null_thunk = fmt_str(l->a, "\177", stem(l), "_NULL_THUNK_DATA");
    struct piece *desc = add_section(&m, l->a, ".idata$2", IDATA | ALIGN(2u), 20);
    struct piece *name = add_section(&m, l->a, ".idata$6", IDATA | ALIGN(1u),
                                     (uint32_t)(dll.len + 2) & ~UINT32_C(1));
    memcpy(name->data, dll.p, dll.len);
    add_symbol(&m, fmt_str(l->a, "__IMPORT_DESCRIPTOR_", stem(l), ""), 1, IMAGE_SYM_CLASS_EXTERNAL);
    add_symbol(&m, S(".idata$2"), 1, IMAGE_SYM_CLASS_SECTION);
    uint32_t name_sym = add_symbol(&m, S(".idata$6"), 2, IMAGE_SYM_CLASS_STATIC);
    uint32_t lookup = add_symbol(&m, S(".idata$4"), 0, IMAGE_SYM_CLASS_SECTION);
    uint32_t slots = add_symbol(&m, S(".idata$5"), 0, IMAGE_SYM_CLASS_SECTION);
    add_symbol(&m, NULL_DESCRIPTOR, 0, IMAGE_SYM_CLASS_EXTERNAL);
    add_symbol(&m, null_thunk, 0, IMAGE_SYM_CLASS_EXTERNAL);
    add_reloc(desc, 12, name_sym, l->t->image_rel);
    add_reloc(desc, 0, lookup, l->t->image_rel);
    add_reloc(desc, 16, slots, l->t->image_rel);
    add_item(l, dll, finish_object(&m, l->a));
    add_null_descriptor(l, dll);
    m = (struct object_maker){.t = l->t};
    add_section(&m, l->a, ".idata$5", table, l->t->word);
    add_section(&m, l->a, ".idata$4", table, l->t->word);
    add_symbol(&m, null_thunk, 1, IMAGE_SYM_CLASS_EXTERNAL);
    add_item(l, dll, finish_object(&m, l->a));
}

/* How the DLL's name follows from the symbol: the header stores no second name if it can avoid it. */
static unsigned name_type(const struct library *l, const struct implib_export *e)
{
    struct str plain = e->symbol;
    if (e->noname) {
        return IMPORT_OBJECT_ORDINAL;
    }
    if (str_eq(e->symbol, e->name)) {
        return IMPORT_OBJECT_NAME;
    }
    if (plain.len && (plain.p[0] == '_' || plain.p[0] == '@' || plain.p[0] == '?') && *l->t->prefix) {
        plain = str_skip(plain, 1);
        if (str_eq(plain, e->name)) {
            return IMPORT_OBJECT_NAME_NO_PREFIX;
        }
        if (str_eq(str_head(plain, str_find(plain, '@')), e->name)) {
            return IMPORT_OBJECT_NAME_UNDECORATE;
        }
    }
    return IMPORT_OBJECT_NAME_EXPORTAS;
}

static void add_short(struct library *l, const struct implib_export *e)
{
    struct buf b = {0};
    unsigned nt = name_type(l, e);
    size_t len = e->symbol.len + l->spec->dll.len + 2;
    len += nt == IMPORT_OBJECT_NAME_EXPORTAS ? e->name.len + 1 : 0;
    buf_u32(&b, false, 0xffff0000);
    buf_u16(&b, false, 0);
    buf_u16(&b, false, e->ec ? IMAGE_FILE_MACHINE_ARM64EC : l->t->machine);
    buf_u32(&b, false, 0);
    buf_u32(&b, false, (uint32_t)len);
    buf_u16(&b, false, (uint16_t)(e->noname ? e->ordinal : e->hint));
    buf_u16(&b, false, (uint16_t)((e->data ? IMPORT_OBJECT_DATA : IMPORT_OBJECT_CODE) | nt << 2));
    buf_str(&b, e->symbol);
    buf_c(&b, 0);
    buf_str(&b, l->spec->dll);
    buf_c(&b, 0);
    if (nt == IMPORT_OBJECT_NAME_EXPORTAS) {
        buf_str(&b, e->name);
        buf_c(&b, 0);
    }
    struct str bytes = arena_str(l->a, (struct str){b.p, b.n});
    buf_free(&b);
    add_item(l, l->spec->dll, view_of(bytes.p, bytes.len));
}

/* ---- all of it --------------------------------------------------------------------------------- */

static struct str identifier(struct arena *a, struct str s)
{
    char *p = arena_strdup(a, s);
    for (size_t i = 0; i < s.len; i++) {
        char c = p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
            p[i] = '_';
        }
    }
    return (struct str){p, s.len};
}

bool implib_members(const struct implib_spec *spec, struct arena *a, struct ar_item **items, size_t *n,
                    struct diag *d)
{
    struct library l = {.spec = spec, .a = a, .id = identifier(a, spec->dll)};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if (targets[i].machine == spec->machine) {
            l.t = &targets[i];
        }
    }
    if (!l.t) {
        return diag_error(d, "import libraries for machine 0x%x cannot be written", spec->machine);
    }
    l.items = ARENA_ARRAY(a, struct ar_item, spec->n_exports + spec->n_objects + 3);
    if (spec->format == IMPLIB_FORMAT_SHORT) {
        add_descriptors(&l);
        for (size_t i = 0; i < spec->n_exports; i++) {
            add_short(&l, &spec->exports[i]);
        }
    } else {
        add_head(&l);
        for (size_t i = 0; i < spec->n_exports; i++) {
            add_entry(&l, &spec->exports[i]);
        }
        add_tail(&l);
        add_null_descriptor(&l, counted_name(&l));
    }
    for (size_t i = 0; i < spec->n_objects; i++) {
        add_item(&l, spec->objects[i].name, spec->objects[i].bytes);
    }
    *items = l.items;
    *n = l.n;
    return true;
}

/* Does the finished temporary hold what the old file holds? */
static bool unchanged(const struct outfile *o)
{
    enum { CHUNK = 1 << 16 };
    struct stat st;
    if (!o->existed || fstat(o->fd, &st) != 0 || st.st_size != o->old.st_size) {
        return false;
    }
    struct file old;
    if (file_open(&old, o->path, 0) != 0) {
        return false;
    }
    uint8_t *p = xmalloc(CHUNK);
    bool same = true;
    for (uint64_t off = 0; same && off < old.data.len;) {
        ssize_t k = pread(o->fd, p, CHUNK, (off_t)off);
        same = k > 0 && (uint64_t)k <= old.data.len - off && memcmp(p, old.data.p + off, (size_t)k) == 0;
        off += k > 0 ? (uint64_t)k : 0;
    }
    free(p);
    file_close(&old);
    return same;
}

bool implib_save(const struct implib_spec *spec, const char *path, struct pool *pool, struct diag *d)
{
    struct arena a = {0};
    struct ar_item *items;
    struct outfile o;
    size_t n;
    struct ar_collect_opts co = {
        .index = true, .deterministic = true, .max_mtime = INT64_MAX, .pool = pool, .arena = &a};
    struct ar_write_opts wo = {
        .dialect = spec->format == IMPLIB_FORMAT_SHORT ? AR_DIALECT_COFF : AR_DIALECT_GNU,
        .index = true,
        .sym64_threshold = UINT64_C(1) << 32};
    bool good = implib_members(spec, &a, &items, &n, d) && ar_collect(items, n, &co, d);
    int err = good ? outfile_begin(&o, path, 0666) : 0;
    if (err) {
        good = diag_errno(d, path, err);
    } else if (good) {
        good = ar_write(&o, path, items, n, &wo, d);
        if (!good || unchanged(&o)) {
            outfile_abort(&o);
        } else if ((err = outfile_commit(&o)) != 0) {
            good = diag_errno(d, path, err);
        }
    }
    arena_free(&a);
    return good;
}
