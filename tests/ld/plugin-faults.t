#!/bin/sh
# A linker plugin that goes wrong: errors at every call, symbols and files that are not what they should be, objects that
# cannot be read. Each time one exit status, a line that says what is wrong, and the old output as it was. The plugin here
# claims objects of a made-up compiler and offers files that the test has put in place.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
if ! ${CC:-cc} -shared -fPIC -O1 -I"$top_srcdir/src" "$top_srcdir/tests/ld/plugin.c" -o plug.so 2>cc.err; then
	diag "$(head -n 5 cc.err)"; echo "1..0 # SKIP the plugin needs a compiler"; exit 0
fi
slim() { printf 'elf64 machine=X86_64\nsection .gnu.lto_.symtab.1\n  bytes 00\nsection .text\nsymbol __gnu_lto_slim COMMON value=1 size=1 GLOBAL\n'; }
slim | mkobj - >ir.o || fail "an object of intermediate code"
slim | mkobj - >ir2.o
# a fat one: its code is linked where the plugin does not want it
printf 'elf64 machine=X86_64\nsection .gnu.lto_.symtab.1\n  bytes 00\nsection .text\n  bytes 90 c3\nsymbol _start GLOBAL FUNC sec=.text value=1\n' | mkobj - >fat.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes e8 00000000 c3\nreloc 1 R_X86_64_PLT32 used -4\nsymbol _start GLOBAL FUNC sec=.text\nsymbol used GLOBAL\n' | mkobj - >made.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol used GLOBAL FUNC sec=.text\n' | mkobj - >used.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol used GLOBAL FUNC sec=.text\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >both.o
printf 'coff AMD64\nsection .text\n  bytes c3\nsymbol used EXTERNAL FUNCTION sec=.text\n' | mkobj - >coff.o
head -c 300 made.o >cut.o; : >empty.o; echo 'INPUT(made.o)' >script.o; echo 'neither script nor object' >text.o; mkdir dir.o; mkfifo fifo.o
"$OBJKIT" ar rc lib.a made.o; "$OBJKIT" ld -m elf_x86_64 -shared used.o -o libused.so

# plug NAME FAULT STATUS FILES INPUTS [ERE]: one link; the line that is expected, if it fails
plug() {
	p_name=$1 p_fault=$2 p_want=$3 p_files=$4 p_in=$5
	for th in 1 2; do
		echo old >out; p_got=0
		# shellcheck disable=SC2086 # words
		PLUG=$p_fault PLUG_FILES=$p_files timeout 60 "$OBJKIT" ld -m elf_x86_64 --threads=$th -plugin ./plug.so $p_in -o out >tap.out 2>tap.err || p_got=$?
		[ "$p_got" = "$p_want" ] || break
		[ "$p_want" = 0 ] || [ "$(cat out)" = old ] || { p_got="$p_got, the old output is gone"; break; }
		[ "$(ls -A | grep -c '^\.objkit')" = 0 ] || { p_got="$p_got, a temporary is left"; break; }
	done
	is "$p_name: exit status" "$p_got" "$p_want"
	[ "$p_got" = "$p_want" ] || diag "$(head -n 5 tap.err)"
	[ "$p_want" = 0 ] || like "$p_name: says why" "$(cat tap.err)" "^objkit ld: (fatal )?error: .*$6"
	[ "$p_want" = 0 ] || is "$p_name: lines" "$(grep -c . tap.err)" "${7:-1}"
}
plug "works" none 0 made.o "ir.o used.o"
ok "what it made is linked" sh -c '"$OBJKIT" nm out | grep -q "T _start"'
plug "several files" none 0 "made.o used.o" "ir.o"
plug "an error at the start" onload-error 1 made.o "ir.o used.o" 'plugin \./plug\.so: it does not start'
plug "nothing that could claim" no-claim-hook 1 made.o "ir.o used.o" 'plugin \./plug\.so: it does not start'
plug "an error for an object" claim-error 1 made.o "ir.o used.o" 'ir\.o: the plugin failed on it'
plug "an error for each of two" claim-error 1 made.o "ir.o ir2.o used.o" 'ir\.o: the plugin failed on it' 2
plug "an error by message" claim-message 1 made.o "ir.o used.o" 'this object is of compiler 9'
plug "a fatal message for an object" claim-fatal 1 made.o "ir.o used.o" 'no way to go on with ir\.o'
plug "does not want an object" not-mine 1 made.o "ir.o used.o" 'ir\.o: holds only compiler intermediate code'
plug "does not want a fat object" not-mine 0 made.o "fat.o"
plug "describes what it does not want" described-not-claimed 0 made.o "fat.o"
is "its own symbol is linked" "$("$OBJKIT" nm out | grep -c 'T _start')" 1
plug "a symbol without a name" no-name 1 made.o "ir.o used.o" 'ir\.o: the plugin failed on it'
plug "unknown kinds of symbols" odd-kinds 0 made.o "ir.o used.o"
plug "a symbol twice" twice-the-same 1 made.o "ir.o used.o" "ir\\.o: .*multiple definition of '_start'" 
plug "symbols twice" many-claims 0 made.o "ir.o used.o"
plug "a negative number of symbols" negative 0 made.o "ir.o used.o"
plug "a handle that is none" bad-handle 0 made.o "ir.o used.o"
plug "resolutions before there are any" early-resolution 0 made.o "ir.o used.o"
plug "closes the descriptor itself" closes 0 made.o "ir.o used.o"
plug "symbols once all are read" symbols-late 0 made.o "ir.o used.o"
plug "asks for more symbols than there are" too-many-asked 0 made.o "ir.o used.o"
plug "an error while it compiles" compile-error 1 made.o "ir.o used.o" 'link-time optimisation failed'
plug "a fatal message while it compiles" compile-fatal 1 made.o "ir.o used.o" 'compiler \\x1b\[1m died'
plug "never compiles" no-read-hook 1 made.o "ir.o used.o --require-defined=_start" 'required symbol .*_start'
plug "a file without a name" no-file-name 0 made.o "ir.o used.o"
plug "symbols in the end" symbols-in-cleanup 0 made.o "ir.o used.o"
plug "an error in the end" cleanup-error 0 made.o "ir.o used.o"
plug "a file that is not there" none 1 gone.o "ir.o used.o" 'cannot open gone\.o: No such file'
plug "a directory" none 1 dir.o "ir.o used.o" 'dir\.o'
plug "a file cut short" none 1 cut.o "ir.o used.o" 'cut\.o: .*'
plug "an empty file" none 0 empty.o "ir.o used.o"
plug "text" none 1 text.o "ir.o used.o" 'text\.o'
plug "an object for another system" none 1 coff.o "ir.o used.o" 'coff\.o'
plug "intermediate code" none 1 ir2.o "ir.o used.o" 'ir2\.o: .*intermediate code'
plug "the same file twice" none 1 "made.o made.o" "ir.o used.o" "(multiple|duplicate) definition" 
plug "second definitions" none 1 "made.o both.o" "ir.o used.o" "(multiple|duplicate) definition" 2
plug "a shared library" none 0 "made.o libused.so" "ir.o"
plug "an archive" none 1 "lib.a" "ir.o used.o" 'lib\.a: file format not recognized'
plug "the output itself" none 1 "out" "ir.o used.o" 'out'
if [ "$(id -u)" != 0 ]; then chmod 0 used.o; plug "a file that may not be read" none 1 "made.o used.o" "ir.o" 'used\.o: .*Permission denied'; chmod 644 used.o; fi
done_testing
