# Symbol versions, --wrap, -Bsymbolic, --gc-sections, build ids, sonames, errors that must be named.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >v.c <<'X'
__asm__(".symver foo_old, foo@V1"); __asm__(".symver foo_new, foo@@V2");
int foo_old(void) { return 1; } int foo_new(void) { return 2; }
int bar(void) { return 3; } int hidden_one(void) { return 4; }
X
printf 'V1 { global: foo; bar; local: *; };\nV2 { global: foo; } V1;\n' >v.map
cat >vu.c <<'X'
#include <stdio.h>
int foo(void); int bar(void); int foo1(void); __asm__(".symver foo1, foo@V1");
int main(void) { printf("%d %d %d\n", foo(), foo1(), bar()); }
X
ok "a library with versions" link libv.so -shared -fPIC v.c -Wl,--version-script,v.map -Wl,-soname,libv.so.1
ln -s libv.so libv.so.1
ok "its user" link vu vu.c -L. -lv -Wl,-rpath,.
prints "old and new versions are both called" "2 1 3" ./vu
syms=$(readelf --dyn-syms -W libv.so)
like "default version" "$syms" 'foo@@V2'
like "old version" "$syms" 'foo@V1'
unlike "local by the script" "$syms" hidden_one
like "soname" "$(readelf -d vu)" 'NEEDED.*libv.so.1'
echo 'V1 { global: foo bar; };' >bad.map
status "script error" 1 link bad -shared -fPIC v.c -Wl,--version-script,bad.map
like "has its place" "$(cat tap.err)" 'bad.map:1:18'

cat >w.c <<'X'
#include <stdio.h>
#include <stdlib.h>
void *__real_malloc(size_t n); static int n_calls;
void *__wrap_malloc(size_t n) { n_calls++; return __real_malloc(n); }
int main(void) { char *p = malloc(3); p[0] = 1; printf("%d\n", n_calls); }
X
ok "--wrap" link w -fno-builtin w.c -Wl,--wrap=malloc
prints "the wrapper runs" 1 ./w

echo 'int f(void) { return 1; } int g(void) { return f(); }' >s.c
echo '#include <stdio.h>
int f(void) { return 2; } int g(void); int main(void) { printf("%d", g()); }' >su.c
for o in "" -Wl,-Bsymbolic -Wl,-Bsymbolic-functions -fvisibility=protected; do
	# shellcheck disable=SC2086
	ok "library $o" link libs.so -shared -fPIC -fno-inline -fno-semantic-interposition -fsemantic-interposition $o s.c
	ok "user" link su su.c -L. -ls -Wl,-rpath,.
	prints "who wins $o" "$([ -z "$o" ] && echo 2 || echo 1)" ./su
done

cat >gc.c <<'X'
int used(void) { return 0; }
int unused_function(void) { return used(); }
int unused_data[100] = {1};
__attribute__((section("my_set"), used)) int set1 = 1, set2 = 2;
extern int __start_my_set[], __stop_my_set[];
__attribute__((constructor)) static void ctor(void) { set1 = 0; }
int main(void) { return used() + set1 + (int)(__stop_my_set - __start_my_set) - 2; }
X
ok "--gc-sections" link gc -ffunction-sections -fdata-sections -Wl,--gc-sections gc.c
ok "what is left works" ./gc
syms=$(readelf -sW gc)
unlike "dead function is gone" "$syms" unused_function
unlike "dead data is gone" "$syms" unused_data
like "the set is kept" "$syms" set2

ok "build id" link b gc.c -Wl,--build-id
like "20 bytes" "$(readelf -n b)" 'Build ID: [0-9a-f]{40}$'
ok "again with one thread" link b1 gc.c -Wl,--build-id -Wl,--threads=1
same "the same bytes for any number of threads" b b1
ok "given build id" link b gc.c -Wl,--build-id=0x1234abcd
like "as given" "$(readelf -n b)" 'Build ID: 1234abcd$'

echo 'int f(void); int g(void) { return f(); }' >u.c
status "-z defs" 1 link bad.so -shared -fPIC u.c -Wl,-z,defs
like "names the symbol" "$(cat tap.err)" 'undefined.*f'
ok "without it" link ok.so -shared -fPIC u.c
echo 'int x; int *f(void) { return &x; }' >npic.c
status "code without -fPIC in a library" 1 link bad.so -shared -fno-pic -mcmodel=large npic.c
echo 'int d = 1; int main(void) { return 0; }' >d1.c
echo 'int d = 2;' >d2.c
status "two definitions" 1 link bad d1.c d2.c
like "both files are named" "$(cat tap.err)" 'multiple definition|duplicate'
ok "--allow-multiple-definition" link d d1.c d2.c -Wl,-z,muldefs
if have x86_64-w64-mingw32-gcc; then
	x86_64-w64-mingw32-gcc -c -o coff.o d2.c
	status "a Windows object" 1 link bad d1.c coff.o
	like "is named" "$(cat tap.err)" 'coff.o.*COFF'
fi
if have gdb; then
	ok "debugging information" link g -g -O0 d1.c
	like "gdb stops at a line" "$(gdb -batch -ex 'break main' -ex run -ex 'info line' ./g 2>&1)" 'Line 1 of "d1.c"'
fi
cat >h.c <<'X'
#include <stdio.h>
int main(void) { puts("hi"); return 0; }
X
ok "gcc -flto" link l -flto -O2 h.c
unlike "... -flto, which gcc passes on to ld, is not -f lto" "$(readelf -dW l)" AUXILIARY
gcc -c h.c
for o in -flto -flto=auto -flto-partition=none -fuse-ld=bfd; do
	ok "$o" "$OBJKIT" ld -shared $o h.o -o l.so
	unlike "... makes no auxiliary library" "$(readelf -dW l.so)" AUXILIARY
done
prints "runs" hi ./l
if have musl-gcc; then
	ok "musl, static" musl-gcc -B"$B" -static -o m h.c
	prints "runs" hi ./m
	ok "musl, dynamic" musl-gcc -B"$B" -o m h.c
	prints "runs" hi ./m
fi
cat >asan.c <<'X'
#include <stdlib.h>
int main(int n, char **v) { int *a = malloc(12); (void)v; return a[n + 3]; }
X
for s in address undefined thread; do
	# leak checks need a debugger's rights that containers lack
	ok "gcc -fsanitize=$s" link s -fsanitize=$s h.c
	prints "runs with $s" hi env ASAN_OPTIONS=detect_leaks=0 ./s
done
ok "address sanitizer" link s -g -fsanitize=address asan.c
like "finds the error" "$(ASAN_OPTIONS=detect_leaks=0 ./s 2>&1)" 'heap-buffer-overflow'
# what is linked to a live section lives with it, and with another, over two steps; what is linked to a dead one goes
cat >lo.s <<'S'
	.section .note.GNU-stack,"",@progbits
	.text
	.globl main
main:	xor %eax, %eax
	jmp used
	.section .text.used,"ax",@progbits
used:	ret
	.section .text.dead,"ax",@progbits
dead:	ret
	.section .text.late,"ax",@progbits
late:	ret
	.section .meta.used,"ao",@progbits,.text.used
	.quad late
	.section .meta.late,"ao",@progbits,.text.late
	.quad 7
	.section .meta.dead,"ao",@progbits,.text.dead
	.quad 9
S
gcc -c lo.s && for t in 1 3; do
	ok "--gc-sections with sections that follow others, $t threads" link lo lo.o -static -Wl,--gc-sections,--threads=$t
	prints "it runs" "" ./lo
	is "these are left" "$(readelf -SW lo | grep -o '\.meta\.[a-z]*' | sort | tr '\n' ' ')" ".meta.late .meta.used "
done

done_testing
