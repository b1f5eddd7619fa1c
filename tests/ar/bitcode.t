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
done_testing
