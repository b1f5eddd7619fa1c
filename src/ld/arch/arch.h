/* arch.h - a machine, as the linker needs it: how a relocation's value becomes instruction bytes,
   what jump stubs look like, and which instruction sequences may be rewritten.

   Everything here is a pure function on bytes: no link state, no output format. So the arithmetic of
   a machine exists once and serves ELF, PE and Mach-O links alike. Addresses are virtual addresses;
   `p` points at the field (or stub) in the output, `place` is its address.

   Layering: sees base/ and obj/reloc.h only (lint checks). */
#ifndef OBJKIT_LD_ARCH_ARCH_H
#define OBJKIT_LD_ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "obj/reloc.h"

enum arch_status {
    ARCH_OK,
    ARCH_RANGE,      /* the value does not fit the field */
    ARCH_MISALIGNED, /* the value has bits below the field's scale */
    ARCH_BAD_INSN,   /* the bytes are not the instruction that the relocation speaks of */
    ARCH_UNSUPPORTED /* this machine has no such relocation kind */
};

/* Addresses a PLT stub is made of. */
struct plt_env {
    uint64_t plt_va;    /* start of .plt, its header */
    uint64_t entry_va;  /* this stub */
    uint64_t slot_va;   /* the .got.plt (or .got) cell it jumps through */
    uint64_t gotplt_va; /* start of .got.plt (_GLOBAL_OFFSET_TABLE_) */
    uint32_t index;     /* number of its JUMP_SLOT relocation */
    bool pic;           /* i386 only: address the GOT through %ebx */
    bool ibt;           /* x86: begin with endbr; arm64: bti c */
    bool pac;           /* arm64: the cell's address is signed: check it before the jump */
};

/* What may be done to an instruction that loads an address from the GOT. */
enum got_relax { GOT_KEEP, GOT_TO_LEA, GOT_TO_CALL, GOT_TO_JMP, GOT_TO_IMM };

/* TLS rewritings: from the general models to the ones a final executable can use. */
enum tls_relax {
    TLS_KEEP,
    TLS_GD_IE,   /* general dynamic -> initial exec: value is the GOT cell's address */
    TLS_GD_LE,   /* ... -> local exec: value is the offset from the thread pointer */
    TLS_LD_LE,   /* local dynamic -> local exec: no value */
    TLS_IE_LE,
    TLS_DESC_IE,
    TLS_DESC_LE
};

/* PE: what stands in the place of a function whose DLL is loaded at the first call. The cell of the
   function leads to its stub, which notes the cell and jumps to the DLL's tail; the tail keeps the
   arguments, calls __delayLoadHelper2(descriptor, cell) and jumps to what it returns. */
struct arch_delay {
    uint8_t stub_len, tail_len;
    int8_t stub_abs, tail_abs; /* offsets of absolute addresses, -1: position independent */
    uint8_t unwind_len;        /* the tail's UNWIND_INFO, 0: the machine has no table */
    const uint8_t *unwind;
    void (*stub)(uint8_t *p, uint64_t va, uint64_t cell_va, uint64_t tail_va);
    void (*tail)(uint8_t *p, uint64_t va, uint64_t desc_va, uint64_t helper_va);
};

struct arch {
    const char *name;
    uint8_t word;            /* bytes of an address */
    uint8_t plt_header_len, plt_entry_len; /* without ibt and pac */
    uint8_t plt_guarded_len; /* of entries and plt_got stubs with ibt or pac; 0: no longer */
    uint8_t plt_got_len;     /* a stub through .got, without lazy binding */
    uint8_t plt_sec_len;     /* IBT: stubs of .plt.sec; 0 if the machine has none */
    uint8_t import_thunk_len;/* PE: jump through an import address cell */
    int8_t thunk_abs_off;    /* offset of an absolute address in that thunk (it needs a base
                                relocation), -1: position independent */
    uint8_t range_thunk_len; /* a jump that reaches what lies within range_thunk_reach; 0: branches always reach */
    uint8_t far_thunk_len;   /* ... and one that reaches anything */
    int64_t range_thunk_reach;
    int64_t branch_reach;    /* of the shortest plain call, 0: unlimited */
    uint32_t max_page, common_page;
    bool tls_tp_first;       /* variant 1: the thread pointer stands before the TLS block */
    uint8_t tp_gap;          /* variant 1: bytes between the thread pointer and the block */

    /* Writes VALUE into the field of R at P. VALUE is the result of the kind's formula (reloc.h):
       displacements for PC-relative kinds, target addresses for KIND_PAGE, KIND_PAGEOFF, KIND_MOVW
       and their GOT forms. */
    enum arch_status (*encode)(const struct reloc *r, uint8_t *p, uint64_t value, uint64_t place);

    void (*import_thunk)(uint8_t *p, uint64_t va, uint64_t slot_va);
    const struct arch_delay *delay; /* PE: code of delayed imports; NULL: not on this machine */
    void (*plt_header)(uint8_t *p, const struct plt_env *e);
    void (*plt_entry)(uint8_t *p, const struct plt_env *e);
    void (*plt_got)(uint8_t *p, const struct plt_env *e);
    void (*plt_sec)(uint8_t *p, const struct plt_env *e);      /* may be NULL */
    void (*range_thunk)(uint8_t *p, uint64_t va, uint64_t dst);/* may be NULL */
    void (*far_thunk)(uint8_t *p, uint64_t va, uint64_t dst);
    /* First value of a lazy .got.plt cell. */
    uint64_t (*plt_lazy_target)(const struct plt_env *e);
};

extern const struct arch arch_x86_64, arch_i386, arch_arm64;

/* WIDTH bytes of V at P, little endian, range-checked by FLAGS (RELF_*). Any machine's data fields. */
enum arch_status arch_put(uint8_t *p, unsigned width, unsigned flags, uint64_t v);

/* Reads WIDTH bytes (1, 2, 4, 8), sign-extended: implicit addends. */
int64_t arch_get(const uint8_t *p, unsigned width);

/* Appends the reason to B: "relocation R_X86_64_PC32 out of range: 2147483648 is not in [-2^31, 2^31)".
   NAME is the raw type's name. */
void arch_explain(struct buf *b, enum arch_status s, const char *name, const struct reloc *r,
                  uint64_t value);

/* ---- x86-64 rewriting ---------------------------------------------------------------------------

   P points at the 4-byte field; BEFORE is how many bytes of the section stand before it, AFTER how
   many from P on. All checks of the surrounding bytes are made here. */

/* What the instruction around a GOTPCRELX field allows. IMM_OK: the address is a link-time constant
   below 2^31 (no PIC), so that arithmetic may take it as an immediate. REX: R_X86_64_REX_GOTPCRELX. */
enum got_relax x86_64_got_relax(const uint8_t *p, uint64_t before, bool rex, bool imm_ok);

/* Rewrites it. S_A: the symbol's address. Returns ARCH_RANGE when the distance is too long. */
enum arch_status x86_64_got_rewrite(uint8_t *p, enum got_relax how, uint64_t s, uint64_t place);

/* Is the sequence around a TLS field the one that the ABI prescribes, so that HOW can be done? */
bool x86_64_tls_can(const uint8_t *p, uint64_t before, uint64_t after, enum tls_relax how);

/* Rewrites it. VALUE: see enum tls_relax. For GD and LD the call's own relocation (the next one)
   must be skipped. */
enum arch_status x86_64_tls_rewrite(uint8_t *p, enum tls_relax how, uint64_t value, uint64_t place);

/* call *(%rax) of a TLS descriptor becomes a two-byte nop. False if it is another instruction. */
bool x86_64_tlsdesc_call_nop(uint8_t *p, uint64_t after);

/* ---- i386 rewriting: as above -------------------------------------------------------------------- */

enum got_relax i386_got_relax(const uint8_t *p, uint64_t before, bool pic);
enum arch_status i386_got_rewrite(uint8_t *p, enum got_relax how, uint64_t s, uint64_t place,
                                  uint64_t got_va);
bool i386_tls_can(const uint8_t *p, uint64_t before, uint64_t after, enum tls_relax how);
/* VALUE: GD_IE: the cell's offset from the GOT; LE forms: offset from the thread pointer (negative).
   PCREL_CELL (IE without PIC): VALUE is an address. */
enum arch_status i386_tls_rewrite(uint8_t *p, enum tls_relax how, uint64_t value);

/* ---- arm64 rewriting ----------------------------------------------------------------------------- */

/* One instruction of a TLSDESC or IE sequence, by its raw kind; VALUE as in enum tls_relax. */
enum arch_status arm64_tls_rewrite(uint8_t *p, const struct reloc *r, enum tls_relax how,
                                   uint64_t value, uint64_t place);

/* ADRP at P and the instruction behind it put TARGET into ADRP's register: by ADR if it is near, else by ADRP
   and ADD. FAR: may take that long form; else an ARCH_RANGE leaves both as they were. */
enum arch_status arm64_make_address(uint8_t *p, uint64_t target, uint64_t place, bool far);

#endif
