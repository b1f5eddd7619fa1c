# natively some files of its own test suite (delete-8.*: a read-only file, which root may write); --full: all of
# "veryquick"; package tcl-dev
source_package() { echo sqlite3; }
build_native() {
	./configure --with-tcl=/usr/lib/tcl8.6 CC="$CC" CFLAGS='-O1 -g'
	make -j"$JOBS" BCC="$CC" sqlite3 libsqlite3.la testfixture
}
queries() {
	cat <<'SQL'
create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i+1 from n where i<5000) insert into t select i, 'row '||(i*37%991) from n;
create index tb on t(b);
select count(*), sum(a), min(b), max(b) from t where b like 'row 9%';
select json_extract('{"a":[1,2,{"b":7}]}', '$.a[2].b');
select round(avg(a*1.0), 3) from t group by b order by 1 limit 3;
pragma integrity_check;
SQL
}
# said OUTPUT: the answers of the queries, a test each
said() {
	for l in '512|1278406|row 9|row 990' 7 2028.0 2029.0 2030.0 ok; do a_test "query: $l" grep -qxF "$l" "$1"; done
}
check_native() {
	queries >q
	./sqlite3 :memory: <q >out
	said out
	some='select1 select2 selectA join join2 where index insert update delete trans savepoint func date types collate1 attach alter
		trigger1 view vacuum pragma fkey1 blob cast corruptC e_expr e_select expr fts3aa json101 like malloc minmax null
		rtree1 sort subquery table tkt1435 unique utf16align wal walbak with1 window1 zeroblob'
	if [ -n "$FULL" ]; then some=veryquick; fi
	mkdir -p t
	cd t
	for t in $some; do
		f=../test/$t.test
		[ -f "$f" ] || continue
		timeout 1800 ../testfixture "$f" 2>&1 | sed 's/\x1b\[[0-9;]*m//g' >out || :
		sed -n 's/^\([^ ]*\)\.\.\. Ok$/PASS \1/p; s/^! \([^ ]*\) expected.*/FAIL \1/p' out
		sed -n "s/^\([0-9]* errors out of [0-9]* tests\).*/PASS $t ended: \1/p" out
	done | LC_ALL=C sort >>"$RESULTS"
	cd ..
	[ "$(grep -c ^PASS "$RESULTS")" -gt 5000 ]
}
build_mingw() {
	env CC=gcc ./configure --disable-tcl >/dev/null
	make -s CC=gcc sqlite3.c shell.c
	$CC -O1 -g -c sqlite3.c
	"$AR" rcs libsqlite3.a sqlite3.o
	$CC -O1 -g -o sq.exe shell.c libsqlite3.a
	$CC -shared -o sqlite3.dll -Wl,--out-implib,libsqlite3.dll.a -Wl,--whole-archive libsqlite3.a -Wl,--no-whole-archive
	$CC -O1 -g -o sqd.exe shell.c -DSQLITE_API='__declspec(dllimport)' libsqlite3.dll.a
}
check_mingw() {
	copy_runtime .
	queries >q
	for p in sq sqd; do
		"$RUN" $p.exe :memory: <q | tr -d '\r' >out || :
		said out
	done
	all_pass 12
}
