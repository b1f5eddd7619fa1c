# The specification of ELF links where a walk through it, statement by statement, found something missing.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ld.bfd readelf python3
. "$top_srcdir/tests/ld/elf.sh"

# --- 2: an archive's index is a hint
echo 'int fb(void) { return 2; }' >b.c
echo 'int fc(void) { return 3; }' >c.c
echo 'int fb(void); int main(void) { return fb() - 2; }' >m.c
gcc -c b.c c.c m.c || exit 99
cp c.o x.o
ar rcs stale.a x.o || exit 99
"${PYTHON3:-python3}" - <<'X' || exit 99
d, b, c = (open(n, 'rb').read() for n in ('stale.a', 'b.o', 'c.o'))
assert len(b) == len(c) and c in d
open('stale.a', 'wb').write(d.replace(c, b))
X
like "the index names another symbol" "$(nm -s stale.a)" 'fc in x.o'
ok "a stale index" link stale m.o stale.a
ok "... does not keep a member out" ./stale
cp c.o x.o
ar rcsT thin.a x.o || exit 99
cp b.o x.o
ok "a thin archive whose member changed" link thin m.o thin.a
ok "... gives what the member has now" ./thin

# --- 3: what debugging information says of code that is gone
cat >gone.c <<'X'
int main(void) { return 0; }
int gone(int a) { int r = 0; while (a) { r += a--; } return r; }
X
ok "dead code with debugging information" link gone gone.c -gdwarf-4 -O1 -ffunction-sections -Wl,--gc-sections
like "... its range is empty and does not end the list" "$(readelf --debug-dump=Ranges gone | tr '\n' ' ')" \
	'0+1 0+1 \(start == end\)'
like "... its address is zero elsewhere" "$(readelf --debug-dump=info gone | grep -A12 'DW_AT_name.*: gone$' | tr '\n' ' ')" 'DW_AT_low_pc +: 0(x0)? '

# --- 4: protection, and what is said of it
printf '.globl xs\nxs: ret\n.section .note.GNU-stack,"x",@progbits\n' >xs.s
printf '.globl xs\nxs: ret\n.section .note.GNU-stack,"",@progbits\n' >ns.s
gcc -c xs.s ns.s || exit 99
stack() { readelf -lW "$1" | awk '$1 == "GNU_STACK" { print $7 }'; }
says() { # WHAT PATTERN|"" ARGUMENT...
	says_what=$1 says_want=$2; shift 2
	says_got=$("$OBJKIT" ld -e xs "$@" -o said 2>&1)
	if [ "$says_want" ]; then like "$says_what" "$says_got" "$says_want"; else is "$says_what" "$says_got" ""; fi
}
says "an object that wants an executable stack is named" 'xs.o: requires executable stack \(because the .note.GNU-stack section is executable\)' xs.o
is "... and gets it" "$(stack said)" RWE
says "--no-warn-execstack" "" --no-warn-execstack xs.o
is "... is silent only" "$(stack said)" RWE
says "-z execstack says nothing" "" -z execstack ns.o
says "... but with --warn-execstack" 'because of -z execstack' -z execstack --warn-execstack ns.o
says "of -z execstack and -z noexecstack" "" -z execstack -z noexecstack xs.o
is "... the last counts" "$(stack said)" RW
printf '.globl xs\nxs: ret\n.data\n.long 1\n.section .note.GNU-stack,"",@progbits\n' >wx.s
gcc -c wx.s || exit 99
says "a writable and executable segment" 'said has a LOAD segment with RWX permissions' -N wx.o
says "... --no-warn-rwx-segments" "" -N --no-warn-rwx-segments wx.o
printf '.globl xs\nxs: ret\n.quad xs\n.section .note.GNU-stack,"",@progbits\n' >tr.s
gcc -c tr.s || exit 99
status "-z text: a text relocation is an error" 1 ld -shared tr.o -o said
says "... --warn-textrel allows it and says so" 'said has relocations in read-only segments' -shared --warn-textrel tr.o
like "... DT_TEXTREL" "$(readelf -dW said)" TEXTREL
says "... -z notext allows it" "" -shared -z notext tr.o

# --- 4: --retain-symbols-file
cat >r.c <<'X'
#include <stdio.h>
int keep = 4, drop = 5;
int main(void) { return printf("%d %d\n", keep, drop) < 0; }
X
printf 'main\nkeep\n\nnothing\n' >names
ok "--retain-symbols-file" link r r.c -Wl,--retain-symbols-file=names
is "... keeps what it lists, of undefined symbols too" "$(readelf -sW r | sed -n '/\.symtab/,$p' |
	awk '$8 != "" && $8 != "Name" && NR > 1 { print $8 }' | sort | tr '\n' ' ')" "keep main "
prints "... and nothing changes" "4 5" ./r
gcc -g -c r.c -o r.o
for o in '--retain-symbols-file names -S' '-S --retain-symbols-file names' '--retain-symbols-file names -s' '-s --retain-symbols-file names'; do
	ok "$o" "$OBJKIT" ld -r r.o -o ours.o $o
	ld.bfd -r r.o -o gnus.o $o 2>/dev/null
	is "$o: as GNU ld" "$(nm ours.o 2>&1 | awk '{ print $NF }' | sort | xargs)" "$(nm gnus.o 2>&1 | awk '{ print $NF }' | sort | xargs)"
done

# --- 5: protected functions, aliases of copied data
cat >lib.c <<'X'
__attribute__((visibility("protected"))) int pf(void) { return 3; }
int (*pfp(void))(void) { return pf; }
int real_var = 7;
extern int alias1 __attribute__((alias("real_var")));
extern int alias2 __attribute__((weak, alias("real_var")));
int get(void) { return real_var * 10000 + alias1 * 100 + alias2; }
X
cat >call.c <<'X'
#include <stdio.h>
int pf(void), (*pfp(void))(void), get(void);
extern int alias2;
#ifdef ADDRESS
int main(void) { printf("%d\n", pf == pfp()); return 0; }
#else
int main(void) { alias2 = 9; printf("%d %d\n", pf(), get()); return 0; }
#endif
X
for cc in gcc i686-linux-gnu-gcc aarch64-linux-gnu-gcc; do
	run=
	case $cc in
	aarch64*) run="qemu-aarch64 -L /usr/aarch64-linux-gnu" ;;
	i686*) run="qemu-i386 -L /usr/i686-linux-gnu" ;;
	esac
	if ! have "$cc" ${run%% *}; then
		skip_test "$cc: protected functions" "no $cc or emulator"
		continue
	fi
	$cc -fPIC -O1 -c lib.c && $cc -fno-pie -O1 -c call.c && $cc -fno-pie -O1 -DADDRESS -c call.c -o address.o || exit 99
	ok "$cc: a library" $cc -B"$B" -shared lib.o -o libp.so
	ok "$cc: a call of its protected function, and data with three names" $cc -B"$B" -no-pie call.o ./libp.so -o call
	prints "... all names mean the copy" "3 90909" $run ./call
	is "... all are exported" "$(readelf --dyn-syms -W call | awk '$8 ~ /^(alias.|real_var)$/ && $7 != "UND" { print $2 }' |
		sort -u | wc -l | tr -d ' ')" 1
	is "... each is as weak as in the library" "$(readelf -s -W call | awk '$8 ~ /^(alias.|real_var)$/ && $7 != "UND" { print $8, $5 }' |
		sort -u | tr '\n' ' ')" 'alias1 GLOBAL alias2 WEAK real_var GLOBAL '
	status "$cc: the address of a protected function" 1 $cc -B"$B" -no-pie address.o ./libp.so -o address
	like "... is refused" "$(cat tap.err)" "the address of protected function 'pf'.*recompile with -fPIC"
	$cc -fPIE -O1 -DADDRESS -c call.c -o address.o || exit 99
	ok "... but not of code that asks for it at run time" $cc -B"$B" -pie address.o ./libp.so -o address
	prints "... one function, one address" 1 $run ./address
done

# --- 6: versions are symbols, --default-symver, flags
echo 'int f(void) { return 1; }' >v.c
gcc -fPIC -c v.c || exit 99
echo 'V1 { }; V2 { global: f; local: *; } V1;' >v.map
versions() { readelf --dyn-syms -W "$1" | awk '$7 == "ABS" { print $4, $5, $8 }' | tr '\n' ' '; }
ok "a version script" ld -shared --version-script=v.map v.o -o v.so
is "... each version is a symbol" "$(versions v.so)" "OBJECT GLOBAL V1 OBJECT GLOBAL V2 "
like "... with that version" "$(nm -D v.so)" ' A V2'
like "... beside the symbols" "$(readelf --dyn-syms -W v.so)" ' f@@V2'
ok "--default-symver" ld -shared --default-symver -h lib.so.3 v.o -o v.so
like "... is the soname" "$(readelf --dyn-syms -W v.so)" 'f@@lib.so.3'
ok "... or" ld -shared --default-symver v.o -o v.so
like "... the name of the file" "$(readelf --dyn-syms -W v.so)" 'f@@v.so'
flags() { readelf -dW v.so | sed -n 's/.*FLAGS_1).*Flags: //p' | tr '\n' ' '; }
for pair in loadfltr:LOADFLTR globalaudit:GLOBAUDIT unique:UNIQUE nodelete:NODELETE initfirst:INITFIRST nodlopen:NOOPEN; do
	ld -shared -z "${pair%%:*}" v.o -o v.so
	is "-z ${pair%%:*}" "$(flags)" "${pair#*:} "
done
ld -shared -Bgroup v.o -o v.so
is "-Bgroup" "$(flags)" "GROUP "
ld -pie -e f -z nodelete -z initfirst -z nodlopen v.o -o v.so
is "what only libraries can be" "$(flags)" "PIE "
echo 'int c __attribute__((common));' >com.c
gcc -c com.c || exit 99
ctype() { readelf -sW com2.o | awk '$8 == "c" { print $4, $7 }'; }
ld -r -z common com.o -o com2.o
is "-r -z common" "$(ctype)" "COMMON COM"
ld -r com2.o -z nocommon -o com3.o && mv com3.o com2.o
is "-r -z nocommon" "$(ctype)" "OBJECT COM"

# --- 9: the map
cat >k.ld <<'X'
MEMORY { rom (rx) : ORIGIN = 1M, LENGTH = 64K  ram (rw!x) : ORIGIN = 2M, LENGTH = 32K }
SECTIONS {
	.bss : { *(.bss*) *(COMMON) } >ram
	.text : { *(.text*) . = ALIGN(64); } >rom
	.data : { *(.data*) BYTE(1) } >ram AT>rom
}
X
echo 'int x = 1, y; int c __attribute__((common)); void _start(void) { y = x + c; }' >k.c
gcc -ffreestanding -fno-pie -fno-asynchronous-unwind-tables -c k.c || exit 99
ok "a map of a script's layout" ld -T k.ld k.o -o k -Map=k.map
is "... its regions" "$(sed -n '/^rom /p; /^ram /p' k.map | tr -s ' ' | tr '\n' ';')" \
	'rom 0x0000000000100000 0x0000000000010000 xr;ram 0x0000000000200000 0x0000000000008000 rw!x;'
is "... sections as they lie in the output" "$(sed -n 's/^\(\.[a-z]*\) .*/\1/p' k.map | head -4 | tr '\n' ' ')" \
	"$(readelf -SW k | sed -n 's/^ *\[ *[0-9]*\] \(\.[a-z]*\) .*/\1/p' | head -4 | tr '\n' ' ')"
like "... load addresses" "$(cat k.map)" '\.data .* load address 0x000000000010'
like "... gaps" "$(cat k.map)" ' \*fill\* +0x'
like "... inputs, not scripts" "$(grep '^LOAD' k.map | tr '\n' ' ')" '^LOAD k\.o $'
like "... common symbols" "$(grep -A1 '^ COMMON' k.map | tr '\n' ' ')" '0x[0-9a-f]+ +c $'
is "... the output" "$(tail -1 k.map)" 'OUTPUT(k elf64-x86-64)'
unlike "... no tables of object files" "$(cat k.map)" 'symtab .*k\.o'
done_testing
