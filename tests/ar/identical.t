# Archives that must be the same bytes as GNU's and LLVM's.
. "${top_srcdir:?}/tests/lib.sh"
need ar gcc
gnu() { command ar "$@"; }
llvm=
for v in '' -19 -18 -17 -16 -15 -14; do have llvm-ar$v && llvm=llvm-ar$v && break; done
have llvm-ar-19 && llvm=llvm-ar-19
echo 'int foo(void){return 1;} int bar; static int s; extern int q; int z(void){return q+s;}' >f.c
gcc -c f.c -o f.o || exit 99
: >e.c; gcc -c e.c -o e.o
for n in 14 15 16 17 40; do cp f.o "$(printf "%0$((n - 2))d" $n).o"; done
cp f.o 'with space.o'; { cat f.o; printf 1; } >odd.o; printf abc >t.txt; printf abcd >u.txt; : >zero
names='f.o 000000000014.o 0000000000015.o 00000000000016.o'
compare() { # NAME file...
	n=$1; shift
	rm -f o.a g.a l.a
	ar rc o.a "$@"; gnu rcD g.a "$@"; same "GNU: $n" o.a g.a
	[ -n "$llvm" ] || { skip_test "LLVM: $n" "no llvm-ar"; return; }
	case $n in *'no symbols'*) return;; esac # LLVM pads that index to eight bytes
	$llvm rcD --format=gnu l.a "$@"; same "LLVM: $n" o.a l.a
}
for f in $(ls *.o *.txt | grep -v ' '); do
	case $f in e.o) compare "no symbols" $f;; *) compare $f $f;; esac
done
compare "several" $names odd.o t.txt zero u.txt
compare "space in the name" 'with space.o' odd.o
compare "text only" t.txt u.txt
compare "text first" t.txt f.o
compare "everything" *.o *.txt zero

# thin
mkdir d; cp f.o d/g.o; cp odd.o d/
thin() { # NAME ARCHIVE file...
	n=$1 a=$2; shift 2
	rm -f "$a"; ar rc --thin "$a" "$@"; mv "$a" o.thin
	gnu rcTD "$a" "$@"; mv "$a" g.thin; same "GNU thin: $n" o.thin g.thin
	[ -n "$llvm" ] || { skip_test "LLVM thin: $n" "no llvm-ar"; return; }
	$llvm rcD --thin "$a" "$@"; mv "$a" l.thin; same "LLVM thin: $n" o.thin l.thin
}
thin "here" x.a f.o t.txt odd.o
thin "member below" x.a f.o d/g.o
thin "archive below" d/x.a f.o d/g.o
thin "absolute" x.a "$T/f.o" d/odd.o

# the other dialects, against LLVM
[ -n "$llvm" ] || { skip_test "other dialects" "no llvm-ar"; done_testing; exit 0; }
dialect() { # FORMAT file...
	f=$1; shift
	rm -f o.a l.a; $llvm rcD --format=$f l.a "$@"; ar rc --format=$f o.a "$@"
	same "$f: $*" o.a l.a
}
clang=; for c in clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang; do have $c && clang=$c && break; done
if [ -n "$clang" ]; then
	for o in c:x86_64-pc-windows-gnu m:arm64-apple-darwin ec:arm64ec-pc-windows-msvc w:aarch64-pc-windows-msvc; do
		$clang -target ${o#*:} -c f.c -o ${o%%:*}.o || exit 99
		cp ${o%%:*}.o ${o%%:*}_long_name_of_member.o
	done
	dialect darwin m.o t.txt m_long_name_of_member.o zero
	dialect darwin m.o odd.o
	mkdir same; cp m.o odd.o same/; dialect darwin m.o odd.o same/m.o t.txt same/m.o
	dialect coff c.o t.txt c_long_name_of_member.o
	dialect coff c.o ec.o t.txt ec_long_name_of_member.o
	dialect coff w.o ec.o
	dialect coff w.o
	dialect bsd m.o t.txt
	rm -f o.a l.a; $llvm rcD l.a m.o t.txt; ar rc o.a m.o t.txt; same "Mach-O members: darwin by default" o.a l.a
	rm -f o.a l.a; $llvm rcD l.a c.o t.txt; ar rc o.a c.o t.txt; same "COFF members: coff by default" o.a l.a
else
	skip_test "objects of other formats" "no clang"
fi
dialect bsd f.o t.txt odd.o
dialect bsd t.txt u.txt
dialect darwin t.txt
dialect darwin
dialect coff
dialect coff t.txt
dialect bigarchive t.txt zero u.txt
dialect bigarchive
done_testing
