# DLLs: exports by declaration, by default and by .def; imports from them, declared or not.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19

names() { llvm-readobj-19 --coff-exports "$1" | awk '/Name:/{print $2}' | xargs; }
for m in x86_64 i686; do
	for_target $m
	cat >d.c <<'C'
__declspec(dllexport) int counter = 7;
__declspec(dllexport) int add(int a, int b) { return a + b + counter; }
int hidden(void) { return 1; }
C
	cat >d2.c <<'C'
int counter2 = 9, arr[4] = {1, 2, 3, 4}, common[100];
int mul(int a, int b) { return a * b; }
C
	cat >c.c <<'C'
#include <stdio.h>
__declspec(dllimport) extern int counter;
__declspec(dllimport) int add(int, int);
extern int counter2, arr[];
int mul(int, int);
int *pa = &arr[2];
int main(void) { printf("%d %d %d %d %d %d\n", counter, add(1, 2), counter2, arr[1], mul(3, 4), *pa); return 0; }
C
	ok "$m: DLL with declared exports" cc -shared d.c -o d.dll -Wl,--output-def,d.def
	linked_by_us "$m: objkit linked it" d.dll
	is "$m: only those" "$(names d.dll)" "add counter"
	ok "$m: DLL with nothing declared" cc -shared d2.c -o d2.dll -Wl,--output-def,d2.def
	gcc_gnu -shared d2.c -o g2.dll -Wl,--output-def,g2.def
	is "$m: what GNU ld exports" "$(names d2.dll)" "$(names g2.dll)"
	is "$m: .def file as GNU's" "$(grep @ d2.def | xargs -n 4 echo)" "$(grep @ g2.def | xargs -n 4 echo)"
	ok "$m: client, linked against the DLLs themselves" cc c.c d.dll d2.dll -o c.exe
	runs "$m: it runs" "7 10 9 2 12 3" 0 ./c.exe
	gcc_gnu c.c d.dll d2.dll -o gc.exe 2>/dev/null
	runs "$m: as GNU ld's does" "7 10 9 2 12 3" 0 ./gc.exe

	# A function exported as data and called directly: the peers' programs die at start.
	echo 'int f(void) { return 101; }' >fd.c
	printf 'LIBRARY fd.dll\nEXPORTS\n f DATA\n' >fd.def
	ok "$m: function exported as data" cc -shared fd.c fd.def -o fd.dll
	"$P-dlltool" -d fd.def -l libfd.a
	printf '#include <stdio.h>\nint f(void);\nint main(void) { printf("%%d\\n", f()); return 0; }\n' >fc.c
	ok "$m: client that calls it" cc fc.c -L. -l:libfd.a -o fc.exe
	runs "$m: it runs" "101" 0 ./fc.exe
	if [ $m = x86_64 ] && [ -n "$runner" ]; then
		gcc_gnu fc.c -L. -l:libfd.a -o gfc.exe 2>/dev/null
		unlike "$m: GNU ld's does not" "$(run ./gfc.exe 2>/dev/null)" 101
	fi

	cat >full.def <<'D'
; a comment
LIBRARY "full.dll"
EXPORTS
  one @5
  two @7 NONAME
  var DATA
  alias = one
  fwd = KERNEL32.GetTickCount
D
	echo 'int var = 1; int one(void) { return 1; } int two(void) { return 2; } int three(void) { return 3; }' >full.c
	ok "$m: .def file" cc -shared full.c full.def -o full.dll
	gcc_gnu -shared full.c full.def -o gfull.dll
	table() { llvm-readobj-19 --coff-exports "$1" | awk '/Ordinal:/{o=$2} /Name:/{n=$2} /ForwardedTo:/{f=$2} /^}/{print o, n, f; f=n=""}'; }
	is "$m: ordinals, names, forwarder as GNU's" "$(table full.dll)" "$(table gfull.dll)"
	printf 'EXPORTS\n nowhere\n' >bad.def
	status "$m: export of an undefined symbol" 1 cc -shared full.c bad.def -o bad.dll
	like "$m: names the line" "$(cat tap.err)" 'bad.def:2: exported symbol .nowhere'
	printf '{ global: a; };\n' >vs.def
	status "$m: a version script called .def" 1 cc -shared full.c vs.def -o bad.dll
	like "$m: says so" "$(cat tap.err)" 'version script'
	printf '{ global: o*; local: *; };\n' >v.map
	ok "$m: version script" cc -shared full.c -Wl,--version-script,v.map -o v.dll
	is "$m: hides the rest" "$(names v.dll)" "one"
	# what comes out of libraries, what is hidden, what is only asked for
	printf 'int inlib(void) { return 1; }\n' >el.c
	printf 'int inlib(void); int mine(void) { return inlib(); }\n' >em.c
	"$P-gcc" -c el.c em.c; rm -f libel.a; ar rc libel.a el.o
	for o in -Wl,--no-gc-sections -Wl,--exclude-libs,ALL -Wl,--exclude-libs,libel.a -Wl,--exclude-libs,libother.a -Wl,--exclude-all-symbols; do
		ok "$m: $o" cc -shared em.o libel.a -o el.dll $o
		gcc_gnu -shared em.o libel.a -o gel.dll $o
		is "$m: $o: exports what GNU ld does" "$(names el.dll)" "$(names gel.dll)"
	done
	is "$m: an excluded library is" "$(cc -shared em.o libel.a -o el.dll -Wl,--exclude-libs,ALL; names el.dll)" mine
	if have clang-19; then
		printf '__attribute__((visibility("hidden"))) int hid(void) { return 1; }\nint vis(void) { return hid(); }\n' >hid.c
		ok "$m: hidden by clang" clang-19 --target=$m-w64-mingw32 -c hid.c
		ok "$m: link" cc -shared hid.o -o hid.dll
		is "$m: is not exported" "$(names hid.dll)" vis
	else
		skip_test "$m: hidden by clang" "clang-19 is not installed"
	fi
	printf 'int main(void) { return 0; }\n' >nou.c
	ok "$m: without -u" cc nou.c libel.a -o nou.exe
	ok "$m: -u" cc nou.c libel.a -o u.exe -Wl,-u,${U}inlib
	is "$m: takes the member" "$(nm nou.exe | grep -c " T ${U}inlib") $(nm u.exe | grep -c " T ${U}inlib")" "0 1"

	# a function that the DLL exports by number only
	printf 'EXPORTS\n one\n two @7 NONAME\n' >nn.def
	cc -shared full.c nn.def -o nn.dll
	printf 'int one(void), two(void); int main(void) { return one() + two(); }\n' >unn.c
	status "$m: an export without a name" 1 cc unn.c nn.dll -o unn.exe
	like "$m: is not found, and a hint says why" "$(cat tap.err)" "undefined reference to '${U}two'"
	like "$m: with the DLL's name" "$(cat tap.err)" '^>>> nn\.dll exports functions by number only: an import library knows their names'
	unlike "$m: the other is found" "$(cat tap.err)" "reference to '${U}one'"

	ok "$m: --exclude-symbols" cc -shared full.c -Xlinker --exclude-symbols=one,two -o x.dll
	is "$m: they are not exported" "$(names x.dll)" "three var"
done
done_testing
