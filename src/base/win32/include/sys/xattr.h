/* What objkit uses of this header is in posix.h. */
#ifndef OBJKIT_W32_SYS_XATTR_H
#define OBJKIT_W32_SYS_XATTR_H
#include "base/win32/posix.h"
#endif
