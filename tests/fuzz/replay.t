#!/bin/sh
# Every fuzz target runs over every committed test file and its own seeds: no crash, the same answer
# twice, the memory budget kept.
. "${top_srcdir:?}/tests/lib.sh"
# The malformed ones are text for mkobj.
awk '/^== / { if (n) close(n); split($0, p, / \| /); n = "bad-" substr(p[1], 4) ".txt"; next }
	/^#/ { next } n { print > n }' "$top_srcdir/tests/files/bad-cases"
for f in bad-*.txt; do
	[ -n "${PYTHON3:-}" ] && mkobj "$f" >"${f%.txt}" 2>/dev/null
	rm "$f"
done
for t in $(sed -n '/^fuzz_targets = /,/[^\\]$/{ s/^fuzz_targets = //; s/\\$//; p; }' "$top_srcdir/tests/fuzz/Makefile.inc"); do
	seeds=
	for f in "$top_srcdir"/tests/fuzz/seeds/"$t"/*; do [ -e "$f" ] && seeds="$seeds $f"; done
	# LeakSanitizer's tracer does not bear a library that was loaded at run time: libdw.
	case $t in nm-object) asan=${ASAN_OPTIONS:-}:detect_leaks=0 ;; *) asan=${ASAN_OPTIONS:-} ;; esac
	# shellcheck disable=SC2086
	ASAN_OPTIONS=$asan "$top_builddir/tests/fuzz/$t" "$top_srcdir"/tests/files/* bad-* $seeds >out 2>err
	is "$t: every file" "$? $(grep -c '^not ok' out) $(grep -c . err)" "0 0 0"
	[ -s err ] && diag "$(tail -n 5 out; head -n 20 err)"
done
done_testing
