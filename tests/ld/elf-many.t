# More sections than 16 bits count: final links, -r, scripts, groups; section numbers in .symtab_shndx.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf
N=66000
awk -v n=$N 'BEGIN { print ".text\n.globl _start\n_start:"
	print "mov v" n - 1 "(%rip), %eax; sub v1(%rip), %eax; sub $" n - 2 ", %eax; mov %eax, %edi; mov $60, %eax; syscall"
	for (i = 0; i < n; i++) printf ".section .d%d,\"aw\"\n.globl v%d\n.type v%d,@object\n.size v%d,4\nv%d: .long %d\nl%d: .long 0\n",
		i, i, i, i, i, i, i }' >many.s
gcc -c many.s || exit 99
last=v$((N - 1))
# numbers FILE: the number of the section that v65999 and l65999 are in, and its name's
numbers() {
	readelf -SW "$1" >S; readelf -sW "$1" >Y
	sec=$(sed -n 's/^ *\[ *\([0-9]*\)\] \.d65999 .*/\1/p' S)
	echo "$(awk -v s="$sec" '($8 == "v65999" || $8 == "l65999") && $7 == s { n++ } END { print n + 0 }' Y)"
}
ok "a final link" ld many.o -o m
status "it runs" 0 ./m
is "symbols have their sections" "$(numbers m)" 2
like "the count is in the first section header" "$(readelf -hW m)" 'Number of section headers: +0 \(6600[0-9]\)'
like "there is a table of section numbers" "$(readelf -SW m)" '\.symtab_shndx +SYMTAB SECTION INDICES'
like "objkit nm knows the kind" "$(nm m | grep " $last\$")" " D $last"
ok "-r" ld -r many.o -o r.o
is "symbols have their sections" "$(numbers r.o)" 2
ok "what comes of it links" ld r.o -o rm
status "and runs" 0 ./rm
ok "-r --unique" ld -r --unique many.o -o u.o
is "symbols have their sections" "$(numbers u.o)" 2
ok "--emit-relocs" ld --emit-relocs many.o -o e
is "symbols have their sections" "$(numbers e)" 2
is "section symbols too" "$(awk '$4 == "SECTION" && $7 > 65535 { n++ } END { print (n > 400) }' Y)" 1
status "it runs" 0 ./e
echo 'SECTIONS { . = 0x400000; .text : { *(.text) } }' >orphans.ld
ok "a script and its orphans" ld -T orphans.ld many.o -o o
is "symbols have their sections" "$(numbers o)" 2
status "it runs" 0 ./o
awk -v n=$N 'BEGIN { print "SECTIONS { . = 0x400000; .text : { *(.text) }"
	for (i = 0; i < n; i++) printf ".d%d : { *(.d%d) }\n", i, i; print "end_of_all = .; }" }' >all.ld
ok "a script that names them all" ld -T all.ld many.o -o a
is "symbols have their sections" "$(numbers a)" 2
status "it runs" 0 ./a
ok "-r by it" ld -r -T all.ld many.o -o ar.o
is "symbols have their sections" "$(numbers ar.o)" 2
sed 2,4d many.s >data.s && gcc -c data.s || exit 99
ok "a shared library" ld -shared -soname libmany.so data.o -o libmany.so
echo 'extern int v65999; extern int printf(const char *, ...); int main(void) { printf("%d\n", v65999); return 0; }' >main.c
ok "and its user" link main -no-pie main.c ./libmany.so -Wl,-rpath,.
prints "it runs" 65999 ./main
gcc -pie -fPIC -B"$B" main.c ./libmany.so -Wl,-rpath,. -o mainp
prints "and at any address" 65999 ./mainp
# groups: each section of a number beyond 16 bits, with relocations
awk 'BEGIN { for (i = 0; i < 33000; i++) printf ".section .g%d,\"awG\",@progbits,sig%d,comdat\n.weak sig%d\nsig%d: .quad sig%d\n", i, i, i, i, i }' >g.s
gcc -c g.s || exit 99
ok "-r with groups" ld -r g.o -o gr.o
is "their members are found" "$(readelf -gW gr.o | grep -A4 'sig32999\]' | grep -cE '\] +\.(rela\.)?g32999$')" 2
ok "linked with another copy" ld -e 0 gr.o g.o -o gg
is "one copy of each is there" "$(nm gg | grep -c ' [VW] sig')" 33000
done_testing
