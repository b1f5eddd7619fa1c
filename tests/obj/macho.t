#!/bin/sh
# Mach-O against LLVM's tools: symbols of objects and images of every machine that clang makes, imports from
# bind opcodes and chained fixups, exports from the trie; relocations against what the source says.
. "${top_srcdir:?}/tests/lib.sh"
dump="$top_builddir/tests/fuzz/dump"
files=$top_srcdir/tests/files
tool() { for tap_v in -19 -18 -17 -16 -15 '' -14; do have "$1$tap_v" && { echo "$1$tap_v"; return; }; done; }
nm_=$(tool llvm-nm) objdump_=$(tool llvm-objdump) clang_=$(tool clang) ld64_=$(tool ld64.lld)

# ---- symbols
for f in "$files"/good-macho-*; do
	n=$(basename "$f")
	if [ -n "$nm_" ]; then
		"$nm_" -m -p "$f" >want
		"$dump" -m "$f" | grep -v '^[0-9a-f]* - ' >got
		same "$n: symbols as nm -m" got want
		# letters: name and letter of both, sorted
		"$nm_" -p "$f" | sed -E 's/.* (.) ([^ ]+)$/\1 \2/' | sort >want
		"$dump" "$f" | sed -n '/^symbols/,/^dynsyms/p' | sed -nE 's/^[0-9a-f]{16} (.) .*alias=[0-9a-f]+( armap)? ([^ ]+) .*/\1 \3/p' |
			grep -v '^- ' | sort >got
		same "$n: letters" got want
	else
		skip_test "$n: symbols" "llvm-nm is not installed"
	fi
done

# ---- imports and exports
for k in binds chained; do
	f=$files/good-macho-x86_64-$k.dylib
	"$dump" "$f" >d
	is "$k: install name" "$(sed -n 's/^imports 1 \([^ ]*\) .*/\1/p' d)" "@rpath/libl.dylib"
	is "$k: rpath" "$(sed -n 's/^rpath //p' d)" "@loader_path/x"
	is "$k: libraries" "$(sed -n 's/^needed kind=\([0-9]\).* \([^ ]*\)$/\1 \2/p' d | tr '\n' ' ')" \
		"0 /usr/lib/libSystem.B.dylib 5 /usr/lib/libW.1.dylib "
	is "$k: imports by library" "$(sed -nE 's/^import kind=([0-9]).* from=(-?[0-9]+) ([^ ]+) ([^ ]+) .*/\1 \2 \4/p' d | sort | tr '\n' ' ')" \
		"4 -2 _dynl 4 1 _gvar 4 1 _puts 4 1 dyld_stub_binder 5 2 _wfun "
	if [ -n "$objdump_" ]; then
		"$objdump_" --macho --exports-trie "$f" | sed -nE 's/^0x0*([0-9A-Fa-f]+)  ([^ ]+).*/\1 \2/p' | tr A-F a-f | sort >want
		sed -nE 's/^export 0x([0-9a-f]+) .* ([^ ]+) - -$/\1 \2/p' d | sort >got
		same "$k: exports" got want
	else
		skip_test "$k: exports" "llvm-objdump is not installed"
	fi
done
# nm -D: what dyld sees
for k in binds chained; do
	is "$k: nm -D" "$(nm -D -j "$files/good-macho-x86_64-$k.dylib" | tr '\n' ' ')" \
		"_api _arr _dynl _fp2 _gp _gvar _puts _weakdef _wfun _wp dyld_stub_binder "
	is "$k: nm -D -m" "$(nm -D -m "$files/good-macho-x86_64-$k.dylib" | grep -E '_wfun|_weakdef|_dynl' | sed 's/^[0-9a-f ]*//' | tr '\n' ';')" \
		"(undefined) external _dynl (dynamically looked up);(__TEXT,__text) weak external _weakdef;(undefined) weak external _wfun (from libW);"
done

if [ -n "$objdump_" ]; then
	f=$files/good-macho-x86_64-binds.dylib
	"$dump" "$f" >d
	# The first slot of each name in the order in which dyld binds: bind, then lazy.
	"$objdump_" --macho --bind --lazy-bind "$f" | awk '/^__/ { n = $NF == "(weak_import)" ? $(NF-1) : $NF; if (!(n in s)) { s[n] = $3; print tolower(substr($3, 3)), n } }' |
		sed 's/^0*//' | sort >want
	sed -nE 's/^import .*slot=0x([0-9a-f]+) .* ([^ ]+) -$/\1 \2/p' d | sort >got
	same "binds: slots" got want
fi

# A stripped image keeps its imports in the fixups only.
if [ -n "$clang_" ] && [ -n "$ld64_" ] && have "$(tool llvm-strip)"; then
	printf -- '--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\ninstall-name: /usr/lib/libSystem.B.dylib\nexports:\n  - targets: [ arm64-macos ]\n    symbols: [ _puts, _gvar, dyld_stub_binder ]\n...\n' >libSystem.tbd
	printf 'int puts(const char *); extern int gvar; int *gp = &gvar; int main(void) { return puts("x") + *gp; }\n' >m.c
	"$clang_" --target=arm64-apple-macos12 -O1 -c m.c -o m.o
	for fx in -fixup_chains -no_fixup_chains; do
		"$ld64_" -arch arm64 -platform_version macos 12 12 $fx -L. -lSystem m.o -o m$fx
		"$dump" m$fx | grep '^import ' | grep -v dyld_stub_binder | sed 's/slot=[^ ]*//; s/kind=.//' | sort >want
		# no symbol table at all: the command's count and size are cleared
		${PYTHON3:-python3} - m$fx m$fx.s <<-'P'
		import struct, sys
		d = bytearray(open(sys.argv[1], 'rb').read())
		n, at = struct.unpack_from('<I', d, 16)[0], 32
		for _ in range(n):
		    cmd, size = struct.unpack_from('<II', d, at)
		    if cmd == 2: d[at + 8:at + 24] = bytes(16)
		    at += size
		open(sys.argv[2], 'wb').write(d)
		P
		"$dump" m$fx.s | grep '^import ' | grep -v dyld_stub_binder | sed 's/slot=[^ ]*//; s/kind=.//' | sort >got
		same "stripped ($fx): the same imports" got want
		like "stripped ($fx): there are some" "$(cat got)" ' _puts '
	done
else
	skip_test "stripped images" "clang or ld64.lld is not installed"
fi

# ---- relocations: addends that the source states
rel() { "$dump" "$1" | sed -n '/^relocs of 1$/,/^end/p' | sed -nE 's/^([0-9a-f]+) ([^ ]+) kind=([0-9]+) width=([0-9]+) .*addend=(-?[0-9]+) .*/\1 \2 \4 \5/p' | sort; }
if [ -n "$clang_" ]; then
	cat >x.s <<-'E'
	.text
	_a: movl $0x12345678, _ext+8(%rip)
	movb $1, _ext+8(%rip)
	leaq _ext+8(%rip), %rax
	call _ext
	movq _ext@GOTPCREL(%rip), %rax
	.quad _ext+5
	.quad _b-_a+3
	.long _b-_a
	movl $1, _ext(%rip)
	.globl _b
	_b: nop
	E
	"$clang_" --target=x86_64-apple-macos12 -c x.s -o x.o
	is "x86_64: addends" "$(rel x.o)" "00000002 X86_64_RELOC_SIGNED 4 0
0000000c X86_64_RELOC_SIGNED 4 3
00000014 X86_64_RELOC_SIGNED 4 4
00000019 X86_64_RELOC_BRANCH 4 -4
00000020 X86_64_RELOC_GOT_LOAD 4 -4
00000024 X86_64_RELOC_UNSIGNED 8 5
0000002c X86_64_RELOC_SUBTRACTOR 8 3
00000034 X86_64_RELOC_SUBTRACTOR 4 0
0000003a X86_64_RELOC_SIGNED_4 4 -8"
	cat >y.s <<-'E'
	.text
	_a: adrp x0, _ext@PAGE+0x123
	add x0, x0, _ext@PAGEOFF+0x123
	bl _ext
	adrp x1, _ext@GOTPAGE
	ldr x1, [x1, _ext@GOTPAGEOFF]
	.quad _ext+7
	.quad _b-_a-2
	.globl _b
	_b: nop
	E
	"$clang_" --target=arm64-apple-macos12 -c y.s -o y.o
	is "arm64: addends" "$(rel y.o)" "00000000 ARM64_RELOC_PAGE21 21 291
00000004 ARM64_RELOC_PAGEOFF12 12 291
00000008 ARM64_RELOC_BRANCH26 26 0
0000000c ARM64_RELOC_GOT_LOAD_PAGE21 21 0
00000010 ARM64_RELOC_GOT_LOAD_PAGEOFF12 12 0
00000014 ARM64_RELOC_UNSIGNED 8 7
0000001c ARM64_RELOC_SUBTRACTOR 8 -2"
	cat >z.s <<-'E'
	.text
	_a: call _ext
	movl $_ext+6, %eax
	movl $L1+2, %eax
	movl _d-_a(%ecx), %eax
	.data
	.long 0
	L1: .long 1
	_d: .long 2
	E
	"$clang_" --target=i386-apple-macos10.9 -c z.s -o z.o
	is "i386: addends" "$(rel z.o)" "00000001 GENERIC_RELOC_VANILLA 4 -4
00000006 GENERIC_RELOC_VANILLA 4 6
0000000b GENERIC_RELOC_VANILLA 4 6
00000011 GENERIC_RELOC_LOCAL_SECTDIFF 4 8"
else
	skip_test "relocations" "clang is not installed"
fi

# ---- big-endian, and universal files
mkobj - >p.o <<-'E'
macho32 be cpu=POWERPC
section __TEXT,__text
  u32 0x48000001
  u32 0x3c600000
  reloc 0 3 _f pcrel length=2
section __DATA,__data
  u32 1
symbol _g external sec=1 value=0
symbol _f external
E
out=$("$dump" p.o)
like "ppc: header" "$out" '^macho mach-o-be powerpc relocatable 32be'
like "ppc: definition" "$out" '^0+ T .* _g '
like "ppc: undefined" "$out" '^0+ U .* _f '
like "ppc: a branch" "$out" '^00000000 .*addend=0 sym=1 '
is "fat: slices" "$("$dump" "$files/good-fat.o" | grep -c '^slice')" 2
is "fat: architectures" "$("$dump" "$files/good-fat.o" | sed -n 's/^slice \([^ ]*\) .*/\1/p' | tr '\n' ' ')" "x86_64 arm64 "
is "fat64: architectures" "$("$dump" "$files/good-fat64.o" | sed -n 's/^slice \([^ ]*\) .*/\1/p' | tr '\n' ' ')" "x86_64 i386 "
done_testing
