# Fields of the header: what GNU ld writes, where options set them, and values that the loader would not take.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld i686-w64-mingw32-ld python3

fields() { "$P-objdump" -p "$1" | grep -E '^(Magic|Address|ImageBase|SectionAl|FileAl|M(aj|in)or(OS|Im|Sub)|Subsystem|SizeOf(Stack|Heap))' | awk '{print $1, $2}'; }
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
