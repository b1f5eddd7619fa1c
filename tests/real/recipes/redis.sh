source_package() { echo redis; }
build_native() { make -C src -j"$JOBS" MALLOC=libc CC="$CC" AR="$AR" RANLIB="$RANLIB" REDIS_LD="$CC" OPTIMIZATION=-O1 redis-server redis-cli; }
check_native() {
	src/redis-server --port 0 --unixsocket "$PWD/s" --save '' --daemonize no >server.log 2>&1 &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do [ -S s ] && break; sleep 0.3; done
	r=$(printf 'SET k 41\nINCR k\nEVAL "return redis.call([[GET]],[[k]])" 0\n' | src/redis-cli -s "$PWD/s" | tail -n 1)
	kill $pid; wait $pid 2>/dev/null || :
	[ "$r" = 42 ]
}
