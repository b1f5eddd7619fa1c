/* pe_fmt.h - field offsets and constants of PE images. No code.
   Source: Microsoft "PE Format" specification, the section named at each group. */
#ifndef OBJKIT_OBJ_PE_FMT_H
#define OBJKIT_OBJ_PE_FMT_H

/* "MS-DOS Stub" and "Signature" */
enum { DOS_E_LFANEW = 0x3c, PE_SIG_LEN = 4 };

/* "Optional Header". Offsets that differ are given twice: PE32, PE32+. */
enum {
    PE_OPT_MAGIC = 0,            /* u16 */
    PE_OPT_ENTRY = 16,           /* u32 RVA */
    PE_OPT_BASE32 = 28,          /* u32 */
    PE_OPT_BASE64 = 24,          /* u64 */
    PE_OPT_SECTION_ALIGN = 32,   /* u32 */
    PE_OPT_FILE_ALIGN = 36,      /* u32 */
    PE_OPT_SIZE_OF_IMAGE = 56,   /* u32 */
    PE_OPT_SIZE_OF_HEADERS = 60, /* u32 */
    PE_OPT_CHECKSUM = 64,        /* u32 */
    PE_OPT_SUBSYSTEM = 68,       /* u16 */
    PE_OPT_NDIRS32 = 92,         /* u32 */
    PE_OPT_NDIRS64 = 108,
    PE_OPT_DIRS32 = 96,          /* {u32 RVA, u32 size} */
    PE_OPT_DIRS64 = 112
};
enum { PE32_MAGIC = 0x10b, PE32PLUS_MAGIC = 0x20b };

enum {
    PE_DIR_EXPORT = 0,
    PE_DIR_IMPORT = 1,
    PE_DIR_RESOURCE = 2,
    PE_DIR_EXCEPTION = 3,
    PE_DIR_SECURITY = 4,
    PE_DIR_BASERELOC = 5,
    PE_DIR_DEBUG = 6,
    PE_DIR_TLS = 9,
    PE_DIR_LOAD_CONFIG = 10,
    PE_DIR_BOUND_IMPORT = 11,
    PE_DIR_IAT = 12,
    PE_DIR_DELAY_IMPORT = 13,
    PE_DIR_CLR = 14,
    PE_N_DIRS = 16
};

/* "The .idata Section", "Import Directory Table" */
enum {
    PE_IMP_LOOKUP = 0,    /* u32 RVA of the lookup table (OriginalFirstThunk) */
    PE_IMP_TIME = 4,
    PE_IMP_NAME = 12,     /* u32 RVA */
    PE_IMP_IAT = 16,      /* u32 RVA (FirstThunk) */
    PE_IMP_LEN = 20
};

/* "Delay-Load Import Tables", "The Delay-Load Directory Table" */
enum {
    PE_DELAY_ATTRS = 0,   /* u32: bit 0, the other fields are RVAs */
    PE_DELAY_NAME = 4,
    PE_DELAY_IAT = 12,
    PE_DELAY_INT = 16,
    PE_DELAY_TIME = 28,
    PE_DELAY_LEN = 32
};

/* IMAGE_BOUND_IMPORT_DESCRIPTOR, IMAGE_BOUND_FORWARDER_REF (winnt.h) */
enum {
    PE_BOUND_TIME = 0,  /* u32 */
    PE_BOUND_NAME = 4,  /* u16, from the start of the directory */
    PE_BOUND_NREFS = 6, /* u16 forwarder references that follow, of the same size */
    PE_BOUND_LEN = 8
};

/* "The .edata Section", "Export Directory Table" */
enum {
    PE_EXP_NAME = 12,
    PE_EXP_BASE = 16,
    PE_EXP_NFUNCS = 20,
    PE_EXP_NNAMES = 24,
    PE_EXP_FUNCS = 28,
    PE_EXP_NAMES = 32,
    PE_EXP_ORDINALS = 36,
    PE_EXP_LEN = 40
};

/* "Load Configuration Layout": the fields read here, PE32 and PE32+ */
enum {
    PE_LC32_CHPE = 0x7c,      /* CHPEMetadataPointer, a VA */
    PE_LC64_CHPE = 0xc8,
    PE_LC32_DVRT_OFF = 0x88,  /* u32 DynamicValueRelocTableOffset */
    PE_LC64_DVRT_OFF = 0xe0,
    PE_LC32_DVRT_SEC = 0x8c,  /* u16 section number that the offset counts from */
    PE_LC64_DVRT_SEC = 0xe4
};

/* Dynamic value relocations, version 1, of an ARM64X image (winnt.h) */
enum {
    DVRT_SYMBOL_ARM64X = 6,
    ARM64X_FIXUP_ZERO = 0,
    ARM64X_FIXUP_VALUE = 1,
    ARM64X_FIXUP_DELTA = 2
};

#endif
