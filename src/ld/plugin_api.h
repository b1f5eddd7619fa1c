/* plugin_api.h - the linker plugin interface (version 1) as GCC's and LLVM's plugins speak it.

   Source: the published description of the interface ("whopr" driver document) and the behaviour of
   the plugins themselves. Only the shapes and numbers are shared with other linkers; numbers are
   the wire format between linker and plugin and never change. */
#ifndef OBJKIT_LD_PLUGIN_API_H
#define OBJKIT_LD_PLUGIN_API_H

#include <stdint.h>
#include <sys/types.h>

enum plugin_status { LDPS_OK, LDPS_NO_SYMS, LDPS_BAD_HANDLE, LDPS_ERR };
enum plugin_output { LDPO_REL, LDPO_EXEC, LDPO_DYN, LDPO_PIE };
enum plugin_level { LDPL_INFO, LDPL_WARNING, LDPL_ERROR, LDPL_FATAL };

/* A file offered to the plugin: bytes [offset, offset+filesize) of fd. */
struct plugin_input_file {
    const char *name;
    int fd;
    off_t offset, filesize;
    void *handle; /* ours: names the file in later calls */
};

enum plugin_symbol_kind { LDPK_DEF, LDPK_WEAKDEF, LDPK_UNDEF, LDPK_WEAKUNDEF, LDPK_COMMON };
enum plugin_visibility { LDPV_DEFAULT, LDPV_PROTECTED, LDPV_INTERNAL, LDPV_HIDDEN };
enum plugin_resolution {
    LDPR_UNKNOWN,
    LDPR_UNDEF,
    LDPR_PREVAILING_DEF,        /* this definition wins, and code outside the plugin's sees it */
    LDPR_PREVAILING_DEF_IRONLY, /* ... only the plugin's code sees it: may be inlined away */
    LDPR_PREEMPTED_REG,         /* an ordinary object's definition wins */
    LDPR_PREEMPTED_IR,          /* another claimed file's wins */
    LDPR_RESOLVED_IR,           /* a reference, to a claimed file's definition */
    LDPR_RESOLVED_EXEC,         /* ... to an ordinary object's */
    LDPR_RESOLVED_DYN,          /* ... to a shared library's */
    LDPR_PREVAILING_DEF_IRONLY_EXP /* wins, only the plugin sees it now, but it is exported */
};

struct plugin_symbol {
    char *name, *version;
    /* Four bytes that were one int in the first version: their order follows the host's. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    char unused, section_kind, symbol_type, def;
#else
    char def, symbol_type, section_kind, unused;
#endif
    int visibility;
    uint64_t size;
    char *comdat_key;
    int resolution;
};

typedef enum plugin_status (*plugin_claim_fn)(const struct plugin_input_file *file, int *claimed);
typedef enum plugin_status (*plugin_event_fn)(void);

enum plugin_tag {
    LDPT_NULL = 0,
    LDPT_API_VERSION = 1,
    LDPT_GOLD_VERSION = 2,
    LDPT_LINKER_OUTPUT = 3,
    LDPT_OPTION = 4,
    LDPT_REGISTER_CLAIM_FILE_HOOK = 5,
    LDPT_REGISTER_ALL_SYMBOLS_READ_HOOK = 6,
    LDPT_REGISTER_CLEANUP_HOOK = 7,
    LDPT_ADD_SYMBOLS = 8,
    LDPT_GET_SYMBOLS = 9,
    LDPT_ADD_INPUT_FILE = 10,
    LDPT_MESSAGE = 11,
    LDPT_GET_INPUT_FILE = 12,
    LDPT_RELEASE_INPUT_FILE = 13,
    LDPT_ADD_INPUT_LIBRARY = 14,
    LDPT_OUTPUT_NAME = 15,
    LDPT_SET_EXTRA_LIBRARY_PATH = 16,
    LDPT_GNU_LD_VERSION = 17,
    LDPT_GET_VIEW = 18,
    LDPT_GET_SYMBOLS_V2 = 25,
    LDPT_GET_SYMBOLS_V3 = 28,
    LDPT_REGISTER_NEW_INPUT_HOOK = 31,
    LDPT_GET_WRAP_SYMBOLS = 32,
    LDPT_ADD_SYMBOLS_V2 = 33
};

/* One element of the transfer vector that onload() gets. */
struct plugin_tv {
    enum plugin_tag tag;
    union {
        int val;
        const char *string;
        void *fn; /* one of the callbacks; the tag says of which type */
    } u;
};

typedef enum plugin_status (*plugin_onload_fn)(struct plugin_tv *tv);

#endif
