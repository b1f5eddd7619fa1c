# Scripts and lists that come from a pipe, and what -R takes for a directory.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
echo 'int one(void) { return 1; } int two(void) { return 2; }' >l.c
echo 'int one(void); int two(void); int used(void) { return one(); } int main(void) { return used() - 1; }' >m.c
gcc -c -fPIC l.c m.c
exported() { nm -D --defined-only -j "$1" | xargs; }
# piped TEXT COMMAND...: with the text in a pipe that is the command's standard input; it comes late
piped() {
	piped_text=$1; shift
	{ sleep 0.2; printf '%s' "$piped_text"; } | "$@"
}
ok "a version script out of a pipe" piped 'V { one; local: *; };' link l.so -shared l.o -Wl,--version-script=/dev/stdin
is "... is obeyed" "$(exported l.so)" 'V one@@V'
ok "a dynamic list" piped '{ used; };' link m -pie m.o l.o -Wl,--dynamic-list=/dev/stdin
like "... is obeyed" "$(exported m)" '(^| )used( |$)'
ok "--retain-symbols-file" piped 'main' link m m.o l.o -Wl,--retain-symbols-file=/dev/stdin
is "... is obeyed" "$(nm -j m | grep -c '^one$')" 0
ok "--symbol-ordering-file" piped 'two' link m m.o l.o -Wl,--symbol-ordering-file=/dev/stdin
ok "a linker script" piped 'SECTIONS { .text 0x1000 : { *(.text*) } .data : { *(.data*) } /DISCARD/ : { *(.comment .note*) } }' \
	ld -o s l.o -T /dev/stdin -e one
is "... is obeyed" "$(readelf -SW s | sed -n 's/.* \.text *PROGBITS *0*\([0-9a-f]*\) .*/\1/p')" 1000
printf 'coff AMD64\nsection .text flags=text\n  bytes c3\nsymbol x EXTERNAL FUNCTION sec=.text\n' | mkobj - >w.o
ok "a version script for Windows out of a pipe" piped '{ x; };' ld -m i386pep -shared w.o --version-script=/dev/stdin -o w.dll -e x
like "... is obeyed" "$(nm -D w.dll)" ' T x$'
like "an empty list is no device that cannot be read" "$(ld -shared l.o -o l.so --dynamic-list=/dev/null 2>&1)" '/dev/null:1:1: '
status "what is not there stays an error" 1 link l.so -shared l.o -Wl,--version-script=none

runpath() { readelf -dW "$1" | sed -n 's/.*(RUNPATH).*\[\(.*\)\]/\1/p'; }
mkdir there
for d in there /not/there '$ORIGIN/../lib'; do
	ok "-R $d" link m m.o l.o -Wl,-R,"$d"
	is "... is a search path" "$(runpath m)" "$d"
done
ok "two of them, one behind the letter" link m m.o l.o -Wl,-R/not/there -Wl,-R,there
is "... are both" "$(runpath m)" /not/there:there
echo '.globl far; far = 0x1234' | gcc -c -x assembler - -o far.o
ok "-R of a file" link m m.o l.o -Wl,-R,far.o
is "... is no search path" "$(runpath m)" ''
ok "--warn-shared-textrel" link l.so -shared l.o -Wl,--warn-shared-textrel
done_testing
