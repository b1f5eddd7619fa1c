source_package() { echo zlib; }
build_native() { ./configure && make -j"$JOBS"; }
check_native() { make test; }
build_mingw() { make -f win32/Makefile.gcc -j"$JOBS" PREFIX="$HOST-" CC="$CC" LD="$CC" AR="$AR"; }
check_mingw() {
	"$RUN" example_d.exe foo.gz
	"$RUN" example.exe foo.gz
	"$RUN" minigzip_d.exe <ChangeLog >c.gz
	gzip -dc c.gz | cmp - ChangeLog
}
