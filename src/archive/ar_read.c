/* ar_read.c - members of regular and thin archives, and the iterator for all kinds.

   An archive is a magic string and members one behind the other, each with a 60-byte ASCII header
   (spec ar-nm, 1.1). Dialects differ in where a long name is kept and in what the first members
   mean; a member's name field alone says how it is encoded, so that reading needs no dialect and
   archives that mix encodings still list. The dialect is found out for those who write it back.

   Damage: what lies before it is handed out, then one diagnostic, then the iteration ends. A name
   that cannot be resolved costs only its own member. */
#include "archive/ar_priv.h"

#include <stdio.h>
#include <string.h>

#include "archive/ar_fmt.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/path.h"
#include "obj/obj.h"

bool ar_bad(const struct ar *ar, bool loud, uint64_t off, const char *fmt, ...)
{
    if (loud) {
        va_list ap;
        va_start(ap, fmt);
        diag_vreport(ar->diag, SEV_ERROR, ar->origin, off, fmt, ap);
        va_end(ap);
    }
    return false;
}

void ar_warn(const struct ar *ar, uint64_t off, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    diag_vreport(ar->diag, SEV_WARNING, ar->origin, off, fmt, ap);
    va_end(ap);
}

/* ---- header fields ----------------------------------------------------------------------------- */

static struct str field_text(struct view v, uint64_t off, uint64_t width)
{
    struct view f;
    if (!view_sub(v, off, width, &f)) {
        return (struct str){"", 0};
    }
    while (f.len && (f.p[f.len - 1] == ' ' || f.p[f.len - 1] == '\0')) {
        f.len--;
    }
    return (struct str){(const char *)f.p, (size_t)f.len};
}

bool ar_field(struct view v, uint64_t off, uint64_t width, unsigned base, uint64_t *out)
{
    struct str s = field_text(v, off, width);
    *out = 0;
    return s.len == 0 || str_u64(s, base, out);
}

void ar_read_date(struct view v, uint64_t off, uint64_t width, struct ar_member *m)
{
    struct str s = field_text(v, off, width);
    bool negative = s.len > 0 && s.p[0] == '-';
    uint64_t x = 0;
    if (s.len && (!str_u64(str_skip(s, negative), 10, &x) || x > INT64_MAX)) {
        m->bad_fields = true;
        return;
    }
    m->mtime = negative ? -(int64_t)x : (int64_t)x;
}

static void read_ids(struct view v, uint64_t off, struct ar_member *m)
{
    uint64_t mode;
    ar_read_date(v, off + AR_DATE_OFF, AR_DATE_LEN, m);
    if (!ar_field(v, off + AR_UID_OFF, AR_UID_LEN, 10, &m->uid) ||
        !ar_field(v, off + AR_GID_OFF, AR_GID_LEN, 10, &m->gid) ||
        !ar_field(v, off + AR_MODE_OFF, AR_MODE_LEN, 8, &mode)) {
        m->bad_fields = true;
        return;
    }
    m->mode = (uint32_t)mode;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_symdef(struct str s)
{
    return str_is(s, "__.SYMDEF") || str_is(s, "__.SYMDEF SORTED") || str_is(s, "__.SYMDEF_64") ||
           str_is(s, "__.SYMDEF_64 SORTED");
}

/* "/" and its relatives. AR_MEMBER if FIELD is no special name. */
static enum ar_special special_kind(const struct ar *ar, uint64_t off, struct str field)
{
    if (str_is(field, "/SYM64/")) {
        return AR_SP_ARMAP;
    }
    if (str_is(field, "/")) {
        return ar->armap.hdr_off && ar->armap.hdr_off != off ? AR_SP_ARMAP2 : AR_SP_ARMAP;
    }
    if (str_is(field, "//")) {
        return AR_SP_NAMES;
    }
    if (str_is(field, "/<ECSYMBOLS>/")) {
        return AR_SP_EC;
    }
    if (str_starts(field, S("/<")) && str_ends(field, S(">/"))) {
        return AR_SP_OTHER;
    }
    return AR_MEMBER;
}

/* The entry of "//" at OFF: up to "/\n", or up to NUL in Microsoft's dialect. */
static bool table_name(const struct ar *ar, uint64_t off, struct str *out)
{
    const struct ar_state *st = ar->priv;
    if (off >= ar->names.len) {
        return false;
    }
    const char *s = (const char *)ar->names.p + off;
    size_t max = (size_t)(ar->names.len - off);
    const char *e = memchr(s, st->names_nul ? '\0' : '\n', max);
    size_t n = e ? (size_t)(e - s) : max;
    if (!st->names_nul && n && s[n - 1] == '/') {
        n--;
    }
    *out = (struct str){s, n};
    return true;
}

/* "/123", or "/123:456" for a member at offset 456 of the archive that 123 names (thin only). GNU ar leaves a '/' at
   the field's end when it moves members of thin archives whose names are short. */
static bool read_table_name(const struct ar *ar, bool loud, uint64_t off, struct str field,
                            struct ar_member *m)
{
    struct str digits = str_skip(field, 1);
    uint64_t at;
    if (field.len == 16 && field.p[15] == '/') {
        digits.len--;
        while (digits.len && digits.p[digits.len - 1] == ' ') {
            digits.len--;
        }
    }
    size_t colon = str_find(digits, ':');
    if (colon != SIZE_MAX) {
        if (!str_u64(str_skip(digits, colon + 1), 10, &m->nested_off)) {
            return ar_bad(ar, loud, off, "bad member name '%.*s'", Q(field));
        }
        digits = str_head(digits, colon);
    }
    if (!str_u64(digits, 10, &at)) {
        return ar_bad(ar, loud, off, "bad member name '%.*s'", Q(field));
    }
    if (ar->names.len == 0) {
        return ar_bad(ar, loud, off, "member name '%.*s', but the archive has no table of long names",
                      Q(field));
    }
    if (!table_name(ar, at, &m->name)) {
        return ar_bad(ar, loud, off, "name offset %llu is outside the table of long names",
                      (unsigned long long)at);
    }
    return true;
}

/* "#1/N": the first N data bytes are the name, NUL-padded. */
static bool read_bsd_name(const struct ar *ar, bool loud, struct str field, struct ar_member *m)
{
    uint64_t n;
    if (!str_u64(str_skip(field, 3), 10, &n) || n > m->size ||
        !view_padded(ar->bytes, m->data_off, n, &m->name)) {
        return ar_bad(ar, loud, m->hdr_off, "name length '%.*s' is longer than the member", Q(field));
    }
    m->data_off += n;
    m->size -= n;
    if (m->hdr_off == ar->first_off && is_symdef(m->name)) {
        m->special = AR_SP_ARMAP;
    }
    return true;
}

static bool read_name(const struct ar *ar, bool loud, struct ar_member *m)
{
    struct str field = field_text(ar->bytes, m->hdr_off + AR_NAME_OFF, AR_NAME_LEN);
    m->name = field;
    m->special = special_kind(ar, m->hdr_off, field);
    if (m->special != AR_MEMBER) {
        return true;
    }
    if (field.len > 1 && field.p[0] == '/') {
        return read_table_name(ar, loud, m->hdr_off, field, m);
    }
    if (!ar->thin && str_starts(field, S("#1/"))) {
        return read_bsd_name(ar, loud, field, m);
    }
    if (m->hdr_off == ar->first_off && is_symdef(field)) {
        m->special = AR_SP_ARMAP;
    } else if (field.len > 1 && field.p[field.len - 1] == '/') {
        m->name.len--;
    }
    return true;
}

/* ---- one header ------------------------------------------------------------------------------ */

enum header_result { HDR_OK, HDR_BAD, HDR_BAD_NAME };

static enum header_result regular_header(const struct ar *ar, bool loud, uint64_t off,
                                         struct ar_member *m)
{
    struct view v = ar->bytes;
    *m = (struct ar_member){.hdr_off = off};
    if (!view_has(v, off, AR_HDR_LEN)) {
        ar_bad(ar, loud, off, "the archive ends inside a member header");
        return HDR_BAD;
    }
    if (memcmp(v.p + off + AR_END_OFF, AR_END_MARK, AR_END_LEN) != 0) {
        ar_bad(ar, loud, off, "malformed archive: no member header here (wrong end mark)");
        return HDR_BAD;
    }
    struct str size = field_text(v, off + AR_SIZE_OFF, AR_SIZE_LEN);
    if (!str_u64(size, 10, &m->size)) {
        ar_bad(ar, loud, off, "bad member size '%.*s'", Q(size));
        return HDR_BAD;
    }
    read_ids(v, off, m);
    m->data_off = off + AR_HDR_LEN;
    uint64_t stored = m->size;
    bool good = read_name(ar, loud, m);
    if (m->special == AR_MEMBER && m->name.len > LIMIT_NAME_LEN) {
        good = ar_bad(ar, loud, off, "a member's name is longer than %llu bytes, the limit",
                      (unsigned long long)LIMIT_NAME_LEN);
    }
    m->thin = ar->thin && m->special == AR_MEMBER;
    m->next_off = off + AR_HDR_LEN + (m->thin ? 0 : stored + (stored & 1));
    if (!m->thin && !view_sub(v, m->data_off, m->size, &m->data)) {
        m->data = view_from(v, m->data_off);
        m->truncated = true;
    }
    return good ? HDR_OK : HDR_BAD_NAME;
}

static enum header_result read_header(const struct ar *ar, bool loud, uint64_t off, struct ar_member *m)
{
    if (ar->dialect == AR_DIALECT_BIG) {
        return ar_big_header(ar, loud, off, m) ? HDR_OK : HDR_BAD;
    }
    return regular_header(ar, loud, off, m);
}

/* ---- open -------------------------------------------------------------------------------------- */

/* BSD and Darwin differ in the padding of data: Darwin keeps every header on an 8-byte boundary. One
   header off it decides; else the first Mach-O or other object does. */
static enum ar_dialect bsd_or_darwin(const struct ar *ar, uint64_t off)
{
    enum { LOOK_AT = 32 };
    struct ar_member m;
    enum ar_dialect by_object = AR_DIALECT_NONE;
    for (int i = 0; i < LOOK_AT && off < ar->bytes.len; i++) {
        if (off % 8 != 0) {
            return AR_DIALECT_BSD;
        }
        if (regular_header(ar, false, off, &m) == HDR_BAD || m.truncated) {
            break;
        }
        if (by_object == AR_DIALECT_NONE && m.special == AR_MEMBER) {
            enum obj_format f = obj_detect(m.data);
            by_object = f == OBJ_MACHO ? AR_DIALECT_DARWIN : f == OBJ_ELF ? AR_DIALECT_BSD : by_object;
        }
        off = m.data_off + m.size + ((m.data_off + m.size) & 1);
    }
    return by_object == AR_DIALECT_BSD ? AR_DIALECT_BSD : AR_DIALECT_DARWIN;
}

/* What the first ordinary member and the special ones before it tell. */
static enum ar_dialect find_dialect(const struct ar *ar, uint64_t off)
{
    const struct ar_state *st = ar->priv;
    struct str field = field_text(ar->bytes, off + AR_NAME_OFF, AR_NAME_LEN);
    bool member = view_has(ar->bytes, off, AR_HDR_LEN);
    if (ar->thin) {
        return AR_DIALECT_GNU;
    }
    if (is_symdef(ar->armap.name) || (member && str_starts(field, S("#1/")))) {
        return bsd_or_darwin(ar, ar->first_off);
    }
    if (ar->armap2.hdr_off || ar->ec.hdr_off || (ar->names.len && st->names_nul)) {
        return AR_DIALECT_COFF;
    }
    if (ar->armap.hdr_off || ar->names.len) {
        return AR_DIALECT_GNU;
    }
    if (!member) {
        return AR_DIALECT_NONE;
    }
    return field.len && field.p[field.len - 1] == '/' ? AR_DIALECT_GNU : AR_DIALECT_RAW;
}

/* Walks the special members at the start. Silent: damage here is reported by whoever iterates. */
static void read_leading(struct ar *ar)
{
    struct ar_state *st = ar->priv;
    uint64_t off = ar->first_off;
    struct ar_member m;
    for (int i = 0; i < 8 && view_has(ar->bytes, off, AR_HDR_LEN); i++) {
        enum header_result r = regular_header(ar, false, off, &m);
        if (r != HDR_OK || m.special == AR_MEMBER || m.truncated) {
            break;
        }
        if (m.special == AR_SP_ARMAP && !ar->armap.hdr_off) {
            ar->armap = m;
        } else if (m.special == AR_SP_ARMAP2 && !ar->armap2.hdr_off) {
            ar->armap2 = m;
        } else if (m.special == AR_SP_EC) {
            ar->ec = m;
        } else if (m.special == AR_SP_NAMES && ar->names.len == 0) {
            ar->names = m.data;
            st->names_nul = m.data.len && memchr(m.data.p, '\0', (size_t)m.data.len);
        }
        off = m.next_off;
    }
    ar->dialect = find_dialect(ar, off);
}

bool ar_open(struct ar *ar, struct view bytes, const struct origin *origin, struct diag *d,
             struct arena *arena)
{
    *ar = (struct ar){.bytes = bytes, .origin = origin, .diag = d, .arena = arena};
    ar->priv = ARENA_NEW(arena, struct ar_state);
    ar->first_off = AR_MAGIC_LEN;
    if (view_starts(bytes, AR_BIG_MAGIC, AR_MAGIC_LEN) ||
        view_starts(bytes, AR_AIX_OLD_MAGIC, AR_MAGIC_LEN)) {
        return ar_big_open(ar);
    }
    ar->thin = view_starts(bytes, AR_THIN_MAGIC, AR_MAGIC_LEN);
    if (!ar->thin && !view_starts(bytes, AR_MAGIC, AR_MAGIC_LEN)) {
        return ar_bad(ar, true, DIAG_NO_OFFSET, "file format not recognized");
    }
    read_leading(ar);
    return true;
}

/* ---- iteration --------------------------------------------------------------------------------- */

void ar_iter_start(struct ar_iter *it, struct ar *ar, bool with_special)
{
    *it = (struct ar_iter){.ar = ar, .off = ar->first_off, .with_special = with_special};
}

#define ITER_END UINT64_MAX

/* Nothing left? One newline behind an even member is tolerated, as a missing final pad is. */
static bool at_end(const struct ar_iter *it)
{
    struct view v = it->ar->bytes;
    if (it->ar->dialect == AR_DIALECT_BIG) {
        return it->off == 0 || it->off == ITER_END;
    }
    return it->off >= v.len || (it->off == v.len - 1 && v.p[it->off] == '\n');
}

/* Where the iteration goes after M. AIX: the links are the order, and may loop. */
static bool step(struct ar_iter *it, const struct ar_member *m)
{
    struct ar *ar = it->ar;
    const struct ar_state *st = ar->priv;
    it->off = m->next_off;
    if (ar->dialect == AR_DIALECT_BIG) {
        if (m->hdr_off == st->big_last) {
            it->off = ITER_END;
        } else if (++it->steps > ar->bytes.len / AR_AIX_HDR_LEN) {
            it->off = ITER_END;
            return ar_bad(ar, true, m->hdr_off, "the links between members form a loop");
        }
    }
    return true;
}

/* Headers that are far from each other are read by themselves, those of many small members with all
   between them. */
static void read_ahead(struct ar_iter *it, const struct ar_member *m)
{
    enum { CLOSE = 16 << 10, MANY = 8, AHEAD = 256 << 10 };
    struct view v = it->ar->bytes;
    it->close = m->next_off > m->hdr_off && m->next_off - m->hdr_off < CLOSE ? it->close + 1 : 0;
    if (it->ar->sparse && it->close >= MANY && m->next_off >= it->ahead && m->next_off < v.len) {
        v = view_from(v, m->next_off);
        v.len = v.len < AHEAD ? v.len : AHEAD;
        file_will_need(v);
        it->ahead = m->next_off + v.len;
    }
}

bool ar_iter_next(struct ar_iter *it, struct ar_member *m)
{
    while (!it->bad && !at_end(it)) {
        enum header_result r = read_header(it->ar, true, it->off, m);
        if (r == HDR_BAD || !step(it, m)) {
            it->bad = true;
            return false;
        }
        read_ahead(it, m);
        if (m->truncated) {
            ar_bad(it->ar, true, m->hdr_off,
                   "member '%.*s' should have %llu bytes, but the archive ends after %llu",
                   Q(m->name), (unsigned long long)m->size, (unsigned long long)m->data.len);
            it->bad = true;
        }
        if (r == HDR_OK && (it->with_special || m->special == AR_MEMBER)) {
            return true;
        }
    }
    return false;
}

bool ar_member_at(struct ar *ar, uint64_t hdr_off, struct ar_member *m)
{
    if (hdr_off < AR_MAGIC_LEN || read_header(ar, true, hdr_off, m) != HDR_OK) {
        return hdr_off >= AR_MAGIC_LEN ? false
                                       : ar_bad(ar, true, hdr_off, "no member header can be here");
    }
    return m->truncated ? ar_bad(ar, true, hdr_off, "member '%.*s' is cut short", Q(m->name)) : true;
}

bool ar_nested_member(struct ar *outer, const struct ar_member *ref, struct view bytes, struct ar *in,
                      struct ar_member *m)
{
    if (!ar_open(in, bytes, outer->origin, outer->diag, outer->arena)) {
        return false;
    }
    if (in->thin || !ar_member_at(in, ref->nested_off, m) || m->special != AR_MEMBER) {
        return ar_bad(outer, true, ref->hdr_off, "no member at offset %llu of %.*s",
                      (unsigned long long)ref->nested_off, Q(ref->name));
    }
    return true;
}

char *ar_thin_path(struct ar *ar, const char *archive_path, const struct ar_member *m)
{
    size_t dir = path_dir_len(str_c(archive_path));
    if (path_is_absolute(m->name) || dir == 0) {
        return arena_strdup(ar->arena, m->name);
    }
    return arena_printf(ar->arena, "%.*s%.*s", (int)dir, archive_path, (int)m->name.len, m->name.p);
}
