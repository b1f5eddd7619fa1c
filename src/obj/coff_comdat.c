/* coff_comdat.c - COMDAT groups of a COFF object.

   A section flagged LNK_COMDAT has a section definition symbol whose auxiliary record gives the
   selection. ASSOCIATIVE sections follow another section, which may be associative itself; the group
   is the section at the end of that chain and all that lead to it. The group's name is the name of
   the leader symbol. Source: PE format, "COMDAT Sections (Object Only)". */
#include <stdlib.h>

#include "obj/coff_common.h"
#include "obj/coff_fmt.h"

#define UNKNOWN_ROOT UINT32_MAX
#define BUSY_ROOT (UINT32_MAX - 1)

static bool is_associative(const struct object *obj, const struct coff_comdat_state *st, uint32_t sec)
{
    return obj->sections[sec].flags & SEC_COMDAT && st[sec].defined &&
           st[sec].selection == COMDAT_ASSOCIATIVE;
}

static void cut_chain(struct object *obj, uint32_t sec, const char *what)
{
    obj->failed |= LOADED_SYMBOLS;
    diag_bad(obj->diag, DIAG_NO_OFFSET, "section %u (%.*s) is associated with %s", sec,
             Q(obj->sections[sec].name), what);
    obj->sections[sec].assoc = 0;
}

/* The section at the end of SEC's chain; ROOT remembers, so that all chains together cost one walk. */
static uint32_t find_root(struct object *obj, const struct coff_comdat_state *st, uint32_t *root,
                          uint32_t sec)
{
    uint32_t s = sec, end;
    while (root[s] == UNKNOWN_ROOT && is_associative(obj, st, s)) {
        uint32_t parent = st[s].parent;
        if (parent == 0 || parent >= obj->n_sections) {
            cut_chain(obj, s, "no section");
            break;
        }
        obj->sections[s].assoc = parent;
        root[s] = BUSY_ROOT;
        s = parent;
    }
    if (root[s] == BUSY_ROOT) {
        cut_chain(obj, s, "itself");
        end = s;
    } else {
        end = root[s] == UNKNOWN_ROOT ? s : root[s];
    }
    root[s] = end;
    for (s = sec; root[s] == BUSY_ROOT; s = obj->sections[s].assoc) {
        root[s] = end;
    }
    return end;
}

/* Does section I stand for a group? */
static bool is_head(const struct object *obj, const struct coff_comdat_state *st, uint32_t i)
{
    return obj->sections[i].flags & SEC_COMDAT && st[i].defined && st[i].selection != COMDAT_ASSOCIATIVE &&
           st[i].selection != COMDAT_NONE;
}

/* Data that no symbol stands for: nobody can have another copy. gas makes two for each function (coff_unwind.c). */
static bool is_nameless(const struct object *obj, const struct coff_comdat_state *st, uint32_t i)
{
    return st[i].leader == UINT32_MAX && st[i].selection == COMDAT_ANY && !(obj->sections[i].flags & SEC_CODE);
}

/* Those without a name are one group: it loses to nobody, and there are twice as many of them as of others. */
static void add_groups(struct object *obj, const struct coff_comdat_state *st)
{
    uint32_t n = 0, nameless = 0;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        n += is_head(obj, st, i) && !is_nameless(obj, st, i);
    }
    obj->comdats = ARENA_ARRAY(obj->arena, struct comdat, n + 1);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        struct section *s = &obj->sections[i];
        if (!is_head(obj, st, i)) {
            continue;
        }
        if (nameless && is_nameless(obj, st, i)) {
            s->comdat = nameless;
            continue;
        }
        struct comdat *c = &obj->comdats[obj->n_comdats++];
        s->comdat = obj->n_comdats;
        nameless = is_nameless(obj, st, i) ? s->comdat : nameless;
        c->selection = st[i].selection;
        c->sym = st[i].leader;
        if (c->sym != UINT32_MAX) {
            c->name = obj->symbols[c->sym].name;
        }
        if (c->selection > COMDAT_NEWEST) {
            obj->failed |= LOADED_SYMBOLS;
            diag_bad(obj->diag, DIAG_NO_OFFSET, "section %u (%.*s) has unknown COMDAT selection %u", i,
                     Q(s->name), c->selection);
            c->selection = COMDAT_ANY;
        }
    }
}

void coff_build_comdats(struct object *obj, const struct coff_comdat_state *st)
{
    size_t n = obj->n_sections;
    add_groups(obj, st);
    uint32_t *root = xmalloc(n * sizeof *root);
    memset(root, 0xff, n * sizeof *root);
    for (uint32_t i = 1; i < n; i++) {
        if (is_associative(obj, st, i)) {
            obj->sections[i].comdat = obj->sections[find_root(obj, st, root, i)].comdat;
        }
    }
    free(root);
    /* members, in section order: count, then hand each group its part of one array */
    uint32_t *members = arena_alloc(obj->arena, n * sizeof *members), *next = members;
    for (uint32_t i = 1; i < n; i++) {
        if (obj->sections[i].comdat) {
            obj->comdats[obj->sections[i].comdat - 1].n_members++;
        }
    }
    for (uint32_t i = 0; i < obj->n_comdats; i++) {
        obj->comdats[i].members = next;
        next += obj->comdats[i].n_members;
        obj->comdats[i].n_members = 0;
    }
    for (uint32_t i = 1; i < n; i++) {
        if (obj->sections[i].comdat) {
            struct comdat *c = &obj->comdats[obj->sections[i].comdat - 1];
            members[(size_t)(c->members - members) + c->n_members++] = i;
        }
    }
}
