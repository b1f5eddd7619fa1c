source_package() { echo fmtlib; }
program() {
	cat >t.cc <<'CC'
#include <fmt/core.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>
int main() {
	std::vector<int> v{1, 2, 3};
	int caught = 0;
	try { (void)fmt::format(fmt::runtime("{:d}"), "x"); } catch (const fmt::format_error &) { caught++; }
	try { v.at(7); } catch (const std::out_of_range &) { caught++; }
	fmt::print("{} {:>6.2f} {} {:#x}\n", v, 3.14159, caught, 255);
	return caught == 2 ? 0 : 1;
}
CC
}
want='[1, 2, 3]   3.14 2 0xff'
objects() {
	for f in format os; do $CXX -std=c++17 -O2 -Iinclude -c src/$f.cc -o $f.o; done
	"$AR" rcs libfmt.a format.o os.o
	program
}
build_native() { objects; $CXX -std=c++17 -O2 -Iinclude t.cc -o t -L. -lfmt; }
check_native() { a_test formats [ "$(./t)" = "$want" ]; all_pass 1; }
build_mingw() {
	objects
	$CXX -std=c++17 -O2 -Iinclude t.cc -o t.exe -L. -lfmt -static
	$CXX -shared -o fmt.dll -Wl,--whole-archive libfmt.a -Wl,--no-whole-archive -Wl,--out-implib,libfmtd.dll.a
	$CXX -std=c++17 -O2 -Iinclude t.cc -o td.exe libfmtd.dll.a
}
check_mingw() {
	copy_runtime .
	a_test 'formats and throws, all static' [ "$("$RUN" t.exe | tr -d '\r')" = "$want" ]
	a_test 'formats and throws, across DLLs' [ "$("$RUN" td.exe | tr -d '\r')" = "$want" ]
	all_pass 2
}
