#!/bin/sh
# An input that another program cuts while it is mapped: the fault names the file and ends the command with status 1;
# outputs are as they were (spec "hardening", sections 2 and 5).
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/fuzz/fault.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
fault_start
mkdir in
pad() { printf 'section .pad PROGBITS\n  zero 300000\n'; }
{ printf 'elf64 machine=X86_64\n'; pad; printf 'section .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n'; } | mkobj - >in/s.o
{ printf 'coff AMD64\nsection .pad flags=rdata\n  zero 300000\nsection .text\n  bytes c3\nsymbol fn EXTERNAL FUNCTION sec=.text\n'; } | mkobj - >in/p.o
printf 'pe AMD64\nsection .pad flags=rdata\n  zero 300000\nsection .text\n  bytes c3\nimport a.dll f\n' | mkobj - >in/p.exe
"$OBJKIT" ar rc in/x.a in/s.o in/p.o
evil=$(printf 'e\033[1m.o'); cp in/s.o "in/$evil"
# cut NAME FILE COMMAND...
cut_short() {
	c_name=$1 c_file=$2; shift 2
	rm -rf w; cp -R in w; echo old >w/out; rm -f hit
	rc=0; (cd w && OBJKIT_FAULT=shrink:1 OBJKIT_FAULT_HIT=$T/hit LD_PRELOAD=$T/fault.so exec timeout 20 "$OBJKIT" "$@" >../got 2>../err) || rc=$?
	if [ ! -e hit ]; then fail "$c_name: the file is mapped"; return; fi
	is "$c_name: exit 1" "$rc" 1
	like "$c_name: names the file" "$(tail -n 1 err)" "$c_file: (shrank while it was read|.*past the end|.*cut|.*outside|Input/output error|.*file)"
	is "$c_name: the output is as it was, nothing beside it" "$(cat w/out; ls -A w | grep -c '^\.objkit')" "old
0"
}
cut_short "nm" 's\.o' nm s.o
cut_short "nm of an archive" 'x\.a' nm x.a
cut_short "imports" 'x\.a' imports x.a
cut_short "ar x" 'x\.a' ar x x.a p.o
cut_short "ar p" 'x\.a' ar p x.a p.o
cut_short "ar d" 'x\.a' ar d x.a s.o
cut_short "ld for ELF" 's\.o' ld -m elf_x86_64 -o out s.o
cut_short "ld for ELF, archive" 'x\.a' ld -m elf_x86_64 -o out -u _start x.a
cut_short "ld for PE" 'p\.o' ld -m i386pep -e fn -o out p.o
cut_short "a name that a terminal could obey" 'e.x1b\[1m\.o' ld -m elf_x86_64 -o out "$evil"
done_testing
