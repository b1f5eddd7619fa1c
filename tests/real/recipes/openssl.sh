# its own test suite: all of it with --full; else without the recipes that take minutes (fuzz corpora, SSL handshakes)
source_package() { echo openssl; }
build_native() {
	# files that a patch cannot bring
	[ ! -f debian/binary.tar ] || tar xf debian/binary.tar
	./Configure linux-x86_64 shared no-makedepend CC="$CC" AR="$AR" RANLIB="$RANLIB"
	make -j"$JOBS" build_sw
}
check_native() {
	t='-test_ssl_new -test_cmp_http -test_ecparam -test_gendhparam -test_prime -test_rehash -test_fuzz*'
	[ -z "$FULL" ] || t=
	rm -f tap.out
	make TESTS="alltests $t" HARNESS_JOBS="$JOBS" HARNESS_VERBOSE= HARNESS_TAP_COPY="$PWD/tap.out" test >check.out 2>&1 || :
	sed -n 's/^.*\([0-9][0-9]-test_[a-z0-9_]*\.t\) *\.* *\(ok\|skipped.*\|Dubious.*\|Failed.*\)$/\2 \1/p' check.out |
		sed 's/^ok/PASS/; s/^skipped.* \([0-9]*-test\)/PASS skipped \1/; s/^[DF].* \([0-9]*-test\)/FAIL \1/' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 150 ]
	# recipes run beside each other: their tests are known by their names alone
	sed -n 's/^ *ok [0-9]*\( - \)\{0,1\}/PASS test /p; s/^ *not ok [0-9]*\( - \)\{0,1\}\(.*\) # TODO.*/PASS test \2 (known)/p; t
		s/^ *not ok [0-9]*\( - \)\{0,1\}/FAIL test /p' tap.out | sed 's|[A-Za-z0-9]*/randomname|DIR/randomname|' | LC_ALL=C sort >>"$RESULTS"
}
build_mingw() {
	case $HOST in x86*) c=mingw64 ;; *) c=mingw ;; esac
	./Configure $c shared no-makedepend --cross-compile-prefix="$HOST-" CC="${CC#"$HOST-"}" AR=ar RANLIB=ranlib
	make -j"$JOBS" build_sw
}
# the harness is Perl for Unix: here its programs that can do without
check_mingw() {
	export OPENSSL_CONF=../apps/openssl.cnf
	cp libcrypto-3*.dll libssl-3*.dll test/
	cp libcrypto-3*.dll libssl-3*.dll apps/
	for t in asn1_encode_test asn1_string_table_test bio_callback_test bio_enc_test bntest chacha_internal_test cipherbytes_test \
		ciphername_test constant_time_test ctype_internal_test destest ectest exdatatest exptest hmactest igetest \
		lhash_test modes_internal_test packettest poly1305_internal_test rc4test rsa_test sanitytest \
		secmemtest sha_test siphash_internal_test sm4_internal_test sparse_array_test stack_test threadstest versions wpackettest x509_time_test; do
		[ -f test/$t.exe ] || continue
		if (cd test && "$RUN" $t.exe $(case $t in threads*) echo recipes/90-test_threads_data ;; esac) >$t.out 2>&1); then echo "PASS $t"; else echo "FAIL $t"; fi
	done >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 15 ]
	printf abc >f
	[ "$("$RUN" apps/openssl.exe dgst -sha256 f | tr -d '\r' | sed 's/.*= //')" = ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad ]
	"$RUN" apps/openssl.exe req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=t -days 2 -config apps/openssl.cnf
	openssl verify -CAfile c.pem c.pem
}
