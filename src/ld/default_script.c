/* default_script.c - --verbose: the layout without -T, written down as a linker script.

   The built-in layout is code; this is what it does in the scripts' language, so that people can take
   it, change it and give it back with -T. Tests link programs by it. */
#include <stdio.h>

#include "base/buf.h"
#include "ld/backend.h"
#include "ld/ld.h"
#include "ld/script_layout.h"

/* @W: QUAD or LONG; @F: the format's name; @R: rela or rel; @B: the base address. */
static const char *const pe_script[] = {
    "OUTPUT_FORMAT(@F)",
    "SECTIONS",
    "{",
    "  . = __image_base__ + SIZEOF_HEADERS;",
    "  .text BLOCK(__section_alignment__) :",
    "  {",
    "    KEEP (*(SORT_NONE(.init)))",
    "    *(.text)",
    "    *(SORT_BY_NAME(.text$*))",
    "    *(.text.* .gnu.linkonce.t.*)",
    "    . = ALIGN(8);",
    "    /* lists of constructors: -1, the entries, 0 */",
    "    __CTOR_LIST__ = .; ___CTOR_LIST__ = .;",
    "    @W (-1);",
    "    KEEP (*(.ctors)) KEEP (*(.ctor)) KEEP (*(SORT_BY_NAME(.ctors.*)))",
    "    @W (0);",
    "    __DTOR_LIST__ = .; ___DTOR_LIST__ = .;",
    "    @W (-1);",
    "    KEEP (*(.dtors)) KEEP (*(.dtor)) KEEP (*(SORT_BY_NAME(.dtors.*)))",
    "    @W (0);",
    "    KEEP (*(SORT_NONE(.fini)))",
    "    PROVIDE (etext = .); PROVIDE (_etext = .); PROVIDE (__etext = .);",
    "    KEEP (*(.gcc_except_table .gcc_except_table.* .gcc_except_table$*))",
    "  }",
    "  .data BLOCK(__section_alignment__) :",
    "  {",
    "    __data_start__ = .;",
    "    *(.data)",
    "    *(SORT_BY_NAME(.data$*))",
    "    *(.data.* .gnu.linkonce.d.*)",
    "    KEEP (*(.jcr))",
    "    __data_end__ = .;",
    "  }",
    "  .rdata BLOCK(__section_alignment__) :",
    "  {",
    "    *(.rdata)",
    "    *(SORT_BY_NAME(.rdata$*))",
    "    *(.rdata.* .gnu.linkonce.r.*)",
    "    . = ALIGN(4);",
    "    __RUNTIME_PSEUDO_RELOC_LIST__ = .; ___RUNTIME_PSEUDO_RELOC_LIST__ = .;",
    "    KEEP (*(.rdata_runtime_pseudo_reloc))",
    "    __RUNTIME_PSEUDO_RELOC_LIST_END__ = .; ___RUNTIME_PSEUDO_RELOC_LIST_END__ = .;",
    "  }",
    "  .buildid BLOCK(__section_alignment__) : { KEEP (*(.buildid)) }",
    "  .eh_frame BLOCK(__section_alignment__) : { KEEP (*(.eh_frame .eh_frame$* .eh_frame.*)) }",
    "  .pdata BLOCK(__section_alignment__) : { KEEP (*(.pdata)) *(.pdata$* .pdata.*) }",
    "  .xdata BLOCK(__section_alignment__) : { *(.xdata .xdata$* .xdata.*) }",
    "  .bss BLOCK(__section_alignment__) :",
    "  {",
    "    __bss_start__ = .;",
    "    *(.bss)",
    "    *(SORT_BY_NAME(.bss$*))",
    "    *(.bss.* .gnu.linkonce.b.*)",
    "    *(COMMON)",
    "    __bss_end__ = .;",
    "    PROVIDE (end = .); PROVIDE (_end = .); PROVIDE (__end__ = .);",
    "  }",
    "  .edata BLOCK(__section_alignment__) : { KEEP (*(.edata)) }",
    "  .idata BLOCK(__section_alignment__) : { KEEP (*(SORT_BY_NAME(.idata$*))) *(.idata) }",
    "  .didat BLOCK(__section_alignment__) : { *(.didat .didat$*) }",
    "  .CRT BLOCK(__section_alignment__) : { KEEP (*(SORT_BY_NAME(.CRT$*))) *(.CRT) }",
    "  .tls BLOCK(__section_alignment__) : { KEEP (*(.tls$AAA)) KEEP (*(.tls)) KEEP (*(SORT_BY_NAME(.tls$*))) }",
    "  .rsrc BLOCK(__section_alignment__) : { KEEP (*(SORT_BY_NAME(.rsrc$*))) KEEP (*(.rsrc)) }",
    "  .reloc BLOCK(__section_alignment__) : { *(.reloc) }",
    "  /* what is not named follows its like; debugging information is last */",
    "}",
    NULL};

static const char *const elf_script[] = {
    "OUTPUT_FORMAT(@F)",
    "ENTRY(_start)",
    "SECTIONS",
    "{",
    "  PROVIDE (__executable_start = SEGMENT_START(\"text-segment\", @B));",
    "  . = SEGMENT_START(\"text-segment\", @B) + SIZEOF_HEADERS;",
    "  .interp : { *(.interp) }",
    "  .note.gnu.property : { *(.note.gnu.property) }",
    "  .note.gnu.build-id : { *(.note.gnu.build-id) }",
    "  .hash : { *(.hash) }",
    "  .gnu.hash : { *(.gnu.hash) }",
    "  .dynsym : { *(.dynsym) }",
    "  .dynstr : { *(.dynstr) }",
    "  .gnu.version : { *(.gnu.version) }",
    "  .gnu.version_d : { *(.gnu.version_d) }",
    "  .gnu.version_r : { *(.gnu.version_r) }",
    "  .@R.dyn : { *(.@R.dyn) }",
    "  .relr.dyn : { *(.relr.dyn) }",
    "  .@R.plt :",
    "  {",
    "    *(.@R.plt)",
    "    PROVIDE_HIDDEN (__@R_iplt_start = .);",
    "    *(.@R.iplt)",
    "    PROVIDE_HIDDEN (__@R_iplt_end = .);",
    "  }",
    "  . = ALIGN(CONSTANT (MAXPAGESIZE));",
    "  .init : { KEEP (*(SORT_NONE(.init))) }",
    "  .plt : { *(.plt) }",
    "  .plt.got : { *(.plt.got) }",
    "  .plt.sec : { *(.plt.sec) }",
    "  .text :",
    "  {",
    "    *(.text.unlikely .text.unlikely.*)",
    "    *(.text.exit .text.exit.*)",
    "    *(.text.startup .text.startup.*)",
    "    *(.text.hot .text.hot.*)",
    "    *(.text .text.* .gnu.linkonce.t.*)",
    "  }",
    "  .fini : { KEEP (*(SORT_NONE(.fini))) }",
    "  PROVIDE (__etext = .); PROVIDE (_etext = .); PROVIDE (etext = .);",
    "  . = ALIGN(CONSTANT (MAXPAGESIZE));",
    "  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }",
    "  .eh_frame_hdr : { *(.eh_frame_hdr) }",
    "  .eh_frame : { KEEP (*(.eh_frame .eh_frame.*)) }",
    "  .gcc_except_table : { *(.gcc_except_table .gcc_except_table.*) }",
    "  . = DATA_SEGMENT_ALIGN (CONSTANT (MAXPAGESIZE), CONSTANT (COMMONPAGESIZE));",
    "  .tdata : { *(.tdata .tdata.* .gnu.linkonce.td.*) }",
    "  .tbss : { *(.tbss .tbss.* .gnu.linkonce.tb.*) *(.tcommon) }",
    "  .preinit_array :",
    "  {",
    "    PROVIDE_HIDDEN (__preinit_array_start = .);",
    "    KEEP (*(.preinit_array))",
    "    PROVIDE_HIDDEN (__preinit_array_end = .);",
    "  }",
    "  .init_array :",
    "  {",
    "    PROVIDE_HIDDEN (__init_array_start = .);",
    "    KEEP (*(SORT_BY_INIT_PRIORITY(.init_array.*)))",
    "    KEEP (*(.init_array))",
    "    PROVIDE_HIDDEN (__init_array_end = .);",
    "  }",
    "  .fini_array :",
    "  {",
    "    PROVIDE_HIDDEN (__fini_array_start = .);",
    "    KEEP (*(SORT_BY_INIT_PRIORITY(.fini_array.*)))",
    "    KEEP (*(.fini_array))",
    "    PROVIDE_HIDDEN (__fini_array_end = .);",
    "  }",
    "  .ctors : { KEEP (*(SORT_BY_INIT_PRIORITY(.ctors.*))) KEEP (*(.ctors)) }",
    "  .dtors : { KEEP (*(SORT_BY_INIT_PRIORITY(.dtors.*))) KEEP (*(.dtors)) }",
    "  .jcr : { KEEP (*(.jcr)) }",
    "  .data.rel.ro : { *(.data.rel.ro .data.rel.ro.* .gnu.linkonce.d.rel.ro.*) }",
    "  .bss.rel.ro : { *(.bss.rel.ro .bss.rel.ro.*) }",
    "  .dynamic : { *(.dynamic) }",
    "  .got : { *(.got) }",
    "  . = DATA_SEGMENT_RELRO_END (0, .);",
    "  .got.plt : { *(.got.plt) }",
    "  .data : { *(.data .data.* .gnu.linkonce.d.*) }",
    "  _edata = .; PROVIDE (edata = .);",
    "  __bss_start = .;",
    "  .bss : { *(.bss .bss.* .gnu.linkonce.b.*) *(COMMON) }",
    "  _end = .; PROVIDE (end = .);",
    "  . = DATA_SEGMENT_END (.);",
    "}",
    NULL};

static void add_line(struct buf *b, const struct ld *ld, const char *line, bool pe)
{
    static const char *const pe_names[] = {"pei-x86-64", "pei-i386", ""};
    static const char *const elf_names[] = {"elf64-x86-64", "elf32-i386", "elf64-littleaarch64"};
    int m = ld->machine == MACH_X86_64 ? 0 : ld->machine == MACH_I386 ? 1 : 2;
    for (; *line; line++) {
        if (*line != '@') {
            buf_c(b, *line);
            continue;
        }
        switch (*++line) {
        case 'W': buf_puts(b, m == 1 ? "LONG" : "QUAD"); break;
        case 'F': buf_puts(b, pe ? pe_names[m] : elf_names[m]); break;
        case 'R': buf_puts(b, m == 1 ? "rel" : "rela"); break;
        default: buf_puts(b, m == 1 ? "0x08048000" : "0x400000"); break;
        }
    }
    buf_c(b, '\n');
}

/* What GNU ld's scripts describe beside these; a name that ends in '*' begins others. */
static const char *const also_described[] = {
    ".rela.*", ".rel.*", ".got*", ".iplt", ".igot*", ".debug*", ".zdebug*", ".stab*", ".line", ".comment", ".data1",
    ".rodata1", ".lbss", ".ldata", ".lrodata", ".exception_ranges", ".sframe", ".endjunk", ".gnu*", ".note*", NULL};

/* Does the default layout have an output section NAME, be it empty? INSERT may name it. */
bool ld_default_describes(const struct ld *ld, struct str name)
{
    for (const char *const *l = ld->be == &pe_backend ? pe_script : elf_script; *l; l++) {
        struct str line = str_c(*l);
        if (str_starts(line, S("  .")) && str_starts(str_skip(line, 2), name) &&
            (line.p[name.len + 2] == ' ' || line.p[name.len + 2] == 0)) {
            return true;
        }
    }
    for (const char *const *a = also_described; *a; a++) {
        if (str_glob(str_c(*a), name)) {
            return true;
        }
    }
    return false;
}

/* The scripts of -T as they are, or the built-in layout. */
bool ld_print_script(struct ld *ld)
{
    static const char bar[] = "==================================================\n";
    bool pe = ld->be == &pe_backend, given = ld->opt.scripts.n > 0;
    struct buf b = {0};
    buf_puts(&b, given ? "using external linker script\n" : "using internal linker script:\n");
    buf_puts(&b, bar);
    for (size_t i = 0; i < ld->opt.scripts.n; i++) {
        const struct ld_input *in = ld_open_text(ld, ld->opt.scripts.p[i], true);
        if (!in) {
            buf_free(&b);
            return false;
        }
        buf_add(&b, in->file.data.p, (size_t)in->file.data.len);
    }
    for (const char *const *l = pe ? pe_script : elf_script; !given && *l; l++) {
        add_line(&b, ld, *l, pe);
    }
    buf_puts(&b, bar);
    ld_print(ld, &b);
    buf_free(&b);
    return true;
}
