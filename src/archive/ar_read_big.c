/* ar_read_big.c - AIX archives: <bigaf> and the older <aiaff>.

   A file header holds the offsets of the member table, the symbol tables, and the first and last
   member; members are a doubly linked list, so that their order is that of the links. Names stand
   behind the fixed part of a header. Both formats have the same fields, the older one narrower.
   Source: IBM, "ar File Format (Big)" and "(Small)"; spec ar-nm, 1.7. */
#include "archive/ar_priv.h"

#include <string.h>

#include "archive/ar_fmt.h"

/* A header at OFF: size, next, prev (offset fields), date, uid, gid, mode (12 each), name length (4),
   name, pad to even, end mark, data. */
bool ar_big_header(const struct ar *ar, bool loud, uint64_t off, struct ar_member *m)
{
    const struct ar_state *st = ar->priv;
    const uint64_t w = st->aix_old ? AR_AIX_OFF_LEN : AR_BIG_OFF_LEN;
    const uint64_t fixed = st->aix_old ? AR_AIX_HDR_LEN : AR_BIG_HDR_LEN;
    struct view v = ar->bytes, name;
    *m = (struct ar_member){.hdr_off = off};
    if (!view_has(v, off, fixed)) {
        return ar_bad(ar, loud, off, "member header outside the archive");
    }
    uint64_t name_len, mode;
    if (!ar_field(v, off, w, 10, &m->size) || !ar_field(v, off + w, w, 10, &m->next_off) ||
        !ar_field(v, off + fixed - 4, 4, 10, &name_len)) {
        return ar_bad(ar, loud, off, "bad number in a member header");
    }
    ar_read_date(v, off + 3 * w, 12, m);
    if (!ar_field(v, off + 3 * w + 12, 12, 10, &m->uid) ||
        !ar_field(v, off + 3 * w + 24, 12, 10, &m->gid) ||
        !ar_field(v, off + 3 * w + 36, 12, 8, &mode)) {
        m->bad_fields = true;
        mode = 0;
    }
    m->mode = (uint32_t)mode;
    uint64_t end = off + fixed + name_len + (name_len & 1);
    if (!view_sub(v, off + fixed, name_len, &name) || !view_has(v, end, AR_END_LEN) ||
        memcmp(v.p + end, AR_END_MARK, AR_END_LEN) != 0) {
        return ar_bad(ar, loud, off, "malformed archive: no member header here (wrong end mark)");
    }
    m->name = (struct str){(const char *)name.p, (size_t)name.len};
    m->special = name_len ? AR_MEMBER : AR_SP_OTHER;
    m->data_off = end + AR_END_LEN;
    if (!view_sub(v, m->data_off, m->size, &m->data)) {
        m->data = view_from(v, m->data_off);
        m->truncated = true;
    }
    return true;
}

static void open_symtab(struct ar *ar, uint64_t off, struct ar_member *m)
{
    struct ar_member t;
    if (off && ar_big_header(ar, true, off, &t) && !t.truncated) {
        t.special = AR_SP_ARMAP;
        *m = t;
    }
}

bool ar_big_open(struct ar *ar)
{
    struct ar_state *st = ar->priv;
    struct view v = ar->bytes;
    ar->dialect = AR_DIALECT_BIG;
    st->aix_old = view_starts(v, AR_AIX_OLD_MAGIC, AR_MAGIC_LEN);
    uint64_t gst, gst64 = 0;
    bool good;
    if (st->aix_old) {
        good = view_has(v, 0, AR_AIX_FILE_HDR_LEN) &&
               ar_field(v, AR_AIX_GSTOFF, AR_AIX_OFF_LEN, 10, &gst) &&
               ar_field(v, AR_AIX_FIRST, AR_AIX_OFF_LEN, 10, &ar->first_off) &&
               ar_field(v, AR_AIX_LAST, AR_AIX_OFF_LEN, 10, &st->big_last);
    } else {
        good = view_has(v, 0, AR_BIG_FILE_HDR_LEN) &&
               ar_field(v, AR_BIG_GSTOFF, AR_BIG_OFF_LEN, 10, &gst) &&
               ar_field(v, AR_BIG_GST64OFF, AR_BIG_OFF_LEN, 10, &gst64) &&
               ar_field(v, AR_BIG_FIRST, AR_BIG_OFF_LEN, 10, &ar->first_off) &&
               ar_field(v, AR_BIG_LAST, AR_BIG_OFF_LEN, 10, &st->big_last);
    }
    if (!good) {
        return ar_bad(ar, true, 0, "malformed archive file header");
    }
    open_symtab(ar, gst, &ar->armap);
    open_symtab(ar, gst64, &ar->armap2);
    return true;
}
