# Damaged tables of COFF objects, resources and directives, and numbers that a header has no room for: each a
# named error, exit 1, and no output.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-windres llvm-rc-19

# refused NAME ERE ARG...
refused() {
	r_name=$1 r_want=$2; shift 2
	status "$r_name: exit 1" 1 timeout 60 "$OBJKIT" ld -m ${emu:-i386pep} -e start -o out.exe "$@"
	like "$r_name: says what and where" "$(cat tap.err)" "$r_want"
	ok "$r_name: no output" test ! -e out.exe
	rm -f out.exe
}
base() { { printf 'coff 0x8664\nsection .text flags=text\n  bytes e8 00 00 00 00 c3\n'; cat; } | mkobj - >"$1"; }
start='symbol start EXTERNAL sec=.text'
echo "$start" | base ok.o
ok "the object beside them links" "$OBJKIT" ld -m i386pep -e start -o out.exe ok.o
rm -f out.exe

# ---- the string table
long='symbol a_name_that_needs_the_string_table EXTERNAL sec=.text'
printf '%s\n' "$long" "$start" 'patch off(strings) u32 0' | base s.o
refused "a string table without a length" 's\.o: .*symbol 0: name lies outside the string table' s.o
printf '%s\n' "$long" "$start" 'patch off(strings) u32 0x7fffffff' | base s.o
refused "a string table longer than the file" 's\.o: .*string table of 2147483647 bytes runs past the end' s.o
printf '%s\n' "$long" "$start" 'truncate -1' | base s.o
refused "a string table that is cut" 's\.o: .*(string table|name lies outside)' s.o
python3 - <<'P' || exit 99
import struct
b = bytearray(open('s.o', 'rb').read())
at = struct.unpack_from('<I', b, 8)[0] + 18 * struct.unpack_from('<I', b, 12)[0]
struct.pack_into('<I', b, at, len(b) - at)
open('s.o', 'wb').write(b)
P
refused "a name without its end" 's\.o: .*symbol 0: name lies outside the string table' s.o
base n.o <<D
$start
section .data flags=data
 u64 1
set section[2] Name="/99999\0\0"
D
refused "a section's name outside it" 'n\.o: .*name of section 2 lies outside the string table' n.o

# ---- sections
base a.o <<D
$start
set section[1] Characteristics=0x60f00020
D
refused "an alignment that there is not" 'a\.o: .*section 1 .*alignment' a.o
base a.o <<D
$start
section .data flags=data
 u64 1
set section[2] SizeOfRawData=0xffffffff PointerToRawData=0xfffffff0
D
refused "contents far outside" 'a\.o: .*section 2 \(\.data\) lie outside the file' a.o
# ---- COMDATs
comdat() { printf '%s\nsection .rdata$d flags=rdata|comdat\n u64 1\nsection .rdata$e flags=rdata|comdat\n u64 1\n%s\n' "$start" "$1" | tr '@' '\n' | base c.o; }
comdat 'symbol .rdata$d STATIC sec=.rdata$d@aux-section Selection=5 Number=99@symbol e EXTERNAL sec=.rdata$e'
refused "associated with no section" 'c\.o: .*section 2 .*associated with no section' c.o
comdat 'symbol .rdata$d STATIC sec=.rdata$d@aux-section Selection=5 Number=2'
refused "associated with itself" 'c\.o: .*section 2 .*associated with itself' c.o
comdat 'symbol .rdata$d STATIC sec=.rdata$d@aux-section Selection=5 Number=3@symbol .rdata$e STATIC sec=.rdata$e@aux-section Selection=5 Number=2'
refused "associated in a ring" 'c\.o: .*associated with itself' c.o
comdat 'symbol .rdata$d STATIC sec=.rdata$d@aux-section Selection=77@symbol d EXTERNAL sec=.rdata$d'
refused "an unknown selection" 'c\.o: .*unknown COMDAT selection 77' c.o
# ---- symbols and relocations
base w.o <<D
  reloc 1 4 wa
$start
symbol wa WEAK_EXTERNAL
aux-weak start 3
set symbol[2] TagIndex=0xffff
D
refused "a default that there is not" 'w\.o: .*(weak|default|symbol)' w.o
base w.o <<D
  reloc 1 4 3
$start
symbol .text STATIC sec=.text
aux-section Length=6
D
refused "a relocation against an auxiliary record" 'w\.o: .*relocation 0 .*symbol number out of range' w.o
base w.o <<D
  reloc 0 0 start
$start
set section[1] NumberOfRelocations=0xffff Characteristics=0x61500020
D
refused "more relocations than counted, and no count" 'w\.o: .*does not say how many relocations' w.o
base w.o <<D
  reloc 0xfffffff 4 start
$start
set section[1] NumberOfRelocations=0xffff Characteristics=0x61500020
D
refused "a count that the file has not" 'w\.o: .*relocations of section 1 .*outside the file' w.o
base w.o <<D
  reloc 1 99 start
$start
D
refused "a relocation without a meaning" 'w\.o: \.text\+0x1: unsupported relocation' w.o
# ---- bigobj and short imports
big() { { printf 'bigobj 0x8664\nsection .text flags=text\n  bytes c3\n'; cat; } | mkobj - >b.o; }
printf '%s\nset header NumberOfSections=900000\n' "$start" | big
refused "bigobj: sections past the end" 'b\.o: .*section table of 900000 entries' b.o
printf 'symbol start EXTERNAL sec=900\n' | big
refused "bigobj: a section number out of range" 'b\.o: .*symbol 0: section number out of range' b.o
printf '%s\nset header NumberOfSymbols=0x7000000\n' "$start" | big
refused "bigobj: symbols past the end" 'b\.o: .*symbol' b.o
printf 'shortimport 0x8664 dll=d.dll name=f\ntruncate -1\n' | mkobj - >i.o
refused "a short import that is cut" 'i\.o: .*size 8 of the strings' ok.o i.o
printf 'shortimport 0x8664 dll=d.dll name=f SizeOfData=7\ntruncate -1\n' | mkobj - >i.o
refused "a short import whose name does not end" 'i\.o: .*not terminated' ok.o i.o

# ---- directives
directive() {
	mkobj - >d.o <<D
coff 0x8664
section .text flags=text
  bytes c3
section .drectve flags=info|remove
  ascii " $1 "
$start
D
}
for d in '-export:start,@0' '-export:start,@65536' '-export:' '-export:start,@1,NONSENSE'; do
	directive "$d"
	refused "$d" "error: d\.o: directive '$d' is malformed" --shared d.o
done
directive '-export:start,@7 -export:other=start,@7'
refused "an ordinal twice" 'ordinal 7' --shared d.o
directive '/stack:zz'
refused "/stack:zz" 'd\.o: stack:zz' d.o
directive '/subsystem:nonsense'
refused "/subsystem:nonsense" 'd\.o: subsystem:nonsense: unknown subsystem' d.o
directive '/export:nowhere'
refused "an export of nothing" "d\.o: .*'nowhere'" --shared d.o

# ---- resources
printf '1 RCDATA { "one" }\nzeta RCDATA { "zzz" }\nSTRINGTABLE\nBEGIN\n1 "abc"\nEND\n' >r.rc
x86_64-w64-mingw32-windres r.rc r.o && llvm-rc-19 /FO r.res r.rc
# overwrite OFFSET VALUE: 4 bytes of the tree of r.o, in m.o
overwrite() {
	python3 - "$1" "$2" <<'P' || exit 99
import struct, sys
b = bytearray(open('r.o', 'rb').read())
for h in range(20, 20 + 40 * struct.unpack_from('<H', b, 2)[0], 40):
    if b[h:h + 8].rstrip(b'\0') == b'.rsrc':
        struct.pack_into('<I', b, struct.unpack_from('<I', b, h + 20)[0] + int(sys.argv[1], 0), int(sys.argv[2], 0))
open('m.o', 'wb').write(b)
P
}
tree='m\.o: \.rsrc\+0x[0-9a-f]*:'
overwrite 12 0xffffffff; refused "a directory with too many entries" "$tree entries of a directory lie outside" ok.o m.o
overwrite 20 0x8fffffff; refused "a directory outside" "$tree directory lies outside the section" ok.o m.o
overwrite 20 0x80000000; refused "a directory that is its own" "$tree (directories overlap or form a cycle|tree does not have)" ok.o m.o
overwrite 20 0x18; refused "too flat a tree" "$tree tree does not have the three levels" ok.o m.o
overwrite 76 0x80000000; refused "too deep a tree" "$tree tree does not have the three levels" ok.o m.o
overwrite 16 0xffffffff; refused "a name outside" "$tree name of a resource lies outside" ok.o m.o
overwrite 16 0x10000; refused "a number that does not fit" "$tree number of a resource does not fit 16 bits" ok.o m.o
overwrite 76 0x7ffffff0; refused "a data entry outside" "$tree data entry lies outside" ok.o m.o
overwrite 180 0x7fffffff; refused "contents that are too large" "$tree contents of a resource lie outside" ok.o m.o
overwrite 176 0x7fffffff; refused "contents elsewhere" "$tree contents of a resource lie outside" ok.o m.o
overwrite 20 0x8fffffff; refused "the same with -r" "$tree directory lies outside the section" -r ok.o m.o
for n in 31 40 63 70; do
	head -c $n r.res >c.res
	refused ".res cut at $n" 'c\.res: at offset 0x[0-9a-f]*: resource record is cut or damaged' ok.o c.res
done
head -c 10 r.res >c.res; refused ".res cut in its mark" 'c\.res: ' ok.o c.res

# ---- numbers without room
refused "a version" "subsystem's major version 70000 does not fit 16 bits" ok.o --subsystem=console:70000.1
for v in os image subsystem; do
	for w in major minor; do
		refused "--$w-$v-version" "$w version 65536 does not fit 16 bits" ok.o --$w-$v-version=65536
	done
done
refused "a subsystem" '70000' ok.o --subsystem=70000
for a in 0x140000001 0x14000f000; do refused "--image-base=$a" 'image base .* is not a multiple of 64 KiB' ok.o --image-base=$a; done
for a in 0 3 0x300 0x20000000; do refused "--section-alignment=$a" 'section alignment' ok.o --section-alignment=$a; done
for a in 0 3 0x300 0x2000; do refused "--file-alignment=$a" 'file alignment' ok.o --file-alignment=$a; done
for a in x 1,x 1,2,3 0x10000000000000000; do refused "--stack=$a" 'it is RESERVE\[,COMMIT\]' ok.o --stack=$a; done
printf '%s\nsection .data flags=data\n u64 1\n' "$start" | base two.o
refused "-Ttext over -Tdata" 'section \.data at 0x140002000 overlaps \.text' two.o -Ttext=0x140002000 -Tdata=0x140002000
refused "-Ttext below the image" 'below the image' two.o -Ttext=0x1000
refused "-Ttext off the grid" 'multiple of the section alignment' two.o -Ttext=0x140001001
emu=i386pe
mkobj - >i.o <<D
coff 0x14c
section .text flags=text
  bytes c3
section .bss flags=bss SizeOfRawData=0x20000
$start
D
refused "32 bits: a base without room behind it" 'leaves no room' i.o --image-base=0xffff0000
refused "32 bits: a base beyond them" 'image base' i.o --image-base=0x140000000
refused "32 bits: a stack beyond them" 'more than 4 GiB' i.o --stack=0x100000000
refused "32 bits: a heap beyond them" 'more than 4 GiB' i.o --heap=0x100000,0x100000000
done_testing
