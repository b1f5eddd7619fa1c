/* dump.c - prints an object as the layer sees it: `dump FILE`, each slice of a universal file in turn;
   `dump -m FILE`: a Mach-O file's symbols as nm -m does.
   A debugging aid, and what tests compare with other tools' listings. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "walk.h"

/* The symbols as `nm -m -p -a` prints them. */
static bool darwin(struct view v, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct object o;
    bool ok = obj_open(&o, v, origin, d) && obj_load_symbols(&o);
    for (uint32_t i = 0; ok && i < o.n_symbols; i++) {
        const struct symbol *s = &o.symbols[i];
        if (s->sec == SEC_UNDEF) {
            buf_fill(out, ' ', o.is64 ? 16 : 8);
        } else {
            buf_hex(out, obj_symbol_address(&o, s), o.is64 ? 16 : 8);
        }
        buf_c(out, ' ');
        macho_describe(&o, s, out);
        buf_name(out, s->name, NAME_RAW);
        macho_describe_after(&o, s, out);
        buf_c(out, '\n');
    }
    obj_close(&o);
    return ok;
}

static bool dump(struct view v, const struct origin *origin, struct diag *d, struct buf *out)
{
    struct arena a = {0};
    struct fat_slice *slices;
    uint32_t n;
    bool ok = true;
    if (obj_detect(v) != OBJ_FAT) {
        return walk_bytes(v, origin, WALK_ALL, d, out);
    }
    d->origin = origin;
    ok = fat_read(v, &a, d, &slices, &n);
    for (uint32_t i = 0; i < n; i++) {
        buf_printf(out, "slice %s off=0x%llx size=%llu align=%u\n", slices[i].arch,
                   (unsigned long long)slices[i].off, (unsigned long long)slices[i].bytes.len,
                   slices[i].align_p2);
        ok = walk_bytes(slices[i].bytes, origin, WALK_ALL, d, out) && ok;
    }
    arena_free(&a);
    return ok;
}

int main(int argc, char **argv)
{
    struct buf out = buf_to_fd(STDOUT_FILENO);
    struct diag d;
    struct file f;
    diag_init(&d, "dump");
    d.immediate = true;
    bool nm_m = argc == 3 && strcmp(argv[1], "-m") == 0;
    if (argc != 2 && !nm_m) {
        fprintf(stderr, "usage: dump [-m] FILE\n");
        return 2;
    }
    const char *path = argv[argc - 1];
    int err = file_open(&f, path, 0);
    if (err) {
        fprintf(stderr, "dump: %s: %s\n", path, strerror(err));
        return 1;
    }
    struct origin origin = {.name = str_c(path), .kind = ORIGIN_FILE};
    bool ok = (nm_m ? darwin : dump)(f.data, &origin, &d, &out);
    buf_finish(&out);
    file_close(&f);
    return !(diag_finish(&d) && ok);
}
