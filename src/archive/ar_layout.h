/* ar_layout.h - where everything goes: shared by ar_write.c, ar_layout.c and armap_write.c. */
#ifndef OBJKIT_ARCHIVE_AR_LAYOUT_H
#define OBJKIT_ARCHIVE_AR_LAYOUT_H

#include "archive/ar_write.h"
#include "base/vec.h"

/* A symbol of a COFF library's tables, which hold each name once. */
struct coff_sym {
    struct str name;
    uint32_t member; /* 0-based */
};

struct layout {
    struct ar_item *items;
    size_t n;
    const struct ar_write_opts *opts;
    enum ar_dialect dialect;
    struct buf names;      /* "//" */
    uint64_t *name_off;    /* per item: its place there, NAME_INLINE if it has none */
    uint64_t n_syms;       /* of all items, and the bytes of their names (COFF: of the table) */
    uint64_t sym_len;
    bool wide;             /* 64-bit index */
    bool ec;               /* ARM64EC: symbols of EC objects go to a table of their own */
    bool symdef_be;        /* BSD and Darwin: the target's byte order */
    uint64_t front_len;    /* magic and all special members before the first ordinary one */
    VEC(struct coff_sym) coff, coff_ec; /* COFF: the ordinary and the ARM64EC table, in member order */
    uint64_t end_off;      /* behind the last member: where AIX's tables begin */
};
#define NAME_INLINE UINT64_MAX

/* Chooses index width and gives every item its hdr_off. False, reported, if the dialect cannot hold
   the members. */
bool layout_make(struct layout *l, const char *path, struct diag *d);
void layout_free(struct layout *l);

/* Sizes of a member in the archive. */
uint64_t layout_bsd_name_len(uint64_t hdr_off, uint64_t name_len); /* with its padding */
uint64_t layout_data_pad(const struct layout *l, const struct ar_item *it); /* Darwin: counted in size */

/* Makes what the index's size depends on. */
void armap_prepare(struct layout *l);

/* The special members in front (or AIX's behind), as bytes. */
uint64_t armap_front_len(const struct layout *l);
void armap_front(const struct layout *l, struct buf *out);
void armap_big_tail(const struct layout *l, struct buf *out, struct buf *file_hdr);

/* A header of the regular kind; LEN: what the size field says. NAME is the finished name field. */
void put_header(struct buf *b, struct str name, int64_t mtime, uint64_t uid, uint64_t gid, uint32_t mode,
                uint64_t len);
/* AIX. */
void put_big_header(struct buf *b, const struct ar_item *it, uint64_t next, uint64_t prev);

#endif
