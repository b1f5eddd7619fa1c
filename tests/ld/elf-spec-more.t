#!/bin/sh
# Statements of the specification of ELF links that walks by breaking found without a check, beside GNU ld.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc g++ clang-19 ld.bfd readelf
o() { "$OBJKIT" ld -m elf_x86_64 "$@"; }
g() { ld.bfd -m elf_x86_64 "$@"; }
both() { rm -f x.o x.g; o "$@" -o x.o >o.msg 2>&1; g "$@" -o x.g >g.msg 2>&1; }

# 3.4 --as-needed
echo 'int w(void) { return 1; } int other(void) { return 2; }' >w.c
gcc -shared -fPIC w.c -o libw.so
echo 'extern int w(void) __attribute__((weak)); int main(void) { return w ? w() : 7; }' >m.c
needs() { readelf -dW "$1" | grep -c 'NEEDED.*libw'; }
for k in "-fPIE -pie" "-fno-pic -no-pie"; do
	ok "$k: a weak reference" link m $k m.c -L. -Wl,--as-needed -lw
	is "... needs no library" "$(needs m)" 0
	status "... and finds nothing" 7 ./m
done
# --exclude-libs
echo 'int inlib(void) { return 1; }' >l.c; echo 'int inlib(void); int u(void) { return inlib(); }' >lu.c
gcc -fPIC -c l.c lu.c; "$OBJKIT" ar rc libar.a l.o
for e in libar libar.a ar ALL lib x:libar x,libar ./libar.a; do
	both -shared --exclude-libs=$e lu.o libar.a
	is "--exclude-libs=$e" "$(readelf --dyn-syms -W x.o | grep -c inlib)" "$(readelf --dyn-syms -W x.g | grep -c inlib)"
done
is "... the last has no effect" "$(readelf --dyn-syms -W x.o | grep -c inlib)" 1

# 4.15 groups live and die together
cat >n.s <<'S'
.section .text.f,"axG",@progbits,grp,comdat
.globl f
f: ret
.section .note.in,"aG",@note,grp,comdat
.long 4,4,1,0x00554e47,5
.section prf,"aG",@progbits,grp,comdat
.long 1
.section .note.out,"a",@note
.long 4,4,1,0x00554e47,6
.section .text.g,"axG",@progbits,grp2
.globl g
g: ret
.section prf2,"aG",@progbits,grp2
.long 2
.text
.globl _start
_start: ret
.section .note.GNU-stack
S
gcc -c n.s
kept() { readelf -SW "$1" | grep -oE '(\.note[.a-z]*|prf2?|\.text)' | sort | xargs; }
for u in "" "-u f" "-u g" "-u f -u g"; do
	both --gc-sections $u n.o
	is "--gc-sections $u" "$(kept x.o)" "$(kept x.g)"
done
is "all of them" "$(kept x.o)" ".note.in .note.out .text prf prf2"
printf 'int f(int x) { return x ? 3 : 4; }\n' >prof.c
echo 'int unused(int x) { return x ? 3 : 4; } int f(int); int main(int c, char **v) { (void)v; return f(c) - 3; }' >pmain.c
if clang-19 -fprofile-instr-generate -ffunction-sections -c prof.c pmain.c 2>/dev/null && [ -e "$(clang-19 -print-file-name=libclang_rt.profile-x86_64.a)" ]; then
	ok "clang's counters" clang-19 --ld-path="$B/ld" -fprofile-instr-generate prof.o pmain.o -Wl,--gc-sections,-z,start-stop-gc -o prof
	ok "... run" env LLVM_PROFILE_FILE=p.raw ./prof
	ok "... and are written" test -s p.raw
else
	skip_test "clang's counters" "no profile runtime"
fi

# 3.12 data of a program that holds the address of what is nowhere
echo 'extern int nowhere __attribute__((weak)); int *p = &nowhere; int other(void); int main(void) { return p ? 1 : other(); }' >z.c
ok "an undefined weak address" link z -fno-pic -no-pie z.c -L. -lw -Wl,-rpath,"$PWD"
unlike "... is a constant" "$(readelf -rW z)" nowhere
status "... zero" 2 ./z
# 5 TLS that is not asked for as TLS
echo '__thread int tv = 3;' >tv.c; gcc -shared -fPIC tv.c -o libtv.so
printf '.globl _start\n_start: lea tv(%%rip),%%rax\n.section .note.GNU-stack\n' >t.s; gcc -c t.s
status "a library's thread-local data as if it were data" 1 o t.o libtv.so -o t
like "... is an error" "$(cat tap.err)" "t.o: .text.* R_X86_64_PC32 against 'tv'"

# 4 symbols: unique ones, STT_COMMON
echo 'template <class T> struct S { static int v; }; template <class T> int S<T>::v = 1; int *a() { return &S<int>::v; } int main() { return *a() - 1; }' >uq.cc
ok "unique symbols" linkxx uq uq.cc -rdynamic
is "are unique in both tables" "$(readelf -sW uq | awk '/_ZN1SIiE1vE/ {print $5}' | xargs)" "UNIQUE UNIQUE"
like "... and the ABI is GNU's" "$(readelf -h uq)" 'OS/ABI: .*GNU'
printf '.comm com,8,8\n.globl _start\n_start: mov com(%%rip),%%eax\n.section .note.GNU-stack\n' >sc.s
gcc -c -Wa,--elf-stt-common=yes sc.s
like "the input has STT_COMMON" "$(readelf -sW sc.o)" 'COMMON +GLOBAL DEFAULT +COM com'
both sc.o
is "the output's type" "$(readelf -sW x.o | awk '$8 == "com" {print $4}')" "$(readelf -sW x.g | awk '$8 == "com" {print $4}')"

# 4.10 CIEs that differ in nothing but their personality
cat >c1.c <<'C'
#include <stdio.h>
extern void thrower(void);
static void done(int *p) { printf("cleanup %d\n", *p); }
void through(void) { int x __attribute__((cleanup(done))) = 5; thrower(); }
C
cat >c2.cc <<'C'
#include <cstdio>
extern "C" void through(void);
extern "C" void thrower(void) { throw 3; }
int main() { try { through(); } catch (int i) { std::printf("caught %d\n", i); } }
C
gcc -fexceptions -O1 -c c1.c; g++ -O1 -c c2.cc
for objs in "c1.o c2.o" "c2.o c1.o"; do
	for k in "" -static; do
		ok "$objs $k" linkxx both $k $objs
		prints "... both languages' functions are called" "cleanup 5
caught 3" ./both
	done
done

# 4.8 what crtbegin.o has stays a list of its own
printf '.section .ctors,"aw"\n.quad -1\n' | gcc -c -x assembler - -o crtbegin.o
printf '.section .ctors,"aw"\n.quad _start\n.text\n.globl _start\n_start: ret\n' | gcc -c -x assembler - -o ct.o
cp ct.o plain.o
both crtbegin.o ct.o
lists() { readelf -SW "$1" | grep -oE ' (\.ctors|\.init_array) .*' | awk '{print $1, $5}'; }
is ".ctors of crtbegin.o" "$(lists x.o)" "$(lists x.g)"
like "..." "$(lists x.o)" '^\.ctors 0*8$'

# 5 segments
relro_end() { readelf -lW "$1" | awk '$1 == "GNU_RELRO" {print $3, $6}'; }
is "the end of RELRO is a page's" "$(set -- $(relro_end uq); echo $((($1 + $2) % 4096)))" 0
both -z stack-size=0x123000 sc.o
is "-z stack-size" "$(readelf -lW x.o | awk '$1 == "GNU_STACK" {print $6}')" 0x123000
is "... as GNU ld" "$(readelf -lW x.o | awk '$1 == "GNU_STACK" {print $6}')" "$(readelf -lW x.g | awk '$1 == "GNU_STACK" {print $6}')"

# 6.2 each keyword by itself, of a library and of a program
flags() { readelf -dW "$1" | sed -n 's/.*(\(FLAGS[_1]*\)) *//p' | sed '/Flags: None/d'; }
for k in now origin nodelete nodlopen initfirst interpose nodefaultlib global nodump loadfltr globalaudit lazy; do
	for kind in -shared -pie; do
		both $kind -z $k lu.o l.o libw.so -e u
		is "-z $k $kind" "$(flags x.o)" "$(flags x.g)"
	done
done

# 6 the mode of the output
umask 022
both -r l.o
is "-r: not executable" "$(stat -c %a x.o)" "$(stat -c %a x.g)"
both -shared l.o
is "-shared: executable" "$(stat -c %a x.o)" "$(stat -c %a x.g)"
umask 077; both l.o -e inlib; is "... with a mask" "$(stat -c %a x.o)" 700; umask 022

# 5 packed relative relocations are of even addresses
cat >odd.c <<'C'
struct __attribute__((packed)) odd { char c; int *p; };
int v = 42; struct odd od = {1, &v}; int *even = &v;
int main(void) { return *od.p == 42 && *even == 42 ? 0 : 1; }
C
ok "an odd address" link odd -fPIE -pie odd.c -Wl,-z,pack-relative-relocs
at=$(readelf -sW odd | awk '$8 == "od" {print $2}')
like "... has a relocation of its own" "$(readelf -rW odd)" "$(printf '%x' $((0x$at + 1))) .*R_X86_64_RELATIVE"
status "the program runs" 0 ./odd

# 4.9 names of sections with digits in them
printf '__attribute__((section("s1x9"))) int a = 1, b = 2; extern int __start_s1x9[], __stop_s1x9[]; int main(void) { return (int)(__stop_s1x9 - __start_s1x9); }\n' >ss.c
printf '__attribute__((section("s1x9"))) int c = 3;\n' >ss2.c
ok "__start_ of a name with digits" link ss ss.c ss2.c -Wl,--gc-sections
status "... keeps all of them" 3 ./ss

# 4.11 --build-id=uuid is one of version 4
o --build-id=uuid sc.o -o x.o
like "a random uuid" "$(readelf -n x.o | sed -n 's/.*Build ID: //p')" '^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$'

# symbols: thread-local ones count from their block; the machine's own bits
echo '__thread int pad = 9, tl = 3; __thread int zero[4]; int main(void) { return tl + zero[1]; }' >tl.c
ok "thread-local symbols" link tl tl.c
values() { readelf -sW "$1" | awk '$4 == "TLS" {print $8, $2}' | sort; }
gcc -fuse-ld=bfd tl.c -o tlg
is "... have the values that GNU ld gives" "$(values tl)" "$(values tlg)"
if have aarch64-linux-gnu-as aarch64-linux-gnu-ld; then
	printf '.globl _start, vf\n.type vf, %%function\n.variant_pcs vf\n_start: bl vf\nvf: ret\n' | aarch64-linux-gnu-as - -o vp.o
	for k in -shared -pie; do
		"$OBJKIT" ld -m aarch64linux $k vp.o -o vo; aarch64-linux-gnu-ld $k vp.o -o vg
		is "$k: functions with a call convention of their own are marked" "$(readelf -sW vo | grep -c VARIANT_PCS)" "$(readelf -sW vg | grep -c VARIANT_PCS)"
	done
	like "..." "$(readelf -sW vo)" VARIANT_PCS
else
	skip_test "aarch64" "no cross binutils"
fi
done_testing
