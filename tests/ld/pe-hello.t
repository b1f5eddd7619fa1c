# C programs by mingw gcc's own command line: run, and their headers are what GNU ld writes.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-objdump

header() {
	"$P-objdump" -p "$1" | grep -E '^(Magic|.*Version|.*Alignment|Subsystem|DllCharacteristics|SizeOf(Stack|Heap)|ImageBase|LoaderFlags|NumberOfRva)' |
		grep -v LinkerVersion
}
for m in x86_64 i686; do
	for_target $m
	cat >hello.c <<'C'
#include <stdio.h>
int main(int argc, char **argv) { printf("hi %d %s\n", argc, argv[1]); return 3; }
C
	ok "$m: link" cc hello.c -o hello.exe
	linked_by_us "$m: objkit linked it" hello.exe
	runs "$m: output and status" "hi 2 there" 3 ./hello.exe there
	gcc_gnu hello.c -o gnu.exe
	runs "$m: as GNU ld's does" "hi 2 there" 3 ./gnu.exe there
	# GNU's programs are not marked as knowing terminal servers
	cc hello.c -o h2.exe -Wl,--disable-tsaware
	is "$m: header fields equal GNU's" "$(header h2.exe)" "$(header gnu.exe)"
	sum() { "$P-objdump" -p "$1" | awk '/^CheckSum/{print $2}'; }
	want=$("${PYTHON3:-python3}" - hello.exe <<'PY'
import sys, struct
d = bytearray(open(sys.argv[1], 'rb').read())
off = struct.unpack_from('<I', d, 60)[0] + 24 + 64
d[off:off+4] = b'\0\0\0\0'
n = len(d)
if n & 1: d.append(0)
s = sum(struct.unpack('<%dH' % (len(d) // 2), d))
while s >> 16: s = (s & 0xffff) + (s >> 16)
print('%08x' % (s + n))
PY
)
	is "$m: checksum" "$(sum hello.exe)" "$want"
	ok "$m: subsystem with a version" cc hello.c -o sub.exe -mwindows -Wl,--subsystem,windows:6.1
	like "$m: it is in the header" "$("$P-objdump" -p sub.exe | grep -E '^(Subsystem|M..orSubsystemVersion)' | xargs)" \
		'MajorSubsystemVersion 6 MinorSubsystemVersion 1 Subsystem 00000002'
	ok "$m: sizes and base" cc hello.c -o opt.exe -Xlinker --stack=0x300000,0x2000 -Wl,--image-base,0x20000000 -Wl,-s
	like "$m: they are in the header" "$("$P-objdump" -p opt.exe | grep -E '^(ImageBase|SizeOfStackReserve|SizeOfStackCommit)' | sed 's/[[:space:]]*0*\([1-9]\)/ \1/' | xargs)" \
		'ImageBase 20000000 SizeOfStackReserve 300000 SizeOfStackCommit 2000'
	runs "$m: moved and stripped, it runs" "hi 2 x" 3 ./opt.exe x
	ok "$m: no base relocations" cc hello.c -o noreloc.exe -Wl,--disable-reloc-section
	unlike "$m: no .reloc, not movable" "$("$P-objdump" -h -p noreloc.exe | grep -v Directory)" '\.reloc|DYNAMIC_BASE'
	# the output does not depend on threads
	cc hello.c -c -o hello.o
	cc hello.o -o t1.exe -Wl,--threads=1 && cc hello.o -o t2.exe -Wl,--threads=4
	same "$m: same bytes with 1 and 4 threads" t1.exe t2.exe
	cc hello.o -o t1.exe -Wl,--no-insert-timestamp && SOURCE_DATE_EPOCH=1000000 cc hello.o -o t3.exe
	like "$m: SOURCE_DATE_EPOCH" "$(od -An -tu4 -j136 -N4 t3.exe)" '^ *1000000$'
	echo 'int nothing(void); int main(void) { return nothing(); }' >undef.c
	rm -f undef.exe
	status "$m: undefined symbol" 1 cc undef.c -o undef.exe
	like "$m: it is named with its place" "$(cat tap.err)" "undefined reference to '_?nothing'"
	ok "$m: and nothing was written" test ! -e undef.exe
done
done_testing
