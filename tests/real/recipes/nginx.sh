source_package() { echo nginx; }
build_native() {
	./configure --prefix="$PWD/run" --with-cc="$CC" --with-http_ssl_module --with-stream=dynamic --without-http_rewrite_module \
		--with-http_v2_module --with-ld-opt=-Wl,-z,now,-E
	make -j"$JOBS"
	make install
}
check_native() {
	cat >run/conf/t.conf <<-C
	load_module modules/ngx_stream_module.so;
	daemon on; pid $PWD/run/t.pid; error_log $PWD/run/e.log;
	events { worker_connections 64; }
	stream { server { listen 127.0.0.1:18098; proxy_pass 127.0.0.1:18097; } }
	http { access_log off; server { listen 127.0.0.1:18097; location / { root html; } } }
	C
	run/sbin/nginx -t -c conf/t.conf
	run/sbin/nginx -c conf/t.conf
	sleep 1
	a=$(curl -s http://127.0.0.1:18097/ | md5sum) b=$(curl -s http://127.0.0.1:18098/ | md5sum)
	run/sbin/nginx -s stop -c conf/t.conf
	[ "$a" = "$(md5sum <html/index.html)" ] && [ "$a" = "$b" ]
}
