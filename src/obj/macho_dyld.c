/* macho_dyld.c - what a Mach-O image takes from and gives to others: libraries, imports, exports.

   Imports stand in two places: the undefined symbols of the symbol table, and the fixups that dyld
   reads, which stripped images keep: bind opcodes or, since 2020, chained fixups. Both are read and
   merged: one import per (library, name), with the address of its first slot. Exports stand in a
   trie; older images have only the symbol table. Spec: imports, section 4. */
#include <stdlib.h>

#include "base/ckint.h"
#include "base/limits.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "obj/inflate.h"
#include "obj/macho_priv.h"

/* ---- libraries ---------------------------------------------------------------------------------- */

static bool is_dylib_cmd(uint32_t cmd)
{
    switch (cmd) {
    case LC_LOADFVMLIB:
    case LC_LOAD_DYLIB:
    case LC_LOAD_WEAK_DYLIB:
    case LC_REEXPORT_DYLIB:
    case LC_LAZY_LOAD_DYLIB:
    case LC_LOAD_UPWARD_DYLIB: return true;
    default: return false;
    }
}

static void read_needed(struct object *obj, const struct macho_cmd *c, struct needed *n)
{
    *n = (struct needed){.name = {"", 0}, .kind = IMPORT_NORMAL};
    macho_lc_str(obj, c, 8, &n->name);
    uint32_t flags = 0, name_off = 0;
    view_u32(c->bytes, 8, obj->big_endian, &name_off);
    if (c->cmd != LC_LOADFVMLIB) {
        view_u32(c->bytes, 12, obj->big_endian, &n->timestamp);
        view_u32(c->bytes, 16, obj->big_endian, &n->current_version);
        view_u32(c->bytes, 20, obj->big_endian, &n->compat_version);
    }
    if (n->timestamp == DYLIB_USE_MARKER && name_off >= DYLIB_COMMAND_SIZE + 4) {
        view_u32(c->bytes, 24, obj->big_endian, &flags);
    }
    if (c->cmd == LC_LOAD_WEAK_DYLIB || flags & DYLIB_USE_WEAK) {
        n->kind = IMPORT_WEAK;
    } else if (c->cmd == LC_LAZY_LOAD_DYLIB || flags & DYLIB_USE_DELAYED) {
        n->kind = IMPORT_LAZY;
    }
    n->reexport = c->cmd == LC_REEXPORT_DYLIB || flags & DYLIB_USE_REEXPORT;
    n->upward = c->cmd == LC_LOAD_UPWARD_DYLIB || flags & DYLIB_USE_UPWARD;
}

static void read_libraries(struct object *obj, const struct macho *m)
{
    uint32_t n_libs = 0, n_rpaths = 0;
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        n_libs += is_dylib_cmd(m->cmds[i].cmd);
        n_rpaths += m->cmds[i].cmd == LC_RPATH;
    }
    obj->needed = ARENA_ARRAY(obj->arena, struct needed, n_libs); /* each was a whole command */
    struct str *rpaths = ARENA_ARRAY(obj->arena, struct str, n_rpaths);
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        const struct macho_cmd *c = &m->cmds[i];
        if (is_dylib_cmd(c->cmd)) {
            read_needed(obj, c, &obj->needed[obj->n_needed++]);
        } else if (c->cmd == LC_RPATH) {
            macho_lc_str(obj, c, 8, &rpaths[obj->n_rpaths++]);
        } else if (c->cmd == LC_ID_DYLIB && obj->soname.len == 0) {
            macho_lc_str(obj, c, 8, &obj->soname);
        } else if (c->cmd == LC_LOAD_DYLINKER && obj->interp.len == 0) {
            macho_lc_str(obj, c, 8, &obj->interp);
        }
    }
    obj->rpaths = rpaths;
}

/* ---- the import list ------------------------------------------------------------------------------- */

struct imports {
    struct object *obj;
    VEC(struct import) v;
    VEC(uint32_t) older;  /* per import: the next one of the same name, STRMAP_NONE ends */
    struct strmap by_name;
    struct strmap defined; /* names that the image itself defines; made when the first is asked for */
    bool have_defined;
};

/* Special ordinals as dyld counts them: 0 self, -1 executable, -2 flat, -3 weak. */
static int32_t ordinal_from_desc(uint8_t o)
{
    return o == ORDINAL_DYNAMIC_LOOKUP ? -2 : o == ORDINAL_EXECUTABLE ? -1 : o;
}

/* The import of NAME from ORDINAL, new or old. */
static struct import *add_import(struct imports *im, struct str name, int32_t ordinal, uint8_t kind)
{
    bool added;
    uint32_t *head = strmap_put(&im->by_name, name, STRMAP_NONE, &added);
    for (uint32_t i = *head; i != STRMAP_NONE; i = im->older.p[i]) {
        if (!obj_charge(im->obj, 1)) {
            return NULL;
        }
        if (im->v.p[i].lib_ordinal == ordinal) {
            return &im->v.p[i];
        }
    }
    struct import new = {.name = name, .lib = {"", 0}, .version = {"", 0}, .kind = kind,
                         .lib_ordinal = (int16_t)ordinal};
    if (ordinal > 0 && (uint32_t)ordinal <= im->obj->n_needed) {
        new.lib = im->obj->needed[ordinal - 1].name;
    }
    vec_push(&im->older, *head);
    *head = (uint32_t)im->v.n;
    vec_push(&im->v, new);
    return &im->v.p[im->v.n - 1];
}

/* Libraries beyond the list: one message for each table that has them. */
static bool ordinal_ok(const struct imports *im, int64_t ordinal)
{
    return ordinal >= -3 && ordinal <= (int64_t)im->obj->n_needed && ordinal <= INT16_MAX;
}

static void imports_of_symbols(struct imports *im)
{
    struct object *obj = im->obj;
    uint32_t bad = 0;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec != SEC_UNDEF || s->type == SYM_DEBUG || !(s->raw_info & N_EXT)) {
            continue;
        }
        int32_t ordinal = obj->raw_flags & MH_TWOLEVEL ? ordinal_from_desc((uint8_t)s->version) : -2;
        if (!ordinal_ok(im, ordinal)) {
            bad++;
            ordinal = -2;
        }
        add_import(im, s->name, ordinal, s->binding == BIND_WEAK ? IMPORT_WEAK : IMPORT_UNDEF);
    }
    if (bad) {
        diag_bad(obj->diag, macho_priv(obj)->symtab_off,
                 "%u symbols come from libraries that the file does not name", bad);
    }
}

/* Weak binds also name what the image defines itself and lets others override: no imports. */
static bool defined_here(struct imports *im, struct str name)
{
    struct object *obj = im->obj;
    if (!im->have_defined) {
        im->have_defined = true;
        for (uint32_t i = 0; i < obj->n_symbols; i++) {
            const struct symbol *s = &obj->symbols[i];
            if (s->sec != SEC_UNDEF && s->type != SYM_DEBUG && s->raw_info & N_EXT) {
                strmap_put(&im->defined, s->name, 1, NULL);
            }
        }
        obj_load_exports(obj);
        for (uint32_t i = 0; i < obj->n_exports; i++) {
            strmap_put(&im->defined, obj->exports[i].name, 1, NULL);
        }
    }
    return strmap_get(&im->defined, name) != STRMAP_NONE;
}

/* ---- bind opcodes ------------------------------------------------------------------------------------- */

enum bind_table { BIND_TABLE_NORMAL, BIND_TABLE_WEAK, BIND_TABLE_LAZY };

struct binder {
    struct imports *im;
    struct cursor c;
    enum bind_table table;
    struct str name;
    int64_t ordinal, addend;
    uint64_t addr;
    bool weak, strong_def, placed, threaded;
    uint32_t bad_ordinals;
};

/* One bind at the current address. */
static bool bind_here(struct binder *b)
{
    struct object *obj = b->im->obj;
    if (!obj_charge(obj, 1)) {
        return false;
    }
    if (b->name.len == 0) {
        return diag_bad(obj->diag, (uint64_t)(b->c.v.p - obj->bytes.p) + b->c.off,
                        "a bind opcode before any symbol name");
    }
    int64_t ordinal = b->table == BIND_TABLE_WEAK ? -3 : b->ordinal;
    if (!ordinal_ok(b->im, ordinal)) {
        b->bad_ordinals++;
        ordinal = -2;
    }
    uint8_t kind = b->weak ? IMPORT_WEAK : b->table == BIND_TABLE_LAZY ? IMPORT_LAZY : IMPORT_UNDEF;
    if (b->table == BIND_TABLE_WEAK) {
        if (strmap_get(&b->im->by_name, b->name) != STRMAP_NONE || defined_here(b->im, b->name)) {
            return true;
        }
        kind = IMPORT_WEAK;
    }
    struct import *i = add_import(b->im, b->name, (int32_t)ordinal, kind);
    if (i && i->slot == 0 && b->placed && !b->threaded) {
        i->slot = b->addr;
        i->addend = b->addend;
    }
    return i != NULL;
}

static bool set_segment(struct binder *b, uint32_t seg, uint64_t off)
{
    const struct macho *m = macho_priv(b->im->obj);
    if (seg >= m->n_segs) {
        return diag_bad(b->im->obj->diag, (uint64_t)(b->c.v.p - b->im->obj->bytes.p) + b->c.off,
                        "a bind opcode names segment %u of %u", seg, m->n_segs);
    }
    b->addr = m->segs[seg].addr + off;
    b->placed = true;
    return true;
}

/* Executes one opcode. False: stop (diagnosed, or *DONE). */
static bool bind_step(struct binder *b, bool *done)
{
    uint64_t ptr = b->im->obj->is64 ? 8 : 4;
    uint8_t byte = cur_u8(&b->c), imm = byte & BIND_IMMEDIATE_MASK;
    switch (byte & BIND_OPCODE_MASK) {
    case BIND_DONE: /* the lazy table separates its entries by it */
        *done = b->table != BIND_TABLE_LAZY;
        return !*done;
    case BIND_SET_ORDINAL_IMM: b->ordinal = imm; return true;
    case BIND_SET_ORDINAL_ULEB: {
        uint64_t o = cur_uleb(&b->c);
        b->ordinal = o > INT16_MAX ? INT16_MAX : (int64_t)o;
        return true;
    }
    case BIND_SET_ORDINAL_SPECIAL_IMM: b->ordinal = imm ? (int8_t)(imm | BIND_OPCODE_MASK) : 0; return true;
    case BIND_SET_SYMBOL:
        b->name = cur_cstr(&b->c);
        b->weak = imm & BIND_SYMBOL_WEAK_IMPORT;
        b->strong_def = imm & BIND_SYMBOL_NON_WEAK_DEFINITION;
        return b->c.bad || obj_charge(b->im->obj, b->name.len / 16 + 1);
    case BIND_SET_TYPE_IMM: return true;
    case BIND_SET_ADDEND_SLEB: b->addend = cur_sleb(&b->c); return true;
    case BIND_SET_SEGMENT_AND_OFFSET: return set_segment(b, imm, cur_uleb(&b->c));
    case BIND_ADD_ADDR_ULEB: b->addr += cur_uleb(&b->c); return true;
    case BIND_DO:
        if (!bind_here(b)) {
            return false;
        }
        b->addr += ptr;
        return true;
    case BIND_DO_ADD_ADDR_ULEB:
        if (!bind_here(b)) {
            return false;
        }
        b->addr += ptr + cur_uleb(&b->c);
        return true;
    case BIND_DO_ADD_ADDR_IMM_SCALED:
        if (!bind_here(b)) {
            return false;
        }
        b->addr += ptr + imm * ptr;
        return true;
    case BIND_DO_TIMES_SKIPPING: { /* the first slot is the one we keep: no loop over the count */
        uint64_t count = cur_uleb(&b->c), skip = cur_uleb(&b->c);
        if (!bind_here(b)) {
            return false;
        }
        b->addr += count * (skip + ptr);
        return true;
    }
    case BIND_THREADED:
        if (imm == BIND_THREADED_SET_TABLE_SIZE) {
            b->threaded = true; /* DO_BIND now fills a table of names; chains in the data use it */
            cur_uleb(&b->c);
            return true;
        }
        if (imm == BIND_THREADED_APPLY) {
            return true;
        }
        break;
    default: break;
    }
    return diag_bad(b->im->obj->diag, (uint64_t)(b->c.v.p - b->im->obj->bytes.p) + b->c.off - 1,
                    "unknown bind opcode 0x%02x", byte);
}

static void read_binds(struct imports *im, const struct macho_cmd *c, uint64_t field, enum bind_table t)
{
    struct object *obj = im->obj;
    uint32_t off = 0, size = 0;
    struct view v;
    if (!view_u32(c->bytes, field, obj->big_endian, &off) ||
        !view_u32(c->bytes, field + 4, obj->big_endian, &size)) {
        diag_bad(obj->diag, c->off, "the dyld information command is cut short");
        return;
    }
    if (!view_sub(obj->bytes, off, size, &v)) {
        diag_bad(obj->diag, c->off, "bind opcodes (%u bytes at 0x%x) extend past the end of the file", size,
                 off);
        return;
    }
    struct binder b = {.im = im, .c = cursor_at(v, 0, false), .table = t, .name = {"", 0}};
    bool done = false;
    while (!done && b.c.off < v.len && bind_step(&b, &done) && !b.c.bad) {
    }
    if (b.c.bad) {
        diag_bad(obj->diag, off + b.c.off, "bind opcodes end in the middle of one");
    }
    if (b.bad_ordinals) {
        diag_bad(obj->diag, off, "%u binds name libraries that the file does not have", b.bad_ordinals);
    }
}

/* ---- chained fixups -------------------------------------------------------------------------------------- */

/* How a pointer format links its pointers and marks a bind. stride 0: unknown format. */
struct chain_format {
    uint8_t size, stride;
    uint8_t next_shift, next_bits;
    uint8_t bind_bit; /* 0: the format has no binds (bit 0 never is one) */
    uint8_t ordinal_bits;
};

static struct chain_format chain_format(uint32_t f)
{
    switch (f) {
    case CHAINED_PTR_ARM64E:
    case CHAINED_PTR_ARM64E_USERLAND: return (struct chain_format){8, 8, 51, 11, 62, 16};
    case CHAINED_PTR_ARM64E_KERNEL:
    case CHAINED_PTR_ARM64E_FIRMWARE: return (struct chain_format){8, 4, 51, 11, 62, 16};
    case CHAINED_PTR_ARM64E_USERLAND24: return (struct chain_format){8, 8, 51, 11, 62, 24};
    case CHAINED_PTR_64:
    case CHAINED_PTR_64_OFFSET: return (struct chain_format){8, 4, 51, 12, 63, 24};
    case CHAINED_PTR_32: return (struct chain_format){4, 4, 26, 5, 31, 20};
    case CHAINED_PTR_32_CACHE: return (struct chain_format){4, 4, 30, 2, 0, 0};
    case CHAINED_PTR_32_FIRMWARE: return (struct chain_format){4, 4, 26, 6, 0, 0};
    case CHAINED_PTR_64_KERNEL_CACHE: return (struct chain_format){8, 4, 51, 12, 0, 0};
    case CHAINED_PTR_X86_64_KERNEL_CACHE: return (struct chain_format){8, 1, 51, 12, 0, 0};
    case CHAINED_PTR_ARM64E_SHARED_CACHE: return (struct chain_format){8, 8, 52, 11, 0, 0};
    case CHAINED_PTR_ARM64E_SEGMENTED: return (struct chain_format){8, 4, 51, 12, 0, 0};
    default: return (struct chain_format){0};
    }
}

struct chains {
    struct imports *im;
    struct view v;        /* the whole linkedit data */
    uint64_t off;         /* where it is in the file, for messages */
    uint32_t *import_of;  /* table index -> index into im->v, STRMAP_NONE */
    uint32_t n;
};

/* Walks one chain from ADDR (in SEG, at OFF of its contents) and notes where imports are first used. */
static bool walk_chain(struct chains *ch, const struct chain_format *f, const struct macho_segment *seg,
                       struct view data, uint64_t at, uint64_t end)
{
    struct object *obj = ch->im->obj;
    for (;;) {
        uint64_t raw;
        uint32_t raw32;
        if (!obj_charge(obj, 1)) {
            return false;
        }
        if (at >= end || !(f->size == 8 ? view_u64(data, at, obj->big_endian, &raw)
                                        : view_u32(data, at, obj->big_endian, &raw32))) {
            return diag_bad(obj->diag, seg->file_off + at, "a chain of fixups leaves its page");
        }
        raw = f->size == 8 ? raw : raw32;
        if (f->bind_bit && raw >> f->bind_bit & 1) {
            uint64_t n = raw & ((UINT64_C(1) << f->ordinal_bits) - 1);
            if (n >= ch->n) {
                return diag_bad(obj->diag, seg->file_off + at, "a fixup names import %llu of %u",
                                (unsigned long long)n, ch->n);
            }
            if (ch->import_of[n] != STRMAP_NONE && ch->im->v.p[ch->import_of[n]].slot == 0) {
                ch->im->v.p[ch->import_of[n]].slot = seg->addr + at;
            }
        }
        uint64_t next = raw >> f->next_shift & ((UINT64_C(1) << f->next_bits) - 1);
        if (next == 0) {
            return true;
        }
        at += next * f->stride;
    }
}

/* The starts of one segment's pages. */
static bool walk_segment(struct chains *ch, uint32_t seg_idx, uint64_t at)
{
    struct object *obj = ch->im->obj;
    const struct macho_segment *seg = &macho_priv(obj)->segs[seg_idx];
    struct cursor c = cursor_at(ch->v, at, obj->big_endian);
    cur_skip(&c, 4);
    uint64_t page_size = cur_u16(&c);
    uint32_t format = cur_u16(&c);
    cur_skip(&c, 12);
    uint32_t pages = cur_u16(&c);
    struct chain_format f = chain_format(format);
    struct view data;
    if (c.bad || page_size == 0 || !view_has(ch->v, c.off, 2 * (uint64_t)pages)) {
        return diag_bad(obj->diag, ch->off + at, "the fixup chains of a segment are cut short");
    }
    if (f.stride == 0) {
        return diag_bad(obj->diag, ch->off + at, "unknown pointer format %u of chained fixups", format);
    }
    if (!f.bind_bit) {
        return true; /* nothing but addresses inside the image */
    }
    if (!view_sub(obj->bytes, seg->file_off, seg->file_size, &data)) {
        return diag_bad(obj->diag, ch->off + at, "segment %.*s extends past the end of the file", Q(seg->name));
    }
    for (uint32_t i = 0; i < pages; i++) {
        uint16_t start = get_u16(ch->v.p + c.off + 2 * (uint64_t)i, obj->big_endian);
        uint64_t page = i * page_size, end = page + page_size;
        if (start == CHAINED_START_NONE) {
            continue;
        }
        if (!(start & CHAINED_START_MULTI)) {
            if (!walk_chain(ch, &f, seg, data, page + start, end)) {
                return false;
            }
            continue;
        }
        /* Several chains on one page: the starts stand behind the pages' own. */
        for (uint64_t k = start & (CHAINED_START_MULTI - 1u);; k++) {
            uint16_t s;
            if (!obj_charge(obj, 1) || !view_u16(ch->v, c.off + 2 * k, obj->big_endian, &s)) {
                return diag_bad(obj->diag, ch->off + at, "the fixup chains of a segment are cut short");
            }
            if (!walk_chain(ch, &f, seg, data, page + (s & (CHAINED_START_LAST - 1u)), end)) {
                return false;
            }
            if (s & CHAINED_START_LAST) {
                break;
            }
        }
    }
    return true;
}

static bool chained_import(struct chains *ch, struct view names, struct cursor *c, uint32_t format,
                           uint32_t i)
{
    struct object *obj = ch->im->obj;
    int32_t ordinal;
    uint64_t name_off;
    int64_t addend = 0;
    bool weak;
    if (format == CHAINED_IMPORT_ADDEND64) {
        uint64_t x = cur_u64(c);
        ordinal = (int16_t)(x & 0xffff);
        weak = x >> 16 & 1;
        name_off = x >> 32;
        addend = (int64_t)cur_u64(c);
    } else {
        uint32_t x = cur_u32(c);
        ordinal = (x & 0xff) > 0xf0 ? (int8_t)(x & 0xff) : (int32_t)(x & 0xff);
        weak = x >> 8 & 1;
        name_off = x >> 9;
        addend = format == CHAINED_IMPORT_ADDEND ? (int32_t)cur_u32(c) : 0;
    }
    struct str name;
    if (c->bad || !view_cstr(names, name_off, &name)) {
        return diag_bad(obj->diag, ch->off + c->off, "chained import %u has no name", i);
    }
    if (!obj_charge(obj, name.len / 16 + 1)) {
        return false;
    }
    if (!ordinal_ok(ch->im, ordinal)) {
        diag_bad(obj->diag, ch->off + c->off, "chained import %u is from library %d of %u", i, ordinal,
                 obj->n_needed);
        ordinal = -2;
    }
    if (ordinal == -3 && defined_here(ch->im, name)) {
        return true;
    }
    struct import *im = add_import(ch->im, name, ordinal, weak ? IMPORT_WEAK : IMPORT_UNDEF);
    if (!im) {
        return false;
    }
    im->addend = addend;
    ch->import_of[i] = (uint32_t)(im - ch->im->v.p);
    return true;
}

/* The table of imports: formats 1, 2, 3 of 4, 8, 16 bytes. */
static bool chained_imports(struct chains *ch, uint32_t imports_off, struct view names, uint32_t format)
{
    static const uint8_t sizes[] = {0, 4, 8, 16};
    struct object *obj = ch->im->obj;
    struct cursor c = cursor_at(ch->v, imports_off, obj->big_endian);
    if (format < CHAINED_IMPORT || format > CHAINED_IMPORT_ADDEND64) {
        return diag_bad(obj->diag, ch->off, "unknown format %u of chained imports", format);
    }
    ch->import_of = arena_array(obj->arena, ch->n, sizeof *ch->import_of, sizes[format],
                                c.bad ? 0 : ch->v.len - imports_off);
    if (!ch->import_of) {
        return diag_bad(obj->diag, ch->off, "%u chained imports extend past their table", ch->n);
    }
    memset(ch->import_of, 0xff, ch->n * sizeof *ch->import_of);
    for (uint32_t i = 0; i < ch->n; i++) {
        if (!chained_import(ch, names, &c, format, i)) {
            return false;
        }
    }
    return true;
}

/* The pool of names, inflated if the header says so: symbols_format 1 is a zlib stream. */
static bool chained_names(struct chains *ch, uint32_t symbols_format, struct view *pool)
{
    struct object *obj = ch->im->obj;
    uint64_t len, at = ch->off + (ch->v.len - pool->len);
    if (symbols_format == CHAINED_SYMBOLS_PLAIN) {
        return true;
    }
    if (symbols_format != CHAINED_SYMBOLS_ZLIB) {
        return diag_bad(obj->diag, ch->off, "unknown format %u of the names of chained fixups", symbols_format);
    }
    uint64_t max = LIMIT_BUILT_NAMES_BASE + LIMIT_BUILT_NAMES_PER_BYTE * obj->bytes.len;
    const char *why = inflate_length(*pool, max, &len);
    if (!why && !obj_charge(obj, len / 16 + 1)) {
        return false;
    }
    uint8_t *names = why ? NULL : arena_alloc(obj->arena, (size_t)len);
    why = why ? why : inflate_into(INFLATE_ZLIB, *pool, names, len);
    *pool = (struct view){names, why ? 0 : len};
    return !why || diag_bad(obj->diag, at, "the table of names of the chained fixups %s", why);
}

static bool read_chained(struct imports *im, const struct macho_cmd *c)
{
    struct object *obj = im->obj;
    struct chains ch = {.im = im};
    uint32_t off = 0, size = 0;
    if (!view_u32(c->bytes, 8, obj->big_endian, &off) ||
        !view_u32(c->bytes, 12, obj->big_endian, &size) || !view_sub(obj->bytes, off, size, &ch.v)) {
        return diag_bad(obj->diag, c->off, "chained fixups extend past the end of the file");
    }
    ch.off = off;
    struct cursor h = cursor_at(ch.v, 4, obj->big_endian);
    uint32_t starts = cur_u32(&h), imports_off = cur_u32(&h), names = cur_u32(&h);
    ch.n = cur_u32(&h);
    uint32_t format = cur_u32(&h), compressed = cur_u32(&h);
    if (h.bad) {
        return diag_bad(obj->diag, off, "the header of the chained fixups is cut short");
    }
    struct view pool = view_from(ch.v, names);
    if (!chained_names(&ch, compressed, &pool) || !chained_imports(&ch, imports_off, pool, format)) {
        return false;
    }
    struct cursor s = cursor_at(ch.v, starts, obj->big_endian);
    uint32_t n_segs = cur_u32(&s);
    if (s.bad || n_segs > macho_priv(obj)->n_segs) {
        return diag_bad(obj->diag, off, "chained fixups for %u segments; the file has %u", n_segs,
                        macho_priv(obj)->n_segs);
    }
    for (uint32_t i = 0; i < n_segs; i++) {
        uint32_t at = cur_u32(&s);
        if (s.bad || (at && !walk_segment(&ch, i, (uint64_t)starts + at))) {
            return s.bad ? diag_bad(obj->diag, off, "the fixup chains are cut short") : false;
        }
    }
    return true;
}

bool macho_imports(struct object *obj)
{
    const struct macho *m = macho_priv(obj);
    struct imports im = {.obj = obj};
    read_libraries(obj, m);
    bool ok = obj_load_symbols(obj);
    imports_of_symbols(&im);
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        const struct macho_cmd *c = &m->cmds[i];
        if (c->cmd == LC_DYLD_INFO || c->cmd == LC_DYLD_INFO_ONLY) {
            read_binds(&im, c, DYLD_INFO_BIND, BIND_TABLE_NORMAL);
            read_binds(&im, c, DYLD_INFO_LAZY_BIND, BIND_TABLE_LAZY);
            read_binds(&im, c, DYLD_INFO_WEAK_BIND, BIND_TABLE_WEAK);
        } else if (c->cmd == LC_DYLD_CHAINED_FIXUPS) {
            read_chained(&im, c);
        }
    }
    obj->imports = ARENA_ARRAY(obj->arena, struct import, im.v.n);
    if (im.v.n) {
        memcpy(obj->imports, im.v.p, im.v.n * sizeof *im.v.p);
    }
    obj->n_imports = (uint32_t)im.v.n;
    vec_free(&im.v);
    vec_free(&im.older);
    strmap_free(&im.by_name);
    strmap_free(&im.defined);
    return ok;
}

/* ---- exports --------------------------------------------------------------------------------------------- */

/* A node being visited: where its next edge is, how many edges are left, how long its name is. */
struct trie_frame {
    uint64_t next;
    uint32_t left;
    size_t name_len;
};

struct trie {
    struct object *obj;
    struct view v;
    uint64_t off;           /* in the file */
    uint8_t *seen;          /* a bit per byte of the trie: nodes already visited */
    uint64_t names_left;    /* bytes of names that may still be built */
    struct buf name;
    VEC(struct trie_frame) stack;
    VEC(struct export) out;
};

static bool bad_trie(struct trie *t, uint64_t at, const char *what)
{
    return diag_bad(t->obj->diag, t->off + at, "export trie: %s", what);
}

static bool trie_export(struct trie *t, struct cursor *c, uint64_t at)
{
    struct object *obj = t->obj;
    uint64_t flags = cur_uleb(c);
    struct export e = {.forward = {"", 0}, .version = {"", 0}};
    if (t->name.n > t->names_left || !obj_charge(obj, t->name.n / 16 + 1)) {
        return bad_trie(t, at, "the names take more memory than a file of this size may");
    }
    t->names_left -= t->name.n;
    e.name = arena_str(obj->arena, (struct str){t->name.p ? t->name.p : "", t->name.n});
    e.weak = flags & EXPORT_WEAK_DEFINITION;
    e.is_default = true;
    if (flags & EXPORT_REEXPORT) {
        uint64_t ordinal = cur_uleb(c);
        struct str name = cur_cstr(c);
        obj_load_imports(obj);
        struct str lib = ordinal >= 1 && ordinal <= obj->n_needed ? obj->needed[ordinal - 1].name : S("?");
        if (!c->bad && obj_charge(obj, lib.len / 16 + 1) && lib.len < t->names_left) {
            t->names_left -= lib.len;
            e.forward = str_c(arena_printf(obj->arena, "%.*s:%.*s", Q(lib), Q(name.len ? name : e.name)));
        }
    } else {
        uint64_t addr = cur_uleb(c); /* with a stub and resolver: of the stub, which callers get */
        bool abs = (flags & EXPORT_KIND_MASK) == EXPORT_KIND_ABSOLUTE;
        const struct macho *m = macho_priv(obj);
        e.addr = addr + (abs || !m->text ? 0 : m->text->addr);
        e.sec = abs ? SEC_ABS : 0;
        e.is_data = (flags & EXPORT_KIND_MASK) == EXPORT_KIND_THREAD_LOCAL;
    }
    if (c->bad) {
        return bad_trie(t, at, "a node's information is cut short");
    }
    vec_push(&t->out, e);
    return true;
}

/* Enters the node at AT, whose name is t->name. */
static bool trie_enter(struct trie *t, uint64_t at)
{
    if (at >= t->v.len) {
        return bad_trie(t, at, "a node lies outside it");
    }
    if (t->seen[at / 8] >> (at % 8) & 1) {
        return bad_trie(t, at, "two paths or a loop lead to one node");
    }
    t->seen[at / 8] = (uint8_t)(t->seen[at / 8] | 1u << (at % 8));
    struct cursor c = cursor_at(t->v, at, false);
    uint64_t info = cur_uleb(&c);
    struct view term;
    if (c.bad || !view_sub(t->v, c.off, info, &term)) {
        return bad_trie(t, at, "a node's information is cut short");
    }
    struct cursor tc = cursor_at(term, 0, false);
    if (info && !trie_export(t, &tc, at)) {
        return false;
    }
    cur_skip(&c, info);
    uint32_t n = cur_u8(&c);
    if (c.bad) {
        return bad_trie(t, at, "a node is cut short");
    }
    vec_push(&t->stack, (struct trie_frame){c.off, n, t->name.n});
    return true;
}

/* Depth first over explicit frames: an attacker's depth costs heap, not stack, and every node is
   entered once. */
static bool walk_trie(struct trie *t)
{
    if (!trie_enter(t, 0)) {
        return false;
    }
    while (t->stack.n) {
        struct trie_frame *f = &t->stack.p[t->stack.n - 1];
        if (f->left == 0) {
            t->stack.n--;
            continue;
        }
        struct cursor c = cursor_at(t->v, f->next, false);
        struct str edge = cur_cstr(&c);
        uint64_t child = cur_uleb(&c);
        if (c.bad) {
            return bad_trie(t, f->next, "an edge is cut short");
        }
        t->name.n = f->name_len;
        if (!obj_charge(t->obj, edge.len / 16 + 1)) {
            return false;
        }
        buf_str(&t->name, edge);
        f->next = c.off;
        f->left--;
        if (!trie_enter(t, child)) {
            return false;
        }
    }
    return true;
}

/* The trie's bytes from whichever command has them. 0: none, 1: there, -1: damaged. */
static int find_trie(struct object *obj, struct trie *t)
{
    const struct macho *m = macho_priv(obj);
    for (uint32_t i = 0; i < m->n_cmds; i++) {
        const struct macho_cmd *c = &m->cmds[i];
        bool info = c->cmd == LC_DYLD_INFO || c->cmd == LC_DYLD_INFO_ONLY;
        uint32_t off = 0, size = 0;
        if (!info && c->cmd != LC_DYLD_EXPORTS_TRIE) {
            continue;
        }
        if (!view_u32(c->bytes, info ? DYLD_INFO_EXPORT : 8, obj->big_endian, &off) ||
            !view_u32(c->bytes, info ? DYLD_INFO_EXPORT + 4 : 12, obj->big_endian, &size) ||
            !view_sub(obj->bytes, off, size, &t->v)) {
            diag_bad(obj->diag, c->off, "the export trie extends past the end of the file");
            return -1;
        }
        t->off = off;
        if (size) {
            return 1;
        }
    }
    return 0;
}

static bool read_trie(struct trie *t)
{
    struct object *obj = t->obj;
    t->names_left = LIMIT_BUILT_NAMES_BASE + LIMIT_BUILT_NAMES_PER_BYTE * obj->bytes.len;
    t->seen = xcalloc((size_t)(t->v.len / 8 + 1), 1);
    bool ok = walk_trie(t);
    free(t->seen);
    buf_free(&t->name);
    vec_free(&t->stack);
    return ok;
}

/* Without a trie: the external definitions of the symbol table. */
static bool exports_of_symbols(struct object *obj, struct trie *t)
{
    if (!obj_load_symbols(obj)) {
        return false;
    }
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (!(s->flags & SYMF_EXPORTED)) {
            continue;
        }
        struct export e = {.name = s->name, .forward = {"", 0}, .version = {"", 0}, .is_default = true};
        e.addr = s->value;
        e.weak = s->binding == BIND_WEAK;
        e.sec = sec_is_special(s->sec) ? SEC_ABS : s->sec;
        e.is_data = s->type != SYM_FUNC;
        macho_indirect_name(obj, s, &e.forward);
        vec_push(&t->out, e);
    }
    return true;
}

/* Sections of exports that the trie gives by address only. */
static void find_sections(struct object *obj)
{
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        struct export *e = &obj->exports[i];
        if (e->sec || e->forward.len || !obj_charge(obj, obj->n_sections)) {
            continue;
        }
        for (uint32_t k = 1; k < obj->n_sections && !e->sec; k++) {
            const struct section *s = &obj->sections[k];
            if (e->addr >= s->addr && e->addr - s->addr < s->size) {
                e->sec = k;
                e->is_data = e->is_data || !(s->flags & SEC_CODE);
            }
        }
    }
}

bool macho_exports(struct object *obj)
{
    if (obj->type == OBJ_TYPE_RELOCATABLE || obj->type == OBJ_TYPE_DEBUG || obj->type == OBJ_TYPE_CORE) {
        return true;
    }
    struct trie t = {.obj = obj};
    int found = find_trie(obj, &t);
    bool ok = found > 0 ? read_trie(&t) : found == 0 && exports_of_symbols(obj, &t);
    obj->exports = ARENA_ARRAY(obj->arena, struct export, t.out.n);
    if (t.out.n) {
        memcpy(obj->exports, t.out.p, t.out.n * sizeof *t.out.p);
    }
    obj->n_exports = (uint32_t)t.out.n;
    vec_free(&t.out);
    find_sections(obj);
    return ok;
}

/* ---- both as symbols (nm -D) -------------------------------------------------------------------------------- */

static uint16_t ordinal_as_desc(int16_t ordinal)
{
    return ordinal == -2 ? ORDINAL_DYNAMIC_LOOKUP : ordinal == -1 ? ORDINAL_EXECUTABLE
           : ordinal > 0 && ordinal < (int)ORDINAL_DYNAMIC_LOOKUP ? (uint16_t)ordinal : ORDINAL_SELF;
}

bool macho_dynsyms(struct object *obj)
{
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        return true;
    }
    bool good = obj_load_exports(obj);
    good = obj_load_imports(obj) && good;
    uint64_t n = (uint64_t)obj->n_exports + obj->n_imports;
    if (!obj_charge(obj, n)) {
        return false;
    }
    struct symbol *s = obj->dynsyms = ARENA_ARRAY(obj->arena, struct symbol, (size_t)n);
    for (uint32_t i = 0; i < obj->n_exports; i++, s++) {
        const struct export *e = &obj->exports[i];
        s->name = e->name;
        s->value = e->addr;
        s->sec = e->forward.len ? SEC_INDIRECT : e->sec ? e->sec : SEC_ABS;
        s->type = e->is_data ? SYM_OBJECT : SYM_FUNC;
        s->binding = e->weak ? BIND_WEAK : BIND_GLOBAL;
        s->flags = (uint16_t)(SYMF_EXPORTED | (e->weak ? SYMF_WEAK_DEF : 0));
        s->raw_info = (uint8_t)(N_EXT | (e->forward.len ? N_INDR : e->sec == SEC_ABS ? N_ABS : N_SECT));
        s->raw_desc = e->weak ? N_WEAK_DEF : 0;
    }
    for (uint32_t i = 0; i < obj->n_imports; i++, s++) {
        const struct import *m = &obj->imports[i];
        bool weak = m->kind == IMPORT_WEAK;
        s->name = m->name;
        s->binding = weak ? BIND_WEAK : BIND_GLOBAL;
        s->flags = (uint16_t)(SYMF_IMPORTED | (weak ? SYMF_WEAK_REF : 0));
        s->raw_desc = weak ? N_WEAK_REF : m->kind == IMPORT_LAZY ? N_UNDEFINED_LAZY : 0;
        s->raw_info = N_EXT | N_UNDF;
        s->version = obj->raw_flags & MH_TWOLEVEL ? ordinal_as_desc(m->lib_ordinal) : 0;
        s->raw_desc |= (uint16_t)(s->version << 8);
    }
    obj->n_dynsyms = (uint32_t)n;
    for (uint32_t i = 0; i < obj->n_dynsyms; i++) {
        obj->dynsyms[i].raw_idx = UINT32_MAX; /* in no table of the file */
        obj->dynsyms[i].alias = UINT32_MAX;
    }
    return good;
}
