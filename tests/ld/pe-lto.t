# Link-time optimisation through GCC's plugin, for Windows programs.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++
mkdir B
for n in ld real-ld collect2; do ln -s "$OBJKIT" B/$n; done
cc() { x86_64-w64-mingw32-gcc -B"$T/B/" -O2 "$@"; }
cxx() { x86_64-w64-mingw32-g++ -B"$T/B/" -O2 "$@"; }
run() { if [ -n "$run_win64" ]; then timeout 120 "$run_win64" "$@" 2>/dev/null | tr -d '\r'; fi; }

cat >main.c <<'C'
#include <stdio.h>
int twice(int);
int main(void) { printf("%d\n", twice(21)); return 0; }
C
echo 'int twice(int x) { return 2 * x; } int never_called(void) { return 1; }' >twice.c
cat >ex.cc <<'C'
#include <cstdio>
#include <string>
struct base { virtual ~base() {} virtual int f() = 0; };
struct derived : base { int f() override { return 7; } };
inline int shared_inline(int x) { static int calls; return x + ++calls; }
int main() {
	base *b = new derived;
	try { if (b->f() == 7) throw std::string("thrown"); } catch (std::string &s) { printf("%s %d\n", s.c_str(), shared_inline(1)); }
	delete b;
}
C
ok "compile to intermediate code" cc -flto -c main.c twice.c
ok "link it" cc -flto main.o twice.o -o a.exe
"${top_builddir}/src/objkit" nm a.exe >syms
unlike "whole-program view drops the unused function" "$(cat syms)" never_called
ok "from an archive without plugin" sh -c '"$OBJKIT" ar rcs libt.a twice.o'
ok "a member is found by its intermediate symbols" cc -flto main.o -L. -lt -o b.exe
cc -c twice.c -o native.o
ok "mixed with native code" cc -flto main.o native.o -o c.exe
ok "fat objects" cc -flto -ffat-lto-objects -c twice.c -o fat.o
ok "link a fat object without -flto" cc native.o main.c fat.o -Wl,--allow-multiple-definition -o d.exe
ok "C++ with exceptions" sh -c 'x86_64-w64-mingw32-g++ -B"$1/B/" -O2 -flto -static ex.cc -o e.exe' sh "$T"
if [ -n "$run_win64" ]; then
	for p in a b c d; do is "$p.exe runs" "$(run ./$p.exe)" "42"; done
	is "e.exe runs" "$(run ./e.exe)" "thrown 2"
else
	skip_test "the programs run" "no wine runner"
fi
status "without a plugin: a named error" 1 ld -m i386pep main.o twice.o -o x.exe
like "which says what is needed" "$(cat tap.err)" 'main\.o: .*plugin'
ok "and nothing is written" test ! -e x.exe
status "a plugin that cannot be loaded" 1 ld -m i386pep -plugin /nonexistent.so main.o -o x.exe
like "is named" "$(cat tap.err)" 'nonexistent\.so'
done_testing
