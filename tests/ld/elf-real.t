#!/bin/sh
# What whole programs asked of an ELF link and small tests had not.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"

# The header says that GNU's kinds of symbols are there: strip, elflint and elfutils read them only then.
abi() { readelf -h "$1" | sed -n 's,^ *OS/ABI: *,,p'; }
cat >ifunc.c <<'C'
#include <stdio.h>
static int yes(void) { return 7; }
static int (*pick(void))(void) { return yes; }
int seven(void) __attribute__((ifunc("pick")));
int main(void) { printf("%d\n", seven()); return 0; }
C
gcc -c ifunc.c -o ifunc.o
ok "a program with an IFUNC links" link ifunc ifunc.o
is "IFUNC: the GNU ABI" "$(abi ifunc)" "UNIX - GNU"
prints "the program runs" 7 ./ifunc
echo 'int main(void) { return 0; }' >plain.c
gcc -c plain.c -o plain.o
ok "a plain program links" link plain plain.o
is "nothing of GNU's: System V" "$(abi plain)" "UNIX - System V"
if have g++; then
	echo 'inline int &slot() { static int s; return s; } int get() { return slot(); }' >unique.cc
	g++ -fPIC -c unique.cc -o unique.o
	ok "a library with unique symbols links" linkxx libu.so -shared unique.o
	is "unique symbols: the GNU ABI" "$(abi libu.so)" "UNIX - GNU"
	ok "-r" ld -r -o joined.o unique.o
	is "-r keeps it" "$(abi joined.o)" "UNIX - GNU"
	if have eu-elflint; then ok "eu-elflint has nothing to say" eu-elflint -q --gnu-ld libu.so
	else skip_test "eu-elflint has nothing to say" "eu-elflint is not installed"; fi
else skip_test "unique symbols" "g++ is not installed"; fi

# Options that distributions' builds pass.
ok "-Ttext-segment" link at plain.o -no-pie -Wl,-Ttext-segment=0x60000000
like "the first segment is there" "$(readelf -lW at | awk '/LOAD/{print $3; exit}')" '^0x0*60000000$'
ok "the program runs" ./at
ok "--package-metadata, --sort-common=" link noted plain.o '-Wl,--package-metadata={"type":"deb"}' -Wl,--sort-common=descending
like "the note is there" "$(readelf -n noted 2>&1)" 'FDO .*0x00000010'
is "with the text" "$(readelf -x .note.package noted | awk '/0x/{print substr($0, length($0) - 15)}' | tr -d '\n' | grep -o '{.*}')" '{"type":"deb"}'

# Python's ctypes finds a library by asking the linker, with no object that would say what to link for.
if [ -f "$(gcc -print-file-name=libc.so.6)" ] && [ "$(uname -m)" = x86_64 ]; then
	like "-t -lc without objects names the library" "$(ld -t -o /dev/null -lc 2>/dev/null)" '/libc\.so\.6$'
	is "/dev/null stays what it is" "$(test -c /dev/null && echo yes)" yes
else skip_test "-t -lc without objects names the library" "no glibc for x86-64"; fi
done_testing
