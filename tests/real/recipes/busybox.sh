# needs a kernel with what its tests touch; --tools=both shows which cases fail with GNU's tools as well
source_package() { echo busybox; }
build_native() {
	make defconfig
	sed -i 's/^CONFIG_TC=y/# CONFIG_TC is not set/' .config
	yes '' | make oldconfig
	make -j"$JOBS" CC="$CC" AR="$AR" NM="$NM" LD="ld" SKIP_STRIP=y
}
check_native() {
	./busybox sh -c 'echo $((6*7))' | grep -qx 42
	(cd testsuite && ./runtest -v >../check.out 2>&1) || :
	grep -aE '^(PASS|FAIL): ' check.out | sed 's/: / /' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 500 ]
}
