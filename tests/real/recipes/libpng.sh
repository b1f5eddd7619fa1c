source_package() { echo libpng1.6; }
build_native() { ./configure && make -j"$JOBS"; }
check_native() { make -j"$JOBS" check; }
# libpng needs a zlib for the target: mingw's own package (libz-mingw-w64-dev)
build_mingw() { ./configure --host="$HOST" && make -j"$JOBS"; }
check_mingw() {
	cp .libs/*.dll . 2>/dev/null || :
	cp "/usr/$HOST/lib/zlib1.dll" .
	make pngtest.exe
	x=.libs/pngtest.exe; [ -f $x ] || x=pngtest.exe
	cp $x t.exe
	"$RUN" t.exe pngtest.png
}
