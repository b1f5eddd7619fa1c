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
warns "an unknown region's length" "$S x = LENGTH(none); y = ORIGIN(none); }" "memory region 'none' is not declared"
is "... said once" "$(grep -c 'not declared' tap.err)" 1
is "... all memory" "$(command nm x | awk '$3 == "x" || $3 == "y" { print $1, $3 }')" "ffffffffffffffff x
0000000000000000 y"
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
warns "... in which are sections" 'SECTIONS { .text : { *(.text) } >none .data : { *(.data) } >none .foo : { *(.foo) } >none }' \
	"memory region 'none' is not declared"
is "... said once" "$(grep -c 'not declared' tap.err)" 1
wrong "MEMORY alone, of which no region takes a section" 'MEMORY { r : ORIGIN = 0x1000, LENGTH = 64K }' \
	"no memory region specified for loadable section .\.text'"
takes "MEMORY alone, by attributes" 'MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 64K ram (w) : ORIGIN = 0x20000, LENGTH = 64K }' d 20000
echo 'PHDRS { t PT_LOAD; }
SECTIONS { .text 0x1000 : AT(0x2000) { *(.text) } :t .data 0x1002 : AT(0x2000) { *(.data) } :t .foo 0x5000 : { *(.foo) } :t }' >x.ld
ok "load addresses that a segment cannot have" ld -m elf_x86_64 --no-check-sections -T x.ld a.o -o x
like "... are said" "$(cat tap.err)" 'section \.data lma 0x2000 adjusted to 0x2002'
warns "a section in no segment" 'PHDRS { t PT_LOAD; } SECTIONS { .text : { *(.text) } :t .data : { *(.data) } :NONE .foo : { *(.foo) } :t }' \
	"allocated section .\.data' not in segment"
wrong "INSERT beside nothing" 'SECTIONS { .new : { *(.foo) } } INSERT AFTER .nosuch' 'x\.ld:1:33: \.nosuch not found for insert'
printf 'SECTIONS { .new : { *(.foo) } } INSERT AFTER .tdata\n' >x.ld
ok "... but beside a section that is only described" ld -m elf_x86_64 -T x.ld a.o -o x
wrong "OUTPUT_ARCH of no machine" "OUTPUT_ARCH(nosuch) $S }" 'cannot represent machine .nosuch'
wrong "OUTPUT_ARCH of another machine" "OUTPUT_ARCH(i386) $S }" 'the output cannot be for i386 with -m elf_x86_64'
ok "OUTPUT_ARCH of this one" sh -c "echo 'OUTPUT_ARCH(i386:x86-64) $S }' >x.ld && ld -m elf_x86_64 -T x.ld a.o -o x"
wrong "TARGET of no format" "TARGET(nosuch) $S }" "x\.ld:1:1: target 'nosuch' not found"
wrong "LD_FEATURE of nothing" "LD_FEATURE(\"FOO\") $S }" "x\.ld:1:1: unknown feature 'FOO'"
wrong "AT and AT>" 'MEMORY { r : ORIGIN = 0, LENGTH = 64 } SECTIONS { .text : AT(5) { *(.text) } >r AT>r }' 'section has both a load address and a load region'
warns "a region twice" 'MEMORY { r : ORIGIN = 0, LENGTH = 1 r : ORIGIN = 0, LENGTH = 64 } SECTIONS { .all : { *(*) } >r }' \
	"x\.ld:1:37: redeclaration of memory region 'r'"
wrong "an alias twice" "MEMORY { r : ORIGIN = 0, LENGTH = 64 } REGION_ALIAS(\"A\", r) REGION_ALIAS(\"A\", r) $S }" \
	"redefinition of memory region alias 'A'"
wrong "a type of segment that there is not" 'PHDRS { t PT_LOOD; } SECTIONS { .all : { *(*) } :t }' "x\.ld:1:11: unknown phdr type 'PT_LOOD'"
wrong "PHDRS that no section names" 'PHDRS { t PT_LOAD; } SECTIONS { .all : { *(*) } }' 'no sections assigned to phdrs'
wrong "program headers that are not loaded" 'PHDRS { h PT_PHDR PHDRS; t PT_LOAD; } SECTIONS { .all 0x9000 : { *(*) } :t }' \
	'PHDR segment not covered by LOAD segment'
printf '.globl g\ng: .byte 7\n' | as -o named.o || exit 99
takes "a file that only a description names is an input" 'SECTIONS { .text 0x100 : { a.o(.text) x = .; named.o(.text) } }' g 102
takes "... a bare name has all its sections" 'SECTIONS { .text 0x100 : { a.o(.text) x = .; named.o } }' g 102
wrong "... and must be there" 'SECTIONS { .text : { *(.text) nofile.o(.text) } }' 'x\.ld: cannot find nofile\.o'
printf '.globl _start\n_start: mov d(%%rip), %%eax\n mov com(%%rip), %%eax\n.comm com,4,4\n.section .x,"aw"\n.globl d\nd: .long 1\n' | as -o dis.o || exit 99
discards() { # NAME, REST, DISCARDED, PATTERN
	echo "SECTIONS { .text : { *(.text) } .rest : { *($2) } /DISCARD/ : { *($3) } }" >x.ld
	status "$1" 1 ld -m elf_x86_64 -T x.ld dis.o -o x
	like "... says so" "$(cat tap.err)" "$4"
}
discards "a reference to what /DISCARD/ took" COMMON .x "dis\.o: \.text\+0x2: refers to 'd', defined in discarded section '\.x' of dis\.o"
discards "... to a common" .x COMMON "dis\.o: \.text\+0x8: refers to 'com', defined in discarded section 'COMMON'"
printf '.globl _start\n_start: nop\n.comm com,4,4\n' | as -o com.o || exit 99
echo 'SECTIONS { .text : { *(.text) } /DISCARD/ : { *(COMMON) } }' >x.ld
ok "commons that nobody asks for can be discarded" ld -m elf_x86_64 -T x.ld com.o -o x
is "... and leave no symbol" "$(command nm x | sed 's/.* //' | tr '\n' ' ')" "_start "
takes "a symbol of an object, changed" 'SECTIONS { .text 0x100 : { *(.text) } foo = foo + 1; }' foo 102
takes "data counts as between sections" 'SECTIONS { .text 0x100 : { *(.text) QUAD(. > 0x80) x = .; } }' x 10a
is "... its value" "$(objdump -s -j .text x | awk '$1 == "0100" { print $2 $3 $4 }')" 90900100000000000000
takes "'.' outside of SECTIONS" 'x = .; SECTIONS { .text 0x100 : { *(.text) } } y = .;' y 102
takes "numbers with their base behind them" "x = 101b + 17o + 10d + 0ffh; $S }" x 11d
takes "two descriptions of a name are two sections" 'SECTIONS { .text 0x100 : { *(.text) } .foo : { *(.foo) } .text : { x = .; *(.data) } }' x 106
is "... they are" "$(readelf -SW x | grep -c ' \.text ')" 2
printf 'bytes' >raw.bin
takes "TARGET(binary)" 'TARGET(binary) INPUT(raw.bin) SECTIONS { .text 0x100 : { *(.text) a.o(.data) raw.bin(.data) } }' _binary_raw_bin_size 5
takes "SUBALIGN(0)" 'SECTIONS { .all 0x100 : SUBALIGN(0) { *(.text) *(.data) x = .; *(.foo) } }' x 106
takes "an OVERLAY in regions" 'MEMORY { rom : ORIGIN = 0x100, LENGTH = 64 ram : ORIGIN = 0x800, LENGTH = 64 }
	SECTIONS { .text : { *(.text) } >rom OVERLAY : { .o1 { *(.data) } .foo { *(.foo) } } >ram AT>rom x = .; y = LOADADDR(.foo); }' x 804
is "... its load addresses" "$(command nm x | awk '$3 == "y" { print $1 }' | sed 's/^0*//')" 106
takes "everything" 'SECTIONS { .all 0x100 : { *(*) x = .; } }' x 10a
unlike "... has nothing of the linker's" "$(readelf -p .all x)" objkit
takes "ALIGN_WITH_INPUT, LINKER_VERSION and ASCIZ" \
	'SECTIONS { .text 0x100 : { *(.text) } .data : ALIGN_WITH_INPUT { *(.data) LINKER_VERSION ASCIZ "a\n\101" x = .; } }' x 10e
done_testing
