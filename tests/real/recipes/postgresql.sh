# the server loads many modules and exports its symbols to them; its regression tests run as a plain user
source_package() { echo postgresql-15; }
build_native() {
	./configure --without-readline --without-icu --without-zlib CFLAGS=-O1 AR="$AR"
	make -j"$JOBS" -C src/backend generated-headers
	make -j"$JOBS"
	make -j"$JOBS" -C contrib/hstore
	make -C src/test/regress
}
check_native() {
	user=nobody
	chown -R $user .
	chmod a+x . .. 2>/dev/null || :
	d=$(mktemp -d) && chown $user "$d"
	setpriv --reuid=$user --clear-groups env HOME="$d" TMPDIR="$d" PG_REGRESS_SOCKET_DIR="$d" make -C src/test/regress check >check.out 2>&1 || :
	rm -rf "$d"
	sed -n 's/^\(test\)\{0,1\} *\([a-z_0-9.]*\) *\.\.\. \(ok\|FAILED\).*/\3 \2/p' check.out | sed 's/^ok/PASS/; s/^FAILED/FAIL/' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 150 ]
}
