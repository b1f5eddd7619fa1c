/* ar_layout.c - names, offsets and headers of an archive to be written.

   The index stands in front of the members whose offsets it holds, so its size must be known first;
   it depends on the number and length of symbol names only, and on whether offsets need 64 bits. */
#include <string.h>

#include "archive/ar_fmt.h"
#include "archive/ar_layout.h"
#include "base/ckint.h"
#include "base/strmap.h"

/* ---- headers --------------------------------------------------------------------------------- */

/* X in BASE, left-justified in WIDTH. Callers keep it short enough; one that is not is cut. */
static void put_number(char *p, size_t width, uint64_t x, unsigned base)
{
    char digits[24];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + x % base);
        x /= base;
    } while (x);
    memset(p, ' ', width);
    for (size_t i = 0; i < n && i < width; i++) {
        p[i] = digits[n - 1 - i];
    }
}

static void put_text(char *p, size_t width, struct str s)
{
    memset(p, ' ', width);
    memcpy(p, s.p, s.len < width ? s.len : width);
}

static uint64_t clamp_date(int64_t mtime)
{
    return mtime < 0 ? 0 : mtime > AR_MAX_DATE ? (uint64_t)AR_MAX_DATE : (uint64_t)mtime;
}

void put_header(struct buf *b, struct str name, int64_t mtime, uint64_t uid, uint64_t gid, uint32_t mode,
                uint64_t len)
{
    char h[AR_HDR_LEN];
    put_text(h + AR_NAME_OFF, AR_NAME_LEN, name);
    put_number(h + AR_DATE_OFF, AR_DATE_LEN, clamp_date(mtime), 10);
    put_number(h + AR_UID_OFF, AR_UID_LEN, uid > AR_MAX_ID ? 0 : uid, 10);
    put_number(h + AR_GID_OFF, AR_GID_LEN, gid > AR_MAX_ID ? 0 : gid, 10);
    put_number(h + AR_MODE_OFF, AR_MODE_LEN, mode, 8);
    put_number(h + AR_SIZE_OFF, AR_SIZE_LEN, len, 10);
    memcpy(h + AR_END_OFF, AR_END_MARK, AR_END_LEN);
    buf_add(b, h, sizeof h);
}

void put_big_header(struct buf *b, const struct ar_item *it, uint64_t next, uint64_t prev)
{
    char h[AR_BIG_HDR_LEN];
    put_number(h, 20, it->size, 10);
    put_number(h + 20, 20, next, 10);
    put_number(h + 40, 20, prev, 10);
    put_number(h + 60, 12, clamp_date(it->mtime), 10);
    put_number(h + 72, 12, it->uid, 10);
    put_number(h + 84, 12, it->gid, 10);
    put_number(h + 96, 12, it->mode, 8);
    put_number(h + 108, 4, it->name.len, 10);
    buf_add(b, h, sizeof h);
    buf_str(b, it->name);
    if (it->name.len & 1) {
        buf_c(b, '\0');
    }
    buf_puts(b, AR_END_MARK);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool bad_name(const char *path, struct diag *d, struct str name, const char *why)
{
    return diag_error(d, "%s: cannot store a member named '%.*s': %s", path, Q(name), why);
}

/* Gives item I its place in "//" if its name does not fit the header field. */
static bool place_name(struct layout *l, size_t i, const char *path, struct diag *d)
{
    struct str name = l->items[i].name;
    /* Without linker members nothing would say that the table is Microsoft's. */
    bool nul = l->dialect == AR_DIALECT_COFF && l->opts->index;
    if (name.len == 0 || memchr(name.p, nul ? '\0' : '\n', name.len) || name.p[name.len - 1] == '/') {
        return bad_name(path, d, name, "archives of this kind have no way to write such a name");
    }
    l->name_off[i] = NAME_INLINE;
    if (!l->opts->thin && name.len < AR_NAME_LEN && str_find(name, '/') == SIZE_MAX) {
        return true;
    }
    if (l->opts->thin && i && l->name_off[i - 1] != NAME_INLINE && str_eq(name, l->items[i - 1].name)) {
        l->name_off[i] = l->name_off[i - 1];
        return true;
    }
    l->name_off[i] = l->names.n;
    buf_str(&l->names, name);
    if (nul) {
        buf_c(&l->names, '\0');
    } else {
        buf_puts(&l->names, "/\n");
    }
    return true;
}

static bool place_names(struct layout *l, const char *path, struct diag *d)
{
    for (size_t i = 0; i < l->n; i++) {
        l->name_off[i] = NAME_INLINE;
        struct str name = l->items[i].name;
        if (l->dialect == AR_DIALECT_GNU || l->dialect == AR_DIALECT_COFF) {
            if (!place_name(l, i, path, d)) {
                return false;
            }
        } else if (l->dialect == AR_DIALECT_RAW && (name.len > AR_NAME_LEN || name.len == 0)) {
            return bad_name(path, d, name, "this archive has plain names of at most 16 bytes");
        } else if (name.len == 0 || (l->dialect == AR_DIALECT_BIG && name.len > 9999)) {
            return bad_name(path, d, name, "the length is impossible");
        } else if (l->dialect != AR_DIALECT_BIG && str_find(name, '\0') != SIZE_MAX) {
            return bad_name(path, d, name, "names of this archive end at the first NUL");
        }
    }
    if (l->names.n & 1) {
        buf_c(&l->names, '\n');
    }
    return true;
}

uint64_t layout_bsd_name_len(uint64_t hdr_off, uint64_t name_len)
{
    return align_up(hdr_off + AR_HDR_LEN + name_len, 8) - hdr_off - AR_HDR_LEN;
}

uint64_t layout_data_pad(const struct layout *l, const struct ar_item *it)
{
    return l->dialect == AR_DIALECT_DARWIN ? align_up(it->size, 8) - it->size : 0;
}

/* ---- offsets ----------------------------------------------------------------------------------- */

static uint64_t item_len(const struct layout *l, const struct ar_item *it, uint64_t off)
{
    switch (l->dialect) {
    case AR_DIALECT_BIG:
        return align_up(AR_BIG_HDR_LEN + align_up(it->name.len, 2) + AR_END_LEN + it->size, 2);
    case AR_DIALECT_BSD:
    case AR_DIALECT_DARWIN:
        return align_up(AR_HDR_LEN + layout_bsd_name_len(off, it->name.len) + it->size +
                            layout_data_pad(l, it), 2);
    default:
        return AR_HDR_LEN + (l->opts->thin ? 0 : align_up(it->size, 2));
    }
}

/* Places all members behind the front part; returns the last offset that the index must hold. */
static uint64_t place_items(struct layout *l)
{
    uint64_t last = 0;
    uint64_t off = AR_BIG_FILE_HDR_LEN;
    if (l->dialect != AR_DIALECT_BIG) {
        off = AR_MAGIC_LEN + armap_front_len(l);
    }
    l->front_len = off;
    for (size_t i = 0; i < l->n; i++) {
        struct ar_item *it = &l->items[i];
        it->hdr_off = off;
        off += item_len(l, it, off);
        if (it->n_syms || l->dialect == AR_DIALECT_COFF) {
            last = it->hdr_off;
        }
    }
    l->end_off = off;
    return last;
}

static void sum_up(struct layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct ar_item *it = &l->items[i];
        l->n_syms += it->n_syms;
        l->sym_len += it->sym_len;
        l->ec = l->ec || it->ec;
        l->symdef_be = l->symdef_be || it->big_endian;
    }
}

static bool check_sizes(const struct layout *l, const char *path, struct diag *d)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct ar_item *it = &l->items[i];
        if (l->dialect != AR_DIALECT_BIG && it->size > AR_MAX_SIZE - 4096) {
            return diag_error(d, "%s: member '%.*s': file too big for an archive", path, Q(it->name));
        }
    }
    if (l->dialect == AR_DIALECT_COFF && l->opts->index && l->n > UINT16_MAX) {
        return diag_error(d, "%s: %zu members, but the index of a COFF library can number only 65535: "
                          "split it, or use --format=gnu", path, l->n);
    }
    return true;
}

/* Apple's debuggers find an object in an archive by name and date: members of one name must differ in
   the date, also where all dates are 0. As llvm-ar, they are numbered. */
static void number_dates(struct layout *l)
{
    struct strmap count = {0}, next = {0};
    for (size_t i = 0; i < l->n; i++) {
        ++*strmap_put(&count, l->items[i].name, 0, NULL);
    }
    for (size_t i = 0; i < l->n; i++) {
        struct ar_item *it = &l->items[i];
        if (strmap_get(&count, it->name) > 1) {
            it->mtime = (int64_t)++*strmap_put(&next, it->name, 0, NULL);
        }
    }
    strmap_free(&count);
    strmap_free(&next);
}

bool layout_make(struct layout *l, const char *path, struct diag *d)
{
    l->name_off = xcalloc(l->n, sizeof *l->name_off);
    sum_up(l);
    if (l->dialect == AR_DIALECT_DARWIN && l->opts->deterministic) {
        number_dates(l);
    }
    if (!check_sizes(l, path, d) || !place_names(l, path, d)) {
        return false;
    }
    armap_prepare(l);
    uint64_t last = place_items(l);
    if (l->opts->index && last >= l->opts->sym64_threshold && l->dialect != AR_DIALECT_BIG) {
        if (l->dialect == AR_DIALECT_COFF) {
            return diag_error(d, "%s: a COFF library cannot index members beyond 4 GiB: split it, or "
                              "use --format=gnu", path);
        }
        l->wide = true;
        place_items(l);
    }
    return true;
}

void layout_free(struct layout *l)
{
    buf_free(&l->names);
    free(l->name_off);
    free(l->coff.p);
    free(l->coff_ec.p);
}
