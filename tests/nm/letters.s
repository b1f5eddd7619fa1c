# one symbol of every kind that has a letter of its own
.globl gt, gd, gb, gr, gabs, gu
.text
gt: nop
lt: nop
.size lt,1
.data
gd: .long 1
.size gd,4
ld_: .long 2
.bss
gb: .zero 8
.section .rodata
gr: .byte 1
.set gabs, 0x1234
.set labs, 5
.comm com,24,8
.weak wf, wo, wu, wuo
.text
wf: nop
.data
wo: .long 1
.type wo,@object
.type wuo,@object
.type ifn,@gnu_indirect_function
.globl ifn
.text
ifn: ret
call wu
call wuo@PLT
call gu
.type uq,@gnu_unique_object
.data
uq: .long 0
.section .debug_foo
dbg: .byte 1
.section .note.x,"",@progbits
nn: .byte 1
.section .wnonalloc,"w",@progbits
wn: .byte 1
.section .tdata,"awT",@progbits
.globl tls
td: .byte 1
.section .tbss,"awT",@nobits
tb: .zero 4
.section .idata$2,"aw",@progbits
idt: .byte 1
.section .pdata,"a",@progbits
pdt: .byte 1
.section .mytext,"ax",@progbits
mt: nop
.section .debug,"",@progbits
dd: .byte 1
