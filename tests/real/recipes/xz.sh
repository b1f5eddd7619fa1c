source_package() { echo xz-utils; }
build_native() { ./configure --disable-nls --disable-doc && make -j"$JOBS"; }
check_native() { make check >check.out 2>&1 || :; results_from automake check.out; all_pass 10; }
build_mingw() { ./configure --host="$HOST" --disable-nls --disable-doc && make -j"$JOBS"; }
# the shell tests look for xz without .exe, so the library's own tests are what runs here
check_mingw() {
	cp src/liblzma/.libs/*.dll tests/ 2>/dev/null || :
	make -C tests check LOG_COMPILER="$RUN" TESTS="$(cd tests && ls test_*.c | sed 's/\.c$/.exe/' | tr '\n' ' ')" >check.out 2>&1 || :
	results_from automake check.out
	cp src/liblzma/.libs/*.dll . 2>/dev/null || :
	x=src/xz/.libs/xz.exe; [ -f $x ] || x=src/xz/xz.exe
	cp $x t.exe
	"$RUN" t.exe -c <ChangeLog >c.xz || :
	a_test 'the program compresses' sh -c 'xz -dc c.xz | cmp - ChangeLog'
	all_pass 8
}
