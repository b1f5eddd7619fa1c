#!/bin/sh
# Every well-formed file cut at every length, and with every byte changed: an error or an answer, never
# a crash. Runs in one process, so that it is quick under the sanitizers too.
. "${top_srcdir:?}/tests/lib.sh"
for f in "$top_srcdir"/tests/files/good-*; do
	"$top_builddir/tests/fuzz/object" --truncate --flip "$f" >out 2>err
	is "$(basename "$f")" "$? $(grep -c '^ok' out) $(grep -c . err)" "0 1 0"
	[ -s err ] && diag "$(head -n 20 err)"
done
for f in "$top_srcdir"/tests/files/good-*.a; do
	"$top_builddir/tests/fuzz/armap" --truncate --flip "$f" >out 2>err
	is "index of $(basename "$f")" "$? $(grep -c '^ok' out) $(grep -c . err)" "0 1 0"
	[ -s err ] && diag "$(head -n 20 err)"
done
done_testing
