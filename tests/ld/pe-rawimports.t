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

	# the same under scripts: GNU ld's own, and some that want the tables elsewhere or nowhere
	"$P-ld" --verbose | sed '1,/====/d;/====/,$d' >gnu.x
	sed '/^  .idata/,/^  }/d' gnu.x >none.x
	sed 's/KEEP (SORT(\*)(.idata$2))/*(.idata*)/' gnu.x >star.x
	awk '/^  \.idata/ { i = 1 } i && /idata\$2/ { next } { print } i && /SORT.*idata\$7/ { i = 0
		print "LONG(7) KEEP (*(.idata$2)) LONG(0) LONG(0) LONG(0) LONG(0) LONG(0)" }' gnu.x >late.x
	sed 's/^    \*(.rdata)/*(.rdata) SORT(*)(.idata$2) SORT(*)(.idata$4) SORT(*)(.idata$5) SORT(*)(.idata$6) SORT(*)(.idata$7)/' none.x >rdata.x
	for x in gnu none star late rdata; do
		ok "$m: script $x" cc c.c one.o two.o e.a -Wl,-T,$x.x -o $x.exe
		runs "$m: script $x: it runs" 124 3 ./$x.exe
		checked "$m: script $x: the loader's rules" $x.exe
		is "$m: script $x: the tables end once" "$("$P-objdump" -p $x.exe | sed -n 's/.*DLL Name: //p' | head -n 3 | tr '\n' ' ')" 'd.dll e.dll e.dll '
		like "$m: script $x: the directory holds all descriptors and one null" "$("$P-objdump" -p $x.exe)" 'Entry 1 [0-9a-f]+ 00000078 Import'
	done
	is "$m: script rdata: no .idata" "$("$P-objdump" -h rdata.exe | grep -c ' \.idata')" 0
	status "$m: a descriptor of another size, by a script" 1 "$OBJKIT" ld -m $emulation -T gnu.x -e ${U}start u.o odd.o two.o -o odd.exe
	like "$m: is refused" "$(cat tap.err)" 'odd\.o: \.idata\$2\+0x0: size 24 is not a multiple of 20'

	# Microsoft's long format: the head holds the name, entries ask for it by name only
	case $m in x86_64) high='.long 0' null='.quad 0' rip='(%rip)' ;; *) high= null='.long 0' rip= ;; esac
	mkdir -p ms
	"$P-as" -o ms/head.o <<-S
	 .globl __IMPORT_DESCRIPTOR_e
	 .section .idata\$2,"dw"
	__IMPORT_DESCRIPTOR_e: .rva 1f
	 .long 0, 0
	 .rva 3f, 2f
	 .section .idata\$6,"dw"
	3: .asciz "e.dll"
	 .section .idata\$4,"dw"
	1:
	 .section .idata\$5,"dw"
	2:
	S
	printf ' .globl __NULL_IMPORT_DESCRIPTOR\n .section .idata$3,"dw"\n__NULL_IMPORT_DESCRIPTOR: .zero 20\n' | "$P-as" -o ms/null.o
	printf ' .section .idata$4,"dw"\n %s\n .globl end_thunk\n .section .idata$5,"dw"\nend_thunk: %s\n' "$null" "$null" | "$P-as" -o ms/thunk.o
	for f in g h; do
		"$P-as" -o ms/$f.o <<-S
		 .globl $U$f, __imp_$U$f
		 .set ask, __IMPORT_DESCRIPTOR_e
		 .text
		$U$f: jmp *__imp_$U$f$rip
		 .section .idata\$5,"dw"
		__imp_$U$f: .rva 1f
		 $high
		 .section .idata\$4,"dw"
		 .rva 1f
		 $high
		 .section .idata\$6,"dw"
		1: .short 0
		 .asciz "$f"
		S
	done
	rm -f ms.a; "$P-ar" rcs ms.a ms/*.o
	printf 'int g(void), h(void);\n#include <stdio.h>\nint main(void) { printf("%%d\\n", g() * 10 + h()); return 3; }\n' >gh.c
	for s in '' -Wl,-T,gnu.x; do
		ok "$m: Microsoft's long format${s:+, by a script}" cc gh.c ms.a e.a $s -o ms.exe
		runs "$m: it runs" 24 3 ./ms.exe
		checked "$m: the loader's rules" ms.exe
		is "$m: one descriptor" "$("$P-objdump" -p ms.exe | grep -c 'DLL Name: e')" 1
	done
	like "$m: imports names the DLL" "$(imports ms.a | tr -s '\n ' '  ')" ': pe-[^ ]* e\.dll 0 g .*0 h'

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
