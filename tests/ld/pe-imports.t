# Import libraries of every make, alone and together: one descriptor for each DLL, exact directories, programs
# that run where GNU ld's or ld.lld's do not.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19 ld.lld-19 llvm-dlltool-19 python3

descriptors() { "$P-objdump" -p "$1" | grep 'DLL Name:' | awk '{print tolower($3)}' | sort | tr '\n' ' '; }
checked() { is "$1" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact "$2" 2>&1)" ''; }
for m in x86_64 i686; do
	for_target $m
	case $m in x86_64) mach=i386:x86-64 at= ;; *) mach=i386 at=@4 ;; esac
	# no C runtime: one call of a DLL
	printf 'void __attribute__((stdcall)) ExitProcess(unsigned);\nint start(void) { ExitProcess(42); return 0; }\n' >n.c
	"$P-gcc" -c n.c
	printf 'LIBRARY kernel32.dll\nEXPORTS\n ExitProcess%s\n' "$at" >k.def
	llvm-dlltool-19 -m $mach -k -d k.def -l libshort.a
	"$P-dlltool" -k -d k.def -l liblong.a
	for f in short long; do
		ok "$m: bare program, $f import library" "$OBJKIT" ld -m $emulation -e ${U}start n.o lib$f.a -o bare-$f.exe
		linked_by_us "$m: $f: objkit linked it" bare-$f.exe
		is "$m: $f: one descriptor" "$(descriptors bare-$f.exe)" "kernel32.dll "
		runs "$m: $f: it runs" '' 42 ./bare-$f.exe
		checked "$m: $f: headers and directories" bare-$f.exe
	done
	w=$([ $m = x86_64 ] && echo 8 || echo 4)
	like "$m: the import directory is the descriptors alone" "$("$P-objdump" -p bare-long.exe)" '^Entry 1 [0-9a-f]+ 00000028'
	like "$m: the address table too" "$("$P-objdump" -p bare-long.exe)" "^Entry c [0-9a-f]+ 000000$(printf %02x $((2 * w)))"
	is "$m: it begins on its own boundary" "$("$P-objdump" -p bare-long.exe | awk '/^Entry c/ {print substr($3, length($3))}' | tr -d "$([ $m = x86_64 ] && echo 08 || echo 048c)")" ""

	# two libraries for one DLL, and one for another
	printf '__declspec(dllexport) int f(void) { return 1; } __declspec(dllexport) int g(void) { return 2; }\n' >d.c
	printf '__declspec(dllexport) int h(void) { return 4; }\n' >e.c
	ok "$m: DLLs" cc -shared d.c -o d.dll && cc -shared e.c -o e.dll
	for s in f g; do printf 'LIBRARY d.dll\nEXPORTS\n %s\n' $s >$s.def; done
	printf 'LIBRARY e.dll\nEXPORTS\n h\n' >h.def
	for s in f g h; do
		llvm-dlltool-19 -m $mach -d $s.def -l short-$s.a; "$P-dlltool" -d $s.def -l long-$s.a
	done
	printf 'int f(void), g(void), h(void); int main(void) { return f() + g() + h(); }\n' >c.c
	for mix in "short-f short-g short-h" "short-f long-g short-h" "long-f short-g long-h" "short-h short-f short-g" "long-f long-g long-h"; do
		set -- $mix
		ok "$m: $mix" cc c.c $1.a $2.a $3.a -o mix.exe
		is "$m: $mix: each DLL once" "$(descriptors mix.exe | tr ' ' '\n' | grep -cx '[de].dll')" 2
		runs "$m: $mix: it runs" '' 7 ./mix.exe
	done
	# as raw-dylib makes them: members of several libraries in one archive
	rm -rf x; mkdir x; (cd x && for a in short-f short-h long-g; do mkdir $a; (cd $a && ar x ../../$a.a; i=0; for o in *; do i=$((i+1)); mv "$o" ../$a.$i.o; done); rmdir $a; done)
	rm -f merged.a; ar rc merged.a $(ls -r x/*.o)
	ok "$m: one archive with members of three, renamed and in another order" cc c.c merged.a -o merged.exe
	is "$m: each DLL once" "$(descriptors merged.exe | tr ' ' '\n' | grep -cx '[de].dll')" 2
	runs "$m: it runs" '' 7 ./merged.exe
	ok "$m: --whole-archive over it" cc c.c -Wl,--whole-archive merged.a -Wl,--no-whole-archive -o whole.exe
	runs "$m: it runs" '' 7 ./whole.exe

	# import libraries of three kinds and makers, each beside its own DLL, each used by three linkers: a function, data,
	# a function by number alone
	mkdir -p nine
	printf 'LIBRARY nine.dll\nEXPORTS\n f\n v DATA\n n @9 NONAME\n' >nine.def
	printf 'int v = 5; int f(void) { return 1; } int n(void) { return v; }\n' >nine.c
	printf 'int f(void), n(void); extern __declspec(dllimport) int v; int main(void) { v = f() + 6; return f() * 10 + n(); }\n' >u.c
	"$P-gcc" -c u.c
	lld() { clang-19 --target=$m-w64-mingw32 --ld-path="$(command -v ld.lld-19)" "$@"; }
	linker() { "$P-objdump" -p "$1" | grep -E '^M(aj|in)orLinkerVersion' | awk '{print $2}' | xargs; }
	for by in long short gnu; do
		rm -f nine/*
		case $by in
		gnu) "$P-gcc" -shared nine.c nine.def -o nine/nine.dll -Wl,--out-implib,nine/by-gnu.a ;;
		*) cc -shared nine.c nine.def -o nine/nine.dll -Wl,--out-implib,nine/by-$by.a -Xlinker --implib-format=$by ;;
		esac
		[ $by = gnu ] || linked_by_us "$m: $by: objkit made the DLL" nine/nine.dll
		for with in cc gcc_gnu lld; do
			ok "$m: $with with by-$by" $with u.o nine/by-$by.a -o nine/u-$with.exe
			runs "$m: it runs" '' 17 ./nine/u-$with.exe
		done
		is "$m: by-$by: three linkers indeed" "$(for w in cc gcc_gnu lld; do linker nine/u-$w.exe; done | sort -u | wc -l) $(linker nine/u-cc.exe)" '3 0 1'
	done

	# imports of a .def file, without any library
	printf 'EXPORTS\n main\nIMPORTS\n f=d.f\n other=d.dll.g\n' >imp.def
	printf '__declspec(dllimport) int f(void); int other(void); int main(void) { return f() * 10 + other(); }\n' >ui.c
	ok "$m: IMPORTS of a .def file" cc ui.c imp.def -o imp.exe
	is "$m: one descriptor for it" "$(descriptors imp.exe | tr ' ' '\n' | grep -cx d.dll)" 1
	runs "$m: it runs" '' 12 ./imp.exe

	# --output-def and back
	cc -shared d.c -o d.dll -Wl,--output-def,round.def
	ok "$m: a DLL by the .def file that it gave" cc -shared d.c round.def -o r.dll
	is "$m: has the same exports" "$("$P-objdump" -p r.dll | sed -n '/Ordinal\/Name/,/^$/p' | sed 's/ [0-9a-f]*$//')" \
		"$("$P-objdump" -p d.dll | sed -n '/Ordinal\/Name/,/^$/p' | sed 's/ [0-9a-f]*$//')"
done

# a field of 32 bits cannot hold every address of another DLL's variable
for_target x86_64
printf 'int v = 3; int arr[4] = { 1, 2, 3, 4 };\n' >v.c
ok "a DLL with variables" cc -shared v.c -o v.dll -Wl,--out-implib,libv.a
printf 'extern int v, arr[]; int *p = &arr[2]; int main(void) { return v + *p + arr[3]; }\n' >nv.c
x86_64-w64-mingw32-gcc -c nv.c
ok "auto-import: a variable, an array element, a pointer's initialiser" cc nv.o -L. -lv -o av.exe
runs "it runs" '' 10 ./av.exe
printf '	.text\n	.globl main\nmain:	subq $40, %%rsp\n	call __main\n	movl v(%%rip), %%eax\n	addq $40, %%rsp\n	ret\n' >narrow.s
ok "a direct reference of 32 bits" cc narrow.s -L. -lv -o nr.exe
like "is warned of, with its place" "$(cat tap.err)" "warning: .*\.o: \.text\+0x[0-9a-f]+: 'v' comes from a DLL, but this field of 32 bits"
status "--pseudo-reloc-narrow=error" 1 cc narrow.s -L. -lv -o nr2.exe -Wl,--pseudo-reloc-narrow=error
ok "no output then" test ! -e nr2.exe
ok "--pseudo-reloc-narrow=ignore" cc narrow.s -L. -lv -o nr3.exe -Wl,--pseudo-reloc-narrow=ignore
is "says nothing" "$(cat tap.err)" ''
for_target i686
printf 'int __attribute__((stdcall)) foo(int a, int b) { return a - b; }\n' >s.c
ok "--add-stdcall-alias" cc -shared s.c -o s.dll -Wl,--add-stdcall-alias
is "exports both names" "$(llvm-readobj-19 --coff-exports s.dll | sed -n 's/ *Name: //p' | tr '\n' ' ')" 'foo foo@8 '
done_testing
