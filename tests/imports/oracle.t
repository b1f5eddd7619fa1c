# The same answers as llvm-readobj, readelf and pefile, on real files.
. "${top_srcdir:?}/tests/lib.sh"
need llvm-readobj-19 readelf awk

# llvm-readobj's import lists as our tsv
llvm_pe() {
	llvm-readobj-19 --coff-imports "$1" | awk '
		/^Import \{/ { kind = "normal" } /^DelayImport \{/ { kind = "delay" }
		/^  Name: / { lib = substr($0, 9) }
		/^ +Symbol: / { s = $0; sub(/^ +Symbol: /, "", s); n = s; sub(/.*\(/, "#", n); sub(/\)$/, "", n)
			sub(/ ?\([0-9]+\)$/, "", s); print lib "\t" (s == "" ? n : s) "\t" kind }'
}
differ=0 n=0
for f in /usr/lib/*/wine/*-windows/[a-d]*.dll /usr/lib/*/wine/*-windows/[a-d]*.exe; do
	[ -f "$f" ] || continue
	n=$((n + 1))
	imports -f tsv "$f" >mine 2>&1; llvm_pe "$f" >theirs
	cmp -s mine theirs || { differ=$((differ + 1)); diag "$f"; }
done
if [ $n -gt 0 ]; then is "wine's DLLs: as llvm-readobj ($n files)" $differ 0
else skip_test "wine's DLLs" "wine is not installed"; fi

if have x86_64-w64-mingw32-g++ i686-w64-mingw32-gcc; then
	printf '#include <iostream>\n#include <thread>\nint main() { std::thread t([] { std::cout << 1; }); t.join(); }\n' >t.cc
	printf '#include <winsock2.h>\n#include <stdio.h>\nint main(void) { WSADATA d; return WSAStartup(1, &d) + puts("x"); }\n' >w.c
	x86_64-w64-mingw32-g++ t.cc -o t.exe 2>/dev/null || x86_64-w64-mingw32-g++-posix t.cc -o t.exe || exit 99
	i686-w64-mingw32-gcc w.c -o w.exe -lws2_32 || exit 99
	for f in t.exe w.exe; do
		llvm_pe $f >theirs; imports -f tsv $f >mine; same "$f: as llvm-readobj" mine theirs
		objdump -p $f 2>/dev/null | awk '/^\tDLL Name: /{ lib = $3 } /^\t[0-9a-f]+\t *[0-9]+  /{ print lib "\t" $3 "\tnormal" }' >theirs
		[ -s theirs ] && same "$f: as objdump -p" mine theirs
	done
	x86_64-w64-mingw32-dlltool --version >/dev/null && for l in kernel32 ws2_32 msvcrt; do
		lib=$(x86_64-w64-mingw32-gcc -print-file-name=lib$l.a)
		is "lib$l.a is for the DLL that dlltool -I names" "$(imports -f tsv "$lib" | awk -F'\t' '$1 != "-" {print $1}' | sort -u)" \
			"$(x86_64-w64-mingw32-dlltool -I "$lib" 2>/dev/null | sort -u)"
	done
	if /usr/bin/python3 -c 'import pefile' 2>/dev/null; then
		for f in t.exe w.exe; do
			is "$f: pefile's import hash" "$(imports --imphash $f)" \
				"$(/usr/bin/python3 -c 'import pefile,sys; print(pefile.PE(sys.argv[1]).get_imphash())' $f)  $f"
		done
	else skip_test "pefile's import hash" "pefile is not installed"; fi
	like "w.exe runs on XP" "$(imports --requires-windows -f tsv w.exe)" '^WS2_32.dll	WSAStartup	5.1$'
	printf '#define _WIN32_WINNT 0x0A00\n#include <windows.h>\nint main(void) { return GetThreadDescription(0, 0) + GetTickCount64(); }\n' >v.c
	x86_64-w64-mingw32-gcc v.c -o v.exe 2>/dev/null &&
		like "a function of Windows 10 1607 is named as the reason" "$(imports --requires-windows v.exe | head -n 2 | tr '\n' ' ')" \
			'Windows 10 1607 \(10.0.14393\) or later.*because of KERNEL32.dll GetThreadDescription'
else skip_test "mingw programs" "mingw-w64 is not installed"; fi

# ELF: DT_NEEDED and undefined dynamic symbols as readelf shows them
bad=0 n=0
for f in /usr/bin/[a-d]* /usr/lib/*-linux-gnu/lib[a-c]*.so.*; do
	[ -f "$f" ] && [ ! -L "$f" ] && [ "$(head -c 4 "$f" | tail -c 3)" = ELF ] || continue
	n=$((n + 1)); [ $n -gt 60 ] && break
	imports -f tsv "$f" >mine 2>&1
	grep '	needed$' mine | cut -f1 | sort >a
	readelf -dW "$f" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort >b
	cut -f2 mine | grep -v '^-$' | sort >c
	readelf -W --dyn-syms "$f" 2>/dev/null | awk '$7 == "UND" && $8 != "" { print $8 }' | sed 's/@@/@/' | sort >d
	cmp -s a b && cmp -s c d || { bad=$((bad + 1)); diag "$f"; diff a b | head -n 3; diff c d | head -n 3; }
done
is "ELF files: as readelf" $bad 0

# Mach-O
if have clang-19 ld64.lld-19; then
	printf -- '--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: /usr/lib/libSystem.B.dylib\nexports:\n  - targets: [ x86_64-macos, arm64-macos ]\n    symbols: [ _puts, dyld_stub_binder, _opt ]\n...\n' >libSystem.tbd
	printf 'int puts(const char *); __attribute__((weak_import)) int opt(void); int main(void) { return puts("x") + (opt ? opt() : 0); }\n' >m.c
	printf 'int libf(void) { return 1; }\n' >l.c
	for a in x86_64 arm64; do
		clang-19 --target=$a-apple-macos11 -c m.c -o m-$a.o && clang-19 --target=$a-apple-macos11 -c l.c -o l-$a.o &&
			ld64.lld-19 -arch $a -platform_version macos 11 11 m-$a.o libSystem.tbd -o m-$a &&
			ld64.lld-19 -dylib -arch $a -platform_version macos 11 11 l-$a.o libSystem.tbd -install_name @rpath/libl.dylib -o l-$a.dylib || exit 99
		is "Mach-O $a: library, symbol, kind" "$(imports -f tsv m-$a | sort -u | grep -v dyld_stub)" "$(printf '/usr/lib/libSystem.B.dylib\t-\tneeded\n/usr/lib/libSystem.B.dylib\t_opt\tweak\n/usr/lib/libSystem.B.dylib\t_puts\tundef')"
	done
	ld64.lld-19 -arch x86_64 -platform_version macos 11 11 m-x86_64.o libSystem.tbd l-x86_64.dylib -needed-l x -o mr 2>/dev/null ||
		ld64.lld-19 -arch x86_64 -platform_version macos 11 11 m-x86_64.o libSystem.tbd l-x86_64.dylib -rpath @loader_path/libs -o mr
	mkdir -p libs && cp l-x86_64.dylib libs/libl.dylib
	like "Mach-O: @rpath and @loader_path" "$(imports -r mr)" '@rpath/libl.dylib => ./libs/libl.dylib$'
	like "Mach-O: the system's libraries are not files" "$(imports -r mr)" '/usr/lib/libSystem.B.dylib \(system\)$'
	rm libs/libl.dylib
	status "Mach-O: missing" 2 imports --missing mr
	if have llvm-lipo-19; then
		llvm-lipo-19 -create m-x86_64 m-arm64 -output fat
		is "universal: every slice, the architecture in the fourth column" "$(imports -f tsv fat | cut -f4 | sort -u | tr '\n' ' ')" "arm64 x86_64 "
		is "universal: --arch" "$(imports -f tsv --arch=arm64 fat | cut -f4 | sort -u)" "arm64"
	fi
else skip_test "Mach-O" "clang-19 or ld64.lld-19 is not installed"; fi
done_testing
