#!/bin/sh
# An output that is also an input, or two outputs of one name, are refused before anything is written: under the name
# itself, a symbolic link or a hard link, and for every kind of output.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }

mkdir keep; cd keep || exit 99
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >s.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol f GLOBAL FUNC sec=.text\n' | mkobj - >f.o
printf 'coff AMD64\nsection .text\n  bytes 31 c0 c3\nsymbol fn EXTERNAL FUNCTION sec=.text\n' | mkobj - >p.o
"$OBJKIT" ar rc x.a f.o
"$OBJKIT" ar rcT t.a f.o
echo '{ global: *; };' >v.ver; printf 'EXPORTS\n fn\n' >d.def; echo 'INPUT(s.o)' >in.ld; echo _start >names
echo 'SECTIONS { .text : { *(.text) } }' >t.ld
ln s.o hard.o; ln -s s.o soft.o; ln -s x.a soft.a
cd .. || exit 99
cksum keep/* >before

# refused NAME ERE COMMAND...: exit 1, the message, every file as it was, nothing new but what OK_NEW names
refused() {
	r_name=$1 r_want=$2; shift 2
	rm -rf w; cp -a keep w
	r_rc=0; (cd w && "$@" >../r.out 2>../r.err) || r_rc=$?
	is "$r_name: exit 1, nothing touched" \
		"$r_rc $(cd w && cksum -- * | sed 's, \([^ ]*\)$, keep/\1,' | diff - ../before | tr '\n' ' ')" "1 "
	like "$r_name: the message" "$(cat r.err)" "$r_want"
}
elf() { r=$1; shift; refused "$r" 'is also an input' "$OBJKIT" ld -m elf_x86_64 "$@"; }
pe() { r=$1; shift; refused "$r" 'is also an input' "$OBJKIT" ld -m i386pep -shared -e 0 "$@"; }
elf "an object" -o s.o s.o
elf "an object, through a symbolic link" -o soft.o s.o
elf "an object, through a hard link" -o hard.o s.o
elf "an object by another path" -o s.o ./../w/s.o
elf "an archive" -o x.a s.o x.a -u f
elf "an archive that gives nothing" -o x.a s.o x.a
elf "a member of a thin archive" -o f.o s.o t.a -u f
elf "a version script" -o v.ver -shared s.o --version-script=v.ver
elf "a script as input" -o in.ld in.ld
elf "a script of -T" -o t.ld s.o -T t.ld
elf "a list of symbols to keep" -o names s.o --retain-symbols-file=names
elf "an ordering file" -o names s.o --symbol-ordering-file=names
elf "a binary input" -o names s.o -b binary names
elf "-r" -r -o s.o s.o
elf "a map over an input" -o out s.o -Map=s.o
elf "a dependency file over an input" -o out s.o --dependency-file=s.o
elf "a tar over an input" -o out s.o --reproduce=s.o
elf "a time trace over an input" -o out s.o --time-trace=s.o
pe "a .def file" -o d.def p.o d.def
pe "an import library over an input" -o out.dll p.o d.def --out-implib=p.o
pe "a .def file over an input" -o out.dll p.o d.def --output-def=d.def
twice() { r=$1; shift; refused "$r" 'are the same file' "$OBJKIT" ld "$@"; }
twice "map and output" -m elf_x86_64 -o out s.o -Map=out
twice "dependencies and map" -m elf_x86_64 -o out s.o --dependency-file=b -Map=./b
twice "tar and output" -m elf_x86_64 -o out s.o --reproduce=../w/out
twice "import library and DLL" -m i386pep -shared -e 0 -o out.dll p.o --out-implib=out.dll
twice "map and the copy of --force-exe-suffix" -m i386pep -e fn --force-exe-suffix -o p p.o -Map=p.exe

# a link that fails for another reason does not overwrite an input either
refused "a tar over an input of a failed link" 'cannot open' "$OBJKIT" ld -m elf_x86_64 -o out nosuch.o s.o --reproduce=s.o

# devices may be named as often as one likes, and an old output is no input
cp keep/s.o s.o
ok "every report to /dev/null" "$OBJKIT" ld -m elf_x86_64 -o out s.o -Map=/dev/null --dependency-file=/dev/null
ok "an old output" "$OBJKIT" ld -m elf_x86_64 -o out s.o -Map=out.map
ok "old reports" "$OBJKIT" ld -m elf_x86_64 -o out s.o -Map=out.map

# ar
refused "an archive into itself" 'member of itself' "$OBJKIT" ar rc x.a x.a
refused "an archive into itself, through a symbolic link" 'member of itself' "$OBJKIT" ar rc soft.a x.a
refused "an archive into itself, appended" 'member of itself' "$OBJKIT" ar q x.a ./x.a
done_testing
