# Libraries that libraries need: where they are looked for, what is missing in them, --copy-dt-needed-entries.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
unset LD_LIBRARY_PATH LD_RUN_PATH
mkdir sub third
echo 'int c(void) { return 3; }' >c.c
echo 'int c(void); int b(void) { return c() + 1; }' >b.c
echo 'int b(void); int a(void) { return b() + 1; }' >a.c
echo 'int a(void); int main(void) { return a(); }' >m.c
echo 'int a(void); int b(void); int main(void) { return a() + b(); }' >m2.c
gcc -c m.c m2.c || exit 99
lib() { # lib OUTPUT SOURCE ARGUMENT...
	l=$1 c=$2; shift 2
	gcc -B"$B" -shared -fPIC -o "$l" "$c" "-Wl,-soname,$(basename "$l")" "$@" || exit 99
}
lib third/libc1.so c.c
lib sub/libb.so b.c -Lthird -lc1
lib liba.so a.c -Lsub -lb
needed() { readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' '; }
works() { # works NAME NEEDED ARGUMENT...
	n=$1 w=$2; shift 2
	rm -f o
	ok "$n" link o "$@"
	is "... it needs" "$(needed o)" "$w"
	status "... it runs" 5 env LD_LIBRARY_PATH=.:sub:third ./o
}
missing() { # missing NAME ARGUMENT...
	n=$1; shift
	status "$n" 1 gcc -B"$B" -o o "$@"
	like "... the symbol" "$(cat tap.err)" "error: \./liba.so: undefined reference to 'b'"
	like "... the library" "$(cat tap.err)" "warning: libb.so, needed by \./liba.so, not found \(try using -rpath or -rpath-link\)"
}
missing "a library that is not found" m.o -L. -la
missing "-L does not help" m.o -L. -la -Lsub -Lthird
works "-rpath-link" "liba.so libc.so.6 " m.o -L. -la -Wl,-rpath-link,sub:third
works "two of them" "liba.so libc.so.6 " m.o -L. -la -Wl,-rpath-link=sub,-rpath-link,third
works "-rpath" "liba.so libc.so.6 " m.o -L. -la -Wl,-rpath,sub -Wl,-rpath,third
status "the third one is missing" 1 gcc -B"$B" -o o m.o -L. -la -Wl,-rpath-link,sub
like "... its user is named" "$(cat tap.err)" 'libc1.so, needed by sub/libb.so, not found'
if [ "$(uname -m)" = x86_64 ]; then
	LD_LIBRARY_PATH=sub:third; export LD_LIBRARY_PATH
	works "LD_LIBRARY_PATH" "liba.so libc.so.6 " m.o -L. -la
	unset LD_LIBRARY_PATH
	LD_RUN_PATH=sub:third; export LD_RUN_PATH
	works "LD_RUN_PATH" "liba.so libc.so.6 " m.o -L. -la
	missing "... not beside -rpath-link" m.o -L. -la -Wl,-rpath-link,none
	unset LD_RUN_PATH
fi
cp liba.so keep.so
# shellcheck disable=SC2016
lib liba.so a.c -Lsub -lb '-Wl,-rpath,$ORIGIN/sub,-rpath,third'
works "the library's own run path" "liba.so libc.so.6 " m.o -L. -la -Wl,-rpath-link,third
cp keep.so liba.so
for o in --allow-shlib-undefined --unresolved-symbols=ignore-all --unresolved-symbols=ignore-in-shared-libs; do
	works "$o" "liba.so libc.so.6 " m.o -L. -la -Wl,$o
done
missing "--unresolved-symbols=ignore-in-object-files" m.o -L. -la -Wl,--unresolved-symbols=ignore-in-object-files
ok "a library is not checked" link o.so -shared m2.o -L. -la
status "... with --no-allow-shlib-undefined it is" 1 gcc -B"$B" -shared -o o.so m.o -L. -la -Wl,--no-allow-shlib-undefined
like "... the option is named" "$(cat tap.err)" "undefined reference to 'b' \(--no-allow-shlib-undefined\)"
ok "--warn-unresolved-symbols" link o m.o -L. -la -Wl,--warn-unresolved-symbols
like "... warns" "$(cat tap.err)" "warning: \./liba.so: undefined reference to 'b'"
ok "--ignore-unresolved-symbol" link o m.o -L. -la -Wl,--ignore-unresolved-symbol=b
# --as-needed: what the program does not use has no say
echo 'int main(void) { return 5; }' >m0.c
ok "a library that is not used is not checked" link o m0.c -L. -Wl,--as-needed -la
# libb.so's first place on the command line is not needed, its second is: its definitions count (gfortran -static-libgfortran)
works "a library twice, needed the second time" "libb.so liba.so libc.so.6 " m.o -Lsub -L. -Wl,--as-needed -lb -la -Wl,--no-as-needed -lb -Wl,-rpath-link,third

status "a symbol of a library's library" 1 gcc -B"$B" -o o m2.o -L. -la -Wl,-rpath-link,sub:third
like "... is undefined" "$(cat tap.err)" "undefined reference to 'b'"
ok "--copy-dt-needed-entries" link o -Wl,--copy-dt-needed-entries m2.o -L. -la -Wl,-rpath-link,sub:third
is "... the program needs it" "$(needed o)" "liba.so libc.so.6 libb.so "
status "... and runs" 9 env LD_LIBRARY_PATH=.:sub:third ./o
works "... unused ones are not" "liba.so libc.so.6 " m.o -Wl,--copy-dt-needed-entries -L. -la -Wl,-rpath-link,sub:third
status "... it holds for what follows" 1 gcc -B"$B" -o o m2.o -L. -la -Wl,--copy-dt-needed-entries -Wl,-rpath-link,sub:third
done_testing
