/* elf_index.c - the names that ar's index holds for an ELF object, by the shortest way.

   Indexing a library reads every object in it, but of each only three tables matter: section headers,
   the symbol table, and its strings. They are fetched by themselves, and symbols are looked at in
   place, without building the model. What is damaged or out of the ordinary (section numbers past
   16 bits, a processor's own commons, LTO objects, images) is left to the model's reader, which knows
   all of it and reports what is wrong; obj_armap.c says which symbols count. */
#include "base/ckint.h"
#include "obj/elf_fmt.h"
#include "obj/reader.h"

struct tables {
    struct obj_source *src;
    struct arena *arena;
    bool is64, be;
    uint32_t n_sections;
    uint64_t sym_off, sym_len, str_off, str_len; /* all 0: no symbol table */
};

static const uint8_t *fetch(const struct tables *t, uint64_t off, uint64_t len)
{
    return view_has(view_of(NULL, t->src->len), off, len) ? t->src->fetch(t->src, t->arena, off, len) : NULL;
}

static uint64_t addr(const struct tables *t, const uint8_t *p)
{
    return t->is64 ? get_u64(p, t->be) : get_u32(p, t->be);
}

/* Contents that reach past the end of the file are for the reader to report. */
static bool section_fits(const struct tables *t, const uint8_t *h)
{
    uint32_t type = get_u32(h + 4, t->be);
    uint64_t off = addr(t, h + (t->is64 ? 24 : 16)), len = addr(t, h + (t->is64 ? 32 : 20));
    return type == SHT_NOBITS || type == SHT_NULL || len == 0 || (off <= t->src->len && len <= t->src->len - off);
}

/* The first symbol table and its strings. */
static bool find_symbols(struct tables *t, const uint8_t *table, uint64_t each)
{
    const uint8_t *tab = NULL;
    for (uint32_t i = 1; i < t->n_sections; i++) {
        const uint8_t *h = table + i * each;
        uint32_t type = get_u32(h + 4, t->be);
        if (!section_fits(t, h) || type == SHT_SYMTAB_SHNDX) {
            return false;
        }
        tab = type == SHT_SYMTAB && !tab ? h : tab;
    }
    if (!tab) {
        return true;
    }
    uint32_t link = get_u32(tab + (t->is64 ? 40 : 24), t->be);
    uint64_t entsize = addr(t, tab + (t->is64 ? 56 : 36));
    if (link == 0 || link >= t->n_sections || entsize != (t->is64 ? SYM64_SIZE : SYM32_SIZE)) {
        return false;
    }
    const uint8_t *str = table + link * each;
    if (get_u32(str + 4, t->be) != SHT_STRTAB) {
        return false;
    }
    t->sym_off = addr(t, tab + (t->is64 ? 24 : 16));
    t->sym_len = addr(t, tab + (t->is64 ? 32 : 20));
    t->str_off = addr(t, str + (t->is64 ? 24 : 16));
    t->str_len = addr(t, str + (t->is64 ? 32 : 20));
    return t->sym_len % entsize == 0;
}

static bool read_header(struct tables *t, struct obj_index *out)
{
    uint64_t head = t->src->len < EHDR64_SIZE ? t->src->len : EHDR64_SIZE;
    const uint8_t *h = head >= EHDR32_SIZE ? fetch(t, 0, head) : NULL;
    if (!h || h[EI_CLASS] < ELFCLASS32 || h[EI_CLASS] > ELFCLASS64 || h[EI_DATA] < ELFDATA2LSB ||
        h[EI_DATA] > ELFDATA2MSB || (h[EI_CLASS] == ELFCLASS64 && head < EHDR64_SIZE)) {
        return false;
    }
    t->is64 = h[EI_CLASS] == ELFCLASS64;
    t->be = h[EI_DATA] == ELFDATA2MSB;
    out->is64 = t->is64;
    out->big_endian = t->be;
    out->machine = machine_from_elf(get_u16(h + 18, t->be));
    uint64_t shoff = addr(t, h + (t->is64 ? 40 : 32));
    const uint8_t *counts = h + (t->is64 ? 58 : 46);
    uint32_t each = t->is64 ? SHDR64_SIZE : SHDR32_SIZE;
    t->n_sections = get_u16(counts + 2, t->be);
    if (get_u16(h + 16, t->be) != ET_REL || shoff == 0 || t->n_sections == 0 ||
        get_u16(counts, t->be) != each || get_u16(counts + 4, t->be) >= t->n_sections) {
        return false;
    }
    const uint8_t *table = fetch(t, shoff, (uint64_t)t->n_sections * each);
    return table && find_symbols(t, table, each);
}

enum verdict { LEAVE, TAKE, UNUSUAL };

static inline enum verdict judge(const struct tables *t, uint8_t info, uint32_t shndx)
{
    if (info >> 4 == STB_LOCAL || shndx == SHN_UNDEF) {
        return LEAVE;
    }
    if (shndx >= t->n_sections && shndx != SHN_ABS && shndx != SHN_COMMON) {
        return UNUSUAL;
    }
    return (info & 15) == STT_FILE ? LEAVE : TAKE;
}

static inline __attribute__((always_inline)) bool add_names(const struct tables *t, const uint8_t *sym,
                                                            struct view strs, struct buf *names,
                                                            uint32_t *n, bool is64, bool be)
{
    size_t start = names->n;
    uint32_t each = is64 ? SYM64_SIZE : SYM32_SIZE;
    for (const uint8_t *p = sym, *end = sym + t->sym_len; p < end; p += each) {
        enum verdict v = judge(t, p[is64 ? 4 : 12], get_u16(p + (is64 ? 6 : 14), be));
        struct str s;
        if (v == LEAVE) {
            continue;
        }
        /* Names that share tails could make more text than the file has. */
        if (v == UNUSUAL || !view_cstr(strs, get_u32(p, be), &s) || names->n - start > strs.len ||
            str_ends(s, S("__gnu_lto_slim"))) {
            return false;
        }
        if (s.len) {
            buf_add(names, s.p, s.len + 1);
            ++*n;
        }
    }
    return true;
}

bool elf_index_names(struct obj_source *src, struct arena *a, struct obj_index *out, struct buf *names)
{
    struct tables t = {.src = src, .arena = a};
    size_t before = names->n;
    *out = (struct obj_index){0};
    if (!read_header(&t, out)) {
        return false;
    }
    if (t.sym_len == 0) {
        return true;
    }
    const uint8_t *sym = fetch(&t, t.sym_off, t.sym_len);
    const uint8_t *str = sym ? fetch(&t, t.str_off, t.str_len) : NULL;
    if (!str) {
        return false;
    }
    struct view strs = view_of(str, t.str_len);
    bool good = t.is64 && !t.be ? add_names(&t, sym, strs, names, &out->n_names, true, false)
                : t.is64        ? add_names(&t, sym, strs, names, &out->n_names, true, true)
                : !t.be         ? add_names(&t, sym, strs, names, &out->n_names, false, false)
                                : add_names(&t, sym, strs, names, &out->n_names, false, true);
    if (!good) {
        names->n = before;
    }
    return good;
}
