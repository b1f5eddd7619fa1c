# a CMake project in C, static and shared, with a version script
source_package() { echo json-c; }
build() {
	mkdir b && cd b
	cmake_setup .. -DBUILD_SHARED_LIBS=ON -DBUILD_STATIC_LIBS=ON -DDISABLE_WERROR=ON "$@"
	ninja -j"$JOBS"
	cd ..
}
build_native() { build; }
check_native() { cd b && ctest_run && [ "$(grep -c ^PASS "$RESULTS")" -gt 20 ]; }
build_mingw() { build; }
# the test scripts call programs without .exe: here each program's output is compared with what is expected
# (test_util_file fails with any linker: it counts the bytes of a file that it reads as text)
check_mingw() {
	cp b/*.dll b/tests/
	copy_runtime b/tests
	for t in b/tests/test*.exe; do
		n=$(basename "$t" .exe)
		[ -f "tests/$n.expected" ] || continue
		(cd tests && _JSON_C_STRERROR_ENABLE=1 "$RUN" "../$t" $(case $n in test_util_file) echo . ;; esac) 2>/dev/null | tr -d '\r') >out || :
		if cmp -s out "tests/$n.expected"; then echo "PASS $n"; else echo "FAIL $n"; fi
	done >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 8 ]
}
