#!/bin/sh
# -b binary: a file of any bytes with symbols around it, in -r and final links, ELF and PE.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"

mkdir d
printf 'hello \000\177bytes' >d/a-file.bin
cat >main.c <<'C'
#include <stdio.h>
#ifdef __i386__
#define N(x) binary_d_a_file_bin_##x
#else
#define N(x) _binary_d_a_file_bin_##x
#endif
extern const char N(start)[], N(end)[], N(size)[];
int main(void)
{
	printf("%.5s %d", N(start), (int)(N(end) - N(start)));
#ifdef ABSOLUTE
	printf(" %d", (int)(long)N(size));
#endif
	printf("\n");
	return 0;
}
C
ok "ld -r -b binary" ld -r -m elf_x86_64 -b binary d/a-file.bin -o bin.o
is "symbols" "$(nm bin.o | tr '\n' ' ')" \
	"000000000000000d D _binary_d_a_file_bin_end 000000000000000d A _binary_d_a_file_bin_size 0000000000000000 D _binary_d_a_file_bin_start "
gcc -DABSOLUTE -c -fno-pie main.c -o fixed.o
gcc -c main.c -o main.o
ok "the object links" link prog main.o bin.o
prints "the program runs" "hello 13" ./prog
ok "a file of the link itself, and objects again behind it" link prog2 -no-pie -Wl,-b,binary d/a-file.bin -Wl,-b,default fixed.o
prints "the program runs, the size is its length" "hello 13 13" ./prog2
: >empty
ok "an empty file" ld -r -m elf_x86_64 --format=binary empty -o e.o
is "both ends are one" "$(nm e.o | awk '{print $1}' | sort -u)" "0000000000000000"
for m in elf_i386:ELF32 aarch64linux:AArch64; do
	ok "-m ${m%:*}" ld -r -m "${m%:*}" -b binary d/a-file.bin -o o.o
	like "-m ${m%:*}: the class and machine" "$(readelf -h o.o)" "${m#*:}"
	like "-m ${m%:*}: the symbols" "$(nm o.o | xargs)" '0+d D _binary_d_a_file_bin_end'
done
if have objcopy; then
	ok "objcopy renames the section of the object" objcopy --rename-section .data=.rodata,alloc,load,readonly,data,contents bin.o ro.o
	like "the section" "$(readelf -SW ro.o)" ' \.rodata '
	ok "a program with it" link prog3 main.o ro.o
	prints "the program runs" "hello 13" ./prog3
else skip_test "objcopy" "objcopy is not installed"; fi

. "$top_srcdir/tests/ld/pe.sh"
for t in x86_64 i686; do
	if ! have $t-w64-mingw32-gcc; then skip_test "$t" "$t-w64-mingw32-gcc is not installed"; continue; fi
	for_target $t
	cp -r ../d ../main.c .
	ok "$t: a file in a link" cc main.c -o t.exe -Wl,-b,binary d/a-file.bin -Wl,-b,default
	linked_by_us "$t: by objkit" t.exe
	ok "$t: pecheck" "${PYTHON3:-python3}" "$top_srcdir/tests/tools/pecheck" --exact t.exe
	runs "$t: the program runs" "hello 13" 0 t.exe
	cd ..
done
done_testing
