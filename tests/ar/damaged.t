# Damaged archives: what is readable is shown, one line says what is wrong, exit 1 (spec 6).
. "${top_srcdir:?}/tests/lib.sh"
header() { printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$1" "${3-0}" 0 0 "${4-644}" "$2"; }
good() { printf '!<arch>\n'; header a.o/ 4; printf 'data'; }
bad() { # NAME MEMBERS MESSAGE  (the archive is x.a)
	status "$1" 1 ar t x.a
	is "$1: members before it" "$(cat tap.out)" "$2"
	like "$1: message" "$(cat tap.err)" "ar: x.a: .*$3"
	is "$1: one line" "$(wc -l <tap.err)" 1
	cp x.a keep.a; echo new >new.o
	status "$1: not updated" 1 ar r x.a new.o
	ok "$1: still the same" cmp x.a keep.a
}
{ good; header b.o/ 4 | tr '`' '!'; printf 'data'; } >x.a; bad "wrong end mark" a.o "offset 0x48: .*end mark"
{ good; header b.o/ 12x; printf 'data'; } >x.a; bad "size is no number" a.o "bad member size '12x'"
{ good; header b.o/ -1; printf 'data'; } >x.a; bad "negative size" a.o "bad member size '-1'"
{ good; header b.o/ ''; printf 'data'; } >x.a; bad "no size" a.o "bad member size"
{ good; header b.o/ 400; printf 'data'; } >x.a; bad "past the end" "a.o
b.o" "should have 400 bytes"
{ good; header b.o/ 4 | head -c 30; } >x.a; bad "header cut short" a.o "ends inside a member header"
{ printf '!<arch>\n'; header a.o/ 3; printf abc; header b.o/ 2; printf xy; } >x.a; bad "no pad byte" a.o "offset 0x48"
{ good; header /7 4; printf data; } >x.a; bad "no name table" a.o "no table of long names"
{ printf '!<arch>\n'; header // 6; printf 'abc/\n\n'; header /99 4; printf 'data'; header a.o/ 4; printf data; } >x.a
bad "name outside the table" a.o "outside the table"
{ good; header '#1/99' 4; printf data; } >x.a; bad "#1 longer than the member" a.o "longer than the member"
printf text >x.a; bad "text" "" "file format not recognized"
printf '!<arc' >x.a; bad "half a magic" "" "file format not recognized"
printf '<bigaf>\n' >x.a; bad "AIX header cut" "" "malformed archive file header"

printf '!<arch>\n' >e.a; status "magic only: empty" 0 ar t e.a
{ good; printf '\n'; } >n.a; status "one newline behind is tolerated" 0 ar t n.a
{ printf '!<arch>\n'; header a.o/ 3; printf abc; } >n.a; status "a missing final pad byte too" 0 ar t n.a
{ printf '!<arch>\n'; header a.o/ 3; printf 'abc\0'; header b.o/ 0; } >n.a; is "any pad byte" "$(ar t n.a | wc -l)" 2
{ printf '!<arch>\n'; header a.o/ 0 x; header b.o/ 0; } >n.a
status "bad date: shown" 1 ar tv n.a; like "with question marks" "$(cat tap.out)" '\?.* a.o'
is "t alone does not mind" "$(ar t n.a)" "a.o
b.o"
{ printf '!<arch>\n'; header a.o/ 0 -5; } >n.a; like "a negative date is read" "$(TZ=UTC ar tv n.a)" '23:59 1969'
{ printf '!<arch>\n'; header a.o/ 0 '' ''; } >n.a; ok "blank fields" ar tv n.a

# indexes that lie
{ printf '!<arch>\n'; header / 12; printf '\377\377\377\377\0\0\0\10foo\0'; header a.o/ 4; printf data; } >i.a
status "index count of 4 thousand million: listed" 0 ar t i.a
status "and made anew" 0 ar s i.a
is "without it" "$(head -c 11 i.a | tail -c 3)" a.o

# Each kind of lie: what every command does with it. The members are there, so they are listed and printed; the
# lie is told where the index is asked; commands that rewrite it make it good.
cp "$top_srcdir/tests/files/good-elf-x86_64.o" one.o; cp "$top_srcdir/tests/files/good-elf-i386.o" two.o
ar rc sound.a one.o two.o; symbol=$(nm -s sound.a | sed -n '3s/ in .*//p')
lie() { python3 - "$@" <<'P'
import sys
b = bytearray(open('sound.a', 'rb').read()); size = int(b[56:66]); n = int.from_bytes(b[68:72], 'big')
first = int.from_bytes(b[72:76], 'big')
if sys.argv[1] == 'count': b[68:72] = b'\xff\xff\xff\xff'
if sys.argv[1] == 'many': b[68:72] = (size // 5 + 9).to_bytes(4, 'big')
if sys.argv[1] == 'off': b[72:76] = (first + 2).to_bytes(4, 'big')
if sys.argv[1] == 'far': b[72:76] = (0x7ffffff0).to_bytes(4, 'big')
if sys.argv[1] == 'zero': b[72:76] = bytes(4)
if sys.argv[1] == 'nul':
    for i in range(72 + 4 * n, 68 + size): b[i] = b[i] or 120
open(sys.argv[1] + '.a', 'wb').write(b)
P
}
for l in count many off far zero nul; do
	lie $l; cp $l.a kept.a
	is "index, $l: t lists" "$(ar t $l.a 2>/dev/null | xargs)" "one.o two.o"
	ar p $l.a two.o 2>/dev/null >p; ok "index, $l: p prints" cmp p two.o
	status "index, $l: nm lists" 0 nm $l.a; like "index, $l: all members" "$(cat tap.out)" "^two.o:"
	status "index, $l: nm -s" 0 nm -s $l.a
	like "index, $l: is said" "$(cat tap.err)" "^nm: warning: $l.a: (at offset 0x44: )?index .*(ignored|no member is)$"
	is "index, $l: in one line" "$(wc -l <tap.err)" 1
	status "index, $l: verify" 1 ar verify $l.a
	like "index, $l: verify's words" "$(cat tap.out)" "the symbol index is damaged|stale index: .* is missing"
	status "index, $l: which finds the symbol all the same" 0 ar which "$symbol" --in $l.a
	like "index, $l: in its member" "$(cat tap.out)" "^$l.a\(one.o\): . $symbol"
	ok "index, $l: nothing of this changes the file" cmp $l.a kept.a
	ok "index, $l: ar s" ar s $l.a; ok "index, $l: makes it good" cmp $l.a sound.a
	cp kept.a $l.a; ok "index, $l: ar r" ar r $l.a one.o; ok "index, $l: too" cmp $l.a sound.a
done

# AIX links that loop: member 1 points to itself
{ printf '<bigaf>\n%-20d%-20d%-20d%-20d%-20d%-20d' 0 0 0 128 999 0
  printf '%-20d%-20d%-20d%-12d%-12d%-12d%-12d%-4d' 0 128 0 0 0 0 644 2; printf 'ab`\n'; } >loop.a
status "links that loop" 1 ar t loop.a
like "are found" "$(cat tap.err)" "form a loop"

# thin archives that name themselves or each other
{ printf '!<thin>\n'; header // 8; printf 'self.a/\n'; header /0 100; } >self.a
ok "a thin archive that names itself lists" ar t self.a
status "and indexing does not follow it" 0 ar s self.a
# two that name each other, and archives a hundred deep: an end, and one line that says why
for x in p:q q:p; do { printf '!<thin>\n'; header // 6; printf '%s.a/\n\n' ${x#*:}; header /0 100; } >${x%:*}.a; done
python3 - <<'P'
h = b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'; d = open('one.o', 'rb').read()
for i in range(100): d = b'!<arch>\n' + h % (b'in.a/', 0, 0, 0, b'644', len(d)) + d + b'\n' * (len(d) & 1)
open('deep.a', 'wb').write(d)
P
for f in p deep; do
	word="is its own member"; [ $f = p ] || word="archives nest deeper than"
	status "$f: t" 0 ar t $f.a; is "$f: t lists its own members" "$(wc -l <tap.out)" 1
	for c in nm "ar which nothing --in" imports; do
		# shellcheck disable=SC2086 # words
		status "$f: $c" 1 $c $f.a
		like "$f: $c: why" "$(grep -v "nothing: not found" tap.err)" "^(nm|ar|imports): $f.a\(.*$word"
		is "$f: $c: in one line" "$(grep -cv "nothing: not found" tap.err)" 1
	done
	t=$(ar t $f.a); ok "$f: s" ar s $f.a; is "$f: keeps its member" "$(ar t $f.a)" "$t"
done
status "p: into a thin archive" 1 ar rc --thin thin.a p.a
like "p: it cannot be flattened" "$(cat tap.err)" "^ar: [pq].a: archives nest deeper than [0-9]+ levels$"
ok "p: no archive then" test ! -e thin.a
{ printf '!<thin>\n'; header // 6; printf 'p2.a/\n'; header /0 100; } >p1.a; ar rc --thin p2.a one.o two.o
ar rc --thin thin.a p1.a; is "a thin archive of thin archives is flattened" "$(ar t thin.a | xargs)" "one.o two.o"

# universal files whose slices overlap, lie behind the end or on the table
for bad in overlap:0x1000:0x1010 past:0x1000:0x7fffff00 table:0x10:0x2000; do
	python3 - "${bad%%:*}.fat" $(echo "${bad#*:}" | tr : ' ') "$top_srcdir/tests/files/good-macho-x86_64.o" <<'P'
import struct, sys
a = int(sys.argv[2], 16), int(sys.argv[3], 16)
cpus = (0x01000007, 3), (0x0100000c, 0)
m = open(sys.argv[4], 'rb').read()
h = struct.pack('>II', 0xcafebabe, 2) + b''.join(struct.pack('>5I', *c, o, len(m), 4) for c, o in zip(cpus, a))
open(sys.argv[1], 'wb').write(h.ljust(0x1000, b'\0') + m.ljust(0x1000, b'\0') + m + bytes(0x1000))
P
	f=${bad%%:*}.fat
	for c in nm "ar t" "ar p" "ar x" imports "ar verify" ranlib; do
		# shellcheck disable=SC2086 # words
		status "slices, ${bad%%:*}: $c" 1 $c $f
		like "slices, ${bad%%:*}: $c: names the file" "$(cat tap.err)" "^[a-z]+: $f: "
		case $c in
		nm | imports) is "slices, ${bad%%:*}: $c: what is wrong, once" "$(grep -c "overlap\|extends past the end" tap.err)" 1 ;;
		esac
	done
done
# every truncation of a real one
if have gcc; then
	echo 'int f(void){return 1;}' >f.c; gcc -c f.c -o a_rather_long_name.o; cp a_rather_long_name.o b.o
	ar rc t.a b.o a_rather_long_name.o
	n=$(stat -c %s t.a); i=0; bad=0
	while [ $i -lt $n ]; do
		head -c $i t.a >cut.a; ar t cut.a >/dev/null 2>&1; r=$?
		[ $r -le 1 ] || bad=$((bad + 1)); i=$((i + 37))
	done
	is "truncated at many lengths: no crash" $bad 0
fi
done_testing
