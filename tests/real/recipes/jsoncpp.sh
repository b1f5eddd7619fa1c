# a CMake project in C++: a shared library whose classes cross its border, the same statically, and its tests
source_package() { echo libjsoncpp; }
build() {
	mkdir b && cd b
	cmake_setup .. -DBUILD_SHARED_LIBS=ON -DBUILD_STATIC_LIBS=ON -DBUILD_OBJECT_LIBS=OFF -DJSONCPP_WITH_POST_BUILD_UNITTEST=OFF \
		-DCMAKE_BUILD_TYPE=Debug "$@"
	ninja -j"$JOBS"
	cd ..
}
build_native() { build; }
build_mingw() { build; }
# its tests one by one
tests() {
	for t in $("$@" --list-tests | tr -d '\r'); do a_test "$t" sh -c '"$@" >out.txt 2>&1' sh "$@" --test "$t"; done
	[ "$(grep -c ^PASS "$RESULTS")" -gt 80 ]
}
check_native() { tests b/bin/jsoncpp_test; }
check_mingw() {
	copy_runtime b/bin
	tests "$RUN" b/bin/jsoncpp_test.exe
}
