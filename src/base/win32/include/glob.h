/* What objkit uses of this header is in posix.h. */
#ifndef OBJKIT_W32_GLOB_H
#define OBJKIT_W32_GLOB_H
#include "base/win32/posix.h"
#endif
