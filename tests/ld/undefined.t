# Undefined symbols, for Windows and ELF: up to three references with file, function and source line, demangled,
# and what may have been meant.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ g++

one() { # TARGET EMULATION CXX U
	m=$1 emu=$2 CXX=$3 U=$4
	mkdir -p "$T/$m" && cd "$T/$m" || exit 99
	cat >a.cpp <<-'C'
	int missing(int);
	extern "C" int plain_c(int);
	int shuold(int);
	extern "C" int cfun(void);
	int cxxfun(int);
	int first(void) {
		return 1 +
			missing(2);
	}
	int second(void) { return missing(3) + shuold(1); }
	int third(void) { return missing(4) + cfun(); }
	int fourth(void) { return missing(5) + cxxfun(1); }
	C
	printf 'int should(int x) { return x; }\nint cfun(void) { return 1; }\nextern "C" int cxxfun(int x) { return x; }\n' >b.cpp
	"$CXX" -g -O0 -ffunction-sections -c a.cpp b.cpp || exit 99
	status "$m: undefined symbols" 1 "$OBJKIT" ld -m $emu --no-entry a.o b.o -o x
	cp tap.err all
	is "$m: each is reported once" "$(grep -c 'undefined reference' all)" 4
	block() { sed -n "/undefined reference to '$1/,/error:.*undefined reference to '[^$2]/p" all; }
	like "$m: demangled" "$(cat all)" "error: undefined reference to 'missing\(int\)'"
	like "$m: file, section, function and source line" "$(cat all)" ">>> referenced by a.o:\(.text.?_Z5firstv\+0x[0-9a-f]+\) in first\(\) at .*a\.cpp:8$"
	like "$m: the second" "$(cat all)" "in second\(\) at .*a\.cpp:10$"
	like "$m: the third" "$(cat all)" "in third\(\) at .*a\.cpp:11$"
	like "$m: how many more" "$(cat all)" ">>> referenced 1 more time$"
	like "$m: a near spelling" "$(sed -n "/'shuold/,\$p" all | sed -n 3p)" ">>> did you mean: should\(int\)$"
	like "$m: a missing extern C at the definition" "$(sed -n "/to '_*cfun/,\$p" all | sed -n 3p)" '>>> did you mean to declare cfun\(\) as extern "C"\?$'
	like "$m: and at the reference" "$(sed -n "/to 'cxxfun/,\$p" all | sed -n 3p)" ">>> did you mean to declare it as extern \"C\"\? '_?cxxfun' is defined$"
	ok "$m: no output" test ! -e x
	"$CXX" -g -O0 -c a.cpp
	status "$m: all in one section" 1 "$OBJKIT" ld -m $emu --no-entry a.o b.o -o x
	is "$m: the first three functions all the same" "$(sed -n "/to 'missing/,/more time/p" tap.err | sed -n 's/.* in \(.*\) at .*:\([0-9]*\)$/\1 \2/p' | xargs)" \
		"first() 8 second() 10 third() 11"
	"$CXX" -O0 -ffunction-sections -c a.cpp
	status "$m: without debugging information" 1 "$OBJKIT" ld -m $emu --no-entry a.o b.o -o x
	like "$m: there is no line" "$(cat tap.err)" ">>> referenced by a.o:\(.text.?_Z5firstv\+0x[0-9a-f]+\) in first\(\)$"
}
slips() { # a name of an archive's member that nothing needs, __imp_ of a slip, a class without its key function
	cat >s.cpp <<-'C'
	extern "C" int calculaet(int);
	struct K { virtual void f(); virtual ~K() {} };
	IMPORT
	int main_(void) { K k; return calculaet(1) IMPORTED; }
	C
	case $emu in
	elf*) sed -i 's/IMPORT$//; s/IMPORTED//' s.cpp ;;
	*) sed -i 's/IMPORT$/extern "C" __declspec(dllimport) int settings_tabel;/; s/IMPORTED/+ settings_tabel/' s.cpp ;;
	esac
	printf 'int calculate(int x) { return x; }\nint calculated;\n' >l.c; printf 'int settings_table;\n' >t.c
	"$CXX" -x c -c l.c t.c; "$CXX" -c s.cpp; rm -f libl.a; ar rc libl.a l.o
	status "$m: slips" 1 "$OBJKIT" ld -m $emu --no-entry s.o t.o libl.a -o x
	like "$m: a name that an archive has" "$(sed -n "/to '_*calculaet'/,\$p" tap.err | sed -n 3p)" '>>> did you mean: _?calculate \(in libl\.a\)$'
	like "$m: the class of a missing vtable" "$(sed -n "/to 'vtable for K'/,/did you mean/p" tap.err)" \
		">>> is the class's first virtual function that is not inline defined\?"
	case $emu in elf*) ;; *)
		like "$m: a slip of an imported name" "$(sed -n "/to '__imp_/,\$p" tap.err | sed -n 3p)" '>>> did you mean: _?settings_table$' ;;
	esac
}
one x86_64-pe i386pep x86_64-w64-mingw32-g++ ''; slips
one i686-pe i386pe i686-w64-mingw32-g++ _; slips
one x86_64-elf elf_x86_64 g++ ''; slips

cd "$T/i686-pe" || exit 99
printf 'int __attribute__((stdcall)) std(int a) { return a; }\nint __attribute__((fastcall)) fst(int a) { return a; }\n' >s.c
printf 'int std(int); int fst(int); int start(void) { return std(1) + fst(2); }\n' >u.c
i686-w64-mingw32-gcc -c s.c u.c
status "calling conventions" 1 "$OBJKIT" ld -m i386pe -e _start s.o u.o -o x --disable-stdcall-fixup
like "stdcall" "$(sed -n "/to '_std/,\$p" tap.err | sed -n 3p)" ">>> did you mean: _std@4 \(another calling convention\)"
like "fastcall" "$(sed -n "/to '_fst/,\$p" tap.err | sed -n 3p)" ">>> did you mean: @fst@4 \(another calling convention\)"
printf 'extern __declspec(dllimport) int var; int start(void) { return var; }\n' >i.c
printf 'int varr;\n' >v.c
i686-w64-mingw32-gcc -c i.c v.c
status "__imp_ of nothing" 1 "$OBJKIT" ld -m i386pe -e _start i.o v.o -o x
like "is named" "$(cat tap.err)" "undefined reference to '__imp__var'"
printf 'extern int imp_only(void); int start(void) { return imp_only(); }\n' >io.c
i686-w64-mingw32-gcc -c io.c
printf 'LIBRARY q.dll\nEXPORTS\n imp_only DATA\n' >q.def; i686-w64-mingw32-dlltool -d q.def -l libq.a
status "only __imp_ is there, and auto-import is off" 1 "$OBJKIT" ld -m i386pe -e _start io.o libq.a -o x --disable-auto-import -u __imp__imp_only
like "the import is named" "$(cat tap.err)" ">>> did you mean: __imp__imp_only$"

# what only archives and import libraries have: the other calling convention, __imp_ of a static library's function
hint() { sed -n "/to '$1'/,\$p" tap.err | sed -n 3p; }
printf 'int __attribute__((stdcall)) lstd(int a) { return a; }\n' >l1.c; printf 'int lcdecl(int a) { return a; }\nint dup;\n' >l2.c
printf 'int zf(int) { return 1; }\n' >l3.cpp
cat >lu.c <<-'C'
int lstd(int), zf(int); int __attribute__((stdcall)) lcdecl(int); int __attribute__((fastcall)) istd(int), ifast(int);
int __attribute__((stdcall)) icdecl(int, int); __declspec(dllimport) int lcdecl2(int), dup, zlib_open(int);
int start(void) { return lstd(1) + lcdecl(2) + istd(3) + icdecl(4, 5) + ifast(6) + dup + zlib_open(3) + zf(4); }
C
printf 'int zlib_open(int a) { return a; }\n' >l4.c
i686-w64-mingw32-gcc -c l1.c l2.c l4.c lu.c; i686-w64-mingw32-g++ -c l3.cpp; rm -f libl.a; ar rc libl.a l1.o l2.o l3.o l4.o
printf 'LIBRARY i.dll\nEXPORTS\n istd@4\n icdecl\n ifast@4 @7\n' >i.def; i686-w64-mingw32-dlltool -d i.def -l libi.a
status "names that archives have otherwise" 1 "$OBJKIT" ld -m i386pe -e _start lu.o libl.a libi.a -o x
is "stdcall in an archive" "$(hint _lstd)" ">>> did you mean: _lstd@4 (another calling convention, in libl.a)"
is "no stdcall in an archive" "$(hint _lcdecl@4)" ">>> did you mean: _lcdecl (another calling convention, in libl.a)"
is "stdcall in an import library" "$(hint @istd@4)" ">>> did you mean: _istd@4 (another calling convention, in libi.a)"
is "no stdcall in an import library" "$(hint _icdecl@8)" ">>> did you mean: _icdecl (another calling convention, in libi.a)"
is "stdcall for fastcall" "$(hint @ifast@4)" ">>> did you mean: _ifast@4 (another calling convention, in libi.a)"
is "a static library's variable asked for as an import" "$(hint __imp__dup)" ">>> did you mean: _dup (in libl.a)"
is "and its function" "$(hint __imp__zlib_open)" ">>> did you mean: _zlib_open (in libl.a)"
is "an archive's C++ function" "$(hint _zf)" '>>> did you mean to declare zf(int) as extern "C"? (in libl.a)'
printf 'int czf(int); int start(void) { return czf(1); }\n' >lz.cpp; printf 'int czf(int a) { return a; }\n' >l5.c
i686-w64-mingw32-g++ -c lz.cpp; i686-w64-mingw32-gcc -c l5.c; rm -f libl.a; ar rc libl.a l5.o
status "an archive's C function" 1 "$OBJKIT" ld -m i386pe --no-entry lz.o libl.a -o x
is "asked for as C++" "$(hint 'czf(int)')" ">>> did you mean to declare it as extern \"C\"? '_czf' is defined (in libl.a)"

# a library that stands before what needs it is searched again, so that it is no reason for an error
printf 'int early(void) { return 3; }\n' >e.c; printf 'int early(void); int start(void) { return early(); }\n' >us.c
i686-w64-mingw32-gcc -c e.c us.c; ar rc libe.a e.o
ok "a library that stands too early" "$OBJKIT" ld -m i386pe -e _start -t libe.a us.o -o x.exe
like "is searched again, and -t says what it gave" "$(cat tap.out)" 'libe.a\(e.o\)'

# names that differ in the case of letters only, however short or many
printf 'int Ab(void), MyLongFunction(void); int start(void) { return Ab() + MyLongFunction(); }\n' >cs.c
printf 'int ab(void) { return 1; } int mylongfunction(void) { return 1; }\n' >cd.c
i686-w64-mingw32-gcc -c cs.c cd.c
status "another case" 1 "$OBJKIT" ld -m i386pe -e _start cs.o cd.o -o x
is "a short name" "$(hint _Ab)" ">>> did you mean: _ab"
is "a long one" "$(hint _MyLongFunction)" ">>> did you mean: _mylongfunction"
done_testing
