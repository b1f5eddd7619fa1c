/* nm_list.c - one object: which of its symbols are shown, in which order.

   The rules are GNU nm's (spec ar-nm, 4): -u keeps undefined symbols, weak ones too; -g keeps global,
   weak, unique, undefined and common ones; --size-sort drops what has no size. */
#include "applets/nm.h"

#include <stdlib.h>

#include "base/limits.h"

uint64_t nm_value(const struct nm_list *l, const struct symbol *s)
{
    uint64_t v = obj_symbol_address(l->obj, s);
    return l->base && s->sec != SEC_UNDEF && !sec_is_special(s->sec) ? v - l->base : v;
}

uint64_t nm_size(const struct nm_list *l, const struct nm_item *it)
{
    return l->sizes ? l->sizes[it->sym] : l->sizes_shown ? l->syms[it->sym].size : 0;
}

/* ---- which symbols -------------------------------------------------------------------------------- */

static bool is_external(const struct symbol *s)
{
    return s->binding != BIND_LOCAL || s->sec == SEC_UNDEF || s->sec == SEC_COMMON;
}

static bool in_section(const struct nm_list *l, const struct symbol *s)
{
    const struct section *sec = s->sec < l->obj->n_sections ? &l->obj->sections[s->sec] : NULL;
    return sec && s->sec != 0 && l->obj->segments &&
           str_is(l->obj->segments[s->sec], l->o->seg) && str_is(sec->name, l->o->sect);
}

static bool wanted(const struct nm_list *l, const struct symbol *s)
{
    const struct nm_opts *o = l->o;
    bool undefined = s->sec == SEC_UNDEF;
    if (o->undefined_only ? !undefined : o->extern_only && !is_external(s)) {
        return false;
    }
    if (undefined && o->defined_only) {
        return false;
    }
    if (!o->debug_syms && (obj_symbol_is_debugging(l->obj, s) ||
                           (s->type == SYM_MAPPING && !o->special_syms))) {
        return false;
    }
    if (o->no_weak && (s->binding == BIND_WEAK || s->binding == BIND_WEAK_EXTERNAL)) {
        return false;
    }
    if (o->order == NM_BY_SIZE && (undefined || s->sec == SEC_ABS)) {
        return false;
    }
    if (o->set == NM_EXPORTS && !obj_symbol_is_exported(l->obj, s)) {
        return false;
    }
    if (l->obj->slim_lto && !(s->flags & SYMF_LTO) && !o->debug_syms) {
        return false;
    }
    return !o->seg || in_section(l, s);
}

static char letter_of(const struct nm_list *l, const struct symbol *s)
{
    char c = obj_symbol_letter(l->obj, s);
    if (c == 'i' && s->type == SYM_IFUNC && l->o->ifunc[0]) {
        c = l->o->ifunc[s->binding == BIND_LOCAL];
    }
    return c;
}

static void choose(struct nm_list *l, uint32_t n, struct arena *a)
{
    l->items = arena_alloc(a, (size_t)n * sizeof *l->items);
    for (uint32_t i = obj_first_symbol(l->obj); i < n; i++) {
        const struct symbol *s = &l->syms[i];
        if (s->name.len > LIMIT_NAME_LEN) {
            diag_bad(l->obj->diag, DIAG_NO_OFFSET, "the name of symbol %u is longer than %llu bytes, the limit", i,
                     (unsigned long long)LIMIT_NAME_LEN);
        } else if (wanted(l, s)) {
            l->items[l->n++] = (struct nm_item){0, i, letter_of(l, s)};
        }
    }
}

/* ---- in which order --------------------------------------------------------------------------------- */

static uint64_t sort_size(const struct nm_list *l, const struct nm_item *it)
{
    const struct symbol *s = &l->syms[it->sym];
    return s->sec == SEC_COMMON ? s->size : nm_size(l, it);
}

static bool same_size_and_name(const struct nm_list *l, const struct nm_item *a, const struct nm_item *b)
{
    return sort_size(l, a) == sort_size(l, b) && str_eq(l->syms[a->sym].name, l->syms[b->sym].name);
}

/* Symbols of one size and name stand by address, in either direction of the sort. */
static void order_ties_by_value(struct nm_list *l)
{
    for (size_t i = 0, j; i < l->n; i = j) {
        for (j = i + 1; j < l->n && same_size_and_name(l, &l->items[i], &l->items[j]); j++) {
            l->items[j].key = nm_value(l, &l->syms[l->items[j].sym]);
        }
        if (j - i > 1) {
            l->items[i].key = nm_value(l, &l->syms[l->items[i].sym]);
            nm_sort(l->items + i, j - i, l->syms, true, false);
        }
    }
}

static void order_by_size(struct nm_list *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct nm_item it = l->items[i];
        it.key = sort_size(l, &it);
        if (it.key) {
            l->items[kept++] = it;
        }
    }
    l->n = kept;
    nm_sort(l->items, l->n, l->syms, true, l->o->reverse);
    order_ties_by_value(l);
}

/* Undefined symbols first, by name; the others by value. Reversed, they come last. */
static void order_by_value(struct nm_list *l, struct arena *a)
{
    struct nm_item *split = arena_alloc(a, l->n * sizeof *split);
    size_t n_undef = 0, n_def = 0;
    for (size_t i = 0; i < l->n; i++) {
        n_undef += l->syms[l->items[i].sym].sec == SEC_UNDEF;
    }
    size_t undef_at = l->o->reverse ? l->n - n_undef : 0, def_at = l->o->reverse ? 0 : n_undef;
    size_t k = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct nm_item it = l->items[i];
        const struct symbol *s = &l->syms[it.sym];
        if (s->sec == SEC_UNDEF) {
            split[undef_at + k++] = it;
        } else {
            it.key = nm_value(l, s);
            split[def_at + n_def++] = it;
        }
    }
    nm_sort(split + undef_at, n_undef, l->syms, false, l->o->reverse);
    nm_sort(split + def_at, n_def, l->syms, true, l->o->reverse);
    l->items = split;
}

static void order(struct nm_list *l, struct arena *a)
{
    switch (l->o->order) {
    case NM_BY_NAME: nm_sort(l->items, l->n, l->syms, false, l->o->reverse); break;
    case NM_BY_VALUE: order_by_value(l, a); break;
    case NM_BY_SIZE: order_by_size(l); break;
    case NM_UNSORTED: break;
    }
}

/* ---- the symbols -------------------------------------------------------------------------------------- */

/* Adds "NAME@plt" for every entry of the procedure linkage table. */
static void add_synthetic(struct object *obj, struct symbol **syms, uint32_t *n, struct arena *a)
{
    struct symbol *plt;
    uint32_t n_plt;
    if (!obj_load_synthetic(obj, &plt, &n_plt) || n_plt == 0) {
        return;
    }
    struct symbol *all = arena_alloc(a, ((size_t)*n + n_plt) * sizeof *all);
    if (*n) {
        memcpy(all, *syms, *n * sizeof *all);
    }
    memcpy(all + *n, plt, n_plt * sizeof *all);
    *syms = all;
    *n += n_plt;
}

static bool load(struct nm_list *l, struct symbol **syms, uint32_t *n, struct arena *a)
{
    const struct nm_opts *o = l->o;
    struct object *obj = l->obj;
    bool dynamic = o->set == NM_DYNAMIC || (o->set == NM_EXPORTS && obj->type != OBJ_TYPE_RELOCATABLE);
    bool ok = dynamic ? obj_load_dynamic_view(obj, o->ec) : obj_load_symbols(obj);
    *syms = dynamic ? obj->dynsyms : obj->symbols;
    *n = dynamic ? obj->n_dynsyms : obj->n_symbols;
    l->versions = dynamic && o->versions && obj->n_versions > 1;
    if (o->synthetic && *n) { /* a stripped image has no symbols to add to, without -D */
        add_synthetic(obj, syms, n, a);
    }
    return ok;
}

/* ---- the listing ------------------------------------------------------------------------------------------ */

static struct str make_prefix(const struct nm_opts *o, const struct input_item *item, struct arena *a)
{
    struct buf b = {0};
    if (!o->file_names || o->format == NM_JSON) {
        return (struct str){"", 0};
    }
    bool member = item->member && item->origin->parent;
    const struct origin *outer = member ? item->origin->parent : item->origin;
    struct buf name = {0};
    origin_print(&name, outer);
    buf_name(&b, (struct str){name.p, name.n}, o->names);
    if (o->format == NM_POSIX && member) {
        buf_c(&b, '[');
        buf_name(&b, nm_member_name(item), o->names);
        buf_c(&b, ']');
    } else if (member) {
        buf_c(&b, ':');
        buf_name(&b, nm_member_name(item), o->names);
    }
    buf_puts(&b, o->format == NM_POSIX || o->format == NM_DARWIN ? ": " : ":");
    struct str s = arena_str(a, (struct str){b.p, b.n});
    buf_free(&name);
    buf_free(&b);
    return s;
}

static void print_list(struct nm_list *l, const struct input_item *item, struct buf *out)
{
    switch (l->o->format == NM_DARWIN && l->obj->format != OBJ_MACHO ? NM_BSD : l->o->format) {
    case NM_BSD: nm_print_bsd(l, out); break;
    case NM_POSIX: nm_print_posix(l, out); break;
    case NM_SYSV: nm_print_sysv(l, out); break;
    case NM_JUST: nm_print_just(l, out); break;
    case NM_JSON: nm_print_json(l, item, out); break;
    case NM_DARWIN: nm_print_darwin(l, out); break;
    }
}

static void list_object(struct nm_list *l, const struct input_item *item, struct arena *a, struct buf *out)
{
    const struct nm_opts *o = l->o;
    struct symbol *syms;
    uint32_t n;
    (void)load(l, &syms, &n, a); /* a failure is reported; what was read is shown */
    l->syms = syms;
    l->digits = obj_address_digits(l->obj);
    if (!obj_has_addresses(l->obj) && strstr(o->prog, "llvm-nm")) {
        l->dashes = true;
        l->digits = 16;
    }
    l->sizes_shown = obj_has_symbol_sizes(l->obj);
    l->strip_underscore = obj_leading_underscore(l->obj);
    l->plain = (o->demangle && l->strip_underscore) || !o->versions || o->unicode;
    l->base = o->rva ? l->obj->image_base : 0;
    nm_print_heading(o, item, l->digits, out);
    choose(l, n, a);
    if (n <= obj_first_symbol(l->obj)) {
        if (!o->quiet) {
            diag_report(l->obj->diag, SEV_NOTE, item->origin, DIAG_NO_OFFSET, "no symbols");
        }
        return;
    }
    l->prefix = make_prefix(o, item, a);
    if (o->order == NM_BY_SIZE && !l->sizes_shown) {
        l->sizes = nm_gap_sizes(l, n, a);
        l->sizes_shown = true;
    }
    order(l, a);
    l->line_info = o->libdw ? nm_lines_open(l, n, a) : NULL;
    print_list(l, item, out);
    if (l->line_info) {
        nm_lines_close(l->line_info);
    }
}

void nm_object(const struct nm_opts *o, const struct input_item *item, struct arena *arena, struct buf *out)
{
    struct object obj;
    if (!obj_open_in(&obj, item->bytes, item->origin, item->diag, arena)) {
        obj_close(&obj);
        return;
    }
    if (o->word_bits == 0 || o->word_bits == (obj.is64 ? 64u : 32u)) {
        struct nm_list l = {.o = o, .obj = &obj};
        list_object(&l, item, arena, out);
    }
    obj_close(&obj);
}
