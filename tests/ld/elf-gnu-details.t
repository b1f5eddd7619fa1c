#!/bin/sh
# Small things beside GNU ld: commons and retained sections under garbage collection, -q with -s, -z call-nop,
# --orphan-handling, padding of unwinding records.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc clang-19 ld.bfd readelf objdump python3
o() { "$OBJKIT" ld -m "$m" "$@"; }
g() { ld.bfd -m "$m" "$@"; }
m=elf_x86_64

# commons that nothing needs
cat >c1.c <<'C'
int unused_common[100], used_common, by_debug;
void dead(void) { by_debug = 1; }
void _start(void) { used_common = 3; for (;;) ; }
C
echo 'int other_common[10], used_common;' >c2.c
echo 'int unused_common[100]; extern int used_common; int get(void) { return used_common + unused_common[1]; }' >c3.c
for n in c1 c2 c3; do gcc -g -O1 -fcommon -ffunction-sections -fno-pic -fno-pie -c $n.c; done
commons() { nm "$1" | sed -n 's/.* B \(.*_common\|by_debug\)$/\1/p' | sort | xargs; }
ok "--gc-sections" o --gc-sections c1.o c2.o -o c
is "only the common that is used is left" "$(commons c)" used_common
is ".bss has its size" "$(readelf -SW c | awk '$2 == ".bss" || $3 == ".bss" {sub(/.*NOBITS/, ""); print $3}')" 000004
g --gc-sections c1.o c2.o -o cg; unlike "GNU ld too leaves out what no code of a file needs" "$(commons cg)" other_common
like "--print-gc-sections names them" "$(o --gc-sections --print-gc-sections c1.o c2.o -o c 2>&1)" "c2.o: removing unused common symbol 'other_common'"
ok "code that is kept keeps its commons" o --gc-sections -u get c1.o c2.o c3.o -o c
is "..." "$(commons c)" "unused_common used_common"
ok "-E" o -pie -E --gc-sections c1.o c2.o -o c
is "... keeps all of them" "$(commons c)" "by_debug other_common unused_common used_common"
ok "-u" o --gc-sections -u other_common c1.o c2.o -o c
is "... one more" "$(commons c)" "other_common used_common"
ok "without --gc-sections" o c1.o c2.o -o c
is "... all" "$(commons c)" "by_debug other_common unused_common used_common"
ok "-r --gc-sections" o -r --gc-sections -u _start c1.o c2.o -o cr.o
is "... leaves commons alone" "$(nm cr.o | grep -c ' C ')" 4
printf 'SECTIONS { .text : { *(.text*) } .zero : { *(COMMON) *(.bss) } .rest : { *(.data) } }' >c.ld
ok "with a script" o --gc-sections -T c.ld c1.o c2.o -o c
is "... the same" "$(commons c)" used_common

# retained sections come through -r
printf '__attribute__((section("keepme"), used, retain)) int kept = 3; void _start(void) { for (;;) ; }\n' >r.c
gcc -c r.c
ok "-r" o -r r.o -o rr.o
is "the mark counts in the ABI that has it" "$(readelf -hSW rr.o | grep -E 'OS/ABI|keepme' | awk '{print $1 == "OS/ABI:" ? $NF : $9}' | xargs)" "GNU WAR"
g --gc-sections rr.o -o rg; like "GNU ld keeps what objkit's -r retained" "$(readelf -SW rg)" ' keepme '
o --gc-sections rr.o -o ro; like "... objkit as well" "$(readelf -SW ro)" ' keepme '
gcc -c c1.c -o plain.o; o -r plain.o -o plainr.o; like "other objects stay System V's" "$(readelf -h plainr.o)" 'OS/ABI: .*System V'

# -q with -s: the relocations, and the names that they speak of
cat >q.c <<'C'
#include <stdio.h>
int glob = 4, notused = 5; static int loc = 6; int *gp = &glob, *lp = &loc;
int main(void) { printf("%d %d\n", *gp, *lp); return 0; }
C
gcc -O1 -fno-pic -fno-pie -c q.c
ok "-q -s" link q -no-pie q.o -Wl,-q,-s
prints "it runs" "4 6" ./q
like "relocations are there" "$(readelf -rW q)" 'R_X86_64_64 .* glob \+ 0'
like "... those that count from a section too" "$(readelf -rW q)" 'R_X86_64_64 .* \.data \+'
gcc -fuse-ld=bfd -no-pie q.o -Wl,-q,-s -o qg
named() { readelf -sW "$1" | awk '/symtab/ {on = 1} on && $4 != "SECTION" && $8 ~ /./ && $8 != "Name" && $8 !~ /^__TMC_END__/ {print $8, $4, $5}' | sort; }
is "names are those that GNU ld leaves" "$(named q)" "$(named qg)"

# what a call that leaves the GOT is filled up with
printf '.globl _start\n_start: call *f@GOTPCREL(%%rip)\n jmp *f@GOTPCREL(%%rip)\n.globl f\nf: ret\n' | gcc -c -x assembler - -o n64.o
printf '.globl _start\n_start: call *f@GOT(%%ebx)\n jmp *f@GOT(%%ebx)\n mov f@GOT,%%ecx\n call *f@GOT\n.globl f\nf: ret\n' | gcc -m32 -c -x assembler - -o n32.o
code() { objdump -dr "$1" | sed '1,/^$/d; /file format/d'; }
for m in elf_x86_64 elf_i386; do
	f=n32.o; [ $m = elf_x86_64 ] && f=n64.o
	for k in prefix-addr suffix-nop prefix-0x90 suffix-0x40 suffix-144; do
		o -z call-nop=$k -q $f -o no; g -z call-nop=$k -q $f -o ng
		is "$m: -z call-nop=$k" "$(code no)" "$(code ng)"
	done
	o -q $f -o nd; o -z call-nop=suffix-nop -z call-nop=prefix-addr -q $f -o no
	is "$m: the default" "$(code no)" "$(code nd)"
	like "... is an address prefix" "$(code no)" '67 e8 '
done
printf '.globl _start\n_start: mov f@GOT(%%ebx),%%eax\n.globl f\nf: ret\n' | gcc -m32 -c -x assembler - -o l32.o
ok "i386: a rewritten load" o -q l32.o -o l32
like "... has the type of what it is now" "$(code l32)" 'lea .*|R_386_GOTOFF'
unlike "... and is no load from the GOT" "$(code l32)" R_386_GOT32X
m=elf_x86_64
for k in prefix-nop suffix-addr suffix-256 prefix-; do status "-z call-nop=$k" 1 o -z call-nop=$k n64.o -o no; done
like "the message" "$(cat tap.err)" "call-nop=prefix-: '' is no byte"
status "-z call-nop=nop" 1 o -z call-nop=nop n64.o -o no

# sections that GNU ld's own script has no place for
printf '__attribute__((section("mine"))) int my1 = 3; __attribute__((section(".mine"))) int my2 = 4; int data = 5; int _start(void) { return data; }\n' >h.c
printf '__attribute__((section("mine"))) int my3 = 3; int *p = &my3;\n' >h2.c
gcc -g -ffunction-sections -fno-pic -c h.c h2.c
orphans() { sed -n "s/.*orphan section [\`']\([^']*\)'.*/\1/p" "$1" | grep -v GNU-stack | sort -u | xargs; }
for how in "" -r; do
	for k in warn error; do
		o $how --orphan-handling=$k h.o -o ho 2>o.err; so=$?; g $how --orphan-handling=$k h.o -o hg 2>g.err; sg=$?
		is "$how --orphan-handling=$k" "$so $(orphans o.err)" "$sg $(orphans g.err)"
	done
	ok "$how --orphan-handling=discard" o $how --orphan-handling=discard h.o -o ho
	g $how --orphan-handling=discard h.o -o hg
	for f in ho hg; do readelf -SW $f | grep -oE ' \.?mine|\.text|\.data|\.debug_info' | sort -u >$f.secs; done
	same "... leaves out what GNU ld does" ho.secs hg.secs
done
is "... which is" "$(sed -n 's/^ *//p' ho.secs | grep -c mine)" 0
status "a reference into what is left out" 1 o --orphan-handling=discard h.o h2.o -o ho
like "... is an error" "$(cat tap.err)" "h2.o: .data.* refers to 'my3', defined in discarded section 'mine' of h2.o"
printf 'SECTIONS { .text : { *(.text*) } .data : { *(.data) } }' >h.ld
ok "discard with a script" o --orphan-handling=discard -T h.ld h.o -o ho
is "only what it selects" "$(readelf -SW ho | grep -oE '\] [.a-z_]+' | xargs)" "] .text ] .data ] .symtab ] .strtab ] .shstrtab"
o --orphan-handling=warn -T h.ld h.o -o ho 2>o.err
like "warn with a script: unwinding is an orphan like others" "$(orphans o.err)" '(^| )\.eh_frame( |$)'
gcc -c -ffunction-sections -fdata-sections h.c -o hs.o
is "sections that are joined are no orphans" "$(o --orphan-handling=error --gc-sections -u data hs.o -o ho 2>&1)" ""

# unwinding records: aligned to 4 bytes, without the padding of their assembler
cat >e.cc <<'C'
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>
static int f(int x) { if (x > 2) throw std::runtime_error("big"); std::vector<std::string> v((size_t)x, "a"); return (int)v.size(); }
int main(int c, char **) { try { std::printf("%d\n", f(c)); std::printf("%d\n", f(c + 5)); } catch (std::exception &e) { std::puts(e.what()); } }
C
size_of() { readelf -SW "$1" | sed -n 's/.* \.eh_frame  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\).*/\1/p'; }
for cc in g++ clang++-19; do
	$cc -O1 -c e.cc -o e.o
	ok "$cc" linkxx e e.o; prints "unwinds" "1
big" ./e
	ok "$cc -static" linkxx e -static e.o; prints "unwinds" "1
big" ./e
	g++ -fuse-ld=bfd -static e.o -o eg
	ok "... and its table is no larger than GNU ld's" test $((0x$(size_of e))) -le $((0x$(size_of eg)))
	is "... nothing is wrong with it" "$(readelf --debug-dump=frames e 2>&1 >/dev/null)" ""
done
# zeros at the end that belong to an instruction stay; nops go; what is not known is left alone
cat >z.s <<'S'
.globl _start
_start: nop; nop; ret
.section .eh_frame,"a",@unwind
.balign 8
c0: .long 12f-11f
11: .long 0
.byte 1; .asciz "zR"; .byte 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1
.zero 14
12:
S
fde() { # NAME BYTES...
	name=$1; shift
	printf '.long 2%sf-1%sf\n1%s: .long .-c0\n.long _start+%s-.\n.long 1\n.byte 0\n.byte %s\n2%s:\n' "$n" "$n" "$n" 0 "$*" "$n"
}
n=0
for bytes in '0x41, 0x0e, 16, 0, 0, 0, 0, 0, 0, 0, 0' '0x0e, 16, 0x04, 0, 0, 0, 0' '0x0f, 7, 0x77, 0, 0, 0, 0, 0, 0' '0x3f, 1, 0, 0, 0, 0, 0' \
	'0x16, 3, 5, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0' '0x2e, 0x80, 0, 0, 0, 0, 0' '0x86, 0, 0, 0, 0, 0, 0' '0xc6, 0, 0, 0, 0, 0, 0'; do
	n=$((n + 1)); fde $n "$bytes" >>z.s
done
gcc -c z.s && ok "records by hand" o z.o -o z
lengths() { readelf --debug-dump=frames "$1" 2>/dev/null | awk '$4 ~ /^(CIE|FDE)/ {print $2}' | xargs; }
is "lengths without padding" "$(lengths z)" \
	"0000000000000014 0000000000000010 0000000000000014 0000000000000018 0000000000000014 0000000000000018 0000000000000010 0000000000000010 0000000000000010"
is "the section keeps its alignment" "$(readelf -SW z | awk '/\.eh_frame / {print $NF}')" 8

# sections of a type that a script gives: what they hold, where '.' goes on, where orphans stand
printf '.section i4,"aw"\n.long 1\n.section n4,"",@progbits\n.long 2\n.section ro4,"a"\n.long 1\n.section nb,"aw",@nobits\n.zero 8\n.text\n.globl _start\n_start: nop\n.section .note.GNU-stack\n' | gcc -c -x assembler - -o t.o
sections() {
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '$1 !~ /NULL|comment|tab|^Nr/ {f = $(NF - 3); print $1, $2, $3, $5, f ~ /^[A-Z]+$/ ? f : "-", $NF}'
	readelf -sW "$1" | awk '$8 == "e" {print $2}'
}
for type in OVERLAY INFO NOLOAD; do
	for body in 'LONG(1)' '. = . + 0x10;' '. = . + 8; LONG(2)' 'LONG(1) . = . + 8;' '*(i4)' '*(ro4)' '*(nb)' '*(nb) LONG(1)' '. = ALIGN(64);' '*(i4) . = . + 3;' '*(nb i4)'; do
		printf 'SECTIONS { .text 0x1000 : { *(.text*) } .x (%s) : { %s } .after : { LONG(7) } e = .; }\n' "$type" "$body" >t.ld
		o -T t.ld t.o -o to 2>/dev/null; g -T t.ld t.o -o tg 2>/dev/null
		is "($type) : { $body }" "$(sections to)" "$(sections tg)"
	done
done
printf 'SECTIONS { .text 0x1000 : { *(.text*) } .x (COPY) : { *(n4) } .after : { LONG(7) } e = .; }\n' >t.ld
o -T t.ld t.o -o to 2>/dev/null; g -T t.ld t.o -o tg 2>/dev/null
is "what is loaded nowhere moves nothing" "$(sections to)" "$(sections tg)"
# threads' data follows an empty .sdata, and its symbols are before it; other data does not
printf '.text\n.globl _start\n_start: nop\n.data\n.long 1\n.section mine,"aw"\n.long 5\n.section .tdata.z,"awT"\n.long 8\n.section .tbss,"awT",@nobits\n.zero 12\n.bss\n.zero 4\n.section .note.GNU-stack\n' | gcc -c -x assembler - -o s.o
for sdata in '' '.sdata : { *(.sdata) }'; do
	printf 'SECTIONS { .text 0x1000 : { *(.text) } .data : { *(.data) } .got : { *(.got) } %s e = .; .bss : { *(.bss) } }\n' "$sdata" >s.ld
	o -T s.ld s.o -o so 2>/dev/null; g -T s.ld s.o -o sg 2>/dev/null
	is "threads' data as an orphan, $sdata" "$(sections so)" "$(sections sg)"
done
printf 'SECTIONS { .text 0x1000 : { *(.text) } .data : { *(.data) } .tdata : { *(.tdata) *(.tbss) } .bss : { *(.bss) } }\n' >s.ld
ok "zeros before threads' data" o -T s.ld s.o -o so
is "... the segment in memory is no shorter than in the file" "$(readelf -lW so | awk '$1 == "TLS" {print ($6 >= $5)}')" 1
done_testing
