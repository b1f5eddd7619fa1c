# C++: exceptions, constructors by priority, COMDATs, static and against libstdc++'s DLL.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-g++

for m in x86_64 i686; do
	for_target $m
	cat >a.cc <<'C'
#include <iostream>
#include <stdexcept>
#include <string>
#include "i.h"
struct A { const char *n; A(const char *n) : n(n) { printf("ctor %s\n", n); } ~A() { printf("dtor %s\n", n); } };
A g1 __attribute__((init_priority(2000))) ("p2000");
A g2 __attribute__((init_priority(1000))) ("p1000");
A g3("plain");
int f(int x) { if (x > 2) throw std::runtime_error("boom " + std::to_string(x)); return x; }
int main() {
	try { for (int i = 0;; i++) f(i); } catch (std::exception &e) { std::cout << e.what() << std::endl; }
	std::cout << next() << other() << std::endl;
}
C
	echo 'inline int next() { static int n; return ++n; } int other();' >i.h
	echo '#include "i.h"
int other() { return next(); }' >b.cc
	want='ctor p1000
ctor p2000
ctor plain
boom 3
12
dtor plain
dtor p2000
dtor p1000'
	ok "$m: static" cxx -static a.cc b.cc -o s.exe
	linked_by_us "$m: objkit linked it" s.exe
	runs "$m: it runs" "$want" 0 ./s.exe
	"$P-g++" -static a.cc b.cc -o gs.exe
	runs "$m: as GNU ld's does" "$want" 0 ./gs.exe
	ok "$m: static, stripped, unused sections left out" cxx -static -s -ffunction-sections -fdata-sections -Wl,--gc-sections a.cc b.cc -o g.exe
	runs "$m: it runs" "$want" 0 ./g.exe
	ok "$m: it is smaller" test "$(wc -c <g.exe)" -lt "$(wc -c <s.exe)"
	dir=$(dirname "$(cxx -print-file-name=libstdc++.dll.a)")
	cp "$dir"/*.dll . 2>/dev/null; cp /usr/$P/lib/*.dll . 2>/dev/null
	ok "$m: against libstdc++'s DLL" cxx a.cc b.cc -o d.exe
	like "$m: the DLL is imported" "$("$P-objdump" -p d.exe)" 'DLL Name: libstdc\+\+-6.dll'
	runs "$m: it runs" "$want" 0 ./d.exe
	"$P-g++" a.cc b.cc -o gd.exe
	runs "$m: as GNU ld's does" "$want" 0 ./gd.exe
	# an exception that leaves one DLL and is caught in the program, and longjmp past a frame
	printf '#include <stdexcept>\n#include <setjmp.h>\njmp_buf env;\n__declspec(dllexport) void thrower(int x) { throw std::runtime_error(x ? "across" : "never"); }\n__declspec(dllexport) void jumper(jmp_buf *e) { longjmp(*e, 4); }\n' >th.cc
	printf '#include <stdexcept>\n#include <setjmp.h>\n#include <cstdio>\n__declspec(dllimport) void thrower(int); __declspec(dllimport) void jumper(jmp_buf *);\nint main() { jmp_buf e; try { thrower(1); } catch (std::exception &x) { puts(x.what()); } int n = setjmp(e); if (!n) jumper(&e); printf("%%d\\n", n); }\n' >ca.cc
	ok "$m: a DLL that throws" cxx -shared th.cc -o th.dll -Wl,--out-implib,libth.a
	ok "$m: a program that catches" cxx ca.cc -L. -lth -o ca.exe
	linked_by_us "$m: objkit linked both" th.dll
	runs "$m: across the border" "across
4" 0 ./ca.exe
	"$P-g++" -shared th.cc -o th.dll -Wl,--out-implib,libgth.a && "$P-g++" ca.cc -L. -lgth -o gca.exe
	runs "$m: as GNU ld's does" "across
4" 0 ./gca.exe
	runs "$m: our program with GNU ld's DLL" "across
4" 0 ./ca.exe
	sorted=$("$P-objdump" -s -j .pdata s.exe 2>/dev/null | grep -c . || true)
	[ $m = i686 ] || ok "$m: .pdata is there" test "$sorted" -gt 10
done
done_testing
