# Programs as people build them, where a walk through the scenarios of ELF links found something wrong.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"

# --- 9: the map says for what --as-needed kept a library
echo 'int used(void) { return 1; }' >used.c
echo 'int idle(void) { return 2; }' >idle.c
echo 'int used(void); int main(void) { return used() - 1; }' >m.c
gcc -shared -fPIC -Wl,-soname,libused.so.1 used.c -o used.so && gcc -shared -fPIC idle.c -o idle.so || exit 99
gcc -c m.c || exit 99
ok "--as-needed and a map" link m m.o -Wl,--as-needed ./used.so ./idle.so -Wl,-Map=m.map -Wl,-rpath,.
like "... lists libraries with their first reference" "$(sed -n '/^As-needed/,/^Discarded/p' m.map | tr '\n' ' ')" \
	'^As-needed library included to satisfy reference by file \(symbol\)  libused\.so\.1 +m\.o \(used\) libc\.so\.6 +.*crt1\.o \(__libc_start_main@@GLIBC_[0-9.]+\)  Discarded'
unlike "... not those that are not needed" "$(cat m.map)" '^idle\.so'
ok "without --as-needed" link m m.o -Wl,--no-as-needed ./used.so -Wl,-Map=m.map
unlike "... what is named is not listed" "$(cat m.map)" '^libused'

# --- 8: --wrap and intermediate code: the wrapper and the real function in different files
echo 'int __real_work(int); int __wrap_work(int x) { return __real_work(x) + 100; }
int work(int); int main(void) { return work(1) != 2 && work(1) != 102; }' >w1.c
echo 'int work(int x) { return x + 1; }' >w2.c
for o in -flto "-flto -ffat-lto-objects"; do
	# shellcheck disable=SC2086
	if gcc -O2 $o -c w1.c w2.c 2>/dev/null; then
		ok "--wrap with gcc $o" link w -O2 $o w1.o w2.o -Wl,--wrap=work
		ok "... runs" ./w
	else
		skip_test "--wrap with gcc $o" "gcc has no LTO"
	fi
done

# --- 5: i386: fields that only a program at a fixed address can fill are refused elsewhere
bare() { # INSTRUCTION NAME OPTIONS EXPECTED: a link of one instruction
	printf '%s\n%s\n' "$1" "$data" | as --32 -o bare.o - || exit 99
	shift
	if [ "$3" ]; then
		# shellcheck disable=SC2086
		status "$1" 1 ld -m elf_i386 -e 0 $2 bare.o -o bare
		like "... says so" "$(cat tap.err)" "$3"
	else
		# shellcheck disable=SC2086
		ok "$1" ld -m elf_i386 -e 0 $2 bare.o -o bare
	fi
}
data='.data
.globl loc
loc: .long 0
.section .tdata,"awT"
.globl g
g: .long 1'
bare 'movl loc@GOT,%eax' "a GOT cell without base register" "" ""
for kind in "-shared:shared object" "-pie:PIE object"; do
	bare 'movl loc@GOT,%eax' "the same with ${kind%%:*}" "${kind%%:*}" \
		"bare.o: .text\+0x2: direct GOT relocation R_386_GOT32X against 'loc' without base register cannot be used when making a ${kind#*:}"
done
bare 'movl g@INDNTPOFF,%eax' "@indntpoff" "" ""
bare 'movl g@INDNTPOFF,%eax' "... with -shared" -shared \
	"relocation R_386_TLS_IE against 'g' cannot be used when making a shared object"
bare 'movl g@GOTTPOFF(%ebx),%eax' "@gottpoff, of another dialect" "" "relocation R_386_TLS_IE_32 against 'g' is not supported"

# --- 5: AArch64: branches to weak symbols that nobody defines
if have aarch64-linux-gnu-as aarch64-linux-gnu-objdump; then
	printf '.weak und\n.globl _start\n_start: bl und\nb und\nb.eq und\nret\n' | aarch64-linux-gnu-as -o a64.o - || exit 99
	ok "branches to what is weak and undefined" ld -m aarch64linux a64.o -o a64
	is "... go on behind themselves" "$(aarch64-linux-gnu-objdump -d a64 | awk '/^ / { print $2, $3 }' | xargs)" \
		"d503201f nop d503201f nop 54000020 b.eq d65f03c0 ret"
	ok "... however far the image is from 0" ld -m aarch64linux -Ttext-segment=0x7000000000 a64.o -o a64
else
	skip_test "branches to what is weak and undefined" "no binutils for aarch64"
fi
# --- constructors: .init_array and .ctors of one priority go by name, those without one in their order
cat >pr1.c <<'X'
#include <stdio.h>
#define AT(sec, name) static void name(void) { printf(#name " "); } \
	__attribute__((section(sec), used)) static void (*const p_##name)(void) = name;
AT(".init_array.00500", a1) AT(".ctors.65035", b1) AT(".init_array.101", c1) AT(".ctors", d1) AT(".init_array", e1)
AT(".fini_array.00500", f1) AT(".dtors.65035", g1) AT(".dtors", h1)
int main(void) { printf("| "); return 0; }
X
sed 's/\([a-h]\)1)/\12)/g; s/int main.*//' pr1.c >pr2.c
for o in "" -static -Wl,--gc-sections; do
	ok "priorities $o" link pr $o pr1.c pr2.c
	prints "... in order $o" "c1 c2 b1 b2 a1 a2 d1 e1 d2 e2 | h2 h1 f2 f1 g2 g1 " ./pr
done
# --- a version that the library linked against has too is this one's as well
printf 'V1 { global: v*; local: *; };' >ver.map
echo 'int v1(void) { return 1; }' >ver1.c; echo 'int v1(void); int v2(void) { return v1() + 1; }' >ver2.c
gcc -fPIC -c ver1.c ver2.c
link libver1.so -shared ver1.o -Wl,--version-script=ver.map
link libver2.so -shared ver2.o -L. -lver1 -Wl,--version-script=ver.map
is "the symbol of a version that both have" "$(readelf --dyn-syms -W libver2.so | awk '/ V1$|V1@/ && /ABS/ {print $4, $5}')" "OBJECT GLOBAL"
done_testing
