# The everyday operations, compared with GNU ar.
. "${top_srcdir:?}/tests/lib.sh"
need ar gcc
gnu() { command ar "$@"; }
for f in a b c; do
	printf 'int %s_f(void){return 1;} int %s_v;\n' $f $f >$f.c
	gcc -c $f.c -o $f.o || exit 99
done
printf 'int twice(void){return 2;}' >x.c; gcc -c x.c -o x.o

# 1-3: create, list, replace, and what is said about it
is "create says so, on standard error" "$(ar r x.a a.o 2>&1 >/dev/null)" "ar: creating x.a"
rm x.a; is "and prints nothing" "$(ar r x.a a.o 2>/dev/null)" ""
is "listed" "$(ar t x.a)" "a.o"
is "rv replaces" "$(ar rv x.a a.o 2>&1)" "r - a.o"
is "rv adds" "$(ar rv x.a b.o 2>&1)" "a - b.o"
rm x.a
is "c is silent" "$(ar rc x.a a.o 2>&1)" ""
is "qv appends" "$(ar qv x.a a.o c.o 2>&1)" "a - a.o
a - c.o"
is "q keeps both" "$(ar t x.a)" "a.o
a.o
c.o"
ar r empty.a 2>/dev/null
is "no members: eight bytes" "$(cat empty.a)" "!<arch>"
ok "ranlib of an empty archive" ranlib empty.a

# 4: verbose listings
TZ=Europe/Berlin; export TZ
touch -d '2020-03-04 05:06:07 UTC' a.o; chmod 4755 b.o
rm -f x.a g.a; ar rcU x.a a.o b.o c.o; gnu rcU g.a a.o b.o c.o
for m in t tv tO tvO; do
	is "$m" "$(ar $m x.a)" "$(gnu $m g.a)"
done
is "t of one member" "$(ar t x.a b.o)" "b.o"
is "order of operands" "$(ar t x.a c.o a.o)" "$(gnu t g.a c.o a.o)"
unset TZ

# 6: print
ar p x.a >p1; gnu p g.a >p2; same "p" p1 p2
ar pv x.a >p1; gnu pv g.a >p2; same "pv" p1 p2

# 7: extract
mkdir out; cd out
is "xv" "$(ar xv ../x.a)" "x - a.o
x - b.o
x - c.o"
same "contents" a.o ../a.o
is "set-id bits are not restored" "$(stat -c %a b.o)" "755"
ar xo ../x.a a.o
is "xo restores the date" "$(stat -c %Y a.o)" "$(stat -c %Y ../a.o)"
cd ..
ar x --output=new/ x.a c.o 2>/dev/null
ok "--output makes its directory" cmp new/c.o c.o

# 8: delete and move
cp x.a y.a; cp x.a z.a
is "dv" "$(ar dv x.a b.o nope 2>&1; ar t x.a)" "d - b.o
No member named \`nope'
a.o
c.o"
is "m goes to the end" "$(ar m y.a a.o; ar t y.a)" "b.o
c.o
a.o"
is "ma" "$(ar ma b.o y.a a.o; ar t y.a)" "b.o
a.o
c.o"
is "mb" "$(ar mb b.o y.a c.o; ar t y.a)" "c.o
b.o
a.o"
is "mi is mb" "$(ar mi c.o y.a a.o; ar t y.a)" "a.o
c.o
b.o"
for mod in a b; do
	cp g.a n.a; cp g.a o.a
	gnu r$mod b.o n.a x.o c.o; ar r$mod b.o o.a x.o c.o
	is "r$mod places as GNU does" "$(ar t o.a)" "$(gnu t n.a)"
done
cp z.a before.a
# what r finds it finds once: a second file of the name is added, as with GNU
mkdir dup; cp b.o dup/a.o; for m in '' S; do
	rm -f n.a o.a; gnu rc$m n.a a.o x.o; cp n.a o.a; gnu r$m n.a dup/a.o c.o a.o; ar r$m o.a dup/a.o c.o a.o
	same "r$m with two files of one name" o.a n.a
done
for pos in a b; do
	rm -f n.a o.a; gnu rc n.a c.o a.o x.o; cp n.a o.a
	gnu r$pos c.o n.a c.o x.o b.o; ar r$pos c.o o.a c.o x.o b.o; is "r$pos replaces relpos too" "$(ar t o.a)" "$(gnu t n.a)"
done
rm -f n.a o.a; gnu rc n.a a.o b.o; cp n.a o.a; gnu m n.a a.o a.o; ok "m of one member, named twice" ar m o.a a.o a.o; same "as GNU's" o.a n.a
gnu rc n.a a.o; for m in "rS n.a" "dS n.a nope" "d n.a nope" "m n.a" "r n.a"; do
	# shellcheck disable=SC2086 # words
	cp n.a o.a; ar $m; same "$m: nothing changes" o.a n.a
done
for m in qs qS; do rm -f n.a o.a; gnu rc n.a a.o b.o; cp n.a o.a; gnu $m n.a b.o; ar $m o.a b.o; same "$m is r" o.a n.a; done
mkdir into; is "xv shows where it writes" "$(ar xv --output into g.a a.o c.o)" "$(gnu xv --output into g.a a.o c.o)"
is "--output with a slash" "$(ar xv --output into/ g.a a.o)" "x - into/a.o"
status "unknown relpos is an error" 1 ar ma nope z.a a.o
same "and changes nothing" z.a before.a
status "moving a member that is not there" 1 ar m z.a nope
status "d of a missing archive" 1 ar d missing.a a.o
ok "does not create it" test ! -e missing.a

# 9: several members of one name
rm -f x.a; cp a.o m.o; ar q x.a m.o 2>/dev/null; cp b.o m.o; ar q x.a m.o; cp c.o m.o; ar q x.a m.o
rm m.o; ar xN 2 x.a m.o; same "xN 2" m.o b.o
ar dN 2 x.a m.o; is "dN 2" "$(ar t x.a)" "m.o
m.o"
rm m.o; ar xN 2 x.a m.o; same "the third is the second now" m.o c.o
status "count 0" 1 ar xN 0 x.a m.o
ar r x.a m.o; is "r replaces the first only" "$(ar t x.a)" "m.o
m.o"
rm -rf one; mkdir one; is "two operands take two members" "$(ar t x.a m.o m.o)" "m.o
m.o"

# 10: dates and ids
rm -f x.a y.a; ar rcU x.a a.o; like "U stores the date" "$(TZ=UTC ar tv x.a)" 'Mar  4 05:06 2020 a.o'
cp a.o ids.o; chmod 4750 ids.o
if [ "$(id -u)" = 0 ] && chown 1234:54321 ids.o 2>/dev/null; then
	rm -f x.a g.a; ar rcU x.a ids.o; gnu rcU g.a ids.o
	is "U stores the ids" "$(tail -c +97 x.a | grep -a -m 1 -o ' 1234  54321 ')" " 1234  54321 "
	like "tv shows them" "$(ar tv x.a)" '^rw.r-x--- 1234/54321 '
	is "as GNU's does" "$(ar tv x.a)" "$(gnu tv g.a)"
	same "the archive is GNU's but for the index's date" \
		"$(head -c 24 x.a >x.1; tail -c +37 x.a >>x.1; echo x.1)" "$(head -c 24 g.a >g.1; tail -c +37 g.a >>g.1; echo g.1)"
	chmod 4750 ids.o; chown 1000000:999999 ids.o; rm x.a
	is "an id of seven digits is said" "$(ar rcU x.a ids.o 2>&1)" \
		"ar: warning: x.a: ids above 999999 do not fit an archive header: 0 is stored"
	like "and stored as 0" "$(ar tv x.a)" ' 0/999999 '
else
	skip_test "U stores the ids" "not root: no file of another owner"
fi
rm -f x.a; ar rcU x.a a.o
rm x.a; SOURCE_DATE_EPOCH=1000 ar rcU x.a c.o
like "SOURCE_DATE_EPOCH bounds it" "$(TZ=UTC ar tv x.a)" 'Jan  1 00:16 1970 c.o'
rm x.a; ar rc x.a a.o b.o; sleep 1; touch a.o; ar rc y.a a.o b.o; same "D: the same bytes" x.a y.a
[ -e ids.o ] && { rm -f x.a; ar rcD x.a ids.o; like "D: no ids, no date" "$(TZ=UTC ar tv x.a)" '^rw-r--r-- 0/0 .* Jan  1 00:00 1970'; }
rm -f x.a; ar rc x.a a.o b.o
is "u needs U" "$(ar ru x.a a.o 2>&1)" "ar: \`u' modifier ignored since \`D' is the default (see \`U')"
is "--quiet silences it" "$(ar ru --quiet x.a a.o 2>&1)" ""
rm x.a; touch -d '2020-01-01' a.o; ar rcU x.a a.o; cp b.o sub.o; touch -d '2019-01-01' a.o
is "ruU leaves newer members" "$(ar ruUv x.a a.o)" ""
touch -d '2021-01-01' a.o; is "and replaces older ones" "$(ar ruUv x.a a.o)" "r - a.o"

# 11: the index
rm -f x.a g.a; ar rcS x.a a.o b.o; is "S: no index" "$(command nm -s x.a 2>&1 | grep -c index)" 0
ar s x.a; gnu rc g.a a.o b.o; same "ar s makes GNU's" x.a g.a
ar rcS y2.a a.o b.o; ranlib y2.a; same "so does ranlib" y2.a g.a
touch -d '2001-01-01' y2.a; i=$(stat -c %i y2.a); ranlib y2.a
is "a right index is left alone" "$(stat -c %i:%Y y2.a)" "$i:$(date -d 2001-01-01 +%s)"
# a stale index is made new
python3 - y2.a <<'P'
import sys; p=sys.argv[1]; b=bytearray(open(p,'rb').read()); i=b.index(b'a_f\0'); b[i]=ord('Z'); open(p,'wb').write(b)
P
ranlib y2.a; same "a wrong one is not" y2.a g.a

# not found, missing, usage
status "t: not found is an error" 1 ar t g.a nope
is "and says so" "$(ar t g.a nope b.o 2>&1)" "ar: no entry nope in archive
b.o"
status "missing archive" 1 ar t missing.a
is "its message" "$(ar t missing.a 2>&1)" "ar: missing.a: No such file or directory"
status "s of one, too" 1 ar s missing.a; is "in GNU's words" "$(cat tap.err)" "ar: 'missing.a': No such file"
status "an unknown target" 1 ar rc --target=zzz target.a a.o; is "is named" "$(head -n 1 tap.err)" "ar: 'zzz': invalid bfd target"
ok "no archive then" test ! -e target.a
status "no operation" 1 ar
status "two operations" 1 ar rt x.a
status "help" 0 ar --help
# Meson reads what the archiver can from its help; without these words it makes no thin archives
ok "help says [D], [T] and @<file>" sh -c '"$OBJKIT" ar -h >h && grep -qF "[D]" h && grep -qF "[T]" h && grep -qF "@<" h'
if have meson ninja; then
	mkdir mp; cp a.c b.c mp; printf "project('h', 'c')\nstatic_library('x', 'a.c', 'b.c')\n" >mp/meson.build
	printf '#!/bin/sh\nexec "%s" ar "$@"\n' "$OBJKIT" >ar-wrapper; chmod +x ar-wrapper
	(cd mp && AR=$T/ar-wrapper meson setup b && ninja -C b) >meson.log 2>&1 || diag "$(tail -n 5 meson.log)"
	is "Meson makes a thin archive with it" "$(head -c 7 mp/b/libx.a)" "!<thin>"
	(cd mp/b && gnu rcTD g.a libx.a.p/*.o)
	same "the same as GNU's" mp/b/libx.a mp/b/g.a
else
	skip_test "Meson makes a thin archive with it" "no meson or ninja"
fi
status "version" 0 ar -V
rm -f ./-x; cp a.o ./-y.o; ok "rc-: the rest are names" ar rc- -x -y.o; is "as GNU's" "$(ar t ./-x)" "-y.o"
status "-rc- is no option" 1 ar -rc- x.a a.o
is "dashes and separate letters" "$(ar -t -v x.a | wc -l)" 2
rm -f L.a; ar rcL L.a g.a c.o; is "L adds an archive's members" "$(ar t L.a)" "a.o
b.o
c.o"
rm -f f.a; cp a.o a_name_of_more_than_15; ar rcf f.a a_name_of_more_than_15
is "f cuts names" "$(ar t f.a)" "a_name_of_more_"
mkdir d; cp a.o d; rm -f P.a; ar rcP P.a d/a.o a.o
is "P keeps paths" "$(ar t P.a)" "d/a.o
a.o"
ar rP P.a d/a.o; is "and matches by them" "$(ar tP P.a d/a.o; ar t P.a | wc -l)" "d/a.o
2"
status "an archive is no member of itself" 1 ar r P.a P.a
printf '%s\n' '"with space.o"' 'b\ s.o' c.o >rsp; cp a.o 'with space.o'; cp b.o 'b s.o'
ar rc rsp.a @rsp; is "@file" "$(ar t rsp.a)" "with space.o
b s.o
c.o"
# quotes of either kind, a backslash, files that name files, as GNU's reads them
cp a.o "it's.o"; cp a.o 'q"q.o'; cp a.o 'back\o'
printf '%s\n' "'with space.o' \"it's.o\" 'q\"q.o' back\\\\o" '@nested' >rsp2; printf 'a\\.o\n@nested2 ' >nested; echo 'b.o "@nested3" c.o' >nested2
printf c.o >nested3; rm -f rsp.a g.a; ar rc rsp.a @rsp2; gnu rc g.a @rsp2
is "@file: quotes and files in files" "$(ar t rsp.a | tr '\n' ' ')" "with space.o it's.o q\"q.o back\\o a.o b.o c.o c.o "
same "the same archive as GNU's" rsp.a g.a
is "no such @file: a name" "$(ar rc rsp9.a @nowhere 2>&1)" "ar: @nowhere: No such file or directory"
printf '@loop' >loop; status "an @file that names itself" 1 ar rc rsp9.a @loop; like "is an error" "$(cat tap.err)" "nest deeper"
ok "no archive then" test ! -e rsp9.a
ok "--record-libdeps" ar rc --record-libdeps='-L/x -ly' dep.a a.o
is "is a member" "$(ar p dep.a __.LIBDEP | tr -d '\0')" "-L/x -ly"
status "--plugin is accepted" 0 ar --plugin /nonexistent rc pl.a a.o
rm -f dep.a; ok "l and its text" ar rcl '-L/x -ly' dep.a a.o
is "is the same" "$(ar p dep.a __.LIBDEP | tr -d '\0')" "-L/x -ly"
rm -f dep.a; ok "one word of it" ar rcl -lz dep.a a.o; is "too" "$(ar t dep.a | tr '\n' ' ')" "a.o __.LIBDEP "
rm -f dep.a; ok "l without text has no effect" ar rcl dep.a a.o; is "no such member" "$(ar t dep.a)" a.o
rm -f f.a; ar rcf f.a a_name_of_more_than_15; ar rf f.a a_name_of_more_than_15; is "f replaces by the cut name" "$(ar t f.a | wc -l)" 1
cp a.o long_name_that_stays.o; rm -f f.a fg.a; ar rc f.a long_name_that_stays.o b.o; cp f.a fg.a; ar rf f.a b.o; gnu rf fg.a b.o
same "f cuts the names of members that stay, as GNU's" f.a fg.a; rm -f f.a; ar rcf f.a a_name_of_more_than_15
is "and finds by it" "$(ar tf f.a a_name_of_more_than_15)" "a_name_of_more_"
ar rcS S.a a.o; ok "sS: the last wins" ar sS S.a; is "no index" "$(nm -s S.a | grep -c 'Archive index')" 0
is "ts makes it and lists nothing, as GNU's" "$(ar ts S.a; nm -s S.a | grep -c 'Archive index')" 1
is "tS lists" "$(ar tS S.a)" a.o; rm S.a; ar rcS S.a a.o
ok "Ss" ar Ss S.a; is "makes it" "$(nm -s S.a | grep -c 'Archive index')" 1
printf 'a\\b.o "c d.o"\n' >wrsp; cp a.o 'a\b.o'; cp a.o 'c d.o'; rm -f w.a
ok "--rsp-quoting=windows" ar --rsp-quoting=windows rc w.a @wrsp; is "backslashes stay" "$(ar t w.a | head -n 1)" 'a\b.o'
status "--rsp-quoting=other" 1 ar --rsp-quoting=other t w.a
ok "-X 64 and -X64" sh -c '"$OBJKIT" ar -X 64 t w.a && "$OBJKIT" ar -X64 t w.a'; status "-X 16" 1 ar -X 16 t w.a
rm -f F.a; ok "-F bsd" ar -F bsd rc F.a a.o; is "is --format" "$(head -c 11 F.a | tail -c 3)" "#1/"
status "-F nothing" 1 ar -F nothing t F.a
status "closed output is an error" 1 sh -c '"$OBJKIT" ar t g.a >/dev/full'
done_testing
