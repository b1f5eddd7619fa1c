# The rest of the scripts' language for ELF: INSERT, overlays' symbols, STARTUP, OUTPUT, commons, groups, formats.
. "${top_srcdir:?}/tests/lib.sh"
need readelf gcc as
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
. "$top_srcdir/tests/ld/elf.sh"
sections() { readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \(\.[^ ]*\) .*/\1/p' | tr '\n' ' '; }
value() { readelf -sW "$1" | awk -v n="$2" '$8 == n { print $2; exit }'; }

cat >i.c <<'X'
#include <stdio.h>
__attribute__((section(".mytab.b"))) int t2 = 2; __attribute__((section(".mytab.a"))) int t1 = 1;
__attribute__((section(".myro"))) const int r = 5; int d = 3;
extern int tab_start[], tab_end[]; extern char ro_end[];
int main(void)
{
	int s = 0;
	for (int *p = tab_start; p < tab_end; p++) s = s * 10 + *p;
	printf("%d %d %d %d\n", s, r, d, ro_end == (char *)(&r + 1));
	return 0;
}
X
cat >i.ld <<'X'
SECTIONS { tab_start = .; .mytab : { *(SORT_BY_NAME(.mytab.*)) } tab_end = .; } INSERT AFTER .data;
SECTIONS { .myro : { *(.myro) } ro_end = .; } INSERT BEFORE .rodata;
SECTIONS { .e1 : { BYTE(1) } .e2 : { BYTE(2) } } INSERT AFTER .text;
X
for o in -pie -no-pie -static; do
	ok "INSERT $o" link i $o i.c -Wl,-T,i.ld
	prints "... its program $o" "12 5 3 1" ./i
	s=$(sections i)
	like "... AFTER $o" "$s" '\.data \.mytab '
	like "... BEFORE $o" "$s" '\.myro \.rodata '
	like "... two sections in their order $o" "$s" '\.text \.e1 \.e2 '
done

cat >ov.c <<'X'
__attribute__((section(".ov-1"))) int o1 = 1; __attribute__((section(".ov2"))) int o2[3] = {2};
extern char __load_start_ov1[], __load_stop_ov1[], __load_start_ov2[], __load_stop_ov2[];
char *t[] = {__load_start_ov1, __load_stop_ov1, __load_start_ov2, __load_stop_ov2};
void _start(void) { }
X
gcc -c -fno-pie ov.c
cat >ov.ld <<'X'
SECTIONS { .text 0x1000 : { *(.text) } .data : { before = .; CONSTRUCTORS CREATE_OBJECT_SYMBOLS after = .; *(.data*) }
  OVERLAY 0x8000 : AT (0x20000) { .ov-1 { *(.ov-1) } .ov2 { *(.ov2) } } }
X
ok "an overlay" ld -T ov.ld ov.o -o ov
is "... where its sections are loaded" "$(value ov __load_start_ov1) $(value ov __load_stop_ov1) $(value ov __load_start_ov2) $(value ov __load_stop_ov2)" \
	"0000000000020000 0000000000020004 0000000000020004 0000000000020010"
is "CONSTRUCTORS and CREATE_OBJECT_SYMBOLS make nothing in ELF" "$(value ov before)" "$(value ov after)"

cat >e.s <<'X'
.globl a
a: nop
mov com@GOTPCREL(%rip), %rax
.comm com, 8, 8
X
as e.s -o e.o; printf '.globl s1\ns1: nop\n' | as -o st1.o -
echo 'STARTUP(st1.o) OUTPUT(named.out) SECTIONS { .text 0x1000 : SUBALIGN(1) { *(.text) } }' >st.ld
ok "STARTUP and OUTPUT" ld -T st.ld e.o -e a
is "... the output has the name" "$(value named.out s1)" 0000000000001000
is "... the first file is first" "$(value named.out a)" 0000000000001001
rm -f named.out
ok "-o has the last word" ld -T st.ld e.o -e a -o other
status "... nothing under the script's name" 1 test -e named.out
echo 'FORCE_COMMON_ALLOCATION' >fc.ld
ok "-r" ld -r e.o -o r.o
like "... keeps commons" "$(readelf -sW r.o)" 'COM com'
ok "FORCE_COMMON_ALLOCATION" ld -r e.o fc.ld -o r.o
unlike "... gives them their place" "$(readelf -sW r.o)" 'COM com'
echo 'INHIBIT_COMMON_ALLOCATION' >ic.ld
for o in ic.ld --no-define-common; do
	ok "a library with $o" ld -shared e.o $o -o c.so
	like "... leaves commons undefined" "$(readelf --dyn-syms -W c.so)" 'UND com'
done
cat >g.cc <<'X'
inline int f(int x) { static int n; return n += x; }
int (*p)(int) = f;
X
gcc -c g.cc -o g.o || exit 99
echo 'FORCE_GROUP_ALLOCATION' >fg.ld
for o in fg.ld --force-group-allocation; do
	ok "-r with $o" ld -r g.o $o -o gr.o
	like "... no groups" "$(readelf -gW gr.o)" 'no section groups'
	printf 'extern int (*p)(int); int main(void) { return p(3); }\n' >gm.c
	ok "... can be linked" link gm gm.c gr.o
	status "... and runs" 3 ./gm
done
ok "-r without" ld -r g.o -o gr.o
like "... keeps groups" "$(readelf -gW gr.o)" 'COMDAT group'

cat >boot.s <<'X'
.code16
.globl _start
_start: jmp 1f
.word msg
1: hlt
.data
msg: .ascii "hello"
.bss
.skip 20
X
as --32 boot.s -o boot.o
ok "--oformat binary" ld -m elf_i386 --oformat binary -Ttext 0x7c00 -Tdata 0x7c20 boot.o -o boot.bin
is "... bytes from the first to the last address" "$(od -An -tx1 -v boot.bin | tr -d ' \n')" \
	"eb02207cf4$(printf '00%.0s' $(seq 27))68656c6c6f"
echo 'OUTPUT_FORMAT(binary) SECTIONS { .text 0x7c00 : { *(.text) } .data 0x9000 : AT(0x7c20) { *(.data) } }' >b.ld
ok "OUTPUT_FORMAT(binary)" ld -m elf_i386 -T b.ld boot.o -o boot2.bin
is "... by load addresses" "$(od -An -tx1 -j32 boot2.bin | tr -d ' \n')" 68656c6c6f
status "a format that is not written" 1 ld --oformat srec e.o -o x
like "... is named" "$(cat tap.err)" "output format 'srec' is not supported"
status "another machine's format" 1 ld --oformat elf32-i386 e.o -o x
like "... says what to use" "$(cat tap.err)" "use -m elf_i386"
ok "the emulation's own format" ld --oformat elf64-x86-64 -e a e.o -o x

cat >f.s <<'X'
.section .a,"ax"
.globl a
a: .byte 1
.section .b,"ax"
.p2align 3
.byte 2
.section .c,"ax"
.p2align 2
.byte 3
X
as f.s -o f.o
fill() { # fill NAME PATTERN COMMAND BYTES: what is in the gaps
	echo "SECTIONS { .t 0x1000 : { *(.a) $3 *(.b) . += 2; BYTE(9) *(.c) . = ALIGN(8); } $2 }" >f.ld
	ok "gaps: $1" ld -T f.ld -e a f.o --oformat binary -o f.bin
	is "... hold" "$(od -An -tx1 -v f.bin | tr -d ' \n')" "$4"
}
fill "nothing said: no-operations" '' '' 01909090909090900290900903909090
fill "one byte" '=0x90' '' 01909090909090900290900903909090
fill "a pattern" '=0x123456' '' 01123456123456120212340903123456
fill "an expression" '=(0x11223300+0x44)' '' 01112233441122330211220903112233
fill "FILL" '' 'FILL(0xaabb)' 01aabbaabbaabbaa02aabb0903aabbaa
fill "FILL after a pattern" '=0x1122' 'FILL(0x33)' 01333333333333330233330903333333
fill "FILL of more than 64 bits" '' 'FILL(0x112233445566778899aa)' 01112233445566770211220903112233
fill "more than 64 bits" '=0x112233445566778899aa' '' 01112233445566770211220903112233
# What GNU ld's own tests use: aliases of aliases, also asked for; a comma behind a region; a section behind a fill value.
cat >al.ld <<'X'
MEMORY { rom : ORIGIN = 0x1000, LENGTH = 0x100 , ram : ORIGIN = 0x2000, LENGTH = 0x100 }
REGION_ALIAS("A", rom) REGION_ALIAS("B", A) REGION_ALIAS("C", B)
SECTIONS { o = ORIGIN(C); l = LENGTH(B); .t : { *(.a) } > C =0 /DISCARD/ : { *(.c) } .u : { *(.b) } > ram }
X
ok "aliases of aliases, a comma, a fill before /DISCARD/" ld -T al.ld -e a f.o -o al
is "... where they are" "$(value al a) $(value al o) $(value al l)" "0000000000001000 0000000000001000 0000000000000100"
unlike "... nothing of what is discarded" "$(sections al)" '\.c '

# What newlib's scripts use: hyphens in names of regions, numbers with a default, brackets for sections of any file.
cat >nl.ld <<'X'
MEMORY { frame-buffer (w) : ORIGIN = 0x20000, LENGTH = 40K
  ram-2 : ORIGIN = 0x30000, LENGTH = 40K }
first = DEFINED(first) ? first : 0x20010;
SECTIONS { .t : { here = DEFINED(here) ? here : .; [ .a .c ] *(.b) } > frame-buffer AT> ram-2/* its copy */
  last = ORIGIN(frame-buffer) + LENGTH(ram-2) - 1; }
X
ok "regions with hyphens, DEFINED with itself, brackets" ld -T nl.ld -e a f.o -o nl
is "... their values" "$(value nl first) $(value nl here) $(value nl last)" "0000000000020010 0000000000020000 0000000000029fff"
like "... the load address" "$(readelf -lW nl)" 'LOAD +0x[0-9a-f]* 0x0*20000 0x0*30000 '
ok "... a value from outside" ld -T nl.ld -e a f.o -o nl --defsym first=7
is "... counts" "$(value nl first)" 0000000000000007
echo 'SECTIONS { .t : { *(.a) } } x = x + 1;' >self.ld
status "a symbol made of itself without a value" 1 ld -T self.ld -e a f.o -o nl
done_testing
