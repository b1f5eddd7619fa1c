/* ar_fmt.h - field offsets and constants of archive headers; no code. Source: spec ar-nm, 1.1-1.7.

   A regular member header is 60 bytes of ASCII, left-justified and space-padded. AIX's big format
   has wider fields, a variable name behind them, and links instead of adjacency. */
#ifndef OBJKIT_ARCHIVE_AR_FMT_H
#define OBJKIT_ARCHIVE_AR_FMT_H

#define AR_MAGIC "!<arch>\n"
#define AR_THIN_MAGIC "!<thin>\n"
#define AR_BIG_MAGIC "<bigaf>\n"
#define AR_AIX_OLD_MAGIC "<aiaff>\n"
#define AR_END_MARK "`\n"

enum {
    AR_MAGIC_LEN = 8,
    AR_HDR_LEN = 60,
    AR_NAME_OFF = 0, AR_NAME_LEN = 16,
    AR_DATE_OFF = 16, AR_DATE_LEN = 12,
    AR_UID_OFF = 28, AR_UID_LEN = 6,
    AR_GID_OFF = 34, AR_GID_LEN = 6,
    AR_MODE_OFF = 40, AR_MODE_LEN = 8,
    AR_SIZE_OFF = 48, AR_SIZE_LEN = 10,
    AR_END_OFF = 58, AR_END_LEN = 2
};
#define AR_MAX_SIZE UINT64_C(9999999999) /* what ten digits hold */
#define AR_MAX_ID 999999u                /* six digits */
#define AR_MAX_DATE INT64_C(999999999999)

/* AIX <bigaf>: file header of 128 bytes, six 20-digit offsets behind the magic. */
enum {
    AR_BIG_FILE_HDR_LEN = 128,
    AR_BIG_MEMOFF = 8, AR_BIG_GSTOFF = 28, AR_BIG_GST64OFF = 48,
    AR_BIG_FIRST = 68, AR_BIG_LAST = 88, AR_BIG_FREE = 108,
    AR_BIG_OFF_LEN = 20,
    AR_BIG_HDR_LEN = 112 /* before the name */
};

/* AIX <aiaff>, before 4.3: the same with 12-digit offsets and no 64-bit symbol table. */
enum {
    AR_AIX_FILE_HDR_LEN = 68,
    AR_AIX_MEMOFF = 8, AR_AIX_GSTOFF = 20, AR_AIX_FIRST = 32, AR_AIX_LAST = 44,
    AR_AIX_OFF_LEN = 12,
    AR_AIX_HDR_LEN = 88
};

#endif
