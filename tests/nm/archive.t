#!/bin/sh
# Headings and prefixes of archives and several files; the index; nested things; threads.
. "${top_srcdir:?}/tests/lib.sh"
F=$top_srcdir/tests/files
cp "$F/good-elf-i386.o" a.o
cp "$F/good-elf-x86_64.o" b.o
ar rc x.a a.o b.o
list() { nm "$@" | head -n 3; }
first=$(nm -j a.o | head -n 1)
is "one archive" "$(list x.a | sed -n 1,2p)" "
a.o:"
like "a member's symbols follow" "$(list x.a | sed -n 3p)" " $first\$"
is "two archives name the archive too" "$(nm x.a x.a | sed -n 1,4p)" "
x.a:

a.o:"
like "-A" "$(nm -A x.a | head -n 1)" "^x.a:a.o:[0-9a-f ]* . $first\$"
like "-P" "$(nm -P x.a | head -n 1)" '^x\.a\[a\.o\]:$'
like "-P -A" "$(nm -P -A x.a | head -n 1)" "^x\\.a\\[a\\.o\\]: $first "
is "-j has no headings" "$(nm -j x.a)" "$(nm -j a.o; nm -j b.o)"
is "sysv" "$(nm -f sysv x.a | sed -n 3p)" "Symbols from x.a[a.o]:"
is "sysv, undefined symbols" "$(nm -u -f sysv x.a | sed -n 3p)" "Undefined symbols from x.a[a.o]:"
like "-s shows the index first" "$(nm -s x.a | head -n 3)" ' in a.o$'
is "-s on a file that is no archive" "$(nm -s a.o)" "$(nm a.o)"

ar rc --thin t.a a.o b.o
is "thin archives" "$(nm -j t.a)" "$(nm -j x.a)"
ar rc n.a x.a
like "an archive in an archive" "$(nm -A n.a 2>&1 | head -n 1)" '^n.a\(x.a\):a.o:'
if have tar; then
	mkdir d && cp x.a b.o d
	tar cf p.tar d
	is "in a container" "$(nm -j p.tar | sort)" "$({ nm -j d/b.o; nm -j d/x.a; } | sort)"
	is "one thing of a container" "$(nm -j p.tar//d/x.a//a.o)" "$(nm -j a.o)"
else
	skip_test "in a container" "no tar"
fi

# Threads: the same bytes and messages, whatever their number.
i=0
while [ $i -lt 60 ]; do
	cp a.o m$i.o
	printf 'x' >>m$i.o
	i=$((i + 1))
done
head -c 300 b.o >m33.o
ar rc many.a m*.o
nm --threads=1 many.a >want 2>want.err
for t in 2 3 8; do
	nm --threads=$t many.a >got 2>got.err
	same "members over $t threads" got want
	same "messages of $t threads" got.err want.err
done
nm --threads=1 m*.o x.a many.a >want 2>want.err
for t in 2 8; do
	nm --threads=$t m*.o x.a many.a >got 2>got.err
	same "files over $t threads" got want
	same "their messages, $t threads" got.err want.err
done
done_testing
