/* What objkit uses of this header is in posix.h. */
#ifndef OBJKIT_BASE_WIN32_INCLUDE_DLFCN_H
#define OBJKIT_BASE_WIN32_INCLUDE_DLFCN_H
#include "base/win32/posix.h"
#endif
