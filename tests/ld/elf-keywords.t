# -z keywords: processor levels, pointer masking, unique local symbols, separate segments; '.' moved by INSERT scripts.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf
printf 'static int dup(void) { return 1; }\nint f1(void) { return dup(); }\n' >u1.c
printf 'static int dup(void) { return 2; }\nstatic int only(void) { return 3; }\nint f1(void);\nint main(void) { return dup() + f1() + only(); }\n' >u2.c
gcc -O0 -c u1.c u2.c || exit 99
needs() { readelf -n "$1" | sed -n 's/.*x86 ISA needed: //p'; }
features() { readelf -n "$1" | sed -n 's/.*x86 feature: //p'; }
for v in v2 v3 v4; do
	ok "-z x86-64-$v" link p u1.o u2.o -Wl,-z,x86-64-$v
	is "the level is added to what the objects need" "$(needs p)" "x86-64-baseline, x86-64-$v"
done
printf '.globl _start\n_start: ret\n.section .note.GNU-stack\n' >n.s && gcc -c n.s
ok "-z x86-64-baseline" ld n.o -o n -z x86-64-baseline
is "alone" "$(needs n)" x86-64-baseline
ok "-r" ld -r n.o -o nr.o -z x86-64-v3
is "the object has it" "$(needs nr.o)" x86-64-v3
status "no such level" 1 ld n.o -o n -z x86-64-v9
like "the message" "$(cat tap.err)" 'x86-64-v9: it is baseline, v2, v3 or v4'
ok "-z lam-u48" ld n.o -o n -z lam-u48
is "both widths" "$(features n)" "LAM_U48, LAM_U57"
ok "-z lam-u57" ld n.o -o n -z lam-u57
is "one of them" "$(features n)" LAM_U57
ok "an object that has them" ld -r n.o -o lam.o -z lam-u48
ok "keeps them" ld lam.o -o n -z lam-report=error
is "in the program" "$(features n)" "LAM_U48, LAM_U57"
status "-z lam-u57-report=error" 1 ld lam.o u1.o -o n -e f1 -z lam-u57-report=error
like "names the object" "$(cat tap.err)" 'error: u1\.o: does not have the LAM_U57 property'
unlike "and only that" "$(cat tap.err)" 'lam\.o|LAM_U48'
ok "-z lam-report=warning" ld u1.o -o n -e f1 -z lam-report=warning
is "two warnings" "$(grep -c 'warning: u1.o: does not have the LAM_U[45][87] property' tap.err)" 2
like "what GNU ld does not know" "$(ld n.o -o n -z isa-level-report=all 2>&1)" "unknown -z keyword 'isa-level-report=all' ignored"

ok "-z unique-symbol" link u u1.o u2.o -Wl,-z,unique-symbol
is "local symbols are numbered" "$(nm u | sed -n 's/.* t \(dup.*\|only.*\)/\1/p' | xargs)" "dup.0 dup.1 only.0"
like "others keep their names" "$(nm u)" ' T f1$'
status "the program runs" 6 ./u
ok "-r" ld -r -z unique-symbol u1.o u2.o -o ur.o
is "the same" "$(nm ur.o | sed -n 's/.* t \(dup.*\|only.*\)/\1/p' | xargs)" "dup.0 dup.1 only.0"
ok "can be linked" link u ur.o
status "and runs" 6 ./u

ok "-z separate-loadable-segments" link s u1.o u2.o -Wl,-z,separate-loadable-segments
status "runs" 6 ./s
is "every segment begins at a page of the file" "$(readelf -lW s | awk '$1 == "LOAD" && $2 !~ /000$/' | wc -l)" 0
link s u1.o u2.o -Wl,-z,separate-loadable-segments,-z,noseparate-loadable-segments
is "not without" "$(readelf -lW s | awk '$1 == "LOAD" && $2 !~ /000$/' | wc -l)" 1

# '.' between the sections of an INSERT script
cat >ins.c <<'C'
#include <stdio.h>
__attribute__((section(".first"))) int first = 1;
__attribute__((section(".second"))) int second = 2;
extern char at_second[], behind[], ends[];
int main(void)
{
	printf("%d %d %d %d %d\n", (int)((unsigned long)&second % 256), first + second, (int)((unsigned long)at_second - (unsigned long)&second + 1),
	       (int)(behind - at_second), (int)(ends - behind));
	return 0;
}
C
printf 'SECTIONS { .first : { *(.first) } . = ALIGN(256); at_second = .; .second : { *(.second) } behind = .; . += 64; ends = .; } INSERT AFTER .data;\n' >ins.ld
for how in -no-pie -pie; do
	ok "INSERT and '.', $how" link ins $how ins.c -Wl,-T,ins.ld
	prints "it moves what follows" "0 3 1 4 64" ./ins
done
readelf -SW ins >S
v=$(sed -n 's/.*\.second *PROGBITS *\([0-9a-f]*\) .*/\1/p' S) b=$(sed -n 's/.*\.bss *NOBITS *\([0-9a-f]*\) .*/\1/p' S)
is "the gap behind the last section is there" "$((0x$b - 0x$v >= 68))" 1
# moved before the first section: once, from the end of what stands before
printf 'SECTIONS { was = .; . += 0x40; at = .; .first : { *(.first) } .second : { *(.second) } } INSERT AFTER .data;\n' >early.ld
ok "INSERT, '.' before the first section" link early -no-pie ins.c -Wl,-T,early.ld,--defsym=at_second=0,--defsym=behind=0,--defsym=ends=0
at() { nm early | awk -v s="$1" '$3 == s { print $1 }'; }
end=$(readelf -SW early | sed -n 's/.* \.data *PROGBITS *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/0x\1+0x\2/p')
is "it stood at the section before" "$((0x$(at was)))" "$((end))"
is "and moved once" "$((0x$(at at) - 0x$(at was))) $((0x$(at first) - 0x$(at at)))" "64 0"
printf 'SECTIONS { .first : { *(.first) } . = 16; .second : { *(.second) } } INSERT AFTER .data;\n' >back.ld
status "backwards" 1 link ins ins.c -Wl,-T,back.ld,--defsym=at_second=0,--defsym=behind=0,--defsym=ends=0
like "the message" "$(cat tap.err)" 'back.ld:1:[0-9]+: cannot move the location counter backwards'
done_testing
