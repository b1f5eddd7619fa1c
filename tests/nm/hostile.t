#!/bin/sh
# Names and tables made to mislead: nothing crashes, no name forges a line, work stays bounded.
. "${top_srcdir:?}/tests/lib.sh"
mkobj - >nl.o <<'E'
elf64 machine=X86_64 type=REL
section .text
  bytes 90
symbol "good\n0000000000000000 T forged" GLOBAL FUNC sec=.text
E
is "a newline in a name is escaped" "$(nm nl.o | wc -l)" "1"
is "in every format" "$(nm -j nl.o | wc -l) $(nm -P nl.o | wc -l) $(nm --format=json nl.o | wc -l)" "1 1 1"

mkobj - >ok.o <<'E'
elf64 machine=X86_64 type=REL
section .text
  bytes 90
symbol f GLOBAL FUNC sec=.text
symbol g GLOBAL FUNC sec=.text
E
# bad FIELD=VALUE...: ok.o with fields of its symbol table's header changed
bad() {
	{
		printf 'elf64 machine=X86_64 type=REL\nsection .text\n  bytes 90\nsymbol f GLOBAL FUNC sec=.text\n'
		printf 'set .symtab %s\n' "$@"
	} | mkobj - >bad.o
}
bad sh_entsize=7
status "a wrong entry size" 1 nm bad.o
like "is named" "$(nm bad.o 2>&1)" 'bad.o.*entries of 7 bytes'
bad sh_link=99
status "a string table that does not exist" 1 nm bad.o
bad sh_size=0x7fffffffffff
status "a table past the end of the file" 1 nm bad.o
like "is named, with its place" "$(nm bad.o 2>&1)" 'bad.o: at offset|bad.o.*past the end of the file'
bad sh_info=0xffffffff
status "more local symbols than symbols" 1 nm bad.o
like "its symbols are still shown" "$(nm bad.o 2>/dev/null)" ' T f$'

# Names that share their tails: n names of one string of n bytes. Reading all would take n*n steps.
"${PYTHON3:-python3}" - >tails.o <<'E'
import struct, sys
n = 60000
strtab = b'\0' + b'a' * n * 16 + b'\0'
syms = b'\0' * 24 + b''.join(struct.pack('<IBBHQQ', 1 + i, 0x12, 0, 0xfff1, 0, 0) for i in range(n))
shstr = b'\0.symtab\0.strtab\0.shstrtab\0'
off = 64
out = b''
def sh(name, typ, link, info, data, ent):
    global out
    h = struct.pack('<IIQQQQIIQQ', name, typ, 0, 0, off + len(out), len(data), link, info, 1, ent)
    out += data
    return h
hs = b'\0' * 64 + sh(1, 2, 2, 1, syms, 24) + sh(9, 3, 0, 0, strtab, 0) + sh(17, 3, 0, 0, shstr, 0)
eh = b'\x7fELF\2\1\1' + b'\0' * 9 + struct.pack('<HHIQQQIHHHHHH', 1, 62, 1, 0, 0, off + len(out), 0, 64, 0, 0, 64, 4, 3)
sys.stdout.buffer.write(eh + out + hs)
E
status "names that overlap without end" 1 timeout 20 "$OBJKIT" nm -j tails.o
like "are cut off by the work limit" "$(nm -j tails.o 2>&1 >/dev/null)" 'work limit'
done_testing
