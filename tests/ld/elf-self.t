# objkit links itself; what it linked links itself again to the same bytes, with any number of threads.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
src=$(cd "$top_builddir/src" 2>/dev/null && pwd)
objs="$src/main.o $src/libapplets.a $src/libld.a $src/libinput.a $src/libarchive_layer.a $src/libobj.a $src/libbase.a"
for f in $objs; do [ -f "$f" ] || { echo "1..0 # SKIP the program is not built here: $f"; exit 0; }; done
libs=$(sed -n 's/^[A-Z_]*LIBS = //p' "$top_builddir/Makefile" | tr ' ' '\n' | grep '^-l\|/.*\.a$' | sort -u | xargs)
flags=
nm "$src/libbase.a" 2>/dev/null | grep -q '__asan_init' && flags="$flags -fsanitize=address"
nm "$src/libbase.a" 2>/dev/null | grep -q '__ubsan_handle' && flags="$flags -fsanitize=undefined"
# self OUTPUT LINKER ARGUMENT...
self() {
	self_out=$1 self_ld=$2; shift 2
	mkdir -p "$T/S"
	printf '#!/bin/sh\nexec "%s" ld "$@"\n' "$self_ld" >"$T/S/ld"; chmod +x "$T/S/ld"
	# shellcheck disable=SC2086
	gcc $flags -B"$T/S" -o "$self_out" $objs $libs -lpthread -ldl "$@"
}
ok "objkit links itself" self one "$OBJKIT"
ok "... ours" ours one
ok "... and it works" ./one nm one
ok "that objkit links itself" self two "$T/one"
same "... to the same bytes" one two
ok "again, with one thread" self three "$T/two" -Wl,--threads=1
same "... to the same bytes" one three
ok "with everything that changes the layout" self four "$T/two" -Wl,--gc-sections,--icf=all,-O2,--compress-debug-sections=zlib,-z,now
ok "... that links itself" self five "$T/four" -Wl,--gc-sections,--icf=all,-O2,--compress-debug-sections=zlib,-z,now
same "... to the same bytes" four five
done_testing
