# MRI scripts, with the defects of GNU ar that the specification lists shown right.
. "${top_srcdir:?}/tests/lib.sh"
for f in a b c d; do echo $f >$f.o; done; cp d.o 'q q.o'
ar rc one.a a.o b.o c.o
cat >s1 <<'S'
* a comment
CREATE out.a   ; another
ADDMOD d.o, c.o +
  a.o
addlib one.a (b.o c.o)
AddLib one.a
SAVE
END
S
ok "a script on standard input" sh -c '"$OBJKIT" ar -M <s1'
is "order is kept" "$(ar t out.a | tr '\n' ' ')" "d.o c.o a.o b.o c.o a.o b.o c.o "
rm out.a; ok "a file after -M" ar -M s1
is "the same" "$(ar t out.a | wc -l)" 8
printf 'create q.a\naddmod "q q.o", a.o\nsave\n' >s2
ok "quoted names" ar -M s2; is "are whole" "$(ar t q.a)" "q q.o
a.o"
printf 'createthin t.a\naddmod a.o b.o\nsave\nend\n' >s3
ok "createthin" ar -M s3; is "is thin" "$(head -c 7 t.a)" '!<thin>'
printf 'open out.a\ndelete d.o c.o\nreplace a.o\nsave\n' >s4
ok "open, delete, replace" ar -M s4
is "result" "$(ar t out.a | tr '\n' ' ')" "a.o b.o c.o a.o b.o c.o "
printf 'open out.a\nclear\naddmod d.o\nsave\n' >s5
ok "clear" ar -M s5; is "leaves only what follows" "$(ar t out.a)" "d.o"
printf 'create n.a\naddmod a.o\nend\n' >s6
like "no SAVE is warned of" "$(ar -M s6 2>&1)" "no SAVE"
ok "and writes nothing" test ! -e n.a
printf 'directory one.a (b.o) listing\nverbose\ndirectory one.a\n' >s7
like "directory" "$(TZ=UTC ar -M s7)" '^rw-r--r-- 0/0      2 Jan  1 00:00 1970 a.o'
is "to a file" "$(cat listing)" "b.o"
rm -f a.o; printf 'open one.a\nextract a.o\n' >s8; ok "extract" ar -M s8; is "the member" "$(cat a.o)" a
printf 'open one.a\nlist\n' >s9; is "list is verbose" "$(ar -M s9 | wc -l)" 4
for bad in 'addmod a.o' 'open missing.a' 'nonsense' 'create' 'open one.a
delete zz' 'open one.a
replace zz' 'create x.a
addlib one.a (zz)
save' 'create x.a
addlib one.a (a.o
save' 'create x.a
addmod missing.o
save' 'create "x'; do
	printf '%s\n' "$bad" >bad; status "error: $(printf %s "$bad" | tr '\n' ' ')" 1 ar -M bad
done
ok "nothing was written" test ! -e x.a
# words that no command takes, and a listing that fails, leave nothing behind
mkdir left; cd left || exit 99; cp ../a.o . 2>/dev/null || echo x >a.o; ar rc l.a a.o
for c in 'CREATE q.a ADDMOD a.o' 'OPEN l.a x' 'CREATE q.a\nSAVE q.a' 'CREATE q.a\nLIST x' 'END x'; do
	printf "$c\nSAVE\n" >s; status "$c" 1 ar -M s; like "$c: the word is named" "$(cat tap.err)" "line [12]: unexpected '"
done
rm -f s tap.*
for c in 'DIRECTORY nope.a out.txt' 'DIRECTORY l.a (a.o,nope) out.txt'; do
	printf "$c\n" | ar -M 2>../err; is "$c: an error" "$(wc -l <../err)" 1; is "$c: no file" "$(ls -A | xargs)" "a.o l.a"
done
cd ..
done_testing
