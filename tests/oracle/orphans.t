# Where sections go that no description selects: as with GNU ld.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ld.bfd readelf
cat >o.s <<'S'
	.globl _start
_start:	nop
	.data
	.quad 1
	.section .orw,"aw"
	.quad 2
	.section .oro,"a"
	.quad 2
	.section .ox,"ax"
	.quad 2
	.bss
	.zero 4
	.section .onb,"aw",@nobits
	.zero 8
S
gcc -c o.s || exit 99
show() { readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \([^ ]* *[A-Z]* *[0-9a-f]*\) .* [AWX]\{1,3\} .*/\1/p'; nm "$1" | grep ' [a-zA-Z] e[0-9]' | sed 's/ [A-Z] / /'; }
n=0
while read -r body; do
	n=$((n + 1))
	echo "SECTIONS { $body }" >s.ld
	ld.bfd -T s.ld o.o -o g 2>/dev/null && ld -T s.ld o.o -o m || { fail "script $n links"; continue; }
	show g >g.txt; show m >m.txt
	same "$body" m.txt g.txt
done <<'X2'
. = 0x1000; .text : { *(.text) } e0 = .; .data : { *(.data) } e1 = .; . = ALIGN(64); e2 = .; .bss : { *(.bss) } e3 = .;
. = 0x1000; .text : { *(.text) } . = ALIGN(0x100); .rodata : { *(.rodata) } e0 = .; . = ALIGN(64); .data : { *(.data) } . = ALIGN(64); e2 = .; .bss : { *(.bss) } e3 = .;
. = 0x1000; .text : { *(.text) } . = ALIGN(0x1000); e0 = .; .bss : { *(.bss) } e3 = .; .data : { *(.data) } e1 = .;
. = 0x1000; .text : { *(.text) } ASSERT(. < 0x2000, "x") . = ALIGN(0x1000); .data : { *(.data) } e1 = .;
. = 0x1000; e0 = .; .data : { *(.data) } e1 = .;
. = 0x1000; e0 = .; .mytext : { *(.text) } e2 = .; . = ALIGN(256); .mydata : { *(.data) } e1 = .; .mybss : { *(.bss) } e3 = .;
.text 0x1000 : { *(.text) } .data 0x3000 : { *(.data) } e1 = .; .bss 0x4000 : { *(.bss) } e3 = .;
e0 = .; .text 0x1000 : { *(.text) } e1 = .; e2 = ALIGN(128); .empty : { } .data : { *(.data) } .bss : { *(.bss) } e3 = .; /DISCARD/ : { *(.comment) }
X2
done_testing
