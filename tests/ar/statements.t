# What the specification says in single sentences: readers' tolerance, choice of dialect, limits (its sections 1 to 3).
. "${top_srcdir:?}/tests/lib.sh"
need gcc python3
header() { printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$1" "${3-0}" 0 0 "${4-644}" "$2"; }
field() { # ARCHIVE NUMBER: the name field of that special member or member
	python3 - "$1" "$2" <<'P'
import sys
b = open(sys.argv[1], 'rb').read(); at = 8
for _ in range(int(sys.argv[2])): n = int(b[at + 48:at + 58]); at += 60 + n + (n & 1)
print(b[at:at + 16].decode().rstrip())
P
}
for f in a b; do echo "int ${f}_f(void) { return 1; }" >$f.c; gcc -c $f.c -o $f.o || exit 99; done
echo text >t.txt

# 1.1 what is tolerated
{ printf '!<arch>\n'; header a.txt/ 1; printf 'a\0'; header b.txt/ 2 '' ''; printf 'bb\n'; } >pad.a
is "a pad byte of any value, blank fields, a newline behind all" "$(ar t pad.a | xargs)" "a.txt b.txt"
{ printf '!<arch>\n'; header a.txt/ 1 0 644; printf 'a\n'; header b.txt/ 1 0 100644; printf b; } >mode.a
is "a mode with and without the type of file" "$(ar tv mode.a | cut -c 1-9 | xargs)" "rw-r--r-- rw-r--r--"

# 1.3 BSD names
{ printf '!<arch>\n'; header 'name with sp' 2; printf 1a; header 1234567890123456 2; printf 2b; header '#1/12' 14
  printf 'long\0\0\0\0\0\0\0\0003c'; } >bsd.a
is "spaces in names, sixteen bytes, names before the data" "$(ar t bsd.a)" "name with sp
1234567890123456
long"
is "each is printed by its name" "$(ar p bsd.a long; ar p bsd.a 'name with sp'; ar p bsd.a 1234567890123456)" 3c1a2b
is "the size is that of the data" "$(ar tv bsd.a long | awk '{print $3}')" 2
rm -f b.a; ar rc --format=bsd b.a a.o t.txt
is "BSD: every name stands before its data" "$(field b.a 0) $(field b.a 1) $(field b.a 2)" "#1/12 #1/4 #1/12"
is "BSD: data begins at multiples of 8" "$(ar t --format=json b.a | sed 's/.*"offset":\([0-9]*\).*/\1/' | while read -r o; do echo $((o % 8)); done | xargs)" "0 0"

# 1.2, 1.3 64-bit indexes of either padding
if have llvm-ar-19; then
	for k in gnu:/SYM64/ darwin:__.SYMDEF_64; do
		SYM64_THRESHOLD=1 llvm-ar-19 rcD --format=${k%%:*} l.a a.o b.o
		like "LLVM's 64-bit index (${k%%:*})" "$(head -c 90 l.a | tr '\0\n' '  ')" "${k#*:}"
		is "is read" "$(nm -s l.a | grep ' in ' | xargs)" "a_f in a.o b_f in b.o"; rm l.a
	done
else skip_test "LLVM's 64-bit index" "no llvm-ar-19"; fi
rm -f s.a; ar rc --sym64-threshold=1 s.a a.o b.o; size=$(head -c 66 s.a | tail -c 10)
is "our own is padded to 8 as GNU's" "$((${size%% *} % 8))" 0

clang=; for c in clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang; do have $c && clang=$c && break; done
if [ -n "$clang" ]; then
	cc() { $clang -target "$1" -c a.c -o "$2" || exit 99; }
	cc x86_64-pc-windows-msvc c.o; cc arm64-apple-macos m.o; cc arm64ec-pc-windows-msvc ec.o
	# 1.4 more members than Microsoft's index can number
	python3 -c 'print("\n".join(["c.o"] * 65536))' >rsp
	status "65,536 members of a COFF library" 1 ar qc many.lib @rsp; like "cannot be numbered" "$(cat tap.err)" "only 65535: split it"
	ok "no library then" test ! -e many.lib
	sed 1d rsp >rsp1; ok "65,535 can" ar qc many.lib @rsp1; ok "and as GNU's any number" ar qc --format=gnu many2.lib @rsp
	is "which are indexed" "$(nm -s many2.lib | grep -c ' in ')" 65536; rm many*.lib
	# opaque linker members: kept with their members, dropped with a warning when these change
	python3 - <<'P'
h = lambda n, d: b'%-16s%-12d%-6d%-6d%-8d%-10d`\n' % (n, 0, 0, 0, 0, len(d)) + d
e = open('ec.o', 'rb').read()
open('hy.lib', 'wb').write(b'!<arch>\n' + h(b'/', bytes(4)) + h(b'/', b'\1' + bytes(7)) + h(b'/<XFGHASHMAP>/', b'wxyz') +
    h(b'/<HYBRIDMAP>/', b'abcd') + h(b'ec.o/', e))
P
	is "opaque linker members are no members" "$(ar t hy.lib)" ec.o
	ok "ar s" ar s hy.lib; is "keeps them" "$(field hy.lib 3) $(field hy.lib 4)" "/<XFGHASHMAP>/ /<HYBRIDMAP>/"
	is "and what is in them" "$(grep -c 'wxyz/<HYBRIDMAP>/' hy.lib)" 1
	ar r hy.lib c.o 2>err; is "a change drops both and says so" "$(grep -c 'is dropped: it described' err)" 2
	is "the library is whole" "$(ar t hy.lib | xargs)" "ec.o c.o"; ok "to verify, too" ar verify hy.lib
	# 1.4 names in libraries: as typed by lib, the last part by ar
	mkdir sub; cp c.o sub/x.obj; rm -f l.lib; "$OBJKIT" lib /out:l.lib sub/x.obj; is "lib: a name as typed" "$(ar t l.lib)" sub/x.obj
	rm l.lib; ar rc l.lib sub/x.obj; is "ar: its last part" "$(ar t l.lib)" x.obj
	# 1.8 which dialect: the option, the target, the first object, else GNU's
	dialect() { case $(head -c 11 "$1" | tail -c 3) in '#1/') echo bsd ;; '/  ') [ "$(field "$1" 1)" = / ] && echo coff || echo gnu ;; *) echo "gnu, no index" ;; esac; }
	for want in "bsd m.o" "bsd t.txt m.o" "coff c.o" "coff t.txt c.o m.o" "gnu a.o c.o" "gnu, no index:t.txt" "bsd --format=darwin a.o" \
		"bsd --target=mach-o-x86-64 a.o" "gnu --target=elf64-x86-64 a.o" "gnu --format=gnu c.o" "coff --format=coff a.o" "gnu --target=mach-o-arm64 --format=gnu m.o"; do
		case $want in *:*) files=${want#*:} want=${want%%:*} ;; *) files=${want#* } want=${want%% *} ;; esac
		opts=$(echo "$files" | tr ' ' '\n' | grep '^--' | xargs); files=$(echo "$files" | tr ' ' '\n' | grep -v '^--' | xargs)
		# shellcheck disable=SC2086 # words
		rm -f d.a; ar rc $opts d.a $files; is "$opts $files: $want" "$(dialect d.a)" "$want"
	done
	rm -f d.a; ar rc d.a; ar r d.a m.o; is "an empty archive has no dialect" "$(dialect d.a)" bsd
	rm -f d.a; ar rc d.a t.txt; ar r d.a m.o; is "one with members keeps its own" "$(dialect d.a)" gnu
	ar rc g.a a.o; ar rv --format=bsd g.a b.o >out 2>err; is "--format converts" "$(dialect g.a)" bsd
	is "and says so with v" "$(cat err)" "ar: g.a: the archive is converted to another format"
else skip_test "choice of dialect" "no clang"; fi

# 1.9 limits
if truncate -s 10000000000 huge.bin 2>/dev/null; then
	status "a member of ten digits and more" 1 ar rc h.a huge.bin
	is "is too big" "$(cat tap.err)" "ar: h.a: member 'huge.bin': file too big for an archive"; ok "no archive then" test ! -e h.a
else skip_test "a member of ten digits and more" "no sparse files"; fi
rm -f huge.bin h.a; cp a.o old.o
if touch -d '1960-01-01' old.o 2>/dev/null && [ "$(stat -c %Y old.o)" -lt 0 ]; then
	ar rcU h.a old.o; like "a date before 1970 is stored as 0" "$(TZ=UTC ar tv h.a)" 'Jan  1 00:00 1970 old.o'
else skip_test "a date before 1970 is stored as 0" "no such dates here"; fi
nl='new
line.o'; cp a.o "$nl"; rm -f h.a
status "a newline in a name: not in GNU's archives" 1 ar rc h.a "$nl"; ok "no archive then" test ! -e h.a
ok "in a BSD archive it is" ar rc --format=bsd h.a "$nl"; ar x --output=x h.a; ok "and comes out" cmp "x/$nl" a.o
status "an empty name" 1 ar rc h2.a ''

# 3.1 words
rm -f x.a; ar rc x.a a.o b.o
is "-t -v, apart" "$(ar -t -v x.a)" "$(ar tv x.a)"; is "the first word with a dash" "$(ar -tv x.a)" "$(ar tv x.a)"
is "--: the rest are names" "$(ar t -- x.a)" "$(ar t x.a)"
rm -f y.a; ar rcT y.a a.o; is "T is --thin" "$(head -c 7 y.a)" "!<thin>"
is "a and b together: the last" "$(cp x.a y.a; cp a.o c.o; ar rab b.o y.a c.o; ar t y.a | xargs)" "a.o c.o b.o"
status "N with r" 1 ar rN 1 x.a a.o; is "tN" "$(ar qS x.a a.o; ar tN 1 x.a a.o)" a.o; ar pN 1 x.a b.o >p; ok "pN" cmp p b.o
mkdir c; echo old >c/a.o; (cd c && ar xC ../x.a 2>/dev/null); is "xC overwrites nothing" "$(cat c/a.o)" old; ok "and writes the rest" cmp c/b.o b.o
ok "j and z are accepted" sh -c '"$OBJKIT" ar tj x.a && "$OBJKIT" ar tz x.a'
cp x.a lib.a; ar r x.a lib.a; is "an archive given to r is stored whole" "$(ar t x.a | tail -n 1)" lib.a
ar p x.a lib.a >p; ok "as it is" cmp p lib.a
cp x.a stamp.a; touch -d 2001-01-01 stamp.a; ok "ranlib -t" ranlib -t stamp.a; ok "-D -U -v" ranlib -DU stamp.a
ok "several archives" ranlib -D x.a lib.a; printf 'x.a lib.a' >rsp; ok "and @file" ranlib @rsp; status "ranlib -v" 0 ranlib -v; status "ranlib of nothing" 1 ranlib

# 1.7 AIX archives from before 4.3; 1.3 an index in the byte order of big-endian targets; 5 verify on machines that mix
python3 - <<'P'
import struct
def m(name, data, nxt, prev): return (b'%-12d' * 6 + b'%-12o%-4d') % (len(data), nxt, prev, 0, 0, 0, 0o644, len(name)) + name + b'`\n' + data
one = m(b'a.txt1', b'first!', 0, 0); first, last = 68, 68 + len(one)
open('old.a', 'wb').write(b'<aiaff>\n' + b'%-12d%-12d%-12d%-12d%-12d' % (0, 0, first, last, 0) + m(b'a.txt1', b'first!', last, 0) + m(b'b.txt2', b'second', 0, first))
h = lambda n, d: b'%-16s%-12d%-6d%-6d%-8s%-10d`\n' % (n, 0, 0, 0, b'644', len(d)) + d + b'\n' * (len(d) & 1)
index = struct.pack('>IIII', 8, 0, 8 + 60 + 24, 4) + b'a_f\0'; index = index.ljust(24, b'\0')
open('be.a', 'wb').write(b'!<arch>\n' + h(b'__.SYMDEF', index) + h(b'a.o', open('a.o', 'rb').read()))
P
is "an old AIX archive" "$(ar t old.a | xargs)" "a.txt1 b.txt2"
is "its members" "$(ar p old.a)" "first!second"
is "a big-endian BSD index" "$(nm -s be.a | grep ' in ')" "a_f in a.o"
rm -f mix.a; ar rcP mix.a sub/../a.o "$top_srcdir/tests/files/good-elf-i386.o" 2>/dev/null; ar verify mix.a >out
like "verify: mixed machines" "$(cat out)" "is for i386, others for x86-64"
like "verify: a path as a name" "$(cat out)" "a path as member name"
done_testing
