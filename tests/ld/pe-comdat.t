# COMDAT selections: every one against itself and against ANY, with copies that are equal, of equal size, smaller
# and larger; what must be said, what is taken, and what goes with a lost copy.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-objdump

# copy FILE SELECTION BYTES [RELOC-TARGET]: data of COMDAT "d", and an associated section, and one
# associated with that
copy() {
	mkobj - >"$1" <<D
coff 0x8664
section .text flags=text
  bytes c3
section .rdata\$d flags=rdata|comdat align=8
  bytes $3
  ${4:+reloc 0 1 $4}
section .aa\$d flags=rdata|comdat align=1
  asciz "assoc of $1;"
section .bb\$d flags=rdata|comdat align=1
  asciz "chain of $1;"
symbol .rdata\$d STATIC sec=.rdata\$d
aux-section Selection=$2
symbol d EXTERNAL sec=.rdata\$d
symbol .aa\$d STATIC sec=.aa\$d
aux-section Selection=5 Number=2
symbol .bb\$d STATIC sec=.bb\$d
aux-section Selection=5 Number=3
${4:+symbol $4 EXTERNAL}
D
}
mkobj - >start.o <<'D'
coff 0x8664
section .text flags=text
  bytes 48 8d 05 00 00 00 00 c3
  reloc 3 4 d
section .data flags=data
  u64 1 2
symbol start EXTERNAL sec=.text
symbol d EXTERNAL
symbol v1 EXTERNAL sec=.data value=0
symbol v2 EXTERNAL sec=.data value=8
D
A='01 02 03 04 05 06 07 08' B='01 02 03 04 05 06 07 09' S='01 02 03 04' L='01 02 03 04 05 06 07 08 0a 0b 0c 0d 0e 0f 10 11'
contents() { x86_64-w64-mingw32-objdump -s -j .rdata t.exe | sed -n 's/^ [0-9a-f]* \(.\{35\}\).*/\1/p' | tr -d ' \n'; }
# matrix NAME SEL1 SEL2 BYTES2 WANTED(first|second|error) WARNING-or-empty
matrix() {
	copy 1.o $2 "$A"; copy 2.o $3 "$4"
	rm -f t.exe
	rc=0; "$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o t.exe >out 2>err || rc=$?
	if [ "$5" = error ]; then
		like "$1: refused" "$rc $(cat err)" "^1 .*2\.o: multiple definition of 'd'.*first defined in 1\.o"
		ok "$1: no output" test ! -e t.exe
		return
	fi
	like "$1: links, and says" "$rc $(cat err)" "^0 ${6:+.*2\.o: duplicate section .\.rdata\\\$d. $6.* in 1\.o}$"
	case $5 in first) w=1 bytes=$A ;; second) w=2 bytes=$4 ;; esac
	is "$1: the $5 copy" "$(contents)" "$(echo "$bytes" | tr -d ' ')"
	is "$1: what is associated follows it" "$(strings -n 8 t.exe | grep -E 'assoc|chain' | tr -d '\n')" \
		"assoc of $w.o;chain of $w.o;"
	if [ -n "$6" ]; then
		status "$1: --fatal-warnings" 1 "$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o f.exe --fatal-warnings
	fi
}
size='has another size than the first definition' other='has other contents than the first definition'
newest='asks for the newest of several; the first is taken'
for kind in "same:$A" "different:$B" "smaller:$S" "larger:$L"; do
	k=${kind%%:*} b=${kind#*:}
	matrix "NODUPLICATES, $k" 1 1 "$b" error
	matrix "ANY, $k" 2 2 "$b" first ''
	case $k in same | different) said= ;; *) said=$size ;; esac
	matrix "SAME_SIZE, $k" 3 3 "$b" first "$said"
	matrix "ANY and SAME_SIZE, $k" 2 3 "$b" first ''
	matrix "SAME_SIZE and ANY, $k" 3 2 "$b" first ''
	case $k in same) said= ;; different) said=$other ;; *) said=$size ;; esac
	matrix "EXACT_MATCH, $k" 4 4 "$b" first "$said"
	case $k in larger) taken=second ;; *) taken=first ;; esac
	matrix "LARGEST, $k" 6 6 "$b" $taken ''
	matrix "ANY and LARGEST, $k" 2 6 "$b" $taken ''
	matrix "LARGEST and ANY, $k" 6 2 "$b" $taken ''
	matrix "NEWEST, $k" 7 7 "$b" first "$newest"
	matrix "ANY and NODUPLICATES, $k" 2 1 "$b" error
done

# equal bytes are not equal contents if they point elsewhere
copy 1.o 4 "00 00 00 00 00 00 00 00" v1; copy 2.o 4 "00 00 00 00 00 00 00 00" v2
ok "EXACT_MATCH with other relocations links" "$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o t.exe
like "and is warned of" "$(cat tap.err)" "$other"
copy 2.o 4 "00 00 00 00 00 00 00 00" v1
ok "with the same ones" "$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o t.exe
is "nothing is said" "$(cat tap.err)" ''

# a larger copy that comes out of an archive, when the smaller one has been taken already
copy 1.o 6 "$S"; copy 2.o 6 "$L"
mkobj - >need.o <<'D'
coff 0x8664
section .text flags=text
  bytes 48 8d 05 00 00 00 00 c3
  reloc 3 4 from2
symbol need EXTERNAL sec=.text
symbol from2 EXTERNAL
D
mkobj - >member.o <<D
coff 0x8664
section .text flags=text
  bytes c3
section .rdata\$d flags=rdata|comdat align=8
  bytes $L
symbol .rdata\$d STATIC sec=.rdata\$d
aux-section Selection=6
symbol d EXTERNAL sec=.rdata\$d
symbol from2 EXTERNAL sec=.text
D
ar rc libm.a member.o
ok "LARGEST from an archive" "$OBJKIT" ld -m i386pep -e start start.o 1.o need.o libm.a -o t.exe
like "takes the name from the smaller one" "$(contents)" "$(echo "$L" | tr -d ' ')"
unlike "whose associated sections go" "$(strings -n 8 t.exe)" 'assoc of 1.o'
copy 1.o 1 "$A"; copy 2.o 1 "$A"
ok "--allow-multiple-definition lets NODUPLICATES through" "$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o t.exe --allow-multiple-definition
for t in 1 2 7; do
	copy 1.o 3 "$A"; copy 2.o 3 "$S"
	"$OBJKIT" ld -m i386pep -e start start.o 1.o 2.o -o t$t.exe --threads=$t 2>err$t
	same "--threads=$t: the same warning" err1 err$t
	same "--threads=$t: the same bytes" t1.exe t$t.exe
done
done_testing
