# -r by a script for Windows objects: names, order, symbols, /DISCARD/, INSERT, COMDATs, and a link of what comes of it.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-g++

sections() { "$P-objdump" -h "$1" | sed -n 's/^ *[0-9][0-9]* *\([^ ]*\) .*/\1/p'; }
for m in x86_64 i686; do
	for_target $m
	cat >a.c <<'C'
extern int other(int);
int data_a = 1, bss_a, com[10];
static int sd = 5;
const char ro_a[] = "ro";
int *ptr = &sd;
extern char mod_start[], mod_end[];
__attribute__((section("ksym$b"))) int kb = 2;
__attribute__((section("ksym$a"))) int ka = 1;
__attribute__((section(".discard"))) int dead = 1;
__attribute__((section("bugs"))) int *bug = &data_a;
__attribute__((section(".odd"))) int odd = 7;
int f1(void) { return other(data_a) + *ptr + bss_a + (int)(mod_end - mod_start); }
C
	cat >b.cc <<'C'
template <class T> __attribute__((noinline)) T tmpl(T x) { static T n; return n += x; }
extern "C" int other(int x) { return tmpl(x); }
int data_b[3] = {1, 2, 3};
extern "C" { __attribute__((section("ksym$aa"))) int kaa = 3; }
C
	cat >m.cc <<'C'
#include <stdio.h>
extern "C" { extern int f1(void), ka, kb, kaa, *bug, rel_sym; extern char abs_sym[], mod_end[], mod_start[]; }
template <class T> __attribute__((noinline)) T tmpl(T x) { static T n; return n += x; }
int main()
{
	int *k = &ka;
	printf("%d %d%d%d %x %d\n", *bug, k[0], k[1], k[2], (unsigned)(size_t)abs_sym, rel_sym);
	printf("%d\n", tmpl(1) + f1() - (int)(mod_end - mod_start));
}
C
	"$P-gcc" -ffunction-sections -c a.c; "$P-g++" -ffunction-sections -c b.cc; "$P-g++" -c m.cc
	cat >mod.lds <<L
SECTIONS {
	/DISCARD/ : { *(.discard) }
	ksyms : { *(SORT(ksym*)) }
	.bss : { *(.bss) }
	.data : { ${U}mod_start = .; *(.data) ${U}mod_end = .; }
	.rodata : { *(.rdata) LONG(0x12345678) }
	.text : { *(.text .text.*) }
	${U}abs_sym = 0x1234; ${U}rel_sym = ${U}data_a; PROVIDE(${U}nobody = 3);
}
ASSERT(SIZEOF(.rodata) >= 8, "size of .rodata")
L
	ok "$m: -r -T" ld -m $emulation -r -T mod.lds a.o b.o -o o.o
	is "$m: is no word about it" "$(cat tap.err)" ""
	"$P-ld" -r -T mod.lds a.o b.o -o g.o
	is "$m: the sections are GNU ld's, in its order" "$(sections o.o | grep -vx .text)" "$(sections g.o | grep -vx .text)"
	ok "$m: the result can be linked" cxx m.o o.o -o m.exe
	runs "$m: and runs" "1 132 1234 1
$((1 + 1 + 1 + 5))" 0 ./m.exe
	gcc_gnu m.o o.o -lstdc++ -o mg.exe
	runs "$m: by GNU ld as well" "1 132 1234 1
$((1 + 1 + 1 + 5))" 0 ./mg.exe
	is "$m: a copy in a COMDAT is one" "$(nm m.exe | grep -c ' T _*Z4tmplIiET_S0_')" 1
	unlike "$m: what is discarded is gone" "$(nm o.o; sections o.o)" 'discard|dead|nobody'
	like "$m: numbers are absolute" "$(nm o.o)" "0*1234 A ${U}abs_sym"
	like "$m: places lie in their sections" "$(nm o.o)" "D ${U}mod_end"
	like "$m: data statements" "$("$P-objdump" -s -j .rodata o.o)" '78563412'
	cp o.o o1.o
	ok "$m: one thread" ld -m $emulation --threads=1 -r -T mod.lds a.o b.o -o o.o
	same "$m: the same bytes" o.o o1.o

	printf 'SECTIONS { mine : { *(ksym*) } } INSERT BEFORE .data;\n' >ins.lds
	ok "$m: INSERT" ld -m $emulation -r -T ins.lds a.o -o o.o
	"$P-ld" -r -T ins.lds a.o -o g.o
	around() { sections "$1" | grep -xA1 mine | xargs; }
	is "$m: beside the section, as GNU ld's" "$(around o.o)" "$(around g.o)"
	printf 'SECTIONS { .all : { *(.text .text$*) *(.data .data$*) } }\n' >all.lds
	ok "$m: COMDATs stay" ld -m $emulation -r -T all.lds b.o -o o.o
	is "$m: sections of their own" "$(sections o.o | grep -c 'tmplI')" "$(sections b.o | grep -c 'tmplI')"
	ok "$m: unless they are forced" ld -m $emulation -r -T all.lds --force-group-allocation b.o -o o.o
	is "$m: into others" "$(sections o.o | grep -E '^.(text|data).*tmplI')" ''
	is "$m: and keep their symbols" "$(nm o.o | grep -c ' T _*Z4tmplIiET_S0_')" 1
	printf 'SECTIONS { .data : { *(.data) BYTE(1) . = . + 7; . = ALIGN(16); LONG(2) } .x : { %ss1 = .; } }\n' $U >dat.lds
	ok "$m: '.' moves" ld -m $emulation -r -T dat.lds a.o -o o.o
	like "$m: in its section" "$("$P-objdump" -s -j .data o.o)" ' 00[1-4]0 (00000000 00000000 )?02000000'
	like "$m: a section for its symbol" "$(nm o.o)" "B ${U}s1"
	for bad in 'big = 0x123456789' 'x = ASSERT(0, "big as well")'; do
		printf 'SECTIONS { .data : { *(.data) } %s%s; }\n' "$U" "$bad" >bad.lds
		status "$m: $bad" 1 ld -m $emulation -r -T bad.lds a.o -o bad.o
		like "$m: is refused" "$(cat tap.err)" 'big'
		ok "$m: no output" test ! -e bad.o
	done
done
done_testing
