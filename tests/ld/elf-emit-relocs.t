# --emit-relocs: the relocations in the output say what its bytes hold, and gc, folding and -s are no trouble.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf python3
. "$top_srcdir/tests/ld/elf.sh"
cat >check.py <<'X'
# Applies each relocation of a linked x86-64 program and compares with the bytes that are there.
import re, subprocess, sys
data = open(sys.argv[1], 'rb').read()
out = lambda *a: subprocess.run(['readelf', '-W', *a, sys.argv[1]], capture_output=True, text=True).stdout
secs = {}
for m in re.finditer(r'^ *\[ *(\d+)\] (\S+) +(\S+) +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)', out('-S'), re.M):
    secs[m[2]] = (int(m[4], 16), int(m[5], 16), int(m[6], 16))
width = {'R_X86_64_64': 8, 'R_X86_64_32': 4, 'R_X86_64_32S': 4, 'R_X86_64_PC32': 4, 'R_X86_64_PC64': 8}
good, bad, seen = 0, 0, set()
for part in out('-r').split('Relocation section ')[1:]:
    name = part.split("'")[1]
    target = name[5:]
    if name in ('.rela.dyn', '.rela.plt') or target not in secs:
        continue
    seen.add(name)
    addr, off, size = secs[target]
    for m in re.finditer(r'^([0-9a-f]{16})  [0-9a-f]{16} (\S+) +([0-9a-f]{16}) (\S+)(?: ([+-]) ([0-9a-f]+))?', part, re.M):
        place, typ, s = int(m[1], 16), m[2], int(m[3], 16)
        if typ not in width or (s == 0 and '@' in m[4]):
            continue
        a = int(m[6] or '0', 16) * (-1 if m[5] == '-' else 1)
        n = width[typ]
        v = s + a - (place if 'PC' in typ else 0)
        at = place - addr + off
        have = int.from_bytes(data[at:at + n], 'little')
        if have == v % (1 << 8 * n):
            good += 1
        else:
            bad += 1
            print(name, hex(place), typ, m[4], hex(v % (1 << 8 * n)), hex(have))
print(bad, 'wrong', 'many' if good > int(sys.argv[2]) else f'only {good}', 'right', *sorted(seen))
X
cat >p.cc <<'X'
#include <cstdio>
#include <stdexcept>
static const char *const words[] = {"one", "two", "three"};
static int table[4] = {1, 2, 3, 4};
int *where = &table[2];
extern int shared_by_name;
int shared_by_name = 5;
int unused(int x) { return x * 77; }
[[gnu::noinline]] static int pick(int x) { switch (x) { case 1: return 7; case 2: return 9; case 3: return 1; case 4: return 70; case 5: return 6; } return x; }
[[gnu::noinline]] static void thrower(int x) { if (x) throw std::runtime_error(words[x]); }
int main(int c, char **) { try { thrower(c); } catch (std::exception &e) { std::printf("%s %d %d %d\n", e.what(), *where, pick(c), shared_by_name); } }
X
for how in "-no-pie" "-pie -fPIE" "-static" "-static -Wl,--gc-sections,--icf=all -ffunction-sections"; do
	# shellcheck disable=SC2086
	ok "$how: link" linkxx p $how -g p.cc -Wl,--emit-relocs
	prints "$how: it runs" "two 3 7 5" ./p
	got=$(python3 check.py p 100)
	like "$how: every relocation gives the bytes that are there" "$got" '^0 wrong many right'
	like "$how: tables for code, data, debugging and unwinding" "$got" '\.rela\.data.*\.rela\.debug_info.*\.rela\.eh_frame.*\.rela\.text'
done
ok "-q and -s" linkxx s p.cc -Wl,-q,-s
prints "... runs" "two 3 7 5" ./s
like "... and has relocations, but no other names" "$(readelf -SW s; readelf -sW s)" '\.rela\.text'
unlike "... than theirs" "$(readelf -sW s)" ' (_Z6unusedi|_edata)'
echo 'extern int f(void); extern int (*const g)(void); int main(void) { return f() + g(); }' >r.c
echo 'int f(void) { return 0; } int (*const g)(void) = f;' >r2.c
ok "rewritten GOT loads" link r -fno-plt -fPIC -pie r.c r2.c -Wl,-q
like "... have the type of what they are now" "$(readelf -rW r)" 'R_X86_64_PC32 .* f - 4'
ok "without the option" link n r.c r2.c
unlike "... nothing" "$(readelf -SW n)" '\.rela\.text'
done_testing
