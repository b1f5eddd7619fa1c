# Which section lies where: ordering files, --sort-section, --unique, linked sections, constructors of both kinds.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >a.c <<'X'
#include <stdio.h>
#define N __attribute__((noinline))
N int f1(int x) { return x + 1; } N int f2(int x) { return x * 2; } N int f3(int x) { return x - 3; }
static N int hidden(int x) { return x ^ 5; }
int z_small = 1; long long a_wide __attribute__((aligned(64))) = 2; int m_mid __attribute__((aligned(16))) = 3;
int main(void) { printf("%d\n", f1(1) + f2(2) + f3(3) + hidden(4) + z_small + (int)a_wide + m_mid); return 0; }
X
# order FILE SYMBOL...: the symbols as they follow each other
order() {
	order_f=$1; shift
	readelf -sW "$order_f" | awk -v want=" $* " 'index(want, " " $8 " ") { print $2, $8 }' | sort -u | awk '{ print $2 }' | xargs
}
ok "without an order" link n -O1 -fno-toplevel-reorder -ffunction-sections a.c
is "... as they come" "$(order n f1 f2 f3 hidden)" "f1 f2 f3 hidden"
printf '# comment\nhidden\nf3\n  f1\nno_such_thing\nmain\n' >syms
ok "--symbol-ordering-file" link s -O1 -fno-toplevel-reorder -ffunction-sections a.c -Wl,--symbol-ordering-file=syms
like "... names what is not there" "$(cat tap.err)" "warning: syms: no such symbol: no_such_thing"
is "... its order, the rest behind" "$(order s f1 f2 f3 hidden main)" "hidden f3 f1 main f2"
prints "... it runs" 13 ./s
ok "--no-warn-symbol-ordering" link s -O1 -fno-toplevel-reorder -ffunction-sections a.c -Wl,--symbol-ordering-file=syms,--no-warn-symbol-ordering
is "... is silent" "$(cat tap.err)" ""
printf '.text.f3\n.text.*\n.text.f1\n' >secs
ok "--section-ordering-file" link o -O1 -fno-toplevel-reorder -ffunction-sections a.c -Wl,--section-ordering-file=secs
is "... patterns too" "$(order o f1 f2 f3)" "f3 f1 f2"
status "a file that is not there" 1 link x a.c -Wl,--symbol-ordering-file=none
for how in name alignment; do
	ok "--sort-section=$how" link d -O1 -fno-toplevel-reorder -fdata-sections a.c -Wl,--sort-section=$how
	prints "... it runs" 13 ./d
	case $how in name) want="a_wide m_mid z_small" ;; *) want="a_wide m_mid z_small" ;; esac
	is "... data by $how" "$(order d z_small a_wide m_mid)" "$want"
done
ok "no sorting" link d -O1 -fno-toplevel-reorder -fdata-sections a.c
is "... as they come" "$(order d z_small a_wide m_mid)" "z_small a_wide m_mid"
status "another key" 1 link d a.c -Wl,--sort-section=size
like "... is named" "$(cat tap.err)" "sort-section=size: it is name, alignment or none"
echo 'SECTIONS { .text : { *(.text .text.*) } .data : { *(.data .data.*) } }' >s.ld
gcc -O1 -c -fdata-sections -ffreestanding -DFREE -x c - -o f.o <<'X'
int z_small = 1; long long a_wide __attribute__((aligned(64))) = 2; int m_mid __attribute__((aligned(16))) = 3;
int _start(void) { return z_small + (int)a_wide + m_mid; }
X
ok "with a script" ld -T s.ld f.o -o sc --sort-section=name
is "... its wildcards are sorted" "$(order sc z_small a_wide m_mid)" "a_wide m_mid z_small"

# code of different temperature, as GNU ld's script lays it
cat >t.s <<'X'
	.macro fn name, sec
	.section \sec,"ax",@progbits
	.globl \name
\name:	ret
	.endm
	fn r1, .text.r1
	fn h1, .text.hot.h1
	fn q2, .text.sorted.2
	fn s1, .text.startup.s1
	fn q1, .text.sorted.1
	fn u1, .text.unlikely.u1
	fn e1, .text.exit.e1
	fn _start, .text
X
gcc -c t.s -o t.o
ok "code sections" ld t.o -o t
is "... rare, exit, startup, hot, sorted, the rest" "$(order t r1 h1 q2 s1 q1 u1 e1)" "u1 e1 s1 h1 q1 q2 r1"
ok "-z keep-text-section-prefix" ld t.o -o k -z keep-text-section-prefix
like "... sections of their own" "$(readelf -SW k | grep -o '\.text[.a-z]*' | xargs)" '\.text\.hot.*\.text\.startup.*\.text\.unlikely'

# SHF_LINK_ORDER
cat >l.s <<'X'
	.globl _start
	.section .text.b,"ax",@progbits
b:	.skip 16
	.section .text.a,"ax",@progbits
_start:	.skip 16
	.section notes,"ao",@progbits,.text.a
	.quad 0xa
	.section notes,"ao",@progbits,.text.b,unique,1
	.quad 0xb
X
gcc -c l.s -o l.o
printf '_start\nb\n' >lo
ok "linked sections" ld l.o -o l
like "... follow what they are linked to" "$(readelf -x notes l)" '0b000000 00000000 0a000000'
ok "linked sections and an order" ld l.o -o l --symbol-ordering-file lo
like "... both" "$(readelf -x notes l)" '0a000000 00000000 0b000000'
like "... and the output says so" "$(readelf -SW l | grep notes)" ' AL +[1-9]'

# --unique
printf '.section mine,"a"\n.long 1\n.section other,"a"\n.long 2\n.text\n.globl _start\n_start: ret\n' >u1.s
printf '.section mine,"a"\n.long 3\n.section other,"a"\n.long 4\n' >u2.s
gcc -c u1.s -o u1.o; gcc -c u2.s -o u2.o
count() { readelf -SW "$1" | grep -c " $2 "; }
ok "--unique=SECTION" ld u1.o u2.o -o u --unique=mine
is "... two of it, one of another" "$(count u mine)$(count u other)" 21
ok "--unique" ld u1.o u2.o -o u --unique
is "... orphans" "$(count u mine)$(count u other)$(count u .text)" 221
ok "-r --unique=SECTION" ld -r u1.o u2.o -o u.o --unique=mine
is "... two of it" "$(count u.o mine)$(count u.o other)" 21

cat >c.c <<'X'
#include <stdio.h>
#define F(n) void n(void); void n(void) { printf(#n " "); }
F(c1) F(c2) F(c3) F(p100) F(d1) F(d2) F(d3)
__asm__(".section .ctors,\"aw\"\n.quad c1,c2,c3\n.section .ctors.65435,\"aw\"\n.quad p100\n"
        ".section .dtors,\"aw\"\n.quad d1,d2,d3\n.text");
__attribute__((constructor)) static void array(void) { printf("array "); }
int main(void) { puts("main"); return 0; }
X
gcc c.c -o gnu && want=$(./gnu)
for o in "-pie" "-no-pie" "-static" "-Wl,-z,pack-relative-relocs" "-Wl,--gc-sections" "-Wl,--emit-relocs"; do
	# shellcheck disable=SC2086
	ok "$o: .ctors and .dtors" link c $o c.c
	prints "$o: ... run in GNU's order" "$want" ./c
done
is "they are arrays" "$(readelf -SW c | grep -c ' \.[cd]tors ')" 0
ok "--no-ctors-in-init-array" link c c.c -Wl,--no-ctors-in-init-array
is "... leaves them" "$(readelf -SW c | grep -c ' \.[cd]tors ')" 2

. "$top_srcdir/tests/ld/pe.sh"
if have x86_64-w64-mingw32-gcc; then
	for_target x86_64
	ok "Windows: --symbol-ordering-file" cc -O1 -fno-toplevel-reorder -ffunction-sections ../a.c -o a.exe -Wl,--symbol-ordering-file=../syms,--no-warn-symbol-ordering
	is "Windows: its order" "$("$OBJKIT" nm -n a.exe | awk '$3 ~ /^(f[123]|hidden)$/ { print $3 }' | xargs)" "hidden f3 f1 f2"
	runs "Windows: it runs" 13 0 ./a.exe
else
	skip_test "Windows: --symbol-ordering-file" "no mingw"
fi
done_testing
