source_package() { echo sqlite3; }
amalgamation() { env CC=gcc ./configure --disable-tcl >/dev/null && make -s CC=gcc sqlite3.c shell.c; }
build_native() { amalgamation; $CC -O1 -g -o sq shell.c sqlite3.c -lpthread -ldl -lm; }
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
check_native() { queries >q; ./sq :memory: <q >out; tail -n 1 out | grep -qx ok; grep -qx 7 out; }
build_mingw() { amalgamation; $CC -O1 -g -o sq.exe shell.c sqlite3.c; }
check_mingw() { queries >q; "$RUN" sq.exe :memory: <q | tr -d '\r' >out; tail -n 1 out | grep -qx ok; grep -qx 7 out; }
