/* source_line.c - one address looked up in an object's line tables. */
#include "obj/source_line.h"

#include "config.h"

#ifdef HAVE_LIBDW
#include <string.h>

#include "obj/debug_image.h"
#include "obj/libdw.h"

/* The row of CU that covers ADDR. */
static Dwarf_Line *find_row(const struct libdw *dw, Dwarf_Die *cu, uint64_t addr)
{
    Dwarf_Lines *lines;
    size_t n;
    if (dw->dwarf_getsrclines(cu, &lines, &n) != 0) {
        return NULL;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        Dwarf_Line *row = dw->dwarf_onesrcline(lines, i), *next = dw->dwarf_onesrcline(lines, i + 1);
        Dwarf_Addr from, to;
        bool end;
        if (dw->dwarf_lineaddr(row, &from) == 0 && dw->dwarf_lineaddr(next, &to) == 0 && from <= addr &&
            addr < to && dw->dwarf_lineendsequence(row, &end) == 0 && !end && dw->dwarf_haspc(cu, addr) == 1) {
            return row;
        }
    }
    return NULL;
}

static bool look_up(const struct libdw *dw, Dwarf *dwarf, uint64_t addr, struct arena *a, struct str *file,
                    unsigned *line)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    Dwarf_Half version;
    while (dw->dwarf_get_units(dwarf, cu, &cu, &version, NULL, &die, NULL) == 0) {
        Dwarf_Line *row = find_row(dw, &die, addr);
        int number;
        if (row && dw->dwarf_lineno(row, &number) == 0 && number > 0) {
            const char *name = dw->dwarf_linesrc(row, NULL, NULL);
            *file = arena_str(a, str_c(name ? name : "?"));
            *line = (unsigned)number;
            return name != NULL;
        }
    }
    return false;
}

bool obj_source_line(struct object *obj, uint32_t sec, uint64_t off, struct arena *a, struct str *file,
                     unsigned *line)
{
    struct libdw dw;
    struct debug_image img;
    struct diag d, *own = obj->diag;
    bool found = false;
    diag_child(&d, own);
    obj->diag = &d;
    bool ok = obj_debug_image(obj, &img) && img.bases && sec < obj->n_sections && libdw_load(&dw);
    obj->diag = own;
    diag_drop(&d);
    if (!ok) {
        return false;
    }
    /* libelf writes into the image when it takes compression off */
    uint8_t *copy = arena_alloc(a, (size_t)img.bytes.len);
    memcpy(copy, img.bytes.p, (size_t)img.bytes.len);
    Elf *elf = dw.elf_memory((char *)copy, (size_t)img.bytes.len);
    Dwarf *dwarf = elf ? dw.dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    if (dwarf) {
        found = look_up(&dw, dwarf, img.bases[sec] + off, a, file, line);
        dw.dwarf_end(dwarf);
    }
    if (elf) {
        dw.elf_end(elf);
    }
    return found;
}

#else /* without libdw */

bool obj_source_line(struct object *obj, uint32_t sec, uint64_t off, struct arena *a, struct str *file,
                     unsigned *line)
{
    (void)obj, (void)sec, (void)off, (void)a, (void)file, (void)line;
    return false;
}

#endif
