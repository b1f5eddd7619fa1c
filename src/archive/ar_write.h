/* ar_write.h - writing archives of every dialect (spec ar-nm, 1 and 2).

   Two steps. ar_collect() looks at every member once, in parallel: its size and attributes, and the
   names its symbol index entries need. ar_write() then knows every offset and streams headers, index
   and contents out in order. Contents are never held: they are copied from where they are. Memory is
   the index plus a bounded cache of small files. The bytes do not depend on the number of threads. */
#ifndef OBJKIT_ARCHIVE_AR_WRITE_H
#define OBJKIT_ARCHIVE_AR_WRITE_H

#include "archive/ar_file.h"
#include "base/file.h"
#include "base/pool.h"
#include "obj/obj.h"

/* One member of the archive to be written. */
struct ar_item {
    struct str name;      /* as the archive shall name it; thin: the path relative to the archive */
    const char *path;     /* a file, opened when it is needed; NULL: the bytes are in `data` */
    struct view data;     /* in memory, or in a mapped file (then fd has them at fd_off too) */
    uint64_t fd_off;
    int fd;               /* -1: none */
    uint64_t size;
    int64_t mtime;
    uint64_t uid, gid;
    uint32_t mode;
    bool fresh;           /* attributes come from `path` (or are D mode's), not from an old header */
    bool failed;          /* could not be read: reported */
    uint64_t old_off;     /* a member of the old archive: where its header was */

    /* Set by ar_collect. */
    const char *sym_names; /* n_syms names, each with its NUL, in the object's order */
    uint32_t n_syms;
    uint32_t sym_len;
    enum obj_format format;
    enum machine machine;
    bool ec;              /* ARM64EC code or a hybrid: makes the archive an EC one */
    bool big_endian, is64;
    bool for_darwin, for_windows; /* bitcode: what its target triple says */

    /* Set by ar_write. */
    uint64_t hdr_off;
};

struct ar_collect_opts {
    bool index;         /* read symbols */
    bool deterministic; /* fresh members: mtime 0, ids 0, mode 644 */
    int64_t max_mtime;  /* SOURCE_DATE_EPOCH; INT64_MAX: none */
    struct pool *pool;
    struct arena *arena;  /* receives what the items point to */
    const struct origin *archive; /* the archive being updated, for messages about its members; or NULL */
    const struct stat *self; /* the archive's own file, which is no member of itself; or NULL */
    bool thin;            /* contents will not be copied: cache nothing */
};

/* Fills the items. False, reported, if one could not be read. An object that is damaged is stored
   all the same, without index entries, and warned of. */
bool ar_collect(struct ar_item *items, size_t n, const struct ar_collect_opts *opts, struct diag *d);

/* The dialect that the items ask for: that of the first object among them; NONE without any. */
enum ar_dialect ar_dialect_for(const struct ar_item *items, size_t n);

struct ar_write_opts {
    enum ar_dialect dialect;
    struct pool *pool;            /* copies contents in parallel; NULL: one thread */
    bool thin;
    bool index;
    bool deterministic;           /* D mode: Darwin members of one name get dates 1, 2, ... */
    bool sequential;              /* the output is a stream */
    uint64_t sym64_threshold;     /* header offsets from here on need a 64-bit index; normally 2^32 */
    const struct ar_item *extra;  /* special members to keep verbatim behind the names */
    size_t n_extra;
    int64_t index_mtime;          /* of the index member; 0 in D mode */
    struct view old;              /* not empty: the old archive, of which only the index may change */
    bool *same;                   /* then set if nothing at all would change, and nothing is written */
};

/* Writes the whole archive to O, which is at its start. False, reported (PATH in messages). */
bool ar_write(struct outfile *o, const char *path, struct ar_item *items, size_t n,
              const struct ar_write_opts *opts, struct diag *d);

#endif
