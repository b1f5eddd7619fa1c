#!/bin/sh
# pecheck passes images of GNU ld and lld, and what objkit links even with --exact; and each of its rules
# finds an image that breaks it.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-windres
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
pecheck() { "$PYTHON3" "$top_srcdir/tests/tools/pecheck" "$@"; }
mkdir B && ln -s "$OBJKIT" B/collect2

cat >d.c <<'END'
#include <stdio.h>
__declspec(dllexport) int f(int x) { return printf("%d\n", x); }
__declspec(dllexport) int g(int x) { return x + 1; }
__declspec(dllexport) int *v = (int *)&f;
END
cat >r.rc <<'RC'
3 RCDATA { 1, 2 }
4 RCDATA { 3, 4 }
RC
x86_64-w64-mingw32-windres r.rc r.o
x86_64-w64-mingw32-gcc -shared d.c r.o -o gnu.dll
ok "GNU ld's DLL" pecheck gnu.dll
if have clang-19 ld.lld-19; then
	clang-19 --target=x86_64-w64-mingw32 -fuse-ld=lld-19 -shared d.c r.o -o lld.dll
	ok "lld's DLL" pecheck lld.dll
else
	skip_test "lld's DLL" "no clang or lld"
fi
ok "objkit links a DLL" x86_64-w64-mingw32-gcc -B B/ -shared d.c r.o -o good.dll
ok "objkit's DLL, every promise kept" pecheck --exact good.dll
printf 'MZ' >short.dll
status "a cut image" 1 pecheck short.dll

# mutate.py PECHECK FILE: bad-NAME.dll for each single change to a good image
cat >mutate.py <<'END'
import struct, sys
from importlib.machinery import SourceFileLoader
pecheck = SourceFileLoader('pecheck', sys.argv[1]).load_module()
img = pecheck.Image(sys.argv[2], False)
img.headers()
img.load()
d = bytearray(img.data)
opt = img.checksum_at - 64

def off(rva):
    s = img.at(rva)
    return s.raw_ptr + rva - s.rva

def add(at, fmt, n):
    struct.pack_into(fmt, d, at, struct.unpack_from(fmt, d, at)[0] + n)

def swap(a, b, n):
    d[a:a + n], d[b:b + n] = d[b:b + n], d[a:a + n]

def dir_(i):
    return img.dirs_at + 8 * i

def sec(name):
    return next(s for s in img.sections if s.name == name)

def lose_reloc(s):
    """The first record for a place in section S becomes padding at the block's end."""
    at = rel
    while at < rel + img.dirs[5][1]:
        page, size = struct.unpack_from('<II', d, at)
        if s.holds(page):
            struct.pack_into('<H', d, at + 8, 0)
            swap(at + 8, at + size - 2, 2)
            return
        at += size

imp, exp, rel, tls, pdata = (off(img.dirs[i][0]) for i in (1, 0, 5, 9, 3))
names = off(struct.unpack_from('<I', d, exp + 32)[0])
table = opt + 240
lookup = off(struct.unpack_from('<I', d, imp)[0])
changes = {
    'checksum': lambda: add(img.checksum_at, '<I', 1),
    'size': lambda: add(opt + 56, '<I', 0x1000),
    'code-size': lambda: add(opt + 4, '<I', 0x200),
    'base': lambda: add(opt + 24, '<Q', 0x1000),
    'linker': lambda: struct.pack_into('<H', d, opt + 2, 0),
    'entropy': lambda: struct.pack_into('<H', d, opt + 70, 0x20),
    'entry': lambda: struct.pack_into('<I', d, opt + 16, sec('.data').rva),
    'n-dirs': lambda: add(opt + 108, '<I', -1),
    'section-gap': lambda: add(table + 40 + 12, '<I', 0x1000),
    'section-raw': lambda: add(table + 40 + 20, '<I', 0x10000000),
    'section-flags': lambda: struct.pack_into('<I', d, table + 36, 0),
    'dir-outside': lambda: struct.pack_into('<I', d, dir_(9), 0x7fff0000),
    'import-size': lambda: add(dir_(1) + 4, '<I', 20),
    'iat-size': lambda: add(dir_(12) + 4, '<I', 8),
    'import-twice': lambda: d.__setitem__(slice(imp + 32, imp + 36), d[imp + 12:imp + 16]),
    'import-name': lambda: struct.pack_into('<I', d, imp + 12, 0x7fff0000),
    'import-lookup': lambda: swap(lookup, lookup + 8, 8),
    'import-ordinal': lambda: struct.pack_into('<Q', d, lookup, 0x8000000000010001),
    'export-order': lambda: swap(names, names + 4, 4),
    'export-outside': lambda: struct.pack_into('<I', d, off(struct.unpack_from('<I', d, exp + 28)[0]), 0x7fff0000),
    'export-gap': lambda: struct.pack_into('<I', d, off(struct.unpack_from('<I', d, exp + 28)[0]), 0),
    'reloc-type': lambda: add(rel + 8, '<H', -0x5000),
    'reloc-page': lambda: add(rel, '<I', 4),
    'reloc-size': lambda: add(rel + 4, '<I', 2),
    'reloc-lost': lambda: lose_reloc(sec('.data')),
    'tls-index': lambda: struct.pack_into('<Q', d, tls + 16, 0),
    'tls-end': lambda: struct.pack_into('<Q', d, tls + 8, img.base),
    'tls-size': lambda: add(dir_(9) + 4, '<I', 4),
    'pdata-order': lambda: swap(pdata, pdata + 12, 12),
    'pdata-size': lambda: add(dir_(3) + 4, '<I', -4),
    'pdata-end': lambda: struct.pack_into('<I', d, pdata + 4, 0),
    'resource-order': lambda: add(off(img.dirs[2][0]) + 40, '<I', 1),
    'resource-cycle': lambda: struct.pack_into('<I', d, off(img.dirs[2][0]) + 20, 0x80000000),
    'symbol-section': lambda: struct.pack_into('<h', d, img.symptr + 12, 99),
    'symbol-table': lambda: add(opt - 12, '<I', 0x10000),
    'stripped-flag': lambda: add(opt - 2, '<H', 1),
}
for name, change in changes.items():
    d[:] = img.data
    change()
    with open(f'bad-{name}.dll', 'wb') as f:
        f.write(d)
END
"$PYTHON3" -W ignore mutate.py "$top_srcdir/tests/tools/pecheck" good.dll || fail "mutate"
status "broken images" 1 pecheck --exact bad-*.dll
for file in bad-*.dll; do
	change=${file#bad-}; change=${change%.dll}
	case $change in
	checksum) want=checksum ;;
	size|code-size) want=size ;;
	base) want=base ;;
	linker) want=linker-version ;;
	entropy) want=dll-characteristics ;;
	entry) want=entry ;;
	n-dirs|dir-outside) want=directories ;;
	section-*) want=sections ;;
	import-*|iat-*) want=imports ;;
	export-*) want=exports ;;
	reloc-*) want=relocs ;;
	tls-*) want=tls ;;
	pdata-*) want=exceptions ;;
	resource-*) want=resources ;;
	symbol-*) want=symbols ;;
	stripped-flag) want=characteristics ;;
	*) want=unknown ;;
	esac
	if grep -q "^$file: $want:" tap.out; then pass "$change breaks rule $want"; else fail "$change breaks rule $want"; diag "$(grep "^$file:" tap.out)"; fi
done
done_testing
