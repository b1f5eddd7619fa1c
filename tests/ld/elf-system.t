# What firmware, C libraries and other programs below the system's need of a link.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf objdump nm

# narrow fields: 16-bit code jumps to anywhere in its 64 KiB, past the end as well
printf '.globl _start\n_start:\n.reloc ., R_386_PC16, f\n.2byte 0, 0\n' >p32.s
printf '.globl _start\n_start:\n.reloc ., R_X86_64_PC16, f\n.2byte 0, 0\n' >p64.s
printf '.globl _start\n_start:\n.reloc ., R_386_16, f\n.2byte 0, 0\n' >a32.s
printf '.globl _start\n_start:\n.reloc ., R_X86_64_8, f\n.2byte 0, 0\n' >b64.s
gcc -m32 -c p32.s a32.s && gcc -c p64.s b64.s || exit 99
# reach OBJECT MACHINE EXPRESSION OK|NO: does the field hold the distance?
reach() {
	if ld -m "$2" "$1" -o n --defsym "f=$3" 2>err; then r=OK; else r=NO; fi
	is "$1: $3" "$r" "$4"
}
field() { objdump -s -j .text n | awk '/^ [0-9a-f]/ { print substr($2, 1, 4) }'; }
for o in "p32.o elf_i386" "p64.o elf_x86_64"; do
	# shellcheck disable=SC2086 # two words
	set -- $o
	reach $1 $2 "_start-34942" OK
	is "wrapped" "$(field)" 8277
	reach $1 $2 "_start-65536" OK
	reach $1 $2 "_start-65537" NO
	reach $1 $2 "_start+65535" OK
	reach $1 $2 "_start+65536" NO
	like "the message has the range" "$(cat err)" 'PC16 out of range: 65536 is not in \[-2\^16, 2\^16\)'
done
reach a32.o elf_i386 0xffff8000 OK
is "an address below 0" "$(field)" 0080
reach a32.o elf_i386 0xfffeffff NO
reach b64.o elf_x86_64 0xff OK
reach b64.o elf_x86_64 -256 OK
reach b64.o elf_x86_64 256 NO

# sections that are not loaded stand where the script says: BIOS code whose sections have no flags
cat >na.s <<'S'
.section .fixed,"",@progbits
in: .byte 1, 2, 3, 4
.section .after,"",@progbits
.long in
.section .orphan,"",@progbits
.long 7
.text
.globl _start
_start: .long in, behind
S
gcc -c na.s
echo 'SECTIONS { . = 0x1000; .text : { *(.text) } .fixed 0x5000 : { *(.fixed) } behind = .; .after : { *(.after) } .comment 0 : { *(.comment) } }' >na.ld
ok "sections without flags in a script" ld -T na.ld na.o -o na
addr() { readelf -SW "$2" | awk -v s="$1" '{ sub(/^ *\[ */, "") } $2 == s { print $4 }'; }
is "the address that is asked for" "$(addr .fixed na)" 0000000000005000
is "'.' goes on behind it" "$(addr .after na)" 0000000000005004
is "an orphan has none" "$(addr .orphan na)$(addr .comment na)" 00000000000000000000000000000000
is "references" "$(objdump -s -j .text na | awk '/^ 1000/ { print $2, $3 }')" "00500000 04500000"
is "it is not loaded all the same" "$(readelf -lW na | grep -c '^  LOAD')" 1
sed 's/behind = \.;//; s/^/behind = 0x5004; /' na.ld >na2.ld
ok "without an assignment between them" ld -T na2.ld na.o -o na2
is "what is not loaded does not move what follows" "$(addr .after na2)" 0000000000001008
echo 'MEMORY { R (rx) : ORIGIN = 0x1000, LENGTH = 12 } SECTIONS { .text : { *(.text) } >R .fixed : { behind = .; *(.fixed) *(.after) } >R .data : { *(.data) } >R }' >nm.ld
ok "nor does it fill a region" ld -T nm.ld na.o -o na

# a library that is a program, too, brings its own .interp
i=$(readelf -lW /bin/sh | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
cat >lib.c <<C
#include <unistd.h>
const char interp[] __attribute__((section(".interp"))) = "$i";
int twice(int n) { return 2 * n; }
void start(void) { _exit(write(1, "library\n", 8) != 8); }
C
printf 'int twice(int);\nint main(void) { return twice(21) != 42; }\n' >user.c
ok "a library with .interp" link lib.so -shared -fPIC lib.c -Wl,-e,start
like "PT_INTERP" "$(readelf -lW lib.so)" "interpreter: $i"
is "PT_PHDR comes first" "$(readelf -lW lib.so | awk '/^  (PHDR|INTERP|LOAD) / { print $1 }' | head -n 3 | xargs)" "PHDR INTERP LOAD"
prints "runs" library ./lib.so
ok "and is linked against" link user user.c ./lib.so
ok "which runs" ./user
printf '.globl _start\n_start: ret\n.section .interp,"a"\n.asciz "/x"\n' >s.s && gcc -c s.s
ok "a static program" ld s.o -o s
like "has it as well" "$(readelf -lW s)" 'interpreter: /x'
ok "-r" ld -r s.o -o sr.o

# scripts of UEFI programs: the dynamic relocations go where the script has those of data
cat >efi.c <<'C'
extern int out;
static int in;
int *table[] = {&in, &in, &out};
int start(void) { return *table[0]; }
C
cat >efi.ld <<'L'
SECTIONS {
	.text : { *(.text*) }
	. = ALIGN(4096); .data : { *(.got*) *(.data*) *(.bss*) }
	. = ALIGN(4096); .dynamic : { *(.dynamic) }
	. = ALIGN(4096); .rela : { *(.rela.data*) *(.rela.got) }
	. = ALIGN(4096); .dynsym : { *(.dynsym) } .dynstr : { *(.dynstr) }
}
L
gcc -fPIC -O1 -c efi.c
ok "a script of UEFI programs" ld -shared efi.o -o efi.so -T efi.ld
is "the table" "$(readelf -SW efi.so | awk '{ sub(/^ *\[ */, "") } $2 == ".rela" { print $3, substr($4, 14), $7 }')" "RELA 000 18"
is "nowhere else" "$(readelf -SW efi.so | grep -c '\.rela')" 1
dynamic() { readelf -dW efi.so | sed -n "s/.*($1) *\([^ ]*\).*/\1/p"; }
is "DT_RELA" "$(printf %016x "$(dynamic RELA)")" "$(addr .rela efi.so)"
is "its entries" "$(dynamic RELASZ) $(readelf -rW efi.so 2>&1 | grep -c 'R_X86_64_RELATIVE\|R_X86_64_64 ')" "96 3"
unlike "readelf has no complaint" "$(readelf -aW efi.so 2>&1)" 'Error|Warning'

# boot code: no page of the file is the headers' with -N, and those of a first section with an address stand before it
cat >boot.s <<'S'
.globl _start
_start:
	mov $1, %eax
	mov $1, %edi
	lea text(%rip), %rsi
	mov $3, %edx
	syscall
	mov d(%rip), %edi
	movl $5, b(%rip)
	mov $60, %eax
	syscall
.section .rodata
text: .ascii "up\n"
.data
d: .long 0
.bss
b: .long 0
S
gcc -c boot.s
# loads NAME OPTION...: links boot.o; the LOAD segments, as offset, address and flags
loads() {
	boot_name=$1; shift
	ok "$boot_name" ld boot.o -o boot "$@"
	got=$(readelf -lW boot | awk '$1 == "LOAD" { print $2, substr($3, 11), $7 ($8 == "E" ? $8 : "") }' | xargs)
}
loads "-N" -N
is "one segment, without the headers" "$got" "0x0000b0 004000b0 RWE"
prints "runs" up ./boot
loads "-N -Ttext 0x7c00" -N -Ttext 0x7c00
is "one segment there" "$got" "0x0000b0 00007c00 RWE"
loads "-n" -n
is "text, constants and data in pages of their own" "$(readelf -lW boot | awk '$1 == "LOAD" { print int($2 % 4096 == $3 % 4096), substr($3, 11, 5) }' | sort -u | wc -l)" 3
prints "runs" up ./boot
loads "-Ttext" -Ttext 0x700000
like "headers before it" "$got" '^0x000000 006ff000 R 0x001000 00700000 RE '
prints "runs" up ./boot
loads "-Ttext and one segment" -Ttext 0x700020 -z noseparate-code
like "headers before it" "$got" '^0x000000 006ff000 RE '
prints "runs" up ./boot
loads "-Ttext 0" -Ttext 0
like "no room for them" "$got" '^0x001000 00000000 RE '
loads "-Ttext-segment stays" -Ttext 0x700000 -Ttext-segment 0x600000
like "where it is" "$got" '^0x000000 00600000 R '
printf 'int puts(const char *);\nint main(void) { return puts("static") < 0; }\n' >st.c
for o in -N -n; do
	ok "a static C program, $o" link st st.c -static -Wl,$o
	prints "which reads its headers" static ./st
done

# Free Pascal names all its files in a script of -T
echo 'INPUT(boot.o) SECTIONS { .extra : { *(.extra) } } INSERT AFTER .data;' >in.ld
ok "files that only a script names" ld -o fromscript -T in.ld
prints "are linked" up ./fromscript
echo 'SECTIONS { .extra : { *(.extra) } } INSERT AFTER .data;' >none.ld
status "a script that names none" 1 ld -o none -T none.ld
is "the message" "$(cat tap.err)" "objkit ld: error: no input files"

# a library without a soname is needed by its file's name when -l found it, else by the path that was given
mkdir -p libs
link libs/libplain.so -shared -fPIC lib.c || exit 99
echo 'INPUT(-lplain)' >by-script.so
printf '.globl _start\n_start: call twice@PLT\n.section .note.GNU-stack\n' >needs.s && gcc -c needs.s
need_of() { ld needs.o -o needs -e _start --allow-shlib-undefined "$@" && readelf -dW needs | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep plain; }
is "-l" "$(need_of -Llibs -lplain)" libplain.so
is "-l:" "$(need_of -L"$PWD/libs" -l:libplain.so)" libplain.so
is "-l in a script" "$(need_of -L./libs by-script.so)" libplain.so
is "a path" "$(need_of ./libs/libplain.so)" ./libs/libplain.so
done_testing
