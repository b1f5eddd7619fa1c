source_package() { echo bzip2; }
build_native() { make -j"$JOBS" CC="$CC" AR="$AR" RANLIB="$RANLIB" libbz2.a bzip2 bzip2recover; }
build_mingw() {
	make -j"$JOBS" CC="$CC" AR="$AR" RANLIB="$RANLIB" libbz2.a
	$CC -O2 -o bz.exe bzip2.c -L. -lbz2
}
# the comparisons of its own "make test"
check() {
	for n in 1 2 3; do
		$RUN "$1" -$n <sample$n.ref >out.bz2 || :
		a_test "compress $n" cmp out.bz2 sample$n.bz2
		$RUN "$1" -d <sample$n.bz2 >out.ref || :
		a_test "unpack $n" cmp out.ref sample$n.ref
	done
	all_pass 6
}
check_native() { check ./bzip2; }
check_mingw() { check bz.exe; }
