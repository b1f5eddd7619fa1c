# Extraction writes where it was told and nowhere else (spec hardening, 6).
. "${top_srcdir:?}/tests/lib.sh"
# member NAME MODE DATA: one raw member with a plain name field
member() { printf '%-16s%-12d%-6d%-6d%-8s%-10d`\n%s' "$1" 0 0 0 "$2" ${#3} "$3"; [ $((${#3} % 2)) = 0 ] || echo; }
archive() { # FILE name...
	f=$1; shift; printf '!<arch>\n' >$f; names=; for n; do names="$names$n/
"; done
	printf '%-48s%-10d`\n%s' // $((${#names} + ${#names} % 2)) "$names" >>$f
	[ $((${#names} % 2)) = 0 ] || echo >>$f
	off=0; for n; do member /$off 100644 "evil data" >>$f; off=$((off + ${#n} + 2)); done
}
mkdir in
archive evil.a ../up /tmp/abs-$$ sub/dir/file good
cd in
like "paths are cut to the base name" "$(ar x ../evil.a 2>&1)" "illegal output pathname for archive member: ../up, using 'up' instead"
is "files" "$(ls | grep -v abs-)" "file
good
up"
ok "nothing above" test ! -e ../up
ok "nothing elsewhere" test ! -e /tmp/abs-$$
rm -rf ./*; cd ..
archive dots.a .. . good
cd in
status "names that are no names" 1 ar x ../dots.a
is "the others are there" "$(ls | grep -v tap)" good
cd ..; rm -rf in; mkdir in; cd in
echo victim >../victim; ln -s ../victim good
ok "onto a symbolic link" ar x ../evil.a good
is "its target is not written" "$(cat ../victim)" victim
ok "the link is replaced" test ! -L good
rm good; ln ../victim good; ar x ../evil.a good
is "nor is a hard link's" "$(cat ../victim)" victim
rm good; mkfifo good; ok "onto a FIFO" ar x ../evil.a good; ok "it is replaced" test -f good
rm good; mkdir good; status "onto a directory" 1 ar x ../evil.a good
rm -rf good; echo mine >good; like "C overwrites nothing" "$(ar xC ../evil.a good 2>&1; cat good)" mine
rm -f ./*; mkdir ../out; ln -s ../out sub
status "--keep-paths does not follow a link" 1 ar x --keep-paths ../evil.a sub/dir/file
is "nothing there" "$(ls ../out)" ""
rm sub; status "--keep-paths: .. is refused" 1 ar x --keep-paths ../evil.a
is "the harmless path is made" "$(cat sub/dir/file)" "evil data"
cd ..; rm -rf in; mkdir in; cd in
{ printf '!<arch>\n'; member suid/ 106777 x; member same/ 100600 one; member same/ 100644 two; } >../m.a
umask 022; ar x ../m.a suid; is "set-id bits and umask" "$(stat -c %a suid)" 755
ar x --preserve-mode ../m.a suid; is "--preserve-mode" "$(stat -c %a suid)" 6777
like "two members of one name" "$(ar x ../m.a 2>&1)" "several members named 'same'"
is "the last stays" "$(cat same)" two
rm -f same*; ar x --unique ../m.a; is "--unique keeps both" "$(cat same same.2)" "onetwo"
{ printf '!<arch>\n'; member whole/ 100644 abcd; printf '%-16s%-12d%-6d%-6d%-8s%-10d`\nhalf' cut/ 0 0 0 100644 100; } >../cut.a
status "a member that is cut short" 1 ar x ../cut.a
is "is not created" "$(cat whole; ls cut 2>/dev/null)" abcd
esc=$(printf '\033')
{ printf '!<arch>\n'; member "a${esc}[31m/" 644 x; } >../esc.a
unlike "no escapes in messages" "$(ar t ../esc.a nope 2>&1; ar d ../esc.a 'a' 2>&1)" "$esc"
{ printf '!<arch>\n'; printf '%-16s%-12d%-6d%-6d%-8s%-10d`\nab\ncx\n' '#1/4' 0 0 0 644 5; } >../nl.a
is "a name forges no second line" "$(ar t ../nl.a | wc -l)" 1
# names are compared as they are written: paths whose last parts are equal, and a member that is called as --unique does
mkdir -p "$T/same/d"; cd "$T/same" || exit 99
echo 1 >d/f; echo 2 >f; echo 3 >f.2; ar rcP u.a d/f f f.2 2>/dev/null
like "d/f and f" "$(ar x --output=o u.a 2>&1)" "several members named 'f'"
is "the last one stays" "$(cat o/f)" 2
rm -rf o; ar x --unique --output=o u.a 2>/dev/null; is "--unique loses none" "$(cat o/* | sort | xargs)" "1 2 3"
rm -rf o; ar x --keep-paths --output=o u.a; is "nor does --keep-paths" "$(cat o/d/f o/f o/f.2 | xargs)" "1 2 3"
done_testing
