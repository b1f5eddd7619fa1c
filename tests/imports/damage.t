# Damaged, looping and overlapping tables: everything readable is printed, one message each, exit 1, no
# hang; and names never forge a second line.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc gcc
printf 'int main(void) { return 0; }\n' >m.c
x86_64-w64-mingw32-gcc -s m.c -o m.exe && gcc m.c -o m || exit 99
all=$(imports -f tsv m.exe | wc -l)

# patch FILE OFFSET BYTES(octal escapes)
patch() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
# The file offset of the import directory, by the file's own headers.
idata=$(objdump -h m.exe | awk '$2 == ".idata" { print $6 }')
off=$((0x$idata))

cp m.exe t.exe; patch t.exe $((off + 12)) '\377\377\377\177'
status "a DLL name outside the image" 1 imports t.exe
like "is reported once" "$(imports t.exe 2>&1 >/dev/null | wc -l)" '^1$'
like "the second library is still printed" "$(imports -f tsv t.exe 2>/dev/null)" '^msvcrt.dll	'

cp m.exe t.exe; patch t.exe "$off" '\000\000\000\000'
is "no lookup table: the address table serves" "$(imports -f tsv t.exe | wc -l)" "$all"
cp m.exe t.exe; patch t.exe "$off" '\377\377\377\177'
is "a lookup table outside the image: the address table serves" "$(imports -f tsv t.exe | wc -l)" "$all"
cp m.exe t.exe; patch t.exe $((off + 16)) '\000\000\000\000'
is "FirstThunk 0 ends the list" "$(imports -f tsv t.exe)" ""

for cut in 64 200 400 600 1000 2000 5000 8000; do
	head -c $cut m.exe >c.exe
	tap_got=0; timeout 10 "$OBJKIT" imports c.exe >/dev/null 2>err || tap_got=$?
	[ $tap_got = 1 ] && [ -s err ] || { fail "cut at $cut: exit $tap_got"; continue; }
done
pass "truncated images fail with a message"
for cut in 64 200 1000 4000 12000; do
	head -c $cut m >c
	tap_got=0; timeout 10 "$OBJKIT" imports c >/dev/null 2>err || tap_got=$?
	[ $tap_got -lt 2 ] || fail "ELF cut at $cut: exit $tap_got"
done
pass "truncated ELF files end in order"

# thousands of descriptors that all walk the same large lookup table
{
	python=${PYTHON3:-python3}
	"$python" - <<'P'
import struct
nd, nt = 50000, 200000
desc = 0x1000; ilt = desc + nd * 20 + 20; name = ilt + nt * 8 + 8; end = name + 16
size = (end + 0xfff) & ~0xfff
h = bytearray(0x400)
h[0:2] = b'MZ'; struct.pack_into('<I', h, 0x3c, 0x80)
h[0x80:0x84] = b'PE\0\0'
struct.pack_into('<HHIIIHH', h, 0x84, 0x8664, 1, 0, 0, 0, 240, 0x22)
o = 0x98
struct.pack_into('<HBBIIIIIQII', h, o, 0x20b, 0, 0, 0, 0, 0, 0, 0x1000, 0x140000000, 0x1000, 0x200)
struct.pack_into('<II', h, o + 56, 0x1000 + size, 0x400)
struct.pack_into('<I', h, o + 108, 16)
struct.pack_into('<II', h, o + 112 + 8, desc, nd * 20)
struct.pack_into('<8sIIII', h, o + 240, b'.idata', size, 0x1000, size, 0x400)
struct.pack_into('<I', h, o + 240 + 36, 0xc0000040)
b = bytearray(size)
for i in range(nd): struct.pack_into('<IIIII', b, i * 20, ilt, 0, 0, name, ilt)
for i in range(nt): struct.pack_into('<Q', b, ilt - 0x1000 + i * 8, name)
b[name - 0x1000:name - 0x1000 + 6] = b'\1\0a.b\0'
open('bomb.exe', 'wb').write(h + b)
P
}
limit=1000000
(ulimit -v $limit; "$OBJKIT" --version) >/dev/null 2>&1 || limit=unlimited # as under a sanitizer
tap_got=0; (ulimit -v $limit; timeout 60 "$OBJKIT" imports bomb.exe >bomb.out 2>bomb.err) || tap_got=$?
is "overlapping tables end at the limit" "$tap_got" 1
like "which is named" "$(cat bomb.err)" 'limit'
rm -f bomb.out

# a needed list that never ends, in a tree
printf 'int f(void) { return 0; }\n' >f.c; gcc -shared -fPIC f.c -o liba.so -Wl,--no-as-needed
gcc -shared -fPIC f.c -o libb.so -L. -Wl,--no-as-needed -la && gcc -shared -fPIC f.c -o liba.so -L. -Wl,--no-as-needed -lb || exit 99
is "libraries that need each other" "$(timeout 10 "$OBJKIT" imports -r -f tsv -p . liba.so | cut -f1 | head -n 2 | tr '\n' ' ')" "libb.so libc.so.6 "

# names
printf 'int f(void) { return 0; }\n' >n.c; gcc -shared -fPIC n.c -o libn.so -Wl,-soname,"$(printf 'a\nKERNEL32.dll\tevil')"
gcc m.c -o mn -L. -Wl,--no-as-needed -ln
is "a newline in a name forges no line" "$(imports -f tsv mn | grep -c '^KERNEL32')" 0
like "it is escaped" "$(imports -f tsv mn)" '^a\\x0aKERNEL32.dll\\x09evil	-	needed$'
done_testing
