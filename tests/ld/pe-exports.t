# What a DLL exports when nothing is marked: each name, library and object of the exclusion list; ordinals of .def
# files in any mixture, as GNU ld gives them; and --output-def back into the same DLL.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld llvm-readobj-19 python3

names() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *Name: //p' | sort | tr '\n' ' '; }
table() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *\(Ordinal\|Name\|ForwardedTo\): //p' | tr '\n' ' '; }
# define FILE NAME...: data of these names
define() {
	file=$1; shift
	{ echo ' .data'; for n; do printf ' .globl "%s"\n"%s": .long 0\n' "$n" "$n"; done; } >$file.s
	"$P-as" $file.s -o $file.o
}
for m in x86_64 i686; do
	for_target $m
	hidden='DllMain DllEntryPoint DllMainCRTStartup _pei386_runtime_relocator do_pseudo_reloc _fmode environ impure_ptr
		_impure_ptr __dso_handle _NULL_IMPORT_DESCRIPTOR __imp_x __nm_x _head_x _IMPORT_DESCRIPTOR_x __rtti_x __builtin_x
		__profc_x __profd_x __profvp_x x_iname x_NULL_THUNK_DATA'
	define n $(for n in $hidden good environx Environ; do echo "$U$n"; done) .dot __nm_raw __imp_raw
	ok "$m: names of the compiler's and the run-time library's own" "$OBJKIT" ld -m $emulation -shared -e 0 n.o -o n.dll
	is "$m: are not exported" "$(names n.dll)" 'Environ environx good '
	"$OBJKIT" ld -m $emulation -shared -e 0 n.o -o n.dll --no-default-excludes
	for n in $hidden; do
		case $n in __imp_x) continue ;; esac
		like "$m: --no-default-excludes: $n is" "$(names n.dll)" "(^| )$n "
	done
	unlike "$m: never names of the linker's own" "$(names n.dll)" '\.dot|__imp_|imp_raw'
	# decorated
	if [ $m = i686 ]; then
		define s _DllMain@12 _DllMainCRTStartup@12 _DllEntryPoint@12 _DllEntryPoint@0 _other@4
		"$OBJKIT" ld -m $emulation -shared -e 0 s.o -o s.dll
		is "$m: stdcall names" "$(names s.dll)" 'other@4 '
	fi
	define l "${U}sym"
	for l in libgcc libgcc_s libstdc++ libmingw32 libmingwex libmsvcrt libmsvcrt-os libucrt libucrtbase libsupc++ libobjc libgcj libcygwin \
		libclang_rt.builtins-x86_64 libc++ libc++abi libunwind libFortran libFortranRuntime libstdc++-6 libgcc-12 +libgccx +libmsvcr120 +libgcc_eh \
		+libgcc_s_seh-1 +libother; do
		case $l in +*) want='sym ' ;; *) want= ;; esac
		rm -f lib*.a; ar rc "${l#+}.a" l.o
		"$OBJKIT" ld -m $emulation -shared -e 0 -u ${U}sym "${l#+}.a" -o l.dll
		is "$m: from ${l#+}" "$(names l.dll)" "$want"
		"$OBJKIT" ld -m $emulation -shared -e 0 --whole-archive "${l#+}.a" -o l.dll
		is "$m: all of ${l#+}" "$(names l.dll)" "sym "
	done
	for o in crt0 crt1 crt1u crt2 crt2u dllcrt1 dllcrt2 gcrt0 gcrt1 gcrt2 crtbegin crtend +crtbeginS +crt3; do
		case $o in +*) want='sym ' ;; *) want= ;; esac
		cp l.o "${o#+}.o"
		"$OBJKIT" ld -m $emulation -shared -e 0 "${o#+}.o" -o l.dll
		is "$m: from ${o#+}.o" "$(names l.dll)" "$want"
	done
	# a C++ DLL with the whole run-time library in it
	cat >c.cc <<-'C'
	#include <iostream>
	#include <map>
	#include <string>
	int f(int a) { std::map<std::string, int> m; m["x"] = a; if (a > 9) throw a; std::cout << m["x"]; return 1; }
	C
	"$P-g++" -c c.cc
	for o in '' -static; do
		ok "$m: C++ $o" cxx -shared c.o $o -o c.dll
		"$P-g++" -shared c.o $o -o g.dll
		is "$m: exports what GNU ld exports" "$(names c.dll)" "$(names g.dll)"
	done

	# --output-def and back
	cat >r.s <<-S
	 .globl ${U}f, ${U}g, ${U}v
	 .text
	${U}f: ret
	${U}g: ret
	 .data
	${U}v: .long 0
	 .section .drectve,"yn"
	 .ascii " -export:f -export:g,@7,NONAME -export:alias=g,@9 -export:v,DATA -export:\"with space\"=f -export:p=f,PRIVATE -export:as=f,EXPORTAS,renamed -export:DATA=g -export:fw=kernel32.Sleep"
	S
	"$P-as" r.s -o r.o; sed '/drectve/,$d' r.s >plain.s; "$P-as" plain.s -o plain.o
	ok "$m: --output-def of exports of every kind" "$OBJKIT" ld -m $emulation -shared -e 0 r.o -o r.dll --output-def r.def
	for want in 'f @[0-9]*' 'g @7 NONAME' 'v @[0-9]* DATA' 'alias = g @9' '"with space" = f @[0-9]*' 'p = f @[0-9]* PRIVATE' 'fw = kernel32\.Sleep @[0-9]*'; do
		is "$m: that is: $want" "$(grep -cx " *$want" r.def)" 1
	done
	ok "$m: the .def file makes the DLL" "$OBJKIT" ld -m $emulation -shared -e 0 plain.o r.def -o s.dll --output-def s.def
	is "$m: with the same exports" "$(table s.dll)" "$(table r.dll)"
	is "$m: and the same .def file" "$(sed s/s.dll/r.dll/ s.def)" "$(cat r.def)"
	rm -f g.dll
	ok "$m: GNU ld reads it" "$P-ld" -shared -e 0 plain.o r.def -o g.dll
	is "$m: and makes the same" "$(names g.dll)" "$(names r.dll)"
	unlike "$m: it says no base that nobody asked for" "$(cat r.def)" BASE
	if have llvm-dlltool-19; then
		ok "$m: llvm-dlltool reads it" llvm-dlltool-19 -m "$([ $m = x86_64 ] && echo i386:x86-64 || echo i386)" -d r.def -l r.a
		"$OBJKIT" ld -m $emulation -shared -e 0 r.o -o b.dll --image-base 0x12340000 --output-def b.def
		like "$m: a base that was asked for" "$(cat b.def)" '^LIBRARY "b\.dll" BASE=305397760$'
		ok "$m: llvm-dlltool reads that too" llvm-dlltool-19 -m "$([ $m = x86_64 ] && echo i386:x86-64 || echo i386)" -d b.def -l b.a
		ok "$m: and objkit" "$OBJKIT" ld -m $emulation -shared -e 0 plain.o b.def -o b2.dll
		is "$m: with that base" "$("$P-objdump" -p b2.dll | awk '/^ImageBase/ {print $2}' | sed 's/^0*//')" 12340000
	else
		skip_test "$m: llvm-dlltool reads it" "llvm-dlltool-19 is not installed"
	fi
	printf 'LIBRARY h.dll BASE=0x23450000\nVERSION 3.4\nSTACKSIZE 0x123000,0x2000\nHEAPSIZE 0x9000\nEXPORTS f\n' >h0.def
	"$OBJKIT" ld -m $emulation -shared -e 0 plain.o h0.def -o h.dll --output-def h.def
	rm -f h2.dll; "$OBJKIT" ld -m $emulation -shared -e 0 plain.o h.def -o h2.dll
	same "$m: what a .def file says of the image goes into the next one" h.dll h2.dll
	like "$m: all of it" "$(xargs <h.def)" 'LIBRARY h.dll BASE=591724544 VERSION 3.4 STACKSIZE 1191936,8192 HEAPSIZE 36864,4096 EXPORTS f @1'
	"$OBJKIT" ld -m $emulation -e 0 plain.o -o h.exe --output-def h3.def --export-all-symbols
	unlike "$m: a program that has no name gets none" "$(cat h3.def)" 'NAME|LIBRARY'
	printf 'NAME prog.exe\nEXPORTS g\n' >n.def
	"$OBJKIT" ld -m $emulation -e 0 plain.o n.def -o n.exe --output-def n2.def
	like "$m: one that has keeps it" "$(xargs <n2.def)" 'NAME prog.exe EXPORTS g @1'
	"$P-gcc" -xc -c - -o k.o <<-'C'
	int __attribute__((stdcall)) s(int a) { return a; }
	C
	"$OBJKIT" ld -m $emulation -shared -e 0 k.o -o k.dll --kill-at --output-def k.def
	"$OBJKIT" ld -m $emulation -shared -e 0 k.o k.def -o k2.dll
	is "$m: --kill-at, then its .def file" "$(names k2.dll)" 's '

	# a program that exports, and a library that it loads, which is linked with the program's import library
	printf '#include <windows.h>\n__declspec(dllexport) int host(int a) { return a + 40; }\nint main(void) { return ((int (*)(void))GetProcAddress(LoadLibraryA("plug.dll"), "plug"))(); }\n' >host.c
	ok "$m: a program's import library" cc host.c -o host.exe -Wl,--out-implib,libhost.a
	printf 'int host(int); __declspec(dllexport) int plug(void) { return host(2); }\n' >plug.c
	rm -f plug.dll
	ok "$m: a library linked with it" cc -shared plug.c -o plug.dll -L. -lhost
	like "$m: imports from the program" "$(imports plug.dll)" 'host\.exe'
	runs "$m: which loads it" "" 42 ./host.exe

	# the table that dlltool made
	printf 'LIBRARY d.dll\nEXPORTS\n f @7\n v @9 DATA\n' >d.def; "$P-dlltool" -d d.def -D d.dll -e d.exp
	for o in -shared --dll; do
		ok "$m: $o and a table of dlltool" "$OBJKIT" ld -m $emulation $o -e 0 plain.o d.exp -o d.dll
		"$P-ld" --dll -e 0 plain.o d.exp -o g.dll
		is "$m: $o: it is the only one" "$(table d.dll)" "$(table g.dll)"
		ok "$m: $o: the loader's rules" "$top_srcdir/tests/tools/pecheck" --exact d.dll
	done

	# what is told of wrong ones: file, line, column
	bad() {
		printf "$2" >bad.def; rm -f bad.dll
		status "$m: $1" 1 "$OBJKIT" ld -m $emulation -shared -e 0 plain.o bad.def -o bad.dll
		like "$m: $1: where" "$(cat tap.err)" "$3"
		is "$m: $1: in one line, without an output" "$(wc -l <tap.err) $(ls bad.dll 2>/dev/null)" '1 '
	}
	bad "a name missing behind =" 'EXPORTS\n f\n   g = = 3\n' '^objkit ld: error: bad\.def:3:8: a symbol is expected'
	bad "an ordinal of 0" 'EXPORTS f @0\n' '^objkit ld: error: bad\.def:1:11: an ordinal is a number from 1'
	bad "no name behind ==" 'EXPORTS\n f ==\n' '^objkit ld: error: bad\.def:3: a symbol is expected at the end'
	bad "no name at all" 'EXPORTS\n ""\n' "^objkit ld: error: bad\.def:2:2: an exported name is expected at ''"
	bad "two ordinals" 'EXPORTS f @1 @2\n' '^objkit ld: error: bad\.def:1:14: a second ordinal at .@2'
	bad "one ordinal twice" 'EXPORTS\n g @3\n f @3\n' "bad\.def:2: 'g' is given ordinal 3, which 'f' has \(bad\.def:3\)"
	bad "a name with two" 'EXPORTS\n g @3\n g @4\n' "bad\.def:3: 'g' is exported with two ordinals, 3 \(bad\.def:2\) and 4"
	bad "a forwarder to no number" 'EXPORTS f=a.#x\n' "bad\.def:1: 'f' is forwarded to 'a\.#x': it is DLL\.NAME or DLL\.#ORDINAL"
	bad "a forwarder to nothing" 'EXPORTS f=a.\n' "bad\.def:1: 'f' is forwarded to 'a\.'"
	bad "a base that cannot be" 'LIBRARY x BASE=0x123\n' 'bad\.def: image base 0x123 is not a multiple of 64 KiB'
	bad "a version in words" 'VERSION x.y\nEXPORTS f\n' '^objkit ld: error: bad\.def:1:9: a version MAJOR\.MINOR'
	bad "a size in words" 'STACKSIZE lots\n' '^objkit ld: error: bad\.def:1:11: a number is expected'
	bad "access of no kind" 'CODE FOO\n' '^objkit ld: error: bad\.def:1:6: READ, WRITE'
	bad "no description" 'DESCRIPTION\nEXPORTS f\n' '^objkit ld: error: bad\.def:2:1: a description is expected'
	[ $m = x86_64 ] || bad "a stack of over 4 GiB" 'STACKSIZE 0x100000000\n' 'bad\.def: a stack or a heap of more than 4 GiB'
	printf 'DESCRIPTION "a test" EXPORTS f @0x10 g @010 v @12 fw=kernel32.#17\n' >o.def
	rm -f g.dll
	ok "$m: ordinals of other bases, and a forwarder by number" "$OBJKIT" ld -m $emulation -shared -e 0 plain.o o.def -o o.dll
	sed 's/fw=.*//' o.def >og.def; "$P-ld" -shared -e 0 plain.o og.def -o g.dll
	like "$m: as GNU ld reads them" "$(table o.dll)" '(^| )8 g .*12 v .*16 f'
	is "$m: as GNU ld reads them, by GNU ld" "$(table g.dll | xargs)" '8 g 9 10 11 12 v 13 14 15 16 f'
	bad "a version script" 'VERS_1 {\n global: f; };\n' '^objkit ld: error: bad\.def:1:1: this looks like a version script'
	bad "one without a name" '\n { global: f; };\n' '^objkit ld: error: bad\.def:2:2: this looks like a version script'
done

# forty .def files: names with and without ordinals, NONAME
for_target x86_64
printf 'int f, g, h, i, j, k, l;\n' >d.c; "$P-gcc" -c d.c
cat >random.py <<'P'
import random, sys
random.seed(int(sys.argv[1]))
used, lines = set(), ['EXPORTS']
for x in random.sample('fghijkl', random.randint(1, 7)):
    o, v = '', random.choice([1, 2, 3, 4, 5, 8, 9, 20, 100, 65535])
    if random.random() < .6 and v not in used:
        used.add(v)
        o = f' @{v}' + (' NONAME' if random.random() < .2 else '')
    lines.append(f'  {x}{o} DATA')
print('\n'.join(lines))
P
differ=
for n in $(seq 40); do
	python3 random.py $n >r.def
	rm -f r.dll g.dll
	"$P-ld" -shared -e 0 d.o r.def -o g.dll 2>/dev/null || diag "GNU ld refuses $n"
	"$OBJKIT" ld -m i386pep -shared -e 0 d.o r.def -o r.dll && [ "$(table r.dll)" = "$(table g.dll)" ] || differ="$differ $n"
done
is "ordinals of forty .def files are GNU ld's" "$differ" ''
done_testing
