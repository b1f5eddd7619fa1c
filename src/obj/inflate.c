/* inflate.c - zlib and zstd streams of compressed sections; the only includer of their headers.

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
    unsigned long long most = ZSTD_getFrameContentSize(in.p, (size_t)in.len);
    *why = "claims a size that its zstd frame does not have";
    if (most == ZSTD_CONTENTSIZE_ERROR) {
        return false;
    }
    /* Without a size in the frame: every block gives at most 128 KiB and takes at least 3 bytes. */
    return most != ZSTD_CONTENTSIZE_UNKNOWN ? len <= most : len / (128u << 10) <= in.len / 3;
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
