source_package() { echo jq; }
prepare() { [ -x configure ] || autoreconf -fi; }
build_native() { prepare; ./configure --without-oniguruma --disable-docs --disable-maintainer-mode && make -j"$JOBS"; }
# five cases of the file need the regex library that is left out
check_native() { ./jq --run-tests tests/jq.test | tail -n 1 | grep -q '^335 of 340'; }
build_mingw() {
	prepare
	./configure --host="$HOST" --without-oniguruma --disable-docs --disable-maintainer-mode --disable-shared \
		CFLAGS="-O2 -D_POSIX_C_SOURCE" && make -j"$JOBS"
}
check_mingw() {
	cp "/usr/$HOST/lib/libwinpthread-1.dll" . 2>/dev/null || :
	[ "$(echo '{"a":[1,2,3]}' | "$RUN" jq.exe -c '.a|map(.*2)|add' | tr -d '\r')" = 12 ]
}
