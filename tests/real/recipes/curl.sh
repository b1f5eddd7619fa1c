# its own tests: the unit tests, and those of the command over file:, http: and ftp: (curl's test servers)
source_package() { echo curl; }
build_native() {
	[ -x configure ] || autoreconf -fi
	./configure --without-ssl --disable-ldap --disable-manual --without-libpsl --without-brotli --without-zstd \
		--without-nghttp2 --without-libidn2 --without-librtmp --without-libssh2 --disable-dependency-tracking
	make -j"$JOBS"
	make -j"$JOBS" -C tests
}
check_native() {
	src/curl --version
	printf hello >f.txt
	[ "$(src/curl -s "file://$PWD/f.txt")" = hello ]
	range='1 to 100 200 to 230 1300 to 1330 1600 to 1660'
	[ -z "$FULL" ] || range=
	(cd tests && perl runtests.pl -a -n -p $range) >check.out 2>&1 || :
	sed -n '/^test [0-9]*\.\.\./{ s/^test \([0-9]*\).*/\1/; h; }; /^[-a-zA-Z?]* *\(OK\|FAILED\)/{ s/.*\(OK\|FAILED\).*/\1/; G; s/\n/ /p; }' check.out | sed 's/^OK/PASS/; s/^FAILED/FAIL/' >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 100 ]
}
build_mingw() {
	[ -x configure ] || autoreconf -fi
	./configure --host="$HOST" --with-schannel --disable-ldap --disable-manual --without-libpsl --without-brotli --without-zstd \
		--without-nghttp2 --without-libidn2 --without-librtmp --without-libssh2 --disable-dependency-tracking
	make -j"$JOBS"
}
check_mingw() {
	cp lib/.libs/*.dll src/.libs/*.exe . 
	copy_runtime .
	a_test version "$RUN" curl.exe --version
	printf hello >f.txt
	a_test 'a file' [ "$("$RUN" curl.exe -s "file:///z:$PWD/f.txt")" = hello ]
	printf 'from the server' >served.txt
	python3 -m http.server --bind 127.0.0.1 18089 >server.log 2>&1 &
	pid=$!
	sleep 1
	a_test 'a server' [ "$("$RUN" curl.exe -s http://127.0.0.1:18089/served.txt)" = 'from the server' ]
	kill $pid
	all_pass 3
}
