# which, verify, diff, merge, convert, JSON: what other ars do not have (spec, section 5).
. "${top_srcdir:?}/tests/lib.sh"
need gcc
mkdir lib
printf 'int alpha(void){return 1;} __attribute__((weak)) int weak_one(void){return 1;}' >a.c
printf 'int alpha(void); int beta(void){return alpha();}' >b.c
printf 'int alpha(void){return 2;} int gamma_v = 3;' >c.c
for f in a b c; do gcc -c $f.c -o $f.o || exit 99; done
ar rc lib/one.a a.o b.o; ar rc lib/two.a c.o

# 42: which
is "which: definitions" "$(ar which alpha --in lib/one.a lib/two.a)" "lib/one.a(a.o): T alpha
lib/two.a(c.o): T alpha"
is "in a directory" "$(ar which beta gamma_v --in lib)" "lib/one.a(b.o): T beta
lib/two.a(c.o): D gamma_v"
is "weak" "$(ar which weak_one --in lib)" "lib/one.a(a.o): W weak_one"
is "--references" "$(ar which --references alpha --in lib/one.a)" "lib/one.a(a.o): T alpha
lib/one.a(b.o): U alpha"
is "patterns" "$(ar which 'a*a' 'g*' --in lib | wc -l)" 3
status "not found" 1 ar which nothing --in lib
like "says so" "$(cat tap.err)" "nothing: not found"
is "as JSON" "$(ar which --format=json beta --in lib/one.a)" '{"file":"lib/one.a(b.o)","symbol":"beta","letter":"T","defined":true}'
ar rcS noindex.a a.o; is "without an index" "$(ar which alpha --in noindex.a)" "noindex.a(a.o): T alpha"
status "usage" 2 ar which alpha
# an index in the order of names, as Apple's: each member is searched once
python3 - <<'P'
import struct
b = open('b.o', 'rb').read(); c = open('c.o', 'rb').read(); h = b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'
names = [(b'alpha', 1), (b'beta', 0), (b'gamma_v', 1)]
text = b''.join(n + b'\0' for n, _ in names); text += b'\0' * (-len(text) % 8)
front = 8 + 60 + 20 + 4 + 24 + 4 + len(text); at = [front, front + 60 + len(b)]; x = 0; entries = b''
for n, m in names: entries += struct.pack('<II', x, at[m]); x += len(n) + 1
index = b'__.SYMDEF SORTED'.ljust(20, b'\0') + struct.pack('<I', 24) + entries + struct.pack('<I', len(text)) + text
open('sorted.a', 'wb').write(b'!<arch>\n' + h % (b'#1/20', 0, 0, 0, b'644', len(index)) + index +
    h % (b'b.o', 0, 0, 0, b'644', len(b)) + b + h % (b'c.o', 0, 0, 0, b'644', len(c)) + c)
P
is "a sorted index" "$(ar which alpha beta gamma_v --in sorted.a)" "sorted.a(b.o): T beta
sorted.a(c.o): T alpha
sorted.a(c.o): D gamma_v"

# verify
ok "verify: sound" ar verify lib/one.a lib/two.a
is "and silent" "$(cat tap.out tap.err)" ""
is "-v says ok" "$(ar verify -v lib/one.a)" "lib/one.a: ok"
is "no index" "$(ar verify noindex.a)" "noindex.a: there is no symbol index"
ar rc dup.a a.o c.o; status "duplicates" 1 ar verify dup.a
is "which" "$(cat tap.out)" "dup.a: alpha is defined by a.o and c.o"
cp lib/one.a stale.a
python3 - stale.a <<'P'
import sys; p=sys.argv[1]; b=bytearray(open(p,'rb').read()); i=b.index(b'beta\0'); b[i]=ord('z'); open(p,'wb').write(b)
P
status "a stale index" 1 ar verify stale.a
like "missing" "$(cat tap.out)" "stale index: beta is missing"
like "too much" "$(cat tap.out)" "stale index: it names zeta"
ar rcU real.a a.o; ok "real dates are fine" ar verify real.a
status "but not reproducible" 1 ar verify --reproducible real.a
ok "zeros are" ar verify --reproducible lib/one.a
ar rc --thin thin.a a.o b.o; ok "thin" ar verify thin.a
mv b.o b.away; status "a missing thin member" 1 ar verify thin.a; mv b.away b.o
like "named" "$(cat tap.out)" "b.o: the file of this thin member is missing"
head -c 300 lib/one.a >cut.a; status "a damaged archive" 1 ar verify cut.a
like "JSON" "$(ar verify --format=json noindex.a)" '"problem":"there is no symbol index"'

# 42: all three on a real library
lib=$(g++ -print-file-name=libstdc++.a 2>/dev/null)
if [ -f "$lib" ] && have nm; then
	"$(peer nm)" -A "$lib" 2>/dev/null >all
	for s in _Znwm _ZNSt6thread4joinEv _ZSt4cout; do
		is "libstdc++.a: which $s" "$(ar which $s --in "$lib")" \
			"$(sed -n "s/^\(.*\):\([^:]*\):[0-9a-f]* \([A-Z]\) $s\$/\1(\2): \3 $s/p" all | grep -v ' U ')"
	done
	is "libstdc++.a: who refers to a symbol" "$(ar which --references _Znwm --in "$lib" | grep -c ': U _Znwm$')" "$(grep -c ' U _Znwm$' all)"
	ok "libstdc++.a: verify" ar verify --reproducible "$lib"; is "libstdc++.a: is silent" "$(cat tap.out)" ""
	cp "$lib" copy.a; ok "libstdc++.a: diff with a copy" ar diff "$lib" copy.a
	ar d copy.a new_op.o; ar m copy.a thread.o; cp a.o compatibility.o; ar r copy.a compatibility.o
	status "libstdc++.a: diff with a changed copy" 1 ar diff "$lib" copy.a
	is "libstdc++.a: what is gone" "$(grep '^-' tap.out)" "- new_op.o"
	like "libstdc++.a: a symbol that came" "$(cat tap.out)" "^~ compatibility.o: now defines alpha$"
	is "libstdc++.a: symbols that went" "$(grep -c '^~ compatibility.o: no longer defines ' tap.out)" \
		"$("$(peer nm)" "$lib" 2>/dev/null | sed -n '/^compatibility.o:/,/^$/p' | grep -c ' [TWVBDRiu] ')"
	python3 - copy.a <<'P'
import sys; p = sys.argv[1]; b = bytearray(open(p, 'rb').read()); i = b.index(b'_ZSt4cout\0'); b[i + 4] = ord('X'); open(p, 'wb').write(b)
P
	status "libstdc++.a: verify of a stale index" 1 ar verify copy.a
	is "libstdc++.a: names the symbol" "$(grep -c 'stale index: \(_ZSt4cout is missing\|it names _ZStXcout at\)' tap.out)" 2
else
	skip_test "libstdc++.a" "no g++ or GNU nm"
fi

# diff
ok "diff: the same" ar diff lib/one.a lib/one.a
is "silent" "$(cat tap.out)" ""
ar rc other.a b.o c.o; cp c.o keep.o; status "different" 1 ar diff lib/one.a other.a
is "members" "$(cat tap.out)" "- a.o
+ c.o"
printf 'int delta(void){return 2;}' >b2.c; mkdir n; gcc -c b2.c -o n/b.o; cp lib/one.a two.a; ar r two.a n/b.o
ar diff lib/one.a two.a >d
like "symbols" "$(cat d)" "~ b.o: no longer defines beta"
like "new ones" "$(cat d)" "~ b.o: now defines delta"
ar rcU dated.a a.o; ar rc plain.a a.o; like "dates" "$(ar diff dated.a plain.a)" "~ a.o: date [0-9]+ -> 0"
status "a missing archive" 2 ar diff missing.a plain.a
is "JSON" "$(ar diff --format=json lib/one.a other.a | head -n 1)" '{"change":"removed","member":"a.o","what":""}'

# 19: merge on duplicate names
cp c.o n/a.o; ar rc third.a n/a.o
ok "merge" ar merge all.a lib/one.a third.a
is "nothing is lost" "$(ar t all.a)" "a.o
b.o
a.o"
ok "--rename=prefix" ar merge --rename=prefix all.a lib/one.a third.a third.a
is "names are unique" "$(ar t all.a)" "a.o
b.o
third-a.o
third-1-a.o"
ok "--rename=hash" ar merge --rename=hash all.a lib/one.a third.a
like "by contents" "$(ar t all.a | tail -n 1)" '^a-[0-9a-f]{8}\.o$'
ar p all.a "$(ar t all.a | tail -n 1)" >p; same "contents" p n/a.o
ok "objects too" ar merge mixed.a lib/one.a c.o; is "listed" "$(ar t mixed.a | tail -n 1)" c.o
rm -f gone.a; status "a missing input" 1 ar merge gone.a lib/one.a missing.a; ok "no output" test ! -e gone.a

is "qL appends a library's members" "$(printf 1 >q1; ar rc l1.a q1; ar rc l2.a q1; ar qL l2.a l1.a; ar t l2.a | tr '\n' ' ')" "q1 q1 "
# convert
cp lib/one.a conv.a
for k in bsd darwin coff bigarchive gnu; do
	ok "convert to $k" ar convert --format=$k conv.a
	is "$k: members" "$(ar t conv.a)" "a.o
b.o"
	ar p --trim-padding conv.a b.o >p; ok "$k: contents" sh -c 'head -c $(stat -c %s b.o) p | cmp - b.o'
done
same "back to the same bytes" conv.a lib/one.a
ok "thin to regular" ar convert --no-thin thin.a fat.a; same "as if made so" fat.a lib/one.a
status "thin is gnu's only" 1 ar convert --format=bsd thin.a
like "--warn-duplicates" "$(ar rc --warn-duplicates w.a a.o c.o 2>&1)" "'alpha' is defined by a.o and c.o"

# 41: JSON
ar tv --format=json lib/one.a >j
if have jq; then is "jq reads it" "$(jq -r .member j | tr '\n' ' ')" "a.o b.o "; else skip_test "jq reads it" "no jq"; fi
ok "python reads it" python3 -c 'import json,sys; [json.loads(l)["size"] for l in open("j")]'
# inside containers
if have zip; then
	zip -q x.zip lib/one.a; is "t inside a zip" "$(ar t x.zip//lib/one.a)" "a.o
b.o"
	ar p x.zip//lib/one.a b.o >p; same "p inside a zip" p b.o
	mkdir ex; (cd ex && ar x ../x.zip//lib/one.a a.o); same "x inside a zip" ex/a.o a.o
fi
# nm inside a .deb, a member of it and a symbol
if have dpkg-deb jq; then
	mkdir -p pkg/DEBIAN pkg/usr/lib; cp lib/one.a pkg/usr/lib/libone.a; cp b.o pkg/usr/lib/b.o
	printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.com>\nDescription: d\n' >pkg/DEBIAN/control
	for z in xz gzip none; do
		dpkg-deb --build --root-owner-group -Z$z pkg x.deb >/dev/null || exit 99
		t=$(ar t x.deb | grep data); p=x.deb//$t//./usr/lib/libone.a
		is "nm in a .deb ($z): all that it holds" "$(nm -A x.deb 2>/dev/null | sed 's/.* //' | sort)" "$(nm lib/one.a b.o | sed -n 's/.* [A-Za-z] //p' | sort)"
		is "nm of an archive in it" "$(nm "$p" | grep ' [A-Za-z] ')" "$(nm lib/one.a | grep ' [A-Za-z] ')"
		is "nm of a member of that" "$(nm "$p//b.o" | tail -n +3)" "$(nm b.o)"
		is "t in it" "$(ar t "$p")" "$(ar t lib/one.a)"
		ar p "$p" b.o >p; same "p in it" p b.o
		rm -rf ex2; ok "x in it" ar x --output=ex2 "$p"; same "what it extracts" ex2/a.o a.o
		status "t of what is not there" 1 ar t "x.deb//$t//nowhere.a"; status "t of a member that is no archive" 1 ar t "x.deb//$t"
		is "jq reads nm's JSON of it" "$(nm --format=json "$p" | jq -rs 'map(select(.letter == "T") | .name) | join(" ")')" "alpha beta"
	done
else
	skip_test "nm in a .deb" "no dpkg-deb or jq"
fi
tar cf x.tar lib; is "t inside a tar" "$(ar t x.tar//lib/two.a)" "c.o"
is "verify inside a tar" "$(ar verify -v x.tar//lib/two.a)" "x.tar//lib/two.a: ok"
status "a container is no archive" 1 ar t x.tar
is "a container is no archive: where archives in it are" "$(cat tap.err)" \
	"ar: x.tar: a container, no archive; what lies in it is named as CONTAINER//PATH"
cp x.tar was.tar
for c in "rc x.tar//lib/two.a a.o" "d x.tar//lib/two.a c.o" "s x.tar//lib/two.a" "rc x.tar a.o" "diff lib/two.a x.tar//lib/two.a"; do
	# shellcheck disable=SC2086
	! ar $c >out 2>&1; like "ar $c: what can be done" "$(cat out)" '^ar: x\.tar(//lib/two\.a: archives in a container can be listed|: a container, no archive).*$'
done
same "containers are left as they are" x.tar was.tar
is "which inside a tar" "$(ar which gamma_v --in x.tar)" "x.tar:lib/two.a(c.o): D gamma_v"
done_testing
