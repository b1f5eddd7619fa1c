#!/bin/sh
# Names from files and from the command line: a line's end in one is escaped in every listing, so that no name forges a
# line; on a terminal and in messages so is everything else that a terminal could take for a command (C0, DEL, C1, bytes
# that are not UTF-8, bidirectional controls).
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }

# run.py pipe|tty COMMAND...: runs it with standard output there; prints what is wrong, "" if nothing
cat >run.py <<'P'
import os, pty, re, subprocess, sys
COLOURS = re.compile(rb'\x1b\[(?:0|1|1;3[0-7])m')
BIDI = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'

def unsafe(line):
    line = line.replace(b'\t', b'')
    if line.startswith(b'FORGED'):
        return True
    try:
        return any(ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in BIDI for c in line.decode())
    except UnicodeDecodeError:
        return True

def on_terminal(argv):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    out = b''
    while True:
        try:
            part = os.read(fd, 1 << 16)
        except OSError:
            break
        if not part:
            break
        out += part
    status = os.waitpid(pid, 0)[1]
    return COLOURS.sub(b'', out).replace(b'\r\n', b'\n'), status

if sys.argv[1] == 'tty':
    out, status = on_terminal(sys.argv[2:])
    bad = [l for l in out.split(b'\n') if unsafe(l)]
    status = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
else:
    p = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, status = p.stdout + p.stderr, 0 if 0 <= p.returncode < 126 else p.returncode
    bad = [l for l in re.split(rb'[\r\n]', p.stdout) if l.startswith(b'FORGED')]
    bad += [l for l in p.stderr.split(b'\n') if unsafe(l)]
if status:
    print('died:', status)
elif b'FORGED' not in out and sys.argv[2] != '-':
    print('the name is not there:', out[:300])
for l in bad[:3]:
    print(l)
P
E='a\nFORGED\x1b[31m\xc2\x9bm\xe2\x80\xae\xff\x7f\rz'
cat >e.txt <<END
elf64 machine=X86_64
section ".text.$E" PROGBITS flags=AX
  bytes c3
section ".text.2$E" PROGBITS flags=AX
  bytes c3
section .text
  bytes e8 00 00 00 00 c3
reloc 1 R_X86_64_PC32 und -4
symbol "f$E" GLOBAL FUNC sec=1
symbol und GLOBAL NOTYPE
symbol "u$E" GLOBAL NOTYPE
symbol _start GLOBAL FUNC sec=.text
symbol "c$E" GLOBAL COMMON size=4 value=4
END
cat >c.txt <<END
coff AMD64
section ".text\$$E" flags=text
  bytes c3
section .text
  bytes e8 00 00 00 00 c3
reloc 1 REL32 und
symbol "f$E" EXTERNAL FUNCTION sec=1
symbol und EXTERNAL
symbol "u$E" EXTERNAL
symbol mainCRTStartup EXTERNAL FUNCTION sec=.text
symbol "c$E" EXTERNAL value=4
END
cat >p.txt <<END
pe AMD64 dll
section .text
  bytes c3
import "dll$E.dll" "imp$E"
delayimport "del$E.dll" "dimp$E"
exports "me$E.dll"
export "exp$E" rva=0x1000
export fwd forward="oth$E.fw$E"
END
for k in "" bsd; do
	printf '%s\n' "ar $k" "member \"mem$E\" syms=\"q$E\" { elf64 machine=X86_64" "section .text" "  bytes c3" \
		"symbol \"f$E\" GLOBAL FUNC sec=.text" "}" >a$k.txt
	mkobj a$k.txt >x$k.a || exit 99
done
mkobj e.txt >e.o && mkobj c.txt >c.o && mkobj p.txt >p.dll || exit 99
NAME=$(printf 'f\nFORGED\033[31m\302\233\342\200\256\377.')
cp e.o "${NAME}o"; cp xbsd.a "${NAME}a"; cp p.dll "${NAME}dll"

# safe NAME COMMAND...
safe() {
	s_name=$1; shift
	is "$s_name: to a pipe" "$("$PYTHON3" run.py pipe "$OBJKIT" "$@")" ""
	is "$s_name: to a terminal" "$("$PYTHON3" run.py tty "$OBJKIT" "$@")" ""
}
for c in "nm e.o" "nm c.o" "nm -A x.a" "nm -s x.a" "nm -D p.dll" "nm -u e.o" "nm -C e.o" "nm --format=sysv e.o" \
	"nm --format=posix x.a" "nm --format=json e.o" "ar t xbsd.a" "ar tv xbsd.a" "ar tO xbsd.a" "ar t --format=json xbsd.a" \
	"ar verify x.a" "ar diff x.a xbsd.a" "ar xv xbsd.a" "imports p.dll" "imports e.o" \
	"imports --tree p.dll" "imports --missing p.dll" "imports --format=json p.dll" "imports --format=json --tree p.dll"; do
	# shellcheck disable=SC2086 # words
	safe "$c" $c
done
for op in rcv qv mv dv tv xv; do
	rm -f "$T"/o.a; [ $op = rcv ] || "$OBJKIT" ar rc --format=bsd o.a "${NAME}o"
	safe "ar $op of such a file" ar $op --format=bsd o.a "${NAME}o"
done
safe "ar d of no such member" ar dv x.a "$NAME"
safe "ar t of no such member" ar t x.a "$NAME"
safe "ar which" ar which "$(printf 'fa\nFORGED\033[31m\302\233m\342\200\256\377\177\rz')" --in x.a xbsd.a "${NAME}a"
printf 'OPEN xbsd.a\nLIST\nDELETE FORGED\nEND\n' >m.mri
safe "an MRI script" ar -M m.mri
safe "nm of such a file" nm -A "${NAME}o"
safe "nm of no such file" nm "$NAME"
safe "ranlib of no such file" ranlib "$NAME"
safe "ar verify of such a file" ar verify "${NAME}a"
safe "imports of such a file" imports "${NAME}dll"
safe "imports --tree of such a file" imports --tree "${NAME}dll"
for a in nm ld imports ar ranlib; do safe "$a: unknown option" $a "--$NAME"; done
safe "unknown applet" "$NAME"

for k in elf_x86_64/e.o i386pep/c.o; do
	m=${k%/*} o=${k#*/}
	for c in -M --cref "--gc-sections --print-gc-sections" "--icf=all --print-icf-sections --gc-keep-exported" \
		"--why-live=_start --gc-sections" "--whole-archive ${NAME}a -t -M"; do
		case $c in
		--icf*) [ $o = e.o ] || continue; c="--icf=all --print-icf-sections -u fFORGED" ;;
		--why*) c="--gc-sections --why-live=$NAME" ;;
		esac
		old=$IFS; IFS=' '
		# shellcheck disable=SC2086
		safe "ld -m $m $(echo "$c" | tr -d '\n' | cut -c 1-40 | tr -cd ' -~')" ld -m $m -o out $c $o --unresolved-symbols=ignore-all
		IFS=$old
	done
	safe "ld -m $m --why-live, nothing left out" ld -m $m -o out "--why-live=$NAME" $o --unresolved-symbols=ignore-all
	safe "ld -m $m: undefined symbols, twice defined" ld -m $m -o out $o $o
	safe "ld -m $m -t of such a file" ld -m $m -o out -t "${NAME}o" --unresolved-symbols=ignore-all
	safe "ld -m $m of no such file" ld -m $m -o out "$NAME"
	safe "ld -m $m: undefined entry" ld -m $m -o out -e "$NAME" $o --unresolved-symbols=ignore-all
	safe "ld -m $m --defsym" ld -m $m -o out "--defsym=x=$NAME" $o --unresolved-symbols=ignore-all
done
printf 'MEMORY { "%s" : ORIGIN = 0x1000, LENGTH = 1M }\nSECTIONS { .text : { *(.text*) } >"%s" }\n' "r FORGED$(printf '\033[1m')" "r FORGED$(printf '\033[1m')" >m.ld
safe "--print-memory-usage" ld -m elf_x86_64 -o out -T m.ld --print-memory-usage e.o --unresolved-symbols=ignore-all

# files that others read line by line
"$OBJKIT" ld -m elf_x86_64 -o out "${NAME}o" --unresolved-symbols=ignore-all --dependency-file=dep 2>err
is "a dependency file: no rule of a file's name" "$? $(grep -c FORGED dep)" "0 0"
like "... and a warning" "$(cat err)" "warning.*leaves out 'f.nFORGED"
status "a dependency file for an output of such a name" 1 "$OBJKIT" ld -m elf_x86_64 -o "$NAME" e.o \
	--unresolved-symbols=ignore-all --dependency-file=dep
printf 'coff AMD64\nsection .text\n  bytes c3\nsymbol "a\\n b @7" EXTERNAL FUNCTION sec=.text\nsymbol ok EXTERNAL FUNCTION sec=.text\n' | mkobj - >d.o
status "a .def file that cannot hold a name" 1 "$OBJKIT" ld -m i386pep -shared -e 0 --export-all-symbols -o d.dll d.o --output-def=d.def
like "... says so" "$(cat tap.err)" "a .def file cannot hold the name 'a.n b @7'"
is "... and is not written" "$(ls d.def 2>/dev/null)" ""
printf "coff AMD64\nsection .text\n  bytes c3\nsymbol \"a'b c;d\" EXTERNAL FUNCTION sec=.text\n" | mkobj - >d.o
ok "a .def file with a name in quotes" "$OBJKIT" ld -m i386pep -shared -e 0 --export-all-symbols -o d.dll d.o --output-def=d.def
ok "... which is read again" "$OBJKIT" ld -m i386pep -shared -e 0 -o d2.dll d.o d.def
is "... as the same name" "$("$OBJKIT" nm -D d2.dll | cut -c 20-)" "a'b c;d"
done_testing
