/* ar_paths.h - paths of thin members: lexical, and through symbolic links where that matters. */
#ifndef OBJKIT_APPLETS_AR_PATHS_H
#define OBJKIT_APPLETS_AR_PATHS_H

#include "base/arena.h"
#include "base/str.h"

/* PATH without "." and "x/..": an absolute path stays absolute. */
struct str ar_clean_path(struct arena *a, struct str path);

/* The absolute path of what PATH names, symbolic links resolved if it exists. */
struct str ar_absolute_path(struct arena *a, const char *path);

/* Remembers the last directories: archives have many members from few of them. */
struct ar_path_cache {
    struct arena *arena;
    struct {
        struct str given, real;
    } slots[2]; /* the archive's, the file's */
};

/* FILE as a member of the thin archive ARCHIVE: relative to the archive's directory; an absolute
   path stays as it is. */
struct str ar_relative_path(struct ar_path_cache *c, const char *archive, const char *file);

#endif
