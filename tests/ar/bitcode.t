# LLVM bitcode is indexed as llvm-ar does it, whichever version wrote it.
. "${top_srcdir:?}/tests/lib.sh"
need llvm-ar-19 llvm-nm-19
printf 'int f(void){return 1;} int v = 2; int zero; static int s; __attribute__((weak)) int w(void){return s;}\n' >a.c
names() { sed -n 's/ in .*//p' | sort | tr '\n' ' '; }
for c in clang-14 clang-19; do
	have $c llvm-ar-19 llvm-nm-19 || { skip_test "bitcode of $c" "not installed"; continue; }
	$c -flto -c a.c -o bc.o; rm -f bc.a l.a; ar rc bc.a bc.o 2>err; llvm-ar-19 rcD l.a bc.o
	is "bitcode of $c: LLVM's index" "$(llvm-nm-19 --print-armap bc.a 2>/dev/null | names)" \
		"$(llvm-nm-19 --print-armap l.a 2>/dev/null | names)"
	for t in arm64-apple-macos x86_64-pc-windows-msvc; do
		$c -target $t -flto -c a.c -o t.o; rm -f t.a l.a; ar rc t.a t.o; llvm-ar-19 rcD l.a t.o
		same "bitcode of $c for $t: LLVM's archive" t.a l.a
	done
	if [ $c = clang-19 ]; then # ARM64EC: in the table of its own, beside native code and x86-64's
		for t in arm64ec aarch64 x86_64; do $c -target $t-pc-windows-msvc -flto -c a.c -o $t.o || exit 99; done
		sed 's/f(/g(/; s/v =/v2 =/; s/zero/zero2/; s/w(/w2(/' a.c >b.c; $c -target arm64ec-pc-windows-msvc -c b.c -o ec.o
		for m in arm64ec.o "arm64ec.o aarch64.o" "aarch64.o ec.o" "x86_64.o ec.o aarch64.o"; do
			# shellcheck disable=SC2086 # several files
			rm -f t.a l.a; ar rc t.a $m; llvm-ar-19 rcD l.a $m; same "$m: LLVM's archive" t.a l.a
		done
		like "which has an ARM64EC table" "$(llvm-nm-19 --print-armap l.a 2>/dev/null | sed -n '/EC map/,$p')" 'f in x86_64.o'
	fi
	head -c 300 bc.o >cut.o; rm -f cut.a; status "cut bitcode of $c is stored" 0 ar rc cut.a cut.o
	is "as it is" "$(ar t cut.a)" cut.o
done
# 33: the two versions say the same, in index and names, for each format that the code is for
cat >v.c <<'C'
extern int u; int use(void) { return u; } int f(void) { return 1; } int v = 2; int zero; static int s; const int c = 3;
__attribute__((weak)) int w(void) { return s; } __attribute__((visibility("hidden"))) int hid;
extern __attribute__((weak)) int wu; int *pw(void) { return &wu; } static int loc(void) { return 3; } int (*lp)(void) = loc;
__asm__(".globl asmf\nasmf: ret\nlocalasm: call undefasm\n");
C
if have clang-14 clang-19; then
	for t in x86_64-linux-gnu "x86_64-linux-gnu -fcommon" i386-linux-gnu x86_64-apple-macos11 x86_64-pc-windows-gnu i686-pc-windows-gnu; do
		for c in 14 19; do
			# shellcheck disable=SC2086 # words
			clang-$c -target $t -flto -c v.c -o v.o || exit 99
			rm -f v.a; ar rc v.a v.o; nm -s v.a | sed -n '/ in /p' >index.$c; nm v.o >names.$c; llvm-nm-$c v.o >llvm.$c
		done
		same "bitcode of clang 14 and 19 for $t: one index" index.14 index.19
		for f in names.14 names.19 llvm.19; do # clang 19 notes what i386's assembler code refers to
			grep -v ' U _GLOBAL_OFFSET_TABLE_' $f | sed 's/^[-0-9a-f ]* \([A-Za-z]\) /\1 /; s/^S _c$/D _c/' >$f.plain
		done
		same "bitcode of clang 14 and 19 for $t: the same names" names.14.plain names.19.plain
		same "$t: as LLVM's nm shows them" names.19.plain llvm.19.plain
		is "$t: every global one is indexed" "$(grep -c . index.19)" "$(grep -c ' [A-TV-Z] ' names.19)"
	done
	# constants are told from variables for Apple's systems only
	cat >k.c <<'C'
extern const int e; const int z; const int k = 2; __attribute__((weak)) const int w = 2; static const int *const l = &k; const int *p = &k;
__attribute__((used)) static const int us = 9; extern __thread int te; __thread int tv = 3; __thread const int tc = 3; const char s[] = "text";
__attribute__((visibility("hidden"))) const int h = 3; int v = 3; __attribute__((section("__TEXT,__own"))) const int own = 3;
int f(void) { return e + **&l + te; } __attribute__((used)) static const void *const table[] = {&k, &f};
C
	for o in "14 -O0" "14 -O2" "19 -O0" "19 -O2"; do
		for t in arm64-apple-macos11 x86_64-apple-macos11 arm64-apple-ios14; do
			# shellcheck disable=SC2086 # words
			clang-${o%% *} -target $t ${o#* } -flto -c k.c -o k.o || exit 99
			nm k.o | sed 's/^[-0-9a-f ]* \([A-Za-z]\) /\1 /' >names; llvm-nm-19 k.o | sed 's/^[-0-9a-f ]* \([A-Za-z]\) /\1 /' >llvm
			same "constants of $t, clang $o: LLVM's letters" names llvm
			ok "constants are S" test "$(grep -c '^[Ss] ' names)" -ge 7
		done
	done
else
	skip_test "bitcode of clang 14 and 19" "not both are installed"
fi
done_testing
