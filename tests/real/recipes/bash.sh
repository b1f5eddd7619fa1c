# its own test scripts, each one's output against what its authors expect
source_package() { echo bash; }
build_native() {
	./configure --without-bash-malloc
	make -j"$JOBS" CC_FOR_BUILD=gcc
	make CC_FOR_BUILD=gcc tests/recho 2>/dev/null || make CC_FOR_BUILD=gcc recho zecho printenv xcase
}
check_native() {
	cd tests
	for t in run-*; do
		case $t in run-all | run-minimal | run-gprof | run-jobs | run-coproc) continue ;; esac
		# shellcheck disable=SC2034 # the scripts read it
		out=$(BASH_TSTOUT=$PWD/t.out PATH="$PWD/..:$PATH" THIS_SH="$PWD/../bash" timeout 120 sh "$t" 2>&1 </dev/null | grep -av '^warning') || :
		if [ -z "$out" ]; then echo "PASS $t"; else echo "FAIL $t"; fi
	done >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 40 ]
}
