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

# AIX links that loop: member 1 points to itself
{ printf '<bigaf>\n%-20d%-20d%-20d%-20d%-20d%-20d' 0 0 0 128 999 0
  printf '%-20d%-20d%-20d%-12d%-12d%-12d%-12d%-4d' 0 128 0 0 0 0 644 2; printf 'ab`\n'; } >loop.a
status "links that loop" 1 ar t loop.a
like "are found" "$(cat tap.err)" "form a loop"

# thin archives that name themselves or each other
{ printf '!<thin>\n'; header // 8; printf 'self.a/\n'; header /0 100; } >self.a
ok "a thin archive that names itself lists" ar t self.a
status "and indexing does not follow it" 0 ar s self.a
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
