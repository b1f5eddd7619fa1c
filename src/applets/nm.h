/* nm.h - what the files of the nm applet share. nm knows no object format: letters, addresses, hidden
   symbols and type names come from obj/.

   nm.c        options, --help
   nm_run.c    files in parallel, output in order
   nm_list.c   one object: which symbols, in which order
   nm_sort.c   the sort
   nm_print.c  the text formats
   nm_json.c   --format=json
   nm_darwin.c -m
   nm_line.c   -l
   nm_size.c   sizes of symbols whose format has none (--size-sort) */
#ifndef OBJKIT_APPLETS_NM_H
#define OBJKIT_APPLETS_NM_H

#include "base/demangle.h"
#include "base/opt.h"
#include "input/input.h"

enum nm_format { NM_BSD, NM_POSIX, NM_SYSV, NM_JUST, NM_JSON, NM_DARWIN };
enum nm_order { NM_BY_NAME, NM_BY_VALUE, NM_BY_SIZE, NM_UNSORTED };
enum nm_set { NM_STATIC, NM_DYNAMIC, NM_EXPORTS };

struct nm_opts {
    const char *prog;
    enum nm_format format;
    enum nm_order order;
    enum nm_set set;
    unsigned radix;       /* 8, 10, 16 */
    unsigned threads;     /* 0: as many as there are */
    unsigned word_bits;   /* -X: 32 or 64 only; 0 both */
    argvec archs;         /* of universal files and Mach-O; none: this machine's if there is one */
    bool all_archs;
    char ifunc[2];        /* letters of global and local indirect functions; 0: the usual */
    const char *seg, *sect; /* Mach-O section to list; NULL: all */
    enum name_style names;  /* of names on standard output */
    enum demangle_style style;
    enum unicode_style unicode;
    bool file_names, many_files, armap, debug_syms, special_syms, demangle, lines, extern_only;
    bool undefined_only, defined_only, no_weak, reverse, print_size, quiet, synthetic, versions;
    struct libdw *libdw;  /* for -l; NULL without */
    bool rva, ec, verbose, hex_nlist, no_bitcode;
};

/* One symbol that is shown. KEY is the sort's, and what it holds afterwards is nobody's business. */
struct nm_item {
    uint64_t key;
    uint32_t sym;
    char letter;
};

struct nm_lines;

/* The symbols of one object in the order they are shown. */
struct nm_list {
    const struct nm_opts *o;
    struct object *obj;
    const struct symbol *syms;
    struct nm_item *items;
    size_t n;
    const uint64_t *sizes;  /* by symbol, where the format has none; else NULL */
    unsigned digits;        /* of an address: 8 or 16 (hexadecimal) */
    bool sizes_shown;       /* the format has symbol sizes (or they were computed) */
    bool strip_underscore;
    bool plain;             /* names that are not demangled may be cut all the same */
    bool dashes;            /* addresses are unknown and shown as dashes (llvm-nm on bitcode) */
    bool versions;          /* names are followed by their versions */
    uint64_t base;          /* added to addresses of images */
    struct str prefix;      /* what -A prints before each symbol */
    struct nm_lines *line_info; /* -l: NULL without debugging information */
};

uint64_t nm_value(const struct nm_list *l, const struct symbol *s);
uint64_t nm_size(const struct nm_list *l, const struct nm_item *it);
static inline bool nm_is_undefined_letter(char c)
{
    return c == 'U' || c == 'w' || c == 'v';
}

/* nm_list.c: lists one object into OUT. The object's problems are in its diag. ARENA is scratch. */
void nm_object(const struct nm_opts *o, const struct input_item *item, struct arena *arena, struct buf *out);

/* nm_sort.c: by key, then by name, then by index. KEYS_SET: keys hold numbers that come first; else
   names alone decide. REVERSE turns the whole order but that of equals. */
void nm_sort(struct nm_item *items, size_t n, const struct symbol *syms, bool keys_set, bool reverse);

/* nm_size.c: sizes as the gap to the next symbol or the section's end, by symbol. */
const uint64_t *nm_gap_sizes(const struct nm_list *l, uint32_t n_syms, struct arena *a);

/* The formats. Each prints all of the list. */
void nm_print_bsd(const struct nm_list *l, struct buf *b);
void nm_print_posix(const struct nm_list *l, struct buf *b);
void nm_print_sysv(const struct nm_list *l, struct buf *b);
void nm_print_just(const struct nm_list *l, struct buf *b);
void nm_print_json(const struct nm_list *l, const struct input_item *item, struct buf *b);
void nm_print_darwin(const struct nm_list *l, struct buf *b);

/* What stands before the symbols of a file or member. */
/* A member's name as GNU's nm shows it: in a thin archive, the path of the file. Lives as long as ITEM. */
struct str nm_member_name(const struct input_item *item);
void nm_print_heading(const struct nm_opts *o, const struct input_item *item, unsigned digits, struct buf *b);
/* -s. GROWN may take bytes out of B: it is called when there are many. */
void nm_print_armap(const struct nm_opts *o, const struct input_item *item, struct buf *b,
                    void (*grown)(void *ctx), void *ctx);

/* Appends a symbol's name as the options ask for it. */
void nm_put_name(const struct nm_list *l, const struct symbol *s, struct buf *b);

/* nm_line.c: source lines. The library that reads them is loaded once; NULL, with a warning, if it
   cannot be. */
struct libdw *nm_libdw_load(struct diag *d);
void nm_libdw_free(struct libdw *dw);
/* Finds the lines of all symbols of the list. NULL if there is no debugging information. */
struct nm_lines *nm_lines_open(const struct nm_list *l, uint32_t n_syms, struct arena *a);
void nm_lines_close(struct nm_lines *l);
/* Appends "\tFILE:LINE" if it is known. */
void nm_put_line(const struct nm_list *l, const struct symbol *s, struct buf *b);
/* The same as parts; false if unknown. */
bool nm_find_line(const struct nm_list *l, const struct symbol *s, struct str *file, unsigned *line);

/* nm_run.c: all files; the exit status. */
int nm_run(struct nm_opts *o, argvec *files, struct diag *d);

#endif
