/* debug_image.c - see debug_image.h. Relocations are applied by their kind, so this serves x86 and arm64
   objects of all three formats alike; kinds that debugging sections do not use are left alone.

   Source: DWARF 5, 7.3 ("Representation") for what is where; gABI for the file that is made. */
#include "obj/debug_image.h"

#include "obj/elf_fmt.h"

static const char *const wanted[] = {"abbrev", "addr", "aranges", "info", "line", "line_str", "ranges",
                                     "rnglists", "str", "str_offsets", "types"};
enum { N_WANTED = sizeof wanted / sizeof wanted[0], FIRST_BASE = 0x10000, N_SHDRS = N_WANTED + 2 };

/* ".debug_info", ".zdebug_info" and "__debug_info" are "info"; -1: none of ours. */
static int wanted_index(struct str name)
{
    static const char *const prefixes[] = {".debug_", ".zdebug_", "__debug_"};
    for (int p = 0; p < 3; p++) {
        if (str_starts(name, str_c(prefixes[p]))) {
            struct str rest = str_skip(name, strlen(prefixes[p]));
            for (int i = 0; i < N_WANTED; i++) {
                /* Mach-O cuts section names to 16 bytes: __debug_str_offs */
                if (str_is(rest, wanted[i]) || (p == 2 && name.len == 16 && i == N_WANTED - 2 &&
                                                str_is(rest, "str_offs"))) {
                    return i;
                }
            }
        }
    }
    return -1;
}

/* Which section is which; of several of one name (COMDAT type units), the one outside any group. */
static bool choose(const struct object *obj, uint32_t picks[N_WANTED])
{
    bool any = false;
    memset(picks, 0, N_WANTED * sizeof *picks);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        int w = s->flags & SEC_NOBITS ? -1 : wanted_index(s->name);
        if (w >= 0 && (!picks[w] || (obj->sections[picks[w]].comdat && !s->comdat))) {
            picks[w] = i;
            any = any || str_is(str_c(wanted[w]), "info");
        }
    }
    return any;
}

static bool is_placed(const struct section *s)
{
    return !(s->flags & SEC_DEBUG) && wanted_index(s->name) < 0 && s->raw_type != SHT_GROUP;
}

static const uint64_t *give_bases(struct object *obj)
{
    uint64_t *bases = ARENA_ARRAY(obj->arena, uint64_t, obj->n_sections);
    uint64_t next = FIRST_BASE;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        if (is_placed(s)) {
            bases[i] = next;
            uint64_t room = s->size < UINT32_MAX ? s->size : UINT32_MAX;
            next = (next + room + 0xff) & ~UINT64_C(0xff);
        }
    }
    return bases;
}

uint64_t debug_image_address(const struct debug_image *img, const struct object *obj, const struct symbol *sym)
{
    if (img->bases && sym->sec != SEC_UNDEF && sym->sec < obj->n_sections) {
        return img->bases[sym->sec] + sym->value;
    }
    return obj_symbol_address(obj, sym);
}

/* ---- relocation ------------------------------------------------------------------------------------- */

static uint64_t target_of(const struct debug_image *img, const struct object *obj, uint32_t sym, uint32_t sec)
{
    if (sym != UINT32_MAX) {
        return debug_image_address(img, obj, &obj->symbols[sym]);
    }
    return sec < obj->n_sections ? img->bases[sec] : 0;
}

static void apply(const struct debug_image *img, const struct object *obj, const struct reloc *r, uint8_t *p)
{
    uint64_t x = target_of(img, obj, r->sym, r->sec) + (uint64_t)r->addend;
    switch (r->kind) {
    case KIND_ABS: break;
    case KIND_SECTION_REL: { /* an offset, wherever the section is */
        uint32_t sec = r->sym != UINT32_MAX ? obj->symbols[r->sym].sec : r->sec;
        x -= sec < obj->n_sections ? img->bases[sec] : 0;
        break;
    }
    case KIND_DIFF: x -= target_of(img, obj, r->sym2, 0); break;
    case KIND_TLS_DTPOFF: break;
    default: return;
    }
    if (r->width == 8) {
        put_u64(p, obj->big_endian, x);
    } else if (r->width == 4) {
        put_u32(p, obj->big_endian, (uint32_t)x);
    }
}

static bool relocate(const struct debug_image *img, struct object *obj, uint32_t sec, uint8_t *bytes, uint64_t len)
{
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    if (obj->sections[sec].n_relocs == 0) {
        return true;
    }
    if (!obj_reloc_start(obj, sec, &it)) {
        return false;
    }
    for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
        for (size_t i = 0; i < n; i++) {
            const struct reloc *r = &block[i];
            if (r->off <= len && r->width <= len - r->off && !(r->flags & RELF_BITS)) {
                apply(img, obj, r, bytes + r->off);
            }
        }
    }
    return !it.bad;
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static void put_addr(uint8_t **p, const struct object *obj, uint64_t x)
{
    if (obj->is64) {
        put_u64(*p, obj->big_endian, x);
    } else {
        put_u32(*p, obj->big_endian, (uint32_t)x);
    }
    *p += obj->is64 ? 8 : 4;
}

static void put_word(uint8_t **p, const struct object *obj, uint32_t x)
{
    put_u32(*p, obj->big_endian, x);
    *p += 4;
}

static void put_half(uint8_t **p, const struct object *obj, uint16_t x)
{
    put_u16(*p, obj->big_endian, x);
    *p += 2;
}

static void write_ehdr(uint8_t *p, const struct object *obj, uint64_t shoff)
{
    const uint8_t ident[] = {0x7f, 'E', 'L', 'F', obj->is64 ? ELFCLASS64 : ELFCLASS32,
                             obj->big_endian ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT};
    int32_t machine = machine_info(obj->machine)->elf;
    memcpy(p, ident, sizeof ident);
    p += EI_NIDENT;
    put_half(&p, obj, ET_EXEC);
    put_half(&p, obj, machine > 0 ? (uint16_t)machine : 0);
    put_word(&p, obj, EV_CURRENT);
    put_addr(&p, obj, 0);
    put_addr(&p, obj, 0);
    put_addr(&p, obj, shoff);
    put_word(&p, obj, 0);
    put_half(&p, obj, obj->is64 ? EHDR64_SIZE : EHDR32_SIZE);
    put_half(&p, obj, 0);
    put_half(&p, obj, 0);
    put_half(&p, obj, obj->is64 ? SHDR64_SIZE : SHDR32_SIZE);
    put_half(&p, obj, N_SHDRS);
    put_half(&p, obj, N_SHDRS - 1);
}

static void write_shdr(uint8_t *p, const struct object *obj, uint32_t name, uint32_t type, uint64_t off,
                       uint64_t len)
{
    put_word(&p, obj, name);
    put_word(&p, obj, len ? type : SHT_NULL);
    put_addr(&p, obj, 0);
    put_addr(&p, obj, 0);
    put_addr(&p, obj, off);
    put_addr(&p, obj, len);
    put_word(&p, obj, 0);
    put_word(&p, obj, 0);
    put_addr(&p, obj, 1);
    put_addr(&p, obj, 0);
}

/* Header, sections, their names, section headers. */
static bool build(struct object *obj, const uint32_t picks[N_WANTED], struct debug_image *img)
{
    struct view data[N_WANTED];
    char names[N_WANTED * 24];
    uint32_t name_off[N_WANTED], n_names = 1;
    uint64_t ehdr = obj->is64 ? EHDR64_SIZE : EHDR32_SIZE, shdr = obj->is64 ? SHDR64_SIZE : SHDR32_SIZE;
    uint64_t total = ehdr;
    names[0] = '\0';
    for (int i = 0; i < N_WANTED; i++) {
        data[i] = view_of(obj->bytes.p, 0);
        if (picks[i] && !obj_section_data(obj, picks[i], &data[i])) {
            return false;
        }
        name_off[i] = n_names;
        memcpy(names + n_names, ".debug_", 7);
        memcpy(names + n_names + 7, wanted[i], strlen(wanted[i]) + 1);
        n_names += 7 + (uint32_t)strlen(wanted[i]) + 1;
        total += (data[i].len + 15) & ~UINT64_C(15);
    }
    uint64_t shoff = (total + n_names + 15) & ~UINT64_C(15), size = shoff + N_SHDRS * shdr;
    uint8_t *out = arena_zalloc(obj->arena, (size_t)size);
    write_ehdr(out, obj, shoff);
    uint64_t at = ehdr;
    for (int i = 0; i < N_WANTED; i++) {
        if (data[i].len) {
            memcpy(out + at, data[i].p, (size_t)data[i].len);
        }
        if (img->bases && picks[i] && !relocate(img, obj, picks[i], out + at, data[i].len)) {
            return false;
        }
        write_shdr(out + shoff + (uint64_t)(i + 1) * shdr, obj, name_off[i], SHT_PROGBITS, at, data[i].len);
        at += (data[i].len + 15) & ~UINT64_C(15);
    }
    memcpy(out + at, names, n_names);
    write_shdr(out + shoff + (uint64_t)(N_SHDRS - 1) * shdr, obj, 0, SHT_STRTAB, at, n_names);
    img->bytes = view_of(out, size);
    return true;
}

bool obj_debug_image(struct object *obj, struct debug_image *out)
{
    uint32_t picks[N_WANTED];
    *out = (struct debug_image){.bases = NULL};
    if (!choose(obj, picks)) {
        return false;
    }
    if (obj->format == OBJ_ELF && obj->type != OBJ_TYPE_RELOCATABLE) {
        out->bytes = obj->bytes;
        return true;
    }
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        if (!obj_load_symbols(obj)) {
            return false;
        }
        out->bases = give_bases(obj);
    }
    return build(obj, picks, out);
}
