/* inflate.c - zlib and zstd streams of compressed sections, read and written; the only includer of their headers.

   A stream must give exactly the size that its section claims: shorter and longer ones are damaged.
   Claims are held against what the format can do at all before memory is taken (limits.h). */
#include "obj/inflate.h"

#include <limits.h>
#include <zlib.h>

#include "config.h"
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/limits.h"

#ifdef HAVE_ZSTD
/* Can the frames of IN hold LEN bytes? */
static bool zstd_holds(struct view in, uint64_t len)
{
    uint64_t most = 0;
    while (in.len) {
        unsigned long long n = ZSTD_getFrameContentSize(in.p, (size_t)in.len);
        size_t frame = ZSTD_findFrameCompressedSize(in.p, (size_t)in.len);
        if (n == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(frame) || frame == 0 || frame > in.len) {
            return false;
        }
        if (n == ZSTD_CONTENTSIZE_UNKNOWN) { /* every block gives at most 128 KiB and takes at least 3 bytes */
            n = ((unsigned long long)frame / 3 + 1) * (128u << 10);
        }
        if (most + n >= len) {
            return true;
        }
        most += n;
        in.p += frame;
        in.len -= frame;
    }
    return len == 0;
}
#endif

bool inflate_plausible(enum inflate_method m, struct view in, uint64_t len, const char **why)
{
    if (len > LIMIT_INFLATED_LEN) {
        *why = "claims more than the limit of 4 GiB for one section";
        return false;
    }
    if (m == INFLATE_ZLIB) {
        *why = "claims a size that zlib cannot reach";
        return len / LIMIT_INFLATE_RATIO <= in.len;
    }
#ifdef HAVE_ZSTD
    *why = "claims a size that its zstd frames do not have";
    return zstd_holds(in, len);
#else
    *why = "is compressed with zstd, which this build does not have";
    return false;
#endif
}

static const char *inflate_zlib(struct view in, uint8_t *out, uint64_t len)
{
    z_stream z = {0};
    if (inflateInit(&z) != Z_OK) {
        return "cannot be inflated: out of memory";
    }
    uint8_t spare;
    uint64_t in_off = 0, out_off = 0;
    int rc = Z_OK;
    do {
        if (z.avail_in == 0) {
            uint64_t n = in.len - in_off < UINT_MAX ? in.len - in_off : UINT_MAX;
            z.next_in = (Bytef *)(uintptr_t)(in.p + in_off);
            z.avail_in = (uInt)n;
            in_off += n;
        }
        if (z.avail_out == 0) {
            uint64_t n = len - out_off < UINT_MAX ? len - out_off : UINT_MAX;
            z.next_out = n ? out + out_off : &spare; /* one byte too many shows a long stream */
            z.avail_out = n ? (uInt)n : 1;
            out_off += n;
        }
        rc = inflate(&z, Z_NO_FLUSH);
    } while (rc == Z_OK && z.next_out != &spare + 1 && (z.avail_in || in_off < in.len || !z.avail_out));
    bool whole = rc == Z_STREAM_END && z.total_out == len;
    inflateEnd(&z);
    return whole ? NULL : rc == Z_STREAM_END || rc == Z_OK || rc == Z_BUF_ERROR
               ? "does not inflate to the size it claims"
               : "has a damaged zlib stream";
}

const char *inflate_length(struct view in, uint64_t max, uint64_t *len)
{
    z_stream z = {0};
    if (in.len > UINT_MAX || inflateInit(&z) != Z_OK) {
        return "cannot be inflated: out of memory";
    }
    uint8_t block[16384];
    int rc = Z_OK;
    z.next_in = (Bytef *)(uintptr_t)in.p;
    z.avail_in = (uInt)in.len;
    while (rc == Z_OK && z.total_out <= max) {
        z.next_out = block;
        z.avail_out = sizeof block;
        rc = inflate(&z, Z_NO_FLUSH);
    }
    *len = z.total_out;
    inflateEnd(&z);
    return *len > max             ? "inflates to more than a file of this size may"
           : rc == Z_BUF_ERROR    ? "has a zlib stream that is cut short"
           : rc != Z_STREAM_END   ? "has a damaged zlib stream"
                                  : NULL;
}

const char *inflate_into(enum inflate_method m, struct view in, uint8_t *out, uint64_t len)
{
    if (m == INFLATE_ZLIB) {
        return inflate_zlib(in, out, len);
    }
#ifdef HAVE_ZSTD
    size_t n = ZSTD_decompress(out, (size_t)len, in.p, (size_t)in.len);
    return ZSTD_isError(n) ? "has a damaged zstd stream"
           : n != len      ? "does not inflate to the size it claims"
                           : NULL;
#else
    (void)in, (void)out, (void)len;
    return "is compressed with zstd, which this build does not have";
#endif
}

/* ---- compressing ------------------------------------------------------------------------------------- */

bool deflate_available(enum inflate_method m)
{
#ifdef HAVE_ZSTD
    (void)m;
    return true;
#else
    return m == INFLATE_ZLIB;
#endif
}

void deflate_head(enum inflate_method m, int level, struct buf *out)
{
    if (m == INFLATE_ZLIB) { /* RFC 1950: deflate with a window of 32 KiB; the second byte tells the level */
        buf_add(out, level <= 1 ? "\x78\x01" : "\x78\x9c", 2);
    }
}

void deflate_tail(enum inflate_method m, const uint32_t *checks, const uint64_t *lens, size_t n, struct buf *out)
{
    uLong sum = adler32(0, NULL, 0);
    for (size_t i = 0; m == INFLATE_ZLIB && i < n; i++) {
        sum = adler32_combine(sum, checks[i], (z_off_t)lens[i]);
    }
    if (m == INFLATE_ZLIB) {
        buf_u32(out, true, (uint32_t)sum);
    }
}

static bool zlib_block(int level, const uint8_t *p, size_t n, bool last, struct buf *out, uint32_t *check)
{
    z_stream z = {0};
    if (n > UINT_MAX / 2 || deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    buf_reserve(out, deflateBound(&z, (uLong)n) + 64); /* and the empty block of a flush */
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)(out->cap - out->n);
    int rc = deflate(&z, last ? Z_FINISH : Z_FULL_FLUSH);
    bool ok = (last ? rc == Z_STREAM_END : rc == Z_OK) && z.avail_in == 0;
    out->n += z.total_out;
    deflateEnd(&z);
    *check = (uint32_t)adler32(adler32(0, NULL, 0), p, (uInt)n);
    return ok;
}

bool deflate_block(enum inflate_method m, int level, const uint8_t *p, size_t n, bool last, struct buf *out,
                   uint32_t *check)
{
    *check = 0;
    if (m == INFLATE_ZLIB) {
        return zlib_block(level, p, n, last, out, check);
    }
#ifdef HAVE_ZSTD
    buf_reserve(out, ZSTD_compressBound(n));
    size_t got = ZSTD_compress(out->p + out->n, out->cap - out->n, p, n, level <= 1 ? 3 : 9);
    if (ZSTD_isError(got)) {
        return false;
    }
    out->n += got;
    return true;
#else
    return false;
#endif
}
