# --compress-debug-sections: smaller, and the same information for every reader.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf objcopy
. "$top_srcdir/tests/ld/elf.sh"
cat >a.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct point { int x, y; char name[20]; };
int area(const struct point *a, const struct point *b) { int w = b->x - a->x, h = b->y - a->y; return w * h; }
int main(int argc, char **argv) { struct point p = {1, 2, "p"}, q = {argc + 3, 7, "q"}; printf("%d %s\n", area(&p, &q), argv[0] ? "ok" : ""); }
X
dump() { readelf --debug-dump=info,abbrev,line,str,rnglists,aranges -W "$1" 2>&1 | grep -v "^File:\|^$"; }
ok "plain" link p -g a.c
dump p >p.txt
for h in zlib zlib-gabi zstd; do
	ok "$h: link" link z$h -g a.c -Wl,--compress-debug-sections=$h
	prints "$h: it runs" "15 ok" ./z$h
	like "$h: sections are compressed" "$(readelf -SW z$h)" '\.debug_info .* C  '
	if objcopy --decompress-debug-sections z$h u$h 2>/dev/null; then
		dump u$h >u.txt
		same "$h: the same information" p.txt u.txt
	else
		skip_test "$h: the same information" "objcopy does not know it"
	fi
	if have llvm-dwarfdump-19; then
		ok "$h: llvm-dwarfdump" llvm-dwarfdump-19 --verify z$h
	else
		skip_test "$h: llvm-dwarfdump" "not installed"
	fi
done
size() { wc -c <"$1"; }
if [ "$(size zzlib)" -lt "$(size p)" ]; then pass "smaller"; else fail "smaller"; fi
ok "none" link n -g a.c -Wl,--compress-debug-sections=none
same "... is the default" n p
if have gdb; then
	like "gdb reads it" "$(gdb -nx -batch -ex 'break area' -ex run -ex 'print b->y' ./zzlib 2>&1 </dev/null)" '\$1 = 7'
else
	skip_test "gdb reads it" "no gdb"
fi
ok "-O2 compresses harder" link o2 -g a.c -Wl,--compress-debug-sections=zlib,-O2
prints "... and runs" "15 ok" ./o2
for t in 1 3; do gcc -B"$B" -g a.c -o t$t -Wl,--compress-debug-sections=zlib,--threads=$t; done
same "any number of threads" t1 t3
status "an unknown method" 1 link bad -g a.c -Wl,--compress-debug-sections=lzma
like "... is named with the known ones" "$(cat tap.err)" "lzma: it is none, zlib, zlib-gabi or zstd"
gcc -g -c a.c -o p.o
ok "-r: join" ld -r p.o -o r.o --compress-debug-sections=zlib
like "-r: compressed" "$(readelf -SW r.o)" '\.debug_info .* C  '
ok "-r: can be linked" link fromr r.o
# -r does not merge strings: their offsets differ
plain() { readelf --debug-dump=info -W "$1" 2>&1 | sed 's/(offset: [0-9a-fx]*)//' | grep -v "^File:"; }
plain fromr >r.txt; plain p >p.txt
same "-r: the same information" p.txt r.txt
# more than a block: 3 MB of strings, in several pieces that inflate to one
python3 -c 'print("\n".join(f"struct very_long_name_of_a_structure_{k} {{ int member_{k}_a, member_{k}_b; }} v{k};" for k in range(16000)), "int main(void) { return 0; }")' >big.c
ok "a large one, zlib" link big -g big.c -Wl,--compress-debug-sections=zlib
ok "a large one, zstd" link bigz -g big.c -Wl,--compress-debug-sections=zstd
plain big >b1.txt
like "... is read whole" "$(grep -c very_long_name_of_a_structure_15999 b1.txt)" '^[1-9]'
ok "objkit reads what it wrote" sh -c '"$OBJKIT" nm -l big | grep -q "v15999.*big.c:16000"'
gcc -g -c big.c -o bigo.o; ld -r bigo.o -o bigr.o --compress-debug-sections=zstd
ok "compressed in blocks, read back" link again bigr.o
plain again >b3.txt
same "... the same information" b1.txt b3.txt

# damaged streams are named, the same at any thread count, and nothing is written
"${PYTHON3:-python3}" -c "
import zlib
print('elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text')
for i in range(6):
    z = bytearray(zlib.compress(bytes(range(256)) * 400))
    z[10] ^= 0xff * (i in (2, 4))
    print('section .debug_x%d PROGBITS\n  u32 1 0\n  u64 %d 1\n  bytes %s\nset .debug_x%d sh_flags=0x800' % (i, 256 * 400, z.hex(), i))
" | mkobj - >torn.o
for t in 1 2; do
	status "damaged streams, $t threads" 1 "$OBJKIT" ld -m elf_x86_64 --threads=$t -o torn torn.o
	is "... are named, $t threads" "$(cat tap.err; ls torn 2>/dev/null)" "objkit ld: error: torn.o: .debug_x2+0x0: the compressed section has a damaged zlib stream
objkit ld: error: torn.o: .debug_x4+0x0: the compressed section has a damaged zlib stream"
done
# --- several objects: what is inflated is aligned as it was before, not as what is compressed
if have g++; then
	printf '#include <string>\nstruct P { int a; std::string s; };\nint main() { P p{3, "x"}; return p.a - 3; }\n' >tu1.cc
	printf '#include <string>\nstruct P { int a; std::string s; };\nint g(P *p) { return p->a; }\n' >tu2.cc
	for o in "-gz" "-gz -fdebug-types-section" "-gz -gdwarf-4 -fdebug-types-section"; do
		# shellcheck disable=SC2086
		g++ -g $o -c tu1.cc tu2.cc
		# shellcheck disable=SC2086
		g++ -g ${o#-gz} -c tu1.cc -o pl1.o && g++ -g ${o#-gz} -c tu2.cc -o pl2.o
		g++ -B"$B" pl1.o pl2.o -o pl -Wl,--compress-debug-sections=none
		for z in none zlib; do
			ok "g++ $o, written $z" g++ -B"$B" tu1.o tu2.o -o tu -Wl,--compress-debug-sections=$z
			is "... the same sections as from plain objects" "$(objcopy --decompress-debug-sections tu tu.un && readelf -SW tu.un | awk '{sub(/.*\] */, "")} /^\.debug_[^s]/ {print $1, $5}')" \
				"$(readelf -SW pl | awk '{sub(/.*\] */, "")} /^\.debug_[^s]/ {print $1, $5}')"
			if have llvm-dwarfdump-19; then
				like "... verified" "$(llvm-dwarfdump-19 --verify tu 2>&1)" '^No errors'
			fi
		done
	done
fi
done_testing
