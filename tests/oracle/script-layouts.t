# Layouts of firmware scripts against GNU ld: section headers in order, segments, symbols with the sections that they
# are in, and what is left undefined.
. "${top_srcdir:?}/tests/lib.sh"
need as ld.bfd readelf
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
cat >a.s <<'S'
	.section .vectors, "ax"
	.long 1, 2
	.text
	.globl _start
_start: nop
	.section .rodata, "a"
	.long 3
	.data
	.globl d
d:	.long 4
	.section .tdata, "awT"
	.long 5
	.section .tbss, "awT", @nobits
	.zero 12
	.bss
	.zero 6
	.section .mine, "aw"
	.byte 7
	.section .debug_own, ""
	.long 8
	.section .comment, "MS", @progbits, 1
	.asciz "x"
	.section .note.GNU-stack, "", @progbits
S
printf '.globl _start\n_start: nop\n.section .note.GNU-stack, "", @progbits\n' >s.s
as a.s -o a.o && as s.s -o s.o || exit 99
headers() { # without what the linker says of itself, and places of what is not loaded
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \(\.[^ ]*\) *\([A-Z_]*\) *\([0-9a-f]*\) \([0-9a-f]*\) \([0-9a-f]*\) [0-9a-f]* *\([A-Z]*\) *[0-9]* *[0-9]* *\([0-9]*\)$/\1 \2 \3 \4 \5 \6 \7/p' |
		awk '$1 !~ /^\.(symtab|strtab|shstrtab|comment)$/ { if ($6 !~ /A/) $4 = "-"; print }'
	readelf -lW "$1" | sed -n 's/^  *\([A-Z_]*  *0x.*\)/\1/p'
}
symbols() {
	readelf -SW "$1" | sed -n 's/^ *\[ *\([0-9]*\)\] \(\.[^ ]*\) .*/\1 \2/p' >sections
	readelf -sW "$1" | awk 'NR == FNR { name[$1] = $2; next } $8 != "" && $4 != "SECTION" && $4 != "FILE" {
		print $8, $2, $5, ($7 in name) ? name[$7] : $7 }' sections - | sort
}
compare() { # NAME OBJECT [OPTIONS], script on standard input
	set -- "$1" "$2" "${3-}"
	cat >"$1.ld"
	# shellcheck disable=SC2086
	ld.bfd -m elf_x86_64 $3 -T "$1.ld" "$2" -o g.out 2>g.err || { skip_test "$1" "GNU ld refuses: $(head -n1 g.err)"; return; }
	# shellcheck disable=SC2086
	ok "$1" ld -m elf_x86_64 $3 -T "$1.ld" "$2" -o o.out
	is "$1: sections and segments" "$(headers o.out)" "$(headers g.out)"
	is "$1: symbols" "$(symbols o.out)" "$(symbols g.out)"
}
compare symbols a.o <<'X'
SECTIONS {
  first = .;
  .text 0x10000 : { *(.vectors) *(.text) }
  dot = .; copy = dot; more = dot + 1; of = ADDR(.text) + 4; abs = ABSOLUTE(.); diff = dot - ADDR(.text);
  most = MAX(., 4); less = . - 4; low = . & 0xff; aligned = ALIGN(dot, 16); next = ALIGN(16); start = _start + 4; load = LOADADDR(.text);
  . = ALIGN(0x100);
  behind = .;
  .rodata : { *(.rodata) }
  .data : { *(.data) n = 4; same = dot; off = dot - ADDR(.data); a = ABSOLUTE(.); back = . - _start; of_text = _start; size = SIZEOF(.text); }
  .tdata : { *(.tdata) t = .; }
  after_tls = .;
  .bss : { *(.bss) *(.mine) }
  _end = .;
  . = ALIGN(0x1000);
  past_end = .;
  .stack 0x80000 : { top = .; *(.stack) }
  .heap : { heap = .; }
  last = .;
}
X
compare left-out a.o <<'X'
SECTIONS {
  .text 0x10000 : { *(.vectors) *(.text) }
  .none : { none = .; *(.none) }
  .rodata : { *(.rodata) }
  .none2 ALIGN(64) : { none2 = .; *(.none2) }
  .data : { *(.data) *(.mine) }
  .none3 : { none3 = .; }
  .bss : { *(.bss) }
}
X
compare headers-apart s.o <<'X'
SECTIONS { . = 0x4000 + SIZEOF_HEADERS; . = ALIGN(0x400); .text : { *(.text) } }
X
compare headers-before s.o <<'X'
SECTIONS { . = 0x100400; .text : { *(.text) } }
X
compare headers-with-data a.o <<'X'
SECTIONS { . = 0x8000 + SIZEOF_HEADERS; .rodata : { *(.rodata) } .data : { *(.data) *(.mine) } .bss : { *(.bss) } . = ALIGN(0x1000); .text : { *(.text) *(.vectors) } }
X
compare regions a.o <<'X'
MEMORY { one : ORIGIN = 0x20000, LENGTH = 32 two : ORIGIN = 0x20020, LENGTH = 4K }
SECTIONS {
  .text : { *(.vectors) *(.text) *(.rodata) } >one
  .data : { *(.data) *(.mine) } >two
  .bss : { *(.bss) } >two
}
X
compare undeclared s.o <<'X'
SECTIONS { .text : { *(.text) } >none .data : { *(.data) } >other AT>none x = ORIGIN(none); y = LENGTH(other); z = ORIGIN(third); }
X
compare order a.o <<'X'
SECTIONS {
  load = LOADADDR(.data);
  .text 0x10000 : { *(.vectors) *(.text) here = ADDR(.bss); }
  .comment 0 : { *(.comment) }
  .empty : { . = ALIGN(4); }
  .rodata : { *(.rodata) }
  .data : AT(ADDR(.text) + 0x1000) { *(.data) }
  .bss : { *(.bss) }
  unused = ADDR(.gone);
  .mine : { *(.mine) }
  .gone : { gone = .; }
}
X
compare provide a.o <<'X'
SECTIONS {
  PROVIDE(stack = 0x5000);
  PROVIDE(twice = 1);
  .text 0x10000 : { *(.vectors) *(.text) }
  .data (DEFINED(stack) ? stack : 0x70000) : { stack = .; *(.data) LONG(1) }
  PROVIDE(twice = 2);
  use = twice;
  /DISCARD/ : { *(*) }
}
X
compare orphans-load a.o <<'X'
SECTIONS { . = 0x4002c0; .text : AT(ADDR(.text) + 0x100000) { *(.text) *(.vectors) . += 0x33; } }
X
compare tables s.o <<'X'
SECTIONS {
  .text 0x10002 : { *(.text) }
  .rodata : { *(.plt) . = ALIGN(4); *(.rodata) }
  .data : { start = .; *(.got.plt) *(.got) BYTE(1) end = .; }
  .more : { BYTE(2) *(.rela.got) }
}
X
compare asked s.o "-u by_option -e by_entry" <<'X'
EXTERN(one two) ENTRY(other)
SECTIONS { .text 0x10000 : { *(.text) } PROVIDE(no = 1); x = DEFINED(nobody); }
X
compare asked-by-script s.o <<'X'
EXTERN(one _start) ENTRY(go)
SECTIONS { .text 0x10000 : { *(.text) } }
X
compare tls a.o <<'X'
SECTIONS { .text 0x10000 : { *(.vectors) *(.text) *(.rodata) } .data : { *(.data) *(.mine) } .bss : { *(.bss) *(.tdata) } .tbss 0x40000 : { *(.tbss) } }
X
compare zeros-first s.o <<'X'
MEMORY { v : ORIGIN = 0x800000, LENGTH = 0xb8 r : ORIGIN = 0x8000b8, LENGTH = 64K }
SECTIONS { .bss : { start = .; *(.bss) . = ALIGN(4); } >r .text : { *(.text) } >r .warm : { . = ALIGN(4); . += 0xb8; } >v .table : { . = ALIGN(4); LONG(1) } >r }
X
ld.bfd -T asked.ld -u by_option -e by_entry s.o -o g.out 2>g.err
ld -T asked.ld -u by_option -e by_entry s.o -o o.out 2>o.err
is "an entry that nothing defines is said as GNU ld says it" "$(sed 's/^[^:]*: //' o.err)" "$(sed 's/^[^:]*: //' g.err)"
done_testing
