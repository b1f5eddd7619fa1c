# Bad input to a Windows link: each a named error, exit 1, and what stood under the output's name is untouched.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-windres gcc

# refused NAME ERE ARG...
refused() {
	r_name=$1 r_want=$2; shift 2
	echo old >out.exe
	status "$r_name: exit 1" 1 timeout 60 "$OBJKIT" ld -m i386pep -e start -o out.exe "$@"
	like "$r_name: says what and where" "$(cat tap.err)" "$r_want"
	is "$r_name: says it once" "$(sort tap.err | uniq -d)" ""
	is "$r_name: output untouched" "$(cat out.exe; ls out.exe*)" "old
out.exe"
}
# base NAME [MORE-LINES]: an object with a function and whatever else
base() { { printf 'coff 0x8664\nsection .text flags=text\n  bytes e8 00 00 00 00 c3\n'; cat; } | mkobj - >"$1"; }
base ok.o <<'D'
symbol start EXTERNAL sec=.text
D
ok "the object that the others spoil links" "$OBJKIT" ld -m i386pep -e start -o out.exe ok.o

: >empty.o;                refused "an empty file" 'empty\.o: file is empty' ok.o empty.o
echo 'hello, world' >text.o; refused "a text file" 'text\.o' ok.o text.o
for n in 10 30 70; do head -c $n ok.o >cut$n.o; refused "an object cut at $n" "cut$n\.o: " cut$n.o; done
base secs.o <<'D'
symbol start EXTERNAL sec=.text
set header NumberOfSections=9000
D
refused "a section table that is cut" 'secs\.o: ' secs.o
base raw.o <<'D'
symbol start EXTERNAL sec=.text
set section[1] SizeOfRawData=0x7000000
D
refused "section contents past the end" 'raw\.o: .*\.text' raw.o
base relend.o <<'D'
  reloc 1 4 start
symbol start EXTERNAL sec=.text
set section[1] PointerToRelocations=0x7fffff0
D
refused "relocations past the end" 'relend\.o: .*reloc' relend.o
base symend.o <<'D'
symbol start EXTERNAL sec=.text
set header NumberOfSymbols=0x100000
D
refused "symbols past the end" 'symend\.o: .*symbol' symend.o
base secnum.o <<'D'
symbol start EXTERNAL sec=77
D
refused "a section number out of range" 'secnum\.o: .*symbol 0: section number out of range' secnum.o
base relsym.o <<'D'
  reloc 1 4 999
symbol start EXTERNAL sec=.text
D
refused "a relocation's symbol out of range" 'relsym\.o: .*(999|symbol)' relsym.o
base reloff.o <<'D'
  reloc 100 4 start
symbol start EXTERNAL sec=.text
D
refused "a relocation outside its section" 'reloff\.o: .*(reloc|0x64|100)' reloff.o
base stroff.o <<'D'
symbol a_name_that_needs_the_string_table EXTERNAL sec=.text
symbol start EXTERNAL sec=.text
set symbol[0] Name="\0\0\0\0\xff\xff\xff\x00"
D
refused "a name outside the string table" 'stroff\.o: .*(string|name)' stroff.o
base aux.o <<'D'
symbol start EXTERNAL sec=.text
set symbol[0] NumberOfAuxSymbols=200
D
refused "auxiliary records past the end" 'aux\.o: .*aux' aux.o
base weak.o <<'D'
  reloc 1 4 wa
symbol start EXTERNAL sec=.text
symbol wa WEAK_EXTERNAL
aux-weak wb 3
symbol wb WEAK_EXTERNAL
aux-weak wa 3
D
refused "weak aliases in a circle" "weak\.o: \.text\+0x1: .*'wa'" weak.o
base tok.o <<'D'
  reloc 1 13 start
symbol start EXTERNAL sec=.text
D
refused "a relocation that nobody writes" 'tok\.o: \.text\+0x1: unsupported relocation .*TOKEN' tok.o
base far.o <<'D'
  reloc 1 2 start
symbol start EXTERNAL sec=.text
D
refused "an address that does not fit" 'far\.o: \.text\+0x1: .*ADDR32.*start' far.o

mkobj - >member.a <<'D'
ar
member a.o ar_size=99999999 text="x"
D
refused "a member past the archive's end" 'member\.a.*(a\.o|member|size)' ok.o --whole-archive member.a
mkobj - >index.a <<'D'
ar
member a.o syms=wanted { coff 0x8664 }
patch off(index[1])+4 u32be 0xfffff0
D
base want.o <<'D'
  reloc 1 4 wanted
symbol start EXTERNAL sec=.text
symbol wanted EXTERNAL
D
[ -s index.a ] || { printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' / 0 0 0 0 16; printf '\0\0\0\1\0\377\377\360wanted\0\0'; } >index.a
refused "an index that points outside" 'error: index\.a: the index points to offset 16777200, where no member is' want.o index.a
mkobj - >size.a <<'D'
ar
member a.o syms=wanted ar_size=99999999 { coff 0x8664 }
D
refused "a size past the end, by the index" "size\.a: at offset 0x[0-9a-f]*: member 'a\.o' is cut short" want.o size.a
sed 's/99999999/abcdefgh/' size.a >word.a
refused "a size that is no number" "word\.a: at offset 0x[0-9a-f]*: bad member size 'abcdefgh'" want.o word.a
cp ok.o thin1.o; ar rcT thin1.a thin1.o; rm thin1.o
base want1.o <<'D'
  reloc 1 4 start
symbol begin EXTERNAL sec=.text
symbol start EXTERNAL
D
refused "a thin member that is gone, by the index" 'error: cannot open thin1\.o: No such file' want1.o -e begin thin1.a
cp ok.o thin.o; ar rcT thin.a thin.o; rm thin.o
refused "a thin member that is gone" 'thin\.o' --whole-archive thin.a
mkobj - >short.o <<'D'
shortimport 0x8664 dll=d.dll name=f SizeOfData=4
D
refused "a short import with a wrong size" 'short\.o' ok.o short.o
printf 'int f(void) { return 0; }\n' >f.c
gcc -c f.c -o elf.o; refused "ELF" 'elf\.o: x86-64 ELF|elf\.o: .*ELF' ok.o elf.o
mkobj - >macho.o <<'D'
macho64 type=OBJECT
section __TEXT,__text
  bytes c3
symbol _x external sec=__text
D
refused "Mach-O" 'macho\.o: .*Mach-O' ok.o macho.o
mkobj - >i386.o <<'D'
coff 0x14c
section .text flags=text
  bytes c3
symbol _x EXTERNAL sec=.text
D
refused "another machine" 'i386\.o: i386 .*given to a link for i386pep' ok.o i386.o
base pdata.o <<'D'
symbol start EXTERNAL sec=.text
section .pdata flags=rdata
  bytes 00 00 00 00 00
D
refused ".pdata of an odd size" 'pdata\.o: \.pdata.*(12|multiple)' pdata.o
base huge.o <<'D'
symbol start EXTERNAL sec=.text
section .bss flags=bss SizeOfRawData=0x7fff0000
section .bss2 flags=bss SizeOfRawData=0x7fff0000
D
refused "an image over 2 GiB" '2 GiB' huge.o
refused "a report that cannot be written" 'nodir/r\.tar: No such file' ok.o --reproduce=nodir/r.tar
refused "a word that --pseudo-reloc-narrow does not know" '^objkit ld: error: --pseudo-reloc-narrow=x: it is' ok.o --pseudo-reloc-narrow=x
printf 'EXPORTS\n start @0\n' >zero.def;            refused "ordinal 0" 'zero\.def:2' --shared ok.o zero.def
printf 'EXPORTS\n start @3\n s2=start @3\n' >two.def; refused "an ordinal twice" 'ordinal 3' --shared ok.o two.def
printf 'EXPORTS\n start @70000\n' >high.def;        refused "an ordinal over 65535" 'high\.def:2' --shared ok.o high.def
printf 'EXPORTS\n nowhere\n' >none.def;             refused "an export of nothing" "none\.def:2: exported symbol 'nowhere' is not defined" --shared ok.o none.def
printf 'EXPORTS\n start = = x\n' >bad.def;          refused "a bad .def line" 'bad\.def:2' --shared ok.o bad.def
printf 'V1 { global: start; };\n' >script.def;       refused "a version script called .def" 'script\.def:1.*' --shared ok.o script.def
printf '1 RCDATA { "one" }\n' >r.rc; x86_64-w64-mingw32-windres r.rc r.o
for n in 1; do
	# the first entry of the type directory becomes a directory that is itself
	python3 - <<'P' || exit 99
import struct
b = bytearray(open('r.o', 'rb').read())
n = struct.unpack_from('<H', b, 2)[0]
for i in range(n):
    h = 20 + 40 * i
    if b[h:h+8].rstrip(b'\0').startswith(b'.rsrc'):
        off = struct.unpack_from('<I', b, h + 20)[0]
        struct.pack_into('<I', b, off + 20, 0x80000000)
        break
open('loop.o', 'wb').write(b)
P
done
refused "a resource tree that loops" 'loop\.o: .*(resource|rsrc)' ok.o loop.o
refused "no input" 'no input files'
status "an unknown emulation" 1 "$OBJKIT" ld -m i387 ok.o -o out.exe
like "is named" "$(cat tap.err)" "unknown emulation 'i387'"
status "an output that cannot be written" 1 "$OBJKIT" ld -m i386pep -e start ok.o -o nodir/out.exe
like "is named" "$(cat tap.err)" 'nodir/out\.exe'
status "a missing library" 1 "$OBJKIT" ld -m i386pep -e start ok.o -lnowhere -o out.exe
like "is named" "$(cat tap.err)" 'cannot find -lnowhere'
status "an unknown option" 1 "$OBJKIT" ld -m i386pep --gc-sectoins ok.o
like "with the nearest one" "$(cat tap.err)" "did you mean '--gc-sections'"
refused "an entry that nobody defines" 'undefined entry symbol: nobody' -e nobody ok.o

# every damaged file that the tests have, one at a time: an error or a link, never a crash
n=0 bad=
for f in "$top_srcdir"/tests/files/bad-* "$top_srcdir"/tests/files/unsupported-* "$T"/*.o; do
	[ -f "$f" ] || continue
	n=$((n + 1)) rc=0
	rm -f c.exe
	timeout 60 "$OBJKIT" ld -m i386pep -e start ok.o --whole-archive "$f" -o c.exe >/dev/null 2>c.err || rc=$?
	[ $rc -le 1 ] || bad="$bad ${f##*/}:$rc"
	[ $rc = 0 ] || [ ! -e c.exe ] || bad="$bad ${f##*/}:output"
	[ $rc = 0 ] || [ -s c.err ] || bad="$bad ${f##*/}:silent"
done
ok "there are such files ($n)" test $n -gt 20
is "none of them crashes the link or leaves an output" "$bad" ''
done_testing
