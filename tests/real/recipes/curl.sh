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
	a_test 'a file written' "$RUN" curl.exe -s -T f.txt "file:///z:$PWD/g.txt"
	a_test 'the same file' cmp f.txt g.txt
	printf 'from the server' >served.txt
	server >server.py
	python3 server.py >port 2>server.log &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do [ ! -s port ] || break; sleep 1; done
	at=http://127.0.0.1:$(cat port)
	answers 'a server' 'from the server' "$at/served.txt"
	answers 'a range' server -r 9-14 "$at/served.txt"
	answers 'a form' 'POST a=1&b=%3D' -d a=1 --data-urlencode b== "$at/echo"
	answers 'an upload' 'PUT hello' -T f.txt "$at/echo"
	answers 'a redirection' 'from the server' -L "$at/moved"
	answers 'a status' 404 -o none -w '%{http_code}' "$at/none"
	answers 'two requests, one connection' 'from the server1from the server0' -w '%{num_connects}' "$at/served.txt" "$at/served.txt"
	answers 'a name and a password' 'Basic dTpw' -u u:p "$at/auth"
	answers 'in parallel' 'from the serverfrom the server' -Z "$at/served.txt" "$at/served.txt"
	"$RUN" curl.exe -sf "$at/none" >/dev/null || r=$?
	a_test 'exit status of an error' [ "${r-0}" = 22 ]
	kill $pid
	all_pass 12
}
# answers NAME TEXT ARGUMENT...: what curl prints
answers() {
	name=$1 want=$2; shift 2
	a_test "$name" [ "$("$RUN" curl.exe -s "$@" | tr -d '\r')" = "$want" ]
}
server() {
	cat <<-'PY'
	import http.server, sys
	class Handler(http.server.BaseHTTPRequestHandler):
	    protocol_version = "HTTP/1.1"
	    def say(self, status, text, *headers):
	        self.send_response(status)
	        for name, value in headers: self.send_header(name, value)
	        self.send_header("Content-Length", str(len(text)))
	        self.end_headers()
	        self.wfile.write(text)
	    def do_GET(self):
	        text = open("served.txt", "rb").read()
	        where = self.headers.get("Range")
	        if self.path == "/moved": self.say(302, b"", ("Location", "/served.txt"))
	        elif self.path == "/auth": self.say(200, self.headers.get("Authorization", "").encode())
	        elif self.path != "/served.txt": self.say(404, b"nothing")
	        elif where:
	            a, b = map(int, where.split("=")[1].split("-"))
	            self.say(206, text[a:b + 1], ("Content-Range", f"bytes {a}-{b}/{len(text)}"))
	        else: self.say(200, text)
	    def do_POST(self):
	        text = self.rfile.read(int(self.headers["Content-Length"]))
	        self.say(200, self.command.encode() + b" " + text)
	    do_PUT = do_POST
	s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	print(s.server_port, flush=True)
	s.serve_forever()
	PY
}
