# What a linker leaves out of ELF objects while it reads them: relocation sections, section groups, groups that are
# known to lose. The output is that of a link that reads everything. Two yardsticks: a map lists what lost, so with -Map
# no group loses early; an object with something unusual (here an excluded section with a name of old) is read whole.
. "${top_srcdir:?}/tests/lib.sh"
need g++ clang-19 objcopy aarch64-linux-gnu-g++ i686-linux-gnu-g++

# whole FILE...: the same objects with the section that makes them unusual, in whole/.
mkdir whole
whole() {
	for o; do
		printf x >x.bin
		"${OBJCOPY:-objcopy}" --add-section .gnu.l0=x.bin --set-section-flags .gnu.l0=exclude,readonly "$o" "whole/$o" ||
			aarch64-linux-gnu-objcopy --add-section .gnu.l0=x.bin --set-section-flags .gnu.l0=exclude,readonly "$o" "whole/$o"
	done
}

# alike NAME ARG...: read whole (same names in whole/), with and without a map, with one thread and several: the same
# bytes. WHOLE: sed commands that make the arguments those of the whole objects.
alike() {
	what=$1; shift
	rm -f ../plain.out ../map.out ../one.out ../all.out
	ok "$what: links" "$OBJKIT" ld "$@" -o "$T/plain.out" --threads=4
	ok "$what: links with one thread" "$OBJKIT" ld "$@" -o "$T/one.out" --threads=1
	ok "$what: links with a map" "$OBJKIT" ld "$@" -o "$T/map.out" -Map=map.txt
	ok "$what: links when read whole" sh -c 'cd whole && exec "$@"' sh "$OBJKIT" ld "$@" -o "$T/all.out"
	ok "$what: a map changes nothing" cmp plain.out map.out
	ok "$what: threads change nothing" cmp plain.out one.out
	ok "$what: reading all changes nothing" cmp plain.out all.out
}

cat >common.h <<'C'
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>
inline int &counter() { static int n; return n; }
inline thread_local int per_thread = 4;
template <int N> struct pick {
	pick() { counter()++; }
	static int table(int i) {
		switch (i) { case 0: return N; case 1: return N * 3; case 2: counter()++; return 7; case 3: return N - 1;
		case 4: return 2; case 5: return 9; case 6: return i * N + per_thread; default: throw std::out_of_range("pick"); }
	}
	virtual ~pick() { counter() += N; }
	virtual std::string name() const { return "pick" + std::to_string(N); }
};
int one(int), two(int);
C
for f in one two; do
	cat >$f.cc <<C
#include "common.h"
int $f(int i) { pick<1> a; pick<2> b; std::vector<std::string> v{a.name(), b.name()};
	try { return pick<1>::table(i) + pick<2>::table(i) + (int)v[1].size(); } catch (std::exception &) { return -1; } }
C
done
cat >main.cc <<'C'
#include "common.h"
int main() { for (int i = 0; i < 9; i++) printf("%d %d\n", one(i), two(i)); pick<3> c; printf("%s %d\n", c.name().c_str(), counter()); }
C
mkdir line && printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"$LINE"\n' >line/ld && chmod +x line/ld && cp line/ld line/collect2
gxx_line() { # COMPILER FILE...: the arguments of its ld, without the program and the output
	c=$1; shift
	LINE=$T/line.txt "$c" -B "$T/line/" "$@" -o x
	awk 'skip { skip = 0; next } $0 == "-o" || $0 == "-plugin" { skip = 1; next } !/^-plugin/' line.txt
}
flavours='g++ g++:-O2:-g:-ffunction-sections:-fdata-sections clang++-19:-g:-ffunction-sections:-faddrsig aarch64-linux-gnu-g++:-g i686-linux-gnu-g++:-g'
for fl in $flavours; do
	# shellcheck disable=SC2086
	set -- $(echo "$fl" | tr ':' ' ')
	for f in one two main; do
		ok "$fl: $f compiles" "$@" -fPIC -c $f.cc -o $f.o
	done
	whole one.o two.o main.o
	for how in -static -pie; do
		gxx_line "$1" $how one.o two.o main.o >args
		cp args whole/args
		alike "$fl $how" @args
	done
	alike "$fl, gc" @args --gc-sections
	alike "$fl, icf" @args --icf=all
	alike "$fl, -s" @args -s
	rm -f libm.a whole/libm.a
	"$OBJKIT" ar rcs libm.a one.o two.o
	(cd whole && "$OBJKIT" ar rcs libm.a one.o two.o)
	gxx_line "$1" main.o libm.a >args; cp args whole/args
	alike "$fl, members" @args
	gxx_line "$1" main.o -Wl,--whole-archive libm.a -Wl,--no-whole-archive >args; cp args whole/args
	alike "$fl, whole archive" @args
	gxx_line "$1" -shared -Wl,-z,notext one.o two.o >args; cp args whole/args
	alike "$fl, shared" @args
	case $fl in g++*)
		gxx_line "$1" one.o two.o main.o >args
		"$OBJKIT" ld @args -o t && ./t >got
		"$@" one.cc two.cc main.cc -o g && ./g >want
		ok "$fl: runs as GNU's does" cmp got want
		like "$fl: and says something" "$(tail -n 1 got)" '^pick3 ';;
	esac
done

# A signature that is no symbol of its group, or one that another section defines, in a file that loses; one that is
# hidden there and nowhere else; a strong one; a group without
# GRP_COMDAT, a section that follows one of a group: what is elected and what a lost symbol means do not depend on how
# it was read.
odd() { # NUMBER
	cat <<A
	.section .text.a,"axG",@progbits,sig,comdat
	.weak a1
a1:	.byte 1,$1
	.section .text.b,"axG",@progbits,b1,comdat
	.weak b1
$([ "$1" = 2 ] && echo '	.hidden b1')
b1:	.byte 2,$1
	.section .text.c,"axG",@progbits,c1,comdat
	.globl c1
c1:	.byte 3,$1
	.section .text.d,"axG",@progbits,d1
d1:	.byte 4,$1
	.section .text.e,"axG",@progbits,e1,comdat
	.weak e1
e1:	.byte 5,$1
	.weak e2
	.set e2, e1 + 1
	.section follows,"aoR",@progbits,.text.e
	.byte 6,$1
	.section .text.x,"axG",@progbits,x1,comdat
	.byte 7,$1
	.weak x1
	.data
$([ "$1" = 2 ] && echo 'x1:	.byte 8')
	.quad a1, b1, c1, d1, e1, e2, x1
A
}
for f in 1 2 3; do odd $f | "${AS:-as}" - -o odd$f.o; done
whole odd1.o odd2.o odd3.o
printf '.globl _start\n_start: ret\n' | as - -o start.o && cp start.o whole/
for order in '1 2 3' '3 1 2'; do
	set --; for f in $order; do set -- "$@" odd$f.o; done
	alike "odd groups: $order" start.o "$@"
	objcopy -O binary -j .text plain.out text.bin
	is "a group that is no COMDAT loses to nobody: $order" "$(od -An -v -tx1 text.bin | tr -d '\n' | grep -o ' 04 0[123]' | wc -l)" 3
	alike "odd groups, gc: $order" start.o "$@" --gc-sections -u e1
	alike "odd groups, shared: $order" -shared start.o "$@"
done

# A file that has no other group than the one that loses, and a section that follows its function.
for f in 1 2; do
	printf '\t.section .text.f,"axG",@progbits,f,comdat\n\t.weak f\nf:\t.byte 9,%s\n\t.section follows,"ao",@progbits,.text.f\n\t.byte 10,%s\n' $f $f |
		as - -o lone$f.o
done
whole lone1.o lone2.o
alike "one group" start.o lone1.o lone2.o
objcopy -O binary -j follows plain.out follows.bin
is "what follows a lost section is lost" "$(od -An -v -tx1 follows.bin)" ' 0a 01'

# Damaged groups: refused in the same words, whatever was surveyed.
damage() { # NAME OFFSET-IN-GROUP BYTES: the first group of odd1.o
	off=$(readelf -SW odd1.o | awk '/ GROUP / { for (i = 1; i <= NF; i++) if ($i == "GROUP") { print $(i + 2); exit } }')
	cp odd1.o "$1.o"
	printf "$3" | dd of="$1.o" bs=1 seek=$((0x$off + $2)) conv=notrunc 2>/dev/null
	status "$1: refused" 1 "$OBJKIT" ld start.o "$1.o" odd2.o -o t
	like "$1: says what is wrong" "$(cat tap.err)" "$1\.o: .*section group [0-9]+"
	mv tap.err first.err
	status "$1: refused with a map" 1 "$OBJKIT" ld start.o "$1.o" odd2.o -o t -Map=m
	is "$1: in the same words" "$(cat first.err)" "$(cat tap.err)"
}
damage far 4 '\377\377\0\0'
damage null 4 '\0\0\0\0'

# A reference from code that stays into what lost: named as the file names it.
for f in 1 2; do
	as - -o dead$f.o <<A
	.section .text.f,"axG",@progbits,f,comdat
	.weak f
f:	nop
inner:	ret
	.section .text.stays,"ax"
	.globl s$f
s$f:	jmp inner
A
done
whole dead1.o dead2.o
status "a dead reference" 1 "$OBJKIT" ld start.o dead1.o dead2.o -o t
like "names what it refers to" "$(cat tap.err)" "dead2\.o: \.text\.stays\+0x1: refers to a discarded section: \.text\.f$"
is "as when everything is read" "$(cat tap.err)" "$(cd whole && "$OBJKIT" ld start.o dead1.o dead2.o -o t 2>&1)"

# Things are left out: of four copies of 70,000 functions, more sections than 16-bit numbers tell, all but the first.
many=70000; [ -z "${SANITIZED:-}" ] || many=7000
{ echo '.altmacro'; echo '.macro fn n'; printf '\t.section .text.f\\n,"axG",@progbits,f\\n,comdat\n\t.weak f\\n\nf\\n:\tcall f\\n\nl\\n:\tret\n'
echo '.endm'; echo '.set i,0'; printf '.rept %d\n fn %%i\n .set i,i+1\n.endr\n' $many; } >many.s
ok "many: assembles" as many.s -o many0.o
for i in 1 2 3; do cp many0.o many$i.o; done
whole many0.o many1.o many2.o many3.o
alike "many" start.o many0.o many1.o many2.o many3.o
left_out() { "$OBJKIT" ld start.o "$@" -o t --stats --threads=1 2>&1 | awk '/sections left out/ { print $1 }'; }
is "many: groups, relocations, all copies but the first" \
	"$(left_out many0.o many1.o many2.o many3.o)" "$((many * (2 + 3 * 3)))"
is "many: with a map, groups and relocations only" "$(left_out many0.o many1.o many2.o many3.o -Map=m)" "$((many * 2 * 4))"
is "many: nothing of what is read whole" "$(cd whole && left_out ../start.o many0.o many1.o)" 0
done_testing
