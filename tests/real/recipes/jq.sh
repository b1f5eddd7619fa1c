source_package() { echo jq; }
prepare() { [ -x configure ] || autoreconf -fi; }
build_native() { prepare; ./configure --without-oniguruma --disable-docs --disable-maintainer-mode && make -j"$JOBS"; }
check_native() { ./jq --run-tests tests/jq.test; }
build_mingw() {
	prepare
	./configure --host="$HOST" --without-oniguruma --disable-docs --disable-maintainer-mode --disable-shared \
		CFLAGS="-O2 -D_POSIX_C_SOURCE" && make -j"$JOBS"
}
check_mingw() { [ "$(echo '{"a":[1,2,3]}' | "$RUN" jq.exe -c '.a|map(.*2)|add' | tr -d '\r')" = 12 ]; }
