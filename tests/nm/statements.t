#!/bin/sh
# What the specification says of nm in single sentences, and no other test asks: options, formats, letters,
# order and messages, each on an object made for it. ar/SPEC says which check holds which sentence.
. "${top_srcdir:?}/tests/lib.sh"
F=$top_srcdir/tests/files
letters() { sed -E 's/^[-0-9a-f]* *([^ ]) ([^ ]*).*$/\2:\1/' | xargs; } # NAME:LETTER of each line
mkobj - >e.o <<'E'
elf64 machine=X86_64 type=REL
section .text PROGBITS flags=AX
  bytes 90909090
symbol def GLOBAL FUNC sec=.text size=2
symbol hid GLOBAL FUNC HIDDEN sec=.text value=2 size=1
symbol intern GLOBAL FUNC INTERNAL sec=.text
symbol prot GLOBAL FUNC PROTECTED sec=.text
symbol undef GLOBAL
symbol weakdef WEAK FUNC sec=.text
symbol loc sec=.text
symbol _ZN1a1bEv GLOBAL FUNC sec=.text
E

# ---- 4.1 options
for o in --inlines --recurse-limit --no-recurse-limit --recursion-limit --no-recursion-limit --no-rsrc --add-dyldinfo \
	--no-dyldinfo --add-inlinedinfo --no-demangle -e -x -B; do
	is "$o is accepted, and changes nothing here" "$(nm $o e.o 2>&1)" "$(nm e.o)"
done
is "-X any" "$(nm -X any e.o)" "$(nm e.o)"; is "-X32 in one word" "$(nm -X32 e.o 2>&1)" ""
like "-h lists the options" "$(nm -h)" '^ +-a, --debug-syms'
is "--export-symbols of ELF: what other modules may see" "$(nm -j --export-symbols e.o | xargs)" "_ZN1a1bEv def prot weakdef"
if have clang-19; then
	printf '%s\n' 'int pub(void) { return 1; } __attribute__((visibility("hidden"))) int hid(void) { return 2; }' \
		'__attribute__((weak)) int wk = 3; static int loc = 5; int *use(void) { return &loc; }' \
		'__attribute__((visibility("protected"))) int prot(void) { return 1; } extern int und; int g(void) { return und; }' >xc.c
	for t in powerpc powerpc64; do
		clang-19 --target=$t-ibm-aix -c xc.c -o xc.$t.o
		is "--export-symbols of XCOFF ($t): no hidden ones, no names of code" "$(nm -j --export-symbols xc.$t.o | xargs)" "g prot pub use wk"
		is "-g ($t): these too" "$(nm -j -g xc.$t.o | grep -cx '\.pub\|hid')" 2
	done
else skip_test "--export-symbols of XCOFF" "no clang-19"; fi
is "-g: hidden ones too" "$(nm -j -g e.o | xargs)" "_ZN1a1bEv def hid intern prot undef weakdef"
is "-W" "$(nm -j -W e.o | xargs)" "_ZN1a1bEv def hid intern loc prot undef"
is "-g -W: both hold" "$(nm -j -g -W e.o | xargs)" "_ZN1a1bEv def hid intern prot undef"
mkobj - >x32.o <<'E'
elf32 machine=386 type=REL
section .text PROGBITS flags=AX
  bytes 90
symbol f32 GLOBAL sec=.text
E
is "-X 32_64 shows both" "$(nm -j -X 32_64 e.o x32.o | grep -cx 'f32\|def')" 2
is "-X 64 one of them" "$(nm -j -X 64 e.o x32.o | grep -x 'f32\|def')" def
ln -s "$OBJKIT" llvm-nm
m=$F/good-macho-arm64.o
is "called llvm-nm, -s SEG SECT is Mach-O's" "$(./llvm-nm -s __TEXT __text "$m")" "$(nm "$m" | grep -i ' t ')"
v=$F/good-elf-versions.so
is "--with-symbol-versions is the default" "$(nm -D --with-symbol-versions "$v")" "$(nm -D "$v")"
if have clang-19 ld.lld-19; then
	echo 'extern int ext(int); extern int other(void); int f(void) { return ext(1) + other(); }' >p.c
	for t in x86_64 i386 aarch64 riscv64; do
		clang-19 -target $t-linux-gnu -O1 -fPIC -c p.c -o p.o && ld.lld-19 -shared p.o -o p.so || exit 99
		is "--synthetic, $t" "$(nm --synthetic -j p.so | grep @plt | xargs)" "ext@plt other@plt"
		[ $t = riscv64 ] || is "--synthetic -D, $t: where objdump sees them" "$(nm -D --synthetic p.so | sed -n 's/^0*\([0-9a-f]*\) T \(.*@plt\)/\1 \2/p')" \
			"$(llvm-objdump-19 -d --no-show-raw-insn -j .plt p.so | sed -n 's/^0*\([0-9a-f]*\) <\(.*@plt\)>:/\1 \2/p' | sort -k2)"
	done
else skip_test "--synthetic" "no clang-19 or ld.lld-19"; fi

is "-m and -x of other formats: the usual lines" "$(nm -m e.o; nm -x e.o; nm -m "$F/good-coff-x86_64.o")" "$(nm e.o; nm e.o; nm "$F/good-coff-x86_64.o")"

# ---- 4.2 formats
rm -f x.a; ar rc x.a e.o; cp x.a y.a
is "-s -C: the index demangled too" "$(nm -s -C x.a | sed -n '/Archive index/,/^$/p' | grep a::b)" "a::b() in e.o"
is "-s: raw without" "$(nm -s x.a | sed -n '/Archive index/,/^$/p' | grep -c '^_ZN1a1bEv in e.o$')" 1
is "-A: several archives are headed" "$(nm -A x.a y.a | grep -c '^[xy].a:$')" 2; is "one is not" "$(nm -A x.a | grep -c '^x.a:$')" 0
is "-A -P of several: not headed" "$(nm -A -P x.a y.a | grep -c '^[xy].a:$')" 0
mkobj - >i386.o <<'E'
coff I386
section .text flags=text
  bytes 90
symbol __ZN1a1bEv EXTERNAL sec=.text
symbol _c EXTERNAL sec=.text
E
rm -f i.a; ar rc i.a i386.o
is "-s -C of i386 COFF" "$(nm -s -C i.a | grep ' in ' | xargs)" "a::b() in i386.o _c in i386.o"
cat >coff.txt <<'E'
section .text flags=text
  bytes 90909090
symbol f EXTERNAL FUNCTION sec=.text
symbol g EXTERNAL FUNCTION sec=.text value=1
symbol h EXTERNAL FUNCTION sec=.text value=1
symbol u EXTERNAL
symbol c EXTERNAL value=12
E
{ echo coff AMD64; cat coff.txt; } | mkobj - >c64.o; { echo coff I386; cat coff.txt; } | mkobj - >c32.o
is "COFF for 64 bits: 16 digits" "$(nm -p c64.o | head -n 1)" "0000000000000000 T f"
is "for 32 bits: 8" "$(nm -p c32.o | head -n 1)" "00000000 T f"
is "posix: no size in COFF, a blank behind the value" "$(nm -P c64.o | grep '^f ')" "f T 0 "
is "posix: a common has its size as value" "$(nm -P c64.o | grep '^c ')" "c C c "
is "-S prints none, without --size-sort" "$(nm -S c64.o | grep ' f$')" "0000000000000000 T f"
is "--size-sort: up to the next symbol or the section's end" "$(nm --size-sort c64.o | letters; nm -S --size-sort c64.o | cut -d' ' -f2 | xargs)" \
	"f:T h:T c:C
0000000000000001 0000000000000003 000000000000000c"
have i686-w64-mingw32-nm && { nm -f sysv c32.o >got; i686-w64-mingw32-nm -f sysv c32.o >want; same "sysv of COFF: type and section, as GNU's" got want; }
like "sysv of COFF has a section" "$(nm -f sysv c32.o | grep '^f ')" '\|\.text$'
mkobj - >m.o <<'E'
macho64 cpu=ARM64
section __TEXT,__text
  bytes 90909090
section __DATA,__data
  zero 8
section __DATA,__bss flags=1
section __TEXT,__const
  zero 8
section __DATA,__common flags=1
section __DATA,__own
  zero 8
symbol _t external sec=__TEXT,__text
symbol _lt sec=__TEXT,__text
symbol _d external sec=__DATA,__data
symbol _b external sec=__DATA,__bss
symbol _c external sec=__TEXT,__const
symbol _lc sec=__TEXT,__const
symbol _co external sec=__DATA,__common
symbol _o external sec=__DATA,__own
symbol _cm external value=8 n_desc=0x300
symbol _u external
symbol _wu external n_desc=0x40
symbol _a abs value=5
symbol _ga external abs value=5
symbol _i external indirect=_t
symbol _pe external private sec=__TEXT,__text
symbol _wd external sec=__TEXT,__text n_desc=0x80
symbol _wah external sec=__TEXT,__text n_desc=0xc0
symbol _nd external sec=__TEXT,__text n_desc=0x20
symbol _rd external sec=__TEXT,__text n_desc=0x10
symbol _alt external sec=__TEXT,__text n_desc=0x200
symbol _stab n_type=0x24 sec=__TEXT,__text
symbol _pl private sec=__TEXT,__text
E
is "-m: every word" "$(nm -m -p m.o | sed 's/^[0-9a-f]* *//')" "(__TEXT,__text) external _t
(__TEXT,__text) non-external _lt
(__DATA,__data) external _d
(__DATA,__bss) external _b
(__TEXT,__const) external _c
(__TEXT,__const) non-external _lc
(__DATA,__common) external _co
(__DATA,__own) external _o
(common) (alignment 2^3) external _cm
(undefined) external _u
(undefined) weak external _wu
(absolute) non-external _a
(absolute) external _ga
(indirect) external _i (for _t)
(__TEXT,__text) private external _pe
(__TEXT,__text) weak external _wd
(__TEXT,__text) weak external automatically hidden _wah
(__TEXT,__text) external [no dead strip] _nd
(__TEXT,__text) [referenced dynamically] external _rd
(__TEXT,__text) external [alt entry] _alt
(__TEXT,__text) non-external (was a private external) _pl"
is "-x: the record" "$(nm -x -p m.o | sed -n '1p;3p;12p')" "0000000000000000 0f 01 0000 00000001 _t
0000000000000004 0f 02 0000 00000008 _d
0000000000000005 02 00 0000 00000027 _a"
if have llvm-nm-19; then
	for o in -p "-m -p" "-a -p" -n "-n -r"; do
		# shellcheck disable=SC2086 # words
		nm $o m.o >got; llvm-nm-19 $o m.o >want; same "Mach-O, $o: llvm-nm's lines" got want
	done
else skip_test "Mach-O as llvm-nm" "no llvm-nm-19"; fi

# ---- 4.3 letters
is "Mach-O's letters" "$(nm -p m.o | letters)" "_t:T _lt:t _d:D _b:B _c:S _lc:s _co:S _o:S _cm:C _u:U _wu:U _a:a _ga:A _i:I _pe:T _wd:T _wah:T _nd:T _rd:T _alt:T _pl:t"
is "a stab is -" "$(nm -a -p m.o | grep _stab)" "0000000000000000 - 01 0000   FUN _stab"
is "another name has no value" "$(nm m.o | grep ' _i ')" "                 I _i (indirect for _t)"
mkobj - >c.o <<'E'
coff AMD64
section .text flags=text
  bytes 90909090
section .data flags=data
  zero 16
section .bss flags=bss
section .rdata flags=rdata
  zero 16
section .pdata flags=rdata
  zero 12
section .xdata flags=rdata
  zero 12
section .idata$4 flags=data
  zero 8
section .drectve flags=info
  zero 8
section .debug_x flags=info
  zero 4
section .llvm_addrsig flags=info
  zero 4
section own flags=data
  zero 4
section ownr flags=rdata
  zero 4
symbol .text STATIC sec=.text
aux-section Length=4
symbol common EXTERNAL sec=0 value=12
symbol undef EXTERNAL sec=0
symbol target EXTERNAL sec=.text
symbol @feat.00 STATIC sec=ABS value=17
symbol absg EXTERNAL sec=ABS value=5
symbol dbg STATIC sec=DEBUG
symbol walias WEAK_EXTERNAL
aux-weak target 3
symbol wnolib WEAK_EXTERNAL
aux-weak target 1
symbol wlib WEAK_EXTERNAL
aux-weak target 2
symbol absz STATIC sec=ABS value=0
symbol wabs WEAK_EXTERNAL
aux-weak absz 3
symbol gi EXTERNAL sec=.idata$4
symbol li STATIC sec=.idata$4
symbol dr STATIC sec=.drectve
symbol gp EXTERNAL sec=.pdata
symbol lp STATIC sec=.pdata
symbol gx EXTERNAL sec=.xdata
symbol lx STATIC sec=.xdata
symbol gr EXTERNAL sec=.rdata
symbol lr STATIC sec=.rdata
symbol gb EXTERNAL sec=.bss
symbol lb STATIC sec=.bss
symbol gd EXTERNAL sec=.data
symbol gdbg EXTERNAL sec=.debug_x
symbol ldbg STATIC sec=.debug_x
symbol ladd STATIC sec=.llvm_addrsig
symbol own_ STATIC sec=own
symbol ownr_ EXTERNAL sec=ownr
symbol fn STATIC FUNCTION sec=.text value=2
aux-function TotalSize=2
E
is "COFF's letters" "$(nm -p c.o | letters)" "$(echo .text:t common:C undef:U target:T @feat.00:a absg:A walias:W wnolib:w wlib:w absz:a wabs:w \
	gi:I li:i dr:i gp:P lp:p gx:R lx:r gr:R lr:r gb:B lb:b gd:D gdbg:N ldbg:N ladd:N own_:d ownr_:R fn:t)"
is "a debugging symbol of COFF: with -a, GNU's letter" "$(nm -a -p c.o | letters | tr ' ' '\n' | grep '^dbg')" "dbg:?"
if have clang-19; then
	printf '.text\n.globl f\nf: nop\n.word 3\n' >map.s
	clang-19 -target aarch64-linux-gnu -c map.s -o map.o || exit 99
	is "mapping symbols are hidden" "$(nm -j map.o | xargs)" f
	is "shown by --special-syms" "$(nm -j --special-syms map.o | sort | xargs)" "\$d \$x f"
	is "and by -a" "$(nm -j -a map.o | grep -c '^\$')" 2
	# shellcheck disable=SC2016 # names
	printf '$x: nop\n$d.1: nop\n.globl $t\n$t: nop\n' >nomap.s; clang-19 -target x86_64-linux-gnu -c nomap.s -o nomap.o || exit 99
	is "names like them mean nothing on x86" "$(nm -j nomap.o | xargs)" "\$d.1 \$t \$x"
else skip_test "mapping symbols" "no assembler"; fi
if have llvm-lib-19; then
	printf 'LIBRARY a.dll\nEXPORTS\n f\n v DATA\n k CONSTANT\n' >a.def; llvm-lib-19 /def:a.def /machine:x64 /out:imp.lib
	is "short imports and descriptors" "$(nm -p imp.lib 2>/dev/null | grep . | grep -v : | sed -E 's/^[0-9a-f]* *//' | tr -d '\177' | sort -u | xargs)" \
		"I __IMPORT_DESCRIPTOR_a I __NULL_IMPORT_DESCRIPTOR I __imp_f I __imp_k I __imp_v I a_NULL_THUNK_DATA R k T f U __NULL_IMPORT_DESCRIPTOR U a_NULL_THUNK_DATA i .idata\$2 i .idata\$4 i .idata\$5 i .idata\$6"
else skip_test "short imports" "no llvm-lib-19"; fi

# ---- no option meets a format that it cannot take: one process each over all
bad=
for o in -a -A -C -D -g -n -p -P -r -S -td -to -u -U -l -W --size-sort --special-syms -j -fs -m -x "-m -a" "-x -a" "-m -D" "-m -r -A" -s --synthetic \
	--export-symbols --rva --ec --arch=all --dyldinfo-only --add-dyldinfo --no-dyldinfo --format=json --unicode=hex --ifunc-chars=F; do
	# shellcheck disable=SC2086 # words
	nm $o "$F"/good-* >out 2>err; code=$?
	if [ $code -gt 1 ] || ! [ -s out ]; then bad="$bad $o=$code"; fi
done
is "every option over every format ends well, and lists something" "$bad" ""

# ---- 4.4 order
mkobj - >order.o <<'E'
elf64 machine=X86_64 type=REL
section .text PROGBITS flags=AX
  zero 64
symbol b GLOBAL sec=.text value=8 size=4
symbol B GLOBAL sec=.text value=8 size=4
symbol _a GLOBAL sec=.text value=8
symbol a GLOBAL sec=.text value=4 size=8
symbol Z GLOBAL sec=.text value=16 size=1
symbol u2 GLOBAL
symbol u1 GLOBAL
symbol same sec=.text value=20 size=2
symbol same sec=.text value=18 size=2
E
is "names are in the order of their bytes" "$(LC_ALL=C.UTF-8 nm -j order.o | xargs)" "B Z _a a b same same u1 u2"
is "equal names as in the file, GNU's order" "$(nm order.o | grep same | cut -c 15-16 | xargs)" "14 12"
is "-r turns the names round, not equal ones" "$(nm -r order.o | sed -E 's/^[0-9a-f]* *//; s/^. //' | xargs) $(nm -r order.o | grep same | cut -c 15-16 | xargs)" \
	"u2 u1 same same b a _a Z B 14 12"
is "-n: undefined first, then by value, ties by name" "$(nm -n -j order.o | xargs)" "u1 u2 a B _a b Z same same"
is "-n -r" "$(nm -n -r -j order.o | xargs)" "same same Z b _a B a u2 u1"
is "-p: as in the file" "$(nm -p -j order.o | xargs)" "b B _a a Z u2 u1 same same"
is "--size-sort: no undefined ones, none without a size" "$(nm --size-sort -j order.o | xargs)" "Z same same B b a"
is "its column is the size" "$(nm --size-sort order.o | tail -n 1)" "0000000000000008 T a"
is "with -S value and size" "$(nm -S --size-sort order.o | tail -n 1)" "0000000000000004 0000000000000008 T a"
is "Mach-O: sizes are distances" "$(nm --size-sort -S m.o | grep ' _d$')" "0000000000000004 0000000000000008 D _d"
cat >names.s <<'S'
.globl _ZN1a1bEv.cold, _ZN1a1bEv.llvm.123, _ZN4core3fmt5Write9write_fmt17h0123456789abcdefE, _RNvCs1234_7mycrate3foo, _D3foo3barFZv
_ZN1a1bEv.cold: _ZN1a1bEv.llvm.123: _ZN4core3fmt5Write9write_fmt17h0123456789abcdefE: _RNvCs1234_7mycrate3foo: _D3foo3barFZv: nop
S
if as --64 names.s -o names.o 2>/dev/null; then
	is "-C: suffixes of clones, Rust without its hash, D" "$(nm -C names.o | sed 's/^[^ ]* . //' | sort)" "$(printf '%s\n' 'a::b() [clone .cold]' \
		'a::b() [clone .llvm.123]' 'core::fmt::Write::write_fmt' 'foo.bar()' 'mycrate::foo' | sort)"
else skip_test "-C: clones" "as does not assemble x86-64"; fi

# ---- 4.5 messages
is "a member without symbols is named with its archive" "$(printf 'elf64 machine=X86_64 type=REL\nsection .text\n  bytes 90\n' | mkobj - >n.o; rm -f n.a
	ar rc n.a n.o; nm n.a 2>&1 >/dev/null)" "nm: n.a(n.o): no symbols"
is "--quiet hides that" "$(nm --quiet n.a 2>&1 >/dev/null)" ""
status "and is no failure" 0 nm n.a
done_testing
