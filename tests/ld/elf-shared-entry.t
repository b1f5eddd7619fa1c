# The entry point of shared libraries: dynamic linkers are linked with -shared and start at their _start.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
entry() { readelf -hW "$1" | sed -n 's/.*Entry point address: *//p'; }
at() { printf '0x%x' "0x$(nm "$1" | sed -n "s/ [Tt] $2\$//p")"; }
cat >start.s <<'S'
	.section .text.pad, "ax"
	.globl other
other:	nop
	.section .text.start, "ax"
	.globl _start
	.hidden _start
_start:	mov $42, %edi
	mov $60, %eax
	syscall
	.section .note.GNU-stack, "", @progbits
S
gcc -c start.s
echo '{ global: other; local: *; };' >v.map
for o in "" --version-script=v.map --gc-sections "-z now -z pack-relative-relocs"; do
	# shellcheck disable=SC2086
	ok "a shared library with _start, $o" ld -shared $o start.o -o start.so
	is "... starts there" "$(entry start.so)" "$(at start.so _start)"
	if [ "$(uname -m)" = x86_64 ]; then status "... as a program" 42 ./start.so; fi
done
is "-e names another" "$(ld -shared start.o -e other -o e.so; entry e.so)" "$(at e.so other)"
is "... or an address" "$(ld -shared start.o -e 0x1234 -o e.so; entry e.so)" 0x1234
is "... or nothing, with a warning" "$(ld -shared start.o -e none -o e.so 2>&1; entry e.so)" \
	"objkit ld: warning: cannot find entry symbol none; not setting start address
0x0"
echo 'int f(void) { return 1; }' | gcc -c -fPIC -x c - -o f.o
is "a library without one: no entry, no word of it" "$(ld -shared f.o -o f.so 2>&1; entry f.so)" 0x0
is "... and no reference to it" "$(nm -D f.so | grep -c _start)" 0
echo 'ENTRY(go) SECTIONS { . = SIZEOF_HEADERS; .hash : { *(.hash) } .gnu.hash : { *(.gnu.hash) } .dynsym : { *(.dynsym) } .dynstr : { *(.dynstr) }
	.text : { *(.text*) } .dynamic : { *(.dynamic) } }' >s.ld
is "ENTRY of a script that names nothing" "$(ld -shared -z nognustack f.o -T s.ld -o f.so 2>&1 | grep -c entry; entry f.so; nm -D f.so | grep -c go)" "0
0x0
0"
sed 's/(go)/(f)/' s.ld >t.ld
is "... and something" "$(ld -shared f.o -T t.ld -o f.so 2>/dev/null; entry f.so)" "$(at f.so f)"
done_testing
