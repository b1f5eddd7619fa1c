# i386 and AArch64: what x86-64 can, through the same code. Libraries and programs run under qemu-user.
. "${top_srcdir:?}/tests/lib.sh"
need readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >cl.c <<'X'
int shared_data[4] = {1, 2, 3, 4};
int *lib_addr(void) { return shared_data; }
int lib_fn(int x) { return x * 2; }
int (*lib_fp(void))(int) { return lib_fn; }
X
cat >cm.c <<'X'
#include <stdio.h>
extern int shared_data[4];
int *lib_addr(void), lib_fn(int), (*lib_fp(void))(int);
int main(void)
{
	shared_data[1] = 9;
	printf("%d %d %d\n", lib_addr() == shared_data, lib_addr()[1], lib_fp() == lib_fn);
	return 0;
}
X
cat >vl.c <<'X'
int old_f(void) { return 1; }
int new_f(void) { return 2; }
__asm__(".symver old_f,f@V1");
__asm__(".symver new_f,f@@V2");
X
echo 'V1 { global: f; local: *; }; V2 { global: f; } V1;' >v.map
cat >vm.c <<'X'
#include <stdio.h>
int f(void), f1(void);
__asm__(".symver f1,f@V1");
int main(void) { printf("%d %d\n", f(), f1()); return 0; }
X
cat >xl.cc <<'X'
#include <stdexcept>
struct E : std::runtime_error { E() : std::runtime_error("of the library") {} };
void thrower() { throw E(); }
X
cat >xm.cc <<'X'
#include <stdexcept>
#include <cstdio>
void thrower();
int main() { try { thrower(); } catch (std::runtime_error &e) { printf("caught %s\n", e.what()); } }
X
cat >tl.c <<'X'
__thread int gd = 5;
static __thread int ld1 = 6, ld2 = 7;
int tsum(void) { return gd + ld1++ + ld2++; }
X
cat >td.c <<'X'
__thread int dd = 40;
static __thread int de = 2;
int dsum(void) { return dd + de; }
X
cat >tm.c <<'X'
#include <stdio.h>
#include <dlfcn.h>
extern __thread int gd;
int tsum(void);
__thread int le = 3;
static __thread char big[4096];
int main(void)
{
	gd = 10; big[4000] = 1;
	void *h = dlopen("./libtd.so", RTLD_NOW);
	int (*d)(void) = h ? (int (*)(void))dlsym(h, "dsum") : 0;
	printf("%d %d %d\n", tsum(), le, d ? d() : -1);
	return 0;
}
X
cat >il.c <<'X'
static int two(void) { return 2; }
static int (*pick(void))(void) { return two; }
int ifn(void) __attribute__((ifunc("pick")));
int call(void) { return ifn(); }
X
cat >im.c <<'X'
#include <stdio.h>
int ifn(void), call(void), (*p)(void) = ifn;
int main(void) { printf("%d %d %d\n", ifn(), call(), p()); return 0; }
X
cat >init.c <<'X'
#include <stdio.h>
__attribute__((constructor(200))) static void c2(void) { printf("2"); }
__attribute__((constructor(101))) static void c1(void) { printf("1"); }
__attribute__((constructor)) static void c3(void) { printf("3"); }
__attribute__((destructor)) static void d(void) { printf("d\n"); }
int main(void) { printf("m"); return 0; }
X
cat >unw.c <<'X'
#include <stdio.h>
#include <unwind.h>
static int n;
static _Unwind_Reason_Code count(struct _Unwind_Context *c, void *a) { (void)c; (void)a; n++; return _URC_NO_REASON; }
__attribute__((noinline)) int deep(int k) { if (k) return deep(k - 1) + 1; _Unwind_Backtrace(count, 0); return 0; }
int main(void) { deep(5); printf("%d\n", n >= 7); return 0; }
X
# run NAME EXPECTED GCC-ARGUMENT...: links m, runs it
run() {
	n=$1 w=$2; shift 2
	# shellcheck disable=SC2086
	ok "$cc: $n" $driver -B"$B" -w -o m "$@"
	# shellcheck disable=SC2086
	prints "$cc: runs: $n" "$w" $q ./m
	driver=$cc-gcc
}
lib() { # lib NAME ARGUMENT...
	l=$1; shift
	ok "$cc: library $l" $driver -B"$B" -shared -fPIC -o "lib$l.so" "$@"
	driver=$cc-gcc
}
path="-L. -Wl,-rpath,."
# shellcheck disable=SC2086
for machine in i686-linux-gnu:i386 aarch64-linux-gnu:aarch64; do
	cc=${machine%:*} q="qemu-${machine#*:} -L /usr/${machine%:*}" driver=${machine%:*}-gcc
	if ! have "$cc-gcc" "$cc-g++" "qemu-${machine#*:}"; then
		skip_test "$cc" "no cross compiler or no qemu-user"
		continue
	fi
	lib cp cl.c
	run "copy relocation, canonical PLT" "1 9 1" -no-pie -fno-pic cm.c -lcp $path
	like "$cc: ... there is one" "$(readelf -rW m)" 'R_(386|AARCH64)_COPY .*shared_data'
	run "the same, position-independent" "1 9 1" -pie -fPIE cm.c -lcp $path
	run "the same, bound at once, RELR" "1 9 1" -pie -fPIE -Wl,-z,now,-z,pack-relative-relocs cm.c -lcp $path
	lib ver vl.c -Wl,--version-script=v.map
	run "two versions of a symbol" "2 1" vm.c -lver $path
	driver=$cc-g++; lib ex xl.cc
	driver=$cc-g++; run "exceptions across libraries" "caught of the library" xm.cc -lex $path
	driver=$cc-g++; run "exceptions after --gc-sections" "caught of the library" -ffunction-sections -Wl,--gc-sections xm.cc xl.cc
	for dialect in trad $([ $cc = i686-linux-gnu ] && echo gnu2 || echo desc) ; do
		[ $cc = i686-linux-gnu ] && [ $dialect = trad ] && dialect=gnu
		lib tl "-mtls-dialect=$dialect" tl.c
		lib td "-mtls-dialect=$dialect" td.c
		run "threads' variables, $dialect" "23 3 42" "-mtls-dialect=$dialect" -no-pie tm.c -ltl $path
		run "... position-independent" "23 3 42" "-mtls-dialect=$dialect" -fPIC -pie tm.c -ltl $path
		run "... nothing rewritten" "23 3 42" "-mtls-dialect=$dialect" -fPIC -pie -Wl,--no-relax tm.c -ltl $path
	done
	lib if il.c
	run "IFUNC of a library" "2 2 2" -no-pie -fno-pic im.c -lif $path
	run "IFUNC of its own, address taken" "2 2 2" -no-pie -fno-pic im.c il.c
	run "IFUNC, static" "2 2 2" -static im.c il.c
	run "IFUNC, static PIE" "2 2 2" -static-pie -fPIE im.c il.c
	run "order of constructors" 123md init.c
	run "order of constructors, static" 123md -static init.c
	run "link-time optimisation" 123md -O2 -flto init.c
	run "unwinding" 1 -funwind-tables unw.c
	run "unwinding, static" 1 -static -funwind-tables unw.c
	ok "$cc: -r" sh -c "$cc-gcc -g -ffunction-sections -c cm.c cl.c && '$OBJKIT' ld -r cm.o cl.o -o r.o"
	run "what -r made" "1 9 1" r.o
	for o in --icf=all -O2 --emit-relocs --hash-style=sysv -z,norelro --no-rosegment -s --compress-debug-sections=zlib -z,max-page-size=65536; do
		run "$o" "1 9 1" cm.o cl.o "-Wl,$o"
	done
done
done_testing
