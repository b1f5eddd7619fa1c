source_package() { echo libpng1.6; }
build_native() { ./configure && make -j"$JOBS"; }
check_native() { make check >check.out 2>&1 || :; results_from automake check.out; all_pass 10; }
# libpng needs a zlib for the target: mingw's own package (libz-mingw-w64-dev)
build_mingw() { ./configure --host="$HOST" && make -j"$JOBS"; }
check_mingw() {
	cp .libs/*.dll . 2>/dev/null || :
	cp "/usr/$HOST/lib/zlib1.dll" .
	make -j"$JOBS" pngtest.exe pngvalid.exe pngunknown.exe pngimage.exe
	mkdir -p t
	cp ./*.dll t
	for p in pngtest pngvalid pngunknown pngimage; do
		if [ -f .libs/$p.exe ]; then cp .libs/$p.exe t; else cp $p.exe t; fi
	done
	a_test pngtest "$RUN" t/pngtest.exe --strict pngtest.png
	a_test pngimage "$RUN" t/pngimage.exe --list-combos --log contrib/pngsuite/basn*.png
	# the scripts of "make check" that run one program with options
	for s in tests/pngvalid-* tests/pngunknown-*; do
		o=$(sed -n 's/"//g; s/${srcdir}/./; s/^exec \.\/png[a-z]*//p' $s)
		p=${s#tests/}
		a_test "$p" sh -c "'$RUN' t/${p%%-*}.exe $o"
	done
	all_pass 50
}
