# Options that meet each other: tags, dynamic symbols, relocations by name, symbols and what programs print are those of
# GNU ld. What is known to differ on purpose (objkit-ld.1, "DIFFERENCES FROM GNU LD") is left out by name below.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc ld.bfd readelf
cat >liba.c <<'C'
int a_fn(void) { return 1; }
int a_data = 5, a_big[40] = {1, 2};
__thread int a_tls = 7;
__attribute__((weak)) int a_weak(void) { return 9; }
__attribute__((visibility("protected"))) int a_prot(void) { return 11; }
__attribute__((visibility("hidden"))) int a_hid(void) { return 12; }
int a_calls(void) { return a_fn() + a_hid() + a_prot() + a_weak(); }
static int impl(void) { return 77; }
static void *choose(void) { return impl; }
int a_ifunc(void) __attribute__((ifunc("choose")));
C
printf 'extern int a_fn(void); int b_fn(void) { return 100 + a_fn(); } int b_unused(void) { return 1; }\n' >libb.c
printf 'int c_unused(void) { return 3; }\n' >libc3.c
cat >main.c <<'C'
#include <stdio.h>
extern int a_fn(void), a_calls(void), b_fn(void), a_ifunc(void), m_arch(void), a_prot(void), a_data, a_big[];
extern __thread int a_tls;
extern int nowhere(void) __attribute__((weak)), wdata __attribute__((weak));
int common_var, m_data = 3;
static int st = 4;
__thread int m_tls = 2;
__attribute__((constructor)) static void ini(void) { m_data++; }
int (*fp)(void) = a_fn, *dp = &a_data;
__attribute__((section("mysec"))) int ms = 5;
extern int __start_mysec[], __stop_mysec[];
int main(void)
{
	printf("%d %d %d %d %d %d %d %d %d %d %d %d\n", a_fn(), a_calls(), b_fn(), a_ifunc(), a_data, a_big[1], a_tls, m_tls, m_data + st, m_arch(), fp() + *dp, nowhere ? 1 : 0);
	printf("%d %d %d %d\n", (int)(__stop_mysec - __start_mysec), fp == a_fn, a_prot(), &wdata ? 1 : 0);
	return 0;
}
C
printf 'extern int arch_helper(void); int m_arch(void) { return arch_helper() + 1; } int m2_unused(void) { return 4; } int common_var; static int loc; int *locp = &loc; const int ro = 5;\n' >m2.c
printf 'int ar_data = 9; int arch_helper(void) { return ar_data; } int ar_dead(void) { return 0; }\n' >ar1.c
printf 'int ar2_fn(void) { return 1; }\n' >ar2.c
for f in liba libb libc3; do gcc -O1 -ffunction-sections -fcommon -fPIC -c $f.c; done
for f in main m2 ar1 ar2; do
	gcc -O1 -ffunction-sections -fcommon -fPIC -c $f.c -o $f-pic.o
	gcc -O1 -ffunction-sections -fcommon -fno-pic -fno-pie -c $f.c -o $f-abs.o
	gcc -O1 -ffunction-sections -fcommon -fPIE -c $f.c -o $f-pie.o
done
for k in pic abs pie; do ar rc libar-$k.a ar1-$k.o ar2-$k.o; done
mkdir lib
gcc -shared liba.o -o lib/liba.so -Wl,-soname,liba.so.1; ln -s liba.so lib/liba.so.1
gcc -shared libb.o -o lib/libb.so -Llib -la; gcc -shared libc3.o -o lib/libc3.so
printf '{ global: a_*; m_*; local: *; };\n' >anon.map
printf 'X1 { global: a_fn; m_arch; local: *; };\nX2 { global: a_data; b_*; main; } X1;\n' >x.map
printf '{ a_fn; m_data; };\n' >dyn.list; printf 'common_var\nmain\nm_data\na_fn\n' >retain.txt
for f in crt1.o Scrt1.o crti.o crtn.o crtbegin.o crtbeginS.o crtend.o crtendS.o; do ln -s "$(gcc -print-file-name=$f)" .; done
ln -s "$(gcc -print-file-name=libc.so)" lib/

# Of FILE: every tag with its value, unless that is an address; without the count of needed libraries' versions.
tags() { readelf -dW "$1" | sed -n 's/^ *0x[0-9a-f]* (\([A-Z0-9_]*\)) */\1 /p' | sed -e 's/ 0x.*//; s/ [0-9]* (bytes)//' -e '/^\(PLTRELSZ\|RELACOUNT\|FLAGS_1 Flags: None\)/d' -e '/^VERNEEDNUM/d' | sort; }
# ... dynamic symbols; $2 says of what section numbers there are names
where_of() { readelf -SW "$1" | sed -n 's/^ *\[ *\([0-9]*\)\] \([^ ]*\) .*/\1 \2/p'; }
symbols() { # FILE -D|-S
	where_of "$1" >sec.txt
	readelf $([ "$2" = -D ] && echo --dyn-syms || echo -s) -W "$1" | awk -v dyn="$2" 'NR == FNR {sec[$1] = $2; next}
		/^Symbol table/ {on = dyn == "-D" || /symtab/} on && $1 ~ /^[0-9]+:$/ && $8 != "" {n = $7 in sec ? sec[$7] : $7; print $8, $4, $5, $6, n, $3}' sec.txt - |
		grep -vE '^(__tls_get_addr|_ITM_|nowhere|wdata|__gmon_start__ NOTYPE WEAK DEFAULT UND 0$)' | sort; }
globals() { symbols "$1" -S | grep -E ' (GLOBAL|WEAK|UNIQUE) DEFAULT | PROTECTED ' | grep -vE '^(common_var|_GLOBAL|_DYNAMIC|data_start|__TMC|[^ ]* NOTYPE WEAK DEFAULT UND)'; }
relocs() { readelf -rW "$1" | awk '$3 ~ /^R_/ {n = $5; if ($3 ~ /RELATIV|DTPMOD|DTPOFF/) n = ""; print $3, n}' | grep -vE '__tls_get_addr|R_X86_64_64 a_|NONE|R_X86_64_TPOFF' | sort | uniq -c; }
kind() { readelf -hW "$1" | sed -n 's/^ *Type: *//p'; }
both() { # WHAT OPTIONS... of ld
	what=$1; shift
	rm -f o g
	"$OBJKIT" ld -m elf_x86_64 "$@" -o o >o.msg 2>&1; so=$?
	ld.bfd -m elf_x86_64 "$@" -o g >g.msg 2>&1; sg=$?
	is "$what: status" $((so != 0)) $((sg != 0))
	[ $so$sg = 00 ] || return
	is "$what: kind" "$(kind o)" "$(kind g)"
	is "$what: tags" "$(tags o)" "$(tags g)"
	is "$what: dynamic symbols" "$(symbols o -D)" "$(symbols g -D)"
	is "$what: symbols" "$(globals o)" "$(globals g)"
	is "$what: relocations" "$(relocs o)" "$(relocs g)"
}
# program KIND CODE OPTIONS..., and what it prints
program() {
	k=$1 c=$2; shift 2
	case $k in
	pie) set -- -pie "$@" Scrt1.o crti.o crtbeginS.o main-$c.o m2-$c.o libar-$c.a ${LIBS:--Llib -la -lb} -lc crtendS.o crtn.o ;;
	*) set -- "$@" crt1.o crti.o crtbegin.o main-$c.o m2-$c.o libar-$c.a ${LIBS:--Llib -la -lb} -lc crtend.o crtn.o ;;
	esac
	both "$k $c: $(echo "$*" | sed 's/ S*crt1.*//')" -dynamic-linker /lib64/ld-linux-x86-64.so.2 "$@"
	[ -f o ] && [ -f g ] && is "$what: runs" "$(LD_LIBRARY_PATH=lib ./o 2>&1; echo $?)" "$(LD_LIBRARY_PATH=lib ./g 2>&1; echo $?)"
}
library() { both "shared: $*" -shared "$@" crti.o crtbeginS.o main-pic.o m2-pic.o libar-pic.a ${LIBS:--Llib -la -lb} -lc crtendS.o crtn.o; }

for o in '' --export-dynamic '-soname mine.so' '-z nodynamic-undefined-weak' "--dynamic-list=dyn.list" '--version-script=x.map' '--unique=mysec --gc-sections -u m2_unused' \
	'--wrap=arch_helper -u nosuch' '-z pack-relative-relocs -z now' '-Bsymbolic --export-dynamic-symbol=m_*' '-init=m_arch --exclude-libs=ALL -E' \
	'--retain-symbols-file=retain.txt -rpath /a -rpath /b' '-f aux.so' '-F fil.so' '-Ttext-segment=0x600000' '-defsym=absym=0x1234 -z unique-symbol'; do
	program exe abs $o
	program pie pic $o
done
program exe pic --hash-style=both
for o in '' '-f aux.so -F fil.so --audit=a.so' '--version-script=x.map' '--version-script=anon.map --default-symver -soname s.so' '-Bsymbolic-functions -z defs' \
	'-z nodelete -z initfirst -z origin -z global' '--exclude-libs=libar-pic.a --disable-new-dtags -rpath /a' '--as-needed --wrap=arch_helper' '-x --no-undefined -Bgroup' \
	'--export-dynamic-symbol=m_* --defsym=alias=m_arch'; do
	library $o
done
LIBS='-Llib --as-needed -lc3 -lb -la --no-as-needed'; program exe pie; program pie pic -E; library -z now
LIBS='-Llib -la -lb --push-state --as-needed -lc3 --pop-state -lc3'; program exe abs; library
LIBS='-Llib -lb -la'
# what nothing defines is left to the loader where an option lets it through
LIBS='-Llib -lb'
for o in --unresolved-symbols=ignore-all --warn-unresolved-symbols --noinhibit-exec; do
	"$OBJKIT" ld -m elf_x86_64 -dynamic-linker /lib64/ld-linux-x86-64.so.2 $o crt1.o crti.o crtbegin.o main-pic.o m2-pic.o libar-pic.a -Llib -lb -rpath-link lib -lc crtend.o crtn.o -o o >/dev/null 2>&1
	like "$o: the loader finds it" "$(LD_LIBRARY_PATH=lib ./o 2>&1)" '^1 33 101 77 5 2 7 '
done
# code that takes a weak symbol for a constant and code that asks the GOT agree
printf 'extern int late(void) __attribute__((weak)); int by_got(void) { return late ? late() : -1; }\n' >w1.c
printf 'extern int late(void) __attribute__((weak)); int by_got(void); int main(void) { return (late ? 2 : 0) + (by_got() < 0 ? 0 : 1); }\n' >w2.c
printf 'int by_got(void); int main(void) { return by_got() < 0 ? 0 : 1; }\n' >w3.c
printf 'int late(void) { return 5; }\n' >w4.c
gcc -shared -fPIC w4.c -o late.so; gcc -O1 -fPIC -c w1.c; gcc -O1 -fno-pic -c w2.c w3.c
link w w1.o w2.o -no-pie; LD_PRELOAD=./late.so ./w; is "a weak symbol that code has for 0 is 0 everywhere" $? 0
link w w1.o w3.o -no-pie; LD_PRELOAD=./late.so ./w; is "one that only the GOT is asked for is looked up at run time" $? 1
link w w1.o w3.o -no-pie -Wl,-z,nodynamic-undefined-weak; LD_PRELOAD=./late.so ./w; is "not with -z nodynamic-undefined-weak" $? 0
link w w1.o w3.o -pie -Wl,-z,nodynamic-undefined-weak; LD_PRELOAD=./late.so ./w; is "nor in a PIE" $? 0
# -N and -n: static libraries from there on
for o in -N -n --omagic --nmagic; do
	status "$o: no shared libraries are found" 1 ld -m elf_x86_64 $o main-abs.o -Llib -lb -o x
	status "$o -Bdynamic: but behind that" 0 ld -m elf_x86_64 --unresolved-symbols=ignore-all -e 0 $o -Bdynamic m2-abs.o -Llib -lb -o x
done
status "a plugin that is not there" 1 ld -m elf_x86_64 -plugin ./none.so m2-abs.o -e 0 -o x
like "... is told of" "$(cat tap.err)" 'plugin ./none\.so: No such file'
# -r: sections in GNU ld's order, symbols that nothing needs
shape() { readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \([^ ]*\) .*/\1/p' | grep -v 'tab$' | xargs; }
for o in '' -x -X -s --retain-symbols-file=retain.txt '-z execstack'; do
	"$OBJKIT" ld -m elf_x86_64 -r $o main-pic.o m2-pic.o ar1-pic.o libb.o -o o; ld.bfd -m elf_x86_64 -r $o main-pic.o m2-pic.o ar1-pic.o libb.o -o g
	is "-r $o: sections" "$(shape o)" "$(shape g)"
	is "-r $o: symbols" "$(symbols o -S)" "$(symbols g -S)"
	link ro -no-pie o lib/liba.so && is "-r $o: links again" "$(LD_LIBRARY_PATH=lib ./ro | head -n 1)" '1 33 101 77 5 2 7 2 8 10 6 0'
done
done_testing
