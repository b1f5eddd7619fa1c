# .drectve: what objects ask of the linker, each word with its effect.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19

# says FILE TEXT C-CODE: an object with directives
says() {
	printf '%s\n__asm__(".section .drectve,\\"yn\\"\\n.ascii \\" %s\\"\\n.text");\n' "$3" "$2" >"$1.c"
	"$P-gcc" -c "$1.c" -o "$1.o"
}
headers() { llvm-readobj-19 --file-headers "$1"; }
for m in x86_64 i686; do
	for_target $m
	says alt "-alternatename:${U}missing=${U}fallback" 'int missing(void); int fallback(void) { return 5; } int main(void) { return missing(); }'
	ok "$m: alternatename" cc alt.o -o alt.exe
	linked_by_us "$m: objkit linked it" alt.exe
	runs "$m: stands in for the undefined" "" 5 ./alt.exe
	echo 'int missing(void) { return 6; }' >real.c
	ok "$m: with a real definition" cc alt.o real.c -o alt2.exe
	runs "$m: that one wins" "" 6 ./alt2.exe
	echo 'int fallback(void) { return 7; }' >fb.c; "$P-gcc" -c fb.c; ar rc libfb.a fb.o
	says lazy "/ALTERNATENAME:${U}missing=${U}fallback" 'int missing(void); int main(void) { return missing(); }'
	ok "$m: the alternate is in an archive" cc lazy.o -L. -lfb -o lazy.exe
	runs "$m: and is taken from there" "" 7 ./lazy.exe

	says lib '-defaultlib:fb' 'int fallback(void); int main(void) { return fallback(); }'
	ok "$m: defaultlib" cc lib.o -L. -o lib.exe
	runs "$m: the library is found" "" 7 ./lib.exe
	says lib2 '-defaultlib:\\\"libfb.a\\\" -defaultlib:nowhere.lib' 'int fallback(void); int main(void) { return fallback(); }'
	ok "$m: defaultlib by file name" cc lib2.o -L. -o lib2.exe
	like "$m: one that is not there is warned of" "$(cat tap.err)" "warning: lib2.o: cannot find library 'nowhere.lib', which a directive asks for"
	says nolib '-nodefaultlib:fb' 'int g(void) { return 0; }'
	status "$m: nodefaultlib takes it away" 1 cc lib.o nolib.o -L. -o nolib.exe
	like "$m: and it is missing" "$(cat tap.err)" "undefined reference to '_?fallback'"

	says mis1 '-failifmismatch:\\\"level=1\\\"' 'int a(void) { return 0; }'
	says mis2 '-failifmismatch:\\\"level=2\\\"' 'int main(void) { return 0; }'
	status "$m: failifmismatch" 1 cc mis1.o mis2.o -o mis.exe
	like "$m: names key, values and files" "$(cat tap.err)" "error: mis2.o: 'level' is '2' here and '1' in mis1.o"
	ok "$m: and no output" test ! -e mis.exe
	ok "$m: equal values are fine" cc mis2.o -o mis.exe

	says mrg '-merge:.mine=.rdata -section:.shr,RWS' 'int x __attribute__((section(".mine"))) = 9; int s __attribute__((section(".shr"))) = 4; int main(void) { return x + s; }'
	ok "$m: merge and section" cc mrg.o -o mrg.exe
	runs "$m: it runs" "" 13 ./mrg.exe
	unlike "$m: the merged section has no header of its own" "$("$P-objdump" -h mrg.exe)" '\.mine'
	like "$m: attributes" "$(llvm-readobj-19 --sections mrg.exe | tr -d '\n' | tr -s ' ' | sed 's/Section {/\n&/g' | grep 'Name: .shr')" 'MEM_READ.*MEM_SHARED.*MEM_WRITE'
	says bad '-merge:.tls=.text -section:.text,Q' 'int main(void) { return 0; }'
	ok "$m: a malformed one" cc bad.o -o bad.exe
	like "$m: is warned of" "$(cat tap.err)" "warning: bad.o: directive 'section:.text,Q' is malformed"

	says hdr '-stack:0x300000,0x2000 -heap:0x200000 -subsystem:windows,6.2' 'int main(void) { return 3; }'
	ok "$m: stack, heap, subsystem" cc hdr.o -o hdr.exe
	like "$m: in the header" "$(headers hdr.exe | tr '\n' ' ')" 'MajorSubsystemVersion: 6 .*MinorSubsystemVersion: 2 .*Subsystem: IMAGE_SUBSYSTEM_WINDOWS_GUI.*SizeOfStackReserve: 3145728.*SizeOfStackCommit: 8192.*SizeOfHeapReserve: 2097152'
	ok "$m: the command line counts more" cc hdr.o -o hdr2.exe -Wl,--stack,0x400000 -Wl,--subsystem,console
	like "$m: in the header" "$(headers hdr2.exe | tr '\n' ' ')" 'Subsystem: IMAGE_SUBSYSTEM_WINDOWS_CUI.*SizeOfStackReserve: 4194304'
	says ent '-entry:begin' 'void __attribute__((stdcall)) ExitProcess(unsigned); int begin(void) { ExitProcess(11); return 0; }'
	ok "$m: entry" cc -nostartfiles ent.o -o ent.exe
	runs "$m: the program starts there" "" 11 ./ent.exe

	says inc "-include:${U}fallback" 'int main(void) { return 0; }'
	ok "$m: include" cc inc.o -L. -lfb -o inc.exe
	like "$m: takes the member" "$(nm inc.exe)" ' T _?fallback$'

	says exp "-export:${U}f -export:gg=${U}g,@7,NONAME /EXPORT:v,DATA -export:p,PRIVATE -export:fw=KERNEL32.Sleep -export:as,EXPORTAS,other" \
		'int f(void) { return 1; } int g(void) { return 2; } int v = 3; int p(void) { return 4; } int as(void) { return 5; }'
	ok "$m: exports in all forms" cc -shared exp.o -o exp.dll -Wl,--out-implib,libexp.a
	like "$m: in the table" "$("$OBJKIT" imports --exports exp.dll 2>&1; llvm-readobj-19 --coff-exports exp.dll | grep -E 'Ordinal|Name|Forw' | tr -d '\n' | tr -s ' ')" \
		'Ordinal: 7 Name: *(Ordinal|$)|Ordinal: 7 Name: Ordinal'
	is "$m: by name" "$(llvm-readobj-19 --coff-exports exp.dll | sed -n 's/ *Name: \(.\)/\1/p' | tr '\n' ' ' | sed "s/\b_f\b/f/")" 'f fw other p v '
	like "$m: the forwarder" "$("$P-objdump" -p exp.dll)" 'Forwarder.*KERNEL32.Sleep'
	unlike "$m: PRIVATE stays out of the import library" "$(nm libexp.a)" ' _?p$'

	says unk '-frobnicate:1 -throwingnew -editandcontinue -guardsym:x' 'int main(void) { return 0; }'
	ok "$m: an unknown word" cc unk.o -o unk.exe
	is "$m: is the only one that is warned of" "$(cat tap.err)" "objkit ld: warning: unk.o: unknown directive '-frobnicate:1' in .drectve"
done

# what clang writes for MSVC: symbols in the exports' place, also on i386; /alternatename, /include, COMDATs of several kinds
cat >"$T/a.cpp" <<'C'
extern "C" __declspec(dllexport) int plus1(int x) { return x + 1; }
extern "C" __declspec(dllexport) int number = 77;
extern "C" __declspec(dllexport) int __stdcall minus(int a, int b) { return a - b; }
__declspec(selectany) int any = 5;
__declspec(noinline) inline int counter(int x) { static int n; return n += x; }
template <class T> struct V { virtual T f() { return 1; } };
struct B : V<long> { long f() override { return 2; } };
#pragma comment(linker, "/export:byordinal=plus1,@77,NONAME")
#ifdef __i386__
#pragma comment(linker, "/alternatename:_maybe=_fallback")
#pragma comment(linker, "/include:_forced")
#else
#pragma comment(linker, "/alternatename:maybe=fallback")
#pragma comment(linker, "/include:forced")
#endif
extern "C" int maybe(int), two();
extern "C" int fallback(int x) { return x * 100; }
static int early = two();
extern "C" __declspec(dllexport) int all() { B b; V<long> *p = &b; return counter(3) + any + (int)p->f() + maybe(1) + two() + early; }
C
cat >"$T/b.cpp" <<'C'
__declspec(selectany) int any = 6;
__declspec(noinline) inline int counter(int x) { static int n; return n += x; }
extern "C" int two() { return counter(4) + any; }
C
printf 'extern "C" int forced() { return 1; }\n' >"$T/f.cpp"
cat >"$T/u.c" <<'C'
__declspec(dllimport) int plus1(int), all(void);
__declspec(dllimport) int __stdcall minus(int, int);
extern __declspec(dllimport) int number;
int main(void) { return plus1(number) + minus(9, 5) + all(); }
C
if have clang-19; then
	for m in x86_64 i686; do
		for_target $m
		for f in a b f; do clang-19 --target=$m-pc-windows-msvc -O1 -fno-rtti -fno-exceptions -c ../$f.cpp -o $f.obj; done
		clang-19 --target=$m-pc-windows-msvc -c ../u.c -o u.obj; "$P-gcc" -c ../u.c -o ug.o
		rm -f libf.a; ar rc libf.a f.obj
		ok "$m: a DLL of objects for MSVC" cc -shared a.obj b.obj libf.a -o ms.dll -Wl,--out-implib,libms.a
		linked_by_us "$m: objkit linked it" ms.dll
		is "$m: exported as C names them" "$(llvm-readobj-19 --coff-exports ms.dll | sed -n 's/ *\(Ordinal\|Name\): //p' | xargs)" \
			"$([ $m = i686 ] && echo '73 all 74 minus@8 75 number 76 plus1 77' || echo '73 all 74 minus 75 number 76 plus1 77')"
		like "$m: /include took a member" "$(nm ms.dll)" "T _?forced$"
		for o in u.obj ug.o; do for l in libms.a ms.dll; do
			ok "$m: $o with $l" cc $o $l -o u.exe
			runs "$m: it runs" '' 221 ./u.exe
		done; done
		ok "$m: -r of them" "$OBJKIT" ld -m $emulation -r a.obj b.obj -o ab.o
		ok "$m: linked again" cc -shared ab.o libf.a -o ms2.dll
		is "$m: the same exports" "$(llvm-readobj-19 --coff-exports ms2.dll | grep Name:)" "$(llvm-readobj-19 --coff-exports ms.dll | grep Name:)"
	done
else
	skip_test "objects for MSVC" "clang-19 is not installed"
fi
done_testing
