# Thread-local storage: the four models in programs and libraries, dlopen, IFUNC, common symbols, weak.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >lib.c <<'X'
__thread int in_lib = 5;
static __thread int hidden1 = 7, hidden2;
int *lib_addr(void) { return &in_lib; }
int lib_sum(void) { hidden2++; return in_lib + hidden1 + hidden2; }
X
cat >main.c <<'X'
#include <pthread.h>
#include <stdio.h>
extern __thread int in_lib;
int *lib_addr(void);
int lib_sum(void);
static __thread int mine = 100;
__thread int zeros[10];
__thread char aligned __attribute__((aligned(64))) = 'x';
static void *run(void *p)
{
	mine++; in_lib += 2; zeros[3] = 9;
	*(int *)p = mine + in_lib + lib_sum() + ((unsigned long)&aligned % 64 == 0) + (aligned == 'x');
	return 0;
}
int main(void)
{
	int r1, r2; pthread_t t;
	pthread_create(&t, 0, run, &r1); pthread_join(t, 0);
	run(&r2);
	printf("%d %d %d %d\n", r1, r2, &in_lib == lib_addr(), zeros[3]);
}
X
want="125 125 1 9"
for model in global-dynamic local-dynamic initial-exec; do
	ok "library, $model" link libt.so -shared -fPIC -ftls-model=$model lib.c
	for m in "" -no-pie -mtls-dialect=gnu2 "-fPIC -ftls-model=global-dynamic" "-fno-plt -fPIC"; do
		# shellcheck disable=SC2086
		ok "its user $m" link u $m main.c -L. -lt -Wl,-rpath,. -pthread
		prints "$model $m" "$want" ./u
	done
done
ok "library with descriptors" link libt.so -shared -fPIC -mtls-dialect=gnu2 lib.c
ok "its user" link u main.c -L. -lt -Wl,-rpath,. -pthread
prints "tls descriptors" "$want" ./u
for m in -static -no-pie -pie -static-pie "-fPIC -pie" "-fPIC -static" "-fPIC -mtls-dialect=gnu2" "-fPIC -fno-plt" \
	"-static -fPIC -mtls-dialect=gnu2" "-static -ftls-model=local-exec"; do
	# shellcheck disable=SC2086
	ok "one program $m" link p $m main.c lib.c -pthread
	prints "all in one $m" "$want" ./p
done
cat >dl.c <<'X'
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
	void *h = dlopen("./libt.so", RTLD_NOW);
	int (*f)(void) = h ? (int (*)(void))dlsym(h, "lib_sum") : 0;
	printf("%d\n", f ? f() : -1);
}
X
ok "a program that loads a library" link dl dl.c
prints "tls of a loaded library" 13 ./dl

cat >ifunc.c <<'X'
#include <stdio.h>
static int one(void) { return 1; }
static int two(void) { return 2; }
static int (*pick(void))(void) { return two; }
int f(void) __attribute__((ifunc("pick")));
static int g(void) __attribute__((ifunc("pick")));
int (*ptr)(void) = f;
int call(void) { return f() * 1000 + ptr() * 100 + g() * 10 + (ptr == f) + (one() == 9); }
X
cat >ifmain.c <<'X'
#include <stdio.h>
int call(void);
int f(void);
extern int (*ptr)(void);
int main(void) { int (*p)(void) = f; printf("%d %d %d\n", call(), p(), p == ptr); }
X
for m in -static -no-pie -pie -static-pie "-fPIC -pie" "-fPIC -static-pie"; do
	# shellcheck disable=SC2086
	ok "ifunc $m" link i $m ifunc.c ifmain.c
	prints "ifunc runs $m" "2221 2 1" ./i
done
ok "ifunc in a library" link libi.so -shared -fPIC ifunc.c
for m in -pie -no-pie; do
	ok "its user $m" link i $m ifmain.c -L. -li -Wl,-rpath,.
	prints "ifunc of a library $m" "2221 2 1" ./i
done

echo 'int c; int big[100]; __attribute__((weak)) int w(void) { return 1; } extern int missing(void) __attribute__((weak)); int t(void) { return missing ? 9 : 0; }' >c1.c
cat >c2.c <<'X'
#include <stdio.h>
int c; int big[10]; int w(void) { return 2; } int t(void); extern char end[], _edata[], __bss_start[];
int main(void)
{
	big[99] = 1; c = 3;
	printf("%d %d %d %d\n", c, w(), t(), (char *)&c < end && end > _edata && __bss_start >= _edata);
}
X
for m in -static -no-pie -pie; do
	ok "commons and weak $m" link c $m -fcommon c1.c c2.c
	prints "common, override, undefined weak $m" "3 2 0 1" ./c
done
# common symbols of threads, which gcc makes of tentative definitions that say so
cat >tc1.c <<'X'
#include <pthread.h>
#include <stdio.h>
#define COMMON __attribute__((common))
__thread int i COMMON;
__thread long many[4] __attribute__((common, aligned(64)));
__thread int full = 5;
int plain COMMON;
int get(void);
static void show(void) { printf("%d %ld %d %d %d; ", i, many[3], full, get(), (int)((unsigned long)many & 63)); }
static void *run(void *p) { i += 40; many[3] = 2; plain++; show(); return p; }
int main(void)
{
	pthread_t t;
	i = 7; full = 6;
	pthread_create(&t, 0, run, 0); pthread_join(t, 0);
	show(); printf("%d\n", plain);
}
X
cat >tc2.c <<'X'
__thread int i __attribute__((common));
extern __thread long many[4];
int get(void) { return i + (int)many[3]; }
X
gcc -fPIC -c tc1.c tc2.c
ld -m elf_x86_64 --verbose | sed -n '/^=====/,/^=====/p' | grep -v '^====' >default.ld
want="40 2 5 42 0; 7 0 6 7 0; 1"
for m in -no-pie -static -pie -static-pie -Wl,-T,default.ld; do
	ok "commons of threads $m" link c $m tc1.o tc2.o
	prints "each thread has its own $m" "$want" ./c
done
for m in "" -d; do
	# shellcheck disable=SC2086
	ok "joined by -r $m" ld -r $m tc1.o tc2.o -o r.o
	ok "linked $m" link c r.o
	prints "still each thread's own $m" "$want" ./c
done
ld -r -z nocommon tc1.o tc2.o -o r.o
like "of type TLS whatever commons are to be" "$(readelf -sW r.o)" 'TLS  *GLOBAL DEFAULT  COM i'
ok "in a library" link libtc.so -shared tc2.o
ok "its user" link c tc1.o -L. -ltc -Wl,-rpath,.
prints "a library's commons" "$want" ./c
# --- the large code model's sequences; offsets of what is elsewhere
cat >lg1.c <<'X'
#include <stdio.h>
extern __thread int a __attribute__((tls_model("global-dynamic")));
static __thread int b = 3; __thread int c = 4;
int geta(void);
int main(void) { printf("%d %d %d %d\n", a, b, c, geta()); return 0; }
X
cat >lg2.c <<'X'
__thread int a = 5; static __thread int z = 6, y = 0; int geta(void) { return a + z + y; }
X
for model in global-dynamic local-dynamic; do
	gcc -O1 -fPIC -mcmodel=large -ftls-model=$model -c lg1.c lg2.c
	for k in -no-pie -pie -static -static-pie; do
		ok "large model, $model, $k" link lg $k lg1.o lg2.o
		prints "... values" "5 3 4 11" ./lg
		unlike "... no call is left" "$(readelf -sW lg | sed -n "/'.dynsym'/,/^\$/p")" __tls_get_addr
	done
	ok "large model, $model, in a library" link liblg.so -shared lg2.o
	ok "... and its user" link lg lg1.o -L. -llg -Wl,-rpath,.
	prints "... values" "5 3 4 11" ./lg
done
echo 'extern __thread int a; int f(void) { return a; }' >own.c
gcc -O1 -fPIC -ftls-model=local-dynamic -c own.c
status "the offset of a library's variable" 1 ld own.o -e f -o own liblg.so
like "... is refused" "$(cat tap.err)" "own.o: .text.0x[0-9a-f]*: relocation R_X86_64_DTPOFF32 against 'a', which is not defined"
status "... of one that is nowhere" 1 ld -shared own.o -o own.so
gcc -O1 -fno-pie -ftls-model=local-exec -c own.c
status "... from the thread pointer" 1 ld own.o -e f -o own liblg.so
like "... is refused too" "$(cat tap.err)" "R_X86_64_TPOFF32 against 'a', which is not defined"
gcc -O1 -fPIC -ftls-model=local-dynamic -c own.c
ok "a variable of its own" ld -shared own.o lg2.o -o own.so
done_testing
