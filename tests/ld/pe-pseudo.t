# Automatic import: the list of run-time pseudo-relocations, decoded item by item and compared with what GNU ld
# writes for the same objects.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc python3

items() { python3 "$top_srcdir/tests/tools/pseudorel" "$@" 2>&1; }
for m in x86_64 i686; do
	for_target $m
	w=$([ $m = x86_64 ] && echo 64 || echo 32)
	printf 'int v = 3; int arr[4] = { 10, 20, 30, 40 }; struct { char c; short s; int i; } st = { 1, 2, 3 };\n' >d.c
	cat >c.c <<'C'
#include <stdio.h>
extern int v, arr[];
extern struct { char c; short s; int i; } st;
int *one = &arr[2];
int *two[3] = { &v, 0, &arr[-1] + 1 };
int *third = &st.i;
int read_it(void) { return v + arr[1]; }
int main(void) { printf("%d %d %d %d %d\n", *one, *two[0], *two[2], *third, read_it()); return 0; }
C
	"$P-gcc" -c c.c
	ok "$m: a DLL with variables" cc -shared d.c -o d.dll -Wl,--out-implib,libd.a
	ok "$m: a client that does not declare them as imports" cc c.o -L. -ld -o c.exe
	linked_by_us "$m: objkit linked it" c.exe
	gcc_gnu c.o -L. -ld -o gc.exe 2>/dev/null
	items c.exe >ours; items gc.exe >gnus
	# what the initialisers ask for
	data="d.dll!arr ${U}one+0x0 $w abs 8
d.dll!arr ${U}two+0x$([ $w = 64 ] && echo 10 || echo 8) $w abs 0
d.dll!st ${U}third+0x0 $w abs 4
d.dll!v ${U}two+0x0 $w abs 0"
	is "$m: version, and an item for each initialiser" "$(grep -v "${U}read_it+" ours)" "version 2
$data"
	if [ $m = x86_64 ]; then
		# the code goes through .refptr.v: ours holds the address of the slot's variable without an item
		is "$m: no item for a .refptr" "$(grep -c 'refptr' ours)" 0
		like "$m: GNU ld has one" "$(cat gnus)" '!v .refptr.v\+0x0 64 abs 0'
	else
		is "$m: two items for the code" "$(grep -c "${U}read_it+0x.* 32 abs" ours)" 2
	fi
	is "$m: otherwise the items are GNU ld's" "$(cat ours)" "$(grep -v ' \.refptr' gnus)"
	runs "$m: it runs" '30 3 10 3 23' 0 ./c.exe
	want=$(run ./gc.exe); is "$m: as the one of GNU ld does" "$want" '30 3 10 3 23'

	# the same list in a DLL, whose addresses move
	printf 'extern int v; __declspec(dllexport) int *where = &v; __declspec(dllexport) int get(void) { return *where + v; }\n' >e.c
	"$P-gcc" -c e.c
	ok "$m: a DLL that imports another's variable" cc -shared e.o -L. -ld -o e.dll
	gcc_gnu -shared e.o -L. -ld -o ge.dll 2>/dev/null
	is "$m: its items" "$(items e.dll)" "$(items ge.dll | grep -v ' \.refptr')"
	printf 'int get(void); int main(void) { return get(); }\n' >u.c
	ok "$m: a client of it" cc u.c e.dll -o u.exe
	runs "$m: it runs" '' 6 ./u.exe

	# fields of 32 bits in 64: pc-relative, with the bytes behind the field counted in
	if [ $m = x86_64 ]; then
		printf '	.text\n	.globl near_v\nnear_v:	movl v(%%rip), %%eax\n	addl arr+4(%%rip), %%eax\n	cmpl $1, v(%%rip)\n	ret\n' >n.s
		printf 'int near_v(void); int main(void) { return near_v(); }\n' >nm.c
		"$P-gcc" -c n.s nm.c
		ok "$m: narrow fields" cc nm.o n.o -L. -ld -o n.exe
		gcc_gnu nm.o n.o -L. -ld -o gn.exe 2>/dev/null
		is "$m: their items" "$(items n.exe)" "version 2
d.dll!arr near_v+0x8 32 pc 4
d.dll!v near_v+0x2 32 pc 0
d.dll!v near_v+0xe 32 pc -1"
		is "$m: are GNU ld's" "$(items n.exe)" "$(items gn.exe)"
	fi

	printf 'int main(void) { return 0; }\n' >z.c
	ok "$m: nothing imported automatically" cc z.c -o z.exe
	is "$m: an empty list has no header" "$(items z.exe)" ''
	# the checker sees what is wrong
	python3 - c.exe bad.exe <<'PY'
import sys
d = bytearray(open(sys.argv[1], 'rb').read())
at = d.index(b'\0' * 8 + b'\1\0\0\0', 0x400)
while True:
    first = d[at + 12:at + 24]
    if first[8:12] in (b'\x40\0\0\0', b'\x20\0\0\0') and any(first[:4]) and any(first[4:8]):
        break
    at = d.index(b'\0' * 8 + b'\1\0\0\0', at + 1)
d[at + 12] ^= 1
open(sys.argv[2], 'wb').write(d)
PY
	like "$m: the checker sees an item that names no slot" "$(items bad.exe)" 'is no slot of an address table'
done
done_testing
