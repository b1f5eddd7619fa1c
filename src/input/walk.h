/* walk.h - what input.c and container.c share: one walk over one path. Private to this folder. */
#ifndef OBJKIT_INPUT_WALK_H
#define OBJKIT_INPUT_WALK_H

#include "input/input.h"

/* One step of a selecting path: pkg.deb//data.tar.xz//x.a has two. */
struct selector {
    struct str name;
    const struct selector *next;
};

struct walk {
    unsigned flags;
    struct diag *d;
    input_fn fn;
    void *ctx;
    bool stop;        /* the callback said INPUT_STOP */
    uint64_t unpacked;/* bytes that containers have given so far, nested ones too */
    uint64_t unpack_limit, entry_limit;
};

/* Where a thing being walked was found. */
struct place {
    const struct origin *origin;
    unsigned depth;              /* levels of nesting above it */
    const char *path; /* of the file on disk whose bytes these are; NULL inside containers */
    const struct stat *st;       /* of the outermost file on disk, NULL for bytes in memory */
    const struct place *parent;
    const struct selector *sel;  /* what is still to be selected, NULL: everything */
    struct ar *ar;               /* as in struct input_item */
    const struct ar_member *member;
    const struct fat_slice *slice;
    struct obj_source *source;   /* as in struct input_item */
    bool mapped;                 /* as in struct input_item */
    bool listed;                 /* found by walking: what is no object is passed over in silence */
};

/* Walks BYTES, found at P. */
void walk_any(struct walk *w, struct view bytes, const struct place *p);

/* Hands one event to the callback. */
enum input_next walk_event(struct walk *w, enum input_event event, struct view bytes,
                           enum obj_format format, const struct place *p, struct ar *ar);

/* Does NAME answer to the selector S (NULL: everything does)? "./" and "/" in front do not
   count. */
bool walk_selects(const struct selector *s, struct str name);

/* Is it worth handing out with INPUT_ONLY_OBJECTS: something with a reader, an archive, a universal
   file or a container? HEAD may be just the first bytes. */
bool walk_interesting(const struct walk *w, struct view head);

/* Bytes of a file that libarchive may open, by magic alone. */
bool container_probe(struct view v);

/* Walks the entries of the container BYTES at P. */
void container_walk(struct walk *w, struct view bytes, const struct place *p);
void container_walk_ole(struct walk *w, struct view bytes, const struct place *p);

#endif
