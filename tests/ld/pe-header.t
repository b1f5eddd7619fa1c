# Fields of the header: what GNU ld writes, where options set them, and values that the loader would not take.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld i686-w64-mingw32-ld python3

fields() { "$P-objdump" -p "$1" | grep -E '^(Magic|Address|ImageBase|SectionAl|FileAl|M(aj|in)or(OS|Im|Sub)|Subsystem|SizeOf(Stack|Heap))' | awk '{print $1, $2}'; }
# characteristics, SizeOfCode, ...InitializedData, ...UninitializedData, entry, BaseOfCode, BaseOfData
raw() {
	python3 - "$1" <<-'P'
	import struct, sys
	b = open(sys.argv[1], 'rb').read()
	pe = struct.unpack_from('<I', b, 60)[0]
	n = 5 if b[pe + 25] == 2 else 6
	print('%x' % struct.unpack_from('<H', b, pe + 22), *('%x' % x for x in struct.unpack_from('<%dI' % n, b, pe + 28)))
	P
}
entry() { "$P-objdump" -p "$1" | awk '/^AddressOfEntryPoint/ {print $2}' | sed 's/^0*//'; }
for m in x86_64 i686; do
	for_target $m
	printf ' .globl %smainCRTStartup, %sother\n%sother: ret\n%smainCRTStartup: ret\n' "$U" "$U" "$U" "$U" >a.s; "$P-as" a.s -o a.o
	printf ' .globl %sother\n nop\n%sother: ret\n' "$U" "$U" >b.s; "$P-as" b.s -o b.o
	for o in '' --major-os-version=6 --minor-os-version=1 --major-subsystem-version=6 --minor-subsystem-version=3 --major-image-version=3 \
		--minor-image-version=4 --subsystem=windows --subsystem=windows:6.3 --subsystem=console:6 --subsystem=native --subsystem=posix --subsystem=xbox \
		--subsystem=10 '--stack 0x300000' '--stack 0x300000,0x2000' --stack=65536 '--heap 0x200000,0x3000' '--image-base 0x12340000' \
		'--section-alignment 0x2000' '--section-alignment 0x10000 --file-alignment 0x1000' '--file-alignment 0x1000'; do
		"$OBJKIT" ld -m $emulation a.o -e ${U}mainCRTStartup $o -o o.exe
		"$P-ld" a.o -e ${U}mainCRTStartup $o -o g.exe
		is "$m: ${o:-no option}: as GNU ld" "$(fields o.exe)" "$(fields g.exe)"
	done
	python3 -c "print(open('o.exe', 'rb').read(0x80) == open('g.exe', 'rb').read(0x80))" >same
	is "$m: the DOS header and its program" "$(cat same)" True
	linked_by_us "$m: objkit linked it" o.exe
	for o in '--file-alignment 0x300' '--file-alignment 0x2000' '--file-alignment 0x100' '--section-alignment 0x800' '--section-alignment 0x3000' \
		'--image-base 0x12345000' --subsystem=nothing --subsystem=console:x '--heap x'; do
		rm -f o.exe
		status "$m: $o is refused" 1 "$OBJKIT" ld -m $emulation a.o -e ${U}mainCRTStartup $o -o o.exe
		ok "$m: $o: no output" test ! -e o.exe
	done
	ok "$m: an image that lies in memory as in the file" "$OBJKIT" ld -m $emulation a.o -e ${U}mainCRTStartup --section-alignment 0x20 --file-alignment 0x20 -o o.exe

	# flags, sizes of contents, where code (and, in 32 bits, data) begins
	printf ' .globl %smainCRTStartup\n%smainCRTStartup: ret\n .data\n %s %smainCRTStartup\n .section .rdata,"dr"\n .zero 700\n .bss\n .zero 5000\n' \
		"$U" "$U" "$([ $m = x86_64 ] && echo .quad || echo .long)" "$U" >c.s
	"$P-as" c.s -o c.o
	case $m in x86_64) large=20 bits=0 data= ;; *) large=0 bits=100 data=' 2000' ;; esac
	for o in 206: 20e:-s 206:-S 207:--disable-reloc-section 226:--large-address-aware 2206:-shared '220e:-shared -s'; do
		want=$(printf '%x' $((0x${o%%:*} | 0x$large | 0x$bits))) o=${o#*:}
		"$OBJKIT" ld -m $emulation c.o -e ${U}mainCRTStartup $o -o o.exe
		is "$m: ${o:-no option}: characteristics" "$(raw o.exe | cut -d' ' -f1)" "$want"
		is "$m: ${o:-no option}: sizes are those of the sections" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact o.exe)" ''
	done
	"$OBJKIT" ld -m $emulation c.o -e ${U}mainCRTStartup -o o.exe; "$P-ld" c.o -e ${U}mainCRTStartup -o g.exe
	is "$m: code, uninitialized data and bases" "$(raw o.exe | cut -d' ' -f2,4-)" "200 1400 1000 1000$data"
	is "$m: as GNU ld" "$(raw g.exe | cut -d' ' -f2,4-)" "200 1400 1000 1000$data"
	for o in 8160: 160:--disable-tsaware 8100:--disable-dynamicbase 8560:--no-seh 81e0:--forceinteg 8060:--disable-nxcompat 8360:--no-isolation \
		8960:--no-bind a160:--wdmdriver 9160:--appcontainer 8140:--disable-high-entropy-va 8100:--disable-reloc-section \
		'8100:--dynamicbase --disable-reloc-section'; do
		want=$((0x${o%%:*})) o=${o#*:}
		[ $m = x86_64 ] || want=$((want & ~0x20))
		"$OBJKIT" ld -m $emulation c.o -e ${U}mainCRTStartup $o -o o.exe
		is "$m: ${o:-no option}: DLL characteristics" "$("$P-objdump" -p o.exe | awk '/^DllCharacteristics/ {print $2}')" "$(printf '%08x' "$want")"
	done

	# where it starts
	"$OBJKIT" ld -m $emulation a.o -o o.exe;                                 is "$m: mainCRTStartup" "$(entry o.exe)" 1001
	"$OBJKIT" ld -m $emulation a.o -e ${U}other -o o.exe;                    is "$m: -e" "$(entry o.exe)" 1000
	"$OBJKIT" ld -m $emulation a.o -e '' -o o.exe;                           is "$m: -e ''" "$(entry o.exe)" ''
	"$OBJKIT" ld -m $emulation a.o --no-entry -o o.exe;                      is "$m: --no-entry" "$(entry o.exe)" ''
	"$OBJKIT" ld -m $emulation a.o -shared -o o.dll;                         is "$m: a DLL that has none" "$(entry o.dll)" ''
	status "$m: -e of nothing" 1 "$OBJKIT" ld -m $emulation a.o -e nowhere -o o.exe
	ok "$m: nobody named an entry, and the usual one is missing" "$OBJKIT" ld -m $emulation b.o -o b.exe
	like "$m: is said" "$(cat tap.err)" "warning: cannot find entry symbol ${U}mainCRTStartup; the program starts at the beginning of \.text"
	"$P-ld" b.o -o g.exe
	is "$m: it starts where GNU ld's does" "$(entry b.exe)" "$(entry g.exe)"
	ok "$m: of a windowed program" "$OBJKIT" ld -m $emulation b.o --subsystem windows -o b.exe
	like "$m: it is another name" "$(cat tap.err)" "entry symbol ${U}WinMainCRTStartup;"
done

# a DLL's base from its name, whatever directory it is made in
for_target x86_64
mkdir -p sub
for o in here.dll sub/here.dll there.dll; do "$OBJKIT" ld -m i386pep -shared a.o --enable-auto-image-base -o $o; done
base() { "$P-objdump" -p "$1" | awk '/^ImageBase/ {print $2}'; }
is "--enable-auto-image-base: the directory does not matter" "$(base here.dll)" "$(base sub/here.dll)"
ok "the name does" test "$(base here.dll)" != "$(base there.dll)"
like "in GNU ld's range, a multiple of 64 KiB" "$(base here.dll)" '^0000000[1-3].{4}0000$'
done_testing
