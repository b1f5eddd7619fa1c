# Identical code folding: what folds, what must not, and that programs still work.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ clang-19 readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >a.c <<'X'
#include <stdio.h>
#define N __attribute__((noinline))
N int f1(int x) { return x * 7 + 2; } N int f2(int x) { return x * 7 + 2; }
N int g1(int x) { return f1(x) + 1; } N int g2(int x) { return f2(x) + 1; }
N int d1(int x) { return f1(x) + 9; } N int d2(int x) { return g1(x) + 9; }
N int r1(int x) { return x ? r1(x - 1) + f1(x) : 0; } N int r2(int x) { return x ? r2(x - 1) + f2(x) : 0; }
N const char *s1(void) { return "same"; } N const char *s2(void) { return "same"; }
N const char *s3(void) { return "other"; }
int (*tab[])(int) = {f1, f2};
int main(int c, char **v)
{
    (void)v;
    printf("%d %d %d %d %d %d %s %s %s %d %d\n", g1(c), g2(c), d1(c), d2(c), r1(3), r2(3), s1(), s2(), s3(), tab[1](1),
           tab[0] == tab[1]);
    return 0;
}
X
# at FILE SYMBOL: its address
at() { readelf -sW "$1" | awk -v s="$2" '$8 == s { print $2 }'; }
same_place() { is "$1" "$(at "$2" "$3")" "$(at "$2" "$4")"; }
two_places() { isnt=$(at "$2" "$3"); if [ -n "$isnt" ] && [ "$isnt" != "$(at "$2" "$4")" ]; then pass "$1"; else fail "$1"; fi; }
# gcc must not fold by itself
no_icf() { case $1 in g*) echo -fno-ipa-icf ;; esac; }
for c in gcc clang-19; do
	# shellcheck disable=SC2046
	ok "$c: objects" $c -O1 $(no_icf $c) -ffunction-sections -c a.c -o a.o
	for m in none safe all; do
		ok "$c: --icf=$m" link a a.o -Wl,--icf=$m
		prints "$c: --icf=$m: it runs" "10 10 18 19 48 48 same same other 9 $([ $m = all ] && echo 1 || echo 0)" ./a
		case $m in none) t=two_places ;; *) t=same_place ;; esac
		$t "$c: --icf=$m: equal strings" a s1 s2
		two_places "$c: --icf=$m: other strings" a s1 s3
		case $m in all) t=same_place ;; *) t=two_places ;; esac
		$t "$c: --icf=$m: functions whose address is taken" a f1 f2
		$t "$c: --icf=$m: callers of equal functions" a g1 g2
		$t "$c: --icf=$m: functions that call themselves" a r1 r2
		two_places "$c: --icf=$m: callers of different functions" a d1 d2
	done
done
ok "--keep-unique" link a a.o -Wl,--icf=all,--keep-unique=f2
two_places "... keeps it apart" a f1 f2
same_place "... and nothing else" a s1 s2
list=$(gcc -B"$B" a.o -o a -Wl,--icf=all,--print-icf-sections)
like "--print-icf-sections: which stays" "$list" '^selected section .*a\.o:\(\.text\.f1\)$'
like "--print-icf-sections: which goes" "$list" '^  removing identical section .*a\.o:\(\.text\.f2\)$'
like "no option, no effect" "$(gcc -B"$B" a.o -o a -Wl,--icf=all,--no-icf,--print-icf-sections; at a f1)" '^[0-9a-f]+$'
gcc -B"$B" a.o -o a1 -Wl,--icf=all,--threads=1; gcc -B"$B" a.o -o a2 -Wl,--icf=all,--threads=4
same "any number of threads" a1 a2

# A chain of 2,000 functions, each of which calls the next: all equal but for the end.
python3 - >chain.c <<'X'
n = 2000
for p in 'fg':
    for k in range(n):
        print(f'void *{p}{k + 1}(void); __attribute__((noinline)) void *{p}{k}(void) {{ return {p}{k + 1}(); }}')
    print(f'__attribute__((noinline)) void *{p}{n}(void) {{ return 0; }}')
print('int main(void) { return f0() != g0(); }')
X
ok "two chains of calls" link chain -O1 -fno-ipa-pure-const -fno-ipa-icf -fno-optimize-sibling-calls -fno-ipa-cp -ffunction-sections chain.c -Wl,--icf=all
ok "... run" ./chain
same_place "... fold into each other" chain f7 g7
two_places "... not into themselves" chain f7 f8

cat >e.cc <<'X'
#include <cstdio>
#include <stdexcept>
#define N [[gnu::noinline]]
struct A { ~A() { std::puts("~A"); } };
struct C { ~C() { std::puts("~C"); } };
N void thrower(int x) { if (x) throw std::runtime_error("x"); }
template<class T> N int cleanup(int x) { T a; thrower(x); return 1; }
N int k1(int x) { try { thrower(x); } catch (std::runtime_error &) { return 5; } return 0; }
N int k2(int x) { try { thrower(x); } catch (std::logic_error &) { return 5; } return 0; }
N int k3(int x) { try { thrower(x); } catch (std::runtime_error &) { return 5; } return 0; }
int main()
{
    try { cleanup<A>(1); } catch (...) {}
    try { cleanup<C>(1); } catch (...) {}
    std::printf("%d %d\n", k1(1), k3(1));
    try { k2(1); } catch (std::runtime_error &) { std::puts("right"); }
}
X
want='~A
~C
5 5
right'
for c in g++ clang++-19; do
	# shellcheck disable=SC2046
	ok "$c: exceptions" $c -O1 $(no_icf $c) -ffunction-sections -B"$B" e.cc -o e -Wl,--gc-sections,--icf=all
	prints "$c: functions that catch different things stay apart" "$want" ./e
	same_place "$c: those that catch the same fold" e _Z2k1i _Z2k3i
	two_places "$c: those that do not, do not" e _Z2k1i _Z2k2i
done
ok "debugging information" link g -g -O1 -fno-ipa-icf -ffunction-sections a.c -Wl,--icf=all
is "... one description at an address" "$(readelf --debug-dump=info -W g | grep -Ec 'DW_AT_low_pc *: (\(addr\) )?(0x)?0$')" 5
if have gdb; then
	# the function that went is found by its symbol and its lines, and shown as the one that stayed
	like "... stops in a folded function" "$(gdb -nx -batch -ex 'break g2' -ex run -ex bt ./g 2>&1 </dev/null)" '^#0 .*(g1|f1) .*at .*a.c:[0-9]+'
	like "... and at its line" "$(gdb -nx -batch -ex 'break a.c:4' -ex 'info breakpoints' ./g 2>&1 </dev/null)" 'a.c:4'
else
	skip_test "... stops in a folded function" "no gdb"
fi
# A library's exported functions may be replaced: callers are not equal because the callees are.
echo '#define N __attribute__((noinline))
N int f1(int x) { return x * 7 + 2; } N int f2(int x) { return x * 7 + 2; }
N int g1(int x) { return f1(x) + 1; } N int g2(int x) { return f2(x) + 1; }' >lib.c
ok "a shared library" link lib.so -shared -fPIC -O1 -fsemantic-interposition -fno-ipa-icf -ffunction-sections lib.c -Wl,--icf=all
same_place "... equal functions" lib.so f1 f2
two_places "... callers of functions that can be replaced" lib.so g1 g2

# Windows
. "$top_srcdir/tests/ld/pe.sh"
for m in x86_64 i686; do
	have $m-w64-mingw32-g++ || { skip_test "$m: Windows" "no mingw"; continue; }
	for_target $m
	pe_at() { "$OBJKIT" nm "$1" | awk -v s="$U$2" '$3 == s { print $1 }'; }
	for l in none safe all; do
		ok "$m: --icf=$l" cc -O1 -fno-ipa-icf -ffunction-sections ../a.c -o a.exe -Wl,--icf=$l
		ok "$m: --icf=$l: a valid image" "$top_srcdir/tests/tools/pecheck" --exact a.exe
		runs "$m: --icf=$l: it runs" "10 10 18 19 48 48 same same other 9 $([ $l = all ] && echo 1 || echo 0)" 0 ./a.exe
	done
	is "$m: folded" "$(pe_at a.exe f1)" "$(pe_at a.exe f2)"
	is "$m: folded callers" "$(pe_at a.exe g1)" "$(pe_at a.exe g2)"
	ok "$m: exceptions" cxx -O1 -ffunction-sections ../e.cc -static -o e.exe -Wl,--icf=all
	ok "$m: a valid image" "$top_srcdir/tests/tools/pecheck" --exact e.exe
	runs "$m: functions that catch different things stay apart" "$want" 0 ./e.exe
	cd ..
done
done_testing
