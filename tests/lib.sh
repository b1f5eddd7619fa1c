# lib.sh - TAP for shell tests. Source it first; end with done_testing.
#
# The test runs in an empty directory of its own, $T, which is removed at the end. $OBJKIT is the
# program under test; ar, nm, ranlib, imports and ld below run its applets.
set -u
: "${top_srcdir:?run by make check}" "${top_builddir:?}" "${OBJKIT:?}"
LC_ALL=C; export LC_ALL
SOURCE_DATE_EPOCH=; unset SOURCE_DATE_EPOCH
T=$(mktemp -d "${TMPDIR:-/tmp}/objkit-test.XXXXXX") || exit 99
trap 'cd /; chmod -R u+rwx "$T" 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 99' INT TERM HUP
cd "$T" || exit 99
tap_n=0

ar() { "$OBJKIT" ar "$@"; }
ranlib() { "$OBJKIT" ranlib "$@"; }
nm() { "$OBJKIT" nm "$@"; }
imports() { "$OBJKIT" imports "$@"; }
ld() { "$OBJKIT" ld "$@"; }
mkobj() { "${PYTHON3:-python3}" "$top_srcdir/tests/tools/mkobj" "$@"; }

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }
pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
fail() { tap_n=$((tap_n + 1)); echo "not ok $tap_n - $1"; }

# ok NAME COMMAND...: the command succeeds
ok() {
	tap_name=$1; shift
	if "$@" >tap.out 2>tap.err; then pass "$tap_name"; else
		fail "$tap_name"; diag "exit $?: $*"; head -n 20 tap.out tap.err | sed 's/^/# /'; fi
}
# status NAME CODE COMMAND...: the command exits with CODE
status() {
	tap_name=$1 tap_want=$2; shift 2
	tap_got=0; "$@" >tap.out 2>tap.err || tap_got=$?
	if [ $tap_got = "$tap_want" ]; then pass "$tap_name"; else
		fail "$tap_name"; diag "exit $tap_got, wanted $tap_want: $*"; head -n 20 tap.out tap.err | sed 's/^/# /'; fi
}
# is NAME GOT WANTED: two strings are equal
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else
		fail "$1"; diag "got:"; diag "$2"; diag "wanted:"; diag "$3"; fi
}
# like NAME GOT ERE: the string matches
like() {
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then pass "$1"; else
		fail "$1"; diag "got:"; diag "$2"; diag "no match for: $3"; fi
}
unlike() {
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then
		fail "$1"; diag "got:"; diag "$2"; diag "matches: $3"; else pass "$1"; fi
}
# same NAME FILE FILE: byte for byte
same() {
	if cmp -s "$2" "$3"; then pass "$1"; else
		fail "$1"; diag "$2 and $3 differ"; diff "$2" "$3" 2>&1 | head -n 20 | sed 's/^/# /'; fi
}
# peer TOOL: the path of the system's own, which the functions above hide
peer() { (unset -f ar ranlib nm imports ld; command -v "$1"); }
# have TOOL...: are all there? (the system's own)
have() { for tap_t; do peer "$tap_t" >/dev/null 2>&1 || return 1; done; }
# skip_test NAME REASON: one test that this machine cannot run
skip_test() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
# need TOOL...: the whole file needs them
need() {
	for tap_t; do
		have "$tap_t" || { echo "1..0 # SKIP $tap_t is not installed"; exit 0; }
	done
}
# win64 / win32: the runners for Windows programs that tools/wine-setup.sh makes; empty if missing
win_dir=${OBJKIT_WINE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/objkit-wine}
run_win64=; [ -x "$win_dir/run-win64" ] && run_win64=$win_dir/run-win64
run_win32=; [ -x "$win_dir/run-win32" ] && run_win32=$win_dir/run-win32

done_testing() { echo "1..$tap_n"; }
