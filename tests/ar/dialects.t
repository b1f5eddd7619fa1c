# Every dialect is kept on update, and linkers and readers accept what we write.
. "${top_srcdir:?}/tests/lib.sh"
clang=; for c in clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang; do have $c && clang=$c && break; done
[ -n "$clang" ] || { echo "1..0 # SKIP no clang"; exit 0; }
llvm=; for v in -19 -18 -17 -16 -15 -14 ''; do have llvm-ar$v llvm-nm$v && llvm=$v && break; done
have llvm-ar$llvm || { echo "1..0 # SKIP no llvm-ar"; exit 0; }
llvm_ar() { llvm-ar$llvm "$@"; }
# the index as LLVM reads it: "symbol in member" lines
llvm_map() { llvm-nm$llvm --print-armap "$1" 2>/dev/null | sed -n '/ in /p'; }
cc() { $clang -target "$@" || exit 99; }
printf 'int foo(void){return 1;} int bar;' >f.c; printf 'int other(void){return 2;}' >g.c
printf text >t.txt
cc x86_64-apple-macos -c f.c -o m.o; cc x86_64-apple-macos -c g.c -o m_with_a_long_name.o
cc x86_64-pc-windows-msvc -c f.c -o c.o; cc x86_64-pc-windows-msvc -c g.c -o c_with_a_long_name.o
cc x86_64-linux-gnu -c f.c -o e.o; cc x86_64-linux-gnu -c g.c -o e_with_a_long_name.o

# 25: r, d, q keep bsd, darwin, coff and big as they are
for kind in gnu:e bsd:e darwin:m coff:c; do
	k=${kind%%:*} o=${kind##*:}
	for first in $o.o t.txt; do
		rm -f x.a l.a; llvm_ar rcD --format=$k x.a $first ${o}_with_a_long_name.o; cp x.a l.a
		ar r x.a $o.o; ar d x.a ${o}_with_a_long_name.o; ar q x.a ${o}_with_a_long_name.o t.txt
		llvm_ar rD --format=$k l.a $o.o; llvm_ar d l.a ${o}_with_a_long_name.o
		llvm_ar qD --format=$k l.a ${o}_with_a_long_name.o t.txt
		is "$k, $first first: LLVM lists the same" "$(llvm_ar t x.a)" "$(llvm_ar t l.a)"
		is "$k, $first first: and the same index" "$(llvm_map x.a)" "$(llvm_map l.a)"
		ar p x.a $o.o >p; same "$k, $first first: contents" p $o.o 2>/dev/null ||
			ok "$k: contents with padding" sh -c "head -c \$(stat -c %s $o.o) p | cmp - $o.o"
	done
done

# 30: Darwin: data 8-aligned, whatever comes first; an existing archive is realigned by ranlib
data_offsets() { ar t --format=json "$1" | grep -o '"offset":[0-9]*' | cut -d: -f2; }
aligned() { for off in $(data_offsets "$1"); do [ $((off % 8)) = 0 ] || return 1; done; }
rm -f x.a; ar rc x.a t.txt m.o m_with_a_long_name.o t.txt
is "text first, still darwin" "$(head -c 12 x.a | tail -c 4)" "#1/1"
ok "every member's data is aligned" aligned x.a
for l in ld64.lld-19 ld64.lld ld64.lld-14; do have $l && break; done
if have $l; then
	printf 'int foo(void); int main(void){return foo();}' >main.c; cc x86_64-apple-macos -c main.c -o main.o
	ok "ld64.lld links it" $l -arch x86_64 -platform_version macos 11.0 11.0 -o prog main.o x.a -undefined dynamic_lookup
else
	skip_test "ld64.lld links it" "no ld64.lld"
fi
rm -f b.a; llvm_ar rcD --format=bsd b.a t.txt m.o; ar convert --format=darwin b.a; ok "converted and aligned" aligned b.a
python3 - <<'P'
h=b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'; d=open('m.o','rb').read()
open('old.a','wb').write(b'!<arch>\n'+h%(b'__.SYMDEF',0,0,0,b'644',8)+b'\0'*8+h%(b'm.o',0,0,0,b'644',len(d))+d)
P
ok "an old BSD archive is not aligned" sh -c '! "$OBJKIT" ar verify old.a'
ranlib old.a; ok "ranlib aligns it" aligned old.a; ok "and verify is content" ar verify old.a
ar p --trim-padding x.a m.o >p; same "--trim-padding" p m.o
# A Mach-O's own length is what its load commands say: newlines behind it go, however many, its own stay.
printf 'macho64\nsection __TEXT,__text\nascii "x\\n\\n\\n"\n' >nl.d; mkobj nl.d >nl.o || exit 99
is "(an object that ends with newlines)" "$(tail -c 3 nl.o | od -An -tx1)" " 0a 0a 0a"
for f in nl.o "$top_srcdir"/tests/files/good-macho-*; do
	cp "$f" padded.o; printf '\n\n\n\n\n\n\n\n\n\n\n\n' >>padded.o
	rm -f pad.a; ar rcS pad.a padded.o
	ar p --trim-padding pad.a padded.o >p; same "--trim-padding: $(basename "$f")" p "$f"
	mkdir -p trim; ar x --trim-padding --output=trim pad.a; same "extracted: $(basename "$f")" trim/padded.o "$f"
	ar p pad.a padded.o | head -c "$(wc -c <padded.o)" >p; same "not without the option" p padded.o
done
printf 'x\n\n\n' >t.nl; rm -f pad.a; ar rc pad.a t.nl; ar p --trim-padding pad.a >p; same "text keeps its newlines" p t.nl
cp m.o cut.o; printf '\n\n' >>cut.o # a command places something beyond the end: nothing is known
python3 -c 'import sys,struct
b=bytearray(open("cut.o","rb").read()); n=struct.unpack_from("<I",b,16)[0]; at=32
for _ in range(n):
    cmd,size=struct.unpack_from("<II",b,at)
    if cmd==2: struct.pack_into("<I",b,at+16,1<<30)
    at+=size
open("cut.o","wb").write(b)'
rm -f pad.a; ar rcS pad.a cut.o 2>/dev/null
ar p --trim-padding pad.a cut.o >p 2>/dev/null; ar p pad.a cut.o >q 2>/dev/null; same "a damaged one is left alone" p q

# GNU ar corrupts #1/ archives; ours stay
rm -f x.a; llvm_ar rcD --format=bsd x.a e_with_a_long_name.o
ar r x.a e.o; ar p x.a e.o >p; same "r on a BSD archive" p e.o
is "both are listed by LLVM" "$(llvm_ar t x.a | wc -l)" 2

# 25: .deb and Go
{ printf '!<arch>\n'; for n in debian-binary control.tar.xz data.tar.xz; do
	printf '%-16s%-12d%-6d%-6d%-8s%-10d`\nabcd' $n 0 0 0 100644 4; done; } >p.deb
is ".deb: listed" "$(ar t p.deb)" "debian-binary
control.tar.xz
data.tar.xz"
mkdir deb; (cd deb && ar x ../p.deb); is ".deb: extracted" "$(cat deb/data.tar.xz)" abcd
cp p.deb q.deb; ar s q.deb; same ".deb: s changes nothing" p.deb q.deb
printf wxyz >data.tar.xz; ar r q.deb data.tar.xz
is ".deb: r keeps plain names" "$(head -c 24 q.deb | tail -c 16)" "debian-binary   "
is ".deb: and the order" "$(ar t q.deb)" "$(ar t p.deb)"
{ printf '!<arch>\n'; printf '%-16s%-12d%-6d%-6d%-8s%-10d`\n%s\0' __.PKGDEF 0 0 0 644 15 'go object linux'
  printf '%-16s%-12d%-6d%-6d%-8s%-10d`\n%s' _go_.o 0 0 0 644 16 'go object linux2'; cat e.o >native; 
  printf '%-16s%-12d%-6d%-6d%-8s%-10d`\n' native.o 0 0 0 644 $(stat -c %s e.o); cat e.o; } >go.a
cp go.a go2.a; ar s go2.a; same "Go archive: s changes nothing" go.a go2.a
ranlib go2.a; same "nor does ranlib" go.a go2.a
ar s --force-index go2.a; like "--force-index does" "$(llvm_map go2.a)" "foo in native.o"

# 26: COFF libraries
for m in i686 x86_64 aarch64; do
	cc $m-pc-windows-msvc -c f.c -o f-$m.o; cc $m-pc-windows-msvc -c g.c -o g-$m.o
	rm -f $m.lib; ar rc $m.lib g-$m.o f-$m.o
	printf 'int foo(void); int other(void); int start(void){return foo()+other();}' >s.c
	cc $m-pc-windows-msvc -c s.c -o s.o
	e=start; if have lld-link; then
		ok "$m: lld-link links it" lld-link /nodefaultlib /subsystem:console /entry:$e /out:p.exe s.o $m.lib
	else
		skip_test "$m: lld-link links it" "no lld-link"
	fi
done
if have x86_64-w64-mingw32-gcc; then
	printf 'int foo(void); int main(void){return foo();}' >main.c
	x86_64-w64-mingw32-gcc -c f.c -o w.o; rm -f libw.a; ar rc libw.a t.txt w.o
	ok "mingw ld links it" x86_64-w64-mingw32-gcc main.c libw.a -o w.exe
	echo 'int many(void){return 3;}' >b.c; x86_64-w64-mingw32-gcc -Wa,-mbig-obj -c b.c -o big.o
	rm -f big.a; ar rc big.a big.o; like "bigobj is indexed" "$(llvm_map big.a)" "many in big.o"
	# 29: clang's weak symbols are aliases and must be found
	printf '__attribute__((weak)) int wdef(void){return 7;}' >wk.c; cc x86_64-w64-windows-gnu -c wk.c -o wk.o
	rm -f wk.a; ar rc wk.a wk.o; like "clang weak alias in the index" "$(llvm_map wk.a)" "^wdef in wk.o"
	printf 'int wdef(void); int mainCRTStartup(void){return wdef();}' >uw.c; x86_64-w64-mingw32-gcc -c uw.c -o uw.o
	ok "clang weak alias: a link finds it" "$OBJKIT" ld -e mainCRTStartup uw.o wk.a -o uw.exe
else
	skip_test "mingw ld links it" "no mingw-w64 gcc"
fi
# second linker member: sorted, indices right
python3 - x86_64.lib <<'P' >second
import struct,sys
b=open(sys.argv[1],'rb').read(); off=8; m=[]
for k in range(2):
    n=int(b[off+48:off+58]); m.append(b[off+60:off+60+n]); off+=60+n+(n&1)
c,=struct.unpack_from('<I',m[1]); offs=struct.unpack_from('<%dI'%c,m[1],4)
s,=struct.unpack_from('<I',m[1],4+4*c); idx=struct.unpack_from('<%dH'%s,m[1],8+4*c)
names=m[1][8+4*c+2*s:].split(b'\0')[:s]
n1,=struct.unpack_from('>I',m[0]); o1=struct.unpack_from('>%dI'%n1,m[0],4); names1=m[0][4+4*n1:].split(b'\0')[:n1]
first=dict(zip(names1,o1))
print(names==sorted(names), all(first[x]==offs[i-1] for x,i in zip(names,idx)), n1==s>0)
P
is "second linker member: sorted, the same offsets" "$(cat second)" "True True True"

# 27: short imports: CONST members stay, no junk
if have llvm-dlltool$llvm; then
	printf 'LIBRARY h.dll\nEXPORTS\nfunc\nvar DATA\nkonst CONSTANT\n' >h.def
	llvm-dlltool$llvm -m i386:x86-64 -d h.def -l h.lib
	n=$(llvm_ar t h.lib | wc -l); ar s h.lib
	is "s keeps every member" "$(llvm_ar t h.lib | wc -l)" "$n"
	like "konst is indexed" "$(llvm_map h.lib)" "^konst in h.dll"
	like "__imp_func too" "$(llvm_map h.lib)" "^__imp_func in h.dll"
	unlike "no .idata names" "$(llvm_map h.lib)" "idata"
	unlike "no var without __imp_" "$(llvm_map h.lib)" "^var in"
	rm -f h2.lib; mkdir imp; cp h.lib before.lib
else
	skip_test "short imports" "no llvm-dlltool"
fi
# 28: ARM64EC
cc arm64ec-pc-windows-msvc -c f.c -o ec.o
rm -f ec.lib; llvm_ar rcD ec.lib ec.o c_with_a_long_name.o; cp ec.lib ec2.lib; ar s ec2.lib
same "ar s keeps the ARM64EC table" ec.lib ec2.lib
rm ec2.lib; ar rc ec2.lib ec.o c_with_a_long_name.o; same "and makes it" ec.lib ec2.lib

# 38: 64-bit indexes through the knob; dates are 0
rm -f x.a; ar rc --sym64-threshold=1 x.a e.o t.txt e_with_a_long_name.o
is "/SYM64/" "$(head -c 24 x.a | tail -c 16)" "/SYM64/         "
is "its date is 0" "$(head -c 36 x.a | tail -c 12)" "0           "
like "LLVM reads it" "$(llvm_map x.a)" "other in e_with_a_long_name.o"
have nm && like "GNU reads it" "$(command nm -s x.a 2>/dev/null)" "other in e_with_a_long_name.o"
ar r x.a e.o; like "r goes back to 32 bits when they do" "$(head -c 24 x.a | tail -c 16)" "^/  "
rm -f x.a; ar rc --sym64-threshold=1 x.a m.o; is "Darwin: __.SYMDEF_64" "$(head -c 80 x.a | tail -c 12 | tr -d '\0')" "__.SYMDEF_64"
like "LLVM reads it" "$(llvm_map x.a)" "_foo in m.o"
rm -f x.a; ar rc --sym64-threshold=1 --format=bsd x.a e.o; is "BSD too" "$(head -c 80 x.a | tail -c 12 | tr -d '\0')" "__.SYMDEF_64"
status "COFF cannot" 1 ar rc --sym64-threshold=1 x.lib c.o
ok "no output then" test ! -e x.lib
# a universal file is no member that a linker finds
if have llvm-lipo$llvm; then
	cc arm64-apple-macos -c f.c -o a64.o; llvm-lipo$llvm -create m.o a64.o -output fat.o
	rm -f fat.a; status "a universal file is refused" 1 ar rc fat.a fat.o
	cc arm64-apple-macos -c g.c -o g64.o; rm -f x64.a a64.a; ar rc x64.a m.o; ar rc a64.a a64.o g64.o
	llvm-lipo$llvm -create x64.a a64.a -output fat.a; cp fat.a fat0.a
	is "t --arch of a universal file" "$(ar t --arch=arm64 fat.a)" "a64.o
g64.o"
	is "tv too" "$(ar tv --arch=x86_64 fat.a)" "$(ar tv x64.a)"
	ar p --arch=arm64 fat.a g64.o >p; ar p a64.a g64.o >q; same "p --arch" p q
	ok "x --arch" ar x --arch=arm64 --output fx fat.a; is "its members" "$(ls fx | tr '\n' ' ')" "a64.o g64.o "
	llvm-lipo$llvm -create a64.a -output one.a
	is "the only one needs no --arch" "$(ar t one.a | head -n 1)" a64.o
	status "another" 1 ar t --arch=ppc fat.a; like "is named with those there are" "$(cat tap.err)" "'ppc'.*x86_64, arm64"
	status "no update" 1 ar r fat.a m.o; like "the hint" "$(cat tap.err)" "libtool -static"; same "it stays" fat.a fat0.a
	status "nor an index" 1 ranlib fat.a
fi
# 39: AIX
rm -f big.a l.a; ar rc --format=bigarchive big.a e.o t.txt e_with_a_long_name.o
is "AIX: LLVM lists ours" "$(llvm_ar t big.a)" "e.o
t.txt
e_with_a_long_name.o"
llvm_ar rcD --format=bigarchive l.a e.o t.txt; ar d l.a e.o; ar q l.a e.o
is "AIX: round trip" "$(llvm_ar t l.a)" "t.txt
e.o"
ar p l.a e.o >p; same "AIX: contents" p e.o
if $clang -target powerpc64-ibm-aix -c f.c -o x.o 2>/dev/null; then
	$clang -target powerpc-ibm-aix -c g.c -o x32_with_a_long_name.o
	rm -f o.a l.a; ar rc o.a x.o t.txt x32_with_a_long_name.o; llvm_ar rcD --format=bigarchive l.a x.o t.txt x32_with_a_long_name.o
	same "AIX: XCOFF objects, both indexes" o.a l.a
fi
done_testing
