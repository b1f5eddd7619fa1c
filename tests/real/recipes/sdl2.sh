# SDL as a DLL with resources and a program of its tests that needs no screen
source_package() { echo libsdl2; }
build_mingw() {
	mkdir b && cd b
	../configure --host="$HOST" --enable-shared --enable-static
	make -j"$JOBS"
	cd ..
}
check_mingw() {
	for t in testver testfile testthread testatomic testqsort testpower; do
		$CC -O1 -Ib/include -Iinclude -o $t.exe test/$t.c b/build/.libs/libSDL2_test.a b/build/.libs/libSDL2.dll.a -lmingw32 b/build/.libs/libSDL2main.a b/build/.libs/libSDL2.dll.a -mconsole
	done
	cp b/build/.libs/SDL2.dll .
	export SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy
	for t in testver testatomic testqsort testfile; do
		if timeout 120 "$RUN" $t.exe >$t.out 2>&1; then echo "PASS $t"; else echo "FAIL $t"; fi
	done >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 2 ]
}
