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
	head -c 300 bc.o >cut.o; rm -f cut.a; status "cut bitcode of $c is stored" 0 ar rc cut.a cut.o
	is "as it is" "$(ar t cut.a)" cut.o
done
done_testing
