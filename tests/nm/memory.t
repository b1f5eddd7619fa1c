# What an archive holds is given back when it has been read: a listing needs the memory of one member and
# a constant, the listing of an index a constant, however large the archive is.
. "${top_srcdir:?}/tests/lib.sh"
need python3 gcc
room=${SANITIZED:+10000} # MB more: sanitizers keep what is freed
printf '.globl f\nf: .zero 1000000\n' >f.s; gcc -c f.s -o f.o || exit 99
python3 - <<'P' || exit 99
# 250 objects of a megabyte, and 6,000 files of text of 40 kB that an index of 40 MB names; both sparse
h = b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'
b = open('f.o', 'rb').read(); b += b'\0' * (len(b) & 1)
at = b.index(b'\0' * 4096)
with open('big.a', 'wb') as f:
    f.write(b'!<arch>\n')
    for i in range(250):
        f.write(h % (b'm%d.o/' % i, 0, 0, 0, b'644', len(b)))
        start = f.tell()
        f.write(b[:at]); f.seek(start + at + 1000000 - 4096); f.write(b[at + 1000000 - 4096:]); f.truncate(start + len(b))
        f.seek(start + len(b))
N, M, S = 400000, 6000, 40000
names = b''.join(b'a_symbol_with_a_name_as_long_as_those_of_templates_%06d_and_what_follows_them_usually' % i + b'\0' for i in range(N))
size = 4 + 4 * N + len(names); size += size & 1
first = 8 + 60 + size
with open('index.a', 'wb') as f:
    f.write(b'!<arch>\n' + h % (b'/', 0, 0, 0, b'0', size) + N.to_bytes(4, 'big'))
    f.write(b''.join((first + (i * M // N) * (60 + S)).to_bytes(4, 'big') for i in range(N)) + names)
    for i in range(M):
        f.seek(first + i * (60 + S)); f.write(h % (b't%d/' % i, 0, 0, 0, b'644', S))
    f.truncate(first + M * (60 + S))
P
peak_of() { # STATUS ARG...: the output is left in out; prints the peak in MB
	python3 - "$OBJKIT" "$@" <<'P'
import resource, subprocess, sys
rc = subprocess.run([sys.argv[1]] + sys.argv[3:], stdout=open('out', 'w'), stderr=open('err', 'w')).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10 if rc == int(sys.argv[2]) else 'exit %d' % rc)
P
}
peak() { peak_of 0 nm "$@"; }
for t in 1 2; do
	p=$(peak --threads=$t big.a); ok "250 MB of objects, $t threads ($p MB)" test "$p" -lt $((72 + ${room:-0}))
	is "all are listed" "$(grep -c 'T f$' out)" 250
	p=$(peak --threads=$t -s index.a); ok "an index of 40 MB, $t threads ($p MB)" test "$p" -lt $((64 + ${room:-0}))
	is "all of it is listed" "$(grep -c ' in t' out)" 400000
	p=$(peak --threads=$t -s index.a index.a index.a index.a); ok "four of them, $t threads ($p MB)" test "$p" -lt $((72 + ${room:-0}))
	is "in full" "$(grep -c ' in t' out)" 1600000
done
is "the first" "$(sed -n '/ in /{p;q;}' out)" "a_symbol_with_a_name_as_long_as_those_of_templates_000000_and_what_follows_them_usually in t0"
like "and the last" "$(tail -n 1 out; grep ' in ' out | tail -n 1)" "_399999_.* in t5999"
p=$(peak_of 0 ar which --no-index f --in big.a); ok "ar which in 250 MB of objects ($p MB)" test "$p" -lt $((72 + ${room:-0}))
is "all are found" "$(grep -c ': T f$' out)" 250
p=$(peak_of 1 ar verify big.a); ok "ar verify ($p MB)" test "$p" -lt $((72 + ${room:-0}))
is "all are looked at" "$(grep -c 'f is defined by' out)" 249
p=$(peak_of 0 ar diff big.a big.a); ok "ar diff of 2 x 250 MB ($p MB)" test "$p" -lt $((104 + ${room:-0}))
done_testing
