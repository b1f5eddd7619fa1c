source_package() { echo zlib; }
build_native() { ./configure && make -j"$JOBS"; }
check_native() {
	make test >check.out 2>&1 || :
	sed -n 's/^[[:space:]]*\*\*\* \(zlib.*test\) \(OK\|FAILED\) \*\*\*$/\2 \1/p' check.out | sed 's/^OK/PASS/; s/^FAILED/FAIL/' >>"$RESULTS"
	sed 's/^/example said: /' check.out | grep -E 'gz|flate|compress' | sort | uniq -c | sed 's/^ */PASS /' >>"$RESULTS"
	all_pass 3
}
# Debian's source leaves out the Windows makefiles: the same by hand, static and as a DLL
build_mingw() {
	for f in adler32 crc32 deflate infback inffast inflate inftrees trees zutil compress uncompr gzclose gzlib \
		gzread gzwrite; do $CC -O2 -c $f.c; done
	"$AR" rcs libz.a adler32.o crc32.o deflate.o infback.o inffast.o inflate.o inftrees.o trees.o zutil.o \
		compress.o uncompr.o gzclose.o gzlib.o gzread.o gzwrite.o
	$CC -shared -o zlib1.dll -Wl,--out-implib,libz.dll.a -Wl,--whole-archive libz.a -Wl,--no-whole-archive
	for t in example minigzip; do
		$CC -O2 -I. test/$t.c -o $t.exe libz.a
		$CC -O2 -I. test/$t.c -o ${t}_d.exe libz.dll.a
	done
}
check_mingw() {
	for t in example example_d; do a_test $t "$RUN" $t.exe foo.gz; done
	for t in minigzip minigzip_d; do
		cp ChangeLog c
		a_test "$t compresses" "$RUN" $t.exe c
		a_test "$t: gzip unpacks it" sh -c 'gzip -dc c.gz | cmp - ChangeLog'
		a_test "$t unpacks" sh -c "'$RUN' $t.exe -d c.gz && cmp c ChangeLog"
	done
	all_pass 8
}
