/* libdw.c - loads libdw at run time. */
#include "config.h"
#include "obj/libdw.h"

#ifdef HAVE_LIBDW
#include <dlfcn.h>
#include <stddef.h>

bool libdw_load(struct libdw *dw)
{
    void *handle = dlopen(LIBDW_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    bool ok = handle != NULL;
#define X(name) ok = ok && (*(void **)&dw->name = dlsym(handle, #name)) != NULL;
    LIBDW_FUNCTIONS(X)
#undef X
    if (handle) {
        dlclose(handle);
    }
    return ok && dw->elf_version(EV_CURRENT) != EV_NONE;
}
#else
typedef int libdw_is_left_out; /* ISO C wants a declaration */
#endif
