# The command lines of gcc, clang, rustc and Go, and what --gc-sections leaves.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc clang-19 ld.lld-19 llvm-readobj-19

# all of the header that does not depend on the code's size; GNU's programs are not marked as knowing terminal servers
fields() {
	llvm-readobj-19 --file-headers "$1" |
		grep -E 'Version|Machine|Magic|ImageBase|Reserve|Commit|Alignment|Subsystem|SizeOfHeaders|DIRECTORY|IMAGE_(FILE|DLL)_' | grep -vE 'Linker|LINE_NUMS|RELOCS|TERMINAL'
}
for m in x86_64 i686; do
	for_target $m
	printf '#include <windows.h>\nint WINAPI WinMain(HINSTANCE a, HINSTANCE b, LPSTR c, int d) { return 5; }\n' >win.c
	ok "$m: -mwindows" cc win.c -mwindows -o win.exe
	gcc_gnu win.c -mwindows -o win-gnu.exe
	linked_by_us "$m: objkit linked it" win.exe
	is "$m: header as GNU's" "$(fields win.exe)" "$(fields win-gnu.exe)"
	runs "$m: it runs" '' 5 ./win.exe
	printf '#include <wchar.h>\n#include <stdio.h>\nint wmain(int c, wchar_t **v) { printf("%%d %%ls\\n", c, v[1]); return 6; }\n' >uni.c
	ok "$m: -municode" cc uni.c -municode -o uni.exe
	linked_by_us "$m: objkit linked it" uni.exe
	runs "$m: it runs" "2 abc" 6 ./uni.exe abc
	gcc_gnu uni.c -municode -o uni-gnu.exe
	is "$m: header as GNU's" "$(fields uni.exe)" "$(fields uni-gnu.exe)"
	ok "$m: --subsystem console:6.1" cc uni.c -municode -o sub.exe -Wl,--subsystem,console:6.1
	gcc_gnu uni.c -municode -o sub-gnu.exe -Wl,--subsystem,console:6.1
	is "$m: header as GNU's" "$(fields sub.exe)" "$(fields sub-gnu.exe)"

	printf '#include <stdio.h>\nint main(void) { puts("hi"); return 3; }\n' >hi.c
	ok "$m: clang's line" clang-19 --target=$m-w64-mingw32 --ld-path="$T/B/ld" hi.c -o cl.exe
	linked_by_us "$m: objkit linked it" cl.exe
	runs "$m: it runs" hi 3 ./cl.exe
	ok "$m: clang -static -mguard=cf" clang-19 --target=$m-w64-mingw32 --ld-path="$T/B/ld" -static -mguard=cf hi.c -o cg.exe
	linked_by_us "$m: objkit linked it" cg.exe
	runs "$m: it runs" hi 3 ./cg.exe

	# what Go's linker passes
	printf 'SECTIONS {\n  .debug_gdb_scripts BLOCK(__section_alignment__) (NOLOAD) : { *(.debug_gdb_scripts) }\n} INSERT AFTER .debug_types;\n' >go.ld
	printf '__asm__(".section .debug_gdb_scripts,\\"nr\\"\\n.asciz \\"x\\"\\n.text");\n' | cat - hi.c >go.c
	ok "$m: Go's line" cc go.c -o go.exe -Wl,--tsaware,--nxcompat,--major-os-version=6,--minor-os-version=1 \
		-Wl,--major-subsystem-version=6,--minor-subsystem-version=1,--dynamicbase -Wl,-T,go.ld \
		-Wl,--start-group -lmingwex -lmingw32 -Wl,--end-group -lkernel32
	linked_by_us "$m: objkit linked it" go.exe
	runs "$m: it runs" hi 3 ./go.exe
	like "$m: the script's section is there" "$("$P-objdump" -h go.exe)" '\.debug_gdb_scripts'
	is "$m: addresses ascend without gaps" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact go.exe 2>&1)" ''

	# rustc's line: the standard library, threads, a panic that is caught; then a DLL for C
	rustc=$(windows_rustc)
	if [ $m = x86_64 ] && [ -z "$rustc" ]; then
		skip_test "$m: rustc's line" "rustc has no standard library for Windows"
	elif [ $m = x86_64 ]; then
		cat >t.rs <<'RS'
use std::collections::BTreeMap;
use std::thread;
fn main() {
    let hs: Vec<_> = (1..4u64).map(|i| thread::spawn(move || (0..=i * 7).sum::<u64>())).collect();
    let total: u64 = hs.into_iter().map(|h| h.join().unwrap()).sum();
    let mut count = BTreeMap::new();
    for c in "mississippi".chars() { *count.entry(c).or_insert(0) += 1; }
    let hole: Vec<i32> = Vec::new();
    let caught = std::panic::catch_unwind(|| hole[total as usize]);
    println!("{} {:?} {}", total, count, caught.is_err());
    std::process::exit(9);
}
RS
		printf '#!/bin/sh\necho "$@" >>rust.line\nexec %s-gcc -B%s/B/ "$@"\n' "$P" "$T" >linker; chmod +x linker
		printf '#!/bin/sh\nexec %s-gcc "$@"\n' "$P" >gnulinker; chmod +x gnulinker
		for o in '' '-C opt-level=3 -C debuginfo=2 -C prefer-dynamic=no'; do
			# shellcheck disable=SC2086
			ok "$m: rustc's line $o" $rustc --target x86_64-pc-windows-gnu -C linker="$PWD/linker" $o t.rs -o rust.exe
			linked_by_us "$m: objkit linked it" rust.exe
			runs "$m: it runs" "$(printf '364 {\047i\047: 4, \047m\047: 1, \047p\047: 2, \047s\047: 4} true')" 9 ./rust.exe
			is "$m: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact rust.exe 2>&1)" ''
			# shellcheck disable=SC2086
			$rustc --target x86_64-pc-windows-gnu -C linker="$PWD/gnulinker" $o t.rs -o gnurust.exe
			is "$m: as the one of GNU ld does" "$(run ./rust.exe; echo $?)" "$(run ./gnurust.exe; echo $?)"
		done
		like "$m: the line was rustc's" "$(cat rust.line)" '--gc-sections.*rsend.o|rsend.o'
		printf '#[no_mangle]\npub extern "C" fn triple(x: i32) -> i32 { x.wrapping_mul(3) }\n' >l.rs
		printf 'int triple(int); int main(void) { return triple(4); }\n' >ul.c
		ok "$m: rustc's DLL" $rustc --target x86_64-pc-windows-gnu --crate-type cdylib -C linker="$PWD/linker" l.rs -o l.dll
		linked_by_us "$m: objkit linked it" l.dll
		is "$m: exports what it shall" "$(llvm-readobj-19 --coff-exports l.dll | sed -n 's/ *Name: //p' | xargs)" triple
		ok "$m: a C program with it" cc ul.c l.dll -o ul.exe
		runs "$m: it runs" '' 12 ./ul.exe
	fi

	# --gc-sections
	cat >gc.c <<'C'
#include <stdio.h>
__thread int tls = 1;
int used(void) { return 2; }
int unused_a(void) { return 3; }
int unused_b(void) { return unused_a(); }
int big_table[50000] = { 1 };
int unused_c(void) { return big_table[5]; }
int main(void) { printf("%d\n", used() + tls); return 0; }
C
	"$P-gcc" -O1 -ffunction-sections -fdata-sections -c gc.c
	ok "$m: --gc-sections" cc gc.o -o gc.exe -s -Wl,--gc-sections
	runs "$m: it runs" 3 0 ./gc.exe
	ok "$m: ld.lld" clang-19 --target=$m-w64-mingw32 --ld-path="$(command -v ld.lld-19)" gc.o -o gl.exe -s -Wl,--gc-sections
	o=$(wc -c <gc.exe) l=$(wc -c <gl.exe)
	ok "$m: $o bytes, no more than ld.lld's $l and 2 %" test $((o * 100)) -le $((l * 102))
	ok "$m: with symbols" cc gc.o -o gs.exe -Wl,--gc-sections
	unlike "$m: what nothing reaches is gone" "$(nm gs.exe)" 'unused_|big_table'
	like "$m: the TLS directory is there" "$(llvm-readobj-19 --coff-tls-directory gs.exe)" 'AddressOfIndex: 0x[1-9A-F]'
done
done_testing
