/* bitcode_bits.c - LLVM's bit streams. */
#include "obj/bitcode_bits.h"

#include "obj/bitcode_fmt.h"

uint64_t bits_take(struct bits *b, unsigned n)
{
    uint64_t x = 0;
    if (b->bad || n > 64 || b->pos + n > b->v.len * 8) {
        b->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < n;) {
        unsigned in_byte = (unsigned)(b->pos & 7), room = 8 - in_byte;
        unsigned k = n - i < room ? n - i : room;
        uint64_t part = (uint64_t)(b->v.p[b->pos >> 3] >> in_byte) & ((1u << k) - 1);
        x |= part << i;
        b->pos += k;
        i += k;
    }
    return x;
}

uint64_t bits_take_vbr(struct bits *b, unsigned n)
{
    uint64_t x = 0;
    for (unsigned shift = 0; n >= 2 && n <= 32 && shift < 64; shift += n - 1) {
        uint64_t group = bits_take(b, n);
        x |= (group & ((UINT64_C(1) << (n - 1)) - 1)) << shift;
        if (b->bad || !(group >> (n - 1))) {
            return b->bad ? 0 : x;
        }
    }
    b->bad = true;
    return 0;
}

void bits_align32(struct bits *b)
{
    b->pos = (b->pos + 31) & ~UINT64_C(31);
}

bool bits_take_block(struct bits *b, uint64_t *block, unsigned *width, struct view *body)
{
    *block = bits_take_vbr(b, 8);
    uint64_t w = bits_take_vbr(b, 4);
    bits_align32(b);
    uint64_t words = bits_take(b, 32);
    if (b->bad || w < 2 || w > 32 || !view_sub(b->v, b->pos / 8, words * 4, body)) {
        b->bad = true;
        return false;
    }
    *width = (unsigned)w;
    b->pos += words * 32;
    return true;
}

static void define_abbrev(struct bits_block *k)
{
    struct bits_abbrev a = {.n = 0};
    uint64_t n = bits_take_vbr(&k->b, 5);
    if (n > sizeof a.operands / sizeof *a.operands || k->abbrevs.n >= 1024) {
        k->b.bad = true;
    }
    for (; a.n < n && !k->b.bad; a.n++) {
        struct bits_operand *o = &a.operands[a.n];
        if (bits_take(&k->b, 1)) {
            *o = (struct bits_operand){0, bits_take_vbr(&k->b, 8)};
            continue;
        }
        o->kind = (uint8_t)bits_take(&k->b, 3);
        o->value = o->kind == BC_FIXED || o->kind == BC_VBR ? bits_take_vbr(&k->b, 5) : 0;
        if (o->value > 64) {
            k->b.bad = true;
        }
    }
    if (!k->b.bad) {
        vec_push(&k->abbrevs, a);
    }
}

static uint64_t take_operand(struct bits *b, const struct bits_operand *o)
{
    switch (o->kind) {
    case 0: return o->value;
    case BC_FIXED: return bits_take(b, (unsigned)o->value);
    case BC_VBR: return o->value ? bits_take_vbr(b, (unsigned)o->value) : 0;
    case BC_CHAR6: return bits_take(b, 6);
    default: b->bad = true; return 0;
    }
}

static void add_field(struct bits_record *r, uint64_t x)
{
    if (r->n < BITS_FIELDS) {
        r->fields[r->n++] = x;
    }
}

static void take_array(struct bits *b, const struct bits_operand *element, struct bits_record *r)
{
    uint64_t n = bits_take_vbr(b, 6);
    bool empty = element->kind != BC_CHAR6 && element->value == 0; /* no bits: N bounds nothing */
    for (uint64_t i = 0; i < n && !b->bad && !(empty && i >= BITS_FIELDS); i++) {
        add_field(r, take_operand(b, element));
    }
}

static void take_blob(struct bits *b, struct bits_record *r)
{
    uint64_t len = bits_take_vbr(b, 6);
    bits_align32(b);
    if (b->bad || !view_sub(b->v, b->pos / 8, len, &r->blob)) {
        b->bad = true;
        return;
    }
    b->pos += len * 8;
    bits_align32(b);
}

static void take_abbreviated(struct bits *b, const struct bits_abbrev *a, struct bits_record *r)
{
    for (unsigned i = 0; i < a->n && !b->bad; i++) {
        const struct bits_operand *o = &a->operands[i];
        if (o->kind == BC_ARRAY && i + 2 == a->n) {
            take_array(b, &a->operands[i + 1], r);
            return;
        }
        if (o->kind == BC_BLOB && i + 1 == a->n) {
            take_blob(b, r);
        } else {
            add_field(r, take_operand(b, o));
        }
    }
}

static void take_unabbreviated(struct bits *b, struct bits_record *r)
{
    add_field(r, bits_take_vbr(b, 6));
    uint64_t n = bits_take_vbr(b, 6);
    for (uint64_t i = 0; i < n && !b->bad; i++) {
        add_field(r, bits_take_vbr(b, 6));
    }
}

bool bits_next_record(struct bits_block *k, struct bits_record *r)
{
    *r = (struct bits_record){.n = 0};
    while (!k->b.bad) {
        uint64_t id = bits_take(&k->b, k->width), block;
        unsigned width;
        struct view body;
        if (k->b.bad || id == BC_END_BLOCK) {
            return false;
        }
        if (id == BC_ENTER_SUBBLOCK) {
            (void)bits_take_block(&k->b, &block, &width, &body);
        } else if (id == BC_DEFINE_ABBREV) {
            define_abbrev(k);
        } else if (id == BC_UNABBREV_RECORD) {
            take_unabbreviated(&k->b, r);
            return !k->b.bad;
        } else if (id - 4 >= k->abbrevs.n) {
            k->b.bad = true;
        } else {
            take_abbreviated(&k->b, &k->abbrevs.p[id - 4], r);
            return !k->b.bad;
        }
    }
    return false;
}

void bits_end_block(struct bits_block *k)
{
    vec_free(&k->abbrevs);
}
