# Scripts and segments: what shares a page shares protection; RELRO by DATA_SEGMENT_RELRO_END.
. "${top_srcdir:?}/tests/lib.sh"
need readelf gcc
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
. "$top_srcdir/tests/ld/elf.sh"
cat >s.c <<'X'
static const char msg[] = "hi\n"; int data = 7; int bss;
static long sys(long n, long a, long b, long c)
{ long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); return r; }
void _start(void) { data++; bss += data; sys(1, 1, (long)msg, 3); sys(60, bss, 0, 0); }
X
gcc -c -O1 -ffreestanding -fno-stack-protector -fno-pie -fno-asynchronous-unwind-tables s.c || exit 99
loads() { readelf -lW "$1" | sed -n 's/^ *LOAD *0x[0-9a-f]* 0x[0-9a-f]* 0x[0-9a-f]* 0x[0-9a-f]* 0x[0-9a-f]* \(...\).*/\1/p' | tr '\n' ','; }
seg() { # seg NAME SCRIPT SEGMENTS: links and runs s.o
	echo "ENTRY(_start) SECTIONS { $2 }" >s.ld
	ok "$1" ld -T s.ld -o s s.o
	status "$1: runs" 8 ./s
	is "$1: output" "$(cat tap.out)" hi
	is "$1: segments" "$(loads s)" "$3"
}
seg "all in one page" '. = 0x400000; .text : {*(.text)} .rodata : {*(.rodata*)} .data : {*(.data)} .bss : {*(.bss)}' 'RWE,'
seg "data in a page of its own" \
	'. = 0x400000 + SIZEOF_HEADERS; .rodata : {*(.rodata*)} .text : {*(.text)} . = ALIGN(0x1000); .data : {*(.data)} .bss : {*(.bss)}' 'R E,RW ,'
seg "each in a page of its own" \
	'. = 0x400000; .rodata : {*(.rodata*)} . = ALIGN(0x1000); .text : {*(.text)} . = ALIGN(0x1000); .data : {*(.data)} .bss : {*(.bss)}' 'R  ,R E,RW ,'

cat >h.c <<'X'
#include <stdio.h>
#include <stdint.h>
__thread int t = 3;
static int *volatile pp; int *const tab[3] = {(int *)&pp, 0, 0}; int rw = 1;
int main(void)
{
	char line[256], p[8]; unsigned long a, b; int ok = 0;
	uintptr_t at = (uintptr_t)tab;
	FILE *f = fopen("/proc/self/maps", "r");
	pp = &t; rw++;
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%lx-%lx %7s", &a, &b, p) == 3 && at >= a && at < b)
			ok = p[1] != 'w';
	printf("%d %d\n", *pp, ok);
	return 0;
}
X
for o in -pie -no-pie -static -static-pie; do
	p=-no-pie
	case $o in -pie|-static-pie) p=-pie ;; esac
	ok "gcc $o" link h -fPIC $o h.c
	prints "constants are read-only once relocated: $o" "3 1" ./h
	if have ld.bfd; then
		command ld.bfd $p --verbose | sed '1,/^====/d; /^====/,$d' >gnu.ld
		ok "GNU ld's script $o" link h -fPIC $o h.c -Wl,-T,gnu.ld
		prints "the same by GNU ld's script: $o" "3 1" ./h
		s=$(readelf -lW h | awk '/GNU_RELRO/ { print $3, $6 }')
		is "its RELRO ends with a page: $o ($s)" "$(((${s% *} + ${s#* }) % 4096))" 0
		ok "-z norelro $o" link h -fPIC $o h.c -Wl,-T,gnu.ld,-z,norelro
		unlike "leaves it out: $o" "$(readelf -lW h)" GNU_RELRO
		prints "and runs: $o" "3 0" ./h
	else
		skip_test "GNU ld's script $o" "no ld.bfd"
	fi
done
done_testing
