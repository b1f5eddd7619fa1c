# a CMake project: fmt as a shared library and its tests, which catch what the library throws
source_package() { echo fmtlib; }
tests='args-test assert-test chrono-test color-test core-test format-test os-test ostream-test printf-test ranges-test std-test unicode-test xchar-test'
build() {
	mkdir b && cd b
	cmake_setup .. -DBUILD_SHARED_LIBS=ON -DFMT_DOC=OFF -DFMT_TEST=ON -DCMAKE_BUILD_TYPE=None "$@"
	ninja -j"$JOBS" fmt $tests
	cd ..
}
build_native() { build; }
# googletest wants std::mutex: the compiler with POSIX threads
build_mingw() {
	CC="$HOST-gcc-posix${CC#"$HOST-gcc"}" CXX="$HOST-g++-posix${CXX#"$HOST-g++"}"
	build
}
check_native() { cd b && ctest_run -R "^($(echo $tests | tr " " "|"))\$" && [ "$(grep -c ^PASS "$RESULTS")" -gt 7 ]; }
check_mingw() {
	cd b
	find . -name '*.dll' -exec cp {} bin/ \; 2>/dev/null || :
	copy_runtime bin "$HOST-g++-posix"
	ctest_run -R "^($(echo $tests | tr " " "|"))\$" && [ "$(grep -c ^PASS "$RESULTS")" -gt 7 ]
}
