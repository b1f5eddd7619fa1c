#!/bin/sh
# Failing system calls and allocations in the modes of imports and nm (fault.sh; fault.t has the plain ones).
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/fuzz/fault.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
fault_start
files=$top_srcdir/tests/files
try_writes=no try_status=0
# libarchive and libdw do not bear it themselves when there is no memory
every=$fault_kinds without_malloc=${fault_kinds% malloc}
mkdir in
cp "$files/good-pe-x86_64.dll" in/x.dll; cp "$files/good-pe-delay.dll" in/delay.dll; cp "$files/good-elf-versions.so" in/v.so
cp "$files/good-macho-x86_64-chained.dylib" in/c.dylib; cp "$files/good-fat.o" in/fat.o; cp "$files/good-gnu.a" in/x.a
cp "$files/good-thin.a" in/thin.a; cp "$files/good-elf-x86_64.o" in/a.o; cp "$files/good-shortimp.a" in/s.a
cp "$files/good-elf-debug-zlib.o" in/z.o; cp "$files/good-darwin.a" in/d.a; chmod -R u+w in
printf 'pe AMD64\nsection .text\n  bytes c3\nimport x.dll f @1\nimport y.dll g\n' | mkobj - >in/p.exe
printf 'pe AMD64 dll\nsection .text\n  bytes c3\nimport p.exe h\nexports y.dll\nexport g rva=0x1000\n' | mkobj - >in/y.dll
printf 'LIBRARY x.dll\nEXPORTS\n f @1\n' >in/x.def
{ have zip && (cd in && zip -q c.zip x.dll a.o); } || cp in/x.dll in/c.zip
all() { cp ../in/* .; }
for c in "-f json x.dll delay.dll" "-f tsv -A x.dll v.so" "-f posix c.dylib" "-L fat.o x.a" "-C s.a" "--exports y.dll" \
	"--paths v.so" "--kind=delay delay.dll" "--name-ordinals --ordinals=x.def p.exe" "--windows x.dll" "--imphash x.dll" \
	"--symbol=g p.exe" "--tree -p . p.exe" "-f json --tree -p . p.exe" "--diff x.dll y.dll" "." "c.zip"; do
	try_status=0
	(cd in && "$OBJKIT" imports $c >/dev/null 2>&1) || try_status=$?
	# shellcheck disable=SC2086 # words
	case $c in . | c.zip) fault_kinds=$without_malloc ;; esac
	# shellcheck disable=SC2086
	try "imports $c" all "$OBJKIT" imports --threads=1 $c
done
fault_kinds=$every
for c in "--missing -p . p.exe" "--check -p . p.exe" "--why=x.dll -p . p.exe"; do
	try_status=0
	(cd in && "$OBJKIT" imports $c >/dev/null 2>&1) || try_status=$?
	# shellcheck disable=SC2086
	try "imports $c" all "$OBJKIT" imports --threads=1 $c
done
for c in "-D v.so y.dll" "-s x.a" "--format=json a.o x.a" "-C -A s.a d.a" "-n --size-sort a.o" "fat.o c.dylib" "-l z.o" "c.zip" "-u -P thin.a"; do
	try_status=0
	(cd in && "$OBJKIT" nm $c >/dev/null 2>&1) || try_status=$?
	case $c in c.zip | -l*) fault_kinds=$without_malloc ;; *) fault_kinds=$every ;; esac
	# shellcheck disable=SC2086
	try "nm $c" all "$OBJKIT" nm --threads=1 $c
done
done_testing
