/* ar_file.h - reading archives of every dialect. Writing is ar_write.h.

   Dialects and layouts: spec ar-nm, section 1. All access is through views; a damaged archive gives
   every member up to the damage, then one diagnostic. Ownership: struct ar borrows the bytes; names
   that had to be built live in the arena. Origins of members are made by the caller (input/). */
#ifndef OBJKIT_ARCHIVE_AR_FILE_H
#define OBJKIT_ARCHIVE_AR_FILE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/view.h"

enum ar_dialect {
    AR_DIALECT_NONE,   /* no member decides it yet */
    AR_DIALECT_GNU,    /* System V / GNU: "name/", "//" with "/\n" */
    AR_DIALECT_COFF,   /* Microsoft: second linker member, "//" with NUL */
    AR_DIALECT_BSD,    /* "#1/n", data 2-aligned */
    AR_DIALECT_DARWIN, /* "#1/n", data 8-aligned, padding counted in the size */
    AR_DIALECT_RAW,    /* plain names without "/": .deb, Go packages */
    AR_DIALECT_BIG     /* AIX <bigaf> */
};

enum ar_special {
    AR_MEMBER,         /* an ordinary member */
    AR_SP_ARMAP,       /* "/", "/SYM64/", __.SYMDEF*, AIX symbol tables */
    AR_SP_ARMAP2,      /* COFF second linker member */
    AR_SP_NAMES,       /* "//" */
    AR_SP_EC,          /* "/<ECSYMBOLS>/" */
    AR_SP_OTHER        /* "/<HYBRIDMAP>/", "/<XFGHASHMAP>/" */
};

struct ar_member {
    struct str name;      /* resolved; a thin archive's path as stored */
    struct view data;     /* contents without a "#1/n" name; empty for a thin member */
    uint64_t hdr_off;     /* of the member header, from the start of the archive */
    uint64_t data_off;    /* of data */
    uint64_t size;        /* of the contents; for a thin member, of the file it names */
    uint64_t next_off;    /* where the next header is */
    int64_t mtime;
    uint64_t uid, gid;
    uint32_t mode;        /* as stored, with or without file-type bits */
    bool bad_fields;      /* date, id or mode not numeric: shown as '?' */
    bool truncated;       /* the archive ends before the data does: data is what there is */
    bool thin;            /* contents are in the file `name`, relative to the archive */
    enum ar_special special;
    uint64_t nested_off;  /* thin: `name` is an archive and the member is at this offset in it; else 0 */
};

struct ar {
    struct view bytes;
    const struct origin *origin;
    struct diag *diag;
    struct arena *arena;
    enum ar_dialect dialect;
    bool thin;
    /* Set by the caller: BYTES are a mapped file, of which pages may be given back; one that is read
       sparsely (file.h). */
    bool mapped, sparse;
    uint64_t first_off;   /* of the first header; AIX: from the file header */
    struct view names;    /* the "//" member's data */
    struct ar_member armap, armap2, ec; /* special members found at the start; hdr_off 0: none */
    bool index_unchecked; /* set between ar_open and ar_read_armap: see there */
    void *priv;
};

/* Reads magic and the leading special members. False, diagnosed, if BYTES are no archive. */
bool ar_open(struct ar *ar, struct view bytes, const struct origin *origin, struct diag *d,
             struct arena *arena);

struct ar_iter {
    struct ar *ar;
    uint64_t off;      /* of the next header */
    bool with_special; /* hand out special members too */
    bool bad;          /* stopped at damage, diagnosed */
    uint64_t steps;
    uint64_t ahead;    /* up to here reading was announced */
    unsigned close;    /* the last so many members were small */
};
void ar_iter_start(struct ar_iter *it, struct ar *ar, bool with_special);
bool ar_iter_next(struct ar_iter *it, struct ar_member *m);

/* The member whose header is at HDR_OFF (from an index entry). False, diagnosed, if there is none. */
bool ar_member_at(struct ar *ar, uint64_t hdr_off, struct ar_member *m);

/* The symbol index, whatever its dialect: entries in stored order. Entries that point nowhere are
   dropped with a warning. No index: true with n == 0. In the archive's arena.
   With ar->index_unchecked no header is looked at, which would touch every page of the archive: whoever
   follows an entry asks ar_has_header first. */
struct armap_entry {
    struct str name;
    uint64_t hdr_off;
    bool ec;           /* from the ARM64EC table */
};
struct armap {
    struct armap_entry *entries;
    uint64_t n;
    bool present;
};
bool ar_read_armap(struct ar *ar, struct armap *out);
bool ar_has_armap(const struct ar *ar);
/* Is there a member header at OFF, to all appearances? */
bool ar_has_header(const struct ar *ar, uint64_t off);

/* The same without holding it: is there an index, and one that can be read (else warned of)? Then FN is
   called for each entry in stored order. CHECK: only for those that point to a member header, which
   reads all headers; the others are warned of. */
typedef void (*armap_fn)(void *ctx, const struct armap_entry *e);
bool ar_armap_is_good(struct ar *ar);
void ar_each_armap(struct ar *ar, bool check, armap_fn fn, void *ctx);

/* The member that REF, a thin member with nested_off, means: one of the archive with these BYTES (the
   file that REF names). IN is opened on them. False, diagnosed. */
bool ar_nested_member(struct ar *outer, const struct ar_member *ref, struct view bytes, struct ar *in,
                      struct ar_member *m);

/* A thin member's path as the process can open it: relative to the archive's own directory
   (ARCHIVE_PATH) unless absolute. In the arena, NUL-terminated. */
char *ar_thin_path(struct ar *ar, const char *archive_path, const struct ar_member *m);

#endif
