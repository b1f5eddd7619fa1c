/* obj.h - opening object files: detect, then the format's reader. The public face of the layer.

   Errors: functions that return bool have reported through obj->diag when they return false.
   Ownership: an object, and all it points to, lives until obj_close; names and contents borrow from
   the bytes it was opened on. Threads: distinct objects are independent. */
#ifndef OBJKIT_OBJ_OBJ_H
#define OBJKIT_OBJ_OBJ_H

#include "obj/model.h"

/* ---- detect: pure and total --------------------------------------------------------------------- */

/* Runs the probes of formats.def in order. Never fails: OBJ_UNKNOWN, OBJ_EMPTY and OBJ_TEXT are
   answers. A damaged file keeps its format; the reader then says what is wrong with it. */
enum obj_format obj_detect(struct view v);

/* Short name ("elf", "coff", "ar") and description ("ELF object") of a format. */
const char *obj_format_name(enum obj_format f);
const char *obj_format_text(enum obj_format f);

/* Is F a format whose contents obj_open can read? */
bool obj_format_readable(enum obj_format f);

/* ---- machines ------------------------------------------------------------------------------- */

struct machine_info {
    const char *name;         /* "x86-64" */
    int32_t elf, coff, macho; /* the format's number, -1: none */
    uint8_t word_bits;        /* 0: both */
    bool linkable;
};
const struct machine_info *machine_info(enum machine m);
enum machine machine_from_elf(uint32_t e_machine);
enum machine machine_from_coff(uint32_t machine);
enum machine machine_from_macho(uint32_t cputype);
/* Mach-O architecture name as in lipo and -arch ("x86_64", "arm64e"), or NULL if it has none. */
const char *macho_arch_name(uint32_t cputype, uint32_t cpusubtype);
bool macho_arch_known(const char *name);
/* The same of a Mach-O file by its header; NULL if it has no name. */
const char *macho_file_arch(struct view file);

/* ---- objects ------------------------------------------------------------------------------- */

enum { LOADED_SYMBOLS = 1, LOADED_DYNSYMS = 2, LOADED_IMPORTS = 4, LOADED_EXPORTS = 8 };

/* Opens BYTES: headers and sections. *OBJ is initialised whatever the result, and obj_close may be
   called on it. False with a diagnostic in D if it is no readable object ("file format not
   recognized" for a format without reader). */
bool obj_open(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d);
void obj_close(struct object *obj);

/* The same with everything in A, which outlives the object and is not freed by obj_close: for loops
   over many small members, which reset one arena between them. */
bool obj_open_in(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                 struct arena *a);

/* obj_open_in for a linker that knows early which COMDATs lose. ELECTOR is asked while the headers are read;
   sections of lost COMDATs, and what is associated with them, are left out of the model: section numbers are not the
   file's, then. One section, obj->lost_sec, stands for all of them, and one local symbol in it for their local
   symbols (ELF: these stay, and lie in it). ELF objects lose their relocation sections and section groups as well.
   Formats whose readers know nothing of electors ask nothing. */
bool obj_open_electing(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                       struct arena *a, struct comdat_elector *elector);

/* A linker has what it wants of symbols and names, those parts that many files share. What an elector read elsewhere
   (comdat_elector.read) is not needed any more: names that lie there become the same bytes of the file. Returns what
   of the file few will look at again, for it to be given back: the headers, then, and what is behind them was never
   looked at or will be again; else all of it. Of formats whose names stay where they are, nothing. */
struct view obj_leave_tables(struct object *obj);

/* COFF, gas's naming: so many bytes come before "f" in NAME, that of a section that unwinds .text$f (.xdata$f,
   .pdata$f, .eh_frame$f); 0: another section's. Source: spec pe-ld 2.4, "mingw rule". */
size_t obj_unwind_prefix(struct str name);

/* COFF for x86-64: are sections TEXT + 1 and TEXT + 2 the unwind data of the function in section TEXT, that is, does
   each entry of the latter name TEXT twice and the former once? Looks at relocations, not at names. */
bool obj_is_unwound(const struct object *obj, uint32_t text);

/* The file's number of section SEC, for messages; 0: of the section of what is left out. */
uint32_t obj_section_number(const struct object *obj, uint32_t sec);

/* The name of the section that SYM is in, in the model or left out; "?" if it is in none. */
struct str obj_file_section_name(const struct object *obj, const struct symbol *sym);

/* obj_open_in for commands that ask an image for its imports and exports only: names of sections may
   stay as they are stored ("/4"), so that a string table far away in the file is not touched. */
bool obj_open_tables(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                     struct arena *a);

/* The same when only the first bytes of the file are there, HEAD, and SRC has the others. For formats
   that obj_has_source names: their readers fetch what imports and exports need; symbols, relocations
   and section contents cannot be had from such an object. */
bool obj_open_source(struct object *obj, struct view head, struct obj_source *src,
                     const struct origin *origin, struct diag *d, struct arena *a);
static inline bool obj_has_source(enum obj_format f) { return f == OBJ_PE; }

/* Each runs once; later calls give the first result. */
bool obj_load_symbols(struct object *obj);
bool obj_load_dynsyms(struct object *obj);
bool obj_load_imports(struct object *obj);
bool obj_load_exports(struct object *obj);

/* Section contents, decompressed if need be into the object's arena (cached by the caller). SEC_NOBITS
   gives an empty view. False with a diagnostic if the compressed stream is damaged or over a limit. */
bool obj_section_data(struct object *obj, uint32_t sec, struct view *out);

/* A compressed section's contents into OUT, of LEN bytes, which is what obj_section_size said. NULL, or why it cannot
   be. Changes nothing of the object: for several threads at once. */
const char *obj_section_inflate(const struct object *obj, uint32_t sec, uint8_t *out, uint64_t len);

/* Size that obj_section_data would give, without inflating. */
bool obj_section_size(struct object *obj, uint32_t sec, uint64_t *out);
/* log2 of the alignment of its contents; a compressed section's own header has that of the compressed ones. */
uint8_t obj_section_align(const struct object *obj, uint32_t sec);

/* The nm letter: upper case global, lower case local. Source: spec ar-nm, 4.3. */
char obj_symbol_letter(const struct object *obj, const struct symbol *sym);

/* Must ar's index name SYM? Source: spec ar-nm, section 2. */
bool obj_symbol_in_armap(const struct object *obj, const struct symbol *sym);

/* The same for a whole ELF object, reading only the tables it takes. SRC: the object; what it fetches
   may go to A. Appends to NAMES, each with its NUL, in the object's order, and fills *OUT. False, with
   NAMES as it was and nothing reported: not so simple an object; open it in full. */
struct obj_index {
    enum machine machine;
    bool big_endian, is64;
    uint32_t n_names;
};
bool elf_index_names(struct obj_source *src, struct arena *a, struct obj_index *out, struct buf *names);

/* ---- how listings show symbols (obj_symview.c) ------------------------------------------------------ */

/* Is SYM shown only when debugging symbols are asked for: file names, stabs, ELF section symbols? */
bool obj_symbol_is_debugging(const struct object *obj, const struct symbol *sym);

/* Is SYM really exported: in the dynamic table, or visible enough to get there? */
bool obj_symbol_is_exported(const struct object *obj, const struct symbol *sym);

/* Do this object's symbols have sizes (symbol.size means something)? */
bool obj_has_symbol_sizes(const struct object *obj);

/* Do they have addresses? Compiler intermediate code has none: its values are 0. */
bool obj_has_addresses(const struct object *obj);

/* The first symbol that is one: ELF's symbol 0 is null by definition. */
uint32_t obj_first_symbol(const struct object *obj);

/* Hexadecimal digits of an address in listings: 8 or 16. */
unsigned obj_address_digits(const struct object *obj);

/* Where SYM is: the section's name, or *UND*, *ABS*, *COM*, *IND*, *DBG*. */
struct str obj_symbol_section_name(const struct object *obj, const struct symbol *sym);

/* What SYM is in the format's own words: FUNC, OBJECT (ELF), Function, None (COFF), FUN, SO (stabs). */
const char *obj_symbol_type_name(const struct object *obj, const struct symbol *sym, char buf[32]);

/* The dynamic symbols; for formats whose exports and imports are tables of their own (PE), symbols
   made of them: exports "name", "#ordinal" or, forwarded, "name -> dll.name" (SEC_INDIRECT); imports
   "name@DLL" or "#ordinal@DLL", undefined. EC: of ARM64X images, what the ARM64EC code exports and imports
   instead of the native code. In obj->dynsyms, as obj_load_dynsyms. */
bool obj_load_dynamic_view(struct object *obj, bool ec);

/* Symbols for the entries of the procedure linkage table: "puts@plt", valued where the stub is. The
   array is in the object's arena. None for formats and machines without: *N is 0. */
bool obj_load_synthetic(struct object *obj, struct symbol **out, uint32_t *n);

/* The name GNU tools print for the format: "elf64-x86-64", "pei-x86-64". */
const char *obj_target_name(const struct object *obj);

/* Do C names carry a leading underscore in this object (Mach-O, i386 COFF)? */
bool obj_leading_underscore(const struct object *obj);

/* The address that nm prints for SYM: what the file's own tools call its value. Commons: the size. */
uint64_t obj_symbol_address(const struct object *obj, const struct symbol *sym);

/* ---- Mach-O details that nm shows (nm -m, nm -x, nm -a) ------------------------------------------------ */

/* SYM's record as stored. False if OBJ is no Mach-O. */
struct macho_nlist {
    uint64_t value;
    uint32_t strx;
    uint16_t desc;
    uint8_t type, sect;
};
bool macho_nlist(const struct object *obj, const struct symbol *sym, struct macho_nlist *out);

/* A SEC_INDIRECT symbol is another name for this one. */
bool macho_indirect_name(const struct object *obj, const struct symbol *sym, struct str *out);

/* The type column of a stab without its "N_" ("FUN", "OSO"), or NULL. */
const char *macho_stab_name(uint8_t n_type);

/* What `nm -m` prints between value and name: "(__TEXT,__text) weak external [no dead strip] ", and
   behind the name: " (from libSystem)", " (for _other)", or nothing. */
void macho_describe(const struct object *obj, const struct symbol *sym, struct buf *b);
void macho_describe_after(struct object *obj, const struct symbol *sym, struct buf *b);

/* How many bytes the Mach-O that V begins with takes, by its load commands; 0 if they are damaged or place
   anything beyond V. */
uint64_t macho_extent(struct view v);

/* ---- compiler intermediate code -------------------------------------------------------------------- */

/* Is it a slim LTO object: sections .gnu.lto_* and the symbol __gnu_lto_slim? Symbols of such an
   object are read from .gnu.lto_.symtab.* without any plugin (SYMF_LTO). */
bool obj_is_slim_lto(const struct object *obj);

/* ---- universal (fat) Mach-O: slices -------------------------------------------------------------------- */

struct fat_slice {
    uint32_t cputype, cpusubtype;
    uint64_t off;
    struct view bytes;
    uint8_t align_p2;
    const char *arch;  /* name, or a number in the arena */
};
/* The name that a universal file has for this machine. */
const char *obj_host_arch(void);

/* Slices of a universal file, in file order, in A. Overlapping or outside slices are errors. */
bool fat_read(struct view bytes, struct arena *a, struct diag *d, struct fat_slice **out, uint32_t *n);

#endif
