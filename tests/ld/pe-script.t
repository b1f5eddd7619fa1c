# Linker scripts for Windows images: GNU ld's own default scripts, scripts that add sections, addresses of
# sections, numbers and addresses among symbols, errors.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ x86_64-w64-mingw32-ld x86_64-w64-mingw32-objdump python3
. "$top_srcdir/tests/ld/pe.sh"
pecheck=$top_srcdir/tests/tools/pecheck
sources() {
	cat >h.c <<'X'
#include <stdio.h>
int common[100];
static __thread int t = 40;
int main(void) { common[3] = 2; printf("%d\n", t + common[3]); return 3; }
X
	cat >x.cc <<'X'
#include <iostream>
#include <stdexcept>
struct S { S() { std::cout << "made "; } ~S() { std::cout << " gone\n"; } } s;
int main() { try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what(); } }
X
	cat >d.c <<'X'
__declspec(dllexport) int f(int x) { return x + 1; }
__declspec(dllexport) int v = 5;
X
	cat >u.c <<'X'
#include <stdio.h>
__declspec(dllimport) int f(int);
extern int v;
int *pv = &v;
extern char size_sym[], first[], last[], sum[];
__attribute__((section("mylist"), used)) static int a = 1;
__attribute__((section("mylist"), used)) static int b = 2;
int main(void)
{
    printf("%d %d %d %d %d %d %d\n", f(1), v, *pv, (int)(size_t)size_sym, (int)(last - first), *(int *)first,
           (int)(size_t)sum);
    return 0;
}
X
}
default_script() { "$P-ld" "$@" --verbose | sed -n '/^=====/,/^=====/p' | grep -v '^====='; }
for m in x86_64 i686; do
	command -v $m-w64-mingw32-g++ >/dev/null || { skip_test "$m" "no compiler"; continue; }
	for_target $m
	sources
	default_script >d.ld
	default_script -shared >s.ld
	ok "$m: C by GNU ld's default script" cc h.c -o h.exe -Wl,-T,d.ld
	linked_by_us "$m: we linked it" h.exe
	ok "$m: a sound image" "$pecheck" h.exe
	runs "$m: it runs" 42 3 h.exe
	ok "$m: C++, static, debugging information" cxx -g -static x.cc -o x.exe -Wl,-T,d.ld
	ok "$m: sound" "$pecheck" x.exe
	runs "$m: it runs" "made thrown gone" 0 x.exe
	ok "$m: with --gc-sections, stripped" cxx -s -static x.cc -o x.exe -Wl,-T,d.ld,--gc-sections
	ok "$m: sound" "$pecheck" x.exe
	runs "$m: it runs" "made thrown gone" 0 x.exe
	ok "$m: a DLL" cc -shared d.c -o d.dll -Wl,-T,s.ld,--out-implib,libd.a
	ok "$m: sound" "$pecheck" d.dll
	sed "s/  \.endjunk/  .mine BLOCK(__section_alignment__) : { ${U}first = .; LONG(7) KEEP(*(mylist)) ${U}last = .; }\n  ${U}size_sym = 0x77; ${U}sum = ${U}last - ${U}first + 1;\n&/" d.ld >m.ld
	ok "$m: a section, places and numbers of its own" cc u.c -L. -ld -o u.exe -Wl,-T,m.ld
	ok "$m: sound" "$pecheck" u.exe
	runs "$m: they have their values" "2 5 5 119 12 7 13" 0 u.exe
	cat >i.ld <<X
SECTIONS { .mine : { ${U}first = .; LONG(7) KEEP(*(mylist)) . = ALIGN(16); ${U}last = .; } } INSERT AFTER .rdata;
${U}size_sym = 0x77;
${U}sum = 3;
X
	ok "$m: a script with INSERT" cc u.c -L. -ld -o u.exe -Wl,-T,i.ld
	ok "$m: sound" "$pecheck" u.exe
	is "$m: it stands where it says" \
		"$("$P-objdump" -h u.exe | awk '$2 == ".rdata" { getline; getline; print $2 }')" .mine
	runs "$m: its symbols have their values" "2 5 5 119 16 7 3" 0 u.exe
	printf 'SECTIONS { . = . + 0x5000; .mine : { LONG(7) } . = . + 0x3000; %safter = .; } INSERT AFTER .rdata;\n' "$U" >dot.ld
	ok "$m: '.' in a script with INSERT" cc h.c -o dot.exe -Wl,-T,dot.ld
	ok "$m: sound" "$pecheck" dot.exe
	is "$m: it moves what follows" "$("$P-objdump" -h dot.exe | awk -v f=.rdata '$2 == ".rdata" || $2 == ".mine" { print $2, $4; n = 1; next } n { if (/^ *[0-9]/) { print "next", $4; exit } }' |
		python3 -c '
import sys
a = dict(l.split() for l in sys.stdin); r, m, n = (int(a[k], 16) for k in (".rdata", ".mine", "next"))
print(hex((m - r) & ~0xfff), (m - r) % 4096, hex(n - m))')" "0x6000 0 0x4000"
	is "$m: and the symbol behind it" "$(python3 -c 'import sys; print(hex(int(sys.argv[1], 16) - int(sys.argv[2], 16)))' \
		"$(nm dot.exe | awk -v s="${U}after" '$3 == s { print $1 }')" "$("$P-objdump" -h dot.exe | awk '$2 == ".mine" { print $4 }')")" 0x3004
	runs "$m: it runs" 42 3 dot.exe
	printf 'SECTIONS { . = 0x10; .mine : { LONG(7) } } INSERT AFTER .rdata;\n' >back.ld
	status "$m: '.' moved back" 1 cc h.c -o back.exe -Wl,-T,back.ld
	like "$m: is refused" "$(cat tap.err)" 'back.ld:1:[0-9]*: cannot move the location counter backwards'
done

for_target x86_64
sources
ok "-Ttext and --section-start" cc h.c -o t.exe -Wl,-Ttext,0x140010000,--section-start,.rdata=0x140100000
ok "a sound image" "$pecheck" t.exe
is "they are there" "$("$P-objdump" -h t.exe | awk '$2 == ".text" || $2 == ".rdata" { print $2, $4 }' | xargs)" \
	".text 0000000140010000 .rdata 0000000140100000"
runs "it runs" 42 3 t.exe
fails() { # fails NAME PATTERN ARGS...
	fails_name=$1 fails_want=$2; shift 2
	rm -f bad.exe
	fails_out=$(cc h.c -o bad.exe "$@" 2>&1)
	is "$fails_name: status" $? 1
	like "$fails_name: message" "$fails_out" "$fails_want"
	ok "$fails_name: no output" test ! -e bad.exe
}
fails "sections that overlap" 'section \.data at 0x140011000 overlaps \.text' \
	-Wl,-Ttext,0x140010000,-Tdata,0x140011000
fails "an address off the section alignment" '\.text at 0x140010010 does not begin at a multiple' \
	-Wl,-Ttext,0x140010010
fails "an address below the image" '0x1000 is below the image.s base' -Wl,-Ttext,1000
printf 'SECTIONS { .text : { *(.text*) }\n  ASSERT(SIZEOF(.text) < 16, "text too large") }\n' >a.ld
fails "an address far from the image's base" 'too far from the image.s base' -Wl,-Ttext,0x150000000
fails "ASSERT" 'a\.ld:2:.*text too large' -Wl,-T,a.ld
printf 'SECTIONS { .text 0x140001000 : { *(.text*) }\n  .data 0x140001000 : { *(.data*) } }\n' >o.ld
fails "a script whose sections overlap" 'section \.data LMA .* overlaps section \.text LMA' -Wl,-T,o.ld
printf 'SECTIONS { .text 0x1000 : { *(.text*) } }\n' >w.ld
fails "a script that places sections below the image" 'is below the image.s base' -Wl,-T,w.ld
ok "--emit-relocs" cc h.c -o q.exe -Wl,--emit-relocs
like "says that it does nothing" "$(cat tap.err)" 'no effect on Windows images'
printf 'SECTIONS { .text : { *(.text*) } . = nowhere + 1; }\n' >n.ld
fails "a symbol that is not defined" "n\.ld:1:.*nowhere" -Wl,-T,n.ld
printf 'MEMORY { m : ORIGIN = 0x140001000, LENGTH = 4K }\nSECTIONS { .text : { *(.text*) } > m }\n' >r.ld
fails "a region that is too small" "section .\.text' will not fit in region .m'" -Wl,-T,r.ld
printf 'SECTIONS { .all : { *(.text*) *(.rdata*) *(.data*) *(.bss*) *(COMMON) } }\n' >one.ld
ok "one section for all" cc h.c -o one.exe -Wl,-T,one.ld
ok "a sound image" "$pecheck" one.exe
runs "it runs" 42 3 one.exe
for t in 1 2; do cc h.c -o "same$t.exe" -Wl,-T,d.ld,--threads=$t; done
ok "the same bytes with one thread and two" cmp same1.exe same2.exe
done_testing
