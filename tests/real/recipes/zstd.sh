# a Meson project: libzstd static and shared, its programs and quick tests
source_package() { echo libzstd; }
build() {
	meson_setup build/meson --default-library=both -Dbin_tests=true -Dbin_programs=true -Dzlib=disabled -Dlzma=disabled -Dlz4=disabled "$@"
	ninja -C b -j"$JOBS"
}
build_native() { build; }
check_native() {
	meson_run test-fullbench-1 test-zstream-1 test-longmatch test-invalidDictionaries test-poolTests test-zstd
	b/programs/zstd -q -19 -c CHANGELOG | b/programs/zstd -dc | cmp - CHANGELOG
	[ "$(grep -c ^PASS "$RESULTS")" -gt 3 ]
}
build_mingw() { build; }
check_mingw() {
	cp b/lib/*.dll b/programs/
	copy_runtime b/programs
	x=b/programs/zstd.exe
	for l in 1 3 19; do
		a_test "compresses, level $l" "$RUN" $x -q -$l -f CHANGELOG -o c.zst
		a_test "unpacks, level $l" "$RUN" $x -q -d -f c.zst -o c.txt
		a_test "the same, level $l" cmp c.txt CHANGELOG
	done
	a_test 'two threads' "$RUN" $x -q -T2 -B16K -f CHANGELOG -o c.zst
	a_test 'two threads, checked' "$RUN" $x -q -t c.zst
	cp b/lib/*.dll b/tests/
	copy_runtime b/tests
	cd b/tests
	for t in invalidDictionaries poolTests longmatch; do a_test $t "$RUN" $t.exe; done
	a_test zstreamtest "$RUN" zstreamtest.exe -s1 -i50 --no-big-tests
	all_pass 15
}
