# What programs see of the image in memory: commons, thread-local storage, initialisers and callbacks in order,
# unwinding, merged sections, relocation to another base. Each program does what GNU ld's does.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-g++ i686-w64-mingw32-gcc clang-19 llvm-readobj-19 python3

# as_gnu NAME OUTPUT STATUS SOURCE...: linked by objkit and by GNU ld, both run, both say OUTPUT
as_gnu() {
	a_name=$1 a_out=$2 a_rc=$3; shift 3
	ok "$a_name" cc "$@" -o ours.exe
	linked_by_us "$a_name: objkit linked it" ours.exe
	gcc_gnu "$@" -o gnu.exe 2>/dev/null
	runs "$a_name: runs" "$a_out" "$a_rc" ./ours.exe
	runs "$a_name: as GNU ld's does" "$a_out" "$a_rc" ./gnu.exe
	is "$a_name: the loader's rules, at two bases" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact ours.exe 2>&1)" ''
}
for m in x86_64 i686; do
	for_target $m
	# commons: the largest size and the largest alignment of both objects
	printf 'char big[10] __attribute__((aligned(64))); char small; int only = 1;\n' >c1.c
	printf '#include <stdio.h>\nextern int only; char big[100]; long long small[4];\nint main(void) { big[99] = 7; small[3] = 5; printf("%%d %%d %%d %%d\\n", (int)((size_t)big %% 64), (int)((size_t)small %% 8), big[99], (int)small[3]); return only; }\n' >c2.c
	"$P-gcc" -fcommon -c c1.c c2.c
	as_gnu "$m: commons" "0 0 7 5" 1 c1.o c2.o
	as_gnu "$m: commons in the other order" "0 0 7 5" 1 c2.o c1.o

	# emulated TLS, and TLS directory callbacks before and after main
	cat >t.c <<'C'
#include <windows.h>
#include <stdio.h>
__thread int tv = 5;
static int seen;
static DWORD WINAPI work(void *p) { tv += (int)(size_t)p; return (DWORD)tv; }
static void NTAPI cb(void *h, DWORD reason, void *r) { (void)h; (void)r; if (reason == DLL_PROCESS_ATTACH) seen |= 1; if (reason == DLL_THREAD_ATTACH) seen |= 2; }
PIMAGE_TLS_CALLBACK callback __attribute__((section(".CRT$XLB"), used)) = cb;
static int order[4], n;
static void i1(void) { order[n++] = 1; }
static void i2(void) { order[n++] = 2; }
static void i3(void) { order[n++] = 3; }
void (*p3)(void) __attribute__((section(".CRT$XCW"), used)) = i3;
void (*p1)(void) __attribute__((section(".CRT$XCU"), used)) = i1;
void (*p2)(void) __attribute__((section(".CRT$XCV"), used)) = i2;
extern int _tls_index;
int main(void) {
	HANDLE h = CreateThread(0, 0, work, (void *)20, 0, 0);
	DWORD rc;
	WaitForSingleObject(h, INFINITE);
	GetExitCodeThread(h, &rc);
	printf("%d %d %d %d%d%d\n", tv, (int)rc, seen, order[0], order[1], order[2]);
	return 0;
}
C
	as_gnu "$m: threads, callbacks, initialisers" "5 25 3 123" 0 t.c
	if [ $m = x86_64 ]; then # clang's objects use the TLS directory itself
		# Where a thread's block begins is the loader's choice (wine's heap gives 16 bytes), so b's place is counted from there
		cat >nt.c <<'C'
#include <windows.h>
#include <stdio.h>
extern unsigned long _tls_index;
_Thread_local int a = 3;
_Thread_local _Alignas(64) char b[64];
static DWORD WINAPI work(void *p)
{
	char *block = ((char **)__readgsqword(0x58))[_tls_index];
	(void)p;
	a += 4;
	b[0] = 1;
	return (DWORD)(a + (b - block) % 64);
}
int main(void)
{
	DWORD rc;
	HANDLE h = CreateThread(0, 0, work, 0, 0, 0);
	WaitForSingleObject(h, INFINITE);
	GetExitCodeThread(h, &rc);
	printf("%d %d\n", a, (int)rc);
	return b[0];
}
C
		clang-19 --target=x86_64-w64-mingw32 -fno-emulated-tls -c nt.c
		ok "$m: native thread-local variables" cc nt.o -o nt.exe
		runs "$m: one set per thread" "3 7" 0 ./nt.exe
		like "$m: the directory has the template's alignment" "$(llvm-readobj-19 --coff-tls-directory nt.exe)" 'IMAGE_SCN_ALIGN_64BYTES'
	fi

	# clang's thread-local variables, of two objects, with and without a value; four threads
	cat >ct.c <<'C'
#include <windows.h>
#include <stdio.h>
__thread int a = 5;
static __thread int z;
extern __thread int other;
int *addr(void);
static DWORD WINAPI work(void *p)
{
	for (int n = (int)(INT_PTR)p; n > 0; n--) { a++; z++; other += 2; }
	return a * 10000 + z * 100 + other + (addr() == &other ? 0 : 5000);
}
int main(void)
{
	for (int i = 1; i < 5; i++) {
		HANDLE h = CreateThread(0, 0, work, (void *)(INT_PTR)i, 0, 0);
		DWORD r;
		WaitForSingleObject(h, INFINITE);
		GetExitCodeThread(h, &r);
		printf("%lu ", r);
	}
	printf("%d %d %d\n", a, z, other);
	return 0;
}
C
	printf '__thread int other = 20;\nint *addr(void) { return &other; }\n' >co.c
	clang-19 --target=$m-w64-mingw32 -O1 -fno-emulated-tls -c ct.c co.c
	like "$m: clang puts them into .tls$" "$("$P-objdump" -h co.o)" ' \.tls\$ '
	as_gnu "$m: clang's native thread-local variables" "60122 70224 80326 90428 5 0 20" 0 ct.o co.o

	# $ sorts, __start_ and __stop_ frame
	cat >s.c <<'C'
#include <stdio.h>
#define IN(s) __attribute__((section(s), used))
int b IN("foo$b") = 2; int a IN("foo$a") = 1; int p IN("foo") = 0;
extern int __start_foo[], __stop_foo[];
int main(void) { for (int *q = __start_foo; q < __stop_foo; q++) printf("%d", *q); printf(" %d\n", (int)(__stop_foo - __start_foo)); return 0; }
C
	as_gnu "$m: foo, foo\$a, foo\$b" "012 3" 0 s.c

	# relocated to another base: asked for one that is taken, with and without the choice to move
	printf '#include <windows.h>\n#include <stdio.h>\nint x = 5; int *p = &x; int (*f)(const char *) = puts;\nint main(void) { f("moved"); printf("%%d %%d\\n", *p, (void *)GetModuleHandleA(0) == (void *)0x10000); return 0; }\n' >b.c
	ok "$m: a base that the loader must refuse" cc b.c -o b.exe -Wl,--image-base,0x10000
	linked_by_us "$m: objkit linked it" b.exe
	[ -n "$runner" ] && like "$m: runs all the same" "$(run ./b.exe)" '^moved
5 [01]$|5 [01]'
	ok "$m: --disable-dynamicbase" cc b.c -o nd.exe -Wl,--disable-dynamicbase
	unlike "$m: says that it may not be moved" "$(llvm-readobj-19 --file-headers nd.exe)" 'DYNAMIC_BASE|HIGH_ENTROPY'
	like "$m: but has what it takes" "$("$P-objdump" -h nd.exe)" '\.reloc'
	ok "$m: --disable-reloc-section" cc b.c -o nr.exe -Wl,--disable-reloc-section
	unlike "$m: has no base relocations" "$("$P-objdump" -h nr.exe)" '\.reloc'
	like "$m: and says so" "$(llvm-readobj-19 --file-headers nr.exe)" 'RELOCS_STRIPPED'
	unlike "$m: in both places" "$(llvm-readobj-19 --file-headers nr.exe)" 'DYNAMIC_BASE|HIGH_ENTROPY'
	for x in b nd nr; do
		is "$m: $x.exe: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact $x.exe 2>&1)" ''
	done
	runs "$m: nd.exe runs" "moved
5 0" 0 ./nd.exe
	runs "$m: nr.exe runs" "moved
5 0" 0 ./nr.exe
done

# unwinding through three frames by the table alone, no RtlAddFunctionTable
for_target x86_64
cat >u.c <<'C'
#include <windows.h>
#include <stdio.h>
static int depth(void) {
	CONTEXT c; int n = 0;
	RtlCaptureContext(&c);
	while (c.Rip && n < 20) {
		DWORD64 base, frame; void *data;
		PRUNTIME_FUNCTION f = RtlLookupFunctionEntry(c.Rip, &base, NULL);
		if (!f || base != (DWORD64)GetModuleHandleA(NULL)) break;
		RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, c.Rip, f, &c, &data, &frame, NULL);
		n++;
	}
	return n;
}
__attribute__((noinline)) int three(volatile char *p) { volatile char big[3000]; big[0] = *p; return depth() + big[0]; }
__attribute__((noinline)) int two(volatile char *p) { volatile int y[30]; y[3] = 0; return three(p) + y[3]; }
__attribute__((noinline)) int one(volatile char *p) { return two(p) + p[0]; }
int main(void) { volatile char z = 0; int n = one(&z); printf("%d\n", n >= 5); return 0; }
C
as_gnu "unwinding by .pdata" 1 0 u.c
is "the table ascends" "$(llvm-readobj-19 --unwind ours.exe | sed -n 's/ *StartAddress: .*(\(0x[0-9A-F]*\)).*/\1/p')" \
	"$(llvm-readobj-19 --unwind ours.exe | sed -n 's/ *StartAddress: .*(\(0x[0-9A-F]*\)).*/\1/p' | sort)"
done_testing
