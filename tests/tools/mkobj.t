#!/bin/sh
# mkobj: what it writes is what other tools read, in every format; its errors name the line.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }

# body RELOC: a description without its first line
elf_body() { cat <<END
section .text
  bytes 55 e8 00000000 c3
  reloc 2 10 puts -4
section .bss align=16
  zero 64
symbol foo.c FILE ABS
symbol main GLOBAL FUNC sec=.text size=7
symbol puts GLOBAL
symbol com GLOBAL OBJECT COMMON value=8 size=16
symbol w WEAK FUNC sec=.text value=4
group main .text
END
}
if have readelf; then
	for h in "elf64 machine=X86_64" "elf64 machine=AARCH64" "elf32 machine=386" "elf32 be machine=PPC" \
		"elf64 be machine=S390" "elf32 be machine=MIPS" "elf64 machine=RISCV"; do
		{ echo "$h"; elf_body; } >d.txt
		ok "$h is made" sh -c 'exec "$0" "$1" d.txt >e.o' "$PYTHON3" "$top_srcdir/tests/tools/mkobj"
		got=$(readelf -aW e.o 2>&1)
		unlike "$h: readelf has no complaint" "$got" '[Ww]arning|[Ee]rror'
		like "$h: the COMDAT group is there" "$got" 'COMDAT group section .*`.group. \[main\]'
		like "$h: the symbol is there" "$got" ' 7 FUNC +GLOBAL DEFAULT +1 main'
	done
	mkobj - >x.so <<-END
	elf64 type=DYN
	section .text
	  bytes c3
	  label f
	  bytes 90
	dynsym puts GLOBAL FUNC version=GLIBC_2.2.5 lib=libc.so.6
	dynsym f GLOBAL FUNC sec=.text value=va(f) size=1 version=V1
	dynamic NEEDED "libc.so.6"
	dynamic SONAME "libx.so.1"
	END
	got=$(readelf -aW x.so 2>&1)
	unlike "shared library: readelf has no complaint" "$got" '[Ww]arning|[Ee]rror'
	like "shared library: versions" "$got" 'puts@GLIBC_2.2.5'
	like "shared library: its own version" "$got" 'f@@V1'
	like "shared library: needed" "$got" 'NEEDED.*libc.so.6'
else
	skip_test "ELF" "readelf is not installed"
fi

coff_body() { cat <<END
section .text
  bytes e8 00000000 c3
  reloc 1 4 a_long_symbol_name
section .bss
  zero 32
section .text\$a_very_long_name flags=text|comdat align=16
  bytes c3
symbol .file FILE sec=DEBUG
  aux-file "foo.c"
symbol .text\$a_very_long_name STATIC sec=.text\$a_very_long_name
  aux-section Length=1 Selection=2
symbol f FUNCTION sec=.text
symbol a_long_symbol_name
symbol inl FUNCTION sec=.text\$a_very_long_name
symbol com value=8
END
}
if have llvm-readobj-19; then
	for h in "coff x86_64" "coff i386" "coff arm64" "bigobj x86_64"; do
		{ echo "$h"; coff_body; } | mkobj - >c.o
		got=$(llvm-readobj-19 --file-headers --symbols --relocs --sections c.o 2>&1)
		like "$h: long names, relocation" "$got" 'a_long_symbol_name'
		like "$h: COMDAT selection" "$got" 'Selection: Any'
		unlike "$h: llvm-readobj has no complaint" "$got" 'error|warning'
	done
	for m in x86_64 i386 arm64; do
		mkobj - >p.dll <<-END
		pe $m dll
		section .text
		  bytes 90 90 c3
		import KERNEL32.dll ExitProcess:5 @12
		import msvcrt.dll puts printf:3 nolookup
		delayimport user32.dll MessageBoxA @3
		exports foo.dll
		export f rva=rva(.text)+2
		export g forward=bar.dll.h
		export "" ordinal=7 rva=rva(.text)
		END
		got=$(llvm-readobj-19 --coff-imports --coff-exports p.dll 2>&1)
		like "pe $m: import with hint" "$got" 'ExitProcess \(5\)'
		like "pe $m: import by ordinal" "$got" '\(12\)'
		like "pe $m: delay import" "$got" 'MessageBoxA'
		like "pe $m: export" "$got" 'RVA: 0x1002'
		like "pe $m: forwarder" "$got" 'ForwardedTo: bar.dll.h'
	done
	mkobj - >s.o <<-END
	shortimport x86_64 dll=k.dll name=Foo type=DATA
	END
	like "short import" "$(llvm-readobj-19 s.o 2>&1)" 'Symbol: __imp_Foo'
else
	skip_test "COFF and PE" "llvm-readobj-19 is not installed"
fi

macho_body() { cat <<END
section __TEXT,__text
  bytes 55 e8 00000000 c3
  reloc 2 2 _puts pcrel
section __DATA,__bss
  zero 16
symbol ltmp sec=__text
symbol _main external sec=__text
symbol _b external sec=__bss value=va(__bss)+8
symbol _puts external
END
}
if have llvm-objdump-19 llvm-nm-19 llvm-lipo-19; then
	for h in "macho64 cpu=X86_64" "macho64 cpu=ARM64" "macho32 cpu=X86" "macho32 be cpu=POWERPC" \
		"macho64 be cpu=POWERPC64"; do
		{ echo "$h"; macho_body; } | mkobj - >m.o
		like "$h: symbols" "$(llvm-nm-19 m.o 2>&1)" 'T _main'
		like "$h: relocation" "$(llvm-objdump-19 --macho -r m.o 2>&1)" '_puts'
	done
	{ echo fat; for c in X86_64 ARM64; do
		echo "slice {"; echo "macho64 cpu=$c"; macho_body; echo "}"; done; } >fat.txt
	mkobj fat.txt >f
	like "universal file" "$(llvm-lipo-19 -info f 2>&1)" 'are: x86_64 arm64'
	mkobj - >l.dylib <<-END
	macho64 cpu=ARM64 type=DYLIB
	section __TEXT,__text
	  bytes c0035fd6
	section __DATA,__data
	  u64 0
	dylib ID /usr/lib/libfoo.dylib
	dylib WEAK @rpath/libw.dylib
	dyldinfo bind=b
	data b
	  bytes 11 40
	  asciz "_puts"
	  bytes 51 71 00 90 00
	symbol _foo external sec=__text
	END
	got=$(llvm-objdump-19 --macho --dylibs-used --bind l.dylib 2>&1)
	like "dylib: weak dependency" "$got" 'libw.dylib .*weak'
	like "dylib: bind opcodes" "$got" '__DATA.*pointer.*_puts'
else
	skip_test "Mach-O" "llvm-objdump-19 is not installed"
fi

for k in gnu gnu64 bsd darwin darwin64 coff thin; do
	mkobj - >x.a <<-END
	ar $k
	member foo.o { elf64; section .text; bytes c3; symbol foo GLOBAL FUNC sec=.text; }
	member a_rather_long_member_name.o { elf64; section .text; bytes c3; symbol bar GLOBAL FUNC sec=.text; }
	member note.txt text="hello\n"
	END
	if have llvm-ar-19; then
		like "ar $k: members" "$(llvm-ar-19 t x.a 2>&1 | grep -v SYMDEF | tr '\n' ' ')" \
			'^foo.o a_rather_long_member_name.o note.txt $'
	fi
	case $k in thin|bsd) continue ;; esac
	have llvm-nm-19 && like "ar $k: index" "$(llvm-nm-19 --print-armap x.a 2>&1)" 'bar in a_rather_long_member_name.o'
done

# every field can be overridden, by its line or by set; bytes can be patched and cut
printf 'elf64 e_machine=7\nset ehdr e_shoff=0x1122\nset shdr[1] sh_name=0x33\ntruncate 0x30\npatch 4 u8 9\n' |
	mkobj - >o
is "overrides, patch, truncate" "$(od -An -tx1 -v o | tr -d ' \n')" \
	7f454c460901010000000000000000000100070001000000000000000000000000000000000000002211000000000000
printf 'ar noindex\nmember a ar_size=99x ar_fmag="zz" text="abc"\n' | mkobj - >o
like "ar fields" "$(tail -c +9 o | head -c 60)" '^a/ .*99x +zz$'

# errors: one line that names the line
bad() { printf '%b' "$2" | mkobj - >out 2>err; is "$1: exit 1" $? 1; like "$1: message" "$(cat err)" "$3"; }
bad "unknown format" 'elf65' '^mkobj: standard input:1: unknown format "elf65"'
bad "unknown field" 'elf64\nsection .text foo=1' ':2: .* has no field "foo"'
bad "unknown word" 'elf64\n\nsektion .text' ':3: unknown word "sektion"'
bad "value too large" 'elf64\nsection .text\nu8 255+1' ':3: 0x100 does not fit in 1 bytes'
bad "unknown place" 'elf64\nsection .text\nu8 off(nope)' ':3: no section, record or label "nope"'
bad "unknown record" 'elf64\nset nope a=1' ':2: set: no record "nope"'
bad "open block" 'ar\nmember x {\n' ':2: this "\{" is never closed'
mkobj nosuchfile >out 2>err; is "missing file: exit 1" $? 1
mkobj >out 2>err; is "usage: exit 2" $? 2
done_testing
