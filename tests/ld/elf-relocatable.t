# -r: objects joined, then linked: C++ with groups and exceptions, TLS, commons, debugging information.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >a.cc <<'X'
#include <iostream>
#include <stdexcept>
template <class T> T twice(T x) { return x + x; }
inline int &counter() { static int n; return n; }
int b(int);
extern "C" { extern int common_one[]; }
thread_local int t = 3;
int main()
{
	try { b(1); } catch (const std::runtime_error &e) { std::cout << e.what() << " " << twice(4) << " " << counter() << "\n"; }
	common_one[2] = t; std::cout << common_one[2] << "\n";
}
X
cat >b.cc <<'X'
#include <stdexcept>
template <class T> T twice(T x) { return x + x; }
inline int &counter() { static int n; return n; }
int b(int n) { counter() += twice(n); if (n) throw std::runtime_error("joined"); return 0; }
X
echo 'int common_one[5];' >c.c
want="joined 8 2
3"
for o in "" "-g -O2" "-ffunction-sections -fdata-sections -O1"; do
	# shellcheck disable=SC2086
	g++ $o -c a.cc b.cc && gcc -fcommon -c c.c
	ok "ld -r $o" ld -m elf_x86_64 -r -o all.o a.o b.o c.o
	like "an object" "$(readelf -h all.o)" 'REL \(Relocatable'
	like "commons stay" "$(readelf -sW all.o)" 'COM common_one'
	is "readelf finds nothing wrong" "$(readelf -aW all.o 2>&1 >/dev/null)" ""
	ok "linked by us" linkxx p all.o
	prints "it runs" "$want" ./p
	if have ld.bfd; then
		ok "linked by GNU ld" g++ -fuse-ld=bfd -o p all.o
		prints "it runs" "$want" ./p
	fi
	ok "again" ld -m elf_x86_64 -r -o again.o all.o
	ok "linked with --gc-sections" linkxx p again.o -Wl,--gc-sections
	prints "it runs" "$want" ./p
done
echo "int one[3];" >com.c; gcc -fcommon -c com.c
ok "-d" ld -m elf_x86_64 -r -d -o comd.o com.o
like "allocates commons" "$(nm comd.o)" ' B one'
like "with their size" "$(readelf -sW comd.o)" ' 12 OBJECT +GLOBAL +DEFAULT +[0-9]+ one'
done_testing
