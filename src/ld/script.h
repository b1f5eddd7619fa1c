/* script.h - linker scripts as data: what the parser makes and the layout engine walks.

   The parser knows no output format; expressions are evaluated through struct script_env, which the
   layout provides. Everything lives in the arena given to script_parse, names borrow from the text.
   Language: GNU ld manual, chapter 3. */
#ifndef OBJKIT_LD_SCRIPT_H
#define OBJKIT_LD_SCRIPT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"
#include "ld/verscript.h"

struct script;

/* ---- expressions --------------------------------------------------------------------------------- */

enum sx_op {
    SX_NUM, SX_SYM, SX_DOT,
    SX_NEG, SX_NOT, SX_COMPL,
    SX_ADD, SX_SUB, SX_MUL, SX_DIV, SX_MOD, SX_SHL, SX_SHR, SX_AND, SX_OR, SX_XOR,
    SX_LT, SX_GT, SX_LE, SX_GE, SX_EQ, SX_NE, SX_ANDAND, SX_OROR, SX_COND,
    SX_ABSOLUTE, SX_ALIGN1, SX_ALIGN2, SX_MAX, SX_MIN, SX_LOG2CEIL, SX_NEXT,
    SX_ADDR, SX_LOADADDR, SX_SIZEOF, SX_ALIGNOF, SX_DEFINED, SX_CONSTANT, SX_ORIGIN, SX_LENGTH,
    SX_SEGMENT_START, SX_SIZEOF_HEADERS, SX_DATA_SEGMENT_ALIGN, SX_DATA_SEGMENT_END,
    SX_DATA_SEGMENT_RELRO_END, SX_ASSERT
};

struct sx {
    uint8_t op;
    uint64_t pos;        /* in the text of `script`, for messages */
    uint64_t num;        /* SX_NUM */
    struct str name;     /* symbol, section, region, constant, message of ASSERT */
    const struct sx *a, *b, *c;
    const struct script *script;
};

/* A value: a plain number, an absolute address, or a place in section SEC (the engine's own handle). */
struct sx_value {
    uint64_t v;       /* the absolute value, section address included */
    const void *sec;  /* NULL: a plain number or an absolute address */
    uint64_t base;    /* address of SEC, else 0 */
    bool number;      /* a plain number: given to something inside an output section it counts from its start */
};

enum sx_query { SX_Q_ADDR, SX_Q_LOADADDR, SX_Q_SIZE, SX_Q_ALIGN };

/* What the layout answers. Each returns false after a diagnostic, or silently where noted. */
struct script_env {
    void *ctx;
    struct diag *d;
    struct sx_value dot;
    bool has_dot;
    bool of_dot;              /* set where the value at hand is made of '.' or the like, and of no other section */
    const void *cur_sec;      /* section being laid out: plain numbers count from its start */
    uint64_t cur_sec_addr;
    bool (*symbol)(void *ctx, struct str name, struct sx_value *v); /* silent */
    /* DEFINED: before the statement at hand. NULL: where symbol answers. */
    bool (*defined)(void *ctx, struct str name);
    bool (*section)(void *ctx, struct str name, enum sx_query what,
                    struct sx_value *v); /* silent */
    bool (*region)(void *ctx, struct str name, uint64_t *origin, uint64_t *length); /* silent */
    bool (*segment_start)(void *ctx, struct str name, uint64_t *v); /* silent: use the default */
    uint64_t headers_size, max_page, common_page;
    bool seen_headers;        /* set by SIZEOF_HEADERS */
    /* DATA_SEGMENT_*: where the relro part begins must be moved so that it ends on a page. */
    bool relro;               /* wanted; else RELRO_END says nothing */
    uint64_t relro_size;      /* bytes between DATA_SEGMENT_ALIGN and RELRO_END, from the pass before */
    uint64_t data_align_base; /* set by DATA_SEGMENT_ALIGN */
    uint64_t relro_end;       /* set by DATA_SEGMENT_RELRO_END */
    uint64_t relro_used;      /* ... and what it would be without alignment */
    bool seen_relro_end;
    uint64_t data_common, data_end; /* of DATA_SEGMENT_ALIGN; set by DATA_SEGMENT_END */
    bool seen_data_end;
    bool data_adjust;         /* a page can be saved: from the pass before */
    bool quiet;               /* a first pass: undefined symbols are zero, ASSERT holds */
};

/* Evaluates E. False after a diagnostic ("symbol not defined", "division by zero"). */
bool sx_eval(struct script_env *env, const struct sx *e, struct sx_value *out);

/* ---- statements ---------------------------------------------------------------------------------- */

enum sort_kind { SORT_NONE, SORT_NAME, SORT_ALIGNMENT, SORT_INIT_PRIORITY, SORT_DISABLED };

struct sc_pattern {          /* one section pattern: name plus what to leave out and how to sort */
    struct str name;
    enum sort_kind sort, sort2;
    bool reverse;
    struct str *exclude;     /* EXCLUDE_FILE patterns */
    uint32_t n_exclude;
};

struct sc_input {            /* [KEEP(] file(sections...) [)] */
    struct str file;         /* pattern; "archive:member" */
    enum sort_kind file_sort;
    struct str *exclude;     /* EXCLUDE_FILE before the file pattern */
    uint32_t n_exclude;
    bool keep;
    bool all_sections;       /* a bare file name: every section of it */
    uint32_t with_flags, without_flags; /* INPUT_SECTION_FLAGS */
    struct sc_pattern *patterns;
    uint32_t n_patterns;
};

enum sc_kind {
    SC_ASSIGN, SC_ASSERT, SC_OUTPUT, SC_INPUT, SC_DATA, SC_FILL, SC_ENTRY, SC_OVERLAY, SC_INSERT,
    SC_CONSTRUCTORS, SC_OBJECT_SYMBOLS, SC_ASCIZ
};

enum sc_provide { SC_PLAIN, SC_PROVIDE, SC_PROVIDE_HIDDEN, SC_HIDDEN };
enum sc_constraint { SC_ANY, SC_ONLY_IF_RO, SC_ONLY_IF_RW };
enum sc_sec_type { SC_TYPE_NORMAL, SC_NOLOAD, SC_NOALLOC /* DSECT, COPY, INFO, OVERLAY */, SC_READONLY,
                   SC_TYPE_NUMBER, SC_READONLY_NUMBER };

struct sc_stmt;
struct sc_list {
    struct sc_stmt *first, **last;
};

struct sc_output {           /* an output section description */
    struct str name;
    const struct sx *addr, *at, *align, *subalign, *type_num;
    bool align_with_input;
    enum sc_sec_type type;
    enum sc_constraint constraint;
    bool left_out;           /* by the constraint: decided once the inputs are known */
    struct str region, lma_region;
    struct str *phdrs;
    uint32_t n_phdrs;
    const struct sx *fill;
    struct str fill_bytes;   /* =0x90909090 given as long hex: bytes, big-endian */
    struct sc_list body;
    bool discard;            /* /DISCARD/ */
};

struct sc_overlay {
    const struct sx *addr, *at;
    bool nocrossrefs;
    struct str region, lma_region;
    struct sc_list sections; /* SC_OUTPUT */
};

struct sc_stmt {
    struct sc_stmt *next;
    uint8_t kind;            /* enum sc_kind */
    uint64_t pos;
    const struct script *script;
    bool in_sections;        /* written inside SECTIONS: '.' is the location counter */
    union {
        struct {
            struct str name; /* "." too */
            const struct sx *value;
            enum sc_provide provide;
            int op;          /* '=' or LEX_SET_*; already folded into value */
        } assign;
        struct sc_output out;
        struct sc_input in;
        struct { uint8_t width; bool is_signed; const struct sx *value; } data;
        struct { const struct sx *value; struct str bytes; } fill;
        const struct sx *expr;  /* ASSERT */
        struct sc_overlay overlay;
        struct { struct str where; bool before; } insert;
        struct str text;        /* SC_ENTRY, ASCIZ */
    };
};

struct sc_region {
    struct str name;
    const struct sx *origin, *length;
    uint32_t attrs, not_attrs; /* bits of "rwxal" */
    bool undeclared;           /* MEMORY does not have it */
};
enum { SC_ATTR_R = 1, SC_ATTR_W = 2, SC_ATTR_X = 4, SC_ATTR_A = 8, SC_ATTR_L = 16 };

struct sc_phdr {
    struct str name;
    const struct sx *type;
    bool filehdr, phdrs;
    const struct sx *at, *flags;
};

/* SC_FILE_DESCRIBED: an input description names it; it is read unless it is an input anyway. */
enum sc_file_kind { SC_FILE_INPUT, SC_FILE_GROUP_START, SC_FILE_GROUP_END, SC_FILE_DESCRIBED };
struct sc_file {
    enum sc_file_kind kind;
    struct str name;        /* "-lc" too */
    bool as_needed;
    bool binary;            /* after TARGET(binary): its bytes are data */
};

/* Output sections nocrossrefs[first, first + n) must not refer to each other; TO_FIRST: the others not to the
   first. */
struct sc_nocross {
    size_t first;
    uint32_t n;
    bool to_first;
};

struct script {
    struct view text;
    const char *path;
    struct arena *arena;
    struct sc_list stmts;    /* in order: assignments, output sections, INSERT */
    bool has_sections;       /* a SECTIONS command */
    bool has_insert;         /* INSERT: the script adds to the default layout, it does not replace it */
    VEC(struct sc_region) regions;
    VEC(struct sc_phdr) phdrs;
    bool has_phdrs;
    VEC(struct sc_file) files;      /* INPUT, GROUP, AS_NEEDED */
    VEC(struct str) search_dirs, externs, region_aliases; /* aliases: pairs */
    VEC(struct str) nocrossrefs;    /* names of all lists */
    VEC(struct sc_nocross) nocross_lists;
    struct str entry, output, format, arch, startup;
    struct str format_big, format_little;
    struct version_script *versions; /* where VERSION { } goes */
    bool sane_expr;          /* LD_FEATURE: numbers are plain numbers everywhere */
    bool force_common, inhibit_common, force_group_allocation;
    struct script *next;            /* of the link's scripts */
};

/* Finds and reads a file named by INCLUDE; the caller keeps it alive. False if there is none. */
typedef bool (*script_include_fn)(void *ctx, struct str name, struct view *text, const char **path);

/* Parses TEXT into S. VERSIONS may be NULL (VERSION is then an error). False after a diagnostic. */
bool script_parse(struct script *s, struct view text, const char *path, struct arena *a,
                  struct diag *d, struct version_script *versions, script_include_fn include,
                  void *ctx);
/* One expression, for --defsym NAME=EXPR and -Ttext and the like. NULL after a diagnostic. */
const struct sx *script_parse_expr(struct script *s, struct view text, const char *path,
                                   struct arena *a, struct diag *d);
void script_free(struct script *s);

/* Does the pattern of IN select section SEC of FILE ("libx.a:foo.o" is archive and member apart)?
   ARCHIVE is empty for a plain file. Returns the index of the matching sc_pattern or -1. */
int script_input_match(const struct sc_input *in, struct str archive, struct str file, struct str sec);

#endif
