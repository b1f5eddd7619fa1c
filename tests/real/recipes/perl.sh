# perl as a shared library with its some 60 loadable modules; --full: the whole suite
source_package() { echo perl; }
build_native() {
	./Configure -des -Duseshrplib -Dusethreads -Dcc="$CC" -Dar="$AR" -Dnm="$NM" -Dprefix=/usr/local -Dman1dir=none -Dman3dir=none -Doptimize=-O1
	make -j"$JOBS"
	make -j"$JOBS" test_prep
}
check_native() {
	some='base/*.t cmd/*.t comp/*.t re/*.t uni/*.t op/[a-l]*.t ../ext/POSIX/t/*.t ../ext/XS-APItest/t/[a-m]*.t ../dist/Storable/t/*.t ../dist/threads/t/*.t
		../cpan/Digest-SHA/t/*.t ../cpan/Encode/t/*.t ../cpan/Compress-Raw-Zlib/t/*.t'
	[ -z "$FULL" ] || some=
	cd t
	# shellcheck disable=SC2086 # a list of patterns
	TEST_JOBS=$JOBS LD_LIBRARY_PATH=$PWD/.. ./perl harness $some >../check.out 2>&1 || :
	sed -n 's/^\(\.\.\/\)\{0,1\}\([^ ]*\) \.\.* \(ok\|skipped.*\|.*Failed.*\|.*Dubious.*\)$/\3 \2/p' ../check.out |
		sed 's/^ok/PASS/; t; s/^skipped.* /PASS skipped /; t; s/^.* /FAIL /' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 200 ]
}
