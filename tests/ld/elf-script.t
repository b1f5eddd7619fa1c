# Linker scripts: GNU ld's own default scripts, firmware, a kernel image that boots, --defsym, errors.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >h.c <<'X'
#include <stdio.h>
static __thread int t = 40;
int common[100];
int main(void) { common[3] = 2; printf("%d\n", t + common[3]); return 0; }
X
cat >x.cc <<'X'
#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what() << "\n"; } }
X
if have ld.bfd; then
	for m in -static -no-pie -pie; do
		e=; [ $m = -pie ] && e=-pie
		# shellcheck disable=SC2086
		ld.bfd -m elf_x86_64 $e --verbose | sed -n '/^=====/,/^=====/p' | grep -v '^=====' >d.ld
		ok "C by GNU ld's default script $m" link h $m -fcommon h.c -Wl,-T,d.ld
		prints "it runs $m" 42 ./h
		ok "C++ by it $m" linkxx x $m x.cc -Wl,-T,d.ld
		prints "it runs $m" thrown ./x
		ok "with --gc-sections $m" link h $m -fcommon h.c -Wl,-T,d.ld -Wl,--gc-sections
		prints "it runs $m" 42 ./h
	done
fi
cat >k.S <<'X'
.section .multiboot,"a"
.long 0x1BADB002, 0, -0x1BADB002
.text
.code32
.globl start
start: mov $stack_top,%esp
 mov $msg,%esi
1: lodsb
 test %al,%al
 jz 2f
 mov $0xe9,%dx
 outb %al,%dx
 jmp 1b
2: mov initialised,%eax
 mov $0xf4,%dx
 outl %eax,%dx
3: hlt
 jmp 3b
.section .rodata
msg: .asciz "kernel up\n"
.data
initialised: .long 0x10
.bss
.space 4096
X
cat >k.ld <<'X'
ENTRY(start)
MEMORY { ram (rwx) : ORIGIN = 1M, LENGTH = 1M }
SECTIONS {
  .boot : { KEEP(*(.multiboot)) } > ram
  .text ALIGN(4K) : { *(.text .text.*) LONG(0xdeadbeef) . = ALIGN(16); etext = .; } > ram =0x90909090
  .rodata : { *(.rodata*) } > ram
  .data ALIGN(4K) : { data_start = .; *(.data*) } > ram
  .bss : { *(COMMON) *(.bss*) . = ALIGN(16); stack_top = .; } > ram
  /DISCARD/ : { *(.note*) }
  ASSERT(SIZEOF(.text) < 4K, "text too big")
}
X
as --32 k.S -o k.o
ok "a kernel image" ld -m elf_i386 -T k.ld k.o -o k.elf
s=$(readelf -SW k.elf)
like "text is where ALIGN says" "$s" '\.text +PROGBITS +00101000 .* AX '
like "symbols" "$(readelf -sW k.elf)" '00102000 .* data_start'
if have qemu-system-i386; then
	out=$(timeout 20 qemu-system-i386 -display none -kernel k.elf -debugcon stdio -device isa-debug-exit,iobase=0xf4 2>&1)
	is "it boots and reports its data" "$? $out" "33 kernel up"
else
	skip_test "it boots" "no qemu-system-i386"
fi
cat >fw.ld <<'X'
ENTRY(reset)
MEMORY { rom (rx) : ORIGIN = 0x08000000, LENGTH = 64K
         ram (rw) : ORIGIN = 0x20000000, LENGTH = 8K }
SECTIONS {
  .isr : { KEEP(*(.isr)) } >rom
  .text : { *(.text*) *(.rodata*) _etext = .; } >rom
  .data : { _sdata = .; *(.data*) . = ALIGN(4); _edata = .; } >ram AT>rom
  _sidata = LOADADDR(.data);
  .bss (NOLOAD) : { _sbss = .; *(.bss*) *(COMMON) _ebss = .; } >ram
  PROVIDE(unused_one = 1); PROVIDE(stack = ORIGIN(ram) + LENGTH(ram));
}
X
cat >fw.c <<'X'
extern char stack[], _sidata[], _sdata[], _edata[];
int initialised[4] = {1, 2, 3, 4}, zero[8];
void reset(void);
__attribute__((section(".isr"), used)) const void *const isr[] = {stack, (void *)reset, _sidata, _sdata, _edata};
void reset(void) { for (;;) zero[0] += initialised[1]; }
X
gcc -ffreestanding -fno-pic -mcmodel=large -c fw.c
ok "firmware" ld -T fw.ld fw.o -o fw.elf --gc-sections
s=$(readelf -sW fw.elf)
like "data runs in RAM" "$s" '20000000 .* _sdata'
like "and is loaded from ROM" "$(readelf -lW fw.elf)" 'LOAD .* 0x0000000020000000 0x00000000080[0-9a-f]{5} '
like "PROVIDE, used" "$s" '20002000 .* stack'
unlike "PROVIDE, unused" "$s" unused_one
sed -i 's/64K/16/' fw.ld
status "a region that is too small" 1 ld -T fw.ld fw.o -o big.elf
like "is named" "$(cat tap.err)" "region \`rom' overflowed by [0-9]+ bytes"
echo 'SECTIONS { .text : { *(.text) } ASSERT(0, "never holds") }' >a.ld
status "ASSERT" 1 ld -T a.ld k.o -m elf_i386 -o big.elf -e start --defsym stack_top=0
like "its message and place" "$(cat tap.err)" 'a.ld:1:[0-9]+: never holds'
printf 'SECTIONS {\n  .text : { *(.text }\n}\n' >a.ld
status "syntax error" 1 ld -T a.ld fw.o -o big.elf
like "place" "$(cat tap.err)" 'a.ld:2:'
cat >nx.c <<'X'
extern int one(void);
__attribute__((section(".a"))) int fa(void) { return one(); }
__attribute__((section(".b"))) int one(void) { return 1; }
X
gcc -c -fno-pic nx.c -o nx.o || exit 99
nx() { # nx COMMAND STATUS: ld by a script with .a, .b and COMMAND
	printf 'SECTIONS { .a : { *(.a) } .b : { *(.b) } %s }\n%s\n' "$3" "$1" >nx.ld
	status "${1:-$3}" "$2" ld -T nx.ld nx.o -o nx.elf -e fa
}
nx 'NOCROSSREFS(.a .b)' 1 ''
like "both sections and the symbol are named" "$(cat tap.err)" "nx.o: \.a\+0x.*prohibited cross reference from \.a to 'one' in \.b"
nx 'NOCROSSREFS(.a .c)' 0 ''
nx 'NOCROSSREFS_TO(.b .a)' 1 ''
nx 'NOCROSSREFS_TO(.a .b)' 0 ''
printf 'SECTIONS { OVERLAY 0x1000 : NOCROSSREFS { .a { *(.a) } .b { *(.b) } } }\n' >nx.ld
status "an overlay with NOCROSSREFS" 1 ld -T nx.ld nx.o -o nx.elf -e fa
cat >ds.c <<'X'
#include <stdio.h>
extern char number[], alias_of_f[]; int f(void) { return 7; }
int main(void) { void *volatile p = (void *)f; printf("%ld %d\n", (long)number, p == alias_of_f); }
X
ok "--defsym" link ds -no-pie ds.c -Wl,--defsym,number=0x10+4 -Wl,--defsym,alias_of_f=f
prints "its values" "20 1" ./ds
done_testing
