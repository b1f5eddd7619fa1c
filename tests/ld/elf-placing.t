# Where things are put: names that fold, notes by alignment, segments at given addresses, sorted commons; and what property
# notes of several objects become.
. "${top_srcdir:?}/tests/lib.sh"
need gcc as readelf nm
. "$top_srcdir/tests/ld/elf.sh"
asm() { as "$@" - || exit 99; }
where() { # FILE SYMBOL...: the sections that hold the symbols
	where_f=$1; shift
	for where_s; do
		where_n=$(readelf -sW "$where_f" | awk -v s="$where_s" '$8 == s { print $7; exit }')
		readelf -SW "$where_f" | sed 's/\[ */[/' | awk -v n="[$where_n]" '$1 == n { print $2 }'
	done | xargs
}
sections() { readelf -SW "$1" | sed 's/\[ */[/' | awk '$1 ~ /^\[[1-9]/ { print $2 }' | grep -v '[mr]tab$' | xargs; }

# --- names as GNU ld's script folds them
asm -o n.o <<'X'
.globl _start
.text
_start: ret
.section .debug_line.text,""
s.line: .long 1
.section .debug_line.text.f,""
s.line.f: .long 1
.section .debug_line_end,""
s.end: .long 1
.section .debug_lines,""
s.lines: .long 1
.section .exception_ranges.f,"a"
s.exc: .long 1
.section .gnu_extabx,"a"
s.extab: .long 1
.section .gnu.linkonce.lr.x,"al"
s.lr: .long 1
.section .gnu.linkonce.l.x,"awl"
s.l: .long 1
.section .gnu.linkonce.lb.x,"awl",@nobits
s.lb: .zero 4
.section .gnu.linkonce.t,"ax"
s.t: nop
.section .stub,"ax"
s.stub: nop
.section .rodata1,"a"
s.r1: .long 1
.section .rodata2,"a"
s.r2: .long 1
.section .gcc_except_table.f,"a"
.long 1
.section .gnu_debuglink,""
.asciz "gone"
X
ok "sections of many names" ld n.o -o n
is "... debugging lines" "$(where n s.line s.line.f s.end s.lines)" ".debug_line .debug_line .debug_line .debug_lines"
is "... tables" "$(where n s.exc s.extab)" ".exception_ranges .gnu_extab"
is "... large ones" "$(where n s.lr s.l s.lb)" ".lrodata .ldata .lbss"
is "... code" "$(where n s.t s.stub)" ".gnu.linkonce.t .text"
is "... in this order" "$(sections n)" ".text .gnu.linkonce.t .rodata2 .rodata1 .gcc_except_table .gnu_extab\
 .exception_ranges .lrodata .ldata .lbss .comment .debug_line .debug_lines"

# --- notes
for n in A:4 B:8 C:4 D:8; do
	printf '.section .note.%s,"a",@note\n.balign %s\n.long 4,4,1\n.asciz "abc"\n.long 7\n.balign %s\n' ${n%:*} ${n#*:} ${n#*:}
done | asm -o notes.o
ok "notes of two alignments and a build id" ld --build-id n.o notes.o -o notes
like "... those of one alignment stand together" "$(sections notes)" '^\.note\.B \.note\.D \.note\.gnu\.build-id \.note\.A \.note\.C '
is "... in one header each" "$(readelf -lW notes | awk '$1 == "NOTE" { print $NF }' | xargs)" "0x8 0x4"

# --- segments at given addresses
addr() { readelf -SW "$1" | sed 's/\[ */[/' | awk -v n="$2" '$2 == n { print $4 }'; }
loads() { readelf -lW "$1" | awk '$1 == "LOAD" { print $3 }'; }
asm -o s.o <<'X'
.globl _start
_start: ret
.section .rodata
.long 1
.data
.long 2
X
ok "-Trodata-segment" ld s.o -o s -Trodata-segment=0x5000000
is "... constants" "$(addr s .rodata)" 0000000005000000
is "... data behind them" "$(addr s .data)" 0000000005001004
ok "... lower than the code" ld s.o -o s -Trodata-segment 0x100000
is "... segments are listed by address" "$(loads s)" "$(loads s | sort)"
ok "... without code of its own" ld -z noseparate-code s.o -o s -Trodata-segment=0x5000000
unlike "... no effect" "$(addr s .rodata)" 0000000005000000
ok "-Tldata-segment" ld n.o -o s -Tldata-segment=0x9000000
is "... large data" "$(addr s .lrodata)" 0000000009000000
ok "an address inside a page" ld s.o -o s -Ttext-segment=0x500010
like "... is told" "$(cat tap.err)" 'warning: -Ttext-segment 0x500010 is not a multiple of the page size'
like "... the headers are at the page" "$(loads s)" '^0x0000000000500000$'
status "sections given one address" 1 ld s.o -o no --section-start=.rodata=0x401000
like "... both are named" "$(cat tap.err)" 'section .rodata LMA \[0+401000,0+401003\] overlaps section .text LMA \[0+401000,0+401000\]'
status "... no output" 1 test -e no
ok "--no-check-sections" ld s.o -o s --section-start=.rodata=0x401000 --no-check-sections

# --- commons
printf '.globl _start\n_start: ret\n.comm c1,1,1\n.comm c64,4,64\n.comm c2,2,2\n.comm c16,16,16\n.comm c8,8,8\n.comm c4,4,4\n.comm d1,1,1\n' |
	asm -o c.o
commons() { nm -n "$1" | sed -n 's/.* B \([cd][0-9]*\)$/\1/p' | xargs; }
for o in --no-relax: --sort-common:down --sort-common=descending:down --sort-common=ascending:up; do
	case ${o#*:} in down) want="c64 c16 c8 c4 c2 c1 d1" ;; up) want="c1 d1 c2 c4 c8 c64 c16" ;; *) want="c1 c64 c2 c16 c8 c4 d1" ;; esac
	ok "commons with ${o%:*}" ld ${o%:*} c.o -o c
	is "... their order" "$(commons c)" "$want"
done
status "another order" 1 ld --sort-common=size c.o -o c
like "... is named" "$(cat tap.err)" 'sort-common=size: it is ascending or descending'

# --- properties: type value ...
prop() { # FILE TYPE VALUE...
	prop_f=$1; shift
	{ printf '.section .note.gnu.property,"a",@note\n.balign 8\n.long 4,2f-1f,5\n.asciz "GNU"\n1:\n'
	while [ $# -gt 0 ]; do printf '.long %s,4,%s,0\n' "$1" "$2"; shift 2; done; printf '2:\n'; } | asm -o "$prop_f"
}
props() { readelf -x .note.gnu.property "$1" 2>/dev/null | awk '/0x/ { $1 = ""; print substr($0, 2, 35) }' | tr -d ' \n' | cut -c33-; }
prop p1.o 0xb0000001 0x3 0xb0008000 0x1 0xb0008001 0x4 0xc0008001 0x1 0xc0010001 0x2
prop p2.o 0xb0000001 0x6 0xb0008001 0x8 0xc0010001 0x5
ok "property notes" ld -r p1.o p2.o -o p
is "... ands, ors, ors of what all have" "$(props p)" "010000b0040000000200000000000000008000b0040000000100000000000000\
018000b0040000000c00000000000000018000c0040000000100000000000000010001c0040000000700000000000000"
ok "... with an object that has none" ld -r p1.o p2.o s.o -o p
is "... only the ors stay" "$(props p)" "008000b0040000000100000000000000\
018000b0040000000c00000000000000018000c0040000000100000000000000"

# --- -z indirect-extern-access
cat >lib.c <<'X'
int data = 5; int fn(void) { return 7; }
X
echo 'extern int data; extern int fn(void); int (*fp)(void) = fn; int main(void) { return data + fn() + fp() - 19; }' >m.c
gcc -fPIC -shared -o lib.so lib.c || exit 99
needed() { readelf -nW "$1" | sed -n 's/, x86.*//; s/.*1_needed: *//p'; }
status "a copy under -z indirect-extern-access" 1 link x -no-pie -fno-pic m.c ./lib.so -Wl,-z,indirect-extern-access
like "... is an error" "$(cat tap.err)" "'data' would need a copy relocation, which -z indirect-extern-access forbids"
ok "... with code that uses the GOT" link x -no-pie -fPIC m.c ./lib.so -Wl,-z,indirect-extern-access
is "... the note says so" "$(needed x)" "indirect external access"
ok "... it runs" ./x
if gcc -mno-direct-extern-access -fno-pic -c m.c -o mi.o 2>/dev/null; then
	ok "an object that promises it" link x -no-pie mi.o ./lib.so
	is "... so does the program" "$(needed x)" "indirect external access"
	ok "... -z noindirect-extern-access" link x -no-pie mi.o ./lib.so -Wl,-z,noindirect-extern-access
	is "... does not" "$(needed x)" ""
	echo 'extern int data; int get(void) { return data; }' >g.c
	ok "... and one that copies" link x -no-pie -fno-pic mi.o g.c ./lib.so
	is "... takes the promise back" "$(needed x)" ""
	ok "... it runs" ./x
else
	skip_test "objects that promise it" "gcc does not know -mno-direct-extern-access"
fi

# --- -z report-relative-reloc
cat >rr.c <<'X'
static int loc[4]; int *p = &loc[2]; extern void fn(void); void fn(void) {} void (*fp)(void) = fn;
static int one(void) { return 0; } static void *pick(void) { return one; } int ifn(void) __attribute__((ifunc("pick")));
__attribute__((visibility("hidden"))) int hid; int (*ifp)(void) = ifn; int main(void) { return ifp() + *p + hid; }
X
gcc -c -fPIC -fdata-sections rr.c -o rr.o || exit 99
for z in nopack-relative-relocs pack-relative-relocs; do
	ok "-z report-relative-reloc, $z" ld -pie -z report-relative-reloc -z $z -e main rr.o -o rr
	is "... each place in GNU ld's words" "$(sed -n 's/.*note: rr: R_X86_64_\([A-Z]*\) (offset: 0x[0-9a-f]*, info: 0x[0-9a-f]*, addend: 0x[0-9a-f]*) /\1 /p' tap.err | sort)" \
		"IRELATIVE against 'ifn' for section '.got.plt' in rr
RELATIVE against '.bss.loc' for section '.data.rel.local.p' in rr.o
RELATIVE against 'fn' for section '.data.rel.fp' in rr.o
RELATIVE against 'ifn' for section '.data.rel.ifp' in rr.o"
done
done_testing
