# More symbols than an export table holds: what clients hardly need by name is left out, or a clear error.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-as x86_64-w64-mingw32-g++ llvm-readobj-19
. "$top_srcdir/tests/ld/pe.sh"
for_target x86_64

awk 'BEGIN { print ".text"; for (i = 0; i < 70000; i++) printf ".globl fn%d\nfn%d: ret\n", i, i }' >plain.s
awk 'BEGIN { print ".text"; for (i = 0; i < 300; i++) printf ".globl plain%d\nplain%d: ret\n", i, i
	for (i = 0; i < 66000; i++) { n = i < 500 ? "_ZNSt3fooI" i "E" : "_Z3barI" i "E"
	printf ".section .text$%s,\"x\"\n.linkonce discard\n.globl %s\n%s: ret\n", n, n, n } }' >comdat.s
x86_64-w64-mingw32-as plain.s -o plain.o && x86_64-w64-mingw32-as -mbig-obj comdat.s -o comdat.o || exit 99
status "70000 plain functions do not fit" 1 "$OBJKIT" ld -m i386pep -shared -e "" plain.o -o plain.dll
like "the error counts" "$(cat tap.err)" '70000 symbols are exported; an export table holds 65535'
like "names who contributes" "$(cat tap.err)" '70000 from plain.o'
like "and what helps" "$(cat tap.err)" 'exclude-libs'
ok "nothing was written" test ! -e plain.dll
ok "66300 of which 66000 are COMDAT copies do" "$OBJKIT" ld -m i386pep -shared -e "" comdat.o -o comdat.dll
is "with one warning" "$(grep -c warning: tap.err)" 1
like "that counts by kind" "$(cat tap.err)" 'left out 500 copies of standard-library templates and 265 of other'
llvm-readobj-19 --coff-exports comdat.dll | awk '/Name:/{print $2}' >names
is "the table is full" "$(grep -c . names)" 65535
is "no plain function was left out" "$(grep -c '^plain' names)" 300

# A DLL of real code among them, and a client of its plain functions and templates.
cat >t.h <<'X'
template <int N> int twice() { return N * 2; }
X
cat >d.cc <<'X'
#include "t.h"
#include <stdexcept>
int plain_one() { return 7 + twice<3>(); }
int plain_two() { try { throw std::runtime_error("x"); } catch (std::exception &) { return twice<4>(); } }
template int twice<5>();
X
cat >c.cc <<'X'
#include "t.h"
#include <cstdio>
int plain_one();
int plain_two();
int main() { std::printf("%d %d %d\n", plain_one(), plain_two(), twice<5>()); }
X
ok "C++ among 66000 COMDAT copies" cxx -static -shared d.cc comdat.o -o many.dll -Wl,--out-implib,libmany.a
linked_by_us "we linked it" many.dll
ok "a client of it" cxx -static c.cc -L. -lmany -o c.exe
runs "it uses plain functions and templates" "13 8 10" 0 c.exe
done_testing
