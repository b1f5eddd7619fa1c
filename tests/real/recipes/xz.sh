source_package() { echo xz-utils; }
build_native() { ./configure --disable-nls --disable-doc && make -j"$JOBS"; }
check_native() { make -j"$JOBS" check; }
build_mingw() { ./configure --host="$HOST" --disable-nls --disable-doc && make -j"$JOBS"; }
# the shell tests look for xz without .exe, so the library's own tests are what runs here
check_mingw() {
	cp src/liblzma/.libs/*.dll tests/ 2>/dev/null || :
	make -C tests check LOG_COMPILER="$RUN" TESTS="$(cd tests && ls test_*.c | sed 's/\.c$/.exe/' | tr '\n' ' ')"
	cp src/liblzma/.libs/*.dll . 2>/dev/null || :
	x=src/xz/.libs/xz.exe; [ -f $x ] || x=src/xz/xz.exe
	cp $x t.exe
	"$RUN" t.exe -c <ChangeLog >c.xz
	xz -dc c.xz | cmp - ChangeLog
}
