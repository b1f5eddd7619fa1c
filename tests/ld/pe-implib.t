#!/bin/sh
# Import libraries of both formats: GNU ld, ld.lld and objkit ld link programs against them that run;
# the bytes are the same every time, and a library that is up to date is not written again.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc
writer=$top_builddir/tests/unit/implib
mkdir B && ln -s "$OBJKIT" B/collect2

cat >d1.c <<'END'
__declspec(dllexport) int f(void) { return 40; }
__declspec(dllexport) int v = 2;
__declspec(dllexport) int by_number(void) { return 100; }
END
echo '__declspec(dllexport) int h(void) { return 1000; }' >d2.c
printf 'LIBRARY d1.dll\nEXPORTS\nf\nv DATA\nby_number @7 NONAME\n' >d1.def
cat >main.c <<'END'
#include <stdio.h>
int f(void), g(void), h(void);
extern int v;
int main(void) { printf("%d\n", f() + v + g() + h()); return 0; }
END

# try TARGET MACHINE PREFIX RUNNER
try() {
	"$1-gcc" -shared d1.c d1.def -o d1.dll && "$1-gcc" -shared d2.c -o d2.dll && "$1-gcc" -c main.c -o main.o || return
	for format in long short; do
		"$writer" "$2" $format a1.lib d1.dll "$3f=f" "$3v=v,data" "$3g#7"
		"$writer" "$2" $format a2.lib d2.dll "$3h=h"
		for linker in gnu lld objkit; do
			case $linker in
			gnu) ok "$1 $format: GNU ld" "$1-gcc" main.o a1.lib a2.lib -o p.exe ;;
			lld) have ld.lld-19 clang-19 || { skip_test "$1 $format: lld" "not installed"; continue; }
				ok "$1 $format: lld" clang-19 --target="$1" -fuse-ld=lld-19 main.o a1.lib a2.lib -o p.exe ;;
			objkit) ok "$1 $format: objkit ld" "$1-gcc" -B B/ main.o a1.lib a2.lib -o p.exe
				unlike "... which did the link" "$("$1-objdump" -p p.exe | grep MajorLinkerVersion)" '[[:space:]](2|14)$' ;;
			esac
			if [ -n "$4" ]; then is "... and it runs" "$("$4" ./p.exe 2>/dev/null | tr -d '\r')" 1142
			else skip_test "... and it runs" "no runner for Windows programs"; fi
		done
	done
}
try x86_64-w64-mingw32 0x8664 '' "$run_win64"
if have i686-w64-mingw32-gcc; then try i686-w64-mingw32 0x14c _ "$run_win32"; else skip_test i686 "no i686 compiler"; fi

for format in long short; do
	"$writer" 0xaa64 $format x.lib x.dll f v,data g#3
	"$writer" 0xaa64 $format y.lib x.dll f v,data g#3
	same "$format: the same bytes every time" x.lib y.lib
	touch -t 200001010000 x.lib
	"$writer" 0xaa64 $format x.lib x.dll f v,data g#3
	is "$format: not written again" "$(find x.lib ! -newer d1.c -newermt 1999-01-01)" x.lib
	"$writer" 0xaa64 $format x.lib x.dll f v,data g#4
	is "$format: written when it changed" "$(find x.lib -newer d1.c)" x.lib
	if have llvm-readobj-19 ld.lld-19; then
		echo '__declspec(dllimport) int f(void); extern __declspec(dllimport) int v; int start(void) { return f() + v; }' >s.c
		ok "$format: arm64 links with lld" sh -c "clang-19 --target=aarch64-w64-mingw32 -c s.c -o s.o &&
			ld.lld-19 -m arm64pe -e start s.o x.lib -o s.exe"
		is "... with its imports" "$(imports --format=tsv s.exe | tr '\t' ' ')" "x.dll f normal
x.dll v normal"
	fi
done
done_testing
