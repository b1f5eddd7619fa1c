/* armap_write.c - the special members of every dialect: symbol index, long names, AIX's tables.
   Layouts: spec ar-nm, 1.2-1.4 and 1.7; those of llvm-ar where the formats' owners say nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/ar_fmt.h"
#include "archive/ar_layout.h"
#include "base/ckint.h"
#include "base/strmap.h"

static const struct str symdef32 = {"__.SYMDEF", 9}, symdef64 = {"__.SYMDEF_64", 12};

static unsigned word(const struct layout *l)
{
    return l->wide ? 8 : 4;
}

static void put_word(const struct layout *l, struct buf *b, bool be, uint64_t x)
{
    if (l->wide) {
        buf_u64(b, be, x);
    } else {
        buf_u32(b, be, (uint32_t)x);
    }
}

/* GNU and LLVM write an index, be it empty, as soon as there is an object to index. */
static bool has_objects(const struct layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if (obj_format_readable(l->items[i].format)) {
            return true;
        }
    }
    return false;
}

/* ---- COFF: names once, and ARM64EC's apart -------------------------------------------------------- */

static bool is_import_descriptor(struct str name)
{
    return str_starts(name, S("__IMPORT_DESCRIPTOR_")) || str_is(name, "__NULL_IMPORT_DESCRIPTOR") ||
           (str_starts(name, S("\x7f")) && str_ends(name, S("_NULL_THUNK_DATA")));
}

struct coff_builder {
    struct layout *l;
    struct strmap seen, seen_ec;
};

static void add_coff(struct coff_builder *b, bool ec, struct str name, uint32_t member)
{
    bool added;
    strmap_put(ec ? &b->seen_ec : &b->seen, name, member, &added);
    if (!added) {
        return;
    }
    struct coff_sym s = {name, member};
    if (ec) {
        vec_push(&b->l->coff_ec, s);
    } else {
        vec_push(&b->l->coff, s);
        b->l->n_syms++;
        b->l->sym_len += name.len + 1;
    }
}

static void prepare_coff(struct layout *l)
{
    struct coff_builder b = {.l = l};
    l->n_syms = l->sym_len = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct ar_item *it = &l->items[i];
        bool coff = it->format == OBJ_COFF || it->format == OBJ_BIGOBJ || it->format == OBJ_SHORTIMP ||
                    (it->format == OBJ_BITCODE && it->for_windows);
        /* Once one object is ARM64EC, x86-64 code belongs to that world too. */
        bool ec = l->ec && coff && it->machine != MACH_ARM64;
        const char *p = it->sym_names;
        for (uint32_t k = 0; k < it->n_syms; k++) {
            struct str name = str_c(p);
            add_coff(&b, ec, name, (uint32_t)i);
            if (l->ec && !ec && is_import_descriptor(name)) {
                add_coff(&b, true, name, (uint32_t)i);
            }
            p += name.len + 1;
        }
    }
    strmap_free(&b.seen);
    strmap_free(&b.seen_ec);
}

void armap_prepare(struct layout *l)
{
    if (l->opts->index && l->dialect == AR_DIALECT_COFF) {
        prepare_coff(l);
    }
}

static int compare_syms(const void *a, const void *b)
{
    const struct coff_sym *x = a, *y = b;
    return str_cmp(x->name, y->name);
}

static uint64_t second_raw_len(const struct layout *l)
{
    return 8 + 4 * (uint64_t)l->n + 2 * l->n_syms + l->sym_len;
}

static uint64_t second_len(const struct layout *l)
{
    return align_up(second_raw_len(l), 2);
}

static uint64_t ec_raw_len(const struct layout *l)
{
    uint64_t n = 4;
    for (size_t i = 0; i < l->coff_ec.n; i++) {
        n += 2 + l->coff_ec.p[i].name.len + 1;
    }
    return n;
}

static uint64_t ec_len(const struct layout *l)
{
    return align_up(ec_raw_len(l), 2);
}

/* Sorted 16-bit member numbers, then the names in the same order. */
static void put_sorted(struct buf *b, const struct coff_sym *syms, size_t n)
{
    struct coff_sym *sorted = xmalloc(n * sizeof *sorted);
    if (n) {
        memcpy(sorted, syms, n * sizeof *sorted);
    }
    qsort(sorted, n, sizeof *sorted, compare_syms);
    buf_u32(b, false, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        buf_u16(b, false, (uint16_t)(sorted[i].member + 1));
    }
    for (size_t i = 0; i < n; i++) {
        buf_str(b, sorted[i].name);
        buf_c(b, '\0');
    }
    free(sorted);
}

/* ---- index members in front ------------------------------------------------------------------------ */

static uint64_t gnu_raw_len(const struct layout *l)
{
    return word(l) * (1 + l->n_syms) + l->sym_len;
}

static uint64_t gnu_len(const struct layout *l)
{
    return align_up(gnu_raw_len(l), l->wide ? 8 : 2);
}

static uint64_t bsd_raw_len(const struct layout *l)
{
    return word(l) * (2 + 2 * l->n_syms) + l->sym_len;
}

static uint64_t bsd_len(const struct layout *l)
{
    return align_up(bsd_raw_len(l), 8);
}

static struct str symdef_name(const struct layout *l)
{
    return l->wide ? symdef64 : symdef32;
}

/* Does the archive get an index member? */
static bool wants_index(const struct layout *l)
{
    switch (l->dialect) {
    case AR_DIALECT_DARWIN:
    case AR_DIALECT_COFF:
        return l->opts->index; /* Apple's and Microsoft's linkers refuse a library without one */
    case AR_DIALECT_BSD:
        return l->opts->index && l->n_syms;
    case AR_DIALECT_RAW:
    case AR_DIALECT_BIG:
        return false;
    default:
        return l->opts->index && has_objects(l);
    }
}

static uint64_t extra_len(const struct layout *l)
{
    uint64_t n = 0;
    for (size_t i = 0; i < l->opts->n_extra; i++) {
        n += AR_HDR_LEN + align_up(l->opts->extra[i].data.len, 2);
    }
    return n;
}

uint64_t armap_front_len(const struct layout *l)
{
    uint64_t n = extra_len(l);
    bool index = wants_index(l);
    if (l->dialect == AR_DIALECT_BSD || l->dialect == AR_DIALECT_DARWIN) {
        return n + (index ? AR_HDR_LEN + bsd_len(l) +
                                layout_bsd_name_len(AR_MAGIC_LEN, symdef_name(l).len) : 0);
    }
    n += index ? AR_HDR_LEN + gnu_len(l) : 0;
    n += index && l->dialect == AR_DIALECT_COFF ? AR_HDR_LEN + second_len(l) : 0;
    n += index && l->coff_ec.n ? AR_HDR_LEN + ec_len(l) : 0;
    return n + (l->names.n ? AR_HDR_LEN + l->names.n : 0);
}

/* B may be flushed while it grows, so padding is computed from lengths, never from positions. */
static void pad_even(struct buf *b, uint64_t len)
{
    buf_fill(b, '\0', len & 1);
}

static void put_gnu(const struct layout *l, struct buf *b)
{
    put_header(b, l->wide ? S("/SYM64/") : S("/"), l->opts->index_mtime, 0, 0, 0, gnu_len(l));
    put_word(l, b, true, l->n_syms);
    if (l->dialect == AR_DIALECT_COFF) {
        for (size_t i = 0; i < l->coff.n; i++) {
            put_word(l, b, true, l->items[l->coff.p[i].member].hdr_off);
        }
        for (size_t i = 0; i < l->coff.n; i++) {
            buf_str(b, l->coff.p[i].name);
            buf_c(b, '\0');
        }
    } else {
        for (size_t i = 0; i < l->n; i++) {
            for (uint32_t k = 0; k < l->items[i].n_syms; k++) {
                put_word(l, b, true, l->items[i].hdr_off);
            }
        }
        for (size_t i = 0; i < l->n; i++) {
            buf_add(b, l->items[i].sym_names, l->items[i].sym_len);
        }
    }
    buf_fill(b, '\0', (size_t)(gnu_len(l) - gnu_raw_len(l)));
}

static void put_second(const struct layout *l, struct buf *b)
{
    put_header(b, S("/"), l->opts->index_mtime, 0, 0, 0, second_len(l));
    buf_u32(b, false, (uint32_t)l->n);
    for (size_t i = 0; i < l->n; i++) {
        buf_u32(b, false, (uint32_t)l->items[i].hdr_off);
    }
    put_sorted(b, l->coff.p, l->coff.n);
    pad_even(b, second_raw_len(l));
}

static void put_symdef(const struct layout *l, struct buf *b)
{
    struct str name = symdef_name(l);
    uint64_t name_len = layout_bsd_name_len(AR_MAGIC_LEN, name.len);
    char field[AR_NAME_LEN + 1];
    snprintf(field, sizeof field, "#1/%u", (unsigned)name_len);
    put_header(b, str_c(field), l->opts->index_mtime, 0, 0, 0, name_len + bsd_len(l));
    buf_str(b, name);
    buf_fill(b, '\0', (size_t)name_len - name.len);
    bool be = l->symdef_be;
    put_word(l, b, be, l->n_syms * 2 * word(l));
    uint64_t strx = 0;
    for (size_t i = 0; i < l->n; i++) {
        const char *p = l->items[i].sym_names;
        for (uint32_t k = 0; k < l->items[i].n_syms; k++) {
            size_t len = strlen(p) + 1;
            put_word(l, b, be, strx);
            put_word(l, b, be, l->items[i].hdr_off);
            strx += len;
            p += len;
        }
    }
    put_word(l, b, be, l->sym_len);
    for (size_t i = 0; i < l->n; i++) {
        buf_add(b, l->items[i].sym_names, l->items[i].sym_len);
    }
    buf_fill(b, '\0', (size_t)(bsd_len(l) - bsd_raw_len(l)));
}

static void put_names(const struct layout *l, struct buf *b)
{
    char h[AR_HDR_LEN];
    memset(h, ' ', sizeof h);
    h[0] = h[1] = '/';
    char size[AR_SIZE_LEN + 1];
    int n = snprintf(size, sizeof size, "%zu", l->names.n);
    memcpy(h + AR_SIZE_OFF, size, (size_t)n);
    memcpy(h + AR_END_OFF, AR_END_MARK, AR_END_LEN);
    buf_add(b, h, sizeof h);
    buf_add(b, l->names.p, l->names.n);
}

static void put_extra(const struct layout *l, struct buf *b)
{
    for (size_t i = 0; i < l->opts->n_extra; i++) {
        const struct ar_item *x = &l->opts->extra[i];
        put_header(b, x->name, x->mtime, x->uid, x->gid, x->mode, x->data.len);
        buf_add(b, x->data.p, (size_t)x->data.len);
        buf_fill(b, '\0', x->data.len & 1);
    }
}

void armap_front(const struct layout *l, struct buf *b)
{
    bool index = wants_index(l);
    bool bsd = l->dialect == AR_DIALECT_BSD || l->dialect == AR_DIALECT_DARWIN;
    if (index && bsd) {
        put_symdef(l, b);
    } else if (index) {
        put_gnu(l, b);
    }
    if (index && l->dialect == AR_DIALECT_COFF) {
        put_second(l, b);
    }
    if (l->names.n) {
        put_names(l, b);
    }
    if (index && l->coff_ec.n) {
        put_header(b, S("/<ECSYMBOLS>/"), l->opts->index_mtime, 0, 0, 0, ec_len(l));
        put_sorted(b, l->coff_ec.p, l->coff_ec.n);
        pad_even(b, ec_raw_len(l));
    }
    put_extra(l, b);
}

/* ---- AIX: member table and symbol tables behind the members ------------------------------------------ */

/* The symbol table of the 32-bit or of the 64-bit objects; empty if they have no symbols. */
static void big_symbols(const struct layout *l, bool is64, struct buf *b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        n += l->items[i].is64 == is64 ? l->items[i].n_syms : 0;
    }
    if (n == 0) {
        return;
    }
    buf_u64(b, true, n);
    for (size_t i = 0; i < l->n; i++) {
        for (uint32_t k = 0; l->items[i].is64 == is64 && k < l->items[i].n_syms; k++) {
            buf_u64(b, true, l->items[i].hdr_off);
        }
    }
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].is64 == is64) {
            buf_add(b, l->items[i].sym_names, l->items[i].sym_len);
        }
    }
}

/* Appends a nameless member; returns its offset. */
static uint64_t big_member(const struct layout *l, struct buf *b, const struct buf *data, uint64_t next,
                           uint64_t prev)
{
    uint64_t off = l->end_off + b->n;
    struct ar_item it = {.size = data->n, .name = S("")};
    put_big_header(b, &it, next, prev);
    buf_add(b, data->p, data->n);
    return off;
}

static void big_even(struct buf *b)
{
    buf_fill(b, '\0', b->n & 1);
}

static void big_member_table(const struct layout *l, struct buf *t)
{
    buf_printf(t, "%-20llu", (unsigned long long)l->n);
    for (size_t i = 0; i < l->n; i++) {
        buf_printf(t, "%-20llu", (unsigned long long)l->items[i].hdr_off);
    }
    for (size_t i = 0; i < l->n; i++) {
        buf_str(t, l->items[i].name);
        buf_c(t, '\0');
    }
}

void armap_big_tail(const struct layout *l, struct buf *b, struct buf *file_hdr)
{
    struct buf table = {0}, sym32 = {0}, sym64 = {0};
    uint64_t mem_off = 0, off32 = 0, off64 = 0, first = 0, last = 0;
    if (l->n) {
        first = l->items[0].hdr_off;
        last = l->items[l->n - 1].hdr_off;
        big_member_table(l, &table);
        if (l->opts->index) {
            big_symbols(l, false, &sym32);
            big_symbols(l, true, &sym64);
        }
        uint64_t after = align_up(l->end_off + AR_BIG_HDR_LEN + AR_END_LEN + table.n, 2);
        mem_off = big_member(l, b, &table, sym32.n || sym64.n ? after : 0, last);
        big_even(b);
        if (sym32.n) {
            uint64_t hdr = AR_BIG_HDR_LEN + AR_END_LEN;
            uint64_t next = align_up(l->end_off + b->n + hdr + sym32.n, 2);
            off32 = big_member(l, b, &sym32, sym64.n ? next : 0, mem_off);
        }
        if (sym64.n) {
            big_even(b);
            off64 = big_member(l, b, &sym64, 0, off32 ? off32 : mem_off);
        }
    }
    buf_puts(file_hdr, AR_BIG_MAGIC);
    const uint64_t fields[] = {mem_off, off32, off64, first, last, 0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        buf_printf(file_hdr, "%-20llu", (unsigned long long)fields[i]);
    }
    buf_free(&table);
    buf_free(&sym32);
    buf_free(&sym64);
}
