#!/bin/sh
# make.sh DIR: makes the good-* files again, in DIR. They are committed because not every machine has the
# tools (clang-19, lld-19, llvm-19, gcc, mingw-w64); a newer tool's output is as good. Small on purpose: the
# truncation test opens every prefix of each of them.
set -eu
cd "${1:?usage: make.sh DIR}"
here=$PWD
w=$(mktemp -d); trap 'rm -rf "$w"' EXIT
L=${LLVM:--19}

cat >"$w/a.c" <<'C'
extern int ext(int); extern int extw(int) __attribute__((weak)); extern int gdata;
int common; static int bss; int data = 5; const int ro = 7; static int sdata = 3;
__attribute__((visibility("hidden"))) int hid(void) { return bss; }
__attribute__((weak)) int wk(void) { return 1; }
static int st(int x) { return x + sdata; }
const char *s = "hello"; int *p = &gdata; int (*fp)(int) = ext;
int main(void) { bss++; if (extw) extw(2); return st(ext(common + data)) + gdata + (int)(long)s; }
C
cat >"$w/tls.c" <<'C'
__thread int tls = 4; __thread int tlsz; int f(void) { return tls++ + tlsz; }
C
cat >"$w/l.c" <<'C'
extern int puts(const char *); extern int wfun(int) __attribute__((weak_import)); extern int gvar; extern int dynl(void);
int *gp = &gvar; int (*fp2)(int) = wfun; void *arr[3] = {&gvar, (char *)&gvar + 8, puts};
__attribute__((weak)) int weakdef(int x) { return x; }
int (*wp)(int) = weakdef;
int api(void) { if (wfun) wfun(1); return puts("x") + weakdef(2) + gvar + dynl(); }
C
tbd() { # INSTALL-NAME SYMBOLS
	printf -- '--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\ninstall-name: %s\nexports:\n' "$1"
	printf '  - targets: [ x86_64-macos, arm64-macos ]\n    symbols: [ %s ]\n...\n' "$2"
}
cd "$w"
# Mach-O
clang$L --target=x86_64-apple-macos12 -O1 -fcommon -c a.c -o "$here/good-macho-x86_64.o"
clang$L --target=arm64-apple-macos12 -O1 -fcommon -c a.c -o "$here/good-macho-arm64.o"
clang$L --target=arm64-apple-macos12 -O1 -g -c tls.c -o "$here/good-macho-arm64-tls-debug.o"
clang$L --target=i386-apple-macos10.9 -O1 -fcommon -c a.c -o "$here/good-macho-i386.o"
clang$L --target=armv7-apple-ios9 -O1 -fcommon -c a.c -o "$here/good-macho-armv7.o"
clang$L --target=arm64_32-apple-watchos -O1 -fcommon -c a.c -o "$here/good-macho-arm64_32.o"
tbd /usr/lib/libSystem.B.dylib '_puts, _gvar, dyld_stub_binder' >libSystem.tbd
tbd /usr/lib/libW.1.dylib '_wfun' >libW.tbd
lnk() { # TARGET VERSION OUTPUT FLAGS
	clang$L --target="$1-apple-macos$2" -O1 -c l.c -o l.o
	ld64.lld$L -arch "$1" -platform_version macos "$2" "$2" -L. -lSystem -weak-lW -U _dynl l.o -o "$3" $4
}
D="-dylib -install_name @rpath/libl.dylib -rpath @loader_path/x"
lnk x86_64 10.13 "$here/good-macho-x86_64-binds.dylib" "$D -no_fixup_chains"
lnk x86_64 12 "$here/good-macho-x86_64-chained.dylib" "$D -fixup_chains"
llvm-lipo$L -create "$here/good-macho-x86_64.o" "$here/good-macho-arm64.o" -output "$here/good-fat.o"
llvm-lipo$L -fat64 -create "$here/good-macho-x86_64.o" "$here/good-macho-i386.o" -output "$here/good-fat64.o"
# ELF
gcc -m64 -O1 -fcommon -c a.c -o "$here/good-elf-x86_64.o"
clang$L --target=i386-linux-gnu -O1 -fcommon -c a.c -o "$here/good-elf-i386.o"
clang$L --target=aarch64-linux-gnu -O1 -c tls.c -o "$here/good-elf-aarch64-tls.o"
clang$L --target=powerpc-linux-gnu -O1 -c a.c -o "$here/good-elf-powerpc-be.o"
gcc -O1 -g -gz=zlib -c tls.c -o "$here/good-elf-debug-zlib.o"
gcc -O1 -flto -fno-fat-lto-objects -c a.c -o "$here/good-elf-slim-lto.o"
printf 'V1 { global: api; };\nV2 { global: weakdef; local: *; } V1;\n' >v.map
sed 's/weak_import/weak/' l.c >lw.c
gcc -O1 -fPIC -shared -nostdlib -Wl,--version-script=v.map,-soname,libl.so.1,-z,noseparate-code,--build-id=none lw.c \
	-o "$here/good-elf-versions.so" -Wl,--no-as-needed -lc
printf 'template <class T> struct A { virtual ~A() {} T f() { return 1; } }; int g() { A<int> a; return a.f(); }\n' >c.cc
g++ -O0 -c c.cc -o "$here/good-elf-comdat.o"
# COFF and PE
x86_64-w64-mingw32-gcc -O1 -fcommon -c a.c -o "$here/good-coff-x86_64.o"
i686-w64-mingw32-gcc -O1 -fcommon -c a.c -o "$here/good-coff-i386.o"
clang$L --target=aarch64-pc-windows-msvc -O1 -c tls.c -o "$here/good-coff-arm64.o"
x86_64-w64-mingw32-g++ -O0 -c c.cc -o "$here/good-coff-comdat.o"
x86_64-w64-mingw32-gcc -O1 -c tls.c -Wa,-mbig-obj -o "$here/good-bigobj-x86_64.o"
printf 'LIBRARY imp.dll\nEXPORTS\n f\n g @7 NONAME\n v DATA\n k CONSTANT\n' >imp.def
llvm-lib$L -machine:x64 -def:imp.def -out:imp.lib >/dev/null
llvm-ar$L t imp.lib >/dev/null
cp imp.lib "$here/good-shortimp.a"
cat >dll.c <<'C'
__declspec(dllimport) int f(void); __declspec(dllimport) int g(void);
__declspec(dllexport) int e1(void) { return f(); }
__declspec(dllexport) int e2(void) { return g(); }
__declspec(dllexport) int var = 3;
int start(void) { return 1; }
C
for m in x86_64 i686; do
	mk=x64; u=; [ $m = i686 ] && { mk=x86; u=_; }
	llvm-lib$L -machine:$mk -def:imp.def -out:imp-$m.lib >/dev/null
	$m-w64-mingw32-gcc -O1 -c dll.c -o dll.o
	$m-w64-mingw32-gcc -nostdlib -shared -Wl,-e,${u}start dll.o imp-$m.lib -s -o "$here/good-pe-$m.dll" \
		-Wl,--file-alignment,512,--no-seh
done
cat >del.c <<'C'
__declspec(dllimport) int f(void); int __delayLoadHelper2; int start(void) { return f(); }
C
clang$L --target=x86_64-pc-windows-msvc -O1 -c del.c -o del.o
lld-link$L -dll -entry:start -nodefaultlib del.o imp.lib -delayload:imp.dll -out:"$here/good-pe-delay.dll" -export:start -implib:del.lib 2>/dev/null
# archives
cp "$here/good-elf-x86_64.o" a.o; cp "$here/good-elf-i386.o" a_name_longer_than_sixteen.o; echo text >t.txt
ar rcsD "$here/good-gnu.a" a.o a_name_longer_than_sixteen.o t.txt
llvm-ar$L rcs --format=bsd "$here/good-bsd.a" a.o a_name_longer_than_sixteen.o t.txt
cp "$here/good-macho-arm64.o" a_name_longer_than_sixteen.o; cp "$here/good-macho-x86_64.o" a.o
llvm-ar$L rcs --format=darwin "$here/good-darwin.a" a.o a_name_longer_than_sixteen.o t.txt
cp "$here/good-coff-x86_64.o" a.o; cp "$here/good-bigobj-x86_64.o" a_name_longer_than_sixteen.o
llvm-ar$L rcs --format=coff "$here/good-coff.a" a.o a_name_longer_than_sixteen.o t.txt
llvm-ar$L rcs --format=bigarchive "$here/good-aix-big.a" t.txt
mkdir d; cp t.txt d/u.txt; ar rcsTD "$here/good-thin.a" d/u.txt t.txt 2>/dev/null || ar rcsD --thin "$here/good-thin.a" d/u.txt t.txt
# bitcode
clang$L --target=x86_64-linux-gnu -O1 -emit-llvm -c tls.c -o "$here/good-bitcode.bc"
clang$L --target=arm64-apple-macos12 -O1 -emit-llvm -c tls.c -o "$here/good-bitcode-darwin.bc"
