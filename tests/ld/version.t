# The version line as build systems read it: libtool's, GCC's, glibc's and boot loaders' configure scripts.
. "${top_srcdir:?}/tests/lib.sh"
for o in -v -V --version; do
	line=$(ld $o 2>&1 | head -n 1)
	like "$o: a GNU-like linker" "$line" 'compatible with GNU linkers'
	# version scripts for -export-symbols only if no word begins with 0., 1. or an early 2.x
	words=$(echo "$line" | sed 's/([^)]*)  *//')
	unlike "$o: libtool gives it version scripts" "$words" ' ([01]\.|2\.[0-9]\.|2\.1[01]\.)'
	is "$o: the version behind 'GNU ld'" "$(echo "$line" | sed -n 's/^.*GNU ld.* \([0-9][0-9]*\.[0-9.]*\).*$/\1/p')" 2.40
	is "$o: the last word" "$(echo "$line" | sed 's/.*)//; s/^ *//')" 2.40
	like "$o: our own version" "$line" "^objkit ld \\(objkit-$("$OBJKIT" --version | sed -n '1s/^objkit //p')\\)"
done
# what libtool builds of all this: only the chosen symbols are exported
if have libtoolize autoreconf gcc make; then
	. "$top_srcdir/tests/ld/elf.sh"
	printf 'AC_INIT([t],[1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAM_PROG_AR\nLT_INIT([disable-static])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' >configure.ac
	printf 'lib_LTLIBRARIES = libt.la\nlibt_la_SOURCES = t.c\nlibt_la_LDFLAGS = -export-symbols-regex "^t_"\n' >Makefile.am
	echo 'int other(void) { return 1; } int t_one(void) { return other(); }' >t.c
	ok "a libtool project" sh -c 'autoreconf -fi && ./configure CC="gcc -B'"$B"'" && make'
	ok "... objkit linked it" ours .libs/libt.so
	is "... and exports what -export-symbols-regex chose" "$(nm -D --defined-only -j .libs/libt.so | xargs)" t_one
else
	skip_test "a libtool project" "no libtool"
fi
done_testing
