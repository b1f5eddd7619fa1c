source_package() { echo lua5.4; }
build_native() {
	echo '#define DEB_HOST_MULTIARCH "none"' >src/lua5.4-deb-multiarch.h
	own_build "-DLUA_USE_LINUX" "-Wl,-E -ldl -lm" lua
}
# one compiler run per file, then the library and the program
own_build() {
	cd src
	for f in *.c; do
		case $f in luac.c) continue ;; esac
		$CC -std=gnu99 -O2 $1 -c "$f" || exit 1
	done
	rm -f liblua.a
	"$AR" rcs liblua.a $(ls *.o | grep -v '^lua\.o$')
	$CC -o "$3" lua.o liblua.a $2
	cd ..
}
script() {
	cat <<'LUA'
local t = {}
for i = 1, 1000 do t[i] = (i * 7919) % 1000 end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
assert(string.format("%5.2f|%s", math.pi, ("x"):rep(3)) == " 3.14|xxx")
assert(not pcall(error, "boom"))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
assert(co() + co() + co() == 6)
assert(tostring(2^53) == "9.007199254741e+15")
print(select(2, ("hello world"):gsub("o", "0")))
LUA
}
check_native() {
	script >t.lua
	[ "$(src/lua t.lua)" = 2 ]
}
build_mingw() { own_build "" "-lm" lua.exe; }
check_mingw() { script >t.lua; [ "$("$RUN" src/lua.exe t.lua | tr -d '\r')" = 2 ]; }
