# Statements of .def files that say how sections are mapped.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19 python3

# access SECTION FILE: "RW", "RWS" ...
access() {
	llvm-readobj-19 --sections "$2" | awk -v s="$1" '/^    Name:/ { on = $2 == s }
		on && /IMAGE_SCN_MEM_READ/ { r = "R" } on && /IMAGE_SCN_MEM_WRITE/ { w = "W" }
		on && /IMAGE_SCN_MEM_EXECUTE/ { x = "X" } on && /IMAGE_SCN_MEM_SHARED/ { sh = "S" } END { print r w x sh }'
}
for m in x86_64 i686; do
	for_target $m
	cat >s.c <<'C'
__attribute__((section(".shr"))) int n = 5;
__attribute__((section(".mine"))) int mine = 6;
int data = 7;
int f(void) { return n++; }
C
	"$P-gcc" -c s.c
	link() { ok "$1" "$OBJKIT" ld -m $emulation -shared -e 0 s.o "$2" -o s.dll; }
	printf 'LIBRARY s.dll\nEXPORTS\n f\n' >plain.def
	link "$m: no statement" plain.def
	is "$m: the objects' access" "$(access .shr s.dll) $(access .data s.dll) $(access .text s.dll)" "RW RW RX"
	printf 'LIBRARY s.dll\nSECTIONS\n .shr READ WRITE SHARED\n ".mine" CLASS "OLD" READ\nEXPORTS\n f DATA\n' >one.def
	link "$m: SECTIONS" one.def
	is "$m: a shared section, and one only to be read" "$(access .shr s.dll) $(access .mine s.dll) $(access .data s.dll)" "RWS R RW"
	is "$m: statements behind it hold" "$(llvm-readobj-19 --coff-exports s.dll | sed -n 's/ *Name: //p')" f
	printf 'library s.dll\ncode read,execute shared\ndata READ, WRITE SHARED\nsegments .mine moveable preload shared nonshared read write\nexports\n f\n' >two.def
	link "$m: CODE, DATA and SEGMENTS" two.def
	is "$m: .text and .data" "$(access .text s.dll) $(access .data s.dll) $(access .mine s.dll)" "RXS RWS RWS"
	printf 'LIBRARY s.dll\nSECTIONS .nowhere READ\nEXPORTS\n f\n' >none.def
	link "$m: a section that is not there" none.def
	like "$m: is warned of with its line" "$(cat tap.err)" "warning: none.def:2: there is no section '.nowhere'"
	# keywords in lower case are names where the list began in capitals
	printf 'int name(void) { return 1; } int version(void) { return 2; } int library(void) { return 3; } int code(void) { return 4; }\n' >k.c; "$P-gcc" -c k.c
	for w in EXPORTS exports; do
		printf '%s\n name\n version @7\n library\n code=name\nLIBRARY "kept.dll"\n' $w >k.def
		case $w in
		EXPORTS) ok "$m: $w: names like keywords" "$OBJKIT" ld -m $emulation -shared -e 0 k.o k.def -o k.dll
			is "$m: $w: are exported" "$(llvm-readobj-19 --coff-exports k.dll | sed -n 's/ *Name: //p' | xargs)" 'code library name version'
			like "$m: $w: a keyword in capitals ends the list" "$("$P-objdump" -p k.dll | grep '^Name')" ' kept\.dll$'
			"$P-ld" -shared -e 0 k.o k.def -o g.dll
			is "$m: $w: as GNU ld" "$(llvm-readobj-19 --coff-exports g.dll | sed -n 's/ *Name: //p' | xargs)" 'code library name version' ;;
		exports) status "$m: $w: a file in lower case has keywords there" 1 "$OBJKIT" ld -m $emulation -shared -e 0 k.o k.def -o k.dll ;;
		esac
	done
	# under a script that describes the whole image, too
	"$P-ld" --verbose | sed '1,/^=====/d; /^=====/,$d' >whole.ld
	ok "$m: a full script" "$OBJKIT" ld -m $emulation -shared -e 0 -T whole.ld s.o plain.def -o s.dll
	is "$m: the objects' access" "$(access .shr s.dll) $(access .mine s.dll) $(access .data s.dll)" "RW RW RW"
	ok "$m: and SECTIONS" "$OBJKIT" ld -m $emulation -shared -e 0 -T whole.ld s.o one.def -o s.dll
	is "$m: holds" "$(access .shr s.dll) $(access .mine s.dll) $(access .data s.dll)" "RWS R RW"
	ok "$m: and CODE, DATA" "$OBJKIT" ld -m $emulation -shared -e 0 -T whole.ld s.o two.def -o s.dll
	is "$m: hold" "$(access .text s.dll) $(access .data s.dll) $(access .mine s.dll)" "RXS RWS RWS"
	printf '.section .drectve,"yn"\n.ascii " -section:.shr,RWS"\n' >dir.s; "$P-as" dir.s -o dir.o
	ok "$m: and a directive" "$OBJKIT" ld -m $emulation -shared -e 0 -T whole.ld s.o dir.o plain.def -o s.dll
	is "$m: holds" "$(access .shr s.dll)" RWS
	for s in 'SECTIONS .shr' 'SECTIONS .shr FAST' 'DATA' 'CODE 5'; do
		printf 'LIBRARY s.dll\n%s\nEXPORTS\n f\n' "$s" >bad.def
		status "$m: $s" 1 "$OBJKIT" ld -m $emulation -shared -e 0 s.o bad.def -o bad.dll
		like "$m: $s: the message has the line" "$(cat tap.err)" 'error: bad.def:[23]:[0-9]+: READ, WRITE, EXECUTE or SHARED is expected'
	done
	ok "$m: no output then" test ! -e bad.dll

	# what SHARED is for: two processes see one variable
	cat >shr.c <<'C'
#include <windows.h>
__attribute__((section(".shr"))) volatile LONG count = 0;
__declspec(dllexport) LONG bump(void) { return InterlockedIncrement(&count); }
C
	cat >p.c <<'C'
#include <stdio.h>
#include <process.h>
__declspec(dllimport) long bump(void);
int main(int argc, char **argv)
{
    if (argc > 1) { bump(); return 0; }
    bump();
    int rc = (int)_spawnl(_P_WAIT, argv[0], argv[0], "again", (char *)0);
    printf("%d %ld\n", rc, bump());
    return 0;
}
C
	printf 'LIBRARY shr.dll\nSECTIONS .shr READ WRITE SHARED\n' >shr.def
	ok "$m: a DLL that shares a variable" cc -shared shr.c shr.def -o shr.dll
	linked_by_us "$m: objkit linked it" shr.dll
	is "$m: a loader's view" "$(python3 "$top_srcdir/tests/tools/pecheck" shr.dll 2>&1)" ''
	ok "$m: a program with it" cc p.c shr.dll -o p.exe
	runs "$m: two processes count together" '0 3' 0 ./p.exe
done
done_testing
