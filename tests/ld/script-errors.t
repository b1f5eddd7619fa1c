# What is wrong with linker scripts: file, line, column, the line and a caret; the words of GNU ld that people search.
. "${top_srcdir:?}/tests/lib.sh"
need as
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
printf '.globl _start, foo\n_start: nop\nfoo: nop\n.data\n.globl d\nd: .long 1\n.section .foo,"a"\n.long 2\n' >a.s
as a.s -o a.o || exit 99
S='SECTIONS { .text : { *(.text) } .data : { *(.data) } .foo : { *(.foo) }'
wrong() { # NAME, SCRIPT, PATTERN of the message
	printf '%s\n' "$2" >x.ld
	status "$1" 1 ld -m elf_x86_64 -T x.ld a.o -o x
	like "... message: $1" "$(cat tap.err)" "$3"
}
warns() {
	printf '%s\n' "$2" >x.ld
	status "$1" 0 ld -m elf_x86_64 -T x.ld a.o -o x
	like "... warning: $1" "$(cat tap.err)" "$3"
}
takes() { # NAME, SCRIPT, SYMBOL, VALUE
	printf '%s\n' "$2" >x.ld
	ok "$1" ld -m elf_x86_64 -T x.ld a.o -o x
	is "... value: $1" "$(command nm x | awk -v s="$3" '$3 == s { print $1 }' | sed 's/^0*//')" "$4"
}
wrong "a symbol made of itself" "$S x = x; }" "x\.ld:1:[0-9]+: symbol 'x' is made of itself"
wrong "... by +=" "$S x += 1; }" "symbol 'x' is made of itself"
wrong "an unknown section" "$S x = ADDR(.nosuch); }" "x\.ld:1:[0-9]+: there is no section '\.nosuch'"
wrong "an unknown region's length" "$S x = LENGTH(none); }" "there is no memory region 'none'"
wrong "an unclosed KEEP" 'SECTIONS { .text : { KEEP(*(.text) } }' "x\.ld:1:[0-9]+: '\)' expected, not '}'"
like "... shows the line and a caret" "$(cat tap.err)" "$(printf '\n +\\^')"
wrong "division by zero" "$S x = 5 / 0; }" 'division by zero'
wrong "ASSERT" "$S ASSERT(0, \"too bad\") }" 'x\.ld:1:[0-9]+: too bad'
wrong "an INCLUDE of itself" 'INCLUDE x.ld' 'INCLUDE nests too deep'
wrong "an INCLUDE of nothing" 'INCLUDE nofile.ld' "x\.ld:1:9: cannot open included script 'nofile\.ld'"
wrong "going back inside a section" 'SECTIONS { .text : { *(.text) . = 0; } }' 'cannot move the location counter backwards'
wrong "a segment that PHDRS does not have" 'PHDRS { t PT_LOAD; } SECTIONS { .text : { *(.text) } :nope }' \
	"section .\.text' assigned to non-existent phdr .nope'"
wrong "an alias of no region" "REGION_ALIAS(\"A\", none) $S }" "memory region 'none' for alias 'A' does not exist"
wrong "a region that is full" 'MEMORY { r : ORIGIN = 0, LENGTH = 1 } SECTIONS { .text : { *(.text) } >r .data : { *(.data) } >r /DISCARD/ : { *(.foo) } }' \
	"section .\.text' will not fit in region .r'"
like "... by how much" "$(cat tap.err)" "region .r' overflowed by 5 bytes"
wrong "a section in no region" 'MEMORY { r : ORIGIN = 0, LENGTH = 64 } SECTIONS { .text : { *(.text) } >r .data : { *(.data) } .foo : { *(.foo) } >r }' \
	"no memory region specified for loadable section .\.data'"
wrong "load addresses that overlap" 'SECTIONS { .text 0x1000 : AT(0x2000) { *(.text) } .data 0x3000 : AT(0x2000) { *(.data) } .foo 0x5000 : { *(.foo) } }' \
	'section \.data LMA \[0+2000,0+2003\] overlaps section \.text LMA \[0+2000,0+2001\]'
wrong "addresses that overlap" 'SECTIONS { .text 0x1000 : { *(.text) } .data 0x1001 : AT(0x9000) { *(.data) } .foo 0x5000 : { *(.foo) } }' \
	'section \.data VMA \[0+1001,0+1004\] overlaps section \.text VMA'
ok "--no-check-sections allows that" ld -m elf_x86_64 -T x.ld --no-check-sections a.o -o x
warns "an undeclared region" 'SECTIONS { .text : { *(.text) } >none }' "memory region 'none' is not declared"
warns "a section in no segment" 'PHDRS { t PT_LOAD; } SECTIONS { .text : { *(.text) } :t .data : { *(.data) } :NONE .foo : { *(.foo) } :t }' \
	"allocated section .\.data' not in segment"
takes "a symbol of an object, changed" 'SECTIONS { .text 0x100 : { *(.text) } foo = foo + 1; }' foo 102
takes "data counts as between sections" 'SECTIONS { .text 0x100 : { *(.text) QUAD(. > 0x80) x = .; } }' x 10a
is "... its value" "$(objdump -s -j .text x | awk '$1 == "0100" { print $2 $3 $4 }')" 90900100000000000000
takes "ALIGN_WITH_INPUT, LINKER_VERSION and ASCIZ" \
	'SECTIONS { .text 0x100 : { *(.text) } .data : ALIGN_WITH_INPUT { *(.data) LINKER_VERSION ASCIZ "a\n\101" x = .; } }' x 10e
done_testing
