# Names and tables: --wrap, --defsym, stdcall, import libraries of both formats, resources, build ids,
# the map file, TLS, version and response files.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19

for m in x86_64 i686; do
	for_target $m
	cat >w.c <<C
#include <stdio.h>
int __real_puts(const char *s);
int __wrap_puts(const char *s) { printf("wrapped "); return __real_puts(s); }
int target = 77;
extern int alias __asm__("${U}alias"), number __asm__("${U}number");
__thread int tv = 5;
int main(void) { puts("x"); printf("%d %x\n", alias, (int)(size_t)&number); return tv; }
C
	ok "$m: --wrap, --defsym" cc -fno-builtin w.c -o w.exe -Wl,--wrap,puts -Wl,--defsym,${U}alias=${U}target \
		-Wl,--defsym,${U}number=0x1234 -Wl,-Map,w.map
	runs "$m: they act" "wrapped x
77 1234" 5 ./w.exe
	like "$m: the map has sections, files and symbols" "$(tr -s ' \n' ' ' <w.map)" "\.text 0x[0-9a-f]+ 0x[0-9a-f]+ [^ ]*\.o .*main"
	like "$m: TLS directory with an alignment" "$(llvm-readobj-19 --coff-tls-directory w.exe)" 'IMAGE_SCN_ALIGN_(4|8|16)BYTES'
	status "$m: --require-defined" 1 cc w.c -o r.exe -Wl,--require-defined,nowhere

	# one descriptor per DLL from long and short import libraries together
	echo 'int f(void) { return 1; } int g(void) { return 2; } int v = 3;' >d.c
	printf '#include <stdio.h>\nint f(void), g(void); extern __declspec(dllimport) int v;\nint main(void) { printf("%%d\\n", f() + g() + v); return 0; }\n' >c.c
	for f in long short; do
		ok "$m: $f import library" cc -shared d.c -o d.dll -Wl,--out-implib,libd-$f.a -Xlinker --implib-format=$f
		ok "$m: link with it" cc c.c -L. -l:libd-$f.a -o c-$f.exe
		runs "$m: it runs" 6 0 ./c-$f.exe
		gcc_gnu c.c -L. -l:libd-$f.a -o g-$f.exe
		runs "$m: GNU ld's program with it runs" 6 0 ./g-$f.exe
	done
	printf 'LIBRARY d.dll\nEXPORTS\n g\n' >g.def && "$P-dlltool" -d g.def -l libg.a
	ok "$m: long, short and dlltool's together" cc c.c -L. -l:libg.a -l:libd-short.a -l:libd-long.a -o mix.exe
	is "$m: one descriptor for the DLL" "$("$P-objdump" -p mix.exe | grep -c 'DLL Name: d.dll')" 1
	runs "$m: it runs" 6 0 ./mix.exe

	printf 'STRINGTABLE { 1 "one" }\n100 RCDATA { "hello" }\n' >r1.rc
	printf 'STRINGTABLE { 2 "two" }\n101 RCDATA { "world\\0" }\n' >r2.rc
	printf '100 RCDATA { "other" }\n' >r3.rc
	for i in 1 2 3; do "$P-windres" r$i.rc r$i.o; done
	"$P-windres" -O res r2.rc r2.res
	cat >rc.c <<'C'
#include <windows.h>
#include <stdio.h>
int main(void) {
	char b[32];
	LoadStringA(NULL, 1, b, 32); printf("%s ", b);
	LoadStringA(NULL, 2, b, 32); printf("%s ", b);
	printf("%s\n", (char *)LockResource(LoadResource(NULL, FindResourceA(NULL, MAKEINTRESOURCE(101), RT_RCDATA))));
	return 0;
}
C
	ok "$m: resources of an object and a .res file" cc rc.c r1.o r2.res -o rc.exe
	runs "$m: both are there" "one two world" 0 ./rc.exe
	status "$m: one resource twice" 1 cc rc.c r1.o r3.o -o rc3.exe
	like "$m: both files are named" "$(cat tap.err)" 'r3.o.*r1.o'

	ok "$m: --build-id" cc w.c -fno-builtin -o b.exe -Wl,--wrap,puts -Wl,--defsym,${U}alias=${U}target -Wl,--defsym,${U}number=1 -Wl,--build-id
	like "$m: a CodeView record" "$(llvm-readobj-19 --coff-debug-directory b.exe)" 'PDBFileName: b.exe'
	unlike "$m: with an id" "$(llvm-readobj-19 --coff-debug-directory b.exe)" 'PDBGUID: .00000000-0000'
	like "$m: it says that it is reproducible" "$(llvm-readobj-19 --coff-debug-directory b.exe)" 'Type: Repro'
	ok "$m: --build-id with a time stamp" cc w.c -fno-builtin -o bt.exe -Wl,--wrap,puts -Wl,--defsym,${U}alias=${U}target -Wl,--defsym,${U}number=1 -Wl,--build-id,--insert-timestamp
	unlike "$m: is not" "$(llvm-readobj-19 --coff-debug-directory bt.exe)" 'Type: Repro'

	# __imp_ of something that is defined here
	printf 'extern int (*imp)(void) __asm__("__imp_%sl"); int l(void) { return 4; } int main(void) { return imp(); }\n' "$U" >imp.c
	ok "$m: __imp_ of a local definition" cc imp.c -o imp.exe
	runs "$m: it runs" "" 4 ./imp.exe
	printf '__declspec(dllimport) int l(void); int again(void) { return l(); }\n' >imp2.c
	ok "$m: asked for by two objects" cc imp.c imp2.c -o imp.exe
	is "$m: one warning" "$(grep -c 'warning: _*l is defined here, but __imp__*l asks for it' tap.err)" 1
	status "$m: GNU ld refuses it" 1 gcc_gnu imp.c imp2.c -o gimp.exe
	printf 'extern int *imp __asm__("__imp_%sl"); int l __attribute__((common)); int main(void) { *imp = 8; return l; }\n' "$U" >impc.c
	ok "$m: __imp_ of a local common variable" cc impc.c -o impc.exe
	runs "$m: it runs" "" 8 ./impc.exe
	# a DLL is known by the name that it has inside
	printf 'int l(void) { return 4; }\n' >in.c; printf 'int l(void); int main(void) { return l(); }\n' >ml.c
	printf 'LIBRARY inside.dll\nEXPORTS\n l\n' >in.def
	cc -shared in.c in.def -o outside.dll; cc ml.c outside.dll -o ml.exe
	is "$m: a DLL under another file name" "$("$P-objdump" -p ml.exe | sed -n 's/.*DLL Name: \(.*side.dll\)/\1/p')" inside.dll
	status "$m: objects of the wrong machine are refused" 1 "$OBJKIT" ld -m $emulation -o x.exe "$(for o in x86_64 i686; do [ $o = $m ] || echo /usr/$o-w64-mingw32/lib/crt2.o; done)"
done
for_target i686
echo 'int __attribute__((stdcall)) foo(int a, int b) { return a * b; } int bar(void) { return 5; }' >s.c
echo 'int foo(int, int); int __attribute__((stdcall)) bar(int); int main(void) { return bar(1); }' >sm.c
ok "stdcall: _bar@4 finds _bar" cc s.c sm.c -o s.exe
like "with a warning" "$(cat tap.err)" 'warning: resolving _bar@4 by linking to _bar'
runs "it runs" '' 5 ./s.exe
ok "--enable-stdcall-fixup" cc s.c sm.c -o s.exe -Wl,--enable-stdcall-fixup
is "is silent" "$(cat tap.err)" ''
printf 'int foo(int, int) __asm__("_foo"); int (*volatile p)(int, int) = foo; int main(void) { int r; void *s, *e; __asm__ volatile("movl %%%%esp, %%0" : "=r"(s)); r = p != 0; __asm__ volatile("movl %%%%esp, %%0" : "=r"(e)); return r + (s == e); }\n' >so.c
ok "_foo finds _foo@8" cc s.c so.c -o so.exe
like "with a warning, GNU ld's" "$(cat tap.err)" "$(gcc_gnu s.c so.c -o sg.exe 2>&1 | sed -n 's/.*\(warning: resolving _foo .*\)/\1/p')"
like "which says so" "$(cat tap.err)" 'warning: resolving _foo by linking to _foo@8'
runs "it runs" '' 2 ./so.exe
runs "as GNU ld's does" '' 2 ./sg.exe
status "not with --disable-stdcall-fixup" 1 cc s.c sm.c -o s.exe -Wl,--disable-stdcall-fixup
printf ' .globl _mainCRTStartup, _foo\n_mainCRTStartup: call "_foo@8x"\n_foo: ret\n' >odd.s; "$P-as" odd.s -o odd.o
status "nor if what follows @ is no number" 1 "$OBJKIT" ld -m $emulation odd.o -o odd.exe
ok "--kill-at" cc -shared s.c -o k.dll -Wl,--kill-at
like "exports without @N" "$(llvm-readobj-19 --coff-exports k.dll | grep Name:)" 'Name: foo$'
# the name without @N is a DLL's: its import, thunk or cell
for d in '' '__declspec(dllimport) '; do
	printf '%sint __attribute__((stdcall)) foo(int, int);\nint main(void) { return foo(2, 3); }\n' "$d" >km.c
	ok "${d}_foo@8 finds foo of a DLL" cc km.c k.dll -o km.exe
	like "with a warning" "$(cat tap.err)" 'warning: resolving [_a-z]*foo@8 by linking to [_a-z]*foo '
	runs "it runs" '' 6 ./km.exe
done
cat >ka.c <<'C'
__asm__(".section .drectve\n.ascii \" -alternatename:_nobody=_bar\"\n.text");
int nobody(void);
int main(void) { return nobody(); }
C
ok "alternatename: a DLL's function" cc ka.c k.dll -o ka.exe
runs "it runs" '' 5 ./ka.exe
done_testing
