source_package() { echo curl; }
build_native() {
	[ -x configure ] || autoreconf -fi
	./configure --without-ssl --disable-ldap --disable-manual --without-libpsl --without-brotli --without-zstd \
		--without-nghttp2 --without-libidn2 --without-librtmp --without-libssh2 --disable-dependency-tracking
	make -j"$JOBS"
}
check_native() {
	src/curl --version
	printf hello >f.txt
	[ "$(src/curl -s "file://$PWD/f.txt")" = hello ]
}
