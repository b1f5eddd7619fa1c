/* implib.c - recognises the members of long import libraries. Pure: reports nothing. */
#include "obj/implib.h"

#include <string.h>

static uint32_t section_named(const struct object *obj, const char *name)
{
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (str_is(obj->sections[i].name, name) && obj->sections[i].size) {
            return i;
        }
    }
    return 0;
}

/* The symbol that the relocation at OFF of section SEC points to, or NULL. */
static const struct symbol *target_at(const struct object *obj, uint32_t sec, uint64_t off)
{
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    if (!sec || !obj->sections[sec].n_relocs || !obj_reloc_start(obj, sec, &it)) {
        return NULL;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) != 0;) {
        for (size_t i = 0; i < n; i++) {
            if (block[i].off == off && block[i].sym < obj->n_symbols) {
                return &obj->symbols[block[i].sym];
            }
        }
    }
    return NULL;
}

/* The first global symbol defined in section SEC. */
static const struct symbol *global_in(const struct object *obj, uint32_t sec)
{
    for (uint32_t i = 0; sec && i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec == sec && s->binding != BIND_LOCAL) {
            return s;
        }
    }
    return NULL;
}

/* __imp_NAME of the entry: the global that is defined at its .idata$5. */
static bool imp_symbol(const struct object *obj, uint32_t iat, struct implib_member *out)
{
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec == iat && s->binding != BIND_LOCAL && str_starts(s->name, S("__imp_"))) {
            out->imp_sym = i;
            out->symbol = str_skip(s->name, 6);
            return true;
        }
    }
    return false;
}

/* What the thunk says: a number, or a place in .idata$6. */
static bool entry_value(const struct object *obj, uint32_t iat, uint32_t names,
                        struct implib_member *out)
{
    struct view thunk = obj->sections[iat].data;
    unsigned width = obj->is64 ? 8 : 4;
    uint64_t value = 0;
    uint32_t low;
    if (thunk.len < width) {
        return false;
    }
    value = width == 8 ? get_u64le(thunk.p) : get_u32le(thunk.p);
    if (value >> (width * 8 - 1)) {
        out->by_ordinal = true;
        out->ordinal = (uint32_t)(value & 0xffff);
        return true;
    }
    const struct symbol *to = target_at(obj, iat, 0);
    if (!to || !names || to->sec != names || !view_u32(thunk, 0, false, &low)) {
        return false;
    }
    uint64_t off = to->value + low;
    return view_u16(obj->sections[names].data, off, false, &out->hint) &&
           view_cstr(obj->sections[names].data, off + 2, &out->name) && out->name.len;
}

/* The head that an entry of Microsoft's long format asks for, without a relocation: __IMPORT_DESCRIPTOR_LIB. */
static const struct symbol *descriptor_named(const struct object *obj)
{
    const struct symbol *found = NULL;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec == SEC_UNDEF && str_starts(s->name, S("__IMPORT_DESCRIPTOR_"))) {
            if (found) {
                return NULL;
            }
            found = s;
        }
    }
    return found;
}

static bool is_entry(const struct object *obj, struct implib_member *out)
{
    uint32_t link = section_named(obj, ".idata$7"), iat = section_named(obj, ".idata$5");
    const struct symbol *to = link ? target_at(obj, link, 0) : descriptor_named(obj);
    if (!iat || !to || to->sec != SEC_UNDEF || !imp_symbol(obj, iat, out) ||
        !entry_value(obj, iat, section_named(obj, ".idata$6"), out)) {
        return false;
    }
    out->link = to->name;
    uint32_t text = section_named(obj, ".text");
    out->data = !global_in(obj, text);
    return true;
}

static bool is_head(const struct object *obj, struct implib_member *out)
{
    enum { NAME_FIELD = 12, DESCRIPTOR_LEN = 20 };
    uint32_t desc = section_named(obj, ".idata$2");
    if (!desc || obj->sections[desc].size != DESCRIPTOR_LEN) {
        return false;
    }
    const struct symbol *head = global_in(obj, desc), *to = target_at(obj, desc, NAME_FIELD);
    if (!head || !to || sec_is_special(to->sec)) {
        return false;
    }
    out->defines = head->name;
    if (to->sec == SEC_UNDEF) {
        out->link = to->name;
        return true;
    }
    uint32_t off = 0;
    struct view names = obj->sections[to->sec].data;
    return str_is(obj->sections[to->sec].name, ".idata$6") && str_starts(head->name, S("__IMPORT_DESCRIPTOR_")) &&
           view_u32(obj->sections[desc].data, NAME_FIELD, false, &off) &&
           view_cstr(names, to->value + off, &out->dll) && out->dll.len;
}

static bool is_tail(const struct object *obj, struct implib_member *out)
{
    uint32_t sec = section_named(obj, ".idata$7");
    const struct symbol *s = global_in(obj, sec);
    if (!s || obj->sections[sec].n_relocs ||
        !view_cstr(obj->sections[sec].data, s->value, &out->dll) || !out->dll.len) {
        return false;
    }
    out->defines = s->name;
    return true;
}

void implib_classify(struct object *obj, struct implib_member *out)
{
    *out = (struct implib_member){.imp_sym = UINT32_MAX};
    bool candidate = false;
    for (uint32_t i = 1; i < obj->n_sections && !candidate; i++) {
        candidate = str_starts(obj->sections[i].name, S(".idata$"));
    }
    if (!candidate || !obj_load_symbols(obj)) {
        return;
    }
    struct implib_member m = *out;
    if (is_head(obj, &m)) {
        m.part = IMPLIB_HEAD;
    } else if (m = *out, is_entry(obj, &m)) {
        m.part = IMPLIB_ENTRY;
    } else if (m = *out, is_tail(obj, &m)) {
        m.part = IMPLIB_TAIL;
    } else {
        return;
    }
    *out = m;
}
