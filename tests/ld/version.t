# The version line as build systems read it. Each rule below is the one of the tool that is named, written anew.
. "${top_srcdir:?}/tests/lib.sh"
for o in -v -V --version; do
	ld $o >all.txt 2>&1
	line=$(head -n 1 all.txt)
	like "$o: a GNU-like linker" "$line" 'compatible with GNU linkers'
	is "$o: Linux: the first two words" "$(echo "$line" | cut -d' ' -f1-2)" "GNU ld"
	is "$o: Linux: the last word" "${line##* }" 2.40
	is "$o: CMake: behind parentheses" "$(sed -nE 's/^.*GNU ld (\([^)]+\)|version) ([0-9.]+).*$/\2/p' all.txt)" 2.40
	is "$o: glibc: behind 'GNU ld'" "$(sed -n 's/^.*GNU ld.* \([0-9][0-9]*\.[0-9.]*\).*$/\1/p' all.txt)" 2.40
	is "$o: GCC: behind a space" "$(echo "$line" | sed -n 's/^.*[ 	]\([0-9][0-9]*\.[0-9][0-9]*.*\)$/\1/p')" 2.40
	unlike "$o: GCC: no date" "$line" '[2-9][0-9][0-9][0-9](-*)[01][0-9]'
	is "$o: meson: the first number" "$(grep -oE '[0-9]{1,2}(\.[0-9]+)+(-[a-zA-Z0-9]+)?' all.txt | head -n 1)" 2.40
	unlike "$o: meson, gcc, autoconf: no other linker" "$line" 'LLD|gold|mold|Solaris|BFD 2\.8'
	is "$o: U-Boot, GRUB: parentheses left out" "$(echo "$line" | sed -e 's/(.*)//; s/[^0-9.]*\([0-9.]*\).*/\1/')" 2.40
	is "$o: valgrind: the last field of one that has a dot" "$(awk 'NR == 1 {for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]/) v = $i} END {print v}' all.txt)" 2.40
done
# version scripts for -export-symbols only if no word begins with 0., 1. or an early 2.x
unlike "libtool gives it version scripts" "$(ld -v 2>&1 | sed 's/([^)]*)  *//')" ' ([01]\.|2\.[0-9]\.|2\.1[01]\.)'
is "-v: one line" "$(ld -v | wc -l)" 1
ours="objkit ld $("$OBJKIT" --version | sed -n '1s/^objkit //p')"
for o in -V --version; do is "$o: our own version" "$(ld $o | sed -n 2p)" "$ours"; done
is "--version: two lines" "$(ld --version | wc -l)" 2
is "-V: emulations" "$(ld -V | sed 1,2d | xargs)" "Supported emulations: i386pep i386pe elf_x86_64 elf_i386 aarch64linux aarch64elf"
for m in $(ld -V | sed '1,3d'); do
	is "-V: -m $m is one" "$(ld -m "$m" -v)" "$(ld -v)"
done
# what build systems make of it
if have meson ninja gcc; then
	. "$top_srcdir/tests/ld/elf.sh"
	mkdir -p meson; printf "project('p', 'c')\nexecutable('m', 'm.c')\n" >meson/meson.build; echo 'int main(void) { return 0; }' >meson/m.c
	printf "[binaries]\nc = ['gcc', '-B%s']\n" "$B" >native.ini
	like "meson: which linker, and its version" "$(meson setup meson/b meson --native-file native.ini 2>&1)" 'ld\.bfd 2\.40$'
else
	skip_test "meson: which linker" "no meson"
fi
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
