# -r keeps what objects say in single fields: selections of COMDATs, kinds and defaults of weak externals, alignments,
# flags, directives, names of files; and adds the offsets of what it joins.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-objdump llvm-readobj-19

for_target x86_64
# pair TWO...: each line of llvm-readobj's output for the symbol NAME
field() { llvm-readobj-19 --symbols "$1" | awk -v n="$2" -v f="$3" '/Name: /{on = $2 == n} on && $1 == f ":" {sub(/.*: /, ""); print; exit}'; }
section() { llvm-readobj-19 --sections "$1" | awk -v n="$2" '/Name: /{on = $2 == n} on && /Characteristics \[/ {gsub(/[^0-9A-Fx]/, "", $3); print $3; exit}'; }

# weak externals: kind and default, whatever symbols are left out
for k in 1 2 3 4; do
	mkobj - >w$k.o <<-D
	coff AMD64
	section .text flags=text align=16
	bytes 90 90 b8 0$k 00 00 00 c3
	symbol .text STATIC sec=.text
	symbol plain_local STATIC sec=.text value=1
	symbol .Lhere STATIC sec=.text value=1
	symbol local_default STATIC sec=.text value=2
	symbol weak$k WEAK_EXTERNAL
	aux-weak local_default $k
	symbol has$k EXTERNAL sec=.text
	D
done
for o in '' -x -X -s -S; do
	ok "-r $o" "$OBJKIT" ld -m i386pep -r $o w1.o w2.o w3.o w4.o -o w.o
	is "-r $o: each has its kind" "$(for k in 1 2 3 4; do llvm-readobj-19 --symbols w.o | awk -v n=weak$k '/Name: /{on = $2 == n} on && /Search: /{gsub(/[()]/, "", $3); print $3; exit}'; done | xargs)" '0x1 0x2 0x3 0x4'
	is "-r $o: and its default" "$(for k in 1 2 3 4; do field w.o weak$k Linked; done | xargs)" "$(printf 'local_default (%s) ' $(x86_64-w64-mingw32-objdump -t w.o | sed -n 's/^\[ *\([0-9]*\)\].* local_default$/\1/p') | sed 's/ $//')"
	printf '.globl start\nstart: call weak3\nret\n' | x86_64-w64-mingw32-as - -o s.o
	"$OBJKIT" ld -m i386pep -e start s.o w.o -o w.exe
	like "-r $o: which the last link calls" "$(x86_64-w64-mingw32-objdump -d w.exe | grep -A1 "$(x86_64-w64-mingw32-objdump -d w.exe | sed -n 's/.*call *\([0-9a-f]*\) .*/\1/p' | head -n 1):")" 'mov +\$0x3,%eax'
	case $o in
	-x | -s) unlike "-r $o: other local names are gone" "$("$OBJKIT" nm w.o 2>&1)" 'plain_local|\.Lhere' ;;
	-X) is "-r -X: those that begin with .L are gone" "$("$OBJKIT" nm w.o | awk '{print $3}' | grep -E 'plain_local|Lhere' | sort -u)" plain_local ;;
	*) is "-r $o: local names are there" "$("$OBJKIT" nm w.o | awk '{print $3}' | grep -E 'plain_local|Lhere' | sort -u | xargs)" '.Lhere plain_local' ;;
	esac
done

# COMDATs: the selection; associated sections follow
for s in 1 2 3 4 6; do
	mkobj - >c$s.o <<-D
	coff AMD64
	section .text\$f flags=text|comdat align=16
	bytes c3
	section .rdata\$f flags=rdata|comdat align=4
	bytes 01 02 03 04
	symbol .text\$f STATIC sec=.text\$f
	aux-section Length=1 Selection=$s
	symbol f$s EXTERNAL sec=.text\$f
	symbol .rdata\$f STATIC sec=.rdata\$f
	aux-section Length=4 Number=1 Selection=5
	D
done
ok "COMDATs of every selection" "$OBJKIT" ld -m i386pep -r c1.o c2.o c3.o c4.o c6.o -o c.o
is "keep it, with what follows them" "$(llvm-readobj-19 --symbols c.o | awk '/Selection: /{gsub(/[()]/, "", $3); printf "%s ", $3} /AssocSection: /{gsub(/[()]/, "", $3); printf "->%s ", $3}')" \
	'0x1 0x5 ->1 0x2 0x5 ->3 0x3 0x5 ->5 0x4 0x5 ->7 0x6 0x5 ->9 '

# joined sections: the largest alignment, flags, offsets
for n in 1 2; do
	mkobj - >a$n.o <<-D
	coff AMD64
	section .data flags=data align=$([ $n = 1 ] && echo 4 || echo 8192)
	bytes aa bb cc
	section .shr flags=0xd0000040 align=1
	bytes 0$n
	section .bss flags=bss align=32
	zero 5
	section .drectve flags=0x00100a00
	ascii "-export:e$n"
	symbol .file FILE
	aux-file "a-long-name-of-a-source-file-$n.c"
	symbol .data STATIC sec=.data
	symbol e$n EXTERNAL sec=.data value=1
	symbol b$n EXTERNAL sec=.bss value=4
	D
done
ok "sections that are joined" "$OBJKIT" ld -m i386pep -r a1.o a2.o -o a.o
is "have the largest alignment" "$(section a.o .data)" 0xC0E00040
is "and their own flags" "$(section a.o .shr)" 0xD0100040
is "zeros stay zeros" "$(section a.o .bss)" 0xC0600080
is "directives stay directives" "$(section a.o .drectve)" 0x100A00
like "with a space between" "$(x86_64-w64-mingw32-objdump -s -j .drectve a.o | cut -c44- | tr -d '\n')" '-export:e1 +-export:e2'
is "names of source files" "$(x86_64-w64-mingw32-objdump -t a.o | grep -c 'a-long-name-of-a-source-file-[12]\.c')" 2
is "places" "$("$OBJKIT" nm a.o | awk '$3 ~ /^[eb][12]$/ {print $1 + 0 ? $1 : 0, $2, $3}' | sed 's/^0*//' | sort -k3 | xargs)" "4 B b1 24 B b2 1 D e1 2001 D e2"

# relocations: addends follow what they are relative to; those of lost sections are taken out, and their fields say so
for n in 1 2; do
	mkobj - >d$n.o <<-D
	coff AMD64
	section .text\$g flags=text|comdat align=16
	bytes c3
	section .rdata flags=rdata align=8
	bytes 0$n 0$n 0$n 0$n 0$n 0$n 0$n 0$n
	section .data flags=data align=8
	u64 4
	reloc 0 ADDR64 .rdata
	section .debug_ranges flags=0x42100040 align=1
	u64 0x70
	reloc 0 ADDR64 .text\$g
	section .debug_line flags=0x42100040 align=1
	u64 0x70
	reloc 0 ADDR64 .text\$g
	section .mixed flags=$([ $n = 1 ] && echo 0xc0000080 || echo 0xc0000040) align=4
	$([ $n = 1 ] && echo zero 4 || echo u32 9)
	symbol .text\$g STATIC sec=.text\$g
	aux-section Length=1 Selection=2
	symbol g EXTERNAL sec=.text\$g
	symbol .rdata STATIC sec=.rdata
	aux-section Length=8
	D
done
ok "objects that share a function" "$OBJKIT" ld -m i386pep -r d1.o d2.o -o d.o
bytes() { x86_64-w64-mingw32-objdump -s -j "$1" d.o | cut -c7-41 | sed -n '5,$p' | tr -d ' \n'; }
is "an addend counts from the section that was joined" "$(bytes .data)" 04000000000000000c00000000000000
is "an address of what is lost: 1 in ranges" "$(bytes .debug_ranges)" 70000000000000000100000000000000
is "and 0 elsewhere" "$(bytes .debug_line)" 70000000000000000000000000000000
is "without a relocation" "$(llvm-readobj-19 -r d.o | grep -c 'ADDR64 \.text')" 2
is "zeros and contents are contents" "$(section d.o .mixed)" 0xC0300040
is "all of them" "$(bytes .mixed)" 0000000009000000
printf 'coff I386\nsection .text flags=text\nbytes c3\nsymbol f EXTERNAL sec=.text\n' | mkobj - >i.o
ok "an object of i386" "$OBJKIT" ld -m i386pe -r i.o -o i2.o
like "is one of 32 bits" "$(llvm-readobj-19 --file-headers i2.o)" 'IMAGE_FILE_32BIT_MACHINE'
unlike "and one of x86-64 is not" "$(llvm-readobj-19 --file-headers d.o)" 'IMAGE_FILE_32BIT_MACHINE'
done_testing
