/* coff.c - COFF objects, bigobj files and short import objects, built byte by byte. */
#include <stdlib.h>

#include "tests/unit/tap.h"

#include "base/buf.h"
#include "obj/coff_fmt.h"
#include "obj/obj.h"

/* An object under construction: sections and symbols are appended, build() puts them together. */
struct maker {
    struct buf secs, data, syms, strs;
    uint32_t n_secs, n_raw;
    uint16_t machine;
    bool big;
};

static uint32_t string(struct maker *m, const char *s)
{
    if (m->strs.n == 0) {
        buf_u32(&m->strs, false, 0);
    }
    uint32_t at = (uint32_t)m->strs.n;
    buf_add(&m->strs, s, strlen(s) + 1);
    return at;
}

static void padded(struct buf *b, const char *s, size_t n)
{
    size_t len = strlen(s);
    buf_add(b, s, len < n ? len : n);
    buf_fill(b, 0, len < n ? n - len : 0);
}

/* RELOCS: 10-byte records, N of them as the header says. */
static void section(struct maker *m, const char *name, uint32_t flags, const void *data, uint32_t size,
                    const void *relocs, uint32_t n_relocs, uint16_t n_field)
{
    padded(&m->secs, name, 8);
    buf_u32(&m->secs, false, 0);
    buf_u32(&m->secs, false, 0);
    buf_u32(&m->secs, false, size);
    buf_u32(&m->secs, false, data ? (uint32_t)m->data.n : UINT32_MAX); /* fixed by build() */
    if (data) {
        buf_add(&m->data, data, size);
    }
    buf_u32(&m->secs, false, (uint32_t)m->data.n);
    buf_add(&m->data, relocs, n_relocs * 10);
    buf_u32(&m->secs, false, 0);
    buf_u16(&m->secs, false, n_field);
    buf_u16(&m->secs, false, 0);
    buf_u32(&m->secs, false, flags);
    m->n_secs++;
}

static void symbol(struct maker *m, const char *name, uint32_t value, int sec, unsigned type,
                   unsigned cls, unsigned naux)
{
    if (strlen(name) <= 8) {
        padded(&m->syms, name, 8);
    } else {
        buf_u32(&m->syms, false, 0);
        buf_u32(&m->syms, false, string(m, name));
    }
    buf_u32(&m->syms, false, value);
    if (m->big) {
        buf_u32(&m->syms, false, (uint32_t)sec);
    } else {
        buf_u16(&m->syms, false, (uint16_t)sec);
    }
    buf_u16(&m->syms, false, (uint16_t)type);
    buf_c(&m->syms, (char)cls);
    buf_c(&m->syms, (char)naux);
    m->n_raw++;
}

static void aux(struct maker *m, uint32_t a, uint32_t b, uint32_t c, unsigned number, unsigned selection)
{
    buf_u32(&m->syms, false, a);
    buf_u32(&m->syms, false, b);
    buf_u32(&m->syms, false, c);
    buf_u16(&m->syms, false, (uint16_t)number);
    buf_c(&m->syms, (char)selection);
    buf_fill(&m->syms, 0, m->big ? 5 : 3);
    m->n_raw++;
}

static void build(struct maker *m, struct buf *out)
{
    uint32_t hdr = m->big ? BIGOBJ_HDR_LEN : COFF_HDR_LEN;
    uint32_t base = hdr + (uint32_t)m->secs.n, symptr = base + (uint32_t)m->data.n;
    if (m->big) {
        buf_u32(out, false, 0xffff0000);
        buf_u16(out, false, 2);
        buf_u16(out, false, m->machine);
        buf_u32(out, false, 0);
        buf_add(out, BIGOBJ_CLASS_ID, 16);
        buf_fill(out, 0, 16);
        buf_u32(out, false, m->n_secs);
        buf_u32(out, false, symptr);
        buf_u32(out, false, m->n_raw);
    } else {
        buf_u16(out, false, m->machine);
        buf_u16(out, false, (uint16_t)m->n_secs);
        buf_u32(out, false, 0);
        buf_u32(out, false, symptr);
        buf_u32(out, false, m->n_raw);
        buf_u32(out, false, 0);
    }
    for (uint32_t i = 0; i < m->n_secs; i++) {
        uint8_t *h = (uint8_t *)m->secs.p + (size_t)i * COFF_SEC_LEN;
        uint32_t ptr = get_u32le(h + COFF_SEC_RAWPTR);
        put_u32le(h + COFF_SEC_RAWPTR, ptr == UINT32_MAX ? 0 : ptr + base);
        put_u32le(h + COFF_SEC_RELOCPTR, get_u32le(h + COFF_SEC_RELOCPTR) + base);
    }
    buf_add(out, m->secs.p, m->secs.n);
    buf_add(out, m->data.p, m->data.n);
    buf_add(out, m->syms.p, m->syms.n);
    if (m->strs.n) {
        put_u32le((uint8_t *)m->strs.p, (uint32_t)m->strs.n);
        buf_add(out, m->strs.p, m->strs.n);
    }
    buf_free(&m->secs);
    buf_free(&m->data);
    buf_free(&m->syms);
    buf_free(&m->strs);
}

/* One opened object; errors are counted, not printed. */
struct opened {
    struct object obj;
    struct diag d;
    struct origin origin;
    struct buf file;
    bool good;
};

static void open_made(struct opened *o, struct maker *m)
{
    *o = (struct opened){.origin = {NULL, S("t.o"), ORIGIN_FILE}};
    build(m, &o->file);
    diag_init(&o->d, "test");
    o->good = obj_open(&o->obj, view_of(o->file.p, o->file.n), &o->origin, &o->d);
    o->good = o->good && obj_load_symbols(&o->obj);
}

static void close_made(struct opened *o)
{
    obj_close(&o->obj);
    diag_drop(&o->d);
    (void)diag_finish(&o->d);
    buf_free(&o->file);
}

#define TEXT (IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ)
#define RDATA (IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ)
#define ALIGN(n) ((n) << IMAGE_SCN_ALIGN_SHIFT)

static void test_symbols(bool big)
{
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64, .big = big};
    struct opened o;
    char long_ref[16];
    section(&m, ".text", TEXT | ALIGN(5u), "\x90\x90\x90\x90", 4, NULL, 0, 0);
    section(&m, ".bss", IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_WRITE, NULL, 64, NULL, 0, 0);
    snprintf(long_ref, sizeof long_ref, "/%u", string(&m, ".debug_long_name"));
    section(&m, long_ref, RDATA | IMAGE_SCN_MEM_DISCARDABLE | ALIGN(1u), "abcd", 4, NULL, 0, 0);
    section(&m, "//AAAAAE", RDATA, "abcd", 4, NULL, 0, 0);
    symbol(&m, ".file", 0, -2, 0, IMAGE_SYM_CLASS_FILE, 1);
    buf_add(&m.syms, big ? "a_source_file_nam.cpp" : "source_file_na.cpp", big ? 20 : 18);
    m.n_raw++;
    symbol(&m, ".text", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 4, 0, 0, 0, 0);
    symbol(&m, "a_long_function_name", 2, 1, 0x20, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "st_fn", 0, 1, 0x20, IMAGE_SYM_CLASS_STATIC, 1); /* gas gives it a record */
    aux(&m, 0, 0, 0, 0, 0);
    symbol(&m, "com", 12, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "und", 0, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "@feat.00", 1, -1, 0, IMAGE_SYM_CLASS_STATIC, 0);
    symbol(&m, "weak", 0, 0, 0, IMAGE_SYM_CLASS_WEAK_EXTERNAL, 1);
    aux(&m, 4, IMAGE_WEAK_EXTERN_SEARCH_ALIAS, 0, 0, 0);
    symbol(&m, "exactly8", 4, 2, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    open_made(&o, &m);
    const struct symbol *s = o.obj.symbols;
    ok(o.good && diag_ok(&o.d), "an object of every kind of symbol is read");
    is_u64(o.obj.format, big ? OBJ_BIGOBJ : OBJ_COFF, "format");
    is_u64(o.obj.n_symbols, 9, "auxiliary records take no index");
    is_u64(o.obj.n_sections, 5, "sections count from 1");
    is_str(o.obj.sections[3].name, ".debug_long_name", "/N name");
    is_str(o.obj.sections[4].name, ".debug_long_name", "//base64 name");
    is_u64(o.obj.sections[1].align_p2, 4, "alignment flag");
    is_u64(o.obj.sections[4].align_p2, 4, "no alignment flag means 16");
    ok(o.obj.sections[2].flags & SEC_NOBITS && o.obj.sections[2].size == 64, ".bss has no bytes");
    ok(o.obj.sections[3].flags & SEC_DEBUG && !(o.obj.sections[3].flags & SEC_ALLOC), "debug section");
    is_u64(s[0].type, SYM_FILE, "a .file symbol");
    is_str(s[0].name, big ? "a_source_file_nam.cp" : "source_file_na.cpp", "its name fills the record");
    ok(s[1].type == SYM_SECTION && s[1].flags & SYMF_SECTION_DEF, "section definition");
    is_str(s[2].name, "a_long_function_name", "long name");
    ok(s[2].type == SYM_FUNC && s[2].binding == BIND_GLOBAL && s[2].value == 2, "function");
    ok(s[3].type == SYM_FUNC && s[3].binding == BIND_LOCAL, "static function with a record is a function");
    ok(s[4].sec == SEC_COMMON && s[4].size == 12 && s[4].common_align_p2 == 4, "common");
    is_u64(s[5].sec, SEC_UNDEF, "undefined");
    is_u64(s[6].sec, SEC_ABS, "absolute");
    ok(s[7].binding == BIND_WEAK_EXTERNAL && s[7].alias == 2 && s[7].weak_kind == 3, "weak alias");
    is_str(s[8].name, "exactly8", "a name without NUL");
    char letters[10] = {0};
    for (uint32_t i = 0; i < o.obj.n_symbols && i < 9; i++) {
        letters[i] = obj_symbol_letter(&o.obj, &s[i]);
    }
    is_str(str_c(letters), "?tTtCUaWB", "letters");
    close_made(&o);
}

static void test_comdat(void)
{
    struct maker m = {.machine = IMAGE_FILE_MACHINE_I386};
    struct opened o;
    section(&m, ".text$f", TEXT | IMAGE_SCN_LNK_COMDAT, "\x90", 1, NULL, 0, 0);
    section(&m, ".xdata", RDATA | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
    section(&m, ".pdata", RDATA | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
    section(&m, ".data$q", RDATA | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
    section(&m, ".loop1", RDATA | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
    section(&m, ".loop2", RDATA | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
    symbol(&m, ".text$f", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 0, COMDAT_ANY);
    symbol(&m, "_other", 0, 1, 0x20, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "_f", 0, 1, 0x20, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, ".xdata", 0, 2, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 3, COMDAT_ASSOCIATIVE);
    symbol(&m, ".pdata", 0, 3, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 1, COMDAT_ASSOCIATIVE);
    symbol(&m, ".data$q", 0, 4, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 0, COMDAT_LARGEST);
    symbol(&m, "?z@@3HA", 0, 4, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, ".loop1", 0, 5, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 6, COMDAT_ASSOCIATIVE);
    symbol(&m, ".loop2", 0, 6, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 5, COMDAT_ASSOCIATIVE);
    open_made(&o, &m);
    is_u64(o.obj.n_comdats, 2, "two groups");
    is_str(o.obj.comdats[0].name, "_f", "gas: the leader is named after the section");
    is_u64(o.obj.comdats[0].selection, COMDAT_ANY, "selection");
    is_u64(o.obj.comdats[0].n_members, 3, "associative sections join, through one another");
    ok(o.obj.sections[2].assoc == 3 && o.obj.sections[3].assoc == 1, "each keeps what it follows");
    is_str(o.obj.comdats[1].name, "?z@@3HA", "Microsoft: the leader is the second symbol");
    is_u64(o.obj.comdats[1].n_members, 1, "a group of one");
    ok(!o.good && o.obj.sections[5].comdat == 0, "a loop of associations is an error");
    close_made(&o);
}

/* gas's unwind sections: COMDATs without a leader share a group, but code and other selections do not. */
static void test_nameless(void)
{
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o;
    static const char *const names[] = {".xdata$f", ".pdata$f", ".text$g", ".pdata$g"};
    for (unsigned i = 0; i < 4; i++) {
        section(&m, names[i], (i == 2 ? TEXT : RDATA) | IMAGE_SCN_LNK_COMDAT, "x", 1, NULL, 0, 0);
        symbol(&m, names[i], 0, (int)i + 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
        aux(&m, 1, 0, 0, 0, i == 3 ? COMDAT_SAME_SIZE : COMDAT_ANY);
    }
    open_made(&o, &m);
    const struct section *s = o.obj.sections;
    is_u64(o.obj.n_comdats, 3, "three groups");
    ok(s[1].comdat == 1 && s[2].comdat == 1, "data without a leader are one");
    ok(s[3].comdat == 2 && s[4].comdat == 3, "code and another selection are not in it");
    is_u64(o.obj.comdats[0].n_members, 2, "its members");
    close_made(&o);
}

/* ---- an elector that reads tables aside --------------------------------------------------------- */

struct reading {
    struct comdat_elector base;
    const struct buf *file;
    uint8_t *p;
    size_t len;
};

static void elect_nothing(struct comdat_elector *e, struct comdat_claim *claims, uint32_t n)
{
    (void)e;
    for (uint32_t i = 0; i < n; i++) {
        claims[i].token = UINT32_MAX;
    }
}

static const uint8_t *read_copy(struct comdat_elector *e, uint64_t off, uint64_t len)
{
    struct reading *r = (struct reading *)e;
    r->len = (size_t)len;
    r->p = memcpy(xmalloc(r->len), r->file->p + off, r->len);
    return r->p;
}

static bool in_file(struct str name, const struct buf *file)
{
    return name.p >= file->p && name.p + name.len <= file->p + file->n;
}

static void test_tables_aside(void)
{
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o = {.origin = {NULL, S("t.o"), ORIGIN_FILE}};
    struct arena brief = {0};
    struct reading r = {.base = {.elect = elect_nothing, .read = read_copy, .brief = &brief}, .file = &o.file};
    is_u64(string(&m, ".text$function"), 4, "the first string");
    section(&m, "/4", TEXT | IMAGE_SCN_LNK_COMDAT, "\x90", 1, NULL, 0, 0);
    symbol(&m, ".text$function", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 1, 0, 0, 0, COMDAT_ANY);
    symbol(&m, "function", 0, 1, 0x20, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "a_longer_function", 0, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    build(&m, &o.file);
    diag_init(&o.d, "test");
    ok(obj_open_electing(&o.obj, view_of(o.file.p, o.file.n), &o.origin, &o.d, &o.obj.own_arena, &r.base) &&
       obj_load_symbols(&o.obj), "tables that are read aside: opened");
    ok(r.p && o.obj.tables.p == r.p && o.obj.tables.len == r.len, "they are");
    ok(!in_file(o.obj.symbols[2].name, &o.file), "names lie there");
    struct view passed = obj_leave_tables(&o.obj);
    memset(r.p, 0xdd, r.len);
    free(r.p);
    ok(passed.p == (const uint8_t *)o.file.p && passed.len == COFF_HDR_LEN + COFF_SEC_LEN, "the headers are done with");
    is_str(o.obj.sections[1].name, ".text$function", "left: the section's name");
    is_str(o.obj.symbols[1].name, "function", "a symbol's, in its record");
    is_str(o.obj.symbols[2].name, "a_longer_function", "a symbol's, in the string table");
    is_str(o.obj.comdats[0].name, "function", "a COMDAT's");
    ok(in_file(o.obj.sections[1].name, &o.file) && in_file(o.obj.symbols[1].name, &o.file) &&
       in_file(o.obj.symbols[2].name, &o.file) && in_file(o.obj.comdats[0].name, &o.file), "all lie in the file");
    is_u64(obj_coff_symbol(&o.obj, 2), 1, "record 2 is symbol 1");
    is_u64(obj_coff_symbol(&o.obj, 1), UINT32_MAX, "an auxiliary record is none");
    is_u64(obj_coff_symbol(&o.obj, 4), UINT32_MAX, "nor is one behind the table");
    passed = obj_leave_tables(&o.obj);
    is_u64(passed.len, o.file.n, "a second time: all of the file");
    close_made(&o);
    arena_free(&brief);
}

/* More symbols than 16 bits count. */
static void test_many_symbols(void)
{
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o;
    section(&m, ".text", TEXT, "\x90", 1, NULL, 0, 0);
    for (unsigned i = 0; i < 65540; i++) {
        symbol(&m, "s", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, i == 65530);
        if (i == 65530) {
            aux(&m, 0, 0, 0, 0, 0);
        }
    }
    open_made(&o, &m);
    is_u64(o.obj.n_symbols, 65540, "65,540 symbols");
    ok(obj_coff_symbol(&o.obj, 65530) == 65530 && obj_coff_symbol(&o.obj, 65531) == UINT32_MAX &&
       obj_coff_symbol(&o.obj, 65536) == 65535 && obj_coff_symbol(&o.obj, 65540) == 65539, "each record is its symbol");
    close_made(&o);
}

/* A linker takes the name of a section's symbol from the section, if the auxiliary record repeats its header; gas fills
   code behind what the record says. */
static void test_section_names(void)
{
    static const char code[40];
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o;
    section(&m, ".text", TEXT, code, sizeof code, NULL, 0, 0);
    section(&m, ".text$f", TEXT | IMAGE_SCN_LNK_COMDAT, code, sizeof code, NULL, 0, 0);
    symbol(&m, ".text", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 40, 0, 0, 0, 0);
    symbol(&m, "static1", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 33, 0, 0, 0, 0);
    symbol(&m, ".text$f", 0, 2, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 33, 0, 0, 0, COMDAT_ANY);
    symbol(&m, "f", 0, 2, 0x20, IMAGE_SYM_CLASS_EXTERNAL, 0);
    o = (struct opened){.origin = {NULL, S("t.o"), ORIGIN_FILE}};
    build(&m, &o.file);
    diag_init(&o.d, "test");
    ok(obj_open(&o.obj, view_of(o.file.p, o.file.n), &o.origin, &o.d), "opens");
    o.obj.by_section_name = true;
    ok(obj_load_symbols(&o.obj) && o.obj.n_symbols == 4, "four symbols");
    ok(o.obj.symbols[0].name.p == o.obj.sections[1].name.p, "a section's symbol has the section's name");
    is_str(o.obj.symbols[1].name, "static1", "another one with a record like it has its own");
    ok(o.obj.symbols[2].name.p == o.obj.sections[2].name.p, "a COMDAT's, too, though its code was filled");
    close_made(&o);
}

static void rel(struct buf *b, uint32_t off, uint32_t sym, unsigned type)
{
    buf_u32(b, false, off);
    buf_u32(b, false, sym);
    buf_u16(b, false, (uint16_t)type);
}

static void test_relocs(void)
{
    static const uint8_t data[16] = {0xfe, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0x80, 7};
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o;
    struct buf r = {0};
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    rel(&r, 0, 2, 4);
    rel(&r, 0, 2, 9);
    rel(&r, 4, 0, 1);
    rel(&r, 4, 2, 10);
    rel(&r, 12, 2, 12);
    rel(&r, 0, 99, 0);
    rel(&r, 13, 2, 4); /* straddles the end */
    section(&m, ".text", TEXT, data, sizeof data, r.p, 7, 7);
    symbol(&m, ".text", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 1);
    aux(&m, 0, 0, 0, 0, 0);
    symbol(&m, "f", 0, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    open_made(&o, &m);
    ok(obj_reloc_start(&o.obj, 1, &it), "relocations start");
    is_u64(obj_reloc_next(&it, block), 6, "six good ones");
    ok(it.bad && !diag_ok(&o.d), "the seventh lies outside the section");
    ok(block[0].kind == KIND_PCREL && block[0].addend == -6 && block[0].sym == 1, "REL32");
    is_u64(block[1].addend, (uint64_t)-11, "REL32_5 folds its bias");
    ok(block[2].kind == KIND_ABS && block[2].addend == (int64_t)0x8000000000000001 && block[2].sym == 0,
       "ADDR64");
    ok(block[3].kind == KIND_SECTION_IDX && block[3].width == 2 && block[3].addend == 1, "SECTION");
    ok(block[4].kind == KIND_SECTION_REL && block[4].addend == 7, "SECREL7");
    ok(block[5].kind == KIND_NONE && block[5].sym == UINT32_MAX, "ABSOLUTE needs no symbol");
    close_made(&o);
    buf_free(&r);
}

static void test_arm64_relocs(void)
{
    static const uint32_t code[] = {
        0x97ffffff, /* bl .-4 */
        0xb0000000, /* adrp x0, 1 page... immediate 1 */
        0x91000c00, /* add x0, x0, #3 */
        0xf9400400, /* ldr x0, [x0, #8] */
        0x3dc00400, /* ldr q0, [x0, #16] */
        0x54ffffe0, /* b.eq .-4 */
        0x3607ffe0, /* tbz w0, #0, .-4 */
    };
    static const unsigned types[] = {3, 4, 6, 7, 7, 15, 16};
    static const int64_t want[] = {-4, 1, 3, 8, 16, -4, -4};
    struct maker m = {.machine = IMAGE_FILE_MACHINE_ARM64};
    struct opened o;
    struct buf data = {0}, r = {0};
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    for (uint32_t i = 0; i < 7; i++) {
        buf_u32(&data, false, code[i]);
        rel(&r, i * 4, 0, types[i]);
    }
    section(&m, ".text", TEXT, data.p, (uint32_t)data.n, r.p, 7, 7);
    symbol(&m, "f", 0, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    open_made(&o, &m);
    ok(obj_reloc_start(&o.obj, 1, &it) && obj_reloc_next(&it, block) == 7, "arm64 relocations");
    for (int i = 0; i < 7; i++) {
        char name[32];
        snprintf(name, sizeof name, "addend of %d", i);
        is_u64(block[i].addend, (uint64_t)want[i], name);
    }
    close_made(&o);
    buf_free(&data);
    buf_free(&r);
}

/* 0xffff in the header and the flag: the first record holds the count, itself included. */
static void test_reloc_overflow(void)
{
    enum { N = 70000 };
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    struct opened o;
    struct buf r = {0};
    struct reloc_iter it;
    struct reloc block[RELOC_BLOCK];
    uint64_t seen = 0;
    rel(&r, N + 1, 0, 0);
    for (uint32_t i = 0; i < N; i++) {
        rel(&r, 0, 0, 3);
    }
    section(&m, ".text", TEXT | IMAGE_SCN_LNK_NRELOC_OVFL, "abcd", 4, r.p, N + 1, 0xffff);
    symbol(&m, "f", 0, 0, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    open_made(&o, &m);
    is_u64(o.obj.sections[1].n_relocs, N, "70,000 relocations");
    bool started = obj_reloc_start(&o.obj, 1, &it);
    for (size_t n; started && (n = obj_reloc_next(&it, block)) > 0;) {
        seen += n;
    }
    ok(seen == N && !it.bad, "all are given");
    close_made(&o);
    buf_free(&r);
}

static void test_damage(void)
{
    struct opened o;
    struct maker m = {.machine = IMAGE_FILE_MACHINE_AMD64};
    section(&m, ".text", TEXT, "abcd", 4, NULL, 0, 0);
    symbol(&m, "ok", 0, 1, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "badsec", 0, 9, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "also_good_and_long", 0, 1, 0, IMAGE_SYM_CLASS_EXTERNAL, 0);
    symbol(&m, "badalias", 0, 0, 0, IMAGE_SYM_CLASS_WEAK_EXTERNAL, 1);
    aux(&m, 4000000, 1, 0, 0, 0);
    symbol(&m, "auxes", 0, 1, 0, IMAGE_SYM_CLASS_STATIC, 200);
    open_made(&o, &m);
    ok(!o.good, "damage makes the load fail");
    is_u64(o.obj.n_symbols, 4, "what is good is kept, what is not is left out");
    is_u64(o.d.counts[SEV_ERROR], 3, "one error each");
    ok(o.obj.symbols[2].alias == UINT32_MAX, "no alias out of range");
    close_made(&o);
    m = (struct maker){.machine = IMAGE_FILE_MACHINE_AMD64};
    section(&m, ".text", TEXT | ALIGN(15u), "abcd", 4, NULL, 0, 0);
    open_made(&o, &m);
    ok(!diag_ok(&o.d), "alignment 15 is none");
    close_made(&o);
}

static void test_probe(void)
{
    static const char *const texts[] = {"2P or not 2P", "dP/dt = 0\n", "L\n", "db 0x12", "", "d"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ok(obj_detect(view_of(texts[i], strlen(texts[i]))) != OBJ_COFF, "text %zu is no object", i);
    }
    ok(obj_detect(view_of("\x64\x86", 2)) == OBJ_COFF, "two bytes of machine are a cut object");
    uint8_t hdr[20] = {0x64, 0x86, 3};
    ok(obj_detect(view_of(hdr, 20)) == OBJ_COFF, "a header without its sections is a cut object");
    hdr[18] = 0, hdr[19] = 0x10;
    ok(obj_detect(view_of(hdr, 20)) == OBJ_UNKNOWN, "one with flags of system files is none");
    uint8_t zero[60] = {0, 0, 1};
    zero[20] = 1;
    ok(obj_detect(view_of(zero, 60)) != OBJ_COFF, "machine 0 needs a plausible section name");
}

static void shortimp(const char *strings, size_t n, unsigned type, struct opened *o)
{
    *o = (struct opened){.origin = {NULL, S("t.lib"), ORIGIN_FILE}};
    buf_u32(&o->file, false, 0xffff0000);
    buf_u16(&o->file, false, 0);
    buf_u16(&o->file, false, IMAGE_FILE_MACHINE_I386);
    buf_u32(&o->file, false, 0);
    buf_u32(&o->file, false, (uint32_t)n);
    buf_u16(&o->file, false, 7);
    buf_u16(&o->file, false, (uint16_t)type);
    buf_add(&o->file, strings, n);
    diag_init(&o->d, "test");
    o->good = obj_open(&o->obj, view_of(o->file.p, o->file.n), &o->origin, &o->d);
    if (o->good) {
        (void)obj_load_symbols(&o->obj);
        (void)obj_load_imports(&o->obj);
    }
}

static void test_shortimp(void)
{
    static const struct {
        const char *strings, *name;
        size_t n;
        unsigned type;
        uint32_t n_symbols;
    } cases[] = {
        {"_f@8\0k.dll\0", "", 11, 0 | 0 << 2, 2},
        {"_f@8\0k.dll\0", "_f@8", 11, 0 | 1 << 2, 2},
        {"_f@8\0k.dll\0", "f@8", 11, 0 | 2 << 2, 2},
        {"_f@8\0k.dll\0", "f", 11, 0 | 3 << 2, 2},
        {"_f@8\0k.dll\0other\0", "other", 17, 0 | 4 << 2, 2},
        {"_v\0k.dll\0", "_v", 9, 1 | 1 << 2, 1},
        {"_c\0k.dll\0", "_c", 9, 2 | 1 << 2, 2},
    };
    struct opened o;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shortimp(cases[i].strings, cases[i].n, cases[i].type, &o);
        ok(o.good && o.obj.n_imports == 1 && o.obj.n_symbols == cases[i].n_symbols, "short import %zu", i);
        if (o.good) {
            is_str(o.obj.imports[0].name, cases[i].name, "name in the DLL");
            is_u64(o.obj.imports[0].by_ordinal ? o.obj.imports[0].ordinal : o.obj.imports[0].hint, 7,
                   "ordinal or hint");
            is_str(o.obj.needed[0].name, "k.dll", "DLL");
            ok(str_starts(o.obj.symbols[0].name, S("__imp__")), "slot symbol");
        }
        close_made(&o);
    }
    shortimp("f\0k.dll", 7, 4, &o);
    ok(!o.good, "DLL name without NUL");
    close_made(&o);
    shortimp("f\0k.dll\0", 8, 5 << 2, &o);
    ok(!o.good, "unknown name type");
    close_made(&o);
}

int main(void)
{
    test_symbols(false);
    test_symbols(true);
    test_comdat();
    test_nameless();
    test_tables_aside();
    test_many_symbols();
    test_section_names();
    test_relocs();
    test_arm64_relocs();
    test_reloc_overflow();
    test_damage();
    test_probe();
    test_shortimp();
    return done_testing();
}
