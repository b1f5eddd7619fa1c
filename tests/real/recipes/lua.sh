source_package() { echo lua5.4; }
# as debian/rules builds it: the library through libtool, static and shared, for C and for C++
# (one rule for both, which -j would run twice at once)
build_native() {
	mkdir debian/libtool
	cp debian/configure.ac debian/libtool/
	(cd debian/libtool && LIBTOOLIZE='libtoolize -i' autoreconf -fi && ./configure)
	echo '#define DEB_HOST_MULTIARCH "none"' >src/lua5.4-deb-multiarch.h
	make linux-readline LIBTOOL="$PWD/debian/libtool/libtool" CC="$CC -std=gnu99" CXX="$CXX"
	c_module
	$CC -O1 -shared -fPIC -Isrc -o cmod.so cmod.c
}
# a module that a program loads and that calls the library in it
c_module() {
	cat >cmod.c <<-'C'
	#include "lua.h"
	#include "lauxlib.h"
	static int twice(lua_State *L) { lua_pushinteger(L, 2 * luaL_checkinteger(L, 1)); return 1; }
	static const luaL_Reg functions[] = {{"twice", twice}, {0, 0}};
	__attribute__((visibility("default"))) int luaopen_cmod(lua_State *L) { luaL_newlib(L, functions); return 1; }
	C
}
# one compiler run per file, then the library and the programs
build_mingw() {
	cd src
	for f in *.c; do $CC -std=gnu99 -O2 -c "$f"; done
	rm -f liblua.a
	"$AR" rcs liblua.a $(ls *.o | grep -v '^luac\{0,1\}\.o$')
	$CC -o lua.exe lua.o liblua.a -lm
	$CC -o luac.exe luac.o liblua.a -lm
	cd ..
}

# Debian's source has no test suite: these touch the interpreter, each library, errors and coroutines
script() {
	cat <<'LUA'
local function test(name, f)
  local ok, err = pcall(f)
  print((ok and "PASS " or "FAIL ") .. name .. (ok and "" or ": " .. tostring(err)))
end
test("sort", function()
  local t = {}
  for i = 1, 1000 do t[i] = (i * 7919) % 1000 end
  table.sort(t)
  for i = 2, #t do assert(t[i - 1] <= t[i]) end
end)
test("format", function() assert(string.format("%5.2f|%s|%q", math.pi, ("x"):rep(3), "a\nb") == ' 3.14|xxx|"a\\\nb"') end)
test("error values", function()
  local ok, e = pcall(error, {code = 7})
  assert(not ok and e.code == 7)
end)
test("errors across C frames", function()
  local ok, e = pcall(string.gsub, "abc", ".", function() error("inner", 0) end)
  assert(not ok and e == "inner")
  ok, e = xpcall(function() local x = nil; return x.y end, debug.traceback)
  assert(not ok and e:find("attempt to index a nil value", 1, true) and e:find("traceback", 1, true))
end)
test("coroutines", function()
  local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
  assert(co() + co() + co() == 6)
  local c = coroutine.create(function() local t <close> = setmetatable({}, {__close = function() closed = true end}); coroutine.yield() end)
  coroutine.resume(c); coroutine.close(c)
  assert(closed)
end)
test("numbers", function()
  assert(tostring(2^53) == "9.007199254741e+15" and 7 // 2 == 3 and -7 % 3 == 2 and 1 << 62 == 4611686018427387904)
  assert(math.tointeger("8") == 8 or math.tointeger(8.0) == 8)
  assert(math.maxinteger + 1 == math.mininteger and string.format("%a", 1) == "0x1p+0")
end)
test("patterns", function()
  assert(select(2, ("hello world"):gsub("o", "0")) == 2)
  assert(("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key" and ("THE (quick) fox"):find("%((%a+)%)") == 5)
end)
test("pack", function() assert(string.unpack("<i4", string.pack("<i4", -42)) == -42 and #string.pack("z", "abc") == 4) end)
test("utf8", function() assert(utf8.len("\u{20ac}uro") == 4 and utf8.char(228) == "\xc3\xa4") end)
test("metatables", function()
  local m = setmetatable({}, {__index = function(_, k) return k * 2 end, __call = function(_, x) return x + 1 end})
  assert(m[21] == 42 and m(1) == 2)
end)
test("garbage collection", function()
  local n = 0
  for _ = 1, 1000 do setmetatable({}, {__gc = function() n = n + 1 end}) end
  collectgarbage("generational"); collectgarbage(); collectgarbage("incremental"); collectgarbage()
  assert(n >= 999)
  local w = setmetatable({}, {__mode = "k"})
  w[{}] = 1; collectgarbage()
  assert(next(w) == nil)
end)
test("files", function()
  local f = assert(io.open("t.tmp", "wb")); f:write("one\ntwo\n"); f:close()
  local n = 0
  for l in io.lines("t.tmp") do n = n + #l end
  assert(n == 6 and os.remove("t.tmp"))
end)
test("load", function()
  assert(load(string.dump(function(a) return a * 3 end))(14) == 42)
  local f, e = load("x = = 1")
  assert(not f and e:find("unexpected symbol near '='", 1, true))
end)
test("time", function() assert(os.time{year = 2020, month = 1, day = 2, hour = 12} - os.time{year = 2020, month = 1, day = 1, hour = 12} == 86400) end)
test("deep recursion", function()
  local function f(n) return n == 0 and 0 or 1 + f(n - 1) end
  assert(f(10000) == 10000)
  local ok, e = pcall(function() local function g() return 1 + g() end return g() end)
  assert(not ok and e:find("stack overflow", 1, true))
end)
LUA
}
# checked NAME COMMAND...: the script through one interpreter
checked() {
	n=$1; shift
	"$@" t.lua 2>&1 | tr -d '\r' | sed "s/\$/ ($n)/" >>"$RESULTS"
}
check_native() {
	script >t.lua
	checked lua5.4 src/lua5.4
	src/luac5.4 -o t.luac t.lua
	a_test 'compiled program' sh -c "src/lua5.4 t.luac | grep -c ^PASS | grep -qx 15"
	a_test 'C module' sh -c "LUA_CPATH='./?.so' src/lua5.4 -e 'assert(require(\"cmod\").twice(21) == 42)'"
	# the shared library, and its C++ variant, where errors are exceptions
	printf '#include "lua.hpp"\n#include <stdio.h>\nint main(int n, char **v) { lua_State *L = luaL_newstate(); luaL_openlibs(L); if (luaL_dofile(L, v[1])) { puts(lua_tostring(L, -1)); return 1; } lua_close(L); return n != 2; }\n' >t.cc
	$CXX -Isrc -o t-shared t.cc -Lsrc/.libs -llua5.4
	sed 's/"lua.hpp"/"lua.h"\n#include "lualib.h"\n#include "lauxlib.h"/' t.cc >t-cxx.cc
	$CXX -Isrc -o t-cxx t-cxx.cc -Lsrc/.libs -llua5.4-c++
	checked 'shared library' env LD_LIBRARY_PATH="$PWD/src/.libs" ./t-shared
	checked 'C++ library' env LD_LIBRARY_PATH="$PWD/src/.libs" ./t-cxx
	all_pass 47
}
check_mingw() {
	script >t.lua
	checked lua.exe "$RUN" src/lua.exe
	"$RUN" src/luac.exe -o t.luac t.lua
	a_test 'compiled program' sh -c '"$RUN" src/lua.exe t.luac | grep -c ^PASS | grep -qx 15'
	all_pass 16
}
