/* coff_fmt.h - field offsets and constants of COFF objects, shared with PE images.

   No code. Source: Microsoft "PE Format" specification, the section named at each group. All fields
   are little-endian, in every machine's files. */
#ifndef OBJKIT_OBJ_COFF_FMT_H
#define OBJKIT_OBJ_COFF_FMT_H

/* "COFF File Header (Object and Image)" */
enum {
    COFF_HDR_MACHINE = 0,   /* u16 */
    COFF_HDR_NSECS = 2,     /* u16 */
    COFF_HDR_TIME = 4,      /* u32 */
    COFF_HDR_SYMPTR = 8,    /* u32 file offset, 0 none */
    COFF_HDR_NSYMS = 12,    /* u32 */
    COFF_HDR_OPTSIZE = 16,  /* u16 */
    COFF_HDR_FLAGS = 18,    /* u16 */
    COFF_HDR_LEN = 20
};

/* "Characteristics" of the file */
enum {
    IMAGE_FILE_RELOCS_STRIPPED = 0x0001,
    IMAGE_FILE_EXECUTABLE_IMAGE = 0x0002,
    IMAGE_FILE_LINE_NUMS_STRIPPED = 0x0004,
    IMAGE_FILE_LOCAL_SYMS_STRIPPED = 0x0008,
    IMAGE_FILE_LARGE_ADDRESS_AWARE = 0x0020,
    IMAGE_FILE_32BIT_MACHINE = 0x0100,
    IMAGE_FILE_DEBUG_STRIPPED = 0x0200,
    IMAGE_FILE_SYSTEM = 0x1000,
    IMAGE_FILE_DLL = 0x2000
};

/* ANON_OBJECT_HEADER_BIGOBJ (winnt.h; measured on gcc -Wa,-mbig-obj and cl /bigobj) */
enum {
    BIGOBJ_HDR_VERSION = 4,   /* u16, 2 or more */
    BIGOBJ_HDR_MACHINE = 6,   /* u16 */
    BIGOBJ_HDR_TIME = 8,      /* u32 */
    BIGOBJ_HDR_CLASS = 12,    /* 16-byte class id */
    BIGOBJ_HDR_NSECS = 44,    /* u32 */
    BIGOBJ_HDR_SYMPTR = 48,   /* u32 */
    BIGOBJ_HDR_NSYMS = 52,    /* u32 */
    BIGOBJ_HDR_LEN = 56
};
/* {D1BAA1C7-BAEE-4BA9-AF20-FAF66AA4DCB8} as it lies in the file */
#define BIGOBJ_CLASS_ID "\xc7\xa1\xba\xd1\xee\xba\xa9\x4b\xaf\x20\xfa\xf6\x6a\xa4\xdc\xb8"

/* "Import Library Format", "Import Header" */
enum {
    SHORTIMP_MACHINE = 6,   /* u16 */
    SHORTIMP_TIME = 8,      /* u32 */
    SHORTIMP_SIZE = 12,     /* u32 bytes of strings after the header */
    SHORTIMP_ORDINAL = 16,  /* u16 ordinal or hint */
    SHORTIMP_TYPE = 18,     /* u16: bits 0-1 type, 2-4 name type */
    SHORTIMP_LEN = 20
};
enum { IMPORT_OBJECT_CODE = 0, IMPORT_OBJECT_DATA = 1, IMPORT_OBJECT_CONST = 2 };
enum {
    IMPORT_OBJECT_ORDINAL = 0,
    IMPORT_OBJECT_NAME = 1,
    IMPORT_OBJECT_NAME_NO_PREFIX = 2,
    IMPORT_OBJECT_NAME_UNDECORATE = 3,
    IMPORT_OBJECT_NAME_EXPORTAS = 4
};

/* "Section Table (Section Headers)" */
enum {
    COFF_SEC_NAME = 0,       /* 8 bytes, NUL-padded; /decimal or //base64: string table offset */
    COFF_SEC_VSIZE = 8,      /* u32 */
    COFF_SEC_VADDR = 12,     /* u32 */
    COFF_SEC_RAWSIZE = 16,   /* u32 */
    COFF_SEC_RAWPTR = 20,    /* u32 */
    COFF_SEC_RELOCPTR = 24,  /* u32 */
    COFF_SEC_LINEPTR = 28,   /* u32 */
    COFF_SEC_NRELOCS = 32,   /* u16 */
    COFF_SEC_NLINES = 34,    /* u16 */
    COFF_SEC_FLAGS = 36,     /* u32 */
    COFF_SEC_LEN = 40
};

/* "Section Flags" */
#define IMAGE_SCN_CNT_CODE 0x00000020u
#define IMAGE_SCN_CNT_INITIALIZED_DATA 0x00000040u
#define IMAGE_SCN_CNT_UNINITIALIZED_DATA 0x00000080u
#define IMAGE_SCN_LNK_INFO 0x00000200u
#define IMAGE_SCN_LNK_REMOVE 0x00000800u
#define IMAGE_SCN_LNK_COMDAT 0x00001000u
#define IMAGE_SCN_ALIGN_MASK 0x00f00000u
#define IMAGE_SCN_ALIGN_SHIFT 20
#define IMAGE_SCN_LNK_NRELOC_OVFL 0x01000000u
#define IMAGE_SCN_MEM_DISCARDABLE 0x02000000u
#define IMAGE_SCN_MEM_SHARED 0x10000000u
#define IMAGE_SCN_MEM_EXECUTE 0x20000000u
#define IMAGE_SCN_MEM_READ 0x40000000u
#define IMAGE_SCN_MEM_WRITE 0x80000000u
#define COFF_DEFAULT_ALIGN_P2 4 /* no ALIGN_* flag: 16 bytes */

/* "COFF Relocations (Object Only)" */
enum {
    COFF_REL_VADDR = 0, /* u32 */
    COFF_REL_SYM = 4,   /* u32 */
    COFF_REL_TYPE = 8,  /* u16 */
    COFF_REL_LEN = 10
};

/* "COFF Symbol Table". A bigobj record has a 32-bit section number, so its tail is shifted by 2. */
enum {
    COFF_SYM_NAME = 0,
    COFF_SYM_STROFF = 4,  /* when the first 4 bytes are 0 */
    COFF_SYM_VALUE = 8,
    COFF_SYM_SECNUM = 12, /* i16; bigobj i32 */
    COFF_SYM_TYPE = 14,   /* u16 */
    COFF_SYM_CLASS = 16,  /* u8 */
    COFF_SYM_NAUX = 17,   /* u8 */
    COFF_SYM_LEN = 18,
    BIGOBJ_SYM_LEN = 20
};

/* "Section Number Values" */
#define IMAGE_SYM_UNDEFINED 0
#define IMAGE_SYM_ABSOLUTE (-1)
#define IMAGE_SYM_DEBUG (-2)
/* Ordinary objects number sections with 16 bits; what lies above this is reserved or negative. */
#define COFF_MAX_SECS 0xfeffu

/* "Storage Class" */
enum {
    IMAGE_SYM_CLASS_NULL = 0,
    IMAGE_SYM_CLASS_EXTERNAL = 2,
    IMAGE_SYM_CLASS_STATIC = 3,
    IMAGE_SYM_CLASS_LABEL = 6,
    C_SYSTEM = 23, /* GNU */
    IMAGE_SYM_CLASS_BLOCK = 100,
    IMAGE_SYM_CLASS_FUNCTION = 101,
    IMAGE_SYM_CLASS_FILE = 103,
    IMAGE_SYM_CLASS_SECTION = 104,
    IMAGE_SYM_CLASS_WEAK_EXTERNAL = 105,
    IMAGE_SYM_CLASS_CLR_TOKEN = 107,
    C_WEAKEXT = 127, /* GNU */
    IMAGE_SYM_CLASS_END_OF_FUNCTION = 255
};

/* "Type Representation": bits 4-5 say "function" */
#define IMAGE_SYM_DTYPE_MASK 0x30
#define IMAGE_SYM_DTYPE_FUNCTION 0x20

/* "Auxiliary Format 5: Section Definitions" */
enum {
    COFF_AUX_SEC_LEN = 0,
    COFF_AUX_SEC_NRELOCS = 4,      /* u16 */
    COFF_AUX_SEC_NUMBER = 12,      /* u16: associated section */
    COFF_AUX_SEC_SELECTION = 14,   /* u8 */
    COFF_AUX_SEC_NUMBER_HIGH = 16  /* u16, bigobj only */
};
/* "Auxiliary Format 3: Weak Externals" */
enum {
    COFF_AUX_WEAK_TAG = 0,   /* u32 symbol index of the default */
    COFF_AUX_WEAK_KIND = 4   /* u32 characteristics */
};
enum {
    IMAGE_WEAK_EXTERN_SEARCH_NOLIBRARY = 1,
    IMAGE_WEAK_EXTERN_SEARCH_LIBRARY = 2,
    IMAGE_WEAK_EXTERN_SEARCH_ALIAS = 3,
    IMAGE_WEAK_EXTERN_ANTI_DEPENDENCY = 4
};

/* "Machine Types", those that the code asks for by number; machine.def names all. */
enum {
    IMAGE_FILE_MACHINE_UNKNOWN = 0,
    IMAGE_FILE_MACHINE_I386 = 0x014c,
    IMAGE_FILE_MACHINE_AMD64 = 0x8664,
    IMAGE_FILE_MACHINE_ARM64 = 0xaa64,
    IMAGE_FILE_MACHINE_ARM64EC = 0xa641,
    IMAGE_FILE_MACHINE_ARM64X = 0xa64e,
    IMAGE_FILE_MACHINE_CHPE_X86 = 0x3a64
};

#endif
