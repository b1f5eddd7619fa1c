# Every operator and function of linker script expressions against GNU ld: on numbers, absolute symbols and places,
# inside an output section, between sections and outside of SECTIONS.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ld.bfd readelf
cat >e.s <<'X'
.text
.globl a, b, datasym
a: nop
.p2align 4
b: nop
.skip 33
.data
.p2align 5
.skip 5
datasym: .long 1
.skip 30
.bss
.skip 7
.section .note.GNU-stack, ""
X
gcc -c e.s || exit 99
cat >table <<'X'
1+2*3
(1+2)*3
7/2
7%4
-1
~5
!5
!0
- -3
+4
1<<4
256>>4
1<<63
6&3
6|3
1==1
1!=1
1<2
2<1
2<=2
3>=4
3>4
5&&0
5&&7
0||0
0||9
1?2:3
0?2:3
1?0?4:5:6
0x10
010
10K
2M
$1F
1Fh
077o
99d
0x1fK
MAX(3,9)
MIN(3,9)
MAX(-1,5)
MIN(-1,5)
LOG2CEIL(1)
LOG2CEIL(0)
LOG2CEIL(5)
LOG2CEIL(64)
LOG2CEIL(65)
ALIGN(0x123,0x10)
ALIGN(16)
ALIGN(., 0x100)
NEXT(0x100)
BLOCK(0x40)
ABSOLUTE(.)
ABSOLUTE(5)
ABSOLUTE(.+4)-ADDR(.text)
ABSOLUTE(a)
ABSOLUTE(a)-ABSOLUTE(b)
.
.+1
. - ADDR(.text)
ADDR(.text)
ADDR(.data)
ADDR(.text)+4
LOADADDR(.text)
LOADADDR(.data)
SIZEOF(.text)
ALIGNOF(.text)
ALIGNOF(.data)
SIZEOF_HEADERS
DEFINED(a)
DEFINED(nosuch)
DEFINED(later)
DEFINED(absym)
CONSTANT(MAXPAGESIZE)
CONSTANT(COMMONPAGESIZE)
ORIGIN(ram)
LENGTH(ram)
ORIGIN(ram)+LENGTH(ram)
SEGMENT_START("text-segment", 0x1234)
SEGMENT_START("foo", 0x1234)
a
a+1
a-b
b-a
a&0xff
a&~0xf
b|1
b<<1
b>>1
b*2
b / 2
b%7
-b
~b
!a
!b
a==a
a<b
a==b
a&&b
b&&b
a?b:0
MAX(a,b)
MIN(b,5)
ALIGN(b,0x1000)
ADDR(.data)-ADDR(.text)
ADDR(.data)-b
ADDR(.data)+b
SIZEOF(.text)+.
.&0xfff
(.+0xfff)&~0xfff
. + SIZEOF(.text)
datasym
datasym-.
datasym-ADDR(.data)
absym
absym+1
absym-b
absym+.
b+absym
1-b
2+b
later
later-1
"b"
MAX(., 5)
MIN(., 5)
ALIGN(absym, 16)
1+2<<3
1|2&3
5-3-1
100/10/2
1<2<3
2*3%4
1+1==2&&3
~0>>60
0-1
0xffffffffffffffff+2
18446744073709551615
1 ? b : a
LOG2CEIL(b)
X
has_dot() { case $(echo "$1" | sed 's/\.\(text\|data\)//g') in *.*|*ALIGN\(16\)*|NEXT*|BLOCK*) return 0 ;; esac; return 1; }
{
	echo 'MEMORY { ram : ORIGIN = 0x10000, LENGTH = 0x100000 all : ORIGIN = 0, LENGTH = 0x1000000 }'
	echo 'ENTRY(a) absym = 0x77; SECTIONS { .text 0x10100 : { *(.text) } >ram .data ALIGN(0x1000) : { *(.data)'
	n=0; while IFS= read -r e; do n=$((n + 1)); echo "i$n = $e;"; done <table
	echo '} >ram'
	n=0; while IFS= read -r e; do n=$((n + 1)); echo "o$n = $e;"; done <table
	echo 'later = 0x55; .bss : { *(.bss) } >ram }'
	n=0; while IFS= read -r e; do n=$((n + 1)); has_dot "$e" || echo "t$n = $e;"; done <table
} >e.ld
command ld.bfd -m elf_x86_64 -T e.ld e.o -o g.out || { fail "GNU ld takes the script"; done_testing; exit 1; }
ok "objkit takes the script" ld -m elf_x86_64 -T e.ld e.o -o o.out
values() { readelf -sW "$1" | awk '$8 ~ /^[iot][0-9]+$/ { print $8, $2 }' | sort; }
values g.out >g; values o.out >o
n=0
while IFS= read -r e; do
	n=$((n + 1))
	is "$e" "$(grep "^[iot]$n " o | tr '\n' ' ')" "$(grep "^[iot]$n " g | tr '\n' ' ')"
done <table

# GNU ld 2.40 has ^ only in ^=.
printf 'x = 6 ^ 3; y = 1 ^ 2 | 4; z = 12; z ^= 10; SECTIONS { .text : { *(.text) } }\n' >x.ld
ok "exclusive or" ld -m elf_x86_64 -T x.ld e.o -o x.out -e a
is "... its values" "$(readelf -sW x.out | awk '$8 ~ /^[xyz]$/ { print $8 "=" $2 }' | sort | tr '\n' ' ')" \
	"x=0000000000000005 y=0000000000000007 z=0000000000000006 "
done_testing
