# What goes into which section of an image, in which order, with which flags; what is dropped.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc python3

cat >look.py <<'P'
import struct, sys
b = open(sys.argv[1], 'rb').read()
pe = struct.unpack_from('<I', b, 60)[0]
n, oh = struct.unpack_from('<H', b, pe + 6)[0], struct.unpack_from('<H', b, pe + 20)[0]
sp, ns = struct.unpack_from('<II', b, pe + 12)
end = 0
for i in range(n):
    o = pe + 24 + oh + 40 * i
    name = b[o:o + 8].rstrip(b'\0').decode()
    vs, va, rs, rp = struct.unpack_from('<IIII', b, o + 8)
    if name[0] == '/':
        k = sp + ns * 18 + int(name[1:])
        name = b[k:b.index(b'\0', k)].decode()
    words = ''.join(chr(x) if 32 < x < 127 else '.' for x in b[rp:rp + min(vs, rs)]).replace('.', '')
    if len(sys.argv) > 2 and name == '.text':
        words = b[rp:rp + vs].hex()
    print(name, '%08x' % struct.unpack_from('<I', b, o + 36)[0], words if name not in ('.reloc', '.idata') else '-', '' if va == end or not end else 'GAP')
    end = (va + vs + 0xfff) & ~0xfff
P
# s NAME FLAGS TEXT: a section with four letters
s() { printf ' .section %s,"%s"\n .ascii "%s"\n' "$1" "$2" "$3"; }
for m in x86_64 i686; do
	for_target $m
	ptr=$([ $m = x86_64 ] && echo quad || echo long)
	{
		printf ' .globl %sstart\n .text\n%sstart: .ascii "TEXT"\n' "$U" "$U"
		s '.fini' x FINI; s '.gcc_except_table' dr EXC1; s '.gcc_except_table.f' dr EXC2
		s '.text$zz' x T-zz; s '.text$aa' x T-aa; s '.text.unlikely.x' x UNLI; s '.text.startup' x STAR; s .gnu.linkonce.t.q x ONCE; s .init x INIT
		s '.data$z' dw D-zz; s .data.rel.ro dw D-ro; s .jcr dw JCR+
		printf ' .data\n .ascii "DATA"\n .%s %sstart\n' $ptr "$U"
		s '.rdata$q' dr RDqq; s .rdata.x dr RDxx; s .rdata dr RDAT
		s 'foo$b' dw foob; s 'foo$a' dw fooa; s foo dw foo0
		s .ro dr ORPH; s code x XCOD; s .shared dws SHAR; s .wx wx WCOD
		s '.tls$ZZZ' dw tZZZ; s '.tls$foo' dw tfoo; s '.tls$' dw t--0; s .tls dw tls0; s '.tls$AAA' dw tAAA
		s '.CRT$XCZ' dr XCZ-; s '.CRT$XCA' dr XCA-; s '.CRT$XIA' dr XIA-
		printf ' .bss\n .space 20\n .section .zeros,"bw"\n .space 8\n .section mixed,"bw"\n .space 4\n'; s 'mixed$x' dw MIXD
		s .debug_foo n DBG1; s .stab n STAB; s .rem ny GONE; s .note.x dr NOTE
	} | sed 's/\.section \([^,]*\)/.section "\1"/' >a.s
	"$P-as" a.s -o a.o
	ok "$m: sections of every kind" "$OBJKIT" ld -m $emulation -e ${U}start a.o -o a.exe
	is "$m: place, flags, contents" "$(python3 ../look.py a.exe | sed 's/ *$//')" ".text 60000020 INITTEXTT-aaT-zzUNLISTARONCEFINIEXC1EXC2
code 60000020 XCOD
.data c0000040 $(python3 ../look.py a.exe | sed -n 's/^\.data c0000040 //p' | sed 's/ *$//')
foo c0000040 foo0fooafoob
.shared d0000040 SHAR
.wx e0000020 WCOD
mixed c0000040 MIXD
.rdata 40000040 RDATRDqqRDxx
.ro 40000040 ORPH
.note.x 40000040 NOTE
.bss c0000080
.zeros c0000080
.CRT 40000040 XCA-XCZ-XIA-
.tls c0000040 tAAAtls0t--0tfootZZZ
.reloc 42000040 -
.stab 42000040 STAB
.debug_foo 42000040 DBG1"
	like "$m: .data" "$(python3 ../look.py a.exe)" '^\.data c0000040 DATA.*D-zz.*D-ro.*JCR\+ *$'
	is "$m: nothing dropped is in the file" "$(grep -c GONE a.exe)" 0
	is "$m: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact a.exe 2>&1 | grep -v "(.wx) is writable code")" ''

	# debugging sections: as GNU ld's script lists them, whatever comes first in the objects
	{
		printf ' .globl %sstart\n .text\n%sstart: ret\n' "$U" "$U"
		for n in str_offsets rnglists line_str zabbrev sup ranges info aranges loc line frame abbrev str macro types \
			loclists pubtypes names addr gdb_scripts pubnames macinfo; do
			case $n in z*) n=.zdebug_${n#z} ;; *) n=.debug_$n ;; esac
			printf ' .section %s,"n"\n .ascii "ab"\n' $n
		done
	} >d.s
	"$P-as" d.s -o d.o
	order() { "$P-objdump" -h "$1" | awk '$2 ~ /debug/ { printf "%s ", $2 }'; }
	ok "$m: debugging sections" "$OBJKIT" ld -m $emulation -e ${U}start d.o -o d.exe
	"$P-ld" -e ${U}start d.o -o dg.exe
	is "$m: their order is GNU ld's" "$(order d.exe)" "$(order dg.exe)"
	is "$m: all of them" "$(order d.exe | wc -w)" 22

	# lists of constructors: plain ones in their order, those called .ctor, then by number
	{
		printf ' .globl %sstart\n .text\n%sstart: ret\n' "$U" "$U"
		for c in .ctors.00010:0x10 .ctor:0xcc .ctors:0xc0 .ctors.65435:0x65435 .dtor:0xdd .dtors.00010:0xd1 .dtors:0xd0; do
			printf ' .section %s,"dw"\n .%s %s\n' "${c%:*}" $ptr "${c#*:}"
		done
	} >c.s
	"$P-as" c.s -o c.o
	"$OBJKIT" ld -m $emulation -e ${U}start c.o -o c.exe
	case $m in
	x86_64) w() { printf '%016x' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/'; }; ones=ffffffffffffffff ;;
	*) w() { printf '%08x' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/'; }; ones=ffffffff ;;
	esac
	like "$m: their order, -1 before and 0 behind" "$(python3 ../look.py c.exe hex)" \
		"$ones$(w 0xc0)$(w 0xcc)$(w 0x10)$(w 0x65435)$(w 0)$ones$(w 0xd0)$(w 0xdd)$(w 0xd1)$(w 0)"
done
linked_by_us "objkit linked it" a.exe

# sections that compilers leave for tools
for_target x86_64
for n in .llvm_addrsig .llvm.call-graph-profile .gnu.lto_x .note.GNU-stack '.debug$S' '.debug$T' '.debug$F'; do
	printf ' .globl start\nstart: ret\n .section "%s","dr"\n .ascii "TOOLS"\n' "$n" >t.s
	"$P-as" t.s -o t.o
	ok "$n links" "$OBJKIT" ld -m i386pep -e start t.o -o t.exe
	is "$n is dropped" "$(grep -c TOOLS t.exe)" 0
done

# a section that states no alignment has 16
mkobj - >n1.o <<'D'
coff 0x8664
section .text flags=text
  bytes c3
section .rdata flags=0x40000040
  ascii "AAAA"
symbol start EXTERNAL sec=.text
D
mkobj - >n2.o <<'D'
coff 0x8664
section .rdata flags=0x40000040
  ascii "BBBB"
D
ok "no alignment" "$OBJKIT" ld -m i386pep -e start n1.o n2.o -o n.exe
is "is 16" "$("$P-objdump" -s -j .rdata n.exe | awk '$1 ~ /^14000/ { print $1, $2 }' | tr '\n' ' ')" '140002000 41414141 140002010 42424242 '
done_testing
