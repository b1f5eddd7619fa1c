# --full: the whole test suite (some 40 minutes); else the named units
source_package() { echo redis; }
build_native() {
	make -C src -j"$JOBS" MALLOC=libc CC="$CC" AR="$AR" RANLIB="$RANLIB" REDIS_LD="$CC" OPTIMIZATION=-O1 \
		redis-server redis-cli redis-benchmark
}
check_native() {
	make -C src CC="$CC" MALLOC=libc REDIS_LD="$CC" OPTIMIZATION=-O1 redis-sentinel redis-check-rdb redis-check-aof
	units='--single unit/type/string --single unit/type/list --single unit/type/hash --single unit/type/set
		--single unit/type/zset --single unit/scripting --single unit/expire --single unit/protocol --single unit/sort'
	[ -z "$FULL" ] || units=
	./runtest --clients "$JOBS" --baseport 31111 $units >check.out 2>&1 || :
	sed 's/\x1b\[[0-9;]*m//g' check.out | sed -n 's/^\[\(ok\|err\|exception\)\]: /\1 /p' |
		sed 's/ ([0-9]* ms)$//; s/^ok/PASS/; s/^[ex][a-z]*/FAIL/' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 300 ]
}
