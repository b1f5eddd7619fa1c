/* libdw.h - elfutils' reader of DWARF, loaded when it is first needed. Include config.h first; without HAVE_LIBDW
   there is nothing here. */
#ifndef OBJKIT_OBJ_LIBDW_H
#define OBJKIT_OBJ_LIBDW_H
#ifdef HAVE_LIBDW

#include <elfutils/libdw.h>
#include <stdbool.h>

#define LIBDW_FUNCTIONS(X) \
    X(elf_version) X(elf_memory) X(elf_end) X(dwarf_begin_elf) X(dwarf_end) X(dwarf_get_units) \
    X(dwarf_getsrclines) X(dwarf_onesrcline) X(dwarf_lineaddr) X(dwarf_lineno) X(dwarf_linesrc) \
    X(dwarf_lineendsequence) X(dwarf_child) X(dwarf_siblingof) X(dwarf_tag) X(dwarf_attr) \
    X(dwarf_getlocation) X(dwarf_getlocation_attr) X(dwarf_formaddr) X(dwarf_lowpc) X(dwarf_decl_file) \
    X(dwarf_decl_line) X(dwarf_getsrcfiles) X(dwarf_filesrc) X(dwarf_haspc) X(dwarf_ranges) X(dwarf_formstring)

struct libdw {
#define X(name) __typeof__(name) *name;
    LIBDW_FUNCTIONS(X)
#undef X
};

/* Fills DW. False if the library is not there or lacks a function. It stays loaded: it keeps data per thread, so it
   must outlive the threads. */
bool libdw_load(struct libdw *dw);

#endif
#endif
