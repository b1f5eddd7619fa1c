source_package() { echo jq; }
prepare() { [ -x configure ] || autoreconf -fi; }
build_native() { prepare; ./configure --with-oniguruma=/usr --disable-docs --disable-maintainer-mode && make -j"$JOBS"; }
# cases PROGRAM FILE: what --run-tests says, a line for each case of FILE
cases() {
	"$@" 2>&1 | tr -d '\r' | awk -v file="${1##*/}" '
	function flush() { if (test != "") print (bad ? "FAIL " : "PASS ") test; bad = 0 }
	/^(Testing|Test #[0-9]+:) / { flush(); test = $0; next }
	/^\*\*\* / { bad = 1; next }
	/^[0-9]+ of [0-9]+ tests passed/ { flush(); test = ""; print "PASS ended: " $0 }' >>"$RESULTS"
}
check_native() {
	cases ./jq -L tests/modules --run-tests tests/jq.test
	cases ./jq --run-tests tests/onig.test
	cases ./jq --run-tests tests/base64.test
	for t in shtest utf8test optionaltest; do a_test $t env NO_VALGRIND=1 sh tests/$t; done
	all_pass 370
}
build_mingw() {
	prepare
	./configure --host="$HOST" --without-oniguruma --disable-docs --disable-maintainer-mode --disable-shared \
		CFLAGS="-O2 -D_POSIX_C_SOURCE" && make -j"$JOBS"
}
# without the regex library some cases are left out
check_mingw() {
	cp "/usr/$HOST/lib/libwinpthread-1.dll" . 2>/dev/null || :
	a_test 'a filter' sh -c '[ "$(echo "{\"a\":[1,2,3]}" | "$RUN" jq.exe -c ".a|map(.*2)|add" | tr -d "\r")" = 12 ]'
	cases "$RUN" jq.exe -L tests/modules --run-tests tests/jq.test
	cases "$RUN" jq.exe --run-tests tests/base64.test
	[ "$(grep -c ^PASS "$RESULTS")" -gt 250 ]
}
