#!/bin/sh
# Resources of windres objects, cvtres objects and .res files, merged: the tree is the one that lld
# writes for the same inputs, and what cannot be merged is refused with both names.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-windres llvm-rc-19 llvm-cvtres-19 llvm-readobj-19 lld-link-19 clang-19
merge=$top_builddir/tests/unit/rsrc

cat >a.rc <<'RC'
1 VERSIONINFO
FILEVERSION 1,2,3,4
BEGIN
END
STRINGTABLE
BEGIN
1 "one"
40 "forty"
END
zeta RCDATA { "zzz" }
7 RCDATA { 1, 2, 3 }
RC
cat >b.rc <<'RC'
LANGUAGE 7, 1
Alpha RCDATA { "alpha" }
7 RCDATA { 4, 5 }
mytype 3 { "custom" }
RC
cat >c.rc <<'RC'
STRINGTABLE
BEGIN
2 "two"
END
RC
cat >bad.rc <<'RC'
7 RCDATA { 9, 9, 9, 9 }
RC
for f in a c bad; do
	x86_64-w64-mingw32-windres $f.rc $f.o && llvm-rc-19 /FO $f.res $f.rc || fail "windres and llvm-rc of $f.rc"
done
llvm-rc-19 /FO b.res b.rc
llvm-cvtres-19 /machine:x64 /out:b.obj b.res

# tree FILE: the resource tree without what depends on the layout
tree() { llvm-readobj-19 --coff-resources "$1" | sed -n '/Resources \[/,/^\]/p' |
	grep -v -e Offset -e RVA -e 'Base Table' -e Codepage -e 'Time/Date' -e Version -e 'Number of'; }
# image SECTION FILE: an image around a section
image() {
	printf 'pe AMD64\nsection .text\n  u8 0xc3\nsection .rsrc rva=0x3000\n  file %s\ndir 2 rva=rva(.rsrc) size=size(.rsrc)\n' \
		"$1" >image.txt
	mkobj image.txt >"$2"
}
echo 'void start(void) {}' >s.c && clang-19 --target=x86_64-pc-windows-gnu -c s.c -o s.o

ok "windres object and cvtres object" "$merge" o1 a.o b.obj
image o1 o1.exe
ok "lld links the same" lld-link-19 /nodefaultlib /entry:start /subsystem:console s.o a.res b.res /out:lld.exe
tree lld.exe >want; tree o1.exe >got
is "the tree has its leaves" "$(grep -c 'Data (' got)" 8
same "the merged tree is lld's" got want
ok ".res files" "$merge" o2 a.res b.res
image o2 o2.exe
tree o2.exe >got
same "the merged tree is lld's" got want
ok "an object with resources and one without" "$merge" o3 s.o a.o
ok "string tables of two files" "$merge" o4 a.o c.o
image o4 o4.exe
like "... have the strings of both" "$(tree o4.exe)" '0000: 00000300 6F006E00 65000300 74007700'
status "the same number with other contents" 1 "$merge" o5 a.o bad.res
like "... names both files" "$(cat tap.err)" 'bad\.res: resource is defined twice \(type 10, name 7, language [0-9]+\); the other one is in a\.o'
ok "no output then" test ! -e o5
cp a.o same.o; "$merge" once a.o
ok "the same resources twice" "$merge" twice a.o same.o
same "are there once" once twice

# damage: entries of the tree overwritten
"$merge" good.bin a.o
size=$(wc -c <a.o)
for off in 12 14 16 20 52 54 60; do
	cp a.o bad.o
	start=$(llvm-readobj-19 -S a.o | awk '/Name: .rsrc/ { f = 1 } f && /PointerToRawData/ { print $2; exit }')
	printf '\377\377\377\377' | dd of=bad.o bs=1 seek=$((start + off)) conv=notrunc 2>/dev/null
	status "tree overwritten at $off" 1 "$merge" o6 bad.o
done
is "the object keeps its size" "$(wc -c <bad.o)" "$size"
done_testing
