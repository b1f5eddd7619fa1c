# --gc-sections of Windows links: what is a root, what lives with a function and goes with it, and that the
# tables for unwinding speak of nothing that is gone.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-g++

has() { nm "$1" | awk '{print $3}' | grep -x "$U$2" | tr '\n' ' '; }
for m in x86_64 i686; do
	for_target $m
	cat >a.cc <<'C'
#include <stdio.h>
#include <stdexcept>
struct D { int k; ~D() { printf("gone %d\n", k); } };
__attribute__((noinline)) int used(int x) { D d{x}; if (x > 1) throw std::runtime_error("thrown"); return x; }
__attribute__((noinline)) int unused(int x) { D d{x + 1}; if (x > 1) throw std::logic_error("never"); return x + 7; }
template <class T> __attribute__((noinline)) T inline_dead(T x) { D d{1}; if (x > 1) throw std::logic_error("no"); return x; }
int dead_user(int x) { return unused(x) + inline_dead(x); }
int main() { try { used(2); } catch (std::exception &e) { puts(e.what()); } }
C
	ok "$m: exceptions" cxx -O1 -g -ffunction-sections -fdata-sections -static a.cc -o a.exe -Wl,--gc-sections
	linked_by_us "$m: objkit linked it" a.exe
	runs "$m: it runs" "gone 2
thrown" 0 ./a.exe
	cxx -O1 -g -ffunction-sections -fdata-sections -static a.cc -o n.exe
	is "$m: what nothing reaches is gone" "$(nm a.exe | grep -cE 'unused|inline_dead|dead_user')" 0
	is "$m: and is there without the option" "$(nm n.exe | grep -cE ' T _*Z.*(unused|inline_dead|dead_user)')" 3
	ok "$m: the loader's rules" "$top_srcdir/tests/tools/pecheck" --exact a.exe
	if [ $m = i686 ]; then
		# every FDE's function lies in .text, no two are of one function, and there are fewer of them
		range=$("$P-objdump" -h a.exe | awk '$2 == ".text" { print $4, $3 }')
		fdes() { "$P-objdump" --dwarf=frames "$1" 2>/dev/null | sed -n 's/.*FDE.*pc=\([0-9a-f]*\)\.\..*/\1/p'; }
		fdes a.exe >fdes.a; fdes n.exe >fdes.n
		is "$m: FDEs of functions that are there" "$(python3 - $range fdes.a <<'P'
import sys
base, size = int(sys.argv[1], 16), int(sys.argv[2], 16)
print([hex(x) for x in (int(l, 16) for l in open(sys.argv[3])) if not base <= x < base + size])
P
)" '[]'
		is "$m: each once" "$(sort fdes.a | uniq -d)" ''
		ok "$m: not those of the others" test "$(wc -l <fdes.a)" -gt 20 -a $(($(wc -l <fdes.a) * 2)) -lt "$(wc -l <fdes.n)"
	else
		fns() { llvm-readobj-19 --unwind "$1" | grep -c 'RuntimeFunction {'; }
		ok "$m: entries of .pdata go too" test $(($(fns a.exe) * 4 / 3)) -lt "$(fns n.exe)"
	fi

	# one object without -ffunction-sections does not keep what only its dead neighbours' tables reach
	cat >one.c <<'C'
int live(int x) { return x * 3; }
C
	cat >two.c <<'C'
extern int only_debug(int);
int (*volatile keep_me)(int);
__attribute__((section(".text$dead"))) int dead(int x) { return only_debug(x) + 1; }
__attribute__((section(".CRT$XCM"), used)) static void (*init)(void);
__attribute__((section(".ctors.00100"), used)) static void (*ct)(void);
__attribute__((section(".rsrc$zz"))) int not_kept;
int live(int);
int main(void) { return live(7); }
C
	echo 'int only_debug(int x) { return x; }' >three.c
	"$P-gcc" -g -c one.c; "$P-gcc" -g -ffunction-sections -c two.c; "$P-gcc" -g -ffunction-sections -c three.c
	ok "$m: debugging information" cc -g one.o two.o three.o -o d.exe -Wl,--gc-sections
	runs "$m: it runs" "" 21 ./d.exe
	is "$m: keeps no function" "$(has d.exe only_debug; has d.exe dead)" ''
	like "$m: .CRT and .ctors stay" "$(cc one.o two.o three.o -o d.exe -Wl,--gc-sections,--print-gc-sections 2>&1 | grep -cE '\.(CRT|ctors)')" '^0$'
	for o in "-u ${U}only_debug" "--undefined=${U}only_debug" "--require-defined=${U}only_debug"; do
		ok "$m: $o" cc one.o two.o three.o -o u.exe -Wl,--gc-sections,$(echo "$o" | tr ' ' ,)
		is "$m: $o keeps it" "$(has u.exe only_debug)" "${U}only_debug "
	done
	printf 'EXPORTS\n only_debug\n' >x.def
	ok "$m: exports" cc one.o two.o three.o x.def -o x.exe -Wl,--gc-sections
	is "$m: keep it" "$(has x.exe only_debug)" "${U}only_debug "
	ok "$m: --no-gc-sections" cc one.o two.o three.o -o n.exe -Wl,--gc-sections,--no-gc-sections
	is "$m: keeps all" "$(has n.exe only_debug)" "${U}only_debug "
	ok "$m: entry" cc -nostartfiles -nostdlib one.o two.o three.o -o e.exe -Wl,--gc-sections,-e,${U}live
	is "$m: is a root" "$(has e.exe live)$(has e.exe only_debug)" "${U}live "
	# what the loader looks for, although nothing refers to it
	for s in _load_config_used _tls_used; do
		printf ' .section .rdata$lone,"dr"\n .globl %s%s\n .balign 8\n%s%s:\n .long 64\n .space 60\n' "$U" $s "$U" $s >r.s
		"$P-as" r.s -o r.o
		ok "$m: $s" "$OBJKIT" ld -m $emulation --gc-sections -e ${U}live one.o r.o -o r.exe
		is "$m: $s is a root" "$(has r.exe $s)" "$U$s "
	done
done
done_testing
