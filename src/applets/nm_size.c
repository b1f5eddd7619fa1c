/* nm_size.c - sizes for formats that have none (COFF, Mach-O), as GNU nm --size-sort makes them up.

   Symbols are ordered by address and, at one address, by name; the size of each is the distance to
   the next if that is in the same section, else to the end of its own. */
#include "applets/nm.h"

static uint64_t to_section_end(const struct nm_list *l, const struct symbol *s, uint64_t value)
{
    const struct section *sec = &l->obj->sections[s->sec];
    uint64_t start = l->obj->type == OBJ_TYPE_RELOCATABLE ? sec->addr
                                                          : sec->addr + l->obj->image_base - l->base;
    uint64_t end = start + sec->size;
    return end > value ? end - value : 0;
}

const uint64_t *nm_gap_sizes(const struct nm_list *l, uint32_t n_syms, struct arena *a)
{
    uint64_t *sizes = ARENA_ARRAY(a, uint64_t, n_syms);
    struct nm_item *by = arena_alloc(a, l->n * sizeof *by);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct symbol *s = &l->syms[l->items[i].sym];
        if (s->sec == SEC_COMMON) {
            sizes[l->items[i].sym] = s->size;
        } else if (s->sec != SEC_UNDEF && s->sec < l->obj->n_sections) {
            by[n] = l->items[i];
            by[n++].key = nm_value(l, s);
        }
    }
    nm_sort(by, n, l->syms, true, false);
    for (size_t i = 0; i < n; i++) {
        const struct symbol *s = &l->syms[by[i].sym];
        const struct symbol *next = i + 1 < n ? &l->syms[by[i + 1].sym] : NULL;
        uint64_t v = nm_value(l, s);
        sizes[by[i].sym] = next && next->sec == s->sec ? nm_value(l, next) - v : to_section_end(l, s, v);
    }
    return sizes;
}
