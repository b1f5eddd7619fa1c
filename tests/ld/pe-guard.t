# Control flow guard: tables, counts and flags, found through a load configuration; the same functions as
# ld.lld lists. Safe exception handlers of i386, and what else a load configuration names.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19 clang-19 ld.lld-19

# The directory as newer C runtimes have it, by pointer-sized fields.
config() {
	case $m in
	x86_64) echo '	.quad 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	.quad __guard_check_icall_fptr, __guard_dispatch_icall_fptr, __guard_fids_table, __guard_fids_count
	.long __guard_flags, 0, 0, 0
	.quad __guard_iat_table, __guard_iat_count, __guard_longjmp_table, __guard_longjmp_count
	.quad 0, 0, 0, 0, 0, 0, 0, __enclave_config, __volatile_metadata, __guard_eh_cont_table, __guard_eh_cont_count' ;;
	*) echo '	.long 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	.long ___safe_se_handler_table, ___safe_se_handler_count
	.long ___guard_check_icall_fptr, 0, ___guard_fids_table, ___guard_fids_count
	.long ___guard_flags, 0, 0, 0
	.long ___guard_iat_table, ___guard_iat_count, ___guard_longjmp_table, ___guard_longjmp_count' ;;
	esac
}
lc() { llvm-readobj-19 --coff-load-config "$1"; }
field() { lc "$1" | sed -n "s/^ *$2: //p" | head -1; }
flags() { lc "$1" | sed -n 's/.*GuardFlags \[ (\(.*\))/\1/p'; }
fids() { lc "$1" | sed -n '/GuardFidTable \[/,/\]/p' | grep -c 0x; }

for m in x86_64 i686; do
	for_target $m
	cat >g.c <<'C'
#include <stdio.h>
int f1(int x) { return x + 1; }
int f2(int x) { return x * 2; }
static int f3(int x) { return x - 3; }
int not_taken(int x) { return x * 9; }
int (*table[])(int) = { f1, f2, f3 };
int main(int argc, char **argv) {
	(void)argv;
	int r = not_taken(argc);
	for (int i = 0; i < 3; i++) r = table[i](r);
	printf("%d\n", r);
	return 0;
}
C
	{ echo ' .section .rdata,"dr"'; echo " .globl ${U}_load_config_used"; echo ' .balign 8'
	  echo "${U}_load_config_used:"; case $m in x86_64) n=280 ;; *) n=120 ;; esac
	  echo " .long $n, 0"; config
	  echo ' .section .00cfg,"dr"'; echo ' .balign 8'
	  for s in check dispatch; do echo " .globl ${U}__guard_${s}_icall_fptr"; echo "${U}__guard_${s}_icall_fptr:"
	    case $m in x86_64) echo " .quad ${s}_icall" ;; *) echo " .long ${s}_icall" ;; esac; done
	  echo ' .text'; echo 'check_icall: ret'; echo 'dispatch_icall:'
	  case $m in x86_64) echo ' jmp *%rax' ;; *) echo ' ret' ;; esac; } >lc.s
	"$P-gcc" -c lc.s
	clang-19 --target=$m-w64-mingw32 -mguard=cf -O1 -c g.c -o g.o
	ok "$m: --guard-cf" cc g.o lc.o -o g.exe -Wl,--guard-cf
	is "$m: nothing is said" "$(cat tap.err)" ''
	linked_by_us "$m: objkit linked it" g.exe
	runs "$m: it runs" 17 0 ./g.exe
	like "$m: the header says so" "$(llvm-readobj-19 --file-headers g.exe)" 'GUARD_CF '
	is "$m: directory 10 has the size that the structure says" "$("$P-objdump" -p g.exe | awk '/Load Configuration/ {print $4}' | sed 's/^0*//')" "$(printf %x $n)"
	is "$m: as many entries as the count says" "$(fids g.exe)" "$(field g.exe GuardCFFunctionCount)"
	is "$m: ascending" "$(lc g.exe | sed -n '/GuardFidTable \[/,/\]/s/ *\(0x.*\)/\1/p')" "$(lc g.exe | sed -n '/GuardFidTable \[/,/\]/s/ *\(0x.*\)/\1/p' | sort -u)"
	is "$m: flags" "$(flags g.exe)" 0x10500
	for f in f1 f2 f3; do
		a=$(nm g.exe | awk -v f=$U$f '$3 == f {print $1}' | sed 's/^0*//')
		like "$m: $f may be called" "$(lc g.exe | sed -n '/GuardFidTable \[/,/\]/p')" "0x$(echo $a | tr a-f A-F)$"
	done
	a=$(nm g.exe | awk -v f=${U}not_taken '$3 == f {print $1}' | sed 's/^0*//' | tr a-f A-F)
	unlike "$m: a function whose address nobody takes may not" "$(lc g.exe | sed -n '/GuardFidTable \[/,/\]/p')" "0x$a\$"
	ok "$m: the marker sections are not in the image" sh -c "! $P-objdump -h g.exe | grep -E 'gfids|giats|gljmp'"

	ok "$m: without guard" cc g.o lc.o -o n.exe
	is "$m: the tables are nowhere" "$(field n.exe GuardCFFunctionTable) $(field n.exe GuardCFFunctionCount)" "0x0 0"
	runs "$m: it runs" 17 0 ./n.exe
	"$P-gcc" -c g.c -o plain.o
	ok "$m: an object that knows no guard" cc plain.o lc.o -o p.exe -Wl,--guard-cf,--no-guard-longjmp
	a=$(nm p.exe | awk -v f=${U}f3 '$3 == f {print $1}' | sed 's/^0*//' | tr a-f A-F)
	like "$m: its static function counts too" "$(lc p.exe | sed -n '/GuardFidTable \[/,/\]/p')" "0x$a\$"
	is "$m: --no-guard-longjmp" "$(flags p.exe)" 0x500
	ok "$m: no load configuration" cc g.c -o w.exe -Wl,--guard-cf
	like "$m: is warned of" "$(cat tap.err)" 'warning: --guard-cf: _load_config_used is missing'
	ok "$m: --dependent-load-flag" cc g.o lc.o -o d.exe -Wl,--dependent-load-flag=0x800
	is "$m: in its place" "$(field d.exe DependentLoadFlags)" 0x800
	is "$m: and in the checksum" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact d.exe 2>&1)" ''
	ok "$m: without a configuration" cc g.c -o w.exe -Wl,--dependent-load-flag=0x800
	like "$m: it is warned of" "$(cat tap.err)" 'warning: --dependent-load-flag: there is no _load_config_used'
	for t in 1 5; do cc g.o lc.o -o t$t.exe -Wl,--guard-cf,--threads=$t; done
	same "$m: the same bytes on any number of threads" t1.exe t5.exe
	printf 'extern const unsigned char __buildid[16] __attribute__((weak)); int main(void) { int s = 0; for (int i = 0; i < 16; i++) s |= __buildid[i]; return s; }\n' >b.c
	ok "$m: __buildid" cc b.c -o b.exe -Wl,--build-id=0x08080808080808080808080808080808
	runs "$m: is the id" '' 8 ./b.exe
done

# against ld.lld, where the objects are the same and there is no C runtime
for_target x86_64
cat >free.c <<'C'
int f1(int x) { return x + 1; }
int f2(int x) { return x * 2; }
int (*volatile table[])(int) = { f1, f2 };
int start(void) { return table[0](1) + table[1](2); }
C
clang-19 --target=x86_64-w64-mingw32 -mguard=cf -ffreestanding -O1 -c free.c -o free.o
x86_64-w64-mingw32-gcc -c -x assembler "$T/x86_64/lc.s" -o lc.o
ok "freestanding" "$OBJKIT" ld -m i386pep -e start free.o lc.o -o o.exe --guard-cf
sed 's/__volatile_metadata/0/' lc.s >ll.s && x86_64-w64-mingw32-gcc -c ll.s -o ll.o # a newer symbol
ok "ld.lld" ld.lld-19 -m i386pep -e start free.o ll.o -o l.exe --guard-cf
is "as many targets as ld.lld finds" "$(field o.exe GuardCFFunctionCount)" "$(field l.exe GuardCFFunctionCount)"
is "the same flags" "$(lc o.exe | grep -A4 'GuardFlags \[')" "$(lc l.exe | grep -A4 'GuardFlags \[')"

# i386: handlers are listed only if every object lists its own
for_target i686
{ echo '	.globl _main'; echo '_main:	xorl %eax, %eax'; echo '	ret'; echo '_h:	ret'; echo '	.safeseh _h'
  echo '@feat.00 = 1'; } >seh.s
feat='	.def @feat.00; .scl 3; .type 0; .endef\n	.globl @feat.00\n'
printf "	.def _h; .scl 3; .type 32; .endef\n$feat" | cat - seh.s >s.s
sed 's/guard_check_icall_fptr/safe_zero/;/section .00cfg/,$d' lc.s >lcs.s
printf "	.globl ___safe_zero\n___safe_zero:	.long 0\n$feat@feat.00 = 1\n" >>lcs.s
clang-19 --target=i686-w64-mingw32 -c s.s -o s.o && clang-19 --target=i686-w64-mingw32 -c lcs.s -o lcs.o
ok "i686: .safeseh" "$OBJKIT" ld -m i386pe -e _main s.o lcs.o -o s.exe
is "one handler" "$(field s.exe SEHandlerCount)" 1
unlike "with an address" "$(field s.exe SEHandlerTable)" '^0x0$'
printf '	.globl _other\n_other: ret\n' >o.s && i686-w64-mingw32-gcc -c o.s
ok "with an object that does not say" "$OBJKIT" ld -m i386pe -e _main s.o lcs.o o.o -o s2.exe
is "no table" "$(field s2.exe SEHandlerCount) $(field s2.exe SEHandlerTable)" "0 0x0"
done_testing
