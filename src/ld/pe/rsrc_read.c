/* rsrc_read.c - resources of objects and .res files.

   In an object the tree lies in section .rsrc (windres) or .rsrc$01 (cvtres, with the contents in
   .rsrc$02); each data entry's address is a relocation. The tree must have three levels; a directory
   that is reached twice would make the tree larger than its bytes, so the entries are counted.

   A .res file is a list of records, each with type, name, language and contents; the first is empty.
   Source: PE format, "The .rsrc Section"; <winuser.h> RESOURCEHEADER. */
#include <stdlib.h>

#include "base/ckint.h"
#include "ld/pe/rsrc_priv.h"

/* ---- trees ------------------------------------------------------------------------------------- */

/* Where a relocation in the tree points. */
struct place {
    uint64_t off;
    uint32_t sec;
    uint64_t value;
};

struct tree {
    struct rsrc_set *set;
    const struct object *obj;
    struct view v;            /* the section with the directories */
    uint64_t entries_left;    /* that fit into the section */
    VEC(struct place) places; /* by offset */
};

static bool bad_tree(const struct tree *t, uint32_t off, const char *what)
{
    return diag_report(t->set->d, SEV_ERROR, t->obj->origin, DIAG_NO_OFFSET, ".rsrc+0x%x: %s", off, what);
}

static int cmp_place(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    return (a->off > b->off) - (a->off < b->off);
}

static bool collect_places(struct tree *t, uint32_t sec)
{
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    if (!obj_reloc_start(t->obj, sec, &it)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].kind != KIND_IMAGE_REL || block[i].sym >= t->obj->n_symbols) {
                continue;
            }
            const struct symbol *s = &t->obj->symbols[block[i].sym];
            vec_push(&t->places, (struct place){block[i].off, s->sec, s->value + (uint64_t)block[i].addend});
        }
    }
    if (t->places.n) {
        qsort(t->places.p, t->places.n, sizeof *t->places.p, cmp_place);
    }
    return !it.bad;
}

static bool read_key(const struct tree *t, uint32_t at, uint32_t raw, struct rsrc_key *out)
{
    uint16_t n;
    *out = (struct rsrc_key){0};
    if (!(raw & RSRC_HIGH_BIT)) {
        out->id = (uint16_t)raw;
        return raw <= UINT16_MAX || bad_tree(t, at, "number of a resource does not fit 16 bits");
    }
    uint32_t off = raw & ~RSRC_HIGH_BIT;
    out->named = true;
    if (!view_u16(t->v, off, false, &n) || !view_sub(t->v, (uint64_t)off + 2, (uint64_t)n * 2, &out->text)) {
        return bad_tree(t, at, "name of a resource lies outside the section");
    }
    return true;
}

static bool read_data(const struct tree *t, uint32_t off, struct rsrc_leaf *leaf)
{
    struct view e;
    if (!view_sub(t->v, off, RSRC_DATA_LEN, &e)) {
        return bad_tree(t, off, "data entry lies outside the section");
    }
    struct place key = {.off = off}, *p = NULL;
    if (t->places.n) {
        p = bsearch(&key, t->places.p, t->places.n, sizeof key, cmp_place);
    }
    uint32_t size = get_u32le(e.p + 4);
    leaf->codepage = get_u32le(e.p + 8);
    if (!p) {
        return bad_tree(t, off, "data entry has no relocation");
    }
    if (p->sec == SEC_UNDEF || p->sec >= t->obj->n_sections ||
        !view_sub(t->obj->sections[p->sec].data, p->value, size, &leaf->data)) {
        return bad_tree(t, off, "contents of a resource lie outside their section");
    }
    return true;
}

/* The entries of the directory at OFF: *v holds them, *n is their number. */
static bool open_dir(struct tree *t, uint32_t off, struct view *v, uint32_t *n)
{
    struct view h;
    if (!view_sub(t->v, off, RSRC_DIR_LEN, &h)) {
        return bad_tree(t, off, "directory lies outside the section");
    }
    *n = (uint32_t)get_u16le(h.p + RSRC_DIR_N_NAMED) + get_u16le(h.p + RSRC_DIR_N_IDS);
    if (!view_sub(t->v, (uint64_t)off + RSRC_DIR_LEN, (uint64_t)*n * RSRC_ENTRY_LEN, v)) {
        return bad_tree(t, off, "entries of a directory lie outside the section");
    }
    if (*n > t->entries_left) {
        return bad_tree(t, off, "directories overlap or form a cycle");
    }
    t->entries_left -= *n;
    return true;
}

/* Level 0: types, 1: names, 2: languages. The depth is the tree's own: three calls, no more. */
static bool walk_dir(struct tree *t, uint32_t off, int level, struct rsrc_leaf *leaf)
{
    struct view v = {0};
    uint32_t n = 0;
    if (!open_dir(t, off, &v, &n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *e = v.p + (uint64_t)i * RSRC_ENTRY_LEN;
        uint32_t at = off + RSRC_DIR_LEN + i * RSRC_ENTRY_LEN, target = get_u32le(e + 4);
        struct rsrc_key key;
        if (!read_key(t, at, get_u32le(e), &key)) {
            return false;
        }
        if ((level < 2) != ((target & RSRC_HIGH_BIT) != 0)) {
            return bad_tree(t, at, "tree does not have the three levels type, name and language");
        }
        if (level < 2) {
            *(level == 0 ? &leaf->type : &leaf->name) = key;
            if (!walk_dir(t, target & ~RSRC_HIGH_BIT, level + 1, leaf)) {
                return false;
            }
            continue;
        }
        leaf->lang = key.id;
        if (key.named || !read_data(t, target, leaf)) {
            return !key.named ? false : bad_tree(t, at, "language has a name");
        }
        rsrc_push(t->set, *leaf);
    }
    return true;
}

bool rsrc_add_object(struct rsrc_set *set, const struct object *obj)
{
    bool good = true;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        if (s->size == 0 || !(str_is(s->name, ".rsrc") || str_is(s->name, ".rsrc$01"))) {
            continue;
        }
        struct tree t = {
            .set = set, .obj = obj, .v = s->data, .entries_left = s->data.len / RSRC_ENTRY_LEN};
        struct rsrc_leaf leaf = {.origin = obj->origin};
        good = collect_places(&t, i) && walk_dir(&t, 0, 0, &leaf) && good;
        vec_free(&t.places);
    }
    return good;
}

/* ---- .res files -------------------------------------------------------------------------------- */

/* 0xFFFF and a number, or characters up to a NUL. */
static struct rsrc_key res_key(struct cursor *c)
{
    struct rsrc_key k = {0};
    uint64_t start = c->off;
    uint16_t first = cur_u16(c);
    if (first == 0xffff) {
        k.id = cur_u16(c);
        return k;
    }
    k.named = true;
    while (!c->bad && first != 0) {
        first = cur_u16(c);
    }
    if (!c->bad) {
        k.text = (struct view){c->v.p + start, c->off - start - 2};
    }
    return k;
}

bool rsrc_add_res(struct rsrc_set *set, struct view bytes, const struct origin *origin)
{
    uint64_t off = 0;
    while (off < bytes.len) {
        struct rsrc_leaf leaf = {.origin = origin};
        struct cursor c = cursor_at(bytes, off, false);
        uint32_t size = cur_u32(&c), hdr_len = cur_u32(&c);
        leaf.type = res_key(&c);
        leaf.name = res_key(&c);
        c.off = align_up(c.off, 4);
        cur_skip(&c, 6);
        leaf.lang = cur_u16(&c);
        cur_skip(&c, 8);
        uint64_t data_off, next;
        if (c.bad || hdr_len < c.off - off || !ck_add(off, hdr_len, &data_off) ||
            !view_sub(bytes, data_off, size, &leaf.data) || !ck_align(data_off + size, 4, &next)) {
            return diag_report(set->d, SEV_ERROR, origin, off, "resource record is cut or damaged");
        }
        /* type 0, name 0: the empty record that marks the file */
        if (leaf.type.named || leaf.type.id != 0 || leaf.name.named || leaf.name.id != 0) {
            rsrc_push(set, leaf);
        }
        off = next;
    }
    return true;
}
