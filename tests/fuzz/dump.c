/* dump.c - prints an object as the layer sees it: `dump FILE`, each slice of a universal file in turn.
   A debugging aid, and what tests compare with other tools' listings. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "walk.h"

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
    if (argc != 2) {
        fprintf(stderr, "usage: dump FILE\n");
        return 2;
    }
    int err = file_open(&f, argv[1], 0);
    if (err) {
        fprintf(stderr, "dump: %s: %s\n", argv[1], strerror(err));
        return 1;
    }
    struct origin origin = {.name = str_c(argv[1]), .kind = ORIGIN_FILE};
    bool ok = dump(f.data, &origin, &d, &out);
    buf_finish(&out);
    file_close(&f);
    return !(diag_finish(&d) && ok);
}
