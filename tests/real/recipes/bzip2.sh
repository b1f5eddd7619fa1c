source_package() { echo bzip2; }
build_native() { make -j"$JOBS" CC="$CC" AR="$AR" RANLIB="$RANLIB" libbz2.a bzip2 bzip2recover; }
check_native() { make test CC="$CC" AR="$AR" RANLIB="$RANLIB"; }
build_mingw() {
	make -j"$JOBS" CC="$CC" AR="$AR" RANLIB="$RANLIB" libbz2.a
	$CC -O2 -o bz.exe bzip2.c -L. -lbz2
}
check_mingw() {
	for n in 1 2 3; do
		"$RUN" bz.exe -$n <sample$n.ref >out.bz2
		cmp out.bz2 sample$n.bz2
		"$RUN" bz.exe -d <sample$n.bz2 >out.ref
		cmp out.ref sample$n.ref
	done
}
