# fault.sh - for the tests of failing system calls and allocations: fault_start, then try NAME SETUP COMMAND... Each
# call that a small run makes fails once, and each allocation: either the command succeeds all the same with the right
# result, or it says why not and exits with 1, leaves each file as it was or finished, and no temporary behind.

fault_start() {
	if ! ${CC:-cc} -shared -fPIC -O1 -o fault.so "$top_srcdir/tests/fuzz/fault.c" -ldl 2>cc.err; then
		echo "1..0 # SKIP the fault library needs a compiler and glibc"; exit 0
	fi
	if ! OBJKIT_FAULT=none:1 LD_PRELOAD=$T/fault.so "$OBJKIT" --version >/dev/null 2>&1; then
		echo "1..0 # SKIP the program cannot run under LD_PRELOAD (sanitizers)"; exit 0
	fi
	fault_kinds="open read write short close rename mmap truncate stat malloc"
}

# whole_files: is every file of w as in old or as in want? Prints those that are neither.
whole_files() {
	for f in w/* w/.[!.]*; do
		[ -f "$f" ] || continue
		f=${f#w/}
		cmp -s "w/$f" "old/$f" || cmp -s "w/$f" "want/$f" || printf '%s' "$f "
	done
}

# try NAME SETUP COMMAND...: SETUP (a function) prepares directory w; the command runs in it. The setup makes old
# versions of all outputs, or the command makes one output only.
try() {
	try_name=$1 try_setup=$2; shift 2
	rm -rf w want old; mkdir w
	(cd w && $try_setup)
	cp -R w old
	want_rc=0; (cd w && "$@" >../want.out 2>../want.err) || want_rc=$?
	[ $want_rc = "${try_status:-0}" ] || { fail "$try_name: works without faults"; diag "$(cat want.err)"; return; }
	cp -R w want; ls -A w >want.ls; ls -A old >old.ls
	for kind in $fault_kinds; do
		bad= n=0 seen=0
		while n=$((n + 1 + n / 40)); [ $n -le 400 ]; do # every call of the first 40, then fewer
			if [ "$try_writes" = yes ] || [ $n = 1 ]; then rm -rf w; cp -R old w; fi
			rm -f hit; got=0
			(cd w && OBJKIT_FAULT=$kind:$n OBJKIT_FAULT_HIT=$T/hit LD_PRELOAD=$T/fault.so exec timeout 100 "$@" >../out 2>../err) || got=$?
			[ -e hit ] || break
			seen=$n
			[ "$try_writes" = yes ] && { ls -A w >ls; torn=$(whole_files); bad="$bad${torn:+ $n(torn: $torn)}"; }
			if [ $got = $want_rc ] && [ $got != 1 ]; then
				cmp -s out want.out || [ -n "${try_may_tell:-}" -a -s err ] || bad="$bad $n(output)"
				[ "$try_writes" != yes ] || cmp -s ls want.ls || bad="$bad $n(files)"
			elif [ $got != 1 ]; then
				bad="$bad $n(exit $got)"
			else
				[ -s err ] || bad="$bad $n(silent)"
				! grep -q '^objkit: ' err || bad="$bad $n(without the applet's name)"
				[ "$try_writes" != yes ] || cmp -s ls old.ls || cmp -s ls want.ls || bad="$bad $n(left behind)"
			fi
		done
		is "$try_name: $kind fails ($seen times)" "$bad" ""
	done
}
