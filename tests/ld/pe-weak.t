# Weak symbols of gcc and clang with every neighbour, in every order: as GNU ld has it. Of several weak ones, a
# reference among them, the first counts.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc clang-19 ld.lld-19

lld() { clang-19 --target="$P" --ld-path="$(command -v ld.lld-19)" "$@"; }
for m in x86_64 i686; do
	for_target $m
	printf 'int __attribute__((weak)) w(void) { return 1; }\nint beside1;\n' >weak1.c
	printf 'int __attribute__((weak)) w(void) { return 2; }\nint beside2;\n' >weak2.c
	printf 'int __attribute__((weak)) w(void) { return 1; }\n' >alone1.c
	printf 'int __attribute__((weak)) w(void) { return 2; }\n' >alone2.c
	printf 'int w(void) { return 3; }\n' >strong.c
	printf 'int __attribute__((weak)) w(void);\nint main(void) { return w ? w() : 9; }\n' >use.c
	for c in gcc clang; do
		case $c in gcc) compile() { "$P-gcc" "$@"; } ;; clang) compile() { clang-19 --target=$m-w64-mingw32 "$@"; } ;; esac
		for f in weak1 weak2 alone1 alone2 strong use; do compile -c $f.c -o $c-$f.o; done
		rm -f $c.a; ar rc $c.a $c-strong.o
	done
	for c in gcc clang; do
		for row in 'use:9' 'use weak1:9' 'weak1 use:1' 'use weak1 weak2:9' 'weak1 weak2 use:1' 'weak2 weak1 use:2' 'use weak1 strong:3' \
			'strong weak1 use:3' 'weak1 strong use weak2:3'; do
			set -- ${row%:*}; want=${row#*:} objs= other=
			for o; do objs="$objs $c-$o.o"; done
			ok "$m: $c: $*" cc $objs -o o.exe
			runs "$m: $c: $*: takes $want" '' $want ./o.exe
			linked_by_us "$m: $c: $*: objkit linked it" o.exe
			ok "$m: $c: $*: GNU ld links it" gcc_gnu $objs -o g.exe
			runs "$m: $c: $*: as GNU ld" '' $want ./g.exe
			ok "$m: $c: $*: ld.lld links it" lld $objs -o l.exe
			runs "$m: $c: $*: as ld.lld" '' $want ./l.exe
		done
		ok "$m: $c: a weak reference takes nothing from an archive" cc $c-use.o $c.a -o o.exe
		runs "$m: $c: it is 0" '' 9 ./o.exe
		linked_by_us "$m: $c: objkit linked it" o.exe
		# without another global symbol, the defaults of both have one name: the peers take that for two definitions
		ok "$m: $c: defaults of one name" cc $c-alone1.o $c-alone2.o $c-use.o -o o.exe
		runs "$m: $c: the first one" '' 1 ./o.exe
		status "$m: $c: GNU ld refuses them" 1 gcc_gnu $c-alone1.o $c-alone2.o $c-use.o -o g.exe
		status "$m: $c: and ld.lld" 1 lld $c-alone1.o $c-alone2.o $c-use.o -o l.exe
	done
	ok "$m: gcc's weak with clang's strong" cc gcc-use.o gcc-weak1.o clang-strong.o -o o.exe
	runs "$m: takes the strong one" '' 3 ./o.exe
	ok "$m: clang's weak with gcc's weak" cc clang-weak2.o gcc-weak1.o clang-use.o -o o.exe
	runs "$m: takes the first" '' 2 ./o.exe
done

# the characteristics by hand: nobody takes a member, all end at their default
for_target x86_64
for k in 1 2 3 4; do
	mkobj - >k$k.o <<-D
	coff 0x8664
	section .text flags=text
	  bytes e8 00 00 00 00 c3
	  reloc 1 4 w
	  bytes b8 05 00 00 00 c3
	symbol start EXTERNAL FUNCTION sec=.text
	symbol fallback EXTERNAL FUNCTION sec=.text value=6
	symbol w WEAK_EXTERNAL
	aux-weak fallback $k
	D
	ok "characteristic $k" "$OBJKIT" ld -m i386pep -e start k$k.o gcc.a -o k.exe
	runs "characteristic $k: its default" '' 5 ./k.exe
	ok "characteristic $k beside a definition" "$OBJKIT" ld -m i386pep -e start k$k.o gcc-strong.o -o k.exe
	runs "characteristic $k: the definition" '' 3 ./k.exe
done
done_testing
