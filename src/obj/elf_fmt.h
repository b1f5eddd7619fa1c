/* elf_fmt.h - field offsets and constants of ELF. No code.

   Sources: System V gABI, chapters 4 ("Object Files") and 5 ("Program Loading and Dynamic Linking");
   the GNU additions from the Linux Standard Base, "Object Format"; processor supplements where named.
   Offsets are given for both classes, 32 and 64 bit. */
#ifndef OBJKIT_OBJ_ELF_FMT_H
#define OBJKIT_OBJ_ELF_FMT_H

/* ---- ELF header (gABI 4, "ELF Header") --------------------------------------------------------- */
enum {
    EI_CLASS = 4, EI_DATA = 5, EI_VERSION = 6, EI_OSABI = 7, EI_NIDENT = 16,
    ELFCLASS32 = 1, ELFCLASS64 = 2, ELFDATA2LSB = 1, ELFDATA2MSB = 2, EV_CURRENT = 1,
    EHDR32_SIZE = 52, EHDR64_SIZE = 64
};
enum { ET_NONE = 0, ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };
enum { ELFOSABI_SOLARIS = 6, ELFOSABI_FREEBSD = 9 };
enum { PN_XNUM = 0xffff };

/* ---- sections (gABI 4, "Sections") ---------------------------------------------------------------- */
enum { SHDR32_SIZE = 40, SHDR64_SIZE = 64 };
enum {
    SHN_UNDEF = 0, SHN_LORESERVE = 0xff00, SHN_ABS = 0xfff1, SHN_COMMON = 0xfff2, SHN_XINDEX = 0xffff,
    /* processor supplements: large common of AMD64; MIPS common, small common, small undefined */
    SHN_X86_64_LCOMMON = 0xff02, SHN_MIPS_ACOMMON = 0xff00, SHN_MIPS_SCOMMON = 0xff03,
    SHN_MIPS_SUNDEFINED = 0xff04, SHN_PARISC_ANSI_COMMON = 0xff00, SHN_PARISC_HUGE_COMMON = 0xff01,
    SHN_HEXAGON_SCOMMON = 0xff00, SHN_HEXAGON_SCOMMON_8 = 0xff04
};
#define SHT_NULL 0u
#define SHT_PROGBITS 1u
#define SHT_SYMTAB 2u
#define SHT_STRTAB 3u
#define SHT_RELA 4u
#define SHT_HASH 5u
#define SHT_DYNAMIC 6u
#define SHT_NOTE 7u
#define SHT_NOBITS 8u
#define SHT_REL 9u
#define SHT_DYNSYM 11u
#define SHT_INIT_ARRAY 14u
#define SHT_FINI_ARRAY 15u
#define SHT_PREINIT_ARRAY 16u
#define SHT_GROUP 17u
#define SHT_SYMTAB_SHNDX 18u
#define SHT_RELR 19u
#define SHT_CREL 0x40000014u /* LLVM's compact relocations */
#define SHT_GNU_HASH 0x6ffffff6u
#define SHT_GNU_VERDEF 0x6ffffffdu
#define SHT_GNU_VERNEED 0x6ffffffeu
#define SHT_GNU_VERSYM 0x6fffffffu

#define SHF_WRITE 0x1u
#define SHF_ALLOC 0x2u
#define SHF_EXECINSTR 0x4u
#define SHF_MERGE 0x10u
#define SHF_STRINGS 0x20u
#define SHF_INFO_LINK 0x40u
#define SHF_LINK_ORDER 0x80u
#define SHF_GROUP 0x200u
#define SHF_TLS 0x400u
#define SHF_COMPRESSED 0x800u
#define SHF_GNU_RETAIN 0x200000u
#define SHF_SMALL 0x10000000u /* MIPS and Alpha GPREL, IA-64 SHORT */
/* bits of GNU_PROPERTY_X86_FEATURE_1_AND: pointers with other data in their upper bits */
#define GNU_PROPERTY_X86_FEATURE_1_LAM_U48 4u
#define GNU_PROPERTY_X86_FEATURE_1_LAM_U57 8u
#define SHF_X86_64_LARGE 0x10000000u
#define SHF_EXCLUDE 0x80000000u

#define GRP_COMDAT 1u

/* Compression header (gABI 4, "Section Compression"). */
enum { CHDR32_SIZE = 12, CHDR64_SIZE = 24, ELFCOMPRESS_ZLIB = 1, ELFCOMPRESS_ZSTD = 2 };

/* ---- symbols (gABI 4, "Symbol Table") ----------------------------------------------------------- */
enum { SYM32_SIZE = 16, SYM64_SIZE = 24 };
enum { STB_LOCAL = 0, STB_GLOBAL = 1, STB_WEAK = 2, STB_GNU_UNIQUE = 10 };
enum {
    STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2, STT_SECTION = 3, STT_FILE = 4, STT_COMMON = 5,
    STT_TLS = 6, STT_GNU_IFUNC = 10, STT_ARM_TFUNC = 13
};

/* ---- relocations (gABI 4, "Relocation") ---------------------------------------------------------- */
enum { REL32_SIZE = 8, RELA32_SIZE = 12, REL64_SIZE = 16, RELA64_SIZE = 24 };

/* ---- program headers and the dynamic section (gABI 5) ------------------------------------------------ */
enum { PHDR32_SIZE = 32, PHDR64_SIZE = 56 };
#define PT_LOAD 1u
#define PT_DYNAMIC 2u
#define PT_INTERP 3u

enum {
    DT_NULL = 0, DT_NEEDED = 1, DT_PLTRELSZ = 2, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6,
    DT_RELA = 7, DT_RELASZ = 8, DT_STRSZ = 10, DT_SYMENT = 11, DT_SONAME = 14, DT_RPATH = 15,
    DT_REL = 17, DT_RELSZ = 18, DT_PLTREL = 20, DT_DEBUG = 21, DT_JMPREL = 23, DT_RUNPATH = 29
};
#define DT_GNU_HASH 0x6ffffef5u
#define DT_VERSYM 0x6ffffff0u
#define DT_FLAGS_1 0x6ffffffbu
#define DT_VERDEF 0x6ffffffcu
#define DT_VERDEFNUM 0x6ffffffdu
#define DT_VERNEED 0x6ffffffeu
#define DT_VERNEEDNUM 0x6fffffffu
#define DF_1_PIE 0x08000000u

/* Symbol versions (LSB, "Symbol Versioning"). */
enum {
    VERDEF_SIZE = 20, VERDAUX_SIZE = 8, VERNEED_SIZE = 16, VERNAUX_SIZE = 16,
    VER_FLG_BASE = 1, VER_FLG_WEAK = 2, VERSYM_HIDDEN = 0x8000, VERSYM_INDEX = 0x7fff
};

#endif
