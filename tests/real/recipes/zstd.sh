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
	"$RUN" $x -q -19 -f CHANGELOG -o c.zst
	"$RUN" $x -q -d -f c.zst -o c.txt
	cmp c.txt CHANGELOG
	(cd b/tests 2>/dev/null || cd b; cp ../lib/*.dll .; "$RUN" invalidDictionaries.exe; "$RUN" poolTests.exe)
}
