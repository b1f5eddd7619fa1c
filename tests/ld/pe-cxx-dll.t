# C++ across DLLs: exceptions of the DLL's and the program's own classes, both ways, thread_local variables with and
# without destructors, an exception carried to another thread; against the DLLs of the run-time library and static.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++-posix i686-w64-mingw32-g++-posix

cat >lib.h <<'C'
#include <string>
#ifdef MAKE
#define API __declspec(dllexport)
#else
#define API __declspec(dllimport)
#endif
struct API error { std::string text; explicit error(const char *s) : text(s) {} virtual ~error(); virtual const char *what() const; };
struct derived : error { int code; derived(int c) : error("derived"), code(c) {} };
API int bump(int by);
API void thrower(int n);
API int catcher(void (*f)(int), int n);
extern API int order;
C
cat >lib.cc <<'C'
#define MAKE
#include "lib.h"
#include <cstdio>
#include <stdexcept>
error::~error() {}
const char *error::what() const { return text.c_str(); }
int order;
static thread_local int counter = 40;
struct guard { std::string s{"guard of a thread, longer than the small buffer"}; ~guard() { order += (int)s.size(); } };
static thread_local guard g;
int bump(int by) { g.s += "x"; return counter += by; }
void thrower(int n) {
if (n == 1) throw error("plain");
if (n == 2) throw derived(7);
if (n == 3) throw std::runtime_error("standard");
if (n == 4) throw n;
}
int catcher(void (*f)(int), int n) {
try { f(n); } catch (const derived &d) { return d.code; } catch (const error &e) { return (int)e.text.size(); }
catch (const std::exception &) { return 1000; } catch (...) { bump(1); throw; }
return 0;
}
C
cat >main.cc <<'C'
#include "lib.h"
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <typeinfo>
static thread_local int mine = 5;
static void own(int n) { if (n == 1) throw error("from the program"); if (n == 2) throw derived(9); if (n == 3) throw std::logic_error("x"); if (n == 4) throw 4; }
int main() {
for (int i = 0; i < 5; i++) {
try { thrower(i); std::printf("none\n"); }
catch (const derived &d) { std::printf("derived %d %s\n", d.code, d.what()); }
catch (const error &e) { std::printf("error %s\n", e.what()); }
catch (const std::runtime_error &e) { std::printf("runtime %s\n", e.what()); }
catch (int n) { std::printf("int %d\n", n); }
try { std::printf("caught there: %d\n", catcher(own, i)); } catch (int n) { std::printf("passed on: %d\n", n); }
}
int a = 0, b = 0, ma = 0;
std::thread t([&] { a = bump(2); mine += 10; ma = mine; try { thrower(2); } catch (const error &e) { b = (int)typeid(e).name()[0]; } });
t.join();
std::printf("thread %d %d %c, main %d %d, guards %d\n", a, ma, b, bump(1), mine, order);
std::exception_ptr p;
std::thread u([&] { try { thrower(1); } catch (...) { p = std::current_exception(); } });
u.join();
try { std::rethrow_exception(p); } catch (const error &e) { std::printf("carried %s\n", e.what()); }
try { (void)dynamic_cast<derived &>(*static_cast<error *>(new error("z"))); } catch (const std::bad_cast &) { std::puts("bad cast"); }
}
C
want='none
caught there: 0
error plain
caught there: 16
derived 7 derived
caught there: 9
runtime standard
caught there: 1000
int 4
passed on: 4
thread 42 15 7, main 42 5, guards 48
carried plain
bad cast'
for m in x86_64 i686; do
	for_target $m
	cp ../lib.h ../lib.cc ../main.cc .
	"$P-g++-posix" -O1 -c lib.cc main.cc || exit 99
	for how in shared static; do
		o=; [ $how = static ] && o=-static
		for who in ours gnu; do
			b=; [ $who = ours ] && b=-B$T/B/
			mkdir -p $how-$who
			ok "$m: $how: a DLL ($who)" "$P-g++-posix" $b -shared lib.o -o $how-$who/lib.dll -Wl,--out-implib,$how-$who/libl.a $o
			ok "$m: $how: a program ($who)" "$P-g++-posix" $b main.o $how-$who/libl.a -o $how-$who/main.exe $o
			for dll in libstdc++-6 libgcc_s_seh-1 libgcc_s_dw2-1 libwinpthread-1; do
				f=$("$P-g++-posix" -print-file-name=$dll.dll)
				[ -f "$f" ] || f=/usr/$P/lib/$dll.dll
				[ ! -f "$f" ] || cp "$f" $how-$who/
			done
		done
		linked_by_us "$m: $how: objkit linked the DLL" $how-ours/lib.dll
		linked_by_us "$m: $how: and the program" $how-ours/main.exe
		is "$m: $how: nothing wrong with them" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact $how-ours/lib.dll $how-ours/main.exe)" ''
		used=$("$P-objdump" -p $how-ours/main.exe | sed -n 's/.*DLL Name: //p' | sort | xargs)
		is "$m: $how: it imports the same DLLs" "$used" "$("$P-objdump" -p $how-gnu/main.exe | sed -n 's/.*DLL Name: //p' | sort | xargs)"
		if [ $how$m = statici686 ]; then # two run-time libraries, DWARF unwinding: nothing crosses, whoever links
			[ -n "$runner" ] || { skip_test "$m: $how: as GNU ld's" "no wine"; continue; }
			theirs=$(run ./$how-gnu/main.exe; echo "exit $?")
			is "$m: $how: ends as GNU ld's program" "$(run ./$how-ours/main.exe; echo "exit $?")" "$theirs"
		else
			runs "$m: $how: it runs" "$want" 0 ./$how-ours/main.exe
			runs "$m: $how: as GNU ld's does" "$want" 0 ./$how-gnu/main.exe
			mkdir -p mixed; cp $how-ours/* mixed/; cp $how-gnu/main.exe mixed/
			runs "$m: $how: our DLL under GNU ld's program" "$want" 0 ./mixed/main.exe
			cp $how-ours/main.exe $how-gnu/lib.dll mixed/
			runs "$m: $how: GNU ld's DLL under our program" "$want" 0 ./mixed/main.exe
		fi
	done
done
done_testing
