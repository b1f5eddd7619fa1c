# An undefined symbol that gcc reaches by way of a cell, .refptr.X: the report names who uses the cell.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++

for_target x86_64
printf 'extern int nowhere_at_all;\nint one(void) { return nowhere_at_all; }\nint two(void) { return nowhere_at_all + 1; }\n' >a.c
printf 'extern int nowhere_at_all, there;\nint three(void) { return nowhere_at_all + there; }\n' >b.c
printf 'int there = 1; int one(void), two(void), three(void);\nint main(void) { return one() + two() + three(); }\n' >m.c
for f in a b m; do x86_64-w64-mingw32-gcc -g -O1 -c $f.c; done
status "a variable that is nowhere" 1 cc m.o a.o b.o -o x.exe
is "is missed by those that read it, not by the cell" "$(grep -E 'error|>>>' tap.err | sed 's/ at .*\//: /; s/(.text[^)]*)//')" \
"objkit ld: error: undefined reference to 'nowhere_at_all'
>>> referenced by a.o: in one: a.c:2
>>> referenced by a.o: in two: a.c:3
>>> referenced by b.o: in three: b.c:2"
printf '.section .rdata$.refptr.away,"dr"\n.globl .refptr.away\n.linkonce discard\n.refptr.away: .quad away\n' >cell.s
x86_64-w64-mingw32-gcc -c cell.s
status "a cell that nobody uses" 1 "$OBJKIT" ld -m i386pep -e 0 cell.o -o x.exe
like "is named itself" "$(cat tap.err)" 'referenced by cell.o:\(.rdata\$.refptr.away\+0x0\)'
printf 'struct S { S(); virtual int f(); virtual int g() { return 1; } };\nS::S() {}\nint main() { S s; return s.g(); }\n' >v.cc
status "a class without its first virtual function" 1 cxx -g -O0 v.cc -o v.exe
like "is missed by its constructor" "$(grep -A1 "'vtable for S'" tap.err)" 'in S::S\(\) at .*v.cc:2'
done_testing
