/* limits.h - every resource cap, with its reason. Source: spec "hardening", section 3.
   Each has a test just under and just over it. */
#ifndef OBJKIT_BASE_LIMITS_H
#define OBJKIT_BASE_LIMITS_H

/* Archive in container in archive; fat in archive; resource directories. Real nesting stops at 4. */
#define LIMIT_NESTING 8

/* libiberty's demangler recurses on its input; names deeper than this are printed mangled. */
#define LIMIT_DEMANGLE_DEPTH 256
#define LIMIT_DEMANGLED_LEN (64u << 10)

/* A reader may spend this much work per input byte plus a constant; a unit is one record visited or
   16 bytes copied. Overlapping tables are charged each time they are walked. */
#define LIMIT_WORK_PER_BYTE 64u
#define LIMIT_WORK_BASE 10000000u

/* zlib cannot expand by more than this; a larger claim is a lie. zstd claims are held to the size. */
#define LIMIT_INFLATE_RATIO 1032u
#define LIMIT_INFLATED_LEN (UINT64_C(4) << 30)

/* An image that asks for more is a mistake or an attack; --force-large-output lifts it. */
#define LIMIT_LD_OUTPUT (UINT64_C(16) << 30)

/* One name in a listing: of a symbol, a library, an archive member. Compilers stop far below. */
#define LIMIT_NAME_LEN (UINT64_C(1) << 20)

/* Names that a reader has to build (export tries share prefixes; real ones expand tenfold at most): with
   the rest this keeps a reading command inside 64 MiB plus four times its input. */
#define LIMIT_BUILT_NAMES_BASE (UINT64_C(16) << 20)
#define LIMIT_BUILT_NAMES_PER_BYTE 2u

/* Diagnostics printed for one input before "N more". */
#define LIMIT_DIAGS 100u

/* @file inside @file. */
#define LIMIT_RESPONSE_DEPTH 16

/* Response files of one command line, each as often as it is named: without these limits a few short ones that
   name each other several times would be words without end. A word may take eight times its bytes. */
#define LIMIT_RESPONSE_FILES 2000u
#define LIMIT_RESPONSE_LEN (UINT64_C(64) << 20)

/* What one container entry may unpack to in memory. */
#define LIMIT_ENTRY_LEN (UINT64_C(2) << 30)

/* What is read from a device: it has no size, and some have no end. */
#define LIMIT_DEVICE_LEN (UINT64_C(64) << 20)

/* What entries of an input file may unpack to: a base and a multiple of the file's size, for one entry
   (memory) and for all together, containers in containers counted again (time). Real ones stay well
   below 64 times their size, bombs do not. */
#define LIMIT_UNPACK_RATIO 64u
#define LIMIT_UNPACK_ENTRY_BASE (UINT64_C(64) << 20)
#define LIMIT_UNPACK_BASE (UINT64_C(512) << 20)

/* Entries of one container: each costs a header even when it holds nothing. */
#define LIMIT_ENTRIES 2000000u

#endif
