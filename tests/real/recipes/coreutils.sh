# --full: the whole suite; else the tests of text and file tools that are quick
source_package() { echo coreutils; }
build_native() {
	FORCE_UNSAFE_CONFIGURE=1 ./configure --disable-nls --enable-no-install-program=stdbuf
	make -j"$JOBS"
}
check_native() {
	some=$(ls tests/cp/*.sh tests/mv/*.sh tests/misc/[c-j]*.pl tests/misc/[c-s]*.sh tests/misc/s[a-o]*.pl tests/split/*.sh 2>/dev/null |
		grep -vE 'timeout|usage_vs|cat-buf|sort-debug|selinux|csplit-heap|printf-surp')
	if [ -n "$FULL" ]; then set --; else set -- "TESTS=$(echo $some)"; fi
	make -k -j"$JOBS" check SUBDIRS=. "$@" >check.out 2>&1 || :
	results_from automake check.out
	[ "$(grep -c ^PASS "$RESULTS")" -gt 100 ]
}
