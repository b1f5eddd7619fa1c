/* elf: headers of both classes and byte orders, extended numbers, symbols, groups, relocations; the
   tables of machines and relocations; compressed sections. Inputs are built here, byte by byte. */
#include <stdlib.h>
#include <zlib.h>

#include "obj/elf_fmt.h"
#include "obj/inflate.h"
#include "obj/obj.h"
#include "tests/unit/tap.h"

/* ---- a small ELF writer ------------------------------------------------------------------------------ */

struct maker {
    uint8_t b[16384];
    size_t n, shoff;
    bool is64, be;
    unsigned n_sec;
    struct {
        uint32_t name, type, link, info;
        uint64_t flags, off, len, entsize;
    } sec[16];
};

static void put(struct maker *m, uint64_t x, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        m->b[m->n++] = (uint8_t)(x >> (8 * (m->be ? width - 1 - i : i)));
    }
}

static void put_a(struct maker *m, uint64_t x)
{
    put(m, x, m->is64 ? 8 : 4);
}

static void put_s(struct maker *m, const char *s, size_t n)
{
    memcpy(m->b + m->n, s, n);
    m->n += n;
}

static void start(struct maker *m, bool is64, bool be)
{
    memset(m, 0, sizeof *m);
    m->is64 = is64;
    m->be = be;
    m->n = is64 ? EHDR64_SIZE : EHDR32_SIZE;
    m->n_sec = 1;
}

/* Begins a section; its contents are what is put next. */
static unsigned begin(struct maker *m, uint32_t type, uint64_t flags, uint32_t link, uint32_t info)
{
    m->n = (m->n + 7) & ~(size_t)7;
    unsigned i = m->n_sec++;
    m->sec[i].type = type;
    m->sec[i].flags = flags;
    m->sec[i].link = link;
    m->sec[i].info = info;
    m->sec[i].off = m->n;
    return i;
}

static void end(struct maker *m)
{
    m->sec[m->n_sec - 1].len = m->n - m->sec[m->n_sec - 1].off;
}

static void symbol(struct maker *m, uint32_t name, uint8_t info, uint8_t other, uint16_t shndx, uint64_t value,
                   uint64_t size)
{
    put(m, name, 4);
    if (m->is64) {
        put(m, info, 1);
        put(m, other, 1);
        put(m, shndx, 2);
        put(m, value, 8);
        put(m, size, 8);
    } else {
        put(m, value, 4);
        put(m, size, 4);
        put(m, info, 1);
        put(m, other, 1);
        put(m, shndx, 2);
    }
}

static void finish(struct maker *m, uint16_t machine, bool extended)
{
    m->n = (m->n + 7) & ~(size_t)7;
    m->shoff = m->n;
    for (unsigned i = 0; i < m->n_sec; i++) {
        put(m, m->sec[i].name, 4);
        put(m, m->sec[i].type, 4);
        put_a(m, m->sec[i].flags);
        put_a(m, 0);
        put_a(m, m->sec[i].off);
        put_a(m, i == 0 && extended ? m->n_sec : m->sec[i].len);
        put(m, m->sec[i].link, 4);
        put(m, m->sec[i].info, 4);
        put_a(m, 1);
        put_a(m, m->sec[i].entsize);
    }
    size_t whole = m->n;
    m->n = 0;
    put_s(m, "\177ELF", 4);
    put(m, m->is64 ? ELFCLASS64 : ELFCLASS32, 1);
    put(m, m->be ? ELFDATA2MSB : ELFDATA2LSB, 1);
    put(m, 1, 1);
    m->n = EI_NIDENT;
    put(m, ET_REL, 2);
    put(m, machine, 2);
    put(m, 1, 4);
    put_a(m, 0);
    put_a(m, 0);
    put_a(m, m->shoff);
    put(m, 0, 4);
    put(m, m->is64 ? EHDR64_SIZE : EHDR32_SIZE, 2);
    put(m, 0, 4);
    put(m, m->is64 ? SHDR64_SIZE : SHDR32_SIZE, 2);
    put(m, extended ? 0 : m->n_sec, 2);
    put(m, 0, 2);
    m->n = whole;
}

static struct diag d;
static const struct origin here = {NULL, {"t.o", 3}, ORIGIN_FILE};

static bool open_it(struct object *obj, const struct maker *m)
{
    diag_drop(&d);
    return obj_open(obj, view_of(m->b, m->n), &here, &d);
}

/* ---- tests ----------------------------------------------------------------------------------------------- */

/* .text, .symtab (f, a weak object, a common, one with an extended section number), .strtab */
static void make_symbols(struct maker *m, bool is64, bool be, bool extended)
{
    start(m, is64, be);
    begin(m, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0, 0);
    put(m, 0x90909090, 4);
    end(m);
    begin(m, SHT_SYMTAB, 0, 3, 2);
    symbol(m, 0, 0, 0, 0, 0, 0);
    symbol(m, 0, STT_SECTION, 0, 1, 0, 0);
    symbol(m, 1, STB_GLOBAL << 4 | STT_FUNC, 2, 1, 2, 1);
    symbol(m, 3, STB_WEAK << 4 | STT_OBJECT, 0, 0, 0, 0);
    symbol(m, 5, STB_GLOBAL << 4 | STT_OBJECT, 0, SHN_COMMON, 16, 24);
    symbol(m, 7, STB_GLOBAL << 4, 0, SHN_XINDEX, 5, 0);
    symbol(m, 9, STB_GLOBAL << 4, 0, SHN_ABS, 6, 0);
    end(m);
    begin(m, SHT_STRTAB, 0, 0, 0);
    put_s(m, "\0f\0w\0c\0x\0a", 11);
    end(m);
    begin(m, SHT_SYMTAB_SHNDX, 0, 2, 0);
    for (unsigned i = 0; i < 7; i++) {
        put(m, i == 5 ? 1 : 0, 4);
    }
    end(m);
    finish(m, is64 ? 62 : 3, extended);
}

static void test_symbols(bool is64, bool be, bool extended)
{
    static struct maker m;
    struct object obj;
    make_symbols(&m, is64, be, extended);
    ok(open_it(&obj, &m) && obj_load_symbols(&obj) && diag_ok(&d), "opens: %d bits, %s endian%s", is64 ? 64 : 32,
       be ? "big" : "little", extended ? ", extended section count" : "");
    is_u64(obj.n_sections, 5, "sections");
    is_u64(obj.n_symbols, 7, "symbols");
    if (obj.n_symbols != 7) {
        obj_close(&obj);
        return;
    }
    const struct symbol *s = obj.symbols;
    is_str(s[2].name, "f", "name");
    ok(s[2].type == SYM_FUNC && s[2].binding == BIND_GLOBAL && s[2].visibility == VIS_HIDDEN && s[2].sec == 1 &&
           s[2].value == 2 && s[2].size == 1, "a function's fields");
    ok(obj_symbol_letter(&obj, &s[2]) == 'T' && obj_symbol_letter(&obj, &s[3]) == 'v', "letters");
    ok(s[4].sec == SEC_COMMON && s[4].value == 24 && s[4].common_align_p2 == 4, "a common's size and alignment");
    is_u64(s[5].sec, 1, "a section number from SHT_SYMTAB_SHNDX");
    ok(s[6].sec == SEC_ABS && s[6].value == 6, "an absolute symbol");
    is_u64(obj.first_global, 2, "first global");
    ok(obj_symbol_in_armap(&obj, &s[2]) && !obj_symbol_in_armap(&obj, &s[3]) && obj_symbol_in_armap(&obj, &s[4]),
       "the index has definitions and commons");
    obj_close(&obj);
}

/* Every field of the section headers that can be wrong is reported, and nothing is read outside. */
static void test_damage(void)
{
    static struct maker m;
    struct object obj;
    make_symbols(&m, true, false, false);
    size_t whole = m.n;
    for (m.n = 0; m.n < whole; m.n++) {
        if (open_it(&obj, &m)) {
            obj_load_symbols(&obj);
        }
        obj_close(&obj);
    }
    ok(true, "cut at every length");
    unsigned bad = 0;
    for (size_t at = 0; at < whole; at++) {
        uint8_t old = m.b[at];
        m.b[at] = 0xff;
        m.n = whole;
        if (!open_it(&obj, &m) || !obj_load_symbols(&obj) || !diag_ok(&d)) {
            bad++;
        }
        obj_close(&obj);
        m.b[at] = old;
    }
    ok(bad > 50, "every byte set to 0xff: %u are noticed", bad);
}

/* A group of .text, with relocations in both styles. */
static void test_groups_and_relocs(void)
{
    static struct maker m;
    struct object obj;
    struct reloc_iter it;
    struct reloc r[RELOC_BLOCK];
    start(&m, false, false);
    begin(&m, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR | SHF_GROUP, 0, 0);
    put(&m, 0xfffffffc, 4);
    put(&m, 7, 4);
    end(&m);
    begin(&m, SHT_SYMTAB, 0, 3, 1);
    symbol(&m, 0, 0, 0, 0, 0, 0);
    symbol(&m, 1, STB_WEAK << 4 | STT_FUNC, 0, 1, 0, 4);
    end(&m);
    begin(&m, SHT_STRTAB, 0, 0, 0);
    put_s(&m, "\0f", 3);
    end(&m);
    begin(&m, SHT_REL, 0, 2, 1);
    put(&m, 0, 4);
    put(&m, 1 << 8 | 2, 4);
    put(&m, 4, 4);
    put(&m, 1 << 8 | 1, 4);
    end(&m);
    begin(&m, SHT_GROUP, 0, 2, 1);
    put(&m, GRP_COMDAT, 4);
    put(&m, 1, 4);
    end(&m);
    finish(&m, 3, false);
    ok(open_it(&obj, &m) && obj_load_symbols(&obj) && diag_ok(&d), "a group and REL relocations");
    is_u64(obj.n_comdats, 1, "one group");
    ok(obj.n_comdats == 1 && obj.comdats[0].selection == COMDAT_ANY && obj.comdats[0].n_members == 1 &&
           obj.comdats[0].members[0] == 1 && obj.sections[1].comdat == 1, "its member knows it");
    is_str(obj.comdats[0].name, "f", "its signature");
    is_u64(obj.sections[1].n_relocs, 2, "relocations are counted at their target");
    ok(obj_reloc_start(&obj, 1, &it) && obj_reloc_next(&it, r) == 2 && !it.bad, "and read");
    ok(r[0].kind == KIND_PCREL && r[0].addend == -4 && r[0].sym == 1 && r[0].width == 4, "addend from the bytes");
    ok(r[1].kind == KIND_ABS && r[1].addend == 7 && r[1].off == 4, "of the second");
    obj_close(&obj);

    size_t off = m.sec[4].off;
    m.b[off + 8] = 5; /* the field now ends past the section */
    ok(open_it(&obj, &m) && obj_load_symbols(&obj) && obj_reloc_start(&obj, 1, &it), "a relocation off the end");
    ok(obj_reloc_next(&it, r) == 1 && it.bad && !diag_ok(&d), "is not handed out");
    obj_close(&obj);
    m.b[off + 8] = 4;
    m.b[off + 14] = 1; /* symbol 0x10001 */
    ok(open_it(&obj, &m) && obj_reloc_start(&obj, 1, &it) && obj_reloc_next(&it, r) == 1 && it.bad,
       "a relocation against no symbol is not handed out");
    obj_close(&obj);
}

static void test_tables(void)
{
    bool good = true;
    for (unsigned m = 1; m < MACH_N; m++) {
        const struct machine_info *mi = machine_info((enum machine)m);
        good = good && mi->name && mi->name[0] && (mi->elf >= 0 || mi->coff >= 0 || mi->macho >= 0);
        good = good && (mi->elf < 0 || machine_from_elf((uint32_t)mi->elf) == m);
        good = good && (mi->coff < 0 || machine_from_coff((uint32_t)mi->coff) == m);
        good = good && (mi->macho < 0 || machine_from_macho((uint32_t)mi->macho) == m);
    }
    ok(good, "every machine is found by each of its numbers");
    ok(machine_from_elf(0) == MACH_UNKNOWN && machine_from_elf(0xffff) == MACH_UNKNOWN, "and no other is");

    static const enum obj_format formats[] = {OBJ_ELF, OBJ_COFF, OBJ_MACHO};
    static const enum machine machines[] = {MACH_X86_64, MACH_I386, MACH_ARM64};
    unsigned rows = 0;
    good = true;
    for (unsigned f = 0; f < 3; f++) {
        for (unsigned k = 0; k < 3; k++) {
            struct object obj = {.format = formats[f], .machine = machines[k]};
            for (uint32_t raw = 0; raw < 2048; raw++) {
                const struct reloc_row *row = reloc_find(&obj, raw);
                rows += row != NULL;
                good = good && (!row || (row->raw_type == raw && row->name && row->kind < KIND_N &&
                                         row->kind != KIND_UNKNOWN));
            }
        }
    }
    ok(good, "every relocation row has its number, name and kind");
    ok(rows > 250, "%u rows", rows);
    char buf[16];
    struct object x = {.format = OBJ_ELF, .machine = MACH_X86_64};
    ok(strcmp(reloc_name(&x, 2, buf), "R_X86_64_PC32") == 0, "a known name");
    ok(strcmp(reloc_name(&x, 200, buf), "0xc8") == 0, "an unknown number");
}

static void test_inflate(void)
{
    static uint8_t plain[100000], packed[100000], out[100000];
    uLongf n = sizeof packed;
    const char *why;
    compress(packed, &n, plain, sizeof plain);
    struct view v = view_of(packed, n);
    ok(inflate_into(INFLATE_ZLIB, v, out, sizeof out) == NULL, "a zlib stream");
    ok(inflate_into(INFLATE_ZLIB, v, out, sizeof out - 1) != NULL, "one byte longer than claimed");
    ok(inflate_into(INFLATE_ZLIB, view_of(packed, n - 5), out, sizeof out) != NULL, "cut short");
    ok(inflate_plausible(INFLATE_ZLIB, v, sizeof plain, &why), "a claim that can be");
    ok(!inflate_plausible(INFLATE_ZLIB, v, 1032 * (n + 2), &why), "a claim beyond zlib's ratio");
    ok(!inflate_plausible(INFLATE_ZLIB, v, UINT64_C(5) << 30, &why), "a claim beyond the limit");
    ok(!inflate_plausible(INFLATE_ZSTD, view_of("xxxx", 4), 10, &why), "no zstd frame");
}

int main(void)
{
    diag_init(&d, "test");
    for (int i = 0; i < 8; i++) {
        test_symbols(i & 1, i & 2, i & 4);
    }
    test_damage();
    test_groups_and_relocs();
    test_tables();
    test_inflate();
    diag_drop(&d);
    diag_finish(&d);
    return done_testing();
}
