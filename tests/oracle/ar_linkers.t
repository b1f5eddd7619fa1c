#!/bin/sh
# Linkers of others link against archives that objkit ar wrote, in every dialect they know.
. "${top_srcdir:?}/tests/lib.sh"
need gcc

cat >one.c <<'C'
int two(void);
int one(void) { return two() - 1; }
C
echo 'int two(void) { return 2; }' >two.c
echo 'int unused(void) { return nowhere(); } int nowhere(void);' >never.c
sed -i '1s/^/int nowhere(void); /' never.c
cat >main.c <<'C'
#include <stdio.h>
int one(void);
int main(void) { printf("one is %d\n", one()); return one() != 1; }
C
long=a_member_with_a_name_that_is_rather_long.o
objects() { # COMPILER...
	rm -f ./*.o
	"$@" -c one.c -o one.o && "$@" -c two.c -o $long && "$@" -c never.c -o never.o && "$@" -c main.c -o main.o
}
# archive FORMAT-OPTION...: lib.a, made in two steps so that an update is tested too
archive() {
	rm -f lib.a
	ar rcs "$@" lib.a never.o one.o && ar r "$@" lib.a $long
}

objects gcc
for d in gnu bsd thin; do
	case $d in
	thin) rm -f lib.a; ar rcs --thin lib.a never.o one.o $long ;;
	*) archive --format=$d ;;
	esac
	for l in ld.bfd:-fuse-ld=bfd ld.gold:-fuse-ld=gold ld.lld-19:--ld-path=ld.lld-19 mold:-B.; do
		tool=${l%%:*} how=${l#*:}
		have $tool || { skip_test "$tool links against a $d archive" "$tool is not installed"; continue; }
		case $d:$tool in
		bsd:ld.bfd | bsd:ld.gold | bsd:mold) continue ;;	# they do not read a BSD index
		esac
		case $tool in
		mold | ld.lld-19) mkdir -p B; ln -sf "$(command -v $tool)" B/ld; how="-B B" ;;
		esac
		rm -f prog
		# shellcheck disable=SC2086 # words
		ok "$tool links against a $d archive" gcc $how main.o lib.a -o prog
		is "$tool, $d: the program runs" "$(./prog 2>&1)" "one is 1"
	done
done

for t in x86_64-w64-mingw32 i686-w64-mingw32; do
	if ! have $t-gcc; then
		skip_test "$t archives" "$t-gcc is not installed"
		continue
	fi
	objects $t-gcc
	case $t in x86_64*) run=$run_win64 emu=i386pep ;; *) run=$run_win32 emu=i386pe ;; esac
	for d in gnu coff; do
		rm -f lib.a
		archive --format=$d
		rm -f prog.exe
		ok "$t GNU ld links against a $d archive" $t-gcc main.o lib.a -o prog.exe
		if [ -n "$run" ]; then
			is "$t GNU ld, $d: the program runs" "$("$run" prog.exe 2>/dev/null | tr -d '\r')" "one is 1"
		else
			skip_test "$t GNU ld, $d: the program runs" "no wine runner"
		fi
		if have ld.lld-19; then
			# the command that gcc would run, with lld in collect2's place
			$t-gcc main.o lib.a -o prog2.exe '-###' 2>&1 | grep collect2 | tail -n 1 |
				sed 's/^ *[^ ]*collect2//; s/"-plugin" "[^"]*"//; s/-plugin [^ ]*//; s/"\{0,1\}-plugin-opt=[^ ]*//g' >cmd
			rm -f prog2.exe
			ok "$t lld links against a $d archive" sh -c "ld.lld-19 $(cat cmd)"
			if [ -n "$run" ]; then
				is "$t lld, $d: the program runs" "$("$run" prog2.exe 2>/dev/null | tr -d '\r')" "one is 1"
			else
				skip_test "$t lld, $d: the program runs" "no wine runner"
			fi
		else
			skip_test "$t lld links against a $d archive" "ld.lld-19 is not installed"
		fi
	done
	# 26: objects of more than 65,279 sections' format
	for d in gnu coff; do
		objects $t-gcc -Wa,-mbig-obj
		is "$t: the members are bigobj" "$(head -c 6 one.o | od -An -tx1 | tr -d ' ')" 0000ffff0200
		rm -f lib.a
		archive --format=$d
		for l in GNU objkit; do
			rm -f prog.exe
			mkdir -p B-$l; [ $l = GNU ] || for n in ld collect2 real-ld; do ln -sf "$OBJKIT" B-$l/$n; done
			ok "$t $l ld links bigobj members of a $d archive" $t-gcc -B"$T/B-$l/" main.o lib.a -o prog.exe
			if [ -n "$run" ]; then
				is "$t $l, bigobj, $d: the program runs" "$("$run" prog.exe 2>/dev/null | tr -d '\r')" "one is 1"
			else
				skip_test "$t $l, bigobj, $d: the program runs" "no wine runner"
			fi
		done
	done
	: $emu
done

if have clang-19 ld64.lld-19; then
	echo 'int one(void); int main(void) { return one() != 1; }' >main.c
	cat >libSystem.tbd <<-'Y'
	--- !tapi-tbd
	tbd-version: 4
	targets: [ x86_64-macos, arm64-macos ]
	install-name: '/usr/lib/libSystem.B.dylib'
	exports:
	  - targets: [ x86_64-macos, arm64-macos ]
	    symbols: [ dyld_stub_binder ]
	...
	Y
	for a in arm64 x86_64; do
		objects clang-19 --target=$a-apple-macos12
		archive --format=darwin
		rm -f prog
		ok "ld64.lld links against a Darwin archive ($a)" ld64.lld-19 -arch $a -platform_version macos 12 12 \
			-L. -lSystem main.o lib.a -o prog
		like "the program has the member's code ($a)" "$(llvm-nm-19 prog 2>&1)" 'T _one'
	done
else
	skip_test "ld64.lld links against a Darwin archive" "clang-19 or ld64.lld-19 is not installed"
fi
done_testing
