/* input.h - a path becomes a stream of (origin, bytes).

   A path may be an object, an archive, a universal file or a container (zip, tar.*, deb, cab, 7z,
   rpm … through libarchive), nested to LIMIT_NESTING. Applets see one event per thing, in file
   order; origins print as x.zip:lib/libx.a(foo.o). A path syntax selects inside:
   pkg.deb//data.tar.xz//x.a

   container.c is the only user of libarchive, which is loaded when the first container is met: most
   commands never need it and must not pay for loading it. */
#ifndef OBJKIT_INPUT_INPUT_H
#define OBJKIT_INPUT_INPUT_H

#include <sys/stat.h>

#include "archive/ar_file.h"
#include "base/diag.h"
#include "base/opt.h"
#include "base/view.h"
#include "obj/obj.h"

enum input_event {
    INPUT_FILE,    /* bytes that are no archive, universal file or container: try obj_open */
    INPUT_ARCHIVE, /* an archive begins (item->ar is open); its members follow */
    INPUT_ARCHIVE_END,
    INPUT_FAT, /* a universal file begins; its slices follow as INPUT_FILE or INPUT_ARCHIVE */
    INPUT_FAT_END,
    INPUT_CONTAINER, /* a container begins; its entries follow */
    INPUT_CONTAINER_END,
    INPUT_DIR /* with INPUT_TELL_DIRS: the path is a directory; no bytes */
};

struct input_item {
    enum input_event event;
    struct view bytes;
    const struct origin *origin;
    enum obj_format format;         /* of bytes */
    struct ar *ar;                  /* INPUT_ARCHIVE: the archive; a member: its archive */
    const struct ar_member *member; /* set for a direct member of an archive */
    const struct fat_slice *slice;  /* set for a slice */
    struct obj_source *source; /* INPUT_LAZY: bytes is the head of the file, this has the rest */
    const struct stat *st;          /* of the file on disk */
    bool mapped;                    /* bytes lie in a mapped file: file_drop_pages gives their memory back */
    struct diag *diag;
};

/* Return value of the callback. */
enum input_next {
    INPUT_CONTINUE,
    INPUT_SKIP,   /* after a begin event: do not descend (the end event still comes) */
    INPUT_STOP
};
typedef enum input_next (*input_fn)(void *ctx, const struct input_item *item);

enum {
    INPUT_WALK_DIRS = 1,       /* a directory is walked, in name order, links in it passed over;
                                  else EISDIR is reported */
    INPUT_NO_CONTAINERS = 2,   /* zip and the like are plain files */
    INPUT_NO_ARCHIVES = 4,     /* archives are plain files (ar itself), but for those that a path selects in */
    INPUT_ONLY_OBJECTS = 8,    /* skip what was not named by the user (container entries, files in a
                                  walked directory) and is no object, archive or container */
    INPUT_LAZY = 32,           /* large files on disk of formats that obj_has_source names are
                                  neither read nor mapped: see item->source */
    INPUT_TELL_DIRS = 16,     /* a directory is one INPUT_DIR event: the caller uses input_list */
    INPUT_GNU_WORDS = 64      /* a path that is not there is reported as GNU nm does */
};

/* Walks PATH ("-": standard input). Problems are reported in D; what is readable is still handed
   out. False if anything was reported as an error or the callback stopped. Items, their origins and
   their bytes live until the callback returns (an archive's until its INPUT_ARCHIVE_END has). With
   a selecting path only the things selected are handed out, no begin and end events of what holds
   them. */
bool input_walk(const char *path, unsigned flags, struct diag *d, input_fn fn, void *ctx);

/* For callers that spread files over threads: appends PATH to OUT, or when it is a directory
   (*IS_DIR) every regular file below it. Names live in A. input_walk_listed walks one such file. */
bool input_list(const char *path, struct arena *a, argvec *out, bool *is_dir, struct diag *d);
bool input_walk_listed(const char *path, unsigned flags, struct diag *d, input_fn fn, void *ctx);

/* The same on bytes that are already there. */
bool input_walk_bytes(struct view bytes, const struct origin *origin, unsigned flags,
                      struct diag *d, input_fn fn, void *ctx);

/* Are these the first bytes of a container? */
bool input_is_container(struct view v);

/* Writes N files as a tar archive PATH, in order, whole or not at all. False with a diagnostic. */
struct input_file {
    const char *name;
    struct view bytes;
};
bool input_write_tar(const char *path, const struct input_file *v, size_t n, struct diag *d);

#endif
