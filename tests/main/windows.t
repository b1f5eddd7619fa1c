# objkit cross-built for Windows, linked by objkit (tools/build-windows), does its work under wine: the
# same bytes and lines as here.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-g++ autoreconf
[ -n "$run_win64" ] || { echo "1..0 # SKIP wine is not there: tools/wine-setup.sh"; exit 0; }
[ -f /usr/x86_64-w64-mingw32/lib/libz.a ] || { echo "1..0 # SKIP libz-mingw-w64-dev is not installed"; exit 0; }
[ -x "$top_srcdir/tools/build-windows" ] && [ -w "$top_srcdir" ] || {
	echo "1..0 # SKIP not in the source tree"; exit 0; } # distcheck

# OBJKIT_WINDOWS_BUILD: a directory to build in that is kept from run to run
win_build=${OBJKIT_WINDOWS_BUILD:-$T/win}
win() { timeout 120 "$runner" ./objkit.exe "$@"; }
# line FILE ARGS...: what gcc would give the linker, one argument a line, for @FILE
line() {
	line_to=$1; shift
	"$@" -B"$T/B/" -### 2>&1 | grep -F "$T/B/collect2" | sed 's/^ *[^ ]*collect2"* *//' | tr ' ' '\n' >"$line_to"
	[ -s "$line_to" ]
}

for m in x86_64 i686; do
	for_target $m
	[ -n "$runner" ] || { skip_test "$m: objkit.exe" "no wine for this machine"; continue; }
	ok "$m: objkit for Windows, made with objkit's ar, ranlib and ld" env WERROR=1 OBJKIT="$OBJKIT" \
		OBJKIT_BUILD="$win_build" "$top_srcdir/tools/build-windows" "$P"
	linked_by_us "$m: objkit linked it" "$win_build/$P/src/objkit.exe"
	is "$m: its libraries were made by objkit" \
		"$("$win_build/tools/ar" --version | head -n 1)" "$("$OBJKIT" ar --version | head -n 1)"
	cp "$win_build/objkit"-*-"$P/bin/objkit.exe" objkit.exe || continue
	win --list >list.win
	"$OBJKIT" --list >list.here
	same "$m: lines end in LF" list.win list.here
	unlike "$m: it needs the system's DLLs only" "$(imports objkit.exe)" 'libwinpthread|libgcc|zlib1|libssp'

	# the full line of gcc, in a response file
	cat >hello.c <<'C'
#include <stdio.h>
int main(int argc, char **argv) { printf("hello %d %s\n", argc, argc > 1 ? argv[1] : "-"); return 3; }
C
	"$P-gcc" -g -O1 -c hello.c
	ok "$m: gcc's line" line hello.rsp "$P-gcc" hello.o -o hello.exe
	ld @hello.rsp && mv hello.exe here.exe
	ok "$m: it links C hello" win ld @hello.rsp
	same "$m: the same bytes as here" hello.exe here.exe
	runs "$m: that program runs" "hello 2 x" 3 ./hello.exe x
	# C++, static, with exceptions
	cat >x.cc <<'C'
#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("caught"); } catch (std::exception &e) { std::cout << e.what() << "\n"; } }
C
	"$P-g++" -O1 -c x.cc
	ok "$m: g++'s line" line cxx.rsp "$P-g++" x.o -static -o cxx.exe
	ld @cxx.rsp && mv cxx.exe cxx-here.exe
	ok "$m: it links a C++ program" win ld @cxx.rsp
	same "$m: the same bytes as here" cxx.exe cxx-here.exe
	runs "$m: that program runs" caught 0 ./cxx.exe
	cat >d.c <<'C'
int answer(void) { return 42; }
C
	"$P-gcc" -c d.c
	dll() { "$@" -m $emulation -shared -e ${U}answer d.o -o d.dll --out-implib d.dll.a; }
	dll ld && mv d.dll here.dll && mv d.dll.a here.dll.a
	ok "$m: a DLL and its import library" dll win ld
	same "$m: the same DLL as here" d.dll here.dll
	same "$m: the same import library as here" d.dll.a here.dll.a

	# failure: one message, exit 1, the old file stays
	cp hello.exe kept.exe
	status "$m: a missing file is an error" 1 win ld -m $emulation -o kept.exe hello.o missing.o
	like "$m: named, with the system's reason" "$(cat tap.err)" 'missing\.o: No such file'
	same "$m: the old output stays" kept.exe hello.exe
	is "$m: no temporary stays" "$(ls -A | grep -c '\.tmp$\|\.old$')" 0
done

# ---- ar, ranlib, nm, imports on real files; names and paths ----
for_target x86_64
[ -f objkit.exe ] || { done_testing; exit; }
win ar rcs w.a hello.o d.o x.o; ar rcs h.a hello.o d.o x.o
same "ar: the same archive" w.a h.a
ok "ar: replaces a member in an archive that is there" win ar rcs w.a d.o
same "ar: nothing else changes" w.a h.a
ok "ar: deletes" win ar d w.a d.o
ar d h.a d.o
same "ar: as here" w.a h.a
ok "ranlib" win ranlib w.a
is "ar tv: as here" "$(TZ=UTC win ar tv w.a)" "$(TZ=UTC ar tv h.a)"
mkdir x && cp objkit.exe x/ && (cd x && timeout 60 "$runner" ./objkit.exe ar x ../w.a)
same "ar x: members come out as they went in" x/hello.o hello.o
printf 'x' >'a b.o'
win ar rcTD thin.a hello.o x.o 2>tap.err && is "thin archives" "$(ar t thin.a | xargs)" "hello.o x.o"
mkobj - >evil.a <<'M'
ar gnu
member "con" text="x"
member "a:stream" text="x"
member "..\\up" text="x"
M
(cd x && timeout 60 "$runner" ./objkit.exe ar x ../evil.a) >evil.out 2>&1
like "ar x: a device's name is refused" "$(cat evil.out)" "illegal member name 'con'"
like "ar x: no stream of another file is written" "$(cat evil.out)" "a:stream, using 'stream' instead"
is "ar x: nothing comes out beside the directory" "$(ls -d up 2>&1 | grep -c '^up$')" 0

libz=$(x86_64-w64-mingw32-gcc -print-file-name=libz.a)
win nm "$libz" >nm.win 2>&1; nm "$libz" >nm.here 2>&1
same "nm: a real archive" nm.win nm.here
win nm -C x.o >nm.win; nm -C x.o >nm.here
same "nm -C" nm.win nm.here
win imports --format=json objkit.exe >i.win; imports --format=json objkit.exe >i.here
sed 's|\./||' i.win >i1; sed 's|\./||' i.here >i2
same "imports: its own, as JSON" i1 i2
like "imports: the system's DLLs" "$(win imports objkit.exe)" 'KERNEL32.dll'

# wine takes arguments and names by the locale
ok "a name in UTF-8" env LC_ALL=C.UTF-8 timeout 60 "$runner" ./objkit.exe ld @hello.rsp -o 'größe-Ω.exe'
same "the same bytes" 'größe-Ω.exe' hello.exe
ok "directories separated by backslashes" win ar rcs 'x\lib.a' '.\x\hello.o'
is "the member has the name alone" "$(ar t x/lib.a)" hello.o
long=$(printf 'd%.0s' $(seq 1 100))
mkdir -p "$long/$long/$long" && cp hello.o "$long/$long/$long/"
ok "a path of over 300 characters" win ar rcs "$long/$long/$long/l.a" "$long/$long/$long/hello.o"
is "that is the archive" "$(ar t "$long/$long/$long/l.a")" hello.o
cp objkit.exe NM.EXE
is "called NM.EXE it is nm" "$(timeout 60 "$runner" ./NM.EXE d.o)" "$(nm d.o)"
timeout 60 "$runner" ./objkit.exe nm - <d.o >nm.win 2>&1 || :
cat hello.o | timeout 60 "$runner" ./objkit.exe nm - >nm.pipe 2>&1 || :
is "standard input is read as bytes" "$(sed 1,2d nm.pipe | wc -l)" "$(nm - <hello.o 2>&1 | sed 1,2d | wc -l)"
done_testing
