source_package() { echo busybox; }
build_native() {
	make defconfig
	sed -i 's/^CONFIG_TC=y/# CONFIG_TC is not set/' .config
	yes '' | make oldconfig
	make -j"$JOBS" CC="$CC" AR="$AR" NM="$NM" LD="ld" SKIP_STRIP=y
}
check_native() {
	./busybox sh -c 'echo $((6*7))' | grep -qx 42
	printf 'b\na\n' | ./busybox sort | head -n 1 | grep -qx a
	(cd testsuite && ./runtest -v awk sed sort tr cut grep >../check.out 2>&1) || :
	grep -c '^PASS' check.out
	[ "$(grep -c '^FAIL' check.out)" -le 1 ]
}
