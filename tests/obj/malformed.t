#!/bin/sh
# Malformed files (tests/files/bad-cases): a message that says what is wrong, exit status 1, no signal; and no
# command does worse on them, in little memory and time.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
dump="$top_builddir/tests/fuzz/dump"

awk '/^== / { if (n) close(n); split($0, p, / \| /); sub(/^== /, p[1]); n = "bad-" substr(p[1], 4) ".txt"; next }
	/^#/ { next } n { print > n }' "$top_srcdir/tests/files/bad-cases"
sed -n 's/^== //p' "$top_srcdir/tests/files/bad-cases" >cases

# A limit on memory that sanitizers' shadow cannot live with is left out there.
limit=; sh -c 'ulimit -v 300000 && "$0" "$1" >/dev/null' "$dump" "$top_srcdir/tests/files/good-elf-i386.o" 2>/dev/null &&
	limit='ulimit -v 300000;'

while IFS= read -r line; do
	name=${line%% | *} want=${line#* | }
	if ! mkobj "bad-$name.txt" >"bad-$name" 2>mk.err; then
		fail "$name: mkobj"; diag "$(cat mk.err)"; continue
	fi
	case $name in
	ar-*) set -- "$OBJKIT" ar t "bad-$name";;
	*) set -- "$dump" "bad-$name";;
	esac
	got=0; sh -c "$limit"' exec timeout 10 "$@"' sh "$@" >out 2>err || got=$?
	is "$name: exit status" "$got" 1
	like "$name: message" "$(cat err)" "bad-$name.*$want"
	worst=0
	for cmd in 'nm -a' 'nm -D' imports 'ar t' 'ar tv' 'ar p' 'nm -s' \
		'ld -m i386pep -o out.exe' 'ld -m elf_x86_64 -o out.elf'; do
		got=0
		# shellcheck disable=SC2086
		sh -c "$limit"' exec timeout 10 "$@"' sh "$OBJKIT" $cmd "bad-$name" >out 2>err </dev/null || got=$?
		[ -e out.exe ] || [ -e out.elf ] && [ $got != 0 ] && { worst=99; diag "$cmd: an output file"; }
		rm -f out.exe out.elf
		[ "$got" -gt 2 ] && { worst=$got; diag "$cmd: exit $got"; head -n 5 err | sed 's/^/# /'; }
	done
	is "$name: no command breaks" "$worst" 0
done <cases
done_testing
