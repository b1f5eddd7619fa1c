# Images as packers and other tools lay them out: where the loader finds the import table when sections overlap,
# stand out of order, begin at odd offsets, end early or do not matter at all. Spec: imports, section 2.
. "${top_srcdir:?}/tests/lib.sh"
cat >mk.py <<'P'
import struct, sys

def table(rva, dll='one.dll', fn='f', names=None):
    """Import directory, lookup table, slots and names at RVA; names: (rva, list) puts the names elsewhere."""
    at = rva + 72
    where = names[0] if names else at
    strings = b'\7\0' + fn.encode() + b'\0'
    strings += b'\0' * (len(strings) % 2)
    b = struct.pack('<5I', rva + 40, 0, 0, where + len(strings), rva + 56) + bytes(20)
    b += struct.pack('<4Q', where, 0, where, 0)
    strings += dll.encode() + b'\0'
    if names:
        names[1].append(strings)
        return b
    return b + strings

def pe(name, sections, contents, imports, align=0x1000, headers=0x400, dirs=16, size=0x8000, opt=240):
    """sections: (name, rva, virtual size, raw pointer, raw size); contents: {file offset: bytes}."""
    h = bytearray(headers)
    h[0:2] = b'MZ'; struct.pack_into('<I', h, 0x3c, 0x40)
    struct.pack_into('<4sHHIIIHH', h, 0x40, b'PE\0\0', 0x8664, len(sections), 0, 0, 0, opt, 0x22)
    o = 0x58
    struct.pack_into('<HBBIIIIIQII', h, o, 0x20b, 0, 0, 0, 0, 0, 0, 0x1000, 0x140000000, align, 0x200)
    struct.pack_into('<HHHHHH', h, o + 40, 4, 0, 0, 0, 4, 0)
    struct.pack_into('<IIIIHH', h, o + 52, 0, size, headers, 0, 3, 0)
    struct.pack_into('<I', h, o + 108, dirs)
    if opt >= 128: struct.pack_into('<II', h, o + 120, imports, 40)
    for i, s in enumerate(sections):
        struct.pack_into('<8sIIII', h, o + opt + 40 * i, s[0].encode(), s[2], s[1], s[4], s[3])
        struct.pack_into('<I', h, o + opt + 40 * i + 36, 0xe0000040)
    f = bytearray(h)
    for off, b in contents.items():
        f += bytes(max(0, off + len(b) - len(f)))
        f[off:off + len(b)] = b
    f += bytes(-len(f) % 0x200)
    open(name, 'wb').write(f)

text = ('.text', 0x1000, 0x200, 0x400, 0x200)
pe('headers', [text], {0x300: table(0x300)}, 0x300)
pe('rounded', [('odd', 0x1000, 0x1000, 0x5ff, 0x200)], {0x400: table(0x1000)}, 0x1000)
# names first, then a directory whose end is the end of the raw data: what follows are zeros
d = struct.pack('<5I', 0x1020, 0, 0, 0x1004, 0x1020)
pe('zeros', [('a', 0x1000, 0x2000, 0x400, 0x200)],
   {0x400: b'\7\0f\0one.dll\0', 0x420: struct.pack('<2Q', 0x1000, 0), 0x600 - 20: d}, 0x1200 - 20)
d = struct.pack('<5I', 0x11f8, 0, 0, 0x1004, 0x11f8)
pe('thunks', [('a', 0x1000, 0x2000, 0x400, 0x200)],
   {0x400: b'\7\0f\0one.dll\0' + bytes(20) + d + bytes(20), 0x5f8: struct.pack('<Q', 0x1000)}, 0x1000 + 32)
pe('overlap', [('a', 0x1000, 0x1000, 0x400, 0x200), ('b', 0x1000, 0x1000, 0x600, 0x200)],
   {0x400: table(0x1000, 'first.dll'), 0x600: table(0x1000, 'second.dll')}, 0x1000)
pe('order', [('b', 0x3000, 0x1000, 0x600, 0x200), ('a', 0x1000, 0x1000, 0x400, 0x200)], {0x400: table(0x1000)}, 0x1000)
pe('flat', [('a', 0x1000, 0x1000, 0x400, 0x200)], {0x480: table(0x480)}, 0x480, align=0x200)
names = []
t = table(0x1000, names=(0x2010, names))
pe('elsewhere', [text, ('names', 0x2000, 0x1000, 0x600, 0x200)], {0x400: t, 0x610: names[0]}, 0x1000)
pe('novsize', [('a', 0x1000, 0, 0x400, 0x200)], {0x400: table(0x1000)}, 0x1000)
pe('upx', [('UPX0', 0x1000, 0x3000, 0x400, 0), ('UPX1', 0x4000, 0x1000, 0x400, 0x200), ('.rsrc', 0x5000, 0x1000, 0x600, 0x200)],
   {0x600: table(0x5080 - 0x80)}, 0x5000)
pe('noext', [text], {0x400: table(0x1000, 'kernel32')}, 0x1000)
pe('fewdirs', [text], {0x400: table(0x1000)}, 0x1000, dirs=1)
pe('twodirs', [text], {0x400: table(0x1000)}, 0x1000, dirs=2)
pe('manydirs', [text], {0x400: table(0x1000)}, 0x1000, dirs=0x7fffffff)
pe('shortopt', [text], {0x400: table(0x1000)}, 0x1000, opt=128, dirs=2)
pe('cut', [('a', 0x1000, 0x1000, 0x400, 0x1000)], {0x400: table(0x1000)}, 0x1000)
pe('intoheaders', [('a', 0x0, 0x1000, 0x400, 0x200)], {0x400: bytes(0x100) + table(0x100)}, 0x100)
P
"${PYTHON3:-python3}" mk.py || exit 99

# found IMAGE NAME [LIBRARY]
found() {
	imports -f tsv "$1" >out 2>err; rc=$?
	is "$2" "$(cat out err) $rc" "$(printf '%s\tf\tnormal' "${3:-one.dll}") 0"
}
found headers "a table inside the headers"
found rounded "a raw pointer is rounded down to a sector"
found zeros "a directory that ends at the raw data's end"
found thunks "a thunk table that ends at the raw data's end"
found overlap "of two sections at one address the later counts" second.dll
found order "sections out of order"
found flat "an alignment below a page: the file as it is"
found elsewhere "names in another section"
found novsize "no virtual size: the raw size"
found upx "an empty section before, imports among the resources"
found noext "a name without extension is printed as it is" kernel32
found twodirs "just two directories"
found manydirs "more directories than there can be"
is "... and is looked for with .dll" "$(imports -r -f tsv noext | cut -f3)" system
is "one directory: no imports" "$(imports -f tsv fewdirs; echo $?)" 0
found shortopt "an optional header that ends behind the second directory"
found intoheaders "a section over the headers"
imports -f tsv cut >out 2>err
is "a section cut short: what is there, and exit 1" "$? $(cat out)" "1 $(printf 'one.dll\tf\tnormal')"
is "... in one message" "$(cat err)" "imports: cut: at offset 0x600: the file ends here, before its sections do"
done_testing
