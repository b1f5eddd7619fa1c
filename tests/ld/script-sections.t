# What descriptions of sections select, how they sort it, where it goes: checked without another linker.
. "${top_srcdir:?}/tests/lib.sh"
need as readelf
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
obj() { # NAME BYTE: sections .t.1 .t.20 .t.3, each one byte; .ro, .rw
	printf '.section .t.20,"a"\n.byte %d\n.section .t.3,"a"\n.byte %d\n.section .t.1,"a"\n.p2align %d\n.byte %d\n.section .rw,"aw"\n.byte %d\n.section .ro,"a"\n.byte %d\n' \
		"$2" $(($2 + 1)) "$3" $(($2 + 2)) $(($2 + 3)) $(($2 + 4)) | as -o "$1" || exit 99
}
obj a.o 16 0; obj b.o 32 2; obj m1.o 48 0; obj m2.o 64 0
printf '.globl _start, m\n_start: call m\n.section .tail,"a"\n.byte 9\n.comm com,4,4\n' | as -o s.o || exit 99
printf '.globl m\nm: nop\n.section .t.1,"a"\n.byte 80\n' | as -o m.o || exit 99
rm -f libq.a; command ar rc libq.a m.o 2>/dev/null || ok "an archive" ar rc libq.a m.o
bytes() { # SECTION FILE
	readelf -x "$1" "$2" | sed -n 's/^  0x[0-9a-f]* \(.\{36\}\).*/\1/p' | tr -d ' \n'
}
sel() { # NAME, BODY of .x, BYTES
	echo "ENTRY(_start) SECTIONS { .x 0x1000 : { $2 } .text : { *(.text) } }" >x.ld
	ok "$1" ld -m elf_x86_64 -T x.ld a.o b.o s.o libq.a -o x
	is "... its bytes: $1" "$(bytes .x x)" "$3"
}
sel "order of files, then of their sections" '*(.t.20 .t.3)' 10112021
sel "SORT: by name" 'a.o(SORT(.t.*))' 121011
sel "SORT_BY_INIT_PRIORITY" 'a.o(SORT_BY_INIT_PRIORITY(.t.*))' 121110
sel "SORT_BY_ALIGNMENT" '*(SORT_BY_ALIGNMENT(.t.*))' 22101112202150
sel "SORT_BY_NAME(SORT_BY_ALIGNMENT)" '*(SORT_BY_NAME(SORT_BY_ALIGNMENT(.t.*)))' 22125010201121
sel "SORT of files" 'SORT(*)(.t.3)' 1121
sel "SORT_NONE" '*(SORT_NONE(.t.3) )' 1121
sel "REVERSE" 'a.o(REVERSE(SORT_BY_NAME(.t.*)))' 111012
sel "EXCLUDE_FILE in the list" '*(EXCLUDE_FILE(a.o) .t.3 .t.20)' 102021
sel "EXCLUDE_FILE before the file" 'EXCLUDE_FILE(b.o) *(.t.3 .t.20)' 1011
sel "an archive's member" 'libq.a:m.o(.t.1)' 50
sel "a whole archive" 'libq.a:(.t.*)' 50
sel "a file that is in none" ':a.o(.t.1) EXCLUDE_FILE(libq.a:*) *(.t.3)' 121121
sel "INPUT_SECTION_FLAGS" 'INPUT_SECTION_FLAGS(SHF_WRITE) a.o(*) INPUT_SECTION_FLAGS(!SHF_WRITE & SHF_ALLOC) a.o(.ro)' 1314
sel "FILL and a fill of the section" 'a.o(.t.3) FILL(0xaabb) . += 3; b.o(.t.3)' 11aabbaa21

sel "BYTE SHORT LONG SQUAD" 'BYTE(1) SHORT(0x203) LONG(4) SQUAD(-1)' 01030204000000ffffffffffffffff
lay() { # NAME, SCRIPT: links it; facts NAME ADDRESS SIZE FLAGS TYPE
	echo "ENTRY(_start) $2" >x.ld
	ok "$1" ld -m elf_x86_64 -T x.ld a.o b.o s.o libq.a -o x
	readelf -SW x | sed -n 's/^ *\[ *[0-9]*\] \([^ ]*\) *\([A-Z_]*\) *0*\([0-9a-f]*\) [0-9a-f]* 0*\([0-9a-f]*\) [0-9a-f]* *\([WAXT]*\) .* \([0-9]*\)$/\1 \3 \4 \5 \2 al\6/p' >facts
}
has() { like "... $1" "$(cat facts)" "$2"; }
lay "orphans keep their names" 'SECTIONS { .text 0x1000 : { *(.text) } .ro : { *(.ro) } }'
has "one section for each" '^\.t\.20 .* al1'
has "commons go into .bss" '^\.bss [0-9a-f]+ 4 WA NOBITS'
lay "(NOLOAD)" 'SECTIONS { .ro 0x100 (NOLOAD) : { *(.ro) } }'
has "takes memory, no file" '^\.ro 100 2 A NOBITS'
lay "(COPY)" 'SECTIONS { .ro 0x100 (COPY) : { *(.ro) } }'
has "has an address, is not loaded" '^\.ro 100 2  PROGBITS'
lay "(READONLY)" 'SECTIONS { .rw 0x100 (READONLY) : { *(.rw) } }'
has "is not written to" '^\.rw 100 2 A PROGBITS'
lay "(TYPE=SHT_NOTE)" 'SECTIONS { .ro 0x100 (TYPE=SHT_NOTE) : { *(.ro) } }'
has "has the type" '^\.ro 100 2 A NOTE'
lay "ONLY_IF_RO and ONLY_IF_RW" 'SECTIONS { .r : ONLY_IF_RO { *(.ro .rw) } .w 0x200 : ONLY_IF_RW { *(.ro .rw) } }'
has "all inputs decide" '^\.w 200 4 WA'
unlike "... the other is not there" "$(cat facts)" '^\.r '
lay "SUBALIGN" 'SECTIONS { .t 0x1000 : SUBALIGN(8) { *(.t.1) } }'
has "between the sections" '^\.t 1000 11 A PROGBITS al8'
lay "AT> holds for what follows in its region" 'MEMORY { rom : ORIGIN = 0x100, LENGTH = 99 ram : ORIGIN = 0x300, LENGTH = 99 }
	SECTIONS { .text : { *(.text) } >rom .rw : { *(.rw) } >ram AT>rom .ro : { *(.ro) } >ram .rest : { *(.*) *(COMMON) } >rom l = LOADADDR(.ro); }'
at=$(readelf -sW x | awk '$8 == "l" { print $2 }')
is "... it is loaded right behind" "$at" "$(printf %016x $((0x100 + 6 + 2)))"
printf '.globl _start\n_start: nop\n.section .keepme,"aw"\n' | as -o e.o || exit 99
echo 'SECTIONS { .text : { *(.text) } .e : { KEEP(*(.keepme)) } .f : { *(.data) } }' >x.ld
ok "KEEP of an input section without contents" ld -m elf_x86_64 -T x.ld e.o -o x
like "... keeps its output section" "$(readelf -SW x)" ' \.e .* 000000 00  WA'
unlike "... others go" "$(readelf -SW x)" ' \.f '
echo 'ENTRY(_start) SECTIONS { .text : { *(.text) } .all : { *(.t.1 .t.3) } .k : { KEEP(*(.t.3)) } }' >x.ld
ok "KEEP counts for what another description selects" ld -m elf_x86_64 --gc-sections -T x.ld a.o s.o libq.a -o x
is "... against --gc-sections" "$(bytes .all x)" 11
printf '.globl _start\n_start: nop\n' | as -o one.o || exit 99
types='SECTIONS { .t : { *(.text) } .text : { BYTE(1) } .data : { BYTE(1) } .init : { . += 4; } .plain : { BYTE(1) } .moved : { . += 1; BYTE(1) } .noload (NOLOAD) : { . += 1; } }'
echo "$types" >x.ld
ok "sections of statements alone" ld -m elf_x86_64 -T x.ld one.o -o x
is "... their names say what they are" "$(readelf -SW x | sed -n 's/^ *\[ *[0-9]*\] \(\.[a-z]*\) *\(PROGBITS\|NOBITS\) *[0-9a-f]* [0-9a-f]* [0-9a-f]* 00 *\([WAX]*\) .*/\1:\2:\3/p' | grep -v comment | tr '\n' ' ')" \
	".t:PROGBITS:AX .text:PROGBITS:AX .data:PROGBITS:WA .init:NOBITS:WAX .plain:PROGBITS:A .moved:PROGBITS:WA .noload:NOBITS:WA "
lay "an empty section" 'SECTIONS { .e : { x = .; } .f : { . = ALIGN(4); } .ro : { *(.ro) } }'
has "is kept if it moves '.'" '^\.f '
unlike "... is not if it does not" "$(cat facts)" '^\.e '
lay "an address that is less aligned than the sections" 'SECTIONS { .t 0x1001 : { b.o(.t.1) } }'
has "they are aligned inside" '^\.t 1001 4 A PROGBITS al1'
lay "a region's attributes" 'MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 4K ram (w!x) : ORIGIN = 0x8000, LENGTH = 4K }
SECTIONS { .text : { *(.text) } .rw : { *(.rw) } .ro : { *(.ro) } .t : { *(.t.*) } .tail : { *(.tail) } .bss : { *(COMMON) } }'
has "choose code's" '^\.text 1000 '
has "... and data's" '^\.rw 8000 '
lay "AT>" 'MEMORY { rom : ORIGIN = 0x1000, LENGTH = 4K ram : ORIGIN = 0x8000, LENGTH = 4K }
SECTIONS { .text : { *(.text) } >rom .rw : { *(.rw) } >ram AT>rom .ro : { *(.ro .t.* .tail) } >ram AT>rom .bss : { *(COMMON) } >ram l = LOADADDR(.ro) - LOADADDR(.rw); }'
is "... loads one behind the other" "$(command nm x | awk '$3 == "l" { print $1 }')" 0000000000000002
lay "PROVIDE for the script alone" 'SECTIONS { .text 0x1000 : { *(.text) } PROVIDE(p = 7); PROVIDE(q = r); PROVIDE(r = 1); s = p + 1; }'
is "... what another statement names is there, what nobody does is not" "$(command nm x | awk '$3 ~ /^[pqrs]$/ { print $3 "=" substr($1, 16) }' | tr '\n' ' ')" "p=7 s=8 "
lay "PHDRS" 'PHDRS { head PT_PHDR PHDRS; one PT_LOAD FILEHDR PHDRS; two PT_LOAD FLAGS(6) AT(0x90000); st PT_GNU_STACK FLAGS(6); }
SECTIONS { . = 0x10000 + SIZEOF_HEADERS; .text : { *(.text) } :one .ro : { *(.ro) } .rw 0x20000 : { *(.rw) } :two .bss : { *(COMMON) } }'
is "... as they are written" "$(readelf -lW x | awk '$1 ~ /^(PHDR|LOAD|GNU_STACK)$/ { print $1, $3, $4, $7 }' | sed 's/0x0*\([0-9a-f]\)/\1/g' | tr '\n' ';')" \
	"PHDR 10040 10040 R;LOAD 10000 10000 R;LOAD 20000 90000 RW;GNU_STACK 0 0 RW;"
lay "the dynamic tables may be discarded" 'SECTIONS { .text 0x1000 : { *(.text) } .bss : { *(.bss) } /DISCARD/ : { *(.dynamic) *(.dynsym) *(.dynstr) *(.hash) *(.gnu.hash) } }'
ok "... -pie --no-dynamic-linker" ld -m elf_x86_64 -pie --no-dynamic-linker -T x.ld s.o m.o -o x
unlike "... and are not there" "$(readelf -SW x)" 'DYNAMIC|DYNSYM|HASH'
echo '*(.ro)' >inc.ld
echo 'y = 3;' >inc2.ld
lay "INCLUDE" 'INCLUDE inc2.ld SECTIONS { .ro 0x100 : { INCLUDE inc.ld } }'
has "inside a section" '^\.ro 100 2 '
is "... and outside" "$(command nm x | awk '$3 == "y" { print $1 }')" 0000000000000003
echo 'ENTRY(_start) SECTIONS { .text 0x1000 : { *(.text) } .ro : { KEEP(a.o(.ro)) b.o(.ro) } }' >x.ld
ok "KEEP with --gc-sections" ld -m elf_x86_64 --gc-sections -T x.ld a.o b.o s.o libq.a -o x
is "... keeps what it names, and no more" "$(bytes .ro x)" 14
echo 'VERSION { V1 { global: m; local: *; }; } SECTIONS { .text : { *(.text) } }' >x.ld
ok "VERSION" ld -m elf_x86_64 -shared -T x.ld m.o -o x.so
like "... makes it" "$(readelf -VW x.so)" 'Name: V1'
done_testing
