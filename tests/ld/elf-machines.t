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

# Calls over more than 128 MiB, both ways, of local and global functions and through the PLT.
if have aarch64-linux-gnu-gcc qemu-aarch64; then
	cat >far1.c <<'X'
#include <stdio.h>
int far_one(int);
static int near_one(int x) { return x + 1; }
int back(int x) { return near_one(x) * 2; }
int main(void) { printf("%d %d\n", far_one(3), back(1)); return 0; }
X
	cat >far2.c <<'X'
#include <stdio.h>
int back(int);
static int helper(int x) { return x * 10; }
int far_one(int x) { printf("far "); return helper(x) + back(x); }
X
	printf '.section .text.pad,"ax"\n.skip 0x9000000\n' >pad.s
	aarch64-linux-gnu-gcc -c far1.c; aarch64-linux-gnu-gcc -c far2.c; aarch64-linux-gnu-gcc -c pad.s
	for o in -pie -static; do
		ok "aarch64: calls over 128 MiB $o" aarch64-linux-gnu-gcc -B"$B" $o -o far far1.o pad.o far2.o
		prints "... run $o" "far 38 4" qemu-aarch64 -L /usr/aarch64-linux-gnu ./far
	done
	if aarch64-linux-gnu-gcc -B"$B" -static -Wl,--threads=1 -o far_1 far1.o pad.o far2.o; then
		same "... the same bytes with one thread" far far_1
	else
		fail "... the same bytes with one thread"
	fi
	rm -f far far_1 pad.o
else
	skip_test "aarch64: calls over 128 MiB" "no cross compiler or no qemu-user"
fi
done_testing
