# -r by a script: merging and naming of sections, symbols, /DISCARD/, groups, and a final link of what comes of it.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc g++ readelf
cat >a.c <<'C'
extern int other(int);
int data_a = 1, bss_a;
static int sd = 5;
const char ro_a[] = "ro";
int *ptr = &sd;
extern char mod_start[], mod_end[];
__attribute__((section("___ksymtab+b"))) int kb = 2;
__attribute__((section("___ksymtab+a"))) int ka = 1;
__attribute__((section(".discard.x"))) int dead = 1;
__attribute__((section(".export_symbol"))) int es = 1;
__attribute__((section("__bug_table"))) int *bug = &data_a;
__attribute__((section(".odd"))) int odd = 7;
int f1(void) { return other(data_a) + *ptr + bss_a + (int)(mod_end - mod_start); }
__attribute__((constructor)) void ctor(void) { bss_a = 1; }
C
cat >b.cc <<'C'
template <class T> T tmpl(T x) { static T n; return n += x; }
extern "C" int other(int x) { return tmpl(x); }
int data_b[3] = {1, 2, 3};
__attribute__((section("___ksymtab+aa"))) int kaa = 3;
C
cat >main.c <<'C'
#include <stdio.h>
extern int f1(void), ka, *bug, abs_sym[], rel_sym;
int main(void)
{
	printf("%d %d %d%d%d %lx %d\n", f1(), *bug, ka, (&ka)[1], (&ka)[2], (long)abs_sym, rel_sym);
	return 0;
}
C
gcc -ffunction-sections -fdata-sections -c a.c && g++ -ffunction-sections -c b.cc && gcc -fno-pie -c main.c || exit 99
cat >mod.lds <<'L'
SECTIONS {
	/DISCARD/ : { *(.discard) *(.discard.*) *(.export_symbol) }
	__ksymtab 0 : ALIGN(8) { *(SORT(___ksymtab+*)) }
	.init_array 0 : ALIGN(8) { *(SORT(.init_array.*)) *(.init_array) }
	__bug_table 0 : ALIGN(8) { KEEP(*(__bug_table)) }
	.bss : { *(.bss .bss.[0-9a-zA-Z_]*) *(.bss..L*) }
	.data : { mod_start = .; *(.data .data.[0-9a-zA-Z_]*) *(.data..L*) mod_end = .; }
	.rodata : { *(.rodata .rodata.[0-9a-zA-Z_]*) LONG(0x12345678) }
	.text : { *(.text .text.[0-9a-zA-Z_]*) }
	abs_sym = 0x1234; rel_sym = data_b + 4; PROVIDE(nobody = 3); HIDDEN(own = 3);
}
ASSERT(SIZEOF(.data) == 28, "size of .data")
L
ok "a kernel module's script" ld -r -T mod.lds a.o b.o -o o.o
is "no word about it" "$(cat tap.err)" ""
ok "the result can be linked" link m -no-pie main.o o.o
# f1: 1, 5, 1 and what lies between the symbols
prints "and runs" "35 1 132 1234 2" ./m
readelf -SW o.o >s; readelf -sW o.o >y
is "sections have the script's names and order" "$(sed -n 's/^ *\[ *[0-9]*\] \([._a-z]*\) *[PNI].*BITS.*/\1/p; s/^ *\[ *[0-9]*\] \(.init_array\) .*/\1/p' s | head -n 9 | xargs)" \
	"__ksymtab .init_array __bug_table .bss .data .odd .rodata .eh_frame .text"
unlike "what is discarded is gone" "$(cat s y)" 'discard|export_symbol| dead$| es$'
like "a symbol is a place in its section" "$(grep ' mod_end$' y)" "0+1c +0 NOTYPE +GLOBAL DEFAULT +$(sed -n 's/^ *\[ *\([0-9]*\)\] \.data .*/\1/p' s) mod_end"
like "or a number" "$(grep ' abs_sym$' y)" '0+1234 +0 NOTYPE +GLOBAL DEFAULT +ABS abs_sym'
like "HIDDEN: local" "$(grep ' own$' y)" 'LOCAL .* ABS own'
unlike "PROVIDE: only what is wanted" "$(cat y)" nobody
is "groups keep their sections" "$(readelf -gW o.o | grep -c '^COMDAT group')" 2
ok "groups resolved" ld -r -T mod.lds --force-group-allocation a.o b.o -o fg.o
is "their sections join the others" "$(readelf -SW fg.o | grep -cE ' \.(group|text\._Z|bss\._Z)')" 0
ok "and linked" link mfg -no-pie main.o fg.o
prints "and runs" "35 1 132 1234 2" ./mfg
sed 's/== 28/== 27/' mod.lds >bad.lds
status "ASSERT" 1 ld -r -T bad.lds a.o b.o -o bad.o
like "the message" "$(cat tap.err)" 'size of \.data'
[ ! -e bad.o ] && pass "no output then" || fail "no output then"

# scripts that only add
printf 'SECTIONS { .foo : { first = .; *(.odd) *(__bug_table) . = ALIGN(16); last = .; } } INSERT AFTER .data;\nx = 0x77; y = data_a + 1;\n' >ins.lds
ok "INSERT" ld -r -T ins.lds a.o b.o -o ins.o
is "the section stands where it should" "$(readelf -SW ins.o | grep -A1 ' \.data ' | sed -n 's/.*\] \([.a-z]*\) .*/\1/p' | xargs)" ".data .foo"
is "its symbols" "$(nm ins.o | grep -E ' (first|last|x)$' | sed 's/^0*//')" " D first
10 D last
77 A x"
ok "commons" ld -r -d -T mod.lds a.o b.o -o d.o
# the pieces of an empty section are there for its symbols
printf 'SECTIONS { .text 0 : { *(.text .text.*) } mark : { m0 = .; } gap : { . += 8; } end = .; }\n' >mark.lds
ok "a section of symbols alone, and a gap" ld -r -T mark.lds a.o b.o -o mark.o
like "the gap takes no room" "$(readelf -SW mark.o)" ' gap +NOBITS +[0-9a-f]+ [0-9a-f]+ 000008 '
like "the symbol has its section" "$(readelf -sW mark.o | grep ' m0$')" "DEFAULT +$(readelf -SW mark.o | sed -n 's/^ *\[ *\([0-9]*\)\] mark .*/\1/p') m0"
# more formats, REL addends
if gcc -m32 -c -ffunction-sections -fdata-sections a.c -o a32.o 2>/dev/null; then
	sed '/^ASSERT/d' mod.lds >mod32.lds
	ok "i386" ld -m elf_i386 -r -T mod32.lds a32.o -o o32.o --defsym other=0 --defsym data_b=8
else
	skip_test "i386" "gcc has no -m32"
fi
if have ld.bfd; then
	show() { readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \(.*[A-Z]* *[0-9a-f]\{16\}\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2/p' | grep -vE 'rela|tab|GROUP|comment' | sort
		nm "$1" | grep -v rel_sym; }
	ld.bfd -r -T mod.lds a.o b.o -o gnu.o && show gnu.o >gnu.txt
	show o.o >our.txt
	same "as GNU ld" our.txt gnu.txt
else
	skip_test "as GNU ld" "no GNU ld"
fi
done_testing
