/* debugdir.c - .buildid: the debug directory with the image's id.

   --build-id makes a CodeView record ("RSDS", 16 bytes of id, age, name) that debuggers and symbol
   servers know an image by. The id is a hash of the finished bytes: every block is hashed as it is
   written, and the hashes of all blocks in file order are hashed again, so it does not depend on
   threads. Source: PE format, "The .debug Section"; spec pe-ld 5.8. */
#include <md5.h>
#include <stdlib.h>
#include <string.h>

#include "ld/pe/pe.h"

enum {
    DIRECTORY_LEN = 2 * PE_DEBUG_ENTRY_LEN,
    TYPE_CODEVIEW = 2,
    TYPE_REPRO = 16,
    RSDS_ID = PE_BUILD_ID_OFF,
    ID_LEN = 16
};

static void write_debug(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    uint64_t rva = ld_chunk_addr(ld, c);
    size_t name = strlen(pe->base_name);
    memset(out, 0, (size_t)c->size);
    put_u32le(out + 12, TYPE_CODEVIEW);
    put_u32le(out + 16, (uint32_t)(c->size - DIRECTORY_LEN));
    put_u32le(out + 20, (uint32_t)(rva + DIRECTORY_LEN));
    put_u32le(out + 24, (uint32_t)(ld->osecs.p[c->osec]->file_off + c->off + DIRECTORY_LEN));
    put_u32le(out + PE_DEBUG_ENTRY_LEN + 12, TYPE_REPRO); /* without contents of its own */
    memcpy(out + DIRECTORY_LEN, "RSDS", 4);
    memcpy(out + RSDS_ID, pe->given_id, ID_LEN);
    put_u32le(out + RSDS_ID + ID_LEN, 1); /* age */
    memcpy(out + RSDS_ID + ID_LEN + 4, pe->base_name, name);
}

static bool parse_hex(const char *s, uint8_t id[ID_LEN])
{
    size_t n = 0;
    for (s += 2; *s; s++) {
        const char *digits = "0123456789abcdef", *d = strchr(digits, *s | 0x20);
        if (*s == '-' || *s == ':') {
            continue;
        }
        if (!d || n >= ID_LEN * 2) {
            return false;
        }
        unsigned v = (unsigned)(d - digits);
        id[n / 2] = (uint8_t)(id[n / 2] | (n % 2 ? v : v << 4));
        n++;
    }
    return n != 0 && n % 2 == 0;
}

/* Before sections are ordered. */
bool pe_make_debug_directory(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"debug directory", write_debug};
    struct pe *pe = pe_of(ld);
    const char *style = ld->opt.build_id;
    if (!style || strcmp(style, "none") == 0) {
        return true;
    }
    if (strncmp(style, "0x", 2) == 0) {
        if (!parse_hex(style, pe->given_id)) {
            return diag_error(&ld->diag, "--build-id=%s: up to 16 bytes in hex", style);
        }
    } else if (strcmp(style, "default") == 0 || strcmp(style, "md5") == 0 ||
               strcmp(style, "sha1") == 0 || strcmp(style, "uuid") == 0) {
        pe->hash_id = true;
    } else {
        return diag_error(&ld->diag, "--build-id=%s: unknown style", style);
    }
    uint64_t size = RSDS_ID + ID_LEN + 4 + strlen(pe->base_name) + 1;
    pe->debug = ld_new_chunk(ld, &ops, size, 2, NULL);
    pe_bucket_add(ld, pe_standard_osec(ld, ".buildid"), 0, pe->debug);
    return true;
}

/* One block of the file has been written. */
void pe_hash_block(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker)
{
    struct pe_block_hash h = {.off = off};
    MD5_CTX ctx;
    MD5Init(&ctx);
    MD5Update(&ctx, p, n);
    MD5Final(h.digest, &ctx);
    vec_push(&pe_of(ld)->hashes[worker], h);
}

static int cmp_hash(const void *x, const void *y)
{
    const struct pe_block_hash *a = x, *b = y;
    return (a->off > b->off) - (a->off < b->off);
}

/* The id, when everything but the headers is written. */
void pe_final_id(struct ld *ld, uint8_t id[16])
{
    struct pe *pe = pe_of(ld);
    VEC(struct pe_block_hash) all = {0};
    MD5_CTX ctx;
    for (unsigned w = 0; w < pool_threads(ld->pool); w++) {
        for (size_t i = 0; i < pe->hashes[w].n; i++) {
            vec_push(&all, pe->hashes[w].p[i]);
        }
        vec_free(&pe->hashes[w]);
    }
    if (all.n) {
        qsort(all.p, all.n, sizeof *all.p, cmp_hash);
    }
    MD5Init(&ctx);
    for (size_t i = 0; i < all.n; i++) {
        MD5Update(&ctx, all.p[i].digest, sizeof all.p[i].digest);
    }
    MD5Final(id, &ctx);
    vec_free(&all);
}
