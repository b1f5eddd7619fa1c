#!/bin/sh
# Compiler intermediate code without any plugin: GCC's slim objects, LLVM's bitcode.
. "${top_srcdir:?}/tests/lib.sh"
F=$top_srcdir/tests/files
is "a slim object's symbols" "$(nm -j "$F/good-elf-slim-lto.o" | grep -c gnu_lto)" "0"
like "with letters" "$(nm "$F/good-elf-slim-lto.o")" '^0{8} T '
cat >t.c <<'E'
int def = 1; int bss; extern int und; static int loc(void) { return und; }
__attribute__((weak)) int weak(void) { return loc(); } int fn(void) { return weak() + def++ + bss++; }
E
if have gcc && gcc -flto -fno-fat-lto-objects -c t.c -o slim.o 2>/dev/null; then
	is "what gcc -flto makes" "$(nm slim.o)" "00000000 B bss
00000000 D def
00000000 T fn
         U und
00000000 W weak"
	echo 'int wv __attribute__((weak)) = 1; extern int wu __attribute__((weak)); int f(void) { return wu + wv; }' >w.c
	gcc -flto -fno-fat-lto-objects -c w.c -o w.o
	is "weak variables are W and w, as for the plugin" "$(nm w.o)" "00000000 T f
         w wu
00000000 W wv"
	have gcc-nm && is "gcc-nm's lines" "$(nm w.o)" "$(gcc-nm w.o)"
	gcc -flto -ffat-lto-objects -c t.c -o fat.o
	gcc -c t.c -o plain.o
	is "a fat object's native symbols count" "$(nm -jg fat.o | grep -v gnu_lto)" "$(nm -jg plain.o)"
	ar rc s.a slim.o
	is "the index of an archive of slim objects" "$(nm -s s.a | sed -n '/^Archive index/,/^$/p' | sed 1d | sort)" \
		"$(printf '%s\n' '' 'bss in slim.o' 'def in slim.o' 'fn in slim.o' 'weak in slim.o' | sort)"
else
	skip_test "what gcc -flto makes" "gcc has no LTO"
fi
for c in clang clang-14 clang-19; do
	if have $c && $c -O1 -flto -c t.c -o bc.o 2>/dev/null; then
		is "what $c -flto makes" "$(nm bc.o)" "00000000 D bss
00000000 D def
00000000 T fn
         U und
00000000 W weak"
		$c -O1 -flto --target=x86_64-apple-macos11 -c t.c -o mac.o 2>/dev/null &&
			is "$c: names of Darwin bitcode have an underscore" "$(nm -jg mac.o)" "_bss
_def
_fn
_und
_weak"
		if have llvm-nm-19; then
			ln -sf "$OBJKIT" llvm-nm
			is "$c: called llvm-nm, as llvm-nm" "$(./llvm-nm bc.o)" "$(llvm-nm-19 bc.o)"
		fi
	else
		skip_test "what $c -flto makes" "no $c"
	fi
done
is "--no-llvm-bc" "$(nm --no-llvm-bc "$F/good-bitcode.bc")" ""
printf 'BC\300\336\065\024\0\0\377\377\377\377' >bad.bc
status "damaged bitcode" 1 nm bad.bc
like "is said to be damaged" "$(nm bad.bc 2>&1)" 'bad.bc.*damaged bitcode'
done_testing
