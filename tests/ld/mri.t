# Scripts of -c in the language of the MRI linker; -dT, the script that -T replaces.
. "${top_srcdir:?}/tests/lib.sh"
need as readelf
as -o m.o - <<'X'
	.globl _start, pq
	.text
_start:	mov $60, %eax
	mov $pq, %edi
	syscall
	.data
	.quad 1
X
printf '\t.section .foo, "aw"\n\t.long 1\n\t.section .bar, "aw"\n\t.long 2\n' | as -o f.o -
gnu=$(peer ld.bfd)
where() { readelf -SW "$1" | sed 's/\[ */[/' | awk '$2 ~ /^\.(text|foo|bar|data)$/ {print $2, $3, $4, $6, $NF}'; }
# mri NAME WANTED FILE...: objkit's sections are these, and GNU ld's
mri() {
	mri_name=$1 mri_want=$2; shift 2
	rm -f o g
	ok "$mri_name" ld --no-warn-rwx-segments -c s.mri "$@" -o o
	is "... sections" "$(where o)" "$mri_want"
	if [ -n "$gnu" ]; then
		"$gnu" --no-warn-rwx-segments -c s.mri "$@" -o g 2>/dev/null
		is "... as GNU ld has them" "$(where o)" "$(where g)"
	fi
}
cat >s.mri <<'X'
* sections in this order
ORDER .text, .foo
sect .text=$400000 ; a comment
ALIGN .foo=16
ALIAS .foo,.bar
PUBLIC pq = 5
LOAD f.o
X
mri "sections, an alias, a symbol" ".text PROGBITS 0000000000400000 00000c 1
.foo PROGBITS 0000000000400010 000008 16
.data PROGBITS 0000000000400018 000008 1" m.o
./o
is "... runs" "$?" 5
cat >s.mri <<'X'
BASE 1000H
ORDER .data .text
ABSOLUTE .data
PUBLIC pq,1
X
mri "a base, and what is not loaded" ".data PROGBITS 0000000000001000 000008 1
.text NOBITS 0000000000001008 00000c 1" m.o
cat >s.mri <<'X'
NAME named
load m.o,f.o
public pq $10
START pq
CHIP 68000
LIST
X
rm -f named
like "LIST is a map" "$(ld --no-warn-rwx-segments -c s.mri)" '^ *0x0000000000000010 +pq = 0x10'
like "NAME and START" "$(readelf -hW named)" 'Entry point address: *0x10$'
is "no sections: all from 0 on" "$(where named | head -1)" ".text PROGBITS 0000000000000000 00000c 1"
echo 'INCLUDE s2.mri' >s.mri
echo 'PUBLIC pq=3' >s2.mri
ok "INCLUDE" ld --no-warn-rwx-segments -c s.mri m.o -o o
echo 'INCLUDE s.mri' >s2.mri
status "... of each other" 1 ld -c s.mri m.o -o bad
like "... is told" "$(cat tap.err)" '^objkit ld: error: s2.mri:1: scripts include each other'
printf '\n frob x\n' >s.mri
status "an unknown command" 1 ld -c s.mri m.o -o bad
like "... is named with its line" "$(cat tap.err)" "^objkit ld: error: s.mri:2: unrecognised keyword in MRI style script: 'frob'"
echo 'FORMAT S' >s.mri
status "S-records are refused" 1 ld -c s.mri m.o -o bad
for bad in 'PUBLIC' 'PUBLIC pq' 'SECT .text=' 'SECT .text={' 'ALIAS .a' 'END x }' 'START a {' 'INCLUDE none'; do
	printf '%s\n' "$bad" >s.mri
	case $bad in END*) continue ;; esac
	status "bad: $bad" 1 ld -c s.mri m.o -o bad
	like "... says where" "$(cat tap.err)" '^objkit ld: error: s.mri:1: '
done
ok "no output of any of them" [ ! -e bad ]

# --- -dT
echo 'SECTIONS { pq = 1; .text 0x500000 : { *(.text) } .data : { *(.data) } }' >d.lds
echo 'SECTIONS { pq = 2; .text 0x600000 : { *(.text) } .data : { *(.data) } }' >t.lds
echo 'pq = 3; SECTIONS { .mine 0x700000 : { *(.mine) } } INSERT AFTER .data;' >i.lds
at() { where "$1" | awk '$1 == ".text" {print $3}'; }
for o in "-dT d.lds" "--default-script=d.lds"; do
	ld --no-warn-rwx-segments $o m.o -o o
	is "$o places all" "$(at o)" 0000000000500000
done
for o in "-dT d.lds -T t.lds" "-T t.lds -dT d.lds"; do
	ld --no-warn-rwx-segments $o m.o -o o
	is "$o: -T alone" "$(at o)" 0000000000600000
done
ld --no-warn-rwx-segments -T i.lds -dT d.lds m.o -o o
is "a -T that only adds leaves the default script" "$(at o)" 0000000000500000

# --- -Bsymbolic and its like
printf '%s\n' 'int d = 1; __attribute__((weak)) int wd = 1;' 'int f(void) { return 1; } __attribute__((weak)) int wf(void) { return 1; }' \
	'int use(void) { return d + wd + f() + wf(); }' >b.c
if have gcc; then
	gcc -fPIC -O1 -fno-ipa-icf -fno-inline -fno-ipa-cp -fno-ipa-pure-const -fno-ipa-modref -c b.c -o b.o
	asked() { readelf -rW "$1" | awk '/R_X86_64_(GLOB_DAT|JUMP_SLO)/ {print $5}' | sort | xargs; }
	for o in "-Bsymbolic:" "-Bsymbolic-functions:d wd" "-Bsymbolic-non-weak:wd wf" "-Bsymbolic-non-weak-functions:d wd wf" \
		"-Bno-symbolic:d f wd wf" "-Bsymbolic -Bno-symbolic:d f wd wf" "-Bsymbolic -Bsymbolic-functions:d wd" \
		"-Bsymbolic-functions -Bno-symbolic:d f wd wf"; do
		ld -shared ${o%:*} b.o -o b.so
		is "${o%:*}: left to the loader" "$(asked b.so)" "${o#*:}"
		if have ld.lld-19; then
			ld.lld-19 -shared ${o%:*} b.o -o l.so
			is "... as with lld" "$(asked b.so)" "$(asked l.so)"
		fi
	done
	ld -shared -Bsymbolic-non-weak b.o -o b.so
	unlike "only -Bsymbolic is a flag" "$(readelf -dW b.so)" SYMBOLIC
fi
done_testing
