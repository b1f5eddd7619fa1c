# --reproduce: the tar holds all that the link read, and the link can be done again from it alone.
. "${top_srcdir:?}/tests/lib.sh"
need gcc tar
. "$top_srcdir/tests/ld/elf.sh"
mkdir -p src/lib
echo 'int in_lib(void) { return 40; }' >src/l.c
echo 'int in_lib(void); int puts(const char *); int main(void) { puts("hi"); return in_lib() - 40; }' >src/m.c
gcc -c src/l.c -o src/l.o; gcc -c src/m.c -o "src/m with blank.o"; ar rcs src/lib/libl.a src/l.o
echo '{ main; };' >src/v.map; echo 'main' >src/order
ok "a link" link p "src/m with blank.o" -Lsrc/lib -ll -Wl,--dynamic-list=src/v.map,--symbol-ordering-file=src/order,--build-id -Wl,--reproduce=r.tar
ok "the tar is there" tar xf r.tar
like "it has the objects" "$(tar tf r.tar)" 'm with blank\.o$'
like "... the library" "$(tar tf r.tar)" 'lib/libl\.a$'
like "... the C library" "$(tar tf r.tar)" 'libc\.so$'
like "... the scripts" "$(tar tf r.tar)" 'v\.map$'
is "... all below its name" "$(tar tf r.tar | grep -vc '^r/')" 0
is "... nothing twice" "$(tar tf r.tar | sort | uniq -d)" ""
rm -rf src
cd r || exit 99
ok "the link again" ld @response.txt
same "... gives the same bytes" p ../p
unlike "... and reads nothing outside" "$(ld @response.txt --trace)" '^/'
cd ..
echo 'int f(void); int main(void) { return f(); }' >u.c; gcc -c u.c
status "a link that fails" 1 link u u.o -Wl,--reproduce=u.tar
ok "... is kept as well" tar xf u.tar
status "... and fails again" 1 sh -c "cd u && \"$OBJKIT\" ld @response.txt"
like "... for the same reason" "$(cat tap.err)" "undefined reference to 'f'"
status "a place that cannot be written" 1 link p u.o -Wl,--reproduce=/nonexistent/x.tar
like "... is named" "$(cat tap.err)" "/nonexistent/x.tar"
ok "the same link" ld -r u.o -o v.o --reproduce=v1.tar; cp v1.tar v2.tar
ok "the same link" ld -r u.o -o v.o --reproduce=v1.tar
same "the same tar" v1.tar v2.tar
. "$top_srcdir/tests/ld/pe.sh"
if have x86_64-w64-mingw32-gcc; then
	for_target x86_64
	echo 'int main(void) { return 0; }' >w.c
	ok "Windows" cc w.c -o w.exe -Wl,--reproduce=w.tar
	ok "... tar" tar xf w.tar
	cd w || exit 99
	ok "... again" ld @response.txt
	same "... the same bytes" w.exe ../w.exe
else
	skip_test "Windows" "no mingw"
fi
done_testing
