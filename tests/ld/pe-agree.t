# Options that meet each other: what is exported, under which name, into which import library, and what the header
# says of it, as GNU ld has it.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld i686-w64-mingw32-ld llvm-readobj-19

exported() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *\(Ordinal\|Name\|ForwardedTo\): //p' | xargs; }
slots() { "$P-nm" "$1" 2>/dev/null | awk '$2 ~ /[TI]/ && !/_iname|_head_|NULL_IMPORT/ {print $2, $3}' | sort -u | xargs; }
header() { "$P-objdump" -p "$1" | awk '/^(Characteristics|ImageBase|DllChar|SizeOf(Stack|Heap)|M(aj|in)orImage)/ {print $1, $2}' | xargs; }
# both OPTIONS...: o/x.dll with objkit, g/x.dll with GNU ld, import libraries beside them
both() {
	rm -rf o g; mkdir o g
	(cd o && "$OBJKIT" ld -m $emulation "$@" -o x.dll --out-implib x.a 2>msg) || { fail "$m: $*"; return; }
	(cd g && "$P-ld" "$@" -o x.dll --out-implib x.a 2>msg) || fail "$m: GNU ld: $*"
}
for m in x86_64 i686; do
	for_target $m
	cat >a.c <<-'C'
	int cf(int a) { return a + 1; }
	int __attribute__((stdcall)) sf(int a, int b) { return a + b; }
	int data1 = 7;
	C
	printf 'int bf(int a) { return a + 300; }\nint bdata = 70;\n' >b.c
	printf '__declspec(dllexport) int xf(int a) { return a + 30; }\n__declspec(dllexport) int __attribute__((stdcall)) xs(int a) { return a; }\n' >x.c
	printf 'int lf(int a) { return a + 2; }\n' >l.c; printf 'int lf(int); int uses(void) { return lf(1); }\n' >u.c
	printf 'int __attribute__((stdcall)) DllMainCRTStartup(void *h, unsigned r, void *p) { return 1; }\n' >m.c
	for f in a b x l u m; do "$P-gcc" -O1 -fno-asynchronous-unwind-tables -c $f.c; done
	"$P-gcc" -g -c l.c -o lg.o; rm -f libl.a; ar rc libl.a l.o
	E="-shared -e ${U}DllMainCRTStartup"; [ $m = x86_64 ] || E=$E@12

	# which symbols
	printf 'EXPORTS\n other = cf\n data1 @5 NONAME\n' >alias.def
	printf 'LIBRARY lib\n' >lib.def; printf 'LIBRARY lib\nEXPORTS cf\n' >lib2.def; printf 'EXPORTS xf PRIVATE\n' >priv.def
	printf 'EXPORTS\n cf @7 == aaa\n bf\n data1 DATA == zzz\n fw = kernel32.Sleep == bbb\n' >its.def
	for o in '../a.o ../x.o' '../a.o ../x.o --export-all-symbols --exclude-all-symbols' '../a.o ../alias.def --export-all-symbols' \
		'../a.o ../b.o --exclude-modules-for-implib ../b.o' '../a.o ../u.o ../libl.a --exclude-modules-for-implib l.o,../a.o' \
		'../a.o ../b.o ../x.o --exclude-modules-for-implib b.o --export-all-symbols' '../a.o ../lib.def' '../a.o ../b.o ../lib2.def' \
		'../x.o ../priv.def' '../x.o ../priv.def --compat-implib' '../a.o ../b.o ../its.def' \
		'../a.o ../u.o ../libl.a --exclude-libs all' '../a.o ../u.o ../libl.a --exclude-libs libl' '../a.o ../u.o ../libl.a --exclude-libs libm:libl.a' \
		'../x.o --add-stdcall-alias' '../x.o --add-stdcall-alias --exclude-symbols xs' '../x.o ../a.o --exclude-symbols cf:xf --export-all-symbols'; do
		both $E ../m.o $o
		is "$m: $o: exports" "$(exported o/x.dll)" "$(exported g/x.dll)"
		is "$m: $o: import library" "$(slots o/x.a)" "$(slots g/x.a)"
		is "$m: $o: header" "$(header o/x.dll)" "$(header g/x.dll)"
	done
	"$OBJKIT" ld -m $emulation $E m.o a.o b.o -o mod.dll --exclude-modules-for-implib b.o --out-implib libmod.a
	like "$m: a module is a member of the import library" "$(ar t libmod.a)" '^b\.o$'
	"$OBJKIT" ld -m $emulation $E m.o a.o b.o -o mod.dll --exclude-modules-for-implib b.o --out-implib libmods.a --implib-format=short
	printf '#include <stdio.h>\n__declspec(dllimport) int cf(int); int bf(int); int main(void) { printf("%%d %%d\\n", cf(1), bf(1)); return 0; }\n' >c.c
	for l in libmod libmods; do
		ok "$m: a client of $l.a" cc c.c $l.a -o c.exe
		runs "$m: has the module in itself" '2 301' 0 ./c.exe
	done
	unlike "$m: and imports nothing of it" "$(imports c.exe)" '\bbf\b'

	# names: the DLL's own, with "=="; what --kill-at leaves
	"$OBJKIT" ld -m $emulation $E m.o a.o b.o its.def -o its.dll --out-implib libits.a --output-def out.def
	is "$m: sorted as the loader searches" "$(llvm-readobj-19 --coff-exports its.dll | sed -n 's/ *Name: //p' | sort | xargs)" 'aaa bbb bf zzz'
	is "$m: nothing wrong with it" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact its.dll)" ''
	like "$m: --output-def keeps them" "$(cat out.def)" ' cf @7 == aaa$'
	printf '#include <stdio.h>\n__declspec(dllimport) int cf(int), bf(int); extern __declspec(dllimport) int data1; int main(void) { printf("%%d %%d %%d\\n", cf(1), bf(1), data1); return 0; }\n' >i.c
	ok "$m: a client asks for the library's names" cc i.c libits.a -o i.exe
	runs "$m: and gets the DLL's" '2 301 7' 0 ./i.exe
	printf 'EXPORTS\n ali = cf\n sf%s\n' "$([ $m = x86_64 ] || echo @8)" >k.def
	"$OBJKIT" ld -m $emulation $E m.o a.o k.def -o k.dll --kill-at --out-implib libk.a
	is "$m: --kill-at: aliases keep their names in the import library" "$(slots libk.a)" \
		"I __imp_${U}ali I __imp_${U}sf$([ $m = x86_64 ] || echo @8) T ${U}ali T ${U}sf$([ $m = x86_64 ] || echo @8)"

	# what the header says
	"$OBJKIT" ld -m $emulation m.o a.o lib2.def -o x.exe -e 0; "$P-ld" m.o a.o lib2.def -o g.exe -e 0
	is "$m: LIBRARY makes a DLL" "$(header x.exe | cut -d' ' -f1-4)" "$(header g.exe | cut -d' ' -f1-4)"
	both $E ../m.o ../lg.o;    is "$m: debugging information is not stripped" "$(header o/x.dll)" "$(header g/x.dll)"
	both $E ../m.o ../lg.o -S; is "$m: or is" "$(header o/x.dll)" "$(header g/x.dll)"
	printf 'LIBRARY n BASE=0x12340000\nSTACKSIZE 0x500000,0x4000\nHEAPSIZE 0x600000,0x5000\nEXPORTS cf\n' >s.def
	for o in '' '--stack 0x300000' '--heap 0x300000,0x3000'; do
		both $E ../m.o ../a.o ../s.def $o
		is "$m: a .def file and ${o:-no option}" "$(header o/x.dll)" "$(header g/x.dll)"
	done
	"$OBJKIT" ld -m $emulation $E m.o a.o s.def --image-base 0x20000000 -o v.dll
	like "$m: the command line has the last word of the base too (GNU ld: the .def file)" "$(header v.dll)" 'ImageBase 0*20000000 '
	printf 'VERSION 3.4\nEXPORTS cf\n' >v.def
	"$OBJKIT" ld -m $emulation $E m.o a.o v.def --minor-image-version 9 -o v.dll
	like "$m: VERSION, and the command line's last word" "$(header v.dll)" 'MajorImageVersion 3 MinorImageVersion 9'
	for o in '--disable-dynamicbase --dynamicbase' '--dynamicbase --disable-dynamicbase' '--disable-reloc-section --dynamicbase' '--enable-reloc-section' \
		'--dynamicbase --disable-dynamicbase --enable-reloc-section' "$([ $m = i686 ] || echo '--disable-dynamicbase --high-entropy-va')" \
		"$([ $m = i686 ] || echo '--disable-high-entropy-va --dynamicbase')" "$([ $m = i686 ] || echo '--disable-reloc-section --high-entropy-va')"; do
		both $E ../m.o ../a.o $o
		is "$m: ${o:-no option}" "$(header o/x.dll)" "$(header g/x.dll)"
	done
	for n in out.dll libout-1.dll x.dll; do
		"$OBJKIT" ld -m $emulation $E m.o a.o --enable-auto-image-base -o $n; header $n >o.txt
		"$P-ld" $E m.o a.o --enable-auto-image-base -o $n
		is "$m: --enable-auto-image-base: $n" "$(cat o.txt)" "$(header $n)"
	done
	[ $m = x86_64 ] && continue
	both $E ../m.o ../a.o --enable-auto-image-base=0x50000000
	is "from an address up" "$(header o/x.dll)" "$(header g/x.dll)"
done

# a .def file with i386's names serves 64 bits too
for_target x86_64; m=x86_64
printf 'EXPORTS\n sf@8\n cf\n' >std.def
both -shared -e 0 ../a.o ../std.def
is "sf@8 is sf" "$(exported o/x.dll)" "$(exported g/x.dll)"
status "unless stdcall names are not wanted" 1 "$OBJKIT" ld -m i386pep -shared -e 0 a.o std.def -o no.dll --disable-stdcall-fixup
like "which is said" "$(cat tap.err)" "std.def:2: exported symbol 'sf@8' is not defined"
done_testing
