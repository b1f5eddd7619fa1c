/* macho_extent.c - how much of a file a Mach-O takes, from its load commands alone.

   Whatever a command places in the file ends somewhere: segments, sections and their relocations, symbols,
   strings and the linkers' tables. The furthest of those ends is the file's own length; Apple's archives
   count what they pad a member with as part of it. Source: <mach-o/loader.h>. */
#include "obj/macho_fmt.h"
#include "obj/obj.h"

struct extent {
    struct view v;
    bool be, is64, bad;
    uint64_t end;
};

/* N records of SIZE bytes at OFF. What lies beyond the bytes there are makes the whole unknown. */
static void take(struct extent *x, uint64_t off, uint64_t n, uint64_t size)
{
    struct view part;
    if (n == 0 || x->bad) {
        return;
    }
    x->bad = n > x->v.len / size || !view_sub(x->v, off, n * size, &part);
    if (!x->bad && off + n * size > x->end) {
        x->end = off + n * size;
    }
}

/* Fields of command C: (offset, count) of 32 bits each at FIELD, of records of SIZE bytes. */
static void take_table(struct extent *x, struct view c, uint64_t field, uint64_t size)
{
    uint32_t off, n;
    if (!view_u32(c, field, x->be, &off) || !view_u32(c, field + 4, x->be, &n)) {
        x->bad = true;
        return;
    }
    take(x, off, n, size);
}

static void take_section(struct extent *x, struct cursor *c)
{
    uint64_t word = x->is64 ? 8 : 4;
    cur_skip(c, 32 + word); /* names, address */
    uint64_t size = x->is64 ? cur_u64(c) : cur_u32(c);
    uint32_t off = cur_u32(c);
    cur_skip(c, 4); /* alignment */
    uint32_t reloff = cur_u32(c), nreloc = cur_u32(c), type = cur_u32(c) & SECTION_TYPE;
    cur_skip(c, x->is64 ? 12 : 8);
    /* Files of debugging information have sections without contents, at 0. */
    if (off && type != S_ZEROFILL && type != S_GB_ZEROFILL && type != S_THREAD_LOCAL_ZEROFILL) {
        take(x, off, size, 1);
    }
    take(x, reloff, nreloc, 8);
}

static void take_segment(struct extent *x, struct view bytes)
{
    uint64_t word = x->is64 ? 8 : 4;
    struct cursor c = cursor_at(bytes, 24 + 2 * word, x->be);
    uint64_t off = x->is64 ? cur_u64(&c) : cur_u32(&c);
    uint64_t size = x->is64 ? cur_u64(&c) : cur_u32(&c);
    cur_skip(&c, 8);
    uint32_t n = cur_u32(&c);
    cur_skip(&c, 4);
    take(x, off, size, 1);
    for (uint32_t i = 0; i < n && !c.bad && !x->bad; i++) {
        take_section(x, &c);
    }
    x->bad = x->bad || c.bad;
}

static void take_note(struct extent *x, struct view bytes)
{
    struct cursor c = cursor_at(bytes, 24, x->be);
    uint64_t off = cur_u64(&c), size = cur_u64(&c);
    x->bad = x->bad || c.bad;
    take(x, off, size, 1);
}

/* Every command that places a table in the file: where in the command, and the size of its records for 32
   and 64 bits. */
static void take_command(struct extent *x, uint32_t cmd, struct view c)
{
    static const struct {
        uint32_t cmd;
        uint8_t field, size32, size64;
    } tables[] = {
        {LC_SYMTAB, 8, 12, 16},        {LC_SYMTAB, 16, 1, 1},
        {LC_DYSYMTAB, 32, 8, 8},       {LC_DYSYMTAB, 40, 52, 56},
        {LC_DYSYMTAB, 48, 4, 4},       {LC_DYSYMTAB, 56, 4, 4},
        {LC_DYSYMTAB, 64, 8, 8},       {LC_DYSYMTAB, 72, 8, 8},
        {LC_SYMSEG, 8, 1, 1},          {LC_TWOLEVEL_HINTS, 8, 4, 4},
        {LC_CODE_SIGNATURE, 8, 1, 1},  {LC_SEGMENT_SPLIT_INFO, 8, 1, 1},
        {LC_FUNCTION_STARTS, 8, 1, 1}, {LC_DATA_IN_CODE, 8, 1, 1},
        {LC_DYLIB_CODE_SIGN_DRS, 8, 1, 1}, {LC_LINKER_OPTIMIZATION_HINT, 8, 1, 1},
        {LC_ATOM_INFO, 8, 1, 1},       {LC_FUNCTION_VARIANTS, 8, 1, 1},
        {LC_FUNCTION_VARIANT_FIXUPS, 8, 1, 1}, {LC_DYLD_EXPORTS_TRIE, 8, 1, 1},
        {LC_DYLD_CHAINED_FIXUPS, 8, 1, 1}, {LC_ENCRYPTION_INFO, 8, 1, 1},
        {LC_ENCRYPTION_INFO_64, 8, 1, 1}};
    if (cmd == LC_SEGMENT || cmd == LC_SEGMENT_64) {
        take_segment(x, c);
    } else if (cmd == LC_NOTE) {
        take_note(x, c);
    } else if (cmd == LC_DYLD_INFO || cmd == LC_DYLD_INFO_ONLY) {
        for (uint64_t field = DYLD_INFO_REBASE; field < 48; field += 8) {
            take_table(x, c, field, 1);
        }
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (cmd == tables[i].cmd) {
            take_table(x, c, tables[i].field, x->is64 ? tables[i].size64 : tables[i].size32);
        }
    }
}

uint64_t macho_extent(struct view v)
{
    uint32_t magic = 0;
    view_u32(v, 0, false, &magic);
    struct extent x = {.v = v, .be = magic != MH_MAGIC && magic != MH_MAGIC_64};
    x.is64 = (x.be ? __builtin_bswap32(magic) : magic) == MH_MAGIC_64;
    struct cursor c = cursor_at(v, 16, x.be);
    uint32_t n = cur_u32(&c), size = cur_u32(&c);
    struct view cmds;
    x.end = x.is64 ? MH_HEADER_SIZE_64 : MH_HEADER_SIZE;
    if (c.bad || !view_sub(v, x.end, size, &cmds)) {
        return 0;
    }
    x.end += size;
    uint64_t at = 0;
    for (uint32_t i = 0; i < n && !x.bad; i++) {
        uint32_t cmd, len;
        struct view one;
        if (!view_u32(cmds, at, x.be, &cmd) || !view_u32(cmds, at + 4, x.be, &len) || len < LC_SIZE_MIN ||
            !view_sub(cmds, at, len, &one)) {
            return 0;
        }
        take_command(&x, cmd, one);
        at += len;
    }
    return x.bad ? 0 : x.end;
}
