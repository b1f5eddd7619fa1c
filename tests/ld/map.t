# The map says what linker scripts do, statement by statement, as GNU ld's maps do.
. "${top_srcdir:?}/tests/lib.sh"
need as
as -o a.o - <<'X'
	.globl main, foo, x
	.text
foo:	ret
main:	.skip 9
	.section .w2, "ax"
	ret
	.section .w1, "ax"
	ret
	.data
x:	.long 1
	.section .gone, "a"
	.long 1
X
cat >s.lds <<'X'
ENTRY(main)
early = 0x1234;
a = MAX(1, 2);
b = MIN(a, 0x10) + LOG2CEIL(9);
c = ALIGN(0x1234, 16);
d = -a + ~b - !c;
e = a ? b : c;
f = (a << 3) | (b >> 1) & 7;
g = a && b || c;
h = a >= 64K;
i = a % 3 * 4 / 2;
MEMORY { rom (rx) : ORIGIN = 0x10000, LENGTH = 64K }
SECTIONS {
  . = SEGMENT_START("text-segment", 0x10000);
  PROVIDE(unused = .);
  PROVIDE(foo = 5);
  .text : {
    tstart = .;
    *(.text) *a.o(.foo) *(EXCLUDE_FILE(*x.o *y.o) .t1 .t2) EXCLUDE_FILE(*z.o) *(.q) SORT(*)(.u) *(SORT(.w*))
    *(SORT_BY_ALIGNMENT(SORT_BY_NAME(.v*)) SORT_BY_INIT_PRIORITY(.z*)) *(SORT_NONE(.init))
    . = ALIGN(16);
    tend = .;
    BYTE(3) LONG(tend) QUAD(1) SHORT(tend + 1) SQUAD(-1)
    KEEP(*(.init))
    FILL(0x9090);
    . = . + 8;
    HIDDEN(hh = .);
    PROVIDE_HIDDEN(ph = .);
    ASSERT(. > 0, "x");
    CREATE_OBJECT_SYMBOLS
    *(COMMON)
  } > rom
  mid = ADDR(.text) + SIZEOF(.text);
  lma = LOADADDR(.text) + ALIGNOF(.text);
  . = ALIGN(0x1000);
  .data : { *(.data) } > rom
  .none : { *(.none) KEEP(*(.n2)) }
  /DISCARD/ : { *(.gone) }
  . = . + (0x10 - 1) & ~(0x10 - 1);
  last = MAX(1, 2) ? -1 : ~0x7 << 3;
  und = DEFINED(foo) ? foo : 0;
  ASSERT(last != 0, "bad")
}
late = ORIGIN(rom) + LENGTH(rom);
X
ok "links" ld -T s.lds a.o -o o -Map=o.map --no-warn-rwx-segments
# statements MAP: what it says of the script
statements() {
	sed -n '/^Linker script/,$p' "$1" |
		grep -E ' = |^ \*|^ (EXCLUDE|SORT|FILL|CREATE)|ASSERT|(BYTE|SHORT|LONG|QUAD) 0x|^/DISC|^\.none' | sed 's/ *$//'
}
is "every statement with what came of it" "$(statements o.map)" "$(cat <<'X'
                0x0000000000001234                early = 0x1234
                0x0000000000000002                a = 0x2
                0x0000000000000006                b = (MIN (a, 0x10) + 0x4)
                0x0000000000001240                c = ALIGN (0x1234, 0x10)
                0xfffffffffffffff7                d = ((- (a) + ~ (b)) - ! (c))
                0x0000000000000006                e = a?b:c
                0x0000000000000013                f = ((a << 0x3) | ((b >> 0x1) & 0x7))
                0x0000000000000001                g = ((a && b) || c)
                0x0000000000000000                h = (a >= 0x10000)
                0x0000000000000004                i = (((a % 0x3) * 0x4) / 0x2)
                0x0000000000010000                . = SEGMENT_START ("text-segment", 0x10000)
                [!provide]                        PROVIDE (unused = .)
                [!provide]                        PROVIDE (foo = 0x5)
                0x0000000000010000                tstart = .
 *(.text)
 *a.o(.foo)
 *(EXCLUDE_FILE(*y.o *x.o) .t1 .t2)
 EXCLUDE_FILE(*z.o) *(.q)
 SORT_BY_NAME(*)(.u)
 *(SORT_BY_NAME(.w*))
 *(SORT_BY_ALIGNMENT(SORT_BY_NAME(.v*)) SORT_BY_INIT_PRIORITY(.z*))
 *(SORT_NONE(.init))
                0x0000000000010010                . = ALIGN (0x10)
 *fill*         0x000000000001000c        0x4
                0x0000000000010010                tend = .
                0x0000000000010010        0x1 BYTE 0x3
                0x0000000000010011        0x4 LONG 0x10010 tend
                0x0000000000010015        0x8 QUAD 0x1
                0x000000000001001d        0x2 SHORT 0x10011 (tend + 0x1)
                0x000000000001001f        0x8 SQUAD 0xffffffffffffffff
 *(.init)
 FILL mask 0x9090
                0x000000000001002f                . = (. + 0x8)
 *fill*         0x0000000000010027        0x8 9090
                0x000000000001002f                hh = .
                [!provide]                        PROVIDE (ph = .)
                0x0000000000000001                ASSERT ((. > 0x0), x)
 CREATE_OBJECT_SYMBOLS
 *(COMMON)
                0x000000000001002f                mid = (ADDR (.text) + SIZEOF (.text))
                0x0000000000010001                lma = (LOADADDR (.text) + ALIGNOF (.text))
                0x0000000000011000                . = ALIGN (0x1000)
 *(.data)
.none
 *(.none)
 *(.n2)
/DISCARD/
 *(.gone)
                0x0000000000010040                . = ((. + 0xf) & 0xfffffffffffffff0)
                0xffffffffffffffff                last = 0xffffffffffffffff
                0x0000000000010000                und = DEFINED (foo)?foo:0x0
                0x0000000000000001                ASSERT ((last != 0x0), bad)
                0x0000000000020000                late = (ORIGIN (rom) + LENGTH (rom))
X
)"
gnu=$(peer ld.bfd)
if [ -n "$gnu" ]; then
	"$gnu" -T s.lds a.o -o g -Map=g.map --no-warn-rwx-segments
	is "... as GNU ld has it" "$(statements o.map)" "$(statements g.map)"
else
	skip_test "... as GNU ld has it" "ld.bfd is not installed"
fi
# A symbol that is assigned twice has each value where it got it.
printf 'SECTIONS { . = 0x100; n = .; .text : { *(.text) } n += 4; m = n; }\n' >t.lds
ld -T t.lds a.o -o o -Map=o.map -e main
is "a symbol given twice" "$(statements o.map | awk '/ [nm] = /{print $1, $2, $3, $4}')" \
	"0x0000000000000100 n = .
0x0000000000000104 n = (n
0x0000000000000104 m = n"
# --defsym and scripts that place nothing.
printf 'one = 0x10;\ntwo = one + foo;\nPROVIDE(three = 3);\n' >u.lds
ld a.o u.lds -o o -Map=o.map -e main --defsym q=0x20 --defsym 'r=foo+1'
foo=$(nm o | sed -n 's/ [Tt] foo$//p')
is "--defsym, and a script without sections" "$(statements o.map)" "                0x0000000000000020                q = 0x20
                0x$(printf %016x $((0x$foo + 1)))                r = (foo + 0x1)
                0x0000000000000010                one = 0x10
                0x$(printf %016x $((0x$foo + 16)))                two = (one + foo)
                [!provide]                        PROVIDE (three = 0x3)"
# GNU ld's default script: the same selections and assignments.
if [ -n "$gnu" ] && have gcc; then
	"$gnu" --verbose | sed '1,/^=====/d; /^=====/,$d' >def.lds
	printf '#include <stdio.h>\nint main(void) { return puts("x") < 0; }\n' >b.c
	. "$top_srcdir/tests/ld/elf.sh"
	gcc -fuse-ld=bfd -no-pie b.c -o g -Wl,-T,def.lds,-Map=g.map
	ok "GNU ld's default script" gcc -B"$B" -no-pie b.c -o o -Wl,-T,def.lds,-Map=o.map
	said() { statements "$1" | grep -v ' \*fill\*' | grep -vE '\.(eh_frame|sframe|gnu_extab|gcc_except|exception)|build-id' |
		sed 's/0x[0-9a-f]\{16\} //'; }
	is "... says the same" "$(said o.map)" "$(said g.map)"
fi
done_testing
