# Linker scripts against GNU ld: the same objects under the same scripts give sections of the same address
# and size, and symbols of the same value.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ld.bfd readelf as
cat >a.s <<'X'
.section .vectors,"a"
.quad reset
.text
.globl reset
reset: nop
 ret
.section .text.hot,"ax"
.globl hot
hot: nop
.section .rodata.str,"a"
.asciz "hello"
.section .rodata.b,"a"
.balign 16
.quad 2
.data
.globl d
d: .long 1,2,3
.section .data.z,"aw"
.long 9
.bss
.globl b
b: .space 40
.comm com,24,8
.section .tab.2,"a"
.byte 2
.section .tab.1,"a"
.byte 1
X
cat >c.s <<'X'
.text
.globl fc
fc: ret
 ret
.section .rodata.c,"a"
.balign 32
.long 5
.data
.balign 8
.long 7
.section .tab.3,"a"
.balign 4
.byte 3
.section .ov1,"ax"
.space 20
.section .ov2,"ax"
.space 36
.section .orphan,"aw"
.long 4
X
as a.s -o a.o && as c.s -o c.o
facts() {
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \(\.[^ ]*\) *[A-Z]* *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2 \3/p' |
		grep -Ev '^\.(symtab|strtab|shstrtab|comment|note)' | sort
	readelf -sW "$1" | awk '$5 == "GLOBAL" && $8 != "" {print $8, $2}' | sort
}
compare() { # NAME [OPTIONS], script on standard input
	set -- "$1" "${2-}"
	cat >"$1.ld"
	# shellcheck disable=SC2086
	ld.bfd -m elf_x86_64 $2 -T "$1.ld" a.o c.o -o g.out 2>g.err || { skip_test "$1" "GNU ld refuses: $(head -n1 g.err)"; return; }
	# shellcheck disable=SC2086
	ok "$1" ld -m elf_x86_64 $2 -T "$1.ld" a.o c.o -o o.out
	is "$1: sections and symbols" "$(facts o.out)" "$(facts g.out)"
}
compare firmware <<'X'
ENTRY(reset)
MEMORY { rom (rx) : ORIGIN = 0x08000000, LENGTH = 64K  ram (rw) : ORIGIN = 0x20000000, LENGTH = 8K }
SECTIONS {
  .isr : { KEEP(*(.vectors)) } >rom
  .text : { *(.text*) *(.rodata*) *(.tab.*) *(.ov*) . = ALIGN(8); _etext = .; } >rom
  .data : { _sdata = .; *(.data*) *(.orphan) . = ALIGN(4); _edata = .; } >ram AT>rom
  _sidata = LOADADDR(.data);
  .bss (NOLOAD) : { _sbss = .; *(.bss*) *(COMMON) _ebss = .; } >ram
  _stack = ORIGIN(ram) + LENGTH(ram);
}
X
compare u-boot <<'X'
OUTPUT_ARCH(i386:x86-64)
ENTRY(reset)
SECTIONS {
  . = 0x100000;
  . = ALIGN(4);
  .text : { __image_start = .; *(.vectors) *c.o(.text) *(.text*) *(.ov*) }
  . = ALIGN(4);
  .rodata : { *(SORT_BY_ALIGNMENT(SORT_BY_NAME(.rodata*))) }
  . = ALIGN(4);
  .data : { *(.data*) *(.orphan) }
  . = .;
  . = ALIGN(4);
  .list : { start_list = .; KEEP(*(SORT(.tab.*))) end_list = .; }
  . = ALIGN(8);
  __image_end = .;
  .bss : { __bss_begin = .; *(.bss*) *(COMMON) . = ALIGN(8); __bss_stop = .; }
}
X
compare kernel <<'X'
ENTRY(reset)
base = 0x1000000;
SECTIONS {
  . = base;
  .text ALIGN(0x1000) : AT(ADDR(.text) - 0x800000) { _stext = .; *(.text.hot) *(.text) *(.ov*) _etext = .; } =0x9090
  . = ALIGN(0x1000);
  .rodata : AT(ADDR(.rodata) - 0x800000) { *(.rodata .rodata.*) *(.vectors) }
  .tab ALIGN(64) : { __start_tab = .; KEEP(*(SORT(.tab.*))) __stop_tab = .; }
  .data ALIGN(0x1000) : { _sdata = .; *(.data .data.*) *(.orphan) BYTE(1) SHORT(2) LONG(3) QUAD(4) _edata = .; }
  .bss : { *(.bss) *(COMMON) . = ALIGN(4096); }
  _end = .;
  count = SIZEOF(.tab) * 2 + (1 << 4);
  pages = (SIZEOF(.bss) + 4095) / 4096;
  biggest = MAX(SIZEOF(.text), SIZEOF(.rodata));
  ASSERT(_end > base, "order")
}
X
compare sorting <<'X'
SECTIONS {
  .text 0x400000 : { *(EXCLUDE_FILE(*c.o) .text) mid = .; *(.text .text.*) *(.ov*) }
  .rodata : SUBALIGN(8) { *(SORT_BY_NAME(.rodata.*)) *(.vectors) }
  .tab : { *(SORT_BY_NAME(.tab.*)) }
  .data ALIGN(256) : { *(.data .data.*) *(.orphan) }
  .bss : { *(.bss COMMON) }
  off = . - ADDR(.data); al = ALIGNOF(.data); log = LOG2CEIL(SIZEOF(.data)); low = MIN(1, 2); not = !off; neg = -1;
  cond = DEFINED(mid) ? 5 : 6; nocond = DEFINED(nobody) ? 5 : 6; mod = 17 % 5; shift = 0x100 >> 4; c = ~0;
}
X
compare discard <<'X'
SECTIONS {
  . = 0x10000;
  .all : { *(.text .text.*) *(.rodata*) *(.vectors) *(.data*) *(.orphan) }
  .zero : { *(.bss) *(COMMON) }
  /DISCARD/ : { *(.tab.*) *(.ov*) }
  one = ADDR(.all); PROVIDE(two = one + 1); HIDDEN(three = 3);
}
X
compare insert-regions <<'X'
MEMORY { flash : ORIGIN = 0x1000, LENGTH = 32K  sram : ORIGIN = 0x30000, LENGTH = 4K }
REGION_ALIAS("CODE", flash)
REGION_ALIAS("DATA", sram)
SECTIONS {
  .text : { *(.vectors) *(.text .text.*) *(.ov*) *(.rodata*) *(.tab.*) } > CODE
  .data : { *(.data .data.*) *(.orphan) } > DATA AT > CODE
  .bss : { *(.bss) *(COMMON) } > DATA
  left = LENGTH(DATA) - (. - ORIGIN(DATA)); load = LOADADDR(.data);
}
X
compare load-regions <<'X'
MEMORY { rom : ORIGIN = 0x1000, LENGTH = 32K  ram : ORIGIN = 0x30000, LENGTH = 4K }
SECTIONS {
  .text : { *(.vectors) *(.text .text.*) *(.ov*) *(.rodata*) } >rom
  .data : { *(.data) } >ram AT>rom
  .more : { *(.data.z) *(.orphan) } >ram
  .bss : { *(.bss) *(COMMON) } >ram
  .tab : { *(.tab.*) } >rom
  m = LOADADDR(.more); b = LOADADDR(.bss);
}
X
compare gaps <<'X'
SECTIONS {
  .none 0x2000 : { *(.nothing) }
  a = .;
  .text . + 0x20 : { *(.vectors) *(.text .text.*) *(.ov*) *(.rodata*) }
  .none2 0x4000 : { *(.nothing) }
  b = .;
  .data : { *(.data*) *(.orphan) *(.tab.*) }
  .empty ALIGN(0x1000) : { c = .; }
  d = .;
  .bss : { *(.bss) *(COMMON) }
  e = ALIGNOF(.none); f = SIZEOF(.none2);
}
X
compare twice <<'X'
SECTIONS {
  .text 0x1000 : { *(.text) }
  .rodata : { *(.rodata*) *(.tab.*) *(.vectors) }
  .text : { *(.text.*) *(.ov*) }
  .data : { *(.data*) *(.orphan) }
  .bss : { *(.bss) *(COMMON) }
}
X
for z in relro norelro; do
compare "data-segment-$z" "-z $z" <<'X'
SECTIONS {
  . = 0x400000;
  .text : { *(.vectors) *(.text .text.*) *(.ov*) *(.rodata*) }
  . = DATA_SEGMENT_ALIGN(0x4000, 0x1000);
  .tab : { *(.tab.*) }
  .data : { *(.data*) *(.orphan) }
  .bss : { *(.bss) *(COMMON) . += 0xf80; }
  . = DATA_SEGMENT_END(.);
  e = .;
}
X
done
compare overlay <<'X'
SECTIONS {
  .text 0x1000 : { *(.text .text.*) *(.vectors) *(.rodata*) *(.tab.*) }
  OVERLAY 0x8000 : AT(0x20000) { .one { *(.ov1) } .two { *(.ov2) } }
  .data : { *(.data .data.*) *(.orphan) }
  .bss : { *(.bss) *(COMMON) }
}
X
done_testing
