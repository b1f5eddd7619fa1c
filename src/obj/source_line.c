/* source_line.c - one address looked up in an object's line tables. */
#include "obj/source_line.h"

#include "config.h"

#ifdef HAVE_LIBDW
#include <dlfcn.h>
#include <elfutils/libdw.h>
#include <string.h>

#include "obj/debug_image.h"

#define LIBDW_FUNCTIONS(X) \
    X(elf_version) X(elf_memory) X(elf_end) X(dwarf_begin_elf) X(dwarf_end) X(dwarf_get_units) \
    X(dwarf_getsrclines) X(dwarf_onesrcline) X(dwarf_lineaddr) X(dwarf_lineno) X(dwarf_linesrc) \
    X(dwarf_lineendsequence) X(dwarf_haspc)

struct libdw {
#define X(name) __typeof__(name) *name;
    LIBDW_FUNCTIONS(X)
#undef X
};

static bool load(struct libdw *dw)
{
    /* It keeps data per thread, so it must outlive the threads: never unmapped. */
    void *handle = dlopen(LIBDW_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    bool ok = handle != NULL;
#define X(name) ok = ok && (*(void **)&dw->name = dlsym(handle, #name)) != NULL;
    LIBDW_FUNCTIONS(X)
#undef X
    if (handle) {
        dlclose(handle);
    }
    return ok && dw->elf_version(EV_CURRENT) != EV_NONE;
}

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
    bool ok = obj_debug_image(obj, &img) && img.bases && sec < obj->n_sections && load(&dw);
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
