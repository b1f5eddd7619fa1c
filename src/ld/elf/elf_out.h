/* elf_out.h - constants that only the writing of ELF needs; the reader's are in obj/elf_fmt.h. */
#ifndef OBJKIT_LD_ELF_ELF_OUT_H
#define OBJKIT_LD_ELF_ELF_OUT_H

#include <stdbool.h>
#include <stdint.h>

#ifndef PT_NOTE
#define PT_NOTE 4u
#define PT_PHDR 6u
#define PT_TLS 7u
#define PT_GNU_EH_FRAME 0x6474e550u
#define PT_GNU_STACK 0x6474e551u
#define PT_GNU_RELRO 0x6474e552u
#define PT_GNU_PROPERTY 0x6474e553u
#endif
#ifndef PF_X
#define PF_X 1u
#define PF_W 2u
#define PF_R 4u
#endif
#ifndef SHT_X86_64_UNWIND
#define SHT_X86_64_UNWIND 0x70000001u
#endif

enum {
    DTO_PLTGOT = 3, DTO_RELAENT = 9, DTO_INIT = 12, DTO_FINI = 13, DTO_SYMBOLIC = 16, DTO_RELENT = 19,
    DTO_DEBUG = 21, DTO_TEXTREL = 22, DTO_BIND_NOW = 24, DTO_INIT_ARRAY = 25, DTO_FINI_ARRAY = 26,
    DTO_INIT_ARRAYSZ = 27, DTO_FINI_ARRAYSZ = 28, DTO_FLAGS = 30, DTO_PREINIT_ARRAY = 32,
    DTO_PREINIT_ARRAYSZ = 33, DTO_RELRSZ = 35, DTO_RELR = 36, DTO_RELRENT = 37
};
#ifndef STO_AARCH64_VARIANT_PCS
#define STO_AARCH64_VARIANT_PCS 0x80
#endif
#define DTO_AARCH64_BTI_PLT 0x70000001u
#define DTO_AARCH64_PAC_PLT 0x70000003u
#define DTO_AARCH64_VARIANT_PCS 0x70000005u
#define DTO_RELACOUNT 0x6ffffff9u
#define DTO_RELCOUNT 0x6ffffffau
#define DTO_AUXILIARY 0x7ffffffdu
#define DTO_FILTER 0x7fffffffu
#define DTO_AUDIT 0x6ffffefcu
#define DTO_DEPAUDIT 0x6ffffefbu
#define DTO_GNU_FLAGS_1 0x6ffffdf4u
enum { DF_GNU_1_UNIQUE = 1 };
enum { DFO_ORIGIN = 1, DFO_SYMBOLIC = 2, DFO_TEXTREL = 4, DFO_BIND_NOW = 8, DFO_STATIC_TLS = 16 };
enum {
    DF1_NOW = 1, DF1_GLOBAL = 2, DF1_GROUP = 4, DF1_NODELETE = 8, DF1_LOADFLTR = 0x10,
    DF1_INITFIRST = 0x20, DF1_NOOPEN = 0x40,
    DF1_ORIGIN = 0x80, DF1_INTERPOSE = 0x400, DF1_NODEFLIB = 0x800, DF1_NODUMP = 0x1000,
    DF1_GLOBAUDIT = 0x1000000
};
#define DF1_PIE 0x08000000u

/* Dynamic relocation numbers of one machine. */
struct elf_dyn_types {
    uint32_t abs, glob_dat, jump_slot, relative, irelative, copy, dtpmod, dtpoff, tpoff, tlsdesc;
};

struct elf_phdr {
    uint32_t type, flags;
    uint64_t off, addr, lma, filesz, memsz, align; /* lma 0: as addr */
    bool lma_known;       /* lma counts, be it 0 */
    uint32_t first, last; /* PT_LOAD and others over sections: indices in the order; first > last: none */
};

#endif
