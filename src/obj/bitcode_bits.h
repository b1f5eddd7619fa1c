/* bitcode_bits.h - LLVM's bit streams: numbers, abbreviations, records, nested blocks.

   Source: LLVM's "Bitcode File Format". Nothing here reports: a stream that ends early or says something
   impossible is "bad" from then on, and all numbers taken from it are 0. */
#ifndef OBJKIT_OBJ_BITCODE_BITS_H
#define OBJKIT_OBJ_BITCODE_BITS_H

#include "base/vec.h"
#include "base/view.h"

struct bits {
    struct view v;
    uint64_t pos; /* in bits */
    bool bad;
};

/* N bits, at most 64, the lowest first. */
uint64_t bits_take(struct bits *b, unsigned n);

/* Variable bit rate: groups of N bits, 2 to 32, the highest of each says that another follows. */
uint64_t bits_take_vbr(struct bits *b, unsigned n);
void bits_align32(struct bits *b);

/* Behind ENTER_SUBBLOCK: the block's number, the width of the ids in it, and its body, which is passed. */
bool bits_take_block(struct bits *b, uint64_t *block, unsigned *width, struct view *body);

enum { BITS_FIELDS = 5 };

/* A record: its code and the first fields, and how many of those there were; BLOB: its last operand. */
struct bits_record {
    uint64_t fields[BITS_FIELDS];
    unsigned n;
    struct view blob;
};

struct bits_abbrev {
    struct bits_operand {
        uint8_t kind; /* 0: VALUE itself */
        uint64_t value;
    } operands[32];
    unsigned n;
};

/* The records of one block, in their order; blocks inside it are passed over. */
struct bits_block {
    struct bits b;
    unsigned width;
    VEC(struct bits_abbrev) abbrevs;
};

/* False at the end, and for a damaged block (b.bad). */
bool bits_next_record(struct bits_block *k, struct bits_record *r);
void bits_end_block(struct bits_block *k);

#endif
