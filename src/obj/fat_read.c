/* fat_read.c - universal ("fat") files: a table of slices, one file per architecture.

   The magic 0xcafebabe is also that of Java class files, whose next four bytes are a version: major 45
   and up, minor above it. No universal file has that many slices, so a count below 43 tells them
   apart (as LLVM and Apple's `file` do). Layout: macho_fmt.h. */
#include "base/ckint.h"
#include "obj/macho_fmt.h"
#include "obj/reader.h"

enum { FAT_MAX_SLICES = 42 };

bool fat_probe(struct view v)
{
    uint32_t magic, n = 0;
    if (!view_u32(v, 0, true, &magic) || (magic != FAT_MAGIC && magic != FAT_MAGIC_64)) {
        return false;
    }
    return !view_u32(v, 4, true, &n) || n <= FAT_MAX_SLICES;
}

/* Java: a class file's major version starts at 45. The universal file was asked first. */
bool java_probe(struct view v)
{
    uint32_t magic, version;
    return view_u32(v, 0, true, &magic) && magic == FAT_MAGIC && view_u32(v, 4, true, &version) &&
           (version & 0xffff) >= 45;
}

/* One entry; the slice's bytes are checked here, against its neighbours by the caller. */
static bool read_slice(struct view bytes, struct cursor *c, bool is64, uint32_t i, struct arena *a,
                       struct diag *d, struct fat_slice *s)
{
    uint64_t at = c->off;
    s->cputype = cur_u32(c);
    s->cpusubtype = cur_u32(c);
    s->off = cur_addr(c, is64);
    uint64_t size = cur_addr(c, is64);
    uint32_t align = cur_u32(c);
    cur_skip(c, is64 ? 4 : 0);
    const char *name = macho_arch_name(s->cputype, s->cpusubtype);
    s->arch = name ? name : arena_printf(a, "cputype %u cpusubtype %u", s->cputype,
                                         s->cpusubtype & CPU_SUBTYPE_MASK);
    if (!view_sub(bytes, s->off, size, &s->bytes)) {
        return diag_bad(d, at, "slice %u (%s, %llu bytes at 0x%llx) extends past the end of the file", i,
                        s->arch, (unsigned long long)size, (unsigned long long)s->off);
    }
    if (align > 31) {
        return diag_bad(d, at, "slice %u (%s): the alignment 2^%u is too large", i, s->arch, align);
    }
    s->align_p2 = (uint8_t)align;
    return true;
}

static bool overlap(const struct fat_slice *a, const struct fat_slice *b)
{
    return a->off < b->off + b->bytes.len && b->off < a->off + a->bytes.len;
}

/* May the slice stand beside those before it? */
static bool check_slice(const struct fat_slice *s, const struct fat_slice *prev, uint32_t n,
                        uint64_t table_end, uint64_t at, struct diag *d)
{
    if (s->off < table_end) {
        return diag_bad(d, at, "slice %s at 0x%llx overlaps the table of slices", s->arch,
                        (unsigned long long)s->off);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (overlap(s, &prev[i])) {
            return diag_bad(d, at, "slices %s and %s overlap", prev[i].arch, s->arch);
        }
        if (s->cputype == prev[i].cputype &&
            ((s->cpusubtype ^ prev[i].cpusubtype) & CPU_SUBTYPE_MASK) == 0) {
            return diag_bad(d, at, "two slices for %s", s->arch);
        }
    }
    return true;
}

/* Bad slices are reported and left out; the others are handed out. */
bool fat_read(struct view bytes, struct arena *a, struct diag *d, struct fat_slice **out, uint32_t *n)
{
    struct cursor c = cursor_at(bytes, 0, true);
    bool is64 = cur_u32(&c) == FAT_MAGIC_64;
    uint32_t count = cur_u32(&c);
    uint64_t entry = is64 ? FAT_ARCH_SIZE_64 : FAT_ARCH_SIZE;
    *out = NULL;
    *n = 0;
    if (c.bad) {
        return diag_bad(d, 0, "the universal header is cut short");
    }
    if (count == 0) {
        return diag_bad(d, 4, "a universal file without slices");
    }
    struct fat_slice *slices = count > FAT_MAX_SLICES
                                   ? NULL
                                   : arena_array(a, count, sizeof *slices, entry, bytes.len - c.off);
    if (!slices) {
        return diag_bad(d, 4, "the table of %u slices extends past the end of the file", count);
    }
    uint64_t table_end = c.off + count * entry;
    for (uint32_t i = 0; i < count; i++) {
        struct fat_slice *s = &slices[*n];
        uint64_t at = c.off;
        if (read_slice(bytes, &c, is64, i, a, d, s) && check_slice(s, slices, *n, table_end, at, d)) {
            ++*n;
        }
    }
    *out = slices;
    return *n > 0;
}

const char *obj_host_arch(void)
{
#if defined __aarch64__
    return "arm64";
#elif defined __i386__
    return "i386";
#else
    return "x86_64";
#endif
}
