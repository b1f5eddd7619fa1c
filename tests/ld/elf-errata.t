# AArch64: what --fix-cortex-a53-843419 and --fix-cortex-a53-835769 do to code that these processors mistake.
. "${top_srcdir:?}/tests/lib.sh"
need aarch64-linux-gnu-as aarch64-linux-gnu-objdump aarch64-linux-gnu-nm qemu-aarch64

# Adds 1, 20, 15, 300 to x19 and exits with that, modulo 256: 80.
cat >e.s <<'X'
	.text
	.globl _start, far, near, cell
	.balign 4096
_start:
	mov x19, #0
	b near_site
	.skip 0xff8 - 8
near_site:
	adrp x0, near
	ldr x1, [sp]
near_end:
	ldr w2, [x0, :lo12:near]
	add x19, x19, x2
	b far_start
	.skip 0xff4 - 12
far_start:
	nop
	nop
far_site:
	adrp x3, far
	str x1, [sp, #-16]!
	mov x5, x6
far_end:
	ldr w4, [x3, :lo12:far]
	add x19, x19, x4
inside:	adrp x0, near
	ldr x1, [sp]
inside_end:
	ldr w2, [x0, :lo12:near]
	mov x7, #3
	mov x8, #5
	ldr x1, [sp]
product:
	madd x19, x7, x8, x19
	ldr x7, [sp]
depends:
	madd x10, x7, x8, x19
	ldp x7, x1, [sp]
plain:	mul x10, x7, x8
	b got_site
	.skip 0x2ffc - (. - _start)
got_site:
	adrp x0, :got:cell
	ldr x1, [sp]
got_end:
	ldr x0, [x0, :got_lo12:cell]
	ldr w0, [x0]
	add x19, x19, x0
	b pair_site
	.skip 0x3ff8 - (. - _start)
pair_site:
	adrp x0, near
	ldp x1, x2, [sp]
pair_end:
	ldr w2, [x0, :lo12:near]
	mov x0, x19
	mov x8, #93
	svc #0
	.skip 0x4ff8 - (. - _start)
data:	.word 0x90000000, 0xf94003e1
data_end:
	.word 0xb9400002, 0
behind:	ret
	.data
near:	.word 1
cell:	.word 300
	.section .far, "aw"
	.skip 0x400000
far:	.word 20
X
aarch64-linux-gnu-as e.s -o e.o
# at FILE LABEL...: the instructions there, without operands
at() {
	at_file=$1; shift
	for at_label; do
		at_va=$(aarch64-linux-gnu-nm "$at_file" | awk -v n="$at_label" '$3 == n {print $1}')
		aarch64-linux-gnu-objdump -d --no-show-raw-insn --start-address=0x"$at_va" "$at_file" |
			awk -F'\t' 'NF > 1 {print $2; exit}'
	done | tr -s ' \n' ' '
}
runs() { qemu-aarch64 "./$1"; echo $?; }
sites="near_site near_end far_site far_end got_site got_end inside inside_end product depends plain pair_site pair_end"
# what MODE EXPECTED OPTION...: the program still computes, and its instructions are these
what() {
	what_mode=$1 what_want=$2; shift 2
	ok "links $what_mode" ld e.o -o e "$@"
	is "... and computes the same" "$(runs e)" 80
	is "... instructions" "$(at e $sites)" "$what_want "
	if command -v aarch64-linux-gnu-ld >/dev/null; then
		aarch64-linux-gnu-ld e.o -o g "$@" 2>/dev/null
		is "... GNU ld's" "$(at g $sites)" "$what_want "
	fi
	is "... data is left alone" "$(at e data_end)" ".word "
}
what "without" "adrp ldr adrp ldr adrp ldr adrp ldr madd madd mul adrp ldr"
what "843419" "adr ldr adrp b adr ldr adrp ldr madd madd mul adrp ldr" --fix-cortex-a53-843419
what "843419=full" "adr ldr adrp b adr ldr adrp ldr madd madd mul adrp ldr" --fix-cortex-a53-843419=full
what "843419=adrp" "adrp b adrp b adrp b adrp ldr madd madd mul adrp ldr" --fix-cortex-a53-843419=adrp
what "835769" "adrp ldr adrp ldr adrp ldr adrp ldr b madd mul adrp ldr" --fix-cortex-a53-835769
what "both" "adr ldr adrp b adr ldr adrp ldr b madd mul adrp ldr" --fix-cortex-a53-843419 --fix-cortex-a53-835769
# Code behind the veneers stays where it was in its page.
va() { aarch64-linux-gnu-nm "$1" | awk -v n="$2" '$3 == n {print substr($1, 14)}'; }
printf '\t.section .text.b, "ax"\n\t.globl other\nother: ret\n\t.section .fini, "ax"\nlast: ret\n' >f.s
aarch64-linux-gnu-as f.s -o f.o
ld e.o f.o -o plain
ld e.o f.o -o moved --fix-cortex-a53-843419
is "veneers are whole pages" "$(va plain other) $(va plain last)" "$(va moved other) $(va moved last)"
ld e.o f.o -o few --fix-cortex-a53-835769
is "those of 835769 alone are not" "$(va few last)" "$(printf '%03x' $((0x$(va plain last) + 8)))"
status "843419=adr where ADR does not reach" 1 ld e.o -o adr --fix-cortex-a53-843419=adr
like "... says where" "$(cat tap.err)" 'e.o: .text.0x1ffc: .*843419.*too far'
status "an unknown way" 1 ld e.o -o adr --fix-cortex-a53-843419=all
# A script's layout, the same bytes at any number of threads.
cat >s.lds <<'X'
SECTIONS { . = 0x410000; .text : { *(.text) } . = ALIGN(0x10000); .data : { *(.data) *(.got*) } .far : { *(.far) } }
X
ok "with a script" ld -T s.lds e.o -o s --fix-cortex-a53-843419
is "... runs" "$(runs s)" 80
is "... instructions" "$(at s near_site near_end far_site far_end)" "adr ldr adrp b "
ld e.o -o t1 --threads=1 --fix-cortex-a53-843419 --fix-cortex-a53-835769
ld e.o -o t4 --threads=4 --fix-cortex-a53-843419 --fix-cortex-a53-835769
ok "the same with four threads" cmp t1 t4
done_testing
