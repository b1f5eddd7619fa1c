/* obj_section.c - section contents, inflated if they are compressed.

   Two ways to say so: SHF_COMPRESSED with a compression header (gABI 4, "Section Compression"), and
   the older GNU form, a section named .zdebug_* that starts with "ZLIB" and the size, big-endian in
   every file. Source of the second: the binutils manual, objcopy --compress-debug-sections. */
#include "obj/elf_int.h"
#include "base/ckint.h"
#include "obj/inflate.h"
#include "obj/reader.h"

struct compressed {
    enum inflate_method method;
    struct view stream;
    uint64_t len, align; /* align: of the contents, 0 unknown */
};

uint32_t obj_section_number(const struct object *obj, uint32_t sec)
{
    if (obj->format != OBJ_ELF && obj->lost_sec) {
        return obj->sections[sec].link;
    }
    if (!obj->sec_map) {
        return sec;
    }
    for (uint32_t i = 1; i <= obj->n_raw_secs; i++) {
        if (obj->sec_map[i] == sec) {
            return i;
        }
    }
    return 0;
}

struct str obj_file_section_name(const struct object *obj, const struct symbol *sym)
{
    if (sym->sec == SEC_UNDEF || sym->sec >= obj->n_sections) {
        return S("?");
    }
    if (obj->format == OBJ_ELF && sym->sec == obj->lost_sec) {
        return elf_lost_name(obj, sym->raw_idx);
    }
    return obj->sections[sym->sec].name;
}

static bool bad_section(const struct object *obj, uint32_t sec, const char *why)
{
    const struct section *s = &obj->sections[sec];
    return diag_bad(obj->diag, s->file_off, "compressed section %u (%.*s) %s",
                    obj_section_number(obj, sec), Q(s->name), why);
}

/* NULL, or why the header cannot be used. */
static const char *parse_header(const struct object *obj, uint32_t sec, struct compressed *c)
{
    const struct section *s = &obj->sections[sec];
    struct cursor cur = cursor_at(s->data, 0, obj->big_endian);
    if (obj->format == OBJ_ELF && s->raw_flags & SHF_COMPRESSED) {
        uint32_t type = cur_u32(&cur);
        cur_skip(&cur, obj->is64 ? 4 : 0);
        c->len = cur_addr(&cur, obj->is64);
        c->align = cur_addr(&cur, obj->is64);
        if (type != ELFCOMPRESS_ZLIB && type != ELFCOMPRESS_ZSTD) {
            return "uses an unknown method";
        }
        c->method = type == ELFCOMPRESS_ZLIB ? INFLATE_ZLIB : INFLATE_ZSTD;
    } else if (view_starts(s->data, "ZLIB", 4)) {
        cur.be = true;
        cur_skip(&cur, 4);
        c->len = cur_u64(&cur);
        c->method = INFLATE_ZLIB;
    } else { /* only the name says so: plain */
        *c = (struct compressed){.stream = s->data, .len = UINT64_MAX};
        return NULL;
    }
    const char *why;
    c->stream = view_from(s->data, cur.off);
    if (cur.bad) {
        return "is too short for its header";
    }
    return inflate_plausible(c->method, c->stream, c->len, &why) ? NULL : why;
}

static bool read_header(const struct object *obj, uint32_t sec, struct compressed *c)
{
    const char *why = parse_header(obj, sec, c);
    return !why || bad_section(obj, sec, why);
}

uint8_t obj_section_align(const struct object *obj, uint32_t sec)
{
    const struct section *s = &obj->sections[sec];
    struct compressed c = {0};
    if (obj->format != OBJ_ELF || !(s->raw_flags & SHF_COMPRESSED) || parse_header(obj, sec, &c) || !is_pow2(c.align)) {
        return s->align_p2;
    }
    unsigned p2 = (unsigned)__builtin_ctzll(c.align);
    return p2 <= 32 ? (uint8_t)p2 : s->align_p2;
}

bool obj_section_size(struct object *obj, uint32_t sec, uint64_t *out)
{
    const struct section *s = &obj->sections[sec];
    struct compressed c;
    if (!(s->flags & SEC_COMPRESSED) || s->flags & SEC_NOBITS) {
        *out = s->flags & SEC_NOBITS ? s->size : s->data.len;
        return true;
    }
    if (!read_header(obj, sec, &c)) {
        return false;
    }
    *out = c.len == UINT64_MAX ? s->data.len : c.len;
    return true;
}

bool obj_section_data(struct object *obj, uint32_t sec, struct view *out)
{
    const struct section *s = &obj->sections[sec];
    struct compressed c;
    if (s->flags & SEC_NOBITS) {
        *out = view_of(obj->bytes.p, 0);
        return true;
    }
    if (!(s->flags & SEC_COMPRESSED)) {
        *out = s->data;
        return true;
    }
    if (obj->inflated && obj->inflated[sec].p) {
        *out = obj->inflated[sec];
        return true;
    }
    if (!read_header(obj, sec, &c)) {
        return false;
    }
    if (c.len == UINT64_MAX) {
        *out = c.stream;
        return true;
    }
    if (!obj_charge(obj, c.len / 16)) {
        return false;
    }
    uint8_t *mem = arena_alloc(obj->arena, (size_t)c.len);
    const char *why = inflate_into(c.method, c.stream, mem, c.len);
    if (why) {
        return bad_section(obj, sec, why);
    }
    if (!obj->inflated) {
        obj->inflated = ARENA_ARRAY(obj->arena, struct view, obj->n_sections);
    }
    *out = obj->inflated[sec] = view_of(mem, c.len);
    return true;
}

const char *obj_section_inflate(const struct object *obj, uint32_t sec, uint8_t *out, uint64_t len)
{
    struct view done = obj->inflated ? obj->inflated[sec] : (struct view){NULL, 0};
    struct compressed c;
    const char *why = done.p ? NULL : parse_header(obj, sec, &c);
    if (why) {
        return why;
    }
    if (!done.p && c.len == UINT64_MAX) {
        done = c.stream;
    }
    if ((done.p ? done.len : c.len) != len) {
        return "has another size than its header says";
    }
    if (!done.p) {
        return inflate_into(c.method, c.stream, out, len);
    }
    memcpy(out, done.p, (size_t)len);
    return NULL;
}
