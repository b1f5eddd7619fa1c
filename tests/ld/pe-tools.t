# Other tools on our images: debuggers and symbol readers, objcopy, signing; checksum; determinism; objects of
# three compilers in one program.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc clang-19 llvm-readobj-19 llvm-symbolizer-19 llvm-dwarfdump-19 python3

for m in x86_64 i686; do
	for_target $m
	cat >g.c <<'C'
#include <stdio.h>
int helper(int x) {
	return x * 3;
}
int main(void) { printf("%d\n", helper(4)); return 0; }
C
	ok "$m: with debugging information" cc -g g.c -o g.exe
	linked_by_us "$m: objkit linked it" g.exe
	a=0x$(nm g.exe | awk -v f=${U}helper '$3 == f {print $1}')
	like "$m: llvm-symbolizer finds the line" "$(llvm-symbolizer-19 --obj=g.exe $a)" 'g\.c:2:'
	like "$m: llvm-dwarfdump too" "$(llvm-dwarfdump-19 --lookup=$a g.exe)" 'helper'
	if have gdb; then
		like "$m: gdb too" "$(gdb -nx -batch -ex 'info line helper' g.exe 2>&1)" 'Line 2 of "g\.c" starts at address'
	else
		skip_test "$m: gdb too" "gdb is not installed"
	fi
	like "$m: long section names" "$("$P-objdump" -h g.exe)" '\.debug_info .*'
	ok "$m: objcopy takes the debugging information out" "$P-objcopy" --only-keep-debug g.exe g.debug
	ok "$m: strip" "$P-objcopy" --strip-debug g.exe s.exe
	ok "$m: and links it" "$P-objcopy" --add-gnu-debuglink=g.debug s.exe
	like "$m: by name" "$("$P-objdump" -s -j .gnu_debuglink s.exe)" 'g\.debug'
	runs "$m: that runs" 12 0 ./s.exe
	is "$m: checksum and all the rest" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact g.exe 2>&1)" ''
	if have osslsigncode openssl; then
		openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=t -days 2 \
			-addext extendedKeyUsage=codeSigning >/dev/null 2>&1
		ok "$m: osslsigncode signs it" osslsigncode sign -certs c.pem -key k.pem -in g.exe -out signed.exe
		like "$m: and verifies it" "$(osslsigncode verify -CAfile c.pem -in signed.exe 2>&1)" 'Signature verification: ok|Succeeded'
		runs "$m: it runs" 12 0 ./signed.exe
	else
		skip_test "$m: osslsigncode" "osslsigncode or openssl is not installed"
	fi

	# the same bytes from other directories, at other times, on any number of threads; import library too
	printf 'int f(void) { return 1; } int v = 2;\n' >d.c
	for i in 1 2; do
		mkdir -p dir$i/sub; "$P-gcc" -c d.c -o dir$i/d.o
		for t in 1 2 7; do
			(cd dir$i && "$P-gcc" -B"$T/B/" -shared d.o -o d.dll -Wl,--out-implib,libd.a,--build-id,--threads=$t) &&
				mv dir$i/d.dll dir$i/$t.dll && mv dir$i/libd.a dir$i/$t.a
		done
		sleep 1
	done
	for f in 1/2.dll 1/7.dll 2/1.dll 2/2.dll 2/7.dll; do same "$m: dir$f as dir1/1.dll" dir1/1.dll dir$f; done
	for f in 1/2.a 1/7.a 2/1.a 2/7.a; do same "$m: dir$f as dir1/1.a" dir1/1.a dir$f; done
	is "$m: no time in it" "$(llvm-readobj-19 --file-headers dir1/1.dll | sed -n 's/.*TimeDateStamp: .*(\(.*\))/\1/p')" 0x0
	ok "$m: SOURCE_DATE_EPOCH" env SOURCE_DATE_EPOCH=1700000000 "$P-gcc" -B"$T/B/" -shared d.c -o e.dll
	is "$m: is the time in it" "$(llvm-readobj-19 --file-headers e.dll | sed -n 's/.*TimeDateStamp: .*(\(.*\))/\1/p')" 0x6553F100
	ok "$m: --insert-timestamp" cc -shared d.c -o now.dll -Wl,--insert-timestamp
	unlike "$m: is now" "$(llvm-readobj-19 --file-headers now.dll | sed -n 's/.*TimeDateStamp: .*(\(.*\))/\1/p')" '^0x0$'
done

# gcc's, clang's and rustc's objects in one program, with identical code folded and guard tables
for_target x86_64
printf 'int from_gcc(int x) { return x + 1; }\nint twin_a(int x) { return x * 77; }\n' >a.c
printf 'int from_clang(int x) { return x + 2; }\nint twin_b(int x) { return x * 77; }\n' >b.c
x86_64-w64-mingw32-gcc -O1 -ffunction-sections -c a.c
clang-19 --target=x86_64-w64-mingw32 -O1 -ffunction-sections -faddrsig -mguard=cf -c b.c
rust= call=
rustc=$(windows_rustc)
if [ -n "$rustc" ]; then
	printf '#![no_std]\n#[no_mangle]\npub extern "C" fn from_rust(x: i32) -> i32 { x ^ 3 }\n#[panic_handler]\nfn p(_: &core::panic::PanicInfo) -> ! { loop {} }\n' >r.rs
	ok "rustc's object" $rustc --target x86_64-pc-windows-gnu -C panic=abort -O --crate-type lib --emit obj r.rs -o r.o
	rust=r.o call=from_rust
else
	skip_test "rustc's object" "rustc for Windows is not installed"
fi
printf '#include <stdio.h>\nint from_gcc(int), from_clang(int), from_rust(int), twin_a(int), twin_b(int);\nint main(void) { printf("%%d %%d %%d %%d\\n", from_gcc(1), from_clang(1), twin_a(2) - twin_b(2), %s); return 0; }\n' "${call:+from_rust(1) - }2" >m.c
for icf in none safe all; do
	ok "mixed objects, --icf=$icf" cc -ffunction-sections m.c a.o b.o $rust -o mix.exe -Wl,--icf=$icf,--gc-sections,--guard-cf
	linked_by_us "--icf=$icf: objkit linked it" mix.exe
	runs "--icf=$icf: it runs" "2 3 0 $([ -n "$call" ] && echo 0 || echo 2)" 0 ./mix.exe
	is "--icf=$icf: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact mix.exe 2>&1)" ''
done
done_testing
