# Objects of intermediate code are indexed without any plugin (spec, section 2).
. "${top_srcdir:?}/tests/lib.sh"
need gcc
printf 'int f(void){return 1;} int v = 2; int zero; static int s; __attribute__((weak)) int w(void){return s;}\n' >a.c
printf 'int f(void); extern int v; int main(void){return f()+v-3;}\n' >main.c
gcc -flto -O1 -fno-fat-lto-objects -c a.c -o slim.o && gcc -flto -O1 -ffat-lto-objects -c a.c -o fat.o || exit 99
names() { sed -n 's/ in .*//p' | sort | tr '\n' ' '; }
ar rc slim.a slim.o
is "gcc slim LTO: every symbol" "$(command nm -s slim.a 2>/dev/null | names)" "f v w zero "
gcc -flto -O1 main.c slim.a -o prog; status "and gcc links against it" 0 ./prog
ar rc fat.a fat.o; is "fat LTO: the native ones" "$(command nm -s fat.a 2>/dev/null | names)" "f v w zero "
gcc -O1 main.c fat.a -o prog2; status "and it links without LTO" 0 ./prog2
rm -f p.a; ar --plugin "$(gcc -print-file-name=liblto_plugin.so)" rc p.a slim.o
same "--plugin changes nothing" p.a slim.a
rm -f q.a; ar rc q.a slim.o; ranlib --plugin /nonexistent q.a; same "nor for ranlib" q.a slim.a
# gcc-ar calls the ar beside it or in PATH, with --plugin
mkdir bin; for t in ar ranlib nm; do ln -s "$OBJKIT" bin/$t; done
g=; for c in gcc-ar gcc-ar-12 gcc-ar-13 gcc-ar-14; do have $c && g=$c && break; done
if [ -n "$g" ]; then
	rm -f g.a; PATH=$T/bin:$PATH $g -B"$T/bin/" rc g.a slim.o
	is "through gcc-ar" "$(command nm -s g.a 2>/dev/null | names)" "f v w zero "
else
	skip_test "through gcc-ar" "no gcc-ar"
fi
if have x86_64-w64-mingw32-gcc; then
	x86_64-w64-mingw32-gcc -flto -O1 -fno-fat-lto-objects -c a.c -o w.o; rm -f w.a; ar rc w.a w.o
	is "mingw slim LTO" "$(command nm -s w.a 2>/dev/null | names)" "f v w zero "
	i686-w64-mingw32-gcc -flto -O1 -fno-fat-lto-objects -c a.c -o w32.o 2>/dev/null && {
		rm -f w32.a; ar rc w32.a w32.o
		is "with its underscore on i386" "$(command nm -s w32.a 2>/dev/null | names)" "_f _v _w _zero "; }
fi
done_testing
