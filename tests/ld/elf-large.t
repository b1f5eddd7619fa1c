# Code models: images larger than 2 GiB, .lbss, .ldata and .lrodata, large commons.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf objdump
cat >big.c <<'C'
#include <stdio.h>
char huge[3UL << 30];
static char big2[1 << 20] = {1, 2, 3};
const char ro[1 << 17] = {7, 8, 9};
int small = 5;
int main(void)
{
	huge[sizeof huge - 1] = 9;
	huge[0] = 1;
	printf("%d %d %d %d %d %d\n", huge[sizeof huge - 1], huge[0], big2[2], ro[1], small, stdout != 0);
	return 0;
}
C
for cc in gcc clang-19; do
	have $cc || { skip_test "$cc" "no $cc"; continue; }
	for model in medium large; do
		for how in '-no-pie -fno-pie' '-pie -fPIE' '-pie -fPIC' '-no-pie -fno-pie -Wl,--gc-sections' '-pie -fPIC -fno-plt'; do
			# crt1.o calls main through the GOT, in a link of 3 GiB
			ok "$cc -mcmodel=$model $how" $cc -B"$B" -mcmodel=$model $how big.c -o big
			prints "it runs" '9 1 3 8 5 1' ./big
		done
	done
done
gcc -B"$B" -mcmodel=medium -no-pie -fno-pie big.c -o big
readelf -lSW big >h
like ".lbss" "$(grep -E '\.lbss' h | head -n 1)" 'NOBITS .* WAl '
like ".ldata" "$(grep -E '\.ldata' h | head -n 1)" 'PROGBITS .* WAl '
like ".lrodata" "$(grep -E '\.lrodata' h | head -n 1)" 'PROGBITS .* Al '
is "small data stand before the large" "$(sed -n 's/^ *\[ *[0-9]*\] \(\.[a-z]*\) .*/\1/p' h | grep -E '^\.(data|bss|lrodata|ldata|lbss)$' | xargs)" \
	".data .bss .lrodata .ldata .lbss"
is "they have segments of their own" "$(grep -cE '^ +[0-9]+ +\.(lrodata|ldata \.lbss) $' h)" 2
[ "$(stat -c %s big)" -lt 4000000 ] && pass "zeros take no room in the file" || fail "zeros take no room in the file"

# the GOT load stays where it must, and only there
cat >near.s <<'S'
	.globl main, near_v, far_v
main:	movq near_v@GOTPCREL(%rip), %rax
	movl (%rax), %ebx
	movq far_v@GOTPCREL(%rip), %rax
	addl (%rax), %ebx
	movl %ebx, %eax
	ret
	.data
near_v:	.long 3
	.section .lbss,"awl",@nobits
	.zero 0x90000000
far_v:	.zero 4
	.section .note.GNU-stack
S
ok "two symbols, near and far" link near near.s -no-pie
status "the program ends as it should" 3 ./near
like "the near one is an address, the far one a load" "$(objdump -d near | sed -n '/<main>:/,/ret/p' | sed 's/.*\t//')" '^(lea |mov +\$)'
like "the far one is loaded" "$(objdump -d near | sed -n '/<main>:/,/ret/p')" 'mov +0x[0-9a-f]+\(%rip\)'
is "one load is left of two" "$(objdump -d near | sed -n '/<main>:/,/ret/p' | grep -cE 'mov +0x[0-9a-f]+\(%rip\)')" 1
ok "in a program at any address" link nearp near.s -pie
status "it ends as it should" 3 ./nearp
# the same by a script that leaves a hole
cat >hole.s <<'S'
	.globl _start, far_v
_start:	movq far_v@GOTPCREL(%rip), %rax
	movl (%rax), %edi
	movl $60, %eax
	syscall
	.section .away,"aw"
far_v:	.long 42
S
gcc -c hole.s
printf 'SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { *(.text) } . = ALIGN(0x1000); .got : { *(.got .got.plt) } . = 0x200000000; .away : { *(.away) } }\n' >hole.ld
ok "a script that leaves a hole" ld -T hole.ld hole.o -o hole
status "the program runs" 42 ./hole
printf 'SECTIONS { . = 0x200000000; .text : { *(.text) } . = ALIGN(0x1000); .got : { *(.got .got.plt) } .away : { *(.away) } }\n' >high.ld
sed 's/movq far_v@GOTPCREL(%rip), %rax/xorl %eax, %eax\n\taddq far_v@GOTPCREL(%rip), %rax/' hole.s >high.s && gcc -c high.s
ok "an image above 4 GiB" ld -T high.ld high.o -o high
status "the program runs" 42 ./high

# commons: those of the medium model go to .lbss
cat >c1.c <<'C'
#include <stdio.h>
extern int use(void);
char near_one[4096], huge[3UL << 30], near_two[4096];
int v1;
int main(void)
{
	huge[sizeof huge - 1] = 9;
	near_two[7] = 3;
	v1 = 4;
	printf("%d %d %d %d\n", huge[sizeof huge - 1], near_two[7], v1, use());
	return 0;
}
C
echo 'char near_two[4096]; int v2; int use(void) { v2 = 1; return near_two[7] + v2; }' >c2.c
gcc -fcommon -mcmodel=medium -fno-pie -c c1.c c2.c
ok "large commons" link com -no-pie c1.o c2.o
prints "it runs" '9 3 4 4' ./com
like "they have sizes" "$(readelf -sW com)" ' 4096 OBJECT +GLOBAL DEFAULT +[0-9]+ near_two'
is "only the huge one is in .lbss" "$(readelf -SW com | sed -n 's/.*\.lbss *NOBITS *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')" c0000000
ok "joined" ld -r c1.o c2.o -o com.o
like "it stays a large common" "$(readelf -sW com.o)" 'LARGE_COM huge'
ok "and linked" link com2 -no-pie com.o
prints "it runs" '9 3 4 4' ./com2
ld --verbose >v && sed -n '/^=====/,/^=====/p' v | grep -v '^=====' >own.ld
ok "by the default script" link com3 -no-pie c1.o c2.o -Wl,-T,own.ld
prints "it runs" '9 3 4 4' ./com3
# commons of a library can be copied into a program
echo 'int cc[10]; int f(void) { return cc[1]; }' >cs.c
printf '#include <stdio.h>\nextern int cc[10]; int f(void);\nint main(void) { cc[1] = 7; cc[9] = 3; printf("%%d\\n", f()); return 0; }\n' >cm.c
ok "a library's commons" link libcs.so -fcommon -shared -fPIC cs.c
ok "copied into a program" link cm -no-pie -fno-pie cm.c ./libcs.so
prints "it runs" 7 ./cm
done_testing
