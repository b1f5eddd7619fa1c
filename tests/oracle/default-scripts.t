# GNU ld's own default scripts, of every kind of output and machine, make working programs of objkit's links.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ld.bfd readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >h.c <<'X'
#include <stdio.h>
static __thread int tl = 5;
int counted, common[50];
__attribute__((constructor)) static void begin(void) { counted += 2; }
int twice(int x) { return 2 * x; }
int main(void) { printf("hi %d %d %d\n", tl, counted, twice(common[3] + 4)); return 0; }
X
printf 'extern int twice(int); int four(int x) { return twice(twice(x)); }\n' >l.c
printf '#include <stdio.h>\nint four(int); int twice(int x) { return 2 * x; } int main(void) { printf("%%d\\n", four(3)); return 0; }\n' >u.c
between() { sed '1,/^=====/d;/^=====/,$d'; }
try() { # NAME, ld and its options for the script, RUN, compiler and its options
	name=$1 run=$3
	$2 --verbose | between >gnu.ld
	shift 3
	rm -f prog
	ok "$name" "$@" -B"$B" h.c -Wl,-T,gnu.ld -o prog
	like "... by objkit" "$(readelf -p .comment prog)" objkit
	prints "... runs" "hi 5 2 8" $run ./prog
}
for z in "" "-z nocombreloc" "-z separate-code" "-z noseparate-code" "-z now" "-z now -z separate-code" "-z norelro"; do
	w=$(echo "$z" | sed 's/-z /-Wl,-z,/g')
	# shellcheck disable=SC2086
	{
		try "x86-64 $z" "ld.bfd -m elf_x86_64 $z" "" gcc -no-pie $w
		try "x86-64 -pie $z" "ld.bfd -m elf_x86_64 -pie $z" "" gcc -pie -fPIE $w
	}
done
try "x86-64 -static" "ld.bfd -m elf_x86_64 -static" "" gcc -static
try "x86-64 -static -pie" "ld.bfd -m elf_x86_64 -static -pie" "" gcc -static-pie -fPIE
for o in -n -N; do # GNU ld itself cannot: __ehdr_start is in no segment
	try "x86-64 -static $o" "ld.bfd -m elf_x86_64 $o" "" gcc -static -Wl,$o
	try "x86-64 $o" "ld.bfd -m elf_x86_64 $o" "" gcc -no-pie -Wl,$o,-Bdynamic
done
for z in "" "-z now" "-z nocombreloc" "-z noseparate-code"; do
	ld.bfd -m elf_x86_64 -shared $z --verbose | between >gnu.ld
	w=$(echo "$z" | sed 's/-z /-Wl,-z,/g')
	# shellcheck disable=SC2086
	ok "a library $z" gcc -B"$B" -shared -fPIC $w l.c -Wl,-T,gnu.ld -o libl.so
	ok "... its user" gcc -B"$B" u.c ./libl.so -Wl,-rpath,. -o u
	prints "... runs" 12 ./u
done
ld.bfd -m elf_x86_64 -r --verbose | between >gnu.ld
gcc -c h.c -o h.o
ok "-r" ld -m elf_x86_64 -r -T gnu.ld h.o -o r.o
ok "... can be linked" gcc -B"$B" r.o -o r
prints "... runs" "hi 5 2 8" ./r
if have i686-linux-gnu-gcc && i686-linux-gnu-gcc h.c -o probe 2>/dev/null && ./probe >/dev/null 2>&1; then
	try "i386" "ld.bfd -m elf_i386" "" i686-linux-gnu-gcc -no-pie
	try "i386 -pie" "ld.bfd -m elf_i386 -pie -z now" "" i686-linux-gnu-gcc -pie -fPIE -Wl,-z,now
	try "i386 -static" "ld.bfd -m elf_i386 -static" "" i686-linux-gnu-gcc -static
	try "i386 separate code" "ld.bfd -m elf_i386 -z separate-code" "" i686-linux-gnu-gcc -no-pie -Wl,-z,separate-code
else
	skip_test "i386" "no compiler, or its programs do not run"
fi
if have aarch64-linux-gnu-gcc aarch64-linux-gnu-ld qemu-aarch64; then
	q="qemu-aarch64 -L /usr/aarch64-linux-gnu"
	try "aarch64" "aarch64-linux-gnu-ld" "$q" aarch64-linux-gnu-gcc -no-pie
	try "aarch64 -pie" "aarch64-linux-gnu-ld -pie" "$q" aarch64-linux-gnu-gcc -pie -fPIE
	try "aarch64 -static" "aarch64-linux-gnu-ld -static" "$q" aarch64-linux-gnu-gcc -static
	try "aarch64 separate code" "aarch64-linux-gnu-ld -z separate-code" "$q" aarch64-linux-gnu-gcc -no-pie -Wl,-z,separate-code
else
	skip_test "aarch64" "no compiler or no qemu-aarch64"
fi
done_testing
