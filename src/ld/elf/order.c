/* order.c - the order of input sections inside an output section.

   Code lies as GNU ld's default script has it: rarely used, exit, startup, hot, sorted, the rest. Arrays of
   constructors go by priority. Then come --sort-section and the ordering files. Sections with SHF_LINK_ORDER
   follow the sections they are linked to. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* 101 of .init_array.101; GNU counts .ctors backwards from 65535. Without a number: last. */
static uint32_t priority_of(struct str name, bool ctors)
{
    size_t dot = str_rfind(name, '.');
    uint64_t n;
    if (dot == SIZE_MAX || dot == 0 || !str_u64(str_skip(name, dot + 1), 10, &n) || n > 65535) {
        return 65536;
    }
    return ctors ? 65535 - (uint32_t)n : (uint32_t)n;
}

struct keyed {
    uint64_t key;
    struct ld_chunk *c;
};

static int cmp_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* By 32-bit keys. Stable: the low half of every key is the position. */
static void sort_chunks(struct ld_osec *os, uint64_t (*key)(const struct ld_chunk *c))
{
    struct keyed *k = xmalloc((os->chunks.n + 1) * sizeof *k);
    bool sorted = true;
    for (size_t i = 0; i < os->chunks.n; i++) {
        k[i] = (struct keyed){key(os->chunks.p[i]) << 32 | i, os->chunks.p[i]};
        sorted = sorted && (i == 0 || k[i].key > k[i - 1].key);
    }
    if (!sorted) {
        qsort(k, os->chunks.n, sizeof *k, cmp_keyed);
        for (size_t i = 0; i < os->chunks.n; i++) {
            os->chunks.p[i] = k[i].c;
        }
    }
    free(k);
}

enum { N_TEXT_KEYS = TEXT_REST + 1 };

/* The same by keys below N_TEXT_KEYS: counted, not compared. */
static void count_chunks(struct ld_osec *os, uint64_t (*key)(const struct ld_chunk *c))
{
    size_t at[N_TEXT_KEYS] = {0}, n = os->chunks.n;
    for (size_t i = 0; i < n; i++) {
        at[key(os->chunks.p[i])]++;
    }
    for (size_t k = 0, sum = 0; k < N_TEXT_KEYS; k++) {
        size_t count = at[k];
        if (count == n) {
            return; /* all alike */
        }
        at[k] = sum;
        sum += count;
    }
    struct ld_chunk **sorted = xmalloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; i < n; i++) {
        sorted[at[key(os->chunks.p[i])]++] = os->chunks.p[i];
    }
    for (size_t i = 0; i < n; i++) {
        os->chunks.p[i] = sorted[i];
    }
    free(sorted);
}

static struct str chunk_name(const struct ld_chunk *c)
{
    return c->file ? c->file->obj.sections[c->sec].name : (struct str){"", 0};
}

struct named {
    struct str name;
    size_t at;
    struct ld_chunk *c;
};

static int cmp_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int r = str_cmp(x->name, y->name);
    return r ? r : (x->at > y->at) - (x->at < y->at);
}

/* N chunks by name; what the linker made, which has none, stays in front. */
static void sort_by_name(struct ld_chunk **v, size_t n)
{
    struct named *k = xmalloc((n + 1) * sizeof *k);
    for (size_t i = 0; i < n; i++) {
        k[i] = (struct named){chunk_name(v[i]), i, v[i]};
    }
    if (n) {
        qsort(k, n, sizeof *k, cmp_named);
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = k[i].c;
    }
    free(k);
}

static uint64_t key_priority(const struct ld_chunk *c)
{
    struct str n = chunk_name(c);
    return priority_of(n, str_starts(n, S(".ctors")) || str_starts(n, S(".dtors")));
}

struct prior {
    uint64_t priority;
    struct named n;
};

static int cmp_prior(const void *a, const void *b)
{
    const struct prior *x = a, *y = b;
    if (x->priority != y->priority) {
        return (x->priority > y->priority) - (x->priority < y->priority);
    }
    return x->priority > 65535 ? (x->n.at > y->n.at) - (x->n.at < y->n.at) : cmp_named(&x->n, &y->n);
}

/* Equal priorities go by name, as with GNU ld: .ctors.65035 before .init_array.500. */
static void sort_by_priority(struct ld_osec *os)
{
    size_t n = os->chunks.n;
    struct prior *k = xmalloc((n + 1) * sizeof *k);
    for (size_t i = 0; i < n; i++) {
        struct ld_chunk *c = os->chunks.p[i];
        k[i] = (struct prior){key_priority(c), {chunk_name(c), i, c}};
    }
    if (n) {
        qsort(k, n, sizeof *k, cmp_prior);
    }
    for (size_t i = 0; i < n; i++) {
        os->chunks.p[i] = k[i].n.c;
    }
    free(k);
}

static uint64_t key_text(const struct ld_chunk *c)
{
    return c->file ? c->order : TEXT_REST;
}

/* The largest alignment first, behind what the linker made. */
static uint64_t key_alignment(const struct ld_chunk *c)
{
    return c->file ? 100u - c->align_p2 : 0;
}

static void sort_text(struct ld_osec *os)
{
    size_t first = 0, end = 0;
    count_chunks(os, key_text);
    for (size_t i = 0; i < os->chunks.n; i++) {
        if (key_text(os->chunks.p[i]) == TEXT_SORTED) {
            first = end ? first : i;
            end = i + 1;
        }
    }
    sort_by_name(os->chunks.p + first, end - first);
}

static bool is_array(struct str n)
{
    return str_is(n, ".init_array") || str_is(n, ".fini_array") || str_is(n, ".preinit_array") ||
           str_is(n, ".ctors") || str_is(n, ".dtors");
}

bool elf_check_sort(struct ld *ld)
{
    const char *how = ld->opt.sort_section;
    return !how || strcmp(how, "name") == 0 || strcmp(how, "alignment") == 0 || strcmp(how, "none") == 0 ||
           diag_error(&ld->diag, "--sort-section=%s: it is name, alignment or none", how);
}

/* May --sort-section change the order of OS? */
static bool is_free(const struct ld_osec *os)
{
    return os->raw_flags & SHF_ALLOC && (os->raw_type == SHT_PROGBITS || os->raw_type == SHT_NOBITS) &&
           !str_is(os->name, ".eh_frame") && !str_is(os->name, ".init") && !str_is(os->name, ".fini");
}

void elf_order_inside(struct ld *ld)
{
    const char *how = ld->opt.sort_section;
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (os->n_laid && os->n_laid == os->chunks.n) {
            continue;
        }
        if (is_array(os->name)) {
            sort_by_priority(os);
            continue;
        }
        if (how && how[0] == 'a' && is_free(os)) {
            sort_chunks(os, key_alignment);
        } else if (how && strcmp(how, "name") == 0 && is_free(os)) {
            sort_by_name(os->chunks.p, os->chunks.n);
        }
        if (str_is(os->name, ".text")) {
            sort_text(os);
        }
        ld_order_list(ld, os->chunks.p, os->chunks.n);
    }
}

/* ---- SHF_LINK_ORDER ------------------------------------------------------------------------------ */

static const struct ld_chunk *linked_to(const struct ld_chunk *c)
{
    const struct section *s = c->file ? &c->file->obj.sections[c->sec] : NULL;
    if (!s || !(s->raw_flags & SHF_LINK_ORDER) || s->link == 0 || s->link >= c->file->obj.n_sections) {
        return NULL;
    }
    const struct ld_chunk *to = ld_chunk_kept(&c->file->chunks[s->link]);
    return to->osec ? to : NULL;
}

struct ld_osec *elf_link_target(const struct ld *ld, const struct ld_osec *os)
{
    const struct ld_chunk *to = os->chunks.n ? linked_to(os->chunks.p[0]) : NULL;
    return to ? ld->osecs.p[to->osec] : NULL;
}

struct linked {
    uint32_t order;  /* of the output section */
    uint64_t off;
    size_t at;
    struct ld_chunk *c;
};

static int cmp_linked(const void *a, const void *b)
{
    const struct linked *x = a, *y = b;
    return x->order != y->order ? (x->order > y->order) - (x->order < y->order)
           : x->off != y->off   ? (x->off > y->off) - (x->off < y->off)
                                : (x->at > y->at) - (x->at < y->at);
}

static void sort_links(const struct ld *ld, struct ld_osec *os)
{
    struct linked *k = xmalloc((os->chunks.n + 1) * sizeof *k);
    for (size_t i = 0; i < os->chunks.n; i++) {
        const struct ld_chunk *to = linked_to(os->chunks.p[i]);
        k[i] = (struct linked){to ? ld->osecs.p[to->osec]->order_at + 1 : 0, to ? to->off : 0, i, os->chunks.p[i]};
    }
    qsort(k, os->chunks.n, sizeof *k, cmp_linked);
    for (size_t i = 0; i < os->chunks.n; i++) {
        os->chunks.p[i] = k[i].c;
    }
    free(k);
}

/* When the output sections have their order and offsets inside them are known. */
void elf_order_links(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    bool any = false;
    for (size_t i = 0; i < e->order.n; i++) {
        any = any || elf_link_target(ld, e->order.p[i]);
        e->order.p[i]->order_at = (uint32_t)i;
    }
    for (size_t i = 0; any && i < e->order.n; i++) {
        if (elf_link_target(ld, e->order.p[i])) {
            sort_links(ld, e->order.p[i]);
            ld_layout_osec(e->order.p[i]);
        }
    }
}
