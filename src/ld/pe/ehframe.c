/* ehframe.c - .eh_frame under --gc-sections: FDEs of functions that are not in the image go with them.

   i386 unwinds by this section. The object is edited in memory, as if it had been compiled without those
   functions: what reads its section and relocations later needs to know nothing of it. A section that does
   not parse, or that symbols point into, stays whole. Source: LSB, "Exception Frames"; spec pe-ld 2.10. */
#include <string.h>

#include "ld/pe/pe.h"
#include "obj/coff_fmt.h"

struct frame {            /* a CIE, or an FDE of CIE number cie */
    uint32_t off, len, new_off;
    uint32_t cie;
    bool is_cie, used, dead;
};

typedef VEC(struct frame) frame_vec;

/* The CIE at OFF; UINT32_MAX: none. */
static uint32_t find_cie(const frame_vec *v, uint64_t off)
{
    size_t lo = 0, hi = v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v->p[mid].off == off) {
            return v->p[mid].is_cie ? (uint32_t)mid : UINT32_MAX;
        }
        if (v->p[mid].off < off) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return UINT32_MAX;
}

/* Splits the section into records, up to the zero that may end it. */
static bool split(struct view v, frame_vec *out)
{
    uint32_t len = 0, id;
    for (uint64_t off = 0; off < v.len; off += len + 4) {
        if (!view_u32(v, off, false, &len) || len == 0) {
            return len == 0 && off < v.len;
        }
        if (len < 8 || len >= 0xfffffff0u || !view_has(v, off, (uint64_t)len + 4) ||
            !view_u32(v, off + 4, false, &id)) {
            return false;
        }
        struct frame r = {.off = (uint32_t)off, .len = len + 4, .is_cie = id == 0};
        if (id && (r.cie = find_cie(out, off + 4 - id)) == UINT32_MAX) {
            return false;
        }
        vec_push(out, r);
    }
    return true;
}

static bool is_gone(const struct ld_file *f, uint32_t sym)
{
    uint32_t sec = sym < f->n_syms ? f->syms[sym].sec : SEC_UNDEF;
    if (sec == SEC_UNDEF || sec_is_special(sec)) {
        return false;
    }
    return !(f->chunks[sec].flags & LDC_LIVE) || f->chunks[sec].flags & LDC_FOLDED;
}

/* Which FDEs, and CIEs that no other uses, have no function any more. False: none, or too odd to tell. */
static bool find_dead(const struct ld_file *f, uint32_t sec, frame_vec *v)
{
    struct reloc block[RELOC_BLOCK];
    struct reloc_iter it;
    uint64_t last = 0;
    size_t k = 0, n_dead = 0;
    if (!obj_reloc_start(&f->obj, sec, &it)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].off < last) {
                return false;
            }
            last = block[i].off;
            for (; k < v->n && v->p[k].off + v->p[k].len <= last; k++) {
            }
            if (k == v->n) {
                return false;
            }
            if (!v->p[k].is_cie && last == v->p[k].off + 8u && is_gone(f, block[i].sym)) {
                v->p[k].dead = true;
                n_dead++;
            }
        }
    }
    for (size_t i = 0; i < v->n; i++) {
        v->p[v->p[i].cie].used |= !v->p[i].is_cie && !v->p[i].dead;
    }
    for (size_t i = 0; n_dead && i < v->n; i++) {
        v->p[i].dead |= v->p[i].is_cie && !v->p[i].used;
    }
    return n_dead && !it.bad;
}

/* Closes the gaps in DATA; gives the new length. What follows the records, zeros, comes along. */
static uint32_t close_gaps(frame_vec *v, uint8_t *data, uint64_t len)
{
    uint32_t at = 0;
    for (size_t i = 0; i < v->n; i++) {
        v->p[i].new_off = at;
        at += v->p[i].dead ? 0 : v->p[i].len;
    }
    for (size_t i = 0; i < v->n; i++) {
        const struct frame *r = &v->p[i];
        if (r->dead) {
            continue;
        }
        memmove(data + r->new_off, data + r->off, r->len);
        if (!r->is_cie) {
            put_u32le(data + r->new_off + 4, r->new_off + 4 - v->p[r->cie].new_off);
        }
    }
    uint32_t end = v->p[v->n - 1].off + v->p[v->n - 1].len;
    memmove(data + at, data + end, (size_t)(len - end));
    return at + (uint32_t)(len - end);
}

/* The relocations of what is left, at their new places; gives their number. */
static uint32_t move_relocs(const frame_vec *v, const struct section *s, uint8_t *table)
{
    uint8_t *to = table;
    size_t k = 0;
    for (uint32_t i = 0; i < s->n_relocs; i++) {
        const uint8_t *from = table + (size_t)i * COFF_REL_LEN;
        uint64_t off = get_u32le(from) - s->addr;
        for (; k < v->n && v->p[k].off + v->p[k].len <= off; k++) {
        }
        if (k == v->n) { /* the table lies within the frames: nothing good comes of it */
            break;
        }
        if (!v->p[k].dead) {
            memmove(to, from, COFF_REL_LEN);
            put_u32le(to, (uint32_t)(off - v->p[k].off + v->p[k].new_off + s->addr));
            to += COFF_REL_LEN;
        }
    }
    return (uint32_t)((to - table) / COFF_REL_LEN);
}

/* The bytes of F, which were at BYTES, where they may be written. */
static uint8_t *own_bytes(struct ld_file *f, const uint8_t *bytes)
{
    struct object *obj = &f->obj;
    if (obj->bytes.p == bytes) {
        uint8_t *copy = arena_alloc(obj->arena, (size_t)obj->bytes.len);
        memcpy(copy, bytes, (size_t)obj->bytes.len);
        obj->bytes = view_of(copy, obj->bytes.len);
    }
    return (uint8_t *)(uintptr_t)obj->bytes.p;
}

/* BYTES: where the object lay before any section of it was edited. */
static void trim(struct ld_file *f, uint32_t sec, const uint8_t *bytes, frame_vec *v)
{
    struct section *s = &f->obj.sections[sec];
    if (!split(s->data, v) || !v->n || !find_dead(f, sec, v)) {
        return;
    }
    uint8_t *own = own_bytes(f, bytes), *data = own + (s->data.p - bytes);
    uint32_t len = close_gaps(v, data, s->data.len);
    s->n_relocs = move_relocs(v, s, own + s->reloc_off);
    s->data = view_of(data, len);
    s->size = len;
    f->chunks[sec].size = len;
}

static bool has_inner_symbol(const struct ld_file *f, uint32_t sec)
{
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (f->syms[i].sec == sec && f->syms[i].value) {
            return true;
        }
    }
    return false;
}

void pe_trim_eh_frame(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        const uint8_t *bytes = f->obj.bytes.p;
        for (uint32_t i = 0; i < f->n_live; i++) {
            uint32_t sec = f->live[i];
            const struct section *s = &f->obj.sections[sec];
            if (str_starts(s->name, S(".eh_frame")) && s->n_relocs && f->chunks[sec].flags & LDC_LIVE &&
                !has_inner_symbol(f, sec)) {
                frame_vec v = {0};
                trim(f, sec, bytes, &v);
                vec_free(&v);
            }
        }
    }
}
