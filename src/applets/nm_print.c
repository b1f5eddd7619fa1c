/* nm_print.c - the text formats: bsd, posix, sysv, just-symbols, and what stands before them.

   Layouts are GNU nm's, to the byte (spec ar-nm, 4.2). The bsd and just-symbols loops are the ones
   that see millions of symbols: they write straight into the buffer. */
#include "applets/nm.h"


/* ---- names --------------------------------------------------------------------------------------- */

/* Does a name have a byte that would break a line-oriented listing? */
static inline bool has_control(struct str s)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t hit = 0, w;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        memcpy(&w, s.p + i, 8);
        hit |= (w - ones * 0x20) & ~w & high; /* some byte below 0x20 */
    }
    for (; i < s.len; i++) {
        hit |= (unsigned char)s.p[i] < 0x20;
    }
    return hit != 0;
}

static inline void put_plain(const struct nm_list *l, struct str name, struct buf *b)
{
    if (l->o->unicode) {
        buf_unicode(b, name, l->o->unicode, l->o->names);
    } else if (l->o->names == NAME_RAW && !has_control(name)) {
        buf_add(b, name.p, name.len);
    } else {
        buf_name(b, name, l->o->names);
    }
}

static bool put_demangled(const struct nm_list *l, struct str name, struct buf *b)
{
    struct buf d = {0};
    bool done = demangle_as(l->o->style, &d, name, l->strip_underscore);
    if (done) {
        put_plain(l, (struct str){d.p, d.n}, b);
    }
    buf_free(&d);
    return done;
}

/* "@@VERSION" for the default version of a definition, "@VERSION" for the others. The version node's
   own symbol has its name already. */
static void put_version(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    const struct sym_version *v = &l->obj->versions[s->version];
    if (!v->is_base && !str_eq(v->name, s->name)) {
        bool dflt = v->is_def && s->sec != SEC_UNDEF && !(s->flags & SYMF_VERSION_HIDDEN);
        buf_puts(b, dflt ? "@@" : "@");
        put_plain(l, v->name, b);
    }
}

/* GNU's: without versions a name ends at its "@"; demangling takes the underscore of 32-bit Windows. */
static struct str plain_name(const struct nm_list *l, struct str name)
{
    size_t at = l->o->versions || l->obj->format != OBJ_ELF ? SIZE_MAX : str_find(name, '@');
    if (l->o->demangle && l->strip_underscore && l->obj->format != OBJ_MACHO && !l->obj->underscore &&
        str_starts(name, S("_"))) {
        name = str_skip(name, 1);
    }
    return at == SIZE_MAX ? name : str_head(name, at);
}

void nm_put_name(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    if (!l->o->demangle || !put_demangled(l, s->name, b)) {
        put_plain(l, l->plain ? plain_name(l, s->name) : s->name, b);
    }
    if (l->versions && s->version && s->version < l->obj->n_versions) {
        put_version(l, s, b);
    }
}

static void put_tail(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    if (l->line_info) {
        nm_put_line(l, s, b);
    }
    buf_c(b, '\n');
}

/* ---- numbers --------------------------------------------------------------------------------------- */

/* X with at least WIDTH digits in the radix that was asked for. Decimal is signed, as in GNU nm. */
static void put_number(const struct nm_list *l, uint64_t x, unsigned width, struct buf *b)
{
    if (l->digits == 8) {
        x &= 0xffffffff;
    }
    if (l->o->radix == 16) {
        buf_hex(b, x, width);
    } else if (l->o->radix == 8) {
        buf_oct(b, x, width);
    } else {
        bool negative = l->digits == 8 ? (int32_t)x < 0 : (int64_t)x < 0;
        if (negative) {
            buf_c(b, '-');
            x = l->digits == 8 ? (uint32_t)-x : -x;
        }
        buf_dec(b, x, width - (negative && width ? 1 : 0));
    }
}

static inline char *hex_digits(char *p, uint64_t x, unsigned digits)
{
    for (unsigned i = digits; i-- > 0;) {
        p[i] = "0123456789abcdef"[x & 15];
        x >>= 4;
    }
    return p + digits;
}

/* ---- bsd ------------------------------------------------------------------------------------------- */

/* The columns that only stabs have: other, desc, type. */
static void put_stab(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    struct macho_nlist n;
    if (macho_nlist(l->obj, s, &n)) {
        const char *type = macho_stab_name(n.type);
        buf_c(b, ' ');
        buf_hex(b, n.sect, 2);
        buf_c(b, ' ');
        buf_hex(b, n.desc, 4);
        buf_printf(b, " %5s", type ? type : "?");
    }
}

/* Mach-O: is S, of the symbol table, another name for OTHER? */
static bool is_indirect(const struct nm_list *l, const struct symbol *s, struct str *other)
{
    return s->sec == SEC_INDIRECT && l->obj->format == OBJ_MACHO && macho_indirect_name(l->obj, s, other);
}

static bool is_valueless(const struct nm_list *l, const struct symbol *s, char letter)
{
    struct str other;
    return nm_is_undefined_letter(letter) || is_indirect(l, s, &other);
}

static void put_indirect(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    struct str other;
    if (is_indirect(l, s, &other)) {
        buf_puts(b, " (indirect for ");
        put_plain(l, other, b);
        buf_c(b, ')');
    }
}

static void bsd_line(const struct nm_list *l, const struct nm_item *it, struct buf *b)
{
    const struct symbol *s = &l->syms[it->sym];
    bool size_only = l->o->order == NM_BY_SIZE && !l->o->print_size;
    buf_str(b, l->prefix);
    if (is_valueless(l, s, it->letter)) {
        buf_fill(b, ' ', l->digits);
    } else if (l->dashes) {
        buf_fill(b, '-', l->digits);
    } else {
        put_number(l, size_only ? nm_size(l, it) : nm_value(l, s), l->digits, b);
        uint64_t size = l->o->print_size ? nm_size(l, it) : 0;
        if (size) {
            buf_c(b, ' ');
            put_number(l, size, l->digits, b);
        }
    }
    buf_c(b, ' ');
    buf_c(b, it->letter);
    if (it->letter == '-') {
        put_stab(l, s, b);
    }
    buf_c(b, ' ');
    nm_put_name(l, s, b);
    put_indirect(l, s, b);
    put_tail(l, s, b);
}

/* The default listing: no sizes, lines, demangling or prefix. */
static void bsd_fast(const struct nm_list *l, struct buf *b)
{
    const unsigned digits = l->digits;
    for (size_t i = 0; i < l->n; i++) {
        const struct nm_item *it = &l->items[i];
        const struct symbol *s = &l->syms[it->sym];
        if (it->letter == '-' || s->sec == SEC_INDIRECT || has_control(s->name)) {
            bsd_line(l, it, b);
            continue;
        }
        if (b->cap - b->n < s->name.len + 24) {
            buf_reserve(b, s->name.len + 24);
        }
        char *p = b->p + b->n;
        if (nm_is_undefined_letter(it->letter)) {
            memset(p, ' ', digits);
            p += digits;
        } else {
            p = hex_digits(p, nm_value(l, s), digits);
        }
        *p++ = ' ';
        *p++ = it->letter;
        *p++ = ' ';
        if (s->name.len) { /* a nameless section's symbol has no bytes at all */
            memcpy(p, s->name.p, s->name.len);
        }
        p += s->name.len;
        *p++ = '\n';
        b->n = (size_t)(p - b->p);
    }
}

void nm_print_bsd(const struct nm_list *l, struct buf *b)
{
    const struct nm_opts *o = l->o;
    if (o->radix == 16 && !o->print_size && o->order != NM_BY_SIZE && !l->line_info && !o->demangle &&
        !l->versions && !l->plain && !l->dashes && l->prefix.len == 0 && o->names == NAME_RAW) {
        bsd_fast(l, b);
        return;
    }
    for (size_t i = 0; i < l->n; i++) {
        bsd_line(l, &l->items[i], b);
    }
}

/* ---- posix ------------------------------------------------------------------------------------------- */

void nm_print_posix(const struct nm_list *l, struct buf *b)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct nm_item *it = &l->items[i];
        const struct symbol *s = &l->syms[it->sym];
        uint64_t size = nm_size(l, it);
        buf_str(b, l->prefix);
        nm_put_name(l, s, b);
        buf_c(b, ' ');
        buf_c(b, it->letter);
        buf_c(b, ' ');
        if (nm_is_undefined_letter(it->letter)) {
            buf_puts(b, "        ");
        } else {
            put_number(l, nm_value(l, s), 0, b);
            buf_c(b, ' ');
            if (size) {
                put_number(l, size, 0, b);
            }
        }
        put_tail(l, s, b);
    }
}

/* ---- sysv -------------------------------------------------------------------------------------------- */


static void sysv_line(const struct nm_list *l, const struct nm_item *it, struct buf *b)
{
    const struct symbol *s = &l->syms[it->sym];
    struct buf name = {0};
    char type[32];
    nm_put_name(l, s, &name);
    buf_str(b, l->prefix);
    size_t from = name.n;
    buf_add(b, name.p, name.n);
    buf_free(&name);
    buf_fill(b, ' ', from < 20 ? 20 - from : 0);
    buf_c(b, '|');
    if (nm_is_undefined_letter(it->letter)) {
        buf_fill(b, ' ', l->digits);
    } else {
        put_number(l, nm_value(l, s), l->digits, b);
    }
    buf_puts(b, "|   ");
    buf_c(b, it->letter);
    buf_printf(b, "  |%18s|", obj_symbol_type_name(l->obj, s, type));
    uint64_t size = nm_size(l, it);
    if (size) {
        put_number(l, size, l->digits, b);
    } else {
        buf_fill(b, ' ', l->digits);
    }
    buf_puts(b, "|     |");
    buf_name(b, obj_symbol_section_name(l->obj, s), l->o->names);
    put_tail(l, s, b);
}

void nm_print_sysv(const struct nm_list *l, struct buf *b)
{
    for (size_t i = 0; i < l->n; i++) {
        sysv_line(l, &l->items[i], b);
    }
}

void nm_print_just(const struct nm_list *l, struct buf *b)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct symbol *s = &l->syms[l->items[i].sym];
        buf_str(b, l->prefix);
        nm_put_name(l, s, b);
        put_tail(l, s, b);
    }
}

/* ---- -m ------------------------------------------------------------------------------------------------ */

/* -x: the record as it is in the file. */
static void put_nlist(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    struct macho_nlist n;
    if (!macho_nlist(l->obj, s, &n)) {
        return;
    }
    buf_hex(b, n.value, l->digits);
    buf_c(b, ' ');
    buf_hex(b, n.type, 2);
    buf_c(b, ' ');
    buf_hex(b, n.sect, 2);
    buf_c(b, ' ');
    buf_hex(b, n.desc, 4);
    buf_c(b, ' ');
    buf_hex(b, n.strx, 8);
    buf_c(b, ' ');
}

void nm_print_darwin(const struct nm_list *l, struct buf *b)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct nm_item *it = &l->items[i];
        const struct symbol *s = &l->syms[it->sym];
        buf_str(b, l->prefix);
        if (l->o->hex_nlist) {
            put_nlist(l, s, b);
        } else {
            if (is_valueless(l, s, it->letter)) {
                buf_fill(b, ' ', l->digits);
            } else {
                put_number(l, nm_value(l, s), l->digits, b);
            }
            buf_c(b, ' ');
            if (it->letter == '-') {
                buf_c(b, '-');
                put_stab(l, s, b);
                buf_c(b, ' ');
            } else {
                macho_describe(l->obj, s, b);
            }
        }
        nm_put_name(l, s, b);
        macho_describe_after(l->obj, s, b);
        put_tail(l, s, b);
    }
}

/* ---- headings ------------------------------------------------------------------------------------------- */

static void put_origin(const struct nm_opts *o, const struct origin *origin, struct buf *b)
{
    struct buf name = {0};
    origin_print(&name, origin);
    buf_name(b, (struct str){name.p, name.n}, o->names);
    buf_free(&name);
}

struct str nm_member_name(const struct input_item *item)
{
    const struct origin *o = item->origin;
    bool own_file = item->member && item->member->thin && item->member->data.len == 0 && item->ar && !item->slice &&
                    o->parent && !o->parent->parent;
    return own_file ? str_c(ar_thin_path(item->ar, o->parent->name.p, item->member)) : o->name;
}

/* "x.a[m.o]" for posix and sysv. */
static void put_bracketed(const struct nm_opts *o, const struct input_item *item, struct buf *b)
{
    if (item->member && item->origin->parent && !item->slice) {
        put_origin(o, item->origin->parent, b);
        buf_c(b, '[');
        buf_name(b, nm_member_name(item), o->names);
        buf_c(b, ']');
    } else {
        put_origin(o, item->origin, b);
    }
}

static void sysv_heading(const struct nm_opts *o, const struct input_item *item, unsigned digits, struct buf *b)
{
    buf_puts(b, o->undefined_only ? "\n\nUndefined symbols from " : "\n\nSymbols from ");
    put_bracketed(o, item, b);
    buf_puts(b, ":\n\n");
    buf_puts(b, digits == 8
                    ? "Name                  Value   Class        Type         Size     Line  Section\n\n"
                    : "Name                  Value           Class        Type         Size             "
                      "Line  Section\n\n");
}

void nm_print_heading(const struct nm_opts *o, const struct input_item *item, unsigned digits, struct buf *b)
{
    bool member = item->member != NULL, slice = item->slice != NULL;
    switch (o->format) {
    case NM_SYSV:
        sysv_heading(o, item, digits, b);
        return;
    case NM_JSON:
    case NM_JUST:
        return;
    default:
        break;
    }
    if (o->file_names || (!o->many_files && !member && !slice && !item->origin->parent)) {
        return;
    }
    if (o->format == NM_POSIX) {
        put_bracketed(o, item, b);
    } else if (slice && item->origin->parent) {
        buf_c(b, '\n');
        put_origin(o, item->origin->parent, b);
        buf_printf(b, " (for architecture %s)", item->slice->arch);
    } else {
        buf_c(b, '\n');
        if (member) {
            buf_name(b, nm_member_name(item), o->names);
        } else {
            put_origin(o, item->origin, b);
        }
    }
    buf_puts(b, ":\n");
}

enum { OFFER_AT = 1 << 20 };

struct armap_listing {
    const struct nm_opts *o;
    const struct input_item *item;
    struct ar *ar;
    const char *path;     /* of the archive, if it is a file */
    struct buf *b;
    bool ec;              /* in the ARM64EC table */
    uint64_t last_off;    /* the member of the last entry; usually of the next one too */
    struct ar_member member;
    bool known;
    struct nm_list names;     /* how names are demangled */
    bool names_known;
    void (*grown)(void *ctx);
    void *ctx;
};

/* Whether names have an underscore more, the first member tells for all. */
static void look_at_names(struct armap_listing *l)
{
    struct arena a = {0};
    struct diag quiet;
    struct object obj;
    diag_child(&quiet, l->item->diag);
    l->names_known = true;
    if (obj_open_in(&obj, l->member.data, l->item->origin, &quiet, &a)) {
        l->names.strip_underscore = obj_leading_underscore(&obj);
    }
    obj_close(&obj);
    diag_drop(&quiet);
    arena_free(&a);
}

static void list_entry(void *ctx, const struct armap_entry *e)
{
    struct armap_listing *l = ctx;
    if (e->ec && !l->ec) {
        buf_puts(l->b, "\nArchive EC index:\n");
        l->ec = true;
    }
    if (e->hdr_off != l->last_off) {
        l->last_off = e->hdr_off;
        l->known = ar_member_at(l->ar, e->hdr_off, &l->member);
        if (l->known && l->member.thin && l->path) {
            l->member.name = str_c(ar_thin_path(l->ar, l->path, &l->member));
        }
    }
    if (l->known) {
        if (l->o->demangle && !l->names_known) {
            look_at_names(l);
        }
        if (!l->o->demangle || !put_demangled(&l->names, e->name, l->b)) {
            put_plain(&l->names, e->name, l->b);
        }
        buf_puts(l->b, " in ");
        buf_name(l->b, l->member.name, l->o->names);
        buf_c(l->b, '\n');
        if (l->b->n >= OFFER_AT) {
            l->grown(l->ctx);
        }
    }
}

/* -s: what the archive's index says. */
void nm_print_armap(const struct nm_opts *o, const struct input_item *item, struct buf *b,
                    void (*grown)(void *ctx), void *ctx)
{
    struct armap_listing l = {.o = o, .item = item, .ar = item->ar, .b = b, .names = {.o = o},
                              .grown = grown, .ctx = ctx};
    l.path = item->origin->parent ? NULL : item->origin->name.p;
    item->ar->mapped = item->mapped;
    if (o->format != NM_JSON && ar_armap_is_good(item->ar)) {
        buf_puts(b, "\nArchive index:\n");
        ar_each_armap(item->ar, true, list_entry, &l);
    }
}
