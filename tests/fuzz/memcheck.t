#!/bin/sh
# No part of make check (make check-valgrind, tools/test valgrind): every reader over every test file and the malformed
# ones, whole links, and runs of each applet under valgrind's memcheck, which sees what the sanitizers of the other steps
# do not: decisions and output that depend on bytes never written. VALGRIND: another valgrind and its options.
. "${top_srcdir:?}/tests/lib.sh"
have valgrind || { echo "1..0 # SKIP valgrind is not installed"; exit 0; }
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
files=$top_srcdir/tests/files
VALGRIND=${VALGRIND:-valgrind -q --error-exitcode=99 --exit-on-first-error=no --leak-check=no}
export PYTHONDONTWRITEBYTECODE=1

# Does it notice anything?
cat >unset.c <<'C'
#include <stdlib.h>
int main(void)
{
    volatile int *p = malloc(sizeof *p);
    return p && *p == 7 ? 1 : 0;
}
C
if ${CC:-cc} -O0 unset.c -o unset 2>cc.err; then
	# shellcheck disable=SC2086 # words
	status "valgrind notices a decision on unset bytes" 99 $VALGRIND ./unset
else
	skip_test "valgrind notices a decision on unset bytes" "no compiler"
fi

# ---- the readers, and links of every file inside one process (replay.t without valgrind)
awk '/^== / { if (n) close(n); split($0, p, / \| /); n = "bad-" substr(p[1], 4) ".txt"; next }
	/^#/ { next } n { print > n }' "$files/bad-cases"
for f in bad-*.txt; do
	mkobj "$f" >"${f%.txt}" 2>/dev/null
	rm "$f"
done
for t in ${MEMCHECK_TARGETS:-object ar-read armap ar-update fat inflate pe-resources ld-pe ld-elf ld-layout ld-script def-file ld-beside nm-object}; do
	seeds=
	for f in "$top_srcdir"/tests/fuzz/seeds/"$t"/*; do [ -e "$f" ] && seeds="$seeds $f"; done
	# shellcheck disable=SC2086
	$VALGRIND "$top_builddir/tests/fuzz/$t" "$files"/* bad-* $seeds >out 2>err
	is "$t: every file" "$? $(grep -c '^not ok' out) $(grep -c . err)" "0 0 0"
	[ -s err ] && diag "$(head -n 40 err)"
done

# ---- the applets: what they print and write depends on set bytes only
clean() { # NAME STATUS COMMAND...
	c_name=$1 c_want=$2; shift 2
	c_rc=0
	# shellcheck disable=SC2086
	$VALGRIND --log-file=log "$OBJKIT" "$@" >out 2>err || c_rc=$?
	is "$c_name" "$c_rc $(cat log)" "$c_want "
}
cp "$files/good-elf-x86_64.o" a.o; cp "$files/good-elf-comdat.o" b.o; cp "$files/good-coff-x86_64.o" p.o; chmod u+w ./*.o
clean "ar rc" 0 ar rc x.a a.o b.o
clean "ar r of COFF" 0 ar rc y.a p.o
clean "ar d" 0 ar d x.a a.o
clean "ar q, thin" 0 ar qcT t.a a.o b.o
clean "ar tv" 0 ar tv x.a
clean "ar x" 0 ar x x.a b.o
clean "ranlib" 0 ranlib y.a
for o in "" "-A" "-P" "-C -n" "-D --with-symbol-versions" "--format=json" "-S --size-sort" "-u" "-s"; do
	# shellcheck disable=SC2086
	clean "nm $o" 0 nm $o "$files/good-elf-versions.so" "$files/good-gnu.a"
done
clean "nm of Mach-O and universal files" 0 nm "$files/good-macho-x86_64-chained.dylib" "$files/good-fat.o"
clean "nm -l" 0 nm -l "$files/good-elf-debug-zlib.o"
clean "nm of a damaged file" 1 nm bad-elf-shoff
for o in "" "-A" "-f json" "-f tsv -A" "--exports" "--imphash" "--tree"; do
	# shellcheck disable=SC2086
	clean "imports $o" 0 imports $o "$files/good-pe-x86_64.dll"
done

# ---- links as users make them
elf="ld -m elf_x86_64 --unresolved-symbols=ignore-all -o out a.o x.a -e0"
pe="ld -m i386pep --unresolved-symbols=ignore-all -e 0 -o out p.o"
for o in "" "--threads=2" "-pie -Map=map --cref --gc-sections" "-pie --icf=all -s" "-r" "--emit-relocs --build-id" \
	"--dependency-file=d --reproduce=tar -static" "--oformat=binary"; do
	# shellcheck disable=SC2086
	clean "ld for ELF $o" 0 $elf $o
done
for o in "" "--threads=2" "-shared --out-implib=lib.a --output-def=def -Map=map" "-s --gc-sections --icf=all" "-r" \
	"--build-id --guard-cf --export-all-symbols"; do
	# shellcheck disable=SC2086
	clean "ld for Windows $o" 0 $pe $o
done
done_testing
