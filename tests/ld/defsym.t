# --defsym: whole expressions, for both formats.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf
cat >d.c <<'C'
#include <stdio.h>
extern char far_b[], has[], lacks[], up[], most[], inside[], size[], page[], chain[], sum[], off[];
int b[100], common;
int main(void)
{
	printf("%d %d %ld %ld %ld %lx %ld %ld %ld %d %d\n", (int)(far_b - (char *)b), (int)(chain - (char *)b), (long)has,
	       (long)lacks, (long)most, (long)up, (long)page, (long)sum, (long)off, (int)(inside - (char *)main), size > (char *)10);
	return 0;
}
C
set -- -Xlinker --defsym=far_b=b+0x10*2 -Xlinker --defsym=chain=far_b-0x10 -Xlinker '--defsym=has=DEFINED(b) ? 1 : 2' \
	-Xlinker '--defsym=lacks=DEFINED(nope) ? nope : 77' -Xlinker '--defsym=most=MAX(3, 4K)' \
	-Xlinker '--defsym=up=ALIGN(0x1234, 16)' -Xlinker '--defsym=page=CONSTANT(MAXPAGESIZE)' \
	-Xlinker '--defsym=sum=b - b + has * 3' -Xlinker '--defsym=off=(1 << 4) | 1' \
	-Xlinker '--defsym=inside=main + (2 + 2)' -Xlinker '--defsym=size=SIZEOF(.text)'
want='32 16 1 77 4096 1240 4096 3 17 4 1'
ok "a program" link d -no-pie d.c "$@"
prints "its values" "$want" ./d
ok "a program at any address" link dp -pie -fPIC d.c "$@" -Wl,--gc-sections
prints "places move with the image, numbers do not" "$want" ./dp
gcc -no-pie d.c -o g "$@" 2>/dev/null && is "GNU ld gives the same" "$(./d)" "$(./g)"

# with a script, and used by it before its own statements
gcc -c -fno-pie d.c && cat >fw.ld <<'L'
MEMORY { rom : ORIGIN = 0x10000, LENGTH = SIZE_OF_ROM }
SECTIONS { .text BASE : { *(.text*) } .data : { *(.data*) *(.rodata*) *(.bss*) *(COMMON) } top = BASE + SIZE_OF_ROM; }
L
cat >fw.s <<'S'
	.globl _start
_start:	.long 1
S
gcc -c fw.s
ok "a script uses them" ld -T fw.ld fw.o -o fw.elf --defsym 'BASE=0x8000 * 2' --defsym SIZE_OF_ROM=64K --defsym end=_start+SIZEOF\(.text\)
like "the section stands where one says" "$(readelf -SW fw.elf)" '\.text +PROGBITS +0+10000 '
is "what is made of them" "$(nm fw.elf | grep -E ' (top|end)$' | cut -c 9-)" "00010004 T end
00020000 A top"
# what an expression needs is taken from archives
echo 'int late = 5;' >late.c && gcc -c late.c && ar rcs liblate.a late.o
printf '#include <stdio.h>\nextern int two[]; int main(void) { printf("%%d\\n", two[-1]); return 0; }\n' >m.c
ok "an archive member for an expression" link m m.c liblate.a -Xlinker '--defsym=two=late + 2 * 2'
prints "it is there" 5 ./m

status "an unknown symbol" 1 ld fw.o -o no --defsym=up=nowhere*2
like "the message shows it" "$(cat tap.err)" "--defsym:1:1: symbol 'nowhere' is not defined"
status "no expression" 1 ld fw.o -o no --defsym x=1+
like "the message says where" "$(cat tap.err)" '--defsym:1:3: an expression expected'
status "two expressions" 1 ld fw.o -o no --defsym 'x=1 2'
status "division by zero" 1 ld fw.o -o no --defsym 'x=1/0'
status "no value" 1 ld fw.o -o no --defsym x
ok "a number of a relocatable output" ld -r fw.o -o r.o --defsym 'x=3*4'
is "it is absolute" "$(nm r.o | grep ' x$')" "000000000000000c A x"

. "$top_srcdir/tests/ld/pe.sh"
for m in x86_64 i686; do
	have $m-w64-mingw32-gcc || { skip_test "$m" "no mingw compiler"; continue; }
	for_target $m
	cat >w.c <<C
#include <stdio.h>
extern char far_b[], has[], lacks[], most[], chain[];
int b[100];
int main(void)
{
	printf("%d %d %d %d %d\n", (int)(far_b - (char *)b), (int)(chain - (char *)b), (int)(size_t)has, (int)(size_t)lacks,
	       (int)(size_t)most);
	return 0;
}
C
	ok "$m: Windows" cc w.c -o w.exe -Wl,--disable-dynamicbase -Xlinker --defsym=${U}chain=${U}far_b-0x10 \
		-Xlinker --defsym=${U}far_b=${U}b+0x10*2 -Xlinker "--defsym=${U}has=DEFINED(${U}b) ? 1 : 2" \
		-Xlinker "--defsym=${U}lacks=DEFINED(nope) ? nope : 77" -Xlinker "--defsym=${U}most=MAX(3, 4K)"
	runs "$m: its values" '32 16 1 77 4096' 0 ./w.exe
	"$top_srcdir/tests/tools/pecheck" w.exe >check.out 2>&1 || { fail "$m: pecheck"; cat check.out; }
done
done_testing
