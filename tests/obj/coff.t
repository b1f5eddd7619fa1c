#!/bin/sh
# COFF objects from real compilers: nm agrees with GNU nm where GNU reads the machine, with llvm-nm
# elsewhere; relocations agree with llvm-readobj.
. "${top_srcdir:?}/tests/lib.sh"
need clang-19 llvm-nm-19 llvm-readobj-19 x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc

cat >a.c <<'END'
static int local_data = 3;
int data = 4, zero, common_one __attribute__((common)), big_common[100] __attribute__((common));
const int constant = 5;
extern int imported;
int undefined(void);
__attribute__((weak)) int weak_undefined(void);
__attribute__((weak)) int weak_defined(void) { return 1; }
static __attribute__((noinline)) int local_fn(int x) { return x * local_data; }
inline int inline_fn(int x) { return x + 1; }
int (*keep)(int) = inline_fn;
int a_function_with_a_long_name(int x)
{
    return local_fn(x) + undefined() + (weak_undefined ? weak_undefined() : 0) + imported + zero;
}
END
cat >b.cc <<'END'
template <class T> struct box { T v; virtual ~box() {} virtual T get() { return v; } };
inline int counter() { static int n; return ++n; }
int use() { box<long> b; try { throw 1; } catch (int) { return counter() + (int)b.get(); } }
END
x86_64-w64-mingw32-gcc -c -O1 a.c -o gcc64.o
x86_64-w64-mingw32-gcc -c -g -ffunction-sections -fdata-sections a.c -o gcc64g.o
x86_64-w64-mingw32-gcc -c -Wa,-mbig-obj a.c -o gcc64big.o
i686-w64-mingw32-gcc -c -g a.c -o gcc32.o
for t in x86_64-pc-windows-gnu i686-pc-windows-gnu aarch64-pc-windows-msvc x86_64-pc-windows-msvc; do
	clang-19 --target=$t -c -g a.c -o "clang-$t.o"
	clang-19 --target=$t -fexceptions -fcxx-exceptions -c b.cc -o "clang++-$t.o"
done

# A clang alias that is defined is W, with a value, here as in llvm-nm; GNU nm says w. One whose
# default is absolute 0 is w, where llvm-nm says W.
gnu_nm() { x86_64-w64-mingw32-nm "$@" 2>/dev/null; }
for f in gcc64 gcc64g gcc64big gcc32; do
	gnu_nm -p $f.o >want; nm -p $f.o >got
	same "nm -p $f.o as GNU nm" got want
done
for f in clang-x86_64-pc-windows-gnu clang++-x86_64-pc-windows-gnu clang-i686-pc-windows-gnu \
	clang++-i686-pc-windows-gnu clang++-x86_64-pc-windows-msvc; do
	gnu_nm -p $f.o | sed '/ w _*weak_defined/{s/ w / W /; s/^  *W/0000000000000000 W/; s/^0*\(.\{8\} W _\)/\1/}' >want
	nm -p $f.o >got
	same "nm -p $f.o as GNU nm" got want
done
for f in clang-aarch64-pc-windows-msvc clang++-aarch64-pc-windows-msvc; do
	# GNU does not know the machine; LLVM hides section symbols and pads values to 8
	llvm-nm-19 -p $f.o | sed 's/^[0-9a-f ]* \([A-Za-z] \)/\1/; s/^W weak_un/w weak_un/' >want
	nm -p $f.o | sed 's/^[0-9a-f ]* \([A-Za-z] \)/\1/' |
		grep -v '^[a-zA-Z] [.]\(text\|data\|bss\|xdata\|rdata\|pdata\|drectve\|debug\|llvm\)' >got
	same "nm -p $f.o as llvm-nm" got want
done

# relocations: section, offset, type, symbol of every one
dump=$top_builddir/tests/fuzz/dump
for f in gcc64g gcc64big gcc32 clang-aarch64-pc-windows-msvc clang++-x86_64-pc-windows-gnu; do
	llvm-readobj-19 -r $f.o | awk '/Section \(/ { sub(/.*\(/, ""); sub(/\).*/, ""); sec = $0 }
		$1 ~ /^0x/ { o = sprintf("%8s", tolower(substr($1, 3))); gsub(/ /, "0", o); print sec, o, $2 }' >want
	"$dump" $f.o | awk '/^relocs of/ { sec = $3 } / IMAGE_REL/ { print sec, $1, $2 }' >got
	n=$(wc -l <want)
	[ "$n" -gt 10 ] && same "$n relocations of $f.o as llvm-readobj" got want
done
done_testing
