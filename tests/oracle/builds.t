#!/bin/sh
# Small projects of the three build systems, built twice: with objkit as ar, ranlib, nm and ld, and
# with GNU's. The archives are the same bytes, nm prints the same, the programs do the same.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ar nm
peer=$top_srcdir/tests/real/peer

# tools DIRECTORY PREFIX: objkit under the tools' names, ar and ranlib each beside GNU's on a copy
tools() {
	mkdir -p "$1"
	ln -sf "$OBJKIT" "$1/${2}nm"
	for n in ar ranlib; do ln -sf "$peer" "$1/$2$n"; done
	for n in ld real-ld collect2 "${2}ld"; do ln -sf "$OBJKIT" "$1/$n"; done
}
tools "$T/elf" ''
tools "$T/win" x86_64-w64-mingw32-
tools "$T/win32" i686-w64-mingw32-
PEER_BIN=$T/gnu PEER_LOG=$T/peer.log
export PEER_BIN PEER_LOG
mkdir "$PEER_BIN"
for n in ar nm ranlib; do for p in '' x86_64-w64-mingw32- i686-w64-mingw32-; do
	f=$(unset -f ar nm ranlib; command -v $p$n) && ln -s "$f" "$PEER_BIN/$p$n"
done; done

# The sources: a static library with a long name, a twice used name and a member without symbols, a
# shared library, a program. The lines printed come from all of them.
mkdir -p src/sub
cat >src/half.c <<'C'
int calls;
int half(int x) { calls++; return x / 2; }
C
echo 'extern int calls; int sub_half(int x) { return x - 1 + 0 * calls; }' >src/sub/half.c
echo 'const char a_symbol[] = "named"; extern int calls; int twice(int x) { return 0 * calls + 2 * x; }' >src/a_rather_long_source_name.c
echo '/* nothing */ typedef int none;' >src/none.c
cat >src/shared.c <<'C'
#ifdef _WIN32
__declspec(dllexport)
#endif
int thrice(int x) { return 3 * x; }
C
cat >src/main.c <<'C'
#include <stdio.h>
int half(int), sub_half(int), twice(int), thrice(int);
extern const char a_symbol[];
int main(void) { printf("%d %d %d %d %s\n", half(8), sub_half(8), twice(8), thrice(8), a_symbol); return 0; }
C
want="4 7 16 24 named"
cat >src/configure.ac <<'AC'
AC_INIT([t], [1])
AC_CONFIG_AUX_DIR([aux])
AM_INIT_AUTOMAKE([foreign subdir-objects -Wno-portability])
AC_PROG_CC
AM_PROG_AR
AC_PROG_RANLIB
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
AC
cat >src/Makefile.am <<'AM'
noinst_LIBRARIES = libt.a
libt_a_SOURCES = half.c sub/half.c a_rather_long_source_name.c none.c
noinst_PROGRAMS = prog
prog_SOURCES = main.c shared.c
prog_LDADD = libt.a
AM
cat >src/CMakeLists.txt <<'CM'
cmake_minimum_required(VERSION 3.16)
project(t C)
add_library(t STATIC half.c sub/half.c a_rather_long_source_name.c none.c)
add_library(s SHARED shared.c)
add_executable(prog main.c)
target_link_libraries(prog t s)
CM
cat >src/meson.build <<'ME'
project('t', 'c')
t = static_library('t', 'half.c', 'sub/half.c', 'a_rather_long_source_name.c', 'none.c')
i = static_library('i', 'half.c', install: true)
s = shared_library('s', 'shared.c')
executable('prog', 'main.c', link_with: [t, s])
ME

# checked NAME KIND DIRECTORY ARCHIVES: what has to hold after a build
checked() {
	is "$1: $4 archives, each GNU's bytes" "$(grep -v conftest peer.log | sort | sed 's/ .*//' | uniq -c | xargs)" "$4 same"
	p='' run=''
	case $2 in win) p=x86_64-w64-mingw32- run=$run_win64 ;; win32) p=i686-w64-mingw32- run=$run_win32 ;; esac
	find "$3" \( -name '*.o' -o -name '*.obj' -o -name '*.a' -o -name '*.so' -o -name 'prog*' \) -type f ! -path '*/meson-private/*' ! -name '*.p' \
		! -path '*/CMakeFiles/3*' ! -path '*/.deps/*' | LC_ALL=C sort >list
	xargs "$PEER_BIN/${p}nm" <list >want.nm 2>/dev/null
	xargs "$T/$2/${p}nm" <list >got.nm 2>/dev/null
	is "$1: nm has something to print" "$(test -s want.nm && echo yes)" yes
	same "$1: nm prints the same" got.nm want.nm
	prog=$(find "$3" -name 'prog*' -type f -perm -100 | head -n 1)
	if [ "$2" = elf ]; then
		like "$1: objkit linked the program" "$(readelf -p .comment "$prog" 2>&1)" 'Linker: objkit'
		is "$1: the program runs" "$("$prog" 2>&1)" "$want"
	else
		like "$1: objkit linked the program" "$("${p}objdump" -p "$prog" | awk '/LinkerVersion/{print $2}' | xargs)" '^0 1$'
		[ -n "$run" ] || { skip_test "$1: the program runs" "no wine runner"; return; }
		find "$3" -name '*.dll' -exec cp {} "$(dirname "$prog")" \; 2>/dev/null
		is "$1: the program runs" "$(cd "$(dirname "$prog")" && WINEDEBUG=-all "$run" "${prog##*/}" 2>/dev/null | tr -d '\r')" "$want"
	fi
}
# build NAME KIND ARCHIVES COMMAND: runs it in an empty directory with the tools first in PATH
build() {
	name=$1 kind=$2 archives=$3 d=$T/b-$2-$(echo "$1" | tr ' ' -); shift 3
	rm -f peer.log; mkdir "$d"
	ok "$name builds" env PATH="$T/$kind:$PATH" sh -ec "cd '$d'; $*"
	checked "$name" "$kind" "$d" "$archives"
}
# windows FUNCTION LABEL: calls it for both Windows, with win its triplet, k the directory of its tools and b its name
windows() {
	for k in win win32; do
		case $k in win) win=x86_64-w64-mingw32 b="for Windows" ;; *) win=i686-w64-mingw32 b="for 32-bit Windows" ;; esac
		if have $win-gcc; then $1; else skip_test "$2 $b" "$win-gcc is not installed"; fi
	done
}
autoconf_windows() { build "autoconf $b" $k 2 "../src/configure --host=$win CC='$win-gcc -B$T/$k/' && make"; }
cmake_windows() {
	build "CMake $b" $k 2 "$cm -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=$win-gcc -DCMAKE_C_FLAGS=-B$T/$k/ \
		-DCMAKE_AR=$T/$k/$win-ar -DCMAKE_RANLIB=$T/$k/$win-ranlib && ninja"
}
meson_windows() {
	cpu=x86_64; [ $k = win ] || cpu=x86
	cat >cross <<-X
	[binaries]
	c = ['$win-gcc', '-B$T/$k/']
	ar = '$T/$k/$win-ar'
	[host_machine]
	system = 'windows'
	cpu_family = '$cpu'
	cpu = '$cpu'
	endian = 'little'
	X
	build "Meson $b" $k 2 "meson setup --cross-file ../cross . ../src && ninja"
}
# Link-time optimisation: gcc-ar, gcc-ranlib and gcc-nm call the tools in PATH with --plugin.
lto() { # NAME KIND PREFIX SUFFIX
	how=; [ -z "$3" ] || { # gcc-ar for Windows asks its own installation before PATH
		mkdir -p "$T/$2-lto"; how=-B$T/$2-lto/
		for n in ar nm ranlib; do printf '#!/bin/sh\nexec "%s" "$@"\n' "$T/$2/$3$n" >"$T/$2-lto/$n"; chmod +x "$T/$2-lto/$n"; done
	}
	build "$1" $2 2 "for f in half sub/half a_rather_long_source_name none main shared; do ${3}gcc -flto -O2 -c ../src/\$f.c -o \$(echo \$f | tr / _).o; done
		${3}gcc-ar $how rc libt.a half.o sub_half.o a_rather_long_source_name.o none.o; ${3}gcc-ranlib $how libt.a
		${3}gcc-nm $how libt.a >names; PATH=$PEER_BIN:/usr/bin:/bin ${3}gcc-nm libt.a >names.gnu
		${3}gcc -B$T/$2/ -flto -O2 -o prog$4 main.o shared.o libt.a"
	is "$1: gcc-nm lists what GNU's plugin does" "$(sort "$d/names" | grep .)" "$(sort "$d/names.gnu" | grep .)"
	like "$1: which is something" "$(cat "$d/names")" " T _?half$"
}
lto_windows() { lto "gcc -flto $b" $k $win- .exe; }

if have autoreconf automake; then
	ok "autoreconf" sh -c 'cd src && autoreconf -fi'
	build "autoconf" elf 2 "../src/configure CC='gcc -B$T/elf/' && make"
	windows autoconf_windows autoconf
else skip_test "autoconf" "autoreconf or automake is not installed"; fi

if have cmake ninja; then
	cm="cmake -G Ninja ../src -DCMAKE_BUILD_TYPE=Debug"
	build "CMake" elf 2 "$cm -DCMAKE_C_COMPILER=gcc -DCMAKE_C_FLAGS=-B$T/elf/ -DCMAKE_AR=$T/elf/ar -DCMAKE_RANLIB=$T/elf/ranlib && ninja"
	windows cmake_windows CMake
else skip_test "CMake" "cmake or ninja is not installed"; fi

if have meson ninja; then
	build "Meson" elf 2 "AR=$T/elf/ar CC='gcc -B$T/elf/' meson setup . ../src && ninja"
	windows meson_windows Meson
else skip_test "Meson" "meson or ninja is not installed"; fi

if have gcc-ar gcc-ranlib gcc-nm; then
	lto "gcc -flto" elf '' ''
	windows lto_windows "gcc -flto"
else skip_test "gcc -flto" "gcc-ar, gcc-nm or gcc-ranlib is not installed"; fi
done_testing
