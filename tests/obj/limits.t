#!/bin/sh
# Each limit of src/base/limits.h just under and just over: under it all is read, over it there is one message
# that names the limit, and little time and memory go by.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
dump="$top_builddir/tests/fuzz/dump"
value() { sed -n "s/^#define $1 (*\(UINT64_C(\)*\([0-9]*\).*/\2/p" "$top_srcdir/src/base/limits.h"; }

# Time is of the processor: a machine with much else to do is no failure. A sanitizer takes several times as much.
seconds=20; [ -z "${SANITIZED:-}" ] || seconds=90
short() { (ulimit -t $seconds; exec timeout 600 "$@"); }
# under NAME COMMAND..., over NAME MESSAGE COMMAND...
under() { u=$1; shift; status "$u: just under" 0 short "$@"; }
over() {
	u=$1 want=$2; shift 2
	status "$u: just over" 1 short "$@"
	like "$u: the message" "$(head -n 3 tap.err)" "$want"
}

# ---- nesting: archives in archives
cp "$top_srcdir/tests/files/good-elf-x86_64.o" a.o
"$OBJKIT" ar rc 1.a a.o
n=$(value LIMIT_NESTING) i=1
while [ $i -le "$n" ]; do i=$((i + 1)); "$OBJKIT" ar rc $i.a $((i - 1)).a; done
under "nesting" "$OBJKIT" nm "$n.a"
like "nesting: the innermost is read" "$(cat tap.out)" ' T main$'
over "nesting" "nest deeper than $n levels" "$OBJKIT" nm "$((n + 1)).a"

# ---- response files in response files
n=$(value LIMIT_RESPONSE_DEPTH) i=1
echo a.o >r1
while [ $i -le "$n" ]; do i=$((i + 1)); echo "@r$((i - 1))" >r$i; done
under "response files" "$OBJKIT" nm "@r$n"
over "response files" "nest" "$OBJKIT" nm "@r$((n + 1))"
# each named twice by the next: 2^k files
n=$(value LIMIT_RESPONSE_FILES) i=0
: >d0
while [ $i -lt 12 ]; do i=$((i + 1)); echo "@d$((i - 1)) @d$((i - 1))" >d$i; done
under "number of response files" "$OBJKIT" nm a.o @d9 @d8 @d7 @d5 @d5 # 1023 + 511 + 255 + 63 + 63
under "number of response files, exactly" "$OBJKIT" nm a.o @d9 @d8 @d7 @d6 @d5 @d2 @d2 @d1 @d0 @d0 @d0 @d0 # 1979 + 7 + 7 + 3 + 4
over "number of response files" "more than $n response files" "$OBJKIT" nm a.o @d9 @d8 @d7 @d6 @d5 @d2 @d2 @d1 @d0 @d0 @d0 @d0 @d0
over "response files that name each other" "more than $n response files" "$OBJKIT" nm a.o @d12 @d12
# blanks, so that only their bytes count; named eight times
n=$(value LIMIT_RESPONSE_LEN) # the number before the shift
head -c $((n << 17)) /dev/zero | tr '\0' ' ' >blanks
under "bytes of response files" "$OBJKIT" nm a.o @blanks @blanks @blanks @blanks @blanks @blanks @blanks @blanks
over "bytes of response files" "response files have more than .* bytes in all" \
	"$OBJKIT" nm a.o @blanks @blanks @blanks @blanks @blanks @blanks @blanks @blanks @d1

# ---- the files that need arithmetic
LIMITS=$top_srcdir/src/base/limits.h "$PYTHON3" - <<'P' || exit 99
import os, re, struct
text = open(os.environ['LIMITS']).read()
def limit(name):
    e = re.search(r'#define %s (.*)' % name, text).group(1)
    return eval(re.sub(r'UINT64_C\((\d+)\)', r'\1', re.sub(r'(\d)u\b', r'\1', e)))
def macho(filetype, cmds, rest):
    return struct.pack('<8I', 0xfeedfacf, 0x01000007, 3, filetype, len(cmds), sum(map(len, cmds)), 0, 0) + b''.join(cmds) + rest
def symtab(n, bad):
    at = 32 + 24
    syms = b''.join(struct.pack('<IBBHQ', 0x7fffffff if i < bad else 1, 1, 0, 0, 0) for i in range(n))
    return macho(1, [struct.pack('<6I', 2, 24, at, n, at + 16 * n, 6)], syms + b'\0_abc\0')
n = limit('LIMIT_DIAGS')
open('diags-under', 'wb').write(symtab(2 * n, n))
open('diags-over', 'wb').write(symtab(2 * n, 2 * n))

# sections that share one table of relocations
def shared(k, m):
    size = 72 + 80 * k
    secs = b''.join(struct.pack('<16s16sQQ8I', b'__text', b'__TEXT', 0, 0, 32 + size, 0, 32 + size, m, 0, 0, 0, 0) for _ in range(k))
    seg = struct.pack('<II16s4Q4I', 0x19, size, b'', 0, 0, 0, 0, 7, 7, k, 0) + secs
    return macho(1, [seg], bytes(8 * m))
m, k = 20000, 1
base, per = limit('LIMIT_WORK_BASE'), limit('LIMIT_WORK_PER_BYTE')
while k * m <= base + per * (104 + 80 * k + 8 * m): k += 1
open('work-under', 'wb').write(shared(k - 1, m))
open('work-over', 'wb').write(shared(k, m))

# an export trie: one long edge that all names share
def trie(edge, leaves):
    u4 = lambda x: bytes([x & 127 | 128, x >> 7 & 127 | 128, x >> 14 & 127 | 128, x >> 21 & 127])
    mids = [min(200, leaves - i) for i in range(0, leaves, 200)]
    n1 = 2 + edge + 1 + 4
    at = n1 + 2 + 7 * len(mids)
    where = []
    for c in mids:
        where.append(at)
        at += 2 + 6 * c
    out = b'\0\1' + b'a' * edge + b'\0' + u4(n1) + bytes([0, len(mids)])
    out += b''.join(bytes([1 + i // 250, 1 + i % 250, 0]) + u4(w) for i, w in enumerate(where))
    for c in mids:
        out += bytes([0, c])
        for j in range(c):
            out += bytes([j + 1, 0]) + u4(at)
            at += 4
    return out + b'\2\0\0\0' * leaves
def exports(edge, leaves):
    t = trie(edge, leaves)
    return macho(6, [struct.pack('<4I', 0x80000033, 16, 48, len(t))], t)
base, per = limit('LIMIT_BUILT_NAMES_BASE'), limit('LIMIT_BUILT_NAMES_PER_BYTE')
edge, n = 10000, 1000
while n * (edge + 3) <= base + per * len(exports(edge, n)): n += 10
open('names-under', 'wb').write(exports(edge, n - 20))
open('names-over', 'wb').write(exports(edge, n))

# a section that claims to expand by more than zlib can
def compressed(claim, stream):
    return 'elf64 machine=X86_64\nsection .debug_x PROGBITS\n  u32 1 0\n  u64 %d 1\n  bytes %s\nset .debug_x sh_flags=0x800\n' % (claim, stream.hex())
import zlib
z = zlib.compress(bytes(1 << 20), 9)
open('ratio-under.txt', 'w').write(compressed(1 << 20, z))
open('ratio-over.txt', 'w').write(compressed((len(z) + 24) * (limit('LIMIT_INFLATE_RATIO') + 1), z))

# a name whose demangled form is as long as may be, or longer; each S_ repeats what stands before
def doubling(k):
    sub = lambda i: 'S_' if i == 0 else 'S' + '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'[i - 1] + '_'
    return '_Z1fSt4pairIiiE' + ''.join('S_I%s%sE' % (sub(i + 1), sub(i + 1)) for i in range(k))
# the 4 GiB of one section: the stream gives less than either claim
z = zlib.compress(bytes(4500 << 20 >> 10), 0)
z += bytes(max(0, (limit('LIMIT_INFLATED_LEN') // limit('LIMIT_INFLATE_RATIO') + 4096) - len(z)))
for name, claim in ('inflated-under', limit('LIMIT_INFLATED_LEN')), ('inflated-over', limit('LIMIT_INFLATED_LEN') + 1):
    open(name + '.txt', 'w').write(compressed(claim, z))

# types that nest: pointers to pointers, and functions that take functions
deep = limit('LIMIT_DEMANGLE_DEPTH')
chains = {'cxx': lambda n: '_Z1f' + 'P' * n + 'i', 'rust': lambda n: '_RINvC1a1b' + 'R' * (n - 1) + 'mE',
          'rust-names': lambda n: '_R' + 'Nv' * n + 'C1a' + '1b' * n, 'd': lambda n: '_D1a1fF' + 'P' * (n - 1) + 'iZv',
          'd-lists': lambda n: '_D1a1fF' + 'B1' * (n - 1) + 'iZv'}
for name, make in chains.items():
    for which, n in ('under', deep), ('over', deep + 1), ('far', 30000):
        open(f'deep-{name}-{which}.txt', 'w').write(
            'elf64 machine=X86_64\nsection .text\n  u8 0xc3\nsymbol %s GLOBAL FUNC sec=.text\n' % make(n))

# entries of a container: the smallest there are, of a compressed cpio archive
import gzip
entry = struct.pack('<HHHHHHHHHHHHH', 0o070707, 1, 1, 0o100644, 0, 0, 1, 0, 0, 0, 2, 0, 0) + b'a\0'
end = struct.pack('<HHHHHHHHHHHHH', 0o070707, 1, 1, 0, 0, 0, 1, 0, 0, 0, 11, 0, 0) + b'TRAILER!!!\0\0'
for name, n in ('entries-under', limit('LIMIT_ENTRIES')), ('entries-over', limit('LIMIT_ENTRIES') + 1):
    gzip.open(name, 'wb', 1).write(entry * n + end)

for name, k in (('demangle-under', 9), ('demangle-over', 33)):
    open(name + '.txt', 'w').write('elf64 machine=X86_64\nsection .text\n  u8 0xc3\nsymbol %s GLOBAL FUNC sec=.text\n' % doubling(k))
P

status "diagnostics: just under" 1 "$OBJKIT" nm diags-under
is "diagnostics: just under: all shown" "$(grep -c 'lies outside' tap.err) $(grep -c 'not shown' tap.err)" "$(value LIMIT_DIAGS) 0"
status "diagnostics: over" 1 "$OBJKIT" nm diags-over
is "diagnostics: over: the rest is one line" "$(grep -c 'lies outside' tap.err) $(grep -c 'not shown' tap.err)" "$(value LIMIT_DIAGS) 1"
under "work" "$OBJKIT" nm work-under
over "work" "work limit" "$OBJKIT" nm work-over
under "built names" "$dump" names-under
over "built names" "more memory than a file of this size" "$dump" names-over
mkobj ratio-under.txt >ratio-under; mkobj ratio-over.txt >ratio-over
under "inflating" "$dump" ratio-under
like "inflating: just under: it is inflated" "$(cat tap.out)" 'data=1048576:'
over "inflating" "ratio-over.*\.debug_x" "$dump" ratio-over
for k in under over; do mkobj demangle-$k.txt >demangle-$k; "$OBJKIT" nm -C demangle-$k >$k.out 2>&1; done
like "demangling: just under" "$(head -c 100 under.out)" ' f\(std::pair<int, int>'
like "demangling: over: the name as it is" "$(head -c 100 over.out)" ' T _Z1fSt4pairIiiE'

for k in cxx rust rust-names d d-lists; do
	for w in under over far; do mkobj deep-$k-$w.txt >deep-$k-$w; "$OBJKIT" nm -C deep-$k-$w >$w.out 2>$w.err; echo $? >>$w.err; done
	like "demangling, nesting ($k): just under" "$(head -c 100 under.out)" ' T (f\(int|a::b|a\.f\()'
	like "demangling, nesting ($k): just over: the name as it is" "$(head -c 100 over.out)" ' T _[ZRD]'
	is "demangling, nesting ($k): far over" "$(head -c 20 far.out | cut -c 18-) $(cat far.err)" "T _ 0"
done

# ---- one inflated section: both are lies, only one is too large
if [ -z "${SANITIZED:-}" ]; then # a sanitizer does not give 4 GiB
	for k in under over; do mkobj inflated-$k.txt >inflated-$k || exit 99; done
	over "inflated section, just under" 'does not inflate to the size it claims|damaged zlib|Cannot allocate|out of memory' "$dump" inflated-under
	over "inflated section" 'more than the limit of 4 GiB' "$dump" inflated-over
fi

# ---- entries of a container
if "$OBJKIT" imports entries-over 2>&1 | grep -q 'built without'; then
	skip_test "entries of a container" "built without libarchive"
elif [ -z "${SANITIZED:-}" ]; then # two millions of them take a sanitizer a minute
	status "entries: just under" 0 short "$OBJKIT" imports entries-under
	status "entries: just over" 1 short "$OBJKIT" imports entries-over
	like "entries: the message" "$(cat tap.err)" "entries-over: more than $(value LIMIT_ENTRIES) entries, the limit"
fi
rm -f entries-*

# ---- what has no size: devices and pipes, as archives of one long text
cat >text.py <<'P'
# text.py BYTES: an archive of so many bytes. text.py BYTES COMMAND...: it is a terminal, COMMAND's last argument
import os, select, subprocess, sys, termios
size = int(sys.argv[1])
head = b'!<arch>\n' + b'%-16s%-12d%-6d%-6d%-8s%-10d`\n' % (b'x.txt/', 0, 0, 0, b'644', size - 68)
line = b'x' * 3999 + b'\n'
def text():
    yield head
    left = size - len(head)
    while left:
        part = (line * 16)[-min(left, 64000):]
        left -= len(part)
        yield part
if len(sys.argv) == 2:
    for part in text(): sys.stdout.buffer.write(part)
    sys.exit(0)
master, slave = os.openpty()
t = termios.tcgetattr(slave)
t[0] = t[1] = 0
t[3] = termios.ICANON # so that there is an end of file; no other byte is special
t[6] = [b'\0'] * len(t[6])
t[6][termios.VEOF] = b'\4'
termios.tcsetattr(slave, termios.TCSANOW, t)
os.set_blocking(master, False)
p = subprocess.Popen(sys.argv[2:] + [os.ttyname(slave)])
def send(part):
    while part and p.poll() is None:
        if select.select([], [master], [], 0.1)[1]:
            try: part = part[os.write(master, part):]
            except BlockingIOError: pass
for part in text(): send(part)
send(b'\4')
sys.exit(p.wait())
P
n=$(($(value LIMIT_DEVICE_LEN) << 20))
under "a device" "$PYTHON3" text.py $n "$OBJKIT" ar t
is "a device: just under: all is read" "$(cat tap.out tap.err)" x.txt
over "a device" "^ar: /dev/.*: more than 64 MiB, the limit for a device$" "$PYTHON3" text.py $((n + 1)) "$OBJKIT" ar t

# ---- 2 GiB: of a pipe, and of one entry of a container. The tar describes a hole and is one itself.
G=1073741824; n=$(($(value LIMIT_ENTRY_LEN) * G)) # the number before the shift
if [ -n "${SANITIZED:-}" ]; then
	diag "2 GiB of a pipe, and of a container's entry: not with a sanitizer, which needs several times the memory"
elif [ "$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -lt 5 ]; then
	skip_test "2 GiB of a pipe, and of a container's entry" "less than 5 GiB of free memory"
else
	piped() { "$PYTHON3" text.py "$1" 2>/dev/null | short "$OBJKIT" ar t -; }
	status "a pipe: just under" 0 piped $n
	is "a pipe: just under: all is read" "$(cat tap.out tap.err)" x.txt
	status "a pipe: just over" 1 piped $((n + 1))
	is "a pipe: the message" "$(cat tap.err)" "ar: -: more than 2 GiB, the limit for what is no regular file"
	"$PYTHON3" - $n a.o <<'P' || exit 99
import sys
def header(name, size, kind=b'0', real=0):
    h = bytearray(512)
    for at, b in ((0, name), (100, b'0000644'), (108, b'0000000'), (116, b'0000000'), (124, b'%011o' % size),
                  (136, b'%011o' % 0), (148, b' ' * 8), (156, kind), (257, b'ustar  ')):
        h[at:at + len(b)] = b
    if kind == b'S': # two extents: what there is at the beginning, and nothing at the end
        for at, x in (386, 0), (398, size), (410, real), (422, 0), (483, real):
            h[at:at + 12] = b'%011o\0' % x
    h[148:155] = b'%06o\0' % sum(h)
    return bytes(h)
limit, obj = int(sys.argv[1]), open(sys.argv[2], 'rb').read()
for name, n in ('under', limit), ('over', limit + 1):
    with open('entry-' + name, 'wb') as f: # large enough itself that only the fixed limit is in the way
        f.write(header(b'pad', 32 << 20))
        f.seek(32 << 20, 1)
        f.write(header(b'big.o', len(obj), b'S', n) + obj + bytes(-len(obj) % 512 + 1024))
P
	if "$OBJKIT" nm entry-over 2>&1 | grep -q 'built without'; then
		skip_test "2 GiB of a container's entry" "built without libarchive"
	else
		under "an entry's bytes" "$OBJKIT" nm entry-under
		like "an entry's bytes: just under: it is read" "$(cat tap.out)" ' T main$'
		over "an entry's bytes" "^nm: entry-over:big.o: unpacks to more than $n bytes, the limit" "$OBJKIT" nm entry-over
	fi
	rm -f entry-*
fi

# ---- the output of ld: a file size limit of the shell's ends what the linker's own lets pass
n=$(value LIMIT_LD_OUTPUT) # the number before the shift
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >start.o
for k in under:$((n * G - 65536)) over:$((n * G)); do
	echo "SECTIONS { .text : { *(.text) } .big : { BYTE(1) . = ${k#*:}; } }" >${k%:*}.ld
done
cat >limited <<'L'
trap "" XFSZ
ulimit -f 2000
exec "$OBJKIT" ld -m elf_x86_64 -o big "$@" start.o
L
over "ld output, just under" 'big: File too large' sh limited -T under.ld
over "ld output" "--force-large-output allows it" sh limited -T over.ld
over "ld output, asked for" 'big: File too large' sh limited -T over.ld --force-large-output
is "ld output: nothing is left" "$(ls -A | grep -c '^big$\|^\.objkit')" 0

# ---- one name: of a symbol, an import, a library, an archive member
NAME_LEN=$(value LIMIT_NAME_LEN) # the number before the shift
"$PYTHON3" - "$NAME_LEN" <<'P' || exit 99
import sys
limit = int(sys.argv[1]) << 20
head = {'elf': 'elf64 machine=X86_64', 'coff': 'coff AMD64', 'pe': 'pe AMD64', 'lib': 'pe AMD64'}
line = {'elf': 'symbol %s GLOBAL FUNC sec=.text', 'coff': 'symbol %s EXTERNAL FUNCTION sec=.text',
        'pe': 'import a.dll %s', 'lib': 'import %s f'}
for k, n in ('under', limit), ('over', limit + 1):
    for f in head:
        open(f'{f}-{k}.txt', 'w').write(f'{head[f]}\nsection .text\n  u8 0xc3\n{line[f] % ("a" * n)}\n')
    open(f'ar-{k}.txt', 'w').write(f'ar\nmember %s text="x"\n' % ('a' * n))
P
for f in elf coff pe lib ar; do
	for k in under over; do mkobj $f-$k.txt >$f-$k || exit 99; done
	case $f in pe|lib) c=imports ;; ar) c="ar t" ;; *) c=nm ;; esac
	# shellcheck disable=SC2086 # words
	under "a name ($f)" "$OBJKIT" $c $f-under
	# shellcheck disable=SC2086
	over "a name ($f)" "name.* is longer than [0-9]* bytes, the limit" "$OBJKIT" $c $f-over
done

# ---- memory: 64 MiB and four times the input
if have /usr/bin/time && [ -n "$("$dump" a.o | head -n 1)" ]; then
	"$PYTHON3" -c "
import struct, sys
n = 500000
sys.stdout.buffer.write(struct.pack('<8I', 0xfeedfacf, 0x01000007, 3, 1, 1, 24, 0, 0) + struct.pack('<6I', 2, 24, 56, n, 56 + 16 * n, 6)
    + struct.pack('<IBBHQ', 1, 1, 0, 0, 0) * n + b'\0_abc\0')" >big.o
	/usr/bin/time -f %M -o rss "$OBJKIT" nm big.o >nm.out 2>&1
	is "memory: every symbol" "$(wc -l <nm.out)" 500000
	# a sanitizer's own memory is not the command's
	if ! grep -q __asan "$OBJKIT"; then
		is "memory: within the budget" "$([ "$(cat rss)" -le $((65536 + 4 * 7813)) ] && echo yes || cat rss)" yes
	fi
else
	skip_test "memory" "/usr/bin/time is not installed"
fi
done_testing
