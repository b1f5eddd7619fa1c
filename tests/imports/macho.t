# Mach-O images: chained fixups of every pointer format and all three formats of imports, the special
# library ordinals, bind opcodes of each table, and what damaged ones do.
. "${top_srcdir:?}/tests/lib.sh"
need jq

# chained POINTER-FORMAT IMPORTS-FORMAT [zlib] >DESC: names in the clear or compressed; six imports; a chain of three pointers, the first an address in
# the image, the second and third binds of imports 0 and 1.
chained() {
	"${PYTHON3:-python3}" - "$@" <<'P'
import sys, zlib
pf, inf = int(sys.argv[1]), int(sys.argv[2])
# format: (next bit, next unit, bind bit or None)
forms = {1: (51, 8, 62), 2: (51, 4, 63), 3: (26, 4, 31), 4: (30, 4, None), 5: (26, 4, None), 6: (51, 4, 63), 7: (51, 4, 62),
         8: (51, 4, None), 9: (51, 8, 62), 10: (51, 4, 62), 11: (51, 1, None), 12: (51, 8, 62), 13: (52, 8, None), 14: (51, 4, None)}
nbit, unit, bind = forms.get(pf, (51, 4, 63))
wide = pf not in (3, 4, 5)
size, word = (8, 'u64') if wide else (4, 'u32')
step = size // unit << nbit
names = ['_a', '_b', '_self', '_exe', '_flat', '_lookup']
ords, weak = [1, 2, 0, -1, -2, -3], [0, 1, 0, 0, 0, 0]
auth = 1 << 63 if pf in (9, 12) else 0
b = 1 << bind if bind else 0
print(('macho64 cpu=ARM64' if wide else 'macho32 cpu=ARM') + ' type=DYLIB flags=0x84')
print('segment __DATA \nsection __DATA,__d align=8\n  label chain')
print(f'  {word} {hex(0x40 | step)} {hex(auth | b | step)} {hex(b | 1)}')
print("dylib ID l.dylib")
print('dylib LOAD /usr/lib/libA.dylib\ndylib WEAK /usr/lib/libB.dylib')
print('data c\n  u32 0 28 60 names-table 6 %d %d'.replace('names-table', '%d') % (60 + 6 * [0, 4, 8, 16][inf], inf, len(sys.argv) > 3))
print('  u32 1 8\n  u32 24; u16 0x1000 %d; u64 0; u32 0; u16 1; u16 off(chain)' % pf)
at = 1
for i, n in enumerate(names):
    if inf == 3:
        print(f'  u64 {hex(ords[i] & 0xffff | weak[i] << 16 | at << 32)} {i + 5}')
    else:
        print(f'  u32 {hex(ords[i] & 0xff | weak[i] << 8 | at << 9)}' + (f' {i + 5}' if inf == 2 else ''))
    at += len(n) + 1
pool = '\0' + ''.join(n + '\0' for n in names)
pool = pool.encode() if len(sys.argv) <= 3 else zlib.compress(pool.encode()) + b'\0\0\0'
print('  bytes ' + pool.hex(' '))
print('chainedfixups c')
P
}

# slots of _a and _b: the second and third pointer
slots() { imports -f json c.bin 2>err | jq -c '[.files[0].libraries[].symbols[] | select(.slot) | [.name, .slot - '"$1"']]'; }
names='_a undef /usr/lib/libA.dylib
_b weak /usr/lib/libB.dylib
_self undef self
_exe undef executable
_flat undef flat
_lookup undef weak'
for pf in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
	for inf in 1 2 3; do
		chained $pf $inf >c.txt && mkobj c.txt >c.bin || { fail "pointer format $pf"; continue; }
		tap_got=$(imports -f json c.bin 2>err | jq -r '.files[0].libraries[] | .name as $l | .symbols[] | .name + " " + .kind + " " + (.lookup // $l)')
		[ "$tap_got" = "$names" ] && [ ! -s err ] || { fail "pointer format $pf, imports format $inf"; diag "$tap_got"; cat err; }
	done
	case $pf in
	4|5|8|11|13|14) want='[]' ;;
	3) want='[["_a",4],["_b",8]]' ;;
	*) want='[["_a",8],["_b",16]]' ;;
	esac
	# where the chain begins: page start and segment address
	at=$("${PYTHON3:-python3}" - c.bin <<'P'
import struct, sys
b = open(sys.argv[1], 'rb').read()
wide = b[0] == 0xcf
at, vm, start = 32 if wide else 28, None, None
for _ in range(struct.unpack_from('<I', b, 16)[0]):
    cmd, size = struct.unpack_from('<II', b, at)
    if cmd in (1, 0x19) and vm is None: vm = struct.unpack_from('<Q' if wide else '<I', b, at + 24)[0]
    if cmd == 0x80000034: start = struct.unpack_from('<H', b, struct.unpack_from('<I', b, at + 8)[0] + 58)[0]
    at += size
print(vm + start)
P
)
	is "pointer format $pf: where binds are" "$(slots "$at")" "$want"
done
pass "every pointer format with imports of formats 1, 2 and 3"
for inf in 1 2 3; do
	chained 2 $inf >plain.txt && mkobj plain.txt >plain.bin && chained 2 $inf zlib >z.txt && mkobj z.txt >z.bin || exit 99
	is "compressed names, imports of format $inf" "$(imports -f tsv z.bin 2>&1)" "$(imports -f tsv plain.bin)"
done
chained 2 1 zlib | sed 's/ [0-9a-f][0-9a-f] [0-9a-f][0-9a-f] [0-9a-f][0-9a-f] [0-9a-f][0-9a-f] 00 00 00$//' >o.txt && mkobj o.txt >o.bin
status "compressed names that are cut short" 1 imports o.bin
like "... are said to be" "$(imports o.bin 2>&1 >/dev/null)" '^imports: o.bin: .*table of names of the chained fixups has a zlib stream that is cut short$'
# 64 MB of zeros in 64 KB
chained 2 1 zlib | python3 -c "
import sys, zlib
t = sys.stdin.read().split('\n')
i = [k for k, l in enumerate(t) if l.startswith('  bytes 78')][0]
t[i] = '  bytes ' + zlib.compress(bytes(64 << 20), 9).hex(' ')
print('\n'.join(t))" >o.txt && mkobj o.txt >o.bin
status "compressed names beyond the limit" 1 imports o.bin
like "... are named" "$(imports o.bin 2>&1 >/dev/null)" 'inflates to more than a file of this size may$'
is "special ordinals in the table" "$(imports c.bin | tail -n 4)" "  _self (self)
  _exe (executable)
  _flat
  _lookup (weak)"
chained 2 1 >c.txt
for odd in 's/u16 0x1000 2;/u16 0x1000 77;/|unknown pointer format 77' 's/0x9*8010000000000000/0x8010000000000009/|names import 9 of 6' \
	's/0x8010000000000000/0x87f0000000000000/|leaves its page' 's/u32 0 28 60 84 6 1 0/u32 0 28 60 84 6 1 1/|damaged zlib stream' 's/u32 0 28 60 84 6 1 0/u32 0 28 60 84 6 1 2/|unknown format 2 of the names' \
	's/u32 0x201$/u32 0x27f/|from library 127 of 2' 's/u32 1 8$/u32 9 8/|for 9 segments'; do
	sed "${odd%%|*}" c.txt >o.txt && mkobj o.txt >o.bin
	cmp -s c.txt o.txt && fail "nothing changed: $odd"
	status "odd chain: ${odd#*|}" 1 imports o.bin
	imports o.bin >/dev/null 2>tap.err
	is "... in one line" "$(wc -l <tap.err)" 1
	like "... that says so" "$(cat tap.err)" "^imports: o.bin: .*${odd#*|}"
	case $odd in *zlib*|*'the names') want=0 ;; *) want=1 ;; esac
	is "... and names that can be read are printed" "$(imports o.bin 2>/dev/null | grep -c _flat)" $want
done

# bind opcodes: ordinals of each kind, a long one, repeats, weak and lazy tables
cat >b.txt <<'E'
macho64 cpu=ARM64 type=DYLIB flags=0x84
segment __DATA
section __DATA,__d
  zero 64
dylib ID l.dylib
dylib LOAD /usr/lib/libA.dylib
dylib REEXPORT /usr/lib/libR.dylib
dylib UPWARD /usr/lib/libU.dylib
dylib LAZY /usr/lib/libL.dylib
data n
  u8 0x11 0x40; asciz "_imm"; u8 0x51 0x70; uleb 8; u8 0x90
  u8 0x20; uleb 3; u8 0x41; asciz "_uleb"; u8 0x90
  u8 0x30 0x40; asciz "_self"; u8 0x90
  u8 0x3f 0x40; asciz "_exe"; u8 0xa0; uleb 8
  u8 0x3e 0x40; asciz "_flat"; u8 0xb1
  u8 0x3d 0x40; asciz "_lookup"; u8 0xc0; uleb 2; uleb 8
  u8 0
data w
  u8 0x40; asciz "_over"; u8 0x51 0x70; uleb 16; u8 0x90 0
data z
  u8 0x70; uleb 24; u8 0x14 0x40; asciz "_late"; u8 0x90 0
  u8 0x70; uleb 32; u8 0x11 0x40; asciz "_imm"; u8 0x90 0
dyldinfo bind=n weak_bind=w lazy_bind=z
E
mkobj b.txt >b.bin
is "bind opcodes" "$(imports -f json b.bin | jq -r '.files[0].libraries[] | .name as $l | .kind as $k | .symbols[] | .name + " " + .kind + " " + (.lookup // $l) + " " + $k')" \
"_imm undef /usr/lib/libA.dylib needed
_uleb weak /usr/lib/libU.dylib upward
_late lazy /usr/lib/libL.dylib lazy
_self undef self undef
_exe undef executable undef
_flat undef flat undef
_lookup undef weak undef
_over weak weak undef"
is "libraries of every kind" "$(imports -L -f tsv b.bin | cut -f1,3)" "$(printf '%s\t%s\n' /usr/lib/libA.dylib needed /usr/lib/libR.dylib reexport /usr/lib/libU.dylib upward /usr/lib/libL.dylib lazy)"
done_testing
