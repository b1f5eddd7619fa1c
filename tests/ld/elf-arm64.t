# AArch64: addresses without the GOT, guarded PLTs, the variant calling convention, thunks in a script's layout.
. "${top_srcdir:?}/tests/lib.sh"
need readelf aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump qemu-aarch64
. "$top_srcdir/tests/ld/elf.sh"
cc="aarch64-linux-gnu-gcc -B$B" q="qemu-aarch64 -L /usr/aarch64-linux-gnu"
dis() { aarch64-linux-gnu-objdump -d --no-show-raw-insn "$1" | sed -n "/<$2>:/,/^\$/p" | tr '\n\t' '  '; }

cat >got.s <<'X'
	.text
	.globl near_got, far_got, mixed, page, main
near_got:
	adrp x0, :got:near
	ldr x0, [x0, :got_lo12:near]
	ldr w0, [x0]
	ret
far_got:
	adrp x0, :got:far
	ldr x0, [x0, :got_lo12:far]
	ldr w0, [x0]
	ret
page:
	adrp x0, near
	add x0, x0, :lo12:near
	ldr w0, [x0]
	ret
other:
	adrp x0, near
	add x1, x0, :lo12:near
	ldr w0, [x1]
	ret
main:
	stp x29, x30, [sp, #-32]!
	stp x19, x20, [sp, #16]
	bl near_got
	mov w19, w0
	bl far_got
	add w19, w19, w0
	bl page
	add w19, w19, w0
	bl other
	add w19, w19, w0
	bl mixed
	add w0, w19, w0
	ldp x19, x20, [sp, #16]
	ldp x29, x30, [sp], #32
	ret
	.section .text.mixed, "ax"
mixed:	/* the second half is reached from two first halves: neither may change */
	adrp x0, :got:near
	cbz x0, 1f
	adrp x0, :got:near
1:	ldr x0, [x0, :got_lo12:near]
	ldr w0, [x0]
	ret
	.data
	.globl near, far
	.hidden near, far
near:	.word 1
	.section .bigdata, "aw"
	.skip 0x200000
far:	.word 10
	.section .note.GNU-stack, "", @progbits
X
for o in -pie -no-pie -static -static-pie; do
	# shellcheck disable=SC2086
	ok "addresses in two steps $o" $cc $o -o got got.s
	# shellcheck disable=SC2086
	status "... are right $o" 14 $q ./got
done
# shellcheck disable=SC2086
ok "as a position-independent program" $cc -pie -o got got.s
like "a near one is nop and adr" "$(dis got near_got)" 'nop +[0-9a-f]+: +adr +x0,'
like "a far one is adrp and add" "$(dis got far_got)" 'adrp +x0, .*add +x0, x0,'
like "adrp and add become adr" "$(dis got page)" 'nop +[0-9a-f]+: +adr +x0,'
like "... not if another register gets it" "$(dis got other)" 'adrp +x0, .*add +x1, x0,'
like "halves that do not pair keep the GOT" "$(dis got mixed)" 'adrp +x0, .*adrp +x0, .*ldr +x0, \[x0,'
# shellcheck disable=SC2086
ok "--no-relax" $cc -pie -Wl,--no-relax -o got got.s
like "... keeps the loads" "$(dis got near_got)" 'adrp +x0, .*ldr +x0, \[x0,'
# shellcheck disable=SC2086
status "... and they are right" 14 $q ./got

cat >plt.c <<'X'
#include <stdio.h>
int main(void) { puts("called"); return 0; }
X
aarch64-linux-gnu-gcc -mbranch-protection=bti -c plt.c
plt() { # plt OPTIONS: links plt.o; $d the PLT's code, $t the dynamic tags
	# shellcheck disable=SC2086
	$cc -o plt plt.o $1 2>plt.err || { fail "link $1"; diag "$(cat plt.err)"; }
	d=$(aarch64-linux-gnu-objdump -d --no-show-raw-insn -j .plt plt | sed -n 's/^ [^\t]*:\t\([a-z0-9]*\).*/\1/p' | tr '\n' ' ')
	t=$(readelf -d plt)
}
plt ""
like "a plain PLT" "$d" '^stp adrp ldr add br nop nop nop adrp ldr add br adrp'
# shellcheck disable=SC2086
prints "... works" called $q ./plt
plt "-Wl,-z,force-bti"
like "-z force-bti: every entry is a landing pad" "$d" '^bti stp adrp ldr add br nop nop bti adrp ldr add br nop bti'
like "... and the loader knows" "$t" 'AARCH64_BTI_PLT'
like "... the note says so" "$(readelf -n plt)" 'AArch64 feature: BTI'
like "... objects without the property are named" "$(cat plt.err)" 'crt1.o: does not have the BTI property'
plt "-Wl,-z,pac-plt"
like "-z pac-plt: entries check the address" "$d" ' adrp ldr add autia1716 br nop adrp'
like "... and the loader knows" "$t" 'AARCH64_PAC_PLT'
unlike "... no landing pads" "$d" 'bti'
plt "-Wl,-z,pac-plt,-z,force-bti"
like "both" "$d" 'bti adrp ldr add autia1716 br bti'

cat >v.s <<'X'
	.globl vec
	.type vec, @function
	.variant_pcs vec
vec:	mov w0, #7
	ret
	.section .note.GNU-stack, "", @progbits
X
cat >vu.c <<'X'
int vec(void) __attribute__((aarch64_vector_pcs));
int main(void) { return vec(); }
X
# shellcheck disable=SC2086
ok "a library with the vector calling convention" $cc -shared -o libv.so v.s
like "... its symbol says so" "$(readelf --dyn-syms -W libv.so | grep ' vec$')" 'VARIANT_PCS'
# shellcheck disable=SC2086
ok "... its user" $cc -o vu vu.c -L. -lv -Wl,-rpath,.
like "... is bound at once" "$(readelf -d vu)" 'AARCH64_VARIANT_PCS'
# shellcheck disable=SC2086
status "... runs" 7 $q ./vu

cat >far1.c <<'X'
int far_one(int);
static int near_one(int x) { return x + 1; }
int back(int x) { return near_one(x) * 2; }
void _start(void)
{
	int n = far_one(3) + back(1);
	register long x8 __asm__("x8") = 93;
	register long x0 __asm__("x0") = n;
	__asm__ volatile("svc 0" :: "r"(x8), "r"(x0));
	for (;;) { }
}
X
cat >far2.c <<'X'
int back(int);
static int helper(int x) { return x * 10; }
int far_one(int x) { return helper(x) + back(x); }
X
cat >far.ld <<'X'
ENTRY(_start)
SECTIONS {
  . = 0x400000;
  .text : { far1.o(.text*) }
  .text2 0x40000000 : { far2.o(.text*) }
}
X
aarch64-linux-gnu-gcc -O1 -fno-inline -ffreestanding -c far1.c; aarch64-linux-gnu-gcc -O1 -fno-inline -ffreestanding -c far2.c
ok "a script puts code 1 GiB apart" ld -T far.ld -o far far1.o far2.o
status "... calls reach, both ways" 42 qemu-aarch64 ./far
sed 's/ENTRY/first = 1; &/; s/\.text2/middle = .; &/' far.ld >named.ld
ok "... with symbols of the script" ld -T named.ld -o far far1.o far2.o
status "... they reach as before" 42 qemu-aarch64 ./far
# --- branches to what is far away: numbers, sections beyond 128 MiB and beyond 4 GiB, back again
cat >far.s <<'X'
	.globl _start
_start:	mov x19, #0
	bl a
	bl b
	mov x0, x19
	mov x8, #93
	svc #0
	.section .far, "ax"
a:	add x19, x19, #1
	b back
	.section .vfar, "ax"
b:	add x19, x19, #2
	b again
	.text
back:	add x19, x19, #4
	ret
again:	add x19, x19, #8
	ret
X
aarch64-linux-gnu-as far.s -o far.o
cat >far.lds <<'X'
SECTIONS { . = 0x400000; .text : { *(.text) } . = 0x20000000; .far : { *(.far) } . = 0x300000000; .vfar : { *(.vfar) } }
X
for o in "" "-pie --no-dynamic-linker"; do
	# shellcheck disable=SC2086
	"$OBJKIT" ld -T far.lds $o far.o -o far
	qemu-aarch64 ./far
	is "branches beyond 4 GiB and back $o" $? 15
done
printf '\t.globl _start\n_start: bl faraway\n\tb near\nnear: ret\n' >num.s
aarch64-linux-gnu-as num.s -o num.o
# thunk NUMBER: the instructions of the branch to it and of what it goes by
thunk() {
	"$OBJKIT" ld num.o --defsym faraway=$1 -o num -Ttext=0x9000000 &&
		aarch64-linux-gnu-objdump -d num | awk '/^ / {print $3}' | head -6 | xargs
}
is "a branch to a number 112 MiB away" "$(thunk 0x10000000)" "bl b ret"
is "... 1 GiB away" "$(thunk 0x49000000)" "bl b ret adrp add br"
is "... below" "$(thunk 0)" "bl b ret adrp add br"
is "... beyond 4 GiB" "$(thunk 0x123456789000)" "bl b ret ldr adr add"
done_testing
