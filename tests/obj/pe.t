#!/bin/sh
# PE images: imports and exports agree with llvm-readobj on every DLL of wine and mingw-w64; what the
# loader's rules say of odd tables is followed; damage and bombs end in bounded time with a message.
. "${top_srcdir:?}/tests/lib.sh"

# ---- real images ----
dlls=$(ls /usr/lib/*/wine/x86_64-windows/*.dll /usr/lib/*/wine/i386-windows/*.dll \
	/usr/lib/gcc/*-w64-mingw32/*/*.dll 2>/dev/null)
if have llvm-readobj-19 && [ -n "$dlls" ]; then
	# shellcheck disable=SC2086 # words
	llvm-readobj-19 --coff-imports $dlls 2>/dev/null | awk '
		/^File: / { f = $2 } /^(Delay)?Import {/ { kind = /Delay/ ? "delay" : "normal" }
		/^  Name: / { lib = $2 }
		/Symbol: / { s = $2; if (s ~ /^\(/) { gsub(/[()]/, "", s); s = "#" s } print f "\t" lib "\t" s "\t" kind }' |
		sort >want
	# shellcheck disable=SC2086
	imports -A --format=tsv --kind=normal,delay $dlls 2>err | awk -F'\t' '$3 != "-"' | sort >got
	is "no message about good images" "$(cat err)" ""
	ok "$(wc -l <want) imports of $(echo "$dlls" | wc -l) DLLs as llvm-readobj" cmp want got
	# at the gaps in msnet32's ordinals, and at vga's lack of names, llvm-readobj gives up
	dlls=$(echo "$dlls" | grep -v -e msnet32 -e vga.dll)
	# shellcheck disable=SC2086
	llvm-readobj-19 --coff-exports $dlls 2>/dev/null | awk '
		/^File: / { f = $2 } /Ordinal: / { o = $2 } /Name: / { n = $2 } /RVA: 0x0$/ { o = "" }
		/^}/ && o != "" { print f, o, n; o = "" }' | sed 's/ $//' | sort >want
	for f in $dlls; do
		"$top_builddir/tests/fuzz/dump" "$f" | awk -v f="$f" '/^export / {
			sub("ordinal=", "", $4); i = $6 == "data" ? 7 : 6; print f, $4, $i == "-" ? "" : $i }'
	done | sed 's/ $//' | sort >got
	ok "$(wc -l <want) exports as llvm-readobj" cmp want got
else
	skip_test "imports of wine's DLLs" "llvm-readobj-19 or wine is not installed"
fi

# ---- the loader's rules, on images built from text ----
base='pe AMD64
section .text
  u8 0xc3
import KERNEL32.dll ExitProcess:5 @7
import USER32.dll MessageBoxA'
all='KERNEL32.dll ExitProcess
KERNEL32.dll #7
USER32.dll MessageBoxA'
# rule NAME WANTED [STATUS] <<changes: the imports of the base image after the changes
rule() {
	{ echo "$base"; cat; } >rule.txt
	mkobj rule.txt >rule.exe || { fail "$1: mkobj"; return; }
	rc=0; imports --format=tsv --kind=normal,delay,bound rule.exe >rule.out 2>rule.err || rc=$?
	is "$1" "$(awk -F'\t' '{ print $1 (($2 == "-") ? "" : " " $2) }' rule.out) $rc" "$2 ${3:-0}"
}
rule "plain" "$all" </dev/null
rule "the directory's size is not looked at" "$all" <<END
set dir[1] Size=0
END
rule "no lookup table: the slots are read" "$all" <<END
set import[0] OriginalFirstThunk=0
END
rule "a lookup table in the headers or past the image: the slots are read" "$all" <<END
set import[0] OriginalFirstThunk=0x40
set import[1] OriginalFirstThunk=0x7fffff00
END
rule "the list ends where a name is 0" "KERNEL32.dll ExitProcess
KERNEL32.dll #7" <<END
set import[1] Name=0
END
rule "the list ends where the slot table is 0" "KERNEL32.dll ExitProcess
KERNEL32.dll #7" <<END
set import[1] FirstThunk=0
END
rule "a descriptor whose first slot is 0 is skipped" "USER32.dll MessageBoxA" <<END
patch off(@iat.i0) u64 0
END
rule "SectionAlignment below a page: the file is mapped flat" "" 1 <<END
set opt SectionAlignment=0x200
END
rule "only the low 16 bits are an ordinal" "KERNEL32.dll ExitProcess
KERNEL32.dll #7
USER32.dll MessageBoxA" <<END
patch off(@lt.i0)+8 u64 0x8000000000120007
END
like "... and the others are a finding" "$(cat rule.err)" "other bits set"
rule "a name outside the image is reported, the rest is shown" "KERNEL32.dll ExitProcess
USER32.dll MessageBoxA" 1 <<END
patch off(@lt.i0)+8 u64 0x00700000
END
rule "a library name outside the image" "USER32.dll MessageBoxA" 1 <<END
set import[0] Name=0x7fffff00
END
rule "a table without end" "KERNEL32.dll
USER32.dll MessageBoxA" 1 <<END
set import[0] OriginalFirstThunk=0 FirstThunk=rva(.idata)+size(.idata)-4
END
rule "the import directory lies outside" "" 1 <<END
set dir[1] VirtualAddress=0x7ffff000
END
rule "TLS and resource directories full of nonsense do not matter" "$all" <<END
dir 9 rva=0xffffffff size=0xffffffff
dir 2 rva=0xffffffff size=0xffffffff
dir 4 rva=0xffffffff size=0xffffffff
END
base="$base
delayimport WS2_32.dll send @115"
rule "delay imports" "$all
WS2_32.dll send
WS2_32.dll #115" </dev/null
base="pe I386
section .text
  u8 0xc3
delayimport WS2_32.dll send @115"
rule "delay imports by virtual address (VC6)" "WS2_32.dll send
WS2_32.dll #115" <<END
set delay[0] Attributes=0 DllNameRVA=va(@dlld0) ImportNameTableRVA=va(@lt.d0) ImportAddressTableRVA=va(@iat.d0)
END

base='pe AMD64
section .text
  u8 0xc3'
rule "bound imports and their forwarder references" "KERNEL32.dll
NTDLL.dll
USER32.dll" <<END
section .bound
  u32 0x1234; u16 32; u16 1
  u32 0x5678; u16 45; u16 0
  u32 0x9abc; u16 55; u16 0
  u64 0
  asciz "KERNEL32.dll"; asciz "NTDLL.dll"; asciz "USER32.dll"
dir 11 rva=rva(.bound) size=size(.bound)
END
rule "a bound import list without end" "ABC
ABC" 1 <<END
section .bound vsize=0x1000
  zero 0xff0
  u32 1; u16 8; u16 5
  ascii "ABC\0"; u16 8; u16 0
dir 11 rva=rva(.bound)+0xff0 size=16
END
cat >clr.txt <<'END'
pe AMD64
section .clr
  u32 72; u16 2; u16 5; u32 rva(meta); u32 128; zero 56
  label meta
  ascii "BSJB"; u16 1; u16 1; u32 0; u32 4; asciz "v4"; u8 0; u16 0; u16 2
  u32 56; u32 50; asciz "#~"; u8 0
  u32 108; u32 20; asciz "#Strings"; zero 3
  u32 0; u8 2; u8 0; u8 0; u8 1; u64 (1<<0x1a)|(1<<0x1c); u64 0; u32 1; u32 2
  u16 1
  u16 0; u16 3; u16 12; u16 1
  u16 0; u16 5; u16 14; u16 1
  zero 2
  u8 0; asciz "native.dll"; asciz "f"; asciz "gg"; zero 2
dir 14 rva=rva(.clr) size=72
END
mkobj clr.txt >clr.dll
is "P/Invoke references of .NET metadata" "$(imports --format=tsv --kind=clr clr.dll)" "$(printf 'native.dll\tf\tclr\nnative.dll\tgg\tclr')"
sed 's/u32 1; u32 2$/u32 1; u32 0x7fffffff/' clr.txt >clr2.txt && mkobj clr2.txt >clr2.dll
status "... whose tables are cut" 1 "$OBJKIT" imports --kind=clr clr2.dll
like "... say so" "$(cat tap.err)" "NET metadata: its tables are cut"

# assemblies, which are referred to by name and version
sed 's/u32 128;/u32 164;/; s/|(1<<0x1c)/|(1<<0x1c)|(1<<0x23)/; s/u32 56; u32 50;/u32 56; u32 74;/; s/u32 108; u32 20;/u32 132; u32 32;/; s/u32 1; u32 2$/u32 1; u32 2; u32 1/
s/^  zero 2$/  u16 4; u16 5; u16 6; u16 7; u32 0; u16 0; u16 17; u16 0; u16 0; zero 2/; s/asciz "gg"; zero 2/asciz "gg"; asciz "System.Xml"; zero 4/' clr.txt >clr3.txt && mkobj clr3.txt >clr3.dll
is "assembly references" "$(imports --format=tsv --kind=clr clr3.dll)" "$(printf 'native.dll\tf\tclr\nnative.dll\tgg\tclr\nSystem.Xml, Version=4.5.6.7\t-\tclr')"
is "... are no libraries of the tree" "$(imports -r clr3.dll 2>&1 | grep -c System.Xml)" 0

# ---- ARM64X: the loader patches the headers for x64 processes: machine, import and export directories ----
cat >x64.txt <<'END'
pe ARM64 dll e_lfanew=0x80 SizeOfHeaders=0x400
import native.dll one
section .text flags=text
  label code
  zero 32
section .rdata
  label ec_imports
  u32 rva(ec_lookup); u32 0; u32 0; u32 rva(ec_dll); u32 rva(ec_iat); zero 20
  label ec_lookup
  u64 rva(ec_hint); u64 0
  label ec_iat
  u64 rva(ec_hint); u64 0
  label ec_hint
  u16 0; asciz "two"
  label ec_dll
  asciz "ec.dll"
  align 8
  label ec_exports
  u32 0; u32 0; u32 0; u32 rva(ec_name); u32 1; u32 1; u32 1; u32 rva(ec_funcs); u32 rva(ec_names); u32 rva(ec_ords)
  label ec_funcs
  u32 rva(code)+16
  label ec_names
  u32 rva(ec_export)
  label ec_ords
  u16 0
  label ec_export
  asciz "from_ec"
  label ec_name
  asciz "x.dll"
  align 8
  label config
  u32 0x140; zero 0xc4; u64 va(config); zero 0x10; u32 dvrt_at; u16 dvrt_sec; zero 0x5a
  align 8
  label dvrt
  u32 1; u32 60; u64 6; u32 48
  u32 0; u32 48
  u16 0x084|1<<12|1<<14; u16 0x8664
  u16 0x108|1<<12|2<<14; u32 rva(ec_exports)
  u16 0x10c|1<<12|2<<14; u32 40
  u16 0x110|1<<12|2<<14; u32 rva(ec_imports)
  u16 0x114|1<<12|2<<14; u32 40
  u16 0; zero 10
export from_native rva=rva(code)
exports x.dll
dir LOAD_CONFIG rva=rva(config) size=0x140
END
sed -i 's/dvrt_at/rva(dvrt)-rva(.rdata)/; s/dvrt_sec/idx(.rdata)/' x64.txt
mkobj x64.txt >x64.dll || exit 99
is "ARM64X: both views' imports" "$(imports -f tsv x64.dll)" "$(printf 'native.dll\tone\tnormal\nec.dll\ttwo\tec')"
is "... the second alone" "$(imports --ec -f plain x64.dll)" "two:ec.dll"
is "... exports" "$(imports --exports -f plain x64.dll | cut -d: -f1)" from_native
is "... exports of the second" "$(imports --exports --ec -f plain x64.dll | cut -d: -f1)" from_ec
is "... nm -D" "$(nm -D --rva x64.dll | sed 's/^ *[0-9a-f]* *//')" "T from_native
U one@native.dll"
is "... nm -D --ec" "$(nm -D --ec --rva x64.dll | sed 's/^ *[0-9a-f]* *//')" "T from_ec
U two@ec.dll"

# ---- a bomb: 50,000 descriptors that all walk one table of 200,000 thunks ----
"${PYTHON3:-python3}" - >bomb.exe <<'END'
import struct, sys
n_desc, n_thunk, base = 50000, 200000, 0x1000
desc = base
thunk = desc + (n_desc + 1) * 20
name = thunk + (n_thunk + 1) * 4
size = (name + 0x1000) & ~0xfff
body = struct.pack('<IIIII', thunk, 0, 0, name, thunk) * n_desc + bytes(20)
body += struct.pack('<I', 0x80000001) * n_thunk + bytes(4) + b'x.dll\0'
body = body.ljust(size - base, b'\0')
opt = struct.pack('<HBBIIIIII', 0x10b, 0, 0, 0, 0, 0, 0, base, base)
opt += struct.pack('<IIIHHHHHHIIIIHHIIIIII', 0x400000, 0x1000, 0x200, 4, 0, 0, 0, 4, 0, 0, size, 0x400, 0, 3, 0,
                   0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
dirs = bytearray(128)
struct.pack_into('<II', dirs, 8, desc, (n_desc + 1) * 20)
opt += dirs
hdr = b'MZ' + bytes(58) + struct.pack('<I', 64) + b'PE\0\0'
hdr += struct.pack('<HHIIIHH', 0x14c, 1, 0, 0, 0, len(opt), 0x102) + opt
hdr += b'.x'.ljust(8, b'\0') + struct.pack('<IIIIIIHHI', size - base, base, size - base, 0x400, 0, 0, 0, 0, 0x40000040)
sys.stdout.buffer.write(hdr.ljust(0x400, b'\0') + body)
END
if [ -n "${SANITIZED:-}" ]; then
	status "an import bomb ends" 1 sh -c '"$0" imports bomb.exe >bomb.out' "$OBJKIT"
else
	status "an import bomb ends in 200 MB and 10 s" 1 sh -c \
		'ulimit -v 200000; ulimit -t 10; "$0" imports bomb.exe >bomb.out' "$OBJKIT"
fi
like "... and says why" "$(cat tap.err)" "limit"
ok "... and shows what it could read" test -s bomb.out
done_testing
