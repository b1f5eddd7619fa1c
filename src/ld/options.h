/* options.h - the linker's options: one row each in options.def, parsed with GNU ld's grammar.

   Grammar: long options with one or two dashes (those that begin with 'o' need two, as in GNU ld),
   --opt=VALUE and --opt VALUE; -lX and -l X; -z KEYWORD; @FILE; options stand anywhere. What depends
   on position (libraries, groups, -Bstatic, --whole-archive, --push-state) is kept as a list. */
#ifndef OBJKIT_LD_OPTIONS_H
#define OBJKIT_LD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

struct ld;

typedef VEC(const char *) ld_strings;

/* One input of the command line, with the positional state that holds there. */
enum ld_arg_kind { ARG_FILE, ARG_LIBRARY, ARG_GROUP_START, ARG_GROUP_END };
struct ld_arg {
    enum ld_arg_kind kind;
    const char *text; /* path, or the name after -l */
    bool is_static, whole_archive, as_needed, just_symbols, binary, copy_needed;
};

enum ld_output_kind { OUT_EXE, OUT_PIE, OUT_SHARED, OUT_RELOCATABLE };
enum ld_strip { STRIP_NONE, STRIP_DEBUG, STRIP_ALL };
enum ld_discard { DISCARD_SEC_MERGE, DISCARD_NONE, DISCARD_L /* -X */, DISCARD_ALL /* -x */ };
enum ld_icf { ICF_NONE, ICF_SAFE, ICF_ALL };
/* An option that is on, off, or left to the backend. */
enum ld_tri { TRI_DEFAULT, TRI_OFF, TRI_ON };

struct ld_pe_options {
    const char *subsystem;      /* NAME[:MAJOR[.MINOR]] */
    uint64_t major_os_version, minor_os_version;
    uint64_t major_image_version, minor_image_version;
    uint64_t major_subsystem_version, minor_subsystem_version;
    const char *stack, *heap;   /* RESERVE[,COMMIT] */
    uint64_t image_base, file_alignment, section_alignment; /* UINT64_MAX: default */
    int dynamicbase, high_entropy_va, nxcompat, tsaware, no_seh, forceinteg, no_isolation, no_bind;
    int wdmdriver, appcontainer, guard_cf, guard_longjmp, large_address_aware, reloc_section;
    int auto_image_base;
    bool compat_implib;
    uint64_t auto_image_base_from; /* 0: GNU ld's range */
    int insert_timestamp;
    int auto_import, runtime_pseudo_reloc, stdcall_fixup;
    const char *pseudo_reloc_narrow;
    const char *out_implib, *implib_format, *output_def, *dll_search_prefix;
    bool export_all_symbols, exclude_all_symbols, kill_at, add_stdcall_alias;
    bool no_default_excludes, warn_duplicate_exports;
    ld_strings exclude_symbols, exclude_modules_for_implib;
    ld_strings delayload;
    int long_section_names;
    int leading_underscore;
    const char *manifest, *why_export;
    bool weak_library_search, nul_prefixed, force_exe_suffix;
    uint64_t dependent_load_flag;
};

/* --allow-shlib-undefined. */
enum { SORT_COMMON_NOT, SORT_COMMON_UP, SORT_COMMON_DOWN };
enum { SHLIB_DEFAULT, SHLIB_ALLOW, SHLIB_REFUSE };

/* --fix-cortex-a53-843419. */
enum { FIX_NONE, FIX_FULL, FIX_ADR, FIX_ADRP };

/* What a library binds to itself. */
enum { BSYMBOLIC_NONE, BSYMBOLIC_ALL, BSYMBOLIC_FUNCTIONS, BSYMBOLIC_NON_WEAK, BSYMBOLIC_NON_WEAK_FUNCTIONS };

struct ld_elf_options {
    const char *dynamic_linker, *soname, *rpath_str, *init, *fini, *hash_style;
    ld_strings rpath, rpath_link, auxiliary, filter, dynamic_list, export_dynamic_symbol, export_dynamic_lists;
    ld_strings version_def;
    bool no_dynamic_linker, eh_frame_hdr;
    int bsymbolic;              /* BSYMBOLIC_* */
    bool new_dtags_off, default_symver, no_rosegment, nmagic, omagic;
    int shlib_undefined;        /* SHLIB_* */
    bool no_relax, dynamic_list_data, dynamic_list_cpp_new, dynamic_list_cpp_typeinfo;
    const char *compress_debug, *text_segment, *rodata_segment, *ldata_segment;
    const char *audit, *depaudit;
    ld_strings z;               /* every -z keyword, in order; read by the ELF backend */
    bool no_ctors_in_init_array;
    bool no_gnu_unique, pie_off, static_pie, no_undefined_version, bgroup;
    int warn_execstack, warn_rwx; /* TRI_* */
    bool warn_textrel;
    int fix_843419;             /* FIX_* */
    bool fix_835769;
};

struct ld_options {
    int sort_common;            /* SORT_COMMON_* */
    bool gc_keep_exported;
    const char *output;
    bool output_named;          /* by an option or a script; else the backend's default */
    const char *entry;          /* NULL: the backend's default; "": none */
    const char *emulation;
    const char *sysroot;
    enum ld_output_kind kind;
    bool is_static;             /* -static seen before any -Bdynamic: ELF output has no interpreter */
    VEC(struct ld_arg) args;
    ld_strings lib_dirs, undefined, require_defined, defsym, wrap, trace_symbol, exclude_libs;
    ld_strings version_scripts, scripts; /* -T */
    ld_strings mri_scripts;     /* -c */
    const char *default_script; /* -dT */
    ld_strings retain_symbols;
    const char *text_addr, *data_addr, *bss_addr; /* -Ttext, -Tdata, -Tbss */
    ld_strings section_start;
    const char *sort_section;
    bool emit_relocs, export_dynamic;
    int strip, discard, icf;
    bool define_common;         /* -d: commons are allocated even with -r */
    bool no_define_common;      /* ELF libraries: they stay undefined */
    bool force_groups;          /* -r: sections of groups become plain ones */
    bool gc_sections, print_gc_sections, print_icf_sections, ignore_data_address_equality;
    ld_strings keep_unique;
    bool allow_multiple_definition, no_undefined, warn_unresolved, noinhibit_exec;
    const char *unresolved_symbols;
    ld_strings ignore_unresolved;
    const char *orphan_handling;
    bool fatal_warnings, no_warnings, no_demangle, trace, verbose, print_map, cref, stats;
    bool no_inhibit_exec, whole_archive_state, nostdlib;
    const char *symbol_ordering_file, *section_ordering_file;
    bool no_warn_ordering;
    ld_strings unique, undefined_glob;
    bool warn_common, warn_backrefs;
    const char *time_trace;     /* --time-trace: a file, "": beside the output */
    const char *map_file, *build_id, *package_metadata, *dependency_file, *reproduce, *color;
    ld_strings why_live;
    uint64_t threads;           /* 0: all */
    uint64_t optimize;          /* -O */
    const char *plugin;
    ld_strings plugin_opts;
    uint64_t error_limit;
    const char *output_format;  /* --oformat */
    bool flat_binary;           /* ... binary: contents by load address, nothing else */
    bool force_large_output, check_sections_off, gc_print;
    bool print_output_format, print_sysroot;
    bool print_help, print_version, version_and_go_on, print_emulations, print_memory_usage;
    bool print_script;
    struct ld_pe_options pe;
    struct ld_elf_options elf;
};

/* Fills ld->opt from the arguments (after @FILE expansion). False: diagnosed. */
bool ld_parse_options(struct ld *ld, int argc, char **argv);
void ld_free_options(struct ld_options *o);
/* The text of --help on standard output. */
void ld_print_help(void);

#endif
