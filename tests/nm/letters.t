#!/bin/sh
# The letter of every kind of ELF symbol, in every format, order and radix. Golden output beside this
# file; GNU nm, where there is one for x86-64, must agree with it byte for byte.
. "${top_srcdir:?}/tests/lib.sh"
need as
as --64 "$top_srcdir/tests/nm/letters.s" -o l.o 2>/dev/null || { echo "1..0 # SKIP as does not assemble x86-64"; exit 0; }
gnu=$(peer nm) && case $("$gnu" --help 2>&1) in *elf64-x86-64*) ;; *) gnu= ;; esac
: >all
while IFS= read -r o; do
	# shellcheck disable=SC2086 # words
	"$OBJKIT" nm $o l.o >got 2>&1
	{ echo "== $o"; cat got; } >>all
	if [ -n "$gnu" ]; then
		o2=$(echo " $o " | sed 's/ -U / --defined-only /')
		# shellcheck disable=SC2086
		"$gnu" $o2 l.o >want 2>&1
		same "nm $o as GNU nm" got want
	fi
done <<'E'

-S
-n
-r
-n -r
-P
-P -t d
-j
-A
-f sysv
-f sysv -t o
-t d
-t o
-u
-g
-U
-a
-p
-W
--size-sort
-S --size-sort
-r --size-sort
-P -S -A
E
same "golden output" all "$top_srcdir/tests/nm/letters.expected"
as --32 -o l32.o /dev/stdin <<'E'
.globl f, e
f: call e
.comm c, 12, 4
E
is "32-bit objects have eight digits" "$(nm l32.o)" "0000000c C c
         U e
00000000 T f"
is "posix values are not padded" "$(nm -P l32.o)" "c C c c
e U         
f T 0 "
awk 'BEGIN { print ".text"; for (i = 0; i < 40; i++) printf ".globl sz%d\nsz%d: nop\n.size sz%d, %d\n", i, i, i, i % 3 + 1 }' |
	as --64 -o many.o -
is "equal sizes keep their size" "$(nm --size-sort many.o | cut -d' ' -f1 | sort -u | tr '\n' ' ')" \
	"0000000000000001 0000000000000002 0000000000000003 "
is "with -S too" "$(nm -S --size-sort many.o | cut -d' ' -f2 | sort -u | tr '\n' ' ')" \
	"0000000000000001 0000000000000002 0000000000000003 "
done_testing
