# --delayload: a DLL that is loaded at the first call of one of its functions.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19 python3

for m in x86_64 i686; do
	for_target $m
	cat >d.c <<'C'
__declspec(dllexport) int v = 3;
__declspec(dllexport) int f(int a, double b, int c, double d, int e) { return a + (int)b + c + (int)d + e; }
__declspec(dllexport) double g(double x) { return x * 2; }
__declspec(dllexport) int __attribute__((fastcall)) h(int a, int b) { return a * 10 + b; }
C
	cat >c.c <<'C'
#include <stdio.h>
#include <windows.h>
int f(int a, double b, int c, double d, int e);
double g(double);
__declspec(dllimport) int __attribute__((fastcall)) h(int a, int b);
#ifdef DATA
extern __declspec(dllimport) int v;
#else
enum { v = 0 };
#endif
int main(int argc, char **argv) {
	(void)argv;
	printf("loaded %d\n", GetModuleHandleA("d.dll") != NULL); fflush(stdout);
	if (argc > 1) return 4;
	printf("%d ", f(1, 2., 3, 4., 5));
	printf("%g %d ", g(1.5), h(4, 2));
	printf("%d\n", f(1, 2., 3, 4., 50 + v));
	printf("loaded %d\n", GetModuleHandleA("d.dll") != NULL);
	return 7;
}
C
	case $m in x86_64) h=h ;; *) h=@h@8 ;; esac
	printf 'LIBRARY d.dll\nEXPORTS\n f @4 NONAME\n g\n "%s"\n v DATA\n' $h >d.def
	want="loaded 0
15 3 42 60
loaded 1"
	for f in long short; do
		ok "$m: a DLL with a $f import library" cc -shared d.c -o d.dll -Wl,--out-implib,libd.a \
			-Xlinker --implib-format=$f
		ok "$m: $f: --delayload" cc c.c -L. -l:libd.a -o c.exe -Wl,--delayload=D.DLL
		linked_by_us "$m: $f: objkit linked it" c.exe
		runs "$m: $f: loaded at the first call" "$want" 7 ./c.exe
		like "$m: $f: directory 13" "$(llvm-readobj-19 --coff-imports c.exe | tr -d '\n' | tr -s ' ')" \
			'DelayImport \{ Name: d.dll Attributes: 0x1 ModuleHandle: 0x[1-9A-F].*(Symbol: .*){3}'
		unlike "$m: $f: the start does not import it" "$(llvm-readobj-19 --coff-imports c.exe | sed '/DelayImport/,$d')" 'd\.dll'
		is "$m: $f: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact c.exe 2>&1)" ''
		like "$m: $f: the addresses have a writable section of their own" \
			"$("$P-objdump" -h c.exe | grep -A1 '\.didat' | tr '\n' ' ')" '\.didat .*CONTENTS, ALLOC, LOAD, DATA'
	done
	ok "$m: straight against the DLL" cc c.c d.dll -o s.exe -Wl,--delayload=d.dll
	runs "$m: it runs" "$want" 7 ./s.exe
	ok "$m: an export by ordinal only" cc -shared d.c d.def -o d.dll -Wl,--out-implib,libo.a
	ok "$m: link with it" cc c.c -L. -lo -o o.exe -Wl,--delayload,d.dll
	runs "$m: found by its ordinal" "$want" 7 ./o.exe

	rm d.dll
	runs "$m: a missing DLL does not keep the program from starting" "loaded 0" 4 ./c.exe not
	if [ -n "$runner" ]; then
		run ./c.exe >missing.out
		is "$m: only the call fails" "$(cat missing.out) $((run_rc != 0 && run_rc != 7))" "loaded 0 1"
	else
		skip_test "$m: only the call fails" "no wine for this machine"
	fi
	status "$m: data cannot be delayed" 1 cc -DDATA c.c -L. -l:libd.a -o data.exe -Wl,--delayload=d.dll
	like "$m: and the message says so" "$(cat tap.err)" "error: .*libd.a.*: '_?v' is data of d.dll and cannot be imported with --delayload"
	ok "$m: an unused name" cc c.c -L. -l:libd.a -o n.exe -Wl,--delayload=nowhere.dll
	like "$m: is warned of" "$(cat tap.err)" "warning: --delayload=nowhere.dll has no effect: nothing is imported from it"
	status "$m: not kernel32" 1 cc c.c -L. -l:libd.a -o n.exe -Wl,--delayload=kernel32.dll
	ok "$m: with --gc-sections and -s" cc c.c -L. -l:libd.a -o g.exe -s -Wl,--gc-sections,--delayload=d.dll
	ok "$m: the same on one thread" cc c.c -L. -l:libd.a -o g1.exe -s -Wl,--gc-sections,--delayload=d.dll,--threads=1
	ok "$m: has the same bytes" cmp g.exe g1.exe
done

# the unwind table has the tail that calls the helper
for_target x86_64
cc c.c -L. -l:libd.a -o c.exe -Wl,--delayload=d.dll
like "the tail has its unwind entry" "$(llvm-readobj-19 --unwind c.exe | tr -d '\n' | tr -s ' ')" 'ALLOC_SMALL size=104'
printf 'int f(void); int start(void) { return f(); }\n' >n.c
x86_64-w64-mingw32-gcc -c n.c
status "without the C runtime" 1 "$OBJKIT" ld -m i386pep -e start n.o libd.a --delayload=d.dll -o n.exe
like "the helper is named" "$(cat tap.err)" 'delayload needs __delayLoadHelper2'
done_testing
