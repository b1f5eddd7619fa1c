/* lto.c - the symbols of GCC's link-time-optimisation objects, without GCC's plugin.

   A slim LTO object has no code: sections named .gnu.lto_* hold the compiler's intermediate
   representation and the symbol table only the marker __gnu_lto_slim. What the object defines and
   uses stands, uncompressed, in .gnu.lto_.symtab.<id>:

       name NUL, comdat name NUL, u8 kind, u8 visibility, u64 size, u32 slot

   and, one record each in the same order, in .gnu.lto_.ext_symtab.<id>: u8 version (1), then
   u8 type (1 function, 2 variable), u8 section (0 default, 1 bss).

   Integers are little-endian, as the compiler that runs on the host writes them for its own linker.
   Source: GCC's lto-streamer-out.c and include/lto-symtab.h, as measured in spec ar-nm, section 2. */
#include "obj/reader.h"

enum { LTO_DEF, LTO_WEAKDEF, LTO_UNDEF, LTO_WEAKUNDEF, LTO_COMMON };
enum { LTO_VIS_DEFAULT, LTO_VIS_PROTECTED, LTO_VIS_INTERNAL, LTO_VIS_HIDDEN };
enum { LTO_MIN_RECORD = 1 + 1 + 1 + 1 + 8 + 4 };

bool obj_is_slim_lto(const struct object *obj)
{
    return obj->slim_lto;
}

static uint32_t find_section(const struct object *obj, struct str prefix)
{
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (obj->sections[i].flags & SEC_LTO && str_starts(obj->sections[i].name, prefix)) {
            return i;
        }
    }
    return 0;
}

/* Definitions need a place. It does not exist before the code does, so three empty sections stand for
   it: numbers n, n+1, n+2 are text, data and bss. */
static uint32_t add_places(struct object *obj)
{
    uint32_t n = obj->n_sections;
    struct section *s = ARENA_ARRAY(obj->arena, struct section, n + 3);
    memcpy(s, obj->sections, n * sizeof *s);
    s[n] = (struct section){.name = S(".text"), .flags = SEC_ALLOC | SEC_EXEC | SEC_LTO};
    s[n + 1] = (struct section){.name = S(".data"), .flags = SEC_ALLOC | SEC_WRITE | SEC_LTO};
    s[n + 2] = (struct section){.name = S(".bss"), .flags = SEC_ALLOC | SEC_WRITE | SEC_NOBITS | SEC_LTO};
    obj->sections = s;
    obj->n_sections = n + 3;
    obj->inflated = NULL;
    return n;
}

static void fill_symbol(struct symbol *s, uint8_t kind, uint8_t vis, uint8_t type, uint8_t bss,
                        uint32_t places)
{
    static const uint8_t visibility[4] = {VIS_DEFAULT, VIS_PROTECTED, VIS_INTERNAL, VIS_HIDDEN};
    s->flags = SYMF_LTO;
    s->alias = UINT32_MAX;
    s->visibility = visibility[vis & 3];
    s->binding = kind == LTO_WEAKDEF || kind == LTO_WEAKUNDEF ? BIND_WEAK : BIND_GLOBAL;
    s->type = type == 1 ? SYM_FUNC : type == 2 ? SYM_OBJECT : SYM_NOTYPE;
    switch (kind) {
    case LTO_UNDEF:
    case LTO_WEAKUNDEF: s->sec = SEC_UNDEF; break;
    case LTO_COMMON:
        s->sec = SEC_COMMON;
        s->value = s->size;
        break;
    default: s->sec = places + (type != 2 ? 0 : bss ? 2 : 1); break;
    }
}

static bool read_record(struct cursor *c, struct cursor *ext, struct symbol *s, uint32_t places)
{
    s->name = cur_cstr(c);
    (void)cur_cstr(c); /* the comdat it belongs to: the linker sees the real one after compiling */
    uint8_t kind = cur_u8(c), vis = cur_u8(c);
    s->size = cur_u64(c);
    (void)cur_u32(c);
    uint8_t type = cur_u8(ext), bss = cur_u8(ext);
    if (c->bad || kind > LTO_COMMON) {
        return false;
    }
    fill_symbol(s, kind, vis, type, bss, places);
    return true;
}

/* COFF sections are padded with zeros to their alignment; a record has a name. */
static bool only_padding(struct view rest)
{
    return rest.p[0] == 0 && rest.len < 16;
}

void lto_read_symbols(struct object *obj)
{
    uint32_t tab = find_section(obj, S(".gnu.lto_.symtab"));
    if (!tab) {
        return;
    }
    bool slim = false;
    for (uint32_t i = 0; i < obj->n_symbols && !slim; i++) {
        slim = str_ends(obj->symbols[i].name, S("__gnu_lto_slim"));
    }
    if (!slim) {
        return; /* a fat object has native code and symbols: those count */
    }
    obj->slim_lto = true;
    uint32_t ext_sec = find_section(obj, S(".gnu.lto_.ext_symtab"));
    struct view v = obj->sections[tab].data;
    struct view ext_v = ext_sec ? obj->sections[ext_sec].data : view_of(v.p, 0);
    struct cursor c = cursor_at(v, 0, false), ext = cursor_at(ext_v, 1, false);
    uint64_t most = v.len / LTO_MIN_RECORD, n = obj->n_symbols;
    struct symbol *s = arena_alloc(obj->arena, arena_bytes(n + most, sizeof *s));
    memcpy(s, obj->symbols, (size_t)n * sizeof *s);
    memset(s + n, 0, (size_t)most * sizeof *s);
    uint32_t places = add_places(obj);
    while (c.off < v.len && !only_padding(view_from(v, c.off))) {
        if (!read_record(&c, &ext, &s[n], places)) {
            diag_bad(obj->diag, obj->sections[tab].file_off, "table of LTO symbols is damaged");
            break;
        }
        s[n].raw_idx = (uint32_t)n;
        n++;
    }
    obj->symbols = s;
    obj->n_symbols = (uint32_t)n;
}
