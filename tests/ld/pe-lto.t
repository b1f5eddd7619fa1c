# Link-time optimisation through GCC's plugin, for Windows programs.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++
mkdir B
for n in ld real-ld collect2; do ln -s "$OBJKIT" B/$n; done
cc() { x86_64-w64-mingw32-gcc -B"$T/B/" -O2 "$@"; }
cxx() { x86_64-w64-mingw32-g++ -B"$T/B/" -O2 "$@"; }
run() { if [ -n "$run_win64" ]; then timeout 120 "$run_win64" "$@" 2>/dev/null | tr -d '\r'; fi; }

cat >main.c <<'C'
#include <stdio.h>
int twice(int);
int main(void) { printf("%d\n", twice(21)); return 0; }
C
echo 'int twice(int x) { return 2 * x; } int never_called(void) { return 1; }' >twice.c
cat >ex.cc <<'C'
#include <cstdio>
#include <string>
struct base { virtual ~base() {} virtual int f() = 0; };
struct derived : base { int f() override { return 7; } };
inline int shared_inline(int x) { static int calls; return x + ++calls; }
int main() {
	base *b = new derived;
	try { if (b->f() == 7) throw std::string("thrown"); } catch (std::string &s) { printf("%s %d\n", s.c_str(), shared_inline(1)); }
	delete b;
}
C
ok "compile to intermediate code" cc -flto -c main.c twice.c
ok "link it" cc -flto main.o twice.o -o a.exe
"${top_builddir}/src/objkit" nm a.exe >syms
unlike "whole-program view drops the unused function" "$(cat syms)" never_called
ok "from an archive without plugin" sh -c '"$OBJKIT" ar rcs libt.a twice.o'
ok "a member is found by its intermediate symbols" cc -flto main.o -L. -lt -o b.exe
cc -c twice.c -o native.o
ok "mixed with native code" cc -flto main.o native.o -o c.exe
ok "fat objects" cc -flto -ffat-lto-objects -c twice.c -o fat.o
ok "link a fat object without -flto" cc native.o main.c fat.o -Wl,--allow-multiple-definition -o d.exe
ok "C++ with exceptions" sh -c 'x86_64-w64-mingw32-g++ -B"$1/B/" -O2 -flto -static ex.cc -o e.exe' sh "$T"
if [ -n "$run_win64" ]; then
	for p in a b c d; do is "$p.exe runs" "$(run ./$p.exe)" "42"; done
	is "e.exe runs" "$(run ./e.exe)" "thrown 2"
else
	skip_test "the programs run" "no wine runner"
fi
# -r: the plugin makes intermediate code again, which the last link compiles; or code, when gcc is told so
for o in rel nolto-rel; do
	ok "-r, $o" cxx -flto -r -flinker-output=$o main.o twice.o -o r.o
	is "-r, $o: intermediate code" "$(x86_64-w64-mingw32-objdump -h r.o | grep -c 'gnu\.lto_.*main')" "$([ $o = rel ] && echo 1 || echo 0)"
	ok "-r, $o: linked again" cc -flto r.o -o r.exe
	ok "-r, $o: by GNU ld" x86_64-w64-mingw32-gcc -flto r.o -o g.exe
	if [ -n "$run_win64" ]; then
		is "-r, $o: it runs" "$(run ./r.exe) $(run ./g.exe)" "42 42"
	else
		skip_test "-r, $o: it runs" "no wine runner"
	fi
done
# what only the compiler's output asks for comes too late, unless it is code
printf '#include <string.h>\nstruct s { char c[5000]; } a, b; struct s *volatile p = &a, *volatile q = &b; int main(void) { p->c[9] = 42; *q = *p; return q->c[9]; }\n' >copy.c
printf 'typedef __SIZE_TYPE__ size_t;\nvoid *memcpy(void *d, const void *s, size_t n) { char *p = d; const char *q = s; while (n--) *p++ = *q++; return d; }\n' >mc.c
echo 'void __main(void) {}' >crt.c; cc -c crt.c
ok "a copy without a call" cc -flto -O1 -mstringop-strategy=libcall -c copy.c
for fat in -fno-fat-lto-objects -ffat-lto-objects; do
	ok "$fat" cc -flto $fat -O1 -fno-tree-loop-distribute-patterns -c mc.c
	rm -f libmc.a; "$OBJKIT" ar rcs libmc.a mc.o
	status "memcpy of an archive, $fat" "$([ $fat = -ffat-lto-objects ] && echo 0 || echo 1)" \
		x86_64-w64-mingw32-gcc -B"$T/B/" -O1 -flto -nostdlib -Wl,-e,main copy.o crt.o libmc.a -o mc.exe
done
# LLVM's plugin, which has to be told that the program moves
printf 'int dv = 9;\nint da(int a) { return a + dv; }\nint db(int a) { return da(a) * 2; }\n' >d.c
printf '#include <stdio.h>\nint da(int); extern int dv;\nint main(void) { printf("%%d\\n", da(dv) + 24); return 0; }\n' >dm.c
printf '{ global: da; dv; local: *; };\n' >d.ver
for m in x86_64 i686; do
	for f in -flto -flto=thin; do
		if ! have clang-19 || [ ! -e "$(llvm-config-19 --libdir 2>/dev/null || echo /usr/lib/llvm-19/lib)/LLVMgold.so" ]; then
			skip_test "clang $f, $m" "clang-19 or its plugin is not installed"
			continue
		fi
		c() { clang-19 -target $m-w64-mingw32 -O2 $f --ld-path="$T/B/ld" "$@"; }
		rm -f l.exe d.dll d.a de.exe
		c -c main.c twice.c dm.c d.c 2>/dev/null # --ld-path is for links
		ok "clang $f, $m: a program" c main.o twice.o -o l.exe
		unlike "clang $f, $m: what nobody uses is gone" "$("$OBJKIT" nm l.exe)" never_called
		ok "clang $f, $m: a DLL with a version script" c -shared d.o -Wl,--version-script=d.ver -Wl,--out-implib,d.a -o d.dll
		is "clang $f, $m: exports what it names" "$("$m-w64-mingw32-objdump" -p d.dll | awk '/Ordinal\/Name/,/^$/' | awk '/^\t\[/ {print $NF}' | xargs)" 'da dv'
		ok "clang $f, $m: and a client" c dm.o d.a -o de.exe
		runner=$run_win64; [ $m = x86_64 ] || runner=$run_win32
		if [ -n "$runner" ]; then
			for p in l de; do
				is "clang $f, $m: $p.exe runs" "$(timeout 120 "$runner" ./$p.exe 2>/dev/null | tr -d '\r')" 42
			done
		else
			skip_test "clang $f, $m: they run" "no wine for this machine"
		fi
	done
done
x86_64-w64-mingw32-gcc -O2 -flto -c main.c twice.c # as they were
status "without a plugin: a named error" 1 ld -m i386pep main.o twice.o -o x.exe
like "which says what is needed" "$(cat tap.err)" 'main\.o: .*plugin'
ok "and nothing is written" test ! -e x.exe
echo 'int plain;' | x86_64-w64-mingw32-gcc -x c -c - -o plain.o
status "a plugin that is nowhere" 1 ld -m i386pep -plugin no-such-plugin.so -e 0 plain.o -o x.exe
like "is told though nothing needs it" "$(cat tap.err)" 'cannot load plugin no-such-plugin\.so: .*No such file'
status "a plugin that cannot be loaded" 1 ld -m i386pep -plugin /nonexistent.so main.o -o x.exe
like "is named" "$(cat tap.err)" 'nonexistent\.so'
done_testing
