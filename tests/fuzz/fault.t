#!/bin/sh
# Every system call that a small run makes fails once, and every allocation: either the command succeeds all
# the same with the right result, or it says why not and exits with 1, leaves the old output whole, and no
# temporary file behind.
. "${top_srcdir:?}/tests/lib.sh"
files=$top_srcdir/tests/files
if ! ${CC:-cc} -shared -fPIC -O1 -o fault.so "$top_srcdir/tests/fuzz/fault.c" -ldl 2>cc.err; then
	echo "1..0 # SKIP the fault library needs a compiler and glibc"; exit 0
fi
if ! OBJKIT_FAULT=none:1 LD_PRELOAD=$T/fault.so "$OBJKIT" --version >/dev/null 2>&1; then
	echo "1..0 # SKIP the program cannot run under LD_PRELOAD (sanitizers)"; exit 0
fi

# try NAME OUTPUT SETUP COMMAND...: SETUP (a function) prepares directory w; the command runs in it. OUTPUT is
# the file that it writes, or - for standard output only.
try() {
	try_name=$1 try_out=$2 try_setup=$3; shift 3
	rm -rf w want; mkdir w want
	(cd w && $try_setup)
	cp -R w old
	(cd w && "$@" >../want.out 2>../want.err) || { fail "$try_name: works without faults"; diag "$(cat want.err)"; rm -rf old; return; }
	[ "$try_out" = - ] || cp "w/$try_out" want/
	ls -A w >want.ls; ls -A old >old.ls
	for kind in open read write short close rename mmap truncate stat malloc; do
		bad= n=0 seen=0
		while n=$((n + 1)); [ $n -le 400 ]; do
			rm -rf w hit; cp -R old w
			got=0
			(cd w && OBJKIT_FAULT=$kind:$n OBJKIT_FAULT_HIT=$T/hit LD_PRELOAD=$T/fault.so exec timeout 20 "$@" >../out 2>../err) || got=$?
			[ -e hit ] || break
			seen=$n
			ls -A w >ls
			if [ $got = 0 ]; then
				cmp -s out want.out || bad="$bad $n(output)"
				[ "$try_out" = - ] || cmp -s "w/$try_out" "want/$try_out" || bad="$bad $n(result)"
				cmp -s ls want.ls || bad="$bad $n(files)"
			elif [ $got != 1 ]; then
				bad="$bad $n(exit $got)"
			else
				[ -s err ] || bad="$bad $n(silent)"
				[ "$try_out" = - ] || [ ! -e "old/$try_out" ] || cmp -s "w/$try_out" "old/$try_out" ||
					cmp -s "w/$try_out" "want/$try_out" || bad="$bad $n(damaged)"
				cmp -s ls old.ls || cmp -s ls want.ls || bad="$bad $n(left behind)"
			fi
		done
		is "$try_name: $kind fails ($seen times)" "$bad" ""
	done
	rm -rf old
}

objects() { cp "$files/good-elf-x86_64.o" a.o; cp "$files/good-elf-i386.o" b.o; }
archive() { objects; cp "$files/good-gnu.a" x.a; chmod 644 x.a; }
stale() { objects; "$OBJKIT" ar rcS x.a a.o b.o; }
big() { objects; head -c 3000000 /dev/zero >z; "$OBJKIT" ar rc x.a a.o z b.o; }
dll() { cp "$files/good-pe-x86_64.dll" x.dll; }
try "ar rc" x.a objects "$OBJKIT" ar rc x.a a.o b.o
try "ar r" x.a archive "$OBJKIT" ar r x.a b.o
try "ar d" x.a archive "$OBJKIT" ar d x.a a.o
try "ranlib" x.a stale "$OBJKIT" ranlib x.a
try "ar t" - archive "$OBJKIT" ar t x.a
try "ar x" t.txt archive "$OBJKIT" ar x x.a t.txt
try "nm" - archive "$OBJKIT" nm x.a
try "nm of a large file" - big "$OBJKIT" nm x.a
try "ar r in a large file" x.a big "$OBJKIT" ar r x.a b.o
try "imports" - dll "$OBJKIT" imports x.dll
linked() {
	printf 'elf64 machine=X86_64\nsection .text\n  bytes b8 3c000000 31 ff 0f 05\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >s.o
	printf 'coff AMD64\nsection .text\n  bytes 31 c0 c3\nsymbol mainCRTStartup EXTERNAL FUNCTION sec=.text\n' | mkobj - >p.o
	echo old >out
}
if [ -n "${PYTHON3:-}" ]; then
	try "ld for ELF" out linked "$OBJKIT" ld -m elf_x86_64 --threads=1 -o out s.o
	try "ld for PE" out linked "$OBJKIT" ld -m i386pep --threads=1 --no-insert-timestamp -o out p.o
else
	skip_test "ld" "python3 is not installed"
fi
done_testing
