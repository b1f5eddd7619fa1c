# COMDATs that lose while they are read: the output is that of a link that reads everything. An option that lists
# what lost (-Map, --cref, -y) turns it off, so the same link with a map is the yardstick; whether anything was left out
# at all, the memory of the large case tells.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ clang-19 python3

# alike NAME ARG...: with and without a map, with one thread and several, the output is the same bytes.
alike() {
	what=$1; shift
	rm -f plain.out map.out one.out
	ok "$what: links" "$OBJKIT" ld "$@" -o plain.out --threads=4
	ok "$what: links with one thread" "$OBJKIT" ld "$@" -o one.out --threads=1
	ok "$what: links with a map" "$OBJKIT" ld "$@" -o map.out -Map=map.txt
	ok "$what: a map changes nothing" cmp plain.out map.out
	ok "$what: threads change nothing" cmp plain.out one.out
}

# Three files that share most of their functions; a jump table, exceptions, a static of an inline function, -g.
cat >common.h <<'C'
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>
inline int &counter() { static int n; return n; }
template <int N> struct pick {
	static int table(int i) {
		switch (i) { case 0: return N; case 1: return N * 3; case 2: counter()++; return 7; case 3: return N - 1;
		case 4: return 2; case 5: return 9; case 6: return i * N; default: throw std::out_of_range("pick"); }
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
mkdir line && printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"$LINE"\n' >line/collect2 && chmod +x line/collect2
gxx_line() { # COMPILER FILE...: the arguments of its ld, without the program and the output
	c=$1; shift
	LINE=$T/line.txt "$c" -B "$T/line/" -static "$@" -o x
	awk 'skip { skip = 0; next } $0 == "-o" || $0 == "-plugin" { skip = 1; next } !/^-plugin/' line.txt
}
for m in x86_64 i686; do
	for f in one two main; do
		ok "$m: $f compiles" $m-w64-mingw32-g++ -g -O1 -c $f.cc -o $f.$m.o
	done
	gxx_line $m-w64-mingw32-g++ one.$m.o two.$m.o main.$m.o >args.$m
	alike "$m" @args.$m
	alike "$m, gc" @args.$m --gc-sections
	alike "$m, icf" @args.$m --icf=all
	alike "$m, -s" @args.$m -s
	$m-w64-mingw32-ar rcs lib$m.a one.$m.o two.$m.o
	gxx_line $m-w64-mingw32-g++ main.$m.o lib$m.a >args
	alike "$m, members" @args
	gxx_line $m-w64-mingw32-g++ main.$m.o -Wl,--whole-archive lib$m.a -Wl,--no-whole-archive >args
	alike "$m, whole archive" @args
	gxx_line $m-w64-mingw32-g++ main.$m.o lib$m.a two.$m.o -Wl,--whole-archive lib$m.a -Wl,--no-whole-archive \
		-Wl,--allow-multiple-definition >args
	alike "$m, an archive searched and whole" @args
	run=$run_win64; [ $m = i686 ] && run=$run_win32
	if [ -n "$run" ]; then
		"$OBJKIT" ld @args.$m -o t.exe
		"$run" ./t.exe 2>/dev/null | tr -d '\r' >got
		$m-w64-mingw32-g++ -static one.$m.o two.$m.o main.$m.o -o g.exe
		"$run" ./g.exe 2>/dev/null | tr -d '\r' >want
		ok "$m: runs as GNU's does" cmp got want
		like "$m: and says something" "$(tail -n 1 got)" '^pick3 '
	else
		skip_test "$m: runs as GNU's does" "no runner for Windows programs"
	fi
done

# clang's objects: associated sections instead of names that match.
for f in one two; do
	cat >c$f.cc <<C
inline int shared(int i) { static int n; try { if (i > 3) throw i; n += i; } catch (int) { n = -n; } return n; }
template <class T> T twice(T x) { return x + x; }
int $f(int i) { return shared(i) + twice(i) + (int)twice((long long)i); }
C
	ok "clang: $f" clang-19 --target=x86_64-w64-mingw32 -g -O0 -c c$f.cc -o c$f.o
done
echo 'extern "C" int puts(const char *); int one(int), two(int); int main() { return one(5) + two(2); }' >cmain.cc
clang-19 --target=x86_64-w64-mingw32 -O0 -c cmain.cc -o cmain.o
gxx_line x86_64-w64-mingw32-g++ cone.o ctwo.o cmain.o >args
alike "clang" @args

# Of a large file, whether a debugging section is compressed is seen without mapping it.
python3 -c 'import struct, sys, zlib
text = b"the same text again\0" * 3000
sys.stdout.buffer.write(b"ZLIB" + struct.pack(">Q", len(text)) + zlib.compress(text))' >packed.bin
for size in 100 300000; do
	printf '.globl start\nstart: ret\n.data\n.space %s, 7\n.section .zdebug_str,"dr"\n.incbin "packed.bin"\n' $size |
		x86_64-w64-mingw32-as -o packed.o
	alike "compressed, $size" -m i386pep -e start packed.o
	is "compressed, $size: inflated" "$(tr '\0' '\n' <plain.out | grep -acx 'the same text again')" 3000
done

# Unwind data whose names say nothing: its relocations tell whose it is. Both copies claim it to be theirs.
unwound() { # FILE BYTE
	x86_64-w64-mingw32-as -o "$1" - <<A
	.section ".text\$f","xr"
	.linkonce discard
	.globl f
f:	movl \$$2, %eax
	ret
.Lend:
	.section ".why\$a","dr"
	.linkonce discard
	.long 0x1010000 + $2
	.section ".who\$a","dr"
	.linkonce discard
	.rva f, .Lend, ".why\$a"
	.text
	.globl u$2
u$2:	jmp f
A
}
unwound u1.o 1
unwound u2.o 2
printf '.globl start\nstart: call u1\n call u2\n ret\n' | x86_64-w64-mingw32-as -o us.o -
alike "told by relocations" -m i386pep -e start us.o u1.o u2.o
ok "told by relocations: a program" "$OBJKIT" ld -m i386pep -e start us.o u1.o u2.o -o t.exe
x86_64-w64-mingw32-objdump -h t.exe >out
is "told by relocations: data of one copy" "$(awk '$2 ~ /^\.(why|who)$/ { print $2, $3 }' out | tr '\n' ' ')" \
	'.why 00000004 .who 0000000c '

# What looks like unwind data and tells of other code stays when the function before it goes.
for k in 1 2; do
	x86_64-w64-mingw32-as -o v$k.o - <<A
	.section ".text\$f","xr"
	.linkonce discard
	.globl f
f:	ret
	.section ".why\$$k","dr"
	.linkonce discard
	.long $k
	.section ".who\$$k","dr"
	.linkonce discard
	.rva u$k, u$k, ".why\$$k"
	.text
	.globl u$k
u$k:	jmp f
A
done
alike "other code's data" -m i386pep -e start us.o v1.o v2.o
x86_64-w64-mingw32-objdump -h plain.out >out
is "other code's data: all of it" "$(awk '$2 ~ /^\.(why|who)$/ { print $2, $3 }' out | tr '\n' ' ')" \
	'.why 00000008 .who 00000018 '

# Whatever stands behind a function, in whatever order, under whatever name: as when everything is read.
cat >odd.py <<'P'
import random, sys
r = random.Random(int(sys.argv[1]))
odd = r.choice([0, .03, .15]) # how often something is
for k in range(3):
    out, n = [], 0
    def sec(name, flags, body, once=True):
        out.append('\t.section "%s","%s"\n%s%s' % (name, flags, '\t.linkonce discard\n' if once else '', body))
    for f in r.sample(['fa', 'fb', 'ga', 'gb', 'long_name'], r.randint(2, 4)):
        n += 1
        other = r.choice(['fa', 'fb', 'ga', 'gb'])
        code = '.cold$' if r.random() < odd else '.text$'
        x, p = r.choice([('.xdata$', '.pdata$')] * 4 + [('.why$', '.who$'), ('.xdata$', '.who$')])
        s = other if r.random() < odd else f
        parts = [lambda: sec(code + f, 'xr', '\t.globl %s\n%s: ret\n.Le%d_%d: nop\n' % (f, f, k, n), r.random() >= odd)]
        parts += [lambda: sec(x + s, 'dr', '\t.long 0x%d01, %d\n' % (k + 1, n), r.random() >= odd)]
        target = '"%s"' % (code + f if r.random() < odd else x + s)
        parts += [lambda: sec(p + s, 'dr', '\t.rva "%s", .Le%d_%d, %s\n' % (code + f, k, n, target), r.random() >= odd)]
        if r.random() < odd:
            r.shuffle(parts)
        if r.random() < odd:
            parts.insert(1, lambda: sec('.rdata$c%s' % f, 'dr', '\t.globl c%s\nc%s: .long 7\n' % (f, f)))
        for one in parts[:r.choice([1, 2]) if r.random() < odd else 3]:
            one()
    out.append('\t.text\n\t.globl u%d\nu%d: ret\n' % (k, k))
    open('odd%d.s' % k, 'w').write(''.join(out))
P
printf '.globl start\nstart: call u0\n call u1\n call u2\n ret\n' | x86_64-w64-mingw32-as -o os.o -
odd=0 linked=0
for seed in $(seq 60); do
	python3 odd.py "$seed"
	for k in 0 1 2; do
		x86_64-w64-mingw32-as -o odd$k.o odd$k.s 2>as.err || { sed -n 1,3p as.err; continue 2; }
	done
	for how in '--threads=4' '--threads=1' '-Map=odd.map'; do
		"$OBJKIT" ld -m i386pep -e start os.o odd0.o odd1.o odd2.o $how -o "odd$how.exe" 2>"odd$how.err"
		echo $? >>"odd$how.err"
	done
	linked=$((linked + $(tail -n 1 odd--threads=1.err | grep -cx 0)))
	for how in '--threads=4' '--threads=1'; do
		if ! cmp -s "odd$how.err" odd-Map=odd.map.err || { [ -f odd-Map=odd.map.exe ] &&
			! cmp -s "odd$how.exe" odd-Map=odd.map.exe; }; then
			odd=$((odd + 1)); echo "# seed $seed differs: $how"
		fi
	done
	rm -f odd*.exe
done
is "60 odd sets of objects: as when everything is read" "$odd" 0
ok "many of them can be linked" test "$linked" -gt 30

# Selections that compare end it, wherever they stand: what lost before is read again.
comdat() { # FILE SELECTION SIZE-BYTES
	clang-19 --target=x86_64-w64-mingw32 -x assembler -c - -o "$1" <<A
	.section .rdata\$d,"dr",$2,d
	.globl d
d:	.ascii "$3"
	.section .rdata\$e,"dr",discard,e
	.globl e
e:	.ascii "e of $1"
A
}
comdat small.o discard short
comdat mid.o discard 'middle size'
comdat large.o largest 'the largest of all of them'
comdat huge.o discard 'the largest is asked for, and this is larger'
printf '.globl start\nstart: lea d(%%rip),%%rax\n lea e(%%rip),%%rax\n ret\n' |
	clang-19 --target=x86_64-w64-mingw32 -x assembler -c - -o start.o
for order in 'small mid large huge' 'large small mid huge' 'huge large mid small' 'small huge mid large'; do
	set --; for f in $order; do set -- "$@" $f.o; done
	alike "largest: $order" -m i386pep -e start start.o "$@"
	ar rcs libodd.a large.o
	alike "largest comes from an archive: $order" -m i386pep -e start start.o "$@" --whole-archive libodd.a
done
comdat single.o one_only alone
status "one only: refused" 1 "$OBJKIT" ld -m i386pep -e start start.o small.o mid.o single.o huge.o -o t.exe
is "one only: as often as when everything is read" "$(grep -c 'multiple definition' tap.err)" \
	"$("$OBJKIT" ld -m i386pep -e start start.o small.o mid.o single.o huge.o -o t.exe -Map=m 2>&1 | grep -c 'multiple definition')"

# A reference from code that stays into what lost: named as the file names it.
for f in 1 2; do
	clang-19 --target=x86_64-w64-mingw32 -x assembler -c - -o dead$f.o <<A
	.section .text\$f,"xr",discard,f
	.globl f
f:	ret
inner:	ret
	.section .text\$g,"xr",discard,g
	.globl g
g:	ret
within:	ret
	.section .data,"dw"
	.globl keep$f
keep$f:	.quad 0
$([ $f = 2 ] && printf '\t.quad within\n')
A
done
status "a dead reference" 1 "$OBJKIT" ld -m i386pep -e f dead1.o dead2.o -o t.exe
like "names what it refers to" "$(cat tap.err)" "dead2\.o: \.data\+0x8: refers to '(within|\.text\\\$g)' in a discarded section"
"$OBJKIT" ld -m i386pep -e f dead1.o dead2.o -o t.exe -Map=m 2>err2 || :
is "as when everything is read" "$(cat tap.err)" "$(cat err2)"

# Things are left out: of 60 copies of 2,000 functions, all but the first; with a map, none.
i=0; while [ $i -lt 2000 ]; do
	printf '\t.section .text$f%d,"xr",discard,f%d\n\t.globl f%d\nf%d:\tnop\nl%d:\tret\n' $i $i $i $i $i; i=$((i + 1))
done >many.s
clang-19 --target=x86_64-w64-mingw32 -x assembler -c many.s -o many.o
copies=; i=0; while [ $i -lt 60 ]; do cp many.o many$i.o; copies="$copies many$i.o"; i=$((i + 1)); done
# shellcheck disable=SC2086
alike "many" -m i386pep -e f0 $copies
left_out() { "$OBJKIT" ld -m i386pep -e f0 "$@" -o t.exe --stats --threads=1 2>&1 | awk '/sections left out/ { print $1 }'; }
# shellcheck disable=SC2086
is "many: all but the first are left out" "$(left_out $copies)" "$((59 * 2000))"
# shellcheck disable=SC2086
is "many: with a map, none is" "$(left_out $copies -Map=m)" 0

# Of large files symbol and string table are read aside, and nothing of that memory stays in use: names of sections,
# of symbols and in messages are right when other files have been read into it. The small ones after them are mapped.
cat >big.py <<'P'
import sys
k = int(sys.argv[1])
long = 'a_name_that_is_not_short_'
for i in range(1200):
    n = '%s%d' % (long, i if i % 3 else i + 10000 * k)
    print('\t.section .text$%s,"xr"\n\t.linkonce discard\n\t.globl %s\n%s: call %slocal%d\n ret' % (n, n, n, long, i))
    print('\t.text\n%slocal%d: nop' % (long, i))
    if i % 100 == 0:
        print('\t.section .orphan_of_%s%d_%d,"dw"\n\t.long %d, %d' % (long, k, i, k, i))
print('\t.section .debug_str,"dr"\n\t.space 400000, %d\n\t.text\n\t.globl u%d\nu%d: ret' % (k, k, k))
if len(sys.argv) > 2:
    print('\t.data\n\t.quad inside\n\t.section .text$%s1,"xr"\ninside: ret' % long)
if k == 2:
    print('\t.comm %scommon, 24\n\t.weak %sweak\n.set %sweak, u2' % (long, long, long))
P
for k in 0 1 2; do python3 big.py $k | x86_64-w64-mingw32-as -o big$k.o -; done
alike "tables read aside" -m i386pep -e start os.o big0.o big1.o big2.o mid.o
alike "tables read aside, -s" -m i386pep -e start os.o big0.o big1.o big2.o mid.o -s
alike "tables read aside, icf" -m i386pep -e start os.o big0.o big1.o big2.o mid.o --icf=all
alike "tables read aside, -S" -m i386pep -e start os.o big0.o big1.o big2.o mid.o -S --gc-sections
read_aside() { "$OBJKIT" ld -m i386pep -e start "$@" --stats --threads=1 2>&1 | awk '/table was read aside/ { print $1 }'; }
is "they are" "$(read_aside os.o big0.o big1.o big2.o mid.o -o t.exe)" 3
x86_64-w64-mingw32-nm big0.o big1.o big2.o | awk '$2 ~ /[TtBDd]/ && $3 ~ /^(a_name|u)/ { print $3 }' | sort -u >want
x86_64-w64-mingw32-nm t.exe | awk '$2 ~ /[TtBDd]/ && $3 ~ /^(a_name|u)/ { print $3 }' | sort -u >got
ok "names of the output's symbols" test "$(grep -c a_name want)" -gt 3000
is "... are those of the files" "$(comm -23 want got | head -n 5)" ""
printf '.globl start\nstart: call u0\n call u1\n call u2\n call a_name_that_is_missing\n ret\n' | x86_64-w64-mingw32-as -o osm.o -
for how in '' '-Map=m'; do
	# shellcheck disable=SC2086
	"$OBJKIT" ld -m i386pep -e start osm.o big0.o big1.o big2.o --print-gc-sections --gc-sections $how -o t.exe 2>"err$how" || :
	# shellcheck disable=SC2086
	"$OBJKIT" ld -m i386pep -e start os.o big0.o big1.o big0.o big2.o $how -o t.exe 2>>"err$how" || :
done
ok "messages as when everything is mapped" cmp err err-Map=m
python3 big.py 2 dead | x86_64-w64-mingw32-as -o bigd.o -
for how in '' '-Map=m'; do
	# shellcheck disable=SC2086
	"$OBJKIT" ld -m i386pep -e start os.o big0.o big1.o bigd.o $how -o t.exe 2>"dead$how" || :
done
ok "messages about what lost, too" cmp dead dead-Map=m
like "... name it as the file does" "$(cat dead)" "bigd\.o: \.data\+0x0: refers to '(inside|\.text.a_name_that_is_not_short_1)' in a discarded section"
like "... of what is missing" "$(cat err)" "undefined reference to .a_name_that_is_missing"
like "... of what is there twice" "$(cat err)" "multiple definition of .a_name_that_is_not_short_local|multiple definition of .u0"
done_testing
