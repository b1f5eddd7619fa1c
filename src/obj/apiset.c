/* apiset.c - reads the API set schema.

   A namespace header, an array of contracts, and for each an array of values: the host for a named
   importing DLL, or without a name for all others. Offsets count from the start of the namespace;
   names are UTF-16 and, before version 6, lack "api-". All fields are 32 bits.

             header                                   contract                             value
     2 (7)   version count                            name len values                      name len
   host len
     4 (8.1) version size flags count                 flags name len alias len values      flags
   name len host len
     6 (10)  version size flags count at hash factor  flags name len hashed values count   flags
   name len host len

   In versions 2 and 4 the array of values begins with its count, in 4 flags stand before that.
   Source: G. Chappell, "The API Set Schema". */
#include "obj/apiset.h"

#include "obj/reader.h"

enum { MAX_NAME = 512 };

struct layout {
    uint32_t version;
    uint8_t count_at, first, entry_len;        /* of the header; 0 in first: a field says */
    uint8_t name_at, values_at;                /* of a contract */
    uint8_t n_values_at;                       /* ... 0: the array of values says */
    uint8_t values_head, values_count_at;      /* of an array of values */
    uint8_t value_len, value_name_at;          /* of a value; the host's fields follow the name's */
};

static const struct layout layouts[] = {
    {2, 4, 8, 12, 0, 8, 0, 4, 0, 16, 0},
    {4, 12, 16, 24, 4, 20, 0, 8, 4, 20, 4},
    {6, 12, 0, 24, 4, 16, 20, 0, 0, 20, 4},
};

/* The UTF-16 string whose offset and length are the fields at AT; ASCII only, as contracts are. */
static bool read_name(struct view v, uint64_t at, const char *prefix, struct arena *a,
                      struct str *out)
{
    uint32_t off, len;
    struct view s;
    if (!view_u32(v, at, false, &off) || !view_u32(v, at + 4, false, &len) || len > MAX_NAME ||
        !view_sub(v, off, len, &s)) {
        return false;
    }
    size_t n = strlen(prefix);
    char *p = arena_alloc(a, n + len / 2);
    memcpy(p, prefix, n);
    for (uint32_t i = 0; i + 1 < len; i += 2) {
        uint16_t c = get_u16le(s.p + i);
        p[n++] = c < 0x80 ? (char)c : '?';
    }
    *out = (struct str){p, n};
    return true;
}

/* The value without an importing DLL, or the first one. */
static bool read_host(struct object *obj, struct view v, const struct layout *l, uint64_t entry,
                      struct arena *a, struct str *host)
{
    uint32_t at, n, name_len;
    *host = (struct str){0};
    if (!view_u32(v, entry + l->values_at, false, &at) ||
        !view_u32(v, l->n_values_at ? entry + l->n_values_at : (uint64_t)at + l->values_count_at,
                  false, &n)) {
        return false;
    }
    uint64_t value = (uint64_t)at + l->values_head;
    for (uint32_t i = 0; i < n; i++, value += l->value_len) {
        if (!obj_charge(obj, 1) || !view_u32(v, value + l->value_name_at + 4, false, &name_len)) {
            return false;
        }
        if ((name_len == 0 || i == 0) && !read_name(v, value + l->value_name_at + 8, "", a, host)) {
            return false;
        }
        if (name_len == 0) {
            break;
        }
    }
    return true;
}

static struct str without_last_number(struct str name)
{
    size_t dash = str_rfind(name, '-');
    return dash == SIZE_MAX ? name : str_head(name, dash);
}

static bool read_all(struct object *obj, struct view v, const struct layout *l, struct arena *a,
                     struct apiset **out, uint32_t *n)
{
    uint32_t count, first = l->first;
    if (!view_u32(v, l->count_at, false, &count) || (!first && !view_u32(v, 16, false, &first))) {
        return false;
    }
    *out = arena_array(a, count, sizeof **out, l->entry_len, v.len);
    if (!*out) {
        return false;
    }
    for (*n = 0; *n < count; ++*n) {
        uint64_t entry = first + (uint64_t)*n * l->entry_len;
        struct apiset *s = &(*out)[*n];
        if (!read_name(v, entry + l->name_at, l->version < 6 ? "api-" : "", a, &s->name) ||
            !read_host(obj, v, l, entry, a, &s->host)) {
            return false;
        }
        s->name = without_last_number(s->name);
    }
    return true;
}

bool apiset_read(struct object *obj, struct arena *a, struct apiset **out, uint32_t *n)
{
    uint32_t sec = 1, version;
    *n = 0;
    while (sec < obj->n_sections && !str_is(obj->sections[sec].name, ".apiset")) {
        sec++;
    }
    if (sec >= obj->n_sections || !view_u32(obj->sections[sec].data, 0, false, &version)) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET,
                        "no API set schema: there is no section .apiset");
    }
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (layouts[i].version == version) {
            return read_all(obj, obj->sections[sec].data, &layouts[i], a, out, n) ||
                   diag_bad(obj->diag, obj->sections[sec].file_off,
                            "API set schema damaged at contract %u", *n);
        }
    }
    return diag_bad(obj->diag, obj->sections[sec].file_off, "API set schema of unknown version %u",
                    version);
}
