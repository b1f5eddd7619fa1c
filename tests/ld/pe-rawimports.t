# Import tables that no import library's pattern fits: written by hand, beside libraries, in dlltool's delay
# libraries. And two libraries that offer one name.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld llvm-dlltool-19 python3

checked() { is "$1" "$(python3 "$top_srcdir/tests/tools/pecheck" "$2" 2>&1)" ''; }
# table FILE DLL SYMBOL: an object that imports one function by its own tables
table() {
	case $m in x86_64) thunk='.rva 1f; .long 0' end='.quad 0' ;; *) thunk='.rva 1f' end='.long 0' ;; esac
	cat >"$1.s" <<-S
	 .section .idata\$2,"dw"
	 .rva 2f
	 .long 0, 0
	 .rva 3f, 4f
	 .section .idata\$4,"dw"
	2: $thunk
	 $end
	 .section .idata\$5,"dw"
	 .globl __imp_$U$3
	4:
	__imp_$U$3: $thunk
	 $end
	 .section .idata\$6,"dw"
	1: .short 0
	 .asciz "$3"
	 .section .idata\$7,"dw"
	3: .asciz "$2"
	S
	"$P-as" "$1.s" -o "$1.o"
}
for m in x86_64 i686; do
	for_target $m
	case $m in x86_64) mach=i386:x86-64 ;; *) mach=i386 ;; esac
	table one d.dll f; table two e.dll g
	printf '__declspec(dllexport) int f(void) { return 1; }\n' >d.c; printf '__declspec(dllexport) int g(void) { return 2; }\n__declspec(dllexport) int h(void) { return 4; }\n' >e.c
	cc -shared d.c -o d.dll; cc -shared e.c -o e.dll -Wl,--out-implib,e.a
	printf '__declspec(dllimport) int f(void), g(void);\nint start(void) { return f() * 10 + g(); }\n' >u.c; "$P-gcc" -c u.c
	ok "$m: two tables written by hand, and nothing else" "$OBJKIT" ld -m $emulation -e ${U}start u.o one.o two.o -o raw.exe
	linked_by_us "$m: objkit linked it" raw.exe
	runs "$m: it runs" '' 12 ./raw.exe
	checked "$m: the loader's rules" raw.exe
	is "$m: two descriptors" "$("$P-objdump" -p raw.exe | grep -c 'DLL Name')" 2
	"$P-ld" -e ${U}start u.o one.o two.o -o raw-gnu.exe && runs "$m: as GNU ld's" '' 12 ./raw-gnu.exe
	printf '__declspec(dllimport) int f(void), g(void), h(void);\n#include <stdio.h>\nint main(void) { printf("%%d\\n", f() * 100 + g() * 10 + h()); return 3; }\n' >c.c
	ok "$m: beside an import library of the same DLL and the C run-time library" cc c.c one.o two.o e.a -o mix.exe
	runs "$m: it runs" 124 3 ./mix.exe
	checked "$m: the loader's rules" mix.exe
	sed 's/\.rva 3f, 4f/.rva 3f, 4f\n .long 0/' one.s >odd.s; "$P-as" odd.s -o odd.o
	status "$m: a descriptor of another size" 1 "$OBJKIT" ld -m $emulation -e ${U}start u.o odd.o two.o -o odd.exe
	like "$m: is refused" "$(cat tap.err)" 'odd\.o: \.idata\$2\+0x0: size 24 is not a multiple of 20'

	# the parts of a long library by their names
	printf ' .globl %sstart\n%sstart: ret\n .data\n .rva %s_head_e_a, %se_a_iname\n .rva __imp_%sg\n' "$U" "$U" "$U" "$U" "$U" >p.s
	"$P-as" p.s -o p.o
	printf 'LIBRARY e.dll\nEXPORTS\n g\n h\n' >e.def; "$P-dlltool" -d e.def -l e.a
	sed -i "s/${U}_head_e_a, ${U}e_a_iname/$("$P-nm" e.a | sed -n 's/.* I \(.*_head_.*\)/\1/p' | head -n 1), $("$P-nm" e.a | sed -n 's/.* I \(.*_iname\)/\1/p' | head -n 1)/" p.s
	"$P-as" p.s -o p.o
	ok "$m: an object that names a library's first and last member" "$OBJKIT" ld -m $emulation -e ${U}start p.o e.a -o p.exe
	python3 - p.exe >parts <<-'P'
	import struct, sys
	b = open(sys.argv[1], 'rb').read()
	pe = struct.unpack_from('<I', b, 60)[0]
	n, oh = struct.unpack_from('<H', b, pe + 6)[0], struct.unpack_from('<H', b, pe + 20)[0]
	secs = [struct.unpack_from('<8sIIII', b, pe + 24 + oh + 40 * i) for i in range(n)]
	def at(rva):
	    s = next(s for s in secs if s[2] <= rva < s[2] + s[1])
	    return rva - s[2] + s[4]
	data = next(s for s in secs if s[0].startswith(b'.data'))
	head, name, slot = struct.unpack_from('<III', b, data[4])
	d = struct.unpack_from('<IIIII', b, at(head))
	text = b[at(name):b.index(b'\0', at(name))].decode()
	print(text, d[3] == name, d[4] == slot)
	P
	is "$m: gets the DLL's name and descriptor" "$(cat parts)" 'e.dll True True'

	# dlltool's own delay libraries
	printf 'LIBRARY d.dll\nEXPORTS\n f\n' >d.def
	"$P-dlltool" -d d.def -D d.dll -y delay.a
	printf '__declspec(dllimport) int f(void);\n#include <stdio.h>\nint main(int argc, char **argv) { (void)argv; return argc > 1 ? 9 : f() + f() * 10; }\n' >l.c
	ok "$m: a delay library of dlltool" cc l.c delay.a -o delay.exe
	runs "$m: it runs" '' 11 ./delay.exe
	mv d.dll away.dll
	runs "$m: without the DLL as long as nothing is called" '' 9 ./delay.exe x
	mv away.dll d.dll

	# one name in two libraries
	for d in a b; do printf 'LIBRARY %s.dll\nEXPORTS\n same\n' $d >$d.def; llvm-dlltool-19 -m $mach -d $d.def -l $d-short.a; "$P-dlltool" -d $d.def -l $d-long.a; done
	printf 'int same(void);\nint start(void) { return same(); }\n' >s.c; "$P-gcc" -c s.c
	for f in short long; do
		ok "$m: $f: one name in two libraries, all of both" "$OBJKIT" ld -m $emulation -t -e ${U}start s.o --whole-archive a-$f.a b-$f.a -o same.exe
		is "$m: $f: the first has it" "$("$P-objdump" -p same.exe | sed -n 's/.*DLL Name: //p' | tr '\n' ' ')" 'a.dll '
		like "$m: $f: --trace tells" "$(cat tap.err)" "note: b-$f\.a\(.*\): '_?same' is taken from a-$f\.a"
	done
done
done_testing
