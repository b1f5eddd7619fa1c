# i386 and AArch64: C, TLS, C++ exceptions, IFUNC, a shared library; run under qemu-user.
. "${top_srcdir:?}/tests/lib.sh"
need readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >hello.c <<'X'
#include <stdio.h>
static __thread int t = 5;
__thread int z;
int shared_count(void);
int main(void) { z += t; printf("hello %d %d\n", z, shared_count()); return 0; }
X
cat >lib.c <<'X'
__thread int in_lib = 3;
static int calls;
int shared_count(void) { return in_lib + ++calls; }
X
cat >x.cc <<'X'
#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what() << "\n"; } }
X
cat >i.c <<'X'
#include <stdio.h>
static int two(void) { return 2; }
static int (*pick(void))(void) { return two; }
int f(void) __attribute__((ifunc("pick")));
int (*p)(void) = f;
int main(void) { printf("%d %d\n", f() + p(), p == f); }
X
for m in i686-linux-gnu:i386 aarch64-linux-gnu:aarch64; do
	cc=${m%:*} q="qemu-${m#*:} -L /usr/${m%:*}"
	if ! have "$cc-gcc" "qemu-${m#*:}"; then
		skip_test "$cc" "no cross compiler or no qemu-user"
		continue
	fi
	for o in -static -no-pie -pie -static-pie "-fPIC -pie" "-O2 -fno-plt" "-O2 -pie -Wl,-z,now" "-pie -Wl,-z,pack-relative-relocs" \
		"-fPIC -ftls-model=global-dynamic" "-fPIC -ftls-model=local-dynamic" "-fPIC -ftls-model=initial-exec" "-pie -Wl,--gc-sections"; do
		# shellcheck disable=SC2086
		ok "$cc $o" "$cc-gcc" -B"$B" $o -o h hello.c lib.c
		# shellcheck disable=SC2086
		prints "it runs: $cc $o" "hello 5 4" $q ./h
	done
	ok "$cc: ours" ours h
	ok "$cc: a library" "$cc-gcc" -B"$B" -shared -fPIC -o libx.so lib.c
	ok "$cc: its user" "$cc-gcc" -B"$B" -o u hello.c -L. -lx -Wl,-rpath,.
	# shellcheck disable=SC2086
	prints "$cc: the library's user runs" "hello 5 4" $q ./u
	for o in -static -no-pie -pie; do
		ok "$cc: ifunc $o" "$cc-gcc" -B"$B" $o -o i i.c
		# shellcheck disable=SC2086
		prints "$cc: ifunc runs $o" "4 1" $q ./i
	done
	if have "$cc-g++"; then
		for o in -static -pie; do
			ok "$cc: C++ $o" "$cc-g++" -B"$B" $o -o x x.cc
			# shellcheck disable=SC2086
			prints "$cc: exceptions $o" thrown $q ./x
		done
	fi
done
done_testing
