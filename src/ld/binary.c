/* binary.c - "-b binary": a file of any bytes as an input.

   It becomes an object in memory, of the link's own format, with the bytes in a section .data and the
   symbols _binary_NAME_start, _binary_NAME_end and _binary_NAME_size (absolute), where NAME is the path as
   given with everything but letters and digits replaced by "_". From there on it is an input like any
   other: with -r, in a script, in the map. Source: GNU ld manual, "-b"; BFD's "binary" format. */
#include <ctype.h>
#include <string.h>

#include "ld/backend.h"
#include "base/ckint.h"
#include "obj/coff_fmt.h"
#include "obj/elf_fmt.h"

enum { N_NAMES = 3, ELF_SECTIONS = 6 };

/* The names' bytes, each with its NUL, and where each begins. */
static void make_names(struct buf *strings, uint32_t at[N_NAMES], const char *path)
{
    static const char *const ends[N_NAMES] = {"_start", "_end", "_size"};
    for (int i = 0; i < N_NAMES; i++) {
        at[i] = (uint32_t)strings->n;
        buf_puts(strings, "_binary_");
        for (const char *p = path; *p; p++) {
            buf_c(strings, isalnum((unsigned char)*p) ? *p : '_');
        }
        buf_puts(strings, ends[i]);
        buf_c(strings, '\0');
    }
}

static void word(struct buf *b, bool w64, uint64_t v)
{
    if (w64) {
        buf_u64(b, false, v);
    } else {
        buf_u32(b, false, (uint32_t)v);
    }
}

struct elf_row {
    uint32_t name, type;
    uint64_t flags, off, size;
    uint32_t link, info;
    uint64_t align, entsize;
};

static void elf_section(struct buf *b, bool w64, const struct elf_row *r)
{
    buf_u32(b, false, r->name);
    buf_u32(b, false, r->type);
    word(b, w64, r->flags);
    word(b, w64, 0);
    word(b, w64, r->off);
    word(b, w64, r->size);
    buf_u32(b, false, r->link);
    buf_u32(b, false, r->info);
    word(b, w64, r->align);
    word(b, w64, r->entsize);
}

static void elf_symbol(struct buf *b, bool w64, uint32_t name, uint16_t shndx, uint64_t value)
{
    const char info = (char)(name ? STB_GLOBAL << 4 : 0);
    buf_u32(b, false, name);
    if (!w64) {
        buf_u32(b, false, (uint32_t)value);
        buf_u32(b, false, 0);
    }
    buf_c(b, info);
    buf_c(b, 0);
    buf_u16(b, false, shndx);
    if (w64) {
        buf_u64(b, false, value);
        buf_u64(b, false, 0);
    }
}

static void elf_object(const struct ld *ld, struct buf *b, struct view data, const char *path)
{
    static const char shstr[] = "\0.data\0.note.GNU-stack\0.symtab\0.strtab\0.shstrtab";
    bool w64 = ld->arch->word == 8;
    uint32_t head = w64 ? EHDR64_SIZE : EHDR32_SIZE, sym = w64 ? SYM64_SIZE : SYM32_SIZE, at[N_NAMES];
    const uint8_t ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', w64 ? ELFCLASS64 : ELFCLASS32, ELFDATA2LSB, EV_CURRENT};
    struct buf names = {0};
    buf_c(&names, '\0');
    make_names(&names, at, path);
    uint64_t symtab = align_up(head + data.len, 8), strtab = symtab + (N_NAMES + 1) * sym;
    uint64_t shstrtab = strtab + names.n, shoff = align_up(shstrtab + sizeof shstr, 8);

    buf_add(b, ident, sizeof ident);
    buf_u16(b, false, ET_REL);
    buf_u16(b, false, (uint16_t)machine_info(ld->machine)->elf);
    buf_u32(b, false, EV_CURRENT);
    word(b, w64, 0);
    word(b, w64, 0);
    word(b, w64, shoff);
    buf_u32(b, false, 0);
    buf_u16(b, false, (uint16_t)head);
    buf_u32(b, false, 0);
    buf_u16(b, false, w64 ? SHDR64_SIZE : SHDR32_SIZE);
    buf_u16(b, false, ELF_SECTIONS);
    buf_u16(b, false, ELF_SECTIONS - 1);
    buf_add(b, data.p, (size_t)data.len);
    buf_fill(b, 0, (size_t)(symtab - b->n));
    elf_symbol(b, w64, 0, 0, 0);
    elf_symbol(b, w64, at[0], 1, 0);
    elf_symbol(b, w64, at[1], 1, data.len);
    elf_symbol(b, w64, at[2], SHN_ABS, data.len);
    buf_add(b, names.p, names.n);
    buf_add(b, shstr, sizeof shstr);
    buf_fill(b, 0, (size_t)(shoff - b->n));
    const struct elf_row rows[ELF_SECTIONS] = {
        {0},
        {1, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, head, data.len, 0, 0, 1, 0},
        {7, SHT_PROGBITS, 0, symtab, 0, 0, 0, 1, 0},
        {23, SHT_SYMTAB, 0, symtab, (N_NAMES + 1) * sym, 4, 1, 8, sym},
        {31, SHT_STRTAB, 0, strtab, names.n, 0, 0, 1, 0},
        {39, SHT_STRTAB, 0, shstrtab, sizeof shstr, 0, 0, 1, 0},
    };
    for (int i = 0; i < ELF_SECTIONS; i++) {
        elf_section(b, w64, &rows[i]);
    }
    buf_free(&names);
}

static void coff_symbol(struct buf *b, uint32_t name, uint16_t section, uint64_t value)
{
    buf_u32(b, false, 0);
    buf_u32(b, false, name + 4); /* the string table counts its own length */
    buf_u32(b, false, (uint32_t)value);
    buf_u16(b, false, section);
    buf_u16(b, false, 0);
    buf_c(b, IMAGE_SYM_CLASS_EXTERNAL);
    buf_c(b, 0);
}

static void coff_object(const struct ld *ld, struct buf *b, struct view data, const char *path)
{
    uint32_t at[N_NAMES], begin = COFF_HDR_LEN + COFF_SEC_LEN;
    struct buf names = {0};
    make_names(&names, at, path);
    buf_u16(b, false, (uint16_t)machine_info(ld->machine)->coff);
    buf_u16(b, false, 1);
    buf_u32(b, false, 0);
    buf_u32(b, false, begin + (uint32_t)data.len);
    buf_u32(b, false, N_NAMES);
    buf_u32(b, false, 0);
    buf_add(b, ".data\0\0", 8);
    buf_u32(b, false, 0);
    buf_u32(b, false, 0);
    buf_u32(b, false, (uint32_t)data.len);
    buf_u32(b, false, begin);
    buf_fill(b, 0, 12);
    buf_u32(b, false, IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE | 1u << 20);
    buf_add(b, data.p, (size_t)data.len);
    coff_symbol(b, at[0], 1, 0);
    coff_symbol(b, at[1], 1, data.len);
    coff_symbol(b, at[2], 0xffff, data.len);
    buf_u32(b, false, (uint32_t)names.n + 4);
    buf_add(b, names.p, names.n);
    buf_free(&names);
}

bool ld_add_binary(struct ld *ld, const struct ld_input *in, const struct ld_state *st)
{
    struct view data = in->file.data;
    bool elf = strcmp(ld->be->name, "elf") == 0;
    if (data.len > (elf && ld->arch->word == 8 ? INT64_MAX : INT32_MAX)) {
        return diag_report(&ld->diag, SEV_ERROR, &in->origin, DIAG_NO_OFFSET, "too large for one section");
    }
    struct buf b = {0};
    if (elf) {
        elf_object(ld, &b, data, in->path);
    } else {
        coff_object(ld, &b, data, in->path);
    }
    struct ld_input *made = ARENA_NEW(&ld->arena, struct ld_input);
    *made = *in;
    uint8_t *bytes = arena_alloc(&ld->arena, b.n);
    memcpy(bytes, b.p, b.n);
    made->file = (struct file){.data = {bytes, b.n}, .fd = -1};
    made->format = obj_detect(made->file.data);
    buf_free(&b);
    return ld_add_input(ld, made, st);
}
