# More symbols than an export table holds: what clients hardly need by name is left out, or a clear error.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-as x86_64-w64-mingw32-g++ x86_64-w64-mingw32-ld llvm-readobj-19 python3
. "$top_srcdir/tests/ld/pe.sh"
for_target x86_64

names() { llvm-readobj-19 --coff-exports "$1" | awk '/Name:/{print $2}' >names; }
awk 'BEGIN { print ".text"; for (i = 0; i < 70000; i++) printf ".globl fn%d\nfn%d: ret\n", i, i }' >plain.s
x86_64-w64-mingw32-as plain.s -o plain.o || exit 99
status "70000 plain functions do not fit" 1 "$OBJKIT" ld -m i386pep -shared -e "" plain.o -o plain.dll
like "the error counts" "$(cat tap.err)" '70000 symbols are exported; an export table holds 65535'
like "names who contributes" "$(cat tap.err)" '70000 from plain.o'
like "and what helps" "$(cat tap.err)" '--exclude-libs LIB,.*--exclude-libs ALL.*\.def file or a --version-script'
ok "nothing was written" test ! -e plain.dll
ar rc libplain.a plain.o; printf 'int one(void) { return 1; }\n' >one.c; x86_64-w64-mingw32-gcc -c one.c
printf 'int %s(void) { return 2; }\n' sa sb >sa.c; printf 'int %s(void) { return 2; }\n' sc >sc.c
x86_64-w64-mingw32-gcc -c sa.c sc.c; ar rc libsmall.a sa.o sc.o
status "and ones of other inputs" 1 "$OBJKIT" ld -m i386pep -shared -e "" one.o --whole-archive libsmall.a libplain.a -o plain.dll
is "are counted by object and by library, the most first" "$(grep '^>>>' tap.err | xargs)" \
	">>> 70000 from libplain.a >>> 3 from libsmall.a >>> 1 from one.o"
ok "70000 functions of a library, left out by an option" "$OBJKIT" ld -m i386pep -shared -e "" one.o --whole-archive libplain.a \
	--exclude-libs ALL -o excl.dll
names excl.dll
is "leave the others" "$(cat names)" one

# A DLL of 100,000 instantiations of templates and 300 plain functions; GNU ld refuses it
mkdir t && python3 "$top_srcdir/tests/tools/mkcomdats" t 0 100000 2000
cat >t.h <<'X'
template <int N> int twice() { return N * 2; }
template <int N> int bar();
X
{
	printf '#include "t.h"\n#include <stdexcept>\n'
	printf 'int plain_two() { try { throw std::runtime_error("x"); } catch (std::exception &) { return twice<4>() + bar<99999>(); } }\ntemplate int twice<5>();\n'
	for i in $(seq 299); do printf 'int plain%d() { return %d + twice<3>(); }\n' $i $i; done
} >d.cc
cat >c.cc <<'X'
#include "t.h"
#include <cstdio>
int plain1(), plain299(), plain_two();
int main() { std::printf("%d %d %d %d\n", plain1(), plain299(), plain_two(), twice<5>()); }
X
x86_64-w64-mingw32-g++ -c d.cc
status "GNU ld refuses 100300 exports" 1 x86_64-w64-mingw32-g++ -static -shared d.o t/*.o -o gnu.dll
like "as too many" "$(cat tap.err)" 'error: export ordinal too large: 100[0-9]{3}'
ok "objkit links them" cxx -static -shared d.o t/*.o -o many.dll -Wl,--out-implib,libmany.a
linked_by_us "it was objkit" many.dll
is "with one warning" "$(grep -c warning: tap.err)" 1
like "that counts by kind" "$(cat tap.err)" 'left out 50[0-9] copies of standard-library templates and 3[34][0-9]{3} of other'
is "and by input: the sums agree" "$(sed -n 's/^>>> \([0-9]*\) from .*/\1/p' tap.err | awk '{ s += $1 } END { print s }')" \
	"$(sed -n 's/.*left out \([0-9]*\) .* and \([0-9]*\) of other.*/\1 \2/p' tap.err | awk '{ print $1 + $2 }')"
like "naming them" "$(cat tap.err)" '^>>> 2000 from t/t[0-9]*\.o'
like "and how to keep some" "$(cat tap.err)" 'version-script.*--export-dynamic-symbol.*\.def file'
names many.dll
is "the table is full" "$(grep -c . names)" 65535
is "all 300 plain functions are in it" "$(grep -cE '^_Z[0-9]*plain' names)" 300
ok "a client of it" cxx -static c.cc -L. -lmany -o c.exe
runs "uses plain functions and templates" "7 305 100007 10" 0 c.exe

# the same ones are left out at any number of threads; what is named is not
cp many.dll first.dll
cxx -static -shared d.o t/*.o -o many.dll -Wl,--threads=1 2>/dev/null
names many.dll; cp names names1
names first.dll
same "--threads=1: the same exports" names1 names
gone=$(seq -f '_Z3barILi%gEEiv' 501 99999 | sort >all; sort names1 | comm -13 - all | head -n 3 | tr '\n' ' ')
set -- $gone
printf '{ global: %s; *; };\n' "$1" >keep.ver
printf 'EXPORTS\n %s\n' "$2" >keep.def
ok "a version script, a .def file, and an option keep one each" cxx -static -shared d.o t/*.o keep.def -o kept.dll -Wl,--export-all-symbols \
	-Wl,--version-script,keep.ver -Wl,--export-dynamic-symbol="$3"
names kept.dll
is "these are in it" "$(grep -cx -e "$1" -e "$2" -e "$3" names)" 3
is "the table is as full" "$(grep -c . names)" 65535
done_testing
