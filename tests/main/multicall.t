#!/bin/sh
# objkit picks the applet from the name that it is called by, else from its first argument.
. "${top_srcdir:?}/tests/lib.sh"

applets="ar ranlib nm imports ld"
is "--list" "$("$OBJKIT" --list | tr '\n' ' ')" "$(echo $applets) "
like "--version" "$("$OBJKIT" --version)" '^objkit [0-9]+\.[0-9]+'
like "--version: licence" "$("$OBJKIT" --version)" 'GPL.*3|NO WARRANTY'
help=$("$OBJKIT" --help)
for a in $applets; do
	like "--help names $a" "$help" "^ +$a +[a-z]"
	status "help $a exits 0" 0 "$OBJKIT" help $a
	"$OBJKIT" help $a >help.out 2>/dev/null
	"$OBJKIT" $a --help >ahelp.out 2>/dev/null
	same "help $a is $a --help" help.out ahelp.out
	like "$a --help says how it is used" "$(cat help.out)" '[Uu]sage:'
	like "$a --version" "$("$OBJKIT" $a --version 2>&1 | head -n 1)" 'objkit'
done
"$OBJKIT" help >help.out; "$OBJKIT" --help >help2.out; "$OBJKIT" -h >help3.out
same "help is --help" help.out help2.out
same "-h is --help" help.out help3.out

status "no argument: usage, exit 2" 2 "$OBJKIT"
like "no argument: usage on standard error" "$("$OBJKIT" 2>&1 >/dev/null)" '^usage: objkit APPLET'
status "unknown applet: exit 2" 2 "$OBJKIT" nosuch
like "unknown applet: message" "$("$OBJKIT" nosuch 2>&1)" "^objkit: .*'nosuch'"
status "help of an unknown applet: exit 2" 2 "$OBJKIT" help nosuch
nl=$(printf 'a\033[31mb')
unlike "an applet's name is escaped in the message" "$("$OBJKIT" "$nl" 2>&1)" "$(printf '\033')"

# names that mean an applet
for n in ar x86_64-w64-mingw32-ar i686-w64-mingw32-ar ar.objkit ar.exe; do
	ln -sf "$OBJKIT" "$n"
	: >empty.o; rm -f t.a
	"./$n" rc t.a empty.o 2>err
	is "called $n: it is ar" "$("$OBJKIT" ar t t.a 2>&1)" empty.o
done
for n in nm x86_64-w64-mingw32-nm nm.exe my-nm.exe NM.EXE X86_64-W64-MINGW32-NM.Exe; do
	ln -sf "$OBJKIT" "$n"
	like "called $n: it is nm" "$("./$n" --help)" 'debug-syms'
done
for n in ld x86_64-w64-mingw32-ld ld.objkit real-ld collect-ld collect2 x86_64-w64-mingw32-ld.exe \
	x86_64-linux-gnu-ld.objkit ld.bfd ld.gold ld.lld ld.mold x86_64-linux-gnu-ld.bfd; do
	ln -sf "$OBJKIT" "$n"
	like "called $n: it is ld" "$("./$n" --version 2>&1)" 'objkit.*|GNU ld'
	like "called $n: it has ld's options" "$("./$n" --help 2>&1)" 'whole-archive'
done
for n in ranlib x86_64-w64-mingw32-ranlib; do
	ln -sf "$OBJKIT" "$n"
	status "called $n: it is ranlib" 0 "./$n" t.a
done
ln -sf "$OBJKIT" imports
like "called imports: it is imports" "$(./imports --help)" 'missing'
ln -sf "$OBJKIT" tool
status "called by any other name: the first argument counts" 0 ./tool --list
status "the same with an applet" 0 ./tool ar t t.a
done_testing
