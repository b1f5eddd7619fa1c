#!/bin/sh
# nm prints what GNU nm prints, byte for byte, on every object of the C and C++ libraries of the
# native and the mingw-w64 toolchain. A difference that is meant stands below with its reason.
. "${top_srcdir:?}/tests/lib.sh"
need gcc nm

# compare LABEL GNU-NM FILE OPTION...
compare() {
	label=$1 gnu=$(peer "$2") file=$3; shift 3
	case $file in
	/*) ;;
	*) skip_test "$label" "no such library here"; return ;;
	esac
	"$gnu" "$@" "$file" >want 2>/dev/null
	"$OBJKIT" nm "$@" "$file" >got 2>err
	if [ -s err ]; then
		# complaints are compared by their number: GNU nm's words have its own name in them
		"$gnu" "$@" "$file" 2>&1 >/dev/null | wc -l >want.n
		wc -l <err >got.n
		same "$label: as many messages" got.n want.n
	fi
	same "$label" got want
}
lib() { gcc -print-file-name="$1"; }

for l in libc.a libm.a libpthread.a libdl.a libgcc.a libgcc_eh.a crt1.o Scrt1.o crti.o crtbegin.o crtend.o; do
	f=$(lib $l)
	head -c 8 "$f" 2>/dev/null | grep -q 'GNU ld' && continue
	case $l in libm.a) # a linker script that names the real one
		head -c 60 "$f" | grep -q '^/\*' && f=$(sed -n 's/.*( *\(\/[^ ]*\.a\).*/\1/p' "$f") ;; esac
	compare "nm $l" nm "$f"
done
f=$(lib libc.a)
for o in -A -g -u -D -a -n -r -p -S "-f posix" "-f sysv" "-f just-symbols" "--defined-only" "-t d" "-P -S" "--size-sort" "-s"; do
	# shellcheck disable=SC2086 # words
	compare "nm $o libc.a" nm "$f" $o
done
if have g++; then
	f=$(g++ -print-file-name=libstdc++.a)
	compare "nm libstdc++.a" nm "$f"
	compare "nm -C libstdc++.a" nm "$f" -C
	so=$(readlink -f "$(g++ -print-file-name=libstdc++.so)")
	compare "nm -D libstdc++.so" nm "$so" -D
	compare "nm -DC libstdc++.so" nm "$so" -D -C
fi
for t in x86_64-w64-mingw32 i686-w64-mingw32; do
	if ! have $t-gcc $t-nm; then
		skip_test "nm on $t libraries" "$t-gcc is not installed"
		continue
	fi
	for l in libmingw32.a libmingwex.a libmsvcrt.a libkernel32.a libmoldname.a libgcc.a libgcc_eh.a libstdc++.a \
		crt1.o crt2.o dllcrt2.o crtbegin.o crtend.o gcrt2.o; do
		f=$($t-gcc -print-file-name=$l)
		compare "nm $t $l" $t-nm "$f"
	done
	compare "nm -g $t libmsvcrt.a" $t-nm "$($t-gcc -print-file-name=libmsvcrt.a)" -g
	compare "nm -a $t libmingw32.a" $t-nm "$($t-gcc -print-file-name=libmingw32.a)" -a
	compare "nm -S $t libmingw32.a" $t-nm "$($t-gcc -print-file-name=libmingw32.a)" -S
done
done_testing
