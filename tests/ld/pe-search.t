# -l in Windows links: which of the eight names is taken, as GNU ld takes it, shared and static; -L in order;
# -l:FILE; --push-state.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc

# took PROG: the number that the function of the library gives is in the code or comes from a DLL by name
took() {
	{ "$P-objdump" -p "$1" | sed -n 's/.*DLL Name: \(w[0-9]\.dll\|x\.dll\|libx\.dll\)/\1/p'
	nm "$1" | grep -oE "${U}which[0-9]" | head -n 1; } | xargs
}
for m in x86_64 i686; do
	for_target $m
	mkdir -p a b
	for n in 1 2 3 4 5 6 7 8; do
		echo "int which$n; int who(void) { return $n + which$n; }" >w$n.c
		"$P-gcc" -c w$n.c
	done
	echo 'int who(void); int main(void) { return who(); }' >m.c; "$P-gcc" -c m.c
	"$P-gcc" -shared w1.o -o w1.dll -Wl,--out-implib,a/libx.dll.a
	"$P-gcc" -shared w2.o -o w2.dll -Wl,--out-implib,a/x.dll.a
	"$P-ar" rcs a/libx.a w3.o; "$P-ar" rcs a/x.lib w4.o; "$P-ar" rcs a/libx.lib w5.o; "$P-ar" rcs b/libx.a w8.o
	"$P-gcc" -shared w6.o -o a/libx.dll; "$P-gcc" -shared w7.o -o a/x.dll
	for static in '' -Bstatic; do
		cp -r a c
		for gone in nothing libx.dll.a x.dll.a libx.a x.lib libx.lib libx.dll x.dll; do
			rm -f c/$gone g.exe o.exe
			gcc_gnu m.o -Lc ${static:+"-Wl,$static"} -lx ${static:+-Wl,-Bdynamic} -o g.exe 2>gnu.err
			cc m.o -Lc ${static:+"-Wl,$static"} -lx ${static:+-Wl,-Bdynamic} -o o.exe 2>err
			if [ -e g.exe ]; then
				is "$m: ${static:-shared}, without $gone: GNU ld's choice" "$(took o.exe)" "$(took g.exe)"
			elif [ -n "$static" ] && [ -e c/libx.lib ]; then
				is "$m: -Bstatic, without $gone: the last archive, which GNU ld does not try" "$(took o.exe)" "${U}which5"
			else
				like "$m: ${static:-shared}, without $gone: nothing" "$(cat err)" 'cannot find -lx'
			fi
		done
		rm -rf c
	done
	ok "$m: -l:FILE" cc m.o -La -l:libx.lib -o t.exe
	is "$m: is taken by its name" "$(took t.exe)" "${U}which5"
	ok "$m: -L twice" cc m.o -Lb -La -lx -o t.exe
	is "$m: the first directory counts" "$(took t.exe)" "${U}which8"
	ok "$m: --push-state" cc m.o -La -Wl,--push-state,-Bstatic,--pop-state -lx -o t.exe
	is "$m: and back" "$(took t.exe)" "w1.dll"
	mkdir -p s/usr/lib && cp b/libx.a s/usr/lib
	ok "$m: --sysroot" cc m.o -Wl,--sysroot=s -L=/usr/lib -lx -o t.exe
	is "$m: a directory below it" "$(took t.exe)" "${U}which8"
	mkdir -p other
	case $m in x86_64) x=i686 ;; *) x=x86_64 ;; esac
	$x-w64-mingw32-gcc -c w1.c -o o.o && $x-w64-mingw32-ar rcs other/libx.a o.o
	ok "$m: one for another machine" cc m.o -Lother -Lb -lx -o t.exe
	like "$m: is passed over" "$(cat tap.err)" 'skipping incompatible other/libx\.a when searching for -lx'
	is "$m: the search goes on" "$(took t.exe)" "${U}which8"
done
done_testing
