# a C library with its own dynamic linker, which is the same file: programs run under it, dynamic, static and static PIE
targets=native
source_package() { echo musl; }
build_native() {
	./configure --prefix=/usr --disable-wrapper CC="$CC" AR="$AR" RANLIB="$RANLIB"
	make -j"$JOBS"
}
program() {
	cat >t.c <<-'C'
	#include <dlfcn.h>
	#include <errno.h>
	#include <math.h>
	#include <pthread.h>
	#include <setjmp.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	static __thread int mine = 5;
	static int ended;
	static void at_end(void) { printf(" end %d\n", ended); }
	static void *run(void *p) { mine += *(int *)p; return (void *)(long)mine; }
	static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
	__attribute__((constructor)) static void first(void) { ended = 40; }
	int main(int argc, char **argv) {
		int n = 7, v[] = {3, 1, 2};
		void *r;
		pthread_t t;
		jmp_buf b;
		atexit(at_end);
		pthread_create(&t, 0, run, &n);
		pthread_join(t, &r);
		qsort(v, 3, sizeof *v, by_value);
		volatile int jumps = 0;
		if (setjmp(b) < 2) { jumps++; longjmp(b, jumps + 1); }
		errno = ENOENT;
		printf("%ld %d %d%d%d %d %.3f %s", (long)r, mine, v[0], v[1], v[2], jumps, sqrt(argc + 1), strerror(errno));
		if (argc > 1) {
			void *h = dlopen(argv[1], RTLD_NOW);
			int (*f)(int) = h ? (int (*)(int))dlsym(h, "twice") : 0;
			printf(" %d", f ? f(21) : -1);
		}
		ended += 2;
		return 0;
	}
	C
	echo 'extern int printf(const char *, ...); __thread int calls; int twice(int x) { calls++; return 2 * x * calls; }' >m.c
}
# linked OUTPUT START OPTION...: with the library's own start files, and no other library than the compiler's
linked() {
	out=$1 start=$2; shift 2
	$CC -nostdlib -nostdinc -isystem include -isystem obj/include -isystem arch/x86_64 -isystem arch/generic -O1 "$@" -o "$out" \
		lib/$start lib/crti.o t.c -Llib -lc lib/crtn.o
}
check_native() {
	program
	$CC -nostdlib -shared -fPIC -o m.so m.c lib/libc.so
	i=-Wl,-dynamic-linker,$PWD/lib/libc.so
	want='12 5 123 1 1.414 No such file or directory end 42'
	want2='12 5 123 1 1.732 No such file or directory 42 end 42'
	linked t-pie Scrt1.o -fPIE -pie "$i"
	linked t-fixed crt1.o -fno-pie -no-pie "$i"
	linked t-lazy Scrt1.o -fPIE -pie -Wl,-z,lazy,-z,norelro,--hash-style=sysv "$i"
	linked t-now Scrt1.o -fPIE -pie -Wl,-z,now,--gc-sections "$i"
	linked t-static crt1.o -fno-pie -no-pie -static
	linked t-staticpie rcrt1.o -fPIE -static-pie
	for t in t-pie t-fixed t-lazy t-now; do
		a_test "$t" [ "$(./$t)" = "$want" ]
		a_test "$t loads a module" [ "$(./$t ./m.so)" = "$want2" ]
	done
	for t in t-static t-staticpie; do a_test "$t" [ "$(./$t)" = "$want" ]; done
	a_test 'the linker runs a program' [ "$(lib/libc.so ./t-pie)" = "$want" ]
	a_test 'the linker lists libraries' sh -c 'lib/libc.so --list ./t-pie | grep -q libc'
	all_pass 12
}
