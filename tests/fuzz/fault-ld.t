#!/bin/sh
# Failing system calls and allocations in links that read and write more than one file (fault.sh; fault.t has the
# plain ones).
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/fuzz/fault.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
fault_start
try_writes=yes try_status=0
mkdir in
printf 'elf64 machine=X86_64\nsection .text\n  bytes e8 00000000 c3\nreloc 1 R_X86_64_PLT32 f -4\nsymbol _start GLOBAL FUNC sec=.text\nsymbol f GLOBAL\n' | mkobj - >in/s.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsection .data flags=WA\n  u64 0\nreloc 0 R_X86_64_64 f\nsymbol f GLOBAL FUNC sec=.text\n' | mkobj - >in/f.o
printf 'coff AMD64\nsection .text\n  bytes e8 00000000 c3\nreloc 1 REL32 f\nsymbol fn EXTERNAL FUNCTION sec=.text\nsymbol f EXTERNAL\n' | mkobj - >in/p.o
printf 'coff AMD64\nsection .text\n  bytes c3\nsection .data flags=data\n  u64 0\nreloc 0 ADDR64 f\nsymbol f EXTERNAL FUNCTION sec=.text\n' | mkobj - >in/q.o
(cd in && "$OBJKIT" ar rc x.a f.o && "$OBJKIT" ar rc y.a q.o && "$OBJKIT" ar rcT t.a f.o)
echo 'V1 { global: *; };' >in/v.ver; printf 'LIBRARY d.dll\nEXPORTS\n fn\n f DATA\n' >in/d.def; echo _start >in/names
echo 'SECTIONS { . = 0x400000; .text : { *(.text*) } .data : { *(.data) LONG(f) } }' >in/t.ld; echo 'INPUT(s.o x.a)' >in/in.ld
all() { cp ../in/* .; for o in out out.map out.dep out.tar out.a out.def out.trace; do echo old >$o; done; }
elf() { n=$1; shift; try "ld for ELF, $n" all "$OBJKIT" ld -m elf_x86_64 --threads=1 -o out "$@"; }
pe() { n=$1; shift; try "ld for PE, $n" all "$OBJKIT" ld -m i386pep --threads=1 --no-insert-timestamp -e 0 -o out "$@"; }
elf "archive, map, dependencies" s.o x.a -Map=out.map --dependency-file=out.dep --cref
elf "shared, version script" -shared s.o x.a --version-script=v.ver --build-id
elf "script, sections left out and folded" -T t.ld s.o x.a --gc-sections --icf=all -M
elf "script as input, thin archive" in.ld t.a --retain-symbols-file=names
elf "-r" -r s.o f.o
elf "binary input" s.o x.a -b binary t.ld
pe "DLL, import library, .def files" -shared p.o y.a d.def --out-implib=out.a --output-def=out.def
pe "map, script" p.o y.a -Map=out.map --gc-sections
pe "-r" -r p.o q.o
${CC:-cc} -shared -fPIC -O1 -I"$top_srcdir/src" "$top_srcdir/tests/ld/plugin.c" -o in/plug.so || fail "a plugin"
printf 'elf64 machine=X86_64\nsection .gnu.lto_.symtab.1\n  bytes 00\nsection .text\nsymbol __gnu_lto_slim COMMON value=1 size=1 GLOBAL\n' | mkobj - >in/ir.o
PLUG_FILES="s.o"; export PLUG_FILES
elf "a plugin's objects" -plugin ./plug.so ir.o x.a
fault_kinds=${fault_kinds% malloc} # libarchive, which writes the tar, does not bear it itself when there is no memory
elf "tar and trace" s.o x.a --reproduce=out.tar --stats
done_testing
