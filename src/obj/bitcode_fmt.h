/* bitcode_fmt.h - the parts of LLVM's bitcode container that hold symbols. No code.

   Sources: LLVM's "Bitcode File Format"; the layout of the symbol table is that of
   llvm/Object/IRSymtab.h, namespace storage: little-endian 32-bit words. */
#ifndef OBJKIT_OBJ_BITCODE_FMT_H
#define OBJKIT_OBJ_BITCODE_FMT_H

/* Wrapper (Darwin): magic 0x0B17C0DE, version, offset, size, cputype. */
enum { BC_WRAPPER_SIZE = 20, BC_WRAPPER_OFFSET = 8, BC_WRAPPER_LEN = 12 };

/* Abbreviation ids that every block has. */
enum { BC_END_BLOCK = 0, BC_ENTER_SUBBLOCK = 1, BC_DEFINE_ABBREV = 2, BC_UNABBREV_RECORD = 3 };
/* Encodings of an abbreviation's operands. */
enum { BC_FIXED = 1, BC_VBR = 2, BC_ARRAY = 3, BC_CHAR6 = 4, BC_BLOB = 5 };
/* Top-level blocks, and records in them. */
enum { BC_MODULE_BLOCK = 8, BC_MODULE_VERSION = 1, BC_MODULE_GLOBALVAR = 7 };
enum { BC_STRTAB_BLOCK = 23, BC_SYMTAB_BLOCK = 25 };
enum { BC_STRTAB_BLOB = 1, BC_SYMTAB_BLOB = 1 };

/* Symbol table header: word offsets. A string or range is two words: offset, size. Strings lie in the
   STRTAB blob, ranges in the table itself. */
enum {
    IRSYM_VERSION = 0,
    IRSYM_MODULES = 12,
    IRSYM_SYMBOLS = 28,
    IRSYM_UNCOMMONS = 36,
    IRSYM_TRIPLE = 44,
    IRSYM_HEADER_SIZE = 60, /* up to the source file name; later fields are not needed */
    IRSYM_MIN_VERSION = 1,
    IRSYM_MAX_VERSION = 3,
    IRSYM_SYMBOL_SIZE = 24,
    IRSYM_SYMBOL_IR_NAME = 8, /* without the underscore of Darwin */
    IRSYM_SYMBOL_FLAGS = 20,
    IRSYM_UNCOMMON_SIZE = 24,
    IRSYM_MODULE_SIZE = 12
};

/* Symbol flags: visibility in the low two bits, then one bit each. */
enum {
    IRSYM_HAS_UNCOMMON = 1 << 2,
    IRSYM_UNDEFINED = 1 << 3,
    IRSYM_WEAK = 1 << 4,
    IRSYM_COMMON = 1 << 5,
    IRSYM_INDIRECT = 1 << 6,
    IRSYM_TLS = 1 << 8,
    IRSYM_GLOBAL = 1 << 10,
    IRSYM_FORMAT_SPECIFIC = 1 << 11,
    IRSYM_EXECUTABLE = 1 << 13 /* bit 12: unnamed_addr */
};

#endif
