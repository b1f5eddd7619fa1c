/* ar_priv.h - what the files of the archive reader share. */
#ifndef OBJKIT_ARCHIVE_AR_PRIV_H
#define OBJKIT_ARCHIVE_AR_PRIV_H

#include "archive/ar_file.h"

struct ar_state {
    bool names_nul;     /* "//" entries end with NUL (COFF), not with "/\n" */
    bool aix_old;       /* <aiaff>: 12-digit fields */
    uint64_t big_last;  /* AIX: offset of the last member, the end of the chain */
};

/* Reports an error / a warning about AR at OFF; nothing when LOUD is false. The first returns false. */
bool ar_bad(const struct ar *ar, bool loud, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));
void ar_warn(const struct ar *ar, uint64_t off, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

/* A decimal or octal field: digits, then spaces or NULs. Blank is 0. False for anything else. */
bool ar_field(struct view v, uint64_t off, uint64_t width, unsigned base, uint64_t *out);

/* Date, ids and mode at the given offsets; what is not numeric sets m->bad_fields. */
void ar_read_date(struct view v, uint64_t off, uint64_t width, struct ar_member *m);

/* AIX archives: ar_read_big.c. */
bool ar_big_open(struct ar *ar);
bool ar_big_header(const struct ar *ar, bool loud, uint64_t off, struct ar_member *m);

#endif
