# -r for Windows objects: what comes out is linked again, by objkit, GNU ld and ld.lld, and runs.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ x86_64-w64-mingw32-objdump
cat >common.h <<'X'
#include <stdexcept>
#include <string>
struct Base { virtual ~Base(); virtual int id() const { return 1; } };
template <class T> __attribute__((noinline)) T twice(T x) { static T calls; calls += 1; return x * 2 + calls - calls; }
inline __attribute__((noinline)) int checked(int x)
{
	static int n; n++;
	if (x > 3) throw std::runtime_error("too large: " + std::to_string(x) + " call " + std::to_string(n));
	return x;
}
int from_b(int);
int from_c(int);
X
cat >a.cc <<'X'
#include "common.h"
#include <stdio.h>
Base::~Base() {}
struct Derived : Base { int id() const override { return 2; } };
static int table[] = {5, 6, 7};
static const char *const names[] = {"zero", "one", "two"};
extern "C" int maybe();
extern "C" int other();
int main()
{
	int sum = 0;
	for (int i = 1; i <= 5; i++) {
		try { sum += checked(i) + twice(i); } catch (std::exception &e) { printf("main: %s\n", e.what()); }
		sum += from_b(i) + from_c(i);
	}
	Base *b = new Derived;
	printf("%d %d %s %d %d\n", sum, b->id() + table[b->id()], names[b->id()], maybe(), other());
	delete b;
}
X
cat >b.cc <<'X'
#include "common.h"
#include <stdio.h>
static int table[] = {50, 60, 70};
extern "C" int maybe() { return 40; }
extern "C" int other() { return 2; }
int from_b(int x)
{
	switch (x) { /* a jump table */
	case 1: return 10; case 2: return 21; case 3: return 33; case 4: return table[1]; case 5: break;
	}
	try { return checked(x); } catch (std::runtime_error &e) { printf("b: %s\n", e.what()); return twice(x); }
}
X
cat >c.cc <<'X'
#include "common.h"
static int table[] = {500, 600, 700};
int from_c(int x) { return table[x % 3] + twice(x); }
extern "C" __attribute__((weak)) int maybe() { return 1; }
struct Init { int v; Init() : v(9) {} ~Init() {} } init_c;
X
for m in x86_64 i686; do
	for_target $m
	for f in a b c; do $P-g++ -O1 -g -c ../$f.cc -o $f.o; done
	$P-g++ -static a.o b.o c.o -o ref.exe
	want=$(run ./ref.exe)
	ok "$m: -r of two objects" ld -m $emulation -r b.o c.o -o bc.o
	ok "$m: -r of an object and an -r" ld -m $emulation -r a.o bc.o -o abc.o
	ok "$m: linked again by objkit" cxx -static abc.o -o o.exe
	linked_by_us "$m: it is objkit's" o.exe
	runs "$m: it runs" "$want" 0 ./o.exe
	ok "$m: and with --gc-sections" cxx -static abc.o -o gc.exe -Wl,--gc-sections
	runs "$m: it runs" "$want" 0 ./gc.exe
	ok "$m: linked again by GNU ld" $P-g++ -static abc.o -o g.exe
	runs "$m: it runs" "$want" 0 ./g.exe
	if have ld.lld; then
		mkdir -p L # gcc runs collect2 from -B; plugins are not lld's
		cat >L/collect2 <<'X'
#!/bin/bash
args=()
while [ $# -gt 0 ]; do
	case $1 in -plugin) shift ;; -plugin-opt=*) ;; *) args+=("$1") ;; esac
	shift
done
exec ld.lld "${args[@]}"
X
		chmod +x L/collect2
		ok "$m: linked again by ld.lld" $P-g++ -B"$PWD/L/" -static abc.o -o l.exe
		runs "$m: it runs" "$want" 0 ./l.exe
	else
		skip_test "$m: ld.lld" "no ld.lld"
	fi
	h=$($P-objdump -h abc.o)
	like "$m: COMDATs keep their selection" "$h" 'LINK_ONCE_DISCARD \(COMDAT _*Z7checkedi '
	is "$m: one copy of each" "$(printf '%s\n' "$h" | grep -c 'COMDAT _*Z7checkedi ')" 1
	is "$m: every function once" "$(nm abc.o | grep -Ec ' T _*(main|Z6from_bi|Z6from_ci)$')" 3
	for opt in -S -s -x; do
		ok "$m: -r $opt" ld -m $emulation -r $opt a.o b.o c.o -o s.o
		ok "$m: $opt, linked again" cxx -static s.o -o s.exe
		runs "$m: $opt, it runs" "$want" 0 ./s.exe
		h=$($P-objdump -h s.o)
		if [ $opt = -x ]; then
			like "$m: -x keeps debugging information" "$h" debug_info
			like "$m: without it there are local names" "$(nm abc.o)" ' [dr] _*ZL5table'
			unlike "$m: -x drops local names" "$(nm s.o)" ' [dr] _*ZL5table'
		else
			unlike "$m: $opt drops it" "$h" debug_info
		fi
	done
done

for_target x86_64
if have $P-addr2line; then
	at=$(nm o.exe | sed -n 's/^0*\([0-9a-f]*\) T _Z6from_ci$/0x\1/p')
	like "debugging information finds its lines" "$($P-addr2line -e o.exe "$at")" 'c.cc:3'
fi
# Commons, weak externals, directives, offsets in sections.
cat >p.c <<'X'
int common_a[10]; char common_b;
__attribute__((dllexport)) int exported(void) { return 3; }
static char big[40000]; char *at_big(void) { return big + 1234; }
X
cat >q.c <<'X'
int common_a[40] __attribute__((aligned(64))); static int before[100] = {1}; int *at_before(void) { return &before[50]; }
__attribute__((dllexport)) int exported2 = 4;
X
cat >w.s <<'X'
.weak nobody
.text
.globl has
has: mov $5,%eax
 mov $nobody,%edx
 test %edx,%edx
 jz 1f
 mov $1,%eax
1: ret
X
for f in p q; do $P-gcc -fcommon -c $f.c; done
$P-as w.s -o w.o
ok "commons" ld -m $emulation -r p.o q.o w.o -o pq.o
like "stay common, the largest size" "$(nm pq.o)" '0+a0 C common_a'
like "weak externals stay" "$(nm pq.o)" ' w nobody'
like "directives are joined" "$($P-objdump -s -j .drectve pq.o | cut -c44- | tr -d '\n')" '-export:"exported".* -export:"exported2"'
ok "-d" ld -m $emulation -r -d p.o q.o w.o -o pqd.o
like "allocates them" "$(nm pqd.o)" ' B common_a'
cat >m.c <<'X'
#include <stdio.h>
#include <stdint.h>
extern int common_a[40], *at_before(void), has(void); char *at_big(void);
int main(void) { printf("%d %d %d %d\n", (int)((uintptr_t)common_a % 64), at_before()[-50], at_big()[0], has()); }
X
for o in pq pqd; do
	ok "linked again ($o)" cc m.c $o.o -o m.exe -Wl,--disable-high-entropy-va,--image-base,0x400000
	runs "it runs ($o)" "0 1 0 5" 0 ./m.exe
done
ok "a DLL of it exports what the directives say" cc -shared pq.o -o pq.dll
like "exports" "$(imports --exports pq.dll)" exported2
# A section with more than 65,535 relocations.
awk 'BEGIN { print ".data"; for (i = 0; i < 70000; i++) print ".quad f"; print ".globl e\ne: .quad 0" }' >n.s
$P-as n.s -o n.o
cat >o.c <<'X'
#include <stdio.h>
int f(void) { return 11; } extern int (*e[])(void);
int main(void) { printf("%d\n", e[-70000]() + e[-1]()); }
X
$P-gcc -c o.c
ok "more than 65,535 relocations" ld -m $emulation -r o.o n.o -o on.o
have llvm-readobj-19 && is "all are there" "$(llvm-readobj-19 -r on.o | grep -c 'IMAGE_REL_AMD64_ADDR64 f ')" 70000
ok "linked again" cc on.o -o on.exe
runs "they work" 22 0 ./on.exe
ok "... by GNU ld" $P-gcc on.o -o ong.exe
runs "they work" 22 0 ./ong.exe
# bigobj, in and out
$P-g++ -Wa,-mbig-obj -O1 -c ../b.cc -o bb.o
ok "bigobj input" ld -m $emulation -r a.o bb.o c.o -o abb.o
ok "linked again" cxx -static abb.o -o abb.exe
runs "it runs" "$(run ./ref.exe)" 0 ./abb.exe
awk 'BEGIN { for (i = 0; i < 66000; i++) printf ".section .text$g%d,\"x\"\n.globl g%d\ng%d: mov $%d,%%eax\nret\n", i, i, i, i }' >many.s
$P-as -mbig-obj many.s -o many.o
cat >r.c <<'X'
#include <stdio.h>
int g0(void), g65999(void); int main(void) { printf("%d\n", g0() + g65999()); }
X
$P-gcc -c r.c
ok "66,000 sections" ld -m $emulation -r r.o many.o -o rmany.o
like "make a bigobj" "$($P-objdump -f rmany.o)" 'pe-bigobj-x86-64'
ok "linked again" cc rmany.o -o rmany.exe
runs "it runs" 65999 0 ./rmany.exe
# clang's associative COMDATs
std=$($P-g++ -print-file-name=include)/c++
clangxx() { clang --target=$P -isystem "$std" -isystem "$std/$P" -O1 -c "$@" 2>clang.err; }
if have clang && clangxx ../b.cc -o cb.o && clangxx ../c.cc -o cc.o; then
	ok "objects of clang" ld -m $emulation -r cb.o cc.o a.o -o cabc.o
	ok "linked again" cxx -static cabc.o -o cabc.exe
	runs "they run" "$(run ./ref.exe)" 0 ./cabc.exe
else
	skip_test "objects of clang" "clang does not compile for mingw here"; sed 's/^/# /' clang.err
fi
cat >as.cc <<'X'
void ext(); inline __attribute__((noinline)) void f() { ext(); ext(); }
void NAME() { f(); ext(); }
X
if have clang && clang --target=x86_64-pc-windows-msvc -c -DNAME=one as.cc -o as1.o &&
	clang --target=x86_64-pc-windows-msvc -c -DNAME=two as.cc -o as2.o; then
	ok "associative sections" ld -m $emulation -r as1.o as2.o -o as.o
	t=$($P-objdump -t as.o)
	n=$(printf '%s\n' "$t" | sed -n 's/^.*(sec *\([0-9]*\)).*(scl   2).*f@@YAXXZ.*$/\1/p')
	like "stay with the function that was kept" "$t" "assoc $n comdat 5"
	is "and only with that" "$(printf '%s\n' "$t" | grep -c 'comdat 5')" 2
fi
cp abc.o abc1.o
ok "one thread" ld -m $emulation --threads=1 -r a.o bc.o -o abc.o
same "the same bytes" abc.o abc1.o
status "directives for the last link only: no entry needed" 0 ld -m $emulation -r w.o -o w2.o

# resources: one tree, with relocations that the next reader understands
printf '1 RCDATA { "one" }\nzeta RCDATA { "zzz" }\n' >r1.rc; printf '2 RCDATA { "two" }\nSTRINGTABLE\nBEGIN\n3 "third"\nEND\n' >r2.rc
printf '3 RCDATA { "three" }\n' >r3.rc
cat >res.c <<'C'
#include <windows.h>
#include <stdio.h>
int main(void)
{
	char text[20] = "";
	for (int i = 1; i <= 3; i++) {
		HRSRC h = FindResourceA(0, MAKEINTRESOURCEA(i), (LPCSTR)RT_RCDATA);
		printf("%.*s ", h ? (int)SizeofResource(0, h) : 1, h ? (char *)LockResource(LoadResource(0, h)) : "-");
	}
	LoadStringA(GetModuleHandle(0), 3, text, sizeof text);
	printf("%s\n", text);
}
C
for m in x86_64 i686; do
	for_target $m
	for n in 1 2; do "$P-windres" ../x86_64/r$n.rc r$n.o; done
	res=
	have llvm-rc-19 && llvm-rc-19 /FO r3.res ../x86_64/r3.rc && res=r3.res
	"$P-gcc" -c ../x86_64/res.c
	ok "$m: objects with resources${res:+ and a .res file}" ld -m $emulation -r r1.o res.o r2.o $res -o rr.o
	is "$m: one section" "$($P-objdump -h rr.o | grep -c '\.rsrc')" 1
	three=-; [ -z "$res" ] || three=three
	want="one two $three third"
	ok "$m: linked again" cc rr.o -o rr.exe
	runs "$m: all are there" "$want" 0 ./rr.exe
	gcc_gnu rr.o -o rrg.exe
	runs "$m: in GNU ld's program too" "$want" 0 ./rrg.exe
	ok "$m: a second time, with more" ld -m $emulation -r rr.o r1.o -o rr2.o
	ok "$m: equal ones are one" cc rr2.o -o rr2.exe
	runs "$m: it runs" "$want" 0 ./rr2.exe
	printf '1 RCDATA { "other" }\n' >bad.rc; "$P-windres" bad.rc bad.o
	status "$m: one resource twice" 1 ld -m $emulation -r r1.o bad.o -o no.o
	like "$m: is refused" "$(cat tap.err)" 'bad\.o: resource is defined twice \(type 10, name 1, language [0-9]*\); the other one is in r1\.o'
	ok "$m: no output" test ! -e no.o
done
done_testing
