# pe.sh - for tests that link Windows programs; source it after lib.sh.
#
#   for_target x86_64|i686     sets P (tool prefix) and the runner
#   cc, cxx                    the mingw compiler, with objkit as its linker
#   gcc_gnu                    the same with GNU ld
#   run PROG...                runs it under wine: output without CR on stdout, its exit status
#   linked_by_us NAME FILE     asserts that objkit wrote FILE: the linker version in its header
mkdir -p "$T/B"
for pe_n in ld real-ld collect2; do ln -sf "$OBJKIT" "$T/B/$pe_n"; done

for_target() {
	P=$1-w64-mingw32
	case $1 in
	x86_64) runner=$run_win64 emulation=i386pep U= ;;
	i686) runner=$run_win32 emulation=i386pe U=_ ;;
	esac
	mkdir -p "$T/$1" && cd "$T/$1" || exit 99
}
cc() { "$P-gcc" -B"$T/B/" "$@"; }
cxx() { "$P-g++" -B"$T/B/" "$@"; }
gcc_gnu() { "$P-gcc" "$@"; }
run() {
	[ -n "$runner" ] || return 77
	WINEDEBUG=-all timeout 60 "$runner" "$@" >run.out 2>run.err
	run_rc=$?
	tr -d '\r' <run.out
	return $run_rc
}
# windows_rustc: a rustc of PATH that has the standard library for x86_64 Windows, or nothing (Debian: rustc,
# libstd-rust-dev-windows)
windows_rustc() {
	for pe_d in $(echo "$PATH" | tr ':' ' '); do
		[ -x "$pe_d/rustc" ] && [ -d "$("$pe_d/rustc" --print sysroot 2>/dev/null)/lib/rustlib/x86_64-pc-windows-gnu/lib" ] &&
			{ echo "$pe_d/rustc"; return; }
	done
}
# runs NAME WANTED-OUTPUT WANTED-STATUS PROG...
runs() {
	runs_name=$1 runs_want=$2 runs_rc=$3; shift 3
	[ -n "$runner" ] || { skip_test "$runs_name" "no wine for this machine"; return; }
	runs_out=$(run "$@"); runs_got=$?
	is "$runs_name" "$runs_out; exit $runs_got" "$runs_want; exit $runs_rc"
}
linked_by_us() {
	like "$1" "$("$P-objdump" -p "$2" | grep -E 'M(aj|in)orLinkerVersion' | awk '{print $2}' | xargs)" '^0 1$'
}
