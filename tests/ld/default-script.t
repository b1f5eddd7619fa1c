# --verbose prints the built-in layout as a linker script, and -T gives it back: the same programs come of it.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
between() { sed -n '/^=====/,/^=====/p' | grep -v '^====='; }
cat >h.c <<'X'
#include <stdio.h>
int common[100]; static int z[50]; int d = 7;
__attribute__((constructor)) static void c1(void) { common[1] = 5; }
int main(void) { printf("hi %d %d %d\n", common[1], z[3], d); return 0; }
X
cat >x.cc <<'X'
#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what() << "\n"; } }
X
cat >lib.c <<'X'
__attribute__((dllexport)) int exported_data = 3;
__attribute__((dllexport)) int exported(int x) { return x + exported_data; }
X
cat >use.c <<'X'
#include <stdio.h>
__attribute__((dllimport)) int exported(int); extern int exported_data;
int main(void) { printf("%d %d\n", exported(1), exported_data); return 0; }
X
ok "--verbose alone is no error" ld -m elf_x86_64 --verbose
ld -m elf_x86_64 --verbose | between >ours.ld
for m in -static -no-pie -pie; do
	ok "ELF: C by it $m" link h $m -fcommon h.c -Wl,-T,ours.ld
	prints "it runs $m" "hi 5 0 7" ./h
	ok "C++ by it $m" linkxx x $m x.cc -Wl,-T,ours.ld
	prints "it runs $m" thrown ./x
	ok "with --gc-sections $m" linkxx x $m x.cc -Wl,-T,ours.ld,--gc-sections
	prints "it runs $m" thrown ./x
done
like "--verbose shows the script of -T" "$(ld -m elf_x86_64 -T ours.ld --verbose)" 'using external linker script'
if have x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ x86_64-w64-mingw32-objdump; then
	. "$top_srcdir/tests/ld/pe.sh"
	check=$top_srcdir/tests/tools/pecheck
	for m in x86_64 i686; do
		for_target $m
		ld -m $emulation --verbose | between >ours.ld
		ok "$m: C by it" cc -fcommon ../h.c -Wl,-T,ours.ld -o h.exe
		linked_by_us "$m: it is objkit's" h.exe
		runs "$m: it runs" "hi 5 0 7" 0 ./h.exe
		ok "$m: it is sound" "$check" h.exe
		ok "$m: C++ by it" cxx -static ../x.cc -Wl,-T,ours.ld -o x.exe
		runs "$m: exceptions" thrown 0 ./x.exe
		ok "$m: with --gc-sections" cxx -static ../x.cc -Wl,-T,ours.ld,--gc-sections -o x.exe
		runs "$m: they run" thrown 0 ./x.exe
		ok "$m: a DLL by it" cc -shared ../lib.c -Wl,-T,ours.ld,--out-implib,libl.a -o l.dll
		ok "$m: which is sound" "$check" l.dll
		ok "$m: and its user" cc ../use.c libl.a -Wl,-T,ours.ld -o u.exe
		runs "$m: work together" "4 3" 0 ./u.exe
		cc -fcommon ../h.c -o plain.exe
		sections() { $P-objdump -h "$1" | awk '/^ +[0-9]+ /{print $2, $4}' | grep -v debug; }
		is "$m: the same sections at the same places as without -T" "$(sections h.exe)" "$(sections plain.exe)"
	done
else
	skip_test "Windows" "no mingw compilers"
fi
done_testing
