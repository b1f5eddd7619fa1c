# Every relocation type of x86-64 and i386, against a symbol of the image, an absolute one and an undefined weak one:
# the value in the field, the base relocation, or the error. And how errors of relocations are told.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc python3

# object MACHINE TYPE TARGET: a field in .data that holds 1; the target is .tgt+4, in the third section
object() {
	mkobj - >r.o <<D
coff $1
section .text flags=text
  bytes c3
section .data flags=data align=16
  bytes 01 00 00 00 00 00 00 00
  reloc 0 $2 $3
section .tgt flags=rdata align=16
  zero 8
symbol start EXTERNAL FUNCTION sec=.text
symbol target EXTERNAL sec=.tgt value=4
symbol absy EXTERNAL sec=ABS value=0x1234
symbol wk WEAK_EXTERNAL
aux-weak fb 3
symbol fb EXTERNAL sec=ABS value=0
D
}
# what is in the field, and the base relocations of its page
cat >look.py <<'P'
import struct, sys
b = open('r.exe', 'rb').read()
pe = struct.unpack_from('<I', b, 60)[0]
n, oh = struct.unpack_from('<H', b, pe + 6)[0], struct.unpack_from('<H', b, pe + 20)[0]
secs = {}
for i in range(n):
    o = pe + 24 + oh + 40 * i
    secs[b[o:o + 8].rstrip(b'\0').decode()] = struct.unpack_from('<IIII', b, o + 8)
field = b[secs['.data'][3]:][:8]
page, size = struct.unpack_from('<II', b, secs['.reloc'][3])
kinds = [x >> 12 for x in struct.unpack_from('<%dH' % ((size - 8) // 2), b, secs['.reloc'][3] + 8) if x >> 12]
print(field.rstrip(b'\0').hex() or '0', 'base' + ','.join(map(str, kinds)) if kinds else 'fixed')
P
# row NAME TYPE TARGET WANTED (field and base, or an ERE of the error)
row() {
	object $mach $2 $3
	case $4 in
	*base* | *fixed)
		ok "$m: $1 $3 links" "$OBJKIT" ld -m $emulation -e start r.o -o r.exe
		is "$m: $1 $3" "$(python3 look.py)" "$4" ;;
	*)
		status "$m: $1 $3 is an error" 1 "$OBJKIT" ld -m $emulation -e start r.o -o r.exe
		like "$m: $1 $3: which names object, place, type, symbol, value" "$(cat tap.err)" "$4" ;;
	esac
}
range() { echo "r\.o: \.data\+0x0: relocation $1 out of range: $2 is not in .* against symbol"; }
# .data at 0x2000, .tgt at 0x3000: S 0x3004, A 1, P 0x2000
m=x86_64 mach=0x8664 emulation=i386pep
row ABSOLUTE 0 target '01 fixed'
row ADDR64 1 target '0530004001 base10'
row ADDR64 1 absy '3512 fixed'
row ADDR64 1 wk '01 fixed'
row ADDR32 2 target "$(range IMAGE_REL_AMD64_ADDR32 5368721413).*%rip"
row ADDR32 2 absy '3512 fixed'
row ADDR32NB 3 target '0530 fixed'
row ADDR32NB 3 wk '0 fixed'
for k in 0 1 2 3 4 5; do
	row REL32_$k $((4 + k)) target "$(printf '%04x' $((0x1001 - k)) | sed 's/\(..\)\(..\)/\2\1/; s/00\(.*\)/00\1/') fixed"
	row REL32_$k $((4 + k)) wk '0 fixed'
done
row REL32 4 absy "$(range IMAGE_REL_AMD64_REL32 -5368712655)"
row SECTION 10 target '04 fixed'
row SECTION 10 absy '0 fixed'
row SECTION 10 wk '0 fixed'
row SECREL 11 target '05 fixed'
row SECREL 11 absy '0 fixed'
row SECREL 11 wk '0 fixed'
row SECREL7 12 target '05 fixed'
row TOKEN 13 target 'r\.o: \.data\+0x0: unsupported relocation IMAGE_REL_AMD64_TOKEN'
row PCRQUAD 14 target 'fd0f fixed'
row RELBYTE 15 target "$(range R_AMD64_RELBYTE 5368721413)"
row RELBYTE 15 wk '01 fixed'
row RELWORD 16 absy '3512 fixed'
row RELLONG 17 absy '3512 fixed'
row PCRBYTE 18 target "$(range R_AMD64_PCRBYTE 4100)"
row PCRWORD 19 target '0310 fixed'
row PCRLONG 20 target '0110 fixed'
row 'type 21' 21 target 'r\.o: \.data\+0x0: unsupported relocation 0x15'
m=i686 mach=0x14c emulation=i386pe
row ABSOLUTE 0 target '01 fixed'
row DIR16 1 target "$(range IMAGE_REL_I386_DIR16 4206597)"
row DIR16 1 absy '3512 fixed'
row REL16 2 target '0310 fixed'
row DIR32 6 target '053040 base3'
row DIR32 6 absy '3512 fixed'
row DIR32NB 7 target '0530 fixed'
row SECTION 10 target '04 fixed'
row SECREL 11 target '05 fixed'
row SECREL 11 wk '0 fixed'
row TOKEN 12 target 'unsupported relocation IMAGE_REL_I386_TOKEN'
row SECREL7 13 target '05 fixed'
row RELBYTE 15 target "$(range R_I386_RELBYTE 4206597)"
row RELWORD 16 absy '3512 fixed'
row PCRBYTE 18 target "$(range R_I386_PCRBYTE 4100)"
row PCRWORD 19 target '0310 fixed'
row REL32 20 target '0110 fixed'
row REL32 20 wk '0 fixed'

# SECREL7 leaves the eighth bit alone
mkobj - >r.o <<'D'
coff 0x8664
section .text flags=text
  bytes c3
section .data flags=data align=16
  bytes 81
  reloc 0 12 target
section .tgt flags=rdata align=16
  zero 512
symbol start EXTERNAL FUNCTION sec=.text
symbol target EXTERNAL sec=.tgt value=0x184
D
ok "SECREL7 keeps what is beside its bits" "$OBJKIT" ld -m i386pep -e start r.o -o r.exe
is "seven of them" "$(python3 look.py)" '85 fixed'

# a 32-bit address where it fits, but where the image may move out of its reach
object 0x8664 2 target
ok "ADDR32 below 4 GiB" "$OBJKIT" ld -m i386pep -e start r.o -o r.exe --image-base 0x400000
is "is moved with the image" "$(python3 look.py)" '053040 base3'
status "not if the image may go anywhere" 1 "$OBJKIT" ld -m i386pep -e start r.o -o r.exe --image-base 0x400000 --high-entropy-va
like "and what helps is said" "$(cat tap.err)" '\.data\+0x0: .*--disable-high-entropy-va'

# values of gas's own relocations, by reading them back in the running program
for m in x86_64 i686; do
	for_target $m
	printf ' .data\n .globl %sw, %sb, %sl\n .space 5\n%sw: .word %starget-.\n%sb: .byte %starget-.\n%sl: .long %starget-.\n' $U $U $U "$U" "$U" "$U" "$U" "$U" "$U" >g.s
	printf ' .data\n .globl %starget\n .byte 0\n%starget: .byte 0\n' "$U" "$U" >t.s
	printf 'extern short w; extern signed char b; extern int l; extern char target;\nint main(void) { return (char *)&w + w == &target && (char *)&b + b == &target && (char *)&l + l == &target ? 0 : 1; }\n' >c.c
	sed "s/^\(target\|[wbl]\):/$U\1:/; s/\.globl w, b, l/.globl ${U}w, ${U}b, ${U}l/" g.s >g2.s
	ok "$m: distances of 8, 16 and 32 bits" cc c.c g2.s t.s -o d.exe
	runs "$m: are right" '' 0 ./d.exe
done

# many errors: 20 of a symbol, in the order of the file, whatever the threads
cd "$T" || exit 99
{
	printf 'coff 0x8664\nsection .text flags=text\n  bytes c3\n'
	for s in .data .two; do
		printf 'section %s flags=data align=16\n  zero 160\n' $s
		for i in $(seq 0 4 96); do echo "  reloc $i 2 many"; done
		echo "  reloc 100 2 other"
	done
	printf 'section .tgt flags=rdata\n  zero 8\nsymbol start EXTERNAL FUNCTION sec=.text\nsymbol many EXTERNAL sec=.tgt\nsymbol other EXTERNAL sec=.tgt value=4\n'
} | mkobj - >many.o
status "fifty errors against one symbol, two against another" 1 "$OBJKIT" ld -m i386pep -e start many.o -o m.exe --threads=1
cp tap.err err1
is "twenty and two are listed" "$(grep -c "'many'$\|'many';" err1) $(grep -c "'other'" err1)" '20 2'
like "and that there are more" "$(cat err1)" "^>>> further errors against 'many' are not listed"
for t in 2 5; do
	"$OBJKIT" ld -m i386pep -e start many.o -o m.exe --threads=$t 2>err$t
	same "--threads=$t: the same lines" err1 err$t
done
ok "no output" test ! -e m.exe
done_testing
