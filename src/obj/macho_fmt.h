/* macho_fmt.h - Mach-O: field offsets and constants. No code.

   A Mach-O file is a header, load commands, and the data that the commands point to. Every command
   starts with its number and its size; segments carry their sections inside the command. All fields
   have the file's own byte order, except universal headers and code signatures (always big-endian).

   Sources: <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h>, <mach-o/fat.h>,
   <mach-o/fixup-chains.h> of Apple's cctools and dyld. */
#ifndef OBJKIT_OBJ_MACHO_FMT_H
#define OBJKIT_OBJ_MACHO_FMT_H

/* ---- header: magic, cputype, cpusubtype, filetype, ncmds, sizeofcmds, flags[, reserved] ---------- */

#define MH_MAGIC 0xfeedfaceu
#define MH_MAGIC_64 0xfeedfacfu
#define MH_HEADER_SIZE 28u
#define MH_HEADER_SIZE_64 32u

enum {
    MH_OBJECT = 1,
    MH_EXECUTE = 2,
    MH_FVMLIB = 3,
    MH_CORE = 4,
    MH_PRELOAD = 5,
    MH_DYLIB = 6,
    MH_DYLINKER = 7,
    MH_BUNDLE = 8,
    MH_DYLIB_STUB = 9,
    MH_DSYM = 10,
    MH_KEXT_BUNDLE = 11,
    MH_FILESET = 12
};

#define MH_TWOLEVEL 0x80u
#define MH_SUBSECTIONS_VIA_SYMBOLS 0x2000u

#define CPU_ARCH_ABI64 0x01000000u
#define CPU_ARCH_ABI64_32 0x02000000u
#define CPU_SUBTYPE_MASK 0x00ffffffu /* the rest are capability bits */
enum {
    CPU_MC680X0 = 6,
    CPU_I386 = 7,
    CPU_HPPA = 11,
    CPU_ARM = 12,
    CPU_MC88000 = 13,
    CPU_SPARC = 14,
    CPU_I860 = 15,
    CPU_POWERPC = 18,
    CPU_X86_64 = (int)CPU_ARCH_ABI64 | CPU_I386,
    CPU_ARM64 = (int)CPU_ARCH_ABI64 | CPU_ARM,
    CPU_ARM64_32 = (int)CPU_ARCH_ABI64_32 | CPU_ARM,
    CPU_POWERPC64 = (int)CPU_ARCH_ABI64 | CPU_POWERPC
};

/* ---- load commands ----------------------------------------------------------------------------- */

#define LC_SIZE_MIN 8u
#define LC_REQ_DYLD 0x80000000u
#define LC_SEGMENT 0x1u
#define LC_SYMTAB 0x2u
#define LC_SYMSEG 0x3u
#define LC_THREAD 0x4u
#define LC_UNIXTHREAD 0x5u
#define LC_LOADFVMLIB 0x6u
#define LC_DYSYMTAB 0xbu
#define LC_LOAD_DYLIB 0xcu
#define LC_ID_DYLIB 0xdu
#define LC_LOAD_DYLINKER 0xeu
#define LC_ID_DYLINKER 0xfu
#define LC_TWOLEVEL_HINTS 0x16u
#define LC_LOAD_WEAK_DYLIB 0x80000018u
#define LC_SEGMENT_64 0x19u
#define LC_RPATH 0x8000001cu
#define LC_CODE_SIGNATURE 0x1du
#define LC_SEGMENT_SPLIT_INFO 0x1eu
#define LC_REEXPORT_DYLIB 0x8000001fu
#define LC_LAZY_LOAD_DYLIB 0x20u
#define LC_ENCRYPTION_INFO 0x21u
#define LC_DYLD_INFO 0x22u
#define LC_DYLD_INFO_ONLY 0x80000022u
#define LC_LOAD_UPWARD_DYLIB 0x80000023u
#define LC_FUNCTION_STARTS 0x26u
#define LC_MAIN 0x80000028u
#define LC_DATA_IN_CODE 0x29u
#define LC_DYLIB_CODE_SIGN_DRS 0x2bu
#define LC_ENCRYPTION_INFO_64 0x2cu
#define LC_LINKER_OPTIMIZATION_HINT 0x2eu
#define LC_NOTE 0x31u
#define LC_ATOM_INFO 0x36u
#define LC_FUNCTION_VARIANTS 0x37u
#define LC_FUNCTION_VARIANT_FIXUPS 0x38u
#define LC_DYLD_EXPORTS_TRIE 0x80000033u
#define LC_DYLD_CHAINED_FIXUPS 0x80000034u

/* segment_command: cmd, cmdsize, segname[16], vmaddr, vmsize, fileoff, filesize, maxprot, initprot,
   nsects, flags; then nsects sections: sectname[16], segname[16], addr, size, offset, align, reloff,
   nreloc, flags, reserved1, reserved2[, reserved3]. */
#define SEGMENT_SIZE 56u
#define SEGMENT_SIZE_64 72u
#define SECTION_SIZE 68u
#define SECTION_SIZE_64 80u
#define VM_PROT_WRITE 2u
#define VM_PROT_EXECUTE 4u

#define SECTION_TYPE 0xffu
enum {
    S_REGULAR = 0,
    S_ZEROFILL = 1,
    S_CSTRING_LITERALS = 2,
    S_4BYTE_LITERALS = 3,
    S_8BYTE_LITERALS = 4,
    S_LITERAL_POINTERS = 5,
    S_SYMBOL_STUBS = 8,
    S_GB_ZEROFILL = 0xc,
    S_16BYTE_LITERALS = 0xe,
    S_THREAD_LOCAL_REGULAR = 0x11,
    S_THREAD_LOCAL_ZEROFILL = 0x12
};
#define S_ATTR_PURE_INSTRUCTIONS 0x80000000u
#define S_ATTR_NO_DEAD_STRIP 0x10000000u
#define S_ATTR_DEBUG 0x02000000u
#define S_ATTR_SOME_INSTRUCTIONS 0x00000400u

/* dylib_command: cmd, cmdsize, name offset, timestamp, current version, compatibility version. The
   newer dylib_use_command has a marker for the timestamp and flags behind the versions. */
#define DYLIB_COMMAND_SIZE 24u
#define DYLIB_USE_MARKER 0x1a741800u
#define DYLIB_USE_WEAK 1u
#define DYLIB_USE_REEXPORT 2u
#define DYLIB_USE_UPWARD 4u
#define DYLIB_USE_DELAYED 8u

/* dyld_info_command: cmd, cmdsize, then (offset, size) of these five. */
#define DYLD_INFO_REBASE 8u
#define DYLD_INFO_BIND 16u
#define DYLD_INFO_WEAK_BIND 24u
#define DYLD_INFO_LAZY_BIND 32u
#define DYLD_INFO_EXPORT 40u
#define DYLD_INFO_SIZE 48u

/* ---- symbols: n_strx (4), n_type, n_sect, n_desc (2), n_value (4 or 8) ------------------------------- */

#define NLIST_SIZE 12u
#define NLIST_SIZE_64 16u
#define N_STAB 0xe0u
#define N_PEXT 0x10u
#define N_TYPE 0x0eu
#define N_EXT 0x01u
#define N_UNDF 0x0u
#define N_ABS 0x2u
#define N_INDR 0xau
#define N_PBUD 0xcu
#define N_SECT 0xeu

#define N_ARM_THUMB_DEF 0x0008u
#define REFERENCED_DYNAMICALLY 0x0010u
#define N_NO_DEAD_STRIP 0x0020u
#define N_REFERENCE_TYPE 0x0007u /* of an undefined symbol */
#define N_UNDEFINED_LAZY 1u
#define N_WEAK_REF 0x0040u
#define N_WEAK_DEF 0x0080u /* of an undefined symbol: N_REF_TO_WEAK */
#define N_SYMBOL_RESOLVER 0x0100u
#define N_ALT_ENTRY 0x0200u
#define N_COLD_FUNC 0x0400u
#define N_DESC_ORDINAL(desc) ((desc) >> 8 & 0xff)
#define N_DESC_COMMON_ALIGN(desc) ((desc) >> 8 & 0xf)
#define ORDINAL_SELF 0u
#define ORDINAL_DYNAMIC_LOOKUP 0xfeu
#define ORDINAL_EXECUTABLE 0xffu

/* ---- relocations: 8 bytes. Plain: address; then symbol 24, pcrel 1, length 2, extern 1, type 4 in
   bit-field order (so from the low end in little-endian files, from the high end in big-endian).
   Scattered (not on 64-bit machines): R_SCATTERED, pcrel 1, length 2, type 4, address 24; value. ------- */

#define RELOC_SIZE 8u
#define R_SCATTERED 0x80000000u

/* ---- bind opcodes (dyld_info) --------------------------------------------------------------------- */

#define BIND_OPCODE_MASK 0xf0u
#define BIND_IMMEDIATE_MASK 0x0fu
enum {
    BIND_DONE = 0x00,
    BIND_SET_ORDINAL_IMM = 0x10,
    BIND_SET_ORDINAL_ULEB = 0x20,
    BIND_SET_ORDINAL_SPECIAL_IMM = 0x30,
    BIND_SET_SYMBOL = 0x40,
    BIND_SET_TYPE_IMM = 0x50,
    BIND_SET_ADDEND_SLEB = 0x60,
    BIND_SET_SEGMENT_AND_OFFSET = 0x70,
    BIND_ADD_ADDR_ULEB = 0x80,
    BIND_DO = 0x90,
    BIND_DO_ADD_ADDR_ULEB = 0xa0,
    BIND_DO_ADD_ADDR_IMM_SCALED = 0xb0,
    BIND_DO_TIMES_SKIPPING = 0xc0,
    BIND_THREADED = 0xd0
};
#define BIND_SYMBOL_WEAK_IMPORT 0x1u
#define BIND_SYMBOL_NON_WEAK_DEFINITION 0x8u
#define BIND_THREADED_SET_TABLE_SIZE 0u
#define BIND_THREADED_APPLY 1u

/* ---- export trie ----------------------------------------------------------------------------------- */

#define EXPORT_KIND_MASK 0x3u
#define EXPORT_KIND_THREAD_LOCAL 0x1u
#define EXPORT_KIND_ABSOLUTE 0x2u
#define EXPORT_WEAK_DEFINITION 0x4u
#define EXPORT_REEXPORT 0x8u
#define EXPORT_STUB_AND_RESOLVER 0x10u

/* ---- chained fixups ----------------------------------------------------------------------------------
   Header: fixups_version, starts_offset, imports_offset, symbols_offset, imports_count,
   imports_format, symbols_format. Starts in image: seg_count, seg_count offsets from there (0: none).
   Starts in segment: size (4), page_size (2), pointer_format (2), segment_offset (8),
   max_valid_pointer (4), page_count (2), page_count starts (2 each). */
#define CHAINED_HEADER_SIZE 28u
#define CHAINED_SEGMENT_SIZE 22u
#define CHAINED_START_NONE 0xffffu
#define CHAINED_START_MULTI 0x8000u
#define CHAINED_START_LAST 0x8000u
enum { CHAINED_IMPORT = 1, CHAINED_IMPORT_ADDEND = 2, CHAINED_IMPORT_ADDEND64 = 3 };
enum { CHAINED_SYMBOLS_PLAIN = 0, CHAINED_SYMBOLS_ZLIB = 1 }; /* symbols_format */
enum {
    CHAINED_PTR_ARM64E = 1,
    CHAINED_PTR_64 = 2,
    CHAINED_PTR_32 = 3,
    CHAINED_PTR_32_CACHE = 4,
    CHAINED_PTR_32_FIRMWARE = 5,
    CHAINED_PTR_64_OFFSET = 6,
    CHAINED_PTR_ARM64E_KERNEL = 7,
    CHAINED_PTR_64_KERNEL_CACHE = 8,
    CHAINED_PTR_ARM64E_USERLAND = 9,
    CHAINED_PTR_ARM64E_FIRMWARE = 10,
    CHAINED_PTR_X86_64_KERNEL_CACHE = 11,
    CHAINED_PTR_ARM64E_USERLAND24 = 12,
    CHAINED_PTR_ARM64E_SHARED_CACHE = 13,
    CHAINED_PTR_ARM64E_SEGMENTED = 14
};

/* ---- universal files: big-endian. Header: magic, nfat_arch. Then per slice cputype, cpusubtype,
   offset, size, align (20 bytes); with 64-bit offset and size and a reserved word in the second form. */
#define FAT_MAGIC 0xcafebabeu
#define FAT_MAGIC_64 0xcafebabfu
#define FAT_HEADER_SIZE 8u
#define FAT_ARCH_SIZE 20u
#define FAT_ARCH_SIZE_64 32u

#endif
