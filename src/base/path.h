/* path.h - where the parts of a file's name begin, by the rules of the system that runs us. */
#ifndef OBJKIT_BASE_PATH_H
#define OBJKIT_BASE_PATH_H

#include "base/os.h"
#include "base/str.h"

static inline bool path_is_sep(char c)
{
    return c == '/' || (OS_WINDOWS_PATHS && c == '\\');
}

/* Length of a leading "C:"; 0 elsewhere. */
static inline size_t path_drive(struct str p)
{
    bool letter = p.len >= 2 && ((p.p[0] >= 'A' && p.p[0] <= 'Z') || (p.p[0] >= 'a' && p.p[0] <= 'z'));
    return OS_WINDOWS_PATHS && letter && p.p[1] == ':' ? 2 : 0;
}

static inline bool path_is_absolute(struct str p)
{
    size_t n = path_drive(p);
    return p.len > n && path_is_sep(p.p[n]);
}

/* Length of the part before the last name, separator or drive included: "a/b" gives 2, "b" 0. */
static inline size_t path_dir_len(struct str p)
{
    size_t n = p.len, drive = path_drive(p);
    while (n > drive && !path_is_sep(p.p[n - 1])) {
        n--;
    }
    return n;
}

#endif
