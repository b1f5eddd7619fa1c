#!/bin/sh
# What goes wrong is told in the same words and order whatever the number of threads, and so is what is written all the
# same: links of some dozens of objects among which several are damaged, undefined symbols and second definitions, for
# ELF and Windows. Run under ThreadSanitizer too (tools/test tsan).
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
files=$top_srcdir/tests/files

# Forty objects of each kind, of one text. Each defines a name of its own (every tenth one that others have too) and
# refers to the next one's, to a COMDAT that all have, and to what nobody has.
mkobj - >e.tmpl <<'O'
elf64 machine=X86_64
section .text
  bytes e8 00000000 e8 00000000 e8 00000000 c3
section .text.shared flags=AXG
  bytes c3
symbol fMM GLOBAL FUNC sec=.text
symbol ownMM GLOBAL FUNC sec=.text
symbol fNN GLOBAL
symbol nobody0 GLOBAL
symbol shared WEAK FUNC sec=.text.shared
group shared .text.shared
section .text
reloc 1 R_X86_64_PLT32 fNN -4
reloc 6 R_X86_64_PLT32 nobody0 -4
reloc 11 R_X86_64_PLT32 shared -4
O
mkobj - >p.tmpl <<'O'
coff AMD64
section .text
  bytes e8 00000000 e8 00000000 e8 00000000 c3
reloc 1 REL32 fNN
reloc 6 REL32 nobody0
reloc 11 REL32 shared
section .text$s flags=text|comdat
  bytes c3
symbol .text$s STATIC sec=.text$s
aux-section Selection=2 Length=1
symbol shared EXTERNAL FUNCTION sec=.text$s
symbol fMM EXTERNAL FUNCTION sec=.text
symbol ownMM EXTERNAL FUNCTION sec=.text
symbol fNN EXTERNAL
symbol nobody0 EXTERNAL
O
cp "$files/good-elf-x86_64.o" good-e.o; cp "$files/good-elf-comdat.o" comdat-e.o; cp "$files/good-coff-x86_64.o" good-p.o; chmod u+w ./*-[ep].o
# Damaged copies: some bytes changed, or the end missing. The numbers are those of a generator with a fixed start.
cat >make.py <<'P'
x = 12345
def rnd(n):
    global x
    x = (x * 1103515245 + 12345) & 0x7fffffff
    return (x >> 8) % n
for kind in 'ep':
    tmpl = open(kind + '.tmpl', 'rb').read()
    for i in range(1, 41):
        b = tmpl.replace(b'fMM', b'f%02d' % i).replace(b'fNN', b'f%02d' % (i % 40 + 1)).replace(b'body0', b'body%d' % (i % 7))
        b = b.replace(b'ownMM', b'twice' if i % 10 == 0 else b'own%02d' % i)
        open(f'{kind}{i}.o', 'wb').write(b)
for name in 'good-e.o', 'comdat-e.o', 'e3.o', 'good-p.o', 'p3.o':
    good = open(name, 'rb').read()
    for k in range(36):
        b = bytearray(good)
        for _ in range(1 + rnd(4)):
            b[rnd(len(b))] = (0, 1, 0x7f, 0x80, 0xff, rnd(256))[rnd(6)]
        if k % 6 == 5:
            del b[rnd(len(b)):]
        open(f'bad{k}-{name}', 'wb').write(bytes(b))
P
"$PYTHON3" make.py
"$OBJKIT" ar rc e.a e1[0-9].o; "$OBJKIT" ar rc p.a p1[0-9].o
for k in 0 1 2 3; do "$OBJKIT" ar rc bade$k.a bad$k-e3.o e2$k.o bad1$k-e3.o; done 2>/dev/null

told=0 links=0
# alike NAME ARG...: exit status, messages, output and map with 1, 2 and 8 threads
alike() {
	a_name=$1; shift
	for th in 1 2 8; do
		rm -f out out.map; a_rc=0
		"$OBJKIT" ld "$@" -o out --threads=$th >said.$th 2>&1 || a_rc=$?
		{ echo "exit $a_rc"; [ -e out ] && cksum <out; [ -e out.map ] && cksum <out.map; } >>said.$th
	done
	links=$((links + 1))
	[ $a_rc != 1 ] || told=$((told + $(wc -l <said.1)))
	[ $a_rc -le 1 ] && cmp -s said.1 said.2 && cmp -s said.1 said.8 || { differ="$differ $a_name"; diff said.1 said.2 >&2; diff said.1 said.8 >&2; }
}
some() { for s_i in $2; do printf '%s ' "$1$s_i.o"; done; }
a=$(seq 1 13) b=$(seq 14 26) c=$(seq 27 40)
# shellcheck disable=SC2046,SC2086
for kind in e p; do
	differ=
	if [ $kind = e ]; then set -- "-m elf_x86_64 -e f01" "good-e.o comdat-e.o e3.o"; else set -- "-m i386pep --no-insert-timestamp -e f01" "good-p.o p3.o p3.o"; fi
	line=$1; n=0
	for of in $2; do
		for k in $(seq 0 2 34); do
			n=$((n + 1))
			case $((n % 6)) in
			0) more="-Map=out.map --cref" ;; 1) more="--gc-sections" ;; 2) more="-shared --no-undefined" ;;
			3) more="-r" ;; 4) more="--unresolved-symbols=ignore-all --allow-multiple-definition" ;; *) more="--icf=all --unresolved-symbols=ignore-all" ;;
			esac
			alike "bad$k-$of" $line $more $(some $kind "$a") bad$k-$of $(some $kind "$b") bad$((k + 1))-$of $kind.a $(some $kind "$c") bad$(((k + 7) % 36))-$of
		done
	done
	alike "nothing damaged" $line $(some $kind "$a $b $c")
	is "$kind: $n links with damaged objects: the same at any number of threads" "$differ" ""
done
differ=
for k in 0 1 2 3; do
	# shellcheck disable=SC2046,SC2086
	alike "bade$k.a" -m elf_x86_64 -e f01 $(some e "$a") bade$k.a --whole-archive bade$k.a
done
is "damaged members of archives" "$differ" ""
ok "enough went wrong ($links links, $told lines)" [ $told -gt 1000 ]
done_testing
